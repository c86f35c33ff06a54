/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_PENALTY_H
#define LEDGER_ASSURANCE_PENALTY_H

/* What a shortfall or a falsification could cost [domain F8]: a disclosure, never a decision. Money
 * is in fen (0.01 of the currency), prices in fen a tonne. Pure. */

#include "ledger/base/qty.h"

/* Named with every figure. */
#define PENALTY_RULE_SHORTFALL "Decree 775 Art. 24"
#define PENALTY_RULE_FALSIFICATION "Decree 775 Art. 22"

struct penalty_rule {
    uint32_t times_min; /* 5 */
    uint32_t times_max; /* 10 */
    uint32_t cut_min_bp; /* 5,000: of the next allocation */
    uint32_t cut_max_bp; /* 10,000 */
};

/* The numbers of the decree. */
extern const struct penalty_rule penalty_decree_775;

struct penalty {
    const char *rule; /* PENALTY_RULE_... */
    int64_t basis_fen; /* shortfall x price, or the illegal gain */
    int64_t low_fen; /* basis x times_min */
    int64_t high_fen; /* basis x times_max */
    struct tonnes cut_low; /* of the next allocation; 0 for a shortfall */
    struct tonnes cut_high;
};

/* penalty_average_price is the volume-weighted mean of closing prices, half away from zero: of the
 * month before the deadline [Art. 24]. ERR_ABSENT without any volume, ERR_NEG, ERR_RANGE. */
enum err NODISCARD penalty_average_price(int64_t *fen_per_t, const int64_t *volume_t,
                                         const int64_t *close_fen, size_t count);

/* penalty_shortfall: max(0, obligation - surrendered) x average price, 5 to 10 times. ERR_NEG,
 * ERR_RANGE where it leaves 64 bits. */
enum err NODISCARD penalty_shortfall(struct penalty *out, const struct penalty_rule *rule,
                                     struct tonnes obligation, struct tonnes surrendered,
                                     int64_t price_fen_per_t);

/* penalty_falsification: what was reported too low, at the average price, is the illegal gain; 5 to
 * 10 times, and 50 to 100 % of the next allocation (rounded up: the exposure is never shown too
 * small). Nothing where reported is not below verified. */
enum err NODISCARD penalty_falsification(struct penalty *out, const struct penalty_rule *rule,
                                         struct tonnes reported, struct tonnes verified,
                                         int64_t price_fen_per_t, struct tonnes next_allocation);

#endif
