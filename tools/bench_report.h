/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_REPORT_H
#define TOOLS_BENCH_REPORT_H

/* What `seam bench network` found, and how it is shown: as a table for people, as JSON, or as the
 * tables of docs/performance.md. */

#include "tools/bench_bounds.h"
#include "tools/bench_load.h"
#include "tools/bench_table.h"

#define BENCH_LOADS 3 /* kinds of transactions */
#define BENCH_LOAD_PHASES 4 /* of each kind */
#define BENCH_PHASES (BENCH_LOADS * BENCH_LOAD_PHASES)

/* One kind of transaction: an anchor of about `size` bytes, or an account of `lines` lines. */
struct bench_kind {
    char name[32];
    uint32_t size;
    uint32_t lines; /* 0: an anchor */
    uint32_t batch; /* transactions in a call */
    struct bench_bounds bounds;
    uint64_t yardstick_ns; /* while they were measured (bench_yardstick.h) */
};

struct bench_phase {
    const char *name;
    size_t kind;
    uint64_t rate; /* offered a second; 0: closed loop */
    struct bench_load load;
    bool settled; /* the nodes worked off what the load left behind */
    uint64_t cpu_ms; /* of all nodes, none of the generator's */
    uint64_t yardstick_ns; /* while it ran */
    uint64_t elsewhere_permille; /* of the machine: neither nodes nor generator */
    uint64_t peak_rss_kib; /* of the largest node */
    uint64_t disk_bytes; /* databases of all nodes grown by */
    uint64_t log_bytes; /* consensus logs of all nodes, which are used again */
};

struct bench_report {
    char machine[200];
    uint32_t cpus;
    uint32_t nodes;
    uint32_t clients;
    uint32_t seconds;
    struct bench_kind kinds[BENCH_LOADS];
    size_t kind_count;
    struct bench_phase phases[BENCH_PHASES];
    size_t phase_count;
};

/* bench_report_print prints it on stdout; the exit status. */
int bench_report_print(const struct bench_report *report, enum bench_form form);

#endif
