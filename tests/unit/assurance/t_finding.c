/* SPDX-License-Identifier: Apache-2.0 */
/* Findings (F11, 4.4) and recomputation [KSSJ 6.1c]: who, in which state, with which effect, and
 * that the words stay with the parties (D3). */
#include "tests/unit/assurance/verification.h"

static const Seam__FindingRecord *finding(struct world *world, uint32_t number)
{
    const Seam__FindingRecord *record = NULL;
    assert_int_equal(view_finding(&record, world->state, ENG, number, &world->arena), OK);
    return record;
}

static void rounds_of_a_finding(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(world_raise(world, world_finding(world, 1, 500)));
    assert_refused(world_verdict(world, 1, "ACCEPT", "", 500), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "finding");
    assert_ok(world_reply(world, 1));
    assert_refused(world_reply(world, 1), JUDGE_NEVER, ERR_STATE_MACHINE, "finding");
    assert_ok(world_verdict(world, 1, "REJECT", "", 0));
    assert_ok(world_reply(world, 1));
    assert_int_equal(finding(world, 1)->rounds, 2);
    assert_ok(world_verdict(world, 1, "ACCEPT", "", 400));
    assert_int_equal(world_engagement(world)->findings_open, 1);
    assert_refused(world_verdict(world, 1, "CLOSE", "SOMEHOW", 0), JUDGE_NEVER, ERR_ENUM,
                   "resolution");
    assert_refused(world_verdict(world, 1, "CLOSE", "CORRECTED", 0), JUDGE_NOT_YET, ERR_GAP,
                   "resolution"); /* nothing was corrected */
    assert_refused(world_verdict(world, 1, "CLOSE", "ADJUSTED", 1), JUDGE_NEVER, ERR_RANGE,
                   "effect_g");
    assert_ok(world_verdict(world, 1, "CLOSE", "ADJUSTED", 0));
    assert_int_equal(finding(world, 1)->effect_g, 400);
    assert_int_equal(world_engagement(world)->findings_open, 0);
    assert_refused(world_reply(world, 1), JUDGE_NEVER, ERR_STATE_MACHINE, "finding");
}

/* Corrected in a new version: the effect counts no more; an effect on the old version does not pass
 * into an opinion on the new one. */
static void corrected_in_a_new_version(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(world_raise(world, world_finding(world, 1, 500)));
    assert_ok(world_raise(world, world_finding(world, 2, 700)));
    assert_ok(world_verdict(world, 2, "UNRESOLVED", "", 700));
    assert_ok(world_reply(world, 1));
    assert_ok(world_verdict(world, 1, "ACCEPT", "", 500));
    world_account(world, "mine-a", "2026-01", 2);
    assert_ok(world_verdict(world, 1, "CLOSE", "CORRECTED", 0));
    assert_int_equal(finding(world, 1)->effect_g, 0);
    assert_ok(world_recompute(world, "2026-01", 2));
    assert_ok(world_recompute(world, "2026-02", 1));
    assert_ok(world_advance(world, "SITE"));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->type = (char *)(uintptr_t) "MODIFIED";
    in->subjects[0]->version = 2;
    in->subjects[0]->account_hash = world_account_hash(world, "mine-a", "2026-01", 2);
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_SUPERSEDED, "open_findings");
    assert_string_equal(world->detail.limit, "2");
    /* The client need not help: the verifier takes the effect from the version that is gone, and
     * nothing else from what was settled. */
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_refused(world_verdict(world, 2, "CLOSE", "NO_EFFECT", 0), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "resolution");
    assert_ok(world_verdict(world, 2, "CLOSE", "CORRECTED", 0));
    assert_refused(world_verdict(world, 2, "CLOSE", "ADJUSTED", 0), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "resolution");
    assert_int_equal(world_engagement(world)->findings_open, 0);
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    in->type = (char *)(uintptr_t) "UNMODIFIED";
    Seam__CategoryTotals totals = SEAM__CATEGORY_TOTALS__INIT;
    totals.scope1_g = 2000000;
    totals.scope2_g = 400000;
    totals.sinks_g = 100000;
    totals.gross_g = 2400000;
    totals.net_g = 2300000;
    in->subjects[0]->verified = &totals;
    assert_ok(world_issue(world, in));
}

