/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/block_store.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/num.h"
#include "ledger/registry/space.h"

uint32_t shelf_of(enum unit_state state, bool frozen)
{
    return 2 * (uint32_t)state + (frozen ? 1 : 0);
}

static struct state_key position_key(const struct position *position)
{
    struct state_key key = state_key_of(KEY_POSITION);
    state_key_hash(&key, &position->holding);
    state_key_hash(&key, &position->series->id);
    return key;
}

static struct state_key slot_key(const struct position *position, uint32_t shelf, uint32_t slot)
{
    struct state_key key = state_key_of(KEY_SLOT);
    state_key_hash(&key, &position->holding);
    state_key_hash(&key, &position->series->id);
    state_key_u8(&key, (uint8_t)shelf);
    state_key_u32(&key, slot);
    return key;
}

static struct state_key block_key(const struct series *series, uint64_t start)
{
    struct state_key key = state_key_of(KEY_BLOCK);
    state_key_hash(&key, &series->id);
    state_key_u64(&key, start);
    return key;
}

/* --- positions ------------------------------------------------------------------------------- */

enum err position_load(struct rule_context *context, struct position *out,
                       const struct series *series, const char *holding)
{
    memset(out, 0, sizeof *out);
    out->series = series;
    id_hash(&out->holding, KEY_HOLDING, holding);
    seam__position_record__init(&out->record);
    for (uint32_t i = 0; i < SHELVES; i++) {
        seam__shelf__init(&out->shelves[i]);
        out->shelves[i].shelf = i;
    }
    ProtobufCMessage *message = NULL;
    const struct state_key key = position_key(out);
    const enum err err = view_record(&message, &seam__position_record__descriptor, context->state,
                                     state_key_bytes(&key), context->arena);
    if (err == ERR_ABSENT) {
        out->is_new = true;
        out->record.holding = (char *)holding;
        out->record.registry = (char *)series->registry;
        out->record.asset = (char *)series->asset;
        out->record.project = (char *)series->project;
        out->record.vintage = series->vintage;
        return OK;
    }
    if (err != OK) {
        return err;
    }
    out->record = *(const Seam__PositionRecord *)message;
    for (size_t i = 0; i < out->record.n_shelves; i++) {
        const Seam__Shelf *shelf = out->record.shelves[i];
        if (shelf->shelf >= SHELVES) {
            return ERR_CORRUPT;
        }
        out->shelves[shelf->shelf] = *shelf;
    }
    return OK;
}

/* A new position is listed with its account. */
static enum err position_list(struct rule_context *context, const struct position *position)
{
    ProtobufCMessage *message = NULL;
    Seam__PositionCount count = SEAM__POSITION_COUNT__INIT;
    struct state_key key = state_key_of(KEY_POSITION);
    state_key_hash(&key, &position->holding);
    enum err err = view_record(&message, &seam__position_count__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        count.positions = ((const Seam__PositionCount *)message)->positions;
    } else if (err != ERR_ABSENT) {
        return err;
    }
    char text[SERIES_TEXT_SIZE];
    series_text(text, position->series);
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    entry.id = text;
    const struct state_key place =
        state_key_list(KEY_POSITION, &position->holding, count.positions);
    err = view_put(context->state, state_key_bytes(&place), &entry.base, context->arena);
    if (err != OK) {
        return err;
    }
    count.positions++;
    return view_put(context->state, state_key_bytes(&key), &count.base, context->arena);
}

enum err position_save(struct rule_context *context, struct position *position)
{
    Seam__Shelf *list[SHELVES];
    size_t count = 0;
    for (uint32_t i = 0; i < SHELVES; i++) {
        if (position->shelves[i].blocks > 0) {
            list[count++] = &position->shelves[i];
        }
    }
    position->record.n_shelves = count;
    position->record.shelves = list;
    const struct state_key key = position_key(position);
    enum err err =
        view_put(context->state, state_key_bytes(&key), &position->record.base, context->arena);
    position->record.n_shelves = 0;
    position->record.shelves = NULL;
    if (err == OK && position->is_new) {
        err = position_list(context, position);
        position->is_new = false;
    }
    return err;
}

