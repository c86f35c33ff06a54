/* SPDX-License-Identifier: Apache-2.0 */
/* Custody of coal samples: taken, sealed, received, reported, each signed by whoever did it, each
 * beside the time of its block. The four frauds of F10 have no transaction to be made with: a date
 * that was edited disagrees with its block or with its neighbours; a report without a receipt, or
 * whose verification code was cut off, is refused; a sample stands for one month and has one
 * report, and a report for one sample; what arrives under another seal is refused by the
 * laboratory. */
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/rules.h"

#include "ledger/base/period.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SALT_SIZE 16
#define PARAMETERS_MAX 20

struct sampling {
    struct rule_context *context;
    struct err_detail *detail;
    Seam__CoalSampleRecord *record;
    struct parameters rules;
};

static enum judgement sampling_load(struct sampling *out, struct rule_context *context,
                                    const char *sample, struct err_detail *detail)
{
    const struct state_key key = record_key(KEY_COAL_SAMPLE, sample);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__coal_sample_record__descriptor, context->state,
                                    &key, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "sample", sample);
    }
    *out = (struct sampling){
        .context = context, .detail = detail, .record = (Seam__CoalSampleRecord *)message};
    return parameter_read(&out->rules, context, out->record->take->parameter_set_hash, detail);
}

static enum judgement sampling_move(struct sampling *in, enum custody_state next)
{
    uint8_t state = (uint8_t)in->record->state;
    const enum err err = sm_move(&custody_machine, &state, (uint8_t)next, in->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    in->record->state = state;
    return JUDGE_OK;
}

static enum judgement sampling_put(const struct sampling *in)
{
    const struct state_key key = record_key(KEY_COAL_SAMPLE, in->record->take->sample);
    return refusal_of_world(in->detail, record_put(in->context, &key, &in->record->base));
}

/* F10, edited dates: a stated time lies after what came before it, not after its own block, and at
 * most so many days before it. */
static enum judgement time_fits(const struct sampling *in, const char *field, uint64_t stated_ms,
                                uint64_t before_ms)
{
    uint32_t days = 0;
    char limit[2 * TIME_TEXT_SIZE];
    char text[TIME_TEXT_SIZE];
    const uint64_t now = in->context->time_ms;
    const enum judgement judgement =
        parameter_need(&days, &in->rules, "lab.claim_days", 0, in->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const uint64_t span = (uint64_t)days * DAY_MS;
    const uint64_t earliest = now > span ? now - span : 0;
    const uint64_t from = before_ms > earliest ? before_ms : earliest;
    if (stated_ms < from || stated_ms > now) {
        time_text(text, from);
        (void)snprintf(limit, sizeof limit, "%s..", text);
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, field, "V14", limit,
                                                          "after the step before it, at most so "
                                                          "many days before this block"});
    }
    return JUDGE_OK;
}

/* --- taken and sealed ---------------------------------------------------------------------------
 */

/* A sample stands for the month in which it was taken. */
static enum judgement month_fits(const struct sampling *in, const Seam__SampleTake *take,
                                 const Seam__FacilityRecord *facility)
{
    const Seam__JurisdictionRecord *place = NULL;
    struct period period;
    const enum err err =
        view_jurisdiction(&place, in->context->state, facility->jurisdiction, in->context->arena);
    if (err != OK) {
        return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (period_parse(&period, bytes_text(take->period)) != OK || period.cadence != CADENCE_MONTH) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_TYPE, "period", "V14", "YYYY-MM", NULL});
    }
    if (take->sampled_at_ms < period_start_ms(period, place->utc_offset_minutes) ||
        take->sampled_at_ms >= period_end_ms(period, place->utc_offset_minutes)) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_RANGE, "sampled_at_ms", "F10", take->period,
                                              "a sample stands for the month it was "
                                              "taken in"});
    }
    return JUDGE_OK;
}

static enum judgement sampler_valid(const struct sampling *in, const char *sampler)
{
    const Seam__PersonRecord *person = NULL;
    const enum err err = view_person(&person, in->context->state, sampler, in->context->arena);
    if (err != OK) {
        return refusal_of_view(in->detail, err, "sampler", sampler);
    }
    if (!record_same(person->organisation, in->context->organisation_id)) {
        return refusal_never(in->detail, (struct refusal){ERR_ROLE, "sampler", "V14", NULL,
                                                          "a person of the sender"});
    }
    return JUDGE_OK;
}