/* A finding that is always answered again cannot hold a report for ever. */
static void answers_end(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(world_raise(world, world_finding(world, 1, 500)));
    for (unsigned i = 0; i < 10; i++) {
        assert_ok(world_reply(world, 1));
        assert_ok(world_verdict(world, 1, "UNRESOLVED", "", 500));
    }
    assert_refused(world_reply(world, 1), JUDGE_NEVER, ERR_CLOSED, "number");
}

static void only_the_team_and_the_client(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    const Seam__FindingRaise *in = world_finding(world, 1, 1);
    const Seam__FindingText *text = world_words(world, "the meter was not calibrated");
    assert_refused(
        world_apply(world, FINDING_RAISE_TYPE, "verifier", "reviewer", &in->base, &text->base),
        JUDGE_NEVER, ERR_ROLE, "signatures");
    assert_refused(
        world_apply(world, FINDING_RAISE_TYPE, "both", "preparer", &in->base, &text->base),
        JUDGE_NEVER, ERR_ROLE, "engagement");
    assert_ok(world_raise(world, in));
    Seam__FindingAnswer answer = SEAM__FINDING_ANSWER__INIT;
    answer.engagement = (char *)(uintptr_t)ENG;
    answer.number = 1;
    answer.text_hash = world_words_hash(world, text);
    assert_refused(
        world_apply(world, FINDING_ANSWER_TYPE, "other", "preparer", &answer.base, &text->base),
        JUDGE_NEVER, ERR_ROLE, "engagement");
}

/* D3: the body has a hash; the text must give it, and is not in the state. */
static void words_stay_with_the_parties(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    const Seam__FindingRaise *in = world_finding(world, 1, 1);
    assert_refused(world_apply(world, FINDING_RAISE_TYPE, "verifier", "deputy", &in->base, NULL),
                   JUDGE_NEVER, ERR_MISSING, "detached");
    assert_refused(world_apply(world, FINDING_RAISE_TYPE, "verifier", "deputy", &in->base,
                               &world_words(world, "another text")->base),
                   JUDGE_NEVER, ERR_TOTAL, "text_hash");
    Seam__FindingText *text = world_words(world, "the meter was not calibrated");
    text->salt.len = 15;
    assert_refused(
        world_apply(world, FINDING_RAISE_TYPE, "verifier", "deputy", &in->base, &text->base),
        JUDGE_NEVER, ERR_LENGTH, "detached.salt");
    assert_ok(world_raise(world, in));
    overlay_seal(world->state);
    for (size_t i = 0; i < overlay_count(world->state); i++) {
        struct bytes key;
        struct bytes value;
        overlay_entry(world->state, i, &key, &value);
        assert_null(memmem(value.data, value.size, "calibrated", 10));
    }
}

static void kinds_and_numbers(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_refused(world_raise(world, world_finding(world, 2, 1)), JUDGE_NOT_YET, ERR_GAP,
                   "number");
    Seam__FindingRaise *in = world_finding(world, 1, 1);
    in->kind = (char *)(uintptr_t) "COMMENT";
    in->field = (char *)(uintptr_t) "lines[3].of";
    assert_refused(world_raise(world, in), JUDGE_NEVER, ERR_RANGE, "effect_g");
    in->effect_g = 0;
    assert_ok(world_raise(world, in));
    assert_refused(world_raise(world, in), JUDGE_NEVER, ERR_CONFLICT, "number");
    /* D38: a balance that lacks coal is a finding with its size in tonnes */
    in = world_finding(world, 2, 1);
    in->kind = (char *)(uintptr_t) "BALANCE";
    assert_refused(world_raise(world, in), JUDGE_NEVER, ERR_MISSING, "size_t");
    in->size_t = (char *)(uintptr_t) "1250.500";
    assert_ok(world_raise(world, in));
    assert_string_equal(finding(world, 2)->raise->size_t, "1250.500");
    in = world_finding(world, 3, 1);
    in->period = (char *)(uintptr_t) "2026-03";
    assert_refused(world_raise(world, in), JUDGE_NEVER, ERR_RANGE, "period");
    in = world_finding(world, 3, 1);
    in->version = 2;
    assert_refused(world_raise(world, in), JUDGE_NOT_YET, ERR_GAP, "version");
}

