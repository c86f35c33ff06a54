/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_BOUND_H
#define LEDGER_ACCOUNTING_BOUND_H

/* Bounds of what people type, by field and unit [methodology 10.5, D36]. One table for every code
 * and every set; a formula says which units it takes, never how large a number may be. */

#include "ledger/base/dec.h"

struct bound {
    const char *field; /* name in the message, or of what many fields share */
    const char *unit; /* "1" for bare fractions and counts */
    const char *min;
    const char *max;
    uint8_t decimals;
    bool fraction; /* a value above 1 and up to 100 is E_PERCENT, never guessed */
};

/* bound_find gives the row of a quantity in a unit; NULL when there is none, which is a mistake in
 * a formula. Names are those of fields, or of what many fields share: fraction, volume_gas. */
const struct bound *bound_find(const char *field, const char *unit);

/* bound_check reads text and holds it against the row. On failure limit says what would have been
 * accepted. ERR_MISSING for an empty text, ERR_DEC, ERR_RANGE,
 * ERR_PERCENT. */
enum err NODISCARD bound_check(struct dec *out, const struct bound *bound, const char *text,
                               char *limit, size_t limit_size);

/* The table itself, for documentation and for the property test of every limit. */
const struct bound *bound_rows(size_t *count);

#endif
