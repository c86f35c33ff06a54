/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_BLOCK_STORE_H
#define LEDGER_REGISTRY_BLOCK_STORE_H

/* The records below block.h: positions with their shelves, blocks, counters of series. For the
 * block_*.c files only. Every function leaves the records consistent except that a position is
 * written by position_save. */

#include "ledger/registry/block.h"

#define SHELVES (2 * UNIT_STATES)

/* One account's part of one series, in memory. */
struct position {
    struct hash holding;
    const struct series *series;
    Seam__PositionRecord record; /* shelves and n_shelves are made by position_save */
    Seam__Shelf shelves[SHELVES];
    bool is_new;
};

/* Everything of a block but where it begins and ends. */
struct block_face {
    const char *holding;
    enum unit_state state;
    struct hash by;
    bool has_by;
    struct hash frozen;
    bool is_frozen;
    bool surrenderable;
};

/* A part of a block taken out of its place. start_kept: its first serial still stands in the set of
 * starts. */
struct block_piece {
    struct block_range range;
    struct block_face face; /* as it was */
    bool start_kept;
};

uint32_t shelf_of(enum unit_state state, bool frozen);

/* position_load gives an empty position where there is none. */
enum err NODISCARD position_load(struct rule_context *context, struct position *out,
                                 const struct series *series, const char *holding);
enum err NODISCARD position_save(struct rule_context *context, struct position *position);
/* position_note appends a line to the journal (counted in the position; save it afterwards). */
enum err NODISCARD position_note(struct rule_context *context, struct position *position,
                                 const Seam__EntryRecord *entry);

/* block_holding_serial gives the block that holds serial, ERR_ABSENT where none does. The record
 * may be changed by the caller. */
enum err NODISCARD block_holding_serial(Seam__BlockRecord **out, struct overlay *state,
                                        const struct series *series, uint64_t serial,
                                        struct arena *arena);
enum err NODISCARD block_read(Seam__BlockRecord **out, struct overlay *state,
                              const struct series *series, uint64_t start, struct arena *arena);
struct block_face block_face_of(const Seam__BlockRecord *block);

/* block_take cuts range out of the block that holds it (range inside the block); what stays in
 * front and behind remains on the shelf. block_give puts a piece down with a face, merging with its
 * neighbours. position is the position of the block's holding. */
enum err NODISCARD block_take(struct rule_context *context, struct position *position,
                              const Seam__BlockRecord *block, struct block_range range,
                              struct block_piece *out);
enum err NODISCARD block_give(struct rule_context *context, struct position *position,
                              const struct block_piece *piece, const struct block_face *face);
/* block_last gives the newest block of a shelf. ERR_ABSENT where it is empty. */
enum err NODISCARD block_last(Seam__BlockRecord **out, struct rule_context *context,
                              const struct position *position, uint32_t shelf);

/* series_count moves quantity between the counters of states; UNIT_OUTSIDE as from is an issue. */
enum err NODISCARD series_count(struct rule_context *context, const struct series *series,
                                enum unit_state from, enum unit_state to, uint64_t quantity);

#endif
