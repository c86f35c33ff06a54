/* SPDX-License-Identifier: Apache-2.0 */
/* The board of gaps [KSSJ 7.2.2b, B9]: reported against verified and against observations, of all
 * facilities of a jurisdiction and a year; colours at their borders. */

#include "ledger/query/gap.h"

#include "ledger/assurance/observation.h"
#include "tests/unit/assurance/case.h"

static const struct gap_rules rules = {.yellow_bp = 200,
                                       .orange_bp = 500,
                                       .red_bp = 1000,
                                       .yellow_z = 1000,
                                       .orange_z = 1960,
                                       .red_z = 3000,
                                       .account_bp = 500,
                                       .material_bp = 500};

/* The lists that registration would have written. */
static void list_facilities(struct world *world, const char *const *facilities, uint32_t count)
{
    Seam__Counters counters = SEAM__COUNTERS__INIT;
    counters.facilities = count;
    for (uint32_t i = 0; i < count; i++) {
        Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
        entry.id = (char *)(uintptr_t)facilities[i];
        const struct state_key place = state_key_list(KEY_FACILITY, NULL, i);
        case_put(world, &place, &entry.base);
    }
    const struct state_key key = state_key_of(KEY_COUNTERS);
    case_put(world, &key, &counters.base);
}

static struct gap_list make(struct world *world)
{
    struct query *query = NULL;
    struct gap_list list = {0};
    assert_int_equal(query_of_overlay(&query, world->state, world->height, world->time_ms), OK);
    assert_int_equal(gap_list_make(&list, query, "CN-14", 2026, &rules, &world->arena), OK);
    query_close(query);
    return list;
}

static const struct gap_row *row_of(const struct gap_list *list, const char *facility,
                                    const char *period)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->rows[i].facility, facility) == 0 &&
            strcmp(list->rows[i].period, period) == 0) {
            return &list->rows[i];
        }
    }
    fail_msg("no row %s %s", facility, period);
    return NULL;
}

static void board(void **state)
{
    struct world *world = *state;
    static const char *const facilities[] = {"mine-a", "mine-b"};
    case_facility(world, "mine-b", "mine-2");
    list_facilities(world, facilities, 2);
    (void)case_account(world, "mine-b", "2026-07", 1, 101);
    case_opinion(world, "op-9", "mine-b", "2026-07", 1, 100, CASE_OPINION);
    const struct gap_list list = make(world);
    assert_int_equal(list.facilities, 2);
    assert_int_equal(list.count, 16); /* January to August of both: what should be there by now */
    const struct gap_row *row = row_of(&list, "mine-a", "2026-07");
    assert_true(row->anchored && row->verified && row->material);
    assert_int_equal(grams_value(row->reported), 120 * CASE_TONNE);
    assert_int_equal(grams_value(row->verified_value), 150 * CASE_TONNE);
    assert_int_equal(grams_value(row->difference), -30 * CASE_TONNE);
    assert_int_equal(row->gap_bp, -2000);
    assert_int_equal(row->colour, GAP_RED);
    assert_string_equal(row->grade, "VERIFIED");
    assert_null(row->dispute);
    row = row_of(&list, "mine-b", "2026-07");
    assert_int_equal(row->gap_bp, 100);
    assert_int_equal(row->colour, GAP_GREEN);
    assert_false(row->material);
    row = row_of(&list, "mine-b", "2026-01");
    assert_false(row->anchored);
    assert_string_equal(row->grade, "MISSING");
    assert_int_equal(row->colour, GAP_NONE);
    assert_int_equal(list.by_colour[GAP_RED], 1);
    assert_int_equal(list.by_colour[GAP_GREEN], 1);
    assert_int_equal(list.by_colour[GAP_NONE], 14);
}

static void disputes_show(void **state)
{
    struct world *world = *state;
    static const char *const facilities[] = {"mine-a"};
    list_facilities(world, facilities, 1);
    assert_ok(case_open(world, "mine", "d-1"));
    struct gap_list list = make(world);
    const struct gap_row *row = row_of(&list, "mine-a", "2026-07");
    assert_string_equal(row->grade, "DISPUTED");
    assert_string_equal(row->dispute, "d-1");
    Seam__DisputeLines *lines = NULL;
    const Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    list = make(world);
    row = row_of(&list, "mine-a", "2026-07");
    assert_string_equal(row->grade, "SETTLED");
    assert_int_equal(grams_value(row->in_force), 130 * CASE_TONNE);
    assert_int_equal(row->gap_bp, -2000); /* what was verified stays visible */
}

