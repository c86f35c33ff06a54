/* SPDX-License-Identifier: Apache-2.0 */
/* Offers and their parts. An offer to everybody (LISTED, without a counterparty) is shown to
 * everybody with a token; who took it, and offers to one account, only to those who are in it: the
 * parties, those who see their accounts, and the organisation that confirms the payment. */

#include "api/op_units.h"

#include "ledger/registry/trade.h"

#include <string.h>

/* --- one offer -------------------------------------------------------------------------------- */

struct trade_sight {
    bool whole; /* the proposer's side, the settlement organisation */
    bool counterparty;
};

static enum err see_trade(struct call *call, struct query *query, const Seam__TradePropose *terms,
                          struct trade_sight *out)
{
    bool own = false;
    enum err err = units_sight_of(call, query, terms->holding, &own);
    if (err == OK) {
        err = units_sight_of(call, query, terms->counterparty, &out->counterparty);
    }
    if (err == OK) {
        out->whole = own || (terms->settlement[0] != '\0' &&
                             strcmp(terms->settlement, call->caller->organisation) == 0);
    }
    return err;
}

static bool is_listed(const Seam__TradePropose *terms)
{
    return strcmp(terms->method, "LISTED") == 0 && terms->counterparty[0] == '\0';
}

static void write_terms(struct call *call, const Seam__TradeRecord *record, uint64_t time_ms)
{
    struct json_out *out = &call->data;
    json_out_message_fields(out, &record->trade->base, &call->api->fields);
    json_out_field_text(out, "scheme", record->scheme);
    json_out_field_text(out, "currency", record->currency);
    json_out_field_text(out, "state", trade_offer_status(record, time_ms));
    json_out_field_uint(out, "taken", record->taken);
    json_out_field_time(out, "proposed", record->time_ms);
    json_out_field_uint(out, "height", record->height);
}

static void write_fill(struct json_out *out, const Seam__FillRecord *fill,
                       const Seam__TradeRecord *record, uint64_t time_ms)
{
    json_out_object(out);
    json_out_field_uint(out, "fill", fill->fill);
    json_out_field_text(out, "state", trade_fill_status(fill, record, time_ms));
    json_out_field_text(out, "seller", fill->seller);
    json_out_field_text(out, "buyer", fill->buyer);
    json_out_key(out, "units");
    json_out_message(out, &fill->units->base, NULL);
    json_out_field_int(out, "amount_fen", fill->amount_fen);
    json_out_field_time(out, "accepted", fill->accepted_ms);
    units_show_time(out, "locked", fill->locked_ms);
    units_show_time(out, "pay_by", fill->pay_by_ms);
    units_show_time(out, "done", fill->done_ms);
    json_out_field_text(out, "reference", fill->reference);
    if (fill->late_ms != 0) {
        json_out_field_int(out, "late_fen", fill->late_fen);
        json_out_field_time(out, "paid_late", fill->late_ms);
        units_show_time(out, "returned", fill->returned_ms);
    }
    json_out_field_text(out, "reason", fill->reason);
    json_out_end(out);
}

/* The parts of an offer that the caller may see; only (0: all) is the number of one of them. */
static enum err write_fills(struct call *call, struct query *query, const Seam__TradeRecord *record,
                            const struct trade_sight *sight, uint32_t only, size_t *shown)
{
    enum err err = OK;
    json_out_field_array(&call->data, "fills");
    for (uint32_t i = 1; err == OK && i <= record->fills; i++) {
        const Seam__FillRecord *fill = NULL;
        bool seller = sight->whole;
        bool buyer = sight->whole;
        if (only != 0 && i != only) {
            continue;
        }
        err = trade_fill_view(&fill, query_state(query), record->trade->trade, i, &call->arena);
        if (err == OK && !sight->whole) {
            err = units_sight_of(call, query, fill->seller, &seller);
        }
        if (err == OK && !sight->whole) {
            err = units_sight_of(call, query, fill->buyer, &buyer);
        }
        if (err == OK && (seller || buyer)) {
            write_fill(&call->data, fill, record, query_time(query));
            *shown += 1;
        }
    }
    json_out_end(&call->data);
    return err;
}

static enum err write_trade(struct call *call, struct query *query, const Seam__TradeRecord *record,
                            const struct trade_sight *sight, uint32_t only, size_t *shown)
{
    write_terms(call, record, query_time(query));
    return write_fills(call, query, record, sight, only, shown);
}

