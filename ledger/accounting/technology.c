/* SPDX-License-Identifier: Apache-2.0 */
/* Methodology part 8. Everything is exact until one of the five terms is rounded to grams; the
 * order of the tests is fixed, so a technology has one reason only. */
#include "ledger/accounting/technology.h"

#include "ledger/base/ratio.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/json_in.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- in and out --------------------------------------------------------------------------------*/

enum err technology_file_read_node(const Seam__TechnologyFile **out, const struct json_node *node,
                                   const char *const *ignored, struct arena *arena,
                                   struct errors *errors)
{
    assert(out != NULL && errors != NULL);
    ProtobufCMessage *message = NULL;
    enum err err = json_in_message(&message, &seam__technology_file__descriptor, &technology_fields,
                                   node, ignored, arena, errors);
    if (err == OK) {
        err = field_check(message, &technology_fields, arena, errors);
    }
    if (err != OK) {
        return err;
    }
    const Seam__TechnologyFile *file = (const Seam__TechnologyFile *)message;
    const char *state = file->flow->state;
    if (state[0] != '\0' && strcmp(state, "NORM_0C") != 0) {
        errors_add(errors, ERR_STATE, "flow.state", "D34", "NORM_0C", "Nm3 is at 0 C");
        return ERR_STATE;
    }
    *out = file;
    return OK;
}

enum err technology_file_read(const Seam__TechnologyFile **out, struct bytes json,
                              struct arena *arena, struct errors *errors)
{
    struct err_detail detail;
    struct json_doc *doc = NULL;
    memset(&detail, 0, sizeof detail);
    enum err err = json_doc_read(&doc, json, LIMIT_HTTP_BODY, &detail);
    if (err != OK) {
        errors_add(errors, err, detail.field, detail.clause, detail.limit, detail.hint);
        return err;
    }
    err = technology_file_read_node(out, json_doc_root(doc), NULL, arena, errors);
    json_doc_free(doc);
    return err;
}

enum err technology_result_json(struct bytes *text, const Seam__TechnologyResult *result,
                                struct arena *arena)
{
    struct json_out out;
    struct bytes written;
    json_out_init(&out, JSON_OUT_INDENT | JSON_OUT_DEFAULTS, TECHNOLOGY_RESULT_MAX);
    json_out_message(&out, &result->base, &technology_fields);
    enum err err = json_out_finish(&out, &written);
    if (err == OK && !arena_copy(arena, written, text)) {
        err = ERR_MEMORY;
    }
    json_out_free(&out);
    return err;
}

/* --- the gas and the constants -----------------------------------------------------------------*/

/* The stream as the formulas need it. */
struct gas {
    const Seam__TechnologyFile *file;
    bool drainage;
    struct dec c;
    struct dec flow;
    struct dec hours;
    struct dec heat_demand;
    struct dec ef_electricity;
    struct dec ef_heat;
    struct dec gwp;
    struct ratio ch4_flow; /* Nm3/min of CH4 */
    struct dec density; /* of CH4, and the rest of the set's constants */
    struct dec lhv;
    struct dec co2;
    struct dec explosive_from;
    struct dec explosive_to;
    struct dec vent_c;
    struct dec vent_flow;
    bool unsourced; /* density, heating value or ratio of CO2 */
};

static struct dec number(const char *text)
{
    struct dec out = {.m = 0, .s = 0};
    const enum err err = dec_parse(&out, bytes_text(text));
    assert(err == OK); /* technology_file_read_node has checked it */
    (void)err;
    return out;
}

