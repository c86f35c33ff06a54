/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_FLOW_H
#define LEDGER_QUERY_LOT_FLOW_H

/* The histories of a set of lots as one sequence of events, in which every lot's own order is kept:
 * what a replay runs over. Inside query/ only. */

#include "ledger/base/map.h"
#include "ledger/query/lot_trace.h"

/* What an event did to one lot of the trace. */
struct lot_touch {
    uint32_t node;
    bool created;
    int64_t change_kg;
};

struct lot_step {
    const Seam__LotEventRecord *event;
    const struct lot_touch *touches; /* in the order of the nodes */
    size_t touch_count;
};

struct lot_flow {
    struct lot_step *steps;
    size_t count;
};

/* lot_flow_read reads all histories of the trace's lots. ERR_TOO_LARGE above LOT_FLOW_MAX events,
 * ERR_CORRUPT (histories that contradict each other), the world's errors. */
#define LOT_FLOW_MAX 500000
enum err NODISCARD lot_flow_read(struct lot_flow *out, struct query *query,
                                 const struct lot_trace *trace, struct arena *arena);

#endif
