/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_BRIEF_H
#define LEDGER_QUERY_LOT_BRIEF_H

/* Records opened as far as a walk from lot to lot needs them. Inside query/ only. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

/* What an event took of a lot, or a lot that it made. */
struct lot_brief_part {
    const char *lot;
    int64_t qty_kg;
    uint32_t edge; /* of inputs: 1 + index of the lot's edge; 0: it has none */
    bool has_created; /* is created_event there? */
    struct hash created_event; /* of inputs: the event that made the lot */
};

/* The event that made a lot. */
struct lot_brief {
    uint32_t type;
    bool undone; /* declared an error and taken back */
    uint32_t input_count;
    uint32_t output_count;
    const struct lot_brief_part *inputs;
    const struct lot_brief_part *outputs;
};

/* What of a lot leads on from it. */
struct lot_brief_lot {
    uint32_t edges;
    bool has_created;
    struct hash created_event;
};

/* What was made of so much of a lot. */
struct lot_brief_edge {
    int64_t qty_kg;
    bool undone;
    uint32_t child_count;
    const char **children;
};

/* lot_brief_event reads a stored LotEventRecord, lot_brief_record a stored LotRecord,
 * lot_brief_edge a stored LotEdge. Nothing is borrowed from stored; events and edges live in arena.
 * ERR_CORRUPT for bytes that are no such record, ERR_MEMORY. */
enum err NODISCARD lot_brief_event(const struct lot_brief **out, struct bytes stored,
                                   struct arena *arena);
enum err NODISCARD lot_brief_record(struct lot_brief_lot *out, struct bytes stored);
enum err NODISCARD lot_brief_edge(struct lot_brief_edge *out, struct bytes stored,
                                  struct arena *arena);

#endif
