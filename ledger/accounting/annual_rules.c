/* SPDX-License-Identifier: Apache-2.0 */
/* ANNUAL_SUBMIT: who, which year, which months, which true-ups, and only then the sums. */
#include "ledger/accounting/annual_judging.h"
#include "ledger/accounting/status.h"
#include "ledger/accounting/submission.h"
#include "ledger/codec/message.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- what they all need -----------------------------------------------------------------------*/

enum judgement annual_refuse(const struct annual_judging *in, enum judgement judgement,
                             enum err err, const char *field, const char *rule, const char *limit,
                             const char *hint)
{
    err_set(in->detail, err, field, "KSSJ 5.2", limit, hint);
    if (in->detail != NULL) {
        snprintf(in->detail->rule, sizeof in->detail->rule, "%.40s", rule);
    }
    return judgement;
}

enum judgement annual_failed(const struct annual_judging *in, enum err err, const char *field,
                             const char *what)
{
    if (err != ERR_ABSENT) {
        err_set(in->detail, err, field, NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    return annual_refuse(in, JUDGE_NOT_YET, ERR_ABSENT, field, "D16", what, NULL);
}

/* --- who and which year ------------------------------------------------------------------------*/

static enum judgement check_people(struct annual_judging *in)
{
    const struct rule_context *context = in->context;
    for (size_t i = 1; i < context->signer_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (hash_equal(&context->signers[i].person, &context->signers[j].person)) {
                return annual_refuse(in, JUDGE_NEVER, ERR_SECOND_PERSON, "signatures", "V22",
                                     "two persons", NULL);
            }
        }
    }
    return JUDGE_OK;
}

static enum judgement check_facility(struct annual_judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    struct rule_context *context = in->context;
    enum err err = view_facility(&in->facility, context->state, annual->facility, context->arena);
    if (err != OK) {
        return annual_failed(in, err, "facility", annual->facility);
    }
    if (strcmp(in->facility->organisation, context->organisation_id) != 0) {
        return annual_refuse(in, JUDGE_NEVER, ERR_ROLE, "facility", "4.2",
                             in->facility->organisation,
                             "another organisation answers for this facility");
    }
    if (strcmp(in->facility->kind, annual->kind) != 0) {
        return annual_refuse(in, JUDGE_NEVER, ERR_ENUM, "kind", "4.2", in->facility->kind, NULL);
    }
    if (strcmp(in->facility->cadence, "MONTH") != 0) {
        return annual_refuse(in, JUDGE_NEVER, ERR_TYPE, "facility", "D30", "a facility with months",
                             "its yearly account is filed by ACCOUNT_SUBMIT");
    }
    if (!annual_year(&in->year, annual->year)) {
        return annual_refuse(in, JUDGE_NEVER, ERR_TYPE, "year", "D30", "YYYY", NULL);
    }
    err = view_jurisdiction(&in->jurisdiction, context->state, in->facility->jurisdiction,
                            context->arena);
    return err == OK ? JUDGE_OK
                     : annual_failed(in, err, "jurisdiction", in->facility->jurisdiction);
}

/* --- versions ----------------------------------------------------------------------------------*/

static enum judgement check_taken(struct annual_judging *in)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key =
        annual_version_key(in->annual->facility, in->year, in->annual->version);
    const enum err err = view_record(&message, &seam__annual_record__descriptor, in->context->state,
                                     state_key_bytes(&key), in->context->arena);
    if (err != OK) {
        return annual_failed(in, err, "version", NULL);
    }
    const Seam__AnnualRecord *record = (const Seam__AnnualRecord *)message;
    if (annual_same(record->annual_hash, annual_data(&in->hash))) {
        return annual_refuse(in, JUDGE_NEVER, ERR_DUPLICATE, "version", "D5", NULL,
                             "the same annual account is already there");
    }
    return annual_refuse(in, JUDGE_NEVER, ERR_CONFLICT, "version", "D5", NULL,
                         "another content stands for this version");
}

