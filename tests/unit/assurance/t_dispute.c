/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a dispute [KSSJ 7.2.2b]: who may when, and what stands at time-out. The failure cases of
 * the regulator's journey are the tests called failure_. */
#include "tests/unit/assurance/case.h"

/* --- opening ----------------------------------------------------------------------------------*/

static void clause_7_2_2_b_from_claim_to_settled(void **state)
{
    struct world *world = *state;
    case_standing(world, "VERIFIED", 150);
    assert_ok(case_open(world, "mine", "d-1"));
    case_status(world, "d-1", "OPENED");
    case_standing(world, "DISPUTED", 150); /* verified prevails until the decision */
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    assert_int_equal(record->decide_until_ms, case_time("2026-10-12T16:00:00Z"));
    assert_int_equal(record->statements_until_ms, case_time("2026-09-29T16:00:00Z"));
    assert_string_equal(record->claimants[0]->capacity, "OWNER");
    Seam__DisputeLines *lines = NULL;
    const Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 135, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    case_status(world, "d-1", "DECIDED");
    case_standing(world, "SETTLED", 135);
    world->time_ms = case_record(world, "d-1")->decisions[0]->appeal_until_ms;
    case_standing(world, "SETTLED", 135);
}

/* F4: seven working days after the day of the opinion, over a holiday. */
static void objection_ends_with_the_seventh_working_day(void **state)
{
    struct world *world = *state;
    world->time_ms = case_time("2026-09-30T15:59:59.999Z");
    assert_ok(case_open(world, "mine", "d-1"));
    world->time_ms = case_time("2026-09-30T16:00:00Z");
    assert_refused(case_open(world, "verifier", "d-2"), JUDGE_NEVER, ERR_CLOSED, "period");
    assert_string_equal(world->detail.limit, "2026-09-30");
    assert_string_equal(world->detail.rule, "F4");
}

static void failure_deadline_missed(void **state)
{
    struct world *world = *state;
    world->time_ms = case_time("2026-10-01T00:00:00Z");
    assert_refused(case_open(world, "mine", "d-1"), JUDGE_NEVER, ERR_CLOSED, "period");
    assert_ok(case_open(world, "regulator", "d-1")); /* not bound by it */
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    /* Nobody decides: from this instant the default rule stands, without a transaction. */
    world->time_ms = record->decide_until_ms - 1;
    case_status(world, "d-1", "DELIBERATION");
    case_standing(world, "DISPUTED", 150);
    world->time_ms++;
    case_status(world, "d-1", "DEFAULTED");
    case_standing(world, "SETTLED", 150);
    Seam__DisputeLines *lines = NULL;
    const Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 135, &lines);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_CLOSED, "dispute");
    Seam__DisputeClose close = SEAM__DISPUTE_CLOSE__INIT;
    close.dispute = (char *)"d-1";
    assert_refused(case_send_by(world, "mine-2", "a", "DISPUTE_CLOSE", &close.base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "dispute");
    assert_ok(case_send_by(world, "mine", "a", "DISPUTE_CLOSE", &close.base, NULL));
    record = case_record(world, "d-1");
    assert_string_equal(record->decisions[0]->kind, "DEFAULT");
    assert_string_equal(record->decisions[0]->reason, "VERIFIED");
    assert_int_equal(record->decisions[0]->totals->net_g, 150 * CASE_TONNE);
    assert_refused(case_send_by(world, "mine", "a", "DISPUTE_CLOSE", &close.base, NULL),
                   JUDGE_NEVER, ERR_STATE_MACHINE, "dispute");
    case_standing(world, "SETTLED", 150);
}

