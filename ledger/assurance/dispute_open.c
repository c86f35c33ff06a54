/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, joining and withdrawing [KSSJ 7.2.2b]. The regulator may open until the year is locked;
 * the owner and the verifier within the objection period after the opinion (F4). Who contests the
 * same account while a dispute about it is open joins it, so that one decision covers all claims.
 * Rules and deadlines are frozen here. */

#include "ledger/assurance/dispute_rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/assurance/dispute_case.h"
#include "ledger/assurance/dispute_lines.h"
#include "ledger/assurance/parameter.h"
#include "ledger/base/period.h"
#include "ledger/governance/calendar.h"

/* Everything an opening is judged by. */
struct opening {
    struct dispute_case dispute;
    const Seam__DisputeOpen *in;
    const Seam__FacilityRecord *facility;
    const Seam__DisputeHead *head; /* NULL: no dispute about it yet */
    struct assurance_standing standing;
    const Seam__CategoryTotals *verified; /* NULL: no opinion that gives a value */
    uint64_t opinion_ms;
    struct parameters parameters;
};

static Seam__CategoryTotals *totals_of(const struct assurance_totals *in, struct arena *arena)
{
    Seam__CategoryTotals *out = arena_alloc(arena, sizeof *out);
    if (out != NULL) {
        seam__category_totals__init(out);
        out->scope1_g = grams_value(in->scope1);
        out->scope2_g = grams_value(in->scope2);
        out->sinks_g = grams_value(in->sinks);
        out->information_g = grams_value(in->information);
        out->gross_g = grams_value(in->gross);
        out->net_g = grams_value(in->net);
    }
    return out;
}

/* --- subject ----------------------------------------------------------------------------------*/

static enum judgement read_subject(struct opening *opening)
{
    struct rule_context *context = opening->dispute.context;
    struct err_detail *detail = opening->dispute.detail;
    const Seam__DisputeOpen *in = opening->in;
    const Seam__AccountRecord *account = NULL;
    enum err err = view_facility(&opening->facility, context->state, in->facility, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "facility", in->facility);
    }
    err = view_jurisdiction(&opening->dispute.place, context->state,
                            opening->facility->jurisdiction, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "facility", opening->facility->jurisdiction);
    }
    err = assurance_standing(&opening->standing, context->state, in->facility, in->period,
                             in->version, context->time_ms, context->arena);
    if (err == OK) {
        err = view_account_version(&account, context->state, in->facility, in->period,
                                   opening->standing.version, context->arena);
    }
    if (err != OK) {
        return refusal_of_view(detail, err, "period", in->period);
    }
    if (opening->standing.superseded || in->version == 0) {
        return refusal_never(detail, (struct refusal){ERR_SUPERSEDED, "version", "4.4", NULL,
                                                      "dispute the version that counts"});
    }
    if (!record_data_equal(account->account_hash, in->account_hash)) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "account_hash", "D42", NULL,
                                                      "the hash of this version"});
    }
    return JUDGE_OK;
}

