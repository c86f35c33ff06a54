/* SPDX-License-Identifier: Apache-2.0 */
/* The eight steps in their order [KSSJ 6.2c], each a record with what it left behind. Who reviews
 * the report has done no verification; that is asked here and again at the opinion. */
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/rules.h"

#include "ledger/base/period.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* [KSSJ 6.2b] what the guide wants looked at, none may be left out. */
static const char *const sections[ENGAGEMENT_SECTIONS] = {
    "BASIC_DATA", "BOUNDARY", "METHOD", "DATA", "QUALITY_PLAN", "QA_FILING"};

static size_t section_index(const char *name)
{
    for (size_t i = 0; i < ENGAGEMENT_SECTIONS; i++) {
        if (record_same(name, sections[i])) {
            return i;
        }
    }
    return ENGAGEMENT_SECTIONS;
}

/* Takes the new sections in, in the order of the guide; a later one replaces an earlier one. */
static enum judgement sections_merge(struct engaging *in, const Seam__EngageAdvance *advance)
{
    Seam__ReviewSection *merged[ENGAGEMENT_SECTIONS] = {NULL};
    Seam__EngagementRecord *record = in->record;
    for (size_t i = 0; i < record->n_sections; i++) {
        const size_t at = section_index(record->sections[i]->section);
        if (at == ENGAGEMENT_SECTIONS) {
            return refusal_of_world(in->detail, ERR_CORRUPT);
        }
        merged[at] = record->sections[i];
    }
    for (size_t i = 0; i < advance->n_sections; i++) {
        const size_t at = section_index(advance->sections[i]->section);
        if (at == ENGAGEMENT_SECTIONS) {
            return refusal_never(in->detail, (struct refusal){ERR_ENUM, "sections", "KSSJ 6.2b",
                                                              NULL, "no section of the guide"});
        }
        merged[at] = advance->sections[i];
    }
    Seam__ReviewSection **list =
        arena_alloc(in->context->arena, ENGAGEMENT_SECTIONS * sizeof *list);
    if (list == NULL) {
        return refusal_of_world(in->detail, ERR_MEMORY);
    }
    record->n_sections = 0;
    for (size_t i = 0; i < ENGAGEMENT_SECTIONS; i++) {
        if (merged[i] != NULL) {
            list[record->n_sections++] = merged[i];
        }
    }
    record->sections = list;
    return JUDGE_OK;
}

/* Notes made without a network come later, with the writer's own clock and a counter. */
static enum judgement notes_fit(const struct engaging *in, const Seam__EngageAdvance *advance)
{
    if (advance->noted_at_ms == 0 && advance->note_counter == 0) {
        return JUDGE_OK;
    }
    if (advance->noted_at_ms > in->context->time_ms) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "noted_at_ms", "3.2", NULL,
                                                          "notes from the future"});
    }
    if (advance->note_counter <= in->record->note_counter) {
        char limit[24];
        (void)snprintf(limit, sizeof limit, "%llu",
                       (unsigned long long)in->record->note_counter + 1);
        return refusal_never(in->detail, (struct refusal){ERR_GAP, "note_counter", "3.2", limit,
                                                          "the counter of notes only grows"});
    }
    in->record->note_counter = advance->note_counter;
    return JUDGE_OK;
}

/* --- the single steps --------------------------------------------------------------------------
 */

