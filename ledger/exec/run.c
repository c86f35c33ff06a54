/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves and receipts grow by doubling; they are bounded by the number of transactions and the size
 * of a receipt. */

#include "ledger/exec/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/chain/merkle.h"
#include "ledger/exec/judge.h"
#include "ledger/governance/view.h"

enum err run_init(struct run *run, const struct exec_env *env, struct overlay *state,
                  uint64_t height, uint64_t time_ms)
{
    *run = (struct run){.env = *env, .state = state, .height = height, .time_ms = time_ms};
    arena_init(&run->scratch, EXEC_TX_BUDGET);
    const Seam__ChainState *chain = NULL;
    const enum err err = view_chain(&chain, state, &run->scratch);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    run->cost_max = chain->block_cost_max;
    arena_free(&run->scratch);
    return OK;
}

void run_deinit(struct run *run)
{
    arena_free(&run->scratch);
    free(run->receipts);
    free(run->receipt_leaves);
    free(run->tx_leaves);
    *run = (struct run){.state = NULL};
}

static bool grow(struct hash **leaves, size_t room)
{
    struct hash *grown = realloc(*leaves, room * sizeof *grown);
    if (grown != NULL) {
        *leaves = grown;
    }
    return grown != NULL;
}

static enum err leaf_room(struct run *run)
{
    if (run->count < run->leaves_room) {
        return OK;
    }
    const size_t room = run->leaves_room == 0 ? 64 : 2 * run->leaves_room;
    if (!grow(&run->tx_leaves, room) || !grow(&run->receipt_leaves, room)) {
        return ERR_MEMORY;
    }
    run->leaves_room = room;
    return OK;
}

static enum err receipt_room(struct run *run, size_t size)
{
    if (run->receipts_room - run->receipts_size >= size) {
        return OK;
    }
    const size_t room = 2 * run->receipts_room + size + 4096;
    uint8_t *grown = realloc(run->receipts, room);
    if (grown == NULL) {
        return ERR_MEMORY;
    }
    run->receipts = grown;
    run->receipts_room = room;
    return OK;
}

static void receipt_add(struct run *run, struct bytes receipt)
{
    struct writer writer =
        writer_of(run->receipts + run->receipts_size, run->receipts_room - run->receipts_size);
    write_u32(&writer, (uint32_t)receipt.size);
    write_bytes(&writer, receipt);
    assert(!writer.failed);
    run->receipts_size += 4 + receipt.size;
    merkle_leaf(&run->receipt_leaves[run->count], TAG_RECEIPT_LEAF, receipt);
}

static enum judgement run_judge(struct run *run, const struct exec_tx *tx,
                                struct err_detail *detail)
{
    const uint32_t cost = exec_cost(tx);
    if (run->count == LIMIT_BLOCK_TX || cost > run->cost_max - run->cost) {
        (void)err_set(detail, ERR_TOO_LARGE, NULL, NULL, NULL, "the block is full");
        return JUDGE_NOT_YET;
    }
    const struct judge_place place = {
        .height = run->height, .time_ms = run->time_ms, .index = run->count};
    struct bytes receipt = {0};
    const size_t mark = overlay_mark(run->state);
    const enum judgement judgement =
        judge_tx(&run->env, run->state, &place, tx, &run->scratch, &receipt, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = receipt_room(run, 4 + receipt.size);
    if (err == OK) {
        err = leaf_room(run);
    }
    if (err != OK) {
        overlay_rollback(run->state, mark);
        (void)err_set(detail, err, NULL, NULL, NULL, NULL);
        return JUDGE_UNABLE;
    }
    exec_tx_leaf(&run->tx_leaves[run->count], tx);
    receipt_add(run, receipt);
    run->count++;
    run->cost += cost;
    return JUDGE_OK;
}

enum judgement run_add(struct run *run, struct bytes raw, struct err_detail *detail)
{
    struct exec_tx tx;
    const enum err err = exec_decode(&tx, &run->env.chain_id, raw, &run->scratch, detail);
    enum judgement judgement = view_judgement(err, JUDGE_NEVER);
    if (err == OK) {
        judgement = run_judge(run, &tx, detail);
    }
    arena_free(&run->scratch);
    return judgement;
}

void run_roots(const struct run *run, struct hash *tx_root, struct hash *receipts_root)
{
    merkle_root(tx_root, run->tx_leaves, run->count);
    merkle_root(receipts_root, run->receipt_leaves, run->count);
}
