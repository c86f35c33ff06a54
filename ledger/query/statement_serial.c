/* SPDX-License-Identifier: Apache-2.0 */
/* A unit's way is read from account to account: a line by which it came in names the account it
 * came from, and nothing before that line concerns the account any more. */

#include "ledger/query/statement.h"

#include <string.h>

#include "ledger/registry/surrender.h"
#include "ledger/registry/trade.h"

#define LINES_MAX 100000 /* journal lines that one search reads */

static bool names(const Seam__EntryRecord *entry, uint64_t serial)
{
    for (size_t i = 0; i < entry->n_ranges; i++) {
        if (entry->ranges[i]->start <= serial && serial <= entry->ranges[i]->end) {
            return true;
        }
    }
    return false;
}

static void stop_add(struct statement_serial *out, const char *holding,
                     const Seam__EntryRecord *entry)
{
    if (out->stop_count == STATEMENT_STOPS_MAX) {
        out->more = true;
        return;
    }
    out->stops[out->stop_count++] = (struct statement_stop){.holding = holding, .entry = entry};
}

/* The lines of one account that name the unit, newest first, up to the one by which it came; *next
 * is the account it came from, "" at its beginning. below: only lines of lower height, or of the
 * same transaction. */
static enum err account_walk(struct statement_serial *out, const char **next, uint64_t *below,
                             uint32_t *budget, struct overlay *state, const struct series *series,
                             const char *holding, struct arena *arena)
{
    const Seam__PositionRecord *position = NULL;
    enum err err = registry_position(&position, state, holding, series, arena);
    *next = "";
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    for (uint32_t i = position->entries; i > 0 && !out->more; i--) {
        const Seam__EntryRecord *entry = NULL;
        if (*budget == 0) {
            out->more = true;
            return OK;
        }
        (*budget)--;
        err = registry_entry(&entry, state, position, i - 1, arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        if (entry->height > *below || !names(entry, out->serial)) {
            continue;
        }
        stop_add(out, holding, entry);
        if (entry->from == UNIT_OUTSIDE) {
            *next = entry->other;
            *below = entry->height;
            return OK;
        }
    }
    return OK;
}

enum err statement_serial(struct statement_serial *out, struct query *query,
                          const struct series *series, uint64_t serial, struct arena *arena)
{
    struct overlay *state = query_state(query);
    struct statement_serial found = {.serial = serial};
    char *text = arena_alloc(arena, SERIES_TEXT_SIZE);
    found.stops = arena_alloc(arena, STATEMENT_STOPS_MAX * sizeof *found.stops);
    if (text == NULL || found.stops == NULL) {
        return ERR_MEMORY;
    }
    series_text(text, series);
    found.series = text;
    enum err err = registry_block_at(&found.block, state, series, serial, arena);
    uint32_t budget = LINES_MAX;
    uint64_t below = UINT64_MAX;
    const char *holding = err == OK ? found.block->holding : "";
    while (err == OK && holding[0] != '\0' && !found.more) {
        const char *next = "";
        err = account_walk(&found, &next, &below, &budget, state, series, holding, arena);
        holding = next;
    }
    if (err == OK) {
        *out = found;
    }
    return err;
}

/* --- what was used up ------------------------------------------------------------------------ */

static enum err surrenders(struct statement_end *out, size_t *count, struct query *query,
                           uint64_t from_ms, uint64_t to_ms, struct arena *arena)
{
    struct overlay *state = query_state(query);
    uint32_t total = 0;
    enum err err = trade_count(&total, state, KEY_SURRENDER, NULL, arena);
    for (uint32_t i = 0; i < total && err == OK; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__SurrenderRecord *record = NULL;
        err = view_list(&entry, state, KEY_SURRENDER, NULL, i, arena);
        if (err == OK) {
            err = surrender_view(&record, state, entry->id, arena);
        }
        if (err != OK || record->state != SURRENDER_APPROVED || record->decided_ms < from_ms ||
            record->decided_ms >= to_ms) {
            continue;
        }
        if (*count == STATEMENT_REPORT_MAX) {
            return ERR_TOO_LARGE;
        }
        out[(*count)++] =
            (struct statement_end){.surrender = true,
                                   .id = record->surrender,
                                   .holding = record->holding,
                                   .year = record->year,
                                   .units = record->units,
                                   .unit_count = record->n_units,
                                   .quantity = record->allowances + record->offsets,
                                   .beneficiary = record->beneficiary,
                                   .purpose = record->purpose,
                                   .time_ms = record->decided_ms,
                                   .final = query_time(query) >= record->reversible_until_ms};
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static uint64_t units_sum(Seam__Units *const *units, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += units[i]->quantity;
    }
    return sum;
}

static enum err cancellations(struct statement_end *out, size_t *count, struct query *query,
                              uint64_t from_ms, uint64_t to_ms, struct arena *arena)
{
    struct overlay *state = query_state(query);
    const Seam__RegistryCounters *counters = NULL;
    enum err err = registry_counters(&counters, state, arena);
    const uint32_t total = err == OK ? counters->cancellations : 0;
    err = err == ERR_ABSENT ? OK : err;
    for (uint32_t i = 0; i < total && err == OK; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__CancellationRecord *record = NULL;
        err = view_list(&entry, state, KEY_ORDER, NULL, i, arena);
        if (err == OK) {
            err = registry_cancellation(&record, state, entry->id, arena);
        }
        if (err != OK || record->time_ms < from_ms || record->time_ms >= to_ms) {
            continue;
        }
        if (*count == STATEMENT_REPORT_MAX) {
            return ERR_TOO_LARGE;
        }
        out[(*count)++] =
            (struct statement_end){.id = record->cancellation,
                                   .holding = record->holding,
                                   .units = record->units,
                                   .unit_count = record->n_units,
                                   .quantity = units_sum(record->units, record->n_units),
                                   .beneficiary = record->beneficiary,
                                   .purpose = record->purpose,
                                   .time_ms = record->time_ms,
                                   .final = true};
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

enum err statement_public(struct statement_end **out, size_t *count, struct query *query,
                          uint64_t from_ms, uint64_t to_ms, struct arena *arena)
{
    struct statement_end *list = arena_alloc(arena, STATEMENT_REPORT_MAX * sizeof *list);
    size_t found = 0;
    if (list == NULL) {
        return ERR_MEMORY;
    }
    enum err err = surrenders(list, &found, query, from_ms, to_ms, arena);
    if (err == OK) {
        err = cancellations(list, &found, query, from_ms, to_ms, arena);
    }
    if (err == OK) {
        *out = list;
        *count = found;
    }
    return err;
}
