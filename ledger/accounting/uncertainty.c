/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the document: u.CODE.INPUT or u.CODE.INPUT.WHEN. WHEN says for which form of the input a
 * range is meant; `flow` and `concentration` are two ranges of one reading. */
#include "ledger/accounting/uncertainty.h"

#include "ledger/base/qty.h"
#include "ledger/base/root.h"
#include "ledger/codec/message.h"

#include <assert.h>
#include <string.h>

#define WHOLE_LINE "line"

/* As in builtin.c; not one of the sets that a ledger publishes. */
__asm__(".section .rodata\n"
        ".balign 8\n"
        "seam_uncertainty_document:\n"
        ".incbin \"genesis/uncertainty/UNCERTAINTY-IPCC-2006.json\"\n"
        "seam_uncertainty_document_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const uint8_t seam_uncertainty_document[];
extern const uint8_t seam_uncertainty_document_end[];

uint64_t uncertainty_line(uint64_t squares)
{
    return (root_floor((root_wide)squares * 4) + 1) / 2;
}

bool uncertainty_total(uint64_t *out, const struct uncertainty_term *terms, size_t count)
{
    root_wide sum = 0;
    int64_t total = 0;
    assert(count <= LIMIT_TX_LINES);
    for (size_t i = 0; i < count; i++) {
        const int64_t tonnes = terms[i].tonnes;
        const uint64_t size = tonnes < 0 ? (uint64_t)-tonnes : (uint64_t)tonnes;
        assert(size <= UNCERTAINTY_TONNES_MAX);
        /* 10^20 * 16 * 10^12 a line, a thousand lines, times four: below 2^128 */
        sum += (root_wide)size * size * terms[i].squares;
        total += tonnes;
    }
    if (total == 0) {
        return false;
    }
    const uint64_t size = total < 0 ? (uint64_t)-total : (uint64_t)total;
    *out = (root_floor(sum * 4) / size + 1) / 2;
    return true;
}

enum err uncertainty_ranges(struct set *out, struct arena *arena, struct errors *errors)
{
    const size_t size = (size_t)(seam_uncertainty_document_end - seam_uncertainty_document);
    return set_read_json(out, bytes_of(seam_uncertainty_document, size), arena, errors);
}

/* --- which ranges a line has -------------------------------------------------------------------*/

static uint64_t square(const char *bp)
{
    struct dec value;
    if (dec_parse(&value, bytes_text(bp)) != OK || value.s != 0 || value.m < 0 ||
        value.m > UNCERTAINTY_BP_MAX) {
        return 0; /* the calculation refuses such a text */
    }
    return (uint64_t)value.m * (uint64_t)value.m;
}

static bool stated(const Seam__Line *line, const char *input, size_t size)
{
    for (size_t i = 0; i < line->n_uncertainty; i++) {
        const char *name = line->uncertainty[i]->input;
        if (strcmp(name, WHOLE_LINE) == 0 ||
            (strlen(name) == size && strncmp(name, input, size) == 0)) {
            return true;
        }
    }
    return false;
}

static bool given(const Seam__Line *line, const char *input, size_t size)
{
    const ProtobufCMessageDescriptor *type = line->base.descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const char *name = type->fields[i].name;
        const bool same = strncmp(name, input, size) == 0 &&
                          (name[size] == '\0' || strcmp(name + size, "_list") == 0);
        if (same && message_count(&line->base, &type->fields[i]) > 0) {
            return true;
        }
    }
    return false;
}

static bool applies(const Seam__Line *line, const char *input, size_t size, const char *when)
{
    const bool metered =
        strcmp(line->origin, "MEASURED") == 0 || strcmp(line->origin, "INVOICED") == 0;
    const bool here = given(line, input, size);
    if (strncmp(when, "tier", 4) == 0) {
        return strcmp(when + 4, line->tier) == 0;
    }
    if (strcmp(when, "default") == 0) {
        return !here;
    }
    if (strcmp(when, "metered") == 0 || strcmp(when, "statistics") == 0) {
        return here && metered == (when[0] == 'm');
    }
    if (strcmp(when, "VENTILATION") == 0) {
        return here && strcmp(line->stream, when) == 0;
    }
    if (strcmp(when, "DRAINAGE-flow") == 0 || strcmp(when, "DRAINAGE-concentration") == 0) {
        return here && strcmp(line->stream, "DRAINAGE") == 0;
    }
    return here; /* typed, flow, concentration, or nothing more said */
}

