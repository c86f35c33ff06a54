/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_LINES_H
#define LEDGER_ASSURANCE_DISPUTE_LINES_H

/* Claims and decided lines are salted leaves below a root that is signed: validators check them,
 * the state keeps the root, and each can be shown alone (B1, V24). */

#include "ledger/assurance/dispute_subject.h"
#include "ledger/assurance/refusal.h"
#include "ledger/proto/dispute.pb-c.h"

/* dispute_lines_root over leaves H(0x00, tag, salt[16], content), tag TAG_DISPUTE_CLAIM or
 * TAG_DECISION_LINE. ERR_LENGTH (a salt is not 16 bytes), ERR_MEMORY. */
enum err NODISCARD dispute_lines_root(struct hash *out, const char *tag,
                                      const Seam__DisputeLines *lines, struct arena *arena);

/* Some leaves of a detached part, and how a refusal names them. */
struct dispute_leaves {
    Seam__DisputeLeaf *const *leaves;
    size_t count;
    const char *tag;
    const char *name; /* "lines", "claims" */
    const char *root_field;
    struct arena *arena;
    struct err_detail *detail;
};

/* dispute_leaves_check: do they lead to root? */
enum judgement dispute_leaves_check(const struct dispute_leaves *in, ProtobufCBinaryData root);
/* dispute_leaf_read takes one apart. */
enum judgement dispute_leaf_read(ProtobufCMessage **out, const struct dispute_leaves *in,
                                 size_t index, const ProtobufCMessageDescriptor *type);
/* dispute_leaf_refuse names a field of one: lines[2].reason. */
enum judgement dispute_leaf_refuse(const struct dispute_leaves *in, size_t index, enum err err,
                                   const char *field, const char *limit, const char *hint);

/* What somebody claims, in an opening or a joining. */
struct dispute_claimed {
    uint32_t count;
    ProtobufCBinaryData root;
    int64_t disputed_g;
};

/* dispute_claims_check: the detached claims are `count` canonical claims below the root; each is
 * about a line of the account, a line that a finding names or the total of a category, states its
 * amounts as they are (dispute_subject.h) and contests them with a reason; no line twice; the
 * magnitudes of what they would change sum to disputed_g. */
enum judgement dispute_claims_check(const ProtobufCMessage *detached,
                                    const struct dispute_claimed *claimed,
                                    const Seam__DisputeRecord *record, struct overlay *state,
                                    struct arena *arena, struct err_detail *detail);

/* dispute_shown_check: does a shown leaf stand at its index below root? [V24] */
bool NODISCARD dispute_shown_check(const Seam__ShownLine *shown, ProtobufCBinaryData root,
                                   uint32_t count);

#endif