static enum err constants(struct gas *gas, const struct set *set, struct errors *errors)
{
    const struct {
        const char *key;
        struct dec *out;
        bool in_terms;
    } wanted[] = {
        {"ch4.density", &gas->density, true},
        {"ch4.lhv", &gas->lhv, true},
        {"ch4.co2", &gas->co2, true},
        {"explosive.from", &gas->explosive_from, false},
        {"explosive.to", &gas->explosive_to, false},
        {"must_not_vent.c", &gas->vent_c, false},
        {"must_not_vent.flow", &gas->vent_flow, false},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const Seam__ParameterValue *value = set_value(set, wanted[i].key);
        if (value == NULL) {
            errors_add(errors, ERR_PARAM, wanted[i].key, "D46", NULL,
                       "the technology set has no such value");
            return ERR_PARAM;
        }
        *wanted[i].out = set_dec(value);
        gas->unsourced = gas->unsourced || (wanted[i].in_terms && set_unsourced(value));
    }
    return OK;
}

static void gas_of(struct gas *gas, const Seam__TechnologyFile *file)
{
    *gas = (struct gas){.file = file, .drainage = strcmp(file->source, "DRAINAGE") == 0};
    gas->c = number(file->ch4);
    gas->flow = number(file->flow->value);
    gas->hours = number(file->hours);
    gas->heat_demand = number(file->heat_demand->value);
    gas->ef_electricity = number(file->ef_electricity->value);
    gas->ef_heat = number(file->ef_heat->value);
    gas->gwp = number(file->gwp);
    gas->ch4_flow = ratio_of_dec(gas->flow);
    ratio_mul_dec(&gas->ch4_flow, gas->c);
}

static int flow_compare(const struct gas *gas, struct dec bound)
{
    const struct ratio other = ratio_of_dec(bound);
    return ratio_compare(&gas->ch4_flow, &other);
}

/* --- what does not fit -------------------------------------------------------------------------*/

/* What a test compares, for the reader. */
struct reason {
    const char *name; /* NULL: it fits */
    struct ratio value;
    struct dec limit;
    const char *unit;
};

/* The fixed order: C_LOW, C_HIGH, FLOW_LOW (CH4), FLOW_LOW (mixture), EXPLOSIVE_RANGE. */
static struct reason test(const struct gas *gas, const struct technology *row)
{
    const struct ratio c = ratio_of_dec(gas->c);
    const struct ratio flow = ratio_of_dec(gas->flow);
    const struct dec one = dec_of(1, 0);
    const bool transport = gas->file->low_conc_transport != 0;
    const struct dec c_min = transport ? row->c_min_transport : row->c_min;
    const int high = dec_compare(gas->c, row->c_max);
    if (dec_compare(gas->c, c_min) < 0) {
        return (struct reason){"C_LOW", c, c_min, "1"};
    }
    if (high > 0 || (high == 0 && dec_compare(row->c_max, one) != 0)) {
        return (struct reason){"C_HIGH", c, row->c_max, "1"};
    }
    if (flow_compare(gas, row->flow_min_ch4) < 0) {
        return (struct reason){"FLOW_LOW", gas->ch4_flow, row->flow_min_ch4, "Nm3/min CH4"};
    }
    if (dec_compare(gas->flow, row->flow_min) < 0) {
        return (struct reason){"FLOW_LOW", flow, row->flow_min, "Nm3/min"};
    }
    if (gas->drainage && !transport && dec_compare(gas->c, gas->explosive_from) >= 0 &&
        dec_compare(gas->c, gas->explosive_to) <= 0) {
        return (struct reason){"EXPLOSIVE_RANGE", c, gas->explosive_to, "1"};
    }
    return (struct reason){.name = NULL};
}

/* --- what it brings ----------------------------------------------------------------------------*/

/* Volume of the mixture in a year, 1e4Nm3. */
static struct ratio volume(const struct gas *gas)
{
    struct ratio out = ratio_of_dec(gas->flow);
    ratio_mul_dec(&out, gas->hours);
    ratio_mul_int(&out, 60);
    ratio_div_int(&out, 10000);
    return out;
}

static struct ratio methane(const struct gas *gas)
{
    struct ratio out = volume(gas);
    ratio_mul_dec(&out, gas->c);
    ratio_mul_dec(&out, gas->density);
    return out;
}

