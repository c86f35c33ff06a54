/* SPDX-License-Identifier: Apache-2.0 */
/* A set is checked once, when it is read; afterwards lookups trust its order and its numbers. */
#include "ledger/accounting/set.h"

#include "ledger/accounting/accounting.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void set_hash(struct hash *out, struct bytes canonical)
{
    hash_tagged(out, TAG_SET, canonical);
}

static enum err refuse(struct err_detail *detail, enum err err, const char *field, const char *what)
{
    return err_set(detail, err, field, "D7, D46", what, NULL);
}

static const Seam__ParameterValue *find(const Seam__ParameterSet *message, const char *key)
{
    size_t low = 0;
    size_t high = message->n_values;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(message->values[middle]->key, key);
        if (order == 0) {
            return message->values[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static enum err check_order(const Seam__ParameterSet *message, struct err_detail *detail)
{
    for (size_t i = 0; i < message->n_values; i++) {
        struct dec ignored;
        const Seam__ParameterValue *value = message->values[i];
        if (dec_parse(&ignored, bytes_text(value->value)) != OK) {
            return refuse(detail, ERR_DEC, value->key, "an exact decimal");
        }
        if (i > 0 && strcmp(message->values[i - 1]->key, value->key) >= 0) {
            return refuse(detail, ERR_NOT_CANONICAL, value->key, "values ascending by key");
        }
    }
    for (size_t i = 1; i < message->n_codes; i++) {
        if (strcmp(message->codes[i - 1], message->codes[i]) >= 0) {
            return refuse(detail, ERR_NOT_CANONICAL, "codes", "ascending");
        }
    }
    for (size_t i = 1; i < message->n_fuels; i++) {
        if (strcmp(message->fuels[i - 1]->fuel, message->fuels[i]->fuel) >= 0) {
            return refuse(detail, ERR_NOT_CANONICAL, "fuels", "ascending");
        }
    }
    return OK;
}

static bool has_gwp(const Seam__ParameterSet *message, const char *gwp)
{
    char key[LIMIT_ID_TEXT + 16];
    const int size = snprintf(key, sizeof key, "gwp.%s.CH4", gwp);
    return size > 0 && (size_t)size < sizeof key && find(message, key) != NULL;
}

static enum err check_names(const Seam__ParameterSet *message, struct err_detail *detail)
{
    for (size_t i = 0; i < message->n_grid_factors; i++) {
        const Seam__GridFactor *factor = message->grid_factors[i];
        if (find(message, factor->key) == NULL) {
            return refuse(detail, ERR_PARAM, factor->key, "a value under the same key");
        }
        if (i > 0 && strcmp(message->grid_factors[i - 1]->key, factor->key) >= 0) {
            return refuse(detail, ERR_NOT_CANONICAL, "grid_factors", "ascending by key");
        }
    }
    for (size_t i = 0; i < message->n_default_gwp; i++) {
        const Seam__DefaultGwp *row = message->default_gwp[i];
        if (!has_gwp(message, row->gwp)) {
            return refuse(detail, ERR_PARAM, "default_gwp", row->gwp);
        }
        if (i > 0 && strcmp(message->default_gwp[i - 1]->from_period, row->from_period) >= 0) {
            return refuse(detail, ERR_NOT_CANONICAL, "default_gwp", "ascending by from_period");
        }
    }
    for (size_t i = 0; i < message->n_required_codes; i++) {
        bool admitted = false;
        for (size_t j = 0; j < message->n_codes; j++) {
            admitted = admitted || strcmp(message->codes[j], message->required_codes[i]) == 0;
        }
        if (!admitted) {
            return refuse(detail, ERR_PARAM, "required_codes", message->required_codes[i]);
        }
    }
    return OK;
}

/* Years or months of validity compare as texts once both have the shorter one's length. */
static bool period_reached(const char *bound, const char *period)
{
    const size_t length = strlen(bound) < strlen(period) ? strlen(bound) : strlen(period);
    return strncmp(bound, period, length) <= 0;
}

enum err set_check(const Seam__ParameterSet *message, struct err_detail *detail)
{
    assert(message != NULL);
    struct period period;
    const char *const bounds[] = {message->valid_from, message->valid_to};
    for (size_t i = 0; i < 2; i++) {
        if ((i == 0 || bounds[i][0] != '\0') &&
            (period_parse(&period, bytes_text(bounds[i])) != OK ||
             period.cadence == CADENCE_QUARTER)) {
            return refuse(detail, ERR_TYPE, i == 0 ? "valid_from" : "valid_to", "YYYY or YYYY-MM");
        }
    }
    for (size_t i = 0; i < message->n_default_gwp; i++) {
        const char *from = message->default_gwp[i]->from_period;
        if (from[0] != '\0' &&
            (period_parse(&period, bytes_text(from)) != OK || period.cadence != CADENCE_YEAR)) {
            return refuse(detail, ERR_TYPE, "default_gwp", "YYYY");
        }
    }
    const enum err err = check_order(message, detail);
    return err != OK ? err : check_names(message, detail);
}

static enum err check_fields(const Seam__ParameterSet *message, struct arena *arena,
                             struct err_detail *detail)
{
    struct err_detail first;
    memset(&first, 0, sizeof first);
    struct errors errors;
    errors_init(&errors, &first, 1);
    const enum err err = field_check(&message->base, &accounting_fields, arena, &errors);
    if (err != OK && detail != NULL) {
        *detail = first;
    }
    return err;
}

/* Checks what the formulas rely on and names the set. */
static enum err take(struct set *out, const ProtobufCMessage *message, struct bytes canonical,
                     struct err_detail *detail)
{
    const Seam__ParameterSet *set = (const Seam__ParameterSet *)message;
    const enum err err = set_check(set, detail);
    if (err != OK) {
        return err;
    }
    out->message = set;
    out->bytes = canonical;
    set_hash(&out->hash, canonical);
    return OK;
}

enum err set_stored(struct set *out, struct bytes stored, struct arena *arena,
                    struct err_detail *detail)
{
    assert(out != NULL);
    ProtobufCMessage *message = NULL;
    const enum err err = message_open(&message, &seam__parameter_set__descriptor, stored, arena);
    if (err != OK) {
        return refuse(detail, err, "parameter_set", NULL);
    }
    return take(out, message, stored, detail);
}

enum err set_decode(struct set *out, struct bytes canonical, struct arena *arena,
                    struct err_detail *detail)
{
    assert(out != NULL);
    ProtobufCMessage *message = NULL;
    struct set set;
    enum err err = message_unpack(&message, &seam__parameter_set__descriptor, canonical,
                                  SET_BYTES_MAX, arena, detail);
    if (err == OK) {
        err = take(&set, message, canonical, detail);
    }
    if (err == OK) {
        err = check_fields(set.message, arena, detail);
    }
    if (err == OK) {
        *out = set;
    }
    return err;
}

enum err set_read_json(struct set *out, struct bytes json, struct arena *arena,
                       struct errors *errors)
{
    assert(out != NULL);
    assert(errors != NULL);
    struct err_detail detail;
    memset(&detail, 0, sizeof detail);
    struct json_doc *doc = NULL;
    enum err err = json_doc_read(&doc, json, SET_JSON_MAX, &detail);
    ProtobufCMessage *message = NULL;
    struct bytes canonical = bytes_of(NULL, 0);
    if (err == OK) {
        err = json_in_message(&message, &seam__parameter_set__descriptor, &accounting_fields,
                              json_doc_root(doc), NULL, arena, errors);
        json_doc_free(doc);
        if (err != OK) {
            return err;
        }
        err = message_pack(&canonical, message, arena);
    }
    if (err == OK) {
        err = set_decode(out, canonical, arena, &detail);
    }
    if (err != OK) {
        struct err_detail *kept =
            errors_add(errors, err, detail.field, detail.clause, detail.limit, detail.hint);
        if (kept != NULL) {
            kept->line = detail.line;
        }
    }
    return err;
}

const Seam__ParameterValue *set_value(const struct set *set, const char *key)
{
    return find(set->message, key);
}

struct dec set_dec(const Seam__ParameterValue *value)
{
    struct dec out = {.m = 0, .s = 0};
    const enum err err = dec_parse(&out, bytes_text(value->value));
    assert(err == OK);
    (void)err;
    return out;
}

bool set_unsourced(const Seam__ParameterValue *value)
{
    return strcmp(value->grade, "memory") == 0 || strcmp(value->grade, "choice") == 0;
}

const Seam__FuelName *set_fuel(const struct set *set, const char *fuel)
{
    for (size_t i = 0; i < set->message->n_fuels; i++) {
        if (strcmp(set->message->fuels[i]->fuel, fuel) == 0) {
            return set->message->fuels[i];
        }
    }
    return NULL;
}

bool set_admits(const struct set *set, const char *code)
{
    for (size_t i = 0; i < set->message->n_codes; i++) {
        if (strcmp(set->message->codes[i], code) == 0) {
            return true;
        }
    }
    return false;
}

bool set_covers(const struct set *set, struct period period)
{
    char text[PERIOD_TEXT_SIZE];
    period_text(text, period);
    const char *to = set->message->valid_to;
    return period_reached(set->message->valid_from, text) &&
           (to[0] == '\0' || period_reached(text, to));
}

const char *set_default_gwp(const struct set *set, struct period period)
{
    char year[PERIOD_TEXT_SIZE];
    const struct period whole = {.cadence = CADENCE_YEAR,
                                 .number = period_year(period) - PERIOD_YEAR_MIN};
    period_text(year, whole);
    const char *found = NULL;
    for (size_t i = 0; i < set->message->n_default_gwp; i++) {
        if (period_reached(set->message->default_gwp[i]->from_period, year)) {
            found = set->message->default_gwp[i]->gwp;
        }
    }
    return found;
}

const Seam__GridFactor *set_grid(const struct set *set, const char *factor)
{
    for (size_t i = 0; i < set->message->n_grid_factors; i++) {
        if (strcmp(set->message->grid_factors[i]->key, factor) == 0) {
            return set->message->grid_factors[i];
        }
    }
    return NULL;
}

const Seam__GridFactor *set_grid_proposed(const struct set *set, uint32_t year, bool *provisional)
{
    assert(provisional != NULL);
    const Seam__GridFactor *newest = NULL;
    for (size_t i = 0; i < set->message->n_grid_factors; i++) {
        const Seam__GridFactor *factor = set->message->grid_factors[i];
        if (strcmp(factor->kind, "AVERAGE") != 0) {
            continue;
        }
        if (factor->use_from <= year && year <= factor->use_to) {
            *provisional = false;
            return factor;
        }
        if (newest == NULL || factor->use_to > newest->use_to) {
            newest = factor;
        }
    }
    *provisional = true;
    return newest;
}

/* Which sets the program has; what does not fit the hint is left out whole. */
static void name_builtins(char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "--set reads one from a file; built in:");
    for (size_t i = 0; set_builtin_id(i) != NULL; i++) {
        const char *id = set_builtin_id(i);
        if (at + 1 + strlen(id) < size) {
            at += (size_t)snprintf(out + at, size - at, " %s", id);
        }
    }
}

enum err set_load(struct set *out, const char *id, struct arena *arena, struct errors *errors)
{
    const struct bytes json = set_builtin(id);
    if (json.size == 0) {
        char hint[sizeof((struct err_detail *)NULL)->hint];
        const enum err err = id[0] == '\0' ? ERR_MISSING : ERR_SET;
        name_builtins(hint, sizeof hint);
        errors_add(errors, err, "parameter_set", "D34", NULL, hint);
        return err;
    }
    return set_read_json(out, json, arena, errors);
}
