/* SPDX-License-Identifier: Apache-2.0 */
/* The rows are sorted by series and serial; then both lists are walked side by side, so that each
 * serial number is looked at once. A series that only we have stands among them as a line without
 * serial numbers. */

#include "ledger/query/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/codec/csv.h"

enum column { REGISTRY, ASSET, PROJECT, VINTAGE, START, END, ACCOUNT, STATE, COLUMNS };
static const char *const column_names[COLUMNS] = {"registry", "asset", "project", "vintage",
                                                  "start",    "end",   "account", "state"};

#define NAME_MAX_SIZE 64

/* One row of the file. */
struct line {
    struct series series;
    const char *text; /* of the series */
    uint64_t start; /* 0: a series of ours */
    uint64_t end;
    const char *account;
    const char *state;
    uint32_t row;
};

struct job {
    struct overlay *state;
    struct arena *arena;
    struct reconcile *out;
};

const char *reconcile_kind_name(enum reconcile_kind kind)
{
    static const char *const names[] = {
        [RECONCILE_ABSENT_HERE] = "ABSENT_HERE",
        [RECONCILE_ABSENT_THERE] = "ABSENT_THERE",
        [RECONCILE_ACCOUNT] = "ACCOUNT",
        [RECONCILE_STATE] = "STATE",
        [RECONCILE_TWICE] = "TWICE",
    };
    return names[kind];
}

/* --- reading the file ------------------------------------------------------------------------ */

static bool number_of(uint64_t *out, const char *text, uint64_t max)
{
    uint64_t value = 0;
    if (text[0] == '\0') {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || value > max) {
            return false;
        }
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *out = value;
    return value <= max;
}

static void row_wrong(struct errors *errors, uint32_t row, enum err err, const char *field,
                      const char *hint)
{
    struct err_detail *detail = errors_add(errors, err, field, NULL, NULL, hint);
    if (detail != NULL) {
        detail->line = row;
    }
}

static enum err columns_of(int columns[COLUMNS], const struct csv_table *table,
                           struct errors *errors)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        columns[i] = -1;
        for (size_t k = 0; table->count > 0 && k < table->rows[0].count; k++) {
            if (strcmp(table->rows[0].cells[k], column_names[i]) == 0) {
                columns[i] = (int)k;
            }
        }
        if (columns[i] < 0) {
            row_wrong(errors, 1, ERR_PARAM, column_names[i], "this column is missing");
            return ERR_PARAM;
        }
    }
    return OK;
}

static const char *cell(const struct csv_row *row, int column)
{
    return (size_t)column < row->count ? row->cells[column] : "";
}

/* Each wrong cell of a row by its column, so that the file is mended at once. */
static bool cells_right(struct line *out, uint64_t *vintage, const struct csv_row *row,
                        const int columns[COLUMNS], struct errors *errors)
{
    static const enum column names[] = {REGISTRY, ASSET, PROJECT};
    const struct {
        enum column column;
        uint64_t *value;
        uint64_t max;
    } numbers[] = {{VINTAGE, vintage, 2199},
                   {START, &out->start, BLOCK_QUANTITY_MAX},
                   {END, &out->end, BLOCK_QUANTITY_MAX}};
    bool right = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t size = strlen(cell(row, columns[names[i]]));
        if ((size == 0 && names[i] != PROJECT) || size > NAME_MAX_SIZE) {
            row_wrong(errors, row->number, size == 0 ? ERR_MISSING : ERR_LENGTH,
                      column_names[names[i]], NULL);
            right = false;
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const char *text = cell(row, columns[numbers[i].column]);
        if (!number_of(numbers[i].value, text, numbers[i].max)) {
            row_wrong(errors, row->number, text[0] == '\0' ? ERR_MISSING : ERR_TYPE,
                      column_names[numbers[i].column], "a whole number");
            right = false;
        }
    }
    if (right && (out->start == 0 || out->start > out->end)) {
        row_wrong(errors, row->number, ERR_RANGE, column_names[END],
                  "serial numbers begin at 1, the last is not below the first");
        right = false;
    }
    return right;
}

