/* SPDX-License-Identifier: Apache-2.0 */
/* Statements, more time, the panel: what happens between opening and decision. */

#include "ledger/assurance/dispute_rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/assurance/dispute_case.h"
#include "ledger/governance/calendar.h"

/* --- statements -------------------------------------------------------------------------------*/

static enum judgement statement_form(const Seam__StatementFile *in, struct err_detail *detail)
{
    const bool open = record_same(in->visibility, "PUBLIC");
    if (open && (in->text[0] == '\0' || in->ciphertext_hash.len != 0 || in->ciphertext_size != 0)) {
        return refusal_never(detail, (struct refusal){ERR_MISSING, "text", "3.3", NULL,
                                                      "a public statement is its text"});
    }
    if (!open &&
        (in->text[0] != '\0' || in->ciphertext_hash.len != HASH_SIZE || in->ciphertext_size == 0)) {
        return refusal_never(detail,
                             (struct refusal){ERR_MISSING, "ciphertext_hash", "B15", NULL,
                                              "a sealed statement is the hash and size of what was "
                                              "sealed to the regulator"});
    }
    for (size_t i = 0; i < in->n_evidence; i++) {
        if (in->evidence[i].len != HASH_SIZE) {
            return refusal_never(detail,
                                 (struct refusal){ERR_LENGTH, "evidence", "3.3", "32 bytes", NULL});
        }
    }
    return JUDGE_OK;
}