static enum err answer_trade(struct call *call, struct query *query, void *context)
{
    const Seam__TradeRecord *record = NULL;
    struct trade_sight sight = {.whole = false};
    size_t shown = 0;
    enum err err = trade_view(&record, query_state(query), context, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "trade", NULL, NULL);
    }
    err = see_trade(call, query, record->trade, &sight);
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    units_show_head(&call->data, query);
    err = write_trade(call, query, record, &sight, 0, &shown);
    json_out_end(&call->data);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    if (!sight.whole && !sight.counterparty && shown == 0 && !is_listed(record->trade)) {
        return call_fail(call, ERR_ROLE, "trade", NULL, "only its parties see it");
    }
    return OK;
}

enum err op_get_trade(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"trade", "at", NULL};
    const char *trade = NULL;
    const enum err err = call_text(call, "trade", true, &trade);
    return err == OK ? op_lot_run(call, keys, answer_trade, (void *)(uintptr_t)trade) : err;
}

/* --- lists ------------------------------------------------------------------------------------ */

struct trades_wanted {
    const char *holding; /* NULL: of all, those the caller may see */
    bool waiting; /* only offers that can still be taken or locked */
    bool late; /* parts that were paid too late, and not returned yet */
    struct lot_page page;
};

static bool is_waiting(const Seam__TradeRecord *record, uint64_t time_ms)
{
    const char *status = trade_offer_status(record, time_ms);
    return strcmp(status, "OPEN") == 0 || strcmp(status, "TAKEN") == 0;
}

/* A late part that went back is over. */
static enum err still_late(bool *out, struct call *call, struct query *query, const char *trade,
                           uint32_t number)
{
    const Seam__FillRecord *fill = NULL;
    const enum err err = trade_fill_view(&fill, query_state(query), trade, number, &call->arena);
    *out = err == OK && fill->state == FILL_PAID_LATE;
    return err;
}

static enum err write_entry(struct call *call, struct query *query,
                            const struct trades_wanted *wanted, const Seam__ListEntry *entry)
{
    const Seam__TradeRecord *record = NULL;
    struct trade_sight sight = {.whole = false};
    bool late = true;
    size_t shown = 0;
    enum err err = trade_view(&record, query_state(query), entry->id, &call->arena);
    if (err == OK && wanted->late) {
        err = still_late(&late, call, query, entry->id, entry->version);
    }
    if (err == OK) {
        err = see_trade(call, query, record->trade, &sight);
    }
    const bool seen = wanted->holding != NULL || sight.whole || sight.counterparty ||
                      (err == OK && !wanted->late && is_listed(record->trade));
    if (err != OK || !seen || !late ||
        (wanted->waiting && !is_waiting(record, query_time(query)))) {
        return err;
    }
    json_out_object(&call->data);
    err = write_trade(call, query, record, &sight, entry->version, &shown);
    json_out_end(&call->data);
    return err;
}

static enum err answer_trades(struct call *call, struct query *query, void *context)
{
    const struct trades_wanted *wanted = context;
    const Seam__HoldingRecord *holding = NULL;
    const enum key_table table = wanted->late ? KEY_TRADE_FILL : KEY_TRADE;
    struct json_out *out = &call->data;
    struct hash owner;
    const struct hash *of = NULL;
    uint32_t total = 0;
    enum err err = OK;
    if (wanted->holding != NULL) {
        err = units_sight_need(call, query, wanted->holding, &holding);
        id_hash(&owner, KEY_HOLDING, wanted->holding);
        of = &owner;
    }
    if (err != OK) {
        return err;
    }
    err = trade_count(&total, query_state(query), table, of, &call->arena);
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_uint(out, "total", total);
    json_out_field_uint(out, "from", wanted->page.from);
    json_out_field_array(out, "trades");
    for (uint32_t i = 0; err == OK && i < wanted->page.count; i++) {
        const Seam__ListEntry *entry = NULL;
        if (wanted->page.from >= total || i >= total - wanted->page.from) {
            break;
        }
        err = view_list(&entry, query_state(query), table, of, wanted->page.from + i, &call->arena);
        if (err == OK) {
            err = write_entry(call, query, wanted, entry);
        }
    }
    json_out_end(out);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_list_trades(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"holding", "waiting", "late", "from", "count", "at", NULL};
    struct trades_wanted wanted = {.holding = NULL};
    enum err err = call_text(call, "holding", false, &wanted.holding);
    if (err == OK) {
        err = op_lot_switch(call, "waiting", &wanted.waiting);
    }
    if (err == OK) {
        err = op_lot_switch(call, "late", &wanted.late);
    }
    if (err == OK) {
        err = op_lot_page(call, &wanted.page, LOT_PAGE_MAX);
    }
    if (err == OK && wanted.late && wanted.holding != NULL) {
        return call_fail(call, ERR_PARAM, "late", NULL, "late parts are one list of all accounts");
    }
    return err == OK ? op_lot_run(call, keys, answer_trades, &wanted) : err;
}
