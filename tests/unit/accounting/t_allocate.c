/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation by largest remainder [methodology 3.6]: W25, W49, 100,000 random allocations, and the
 * balance of a washing plant (D38). */
#include "ledger/accounting/allocate.h"

#include "ledger/codec/json_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static uint64_t seed = 20260930;

static uint64_t draw(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 11) % below;
}

/* W49: raw coal of a mine at 41,250 g/t, washed; the clean coal by rail. */
static void w49(void **state)
{
    (void)state;
    const allocate_weight weights[] = {(allocate_weight)7400 * 26344, (allocate_weight)1680 * 15373,
                                       (allocate_weight)520 * 12545};
    const int64_t total = INT64_C(10000) * 41250 + 38500000;
    int64_t shares[3];
    int64_t factor = 0;
    assert_int_equal(allocate_shares(shares, total, weights, 3), OK);
    assert_int_equal(shares[0], 386811052);
    assert_int_equal(shares[1], 51245218);
    assert_int_equal(shares[2], 12943730);
    const int64_t rail = INT64_C(7400) * 650 * 79 / 10;
    assert_int_equal(rail, 37999000);
    assert_int_equal(allocate_factor(&factor, shares[0] + rail, dec_of(7400, 0)), OK);
    assert_int_equal(factor, 57407);
}

static void run_vector(const struct json_node *vector)
{
    const struct json_node *rows = json_node_get(vector, "products");
    const size_t count = json_node_count(rows);
    allocate_weight weights[8];
    int64_t shares[8];
    int64_t value = 0;
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        assert_true(json_node_integer(json_node_get(json_node_at(rows, i), "weight"), &value));
        weights[i] = (allocate_weight)value;
    }
    assert_true(json_node_integer(json_node_get(vector, "total_g"), &value));
    assert_int_equal(allocate_shares(shares, value, weights, count), OK);
    for (size_t i = 0; i < count; i++) {
        const struct json_node *want = json_node_get(json_node_at(rows, i), "allocated_g");
        assert_true(json_node_integer(want, &value));
        assert_int_equal(shares[i], value);
    }
}

static void vectors(void **state)
{
    (void)state;
    static char text[8192];
    struct json_doc *doc = NULL;
    FILE *file = fopen(SEAM_SOURCE_DIR "/tests/vectors/allocation.json", "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_int_equal(json_doc_read(&doc, bytes_of(text, size), sizeof text, NULL), OK);
    const struct json_node *list = json_node_get(json_doc_root(doc), "vectors");
    assert_true(json_node_count(list) >= 2);
    for (size_t i = 0; i < json_node_count(list); i++) {
        run_vector(json_node_at(list, i));
    }
    json_doc_free(doc);
}

static void ties_go_to_the_lower_index(void **state)
{
    (void)state;
    const allocate_weight equal[] = {1, 1, 1};
    int64_t shares[3];
    assert_int_equal(allocate_shares(shares, 5, equal, 3), OK);
    assert_int_equal(shares[0], 2);
    assert_int_equal(shares[1], 2);
    assert_int_equal(shares[2], 1);
    assert_int_equal(allocate_shares(shares, -5, equal, 3), OK);
    assert_int_equal(shares[0], -2);
    assert_int_equal(shares[2], -1);
    const allocate_weight nothing[] = {0, 0};
    assert_int_equal(allocate_shares(shares, 5, nothing, 2), ERR_RANGE);
    assert_int_equal(allocate_shares(shares, 5, nothing, 0), ERR_RANGE);
    const allocate_weight large[] = {(allocate_weight)1 << 126};
    assert_int_equal(allocate_shares(shares, 4, large, 1), ERR_RANGE);
    assert_int_equal(allocate_shares(shares, 3, large, 1), OK);
    assert_int_equal(shares[0], 3);
}

/* Half up: 2.5 g/t is 3; a negative total away from zero. */
static void factor_rounds_half_up(void **state)
{
    (void)state;
    int64_t factor = 0;
    assert_int_equal(allocate_factor(&factor, 5, dec_of(2, 0)), OK);
    assert_int_equal(factor, 3);
    assert_int_equal(allocate_factor(&factor, -5, dec_of(2, 0)), OK);
    assert_int_equal(factor, -3);
    assert_int_equal(allocate_factor(&factor, 1, dec_of(1, 3)), OK);
    assert_int_equal(factor, 1000);
}

/* [methodology 10.7 f] Parts sum to the total, each is the floor of its share or one more, and a
 * heavier product never has less. */
static void random_allocations(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 100000; round++) {
        allocate_weight weights[12];
        int64_t shares[12];
        const size_t count = 1 + (size_t)draw(12);
        const int64_t total = (int64_t)draw(UINT64_C(1) << (10 + draw(43)));
        allocate_weight sum = 0;
        for (size_t i = 0; i < count; i++) {
            weights[i] = (allocate_weight)draw(UINT64_C(1) << (1 + draw(40))) * (1 + draw(1000000));
            sum += weights[i];
        }
        if (sum == 0) {
            continue;
        }
        assert_int_equal(allocate_shares(shares, total, weights, count), OK);
        int64_t got = 0;
        for (size_t i = 0; i < count; i++) {
            const int64_t floor = (int64_t)(weights[i] * (allocate_weight)total / sum);
            assert_true(shares[i] == floor || shares[i] == floor + 1);
            for (size_t j = 0; j < count; j++) {
                assert_false(weights[i] > weights[j] && shares[i] < shares[j]);
            }
            got += shares[i];
        }
        assert_int_equal(got, total);
    }
}

