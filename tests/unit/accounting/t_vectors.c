/* SPDX-License-Identifier: Apache-2.0 */
/* Every calculation of tests/vectors/calc/, to the gram, and every error of a file, to its field
 * [methodology 10.7, part 11, part 12]. */
#include "ledger/accounting/calc.h"
#include "ledger/base/binary32.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FOLDER SEAM_SOURCE_DIR "/tests/vectors/calc"
#define TEXT_MAX (1024 * 1024)

static char text[TEXT_MAX];

static struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text, file);
    assert_int_equal(ferror(file), 0);
    fclose(file);
    assert_true(size < sizeof text);
    return bytes_of(text, size);
}

struct outcome {
    enum err err;
    const Seam__CalculationResult *result;
    struct errors errors;
};

static struct outcome calculate(const struct json_node *file, struct arena *arena)
{
    struct outcome out = {.err = OK};
    struct json_out json;
    struct bytes bytes;
    json_out_init(&json, JSON_OUT_COMPACT, TEXT_MAX);
    json_node_write(&json, file);
    assert_int_equal(json_out_finish(&json, &bytes), OK);
    assert_int_equal(errors_new(&out.errors, arena), OK);
    const Seam__CalculationFile *message = NULL;
    out.err = calc_file_read(&message, bytes, arena, &out.errors);
    json_out_free(&json);
    if (out.err != OK) {
        return out;
    }
    struct set set;
    out.err = set_load(&set, message->parameter_set, arena, &out.errors);
    if (out.err == OK) {
        out.err = calc_run(&out.result, message, &set, CALC_TRACE, arena, &out.errors);
    }
    return out;
}

static void same_int(const char *name, const struct json_node *expect, const char *key, int64_t got)
{
    int64_t want = 0;
    if (json_node_get(expect, key) == NULL) {
        return;
    }
    assert_true(json_node_integer(json_node_get(expect, key), &want));
    if (want != got) {
        fail_msg("%s: %s is %lld, expected %lld", name, key, (long long)got, (long long)want);
    }
}

static void same_text(const char *name, const struct json_node *expect, const char *key,
                      const char *got)
{
    const char *want = json_node_text(json_node_get(expect, key));
    if (want != NULL && strcmp(want, got) != 0) {
        fail_msg("%s: %s is %s, expected %s", name, key, got, want);
    }
}

static void check_flags(const char *name, const struct json_node *expect,
                        const Seam__LineResult *line)
{
    const struct json_node *flags = json_node_get(expect, "flags");
    if (flags == NULL) {
        return;
    }
    if (json_node_count(flags) != line->n_flags) {
        fail_msg("%s: %s has %zu flags", name, line->code, line->n_flags);
    }
    for (size_t i = 0; i < line->n_flags; i++) {
        assert_string_equal(line->flags[i], json_node_text(json_node_at(flags, i)));
    }
}

static void check_step(const char *name, const struct json_node *expect,
                       const Seam__CalculationResult *result)
{
    int64_t line = 0;
    assert_true(json_node_integer(json_node_get(expect, "line"), &line));
    const char *step = json_node_text(json_node_get(expect, "name"));
    const Seam__TraceLine *trace = result->trace[line - 1];
    for (size_t i = 0; i < trace->n_steps; i++) {
        if (strcmp(trace->steps[i]->name, step) == 0) {
            same_text(name, expect, "value", trace->steps[i]->value);
            return;
        }
    }
    fail_msg("%s: no step %s in the trace", name, step);
}

static void check_allocation(const char *name, const struct json_node *rows,
                             const Seam__CalculationResult *result)
{
    if (rows != NULL) {
        assert_int_equal(json_node_count(rows), result->n_allocation);
    }
    for (size_t i = 0; i < json_node_count(rows); i++) {
        const struct json_node *row = json_node_at(rows, i);
        same_text(name, row, "product", result->allocation[i]->product);
        same_int(name, row, "allocated_g", result->allocation[i]->allocated_g);
        same_int(name, row, "factor_g_per_t", result->allocation[i]->factor_g_per_t);
    }
}

