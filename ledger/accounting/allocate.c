/* SPDX-License-Identifier: Apache-2.0 */
/* The check reads every number once and notes every error; the run reads the same numbers again,
 * knowing that they are good. */
#include "ledger/accounting/allocate.h"

#include "ledger/accounting/bound.h"
#include "ledger/base/qty.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAUSE "methodology 3.6"
#define TOLERANCE_NUM 102 /* 2 % */
#define TOLERANCE_DEN 100

/* --- arithmetic --------------------------------------------------------------------------------*/

static bool sum_of(allocate_weight *out, const allocate_weight *weights, size_t count)
{
    allocate_weight sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_add_overflow(sum, weights[i], &sum)) {
            return false;
        }
    }
    *out = sum;
    return sum > 0;
}

/* What the floor of one share left. */
struct rest {
    allocate_weight remainder;
    size_t index;
};

/* The largest first; of equal ones the first. */
static int rest_order(const void *a, const void *b)
{
    const struct rest *left = a;
    const struct rest *right = b;
    if (left->remainder != right->remainder) {
        return left->remainder > right->remainder ? -1 : 1;
    }
    return (left->index > right->index) - (left->index < right->index);
}

static enum err divide(int64_t *out, int64_t total, const allocate_weight *weights, size_t count,
                       struct rest *rests)
{
    const uint64_t size = total < 0 ? 0 - (uint64_t)total : (uint64_t)total;
    allocate_weight sum = 0;
    allocate_weight product;
    if (!sum_of(&sum, weights, count) || __builtin_mul_overflow(sum, size, &product)) {
        return ERR_RANGE;
    }
    uint64_t left = size;
    for (size_t i = 0; i < count; i++) {
        const allocate_weight exact = weights[i] * size;
        const uint64_t share = (uint64_t)(exact / sum);
        out[i] = total < 0 ? (int64_t)(0 - share) : (int64_t)share;
        rests[i] = (struct rest){.remainder = exact % sum, .index = i};
        left -= share;
    }
    assert(left < count); /* each floor left less than one gram */
    qsort(rests, count, sizeof *rests, rest_order);
    for (size_t i = 0; i < left; i++) {
        out[rests[i].index] += total < 0 ? -1 : 1;
    }
    return OK;
}

enum err allocate_shares(int64_t *out, int64_t total, const allocate_weight *weights, size_t count)
{
    assert(count <= ALLOCATE_MAX);
    struct rest rests[ALLOCATE_MAX];
    return divide(out, total, weights, count, rests);
}

enum err allocate_many(int64_t *out, int64_t total, const allocate_weight *weights, size_t count,
                       struct arena *arena)
{
    struct rest *rests = arena_alloc(arena, (count + 1) * sizeof *rests);
    return rests == NULL ? ERR_MEMORY : divide(out, total, weights, count, rests);
}

enum err allocate_factor(int64_t *out, int64_t grams, struct dec tonnes)
{
    struct ratio factor = ratio_of_int(grams);
    ratio_div_dec(&factor, tonnes);
    return ratio_round(out, &factor, 0);
}

/* --- products of a file ------------------------------------------------------------------------*/

static void fail(struct calc *calc, enum err err, const char *field, const char *limit,
                 const char *hint)
{
    if (calc->failed == OK) {
        calc->failed = err;
    }
    errors_add(calc->errors, err, field, CLAUSE, limit, hint);
}

/* A quantity or, with unit "1", a bare fraction. */
static bool read_number(struct calc *calc, struct dec *out, const char *field, const char *bound,
                        const char *value, const char *unit)
{
    char limit[64];
    const struct bound *row = bound_find(bound, unit);
    assert(row != NULL);
    const enum err err = bound_check(out, row, value, limit, sizeof limit);
    if (err != OK) {
        fail(calc, err, field, limit,
             err == ERR_DEC && strchr(value, ',') != NULL ? "use a point, no thousands separators"
                                                          : NULL);
    }
    return err == OK;
}

static bool read_quantity(struct calc *calc, struct dec *out, const char *field, const char *bound,
                          const Seam__Quantity *in, const char *unit)
{
    *out = (struct dec){0, 0};
    if (in == NULL) {
        fail(calc, ERR_MISSING, field, unit, NULL);
        return false;
    }
    if (strcmp(in->unit, unit) != 0 || in->state[0] != '\0') {
        fail(calc, in->unit[0] == '\0' ? ERR_MISSING : ERR_UNIT, field, unit, NULL);
        return false;
    }
    return read_number(calc, out, field, bound, in->value, unit);
}

