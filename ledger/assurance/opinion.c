/* SPDX-License-Identifier: Apache-2.0 */
/* An opinion speaks of the whole scope at once. Its totals are not stated freely: they follow from
 * accounts and findings, and the ledger computes them again. Withdrawing deletes nothing; whoever
 * was built on the opinion finds in its record that it does not stand any more. */
#include "ledger/assurance/coverage.h"
#include "ledger/assurance/kinship.h"
#include "ledger/assurance/opinion_totals.h"
#include "ledger/assurance/report_number.h"
#include "ledger/assurance/rules.h"
#include "ledger/assurance/sample_scope.h"

#include "ledger/accounting/obligation.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define RECEIPT_LATE 1u
#define KEY_SIZE 64
#define OPINION_SIGNATURES 4

/* What a type of the rule set means: opinion.NAME. */
enum opinion_weight {
    WEIGHT_NO_VALUE, /* the account stays as reported: ADVERSE, DISCLAIMER */
    WEIGHT_VALUE, /* gives the verified value: MODIFIED */
    WEIGHT_CLEAN /* and says that nothing material is wrong: UNMODIFIED */
};

struct issuing {
    struct engaging engaging;
    const Seam__OpinionIssue *issue;
    struct parameters rules;
    struct opinion_totals *totals;
    uint32_t weight;
};

/* --- who ----------------------------------------------------------------------------------------
 */

/* [KSSJ 6.2c] V22: lead, member, technical reviewer, approver, four natural persons, and the
 * reviewer is the one who passed this report and verified nothing. */
static enum judgement check_signers(struct issuing *in)
{
    const struct rule_context *context = in->engaging.context;
    uint32_t seen = 0;
    enum judgement judgement = JUDGE_OK;
    for (size_t i = 0; i < context->signer_count && judgement == JUDGE_OK; i++) {
        const struct hash *person = &context->signers[i].person;
        const uint32_t function = team_function(in->engaging.record, person);
        if ((seen & function) != 0) {
            judgement = refusal_never(in->engaging.detail,
                                      (struct refusal){ERR_SECOND_PERSON, "signatures", "V22",
                                                       "one of each function", NULL});
        }
        seen |= function;
        if (function == TEAM_TECHNICAL_REVIEWER &&
            (engaging_has_worked(&in->engaging, person) ||
             !record_data_equal(in->engaging.record->reviewer, record_data(person)))) {
            judgement = refusal_never(in->engaging.detail,
                                      (struct refusal){ERR_SECOND_PERSON, "signatures", "V22", NULL,
                                                       "not the person who reviewed this report"});
        }
    }
    /* A block never has fewer signatures than the row demands; a draft is asked after the first. */
    if (judgement == JUDGE_OK && context->signer_count >= OPINION_SIGNATURES && seen != TEAM_ANY) {
        judgement = refusal_never(in->engaging.detail,
                                  (struct refusal){ERR_SECOND_PERSON, "signatures", "V22",
                                                   "LEAD, MEMBER, TECHNICAL_REVIEWER, APPROVER",
                                                   "one signature of each function"});
    }
    return judgement;
}

/* --- what it says -------------------------------------------------------------------------------
 */

static enum judgement check_type(struct issuing *in)
{
    char key[KEY_SIZE];
    (void)snprintf(key, sizeof key, "opinion.%.40s", in->issue->type);
    if (!parameter_integer(&in->weight, &in->rules, key, 0) || in->weight > WEIGHT_CLEAN) {
        return refusal_never(
            in->engaging.detail,
            (struct refusal){ERR_ENUM, "type", "3.2", NULL, "no type of opinion of the rule set"});
    }
    return JUDGE_OK;
}

static enum judgement check_report(struct issuing *in)
{
    const Seam__EngagementRecord *record = in->engaging.record;
    struct err_detail *detail = in->engaging.detail;
    if (record->report_hash.len == 0 ||
        !record_data_equal(in->issue->report_hash, record->report_hash)) {
        return refusal_never(detail, (struct refusal){ERR_CONFLICT, "report_hash", "D42", NULL,
                                                      "not the report that was reviewed"});
    }
    const bool repeated = record->n_samples_repeated > 0;
    if ((record->deviation_reason[0] != '\0' || repeated) &&
        in->issue->deviation_reason[0] == '\0') {
        return refusal_never(detail,
                             (struct refusal){ERR_MISSING, "deviation_reason", "KSSJ 6.2c", NULL,
                                              repeated ? "a sample was drawn again; the opinion "
                                                         "says why"
                                                       : "a step was left out or late; the opinion "
                                                         "says why"});
    }
    return JUDGE_OK;
}