static enum judgement read_opinion(struct opening *opening, const char **verifier)
{
    struct rule_context *context = opening->dispute.context;
    *verifier = "";
    if (opening->standing.opinion[0] == '\0' || opening->standing.opinion_withdrawn) {
        return JUDGE_OK;
    }
    const Seam__OpinionRecord *opinion = NULL;
    const enum err err =
        view_opinion(&opinion, context->state, opening->standing.opinion, context->arena);
    if (err != OK) {
        return refusal_of_world(opening->dispute.detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    *verifier = opinion->verifier;
    opening->opinion_ms = opinion->time_ms;
    const Seam__OpinionHead *head = NULL;
    const enum err read = view_opinion_head(&head, context->state, opening->in->facility,
                                            opening->in->period, context->arena);
    if (read != OK) {
        return refusal_of_world(opening->dispute.detail, read == ERR_ABSENT ? ERR_CORRUPT : read);
    }
    opening->verified = head->counts ? head->verified : NULL;
    return JUDGE_OK;
}

/* --- rules ------------------------------------------------------------------------------------*/

struct rule_value {
    const char *key;
    size_t offset;
};

#define RULE(key_, field_)                                                                         \
    {                                                                                              \
        "dispute." key_, offsetof(Seam__DisputeRules, field_)                                      \
    }
static const struct rule_value rule_values[] = {
    RULE("objection_days", objection_days), RULE("statement_days", statement_days),
    RULE("decision_days", decision_days),   RULE("appeal_days", appeal_days),
    RULE("extension_days", extension_days), RULE("extensions", extensions),
    RULE("appeal_persons", appeal_persons),
};
#undef RULE

static enum judgement read_rules(struct opening *opening)
{
    struct rule_context *context = opening->dispute.context;
    struct err_detail *detail = opening->dispute.detail;
    const ProtobufCBinaryData hash = opening->in->parameter_set_hash;
    enum judgement judgement = parameter_read(&opening->parameters, context, hash, detail);
    if (judgement == JUDGE_OK) {
        judgement = parameter_adopted(context, hash, opening->facility->scheme, opening->in->period,
                                      detail);
    }
    Seam__DisputeRules *rules = arena_alloc(context->arena, sizeof *rules);
    if (judgement == JUDGE_OK && rules == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    seam__dispute_rules__init(rules);
    for (size_t i = 0; judgement == JUDGE_OK && i < sizeof rule_values / sizeof rule_values[0];
         i++) {
        uint32_t value = 0;
        judgement = parameter_need(&value, &opening->parameters, rule_values[i].key, 0, detail);
        memcpy((uint8_t *)rules + rule_values[i].offset, &value, sizeof value);
    }
    uint32_t verified = 0;
    if (judgement == JUDGE_OK) {
        judgement =
            parameter_need(&verified, &opening->parameters, "dispute.default_verified", 0, detail);
    }
    rules->default_rule = (char *)(uintptr_t)(verified != 0 ? "VERIFIED" : "REPORTED");
    opening->dispute.record->rules = rules;
    return judgement;
}

/* --- who and when -----------------------------------------------------------------------------*/

/* Owner and verifier object in time; the regulator is not bound. */
static enum judgement check_objection(const struct dispute_case *dispute, uint64_t opinion_ms,
                                      const char *opinion)
{
    if ((dispute->capacity & DISPUTE_REGULATOR) != 0) {
        return JUDGE_OK;
    }
    if (dispute->capacity == DISPUTE_NOBODY) {
        return refusal_never(
            dispute->detail,
            (struct refusal){ERR_ROLE, "facility", "3.3", dispute->record->jurisdiction,
                             "the regulator of the facility's jurisdiction, its owner, or the "
                             "verifier of the opinion"});
    }
    if (opinion[0] == '\0') {
        return refusal_not_yet(dispute->detail,
                               (struct refusal){ERR_STATE_MACHINE, "facility", "F4", "VERIFIED",
                                                "there is no opinion to object to"});
    }
    struct calendar_deadline deadline;
    if (calendar_deadline(&deadline, dispute->place, opinion_ms,
                          dispute->record->rules->objection_days) != OK) {
        return refusal_never(dispute->detail, (struct refusal){ERR_RANGE, "jurisdiction", "D33",
                                                               NULL, "no working days"});
    }
    if (dispute->context->time_ms >= deadline.time_ms) {
        char day[DATE_TEXT_SIZE];
        date_text(day, deadline.last_day);
        return refusal_never(dispute->detail, (struct refusal){ERR_CLOSED, "period", "F4", day,
                                                               "the time to object is over"});
    }
    return JUDGE_OK;
}

static Seam__DisputeClaimant *claimant_of(const Seam__DisputeRecord *record,
                                          const char *organisation)
{
    for (size_t i = 0; i < record->n_claimants; i++) {
        if (record_same(record->claimants[i]->organisation, organisation)) {
            return record->claimants[i];
        }
    }
    return NULL;
}

/* One dispute at a time about an account; a decided one binds until another opinion is issued. */
static enum judgement check_others(struct opening *opening)
{
    struct rule_context *context = opening->dispute.context;
    struct err_detail *detail = opening->dispute.detail;
    const enum err err = dispute_head_read(&opening->head, context->state, opening->in->facility,
                                           opening->in->period, context->arena);
    if (err == ERR_ABSENT) {
        return JUDGE_OK;
    }
    if (err != OK) {
        return refusal_of_world(detail, err);
    }
    if (opening->head->n_disputes >= DISPUTE_DISPUTES_MAX) {
        return refusal_never(detail, (struct refusal){ERR_RANGE, "period", "4.2", "32",
                                                      "disputes about one account"});
    }
    for (size_t i = 0; i < opening->head->n_disputes; i++) {
        Seam__DisputeRecord *other = NULL;
        const enum err read =
            dispute_record_read(&other, context->state, opening->head->disputes[i], context->arena);
        if (read != OK) {
            return refusal_of_world(detail, read == ERR_ABSENT ? ERR_CORRUPT : read);
        }
        const enum dispute_status status = dispute_status(other, context->time_ms);
        if (!dispute_ended(status)) {
            return refusal_never(detail, (struct refusal){ERR_STATE_MACHINE, "period", "3.3",
                                                          other->dispute, "join this dispute"});
        }
        /* A withdrawn opinion is no other one: it does not open again what was decided on it. */
        const bool same = other->version == opening->in->version &&
                          (record_same(other->opinion, opening->standing.opinion) ||
                           record_same(other->opinion, opening->dispute.record->opinion));
        if (status == DISPUTE_WITHDRAWN && same &&
            (opening->dispute.capacity & DISPUTE_REGULATOR) == 0 &&
            claimant_of(other, context->organisation_id) != NULL) {
            return refusal_never(detail,
                                 (struct refusal){ERR_DUPLICATE, "period", "F4", other->dispute,
                                                  "objected before, and withdrawn"});
        }
        if (status != DISPUTE_WITHDRAWN && same) {
            return refusal_never(detail, (struct refusal){ERR_CLOSED, "period", "3.3",
                                                          other->dispute, "decided already"});
        }
    }
    return JUDGE_OK;
}

static enum judgement check_lock(const struct opening *opening)
{
    struct rule_context *context = opening->dispute.context;
    struct period period;
    if (period_parse(&period, bytes_text(opening->in->period)) != OK) {
        return refusal_never(opening->dispute.detail,
                             (struct refusal){ERR_TYPE, "period", "D30", NULL, NULL});
    }
    const Seam__AccountLock *lock = NULL;
    const enum err err = assurance_lock(&lock, context->state, opening->in->facility,
                                        period_year(period), context->arena);
    if (err == ERR_ABSENT) {
        return JUDGE_OK;
    }
    if (err != OK) {
        return refusal_of_world(opening->dispute.detail, err);
    }
    return refusal_never(
        opening->dispute.detail,
        (struct refusal){ERR_CLOSED, "period", "4.4", "LOCKED", "the year was surrendered"});
}

/* --- writing ----------------------------------------------------------------------------------*/

static char *capacity_text(unsigned capacity)
{
    const char *text = "VERIFIER";
    if ((capacity & DISPUTE_REGULATOR) != 0) {
        text = "REGULATOR";
    } else if ((capacity & DISPUTE_OWNER) != 0) {
        text = "OWNER";
    }
    return (char *)(uintptr_t)text;
}

/* What a claimant says, in an opening or a joining. */
struct claimed {
    uint32_t count;
    ProtobufCBinaryData root;
    int64_t disputed_g;
    char *relief;
    char *reason;
};

static enum judgement add_claimant(struct dispute_case *dispute, const struct claimed *in,
                                   const ProtobufCMessage *detached)
{
    struct rule_context *context = dispute->context;
    Seam__DisputeRecord *record = dispute->record;
    const struct dispute_claimed claimed = {in->count, in->root, in->disputed_g};
    const enum judgement judgement = dispute_claims_check(
        detached, &claimed, record, context->state, context->arena, dispute->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__DisputeClaimant *claimant = arena_alloc(context->arena, sizeof *claimant);
    if (claimant == NULL) {
        return refusal_of_world(dispute->detail, ERR_MEMORY);
    }
    seam__dispute_claimant__init(claimant);
    claimant->organisation = (char *)(uintptr_t)context->organisation_id;
    claimant->capacity = capacity_text(dispute->capacity);
    claimant->first_claim = dispute_claims(record) + 1;
    claimant->claim_count = in->count;
    claimant->claims_root = in->root;
    claimant->disputed_g = in->disputed_g;
    claimant->relief = in->relief;
    claimant->reason = in->reason;
    claimant->tx_id = record_data(&context->tx_id);
    claimant->time_ms = context->time_ms;
    record->claimants =
        dispute_append(context->arena, record->claimants, record->n_claimants, claimant);
    record->n_claimants++;
    return refusal_of_world(dispute->detail, record->claimants != NULL ? OK : ERR_MEMORY);
}

static enum judgement set_deadlines(struct dispute_case *dispute)
{
    Seam__DisputeRecord *record = dispute->record;
    const Seam__DisputeRules *rules = record->rules;
    const uint64_t now = dispute->context->time_ms;
    enum judgement judgement =
        dispute_deadline(&record->statements_until_ms, dispute, now, rules->statement_days);
    if (judgement == JUDGE_OK) {
        judgement = dispute_deadline(&record->decide_until_ms, dispute, now, rules->decision_days);
    }
    if (judgement == JUDGE_OK) {
        judgement = dispute_deadline(&record->default_appeal_until_ms, dispute,
                                     record->decide_until_ms, rules->appeal_days);
    }
    if (record->statements_until_ms > record->decide_until_ms) {
        record->statements_until_ms = record->decide_until_ms;
    }
    return judgement;
}

static enum judgement write_opening(struct opening *opening)
{
    struct rule_context *context = opening->dispute.context;
    struct err_detail *detail = opening->dispute.detail;
    Seam__DisputeHead head = SEAM__DISPUTE_HEAD__INIT;
    struct state_key key;
    if (!record_key_period(&key, KEY_DISPUTE_ACCOUNT, opening->in->facility, opening->in->period)) {
        return refusal_never(detail, (struct refusal){ERR_TYPE, "period", "D30", NULL, NULL});
    }
    const size_t count = opening->head != NULL ? opening->head->n_disputes : 0;
    head.disputes =
        dispute_append(context->arena, opening->head != NULL ? opening->head->disputes : NULL,
                       count, opening->in->dispute);
    head.n_disputes = count + 1;
    enum err err = head.disputes != NULL ? record_put(context, &key, &head.base) : ERR_MEMORY;
    const struct state_key own = record_key(KEY_DISPUTE, opening->in->dispute);
    if (err == OK) {
        err = record_add(context, &own, &opening->dispute.record->base);
    }
    if (err == OK) {
        err = record_list(context, KEY_DISPUTE, NULL, opening->in->dispute);
    }
    return refusal_of_world(detail, err);
}

static enum judgement fill_record(struct opening *opening, const char *verifier)
{
    struct rule_context *context = opening->dispute.context;
    Seam__DisputeRecord *record = opening->dispute.record;
    const Seam__DisputeOpen *in = opening->in;
    const struct assurance_standing *standing = &opening->standing;
    record->dispute = in->dispute;
    record->facility = in->facility;
    record->period = in->period;
    record->version = in->version;
    record->account_hash = in->account_hash;
    record->jurisdiction = opening->facility->jurisdiction;
    record->owner = opening->facility->organisation;
    record->verifier = (char *)(uintptr_t)verifier;
    record->opinion = (char *)(uintptr_t)(verifier[0] != '\0' ? standing->opinion : "");
    record->reported = totals_of(&standing->reported, context->arena);
    /* what the opinion says, not what an earlier decision made of it */
    record->verified = (Seam__CategoryTotals *)(uintptr_t)opening->verified;
    record->opened_ms = context->time_ms;
    record->height = context->height;
    return refusal_of_world(opening->dispute.detail, record->reported != NULL ? OK : ERR_MEMORY);
}

static enum judgement check_new(const struct opening *opening)
{
    struct rule_context *context = opening->dispute.context;
    const struct state_key key = record_key(KEY_DISPUTE, opening->in->dispute);
    bool exists = false;
    const enum err err = view_exists(&exists, context->state, state_key_bytes(&key));
    if (err != OK || !exists) {
        return refusal_of_world(opening->dispute.detail, err);
    }
    return refusal_never(opening->dispute.detail,
                         (struct refusal){ERR_CONFLICT, "dispute", "D5", NULL,
                                          "a dispute of this id is there already"});
}

enum judgement dispute_begin(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    Seam__DisputeRecord record = SEAM__DISPUTE_RECORD__INIT;
    struct opening opening = {
        .dispute = {.context = context, .detail = detail, .record = &record},
        .in = (const Seam__DisputeOpen *)payload,
    };
    const char *verifier = "";
    enum judgement judgement = check_new(&opening);
    if (judgement == JUDGE_OK) {
        judgement = read_subject(&opening);
    }
    if (judgement == JUDGE_OK) {
        judgement = read_opinion(&opening, &verifier);
    }
    if (judgement == JUDGE_OK) {
        judgement = fill_record(&opening, verifier);
    }
    if (judgement == JUDGE_OK) {
        judgement = read_rules(&opening);
    }
    if (judgement == JUDGE_OK) {
        judgement = refusal_of_world(detail, dispute_capacity_of(&opening.dispute.capacity, context,
                                                                 record.jurisdiction, record.owner,
                                                                 verifier));
    }
    if (judgement == JUDGE_OK) {
        judgement = check_objection(&opening.dispute, opening.opinion_ms, record.opinion);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_lock(&opening);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_others(&opening);
    }
    if (judgement == JUDGE_OK) {
        judgement = set_deadlines(&opening.dispute);
    }
    const struct claimed claimed = {opening.in->claim_count, opening.in->claims_root,
                                    opening.in->disputed_g, opening.in->relief, opening.in->reason};
    if (judgement == JUDGE_OK) {
        judgement = add_claimant(&opening.dispute, &claimed, detached);
    }
    return judgement == JUDGE_OK ? write_opening(&opening) : judgement;
}

void dispute_begin_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__DisputeOpen *in = (const Seam__DisputeOpen *)payload;
    const struct state_key key = record_key(KEY_DISPUTE, in->dispute);
    *creates = record_link(context, &key);
    struct state_key version;
    if (in->version > 0 &&
        view_account_version_key(&version, in->facility, in->period, in->version)) {
        *needs = record_link(context, &version);
    }
}

/* --- joining and withdrawing ------------------------------------------------------------------*/

static bool before_decision(enum dispute_status status)
{
    return status == DISPUTE_OPENED || status == DISPUTE_STATEMENTS ||
           status == DISPUTE_DELIBERATION;
}

enum judgement dispute_join(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    const Seam__DisputeJoin *in = (const Seam__DisputeJoin *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement =
            dispute_case_state(&dispute, before_decision(dispute.status), "before the decision");
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    uint64_t opinion_ms = 0;
    if (dispute.record->opinion[0] != '\0') {
        const Seam__OpinionRecord *opinion = NULL;
        const enum err err =
            view_opinion(&opinion, context->state, dispute.record->opinion, context->arena);
        if (err != OK) {
            return refusal_of_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        opinion_ms = opinion->time_ms;
    }
    judgement = check_objection(&dispute, opinion_ms, dispute.record->opinion);
    if (judgement == JUDGE_OK && (claimant_of(dispute.record, context->organisation_id) != NULL ||
                                  dispute.record->n_claimants >= DISPUTE_CLAIMANTS_MAX)) {
        return refusal_never(detail, (struct refusal){ERR_DUPLICATE, "dispute", "3.3", NULL,
                                                      "each party states its claims once"});
    }
    const struct claimed claimed = {in->claim_count, in->claims_root, in->disputed_g, in->relief,
                                    in->reason};
    if (judgement == JUDGE_OK) {
        judgement = add_claimant(&dispute, &claimed, detached);
    }
    return judgement == JUDGE_OK ? dispute_case_put(&dispute) : judgement;
}

enum judgement dispute_withdraw(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__DisputeWithdraw *in = (const Seam__DisputeWithdraw *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement =
            dispute_case_state(&dispute, before_decision(dispute.status), "before the decision");
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__DisputeClaimant *claimant = claimant_of(dispute.record, context->organisation_id);
    if (claimant == NULL) {
        return refusal_never(
            detail, (struct refusal){ERR_ROLE, "dispute", "3.3", NULL, "who claimed may withdraw"});
    }
    if (claimant->withdrawn_ms != 0) {
        return refusal_never(
            detail, (struct refusal){ERR_DUPLICATE, "dispute", "3.3", NULL, "withdrawn before"});
    }
    claimant->withdrawn_ms = context->time_ms;
    return dispute_case_put(&dispute);
}