enum err position_note(struct rule_context *context, struct position *position,
                       const Seam__EntryRecord *entry)
{
    struct state_key key = state_key_of(KEY_ENTRY);
    state_key_hash(&key, &position->holding);
    state_key_hash(&key, &position->series->id);
    state_key_u32(&key, position->record.entries);
    if (position->record.entries == UINT32_MAX) {
        return ERR_INTERNAL;
    }
    position->record.entries++;
    return view_put(context->state, state_key_bytes(&key), &entry->base, context->arena);
}

/* --- blocks ---------------------------------------------------------------------------------- */

enum err block_read(Seam__BlockRecord **out, struct overlay *state, const struct series *series,
                    uint64_t start, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key = block_key(series, start);
    const enum err err =
        view_record(&message, &seam__block_record__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        Seam__BlockRecord *block = (Seam__BlockRecord *)message;
        if (block->start != start || block->end < start || block->end > BLOCK_QUANTITY_MAX ||
            block->state == UNIT_OUTSIDE || block->state >= UNIT_STATES ||
            (block->by.len != 0 && block->by.len != HASH_SIZE) ||
            (block->frozen.len != 0 && block->frozen.len != HASH_SIZE)) {
            return ERR_CORRUPT;
        }
        *out = block;
    }
    return err;
}