/* The withdrawn opinion that this one comes after: of this engagement, or, where another verifier
 * takes over, of the first period that has one. */
static enum judgement check_replaces(const struct issuing *in)
{
    const Seam__EngagementRecord *record = in->engaging.record;
    struct rule_context *context = in->engaging.context;
    const char *before = record->opinion;
    for (size_t i = 0; i < record->n_scope && before[0] == '\0'; i++) {
        const Seam__OpinionHead *head = NULL;
        const enum err err = view_opinion_head(&head, context->state, record->scope[i]->facility,
                                               record->scope[i]->period, context->arena);
        if (err != OK && err != ERR_ABSENT) {
            return refusal_of_world(in->engaging.detail, err);
        }
        before = err == OK && head->withdrawn ? head->opinion : before;
    }
    return record_same(in->issue->replaces, before)
               ? JUDGE_OK
               : refusal_never(in->engaging.detail,
                               (struct refusal){ERR_CONFLICT, "replaces", "3.2", before,
                                                "the withdrawn opinion that it comes after"});
}

/* Only what the replaced opinion spoke of is no further opinion in a row. */
static enum judgement replaced_load(struct issuing *in)
{
    const struct rule_context *context = in->engaging.context;
    const Seam__OpinionRecord *record = NULL;
    if (in->issue->replaces[0] == '\0') {
        return JUDGE_OK;
    }
    const enum err err = view_opinion(&record, context->state, in->issue->replaces, context->arena);
    if (err != OK) {
        return refusal_of_world(in->engaging.detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    in->engaging.replaced = record->issue;
    return JUDGE_OK;
}

/* [KSSJ 6.2c] what gives a value rests on a sample that was drawn and looked at. */
static enum judgement check_sample(const struct issuing *in)
{
    uint32_t refused = 0;
    if (in->weight == WEIGHT_NO_VALUE) {
        return JUDGE_OK;
    }
    const enum judgement judgement = sample_needed(&refused, &in->engaging, &in->rules);
    if (judgement == JUDGE_OK && in->weight == WEIGHT_CLEAN && refused > 0) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_ENUM, "type", "3.2", NULL,
                                              "an item that was drawn was not shown to the "
                                              "verifier: the scope is limited"});
    }
    return judgement;
}

/* --- each account --------------------------------------------------------------------------------
 */

/* Of which version of which account: 303004 for a superseded one, 303001 for a second opinion. */
static enum judgement check_version(const struct issuing *in, size_t index)
{
    const Seam__OpinionSubject *subject = in->issue->subjects[index];
    struct rule_context *context = in->engaging.context;
    struct err_detail *detail = in->engaging.detail;
    const Seam__AccountHead *head = NULL;
    const Seam__OpinionHead *before = NULL;
    enum err err =
        view_account(&head, context->state, subject->facility, subject->period, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "subjects", subject->period);
    }
    if (subject->version < head->version) {
        return refusal_never(detail, (struct refusal){ERR_SUPERSEDED, "subjects", "4.4",
                                                      subject->period, "a later version counts"});
    }
    if (subject->version > head->version) {
        return refusal_not_yet(detail, (struct refusal){ERR_GAP, "subjects", "V03", subject->period,
                                                        "there is no such version yet"});
    }
    if (!record_data_equal(subject->account_hash, head->account_hash)) {
        return refusal_never(detail,
                             (struct refusal){ERR_CONFLICT, "subjects", "V03", subject->period,
                                              "not the hash of this version"});
    }
    err = view_opinion_head(&before, context->state, subject->facility, subject->period,
                            context->arena);
    if (err == OK && before->opinion[0] != '\0' && !before->withdrawn &&
        before->version == subject->version) {
        return refusal_never(detail,
                             (struct refusal){ERR_DUPLICATE, "subjects", "3.2", before->opinion,
                                              "an opinion on this version stands"});
    }
    return err == ERR_ABSENT ? JUDGE_OK : refusal_of_world(detail, err);
}

