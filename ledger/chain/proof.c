/* SPDX-License-Identifier: Apache-2.0 */
/* One function a step, each taking what the steps before it established from struct proof_check and
 * the result. A step that fails names itself; nothing after it runs. Steps 1 and 2 stand in
 * proof_anchor.c. */

#include "ledger/chain/proof.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/chain/proof_parts.h"
#include "ledger/chain/proof_steps.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/sign.h"
#include "ledger/keys.h"

struct proof_row {
    const char *name;
    const char *sentence;
};

#define PROOF_TABLE_ROW(id, name, sentence) [id] = {name, sentence},
static const struct proof_row rows[PROOF_FAILURE_COUNT] = {PROOF_ROWS(PROOF_TABLE_ROW)};
#undef PROOF_TABLE_ROW

const char *proof_failure_name(enum proof_failure failure)
{
    assert(failure < PROOF_FAILURE_COUNT);
    return rows[failure].name;
}

const char *proof_failure_sentence(enum proof_failure failure)
{
    assert(failure < PROOF_FAILURE_COUNT);
    return rows[failure].sentence;
}

enum proof_failure proof_decode(const void **out, const ProtobufCMessageDescriptor *type,
                                struct bytes in, size_t limit, struct arena *arena,
                                enum proof_failure failure)
{
    ProtobufCMessage *message = NULL;
    const enum err err = message_unpack(&message, type, in, limit, arena, NULL);
    if (err != OK) {
        return err == ERR_MEMORY ? PROOF_MEMORY : failure;
    }
    *out = message;
    return PROOF_OK;
}

static enum proof_failure check_subject(struct proof_check *check)
{
    struct proof_result *result = check->result;
    const Seam__Proof *proof = check->proof;
    if (proof->subject_header.len == 0) {
        result->subject = result->anchor;
        result->subject_id = result->anchor_id;
        return proof->n_subject_path == 0 ? PROOF_OK : PROOF_SUBJECT_PATH;
    }
    struct header header;
    struct hash id;
    struct hash leaf;
    struct merkle_path path;
    if (header_decode(&header, proof_data(&proof->subject_header)) != OK) {
        return PROOF_SUBJECT_HEADER;
    }
    if (!hash_equal(&header.chain_id, &result->chain_id)) {
        return PROOF_SUBJECT_CHAIN;
    }
    if (header.height >= result->anchor.height) {
        return PROOF_SUBJECT_HEIGHT;
    }
    header_id(&id, &header);
    merkle_block_leaf(&leaf, &id);
    if (proof_path_unpack(&path, proof->subject_path, proof->n_subject_path) != OK ||
        !merkle_path_verify(&result->anchor.history_root, header.height, result->anchor.height,
                            &leaf, &path)) {
        return PROOF_SUBJECT_PATH;
    }
    result->subject = header;
    result->subject_id = id;
    return PROOF_OK;
}

/* Strictly ascending key ids of the right sizes; digests them for the leaf. */
static bool signatures_form(const Seam__ProofTransaction *tx, struct hash *digest)
{
    if (tx->n_signatures == 0 || tx->n_signatures > LIMIT_TX_SIGNATURES) {
        return false;
    }
    struct hasher hasher;
    merkle_signatures_begin(&hasher);
    for (size_t i = 0; i < tx->n_signatures; i++) {
        const Seam__Signature *signature = tx->signatures[i];
        struct hash key_id;
        if (signature->key_id.len != HASH_SIZE || signature->sig.len != SIGNATURE_SIZE) {
            return false;
        }
        if (i > 0 &&
            memcmp(tx->signatures[i - 1]->key_id.data, signature->key_id.data, HASH_SIZE) >= 0) {
            return false;
        }
        memcpy(key_id.bytes, signature->key_id.data, HASH_SIZE);
        merkle_signatures_add(&hasher, &key_id, signature->sig.data);
    }
    hash_end(&hasher, digest);
    return true;
}

static void tx_id_of(struct hash *tx_id, const struct hash *chain_id, struct bytes body)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_TX);
    hash_add(&hasher, hash_bytes(chain_id));
    hash_add(&hasher, body);
    hash_end(&hasher, tx_id);
}

