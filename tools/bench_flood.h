/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_FLOOD_H
#define TOOLS_BENCH_FLOOD_H

/* A validator that turned against the others, for the benchmarks: with the key of a node that was
 * stopped it connects to all others and sends on the bulk channel whatever they take: requests for
 * the whole chain, which cost them reading and sending, and the same thousands of transactions
 * again and again. Nothing of it is a breach for which it would be cut off, as a wrong signature
 * is. It takes its share of the machine like any process. */

#include "tools/bench_world.h"

struct bench_flood;

struct bench_flood_counts {
    uint64_t frames; /* that left */
    uint64_t bytes; /* in them */
    uint64_t answered; /* bytes that came back */
    uint64_t closed; /* connections that the others closed */
};

/* bench_flood_start begins with the key and the peers of node `number`, which is stopped. Gives
 * *out. ERR_MEMORY, and what reading its configuration and key gives. */
enum err NODISCARD bench_flood_start(struct bench_flood **out, const struct bench_world *world,
                                     uint32_t number, struct err_detail *detail);
/* bench_flood_stop ends it; NULL is harmless and counts nothing. */
void bench_flood_stop(struct bench_flood *flood, struct bench_flood_counts *out);

#endif
