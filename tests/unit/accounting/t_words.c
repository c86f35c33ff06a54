/* SPDX-License-Identifier: Apache-2.0 */
/* Three languages or none: every key of the catalogue has all three, every code, field, unit and
 * every trace of the vectors is told in words, and no number changes on the way. */
#include "ledger/accounting/words.h"

#include "ledger/accounting/bound.h"
#include "ledger/accounting/code.h"
#include "ledger/accounting/report.h"
#include "ledger/codec/json_in.h"

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

static char text[TEXT_MAX];
static const enum err_language languages[] = {ERR_EN, ERR_ZH, ERR_RU};

static void whole(const struct word *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < 3; j++) {
            if (rows[i].text[j] == NULL || rows[i].text[j][0] == '\0') {
                fail_msg("%s has no text in %s", rows[i].key, words_language_name(languages[j]));
            }
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(rows[i].key, rows[j].key) == 0) {
                fail_msg("%s stands twice", rows[i].key);
            }
        }
    }
}

static void every_key_has_three_texts(void **state)
{
    (void)state;
    size_t count = 0;
    const struct word *rows = words_rows(&count);
    whole(rows, count);
    rows = words_units(&count);
    whole(rows, count);
}

static void every_code_field_and_unit(void **state)
{
    (void)state;
    size_t count = 0;
    char out[WORDS_TEXT_SIZE];
    const struct code_row *codes = code_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (words_find(codes[i].code, ERR_ZH) == NULL) {
            fail_msg("no words for %s", codes[i].code);
        }
        if (!words_formula(out, sizeof out, codes[i].formula, ERR_RU)) {
            fail_msg("%s: formula \"%s\" is told as \"%s\"", codes[i].code, codes[i].formula, out);
        }
    }
    const ProtobufCMessageDescriptor *line = &seam__line__descriptor;
    for (unsigned i = 0; i < line->n_fields; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s", line->fields[i].name);
        char *list = strstr(name, "_list");
        if (list != NULL) {
            *list = '\0';
        }
        if (words_find(name, ERR_ZH) == NULL) {
            fail_msg("no words for the field %s", name);
        }
    }
    const struct bound *bounds = bound_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (words_unit(bounds[i].unit, ERR_ZH) == NULL) {
            fail_msg("no words for the unit %s", bounds[i].unit);
        }
    }
}

static void same_digits(const char *from, const char *to)
{
    char a[WORDS_TEXT_SIZE];
    size_t n = 0;
    for (const char *at = from; *at != '\0'; at++) {
        if ((*at >= '0' && *at <= '9') || *at == '.') {
            a[n++] = *at;
        }
    }
    a[n] = '\0';
    size_t m = 0;
    for (const char *at = to; *at != '\0'; at++) {
        if ((*at >= '0' && *at <= '9') || *at == '.') {
            if (m >= n || a[m] != *at) {
                fail_msg("digits of \"%s\" became \"%s\"", from, to);
            }
            m++;
        }
    }
    assert_int_equal(n, m);
}

static void told(bool known, const char *what, const char *from, const char *to)
{
    if (!known || to[0] == '\0') {
        fail_msg("%s \"%s\" is told as \"%s\"", what, from, to);
    }
}

static void check_trace(const Seam__TraceLine *trace, enum err_language language)
{
    char out[WORDS_TEXT_SIZE];
    for (size_t i = 0; i < trace->n_inputs; i++) {
        const Seam__TraceInput *input = trace->inputs[i];
        told(words_name(out, sizeof out, input->name, language), "input", input->name, out);
        told(words_origin(out, sizeof out, input->origin, language), "origin", input->origin, out);
        assert_string_equal(input->origin_text, out);
        if (input->unit[0] != '\0' && words_unit(input->unit, language) == NULL) {
            fail_msg("no words for the unit %s", input->unit);
        }
    }
    for (size_t i = 0; i < trace->n_steps; i++) {
        const Seam__TraceStep *step = trace->steps[i];
        told(words_name(out, sizeof out, step->name, language), "step", step->name, out);
        told(words_formula(out, sizeof out, step->formula, language), "formula", step->formula,
             out);
        assert_string_equal(step->formula_text, out);
        same_digits(step->formula, out);
        if (words_unit(step->unit, language) == NULL) {
            fail_msg("no words for the unit %s", step->unit);
        }
    }
}

