/* SPDX-License-Identifier: Apache-2.0 */
/* Journals are in time order, so the lines of a span are found by halves; the balances are walked
 * back from what stands now, which checks the journal against the position on the way. */

#include "ledger/query/statement.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/registry/surrender.h"
#include "ledger/registry/trade.h"

/* --- one position ---------------------------------------------------------------------------- */

struct reading {
    struct overlay *state;
    struct arena *arena;
    const Seam__PositionRecord *position;
    struct statement *out;
    size_t room;
};

/* The first line at or after a time. */
static enum err first_at(uint32_t *out, const struct reading *reading, uint64_t time_ms)
{
    uint32_t low = 0;
    uint32_t high = reading->position->entries;
    while (low < high) {
        const Seam__EntryRecord *entry = NULL;
        const uint32_t middle = low + (high - low) / 2;
        const enum err err =
            registry_entry(&entry, reading->state, reading->position, middle, reading->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        if (entry->time_ms < time_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *out = low;
    return OK;
}

static bool held(uint32_t state)
{
    return state > UNIT_OUTSIDE && state < UNIT_SURRENDERED;
}

int64_t statement_held(const Seam__EntryRecord *entry)
{
    const int64_t quantity = (int64_t)entry->quantity;
    return (held(entry->to) ? quantity : 0) - (held(entry->from) ? quantity : 0);
}

bool statement_undo(uint64_t balance[UNIT_STATES], const Seam__EntryRecord *entry)
{
    if (entry->to >= UNIT_STATES || entry->from >= UNIT_STATES) {
        return false;
    }
    if (entry->to != UNIT_OUTSIDE) {
        if (balance[entry->to] < entry->quantity) {
            return false;
        }
        balance[entry->to] -= entry->quantity;
    }
    if (entry->from != UNIT_OUTSIDE) {
        balance[entry->from] += entry->quantity;
    }
    return true;
}

/* From the newest line back to the first of the span. */
static enum err position_walk(struct reading *reading, struct statement_position *into,
                              uint32_t first, uint32_t end)
{
    uint64_t balance[UNIT_STATES] = {0};
    for (enum unit_state at = UNIT_TRADE; at < UNIT_STATES; at++) {
        balance[at] = registry_shelf(reading->position, at, false) +
                      registry_shelf(reading->position, at, true);
    }
    memcpy(into->closing, balance, sizeof balance);
    for (uint32_t i = reading->position->entries; i > first; i--) {
        const Seam__EntryRecord *entry = NULL;
        const enum err err =
            registry_entry(&entry, reading->state, reading->position, i - 1, reading->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        if (!statement_undo(balance, entry)) {
            return ERR_CORRUPT;
        }
        if (i - 1 == end) {
            memcpy(into->closing, balance, sizeof balance);
        }
        if (i - 1 >= end) {
            continue;
        }
        if (reading->out->line_count == reading->room) {
            return ERR_TOO_LARGE;
        }
        reading->out->lines[reading->out->line_count++] =
            (struct statement_line){.position = (uint32_t)reading->out->position_count,
                                    .index = i - 1,
                                    .entry = entry,
                                    .held = statement_held(entry)};
    }
    memcpy(into->opening, balance, sizeof balance);
    return OK;
}

static enum err position_read(struct reading *reading, const char *name)
{
    struct statement *out = reading->out;
    struct statement_position *into = &out->positions[out->position_count];
    struct series series;
    uint32_t first = 0;
    uint32_t end = 0;
    enum err err = series_parse(&series, name, reading->arena);
    if (err == OK) {
        err = registry_position(&reading->position, reading->state, out->holding->holding, &series,
                                reading->arena);
    }
    if (err == OK) {
        err = first_at(&first, reading, out->from_ms);
    }
    if (err == OK) {
        err = first_at(&end, reading, out->to_ms);
    }
    if (err == OK) {
        into->series = name;
        err = position_walk(reading, into, first, end);
    }
    out->position_count++;
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* --- the statement --------------------------------------------------------------------------- */

int statement_line_order(const struct statement_line *left, const struct statement_line *right)
{
    if (left->entry->height != right->entry->height) {
        return left->entry->height < right->entry->height ? -1 : 1;
    }
    if (left->position != right->position) {
        return left->position < right->position ? -1 : 1;
    }
    return left->index < right->index ? -1 : left->index > right->index ? 1 : 0;
}

static int line_order(const void *a, const void *b)
{
    return statement_line_order(a, b);
}

enum err statement_make(struct statement *out, struct query *query, const char *holding,
                        uint64_t from_ms, uint64_t to_ms, struct arena *arena)
{
    struct statement made = {.from_ms = from_ms, .to_ms = to_ms};
    struct reading reading = {
        .state = query_state(query), .arena = arena, .out = &made, .room = STATEMENT_LINES_MAX};
    uint32_t positions = 0;
    if (from_ms > to_ms) {
        return ERR_RANGE;
    }
    enum err err = registry_holding(&made.holding, reading.state, holding, arena);
    if (err == OK) {
        err = registry_positions(&positions, reading.state, holding, arena);
    }
    if (err == OK && positions > STATEMENT_POSITIONS_MAX) {
        err = ERR_TOO_LARGE;
    }
    if (err != OK) {
        return err;
    }
    made.positions = arena_alloc(arena, (positions + 1) * sizeof *made.positions);
    made.lines = arena_alloc(arena, STATEMENT_LINES_MAX * sizeof *made.lines);
    if (made.positions == NULL || made.lines == NULL) {
        return ERR_MEMORY;
    }
    for (uint32_t i = 0; i < positions; i++) {
        const char *name = NULL;
        err = registry_position_name(&name, reading.state, holding, i, arena);
        if (err == OK) {
            err = position_read(&reading, name);
        }
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
    }
    qsort(made.lines, made.line_count, sizeof *made.lines, line_order);
    *out = made;
    return OK;
}

static enum err key_copy(struct bytes *out, const struct state_key *key, struct arena *arena)
{
    return arena_copy(arena, state_key_bytes(key), out) ? OK : ERR_MEMORY;
}

/* The position of a series, or a line of its journal: both keys begin with account and series. */
static enum err series_key(struct bytes *out, enum key_table table,
                           const struct statement *statement, uint32_t position,
                           const struct statement_line *line, struct arena *arena)
{
    struct series series;
    struct state_key key = state_key_of(table);
    const enum err err = series_parse(&series, statement->positions[position].series, arena);
    if (err != OK) {
        return err;
    }
    state_key_id(&key, KEY_HOLDING, statement->holding->holding);
    state_key_hash(&key, &series.id);
    if (line != NULL) {
        state_key_u32(&key, line->index);
    }
    return key_copy(out, &key, arena);
}

/* What says that no series is left out: the account, how many it has, and their names. */
static enum err account_keys(struct bytes *out, const struct statement *statement,
                             struct arena *arena)
{
    struct hash owner;
    const struct state_key account = state_key_named(KEY_HOLDING, statement->holding->holding);
    struct state_key count = state_key_of(KEY_POSITION);
    id_hash(&owner, KEY_HOLDING, statement->holding->holding);
    state_key_hash(&count, &owner);
    enum err err = key_copy(&out[0], &account, arena);
    if (err == OK) {
        err = key_copy(&out[1], &count, arena);
    }
    for (uint32_t i = 0; err == OK && i < statement->position_count; i++) {
        const struct state_key name = state_key_list(KEY_POSITION, &owner, i);
        err = key_copy(&out[2 + i], &name, arena);
    }
    return err;
}

enum err statement_bundle(struct bytes *bundle, struct query *query,
                          const struct statement *statement, struct arena *arena,
                          struct err_detail *detail)
{
    const size_t lines = statement->line_count;
    const size_t positions = statement->position_count;
    const size_t states = lines + 2 * positions + 2;
    struct hash *tx_ids = arena_alloc(arena, (lines + 1) * sizeof *tx_ids);
    struct bytes *keys = arena_alloc(arena, states * sizeof *keys);
    if (tx_ids == NULL || keys == NULL) {
        return ERR_MEMORY;
    }
    enum err err = account_keys(&keys[lines + positions], statement, arena);
    for (size_t i = 0; i < lines && err == OK; i++) {
        const struct statement_line *line = &statement->lines[i];
        const Seam__EntryRecord *entry = line->entry;
        if (entry->tx_id.len != HASH_SIZE) {
            return ERR_CORRUPT;
        }
        memcpy(tx_ids[i].bytes, entry->tx_id.data, HASH_SIZE);
        err = series_key(&keys[i], KEY_ENTRY, statement, line->position, line, arena);
    }
    for (uint32_t i = 0; i < positions && err == OK; i++) {
        err = series_key(&keys[lines + i], KEY_POSITION, statement, i, NULL, arena);
    }
    if (err != OK) {
        return err;
    }
    const struct bundle_request request = {.kind = "STATEMENT",
                                           .subject = statement->holding->holding,
                                           .tx_ids = tx_ids,
                                           .tx_count = lines,
                                           .states = keys,
                                           .state_count = states};
    return bundle_build(bundle, query, &request, arena, detail);
}
