/* SPDX-License-Identifier: Apache-2.0 */
/* Decision, appeal, closing and publication [KSSJ 7.2.2b]. A decision on appeal is a second record
 * beside the first; effects of the first that the registry used are compensated by new ones, unused
 * ones become void, and those that both decisions order stay as they are. */

#include "ledger/assurance/dispute_rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/assurance/dispute_case.h"
#include "ledger/assurance/dispute_settle.h"
#include "ledger/assurance/effect_write.h"
#include "ledger/base/period.h"

/* --- who decides ------------------------------------------------------------------------------*/

static bool in_panel(const Seam__DisputeRecord *record, const struct hash *person)
{
    for (size_t i = 0; i < record->n_panel; i++) {
        struct hash member;
        id_hash(&member, KEY_PERSON, record->panel[i]);
        if (hash_equal(&member, person)) {
            return true;
        }
    }
    return false;
}

static bool signed_first(const Seam__DisputeRecord *record, const struct hash *person)
{
    const Seam__DisputeDecision *first = record->decisions[0];
    for (size_t i = 0; i < first->n_persons; i++) {
        if (record_data_equal(first->persons[i], record_data(person))) {
            return true;
        }
    }
    return false;
}

/* Two officers, or two of the three of the panel; on appeal persons who did not decide before. */
static enum judgement check_persons(const struct dispute_case *dispute)
{
    const struct rule_context *context = dispute->context;
    const Seam__DisputeRecord *record = dispute->record;
    uint32_t others = 0;
    for (size_t i = 0; i < context->signer_count; i++) {
        const struct hash *person = &context->signers[i].person;
        if (record->n_panel > 0 && !in_panel(record, person)) {
            return refusal_never(dispute->detail,
                                 (struct refusal){ERR_SECOND_PERSON, "signatures", "3.3",
                                                  "2 of the panel's 3", NULL});
        }
        for (size_t k = 0; k < i; k++) {
            if (hash_equal(person, &context->signers[k].person)) {
                return refusal_never(
                    dispute->detail,
                    (struct refusal){ERR_SECOND_PERSON, "signatures", "V22", "two persons", NULL});
            }
        }
        others += record->n_decisions == 0 || !signed_first(record, person) ? 1 : 0;
    }
    if (context->signer_count < 2) {
        return refusal_never(dispute->detail, (struct refusal){ERR_SECOND_PERSON, "signatures",
                                                               "V22", "two persons", NULL});
    }
    if (record->n_decisions > 0 && others < record->rules->appeal_persons) {
        return refusal_never(dispute->detail,
                             (struct refusal){ERR_SECOND_PERSON, "signatures", "3.3", NULL,
                                              "an appeal is decided by other persons, too"});
    }
    return JUDGE_OK;
}

static enum judgement check_when(const struct dispute_case *dispute, uint32_t number)
{
    const bool first = dispute->status <= DISPUTE_DELIBERATION;
    if (dispute->status == DISPUTE_DEFAULTED) {
        char until[TIME_TEXT_SIZE];
        time_text(until, dispute->record->decide_until_ms);
        return refusal_never(dispute->detail, (struct refusal){ERR_CLOSED, "dispute", "F4", until,
                                                               "the default rule stands"});
    }
    const enum judgement judgement = dispute_case_state(
        dispute, first || dispute->status == DISPUTE_APPEALED, "while it is open");
    if (judgement == JUDGE_OK && number != (first ? 1U : 2U)) {
        return refusal_never(dispute->detail, (struct refusal){ERR_RANGE, "decision", "3.3",
                                                               first ? "1" : "2", NULL});
    }
    return judgement;
}

/* --- what is decided --------------------------------------------------------------------------*/

static enum judgement check_lines(const struct dispute_case *dispute, const Seam__DisputeDecide *in,
                                  const ProtobufCMessage *detached)
{
    if (in->decided == NULL) {
        return refusal_never(dispute->detail,
                             (struct refusal){ERR_MISSING, "decided", "3.3", NULL, NULL});
    }
    return dispute_decided_check(detached, in, dispute->record, dispute->context->arena,
                                 dispute->detail);
}

/* Appends a decision to the record. */
static enum judgement add_decision(struct dispute_case *dispute, Seam__DisputeDecision *decision)
{
    Seam__DisputeRecord *record = dispute->record;
    struct arena *arena = dispute->context->arena;
    record->decisions = dispute_append(arena, record->decisions, record->n_decisions, decision);
    record->n_decisions++;
    return refusal_of_world(dispute->detail, record->decisions != NULL ? OK : ERR_MEMORY);
}

