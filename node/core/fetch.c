/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies, asked for or pushed by a leader. Each is assembled from one peer at a time per attempt,
 * in a buffer of its own, in order; a whole buffer that is not the header's body convicts that peer
 * (decision D25). The header travels first, so what is assembled is always for a known header. */
#include "node/core/node_impl.h"

#include "ledger/chain/merkle.h"

#include <stdlib.h>
#include <string.h>

#define PUSHED_MAX 2 /* blocks of one leader and view that nobody asked for */
#define ASSEMBLY_MS 10000 /* a body that takes longer is given up */
#define ASSEMBLY_FRESH_MS 1000 /* from then on the slowest gives way to another peer */
#define ASSEMBLIES_PER_BLOCK 3
#define SEND_ARENA (4u * 1024)

struct body_job {
    struct node_job base;
    struct hash chain_id;
    struct block *block; /* kept */
    struct body *body; /* owned */
    uint32_t peer;
    uint64_t session;
    enum err err;
};

/* --- asking
 * -------------------------------------------------------------------------------------------- */

static void ask(struct node *node, uint32_t peer, const struct hash *block_id)
{
    struct arena arena;
    arena_init(&arena, SEND_ARENA);
    Seam__PeerHints hints = peer_hints(node);
    Seam__PeerFetchBody message = SEAM__PEER_FETCH_BODY__INIT;
    message.hints = &hints;
    message.block_id = frame_data(hash_bytes(block_id));
    message.with_header = true;
    peer_send(node, peer, FRAME_FETCH_BODY, &message.base, &arena);
    arena_free(&arena);
}

static bool being_assembled(const struct node *node, uint32_t peer, const struct hash *block_id)
{
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        const struct assembly *assembly = &node->assemblies[i];
        if (assembly->used && assembly->peer == peer && hash_equal(&assembly->block_id, block_id)) {
            return true;
        }
    }
    return false;
}

static void found(struct node *node, struct block *block)
{
    struct queued queued = {.kind = QUEUED_BODY, .block = block_keep(block)};
    node_queue(node, &queued);
}

bool fetch_has_all(struct node *node, struct block *block)
{
    if (block->body != NULL) {
        return true;
    }
    struct hash empty;
    merkle_root(&empty, NULL, 0);
    if (block->header.body_size > 0 || block->header.tx_count > 0 ||
        !hash_equal(&block->header.tx_root, &empty)) {
        return false;
    }
    (void)node;
    block->body = body_new(0);
    return true;
}

void fetch_block(struct node *node, const struct hash *block_id, uint64_t validators)
{
    struct block *block = block_find(node, block_id);
    if (block != NULL && fetch_has_all(node, block)) {
        found(node, block);
        return;
    }
    for (uint16_t i = 0; i < node->valset.count; i++) {
        if ((validators >> i & 1) == 0 || i == node->self) {
            continue;
        }
        const int peer = peer_of(node, i);
        if (peer >= 0 && !being_assembled(node, (uint32_t)peer, block_id)) {
            ask(node, (uint32_t)peer, block_id);
        }
    }
}

static bool may_serve(struct node *node, struct peer *peer, const struct block *block)
{
    if (!peer_share(node, peer)) {
        return false;
    }
    peer_served(peer, NODE_SERVE_COST + (block->body == NULL ? 0 : block->body->size));
    return true;
}

void fetch_on_request(struct node *node, uint32_t peer, const Seam__PeerFetchBody *message)
{
    struct hash id;
    if (message->block_id.len != HASH_SIZE) {
        peer_punish(node, peer, "a block id of another length");
        return;
    }
    memcpy(id.bytes, message->block_id.data, HASH_SIZE);
    const struct block *block = block_find(node, &id);
    if (block == NULL || block->body == NULL) {
        block = block_recent(node, &id);
    }
    if (block != NULL && may_serve(node, &node->peers[peer], block)) {
        peer_send_block(node, peer, block);
    }
}

/* --- receiving
 * ------------------------------------------------------------------------------------------ */

/* pushed_enough: a leader that signs many proposals does not fill our table with them. */
static bool pushed_enough(const struct node *node, const struct header *header)
{
    size_t count = 0;
    for (size_t i = 0; i < node->block_count; i++) {
        const struct header *other = &node->blocks[i]->header;
        count += other->view == header->view && other->proposer == header->proposer;
    }
    return count >= PUSHED_MAX;
}

/* welcome: do we want this block from this peer? What consensus asks for, or what the leader of
 * this or the next view pushes ahead of its proposal (M2). */
static bool welcome(const struct node *node, uint32_t peer, const struct hash *id,
                    const struct header *header)
{
    if (cons_wants_block(node->cons, id)) {
        return true;
    }
    const uint64_t view = cons_hints(node->cons).view;
    const int from = node->peers[peer].validator;
    return from >= 0 && header->proposer == from && header->epoch == node->valset.epoch &&
           (header->view == view || header->view == view + 1) &&
           cons_leader(node->cons, header->view) == from && !pushed_enough(node, header);
}

void fetch_on_header(struct node *node, uint32_t peer, const Seam__PeerHeader *message)
{
    struct header header;
    struct hash id;
    if (header_decode(&header, frame_bytes(message->header)) != OK) {
        peer_punish(node, peer, "a header that does not decode");
        return;
    }
    header_id(&id, &header);
    if (!hash_equal(&header.chain_id, &node->chain_id) || !welcome(node, peer, &id, &header)) {
        return;
    }
    struct block *block = block_learn(node, &id, &header);
    if (block != NULL && block->body == NULL && fetch_has_all(node, block)) {
        found(node, block);
    }
}

