/* SPDX-License-Identifier: Apache-2.0 */
/* Masses of products and origins of lines are in the detached part, which not every node has
 * (decision D3). Where it is, the account is calculated again, which gives grams by product; where
 * it is not, the factors of the signed part serve. */

#include "ledger/query/lot_account.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/accounting/account.h"
#include "ledger/accounting/allocate.h"
#include "ledger/accounting/calc.h"
#include "ledger/assurance/view.h"
#include "ledger/base/dec.h"
#include "ledger/base/period.h"
#include "ledger/query/lot_list.h"

/* --- periods and rounding --------------------------------------------------------------------- */

enum err lot_period(char out[16], const Seam__FacilityRecord *facility, const char *month)
{
    struct period period;
    if (period_parse(&period, bytes_text(month)) != OK || period.cadence != CADENCE_MONTH) {
        return ERR_CORRUPT;
    }
    if (strcmp(facility->cadence, "YEAR") == 0) {
        period = (struct period){.cadence = CADENCE_YEAR, .number = period.number / 12};
    } else if (strcmp(facility->cadence, "QUARTER") == 0) {
        period = (struct period){.cadence = CADENCE_QUARTER, .number = period.number / 3};
    }
    char text[PERIOD_TEXT_SIZE];
    period_text(text, period);
    snprintf(out, 16, "%s", text);
    return OK;
}

size_t lot_period_months(char out[12][16], const char *period)
{
    struct period parsed;
    if (period_parse(&parsed, bytes_text(period)) != OK) {
        return 0;
    }
    const size_t count = parsed.cadence == CADENCE_YEAR      ? 12
                         : parsed.cadence == CADENCE_QUARTER ? 3
                                                             : 1;
    for (size_t i = 0; i < count; i++) {
        char text[PERIOD_TEXT_SIZE];
        const struct period month = {.cadence = CADENCE_MONTH,
                                     .number = (uint32_t)(parsed.number * count + i)};
        period_text(text, month);
        snprintf(out[i], sizeof out[i], "%s", text);
    }
    return count;
}

enum err lot_round(int64_t *out, int64_t a, int64_t b, int64_t c)
{
    assert(c > 0);
    const __int128 product = (__int128)a * b;
    const __int128 half = product < 0 ? -(__int128)(c / 2) : (__int128)(c / 2);
    /* an odd divisor has no half to meet */
    const __int128 value = (product + half) / c;
    if (value > INT64_MAX || value < INT64_MIN) {
        return ERR_CORRUPT;
    }
    *out = (int64_t)value;
    return OK;
}

/* --- one version ------------------------------------------------------------------------------ */

struct reading {
    struct lot_pool *pool;
    struct query *query;
    struct arena *arena;
    const Seam__FacilityRecord *facility;
    const Seam__AccountRecord *record;
    const Seam__Account *account;
    const Seam__CalculationFile *file; /* NULL: the detached part is not here */
    const Seam__CalculationResult *result;
    bool factor_only;
    int64_t reported_g;
    int64_t in_force_g;
};

