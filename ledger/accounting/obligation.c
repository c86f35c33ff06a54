/* SPDX-License-Identifier: Apache-2.0 */
/* Products in 128 bits: a 64-bit amount times a 32-bit parameter always fits. Floors are the
 * conservative side: a cap or a limit is never rounded up. */

#include "ledger/accounting/obligation.h"

__extension__ typedef __int128 int128;

enum err obligation_offset_cap(struct tonnes *out, struct tonnes obligation, uint32_t cap_bp)
{
    const int64_t owed = tonnes_value(obligation);
    if (owed < 0) {
        return ERR_NEG;
    }
    if (cap_bp > OBLIGATION_WHOLE_BP) {
        return ERR_RANGE;
    }
    *out = tonnes_of((int64_t)((int128)owed * cap_bp / OBLIGATION_WHOLE_BP));
    return OK;
}

enum err obligation_carry_over(struct carry_over *out, const struct carry_rule *rule,
                               struct tonnes balance, struct tonnes sold, struct tonnes bought)
{
    const int64_t left = tonnes_value(balance);
    const int64_t base = tonnes_value(rule->base);
    if (left < 0 || base < 0 || tonnes_value(sold) < 0 || tonnes_value(bought) < 0) {
        return ERR_NEG;
    }
    if (rule->ratio_den == 0) {
        return ERR_RANGE;
    }
    const int64_t more = tonnes_value(sold) - tonnes_value(bought);
    const int64_t net = more > 0 ? more : 0;
    const int128 limit = base + (int128)net * rule->ratio_num / rule->ratio_den;
    if (limit > INT64_MAX) {
        return ERR_RANGE;
    }
    const int64_t carried = left < (int64_t)limit ? left : (int64_t)limit;
    out->net_sales = tonnes_of(net);
    out->limit = tonnes_of((int64_t)limit);
    out->carried = tonnes_of(carried);
    out->lapsed = tonnes_of(left - carried);
    return OK;
}

bool obligation_material(struct grams reported, struct grams verified, uint32_t threshold_bp)
{
    const int128 difference = (int128)grams_value(reported) - grams_value(verified);
    const int128 size = difference < 0 ? -difference : difference;
    return size * OBLIGATION_WHOLE_BP > (int128)threshold_bp * grams_value(verified);
}