/* False where a cell is wrong; it is in errors. */
static bool line_of(struct line *out, const struct csv_row *row, const int columns[COLUMNS],
                    struct arena *arena, struct errors *errors)
{
    uint64_t vintage = 0;
    const char *registry = cell(row, columns[REGISTRY]);
    const char *asset = cell(row, columns[ASSET]);
    char *text = arena_alloc(arena, SERIES_TEXT_SIZE);
    if (text == NULL || !cells_right(out, &vintage, row, columns, errors)) {
        return false;
    }
    out->series = series_of(registry, asset, cell(row, columns[PROJECT]), (uint32_t)vintage);
    series_text(text, &out->series);
    out->text = text;
    out->account = cell(row, columns[ACCOUNT]);
    out->state = cell(row, columns[STATE]);
    out->row = row->number;
    return true;
}

static int line_order(const void *a, const void *b)
{
    const struct line *left = a;
    const struct line *right = b;
    const int order = strcmp(left->text, right->text);
    if (order != 0) {
        return order;
    }
    if (left->start != right->start) {
        return left->start < right->start ? -1 : 1;
    }
    return left->row < right->row ? -1 : 1;
}

/* --- comparing ------------------------------------------------------------------------------- */

static void difference(struct job *job, const struct reconcile_difference *found)
{
    if (job->out->count == RECONCILE_DIFFERENCES_MAX) {
        job->out->more = true;
        return;
    }
    job->out->differences[job->out->count++] = *found;
}

static bool state_fits(const char *there, uint32_t here)
{
    if (strcmp(there, "HELD") == 0) {
        return !unit_final((enum unit_state)here);
    }
    if (strcmp(there, "RETIRED") == 0) {
        return here == UNIT_SURRENDERED || here == UNIT_CANCELLED;
    }
    return strcmp(there, sm_name(&unit_machine, (uint8_t)here)) == 0;
}

/* Our units between two lines of the file, or after the last, that no line names. */
static enum err ours_alone(struct job *job, const struct line *line, uint64_t from, uint64_t to)
{
    uint64_t at = from;
    while (at <= to && !job->out->more) {
        const Seam__BlockRecord *block = NULL;
        /* The block that holds it, or else the next one. */
        enum err err = registry_block_at(&block, job->state, &line->series, at, job->arena);
        if (err == ERR_ABSENT) {
            err = registry_block_next(&block, job->state, &line->series, at, job->arena);
        }
        if (err == ERR_ABSENT || (err == OK && block->start > to)) {
            return OK;
        }
        if (err != OK) {
            return err;
        }
        const uint64_t end = block->end < to ? block->end : to;
        difference(job, &(struct reconcile_difference){
                            .kind = RECONCILE_ABSENT_THERE,
                            .series = line->text,
                            .start = block->start > at ? block->start : at,
                            .end = end,
                            .account_here = block->holding,
                            .state_here = sm_name(&unit_machine, (uint8_t)block->state),
                            .account_there = "",
                            .state_there = ""});
        at = end + 1;
    }
    return OK;
}

static void piece(struct job *job, const struct line *line, const Seam__BlockRecord *block,
                  uint64_t start, uint64_t end)
{
    struct reconcile_difference found = {.kind = RECONCILE_ABSENT_HERE,
                                         .series = line->text,
                                         .start = start,
                                         .end = end,
                                         .row = line->row,
                                         .account_here = "",
                                         .state_here = "",
                                         .account_there = line->account,
                                         .state_there = line->state};
    if (block != NULL) {
        found.account_here = block->holding;
        found.state_here = sm_name(&unit_machine, (uint8_t)block->state);
        if (strcmp(block->holding, line->account) == 0 && state_fits(line->state, block->state)) {
            job->out->units_equal += end - start + 1;
            return;
        }
        found.kind =
            strcmp(block->holding, line->account) == 0 ? RECONCILE_STATE : RECONCILE_ACCOUNT;
    }
    difference(job, &found);
}

/* One line of the file, from where the one before it ended. */
static enum err line_compare(struct job *job, const struct line *line, uint64_t from)
{
    uint64_t at = from;
    while (at <= line->end && !job->out->more) {
        const Seam__BlockRecord *block = NULL;
        enum err err = registry_block_at(&block, job->state, &line->series, at, job->arena);
        if (err == OK) {
            const uint64_t end = block->end < line->end ? block->end : line->end;
            piece(job, line, block, at, end);
            at = end + 1;
            continue;
        }
        if (err == ERR_ABSENT) {
            err = registry_block_next(&block, job->state, &line->series, at, job->arena);
        }
        if (err != OK && err != ERR_ABSENT) {
            return err;
        }
        const uint64_t end = err == OK && block->start <= line->end ? block->start - 1 : line->end;
        piece(job, line, NULL, at, end);
        at = end + 1;
    }
    return OK;
}

