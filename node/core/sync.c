/* SPDX-License-Identifier: Apache-2.0 */
/* Block sync (consensus.md 2.10): a node that was down or starts empty asks one peer for a window
 * of consecutive blocks. Hash links and one F prove the window; each block is executed like any
 * other, and the window is committed as a whole, so the database never ends on a block without the
 * certificate above it. A group of blocks under one F that is too large for a frame comes in
 * pieces: headers to its end, bodies as far as they fit. Heights that peers claim choose nobody:
 * whoever failed us is asked later than the others. */
#include "node/core/node_impl.h"

#include "ledger/store/chain_view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SYNC_ANSWER_MS 5000
#define SYNC_BYTES (2u * 1024 * 1024)
#define SEND_ARENA (4u * 1024)

/* --- serving
 * ------------------------------------------------------------------------------------------- */

struct serve_job {
    struct node_job base;
    struct chain_db *db;
    uint32_t peer;
    uint64_t session;
    uint64_t from_height;
    size_t size_max;
    struct arena arena;
    Seam__PeerBlock blocks[CHAIN_DELIVER_MAX];
    Seam__PeerBlock *list[CHAIN_DELIVER_MAX];
    size_t count;
    struct bytes final;
};

/* serve_group adds the blocks up to an anchor. Of the first group bodies that do not fit are left
 * out, headers never; a later group that does not fit is ERR_TOO_LARGE. */
static enum err serve_group(struct serve_job *work, struct chain_view *view, uint64_t from,
                            uint64_t anchor, size_t *used)
{
    const bool first = work->count == 0;
    for (uint64_t height = from; height <= anchor; height++) {
        struct bytes header;
        struct bytes body;
        const enum err err = chain_view_block(view, height, &work->arena, &header, &body);
        if (err != OK) {
            return err;
        }
        Seam__PeerBlock *block = &work->blocks[work->count];
        seam__peer_block__init(block);
        block->header = frame_data(header);
        /* The first body always goes, or a large one could never be had. */
        if (work->count == 0 || *used + body.size <= work->size_max) {
            block->body = frame_data(body);
            *used += body.size + HEADER_SIZE;
        } else if (first) {
            *used = work->size_max; /* bodies are left out from here to the end */
        } else {
            return ERR_TOO_LARGE;
        }
        work->list[work->count] = block;
        work->count++;
    }
    return OK;
}

/* is_rest: a height inside a group is asked for by who holds the blocks below it already, and whose
 * window must not grow beyond that group. */
static bool is_rest(struct serve_job *work, struct chain_view *view)
{
    uint64_t anchor = 0;
    struct bytes final;
    return work->from_height > 1 &&
           chain_view_anchor(view, work->from_height - 1, &work->arena, &anchor, &final) == OK &&
           anchor >= work->from_height;
}

static void serve_run(struct env_job *job)
{
    struct serve_job *work = (struct serve_job *)job;
    struct chain_view *view = NULL;
    if (chain_view_open(&view, work->db) != OK) {
        return;
    }
    uint64_t from = work->from_height;
    size_t used = 0;
    const uint64_t head = chain_view_head(view)->height;
    const bool rest = from <= head && is_rest(work, view);
    while (from <= head && (work->count == 0 || (!rest && used < work->size_max))) {
        uint64_t anchor = 0;
        struct bytes final;
        if (chain_view_anchor(view, from, &work->arena, &anchor, &final) != OK ||
            anchor - from + 1 > CHAIN_DELIVER_MAX - work->count) {
            break;
        }
        const size_t before = work->count;
        if (serve_group(work, view, from, anchor, &used) != OK) {
            work->count = before;
            break;
        }
        work->final = final;
        from = anchor + 1;
    }
    chain_view_drop(view);
}

static void serve_done(struct env_job *job)
{
    struct serve_job *work = (struct serve_job *)job;
    struct node *node = work->base.node;
    node_job_ended(node);
    struct peer *peer = &node->peers[work->peer];
    if (peer->up && peer->session == work->session) {
        peer->serving = false;
        struct arena arena;
        arena_init(&arena, 3u * LIMIT_PEER_FRAME);
        Seam__PeerHints hints = peer_hints(node);
        Seam__PeerSyncResponse message = SEAM__PEER_SYNC_RESPONSE__INIT;
        message.hints = &hints;
        message.from_height = work->from_height;
        message.n_blocks = work->count;
        message.blocks = work->list;
        message.final = frame_data(work->final);
        peer_send(node, work->peer, FRAME_SYNC_RESPONSE, &message.base, &arena);
        arena_free(&arena);
        peer_served(peer, NODE_SERVE_COST); /* a window of nothing has its cost, too */
        for (size_t i = 0; i < work->count; i++) {
            peer_served(peer, NODE_SERVE_COST + work->list[i]->body.len);
        }
    }
    arena_free(&work->arena);
    free(work);
}

