/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts and what lies in them. */

#include "api/op_units.h"

#include "ledger/registry/trade.h"

#include <string.h>

#define HOLDING_BLOCKS_MAX 5000 /* of one answer */

struct holdings_wanted {
    const char *holding;
    const char *asset; /* NULL: all */
    bool blocks;
    struct lot_page page;
    size_t blocks_left;
};

/* --- one position ----------------------------------------------------------------------------- */

static enum err write_blocks(struct call *call, struct query *query,
                             const Seam__PositionRecord *position, struct holdings_wanted *wanted)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "blocks");
    for (unsigned shelf = 2 * UNIT_TRADE; err == OK && shelf < 2 * UNIT_STATES; shelf++) {
        for (uint32_t i = 0; wanted->blocks_left > 0; i++) {
            const Seam__BlockRecord *block = NULL;
            err =
                registry_shelf_block(&block, query_state(query), position,
                                     (enum unit_state)(shelf / 2), shelf % 2 != 0, i, &call->arena);
            if (err != OK) {
                break;
            }
            json_out_object(out);
            json_out_field_uint(out, "start", block->start);
            json_out_field_uint(out, "end", block->end);
            json_out_field_text(out, "state", sm_name(&unit_machine, (uint8_t)block->state));
            if (block->frozen.len != 0) {
                json_out_field_bool(out, "frozen", true);
                json_out_field_bool(out, "surrenderable", block->surrenderable);
            }
            json_out_end(out);
            wanted->blocks_left--;
        }
        err = err == ERR_ABSENT ? OK : err;
    }
    json_out_end(out);
    return err;
}

static uint64_t of_state(const Seam__PositionRecord *position, enum unit_state state)
{
    return registry_shelf(position, state, false) + registry_shelf(position, state, true);
}

/* Frozen units of any state that is not an end; the other numbers are without them. */
static uint64_t frozen_of(const Seam__PositionRecord *position)
{
    uint64_t sum = 0;
    for (enum unit_state at = UNIT_TRADE; at < UNIT_SURRENDERED; at++) {
        sum += registry_shelf(position, at, true);
    }
    return sum;
}

/* What expired locks hold is the seller's again, although nobody has moved it yet [decision D11].
 */
static enum err write_position(struct call *call, struct query *query, const struct series *series,
                               const char *name, struct holdings_wanted *wanted)
{
    struct json_out *out = &call->data;
    const Seam__PositionRecord *position = NULL;
    uint64_t expired = 0;
    enum err err =
        registry_position(&position, query_state(query), wanted->holding, series, &call->arena);
    if (err == OK) {
        err = trade_expired(&expired, query_state(query), wanted->holding, series,
                            query_time(query), &call->arena);
    }
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    const uint64_t reserved = registry_shelf(position, UNIT_RESERVED, false);
    expired = expired < reserved ? expired : reserved;
    json_out_object(out);
    json_out_field_text(out, "series", name);
    json_out_field_text(out, "asset", series->asset);
    json_out_field_text(out, "project", series->project);
    json_out_field_uint(out, "vintage", series->vintage);
    json_out_field_uint(out, "trade", registry_shelf(position, UNIT_TRADE, false) + expired);
    json_out_field_uint(out, "register", registry_shelf(position, UNIT_REGISTER, false));
    json_out_field_uint(out, "reserved", reserved - expired);
    json_out_field_uint(out, "pending", registry_shelf(position, UNIT_PENDING, false));
    json_out_field_uint(out, "frozen", frozen_of(position));
    json_out_field_uint(out, "surrendered", of_state(position, UNIT_SURRENDERED));
    json_out_field_uint(out, "cancelled", of_state(position, UNIT_CANCELLED));
    json_out_field_uint(out, "exported", of_state(position, UNIT_EXPORTED));
    json_out_field_uint(out, "carried", of_state(position, UNIT_CARRIED));
    json_out_field_uint(out, "lapsed", of_state(position, UNIT_LAPSED));
    err = wanted->blocks ? write_blocks(call, query, position, wanted) : OK;
    json_out_end(out);
    return err;
}

static enum err write_positions(struct call *call, struct query *query,
                                struct holdings_wanted *wanted)
{
    struct json_out *out = &call->data;
    uint32_t total = 0;
    enum err err = registry_positions(&total, query_state(query), wanted->holding, &call->arena);
    json_out_field_uint(out, "total", total);
    json_out_field_uint(out, "from", wanted->page.from);
    json_out_field_array(out, "positions");
    for (uint32_t i = 0; err == OK && i < wanted->page.count; i++) {
        const char *name = NULL;
        struct series series;
        if (wanted->page.from >= total || i >= total - wanted->page.from) {
            break;
        }
        err = registry_position_name(&name, query_state(query), wanted->holding,
                                     wanted->page.from + i, &call->arena);
        if (err == OK) {
            err = series_parse(&series, name, &call->arena);
        }
        if (err == OK && (wanted->asset == NULL || strcmp(wanted->asset, series.asset) == 0)) {
            err = write_position(call, query, &series, name, wanted);
        }
    }
    json_out_end(out);
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* --- one account ------------------------------------------------------------------------------ */

static void write_rights(struct json_out *out, const Seam__HoldingRecord *holding)
{
    static const char *const names[] = {"SEND", "RECEIVE", "SURRENDER"};
    const uint32_t rights =
        holding->state < HOLDING_STATES ? holding_rights((enum holding_state)holding->state) : 0;
    json_out_field_array(out, "may");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((rights & 1u << i) != 0) {
            json_out_text(out, names[i]);
        }
    }
    json_out_end(out);
}

