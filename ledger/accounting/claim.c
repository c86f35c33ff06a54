/* SPDX-License-Identifier: Apache-2.0 */
/* A line whose own numbers are wrong has its own error; here it counts as nothing. */
#include "ledger/accounting/claim.h"

#include "ledger/accounting/code.h"

#include <stdio.h>
#include <string.h>

#define SLOW "L_SLOWOX"
#define FIRE "L_SPCOMB"

static const Seam__Line *line_of(const struct calc *calc, size_t index, const char *code)
{
    const Seam__Line *line = calc->file->lines[index];
    return strcmp(line->code, code) == 0 && line->not_occurring[0] == '\0' ? line : NULL;
}

static void fail(struct calc *calc, size_t index, enum err err, const char *field,
                 const char *limit, const char *hint)
{
    struct line line = {.calc = calc,
                        .in = calc->file->lines[index],
                        .index = index,
                        .row =
                            code_find(calc->set->message->edition, calc->file->lines[index]->code)};
    line_fail(&line, err, field, limit, hint);
}

/* A fraction in units of 10^-9, 0 where it is none. */
static int64_t billionths(const char *text)
{
    struct dec value;
    if (dec_parse(&value, bytes_text(text)) != OK || value.m < 0 ||
        dec_compare(value, dec_of(1, 0)) > 0) {
        return 0;
    }
    return value.m * (int64_t)dec_power((unsigned)DEC_DECIMALS - value.s);
}

/* The sum of m up to and with this line, of all lines of its face. */
static void check_face(struct calc *calc, size_t index, const Seam__Line *line)
{
    const int64_t whole = (int64_t)dec_power(DEC_DECIMALS);
    int64_t sum = 0;
    for (size_t i = 0; i <= index; i++) {
        const Seam__Line *other = line_of(calc, i, SLOW);
        if (other != NULL && strcmp(other->face, line->face) == 0) {
            sum += billionths(other->m);
        }
    }
    if (line->face[0] != '\0' && sum > whole) {
        char text[DEC_TEXT_SIZE];
        char limit[64];
        dec_text(text, dec_of(sum, DEC_DECIMALS));
        snprintf(limit, sizeof limit, "1, found %.24s", text);
        fail(calc, index, ERR_M_CUM, "m", limit,
             "the lines of a face oxidise at most the whole of its coal");
    }
}

/* A fire without a face is at the whole source. */
static bool same_coal(const Seam__Line *fire, const Seam__Line *slow)
{
    return fire->face[0] != '\0' ? strcmp(fire->face, slow->face) == 0
                                 : strcmp(fire->source, slow->source) == 0;
}

static void check_fire(struct calc *calc, size_t index, const Seam__Line *fire)
{
    for (size_t i = 0; i < calc->file->n_lines; i++) {
        const Seam__Line *slow = line_of(calc, i, SLOW);
        if (slow != NULL && same_coal(fire, slow)) {
            char limit[64];
            snprintf(limit, sizeof limit, "line %u", (unsigned)(i + 1));
            fail(calc, index, ERR_OVERLAP, fire->face[0] != '\0' ? "face" : "source", limit,
                 "this coal oxidises slowly in the same period; the burning part is a face of its "
                 "own");
            return;
        }
    }
}

static void check_land(struct calc *calc, size_t index, const char *code)
{
    const Seam__Line *line = line_of(calc, index, code);
    if (line == NULL || line->polygon.len == 0) {
        return;
    }
    const struct bytes polygon = bytes_of(line->polygon.data, line->polygon.len);
    for (size_t i = 0; i < index; i++) {
        const Seam__Line *other = line_of(calc, i, code);
        if (other != NULL &&
            bytes_equal(polygon, bytes_of(other->polygon.data, other->polygon.len))) {
            char limit[64];
            snprintf(limit, sizeof limit, "line %u", (unsigned)(i + 1));
            fail(calc, index, ERR_AREA_DUP, "polygon", limit,
                 "one piece of land is credited once a period");
            return;
        }
    }
}

void claim_check(struct calc *calc)
{
    for (size_t i = 0; i < calc->file->n_lines; i++) {
        const Seam__Line *slow = line_of(calc, i, SLOW);
        const Seam__Line *fire = line_of(calc, i, FIRE);
        if (slow != NULL) {
            check_face(calc, i, slow);
        } else if (fire != NULL) {
            check_fire(calc, i, fire);
        }
        check_land(calc, i, "L_SINK_SOIL");
        check_land(calc, i, "L_SINK_VEG");
    }
}
