/* SPDX-License-Identifier: Apache-2.0 */
/* What building and judging an annual account share, so that a draft made here is one that every
 * node accepts. */
#include "ledger/accounting/annual.h"

#include "ledger/base/qty.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES_MAX (16 * 1024)

void annual_hash(struct hash *out, struct bytes payload)
{
    hash_tagged(out, TAG_ANNUAL, payload);
}

bool annual_year(struct period *out, const char *text)
{
    return period_parse(out, bytes_text(text)) == OK && out->cadence == CADENCE_YEAR;
}

struct period annual_month(struct period year, uint32_t month)
{
    assert(month < ANNUAL_MONTHS);
    return (struct period){.cadence = CADENCE_MONTH, .number = year.number * ANNUAL_MONTHS + month};
}

struct state_key annual_key(const char *facility, struct period year)
{
    struct state_key key = state_key_of(KEY_ANNUAL);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, year.number);
    return key;
}

struct state_key annual_version_key(const char *facility, struct period year, uint32_t version)
{
    struct state_key key = state_key_of(KEY_ANNUAL_VERSION);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, year.number);
    state_key_u32(&key, version);
    return key;
}

/* --- sums --------------------------------------------------------------------------------------*/

static bool add(int64_t *sum, int64_t term)
{
    struct grams out;
    if (!grams_add(&out, grams_of(*sum), grams_of(term)) || !grams_is_safe(out)) {
        return false;
    }
    *sum = grams_value(out);
    return true;
}

bool annual_add_month(struct annual_totals *totals, const Seam__Account *month)
{
    return add(&totals->gross_g, month->gross_g) && add(&totals->net_g, month->net_g) &&
           add(&totals->scope1_g, month->scope1_g) && add(&totals->scope2_g, month->scope2_g) &&
           add(&totals->sinks_g, month->sinks_g) &&
           add(&totals->information_g, month->information_g) && add(&totals->co2_g, month->co2_g) &&
           add(&totals->ch4_g, month->ch4_g);
}

/* As a line of the month would be added: scopes into gross and net, sinks off net, information
 * beside them. */
bool annual_add_true_up(struct annual_totals *totals, const Seam__TrueUp *true_up)
{
    const int64_t grams = true_up->co2e_g;
    if (strcmp(true_up->scope, "SINK") == 0) {
        return grams >= -QTY_SAFE_MAX && add(&totals->sinks_g, grams) &&
               add(&totals->net_g, -grams);
    }
    if (strcmp(true_up->scope, "INFO") == 0) {
        return add(&totals->information_g, grams);
    }
    int64_t *scope = strcmp(true_up->scope, "2") == 0 ? &totals->scope2_g : &totals->scope1_g;
    return add(scope, grams) && add(&totals->gross_g, grams) && add(&totals->net_g, grams) &&
           add(&totals->co2_g, true_up->co2_g) && add(&totals->ch4_g, true_up->ch4_g);
}

/* --- one true-up -------------------------------------------------------------------------------*/

/* What a reason may change. All of them stand in lines that need no other line, so none of
 * ventilation, drained, gas or composition is here. */
static const struct {
    const char *reason;
    const char *fields;
} reasons[] = {
    {"FACTOR_PUBLISHED", "factor,ef"},
    {"LATE_INVOICE", "ad,stock,bought,sold,heat,steam,hot_water,mass,volume"},
    {"LAB_RESULT", "ncv,cc,carbon_content,enthalpy,density"},
};

static const char *fields_of(const char *reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strcmp(reasons[i].reason, reason) == 0) {
            return reasons[i].fields;
        }
    }
    return NULL;
}

enum err annual_line(const Seam__Line **out, ProtobufCBinaryData bytes, struct arena *arena,
                     struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    const enum err err =
        message_unpack(&message, &seam__line__descriptor, bytes_of(bytes.data, bytes.len),
                       LINE_BYTES_MAX, arena, detail);
    if (err == OK) {
        *out = (const Seam__Line *)message;
    }
    return err;
}

/* The new line with the old values of the fields that the reason may change is the old line. */
static enum err only_these(const Seam__Line *old_line, const Seam__Line *new_line,
                           const char *fields, bool *changed, struct arena *arena)
{
    Seam__Line copy = *new_line;
    struct bytes before;
    struct bytes after;
    struct bytes restored;
    const ProtobufCMessageDescriptor *type = &seam__line__descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (spell_in_list(field->name, fields)) {
            assert(field->label != PROTOBUF_C_LABEL_REPEATED);
            memcpy((char *)&copy + field->offset, (const char *)old_line + field->offset,
                   sizeof(void *)); /* texts and messages are one pointer each */
        }
    }
    enum err err = message_pack(&before, &old_line->base, arena);
    if (err == OK) {
        err = message_pack(&after, &new_line->base, arena);
    }
    if (err == OK) {
        err = message_pack(&restored, &copy.base, arena);
    }
    if (err != OK) {
        return err;
    }
    *changed = !bytes_equal(before, after);
    return bytes_equal(before, restored) ? OK : ERR_PARAM;
}

/* Gas lines are paired with each other [methodology 2.4], so none of them can be computed alone. */
static bool stands_alone(const Seam__Line *line)
{
    return line->not_occurring[0] == '\0' && line->gas == NULL && line->drained == NULL &&
           line->ventilation == NULL && line->n_ventilation_list == 0;
}

