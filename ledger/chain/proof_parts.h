/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_PROOF_PARTS_H
#define LEDGER_CHAIN_PROOF_PARTS_H

/* Paths and state proofs as they stand in a Proof message, in both directions: a node packs what
 * store/ built, proof.c takes apart what somebody sent. */

#include "ledger/base/arena.h"
#include "ledger/chain/merkle.h"
#include "ledger/chain/state_proof.h"
#include "ledger/proto/proof.pb-c.h"

/* proof_path_pack gives *out and *count for a `repeated bytes` field, in arena. ERR_MEMORY. */
enum err NODISCARD proof_path_pack(ProtobufCBinaryData **out, size_t *count,
                                   const struct merkle_path *path, struct arena *arena);
/* proof_path_unpack: ERR_LENGTH for an entry that is not 32 bytes or too many of them. */
enum err NODISCARD proof_path_unpack(struct merkle_path *path, const ProtobufCBinaryData *entries,
                                     size_t count);

/* proof_state_pack makes the message of one key; value is ignored unless the proof is of presence.
 * ERR_MEMORY. */
enum err NODISCARD proof_state_pack(Seam__ProofState **out, struct bytes key, struct bytes value,
                                    const struct state_proof *proof, struct arena *arena);
/* proof_state_unpack: ERR_LENGTH, ERR_NOT_CANONICAL (an absent key with a value, a present one with
 * another leaf, 32 zero bytes instead of an empty sibling). */
enum err NODISCARD proof_state_unpack(struct state_proof *proof, const Seam__ProofState *message);

#endif