/* MWh a year: what a vendor states, else the set's kWh for each 1e3Nm3 that goes through. */
static struct ratio auxiliary(const struct gas *gas, const struct technology *row, bool *stated)
{
    const Seam__TechnologyFile *file = gas->file;
    for (size_t i = 0; i < file->n_auxiliary; i++) {
        if (strcmp(file->auxiliary[i]->technology, row->name) == 0) {
            *stated = true;
            return ratio_of_dec(number(file->auxiliary[i]->electricity->value));
        }
    }
    struct ratio out = volume(gas);
    *stated = false;
    ratio_mul_int(&out, 10); /* 1e3Nm3 */
    ratio_mul_dec(&out, row->availability);
    ratio_mul_dec(&out, row->aux);
    ratio_div_int(&out, 1000); /* kWh to MWh */
    if (!dec_is_zero(row->blend_to)) {
        ratio_mul_dec(&out, gas->c);
        ratio_div_dec(&out, row->blend_to);
    }
    return out;
}

/* (31) and the terms of (32) in t, from the exact mass. */
struct terms {
    struct ratio destroyed;
    struct ratio avoided;
    struct ratio oxidation;
    struct ratio electricity;
    struct ratio heat;
    struct ratio auxiliary;
};

static void terms_of(struct terms *terms, const struct gas *gas, const struct technology *row,
                     bool *stated)
{
    terms->destroyed = methane(gas);
    ratio_mul_dec(&terms->destroyed, row->availability);
    ratio_mul_dec(&terms->destroyed, row->destruction);
    terms->avoided = terms->destroyed;
    ratio_mul_dec(&terms->avoided, gas->gwp);
    terms->oxidation = terms->destroyed;
    ratio_mul_dec(&terms->oxidation, gas->co2);
    terms->electricity = terms->destroyed;
    ratio_mul_dec(&terms->electricity, gas->lhv);
    terms->heat = terms->electricity; /* GJ of fuel */
    ratio_mul_dec(&terms->electricity, row->eta_el);
    ratio_div_dec(&terms->electricity, dec_of(36, 1)); /* 3.6 GJ = 1 MWh */
    ratio_mul_dec(&terms->electricity, gas->ef_electricity);
    ratio_mul_dec(&terms->heat, row->eta_heat);
    const struct ratio demand = ratio_of_dec(gas->heat_demand);
    if (ratio_compare(&terms->heat, &demand) > 0) {
        terms->heat = demand;
    }
    ratio_mul_dec(&terms->heat, gas->ef_heat);
    terms->auxiliary = auxiliary(gas, row, stated);
    ratio_mul_dec(&terms->auxiliary, gas->ef_electricity);
}

static enum err round_terms(Seam__TechnologyOption *option, const struct terms *terms)
{
    const struct {
        int64_t *out;
        const struct ratio *term;
    } all[] = {
        {&option->destroyed_ch4_g, &terms->destroyed},
        {&option->avoided_g, &terms->avoided},
        {&option->oxidation_g, &terms->oxidation},
        {&option->electricity_g, &terms->electricity},
        {&option->heat_g, &terms->heat},
        {&option->auxiliary_g, &terms->auxiliary},
    };
    enum err err = OK;
    for (size_t i = 0; i < sizeof all / sizeof all[0] && err == OK; i++) {
        err = ratio_round(all[i].out, all[i].term, 6);
    }
    return err;
}

static bool plus(int64_t *sum, int64_t term)
{
    return !__builtin_add_overflow(*sum, term, sum);
}

static bool minus(int64_t *sum, int64_t term)
{
    return !__builtin_sub_overflow(*sum, term, sum);
}

