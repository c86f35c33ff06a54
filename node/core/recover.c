/* SPDX-License-Identifier: Apache-2.0 */
/* What a start does, in the order of decision D23: genesis or head of the database, slot, log. The
 * log's records are replayed into struct cons_recovered, which keeps the highest of each kind; then
 * slot, log and database are compared, and a node that lost its log follows without voting until an
 * F at or above its slot proves where it stands (D6). */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

#include "ledger/exec/found.h"
#include "ledger/governance/genesis.h"
#include "ledger/store/chain_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GENESIS_ARENA (64u * 1024 * 1024)
#define RECENT_AT_START 16
#define BLOCKS_RESERVE 64 /* of the table, for what comes after the start */

/* --- genesis and head
 * ----------------------------------------------------------------------------------- */

static void set_params(struct node *node, const Seam__ConsensusParameters *genesis)
{
    node->params = cons_params_default();
    if (genesis == NULL) {
        return;
    }
    if (genesis->t0_ms > 0) {
        node->params.t0_ms = (uint32_t)genesis->t0_ms;
    }
    if (genesis->t_max_ms > 0) {
        node->params.t_max_ms = (uint32_t)genesis->t_max_ms;
    }
    if (genesis->t_skip_ms > 0) {
        node->params.t_skip_ms = (uint32_t)genesis->t_skip_ms;
    }
    if (genesis->heartbeat_ms > 0) {
        node->params.heartbeat_ms = (uint32_t)genesis->heartbeat_ms;
    }
}

struct founding {
    struct arena arena;
    struct bytes bytes;
    const Seam__Genesis *genesis;
    struct header header; /* block 0 */
    struct hash id;
};

static enum err stored_genesis(struct node *node, struct founding *founding)
{
    struct chain_view *view = NULL;
    enum err err = chain_view_open(&view, node->db);
    if (err == OK) {
        err = chain_view_genesis(view, &founding->arena, &founding->bytes);
        chain_view_drop(view);
    }
    return err;
}

static enum err read_genesis(struct node *node, struct founding *founding,
                             struct err_detail *detail)
{
    enum err err = OK;
    if (founding->bytes.size == 0) {
        err = stored_genesis(node, founding);
        if (err != OK) {
            return err_set(detail, ERR_CHAIN, "genesis", NULL, NULL, "there is no genesis");
        }
    }
    err = genesis_decode(&founding->genesis, founding->bytes, &founding->arena, detail);
    if (err == OK) {
        err = genesis_valset(&node->valset, founding->genesis, detail);
    }
    if (err != OK) {
        return err;
    }
    genesis_chain_id(&node->chain_id, founding->bytes);
    valset_hash(&node->valset_hash, &node->valset);
    set_params(node, founding->genesis->consensus);
    struct hash stored;
    if (chain_db_chain_id(node->db, &stored) && !hash_equal(&stored, &node->chain_id)) {
        return err_set(detail, ERR_CHAIN, "genesis", NULL, NULL,
                       "the database belongs to another chain");
    }
    return OK;
}

/* remember_last takes the last blocks of the database into memory, where peers get them by id: one
 * that is a single block behind does not ask for a window. What cannot be read is left out. */
static void remember_last(struct node *node, struct chain_view *view)
{
    const uint64_t head = node->head.height;
    for (uint64_t height = head > RECENT_AT_START ? head - RECENT_AT_START + 1 : 1; height <= head;
         height++) {
        struct arena arena;
        struct header header;
        struct hash id;
        struct bytes body;
        arena_init(&arena, GENESIS_ARENA);
        if (chain_view_header(view, height, &header, &id) == OK &&
            chain_view_block(view, height, &arena, NULL, &body) == OK &&
            body.size <= LIMIT_BLOCK_BODY) {
            block_remember(node, &id, &header, body);
        }
        arena_free(&arena);
    }
}

static enum err read_head(struct node *node, struct founding *founding, struct err_detail *detail)
{
    struct chain_head head;
    chain_db_head(node->db, &head);
    enum err err = OK;
    if (head.empty) {
        struct exec_founding block;
        err = exec_found(&block, node->db, founding->bytes, detail);
        if (err != OK) {
            return err;
        }
    }
    chain_db_head(node->db, &node->head);
    node->queued_height = node->head.height;
    struct chain_view *view = NULL;
    err = chain_view_open(&view, node->db);
    if (err == OK) {
        err = chain_view_header(view, node->head.height, &node->head_header, NULL);
        if (err == OK) {
            err = chain_view_header(view, 0, &founding->header, &founding->id);
            if (!NODE_MUTANT(NODE_MUTANT_RECENT_FORGOTTEN)) {
                remember_last(node, view);
            }
        }
        chain_view_drop(view);
    }
    node->head_state = chain_db_state(node->db);
    return err;
}