static enum judgement check_version(struct annual_judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    ProtobufCMessage *message = NULL;
    const struct state_key key = annual_key(annual->facility, in->year);
    const enum err err = view_record(&message, &seam__annual_head__descriptor, in->context->state,
                                     state_key_bytes(&key), in->context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return annual_failed(in, err, "year", NULL);
    }
    in->head = err == OK ? (const Seam__AnnualHead *)message : NULL;
    const uint32_t current = in->head != NULL ? in->head->version : 0;
    if (annual->version <= current) {
        return check_taken(in);
    }
    if (annual->version != current + 1) {
        return annual_refuse(in, JUDGE_NOT_YET, ERR_GAP, "version", "V03", NULL,
                             "the version before it is missing");
    }
    if (in->head != NULL ? !annual_same(annual->previous, in->head->annual_hash)
                         : annual->previous.len != 0) {
        return annual_refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03", NULL,
                             "not the hash of the version it replaces");
    }
    if (in->head != NULL && annual->reason[0] == '\0') {
        return annual_refuse(in, JUDGE_NEVER, ERR_MISSING, "reason", "4.4", NULL,
                             "a later version says why");
    }
    return JUDGE_OK;
}

/* --- months ------------------------------------------------------------------------------------*/

/* The month must stand as the year says it does: a month that was corrected in the meantime has
 * another hash, one that will be has not got there yet. */
static enum judgement check_month(struct annual_judging *in, uint32_t index)
{
    struct rule_context *context = in->context;
    const Seam__AnnualMonth *month = in->annual->months[index];
    const struct period period = annual_month(in->year, index);
    char text[PERIOD_TEXT_SIZE];
    ProtobufCMessage *message = NULL;
    period_text(text, period);
    if (strcmp(month->period, text) != 0) {
        return annual_refuse(in, JUDGE_NEVER, ERR_GAP, "months", "B3", text,
                             "twelve months in order, none left out");
    }
    struct state_key key = submission_period_key(KEY_ACCOUNT, in->annual->facility, period);
    enum err err = view_record(&message, &seam__account_head__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == ERR_ABSENT) {
        return annual_refuse(in, JUDGE_NOT_YET, ERR_GAP, "months", "B3", text,
                             "this month has no account yet");
    }
    if (err != OK) {
        return annual_failed(in, err, "months", text);
    }
    const Seam__AccountHead *head = (const Seam__AccountHead *)message;
    if (month->version > head->version) {
        return annual_refuse(in, JUDGE_NOT_YET, ERR_GAP, "months", "B3", text,
                             "this version of the month is not there yet");
    }
    if (month->version != head->version || !annual_same(month->account_hash, head->account_hash)) {
        return annual_refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "months", "B3", text,
                             "not the account that counts for this month");
    }
    key = submission_version_key(in->annual->facility, period, head->version);
    err = view_record(&message, &seam__account_record__descriptor, context->state,
                      state_key_bytes(&key), context->arena);
    if (err == OK) {
        const ProtobufCBinaryData bytes = ((const Seam__AccountRecord *)message)->account;
        err = message_unpack(&message, &seam__account__descriptor, bytes_of(bytes.data, bytes.len),
                             LIMIT_STATE_VALUE, context->arena, NULL);
    }
    if (err != OK) {
        err_set(in->detail, ERR_CORRUPT, "months", NULL, text, NULL);
        return JUDGE_UNABLE;
    }
    in->months[index] = (const Seam__Account *)message;
    if (!annual_add_month(&in->sum, in->months[index])) {
        return annual_refuse(in, JUDGE_NEVER, ERR_RANGE, "months", "D34", text, NULL);
    }
    return JUDGE_OK;
}

static enum judgement check_months(struct annual_judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    if (annual->n_months != ANNUAL_MONTHS) {
        return annual_refuse(in, JUDGE_NEVER, ERR_GAP, "months", "B3", "12",
                             "all months of the year");
    }
    enum judgement judgement = JUDGE_OK;
    for (uint32_t i = 0; i < ANNUAL_MONTHS && judgement == JUDGE_OK; i++) {
        judgement = check_month(in, i);
    }
    if (judgement == JUDGE_OK &&
        (in->sum.gross_g != annual->months_gross_g || in->sum.net_g != annual->months_net_g)) {
        char limit[24];
        const bool gross = in->sum.gross_g != annual->months_gross_g;
        snprintf(limit, sizeof limit, "%lld", (long long)(gross ? in->sum.gross_g : in->sum.net_g));
        return annual_refuse(in, JUDGE_NEVER, ERR_TOTAL, gross ? "months_gross_g" : "months_net_g",
                             "V07", limit, NULL);
    }
    return judgement;
}