/* The rule set may say that the reported amount stands. */
static void failure_deadline_missed_reported_stands(void **state)
{
    struct world *world = *state;
    struct case_value rules[sizeof case_rules / sizeof case_rules[0]];
    Seam__DisputeLines *lines = NULL;
    memcpy(rules, case_rules, sizeof rules);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].key, "dispute.default_verified") == 0) {
            rules[i].value = "0";
        }
    }
    world->set_hash =
        case_set(world, "VERIFICATION-RULES-R", rules, sizeof rules / sizeof rules[0]);
    Seam__DisputeOpen *open = case_opening(world, "d-1", &lines);
    assert_ok(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base));
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    world->time_ms = record->decide_until_ms - 1;
    case_standing(world, "DISPUTED", 150); /* until then verified prevails */
    world->time_ms++;
    case_status(world, "d-1", "DEFAULTED");
    case_standing(world, "SETTLED", 120);
    Seam__DisputeClose close = SEAM__DISPUTE_CLOSE__INIT;
    close.dispute = (char *)"d-1";
    assert_ok(case_send_by(world, "verifier", "a", "DISPUTE_CLOSE", &close.base, NULL));
    assert_string_equal(case_record(world, "d-1")->decisions[0]->reason, "REPORTED");
    case_standing(world, "SETTLED", 120);
}

static void closing_waits_for_the_deadline(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeClose close = SEAM__DISPUTE_CLOSE__INIT;
    close.dispute = (char *)"d-1";
    world->time_ms = case_record(world, "d-1")->decide_until_ms - 1;
    assert_refused(case_send_by(world, "mine", "a", "DISPUTE_CLOSE", &close.base, NULL),
                   JUDGE_NOT_YET, ERR_STATE_MACHINE, "dispute");
    /* Long after, when even the appeal is out of time: it may still be noted. */
    world->time_ms = case_record(world, "d-1")->default_appeal_until_ms;
    case_status(world, "d-1", "FINAL");
    assert_ok(case_send_by(world, "verifier", "a", "DISPUTE_CLOSE", &close.base, NULL));
}

static void failure_contested_by_both_mine_and_verifier(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    assert_refused(case_open(world, "verifier", "d-2"), JUDGE_NEVER, ERR_STATE_MACHINE, "period");
    assert_string_equal(world->detail.limit, "d-1");
    Seam__DisputeLines *lines = case_lines(world);
    case_claim(world, lines, "SCOPE2", 0, 4);
    case_claim(world, lines, "SCOPE1", 150, 154);
    Seam__DisputeJoin join = SEAM__DISPUTE_JOIN__INIT;
    join.dispute = (char *)"d-1";
    join.claim_count = 2;
    join.claims_root = case_root(world, TAG_DISPUTE_CLAIM, lines);
    join.disputed_g = 8 * CASE_TONNE;
    join.relief = (char *)"THIRD_VALUE";
    join.reason = (char *)"a boiler was left out";
    assert_ok(case_send(world, "verifier", "DISPUTE_JOIN", &join.base, &lines->base));
    assert_refused(case_send(world, "verifier", "DISPUTE_JOIN", &join.base, &lines->base),
                   JUDGE_NEVER, ERR_DUPLICATE, "dispute");
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    assert_int_equal(dispute_claims(record), 3);
    assert_int_equal(record->claimants[1]->first_claim, 2);
    struct grams held;
    assert_int_equal(
        assurance_held(&held, world->state, "mine-a", 2026, world->time_ms, &world->arena), OK);
    assert_int_equal(grams_value(held), 28 * CASE_TONNE);
    const Seam__DisputeLines *joined = lines;
    /* One decision covers all three. */
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 135, &lines);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_INCOMPLETE, "line_count");
    memcpy(&lines->claims[1], joined->lines, 2 * sizeof lines->claims[0]);
    lines->n_claims = 3;
    case_decided(world, lines, "CONFIRM_REPORTED", 0, 0);
    case_decided(world, lines, "CONFIRM_VERIFIED", 150, 0);
    decide->line_count = 3;
    decide->lines_root = case_root(world, TAG_DECISION_LINE, lines);
    /* What both claim has one value. */
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_TOTAL, "lines[2].value_g");
    assert_string_equal(world->detail.limit, "135000000");
    lines->n_lines = 2;
    case_decided(world, lines, "THIRD_VALUE", 135, 0);
    decide->lines_root = case_root(world, TAG_DECISION_LINE, lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
}

