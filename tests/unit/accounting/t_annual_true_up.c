/* SPDX-License-Identifier: Apache-2.0 */
/* True-ups of three kinds in the annual account of mine B [KSSJ 5.2.1]. */
#include "tests/unit/accounting/year.h"

#include "ledger/accounting/annual.h"

/* --- what is accepted --------------------------------------------------------------------------*/

/* Each reason, against exact fractions: 8120 MWh x (0.5366 - 0.5306); 1.5 t more coal; an NCV of
 * 22.9 instead of 23.204 GJ/t for 441 t. */
static void true_ups(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(UPS(LAB "," ELEC "," INVOICE)), 1, NULL);
    const Seam__AnnualAccount *annual = draft.annual;
    assert_int_equal(annual->n_true_ups, 3);
    assert_string_equal(annual->true_ups[0]->code, "L_ELEC");
    assert_true(annual->true_ups[0]->co2e_g == INT64_C(48720000));
    assert_string_equal(annual->true_ups[0]->scope, "2");
    assert_string_equal(annual->true_ups[0]->old_factor, "EF.EL.CN.NAT.2023");
    assert_string_equal(annual->true_ups[0]->new_factor, "EF.EL.CN.NAT.2022");
    assert_string_equal(annual->true_ups[1]->detail, "bituminous");
    assert_true(annual->true_ups[1]->co2e_g == INVOICE_GRAMS);
    assert_string_equal(annual->true_ups[1]->old_factor, "");
    assert_string_equal(annual->true_ups[2]->month, "2025-02");
    assert_true(annual->true_ups[2]->co2e_g == LAB_GRAMS);
    assert_true(annual->gross_g == MONTHS_GROSS + 48720000 + INVOICE_GRAMS + LAB_GRAMS);
    assert_true(annual->scope2_g - 48720000 + annual->scope1_g - INVOICE_GRAMS - LAB_GRAMS ==
                MONTHS_GROSS);
    accept(year, &draft);
}

/* --- true-ups ----------------------------------------------------------------------------------*/

struct wrong_up {
    Seam__AnnualAccount annual;
    Seam__TrueUp up;
    Seam__TrueUp *ups[2];
    Seam__TrueUpLines line;
    Seam__TrueUpLines *list[2];
    Seam__AnnualLines lines;
};

static void copy_up(struct wrong_up *out, struct year *year, const struct annual_draft *draft)
{
    out->annual = *draft->annual;
    out->up = *draft->annual->true_ups[0];
    out->ups[0] = out->ups[1] = &out->up;
    out->annual.true_ups = out->ups;
    seam__annual_lines__init(&out->lines);
    out->line = *lines_of(year, draft)->lines[0];
    out->list[0] = out->list[1] = &out->line;
    out->lines.lines = out->list;
    out->lines.n_lines = 1;
}

static void refused_true_ups(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(UPS(ELEC)), 1, NULL);
    struct wrong_up wrong;
    uint8_t bytes[HASH_SIZE] = {1};
#define REFUSED(change, err, field)                                                                \
    do {                                                                                           \
        copy_up(&wrong, year, &draft);                                                             \
        change;                                                                                    \
        expect(year, &wrong.annual, &wrong.lines, JUDGE_NEVER, err, field);                        \
    } while (0)
    REFUSED(wrong.lines.n_lines = 0, ERR_MISSING, "detached");
    REFUSED(wrong.annual.n_true_ups = 0, ERR_MISSING, "detached");
    REFUSED((wrong.annual.n_true_ups = 2, wrong.lines.n_lines = 2), ERR_NOT_CANONICAL, "true_ups");
    REFUSED(wrong.up.co2e_g++, ERR_TOTAL, "co2e_g");
    REFUSED(wrong.up.co2_g--, ERR_TOTAL, "co2_g");
    REFUSED(wrong.up.ch4_g = 1, ERR_TOTAL, "ch4_g");
    REFUSED(wrong.up.scope = (char *)"1", ERR_TOTAL, "scope");
    REFUSED(wrong.up.month = (char *)"2024-12", ERR_RANGE, "month");
    REFUSED(wrong.up.month = (char *)"2025-02", ERR_TOTAL, "path");
    REFUSED(wrong.up.month = (char *)"2025-07", ERR_TOTAL, "path");
    REFUSED(wrong.up.reason = (char *)"LATE_INVOICE", ERR_PARAM, "new_line");
    REFUSED(wrong.up.reason = (char *)"OTHER", ERR_ENUM, "reason");
    REFUSED(wrong.up.source = (char *)"grid-2", ERR_PARAM, "code");
    REFUSED(wrong.up.detail = (char *)"diesel", ERR_PARAM, "code");
    REFUSED(wrong.up.old_factor = (char *)"", ERR_PARAM, "old_factor");
    REFUSED(wrong.up.new_factor = (char *)"EF.EL.CN.NAT.2021", ERR_PARAM, "new_factor");
    REFUSED(wrong.up.leaf.data = bytes, ERR_TOTAL, "leaf");
    REFUSED(wrong.line.salt.len = 15, ERR_LENGTH, "salt");
    REFUSED(wrong.line.new_salt.len = 17, ERR_LENGTH, "salt");
    REFUSED(wrong.line.index ^= 1, ERR_TOTAL, "path");
    REFUSED(wrong.line.index = 1000, ERR_TOTAL, "path");
    REFUSED(wrong.line.n_path--, ERR_TOTAL, "path");
    REFUSED(wrong.line.line = wrong.line.new_line, ERR_TOTAL, "path");
    REFUSED(wrong.up.parameter_set_hash = ((ProtobufCBinaryData){5, bytes}), ERR_LENGTH,
            "parameter_set_hash");
