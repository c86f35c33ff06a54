/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_COMPLIANCE_PLAN_H
#define LEDGER_REGISTRY_COMPLIANCE_PLAN_H

/* How an obligation is met at the least cost: own allowances, own and bought offsets under the cap,
 * bought allowances; what is left is carried or sold, so that nothing lapses [KSSJ 8b]. Nothing is
 * bought to be kept or sold again. Pure, exact integers (tonnes, fen); the same question has the
 * same answer everywhere. */

#include "ledger/accounting/obligation.h"

#define PLAN_HOLDINGS_MAX 256
#define PLAN_REASONS_MAX 12
/* A carry-over ratio has parts of at most this; the search looks around its period. */
#define PLAN_RATIO_MAX 1000
#define PLAN_FEN_MAX INT64_C(100000000000) /* price of one unit */
#define PLAN_TONNES_MAX INT64_C(1000000000000) /* any one amount */

/* Units that may be used for the year (vintage and eligibility were asked before). */
struct plan_holding {
    bool offset; /* else an allowance */
    uint32_t vintage;
    int64_t available_t;
};

struct plan_prices {
    int64_t allowance_fen;
    int64_t offset_fen;
    int64_t carried_fen; /* what a carried allowance is worth; most often allowance_fen */
};

struct plan_input {
    int64_t obligation_t; /* so far and forecast */
    int64_t surrendered_allowances_t;
    int64_t surrendered_offsets_t;
    uint32_t offset_cap_bp; /* 0 where the scheme takes none */
    bool carry; /* may anything be carried at all? */
    struct carry_rule carry_rule;
    int64_t sold_t; /* in the period that counts for carry-over */
    int64_t bought_t;
    struct plan_prices prices;
    const struct plan_holding *holdings; /* ascending by vintage: the oldest are used first */
    size_t count;
};

/* Why the mix is what it is; a and b are the numbers of the sentence. */
enum plan_why {
    PLAN_COVERED, /* a t needed, nothing left to do */
    PLAN_OFFSETS_CHEAPER, /* offset at a fen below the b fen an allowance is worth */
    PLAN_OFFSETS_DEARER, /* offset at a fen not below b fen */
    PLAN_CAP_REACHED, /* offsets end at the cap: a t of b t */
    PLAN_NO_OFFSETS, /* the scheme takes none */
    PLAN_OLDEST_FIRST, /* a t of own allowances, vintage b first: the oldest lapse first */
    PLAN_BUY_ALLOWANCES, /* a t are short, b fen each */
    PLAN_BUY_OFFSETS, /* a t beyond the own ones, b fen each */
    PLAN_CARRY, /* a t carried, limit b t */
    PLAN_SELL, /* a t would lapse beyond the limit, or are worth more sold, at b fen */
    PLAN_NO_CARRY /* a t cannot be carried in this scheme */
};

struct plan_reason {
    enum plan_why why;
    int64_t a;
    int64_t b;
};

struct plan {
    int64_t need_t; /* obligation less what was surrendered */
    int64_t cap_t; /* of the whole obligation */
    int64_t cap_left_t;
    int64_t own_allowances_t; /* used */
    int64_t own_offsets_t;
    int64_t buy_allowances_t;
    int64_t buy_offsets_t;
    int64_t sell_allowances_t;
    int64_t carry_limit_t; /* after the sale and the purchase */
    int64_t carry_t;
    int64_t pay_fen; /* for what is bought */
    int64_t receive_fen; /* for what is sold */
    int64_t cost_fen; /* the whole: bought, own offsets at their price, less sold and carried */
    int64_t without_offsets_fen; /* cost of the best plan without any offset, to compare */
    int64_t use_t[PLAN_HOLDINGS_MAX]; /* of each holding, in their order */
    struct plan_reason reasons[PLAN_REASONS_MAX];
    size_t reason_count;
};

/* plan_make. Among plans of equal cost the one with the least trading, then with the fewest
 * offsets. ERR_NEG for a negative amount or price, ERR_RANGE beyond the bounds above. */
enum err NODISCARD plan_make(struct plan *out, const struct plan_input *in);

const char *plan_why_name(enum plan_why why);

#endif
