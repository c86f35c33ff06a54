/* SPDX-License-Identifier: Apache-2.0 */
/* Byzantine nodes: the production state machine, with lies between it and the network. A lie may
 * use the node's own key freely, and nobody else's. */

#include "tools/sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum sim_adversary role_now(struct world *world, const struct sim_node *node)
{
    if (node->role != SIM_MIXED) {
        return node->role;
    }
    static const enum sim_adversary roles[] = {
        SIM_EQUIVOCATOR, SIM_EQUIVOCATOR, SIM_WITHHOLDER, SIM_REPLAYER,
        SIM_GIFT_GIVER,  SIM_FALSE_LOCK,  SIM_BAD_PARENT, SIM_BAD_PARENT,
        SIM_OUTDATED,    SIM_FORGER,      SIM_MIXED /* for once, as it should */};
    return roles[rng_below(&world->rng, sizeof roles / sizeof roles[0])];
}

static uint16_t other_node(struct world *world, const struct sim_node *node)
{
    const uint64_t step = rng_between(&world->rng, 1, world->count - 1u);
    return (uint16_t)((node->index + step) % world->count);
}

static void remember(struct world *world, struct sim_node *node, struct packet *packet)
{
    packet->users++;
    if (node->history_count < 64) {
        node->history[node->history_count++] = packet;
        return;
    }
    const uint64_t place = rng_below(&world->rng, 64);
    packet_drop(node->history[place]);
    node->history[place] = packet;
}

static void send_to_some(struct world *world, struct sim_node *node, struct packet *packet,
                         uint32_t percent)
{
    for (uint16_t to = 0; to < world->count; to++) {
        if (to != node->index && rng_percent(&world->rng, percent)) {
            net_send(world, node, to, packet);
        }
    }
}

static void give_body(struct world *world, struct sim_node *node, uint16_t to, uint32_t block)
{
    struct packet *body = packet_new(world, node, PACKET_BODY);
    body->block = block;
    net_send(world, node, to, body);
    packet_drop(body);
}

static struct packet *copy_of(const struct world *world, const struct sim_node *node,
                              const struct packet *packet)
{
    struct packet *copy = packet_new(world, node, packet->kind);
    struct just *just = packet->just;
    const uint32_t users = copy->users;
    *copy = *packet;
    copy->users = users;
    copy->just_checked = copy->final_checked = 0;
    copy->final = NULL;
    copy->just = NULL;
    if (just != NULL) {
        copy->just = malloc(sizeof *just);
        assert(copy->just != NULL);
        *copy->just = *just;
    }
    return copy;
}

/* A PROPOSE for another block, signed by this node. */
static struct packet *proposal_of(struct world *world, struct sim_node *node,
                                  const struct packet *packet, uint32_t block)
{
    struct packet *other = copy_of(world, node, packet);
    other->block = block;
    other->vote.block_id = world->blocks[block].block.id;
    oracle_sign(world, &other->vote);
    node->has_body[block] = 1;
    return other;
}

/* Two blocks to two halves of the others, bodies to most of each half. */
static void equivocate(struct world *world, struct sim_node *node, struct packet *packet)
{
    const struct sim_block *first = &world->blocks[packet->block];
    if (first->block.header.view != packet->view) {
        net_bcast(world, node, packet);
        return;
    }
    struct header header = first->block.header;
    const bool bad = rng_percent(&world->rng, 30);
    const uint64_t txs = first->txs == 0 ? UINT64_C(1) << 63 : 0;
    const uint32_t second = blocks_make(world, &header, first->parent, txs, bad);
    struct packet *twin = proposal_of(world, node, packet, second);
    world->result.counters.equivocations++;
    const uint64_t half = rng_next(&world->rng);
    for (uint16_t to = 0; to < world->count; to++) {
        if (to == node->index) {
            continue;
        }
        struct packet *mine = (half >> to & 1) != 0 ? packet : twin;
        net_send(world, node, to, mine);
        if (rng_percent(&world->rng, 20)) {
            net_send(world, node, to, mine == twin ? packet : twin);
        }
        if (rng_percent(&world->rng, 80)) {
            give_body(world, node, to, mine->block);
        }
    }
    packet_drop(twin);
}

