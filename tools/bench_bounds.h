/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_BOUNDS_H
#define TOOLS_BENCH_BOUNDS_H

/* What the parts of a node's work on one transaction cost on this machine (decision D21), each
 * measured by itself: what a network can reach at most is the machine's processors over their sum
 * at every node. Transport, HTTP and votes are left out, so the bound is above what can be
 * reached. */

#include "tools/load/sign.h"

/* Processor time of one transaction at one node, in nanoseconds. */
struct bench_bounds {
    uint64_t transactions; /* measured with */
    uint64_t bytes; /* of one */
    uint64_t block; /* transactions in one block */
    uint64_t verify_ns; /* all signatures of one transaction */
    uint64_t decode_ns;
    uint64_t execute_ns; /* judging and writing, decoded and verified before */
    uint64_t tree_ns; /* state tree of the block, sealing, roots */
    uint64_t commit_ns; /* the synced batch of the block, threads of the database included */
    uint64_t sync_wall_ns; /* of one block's batch, not of a transaction */
    uint64_t disk_bytes; /* of the database, a transaction */
};

struct bench_bounds_plan {
    struct bytes genesis; /* canonical bytes */
    const struct load_sender *senders; /* of the transactions below */
    size_t sender_count;
    const char *dir; /* of the machine's disk; a database is made and removed below it */
    const struct bytes *setup; /* transactions before those that are measured */
    size_t setup_count;
    const struct bytes *raws; /* at least one */
    size_t count;
    size_t block;
};

/* bench_bounds_measure measures on so many processors at once, each in a process of its own, and
 * gives the means: under the load that the bound is held against all of them work, and they share
 * caches and the host. ERR_MEMORY, ERR_STORAGE, ERR_INTERNAL (a process died), or what was wrong
 * with the transactions. */
enum err NODISCARD bench_bounds_measure(struct bench_bounds *out,
                                        const struct bench_bounds_plan *plan, uint32_t cpus,
                                        struct err_detail *detail);

/* bench_bounds_node_ns is the sum at one node; bench_bounds_network the transactions a second that
 * n nodes on so many processors cannot exceed. */
uint64_t bench_bounds_node_ns(const struct bench_bounds *bounds);
uint64_t bench_bounds_network(const struct bench_bounds *bounds, uint32_t nodes, uint32_t cpus);

#endif
