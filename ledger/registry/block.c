/* SPDX-License-Identifier: Apache-2.0 */
/* A move takes pieces from one position and gives each at once to the other, so that between two
 * pieces the records are complete. */

#include "ledger/registry/block.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"
#include "ledger/registry/block_store.h"
#include "ledger/registry/space.h"
#include "ledger/registry/trade.h"

/* A move under way. to_position is from_position where the holding is the same. */
struct moving {
    struct rule_context *context;
    const struct block_move *move;
    struct position positions[2];
    struct position *from;
    struct position *to;
    struct block_pieces done;
    struct err_detail *detail;
};

static uint64_t available(const struct moving *moving, bool frozen)
{
    return moving->from->shelves[shelf_of(moving->move->from.state, frozen)].quantity;
}

static enum judgement refuse_beyond(const struct moving *moving)
{
    return unit_refuse_amount(moving->detail, ERR_HOLDING, "V16", moving->move->field,
                              available(moving, false), "this many are available");
}

static enum judgement refuse_frozen(const struct moving *moving)
{
    return unit_refuse_amount(moving->detail, ERR_FROZEN, "V16", moving->move->field,
                              available(moving, false), "the rest is frozen by an order");
}

static bool by_fits(const struct block_place *place, const struct block_face *face)
{
    return place->by == NULL ? !face->has_by : face->has_by && hash_equal(&face->by, place->by);
}

/* Is this block one that the move may take from? */
static enum judgement piece_fits(const struct moving *moving, const Seam__BlockRecord *block,
                                 uint64_t serial)
{
    const struct block_move *move = moving->move;
    const struct block_face face = block_face_of(block);
    if (strcmp(face.holding, move->from.holding) != 0 || face.state != move->from.state ||
        !by_fits(&move->from, &face)) {
        char hint[80];
        const bool ours = strcmp(face.holding, move->from.holding) == 0;
        (void)snprintf(hint, sizeof hint, "unit %" PRIu64 " is %s", serial,
                       ours ? sm_name(&unit_machine, (uint8_t)face.state) : "in another account");
        return unit_refuse_amount(moving->detail,
                                  ours && unit_final(face.state) ? ERR_USED : ERR_HOLDING, "V16",
                                  move->field, available(moving, false), hint);
    }
    const bool leaves = strcmp(move->from.holding, move->to.holding) != 0;
    if (face.is_frozen && (leaves || (move->frozen != BLOCK_ANY &&
                                      !(move->frozen == BLOCK_SURRENDER && face.surrenderable)))) {
        return refuse_frozen(moving);
    }
    return JUDGE_OK;
}

static enum judgement put_piece(struct moving *moving, const Seam__BlockRecord *block,
                                struct block_range range)
{
    const struct block_move *move = moving->move;
    if (moving->done.count == BLOCK_PIECES) {
        return unit_refuse_amount(moving->detail, ERR_RANGE, "D43", move->field,
                                  moving->done.quantity,
                                  "more blocks than one transaction may touch");
    }
    struct block_piece piece;
    enum err err = block_take(moving->context, moving->from, block, range, &piece);
    if (err != OK) {
        return unit_world(moving->detail, err);
    }
    const bool stays = moving->from == moving->to && !unit_final(move->to.state);
    const struct block_face face = {
        .holding = move->to.holding,
        .state = move->to.state,
        .by = move->to.by != NULL ? *move->to.by : (struct hash){{0}},
        .has_by = move->to.by != NULL,
        .is_frozen = stays && piece.face.is_frozen,
        .frozen = stays ? piece.face.frozen : (struct hash){{0}},
        .surrenderable = stays && piece.face.surrenderable,
    };
    err = block_give(moving->context, moving->to, &piece, &face);
    if (err != OK) {
        return unit_world(moving->detail, err);
    }
    moving->done.at[moving->done.count++] = range;
    moving->done.quantity += range.end - range.start + 1;
    return JUDGE_OK;
}

