/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_MERKLE_H
#define LEDGER_CHAIN_MERKLE_H

/* RFC 6962 trees over leaves that begin with an 8-byte tag: leaf = H(0x00, tag, data),
 * node = H(0x01, left, right), root of no leaves = H(""). A tree of n leaves splits at the largest
 * power of two below n. Used for tx_root, receipts_root, lines_root and history_root. */

#include "ledger/base/err.h"
#include "ledger/crypto/hash.h"

#define MERKLE_PATH_MAX 64

/* merkle_leaf_begin starts a leaf whose data is then added piece by piece and ended. merkle_leaf is
 * the same for one piece. */
void merkle_leaf_begin(struct hasher *hasher, const char *tag);
void merkle_leaf(struct hash *leaf, const char *tag, struct bytes data);
void merkle_node(struct hash *node, const struct hash *left, const struct hash *right);

/* merkle_root over all leaf hashes. */
void merkle_root(struct hash *root, const struct hash *leaves, size_t count);

/* A growing tree that keeps only its complete subtrees: peaks[k] is the root of 2^k leaves and is
 * in use when bit k of count is set. A zeroed struct is the empty tree. */
struct merkle_log {
    uint64_t count;
    struct hash peaks[MERKLE_PATH_MAX];
};

/* Called for every subtree that became complete, leaves included (level 0): index counts subtrees
 * of that level from the left. Storing these makes merkle_path possible later. */
typedef void (*merkle_complete)(void *context, unsigned level, uint64_t index,
                                const struct hash *root);

/* merkle_log_append adds a leaf hash; complete may be NULL. */
void merkle_log_append(struct merkle_log *log, const struct hash *leaf, merkle_complete complete,
                       void *context);
void merkle_log_root(struct hash *root, const struct merkle_log *log);

/* Path of siblings from the leaf upwards. */
struct merkle_path {
    uint8_t count;
    struct hash siblings[MERKLE_PATH_MAX];
};

/* Gives the root of a complete subtree (see merkle_complete). Its error ends the building. */
typedef enum err (*merkle_subtree)(void *context, unsigned level, uint64_t index,
                                   struct hash *root);

/* merkle_path_build makes the path of leaf index in the tree of the first count leaves; index must
 * be below count. The error is that of subtree. */
enum err NODISCARD merkle_path_build(struct merkle_path *path, uint64_t index, uint64_t count,
                                     merkle_subtree subtree, void *context);

/* merkle_path_of makes the path from an array of leaf hashes. */
void merkle_path_of(struct merkle_path *path, size_t index, const struct hash *leaves,
                    size_t count);

/* merkle_path_verify: leaf stands at index among count leaves under root. */
bool NODISCARD merkle_path_verify(const struct hash *root, uint64_t index, uint64_t count,
                                  const struct hash *leaf, const struct merkle_path *path);

/* merkle_tx_leaf is the leaf of tx_root (decision D4):
 * H(0x00, TAG_TX_LEAF, tx_id, H(TAG_TX_SIGNATURES, key_id[32], sig[64] of each signature in order),
 * H(TAG_TX_DETACHED, detached)). merkle_detached_hash and the signature digest below make the last
 * two. */
void merkle_tx_leaf(struct hash *leaf, const struct hash *tx_id, const struct hash *signatures_hash,
                    const struct hash *detached_hash);
void merkle_detached_hash(struct hash *out, struct bytes detached);
/* merkle_signatures_begin, then merkle_signatures_add for each, then hash_end. */
void merkle_signatures_begin(struct hasher *hasher);
void merkle_signatures_add(struct hasher *hasher, const struct hash *key_id,
                           const uint8_t signature[64]);

/* merkle_line_leaf is the leaf of lines_root: H(0x00, TAG_LINE_LEAF, salt[16], line). */
#define MERKLE_SALT_SIZE 16
void merkle_line_leaf(struct hash *leaf, const uint8_t salt[MERKLE_SALT_SIZE], struct bytes line);

/* merkle_block_leaf is the leaf of history_root: H(0x00, TAG_BLOCK_LEAF, block id). */
void merkle_block_leaf(struct hash *leaf, const struct hash *block_id);

#endif
