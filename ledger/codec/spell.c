/* SPDX-License-Identifier: Apache-2.0 */
/* Spellings are checked character by character; decimals are compared as texts, so no precision is
 * ever lost. Days are counted with the civil calendar shifted to begin in March. */

#include "ledger/codec/spell.h"

#include "ledger/base/limits.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define DECIMAL_DIGITS 18
#define DECIMAL_PLACES 9

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static size_t digits_at(const char *text)
{
    size_t count = 0;
    while (is_digit(text[count])) {
        count++;
    }
    return count;
}

bool spell_decimal(const char *text, uint32_t *places)
{
    const bool negative = text[0] == '-';
    const char *whole = text + (negative ? 1 : 0);
    const size_t whole_count = digits_at(whole);
    if (whole_count == 0 || whole_count > DECIMAL_DIGITS || (whole[0] == '0' && whole_count > 1)) {
        return false;
    }
    const char *rest = whole + whole_count;
    size_t fraction_count = 0;
    if (*rest == '.') {
        fraction_count = digits_at(rest + 1);
        if (fraction_count == 0 || fraction_count > DECIMAL_PLACES) {
            return false;
        }
        rest += 1 + fraction_count;
    }
    if (*rest != '\0') {
        return false;
    }
    const size_t significant = (whole[0] == '0' ? 0 : whole_count) + fraction_count;
    if (significant > DECIMAL_DIGITS) {
        return false;
    }
    if (negative && strspn(whole, "0.") == strlen(whole)) {
        return false;
    }
    if (places != NULL) {
        *places = (uint32_t)fraction_count;
    }
    return true;
}

/* Compares two non-negative decimals. */
static int compare_magnitude(const char *a, const char *b)
{
    const size_t a_whole = digits_at(a);
    const size_t b_whole = digits_at(b);
    if (a_whole != b_whole) {
        return a_whole < b_whole ? -1 : 1;
    }
    const int whole = memcmp(a, b, a_whole);
    if (whole != 0) {
        return whole;
    }
    a += a_whole + (a[a_whole] == '.' ? 1 : 0);
    b += b_whole + (b[b_whole] == '.' ? 1 : 0);
    for (size_t i = 0; i < DECIMAL_PLACES && (*a != '\0' || *b != '\0'); i++) {
        const char a_digit = *a != '\0' ? *a++ : '0';
        const char b_digit = *b != '\0' ? *b++ : '0';
        if (a_digit != b_digit) {
            return a_digit < b_digit ? -1 : 1;
        }
    }
    return 0;
}

int spell_decimal_compare(const char *a, const char *b)
{
    assert(spell_decimal(a, NULL));
    assert(spell_decimal(b, NULL));
    const bool a_negative = a[0] == '-';
    const bool b_negative = b[0] == '-';
    if (a_negative != b_negative) {
        return a_negative ? -1 : 1;
    }
    return a_negative ? compare_magnitude(b + 1, a + 1) : compare_magnitude(a, b);
}

bool spell_id(const char *text, bool capitals)
{
    size_t size = 0;
    for (; text[size] != '\0'; size++) {
        const char character = text[size];
        const bool word = is_digit(character) || (character >= 'a' && character <= 'z') ||
                          (capitals && character >= 'A' && character <= 'Z');
        const bool mark = character == '.' || character == '_' || character == '-';
        if (size == LIMIT_ID_TEXT || (!word && (!mark || size == 0))) {
            return false;
        }
    }
    return size > 0;
}

bool spell_in_list(const char *text, const char *list)
{
    const size_t size = strlen(text);
    while (*list != '\0') {
        while (*list == ',' || *list == ' ') {
            list++;
        }
        size_t entry = 0;
        while (list[entry] != '\0' && list[entry] != ',') {
            entry++;
        }
        if (entry == size && size > 0 && memcmp(list, text, size) == 0) {
            return true;
        }
        list += entry;
    }
    return false;
}

