/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_PROCESSES_H
#define TOOLS_BENCH_PROCESSES_H

/* What the processes of a localnet have used, by the system's own counters. */

#include "tools/localnet.h"

struct bench_usage {
    uint64_t cpu_ms; /* of all nodes, user and system */
    uint64_t peak_rss_kib; /* of the largest node */
    uint64_t disk_bytes; /* of the databases of all nodes */
    uint64_t log_bytes; /* of their consensus logs: segments of a fixed size, used again */
};

/* bench_usage_of reads them now. ERR_ABSENT: a node is not running. */
enum err NODISCARD bench_usage_of(struct bench_usage *out, const struct localnet *net,
                                  struct err_detail *detail);

/* What all processors of the machine did since it started, and how much of it was work: also that
 * of processes that have nothing to do with us, and what the host took away. */
struct bench_ticks {
    uint64_t busy_ms;
    uint64_t all_ms;
};
void bench_ticks_of(struct bench_ticks *out);

/* bench_machine writes processors, their model and memory in words. */
void bench_machine(char *out, size_t size, uint32_t *cpus);

#endif
