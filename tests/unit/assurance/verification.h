/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ASSURANCE_VERIFICATION_H
#define TESTS_UNIT_ASSURANCE_VERIFICATION_H

/* The messages of a verification in the world of world.h: accreditation, engagement, steps,
 * recomputation, findings, opinion. */

#include "ledger/assurance/engagement.h"
#include "ledger/assurance/finding.h"
#include "tests/unit/assurance/world.h"

#define DECLARATIONS "FEE_FIXED NO_EMPLOYMENT NO_PREPARATION NO_SALES NO_SHARES"

static inline Seam__AccreditationSet *world_accreditation(struct world *world,
                                                          const char *organisation,
                                                          const char *kind, const char *scopes)
{
    Seam__AccreditationSet *in = world_alloc(world, sizeof *in);
    seam__accreditation_set__init(in);
    in->organisation = (char *)(uintptr_t)organisation;
    in->kind = (char *)(uintptr_t)kind;
    in->number = (char *)(uintptr_t) "CNAS VB-001";
    in->scopes = world_list(world, scopes, &in->n_scopes);
    in->valid_from = (char *)(uintptr_t) "2025-01-01";
    in->valid_to = (char *)(uintptr_t) "2027-12-31";
    in->status = (char *)(uintptr_t) "ACTIVE";
    return in;
}

static inline void world_accredit(struct world *world, const char *organisation, const char *kind,
                                  const char *scopes)
{
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy",
                          &world_accreditation(world, organisation, kind, scopes)->base, NULL));
}

static inline Seam__TeamMember **world_team(struct world *world, const char *organisation,
                                            size_t *count)
{
    static const char *const members[][2] = {{"deputy", "MEMBER"},
                                             {"preparer", "LEAD"},
                                             {"responsible", "APPROVER"},
                                             {"reviewer", "TECHNICAL_REVIEWER"}};
    Seam__TeamMember **team = world_alloc(world, 4 * sizeof *team);
    for (size_t i = 0; i < 4; i++) {
        char id[80];
        (void)snprintf(id, sizeof id, "%s.%s", organisation, members[i][0]);
        team[i] = world_alloc(world, sizeof *team[i]);
        seam__team_member__init(team[i]);
        team[i]->person = arena_text(&world->arena, id, strlen(id));
        team[i]->function = (char *)(uintptr_t)members[i][1];
    }
    *count = 4;
    return team;
}

static inline Seam__EngageOpen *world_offer(struct world *world, const char *verifier)
{
    Seam__EngageOpen *in = world_alloc(world, sizeof *in);
    Seam__ScopeItem *item = world_alloc(world, sizeof *item);
    seam__engage_open__init(in);
    seam__scope_item__init(item);
    item->facility = (char *)(uintptr_t) "mine-a";
    item->from_period = (char *)(uintptr_t) "2026-01";
    item->to_period = (char *)(uintptr_t) "2026-02";
    in->engagement = (char *)(uintptr_t)ENG;
    in->client = (char *)(uintptr_t) "mine";
    in->verifier = (char *)(uintptr_t)verifier;
    in->contract_hash = world_hash(world, "contract");
    in->scope = world_alloc(world, sizeof *in->scope);
    in->scope[0] = item;
    in->n_scope = 1;
    in->level = (char *)(uintptr_t) "REASONABLE";
    in->materiality_bp = 500;
    in->guide_edition = (char *)(uintptr_t) "2016-01";
    in->declarations = world_list(world, DECLARATIONS, &in->n_declarations);
    in->parameter_set_hash = record_data(&world->set_hash);
    return in;
}

static inline Seam__EngageAccept *world_answer(struct world *world, const char *verifier)
{
    Seam__EngageAccept *in = world_alloc(world, sizeof *in);
    seam__engage_accept__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->contract_hash = world_hash(world, "contract");
    in->team = world_team(world, verifier, &in->n_team);
    in->declarations = world_list(world, DECLARATIONS, &in->n_declarations);
    return in;
}

