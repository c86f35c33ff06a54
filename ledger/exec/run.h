/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_EXEC_RUN_H
#define LEDGER_EXEC_RUN_H

/* Transactions executed one after another on one overlay: what building and checking a block have
 * in common. Inside this folder only. */

#include "ledger/exec/exec.h"

struct run {
    struct exec_env env;
    struct overlay *state; /* borrowed */
    uint64_t height;
    uint64_t time_ms;
    uint32_t cost_max;
    uint32_t cost;
    uint32_t count;
    struct hash *tx_leaves;
    struct hash *receipt_leaves;
    size_t leaves_room; /* of each */
    uint8_t *receipts; /* u32 length and bytes of each */
    size_t receipts_size;
    size_t receipts_room;
    struct arena scratch; /* emptied after each transaction */
};

/* run_init reads the cost limit from state. ERR_MEMORY, ERR_STORAGE, ERR_CORRUPT; run_deinit is
 * allowed after any of them. */
enum err NODISCARD run_init(struct run *run, const struct exec_env *env, struct overlay *state,
                            uint64_t height, uint64_t time_ms);
void run_deinit(struct run *run);

/* run_add decodes and judges one transaction as the next one. JUDGE_NOT_YET with ERR_TOO_LARGE:
 * the block has no room for it. A decoding error is NEVER, except for the world's trouble. */
enum judgement run_add(struct run *run, struct bytes raw, struct err_detail *detail);

void run_roots(const struct run *run, struct hash *tx_root, struct hash *receipts_root);

#endif