static void serve_drop(struct env_job *job)
{
    struct serve_job *work = (struct serve_job *)job;
    node_job_ended(work->base.node);
    arena_free(&work->arena);
    free(work);
}

static void serve(struct node *node, uint32_t number, uint64_t from_height, uint32_t size_max)
{
    struct peer *peer = &node->peers[number];
    if (from_height == 0 || peer->serving) {
        return; /* one window at a time, whoever asks */
    }
    if (!peer->greeted || !peer_share(node, peer)) {
        peer->asked_height = from_height;
        peer->asked_size = size_max;
        if (peer->greeted && !node->serve_waits) {
            node->serve_waits = true;
            node->env->timer_set(node->env->context, NODE_TIMER_SERVE, NODE_SERVE_MS);
        }
        return;
    }
    struct serve_job *work = node_alloc(sizeof *work);
    work->base.job = (struct env_job){.run = serve_run, .done = serve_done, .drop = serve_drop};
    work->db = node->db;
    work->peer = number;
    work->session = peer->session;
    work->from_height = from_height;
    work->size_max = size_max < SYNC_BYTES ? size_max : SYNC_BYTES;
    arena_init(&work->arena,
               2u * LIMIT_PEER_FRAME + CHAIN_DELIVER_MAX * (LIMIT_BLOCK_BODY + 8192u));
    peer->asked_height = 0;
    peer->serving = node_job_start(node, ENV_VERIFY, &work->base);
    if (!peer->serving) {
        free(work);
    }
}

void sync_on_request(struct node *node, uint32_t number, const Seam__PeerSyncRequest *message)
{
    serve(node, number, message->from_height, message->size_max);
}

void sync_serve_asked(struct node *node, uint32_t number)
{
    struct peer *peer = &node->peers[number];
    const uint64_t from_height = peer->asked_height;
    peer->asked_height = 0;
    serve(node, number, from_height, peer->asked_size);
}

/* --- asking
 * --------------------------------------------------------------------------------------------- */

void sync_clear(struct node *node)
{
    struct sync *sync = &node->sync;
    for (size_t i = 0; i < sync->count; i++) {
        block_drop(sync->blocks[i]);
    }
    free(sync->final);
    *sync = (struct sync){.target = sync->target};
    if (node->started) {
        node->env->timer_cancel(node->env->context, NODE_TIMER_SYNC);
    }
}

static void ask(struct node *node)
{
    struct sync *sync = &node->sync;
    struct arena arena;
    arena_init(&arena, SEND_ARENA);
    Seam__PeerHints hints = peer_hints(node);
    Seam__PeerSyncRequest message = SEAM__PEER_SYNC_REQUEST__INIT;
    message.hints = &hints;
    message.from_height = sync->from_height;
    message.size_max = node->sync_bytes;
    peer_send(node, sync->peer, FRAME_SYNC_REQUEST, &message.base, &arena);
    arena_free(&arena);
    sync->asked_ms = node->env->now_ms(node->env->context);
    node->env->timer_set(node->env->context, NODE_TIMER_SYNC, SYNC_ANSWER_MS);
}

void sync_start(struct node *node, uint16_t validator, uint64_t from_height)
{
    struct sync *sync = &node->sync;
    if (sync->running) {
        sync->has_next = true;
        sync->next = validator;
        sync->next_height = from_height;
        return;
    }
    const int peer = peer_of(node, validator);
    if (peer < 0) {
        return;
    }
    sync->running = true;
    sync->peer = (uint32_t)peer;
    sync->session = node->peers[peer].session;
    sync->from_height = from_height > node->head.height ? node->head.height + 1 : from_height;
    ask(node);
}

/* give_up ends a window that failed. Consensus waits less long for an answer than we do and counts
 * on the peer it named since: that one is asked now, not when somebody speaks again. */
static void give_up(struct node *node)
{
    const bool has_next = node->sync.has_next;
    const uint16_t next = node->sync.next;
    const uint64_t next_height = node->sync.next_height;
    sync_clear(node);
    if (has_next && !node->failed) {
        sync_start(node, next, next_height);
    }
}

void sync_on_timer(struct node *node)
{
    if (node->sync.running && !node->sync.executing && !node->sync.committing) {
        env_logf(node->env, ENV_INFO, "sync", "peer %u did not answer from height %llu",
                 node->sync.peer, (unsigned long long)node->sync.from_height);
        give_up(node);
    }
}

