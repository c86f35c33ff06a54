/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions are taken block by block, so that a block is read and hashed once however many of
 * its transactions go in; keys of signers are gathered on the way and proven at the end. */

#include "ledger/query/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/chain/proof_parts.h"
#include "ledger/codec/message.h"
#include "ledger/query/cut.h"
#include "ledger/store/chain_view.h"

#define BLOCK_BUDGET ((size_t)64 << 20)

struct build {
    struct cut cut;
    const struct bundle_request *request;
    Seam__Bundle *bundle;
    struct bytes *keys; /* state keys of signers, as met */
    size_t key_count;
};

static ProtobufCBinaryData binary(struct bytes in)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)in.data, .len = in.size};
}

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)(text != NULL ? text : "");
}

static enum err too_many(const struct build *build, const char *what, size_t limit)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", limit);
    return err_set(build->cut.detail, ERR_TOO_LARGE, what, "D9", text, "make several bundles");
}

/* --- transactions ----------------------------------------------------------------------------- */

static int place_order(const void *a, const void *b)
{
    const struct chain_tx_place *left = a;
    const struct chain_tx_place *right = b;
    if (left->height != right->height) {
        return left->height < right->height ? -1 : 1;
    }
    return (left->index > right->index) - (left->index < right->index);
}

/* Where the transactions stand, in the order of the ledger, each once. */
static enum err find_places(const struct build *build, struct chain_tx_place **out, size_t *count)
{
    const struct bundle_request *request = build->request;
    struct chain_tx_place *places =
        arena_alloc(build->cut.arena, (request->tx_count + 1) * sizeof *places);
    if (places == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < request->tx_count; i++) {
        enum err err = chain_view_tx(build->cut.view, &request->tx_ids[i], &places[i]);
        if (err == OK && places[i].height > query_height(build->cut.query)) {
            err = ERR_ABSENT;
        }
        if (err != OK) {
            return err_set(build->cut.detail, err, "transactions", NULL, NULL,
                           "no such transaction at this height");
        }
    }
    qsort(places, request->tx_count, sizeof *places, place_order);
    size_t kept = 0;
    for (size_t i = 0; i < request->tx_count; i++) {
        if (kept == 0 || place_order(&places[kept - 1], &places[i]) != 0) {
            places[kept++] = places[i];
        }
    }
    *out = places;
    *count = kept;
    return OK;
}

static enum err note_keys(struct build *build, const Seam__Transaction *tx)
{
    for (size_t i = 0; i < tx->n_signatures; i++) {
        struct hash key_id;
        struct state_key key = state_key_of(KEY_KEY);
        if (tx->signatures[i]->key_id.len != HASH_SIZE) {
            return ERR_CORRUPT;
        }
        memcpy(key_id.bytes, tx->signatures[i]->key_id.data, HASH_SIZE);
        state_key_hash(&key, &key_id);
        if (!arena_copy(build->cut.arena, state_key_bytes(&key), &build->keys[build->key_count])) {
            return ERR_MEMORY;
        }
        build->key_count++;
    }
    return OK;
}

static enum err add_tx(struct build *build, const struct cut_block *block, uint32_t index)
{
    Seam__Bundle *bundle = build->bundle;
    struct query_tx tx;
    Seam__BundleTransaction *entry = arena_alloc(build->cut.arena, sizeof *entry);
    if (entry == NULL) {
        return ERR_MEMORY;
    }
    seam__bundle_transaction__init(entry);
    enum err err = query_block_tx(&tx, &block->block, index, build->cut.arena);
    if (err == OK) {
        err = cut_transaction(&entry->transaction, &build->cut, block, &tx);
    }
    if (err == OK) {
        err = note_keys(build, tx.message);
    }
    if (err == OK) {
        entry->block = (uint32_t)bundle->n_blocks;
        bundle->transactions[bundle->n_transactions++] = entry;
    }
    return err;
}