/* --- the log
 * ---------------------------------------------------------------------------------------------- */

struct replay {
    struct node *node;
    bool has_vote;
    struct vote last; /* highest position */
    uint64_t delivered_height;
};

static enum err replay_cert(struct replay *replay, struct bytes payload)
{
    struct cert *cert = node_alloc(sizeof *cert);
    enum err err = cert_decode(cert, payload);
    if (err == OK && cert->epoch == replay->node->valset.epoch) {
        /* Written by this node after it verified it; the few that count are verified again below.
         */
        cert->verified = true;
        cons_recovered_cert(replay->node->recovered, cert);
    }
    free(cert);
    return err == OK ? OK : ERR_CORRUPT;
}

static bool is_higher(const struct vote *a, const struct vote *b)
{
    if (a->epoch != b->epoch) {
        return a->epoch > b->epoch;
    }
    if (a->view != b->view) {
        return a->view > b->view;
    }
    return vote_phase(a->kind) > vote_phase(b->kind);
}

static enum err replay_vote(struct replay *replay, struct bytes payload)
{
    struct vote vote;
    if (vote_decode(&vote, payload) != OK) {
        return ERR_CORRUPT;
    }
    if (NODE_MUTANT(NODE_MUTANT_EMPTY_IS_NEW) && replay->node->head.height == 0) {
        return OK;
    }
    /* Of the key that used this log before: the slot of the present key knows its own votes. */
    if (vote.epoch == replay->node->valset.epoch && vote.signer != replay->node->self) {
        return OK;
    }
    if (!replay->has_vote || is_higher(&vote, &replay->last)) {
        replay->last = vote;
        replay->has_vote = true;
    }
    if (vote.epoch == replay->node->valset.epoch) {
        cons_recovered_vote(replay->node->recovered, &vote);
    }
    return OK;
}

/* make_room: a log above an empty database may hold more blocks than the table. The newest stay:
 * what is not final yet may be nowhere else, what is older comes from peers. False: header is the
 * oldest itself. */
static bool make_room(struct node *node, const struct header *header)
{
    if (node->block_count < NODE_BLOCKS_MAX - BLOCKS_RESERVE) {
        return true;
    }
    struct block *oldest = node->blocks[0];
    for (size_t i = 1; i < node->block_count; i++) {
        if (node->blocks[i]->header.view < oldest->header.view) {
            oldest = node->blocks[i];
        }
    }
    if (header->view <= oldest->header.view) {
        return false;
    }
    block_forget(node, oldest);
    return true;
}

static enum err replay_block(struct replay *replay, struct bytes payload)
{
    struct node *node = replay->node;
    struct header header;
    struct hash id;
    if (payload.size < HEADER_SIZE ||
        header_decode(&header, bytes_of(payload.data, HEADER_SIZE)) != OK ||
        payload.size - HEADER_SIZE != header.body_size) {
        return ERR_CORRUPT;
    }
    if (header.height <= node->head.height || NODE_MUTANT(NODE_MUTANT_BLOCKS_FORGOTTEN) ||
        header.epoch != node->valset.epoch) {
        return OK;
    }
    header_id(&id, &header);
    if (block_find(node, &id) != NULL || !make_room(node, &header)) {
        return OK;
    }
    struct block *entry = block_learn(node, &id, &header);
    entry->body = body_new(header.body_size);
    memcpy(entry->body->bytes, payload.data + HEADER_SIZE, header.body_size);
    entry->logged = true;
    return OK;
}

/* tell_blocks: the state machine hears of the blocks that the table has, and of no others. */
static void tell_blocks(struct node *node)
{
    for (size_t i = 0; i < node->block_count; i++) {
        const struct cons_block block = {.header = node->blocks[i]->header,
                                         .id = node->blocks[i]->id};
        cons_recovered_block(node->recovered, &block);
    }
}

static enum err replay_record(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    struct replay *replay = arg;
    (void)seq;
    switch (type) {
    case LOG_CERT:
        return replay_cert(replay, payload);
    case LOG_VOTE:
        return replay_vote(replay, payload);
    case LOG_BLOCK:
        return replay_block(replay, payload);
    case LOG_DELIVER: {
        struct reader reader = reader_of(payload);
        replay->delivered_height = read_u64(&reader);
        return reader.failed ? ERR_CORRUPT : OK;
    }
    case LOG_SEGMENT:
    case LOG_EPOCH:
    case LOG_CHECKPOINT:
        return OK;
    }
    return ERR_CORRUPT;
}