static Seam__DisputeDecision *new_decision(const struct dispute_case *dispute, const char *kind)
{
    Seam__DisputeDecision *out = arena_alloc(dispute->context->arena, sizeof *out);
    if (out != NULL) {
        seam__dispute_decision__init(out);
        out->kind = (char *)(uintptr_t)kind;
        out->organisation = (char *)(uintptr_t)dispute->context->organisation_id;
        out->tx_id = record_data(&dispute->context->tx_id);
        out->height = dispute->context->height;
        out->time_ms = dispute->context->time_ms;
    }
    return out;
}

static enum judgement write_decision(struct dispute_case *dispute, const Seam__DisputeDecide *in)
{
    struct rule_context *context = dispute->context;
    Seam__DisputeRecord *record = dispute->record;
    Seam__DisputeDecision *decision = new_decision(dispute, "DECIDED");
    if (decision == NULL || record_persons(&decision->persons, context) != OK) {
        return refusal_of_world(dispute->detail, ERR_MEMORY);
    }
    decision->n_persons = context->signer_count;
    decision->line_count = in->line_count;
    decision->lines_root = in->lines_root;
    decision->totals = in->decided;
    decision->reason = in->reason;
    decision->first_effect = record->effects + 1;
    enum judgement judgement = JUDGE_OK;
    if (record->n_decisions == 0) {
        judgement = dispute_deadline(&decision->appeal_until_ms, dispute, context->time_ms,
                                     record->rules->appeal_days);
    }
    if (judgement == JUDGE_OK) {
        judgement = add_decision(dispute, decision);
    }
    if (judgement == JUDGE_OK) {
        judgement = effect_write_all(context, record, in, dispute->detail);
    }
    decision->effect_count = record->effects + 1 - decision->first_effect;
    return judgement == JUDGE_OK ? dispute_case_put(dispute) : judgement;
}

enum judgement dispute_decide(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    const Seam__DisputeDecide *in = (const Seam__DisputeDecide *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = dispute_case_regulator(&dispute);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_when(&dispute, in->decision);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_persons(&dispute);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_lines(&dispute, in, detached);
    }
    if (judgement == JUDGE_OK) {
        judgement = effect_check_all(dispute.record, in, detail);
    }
    return judgement == JUDGE_OK ? write_decision(&dispute, in) : judgement;
}

/* --- time-out ---------------------------------------------------------------------------------*/

/* Writes down what the deadlines already said. */
static enum judgement note_default(struct dispute_case *dispute)
{
    const Seam__CategoryTotals *totals = NULL;
    Seam__DisputeDecision *decision = new_decision(dispute, "DEFAULT");
    if (decision == NULL) {
        return refusal_of_world(dispute->detail, ERR_MEMORY);
    }
    (void)dispute_value_of(&totals, dispute->record, dispute->context->time_ms);
    decision->totals = (Seam__CategoryTotals *)(uintptr_t)totals;
    decision->reason = dispute->record->rules->default_rule;
    decision->appeal_until_ms = dispute->record->default_appeal_until_ms;
    decision->first_effect = dispute->record->effects + 1;
    return add_decision(dispute, decision);
}

static enum judgement check_party(const struct dispute_case *dispute, unsigned capacities)
{
    if ((dispute->capacity & capacities) != 0) {
        return JUDGE_OK;
    }
    return refusal_never(dispute->detail, (struct refusal){ERR_ROLE, "dispute", "3.3", NULL,
                                                           "a party of the dispute"});
}

