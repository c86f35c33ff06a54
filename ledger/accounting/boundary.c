/* SPDX-License-Identifier: Apache-2.0 */
/* Lists are short (hundreds at most), so each side is walked for each entry of the other. A source
 * with detail "vam" registers a unit that destroys methane of ventilation air (D32); it shares the
 * line of its shaft. */
#include "ledger/accounting/boundary.h"

#include "ledger/accounting/calc.h"

#include <stdio.h>
#include <string.h>

#define VAM "vam"

static bool covers(const Seam__Source *source, const Seam__Line *line)
{
    return strcmp(source->source, line->source) == 0 && strcmp(source->code, line->code) == 0 &&
           (source->detail[0] == '\0' || strcmp(source->detail, VAM) == 0 ||
            strcmp(source->detail, calc_line_detail(line)) == 0);
}

static enum err line_error(struct err_detail *detail, enum err err, size_t index, const char *field,
                           const char *limit, const char *hint)
{
    err_set(detail, err, field, "KSSJ 5.1.2", limit, hint);
    if (detail != NULL) {
        detail->line = (uint32_t)(index + 1);
    }
    return err;
}

static enum err check_sources(const Seam__CalculationFile *file,
                              const Seam__BoundaryRecord *boundary, struct err_detail *detail)
{
    for (size_t i = 0; i < boundary->n_sources; i++) {
        const Seam__Source *source = boundary->sources[i];
        bool found = false;
        for (size_t j = 0; j < file->n_lines && !found; j++) {
            found = covers(source, file->lines[j]);
        }
        if (!found) {
            char limit[64];
            snprintf(limit, sizeof limit, "%.20s %.20s %.20s", source->code, source->source,
                     source->detail);
            return err_set(
                detail, ERR_INCOMPLETE, "lines", "KSSJ 5.1.2", limit,
                "this source of the boundary has no line; say not_occurring if it is so");
        }
    }
    return OK;
}

static enum err check_lines(const Seam__CalculationFile *file, const Seam__BoundaryRecord *boundary,
                            const char *gas_grade, struct err_detail *detail)
{
    for (size_t i = 0; i < file->n_lines; i++) {
        const Seam__Line *line = file->lines[i];
        bool found = false;
        bool vam = line->vam_destroyed == NULL;
        for (size_t j = 0; j < boundary->n_sources; j++) {
            if (covers(boundary->sources[j], line)) {
                found = true;
                vam = vam || strcmp(boundary->sources[j]->detail, VAM) == 0;
            }
        }
        if (!found) {
            return line_error(detail, ERR_BOUNDARY, i, "source", NULL,
                              "not a source of this boundary version");
        }
        if (!vam) {
            return line_error(detail, ERR_BOUNDARY, i, "vam_destroyed", NULL,
                              "no unit for ventilation air is registered at this source");
        }
        if (line->gas_grade[0] != '\0' && strcmp(line->gas_grade, gas_grade) != 0) {
            return line_error(detail, ERR_PARAM, i, "gas_grade",
                              gas_grade[0] != '\0' ? gas_grade : "none attested",
                              "the attested gas grade of the facility in this period");
        }
    }
    return OK;
}

static enum err check_codes(const Seam__CalculationFile *file, const struct set *set,
                            struct err_detail *detail)
{
    for (size_t i = 0; i < set->message->n_required_codes; i++) {
        const char *code = set->message->required_codes[i];
        bool found = false;
        for (size_t j = 0; j < file->n_lines && !found; j++) {
            found = strcmp(file->lines[j]->code, code) == 0;
        }
        if (!found) {
            return err_set(detail, ERR_INCOMPLETE, "lines", "D30", code,
                           "accounts under this set have this line, if only as not_occurring");
        }
    }
    return OK;
}

enum err boundary_complete(const Seam__CalculationFile *file, const Seam__BoundaryRecord *boundary,
                           const struct set *set, const char *gas_grade, struct err_detail *detail)
{
    enum err err = check_sources(file, boundary, detail);
    if (err == OK) {
        err = check_lines(file, boundary, gas_grade, detail);
    }
    return err != OK ? err : check_codes(file, set, detail);
}
