/* SPDX-License-Identifier: Apache-2.0 */
/* The network. Frames of one connection and channel keep their order unless one is made to be
 * overtaken; a frame of a connection that has ended never arrives. */
#include <stdlib.h>
#include <string.h>

#include "node/core/peer_frame.h"
#include "tools/simnode/cluster.h"

#define BYTES_PER_US 50
#define OVERTAKE_US 20000
#define RETRY_US 500000
#define UNREAD_US 2000 /* then a connection that had no room is looked at again */

struct link *wire_link(struct cluster *cluster, uint16_t a, uint16_t b)
{
    return a < b ? &cluster->links[a][b] : &cluster->links[b][a];
}

static void damage(struct cluster *cluster, uint8_t *frame, size_t *size)
{
    for (uint64_t i = rng_below(&cluster->rng, 4); i > 0; i--) {
        frame[rng_below(&cluster->rng, *size)] ^= (uint8_t)(1u << rng_below(&cluster->rng, 8));
    }
    if (rng_below(&cluster->rng, 3) == 0) {
        *size = (size_t)rng_below(&cluster->rng, *size);
    }
}

static void deliver(struct cluster *cluster, uint16_t from, uint16_t to, enum env_channel channel,
                    struct bytes frame, uint64_t at_us, bool damaged)
{
    size_t size = frame.size;
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, frame.data, size);
    if (damaged) {
        damage(cluster, copy, &size);
    }
    cluster_push(cluster, (struct cluster_event){.at_us = at_us,
                                                 .kind = CLUSTER_FRAME,
                                                 .host = to,
                                                 .incarnation = cluster->hosts[to].incarnation,
                                                 .number = from,
                                                 .session = wire_link(cluster, from, to)->session,
                                                 .channel = channel,
                                                 .frame = copy,
                                                 .size = size});
}

static bool is_lost(struct cluster *cluster, uint16_t from, uint16_t to, struct bytes frame)
{
    if (!wire_link(cluster, from, to)->up) {
        return true;
    }
    if (cluster->cut[from][to]) {
        cluster->unheard++;
        return true;
    }
    /* A connection that loses its greeting is no connection. */
    if (frame.data[0] != FRAME_HELLO && rng_percent(&cluster->rng, cluster->net.loss)) {
        cluster->lost++;
        return true;
    }
    return false;
}

void wire_send(struct cluster *cluster, uint16_t from, uint16_t to, enum env_channel channel,
               struct bytes frame, uint64_t extra_us)
{
    cluster->frames++;
    if (is_lost(cluster, from, to, frame)) {
        return;
    }
    const struct cluster_net *net = &cluster->net;
    uint64_t at = cluster->now_us + extra_us + net->delay_us +
                  rng_below(&cluster->rng, net->spread_us + 1u) + frame.size / BYTES_PER_US;
    uint64_t *last = &cluster->arrivals[to][from][channel];
    if (frame.data[0] != FRAME_HELLO && rng_percent(&cluster->rng, net->overtake)) {
        at += rng_below(&cluster->rng, OVERTAKE_US);
        cluster->overtaken++;
    } else {
        at = at <= *last ? *last + 1 : at;
        *last = at;
    }
    deliver(cluster, from, to, channel, frame, at, false);
    if (rng_percent(&cluster->rng, net->duplicate)) {
        cluster->duplicated++;
        deliver(cluster, from, to, channel, frame, at + rng_below(&cluster->rng, OVERTAKE_US),
                false);
    }
    if (rng_percent(&cluster->rng, net->damage)) {
        deliver(cluster, from, to, channel, frame, at, true);
    }
}

/* --- connections
 * -------------------------------------------------------------------------------- */

static void connect_later(struct cluster *cluster, uint16_t a, uint16_t b, uint64_t delay_us)
{
    cluster_push(cluster, (struct cluster_event){.at_us = cluster->now_us + delay_us,
                                                 .kind = CLUSTER_CONNECT,
                                                 .host = a,
                                                 .number = b});
}

void wire_connect(struct cluster *cluster, uint16_t a, uint16_t b)
{
    struct host *left = &cluster->hosts[a];
    struct host *right = &cluster->hosts[b];
    struct link *link = wire_link(cluster, a, b);
    if (link->up || left->node == NULL || right->node == NULL) {
        return; /* whoever starts tries again */
    }
    if (cluster->now_us < link->open_us) {
        connect_later(cluster, a, b, link->open_us - cluster->now_us);
        return;
    }
    if (cluster->cut[a][b] || cluster->cut[b][a]) {
        connect_later(cluster, a, b, RETRY_US);
        return;
    }
    link->up = true;
    link->session++;
    memset(cluster->arrivals[a][b], 0, sizeof cluster->arrivals[a][b]);
    memset(cluster->arrivals[b][a], 0, sizeof cluster->arrivals[b][a]);
    node_on_peer_up(left->node, b, right->node_key);
    node_on_peer_up(right->node, a, left->node_key);
}

static void tell_down(struct cluster *cluster, uint16_t host, uint16_t peer, uint64_t session)
{
    cluster_push(cluster, (struct cluster_event){.at_us = cluster->now_us,
                                                 .kind = CLUSTER_DOWN,
                                                 .host = host,
                                                 .incarnation = cluster->hosts[host].incarnation,
                                                 .number = peer,
                                                 .session = session});
}

void wire_drop(struct cluster *cluster, uint16_t a, uint16_t b, uint64_t wait_ms)
{
    struct link *link = wire_link(cluster, a, b);
    const uint64_t open_us = cluster->now_us + wait_ms * 1000 + 1000;
    link->open_us = open_us > link->open_us ? open_us : link->open_us;
    if (link->up) {
        link->up = false;
        tell_down(cluster, a, b, link->session);
        tell_down(cluster, b, a, link->session);
        connect_later(cluster, a, b, link->open_us - cluster->now_us);
    }
}

void wire_gone(struct host *host)
{
    struct cluster *cluster = host->cluster;
    for (uint16_t i = 0; i < cluster->count; i++) {
        struct link *link = wire_link(cluster, host->index, i);
        if (i != host->index && link->up) {
            link->up = false;
            if (cluster->hosts[i].node != NULL) {
                node_on_peer_down(cluster->hosts[i].node, host->index);
            }
        }
    }
}

void wire_event(struct cluster *cluster, struct host *host, struct cluster_event *event)
{
    const uint16_t peer = (uint16_t)event->number;
    if (event->kind == CLUSTER_CONNECT) {
        wire_connect(cluster, host->index, peer);
        return;
    }
    const struct link *link = wire_link(cluster, host->index, peer);
    if (event->kind == CLUSTER_DOWN) {
        if (link->session == event->session) {
            node_on_peer_down(host->node, peer);
        }
        return;
    }
    if (!link->up || link->session != event->session) {
        return;
    }
    const struct bytes frame = bytes_of(event->frame, event->size);
    if (event->channel == ENV_BULK && !node_bulk_ready(host->node, peer)) {
        cluster->unread++;
        deliver(cluster, peer, host->index, event->channel, frame, cluster->now_us + UNREAD_US,
                false);
        return;
    }
    const struct cluster_hooks *hooks = &cluster->hooks;
    if (hooks->receive == NULL ||
        !hooks->receive(hooks->context, host, peer, event->channel, frame)) {
        node_on_frame(host->node, peer, event->channel, frame);
    }
}