/* One line alone, as its month was computed. Evidence is the month's business. */
static enum err evaluate_alone(const Seam__LineResult **out, const Seam__Account *month,
                               const Seam__Line *line, const struct set *set, struct arena *arena,
                               struct err_detail *detail)
{
    Seam__CalculationFile file = SEAM__CALCULATION_FILE__INIT;
    Seam__Line alone = *line;
    Seam__Line *lines[] = {&alone};
    const Seam__CalculationResult *result = NULL;
    struct err_detail first;
    struct errors errors;
    memset(&first, 0, sizeof first);
    errors_init(&errors, &first, 1);
    alone.evidence = NULL;
    alone.n_evidence = 0;
    file.facility = month->facility;
    file.kind = month->kind;
    file.period = month->period;
    file.parameter_set = set->message->id;
    file.gwp = month->gwp;
    file.lines = lines;
    file.n_lines = 1;
    const enum err err = calc_run(&result, &file, set, CALC_ALONE, arena, &errors);
    if (err != OK) {
        if (detail != NULL) {
            *detail = first;
        }
        return err;
    }
    assert(result->n_lines == 1);
    *out = result->lines[0];
    return OK;
}

/* A published factor as the line names it. */
static const char *factor_text(const Seam__Line *line, struct arena *arena)
{
    if (line->factor[0] != '\0' || line->ef == NULL) {
        return line->factor;
    }
    const size_t room = strlen(line->ef->value) + strlen(line->ef->unit) + 2;
    char *text = arena_alloc(arena, room);
    if (text != NULL) {
        snprintf(text, room, "%s %s", line->ef->value, line->ef->unit);
    }
    return text;
}

static enum err differences(struct annual_difference *out, const Seam__LineResult *before,
                            const Seam__LineResult *after)
{
    if (__builtin_sub_overflow(after->co2_g, before->co2_g, &out->co2_g) ||
        __builtin_sub_overflow(after->ch4_g, before->ch4_g, &out->ch4_g) ||
        __builtin_sub_overflow(after->co2e_g, before->co2e_g, &out->co2e_g) ||
        !grams_is_safe(grams_of(out->co2e_g))) {
        return ERR_RANGE;
    }
    out->scope = after->scope;
    return OK;
}

enum err annual_evaluate(struct annual_difference *out, const Seam__Account *month,
                         const char *reason, const Seam__Line *old_line, const struct set *old_set,
                         const Seam__Line *new_line, const struct set *new_set, struct arena *arena,
                         struct err_detail *detail)
{
    const char *fields = fields_of(reason);
    const Seam__LineResult *before = NULL;
    const Seam__LineResult *after = NULL;
    bool changed = false;
    if (fields == NULL) {
        return err_set(detail, ERR_ENUM, "reason", "D37",
                       "FACTOR_PUBLISHED,LATE_INVOICE,LAB_RESULT", NULL);
    }
    if (calc_line_compare(old_line, new_line) != 0) {
        return err_set(detail, ERR_PARAM, "new_line", "D37", NULL, "the key of another line");
    }
    enum err err = only_these(old_line, new_line, fields, &changed, arena);
    if (err != OK) {
        return err_set(detail, err, "new_line", "D37", fields, "the reason changes these only");
    }
    if (!changed && hash_equal(&old_set->hash, &new_set->hash)) {
        return err_set(detail, ERR_RANGE, "new_line", "D37", fields, "nothing changes");
    }
    if (!stands_alone(old_line)) {
        return err_set(detail, ERR_PARAM, "line", "D37", NULL,
                       "its amount hangs on other lines, or did not occur: correct the month");
    }
    err = evaluate_alone(&before, month, old_line, old_set, arena, detail);
    if (err == OK) {
        err = evaluate_alone(&after, month, new_line, new_set, arena, detail);
    }
    if (err != OK) {
        return err;
    }
    struct annual_difference found = {.old_factor = "", .new_factor = ""};
    if (differences(&found, before, after) != OK) {
        return err_set(detail, ERR_RANGE, "co2e_g", "D34", NULL, NULL);
    }
    if (strcmp(reason, "FACTOR_PUBLISHED") == 0) {
        found.old_factor = factor_text(old_line, arena);
        found.new_factor = factor_text(new_line, arena);
        if (found.old_factor == NULL || found.new_factor == NULL) {
            return ERR_MEMORY;
        }
    }
    *out = found;
    return OK;
}

/* --- status ------------------------------------------------------------------------------------*/

enum annual_status annual_status(const Seam__AnnualAccount *annual, uint32_t current_version,
                                 const Seam__AccountHead *const months[ANNUAL_MONTHS])
{
    if (annual->version < current_version) {
        return ANNUAL_SUPERSEDED;
    }
    for (size_t i = 0; i < annual->n_months && i < ANNUAL_MONTHS; i++) {
        const ProtobufCBinaryData then = annual->months[i]->account_hash;
        if (months[i] == NULL ||
            !bytes_equal(bytes_of(then.data, then.len),
                         bytes_of(months[i]->account_hash.data, months[i]->account_hash.len))) {
            return ANNUAL_STALE;
        }
    }
    return ANNUAL_IN_FORCE;
}

const char *annual_status_text(enum annual_status status)
{
    switch (status) {
    case ANNUAL_IN_FORCE:
        return "IN_FORCE";
    case ANNUAL_STALE:
        return "STALE";
    case ANNUAL_SUPERSEDED:
        return "SUPERSEDED";
    }
    return "";
}
