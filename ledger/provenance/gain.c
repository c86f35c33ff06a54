/* SPDX-License-Identifier: Apache-2.0 */
/* All in integers and rounded up, so that the bound holds to the kilogram. */

#include "ledger/provenance/gain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static int64_t least(__int128 a, __int128 b)
{
    return (int64_t)(a < b ? a : b);
}

int64_t gain_part(const Seam__LotRecord *lot, int64_t kg)
{
    assert(kg >= 0 && kg <= lot->qty_kg);
    if (kg == 0 || lot->carried_gain_kg == 0) {
        return 0;
    }
    return (int64_t)(((__int128)lot->carried_gain_kg * kg + lot->qty_kg - 1) / lot->qty_kg);
}

__int128 gain_dry(const Seam__LotRecord *lot, int64_t kg)
{
    return (__int128)gain_part(lot, kg) * (FRACTION_ONE - lot->moisture_e4);
}

int64_t gain_room(const Seam__LotRecord *lot, struct dec tolerance)
{
    const __int128 mined = lot->qty_kg - lot->carried_gain_kg;
    const __int128 most = mined * tolerance.m / (__int128)dec_power(tolerance.s);
    return most > lot->carried_gain_kg ? (int64_t)(most - lot->carried_gain_kg) : 0;
}

enum judgement gain_tolerance(struct event *event, struct dec *out, const char *key)
{
    struct dec tolerance = {0, 0};
    struct dec ever = {0, 0};
    enum judgement judgement = event_value(event, &tolerance, key);
    if (judgement == JUDGE_OK) {
        judgement = event_value(event, &ever, "gain.most");
    }
    if (judgement == JUDGE_OK) {
        *out = dec_compare(tolerance, ever) < 0 ? tolerance : ever;
    }
    return judgement;
}

void gain_shrink(Seam__LotRecord *lot, int64_t kg)
{
    const int64_t gain = lot->carried_gain_kg;
    (void)event_reduce(lot, kg);
    lot->carried_gain_kg = gain > kg ? gain - kg : 0;
}

enum judgement gain_mix(struct event *event, __int128 *out, const struct balance *balance,
                        __int128 gain_dg, const char *field)
{
    struct dec ever = {0, 0};
    const __int128 appeared = -balance_difference(balance, BALANCE_DRY);
    const __int128 gain = gain_dg + appeared > 0 ? gain_dg + appeared : 0;
    const enum judgement judgement = event_value(event, &ever, "gain.most");
    *out = gain;
    if (judgement != JUDGE_OK || appeared <= 0) {
        return judgement;
    }
    const __int128 mined = balance->in.dry_dg > gain_dg ? balance->in.dry_dg - gain_dg : 0;
    if (balance_within(gain, mined, ever)) {
        return JUDGE_OK;
    }
    const __int128 most = mined * ever.m / (__int128)dec_power(ever.s);
    char limit[64];
    char amount[MASS_TEXT_SIZE];
    char text[DEC_TEXT_SIZE];
    char hint[160];
    mass_text(amount, (balance->in.dry_dg + (most > gain_dg ? most - gain_dg : 0)) / 10000);
    (void)snprintf(limit, sizeof limit, "DRY %s", amount);
    mass_text(amount, balance_kg(gain, BALANCE_DRY));
    dec_text(text, ever);
    (void)snprintf(hint, sizeof hint,
                   "with it %s were gained, here and in the ancestors; %s of what was mined is the "
                   "most",
                   amount, text);
    return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "V11", limit, hint);
}

int64_t gain_share(int64_t kg, __int128 gain_dg, __int128 dry_dg)
{
    if (gain_dg <= 0 || dry_dg <= 0) {
        return 0;
    }
    return least((kg * gain_dg + dry_dg - 1) / dry_dg, kg);
}
