/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of proof_verify in the same order, each from the part of the database that knows it.
 * All paths are made from the leaves again; nothing is stored for the sake of proofs. */
#include "ledger/query/certificate.h"

#include <assert.h>
#include <string.h>

#include "ledger/chain/merkle.h"
#include "ledger/chain/proof_parts.h"
#include "ledger/chain/valset.h"
#include "ledger/codec/message.h"
#include "ledger/store/proof_build.h"

#define SCRATCH_SIZE (8 * 1024 * 1024)

struct cut {
    struct query *query;
    struct chain_view *view;
    struct arena *arena;
    struct err_detail *detail;
    Seam__Proof *proof;
    uint64_t anchor; /* height */
};

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

static enum err cut_epochs(struct cut *cut, uint64_t anchor_epoch)
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
    cut->proof->epochs = entries;
    cut->proof->n_epochs = (size_t)count;
    return OK;
}

/* --- 2 anchor, 3 subject -----------------------------------------------------------------------
 */

static enum err cut_anchor(struct cut *cut)
{
    struct bytes finalization;
    struct header header;
    enum err err = chain_view_anchor(cut->view, query_height(cut->query), cut->arena, &cut->anchor,
                                     &finalization);
    if (err == OK) {
        err = header_bytes(cut, cut->anchor, &cut->proof->anchor_header);
    }
    if (err == OK) {
        err = chain_view_header(cut->view, cut->anchor, &header, NULL);
    }
    if (err != OK) {
        return err;
    }
    cut->proof->anchor_finalization = binary(finalization);
    return cut_epochs(cut, header.epoch);
}

static enum err cut_subject(struct cut *cut, uint64_t height)
{
    if (height == cut->anchor) {
        return OK; /* empty: the anchor itself */
    }
    struct merkle_path path;
    enum err err = header_bytes(cut, height, &cut->proof->subject_header);
    if (err == OK) {
        err = proof_build_history(cut->view, height, cut->anchor, &path);
    }
    if (err == OK) {
        err = proof_path_pack(&cut->proof->subject_path, &cut->proof->n_subject_path, &path,
                              cut->arena);
    }
    return err;
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

static enum err cut_transaction(struct cut *cut, const struct query_tx *tx)
{
    struct query_block block;
    struct hash *leaves = NULL;
    struct hash root;
    struct hash detached;
    struct merkle_path path;
    Seam__ProofTransaction *message = arena_alloc(cut->arena, sizeof(*message));
    if (message == NULL) {
        return ERR_MEMORY;
    }
    enum err err = query_block(&block, cut->query, tx->height, cut->arena);
    if (err == OK) {
        err = tx_leaves(&leaves, &block, cut->arena);
    }
    if (err != OK) {
        return err;
    }
    merkle_root(&root, leaves, block.header.tx_count);
    if (!hash_equal(&root, &block.header.tx_root)) {
        return ERR_CORRUPT;
    }
    merkle_path_of(&path, tx->index, leaves, block.header.tx_count);
    seam__proof_transaction__init(message);
    merkle_detached_hash(&detached,
                         bytes_of(tx->message->detached.data, tx->message->detached.len));
    struct bytes digest;
    if (!arena_copy(cut->arena, hash_bytes(&detached), &digest)) {
        return ERR_MEMORY;
    }
    message->body = tx->message->body;
    message->signatures = tx->message->signatures;
    message->n_signatures = tx->message->n_signatures;
    message->detached_hash = binary(digest);
    message->index = tx->index;
    cut->proof->transaction = message;
    return proof_path_pack(&message->path, &message->n_path, &path, cut->arena);
}

/* --- 5 lines -----------------------------------------------------------------------------------
 */

static enum err add_line(const struct cut *cut, const Seam__AccountLines *lines, uint32_t index,
                         const struct hash *leaves, Seam__ProofLine **out)
{
    Seam__ProofLine *message = arena_alloc(cut->arena, sizeof(*message));
    struct merkle_path path;
    if (message == NULL) {
        return ERR_MEMORY;
    }
    seam__proof_line__init(message);
    message->index = index;
    message->salt = lines->lines[index]->salt;
    message->line = lines->lines[index]->line;
    merkle_path_of(&path, index, leaves, lines->n_lines);
    *out = message;
    return proof_path_pack(&message->path, &message->n_path, &path, cut->arena);
}

static enum err line_leaves(struct hash **out, const Seam__AccountLines *lines, struct arena *arena)
{
    struct hash *leaves = arena_alloc(arena, (lines->n_lines + 1) * HASH_SIZE);
    if (leaves == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < lines->n_lines; i++) {
        const Seam__AccountLine *line = lines->lines[i];
        if (line->salt.len != MERKLE_SALT_SIZE) {
            return ERR_CORRUPT;
        }
        merkle_line_leaf(&leaves[i], line->salt.data, bytes_of(line->line.data, line->line.len));
    }
    *out = leaves;
    return OK;
}

static enum err cut_lines(struct cut *cut, const struct query_tx *tx,
                          const struct certificate_request *request)
{
    if (!request->all_lines && request->line_count == 0) {
        return OK;
    }
    ProtobufCMessage *decoded = NULL;
    enum err err = message_unpack(&decoded, &seam__account_lines__descriptor,
                                  bytes_of(tx->message->detached.data, tx->message->detached.len),
                                  LIMIT_TX_DETACHED, cut->arena, cut->detail);
    if (err != OK) {
        /* A transaction of another type has no lines to show. */
        return err == ERR_MEMORY ? err : ERR_RANGE;
    }
    const Seam__AccountLines *lines = (const Seam__AccountLines *)decoded;
    const size_t count = request->all_lines ? lines->n_lines : request->line_count;
    struct hash *leaves = NULL;
    Seam__ProofLine **entries = arena_alloc(cut->arena, (count + 1) * sizeof(*entries));
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    err = line_leaves(&leaves, lines, cut->arena);
    for (size_t i = 0; err == OK && i < count; i++) {
        const uint32_t index = request->all_lines ? (uint32_t)i : request->lines[i];
        err = index < lines->n_lines ? add_line(cut, lines, index, leaves, &entries[i])
                                     : err_set(cut->detail, ERR_RANGE, "lines", NULL, NULL,
                                               "the account has fewer lines");
    }
    if (err == OK) {
        cut->proof->lines = entries;
        cut->proof->n_lines = count;
    }
    return err;
}

/* --- 6 states, 7 keys --------------------------------------------------------------------------
 */

static enum err add_state(const struct cut *cut, struct bytes key, Seam__ProofState **out)
{
    struct state_proof proof;
    struct bytes value = bytes_of(NULL, 0);
    const enum err err = proof_build_state(cut->view, cut->anchor, key, cut->arena, &proof, &value);
    return err == OK ? proof_state_pack(out, key, value, &proof, cut->arena) : err;
}

static enum err cut_states(struct cut *cut, const struct certificate_request *request)
{
    Seam__ProofState **entries =
        arena_alloc(cut->arena, (request->state_count + 1) * sizeof(*entries));
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < request->state_count; i++) {
        const enum err err = add_state(cut, request->states[i], &entries[i]);
        if (err != OK) {
            return err;
        }
    }
    cut->proof->states = entries;
    cut->proof->n_states = request->state_count;
    return OK;
}

