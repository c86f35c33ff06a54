/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and records of governance, page by page. */

#include "api/operations.h"

#include "ledger/governance/role.h"

#define PAGE_MAX 200
#define PAGE_DEFAULT 50

struct page {
    uint32_t from;
    uint32_t count;
    const char *owner;
    enum key_table table;
};

/* Writes one entry's record as an object. */
typedef enum err (*write_entry)(struct call *call, struct query *query,
                                const Seam__ListEntry *entry);

static enum err read_page(struct call *call, struct page *page)
{
    int64_t from = 0;
    int64_t count = PAGE_DEFAULT;
    enum err err = call_number(call, "from", false, &from);
    if (err == OK) {
        err = call_number(call, "count", false, &count);
    }
    if (err != OK) {
        return err;
    }
    if (from > UINT32_MAX || count < 1 || count > PAGE_MAX) {
        return call_fail(call, ERR_RANGE, "count", "1..200", NULL);
    }
    page->from = (uint32_t)from;
    page->count = (uint32_t)count;
    return OK;
}

static enum err write_page(struct call *call, struct query *query, const struct page *page,
                           const char *key, write_entry write)
{
    const Seam__ListEntry *entries[PAGE_MAX];
    struct json_out *out = &call->data;
    size_t count = 0;
    uint32_t total = 0;
    enum err err = query_list(query, page->table, page->owner, page->from, entries, page->count,
                              &count, &total, &call->arena);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "height", query_height(query));
    json_out_field_uint(out, "total", total);
    json_out_field_uint(out, "from", page->from);
    json_out_field_array(out, key);
    for (size_t i = 0; i < count && err == OK; i++) {
        err = write(call, query, entries[i]);
    }
    json_out_end(out);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err list(struct call *call, struct page *page, const char *const *keys, const char *key,
                     write_entry write)
{
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = read_page(call, page);
    }
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_page(call, query, page, key, write);
    query_close(query);
    return err;
}

static enum err write_organisation(struct call *call, struct query *query,
                                   const Seam__ListEntry *entry)
{
    const Seam__OrganisationRecord *record = NULL;
    struct json_out *out = &call->data;
    const enum err err = view_organisation(&record, query_state(query), entry->id, &call->arena);
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_message_fields(out, &record->base, &call->api->fields);
    json_out_field_array(out, "role_names");
    for (uint32_t bit = 1; bit <= ROLE_USER; bit <<= 1) {
        if ((record->roles & bit) != 0) {
            json_out_text(out, role_name(bit));
        }
    }
    json_out_end(out);
    json_out_end(out);
    return OK;
}

enum err op_list_organisations(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"from", "count", "at", NULL};
    struct page page = {.table = KEY_ORGANISATION};
    return list(call, &page, keys, "organisations", write_organisation);
}

static enum err write_facility(struct call *call, struct query *query, const Seam__ListEntry *entry)
{
    const Seam__FacilityRecord *record = NULL;
    const enum err err = view_facility(&record, query_state(query), entry->id, &call->arena);
    if (err == OK) {
        json_out_message(&call->data, &record->base, &call->api->fields);
    }
    return err;
}

enum err op_list_facilities(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"organisation", "from", "count", "at", NULL};
    struct page page = {.table = KEY_FACILITY};
    const enum err err = call_text(call, "organisation", false, &page.owner);
    return err == OK ? list(call, &page, keys, "facilities", write_facility) : err;
}

static enum err write_set(struct call *call, struct query *query, const Seam__ListEntry *entry)
{
    const Seam__ParameterSetRecord *record = NULL;
    struct json_out *out = &call->data;
    const enum err err = view_parameter_set_version(&record, query_state(query), entry->id,
                                                    entry->version, &call->arena);
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_text(out, "id", record->id);
    json_out_field_uint(out, "version", record->version);
    json_out_field_hex(out, "hash", bytes_of(record->hash.data, record->hash.len));
    json_out_field_text(out, "publisher", record->publisher);
    json_out_field_uint(out, "height", record->height);
    json_out_field_time(out, "time", record->time_ms);
    json_out_end(out);
    return OK;
}

enum err op_list_parameter_sets(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"from", "count", "at", NULL};
    struct page page = {.table = KEY_PARAMETER_SET};
    return list(call, &page, keys, "parameter_sets", write_set);
}

/* Record, boundary in force and the end of its chain of accounts. */
static enum err write_one_facility(struct call *call, struct query *query, const char *id)
{
    struct json_out *out = &call->data;
    const Seam__FacilityRecord *record = NULL;
    const Seam__BoundaryRecord *boundary = NULL;
    const Seam__FacilityHead *head = NULL;
    enum err err = view_facility(&record, query_state(query), id, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = view_boundary(&boundary, query_state(query), id, record->boundary_version, &call->arena);
    if (err == OK) {
        err = query_facility_head(&head, query, id, &call->arena);
        err = err == ERR_ABSENT ? OK : err;
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_message_fields(out, &record->base, &call->api->fields);
    json_out_key(out, "boundary");
    json_out_message(out, &boundary->base, &call->api->fields);
    json_out_key(out, "head");
    if (head != NULL) {
        json_out_message(out, &head->base, &call->api->fields);
    } else {
        json_out_null(out);
    }
    json_out_end(out);
    return OK;
}

enum err op_get_facility(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "at", NULL};
    const char *id = NULL;
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "facility", true, &id);
    }
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_one_facility(call, query, id);
    query_close(query);
    return err;
}
