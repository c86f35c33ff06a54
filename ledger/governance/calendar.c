/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of a published year are ascending texts YYYY-MM-DD, as jurisdiction.c took them, so a day
 * is looked up by its text. */

#include "ledger/governance/calendar.h"

#include <string.h>

#define MINUTE_MS INT64_C(60000)

static bool listed(char *const *dates, size_t count, const char *day)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(dates[i], day) == 0) {
            return true;
        }
    }
    return false;
}

/* 1970-01-01 was a Thursday. */
static bool monday_to_friday(struct date day)
{
    int64_t weekday = (date_to_days(day) + 3) % 7;
    if (weekday < 0) {
        weekday += 7;
    }
    return weekday < 5;
}

bool calendar_is_working_day(const Seam__JurisdictionRecord *place, struct date day, bool *assumed)
{
    char text[DATE_TEXT_SIZE];
    date_text(text, day);
    for (size_t i = 0; i < place->n_working_years; i++) {
        const Seam__WorkingYear *year = place->working_years[i];
        if ((int64_t)year->year != day.year) {
            continue;
        }
        if (listed(year->holidays, year->n_holidays, text)) {
            return false;
        }
        return listed(year->working_days, year->n_working_days, text) || monday_to_friday(day);
    }
    if (assumed != NULL) {
        *assumed = true;
    }
    return monday_to_friday(day);
}

static int64_t local_days(const Seam__JurisdictionRecord *place, uint64_t time_ms)
{
    const int64_t local = (int64_t)time_ms + place->utc_offset_minutes * MINUTE_MS;
    const int64_t day = (int64_t)DAY_MS;
    return local >= 0 ? local / day : -((-local + day - 1) / day);
}

struct date calendar_day(const Seam__JurisdictionRecord *place, uint64_t time_ms)
{
    return date_of_days(local_days(place, time_ms));
}

static uint64_t days_end(const Seam__JurisdictionRecord *place, int64_t days)
{
    const int64_t end = (days + 1) * (int64_t)DAY_MS - place->utc_offset_minutes * MINUTE_MS;
    return end < 0 ? 0 : (uint64_t)end;
}

uint64_t calendar_day_end(const Seam__JurisdictionRecord *place, struct date day)
{
    return days_end(place, date_to_days(day));
}

enum err calendar_deadline(struct calendar_deadline *out, const Seam__JurisdictionRecord *place,
                           uint64_t from_ms, uint32_t working_days)
{
    if (working_days > CALENDAR_WORKING_DAYS_MAX) {
        return ERR_RANGE;
    }
    const int64_t first = local_days(place, from_ms);
    int64_t at = first;
    bool assumed = false;
    for (uint32_t left = working_days; left > 0;) {
        at++;
        if (at - first > CALENDAR_DAYS_MAX) {
            return ERR_RANGE;
        }
        if (calendar_is_working_day(place, date_of_days(at), &assumed)) {
            left--;
        }
    }
    out->time_ms = days_end(place, at);
    out->last_day = date_of_days(at);
    out->assumed = assumed;
    return OK;
}

uint32_t calendar_working_days(const Seam__JurisdictionRecord *place, uint64_t from_ms,
                               uint64_t to_ms, bool *assumed)
{
    const int64_t first = local_days(place, from_ms);
    const int64_t last = local_days(place, to_ms);
    uint32_t count = 0;
    for (int64_t at = first + 1; at <= last && at - first <= CALENDAR_DAYS_MAX; at++) {
        if (calendar_is_working_day(place, date_of_days(at), assumed)) {
            count++;
        }
    }
    return count;
}