static enum judgement sample_new(const struct sampling *in, const char *sample)
{
    bool exists = false;
    const struct state_key key = record_key(KEY_COAL_SAMPLE, sample);
    const enum err err = view_exists(&exists, in->context->state, state_key_bytes(&key));
    if (err == OK && exists) {
        return refusal_never(in->detail, (struct refusal){ERR_CONFLICT, "sample", "D5", NULL,
                                                          "a sample has this name already"});
    }
    return refusal_of_world(in->detail, err);
}

enum judgement sample_take(struct rule_context *context, const ProtobufCMessage *payload,
                           const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__SampleTake *take = (const Seam__SampleTake *)payload;
    const Seam__FacilityRecord *facility = NULL;
    struct sampling in = {.context = context, .detail = detail};
    const enum err err = view_facility(&facility, context->state, take->facility, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "facility", take->facility);
    }
    if (!record_same(facility->organisation, context->organisation_id)) {
        return refusal_never(detail,
                             (struct refusal){ERR_ROLE, "facility", "V14", facility->organisation,
                                              "its owner takes the samples"});
    }
    enum judgement judgement = parameter_read(&in.rules, context, take->parameter_set_hash, detail);
    if (judgement == JUDGE_OK) {
        judgement = parameter_adopted(context, take->parameter_set_hash, facility->scheme,
                                      take->period, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = sample_new(&in, take->sample);
    }
    if (judgement == JUDGE_OK) {
        judgement = sampler_valid(&in, take->sampler);
    }
    if (judgement == JUDGE_OK) {
        judgement = month_fits(&in, take, facility);
    }
    if (judgement == JUDGE_OK) {
        judgement = time_fits(&in, "sampled_at_ms", take->sampled_at_ms, 0);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__CoalSampleRecord record = SEAM__COAL_SAMPLE_RECORD__INIT;
    record.take = (Seam__SampleTake *)(uintptr_t)take;
    record.state = CUSTODY_TAKEN;
    record.owner = (char *)(uintptr_t)context->organisation_id;
    record.taker = record_data(&context->signers[0].person);
    record.taken_ms = context->time_ms;
    const struct state_key key = record_key(KEY_COAL_SAMPLE, take->sample);
    enum err written = record_add(context, &key, &record.base);
    if (written == OK) {
        written = record_list(context, KEY_COAL_SAMPLE, context->organisation_id, take->sample);
    }
    return refusal_of_world(detail, written);
}

void sample_take_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__SampleTake *in = (const Seam__SampleTake *)payload;
    const struct state_key key = record_key(KEY_COAL_SAMPLE, in->sample);
    const struct state_key facility = state_key_named(KEY_FACILITY, in->facility);
    *creates = record_link(context, &key);
    *needs = record_link(context, &facility);
}

static enum judgement laboratory_valid(const struct sampling *in, const char *laboratory)
{
    const Seam__OrganisationRecord *record = NULL;
    const enum err err =
        view_organisation(&record, in->context->state, laboratory, in->context->arena);
    if (err != OK) {
        return refusal_of_view(in->detail, err, "laboratory", laboratory);
    }
    if ((record->roles & ROLE_LABORATORY) == 0) {
        return refusal_never(in->detail, (struct refusal){ERR_ROLE, "laboratory", "V14", NULL,
                                                          "the organisation has another role"});
    }
    return JUDGE_OK;
}

/* Another person than the one who took it puts the seal on. */
enum judgement sample_seal(struct rule_context *context, const ProtobufCMessage *payload,
                           const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__SampleSeal *seal = (const Seam__SampleSeal *)payload;
    struct sampling in;
    enum judgement judgement = sampling_load(&in, context, seal->sample, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (!record_same(in.record->owner, context->organisation_id)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "sample", "V14", in.record->owner,
                                                      "whoever took it seals it"});
    }
    if (record_data_equal(in.record->taker, record_data(&context->signers[0].person))) {
        return refusal_never(detail, (struct refusal){ERR_SECOND_PERSON, "signatures", "V22", NULL,
                                                      "another person than who took it"});
    }
    judgement = sampling_move(&in, CUSTODY_SEALED);
    if (judgement == JUDGE_OK) {
        judgement =
            time_fits(&in, "sealed_at_ms", seal->sealed_at_ms, in.record->take->sampled_at_ms);
    }
    if (judgement == JUDGE_OK && seal->laboratory[0] != '\0') {
        judgement = laboratory_valid(&in, seal->laboratory);
    }
    in.record->laboratory = seal->laboratory;
    in.record->seal = seal->seal;
    in.record->sealed_at_ms = seal->sealed_at_ms;
    in.record->sealed_ms = context->time_ms;
    return judgement == JUDGE_OK ? sampling_put(&in) : judgement;
}

/* --- received
 * ------------------------------------------------------------------------------------- */