/* The rest of a key u.CODE. or NULL for another code's. */
static const char *of_code(const char *key, const char *code)
{
    const size_t size = strlen(code);
    const bool same =
        strncmp(key, "u.", 2) == 0 && strncmp(key + 2, code, size) == 0 && key[2 + size] == '.';
    return same ? key + 3 + size : NULL;
}

bool uncertainty_squares(uint64_t *out, const Seam__Line *line, const struct set *ranges)
{
    uint64_t sum = 0;
    bool found = line->n_uncertainty > 0;
    for (size_t i = 0; i < line->n_uncertainty; i++) {
        sum += square(line->uncertainty[i]->bp);
    }
    for (size_t i = 0; i < ranges->message->n_values; i++) {
        const Seam__ParameterValue *value = ranges->message->values[i];
        const char *input = of_code(value->key, line->code);
        if (input == NULL) {
            continue;
        }
        const char *point = strchr(input, '.');
        const size_t size = point != NULL ? (size_t)(point - input) : strlen(input);
        if (!stated(line, input, size) &&
            applies(line, input, size, point != NULL ? point + 1 : "")) {
            sum += square(value->value);
            found = true;
        }
    }
    *out = sum;
    return found;
}

/* --- the result --------------------------------------------------------------------------------*/

static Seam__Known *known(uint64_t value, struct arena *arena)
{
    Seam__Known *out = arena_alloc(arena, sizeof *out);
    if (out != NULL) {
        seam__known__init(out);
        out->value = (int64_t)value;
    }
    return out;
}

/* Whole tonnes of a line as it stands in net; zero for what is only information. */
static int64_t net_tonnes(const Seam__LineResult *line)
{
    const int64_t tonnes = tonnes_value(grams_tonnes(grams_of(line->co2e_g)));
    if (strcmp(line->scope, "INFO") == 0) {
        return 0;
    }
    return strcmp(line->scope, "SINK") == 0 ? -tonnes : tonnes;
}

enum err uncertainty_add(Seam__CalculationResult *result, const Seam__CalculationFile *file,
                         const struct set *ranges, struct arena *arena)
{
    assert(result->n_lines == file->n_lines);
    struct uncertainty_term *terms = arena_alloc(arena, (result->n_lines + 1) * sizeof *terms);
    char **flags = arena_alloc(arena, (result->n_flags + 1) * sizeof *flags);
    if (terms == NULL || flags == NULL) {
        return ERR_MEMORY;
    }
    bool complete = true;
    for (size_t i = 0; i < result->n_lines; i++) {
        Seam__LineResult *line = result->lines[i];
        terms[i] = (struct uncertainty_term){.tonnes = net_tonnes(line)};
        if (line->co2e_g == 0) {
            continue;
        }
        if (!uncertainty_squares(&terms[i].squares, file->lines[i], ranges)) {
            complete = complete && strcmp(line->scope, "INFO") == 0;
            continue;
        }
        line->uncertainty_bp = known(uncertainty_line(terms[i].squares), arena);
        if (line->uncertainty_bp == NULL) {
            return ERR_MEMORY;
        }
    }
    uint64_t bp = 0;
    const bool sum = uncertainty_total(&bp, terms, result->n_lines);
    if (sum && complete) {
        result->uncertainty_bp = known(bp, arena);
        return result->uncertainty_bp != NULL ? OK : ERR_MEMORY;
    }
    for (size_t i = 0; i < result->n_flags; i++) {
        flags[i] = result->flags[i];
    }
    flags[result->n_flags] = sum ? (char *)"UNCERTAINTY_INCOMPLETE" : (char *)"ZERO_SUM";
    result->flags = flags;
    result->n_flags++;
    return OK;
}
