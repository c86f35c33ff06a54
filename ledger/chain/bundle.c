/* SPDX-License-Identifier: Apache-2.0 */
/* Each transaction is checked by the steps of a certificate, as a Proof whose anchor is already
 * established and whose parts are borrowed from the bundle. Nothing stays in an accepted bundle
 * that no step has looked at: unused blocks and keys are refused. */

#include "ledger/chain/bundle.h"

#include <assert.h>
#include <string.h>

#include "ledger/chain/proof_steps.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/keys.h"

#define KEY_SIZE (1 + HASH_SIZE) /* of a KeyRecord */

struct bundle_row {
    const char *name;
    const char *sentence;
};

#define BUNDLE_TABLE_ROW(id, name, sentence) [id] = {name, sentence},
static const struct bundle_row rows[BUNDLE_FAILURE_COUNT] = {BUNDLE_ROWS(BUNDLE_TABLE_ROW)};
#undef BUNDLE_TABLE_ROW

struct check {
    struct bundle_result *result;
    const Seam__Bundle *bundle;
    struct arena *arena;
    struct proof_result anchor; /* what steps 1 and 2 established */
    struct header *headers; /* of blocks */
    bool *used_blocks;
    bool *used_keys;
};

const char *bundle_failure_name(const struct bundle_result *result)
{
    assert(result->failure < BUNDLE_FAILURE_COUNT);
    return result->failure == BUNDLE_PROOF ? proof_failure_name(result->proof)
                                           : rows[result->failure].name;
}

const char *bundle_failure_sentence(const struct bundle_result *result)
{
    assert(result->failure < BUNDLE_FAILURE_COUNT);
    return result->failure == BUNDLE_PROOF ? proof_failure_sentence(result->proof)
                                           : rows[result->failure].sentence;
}

static enum bundle_failure of_proof(struct check *check, enum proof_failure failure)
{
    if (failure == PROOF_OK) {
        return BUNDLE_OK;
    }
    check->result->proof = failure;
    return failure == PROOF_MEMORY ? BUNDLE_MEMORY : BUNDLE_PROOF;
}

static enum bundle_failure at(struct check *check, size_t index, enum bundle_failure failure)
{
    check->result->index = (uint32_t)index;
    return failure;
}

/* --- form ------------------------------------------------------------------------------------- */

static enum bundle_failure check_manifest(struct check *check)
{
    static const char *const kinds[] = {"LOT", "CASE", "STATEMENT"};
    const Seam__BundleManifest *manifest = check->bundle->manifest;
    if (manifest == NULL || manifest->subject[0] == '\0' ||
        strlen(manifest->subject) > LIMIT_NAME_TEXT || strlen(manifest->title) > LIMIT_NAME_TEXT) {
        return BUNDLE_MANIFEST;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(manifest->kind, kinds[i]) == 0) {
            return BUNDLE_OK;
        }
    }
    return BUNDLE_MANIFEST;
}

static enum bundle_failure check_sizes(struct check *check)
{
    const Seam__Bundle *bundle = check->bundle;
    if (bundle->n_epochs > LIMIT_PROOF_EPOCHS || bundle->n_transactions > LIMIT_BUNDLE_TX ||
        bundle->n_blocks > bundle->n_transactions ||
        bundle->n_keys > LIMIT_BUNDLE_TX * LIMIT_TX_SIGNATURES ||
        bundle->n_states > LIMIT_BUNDLE_STATES || bundle->n_documents > LIMIT_BUNDLE_DOCUMENTS) {
        return BUNDLE_SIZE;
    }
    check->headers = arena_alloc(check->arena, (bundle->n_blocks + 1) * sizeof *check->headers);
    check->used_blocks = arena_alloc(check->arena, bundle->n_blocks + 1);
    check->used_keys = arena_alloc(check->arena, bundle->n_keys + 1);
    check->result->txs =
        arena_alloc(check->arena, (bundle->n_transactions + 1) * sizeof *check->result->txs);
    return check->headers == NULL || check->used_blocks == NULL || check->used_keys == NULL ||
                   check->result->txs == NULL
               ? BUNDLE_MEMORY
               : BUNDLE_OK;
}

/* --- anchor and blocks ------------------------------------------------------------------------ */

static enum bundle_failure check_anchor(struct check *check, struct bytes genesis)
{
    Seam__Proof proof = SEAM__PROOF__INIT;
    proof.epochs = check->bundle->epochs;
    proof.n_epochs = check->bundle->n_epochs;
    proof.anchor_header = check->bundle->anchor_header;
    proof.anchor_finalization = check->bundle->anchor_finalization;
    struct proof_check steps = {.result = &check->anchor, .proof = &proof, .arena = check->arena};
    enum proof_failure failure = proof_check_genesis(&steps, genesis);
    check->result->chain_id = check->anchor.chain_id;
    check->result->genesis = check->anchor.genesis;
    if (failure == PROOF_OK) {
        failure = proof_check_anchor(&steps);
    }
    check->result->index = check->anchor.index;
    check->result->epochs = check->anchor.epochs;
    check->result->anchor = check->anchor.anchor;
    check->result->anchor_id = check->anchor.anchor_id;
    check->result->anchor_signers = check->anchor.anchor_signers;
    check->result->anchor_validators = check->anchor.anchor_validators;
    return of_proof(check, failure);
}

