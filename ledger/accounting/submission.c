/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the questions is the order in which a person would want to hear of them: who, which
 * period, when, with which set, and only then the lines. */
#include "ledger/accounting/submission.h"

#include "ledger/accounting/status.h"
#include "ledger/codec/message.h"
#include "ledger/proto/assurance.pb-c.h"
#include "ledger/proto/dispute.pb-c.h"

#include <stdio.h>
#include <string.h>

enum judgement submission_refuse(const struct submission *in, enum judgement judgement,
                                 enum err err, const char *field, const char *rule,
                                 const char *limit, const char *hint)
{
    err_set(in->detail, err, field, "KSSJ 5.2", limit, hint);
    if (in->detail != NULL) {
        snprintf(in->detail->rule, sizeof in->detail->rule, "%.40s", rule);
    }
    return judgement;
}

enum judgement submission_missing(const struct submission *in, enum err err, enum err says,
                                  const char *field, const char *what)
{
    if (err != ERR_ABSENT) {
        err_set(in->detail, err, field, NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    return submission_refuse(in, JUDGE_NOT_YET, says, field, "D16", what, NULL);
}

/* --- who and what ------------------------------------------------------------------------------*/

static enum judgement check_people(const struct submission *in)
{
    const struct rule_context *context = in->context;
    for (size_t i = 1; i < context->signer_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (hash_equal(&context->signers[i].person, &context->signers[j].person)) {
                return submission_refuse(in, JUDGE_NEVER, ERR_SECOND_PERSON, "signatures", "V22",
                                         "two persons", NULL);
            }
        }
    }
    return JUDGE_OK;
}

static enum judgement check_facility(struct submission *in)
{
    const Seam__Account *account = in->account;
    struct rule_context *context = in->context;
    enum err err = view_facility(&in->facility, context->state, account->facility, context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_ABSENT, "facility", account->facility);
    }
    if (strcmp(in->facility->organisation, context->organisation_id) != 0) {
        return submission_refuse(in, JUDGE_NEVER, ERR_ROLE, "facility", "4.2",
                                 in->facility->organisation,
                                 "another organisation answers for this facility");
    }
    if (strcmp(in->facility->kind, account->kind) != 0) {
        return submission_refuse(in, JUDGE_NEVER, ERR_ENUM, "kind", "4.2", in->facility->kind,
                                 NULL);
    }
    err = view_jurisdiction(&in->jurisdiction, context->state, in->facility->jurisdiction,
                            context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_ABSENT, "jurisdiction", in->facility->jurisdiction);
    }
    return JUDGE_OK;
}

static enum judgement check_period(struct submission *in)
{
    const bool monthly = strcmp(in->facility->cadence, "MONTH") == 0;
    struct period start;
    if (period_parse(&in->period, bytes_text(in->account->period)) != OK ||
        in->period.cadence != (monthly ? CADENCE_MONTH : CADENCE_YEAR)) {
        return submission_refuse(in, JUDGE_NEVER, ERR_TYPE, "period", "D30",
                                 monthly ? "YYYY-MM" : "YYYY", "the cadence of the facility");
    }
    if (period_parse(&start, bytes_text(in->facility->start_period)) != OK ||
        start.cadence != in->period.cadence) {
        err_set(in->detail, ERR_CORRUPT, "start_period", NULL, NULL, NULL);
        return JUDGE_UNABLE;
    }
    if (in->period.number < start.number) {
        return submission_refuse(in, JUDGE_NEVER, ERR_RANGE, "period", "D30",
                                 in->facility->start_period, "before the facility's start period");
    }
    return JUDGE_OK;
}

