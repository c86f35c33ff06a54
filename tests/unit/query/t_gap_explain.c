/* SPDX-License-Identifier: Apache-2.0 */
/* Why a reported and a verified account differ, line by line [KSSJ 7.2.2b, B4]. */

#include "ledger/query/gap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct arena arena;
    struct set set;
    struct errors errors;
};

static int setup(void **state)
{
    static struct world world;
    arena_init(&world.arena, (size_t)256 << 20);
    assert_int_equal(errors_new(&world.errors, &world.arena), OK);
    assert_int_equal(set_load(&world.set, "CN-NDRC-COAL-2014", &world.arena, &world.errors), OK);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    arena_free(&world->arena);
    return 0;
}

static const Seam__CalculationFile *file(struct world *world, const char *lines)
{
    char text[8192];
    const Seam__CalculationFile *out = NULL;
    const int size = snprintf(text, sizeof text,
                              "{\"facility\": \"mine-a\", \"kind\": \"UG\", \"period\": "
                              "\"2025-01\", \"parameter_set\": \"CN-NDRC-COAL-2014\", "
                              "\"lines\": [%s]}",
                              lines);
    assert_true(size > 0 && size < (int)sizeof text);
    const enum err err =
        calc_file_read(&out, bytes_of(text, (size_t)size), &world->arena, &world->errors);
    if (err != OK) {
        fail_msg("%s %s", err_name(err), world->errors.items[0].field);
    }
    return out;
}

static struct gap_explained explain(struct world *world, const char *reported, const char *verified)
{
    struct gap_explained out;
    const enum err err = gap_explain(&out, file(world, reported), file(world, verified),
                                     &world->set, &world->arena, &world->errors);
    if (err != OK) {
        fail_msg("%s %s %s", err_name(err), world->errors.items[0].field,
                 world->errors.items[0].hint);
    }
    int64_t sum = 0;
    for (size_t i = 0; i < GAP_CAUSES; i++) {
        sum += grams_value(out.part[i]);
    }
    assert_int_equal(sum, grams_value(out.verified) - grams_value(out.reported));
    for (size_t k = 0; k < out.count; k++) {
        sum = 0;
        for (size_t i = 0; i < GAP_CAUSES; i++) {
            sum += grams_value(out.lines[k].part[i]);
        }
        assert_int_equal(sum,
                         grams_value(out.lines[k].verified) - grams_value(out.lines[k].reported));
    }
    return out;
}

#define FUEL(source, ad, carbon, of)                                                               \
    "{\"code\": \"L_FUEL\", \"source\": \"" source                                                 \
    "\", \"fuel\": \"bituminous\", \"ad\": {\"value\": \"" ad                                      \
    "\", \"unit\": \"t\"}, \"carbon_content\": {\"value\": \"" carbon                              \
    "\", \"unit\": \"tC/t\"}, \"of\": \"" of "\"}"
#define POWER(bought, sold)                                                                        \
    "{\"code\": \"L_ELEC\", \"source\": \"grid\", \"bought\": {\"value\": \"" bought               \
    "\", \"unit\": \"MWh\"}, \"sold\": {\"value\": \"" sold "\", \"unit\": \"MWh\"}}"

/* AD 12,000 to 12,600, carbon 0.520 to 0.575: 3,500.75 t, of which 67 % are carbon content. */
static void activity_and_carbon(void **state)
{
    struct world *world = *state;
    const struct gap_explained out = explain(world, FUEL("boiler-1", "12000", "0.52", "0.95"),
                                             FUEL("boiler-1", "12600", "0.575", "0.95"));
    assert_int_equal(out.count, 1);
    assert_int_equal(grams_value(out.reported), 21736000000);
    assert_int_equal(grams_value(out.verified), 25236750000);
    assert_int_equal(grams_value(out.part[GAP_ACTIVITY]), 1143779371);
    assert_int_equal(grams_value(out.part[GAP_CARBON]), 2356970629);
    assert_int_equal(grams_value(out.part[GAP_OXIDATION]), 0);
    assert_int_equal(grams_value(out.part[GAP_CORRECTION]), 0);
    assert_int_equal(out.lines[0].method, SPLIT_LOG_MEAN);
    assert_string_equal(out.lines[0].source, "boiler-1");
    assert_string_equal(out.lines[0].detail, "bituminous");
}

static void oxidation(void **state)
{
    struct world *world = *state;
    const struct gap_explained out = explain(world, FUEL("boiler-1", "100", "0.5", "0.9"),
                                             FUEL("boiler-1", "100", "0.5", "0.95"));
    assert_int_equal(grams_value(out.part[GAP_OXIDATION]),
                     grams_value(out.verified) - grams_value(out.reported));
}