/* Each side has half of the statements, so that neither can leave the other without a word. */
static enum judgement statements_left(const struct dispute_case *dispute)
{
    const Seam__DisputeRecord *record = dispute->record;
    struct rule_context *context = dispute->context;
    uint32_t own = 0;
    for (uint32_t i = 1; i <= record->statements; i++) {
        const Seam__StatementRecord *statement = NULL;
        const enum err err =
            view_statement(&statement, context->state, record->dispute, i, context->arena);
        if (err != OK) {
            return refusal_of_world(dispute->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        own += record_same(statement->organisation, context->organisation_id) ? 1 : 0;
    }
    if (own >= DISPUTE_STATEMENTS_MAX / 2 || record->statements >= DISPUTE_STATEMENTS_MAX) {
        return refusal_never(dispute->detail, (struct refusal){ERR_RANGE, "dispute", "4.2", "50",
                                                               "statements of one side"});
    }
    return JUDGE_OK;
}

static bool statements_open(const struct dispute_case *dispute)
{
    return dispute->status == DISPUTE_OPENED || dispute->status == DISPUTE_STATEMENTS ||
           dispute->status == DISPUTE_APPEALED;
}

enum judgement statement_file(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__StatementFile *in = (const Seam__StatementFile *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = statement_form(in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if ((dispute.capacity & (DISPUTE_OWNER | DISPUTE_VERIFIER)) == 0) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "dispute", "3.3", NULL,
                                                      "the owner or the verifier"});
    }
    if (dispute.status == DISPUTE_DELIBERATION) {
        char until[TIME_TEXT_SIZE];
        time_text(until, dispute.record->statements_until_ms);
        return refusal_never(detail, (struct refusal){ERR_CLOSED, "dispute", "3.3", until,
                                                      "the time for statements is over"});
    }
    judgement = dispute_case_state(&dispute, statements_open(&dispute), "while it is heard");
    if (judgement == JUDGE_OK) {
        judgement = statements_left(&dispute);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__StatementRecord record = SEAM__STATEMENT_RECORD__INIT;
    record.organisation = (char *)(uintptr_t)context->organisation_id;
    record.visibility = in->visibility;
    record.text = in->text;
    record.ciphertext_hash = in->ciphertext_hash;
    record.ciphertext_size = in->ciphertext_size;
    record.n_evidence = in->n_evidence;
    record.evidence = in->evidence;
    record.tx_id = record_data(&context->tx_id);
    record.height = context->height;
    record.time_ms = context->time_ms;
    dispute.record->statements++;
    const struct state_key key =
        dispute_key_numbered(KEY_STATEMENT, in->dispute, dispute.record->statements);
    judgement = refusal_of_world(detail, record_add(context, &key, &record.base));
    return judgement == JUDGE_OK ? dispute_case_put(&dispute) : judgement;
}

/* --- more time --------------------------------------------------------------------------------*/

static uint32_t extensions_of(const Seam__DisputeRecord *record, const char *deadline)
{
    uint32_t count = 0;
    for (size_t i = 0; i < record->n_extensions; i++) {
        count += record_same(record->extensions[i]->deadline, deadline) ? 1 : 0;
    }
    return count;
}

/* Counts on from the last instant in time. */
static enum judgement move(uint64_t *deadline, const struct dispute_case *dispute, uint32_t days)
{
    return dispute_deadline(deadline, dispute, *deadline - 1, days);
}

static enum judgement move_deadline(struct dispute_case *dispute, const Seam__DisputeExtend *in)
{
    Seam__DisputeRecord *record = dispute->record;
    const bool open = dispute->status == DISPUTE_OPENED || dispute->status == DISPUTE_STATEMENTS;
    if (record_same(in->deadline, "STATEMENTS")) {
        enum judgement judgement =
            dispute_case_state(dispute, open, "before the time for statements is over");
        if (judgement == JUDGE_OK) {
            judgement = move(&record->statements_until_ms, dispute, in->working_days);
        }
        if (judgement == JUDGE_OK && record->statements_until_ms > record->decide_until_ms) {
            return refusal_never(dispute->detail,
                                 (struct refusal){ERR_RANGE, "working_days", "3.3", NULL,
                                                  "not beyond the time to decide"});
        }
        return judgement;
    }
    if (dispute->status == DISPUTE_APPEALED) {
        return move(&record->appeal->decide_until_ms, dispute, in->working_days);
    }
    enum judgement judgement =
        dispute_case_state(dispute, open || dispute->status == DISPUTE_DELIBERATION,
                           "before the time to decide is over");
    if (judgement == JUDGE_OK) {
        judgement = move(&record->decide_until_ms, dispute, in->working_days);
    }
    if (judgement == JUDGE_OK) {
        judgement = dispute_deadline(&record->default_appeal_until_ms, dispute,
                                     record->decide_until_ms, record->rules->appeal_days);
    }
    return judgement;
}

static enum judgement extend_form(const struct dispute_case *dispute, const Seam__DisputeExtend *in)
{
    const Seam__DisputeRules *rules = dispute->record->rules;
    if (in->working_days < 1 || in->working_days > rules->extension_days) {
        char most[32];
        (void)snprintf(most, sizeof most, "1..%u", rules->extension_days);
        return refusal_never(dispute->detail,
                             (struct refusal){ERR_RANGE, "working_days", "3.3", most, NULL});
    }
    if (extensions_of(dispute->record, in->deadline) >= rules->extensions) {
        char most[32];
        (void)snprintf(most, sizeof most, "%u", rules->extensions);
        return refusal_never(dispute->detail, (struct refusal){ERR_CLOSED, "deadline", "3.3", most,
                                                               "extended as often as it may be"});
    }
    return JUDGE_OK;
}

enum judgement dispute_extend(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__DisputeExtend *in = (const Seam__DisputeExtend *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = dispute_case_regulator(&dispute);
    }
    if (judgement == JUDGE_OK) {
        judgement = extend_form(&dispute, in);
    }
    if (judgement == JUDGE_OK) {
        judgement = move_deadline(&dispute, in);
    }
    Seam__DisputeExtension *extension = arena_alloc(context->arena, sizeof *extension);
    if (judgement == JUDGE_OK && extension == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    seam__dispute_extension__init(extension);
    extension->deadline = in->deadline;
    extension->working_days = in->working_days;
    extension->reason = in->reason;
    extension->tx_id = record_data(&context->tx_id);
    extension->time_ms = context->time_ms;
    Seam__DisputeRecord *record = dispute.record;
    record->extensions =
        dispute_append(context->arena, record->extensions, record->n_extensions, extension);
    record->n_extensions++;
    if (record->extensions == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    return dispute_case_put(&dispute);
}

/* --- panel ------------------------------------------------------------------------------------*/

static enum judgement panel_persons(const struct dispute_case *dispute,
                                    const Seam__DisputePanel *in)
{
    struct rule_context *context = dispute->context;
    if (in->n_persons != 3 || !record_ascending(in->persons, in->n_persons)) {
        return refusal_never(dispute->detail, (struct refusal){ERR_LENGTH, "persons", "3.3", "3",
                                                               "three persons, ascending"});
    }
    for (size_t i = 0; i < in->n_persons; i++) {
        const Seam__PersonRecord *person = NULL;
        const enum err err = view_person(&person, context->state, in->persons[i], context->arena);
        if (err != OK) {
            return refusal_of_view(dispute->detail, err, "persons", in->persons[i]);
        }
        if (!record_same(person->organisation, context->organisation_id)) {
            return refusal_never(dispute->detail,
                                 (struct refusal){ERR_ROLE, "persons", "3.3", in->persons[i],
                                                  "persons of the regulator"});
        }
    }
    return JUDGE_OK;
}

enum judgement dispute_panel(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__DisputePanel *in = (const Seam__DisputePanel *)payload;
    struct dispute_case dispute;
    enum judgement judgement = dispute_case_read(&dispute, context, in->dispute, detail);
    if (judgement == JUDGE_OK) {
        judgement = dispute_case_regulator(&dispute);
    }
    if (judgement == JUDGE_OK) {
        judgement = dispute_case_state(&dispute, dispute_open(dispute.status), "while it is open");
    }
    if (judgement == JUDGE_OK && dispute.record->n_panel != 0 &&
        dispute.status != DISPUTE_APPEALED) {
        return refusal_never(detail, (struct refusal){ERR_CLOSED, "persons", "3.3", NULL,
                                                      "a panel is named once; another on appeal"});
    }
    if (judgement == JUDGE_OK) {
        judgement = panel_persons(&dispute, in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    dispute.record->panel = in->persons;
    dispute.record->n_panel = in->n_persons;
    return dispute_case_put(&dispute);
}
