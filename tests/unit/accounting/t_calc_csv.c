/* SPDX-License-Identifier: Apache-2.0 */
/* A table and the JSON document of the same account are the same message; every row that is wrong
 * is named; the template is accepted when it is filled in. */
#include "ledger/accounting/calc_csv.h"

#include "ledger/accounting/template.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define FOLDER SEAM_SOURCE_DIR "/tests/vectors/calc"
#define TEXT_MAX (1024 * 1024)
#define HEAD "facility,kind,period,parameter_set,code,source,"

static char text[TEXT_MAX];

struct outcome {
    enum err err;
    struct calc_csv csv;
    const Seam__CalculationResult *result;
    struct errors errors;
};

static struct outcome calculate(struct bytes table, struct arena *arena)
{
    struct outcome out = {.err = OK};
    struct set set;
    assert_int_equal(errors_new(&out.errors, arena), OK);
    out.err = calc_csv_read(&out.csv, table, arena, &out.errors);
    if (out.err == OK) {
        out.err = set_load(&set, out.csv.file->parameter_set, arena, &out.errors);
    }
    if (out.err != OK) {
        return out;
    }
    calc_csv_fuels(&out.csv, &set);
    const size_t before = out.errors.count;
    out.err = calc_run(&out.result, out.csv.file, &set, CALC_ALONE, arena, &out.errors);
    calc_csv_rows(&out.csv, &out.errors, before);
    return out;
}

/* --- every vector, there and back --------------------------------------------------------------*/

static void round_trip(const char *name, const struct json_node *node, struct arena *arena)
{
    static const enum err_language languages[] = {ERR_EN, ERR_ZH, ERR_RU};
    struct errors errors;
    struct set set;
    struct bytes packed;
    const Seam__CalculationFile *file = NULL;
    assert_int_equal(errors_new(&errors, arena), OK);
    if (calc_file_read_node(&file, node, NULL, arena, &errors) != OK ||
        set_load(&set, file->parameter_set, arena, &errors) != OK || file->n_lines == 0 ||
        message_pack(&packed, &file->base, arena) != OK) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        struct bytes table;
        struct bytes again;
        assert_int_equal(calc_csv_write(&table, file, &set, languages[i], NULL, arena), OK);
        const struct outcome got = calculate(table, arena);
        if (got.csv.file == NULL) {
            fail_msg("%s: %s in row %u %s", name, err_name(got.errors.items[0].err),
                     got.errors.items[0].line, got.errors.items[0].field);
        }
        assert_int_equal(message_pack(&again, &got.csv.file->base, arena), OK);
        if (!bytes_equal(packed, again)) {
            fail_msg("%s became another file:\n%.*s", name, (int)table.size,
                     (const char *)table.data);
        }
    }
}

static void every_vector_there_and_back(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[512];
        /* errors in the shape of JSON, or values that no table carries, have no table */
        if (strstr(entry->d_name, ".json") == NULL || entry->d_name[0] == 'E') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%.200s", FOLDER, entry->d_name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        const size_t size = fread(text, 1, sizeof text, file);
        fclose(file);
        struct arena arena;
        struct json_doc *doc = NULL;
        arena_init(&arena, (size_t)64 << 20);
        assert_int_equal(json_doc_read(&doc, bytes_of(text, size), TEXT_MAX, NULL), OK);
        round_trip(entry->d_name, json_node_get(json_doc_root(doc), "file"), &arena);
        json_doc_free(doc);
        arena_free(&arena);
    }
    closedir(folder);
}

/* --- what people write -------------------------------------------------------------------------*/

static void words_of_three_languages(void **state)
{
    (void)state;
    static const char *const tables[] = {
        HEAD "fuel,ad,ad.unit\nm,UG,2024-03,CN-NDRC-COAL-2014,L_FUEL,b,烟煤,1000,吨\n"
             ",,,,L_FUEL,b,天然气,12.3456,万Nm3\n",
        HEAD "fuel,ad,ad.unit\nm,UG,2024-03,CN-NDRC-COAL-2014,L_FUEL,b,Bituminous coal,1000,t\n"
             ",,,,L_FUEL,b,natural gas,12.3456,1e4Nm3\n",
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct arena arena;
        arena_init(&arena, (size_t)32 << 20);
        const struct outcome got = calculate(bytes_text(tables[i]), &arena);
        if (got.err != OK) {
            fail_msg("table %zu: %s row %u %s", i, err_name(got.err), got.errors.items[0].line,
                     got.errors.items[0].field);
        }
        assert_int_equal(got.result->lines[0]->co2e_g, 2071509255);
        assert_int_equal(got.result->lines[1]->co2e_g, 266935182);
        arena_free(&arena);
    }
    assert_string_equal(calc_unit("万Nm3"), "1e4Nm3");
    assert_string_equal(calc_unit("万Nm³"), "1e4Nm3");
    assert_string_equal(calc_unit("тыс. м3"), "1e3m3");
    assert_string_equal(calc_unit("тыс. м³"), "1e3m3");
    assert_string_equal(calc_unit("т"), "t");
    assert_string_equal(calc_unit("1e4Nm3"), "1e4Nm3");
    assert_null(calc_unit("bushel"));
}

