/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_WALK_H
#define LEDGER_QUERY_LOT_WALK_H

/* The walk behind lot_trace.h, from any set of starts. Breadth first, without recursion, a depth at
 * a time: what the lots of one depth lead to is read at once. Inside query/ only. */

#include "ledger/query/lot_brief.h"
#include "ledger/query/lot_index.h"
#include "ledger/query/lot_trace.h"

/* An event that made lots, and which nodes they are: index + 1, 0 while not met. */
struct lot_walk_event {
    const struct lot_brief *brief; /* NULL: not read yet */
    uint32_t *nodes; /* one an output */
};

/* A lot that was asked for by its id. */
struct lot_walk_lot {
    const char *id;
    uint32_t event; /* index of the one that made it */
    uint32_t edges;
    bool there;
};

/* What the walk notes of a node beside the node. */
struct lot_walk_node {
    uint32_t event;
    uint32_t lot; /* index of the lot, where it was asked for by its id */
    uint32_t parent; /* upwards, of a part: index of the input it was parted from */
    const struct lot_brief_edge *edges; /* downwards, while its depth is worked on */
    struct lot_link *links; /* those of the node */
};

struct lot_walk {
    struct overlay *state;
    struct arena *arena;
    enum lot_direction direction;
    uint32_t depth; /* LOT_DEPTH_ANY: no limit */
    struct lot_node *nodes;
    struct lot_walk_node *notes; /* of each node */
    size_t count;
    size_t room;
    /* Events and lots by number; those from *_read on were asked for and are not read yet. */
    struct lot_index event_index; /* by event id */
    struct lot_walk_event *events;
    size_t event_room;
    size_t events_read;
    struct lot_index lot_index; /* by the hash of the id in state keys */
    struct lot_walk_lot *lots;
    size_t lot_room;
    size_t lots_read;
};

/* lot_walk_open prepares a walk through state over at most LOT_TRACE_MAX lots (event_index.max and
 * lot_index.max may be set lower); lot_walk_close releases what is not in the arena. After close
 * the nodes stay. */
void lot_walk_open(struct lot_walk *walk, struct overlay *state, enum lot_direction direction,
                   uint32_t depth, struct arena *arena);
void lot_walk_close(struct lot_walk *walk);

/* lot_walk_add names a lot as a start; twice is once. Copies it. ERR_TOO_LARGE, ERR_MEMORY. */
enum err NODISCARD lot_walk_add(struct lot_walk *walk, const char *lot);
/* lot_walk_run visits everything from the starts on, and fills out but its height and time.
 * ERR_ABSENT: a start is no lot. */
enum err NODISCARD lot_walk_run(struct lot_walk *walk, struct lot_trace *out);

/* lot_event_mixes: do all inputs of an event of this type go into each of its outputs? Else each
 * output is a part of one input. */
bool lot_event_mixes(uint32_t type);
/* lot_event_undone: was the event declared an error and its effect taken back? */
bool lot_event_undone(const Seam__LotEventRecord *event);

#endif