/* Transactions 32 to 34 carry an account. */
static enum proof_failure check_payload(struct proof_check *check)
{
    struct proof_result *result = check->result;
    const Seam__Body *body = result->body;
    if (body->type < 32 || body->type > 34) {
        return PROOF_OK;
    }
    const void *account = NULL;
    const enum proof_failure failure =
        proof_decode(&account, &seam__account__descriptor, proof_data(&body->payload),
                     LIMIT_TX_BODY, check->arena, PROOF_TX_PAYLOAD);
    if (failure != PROOF_OK) {
        return failure;
    }
    result->account = account;
    hash_tagged(&result->account_hash, TAG_ACCOUNT, proof_data(&body->payload));
    return PROOF_OK;
}

static enum proof_failure check_transaction(struct proof_check *check)
{
    struct proof_result *result = check->result;
    const Seam__ProofTransaction *tx = check->proof->transaction;
    if (tx == NULL) {
        return PROOF_OK;
    }
    const struct bytes body = proof_data(&tx->body);
    struct hash signatures;
    struct hash detached;
    struct hash leaf;
    struct hash tx_id;
    struct merkle_path path;
    const void *message = NULL;
    const enum proof_failure failure = proof_decode(&message, &seam__body__descriptor, body,
                                                    LIMIT_TX_BODY, check->arena, PROOF_TX_FORM);
    if (failure != PROOF_OK) {
        return failure;
    }
    if (tx->detached_hash.len != HASH_SIZE || !signatures_form(tx, &signatures)) {
        return PROOF_TX_FORM;
    }
    memcpy(detached.bytes, tx->detached_hash.data, HASH_SIZE);
    tx_id_of(&tx_id, &result->chain_id, body);
    merkle_tx_leaf(&leaf, &tx_id, &signatures, &detached);
    if (proof_path_unpack(&path, tx->path, tx->n_path) != OK ||
        !merkle_path_verify(&result->subject.tx_root, tx->index, result->subject.tx_count, &leaf,
                            &path)) {
        return PROOF_TX_PATH;
    }
    result->tx_id = tx_id;
    result->body = message;
    return check_payload(check);
}

static enum proof_failure check_line(struct proof_check *check, size_t i)
{
    struct proof_result *result = check->result;
    const Seam__ProofLine *line = check->proof->lines[i];
    const Seam__Account *account = result->account;
    if (account == NULL || account->lines_root.len != HASH_SIZE ||
        line->salt.len != MERKLE_SALT_SIZE ||
        (i > 0 && check->proof->lines[i - 1]->index >= line->index)) {
        return PROOF_LINE_FORM;
    }
    const void *message = NULL;
    const enum proof_failure failure =
        proof_decode(&message, &seam__line__descriptor, proof_data(&line->line), LIMIT_TX_DETACHED,
                     check->arena, PROOF_LINE_FORM);
    if (failure != PROOF_OK) {
        return failure;
    }
    struct hash root;
    struct hash leaf;
    struct merkle_path path;
    memcpy(root.bytes, account->lines_root.data, HASH_SIZE);
    merkle_line_leaf(&leaf, line->salt.data, proof_data(&line->line));
    if (proof_path_unpack(&path, line->path, line->n_path) != OK ||
        !merkle_path_verify(&root, line->index, account->line_count, &leaf, &path)) {
        return PROOF_LINE_PATH;
    }
    result->lines[i] = message;
    return PROOF_OK;
}

static enum proof_failure check_lines(struct proof_check *check)
{
    struct proof_result *result = check->result;
    const size_t count = check->proof->n_lines;
    if (count > LIMIT_TX_LINES) {
        return PROOF_LINE_FORM;
    }
    result->lines = arena_alloc(check->arena, count * sizeof(const Seam__Line *));
    if (result->lines == NULL) {
        return PROOF_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        result->index = (uint32_t)i;
        const enum proof_failure failure = check_line(check, i);
        if (failure != PROOF_OK) {
            return failure;
        }
        result->line_count++;
    }
    result->index = 0;
    return PROOF_OK;
}

/* One entry of the anchor's state, present or absent. */
enum proof_failure proof_check_state(const struct proof_check *check, const Seam__ProofState *state,
                                     enum proof_failure form, enum proof_failure wrong)
{
    struct state_proof proof;
    const struct hash *root = &check->result->anchor.state_root;
    if (proof_state_unpack(&proof, state) != OK) {
        return form;
    }
    const bool holds = state->absent ? state_proof_absent(root, proof_data(&state->key), &proof)
                                     : state_proof_present(root, proof_data(&state->key),
                                                           proof_data(&state->value), &proof);
    return holds ? PROOF_OK : wrong;
}