/* verify_again checks the certificates that the state machine starts from. */
static enum err verify_again(struct node *node, struct err_detail *detail)
{
    struct cons_recovered *recovered = node->recovered;
    struct cert *certs[] = {recovered->has_high ? &recovered->high : NULL,
                            recovered->has_final ? &recovered->final : NULL,
                            recovered->has_skip ? &recovered->skip : NULL};
    for (size_t i = 0; i < sizeof certs / sizeof certs[0]; i++) {
        if (certs[i] == NULL) {
            continue;
        }
        certs[i]->verified = false;
        if (cert_check(&node->checker, certs[i]) != OK) {
            return err_set(detail, ERR_CORRUPT, "log", NULL, NULL,
                           "a certificate in the consensus log does not verify");
        }
    }
    return OK;
}

/* --- slot, log and database compared
 * ------------------------------------------------------------------------ */

static int position_compare(const struct slot_state *slot, const struct replay *replay)
{
    if (!replay->has_vote) {
        return slot->view > 0 ? 1 : 0;
    }
    const struct vote *vote = &replay->last;
    if (slot->epoch != vote->epoch) {
        return slot->epoch > vote->epoch ? 1 : -1;
    }
    if (slot->view != vote->view) {
        return slot->view > vote->view ? 1 : -1;
    }
    const uint8_t phase = vote_phase(vote->kind);
    return (slot->phase > phase) - (slot->phase < phase);
}

/* log_lost: the slot knows of votes that the log does not, and no F proves what came after (D6); or
 * the database holds what the log never saw become final (D23). */
static bool log_lost(const struct node *node, const struct slot_state *slot,
                     const struct replay *replay)
{
    const struct cons_recovered *recovered = node->recovered;
    const uint64_t final_view = recovered->has_final ? recovered->final.view : 0;
    if (position_compare(slot, replay) > 0 && !NODE_MUTANT(NODE_MUTANT_SLOT_UNASKED) &&
        (slot->epoch == node->valset.epoch && final_view < slot->view)) {
        return true;
    }
    return node->head.height > 0 && node->head_header.epoch == node->valset.epoch &&
           final_view < node->head_header.view;
}

static void raise_guard(struct cons_guard *guard, const struct slot_state *slot)
{
    const bool higher =
        slot->epoch != guard->epoch
            ? slot->epoch > guard->epoch
            : (slot->view != guard->view ? slot->view > guard->view : slot->phase > guard->phase);
    if (higher) {
        *guard =
            (struct cons_guard){.epoch = slot->epoch, .view = slot->view, .phase = slot->phase};
    }
}

static void explain(struct node *node, const char *why)
{
    (void)snprintf(node->not_voting_why, sizeof node->not_voting_why, "%s", why);
    env_logf(node->env, ENV_WARNING, "recover", "%s", why);
}

static void compare(struct node *node, const struct slot *slot, const struct replay *replay,
                    const struct hash *fingerprint)
{
    struct cons_recovered *recovered = node->recovered;
    const struct slot_state *state = &slot->state;
    recovered->lost_log = log_lost(node, state, replay) && !NODE_MUTANT(NODE_MUTANT_LOST_LOG_VOTES);
    recovered->listen = recovered->lost_log || (!hash_is_zero(&state->fingerprint) &&
                                                !hash_equal(&state->fingerprint, fingerprint));
    recovered->muted = state->muted;
    raise_guard(&recovered->guard, state);
    if (slot->torn && recovered->lost_log) {
        recovered->muted = true; /* a damaged slot and no log to complete it from: doubt (D6) */
    }
    node->muted = recovered->muted;
    if (recovered->muted) {
        explain(node, "this consensus key must never vote again: rotate it");
    } else if (recovered->lost_log) {
        explain(node, "the consensus log was lost or restored: not voting until a final block at "
                      "or above the signer's position is known");
    } else if (recovered->listen) {
        explain(node, "another machine or data directory than before: listening before voting");
    }
}

/* feed_head gives the F through which the database's head became final: the log may be lost or may
 * not reach so far. It goes into the new log before anything is voted for. */
static enum err feed_head(struct node *node, struct err_detail *detail)
{
    struct chain_view *view = NULL;
    struct arena arena;
    struct bytes raw;
    if (node->head.height == 0) {
        return OK;
    }
    enum err err = chain_view_open(&view, node->db);
    if (err != OK) {
        return err;
    }
    arena_init(&arena, GENESIS_ARENA);
    err = chain_view_certs(view, node->head.height, &arena, &raw, NULL);
    struct cert *cert = node_alloc(sizeof *cert);
    if (err == OK && raw.size > 0) {
        err = cert_decode(cert, raw) == OK && cert_check(&node->checker, cert) == OK
                  ? OK
                  : err_set(detail, ERR_CORRUPT, "certs", NULL, NULL,
                            "the finalization of the database's head does not verify");
        if (err == OK) {
            cons_recovered_cert(node->recovered, cert);
            casting_record(node, LOG_CERT, node_copy(raw), NULL);
        }
    }
    free(cert);
    arena_free(&arena);
    chain_view_drop(view);
    return err;
}

