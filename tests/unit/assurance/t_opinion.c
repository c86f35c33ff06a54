/* SPDX-License-Identifier: Apache-2.0 */
/* Opinions [KSSJ 6.1] [KSSJ 6.2]: what they need, that their totals follow to the gram, and what a
 * withdrawal leaves. */
#include "tests/unit/assurance/verification.h"

/* [KSSJ 6.1] [KSSJ 6.2c] the whole way. */
static void clause_6_1_gives_a_verified_value(void **state)
{
    struct world *world = *state;
    assert_int_equal(world_standing(world, "2026-01", 0).grade, ASSURANCE_REPORTED);
    world_to_review(world);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    const struct assurance_standing standing = world_standing(world, "2026-01", 0);
    assert_int_equal(standing.grade, ASSURANCE_VERIFIED);
    assert_string_equal(standing.opinion, OPINION);
    assert_string_equal(standing.opinion_type, "UNMODIFIED");
    assert_string_equal(standing.engagement, ENG);
    assert_int_equal(grams_value(standing.in_force.net), 1150000);
    assert_int_equal(world_engagement(world)->state, ENGAGEMENT_ISSUED);
    const Seam__OpinionRecord *record = NULL;
    assert_int_equal(view_opinion(&record, world->state, OPINION, &world->arena), OK);
    assert_int_equal(record->n_persons, 4);
    assert_ok(world_advance(world, "ARCHIVED"));
    assert_true(world_engagement(world)->retain_until_ms >=
                world->time_ms + UINT64_C(3650) * UINT64_C(86400000));
}

/* [KSSJ 6.1c] */
static void clause_6_1_c_needs_a_recomputation(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(world_recompute(world, "2026-01", 1));
    assert_ok(world_advance(world, "SITE"));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 0);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_MISSING, "recompute_hash");
    in->subjects[1]->recompute_hash = (ProtobufCBinaryData){0};
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_MISSING, "subjects[1].recompute_hash");
    in = world_opinion(world, 0);
    in->subjects[0]->recompute_hash = world_hash(world, "another result");
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_MISSING, "recompute_hash");
    assert_string_equal(world->detail.limit, "2026-01");
}

/* [KSSJ 6.2c] the machine refuses an opinion before the review by another person. */
static void clause_6_2_c_needs_the_review(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_refused(world_issue(world, world_opinion(world, 0)), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "engagement");
    world_to_report(world);
    assert_refused(world_issue(world, world_opinion(world, 0)), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "engagement");
    assert_refused(world_review(world, "preparer", "PASS"), JUDGE_NEVER, ERR_ROLE, "signatures");
    assert_refused(world_review(world, "responsible", "PASS"), JUDGE_NEVER, ERR_ROLE, "signatures");
    assert_ok(world_review(world, "reviewer", "RETURN"));
    assert_int_equal(world_engagement(world)->state, ENGAGEMENT_DOC_REVIEW);
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    assert_ok(world_issue(world, world_opinion(world, 0)));
}

/* Four persons, one of each function [V22]. */
static void needs_four_functions(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    const Seam__OpinionIssue *in = world_opinion(world, 0);
    assert_refused(world_apply(world, OPINION_ISSUE_TYPE, "verifier",
                               "preparer deputy guest responsible", &in->base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "signatures");
    assert_refused(world_apply(world, OPINION_ISSUE_TYPE, "own-verifier",
                               "preparer deputy reviewer responsible", &in->base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "engagement");
}

static void report_and_type_fit(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->report_hash = world_hash(world, "another report");
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_CONFLICT, "report_hash");
    in = world_opinion(world, 0);
    in->type = (char *)(uintptr_t) "GOOD";
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_ENUM, "type");
    in = world_opinion(world, 0);
    in->n_subjects = 1;
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_INCOMPLETE, "subjects");
    in = world_opinion(world, 0);
    in->replaces = (char *)(uintptr_t) "op-0";
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_CONFLICT, "replaces");
}

