/* SPDX-License-Identifier: Apache-2.0 */
/* The proven records become a state of their own, which the views of the registry read as they read
 * the node's; what the bundle leaves out is missing there. */

#include "ledger/query/statement_verify.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/query/bundle_state.h"

#define ENTRY_KEY_SIZE (1 + 2 * HASH_SIZE + 4)

struct row {
    const char *name;
    const char *sentence;
};

#define STATEMENT_VERIFY_TABLE_ROW(id, name, sentence) [id] = {name, sentence},
static const struct row rows[STATEMENT_VERIFY_FAILURE_COUNT] = {
    STATEMENT_VERIFY_ROWS(STATEMENT_VERIFY_TABLE_ROW)};
#undef STATEMENT_VERIFY_TABLE_ROW

struct check {
    struct statement_verify_result *result;
    struct overlay *state;
    struct arena *arena;
};

const char *statement_verify_name(const struct statement_verify_result *result)
{
    assert(result->failure < STATEMENT_VERIFY_FAILURE_COUNT);
    return result->failure == STATEMENT_VERIFY_BUNDLE ? bundle_failure_name(&result->bundle)
                                                      : rows[result->failure].name;
}

const char *statement_verify_sentence(const struct statement_verify_result *result)
{
    assert(result->failure < STATEMENT_VERIFY_FAILURE_COUNT);
    return result->failure == STATEMENT_VERIFY_BUNDLE ? bundle_failure_sentence(&result->bundle)
                                                      : rows[result->failure].sentence;
}

static enum statement_verify_failure fail(struct check *check, const char *about,
                                          enum statement_verify_failure failure)
{
    check->result->about = about;
    return failure;
}

/* A record that is not there, or not readable, is the bundle's fault; memory is ours. */
static enum statement_verify_failure failed(struct check *check, const char *about, enum err err)
{
    return err == ERR_MEMORY ? STATEMENT_VERIFY_MEMORY
                             : fail(check, about, STATEMENT_VERIFY_RECORD);
}

/* --- one line --------------------------------------------------------------------------------- */

static enum statement_verify_failure line_check(struct check *check, struct statement_proven *line)
{
    const struct bundle_result *bundle = &check->result->bundle;
    const Seam__EntryRecord *entry = line->line.entry;
    const struct bytes id = bytes_of(entry->tx_id.data, entry->tx_id.len);
    for (size_t i = 0; i < bundle->tx_count; i++) {
        const struct bundle_tx *tx = &bundle->txs[i];
        if (bytes_equal(id, hash_bytes(&tx->tx_id))) {
            line->tx = tx;
            break;
        }
    }
    if (line->tx != NULL && line->tx->block->height == entry->height &&
        line->tx->block->time_ms == entry->time_ms) {
        return STATEMENT_VERIFY_OK;
    }
    char *text = id.size == HASH_SIZE ? arena_alloc(check->arena, 2 * HASH_SIZE + 1) : NULL;
    if (text != NULL) {
        hex_encode(text, id);
    }
    return fail(check, text != NULL ? text : "", STATEMENT_VERIFY_LINE);
}

/* --- one series ------------------------------------------------------------------------------- */

/* Which lines of a journal the bundle has: the first, and one after the last; 0 and 0 where none.
 */
