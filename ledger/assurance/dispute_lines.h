/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_LINES_H
#define LEDGER_ASSURANCE_DISPUTE_LINES_H

/* Claims and decided lines are salted leaves below a root that is signed: validators check them,
 * the state keeps the root, and each can be shown alone (B1, V24). */

#include "ledger/assurance/refusal.h"
#include "ledger/proto/dispute.pb-c.h"

/* dispute_lines_root over leaves H(0x00, tag, salt[16], content), tag TAG_DISPUTE_CLAIM or
 * TAG_DECISION_LINE. ERR_LENGTH (a salt is not 16 bytes), ERR_MEMORY. */
enum err NODISCARD dispute_lines_root(struct hash *out, const char *tag,
                                      const Seam__DisputeLines *lines, struct arena *arena);

/* dispute_claims_check: the detached claims are `count` canonical claims below root, each contests
 * something and says why, no line twice, and the magnitudes of what they would change sum to
 * disputed_g. */
enum judgement dispute_claims_check(const ProtobufCMessage *detached, uint32_t count,
                                    ProtobufCBinaryData root, int64_t disputed_g,
                                    struct arena *arena, struct err_detail *detail);

/* dispute_decided_check: the detached lines decide each of the claims 1 to claims, in order, with a
 * reason; their changes sum to decided net - in force net; where all confirm one side the decided
 * totals are those of that side (which may be NULL: there is none). */
struct dispute_decided {
    const Seam__DisputeDecide *decision;
    uint32_t claims;
    const Seam__CategoryTotals *in_force;
    const Seam__CategoryTotals *reported;
    const Seam__CategoryTotals *verified;
};
enum judgement dispute_decided_check(const ProtobufCMessage *detached,
                                     const struct dispute_decided *in, struct arena *arena,
                                     struct err_detail *detail);

/* dispute_shown_check: does a shown leaf stand at its index below root? [V24] */
bool NODISCARD dispute_shown_check(const Seam__ShownLine *shown, ProtobufCBinaryData root,
                                   uint32_t count);

#endif
