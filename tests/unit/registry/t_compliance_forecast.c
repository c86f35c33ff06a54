/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/compliance_forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ALL 0xfffu

static struct forecast of(const int64_t *values, size_t count, uint32_t expected)
{
    struct grams month[FORECAST_MONTHS] = {{0}};
    struct forecast out;
    uint32_t months = 0;
    for (size_t i = 0; i < count; i++) {
        month[i] = grams_of(values[i]);
        months |= 1u << i;
    }
    assert_int_equal(forecast_year(&out, month, months, expected), OK);
    return out;
}

static void test_nothing_missing(void **state)
{
    (void)state;
    const int64_t values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const struct forecast out = of(values, 12, ALL);
    assert_int_equal(out.method, FORECAST_NONE);
    assert_int_equal(grams_value(out.so_far), 78);
    assert_int_equal(grams_value(out.expected), 0);
}

static void test_nothing_known(void **state)
{
    (void)state;
    const struct forecast out = of(NULL, 0, ALL);
    assert_string_equal(forecast_method_name(out.method), "EMPTY");
    assert_int_equal(grams_value(out.expected), 0);
}

static void test_mean(void **state)
{
    (void)state;
    const int64_t values[] = {100, 100, 101};
    const struct forecast out = of(values, 3, ALL);
    assert_string_equal(forecast_method_name(out.method), "MEAN");
    assert_int_equal(grams_value(out.month[3]), 100); /* 100.33 */
    assert_int_equal(grams_value(out.expected), 900);
    /* The facility began in March: two months are not expected at all. */
    struct grams month[FORECAST_MONTHS] = {[2] = {0}};
    struct forecast late;
    month[2] = grams_of(7);
    assert_int_equal(forecast_year(&late, month, 1u << 2, ALL & ~3u), OK);
    assert_int_equal(grams_value(late.expected), 63);
}

/* 300 after 200: each quarter is one and a half times the one before, month by month. */
static void test_growth(void **state)
{
    (void)state;
    const int64_t values[] = {50, 60, 90, 80, 100, 120};
    const struct forecast out = of(values, 6, ALL);
    assert_string_equal(forecast_method_name(out.method), "GROWTH_3");
    assert_int_equal(grams_value(out.month[6]), 120);
    assert_int_equal(grams_value(out.month[7]), 150);
    assert_int_equal(grams_value(out.month[8]), 180);
    assert_int_equal(grams_value(out.month[9]), 180);
    assert_int_equal(grams_value(out.month[11]), 270);
    assert_int_equal(grams_value(out.expected), 120 + 150 + 180 + 180 + 225 + 270);
}

static void test_rate_is_bounded(void **state)
{
    (void)state;
    const int64_t values[] = {1, 1, 1, 1000, 1000, 1000};
    assert_int_equal(grams_value(of(values, 6, ALL).month[6]), 2000);
    const int64_t none[] = {0, 0, 0, 5, 5, 5};
    assert_int_equal(of(none, 6, ALL).method, FORECAST_MEAN);
}

static void test_range(void **state)
{
    (void)state;
    struct grams month[FORECAST_MONTHS] = {{0}};
    struct forecast out;
    month[0] = grams_of(QTY_SAFE_MAX);
    assert_int_equal(forecast_year(&out, month, 1, ALL), ERR_RANGE);
    assert_int_equal(forecast_year(&out, month, 1, 1), OK);
    month[0] = grams_of(QTY_SAFE_MAX / 11);
    assert_int_equal(forecast_year(&out, month, 1, ALL), OK);
    month[0] = grams_of(QTY_SAFE_MAX / 11 + 1);
    assert_int_equal(forecast_year(&out, month, 1, ALL), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_missing),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_rate_is_bounded),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
