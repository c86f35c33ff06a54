/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_PERIOD_H
#define LEDGER_BASE_PERIOD_H

/* Accounting periods and the calendar below them: YYYY-MM, YYYY and YYYY-Qn (decision D30), dense
 * numbers within a cadence, ends and deadlines at a jurisdiction's offset from UTC (D33). The
 * proleptic Gregorian calendar, no time zones database, no leap seconds. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define PERIOD_YEAR_MIN 1970
#define PERIOD_YEAR_MAX 2199
#define PERIOD_TEXT_SIZE 8
#define DATE_TEXT_SIZE 11
#define TIME_TEXT_SIZE 32
#define DAY_MS UINT64_C(86400000)

/* Stored in facility records: the numbers are for ever. */
enum cadence { CADENCE_MONTH = 1, CADENCE_QUARTER = 2, CADENCE_YEAR = 3 };

/* number counts periods of the cadence since 1970: 1970-01, 1970-Q1 and 1970 are 0. */
struct period {
    enum cadence cadence;
    uint32_t number;
};

struct date {
    int32_t year;
    uint32_t month; /* 1..12 */
    uint32_t day; /* 1..31 */
};

/* period_parse: ERR_TYPE when the text is none of the three forms, ERR_RANGE for a year or month
 * outside. */
enum err NODISCARD period_parse(struct period *out, struct bytes text);
/* period_text writes the form above; out must hold PERIOD_TEXT_SIZE. */
void period_text(char *out, struct period period);
bool period_equal(struct period a, struct period b);
uint32_t period_year(struct period period);
struct date period_first_day(struct period period);
struct date period_next_first_day(struct period period); /* first day after it */
uint32_t period_days(struct period period);
/* period_contains_month says whether the period of cadence MONTH lies inside period. */
bool period_contains_month(struct period period, struct period month);

uint32_t month_days(int32_t year, uint32_t month); /* 28..31 */
int64_t date_to_days(struct date date); /* days since 1970-01-01 */
struct date date_of_days(int64_t days);
/* date_parse reads YYYY-MM-DD of a real day between the years above. ERR_TYPE, ERR_RANGE. */
enum err NODISCARD date_parse(struct date *out, struct bytes text);
void date_text(char *out, struct date date); /* out holds DATE_TEXT_SIZE */

/* period_end_ms is the first instant after the period at a fixed offset from UTC, in milliseconds
 * since 1970 UTC (0 where it lies before). utc_offset_minutes between -1,440 and 1,440. */
uint64_t period_end_ms(struct period period, int32_t utc_offset_minutes);
uint64_t period_start_ms(struct period period, int32_t utc_offset_minutes);
/* deadline_ms is end + days * 86,400 s (D33). */
uint64_t deadline_ms(struct period period, int32_t utc_offset_minutes, uint32_t days);
/* days_late is 0 before the deadline, then whole days begun: 1 at the deadline itself. */
uint32_t days_late(uint64_t time_ms, uint64_t deadline);

/* time_text writes RFC 3339 in UTC with milliseconds: 2026-11-09T16:00:00.000Z; out holds
 * TIME_TEXT_SIZE. Times after the year 9999 are written as that year's last instant. */
void time_text(char *out, uint64_t time_ms);
/* time_parse reads RFC 3339 with Z or an offset, seconds with 0 to 3 decimals. ERR_TYPE,
 * ERR_RANGE. */
enum err NODISCARD time_parse(uint64_t *out, struct bytes text);

#endif