static enum err option_of(Seam__TechnologyOption *option, const struct gas *gas,
                          const struct technology *row, int64_t baseline, struct arena *arena)
{
    struct terms terms;
    bool stated = false;
    terms_of(&terms, gas, row, &stated);
    const enum err err = round_terms(option, &terms);
    if (err != OK) {
        return err;
    }
    int64_t net = option->avoided_g;
    int64_t remaining = baseline;
    if (!minus(&net, option->oxidation_g) || !plus(&net, option->electricity_g) ||
        !plus(&net, option->heat_g) || !minus(&net, option->auxiliary_g) ||
        !minus(&remaining, net)) {
        return ERR_RANGE;
    }
    option->net_g = net;
    option->remaining_g = remaining;
    option->technology = arena_text(arena, row->name, strlen(row->name));
    option->flags = arena_alloc(arena, 2 * sizeof *option->flags);
    if (option->technology == NULL || option->flags == NULL) {
        return ERR_MEMORY;
    }
    if (row->unsourced || gas->unsourced) {
        option->flags[option->n_flags++] = (char *)"UNSOURCED_VALUE";
    }
    if (stated) {
        option->flags[option->n_flags++] = (char *)"STATED_AUXILIARY";
    }
    return OK;
}

/* --- all of it ---------------------------------------------------------------------------------*/

struct compare {
    struct gas gas;
    struct technology rows[TECHNOLOGY_SOURCE_MAX];
    size_t count;
    Seam__TechnologyResult *result;
    struct arena *arena;
    struct errors *errors;
};

static enum err check_auxiliary(struct compare *work)
{
    const Seam__TechnologyFile *file = work->gas.file;
    for (size_t i = 0; i < file->n_auxiliary; i++) {
        const char *name = file->auxiliary[i]->technology;
        bool known = false;
        for (size_t k = 0; k < work->count; k++) {
            known = known || strcmp(work->rows[k].name, name) == 0;
        }
        enum err err = known ? OK : ERR_PARAM;
        for (size_t k = 0; k < i && err == OK; k++) {
            err = strcmp(file->auxiliary[k]->technology, name) == 0 ? ERR_TWICE : OK;
        }
        if (err != OK) {
            errors_add(work->errors, err, "auxiliary", "methodology 8", name,
                       known ? "stated twice" : "not a technology of the set for this source");
            return err;
        }
    }
    return OK;
}

static enum err reject(struct compare *work, const struct technology *row,
                       const struct reason *reason)
{
    Seam__TechnologyReject *entry = arena_alloc(work->arena, sizeof *entry);
    char value[RATIO_TEXT_SIZE];
    char limit[DEC_TEXT_SIZE];
    bool exact = false;
    if (entry == NULL) {
        return ERR_MEMORY;
    }
    seam__technology_reject__init(entry);
    ratio_text(value, &exact, &reason->value, 12);
    dec_text(limit, reason->limit);
    entry->technology = arena_text(work->arena, row->name, strlen(row->name));
    entry->reason = (char *)(uintptr_t)reason->name;
    entry->value = arena_text(work->arena, value, strlen(value));
    entry->limit = arena_text(work->arena, limit, strlen(limit));
    entry->unit = (char *)(uintptr_t)reason->unit;
    if (entry->technology == NULL || entry->value == NULL || entry->limit == NULL) {
        return ERR_MEMORY;
    }
    work->result->rejected[work->result->n_rejected++] = entry;
    return OK;
}

/* Into its place: behind those with as much, so ties keep the order of the set. */
static enum err rank(struct compare *work, const struct technology *row)
{
    Seam__TechnologyResult *result = work->result;
    Seam__TechnologyOption *option = arena_alloc(work->arena, sizeof *option);
    if (option == NULL) {
        return ERR_MEMORY;
    }
    seam__technology_option__init(option);
    const enum err err = option_of(option, &work->gas, row, result->baseline_g, work->arena);
    if (err != OK) {
        errors_add(work->errors, err, row->name, "methodology 10.3", NULL, NULL);
        return err;
    }
    size_t at = result->n_ranked++;
    while (at > 0 && result->ranked[at - 1]->net_g < option->net_g) {
        result->ranked[at] = result->ranked[at - 1];
        at--;
    }
    result->ranked[at] = option;
    return OK;
}

