/* SPDX-License-Identifier: Apache-2.0 */
/* Time, the plan of faults, the main loop, and the same loop under a script. */

#include "tools/sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000)
#define INJECT (10 * SECOND) /* transactions keep coming this long after GST */
#define DEADLINE (400 * SECOND) /* after GST */

struct sim {
    struct world world;
};

uint64_t world_ms(const struct world *world)
{
    return world->now / 1000;
}

void world_at(struct world *world, uint64_t delay, struct world_event event)
{
    event.at = world->now + delay;
    event.sequence = world->sequence++;
    queue_push(&world->queue, &event);
}

void world_fail(struct world *world, uint16_t node, const char *what)
{
    if (world->failed) {
        return;
    }
    world->failed = true;
    const uint64_t ms = world_ms(world);
    if (node == CONS_NONE) {
        (void)snprintf(world->result.failure, sizeof world->result.failure, "%llu.%03llus: %s",
                       (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000), what);
    } else {
        (void)snprintf(world->result.failure, sizeof world->result.failure, "%llu.%03llus n%u: %s",
                       (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000), node,
                       what);
    }
    trace_say(world, NULL, "VIOLATION %s", world->result.failure);
}

static void make_validators(struct world *world)
{
    struct valset *set = &world->validators;
    set->suite = SUITE_ED25519_SHA256;
    set->epoch = 1;
    set->count = world->count;
    for (uint16_t i = 0; i < world->count; i++) {
        struct validator *validator = &set->validators[i];
        validator->key_size = 32;
        validator->key[0] = (uint8_t)(i + 1);
        const uint16_t organisation = world->config->shared_orgs ? (uint16_t)(i / 2) : i;
        validator->organisation.bytes[0] = (uint8_t)(organisation + 1);
    }
}

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    assert(memory != NULL);
    return memory;
}

static void world_open(struct world *world, const struct sim_options *options)
{
    world->options = *options;
    world->config = options->config;
    world->count = options->config->nodes;
    assert(world->count <= SIM_NODES_MAX);
    /* Mixed, for the generator steps through its states: seeds one apart must not be one run. */
    struct rng mixer = {.state = options->seed};
    world->rng.state = rng_next(&mixer) ^ (rng_next(&mixer) << 1);
    world->actions = zeroed(1, sizeof *world->actions);
    world->shadow_actions = options->shadow ? zeroed(1, sizeof *world->shadow_actions) : NULL;
    world->recovered = zeroed(1, sizeof *world->recovered);
    world->blocks = zeroed(WORLD_BLOCKS, sizeof *world->blocks);
    for (uint32_t i = 0; i < WORLD_BLOCKS; i++) {
        world->final_block_at[i] = NO_BLOCK;
    }
    for (uint32_t i = 0; i < WORLD_VIEWS; i++) {
        world->notarized[i] = world->finalized[i] = NO_BLOCK;
    }
    make_validators(world);
    world->params = cons_params_default();
    world->params.t0_ms = options->config->t0_ms;
    world->params.heartbeat_ms = 20000;
    struct header genesis = {.version = 1};
    const uint32_t first = blocks_make(world, &genesis, NO_BLOCK, 0, false);
    assert(first == 0);
    for (uint16_t i = 0; i < world->count; i++) {
        member_open(world, i);
    }
}

static void world_close(struct world *world)
{
    queue_free(&world->queue);
    for (uint16_t i = 0; i < world->count; i++) {
        member_close(&world->nodes[i]);
    }
    for (uint32_t i = 0; i < world->cert_count; i++) {
        free(world->certs[i]);
    }
    free(world->certs);
    free(world->signed_set);
    free(world->blocks);
    free(world->recovered);
    free(world->shadow_actions);
    free(world->actions);
}

static void choose_adversaries(struct world *world)
{
    for (uint16_t left = world->config->byzantine; left > 0;) {
        struct sim_node *node = &world->nodes[rng_below(&world->rng, world->count)];
        if (node->role == SIM_HONEST) {
            node->role = world->config->adversary;
            left--;
        }
    }
}

