/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NODE_CORE_NET_H
#define TESTS_UNIT_NODE_CORE_NET_H

/* Four simulated machines (tools/simnode) under a test: all must deliver the same blocks, and
 * nobody is punished unless the test plays somebody who deserves it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/chain/encode.h"
#include "node/core/log.h"
#include "node/core/peer_frame.h"
#include "tools/simnode/cluster.h"

#define NET_NODES 4
#define NET_HEIGHTS 4096

struct net {
    struct cluster *cluster;
    struct host *hosts; /* the cluster's */
    struct hash ids[NET_HEIGHTS]; /* of delivered blocks, whoever was first */
    struct hash roots[NET_HEIGHTS];
    bool known[NET_HEIGHTS];
};

/* net_check compares what a machine delivered with what others delivered at that height. */
static inline void net_check(void *context, struct host *host)
{
    struct net *net = context;
    struct chain_head head;
    host_head(host, &head);
    if (head.empty) {
        return;
    }
    assert_true(head.height < NET_HEIGHTS);
    if (!net->known[head.height]) {
        net->known[head.height] = true;
        net->ids[head.height] = head.id;
        net->roots[head.height] = head.state_root;
    }
    assert_true(hash_equal(&net->ids[head.height], &head.id));
    assert_true(hash_equal(&net->roots[head.height], &head.state_root));
}

static inline void net_closed(void *context, struct host *host, uint16_t peer, const char *why)
{
    const struct net *net = context;
    if (!net->cluster->lenient) {
        print_error("node %u closes peer %u: %s\n", host->index, peer, why);
        fail_msg("no honest node is punished");
    }
}

/* net_new_with has machines beyond the validators, which observe. */
static inline struct net *net_new_with(uint64_t seed, uint16_t observers)
{
    struct net *net = calloc(1, sizeof *net);
    net->cluster = cluster_open(seed, NET_NODES, (uint16_t)(NET_NODES + observers));
    net->cluster->hooks =
        (struct cluster_hooks){.context = net, .after = net_check, .closed = net_closed};
    net->hosts = net->cluster->hosts;
    return net;
}

static inline struct net *net_new(uint64_t seed)
{
    return net_new_with(seed, 0);
}

static inline void net_free(struct net *net)
{
    cluster_close(net->cluster);
    free(net);
}

static inline void net_run(struct net *net, uint64_t ms)
{
    cluster_run(net->cluster, ms);
}

static inline uint64_t net_random(struct net *net, uint64_t below)
{
    return rng_below(&net->cluster->rng, below);
}

static inline uint64_t net_height(const struct net *net, int index)
{
    return host_height(&net->hosts[index]);
}

static inline enum err net_try_start(struct net *net, int index)
{
    return host_start(&net->hosts[index]);
}

static inline void net_start(struct net *net, int index)
{
    assert_int_equal(net_try_start(net, index), OK);
}

static inline void net_crash(struct net *net, int index)
{
    host_crash(&net->hosts[index]);
}

/* --- transactions
 * --------------------------------------------------------------------------------------- */

struct net_outcome {
    uint32_t accepted, final, refused, dropped;
    size_t receipt_size;
    struct node_answer last;
};

static inline void net_answer(void *arg, const struct node_answer *answer)
{
    struct net_outcome *outcome = arg;
    outcome->last = *answer;
    outcome->receipt_size = answer->receipt.size;
    outcome->last.receipt = bytes_of(NULL, 0);
    switch (answer->state) {
    case NODE_ACCEPTED:
        outcome->accepted++;
        break;
    case NODE_FINAL:
        outcome->final++;
        break;
    case NODE_REFUSED:
        outcome->refused++;
        break;
    case NODE_DROPPED:
        outcome->dropped++;
        break;
    }
}

/* A transaction that is good for so long from now on. */
static inline struct bytes net_transaction(struct net *net, uint32_t number, uint64_t valid_ms)
{
    return town_register(&net->cluster->town, (uint16_t)(number % NET_NODES), number,
                         TOWN_TIME + net->cluster->now_us / 1000 + valid_ms);
}

static inline struct bytes net_person(struct net *net, uint32_t number)
{
    return net_transaction(net, number, 600000);
}

static inline void net_submit(struct net *net, int index, struct bytes raw, bool wait,
                              struct net_outcome *outcome)
{
    assert_int_equal(node_submit(net->hosts[index].node, raw, wait, net_answer, outcome), OK);
}

/* net_play hands the first node a frame as if the peer had sent it. */
static inline void net_play(struct net *net, uint32_t peer, enum frame_kind kind,
                            const ProtobufCMessage *message)
{
    struct arena arena;
    struct bytes frame;
    arena_init(&arena, 1024 * 1024);
    assert_int_equal(frame_encode(&frame, kind, message, &arena), OK);
    node_on_frame(net->hosts[0].node, peer, frame_row((uint8_t)kind)->channel, frame);
    arena_free(&arena);
}

static inline void net_same_height(struct net *net)
{
    for (int i = 1; i < NET_NODES; i++) {
        assert_int_equal(net_height(net, i), net_height(net, 0));
    }
}

/* net_start_some starts the first so many nodes. */
static inline void net_start_some(struct net *net, int count)
{
    for (int i = 0; i < count; i++) {
        net_start(net, i);
    }
    net_run(net, 500);
}

static inline void net_start_all(struct net *net)
{
    net_start_some(net, NET_NODES);
}

/* net_load submits so many persons, the next after *person, to the nodes in turn, ms apart. */
static inline void net_load(struct net *net, uint32_t *person, int count, uint64_t ms,
                            struct net_outcome *outcome)
{
    for (int i = 0; i < count; i++) {
        net_submit(net, i % NET_NODES, net_person(net, (*person)++), true, outcome);
        net_run(net, ms);
    }
}

/* net_grow submits persons to the first three nodes, `each` at once and ms apart, until their chain
 * has the height; it gives how many there were. */
static inline uint32_t net_grow(struct net *net, uint64_t height, uint32_t each, uint64_t ms,
                                struct net_outcome *outcome)
{
    uint32_t person = 0;
    while (net_height(net, 0) < height) {
        for (uint32_t i = 0; i < each; i++) {
            net_submit(net, (int)(person % 3), net_person(net, person), true, outcome);
            person++;
        }
        net_run(net, ms);
        assert_true(net->cluster->now_us < 600u * 1000000u);
    }
    return person;
}

#endif
