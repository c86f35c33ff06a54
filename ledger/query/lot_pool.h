/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_POOL_H
#define LEDGER_QUERY_LOT_POOL_H

/* Emissions of a facility's month on the lots it made in that month [methodology 3.6], to the gram:
 * what the account in force gives to a product, divided by mass over the lots of that product and
 * one more part, "not in lots", where the lots weigh less. So every gram is credited once (V13). */

#include "ledger/provenance/view.h"
#include "ledger/query/query.h"

/* How good a figure is (decision D41), the worst first. */
enum lot_grade {
    LOT_GRADE_NONE, /* nothing was ever accounted for this stage */
    LOT_GRADE_PROVISIONAL, /* no account yet: the factor of the last accounted month */
    LOT_GRADE_REPORTED,
    LOT_GRADE_VERIFIED,
    LOT_GRADE_DISPUTED, /* the verified or reported value counts until the decision */
    LOT_GRADE_SETTLED,
    LOT_GRADE_COUNT
};

/* "PROVISIONAL" and so on. */
const char *lot_grade_name(enum lot_grade grade);

/* Which versions of accounts count. */
enum lot_versions {
    LOT_VERSIONS_NOW, /* those in force at the height */
    LOT_VERSIONS_BEFORE /* of corrected accounts the version before that */
};

/* One pool: a product of a facility's account, or all products where the account names none. */
struct lot_pool {
    const char *facility;
    const char *stage; /* MI, WA */
    const char *month; /* of the lots */
    const char *product; /* empty: all products */
    char period[16]; /* of the account; a year where the facility accounts yearly */
    uint32_t version; /* of the account used; 0: none */
    uint32_t version_newest;
    char factor_period[16]; /* PROVISIONAL: whose factor was taken */
    enum lot_grade grade;
    const char *opinion; /* id where one stands, hex of its transaction; else empty */
    bool opinion_withdrawn; /* it does not stand any more */
    const char *dispute;
    uint64_t height; /* of the version */
    struct hash tx_id; /* of the version */
    struct hash account_hash;
    /* exact: grams were divided by mass. Else they are factor times mass, rounded: no account yet,
     * or the masses of its products are not here (decision D3). */
    bool exact;
    int64_t grams; /* of the account for this product; of inexact ones the sum of the lots */
    int64_t factor_g_per_t; /* information where exact */
    int64_t product_kg; /* of the account; 0: not known */
    int64_t coal_kg; /* all coal that an account without products says was mined; 0: not known */
    int64_t average_g_per_t; /* over all products of the account; 0: not known */
    /* A product of the account that takes more a tonne than share.most times the average, so that
     * others look cleaner (W_SHARE); NULL: none, or not known. */
    const char *parked;
    int64_t lots_kg; /* made in the month */
    int64_t not_in_lots_g;
    int64_t excess_kg; /* lots outweigh the account's product by so much (flag) */
    int64_t excess_g; /* what they would have been credited at its factor */
    uint32_t primary_ppm; /* of the account's gross: measured, not default */
    size_t count;
    const char **lots; /* in the order they were made */
    int64_t *lot_g;
};

/* Gangue carries no emissions, in a pool as in washing. */
bool lot_pool_gangue(const char *product);

/* Pools of one view, each computed once. */
struct lot_pools;

/* lot_pools_new: NULL when memory ends. query and arena outlive it. */
struct lot_pools *lot_pools_new(struct query *query, enum lot_versions versions,
                                struct arena *arena);
void lot_pools_free(struct lot_pools *pools); /* NULL is fine */

/* lot_pools_get gives the pool of a mined or washed lot and the grams of the lot in it. Pools live
 * in the arena, longer than pools. ERR_ABSENT (no such facility), ERR_TOO_LARGE (more than
 * LOT_POOL_LOTS lots in a month), the world's errors. */
#define LOT_POOL_LOTS (12 * LIMIT_MONTH_LOTS) /* of a year; nobody can make more */
enum err NODISCARD lot_pools_get(const struct lot_pool **out, int64_t *grams,
                                 struct lot_pools *pools, const Seam__LotRecord *lot);

/* Those computed so far, in the order of first use. */
size_t lot_pools_count(const struct lot_pools *pools);
const struct lot_pool *lot_pools_at(const struct lot_pools *pools, size_t index);

#endif
