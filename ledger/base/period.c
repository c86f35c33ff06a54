/* SPDX-License-Identifier: Apache-2.0 */
/* Days from civil dates are counted in 400-year eras that begin on the first of March, so that the
 * leap day is the last day of a year and needs no case of its own. */
#include "ledger/base/period.h"

#include <assert.h>

static bool digits(uint32_t *out, struct bytes text, size_t at, size_t count)
{
    uint32_t value = 0;
    if (at + count > text.size) {
        return false;
    }
    for (size_t i = at; i < at + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *out = value;
    return true;
}

static void put_digits(char *out, uint32_t value, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        out[i - 1] = (char)('0' + (int)(value % 10));
        value /= 10;
    }
}

static uint32_t months_of(enum cadence cadence)
{
    switch (cadence) {
    case CADENCE_MONTH:
        return 1;
    case CADENCE_QUARTER:
        return 3;
    case CADENCE_YEAR:
        return 12;
    }
    return 1;
}

static uint32_t first_month(struct period period)
{
    return period.number * months_of(period.cadence);
}

enum err period_parse(struct period *out, struct bytes text)
{
    assert(out != NULL);
    uint32_t year = 0;
    uint32_t part = 0;
    if (!digits(&year, text, 0, 4)) {
        return ERR_TYPE;
    }
    struct period found = {.cadence = CADENCE_YEAR, .number = 0};
    if (text.size == 7 && text.data[4] == '-' && text.data[5] == 'Q') {
        found.cadence = CADENCE_QUARTER;
        if (!digits(&part, text, 6, 1)) {
            return ERR_TYPE;
        }
    } else if (text.size == 7 && text.data[4] == '-') {
        found.cadence = CADENCE_MONTH;
        if (!digits(&part, text, 5, 2)) {
            return ERR_TYPE;
        }
    } else if (text.size == 4) {
        part = 1;
    } else {
        return ERR_TYPE;
    }
    const uint32_t parts = 12 / months_of(found.cadence);
    if (year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX || part < 1 || part > parts) {
        return ERR_RANGE;
    }
    found.number = (year - PERIOD_YEAR_MIN) * parts + part - 1;
    *out = found;
    return OK;
}

void period_text(char *out, struct period period)
{
    assert(out != NULL);
    const uint32_t month = first_month(period);
    put_digits(out, PERIOD_YEAR_MIN + month / 12, 4);
    size_t at = 4;
    if (period.cadence == CADENCE_MONTH) {
        out[at++] = '-';
        put_digits(out + at, month % 12 + 1, 2);
        at += 2;
    } else if (period.cadence == CADENCE_QUARTER) {
        out[at++] = '-';
        out[at++] = 'Q';
        put_digits(out + at, month % 12 / 3 + 1, 1);
        at += 1;
    }
    out[at] = '\0';
}

bool period_equal(struct period a, struct period b)
{
    return a.cadence == b.cadence && a.number == b.number;
}

uint32_t period_year(struct period period)
{
    return PERIOD_YEAR_MIN + first_month(period) / 12;
}

static struct date month_start(uint32_t month)
{
    return (struct date){
        .year = (int32_t)(PERIOD_YEAR_MIN + month / 12), .month = month % 12 + 1, .day = 1};
}

struct date period_first_day(struct period period)
{
    return month_start(first_month(period));
}

struct date period_next_first_day(struct period period)
{
    return month_start(first_month(period) + months_of(period.cadence));
}

uint32_t period_days(struct period period)
{
    const int64_t days =
        date_to_days(period_next_first_day(period)) - date_to_days(period_first_day(period));
    assert(days >= 28);
    return (uint32_t)days;
}

bool period_contains_month(struct period period, struct period month)
{
    if (month.cadence != CADENCE_MONTH) {
        return false;
    }
    const uint32_t first = first_month(period);
    return month.number >= first && month.number < first + months_of(period.cadence);
}

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

uint32_t month_days(int32_t year, uint32_t month)
{
    static const uint32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1);
    assert(month <= 12);
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