static void check_result(const char *name, const struct json_node *expect,
                         const struct outcome *got)
{
    if (got->err != OK) {
        fail_msg("%s: %s in %s: %s %s", name, err_name(got->err), got->errors.items[0].field,
                 got->errors.items[0].limit, got->errors.items[0].hint);
    }
    assert_int_equal(got->errors.count, 0);
    const Seam__CalculationResult *result = got->result;
    const struct json_node *lines = json_node_get(expect, "lines");
    assert_true(json_node_count(lines) <= result->n_lines);
    for (size_t i = 0; i < json_node_count(lines); i++) {
        const struct json_node *line = json_node_at(lines, i);
        char where[80];
        snprintf(where, sizeof where, "%.50s line %zu", name, i + 1);
        same_int(where, line, "co2e_g", result->lines[i]->co2e_g);
        same_int(where, line, "co2_g", result->lines[i]->co2_g);
        same_int(where, line, "ch4_g", result->lines[i]->ch4_g);
        same_text(where, line, "method", result->lines[i]->method);
        same_text(where, line, "scope", result->lines[i]->scope);
        check_flags(where, line, result->lines[i]);
    }
    same_int(name, expect, "gross_g", result->gross_g);
    same_int(name, expect, "net_g", result->net_g);
    same_int(name, expect, "scope1_g", result->scope1_g);
    same_int(name, expect, "scope2_g", result->scope2_g);
    same_int(name, expect, "sinks_g", result->sinks_g);
    same_int(name, expect, "information_g", result->information_g);
    same_int(name, expect, "ch4_g", result->ch4_g);
    same_int(name, expect, "whole_t", result->whole_t);
    same_text(name, expect, "report_t", result->report_t);
    same_text(name, expect, "gwp", result->gwp);
    check_allocation(name, json_node_get(expect, "allocation"), result);
    const struct json_node *steps = json_node_get(expect, "steps");
    for (size_t i = 0; i < json_node_count(steps); i++) {
        check_step(name, json_node_at(steps, i), result);
    }
}

static void check_error(const char *name, const struct json_node *expect, const struct outcome *got)
{
    assert_null(got->result);
    if (got->err == OK || got->errors.count == 0) {
        fail_msg("%s: accepted", name);
    }
    const struct err_detail *first = &got->errors.items[0];
    assert_int_equal(first->err, got->err);
    same_text(name, expect, "error", err_name(first->err));
    same_text(name, expect, "code", err_code(first->err));
    same_int(name, expect, "line", first->line);
    same_text(name, expect, "field", first->field);
    same_int(name, expect, "count", (int64_t)got->errors.count);
    const char *hint = json_node_text(json_node_get(expect, "hint"));
    if (hint != NULL && strstr(first->hint, hint) == NULL) {
        fail_msg("%s: hint is \"%s\"", name, first->hint);
    }
}

/* [methodology W46] four bytes of a device, and the text that a person would have typed */
static void check_binary32(const struct json_node *list)
{
    for (size_t i = 0; i < json_node_count(list); i++) {
        uint8_t bytes[BINARY32_SIZE];
        struct dec value;
        char got[DEC_TEXT_SIZE];
        const char *hex = json_node_text(json_node_get(json_node_at(list, i), "bytes"));
        assert_true(hex_decode(bytes, sizeof bytes, bytes_text(hex)));
        assert_int_equal(binary32_dec(&value, bytes), OK);
        dec_text(got, value);
        same_text("binary32", json_node_at(list, i), "text", got);
    }
}

static void run_vector(const char *path, const char *name)
{
    struct arena arena;
    struct json_doc *doc = NULL;
    arena_init(&arena, 32 * 1024 * 1024);
    assert_int_equal(json_doc_read(&doc, read_file(path), TEXT_MAX, NULL), OK);
    const struct json_node *root = json_doc_root(doc);
    const struct json_node *expect = json_node_get(root, "expect");
    assert_non_null(expect);
    check_binary32(json_node_get(expect, "binary32"));
    const struct outcome got = calculate(json_node_get(root, "file"), &arena);
    if (json_node_get(expect, "error") != NULL) {
        check_error(name, expect, &got);
    } else {
        check_result(name, expect, &got);
    }
    json_doc_free(doc);
    arena_free(&arena);
}

static void vectors(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    unsigned count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".json") != NULL) {
            char path[512];
            snprintf(path, sizeof path, "%s/%.200s", FOLDER, entry->d_name);
            run_vector(path, entry->d_name);
            count++;
        }
    }
    closedir(folder);
    assert_true(count >= 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
