/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_SUBJECT_H
#define LEDGER_ASSURANCE_DISPUTE_SUBJECT_H

/* What a claim may be about, and which amounts it has there: a line of the account, a line that a
 * finding of the opinion names, or the total of a category. The same for the rule and for whoever
 * makes a claim. */

#include "ledger/accounting/view.h"
#include "ledger/proto/dispute.pb-c.h"

/* Whose sums a dispute settles; the names are those of findings. */
enum dispute_category {
    DISPUTE_SCOPE1,
    DISPUTE_SCOPE2,
    DISPUTE_SINK,
    DISPUTE_INFORMATION,
    DISPUTE_CATEGORIES
};

/* dispute_category_of gives DISPUTE_CATEGORIES for a text that is none. */
enum dispute_category dispute_category_of(const char *text);
/* dispute_category_field: "scope1_g" and so on. */
const char *dispute_category_field(enum dispute_category category);
int64_t dispute_category_g(const Seam__CategoryTotals *totals, enum dispute_category category);

struct dispute_subject {
    struct overlay *state;
    struct arena *arena;
    const Seam__DisputeRecord *record; /* facility, period, version, opinion, reported, verified */
    const char *engagement; /* whose findings count; "" where no opinion does */
    uint32_t findings; /* of it */
    const Seam__CalculationResult *result; /* NULL: the account's lines are not at hand */
};

/* dispute_subject_open takes the dispute's record, and the account's detached lines (canonical
 * AccountLines) or nothing. ERR_TOTAL: they are of another account; the world's errors. */
enum err NODISCARD dispute_subject_open(struct dispute_subject *out, struct overlay *state,
                                        const Seam__DisputeRecord *record,
                                        ProtobufCBinaryData lines, struct arena *arena,
                                        struct err_detail *detail);

struct dispute_amount {
    enum dispute_category category;
    int64_t reported_g; /* by the account */
    int64_t stated_g; /* in force: reported, with every finding of it that counts */
};

/* dispute_subject_amount finds what a claim names. ERR_ENUM: a total of no category; ERR_MISSING: a
 * line, without the account's lines at hand; ERR_ABSENT: neither a line of the account nor one that
 * a finding names; the world's errors. */
enum err NODISCARD dispute_subject_amount(struct dispute_amount *out,
                                          const struct dispute_subject *in,
                                          const Seam__DisputeClaim *claim);

/* dispute_subject_same: do two claims speak of one thing? */
bool dispute_subject_same(const Seam__DisputeClaim *a, const Seam__DisputeClaim *b);

#endif
