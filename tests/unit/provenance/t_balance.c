/* SPDX-License-Identifier: Apache-2.0 */
/* V11 as arithmetic [KSSJ 7.2.1b]: exact sums, tolerances at their edge, the yield from ash. */

#include "ledger/codec/json_in.h"
#include "ledger/provenance/balance.h"
#include "tests/unit/provenance/world.h"

static void yields(void **state)
{
    struct world *world = *state;
    struct json_doc *doc = NULL;
    FILE *file = fopen(SEAM_SOURCE_DIR "/tests/vectors/lot_balance.json", "rb");
    assert_non_null(file);
    char *text = world_alloc(world, 16384);
    const size_t size = fread(text, 1, 16384, file);
    fclose(file);
    assert_int_equal(json_doc_read(&doc, bytes_of(text, size), 16384, &world->detail), OK);
    const struct json_node *list = json_node_get(json_doc_root(doc), "yields");
    assert_int_equal(json_node_count(list), 9);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *row = json_node_at(list, i);
        int64_t raw = 0;
        int64_t clean = 0;
        int64_t tail = 0;
        int64_t wanted = 0;
        uint32_t out = 77777;
        assert_true(json_node_integer(json_node_get(row, "raw"), &raw));
        assert_true(json_node_integer(json_node_get(row, "clean"), &clean));
        assert_true(json_node_integer(json_node_get(row, "tail"), &tail));
        assert_true(json_node_integer(json_node_get(row, "yield_e4"), &wanted));
        assert_int_equal(balance_yield_e4(&out, raw, clean, tail), wanted >= 0);
        assert_int_equal(out, wanted >= 0 ? wanted : 77777);
    }
    json_doc_free(doc);
}

static void masses(void **state)
{
    (void)state;
    const struct quality quality = {800, 2800, 24000, true, 6200};
    struct masses sum = masses_none();
    assert_true(sum.has_carbon);
    masses_add(&sum, 1, &quality);
    assert_true(sum.dry_dg == 9200); /* 0.92 kg */
    assert_true(sum.ash_10ug == INT64_C(9200) * 2800); /* 0.2576 kg */
    const struct quality no_carbon = {0, 0, 0, false, 0};
    masses_add(&sum, MASS_KG_MAX, &no_carbon);
    assert_false(sum.has_carbon);
    assert_true(sum.kg == MASS_KG_MAX + 1);
    char text[MASS_TEXT_SIZE];
    mass_text(text, 7400500);
    assert_string_equal(text, "7400.500 t");
    mass_text(text, -1);
    assert_string_equal(text, "-0.001 t");
}

static void means(void **state)
{
    (void)state;
    const struct quality a = {1000, 1000, 20000, true, 7000};
    const struct quality b = {500, 3000, 25000, true, 6000};
    struct masses sum = masses_none();
    masses_add(&sum, 3000, &a);
    masses_add(&sum, 1000, &b);
    const struct quality mean = masses_mean(&sum);
    assert_int_equal(mean.moisture_e4, 875); /* (3 * 0.1 + 0.05) / 4 */
    assert_int_equal(mean.ash_e4, 1521); /* (2700 * 0.1 + 950 * 0.3) / 3650 = 0.15205 */
    assert_int_equal(mean.ncv_mj_t, 21250);
    assert_int_equal(mean.carbon_e4, 6739); /* 0.673972, never up */
}

/* Exactly at the tolerance a balance holds; one unit beyond, it does not. */
static void tolerances(void **state)
{
    (void)state;
    const struct dec two = {2, 2};
    struct balance balance = {masses_none(), masses_none(), masses_none()};
    balance.in.kg = 1000;
    balance.out.kg = 1020;
    assert_int_equal(balance_judge(&balance, BALANCE_MASS, two), BALANCE_HOLDS);
    balance.out.kg = 1021;
    assert_int_equal(balance_judge(&balance, BALANCE_MASS, two), BALANCE_EXCESS);
    balance.out.kg = 980;
    assert_int_equal(balance_judge(&balance, BALANCE_MASS, two), BALANCE_HOLDS);
    balance.out.kg = 979;
    assert_int_equal(balance_judge(&balance, BALANCE_MASS, two), BALANCE_DEFICIT);
    balance.loss.kg = 1;
    assert_int_equal(balance_judge(&balance, BALANCE_MASS, two), BALANCE_HOLDS);
    assert_true(balance_difference(&balance, BALANCE_MASS) == 20);
    assert_true(balance_kg(10001, BALANCE_DRY) == 2);
    assert_true(balance_kg(-10001, BALANCE_DRY) == -2);
    assert_true(balance_kg(100000000, BALANCE_ASH) == 1);
}

/* The largest amounts stay exact. */
static void limits(void **state)
{
    (void)state;
    const struct quality quality = {0, 10000, 100000, true, 0};
    struct balance balance = {masses_none(), masses_none(), masses_none()};
    Seam__LotBalance record;
    masses_add(&balance.in, MASS_KG_MAX, &quality);
    masses_add(&balance.out, MASS_KG_MAX, &quality);
    masses_add(&balance.loss, MASS_KG_MAX, &quality);
    balance_record(&record, &balance);
    assert_true(record.in_ash_10ug == INT64_C(1000000000000000000));
    assert_true(record.difference_ash_10ug == -INT64_C(1000000000000000000));
    assert_int_equal(balance_judge(&balance, BALANCE_ASH, (struct dec){1, 9}), BALANCE_EXCESS);
}

static void shares(void **state)
{
    (void)state;
    int64_t out[4];
    shares_split(out, (const int64_t[]){1, 1, 1}, 3, 100);
    assert_int_equal(out[0], 34);
    assert_int_equal(out[1], 33);
    assert_int_equal(out[2], 33);
    shares_split(out, (const int64_t[]){0, 5, 0}, 3, 7);
    assert_int_equal(out[0], 0);
    assert_int_equal(out[1], 7);
    shares_split(out, (const int64_t[]){2, 3, 5}, 3, 0);
    assert_int_equal(out[0] + out[1] + out[2], 0);
    shares_split(out, (const int64_t[]){MASS_KG_MAX * 1000000, 1, MASS_KG_MAX * 1000000, 1}, 4,
                 1000000);
    assert_int_equal(out[0] + out[1] + out[2] + out[3], 1000000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {T(yields),     T(masses), T(means),
                                       T(tolerances), T(limits), T(shares)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