static enum judgement check_totals(struct annual_judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    const struct annual_totals *sum = &in->sum;
    const struct {
        const char *field;
        int64_t stated;
        int64_t found;
    } totals[] = {{"gross_g", annual->gross_g, sum->gross_g},
                  {"net_g", annual->net_g, sum->net_g},
                  {"scope1_g", annual->scope1_g, sum->scope1_g},
                  {"scope2_g", annual->scope2_g, sum->scope2_g},
                  {"sinks_g", annual->sinks_g, sum->sinks_g},
                  {"information_g", annual->information_g, sum->information_g},
                  {"co2_g", annual->co2_g, sum->co2_g},
                  {"ch4_g", annual->ch4_g, sum->ch4_g}};
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        if (totals[i].stated != totals[i].found) {
            char limit[24];
            snprintf(limit, sizeof limit, "%lld", (long long)totals[i].found);
            return annual_refuse(in, JUDGE_NEVER, ERR_TOTAL, totals[i].field, "V07", limit,
                                 "months and true-ups, added");
        }
    }
    return JUDGE_OK;
}

/* --- what stays --------------------------------------------------------------------------------*/

/* Late is a year whose first version comes after the yearly deadline of the jurisdiction; one that
 * ended before the chain began is historic instead (D30). */
static enum judgement note_calendar(struct annual_judging *in)
{
    struct rule_context *context = in->context;
    const Seam__ChainState *chain = NULL;
    const enum err err = view_chain(&chain, context->state, context->arena);
    if (err != OK) {
        return annual_failed(in, err, "chain", NULL);
    }
    in->deadline = status_deadline_ms(in->year, in->jurisdiction, 0);
    in->historic =
        period_end_ms(in->year, in->jurisdiction->utc_offset_minutes) <= chain->genesis_time_ms;
    if (in->head != NULL) {
        context->receipt_flags |= RECEIPT_SUPERSEDES;
        return JUDGE_OK;
    }
    if (in->historic) {
        context->receipt_flags |= RECEIPT_HISTORIC;
        return JUDGE_OK;
    }
    context->days_late = days_late(context->time_ms, in->deadline);
    if (context->days_late > 0) {
        context->receipt_flags |= RECEIPT_LATE;
    }
    return JUDGE_OK;
}

static enum err put_record(const struct annual_judging *in)
{
    struct rule_context *context = in->context;
    Seam__AnnualRecord record = SEAM__ANNUAL_RECORD__INIT;
    ProtobufCBinaryData persons[LIMIT_TX_SIGNATURES];
    assert(context->signer_count <= LIMIT_TX_SIGNATURES);
    for (size_t i = 0; i < context->signer_count; i++) {
        persons[i] = annual_data(&context->signers[i].person);
    }
    record.annual =
        (ProtobufCBinaryData){.len = in->bytes.size, .data = (uint8_t *)(uintptr_t)in->bytes.data};
    record.annual_hash = annual_data(&in->hash);
    record.tx_id = annual_data(&context->tx_id);
    record.organisation = (char *)(uintptr_t)context->organisation_id;
    record.persons = persons;
    record.n_persons = context->signer_count;
    record.height = context->height;
    record.time_ms = context->time_ms;
    record.deadline_ms = in->deadline;
    record.days_late = context->days_late;
    record.historic = in->historic;
    const struct state_key key =
        annual_version_key(in->annual->facility, in->year, in->annual->version);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    return err != OK ? err : rule_created(context, state_key_bytes(&key));
}

static enum err put_head(const struct annual_judging *in)
{
    struct rule_context *context = in->context;
    Seam__AnnualHead head = SEAM__ANNUAL_HEAD__INIT;
    head.facility = in->annual->facility;
    head.year = in->annual->year;
    head.version = in->annual->version;
    head.annual_hash = annual_data(&in->hash);
    head.height = context->height;
    head.time_ms = context->time_ms;
    head.first_height = in->head != NULL ? in->head->first_height : context->height;
    head.first_time_ms = in->head != NULL ? in->head->first_time_ms : context->time_ms;
    const struct state_key key = annual_key(in->annual->facility, in->year);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &head.base, context->arena);
    return err != OK || in->head != NULL ? err : rule_created(context, state_key_bytes(&key));
}