static inline enum judgement world_open(struct world *world, const char *verifier)
{
    return world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible",
                       &world_offer(world, verifier)->base, NULL);
}

static inline enum judgement world_accept(struct world *world, const char *verifier)
{
    return world_apply(world, ENGAGE_ACCEPT_TYPE, verifier, "preparer responsible",
                       &world_answer(world, verifier)->base, NULL);
}

/* The same client and verifier agree on a second engagement, eng-2. */
static inline enum judgement world_second_open(struct world *world)
{
    Seam__EngageOpen *offer = world_offer(world, "verifier");
    offer->engagement = (char *)(uintptr_t) "eng-2";
    return world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &offer->base, NULL);
}

static inline enum judgement world_second_accept(struct world *world)
{
    Seam__EngageAccept *answer = world_answer(world, "verifier");
    answer->engagement = (char *)(uintptr_t) "eng-2";
    return world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible", &answer->base,
                       NULL);
}

static inline Seam__EngageAdvance *world_step(struct world *world, const char *step)
{
    static const char *const names[] = {"BASIC_DATA", "BOUNDARY",     "METHOD",
                                        "DATA",       "QUALITY_PLAN", "QA_FILING"};
    Seam__EngageAdvance *in = world_alloc(world, sizeof *in);
    seam__engage_advance__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->step = (char *)(uintptr_t)step;
    in->evidence = world_alloc(world, sizeof *in->evidence);
    in->evidence[0] = world_hash(world, step);
    in->n_evidence = 1;
    if (strcmp(step, "DOC_REVIEW") == 0) {
        in->sections = world_alloc(world, 6 * sizeof *in->sections);
        in->n_sections = 6;
        for (size_t i = 0; i < 6; i++) {
            in->sections[i] = world_alloc(world, sizeof *in->sections[i]);
            seam__review_section__init(in->sections[i]);
            in->sections[i]->section = (char *)(uintptr_t)names[i];
            in->sections[i]->hash = world_hash(world, names[i]);
        }
    }
    if (strcmp(step, "REPORT_DRAFT") == 0) {
        in->no_sample_reason = (char *)(uintptr_t) "two lines, both looked at";
    }
    if (strcmp(step, "SITE") == 0) {
        in->persons = world_list(world, "verifier.deputy verifier.preparer", &in->n_persons);
    }
    return in;
}

static inline enum judgement world_advance(struct world *world, const char *step)
{
    return world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer",
                       &world_step(world, step)->base, NULL);
}

static inline enum judgement world_review(struct world *world, const char *person,
                                          const char *verdict)
{
    Seam__EngageReview *in = world_alloc(world, sizeof *in);
    seam__engage_review__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->verdict = (char *)(uintptr_t)verdict;
    in->report_hash = world_hash(world, "report");
    return world_apply(world, ENGAGE_REVIEW_TYPE, "verifier", person, &in->base, NULL);
}

static inline Seam__Recompute *world_recomputation(struct world *world, const char *period,
                                                   uint32_t version)
{
    Seam__Recompute *in = world_alloc(world, sizeof *in);
    seam__recompute__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t)period;
    in->version = version;
    in->account_hash = world_account_hash(world, "mine-a", period, version);
    in->inputs_hash = world_hash(world, "inputs");
    in->parameter_set_hash = world_hash(world, "set");
    in->outcome = (char *)(uintptr_t) "EQUAL";
    in->result_hash = world_hash(world, "result");
    return in;
}

/* A recomputation with one line that differs, in scope 1. */
static inline void world_differ(struct world *world, Seam__Recompute *in, const char *source,
                                int64_t grams)
{
    Seam__LineDifference *line = world_alloc(world, sizeof *line);
    seam__line_difference__init(line);
    line->code = (char *)(uintptr_t) "L_FUEL";
    line->source = (char *)(uintptr_t)source;
    line->detail = (char *)(uintptr_t) "bituminous";
    line->category = (char *)(uintptr_t) "SCOPE1";
    line->difference_g = grams;
    Seam__LineDifference **lines = world_alloc(world, (in->n_lines + 1) * sizeof *lines);
    for (size_t i = 0; i < in->n_lines; i++) {
        lines[i] = in->lines[i];
    }
    lines[in->n_lines++] = line;
    in->lines = lines;
    in->differences = (uint32_t)in->n_lines;
    in->outcome = (char *)(uintptr_t) "DIFFERENT";
    in->difference_hash = world_hash(world, "differences");
}