/* Some N or F of an older view from this node's own log. */
static const struct cert *older_cert(struct world *world, const struct sim_node *node,
                                     uint64_t below)
{
    const struct cert *found = NULL;
    uint32_t seen = 0;
    const uint32_t from = node->log_count > 100 ? node->log_count - 100 : 0;
    for (uint32_t i = from; i < node->log_count; i++) {
        const struct record *record = &node->log[i];
        if (record->kind == RECORD_CERT && record->cert->kind != VOTE_NULLIFY &&
            record->cert->view < below && rng_below(&world->rng, ++seen) == 0) {
            found = record->cert;
        }
    }
    return found;
}

/* The views from which an old parent is drawn: those that the locks forbid, or any. */
static uint64_t old_limit(struct world *world, const struct packet *packet)
{
    const struct just *just = packet->just;
    if (just != NULL && just->kind == JUST_SKIP && cert_max_lock(&just->nullified) > 0 &&
        rng_percent(&world->rng, 60)) {
        return cert_max_lock(&just->nullified);
    }
    return packet->view - 1;
}

/* An older justified parent (which may be older than the locks allow), or a header whose parent is
 * not the justified one. */
static void propose_old(struct world *world, struct sim_node *node, struct packet *packet)
{
    const struct cert *old = older_cert(world, node, old_limit(world, packet));
    const bool honest_header = rng_percent(&world->rng, 70);
    const uint32_t parent = old == NULL ? 0 : blocks_find(world, &old->block_id);
    if (parent == NO_BLOCK || packet->just == NULL ||
        world->blocks[packet->block].block.header.view != packet->view) {
        net_bcast(world, node, packet);
        return;
    }
    struct header header = world->blocks[packet->block].block.header;
    header.parent_id = world->blocks[parent].block.id;
    header.parent_view = old == NULL ? 0 : old->view;
    header.height = world->blocks[parent].block.header.height + 1;
    const uint64_t txs = world->blocks[packet->block].txs & ~world->blocks[parent].all_txs;
    const uint32_t block = blocks_make(world, &header, parent, txs, false);
    struct packet *mine = proposal_of(world, node, packet, block);
    if (honest_header && mine->just->kind == JUST_SKIP) {
        mine->just->has_cert = old != NULL;
        if (old != NULL) {
            mine->just->cert = *old;
        }
        if (header.parent_view < cert_max_lock(&mine->just->nullified)) {
            world->result.counters.inadmissible++;
        }
    }
    for (uint16_t to = 0; to < world->count; to++) {
        if (to != node->index) {
            net_send(world, node, to, mine);
            give_body(world, node, to, block);
        }
    }
    packet_drop(mine);
}

/* Certificates that carry what nobody signed: locks rewritten, another block, other bytes. */
static void forge(struct world *world, struct sim_node *node, struct packet *packet)
{
    if (packet->just == NULL || packet->just->kind == JUST_EPOCH_START) {
        net_bcast(world, node, packet);
        return;
    }
    struct packet *mine = copy_of(world, node, packet);
    struct just *just = mine->just;
    struct cert *cert = just->kind == JUST_SKIP ? &just->nullified : &just->cert;
    switch (rng_below(&world->rng, 8)) {
    case 0:
        memset(cert->lock_views, 0, sizeof cert->lock_views);
        just->has_cert = just->kind != JUST_SKIP;
        break;
    case 1:
        cert->block_id = world->blocks[rng_below(&world->rng, world->block_count)].block.id;
        break;
    case 2:
        cert->signatures[0][0] ^= 1;
        break;
    case 3:
        cert->signers |= UINT64_C(1) << world->count;
        break;
    case 4:
        cert->signers &= cert->signers - 1;
        break;
    case 5: /* good signatures for a view they do not justify */
        mine->view += 1;
        break;
    case 6:
        just->kind = JUST_EPOCH_START;
        break;
    default:
        cert->view += 1;
        mine->view += 1;
        break;
    }
    world->result.counters.forged++;
    net_bcast(world, node, mine);
    packet_drop(mine);
}

static void pass_on_late(struct world *world, struct sim_node *node, struct packet *packet)
{
    for (uint16_t to = 0; to < world->count; to++) {
        if (to != node->index) {
            packet->users++;
            world_at(world, rng_below(&world->rng, 3000000),
                     (struct world_event){
                         .kind = AT_PACKET, .node = to, .from = node->index, .packet = packet});
        }
    }
}