struct product {
    struct dec mass;
    struct dec ncv;
    struct dec moisture;
};

static void check_name(struct calc *calc, size_t index, const char *field)
{
    const Seam__CalculationFile *file = calc->file;
    const char *name = file->products[index]->product;
    if (!spell_id(name, false) || strcmp(name, ALLOCATE_PRODUCT_RAW) == 0) {
        fail(calc, name[0] == '\0' ? ERR_MISSING : ERR_TEXT, field, "a-z 0-9 . _ -, at most 64",
             NULL);
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(file->products[i]->product, name) == 0) {
            fail(calc, ERR_TWICE, field, NULL, "the same product in two entries");
        }
    }
}

static bool read_product(struct calc *calc, struct product *out, size_t index)
{
    const Seam__Product *in = calc->file->products[index];
    char field[48];
    snprintf(field, sizeof field, "products[%zu].product", index);
    check_name(calc, index, field);
    snprintf(field, sizeof field, "products[%zu].mass", index);
    bool good = read_quantity(calc, &out->mass, field, "coal", in->mass, "t");
    if (good && dec_is_zero(out->mass)) {
        fail(calc, ERR_RANGE, field, "above 0", "leave out what was not made");
        good = false;
    }
    snprintf(field, sizeof field, "products[%zu].ncv", index);
    out->ncv = dec_of(1, 0);
    if (in->ncv != NULL || calc->file->n_products > 1) { /* one product takes all */
        good = read_quantity(calc, &out->ncv, field, "ncv", in->ncv, "GJ/t") && good;
    }
    out->moisture = dec_of(0, 0);
    snprintf(field, sizeof field, "products[%zu].moisture", index);
    if (in->moisture[0] != '\0') {
        good = read_number(calc, &out->moisture, field, "fraction", in->moisture, "1") && good;
    }
    return good;
}

/* mass x (1 - moisture) */
static struct ratio dry(struct dec mass, struct dec moisture)
{
    struct ratio out = ratio_of_int(1);
    ratio_sub_dec(&out, moisture);
    ratio_mul_dec(&out, mass);
    return out;
}

/* [methodology 3.6] a dry basis takes the moisture of everything or of nothing. */
static void check_moisture(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    const bool raw = file->raw_input->moisture[0] != '\0';
    for (size_t i = 0; i < file->n_products; i++) {
        if ((file->products[i]->moisture[0] != '\0') != raw) {
            char field[48];
            snprintf(field, sizeof field, "products[%zu].moisture", i);
            fail(calc, ERR_MISSING, raw ? field : "raw_input.moisture", "0 to 1",
                 "the balance needs the moisture of the raw coal and of every product, or of none");
            return;
        }
    }
}

/* Products over raw coal: +1 above the tolerance, -1 below it, 0 within (D38). */
static int balance(const struct ratio *products, struct dec mass, struct dec moisture)
{
    struct ratio upper = dry(mass, moisture);
    struct ratio lower = upper;
    ratio_mul_int(&upper, TOLERANCE_NUM);
    ratio_div_int(&upper, TOLERANCE_DEN);
    ratio_mul_int(&lower, 2 * TOLERANCE_DEN - TOLERANCE_NUM);
    ratio_div_int(&lower, TOLERANCE_DEN);
    if (ratio_compare(products, &upper) > 0) {
        return 1;
    }
    return ratio_compare(products, &lower) < 0 ? -1 : 0;
}

static bool read_raw(struct calc *calc, struct dec *mass, struct dec *moisture)
{
    const Seam__RawInput *raw = calc->file->raw_input;
    *moisture = dec_of(0, 0);
    bool good = read_quantity(calc, mass, "raw_input.mass", "coal", raw->mass, "t");
    if (raw->moisture[0] != '\0') {
        good = read_number(calc, moisture, "raw_input.moisture", "fraction", raw->moisture, "1") &&
               good;
    }
    return good;
}

static bool read_all(struct calc *calc, struct product *products, struct ratio *sum)
{
    bool good = true;
    *sum = ratio_of_int(0);
    for (size_t i = 0; i < calc->file->n_products; i++) {
        good = read_product(calc, &products[i], i) && good;
        const struct ratio part = dry(products[i].mass, products[i].moisture);
        ratio_add(sum, &part);
    }
    return good;
}

