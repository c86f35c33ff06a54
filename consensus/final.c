/* SPDX-License-Identifier: Apache-2.0 */
/* R11: finality is a certificate and all ancestors; delivery waits for bodies and verdicts. */

#include "consensus/state.h"

static void delivered(struct cons *cons, const struct hash *id, uint64_t height, uint8_t flags)
{
    assert(height > cons->delivered_height);
    cons->delivered_id = *id;
    cons->delivered_height = height;
    if ((flags & HEADER_FLAG_BOUNDARY) != 0) {
        cons->closed = true;
    }
}

static void after_delivery(struct cons *cons)
{
    cons->heartbeat_due = false;
    timer_set(cons, CONS_TIMER_HEARTBEAT, cons->params.heartbeat_ms);
    tree_prune(cons);
}

static void safety_broken(struct cons *cons)
{
    if (!cons->halted) {
        out_alarm(cons, CONS_ALARM_SAFETY, cons->final.view, &cons->final.block_id);
        out_halt(cons);
    }
}

/* The blocks from fin down to the one above `delivered`, newest first. 0: not connected. */
static uint32_t path_of(const struct cons *cons, const struct tree_block *path[CONS_BLOCKS_MAX])
{
    uint32_t size = 0;
    const struct hash *at = &cons->final.block_id;
    while (size < CONS_BLOCKS_MAX && !hash_equal(at, &cons->delivered_id)) {
        const struct tree_block *block = tree_get(cons, at);
        if (block == NULL || block->block.header.height <= cons->delivered_height) {
            return 0;
        }
        path[size++] = block;
        at = &block->block.header.parent_id;
    }
    return hash_equal(at, &cons->delivered_id) ? size : 0;
}

bool final_deliver(struct cons *cons)
{
    if (!cons->has_final || cons->halted || cons->closed ||
        hash_equal(&cons->final.block_id, &cons->delivered_id)) {
        return false;
    }
    const enum tree_state state = tree_ensure(cons, &cons->final.block_id, cons->final.signers, 0);
    if (state == TREE_DEAD) {
        safety_broken(cons);
        return false;
    }
    if (state != TREE_READY) {
        return false;
    }
    const struct tree_block *path[CONS_BLOCKS_MAX];
    const uint32_t size = path_of(cons, path);
    if (size == 0) {
        safety_broken(cons);
        return false;
    }
    const uint16_t cert = out_cert(cons, &cons->final);
    for (uint32_t i = size; i > 0; i--) {
        const struct cons_block *block = &path[i - 1]->block;
        struct cons_action *action = out_add(cons, CONS_A_DELIVER);
        action->u.deliver.block_id = block->id;
        action->u.deliver.height = block->header.height;
        action->u.deliver.cert = i == 1 ? cert : CONS_NO_CERT;
        delivered(cons, &block->id, block->header.height, block->header.flags);
    }
    after_delivery(cons);
    return true;
}

/* Keeps the path to the highest certificate coming, and notices what must not be: a notarized
 * block that is invalid here, or one beside the final chain. */
void final_watch_tip(struct cons *cons)
{
    if (!cons->has_high || cons->halted || cons->closed) {
        return;
    }
    switch (tree_ensure(cons, &cons->high.block_id, cons->high.signers, 0)) {
    case TREE_INVALID:
        out_alarm(cons, CONS_ALARM_DIVERGENCE, cons->high.view, &cons->high.block_id);
        out_halt(cons);
        break;
    case TREE_DEAD:
        safety_broken(cons);
        break;
    case TREE_READY:
    case TREE_WAITING:
        break;
    }
}

/* What lies above the delivered block became final in a later view than it: an F of that view or an
 * earlier one for something above contradicts the F held, so more than f lied. */
static bool contradicts(const struct cons *cons, const struct cons_block *block,
                        const struct cert *cert)
{
    return cons->has_final && hash_equal(&cons->final.block_id, &cons->delivered_id) &&
           block->header.height > cons->delivered_height && cert->view <= cons->final.view;
}

void final_synced(struct cons *cons, const struct cons_block *block, const struct cert *cert)
{
    assert(cert->verified);
    assert(cert->kind == VOTE_FINALIZE);
    assert(hash_equal(&cert->block_id, &block->id));
    if (cons->syncing) {
        cons->syncing = false;
        cons->peers[cons->sync_peer].sync_failures = 0;
    }
    if (cert->epoch != cons->epoch) {
        return;
    }
    if (contradicts(cons, block, cert)) {
        safety_broken(cons);
        return;
    }
    view_learn(cons, cert);
    if (block->header.height > cons->delivered_height) {
        delivered(cons, &block->id, block->header.height, block->header.flags);
        after_delivery(cons);
    }
}
