/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an event, and how old it may be. Times: an event lies not after its block
 * (and five minutes), not before the last move of any lot it touches, and not longer back than the
 * lot rules allow. */

#include "ledger/provenance/event.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/identifier.h"

enum judgement event_refuse(const struct event *event, enum judgement judgement, enum err err,
                            const char *field, const char *rule, const char *limit,
                            const char *hint)
{
    (void)err_set(event->detail, err, field, "KSSJ 7.2.1b", limit, hint);
    if (event->detail != NULL) {
        (void)snprintf(event->detail->rule, sizeof event->detail->rule, "%s", rule);
    }
    return judgement;
}

enum judgement event_world(const struct event *event, enum err err)
{
    if (err == OK) {
        return JUDGE_OK;
    }
    (void)err_set(event->detail, err, NULL, NULL, NULL, NULL);
    return view_judgement(err, JUDGE_NEVER);
}

enum judgement event_missing(const struct event *event, enum err err, const char *field,
                             const char *id)
{
    if (err != ERR_ABSENT) {
        return event_world(event, err);
    }
    return event_refuse(event, JUDGE_NOT_YET, ERR_ABSENT, field, "D16", id,
                        "this is not on the ledger yet");
}

char *event_text(const struct event *event, const char *text)
{
    return arena_text(event->context->arena, text, strlen(text));
}

ProtobufCBinaryData event_data(const struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)hash->bytes};
}

/* --- the head -------------------------------------------------------------------------------- */

static enum judgement check_place(const struct event *event)
{
    const char *place = event->head->place;
    if (!identifier_place_valid(place)) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "event.place", "4.1",
                            "facility id or SGLN", "the form or the check digit is wrong");
    }
    if (identifier_place_is_sgln(place)) {
        return JUDGE_OK;
    }
    const Seam__FacilityRecord *facility = NULL;
    const enum err err =
        view_facility(&facility, event->context->state, place, event->context->arena);
    return err == OK ? JUDGE_OK : event_missing(event, err, "event.place", place);
}

static enum judgement check_hashes(const struct event *event)
{
    const Seam__LotHead *head = event->head;
    if (head->parameter_set_hash.len != HASH_SIZE) {
        return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "event.parameter_set_hash", "D7",
                            "32 bytes", NULL);
    }
    for (size_t i = 0; i < head->n_documents; i++) {
        if (head->documents[i].len != HASH_SIZE) {
            return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "event.documents", "4.1",
                                "32 bytes", NULL);
        }
    }
    return JUDGE_OK;
}

/* What replaces an event names it; the one replaced is the sender's own and declared an error. */
static enum judgement check_corrects(const struct event *event)
{
    const ProtobufCBinaryData corrects = event->head->corrects;
    struct hash id;
    const Seam__LotEventRecord *wrong = NULL;
    if (corrects.len == 0) {
        return JUDGE_OK;
    }
    if (corrects.len != HASH_SIZE) {
        return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "event.corrects", "D41", "32 bytes",
                            NULL);
    }
    memcpy(id.bytes, corrects.data, HASH_SIZE);
    const enum err err = view_lot_event(&wrong, event->context->state, &id, event->context->arena);
    if (err != OK) {
        return event_missing(event, err, "event.corrects", "no such event");
    }
    if (strcmp(wrong->organisation, event->context->organisation_id) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ROLE, "event.corrects", "D41",
                            wrong->organisation, "another organisation recorded that event");
    }
    if (wrong->error == NULL) {
        return event_refuse(event, JUDGE_NOT_YET, ERR_STATE_MACHINE, "event.corrects", "D41",
                            "LOT_ERROR", "declare that event an error first");
    }
    return JUDGE_OK;
}

static enum judgement check_time(const struct event *event)
{
    const uint64_t latest = event->context->time_ms + EVENT_AHEAD_MS;
    if (event->head->event_time_ms > latest) {
        char limit[TIME_TEXT_SIZE];
        time_text(limit, latest);
        return event_refuse(event, JUDGE_NOT_YET, ERR_RANGE, "event.event_time_ms", "D41", limit,
                            "an event is recorded after it happened");
    }
    return JUDGE_OK;
}

void event_month(char *out, uint64_t time_ms, int32_t utc_offset)
{
    const int64_t shifted = (int64_t)time_ms + (int64_t)utc_offset * 60000;
    const int64_t local = shifted < 0 ? 0 : shifted; /* periods begin with 1970 */
    const struct date date = date_of_days(local / (int64_t)DAY_MS);
    const struct period period = {.cadence = CADENCE_MONTH,
                                  .number = (uint32_t)(date.year - PERIOD_YEAR_MIN) * 12 +
                                            date.month - 1};
    period_text(out, period);
}

