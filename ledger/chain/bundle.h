/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_BUNDLE_H
#define LEDGER_CHAIN_BUNDLE_H

/* A bundle: many transactions, records and documents proven at one block, from the founding
 * document of the network and nothing else [KSSJ 7.2.1b]. It belongs to libproof: no network, no
 * database, no clock. Steps: form and order of the lists, epochs and anchor as in proof.h, each
 * transaction with its block and signers, each record, each document. What a kind of bundle means
 * beyond that (the balance of a lot, the course of a case) is computed from a verified one. */

#include "ledger/chain/proof.h"
#include "ledger/codec/document.h"
#include "ledger/proto/bundle.pb-c.h"

/* Name and sentence of each failure. BUNDLE_PROOF stands for one of proof.h. */
#define BUNDLE_ROWS(X)                                                                             \
    X(BUNDLE_OK, "OK", "everything in it is proven")                                               \
    X(BUNDLE_PROOF, "PROOF", "a proof in it does not hold")                                        \
    X(BUNDLE_MEMORY, "MEMORY", "there was not enough memory to check it")                          \
    X(BUNDLE_FORM, "BUNDLE_FORM", "the bundle cannot be read")                                     \
    X(BUNDLE_MANIFEST, "BUNDLE_MANIFEST", "it does not say what it is about")                      \
    X(BUNDLE_SIZE, "BUNDLE_SIZE", "it has more entries than a bundle may have")                    \
    X(BUNDLE_BLOCK_ORDER, "BLOCK_ORDER", "its blocks are not in order of height")                  \
    X(BUNDLE_BLOCK_UNUSED, "BLOCK_UNUSED", "a block has none of its transactions")                 \
    X(BUNDLE_TX_BLOCK, "TX_BLOCK", "a transaction names a block that is not there")                \
    X(BUNDLE_TX_ORDER, "TX_ORDER", "its transactions are not in the order of the ledger")          \
    X(BUNDLE_KEY_ORDER, "KEY_ORDER", "its key records are not in order")                           \
    X(BUNDLE_KEY_UNUSED, "KEY_UNUSED", "a key record belongs to none of its signatures")           \
    X(BUNDLE_STATE_ORDER, "STATE_ORDER", "its records are not in order")                           \
    X(BUNDLE_DOCUMENT_ORDER, "DOCUMENT_ORDER", "its documents are not in order")                   \
    X(BUNDLE_DOCUMENT_NAME, "DOCUMENT_NAME", "a document's name is not that of a file")            \
    X(BUNDLE_DOCUMENT_HASH, "DOCUMENT_HASH", "a document is not the one that was named")

#define BUNDLE_ENUM_MEMBER(id, name, sentence) id,
enum bundle_failure { BUNDLE_ROWS(BUNDLE_ENUM_MEMBER) BUNDLE_FAILURE_COUNT };
#undef BUNDLE_ENUM_MEMBER

/* One proven transaction. Borrows from the bundle. */
struct bundle_tx {
    const struct header *block;
    struct hash tx_id;
    const Seam__Body *body;
    const Seam__Account *account; /* of transactions that carry one, else NULL */
    struct hash account_hash;
    size_t signer_count;
    struct proof_signer signers[LIMIT_TX_SIGNATURES];
};

/* What was proven; txs in the order of the ledger, states as in bundle->states. With a failure,
 * txs holds those before it. Everything lives in the arena or borrows from the input. */
struct bundle_result {
    enum bundle_failure failure;
    enum proof_failure proof; /* of BUNDLE_PROOF */
    uint32_t index; /* which epoch, block, transaction, key, record or document failed, from 0 */

    struct hash chain_id;
    const Seam__Genesis *genesis;
    const Seam__Bundle *bundle;

    uint64_t epochs;
    struct header anchor; /* records are as of its height and time */
    struct hash anchor_id;
    uint32_t anchor_signers;
    uint32_t anchor_validators;

    size_t tx_count;
    struct bundle_tx *txs;
};

#define BUNDLE_ARENA_SIZE ((size_t)512 << 20)

/* bundle_verify checks the canonical bytes of a Bundle against those of a Genesis. Fills *result in
 * any case. With BUNDLE_ARENA_SIZE in arena, BUNDLE_MEMORY is the answer only to input made to need
 * more. */
enum bundle_failure bundle_verify(struct bundle_result *result, struct bytes genesis,
                                  struct bytes bundle, struct arena *arena);

/* bundle_failure_name gives "DOCUMENT_HASH" or, of a proof, "ANCHOR_FINAL"; the sentence likewise,
 * in English. */
const char *bundle_failure_name(const struct bundle_result *result);
const char *bundle_failure_sentence(const struct bundle_result *result);

/* bundle_state gives the record at the anchor under a key: NULL where the bundle says nothing of
 * it, absent where it proves that there is none. */
const Seam__ProofState *bundle_state(const struct bundle_result *result, struct bytes key);

/* bundle_name_valid: a document's name that no file system reads as a path. */
bool NODISCARD bundle_name_valid(const char *name);

/* {"format": "seam-bundle-1", "bundle": base64 of Bundle, "readable": {...}}: a changed byte
 * anywhere is refused. */
extern const struct document_form bundle_form;

#endif
