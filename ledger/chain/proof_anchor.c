/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 1 and 2 of a proof: from the founding document over the hand-overs of epochs to the one
 * block whose finalization is checked. A bundle does them once for all its subjects. */

#include "ledger/chain/proof_steps.h"

#include <string.h>

#include "ledger/chain/cert_check.h"
#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"
#include "ledger/keys.h"

/* The validators of epoch 1 are those of the founding document. */
static bool first_validators(struct valset *valset, const Seam__Genesis *genesis)
{
    if (genesis->suite != SUITE_ED25519_SHA256 || genesis->n_validators < LIMIT_VALIDATORS_MIN ||
        genesis->n_validators > LIMIT_VALIDATORS) {
        return false;
    }
    *valset = (struct valset){
        .suite = SUITE_ED25519_SHA256, .epoch = 1, .count = (uint16_t)genesis->n_validators};
    for (uint16_t i = 0; i < valset->count; i++) {
        const Seam__ValidatorRecord *record = genesis->validators[i];
        struct validator *validator = &valset->validators[i];
        if (record->public_key.len != SIGN_PUBLIC_SIZE ||
            record->node_key.len != SIGN_PUBLIC_SIZE) {
            return false;
        }
        validator->key_size = SIGN_PUBLIC_SIZE;
        memcpy(validator->key, record->public_key.data, SIGN_PUBLIC_SIZE);
        memcpy(validator->node_key, record->node_key.data, SIGN_PUBLIC_SIZE);
        hash_id(&validator->organisation, KEY_ORGANISATION, record->organisation);
        if (i > 0 && memcmp(validator[-1].key, validator->key, SIGN_PUBLIC_SIZE) >= 0) {
            return false;
        }
    }
    return true;
}

enum proof_failure proof_check_genesis(struct proof_check *check, struct bytes genesis)
{
    const void *message = NULL;
    const enum proof_failure failure = proof_decode(&message, &seam__genesis__descriptor, genesis,
                                                    LIMIT_GENESIS, check->arena, PROOF_GENESIS);
    if (failure != PROOF_OK) {
        return failure;
    }
    if (!first_validators(&check->validators, message)) {
        return PROOF_GENESIS;
    }
    check->result->genesis = message;
    hash_tagged(&check->result->chain_id, TAG_CHAIN, genesis);
    return PROOF_OK;
}

/* F over a header by the validators reached so far. A boundary block may be proposed again in later
 * views, so only there the certificate's view may be higher than the block's. */
static bool final(const struct proof_check *check, struct bytes encoded,
                  const struct header *header, uint32_t *signers)
{
    const struct cert_checker checker = {.chain_id = check->result->chain_id,
                                         .valset = &check->validators};
    struct cert cert;
    struct hash id;
    if (cert_decode(&cert, encoded) != OK || cert.kind != VOTE_FINALIZE) {
        return false;
    }
    const bool boundary = (header->flags & HEADER_FLAG_BOUNDARY) != 0;
    if (boundary ? cert.view < header->view : cert.view != header->view) {
        return false;
    }
    header_id(&id, header);
    if (!hash_equal(&id, &cert.block_id) || cert_check(&checker, &cert) != OK) {
        return false;
    }
    *signers = (uint32_t)__builtin_popcountll(cert.signers);
    return true;
}

static bool names_validators(const struct proof_check *check, const struct header *header)
{
    struct hash hash;
    valset_hash(&hash, &check->validators);
    return hash_equal(&hash, &header->valset_hash);
}

/* One hand-over; on success check->validators are those of the next epoch. */
static enum proof_failure check_epoch(struct proof_check *check, const Seam__ProofEpoch *epoch,
                                      uint64_t *height)
{
    struct header header;
    struct valset next;
    struct hash hash;
    uint32_t signers = 0;
    if (header_decode(&header, proof_data(&epoch->header)) != OK) {
        return PROOF_EPOCH_HEADER;
    }
    if (!hash_equal(&header.chain_id, &check->result->chain_id)) {
        return PROOF_EPOCH_CHAIN;
    }
    if (header.epoch != check->validators.epoch || (header.flags & HEADER_FLAG_BOUNDARY) == 0 ||
        header.height <= *height) {
        return PROOF_EPOCH_ORDER;
    }
    if (!names_validators(check, &header) ||
        valset_decode(&next, proof_data(&epoch->validators)) != OK) {
        return PROOF_EPOCH_VALIDATORS;
    }
    valset_hash(&hash, &next);
    if (!hash_equal(&hash, &header.next_valset_hash) || next.epoch != header.epoch + 1) {
        return PROOF_EPOCH_VALIDATORS;
    }
    if (!final(check, proof_data(&epoch->finalization), &header, &signers)) {
        return PROOF_EPOCH_FINAL;
    }
    check->validators = next;
    *height = header.height;
    return PROOF_OK;
}

static enum proof_failure check_epochs(struct proof_check *check)
{
    const Seam__Proof *proof = check->proof;
    uint64_t height = 0;
    if (proof->n_epochs > LIMIT_PROOF_EPOCHS) {
        return PROOF_FORM;
    }
    for (size_t i = 0; i < proof->n_epochs; i++) {
        check->result->index = (uint32_t)i;
        const enum proof_failure failure = check_epoch(check, proof->epochs[i], &height);
        if (failure != PROOF_OK) {
            return failure;
        }
        check->result->epochs++;
    }
    check->result->index = 0;
    return PROOF_OK;
}

static enum proof_failure check_header(struct proof_check *check)
{
    struct proof_result *result = check->result;
    struct header header;
    if (header_decode(&header, proof_data(&check->proof->anchor_header)) != OK) {
        return PROOF_ANCHOR_HEADER;
    }
    if (!hash_equal(&header.chain_id, &result->chain_id)) {
        return PROOF_ANCHOR_CHAIN;
    }
    if (header.epoch != check->validators.epoch || header.height == 0) {
        return PROOF_ANCHOR_EPOCH;
    }
    if (!names_validators(check, &header)) {
        return PROOF_ANCHOR_VALIDATORS;
    }
    uint32_t signers = 0;
    if (!final(check, proof_data(&check->proof->anchor_finalization), &header, &signers)) {
        return PROOF_ANCHOR_FINAL;
    }
    result->anchor = header;
    header_id(&result->anchor_id, &header);
    result->anchor_signers = signers;
    result->anchor_validators = check->validators.count;
    return PROOF_OK;
}

enum proof_failure proof_check_anchor(struct proof_check *check)
{
    const enum proof_failure failure = check_epochs(check);
    return failure == PROOF_OK ? check_header(check) : failure;
}
