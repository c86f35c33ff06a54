/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_STORAGE_PLAN_H
#define LEDGER_STORE_STORAGE_PLAN_H

/* The families of the two databases (decision D12), as one table: it opens them, `seam storage
 * plan` prints it, docs/storage.md explains it. Order and names are on disk: new rows go to the
 * end. */

#include "ledger/store/kv.h"

#define STORAGE_FORMAT_VERSION 1

#define STORAGE_CLEAR 1u /* hashes only, which are public; all other values pass the cipher */
#define STORAGE_DERIVED 2u /* made again from the other families when it is damaged */

/* chain/: written by the committer alone, derivable from genesis and blocks. */
#define STORAGE_CHAIN_ROWS(X)                                                                      \
    X(CHAIN_META, "meta", 0, "text", "format, chain, genesis, head, indexed",                      \
      "what this database is and how far it has come")                                             \
    X(CHAIN_BLOCKS, "blocks", 0, "BE64 height", "header (384 bytes), body", "every final block")   \
    X(CHAIN_CERTS, "certs", STORAGE_CLEAR, "BE64 height",                                          \
      "u32 size, finalization; u32 size, justification of the block's view",                       \
      "the finalization, where this block has one of its own, and the justification")              \
    X(CHAIN_EPOCHS, "epochs", 0, "BE64 epoch", "validator set, boundary block, its finalization",  \
      "who votes in each epoch and why")                                                           \
    X(CHAIN_DETACHED, "detached", 0, "BE64 height, BE32 index", "detached part",                   \
      "lines kept apart from bodies; empty until observers exist")                                 \
    X(CHAIN_RECENT, "recent", 0, "BE64 valid_until_ms, id32", "as written by the transaction",     \
      "transaction ids and idempotency keys that may not come again (D5)")                         \
    X(CHAIN_STATE, "state", 0, "state key (ledger/keys.h)", "u64 height written, value",           \
      "the state after the last final block")                                                      \
    X(CHAIN_STATE_OLD, "state_old", 0, "state key, BE64 height of replacement",                    \
      "u64 height written, value", "replaced and deleted values: the past (D13)")                  \
    X(CHAIN_TREE, "tree", STORAGE_CLEAR, "BE64 height created, u8 nibbles, path", "radix-16 node", \
      "the versioned Merkle tree of the state")                                                    \
    X(CHAIN_STALE, "stale", STORAGE_CLEAR, "BE64 height of replacement",                           \
      "u8 size and tree key, each", "tree nodes no later state needs: what pruning will walk")     \
    X(CHAIN_HISTORY, "history", STORAGE_CLEAR, "u8 level, BE64 index",                             \
      "hash of a complete subtree", "the RFC 6962 log of all block ids")                           \
    X(CHAIN_INDEX_TX, "index_tx", STORAGE_DERIVED, "transaction id",                               \
      "u64 height, u32 index in the block", "where a transaction is; for readers")                 \
    X(CHAIN_INDEX_ACCOUNT, "index_account", STORAGE_DERIVED,                                       \
      "BE32 period, facility id32, BE32 version", "u64 height", "accounts by month; for readers")  \
    X(CHAIN_INDEX_BLOCK, "index_block", STORAGE_DERIVED, "block id", "u64 height",                 \
      "height of a block; for readers")

/* local/: what belongs to this node alone; one writer thread. */
#define STORAGE_LOCAL_ROWS(X)                                                                      \
    X(LOCAL_META, "meta", 0, "text", "format", "what this database is")                            \
    X(LOCAL_DRAFTS, "drafts", 0, "draft id", "transaction, its signatures, state",                 \
      "submissions that wait for a second person or for finality (D26)")                           \
    X(LOCAL_TOKENS, "tokens", 0, "platform key", "Argon2id hash, rights, generation",              \
      "who may use the interface of this node")                                                    \
    X(LOCAL_AUDIT, "audit", 0, "BE64 time, BE32 number", "who asked what, and the answer",         \
      "what the door of this node was asked")                                                      \
    X(LOCAL_BLOBS, "blobs", 0, "M or P, owner id32, sha256, BE32 part", "record, or sealed part",  \
      "encrypted documents behind evidence hashes")                                                \
    X(LOCAL_READINGS, "readings", 0, "device id, BE64 counter", "reading", "raw telemetry")        \
    X(LOCAL_OUTBOX, "outbox", 0, "BE64 number", "message", "what is still to be delivered")        \
    X(LOCAL_MISBEHAVIOUR, "misbehaviour", 0, "validator, epoch, view", "two signed votes",         \
      "signed proof of double votes")

#define STORAGE_ENUM_MEMBER(id, name, flags, key, value, purpose) id,
enum chain_family { STORAGE_CHAIN_ROWS(STORAGE_ENUM_MEMBER) CHAIN_FAMILIES };
enum local_family { STORAGE_LOCAL_ROWS(STORAGE_ENUM_MEMBER) LOCAL_FAMILIES };
#undef STORAGE_ENUM_MEMBER

struct storage_row {
    const char *database; /* "chain" or "local" */
    const char *family;
    bool clear;
    bool derived;
    const char *key;
    const char *value;
    const char *purpose;
};

/* storage_rows gives all rows, chain first. */
const struct storage_row *storage_rows(size_t *count);

/* The plans to open the two databases with. */
const struct kv_plan *storage_chain_plan(void);
const struct kv_plan *storage_local_plan(void);

#endif