static void lines_of(uint32_t *first, uint32_t *end, const struct check *check,
                     const struct series *series)
{
    const Seam__Bundle *bundle = check->result->bundle.bundle;
    struct state_key key = state_key_of(KEY_ENTRY);
    state_key_id(&key, KEY_HOLDING, check->result->holding->holding);
    state_key_hash(&key, &series->id);
    *first = 0;
    *end = 0;
    for (size_t i = 0; i < bundle->n_states; i++) {
        const ProtobufCBinaryData at = bundle->states[i]->key;
        if (at.len != ENTRY_KEY_SIZE || memcmp(at.data, key.data, key.size) != 0) {
            continue;
        }
        const uint8_t *number = at.data + key.size;
        const uint32_t index = (uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 |
                               (uint32_t)number[2] << 8 | number[3];
        if (*end == 0) {
            *first = index;
        }
        *end = index + 1; /* records of a bundle are in the order of their keys */
    }
}

static enum statement_verify_failure entries_check(struct check *check,
                                                   const Seam__PositionRecord *position,
                                                   const char *name, uint32_t first, uint32_t end)
{
    struct statement_verify_result *result = check->result;
    uint64_t before_ms = 0;
    for (uint32_t i = first; i < end; i++) {
        struct statement_proven *line = &result->lines[result->line_count];
        const Seam__EntryRecord *entry = NULL;
        const enum err err = registry_entry(&entry, check->state, position, i, check->arena);
        if (err == ERR_ABSENT) {
            return fail(check, name, STATEMENT_VERIFY_GAP);
        }
        if (err != OK) {
            return failed(check, name, err);
        }
        *line = (struct statement_proven){.line = {.position = (uint32_t)result->position_count,
                                                   .index = i,
                                                   .entry = entry,
                                                   .held = statement_held(entry)}};
        const enum statement_verify_failure failure = line_check(check, line);
        if (failure != STATEMENT_VERIFY_OK) {
            return failure;
        }
        if (entry->time_ms < before_ms) {
            return fail(check, name, STATEMENT_VERIFY_LINE);
        }
        before_ms = entry->time_ms;
        result->line_count++;
    }
    return STATEMENT_VERIFY_OK;
}

/* The position says what stands at the anchor. Where the lines go up to it, they are taken back one
 * by one; a journal from its first line on began with nothing. */
static enum statement_verify_failure balance_check(struct check *check,
                                                   const Seam__PositionRecord *position,
                                                   struct statement_position *into, size_t from,
                                                   bool current)
{
    static const uint64_t nothing[UNIT_STATES] = {0};
    struct statement_verify_result *result = check->result;
    for (enum unit_state at = UNIT_TRADE; at < UNIT_STATES; at++) {
        into->closing[at] =
            registry_shelf(position, at, false) + registry_shelf(position, at, true);
    }
    if (!current) {
        return STATEMENT_VERIFY_OK;
    }
    memcpy(into->opening, into->closing, sizeof into->opening);
    for (size_t i = result->line_count; i > from; i--) {
        if (!statement_undo(into->opening, result->lines[i - 1].line.entry)) {
            return fail(check, into->series, STATEMENT_VERIFY_BALANCE);
        }
    }
    const bool whole =
        result->line_count > from ? result->lines[from].line.index == 0 : position->entries == 0;
    return whole && memcmp(into->opening, nothing, sizeof nothing) != 0
               ? fail(check, into->series, STATEMENT_VERIFY_BALANCE)
               : STATEMENT_VERIFY_OK;
}

static enum statement_verify_failure position_check(struct check *check, uint32_t index)
{
    struct statement_verify_result *result = check->result;
    struct statement_position *into = &result->positions[result->position_count];
    const Seam__PositionRecord *position = NULL;
    const size_t from = result->line_count;
    struct series series;
    uint32_t first = 0;
    uint32_t end = 0;
    enum err err = registry_position_name(&into->series, check->state, result->holding->holding,
                                          index, check->arena);
    if (err == OK) {
        err = series_parse(&series, into->series, check->arena);
    }
    if (err == OK) {
        err = registry_position(&position, check->state, result->holding->holding, &series,
                                check->arena);
    }
    if (err != OK) {
        return failed(check, into->series != NULL ? into->series : "", err);
    }
    lines_of(&first, &end, check, &series);
    enum statement_verify_failure failure =
        end > position->entries ? fail(check, into->series, STATEMENT_VERIFY_EXTRA)
                                : entries_check(check, position, into->series, first, end);
    /* A span that ended earlier has later lines that are not here. */
    const bool current = end == position->entries;
    if (failure == STATEMENT_VERIFY_OK) {
        failure = balance_check(check, position, into, from, current);
    }
    result->current[result->position_count] = current;
    result->extents[result->position_count] =
        (struct statement_extent){.first = first, .end = end, .entries = position->entries};
    result->position_count++;
    return failure;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int line_order(const void *a, const void *b)
{
    const struct statement_line *left = &((const struct statement_proven *)a)->line;
    const struct statement_line *right = &((const struct statement_proven *)b)->line;
    return statement_line_order(left, right);
}

static enum statement_verify_failure account_check(struct check *check)
{
    struct statement_verify_result *result = check->result;
    const Seam__Bundle *bundle = result->bundle.bundle;
    uint32_t positions = 0;
    enum err err =
        registry_holding(&result->holding, check->state, bundle->manifest->subject, check->arena);
    if (err == OK) {
        err = registry_positions(&positions, check->state, bundle->manifest->subject, check->arena);
    }
    if (err != OK) {
        return failed(check, bundle->manifest->subject, err);
    }
    if (positions > bundle->n_states) {
        return fail(check, "", STATEMENT_VERIFY_RECORD);
    }
    result->positions = arena_alloc(check->arena, (positions + 1) * sizeof *result->positions);
    result->current = arena_alloc(check->arena, (positions + 1) * sizeof *result->current);
    result->extents = arena_alloc(check->arena, (positions + 1) * sizeof *result->extents);
    result->lines = arena_alloc(check->arena, (bundle->n_states + 1) * sizeof *result->lines);
    if (result->positions == NULL || result->current == NULL || result->extents == NULL ||
        result->lines == NULL) {
        return STATEMENT_VERIFY_MEMORY;
    }
    memset(result->positions, 0, (positions + 1) * sizeof *result->positions);
    for (uint32_t i = 0; i < positions; i++) {
        const enum statement_verify_failure failure = position_check(check, i);
        if (failure != STATEMENT_VERIFY_OK) {
            return failure;
        }
    }
    /* The account, its count, and of each series its name, its position, its lines. */
    if (bundle->n_states != 2 + 2 * (size_t)positions + result->line_count) {
        return fail(check, "", STATEMENT_VERIFY_EXTRA);
    }
    qsort(result->lines, result->line_count, sizeof *result->lines, line_order);
    return STATEMENT_VERIFY_OK;
}

static enum statement_verify_failure run(struct statement_verify_result *result,
                                         struct bytes genesis, struct bytes bundle,
                                         struct arena *arena)
{
    struct check check = {.result = result, .arena = arena};
    const enum bundle_failure proof = bundle_verify(&result->bundle, genesis, bundle, arena);
    if (proof != BUNDLE_OK) {
        return proof == BUNDLE_MEMORY ? STATEMENT_VERIFY_MEMORY : STATEMENT_VERIFY_BUNDLE;
    }
    if (strcmp(result->bundle.bundle->manifest->kind, "STATEMENT") != 0) {
        return STATEMENT_VERIFY_KIND;
    }
    if (bundle_state_open(&check.state, &result->bundle) != OK) {
        return STATEMENT_VERIFY_MEMORY;
    }
    const enum statement_verify_failure failure = account_check(&check);
    overlay_drop(check.state);
    return failure;
}

enum statement_verify_failure statement_verify(struct statement_verify_result *result,
                                               struct bytes genesis, struct bytes bundle,
                                               struct arena *arena)
{
    *result = (struct statement_verify_result){.about = ""};
    result->failure = run(result, genesis, bundle, arena);
    return result->failure;
}