static struct assembly *assembly_find(struct node *node, uint32_t peer, const struct hash *id)
{
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        struct assembly *assembly = &node->assemblies[i];
        if (assembly->used && assembly->peer == peer && hash_equal(&assembly->block_id, id)) {
            return assembly;
        }
    }
    return NULL;
}

static void assembly_end(struct assembly *assembly)
{
    body_drop(assembly->body);
    *assembly = (struct assembly){0};
}

/* slowest finds who brought least a second, of one block or (NULL) of all; NULL when all have only
 * begun. Who begins and does not go on must not keep the places of those who would. */
static struct assembly *slowest(struct node *node, const struct hash *id)
{
    const uint64_t now = node->env->now_ms(node->env->context);
    struct assembly *worst = NULL;
    uint64_t worst_rate = UINT64_MAX;
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        struct assembly *assembly = &node->assemblies[i];
        const uint64_t age = now - assembly->started_ms;
        if (!assembly->used || age < ASSEMBLY_FRESH_MS ||
            (id != NULL && !hash_equal(&assembly->block_id, id))) {
            continue;
        }
        const uint64_t rate = assembly->received * UINT64_C(1000) / age;
        if (rate < worst_rate) {
            worst_rate = rate;
            worst = assembly;
        }
    }
    return worst;
}

static struct assembly *assembly_begin(struct node *node, uint32_t peer, const struct hash *id,
                                       size_t size)
{
    struct assembly *unused = NULL;
    size_t of_peer = 0;
    size_t of_block = 0;
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        struct assembly *assembly = &node->assemblies[i];
        if (!assembly->used) {
            unused = assembly;
            continue;
        }
        of_peer += assembly->peer == peer;
        of_block += hash_equal(&assembly->block_id, id);
    }
    if (of_peer >= FETCH_PER_PEER) {
        return NULL;
    }
    if (of_block >= ASSEMBLIES_PER_BLOCK || unused == NULL) {
        unused = slowest(node, of_block >= ASSEMBLIES_PER_BLOCK ? id : NULL);
    }
    if (unused == NULL) {
        return NULL;
    }
    assembly_end(unused);
    *unused = (struct assembly){.used = true,
                                .peer = peer,
                                .session = node->peers[peer].session,
                                .block_id = *id,
                                .body = body_new(size),
                                .started_ms = node->env->now_ms(node->env->context)};
    return unused;
}

static void check_run(struct env_job *job)
{
    struct body_job *work = (struct body_job *)job;
    work->err = body_check(&work->chain_id, &work->block->header,
                           bytes_of(work->body->bytes, work->body->size));
}

static void check_done(struct env_job *job)
{
    struct body_job *work = (struct body_job *)job;
    struct node *node = work->base.node;
    node_job_ended(node);
    if (work->err == OK && work->block->body == NULL) {
        work->block->body = body_keep(work->body);
        found(node, work->block);
    } else if (work->err != OK && work->err != ERR_MEMORY &&
               node->peers[work->peer].session == work->session) {
        peer_punish(node, work->peer, "a body that does not match its header");
    }
    body_drop(work->body);
    block_drop(work->block);
    free(work);
}

static void check_drop(struct env_job *job)
{
    struct body_job *work = (struct body_job *)job;
    node_job_ended(work->base.node);
    body_drop(work->body);
    block_drop(work->block);
    free(work);
}

static void whole(struct node *node, struct block *block, struct assembly *assembly)
{
    struct body_job *work = node_alloc(sizeof *work);
    work->base.job =
        (struct env_job){.run = check_run, .done = check_done, .drop = check_drop, .urgent = true};
    work->chain_id = node->chain_id;
    work->block = block_keep(block);
    work->body = body_keep(assembly->body);
    work->peer = assembly->peer;
    work->session = assembly->session;
    assembly_end(assembly);
    if (!node_job_start(node, ENV_VERIFY, &work->base)) {
        body_drop(work->body);
        block_drop(work->block);
        free(work); /* fetched again */
    }
}

void fetch_on_body(struct node *node, uint32_t peer, const Seam__PeerBody *message)
{
    struct hash id;
    if (message->block_id.len != HASH_SIZE || message->total > LIMIT_BLOCK_BODY ||
        message->data.len == 0 || message->data.len > FRAME_CHUNK) {
        peer_punish(node, peer, "a malformed piece of a body");
        return;
    }
    memcpy(id.bytes, message->block_id.data, HASH_SIZE);
    struct block *block = block_find(node, &id);
    if (block == NULL || block->body != NULL || block->header.body_size != message->total) {
        return; /* not asked for, or here already */
    }
    struct assembly *assembly = assembly_find(node, peer, &id);
    if (message->offset == 0 && assembly != NULL) {
        assembly->received = 0; /* it begins again, asked twice; its time goes on */
    } else if (message->offset == 0) {
        assembly = assembly_begin(node, peer, &id, message->total);
    }
    if (assembly == NULL || assembly->received != message->offset ||
        message->data.len > assembly->body->size - assembly->received) {
        return;
    }
    memcpy(assembly->body->bytes + assembly->received, message->data.data, message->data.len);
    assembly->received += message->data.len;
    if (assembly->received == assembly->body->size) {
        whole(node, block, assembly);
    }
}

void fetch_peer_down(struct node *node, uint32_t peer)
{
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        if (node->assemblies[i].used && node->assemblies[i].peer == peer) {
            assembly_end(&node->assemblies[i]);
        }
    }
}

void fetch_sweep(struct node *node)
{
    const uint64_t now = node->env->now_ms(node->env->context);
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        if (node->assemblies[i].used && now - node->assemblies[i].started_ms > ASSEMBLY_MS) {
            assembly_end(&node->assemblies[i]);
        }
    }
}
