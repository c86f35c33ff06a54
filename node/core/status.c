/* SPDX-License-Identifier: Apache-2.0 */
/* What the node says about itself: numbers for status and metrics, and sentences for people,
 * because a stall with nothing said about it is the commonest complaint about every comparable
 * system. */
#include "node/core/node_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill_validators(const struct node *node, struct node_status *out,
                            const struct cons_status *status)
{
    const uint64_t now = node->env->now_ms(node->env->context);
    const uint64_t votes = status->notarized_by | status->nullified_by;
    out->validator_count = node->valset.count;
    for (uint16_t i = 0; i < node->valset.count; i++) {
        struct node_validator_status *validator = &out->validators[i];
        validator->organisation = node->valset.validators[i].organisation;
        validator->self = i == node->self;
        validator->connected = validator->self || peer_of(node, i) >= 0;
        validator->voted = (votes >> i & 1) != 0;
        validator->seen_view = node->voted_view[i];
        validator->vote_age_ms = now - node->voted_ms[i];
        validator->gone_ms = validator->connected ? 0 : now - node->gone_ms[i];
        const uint64_t since =
            validator->seen_view > node->started_view ? validator->seen_view : node->started_view;
        validator->behind = !validator->self && since + 2u * node->valset.count < status->view;
        validator->missing_ms =
            validator->voted || !status->active ? 0 : now - status->expected_since_ms;
    }
}

static void fill_peers(const struct node *node, struct node_status *out)
{
    const uint64_t now = node->env->now_ms(node->env->context);
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        const struct peer *peer = &node->peers[i];
        if (!peer->up) {
            continue;
        }
        struct node_peer_status *at = &out->peers[out->peer_count++];
        at->peer = i;
        at->validator = peer->validator;
        if (peer->validator >= 0) {
            at->organisation = node->valset.validators[peer->validator].organisation;
        }
        memcpy(at->node_key, peer->node_key, sizeof at->node_key);
        at->silent_ms = now - peer->last_ms;
        at->last_kind = peer->last_kind;
        at->view = peer->hints.view;
        at->fin_height = peer->hints.final_height;
        at->skew_ms = peer->skew_ms;
    }
}

void node_status_get(const struct node *node, struct node_status *out)
{
    memset(out, 0, sizeof *out);
    const uint64_t now = node->env->now_ms(node->env->context);
    const struct cons_status status = cons_status(node->cons);
    out->chain_id = node->chain_id;
    out->epoch = status.epoch;
    out->view = status.view;
    out->fin_view = status.final_view;
    out->height = node->head.height;
    out->block_id = node->head.id;
    out->state_root = node->head.state_root;
    out->time_ms = node->head.time_ms;
    out->final_age_ms = now - node->head_ms;
    out->leader = status.leader;
    out->self = node->self == CONS_NONE ? -1 : node->self;
    out->voting = status.may_vote && !node->failed && node->self != CONS_NONE;
    out->muted = status.muted || node->muted;
    out->halted = status.halted || node->halted;
    out->disk = node->failed && node->reason == NODE_STOP_STORAGE;
    out->syncing = node->sync.running;
    out->sync_target = node->sync.target;
    if (!out->voting) {
        (void)snprintf(out->not_voting_why, sizeof out->not_voting_why, "%s", node->not_voting_why);
    }
    out->level = status.level;
    out->views_without_finality =
        status.view > status.final_view + 1 ? status.view - status.final_view - 1 : 0;
    out->active = status.active;
    out->view_ms = now - status.view_since_ms;
    out->expected_ms = status.active ? now - status.expected_since_ms : 0;
    out->pool_count = pool_count(node->pool);
    out->pool_bytes = pool_bytes(node->pool);
    out->waiting_units = door_waiting(node);
    out->waiting_bound = admission_bound(&node->admission);
    out->unfinalised = status.blocks;
    out->log_bytes = node->log_bytes;
    fill_validators(node, out, &status);
    fill_peers(node, out);
}

/* --- in words
 * --------------------------------------------------------------------------------------------- */