/* Reported + adjusted + conservative = verified, to the gram. */
static void totals_follow_to_the_gram(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(world_raise(world, world_finding(world, 1, 20000)));
    assert_ok(world_reply(world, 1));
    assert_ok(world_verdict(world, 1, "ACCEPT", "", 20001));
    assert_ok(world_verdict(world, 1, "CLOSE", "ADJUSTED", 0));
    Seam__FindingRaise *sink = world_finding(world, 2, -1000);
    sink->category = (char *)(uintptr_t) "SINK";
    assert_ok(world_raise(world, sink));
    assert_refused(world_verdict(world, 2, "UNRESOLVED", "", 1), JUDGE_NEVER, ERR_RANGE,
                   "effect_g"); /* a larger sink is not conservative */
    assert_ok(world_verdict(world, 2, "UNRESOLVED", "", -3));
    world_to_report(world);
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 20001);
    in->type = (char *)(uintptr_t) "MODIFIED";
    in->open_findings = world_alloc(world, sizeof *in->open_findings);
    in->open_findings[0] = 2;
    in->n_open_findings = 1;
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_TOTAL, "subjects[0].verified.sinks_g");
    assert_string_equal(world->detail.limit, "49997");
    in->subjects[0]->verified->sinks_g = 49997;
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_TOTAL, "subjects[0].verified.net_g");
    in->subjects[0]->verified->net_g += 3;
    in->n_open_findings = 0;
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_INCOMPLETE, "open_findings");
    in->n_open_findings = 1;
    in->type = (char *)(uintptr_t) "UNMODIFIED";
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_ENUM, "type");
    in->type = (char *)(uintptr_t) "MODIFIED";
    assert_ok(world_issue(world, in));
    const struct assurance_standing standing = world_standing(world, "2026-01", 0);
    assert_int_equal(grams_value(standing.in_force.scope1), 1020001);
    assert_int_equal(grams_value(standing.in_force.gross), 1220001);
    assert_int_equal(grams_value(standing.in_force.net), 1220001 - 49997);
    assert_int_equal(grams_value(standing.reported.net), 1150000);
}

/* [methodology 7.2] (30): strictly above the threshold is material. verified = 1,150,000 + e; e *
 * 10,000 > 500 (1,150,000 + e) first for e = 60,527. */
static void material_differences_are_not_clean(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(world_raise(world, world_finding(world, 1, 60527)));
    assert_ok(world_reply(world, 1));
    assert_ok(world_verdict(world, 1, "ACCEPT", "", 60527));
    assert_ok(world_verdict(world, 1, "CLOSE", "ADJUSTED", 0));
    world_to_report(world);
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 60527);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_ENUM, "type");
    assert_string_equal(world->detail.rule, "methodology 7.2");
    in->type = (char *)(uintptr_t) "ADVERSE";
    assert_ok(world_issue(world, in));
    assert_int_equal(world_standing(world, "2026-01", 0).grade, ASSURANCE_REPORTED);
    assert_string_equal(world_standing(world, "2026-01", 0).opinion_type, "ADVERSE");
}

static void just_not_material_is_clean(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(world_raise(world, world_finding(world, 1, 60526)));
    assert_ok(world_reply(world, 1));
    assert_ok(world_verdict(world, 1, "ACCEPT", "", 60526));
    assert_ok(world_verdict(world, 1, "CLOSE", "ADJUSTED", 0));
    world_to_report(world);
    assert_ok(world_review(world, "reviewer", "PASS"));
    assert_ok(world_issue(world, world_opinion(world, 60526)));
}

