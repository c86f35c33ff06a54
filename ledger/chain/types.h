/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_TYPES_H
#define LEDGER_CHAIN_TYPES_H

/* Header, validator set, vote, certificate and justification as structs, and quorum arithmetic.
 * No hashing and no signatures here: the consensus library includes this header and nothing else of
 * chain/ (docs/adr: consensus purity). The exact bytes stand in chain/encode.h. */

#include <assert.h>

#include "ledger/base/bytes.h"
#include "ledger/base/limits.h"

#define SIGNATURE_SIZE 64
#define HEADER_SIZE 384
#define VOTE_SIGNED_SIZE 100

enum suite { SUITE_ED25519_SHA256 = 1 };

#define HEADER_FLAG_BOUNDARY 1u

struct header {
    uint16_t version; /* rules version the block was executed under */
    uint8_t suite;
    uint8_t flags;
    uint32_t tx_count;
    struct hash chain_id;
    uint64_t epoch;
    uint64_t view;
    uint64_t height;
    struct hash parent_id;
    uint64_t parent_view;
    uint16_t proposer; /* index in the sorted validator set */
    uint32_t body_size;
    uint64_t time_ms;
    struct hash tx_root;
    struct hash state_root; /* after this block */
    struct hash receipts_root;
    struct hash history_root; /* RFC 6962 root over the ids of all earlier blocks */
    struct hash valset_hash;
    struct hash next_valset_hash; /* zero unless BOUNDARY */
};

enum vote_kind { VOTE_NOTARIZE = 1, VOTE_NULLIFY = 2, VOTE_FINALIZE = 3 };

struct vote {
    enum vote_kind kind;
    uint64_t epoch;
    uint64_t view;
    struct hash block_id; /* zero for NULLIFY */
    uint64_t lock_view; /* NULLIFY only */
    uint8_t signer;
    uint8_t signature[SIGNATURE_SIZE];
};

/* N, Z and F certificates: kind is that of the votes they gather. Entry i of signatures (and, for
 * NULLIFY, lock_views) belongs to the i-th set bit of signers, lowest bit first. */
struct cert {
    enum vote_kind kind;
    uint64_t epoch;
    uint64_t view;
    struct hash block_id;
    uint64_t signers;
    uint8_t signatures[LIMIT_VALIDATORS][SIGNATURE_SIZE];
    uint64_t lock_views[LIMIT_VALIDATORS];
    bool verified; /* set by chain/cert_check and by whoever assembled it from verified votes */
};

enum just_kind { JUST_EPOCH_START = 1, JUST_NEXT = 2, JUST_SKIP = 3 };

/* Justification of a view (consensus.md 2.3). NEXT: cert. SKIP: nullified and cert; has_cert is
 * false where the parent is the epoch's genesis (view 0). EPOCH_START: cert may hold the F of the
 * previous epoch's boundary block. */
struct just {
    enum just_kind kind;
    bool has_cert;
    struct cert cert;
    struct cert nullified;
};

struct validator {
    uint8_t key_size; /* 32 for Ed25519 */
    uint8_t key[64]; /* consensus key, zero-padded */
    uint8_t node_key[32]; /* TLS raw public key */
    struct hash organisation;
};

/* Sorted by key bytes ascending; the index in it is the signer and proposer number. */
struct valset {
    uint8_t suite;
    uint64_t epoch;
    uint16_t count;
    struct validator validators[LIMIT_VALIDATORS];
};

/* f = floor((n-1)/3), q = n - f: two quorums share at least f + 1 validators for every n. */
static inline uint32_t quorum_faulty(uint32_t count)
{
    assert(count > 0);
    return (count - 1) / 3;
}

static inline uint32_t quorum_size(uint32_t count)
{
    return count - quorum_faulty(count);
}

/* cert_max_lock is the highest lock view a NULLIFY certificate lists. */
static inline uint64_t cert_max_lock(const struct cert *cert)
{
    uint64_t highest = 0;
    const int count = __builtin_popcountll(cert->signers);
    for (int i = 0; i < count; i++) {
        if (cert->lock_views[i] > highest) {
            highest = cert->lock_views[i];
        }
    }
    return highest;
}

#endif