static void observe(struct world *world, const char *id, const char *quantity, const char *value,
                    const char *low, const char *high)
{
    Seam__ObservationAdd in = SEAM__OBSERVATION_ADD__INIT;
    in.observation = (char *)(uintptr_t)id;
    in.facility = (char *)"mine-a";
    in.period = (char *)"2026-07";
    in.method = (char *)"UAV";
    in.quantity = (char *)(uintptr_t)quantity;
    in.value = (char *)(uintptr_t)value;
    in.low = (char *)(uintptr_t)low;
    in.high = (char *)(uintptr_t)high;
    assert_ok(case_send(world, "regulator", "OBSERVATION_ADD", &in.base, NULL));
}

static void observations_stand_beside(void **state)
{
    struct world *world = *state;
    static const char *const facilities[] = {"mine-a"};
    list_facilities(world, facilities, 1);
    observe(world, "uav", "GROSS", "120", "100", "140");
    observe(world, "satellite", "GROSS", "200", "150", "300");
    observe(world, "wrong", "GROSS", "9000", "8999", "9001");
    Seam__ObservationWithdraw withdraw = SEAM__OBSERVATION_WITHDRAW__INIT;
    withdraw.observation = (char *)"wrong";
    withdraw.reason = (char *)"INCORRECT_DATA";
    assert_ok(case_send(world, "regulator", "OBSERVATION_WITHDRAW", &withdraw.base, NULL));
    const struct gap_list list = make(world);
    const struct gap_row *row = row_of(&list, "mine-a", "2026-07");
    assert_int_equal(row->estimate_count, 2); /* withdrawn ones are not counted */
    assert_int_equal(row->estimates[0].z, 0);
    assert_int_equal(row->estimates[0].colour, GAP_GREEN);
    /* 80 t below; the interval reaches 50 t down, the account's own 5 % are 6 t:
     * 80 x 1.96 / sqrt(50^2 + 6^2) = 3.114 */
    assert_int_equal(row->estimates[1].z, -3114);
    assert_int_equal(row->estimates[1].colour, GAP_RED);
    assert_int_equal(row->estimates[1].gap_bp, -4000);
    assert_int_equal(row->z, -3114);
}

static void observe_period(struct world *world, const char *id, const char *facility,
                           const char *period, const char *method, const char *value)
{
    Seam__ObservationAdd in = SEAM__OBSERVATION_ADD__INIT;
    in.observation = (char *)(uintptr_t)id;
    in.facility = (char *)(uintptr_t)facility;
    in.period = (char *)(uintptr_t)period;
    in.method = (char *)(uintptr_t)method;
    in.quantity = (char *)"GROSS";
    in.value = (char *)(uintptr_t)value;
    in.low = (char *)"0";
    in.high = (char *)"400";
    assert_ok(case_send(world, "regulator", "OBSERVATION_ADD", &in.base, NULL));
}

/* A satellite sees a quarter: it is held against the sum of its months, once they are all there. */
static void a_quarter_is_held_against_its_months(void **state)
{
    struct world *world = *state;
    static const char *const facilities[] = {"mine-a"};
    list_facilities(world, facilities, 1);
    observe_period(world, "q3", "mine-a", "2026-Q3", "SATELLITE", "200");
    observe_period(world, "year", "mine-a", "2026", "SATELLITE", "200");
    world->time_ms = case_time("2026-10-20T00:00:00Z");
    (void)case_account(world, "mine-a", "2026-08", 1, 100);
    struct gap_list list = make(world);
    const struct gap_row *row = row_of(&list, "mine-a", "2026-Q3");
    assert_string_equal(row->grade, "SUM");
    assert_false(row->anchored); /* September is missing */
    assert_int_equal(row->periods, 2);
    assert_int_equal(row->periods_due, 3);
    assert_int_equal(row->estimate_count, 1);
    assert_false(row->estimates[0].compared);
    assert_int_equal(row->colour, GAP_NONE);
    (void)case_account(world, "mine-a", "2026-09", 1, 140);
    list = make(world);
    row = row_of(&list, "mine-a", "2026-Q3");
    assert_true(row->anchored && row->estimates[0].compared);
    assert_int_equal(grams_value(row->reported), 360 * CASE_TONNE);
    assert_int_equal(grams_value(row->in_force), 390 * CASE_TONNE); /* July is verified */
    assert_false(row->verified); /* the other months are not */
    assert_int_equal(grams_value(row->estimates[0].difference), 160 * CASE_TONNE);
    assert_int_equal(row->estimates[0].gap_bp, 8000);
    /* 160 x 1.96 / sqrt(200^2 + 18^2) */
    assert_int_equal(row->z, 1562);
    assert_int_equal(row->colour, GAP_YELLOW);
    assert_int_equal(row_of(&list, "mine-a", "2026")->periods_due, 12);
    case_opinion(world, "op-8", "mine-a", "2026-08", 1, 100, CASE_OPINION);
    case_opinion(world, "op-9", "mine-a", "2026-09", 1, 140, CASE_OPINION);
    list = make(world);
    row = row_of(&list, "mine-a", "2026-Q3");
    assert_true(row->verified);
    assert_int_equal(grams_value(row->difference), -30 * CASE_TONNE);
    assert_int_equal(row->gap_bp, -769);
    assert_int_equal(row->colour, GAP_ORANGE);
}

