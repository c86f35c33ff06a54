/* SPDX-License-Identifier: Apache-2.0 */
/* What other systems read: EPCIS 2.0 documents and PACT 3 footprints. */

#include "api/op_lot.h"

#include "api/epcis.h"
#include "api/pact.h"
#include "ledger/base/period.h"
#include "ledger/query/lot_passport.h"

#include <string.h>

#define EXPORT_PAGE_MAX 1000

/* --- EPCIS ------------------------------------------------------------------------------------ */

struct events_wanted {
    const char *lot;
    const char *organisation;
    struct period month;
    bool ancestors;
    bool as_text;
    struct lot_page page;
};

/* The page of events that were found, and how many there are. */
struct found {
    const Seam__LotEventRecord *events[EXPORT_PAGE_MAX];
    size_t count;
    uint64_t total;
};

static void find(struct found *found, const struct lot_page *page,
                 const Seam__LotEventRecord *event)
{
    if (found->total >= page->from && found->count < page->count) {
        found->events[found->count++] = event;
    }
    found->total++;
}

static enum err find_event(struct call *call, struct query *query, ProtobufCBinaryData id,
                           const Seam__LotEventRecord **event)
{
    struct hash hash;
    if (id.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    memcpy(hash.bytes, id.data, HASH_SIZE);
    return view_lot_event(event, query_state(query), &hash, &call->arena);
}

static enum err find_own(struct call *call, struct query *query, const struct events_wanted *wanted,
                         struct found *found)
{
    const Seam__LotRecord *lot = NULL;
    enum err err = view_lot(&lot, query_state(query), wanted->lot, &call->arena);
    for (uint32_t i = 0; err == OK && i < lot->events; i++) {
        const Seam__LotHistoryEntry *entry = NULL;
        const Seam__LotEventRecord *event = NULL;
        err = view_lot_history(&entry, query_state(query), wanted->lot, i, &call->arena);
        if (err == OK) {
            err = find_event(call, query, entry->event_id, &event);
        }
        if (err == OK) {
            find(found, &wanted->page, event);
        }
    }
    return err;
}

static enum err find_all(struct call *call, struct query *query, const struct events_wanted *wanted,
                         struct found *found)
{
    struct lot_passport passport;
    const enum err err = lot_passport_make(&passport, query, wanted->lot, &call->arena);
    for (size_t i = 0; err == OK && i < passport.event_count; i++) {
        find(found, &wanted->page, passport.events[i].event);
    }
    return err;
}

static enum err find_month(struct call *call, struct query *query,
                           const struct events_wanted *wanted, struct found *found)
{
    struct overlay *state = query_state(query);
    const uint64_t start = period_start_ms(wanted->month, 0);
    const uint64_t end = period_end_ms(wanted->month, 0);
    uint32_t total = 0;
    enum err err =
        view_lot_list_count(&total, state, LOT_LIST_EVENTS, wanted->organisation, &call->arena);
    for (uint32_t i = 0; err == OK && i < total; i++) {
        const Seam__LotListEntry *entry = NULL;
        const Seam__LotEventRecord *event = NULL;
        err = view_lot_list(&entry, state, LOT_LIST_EVENTS, wanted->organisation, i, &call->arena);
        if (err == OK) {
            err = find_event(call, query, entry->id, &event);
        }
        if (err == OK && event->event_time_ms >= start && event->event_time_ms < end) {
            find(found, &wanted->page, event);
        }
    }
    return err;
}

/* The document as a value, or as the text of a file: a client whose JSON reader has no decimals can
 * then save it as it is. */
static enum err write_document(struct call *call, struct query *query, const struct found *found,
                               bool as_text)
{
    struct json_out scratch;
    struct bytes text;
    json_out_key(&call->data, "document");
    if (!as_text) {
        return epcis_document_records(&call->data, query_state(query), found->events, found->count,
                                      query_time(query), &call->arena);
    }
    json_out_init(&scratch, JSON_OUT_INDENT, CALL_ANSWER / 2);
    enum err err = epcis_document_records(&scratch, query_state(query), found->events, found->count,
                                          query_time(query), &call->arena);
    if (err == OK) {
        err = json_out_finish(&scratch, &text);
    }
    if (err == OK) {
        json_out_text_bytes(&call->data, text);
    }
    json_out_free(&scratch);
    return err;
}

static enum err answer_events(struct call *call, struct query *query, void *context)
{
    const struct events_wanted *wanted = context;
    struct json_out *out = &call->data;
    struct found *found = arena_alloc(&call->arena, sizeof *found);
    enum err err = found == NULL ? ERR_MEMORY : OK;
    if (err == OK && wanted->lot == NULL) {
        err = find_month(call, query, wanted, found);
    } else if (err == OK) {
        err = wanted->ancestors ? find_all(call, query, wanted, found)
                                : find_own(call, query, wanted, found);
    }
    if (err != OK) {
        return call_fail(call, err, wanted->lot != NULL ? "lot" : "organisation", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_uint(out, "total", found->total);
    json_out_field_uint(out, "from", wanted->page.from);
    json_out_field_uint(out, "events", found->count);
    err = write_document(call, query, found, wanted->as_text);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_export_lot_events(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"lot",  "ancestors", "organisation", "month", "format",
                                       "from", "count",     "at",           NULL};
    struct events_wanted wanted = {.lot = NULL};
    const char *month = NULL;
    const char *format = NULL;
    enum err err = call_text(call, "lot", false, &wanted.lot);
    if (err == OK) {
        err = call_text(call, "organisation", false, &wanted.organisation);
    }
    if (err == OK) {
        err = call_text(call, "month", false, &month);
    }
    if (err == OK) {
        err = op_lot_switch(call, "ancestors", &wanted.ancestors);
    }
    if (err == OK) {
        err = call_text(call, "format", false, &format);
    }
    if (err == OK) {
        err = op_lot_page(call, &wanted.page, EXPORT_PAGE_MAX);
    }
    if (err != OK) {
        return err;
    }
    wanted.as_text = format != NULL && strcmp(format, "text") == 0;
    if (format != NULL && !wanted.as_text && strcmp(format, "json") != 0) {
        return call_fail(call, ERR_ENUM, "format", "json, text", NULL);
    }
    if ((wanted.lot == NULL) == (wanted.organisation == NULL)) {
        return call_fail(call, wanted.lot == NULL ? ERR_MISSING : ERR_CONFLICT, "lot", NULL,
                         "a lot, or an organisation and month");
    }
    if (wanted.lot == NULL && month == NULL) {
        return call_fail(call, ERR_MISSING, "month", "2026-09", NULL);
    }
    if (month != NULL && (period_parse(&wanted.month, bytes_text(month)) != OK ||
                          wanted.month.cadence != CADENCE_MONTH)) {
        return call_fail(call, ERR_TYPE, "month", "2026-09", NULL);
    }
    return op_lot_run(call, keys, answer_events, &wanted);
}

/* --- PACT ------------------------------------------------------------------------------------- */

/* ISO 3166-1 of a jurisdiction CN-14; NULL where it does not begin so. */
static const char *country_of(struct call *call, const char *jurisdiction)
{
    const bool two = jurisdiction[0] >= 'A' && jurisdiction[0] <= 'Z' && jurisdiction[1] >= 'A' &&
                     jurisdiction[1] <= 'Z' && (jurisdiction[2] == '\0' || jurisdiction[2] == '-');
    return two ? arena_text(&call->arena, jurisdiction, 2) : NULL;
}

/* One country for all mines it is from, else none. */
static enum err find_country(struct call *call, struct query *query, struct pact *pact)
{
    const Seam__LotRecord *lot = pact->footprint->lot;
    for (size_t i = 0; i < lot->n_origins; i++) {
        const Seam__FacilityRecord *facility = NULL;
        const enum err err =
            view_facility(&facility, query_state(query), lot->origins[i]->facility, &call->arena);
        if (err != OK) {
            return err;
        }
        const char *country = country_of(call, facility->jurisdiction);
        if (country == NULL || (i > 0 && strcmp(country, pact->country) != 0)) {
            pact->country = NULL;
            return OK;
        }
        pact->country = country;
    }
    return OK;
}

static void add_scale(struct pact *pact, const char *gwp)
{
    static const char *const names[][2] = {
        {"SAR", "AR2"}, {"TAR", "AR3"}, {"AR4", "AR4"}, {"AR5", "AR5"}, {"AR6", "AR6"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strstr(gwp, names[i][0]) == NULL) {
            continue;
        }
        for (size_t j = 0; j < pact->scale_count; j++) {
            if (strcmp(pact->scales[j], names[i][1]) == 0) {
                return;
            }
        }
        if (pact->scale_count < PACT_SCALES_MAX) {
            pact->scales[pact->scale_count++] = names[i][1];
        }
        return;
    }
}

/* The newest block behind the figures, and what the accounts weighed methane with. */
static enum err find_accounts(struct call *call, struct query *query, struct pact *pact,
                              uint64_t *height)
{
    const struct lot_footprint *footprint = pact->footprint;
    for (size_t i = 0; i < footprint->source_count; i++) {
        const struct lot_pool *pool = footprint->sources[i].now;
        const Seam__AccountRecord *record = NULL;
        const Seam__Account *account = NULL;
        if (pool->version == 0) {
            continue;
        }
        enum err err = query_account_version(&record, query, pool->facility, pool->period,
                                             pool->version, &call->arena);
        if (err == OK) {
            err = view_account_body(&account, record, &call->arena);
        }
        if (err != OK) {
            return err;
        }
        add_scale(pact, account->gwp);
        *height = pool->height > *height ? pool->height : *height;
    }
    return OK;
}

static enum err make_pact(struct call *call, struct query *query, const char *lot,
                          struct lot_footprint *footprint, struct pact *pact, uint64_t *height)
{
    const Seam__LotEventRecord *event = NULL;
    struct query_block block;
    enum err err = lot_footprint_lot(footprint, query, lot, &call->arena);
    if (err != OK) {
        return err;
    }
    *pact = (struct pact){.footprint = footprint};
    *height = 0;
    err = view_product(&pact->product, query_state(query), footprint->lot->gtin, &call->arena);
    if (err == OK) {
        err = view_organisation(&pact->owner, query_state(query), footprint->lot->owner,
                                &call->arena);
    }
    if (err == OK) {
        err = find_country(call, query, pact);
    }
    if (err == OK) {
        err = find_accounts(call, query, pact, height);
    }
    if (err == OK) {
        err = find_event(call, query, footprint->lot->created_event, &event);
    }
    if (err != OK) {
        return err;
    }
    pact->created_ms = event->time_ms;
    if (*height > event->height) {
        err = query_block(&block, query, *height, &call->arena);
        pact->created_ms = err == OK ? block.header.time_ms : pact->created_ms;
    }
    return err == ERR_ABSENT ? OK : err;
}

/* What the lot's footprint was before its newest account: another id, unless the state of that time
 * is gone from this node, or there was none, or it was incomplete. */
static enum err find_preceding(struct call *call, const char *lot, uint64_t height, const char *id,
                               char preceding[1][PACT_ID_SIZE], size_t *count)
{
    const struct api_node *node = call->api->node;
    struct lot_footprint footprint;
    struct pact pact;
    struct query *query = NULL;
    uint64_t before = 0;
    if (height < 2 || node->query(node->context, &query, height - 1) != OK) {
        return OK;
    }
    enum err err = make_pact(call, query, lot, &footprint, &pact, &before);
    if (err == OK) {
        err = pact_id(preceding[0], &pact);
    }
    query_close(query);
    *count = err == OK && strcmp(preceding[0], id) != 0 ? 1 : 0;
    return view_failed(err) ? err : OK;
}

/* Is there a newer one? */
static enum err find_newer(struct call *call, struct query *query, const char *lot, const char *id,
                           bool *deprecated)
{
    const struct api_node *node = call->api->node;
    struct lot_footprint footprint;
    struct pact pact;
    struct query *newest = NULL;
    char now[PACT_ID_SIZE];
    uint64_t height = 0;
    enum err err = node->query(node->context, &newest, QUERY_NEWEST);
    if (err != OK) {
        return err;
    }
    if (query_height(newest) != query_height(query)) {
        err = make_pact(call, newest, lot, &footprint, &pact, &height);
        if (err == OK) {
            err = pact_id(now, &pact);
        }
        /* What cannot be exported any more, since an account or the lot's carbon is missing now,
         * is no newer version. */
        *deprecated = err == OK && strcmp(now, id) != 0;
        err = err == ERR_INCOMPLETE ? OK : err;
    }
    query_close(newest);
    return err;
}

static enum err answer_footprint(struct call *call, struct query *query, void *context)
{
    const char *lot = context;
    struct json_out *out = &call->data;
    struct lot_footprint footprint;
    struct pact pact;
    char id[PACT_ID_SIZE];
    char preceding[1][PACT_ID_SIZE];
    size_t count = 0;
    bool deprecated = false;
    uint64_t height = 0;
    enum err err = make_pact(call, query, lot, &footprint, &pact, &height);
    if (err == OK) {
        err = pact_id(id, &pact);
    }
    if (err == ERR_INCOMPLETE && !footprint.lot->has_carbon) {
        return call_fail(call, err, "carbon", NULL,
                         "the carbon of this lot was not measured, and the protocol asks for it");
    }
    if (err == ERR_INCOMPLETE) {
        return call_fail(call, err, "lot", NULL, "no account yet of a facility behind this lot");
    }
    if (err == OK) {
        err = find_preceding(call, lot, height, id, preceding, &count);
    }
    if (err == OK) {
        err = find_newer(call, query, lot, id, &deprecated);
    }
    if (err != OK) {
        return call_fail(call, err, "lot", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_key(out, "footprint");
    err = pact_write(out, &pact, preceding, count, deprecated);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_export_lot_footprint(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"lot", "at", NULL};
    const char *lot = NULL;
    const enum err err = call_text(call, "lot", true, &lot);
    return err == OK ? op_lot_run(call, keys, answer_footprint, (void *)(uintptr_t)lot) : err;
}
