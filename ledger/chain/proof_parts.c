/* SPDX-License-Identifier: Apache-2.0 */
/* Each proof has one form as a message, so that a certificate has one form as a file. */

#include "ledger/chain/proof_parts.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/limits.h"

static enum err hash_pack(ProtobufCBinaryData *out, const struct hash *hash, struct arena *arena)
{
    uint8_t *copy = arena_alloc(arena, HASH_SIZE);
    if (copy == NULL) {
        return ERR_MEMORY;
    }
    memcpy(copy, hash->bytes, HASH_SIZE);
    out->data = copy;
    out->len = HASH_SIZE;
    return OK;
}

/* Packs hashes; zero ones become empty where that is their meaning. */
static enum err hashes_pack(ProtobufCBinaryData **out, const struct hash *hashes, size_t count,
                            bool zero_is_empty, struct arena *arena)
{
    ProtobufCBinaryData *entries = arena_alloc(arena, count * sizeof *entries);
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (zero_is_empty && hash_is_zero(&hashes[i])) {
            continue;
        }
        const enum err err = hash_pack(&entries[i], &hashes[i], arena);
        if (err != OK) {
            return err;
        }
    }
    *out = entries;
    return OK;
}

enum err proof_path_pack(ProtobufCBinaryData **out, size_t *count, const struct merkle_path *path,
                         struct arena *arena)
{
    const enum err err = hashes_pack(out, path->siblings, path->count, false, arena);
    if (err == OK) {
        *count = path->count;
    }
    return err;
}

enum err proof_path_unpack(struct merkle_path *path, const ProtobufCBinaryData *entries,
                           size_t count)
{
    if (count > MERKLE_PATH_MAX) {
        return ERR_LENGTH;
    }
    struct merkle_path out = {.count = (uint8_t)count};
    for (size_t i = 0; i < count; i++) {
        if (entries[i].len != HASH_SIZE) {
            return ERR_LENGTH;
        }
        memcpy(out.siblings[i].bytes, entries[i].data, HASH_SIZE);
    }
    *path = out;
    return OK;
}

static enum err bytes_pack(ProtobufCBinaryData *out, struct bytes in, struct arena *arena)
{
    struct bytes copy;
    if (!arena_copy(arena, in, &copy)) {
        return ERR_MEMORY;
    }
    out->data = (uint8_t *)(uintptr_t)copy.data;
    out->len = copy.size;
    return OK;
}

enum err proof_state_pack(Seam__ProofState **out, struct bytes key, struct bytes value,
                          const struct state_proof *proof, struct arena *arena)
{
    assert(proof->depth <= STATE_PATH_BITS);
    Seam__ProofState *message = arena_alloc(arena, sizeof *message);
    if (message == NULL) {
        return ERR_MEMORY;
    }
    seam__proof_state__init(message);
    message->absent = proof->terminal != STATE_TERMINAL_LEAF;
    message->n_siblings = proof->depth;
    enum err err = bytes_pack(&message->key, key, arena);
    if (err == OK && !message->absent) {
        err = bytes_pack(&message->value, value, arena);
    }
    if (err == OK) {
        err = hashes_pack(&message->siblings, proof->siblings, proof->depth, true, arena);
    }
    if (err == OK && proof->terminal == STATE_TERMINAL_OTHER) {
        err = hash_pack(&message->other_path, &proof->other_path, arena);
    }
    if (err == OK && proof->terminal == STATE_TERMINAL_OTHER) {
        err = hash_pack(&message->other_value_hash, &proof->other_value_hash, arena);
    }
    if (err == OK) {
        *out = message;
    }
    return err;
}

static enum err siblings_unpack(struct state_proof *out, const Seam__ProofState *message)
{
    if (message->n_siblings > STATE_PATH_BITS) {
        return ERR_LENGTH;
    }
    out->depth = (uint16_t)message->n_siblings;
    for (size_t i = 0; i < message->n_siblings; i++) {
        const ProtobufCBinaryData *sibling = &message->siblings[i];
        if (sibling->len == 0) {
            continue;
        }
        if (sibling->len != HASH_SIZE) {
            return ERR_LENGTH;
        }
        memcpy(out->siblings[i].bytes, sibling->data, HASH_SIZE);
        if (hash_is_zero(&out->siblings[i])) {
            return ERR_NOT_CANONICAL;
        }
    }
    return OK;
}

enum err proof_state_unpack(struct state_proof *proof, const Seam__ProofState *message)
{
    if (message->key.len == 0 || message->key.len > LIMIT_STATE_KEY ||
        message->value.len > LIMIT_STATE_VALUE) {
        return ERR_LENGTH;
    }
    struct state_proof out = {.terminal = STATE_TERMINAL_LEAF};
    const enum err err = siblings_unpack(&out, message);
    if (err != OK) {
        return err;
    }
    const size_t other = message->other_path.len;
    if (other != message->other_value_hash.len || (other != 0 && other != HASH_SIZE)) {
        return ERR_LENGTH;
    }
    if (message->absent ? message->value.len != 0 : other != 0) {
        return ERR_NOT_CANONICAL;
    }
    if (message->absent) {
        out.terminal = other == 0 ? STATE_TERMINAL_EMPTY : STATE_TERMINAL_OTHER;
    }
    if (other != 0) {
        memcpy(out.other_path.bytes, message->other_path.data, HASH_SIZE);
        memcpy(out.other_value_hash.bytes, message->other_value_hash.data, HASH_SIZE);
    }
    *proof = out;
    return OK;
}