/* Domain 3.2: so many people of those who verify, each once. */
static enum judgement visit(struct engaging *in, const Seam__EngageAdvance *advance,
                            const struct parameters *rules)
{
    uint32_t least = 0;
    const enum judgement judgement = parameter_need(&least, rules, "site.persons", 0, in->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (advance->n_persons < least || advance->n_persons > ENGAGEMENT_TEAM_MAX) {
        char limit[16];
        (void)snprintf(limit, sizeof limit, "%u", (unsigned)least);
        return refusal_never(in->detail, (struct refusal){ERR_SECOND_PERSON, "persons", "D42",
                                                          limit, "persons on the site"});
    }
    for (size_t i = 0; i < advance->n_persons; i++) {
        struct hash person;
        id_hash(&person, KEY_PERSON, advance->persons[i]);
        if ((team_function(in->record, &person) & TEAM_VERIFIERS) == 0 ||
            (i > 0 && strcmp(advance->persons[i - 1], advance->persons[i]) >= 0)) {
            return refusal_never(in->detail,
                                 (struct refusal){ERR_ROLE, "persons", "D42", NULL,
                                                  "lead and members of the team, ascending"});
        }
    }
    in->record->visited = true;
    return JUDGE_OK;
}

/* [KSSJ 6.2c] step 4 alone may be left out or come late, and the report says why. */
static enum judgement deviation(struct engaging *in, const Seam__EngageAdvance *advance,
                                enum engagement_state from, enum engagement_state next)
{
    const bool skipped = next == ENGAGEMENT_REPORT_DRAFT && !in->record->visited;
    const bool late = next == ENGAGEMENT_SITE && from == ENGAGEMENT_REPORT_DRAFT;
    if ((skipped || late) && advance->deviation_reason[0] == '\0') {
        return refusal_never(in->detail,
                             (struct refusal){ERR_MISSING, "deviation_reason", "KSSJ 6.2c", NULL,
                                              skipped ? "the site was not visited"
                                                      : "the site is visited after the report"});
    }
    if (advance->deviation_reason[0] != '\0') {
        in->record->deviation_reason = advance->deviation_reason;
    }
    return JUDGE_OK;
}

static enum judgement draft_ready(const struct engaging *in, const Seam__EngageAdvance *advance)
{
    if (advance->no_sample_reason[0] != '\0') {
        in->record->no_sample_reason = advance->no_sample_reason;
    }
    if (in->record->samples_undrawn > 0) {
        return refusal_never(in->detail, (struct refusal){ERR_STATE_MACHINE, "step", "D42", NULL,
                                                          "a sample was committed to and must be "
                                                          "drawn"});
    }
    return JUDGE_OK;
}

/* F12: records are kept for so many years. */
static enum judgement archive(struct engaging *in, const struct parameters *rules)
{
    uint32_t years = 0;
    const enum judgement judgement =
        parameter_need(&years, rules, "retention.years", 0, in->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct date day = date_of_days((int64_t)(in->context->time_ms / DAY_MS));
    day.year += (int32_t)(years <= 100 ? years : 100);
    const uint32_t last = month_days(day.year, day.month);
    day.day = day.day > last ? last : day.day;
    in->record->retain_until_ms = (uint64_t)date_to_days(day) * DAY_MS;
    return JUDGE_OK;
}

static enum judgement step_of(enum engagement_state *out, const char *name,
                              struct err_detail *detail)
{
    static const enum engagement_state steps[] = {ENGAGEMENT_PLANNED, ENGAGEMENT_DOC_REVIEW,
                                                  ENGAGEMENT_SITE, ENGAGEMENT_REPORT_DRAFT,
                                                  ENGAGEMENT_ARCHIVED};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (record_same(name, sm_name(&engagement_machine, (uint8_t)steps[i]))) {
            *out = steps[i];
            return JUDGE_OK;
        }
    }
    return refusal_never(
        detail, (struct refusal){ERR_ENUM, "step", "D42",
                                 "PLANNED, DOC_REVIEW, SITE, REPORT_DRAFT, ARCHIVED", NULL});
}

/* [D42] What a regulator revoked as false does not go on; another engagement passes the gate again.
 */
static enum judgement resume(const struct engaging *in)
{
    const Seam__OpinionRecord *opinion = NULL;
    const enum err err =
        view_opinion(&opinion, in->context->state, in->record->opinion, in->context->arena);
    if (err != OK) {
        return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (record_same(opinion->cause, "FALSE_DECLARATION") ||
        record_same(opinion->cause, "FALSIFICATION")) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_CLOSED, "engagement", "D42", opinion->cause,
                                              "the regulator revoked its opinion"});
    }
    return JUDGE_OK;
}

static enum judgement step_work(struct engaging *in, const Seam__EngageAdvance *advance,
                                enum engagement_state from, enum engagement_state next)
{
    struct parameters rules;
    enum judgement judgement =
        parameter_read(&rules, in->context, in->record->parameter_set_hash, in->detail);
    if (judgement == JUDGE_OK && from == ENGAGEMENT_REVOKED) {
        judgement = resume(in);
    }
    if (judgement == JUDGE_OK && next == ENGAGEMENT_SITE) {
        judgement = visit(in, advance, &rules);
    }
    if (judgement == JUDGE_OK && next == ENGAGEMENT_REPORT_DRAFT) {
        judgement = draft_ready(in, advance);
    }
    if (judgement == JUDGE_OK && next == ENGAGEMENT_ARCHIVED) {
        judgement = archive(in, &rules);
    }
    if (judgement == JUDGE_OK) {
        judgement = deviation(in, advance, from, next);
    }
    if (judgement == JUDGE_OK && next == ENGAGEMENT_DOC_REVIEW) {
        in->record->report_hash = (ProtobufCBinaryData){0};
        in->record->reviewer = (ProtobufCBinaryData){0};
    }
    return judgement;
}

