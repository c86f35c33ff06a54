/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_LOAD_H
#define TOOLS_BENCH_LOAD_H

/* A load of signed transactions on running nodes, over HTTP, in batches, by one thread.
 *
 * Closed loop (rate 0): each client sends its next batch when the last one is answered; after an
 * answer that was not all final it waits 20 ms. Open loop: a batch is sent when it is due, whatever
 * became of those before it, on a connection of its own if no other is free: what piles up piles up
 * at the nodes, never here. Latency counts from the time it was due. */

#include <stdbool.h>
#include <stdint.h>

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define BENCH_CLIENTS_MAX 256
#define BENCH_TARGET_CONNECTIONS 1000 /* a node takes no more */
#define BENCH_WHY 240

struct bench_target {
    uint16_t port;
    const char *token;
};

struct bench_load_plan {
    const struct bench_target *targets; /* taken in turn */
    uint32_t target_count;
    uint32_t clients; /* of a closed loop */
    const struct bytes *requests; /* of SubmitBatch, made before */
    uint64_t request_count;
    uint32_t batch; /* transactions in each */
    uint64_t rate; /* transactions a second; 0: closed loop */
    uint32_t seconds; /* after which nothing more is sent; 0: as long as there are requests */
};

struct bench_load {
    uint64_t sent; /* transactions; each is in one of the next four */
    uint64_t final;
    uint64_t busy; /* refused with an explicit busy answer (100004) or for the rate of calls */
    uint64_t refused; /* for any other reason */
    uint64_t lost; /* no answer */
    uint64_t *final_in; /* transactions, in each second in which the load was offered; the caller
                           frees, as latency_us */
    uint32_t seconds; /* of final_in */
    uint64_t late; /* batches sent more than 10 ms after they were due, all connections taken */
    uint64_t late_max_us;
    uint64_t flying_max; /* batches under way at a time */
    uint64_t offered_ns; /* how long batches were sent */
    uint64_t wall_ns; /* from the first request to the last answer */
    uint64_t cpu_ns; /* of the generator: this process */
    uint64_t *latency_us; /* of each batch of which some were final, ascending; the caller frees */
    uint64_t latencies;
    bool exhausted; /* there were no more requests before the time was over */
    char why[BENCH_WHY]; /* the beginning of the first refusal that is not busy; else empty */
};

/* bench_load_run sends until the time or the requests end and every answer is there. ERR_MEMORY,
 * ERR_STORAGE (no connection can be made). */
enum err NODISCARD bench_load_run(struct bench_load *out, const struct bench_load_plan *plan);

void bench_load_free(struct bench_load *load);

/* bench_load_goodput: final transactions a second, without the first third of the seconds in which
 * the load was offered (none of fewer than three). In that the queues fill, and what comes after
 * the end is what they still held: with a latency of L and a load of T the whole time would say (T
 * - L)/T of the rate. */
uint64_t bench_load_goodput(const struct bench_load *load);
/* bench_load_percentile: of the latencies, in microseconds; permille 500 is the median. */
uint64_t bench_load_percentile(const struct bench_load *load, uint32_t permille);

#endif
