/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/base/ratio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct dec dec(const char *text)
{
    struct dec out = {0};
    assert_int_equal(dec_parse(&out, bytes_text(text)), OK);
    return out;
}

static int64_t rounded(const struct ratio *ratio, unsigned decimals)
{
    int64_t out = INT64_MIN;
    assert_int_equal(ratio_round(&out, ratio, decimals), OK);
    return out;
}

/* W47: half away from zero, the only rounding of the ledger [methodology 10.4]. */
static void rounds_half_up(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned decimals;
        int64_t want;
    } rows[] = {{"2.5", 0, 3},       {"3.5", 0, 4},        {"-2.5", 0, -3},
                {"0.0000005", 6, 1}, {"0.00000049", 6, 0}, {"-0.0000005", 6, -1},
                {"2.4999", 0, 2},    {"-2.4999", 0, -2},   {"0", 6, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ratio ratio = ratio_of_dec(dec(rows[i].text));
        assert_int_equal(rounded(&ratio, rows[i].decimals), rows[i].want);
    }
}

/* W06: 12345.678 t of anthracite with the defaults of Annex A.1, factors in every rotation: the
 * result does not depend on their order [methodology 10.7 a]. */
static void order_does_not_matter(void **state)
{
    (void)state;
    static const char *const factors[] = {"12345.678", "24.515", "0.02749", "0.94", "44"};
    for (size_t first = 0; first < 5; first++) {
        for (size_t divide_at = 0; divide_at < 5; divide_at++) {
            struct ratio ratio = ratio_of_int(1);
            for (size_t i = 0; i < 5; i++) {
                if (i == divide_at) {
                    ratio_div_int(&ratio, 12);
                }
                ratio_mul_dec(&ratio, dec(factors[(first + i) % 5]));
            }
            assert_int_equal(rounded(&ratio, 6), 28676151554);
        }
    }
}

/* The largest product that methodology 10.3 names needs 112 of 128 bits and must not fail. */
static void wide_products_fit(void **state)
{
    (void)state;
    struct ratio ratio = ratio_of_dec(dec("99999999.999997"));
    ratio_mul_dec(&ratio, dec("389.310001"));
    ratio_mul_dec(&ratio, dec("0.070801"));
    ratio_mul_dec(&ratio, dec("0.990101"));
    ratio_mul_int(&ratio, 44);
    ratio_div_int(&ratio, 12);
    /* 99999999.999997 x 389.310001 x 0.070801 x 0.990101 x 44 / 12, by exact fractions. */
    assert_int_equal(rounded(&ratio, 6), 10006584838898132);
}

/* Sums of a dozen different denominators stay exact: 1/(27315 + i) added and taken away again. */
static void sums_are_exact(void **state)
{
    (void)state;
    struct ratio sum = ratio_of_int(1);
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < 31; i++) {
            struct ratio term = ratio_of_dec(dec("9600.1234"));
            ratio_mul_dec(&term, dec("98.21"));
            ratio_div_int(&term, 27315 + i * 7);
            ratio_div_int(&term, 101325);
            if (pass == 0) {
                ratio_add(&sum, &term);
            } else {
                ratio_sub(&sum, &term);
            }
        }
    }
    assert_false(sum.failed);
    const struct ratio one = ratio_of_int(1);
    assert_int_equal(ratio_compare(&sum, &one), 0);
    assert_int_equal(rounded(&sum, 18), 1000000000000000000);
}

static void signs(void **state)
{
    (void)state;
    struct ratio a = ratio_of_dec(dec("-1.5"));
    assert_int_equal(ratio_sign(&a), -1);
    ratio_add_dec(&a, dec("1.5"));
    assert_int_equal(ratio_sign(&a), 0);
    assert_false(a.negative);
    ratio_sub_dec(&a, dec("0.25"));
    assert_int_equal(rounded(&a, 2), -25);
    ratio_mul_int(&a, -4);
    assert_int_equal(rounded(&a, 0), 1);
    ratio_div_dec(&a, dec("-0.5"));
    assert_int_equal(rounded(&a, 0), -2);
    ratio_sub_dec(&a, dec("-2"));
    assert_int_equal(ratio_sign(&a), 0);
}

static void failure_sticks(void **state)
{
    (void)state;
    struct ratio ratio = ratio_of_int(1);
    ratio_div_int(&ratio, 0);
    ratio_mul_int(&ratio, 0);
    ratio_add_dec(&ratio, dec("1"));
    int64_t out = 42;
    assert_int_equal(ratio_round(&out, &ratio, 0), ERR_RANGE);
    assert_int_equal(out, 42);
    ratio = ratio_of_int(INT64_MAX);
    assert_int_equal(rounded(&ratio, 0), INT64_MAX);
    ratio_add_dec(&ratio, dec("0.4"));
    assert_int_equal(rounded(&ratio, 0), INT64_MAX);
    ratio_add_dec(&ratio, dec("0.1"));
    assert_int_equal(ratio_round(&out, &ratio, 0), ERR_RANGE);
    for (int i = 0; i < 40; i++) {
        ratio_mul_int(&ratio, 999999999999999989);
    }
    assert_true(ratio.failed);
    assert_int_equal(ratio_round(&out, &ratio, 0), ERR_RANGE);
    assert_int_equal(out, 42);
}

static void texts(void **state)
{
    (void)state;
    char out[RATIO_TEXT_SIZE];
    bool exact = false;
    struct ratio ratio = ratio_of_dec(dec("3548.690"));
    ratio_text(out, &exact, &ratio, 9);
    assert_string_equal(out, "3548.69");
    assert_true(exact);
    ratio = ratio_of_int(-1);
    ratio_div_int(&ratio, 3);
    ratio_text(out, &exact, &ratio, 9);
    assert_string_equal(out, "-0.333333333");
    assert_false(exact);
    ratio = ratio_of_int(0);
    ratio_text(out, &exact, &ratio, 9);
    assert_string_equal(out, "0");
    assert_true(exact);
    ratio = ratio_of_int(INT64_MAX);
    ratio_text(out, &exact, &ratio, 9);
    assert_string_equal(out, "9223372036854775807");
    assert_true(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rounds_half_up),
                                       cmocka_unit_test(order_does_not_matter),
                                       cmocka_unit_test(wide_products_fit),
                                       cmocka_unit_test(sums_are_exact),
                                       cmocka_unit_test(signs),
                                       cmocka_unit_test(failure_sticks),
                                       cmocka_unit_test(texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
