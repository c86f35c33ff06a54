/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_SAMPLE_SCOPE_H
#define LEDGER_ASSURANCE_SAMPLE_SCOPE_H

/* The lines of a facility's accounts as the population of a sample: nobody states it, it follows
 * from what is anchored. Inside this folder only. */

#include "ledger/assurance/engagement.h"
#include "ledger/assurance/sample.h"

/* All periods of one facility in the scope, in the versions that count now. */
struct sample_scope {
    uint32_t lines;
    struct hash accounts; /* H(TAG_SAMPLE_ACCOUNTS, facility, 0, and of each period its text, 0,
                           * account hash) */
};

/* sample_scope_of: ERR_RANGE (not in the scope), NOT_YET where a period has no account. */
enum judgement sample_scope_of(struct sample_scope *out, const struct engaging *in,
                               const char *facility);

/* sample_scope_items gives the population, ascending by id, in arena: each line by its salted leaf
 * and the magnitude of its grams, at least 1. accounts: the lines of every period that has some, in
 * the scope's order; others than the anchored ones are ERR_TOTAL. */
enum judgement sample_scope_items(struct sample_item **items, size_t *count,
                                  const struct engaging *in, const char *facility,
                                  Seam__AccountLines *const *accounts, size_t account_count);

/* sample_needed: has each facility of the scope a sample of its lines, drawn from the versions that
 * count, with every item examined? An account of at most sample.small_lines lines may be looked at
 * as a whole instead, where the report says so. *refused: drawn items that nobody let the verifier
 * see. ERR_MISSING, ERR_SUPERSEDED. */
enum judgement sample_needed(uint32_t *refused, const struct engaging *in,
                             const struct parameters *rules);

/* sample_of finds the sample of a subject (and facility) that no other one repeats. *out stays NULL
 * where there is none. */
enum judgement sample_of(const Seam__AuditSampleRecord **out, const struct engaging *in,
                         const char *subject, const char *facility);

#endif
