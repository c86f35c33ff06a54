/* SPDX-License-Identifier: Apache-2.0 */
/* Working days [D33, F4, B19]: Monday to Friday, holidays, Saturdays that are worked, years whose
 * calendar nobody published. */

#include "ledger/governance/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Spring festival and national day of 2026 as an example: days off inside the week, Saturdays and
 * Sundays worked for them. */
static char *holidays_2026[] = {"2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17",
                                "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23",
                                "2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06",
                                "2026-10-07"};
static char *worked_2026[] = {"2026-01-04", "2026-02-14", "2026-02-28", "2026-09-20", "2026-10-10"};
static char *holidays_2027[] = {"2027-01-01"};

static Seam__WorkingYear year_2026, year_2027;
static Seam__WorkingYear *years[] = {&year_2026, &year_2027};
static Seam__JurisdictionRecord place;

static int setup(void **state)
{
    (void)state;
    seam__working_year__init(&year_2026);
    year_2026.year = 2026;
    year_2026.holidays = holidays_2026;
    year_2026.n_holidays = sizeof holidays_2026 / sizeof holidays_2026[0];
    year_2026.working_days = worked_2026;
    year_2026.n_working_days = sizeof worked_2026 / sizeof worked_2026[0];
    seam__working_year__init(&year_2027);
    year_2027.year = 2027;
    year_2027.holidays = holidays_2027;
    year_2027.n_holidays = 1;
    seam__jurisdiction_record__init(&place);
    place.utc_offset_minutes = 480;
    place.working_years = years;
    place.n_working_years = 2;
    return 0;
}

static bool works(const char *text, bool *assumed)
{
    struct date day;
    assert_int_equal(date_parse(&day, bytes_text(text)), OK);
    *assumed = false;
    return calendar_is_working_day(&place, day, assumed);
}

