/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_PROOF_STEPS_H
#define LEDGER_CHAIN_PROOF_STEPS_H

/* The steps of proof.h one by one, for those who prove several things at one anchor: chain/bundle.
 * Inside chain/ only. */

#include "ledger/chain/proof.h"

/* What the steps establish. A caller sets result, proof and arena; result begins zeroed. */
struct proof_check {
    struct proof_result *result;
    const Seam__Proof *proof;
    struct arena *arena;
    struct valset validators; /* of the epoch reached so far */
};

static inline struct bytes proof_data(const ProtobufCBinaryData *data)
{
    return bytes_of(data->data, data->len);
}

/* proof_decode decodes strictly; MEMORY is told apart, so that a lack of it is never taken for a
 * forgery. */
enum proof_failure proof_decode(const void **out, const ProtobufCMessageDescriptor *type,
                                struct bytes in, size_t limit, struct arena *arena,
                                enum proof_failure failure);

/* proof_check_genesis reads the founding document: chain id and the validators of epoch 1. */
enum proof_failure proof_check_genesis(struct proof_check *check, struct bytes genesis);
/* proof_check_anchor: steps 1 and 2, of the proof's epochs and anchor fields. */
enum proof_failure proof_check_anchor(struct proof_check *check);
/* proof_check_subject: steps 3 to 7, above the anchor that result holds. */
enum proof_failure proof_check_subject(struct proof_check *check);

/* proof_check_state: one entry of the anchor's state, present or absent; else form or wrong. */
enum proof_failure proof_check_state(const struct proof_check *check, const Seam__ProofState *state,
                                     enum proof_failure form, enum proof_failure wrong);

#endif
