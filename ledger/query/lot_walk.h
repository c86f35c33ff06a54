/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_WALK_H
#define LEDGER_QUERY_LOT_WALK_H

/* The walk behind lot_trace.h, from any set of starts. Breadth first, without recursion: one read
 * an event, and downwards one a lot. Inside query/ only. */

#include "ledger/base/map.h"
#include "ledger/query/lot_trace.h"

struct lot_walk {
    struct overlay *state;
    struct arena *arena;
    enum lot_direction direction;
    uint32_t depth; /* LOT_DEPTH_ANY: no limit */
    struct lot_node *nodes;
    size_t count;
    size_t room;
    struct map lots; /* id: index + 1 */
    struct map events; /* id: record, of events that made several lots */
    size_t event_count;
};

/* lot_walk_open prepares a walk through state; lot_walk_close releases what is not in the arena.
 * After close the nodes stay. */
void lot_walk_open(struct lot_walk *walk, struct overlay *state, enum lot_direction direction,
                   uint32_t depth, struct arena *arena);
void lot_walk_close(struct lot_walk *walk);

/* lot_walk_add names a lot as a start; twice is once. ERR_ABSENT: no such lot. */
enum err NODISCARD lot_walk_add(struct lot_walk *walk, const char *lot);
/* lot_walk_record reads the record of a lot into the walk's arena. ERR_ABSENT. */
enum err NODISCARD lot_walk_record(const Seam__LotRecord **out, struct lot_walk *walk,
                                   const char *lot);
/* lot_walk_run visits everything from the starts on, and fills out but its height and time. */
enum err NODISCARD lot_walk_run(struct lot_walk *walk, struct lot_trace *out);

/* lot_event_mixes: do all inputs of an event of this type go into each of its outputs? Else each
 * output is a part of one input. */
bool lot_event_mixes(uint32_t type);
/* lot_event_undone: was the event declared an error and its effect taken back? */
bool lot_event_undone(const Seam__LotEventRecord *event);

#endif
