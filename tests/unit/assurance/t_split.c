/* SPDX-License-Identifier: Apache-2.0 */
/* Attribution of gaps [KSSJ 7.2.2b, B4]: the vectors of tests/vectors/split.py by equality, the
 * error of logarithms, and what must hold for any input: parts and rest sum to the gap, exchanging
 * the sides changes signs only, the order of the factors does not matter by more than one gram. */

#include "ledger/assurance/split.h"

#include "ledger/codec/json_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_MAX (512 * 1024)
#define LN_ERROR 16 /* 2^-116 in units of 2^-120 */

static char *text;
static struct json_doc *doc;

static int setup(void **state)
{
    (void)state;
    FILE *file = fopen(SEAM_SOURCE_DIR "/tests/vectors/split.json", "rb");
    text = malloc(TEXT_MAX);
    if (file == NULL || text == NULL) {
        return -1;
    }
    const size_t size = fread(text, 1, TEXT_MAX, file);
    fclose(file);
    return json_doc_read(&doc, bytes_of(text, size), TEXT_MAX, NULL) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    json_doc_free(doc);
    free(text);
    return 0;
}

static int64_t integer(const struct json_node *row, const char *key)
{
    int64_t value = 0;
    assert_true(json_node_integer(json_node_get(row, key), &value));
    return value;
}

static size_t factors(struct dec *out, const struct json_node *list)
{
    const size_t count = json_node_count(list);
    assert_true(count <= SPLIT_FACTORS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(dec_parse(&out[i], bytes_text(json_node_text(json_node_at(list, i)))), OK);
    }
    return count;
}

static const char *method_text(enum split_method method)
{
    static const char *const names[] = {"NONE", "LOG_MEAN", "SHAPLEY"};
    return names[method];
}

static void vectors(void **state)
{
    (void)state;
    const struct json_node *rows = json_node_get(json_doc_root(doc), "cases");
    assert_true(json_node_count(rows) > 400);
    for (size_t i = 0; i < json_node_count(rows); i++) {
        const struct json_node *row = json_node_at(rows, i);
        struct dec from[SPLIT_FACTORS_MAX];
        struct dec to[SPLIT_FACTORS_MAX];
        struct split_result out;
        const size_t count = factors(from, json_node_get(row, "from"));
        assert_int_equal(factors(to, json_node_get(row, "to")), count);
        const char *id = json_node_text(json_node_get(row, "id"));
        if (split_gap(&out, grams_of(integer(row, "before_g")), grams_of(integer(row, "after_g")),
                      from, to, count) != OK) {
            fail_msg("%s", id);
        }
        bool same =
            strcmp(method_text(out.method), json_node_text(json_node_get(row, "method"))) == 0 &&
            grams_value(out.rest) == integer(row, "rest_g");
        for (size_t k = 0; k < count; k++) {
            int64_t part = 0;
            assert_true(json_node_integer(json_node_at(json_node_get(row, "parts_g"), k), &part));
            same = same && grams_value(out.part[k]) == part;
        }
        if (!same) {
            fail_msg("%s: %s %lld %lld %lld rest %lld", id, method_text(out.method),
                     (long long)grams_value(out.part[0]), (long long)grams_value(out.part[1]),
                     (long long)grams_value(out.part[2]), (long long)grams_value(out.rest));
        }
    }
}

/* The example of the specification: 3,500.75 t, of which two thirds are carbon content. */
static void clause_7_2_2_b_example(void **state)
{
    (void)state;
    const struct dec from[] = {dec_of(12000, 0), dec_of(520, 3), dec_of(95, 2)};
    const struct dec to[] = {dec_of(12600, 0), dec_of(575, 3), dec_of(95, 2)};
    struct split_result out;
    char report[DEC_TEXT_SIZE];
    assert_int_equal(split_gap(&out, grams_of(21736000000), grams_of(25236750000), from, to, 3),
                     OK);
    assert_int_equal(out.method, SPLIT_LOG_MEAN);
    grams_report(report, out.part[0]);
    assert_string_equal(report, "1143.78");
    grams_report(report, out.part[1]);
    assert_string_equal(report, "2356.97");
    assert_int_equal(grams_value(out.part[2]), 0);
    assert_int_equal(grams_value(out.rest), 0);
}