struct words {
    char *out;
    size_t size;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *words, const char *format, ...)
{
    if (words->used + 1 >= words->size) {
        return;
    }
    va_list list;
    va_start(list, format);
    const int wrote = vsnprintf(words->out + words->used, words->size - words->used, format, list);
    va_end(list);
    if (wrote > 0) {
        const size_t room = words->size - words->used - 1;
        words->used += (size_t)wrote < room ? (size_t)wrote : room;
    }
}

struct naming {
    const char *(*name)(void *context, const struct hash *organisation);
    void *context;
    char hex[2 * HASH_SIZE + 1];
};

static const char *name_of(struct naming *naming, const struct hash *organisation)
{
    const char *name = naming->name == NULL ? NULL : naming->name(naming->context, organisation);
    if (name != NULL) {
        return name;
    }
    hex_encode(naming->hex, hash_bytes(organisation));
    naming->hex[12] = '\0';
    return naming->hex;
}

static void say_self(struct words *words, const struct node_status *status)
{
    if (status->voting) {
        say(words, "This node is validator %d and votes.\n", status->self);
        return;
    }
    say(words, "This node does not vote: %s.\n",
        status->not_voting_why[0] != '\0' ? status->not_voting_why
                                          : "it listens before its first vote");
    if (status->disk) {
        say(words, "It stopped because of its disk, and comes back by itself where it can.\n");
    } else if (status->halted) {
        say(words, "It stopped by itself. Read the log, do not restart it blindly.\n");
    }
}

static void say_last_vote(struct words *words, const struct node_validator_status *validator)
{
    if (validator->seen_view == 0) {
        say(words, "; no vote of it since this node started %llu s ago.\n",
            (unsigned long long)(validator->vote_age_ms / 1000));
    } else {
        say(words, "; its last vote came %llu s ago, in view %llu.\n",
            (unsigned long long)(validator->vote_age_ms / 1000),
            (unsigned long long)validator->seen_view);
    }
}

/* say_missing says what is wrong with one that has not voted, and since when. */
static void say_missing(struct words *words, const struct node_status *status, uint16_t index,
                        const char *name)
{
    const struct node_validator_status *validator = &status->validators[index];
    if (status->active) {
        say(words, "No vote of validator %u (%s) in this view since %llu ms", index, name,
            (unsigned long long)validator->missing_ms);
    } else if (!validator->connected) { /* nobody is asked for a vote now, but will be */
        say(words, "Validator %u (%s)", index, name);
    } else if (validator->behind) {
        say(words, "Validator %u (%s) is connected and does not vote", index, name);
    } else {
        return;
    }
    if (!validator->connected) {
        say(words, "%s not connected since %llu s", status->active ? "," : " is",
            (unsigned long long)(validator->gone_ms / 1000));
    }
    say_last_vote(words, validator);
}

/* say_needed draws the conclusion: can something become final, and who should be asked? */
static void say_needed(struct words *words, const struct node_status *status, uint32_t voted,
                       uint32_t reached, bool behind)
{
    const uint32_t needed = quorum_size(status->validator_count);
    if (reached < needed) {
        say(words,
            "%u of %u validators are in reach and %u are needed: nothing can become final. Ask the "
            "operators of those not connected.\n",
            reached, status->validator_count, needed);
    } else if (voted < needed && status->expected_ms > 5000) {
        say(words,
            "%u of %u validators have voted and %u are needed: nothing can become final. Ask the "
            "operators of the others.\n",
            voted, status->validator_count, needed);
    } else if (reached < status->validator_count || behind) {
        say(words, "The others are enough to go on. Ask the operators of those %s.\n",
            reached < status->validator_count ? "not connected" : "who do not vote");
    }
}

