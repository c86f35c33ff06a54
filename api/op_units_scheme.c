/* SPDX-License-Identifier: Apache-2.0 */
/* Schemes, and how many units of each series there are: public. */

#include "api/op_units.h"

#include "ledger/codec/json_out_errors.h"
#include "ledger/registry/price.h"
#include "ledger/registry/units_check.h"

static enum err write_assets(struct call *call, struct query *query, const Seam__SchemeSet *scheme)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "asset_classes");
    for (size_t i = 0; err == OK && i < scheme->n_assets; i++) {
        const Seam__AssetRecord *asset = NULL;
        const Seam__PriceLast *last = NULL;
        err = registry_asset(&asset, query_state(query), scheme->assets[i], &call->arena);
        if (err != OK) {
            break;
        }
        err = price_last(&last, query_state(query), scheme->scheme, scheme->assets[i], 0,
                         &call->arena);
        json_out_object(out);
        json_out_message_fields(out, &asset->asset->base, &call->api->fields);
        json_out_field_text(out, "issuer", asset->issuer);
        if (err == OK) {
            json_out_key(out, "last_price");
            json_out_message(out, &last->base, NULL);
        }
        json_out_end(out);
        err = err == ERR_ABSENT ? OK : err;
    }
    json_out_end(out);
    return err == ERR_ABSENT ? OK : err;
}

static enum err answer_scheme(struct call *call, struct query *query, void *context)
{
    const Seam__SchemeRecord *record = NULL;
    struct json_out *out = &call->data;
    enum err err = registry_scheme(&record, query_state(query), context, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "scheme", NULL, NULL);
    }
    json_out_object(out);
    units_show_head(out, query);
    json_out_message_fields(out, &record->scheme->base, &call->api->fields);
    json_out_field_text(out, "organisation", record->organisation);
    json_out_field_uint(out, "height", record->height);
    err = write_assets(call, query, record->scheme);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_get_scheme(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"scheme", "at", NULL};
    const char *scheme = NULL;
    const enum err err = call_text(call, "scheme", true, &scheme);
    return err == OK ? op_lot_run(call, keys, answer_scheme, (void *)(uintptr_t)scheme) : err;
}

/* --- lists ------------------------------------------------------------------------------------ */

/* Writes one entry of a list as an object. */
typedef enum err (*write_entry)(struct call *call, struct query *query, const char *id);

struct list_wanted {
    enum key_table table; /* KEY_SCHEME, KEY_SERIES */
    const char *key;
    write_entry write;
    struct lot_page page;
};

static enum err answer_list(struct call *call, struct query *query, void *context)
{
    const struct list_wanted *wanted = context;
    const Seam__RegistryCounters *counters = NULL;
    struct json_out *out = &call->data;
    uint32_t total = 0;
    enum err err = registry_counters(&counters, query_state(query), &call->arena);
    if (err == OK) {
        total = wanted->table == KEY_SCHEME ? counters->schemes : counters->series;
    }
    err = err == ERR_ABSENT ? OK : err;
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_uint(out, "total", total);
    json_out_field_uint(out, "from", wanted->page.from);
    json_out_field_array(out, wanted->key);
    for (uint32_t i = 0; err == OK && i < wanted->page.count; i++) {
        const Seam__ListEntry *entry = NULL;
        if (wanted->page.from >= total || i >= total - wanted->page.from) {
            break;
        }
        err = view_list(&entry, query_state(query), wanted->table, NULL, wanted->page.from + i,
                        &call->arena);
        if (err == OK) {
            err = wanted->write(call, query, entry->id);
        }
    }
    json_out_end(out);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err list(struct call *call, struct list_wanted *wanted)
{
    static const char *const keys[] = {"from", "count", "at", NULL};
    const enum err err = op_lot_page(call, &wanted->page, LOT_PAGE_MAX);
    return err == OK ? op_lot_run(call, keys, answer_list, wanted) : err;
}

static enum err write_scheme(struct call *call, struct query *query, const char *id)
{
    const Seam__SchemeRecord *record = NULL;
    struct json_out *out = &call->data;
    const enum err err = registry_scheme(&record, query_state(query), id, &call->arena);
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_text(out, "scheme", record->scheme->scheme);
    json_out_field_uint(out, "version", record->scheme->version);
    json_out_field_text(out, "jurisdiction", record->scheme->jurisdiction);
    json_out_field_text(out, "organisation", record->organisation);
    json_out_field_uint(out, "height", record->height);
    json_out_end(out);
    return OK;
}

enum err op_list_schemes(struct call *call, const struct rule_row *row)
{
    (void)row;
    struct list_wanted wanted = {.table = KEY_SCHEME, .key = "schemes", .write = write_scheme};
    return list(call, &wanted);
}

static enum err write_series(struct call *call, struct query *query, const char *id)
{
    const Seam__SeriesRecord *record = NULL;
    struct series series;
    struct json_out *out = &call->data;
    enum err err = series_parse(&series, id, &call->arena);
    if (err == OK) {
        err = registry_series(&record, query_state(query), &series, &call->arena);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_text(out, "series", id);
    json_out_field_uint(out, "issued", record->issued);
    json_out_field_uint(out, "held", record->held);
    json_out_field_uint(out, "surrendered", record->surrendered);
    json_out_field_uint(out, "cancelled", record->cancelled);
    json_out_field_uint(out, "exported", record->exported);
    json_out_field_uint(out, "lapsed", record->lapsed);
    json_out_field_uint(out, "carried", record->carried);
    json_out_end(out);
    return OK;
}

enum err op_list_series(struct call *call, const struct rule_row *row)
{
    (void)row;
    struct list_wanted wanted = {.table = KEY_SERIES, .key = "series", .write = write_series};
    return list(call, &wanted);
}

/* --- everything counted again ----------------------------------------------------------------- */

static enum err answer_check(struct call *call, struct query *query, void *context)
{
    (void)context;
    struct json_out *out = &call->data;
    const Seam__RegistryCounters *counters = NULL;
    struct err_detail detail = {.err = OK};
    enum err err = units_keeper(call, query);
    if (err != OK) {
        return err;
    }
    err = registry_counters(&counters, query_state(query), &call->arena);
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    const uint32_t series = err == OK ? counters->series : 0;
    err = units_check(query_state(query), &call->arena, &detail);
    if (err != OK && detail.err == OK) {
        return call_fail(call, err, NULL, NULL, NULL); /* not read, so not judged */
    }
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_bool(out, "valid", err == OK);
    json_out_field_uint(out, "series", series);
    if (err != OK) {
        json_out_key(out, "problem");
        json_out_detail(out, &detail);
    }
    json_out_end(out);
    return OK;
}

enum err op_check_units(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"at", NULL};
    return op_lot_run(call, keys, answer_check, NULL);
}
