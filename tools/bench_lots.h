/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_LOTS_H
#define TOOLS_BENCH_LOTS_H

/* Graphs of lots as the records that rules would leave behind, for `seam bench trace`. */

#include "ledger/store/kv.h"

/* Upwards: mined lots of two mines and 24 months, each month with its account, then blends of two
 * lots and of a part of a third, until one lot has all the others as ancestors. Downwards: one lot,
 * and blends of it and of what was made of it, all its descendants. */
enum bench_lots_shape { BENCH_LOTS_UP, BENCH_LOTS_DOWN };

#define BENCH_LOTS_ID 40

/* bench_lots_write writes a graph of so many lots into a family of kv. ERR_MEMORY, ERR_STORAGE. */
enum err NODISCARD bench_lots_write(struct kv *kv, uint32_t family, enum bench_lots_shape shape,
                                    uint64_t lots);
/* bench_lots_start writes the id of the lot that leads to all the others. */
void bench_lots_start(char out[BENCH_LOTS_ID], enum bench_lots_shape shape, uint64_t lots);

#endif