/* Failure case of 3.2: 303004 on a superseded version, 303001 for a second opinion. */
static void superseded_and_duplicate_are_refused(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    world_account(world, "mine-a", "2026-02", 2);
    assert_refused(world_issue(world, world_opinion(world, 0)), JUDGE_NEVER, ERR_SUPERSEDED,
                   "subjects");
    assert_string_equal(err_code(world->detail.err), "303004");
    world_account(world, "mine-a", "2026-02", 1);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    Seam__OpinionIssue *again = world_opinion(world, 0);
    assert_refused(world_issue(world, again), JUDGE_NEVER, ERR_CONFLICT, "opinion");
    assert_string_equal(err_code(world->detail.err), "303001");
    again->opinion = (char *)(uintptr_t) "op-2";
    assert_refused(world_issue(world, again), JUDGE_NEVER, ERR_STATE_MACHINE, "engagement");
    /* the corrected account is reported again, the old version keeps what was said of it */
    world_account(world, "mine-a", "2026-02", 2);
    assert_int_equal(world_standing(world, "2026-02", 0).grade, ASSURANCE_REPORTED);
    const struct assurance_standing old = world_standing(world, "2026-02", 1);
    assert_int_equal(old.grade, ASSURANCE_VERIFIED);
    assert_true(old.superseded);
}

/* An opinion op-2 on the same months, at the end of a second engagement. */
static Seam__OpinionIssue *second_opinion(struct world *world)
{
    static const char *const steps[] = {"PLANNED", "DOC_REVIEW", "SITE", "REPORT_DRAFT"};
    char *second = (char *)(uintptr_t) "eng-2";
    assert_ok(world_second_open(world));
    assert_ok(world_second_accept(world));
    for (size_t i = 0; i < 4; i++) {
        Seam__EngageAdvance *step = world_step(world, steps[i]);
        step->engagement = second;
        assert_ok(
            world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL));
    }
    Seam__EngageReview review = SEAM__ENGAGE_REVIEW__INIT;
    review.engagement = second;
    review.verdict = (char *)(uintptr_t) "PASS";
    review.report_hash = world_hash(world, "report");
    assert_ok(world_apply(world, ENGAGE_REVIEW_TYPE, "verifier", "reviewer", &review.base, NULL));
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->opinion = (char *)(uintptr_t) "op-2";
    in->engagement = second;
    return in;
}

/* A second engagement on a period with an opinion in force ends with 303001. */
static void second_opinion_is_a_duplicate(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    Seam__OpinionIssue *in = second_opinion(world);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_DUPLICATE, "subjects");
    assert_string_equal(world->detail.limit, OPINION);
}

/* Failure case of 3.2: facts found after the issue. Nothing is deleted, dependents are flagged, a
 * new opinion replaces the old one. */
static void withdrawal_flags_and_reissue_replaces(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    assert_refused(world_withdraw(world, "NEW_FACTS"), JUDGE_NOT_YET, ERR_ABSENT, "opinion");
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_ok(world_advance(world, "ARCHIVED"));
    assert_refused(world_withdraw(world, "NONE"), JUDGE_NEVER, ERR_ENUM, "cause");
    assert_ok(world_withdraw(world, "NEW_FACTS"));
    assert_refused(world_withdraw(world, "NEW_FACTS"), JUDGE_NEVER, ERR_STATE_MACHINE, "opinion");
    struct assurance_standing standing = world_standing(world, "2026-01", 0);
    assert_int_equal(standing.grade, ASSURANCE_REPORTED);
    assert_true(standing.opinion_withdrawn);
    assert_string_equal(standing.opinion, OPINION);
    Seam__OpinionIssue *in = world_opinion_again(world);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_CONFLICT, "replaces");
    in->replaces = (char *)(uintptr_t)OPINION;
    assert_ok(world_issue(world, in));
    const Seam__OpinionRecord *old = NULL;
    assert_int_equal(view_opinion(&old, world->state, OPINION, &world->arena), OK);
    assert_int_not_equal(old->withdrawn_height, 0);
    assert_string_equal(old->replaced_by, "op-2");
    standing = world_standing(world, "2026-01", 0);
    assert_int_equal(standing.grade, ASSURANCE_VERIFIED);
    assert_false(standing.opinion_withdrawn);
}

/* [D42] a false declaration: the regulator revokes. */
static void regulator_revokes(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_refused(world_revoke(world, "mine", "FALSE_DECLARATION"), JUDGE_NEVER, ERR_ROLE,
                   "organisation");
    assert_ok(world_revoke(world, "regulator", "FALSE_DECLARATION"));
    assert_true(world_standing(world, "2026-02", 0).opinion_withdrawn);
    /* what was false does not go on under the same engagement */
    assert_refused(world_advance(world, "DOC_REVIEW"), JUDGE_NEVER, ERR_CLOSED, "engagement");
}

