/* SPDX-License-Identifier: Apache-2.0 */
/* Tables are libsmartcols', which knows the width of Chinese characters. */

#include "tools/output.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <libsmartcols/libsmartcols.h>

#include "ledger/codec/json_out_errors.h"
#include "tools/command.h"

#define JSON_ERROR_MAX 65536

struct output_table {
    struct libscols_table *table;
    size_t columns;
};

void output_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
}

void output_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
}

static void note_part(const char *name, const char *text)
{
    if (text[0] != '\0') {
        output_note("  %s: %s", name, text);
    }
}

void output_error(enum err err, const struct err_detail *detail)
{
    output_note("%s %s: %s", err_code(err), err_name(err), err_text(err, ERR_EN));
    if (detail == NULL || detail->err == OK) {
        return;
    }
    if (detail->line > 0) {
        output_note("  line: %u", (unsigned)detail->line);
    }
    note_part("field", detail->field);
    note_part("limit", detail->limit);
    note_part("rule", detail->rule);
    note_part("clause", detail->clause);
    note_part("hint", detail->hint);
}

enum err output_errors(const struct errors *errors)
{
    for (size_t i = 0; i < errors->count; i++) {
        output_error(errors->items[i].err, &errors->items[i]);
    }
    if (errors->more) {
        output_note("there are more");
    }
    return errors_first(errors);
}

enum err output_json(struct json_out *out)
{
    struct bytes text = {0};
    const enum err err = json_out_finish(out, &text);
    if (err == OK) {
        (void)fwrite(text.data, 1, text.size, stdout);
        if (text.size == 0 || text.data[text.size - 1] != '\n') {
            (void)putchar('\n');
        }
    } else {
        output_error(err, NULL);
    }
    json_out_free(out);
    return err;
}

void output_json_error(enum err err, const struct err_detail *detail)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, JSON_ERROR_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "code", err_code(err));
    json_out_field_text(&out, "message", err_text(err, ERR_EN));
    json_out_key(&out, "data");
    if (detail == NULL || detail->err == OK) {
        json_out_null(&out);
    } else {
        json_out_detail(&out, detail);
    }
    json_out_end(&out);
    if (output_json(&out) != OK) {
        output_error(err, detail);
    }
}

void output_refusal(bool json, enum err err, const struct err_detail *detail)
{
    if (json) {
        output_json_error(err, detail);
    } else {
        output_error(err, detail);
    }
}

struct output_table *output_table_new(const struct output_column *columns, size_t count)
{
    struct output_table *out = calloc(1, sizeof *out);
    if (out == NULL) {
        return NULL;
    }
    out->columns = count;
    out->table = scols_new_table();
    for (size_t i = 0; out->table != NULL && i < count; i++) {
        if (scols_table_new_column(out->table, columns[i].name, 0,
                                   columns[i].right ? SCOLS_FL_RIGHT : 0) == NULL) {
            scols_unref_table(out->table);
            out->table = NULL;
        }
    }
    if (out->table == NULL) {
        free(out);
        return NULL;
    }
    return out;
}

void output_table_row(struct output_table *table, const char *const *cells)
{
    if (table == NULL) {
        return;
    }
    struct libscols_line *line = scols_table_new_line(table->table, NULL);
    for (size_t i = 0; line != NULL && i < table->columns; i++) {
        (void)scols_line_set_data(line, i, cells[i] == NULL ? "" : cells[i]);
    }
}

void output_table_print(struct output_table *table)
{
    if (table == NULL) {
        output_note("seam: not enough memory for the table");
        return;
    }
    (void)scols_print_table(table->table);
    scols_unref_table(table->table);
    free(table);
}

int output_close(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        output_note("seam: the answer could not be written");
        return status == TOOL_OK ? TOOL_NO : status;
    }
    return status;
}