static split_fixed wide_number(const char *digits)
{
    const bool negative = digits[0] == '-';
    split_fixed value = 0;
    for (const char *at = negative ? digits + 1 : digits; *at != '\0'; at++) {
        value = value * 10 + (*at - '0');
    }
    return negative ? -value : value;
}

static void logarithms(void **state)
{
    (void)state;
    const struct json_node *rows = json_node_get(json_doc_root(doc), "logarithms");
    assert_true(json_node_count(rows) > 200);
    for (size_t i = 0; i < json_node_count(rows); i++) {
        const struct json_node *row = json_node_at(rows, i);
        const split_fixed num = wide_number(json_node_text(json_node_get(row, "num")));
        const split_fixed den = wide_number(json_node_text(json_node_get(row, "den")));
        split_fixed out = 0;
        split_fixed other = 0;
        assert_int_equal(split_ln(&out, (unsigned __int128)num, (unsigned __int128)den), OK);
        const split_fixed error = out - wide_number(json_node_text(json_node_get(row, "ln")));
        if (error > LN_ERROR || error < -LN_ERROR) {
            fail_msg("row %zu: off by %lld x 2^-120", i, (long long)error);
        }
        assert_int_equal(split_ln(&other, (unsigned __int128)den, (unsigned __int128)num), OK);
        assert_true(out == -other);
    }
    split_fixed out = 5;
    assert_int_equal(split_ln(&out, 0, 1), ERR_RANGE);
    assert_int_equal(split_ln(&out, 1, 0), ERR_RANGE);
    assert_int_equal(split_ln(&out, (unsigned __int128)1 << 126, 1), ERR_RANGE);
    assert_int_equal(split_ln(&out, 1, (unsigned __int128)1 << 126), ERR_RANGE);
    assert_true(out == 5);
}

/* --- properties -------------------------------------------------------------------------------*/

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 11) % below;
}

struct sample {
    struct dec from[SPLIT_FACTORS_MAX];
    struct dec to[SPLIT_FACTORS_MAX];
    struct grams before;
    struct grams after;
    size_t count;
};

static struct dec draw_factor(bool any_sign)
{
    const uint64_t kind = draw(12);
    int64_t value = (int64_t)(1 + draw(kind < 6 ? 1000 : 1000000));
    if (any_sign && kind == 0) {
        value = 0;
    } else if (any_sign && kind == 1) {
        value = -value;
    }
    return dec_of(value, (uint8_t)draw(5));
}

static struct sample draw_sample(bool any_sign)
{
    struct sample out = {.count = 1 + (size_t)draw(SPLIT_FACTORS_MAX)};
    for (size_t i = 0; i < out.count; i++) {
        out.from[i] = draw_factor(any_sign);
        out.to[i] = draw(4) == 0 ? out.from[i] : draw_factor(any_sign);
    }
    out.before = grams_of((int64_t)draw(UINT64_C(1) << (1 + draw(52))));
    out.after = draw(8) == 0 ? out.before : grams_of((int64_t)draw(UINT64_C(1) << (1 + draw(52))));
    if (any_sign && draw(3) == 0) {
        out.before = grams_of(-grams_value(out.before));
    }
    return out;
}

static int64_t total(const struct split_result *result, size_t count)
{
    int64_t sum = grams_value(result->rest);
    for (size_t i = 0; i < count; i++) {
        sum += grams_value(result->part[i]);
    }
    return sum;
}

static void check_sum_and_exchange(const struct sample *in, uint64_t began)
{
    struct split_result out;
    struct split_result back;
    const enum err err = split_gap(&out, in->before, in->after, in->from, in->to, in->count);
    assert_int_equal(split_gap(&back, in->after, in->before, in->to, in->from, in->count), err);
    if (err != OK) { /* a Shapley part beyond 64 bits */
        assert_int_equal(err, ERR_RANGE);
        return;
    }
    bool good = total(&out, in->count) == grams_value(in->after) - grams_value(in->before) &&
                out.method == back.method && grams_value(out.rest) == -grams_value(back.rest);
    for (size_t i = 0; i < in->count; i++) {
        good = good && grams_value(out.part[i]) == -grams_value(back.part[i]);
        if (dec_compare(in->from[i], in->to[i]) == 0) {
            good = good && grams_value(out.part[i]) == 0;
        }
    }
    if (!good) {
        fail_msg("seed %llu", (unsigned long long)began);
    }
}

