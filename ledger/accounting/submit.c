/* SPDX-License-Identifier: Apache-2.0 */
/* The three account transactions. The order of the checks is the order in which a person would want
 * to hear of them: who, which period, when, with which set, and only then the lines. What is
 * written depends on the body alone; the detached lines only decide whether it is valid (decision
 * D3). */
#include "ledger/accounting/account.h"
#include "ledger/accounting/accounting.h"
#include "ledger/accounting/boundary.h"
#include "ledger/accounting/status.h"
#include "ledger/governance/id.h"
#include "ledger/governance/view.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define RECEIPT_LATE 1u
#define RECEIPT_SUPERSEDES 2u
#define RECEIPT_HISTORIC 4u

/* One submission being judged. */
struct submission {
    struct rule_context *context;
    struct err_detail *detail;
    const Seam__Account *account;
    const Seam__AccountLines *lines; /* NULL for NIL and SUSPENDED */
    struct period period;
    struct hash hash; /* of the account */
    struct bytes bytes;
    const Seam__FacilityRecord *facility;
    const Seam__JurisdictionRecord *jurisdiction;
    const Seam__BoundaryRecord *boundary;
    const Seam__AccountHead *head; /* of this period, NULL where none */
    const Seam__FacilityHead *chain; /* NULL before the first account */
    uint64_t deadline;
    uint32_t extension_days;
    bool historic;
};

static enum judgement refuse(const struct submission *in, enum judgement judgement, enum err err,
                             const char *field, const char *rule, const char *limit,
                             const char *hint)
{
    err_set(in->detail, err, field, "KSSJ 5.2", limit, hint);
    if (in->detail != NULL) {
        snprintf(in->detail->rule, sizeof in->detail->rule, "%.40s", rule);
    }
    return judgement;
}

/* An absent record is something to wait for; any other failure is the world's. */
static enum judgement missing(const struct submission *in, enum err err, enum err says,
                              const char *field, const char *what)
{
    if (err != ERR_ABSENT) {
        err_set(in->detail, err, field, NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    return refuse(in, JUDGE_NOT_YET, says, field, "D16", what, NULL);
}

static struct state_key period_key(enum key_table table, const char *facility, struct period period)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, period.number);
    return key;
}

/* The id32 of a facility is the same in every table. */
static struct state_key chain_key(const char *facility)
{
    struct state_key key = state_key_of(KEY_FACILITY_HEAD);
    state_key_id(&key, KEY_FACILITY, facility);
    return key;
}

static struct state_key version_key(const char *facility, struct period period, uint32_t version)
{
    struct state_key key = period_key(KEY_ACCOUNT_VERSION, facility, period);
    state_key_u32(&key, version);
    return key;
}

/* --- who and what ------------------------------------------------------------------------------*/