static inline enum judgement world_recompute(struct world *world, const char *period,
                                             uint32_t version)
{
    return world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy",
                       &world_recomputation(world, period, version)->base, NULL);
}

static inline const Seam__EngagementRecord *world_engagement(struct world *world)
{
    const Seam__EngagementRecord *record = NULL;
    assert_int_equal(view_engagement(&record, world->state, ENG, &world->arena), OK);
    return record;
}

static inline Seam__FindingText *world_words(struct world *world, const char *text)
{
    Seam__FindingText *in = world_alloc(world, sizeof *in);
    seam__finding_text__init(in);
    in->salt = (ProtobufCBinaryData){.len = 16, .data = world_alloc(world, 16)};
    in->text = (char *)(uintptr_t)text;
    return in;
}

static inline ProtobufCBinaryData world_words_hash(struct world *world,
                                                   const Seam__FindingText *text)
{
    struct hash *hash = world_alloc(world, sizeof *hash);
    finding_text_hash(hash, text);
    return record_data(hash);
}

static inline Seam__FindingRaise *world_finding(struct world *world, uint32_t number,
                                                int64_t effect_g)
{
    Seam__FindingRaise *in = world_alloc(world, sizeof *in);
    seam__finding_raise__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = number;
    in->kind = (char *)(uintptr_t) "ERROR";
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t) "2026-01";
    in->version = 1;
    in->category = (char *)(uintptr_t) "SCOPE1";
    in->effect_g = effect_g;
    in->text_hash = world_words_hash(world, world_words(world, "the meter was not calibrated"));
    return in;
}

static inline enum judgement world_raise(struct world *world, const Seam__FindingRaise *in)
{
    return world_apply(world, FINDING_RAISE_TYPE, "verifier", "deputy", &in->base,
                       &world_words(world, "the meter was not calibrated")->base);
}

static inline enum judgement world_reply(struct world *world, uint32_t number)
{
    Seam__FindingAnswer *in = world_alloc(world, sizeof *in);
    seam__finding_answer__init(in);
    Seam__FindingText *text = world_words(world, "cause");
    text->correction = (char *)(uintptr_t) "correction";
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = number;
    in->agrees = true;
    in->text_hash = world_words_hash(world, text);
    return world_apply(world, FINDING_ANSWER_TYPE, "mine", "preparer", &in->base, &text->base);
}

static inline enum judgement world_verdict(struct world *world, uint32_t number,
                                           const char *verdict, const char *resolution,
                                           int64_t effect_g)
{
    Seam__FindingClose *in = world_alloc(world, sizeof *in);
    seam__finding_close__init(in);
    Seam__FindingText *text = world_words(world, "verdict");
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = number;
    in->verdict = (char *)(uintptr_t)verdict;
    in->resolution = (char *)(uintptr_t)resolution;
    in->effect_g = effect_g;
    in->text_hash = world_words_hash(world, text);
    return world_apply(world, FINDING_CLOSE_TYPE, "verifier", "preparer", &in->base, &text->base);
}

