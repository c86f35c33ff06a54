/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_UNITS_TEXT_H
#define API_UNITS_TEXT_H

/* What an answer about units means, in sentences for the person who has to act: whole tonnes with
 * their thousands apart, money in the currency of the scheme, days as the scheme names them.
 * Programs read the numbers beside them. */

#include "ledger/codec/json_out.h"
#include "ledger/query/compliance.h"
#include "ledger/query/reconcile.h"

#define UNITS_AMOUNT_SIZE 32

/* units_text_amount writes 1234567 as "1,234,567"; units_text_money 0.01 of a currency as
 * "12,345.67". */
void units_text_amount(char out[UNITS_AMOUNT_SIZE], int64_t amount);
void units_text_money(char out[UNITS_AMOUNT_SIZE], int64_t fen);

/* units_text_compliance writes "explanation": why the year has its status, what is missing by when,
 * what it was raised by; with inside also what is proposed and what the gap could cost [KSSJ 8a].
 */
void units_text_compliance(struct json_out *out, const struct compliance_answer *answer,
                           bool inside);

/* units_text_plan writes "summary": need, mix, money, what it saves, and which limit binds; and
 * "reasons", one sentence for each choice [KSSJ 8b]. */
void units_text_plan(struct json_out *out, const struct plan_answer *answer);

/* units_text_difference writes "text": what two registries say of the same units. */
void units_text_difference(struct json_out *out, const struct reconcile_difference *difference);

#endif
