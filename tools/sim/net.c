/* SPDX-License-Identifier: Apache-2.0 */
/* The network: every packet has its own delay, may be lost, doubled or overtaken. After GST delays
 * are bounded, but one packet in a hundred is still lost: that is what R9 and R10 are for. */

#include "tools/sim/world.h"

#include <assert.h>
#include <stdlib.h>

#define DELTA 50000u /* bound of a delay after GST */

struct packet *packet_new(const struct world *world, const struct sim_node *from,
                          enum packet_kind kind)
{
    struct packet *packet = calloc(1, sizeof *packet);
    assert(packet != NULL);
    packet->kind = kind;
    packet->users = 1;
    packet->block = NO_BLOCK;
    packet->epoch = 1;
    packet->msg = CONS_M_STATUS;
    packet->hints = cons_hints(from->cons);
    (void)world;
    return packet;
}

void packet_drop(struct packet *packet)
{
    assert(packet->users > 0);
    if (--packet->users == 0) {
        free(packet->just);
        free(packet->final);
        free(packet);
    }
}

static void arrive(struct world *world, const struct sim_node *from, uint16_t to,
                   struct packet *packet, uint64_t delay)
{
    packet->users++;
    world_at(
        world, delay,
        (struct world_event){.kind = AT_PACKET, .node = to, .from = from->index, .packet = packet});
}

static bool is_dropped(const struct world *world, const struct sim_node *from, uint16_t to,
                       const struct packet *packet)
{
    if ((world->cut[from->index] >> to & 1) != 0) {
        return true;
    }
    for (uint32_t i = 0; i < world->drop_count; i++) {
        const enum cons_msg_kind kind = packet->kind == PACKET_BODY ? CONS_M_BODY : packet->msg;
        if (kind == world->drops[i].kind &&
            (world->drops[i].from == CONS_NONE || world->drops[i].from == from->index) &&
            (world->drops[i].to == CONS_NONE || world->drops[i].to == to)) {
            return true;
        }
    }
    return false;
}

void net_send(struct world *world, struct sim_node *from, uint16_t to, struct packet *packet)
{
    struct rng *rng = &world->rng;
    assert(to < world->count);
    assert(to != from->index);
    world->result.counters.messages++;
    if (from->role == SIM_BOASTER || (from->role == SIM_MIXED && rng_percent(rng, 3))) {
        packet->hints.view += 1000;
        packet->hints.final_height += 1000;
        packet->hints.final_view += 1000;
        packet->hints.level = 12;
    }
    if (is_dropped(world, from, to, packet)) {
        return;
    }
    if (world->fixed_delay > 0) {
        arrive(world, from, to, packet, world->fixed_delay);
        return;
    }
    if (world->now < world->gst) {
        if (rng_percent(rng, world->config->loss_percent)) {
            return;
        }
        const uint64_t delay =
            rng_percent(rng, 80) ? rng_decay(rng, 104000) : rng_below(rng, 5000000);
        arrive(world, from, to, packet, delay);
        if (rng_percent(rng, 10)) {
            arrive(world, from, to, packet, rng_below(rng, 8000000));
        }
        return;
    }
    if (rng_percent(rng, 1)) {
        return;
    }
    arrive(world, from, to, packet, rng_between(rng, 5000, DELTA));
    if (rng_percent(rng, 2)) {
        arrive(world, from, to, packet, rng_below(rng, 3000000));
    }
}

void net_bcast(struct world *world, struct sim_node *from, struct packet *packet)
{
    for (uint16_t to = 0; to < world->count; to++) {
        if (to != from->index) {
            net_send(world, from, to, packet);
        }
    }
}

/* A new partition: two halves, or one direction only between them, or a mesh with holes. */
void net_partition(struct world *world)
{
    struct rng *rng = &world->rng;
    const uint64_t half = rng_next(rng);
    const uint64_t shape = rng_below(rng, 10);
    for (uint16_t a = 0; a < world->count; a++) {
        world->cut[a] = 0;
        for (uint16_t b = 0; b < world->count; b++) {
            const bool left = (half >> a & 1) != 0;
            const bool apart = left != ((half >> b & 1) != 0);
            bool cut = false;
            if (shape < 5) {
                cut = apart;
            } else if (shape < 7) {
                cut = apart && left; /* a hears b, b does not hear a */
            } else if (shape < 9) {
                cut = rng_percent(rng, 30);
            }
            world->cut[a] |= cut ? 1u << b : 0u;
        }
    }
    trace_say(world, NULL, "partition %s",
              shape < 5   ? "in two"
              : shape < 7 ? "one way"
              : shape < 9 ? "with holes"
                          : "none");
}