/* All wanted transactions of one block; *used says how many of places they were. */
static enum err add_block(struct build *build, const struct chain_tx_place *places, size_t count,
                          size_t *used)
{
    Seam__Bundle *bundle = build->bundle;
    struct arena scratch;
    struct cut_block block;
    Seam__BundleBlock *entry = arena_alloc(build->cut.arena, sizeof *entry);
    if (entry == NULL) {
        return ERR_MEMORY;
    }
    seam__bundle_block__init(entry);
    arena_init(&scratch, BLOCK_BUDGET);
    enum err err = cut_open(&block, &build->cut, places[0].height, &scratch);
    size_t i = 0;
    while (err == OK && i < count && places[i].height == places[0].height) {
        err = add_tx(build, &block, places[i].index);
        i++;
    }
    arena_free(&scratch);
    if (err == OK) {
        err = cut_subject(&build->cut, places[0].height, &entry->header, &entry->path,
                          &entry->n_path);
    }
    if (err == OK) {
        bundle->blocks[bundle->n_blocks++] = entry;
        *used = i;
    }
    return err;
}

static enum err add_txs(struct build *build)
{
    struct arena *arena = build->cut.arena;
    Seam__Bundle *bundle = build->bundle;
    struct chain_tx_place *places = NULL;
    size_t count = 0;
    enum err err = find_places(build, &places, &count);
    if (err != OK) {
        return err;
    }
    bundle->transactions = arena_alloc(arena, (count + 1) * sizeof *bundle->transactions);
    bundle->blocks = arena_alloc(arena, (count + 1) * sizeof *bundle->blocks);
    build->keys = arena_alloc(arena, (count + 1) * LIMIT_TX_SIGNATURES * sizeof *build->keys);
    if (bundle->transactions == NULL || bundle->blocks == NULL || build->keys == NULL) {
        return ERR_MEMORY;
    }
    size_t used = 0;
    for (size_t i = 0; err == OK && i < count; i += used) {
        err = add_block(build, &places[i], count - i, &used);
    }
    return err;
}

/* --- records ---------------------------------------------------------------------------------- */

static int key_order(const void *a, const void *b)
{
    const struct bytes *left = a;
    const struct bytes *right = b;
    return bytes_compare(*left, *right);
}

/* Proofs of these keys, ascending, each once. */
static enum err add_states(const struct build *build, const struct bytes *keys, size_t count,
                           Seam__ProofState ***out, size_t *out_count)
{
    struct arena *arena = build->cut.arena;
    struct bytes *sorted = arena_alloc(arena, (count + 1) * sizeof *sorted);
    Seam__ProofState **entries = arena_alloc(arena, (count + 1) * sizeof *entries);
    if (sorted == NULL || entries == NULL) {
        return ERR_MEMORY;
    }
    if (count > 0) {
        memcpy(sorted, keys, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, key_order);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && bytes_equal(sorted[i - 1], sorted[i])) {
            continue;
        }
        const enum err err = cut_state(&entries[kept], &build->cut, sorted[i]);
        if (err != OK) {
            return err_set(build->cut.detail, err, "records", NULL, NULL, NULL);
        }
        kept++;
    }
    *out = entries;
    *out_count = kept;
    return OK;
}

/* --- documents -------------------------------------------------------------------------------- */

static int document_order(const void *a, const void *b)
{
    const struct bundle_document *left = a;
    const struct bundle_document *right = b;
    const int order = memcmp(left->sha256.bytes, right->sha256.bytes, HASH_SIZE);
    return order != 0 ? order : strcmp(left->name, right->name);
}

static enum err check_document(const struct build *build, const struct bundle_document *document)
{
    struct hasher hasher;
    struct hash hash;
    if (!bundle_name_valid(document->name)) {
        return err_set(build->cut.detail, ERR_PARAM, "documents", NULL, "a file's name", NULL);
    }
    hash_begin_raw(&hasher);
    hash_add(&hasher, document->content);
    hash_end(&hasher, &hash);
    if (document->content.size > 0 && !hash_equal(&hash, &document->sha256)) {
        return err_set(build->cut.detail, ERR_PARAM, "documents", NULL, NULL,
                       "the content is not what the hash names");
    }
    return OK;
}