/* F10, fake sample: what comes under another or a broken seal is taken note of and never tested. */
enum judgement sample_receive(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__SampleReceive *receive = (const Seam__SampleReceive *)payload;
    struct sampling in;
    enum judgement judgement = sampling_load(&in, context, receive->sample, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (in.record->laboratory[0] != '\0' &&
        !record_same(in.record->laboratory, context->organisation_id)) {
        return refusal_never(detail,
                             (struct refusal){ERR_ROLE, "sample", "F10", in.record->laboratory,
                                              "sealed for another laboratory"});
    }
    const bool same = receive->intact && record_same(receive->seal, in.record->seal);
    judgement = sampling_move(&in, same ? CUSTODY_RECEIVED : CUSTODY_REFUSED);
    if (judgement == JUDGE_OK) {
        judgement =
            time_fits(&in, "received_at_ms", receive->received_at_ms, in.record->sealed_at_ms);
    }
    in.record->laboratory = (char *)(uintptr_t)context->organisation_id;
    in.record->seal_found = receive->seal;
    in.record->received_at_ms = receive->received_at_ms;
    in.record->received_ms = context->time_ms;
    if (!same) {
        in.record->reason =
            (char *)(uintptr_t)(receive->intact ? "another seal" : "the seal was broken");
    }
    return judgement == JUDGE_OK ? sampling_put(&in) : judgement;
}

/* --- reported
 * ------------------------------------------------------------------------------------- */

/* V14: the laboratory is accredited for each parameter where the sample comes from. */
static enum judgement accredited(const struct sampling *in, const Seam__LabReport *report)
{
    struct rule_context *context = in->context;
    const Seam__FacilityRecord *facility = NULL;
    const enum err err =
        view_facility(&facility, context->state, in->record->take->facility, context->arena);
    if (err != OK) {
        return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    for (size_t i = 0; i < report->n_parameters; i++) {
        bool valid = false;
        const char *reason = NULL;
        const enum err asked = accreditation_valid(
            &valid, &reason, context->state, context->organisation_id, "LABORATORY",
            report->parameters[i], facility->jurisdiction, report->tested_at_ms, context->arena);
        if (asked != OK) {
            return refusal_of_world(in->detail, asked);
        }
        if (!valid) {
            return refusal_never(in->detail, (struct refusal){ERR_ROLE, "parameters", "V14",
                                                              report->parameters[i], reason});
        }
    }
    return JUDGE_OK;
}

/* V14: in time, after the receipt. */
static enum judgement report_in_time(const struct sampling *in, const Seam__LabReport *report)
{
    uint32_t days = 0;
    char limit[TIME_TEXT_SIZE];
    enum judgement judgement = parameter_need(&days, &in->rules, "lab.report_days", 0, in->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const uint64_t last = in->record->take->sampled_at_ms + (uint64_t)days * DAY_MS;
    if (in->context->time_ms > last) {
        time_text(limit, last);
        return refusal_never(in->detail, (struct refusal){ERR_EXPIRED, "sample", "V14", limit,
                                                          "too long after the sampling"});
    }
    if (report->tested_at_ms < in->record->received_at_ms ||
        report->tested_at_ms > in->context->time_ms) {
        time_text(limit, in->record->received_at_ms);
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "tested_at_ms", "F10", limit,
                                                          "between receipt and report"});
    }
    return JUDGE_OK;
}

/* D3: the values are for the parties; each stated parameter has one. */
static enum judgement values_fit(const struct sampling *in, const Seam__LabReport *report,
                                 const Seam__LabValues *values)
{
    struct bytes bytes;
    struct hash hash;
    bool fits = values != NULL && values->salt.len == SALT_SIZE && report->n_parameters > 0 &&
                report->n_parameters <= PARAMETERS_MAX &&
                record_ascending(report->parameters, report->n_parameters);
    size_t at = 0;
    for (size_t i = 0; fits && i < values->n_values; i++) {
        const char *parameter = values->values[i]->parameter;
        if (at < report->n_parameters && !record_same(report->parameters[at], parameter)) {
            at++;
        }
        fits = at < report->n_parameters && record_same(report->parameters[at], parameter) &&
               (i > 0 || at == 0);
    }
    if (!fits || at + 1 != report->n_parameters || values->n_values == 0) {
        return refusal_never(in->detail, (struct refusal){ERR_INCOMPLETE, "detached", "V14", NULL,
                                                          "values of the stated parameters, in "
                                                          "order"});
    }
    const enum err err = message_pack(&bytes, &values->base, in->context->arena);
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    hash_tagged(&hash, TAG_LABORATORY, bytes);
    if (!record_data_equal(report->values_hash, record_data(&hash))) {
        return refusal_never(in->detail, (struct refusal){ERR_TOTAL, "values_hash", "D3", NULL,
                                                          "not the hash of the values"});
    }
    return JUDGE_OK;
}

/* F10, one batch for twelve months: a report speaks of one sample. */
static enum judgement report_new(const struct sampling *in, const Seam__LabReport *report)
{
    struct hash hash;
    const Seam__LabReportRecord *before = NULL;
    if (!record_hash(&hash, report->report_hash)) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_LENGTH, "report_hash", "V14", "32 bytes", NULL});
    }
    const enum err err = view_lab_report(&before, in->context->state, &hash, in->context->arena);
    if (err == OK) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_CONFLICT, "report_hash", "F10", before->sample,
                                              "this report speaks of a sample already"});
    }
    if (err != ERR_ABSENT) {
        return refusal_of_world(in->detail, err);
    }
    Seam__LabReportRecord record = SEAM__LAB_REPORT_RECORD__INIT;
    record.sample = report->sample;
    record.laboratory = (char *)(uintptr_t)in->context->organisation_id;
    const struct state_key key = record_key_report(&hash);
    return refusal_of_world(in->detail, record_add(in->context, &key, &record.base));
}