static void plan_faults(struct world *world)
{
    static const uint64_t moments[] = {0, 5 * SECOND, 20 * SECOND, 60 * SECOND};
    struct rng *rng = &world->rng;
    world->gst = moments[rng_below(rng, 4)];
    for (uint32_t tx = 0; tx < WORLD_TX; tx++) {
        world_at(world, rng_below(rng, world->gst + INJECT),
                 (struct world_event){.kind = AT_SUBMIT, .number = tx});
    }
    if (world->config->crashes) {
        for (uint64_t i = rng_below(rng, 9); i > 0; i--) {
            world_at(world, rng_below(rng, world->gst + 3 * SECOND),
                     (struct world_event){.kind = AT_CRASH});
        }
        if (rng_percent(rng, 30)) {
            world_at(world, rng_below(rng, world->gst + SECOND),
                     (struct world_event){.kind = AT_CRASH_ALL});
        }
    }
    if (world->config->wipes) {
        world_at(world, rng_below(rng, world->gst + 8 * SECOND),
                 (struct world_event){.kind = AT_WIPE});
    }
    for (uint64_t i = rng_below(rng, 5); i > 0 && world->gst > 0; i--) {
        world_at(world, rng_below(rng, world->gst), (struct world_event){.kind = AT_PARTITION});
    }
    world_at(world, world->gst, (struct world_event){.kind = AT_HEAL});
}

static void start_nodes(struct world *world)
{
    for (uint16_t i = 0; i < world->count; i++) {
        struct sim_node *node = &world->nodes[i];
        if (node->role == SIM_SILENT) {
            trace_say(world, node, "is silent");
            continue;
        }
        if (node->role != SIM_HONEST) {
            trace_say(world, node, "is Byzantine: %s", sim_adversary_name(node->role));
        }
        member_start(world, node);
        if (node->role != SIM_HONEST) {
            world_at(world, SECOND,
                     (struct world_event){.kind = AT_MISCHIEF, .node = i, .life = node->life});
        }
    }
}

/* ---- events that are nobody's --------------------------------------------------------------- */

static void crash_and_return(struct world *world, struct sim_node *node, uint64_t down, bool wipe)
{
    if (!node->up || node->role != SIM_HONEST) {
        return;
    }
    member_crash(world, node, wipe);
    world_at(world, down, (struct world_event){.kind = AT_RESTART, .node = node->index});
}

static struct sim_node *any_honest(struct world *world)
{
    for (;;) { /* more than half of them are */
        struct sim_node *node = &world->nodes[rng_below(&world->rng, world->count)];
        if (node->role == SIM_HONEST) {
            return node;
        }
    }
}

static void submit(struct world *world, uint32_t tx)
{
    world->submitted |= UINT64_C(1) << tx;
    trace_say(world, NULL, "transaction %u", tx);
    for (uint16_t i = 0; i < world->count; i++) {
        const uint64_t delay = world->fixed_delay > 0 ? 0
                               : world->now >= world->gst
                                   ? rng_between(&world->rng, 5000, 50000)
                                   : rng_between(&world->rng, 10000, 3 * SECOND);
        world_at(world, delay, (struct world_event){.kind = AT_GOSSIP, .node = i, .number = tx});
    }
}

static void gossip(struct world *world, struct sim_node *node, uint32_t tx)
{
    const uint64_t bit = UINT64_C(1) << tx;
    if ((node->final_txs & bit) == 0) {
        node->pool |= bit;
    }
    if (node->up) {
        member_update_work(world, node);
    }
}

static void restart(struct world *world, struct sim_node *node)
{
    trace_say(world, node, "RESTART");
    node->pool = 0;
    member_start(world, node);
    node->pool = world->submitted & ~node->final_txs;
    member_update_work(world, node);
}