static enum err baseline(struct compare *work)
{
    const struct ratio mass = methane(&work->gas);
    struct ratio co2e = mass;
    ratio_mul_dec(&co2e, work->gas.gwp);
    enum err err = ratio_round(&work->result->baseline_ch4_g, &mass, 6);
    if (err == OK) {
        err = ratio_round(&work->result->baseline_g, &co2e, 6);
    }
    if (err != OK) {
        errors_add(work->errors, err, "flow", "methodology 10.3", NULL, NULL);
    }
    return err;
}

static enum err result_new(struct compare *work, const struct set *set)
{
    Seam__TechnologyResult *result = arena_alloc(work->arena, sizeof *result);
    Seam__SetName *name = arena_alloc(work->arena, sizeof *name);
    struct bytes hash;
    if (result == NULL || name == NULL || !arena_copy(work->arena, hash_bytes(&set->hash), &hash)) {
        return ERR_MEMORY;
    }
    seam__technology_result__init(result);
    seam__set_name__init(name);
    name->id = set->message->id;
    name->version = set->message->version;
    name->edition = set->message->edition;
    name->hash = (ProtobufCBinaryData){.len = hash.size, .data = (uint8_t *)(uintptr_t)hash.data};
    result->parameter_set = name;
    result->source = work->gas.file->source;
    result->ranked = arena_alloc(work->arena, (work->count + 1) * sizeof(Seam__TechnologyOption *));
    result->rejected =
        arena_alloc(work->arena, (work->count + 1) * sizeof(Seam__TechnologyReject *));
    work->result = result;
    return result->ranked == NULL || result->rejected == NULL ? ERR_MEMORY : OK;
}

/* The words under the list. */
static void justify(struct compare *work)
{
    Seam__TechnologyResult *result = work->result;
    const struct gas *gas = &work->gas;
    bool low = false;
    for (size_t i = 0; i < result->n_rejected; i++) {
        low = low || strcmp(result->rejected[i]->reason, "C_LOW") == 0;
    }
    result->must_not_vent = gas->drainage && dec_compare(gas->c, gas->vent_c) >= 0 &&
                            flow_compare(gas, gas->vent_flow) >= 0;
    result->justification = (char *)(result->n_ranked > 0 ? "BEST_NET" : "NO_FEASIBLE_TECH");
    if (result->n_ranked == 0 && low) {
        result->advice = (char *)"raise drainage concentration";
    }
}

enum err technology_compare(const Seam__TechnologyResult **out, const Seam__TechnologyFile *file,
                            const struct set *set, struct arena *arena, struct errors *errors)
{
    assert(out != NULL && file != NULL && set != NULL && errors != NULL);
    struct compare *work = arena_alloc(arena, sizeof *work);
    if (work == NULL) {
        return ERR_MEMORY;
    }
    memset(work, 0, sizeof *work);
    work->arena = arena;
    work->errors = errors;
    gas_of(&work->gas, file);
    enum err err = constants(&work->gas, set, errors);
    if (err == OK) {
        err = technology_table(work->rows, &work->count, set,
                               work->gas.drainage ? "drainage" : "ventilation", errors);
    }
    if (err == OK) {
        err = check_auxiliary(work);
    }
    if (err == OK) {
        err = result_new(work, set);
    }
    if (err == OK) {
        err = baseline(work);
    }
    for (size_t i = 0; i < work->count && err == OK; i++) {
        const struct reason reason = test(&work->gas, &work->rows[i]);
        err = reason.name != NULL ? reject(work, &work->rows[i], &reason)
                                  : rank(work, &work->rows[i]);
    }
    if (err == OK) {
        justify(work);
        *out = work->result;
    }
    return err;
}
