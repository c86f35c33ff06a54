/* SPDX-License-Identifier: Apache-2.0 */
/* Clients: each brings one transaction to a machine and waits; when no answer comes it goes to
 * another one. What a client was told to be final is remembered for judge_end. */
#include "tools/simnode/run.h"

#include <string.h>

#define SPREAD_US 9000000u /* all orders are given within */
#define PATIENCE_US 3000000u
#define LOOK_US 250000u
#define VALID_MS 600000u

static void answered(void *arg, const struct node_answer *answer)
{
    struct order *order = arg;
    struct run *run = order->run;
    struct host *host = &run->cluster->hosts[order->host];
    order->waiting = false;
    story_say(run->cluster, host, "answers order %u: %d %s", (unsigned)(order - run->orders),
              (int)answer->state, answer->state == NODE_FINAL ? "" : answer->detail.hint);
    run->result.counters.duplicate_answers += answer->duplicate;
    if (answer->state != NODE_FINAL) {
        return;
    }
    if (run->known[answer->height] && !hash_equal(&run->ids[answer->height], &answer->block_id)) {
        run_fail(run, host, "acknowledged in a block that nobody delivered");
    }
    struct witness *witness = &run->witnesses[order->host];
    if (answer->height > witness->durable_height && host->disk.lies == 0) {
        witness->durable_height = answer->height;
    }
    if (!order->final) {
        order->final = true;
        order->tx_id = answer->tx_id;
        order->height = answer->height;
        order->block_id = answer->block_id;
        run->result.counters.acknowledged++;
    } else if (order->height != answer->height) {
        run_fail(run, host, "acknowledged at height %llu and at %llu",
                 (unsigned long long)order->height, (unsigned long long)answer->height);
    }
}

/* choose gives an honest machine that is up, NULL if the dice find none. */
static struct host *choose(struct run *run)
{
    for (int i = 0; i < 8; i++) {
        struct host *host = &run->cluster->hosts[rng_below(&run->rng, run->validators)];
        if (host->node != NULL && run->witnesses[host->index].honest) {
            return host;
        }
    }
    return NULL;
}

static void bring(struct run *run, struct order *order)
{
    struct host *host = choose(run);
    if (host == NULL) {
        return;
    }
    if (order->waiting && run->cluster->hosts[order->host].node != NULL) {
        node_forget(run->cluster->hosts[order->host].node, order);
        order->waiting = false;
    }
    run->result.counters.again += order->sent;
    order->sent = true;
    order->host = host->index;
    order->sent_us = run->cluster->now_us;
    order->waiting = node_submit(host->node, order->raw, true, answered, order) == OK;
}

static void give(void *context, uint64_t number)
{
    struct run *run = context;
    struct order *order = &run->orders[number];
    const uint16_t organisation = (uint16_t)rng_below(&run->rng, run->validators);
    order->run = run;
    order->raw = town_register(&run->cluster->town, organisation, (uint32_t)number,
                               TOWN_TIME + run->cluster->now_us / 1000 + VALID_MS);
    run->submitted++;
    run->result.counters.submitted++;
    bring(run, order);
    /* Some bring it twice, to two machines. */
    if (rng_percent(&run->rng, 15)) {
        bring(run, order);
    }
}

static void look(void *context, uint64_t number)
{
    struct run *run = context;
    for (uint32_t i = 0; i < RUN_TRANSACTIONS; i++) {
        struct order *order = &run->orders[i];
        const bool stale = run->cluster->now_us - order->sent_us > PATIENCE_US;
        if (order->run != NULL && !order->final && (!order->waiting || stale)) {
            bring(run, order);
        }
    }
    cluster_at(run->cluster, LOOK_US, look, run, number);
}

void client_start(struct run *run)
{
    for (uint32_t i = 0; i < RUN_TRANSACTIONS; i++) {
        cluster_at(run->cluster, 200000 + rng_below(&run->rng, SPREAD_US), give, run, i);
    }
    cluster_at(run->cluster, LOOK_US, look, run, 0);
}

bool client_done(const struct run *run)
{
    return run->submitted == RUN_TRANSACTIONS &&
           run->result.counters.acknowledged == RUN_TRANSACTIONS;
}

void client_gone(struct run *run, const struct host *host)
{
    for (uint32_t i = 0; i < RUN_TRANSACTIONS; i++) {
        if (run->orders[i].host == host->index) {
            run->orders[i].waiting = false;
        }
    }
}