static void days(void **state)
{
    (void)state;
    static const struct {
        const char *day;
        bool working;
        bool assumed;
    } rows[] = {
        {"2026-09-21", true, false}, /* Monday */
        {"2026-09-25", true, false}, /* Friday */
        {"2026-09-26", false, false}, /* Saturday */
        {"2026-09-27", false, false}, /* Sunday */
        {"2026-10-01", false, false}, /* Thursday, holiday */
        {"2026-10-10", true, false}, /* Saturday, worked */
        {"2026-09-20", true, false}, /* Sunday, worked */
        {"2027-01-01", false, false}, /* Friday, holiday of the next year */
        {"2028-01-03", true, true}, /* Monday of a year without a calendar */
        {"2028-01-01", false, true}, /* Saturday of it */
        {"2025-12-31", true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool assumed = false;
        assert_int_equal(works(rows[i].day, &assumed), rows[i].working);
        assert_int_equal(assumed, rows[i].assumed);
    }
}

static uint64_t instant(const char *text)
{
    uint64_t out = 0;
    assert_int_equal(time_parse(&out, bytes_text(text)), OK);
    return out;
}

static void check(const char *from, uint32_t n, const char *last, const char *late, bool assumed)
{
    struct calendar_deadline out;
    char text[TIME_TEXT_SIZE];
    assert_int_equal(calendar_deadline(&out, &place, instant(from), n), OK);
    date_text(text, out.last_day);
    assert_string_equal(text, last);
    time_text(text, out.time_ms);
    assert_string_equal(text, late);
    assert_int_equal(out.assumed, assumed);
}

static void deadlines(void **state)
{
    (void)state;
    /* An opinion on Monday the 21st: seven working days end with Wednesday the 30th, at the end of
     * the day in China. */
    check("2026-09-21T03:00:00Z", 7, "2026-09-30", "2026-09-30T16:00:00.000Z", false);
    /* One hour before and after midnight in China are two days. */
    check("2026-09-21T15:59:59.999Z", 1, "2026-09-22", "2026-09-22T16:00:00.000Z", false);
    check("2026-09-21T16:00:00Z", 1, "2026-09-23", "2026-09-23T16:00:00.000Z", false);
    /* Over the national day: the Saturday that is worked counts. */
    check("2026-09-29T03:00:00Z", 1, "2026-09-30", "2026-09-30T16:00:00.000Z", false);
    check("2026-09-29T03:00:00Z", 2, "2026-10-08", "2026-10-08T16:00:00.000Z", false);
    check("2026-09-29T03:00:00Z", 4, "2026-10-10", "2026-10-10T16:00:00.000Z", false);
    check("2026-09-29T03:00:00Z", 5, "2026-10-12", "2026-10-12T16:00:00.000Z", false);
    /* From a day off, and the end of the same day. */
    check("2026-10-03T03:00:00Z", 1, "2026-10-08", "2026-10-08T16:00:00.000Z", false);
    check("2026-10-03T03:00:00Z", 0, "2026-10-03", "2026-10-03T16:00:00.000Z", false);
    /* Over the end of the year, both calendars published. */
    check("2026-12-30T03:00:00Z", 2, "2027-01-04", "2027-01-04T16:00:00.000Z", false);
    /* Into a year without one: Monday to Friday, and it says so. */
    check("2027-12-30T03:00:00Z", 1, "2027-12-31", "2027-12-31T16:00:00.000Z", false);
    check("2027-12-30T03:00:00Z", 2, "2028-01-03", "2028-01-03T16:00:00.000Z", true);
}

static void other_offsets(void **state)
{
    (void)state;
    place.n_working_years = 0;
    place.utc_offset_minutes = 420; /* Kemerovo */
    check("2026-09-21T16:59:59.999Z", 1, "2026-09-22", "2026-09-22T17:00:00.000Z", true);
    place.utc_offset_minutes = -300;
    check("2026-09-21T04:59:59.999Z", 1, "2026-09-21", "2026-09-22T05:00:00.000Z", true);
    check("1970-01-01T00:00:00Z", 0, "1969-12-31", "1970-01-01T05:00:00.000Z", false);
    setup(NULL);
}

#define REST_YEARS 6

static char rest_text[REST_YEARS][366][DATE_TEXT_SIZE];
static char *rest_dates[REST_YEARS][366];
static Seam__WorkingYear rest[REST_YEARS];
static Seam__WorkingYear *rest_list[REST_YEARS];

/* Years in which every day is a holiday. */
static void rest_years(void)
{
    for (size_t i = 0; i < REST_YEARS; i++) {
        const struct date first = {.year = 2028 + (int32_t)i, .month = 1, .day = 1};
        for (size_t k = 0; k < 366; k++) {
            date_text(rest_text[i][k], date_of_days(date_to_days(first) + (int64_t)k));
            rest_dates[i][k] = rest_text[i][k];
        }
        seam__working_year__init(&rest[i]);
        rest[i].year = 2028 + (uint32_t)i;
        rest[i].holidays = rest_dates[i];
        rest[i].n_holidays = 366;
        rest_list[i] = &rest[i];
    }
    place.working_years = rest_list;
}

static void limits(void **state)
{
    (void)state;
    struct calendar_deadline out;
    const uint64_t from = instant("2028-01-01T00:00:00Z");
    assert_int_equal(calendar_deadline(&out, &place, from, CALENDAR_WORKING_DAYS_MAX), OK);
    assert_int_equal(calendar_deadline(&out, &place, from, CALENDAR_WORKING_DAYS_MAX + 1),
                     ERR_RANGE);
    rest_years();
    place.n_working_years = 1;
    assert_int_equal(calendar_deadline(&out, &place, from, 1), OK);
    assert_string_equal((date_text(rest_text[0][0], out.last_day), rest_text[0][0]), "2029-01-01");
    place.n_working_years = REST_YEARS; /* more than CALENDAR_DAYS_MAX days off */
    assert_int_equal(calendar_deadline(&out, &place, from, 1), ERR_RANGE);
    assert_int_equal(calendar_deadline(&out, &place, from, 0), OK);
    setup(NULL);
}

static void counts(void **state)
{
    (void)state;
    bool assumed = false;
    assert_int_equal(calendar_working_days(&place, instant("2026-09-29T03:00:00Z"),
                                           instant("2026-10-12T03:00:00Z"), &assumed),
                     5);
    assert_false(assumed);
    assert_int_equal(calendar_working_days(&place, instant("2026-10-12T03:00:00Z"),
                                           instant("2026-10-12T09:00:00Z"), &assumed),
                     0);
    assert_int_equal(calendar_working_days(&place, instant("2026-10-12T03:00:00Z"),
                                           instant("2026-09-12T09:00:00Z"), &assumed),
                     0);
    assert_int_equal(calendar_working_days(&place, instant("2027-12-30T03:00:00Z"),
                                           instant("2028-01-03T03:00:00Z"), &assumed),
                     2);
    assert_true(assumed);
}

/* The n-th deadline is the first one with n working days before its end. */
static void agree(void **state)
{
    (void)state;
    for (uint32_t start = 0; start < 400; start += 7) {
        const uint64_t from = instant("2026-01-01T05:00:00Z") + start * DAY_MS;
        for (uint32_t n = 1; n <= 10; n++) {
            struct calendar_deadline out;
            bool assumed = false;
            assert_int_equal(calendar_deadline(&out, &place, from, n), OK);
            assert_int_equal(calendar_working_days(&place, from, out.time_ms - 1, &assumed), n);
            assert_true(calendar_is_working_day(&place, out.last_day, &assumed));
            assert_int_equal(calendar_day_end(&place, out.last_day), out.time_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days),   cmocka_unit_test(deadlines), cmocka_unit_test(other_offsets),
        cmocka_unit_test(limits), cmocka_unit_test(counts),    cmocka_unit_test(agree),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
