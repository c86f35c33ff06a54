/* SPDX-License-Identifier: Apache-2.0 */
/* What a party might try in a dispute: to have an opinion that is gone decide by default, to be rid
 * of a decision by another opinion, to silence the other side. */
#include "tests/unit/assurance/case.h"

static void withdraw_opinion(struct world *world)
{
    const Seam__OpinionHead *found = NULL;
    struct state_key key;
    assert_int_equal(view_opinion_head(&found, world->state, "mine-a", "2026-07", &world->arena),
                     OK);
    Seam__OpinionHead head = *found;
    head.withdrawn = true;
    assert_true(record_key_period(&key, KEY_OPINION_HEAD, "mine-a", "2026-07"));
    case_put(world, &key, &head.base);
}

/* [D38] An opinion that was withdrawn while it was disputed gives no value by default. */
static void a_withdrawn_opinion_gives_no_default(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    case_standing(world, "DISPUTED", 150);
    withdraw_opinion(world);
    case_standing(world, "DISPUTED", 120);
    world->time_ms = case_record(world, "d-1")->decide_until_ms;
    case_standing(world, "SETTLED", 120);
}

/* What was decided binds after the opinion was withdrawn, and stands until another decision
 * although another opinion came and is disputed. */
static void a_decision_outlives_its_opinion(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeLines *lines = NULL;
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    world->time_ms = case_record(world, "d-1")->decisions[0]->appeal_until_ms;
    withdraw_opinion(world);
    case_standing(world, "SETTLED", 130);
    assert_refused(case_open(world, "regulator", "d-2"), JUDGE_NEVER, ERR_CLOSED, "period");
    case_opinion(world, "op-2", "mine-a", "2026-07", 1, 155, "2026-10-08T03:00:00Z");
    world->time_ms = case_time("2026-10-09T03:00:00Z");
    case_standing(world, "SETTLED", 130);
    assert_ok(case_open(world, "regulator", "d-2"));
    case_standing(world, "DISPUTED", 130);
    assert_int_equal(case_record(world, "d-2")->verified->net_g, 155 * CASE_TONNE);
}

/* One side cannot use up the room of the other. */
static void statements_of_one_side(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__StatementFile in = SEAM__STATEMENT_FILE__INIT;
    in.dispute = (char *)"d-1";
    in.visibility = (char *)"PUBLIC";
    in.text = (char *)"again";
    for (unsigned i = 0; i < 50; i++) {
        assert_ok(case_send(world, "mine", "STATEMENT_FILE", &in.base, NULL));
    }
    assert_refused(case_send(world, "mine", "STATEMENT_FILE", &in.base, NULL), JUDGE_NEVER,
                   ERR_RANGE, "dispute");
    assert_ok(case_send(world, "verifier", "STATEMENT_FILE", &in.base, NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_withdrawn_opinion_gives_no_default),
        TEST(a_decision_outlives_its_opinion),
        TEST(statements_of_one_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
