/* SPDX-License-Identifier: Apache-2.0 */
/* Coal lots as the ledger has them, and their lists. What records and what traces stands in the
 * files beside this one; the table names them all. */

#include "api/op_lot.h"

#include "api/lot_show.h"

#include <string.h>

#define WRITE OPERATION_WRITE
#define PAGE OPERATION_PAGE

/* Every field that some event has; which ones a type takes, its own operation says. */
#define EVENT_FIELDS                                                                               \
    "gtin?, product?, name?, event?, lot?, qty?, quality?, facility?, month?, face?, model?, "     \
    "claim?, claim_qty?, inputs?, outputs?, losses?, water?, sscc?, parts?, to?, mode?, "          \
    "distance_km?, vehicle?, fuel?, qty_unload?, cause?, reason?, what?, to_lot?, price_hash?, "   \
    "offer?, answer?, qty_received?, use?, moisture?, lots?, event_id?, corrective_events?, "      \
    "note?, "

const struct operation lot_operations[] = {
    {"RecordLotEvent", op_record_lot_event, NULL, false,
     "Records an event of a lot by its type: MINE, WASH, BLEND, SPLIT, LOAD, UNLOAD, DEPART, "
     "ARRIVE, OFFER, ANSWER, USE, LOSS, STOCKTAKE, ERROR. Names the newest adopted lot rules where "
     "the event names none.",
     "type!, " EVENT_FIELDS WRITE},
    {"ImportLotEvents", op_import_lot_events, NULL, false,
     "Records the events of a table (CSV), one a row; a wrong row fails alone and says why. The "
     "same row again is the same event.",
     "table!, wait?"},
    {"GetLot", op_get_lot, NULL, false,
     "A lot: quantity, quality, owner, place, custody model, footprint and history.",
     "lot!, footprint?, " PAGE},
    {"GetLotEvent", op_get_lot_event, NULL, false, "An event of a lot with its balance.",
     "event!, at?"},
    {"ListLots", op_list_lots, NULL, false,
     "Lots of an organisation, at a place, of a facility's month, of a product, or all.",
     "organisation?, held_by?, place?, facility?, month?, product?, gtin?, " PAGE},
    {"TraceLot", op_trace_lot, NULL, false,
     "Where coal came from (up), where it went (down), or both, page by page: from a lot, from a "
     "facility's month, or from a measuring instrument. format svg draws it.",
     "lot?, facility?, month?, device?, organisation?, direction?, depth?, format?, cursor?, "
     "count?, at?"},
    {"GetLotPassport", op_get_lot_passport, NULL, false,
     "Everything a buyer is handed with a lot, with the proofs unless bundle is false.",
     "lot!, bundle?, at?"},
    {"GetLotBundle", op_get_lot_bundle, NULL, false,
     "The proofs of a lot and its ancestors as one file that verifies without any network.",
     "lot!, at?"},
    {"ExportLotEvents", op_export_lot_events, NULL, false,
     "Events as an EPCIS 2.0 document: of a lot (with its ancestors' where asked), or of what an "
     "organisation recorded in a month. format text gives it as the text of a file.",
     "lot?, ancestors?, organisation?, month?, format?, " PAGE},
    {"ExportLotFootprint", op_export_lot_footprint, NULL, false,
     "The footprint of a lot as a ProductFootprint of PACT 3.", "lot!, at?"},
};
const size_t lot_operation_count = sizeof lot_operations / sizeof lot_operations[0];

/* --- what the operations of lots share -------------------------------------------------------- */