/* [KSSJ 6.1c] no opinion without a recomputation of this very account. */
static enum judgement check_recompute(const struct issuing *in, size_t index)
{
    const Seam__OpinionSubject *subject = in->issue->subjects[index];
    struct rule_context *context = in->engaging.context;
    const Seam__RecomputeRecord *record = NULL;
    const enum err err = view_recompute(&record, context->state, in->issue->engagement,
                                        subject->facility, subject->period, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return refusal_of_world(in->engaging.detail, err);
    }
    if (err == ERR_ABSENT || subject->recompute_hash.len == 0 ||
        record->version != subject->version ||
        !record_data_equal(record->account_hash, subject->account_hash) ||
        !record_data_equal(record->result_hash, subject->recompute_hash)) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_MISSING, "recompute_hash", "KSSJ 6.1c",
                                              subject->period,
                                              "the recomputation of this version"});
    }
    if (in->weight == WEIGHT_NO_VALUE) {
        return JUDGE_OK;
    }
    struct coverage coverage;
    char limit[64];
    const enum judgement judgement =
        coverage_of(&coverage, &in->engaging, record, subject->facility, subject->period);
    if (judgement != JUDGE_OK || coverage.uncovered == 0) {
        return judgement;
    }
    (void)snprintf(limit, sizeof limit, "lines: %u, grams: %lld", (unsigned)coverage.uncovered,
                   (long long)coverage.grams);
    return refusal_never(in->engaging.detail,
                         (struct refusal){ERR_TOTAL, "findings", "KSSJ 6.1c", limit,
                                          "the recomputation differs and no finding says so"});
}

static enum judgement check_verified(const struct issuing *in, size_t index)
{
    const Seam__OpinionSubject *subject = in->issue->subjects[index];
    const Seam__CategoryTotals *want = &in->totals->verified[index];
    const Seam__CategoryTotals *got = subject->verified;
    if (got == NULL) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_MISSING, "subjects", "V07", subject->period,
                                              "the verified totals"});
    }
    const struct {
        const char *field;
        int64_t got;
        int64_t want;
    } totals[] = {{"scope1_g", got->scope1_g, want->scope1_g},
                  {"scope2_g", got->scope2_g, want->scope2_g},
                  {"sinks_g", got->sinks_g, want->sinks_g},
                  {"information_g", got->information_g, want->information_g},
                  {"gross_g", got->gross_g, want->gross_g},
                  {"net_g", got->net_g, want->net_g}};
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        if (totals[i].got != totals[i].want) {
            char field[64];
            char limit[24];
            (void)snprintf(field, sizeof field, "subjects[%zu].verified.%s", index,
                           totals[i].field);
            (void)snprintf(limit, sizeof limit, "%lld", (long long)totals[i].want);
            return refusal_never(in->engaging.detail,
                                 (struct refusal){ERR_TOTAL, field, "V07", limit,
                                                  "reported, adjusted findings and conservative "
                                                  "estimates, added"});
        }
    }
    return JUDGE_OK;
}

/* [methodology 7.2] (30): what is material or open cannot be called unmodified. */
static enum judgement check_clean(const struct issuing *in, size_t index)
{
    const Seam__CategoryTotals *reported = &in->totals->reported[index];
    const Seam__CategoryTotals *verified = &in->totals->verified[index];
    if (in->weight == WEIGHT_CLEAN &&
        obligation_material(grams_of(reported->net_g), grams_of(verified->net_g),
                            in->engaging.record->materiality_bp)) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_ENUM, "type", "methodology 7.2",
                                              in->issue->subjects[index]->period,
                                              "the difference is material"});
    }
    return JUDGE_OK;
}

static enum judgement check_subjects(struct issuing *in)
{
    const Seam__EngagementRecord *record = in->engaging.record;
    enum judgement (*const checks[])(const struct issuing *,
                                     size_t) = {check_recompute, check_verified, check_clean};
    if (in->issue->n_subjects != record->n_scope) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_INCOMPLETE, "subjects", "D42", NULL,
                                              "every period of the scope, in order"});
    }
    for (size_t i = 0; i < record->n_scope; i++) {
        const Seam__OpinionSubject *subject = in->issue->subjects[i];
        if (!record_same(subject->facility, record->scope[i]->facility) ||
            !record_same(subject->period, record->scope[i]->period)) {
            return refusal_never(in->engaging.detail,
                                 (struct refusal){ERR_INCOMPLETE, "subjects", "D42",
                                                  record->scope[i]->period,
                                                  "every period of the scope, in order"});
        }
    }
    /* A stale version is said before the sums that follow from it. */
    for (size_t i = 0; i < record->n_scope; i++) {
        const enum judgement judgement = check_version(in, i);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    enum judgement judgement = opinion_totals_of(in->totals, &in->engaging);
    for (size_t i = 0; i < record->n_scope; i++) {
        for (size_t k = 0; k < sizeof checks / sizeof checks[0] && judgement == JUDGE_OK; k++) {
            judgement = checks[k](in, i);
        }
    }
    return judgement;
}