void sync_peer_down(struct node *node, uint32_t peer)
{
    if (node->sync.running && node->sync.peer == peer && !node->sync.executing &&
        !node->sync.committing) {
        give_up(node);
    }
}

/* --- executing a window
 * ---------------------------------------------------------------------------------- */

struct window_job {
    struct node_job base;
    const struct exec_env *exec_env;
    const struct cert_checker *checker;
    uint64_t session;
    struct chain_state *parent; /* kept: what the first block stands on */
    struct header parent_header;
    struct block *blocks[CHAIN_DELIVER_MAX]; /* kept; with state when executed */
    size_t count;
    size_t executed;
    struct cert final;
    enum err err; /* of the peer: ERR_SIGNATURE and so on */
    enum verdict verdict; /* of execution, once the peer is proven right */
    struct err_detail detail;
};

/* window_linked: each header stands on the one before, and the F covers the last. */
static bool window_linked(const struct window_job *work)
{
    const struct hash *parent_id = chain_state_id(work->parent);
    uint64_t height = work->parent_header.height;
    for (size_t i = 0; i < work->count; i++) {
        const struct header *header = &work->blocks[i]->header;
        if (header->height != height + 1 || !hash_equal(&header->parent_id, parent_id)) {
            return false;
        }
        height++;
        parent_id = &work->blocks[i]->id;
    }
    return work->count > 0 && work->final.kind == VOTE_FINALIZE &&
           hash_equal(&work->final.block_id, parent_id);
}

static void window_execute(struct window_job *work)
{
    struct chain_state *parent = work->parent;
    struct header parent_header = work->parent_header;
    for (size_t i = 0; i < work->count && work->blocks[i]->body != NULL; i++) {
        struct block *block = work->blocks[i];
        const struct bytes body = bytes_of(block->body->bytes, block->body->size);
        work->err = body_check(&work->exec_env->chain_id, &block->header, body);
        if (work->err != OK) {
            return;
        }
        struct execution execution = {.env = work->exec_env,
                                      .parent = chain_state_keep(parent),
                                      .parent_header = parent_header};
        work->verdict = execute_run(&execution, &block->header, &block->id, body);
        if (work->verdict != VERDICT_VALID) {
            work->detail = execution.detail;
            execution_clear(&execution);
            return;
        }
        block->state = execution.state;
        block->tx_ids = execution.tx_ids;
        block->receipts = execution.receipts;
        block->verdict = BLOCK_VALID;
        execution.state = NULL;
        execution.tx_ids = NULL;
        execution.receipts = bytes_of(NULL, 0);
        execution_clear(&execution);
        parent = block->state;
        parent_header = block->header;
        work->executed++;
    }
}

static void window_run(struct env_job *job)
{
    struct window_job *work = (struct window_job *)job;
    work->verdict = VERDICT_VALID;
    if (!window_linked(work)) {
        work->err = ERR_CONFLICT;
        return;
    }
    work->err = cert_check(work->checker, &work->final);
    if (work->err == OK) {
        window_execute(work);
    }
}

static void window_free(struct window_job *work)
{
    for (size_t i = 0; i < work->count; i++) {
        block_drop(work->blocks[i]);
    }
    chain_state_drop(work->parent);
    free(work);
}

/* commit_window hands what was executed to the committer, behind the record of its F. */
static void commit_window(struct node *node)
{
    struct sync *sync = &node->sync;
    const size_t size = cert_size(sync->final);
    uint8_t *data = node_alloc(size);
    struct writer writer = writer_of(data, size);
    cert_write(&writer, sync->final);
    casting_record(node, LOG_CERT, node_copy(bytes_of(data, size)), NULL);
    for (size_t i = 0; i < sync->count; i++) {
        const bool last = i + 1 == sync->count;
        commit_deliver(node, sync->blocks[i], last ? bytes_of(data, size) : bytes_of(NULL, 0),
                       last);
    }
    sync->committing = true;
}