static void say_votes(struct words *words, const struct node_status *status, struct naming *naming)
{
    const struct node_validator_status *leader = &status->validators[status->leader];
    say(words, "View %llu, led by validator %u (%s)%s, for %llu ms.\n",
        (unsigned long long)status->view, status->leader, name_of(naming, &leader->organisation),
        leader->connected ? "" : ", who is not connected", (unsigned long long)status->view_ms);
    uint32_t voted = 0;
    uint32_t reached = 0;
    bool behind = false;
    for (uint16_t i = 0; i < status->validator_count; i++) {
        const struct node_validator_status *validator = &status->validators[i];
        reached += validator->connected ? 1 : 0;
        voted += validator->voted ? 1 : 0;
        behind |= validator->behind;
        if (!validator->voted) {
            say_missing(words, status, i, name_of(naming, &validator->organisation));
        }
    }
    say_needed(words, status, voted, reached, behind);
}

size_t node_explain(const struct node_status *status, char *out, size_t size,
                    const char *(*name)(void *context, const struct hash *organisation),
                    void *context)
{
    struct words words = {.out = out, .size = size};
    struct naming naming = {.name = name, .context = context};
    if (size > 0) {
        out[0] = '\0';
    }
    say_self(&words, status);
    say(&words, "Height %llu is final since %llu ms; %u block%s above it %s not.\n",
        (unsigned long long)status->height, (unsigned long long)status->final_age_ms,
        status->unfinalised, status->unfinalised == 1 ? "" : "s",
        status->unfinalised == 1 ? "is" : "are");
    if (status->sync_target > status->height + 1) {
        say(&words, "Peers claim height %llu: %s.\n", (unsigned long long)status->sync_target,
            status->syncing ? "blocks are being fetched" : "waiting to fetch blocks");
    }
    say_votes(&words, status, &naming);
    if (!status->active) {
        say(&words, "Nothing to do: no transaction waits and the heartbeat is not due.\n");
    }
    if (status->views_without_finality > 0) {
        say(&words, "%llu view%s passed without finality; timers are at level %u.\n",
            (unsigned long long)status->views_without_finality,
            status->views_without_finality == 1 ? " has" : "s have", status->level);
    }
    say(&words, "%u transaction%s in the pool (%llu bytes).\n", status->pool_count,
        status->pool_count == 1 ? " waits" : "s wait", (unsigned long long)status->pool_bytes);
    if (status->waiting_units >= status->waiting_bound) {
        say(&words,
            "New transactions are answered busy, except of who has little waiting: %u units wait, "
            "%u may (a transaction is one, and one more for each KiB).\n",
            status->waiting_units, status->waiting_bound);
    }
    for (uint32_t i = 0; i < status->peer_count; i++) {
        const struct node_peer_status *peer = &status->peers[i];
        say(&words,
            "Peer %s: last sent %s %llu ms ago; in view %llu, final height %llu, clock "
            "%+lld ms.\n",
            peer->validator >= 0 ? name_of(&naming, &peer->organisation) : "observer",
            peer->last_kind, (unsigned long long)peer->silent_ms, (unsigned long long)peer->view,
            (unsigned long long)peer->fin_height, (long long)peer->skew_ms);
    }
    return words.used;
}

bool node_pool_find(const struct node *node, const struct hash *tx_id, char *why, size_t why_size)
{
    const struct pool_tx *tx = pool_find(node->pool, tx_id);
    if (tx == NULL) {
        return false;
    }
    if (tx->in_blocks > 0) {
        (void)snprintf(why, why_size, "in a block that is not final yet");
    } else if (tx->state == POOL_WAITING &&
               (tx->why.err == ERR_EXPIRED ||
                tx->valid_until_ms < node->env->wall_ms(node->env->context))) {
        (void)snprintf(why, why_size,
                       "its time is over; it is refused once a final block is later than that");
    } else if (tx->state == POOL_WAITING) {
        (void)snprintf(why, why_size, "waits for another transaction: %s %s %s",
                       err_name(tx->why.err), tx->why.field, tx->why.hint);
    } else if (tx->doubt_height != POOL_DOUBT_NONE) {
        (void)snprintf(why, why_size, "waits until height %llu is final: %s %s",
                       (unsigned long long)tx->doubt_height, err_name(tx->why.err), tx->why.field);
    } else {
        (void)snprintf(why, why_size, "waits for the next block");
    }
    return true;
}
