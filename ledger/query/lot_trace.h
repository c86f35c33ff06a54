/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_TRACE_H
#define LEDGER_QUERY_LOT_TRACE_H

/* Where the coal of a lot came from and where it went: all ancestors or all descendants, to any
 * depth, as a graph [KSSJ 7.2.1b, 7.2.1d]. A view at a height: asked again at the same height it is
 * the same, node by node, so a page is a range of indexes and a cursor is height and index. */

#include "ledger/provenance/view.h"
#include "ledger/query/query.h"

enum lot_direction { LOT_UP, LOT_DOWN };

/* Shares are exact integers of this whole. Upwards the shares of the mined lots add up to it
 * exactly, and so do those of any other complete cut: each event divides by mass and largest
 * remainder. Downwards each share is rounded down at each event. */
#define LOT_SHARE_WHOLE UINT64_C(1000000000000)

/* One step of the graph: upwards to a lot that went into this one, downwards to one made of it. */
struct lot_link {
    uint32_t node; /* index in the trace */
    int64_t qty_kg; /* upwards: how much of that lot the event took; downwards: of this lot */
};

struct lot_brief;

struct lot_node {
    const char *id;
    int64_t created_kg;
    struct hash event_id; /* of the event that made it, which is its transaction's */
    const struct lot_brief *made; /* that event as far as a walk reads it, see lot_brief.h */
    /* Both NULL until lot_trace_records: the lot, and the event with documents, signers, block. */
    const Seam__LotRecord *lot;
    const Seam__LotEventRecord *event;
    uint32_t depth; /* fewest events between it and the start; 0: the start */
    /* Upwards: how much of the start's mass is coal of this lot. Downwards: how much of this lot's
     * mass is coal of the start (of all starts together). */
    uint64_t share;
    const struct lot_link *links; /* ascending by node */
    size_t link_count;
    bool more; /* there are links beyond the depth asked for */
};

struct lot_trace {
    enum lot_direction direction;
    uint64_t height;
    uint64_t time_ms;
    struct lot_node *nodes; /* by depth, then in the order of the events' parts; starts first */
    size_t count;
    size_t start_count;
    size_t event_count; /* different events among the nodes */
    uint32_t depth; /* greatest */
};

#define LOT_TRACE_MAX 50000 /* lots of one trace */
#define LOT_TRACE_SCAN_MAX 200000 /* events that one device measured */
#define LOT_DEPTH_ANY UINT32_MAX

/* lot_trace_graph walks from one lot. Of each record it reads only what leads on: ids, masses,
 * shares and links are there, lot and event are not. Everything lives in arena. ERR_ABSENT (no such
 * lot at this height), ERR_TOO_LARGE (more than LOT_TRACE_MAX lots: ask for less depth or start
 * further on), and the world's errors as in governance/view.h. */
enum err NODISCARD lot_trace_graph(struct lot_trace *out, struct query *query, const char *lot,
                                   enum lot_direction direction, uint32_t depth,
                                   struct arena *arena);
/* lot_trace_records completes the nodes from to to - 1, the ones of a page. */
enum err NODISCARD lot_trace_records(struct lot_trace *trace, struct query *query, size_t from,
                                     size_t to, struct arena *arena);
/* lot_trace_lot is the graph with the records of all its nodes. */
enum err NODISCARD lot_trace_lot(struct lot_trace *out, struct query *query, const char *lot,
                                 enum lot_direction direction, uint32_t depth, struct arena *arena);

/* lot_trace_lots is the graph of several lots upwards, each with all its ancestors: nodes 0 to
 * count - 1 are these lots, which differ. ERR_TOO_LARGE: more than most lots. */
enum err NODISCARD lot_trace_lots(struct lot_trace *out, struct query *query,
                                  const char *const *lots, size_t count, size_t most,
                                  struct arena *arena);

/* lot_trace_account is the graph down from everything that a facility mined or washed in a month.
 * ERR_ABSENT: no such facility, or no lots. */
enum err NODISCARD lot_trace_account(struct lot_trace *out, struct query *query,
                                     const char *facility, const char *month, uint32_t depth,
                                     struct arena *arena);

/* lot_trace_device is the graph down from the lots that events which name this instrument made, or,
 * where an event made none, touched. organisation narrows the events to those that it recorded;
 * NULL: all of the ledger. ERR_TOO_LARGE: more than LOT_TRACE_SCAN_MAX events of it. */
enum err NODISCARD lot_trace_device(struct lot_trace *out, struct query *query, const char *device,
                                    const char *organisation, uint32_t depth, struct arena *arena);

/* lot_trace_all is every lot of the ledger with its links upwards and its records, for reports and
 * for the balance of all grams (lot_footprint.h). */
enum err NODISCARD lot_trace_all(struct lot_trace *out, struct query *query, struct arena *arena);

/* A cursor is "HEIGHT.INDEX": where the next page begins, at the height of the first one. */
#define LOT_CURSOR_SIZE 48
void lot_cursor_write(char *out, uint64_t height, uint64_t index);
/* lot_cursor_read: ERR_PARAM for anything that lot_cursor_write does not write. */
enum err NODISCARD lot_cursor_read(uint64_t *height, uint64_t *index, const char *text);

#endif