/* The month is that of the sender's calendar, until a facility says otherwise. */
static enum judgement read_calendar(struct event *event, const char *jurisdiction)
{
    const Seam__JurisdictionRecord *record = NULL;
    const enum err err =
        view_jurisdiction(&record, event->context->state, jurisdiction, event->context->arena);
    if (err != OK) {
        return event_missing(event, err, "jurisdiction", jurisdiction);
    }
    event->utc_offset = record->utc_offset_minutes;
    event_month(event->month, event->head->event_time_ms, event->utc_offset);
    return JUDGE_OK;
}

static void record_start(struct event *event, uint32_t type)
{
    struct rule_context *context = event->context;
    const Seam__LotHead *head = event->head;
    Seam__LotEventRecord *record = &event->record;
    seam__lot_event_record__init(record);
    record->event_id = event_data(&context->tx_id);
    record->type = type;
    record->organisation = (char *)(uintptr_t)context->organisation_id;
    record->place = head->place;
    record->event_time_ms = head->event_time_ms;
    record->time_ms = context->time_ms;
    record->height = context->height;
    record->parameter_set_hash = head->parameter_set_hash;
    record->documents = head->documents;
    record->n_documents = head->n_documents;
    record->devices = head->devices;
    record->n_devices = head->n_devices;
    record->note = head->note;
    record->corrects = head->corrects;
    record->inputs = event->inputs;
    record->outputs = event->outputs;
    record->losses = event->losses;
    record->findings = event->findings;
}

enum judgement event_start(struct event *event, struct rule_context *context, uint32_t type,
                           const Seam__LotHead *head, struct err_detail *detail)
{
    static enum judgement (*const steps[])(const struct event *) = {check_place, check_hashes,
                                                                    check_time, check_corrects};
    memset(event, 0, sizeof *event);
    event->context = context;
    event->detail = detail;
    event->head = head;
    if (head == NULL) {
        return event_refuse(event, JUDGE_NEVER, ERR_MISSING, "event", "D41", NULL, NULL);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const enum judgement judgement = steps[i](event);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    const Seam__OrganisationRecord *sender = NULL;
    const enum err err =
        view_organisation(&sender, context->state, context->organisation_id, context->arena);
    if (err != OK) {
        return event_missing(event, err, "organisation", context->organisation_id);
    }
    record_start(event, type);
    return read_calendar(event, sender->jurisdiction);
}

static bool kind_listed(const char *kinds, const char *kind)
{
    return kinds == NULL || strstr(kinds, kind) != NULL;
}

enum judgement event_facility(struct event *event, const Seam__FacilityRecord **out,
                              const char *facility, const char *kinds, const char *month)
{
    const Seam__FacilityRecord *record = NULL;
    const enum err err =
        view_facility(&record, event->context->state, facility, event->context->arena);
    if (err != OK) {
        return event_missing(event, err, "facility", facility);
    }
    if (strcmp(record->organisation, event->context->organisation_id) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ROLE, "facility", "4.2", record->organisation,
                            "another organisation answers for this facility");
    }
    if (!kind_listed(kinds, record->kind)) {
        return event_refuse(event, JUDGE_NEVER, ERR_ENUM, "facility", "4.2", kinds,
                            "a facility of another kind");
    }
    const enum judgement judgement = read_calendar(event, record->jurisdiction);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (month != NULL && strcmp(month, event->month) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "month", "D41", event->month,
                            "the month in which the event happened, where the facility lies");
    }
    if (month != NULL && strncmp(month, record->start_period, strlen(record->start_period)) < 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "month", "D30", record->start_period,
                            "before the facility's start period");
    }
    event->record.facility = record->facility;
    event->record.month = event->month;
    *out = record;
    return JUDGE_OK;
}

/* --- age -------------------------------------------------------------------------------------- */

static uint64_t age_ms(const struct event *event)
{
    const uint64_t now = event->context->time_ms;
    const uint64_t then = event->head->event_time_ms;
    return then < now ? now - then : 0;
}

/* Has the event happened more than so many days before its block? */
static bool older(const struct event *event, struct dec days)
{
    return (__int128)age_ms(event) * (__int128)dec_power(days.s) > (__int128)DAY_MS * days.m;
}

enum judgement event_age(struct event *event)
{
    struct dec days = {0, 0};
    enum judgement judgement = event_value(event, &days, "event.backdate_days");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    char limit[64];
    char text[DEC_TEXT_SIZE];
    dec_text(text, days);
    if (older(event, days)) {
        (void)snprintf(limit, sizeof limit, "%s d", text);
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "event.event_time_ms", "D41", limit,
                            "longer ago than the lot rules allow");
    }
    judgement = event_value(event, &days, "event.late_days");
    if (judgement != JUDGE_OK || !older(event, days)) {
        return judgement;
    }
    char amount[64];
    dec_text(text, days);
    (void)snprintf(limit, sizeof limit, "%s d", text);
    (void)snprintf(amount, sizeof amount, "%llu d", (unsigned long long)(age_ms(event) / DAY_MS));
    return event_world(event, event_finding(event, "W_LATE", "DAYS", amount, limit));
}
