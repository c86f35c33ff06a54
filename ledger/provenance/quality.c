/* SPDX-License-Identifier: Apache-2.0 */
/* Texts become integers once, at the door of each rule; nothing behind it rounds but the means of
 * blends, and those are declared differences of the event. */

#include "ledger/provenance/quality.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* value * 10^decimals as an integer. */
static enum err scaled(int64_t *out, const char *text, uint8_t decimals)
{
    struct dec dec;
    if (dec_parse(&dec, bytes_text(text)) != OK || dec.s > decimals) {
        return ERR_DEC;
    }
    const __int128 value = (__int128)dec.m * (__int128)dec_power(decimals - dec.s);
    if (value > INT64_MAX || value < INT64_MIN) {
        return ERR_RANGE;
    }
    *out = (int64_t)value;
    return OK;
}

enum err mass_parse(int64_t *kg, const char *text, bool zero)
{
    int64_t value = 0;
    const enum err err = scaled(&value, text, 3);
    if (err != OK) {
        return err;
    }
    if (value < 0 || (value == 0 && !zero) || value > MASS_KG_MAX) {
        return ERR_RANGE;
    }
    *kg = value;
    return OK;
}

void mass_text(char *out, __int128 kg)
{
    const __int128 magnitude = kg < 0 ? -kg : kg;
    (void)snprintf(out, MASS_TEXT_SIZE, "%s%lld.%03lld t", kg < 0 ? "-" : "",
                   (long long)(magnitude / 1000), (long long)(magnitude % 1000));
}

enum err fraction_parse(uint32_t *out, const char *text, bool open)
{
    int64_t value = 0;
    const enum err err = scaled(&value, text, 4);
    if (err != OK) {
        return err;
    }
    if (value < 0 || value > FRACTION_ONE || (open && value == FRACTION_ONE)) {
        return value > FRACTION_ONE && value <= 100 * FRACTION_ONE ? ERR_PERCENT : ERR_RANGE;
    }
    *out = (uint32_t)value;
    return OK;
}

enum err quality_parse(struct quality *out, const char **field, const Seam__LotQuality *in)
{
    struct quality quality = {.has_carbon = false};
    int64_t ncv = 0;
    *field = "quality";
    if (in == NULL) {
        return ERR_MISSING;
    }
    *field = "quality.moisture";
    enum err err = fraction_parse(&quality.moisture_e4, in->moisture, true);
    if (err == OK) {
        *field = "quality.ash";
        err = fraction_parse(&quality.ash_e4, in->ash, false);
    }
    if (err == OK) {
        *field = "quality.ncv";
        err = scaled(&ncv, in->ncv, 3);
        if (err == OK && (ncv < 0 || ncv > 100000)) {
            err = ERR_RANGE;
        }
    }
    if (err == OK && in->carbon[0] != '\0') {
        *field = "quality.carbon";
        err = fraction_parse(&quality.carbon_e4, in->carbon, false);
        if (err == OK && quality.ash_e4 + quality.carbon_e4 > FRACTION_ONE) {
            err = ERR_RANGE;
        }
        quality.has_carbon = true;
    }
    if (err == OK) {
        quality.ncv_mj_t = (uint32_t)ncv;
        *out = quality;
    }
    return err;
}

struct quality quality_of(const Seam__LotRecord *lot)
{
    return (struct quality){.moisture_e4 = lot->moisture_e4,
                            .ash_e4 = lot->ash_e4,
                            .ncv_mj_t = lot->ncv_mj_t,
                            .has_carbon = lot->has_carbon != 0,
                            .carbon_e4 = lot->carbon_e4};
}

uint32_t quality_burns_e8(const struct quality *quality)
{
    return (FRACTION_ONE - quality->moisture_e4) * (FRACTION_ONE - quality->ash_e4);
}

uint64_t quality_energy_e4(const struct quality *quality, uint32_t water_mj_t)
{
    return (uint64_t)quality->ncv_mj_t * FRACTION_ONE + (uint64_t)water_mj_t * quality->moisture_e4;
}

struct masses masses_none(void)
{
    return (struct masses){.has_carbon = true};
}

void masses_add(struct masses *masses, int64_t kg, const struct quality *quality)
{
    const __int128 dry = (__int128)kg * (FRACTION_ONE - quality->moisture_e4);
    assert(kg >= 0);
    masses->kg += kg;
    masses->dry_dg += dry;
    masses->ash_10ug += dry * quality->ash_e4;
    masses->carbon_10ug += dry * quality->carbon_e4;
    masses->energy += (__int128)kg * quality->ncv_mj_t;
    masses->has_carbon = masses->has_carbon && quality->has_carbon;
    if (quality->ncv_mj_t == 0) {
        masses->silent_kg += kg;
        masses->silent_dry_dg += dry;
        masses->silent_ash_10ug += dry * quality->ash_e4;
    }
}

void masses_join(struct masses *masses, const struct masses *other)
{
    masses->kg += other->kg;
    masses->dry_dg += other->dry_dg;
    masses->ash_10ug += other->ash_10ug;
    masses->carbon_10ug += other->carbon_10ug;
    masses->energy += other->energy;
    masses->has_carbon = masses->has_carbon && other->has_carbon;
    masses->silent_kg += other->silent_kg;
    masses->silent_dry_dg += other->silent_dry_dg;
    masses->silent_ash_10ug += other->silent_ash_10ug;
}

static uint32_t rounded(__int128 part, __int128 whole)
{
    assert(whole > 0 && part >= 0);
    return (uint32_t)((2 * part + whole) / (2 * whole));
}

struct quality masses_mean(const struct masses *masses)
{
    assert(masses->kg > 0 && masses->dry_dg > 0);
    struct quality mean = {
        .moisture_e4 = rounded(masses->kg * FRACTION_ONE - masses->dry_dg, masses->kg),
        .ash_e4 = (uint32_t)((masses->ash_10ug + masses->dry_dg - 1) / masses->dry_dg),
        .ncv_mj_t = (uint32_t)(masses->energy / masses->kg),
        .has_carbon = masses->has_carbon};
    if (mean.moisture_e4 == FRACTION_ONE) { /* rounded up from below: some of it is still dry */
        mean.moisture_e4 = FRACTION_ONE - 1;
    }
    if (mean.has_carbon) {
        mean.carbon_e4 = (uint32_t)(masses->carbon_10ug / masses->dry_dg);
    }
    return mean;
}

void shares_split(int64_t *out, const int64_t *weights, size_t count, int64_t total)
{
    bool given[SHARES_MAX] = {false};
    __int128 sum = 0;
    __int128 rest = total;
    assert(count > 0 && count <= SHARES_MAX && total >= 0);
    for (size_t i = 0; i < count; i++) {
        assert(weights[i] >= 0);
        sum += weights[i];
    }
    assert(sum > 0);
    for (size_t i = 0; i < count; i++) {
        out[i] = (int64_t)((__int128)weights[i] * total / sum);
        rest -= out[i];
    }
    assert(rest >= 0 && rest < (__int128)count);
    for (; rest > 0; rest--) { /* fewer rounds than weights */
        size_t best = count;
        __int128 largest = -1;
        for (size_t i = 0; i < count; i++) {
            const __int128 remainder = (__int128)weights[i] * total % sum;
            if (!given[i] && remainder > largest) {
                largest = remainder;
                best = i;
            }
        }
        given[best] = true;
        out[best]++;
    }
}
