/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers, trusted accounts and surrenders, for those who see the accounts. */

#include "api/op_units.h"

#include "ledger/registry/surrender.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/transfer.h"

#include <string.h>

/* --- transfers -------------------------------------------------------------------------------- */

static void write_transfer(struct json_out *out, const Seam__TransferRecord *record,
                           uint64_t time_ms)
{
    json_out_field_text(out, "transfer", record->transfer);
    json_out_field_text(out, "from_holding", record->from);
    json_out_field_text(out, "to_holding", record->to);
    json_out_field_text(out, "state", transfer_status(record, time_ms));
    json_out_field_bool(out, "trusted", record->trusted);
    units_show(out, "units", record->units, record->n_units);
    json_out_field_text(out, "reference", record->reference);
    json_out_field_time(out, "proposed", record->time_ms);
    units_show_time(out, "expires", record->expires_ms);
    units_show_time(out, "not_before", record->execute_ms);
    units_show_time(out, "done", record->done_ms);
    json_out_field_uint(out, "height", record->height);
}

static enum err answer_transfer(struct call *call, struct query *query, void *context)
{
    const Seam__TransferRecord *record = NULL;
    bool sender = false;
    bool receiver = false;
    enum err err = registry_transfer(&record, query_state(query), context, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "transfer", NULL, NULL);
    }
    err = units_sight_of(call, query, record->from, &sender);
    if (err == OK) {
        err = units_sight_of(call, query, record->to, &receiver);
    }
    if (err != OK) {
        return err;
    }
    if (!sender && !receiver) {
        return call_fail(call, ERR_ROLE, "transfer", NULL, "only its parties see it");
    }
    json_out_object(&call->data);
    units_show_head(&call->data, query);
    write_transfer(&call->data, record, query_time(query));
    json_out_end(&call->data);
    return OK;
}

enum err op_get_transfer(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"transfer", "at", NULL};
    const char *transfer = NULL;
    const enum err err = call_text(call, "transfer", true, &transfer);
    return err == OK ? op_lot_run(call, keys, answer_transfer, (void *)(uintptr_t)transfer) : err;
}

/* --- lists of one account --------------------------------------------------------------------- */

struct list_wanted {
    const char *holding;
    uint32_t year; /* of surrenders */
    bool waiting; /* transfers only: those somebody still has to do something about */
    enum key_table table;
    const char *key;
    /* Writes an entry as an object, or nothing. */
    enum err (*write)(struct call *call, struct query *query, const struct list_wanted *wanted,
                      const char *id);
    struct lot_page page;
};

static enum err answer_list(struct call *call, struct query *query, void *context)
{
    const struct list_wanted *wanted = context;
    const Seam__HoldingRecord *holding = NULL;
    struct json_out *out = &call->data;
    struct hash owner;
    uint32_t total = 0;
    enum err err = units_sight_need(call, query, wanted->holding, &holding);
    if (err != OK) {
        return err;
    }
    if (wanted->table == KEY_SURRENDER) {
        surrender_list_owner(&owner, wanted->holding, wanted->year);
    } else {
        id_hash(&owner, KEY_HOLDING, wanted->holding);
    }
    err = trade_count(&total, query_state(query), wanted->table, &owner, &call->arena);
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_text(out, "holding", holding->holding);
    json_out_field_uint(out, "total", total);
    json_out_field_uint(out, "from", wanted->page.from);
    json_out_field_array(out, wanted->key);
    for (uint32_t i = 0; err == OK && i < wanted->page.count; i++) {
        const Seam__ListEntry *entry = NULL;
        if (wanted->page.from >= total || i >= total - wanted->page.from) {
            break;
        }
        err = view_list(&entry, query_state(query), wanted->table, &owner, wanted->page.from + i,
                        &call->arena);
        if (err == OK) {
            err = wanted->write(call, query, wanted, entry->id);
        }
    }
    json_out_end(out);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err list(struct call *call, struct list_wanted *wanted, const char *const *keys)
{
    enum err err = call_text(call, "holding", true, &wanted->holding);
    if (err == OK) {
        err = op_lot_page(call, &wanted->page, LOT_PAGE_MAX);
    }
    return err == OK ? op_lot_run(call, keys, answer_list, wanted) : err;
}

static enum err list_transfer(struct call *call, struct query *query,
                              const struct list_wanted *wanted, const char *id)
{
    const Seam__TransferRecord *record = NULL;
    const enum err err = registry_transfer(&record, query_state(query), id, &call->arena);
    if (err != OK) {
        return err;
    }
    if (!wanted->waiting || record->state == TRANSFER_PROPOSED ||
        record->state == TRANSFER_DELAYED) {
        json_out_object(&call->data);
        write_transfer(&call->data, record, query_time(query));
        json_out_end(&call->data);
    }
    return OK;
}

enum err op_list_transfers(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"holding", "waiting", "from", "count", "at", NULL};
    struct list_wanted wanted = {.table = KEY_ORDER, .key = "transfers", .write = list_transfer};
    const enum err err = op_lot_switch(call, "waiting", &wanted.waiting);
    return err == OK ? list(call, &wanted, keys) : err;
}

