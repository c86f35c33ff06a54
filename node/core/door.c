/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the pool (decision D16): every transaction, whoever brings it, is decoded and judged
 * on the verification pool, on a throw-away overlay above the last final state, by the same
 * function that judges it in a block. */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

#include "ledger/crypto/hash.h"
#include "ledger/keys.h"
#include "ledger/store/chain_view.h"

#include <stdlib.h>
#include <string.h>

#define GOVERNANCE_TYPES 13 /* go first (consensus.md 2.12); anchors of logs wait their turn */
#define QUIET_MS 2000 /* since the last delivery */

struct door_job {
    struct node_job base;
    struct door_job *next; /* in node->submissions, if the peer is -1 */
    struct door_job *prev;
    struct bytes raw; /* owned, unless tx is set */
    struct pool_tx *tx; /* kept: judged again */
    int peer; /* -1: own door */
    uint64_t session;
    bool wait;
    node_answer_fn callback;
    void *arg;
    const struct exec_env *env;
    struct chain_db *db;
    struct chain_state *state; /* kept: the last final one */
    uint64_t height;
    uint64_t time_ms;
    uint64_t earliest_ms; /* of a block above that state */
    /* results */
    enum judgement judgement;
    bool clock_alone; /* NEVER, but only because our clock is later than that */
    struct err_detail detail;
    struct hash tx_id;
    struct hash organisation;
    uint64_t valid_until_ms;
    bool first;
    struct bytes creates; /* owned */
    struct bytes needs;
    bool is_final;
    struct chain_tx_place place;
    struct hash block_id;
    uint64_t block_time_ms;
};

/* --- on the verification pool
 * ----------------------------------------------------------------------- */

static struct bytes copy(struct bytes in)
{
    return in.size == 0 ? bytes_of(NULL, 0) : node_copy(in);
}

static void find_links(struct door_job *work, struct overlay *state, const struct exec_tx *tx,
                       struct arena *arena)
{
    struct rule_context context = {.state = state,
                                   .arena = arena,
                                   .height = work->height,
                                   .time_ms = work->time_ms,
                                   .chain_id = work->env->chain_id,
                                   .tx_id = tx->tx_id,
                                   .organisation_id = tx->organisation,
                                   .organisation = work->organisation};
    struct bytes creates = bytes_of(NULL, 0);
    struct bytes needs = bytes_of(NULL, 0);
    if (tx->row->links != NULL) {
        tx->row->links(&context, tx->payload, &creates, &needs);
    }
    work->creates = copy(creates);
    work->needs = copy(needs);
}

/* find_final looks whether what is refused is in the chain already, as itself or as the transaction
 * with the same idempotency key and content, whose place is then the answer (decision D5). */
static void find_final(struct door_job *work, struct overlay *state, const struct exec_tx *tx,
                       struct arena *arena)
{
    struct hash first;
    bool same = false;
    if (exec_duplicate(&first, &same, state, work->time_ms, tx, arena) == OK && same) {
        work->tx_id = first;
    }
    struct header header;
    struct chain_view *view = NULL;
    enum err err = chain_view_open(&view, work->db);
    err = err ? err : chain_view_tx(view, &work->tx_id, &work->place);
    err = err ? err : chain_view_header(view, work->place.height, &header, &work->block_id);
    chain_view_drop(view);
    if (err == OK) {
        work->is_final = true;
        work->block_time_ms = header.time_ms;
    } else if (err != ERR_ABSENT && (same || work->valid_until_ms < work->time_ms)) {
        work->judgement = JUDGE_UNABLE; /* perhaps it is, and that cannot be read now */
        work->detail = (struct err_detail){0};
    }
}

/* is_by_clock: what is refused at our time would not be at the earliest that a block may carry, so
 * a leader whose clock is behind may take it all the same, or has. */
static bool is_by_clock(const struct door_job *work, struct overlay *state,
                        const struct exec_tx *tx, struct arena *arena)
{
    struct err_detail detail = {0};
    return work->time_ms > work->earliest_ms && !NODE_MUTANT(NODE_MUTANT_LATE_BY_CLOCK) &&
           exec_judge(work->env, state, work->height, work->earliest_ms, tx, arena, NULL,
                      &detail) != JUDGE_NEVER;
}

