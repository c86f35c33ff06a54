/* SPDX-License-Identifier: Apache-2.0 */
/* Frozen is a mark above the state: whatever a block is, the mark keeps it from being moved until
 * the order is lifted, except that the order may allow surrender. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/registry/block_store.h"

struct marking {
    struct rule_context *context;
    struct position position;
    const struct hash *order;
    bool surrenderable;
    bool lift;
    struct block_pieces done;
    struct err_detail *detail;
};

static enum judgement mark(struct marking *marking, const Seam__BlockRecord *block,
                           struct block_range range)
{
    struct block_piece piece = {0};
    if (marking->done.count == BLOCK_PIECES) {
        return unit_refuse_amount(marking->detail, ERR_RANGE, "D43", "units",
                                  marking->done.quantity,
                                  "more blocks than one transaction may touch");
    }
    enum err err = block_take(marking->context, &marking->position, block, range, &piece);
    struct block_face face = piece.face;
    face.is_frozen = !marking->lift;
    face.frozen = marking->lift ? (struct hash){{0}} : *marking->order;
    face.surrenderable = !marking->lift && marking->surrenderable;
    if (err == OK) {
        err = block_give(marking->context, &marking->position, &piece, &face);
    }
    marking->done.at[marking->done.count++] = range;
    marking->done.quantity += range.end - range.start + 1;
    return unit_world(marking->detail, err);
}

static enum judgement refuse(const struct marking *marking, enum err err, uint64_t serial,
                             const char *says)
{
    char hint[96];
    (void)snprintf(hint, sizeof hint, "unit %" PRIu64 " %s", serial, says);
    return unit_refuse(marking->detail, JUDGE_NEVER, err, "V16", "units", NULL, hint);
}

/* Freezing: the block must be held here and not be frozen yet. */
static enum judgement may_freeze(const struct marking *marking, const Seam__BlockRecord *block,
                                 uint64_t serial)
{
    if (strcmp(block->holding, marking->position.record.holding) != 0) {
        return refuse(marking, ERR_HOLDING, serial, "is in another account");
    }
    if (unit_final((enum unit_state)block->state)) {
        return refuse(marking, ERR_STATE_MACHINE, serial, "is not held any more");
    }
    if (block->frozen.len > 0) {
        return refuse(marking, ERR_FROZEN, serial, "is frozen by another order");
    }
    return JUDGE_OK;
}

/* Lifting: only where this order's mark still stands; what was surrendered has lost it. */
static bool may_lift(const struct marking *marking, const Seam__BlockRecord *block)
{
    return block->frozen.len == HASH_SIZE &&
           memcmp(block->frozen.data, marking->order->bytes, HASH_SIZE) == 0 &&
           strcmp(block->holding, marking->position.record.holding) == 0;
}