/* An opinion on both months as reported, the first with effect_g more in scope 1. */
static inline Seam__OpinionIssue *world_opinion(struct world *world, int64_t effect_g)
{
    static const char *const periods[] = {"2026-01", "2026-02"};
    Seam__OpinionIssue *in = world_alloc(world, sizeof *in);
    seam__opinion_issue__init(in);
    in->opinion = (char *)(uintptr_t)OPINION;
    in->engagement = (char *)(uintptr_t)ENG;
    in->type = (char *)(uintptr_t) "UNMODIFIED";
    in->subjects = world_alloc(world, 2 * sizeof *in->subjects);
    in->n_subjects = 2;
    for (size_t i = 0; i < 2; i++) {
        Seam__OpinionSubject *subject = world_alloc(world, sizeof *subject);
        Seam__CategoryTotals *verified = world_alloc(world, sizeof *verified);
        seam__opinion_subject__init(subject);
        seam__category_totals__init(verified);
        subject->facility = (char *)(uintptr_t) "mine-a";
        subject->period = (char *)(uintptr_t)periods[i];
        subject->version = 1;
        subject->account_hash = world_account_hash(world, "mine-a", periods[i], 1);
        subject->recompute_hash = world_hash(world, "result");
        verified->scope1_g = 1000000 + (i == 0 ? effect_g : 0);
        verified->scope2_g = 200000;
        verified->sinks_g = 50000;
        verified->gross_g = verified->scope1_g + verified->scope2_g;
        verified->net_g = verified->gross_g - verified->sinks_g;
        subject->verified = verified;
        in->subjects[i] = subject;
    }
    in->report_hash = world_hash(world, "report");
    return in;
}

static inline enum judgement world_issue(struct world *world, const Seam__OpinionIssue *in)
{
    return world_apply(world, OPINION_ISSUE_TYPE, "verifier",
                       "preparer deputy reviewer responsible", &in->base, NULL);
}

static inline enum judgement world_withdraw(struct world *world, const char *cause)
{
    Seam__OpinionWithdraw *in = world_alloc(world, sizeof *in);
    seam__opinion_withdraw__init(in);
    in->opinion = (char *)(uintptr_t)OPINION;
    in->cause = (char *)(uintptr_t)cause;
    in->reason = (char *)(uintptr_t) "a second meter was found";
    return world_apply(world, OPINION_WITHDRAW_TYPE, "verifier", "preparer responsible", &in->base,
                       NULL);
}

static inline enum judgement world_revoke(struct world *world, const char *regulator,
                                          const char *cause)
{
    Seam__OpinionRevoke *in = world_alloc(world, sizeof *in);
    seam__opinion_revoke__init(in);
    in->opinion = (char *)(uintptr_t)OPINION;
    in->cause = (char *)(uintptr_t)cause;
    in->reason = (char *)(uintptr_t) "a director in common";
    return world_apply(world, OPINION_REVOKE_TYPE, regulator, "officer deputy", &in->base, NULL);
}

/* An engagement that has come to its documents. */
static inline void world_to_documents(struct world *world)
{
    world_accredit(world, "verifier", "VERIFIER", "OP UG WP");
    assert_ok(world_open(world, "verifier"));
    assert_ok(world_accept(world, "verifier"));
    assert_ok(world_advance(world, "PLANNED"));
    assert_ok(world_advance(world, "DOC_REVIEW"));
}

/* ... with both months computed again, the site visited, the report drafted. */
static inline void world_to_report(struct world *world)
{
    assert_ok(world_recompute(world, "2026-01", 1));
    assert_ok(world_recompute(world, "2026-02", 1));
    assert_ok(world_advance(world, "SITE"));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
}

/* ... and all of it, reviewed. */
static inline void world_to_review(struct world *world)
{
    world_to_documents(world);
    world_to_report(world);
    assert_ok(world_review(world, "reviewer", "PASS"));
}

/* The way to an opinion op-2 in the place of one that was taken back. */
static inline Seam__OpinionIssue *world_opinion_again(struct world *world)
{
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->opinion = (char *)(uintptr_t) "op-2";
    return in;
}

static inline struct assurance_standing world_standing(struct world *world, const char *period,
                                                       uint32_t version)
{
    struct assurance_standing standing;
    assert_int_equal(assurance_standing(&standing, world->state, "mine-a", period, version,
                                        world->time_ms, &world->arena),
                     OK);
    return standing;
}

#endif