static void world_event(struct world *world, const struct world_event *event)
{
    struct sim_node *node = &world->nodes[event->node];
    switch (event->kind) {
    case AT_CRASH:
        crash_and_return(world, any_honest(world), rng_between(&world->rng, 50000, 4 * SECOND),
                         false);
        break;
    case AT_CRASH_ALL:
        for (uint16_t i = 0; i < world->count; i++) {
            crash_and_return(world, &world->nodes[i], rng_between(&world->rng, 50000, SECOND),
                             false);
        }
        break;
    case AT_WIPE:
        crash_and_return(world, any_honest(world), rng_between(&world->rng, 50000, 4 * SECOND),
                         true);
        break;
    case AT_RESTART:
        restart(world, node);
        break;
    case AT_SUBMIT:
        submit(world, event->number);
        break;
    case AT_GOSSIP:
        gossip(world, node, event->number);
        break;
    case AT_PARTITION:
        net_partition(world);
        break;
    case AT_HEAL:
        memset(world->cut, 0, sizeof world->cut);
        trace_say(world, NULL, "GST: the network is good from now on");
        break;
    case AT_PACKET:
    case AT_TIMER:
    case AT_PERSISTED:
    case AT_BUILT:
    case AT_VALIDATED:
    case AT_BODY:
    case AT_SYNCED:
    case AT_MISCHIEF:
        if (node->up && (event->life == 0 || event->life == node->life)) {
            member_event(world, node, event);
        }
        break;
    }
    if (event->packet != NULL) {
        packet_drop(event->packet);
    }
}

/* G8: every transaction final at every correct node, heights equal within two. */
static bool all_done(const struct world *world)
{
    uint64_t low = UINT64_MAX;
    uint64_t high = 0;
    for (uint16_t i = 0; i < world->count; i++) {
        const struct sim_node *node = &world->nodes[i];
        if (node->role != SIM_HONEST) {
            continue;
        }
        if (!node->up || (world->submitted & ~node->final_txs) != 0) {
            return false;
        }
        low = node->height < low ? node->height : low;
        high = node->height > high ? node->height : high;
    }
    return high - low <= 2;
}

static void explain_stall(struct world *world)
{
    char text[120];
    size_t used = 0;
    used += (size_t)snprintf(text, sizeof text, "G8: no liveness by the deadline; views");
    for (uint16_t i = 0; i < world->count && used < sizeof text - 8; i++) {
        if (world->nodes[i].role == SIM_HONEST) {
            used += (size_t)snprintf(text + used, sizeof text - used, " %llu/%llu",
                                     (unsigned long long)world->nodes[i].view,
                                     (unsigned long long)world->nodes[i].final);
        }
    }
    world_fail(world, CONS_NONE, text);
}

static void observe_begin(const struct world *world)
{
    const struct sim_observer *observer = world->options.observer;
    uint64_t correct = 0;
    for (uint16_t i = 0; i < world->count; i++) {
        correct |= world->nodes[i].role == SIM_HONEST ? UINT64_C(1) << i : 0;
    }
    if (observer != NULL) {
        observer->begin(observer->context, world->count, correct);
    }
}

static void run_seed(struct world *world)
{
    const uint64_t stop = world->gst + INJECT;
    struct world_event event;
    while (!world->failed && queue_pop(&world->queue, &event)) {
        assert(event.at >= world->now);
        world->now = event.at;
        world->result.counters.events++;
        world_event(world, &event);
        if (world->config->calm) {
            if (world->now > 60 * SECOND) {
                world->result.ok = !world->failed;
                return;
            }
            continue;
        }
        if (world->now > stop && !world->failed && all_done(world)) {
            world->result.ok = true;
            world->result.done_ms = (world->now - world->gst) / 1000;
            return;
        }
        if (world->now > world->gst + DEADLINE) {
            explain_stall(world);
        }
    }
}