static void judge(struct door_job *work, struct arena *arena)
{
    struct exec_tx tx;
    const enum err err = exec_decode(&tx, &work->env->chain_id, work->raw, arena, &work->detail);
    if (err != OK) {
        work->judgement = err == ERR_MEMORY ? JUDGE_UNABLE : JUDGE_NEVER;
        work->detail.err = err;
        return;
    }
    work->tx_id = tx.tx_id;
    work->valid_until_ms = tx.valid_until_ms;
    work->first = tx.row->type <= GOVERNANCE_TYPES;
    hash_id(&work->organisation, KEY_ORGANISATION, tx.organisation);
    struct overlay *overlay = overlay_new(chain_state_overlay(work->state), NULL);
    if (overlay == NULL) {
        work->judgement = JUDGE_UNABLE;
        return;
    }
    const size_t mark = overlay_mark(overlay);
    work->judgement = exec_judge(work->env, overlay, work->height, work->time_ms, &tx, arena, NULL,
                                 &work->detail);
    if (work->judgement == JUDGE_OK || work->judgement == JUDGE_NOT_YET) {
        overlay_rollback(overlay, mark);
        find_links(work, overlay, &tx, arena);
    } else if (work->judgement == JUDGE_NEVER) {
        find_final(work, overlay, &tx, arena);
        work->clock_alone = work->tx != NULL && is_by_clock(work, overlay, &tx, arena);
    }
    overlay_drop(overlay);
}

static void door_run(struct env_job *job)
{
    struct door_job *work = (struct door_job *)job;
    struct arena arena;
    arena_init(&arena, EXEC_TX_BUDGET);
    judge(work, &arena);
    arena_free(&arena);
}

/* --- answers
 * ------------------------------------------------------------------------------------------ */

static void tell(const struct door_job *work, const struct node_answer *answer)
{
    if (work->callback != NULL) {
        work->callback(work->arg, answer);
    }
}

static struct node_answer refused(const struct door_job *work)
{
    struct node_answer answer = {
        .state = NODE_REFUSED, .tx_id = work->tx_id, .detail = work->detail};
    if (answer.detail.err == OK) {
        answer.detail.err = work->judgement == JUDGE_UNABLE ? ERR_BUSY : ERR_INTERNAL;
    }
    return answer;
}

/* The place of what is in the chain already. */
static struct node_answer is_final(const struct door_job *work)
{
    return (struct node_answer){.state = NODE_FINAL,
                                .duplicate = true,
                                .tx_id = work->tx_id,
                                .height = work->place.height,
                                .index = work->place.index,
                                .block_id = work->block_id,
                                .time_ms = work->block_time_ms};
}

/* refuse answers and removes what can never be final. */
static void refuse(struct node *node, struct pool_tx *tx, const struct err_detail *detail)
{
    const struct node_answer answer = {
        .state = NODE_DROPPED, .tx_id = tx->tx_id, .detail = *detail};
    pool_answer(tx, &answer);
    pool_remove(node->pool, tx);
}

void door_doubt(struct node *node, struct pool_tx *tx, uint64_t height,
                const struct err_detail *why)
{
    if (NODE_MUTANT(NODE_MUTANT_REFUSED_UNSEEN)) {
        refuse(node, tx, why);
        return;
    }
    tx->why = *why;
    pool_set_doubt(node->pool, tx, height);
}

/* --- back on the loop
 * ---------------------------------------------------------------------------------- */

/* attach lets the submitter wait, or tells it at once that the pool has it. */
static void attach(struct door_job *work, struct pool_tx *tx, bool duplicate)
{
    struct node_answer answer = {
        .state = NODE_ACCEPTED, .duplicate = duplicate, .tx_id = tx->tx_id};
    if (work->callback == NULL) {
        return;
    }
    if (!work->wait) {
        tell(work, &answer);
        return;
    }
    const enum err err = pool_wait(tx, work->callback, work->arg);
    if (err != OK) {
        answer.state = NODE_REFUSED;
        (void)err_set(&answer.detail, err, NULL, NULL, NULL,
                      "too many wait for this transaction; ask for it by its id");
        tell(work, &answer);
    }
}