static enum err add_documents(struct build *build)
{
    struct arena *arena = build->cut.arena;
    const size_t count = build->request->document_count;
    struct bundle_document *sorted = arena_alloc(arena, (count + 1) * sizeof *sorted);
    Seam__BundleDocument *messages = arena_alloc(arena, (count + 1) * sizeof *messages);
    build->bundle->documents = arena_alloc(arena, (count + 1) * sizeof *build->bundle->documents);
    if (sorted == NULL || messages == NULL || build->bundle->documents == NULL) {
        return ERR_MEMORY;
    }
    if (count > 0) {
        memcpy(sorted, build->request->documents, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, document_order);
    }
    for (size_t i = 0; i < count; i++) {
        const enum err err = check_document(build, &sorted[i]);
        if (err != OK) {
            return err;
        }
        if (i > 0 && document_order(&sorted[i - 1], &sorted[i]) == 0) {
            continue;
        }
        seam__bundle_document__init(&messages[i]);
        messages[i].sha256 = binary(hash_bytes(&sorted[i].sha256));
        messages[i].name = borrow(sorted[i].name);
        messages[i].content = binary(sorted[i].content);
        build->bundle->documents[build->bundle->n_documents++] = &messages[i];
    }
    return OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum err check_request(const struct build *build)
{
    const struct bundle_request *request = build->request;
    if (request->tx_count > LIMIT_BUNDLE_TX) {
        return too_many(build, "transactions", LIMIT_BUNDLE_TX);
    }
    if (request->state_count > LIMIT_BUNDLE_STATES) {
        return too_many(build, "records", LIMIT_BUNDLE_STATES);
    }
    if (request->document_count > LIMIT_BUNDLE_DOCUMENTS) {
        return too_many(build, "documents", LIMIT_BUNDLE_DOCUMENTS);
    }
    return build->cut.view == NULL ? ERR_ABSENT : OK;
}

static enum err build_anchor(struct build *build)
{
    Seam__Proof proof = SEAM__PROOF__INIT;
    const enum err err = cut_anchor(&build->cut, &proof);
    if (err == OK) {
        build->bundle->epochs = proof.epochs;
        build->bundle->n_epochs = proof.n_epochs;
        build->bundle->anchor_header = proof.anchor_header;
        build->bundle->anchor_finalization = proof.anchor_finalization;
    }
    return err;
}

static enum err build_all(struct build *build)
{
    Seam__Bundle *bundle = build->bundle;
    enum err err = check_request(build);
    if (err == OK) {
        err = build_anchor(build);
    }
    if (err == OK) {
        err = add_txs(build);
    }
    if (err == OK) {
        err = add_states(build, build->keys, build->key_count, &bundle->keys, &bundle->n_keys);
    }
    if (err == OK) {
        err = add_states(build, build->request->states, build->request->state_count,
                         &bundle->states, &bundle->n_states);
    }
    return err == OK ? add_documents(build) : err;
}

enum err bundle_build(struct bytes *bundle, struct query *query,
                      const struct bundle_request *request, struct arena *arena,
                      struct err_detail *detail)
{
    Seam__Bundle message = SEAM__BUNDLE__INIT;
    Seam__BundleManifest manifest = SEAM__BUNDLE_MANIFEST__INIT;
    struct build build = {
        .cut = {.view = query_view(query), .query = query, .arena = arena, .detail = detail},
        .request = request,
        .bundle = &message};
    manifest.kind = borrow(request->kind);
    manifest.subject = borrow(request->subject);
    manifest.title = borrow(request->title);
    message.manifest = &manifest;
    enum err err = build_all(&build);
    struct bytes packed;
    if (err == OK) {
        err = message_pack(&packed, &message.base, arena);
    }
    if (err != OK) {
        return detail != NULL && detail->err == err
                   ? err
                   : err_set(detail, err, "bundle", "D9", NULL, NULL);
    }
    if (packed.size > LIMIT_BUNDLE) {
        return too_many(&build, "bytes", LIMIT_BUNDLE);
    }
    *bundle = packed;
    return OK;
}
