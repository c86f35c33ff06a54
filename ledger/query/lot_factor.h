/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_FACTOR_H
#define LEDGER_QUERY_LOT_FACTOR_H

/* The factor of one step: what its own facility, stage, product and month emit per tonne [KSSJ
 * 7.2.1c]. A lot's whole figure, with what its ancestors brought along, is lot_footprint.h. */

#include "ledger/query/lot_pool.h"

struct lot_factor {
    enum lot_grade grade;
    int64_t g_per_t; /* nothing where the grade is NONE */
    char period[16]; /* of the account; of PROVISIONAL ones the month whose factor was taken */
    uint32_t version; /* of the account; 0: none of the month yet */
    struct hash tx_id; /* of the version, where there is one */
};

/* Factors of one view, each read once. */
struct lot_factors;

/* lot_factors_new: NULL when memory ends. query and arena outlive it. */
struct lot_factors *lot_factors_new(struct query *query, struct arena *arena);
void lot_factors_free(struct lot_factors *factors); /* NULL is fine */

/* lot_factors_get gives the factor of a mined or washed lot; *out is NULL of any other, which emits
 * nothing by itself. The world's errors. */
enum err NODISCARD lot_factors_get(const struct lot_factor **out, struct lot_factors *factors,
                                   const Seam__LotRecord *lot);

#endif
