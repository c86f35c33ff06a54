/* SPDX-License-Identifier: Apache-2.0 */
/* Grams per tonne are kilograms per 1,000 kg with three decimals, so nothing is rounded here. The
 * content is written once without id and status and hashed; what the protocol has no field for
 * stands in words in `comment`. No verification object: our opinions are about accounts, and the
 * protocol's are about product footprints. */

#include "api/pact.h"

#include "ledger/base/dec.h"
#include "ledger/base/period.h"
#include "ledger/crypto/hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CONTENT_MAX (1 << 20)
#define TEXT_MAX 1200
#define SOURCES_SHOWN 6

static void field_decimal(struct json_out *out, const char *key, int64_t value, uint8_t decimals)
{
    char text[DEC_TEXT_SIZE];
    dec_text(text, dec_of(value, decimals));
    json_out_field_text(out, key, text);
}

/* --- words ------------------------------------------------------------------------------------ */

struct words {
    char text[TEXT_MAX];
    size_t size;
};

static void say(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What does not fit is left out; the id covers it all the same. */
static void say(struct words *words, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int size = vsnprintf(words->text + words->size, TEXT_MAX - words->size, format, list);
    va_end(list);
    if (size > 0 && (size_t)size < TEXT_MAX - words->size) {
        words->size += (size_t)size;
    }
    words->text[words->size] = '\0';
}

static const char *name_of(const Seam__Names *names, const char *otherwise)
{
    if (names == NULL) {
        return otherwise;
    }
    if (names->en[0] != '\0') {
        return names->en;
    }
    return names->zh[0] != '\0' ? names->zh : names->ru[0] != '\0' ? names->ru : otherwise;
}

static void describe(struct words *words, const struct pact *pact)
{
    const Seam__LotRecord *lot = pact->footprint->lot;
    char moisture[DEC_TEXT_SIZE];
    char ash[DEC_TEXT_SIZE];
    char ncv[DEC_TEXT_SIZE];
    dec_text(moisture, dec_of(lot->moisture_e4, 2));
    dec_text(ash, dec_of(lot->ash_e4, 2));
    dec_text(ncv, dec_of(lot->ncv_mj_t, 3));
    say(words,
        "Coal, lot %s: moisture %s %% as received, ash %s %% dry, net calorific value %s GJ/t",
        lot->lot, moisture, ash, ncv);
}

static void comment(struct words *words, const struct pact *pact)
{
    const struct lot_footprint *footprint = pact->footprint;
    say(words, "From the face to where the lot is now, g CO2e/t:");
    for (int i = 0; i < LOT_STAGE_COUNT; i++) {
        say(words, " %s %lld%s", lot_stage_name((enum lot_stage)i),
            (long long)footprint->stage_g_per_t[i], i + 1 < LOT_STAGE_COUNT ? "," : "");
    }
    say(words, " (mining, washing, transport). Grade: %s. Custody model: %s. Use is not included.",
        lot_grade_name(footprint->grade), model_name(footprint->lot->model));
    say(words, " Accounts: %zu", footprint->source_count);
    for (size_t i = 0; i < footprint->source_count && i < SOURCES_SHOWN; i++) {
        const struct lot_pool *pool = footprint->sources[i].now;
        say(words, "%s %s %s version %u", i == 0 ? ":" : ",", pool->facility, pool->period,
            (unsigned)pool->version);
    }
    say(words, "%s.", footprint->source_count > SOURCES_SHOWN ? ", and more" : "");
    if (!footprint->exact) {
        say(words, " Some figures are factors times masses, since no account stands yet or its "
                   "product masses are not disclosed.");
    }
    if (footprint->corrected) {
        say(words, " An account behind it was corrected; the figure was %lld g/t before.",
            (long long)footprint->before_g_per_t);
    }
}

/* --- content ---------------------------------------------------------------------------------- */

/* The months of the accounts behind it; of none, the month it was made in. */
static void write_period(struct json_out *out, const struct lot_footprint *footprint)
{
    uint64_t from = UINT64_MAX;
    uint64_t to = 0;
    for (size_t i = 0; i < footprint->source_count; i++) {
        const struct lot_pool *pool = footprint->sources[i].now;
        struct period period;
        if (period_parse(&period, bytes_text(pool->month)) != OK) {
            continue;
        }
        const uint64_t start = period_start_ms(period, 0);
        const uint64_t end = period_end_ms(period, 0);
        from = start < from ? start : from;
        to = end > to ? end : to;
    }
    if (to == 0) {
        from = footprint->lot->created_time_ms / DAY_MS * DAY_MS;
        to = from + DAY_MS;
    }
    json_out_field_time(out, "referencePeriodStart", from);
    json_out_field_time(out, "referencePeriodEnd", to);
}

static void write_texts(struct json_out *out, const char *key, const char *const *texts,
                        size_t count, const char *otherwise)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_text(out, texts[i]);
    }
    if (count == 0) {
        json_out_text(out, otherwise);
    }
    json_out_end(out);
}