static void failure_two_regulators_competent(void **state)
{
    struct world *world = *state;
    assert_refused(case_open(world, "regulator-15", "d-1"), JUDGE_NEVER, ERR_ROLE, "facility");
    assert_string_equal(world->detail.limit, "CN-14");
    assert_ok(case_open(world, "regulator", "d-1"));
    Seam__DisputeLines *lines = NULL;
    const Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 135, &lines);
    assert_refused(case_send(world, "regulator-15", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_ROLE, "dispute");
    Seam__DisputeExtend extend = SEAM__DISPUTE_EXTEND__INIT;
    extend.dispute = (char *)"d-1";
    extend.deadline = (char *)"DECISION";
    extend.working_days = 3;
    assert_refused(case_send(world, "regulator-15", "DISPUTE_EXTEND", &extend.base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "dispute");
}

static void failure_regulator_alone(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeLines *lines = NULL;
    const Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 135, &lines);
    /* The same natural person twice, with two keys. */
    assert_refused(
        case_send_by(world, "regulator", "aa", "DISPUTE_DECIDE", &decide->base, &lines->base),
        JUDGE_NEVER, ERR_SECOND_PERSON, "signatures");
    assert_refused(
        case_send_by(world, "regulator", "a", "DISPUTE_DECIDE", &decide->base, &lines->base),
        JUDGE_NEVER, ERR_SECOND_PERSON, "signatures");
    for (size_t i = 0; i < dispute_rules.count; i++) {
        const struct rule_row *row = &dispute_rules.rows[i];
        const bool closing = row->type == DISPUTE_CLOSE_TYPE;
        assert_int_equal(row->signatures, closing ? 1 : 2);
    }
}

static void opening_refuses(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_refused(case_open(world, "mine-2", "d-1"), JUDGE_NEVER, ERR_ROLE, "facility");
    assert_refused(case_open(world, "group", "d-1"), JUDGE_NEVER, ERR_ROLE, "facility");
    Seam__DisputeOpen *open = case_opening(world, "d-1", &lines);
    open->facility = (char *)"mine-z";
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base),
                   JUDGE_NOT_YET, ERR_ABSENT, "facility");
    open = case_opening(world, "d-1", &lines);
    open->period = (char *)"2026-08";
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base),
                   JUDGE_NOT_YET, ERR_ABSENT, "period");
    open = case_opening(world, "d-1", &lines);
    open->account_hash = case_data(&world->set_hash);
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_TOTAL, "account_hash");
    open = case_opening(world, "d-1", &lines);
    open->parameter_set_hash = case_data(&world->account_hash);
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base),
                   JUDGE_NOT_YET, ERR_SET, "parameter_set_hash");
    assert_ok(case_open(world, "mine", "d-1"));
    assert_refused(case_open(world, "mine", "d-1"), JUDGE_NEVER, ERR_CONFLICT, "dispute");
}

static void superseded_version(void **state)
{
    struct world *world = *state;
    (void)case_account(world, "mine-a", "2026-07", 2, 140);
    assert_refused(case_open(world, "regulator", "d-1"), JUDGE_NEVER, ERR_SUPERSEDED, "version");
}

static void without_an_opinion(void **state)
{
    struct world *world = *state;
    const struct hash hash = case_account(world, "mine-a", "2026-08", 1, 90);
    Seam__DisputeLines *lines = NULL;
    world->reported_t = 90;
    Seam__DisputeOpen *open = case_opening_of(world, "d-1", "2026-08", &lines);
    open->account_hash = case_data(&hash);
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base),
                   JUDGE_NOT_YET, ERR_STATE_MACHINE, "facility");
    assert_ok(case_send(world, "regulator", "DISPUTE_OPEN", &open->base, &lines->base));
    /* There is nothing verified to confirm; at time-out the reported amount stands. */
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "CONFIRM_VERIFIED", 90, &lines);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_ENUM, "lines[0].outcome");
    const Seam__CategoryTotals *totals = NULL;
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    assert_int_equal(dispute_value_of(&totals, record, record->decide_until_ms),
                     DISPUTE_VALUE_DEFAULT);
    assert_int_equal(totals->net_g, 90 * CASE_TONNE);
}

