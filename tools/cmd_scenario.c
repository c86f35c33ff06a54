/* SPDX-License-Identifier: Apache-2.0 */
/* `seam scenario`: what each technology would make of a stream of mine methane, beside venting it.
 * Without node or key; a vendor's figures come as another technology set. */

#include "tools/command.h"

#include <stdio.h>
#include <string.h>

#include "ledger/accounting/technology.h"
#include "ledger/base/qty.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"

#define BUDGET ((size_t)16 << 20)
#define JSON_MAX ((size_t)1 << 20)

static void tonnes(char *out, int64_t grams)
{
    grams_report(out, grams_of(grams));
}

static void print_gas(const Seam__TechnologyFile *file, const Seam__TechnologyResult *result)
{
    char co2e[DEC_TEXT_SIZE];
    char ch4[DEC_TEXT_SIZE];
    char hash[2 * HASH_SIZE + 1];
    const Seam__SetName *set = result->parameter_set;
    tonnes(co2e, result->baseline_g);
    tonnes(ch4, result->baseline_ch4_g);
    hex_encode(hash, bytes_of(set->hash.data, set->hash.len));
    output_line("%s%sgas from %s: %s Nm3/min, CH4 fraction %s, %s h a year, GWP %s", file->facility,
                file->facility[0] != '\0' ? ", " : "", file->source, file->flow->value, file->ch4,
                file->hours, file->gwp);
    output_line("technology set %s version %u, hash %s", set->id, (unsigned)set->version, hash);
    output_line("baseline, all of it vented: %s t CH4 = %s t CO2e a year", ch4, co2e);
    output_line("%s", "");
}

static void print_options(const Seam__TechnologyResult *result)
{
    static const struct output_column columns[] = {
        {"", true},          {"technology", false},  {"t CH4 burnt", true}, {"avoided", true},
        {"CO2 of it", true}, {"electricity", true},  {"heat", true},        {"own use", true},
        {"net", true},       {"then emitted", true}, {"flags", false}};
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < result->n_ranked; i++) {
        const Seam__TechnologyOption *one = result->ranked[i];
        const int64_t grams[] = {one->destroyed_ch4_g, one->avoided_g,  -one->oxidation_g,
                                 one->electricity_g,   one->heat_g,     -one->auxiliary_g,
                                 one->net_g,           one->remaining_g};
        char texts[sizeof grams / sizeof grams[0]][DEC_TEXT_SIZE];
        char place[24];
        char flags[80] = "";
        for (size_t k = 0; k < sizeof grams / sizeof grams[0]; k++) {
            tonnes(texts[k], grams[k]);
        }
        snprintf(place, sizeof place, "%zu", i + 1);
        for (size_t k = 0; k < one->n_flags; k++) {
            const size_t at = strlen(flags);
            snprintf(flags + at, sizeof flags - at, "%s%.32s", k > 0 ? " " : "", one->flags[k]);
        }
        const char *const cells[] = {place,    one->technology, texts[0], texts[1],
                                     texts[2], texts[3],        texts[4], texts[5],
                                     texts[6], texts[7],        flags};
        output_table_row(table, cells);
    }
    output_table_print(table);
}

/* One sentence a reason, in the words of an engineer. */
static const char *reason_text(const char *reason)
{
    static const struct {
        const char *reason;
        const char *text;
    } texts[] = {
        {"C_LOW", "the gas is too lean; it asks for at least"},
        {"C_HIGH", "the gas is too rich; it takes gas below"},
        {"FLOW_LOW", "there is too little; it asks for at least"},
        {"EXPLOSIVE_RANGE", "explosive without certified transport; the range ends at"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].reason, reason) == 0) {
            return texts[i].text;
        }
    }
    return "";
}

