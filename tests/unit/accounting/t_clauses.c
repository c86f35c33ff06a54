/* SPDX-License-Identifier: Apache-2.0 */
/* What clauses 3 and 5 of the specification ask of a calculation, each shown on the worked
 * underground mine of genesis/samples/. */
#include "tests/unit/accounting/world.h"

static struct world world;
static struct set set;

static int open_world(void **state)
{
    (void)state;
    struct errors errors;
    world_open(&world);
    assert_int_equal(errors_new(&errors, &world.arena), OK);
    return set_load(&set, "CN-NDRC-COAL-2014", &world.arena, &errors) == OK ? 0 : -1;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static Seam__CalculationFile *mine(void)
{
    return world_read(&world, "04-mine-a-2026-09.json");
}

static enum err run(const Seam__CalculationFile *file, const Seam__CalculationResult **result)
{
    struct errors errors;
    assert_int_equal(errors_new(&errors, &world.arena), OK);
    const enum err err = calc_run(result, file, &set, CALC_TRACE, &world.arena, &errors);
    memset(&world.detail, 0, sizeof world.detail);
    if (errors.count > 0) {
        world.detail = errors.items[0];
    }
    return err;
}

static const Seam__LineResult *line_of(const Seam__CalculationResult *result, const char *code)
{
    for (size_t i = 0; i < result->n_lines; i++) {
        if (strcmp(result->lines[i]->code, code) == 0) {
            return result->lines[i];
        }
    }
    fail_msg("no line %s", code);
    return NULL;
}

/* [KSSJ 5.2.2a] The total is the sum of combustion, flare, escaped CH4 and CO2 and net purchased
 * electricity and heat, and nothing is left out. */
static void underground_total(void **state)
{
    (void)state;
    const Seam__CalculationResult *result = NULL;
    assert_int_equal(run(mine(), &result), OK);
    static const char *const codes[] = {"L_CMM_USE",  "L_FLARE", "L_CH4_UG", "L_CO2_UG",
                                        "L_CH4_POST", "L_ELEC",  "L_HEAT"};
    int64_t sum = result->lines[0]->co2e_g + result->lines[1]->co2e_g; /* both fuels */
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        sum += line_of(result, codes[i])->co2e_g;
    }
    assert_int_equal(sum, INT64_C(748754538194));
    assert_int_equal(result->gross_g, sum);
    assert_int_equal(result->net_g, sum); /* an underground mine subtracts no sink */
}

/* [KSSJ 5.2.2b] Carbon content is tC a tonne for solids and liquids, tC a 10^4 Nm3 for gas. */
static void carbon_content_units(void **state)
{
    (void)state;
    const Seam__CalculationResult *result = NULL;
    Seam__CalculationFile *file = mine();
    Seam__Quantity carbon = SEAM__QUANTITY__INIT;
    carbon.value = (char *)"0.6";
    carbon.unit = (char *)"tC/1e4Nm3";
    file->lines[0]->carbon_content = &carbon;
    assert_int_equal(run(file, &result), ERR_UNIT);
    assert_string_equal(world.detail.field, "carbon_content");
    carbon.unit = (char *)"tC/t";
    assert_int_equal(run(file, &result), OK);
    /* 4200 x 0.6 x 0.93 x 44/12 */
    assert_int_equal(result->lines[0]->co2_g, INT64_C(8593200000));
    file->lines[0]->fuel = (char *)"natural_gas";
    assert_int_equal(run(file, &result), ERR_UNIT);
}

/* [KSSJ 5.2.2c] Heat values are GJ a tonne or a 10^4 Nm3, carbon per heat is tC a GJ. */
static void heat_value_units(void **state)
{
    (void)state;
    const Seam__CalculationResult *result = NULL;
    Seam__CalculationFile *file = mine();
    file->lines[1]->ncv->unit = (char *)"GJ/1e4Nm3";
    assert_int_equal(run(file, &result), ERR_UNIT);
    assert_string_equal(world.detail.field, "ncv");
    file->lines[1]->ncv->unit = (char *)"GJ/t";
    file->lines[1]->cc->unit = (char *)"tC/t";
    assert_int_equal(run(file, &result), ERR_UNIT);
    assert_non_null(strstr(world.detail.hint, "carbon_content"));
}

/* [KSSJ 3.5] Mine gas burnt for own use is fuel combustion: CO2 of scope 1, and deducted from what
 * escapes. [KSSJ 3.6] So is what a flare burns, but only the burnt part. */
static void mine_gas(void **state)
{
    (void)state;
    const Seam__CalculationResult *with = NULL;
    const Seam__CalculationResult *without = NULL;
    Seam__CalculationFile *file = mine();
    file->lines[4]->flare_destroyed = NULL;
    file->lines[4]->utilised = NULL;
    assert_int_equal(run(file, &with), OK);
    assert_string_equal(line_of(with, "L_CMM_USE")->scope, "1");
    assert_string_equal(line_of(with, "L_FLARE")->scope, "1");
    assert_int_equal(line_of(with, "L_CMM_USE")->ch4_g, 0);
    file->lines[2]->gas->value = (char *)"0";
    file->lines[3]->gas->value = (char *)"0";
    assert_int_equal(run(file, &without), OK);
    const int64_t deducted = line_of(without, "L_CH4_UG")->ch4_g - line_of(with, "L_CH4_UG")->ch4_g;
    /* (800 x 0.42 + 120 x 0.35 x 0.98) x 7.17 t */
    assert_int_equal(deducted, INT64_C(2704237200));
}

/* [KSSJ 3.8] What is sold is subtracted from what is bought, in scope 2. */
static void net_purchase(void **state)
{
    (void)state;
    const Seam__CalculationResult *result = NULL;
    Seam__CalculationFile *file = mine();
    file->lines[7]->sold->value = (char *)"100000";
    assert_int_equal(run(file, &result), OK);
    const Seam__LineResult *line = line_of(result, "L_ELEC");
    assert_string_equal(line->scope, "2");
    assert_int_equal(line->co2e_g, INT64_C(-1878100000)); /* -3500 x 0.5366 */
    assert_string_equal(line->flags[line->n_flags - 1], "NET_SELLER");
}

/* [KSSJ 5.2.1] Sources, data and factors, formula: a line says which of each it used. */
static void trace_tells_all(void **state)
{
    (void)state;
    const Seam__CalculationResult *result = NULL;
    assert_int_equal(run(mine(), &result), OK);
    assert_int_equal(result->n_trace, result->n_lines);
    for (size_t i = 0; i < result->n_trace; i++) {
        const Seam__TraceLine *trace = result->trace[i];
        assert_string_equal(trace->source, result->lines[i]->source);
        assert_true(trace->formula[0] != '\0');
        assert_non_null(strstr(trace->clause, "KSSJ"));
        assert_true(trace->n_inputs > 0);
        assert_true(trace->n_steps >= 2);
        for (size_t j = 0; j < trace->n_inputs; j++) {
            assert_true(trace->inputs[j]->origin[0] != '\0');
        }
        char grams[32];
        snprintf(grams, sizeof grams, "%lld", (long long)result->lines[i]->co2e_g);
        assert_string_equal(trace->steps[trace->n_steps - 1]->value, grams);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(underground_total), cmocka_unit_test(carbon_content_units),
        cmocka_unit_test(heat_value_units),  cmocka_unit_test(mine_gas),
        cmocka_unit_test(net_purchase),      cmocka_unit_test(trace_tells_all)};
    return cmocka_run_group_tests(tests, open_world, close_world);
}