/* The boundary version must be the one in force at the start of the period. */
static enum judgement check_boundary(struct submission *in)
{
    struct rule_context *context = in->context;
    const uint32_t version = in->account->boundary_version;
    enum err err = view_boundary(&in->boundary, context->state, in->account->facility, version,
                                 context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_BOUNDARY, "boundary_version",
                                  "no such boundary version");
    }
    if (strcmp(in->boundary->from_period, in->account->period) > 0) {
        return submission_refuse(in, JUDGE_NEVER, ERR_BOUNDARY, "boundary_version", "KSSJ 5.1.2",
                                 in->boundary->from_period,
                                 "this boundary begins after the period");
    }
    const Seam__BoundaryRecord *next = NULL;
    err = view_boundary(&next, context->state, in->account->facility, version + 1, context->arena);
    if (err == ERR_ABSENT) {
        return JUDGE_OK;
    }
    if (err != OK) {
        return submission_missing(in, err, ERR_BOUNDARY, "boundary_version", NULL);
    }
    if (strcmp(next->from_period, in->account->period) <= 0) {
        return submission_refuse(in, JUDGE_NEVER, ERR_BOUNDARY, "boundary_version", "KSSJ 5.1.2",
                                 next->from_period, "a newer boundary is in force from then on");
    }
    return JUDGE_OK;
}

/* --- the chain of periods ----------------------------------------------------------------------*/

static enum judgement read_heads(struct submission *in)
{
    struct rule_context *context = in->context;
    ProtobufCMessage *message = NULL;
    struct state_key key = submission_period_key(KEY_ACCOUNT, in->account->facility, in->period);
    enum err err = view_record(&message, &seam__account_head__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        in->head = (const Seam__AccountHead *)message;
    } else if (err != ERR_ABSENT) {
        return submission_missing(in, err, ERR_ABSENT, "period", NULL);
    }
    key = submission_chain_key(in->account->facility);
    err = view_record(&message, &seam__facility_head__descriptor, context->state,
                      state_key_bytes(&key), context->arena);
    if (err == OK) {
        in->chain = (const Seam__FacilityHead *)message;
    } else if (err != ERR_ABSENT) {
        return submission_missing(in, err, ERR_ABSENT, "facility", NULL);
    }
    return JUDGE_OK;
}

static bool names(ProtobufCBinaryData data, ProtobufCBinaryData other)
{
    return data.len == HASH_SIZE &&
           bytes_equal(bytes_of(data.data, data.len), bytes_of(other.data, other.len));
}

/* A version that is already there: the same content is a duplicate, another one a conflict (D5). */
static enum judgement check_taken(struct submission *in)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key =
        submission_version_key(in->account->facility, in->period, in->account->version);
    const enum err err = view_record(&message, &seam__account_record__descriptor,
                                     in->context->state, state_key_bytes(&key), in->context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_ABSENT, "version", NULL);
    }
    const Seam__AccountRecord *record = (const Seam__AccountRecord *)message;
    const struct bytes stored = bytes_of(record->account_hash.data, record->account_hash.len);
    if (bytes_equal(stored, hash_bytes(&in->hash))) {
        char id[2 * HASH_SIZE + 1] = "";
        if (record->tx_id.len == HASH_SIZE) {
            hex_encode(id, bytes_of(record->tx_id.data, record->tx_id.len));
        }
        return submission_refuse(in, JUDGE_NEVER, ERR_DUPLICATE, "version", "D5", id,
                                 "the same account is already there");
    }
    if (in->account->version < in->head->version) {
        return submission_refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "version", "4.4", NULL,
                                 "a later version is already there");
    }
    return submission_refuse(in, JUDGE_NEVER, ERR_CONFLICT, "version", "D5", NULL,
                             "another content stands for this period; use a correction");
}

/* A year that was surrendered keeps its accounts [4.4, LOCKED]. */
static enum judgement check_lock(const struct submission *in)
{
    struct state_key key = state_key_of(KEY_ACCOUNT_LOCK);
    state_key_id(&key, KEY_FACILITY, in->account->facility);
    state_key_u32(&key, period_year(in->period));
    bool locked = false;
    const enum err err = view_exists(&locked, in->context->state, state_key_bytes(&key));
    if (err != OK) {
        return submission_missing(in, err, ERR_CLOSED, "period", NULL);
    }
    if (locked) {
        return submission_refuse(in, JUDGE_NEVER, ERR_CLOSED, "period", "4.4", "LOCKED",
                                 "the year was surrendered");
    }
    return JUDGE_OK;
}