static void sums_and_exchanges(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 60000; i++) {
        seed = 20261121 + i;
        const struct sample in = draw_sample(i % 2 == 1);
        check_sum_and_exchange(&in, 20261121 + i);
    }
}

/* With the log mean a factor that grew never has a negative part, up to the rounding of a gram. */
static void signs(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 30000; i++) {
        seed = 777 + i;
        const struct sample in = draw_sample(false);
        struct split_result out;
        assert_int_equal(split_gap(&out, in.before, in.after, in.from, in.to, in.count), OK);
        for (size_t k = 0; k < in.count && out.method == SPLIT_LOG_MEAN; k++) {
            const int order = dec_compare(in.to[k], in.from[k]);
            if ((order > 0 && grams_value(out.part[k]) < -2) ||
                (order < 0 && grams_value(out.part[k]) > 2)) {
                fail_msg("seed %llu factor %zu", (unsigned long long)(777 + i), k);
            }
        }
    }
}

/* Two factors in the other order: the parts follow them, up to who takes the last gram. */
static void order_of_factors(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        seed = 4242 + i;
        struct sample in = draw_sample(i % 2 == 1);
        struct split_result out;
        struct split_result turned;
        const size_t last = in.count - 1;
        if (grams_value(in.before) == grams_value(in.after)) {
            continue; /* which side is first then depends on the order */
        }
        const enum err err = split_gap(&out, in.before, in.after, in.from, in.to, in.count);
        const struct dec from = in.from[0];
        const struct dec to = in.to[0];
        in.from[0] = in.from[last];
        in.to[0] = in.to[last];
        in.from[last] = from;
        in.to[last] = to;
        assert_int_equal(split_gap(&turned, in.before, in.after, in.from, in.to, in.count), err);
        if (err != OK) {
            continue;
        }
        if (llabs(grams_value(out.part[0]) - grams_value(turned.part[last])) > 1 ||
            llabs(grams_value(out.part[last]) - grams_value(turned.part[0])) > 1) {
            fail_msg("seed %llu", (unsigned long long)(4242 + i));
        }
    }
}

/* One factor that explains everything takes the whole gap. */
static void one_factor(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 10000; i++) {
        seed = 99 + i;
        const int64_t a = (int64_t)(1 + draw(1000000000));
        const int64_t b = (int64_t)(1 + draw(1000000000));
        const struct dec from[] = {dec_of(a, 3), dec_of(7, 1)};
        const struct dec to[] = {dec_of(b, 3), dec_of(7, 1)};
        struct split_result out;
        assert_int_equal(split_gap(&out, grams_of(a * 7), grams_of(b * 7), from, to, 2), OK);
        assert_int_equal(grams_value(out.part[0]), (b - a) * 7);
        assert_int_equal(grams_value(out.part[1]), 0);
        assert_int_equal(grams_value(out.rest), 0);
    }
}

static void limits(void **state)
{
    (void)state;
    const struct dec one[SPLIT_FACTORS_MAX + 1] = {{1, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}};
    const struct dec two[SPLIT_FACTORS_MAX + 1] = {{2, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}};
    struct split_result out = {.rest = grams_of(5)};
    const struct grams few = grams_of(1);
    assert_int_equal(split_gap(&out, few, few, one, two, SPLIT_FACTORS_MAX + 1), ERR_RANGE);
    assert_int_equal(split_gap(&out, few, grams_of(QTY_SAFE_MAX + 1), one, two, 1), ERR_RANGE);
    assert_int_equal(grams_value(out.rest), 5);
    assert_int_equal(split_gap(&out, few, grams_of(QTY_SAFE_MAX), one, two, 4), OK);
    assert_int_equal(split_gap(&out, grams_of(-QTY_SAFE_MAX), grams_of(QTY_SAFE_MAX), one, two, 0),
                     OK);
    assert_int_equal(grams_value(out.rest), 2 * QTY_SAFE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),    cmocka_unit_test(clause_7_2_2_b_example),
        cmocka_unit_test(logarithms), cmocka_unit_test(sums_and_exchanges),
        cmocka_unit_test(signs),      cmocka_unit_test(order_of_factors),
        cmocka_unit_test(one_factor), cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