/* Reads exactly count digits. */
static bool number_at(uint32_t *out, const char *text, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

bool spell_period(const char *text)
{
    const size_t size = strlen(text);
    uint32_t year = 0;
    uint32_t part = 0;
    if (size < 4 || !number_at(&year, text, 4) || year < 1900 || year > 2999) {
        return false;
    }
    if (size == 4) {
        return true;
    }
    if (size != 7 || text[4] != '-') {
        return false;
    }
    if (text[5] == 'Q') {
        return text[6] >= '1' && text[6] <= '4';
    }
    return number_at(&part, text + 5, 2) && part >= 1 && part <= 12;
}

static uint32_t days_in_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1);
    assert(month <= 12);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

struct civil {
    uint32_t year;
    uint32_t month;
    uint32_t day;
};

/* Reads YYYY-MM-DD at the start of text. */
static bool read_date(struct civil *out, const char *text)
{
    if (strlen(text) < 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    struct civil date = {0, 0, 0};
    if (!number_at(&date.year, text, 4) || !number_at(&date.month, text + 5, 2) ||
        !number_at(&date.day, text + 8, 2)) {
        return false;
    }
    if (date.year < 1900 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_in_month(date.year, date.month)) {
        return false;
    }
    *out = date;
    return true;
}

bool spell_date(const char *text)
{
    struct civil date;
    return strlen(text) == 10 && read_date(&date, text);
}

/* Days from 1970-01-01, for dates from 1970 on. */
static uint64_t days_of(struct civil date)
{
    const uint64_t year = date.month <= 2 ? date.year - 1 : date.year;
    const uint64_t month = date.month <= 2 ? date.month + 9 : date.month - 3;
    const uint64_t in_year = (153 * month + 2) / 5 + date.day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + in_year - 719468;
}

static struct civil civil_of(uint64_t days)
{
    const uint64_t shifted = days + 719468;
    const uint64_t era = shifted / 146097;
    const uint64_t in_era = shifted % 146097;
    const uint64_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    const uint64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t month = (5 * in_year + 2) / 153;
    const struct civil date = {
        .year = (uint32_t)(year_of_era + era * 400 + (month >= 10 ? 1 : 0)),
        .month = (uint32_t)(month < 10 ? month + 3 : month - 9),
        .day = (uint32_t)(in_year - (153 * month + 2) / 5 + 1),
    };
    return date;
}

#define DAY_MS UINT64_C(86400000)
#define LAST_MS (UINT64_C(253402300800) * 1000 - 1) /* 9999-12-31T23:59:59.999Z */

void spell_time_write(char out[SPELL_TIME_SIZE], uint64_t time_ms)
{
    const uint64_t time = time_ms > LAST_MS ? LAST_MS : time_ms;
    const struct civil date = civil_of(time / DAY_MS);
    const uint32_t in_day = (uint32_t)(time % DAY_MS);
    const uint32_t seconds = in_day / 1000;
    char fraction[8] = "";
    if (in_day % 1000 != 0) {
        snprintf(fraction, sizeof fraction, ".%03u", in_day % 1000);
    }
    snprintf(out, SPELL_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u%sZ", date.year % 10000,
             date.month, date.day, seconds / 3600, seconds / 60 % 60, seconds % 60, fraction);
}

bool spell_time_read(uint64_t *time_ms, const char *text)
{
    const size_t size = strlen(text);
    struct civil date;
    uint32_t hour = 0;
    uint32_t minute = 0;
    uint32_t second = 0;
    uint32_t ms = 0;
    if ((size != 20 && size != 24) || !read_date(&date, text) || date.year < 1970) {
        return false;
    }
    if (text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[size - 1] != 'Z') {
        return false;
    }
    if (!number_at(&hour, text + 11, 2) || !number_at(&minute, text + 14, 2) ||
        !number_at(&second, text + 17, 2) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    if (size == 24 && (text[19] != '.' || !number_at(&ms, text + 20, 3))) {
        return false;
    }
    *time_ms =
        days_of(date) * DAY_MS + (hour * 3600u + minute * 60u + second) * UINT64_C(1000) + ms;
    return true;
}