/* A sampled record that is refused is a limitation, not another draw. */
static void scope_limitation(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__FindingRaise *in = world_finding(world, 1, 0);
    in->kind = (char *)(uintptr_t) "SCOPE_LIMITATION";
    assert_ok(world_raise(world, in));
    assert_refused(world_verdict(world, 1, "UNRESOLVED", "", -1), JUDGE_NEVER, ERR_RANGE,
                   "effect_g");
    assert_ok(world_verdict(world, 1, "UNRESOLVED", "", 90000));
    assert_int_equal(world_engagement(world)->findings_open, 0);
    /* a late answer opens it again */
    assert_ok(world_reply(world, 1));
    assert_int_equal(world_engagement(world)->findings_open, 1);
    assert_int_equal(finding(world, 1)->effect_g, 0);
}

/* The review does not pass while a finding is open. */
static void open_findings_hold_the_review(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    world_to_report(world);
    assert_ok(world_raise(world, world_finding(world, 1, 1)));
    assert_refused(world_review(world, "reviewer", "PASS"), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "findings");
    assert_ok(world_verdict(world, 1, "UNRESOLVED", "", 1));
    assert_ok(world_review(world, "reviewer", "PASS"));
    assert_refused(world_raise(world, world_finding(world, 2, 1)), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "engagement");
}