/* [3.3] the jurisdiction decides which regulator is competent. */
static void another_regulator_is_not_competent(void **state)
{
    struct world *world = *state;
    world_stranger(world);
    Seam__AccreditationSet *set = world_accreditation(world, "verifier", "VERIFIER", "UG");
    assert_refused(world_apply(world, ACCREDITATION_SET_TYPE, "regulator-15", "officer deputy",
                               &set->base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "organisation");
    assert_string_equal(world->detail.limit, "CN-14");
    world_to_review(world);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_refused(world_revoke(world, "regulator-15", "OTHER"), JUDGE_NEVER, ERR_ROLE,
                   "organisation");
    assert_ok(world_revoke(world, "regulator", "OTHER"));
    assert_ok(world_advance(world, "DOC_REVIEW"));
}

/* [D42] opinions in a row count at the opinion, too: engagements may have been accepted before. */
static void series_is_asked_again(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    Seam__OpinionSeries series = SEAM__OPINION_SERIES__INIT;
    struct state_key key = state_key_of(KEY_OPINION_SERIES);
    state_key_id(&key, KEY_FACILITY, "mine-a");
    series.verifier = (char *)(uintptr_t) "verifier";
    series.run = 3;
    world_put(world, &key, &series.base);
    assert_refused(world_issue(world, world_opinion(world, 0)), JUDGE_NEVER,
                   ERR_CONFLICT_OF_INTEREST, "engagement");
    assert_string_equal(world->detail.rule, "COI.OPINIONS_IN_ROW");
    series.run = 2;
    world_put(world, &key, &series.base);
    assert_ok(world_issue(world, world_opinion(world, 0)));
}

static Seam__FindingRaise *about_line(struct world *world, uint32_t number, const char *source,
                                      int64_t effect_g)
{
    Seam__FindingRaise *raise = world_finding(world, number, effect_g);
    raise->code = (char *)(uintptr_t) "L_FUEL";
    raise->source = (char *)(uintptr_t)source;
    raise->detail = (char *)(uintptr_t) "bituminous";
    return raise;
}

static void settle(struct world *world, uint32_t number, const char *resolution, int64_t effect_g)
{
    assert_ok(world_reply(world, number));
    assert_ok(world_verdict(world, number, "ACCEPT", "", effect_g));
    assert_ok(world_verdict(world, number, "CLOSE", resolution, 0));
}

/* [KSSJ 6.1c] a difference that the verifier saw and nobody speaks of ends in no opinion that gives
 * a value: the refusal names how many lines and how much. */
static void clause_6_1_c_uncovered_differences(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__Recompute *again = world_recomputation(world, "2026-01", 1);
    world_differ(world, again, "boiler-1", 3000);
    world_differ(world, again, "boiler-2", 500);
    assert_ok(world_raise(world, about_line(world, 1, "boiler-1", 3000)));
    settle(world, 1, "ADJUSTED", 3000);
    world_to_report(world);
    assert_ok(world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy", &again->base, NULL));
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 3000);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_TOTAL, "findings");
    assert_string_equal(world->detail.limit, "lines: 1, grams: 500");
    in->type = (char *)(uintptr_t) "MODIFIED";
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_TOTAL, "findings");
    /* a finding that was found to have no effect does not cover it, nor does a comment */
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_ok(world_raise(world, about_line(world, 2, "boiler-2", 500)));
    settle(world, 2, "NO_EFFECT", 0);
    Seam__FindingRaise *comment = about_line(world, 3, "boiler-2", 0);
    comment->kind = (char *)(uintptr_t) "COMMENT";
    assert_ok(world_raise(world, comment));
    settle(world, 3, "NO_EFFECT", 0);
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_TOTAL, "findings");
    /* one gram less than the difference is still uncovered, the difference itself is not */
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_ok(world_raise(world, about_line(world, 4, "boiler-2", 499)));
    settle(world, 4, "ADJUSTED", 499);
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    in = world_opinion(world, 3499);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_TOTAL, "findings");
    assert_string_equal(world->detail.limit, "lines: 1, grams: 1");
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_ok(world_raise(world, about_line(world, 5, "boiler-2", 1)));
    settle(world, 5, "ADJUSTED", 1);
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    assert_ok(world_issue(world, world_opinion(world, 3500)));
}

