/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/base/qty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void sums_are_checked(void **state)
{
    (void)state;
    struct grams out = grams_of(5);
    assert_false(grams_add(&out, grams_of(INT64_MAX), grams_of(1)));
    assert_false(grams_sub(&out, grams_of(INT64_MIN), grams_of(1)));
    assert_int_equal(grams_value(out), 5);
    assert_true(grams_add(&out, grams_of(INT64_MAX - 1), grams_of(1)));
    assert_int_equal(grams_value(out), INT64_MAX);
    assert_true(grams_sub(&out, grams_of(1), grams_of(3)));
    assert_int_equal(grams_value(out), -2);
    struct tonnes tonnes = tonnes_of(1);
    assert_false(tonnes_add(&tonnes, tonnes_of(INT64_MAX), tonnes_of(1)));
    assert_true(tonnes_sub(&tonnes, tonnes_of(10), tonnes_of(3)));
    assert_int_equal(tonnes_value(tonnes), 7);
}

/* Decision D34: no integer beyond 2^53 - 1. */
static void rounding_stays_safe(void **state)
{
    (void)state;
    struct grams out = grams_of(5);
    struct ratio ratio = ratio_of_int(QTY_SAFE_MAX);
    ratio_div_int(&ratio, 1000000);
    assert_int_equal(grams_round(&out, &ratio), OK);
    assert_int_equal(grams_value(out), QTY_SAFE_MAX);
    ratio = ratio_of_int(QTY_SAFE_MAX + 1);
    ratio_div_int(&ratio, 1000000);
    assert_int_equal(grams_round(&out, &ratio), ERR_RANGE);
    assert_int_equal(grams_value(out), QTY_SAFE_MAX);
}

static void reports(void **state)
{
    (void)state;
    static const struct {
        int64_t grams;
        const char *report;
        int64_t whole;
    } rows[] = {{748754538194, "748754.54", 748755},
                {28676151554, "28676.15", 28676},
                {0, "0.00", 0},
                {4999, "0.00", 0},
                {5000, "0.01", 0},
                {-5000, "-0.01", 0},
                {499999, "0.50", 0},
                {500000, "0.50", 1},
                {-500000, "-0.50", -1},
                {376180726930, "376180.73", 376181}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[DEC_TEXT_SIZE];
        grams_report(out, grams_of(rows[i].grams));
        assert_string_equal(out, rows[i].report);
        assert_int_equal(tonnes_value(grams_tonnes(grams_of(rows[i].grams))), rows[i].whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_checked),
                                       cmocka_unit_test(rounding_stays_safe),
                                       cmocka_unit_test(reports)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
