/* SPDX-License-Identifier: Apache-2.0 */
/* The sums are 128 bits wide: 10^18 units times a tolerance of nine decimals fits many times over.
 */

#include "ledger/provenance/balance.h"

#include <assert.h>

static __int128 amount(const struct masses *masses, enum balance_part part)
{
    switch (part) {
    case BALANCE_MASS:
        return masses->kg;
    case BALANCE_DRY:
        return masses->dry_dg;
    case BALANCE_ASH:
        return masses->ash_10ug;
    case BALANCE_CARBON:
        return masses->carbon_10ug;
    }
    assert(false);
    return 0;
}

__int128 balance_difference(const struct balance *balance, enum balance_part part)
{
    return amount(&balance->in, part) - amount(&balance->out, part) - amount(&balance->loss, part);
}

bool balance_within(__int128 magnitude, __int128 whole, struct dec tolerance)
{
    assert(magnitude >= 0 && whole >= 0 && tolerance.m >= 0);
    return magnitude * (__int128)dec_power(tolerance.s) <= whole * tolerance.m;
}

enum balance_verdict balance_judge(const struct balance *balance, enum balance_part part,
                                   struct dec tolerance)
{
    const __int128 difference = balance_difference(balance, part);
    const __int128 magnitude = difference < 0 ? -difference : difference;
    if (balance_within(magnitude, amount(&balance->in, part), tolerance)) {
        return BALANCE_HOLDS;
    }
    return difference < 0 ? BALANCE_EXCESS : BALANCE_DEFICIT;
}

__int128 balance_kg(__int128 value, enum balance_part part)
{
    const __int128 unit = part == BALANCE_MASS ? 1 : part == BALANCE_DRY ? 10000 : 100000000;
    return value < 0 ? (value - unit + 1) / unit : (value + unit - 1) / unit;
}

bool balance_measured(const struct balance *balance)
{
    return balance->in.has_carbon && balance->out.has_carbon && balance->loss.has_carbon;
}

void balance_record(Seam__LotBalance *out, const struct balance *balance)
{
    assert(balance->in.kg <= MASS_KG_MAX && balance->out.kg <= MASS_KG_MAX);
    assert(balance->loss.kg <= MASS_KG_MAX);
    seam__lot_balance__init(out);
    out->in_kg = (int64_t)balance->in.kg;
    out->out_kg = (int64_t)balance->out.kg;
    out->loss_kg = (int64_t)balance->loss.kg;
    out->difference_kg = (int64_t)balance_difference(balance, BALANCE_MASS);
    out->in_dry_dg = (int64_t)balance->in.dry_dg;
    out->out_dry_dg = (int64_t)balance->out.dry_dg;
    out->loss_dry_dg = (int64_t)balance->loss.dry_dg;
    out->difference_dry_dg = (int64_t)balance_difference(balance, BALANCE_DRY);
    out->in_ash_10ug = (int64_t)balance->in.ash_10ug;
    out->out_ash_10ug = (int64_t)balance->out.ash_10ug;
    out->loss_ash_10ug = (int64_t)balance->loss.ash_10ug;
    out->difference_ash_10ug = (int64_t)balance_difference(balance, BALANCE_ASH);
    out->has_carbon = balance_measured(balance);
    if (out->has_carbon) {
        out->in_carbon_10ug = (int64_t)balance->in.carbon_10ug;
        out->out_carbon_10ug = (int64_t)balance->out.carbon_10ug;
        out->loss_carbon_10ug = (int64_t)balance->loss.carbon_10ug;
        out->difference_carbon_10ug = (int64_t)balance_difference(balance, BALANCE_CARBON);
    }
}

bool balance_yield_e4(uint32_t *out, int64_t raw, int64_t clean, int64_t tail)
{
    __int128 part = (__int128)raw - tail;
    __int128 whole = (__int128)clean - tail;
    if (whole < 0) {
        part = -part;
        whole = -whole;
    }
    if (whole == 0 || part < 0 || part > whole) {
        return false;
    }
    *out = (uint32_t)((2 * part * FRACTION_ONE + whole) / (2 * whole));
    return true;
}

/* Ash content in 10^-8. */
static int64_t ash_e8(const struct masses *masses)
{
    return (int64_t)(masses->ash_10ug * FRACTION_ONE / masses->dry_dg);
}

bool balance_yields(uint32_t *actual_e4, uint32_t *expected_e4, const struct balance *balance,
                    const struct masses *product)
{
    struct masses rest = balance->out;
    masses_join(&rest, &balance->loss);
    rest.kg -= product->kg;
    rest.dry_dg -= product->dry_dg;
    rest.ash_10ug -= product->ash_10ug;
    if (rest.dry_dg <= 0 || product->dry_dg <= 0 || balance->in.dry_dg <= 0) {
        return false;
    }
    uint32_t expected = 0;
    if (!balance_yield_e4(&expected, ash_e8(&balance->in), ash_e8(product), ash_e8(&rest))) {
        return false;
    }
    const __int128 whole = balance->in.dry_dg;
    const __int128 actual = (2 * product->dry_dg * FRACTION_ONE + whole) / (2 * whole);
    *actual_e4 = actual > UINT32_MAX ? UINT32_MAX : (uint32_t)actual;
    *expected_e4 = expected;
    return true;
}
