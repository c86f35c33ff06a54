/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_SPELL_H
#define LEDGER_CODEC_SPELL_H

/* Exact spellings of values inside messages and JSON: decimals (methodology 10.2), ids, periods,
 * dates and instants. One value has one spelling, except trailing zeros of decimals, which people
 * type on purpose. Nothing here computes; amounts are computed in base/dec. */

#include "ledger/base/bytes.h"

/* A decimal: optional '-', at least one digit, no superfluous leading zero, optional '.' with one
 * to nine digits; at most 18 significant digits; "-0" is refused. places may be NULL. */
bool NODISCARD spell_decimal(const char *text, uint32_t *places);

/* spell_decimal_compare orders two valid decimals by value: <0, 0, >0. */
int spell_decimal_compare(const char *a, const char *b);

/* spell_id accepts a-z 0-9, then also . _ -, 1 to LIMIT_ID_TEXT characters; with capitals also A-Z,
 * as parameter sets and factors are named. */
bool NODISCARD spell_id(const char *text, bool capitals);

/* spell_in_list says whether text is one of the entries of a comma separated list. */
bool NODISCARD spell_in_list(const char *text, const char *list);

bool NODISCARD spell_period(const char *text); /* YYYY-MM, YYYY or YYYY-Qn */
bool NODISCARD spell_date(const char *text); /* YYYY-MM-DD of the Gregorian calendar */

/* An instant in milliseconds since 1970 UTC as RFC 3339 in UTC: 2026-10-01T00:00:00Z, with .mmm
 * only where it is not zero. spell_time_write needs SPELL_TIME_SIZE bytes; instants after year 9999
 * are written as that year's last millisecond. */
#define SPELL_TIME_SIZE 32
void spell_time_write(char out[SPELL_TIME_SIZE], uint64_t time_ms);
bool NODISCARD spell_time_read(uint64_t *time_ms, const char *text);

#endif