/* [domain 3.1] What was verified is corrected with the verifier's or the regulator's consent: they
 * withdraw or revoke the opinion first. */
static enum judgement check_opinion(const struct submission *in)
{
    const struct state_key key =
        submission_period_key(KEY_OPINION_HEAD, in->account->facility, in->period);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__opinion_head__descriptor, in->context->state,
                                     state_key_bytes(&key), in->context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? JUDGE_OK
                                 : submission_missing(in, err, ERR_CLOSED, "period", NULL);
    }
    const Seam__OpinionHead *head = (const Seam__OpinionHead *)message;
    if (head->opinion[0] != '\0' && head->counts && !head->withdrawn &&
        head->version == in->head->version) {
        return submission_refuse(in, JUDGE_NEVER, ERR_CLOSED, "version", "3.1", head->opinion,
                                 "this version was verified; its opinion is withdrawn first");
    }
    return JUDGE_OK;
}

static bool upheld(const Seam__DisputeRecord *dispute)
{
    for (size_t i = 0; i < dispute->n_claimants; i++) {
        if (dispute->claimants[i]->withdrawn_ms == 0) {
            return true;
        }
    }
    return false;
}

/* [3.3] Nobody leaves a dispute by another version: what is contested is decided. */
static enum judgement check_disputes(const struct submission *in)
{
    struct state_key key =
        submission_period_key(KEY_DISPUTE_ACCOUNT, in->account->facility, in->period);
    ProtobufCMessage *message = NULL;
    enum err err = view_record(&message, &seam__dispute_head__descriptor, in->context->state,
                               state_key_bytes(&key), in->context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? JUDGE_OK
                                 : submission_missing(in, err, ERR_CLOSED, "period", NULL);
    }
    const Seam__DisputeHead *head = (const Seam__DisputeHead *)message;
    for (size_t i = 0; i < head->n_disputes; i++) {
        key = state_key_named(KEY_DISPUTE, head->disputes[i]);
        err = view_record(&message, &seam__dispute_record__descriptor, in->context->state,
                          state_key_bytes(&key), in->context->arena);
        if (err != OK) {
            return submission_missing(in, err == ERR_ABSENT ? ERR_CORRUPT : err, ERR_CLOSED,
                                      "period", NULL);
        }
        const Seam__DisputeRecord *dispute = (const Seam__DisputeRecord *)message;
        if (dispute->version == in->head->version && upheld(dispute)) {
            return submission_refuse(in, JUDGE_NEVER, ERR_CLOSED, "version", "3.3",
                                     dispute->dispute, "this version is disputed, or was decided");
        }
    }
    return JUDGE_OK;
}

static enum judgement check_follows(struct submission *in)
{
    const Seam__Account *account = in->account;
    enum judgement judgement = check_lock(in);
    if (judgement == JUDGE_OK) {
        judgement = check_opinion(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_disputes(in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (account->version != in->head->version + 1) {
        return submission_refuse(in, JUDGE_NOT_YET, ERR_GAP, "version", "V03", NULL,
                                 "the version before it is missing");
    }
    if (!names(account->previous, in->head->account_hash)) {
        return submission_refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03", NULL,
                                 "not the hash of the version it replaces");
    }
    return JUDGE_OK;
}

/* V02, V03: version 1 of a period follows the period before it, without a gap. */
static enum judgement check_first(struct submission *in)
{
    const Seam__Account *account = in->account;
    struct period start;
    struct period last;
    if (in->chain == NULL) {
        if (period_parse(&start, bytes_text(in->facility->start_period)) != OK ||
            in->period.number != start.number) {
            return submission_refuse(in, JUDGE_NOT_YET, ERR_GAP, "period", "V02",
                                     in->facility->start_period,
                                     "the chain begins with the facility's start period");
        }
        if (account->previous.len != 0) {
            return submission_refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03", "empty",
                                     "the first period has nothing before it");
        }
        return JUDGE_OK;
    }
    if (period_parse(&last, bytes_text(in->chain->period)) != OK) {
        err_set(in->detail, ERR_CORRUPT, "period", NULL, NULL, NULL);
        return JUDGE_UNABLE;
    }
    if (in->period.number != last.number + 1) {
        char next[PERIOD_TEXT_SIZE];
        last.number++;
        period_text(next, last);
        return submission_refuse(
            in, JUDGE_NOT_YET, ERR_GAP, "period", "V02", next,
            "this period comes first: file it, or declare it NIL or SUSPENDED");
    }
    if (!names(account->previous, in->chain->account_hash)) {
        return submission_refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03",
                                 in->chain->period,
                                 "not the hash of the current version of the period before");
    }
    return JUDGE_OK;
}