/* A decimal comma in a table separated by semicolons, as in Russian. */
static void decimal_comma(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, (size_t)32 << 20);
    const struct outcome got =
        calculate(bytes_text("facility;kind;period;parameter_set;code;source;bought;bought.unit\n"
                             "m;UG;2024-03;CN-NDRC-COAL-2014;L_ELEC;grid;96500,5;МВт·ч\n"),
                  &arena);
    assert_int_equal(got.err, ERR_DEC);
    assert_int_equal(got.errors.items[0].line, 2);
    assert_string_equal(got.errors.items[0].field, "bought");
    assert_non_null(strstr(got.errors.items[0].hint, "use a point"));
    arena_free(&arena);
}

static void refused(const char *table, enum err err, uint32_t row, const char *field)
{
    struct arena arena;
    arena_init(&arena, (size_t)32 << 20);
    const struct outcome got = calculate(bytes_text(table), &arena);
    if (got.err != err || got.errors.items[0].line != row ||
        strcmp(got.errors.items[0].field, field) != 0) {
        fail_msg("%s: %s in row %u, field %s", table, err_name(got.err), got.errors.items[0].line,
                 got.errors.items[0].field);
    }
    arena_free(&arena);
}

#define M "m,UG,2024-03,CN-NDRC-COAL-2014,"

static void rows_are_named(void **state)
{
    (void)state;
    refused("facility,kind\nm,UG\n", ERR_MISSING, 1, "code");
    refused(HEAD "wrong\n", ERR_UNKNOWN_FIELD, 1, "wrong");
    refused(HEAD "ad.weight\n", ERR_UNKNOWN_FIELD, 1, "ad.weight");
    refused(HEAD "heat,heat\n", ERR_TWICE, 1, "heat");
    refused(HEAD "heat,heat.unit\n" M "L_HEAT,a,1,GJ\n\n,,,,L_HEAT,b,x,GJ\n", ERR_DEC, 4, "heat");
    refused(HEAD "heat,heat.unit\n" M "L_HEAT,a,1,GJ\nother,,,,L_HEAT,b,1,GJ\n", ERR_CONFLICT, 3,
            "facility");
    refused(HEAD "heat,heat.unit\n" M "L_HEAT,a,1,GJ\n,,,,,,5,GJ\n", ERR_MISSING, 3, "code");
    refused(HEAD "heat,heat.unit\n" M "+,a,1,GJ\n", ERR_MISSING, 2, "code");
    refused(HEAD "heat,heat.unit,product\n" M "L_HEAT,a,1,GJ,clean\n", ERR_UNKNOWN_FIELD, 2,
            "product");
    refused(HEAD "heat,heat.unit,product,mass,mass.unit\n" M "L_HEAT,a,1,GJ\n"
                 ",,,,PRODUCT,surface,,,clean,1,t\n",
            ERR_UNKNOWN_FIELD, 3, "source");
    refused("facility,kind,period,parameter_set,code,source,heat,heat.unit,product,mass,mass.unit\n"
            "m,WP,2024-03,CN-NDRC-COAL-2014,L_HEAT,a,1,GJ\n,,,,PRODUCT,,,,clean,-1,t\n",
            ERR_RANGE, 3, "mass");
}

static void up_to_a_hundred_errors(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, (size_t)32 << 20);
    size_t at = (size_t)snprintf(text, sizeof text, "%sheat,heat.unit\n", HEAD);
    for (unsigned i = 0; i < 150; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%sL_HEAT,s%u,x,GJ\n",
                               i == 0 ? M : ",,,,", i);
    }
    const struct outcome got = calculate(bytes_of(text, at), &arena);
    assert_int_equal(got.err, ERR_DEC);
    assert_int_equal(got.errors.count, 100);
    assert_true(got.errors.more);
    assert_int_equal(got.errors.items[99].line, 101);
    arena_free(&arena);
}

/* --- the template ------------------------------------------------------------------------------*/

/* Every empty value becomes a number that its field takes. */
static const char *filled(const char *name)
{
    static const char *const fractions[] = {"CH4", "composition.CH4", "k", "m"};
    for (size_t i = 0; i < sizeof fractions / sizeof fractions[0]; i++) {
        if (strcmp(name, fractions[i]) == 0) {
            return "0.5";
        }
    }
    if (strcmp(name, "carbon_content") == 0) {
        return "0.4";
    }
    if (strcmp(name, "c") == 0) {
        return "0.025";
    }
    return strcmp(name, "ventilation") == 0 || strcmp(name, "drained") == 0 ? "1000" : "20";
}