static void print_rejected(const Seam__TechnologyResult *result)
{
    for (size_t i = 0; i < result->n_rejected; i++) {
        const Seam__TechnologyReject *one = result->rejected[i];
        const char *unit = strcmp(one->unit, "1") == 0 ? "" : one->unit;
        output_line("not %-10s %-16s %s %s%s%s (here: %s)", one->technology, one->reason,
                    reason_text(one->reason), one->limit, unit[0] != '\0' ? " " : "", unit,
                    one->value);
    }
}

static void print_result(const Seam__TechnologyFile *file, const Seam__TechnologyResult *result)
{
    print_gas(file, result);
    if (result->n_ranked > 0) {
        output_line("t CO2e a year, the best first:");
        print_options(result);
    }
    print_rejected(result);
    output_line("%s", "");
    output_line("justification: %s%s%s", result->justification, result->n_ranked > 0 ? " " : "",
                result->n_ranked > 0 ? result->ranked[0]->technology : "");
    if (result->advice[0] != '\0') {
        output_line("advice: %s", result->advice);
    }
    if (result->must_not_vent) {
        output_line("this gas must not be vented");
    }
}

static int refuse(const struct errors *errors, enum err err, bool json)
{
    if (json) {
        output_json_error(err, errors->count > 0 ? &errors->items[0] : NULL);
    } else {
        output_errors(errors);
    }
    return TOOL_NO;
}

static enum err load_set(struct set *set, const Seam__TechnologyFile *file, const char *path,
                         struct arena *arena, struct errors *errors)
{
    struct bytes json;
    struct err_detail detail;
    memset(&detail, 0, sizeof detail);
    if (path == NULL) {
        const bool known =
            file->parameter_set[0] == '\0' || strcmp(file->parameter_set, TECHNOLOGY_DEFAULT) == 0;
        if (!known) {
            errors_add(errors, ERR_SET, "parameter_set", "D46", TECHNOLOGY_DEFAULT,
                       "--set reads another technology set from a file");
            return ERR_SET;
        }
        return technology_default(set, arena, errors);
    }
    const enum err err = file_read(&json, path, SET_JSON_MAX, arena, &detail);
    if (err != OK) {
        errors_add(errors, err, detail.field, detail.clause, detail.limit, detail.hint);
        return err;
    }
    return set_read_json(set, json, arena, errors);
}

static int run(const char *path, const char *set_path, bool json, struct arena *arena)
{
    struct bytes text;
    struct errors errors;
    struct err_detail detail;
    struct set set;
    const Seam__TechnologyFile *file = NULL;
    const Seam__TechnologyResult *result = NULL;
    memset(&detail, 0, sizeof detail);
    enum err err = file_read(&text, path, JSON_MAX, arena, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_USAGE;
    }
    if (errors_new(&errors, arena) != OK) {
        output_error(ERR_MEMORY, NULL);
        return TOOL_NO;
    }
    err = technology_file_read(&file, text, arena, &errors);
    if (err == OK) {
        err = load_set(&set, file, set_path, arena, &errors);
    }
    if (err == OK) {
        err = technology_compare(&result, file, &set, arena, &errors);
    }
    if (err != OK) {
        return refuse(&errors, err, json);
    }
    if (!json) {
        print_result(file, result);
        return TOOL_OK;
    }
    err = technology_result_json(&text, result, arena);
    if (err != OK) {
        output_error(err, NULL);
        return TOOL_NO;
    }
    return fwrite(text.data, 1, text.size, stdout) == text.size ? TOOL_OK : TOOL_USAGE;
}

int cmd_scenario(int argc, char **argv)
{
    const char *set_path = NULL;
    bool json = false;
    const struct option_row rows[] = {
        OPTION_JSON(&json),
        OPTION_TEXT("set", 's', "FILE", NULL, "technology set with a vendor's figures", &set_path),
    };
    const struct option_set set = OPTION_SET(
        "scenario FILE",
        "Compares utilisation technologies for a stream of mine methane (docs/formulas.md); - is "
        "stdin.",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int exit_status = run(argv[first], set_path, json, &arena);
    arena_free(&arena);
    return output_close(exit_status);
}