static enum err cut_keys(struct cut *cut, const struct query_tx *tx)
{
    const size_t count = tx->message->n_signatures;
    Seam__ProofState **entries = arena_alloc(cut->arena, (count + 1) * sizeof(*entries));
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct hash key_id;
        memcpy(key_id.bytes, tx->message->signatures[i]->key_id.data, HASH_SIZE);
        struct state_key key = state_key_of(KEY_KEY);
        state_key_hash(&key, &key_id);
        const enum err err = add_state(cut, state_key_bytes(&key), &entries[i]);
        if (err != OK) {
            return err;
        }
    }
    cut->proof->keys = entries;
    cut->proof->n_keys = count;
    return OK;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static enum err cut_all(struct cut *cut, const struct certificate_request *request)
{
    struct query_tx tx;
    enum err err = query_tx(&tx, cut->query, &request->tx_id, cut->arena);
    if (err == OK) {
        err = cut_anchor(cut);
    }
    if (err == OK) {
        err = cut_subject(cut, tx.height);
    }
    if (err == OK) {
        err = cut_transaction(cut, &tx);
    }
    if (err == OK) {
        err = cut_lines(cut, &tx, request);
    }
    if (err == OK) {
        err = cut_states(cut, request);
    }
    if (err == OK) {
        err = cut_keys(cut, &tx);
    }
    return err;
}

enum err certificate_build(struct bytes *proof, struct query *query,
                           const struct certificate_request *request, struct arena *arena,
                           struct err_detail *detail)
{
    Seam__Proof message;
    seam__proof__init(&message);
    struct cut cut = {.query = query,
                      .view = query_view(query),
                      .arena = arena,
                      .detail = detail,
                      .proof = &message};
    enum err err = cut.view == NULL ? ERR_ABSENT : cut_all(&cut, request);
    struct bytes packed;
    if (err == OK) {
        err = message_pack(&packed, &message.base, arena);
    }
    if (err != OK) {
        return err_set(detail, err, "certificate", "D9", NULL, NULL);
    }
    if (packed.size > LIMIT_CERTIFICATE) {
        return err_set(detail, ERR_TOO_LARGE, "certificate", "D24", NULL,
                       "show fewer lines of the account");
    }
    *proof = packed;
    return OK;
}

enum err certificate_account(struct bytes *proof, struct query *query, const char *facility,
                             const char *period, uint32_t version, bool all_lines,
                             struct arena *arena, struct err_detail *detail)
{
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *record = NULL;
    struct state_key key;
    enum err err = query_account(&head, query, facility, period, arena);
    if (err == OK) {
        err = query_account_version(&record, query, facility, period,
                                    version == 0 ? head->version : version, arena);
    }
    if (err == OK &&
        (record->tx_id.len != HASH_SIZE || !view_account_key(&key, facility, period))) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        return err_set(detail, err, "account", NULL, NULL, "no such account");
    }
    struct state_key version_key;
    struct bytes states[2] = {state_key_bytes(&key)};
    if (!view_account_version_key(&version_key, facility, period,
                                  version == 0 ? head->version : version)) {
        return err_set(detail, ERR_CORRUPT, "account", NULL, NULL, NULL);
    }
    states[1] = state_key_bytes(&version_key);
    struct certificate_request request = {
        .all_lines = all_lines, .states = states, .state_count = 2};
    memcpy(request.tx_id.bytes, record->tx_id.data, HASH_SIZE);
    return certificate_build(proof, query, &request, arena, detail);
}
