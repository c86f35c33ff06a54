/* SPDX-License-Identifier: Apache-2.0 */
/* The lines are written down as JSON, because that is what a reader compares them with; the table
 * is made from the message that the JSON becomes. */
#include "ledger/accounting/template.h"

#include "ledger/accounting/calc_csv.h"
#include "ledger/accounting/code.h"
#include "ledger/codec/spell.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX (16 * 1024)
#define PERIOD "2026-01"

#define Q(name, unit) "\"" name "\": {\"value\": \"\", \"unit\": \"" unit "\"}"

struct row {
    const char *code;
    const char *kinds; /* where it is proposed */
    const char *fields; /* after the code */
};

static const struct row lines[] = {
    {"L_FUEL", "UG,OP", "\"source\": \"boiler-1\", \"fuel\": \"bituminous\", " Q("ad", "t")},
    {"L_FUEL", "UG,OP,WP", "\"source\": \"vehicles\", \"fuel\": \"diesel\", " Q("ad", "t")},
    {"L_FUEL", "WP", "\"source\": \"dryer\", \"fuel\": \"other_washed\", " Q("ad", "t")},
    {"L_CMM_USE", "UG",
     "\"source\": \"engine-1\", " Q("gas", "1e4Nm3") ", \"composition\": {\"CH4\": \"\"}"},
    {"L_FLARE", "UG",
     "\"source\": \"flare-1\", " Q("gas", "1e4Nm3") ", \"composition\": {\"CH4\": \"\"}"},
    {"L_CH4_UG", "UG",
     "\"source\": \"shaft-1\", " Q("ventilation", "1e4Nm3") ", " Q("drained", "1e4Nm3")},
    {"L_CO2_UG", "UG",
     "\"source\": \"shaft-1\", " Q("ventilation", "1e4Nm3") ", " Q("drained", "1e4Nm3")},
    {"L_CH4_OP", "OP", "\"source\": \"pit\", " Q("coal", "t")},
    {"L_CH4_POST", "UG", "\"source\": \"surface\", " Q("coal", "t") ", \"gas_grade\": \"HIGH\""},
    {"L_CH4_POST", "OP",
     "\"source\": \"surface\", " Q("coal", "t") ", \"gas_grade\": \"OPEN_PIT\""},
    {"L_SLOWOX", "OP",
     "\"source\": \"pit\", \"face\": \"face-1\", " Q(
         "g", "t") ", \"g_basis\": \"IN_PLACE\", "
                   "\"k\": \"\", " Q("q", "MJ/kg") ", " Q("c", "kg/MJ") ", \"m\": \"\""},
    {"L_EXPL", "OP", "\"source\": \"blasting\", " Q("mass", "t") ", \"explosive\": \"ANFO\""},
    {"L_SPCOMB", "UG,OP",
     "\"source\": \"heap-1\", " Q("mass", "t") ", " Q("carbon_content", "tC/t") ", \"of\": \"1\""},
    {"L_ELEC", "UG,OP,WP", "\"source\": \"grid\", " Q("bought", "MWh") ", " Q("sold", "MWh")},
    {"L_HEAT", "UG,OP,WP", "\"source\": \"district\", " Q("heat", "GJ")},
};

static const char wash[] =
    ",\n  \"products\": [\n"
    "    {\"product\": \"clean\", " Q("mass", "t") ", " Q(
        "ncv", "GJ/t") "},\n"
                       "    {\"product\": \"middlings\", " Q("mass", "t") ", " Q(
                           "ncv", "GJ/t") "},\n"
                                          "    {\"product\": \"slime\", " Q("mass", "t") ", " Q(
                                              "ncv", "GJ/t") "}],\n"
                                                             "  \"raw_input\": {" Q("mass",
                                                                                    "t") "}";

/* The product's default set (D34), as soon as it is built in. */
static const char *default_set(void)
{
    static const char wanted[] = "CN-KSSJ-YY25-2023";
    return set_builtin(wanted).size > 0 ? wanted : "CN-NDRC-COAL-2014";
}

#define BLANK "?" /* an empty value of a table, until it is written */

struct text {
    char *data;
    size_t size;
    bool marked; /* write BLANK for each empty value */
};

static void put(struct text *text, const char *from)
{
    for (const char *at = from; *at != '\0' && text->size < TEXT_MAX - 2; at++) {
        text->data[text->size++] = *at;
        if (text->marked && *at == '"' && at[1] == '"') {
            text->data[text->size++] = BLANK[0];
        }
    }
}

static bool proposed(const struct row *row, const char *kind, const struct set *set)
{
    const struct code_row *code = code_find(set->message->edition, row->code);
    return spell_in_list(kind, row->kinds) && code != NULL && set_admits(set, row->code) &&
           (code->kinds & code_kind(kind)) != 0;
}

static void write_json(struct text *text, const char *kind, const struct set *set)
{
    char head[256];
    snprintf(head, sizeof head,
             "{\n  \"facility\": \"my-facility\", \"kind\": \"%s\", \"period\": \"" PERIOD
             "\",\n  \"parameter_set\": \"%s\",\n  \"lines\": [",
             kind, set->message->id);
    put(text, head);
    bool first = true;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (proposed(&lines[i], kind, set)) {
            put(text, first ? "\n    {\"code\": \"" : ",\n    {\"code\": \"");
            put(text, lines[i].code);
            put(text, "\", ");
            put(text, lines[i].fields);
            put(text, "}");
            first = false;
        }
    }
    put(text, "]");
    put(text, strcmp(kind, "WP") == 0 ? wash : "");
    put(text, "\n}\n");
}

enum err template_write(struct bytes *text, const char *kind, enum template_form form,
                        enum err_language language, struct arena *arena, struct errors *errors)
{
    struct text json = {.data = arena_alloc(arena, TEXT_MAX), .marked = form == TEMPLATE_CSV};
    const Seam__CalculationFile *file = NULL;
    struct set set;
    if (json.data == NULL) {
        return ERR_MEMORY;
    }
    if (!spell_in_list(kind, "UG,OP,WP")) {
        errors_add(errors, ERR_ENUM, "kind", "D34", "UG,OP,WP", NULL);
        return ERR_ENUM;
    }
    enum err err = set_load(&set, default_set(), arena, errors);
    if (err != OK) {
        return err;
    }
    write_json(&json, kind, &set);
    if (form == TEMPLATE_JSON) {
        *text = bytes_of(json.data, json.size);
        return OK;
    }
    err = calc_file_read(&file, bytes_of(json.data, json.size), arena, errors);
    return err == OK ? calc_csv_write(text, file, &set, language, BLANK, arena) : err;
}
