/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_JSON_OUT_ERRORS_H
#define LEDGER_CODEC_JSON_OUT_ERRORS_H

/* Errors as JSON. */

#include "ledger/codec/errors.h"
#include "ledger/codec/json_out.h"

/* json_out_detail writes the error object of decision D31: error, field, line, rule, clause, limit,
 * hint, each only where it is not empty. json_out_errors writes the first one's, then errors[]
 * where there is more than one. Nothing found writes null. */
void json_out_detail(struct json_out *out, const struct err_detail *detail);
void json_out_errors(struct json_out *out, const struct errors *errors);

#endif
