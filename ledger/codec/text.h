/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_TEXT_H
#define LEDGER_CODEC_TEXT_H

/* Exact spellings of values inside messages and JSON: decimals (methodology 10.2), ids, periods,
 * dates and instants. One value has one spelling, except trailing zeros of decimals, which people
 * type on purpose. Nothing here computes; amounts are computed in base/dec. */

#include "ledger/base/bytes.h"

/* A decimal: optional '-', at least one digit, no superfluous leading zero, optional '.' with one
 * to nine digits; at most 18 significant digits; "-0" is refused. places may be NULL. */
bool NODISCARD text_decimal(const char *text, uint32_t *places);

/* text_decimal_compare orders two valid decimals by value: <0, 0, >0. */
int text_decimal_compare(const char *a, const char *b);

/* text_id accepts a-z 0-9, then also . _ -, 1 to LIMIT_ID_TEXT characters; capitals only for
 * parameter sets and codes. */
bool NODISCARD text_id(const char *text, bool capitals);

/* text_in_list says whether text is one of the entries of a comma separated list. */
bool NODISCARD text_in_list(const char *text, const char *list);

bool NODISCARD text_period(const char *text); /* YYYY-MM, YYYY or YYYY-Qn */
bool NODISCARD text_date(const char *text);   /* YYYY-MM-DD of the Gregorian calendar */

/* An instant in milliseconds since 1970 UTC as RFC 3339 in UTC: 2026-10-01T00:00:00Z, with .mmm
 * only where it is not zero. text_time_write needs TEXT_TIME_SIZE bytes; instants after year 9999
 * are written as that year's last millisecond. */
#define TEXT_TIME_SIZE 32
void text_time_write(char out[TEXT_TIME_SIZE], uint64_t time_ms);
bool NODISCARD text_time_read(uint64_t *time_ms, const char *text);

#endif
