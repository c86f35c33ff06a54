/* SPDX-License-Identifier: Apache-2.0 */
/* Net calorific value as received misses what evaporating the water takes (ISO 1928): that is added
 * back, so that adding water in a plant neither makes nor burns energy. */

#include "ledger/provenance/energy.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define GANGUE "gangue"
#define MJ INT64_C(10000000) /* kg times MJ/t times 10^4 in one MJ */
#define BURNS_LEAST 1000 /* what burns in less than so many 10^-8 of it is measured by nobody */
#define TEXT_SIZE 48

static bool carries(const Seam__LotRecord *lot)
{
    return strcmp(lot->product, GANGUE) != 0;
}

/* "12345.678 GJ" */
static void energy_text(char out[TEXT_SIZE], __int128 mj)
{
    const __int128 magnitude = mj < 0 ? -mj : mj;
    (void)snprintf(out, TEXT_SIZE, "%s%lld.%03lld GJ", mj < 0 ? "-" : "",
                   (long long)(magnitude / 1000), (long long)(magnitude % 1000));
}

/* A value of the lot rules in 10^-3: GJ/t as MJ/t. */
static enum judgement value_e3(struct event *event, uint32_t *out, const char *key)
{
    struct dec value = {0, 0};
    const enum judgement judgement = event_value(event, &value, key);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const __int128 scaled = (__int128)value.m * 1000 / (__int128)dec_power(value.s);
    if (scaled > 1000000) {
        return event_refuse(event, JUDGE_NEVER, ERR_PARAM, "event.parameter_set_hash", "D41", key,
                            "this value of the lot rules is out of all bounds");
    }
    *out = (uint32_t)scaled;
    return JUDGE_OK;
}

/* --- the balance ----------------------------------------------------------------------------- */

/* In 10^-7 MJ: calorific value and, of the water, the heat that evaporates it. What states no value
 * has none, nor its water. */
static __int128 energy_of(const struct masses *masses, uint32_t water_mj_t)
{
    const __int128 kg = masses->kg - masses->silent_kg;
    const __int128 dry_dg = masses->dry_dg - masses->silent_dry_dg;
    return masses->energy * FRACTION_ONE + (kg * FRACTION_ONE - dry_dg) * water_mj_t;
}

/* The most that inputs without a value may hold, in the same unit: all that burns of them as the
 * best coal would. So nobody leaves the balance by adding a kilogram of which nothing is said. */
static __int128 energy_silent(const struct masses *masses, uint32_t daf_most_mj_t)
{
    const __int128 burns_e8 = masses->silent_dry_dg * FRACTION_ONE - masses->silent_ash_10ug;
    return burns_e8 / FRACTION_ONE * daf_most_mj_t;
}

static __int128 burns(const struct masses *masses)
{
    return masses->dry_dg * FRACTION_ONE - masses->ash_10ug;
}

struct energies {
    __int128 in;
    __int128 out;
    __int128 loss;
};

/* Inputs that state no value are named by their mass. */
static enum judgement flag_silent(struct event *event, const struct masses *in)
{
    char amount[MASS_TEXT_SIZE];
    if (in->silent_kg == 0) {
        return JUDGE_OK;
    }
    mass_text(amount, in->silent_kg);
    return event_world(
        event, event_finding(event, "W_NCV", "ENERGY", amount, "a calorific value of each input"));
}

static void energy_record(struct event *event, const struct energies *energies)
{
    Seam__LotBalance *record = &event->balance;
    record->has_energy = true;
    record->in_energy_mj = (int64_t)(energies->in / MJ);
    record->out_energy_mj = (int64_t)(energies->out / MJ);
    record->loss_energy_mj = (int64_t)(energies->loss / MJ);
    record->difference_energy_mj =
        record->in_energy_mj - record->out_energy_mj - record->loss_energy_mj;
}

/* More than went in, at most what may be in: refused; less than is known of it: a finding. */
static enum judgement energy_differs(struct event *event, const struct energies *energies,
                                     __int128 silent, struct dec tolerance)
{
    const __int128 whole = energies->in + silent;
    const __int128 deficit = energies->in - energies->out - energies->loss;
    const __int128 excess = energies->out + energies->loss - whole;
    char amount[TEXT_SIZE];
    char limit[80];
    char hint[160];
    char text[DEC_TEXT_SIZE];
    dec_text(text, tolerance);
    if (deficit > 0 && !balance_within(deficit, energies->in, tolerance)) {
        energy_text(amount, deficit / MJ);
        (void)snprintf(limit, sizeof limit, "%s of what went in", text);
        return event_world(event, event_finding(event, "W_BALANCE", "ENERGY", amount, limit));
    }
    if (excess <= 0 || balance_within(excess, whole, tolerance)) {
        return JUDGE_OK;
    }
    char most[TEXT_SIZE];
    energy_text(amount, excess / MJ);
    energy_text(most, (whole + whole * tolerance.m / (__int128)dec_power(tolerance.s)) / MJ);
    (void)snprintf(limit, sizeof limit, "ENERGY %s", most);
    (void)snprintf(hint, sizeof hint,
                   "%s more of it came out than went in; %s of what went in is tolerated", amount,
                   text);
    return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "outputs", "V11", limit, hint);
}