static enum judgement check_people(const struct submission *in)
{
    const struct rule_context *context = in->context;
    for (size_t i = 1; i < context->signer_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (hash_equal(&context->signers[i].person, &context->signers[j].person)) {
                return refuse(in, JUDGE_NEVER, ERR_SECOND_PERSON, "signatures", "V22",
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
        return missing(in, err, ERR_ABSENT, "facility", account->facility);
    }
    if (strcmp(in->facility->organisation, context->organisation_id) != 0) {
        return refuse(in, JUDGE_NEVER, ERR_ROLE, "facility", "4.2", in->facility->organisation,
                      "another organisation answers for this facility");
    }
    if (strcmp(in->facility->kind, account->kind) != 0) {
        return refuse(in, JUDGE_NEVER, ERR_ENUM, "kind", "4.2", in->facility->kind, NULL);
    }
    err = view_jurisdiction(&in->jurisdiction, context->state, in->facility->jurisdiction,
                            context->arena);
    if (err != OK) {
        return missing(in, err, ERR_ABSENT, "jurisdiction", in->facility->jurisdiction);
    }
    return JUDGE_OK;
}

static enum judgement check_period(struct submission *in)
{
    const bool monthly = strcmp(in->facility->cadence, "MONTH") == 0;
    struct period start;
    if (period_parse(&in->period, bytes_text(in->account->period)) != OK ||
        in->period.cadence != (monthly ? CADENCE_MONTH : CADENCE_YEAR)) {
        return refuse(in, JUDGE_NEVER, ERR_TYPE, "period", "D30", monthly ? "YYYY-MM" : "YYYY",
                      "the cadence of the facility");
    }
    if (period_parse(&start, bytes_text(in->facility->start_period)) != OK ||
        start.cadence != in->period.cadence) {
        err_set(in->detail, ERR_CORRUPT, "start_period", NULL, NULL, NULL);
        return JUDGE_UNABLE;
    }
    if (in->period.number < start.number) {
        return refuse(in, JUDGE_NEVER, ERR_RANGE, "period", "D30", in->facility->start_period,
                      "before the facility's start period");
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
        return missing(in, err, ERR_BOUNDARY, "boundary_version", "no such boundary version");
    }
    if (strcmp(in->boundary->from_period, in->account->period) > 0) {
        return refuse(in, JUDGE_NEVER, ERR_BOUNDARY, "boundary_version", "KSSJ 5.1.2",
                      in->boundary->from_period, "this boundary begins after the period");
    }
    const Seam__BoundaryRecord *next = NULL;
    err = view_boundary(&next, context->state, in->account->facility, version + 1, context->arena);
    if (err == ERR_ABSENT) {
        return JUDGE_OK;
    }
    if (err != OK) {
        return missing(in, err, ERR_BOUNDARY, "boundary_version", NULL);
    }
    if (strcmp(next->from_period, in->account->period) <= 0) {
        return refuse(in, JUDGE_NEVER, ERR_BOUNDARY, "boundary_version", "KSSJ 5.1.2",
                      next->from_period, "a newer boundary is in force from then on");
    }
    return JUDGE_OK;
}

/* --- the chain of periods ----------------------------------------------------------------------*/

static enum judgement read_heads(struct submission *in)
{
    struct rule_context *context = in->context;
    ProtobufCMessage *message = NULL;
    struct state_key key = period_key(KEY_ACCOUNT, in->account->facility, in->period);
    enum err err = view_record(&message, &seam__account_head__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        in->head = (const Seam__AccountHead *)message;
    } else if (err != ERR_ABSENT) {
        return missing(in, err, ERR_ABSENT, "period", NULL);
    }
    key = chain_key(in->account->facility);
    err = view_record(&message, &seam__facility_head__descriptor, context->state,
                      state_key_bytes(&key), context->arena);
    if (err == OK) {
        in->chain = (const Seam__FacilityHead *)message;
    } else if (err != ERR_ABSENT) {
        return missing(in, err, ERR_ABSENT, "facility", NULL);
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
        version_key(in->account->facility, in->period, in->account->version);
    const enum err err = view_record(&message, &seam__account_record__descriptor,
                                     in->context->state, state_key_bytes(&key), in->context->arena);
    if (err != OK) {
        return missing(in, err, ERR_ABSENT, "version", NULL);
    }
    const Seam__AccountRecord *record = (const Seam__AccountRecord *)message;
    const struct bytes stored = bytes_of(record->account_hash.data, record->account_hash.len);
    if (bytes_equal(stored, hash_bytes(&in->hash))) {
        char id[2 * HASH_SIZE + 1] = "";
        if (record->tx_id.len == HASH_SIZE) {
            hex_encode(id, bytes_of(record->tx_id.data, record->tx_id.len));
        }
        return refuse(in, JUDGE_NEVER, ERR_DUPLICATE, "version", "D5", id,
                      "the same account is already there");
    }
    if (in->account->version < in->head->version) {
        return refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "version", "4.4", NULL,
                      "a later version is already there");
    }
    return refuse(in, JUDGE_NEVER, ERR_CONFLICT, "version", "D5", NULL,
                  "another content stands for this period; use a correction");
}

static enum judgement check_follows(struct submission *in)
{
    const Seam__Account *account = in->account;
    if (account->version != in->head->version + 1) {
        return refuse(in, JUDGE_NOT_YET, ERR_GAP, "version", "V03", NULL,
                      "the version before it is missing");
    }
    if (!names(account->previous, in->head->account_hash)) {
        return refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03", NULL,
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
            return refuse(in, JUDGE_NOT_YET, ERR_GAP, "period", "V02", in->facility->start_period,
                          "the chain begins with the facility's start period");
        }
        if (account->previous.len != 0) {
            return refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03", "empty",
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
        return refuse(in, JUDGE_NOT_YET, ERR_GAP, "period", "V02", next,
                      "this period comes first: file it, or declare it NIL or SUSPENDED");
    }
    if (!names(account->previous, in->chain->account_hash)) {
        return refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03", in->chain->period,
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
        return refuse(in, JUDGE_NOT_YET, ERR_GAP, "version", "V03", "1",
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
        return refuse(in, JUDGE_NOT_YET, ERR_PERIOD_OPEN, "period", "V26", text,
                      "a period is filed after it has ended");
    }
    enum err err =
        view_extension_days(&in->extension_days, context->state, in->facility->jurisdiction,
                            in->account->facility, in->account->period, context->arena);
    if (err != OK) {
        return missing(in, err, ERR_ABSENT, "jurisdiction", NULL);
    }
    const Seam__ChainState *chain = NULL;
    err = view_chain(&chain, context->state, context->arena);
    if (err != OK) {
        return missing(in, err, ERR_ABSENT, "chain", NULL);
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

/* --- set and lines -----------------------------------------------------------------------------*/

static enum judgement read_set(const struct submission *in, struct set *set)
{
    struct rule_context *context = in->context;
    struct hash hash;
    const Seam__ParameterSetRecord *record = NULL;
    const Seam__AdoptionRecord *adoption = NULL;
    const ProtobufCBinaryData named = in->account->parameter_set_hash;
    if (named.len != HASH_SIZE) {
        return refuse(in, JUDGE_NEVER, ERR_LENGTH, "parameter_set_hash", "D7", "32 bytes", NULL);
    }
    memcpy(hash.bytes, named.data, HASH_SIZE);
    enum err err = view_parameter_set(&record, context->state, &hash, context->arena);
    if (err != OK) {
        return missing(in, err, ERR_SET, "parameter_set_hash", "not published on this chain");
    }
    err = view_adoption(&adoption, context->state, in->facility->scheme, &hash, context->arena);
    if (err != OK) {
        return missing(in, err, ERR_SET, "parameter_set_hash", "not adopted by the scheme");
    }
    if (!view_adoption_covers(adoption, in->account->period)) {
        return refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46", adoption->from_period,
                      "not adopted for this period");
    }
    err = set_stored(set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                     context->arena, in->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    if (set->message->cross_check) {
        return refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46", NULL,
                      "a cross-check set cannot be submitted");
    }
    return JUDGE_OK;
}

static enum judgement check_value(const struct submission *in)
{
    struct set set;
    const enum judgement judgement = read_set(in, &set);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const bool value = strcmp(in->account->state, "VALUE") == 0;
    const Seam__CalculationFile *file = NULL;
    enum err err =
        account_recompute(&file, in->account, in->lines, &set, in->context->arena, in->detail);
    if (err == OK && value) {
        const char *grade = view_gas_grade(in->facility, in->account->period);
        err = boundary_complete(file, in->boundary, &set, grade, in->detail);
    }
    if (err != OK) {
        if (in->detail != NULL && in->detail->err == OK) {
            err_set(in->detail, err, "lines", NULL, NULL, NULL);
        }
        return err == ERR_MEMORY ? JUDGE_UNABLE : JUDGE_NEVER;
    }
    return JUDGE_OK;
}

static enum judgement check_state(const struct submission *in, bool nil)
{
    const char *state = in->account->state;
    const bool value = strcmp(state, "VALUE") == 0;
    if (nil ? strcmp(state, "NIL") != 0 && strcmp(state, "SUSPENDED") != 0 : !value) {
        return refuse(in, JUDGE_NEVER, ERR_ENUM, "state", "4.4", nil ? "NIL,SUSPENDED" : "VALUE",
                      NULL);
    }
    if (in->account->reason[0] == '\0' && (nil || in->account->version > 1)) {
        return refuse(in, JUDGE_NEVER, ERR_MISSING, "reason", "4.4", NULL,
                      "corrections and periods without activity say why");
    }
    return JUDGE_OK;
}

/* --- what is remembered ------------------------------------------------------------------------*/

static ProtobufCBinaryData data_of(const struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)hash->bytes};
}

static enum err put_version(const struct submission *in)
{
    struct rule_context *context = in->context;
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    ProtobufCBinaryData persons[LIMIT_TX_SIGNATURES];
    assert(context->signer_count <= LIMIT_TX_SIGNATURES);
    for (size_t i = 0; i < context->signer_count; i++) {
        persons[i] = data_of(&context->signers[i].person);
    }
    record.account =
        (ProtobufCBinaryData){.len = in->bytes.size, .data = (uint8_t *)(uintptr_t)in->bytes.data};
    record.account_hash = data_of(&in->hash);
    record.tx_id = data_of(&context->tx_id);
    record.organisation = (char *)(uintptr_t)context->organisation_id;
    record.persons = persons;
    record.n_persons = context->signer_count;
    record.height = context->height;
    record.time_ms = context->time_ms;
    record.deadline_ms = in->deadline;
    record.extension_days = in->extension_days;
    record.days_late = context->days_late;
    record.historic = in->historic;
    const struct state_key key =
        version_key(in->account->facility, in->period, in->account->version);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    return err != OK ? err : rule_created(context, state_key_bytes(&key));
}

static enum err put_head(const struct submission *in)
{
    struct rule_context *context = in->context;
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = in->account->facility;
    head.period = in->account->period;
    head.version = in->account->version;
    head.account_hash = data_of(&in->hash);
    head.state = in->account->state;
    head.height = context->height;
    head.time_ms = context->time_ms;
    head.first_height = in->head != NULL ? in->head->first_height : context->height;
    head.first_time_ms = in->head != NULL ? in->head->first_time_ms : context->time_ms;
    const struct state_key key = period_key(KEY_ACCOUNT, in->account->facility, in->period);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &head.base, context->arena);
    return err != OK || in->head != NULL ? err : rule_created(context, state_key_bytes(&key));
}

/* The end of the chain moves with a new period, and with a correction of the last one. */
static enum err put_chain(const struct submission *in)
{
    struct rule_context *context = in->context;
    if (in->head != NULL && strcmp(in->chain->period, in->account->period) != 0) {
        return OK;
    }
    Seam__FacilityHead chain = SEAM__FACILITY_HEAD__INIT;
    chain.facility = in->account->facility;
    chain.period = in->account->period;
    chain.account_hash = data_of(&in->hash);
    chain.periods = (in->chain != NULL ? in->chain->periods : 0) + (in->head != NULL ? 0 : 1);
    const struct state_key key = chain_key(in->account->facility);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &chain.base, context->arena);
    return err != OK || in->chain != NULL ? err : rule_created(context, state_key_bytes(&key));
}