static void window_done(struct env_job *job)
{
    struct window_job *work = (struct window_job *)job;
    struct node *node = work->base.node;
    struct sync *sync = &node->sync;
    node_job_ended(node);
    sync->executing = false;
    if (work->err != OK && work->err != ERR_MEMORY) {
        if (node->peers[sync->peer].session == sync->session) {
            peer_punish(node, sync->peer, "its blocks do not verify");
        }
        give_up(node);
    } else if (work->verdict == VERDICT_UNABLE && work->detail.err == ERR_VERSION) {
        node_fail(node, NODE_STOP_UPGRADE, work->detail.hint);
        give_up(node);
    } else if (work->verdict == VERDICT_INVALID) {
        env_logf(node->env, ENV_ERROR, "sync", "a final block is invalid here: %s %s %s",
                 err_name(work->detail.err), work->detail.field, work->detail.hint);
        node_fail(node, NODE_STOP_DIVERGENCE, "this node computes another result than the others");
        give_up(node);
    } else if (work->executed == 0) {
        give_up(node);
    } else {
        for (size_t i = 0; i < work->executed; i++) {
            assert(sync->count < CHAIN_DELIVER_MAX);
            sync->blocks[sync->count++] = block_keep(work->blocks[i]);
        }
        if (work->executed == work->count) {
            sync->final = node_alloc(sizeof *sync->final);
            *sync->final = work->final;
            commit_window(node);
        } else {
            sync->from_height = sync->blocks[sync->count - 1]->header.height + 1;
            ask(node);
        }
    }
    window_free(work);
}

static void window_drop(struct env_job *job)
{
    struct window_job *work = (struct window_job *)job;
    node_job_ended(work->base.node);
    window_free(work);
}

/* read_block makes a block of its own, outside the table: consensus may hold the same one. */
static struct block *read_block(const struct node *node, const Seam__PeerBlock *message)
{
    struct header header;
    if (header_decode(&header, frame_bytes(message->header)) != OK ||
        !hash_equal(&header.chain_id, &node->chain_id) || header.epoch != node->valset.epoch ||
        !hash_equal(&header.valset_hash, &node->valset_hash) ||
        message->body.len > LIMIT_BLOCK_BODY) {
        return NULL;
    }
    struct block *block = node_alloc(sizeof *block);
    block->refs = 1;
    block->header = header;
    header_id(&block->id, &header);
    if (message->body.len > 0 || header.body_size == 0) {
        block->body = body_new(message->body.len);
        if (message->body.len > 0) {
            memcpy(block->body->bytes, message->body.data, message->body.len);
        }
    }
    return block;
}

static void set_parent(const struct node *node, struct window_job *work)
{
    const struct sync *sync = &node->sync;
    if (sync->count > 0) {
        const struct block *last = sync->blocks[sync->count - 1];
        work->parent = chain_state_keep(last->state);
        work->parent_header = last->header;
        return;
    }
    work->parent = chain_state_keep(node->head_state);
    work->parent_header = node->head_header;
}

void sync_on_response(struct node *node, uint32_t peer, const Seam__PeerSyncResponse *message)
{
    struct sync *sync = &node->sync;
    if (!sync->running || sync->executing || sync->committing || sync->peer != peer ||
        sync->session != node->peers[peer].session || message->from_height != sync->from_height) {
        return;
    }
    node->env->timer_cancel(node->env->context, NODE_TIMER_SYNC);
    node->peers[peer].hints = frame_hints(message->hints);
    if (message->n_blocks == 0) {
        give_up(node);
        return;
    }
    struct window_job *work = node_alloc(sizeof *work);
    work->base.job = (struct env_job){.run = window_run, .done = window_done, .drop = window_drop};
    work->exec_env = &node->exec_env;
    work->checker = &node->checker;
    bool ok = message->n_blocks <= CHAIN_DELIVER_MAX - sync->count &&
              cert_decode(&work->final, frame_bytes(message->final)) == OK;
    for (size_t i = 0; ok && i < message->n_blocks; i++) {
        struct block *block = read_block(node, message->blocks[i]);
        ok = block != NULL;
        if (ok) {
            work->blocks[work->count++] = block;
        }
    }
    set_parent(node, work);
    /* Consensus may have delivered some of them meanwhile: ask again from where we stand. */
    const bool overtaken =
        ok && sync->count == 0 && work->blocks[0]->header.height <= node->head.height;
    if (!ok || overtaken) {
        if (!ok) {
            peer_punish(node, peer, "blocks that do not decode");
        }
        window_free(work);
        give_up(node);
        return;
    }
    sync->executing = true;
    const bool taken = node_job_start(node, ENV_EXECUTOR, &work->base);
    assert(taken);
    (void)taken;
}

void sync_committed(struct node *node, struct block *block)
{
    struct sync *sync = &node->sync;
    if (block == NULL || !sync->committing) {
        return;
    }
    struct queued queued = {
        .kind = QUEUED_SYNCED, .block = block_keep(block), .final = sync->final};
    sync->final = NULL;
    node_queue(node, &queued);
    sync_clear(node);
}
