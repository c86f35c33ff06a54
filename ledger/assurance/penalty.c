/* SPDX-License-Identifier: Apache-2.0 */
/* Products in 128 bits; what leaves 64 is an error, never a smaller number. */

#include "ledger/assurance/penalty.h"

__extension__ typedef __int128 int128;

#define WHOLE_BP 10000

const struct penalty_rule penalty_decree_775 = {
    .times_min = 5, .times_max = 10, .cut_min_bp = 5000, .cut_max_bp = 10000};

enum err penalty_average_price(int64_t *fen_per_t, const int64_t *volume_t,
                               const int64_t *close_fen, size_t count)
{
    int128 volume = 0;
    int128 value = 0;
    for (size_t i = 0; i < count; i++) {
        if (volume_t[i] < 0 || close_fen[i] < 0) {
            return ERR_NEG;
        }
        int128 product = 0;
        if (__builtin_mul_overflow((int128)volume_t[i], (int128)close_fen[i], &product) ||
            __builtin_add_overflow(value, product, &value)) {
            return ERR_RANGE;
        }
        volume += volume_t[i];
    }
    if (volume == 0) {
        return ERR_ABSENT;
    }
    const int128 half_up = value % volume * 2 >= volume ? 1 : 0;
    *fen_per_t = (int64_t)(value / volume + half_up);
    return OK;
}

static bool times(int64_t *out, int128 basis, uint32_t factor)
{
    const int128 product = basis * factor;
    if (product > INT64_MAX) {
        return false;
    }
    *out = (int64_t)product;
    return true;
}

/* basis = amount x price, and its multiples. */
static enum err multiples(struct penalty *out, const struct penalty_rule *rule, int64_t amount,
                          int64_t price)
{
    const int128 basis = (int128)amount * price;
    struct penalty found = {.cut_low = tonnes_of(0), .cut_high = tonnes_of(0)};
    if (basis > INT64_MAX || !times(&found.low_fen, basis, rule->times_min) ||
        !times(&found.high_fen, basis, rule->times_max)) {
        return ERR_RANGE;
    }
    found.basis_fen = (int64_t)basis;
    *out = found;
    return OK;
}

enum err penalty_shortfall(struct penalty *out, const struct penalty_rule *rule,
                           struct tonnes obligation, struct tonnes surrendered,
                           int64_t price_fen_per_t)
{
    const int64_t owed = tonnes_value(obligation);
    const int64_t given = tonnes_value(surrendered);
    if (owed < 0 || given < 0 || price_fen_per_t < 0) {
        return ERR_NEG;
    }
    const enum err err = multiples(out, rule, owed > given ? owed - given : 0, price_fen_per_t);
    if (err == OK) {
        out->rule = PENALTY_RULE_SHORTFALL;
    }
    return err;
}

static struct tonnes share_up(int64_t amount, uint32_t bp)
{
    return tonnes_of((int64_t)(((int128)amount * bp + WHOLE_BP - 1) / WHOLE_BP));
}

enum err penalty_falsification(struct penalty *out, const struct penalty_rule *rule,
                               struct tonnes reported, struct tonnes verified,
                               int64_t price_fen_per_t, struct tonnes next_allocation)
{
    const int64_t less = tonnes_value(reported);
    const int64_t more = tonnes_value(verified);
    const int64_t next = tonnes_value(next_allocation);
    if (less < 0 || more < 0 || next < 0 || price_fen_per_t < 0) {
        return ERR_NEG;
    }
    if (rule->cut_max_bp > WHOLE_BP || rule->cut_min_bp > rule->cut_max_bp) {
        return ERR_RANGE;
    }
    const bool gained = more > less;
    const enum err err = multiples(out, rule, gained ? more - less : 0, price_fen_per_t);
    if (err == OK) {
        out->rule = PENALTY_RULE_FALSIFICATION;
        out->cut_low = gained ? share_up(next, rule->cut_min_bp) : tonnes_of(0);
        out->cut_high = gained ? share_up(next, rule->cut_max_bp) : tonnes_of(0);
    }
    return err;
}
