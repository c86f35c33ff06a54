/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a proof in their order, each as the fields that chain/ checks. */
#include "ledger/query/cut.h"

#include <assert.h>
#include <string.h>

#include "ledger/chain/merkle.h"
#include "ledger/chain/proof_parts.h"
#include "ledger/chain/valset.h"
#include "ledger/store/proof_build.h"

#define SCRATCH_SIZE (8 * 1024 * 1024)

static ProtobufCBinaryData binary(struct bytes in)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)in.data, .len = in.size};
}

/* header_bytes gives the 384 bytes of a block in the arena. */
static enum err header_bytes(const struct cut *cut, uint64_t height, ProtobufCBinaryData *out)
{
    struct bytes header;
    const enum err err = chain_view_block(cut->view, height, cut->arena, &header, NULL);
    if (err == OK) {
        *out = binary(header);
    }
    return err;
}

/* --- 1 epochs ----------------------------------------------------------------------------------
 */

/* The last block of an epoch that has ended: epochs never decrease along the chain. */
static enum err boundary_height(const struct cut *cut, uint64_t epoch, uint64_t *out)
{
    uint64_t low = 0;
    uint64_t high = cut->anchor;
    while (low + 1 < high) {
        const uint64_t middle = low + (high - low) / 2;
        struct header header;
        const enum err err = chain_view_header(cut->view, middle, &header, NULL);
        if (err != OK) {
            return err;
        }
        if (header.epoch <= epoch) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *out = low;
    return OK;
}

static enum err add_epoch(const struct cut *cut, uint64_t epoch, Seam__ProofEpoch **out)
{
    uint64_t height = 0;
    struct bytes finalization;
    struct bytes validators;
    Seam__ProofEpoch *entry = arena_alloc(cut->arena, sizeof(*entry));
    if (entry == NULL) {
        return ERR_MEMORY;
    }
    seam__proof_epoch__init(entry);
    enum err err = boundary_height(cut, epoch, &height);
    if (err == OK) {
        err = header_bytes(cut, height, &entry->header);
    }
    if (err == OK) {
        err = chain_view_certs(cut->view, height, cut->arena, &finalization, NULL);
    }
    if (err == OK) {
        err = chain_view_epoch(cut->view, epoch + 1, cut->arena, &validators);
    }
    if (err == OK) {
        entry->finalization = binary(finalization);
        entry->validators = binary(validators);
        *out = entry;
    }
    return err;
}

static enum err cut_epochs(const struct cut *cut, Seam__Proof *proof, uint64_t anchor_epoch)
{
    assert(anchor_epoch >= 1);
    const uint64_t count = anchor_epoch - 1;
    if (count > LIMIT_PROOF_EPOCHS) {
        return ERR_TOO_LARGE;
    }
    Seam__ProofEpoch **entries = arena_alloc(cut->arena, (size_t)(count + 1) * sizeof(*entries));
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (uint64_t i = 0; i < count; i++) {
        const enum err err = add_epoch(cut, i + 1, &entries[i]);
        if (err != OK) {
            return err;
        }
    }
    proof->epochs = entries;
    proof->n_epochs = (size_t)count;
    return OK;
}

/* --- 2 anchor, 3 subject -----------------------------------------------------------------------
 */

enum err cut_anchor(struct cut *cut, Seam__Proof *proof)
{
    struct bytes finalization;
    struct header header;
    enum err err = chain_view_anchor(cut->view, query_height(cut->query), cut->arena, &cut->anchor,
                                     &finalization);
    if (err == OK) {
        err = header_bytes(cut, cut->anchor, &proof->anchor_header);
    }
    if (err == OK) {
        err = chain_view_header(cut->view, cut->anchor, &header, NULL);
    }
    if (err != OK) {
        return err;
    }
    proof->anchor_finalization = binary(finalization);
    return cut_epochs(cut, proof, header.epoch);
}

enum err cut_subject(const struct cut *cut, uint64_t height, ProtobufCBinaryData *header,
                     ProtobufCBinaryData **path, size_t *path_count)
{
    if (height == cut->anchor) {
        return OK;
    }
    struct merkle_path found;
    enum err err = header_bytes(cut, height, header);
    if (err == OK) {
        err = proof_build_history(cut->view, height, cut->anchor, &found);
    }
    return err == OK ? proof_path_pack(path, path_count, &found, cut->arena) : err;
}

/* --- 4 transaction -----------------------------------------------------------------------------
 */

static enum err tx_leaf(struct hash *leaf, const struct query_tx *tx)
{
    struct hasher hasher;
    struct hash signatures;
    struct hash detached;
    merkle_signatures_begin(&hasher);
    for (size_t i = 0; i < tx->message->n_signatures; i++) {
        const Seam__Signature *signature = tx->message->signatures[i];
        struct hash key_id;
        if (signature->key_id.len != HASH_SIZE || signature->sig.len != SIGNATURE_SIZE) {
            return ERR_CORRUPT;
        }
        memcpy(key_id.bytes, signature->key_id.data, HASH_SIZE);
        merkle_signatures_add(&hasher, &key_id, signature->sig.data);
    }
    hash_end(&hasher, &signatures);
    merkle_detached_hash(&detached,
                         bytes_of(tx->message->detached.data, tx->message->detached.len));
    merkle_tx_leaf(leaf, &tx->tx_id, &signatures, &detached);
    return OK;
}

/* Leaves of all transactions of a block, in arena. */
static enum err tx_leaves(struct hash **out, const struct query_block *block, struct arena *arena)
{
    struct hash *leaves = arena_alloc(arena, (size_t)(block->header.tx_count + 1) * HASH_SIZE);
    if (leaves == NULL) {
        return ERR_MEMORY;
    }
    /* Each transaction is opened as the first of the rest of the body: one pass, not one a leaf. */
    struct query_block rest = *block;
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct arena scratch;
        struct query_tx tx;
        arena_init(&scratch, SCRATCH_SIZE);
        enum err err = query_block_tx(&tx, &rest, 0, &scratch);
        if (err == OK) {
            err = tx_leaf(&leaves[i], &tx);
        }
        arena_free(&scratch);
        if (err != OK) {
            return err;
        }
        const size_t used = 4 + tx.raw.size;
        assert(used <= rest.body.size);
        rest.body = bytes_of(rest.body.data + used, rest.body.size - used);
    }
    *out = leaves;
    return OK;
}

