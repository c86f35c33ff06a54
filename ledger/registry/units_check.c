/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/units_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"
#include "ledger/registry/block_store.h"
#include "ledger/registry/view.h"

#define NAME "units-add-up"
#define CHECK_BUDGET ((size_t)64 << 20)

static enum err broken(struct err_detail *detail, const char *where, const char *what)
{
    (void)err_set(detail, ERR_CORRUPT, where, NULL, NULL, what);
    if (detail != NULL) {
        (void)snprintf(detail->rule, sizeof detail->rule, NAME);
    }
    return ERR_CORRUPT;
}

static enum err broken_at(struct err_detail *detail, const char *where, const char *what,
                          uint64_t serial)
{
    char text[120];
    (void)snprintf(text, sizeof text, "%s at %" PRIu64, what, serial);
    return broken(detail, where, text);
}

struct count {
    uint64_t by_state[UNIT_STATES];
};

/* One block: its neighbours, its account, its slot. */
static enum err check_block(struct overlay *state, const char *name, const struct series *series,
                            const Seam__BlockRecord *block, const Seam__BlockRecord *before,
                            struct arena *arena, struct err_detail *detail)
{
    if (before != NULL && block->start <= before->end) {
        return broken_at(detail, name, "blocks overlap", block->start);
    }
    const struct block_face face = block_face_of(block);
    const bool available = face.state == UNIT_TRADE || face.state == UNIT_REGISTER;
    if (available == face.has_by) {
        return broken_at(detail, name, "reserved by nobody, or available but reserved",
                         block->start);
    }
    if (unit_final(face.state) && face.is_frozen) {
        return broken_at(detail, name, "frozen after its end", block->start);
    }
    const Seam__HoldingRecord *holding = NULL;
    enum err err = registry_holding(&holding, state, block->holding, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? broken_at(detail, name, "block of nobody", block->start) : err;
    }
    const Seam__PositionRecord *position = NULL;
    const Seam__BlockRecord *same = NULL;
    err = registry_position(&position, state, block->holding, series, arena);
    if (err == OK) {
        err = registry_shelf_block(&same, state, position, face.state, face.is_frozen, block->slot,
                                   arena);
    }
    if (err == ERR_ABSENT || (err == OK && same->start != block->start)) {
        return broken_at(detail, name, "block without its slot", block->start);
    }
    return err;
}

/* All blocks of one series, in the order of their serial numbers. */
static enum err count_blocks(struct count *out, struct overlay *state, const char *name,
                             const struct series *series, struct err_detail *detail)
{
    struct arena arenas[2];
    const Seam__BlockRecord *before = NULL;
    uint64_t at = 0;
    size_t turn = 0;
    enum err err = OK;
    arena_init(&arenas[0], CHECK_BUDGET);
    arena_init(&arenas[1], CHECK_BUDGET);
    while (err == OK) {
        struct arena *arena = &arenas[turn];
        const Seam__BlockRecord *block = NULL;
        arena_free(arena); /* the one before the one before */
        err = registry_block_next(&block, state, series, at, arena);
        if (err == ERR_ABSENT) {
            err = OK;
            break;
        }
        if (err == OK) {
            err = check_block(state, name, series, block, before, arena, detail);
        }
        if (err == OK) {
            out->by_state[block->state] += block->end - block->start + 1;
            at = block->end + 1;
            before = block;
            turn = 1 - turn;
        }
    }
    arena_free(&arenas[0]);
    arena_free(&arenas[1]);
    return err;
}