static enum err open_slot(struct node *node, struct slot *slot, const struct sign_key *key,
                          struct err_detail *detail)
{
    struct hash key_id;
    const struct bytes public_key = bytes_of(key->public_key, sizeof key->public_key);
    sign_key_id(&key_id, node->valset.suite, public_key);
    const enum err err = slot_open(slot, node->env, &node->chain_id, &key_id, detail);
    if (NODE_MUTANT(NODE_MUTANT_EMPTY_IS_NEW) && err == OK && node->head.height == 0) {
        slot->state.view = slot->state.phase = 0;
        slot->state.has_vote = false;
    }
    return err;
}

static enum err open_log(struct node *node, const struct node_config *config,
                         struct err_detail *detail)
{
    struct replay replay = {.node = node};
    struct slot slot = {0};
    struct log *log = NULL;
    struct log_report report = {0};
    if (node->has_key) {
        const enum err err = open_slot(node, &slot, config->key, detail);
        if (err != OK) {
            return err;
        }
    }
    cons_recovered_init(node->recovered, &node->head.id, node->head.height);
    enum err err = log_open(&log, node->env, &node->chain_id, node->segment_size, replay_record,
                            &replay, &report, detail);
    tell_blocks(node);
    if (err == OK) {
        err = verify_again(node, detail);
    }
    if (err != OK) {
        log_close(log);
        slot_close(&slot);
        return err;
    }
    if (report.cut) {
        env_logf(node->env, ENV_INFO, "log", "a torn tail was left behind; nothing rested on it");
    }
    if (replay.delivered_height > node->head.height) {
        env_logf(node->env, ENV_WARNING, "recover",
                 "the database is at height %llu, the log at %llu: what is missing comes again "
                 "from log and peers",
                 (unsigned long long)node->head.height,
                 (unsigned long long)replay.delivered_height);
    }
    struct hash fingerprint;
    memcpy(fingerprint.bytes, config->fingerprint, sizeof fingerprint.bytes);
    if (node->has_key) {
        if (slot.torn) {
            env_logf(node->env, ENV_WARNING, "slot",
                     "one of the two slots of signer.state was damaged; the consensus log has the "
                     "last vote, and the damaged slot is written anew");
        }
        compare(node, &slot, &replay, &fingerprint);
    }
    node->log_bytes = log_size(log);
    err = feed_head(node, detail);
    if (err == OK && !cons_recovered_fits(node->recovered)) {
        err = err_set(detail, ERR_CORRUPT, "log", NULL, NULL,
                      "a vote in the consensus log rests on no certificate before it");
    }
    signer_open(&node->signer, node->env, log, node->has_key ? &slot : NULL, config->key,
                &node->chain_id, node->valset.suite, replay.has_vote ? &replay.last : NULL);
    return err == OK ? signer_complete(&node->signer, &fingerprint) : err;
}

/* --- all of it
 * ------------------------------------------------------------------------------------------------
 */

static void find_self(struct node *node, const struct node_config *config)
{
    node->self = CONS_NONE;
    node->has_key = config->key != NULL;
    if (!node->has_key) {
        (void)snprintf(node->not_voting_why, sizeof node->not_voting_why, "an observer");
        return;
    }
    const int index =
        valset_find(&node->valset, bytes_of(config->key->public_key, SIGN_PUBLIC_SIZE));
    if (index >= 0) {
        node->self = (uint16_t)index;
    } else {
        explain(node, "this consensus key is not in the validator set");
    }
}

enum err recover(struct node *node, const struct node_config *config, struct err_detail *detail)
{
    struct founding founding = {.bytes = config->genesis};
    arena_init(&founding.arena, GENESIS_ARENA);
    enum err err = read_genesis(node, &founding, detail);
    if (err == OK) {
        node->known = cache_as_known(node->cache);
        node->exec_env = (struct exec_env){.chain_id = node->chain_id,
                                           .verifier = cache_for_transactions(node->cache),
                                           .known = node->known};
        node->checker = (struct cert_checker){
            .chain_id = node->chain_id, .valset = &node->valset, .known = &node->known};
        find_self(node, config);
        err = read_head(node, &founding, detail);
    }
    if (err == OK) {
        const struct cons_setup setup = {.validators = &node->valset,
                                         .self = node->self,
                                         .params = node->params,
                                         .genesis_id = founding.id,
                                         .genesis_height = 0,
                                         .genesis_time_ms = founding.header.time_ms};
        const size_t size = cons_size(node->valset.count);
        node->cons_memory = aligned_alloc(64, (size + 63) / 64 * 64);
        if (node->cons_memory == NULL) {
            err = ERR_MEMORY;
        } else {
            node->cons = cons_init(node->cons_memory, size, &setup);
            err = open_log(node, config, detail);
        }
    }
    arena_free(&founding.arena);
    return err;
}