static enum judgement step_put(struct engaging *in, Seam__StepRecord *step)
{
    struct rule_context *context = in->context;
    const struct state_key key =
        record_key_numbered(KEY_ENGAGEMENT_STEP, in->record->engagement, in->record->steps + 1);
    step->n_signers = context->signer_count;
    enum err err = record_persons(&step->signers, context);
    step->state = in->record->state;
    step->tx_id = record_data(&context->tx_id);
    step->height = context->height;
    step->time_ms = context->time_ms;
    if (err == OK) {
        err = record_add(context, &key, &step->base);
    }
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    in->record->steps++;
    return engaging_put(in);
}

enum judgement engage_advance(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EngageAdvance *advance = (const Seam__EngageAdvance *)payload;
    struct engaging in;
    enum engagement_state next = ENGAGEMENT_PROPOSED;
    enum judgement judgement = engaging_load(&in, context, advance->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&in, TEAM_VERIFIERS);
    }
    if (judgement == JUDGE_OK) {
        judgement = step_of(&next, advance->step, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (advance->n_evidence == 0 || advance->n_evidence > ENGAGEMENT_EVIDENCE_MAX) {
        return refusal_never(detail, (struct refusal){ERR_MISSING, "evidence", "D42", "1..100",
                                                      "what the step left behind"});
    }
    const enum engagement_state from = (enum engagement_state)in.record->state;
    judgement = engaging_move(&in, next);
    if (judgement == JUDGE_OK) {
        judgement = step_work(&in, advance, from, next);
    }
    if (judgement == JUDGE_OK) {
        judgement = sections_merge(&in, advance);
    }
    if (judgement == JUDGE_OK) {
        judgement = notes_fit(&in, advance);
    }
    if (judgement == JUDGE_OK && next != ENGAGEMENT_ARCHIVED) {
        judgement = engaging_worked(&in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__StepRecord step = SEAM__STEP_RECORD__INIT;
    step.evidence = advance->evidence;
    step.n_evidence = advance->n_evidence;
    step.persons = advance->persons;
    step.n_persons = advance->n_persons;
    step.noted_at_ms = advance->noted_at_ms;
    step.note_counter = advance->note_counter;
    step.deviation_reason = advance->deviation_reason;
    return step_put(&in, &step);
}

/* --- internal technical review -----------------------------------------------------------------
 */

static enum judgement review_ready(const struct engaging *in)
{
    if (in->record->n_sections != ENGAGEMENT_SECTIONS) {
        return refusal_never(in->detail, (struct refusal){ERR_INCOMPLETE, "sections", "KSSJ 6.2b",
                                                          "6", "a section of the guide is empty"});
    }
    if (in->record->findings_open > 0) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_STATE_MACHINE, "findings", "4.4", NULL,
                                              "findings are closed or unresolved "
                                              "before the review"});
    }
    return JUDGE_OK;
}

/* [KSSJ 6.2c] V22: another natural person than those who verified. */
enum judgement engage_review(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EngageReview *review = (const Seam__EngageReview *)payload;
    const bool pass = record_same(review->verdict, "PASS");
    struct engaging in;
    enum judgement judgement = engaging_load(&in, context, review->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&in, TEAM_TECHNICAL_REVIEWER);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    assert(context->signer_count == 1);
    const struct hash *person = &context->signers[0].person;
    if (engaging_has_worked(&in, person)) {
        return refusal_never(detail, (struct refusal){ERR_SECOND_PERSON, "signatures", "V22", NULL,
                                                      "this person did the verification"});
    }
    if (in.record->state != ENGAGEMENT_REPORT_DRAFT) {
        return refusal_never(detail,
                             (struct refusal){ERR_STATE_MACHINE, "engagement", "D42",
                                              "REPORT_DRAFT", "the review looks at a report"});
    }
    if (pass) {
        judgement = review_ready(&in);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_move(&in, pass ? ENGAGEMENT_TECH_REVIEW : ENGAGEMENT_DOC_REVIEW);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (pass) {
        in.record->report_hash = review->report_hash;
        in.record->reviewer = record_data(person);
    }
    Seam__StepRecord step = SEAM__STEP_RECORD__INIT;
    step.verdict = review->verdict;
    step.report_hash = review->report_hash;
    step.comments_hash = review->comments_hash;
    return step_put(&in, &step);
}
