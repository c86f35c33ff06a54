/* SPDX-License-Identifier: Apache-2.0 */
/* Clients: each brings one order to a machine and waits; when no answer comes it goes to another
 * one, until it is told that the order is final or that a rule refuses it. Both are for ever: what
 * a client was told is remembered for the end. */
#include "tools/simnode/run.h"

#define PATIENCE_US 3000000u
#define LOOK_US 250000u

static void give(void *context, uint64_t number);

/* What waited for this order is given now. */
static void release(struct run *run, const struct order *order)
{
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        if (run->orders[i].after == order->number && i != order->number) {
            cluster_at(run->cluster, run->orders[i].delay_us, give, run, i);
        }
    }
}

static bool must_be_decided(const struct order *order)
{
    return order->kind != ORDER_LATE;
}

static void final(struct run *run, struct order *order, struct host *host,
                  const struct node_answer *answer)
{
    if (order->refused) {
        run_fail(run, host, "order %u is final, and was refused before", order->number);
    }
    if (order->kind == ORDER_WRONG_ACCOUNT) {
        run_fail(run, host, "a wrong account is final");
    }
    if (!hash_equal(&answer->tx_id, &order->tx_id)) {
        run_fail(run, host, "answers order %u with another transaction", order->number);
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
        order->height = answer->height;
        order->block_id = answer->block_id;
        run->decided += must_be_decided(order);
        run->result.counters.acknowledged++;
        release(run, order);
    } else if (order->height != answer->height) {
        run_fail(run, host, "acknowledged at height %llu and at %llu",
                 (unsigned long long)order->height, (unsigned long long)answer->height);
    }
    if (answer->receipt.size > 0) {
        struct hash receipt;
        hash_tagged(&receipt, TAG_RECEIPT_LEAF, answer->receipt);
        if (order->has_receipt && !hash_equal(&receipt, &order->receipt)) {
            run_fail(run, host, "answers order %u with another receipt", order->number);
        }
        order->receipt = receipt;
        order->has_receipt = true;
    }
}

static void refused(struct run *run, struct order *order, struct host *host,
                    const struct node_answer *answer)
{
    if (answer->detail.err == ERR_DUPLICATE) {
        run_fail(run, host, "order %u is refused because it is there, and not where",
                 order->number);
    }
    if (answer->state == NODE_ACCEPTED || !orders_is_rule(run, order, answer)) {
        return;
    }
    if (order->final || order->stands) {
        run_fail(run, host, "order %u is refused, and was final before", order->number);
    }
    order->refusals++;
    if (!order->refused) {
        order->refused = true;
        run->decided += must_be_decided(order);
        run->result.counters.too_late += order->kind == ORDER_LATE;
        run->result.counters.refused_door += answer->state == NODE_REFUSED;
        run->result.counters.refused_pool += answer->state == NODE_DROPPED;
    }
}

static void answered(void *arg, const struct node_answer *answer)
{
    struct order *order = arg;
    struct run *run = order->run;
    struct host *host = &run->cluster->hosts[order->host];
    order->waiting = false;
    story_say(run->cluster, host, "answers order %u: %d %s %s", order->number, (int)answer->state,
              answer->state == NODE_FINAL ? "" : err_name(answer->detail.err),
              answer->state == NODE_FINAL ? "" : answer->detail.hint);
    run->result.counters.duplicate_answers += answer->duplicate;
    if (answer->state == NODE_FINAL) {
        final(run, order, host, answer);
    } else {
        refused(run, order, host, answer);
    }
}

/* Somebody who competes with this order waits at that machine. */
static bool is_rivals(const struct run *run, const struct order *order, const struct host *host)
{
    for (uint32_t i = order->group; i < RUN_ORDERS && run->orders[i].group == order->group; i++) {
        if (i != order->number && run->orders[i].sent && run->orders[i].host == host->index) {
            return true;
        }
    }
    return false;
}

/* choose gives an honest machine that is up, NULL if the dice find none. Rivals go to different
 * ones where the dice allow it. */
static struct host *choose(struct run *run, const struct order *order)
{
    struct host *second = NULL;
    for (int i = 0; i < 8; i++) {
        struct host *host = &run->cluster->hosts[rng_below(&run->rng, run->validators)];
        if (host->node == NULL || !run->witnesses[host->index].honest) {
            continue;
        }
        if (!is_rivals(run, order, host)) {
            return host;
        }
        second = host;
    }
    return second;
}

static void bring(struct run *run, struct order *order)
{
    struct host *host = choose(run, order);
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
    struct chain_head head;
    host_head(host, &head);
    order->known_ms = head.time_ms;
    order->waiting = node_submit(host->node, order->raw, true, answered, order) == OK;
}

static void give(void *context, uint64_t number)
{
    struct run *run = context;
    struct order *order = &run->orders[number];
    orders_make(run, order);
    bring(run, order);
    /* Some bring it twice, to two machines. */
    if (rng_percent(&run->rng, 15)) {
        bring(run, order);
    }
}

/* Who was refused a wrong account tries it at other machines, too: each must refuse it, whatever it
 * remembers and however long it has been up. */
static bool is_open(const struct run *run, const struct order *order)
{
    const bool insists =
        order->kind == ORDER_WRONG_ACCOUNT && order->refusals < 2u * run->validators;
    return order->raw.size > 0 && !order->final && (!order->refused || insists);
}

static void look(void *context, uint64_t number)
{
    struct run *run = context;
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        struct order *order = &run->orders[i];
        const bool stale = run->cluster->now_us - order->sent_us > PATIENCE_US;
        if (is_open(run, order) && (!order->waiting || stale)) {
            bring(run, order);
        }
    }
    cluster_at(run->cluster, LOOK_US, look, run, number);
}

void client_start(struct run *run)
{
    orders_plan(run);
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        if (run->orders[i].after == i) {
            cluster_at(run->cluster, run->orders[i].delay_us, give, run, i);
        }
    }
    cluster_at(run->cluster, LOOK_US, look, run, 0);
}

bool client_done(const struct run *run)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        open += must_be_decided(&run->orders[i]);
    }
    return run->decided == open;
}

void client_gone(struct run *run, const struct host *host)
{
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        if (run->orders[i].host == host->index) {
            run->orders[i].waiting = false;
        }
    }
}
