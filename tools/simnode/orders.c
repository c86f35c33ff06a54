/* SPDX-License-Identifier: Apache-2.0 */
/* What clients order. Most orders have nothing to do with each other; those of a group compete for
 * one person, one key or one month of a facility, so that at most one of them takes effect, and of
 * the others nothing: which one, their place in the chain decides, but a wrong account never. */
#include "tools/simnode/run.h"

#include <string.h>

#include "ledger/accounting/view.h"
#include "ledger/codec/message.h"
#include "ledger/exec/exec.h"
#include "ledger/governance/view.h"
#include "tools/load/account.h"

#define EARLY_US 200000u
#define SPREAD_US 9000000u /* all orders that wait for nothing are given within */
#define FACILITY_US 5000000u /* and facilities within */
#define ACCOUNT_US 60000u /* an account and a wrong one within, once its facility is final */
#define CONTEST_US 150000u /* and those of a group within */
#define LATE_US 3000000u /* and those that may come too late within */
#define LATE_VALID_MS 3000u /* good for that long at most */
#define VALID_MS 600000u
#define JUDGE_ARENA ((size_t)16 << 20)

/* The first orders, group by group. */
static const struct {
    enum order_kind kind;
    uint32_t count;
} groups[] = {{ORDER_SAME_PERSON, 3}, {ORDER_SAME_PERSON, 2}, {ORDER_SAME_KEY, 2}};

#define FACILITIES 2
#define LATES 2
#define GROUPS (sizeof groups / sizeof groups[0])

static void add(struct run *run, uint32_t *next, struct order order)
{
    order.run = run;
    order.number = *next;
    run->orders[(*next)++] = order;
}

static void plan_group(struct run *run, uint32_t *next, enum order_kind kind, uint32_t count)
{
    const uint64_t begin_us = EARLY_US + rng_below(&run->rng, SPREAD_US - CONTEST_US);
    const uint16_t first = (uint16_t)rng_below(&run->rng, run->validators);
    const uint32_t group = *next;
    for (uint32_t i = 0; i < count; i++) {
        add(run, next,
            (struct order){.kind = kind,
                           .group = group,
                           .after = *next,
                           .organisation = (uint16_t)((first + i) % run->validators),
                           .delay_us = begin_us + rng_below(&run->rng, CONTEST_US)});
    }
}

static void plan_account(struct run *run, uint32_t *next, enum order_kind kind, uint32_t group,
                         uint32_t facility)
{
    add(run, next,
        (struct order){.kind = kind,
                       .group = group,
                       .after = facility,
                       .facility = facility,
                       .organisation = run->orders[facility].organisation,
                       .delay_us = rng_below(&run->rng, ACCOUNT_US)});
}

static uint32_t plan_facility(struct run *run, uint32_t *next, uint32_t after)
{
    const uint32_t facility = *next;
    add(run, next,
        (struct order){.kind = ORDER_FACILITY,
                       .group = facility,
                       .after = after,
                       .facility = facility,
                       /* The first organisation is the regulator. */
                       .organisation = (uint16_t)rng_between(&run->rng, 1, run->validators - 1u),
                       .delay_us = EARLY_US + rng_below(&run->rng, FACILITY_US)});
    return facility;
}

/* Facilities; once one is final, its account and a wrong one at nearly the same time. One more,
 * which has a wrong account only: when machines remember that the same lines were right elsewhere.
 */
static void plan_facilities(struct run *run, uint32_t *next)
{
    uint32_t facility = 0;
    for (int i = 0; i < FACILITIES; i++) {
        facility = plan_facility(run, next, *next);
        plan_account(run, next, ORDER_ACCOUNT, facility + 1, facility);
        plan_account(run, next, ORDER_WRONG_ACCOUNT, facility + 1, facility);
    }
    const uint32_t lone = plan_facility(run, next, facility + 1);
    plan_account(run, next, ORDER_WRONG_ACCOUNT, lone + 1, lone);
}

static void plan_late(struct run *run, uint32_t *next)
{
    add(run, next,
        (struct order){.kind = ORDER_LATE,
                       .group = *next,
                       .after = *next,
                       .organisation = (uint16_t)rng_below(&run->rng, run->validators),
                       .delay_us = EARLY_US + rng_below(&run->rng, LATE_US)});
}