/* --- the file ----------------------------------------------------------------------------------*/

static const char head[] =
    "{\"facility\":\"wash-1\",\"kind\":\"WP\",\"period\":\"2024-03\","
    "\"parameter_set\":\"CN-NDRC-COAL-2014\",\"lines\":["
    "{\"code\":\"L_ELEC\",\"source\":\"grid\",\"bought\":{\"value\":\"100\",\"unit\":\"MWh\"}}],";

static enum err calculate(const Seam__CalculationResult **result, const char *rest,
                          struct arena *arena, struct errors *errors)
{
    char text[2048];
    const Seam__CalculationFile *file = NULL;
    struct set set;
    snprintf(text, sizeof text, "%s%s}", head, rest);
    assert_int_equal(errors_new(errors, arena), OK);
    enum err err = calc_file_read(&file, bytes_text(text), arena, errors);
    if (err == OK) {
        err = set_load(&set, file->parameter_set, arena, errors);
    }
    return err == OK ? calc_run(result, file, &set, CALC_ALONE, arena, errors) : err;
}

#define PRODUCT(mass) "{\"product\":\"clean\",\"mass\":{\"value\":\"" mass "\",\"unit\":\"t\"}"
#define RAW "\"raw_input\":{\"mass\":{\"value\":\"1000\",\"unit\":\"t\"}}"

/* The bound is accepted, the next kilogram is not; a deficit only warns. */
static void balance(void **state)
{
    (void)state;
    static const struct {
        const char *rest;
        enum err err;
        bool warns;
    } cases[] = {
        {"\"products\":[" PRODUCT("1020") "}]," RAW, OK, false},
        {"\"products\":[" PRODUCT("1020.001") "}]," RAW, ERR_BALANCE, false},
        {"\"products\":[" PRODUCT("980") "}]," RAW, OK, false},
        {"\"products\":[" PRODUCT("979.999") "}]," RAW, OK, true},
        /* dry: 1,200 t at 20 % water are 960 t, of 1,000 t at 4 % also 960 t */
        {"\"products\":[" PRODUCT(
             "1200") ",\"moisture\":\"0.2\"}],\"raw_input\":{\"mass\":{\"value\":"
                     "\"1000\",\"unit\":\"t\"},\"moisture\":\"0.04\"}",
         OK, false},
        {"\"products\":[" PRODUCT("1000") ",\"moisture\":\"0.2\"}]," RAW, ERR_MISSING, false},
        {"\"products\":[" PRODUCT("0") "}]", ERR_RANGE, false},
        {"\"products\":[" PRODUCT("1,5") "}]", ERR_DEC, false},
        {"\"products\":[" PRODUCT("1") "}," PRODUCT("2") "}]", ERR_MISSING, false},
        {RAW, ERR_MISSING, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena;
        struct errors errors;
        const Seam__CalculationResult *result = NULL;
        arena_init(&arena, (size_t)32 << 20);
        const enum err err = calculate(&result, cases[i].rest, &arena, &errors);
        if (err != cases[i].err) {
            fail_msg("case %zu: %s", i, err_name(err));
        }
        if (err == OK) {
            assert_int_equal(result->n_flags, cases[i].warns ? 1 : 0);
            assert_int_equal(result->n_allocation, 1);
            assert_int_equal(result->allocation[0]->allocated_g, result->gross_g);
            if (cases[i].warns) {
                assert_string_equal(result->flags[0], "W_BALANCE");
            }
        }
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors),
                                       cmocka_unit_test(w49),
                                       cmocka_unit_test(ties_go_to_the_lower_index),
                                       cmocka_unit_test(factor_rounds_half_up),
                                       cmocka_unit_test(random_allocations),
                                       cmocka_unit_test(balance)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