enum err op_lot_page(struct call *call, struct lot_page *page, uint32_t most)
{
    int64_t from = 0;
    int64_t count = LOT_PAGE_DEFAULT < most ? LOT_PAGE_DEFAULT : most;
    enum err err = call_number(call, "from", false, &from);
    if (err == OK) {
        err = call_number(call, "count", false, &count);
    }
    if (err != OK) {
        return err;
    }
    if (from < 0 || from > UINT32_MAX) {
        return call_fail(call, ERR_RANGE, "from", "0 or more", NULL);
    }
    if (count < 1 || count > most) {
        return call_fail(call, ERR_RANGE, "count", most == LOT_PAGE_MAX ? "1..500" : "1..1000",
                         NULL);
    }
    *page = (struct lot_page){(uint32_t)from, (uint32_t)count};
    return OK;
}

enum err op_lot_switch(struct call *call, const char *key, bool *out)
{
    const struct json_node *node = json_node_get(call->root, key);
    if (json_node_kind(node) != JSON_KIND_NULL && !json_node_bool(node, out)) {
        return call_fail(call, ERR_TYPE, key, "true or false", NULL);
    }
    return OK;
}

enum err op_lot_run(struct call *call, const char *const *keys, op_lot_answer answer, void *wanted)
{
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = answer(call, query, wanted);
    query_close(query);
    return err;
}

/* --- one lot ---------------------------------------------------------------------------------- */

struct lot_wanted {
    const char *lot;
    bool footprint;
    struct lot_page page;
};

static enum err write_history(struct call *call, struct query *query, const Seam__LotRecord *lot,
                              const struct lot_page *page)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_uint(out, "total", lot->events);
    json_out_field_uint(out, "from", page->from);
    json_out_field_array(out, "history");
    for (uint32_t i = 0; i < page->count && err == OK; i++) {
        const Seam__LotHistoryEntry *entry = NULL;
        if (page->from >= lot->events || i >= lot->events - page->from) {
            break;
        }
        err = view_lot_history(&entry, query_state(query), lot->lot, page->from + i, &call->arena);
        if (err == OK) {
            json_out_object(out);
            json_out_field_hex(out, "event", bytes_of(entry->event_id.data, entry->event_id.len));
            json_out_field_text(out, "type", lot_show_type(entry->type));
            json_out_field_bool(out, "created", entry->created);
            lot_show_tonnes(out, "change", entry->change_kg);
            json_out_end(out);
        }
    }
    json_out_end(out);
    return err;
}

static enum err write_footprint(struct call *call, struct query *query, const char *lot)
{
    struct lot_footprint footprint;
    struct json_out *out = &call->data;
    const enum err err = lot_footprint_lot(&footprint, query, lot, &call->arena);
    if (err != OK && err != ERR_TOO_LARGE) {
        return err;
    }
    json_out_key(out, "footprint");
    if (err == OK) {
        json_out_object(out);
        lot_show_footprint(out, &footprint);
        json_out_end(out);
    } else {
        json_out_null(out);
    }
    return OK;
}

static enum err answer_lot(struct call *call, struct query *query, void *context)
{
    const struct lot_wanted *wanted = context;
    const Seam__LotRecord *lot = NULL;
    struct json_out *out = &call->data;
    enum err err = view_lot(&lot, query_state(query), wanted->lot, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "lot", "GTIN14.BATCH",
                         err == ERR_ABSENT ? "ListLots gives the lots there are" : NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    lot_show_record(out, lot, query_time(query));
    if (wanted->footprint) {
        err = write_footprint(call, query, wanted->lot);
    }
    if (err == OK) {
        err = write_history(call, query, lot, &wanted->page);
    }
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_get_lot(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"lot", "footprint", "from", "count", "at", NULL};
    struct lot_wanted wanted = {.footprint = true};
    enum err err = call_text(call, "lot", true, &wanted.lot);
    if (err == OK) {
        err = op_lot_switch(call, "footprint", &wanted.footprint);
    }
    if (err == OK) {
        err = op_lot_page(call, &wanted.page, LOT_PAGE_MAX);
    }
    return err == OK ? op_lot_run(call, keys, answer_lot, &wanted) : err;
}

static enum err answer_event(struct call *call, struct query *query, void *context)
{
    const Seam__LotEventRecord *event = NULL;
    const enum err err = view_lot_event(&event, query_state(query), context, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "event", NULL, NULL);
    }
    json_out_object(&call->data);
    json_out_field_uint(&call->data, "at", query_height(query));
    lot_show_event(&call->data, event);
    json_out_end(&call->data);
    return OK;
}