/* teller: the peer that told it and is still connected, or NULL. */
static void admit(struct node *node, struct door_job *work, struct peer *teller)
{
    const struct pool_entry entry = {.tx_id = work->tx_id,
                                     .organisation = work->organisation,
                                     .raw = work->raw,
                                     .creates = work->creates,
                                     .needs = work->needs,
                                     .valid_until_ms = work->valid_until_ms,
                                     .state =
                                         work->judgement == JUDGE_OK ? POOL_READY : POOL_WAITING,
                                     .first = work->first,
                                     .local = work->peer < 0};
    struct pool_tx *tx = NULL;
    const enum err err = pool_add(node->pool, &tx, &entry);
    if (teller != NULL && (err == OK || err == ERR_TWICE)) {
        arrivals_judged(node, teller, err == OK);
    }
    if (err != OK && err != ERR_TWICE) {
        (void)err_set(&work->detail, err, NULL, NULL, NULL, "the pool is full; try again later");
        const struct node_answer answer = refused(work);
        tell(work, &answer);
        return;
    }
    if (err == OK) {
        tx->why = work->detail;
        /* In a full mesh whoever admits a transaction first tells everybody; what a validator told
         * us it told the others too. */
        if (work->peer < 0 || node->peers[work->peer].validator < 0) {
            gossip_push(node, tx, work->peer);
        }
    } else {
        tx->local |= work->peer < 0;
    }
    attach(work, tx, err == ERR_TWICE);
}

/* may_wait: what it needs is in the pool, or was when the door began to look and is final now. Who
 * is new must have it in the pool: nothing else vouches for him. */
static bool may_wait(const struct node *node, const struct door_job *work)
{
    const bool stale = work->height != node->head.height + 1;
    return work->judgement == JUDGE_NOT_YET && (stale || pool_creates(node->pool, work->tx->needs));
}

/* What our clock alone refuses waits, unoffered, until a final block is later than its end: until
 * then it may stand in a block that this node does not know. */
static void judged_again(struct node *node, struct door_job *work)
{
    struct pool_tx *tx = work->tx;
    tx->judging = false;
    if (tx->gone || work->judgement == JUDGE_UNABLE) {
        return;
    }
    pool_set_doubt(node->pool, tx, POOL_DOUBT_NONE);
    if (work->judgement == JUDGE_OK) {
        pool_set_state(node->pool, tx, POOL_READY);
    } else if (may_wait(node, work) || (work->clock_alone && !work->is_final)) {
        pool_set_state(node->pool, tx, POOL_WAITING);
        tx->why = work->detail;
    } else if (work->is_final && tx->in_blocks == 0) {
        /* Its block was delivered while the door still looked at it above an older state. */
        const struct node_answer answer = is_final(work);
        pool_answer(tx, &answer);
        pool_remove(node->pool, tx);
    } else if (tx->in_blocks == 0) {
        refuse(node, tx, &work->detail);
    }
}

static void judged(struct node *node, struct door_job *work)
{
    const bool waits = work->judgement == JUDGE_NOT_YET && pool_creates(node->pool, work->needs);
    const bool good = work->judgement == JUDGE_OK || waits;
    struct peer *peer = work->peer < 0 ? NULL : &node->peers[work->peer];
    peer = peer != NULL && peer->session == work->session ? peer : NULL;
    if (good) {
        admit(node, work, peer);
        return;
    }
    if (peer != NULL && work->judgement != JUDGE_UNABLE) {
        arrivals_judged(node, peer, false);
    }
    if (work->is_final) {
        const struct node_answer answer = is_final(work);
        tell(work, &answer);
        return;
    }
    if (peer != NULL && work->judgement == JUDGE_NEVER && work->detail.err == ERR_SIGNATURE) {
        peer_punish(node, (uint32_t)work->peer, "it passed on a transaction with a bad signature");
    }
    const struct node_answer answer = refused(work);
    tell(work, &answer);
}

/* enter puts a submission on the list that node_forget looks through; leave takes it off. */
static void enter(struct node *node, struct door_job *work)
{
    work->next = node->submissions;
    if (work->next != NULL) {
        work->next->prev = work;
    }
    node->submissions = work;
}

static void leave(struct door_job *work)
{
    struct node *node = work->base.node;
    if (work->prev != NULL) {
        work->prev->next = work->next;
    } else if (node->submissions == work) {
        node->submissions = work->next;
    }
    if (work->next != NULL) {
        work->next->prev = work->prev;
    }
}

