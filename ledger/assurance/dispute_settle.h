/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_SETTLE_H
#define LEDGER_ASSURANCE_DISPUTE_SETTLE_H

/* From decided lines to decided totals. Every claim gets a value and a reason; the total of each
 * category is the one in force plus what its lines change, to the gram.
 *
 * Confirming a side gives the claim that side's amount: stated_g of the verified one, reported_g of
 * the reported one. A line changes its category by value - stated, once, even where two parties
 * claimed it; both then have one value. A claim about a category's total changes it by what its
 * lines have not changed yet, so that the total is the decided value. */

#include "ledger/assurance/dispute.h"
#include "ledger/assurance/dispute_lines.h"

struct dispute_settled {
    int64_t change_g[DISPUTE_LINES_MAX]; /* of each claim */
    int64_t category_g[DISPUTE_CATEGORIES]; /* their sums */
};

/* dispute_settle: values[i] is decided of claims[i]. count is at most DISPUTE_LINES_MAX. False:
 * claim *at has another value than the same thing has in an earlier claim, or a sum leaves 64 bits.
 */
bool NODISCARD dispute_settle(struct dispute_settled *out, size_t *at,
                              const Seam__DisputeClaim *const claims[], const int64_t values[],
                              size_t count);

/* dispute_settled_totals adds the changes to the totals in force. False: beyond 64 bits. */
bool NODISCARD dispute_settled_totals(Seam__CategoryTotals *out,
                                      const Seam__CategoryTotals *in_force,
                                      const struct dispute_settled *settled);

/* dispute_decided_check: the detached part shows all claims as they were made and decides each of
 * them, in order; decision->decided is what follows, and an effect's decided_g is the value of its
 * claim. */
enum judgement dispute_decided_check(const ProtobufCMessage *detached,
                                     const Seam__DisputeDecide *decision,
                                     const Seam__DisputeRecord *record, struct arena *arena,
                                     struct err_detail *detail);

#endif
