/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_LOAD_H
#define TOOLS_BENCH_LOAD_H

/* A load of signed transactions on running nodes, over HTTP, in batches.
 *
 * Closed loop (rate 0): each client sends its next batch when the last one is final. Open loop: a
 * batch is due at a fixed time, whatever became of those before it, and its latency counts from
 * that time, so that waiting in front of a busy network is not left out. */

#include <stdbool.h>
#include <stdint.h>

#include "ledger/base/bytes.h"

#define BENCH_CLIENTS_MAX 256

struct bench_target {
    const char *node; /* address */
    const char *token;
};

struct bench_load_plan {
    const struct bench_target *targets; /* taken by the clients in turn */
    uint32_t target_count;
    uint32_t clients;
    const struct bytes *requests; /* of SubmitBatch, made before */
    uint64_t request_count;
    uint32_t batch; /* transactions in each */
    uint64_t rate; /* transactions a second; 0: closed loop */
    uint64_t duration_ms; /* after which nothing more is sent */
};

struct bench_load {
    uint64_t sent; /* transactions */
    uint64_t final;
    uint64_t busy; /* refused with an explicit busy answer (100004) or for the rate of calls */
    uint64_t refused; /* for any other reason */
    uint64_t lost; /* no answer */
    uint64_t wall_ns; /* from the first request to the last answer */
    uint64_t *latency_us; /* of each final batch, ascending; the caller frees */
    uint64_t latencies;
    bool exhausted; /* there were no more requests before the time was over */
};

/* bench_load_run sends until the time or the requests end and every answer is there. False when
 * memory or threads end. */
bool bench_load_run(struct bench_load *out, const struct bench_load_plan *plan);

/* bench_load_percentile: of the latencies, in microseconds; permille 500 is the median. */
uint64_t bench_load_percentile(const struct bench_load *load, uint32_t permille);

#endif
