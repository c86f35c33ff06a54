/* SPDX-License-Identifier: Apache-2.0 */
/* The library splits rows and cells; everything that a hostile or a careless table can do beyond
 * that is answered here, before a cell is believed. */
#include "ledger/codec/csv.h"

#include "ledger/codec/spell.h"
#include "ledger/codec/utf8.h"

#include <csv.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct reading {
    struct csv_table table;
    struct arena *arena;
    struct errors *errors;
    const char *cells[CSV_COLUMNS_MAX]; /* of the row being read */
    size_t count;
    size_t used; /* cells up to the last that is not empty */
    uint32_t number;
    enum err failed;
};

static void fail(struct reading *reading, enum err err, const char *limit, const char *hint)
{
    if (reading->failed == OK) {
        reading->failed = err;
    }
    if (err == ERR_MEMORY) {
        return;
    }
    struct err_detail *kept = errors_add(reading->errors, err, "", "D34", limit, hint);
    if (kept != NULL) {
        kept->line = reading->number;
    }
}

static bool is_formula(char c)
{
    return c == '=' || c == '+' || c == '-' || c == '@';
}

static void on_cell(void *data, size_t size, void *context)
{
    struct reading *reading = context;
    const char *text = data;
    if (reading->failed == ERR_MEMORY || reading->failed == ERR_TOO_LARGE) {
        return;
    }
    if (reading->count == CSV_COLUMNS_MAX) {
        fail(reading, ERR_TOO_LARGE, "200 columns", NULL);
        return;
    }
    if (size > CSV_CELL_MAX) {
        fail(reading, ERR_LENGTH, "2000 bytes a cell", NULL);
        size = 0;
    }
    if (size > 1 && text[0] == '\'' && is_formula(text[1])) {
        text++;
        size--;
    }
    char *kept = arena_text(reading->arena, text, size);
    if (kept == NULL) {
        fail(reading, ERR_MEMORY, NULL, NULL);
        return;
    }
    if (strlen(kept) != size || !utf8_printable(bytes_text(kept))) {
        fail(reading, ERR_TEXT, "UTF-8 without control characters", "save it as CSV UTF-8");
        kept[0] = '\0';
    }
    reading->cells[reading->count++] = kept;
    if (kept[0] != '\0') {
        reading->used = reading->count;
    }
}

static void keep_row(struct reading *reading)
{
    struct csv_table *table = &reading->table;
    if (table->count == CSV_ROWS_MAX) {
        fail(reading, ERR_TOO_LARGE, "4000 rows", NULL);
        return;
    }
    if (table->count > 0 && reading->used > table->rows[0].count) {
        fail(reading, ERR_PARSE, "no more cells than the first row",
             "a cell with a separator in it stands in quotes");
        return;
    }
    const char **cells = arena_alloc(reading->arena, reading->used * sizeof *cells);
    if (cells == NULL) {
        fail(reading, ERR_MEMORY, NULL, NULL);
        return;
    }
    memcpy(cells, reading->cells, reading->used * sizeof *cells);
    table->rows[table->count++] =
        (struct csv_row){.number = reading->number, .count = reading->used, .cells = cells};
}

static void on_row(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    const bool stop = reading->failed == ERR_MEMORY || reading->failed == ERR_TOO_LARGE;
    if (!stop && reading->used > 0) {
        keep_row(reading);
    }
    reading->count = 0;
    reading->used = 0;
    reading->number++;
}

/* The separator that stands most often before the end of the first line. */
static unsigned char separator(struct bytes text)
{
    static const unsigned char choices[] = {',', ';', '\t'};
    size_t counts[3] = {0};
    for (size_t i = 0; i < text.size && text.data[i] != '\n' && text.data[i] != '\r'; i++) {
        for (size_t j = 0; j < 3; j++) {
            counts[j] += text.data[i] == choices[j] ? 1 : 0;
        }
    }
    size_t best = 0;
    for (size_t j = 1; j < 3; j++) {
        best = counts[j] > counts[best] ? j : best;
    }
    return choices[best];
}

/* A tab may be the separator, so only blanks are trimmed. */
static int is_blank(unsigned char c)
{
    return c == ' ';
}

/* One line end at a time, so that empty lines are counted. */
static int is_end(unsigned char c)
{
    return c == '\n';
}

