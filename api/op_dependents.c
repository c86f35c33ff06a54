/* SPDX-License-Identifier: Apache-2.0 */
/* What was built on an opinion, for its parties and regulators by name, for everybody by number. */

#include "api/op_verify.h"

#include "ledger/query/dependents.h"

#include <string.h>

static void write_items(struct json_out *out, const struct dependents *dependents, bool flagged)
{
    json_out_field_array(out, "dependents");
    for (size_t i = 0; i < dependents->count; i++) {
        const struct dependent *item = &dependents->items[i];
        json_out_object(out);
        json_out_field_text(out, "kind", dependent_kind_text(item->kind));
        json_out_field_text(out, "id", item->id);
        json_out_field_text(out, "facility", item->facility);
        json_out_field_text(out, "period", item->period);
        if (item->year > 0) {
            json_out_field_uint(out, "year", item->year);
        }
        json_out_field_bool(out, "flagged", flagged);
        json_out_end(out);
    }
    json_out_end(out);
}

static void write_counts(struct json_out *out, const struct dependents *dependents)
{
    json_out_field_object(out, "count");
    for (size_t i = 0; i <= DEPENDENT_DISPUTE; i++) {
        json_out_field_uint(out, dependent_kind_text((enum dependent_kind)i),
                            dependents->by_kind[i]);
    }
    json_out_end(out);
}

static enum err write_dependents(struct call *call, struct query *query)
{
    struct json_out *out = &call->data;
    const Seam__OpinionRecord *record = NULL;
    const Seam__EngagementRecord *engagement = NULL;
    struct dependents dependents;
    const char *id = NULL;
    bool party = false;
    enum err err = call_text(call, "opinion", true, &id);
    if (err != OK) {
        return err;
    }
    err = view_opinion(&record, query_state(query), id, &call->arena);
    if (err == OK) {
        err = view_engagement(&engagement, query_state(query), record->issue->engagement,
                              &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, "opinion", NULL, NULL);
    }
    err = verify_party(call, query, engagement, &party);
    if (err != OK) {
        return err;
    }
    err = dependents_of(&dependents, query, record, &call->arena);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    const bool withdrawn = record->withdrawn_height != 0;
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_text(out, "opinion", id);
    json_out_field_bool(out, "withdrawn", withdrawn);
    json_out_field_text(out, "replaced_by", record->replaced_by);
    write_counts(out, &dependents);
    json_out_field_bool(out, "more", dependents.more);
    if (party) {
        write_items(out, &dependents, withdrawn);
    }
    json_out_end(out);
    return OK;
}

enum err op_list_dependents(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"opinion", "at", NULL};
    return verify_read(call, keys, write_dependents);
}