static bool is_vote(const struct packet *packet)
{
    return packet->kind == PACKET_CONS &&
           (packet->msg == CONS_M_NOTARIZE || packet->msg == CONS_M_NULLIFY ||
            packet->msg == CONS_M_FINALIZE || packet->msg == CONS_M_PROPOSE);
}

void adversary_bcast(struct world *world, struct sim_node *node, struct packet *packet)
{
    const bool proposes = packet->kind == PACKET_CONS && packet->msg == CONS_M_PROPOSE;
    remember(world, node, packet);
    switch (role_now(world, node)) {
    case SIM_EQUIVOCATOR:
        if (proposes) {
            equivocate(world, node, packet);
            return;
        }
        break;
    case SIM_WITHHOLDER:
        if (packet->kind == PACKET_BODY) {
            return;
        }
        break;
    case SIM_GIFT_GIVER:
        if (is_vote(packet)) {
            net_send(world, node, other_node(world, node), packet);
            return;
        }
        break;
    case SIM_BAD_PARENT:
        if (proposes) {
            propose_old(world, node, packet);
            return;
        }
        break;
    case SIM_OUTDATED:
        pass_on_late(world, node, packet);
        return;
    case SIM_FORGER:
        forge(world, node, packet);
        return;
    case SIM_MIXED:
        if (is_vote(packet) && rng_percent(&world->rng, 30)) {
            send_to_some(world, node, packet, 50);
            return;
        }
        break;
    case SIM_SILENT:
        return;
    case SIM_HONEST:
    case SIM_REPLAYER:
    case SIM_FALSE_LOCK:
    case SIM_BOASTER:
    case SIM_ADVERSARIES:
        break;
    }
    net_bcast(world, node, packet);
}

void adversary_cast(struct world *world, struct sim_node *node, struct vote *vote)
{
    if (vote->kind == VOTE_NULLIFY && role_now(world, node) == SIM_FALSE_LOCK) {
        vote->lock_view = rng_below(&world->rng, vote->view + 3);
    }
}

/* Any vote of its own: wrong view, wrong lock, a block it never judged. */
static void cast_anything(struct world *world, struct sim_node *node)
{
    struct rng *rng = &world->rng;
    const struct cons_status status = cons_status(node->cons);
    struct cons_send send = {.kind = CONS_M_NOTARIZE, .cert = CONS_NO_CERT, .skip = CONS_NO_CERT};
    struct vote vote = {.epoch = 1,
                        .kind = (enum vote_kind)rng_between(rng, VOTE_NOTARIZE, VOTE_FINALIZE),
                        .view = status.view + rng_below(rng, 3),
                        .signer = (uint8_t)node->index};
    vote.view -= vote.view > 1 ? 1 : 0;
    if (vote.kind == VOTE_NULLIFY) {
        vote.lock_view = rng_below(rng, status.high_view + 1);
        send.kind = CONS_M_NULLIFY;
    } else {
        send.kind = vote.kind == VOTE_NOTARIZE ? CONS_M_NOTARIZE : CONS_M_FINALIZE;
        uint32_t block = NO_BLOCK;
        for (uint32_t i = world->block_count; i > 0 && i + 20 > world->block_count; i--) {
            if (world->blocks[i - 1].block.header.view == vote.view) {
                block = i - 1;
            }
        }
        if (block == NO_BLOCK) {
            return;
        }
        vote.block_id = world->blocks[block].block.id;
    }
    oracle_sign(world, &vote);
    send.vote = vote;
    send.view = vote.view;
    struct packet *packet = member_packet(world, node, world->actions, &send);
    send_to_some(world, node, packet, 60);
    packet_drop(packet);
}

void adversary_mischief(struct world *world, struct sim_node *node)
{
    const enum sim_adversary role = node->role;
    if (role == SIM_MIXED || role == SIM_FALSE_LOCK || role == SIM_EQUIVOCATOR) {
        for (uint64_t i = rng_below(&world->rng, 3); i > 0; i--) {
            cast_anything(world, node);
        }
    }
    if ((role == SIM_MIXED || role == SIM_REPLAYER) && node->history_count > 0) {
        struct packet *old = node->history[rng_below(&world->rng, node->history_count)];
        net_send(world, node, other_node(world, node), old);
    }
    const uint64_t pause = rng_between(&world->rng, 100000, 1200000);
    world_at(world, pause,
             (struct world_event){.kind = AT_MISCHIEF, .node = node->index, .life = node->life});
}