static enum err list_trusted(struct call *call, struct query *query,
                             const struct list_wanted *wanted, const char *id)
{
    const Seam__TrustRecord *record = NULL;
    struct json_out *out = &call->data;
    const enum err err =
        registry_trust(&record, query_state(query), wanted->holding, id, &call->arena);
    if (err != OK) {
        return err;
    }
    const bool active = record->active_from_ms <= query_time(query);
    json_out_object(out);
    json_out_field_text(out, "trusted", record->trusted);
    json_out_field_text(out, "state",
                        record->removed_ms != 0 ? "REMOVED"
                        : active                ? "ACTIVE"
                                                : "PENDING_ACTIVATION");
    json_out_field_text(out, "reason", record->reason);
    json_out_field_time(out, "active_from", record->active_from_ms);
    units_show_time(out, "removed", record->removed_ms);
    json_out_end(out);
    return OK;
}

enum err op_list_trusted_accounts(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"holding", "from", "count", "at", NULL};
    struct list_wanted wanted = {.table = KEY_TRUST, .key = "accounts", .write = list_trusted};
    return list(call, &wanted, keys);
}

/* --- surrenders ------------------------------------------------------------------------------- */

static void write_surrender(struct json_out *out, const Seam__SurrenderRecord *record,
                            uint64_t time_ms)
{
    json_out_field_text(out, "surrender", record->surrender);
    json_out_field_text(out, "scheme", record->scheme);
    json_out_field_text(out, "holding", record->holding);
    json_out_field_uint(out, "year", record->year);
    json_out_field_text(out, "state", surrender_status(record, time_ms));
    json_out_field_uint(out, "allowances", record->allowances);
    json_out_field_uint(out, "offsets", record->offsets);
    json_out_field_int(out, "obligation_t", record->obligation);
    units_show(out, "units", record->units, record->n_units);
    json_out_field_text(out, "beneficiary", record->beneficiary);
    json_out_field_text(out, "purpose", record->purpose);
    json_out_field_time(out, "proposed", record->time_ms);
    units_show_time(out, "decided", record->decided_ms);
    json_out_field_text(out, "decided_by", record->decided_by);
    units_show_time(out, "reversible_until", record->reversible_until_ms);
    units_show_time(out, "reversed", record->reversed_ms);
    json_out_field_text(out, "reason", record->reason);
    json_out_field_hex(out, "transaction", bytes_of(record->tx_id.data, record->tx_id.len));
    json_out_field_uint(out, "height", record->height);
}

static enum err answer_surrender(struct call *call, struct query *query, void *context)
{
    const Seam__SurrenderRecord *record = NULL;
    const Seam__HoldingRecord *holding = NULL;
    enum err err = surrender_view(&record, query_state(query), context, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "surrender", NULL, NULL);
    }
    err = units_sight_need(call, query, record->holding, &holding);
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    units_show_head(&call->data, query);
    write_surrender(&call->data, record, query_time(query));
    json_out_end(&call->data);
    return OK;
}

enum err op_get_surrender(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"surrender", "at", NULL};
    const char *surrender = NULL;
    const enum err err = call_text(call, "surrender", true, &surrender);
    return err == OK ? op_lot_run(call, keys, answer_surrender, (void *)(uintptr_t)surrender) : err;
}

static enum err list_surrender(struct call *call, struct query *query,
                               const struct list_wanted *wanted, const char *id)
{
    (void)wanted;
    const Seam__SurrenderRecord *record = NULL;
    const enum err err = surrender_view(&record, query_state(query), id, &call->arena);
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    write_surrender(&call->data, record, query_time(query));
    json_out_end(&call->data);
    return OK;
}

enum err op_list_surrenders(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"holding", "year", "from", "count", "at", NULL};
    struct list_wanted wanted = {
        .table = KEY_SURRENDER, .key = "surrenders", .write = list_surrender};
    const enum err err = units_year(call, &wanted.year);
    return err == OK ? list(call, &wanted, keys) : err;
}