enum judgement dispute_close(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__DisputeClose *in = (const Seam__DisputeClose *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = check_party(&dispute, DISPUTE_REGULATOR | DISPUTE_OWNER | DISPUTE_VERIFIER);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const Seam__DisputeRecord *record = dispute.record;
    const bool timed_out = record->n_decisions == 0 && dispute.status != DISPUTE_WITHDRAWN &&
                           context->time_ms >= record->decide_until_ms;
    if (!timed_out) {
        char until[TIME_TEXT_SIZE];
        time_text(until, record->decide_until_ms);
        const struct refusal refusal = {ERR_STATE_MACHINE, "dispute", "F4", until,
                                        "closed without a decision after this time only"};
        return dispute_open(dispute.status) ? refusal_not_yet(detail, refusal)
                                            : refusal_never(detail, refusal);
    }
    judgement = note_default(&dispute);
    return judgement == JUDGE_OK ? dispute_case_put(&dispute) : judgement;
}

/* --- appeal -----------------------------------------------------------------------------------*/

enum judgement dispute_appeal(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__DisputeAppeal *in = (const Seam__DisputeAppeal *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = check_party(&dispute, DISPUTE_OWNER | DISPUTE_VERIFIER);
    }
    if (judgement == JUDGE_OK && dispute.record->appeal != NULL) {
        return refusal_never(detail, (struct refusal){ERR_STATE_MACHINE, "dispute", "3.3",
                                                      dispute.record->appeal->organisation,
                                                      "one appeal, and there was one"});
    }
    if (judgement == JUDGE_OK) {
        judgement = dispute_case_state(
            &dispute, dispute.status == DISPUTE_DECIDED || dispute.status == DISPUTE_DEFAULTED,
            "within the time to appeal");
    }
    if (judgement == JUDGE_OK && dispute.record->n_decisions == 0) {
        judgement = note_default(&dispute);
    }
    Seam__DisputeAppealed *appeal = arena_alloc(context->arena, sizeof *appeal);
    if (judgement == JUDGE_OK && appeal == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    seam__dispute_appealed__init(appeal);
    appeal->organisation = (char *)(uintptr_t)context->organisation_id;
    appeal->grounds = in->grounds;
    appeal->document_hash = in->document_hash;
    appeal->tx_id = record_data(&context->tx_id);
    appeal->time_ms = context->time_ms;
    dispute.record->appeal = appeal;
    judgement = dispute_deadline(&appeal->decide_until_ms, &dispute, context->time_ms,
                                 dispute.record->rules->decision_days);
    return judgement == JUDGE_OK ? dispute_case_put(&dispute) : judgement;
}

/* --- publication ------------------------------------------------------------------------------*/

/* The root and length of the list that a shown line names; false: there is no such list. */
static bool shown_list(const Seam__DisputeRecord *record, const Seam__ShownLine *shown,
                       ProtobufCBinaryData *root, uint32_t *count)
{
    if (shown->part == 0) {
        return false;
    }
    const uint32_t index = shown->part - 1;
    if (record_same(shown->list, "CLAIMS") && index < record->n_claimants) {
        *root = record->claimants[index]->claims_root;
        *count = record->claimants[index]->claim_count;
        return true;
    }
    if (record_same(shown->list, "DECISION") && index < record->n_decisions) {
        *root = record->decisions[index]->lines_root;
        *count = record->decisions[index]->line_count;
        return true;
    }
    return false;
}

static enum judgement check_shown(const struct dispute_case *dispute,
                                  const Seam__DisputePublish *in)
{
    for (size_t i = 0; i < in->n_shown; i++) {
        ProtobufCBinaryData root = {0};
        uint32_t count = 0;
        if (!shown_list(dispute->record, in->shown[i], &root, &count) ||
            !dispute_shown_check(in->shown[i], root, count)) {
            char field[32];
            (void)snprintf(field, sizeof field, "shown[%zu]", i);
            return refusal_never(dispute->detail, (struct refusal){ERR_TOTAL, field, "V24", NULL,
                                                                   "not a line of this dispute"});
        }
    }
    return JUDGE_OK;
}

enum judgement dispute_publish(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__DisputePublish *in = (const Seam__DisputePublish *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = dispute_case_regulator(&dispute);
    }
    if (judgement == JUDGE_OK && dispute.record->publication != NULL) {
        return refusal_never(
            detail, (struct refusal){ERR_DUPLICATE, "dispute", "3.3", NULL, "published before"});
    }
    if (judgement == JUDGE_OK && !dispute_ended(dispute.status)) {
        return refusal_not_yet(detail, (struct refusal){ERR_STATE_MACHINE, "dispute", "4.4",
                                                        dispute_status_name(dispute.status),
                                                        "a case is published when it is final"});
    }
    if (judgement == JUDGE_OK) {
        judgement = check_shown(&dispute, in);
    }
    Seam__DisputePublication *publication = arena_alloc(context->arena, sizeof *publication);
    if (judgement == JUDGE_OK && publication == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    seam__dispute_publication__init(publication);
    publication->summary = in->summary;
    publication->n_masked = in->n_masked;
    publication->masked = in->masked;
    publication->shown = (uint32_t)in->n_shown;
    publication->document_hash = in->document_hash;
    publication->tx_id = record_data(&context->tx_id);
    publication->time_ms = context->time_ms;
    dispute.record->publication = publication;
    return dispute_case_put(&dispute);
}