static void job_free(struct door_job *work)
{
    if (work->tx != NULL) {
        pool_tx_drop(work->tx);
    } else {
        free((void *)(uintptr_t)work->raw.data);
    }
    free((void *)(uintptr_t)work->creates.data);
    free((void *)(uintptr_t)work->needs.data);
    chain_state_drop(work->state);
    free(work);
}

static void count_in(struct node *node, const struct door_job *work)
{
    node->door_jobs++;
    if (work->peer >= 0) {
        pool_load_add(&node->peers[work->peer].at_door, work->raw.size);
    } else if (work->tx == NULL) {
        pool_load_add(&node->at_door, work->raw.size);
    }
}

static void count_out(struct node *node, const struct door_job *work)
{
    node->door_jobs--;
    if (work->peer >= 0 && node->peers[work->peer].session == work->session) {
        pool_load_take(&node->peers[work->peer].at_door, work->raw.size);
    } else if (work->peer < 0 && work->tx == NULL) {
        pool_load_take(&node->at_door, work->raw.size);
    }
}

static void let_in(struct node *node);

static void door_done(struct env_job *job)
{
    struct door_job *work = (struct door_job *)job;
    struct node *node = work->base.node;
    node_job_ended(node);
    leave(work);
    count_out(node, work);
    if (chain_db_failed(node->db)) {
        node_fail(node, NODE_STOP_STORAGE, "the chain database cannot be read");
    }
    if (work->tx != NULL) {
        judged_again(node, work);
    } else {
        judged(node, work);
    }
    job_free(work);
    let_in(node);
}

static void door_drop(struct env_job *job)
{
    struct door_job *work = (struct door_job *)job;
    node_job_ended(work->base.node);
    leave(work);
    job_free(work);
}

static bool start(struct node *node, struct door_job *work)
{
    const uint64_t wall = node->env->wall_ms(node->env->context);
    work->base.job = (struct env_job){.run = door_run, .done = door_done, .drop = door_drop};
    work->env = &node->exec_env;
    work->db = node->db;
    work->state = chain_state_keep(node->head_state);
    work->height = node->head.height + 1;
    /* The next block carries at least this time. */
    work->time_ms = wall > node->head.time_ms ? wall : node->head.time_ms;
    work->earliest_ms = node->head.time_ms + 1;
    if (!node_job_start(node, ENV_VERIFY, &work->base)) {
        job_free(work);
        return false;
    }
    count_in(node, work);
    return true;
}

enum err node_submit(struct node *node, struct bytes raw, bool wait, node_answer_fn callback,
                     void *arg)
{
    if (raw.size == 0 || raw.size > LIMIT_TX) {
        return ERR_TOO_LARGE;
    }
    if (node->failed || node->door_jobs >= DOOR_JOBS_MAX || door_crowded(node, raw)) {
        return ERR_BUSY;
    }
    struct door_job *work = node_alloc(sizeof *work);
    work->raw = node_copy(raw);
    work->peer = -1;
    work->wait = wait;
    work->callback = callback;
    work->arg = arg;
    if (!start(node, work)) {
        return ERR_BUSY;
    }
    enter(node, work);
    return OK;
}

void node_forget(struct node *node, const void *arg)
{
    for (struct door_job *work = node->submissions; work != NULL; work = work->next) {
        if (work->arg == arg && !NODE_MUTANT(NODE_MUTANT_NOT_FORGOTTEN)) {
            work->callback = NULL; /* still at the door */
        }
    }
    pool_forget(node->pool, arg);
}

/* let_in gives the door what peers told, one of each peer in turn, as far as there is room; what is
 * left of it is for this node's own clients. */
static void let_in(struct node *node)
{
    uint32_t passed = 0; /* peers in a row that had nothing, or too much at the door */
    while (node->arrivals > 0 && passed < ENV_PEERS) {
        const uint32_t number = node->arrivals_turn;
        struct peer *peer = &node->peers[number];
        if (node->failed || node->door_jobs >= DOOR_JOBS_MAX - DOOR_PEER_JOBS_MAX) {
            return;
        }
        node->arrivals_turn = (number + 1) % ENV_PEERS;
        if (peer->arrivals.first == NULL || peer->at_door.count >= DOOR_PEER_JOBS_MAX) {
            passed++;
            continue;
        }
        passed = 0;
        const struct bytes raw = arrivals_take(node, peer);
        if (arrivals_in_vain(node, peer) || door_told(node, number, raw)) {
            free((void *)(uintptr_t)raw.data);
            continue;
        }
        struct door_job *work = node_alloc(sizeof *work);
        work->raw = raw;
        work->peer = (int)number;
        work->session = peer->session;
        if (!start(node, work)) {
            return; /* the threads have enough; this one is told again */
        }
    }
}

