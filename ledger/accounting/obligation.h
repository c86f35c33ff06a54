/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_OBLIGATION_H
#define LEDGER_ACCOUNTING_OBLIGATION_H

/* The integer rules by which an account's total becomes a duty: offset cap, carry-over, materiality
 * [methodology 7, (27), (28), (30)]. Pure; every number that a scheme may choose is a parameter. */

#include "ledger/base/err.h"
#include "ledger/base/qty.h"

/* Basis points: 10,000 are the whole. */
#define OBLIGATION_WHOLE_BP 10000

/* obligation_offset_cap is floor(obligation x cap_bp / 10,000): how much of an obligation offsets
 * may cover. ERR_NEG for a negative obligation, ERR_RANGE for cap_bp above the whole. */
enum err NODISCARD obligation_offset_cap(struct tonnes *out, struct tonnes obligation,
                                         uint32_t cap_bp);

/* What a scheme lets its members carry into the next period: base + ratio x net sales. */
struct carry_rule {
    struct tonnes base;
    uint32_t ratio_num;
    uint32_t ratio_den;
};

struct carry_over {
    struct tonnes net_sales; /* max(0, sold - bought) */
    struct tonnes limit; /* base + floor(net_sales x ratio) */
    struct tonnes carried; /* min(balance, limit) */
    struct tonnes lapsed; /* balance - carried */
};

/* obligation_carry_over: balance is what is left after surrender. ERR_NEG for a negative amount,
 * ERR_RANGE for a ratio without denominator or where the limit leaves 64 bits. */
enum err NODISCARD obligation_carry_over(struct carry_over *out, const struct carry_rule *rule,
                                         struct tonnes balance, struct tonnes sold,
                                         struct tonnes bought);

/* obligation_material: |reported - verified| x 10,000 > threshold_bp x verified, strictly. The
 * comparison is exact for all 64-bit amounts. */
bool obligation_material(struct grams reported, struct grams verified, uint32_t threshold_bp);

#endif
