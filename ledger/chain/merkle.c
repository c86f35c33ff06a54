/* SPDX-License-Identifier: Apache-2.0 */
/* Complete subtrees are the whole story: a tree of n leaves is the fold, from the right, of one
 * complete subtree for each bit set in n. Appending carries like a binary counter; a path needs
 * complete subtrees and at most one such fold. */

#include "ledger/chain/merkle.h"

#include <assert.h>

void merkle_leaf_begin(struct hasher *hasher, const char *tag)
{
    hash_begin_raw(hasher);
    hash_add_u8(hasher, 0x00);
    hash_add(hasher, bytes_of(tag, TAG_SIZE));
}

void merkle_leaf(struct hash *leaf, const char *tag, struct bytes data)
{
    struct hasher hasher;
    merkle_leaf_begin(&hasher, tag);
    hash_add(&hasher, data);
    hash_end(&hasher, leaf);
}

void merkle_node(struct hash *node, const struct hash *left, const struct hash *right)
{
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add_u8(&hasher, 0x01);
    hash_add(&hasher, hash_bytes(left));
    hash_add(&hasher, hash_bytes(right));
    hash_end(&hasher, node);
}

void merkle_log_append(struct merkle_log *log, const struct hash *leaf, merkle_complete complete,
                       void *context)
{
    assert(log->count < UINT64_MAX);
    struct hash carry = *leaf;
    uint64_t index = log->count;
    unsigned level = 0;
    if (complete != NULL) {
        complete(context, level, index, &carry);
    }
    while ((log->count >> level & 1) != 0) {
        merkle_node(&carry, &log->peaks[level], &carry);
        level++;
        index >>= 1;
        assert(level < MERKLE_PATH_MAX);
        if (complete != NULL) {
            complete(context, level, index, &carry);
        }
    }
    log->peaks[level] = carry;
    log->count++;
}

void merkle_log_root(struct hash *root, const struct merkle_log *log)
{
    if (log->count == 0) {
        struct hasher hasher;
        hash_begin_raw(&hasher);
        hash_end(&hasher, root);
        return;
    }
    bool started = false;
    for (unsigned level = 0; level < MERKLE_PATH_MAX; level++) {
        if ((log->count >> level & 1) == 0) {
            continue;
        }
        if (started) {
            merkle_node(root, &log->peaks[level], root);
        } else {
            *root = log->peaks[level];
            started = true;
        }
    }
}

void merkle_root(struct hash *root, const struct hash *leaves, size_t count)
{
    struct merkle_log log = {0};
    for (size_t i = 0; i < count; i++) {
        merkle_log_append(&log, &leaves[i], NULL, NULL);
    }
    merkle_log_root(root, &log);
}

/* Root of the leaves [first, first + count), where first is a multiple of a power of two that is at
 * least count, so that every piece is a complete subtree. */
static enum err range_root(struct hash *root, uint64_t first, uint64_t count,
                           merkle_subtree subtree, void *context)
{
    assert(count > 0);
    struct hash total = {{0}};
    bool started = false;
    uint64_t end = first + count;
    for (unsigned level = 0; level < MERKLE_PATH_MAX; level++) {
        if ((count >> level & 1) == 0) {
            continue;
        }
        end -= UINT64_C(1) << level;
        struct hash piece;
        const enum err err = subtree(context, level, end >> level, &piece);
        if (err != OK) {
            return err;
        }
        if (started) {
            merkle_node(&total, &piece, &total);
        } else {
            total = piece;
            started = true;
        }
    }
    assert(end == first);
    *root = total;
    return OK;
}

enum err merkle_path_build(struct merkle_path *path, uint64_t index, uint64_t count,
                           merkle_subtree subtree, void *context)
{
    assert(index < count);
    struct merkle_path built = {0};
    uint64_t at = index;
    uint64_t last = count - 1;
    for (unsigned level = 0; last > 0; level++) {
        const bool right = (at & 1) != 0;
        if (right || at < last) {
            const uint64_t sibling = right ? at - 1 : at + 1;
            const uint64_t first = sibling << level;
            const uint64_t whole = UINT64_C(1) << level;
            const uint64_t size = count - first < whole ? count - first : whole;
            assert(built.count < MERKLE_PATH_MAX);
            const enum err err =
                range_root(&built.siblings[built.count], first, size, subtree, context);
            if (err != OK) {
                return err;
            }
            built.count++;
        }
        at >>= 1;
        last >>= 1;
    }
    *path = built;
    return OK;
}

static enum err array_subtree(void *context, unsigned level, uint64_t index, struct hash *root)
{
    const struct hash *leaves = context;
    merkle_root(root, leaves + (index << level), (size_t)1 << level);
    return OK;
}

void merkle_path_of(struct merkle_path *path, size_t index, const struct hash *leaves, size_t count)
{
    /* array_subtree only reads. */
    const enum err err =
        merkle_path_build(path, index, count, array_subtree, (void *)(uintptr_t)leaves);
    assert(err == OK);
}

bool merkle_path_verify(const struct hash *root, uint64_t index, uint64_t count,
                        const struct hash *leaf, const struct merkle_path *path)
{
    if (index >= count || path->count > MERKLE_PATH_MAX) {
        return false;
    }
    struct hash total = *leaf;
    uint64_t at = index;
    uint64_t last = count - 1;
    for (unsigned i = 0; i < path->count; i++) {
        if (last == 0) {
            return false;
        }
        if ((at & 1) != 0 || at == last) {
            merkle_node(&total, &path->siblings[i], &total);
            while ((at & 1) == 0) {
                /* at == last > 0: levels without a sibling on the right edge. */
                at >>= 1;
                last >>= 1;
            }
        } else {
            merkle_node(&total, &total, &path->siblings[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&total, root);
}

void merkle_tx_leaf(struct hash *leaf, const struct hash *tx_id, const struct hash *signatures_hash,
                    const struct hash *detached_hash)
{
    struct hasher hasher;
    merkle_leaf_begin(&hasher, TAG_TX_LEAF);
    hash_add(&hasher, hash_bytes(tx_id));
    hash_add(&hasher, hash_bytes(signatures_hash));
    hash_add(&hasher, hash_bytes(detached_hash));
    hash_end(&hasher, leaf);
}

void merkle_detached_hash(struct hash *out, struct bytes detached)
{
    hash_tagged(out, TAG_TX_DETACHED, detached);
}

void merkle_signatures_begin(struct hasher *hasher)
{
    hash_begin(hasher, TAG_TX_SIGNATURES);
}

void merkle_signatures_add(struct hasher *hasher, const struct hash *key_id,
                           const uint8_t signature[64])
{
    hash_add(hasher, hash_bytes(key_id));
    hash_add(hasher, bytes_of(signature, 64));
}

void merkle_line_leaf(struct hash *leaf, const uint8_t salt[MERKLE_SALT_SIZE], struct bytes line)
{
    struct hasher hasher;
    merkle_leaf_begin(&hasher, TAG_LINE_LEAF);
    hash_add(&hasher, bytes_of(salt, MERKLE_SALT_SIZE));
    hash_add(&hasher, line);
    hash_end(&hasher, leaf);
}

void merkle_block_leaf(struct hash *leaf, const struct hash *block_id)
{
    merkle_leaf(leaf, TAG_BLOCK_LEAF, hash_bytes(block_id));
}