/* [KSSJ 5.2.1] */
static enum judgement annual_submit(struct rule_context *context, const ProtobufCMessage *payload,
                                    const ProtobufCMessage *detached, struct err_detail *detail)
{
    enum judgement (*const steps[])(struct annual_judging *) = {
        check_people,          check_facility, check_version, check_months,
        annual_check_true_ups, check_totals,   note_calendar};
    struct annual_judging *in = arena_alloc(context->arena, sizeof *in);
    if (in == NULL) {
        err_set(detail, ERR_MEMORY, NULL, NULL, NULL, NULL);
        return JUDGE_UNABLE;
    }
    in->context = context;
    in->detail = detail;
    in->annual = (const Seam__AnnualAccount *)payload;
    in->lines = (const Seam__AnnualLines *)detached;
    enum err err = message_pack(&in->bytes, payload, context->arena);
    if (err != OK) {
        return annual_failed(in, err, "annual", NULL);
    }
    annual_hash(&in->hash, in->bytes);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const enum judgement judgement = steps[i](in);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    err = put_record(in);
    if (err == OK) {
        err = put_head(in);
    }
    return err == OK ? JUDGE_OK : annual_failed(in, err, "annual", NULL);
}

static struct bytes keep(struct rule_context *context, const struct state_key *key)
{
    struct bytes out = bytes_of(NULL, 0);
    return arena_copy(context->arena, state_key_bytes(key), &out) ? out : bytes_of(NULL, 0);
}

/* A first version waits for its December, a later one for the version before it. */
static void annual_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__AnnualAccount *annual = (const Seam__AnnualAccount *)payload;
    struct period year;
    if (!annual_year(&year, annual->year) || annual->version == 0) {
        return;
    }
    struct state_key key = annual_version_key(annual->facility, year, annual->version);
    *creates = keep(context, &key);
    if (annual->version > 1) {
        key = annual_version_key(annual->facility, year, annual->version - 1);
    } else {
        const uint32_t version =
            annual->n_months == ANNUAL_MONTHS ? annual->months[ANNUAL_MONTHS - 1]->version : 1;
        key = submission_version_key(annual->facility, annual_month(year, ANNUAL_MONTHS - 1),
                                     version);
    }
    *needs = keep(context, &key);
}

/* The transaction that anchored this very content (decision D5). */
static enum err annual_duplicate(struct rule_context *context, const ProtobufCMessage *payload,
                                 struct hash *first)
{
    const Seam__AnnualAccount *annual = (const Seam__AnnualAccount *)payload;
    ProtobufCMessage *message = NULL;
    struct period year;
    struct bytes bytes;
    struct hash hash;
    if (!annual_year(&year, annual->year)) {
        return ERR_ABSENT;
    }
    const struct state_key key = annual_version_key(annual->facility, year, annual->version);
    enum err err = view_record(&message, &seam__annual_record__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        err = message_pack(&bytes, payload, context->arena);
    }
    if (err != OK) {
        return err;
    }
    const Seam__AnnualRecord *record = (const Seam__AnnualRecord *)message;
    annual_hash(&hash, bytes);
    if (record->tx_id.len != HASH_SIZE || !annual_same(record->annual_hash, annual_data(&hash))) {
        return ERR_ABSENT;
    }
    memcpy(first->bytes, record->tx_id.data, HASH_SIZE);
    return OK;
}

static const struct rule_row rows[] = {
    {.type = ANNUAL_SUBMIT_TYPE,
     .name = "ANNUAL_SUBMIT",
     .operation = "SubmitAnnual",
     .payload = &seam__annual_account__descriptor,
     .detached = &seam__annual_lines__descriptor,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = annual_submit,
     .links = annual_links,
     .duplicate = annual_duplicate,
     .cost = 20,
     .clause = "KSSJ 5.2.1",
     .since = 1,
     .help_en = "Anchors the year of a facility: its twelve months and explicit true-ups."},
};

const struct rule_table annual_rules = {rows, sizeof rows / sizeof rows[0]};