/* The year of a facility that began in November is its last two months. */
static void a_year_begins_where_the_facility_does(void **state)
{
    struct world *world = *state;
    static const char *const facilities[] = {"mine-n", "mine-y"};
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    record.facility = (char *)"mine-n";
    record.organisation = (char *)"mine";
    record.kind = (char *)"UG";
    record.jurisdiction = (char *)"CN-14";
    record.start_period = (char *)"2026-11";
    struct state_key key = state_key_named(KEY_FACILITY, "mine-n");
    case_put(world, &key, &record.base);
    record.facility = (char *)"mine-y"; /* accounts by the year */
    record.start_period = (char *)"2026";
    key = state_key_named(KEY_FACILITY, "mine-y");
    case_put(world, &key, &record.base);
    list_facilities(world, facilities, 2);
    (void)case_account(world, "mine-n", "2026-11", 1, 100);
    (void)case_account(world, "mine-n", "2026-12", 1, 100);
    (void)case_account(world, "mine-y", "2026", 1, 240);
    observe_period(world, "year-n", "mine-n", "2026", "PRODUCTION", "200");
    observe_period(world, "year-y", "mine-y", "2026", "ELECTRICITY", "200");
    observe_period(world, "month-y", "mine-y", "2026-04", "SECOND_METER", "20");
    world->time_ms = case_time("2027-02-01T00:00:00Z");
    const struct gap_list list = make(world);
    const struct gap_row *row = row_of(&list, "mine-n", "2026");
    assert_int_equal(row->periods_due, 2);
    assert_int_equal(row->z, 0);
    assert_int_equal(row->colour, GAP_GREEN);
    row = row_of(&list, "mine-y", "2026");
    assert_string_equal(row->grade, "REPORTED"); /* its own account, no sum */
    assert_int_equal(grams_value(row->estimates[0].difference), 40 * CASE_TONNE);
    row = row_of(&list, "mine-y", "2026-04");
    assert_string_equal(row->grade, "MISSING");
    assert_false(row->estimates[0].compared);
    assert_int_equal(list.count, 5);
}

/* Whatever method saw it stands beside the account, and beside a month that nobody accounted for.
 */
static void every_method_and_a_missing_month(void **state)
{
    struct world *world = *state;
    static const char *const facilities[] = {"mine-a"};
    static const char *const methods[] = {"SECOND_METER", "ELECTRICITY", "PRODUCTION", "SATELLITE",
                                          "UAV",          "INSPECTION",  "NEIGHBOUR"};
    list_facilities(world, facilities, 1);
    for (size_t i = 0; i < 7; i++) {
        observe_period(world, methods[i], "mine-a", "2026-07", methods[i], "120");
    }
    observe_period(world, "seen", "mine-a", "2026-03", "UAV", "80");
    observe_period(world, "ahead", "mine-a", "2026-12", "UAV", "80");
    const struct gap_list list = make(world);
    const struct gap_row *row = row_of(&list, "mine-a", "2026-07");
    assert_int_equal(row->estimate_count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(row->estimates[i].observation->observation->method, methods[i]);
        assert_int_equal(row->estimates[i].z, 0);
    }
    row = row_of(&list, "mine-a", "2026-03");
    assert_string_equal(row->grade, "MISSING");
    assert_int_equal(row->estimate_count, 1);
    assert_false(row->estimates[0].compared);
    assert_int_equal(row_of(&list, "mine-a", "2026-12")->estimate_count, 1);
}