enum err cut_open(struct cut_block *out, const struct cut *cut, uint64_t height,
                  struct arena *scratch)
{
    struct cut_block block;
    struct hash root;
    enum err err = query_block(&block.block, cut->query, height, scratch);
    if (err == OK) {
        err = tx_leaves(&block.leaves, &block.block, scratch);
    }
    if (err != OK) {
        return err;
    }
    merkle_root(&root, block.leaves, block.block.header.tx_count);
    if (!hash_equal(&root, &block.block.header.tx_root)) {
        return ERR_CORRUPT;
    }
    *out = block;
    return OK;
}

enum err cut_transaction(Seam__ProofTransaction **out, const struct cut *cut,
                         const struct cut_block *from, const struct query_tx *tx)
{
    struct hash detached;
    struct bytes digest;
    struct merkle_path path;
    Seam__ProofTransaction *message = arena_alloc(cut->arena, sizeof(*message));
    merkle_detached_hash(&detached,
                         bytes_of(tx->message->detached.data, tx->message->detached.len));
    if (message == NULL || !arena_copy(cut->arena, hash_bytes(&detached), &digest)) {
        return ERR_MEMORY;
    }
    seam__proof_transaction__init(message);
    merkle_path_of(&path, tx->index, from->leaves, from->block.header.tx_count);
    message->body = tx->message->body;
    message->signatures = tx->message->signatures;
    message->n_signatures = tx->message->n_signatures;
    message->detached_hash = binary(digest);
    message->index = tx->index;
    const enum err err = proof_path_pack(&message->path, &message->n_path, &path, cut->arena);
    if (err == OK) {
        *out = message;
    }
    return err;
}

/* --- 6 states, 7 keys --------------------------------------------------------------------------
 */

enum err cut_state(Seam__ProofState **out, const struct cut *cut, struct bytes key)
{
    struct state_proof proof;
    struct bytes value = bytes_of(NULL, 0);
    const enum err err = proof_build_state(cut->view, cut->anchor, key, cut->arena, &proof, &value);
    return err == OK ? proof_state_pack(out, key, value, &proof, cut->arena) : err;
}

enum err cut_key(Seam__ProofState **out, const struct cut *cut, const Seam__Signature *signature)
{
    struct hash key_id;
    if (signature->key_id.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    memcpy(key_id.bytes, signature->key_id.data, HASH_SIZE);
    struct state_key key = state_key_of(KEY_KEY);
    state_key_hash(&key, &key_id);
    return cut_state(out, cut, state_key_bytes(&key));
}
