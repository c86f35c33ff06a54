/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/compliance.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/accounting/obligation.h"
#include "ledger/governance/calendar.h"

static const char *const status_names[COMPLIANCE_STATUSES] = {
    [COMPLIANCE_NOT_APPLICABLE] = "NOT_APPLICABLE",
    [COMPLIANCE_EXCLUDED] = "EXCLUDED",
    [COMPLIANCE_C] = "C",
    [COMPLIANCE_B] = "B",
    [COMPLIANCE_B1] = "B1",
    [COMPLIANCE_A] = "A",
};

const char *compliance_status_name(enum compliance_status status)
{
    assert(status < COMPLIANCE_STATUSES);
    return status_names[status];
}

static uint64_t counted(uint64_t allowances, uint64_t offsets, struct tonnes offset_cap)
{
    const uint64_t cap = (uint64_t)tonnes_value(offset_cap);
    return allowances + (offsets < cap ? offsets : cap);
}

enum compliance_status compliance_status_of(const struct obligation *obligation,
                                            const Seam__ComplianceRecord *record,
                                            struct tonnes offset_cap)
{
    if (record->excluded) {
        return COMPLIANCE_EXCLUDED;
    }
    if (!obligation->any) {
        return COMPLIANCE_NOT_APPLICABLE;
    }
    if (!obligation->complete || !obligation->verified) {
        return COMPLIANCE_C;
    }
    const uint64_t done = counted(record->allowances, record->offsets, offset_cap);
    const uint64_t soon = counted(record->allowances + record->pending_allowances,
                                  record->offsets + record->pending_offsets, offset_cap);
    if (obligation_rest(obligation, done) == 0) {
        return COMPLIANCE_A;
    }
    return obligation_rest(obligation, soon) == 0 ? COMPLIANCE_B1 : COMPLIANCE_B;
}

/* --- dates (B19) ----------------------------------------------------------------------------- */

const char *compliance_date_name(enum compliance_date date)
{
    static const char *const names[COMPLIANCE_DATES] = {
        [COMPLIANCE_REPORT] = "REPORT",
        [COMPLIANCE_VERIFY] = "VERIFY",
        [COMPLIANCE_SURRENDER_FROM] = "SURRENDER_FROM",
        [COMPLIANCE_SURRENDER] = "SURRENDER",
        [COMPLIANCE_CARRY_FROM] = "CARRY_FROM",
        [COMPLIANCE_CARRY_TO] = "CARRY_TO",
    };
    assert(date < COMPLIANCE_DATES);
    return names[date];
}

/* The end of a day that the scheme names, or its beginning; 0 where it names none. */
static uint64_t day_end(const Seam__JurisdictionRecord *place, const char *text)
{
    struct date date;
    return date_parse(&date, bytes_text(text)) == OK ? calendar_day_end(place, date) : 0;
}

static uint64_t day_start(const Seam__JurisdictionRecord *place, const char *text)
{
    struct date date;
    if (date_parse(&date, bytes_text(text)) != OK) {
        return 0;
    }
    return calendar_day_end(place, date_of_days(date_to_days(date) - 1));
}

void compliance_dates_of(struct compliance_dates *out, const Seam__SchemeYear *dates, uint32_t year,
                         const Seam__JurisdictionRecord *place, uint64_t time_ms)
{
    struct compliance_dates found = {0};
    char text[DATE_TEXT_SIZE + 8];
    const struct period december = {.cadence = CADENCE_MONTH,
                                    .number = (year - PERIOD_YEAR_MIN) * 12 + 11};
    found.at_ms[COMPLIANCE_REPORT] =
        deadline_ms(december, place->utc_offset_minutes, place->deadline_days);
    (void)snprintf(text, sizeof text, "%u-%.5s", year + 1, place->yearly_deadline);
    found.at_ms[COMPLIANCE_VERIFY] = day_end(place, text);
    if (dates != NULL) {
        found.at_ms[COMPLIANCE_SURRENDER_FROM] = day_start(place, dates->surrender_from);
        found.at_ms[COMPLIANCE_SURRENDER] = day_end(place, dates->surrender_deadline);
        found.at_ms[COMPLIANCE_CARRY_FROM] = day_start(place, dates->carry_from);
        found.at_ms[COMPLIANCE_CARRY_TO] = day_end(place, dates->carry_to);
    }
    const uint64_t deadline = found.at_ms[COMPLIANCE_SURRENDER];
    if (deadline > time_ms) {
        found.working_days_left =
            calendar_working_days(place, time_ms, deadline - 1, &found.calendar_assumed);
    }
    *out = found;
}

