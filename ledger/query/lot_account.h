/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_ACCOUNT_H
#define LEDGER_QUERY_LOT_ACCOUNT_H

/* What the account of a facility's period says of one product: the grams behind a pool of lots, or
 * the factor where grams cannot be had. Inside query/ only. */

#include "ledger/query/lot_pool.h"

/* lot_account_read fills all of *pool that comes from accounts: version, grade, grams, factor,
 * product_kg, primary share, and product "" where the account names no products. facility, month
 * and period are set before; product is that of the lot. Where nothing was accounted yet, the last
 * account's factor and PROVISIONAL, or NONE. The world's errors only. */
enum err NODISCARD lot_account_read(struct lot_pool *pool, struct query *query,
                                    const Seam__FacilityRecord *facility, const char *product,
                                    enum lot_versions versions, struct arena *arena);

/* lot_account_factor is the same without grams and masses, which need the account calculated again:
 * the factor that its signed part gives the product, at the value in force; of an account without
 * products, its grams over all that the facility made in the period. */
enum err NODISCARD lot_account_factor(struct lot_pool *pool, struct query *query,
                                      const Seam__FacilityRecord *facility, const char *product,
                                      struct arena *arena);

/* lot_period writes the period of a facility's cadence that holds a month; out holds 16.
 * ERR_CORRUPT for no month. */
enum err NODISCARD lot_period(char out[16], const Seam__FacilityRecord *facility,
                              const char *month);
/* lot_period_months gives the months of a period, at most 12, as texts in out. */
size_t lot_period_months(char out[12][16], const char *period);

/* lot_round is round half away from zero of a * b / c; c above 0. ERR_CORRUPT beyond int64. */
enum err NODISCARD lot_round(int64_t *out, int64_t a, int64_t b, int64_t c);

#endif
