/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of a machine, block by block as it grows: each follows from the one before, holds what
 * its header names, and obeys the rules that need no state. Of each height the transactions are
 * counted once, for the root in the header says that they are the same everywhere. */
#include "tools/simnode/run.h"

#include "ledger/exec/exec.h"

#define BLOCK_ARENA ((size_t)16 << 20)

/* --- transactions
 * -------------------------------------------------------------------------------- */

static struct order *order_of(struct run *run, const struct hash *tx_id)
{
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        if (run->orders[i].raw.size > 0 && hash_equal(&run->orders[i].tx_id, tx_id)) {
            return &run->orders[i];
        }
    }
    return NULL;
}

static void stand_alone(struct run *run, struct host *host, const struct order *order)
{
    for (uint32_t i = order->group; i < RUN_ORDERS && run->orders[i].group == order->group; i++) {
        if (i != order->number && run->orders[i].stands) {
            run_fail(run, host, "ledger: order %u and its rival %u both stand in the chain",
                     order->number, i);
        }
    }
}

static void stand(struct run *run, struct host *host, uint64_t height, const struct hash *tx_id)
{
    struct order *order = order_of(run, tx_id);
    if (order == NULL) {
        run_fail(run, host, "a transaction in block %llu that nobody gave",
                 (unsigned long long)height);
        return;
    }
    if (order->stands) {
        run_fail(run, host, "G4: order %u stands in block %llu and in block %llu", order->number,
                 (unsigned long long)order->stands_at, (unsigned long long)height);
    }
    if (order->refused) {
        run_fail(run, host, "order %u was refused and stands in block %llu", order->number,
                 (unsigned long long)height);
    }
    if (order->kind == ORDER_WRONG_ACCOUNT) {
        run_fail(run, host, "ledger: a wrong account stands in block %llu",
                 (unsigned long long)height);
    }
    stand_alone(run, host, order);
    order->stands = true;
    order->stands_at = height;
}

static void stand_all(struct run *run, struct host *host, const struct header *header,
                      struct bytes body)
{
    struct reader reader = reader_of(body);
    for (uint32_t i = 0; i < header->tx_count && !run_failed(run); i++) {
        const struct bytes raw = read_bytes(&reader, read_u32(&reader));
        struct bytes signed_bytes;
        struct hash tx_id;
        if (reader.failed || !exec_peek_body(raw, &signed_bytes)) {
            run_fail(run, host, "block %llu does not hold %u transactions",
                     (unsigned long long)header->height, header->tx_count);
            return;
        }
        exec_tx_id(&tx_id, &run->cluster->town.chain_id, signed_bytes);
        stand(run, host, header->height, &tx_id);
    }
}

/* --- blocks
 * -------------------------------------------------------------------------------------- */

static void learn(struct run *run, const struct header *header, const struct hash *id)
{
    const uint64_t height = header->height;
    if (!run->known[height]) {
        run->known[height] = true;
        run->ids[height] = *id;
        run->roots[height] = header->state_root;
    }
}

/* follows: hashes, height and time go on from the block before (I12). */
static void follows(struct run *run, struct host *host, const struct header *header)
{
    const struct header *before = &run->last;
    struct hash root;
    merkle_log_root(&root, &run->history);
    if (!hash_equal(&header->parent_id, &run->ids[before->height]) ||
        header->height != before->height + 1 || !hash_equal(&header->history_root, &root) ||
        header->time_ms < before->time_ms || header->view <= before->view) {
        run_fail(run, host, "I12: block %llu does not follow the one before",
                 (unsigned long long)header->height);
    }
}

/* count is called once for each height, by the first machine that has it. */
static void count(struct run *run, struct host *host, const struct header *header,
                  struct bytes body)
{
    struct hash leaf;
    if (header->height > 0) {
        follows(run, host, header);
        stand_all(run, host, header, body);
    }
    merkle_block_leaf(&leaf, &run->ids[header->height]);
    merkle_log_append(&run->history, &leaf, NULL, NULL);
    run->last = *header;
    run->counted++;
    run->result.counters.counted += header->tx_count;
}

/* is_whole: the body is the one that the header names. */
static bool is_whole(const struct run *run, const struct header *header, struct bytes body)
{
    struct hash root;
    return header->height == 0 ||
           (body.size == header->body_size &&
            exec_tx_root(&root, &run->cluster->town.chain_id, body, header->tx_count, NULL) == OK &&
            hash_equal(&root, &header->tx_root));
}

static void judge_block(struct run *run, struct host *host, struct chain_view *view,
                        uint64_t height)
{
    struct arena arena;
    struct header header;
    struct hash id;
    struct bytes body;
    arena_init(&arena, BLOCK_ARENA);
    if (chain_view_header(view, height, &header, &id) != OK || header.height != height ||
        chain_view_block(view, height, &arena, NULL, &body) != OK) {
        run_fail(run, host, "block %llu cannot be read", (unsigned long long)height);
    } else {
        learn(run, &header, &id);
        if (!hash_equal(&id, &run->ids[height]) ||
            !hash_equal(&header.state_root, &run->roots[height])) {
            run_fail(run, host, "G3: another block or state at height %llu",
                     (unsigned long long)height);
        }
        if (!is_whole(run, &header, body)) {
            run_fail(run, host, "I12: block %llu does not hold what its header names",
                     (unsigned long long)height);
        }
        if (height == run->counted && !run_failed(run)) {
            count(run, host, &header, body);
        }
    }
    arena_free(&arena);
}

void chain_follow(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    struct chain_view *view = NULL;
    if (witness->sick || run_failed(run)) {
        return; /* what cannot be read is not met by us first */
    }
    if (chain_view_open(&view, host->db) != OK) {
        run_fail(run, host, "its chain cannot be read");
        return;
    }
    const uint64_t head = chain_view_head(view)->height;
    for (uint64_t height = witness->followed; height <= head && !run_failed(run); height++) {
        judge_block(run, host, view, height);
        witness->followed = height + 1;
        run->result.counters.followed++;
    }
    chain_view_drop(view);
}
