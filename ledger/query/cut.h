/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_CUT_H
#define LEDGER_QUERY_CUT_H

/* The parts that certificates and bundles are cut from: each from the part of the database that
 * knows it, as message fields in the arena. All paths are made from the leaves again; nothing is
 * stored for the sake of proofs. Inside query/ only. */

#include "ledger/proto/proof.pb-c.h"
#include "ledger/query/query.h"

struct cut {
    struct chain_view *view;
    struct query *query;
    struct arena *arena;
    struct err_detail *detail; /* may be NULL */
    uint64_t anchor; /* height; set by cut_anchor */
};

/* cut_anchor fills epochs, anchor header and finalization of *proof: the first block at or above
 * the query's height that has a finalization of its own. ERR_ABSENT, ERR_TOO_LARGE (more than
 * LIMIT_PROOF_EPOCHS), and the database's errors. */
enum err NODISCARD cut_anchor(struct cut *cut, Seam__Proof *proof);

/* cut_subject gives header and path of a block in the anchor's history; both are left alone for the
 * anchor itself. */
enum err NODISCARD cut_subject(const struct cut *cut, uint64_t height, ProtobufCBinaryData *header,
                               ProtobufCBinaryData **path, size_t *path_count);

/* One block with the leaves of its transactions, for as long as scratch lives. */
struct cut_block {
    struct query_block block;
    struct hash *leaves;
};

/* cut_open reads a block and checks its transactions against its root. ERR_CORRUPT. */
enum err NODISCARD cut_open(struct cut_block *out, const struct cut *cut, uint64_t height,
                            struct arena *scratch);
/* cut_transaction gives body, signatures, digest of the detached part and path of one of them. tx
 * must outlive the result. */
enum err NODISCARD cut_transaction(Seam__ProofTransaction **out, const struct cut *cut,
                                   const struct cut_block *from, const struct query_tx *tx);

/* cut_state proves what a key has at the anchor, or that it has nothing. */
enum err NODISCARD cut_state(Seam__ProofState **out, const struct cut *cut, struct bytes key);
/* cut_key is cut_state of the record of a signer's key. ERR_CORRUPT: no id. */
enum err NODISCARD cut_key(Seam__ProofState **out, const struct cut *cut,
                           const Seam__Signature *signature);

#endif
