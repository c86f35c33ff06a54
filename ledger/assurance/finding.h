/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_FINDING_H
#define LEDGER_ASSURANCE_FINDING_H

/* Findings: what is wrong, by how much, and what came of it. What people write about one stands in
 * the detached part, named by a salted hash. */

#include "ledger/assurance/engagement.h"

#define FINDING_SALT_SIZE 16

/* finding_text_hash is H(TAG_FINDING, salt, 0, text, 0, correction). */
void finding_text_hash(struct hash *out, const Seam__FindingText *text);

/* finding_add writes the next finding of an engagement and counts it; the caller puts the
 * engagement. automatic: the ledger itself raises it. */
enum judgement finding_add(struct engaging *in, const Seam__FindingRaise *raise, bool automatic);

/* finding_add_to adds a finding's effect that counts to the totals of its category. False when the
 * sum leaves 64 bits or the category is none. */
bool NODISCARD finding_add_to(Seam__CategoryTotals *totals, const char *category, int64_t effect_g);

#endif