/* Each colour begins exactly at its border. */
static void borders(void **state)
{
    (void)state;
    static const struct {
        int64_t amount;
        int64_t z;
        enum gap_colour colour;
    } rows[] = {
        {1000000, 0, GAP_GREEN},     {1000999, 999, GAP_GREEN},   {1001000, 1000, GAP_YELLOW},
        {999000, -1000, GAP_YELLOW}, {1001959, 1959, GAP_YELLOW}, {1001960, 1960, GAP_ORANGE},
        {998040, -1960, GAP_ORANGE}, {1002999, 2999, GAP_ORANGE}, {1003000, 3000, GAP_RED},
        {0, -1000000, GAP_RED},
    };
    Seam__ObservationRecord observation = SEAM__OBSERVATION_RECORD__INIT;
    observation.value_g = 1000000;
    observation.low_g = 1000000 - 1960;
    observation.high_g = 1000000 + 1960;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gap_estimate out;
        gap_estimate_of(&out, &observation, grams_of(rows[i].amount), 0, &rules);
        assert_int_equal(out.z, rows[i].z);
        assert_int_equal(out.colour, rows[i].colour);
    }
    /* One-sided intervals use the side they have; the largest amounts stay within their type. */
    struct gap_estimate out;
    observation.low_g = observation.value_g;
    gap_estimate_of(&out, &observation, grams_of(999000), 0, &rules);
    assert_int_equal(out.z, -1000);
    observation.low_g = 0;
    observation.value_g = observation.high_g = QTY_SAFE_MAX;
    gap_estimate_of(&out, &observation, grams_of(-QTY_SAFE_MAX), 10000, &rules);
    assert_true(out.z < -2000 && out.z > -3000);
    assert_string_equal(gap_colour_name(GAP_ORANGE), "ORANGE");
}

static void rules_of_a_set(void **state)
{
    struct world *world = *state;
    static const char *const rows[][2] = {
        {"gap.account_bp", "500"}, {"gap.material_bp", "500"}, {"gap.orange_bp", "500"},
        {"gap.orange_z", "1.960"}, {"gap.red_bp", "1000"},     {"gap.red_z", "3"},
        {"gap.yellow_bp", "200"},  {"gap.yellow_z", "1.0"},
    };
    Seam__ParameterValue values[8];
    Seam__ParameterValue *list[8];
    for (size_t i = 0; i < 8; i++) {
        seam__parameter_value__init(&values[i]);
        values[i].key = (char *)(uintptr_t)rows[i][0];
        values[i].value = (char *)(uintptr_t)rows[i][1];
        list[i] = &values[i];
    }
    Seam__ParameterSet set = SEAM__PARAMETER_SET__INIT;
    set.values = list;
    set.n_values = 8;
    struct gap_rules out;
    assert_int_equal(gap_rules_of(&out, &set, NULL), OK);
    assert_memory_equal(&out, &rules, sizeof rules);
    set.n_values = 7;
    assert_int_equal(gap_rules_of(&out, &set, &world->detail), ERR_PARAM);
    assert_string_equal(world->detail.field, "gap.yellow_z");
    set.n_values = 8;
    values[3].value = (char *)"1.9605";
    assert_int_equal(gap_rules_of(&out, &set, NULL), ERR_PARAM);
}

static void refuses(void **state)
{
    struct world *world = *state;
    struct query *query = NULL;
    struct gap_list list = {0};
    assert_int_equal(query_of_overlay(&query, world->state, world->height, world->time_ms), OK);
    assert_int_equal(gap_list_make(&list, query, "CN-99", 2026, &rules, &world->arena), ERR_ABSENT);
    assert_int_equal(gap_list_make(&list, query, "CN-14", 1969, &rules, &world->arena), ERR_RANGE);
    query_close(query);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
    const struct CMUnitTest tests[] = {
        TEST(board),
        TEST(disputes_show),
        TEST(observations_stand_beside),
        TEST(a_quarter_is_held_against_its_months),
        TEST(a_year_begins_where_the_facility_does),
        TEST(every_method_and_a_missing_month),
        TEST(borders),
        TEST(rules_of_a_set),
        TEST(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
