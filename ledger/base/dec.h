/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_DEC_H
#define LEDGER_BASE_DEC_H

/* A decimal as people type it, exact: value = m * 10^-s [methodology 10.2]. Canonical: no trailing
 * zero in m, s = 0 where m = 0, so equal values have equal members. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define DEC_DIGITS 18 /* most significant digits of a typed decimal */
#define DEC_DECIMALS 9 /* most digits after the point */
#define DEC_TEXT_SIZE 24 /* sign, 19 digits, point, leading zero, NUL */

struct dec {
    int64_t m;
    uint8_t s;
};

/* dec_parse reads '-'? digits ('.' digits)? without exponent, '+', superfluous leading zero or
 * negative zero; at most DEC_DIGITS significant digits and DEC_DECIMALS after the point. ERR_DEC;
 * out is then untouched. */
enum err NODISCARD dec_parse(struct dec *out, struct bytes text);

/* dec_typed_decimals counts the digits after the point as typed, trailing zeros included; the text
 * must have been accepted by dec_parse. Half a unit of that digit is what rounding may hide. */
uint8_t dec_typed_decimals(struct bytes text);

/* dec_of gives value * 10^-decimals; decimals at most DEC_DECIMALS. */
struct dec dec_of(int64_t value, uint8_t decimals);

/* dec_compare orders by value: <0, 0, >0. */
int dec_compare(struct dec a, struct dec b);

bool dec_is_zero(struct dec a);

/* dec_text writes the shortest text that parses back to the same value; out must hold
 * DEC_TEXT_SIZE. Returns its length. */
size_t dec_text(char *out, struct dec a);

/* dec_power is 10^exponent, exponent at most 18. */
uint64_t dec_power(unsigned exponent);

#endif