static enum judgement mark_range(struct marking *marking, struct block_range range)
{
    uint64_t at = range.start;
    while (at <= range.end) {
        Seam__BlockRecord *block = NULL;
        const enum err err = block_holding_serial(
            &block, marking->context->state, marking->position.series, at, marking->context->arena);
        if (err == ERR_ABSENT) {
            return refuse(marking, ERR_HOLDING, at, "does not exist");
        }
        if (err != OK) {
            return unit_world(marking->detail, err);
        }
        const uint64_t end = block->end < range.end ? block->end : range.end;
        enum judgement judgement = JUDGE_OK;
        if (marking->lift) {
            if (may_lift(marking, block)) {
                judgement = mark(marking, block, (struct block_range){at, end});
            }
        } else {
            judgement = may_freeze(marking, block, at);
            if (judgement == JUDGE_OK) {
                judgement = mark(marking, block, (struct block_range){at, end});
            }
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        at = end + 1;
    }
    return JUDGE_OK;
}

static enum judgement mark_quantity(struct marking *marking, uint64_t quantity)
{
    static const enum unit_state order[] = {UNIT_REGISTER, UNIT_TRADE};
    uint64_t left = quantity;
    for (size_t i = 0; i < 2; i++) {
        const uint32_t shelf = shelf_of(order[i], false);
        while (left > 0 && marking->position.shelves[shelf].blocks > 0) {
            Seam__BlockRecord *block = NULL;
            const enum err err = block_last(&block, marking->context, &marking->position, shelf);
            if (err != OK) {
                return unit_world(marking->detail, err);
            }
            const uint64_t size = block->end - block->start + 1;
            const uint64_t part = size < left ? size : left;
            const enum judgement judgement =
                mark(marking, block, (struct block_range){block->end - part + 1, block->end});
            if (judgement != JUDGE_OK) {
                return judgement;
            }
            left -= part;
        }
    }
    if (left > 0) {
        return unit_refuse_amount(marking->detail, ERR_HOLDING, "V16", "units", quantity - left,
                                  "this many are available and not frozen");
    }
    return JUDGE_OK;
}

static enum err note_mark(struct marking *marking)
{
    Seam__SerialRange ranges[BLOCK_PIECES];
    Seam__SerialRange *list[BLOCK_PIECES];
    for (size_t i = 0; i < marking->done.count; i++) {
        seam__serial_range__init(&ranges[i]);
        ranges[i].start = marking->done.at[i].start;
        ranges[i].end = marking->done.at[i].end;
        list[i] = &ranges[i];
    }
    struct hash order = *marking->order;
    struct hash tx_id = marking->context->tx_id;
    Seam__EntryRecord entry = SEAM__ENTRY_RECORD__INIT;
    entry.kind = marking->lift ? ENTRY_UNFREEZE : ENTRY_FREEZE;
    entry.quantity = marking->done.quantity;
    entry.n_ranges = marking->done.count;
    entry.ranges = list;
    entry.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    entry.by = (ProtobufCBinaryData){.len = HASH_SIZE, .data = order.bytes};
    entry.height = marking->context->height;
    entry.time_ms = marking->context->time_ms;
    return position_note(marking->context, &marking->position, &entry);
}

static enum judgement mark_all(struct marking *marking, const struct series *series,
                               const char *holding, const struct block_range *ranges,
                               size_t range_count, uint64_t quantity)
{
    enum err err = position_load(marking->context, &marking->position, series, holding);
    if (err != OK) {
        return unit_world(marking->detail, err);
    }
    for (size_t i = 0; i < range_count; i++) {
        if (ranges[i].start == 0 || ranges[i].end < ranges[i].start ||
            ranges[i].end > BLOCK_QUANTITY_MAX) {
            return unit_refuse(marking->detail, JUDGE_NEVER, ERR_RANGE, "D43", "units",
                               "1 <= start <= end <= 1000000000000", NULL);
        }
        const enum judgement judgement = mark_range(marking, ranges[i]);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (range_count == 0) {
        const enum judgement judgement = mark_quantity(marking, quantity);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    } else if (!marking->lift && marking->done.quantity != quantity) {
        return unit_refuse_amount(marking->detail, ERR_TOTAL, "D43", "units",
                                  marking->done.quantity,
                                  "quantity is not the number of these serials");
    }
    if (marking->done.count == 0) {
        return JUDGE_OK;
    }
    err = note_mark(marking);
    if (err == OK) {
        err = position_save(marking->context, &marking->position);
    }
    return unit_world(marking->detail, err);
}

enum judgement block_freeze(struct rule_context *context, const struct series *series,
                            const char *holding, const struct block_range *ranges,
                            size_t range_count, uint64_t quantity, const struct hash *order,
                            bool surrenderable, struct block_pieces *frozen,
                            struct err_detail *detail)
{
    struct marking *marking = arena_alloc(context->arena, sizeof *marking);
    if (marking == NULL) {
        return unit_world(detail, ERR_MEMORY);
    }
    *marking = (struct marking){
        .context = context, .order = order, .surrenderable = surrenderable, .detail = detail};
    const enum judgement judgement =
        mark_all(marking, series, holding, ranges, range_count, quantity);
    if (judgement == JUDGE_OK && frozen != NULL) {
        *frozen = marking->done;
    }
    return judgement;
}

enum judgement block_unfreeze(struct rule_context *context, const struct series *series,
                              const char *holding, const struct block_range *ranges,
                              size_t range_count, const struct hash *order,
                              struct err_detail *detail)
{
    struct marking *marking = arena_alloc(context->arena, sizeof *marking);
    if (marking == NULL) {
        return unit_world(detail, ERR_MEMORY);
    }
    *marking = (struct marking){.context = context, .order = order, .lift = true, .detail = detail};
    return range_count == 0 ? JUDGE_OK : mark_all(marking, series, holding, ranges, range_count, 0);
}
