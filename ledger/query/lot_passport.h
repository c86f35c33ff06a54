/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_PASSPORT_H
#define LEDGER_QUERY_LOT_PASSPORT_H

/* What a buyer is handed with a lot [KSSJ 7.2.1b]: where the coal is from, what happened to it, its
 * balance, its footprint by stage, its custody model, and what verifiers and disputes say of the
 * accounts behind it. The model only; api/ and tools/ write it as JSON. The proofs are a bundle. */

#include "ledger/query/bundle.h"
#include "ledger/query/lot_footprint.h"

/* inputs - outputs - losses = residual, of an event or of a lot's life; tolerance as a share of the
 * inputs, from the lot rules the event names (-1: it names none). */
struct lot_balance_line {
    const Seam__LotEventRecord *event; /* NULL: the life of the lot itself */
    const char *lot; /* of the life; else NULL */
    int64_t inputs_kg;
    int64_t outputs_kg;
    int64_t losses_kg;
    int64_t residual_kg;
    int64_t dry_residual_dg; /* 0.1 g, of events; 0 of lives */
    int32_t tolerance_ppm;
    bool within; /* |residual| within the tolerance */
};

/* One event of the graph, oldest first. */
struct lot_passport_event {
    const Seam__LotEventRecord *event;
    bool own; /* touched the lot itself, not only an ancestor */
};

struct lot_passport {
    struct lot_footprint footprint;
    struct lot_trace trace; /* upwards */
    const char *model; /* "SEGREGATED" */
    size_t origin_count; /* mined lots among the nodes */
    const uint32_t *origins; /* their indexes in trace.nodes */
    size_t event_count;
    struct lot_passport_event *events;
    size_t balance_count;
    struct lot_balance_line *balances; /* one for each event that makes lots, then the lot's life */
};

/* lot_passport_make gathers it. Errors as lot_footprint_lot. */
enum err NODISCARD lot_passport_make(struct lot_passport *out, struct query *query, const char *lot,
                                     struct arena *arena);

/* lot_bundle_build cuts the proofs of a passport: every event of the lot and its ancestors as a
 * signed transaction, the accounts behind them, the lot's and its ancestors' records at the anchor.
 * kind LOT, subject the lot. documents may be attached. */
enum err NODISCARD lot_bundle_build(struct bytes *bundle, struct query *query, const char *lot,
                                    const struct bundle_document *documents, size_t document_count,
                                    struct arena *arena, struct err_detail *detail);

#endif
