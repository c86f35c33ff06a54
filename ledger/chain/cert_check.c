/* SPDX-License-Identifier: Apache-2.0 */
/* Cheap refusals come before signatures, so that garbage costs its sender more than us; the first
 * bad signature ends the check. */

#include "ledger/chain/cert_check.h"

#include <assert.h>

#include "ledger/chain/mutant.h"
#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"

/* What is remembered of a signature: key, all that it signs, and its bytes (D1). */
static void question_of(struct hash *triple, const struct validator *signer, struct bytes message,
                        const struct vote *vote)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_VERIFIED);
    hash_add(&hasher, bytes_of(signer->key, signer->key_size));
    if (!CHAIN_MUTANT(CHAIN_MUTANT_CACHED_BLOCK) &&
        !(CHAIN_MUTANT(CHAIN_MUTANT_CACHED_LOCK) && vote->kind == VOTE_NULLIFY)) {
        hash_add(&hasher, message);
    }
    if (!CHAIN_MUTANT(CHAIN_MUTANT_CACHED_SIGNATURE)) {
        hash_add(&hasher, bytes_of(vote->signature, SIGNATURE_SIZE));
    }
    hash_end(&hasher, triple);
}

static bool signature_good(const struct cert_checker *checker, const struct vote *vote)
{
    assert(vote->signer < checker->valset->count);
    const struct validator *signer = &checker->valset->validators[vote->signer];
    uint8_t message[VOTE_SIGNED_SIZE];
    vote_signed_bytes(message, &checker->chain_id, checker->valset->suite, vote);
    struct hash triple;
    question_of(&triple, signer, bytes_of(message, sizeof message), vote);
    if (known_has(checker->known, &triple)) {
        return true;
    }
    if (!sign_verify(signer->key, bytes_of(message, sizeof message), vote->signature)) {
        return false;
    }
    known_add(checker->known, &triple);
    return true;
}

enum err vote_check(const struct cert_checker *checker, const struct vote *vote)
{
    assert(checker->valset->suite == SUITE_ED25519_SHA256);
    if (vote->epoch != checker->valset->epoch) {
        return ERR_CHAIN;
    }
    if (vote->signer >= checker->valset->count) {
        return ERR_RANGE;
    }
    return signature_good(checker, vote) || CHAIN_MUTANT(CHAIN_MUTANT_VOTE_UNCHECKED)
               ? OK
               : ERR_SIGNATURE;
}

/* Everything but the signatures. */
static enum err cert_plain(const struct cert_checker *checker, const struct cert *cert)
{
    const uint32_t count = checker->valset->count;
    assert(count >= 1);
    assert(count <= LIMIT_VALIDATORS);
    if (cert->kind != VOTE_NOTARIZE && cert->kind != VOTE_NULLIFY && cert->kind != VOTE_FINALIZE) {
        return ERR_ENUM;
    }
    if (cert->epoch != checker->valset->epoch) {
        return ERR_CHAIN;
    }
    if (cert->view == 0) {
        return ERR_RANGE;
    }
    if (count < 64 && cert->signers >> count != 0 && !CHAIN_MUTANT(CHAIN_MUTANT_ANY_MEMBER)) {
        return ERR_KEY;
    }
    const uint32_t needed = CHAIN_MUTANT(CHAIN_MUTANT_NO_QUORUM) ? 1 : quorum_size(count);
    return (uint32_t)__builtin_popcountll(cert->signers) >= needed ? OK : ERR_NO_QUORUM;
}

enum err cert_check(const struct cert_checker *checker, struct cert *cert)
{
    assert(checker->valset->suite == SUITE_ED25519_SHA256);
    const enum err err = cert_plain(checker, cert);
    if (err != OK || cert->verified) {
        return err;
    }
    const uint32_t count = (uint32_t)__builtin_popcountll(cert->signers);
    for (uint32_t i = 0; i < count; i++) {
        struct vote vote;
        cert_vote(&vote, cert, i);
        if ((CHAIN_MUTANT(CHAIN_MUTANT_ONE_SIGNATURE) && i > 0) ||
            (CHAIN_MUTANT(CHAIN_MUTANT_ANY_MEMBER) && vote.signer >= checker->valset->count)) {
            continue;
        }
        if (!signature_good(checker, &vote)) {
            return ERR_SIGNATURE;
        }
    }
    cert->verified = true;
    return OK;
}

/* How kinds and views must fit together (consensus.md 2.3). */
static enum err just_plain(const struct just *just, uint64_t view)
{
    switch (just->kind) {
    case JUST_EPOCH_START:
        if (just->has_cert && just->cert.kind != VOTE_FINALIZE) {
            return ERR_ENUM;
        }
        return view == 1 ? OK : ERR_GAP;
    case JUST_NEXT:
        if (!just->has_cert || just->cert.kind == VOTE_NULLIFY) {
            return ERR_ENUM;
        }
        return just->cert.view == view - 1 ? OK : ERR_GAP;
    case JUST_SKIP: {
        if (just->nullified.kind != VOTE_NULLIFY ||
            (just->has_cert && just->cert.kind == VOTE_NULLIFY)) {
            return ERR_ENUM;
        }
        const uint64_t parent = just->has_cert ? just->cert.view : 0;
        const bool fits = just->nullified.view == view - 1 && parent < view - 1 &&
                          cert_max_lock(&just->nullified) <= parent;
        return fits ? OK : ERR_GAP;
    }
    }
    return ERR_ENUM;
}

enum err just_check(const struct cert_checker *checker, const struct cert_checker *previous,
                    struct just *just, uint64_t view)
{
    enum err err = view == 0 ? ERR_RANGE : just_plain(just, view);
    if (err != OK) {
        return err;
    }
    if (just->kind == JUST_SKIP) {
        err = cert_check(checker, &just->nullified);
    }
    if (err != OK || !just->has_cert) {
        return err;
    }
    if (just->kind != JUST_EPOCH_START) {
        return cert_check(checker, &just->cert);
    }
    return previous == NULL ? ERR_CHAIN : cert_check(previous, &just->cert);
}
