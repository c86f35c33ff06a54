/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct bench_table {
    const struct output_column *columns;
    size_t count;
    struct output_table *people; /* NULL: Markdown */
    char *text; /* of Markdown */
    size_t size;
    FILE *out;
};

enum bench_form bench_form_of(bool json, bool markdown)
{
    if (json) {
        return BENCH_JSON;
    }
    return markdown ? BENCH_MARKDOWN : BENCH_TEXT;
}

static void write_head(struct bench_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        (void)fputs("| ", table->out);
        for (const char *at = table->columns[i].name; *at != '\0'; at++) {
            (void)fputc(tolower((unsigned char)*at), table->out);
        }
        (void)fputc(' ', table->out);
    }
    (void)fputs("|\n", table->out);
    for (size_t i = 0; i < table->count; i++) {
        (void)fputs(table->columns[i].right ? "|---:" : "|---", table->out);
    }
    (void)fputs("|\n", table->out);
}

struct bench_table *bench_table_new(const struct output_column *columns, size_t count,
                                    enum bench_form form)
{
    struct bench_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    table->columns = columns;
    table->count = count;
    if (form != BENCH_MARKDOWN) {
        table->people = output_table_new(columns, count);
        return table;
    }
    table->out = open_memstream(&table->text, &table->size);
    if (table->out == NULL) {
        free(table);
        return NULL;
    }
    write_head(table);
    return table;
}

void bench_table_row(struct bench_table *table, const char *const *cells)
{
    if (table == NULL || table->out == NULL) {
        if (table != NULL) {
            output_table_row(table->people, cells);
        }
        return;
    }
    for (size_t i = 0; i < table->count; i++) {
        (void)fprintf(table->out, "| %s ", cells[i]);
    }
    (void)fputs("|\n", table->out);
}

void bench_table_print(struct bench_table *table)
{
    if (table == NULL) {
        return;
    }
    if (table->out != NULL) {
        (void)fclose(table->out);
        (void)fputs(table->text == NULL ? "" : table->text, stdout);
        free(table->text);
    } else {
        output_table_print(table->people);
    }
    free(table);
}
