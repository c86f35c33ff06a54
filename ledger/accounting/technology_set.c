/* SPDX-License-Identifier: Apache-2.0 */
/* The technology table, out of a parameter set. The keys carry source, order and name, so the order
 * of the set is the order of the table and a tie is decided by who published it. */
#include "ledger/accounting/technology.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

__asm__(".section .rodata\n"
        ".balign 8\n"
        "seam_technology_default:\n"
        ".incbin \"genesis/sets/TECH-DEFAULT.json\"\n"
        "seam_technology_default_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const uint8_t seam_technology_default[];
extern const uint8_t seam_technology_default_end[];

#define OFFSET_OF(member) offsetof(struct technology, member)

/* What a technology may say of itself. Fractions are at most 1. */
static const struct property {
    const char *name;
    size_t at;
    const char *unit;
    bool required;
} properties[] = {
    {"c_min", OFFSET_OF(c_min), "1", true},
    {"c_min_transport", OFFSET_OF(c_min_transport), "1", false},
    {"c_max", OFFSET_OF(c_max), "1", true},
    {"flow_min_ch4", OFFSET_OF(flow_min_ch4), "Nm3/min", false},
    {"flow_min", OFFSET_OF(flow_min), "Nm3/min", false},
    {"availability", OFFSET_OF(availability), "1", true},
    {"destruction", OFFSET_OF(destruction), "1", true},
    {"eta_el", OFFSET_OF(eta_el), "1", false},
    {"eta_heat", OFFSET_OF(eta_heat), "1", false},
    {"aux", OFFSET_OF(aux), "kWh/1e3Nm3", true},
    {"blend_to", OFFSET_OF(blend_to), "1", false},
};

#define PROPERTIES (sizeof properties / sizeof properties[0])

static_assert(PROPERTIES <= 32, "one bit each");

/* A technology while its properties are being read. */
struct reading {
    struct technology *row;
    char order;
    uint32_t seen; /* a bit a property */
};

static enum err refuse(struct errors *errors, enum err err, const char *key, const char *limit)
{
    errors_add(errors, err, key, "D46", limit, "a value of the technology set");
    return err;
}

/* The parts of SOURCE.ORDER.NAME.PROPERTY behind the source. */
struct key_parts {
    char order;
    const char *name;
    size_t name_size;
    const char *property;
};

static bool split(struct key_parts *out, const char *key, const char *source)
{
    const size_t size = strlen(source);
    if (strncmp(key, source, size) != 0 || key[size] != '.') {
        return false;
    }
    const char *order = key + size + 1;
    if (order[0] < '1' || order[0] > '9' || order[1] != '.') {
        return false;
    }
    const char *dot = strchr(order + 2, '.');
    if (dot == NULL || dot == order + 2) {
        return false;
    }
    *out = (struct key_parts){order[0], order + 2, (size_t)(dot - (order + 2)), dot + 1};
    return true;
}

static enum err read_property(struct reading *reading, const Seam__ParameterValue *value,
                              const char *name, struct errors *errors)
{
    for (size_t i = 0; i < PROPERTIES; i++) {
        if (strcmp(properties[i].name, name) != 0) {
            continue;
        }
        const struct dec number = set_dec(value);
        const bool fraction = strcmp(properties[i].unit, "1") == 0;
        if (strcmp(value->unit, properties[i].unit) != 0) {
            return refuse(errors, ERR_PARAM, value->key, properties[i].unit);
        }
        if (number.m < 0 || (fraction && dec_compare(number, dec_of(1, 0)) > 0)) {
            return refuse(errors, ERR_PARAM, value->key, fraction ? "0..1" : "0 or more");
        }
        memcpy((char *)reading->row + properties[i].at, &number, sizeof number);
        reading->seen |= UINT32_C(1) << i;
        reading->row->unsourced = reading->row->unsourced || set_unsourced(value);
        return OK;
    }
    return refuse(errors, ERR_PARAM, value->key, "no such property");
}

/* Absent bounds do not bind: transport changes nothing, the least flow is 0. */
static enum err complete(const struct reading *reading, struct errors *errors)
{
    for (size_t i = 0; i < PROPERTIES; i++) {
        const bool seen = (reading->seen & UINT32_C(1) << i) != 0;
        if (!seen && properties[i].required) {
            char key[LIMIT_ID_TEXT + 32];
            snprintf(key, sizeof key, "%.64s.%s", reading->row->name, properties[i].name);
            return refuse(errors, ERR_PARAM, key, "required");
        }
        if (!seen && strcmp(properties[i].name, "c_min_transport") == 0) {
            reading->row->c_min_transport = reading->row->c_min;
        }
    }
    return OK;
}

static bool same_technology(const struct reading *reading, const struct key_parts *parts)
{
    return reading->order == parts->order && strlen(reading->row->name) == parts->name_size &&
           strncmp(reading->row->name, parts->name, parts->name_size) == 0;
}

enum err technology_table(struct technology *rows, size_t *count, const struct set *set,
                          const char *source, struct errors *errors)
{
    assert(rows != NULL && count != NULL && errors != NULL);
    struct reading reading = {.row = NULL};
    enum err err = OK;
    *count = 0;
    if (strcmp(set->message->edition, TECHNOLOGY_EDITION) != 0) {
        return refuse(errors, ERR_SET, "parameter_set", TECHNOLOGY_EDITION);
    }
    for (size_t i = 0; i < set->message->n_values && err == OK; i++) {
        struct key_parts parts;
        const Seam__ParameterValue *value = set->message->values[i];
        if (!split(&parts, value->key, source)) {
            continue;
        }
        if (reading.row == NULL || !same_technology(&reading, &parts)) {
            err = reading.row != NULL ? complete(&reading, errors) : OK;
            if (err == OK && (*count == TECHNOLOGY_SOURCE_MAX || reading.order == parts.order)) {
                err = refuse(errors, ERR_PARAM, value->key, "one technology for each order");
            }
            if (err != OK) {
                break;
            }
            reading = (struct reading){.row = &rows[(*count)++], .order = parts.order};
            memset(reading.row, 0, sizeof *reading.row);
            memcpy(reading.row->name, parts.name, parts.name_size);
        }
        err = read_property(&reading, value, parts.property, errors);
    }
    if (err == OK && reading.row != NULL) {
        err = complete(&reading, errors);
    }
    return err;
}

enum err technology_default(struct set *out, struct arena *arena, struct errors *errors)
{
    const struct bytes json = bytes_of(
        seam_technology_default, (size_t)(seam_technology_default_end - seam_technology_default));
    return set_read_json(out, json, arena, errors);
}