/* A recomputation in the client's disfavour that is withdrawn by a new one leaves nothing open. */
static void the_last_recomputation_counts(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    world_to_report(world);
    Seam__Recompute *again = world_recomputation(world, "2026-01", 1);
    world_differ(world, again, "boiler-1", 3000);
    assert_ok(world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy", &again->base, NULL));
    assert_ok(world_recompute(world, "2026-01", 1));
    assert_ok(world_review(world, "reviewer", "PASS"));
    assert_ok(world_issue(world, world_opinion(world, 0)));
}

/* [4.4] RESTATED: a correction after the opinion. The opinion is withdrawn, the account corrected,
 * the new version is verified by an opinion that cites the old one, and the period says so. */
static void a_restated_account_cites_the_old_opinion(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_string_equal(world_standing(world, "2026-01", 0).restates, "");
    assert_ok(world_withdraw(world, "NEW_FACTS"));
    world_account(world, "mine-a", "2026-01", 2);
    struct assurance_standing standing = world_standing(world, "2026-01", 0);
    assert_int_equal(standing.grade, ASSURANCE_REPORTED);
    assert_string_equal(standing.restates, OPINION);
    assert_string_equal(standing.opinion, "");
    assert_int_equal(grams_value(standing.in_force.net), 2 * 1150000);
    /* what was said of the first version stays with it */
    assert_string_equal(world_standing(world, "2026-01", 1).opinion, OPINION);
    assert_true(world_standing(world, "2026-01", 1).opinion_withdrawn);
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_ok(world_recompute(world, "2026-01", 2));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 1000000);
    in->opinion = (char *)(uintptr_t) "op-2";
    in->subjects[0]->version = 2;
    in->subjects[0]->account_hash = world_account_hash(world, "mine-a", "2026-01", 2);
    in->subjects[0]->verified->scope2_g *= 2;
    in->subjects[0]->verified->sinks_g *= 2;
    in->subjects[0]->verified->gross_g = 2400000;
    in->subjects[0]->verified->net_g = 2300000;
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_CONFLICT, "replaces");
    in->replaces = (char *)(uintptr_t)OPINION;
    assert_ok(world_issue(world, in));
    standing = world_standing(world, "2026-01", 0);
    assert_int_equal(standing.grade, ASSURANCE_VERIFIED);
    assert_string_equal(standing.restates, OPINION);
    /* the other month was verified again, not restated */
    assert_string_equal(world_standing(world, "2026-02", 0).restates, "");
}

/* A regulator revoked it as false and another engagement takes over: it cites what it comes after.
 */
static void a_later_engagement_cites_it_too(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_ok(world_revoke(world, "regulator", "FALSIFICATION"));
    Seam__OpinionIssue *in = second_opinion(world);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_CONFLICT, "replaces");
    assert_string_equal(world->detail.limit, OPINION);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(clause_6_1_gives_a_verified_value),
        T(clause_6_1_c_needs_a_recomputation),
        T(clause_6_2_c_needs_the_review),
        T(needs_four_functions),
        T(report_and_type_fit),
        T(totals_follow_to_the_gram),
        T(material_differences_are_not_clean),
        T(just_not_material_is_clean),
        T(superseded_and_duplicate_are_refused),
        T(second_opinion_is_a_duplicate),
        T(withdrawal_flags_and_reissue_replaces),
        T(regulator_revokes),
        T(another_regulator_is_not_competent),
        T(series_is_asked_again),
        T(clause_6_1_c_uncovered_differences),
        T(the_last_recomputation_counts),
        T(a_restated_account_cites_the_old_opinion),
        T(a_later_engagement_cites_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