static void write_figures(struct json_out *out, const struct pact *pact)
{
    const struct lot_footprint *footprint = pact->footprint;
    const Seam__LotRecord *lot = footprint->lot;
    json_out_field_object(out, "pcf");
    json_out_field_text(out, "declaredUnitOfMeasurement", "kilogram");
    json_out_field_text(out, "declaredUnitAmount", "1000");
    json_out_field_text(out, "productMassPerDeclaredUnit", "1000");
    write_period(out, footprint);
    if (pact->country != NULL) {
        json_out_field_text(out, "geographyCountry", pact->country);
    }
    json_out_field_text(out, "boundaryProcessesDescription",
                        "Mining, washing, storage and transport, each where it took place.");
    field_decimal(out, "pcfExcludingBiogenicUptake", footprint->g_per_t, 3);
    field_decimal(out, "pcfIncludingBiogenicUptake", footprint->g_per_t, 3);
    field_decimal(out, "fossilGhgEmissions", footprint->g_per_t, 3);
    /* Carbon is a fraction of the dry mass, in 10^-4 as moisture is: kg of 1,000 kg. */
    field_decimal(out, "fossilCarbonContent",
                  (int64_t)lot->carbon_e4 * (10000 - (int64_t)lot->moisture_e4), 5);
    json_out_field_text(out, "biogenicCarbonContent", "0");
    json_out_field_bool(out, "packagingEmissionsIncluded", false);
    json_out_field_bool(out, "ccsTechnologicalCO2CaptureIncluded", false);
    write_texts(out, "ipccCharacterizationFactors", pact->scales, pact->scale_count, "AR5");
    static const char *const standards[] = {"KSSJ/YY25-2023"};
    write_texts(out, "crossSectoralStandards", standards, 1, NULL);
    json_out_field_text(out, "exemptedEmissionsPercent", "0");
    json_out_field_text(out, "exemptedEmissionsDescription", "");
    json_out_field_text(
        out, "allocationRulesDescription",
        "Emissions of a month by mass over its lots, of washing by energy over its "
        "products, largest remainder: the parts add up to the account to the gram.");
    field_decimal(out, "primaryDataShare", footprint->primary_ppm, 4);
    json_out_end(out);
}

static void write_content(struct json_out *out, const struct pact *pact)
{
    const Seam__LotRecord *lot = pact->footprint->lot;
    const Seam__OrganisationRecord *owner = pact->owner;
    struct words about = {.size = 0};
    struct words notes = {.size = 0};
    char urn[160];
    json_out_field_text(out, "companyName", name_of(owner->name, owner->organisation));
    json_out_field_array(out, "companyIds");
    snprintf(urn, sizeof urn, "urn:seam:organisation:%s", owner->organisation);
    json_out_text(out, urn);
    json_out_end(out);
    describe(&about, pact);
    json_out_field_text(out, "productDescription", about.text);
    json_out_field_array(out, "productIds");
    snprintf(urn, sizeof urn, "urn:seam:lot:%s", lot->lot);
    json_out_text(out, urn);
    snprintf(urn, sizeof urn, "urn:gtin:%s", lot->gtin);
    json_out_text(out, urn);
    json_out_end(out);
    json_out_field_text(out, "productNameCompany", name_of(pact->product->name, lot->product));
    comment(&notes, pact);
    json_out_field_text(out, "comment", notes.text);
    write_figures(out, pact);
}

/* What the content rests on: versions of accounts, their grades and opinions. */
static void hash_sources(struct hasher *hasher, const struct lot_footprint *footprint)
{
    for (size_t i = 0; i < footprint->source_count; i++) {
        const struct lot_pool *pool = footprint->sources[i].now;
        char text[400];
        snprintf(text, sizeof text, "%s|%s|%s|%s|%s|%u|%s|%s|%s\n", pool->facility, pool->stage,
                 pool->month, pool->product, pool->period, (unsigned)pool->version,
                 lot_grade_name(pool->grade), pool->opinion != NULL ? pool->opinion : "",
                 pool->dispute != NULL ? pool->dispute : "");
        hash_add(hasher, bytes_text(text));
        hash_add(hasher, hash_bytes(&pool->account_hash));
    }
}

enum err pact_id(char out[PACT_ID_SIZE], const struct pact *pact)
{
    struct json_out content;
    struct bytes text;
    struct hasher hasher;
    struct hash hash;
    char digits[2 * HASH_SIZE + 1];
    if (!pact->footprint->lot->has_carbon || pact->footprint->grade == LOT_GRADE_NONE) {
        return ERR_INCOMPLETE;
    }
    json_out_init(&content, JSON_OUT_COMPACT, CONTENT_MAX);
    json_out_object(&content);
    write_content(&content, pact);
    json_out_end(&content);
    const enum err err = json_out_finish(&content, &text);
    if (err == OK) {
        hash_begin_raw(&hasher);
        hash_add(&hasher, text);
        hash_sources(&hasher, pact->footprint);
        hash_end(&hasher, &hash);
        /* RFC 9562: version 8, what the bits mean is ours. */
        hash.bytes[6] = (uint8_t)(0x80 | (hash.bytes[6] & 0x0F));
        hash.bytes[8] = (uint8_t)(0x80 | (hash.bytes[8] & 0x3F));
        hex_encode(digits, hash_bytes(&hash));
        snprintf(out, PACT_ID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12,
                 digits + 16, digits + 20);
    }
    json_out_free(&content);
    return err;
}

enum err pact_write(struct json_out *out, const struct pact *pact,
                    const char (*preceding)[PACT_ID_SIZE], size_t preceding_count, bool deprecated)
{
    char id[PACT_ID_SIZE];
    const enum err err = pact_id(id, pact);
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_text(out, "id", id);
    json_out_field_text(out, "specVersion", "3.0.3");
    if (preceding_count > 0) {
        json_out_field_array(out, "precedingPfIds");
        for (size_t i = 0; i < preceding_count; i++) {
            json_out_text(out, preceding[i]);
        }
        json_out_end(out);
    }
    json_out_field_time(out, "created", pact->created_ms);
    json_out_field_text(out, "status", deprecated ? "Deprecated" : "Active");
    write_content(out, pact);
    json_out_end(out);
    return OK;
}
