/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_PROOF_H
#define LEDGER_CHAIN_PROOF_H

/* libproof: what a certificate proves, from the founding document of the network and nothing else
 * (decision D9). No network, no database, no clock. The steps run in this order, and each way to
 * fail has its own name:
 *
 *   1 epochs       validators of each epoch hand over to the next, from genesis to the anchor
 *   2 anchor       a block that a quorum of its epoch made final; the only finalization needed
 *   3 subject      an older block, named by the anchor's history root
 *   4 transaction  stands in the subject
 *   5 lines        disclosed lines stand in the account that the transaction carries
 *   6 states       what the ledger said at the anchor's height and time
 *   7 keys         whose keys signed, and that they were valid at the subject's height */

#include "ledger/base/arena.h"
#include "ledger/chain/encode.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/genesis.pb-c.h"
#include "ledger/proto/governance.pb-c.h"
#include "ledger/proto/proof.pb-c.h"
#include "ledger/proto/tx.pb-c.h"

/* Name and sentence of each failure. */
#define PROOF_ROWS(X)                                                                              \
    X(PROOF_OK, "OK", "everything in it is proven")                                                \
    X(PROOF_MEMORY, "MEMORY", "there was not enough memory to check it")                           \
    X(PROOF_GENESIS, "GENESIS", "the genesis document cannot be read")                             \
    X(PROOF_FORM, "FORM", "the proof cannot be read")                                              \
    X(PROOF_EPOCH_HEADER, "EPOCH_HEADER", "the last block of an epoch cannot be read")             \
    X(PROOF_EPOCH_CHAIN, "EPOCH_CHAIN", "the last block of an epoch is of another network")        \
    X(PROOF_EPOCH_ORDER, "EPOCH_ORDER", "an epoch is missing or out of order")                     \
    X(PROOF_EPOCH_VALIDATORS, "EPOCH_VALIDATORS",                                                  \
      "the validators of an epoch are not those that the epoch before named")                      \
    X(PROOF_EPOCH_FINAL, "EPOCH_FINAL", "the last block of an epoch was not made final")           \
    X(PROOF_ANCHOR_HEADER, "ANCHOR_HEADER", "the anchor block cannot be read")                     \
    X(PROOF_ANCHOR_CHAIN, "ANCHOR_CHAIN", "the anchor block is of another network")                \
    X(PROOF_ANCHOR_EPOCH, "ANCHOR_EPOCH", "the anchor block is not of the epoch proven so far")    \
    X(PROOF_ANCHOR_VALIDATORS, "ANCHOR_VALIDATORS", "the anchor block names other validators")     \
    X(PROOF_ANCHOR_FINAL, "ANCHOR_FINAL", "the anchor block was not made final by a quorum")       \
    X(PROOF_SUBJECT_HEADER, "SUBJECT_HEADER", "the subject block cannot be read")                  \
    X(PROOF_SUBJECT_CHAIN, "SUBJECT_CHAIN", "the subject block is of another network")             \
    X(PROOF_SUBJECT_HEIGHT, "SUBJECT_HEIGHT", "the subject block is not older than the anchor")    \
    X(PROOF_SUBJECT_PATH, "SUBJECT_PATH", "the subject block is not in the anchor's history")      \
    X(PROOF_TX_FORM, "TX_FORM", "the transaction cannot be read")                                  \
    X(PROOF_TX_PATH, "TX_PATH", "the transaction is not in the subject block")                     \
    X(PROOF_TX_PAYLOAD, "TX_PAYLOAD", "what the transaction carries cannot be read")               \
    X(PROOF_LINE_FORM, "LINE_FORM", "a disclosed line cannot be read")                             \
    X(PROOF_LINE_PATH, "LINE_PATH", "a disclosed line is not one of the account")                  \
    X(PROOF_STATE_FORM, "STATE_FORM", "a state entry cannot be read")                              \
    X(PROOF_STATE_PATH, "STATE_PATH", "a state entry is not that of the anchor block")             \
    X(PROOF_STATE_SUBJECT, "STATE_SUBJECT", "the status shown is not that of this account")        \
    X(PROOF_KEY_MISSING, "KEY_MISSING", "a signer's key record is missing")                        \
    X(PROOF_KEY_FORM, "KEY_FORM", "a signer's key record cannot be read")                          \
    X(PROOF_KEY_PATH, "KEY_PATH", "a signer's key record is not that of the anchor block")         \
    X(PROOF_KEY_ORGANISATION, "KEY_ORGANISATION", "a signer belongs to another organisation")      \
    X(PROOF_KEY_INTERVAL, "KEY_INTERVAL", "a signer's key was not valid when the block was made")  \
    X(PROOF_KEY_PERSON, "KEY_PERSON", "two signatures are of one person")                          \
    X(PROOF_SIGNATURE, "SIGNATURE", "a signature does not verify")

#define PROOF_ENUM_MEMBER(id, name, sentence) id,
enum proof_failure { PROOF_ROWS(PROOF_ENUM_MEMBER) PROOF_FAILURE_COUNT };
#undef PROOF_ENUM_MEMBER

const char *proof_failure_name(enum proof_failure failure); /* "ANCHOR_FINAL" */
const char *proof_failure_sentence(enum proof_failure failure); /* in English */

/* How an account stands at the anchor. */
enum proof_status {
    PROOF_STATUS_NONE, /* the proof says nothing about it */
    PROOF_STATUS_CURRENT, /* this version counts */
    PROOF_STATUS_SUPERSEDED /* a later version counts: result.head->version */
};

struct proof_signer {
    struct hash key_id;
    const Seam__KeyRecord *record;
};

/* What was proven. With a failure, what stands after the failed step is empty. Everything lives in
 * the arena or borrows from the input. */
struct proof_result {
    enum proof_failure failure;
    uint32_t index; /* which epoch, line, state or key failed, from 0 */

    struct hash chain_id;
    const Seam__Genesis *genesis;
    const Seam__Proof *proof;

    uint64_t epochs; /* hand-overs checked */
    struct header anchor; /* status as of its height and time */
    struct hash anchor_id;
    uint32_t anchor_signers;
    uint32_t anchor_validators;

    struct header subject;
    struct hash subject_id;

    struct hash tx_id; /* zero where there is no transaction */
    const Seam__Body *body;
    const Seam__Account *account; /* of transactions that carry one */
    struct hash account_hash;

    size_t line_count; /* disclosed; line i is proof->lines[i] */
    const Seam__Line **lines;

    enum proof_status status;
    const Seam__AccountHead *head;
    const Seam__AccountRecord *record; /* of this version, where the proof carries it; else NULL */

    size_t signer_count;
    struct proof_signer signers[LIMIT_TX_SIGNATURES];
};

#define PROOF_ARENA_SIZE (8 * 1024 * 1024)

/* proof_verify checks the canonical bytes of a Proof against those of a Genesis. With a budget of
 * PROOF_ARENA_SIZE in arena, PROOF_MEMORY is the answer only to input that was made to need more.
 * Fills *result in any case. */
enum proof_failure proof_verify(struct proof_result *result, struct bytes genesis,
                                struct bytes proof, struct arena *arena);

#endif