static void claims_must_add_up(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    Seam__DisputeOpen *open = case_opening(world, "d-1", &lines);
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, NULL), JUDGE_NEVER,
                   ERR_MISSING, "detached");
    open->disputed_g++;
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_TOTAL, "disputed_g");
    assert_string_equal(world->detail.limit, "20000000");
    open = case_opening(world, "d-1", &lines);
    open->claim_count = 2;
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_TOTAL, "claim_count");
    open->claim_count = 101;
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_RANGE, "claim_count");
    open = case_opening(world, "d-1", &lines);
    lines->lines[0]->salt.len = 15;
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_LENGTH, "detached");
    open = case_opening(world, "d-1", &lines);
    lines->lines[0]->salt.data[0] ^= 1;
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_TOTAL, "claims_root");
    /* The same line twice; nothing contested. */
    open = case_opening(world, "d-1", &lines);
    case_claim(world, lines, "SCOPE1", 150, 140);
    open->claim_count = 2;
    open->claims_root = case_root(world, TAG_DISPUTE_CLAIM, lines);
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_TWICE, "lines[1].code");
    open = case_opening(world, "d-1", &lines);
    case_claim(world, lines, "SCOPE2", 0, 0);
    open->claim_count = 2;
    open->claims_root = case_root(world, TAG_DISPUTE_CLAIM, lines);
    assert_refused(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base), JUDGE_NEVER,
                   ERR_RANGE, "lines[1].claimed_g");
    /* A leaf that is no claim. */
    open = case_opening(world, "d-1", &lines);
    lines->lines[0]->content.len--;
    open->claims_root = case_root(world, TAG_DISPUTE_CLAIM, lines);
    assert_int_equal(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base),
                     JUDGE_NEVER);
}

static void withdrawing(void **state)
{
    struct world *world = *state;
    Seam__DisputeWithdraw withdraw = SEAM__DISPUTE_WITHDRAW__INIT;
    withdraw.dispute = (char *)"d-1";
    withdraw.reason = (char *)"agreed";
    assert_ok(case_open(world, "mine", "d-1"));
    assert_refused(case_send(world, "verifier", "DISPUTE_WITHDRAW", &withdraw.base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "dispute");
    assert_ok(case_send(world, "mine", "DISPUTE_WITHDRAW", &withdraw.base, NULL));
    case_status(world, "d-1", "WITHDRAWN");
    case_standing(world, "VERIFIED", 150);
    assert_refused(case_send(world, "mine", "DISPUTE_WITHDRAW", &withdraw.base, NULL), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "dispute");
    world->time_ms = case_time("2027-09-22T02:00:00Z");
    case_status(world, "d-1", "WITHDRAWN"); /* for ever */
    world->time_ms = case_time("2026-09-22T02:00:00Z");
    assert_refused(case_open(world, "mine", "d-2"), JUDGE_NEVER, ERR_DUPLICATE, "period");
    assert_ok(case_open(world, "regulator", "d-2")); /* it binds nobody else */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
    const struct CMUnitTest tests[] = {
        TEST(clause_7_2_2_b_from_claim_to_settled),
        TEST(objection_ends_with_the_seventh_working_day),
        TEST(failure_deadline_missed),
        TEST(failure_deadline_missed_reported_stands),
        TEST(closing_waits_for_the_deadline),
        TEST(failure_contested_by_both_mine_and_verifier),
        TEST(failure_two_regulators_competent),
        TEST(failure_regulator_alone),
        TEST(opening_refuses),
        TEST(superseded_version),
        TEST(without_an_opinion),
        TEST(claims_must_add_up),
        TEST(withdrawing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