void door_on_transactions(struct node *node, uint32_t number, const Seam__PeerTransactions *message)
{
    struct peer *peer = &node->peers[number];
    if (node->failed) {
        arrivals_clear(node, peer); /* nothing is judged any more, and the peer may want blocks */
        return;
    }
    for (size_t i = 0; i < message->n_transactions; i++) {
        const ProtobufCBinaryData *raw = &message->transactions[i];
        if (raw->len == 0 || raw->len > LIMIT_TX) {
            peer_punish(node, number, "a transaction of impossible size");
            return;
        }
        if (!arrivals_room(peer) || arrivals_in_vain(node, peer)) {
            break; /* it tells us again */
        }
        if (!door_told(node, number, frame_bytes(*raw))) {
            arrivals_put(node, peer, frame_bytes(*raw));
        }
    }
    let_in(node);
}

/* --- after a delivery
 * ------------------------------------------------------------------------------------ */

void door_delivered(struct node *node, const struct block *block)
{
    struct reader reader = reader_of(block->receipts);
    for (uint32_t i = 0; block->tx_ids != NULL && i < block->header.tx_count; i++) {
        const uint32_t size = block->receipts.size == 0 ? 0 : read_u32(&reader);
        const struct bytes receipt = read_bytes(&reader, size);
        struct pool_tx *tx = pool_find(node->pool, &block->tx_ids[i]);
        if (tx == NULL) {
            continue;
        }
        const struct node_answer answer = {.state = NODE_FINAL,
                                           .tx_id = tx->tx_id,
                                           .height = block->header.height,
                                           .index = i,
                                           .block_id = block->id,
                                           .time_ms = block->header.time_ms,
                                           .receipt = receipt};
        pool_answer(tx, &answer);
        pool_remove(node->pool, tx);
    }
}

void door_rejudge(struct node *node)
{
    /* What was good above an older state and finds no block may have become impossible since. */
    const bool quiet = node->env->now_ms(node->env->context) - node->head_ms >= QUIET_MS &&
                       !NODE_MUTANT(NODE_MUTANT_NEVER_REJUDGED);
    size_t started = 0;
    struct pool_tx *tx = pool_first(node->pool);
    for (; tx != NULL && started < DOOR_REJUDGE_MAX; tx = tx->next) {
        const bool reason =
            tx->doubt_height <= node->head.height || tx->state == POOL_WAITING || quiet;
        const bool again = reason && tx->round <= node->rejudge_round;
        if (!again || tx->judging || tx->in_blocks > 0) {
            continue;
        }
        if (node->door_jobs >= DOOR_JOBS_MAX + DOOR_REJUDGE_MAX) {
            break;
        }
        tx->round = node->rejudge_round + 1;
        struct door_job *work = node_alloc(sizeof *work);
        pool_tx_keep(tx);
        work->tx = tx;
        work->raw = tx->raw;
        work->peer = -1;
        tx->judging = true;
        if (!start(node, work)) {
            tx->judging = false;
            return;
        }
        started++;
    }
    /* Before all had their turn nobody has a second one. */
    if (tx == NULL || NODE_MUTANT(NODE_MUTANT_REJUDGE_FIRST)) {
        node->rejudge_round++;
    }
}

/* Who is too late by our clock is no work any more and looked at by the door, which knows when it
 * can never come. */
static void expire(struct node *node)
{
    const uint64_t wall = node->env->wall_ms(node->env->context);
    for (struct pool_tx *tx = pool_first(node->pool); tx != NULL; tx = tx->next) {
        if (tx->valid_until_ms < wall && tx->in_blocks == 0) {
            pool_set_state(node->pool, tx, POOL_WAITING);
        }
    }
}

void door_tick(struct node *node)
{
    expire(node);
    let_in(node);
    door_rejudge(node);
    gossip_again(node);
    admission_tick(&node->admission);
}
