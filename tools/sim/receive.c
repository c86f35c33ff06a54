/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver does with a packet: ask the core what is worth verifying, verify that, hand it in;
 * serve bodies and blocks. */

#include "tools/sim/world.h"

#include <assert.h>

/* D1's first seeded bug: a Z is taken for good because a Z of its view is held. */
static bool believed(const struct world *world, const struct sim_node *node,
                     const struct just *just)
{
    const struct cert *held = cons_skip_cert(node->cons);
    return world->options.bug == SIM_BUG_TRUST_HELD_SKIP && just->kind == JUST_SKIP &&
           held != NULL && held->view == just->nullified.view &&
           (!just->has_cert || oracle_cert_ok(world, &just->cert));
}

static void mark_verified(struct just *just)
{
    just->cert.verified = just->has_cert;
    just->nullified.verified = just->kind == JUST_SKIP;
}

static bool just_good(struct world *world, const struct sim_node *node, struct packet *packet)
{
    if (packet->just_checked == 0) {
        packet->just_checked = oracle_just_ok(world, packet->just) ? 1 : 2;
    }
    const bool good = packet->just_checked == 1 || believed(world, node, packet->just);
    if (good) {
        mark_verified(packet->just);
    } else {
        world->result.counters.just_refused++;
    }
    return good;
}

static bool final_good(const struct world *world, struct packet *packet)
{
    if (packet->final_checked == 0) {
        packet->final_checked = oracle_cert_ok(world, packet->final) ? 1 : 2;
        packet->final->verified = packet->final_checked == 1;
    }
    return packet->final_checked == 1;
}

static bool carries_vote(enum cons_msg_kind kind)
{
    return kind == CONS_M_PROPOSE || kind == CONS_M_NOTARIZE || kind == CONS_M_NULLIFY ||
           kind == CONS_M_FINALIZE;
}

static void receive_cons(struct world *world, struct sim_node *node, uint16_t from,
                         struct packet *packet)
{
    struct cons_block block;
    if (packet->block != NO_BLOCK) {
        block = world->blocks[packet->block].block;
    }
    struct cons_msg msg = {.kind = packet->msg,
                           .epoch = packet->epoch,
                           .view = packet->view,
                           .vote = carries_vote(packet->msg) ? &packet->vote : NULL,
                           .block = packet->msg == CONS_M_PROPOSE ? &block : NULL,
                           .just = packet->just,
                           .final = packet->final};
    const unsigned wanted = cons_wants(node->cons, &msg);
    if ((wanted & CONS_WANT_VOTE) == 0 || !oracle_signed(world, &packet->vote)) {
        msg.vote = NULL;
    }
    if ((wanted & CONS_WANT_JUST) == 0 || !just_good(world, node, packet)) {
        msg.just = NULL;
    }
    if ((wanted & CONS_WANT_FINAL) == 0 || !final_good(world, packet)) {
        msg.final = NULL;
    }
    if (msg.just != NULL && msg.just->kind == JUST_SKIP && msg.just->has_cert &&
        msg.just->cert.view + 2 < packet->view) {
        world->result.counters.skip_over++;
    }
    struct cons_event event = {.kind = CONS_E_MSG,
                               .u.msg = {.from = from, .hints = packet->hints, .msg = &msg}};
    member_step(world, node, &event);
}

static void serve_body(struct world *world, struct sim_node *node, uint16_t to, uint32_t block)
{
    const bool withheld =
        node->role == SIM_WITHHOLDER || (node->role == SIM_MIXED && rng_percent(&world->rng, 50));
    if (!node->has_body[block] || withheld) {
        return;
    }
    struct packet *packet = packet_new(world, node, PACKET_BODY);
    packet->block = block;
    trace_packet(world, node, ">", packet, to);
    net_send(world, node, to, packet);
    packet_drop(packet);
}

/* Consecutive blocks up to one that has its own F. */
static void serve_sync(struct world *world, struct sim_node *node, uint16_t to, uint64_t from)
{
    struct packet *packet = packet_new(world, node, PACKET_SYNC_RESPONSE);
    uint32_t usable = 0;
    const struct cert *final = NULL;
    for (uint64_t height = from; height <= node->height && packet->count < SYNC_BLOCKS; height++) {
        packet->blocks[packet->count++] = node->chain[height].block;
        if (node->chain[height].own_final) {
            usable = packet->count;
            final = node->chain[height].batch_final;
        }
    }
    if (from > 0 && final != NULL) {
        packet->count = usable;
        packet->height = from;
        packet->final = disk_cert(world, final);
        world->certs[--world->cert_count] = NULL; /* the packet owns this copy */
        trace_packet(world, node, ">", packet, to);
        net_send(world, node, to, packet);
    }
    packet_drop(packet);
}

static bool chains(const struct world *world, const struct sim_node *node,
                   const struct packet *packet)
{
    uint32_t below = node->chain[packet->height - 1].block;
    for (uint32_t i = 0; i < packet->count; i++) {
        if (world->blocks[packet->blocks[i]].parent != below) {
            return false;
        }
        below = packet->blocks[i];
    }
    return packet->count > 0 &&
           hash_equal(&packet->final->block_id, &world->blocks[below].block.id);
}

void receive_synced(struct world *world, struct sim_node *node, struct packet *packet)
{
    if (packet->height == 0 || packet->height > node->height + 1 || packet->final == NULL ||
        !final_good(world, packet) || !chains(world, node, packet) ||
        packet->height + packet->count - 1 <= node->height) {
        return;
    }
    const struct cert *final = disk_cert(world, packet->final);
    for (uint32_t i = 0; i < packet->count; i++) {
        app_commit(world, node, packet->blocks[i], final, i + 1 == packet->count);
    }
    trace_say(world, node, "SYNCED to height %llu", (unsigned long long)node->height);
    const struct cons_block last = world->blocks[packet->blocks[packet->count - 1]].block;
    struct cons_event event = {.kind = CONS_E_SYNCED,
                               .u.synced = {.block = &last, .final = packet->final}};
    member_step(world, node, &event);
}

void receive_packet(struct world *world, struct sim_node *node, uint16_t from,
                    struct packet *packet)
{
    trace_packet(world, node, "<", packet, from);
    switch (packet->kind) {
    case PACKET_CONS:
        receive_cons(world, node, from, packet);
        break;
    case PACKET_BODY: {
        node->has_body[packet->block] = 1;
        const struct cons_block block = world->blocks[packet->block].block;
        struct cons_event event = {.kind = CONS_E_BODY, .u.body.block = &block};
        member_step(world, node, &event);
        break;
    }
    case PACKET_FETCH:
        serve_body(world, node, from, packet->block);
        break;
    case PACKET_SYNC_REQUEST:
        if (node->role != SIM_SILENT && packet->height <= node->height) {
            serve_sync(world, node, from, packet->height);
        }
        break;
    case PACKET_SYNC_RESPONSE:
        packet->users++;
        world_at(world, world->fixed_delay > 0 ? 0 : 10000,
                 (struct world_event){.kind = AT_SYNCED,
                                      .node = node->index,
                                      .from = from,
                                      .life = node->life,
                                      .packet = packet});
        break;
    }
}
