/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_TABLE_H
#define TOOLS_BENCH_TABLE_H

/* A table for people or, with the same cells, for a Markdown document. */

#include "tools/output.h"

enum bench_form { BENCH_TEXT, BENCH_JSON, BENCH_MARKDOWN };

/* bench_form_of reads the options --json and --markdown. */
enum bench_form bench_form_of(bool json, bool markdown);

struct bench_table;
/* bench_table_new gives a table of count columns (borrowed), or NULL when memory ends; the others
 * accept NULL. In Markdown, column names are written in small letters. */
struct bench_table *bench_table_new(const struct output_column *columns, size_t count,
                                    enum bench_form form);
void bench_table_row(struct bench_table *table, const char *const *cells);
/* bench_table_print prints and takes the table. */
void bench_table_print(struct bench_table *table);

#endif