/* The unresolved findings are listed, all of them and no other. */
static enum judgement check_findings(const struct issuing *in)
{
    const struct opinion_totals *totals = in->totals;
    bool same = in->issue->n_open_findings == totals->unresolved_count;
    for (size_t i = 0; same && i < totals->unresolved_count; i++) {
        same = in->issue->open_findings[i] == totals->unresolved[i];
    }
    if (!same) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_INCOMPLETE, "open_findings", "F11", NULL,
                                              "the unresolved findings, each of them"});
    }
    if (in->weight == WEIGHT_CLEAN && totals->unresolved_count > 0) {
        return refusal_never(in->engaging.detail, (struct refusal){ERR_ENUM, "type", "F11", NULL,
                                                                   "findings are unresolved"});
    }
    return JUDGE_OK;
}

/* --- what stays ----------------------------------------------------------------------------------
 */

static enum err head_put(const struct issuing *in, size_t index)
{
    const Seam__OpinionSubject *subject = in->issue->subjects[index];
    struct rule_context *context = in->engaging.context;
    struct state_key key;
    if (!record_key_period(&key, KEY_OPINION_HEAD, subject->facility, subject->period)) {
        return ERR_CORRUPT;
    }
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    head.facility = subject->facility;
    head.period = subject->period;
    head.version = subject->version;
    head.account_hash = subject->account_hash;
    head.opinion = in->issue->opinion;
    head.verified = subject->verified;
    head.height = context->height;
    head.time_ms = context->time_ms;
    head.engagement = in->issue->engagement;
    head.type = in->issue->type;
    head.counts = in->weight != WEIGHT_NO_VALUE;
    return record_put(context, &key, &head.base);
}