void orders_plan(struct run *run)
{
    uint32_t next = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        plan_group(run, &next, groups[i].kind, groups[i].count);
    }
    plan_facilities(run, &next);
    for (int i = 0; i < LATES; i++) {
        plan_late(run, &next);
    }
    while (next < RUN_ORDERS) {
        plan_group(run, &next, ORDER_PERSON, 1);
    }
}

/* The lines of facilities whose numbers agree in the last three digits are the same: what a machine
 * remembers of the one must not pass for the other. */
static uint32_t facility_of(const struct order *order)
{
    return 1000 * order->facility;
}

void orders_make(struct run *run, struct order *order)
{
    struct town *town = &run->cluster->town;
    const uint64_t valid_ms =
        order->kind == ORDER_LATE ? rng_below(&run->rng, LATE_VALID_MS) : VALID_MS;
    const uint64_t valid_until_ms = TOWN_TIME + run->cluster->now_us / 1000 + valid_ms;
    struct bytes body;
    order->valid_until_ms = valid_until_ms;
    switch (order->kind) {
    case ORDER_PERSON:
    case ORDER_SAME_PERSON:
    case ORDER_LATE:
        order->raw = town_register(town, order->organisation, order->group, valid_until_ms);
        break;
    case ORDER_SAME_KEY:
        order->raw = town_register_two(town, order->organisation, order->number, order->group,
                                       valid_until_ms);
        break;
    case ORDER_FACILITY:
        order->raw = town_facility(town, order->organisation, facility_of(order), valid_until_ms);
        break;
    case ORDER_ACCOUNT:
    case ORDER_WRONG_ACCOUNT:
        order->raw = town_account(town, order->organisation, facility_of(order),
                                  order->kind == ORDER_ACCOUNT, valid_until_ms);
        break;
    }
    if (exec_peek_body(order->raw, &body)) {
        exec_tx_id(&order->tx_id, &town->chain_id, body);
    }
    run->result.counters.submitted++;
    run->result.counters.contested +=
        order->kind == ORDER_SAME_PERSON || order->kind == ORDER_SAME_KEY;
    run->result.counters.accounts += order->kind == ORDER_ACCOUNT;
}

/* What is too late by a clock may stand in a block that this machine does not know, unless a final
 * one is later than it; where it was in the pool the node says so only then. */
static bool is_too_late(const struct order *order, const struct node_answer *answer)
{
    return answer->state == NODE_DROPPED || order->known_ms >= order->valid_until_ms;
}

/* A wrong account whose month nobody competes for. */
static bool is_lone(const struct order *order)
{
    return order->group == order->number;
}

bool orders_is_rule(struct run *run, const struct order *order, const struct node_answer *answer)
{
    const struct err_detail *detail = &answer->detail;
    if (detail->err == ERR_BUSY || detail->err == ERR_ABSENT || view_failed(detail->err)) {
        return false; /* no room, or this machine lags or is damaged */
    }
    switch (order->kind) {
    case ORDER_SAME_PERSON:
    case ORDER_SAME_KEY:
        if (detail->err == ERR_CONFLICT) {
            return true;
        }
        break;
    case ORDER_WRONG_ACCOUNT:
        run->result.counters.wrong_totals += detail->err == ERR_TOTAL;
        if (detail->err == ERR_TOTAL || (detail->err == ERR_CONFLICT && !is_lone(order))) {
            return true;
        }
        break;
    case ORDER_LATE:
        if (detail->err == ERR_EXPIRED) {
            return is_too_late(order, answer);
        }
        break;
    case ORDER_PERSON:
    case ORDER_FACILITY:
    case ORDER_ACCOUNT:
        break;
    }
    run_fail(run, NULL, "order %u is refused without a reason: %s %s", order->number,
             err_name(detail->err), detail->hint);
    return true;
}

/* One of those that compete with this order takes effect. */
static bool is_certain(const struct run *run, const struct order *order)
{
    const enum order_kind first = run->orders[order->group].kind;
    return first != ORDER_WRONG_ACCOUNT && first != ORDER_LATE;
}

uint32_t orders_final_count(const struct run *run, struct chain_view *view)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        const struct order *order = &run->orders[i];
        struct chain_tx_place place;
        count += order->kind == ORDER_LATE ? chain_view_tx(view, &order->tx_id, &place) == OK
                                           : order->group == i && is_certain(run, order);
    }
    return count;
}

/* --- the end
 * ------------------------------------------------------------------------------------- */