enum err block_holding_serial(Seam__BlockRecord **out, struct overlay *state,
                              const struct series *series, uint64_t serial, struct arena *arena)
{
    uint64_t start = 0;
    enum err err = space_before(&start, state, &series->id, serial);
    if (err != OK) {
        return err;
    }
    Seam__BlockRecord *block = NULL;
    err = block_read(&block, state, series, start, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    if (block->end < serial) {
        return ERR_ABSENT;
    }
    *out = block;
    return OK;
}

static enum err block_write(struct rule_context *context, const struct series *series,
                            const Seam__BlockRecord *block)
{
    const struct state_key key = block_key(series, block->start);
    return view_put(context->state, state_key_bytes(&key), &block->base, context->arena);
}

static enum err block_delete(struct rule_context *context, const struct series *series,
                             uint64_t start)
{
    const struct state_key key = block_key(series, start);
    return overlay_delete(context->state, state_key_bytes(&key));
}

static struct hash hash_of(ProtobufCBinaryData data)
{
    struct hash hash = {{0}};
    if (data.len == HASH_SIZE) {
        memcpy(hash.bytes, data.data, HASH_SIZE);
    }
    return hash;
}

struct block_face block_face_of(const Seam__BlockRecord *block)
{
    return (struct block_face){
        .holding = block->holding,
        .state = (enum unit_state)block->state,
        .by = hash_of(block->by),
        .has_by = block->by.len > 0,
        .frozen = hash_of(block->frozen),
        .is_frozen = block->frozen.len > 0,
        .surrenderable = block->surrenderable,
    };
}

static bool face_equal(const struct block_face *a, const struct block_face *b)
{
    return a->state == b->state && a->has_by == b->has_by && hash_equal(&a->by, &b->by) &&
           a->is_frozen == b->is_frozen && hash_equal(&a->frozen, &b->frozen) &&
           a->surrenderable == b->surrenderable && strcmp(a->holding, b->holding) == 0;
}

static uint64_t size_of(struct block_range range)
{
    return range.end - range.start + 1;
}

/* --- shelves --------------------------------------------------------------------------------- */

static enum err slot_write(struct rule_context *context, const struct position *position,
                           uint32_t shelf, uint32_t slot, uint64_t start)
{
    const struct state_key key = slot_key(position, shelf, slot);
    struct state_key value = {.size = 0};
    state_key_u64(&value, start);
    return overlay_put(context->state, state_key_bytes(&key), state_key_bytes(&value));
}

static enum err slot_read(uint64_t *out, struct rule_context *context,
                          const struct position *position, uint32_t shelf, uint32_t slot)
{
    struct bytes value;
    const struct state_key key = slot_key(position, shelf, slot);
    const enum err err = overlay_get(context->state, state_key_bytes(&key), &value);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    if (value.size != 8) {
        return ERR_CORRUPT;
    }
    uint64_t start = 0;
    for (size_t i = 0; i < 8; i++) {
        start = start << 8 | value.data[i];
    }
    *out = start;
    return OK;
}

/* Takes a slot off: the last block of the shelf moves into it. */
static enum err shelf_drop(struct rule_context *context, struct position *position, uint32_t shelf,
                           uint32_t slot)
{
    Seam__Shelf *list = &position->shelves[shelf];
    if (slot >= list->blocks) {
        return ERR_CORRUPT;
    }
    const uint32_t last = list->blocks - 1;
    if (slot != last) {
        uint64_t start = 0;
        Seam__BlockRecord *moved = NULL;
        enum err err = slot_read(&start, context, position, shelf, last);
        if (err == OK) {
            err = block_read(&moved, context->state, position->series, start, context->arena);
        }
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        moved->slot = slot;
        err = block_write(context, position->series, moved);
        if (err == OK) {
            err = slot_write(context, position, shelf, slot, start);
        }
        if (err != OK) {
            return err;
        }
    }
    list->blocks = last;
    const struct state_key key = slot_key(position, shelf, last);
    return overlay_delete(context->state, state_key_bytes(&key));
}

/* Puts a new block record down; its start is in the set already. */
static enum err shelf_add(struct rule_context *context, struct position *position,
                          struct block_range range, const struct block_face *face)
{
    const uint32_t shelf = shelf_of(face->state, face->is_frozen);
    Seam__Shelf *list = &position->shelves[shelf];
    struct hash by = face->by;
    struct hash frozen = face->frozen;
    Seam__BlockRecord block = SEAM__BLOCK_RECORD__INIT;
    if (list->blocks == UINT32_MAX) {
        return ERR_INTERNAL;
    }
    block.start = range.start;
    block.end = range.end;
    block.holding = (char *)face->holding;
    block.state = face->state;
    block.by = (ProtobufCBinaryData){.len = face->has_by ? HASH_SIZE : 0, .data = by.bytes};
    block.frozen =
        (ProtobufCBinaryData){.len = face->is_frozen ? HASH_SIZE : 0, .data = frozen.bytes};
    block.surrenderable = face->surrenderable;
    block.slot = list->blocks;
    enum err err = block_write(context, position->series, &block);
    if (err == OK) {
        err = slot_write(context, position, shelf, list->blocks, range.start);
    }
    list->blocks++;
    return err;
}

enum err block_last(Seam__BlockRecord **out, struct rule_context *context,
                    const struct position *position, uint32_t shelf)
{
    uint64_t start = 0;
    if (position->shelves[shelf].blocks == 0) {
        return ERR_ABSENT;
    }
    enum err err = slot_read(&start, context, position, shelf, position->shelves[shelf].blocks - 1);
    if (err == OK) {
        err = block_read(out, context->state, position->series, start, context->arena);
        err = err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    return err;
}

/* --- taking and giving ----------------------------------------------------------------------- */

enum err block_take(struct rule_context *context, struct position *position,
                    const Seam__BlockRecord *block, struct block_range range,
                    struct block_piece *out)
{
    const struct series *series = position->series;
    const struct block_face face = block_face_of(block);
    const uint32_t shelf = shelf_of(face.state, face.is_frozen);
    Seam__Shelf *list = &position->shelves[shelf];
    assert(block->start <= range.start && range.start <= range.end && range.end <= block->end);
    const uint64_t end = block->end;
    enum err err = OK;
    if (list->quantity < size_of(range)) {
        return ERR_CORRUPT;
    }
    list->quantity -= size_of(range);
    if (block->start == range.start) {
        err = shelf_drop(context, position, shelf, block->slot);
        if (err == OK) {
            err = block_delete(context, series, block->start);
        }
    } else {
        Seam__BlockRecord front = *block;
        front.end = range.start - 1;
        err = block_write(context, series, &front);
    }
    if (err == OK && range.end < end) {
        const struct block_range rest = {range.end + 1, end};
        err = space_add(context->state, &series->id, rest.start);
        if (err == OK) {
            err = shelf_add(context, position, rest, &face);
        }
    }
    out->range = range;
    out->face = face;
    out->start_kept = block->start == range.start;
    return err;
}

/* The block before range, if it may merge with it. ERR_ABSENT: it may not. */
static enum err left_neighbour(Seam__BlockRecord **out, struct rule_context *context,
                               const struct series *series, struct block_range range,
                               const struct block_face *face)
{
    if (range.start == 0) {
        return ERR_ABSENT;
    }
    const enum err err =
        block_holding_serial(out, context->state, series, range.start - 1, context->arena);
    if (err != OK) {
        return err;
    }
    const struct block_face left = block_face_of(*out);
    return face_equal(&left, face) ? OK : ERR_ABSENT;
}

/* Takes the equal block behind end away, and gives the new end. */
static enum err absorb_right(uint64_t *end, struct rule_context *context, struct position *position,
                             const struct block_face *face)
{
    const struct series *series = position->series;
    Seam__BlockRecord *right = NULL;
    enum err err = block_read(&right, context->state, series, *end + 1, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    const struct block_face other = block_face_of(right);
    if (!face_equal(&other, face)) {
        return OK;
    }
    err = shelf_drop(context, position, shelf_of(face->state, face->is_frozen), right->slot);
    if (err == OK) {
        err = block_delete(context, series, right->start);
    }
    if (err == OK) {
        err = space_remove(context->state, &series->id, right->start);
    }
    *end = right->end;
    return err;
}

enum err block_give(struct rule_context *context, struct position *position,
                    const struct block_piece *piece, const struct block_face *face)
{
    const struct series *series = position->series;
    struct block_range range = piece->range;
    Seam__Shelf *list = &position->shelves[shelf_of(face->state, face->is_frozen)];
    if (!num_add_u64(&list->quantity, list->quantity, size_of(range))) {
        return ERR_INTERNAL;
    }
    Seam__BlockRecord *left = NULL;
    enum err err = absorb_right(&range.end, context, position, face);
    if (err != OK) {
        return err;
    }
    err = left_neighbour(&left, context, series, range, face);
    if (err == OK) {
        left->end = range.end;
        if (piece->start_kept) {
            err = space_remove(context->state, &series->id, range.start);
        }
        return err == OK ? block_write(context, series, left) : err;
    }
    if (err != ERR_ABSENT) {
        return err;
    }
    err = piece->start_kept ? OK : space_add(context->state, &series->id, range.start);
    return err == OK ? shelf_add(context, position, range, face) : err;
}

/* --- counters -------------------------------------------------------------------------------- */

static uint64_t *counter_of(Seam__SeriesRecord *record, enum unit_state state)
{
    if (state == UNIT_SURRENDERED) {
        return &record->surrendered;
    }
    if (state == UNIT_CANCELLED) {
        return &record->cancelled;
    }
    if (state == UNIT_EXPORTED) {
        return &record->exported;
    }
    if (state == UNIT_LAPSED) {
        return &record->lapsed;
    }
    if (state == UNIT_CARRIED) {
        return &record->carried;
    }
    return state == UNIT_OUTSIDE ? NULL : &record->held;
}

enum err series_count(struct rule_context *context, const struct series *series,
                      enum unit_state from, enum unit_state to, uint64_t quantity)
{
    ProtobufCMessage *message = NULL;
    struct state_key key = state_key_of(KEY_SERIES);
    state_key_hash(&key, &series->id);
    const enum err err = view_record(&message, &seam__series_record__descriptor, context->state,
                                     state_key_bytes(&key), context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    Seam__SeriesRecord *record = (Seam__SeriesRecord *)message;
    uint64_t *source = counter_of(record, from);
    uint64_t *target = counter_of(record, to);
    if (source == NULL) {
        source = &record->issued;
        if (!num_add_u64(source, *source, quantity)) {
            return ERR_INTERNAL;
        }
    } else if (!num_sub_u64(source, *source, quantity)) {
        return ERR_CORRUPT;
    }
    assert(target != NULL);
    if (!num_add_u64(target, *target, quantity)) {
        return ERR_INTERNAL;
    }
    return view_put(context->state, state_key_bytes(&key), &record->base, context->arena);
}
