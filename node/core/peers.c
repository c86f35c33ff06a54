/* SPDX-License-Identifier: Apache-2.0 */
/* Who is connected, what they said last, and sending. Nothing is queued here: a frame that the
 * bounded queue of a connection does not take is lost, and the protocol's re-sending heals that. */
#include "node/core/node_impl.h"

#include <assert.h>
#include <string.h>

#define SEND_ARENA (256u * 1024)
#define PROTOCOL_BREACH_MS NODE_BAN_MS

Seam__PeerHints peer_hints(const struct node *node)
{
    const struct cons_hints hints = cons_hints(node->cons);
    Seam__PeerHints out = SEAM__PEER_HINTS__INIT;
    out.epoch = hints.epoch;
    out.view = hints.view;
    out.fin_view = hints.final_view;
    out.fin_height = hints.final_height;
    out.level = hints.level;
    return out;
}

int peer_of(const struct node *node, uint16_t validator)
{
    for (int i = 0; i < ENV_PEERS; i++) {
        if (node->peers[i].up && node->peers[i].greeted && node->peers[i].validator == validator) {
            return i;
        }
    }
    return -1;
}

void peer_send(struct node *node, uint32_t peer, enum frame_kind kind,
               const ProtobufCMessage *message, struct arena *arena)
{
    struct bytes frame;
    if (!node->peers[peer].up || frame_encode(&frame, kind, message, arena) != OK) {
        return;
    }
    (void)node->env->send(node->env->context, peer, frame_row((uint8_t)kind)->channel, frame);
}

void peers_send(struct node *node, bool validators_only, enum frame_kind kind,
                const ProtobufCMessage *message, struct arena *arena)
{
    struct bytes frame;
    if (frame_encode(&frame, kind, message, arena) != OK) {
        return;
    }
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        const struct peer *peer = &node->peers[i];
        if (peer->up && peer->greeted && (!validators_only || peer->validator >= 0)) {
            (void)node->env->send(node->env->context, i, frame_row((uint8_t)kind)->channel, frame);
        }
    }
}

void peer_punish(struct node *node, uint32_t peer, const char *why)
{
    if (!node->peers[peer].up) {
        return;
    }
    env_logf(node->env, ENV_WARNING, "peer", "peer %u (validator %d) is closed: %s", peer,
             node->peers[peer].validator, why);
    node->env->metric_add(node->env->context, "seam_peer_faults_total", NULL, 1);
    node->env->peer_close(node->env->context, peer, PROTOCOL_BREACH_MS, why);
}

/* --- sending a block
 * ---------------------------------------------------------------------------------- */

static void send_header(struct node *node, uint32_t peer, const struct block *block,
                        struct arena *arena)
{
    uint8_t raw[HEADER_SIZE];
    Seam__PeerHints hints = peer_hints(node);
    Seam__PeerHeader message = SEAM__PEER_HEADER__INIT;
    header_encode(raw, &block->header);
    message.hints = &hints;
    message.header = frame_data(bytes_of(raw, sizeof raw));
    peer_send(node, peer, FRAME_HEADER, &message.base, arena);
}

void peer_send_block(struct node *node, uint32_t peer, const struct block *block)
{
    if (block->body == NULL ||
        node->env->send_room(node->env->context, peer, ENV_BULK) < block->body->size + 4096) {
        return; /* it asks again, or asks somebody else */
    }
    struct arena arena;
    arena_init(&arena, SEND_ARENA);
    send_header(node, peer, block, &arena);
    Seam__PeerHints hints = peer_hints(node);
    for (size_t offset = 0; offset < block->body->size; offset += FRAME_CHUNK) {
        const size_t left = block->body->size - offset;
        Seam__PeerBody message = SEAM__PEER_BODY__INIT;
        message.hints = &hints;
        message.block_id = frame_data(hash_bytes(&block->id));
        message.offset = (uint32_t)offset;
        message.total = (uint32_t)block->body->size;
        message.data = frame_data(
            bytes_of(block->body->bytes + offset, left < FRAME_CHUNK ? left : FRAME_CHUNK));
        peer_send(node, peer, FRAME_BODY, &message.base, &arena);
        arena_free(&arena);
    }
    arena_free(&arena);
}