static enum err check_series(struct overlay *state, const char *name, struct arena *arena,
                             struct err_detail *detail)
{
    struct series series;
    const Seam__SeriesRecord *record = NULL;
    struct count count = {{0}};
    enum err err = series_parse(&series, name, arena);
    if (err == OK) {
        err = registry_series(&record, state, &series, arena);
    }
    if (err != OK) {
        return err == ERR_ABSENT || err == ERR_TYPE
                   ? broken(detail, name, "a listed series is not there")
                   : err;
    }
    err = count_blocks(&count, state, name, &series, detail);
    if (err != OK) {
        return err;
    }
    const uint64_t held = count.by_state[UNIT_TRADE] + count.by_state[UNIT_REGISTER] +
                          count.by_state[UNIT_RESERVED] + count.by_state[UNIT_PENDING];
    const uint64_t sum = record->held + record->surrendered + record->cancelled + record->exported +
                         record->lapsed + record->carried;
    if (record->issued != sum) {
        return broken(detail, name, "issued is not held and ended together");
    }
    if (held != record->held || count.by_state[UNIT_SURRENDERED] != record->surrendered ||
        count.by_state[UNIT_CANCELLED] != record->cancelled ||
        count.by_state[UNIT_EXPORTED] != record->exported ||
        count.by_state[UNIT_LAPSED] != record->lapsed ||
        count.by_state[UNIT_CARRIED] != record->carried) {
        return broken(detail, name, "a counter is not what its blocks say");
    }
    if (record->next > 0 && record->next != record->issued + 1) {
        return broken(detail, name, "serial numbers were left out");
    }
    return OK;
}

/* Every slot of every shelf holds a block of this account and state, and they add up. */
static enum err check_shelf(struct overlay *state, const char *name,
                            const Seam__PositionRecord *position, const Seam__Shelf *shelf,
                            struct err_detail *detail)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < shelf->blocks; i++) {
        struct arena arena;
        const Seam__BlockRecord *block = NULL;
        arena_init(&arena, CHECK_BUDGET);
        enum err err =
            registry_shelf_block(&block, state, position, (enum unit_state)(shelf->shelf / 2),
                                 shelf->shelf % 2 == 1, i, &arena);
        if (err == ERR_ABSENT) {
            err = broken_at(detail, name, "an empty slot", i);
        } else if (err == OK &&
                   (block->slot != i || strcmp(block->holding, position->holding) != 0 ||
                    shelf_of((enum unit_state)block->state, block->frozen.len > 0) !=
                        shelf->shelf)) {
            err = broken_at(detail, name, "a slot holds another's block", block->start);
        } else if (err == OK) {
            sum += block->end - block->start + 1;
        }
        arena_free(&arena);
        if (err != OK) {
            return err;
        }
    }
    return sum == shelf->quantity ? OK
                                  : broken(detail, name, "a position is not what its blocks say");
}

static enum err check_holding(struct overlay *state, const char *holding, struct arena *arena,
                              struct err_detail *detail)
{
    uint32_t positions = 0;
    enum err err = registry_positions(&positions, state, holding, arena);
    for (uint32_t i = 0; i < positions && err == OK; i++) {
        struct series series;
        const char *name = NULL;
        const Seam__PositionRecord *position = NULL;
        err = registry_position_name(&name, state, holding, i, arena);
        if (err == OK) {
            err = series_parse(&series, name, arena);
        }
        if (err == OK) {
            err = registry_position(&position, state, holding, &series, arena);
        }
        if (err == ERR_ABSENT || err == ERR_TYPE) {
            return broken(detail, holding, "a listed position is not there");
        }
        for (size_t k = 0; err == OK && k < position->n_shelves; k++) {
            err = check_shelf(state, name, position, position->shelves[k], detail);
        }
    }
    return err;
}

/* Runs check for each entry of a list, each with an arena of its own. */
static enum err each(struct overlay *state, enum key_table table, uint32_t count,
                     enum err (*check)(struct overlay *, const char *, struct arena *,
                                       struct err_detail *),
                     struct err_detail *detail)
{
    enum err err = OK;
    for (uint32_t i = 0; i < count && err == OK; i++) {
        struct arena arena;
        const Seam__ListEntry *entry = NULL;
        arena_init(&arena, CHECK_BUDGET);
        err = view_list(&entry, state, table, NULL, i, &arena);
        if (err == OK) {
            err = check(state, entry->id, &arena, detail);
        } else if (err == ERR_ABSENT) {
            err = broken(detail, "list", "an entry is missing");
        }
        arena_free(&arena);
    }
    return err;
}

enum err units_check(struct overlay *state, struct arena *arena, struct err_detail *detail)
{
    const Seam__RegistryCounters *counters = NULL;
    enum err err = registry_counters(&counters, state, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err; /* no registry here */
    }
    err = each(state, KEY_SERIES, counters->series, check_series, detail);
    return err == OK ? each(state, KEY_HOLDING, counters->holdings, check_holding, detail) : err;
}