/* Exactly the serial numbers that were named; a range may go over several blocks. */
static enum judgement move_range(struct moving *moving, struct block_range range)
{
    uint64_t at = range.start;
    while (at <= range.end) {
        Seam__BlockRecord *block = NULL;
        const enum err err = block_holding_serial(&block, moving->context->state,
                                                  moving->move->series, at, moving->context->arena);
        if (err == ERR_ABSENT) {
            char hint[80];
            (void)snprintf(hint, sizeof hint, "there is no unit %" PRIu64, at);
            return unit_refuse_amount(moving->detail, ERR_HOLDING, "V16", moving->move->field,
                                      available(moving, false), hint);
        }
        if (err != OK) {
            return unit_world(moving->detail, err);
        }
        const uint64_t end = block->end < range.end ? block->end : range.end;
        enum judgement judgement = piece_fits(moving, block, at);
        if (judgement == JUDGE_OK) {
            judgement = put_piece(moving, block, (struct block_range){at, end});
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        at = end + 1;
    }
    return JUDGE_OK;
}

static enum judgement move_ranges(struct moving *moving)
{
    const struct block_move *move = moving->move;
    uint64_t sum = 0;
    for (size_t i = 0; i < move->range_count; i++) {
        const struct block_range range = move->ranges[i];
        if (range.start == 0 || range.end < range.start || range.end > BLOCK_QUANTITY_MAX) {
            return unit_refuse(moving->detail, JUDGE_NEVER, ERR_RANGE, "D43", move->field,
                               "1 <= start <= end <= 1000000000000", NULL);
        }
        sum += range.end - range.start + 1; /* at most 64 times 10^12 */
        const enum judgement judgement = move_range(moving, range);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (sum != move->quantity) {
        return unit_refuse_amount(moving->detail, ERR_TOTAL, "D43", move->field, sum,
                                  "quantity is not the number of these serials");
    }
    return JUDGE_OK;
}

/* The newest blocks first; of the last one only its end. */
static enum judgement move_quantity(struct moving *moving)
{
    const struct block_move *move = moving->move;
    const uint32_t shelf = shelf_of(move->from.state, false);
    assert(move->from.by == NULL);
    if (available(moving, false) < move->quantity) {
        uint64_t both = 0;
        const bool frozen = num_add_u64(&both, available(moving, false), available(moving, true)) &&
                            both >= move->quantity;
        return frozen ? refuse_frozen(moving) : refuse_beyond(moving);
    }
    uint64_t left = move->quantity;
    while (left > 0) {
        Seam__BlockRecord *block = NULL;
        const enum err err = block_last(&block, moving->context, moving->from, shelf);
        if (err != OK) {
            return unit_world(moving->detail, err);
        }
        const uint64_t size = block->end - block->start + 1;
        const uint64_t part = size < left ? size : left;
        const enum judgement judgement =
            put_piece(moving, block, (struct block_range){block->end - part + 1, block->end});
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        left -= part;
    }
    return JUDGE_OK;
}

/* --- journals -------------------------------------------------------------------------------- */

struct note {
    enum entry_kind kind;
    enum unit_state from;
    enum unit_state to;
    const char *other;
    const struct hash *by;
};

static enum err note_write(struct rule_context *context, struct position *position,
                           const struct block_pieces *pieces, const struct note *note)
{
    Seam__SerialRange ranges[BLOCK_PIECES];
    Seam__SerialRange *list[BLOCK_PIECES];
    for (size_t i = 0; i < pieces->count; i++) {
        seam__serial_range__init(&ranges[i]);
        ranges[i].start = pieces->at[i].start;
        ranges[i].end = pieces->at[i].end;
        list[i] = &ranges[i];
    }
    struct hash by = note->by != NULL ? *note->by : (struct hash){{0}};
    struct hash tx_id = context->tx_id;
    Seam__EntryRecord entry = SEAM__ENTRY_RECORD__INIT;
    entry.kind = note->kind;
    entry.from = note->from;
    entry.to = note->to;
    entry.quantity = pieces->quantity;
    entry.n_ranges = pieces->count;
    entry.ranges = list;
    entry.other = (char *)(note->other != NULL ? note->other : "");
    entry.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    entry.by = (ProtobufCBinaryData){.len = note->by != NULL ? HASH_SIZE : 0, .data = by.bytes};
    entry.height = context->height;
    entry.time_ms = context->time_ms;
    return position_note(context, position, &entry);
}

static enum err move_notes(struct moving *moving)
{
    const struct block_move *move = moving->move;
    const bool one = moving->from == moving->to;
    const struct note leaves = {.kind = move->kind,
                                .from = move->from.state,
                                .to = one ? move->to.state : UNIT_OUTSIDE,
                                .other = one ? NULL : move->to.holding,
                                .by = move->by};
    enum err err = note_write(moving->context, moving->from, &moving->done, &leaves);
    if (err != OK || one) {
        return err;
    }
    const struct note comes = {.kind = move->kind,
                               .from = UNIT_OUTSIDE,
                               .to = move->to.state,
                               .other = move->from.holding,
                               .by = move->by};
    return note_write(moving->context, moving->to, &moving->done, &comes);
}

static enum err move_finish(struct moving *moving)
{
    const struct block_move *move = moving->move;
    enum err err = OK;
    if (unit_final(move->from.state) != unit_final(move->to.state)) {
        err = series_count(moving->context, move->series, move->from.state, move->to.state,
                           moving->done.quantity);
    }
    if (err == OK) {
        err = move_notes(moving);
    }
    if (err == OK) {
        err = position_save(moving->context, moving->from);
    }
    if (err == OK && moving->to != moving->from) {
        err = position_save(moving->context, moving->to);
    }
    return err;
}

enum judgement block_move_plain(struct rule_context *context, const struct block_move *move,
                                struct block_pieces *moved, struct err_detail *detail)
{
    struct moving *moving = arena_alloc(context->arena, sizeof *moving);
    if (moving == NULL) {
        return unit_world(detail, ERR_MEMORY);
    }
    *moving = (struct moving){.context = context, .move = move, .detail = detail};
    uint8_t state = (uint8_t)move->from.state;
    assert(state > UNIT_OUTSIDE && state < UNIT_STATES);
    if (move->quantity == 0 || move->quantity > BLOCK_QUANTITY_MAX) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", move->field, "1..1000000000000",
                           NULL);
    }
    if (move->from.state != move->to.state &&
        sm_move(&unit_machine, &state, (uint8_t)move->to.state, detail) != OK) {
        return JUDGE_NEVER;
    }
    const bool one = strcmp(move->from.holding, move->to.holding) == 0;
    moving->from = &moving->positions[0];
    moving->to = one ? moving->from : &moving->positions[1];
    enum err err = position_load(context, moving->from, move->series, move->from.holding);
    if (err == OK && !one) {
        err = position_load(context, moving->to, move->series, move->to.holding);
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    const enum judgement judgement =
        move->range_count > 0 ? move_ranges(moving) : move_quantity(moving);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    err = move_finish(moving);
    if (err == OK && moved != NULL) {
        *moved = moving->done;
    }
    return unit_world(detail, err);
}

/* Units that an expired lock still holds are free in all but name: they are given back when they
 * are needed, and only then (decision D11). */
enum judgement block_move(struct rule_context *context, const struct block_move *move,
                          struct block_pieces *moved, struct err_detail *detail)
{
    struct err_detail first = {0};
    uint64_t freed = 0;
    const size_t mark = overlay_mark(context->state);
    enum judgement judgement = block_move_plain(context, move, moved, &first);
    const bool short_of = first.err == ERR_HOLDING || first.err == ERR_FROZEN;
    if (judgement == JUDGE_NEVER && short_of && move->from.state == UNIT_TRADE) {
        overlay_rollback(context->state, mark);
        judgement = trade_free(context, move->from.holding, move->series,
                               move->range_count > 0 ? UINT64_MAX : move->quantity, &freed, detail);
        if (judgement != JUDGE_OK || freed > 0) {
            return judgement == JUDGE_OK ? block_move_plain(context, move, moved, detail)
                                         : judgement;
        }
        judgement = JUDGE_NEVER;
    }
    if (judgement != JUDGE_OK && detail != NULL) {
        *detail = first;
    }
    return judgement;
}

/* --- making units ---------------------------------------------------------------------------- */

/* Reads the series, or begins it; next is 0 in a series of another registry. */
static enum err series_open(struct rule_context *context, const struct series *series, bool own,
                            Seam__SeriesRecord **out)
{
    ProtobufCMessage *message = NULL;
    struct state_key key = state_key_of(KEY_SERIES);
    state_key_hash(&key, &series->id);
    enum err err = view_record(&message, &seam__series_record__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        *out = (Seam__SeriesRecord *)message;
        return OK;
    }
    if (err != ERR_ABSENT) {
        return err;
    }
    Seam__SeriesRecord *record = arena_alloc(context->arena, sizeof *record);
    if (record == NULL) {
        return ERR_MEMORY;
    }
    seam__series_record__init(record);
    record->registry = (char *)series->registry;
    record->asset = (char *)series->asset;
    record->project = (char *)series->project;
    record->vintage = series->vintage;
    record->next = own ? 1 : 0;
    char text[SERIES_TEXT_SIZE];
    series_text(text, series);
    err = unit_list(context, KEY_SERIES, text);
    *out = record;
    return err;
}

static enum err series_write(struct rule_context *context, const struct series *series,
                             const Seam__SeriesRecord *record)
{
    struct state_key key = state_key_of(KEY_SERIES);
    state_key_hash(&key, &series->id);
    return view_put(context->state, state_key_bytes(&key), &record->base, context->arena);
}

/* Puts new serial numbers down at to, counts and notes them. */
static enum err make(struct rule_context *context, const struct series *series,
                     const struct block_place *to, enum entry_kind kind,
                     const struct block_pieces *pieces)
{
    struct position *position = arena_alloc(context->arena, sizeof *position);
    if (position == NULL) {
        return ERR_MEMORY;
    }
    enum err err = position_load(context, position, series, to->holding);
    const struct block_face face = {
        .holding = to->holding,
        .state = to->state,
        .has_by = to->by != NULL,
        .by = to->by != NULL ? *to->by : (struct hash){{0}},
    };
    for (size_t i = 0; i < pieces->count && err == OK; i++) {
        const struct block_piece piece = {.range = pieces->at[i]};
        err = block_give(context, position, &piece, &face);
    }
    if (err == OK) {
        err = series_count(context, series, UNIT_OUTSIDE, to->state, pieces->quantity);
    }
    const struct note note = {.kind = kind, .from = UNIT_OUTSIDE, .to = to->state, .by = to->by};
    if (err == OK) {
        err = note_write(context, position, pieces, &note);
    }
    return err == OK ? position_save(context, position) : err;
}

enum judgement block_issue(struct rule_context *context, const struct series *series,
                           const struct block_place *to, enum entry_kind kind, uint64_t quantity,
                           struct block_range *made, struct err_detail *detail)
{
    Seam__SeriesRecord *record = NULL;
    enum err err = series_open(context, series, true, &record);
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (record->next == 0 || record->next > BLOCK_QUANTITY_MAX + 1) {
        return unit_world(detail, ERR_CORRUPT);
    }
    const uint64_t left = BLOCK_QUANTITY_MAX + 1 - record->next;
    if (quantity == 0 || quantity > left) {
        return unit_refuse_amount(detail, ERR_RANGE, "D43", "quantity", left,
                                  "serial numbers of this series that are left");
    }
    const struct block_pieces pieces = {
        .at = {{record->next, record->next + quantity - 1}}, .count = 1, .quantity = quantity};
    record->next += quantity;
    err = series_write(context, series, record);
    if (err == OK) {
        err = make(context, series, to, kind, &pieces);
    }
    if (err == OK && made != NULL) {
        *made = pieces.at[0];
    }
    return unit_world(detail, err);
}

/* Was any of these serial numbers ever here? first receives one that was. */
static enum err used(bool *out, uint64_t *first, struct rule_context *context,
                     const struct series *series, struct block_range range)
{
    uint64_t start = 0;
    *out = false;
    enum err err = space_before(&start, context->state, &series->id, range.end);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    Seam__BlockRecord *block = NULL;
    err = block_read(&block, context->state, series, start, context->arena);
    if (err == OK && block->end >= range.start) {
        *out = true;
        *first = block->start > range.start ? block->start : range.start;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

enum judgement block_import(struct rule_context *context, const struct series *series,
                            const struct block_place *to, const struct block_range *ranges,
                            size_t count, struct err_detail *detail)
{
    struct block_pieces pieces = {.count = count};
    assert(count <= BLOCK_PIECES);
    for (size_t i = 0; i < count; i++) {
        const struct block_range range = ranges[i];
        if (range.start == 0 || range.end < range.start || range.end > BLOCK_QUANTITY_MAX ||
            (i > 0 && range.start <= ranges[i - 1].end)) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "ranges",
                               "ascending, 1 <= start <= end <= 1000000000000", NULL);
        }
        bool taken = false;
        uint64_t first = 0;
        const enum err err = used(&taken, &first, context, series, range);
        if (err != OK) {
            return unit_world(detail, err);
        }
        if (taken) {
            char hint[80];
            (void)snprintf(hint, sizeof hint, "unit %" PRIu64 " was here before", first);
            return unit_refuse_amount(detail, ERR_USED, "V19", "ranges", first - range.start, hint);
        }
        pieces.at[i] = range;
        pieces.quantity += range.end - range.start + 1;
    }
    Seam__SeriesRecord *record = NULL;
    enum err err = series_open(context, series, false, &record);
    if (err == OK) {
        err = series_write(context, series, record);
    }
    if (err == OK) {
        err = make(context, series, to, ENTRY_IMPORT, &pieces);
    }
    return unit_world(detail, err);
}