/* How many opinions in a row; a replacement is not a further one. */
static enum err series_put(const struct issuing *in, const char *facility)
{
    struct rule_context *context = in->engaging.context;
    struct state_key key = state_key_of(KEY_OPINION_SERIES);
    ProtobufCMessage *message = NULL;
    Seam__OpinionSeries fresh = SEAM__OPINION_SERIES__INIT;
    state_key_id(&key, KEY_FACILITY, facility);
    const enum err err = record_get(&message, &seam__opinion_series__descriptor, context->state,
                                    &key, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    Seam__OpinionSeries *series = err == OK ? (Seam__OpinionSeries *)message : &fresh;
    bool again = false;
    if (err == OK) {
        const enum err kin = kinship_same(&again, context->state, series->verifier,
                                          in->engaging.record->verifier, context->arena);
        if (kin != OK) {
            return kin == ERR_ABSENT ? ERR_CORRUPT : kin;
        }
    }
    if (!conflict_replaces(&in->engaging, facility) || !again) {
        series->run = again ? series->run + 1 : 1;
    }
    series->verifier = in->engaging.record->verifier;
    series->opinion = in->issue->opinion;
    return record_put(context, &key, &series->base);
}

static enum err opinion_put(struct issuing *in)
{
    const Seam__EngagementRecord *engagement = in->engaging.record;
    struct rule_context *context = in->engaging.context;
    Seam__OpinionRecord record = SEAM__OPINION_RECORD__INIT;
    record.issue = (Seam__OpinionIssue *)(uintptr_t)in->issue;
    record.verifier = engagement->verifier;
    record.client = engagement->client;
    record.n_persons = context->signer_count;
    record.height = context->height;
    record.time_ms = context->time_ms;
    record.tx_id = record_data(&context->tx_id);
    record.days_late = context->days_late;
    char number[REPORT_NUMBER_SIZE];
    record.report_number = number;
    record.samples_repeated = engagement->samples_repeated;
    record.n_samples_repeated = engagement->n_samples_repeated;
    record.no_sample_reason = engagement->no_sample_reason;
    const struct state_key key = record_key(KEY_OPINION, in->issue->opinion);
    enum err err = record_persons(&record.persons, context);
    if (err == OK) {
        err = report_number_take(number, context, engagement);
    }
    if (err == OK) {
        err = record_add(context, &key, &record.base);
    }
    if (err == OK) {
        err = record_list(context, KEY_OPINION, NULL, in->issue->opinion);
    }
    if (err == OK) {
        err = record_list(context, KEY_OPINION, engagement->client, in->issue->opinion);
    }
    return err;
}

/* The withdrawn opinion says what came in its place; the first one that came stays. */
static enum err replaced_put(const struct issuing *in)
{
    struct rule_context *context = in->engaging.context;
    ProtobufCMessage *message = NULL;
    if (in->issue->replaces[0] == '\0') {
        return OK;
    }
    const struct state_key key = record_key(KEY_OPINION, in->issue->replaces);
    const enum err err = record_get(&message, &seam__opinion_record__descriptor, context->state,
                                    &key, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    Seam__OpinionRecord *before = (Seam__OpinionRecord *)message;
    if (before->replaced_by[0] != '\0') {
        return OK;
    }
    before->replaced_by = in->issue->opinion;
    return record_put(context, &key, message);
}

static enum judgement remember(struct issuing *in)
{
    enum err err = opinion_put(in);
    const char *last = "";
    for (size_t i = 0; i < in->issue->n_subjects && err == OK; i++) {
        const char *facility = in->issue->subjects[i]->facility;
        err = head_put(in, i);
        if (err == OK && !record_same(facility, last)) {
            err = series_put(in, facility);
            last = facility;
        }
    }
    if (err == OK) {
        err = replaced_put(in);
    }
    if (err != OK) {
        return refusal_of_world(in->engaging.detail, err);
    }
    in->engaging.record->opinion = in->issue->opinion;
    return engaging_put(&in->engaging);
}

static enum judgement check_new(const struct issuing *in)
{
    bool exists = false;
    const struct state_key key = record_key(KEY_OPINION, in->issue->opinion);
    const enum err err = view_exists(&exists, in->engaging.context->state, state_key_bytes(&key));
    if (err == OK && exists) {
        return refusal_never(in->engaging.detail,
                             (struct refusal){ERR_CONFLICT, "opinion", "D5", NULL,
                                              "an opinion has this name already"});
    }
    return refusal_of_world(in->engaging.detail, err);
}

static enum judgement issue_judge(struct issuing *in)
{
    struct engaging *engaging = &in->engaging;
    enum judgement judgement = check_new(in);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(engaging, TEAM_ANY);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_move(engaging, ENGAGEMENT_ISSUED);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_signers(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = parameter_read(&in->rules, engaging->context,
                                   engaging->record->parameter_set_hash, engaging->detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_type(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_report(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = report_number_check(engaging, in->issue->report_number);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_replaces(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = replaced_load(in);
    }
    /* A pit bought, a sister's registration, engagements that were accepted side by side. */
    if (judgement == JUDGE_OK) {
        judgement = conflict_check(engaging, &in->rules);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_subjects(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_findings(in);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_sample(in);
    }
    return judgement;
}

/* [KSSJ 6.1a] [KSSJ 6.1c] [KSSJ 6.2c] step 7. */
enum judgement opinion_issue(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct issuing in = {.issue = (const Seam__OpinionIssue *)payload};
    enum judgement judgement = engaging_load(&in.engaging, context, in.issue->engagement, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    in.totals = arena_alloc(context->arena, sizeof *in.totals);
    if (in.totals == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    context->days_late = in.engaging.record->days_late;
    if (context->days_late > 0) {
        context->receipt_flags |= RECEIPT_LATE;
    }
    judgement = issue_judge(&in);
    return judgement == JUDGE_OK ? remember(&in) : judgement;
}

void opinion_issue_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__OpinionIssue *in = (const Seam__OpinionIssue *)payload;
    struct state_key key = record_key(KEY_OPINION, in->opinion);
    *creates = record_link(context, &key);
    key = record_key(KEY_ENGAGEMENT, in->engagement);
    *needs = record_link(context, &key);
}