/* --- the view -------------------------------------------------------------------------------- */

struct state_key compliance_key(const char *holding, uint32_t year)
{
    struct state_key key = state_key_of(KEY_COMPLIANCE);
    state_key_id(&key, KEY_HOLDING, holding);
    state_key_u32(&key, year);
    return key;
}

enum err compliance_record(Seam__ComplianceRecord **out, struct overlay *state, const char *scheme,
                           const char *holding, uint32_t year, struct arena *arena)
{
    const struct state_key key = compliance_key(holding, year);
    ProtobufCMessage *message = NULL;
    enum err err = view_record(&message, &seam__compliance_record__descriptor, state,
                               state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (Seam__ComplianceRecord *)message;
    }
    if (err != ERR_ABSENT) {
        return err;
    }
    Seam__ComplianceRecord *record = arena_alloc(arena, sizeof *record);
    if (record == NULL) {
        return ERR_MEMORY;
    }
    seam__compliance_record__init(record);
    record->scheme = (char *)scheme;
    record->holding = (char *)holding;
    record->year = year;
    *out = record;
    return OK;
}

static void compliance_sums(struct compliance *out, uint64_t time_ms)
{
    const Seam__ComplianceRecord *record = out->record;
    const uint64_t cap = (uint64_t)tonnes_value(out->offset_cap);
    const uint64_t offsets = record->offsets + record->pending_offsets;
    const uint64_t deadline = out->dates.at_ms[COMPLIANCE_SURRENDER];
    const bool owes =
        out->status != COMPLIANCE_EXCLUDED && out->status != COMPLIANCE_NOT_APPLICABLE;
    out->surrendered = record->allowances + record->offsets;
    out->counted = counted(record->allowances, record->offsets, out->offset_cap);
    out->gap = owes ? obligation_rest(&out->obligation, out->counted) : 0;
    out->offsets_left = cap > offsets ? cap - offsets : 0;
    out->overdue = out->gap > 0 && deadline != 0 && time_ms >= deadline;
    out->alarm = out->gap > 0 && out->obligation.raised;
}

enum err compliance_of(struct compliance *out, struct overlay *state, const char *holding,
                       uint32_t year, uint64_t time_ms, struct arena *arena)
{
    struct compliance view = {0};
    const Seam__JurisdictionRecord *place = NULL;
    Seam__ComplianceRecord *record = NULL;
    enum err err = registry_holding(&view.holding, state, holding, arena);
    if (err == OK) {
        err = registry_scheme(&view.scheme, state, view.holding->scheme, arena);
    }
    if (err == OK) {
        err = view_jurisdiction(&place, state, view.scheme->scheme->jurisdiction, arena);
    }
    if (err == OK) {
        err = compliance_record(&record, state, view.holding->scheme, holding, year, arena);
    }
    if (err == OK) {
        err =
            obligation_of(&view.obligation, state, view.scheme, view.holding, year, time_ms, arena);
    }
    if (err == OK) {
        err = obligation_offset_cap(&view.offset_cap, view.obligation.tonnes,
                                    view.scheme->scheme->offset_cap_bp);
    }
    if (err != OK) {
        return err;
    }
    view.record = record;
    view.status = compliance_status_of(&view.obligation, record, view.offset_cap);
    compliance_dates_of(&view.dates, registry_scheme_year(view.scheme, year), year, place, time_ms);
    compliance_sums(&view, time_ms);
    *out = view;
    return OK;
}