static void judge_groups(struct run *run)
{
    uint32_t winners[RUN_ORDERS] = {0};
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        winners[run->orders[i].group] += run->orders[i].final;
    }
    for (uint32_t i = 0; i < RUN_ORDERS; i++) {
        if (run->orders[i].group == i && is_certain(run, &run->orders[i]) && winners[i] != 1) {
            run_fail(run, NULL, "ledger: %u of those that compete with order %u took effect",
                     winners[i], i);
        }
    }
}

static enum err holder_of(char out[TOWN_NAME], struct overlay *state, struct sign_key key,
                          struct arena *arena)
{
    struct hash id;
    const Seam__KeyRecord *record = NULL;
    sign_key_id(&id, SUITE_ED25519_SHA256, bytes_of(key.public_key, sizeof key.public_key));
    const enum err err = view_key(&record, state, &id, arena);
    if (err == OK) {
        (void)snprintf(out, TOWN_NAME, "%s", record->organisation);
    }
    return err;
}

/* A person that took effect has its keys, of one that was refused there is nothing. */
static void judge_person(struct run *run, struct host *host, struct overlay *state,
                         const struct order *order, struct arena *arena)
{
    char person[TOWN_NAME];
    char organisation[TOWN_NAME];
    char holder[TOWN_NAME] = "";
    const Seam__PersonRecord *record = NULL;
    const bool same_key = order->kind == ORDER_SAME_KEY;
    const uint32_t number = same_key ? order->number : order->group;
    town_person(person, number);
    town_organisation(organisation, order->organisation);
    const enum err err = view_person(&record, state, person, arena);
    if (order->final) {
        const struct sign_key key =
            same_key ? town_shared_key(order->group) : town_person_key(number);
        if (err != OK || strcmp(record->organisation, organisation) != 0 ||
            holder_of(holder, state, key, arena) != OK || strcmp(holder, organisation) != 0) {
            run_fail(run, host, "ledger: order %u is final and %s is not of %s", order->number,
                     person, organisation);
        }
    } else if (same_key || (order->kind == ORDER_LATE && order->refused)) {
        if (err != ERR_ABSENT ||
            holder_of(holder, state, town_person_key(number), arena) != ERR_ABSENT) {
            run_fail(run, host, "ledger: order %u was refused and left something of %s",
                     order->number, person);
        }
    }
}

/* The account stands in force as its sender signed it, to the byte, so with the same totals. */
static void judge_account(struct run *run, struct host *host, struct overlay *state,
                          const struct order *order, struct arena *arena)
{
    char facility[LOAD_FACILITY_TEXT];
    const struct load_accounts *accounts = run->cluster->town.accounts;
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *record = NULL;
    struct exec_tx tx;
    struct bytes signed_bytes = {0};
    const char *period = load_accounts_period(accounts);
    load_accounts_facility(facility, facility_of(order));
    if (exec_decode(&tx, &run->cluster->town.chain_id, order->raw, arena, NULL) != OK ||
        message_pack(&signed_bytes, tx.payload, arena) != OK ||
        view_account(&head, state, facility, period, arena) != OK || head->version != 1 ||
        view_account_version(&record, state, facility, period, 1, arena) != OK ||
        !bytes_equal(bytes_of(record->account.data, record->account.len), signed_bytes)) {
        run_fail(run, host, "ledger: the account of %s is not the one that was signed", facility);
    }
}

static void judge_order(struct run *run, struct host *host, struct overlay *state,
                        const struct order *order, struct arena *arena)
{
    if (order->final && order->height > host_height(host)) {
        return; /* an observer, who may be one block behind */
    }
    switch (order->kind) {
    case ORDER_PERSON:
    case ORDER_SAME_PERSON:
    case ORDER_SAME_KEY:
    case ORDER_LATE:
        judge_person(run, host, state, order, arena);
        break;
    case ORDER_ACCOUNT:
        judge_account(run, host, state, order, arena);
        break;
    case ORDER_FACILITY: /* its account says that it is there */
    case ORDER_WRONG_ACCOUNT: /* it is not the one in force */
        break;
    }
}

void orders_judge(struct run *run, struct host *host)
{
    struct arena arena;
    struct chain_state *state = chain_db_state(host->db);
    arena_init(&arena, JUDGE_ARENA);
    judge_groups(run);
    for (uint32_t i = 0; i < RUN_ORDERS && !run_failed(run); i++) {
        judge_order(run, host, chain_state_overlay(state), &run->orders[i], &arena);
    }
    arena_free(&arena);
    chain_state_drop(state);
}