static void write_texts(struct json_out *out, const char *key, char *const *texts, size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_text(out, texts[i]);
    }
    json_out_end(out);
}

static enum err write_orders(struct call *call, struct query *query,
                             const Seam__HoldingRecord *holding)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "freezes");
    for (size_t i = 0; err == OK && i < holding->n_freezes; i++) {
        const Seam__FreezeRecord *order = NULL;
        err = registry_freeze(&order, query_state(query), holding->freezes[i], &call->arena);
        if (err == OK) {
            json_out_object(out);
            json_out_field_text(out, "order", order->order);
            json_out_field_text(out, "authority", order->authority);
            json_out_field_bool(out, "allow_surrender", order->allow_surrender);
            units_show_time(out, "until", order->until_ms);
            json_out_end(out);
        }
    }
    json_out_end(out);
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static enum err write_inside(struct call *call, struct query *query,
                             const Seam__HoldingRecord *holding, struct holdings_wanted *wanted)
{
    struct json_out *out = &call->data;
    write_rights(out, holding);
    write_texts(out, "facilities", holding->facilities, holding->n_facilities);
    json_out_field_uint(out, "covered_from", holding->covered_from);
    write_texts(out, "representatives", holding->representatives, holding->n_representatives);
    json_out_field_text(out, "reason", holding->reason);
    json_out_field_uint(out, "debt_due", holding_due(holding));
    json_out_field_array(out, "debts");
    for (size_t i = 0; i < holding->n_debts; i++) {
        json_out_message(out, &holding->debts[i]->base, NULL);
    }
    json_out_end(out);
    const enum err err = write_orders(call, query, holding);
    return err == OK ? write_positions(call, query, wanted) : err;
}

static enum err answer_holdings(struct call *call, struct query *query, void *context)
{
    struct holdings_wanted *wanted = context;
    const Seam__HoldingRecord *holding = NULL;
    struct json_out *out = &call->data;
    bool allowed = false;
    enum err err = registry_holding(&holding, query_state(query), wanted->holding, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "holding", NULL, NULL);
    }
    err = units_sight(call, query, holding, &allowed);
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    units_show_head(out, query);
    units_show_holding(out, holding);
    json_out_field_text(out, "shown", allowed ? "ALL" : "PUBLIC");
    err = allowed ? write_inside(call, query, holding, wanted) : OK;
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_get_holdings(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"holding", "asset", "blocks", "from", "count", "at", NULL};
    struct holdings_wanted wanted = {.blocks_left = HOLDING_BLOCKS_MAX};
    enum err err = call_text(call, "holding", true, &wanted.holding);
    if (err == OK) {
        err = call_text(call, "asset", false, &wanted.asset);
    }
    if (err == OK) {
        err = op_lot_switch(call, "blocks", &wanted.blocks);
    }
    if (err == OK) {
        err = op_lot_page(call, &wanted.page, LOT_PAGE_MAX);
    }
    return err == OK ? op_lot_run(call, keys, answer_holdings, &wanted) : err;
}

/* --- all accounts ----------------------------------------------------------------------------- */

struct accounts_wanted {
    const char *organisation;
    struct lot_page page;
};

static enum err answer_accounts(struct call *call, struct query *query, void *context)
{
    const struct accounts_wanted *wanted = context;
    const Seam__RegistryCounters *counters = NULL;
    struct json_out *out = &call->data;
    uint32_t found = 0;
    enum err err = registry_counters(&counters, query_state(query), &call->arena);
    const uint32_t all = err == OK ? counters->holdings : 0;
    err = err == ERR_ABSENT ? OK : err;
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_uint(out, "from", wanted->page.from);
    json_out_field_array(out, "accounts");
    for (uint32_t i = 0; err == OK && i < all; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__HoldingRecord *record = NULL;
        err = view_list(&entry, query_state(query), KEY_HOLDING, NULL, i, &call->arena);
        if (err == OK) {
            err = registry_holding(&record, query_state(query), entry->id, &call->arena);
        }
        if (err != OK ||
            (wanted->organisation != NULL && strcmp(wanted->organisation, record->holder) != 0)) {
            continue;
        }
        if (found >= wanted->page.from && found - wanted->page.from < wanted->page.count) {
            json_out_object(out);
            units_show_holding(out, record);
            json_out_end(out);
        }
        found++;
    }
    json_out_end(out);
    json_out_field_uint(out, "total", found);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_list_holding_accounts(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"organisation", "from", "count", "at", NULL};
    struct accounts_wanted wanted = {.organisation = NULL};
    enum err err = call_text(call, "organisation", false, &wanted.organisation);
    if (err == OK) {
        err = op_lot_page(call, &wanted.page, LOT_PAGE_MAX);
    }
    return err == OK ? op_lot_run(call, keys, answer_accounts, &wanted) : err;
}