static void parse(struct reading *reading, struct bytes text)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        fail(reading, ERR_MEMORY, NULL, NULL);
        return;
    }
    csv_set_delim(&parser, separator(text));
    csv_set_space_func(&parser, is_blank);
    csv_set_term_func(&parser, is_end);
    const size_t read = csv_parse(&parser, text.data, text.size, on_cell, on_row, reading);
    if (read != text.size || csv_fini(&parser, on_cell, on_row, reading) != 0) {
        fail(reading, csv_error(&parser) == CSV_EPARSE ? ERR_PARSE : ERR_MEMORY, "RFC 4180",
             "a quote inside a quoted cell is written twice");
    }
    csv_free(&parser);
}

/* Returns before line ends, and returns alone, become line ends; quoted ones too, where no cell may
 * have one. */
static bool unify(struct bytes *text, struct arena *arena)
{
    uint8_t *out = arena_alloc(arena, text->size + 1);
    size_t size = 0;
    if (out == NULL) {
        return false;
    }
    for (size_t i = 0; i < text->size; i++) {
        const bool pair = text->data[i] == '\r' && i + 1 < text->size && text->data[i + 1] == '\n';
        if (!pair) {
            out[size++] = text->data[i] == '\r' ? '\n' : text->data[i];
        }
    }
    *text = bytes_of(out, size);
    return true;
}

enum err csv_read(struct csv_table *out, struct bytes text, size_t limit, struct arena *arena,
                  struct errors *errors)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    struct reading reading = {.arena = arena, .errors = errors, .number = 1, .failed = OK};
    if (text.size > limit) {
        fail(&reading, ERR_TOO_LARGE, NULL, NULL);
        return reading.failed;
    }
    if (text.size >= sizeof mark && memcmp(text.data, mark, sizeof mark) == 0) {
        text = bytes_of(text.data + sizeof mark, text.size - sizeof mark);
    }
    reading.table.rows = arena_alloc(arena, CSV_ROWS_MAX * sizeof *reading.table.rows);
    if (reading.table.rows == NULL || !unify(&text, arena)) {
        return ERR_MEMORY;
    }
    parse(&reading, text);
    if (reading.failed == OK && reading.table.count == 0) {
        fail(&reading, ERR_MISSING, "a row of column names", NULL);
    }
    if (reading.failed == OK) {
        *out = reading.table;
    }
    return reading.failed;
}

/* --- writing -----------------------------------------------------------------------------------*/

static void put(struct csv_out *out, const char *text, size_t size)
{
    if (out->failed) {
        return;
    }
    if (out->size + size > out->room) {
        const size_t room = 2 * (out->size + size) + 1024;
        char *grown = arena_alloc(out->arena, room);
        if (grown == NULL) {
            out->failed = true;
            return;
        }
        if (out->size > 0) {
            memcpy(grown, out->text, out->size);
        }
        out->text = grown;
        out->room = room;
    }
    memcpy(out->text + out->size, text, size);
    out->size += size;
}

void csv_out_init(struct csv_out *out, struct arena *arena)
{
    *out = (struct csv_out){.arena = arena};
    put(out, "\xEF\xBB\xBF", 3);
}

void csv_out_cell(struct csv_out *out, bool first, const char *text)
{
    const bool runs = is_formula(text[0]) || text[0] == '\t' || text[0] == '\r';
    const bool guarded = runs && !spell_decimal(text, NULL);
    if (!first) {
        put(out, ",", 1);
    }
    if (!guarded && strpbrk(text, ",;\t\r\n\"") == NULL) {
        put(out, text, strlen(text));
        return;
    }
    put(out, "\"", 1);
    put(out, "'", guarded ? 1 : 0);
    for (const char *at = text; *at != '\0'; at++) {
        put(out, at, 1);
        if (*at == '"') {
            put(out, at, 1);
        }
    }
    put(out, "\"", 1);
}

void csv_out_end(struct csv_out *out)
{
    put(out, "\r\n", 2);
}

enum err csv_out_finish(struct csv_out *out, struct bytes *text)
{
    if (out->failed) {
        return ERR_MEMORY;
    }
    *text = bytes_of(out->text, out->size);
    return OK;
}