static enum judgement check_chain(struct submission *in)
{
    const Seam__Account *account = in->account;
    const enum judgement judgement = read_heads(in);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (in->head != NULL) {
        return account->version <= in->head->version ? check_taken(in) : check_follows(in);
    }
    if (account->version != 1) {
        return submission_refuse(in, JUDGE_NOT_YET, ERR_GAP, "version", "V03", "1",
                                 "this period has no account to correct");
    }
    return check_first(in);
}

/* --- the calendar ------------------------------------------------------------------------------*/

static enum judgement check_calendar(struct submission *in)
{
    struct rule_context *context = in->context;
    const int32_t offset = in->jurisdiction->utc_offset_minutes;
    const uint64_t end = period_end_ms(in->period, offset);
    if (context->time_ms < end) {
        char text[TIME_TEXT_SIZE];
        time_text(text, end);
        return submission_refuse(in, JUDGE_NOT_YET, ERR_PERIOD_OPEN, "period", "V26", text,
                                 "a period is filed after it has ended");
    }
    enum err err =
        view_extension_days(&in->extension_days, context->state, in->facility->jurisdiction,
                            in->account->facility, in->account->period, context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_ABSENT, "jurisdiction", NULL);
    }
    const Seam__ChainState *chain = NULL;
    err = view_chain(&chain, context->state, context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_ABSENT, "chain", NULL);
    }
    in->deadline = status_deadline_ms(in->period, in->jurisdiction, in->extension_days);
    in->historic = end <= chain->genesis_time_ms;
    if (in->account->version > 1) {
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

static enum judgement check_state(const struct submission *in, bool nil)
{
    const char *state = in->account->state;
    const bool value = strcmp(state, "VALUE") == 0;
    if (nil ? strcmp(state, "NIL") != 0 && strcmp(state, "SUSPENDED") != 0 : !value) {
        return submission_refuse(in, JUDGE_NEVER, ERR_ENUM, "state", "4.4",
                                 nil ? "NIL,SUSPENDED" : "VALUE", NULL);
    }
    if (in->account->reason[0] == '\0' && (nil || in->account->version > 1)) {
        return submission_refuse(in, JUDGE_NEVER, ERR_MISSING, "reason", "4.4", NULL,
                                 "corrections and periods without activity say why");
    }
    return JUDGE_OK;
}

/* --- all of it
 * ------------------------------------------------------------------------------------*/

enum judgement submission_judge(struct submission *in, bool nil)
{
    enum judgement (*const steps[])(struct submission *) = {
        check_facility, check_period, check_boundary, check_chain, check_calendar};
    enum judgement judgement = check_people(in);
    if (judgement == JUDGE_OK) {
        judgement = check_state(in, nil);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && judgement == JUDGE_OK; i++) {
        judgement = steps[i](in);
    }
    if (judgement == JUDGE_OK) {
        judgement = submission_calculate(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = submission_claim(in);
    }
    return judgement == JUDGE_OK ? submission_remember(in) : judgement;
}

enum judgement submission_start(struct submission *in, struct rule_context *context,
                                const ProtobufCMessage *payload, struct err_detail *detail)
{
    *in = (struct submission){
        .context = context, .detail = detail, .account = (const Seam__Account *)payload};
    const enum err err = message_pack(&in->bytes, payload, context->arena);
    if (err != OK) {
        err_set(detail, err, "account", NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    account_hash(&in->hash, in->bytes);
    return JUDGE_OK;
}