/* The first state entry of an account's proof is its AccountHead. */
static enum proof_failure check_status(struct proof_check *check)
{
    struct proof_result *result = check->result;
    const Seam__Account *account = result->account;
    if (account == NULL || check->proof->n_states == 0) {
        return PROOF_OK;
    }
    const Seam__ProofState *state = check->proof->states[0];
    struct hash facility;
    hash_id(&facility, KEY_FACILITY, account->facility);
    if (state->absent || state->key.len != 1 + HASH_SIZE + 4 || state->key.data[0] != KEY_ACCOUNT ||
        memcmp(state->key.data + 1, facility.bytes, HASH_SIZE) != 0) {
        return PROOF_STATE_SUBJECT;
    }
    const void *message = NULL;
    const enum proof_failure failure =
        proof_decode(&message, &seam__account_head__descriptor, proof_data(&state->value),
                     LIMIT_STATE_VALUE, check->arena, PROOF_STATE_FORM);
    if (failure != PROOF_OK) {
        return failure;
    }
    const Seam__AccountHead *head = message;
    const bool same = head->version == account->version;
    if (strcmp(head->facility, account->facility) != 0 ||
        strcmp(head->period, account->period) != 0 || head->version < account->version ||
        (same &&
         !bytes_equal(proof_data(&head->account_hash), hash_bytes(&result->account_hash)))) {
        return PROOF_STATE_SUBJECT;
    }
    result->head = head;
    result->status = same ? PROOF_STATUS_CURRENT : PROOF_STATUS_SUPERSEDED;
    return PROOF_OK;
}

/* A second entry may be the AccountRecord of this version: deadline, extension, days late (D33).
 * Its key continues that of the head by the version. */
static enum proof_failure check_record(struct proof_check *check)
{
    struct proof_result *result = check->result;
    if (result->head == NULL || check->proof->n_states < 2 ||
        check->proof->states[1]->key.len == 0 ||
        check->proof->states[1]->key.data[0] != KEY_ACCOUNT_VERSION) {
        return PROOF_OK;
    }
    result->index = 1;
    const Seam__ProofState *head = check->proof->states[0];
    const Seam__ProofState *state = check->proof->states[1];
    const size_t shared = 1 + HASH_SIZE + 4;
    if (state->absent || state->key.len != shared + 4 ||
        memcmp(state->key.data + 1, head->key.data + 1, shared - 1) != 0) {
        return PROOF_STATE_SUBJECT;
    }
    struct reader version = reader_of(bytes_of(state->key.data + shared, 4));
    if (read_u32_be(&version) != result->account->version) {
        return PROOF_STATE_SUBJECT;
    }
    const void *message = NULL;
    const enum proof_failure failure =
        proof_decode(&message, &seam__account_record__descriptor, proof_data(&state->value),
                     LIMIT_STATE_VALUE, check->arena, PROOF_STATE_FORM);
    if (failure != PROOF_OK) {
        return failure;
    }
    const Seam__AccountRecord *record = message;
    if (!bytes_equal(proof_data(&record->account_hash), hash_bytes(&result->account_hash)) ||
        !bytes_equal(proof_data(&record->tx_id), hash_bytes(&result->tx_id))) {
        return PROOF_STATE_SUBJECT;
    }
    result->record = record;
    result->index = 0;
    return PROOF_OK;
}

static enum proof_failure check_states(struct proof_check *check)
{
    const Seam__Proof *proof = check->proof;
    for (size_t i = 0; i < proof->n_states; i++) {
        check->result->index = (uint32_t)i;
        const enum proof_failure failure =
            proof_check_state(check, proof->states[i], PROOF_STATE_FORM, PROOF_STATE_PATH);
        if (failure != PROOF_OK) {
            return failure;
        }
    }
    check->result->index = 0;
    const enum proof_failure failure = check_status(check);
    return failure == PROOF_OK ? check_record(check) : failure;
}

static enum proof_failure check_signature(const struct proof_check *check,
                                          const Seam__KeyRecord *record,
                                          const Seam__Signature *signature)
{
    const struct bytes body = proof_data(&check->proof->transaction->body);
    const size_t size = TAG_SIZE + HASH_SIZE + body.size;
    uint8_t *message = arena_alloc(check->arena, size);
    if (message == NULL) {
        return PROOF_MEMORY;
    }
    struct writer writer = writer_of(message, size);
    write_raw(&writer, TAG_TX, TAG_SIZE);
    write_bytes(&writer, hash_bytes(&check->result->chain_id));
    write_bytes(&writer, body);
    assert(!writer.failed);
    const bool good =
        sign_verify(record->public_key.data, writer_bytes(&writer), signature->sig.data);
    return good ? PROOF_OK : PROOF_SIGNATURE;
}

