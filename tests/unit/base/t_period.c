/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/base/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct period period(const char *text)
{
    struct period out = {.cadence = CADENCE_MONTH, .number = 99999};
    assert_int_equal(period_parse(&out, bytes_text(text)), OK);
    return out;
}

static void numbers_are_dense(void **state)
{
    (void)state;
    assert_int_equal(period("1970-01").number, 0);
    assert_int_equal(period("2026-09").number, 56 * 12 + 8);
    assert_int_equal(period("2027-01").number, period("2026-12").number + 1);
    assert_int_equal(period("2022").number, 52);
    assert_int_equal(period("2026-Q1").number, period("2025-Q4").number + 1);
    assert_int_equal(period("2026-Q1").cadence, CADENCE_QUARTER);
    static const char *const texts[] = {"1970-01", "2199-12", "2026", "2026-Q4"};
    for (size_t i = 0; i < 4; i++) {
        char out[PERIOD_TEXT_SIZE];
        period_text(out, period(texts[i]));
        assert_string_equal(out, texts[i]);
    }
    assert_int_equal(period_year(period("2026-Q4")), 2026);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err want;
    } rows[] = {{"", ERR_TYPE},         {"202", ERR_TYPE},      {"2026-9", ERR_TYPE},
                {"2026-00", ERR_RANGE}, {"2026-13", ERR_RANGE}, {"1969-12", ERR_RANGE},
                {"2200", ERR_RANGE},    {"2026-Q0", ERR_RANGE}, {"2026-Q5", ERR_RANGE},
                {"2026-q1", ERR_TYPE},  {"2026/09", ERR_TYPE},  {"2026-09-01", ERR_TYPE},
                {"20260", ERR_TYPE},    {"-026-01", ERR_TYPE}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct period out = {.cadence = CADENCE_YEAR, .number = 7};
        assert_int_equal(period_parse(&out, bytes_text(rows[i].text)), rows[i].want);
        assert_int_equal(out.number, 7);
    }
}

static void knows_days(void **state)
{
    (void)state;
    assert_int_equal(period_days(period("2026-02")), 28);
    assert_int_equal(period_days(period("2024-02")), 29);
    assert_int_equal(period_days(period("2100")), 365);
    assert_int_equal(period_days(period("2000")), 366);
    assert_int_equal(period_days(period("2026-Q2")), 91);
    assert_true(period_contains_month(period("2026"), period("2026-12")));
    assert_false(period_contains_month(period("2026"), period("2027-01")));
    assert_true(period_contains_month(period("2026-09"), period("2026-09")));
    assert_false(period_contains_month(period("2026"), period("2026-Q1")));
    for (int64_t day = -800000; day < 100000; day += 17) {
        assert_int_equal(date_to_days(date_of_days(day)), day);
    }
    struct date date;
    assert_int_equal(date_parse(&date, bytes_text("2024-02-29")), OK);
    assert_int_equal(date_parse(&date, bytes_text("2026-02-29")), ERR_RANGE);
    assert_int_equal(date_parse(&date, bytes_text("2026-2-28")), ERR_TYPE);
    char text[DATE_TEXT_SIZE];
    date_text(text, date);
    assert_string_equal(text, "2024-02-29");
}

/* The vector of decision D33: CN 2026-09 is on time before 2026-11-09T16:00:00Z. */
static void deadline(void **state)
{
    (void)state;
    const uint64_t end = period_end_ms(period("2026-09"), 480);
    char text[TIME_TEXT_SIZE];
    time_text(text, end);
    assert_string_equal(text, "2026-09-30T16:00:00.000Z");
    const uint64_t last = deadline_ms(period("2026-09"), 480, 40);
    time_text(text, last);
    assert_string_equal(text, "2026-11-09T16:00:00.000Z");
    assert_int_equal(days_late(last - 1, last), 0);
    assert_int_equal(days_late(last, last), 1);
    assert_int_equal(days_late(last + DAY_MS - 1, last), 1);
    assert_int_equal(days_late(last + DAY_MS, last), 2);
    time_text(text, period_end_ms(period("2022"), 420));
    assert_string_equal(text, "2022-12-31T17:00:00.000Z");
    time_text(text, period_start_ms(period("2022"), -90));
    assert_string_equal(text, "2022-01-01T01:30:00.000Z");
}

static void reads_times(void **state)
{
    (void)state;
    uint64_t time = 7;
    assert_int_equal(time_parse(&time, bytes_text("2026-11-09T16:00:00Z")), OK);
    uint64_t other = 0;
    assert_int_equal(time_parse(&other, bytes_text("2026-11-10T00:00:00.000+08:00")), OK);
    assert_int_equal(time, other);
    assert_int_equal(time_parse(&other, bytes_text("2026-11-10T00:00:00.05+08:00")), OK);
    assert_int_equal(time + 50, other);
    static const struct {
        const char *text;
        enum err want;
    } rows[] = {{"2026-11-09T16:00:00", ERR_TYPE},      {"2026-11-09 16:00:00Z", ERR_TYPE},
                {"2026-11-09T24:00:00Z", ERR_RANGE},    {"2026-11-31T16:00:00Z", ERR_RANGE},
                {"2026-11-09T16:00:00.Z", ERR_TYPE},    {"2026-11-09T16:00:00.1234Z", ERR_TYPE},
                {"2026-11-09T16:00:00+0800", ERR_TYPE}, {"1970-01-01T00:00:00+01:00", ERR_RANGE}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        other = 7;
        assert_int_equal(time_parse(&other, bytes_text(rows[i].text)), rows[i].want);
        assert_int_equal(other, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_dense),
                                       cmocka_unit_test(refuses), cmocka_unit_test(knows_days),
                                       cmocka_unit_test(deadline), cmocka_unit_test(reads_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