static enum judgement remember(const struct submission *in)
{
    enum err err = in->head != NULL && in->chain == NULL ? ERR_CORRUPT : OK;
    if (err == OK) {
        err = put_version(in);
    }
    if (err == OK) {
        err = put_head(in);
    }
    if (err == OK) {
        err = put_chain(in);
    }
    if (err != OK) {
        err_set(in->detail, err, "account", NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    return JUDGE_OK;
}

/* --- the rules ---------------------------------------------------------------------------------*/

static enum judgement judge(struct submission *in, bool nil)
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
        judgement = check_value(in);
    }
    return judgement == JUDGE_OK ? remember(in) : judgement;
}

static enum judgement start(struct submission *in, struct rule_context *context,
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

static enum judgement value_rule(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail,
                                 bool correction)
{
    struct submission in;
    const enum judgement judgement = start(&in, context, payload, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    in.lines = (const Seam__AccountLines *)detached;
    if (detached == NULL) {
        return refuse(&in, JUDGE_NEVER, ERR_MISSING, "detached", "D3", NULL,
                      "the lines of the account");
    }
    if ((in.account->version > 1) != correction) {
        return refuse(&in, JUDGE_NEVER, ERR_RANGE, "version", "4.3", correction ? "2 or more" : "1",
                      "ACCOUNT_SUBMIT begins, ACCOUNT_CORRECT follows");
    }
    return judge(&in, false);
}

/* [KSSJ 5.2.1] */
static enum judgement account_submit(struct rule_context *context, const ProtobufCMessage *payload,
                                     const ProtobufCMessage *detached, struct err_detail *detail)
{
    return value_rule(context, payload, detached, detail, false);
}

static enum judgement account_correct(struct rule_context *context, const ProtobufCMessage *payload,
                                      const ProtobufCMessage *detached, struct err_detail *detail)
{
    return value_rule(context, payload, detached, detail, true);
}

static enum judgement account_nil(struct rule_context *context, const ProtobufCMessage *payload,
                                  const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct submission in;
    const enum judgement judgement = start(&in, context, payload, detail);
    return judgement == JUDGE_OK ? judge(&in, true) : judgement;
}

static struct bytes keep(struct rule_context *context, const struct state_key *key)
{
    struct bytes out = bytes_of(NULL, 0);
    if (!arena_copy(context->arena, state_key_bytes(key), &out)) {
        return bytes_of(NULL, 0);
    }
    return out;
}

/* Version 1 waits for version 1 of the period before; the first period for its facility; a
 * correction for the version it replaces. */
static void account_links(struct rule_context *context, const ProtobufCMessage *payload,
                          struct bytes *creates, struct bytes *needs)
{
    const Seam__Account *account = (const Seam__Account *)payload;
    struct period period;
    if (period_parse(&period, bytes_text(account->period)) != OK || account->version == 0) {
        return;
    }
    struct state_key key = version_key(account->facility, period, account->version);
    *creates = keep(context, &key);
    if (account->version > 1) {
        key = version_key(account->facility, period, account->version - 1);
    } else if (account->previous.len > 0 && period.number > 0) {
        period.number--;
        key = version_key(account->facility, period, 1);
    } else {
        key = state_key_named(KEY_FACILITY, account->facility);
    }
    *needs = keep(context, &key);
}

/* The transaction that anchored this very account (decision D5). */
static enum err account_duplicate(struct rule_context *context, const ProtobufCMessage *payload,
                                  struct hash *first)
{
    const Seam__Account *account = (const Seam__Account *)payload;
    struct period period;
    struct bytes bytes;
    struct hash hash;
    if (period_parse(&period, bytes_text(account->period)) != OK) {
        return ERR_ABSENT;
    }
    const struct state_key key = version_key(account->facility, period, account->version);
    ProtobufCMessage *message = NULL;
    enum err err = view_record(&message, &seam__account_record__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        err = message_pack(&bytes, payload, context->arena);
    }
    if (err != OK) {
        return err;
    }
    const Seam__AccountRecord *record = (const Seam__AccountRecord *)message;
    account_hash(&hash, bytes);
    if (record->tx_id.len != HASH_SIZE ||
        !bytes_equal(bytes_of(record->account_hash.data, record->account_hash.len),
                     hash_bytes(&hash))) {
        return ERR_ABSENT;
    }
    memcpy(first->bytes, record->tx_id.data, HASH_SIZE);
    return OK;
}

static const struct rule_row rows[] = {
    {.type = ACCOUNT_SUBMIT_TYPE,
     .name = "ACCOUNT_SUBMIT",
     .operation = "SubmitAccount",
     .payload = &seam__account__descriptor,
     .detached = &seam__account_lines__descriptor,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = account_submit,
     .links = account_links,
     .duplicate = account_duplicate,
     .cost = 10,
     .clause = "KSSJ 5.2.1",
     .since = 1,
     .help_en = "Anchors the account of a facility for one period."},
    {.type = ACCOUNT_CORRECT_TYPE,
     .name = "ACCOUNT_CORRECT",
     .operation = "CorrectAccount",
     .payload = &seam__account__descriptor,
     .detached = &seam__account_lines__descriptor,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = account_correct,
     .links = account_links,
     .duplicate = account_duplicate,
     .cost = 10,
     .clause = "KSSJ 5.2.1",
     .since = 1,
     .help_en = "Replaces the account of a period by a new version, with its reason."},
    {.type = ACCOUNT_NIL_TYPE,
     .name = "ACCOUNT_NIL",
     .operation = "DeclareNil",
     .payload = &seam__account__descriptor,
     .detached = NULL,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = account_nil,
     .links = account_links,
     .duplicate = account_duplicate,
     .cost = 5,
     .clause = "KSSJ 5.1.1",
     .since = 1,
     .help_en = "Declares a period without activity, NIL or SUSPENDED."},
};

const struct rule_table accounting_rules = {rows, sizeof rows / sizeof rows[0]};
