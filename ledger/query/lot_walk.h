/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_WALK_H
#define LEDGER_QUERY_LOT_WALK_H

/* The walk behind lot_trace.h, from any set of starts. Breadth first, without recursion: one read
 * an event, and downwards one a lot. Inside query/ only. */

#include "ledger/base/map.h"
#include "ledger/query/lot_trace.h"

/* An event that made lots, and which nodes they are: index + 1, 0 while not met. */
struct lot_walk_event {
    struct hash id;
    const Seam__LotEventRecord *record; /* NULL: an empty place */
    struct bytes stored; /* of a record that is only open in part; else empty */
    uint32_t *nodes; /* one an output */
};

struct lot_walk {
    struct overlay *state;
    struct arena *arena;
    enum lot_direction direction;
    uint32_t depth; /* LOT_DEPTH_ANY: no limit */
    bool brief; /* events are opened only as far as the way up needs them, see lot_brief.h */
    struct lot_node *nodes;
    size_t count;
    size_t room;
    struct map lots; /* id: index + 1, of lots that were asked for by their id */
    struct lot_walk_event *events; /* by id, open addressing; the size is a power of two */
    size_t event_room;
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
/* lot_walk_complete gives a node the records it does not have yet. */
enum err NODISCARD lot_walk_complete(struct lot_node *node, struct lot_walk *walk);
/* lot_walk_run visits everything from the starts on, and fills out but its height and time. */
enum err NODISCARD lot_walk_run(struct lot_walk *walk, struct lot_trace *out);

/* lot_event_mixes: do all inputs of an event of this type go into each of its outputs? Else each
 * output is a part of one input. */
bool lot_event_mixes(uint32_t type);
/* lot_event_undone: was the event declared an error and its effect taken back? */
bool lot_event_undone(const Seam__LotEventRecord *event);

#endif