static bool same_series(const struct line *a, const struct line *b)
{
    return strcmp(a->text, b->text) == 0;
}

static enum err lines_compare(struct job *job, const struct line *lines, size_t count)
{
    uint64_t next = 1; /* first serial of the series not yet looked at */
    enum err err = OK;
    for (size_t i = 0; i < count && err == OK && !job->out->more; i++) {
        const struct line *line = &lines[i];
        const bool first = i == 0 || !same_series(&lines[i - 1], line);
        const bool last = i + 1 == count || !same_series(&lines[i + 1], line);
        next = first ? 1 : next;
        if (line->start == 0) {
            /* Its other lines, if there are any, follow. */
            err = last ? ours_alone(job, line, 1, BLOCK_QUANTITY_MAX) : OK;
            continue;
        }
        job->out->units_there += line->end - line->start + 1;
        if (line->start > next) {
            err = ours_alone(job, line, next, line->start - 1);
        } else if (line->start < next) {
            const uint64_t end = line->end < next - 1 ? line->end : next - 1;
            difference(job, &(struct reconcile_difference){.kind = RECONCILE_TWICE,
                                                           .series = line->text,
                                                           .start = line->start,
                                                           .end = end,
                                                           .row = line->row,
                                                           .account_here = "",
                                                           .state_here = "",
                                                           .account_there = line->account,
                                                           .state_there = line->state});
        }
        if (err == OK) {
            err = line_compare(job, line, line->start > next ? line->start : next);
        }
        next = line->end >= next ? line->end + 1 : next;
        if (err == OK && last) {
            err = ours_alone(job, line, next, BLOCK_QUANTITY_MAX);
        }
    }
    return err;
}

static bool registry_named(const struct line *lines, size_t count, const char *registry)
{
    bool named = count == 0;
    for (size_t i = 0; i < count && !named; i++) {
        named = strcmp(lines[i].series.registry, registry) == 0;
    }
    return named;
}

/* Adds our series of the registries that the file names; lines has room for all of them. */
static enum err add_ours(struct job *job, struct line *lines, size_t *count, uint32_t series)
{
    const size_t rows = *count;
    enum err err = OK;
    for (uint32_t i = 0; i < series && err == OK; i++) {
        const Seam__ListEntry *entry = NULL;
        struct line line = {.account = "", .state = ""};
        err = view_list(&entry, job->state, KEY_SERIES, NULL, i, job->arena);
        if (err == OK) {
            err = series_parse(&line.series, entry->id, job->arena);
            line.text = entry->id;
        }
        if (err == OK && registry_named(lines, rows, line.series.registry)) {
            lines[(*count)++] = line;
        }
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static enum err series_count_of(uint32_t *out, struct job *job)
{
    const Seam__RegistryCounters *counters = NULL;
    const enum err err = registry_counters(&counters, job->state, job->arena);
    *out = err == OK ? counters->series : 0;
    return err == ERR_ABSENT ? OK : err;
}

enum err reconcile_csv(struct reconcile *out, struct query *query, struct bytes text,
                       struct arena *arena, struct errors *errors)
{
    struct csv_table table;
    struct reconcile made = {0};
    struct job job = {.state = query_state(query), .arena = arena, .out = &made};
    int columns[COLUMNS];
    size_t count = 0;
    uint32_t series = 0;
    enum err err = csv_read(&table, text, RECONCILE_TEXT_MAX, arena, errors);
    if (err == OK) {
        err = columns_of(columns, &table, errors);
    }
    if (err == OK) {
        err = series_count_of(&series, &job);
    }
    if (err != OK) {
        return err;
    }
    struct line *lines = arena_alloc(arena, (table.count + series + 1) * sizeof *lines);
    made.differences = arena_alloc(arena, RECONCILE_DIFFERENCES_MAX * sizeof *made.differences);
    if (lines == NULL || made.differences == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 1; i < table.count; i++) {
        count += line_of(&lines[count], &table.rows[i], columns, arena, errors) ? 1 : 0;
    }
    made.rows = (uint32_t)count;
    err = add_ours(&job, lines, &count, series);
    if (err != OK) {
        return err;
    }
    qsort(lines, count, sizeof *lines, line_order);
    err = lines_compare(&job, lines, count);
    if (err == OK) {
        *out = made;
    }
    return err;
}
