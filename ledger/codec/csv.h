/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_CSV_H
#define LEDGER_CODEC_CSV_H

/* Tables as spreadsheets save them: UTF-8 with or without a byte order mark, separated by comma,
 * semicolon or tab (what the first row shows most of), quoted as RFC 4180. Cells are trimmed texts
 * without control characters. The parser library is included in csv.c only. */

#include "ledger/base/arena.h"
#include "ledger/codec/errors.h"

#define CSV_ROWS_MAX 4000
#define CSV_COLUMNS_MAX 200
#define CSV_CELL_MAX 2000

struct csv_row {
    uint32_t number; /* as the spreadsheet counts, from 1; empty rows count, too */
    size_t count;
    const char **cells;
};

struct csv_table {
    size_t count;
    struct csv_row *rows; /* those with a cell that is not empty; never longer than the first */
};

/* csv_read parses text of at most limit bytes. Errors are added with the number of the row as their
 * line: ERR_TOO_LARGE, ERR_TEXT (not UTF-8), ERR_PARSE (quotes, a row longer than the first),
 * ERR_LENGTH; ERR_MEMORY. *out only with OK. */
enum err NODISCARD csv_read(struct csv_table *out, struct bytes text, size_t limit,
                            struct arena *arena, struct errors *errors);

/* A writer of rows into one text, with a byte order mark, so that spreadsheets know the encoding. A
 * cell that a spreadsheet would run (it begins with = + - @, a tab or a return) gets an apostrophe
 * in front, unless it is a plain number; csv_read takes it off again. */
struct csv_out {
    struct arena *arena;
    char *text;
    size_t size;
    size_t room;
    bool failed;
};

void csv_out_init(struct csv_out *out, struct arena *arena);
void csv_out_cell(struct csv_out *out, bool first, const char *text);
void csv_out_end(struct csv_out *out); /* ends the row */
/* *text lives in the arena. ERR_MEMORY. */
enum err NODISCARD csv_out_finish(struct csv_out *out, struct bytes *text);

#endif