enum judgement energy_judge(struct event *event, const struct balance *balance)
{
    struct dec tolerance = {0, 0};
    uint32_t water = 0;
    uint32_t daf_most = 0;
    enum judgement judgement = event_value(event, &tolerance, "balance.energy");
    if (judgement == JUDGE_OK) {
        judgement = value_e3(event, &water, "energy.water");
    }
    if (judgement == JUDGE_OK) {
        judgement = value_e3(event, &daf_most, "energy.daf_most");
    }
    if (judgement == JUDGE_OK) {
        judgement = flag_silent(event, &balance->in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct energies energies = {energy_of(&balance->in, water), energy_of(&balance->out, water), 0};
    const __int128 burning = burns(&balance->in) / FRACTION_ONE; /* so that products fit 128 bits */
    if (burning > 0) {
        energies.loss = energies.in / MJ * (burns(&balance->loss) / FRACTION_ONE) / burning * MJ;
    }
    if (balance->in.silent_kg == 0) {
        energy_record(event, &energies);
    }
    return energy_differs(event, &energies, energy_silent(&balance->in, daf_most), tolerance);
}

enum judgement energy_of_blend(struct event *event, uint32_t *most_mj_t, const struct masses *in,
                               uint32_t moisture_e4)
{
    uint32_t water = 0;
    const enum judgement judgement = value_e3(event, &water, "energy.water");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    /* no better as received either, where less water is found in it */
    const __int128 received = in->energy * FRACTION_ONE;
    const __int128 heat = in->kg * moisture_e4 * water;
    const __int128 whole = energy_of(in, water) - heat;
    const __int128 least = whole < received ? whole : received;
    *most_mj_t = least > 0 ? (uint32_t)(least / (in->kg * FRACTION_ONE)) : 0;
    return JUDGE_OK;
}

/* --- shares ---------------------------------------------------------------------------------- */

enum judgement energy_share(struct event *event, size_t count)
{
    struct dec most = {0, 0};
    __int128 energy = 0;
    __int128 mass = 0;
    enum judgement judgement = event_value(event, &most, "share.most");
    assert(count <= event->lot_count);
    const struct event_lot *outputs = &event->lots[event->lot_count - count];
    for (size_t i = 0; i < count; i++) {
        const Seam__LotRecord *lot = outputs[i].lot;
        if (carries(lot)) {
            energy += (__int128)lot->created_kg * lot->ncv_mj_t;
            mass += lot->created_kg;
        }
    }
    for (size_t i = 0; judgement == JUDGE_OK && energy > 0 && i < count; i++) {
        const Seam__LotRecord *lot = outputs[i].lot;
        /* grams a tonne of the lot over the average: ncv / (energy / mass) */
        if (!carries(lot) || balance_within(lot->ncv_mj_t * mass, energy, most)) {
            continue;
        }
        char amount[64];
        char limit[64];
        char text[DEC_TEXT_SIZE];
        const __int128 tenths = 10 * lot->ncv_mj_t * mass / energy;
        dec_text(text, most);
        (void)snprintf(amount, sizeof amount, "%lld.%lld times the average",
                       (long long)(tenths / 10), (long long)(tenths % 10));
        (void)snprintf(limit, sizeof limit, "%s times", text);
        judgement = event_world(event, event_finding(event, "W_SHARE", lot->lot, amount, limit));
    }
    return judgement;
}

/* --- one lot --------------------------------------------------------------------------------- */

enum judgement energy_gangue(struct event *event, const Seam__LotRecord *lot, const char *field)
{
    struct dec least = {0, 0};
    const enum judgement judgement = event_value(event, &least, "gangue.ash_least");
    if (judgement != JUDGE_OK || carries(lot) ||
        (__int128)lot->ash_e4 * (__int128)dec_power(least.s) >= (__int128)least.m * FRACTION_ONE) {
        return judgement;
    }
    char limit[DEC_TEXT_SIZE];
    char hint[160];
    dec_text(limit, least);
    (void)snprintf(hint, sizeof hint,
                   "ash 0.%04u: gangue carries no emissions, so what is called gangue has at least "
                   "the ash of it",
                   (unsigned)lot->ash_e4);
    return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "D41", limit, hint);
}

enum judgement energy_plausible(struct event *event, const Seam__LotRecord *lot, const char *field)
{
    const struct quality quality = quality_of(lot);
    const uint64_t burns_e8 = quality_burns_e8(&quality);
    uint32_t water = 0;
    uint32_t least = 0;
    uint32_t most = 0;
    if (!carries(lot)) {
        return energy_gangue(event, lot, field);
    }
    enum judgement judgement = value_e3(event, &water, "energy.water");
    if (judgement == JUDGE_OK) {
        judgement = value_e3(event, &least, "energy.daf_least");
    }
    if (judgement == JUDGE_OK) {
        judgement = value_e3(event, &most, "energy.daf_most");
    }
    if (judgement != JUDGE_OK || burns_e8 < BURNS_LEAST) {
        return judgement;
    }
    const uint64_t energy = quality_energy_e4(&quality, water) * FRACTION_ONE;
    if (energy >= least * burns_e8 && energy <= most * burns_e8) {
        return JUDGE_OK;
    }
    char amount[64];
    char limit[64];
    const uint64_t daf = energy / burns_e8; /* MJ/t */
    (void)snprintf(amount, sizeof amount, "%llu.%03llu GJ/t free of water and ash",
                   (unsigned long long)(daf / 1000), (unsigned long long)(daf % 1000));
    (void)snprintf(limit, sizeof limit, "%u.%03u to %u.%03u GJ/t", least / 1000, least % 1000,
                   most / 1000, most % 1000);
    return event_world(event, event_finding(event, "W_NCV", lot->lot, amount, limit));
}
