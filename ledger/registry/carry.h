/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_CARRY_H
#define LEDGER_REGISTRY_CARRY_H

/* Carry-over: units of vintages up to a year are retired and as many of the next year's issued, in
 * one step, as far as base + ratio x net sales goes [methodology (28)]; what is left lapses after
 * the window. Base and net sales are a holder's, over all its accounts in the scheme: more accounts
 * give no more room. Net sales are counted by asset and day as trades settle. */

#include "ledger/accounting/obligation.h"
#include "ledger/registry/compliance.h"

/* Whose sales: one holder's, of one asset, in one scheme. */
struct carry_owner {
    const char *scheme;
    const char *holder;
    const char *asset;
};

/* What may still be carried of an asset from a year, out of one account. */
struct carry_room {
    uint64_t sold; /* by the holder */
    uint64_t bought;
    uint64_t limit; /* of the holder: base + ratio x net sales */
    uint64_t carried; /* by the holder, already */
    uint64_t balance; /* of the account: vintages up to the year, without what is pending */
    uint64_t possible; /* min(limit - carried, balance) */
};

/* carry_room_of: the view. ERR_ABSENT: the scheme has no dates of the year; ERR_RANGE for a ratio
 * without denominator. */
enum err NODISCARD carry_room_of(struct carry_room *out, struct overlay *state,
                                 const Seam__SchemeRecord *scheme,
                                 const Seam__HoldingRecord *holding, const char *asset,
                                 uint32_t year, struct arena *arena);
/* carry_used adds to what a holder carried over from a year. */
enum err NODISCARD carry_used(struct rule_context *context, const struct carry_owner *owner,
                              uint32_t year, uint64_t quantity);

/* carry_carried sums what a holder carried over from a year, whatever asset and account. */
enum err NODISCARD carry_carried(uint64_t *out, struct overlay *state,
                                 const Seam__SchemeRecord *scheme, const char *holder,
                                 uint32_t year, struct arena *arena);

/* carry_turnover sums what was sold and bought from and to a day, both included (days since
 * 1970-01-01). */
enum err NODISCARD carry_turnover(uint64_t *sold, uint64_t *bought, struct overlay *state,
                                  const struct carry_owner *owner, int64_t from, int64_t to,
                                  struct arena *arena);
/* carry_turnover_add counts a settled sale (or purchase) on a day. What a holder gets by a transfer
 * counts as bought, what it gives by one is no sale: so units that were sold and come back without
 * a trade leave no net sale behind. Between its own accounts nothing is counted.
 * carry_turnover_day is the day of a scheme's clock. */
enum err NODISCARD carry_turnover_day(int64_t *out, struct rule_context *context,
                                      const char *scheme);
enum err NODISCARD carry_turnover_add(struct rule_context *context, const struct carry_owner *owner,
                                      int64_t day, uint64_t sold, uint64_t bought);

enum err NODISCARD carry_view(const Seam__CarryRecord **out, struct overlay *state,
                              const char *carry, struct arena *arena);

#endif