struct sim_result sim_run(const struct sim_options *options)
{
    struct world *world = zeroed(1, sizeof *world);
    world_open(world, options);
    if (options->config->calm) {
        world->fixed_delay = 50000;
    }
    choose_adversaries(world);
    if (!options->config->calm) {
        plan_faults(world);
    }
    observe_begin(world);
    start_nodes(world);
    run_seed(world);
    world->result.gst_ms = world->gst / 1000;
    trace_say(world, NULL, "%s", world->result.ok ? "everything is final" : "FAILED");
    const struct sim_result result = world->result;
    world_close(world);
    free(world);
    return result;
}

/* ---- scripted runs -------------------------------------------------------------------------- */

struct sim *sim_open(uint16_t nodes, uint32_t delay_ms, const struct cons_params *params,
                     FILE *trace)
{
    static struct sim_config configs[SIM_NODES_MAX + 1];
    assert(nodes <= SIM_NODES_MAX);
    assert(delay_ms > 0);
    configs[nodes] = (struct sim_config){
        .name = "script", .nodes = nodes, .t0_ms = params->t0_ms, .adversary = SIM_HONEST};
    struct sim *sim = zeroed(1, sizeof *sim);
    const struct sim_options options = {.seed = 1, .config = &configs[nodes], .trace = trace};
    world_open(&sim->world, &options);
    sim->world.params = *params;
    sim->world.scripted = true;
    sim->world.fixed_delay = (uint64_t)delay_ms * 1000;
    start_nodes(&sim->world);
    return sim;
}

void sim_close(struct sim *sim)
{
    world_close(&sim->world);
    free(sim);
}

void sim_until(struct sim *sim, uint64_t ms)
{
    struct world *world = &sim->world;
    while (world->queue.count > 0 && world->queue.items[0].at <= ms * 1000) {
        struct world_event event;
        (void)queue_pop(&world->queue, &event);
        world->now = event.at;
        world->result.counters.events++;
        world_event(world, &event);
    }
    world->now = ms * 1000;
}

void sim_crash(struct sim *sim, uint16_t node)
{
    struct sim_node *victim = &sim->world.nodes[node];
    victim->height_synced = victim->height;
    member_crash(&sim->world, victim, false);
}

void sim_restart(struct sim *sim, uint16_t node)
{
    restart(&sim->world, &sim->world.nodes[node]);
}

void sim_cut(struct sim *sim, uint16_t from, uint16_t to)
{
    sim->world.cut[from] |= 1u << to;
}

void sim_join(struct sim *sim, uint16_t from, uint16_t to)
{
    sim->world.cut[from] &= ~(1u << to);
}

void sim_drop(struct sim *sim, uint16_t from, uint16_t to, enum cons_msg_kind kind)
{
    const uint32_t at = sim->world.drop_count++;
    assert(at < sizeof sim->world.drops / sizeof sim->world.drops[0]);
    sim->world.drops[at].from = from;
    sim->world.drops[at].to = to;
    sim->world.drops[at].kind = kind;
}

void sim_drop_none(struct sim *sim)
{
    sim->world.drop_count = 0;
}

void sim_submit(struct sim *sim, uint32_t tx)
{
    assert(tx < 64);
    submit(&sim->world, tx);
}

void sim_say(struct sim *sim, const char *text)
{
    trace_say(&sim->world, NULL, "%s", text);
}

struct cons_status sim_status(const struct sim *sim, uint16_t node)
{
    return cons_status(sim->world.nodes[node].cons);
}

const char *sim_failure(const struct sim *sim)
{
    return sim->world.failed ? sim->world.result.failure : NULL;
}

const struct sim_counters *sim_counters(const struct sim *sim)
{
    return &sim->world.result.counters;
}

bool sim_is_final(const struct sim *sim, uint32_t tx)
{
    for (uint16_t i = 0; i < sim->world.count; i++) {
        const struct sim_node *node = &sim->world.nodes[i];
        if (node->up && (node->final_txs >> tx & 1) == 0) {
            return false;
        }
    }
    return true;
}

void sim_sync_ms(struct sim *sim, uint32_t ms)
{
    sim->world.sync_time = (uint64_t)ms * 1000;
}