/* [KSSJ 6.1c] */
static void clause_6_1_c_recomputation(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__Recompute *in = world_recomputation(world, "2026-01", 1);
    in->differences = 1;
    assert_refused(world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy", &in->base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "differences");
    in->outcome = (char *)(uintptr_t) "DIFFERENT";
    assert_refused(world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy", &in->base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "differences");
    in->difference_hash = world_hash(world, "differences");
    assert_refused(world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy", &in->base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "lines");
    world_differ(world, in, "boiler-1", 1000);
    assert_ok(world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy", &in->base, NULL));
    const Seam__RecomputeRecord *record = NULL;
    assert_int_equal(view_recompute(&record, world->state, ENG, "mine-a", "2026-01", &world->arena),
                     OK);
    assert_int_equal(record->differences, 1);
    in = world_recomputation(world, "2026-01", 1);
    in->account_hash = world_hash(world, "another account");
    assert_refused(world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy", &in->base, NULL),
                   JUDGE_NEVER, ERR_CONFLICT, "account_hash");
    assert_refused(world_recompute(world, "2026-01", 2), JUDGE_NOT_YET, ERR_GAP, "version");
    world_account(world, "mine-a", "2026-01", 2);
    assert_refused(world_recompute(world, "2026-01", 1), JUDGE_NEVER, ERR_SUPERSEDED, "version");
    assert_refused(world_apply(world, RECOMPUTE_TYPE, "verifier", "reviewer",
                               &world_recomputation(world, "2026-01", 2)->base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "signatures");
}

/* [F11] V15: the effect of a conservative correction is not typed, it follows. */
static Seam__CorrectionBasis *basis(struct world *world, const char *rule, int64_t amount_g)
{
    Seam__CorrectionBasis *in = world_alloc(world, sizeof *in);
    seam__correction_basis__init(in);
    in->rule = (char *)(uintptr_t)rule;
    in->amount_g = amount_g;
    in->evidence = world_hash(world, "calibration certificate");
    return in;
}

static Seam__FindingRaise *corrected(struct world *world, Seam__CorrectionBasis *in,
                                     int64_t effect_g)
{
    Seam__FindingRaise *raise = world_finding(world, 1, effect_g);
    raise->basis = in;
    return raise;
}

/* [F11] a meter without calibration: x (1 + specified accuracy). */
static void correction_uncalibrated(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__CorrectionBasis *in = basis(world, "UNCALIBRATED", 1000001);
    in->specified_ppm = 5000;
    /* 0.5 % of 1,000,001 g is 5,000.005 g, rounded against the client */
    assert_refused(world_raise(world, corrected(world, in, 5001)), JUDGE_NEVER, ERR_MISSING,
                   "basis.device");
    in->device = (char *)(uintptr_t) "belt scale 3, No. 771";
    assert_refused(world_raise(world, corrected(world, in, 5000)), JUDGE_NEVER, ERR_TOTAL,
                   "effect_g");
    assert_string_equal(world->detail.limit, "5001");
    in->evidence = (ProtobufCBinaryData){0};
    assert_refused(world_raise(world, corrected(world, in, 5001)), JUDGE_NEVER, ERR_MISSING,
                   "basis.evidence");
    in->evidence = world_hash(world, "plate");
    assert_ok(world_raise(world, corrected(world, in, 5001)));
    const Seam__FindingRecord *record = NULL;
    assert_int_equal(view_finding(&record, world->state, ENG, 1, &world->arena), OK);
    assert_string_equal(record->raise->basis->device, "belt scale 3, No. 771");
    /* What follows from the basis is neither accepted as nothing nor argued away in silence. */
    assert_ok(world_reply(world, 1));
    assert_refused(world_verdict(world, 1, "ACCEPT", "", 0), JUDGE_NEVER, ERR_TOTAL, "effect_g");
    assert_refused(world_verdict(world, 1, "ACCEPT", "", 5002), JUDGE_NEVER, ERR_TOTAL, "effect_g");
    assert_string_equal(world->detail.limit, "5001");
    assert_refused(world_verdict(world, 1, "UNRESOLVED", "", 0), JUDGE_NEVER, ERR_TOTAL,
                   "effect_g");
    assert_ok(world_verdict(world, 1, "ACCEPT", "", 5001));
    assert_refused(world_verdict(world, 1, "CLOSE", "NO_EFFECT", 0), JUDGE_NEVER, ERR_MISSING,
                   "evidence");
    assert_ok(world_verdict(world, 1, "CLOSE", "ADJUSTED", 0));
}

/* [F11] over tolerance: x [1 + (found - specified)]; a deviation within it corrects nothing. */
static void correction_over_tolerance(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__CorrectionBasis *in = basis(world, "OVER_TOLERANCE", 1000000);
    in->device = (char *)(uintptr_t) "belt scale 3";
    in->specified_ppm = 5000;
    in->found_ppm = 5000;
    assert_refused(world_raise(world, corrected(world, in, 0)), JUDGE_NEVER, ERR_CONFLICT,
                   "basis.rule");
    in->found_ppm = 5001;
    assert_ok(world_raise(world, corrected(world, in, 1)));
}

/* [F11] data missing: the mean of the known time for all of it. */
static void correction_missing(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__CorrectionBasis *in = basis(world, "MISSING", 700);
    in->hours = 720;
    in->hours_missing = 720;
    assert_refused(world_raise(world, corrected(world, in, 0)), JUDGE_NEVER, ERR_RANGE, "basis");
    in->hours_missing = 20; /* 700 x 720 / 700 */
    assert_ok(world_raise(world, corrected(world, in, 20)));
}

/* [F11] a required measurement not made: the default value, where it is worse; of a sink the
 * smaller one. */
static void correction_default(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__CorrectionBasis *in = basis(world, "DEFAULT", 500);
    in->default_g = 400;
    assert_refused(world_raise(world, corrected(world, in, -100)), JUDGE_NEVER, ERR_TOTAL,
                   "effect_g");
    assert_string_equal(world->detail.limit, "0");
    Seam__FindingRaise *sink = corrected(world, in, -100);
    sink->category = (char *)(uintptr_t) "SINK";
    assert_ok(world_raise(world, sink));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(rounds_of_a_finding),
        T(corrected_in_a_new_version),
        T(answers_end),
        T(only_the_team_and_the_client),
        T(words_stay_with_the_parties),
        T(kinds_and_numbers),
        T(scope_limitation),
        T(open_findings_hold_the_review),
        T(clause_6_1_c_recomputation),
        T(correction_uncalibrated),
        T(correction_over_tolerance),
        T(correction_missing),
        T(correction_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