bool peer_share(struct node *node, struct peer *peer)
{
    const uint64_t now = node->env->now_ms(node->env->context);
    const uint64_t turns = (now - peer->served_from_ms) / NODE_SERVE_MS;
    const uint64_t paid = turns * NODE_SERVE_BYTES;
    peer->served_bytes = peer->served_bytes > paid ? peer->served_bytes - paid : 0;
    peer->served_from_ms += turns * NODE_SERVE_MS;
    return peer->served_bytes < NODE_SERVE_BYTES;
}

void peer_served(struct peer *peer, size_t size)
{
    peer->served_bytes += size;
}

void peers_send_block(struct node *node, const struct block *block)
{
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        if (node->peers[i].up && node->peers[i].greeted && node->peers[i].validator >= 0) {
            peer_send_block(node, i, block);
        }
    }
}

/* --- connections
 * ---------------------------------------------------------------------------------------- */

static int validator_of(const struct node *node, const uint8_t node_key[32])
{
    for (int i = 0; i < node->valset.count; i++) {
        if (memcmp(node->valset.validators[i].node_key, node_key, 32) == 0) {
            return i;
        }
    }
    return -1;
}

bool node_admits(const struct node *node, const uint8_t node_key[32])
{
    return validator_of(node, node_key) >= 0 && memcmp(node_key, node->node_key, 32) != 0;
}

static void greet(struct node *node, uint32_t peer)
{
    struct arena arena;
    arena_init(&arena, SEND_ARENA);
    Seam__PeerHints hints = peer_hints(node);
    Seam__PeerHello hello = SEAM__PEER_HELLO__INIT;
    hello.hints = &hints;
    hello.chain_id = frame_data(hash_bytes(&node->chain_id));
    hello.protocol = FRAME_PROTOCOL;
    hello.software = (char *)(uintptr_t)node->software;
    hello.time_ms = node->env->wall_ms(node->env->context);
    peer_send(node, peer, FRAME_HELLO, &hello.base, &arena);
    arena_free(&arena);
}

void node_on_peer_up(struct node *node, uint32_t number, const uint8_t node_key[32])
{
    assert(number < ENV_PEERS);
    struct peer *peer = &node->peers[number];
    *peer = (struct peer){.up = true,
                          .validator = validator_of(node, node_key),
                          .session = ++node->sessions,
                          .last_ms = node->env->now_ms(node->env->context),
                          .last_kind = "none"};
    memcpy(peer->node_key, node_key, sizeof peer->node_key);
    greet(node, number);
    node_settle(node);
}

void node_on_peer_down(struct node *node, uint32_t number)
{
    assert(number < ENV_PEERS);
    node->peers[number].up = false;
    arrivals_clear(node, &node->peers[number]);
    if (node->peers[number].validator >= 0) {
        node->gone_ms[node->peers[number].validator] = node->env->now_ms(node->env->context);
    }
    fetch_peer_down(node, number);
    sync_peer_down(node, number);
    node_settle(node);
}

static void on_hello(struct node *node, uint32_t number, const Seam__PeerHello *hello)
{
    struct peer *peer = &node->peers[number];
    if (!bytes_equal(frame_bytes(hello->chain_id), hash_bytes(&node->chain_id))) {
        peer_punish(node, number, "it belongs to another chain");
        return;
    }
    if (hello->protocol != FRAME_PROTOCOL) {
        peer_punish(node, number, "it speaks another protocol");
        return;
    }
    peer->skew_ms = (int64_t)(hello->time_ms - node->env->wall_ms(node->env->context));
    if (peer->skew_ms > 2000 || peer->skew_ms < -2000) {
        env_logf(node->env, ENV_WARNING, "peer", "the clock of peer %u is %lld ms from ours",
                 number, (long long)peer->skew_ms);
    }
    peer->greeted = true;
    peer->hints = frame_hints(hello->hints);
    sync_serve_asked(node, number);
    node_hint(node, number);
}