enum err op_get_lot_event(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"event", "at", NULL};
    struct hash event;
    bool given = false;
    const enum err err = call_hash(call, "event", true, &event, &given);
    return err == OK ? op_lot_run(call, keys, answer_event, &event) : err;
}

/* --- lists ------------------------------------------------------------------------------------ */

struct list_wanted {
    enum lot_list list;
    const char *owner;
    const char *facility; /* of LOT_LIST_PRODUCED */
    const char *month;
    const char *product;
    struct lot_page page;
};

/* Is the lot still where the list says it came to? */
static bool is_current(const struct list_wanted *wanted, const Seam__LotRecord *lot)
{
    const bool there = lot->state != LOT_CLOSED && lot->state != LOT_VOID;
    if (wanted->list == LOT_LIST_OWNED) {
        return there && strcmp(lot->owner, wanted->owner) == 0;
    }
    if (wanted->list == LOT_LIST_HELD) {
        return there && strcmp(lot->custodian, wanted->owner) == 0;
    }
    return there && (wanted->list != LOT_LIST_AT || strcmp(lot->place, wanted->owner) == 0);
}

static enum err write_entry(struct call *call, struct query *query,
                            const struct list_wanted *wanted, const char *owner, uint32_t index)
{
    const Seam__LotListEntry *entry = NULL;
    const Seam__LotRecord *lot = NULL;
    struct json_out *out = &call->data;
    struct overlay *state = query_state(query);
    enum err err = view_lot_list(&entry, state, wanted->list, owner, index, &call->arena);
    if (err == OK) {
        err = view_lot(&lot, state, entry->lot, &call->arena);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_bool(out, "current", is_current(wanted, lot));
    lot_show_record(out, lot, query_time(query));
    json_out_end(out);
    return OK;
}

/* The part of one list that lies in the page, when so many entries stand before it. */
static enum err write_list(struct call *call, struct query *query, const struct list_wanted *wanted,
                           const char *owner, uint32_t before, uint32_t *count)
{
    const uint64_t from = wanted->page.from;
    const uint64_t start = from > before ? from - before : 0;
    enum err err =
        view_lot_list_count(count, query_state(query), wanted->list, owner, &call->arena);
    for (uint64_t i = start; err == OK && i < *count && before + i < from + wanted->page.count;
         i++) {
        err = write_entry(call, query, wanted, owner, (uint32_t)i);
    }
    return err;
}

static bool is_known(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

#define PRODUCTS_MAX 256

/* The words of the products of a facility's organisation. */
static enum err product_words(struct call *call, struct query *query, const char *facility,
                              const char **words, size_t *count)
{
    struct overlay *state = query_state(query);
    const Seam__FacilityRecord *record = NULL;
    uint32_t total = 0;
    enum err err = view_facility(&record, state, facility, &call->arena);
    if (err == OK) {
        err = view_lot_list_count(&total, state, LOT_LIST_PRODUCTS, record->organisation,
                                  &call->arena);
    }
    for (uint32_t i = 0; i < total && err == OK && *count < PRODUCTS_MAX; i++) {
        const Seam__LotListEntry *entry = NULL;
        const Seam__ProductRecord *product = NULL;
        err =
            view_lot_list(&entry, state, LOT_LIST_PRODUCTS, record->organisation, i, &call->arena);
        if (err == OK) {
            err = view_product(&product, state, entry->lot, &call->arena);
        }
        if (err == OK && !is_known(words, *count, product->product)) {
            words[(*count)++] = product->product;
        }
    }
    return err;
}

static enum err write_produced(struct call *call, struct query *query,
                               const struct list_wanted *wanted, uint32_t *total)
{
    const char *words[PRODUCTS_MAX];
    char owner[PRODUCED_OWNER_SIZE];
    size_t count = 0;
    enum err err = OK;
    if (wanted->product != NULL) {
        words[count++] = wanted->product;
    } else {
        err = product_words(call, query, wanted->facility, words, &count);
    }
    for (size_t i = 0; i < count && err == OK; i++) {
        uint32_t lots = 0;
        if (strlen(words[i]) > LIMIT_ID_TEXT) {
            return call_fail(call, ERR_LENGTH, "product", NULL, NULL);
        }
        view_produced_owner(owner, wanted->facility, wanted->month, words[i]);
        err = write_list(call, query, wanted, owner, *total, &lots);
        *total += lots;
    }
    return err;
}

static enum err answer_list(struct call *call, struct query *query, void *context)
{
    const struct list_wanted *wanted = context;
    struct json_out *out = &call->data;
    uint32_t total = 0;
    enum err err;
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_uint(out, "from", wanted->page.from);
    json_out_field_array(out, "lots");
    if (wanted->list == LOT_LIST_PRODUCED) {
        err = write_produced(call, query, wanted, &total);
    } else {
        err = write_list(call, query, wanted, wanted->owner, 0, &total);
    }
    json_out_end(out);
    json_out_field_uint(out, "total", total);
    json_out_end(out);
    if (err != OK && call->detail.err != err) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    return err;
}

/* Which list the request means: exactly one of the ways to ask. */
static enum err read_list(struct call *call, struct list_wanted *wanted)
{
    static const struct {
        const char *key;
        enum lot_list list;
    } ways[] = {{"organisation", LOT_LIST_OWNED},
                {"held_by", LOT_LIST_HELD},
                {"place", LOT_LIST_AT},
                {"gtin", LOT_LIST_LOTS_OF_PRODUCT}};
    int given = 0;
    enum err err = call_text(call, "facility", false, &wanted->facility);
    if (err == OK) {
        err = call_text(call, "month", false, &wanted->month);
    }
    if (err == OK) {
        err = call_text(call, "product", false, &wanted->product);
    }
    if (err != OK) {
        return err;
    }
    if (wanted->facility != NULL || wanted->month != NULL || wanted->product != NULL) {
        wanted->list = LOT_LIST_PRODUCED;
        given++;
        if (wanted->facility == NULL || wanted->month == NULL) {
            return call_fail(call, ERR_MISSING, wanted->facility == NULL ? "facility" : "month",
                             NULL, "a facility's lots are asked by facility and month");
        }
        if (strlen(wanted->facility) > LIMIT_ID_TEXT || strlen(wanted->month) != 7) {
            return call_fail(call, ERR_TYPE, "month", "2026-09", NULL);
        }
    }
    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && err == OK; i++) {
        const char *owner = NULL;
        err = call_text(call, ways[i].key, false, &owner);
        if (err == OK && owner != NULL) {
            wanted->list = ways[i].list;
            wanted->owner = owner;
            given++;
        }
    }
    if (err == OK && given > 1) {
        return call_fail(call, ERR_CONFLICT, NULL, NULL,
                         "one of organisation, held_by, place, gtin, or facility and month");
    }
    return err;
}

enum err op_list_lots(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"organisation", "held_by", "place", "facility",
                                       "month",        "product", "gtin",  "from",
                                       "count",        "at",      NULL};
    struct list_wanted wanted = {.list = LOT_LIST_ALL, .owner = ""};
    enum err err = read_list(call, &wanted);
    if (err == OK) {
        err = op_lot_page(call, &wanted.page, LOT_PAGE_MAX);
    }
    return err == OK ? op_lot_run(call, keys, answer_list, &wanted) : err;
}
