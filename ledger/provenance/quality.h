/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_QUALITY_H
#define LEDGER_PROVENANCE_QUALITY_H

/* Mass and quality of coal as exact integers: mass in kg, dry mass in 0.1 g, ash and carbon in 10
 * micrograms, so that every product of typed values is exact and sums lose nothing. Inside
 * provenance/ only. */

#include "ledger/base/dec.h"
#include "ledger/base/err.h"
#include "ledger/proto/lot.pb-c.h"

#define MASS_KG_MAX INT64_C(10000000000) /* 10^7 t: a lot, or one side of an event */
#define MASS_TEXT_SIZE 32
#define FRACTION_ONE 10000

struct quality {
    uint32_t moisture_e4; /* of the mass as received */
    uint32_t ash_e4; /* of the dry mass */
    uint32_t ncv_mj_t; /* as received */
    bool has_carbon;
    uint32_t carbon_e4; /* of the dry mass */
};

/* Sums of parts; carbon counts only while every part was measured. */
struct masses {
    __int128 kg;
    __int128 dry_dg;
    __int128 ash_10ug;
    __int128 carbon_10ug;
    __int128 energy; /* kg times MJ/t */
    bool has_carbon; /* true of nothing added yet */
    /* Of the above, parts that state no calorific value. */
    __int128 silent_kg;
    __int128 silent_dry_dg;
    __int128 silent_ash_10ug;
};

/* mass_parse reads t with at most 3 decimals, above 0 (or 0 where zero is true), at most
 * MASS_KG_MAX. ERR_DEC, ERR_RANGE. */
enum err NODISCARD mass_parse(int64_t *kg, const char *text, bool zero);
/* mass_text writes "7400.500 t"; out holds MASS_TEXT_SIZE. */
void mass_text(char *out, __int128 kg);

/* quality_parse: ERR_MISSING, ERR_DEC, ERR_RANGE, ERR_PERCENT (a fraction above 1 and up to 100);
 * *field names the member. Ash and carbon together are at most 1. */
enum err NODISCARD quality_parse(struct quality *out, const char **field,
                                 const Seam__LotQuality *in);
/* fraction_parse reads one fraction, at most 4 decimals; below 1 where open. */
enum err NODISCARD fraction_parse(uint32_t *out, const char *text, bool open);
struct quality quality_of(const Seam__LotRecord *lot);

/* What burns of the mass, free of water and ash, in 10^-8 of it. */
uint32_t quality_burns_e8(const struct quality *quality);
/* The calorific value free of water, of the mass as received, in 10^-4 MJ/t; water_mj_t is what
 * evaporating its water takes. */
uint64_t quality_energy_e4(const struct quality *quality, uint32_t water_mj_t);

struct masses masses_none(void);
void masses_add(struct masses *masses, int64_t kg, const struct quality *quality);
void masses_join(struct masses *masses, const struct masses *other);
/* masses_mean is the quality of the sum, moisture rounded half up, ash up, carbon and calorific
 * value down: rounding makes no coal better, however often it is done. The mass must be above 0. */
struct quality masses_mean(const struct masses *masses);

/* shares_split gives each weight its part of total in integers: floors, then one each to the
 * largest remainders, ties to the lower index, so that the parts add up to total. The weights must
 * have a sum above 0; at most SHARES_MAX of them, none negative. */
#define SHARES_MAX 256
void shares_split(int64_t *out, const int64_t *weights, size_t count, int64_t total);

#endif