int64_t date_to_days(struct date date)
{
    assert(date.month >= 1);
    assert(date.month <= 12);
    const int64_t year = date.month > 2 ? date.year : (int64_t)date.year - 1;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    const int64_t day_of_year = (153 * month + 2) / 5 + (int64_t)date.day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct date date_of_days(int64_t days)
{
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    const struct date date = {.year = (int32_t)(year_of_era + era * 400 + (month >= 10 ? 1 : 0)),
                              .month = (uint32_t)(month < 10 ? month + 3 : month - 9),
                              .day = (uint32_t)(day_of_year - (153 * month + 2) / 5 + 1)};
    return date;
}

enum err date_parse(struct date *out, struct bytes text)
{
    assert(out != NULL);
    uint32_t year = 0;
    uint32_t month = 0;
    uint32_t day = 0;
    if (text.size != 10 || text.data[4] != '-' || text.data[7] != '-' ||
        !digits(&year, text, 0, 4) || !digits(&month, text, 5, 2) || !digits(&day, text, 8, 2)) {
        return ERR_TYPE;
    }
    if (year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > month_days((int32_t)year, month)) {
        return ERR_RANGE;
    }
    *out = (struct date){.year = (int32_t)year, .month = month, .day = day};
    return OK;
}

void date_text(char *out, struct date date)
{
    assert(date.year >= 0);
    assert(date.year <= 9999);
    put_digits(out, (uint32_t)date.year, 4);
    out[4] = '-';
    put_digits(out + 5, date.month, 2);
    out[7] = '-';
    put_digits(out + 8, date.day, 2);
    out[10] = '\0';
}

static uint64_t instant_ms(struct date date, int32_t utc_offset_minutes)
{
    assert(utc_offset_minutes >= -1440);
    assert(utc_offset_minutes <= 1440);
    const int64_t ms = date_to_days(date) * (int64_t)DAY_MS - (int64_t)utc_offset_minutes * 60000;
    return ms < 0 ? 0 : (uint64_t)ms;
}

uint64_t period_end_ms(struct period period, int32_t utc_offset_minutes)
{
    return instant_ms(period_next_first_day(period), utc_offset_minutes);
}

uint64_t period_start_ms(struct period period, int32_t utc_offset_minutes)
{
    return instant_ms(period_first_day(period), utc_offset_minutes);
}

uint64_t deadline_ms(struct period period, int32_t utc_offset_minutes, uint32_t days)
{
    return period_end_ms(period, utc_offset_minutes) + (uint64_t)days * DAY_MS;
}

uint32_t days_late(uint64_t time_ms, uint64_t deadline)
{
    if (time_ms < deadline) {
        return 0;
    }
    const uint64_t begun = (time_ms - deadline) / DAY_MS + 1;
    return begun > UINT32_MAX ? UINT32_MAX : (uint32_t)begun;
}

void time_text(char *out, uint64_t time_ms)
{
    const uint64_t last = UINT64_C(253402300799999);
    const uint64_t time = time_ms > last ? last : time_ms;
    const uint32_t in_day = (uint32_t)(time % DAY_MS);
    date_text(out, date_of_days((int64_t)(time / DAY_MS)));
    out[10] = 'T';
    put_digits(out + 11, in_day / 3600000, 2);
    out[13] = ':';
    put_digits(out + 14, in_day / 60000 % 60, 2);
    out[16] = ':';
    put_digits(out + 17, in_day / 1000 % 60, 2);
    out[19] = '.';
    put_digits(out + 20, in_day % 1000, 3);
    out[23] = 'Z';
    out[24] = '\0';
}

static bool parse_offset(int64_t *minutes, struct bytes text, size_t at)
{
    uint32_t hour = 0;
    uint32_t minute = 0;
    if (at + 1 == text.size && text.data[at] == 'Z') {
        *minutes = 0;
        return true;
    }
    if (at + 6 != text.size || (text.data[at] != '+' && text.data[at] != '-') ||
        text.data[at + 3] != ':' || !digits(&hour, text, at + 1, 2) ||
        !digits(&minute, text, at + 4, 2) || hour > 23 || minute > 59) {
        return false;
    }
    const int64_t total = (int64_t)hour * 60 + (int64_t)minute;
    *minutes = text.data[at] == '-' ? -total : total;
    return true;
}

enum err time_parse(uint64_t *out, struct bytes text)
{
    assert(out != NULL);
    struct date date;
    uint32_t hour = 0;
    uint32_t minute = 0;
    uint32_t second = 0;
    if (text.size < 20 || text.data[10] != 'T' || text.data[13] != ':' || text.data[16] != ':' ||
        !digits(&hour, text, 11, 2) || !digits(&minute, text, 14, 2) ||
        !digits(&second, text, 17, 2)) {
        return ERR_TYPE;
    }
    const enum err err = date_parse(&date, bytes_of(text.data, 10));
    if (err != OK) {
        return err;
    }
    size_t at = 19;
    uint32_t millis = 0;
    if (text.data[at] == '.') {
        uint32_t weight = 100;
        for (at++; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++) {
            if (weight == 0) {
                return ERR_TYPE;
            }
            millis += (uint32_t)(text.data[at] - '0') * weight;
            weight /= 10;
        }
        if (weight == 100) {
            return ERR_TYPE;
        }
    }
    int64_t offset = 0;
    if (!parse_offset(&offset, text, at)) {
        return ERR_TYPE;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return ERR_RANGE;
    }
    const int64_t seconds = date_to_days(date) * 86400 + (int64_t)hour * 3600 +
                            (int64_t)minute * 60 + (int64_t)second - offset * 60;
    if (seconds < 0) {
        return ERR_RANGE;
    }
    *out = (uint64_t)seconds * 1000 + millis;
    return OK;
}