void allocate_check(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    struct product products[ALLOCATE_MAX];
    struct ratio sum;
    struct dec mass;
    struct dec moisture;
    if (file->n_products > ALLOCATE_MAX) {
        fail(calc, ERR_LENGTH, "products", "at most 100", NULL);
        return;
    }
    if (file->n_products > 0 && file->n_lines == 0) {
        fail(calc, ERR_PARAM, "products", "none", "a NIL or SUSPENDED period has no products");
        return;
    }
    if (file->raw_input != NULL && strcmp(file->kind, "WP") != 0) {
        fail(calc, ERR_PARAM, "raw_input", NULL, "only a washing plant has raw coal as an input");
        return;
    }
    if (file->raw_input != NULL && file->n_products == 0) {
        fail(calc, ERR_MISSING, "products", NULL, "what became of the raw coal");
        return;
    }
    bool good = read_all(calc, products, &sum);
    if (file->raw_input == NULL) {
        return;
    }
    check_moisture(calc);
    good = read_raw(calc, &mass, &moisture) && good;
    if (good && balance(&sum, mass, moisture) > 0) {
        fail(calc, ERR_BALANCE, "products", "raw_input + 2 %", "the products weigh more than that");
    }
}

/* --- result ------------------------------------------------------------------------------------*/

/* mass x ncv, all at the scale of the finest: at most 10^21 each, and 10^23 of a hundred, which
 * times a total of 2^53 grams only a file of impossible masses takes out of 128 bits. */
static void weigh(allocate_weight *out, const struct product *products, size_t count)
{
    unsigned scale = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned own = (unsigned)products[i].mass.s + products[i].ncv.s;
        scale = own > scale ? own : scale;
    }
    for (size_t i = 0; i < count; i++) {
        const unsigned own = (unsigned)products[i].mass.s + products[i].ncv.s;
        out[i] = (allocate_weight)products[i].mass.m * (allocate_weight)products[i].ncv.m *
                 dec_power(scale - own);
    }
}

static bool add_flag(struct calc *calc, Seam__CalculationResult *result, const char *flag)
{
    char **flags = arena_alloc(calc->arena, (result->n_flags + 1) * sizeof *flags);
    if (flags == NULL) {
        calc->failed = ERR_MEMORY;
        return false;
    }
    for (size_t i = 0; i < result->n_flags; i++) {
        flags[i] = result->flags[i];
    }
    flags[result->n_flags] = (char *)(uintptr_t)flag;
    result->flags = flags;
    result->n_flags++;
    return true;
}

static bool fill(struct calc *calc, Seam__CalculationResult *result, const struct product *products,
                 const int64_t *shares)
{
    const size_t count = calc->file->n_products;
    result->allocation = arena_alloc(calc->arena, count * sizeof(Seam__Allocation *));
    if (result->allocation == NULL) {
        calc->failed = ERR_MEMORY;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        Seam__Allocation *row = arena_alloc(calc->arena, sizeof *row);
        if (row == NULL) {
            calc->failed = ERR_MEMORY;
            return false;
        }
        seam__allocation__init(row);
        row->product = calc->file->products[i]->product;
        row->allocated_g = shares[i];
        if (allocate_factor(&row->factor_g_per_t, shares[i], products[i].mass) != OK ||
            !grams_is_safe(grams_of(row->factor_g_per_t))) {
            fail(calc, ERR_RANGE, "products", "a factor of at most 9007199254740991 g/t", NULL);
            return false;
        }
        result->allocation[result->n_allocation++] = row;
    }
    return true;
}

void allocate_run(struct calc *calc, Seam__CalculationResult *result)
{
    const size_t count = calc->file->n_products;
    struct product products[ALLOCATE_MAX];
    allocate_weight weights[ALLOCATE_MAX];
    int64_t shares[ALLOCATE_MAX];
    struct ratio sum;
    struct dec mass;
    struct dec moisture;
    if (count == 0 || !read_all(calc, products, &sum)) {
        return;
    }
    weigh(weights, products, count);
    if (allocate_shares(shares, result->gross_g, weights, count) != OK) {
        fail(calc, ERR_RANGE, "products", NULL, NULL);
        return;
    }
    if (!fill(calc, result, products, shares) || calc->file->raw_input == NULL ||
        !read_raw(calc, &mass, &moisture)) {
        return;
    }
    if (balance(&sum, mass, moisture) < 0) {
        (void)!add_flag(calc, result, "W_BALANCE");
    }
}
