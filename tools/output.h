/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

/* How the command line speaks: answers on stdout (a table, lines, or exactly one JSON document),
 * everything else on stderr. */

#include <stdbool.h>

#include "ledger/base/err.h"
#include "ledger/codec/errors.h"
#include "ledger/codec/json_out.h"

/* output_note prints one line on stderr. */
void output_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* output_error prints an error and its detail (may be NULL) on stderr, in English. */
void output_error(enum err err, const struct err_detail *detail);
/* output_errors prints all of them; returns the first. */
enum err output_errors(const struct errors *errors);

/* output_line prints one line on stdout. */
void output_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* output_json finishes a document, prints it on stdout and frees it. OK, or why it could not be
 * written (a line on stderr says so too). */
enum err NODISCARD output_json(struct json_out *out);
/* output_json_error prints {"code", "message", "data"} of an error, as the HTTP interface would. */
void output_json_error(enum err err, const struct err_detail *detail);
/* output_refusal is output_json_error or output_error. */
void output_refusal(bool json, enum err err, const struct err_detail *detail);

/* A table for people: columns as wide as they need, the text cut on a terminal, not in a pipe. */
struct output_column {
    const char *name;
    bool right; /* numbers */
};
struct output_table;
/* output_table_new gives a table, or NULL when memory ends; the other functions accept NULL. */
struct output_table *output_table_new(const struct output_column *columns, size_t count);
/* output_table_row adds a row of as many texts as there are columns; copies. NULL prints empty. */
void output_table_row(struct output_table *table, const char *const *cells);
/* output_table_print prints and takes the table. */
void output_table_print(struct output_table *table);

/* output_close flushes stdout; a full disk or closed pipe turns success into failure. */
int output_close(int status);

#endif