#undef REFUSED
    copy_up(&wrong, year, &draft);
    wrong.up.parameter_set_hash = (ProtobufCBinaryData){HASH_SIZE, bytes};
    expect(year, &wrong.annual, &wrong.lines, JUDGE_NOT_YET, ERR_SET, "parameter_set_hash");
    /* published here, adopted by no scheme */
    struct set gbt;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &year->world.arena), OK);
    assert_int_equal(set_load(&gbt, "CN-GBT-32151.11-2018", &year->world.arena, &errors), OK);
    wrong.up.parameter_set_hash.data = gbt.hash.bytes;
    expect(year, &wrong.annual, &wrong.lines, JUDGE_NOT_YET, ERR_SET, "parameter_set_hash");
    accept(year, &draft);
}

static void refused_requests(void **state)
{
    struct year *year = *state;
    static const struct {
        const char *json;
        enum err err;
        const char *field;
    } rows[] = {
        {FILE_OF(UPS(ELEC "," ELEC)), ERR_TWICE, "true_ups"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"LAB_RESULT\",\"change\":{\"code\":"
                     "\"L_CH4_UG\",\"source\":\"shaft-1\",\"drained\":{\"value\":\"1\",\"unit\":"
                     "\"1e4Nm3\"}}}")),
         ERR_PARAM, "new_line"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2023\"}}")),
         ERR_RANGE, "new_line"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"CF.EL.CN.2023\"}}")),
         ERR_PARAM, "factor"},
        {FILE_OF(UPS("{\"month\":\"2025-07\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2022\"}}")),
         ERR_MISSING, "lines"},
        {FILE_OF(UPS("{\"month\":\"2024-12\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2022\"}}")),
         ERR_RANGE, "month"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid-2\",\"factor\":\"EF.EL.CN.NAT.2022\"}}")),
         ERR_ABSENT, "change"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"evidence\":[\"a\"]}}")),
         ERR_PARAM, "evidence"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"GUESS\",\"change\":{\"code\":\"L_ELEC\","
                     "\"source\":\"grid\"}}")),
         ERR_ENUM, "true_ups[0].reason"},
        {FILE_OF(",\"x\":1"), ERR_UNKNOWN_FIELD, "x"},
        {"{\"facility\":\"mine-b\",\"year\":\"2025-01\"}", ERR_TYPE, "year"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct annual_draft draft;
        const enum err err = build(year, &draft, rows[i].json, 1, NULL);
        if (err != rows[i].err || strcmp(year->world.detail.field, rows[i].field) != 0) {
            fail_msg("row %zu: %s in %s", i, err_name(err), year->world.detail.field);
        }
    }
}

/* Methane lines are paired, so a new set does not true them up: their month is corrected. */
static void gas_lines(void **state)
{
    struct year *year = *state;
    struct world *world = &year->world;
    struct errors errors;
    struct set other;
    struct annual_difference found;
    size_t gas = 0;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&other, "CN-GBT-32151.11-2018", &world->arena, &errors), OK);
    for (size_t i = 0; i < year->months[0].lines->n_lines; i++) {
        const Seam__Line *line = NULL;
        assert_int_equal(annual_line(&line, year->months[0].lines->lines[i]->line, &world->arena,
                                     &world->detail),
                         OK);
        const bool paired = line->gas != NULL || line->drained != NULL;
        const enum err err =
            annual_evaluate(&found, year->months[0].account, "FACTOR_PUBLISHED", line, &year->set,
                            line, &other, &world->arena, &world->detail);
        assert_int_equal(err, paired ? ERR_PARAM : OK);
        /* the two sets differ in the density of CO2 alone: 31.8 x (19.77 - 19.7) */
        assert_true(paired || found.co2e_g == (strcmp(line->code, "L_CO2_UG") == 0 ? 2226000 : 0));
        gas += paired;
    }
    assert_int_equal(gas, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(true_ups, open_year, close_year),
        cmocka_unit_test_setup_teardown(refused_true_ups, open_year, close_year),
        cmocka_unit_test_setup_teardown(refused_requests, open_year, close_year),
        cmocka_unit_test_setup_teardown(gas_lines, open_year, close_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