void peers_serve(struct node *node)
{
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        if (node->peers[i].up && node->peers[i].asked_height != 0) {
            sync_serve_asked(node, i);
        }
    }
}

/* --- frames
 * ------------------------------------------------------------------------------------------- */

bool node_bulk_ready(const struct node *node, uint32_t peer)
{
    return node->peers[peer].verifying < PEER_VERIFYING_MAX && arrivals_room(&node->peers[peer]);
}

/* hand_out gives a decoded message to its module. */
static void hand_out(struct node *node, uint32_t peer, enum frame_kind kind,
                     const ProtobufCMessage *message)
{
    switch (kind) {
    case FRAME_HELLO:
        on_hello(node, peer, (const Seam__PeerHello *)message);
        break;
    case FRAME_BODY:
        fetch_on_body(node, peer, (const Seam__PeerBody *)message);
        break;
    case FRAME_HEADER:
        fetch_on_header(node, peer, (const Seam__PeerHeader *)message);
        break;
    case FRAME_FETCH_BODY:
        fetch_on_request(node, peer, (const Seam__PeerFetchBody *)message);
        break;
    case FRAME_SYNC_REQUEST:
        sync_on_request(node, peer, (const Seam__PeerSyncRequest *)message);
        break;
    case FRAME_SYNC_RESPONSE:
        sync_on_response(node, peer, (const Seam__PeerSyncResponse *)message);
        break;
    case FRAME_TRANSACTIONS:
        door_on_transactions(node, peer, (const Seam__PeerTransactions *)message);
        break;
    case FRAME_FETCH_PROPOSE: /* partial mesh, not before the simulator shows a need (D20) */
        break;
    case FRAME_PROPOSE:
    case FRAME_VOTE:
    case FRAME_NULLIFY:
    case FRAME_CERT:
    case FRAME_STATUS:
        messages_receive(node, peer, kind, message);
        break;
    case FRAME_KINDS:
        break;
    }
}

/* is_recorded: the log may have to keep what comes of it. */
static bool is_recorded(enum frame_kind kind)
{
    return kind == FRAME_PROPOSE || kind == FRAME_BODY || kind == FRAME_HEADER ||
           kind == FRAME_VOTE || kind == FRAME_NULLIFY || kind == FRAME_CERT ||
           kind == FRAME_SYNC_RESPONSE;
}

/* is_heard: it is this peer's turn to say such a thing, and there is room for what comes of it. */
static bool is_heard(const struct node *node, const struct peer *peer, enum frame_kind kind)
{
    if (!peer->greeted && kind != FRAME_HELLO && kind != FRAME_SYNC_REQUEST) {
        return false;
    }
    if (casting_full(node) && is_recorded(kind)) {
        return false;
    }
    return !frame_row((uint8_t)kind)->validators_only || peer->validator >= 0;
}

void node_on_frame(struct node *node, uint32_t number, enum env_channel channel, struct bytes frame)
{
    assert(number < ENV_PEERS);
    struct peer *peer = &node->peers[number];
    if (!peer->up || node->stopping) {
        return;
    }
    struct arena arena;
    arena_init(&arena, 4 * frame.size + SEND_ARENA);
    enum frame_kind kind;
    const ProtobufCMessage *message = NULL;
    enum err err = frame_peek(&kind, channel, frame);
    const bool heard = err == OK && is_heard(node, peer, kind);
    if (heard) {
        err = frame_decode(&kind, &message, channel, frame, &arena);
    }
    if (err != OK) {
        peer_punish(node, number, err_name(err));
    } else {
        peer->last_kind = frame_row((uint8_t)kind)->name;
    }
    if (heard && err == OK) {
        peer->last_ms = node->env->now_ms(node->env->context);
        hand_out(node, number, kind, message);
    }
    arena_free(&arena);
    node_settle(node);
}