static void check_result(const Seam__CalculationResult *result, enum err_language language)
{
    for (size_t i = 0; i < result->n_lines; i++) {
        const Seam__LineResult *line = result->lines[i];
        if (line->method[0] != '\0' && words_find(line->method, language) == NULL) {
            fail_msg("no words for the method %s", line->method);
        }
        for (size_t j = 0; j < line->n_flags; j++) {
            if (words_find(line->flags[j], language) == NULL) {
                fail_msg("no words for the flag %s", line->flags[j]);
            }
        }
        assert_int_equal(line->n_flags, line->n_flag_texts);
        check_trace(result->trace[i], language);
    }
    char out[WORDS_TEXT_SIZE];
    for (size_t i = 0; i < result->trace_total->n_steps; i++) {
        const Seam__TraceStep *step = result->trace_total->steps[i];
        told(words_name(out, sizeof out, step->name, language), "total", step->name, out);
        told(words_formula(out, sizeof out, step->formula, language), "total", step->formula, out);
    }
    assert_string_equal(result->language, words_language_name(language));
}

static void run_vector(const struct json_node *root, struct arena *arena)
{
    struct json_out json;
    struct bytes bytes;
    struct errors errors;
    struct set set;
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    json_out_init(&json, JSON_OUT_COMPACT, TEXT_MAX);
    json_node_write(&json, json_node_get(root, "file"));
    assert_int_equal(json_out_finish(&json, &bytes), OK);
    assert_int_equal(errors_new(&errors, arena), OK);
    assert_int_equal(calc_file_read(&file, bytes, arena, &errors), OK);
    json_out_free(&json);
    assert_int_equal(set_load(&set, file->parameter_set, arena, &errors), OK);
    assert_int_equal(calc_run(&result, file, &set, CALC_TRACE, arena, &errors), OK);
    for (size_t i = 0; i < 3; i++) {
        const Seam__CalculationResult *report = NULL;
        assert_int_equal(report_make(&report, result, file, &set, languages[i], arena), OK);
        assert_int_equal(report->net_g, result->net_g);
        check_result(report, languages[i]);
    }
}

static void every_vector_is_told(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    unsigned count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[512];
        if (strstr(entry->d_name, ".json") == NULL) {
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
        const struct json_node *root = json_doc_root(doc);
        if (json_node_get(json_node_get(root, "expect"), "error") == NULL) {
            run_vector(root, &arena);
            count++;
        }
        json_doc_free(doc);
        arena_free(&arena);
    }
    closedir(folder);
    assert_true(count >= 50);
}

static void forms(void **state)
{
    (void)state;
    char out[WORDS_TEXT_SIZE];
    assert_true(words_formula(out, sizeof out, "E = AD x CC x OF x 44/12", ERR_ZH));
    assert_string_equal(out, "排放量 = 活动数据 × 含碳量 × 碳氧化率 × 44/12");
    assert_true(words_name(out, sizeof out, "ventilation[11].days", ERR_RU));
    assert_string_equal(out, "газ вентиляции 12, дни");
    assert_true(words_origin(out, sizeof out, "SET fuel.diesel.of", ERR_EN));
    assert_string_equal(out, "parameter set (fuel.diesel.of)");
    assert_false(words_name(out, sizeof out, "nothing-like-it", ERR_EN));
    /* a cut never leaves half a character */
    for (size_t size = 1; size < 20; size++) {
        (void)words_formula(out, size, "AD x CC", ERR_ZH);
        assert_true(strlen(out) < size);
        assert_int_equal(strlen(out) - strlen(out) % 1, strlen(out));
        const size_t length = strlen(out);
        assert_true(length == 0 || memcmp(out, "活动数据 × 含碳量", length) == 0);
        assert_true(((uint8_t) "活动数据 × 含碳量"[length] & 0xC0) != 0x80);
    }
}

static void language_names(void **state)
{
    (void)state;
    enum err_language language = ERR_RU;
    assert_true(words_language(&language, "zh"));
    assert_int_equal(language, ERR_ZH);
    assert_false(words_language(&language, "de"));
    assert_false(words_language(&language, ""));
    assert_int_equal(language, ERR_ZH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_key_has_three_texts),
                                       cmocka_unit_test(every_code_field_and_unit),
                                       cmocka_unit_test(every_vector_is_told),
                                       cmocka_unit_test(forms), cmocka_unit_test(language_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
