/* SPDX-License-Identifier: Apache-2.0 */
/* A jurisdiction gives the calendar: offset, deadlines, working days (decision D33). An extension
 * of a deadline is a record of its own, so that a certificate can show it. */

#include "ledger/governance/registry.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"

/* Dates of one year, strictly ascending. */
static bool dates_valid(char *const *dates, size_t count, uint32_t year)
{
    for (size_t i = 0; i < count; i++) {
        struct date date;
        if (date_parse(&date, bytes_text(dates[i])) != OK || date.year != (int32_t)year) {
            return false;
        }
    }
    return registry_ascending(dates, count);
}

static enum judgement working_years_valid(const Seam__JurisdictionSet *in,
                                          struct err_detail *detail)
{
    char field[48];
    for (size_t i = 0; i < in->n_working_years; i++) {
        const Seam__WorkingYear *year = in->working_years[i];
        (void)snprintf(field, sizeof field, "working_years[%zu]", i);
        if (i > 0 && in->working_years[i - 1]->year >= year->year) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_TWICE, field, NULL, "years ascending");
        }
        if (!dates_valid(year->holidays, year->n_holidays, year->year) ||
            !dates_valid(year->working_days, year->n_working_days, year->year)) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, field, "YYYY-MM-DD",
                                   "days of this year, ascending, each once");
        }
    }
    return JUDGE_OK;
}

/* MM-DD of any year. */
static bool month_day_valid(const char *text)
{
    char date[16];
    struct date parsed;
    if (strlen(text) != 5) {
        return false;
    }
    (void)snprintf(date, sizeof date, "2023-%s", text);
    return date_parse(&parsed, bytes_text(date)) == OK;
}

enum judgement jurisdiction_set(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__JurisdictionSet *in = (const Seam__JurisdictionSet *)payload;
    if (!id_code_valid(in->jurisdiction)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "jurisdiction", NULL, NULL);
    }
    enum judgement judgement = registry_names(in->name, detail);
    if (judgement == JUDGE_OK) {
        judgement = working_years_valid(in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (in->utc_offset_minutes < -720 || in->utc_offset_minutes > 840) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "utc_offset_minutes", "-720..840",
                               NULL);
    }
    if (in->deadline_days < 1 || in->deadline_days > 366) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "deadline_days", "1..366", NULL);
    }
    if (in->yearly_deadline[0] != '\0' && !month_day_valid(in->yearly_deadline)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "yearly_deadline", "MM-DD", NULL);
    }
    Seam__JurisdictionRecord record = SEAM__JURISDICTION_RECORD__INIT;
    record.jurisdiction = in->jurisdiction;
    record.name = in->name;
    record.utc_offset_minutes = in->utc_offset_minutes;
    record.deadline_days = in->deadline_days;
    record.yearly_deadline = in->yearly_deadline;
    record.n_working_years = in->n_working_years;
    record.working_years = in->working_years;
    record.height = context->height;
    const struct state_key key = state_key_named(KEY_JURISDICTION, in->jurisdiction);
    bool exists = false;
    enum err err = view_exists(&exists, context->state, state_key_bytes(&key));
    if (err == OK) {
        err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    }
    if (err == OK && !exists) {
        err = registry_list_all(context, KEY_JURISDICTION, in->jurisdiction, 0);
    }
    return registry_world(detail, err);
}

void jurisdiction_set_links(struct rule_context *context, const ProtobufCMessage *payload,
                            struct bytes *creates, struct bytes *needs)
{
    const Seam__JurisdictionSet *in = (const Seam__JurisdictionSet *)payload;
    const struct state_key key = state_key_named(KEY_JURISDICTION, in->jurisdiction);
    *creates = registry_link(context, &key);
    (void)needs;
}

/* --- extensions ------------------------------------------------------------------------------ */

static enum judgement extension_facilities(struct rule_context *context,
                                           const Seam__DeadlineExtend *in,
                                           struct err_detail *detail)
{
    if (!registry_ascending(in->facilities, in->n_facilities)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TWICE, "facilities", NULL,
                               "ascending, each once");
    }
    for (size_t i = 0; i < in->n_facilities; i++) {
        const Seam__FacilityRecord *facility = NULL;
        const enum err err =
            view_facility(&facility, context->state, in->facilities[i], context->arena);
        if (err != OK) {
            return registry_missing(detail, err, "facilities", in->facilities[i]);
        }
        if (strcmp(facility->jurisdiction, in->jurisdiction) != 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_PARAM, "facilities", NULL,
                                   "this facility lies in another jurisdiction");
        }
    }
    return JUDGE_OK;
}

/* Adds one entry to the extensions of a period. */
static enum judgement extension_put(struct rule_context *context, const char *jurisdiction,
                                    char *period, Seam__Extension *extension,
                                    struct err_detail *detail)
{
    struct state_key key;
    if (!view_extension_key(&key, jurisdiction, period)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "periods", "YYYY-MM, YYYY or YYYY-Qn",
                               NULL);
    }
    const Seam__DeadlineExtension *old = NULL;
    const enum err err = view_extension(&old, context->state, jurisdiction, period, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return registry_world(detail, err);
    }
    const size_t count = err == OK ? old->n_extensions : 0;
    if (count >= GOVERNANCE_EXTENSIONS) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "periods", NULL,
                               "this period was extended as often as it may be");
    }
    Seam__Extension *list[GOVERNANCE_EXTENSIONS];
    for (size_t i = 0; i < count; i++) {
        list[i] = old->extensions[i];
    }
    list[count] = extension;
    Seam__DeadlineExtension record = SEAM__DEADLINE_EXTENSION__INIT;
    record.jurisdiction = (char *)jurisdiction;
    record.period = period;
    record.n_extensions = count + 1;
    record.extensions = list;
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record.base, context->arena));
}

enum judgement deadline_extend(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__DeadlineExtend *in = (const Seam__DeadlineExtend *)payload;
    const Seam__JurisdictionRecord *place = NULL;
    const enum err err =
        view_jurisdiction(&place, context->state, in->jurisdiction, context->arena);
    if (err != OK) {
        return registry_missing(detail, err, "jurisdiction", in->jurisdiction);
    }
    if (in->days < 1 || in->days > 366) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "days", "1..366", NULL);
    }
    if (in->n_periods == 0 || !registry_ascending(in->periods, in->n_periods)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TWICE, "periods", NULL,
                               "at least one, ascending, each once");
    }
    if (in->n_periods > GOVERNANCE_PERIODS || in->n_facilities > GOVERNANCE_EXTENDED) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE,
                               in->n_periods > GOVERNANCE_PERIODS ? "periods" : "facilities",
                               "36 periods, 200 facilities", NULL);
    }
    enum judgement judgement = extension_facilities(context, in, detail);
    Seam__Extension extension = SEAM__EXTENSION__INIT;
    extension.n_facilities = in->n_facilities;
    extension.facilities = in->facilities;
    extension.days = in->days;
    extension.reason = in->reason;
    extension.tx_id =
        (ProtobufCBinaryData){.len = sizeof context->tx_id.bytes, .data = context->tx_id.bytes};
    extension.height = context->height;
    for (size_t i = 0; judgement == JUDGE_OK && i < in->n_periods; i++) {
        judgement = extension_put(context, in->jurisdiction, in->periods[i], &extension, detail);
    }
    return judgement;
}

void deadline_extend_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__DeadlineExtend *in = (const Seam__DeadlineExtend *)payload;
    const struct state_key key = state_key_named(KEY_JURISDICTION, in->jurisdiction);
    *needs = registry_link(context, &key);
    (void)creates;
}