/* Heights ascend; what a header says else is checked with its transactions. */
static enum bundle_failure check_blocks(struct check *check)
{
    const Seam__Bundle *bundle = check->bundle;
    for (size_t i = 0; i < bundle->n_blocks; i++) {
        const struct bytes header = proof_data(&bundle->blocks[i]->header);
        if (header.size == 0) {
            check->headers[i] = check->anchor.anchor;
        } else if (header_decode(&check->headers[i], header) != OK) {
            return at(check, i, of_proof(check, PROOF_SUBJECT_HEADER));
        }
        if (i > 0 && check->headers[i - 1].height >= check->headers[i].height) {
            return at(check, i, BUNDLE_BLOCK_ORDER);
        }
    }
    return BUNDLE_OK;
}

/* --- transactions ----------------------------------------------------------------------------- */

static enum bundle_failure check_key_order(struct check *check)
{
    const Seam__Bundle *bundle = check->bundle;
    for (size_t i = 0; i < bundle->n_keys; i++) {
        const struct bytes key = proof_data(&bundle->keys[i]->key);
        if (key.size != KEY_SIZE || key.data[0] != KEY_KEY ||
            (i > 0 && bytes_compare(proof_data(&bundle->keys[i - 1]->key), key) >= 0)) {
            return at(check, i, BUNDLE_KEY_ORDER);
        }
    }
    return BUNDLE_OK;
}

