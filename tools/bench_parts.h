/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_PARTS_H
#define TOOLS_BENCH_PARTS_H

/* `seam bench parts`: each part of a node's work by itself, by the node's own functions. A part is
 * done often enough for a run to last, nine runs are made, and their median and largest are shown.
 * Time is that of this thread; where a disk is waited for, also that of the clock. */

#include "tools/load/account.h"
#include "tools/bench_table.h"
#include "tools/bench_world.h"

int bench_parts(int argc, char **argv);

struct bench_parts_settings {
    uint64_t keys; /* of the largest state; 0: the default */
    uint32_t run_ms; /* how long a run lasts at least; 0: the default */
    enum bench_form form;
};
int bench_parts_run(const struct bench_parts_settings *settings);

/* --- for the groups of parts ----------------------------------------------------------------- */

#define BENCH_RUNS 9
#define BENCH_PARTS_MAX 96

struct bench_part {
    const char *group; /* "tree" */
    char name[72]; /* "update of 100 keys in a state of 10000" */
    const char *unit; /* "us", "us by the clock", "B" */
    uint64_t median; /* thousandths of the unit */
    uint64_t max;
};

struct bench_parts {
    struct bench_parts_settings settings;
    struct bench_world world;
    struct load_accounts *accounts; /* of 50 lines */
    size_t notes[2]; /* of anchors of 300 B and 1 KiB */
    struct bench_part rows[BENCH_PARTS_MAX];
    size_t count;
    struct err_detail detail;
};

/* A part done `times` times; *ns is how long all of them took. */
typedef enum err (*bench_step)(void *context, uint64_t times, uint64_t *ns);

/* bench_part_time measures one; name is formatted. bench_part_count notes what is the same in each
 * run: a number of bytes, of nodes. */
enum err NODISCARD bench_part_time(struct bench_parts *parts, const char *group, const char *unit,
                                   bench_step step, void *context, const char *name, ...)
    __attribute__((format(printf, 6, 7)));
void bench_part_count(struct bench_parts *parts, const char *group, const char *unit,
                      uint64_t value, const char *name, ...) __attribute__((format(printf, 5, 6)));
#define BENCH_US "us"
#define BENCH_CLOCK_US "us by the clock"

/* The groups. */
enum err NODISCARD bench_parts_crypto(struct bench_parts *parts);
enum err NODISCARD bench_parts_codec(struct bench_parts *parts);
enum err NODISCARD bench_parts_execution(struct bench_parts *parts);
enum err NODISCARD bench_parts_tree(struct bench_parts *parts);
enum err NODISCARD bench_parts_proof(struct bench_parts *parts);
enum err NODISCARD bench_parts_disk(struct bench_parts *parts);

#endif