static void fill_message(const ProtobufCMessage *message, const char *outer)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const char *name = strcmp(field->name, "value") == 0 ? outer : field->name;
        const bool single = field->label != PROTOBUF_C_LABEL_REPEATED;
        const size_t count = message_count(message, field);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            for (size_t j = 0; j < count; j++) {
                fill_message(*(ProtobufCMessage *const *)message_at(message, field, j),
                             field->name);
            }
        } else if (single && strcmp(field->name, "value") == 0 && count == 0) {
            *(const char **)(uintptr_t)message_at(message, field, 0) = filled(name);
        }
    }
}

/* Bare fractions have no empty quantity around them. */
static void fill_fractions(Seam__CalculationFile *file)
{
    for (size_t i = 0; i < file->n_lines; i++) {
        Seam__Line *line = file->lines[i];
        if (strcmp(line->code, "L_CMM_USE") == 0 || strcmp(line->code, "L_FLARE") == 0) {
            if (line->composition == NULL) {
                static Seam__Composition composition = SEAM__COMPOSITION__INIT;
                line->composition = &composition;
            }
            line->composition->ch4 = (char *)"0.5";
        }
        if (strcmp(line->code, "L_SLOWOX") == 0) {
            line->k = (char *)"0.95";
            line->m = (char *)"0.03";
        }
    }
    for (size_t i = 0; i < file->n_products; i++) {
        file->products[i]->mass->value = (char *)(i == 0 ? "10" : "5");
    }
}

static void accept_filled(Seam__CalculationFile *file, const char *kind, struct arena *arena)
{
    struct errors errors;
    struct set set;
    const Seam__CalculationResult *result = NULL;
    assert_string_equal(file->kind, kind);
    fill_message(&file->base, "");
    fill_fractions(file);
    assert_int_equal(errors_new(&errors, arena), OK);
    assert_int_equal(set_load(&set, file->parameter_set, arena, &errors), OK);
    if (calc_run(&result, file, &set, CALC_ALONE, arena, &errors) != OK) {
        fail_msg("%s: %s in line %u, %s (%s)", kind, err_name(errors.items[0].err),
                 errors.items[0].line, errors.items[0].field, errors.items[0].limit);
    }
    assert_true(result->gross_g > 0);
    assert_int_equal(result->n_allocation, strcmp(kind, "WP") == 0 ? 3 : 0);
}

static void template_is_accepted(void **state)
{
    (void)state;
    static const char *const kinds[] = {"UG", "OP", "WP"};
    for (size_t i = 0; i < 3; i++) {
        struct arena arena;
        struct errors errors;
        struct bytes template;
        const Seam__CalculationFile *file = NULL;
        arena_init(&arena, (size_t)32 << 20);
        assert_int_equal(errors_new(&errors, &arena), OK);
        assert_int_equal(
            template_write(&template, kinds[i], TEMPLATE_JSON, ERR_EN, &arena, &errors), OK);
        assert_int_equal(calc_file_read(&file, template, &arena, &errors), OK);
        accept_filled((Seam__CalculationFile *)(uintptr_t)file, kinds[i], &arena);
        for (int language = ERR_EN; language <= ERR_RU; language++) {
            struct calc_csv csv;
            struct set set;
            assert_int_equal(template_write(&template, kinds[i], TEMPLATE_CSV,
                                            (enum err_language)language, &arena, &errors),
                             OK);
            assert_int_equal(calc_csv_read(&csv, template, &arena, &errors), OK);
            assert_int_equal(set_load(&set, csv.file->parameter_set, &arena, &errors), OK);
            calc_csv_fuels(&csv, &set);
            assert_int_equal(csv.file->n_lines, file->n_lines);
            /* a cell of each column that the JSON file has */
            const bool gas = memmem(template.data, template.size, "composition.CH4", 15) != NULL;
            assert_true(gas == (strcmp(kinds[i], "UG") == 0));
            accept_filled(csv.file, kinds[i], &arena);
        }
        arena_free(&arena);
    }
}

static void template_of_nothing(void **state)
{
    (void)state;
    struct arena arena;
    struct errors errors;
    struct bytes template;
    arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(errors_new(&errors, &arena), OK);
    assert_int_equal(template_write(&template, "XX", TEMPLATE_JSON, ERR_EN, &arena, &errors),
                     ERR_ENUM);
    assert_int_equal(errors.count, 1);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_vector_there_and_back),
                                       cmocka_unit_test(words_of_three_languages),
                                       cmocka_unit_test(decimal_comma),
                                       cmocka_unit_test(rows_are_named),
                                       cmocka_unit_test(up_to_a_hundred_errors),
                                       cmocka_unit_test(template_is_accepted),
                                       cmocka_unit_test(template_of_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