/* The account calculated again, where its lines are at hand. */
static enum err recalculate(struct reading *reading)
{
    struct arena *arena = reading->arena;
    struct query_tx tx;
    struct hash id;
    if (query_view(reading->query) == NULL || reading->record->tx_id.len != HASH_SIZE) {
        return OK;
    }
    memcpy(id.bytes, reading->record->tx_id.data, HASH_SIZE);
    enum err err = query_tx(&tx, reading->query, &id, arena);
    if (err != OK || tx.message->detached.len == 0) {
        return err == ERR_ABSENT ? OK : err;
    }
    const Seam__Account *account = reading->account;
    const Seam__ParameterSetRecord *set_record = NULL;
    ProtobufCMessage *detached = NULL;
    struct set set;
    struct hash set_hash_;
    struct errors errors;
    errors_init(&errors, NULL, 0);
    if (account->parameter_set_hash.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    memcpy(set_hash_.bytes, account->parameter_set_hash.data, HASH_SIZE);
    err = message_unpack(&detached, &seam__account_lines__descriptor,
                         bytes_of(tx.message->detached.data, tx.message->detached.len),
                         LIMIT_TX_DETACHED, arena, NULL);
    if (err == OK) {
        err = view_parameter_set(&set_record, query_state(reading->query), &set_hash_, arena);
    }
    if (err == OK) {
        err = set_stored(&set,
                         bytes_of(set_record->parameter_set.data, set_record->parameter_set.len),
                         arena, NULL);
    }
    if (err == OK) {
        err = account_file(&reading->file, account, (const Seam__AccountLines *)detached, &set,
                           arena, NULL);
    }
    if (err == OK) {
        err = calc_run(&reading->result, reading->file, &set, CALC_SUBMISSION, arena, &errors);
    }
    /* Consensus recomputed this account before it took it: what fails now was damaged. */
    return err == OK || err == ERR_MEMORY || err == ERR_STORAGE ? err : ERR_CORRUPT;
}

static enum lot_grade grade_of(enum assurance_grade grade)
{
    switch (grade) {
    case ASSURANCE_REPORTED:
        return LOT_GRADE_REPORTED;
    case ASSURANCE_VERIFIED:
        return LOT_GRADE_VERIFIED;
    case ASSURANCE_DISPUTED:
        return LOT_GRADE_DISPUTED;
    case ASSURANCE_SETTLED:
    case ASSURANCE_LOCKED:
        return LOT_GRADE_SETTLED;
    }
    return LOT_GRADE_REPORTED;
}

static enum err read_standing(struct reading *reading)
{
    struct assurance_standing standing;
    struct lot_pool *pool = reading->pool;
    const enum err err =
        assurance_standing(&standing, query_state(reading->query), reading->account->facility,
                           reading->account->period, reading->account->version,
                           query_time(reading->query), reading->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    pool->grade = grade_of(standing.grade);
    pool->opinion = standing.opinion;
    pool->opinion_withdrawn = standing.opinion_withdrawn;
    pool->dispute = standing.dispute;
    reading->reported_g = grams_value(standing.reported.gross);
    reading->in_force_g = grams_value(standing.in_force.gross);
    return OK;
}

/* A figure of the account at the value in force: in proportion to the reported total. */
static enum err in_force(int64_t *out, const struct reading *reading, int64_t reported)
{
    if (reading->in_force_g == reading->reported_g || reading->reported_g <= 0) {
        *out = reported;
        return OK;
    }
    return lot_round(out, reported, reading->in_force_g, reading->reported_g);
}

/* A mass in t as kg, rounded: what lots are weighed against. */
static int64_t quantity_kg(const Seam__Quantity *tonnes)
{
    struct dec mass;
    struct ratio ratio;
    int64_t kg = 0;
    if (tonnes == NULL || strcmp(tonnes->unit, "t") != 0 ||
        dec_parse(&mass, bytes_text(tonnes->value)) != OK) {
        return 0;
    }
    ratio = ratio_of_dec(mass);
    return ratio_round(&kg, &ratio, 3) == OK ? kg : 0;
}

static int64_t mass_kg(const Seam__Product *product)
{
    return quantity_kg(product->mass);
}

/* The coal of which the account's methane lines speak: those of mining and those after it are about
 * the same coal, so the greater sum counts. */
static int64_t coal_kg(const Seam__CalculationFile *file)
{
    int64_t post = 0;
    int64_t pit = 0;
    for (size_t i = 0; file != NULL && i < file->n_lines; i++) {
        int64_t *sum = strcmp(file->lines[i]->code, "L_CH4_POST") == 0 ? &post : &pit;
        if (__builtin_add_overflow(*sum, quantity_kg(file->lines[i]->coal), sum)) {
            return 0;
        }
    }
    return post > pit ? post : pit;
}

/* Calorific value in MJ/t, rounded; 1 where one product takes all. */
static int64_t ncv_mj_t(const Seam__Product *product)
{
    struct dec ncv;
    struct ratio ratio;
    int64_t value = 1;
    if (product->ncv == NULL || dec_parse(&ncv, bytes_text(product->ncv->value)) != OK) {
        return 1;
    }
    ratio = ratio_of_dec(ncv);
    return ratio_round(&value, &ratio, 3) == OK && value >= 0 ? value : 1;
}

/* Where nothing was reported of any product there are no proportions to follow: mass x calorific
 * value, as methodology (21) would have divided it; by mass where no product has any. */
static enum err shares_of_masses(int64_t *shares, const struct reading *reading)
{
    allocate_weight weights[ALLOCATE_MAX];
    const size_t count = reading->result->n_allocation;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const Seam__Product *product = reading->file->products[i];
        weights[i] = (allocate_weight)mass_kg(product) * (allocate_weight)ncv_mj_t(product);
        any = any || weights[i] > 0;
    }
    for (size_t i = 0; i < count && !any; i++) {
        weights[i] = (allocate_weight)mass_kg(reading->file->products[i]);
    }
    return allocate_shares(shares, reading->in_force_g, weights, count);
}

/* Grams of each product by the value in force, divided as the reported ones were. */
static enum err product_grams(int64_t *shares, const struct reading *reading)
{
    const Seam__CalculationResult *result = reading->result;
    allocate_weight weights[ALLOCATE_MAX];
    if (result->n_allocation > ALLOCATE_MAX) {
        return ERR_CORRUPT;
    }
    for (size_t i = 0; i < result->n_allocation; i++) {
        const int64_t grams = result->allocation[i]->allocated_g;
        shares[i] = grams;
        weights[i] = grams > 0 ? (allocate_weight)grams : 0;
    }
    if (reading->in_force_g == reading->reported_g) {
        return OK;
    }
    enum err err = allocate_shares(shares, reading->in_force_g, weights, result->n_allocation);
    if (err == ERR_RANGE) {
        err = shares_of_masses(shares, reading);
    }
    return err == ERR_RANGE ? ERR_CORRUPT : err; /* products of no mass were never admitted */
}

/* --- shares ----------------------------------------------------------------------------------- */

/* share.most of the lot rules that the facility's scheme had for the month; 0 where it had none. */
static enum err share_most(struct dec *out, const struct reading *reading)
{
    const Seam__AdoptionRecord *adoption = NULL;
    const Seam__ParameterSetRecord *record = NULL;
    struct overlay *state = query_state(reading->query);
    struct hash hash;
    struct set set;
    *out = dec_of(0, 0);
    enum err err = view_adoption_newest(&adoption, state, reading->facility->scheme, "LOT-",
                                        reading->pool->month, reading->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    if (adoption->set_hash.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    memcpy(hash.bytes, adoption->set_hash.data, HASH_SIZE);
    err = view_parameter_set(&record, state, &hash, reading->arena);
    if (err == OK) {
        err = set_stored(&set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                         reading->arena, NULL);
    }
    const Seam__ParameterValue *value = err == OK ? set_value(&set, "share.most") : NULL;
    *out = value != NULL ? set_dec(value) : *out;
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* Does a product of the account take more a tonne than share.most times the average of all? Then
 * the others look cleaner than the coal they are [V13]. */
static enum err find_parked(struct reading *reading, const int64_t *shares)
{
    struct lot_pool *pool = reading->pool;
    struct dec most;
    __int128 mass = 0;
    enum err err = share_most(&most, reading);
    for (size_t i = 0; i < reading->file->n_products; i++) {
        mass += mass_kg(reading->file->products[i]);
    }
    if (err != OK || mass <= 0 || reading->in_force_g <= 0) {
        return err;
    }
    pool->average_g_per_t = (int64_t)(((__int128)reading->in_force_g * 2000 + mass) / (2 * mass));
    for (size_t i = 0; i < reading->file->n_products && most.m > 0; i++) {
        const int64_t kg = mass_kg(reading->file->products[i]);
        /* shares / kg > most * in_force / mass, in 128 bits: the average once, rounded */
        const __int128 grams = (__int128)shares[i] * 1000 * (__int128)dec_power(most.s);
        if (kg > 0 && grams > (__int128)pool->average_g_per_t * kg * most.m) {
            pool->parked = reading->file->products[i]->product;
        }
    }
    return OK;
}

/* What a facility made in a period, of all products but gangue, which carries nothing. */
static enum err made_kg(int64_t *out, struct reading *reading, const Seam__FacilityRecord *facility,
                        const char *period)
{
    struct overlay *state = query_state(reading->query);
    const char **products = NULL;
    size_t count = 0;
    char months[12][16];
    const size_t month_count = lot_period_months(months, period);
    int64_t sum = 0;
    enum err err =
        lot_list_products(&products, &count, state, facility->organisation, reading->arena);
    for (size_t i = 0; err == OK && i < count * month_count; i++) {
        const Seam__LotMonthRecord *record = NULL;
        if (lot_pool_gangue(products[i / month_count])) {
            continue;
        }
        err = view_lot_month(&record, state, facility->facility, months[i % month_count],
                             products[i / month_count], reading->arena);
        if (err == OK) {
            sum += record->qty_kg;
        }
        err = err == ERR_ABSENT ? OK : err;
    }
    if (err == OK) {
        *out = sum;
    }
    return err;
}

/* Verified where nothing was reported, and no masses of products here: the value in force over what
 * the facility made into lots. */
static enum err factor_of_lots(struct reading *reading)
{
    int64_t kg = 0;
    const enum err err = made_kg(&kg, reading, reading->facility, reading->pool->period);
    return err != OK || kg <= 0
               ? err
               : lot_round(&reading->pool->factor_g_per_t, reading->in_force_g, 1000, kg);
}

/* The detached part is here: grams of product index to the gram. */
static enum err fill_exact(struct reading *reading, size_t index)
{
    struct lot_pool *pool = reading->pool;
    int64_t shares[ALLOCATE_MAX];
    enum err err = product_grams(shares, reading);
    if (err == OK) {
        err = find_parked(reading, shares);
    }
    if (err != OK) {
        return err;
    }
    pool->exact = true;
    pool->product_kg = mass_kg(reading->file->products[index]);
    pool->grams = shares[index];
    if (reading->reported_g <= 0 && pool->product_kg > 0) { /* the account has no factor */
        return lot_round(&pool->factor_g_per_t, pool->grams, 1000, pool->product_kg);
    }
    return OK;
}

static enum err fill_product(struct reading *reading, const char *product)
{
    struct lot_pool *pool = reading->pool;
    const Seam__Account *account = reading->account;
    pool->product = product;
    for (size_t i = 0; i < account->n_factors; i++) {
        if (strcmp(account->factors[i]->product, product) != 0) {
            continue;
        }
        const enum err err =
            in_force(&pool->factor_g_per_t, reading, account->factors[i]->factor_g_per_t);
        if (err == OK && reading->result == NULL && reading->reported_g <= 0 &&
            reading->in_force_g > 0) {
            return factor_of_lots(reading);
        }
        if (err != OK || reading->result == NULL) {
            return err;
        }
        if (reading->result->n_allocation != account->n_factors ||
            reading->file->n_products != account->n_factors) {
            return ERR_CORRUPT;
        }
        return fill_exact(reading, i);
    }
    pool->exact = true; /* the account gives this product nothing, and vouches for nothing of it */
    pool->grade = lot_pool_gangue(product) ? pool->grade : LOT_GRADE_NONE;
    return OK;
}

static enum err read_version(struct reading *reading, uint32_t version)
{
    struct overlay *state = query_state(reading->query);
    struct lot_pool *pool = reading->pool;
    enum err err = view_account_version(&reading->record, state, pool->facility, pool->period,
                                        version, reading->arena);
    if (err == OK) {
        err = view_account_body(&reading->account, reading->record, reading->arena);
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static void note_version(const struct reading *reading)
{
    struct lot_pool *pool = reading->pool;
    const Seam__AccountRecord *record = reading->record;
    pool->version = reading->account->version;
    pool->height = record->height;
    if (record->tx_id.len == HASH_SIZE && record->account_hash.len == HASH_SIZE) {
        memcpy(pool->tx_id.bytes, record->tx_id.data, HASH_SIZE);
        memcpy(pool->account_hash.bytes, record->account_hash.data, HASH_SIZE);
    }
}

static enum err read_account(struct reading *reading, const char *product,
                             const Seam__AccountHead *head, enum lot_versions versions)
{
    struct lot_pool *pool = reading->pool;
    pool->version_newest = head->version;
    const bool before = versions == LOT_VERSIONS_BEFORE && head->version > 1;
    enum err err = read_version(reading, before ? head->version - 1 : head->version);
    if (err == OK) {
        note_version(reading);
        err = read_standing(reading);
    }
    if (err == OK && !reading->factor_only) {
        err = recalculate(reading);
    }
    if (err != OK) {
        return err;
    }
    if (reading->result != NULL && reading->result->primary_bp != NULL &&
        reading->result->primary_bp->value > 0) {
        pool->primary_ppm = (uint32_t)reading->result->primary_bp->value * 100;
    }
    if (reading->account->n_factors > 0) {
        return fill_product(reading, product);
    }
    pool->product = "";
    pool->exact = true;
    pool->grams = reading->in_force_g;
    pool->coal_kg = coal_kg(reading->file);
    return OK;
}

/* --- nothing accounted yet -------------------------------------------------------------------- */

static enum err provisional_factor(struct reading *reading, const Seam__FacilityRecord *facility,
                                   const char *product)
{
    struct lot_pool *pool = reading->pool;
    for (size_t i = 0; i < reading->account->n_factors; i++) {
        if (strcmp(reading->account->factors[i]->product, product) == 0) {
            pool->grade = LOT_GRADE_PROVISIONAL;
            return in_force(&pool->factor_g_per_t, reading,
                            reading->account->factors[i]->factor_g_per_t);
        }
    }
    int64_t kg = 0;
    if (reading->account->n_factors > 0) {
        return OK;
    }
    if (lot_pool_gangue(product)) {
        pool->grade = LOT_GRADE_PROVISIONAL;
        return OK;
    }
    const enum err err = made_kg(&kg, reading, facility, reading->account->period);
    if (err != OK || kg <= 0) {
        return err;
    }
    pool->grade = LOT_GRADE_PROVISIONAL;
    return lot_round(&pool->factor_g_per_t, reading->in_force_g, 1000, kg);
}

static enum err read_provisional(struct reading *reading, const Seam__FacilityRecord *facility,
                                 const char *product)
{
    struct lot_pool *pool = reading->pool;
    const Seam__FacilityHead *head = NULL;
    const Seam__AccountHead *account = NULL;
    pool->product = product;
    pool->grade = LOT_GRADE_NONE;
    enum err err = query_facility_head(&head, reading->query, pool->facility, reading->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    char period[16];
    memcpy(period, pool->period, sizeof period);
    snprintf(pool->period, sizeof pool->period, "%.15s", head->period);
    err = query_account(&account, reading->query, pool->facility, head->period, reading->arena);
    if (err == OK) {
        err = read_version(reading, account->version);
    }
    if (err == OK) {
        err = read_standing(reading);
    }
    if (err == OK) {
        snprintf(pool->factor_period, sizeof pool->factor_period, "%.15s", head->period);
        pool->grade = LOT_GRADE_NONE;
        err = provisional_factor(reading, facility, product);
    }
    memcpy(pool->period, period, sizeof period);
    pool->opinion = "";
    pool->dispute = "";
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static enum err read_pool(struct reading *reading, const Seam__FacilityRecord *facility,
                          const char *product, enum lot_versions versions)
{
    struct lot_pool *pool = reading->pool;
    const Seam__AccountHead *head = NULL;
    pool->opinion = "";
    pool->dispute = "";
    const enum err err =
        query_account(&head, reading->query, pool->facility, pool->period, reading->arena);
    if (err == OK) {
        return read_account(reading, product, head, versions);
    }
    return err == ERR_ABSENT ? read_provisional(reading, facility, product) : err;
}

enum err lot_account_read(struct lot_pool *pool, struct query *query,
                          const Seam__FacilityRecord *facility, const char *product,
                          enum lot_versions versions, struct arena *arena)
{
    struct reading reading = {.pool = pool, .query = query, .arena = arena, .facility = facility};
    return read_pool(&reading, facility, product, versions);
}

enum err lot_account_factor(struct lot_pool *pool, struct query *query,
                            const Seam__FacilityRecord *facility, const char *product,
                            struct arena *arena)
{
    struct reading reading = {
        .pool = pool, .query = query, .arena = arena, .facility = facility, .factor_only = true};
    int64_t kg = 0;
    enum err err = read_pool(&reading, facility, product, LOT_VERSIONS_NOW);
    if (err == OK && pool->version > 0 && pool->product[0] == '\0') {
        err = made_kg(&kg, &reading, facility, pool->period);
    }
    return err == OK && kg > 0 ? lot_round(&pool->factor_g_per_t, pool->grams, 1000, kg) : err;
}
