/* SPDX-License-Identifier: Apache-2.0 */
/* Independent observations [B9]: who may add one, their intervals, their withdrawal. */

#include "ledger/assurance/observation.h"
#include "tests/unit/assurance/case.h"

static Seam__ObservationAdd satellite(const char *id)
{
    Seam__ObservationAdd out = SEAM__OBSERVATION_ADD__INIT;
    out.observation = (char *)(uintptr_t)id;
    out.facility = (char *)"mine-a";
    out.period = (char *)"2026-07";
    out.method = (char *)"SATELLITE";
    out.quantity = (char *)"GROSS";
    out.value = (char *)"160.5";
    out.low = (char *)"120";
    out.high = (char *)"200.000001";
    return out;
}

static enum judgement add(struct world *world, const char *organisation,
                          const Seam__ObservationAdd *in)
{
    return case_send(world, organisation, "OBSERVATION_ADD", &in->base, NULL);
}

static void adds(void **state)
{
    struct world *world = *state;
    Seam__ObservationAdd in = satellite("obs-1");
    assert_ok(add(world, "regulator", &in));
    in.observation = (char *)"obs-2";
    assert_ok(add(world, "verifier", &in));
    in.observation = (char *)"obs-3";
    in.period = (char *)"2026"; /* the year stands beside its months */
    assert_ok(add(world, "mine-2", &in)); /* a neighbour */
    const Seam__ObservationRecord *record = NULL;
    const Seam__ObservationHead *head = NULL;
    assert_int_equal(view_observation(&record, world->state, "obs-1", &world->arena), OK);
    assert_int_equal(record->value_g, 160500000);
    assert_int_equal(record->high_g, 200000001);
    assert_string_equal(record->organisation, "regulator");
    assert_int_equal(view_observations(&head, world->state, "mine-a", "2026-07", &world->arena),
                     OK);
    assert_int_equal(head->n_observations, 2);
    assert_string_equal(head->observations[1], "obs-2");
    assert_int_equal(view_observations(&head, world->state, "mine-a", "2026", &world->arena), OK);
    assert_int_equal(head->n_observations, 1);
    assert_int_equal(view_observations(&head, world->state, "mine-a", "2026-08", &world->arena),
                     ERR_ABSENT);
    in.observation = (char *)"obs-1";
    assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_CONFLICT, "observation");
}

static void comes_from_somebody_else(void **state)
{
    struct world *world = *state;
    Seam__ObservationAdd in = satellite("obs-1");
    assert_refused(add(world, "mine", &in), JUDGE_NEVER, ERR_ROLE, "facility");
    assert_refused(add(world, "group", &in), JUDGE_NEVER, ERR_ROLE, "facility");
    in.facility = (char *)"mine-z";
    assert_refused(add(world, "regulator", &in), JUDGE_NOT_YET, ERR_ABSENT, "facility");
}

static void intervals(void **state)
{
    struct world *world = *state;
    Seam__ObservationAdd in = satellite("obs-1");
    in.low = (char *)"160.500001";
    assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_RANGE, "low");
    in = satellite("obs-1");
    in.high = (char *)"160.499999";
    assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_RANGE, "high");
    in = satellite("obs-1");
    in.low = in.high = in.value; /* no interval */
    assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_RANGE, "high");
    in = satellite("obs-1");
    in.value = (char *)"1e2";
    assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_DEC, "value");
    in.value = (char *)"160.5000001";
    assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_DEC, "value");
    in = satellite("obs-1");
    in.low = (char *)"-1";
    assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_NEG, "low");
    in = satellite("obs-1");
    in.low = (char *)"160.5"; /* one-sided is an interval, too */
    assert_ok(add(world, "regulator", &in));
}

static void at_most_so_many(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i <= OBSERVATIONS_MAX; i++) {
        char id[32];
        snprintf(id, sizeof id, "obs-%u", i);
        Seam__ObservationAdd in = satellite(id);
        if (i < OBSERVATIONS_OWN) {
            assert_ok(add(world, "verifier", &in));
        } else if (i < OBSERVATIONS_MAX) {
            assert_refused(add(world, "verifier", &in), JUDGE_NEVER, ERR_RANGE, "period");
            assert_ok(add(world, "regulator", &in));
        } else {
            assert_refused(add(world, "regulator", &in), JUDGE_NEVER, ERR_RANGE, "period");
        }
    }
}

static void failure_observation_itself_wrong(void **state)
{
    struct world *world = *state;
    Seam__ObservationAdd in = satellite("obs-1");
    assert_ok(add(world, "regulator", &in));
    in.observation = (char *)"obs-2";
    assert_ok(add(world, "regulator", &in));
    Seam__ObservationWithdraw withdraw = SEAM__OBSERVATION_WITHDRAW__INIT;
    withdraw.observation = (char *)"obs-1";
    withdraw.reason = (char *)"INCORRECT_DATA";
    withdraw.replaced_by = (char *)"obs-1";
    assert_refused(case_send(world, "verifier", "OBSERVATION_WITHDRAW", &withdraw.base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "observation");
    assert_refused(case_send(world, "regulator", "OBSERVATION_WITHDRAW", &withdraw.base, NULL),
                   JUDGE_NEVER, ERR_CONFLICT, "replaced_by");
    withdraw.replaced_by = (char *)"obs-9";
    assert_refused(case_send(world, "regulator", "OBSERVATION_WITHDRAW", &withdraw.base, NULL),
                   JUDGE_NOT_YET, ERR_ABSENT, "replaced_by");
    withdraw.replaced_by = (char *)"obs-2";
    assert_ok(case_send(world, "regulator", "OBSERVATION_WITHDRAW", &withdraw.base, NULL));
    const Seam__ObservationRecord *record = NULL;
    assert_int_equal(view_observation(&record, world->state, "obs-1", &world->arena), OK);
    assert_string_equal(record->withdrawn, "INCORRECT_DATA"); /* both stay visible */
    assert_string_equal(record->replaced_by, "obs-2");
    assert_int_equal(record->value_g, 160500000);
    assert_refused(case_send(world, "regulator", "OBSERVATION_WITHDRAW", &withdraw.base, NULL),
                   JUDGE_NEVER, ERR_DUPLICATE, "observation");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
    const struct CMUnitTest tests[] = {
        TEST(adds),
        TEST(comes_from_somebody_else),
        TEST(intervals),
        TEST(at_most_so_many),
        TEST(failure_observation_itself_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