static void missing_source_and_struck_line(void **state)
{
    struct world *world = *state;
    const struct gap_explained out =
        explain(world, FUEL("boiler-1", "100", "0.5", "0.9") "," FUEL("ghost", "10", "0.5", "1"),
                FUEL("boiler-1", "100", "0.5", "0.9") "," FUEL("boiler-2", "20", "0.5", "0.9"));
    assert_int_equal(out.count, 2);
    assert_string_equal(out.lines[0].source, "boiler-2");
    assert_int_equal(grams_value(out.part[GAP_MISSING_SOURCE]), 33000000);
    assert_string_equal(out.lines[1].source, "ghost");
    assert_int_equal(grams_value(out.part[GAP_CORRECTION]), -18333333);
    assert_int_equal(grams_value(out.part[GAP_ACTIVITY]), 0);
}

static void source_that_was_said_not_to_occur(void **state)
{
    struct world *world = *state;
    const struct gap_explained out =
        explain(world,
                "{\"code\": \"L_FUEL\", \"source\": \"boiler-1\", \"fuel\": \"bituminous\", "
                "\"not_occurring\": \"shut down\"}",
                FUEL("boiler-1", "20", "0.5", "0.9"));
    assert_int_equal(grams_value(out.part[GAP_MISSING_SOURCE]), 33000000);
}

static void nothing_burnt(void **state)
{
    struct world *world = *state;
    const struct gap_explained out =
        explain(world, FUEL("boiler-1", "0", "0.5", "0.9"), FUEL("boiler-1", "20", "0.55", "0.9"));
    assert_int_equal(out.lines[0].method, SPLIT_SHAPLEY);
    assert_int_equal(grams_value(out.part[GAP_ACTIVITY]), 36300000);
}

/* Power that was sold: a negative activity. */
static void negative_activity(void **state)
{
    struct world *world = *state;
    const struct gap_explained out = explain(world, POWER("100", "0"), POWER("100", "150"));
    assert_int_equal(out.count, 1);
    assert_int_equal(out.lines[0].method, SPLIT_SHAPLEY);
    assert_int_equal(grams_value(out.part[GAP_ACTIVITY]),
                     grams_value(out.verified) - grams_value(out.reported));
}

static void equal_accounts(void **state)
{
    struct world *world = *state;
    const struct gap_explained out = explain(world, POWER("100", "0"), POWER("100", "0"));
    assert_int_equal(out.count, 0);
    assert_int_equal(grams_value(out.verified), grams_value(out.reported));
}

/* Random pairs of accounts: explain checks that all parts sum to the gap. */
static void any_pair(void **state)
{
    struct world *world = *state;
    uint64_t seed = 20261122;
    for (unsigned run = 0; run < 300; run++) {
        char lines[2][2048];
        for (size_t side = 0; side < 2; side++) {
            unsigned v[6];
            for (size_t i = 0; i < 6; i++) {
                seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                v[i] = (unsigned)((seed >> 33) % 100000);
            }
            snprintf(lines[side], sizeof lines[side],
                     "{\"code\": \"L_FUEL\", \"source\": \"boiler-%u\", \"fuel\": \"bituminous\", "
                     "\"ad\": {\"value\": \"%u.%03u\", \"unit\": \"t\"}, \"carbon_content\": "
                     "{\"value\": \"0.%05u\", \"unit\": \"tC/t\"}, \"of\": \"0.%04u\"},"
                     "{\"code\": \"L_ELEC\", \"source\": \"grid\", \"bought\": {\"value\": "
                     "\"%u\", \"unit\": \"MWh\"}, \"sold\": {\"value\": \"%u\", \"unit\": "
                     "\"MWh\"}}",
                     v[0] % 3, v[1], v[2] % 1000, v[3], v[4] % 10000, v[5], v[0]);
        }
        (void)explain(world, lines[0], lines[1]);
    }
}

static void wrong_files(void **state)
{
    struct world *world = *state;
    struct gap_explained out;
    const Seam__CalculationFile *good = file(world, POWER("1", "0"));
    const Seam__CalculationFile *bad =
        file(world, "{\"code\": \"L_FUEL\", \"source\": \"x\", \"fuel\": \"bituminous\"}");
    assert_int_not_equal(gap_explain(&out, good, bad, &world->set, &world->arena, &world->errors),
                         OK);
    assert_true(world->errors.count > 0);
    assert_string_equal(gap_cause_name(GAP_CARBON), "CARBON_CONTENT");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(activity_and_carbon),
        TEST(oxidation),
        TEST(missing_source_and_struck_line),
        TEST(source_that_was_said_not_to_occur),
        TEST(nothing_burnt),
        TEST(negative_activity),
        TEST(equal_accounts),
        TEST(any_pair),
        TEST(wrong_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