enum judgement lab_report(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    const Seam__LabReport *report = (const Seam__LabReport *)payload;
    struct sampling in;
    enum judgement judgement = sampling_load(&in, context, report->sample, detail);
    if (judgement == JUDGE_OK) {
        judgement = sampling_move(&in, CUSTODY_REPORTED);
    }
    if (judgement == JUDGE_OK && !record_same(in.record->laboratory, context->organisation_id)) {
        judgement =
            refusal_never(detail, (struct refusal){ERR_ROLE, "sample", "F10", in.record->laboratory,
                                                   "another laboratory received it"});
    }
    if (judgement == JUDGE_OK) {
        judgement = report_in_time(&in, report);
    }
    if (judgement == JUDGE_OK) {
        judgement = values_fit(&in, report, (const Seam__LabValues *)detached);
    }
    if (judgement == JUDGE_OK) {
        judgement = accredited(&in, report);
    }
    if (judgement == JUDGE_OK) {
        judgement = report_new(&in, report);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    in.record->report = (Seam__LabReport *)(uintptr_t)report;
    in.record->reported_ms = context->time_ms;
    in.record->reports++;
    return sampling_put(&in);
}

/* The report was wrong: it is marked, and the same sample may be tested again, in time. */
enum judgement lab_withdraw(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LabWithdraw *withdraw = (const Seam__LabWithdraw *)payload;
    struct sampling in;
    struct hash hash;
    ProtobufCMessage *message = NULL;
    enum judgement judgement = sampling_load(&in, context, withdraw->sample, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (in.record->state != CUSTODY_REPORTED) {
        return refusal_never(detail, (struct refusal){ERR_STATE_MACHINE, "sample", "4.4",
                                                      "REPORTED", "there is no report"});
    }
    if (!record_same(in.record->laboratory, context->organisation_id)) {
        return refusal_never(detail,
                             (struct refusal){ERR_ROLE, "sample", "F10", in.record->laboratory,
                                              "the report of another laboratory"});
    }
    judgement = sampling_move(&in, CUSTODY_RECEIVED);
    if (judgement != JUDGE_OK || !record_hash(&hash, in.record->report->report_hash)) {
        return judgement != JUDGE_OK ? judgement : refusal_of_world(detail, ERR_CORRUPT);
    }
    const struct state_key key = record_key_report(&hash);
    enum err err = record_get(&message, &seam__lab_report_record__descriptor, context->state, &key,
                              context->arena);
    if (err == OK) {
        ((Seam__LabReportRecord *)message)->withdrawn = true;
        err = record_put(context, &key, message);
    }
    if (err != OK) {
        return refusal_of_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    in.record->report = NULL;
    in.record->reported_ms = 0;
    in.record->reason = withdraw->reason;
    return sampling_put(&in);
}

#define NEEDS_SAMPLE(rule, Type)                                                                   \
    void rule##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)                                  \
    {                                                                                              \
        const struct state_key key = record_key(KEY_COAL_SAMPLE, ((const Type *)payload)->sample); \
        (void)creates;                                                                             \
        *needs = record_link(context, &key);                                                       \
    }

NEEDS_SAMPLE(sample_seal, Seam__SampleSeal)
NEEDS_SAMPLE(sample_receive, Seam__SampleReceive)
NEEDS_SAMPLE(lab_report, Seam__LabReport)
NEEDS_SAMPLE(lab_withdraw, Seam__LabWithdraw)
