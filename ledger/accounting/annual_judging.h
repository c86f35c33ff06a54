/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_ANNUAL_JUDGING_H
#define LEDGER_ACCOUNTING_ANNUAL_JUDGING_H

/* One annual account being judged. Inside accounting/ only. */

#include "ledger/accounting/annual.h"
#include "ledger/governance/view.h"

/* How many different parameter sets the lines of one year may stand under: each is decoded once. */
#define ANNUAL_SETS_MAX 16

struct annual_judging {
    struct rule_context *context;
    struct err_detail *detail;
    const Seam__AnnualAccount *annual;
    const Seam__AnnualLines *lines; /* NULL where nothing is detached */
    struct period year;
    struct bytes bytes;
    struct hash hash;
    const Seam__FacilityRecord *facility;
    const Seam__JurisdictionRecord *jurisdiction;
    const Seam__AnnualHead *head; /* NULL: no version yet */
    const Seam__Account *months[ANNUAL_MONTHS];
    struct annual_totals sum;
    struct set sets[ANNUAL_SETS_MAX]; /* those the true-ups name, decoded */
    size_t set_count;
    uint64_t deadline;
    bool historic;
};

/* annual_refuse notes an error with its rule and returns judgement; annual_failed does so for a
 * record that could not be read: absent ones are waited for. */
enum judgement annual_refuse(const struct annual_judging *in, enum judgement judgement,
                             enum err err, const char *field, const char *rule, const char *limit,
                             const char *hint);
enum judgement annual_failed(const struct annual_judging *in, enum err err, const char *field,
                             const char *what);

/* annual_check_true_ups recomputes each true-up from the lines beside it and adds it to in->sum,
 * which holds the months. */
enum judgement annual_check_true_ups(struct annual_judging *in);

static inline bool annual_same(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return bytes_equal(bytes_of(a.data, a.len), bytes_of(b.data, b.len));
}

static inline ProtobufCBinaryData annual_data(const struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)hash->bytes};
}

#endif