/* The record names the public key whose id signed; the id commits to the key, the path to both. */
static enum proof_failure check_key_record(struct proof_check *check, const Seam__ProofState *state,
                                           const struct hash *key_id, const Seam__KeyRecord **out)
{
    if (state->absent || state->key.len != 1 + HASH_SIZE || state->key.data[0] != KEY_KEY ||
        memcmp(state->key.data + 1, key_id->bytes, HASH_SIZE) != 0) {
        return PROOF_KEY_MISSING;
    }
    enum proof_failure failure = proof_check_state(check, state, PROOF_KEY_FORM, PROOF_KEY_PATH);
    if (failure != PROOF_OK) {
        return failure;
    }
    const void *message = NULL;
    failure = proof_decode(&message, &seam__key_record__descriptor, proof_data(&state->value),
                           LIMIT_STATE_VALUE, check->arena, PROOF_KEY_FORM);
    if (failure != PROOF_OK) {
        return failure;
    }
    const Seam__KeyRecord *record = message;
    struct hash id;
    if (record->public_key.len != SIGN_PUBLIC_SIZE || record->suite != SUITE_ED25519_SHA256) {
        return PROOF_KEY_FORM;
    }
    sign_key_id(&id, SUITE_ED25519_SHA256, proof_data(&record->public_key));
    if (!hash_equal(&id, key_id)) {
        return PROOF_KEY_FORM;
    }
    *out = record;
    return PROOF_OK;
}

static enum proof_failure check_key(struct proof_check *check, size_t i)
{
    struct proof_result *result = check->result;
    const Seam__Signature *signature = check->proof->transaction->signatures[i];
    const Seam__KeyRecord *record = NULL;
    struct hash key_id;
    memcpy(key_id.bytes, signature->key_id.data, HASH_SIZE);
    enum proof_failure failure = check_key_record(check, check->proof->keys[i], &key_id, &record);
    if (failure != PROOF_OK) {
        return failure;
    }
    if (strcmp(record->organisation, result->body->organisation) != 0) {
        return PROOF_KEY_ORGANISATION;
    }
    const uint64_t height = result->subject.height;
    if (height < record->valid_from || (record->valid_to != 0 && height > record->valid_to)) {
        return PROOF_KEY_INTERVAL;
    }
    for (size_t j = 0; j < i; j++) {
        if (strcmp(result->signers[j].record->person, record->person) == 0) {
            return PROOF_KEY_PERSON;
        }
    }
    failure = check_signature(check, record, signature);
    if (failure != PROOF_OK) {
        return failure;
    }
    result->signers[i] = (struct proof_signer){.key_id = key_id, .record = record};
    return PROOF_OK;
}

static enum proof_failure check_keys(struct proof_check *check)
{
    const Seam__Proof *proof = check->proof;
    const size_t count = proof->transaction == NULL ? 0 : proof->transaction->n_signatures;
    if (proof->n_keys != count) {
        return PROOF_KEY_MISSING;
    }
    for (size_t i = 0; i < count; i++) {
        check->result->index = (uint32_t)i;
        const enum proof_failure failure = check_key(check, i);
        if (failure != PROOF_OK) {
            return failure;
        }
        check->result->signer_count++;
    }
    check->result->index = 0;
    return PROOF_OK;
}

enum proof_failure proof_check_subject(struct proof_check *check)
{
    static enum proof_failure (*const steps[])(struct proof_check *) = {
        check_subject, check_transaction, check_lines, check_states, check_keys,
    };
    enum proof_failure failure = PROOF_OK;
    for (size_t i = 0; failure == PROOF_OK && i < sizeof steps / sizeof steps[0]; i++) {
        failure = steps[i](check);
    }
    return failure;
}

enum proof_failure proof_verify(struct proof_result *result, struct bytes genesis,
                                struct bytes proof, struct arena *arena)
{
    *result = (struct proof_result){.failure = PROOF_OK};
    struct proof_check check = {.result = result, .arena = arena};
    const void *message = NULL;
    enum proof_failure failure = proof_check_genesis(&check, genesis);
    if (failure == PROOF_OK) {
        failure = proof_decode(&message, &seam__proof__descriptor, proof, LIMIT_CERTIFICATE, arena,
                               PROOF_FORM);
    }
    check.proof = message;
    result->proof = message;
    if (failure == PROOF_OK) {
        failure = proof_check_anchor(&check);
    }
    if (failure == PROOF_OK) {
        failure = proof_check_subject(&check);
    }
    result->failure = failure;
    return failure;
}
