/* SPDX-License-Identifier: Apache-2.0 */
/* G9: are two lists of actions the same, member by member (padding has no meaning)? */

#include "tools/sim/world.h"

#include <string.h>

static bool same_vote(const struct vote *a, const struct vote *b)
{
    return a->kind == b->kind && a->epoch == b->epoch && a->view == b->view &&
           a->lock_view == b->lock_view && a->signer == b->signer &&
           hash_equal(&a->block_id, &b->block_id) &&
           memcmp(a->signature, b->signature, SIGNATURE_SIZE) == 0;
}

static bool same_cert(const struct cert *a, const struct cert *b)
{
    return a->kind == b->kind && a->epoch == b->epoch && a->view == b->view &&
           a->signers == b->signers && a->verified == b->verified &&
           hash_equal(&a->block_id, &b->block_id) &&
           memcmp(a->signatures, b->signatures, sizeof a->signatures) == 0 &&
           memcmp(a->lock_views, b->lock_views, sizeof a->lock_views) == 0;
}

static bool same_send(const struct cons_send *a, const struct cons_send *b)
{
    return a->kind == b->kind && a->has_just == b->has_just && a->cert == b->cert &&
           a->skip == b->skip && a->view == b->view && same_vote(&a->vote, &b->vote) &&
           hash_equal(&a->block_id, &b->block_id);
}

static bool same_build(const struct cons_action *a, const struct cons_action *b)
{
    return a->u.build.view == b->u.build.view && a->u.build.height == b->u.build.height &&
           a->u.build.parent_view == b->u.build.parent_view &&
           a->u.build.empty == b->u.build.empty && a->u.build.forced == b->u.build.forced &&
           hash_equal(&a->u.build.parent_id, &b->u.build.parent_id);
}

static bool same_cast(const struct cons_action *a, const struct cons_action *b)
{
    return a->u.cast.token == b->u.cast.token && a->u.cast.records == b->u.cast.records &&
           same_vote(&a->u.cast.vote, &b->u.cast.vote) &&
           hash_equal(&a->u.cast.block_id, &b->u.cast.block_id);
}

static bool same_timer(const struct cons_action *a, const struct cons_action *b)
{
    return a->u.timer.timer == b->u.timer.timer && a->u.timer.generation == b->u.timer.generation &&
           a->u.timer.delay_ms == b->u.timer.delay_ms;
}

static bool same_action(const struct cons_action *a, const struct cons_action *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case CONS_A_CAST:
        return same_cast(a, b);
    case CONS_A_APPEND:
        return a->u.append.cert == b->u.append.cert;
    case CONS_A_SEND:
    case CONS_A_BCAST:
        return a->u.send.peer == b->u.send.peer && same_send(&a->u.send.msg, &b->u.send.msg);
    case CONS_A_SET_TIMER:
    case CONS_A_CANCEL_TIMER:
        return same_timer(a, b);
    case CONS_A_BUILD:
        return same_build(a, b);
    case CONS_A_VALIDATE:
        return hash_equal(&a->u.validate.block_id, &b->u.validate.block_id) &&
               hash_equal(&a->u.validate.parent_id, &b->u.validate.parent_id);
    case CONS_A_FETCH:
        return a->u.fetch.peers == b->u.fetch.peers &&
               hash_equal(&a->u.fetch.block_id, &b->u.fetch.block_id);
    case CONS_A_SYNC:
        return a->u.sync.peer == b->u.sync.peer && a->u.sync.from_height == b->u.sync.from_height;
    case CONS_A_DELIVER:
        return a->u.deliver.height == b->u.deliver.height &&
               a->u.deliver.cert == b->u.deliver.cert &&
               hash_equal(&a->u.deliver.block_id, &b->u.deliver.block_id);
    case CONS_A_PRUNE:
        return a->u.prune.height == b->u.prune.height;
    case CONS_A_EVIDENCE:
        return a->u.evidence.kind == b->u.evidence.kind &&
               same_vote(&a->u.evidence.a, &b->u.evidence.a) &&
               same_vote(&a->u.evidence.b, &b->u.evidence.b);
    case CONS_A_ALARM:
        return a->u.alarm.code == b->u.alarm.code && a->u.alarm.view == b->u.alarm.view &&
               hash_equal(&a->u.alarm.block_id, &b->u.alarm.block_id);
    case CONS_A_CANCEL_BUILD:
    case CONS_A_HALT:
        return true;
    }
    return false;
}

bool shadow_same(const struct cons_actions *a, const struct cons_actions *b)
{
    if (a->count != b->count || a->cert_count != b->cert_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (!same_action(&a->items[i], &b->items[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < a->cert_count; i++) {
        if (!same_cert(&a->certs[i], &b->certs[i])) {
            return false;
        }
    }
    return true;
}