/* Where key stands in an ordered list of records; count where it does not. */
static size_t find(Seam__ProofState *const *list, size_t count, struct bytes key)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (bytes_compare(proof_data(&list[middle]->key), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && bytes_equal(proof_data(&list[low]->key), key) ? low : count;
}

/* The key records of one transaction, in the order of its signatures. */
static size_t gather_keys(struct check *check, const Seam__ProofTransaction *tx,
                          Seam__ProofState **out)
{
    const Seam__Bundle *bundle = check->bundle;
    size_t count = 0;
    for (size_t i = 0; i < tx->n_signatures && i < LIMIT_TX_SIGNATURES; i++) {
        uint8_t key[KEY_SIZE] = {KEY_KEY};
        if (tx->signatures[i]->key_id.len != HASH_SIZE) {
            break;
        }
        memcpy(key + 1, tx->signatures[i]->key_id.data, HASH_SIZE);
        const size_t place = find(bundle->keys, bundle->n_keys, bytes_of(key, sizeof key));
        if (place == bundle->n_keys) {
            break;
        }
        check->used_keys[place] = true;
        out[count++] = bundle->keys[place];
    }
    return count;
}

static enum bundle_failure check_order(struct check *check, size_t i)
{
    const Seam__Bundle *bundle = check->bundle;
    const Seam__BundleTransaction *entry = bundle->transactions[i];
    if (entry->transaction == NULL) {
        return BUNDLE_FORM;
    }
    if (entry->block >= bundle->n_blocks) {
        return BUNDLE_TX_BLOCK;
    }
    check->used_blocks[entry->block] = true;
    const Seam__BundleTransaction *before = i > 0 ? bundle->transactions[i - 1] : NULL;
    const bool later =
        before == NULL || before->block < entry->block ||
        (before->block == entry->block && before->transaction->index < entry->transaction->index);
    return later ? BUNDLE_OK : BUNDLE_TX_ORDER;
}

static enum bundle_failure check_tx(struct check *check, size_t i)
{
    const Seam__Bundle *bundle = check->bundle;
    enum bundle_failure failure = check_order(check, i);
    if (failure != BUNDLE_OK) {
        return failure;
    }
    const Seam__BundleTransaction *entry = bundle->transactions[i];
    const Seam__BundleBlock *block = bundle->blocks[entry->block];
    Seam__ProofState *keys[LIMIT_TX_SIGNATURES];
    Seam__Proof proof = SEAM__PROOF__INIT;
    proof.subject_header = block->header;
    proof.subject_path = block->path;
    proof.n_subject_path = block->n_path;
    proof.transaction = entry->transaction;
    proof.keys = keys;
    proof.n_keys = gather_keys(check, entry->transaction, keys);
    struct proof_result result = check->anchor;
    struct proof_check steps = {.result = &result, .proof = &proof, .arena = check->arena};
    failure = of_proof(check, proof_check_subject(&steps));
    if (failure != BUNDLE_OK) {
        return failure;
    }
    struct bundle_tx *tx = &check->result->txs[check->result->tx_count++];
    *tx = (struct bundle_tx){.block = &check->headers[entry->block],
                             .tx_id = result.tx_id,
                             .body = result.body,
                             .account = result.account,
                             .account_hash = result.account_hash,
                             .signer_count = result.signer_count};
    memcpy(tx->signers, result.signers, sizeof tx->signers);
    return BUNDLE_OK;
}

static enum bundle_failure check_txs(struct check *check)
{
    const Seam__Bundle *bundle = check->bundle;
    enum bundle_failure failure = check_key_order(check);
    for (size_t i = 0; failure == BUNDLE_OK && i < bundle->n_transactions; i++) {
        failure = at(check, i, check_tx(check, i));
    }
    for (size_t i = 0; failure == BUNDLE_OK && i < bundle->n_blocks; i++) {
        failure = check->used_blocks[i] ? BUNDLE_OK : at(check, i, BUNDLE_BLOCK_UNUSED);
    }
    for (size_t i = 0; failure == BUNDLE_OK && i < bundle->n_keys; i++) {
        failure = check->used_keys[i] ? BUNDLE_OK : at(check, i, BUNDLE_KEY_UNUSED);
    }
    return failure;
}

/* --- records and documents -------------------------------------------------------------------- */

static enum bundle_failure check_states(struct check *check)
{
    const Seam__Bundle *bundle = check->bundle;
    const struct proof_check steps = {.result = &check->anchor, .arena = check->arena};
    for (size_t i = 0; i < bundle->n_states; i++) {
        const Seam__ProofState *state = bundle->states[i];
        if (i > 0 &&
            bytes_compare(proof_data(&bundle->states[i - 1]->key), proof_data(&state->key)) >= 0) {
            return at(check, i, BUNDLE_STATE_ORDER);
        }
        const enum proof_failure failure =
            proof_check_state(&steps, state, PROOF_STATE_FORM, PROOF_STATE_PATH);
        if (failure != PROOF_OK) {
            return at(check, i, of_proof(check, failure));
        }
    }
    return BUNDLE_OK;
}

bool bundle_name_valid(const char *name)
{
    const size_t size = strlen(name);
    if (size == 0 || size > LIMIT_NAME_TEXT || name[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        const unsigned char at_i = (unsigned char)name[i];
        if (at_i < 0x20 || at_i == 0x7f || strchr("/\\:*?\"<>|", name[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static enum bundle_failure check_document(struct check *check, size_t i)
{
    const Seam__BundleDocument *document = check->bundle->documents[i];
    const struct bytes named = proof_data(&document->sha256);
    const struct bytes content = proof_data(&document->content);
    if (named.size != HASH_SIZE) {
        return BUNDLE_FORM;
    }
    if (!bundle_name_valid(document->name)) {
        return BUNDLE_DOCUMENT_NAME;
    }
    if (i > 0) {
        const Seam__BundleDocument *before = check->bundle->documents[i - 1];
        const int order = bytes_compare(proof_data(&before->sha256), named);
        if (order > 0 || (order == 0 && strcmp(before->name, document->name) >= 0)) {
            return BUNDLE_DOCUMENT_ORDER;
        }
    }
    if (content.size == 0) {
        return BUNDLE_OK;
    }
    struct hasher hasher;
    struct hash hash;
    hash_begin_raw(&hasher);
    hash_add(&hasher, content);
    hash_end(&hasher, &hash);
    return bytes_equal(hash_bytes(&hash), named) ? BUNDLE_OK : BUNDLE_DOCUMENT_HASH;
}

static enum bundle_failure check_documents(struct check *check)
{
    enum bundle_failure failure = BUNDLE_OK;
    for (size_t i = 0; failure == BUNDLE_OK && i < check->bundle->n_documents; i++) {
        failure = at(check, i, check_document(check, i));
    }
    return failure;
}

enum bundle_failure bundle_verify(struct bundle_result *result, struct bytes genesis,
                                  struct bytes bundle, struct arena *arena)
{
    static enum bundle_failure (*const form[])(struct check *) = {check_manifest, check_sizes};
    static enum bundle_failure (*const steps[])(struct check *) = {check_blocks, check_txs,
                                                                   check_states, check_documents};
    *result = (struct bundle_result){.failure = BUNDLE_OK};
    struct check check = {.result = result, .arena = arena};
    ProtobufCMessage *message = NULL;
    const enum err err =
        message_unpack(&message, &seam__bundle__descriptor, bundle, LIMIT_BUNDLE, arena, NULL);
    enum bundle_failure failure = err == OK           ? BUNDLE_OK
                                  : err == ERR_MEMORY ? BUNDLE_MEMORY
                                                      : BUNDLE_FORM;
    check.bundle = (const Seam__Bundle *)message;
    result->bundle = check.bundle;
    for (size_t i = 0; failure == BUNDLE_OK && i < sizeof form / sizeof form[0]; i++) {
        failure = form[i](&check);
    }
    if (failure == BUNDLE_OK) {
        failure = check_anchor(&check, genesis);
    }
    for (size_t i = 0; failure == BUNDLE_OK && i < sizeof steps / sizeof steps[0]; i++) {
        failure = steps[i](&check);
    }
    if (failure == BUNDLE_OK) {
        result->index = 0;
    }
    result->failure = failure;
    return failure;
}

const Seam__ProofState *bundle_state(const struct bundle_result *result, struct bytes key)
{
    const Seam__Bundle *bundle = result->bundle;
    const size_t place = find(bundle->states, bundle->n_states, key);
    return place < bundle->n_states ? bundle->states[place] : NULL;
}
