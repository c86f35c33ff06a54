/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a block. What depends on the parent's header (V2, the order of times) was settled before
 * (decision D15); what stands here follows from the block's bytes and its parent's state alone, so
 * that INVALID is the same answer everywhere. Trouble of our own is UNABLE and never INVALID. */

#include "ledger/exec/exec.h"

#include <assert.h>
#include <stdio.h>

#include "ledger/base/buf.h"
#include "ledger/chain/merkle.h"
#include "ledger/chain/valset.h"
#include "ledger/crypto/hash.h"
#include "ledger/exec/run.h"
#include "ledger/governance/genesis.h"
#include "ledger/governance/validators.h"

static enum verdict invalid(struct err_detail *detail, enum err err, const char *rule,
                            const char *field)
{
    (void)err_set(detail, err, field, NULL, NULL, NULL);
    if (detail != NULL) {
        (void)snprintf(detail->rule, sizeof detail->rule, "%s", rule);
    }
    return VERDICT_INVALID;
}

static enum verdict unable(struct err_detail *detail, enum err err)
{
    (void)err_set(detail, err == ERR_ABSENT ? ERR_CORRUPT : err, NULL, NULL, NULL, NULL);
    return VERDICT_UNABLE;
}

/* V1: version, suite, chain, epoch and validator set. V8: no change of the set is pending in this
 * version of the rules, so no block is a boundary. */
static enum verdict header_fits_state(const struct exec_env *env, struct overlay *state,
                                      const struct header *header, struct arena *arena,
                                      struct err_detail *detail)
{
    const Seam__ChainState *chain = NULL;
    const Seam__ValidatorSetRecord *record = NULL;
    struct valset set;
    enum err err = view_chain(&chain, state, arena);
    if (err == OK) {
        err = view_validators(&record, state, arena);
    }
    if (err == OK && validators_valset(&set, record, (uint8_t)chain->suite) != OK) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        return unable(detail, err);
    }
    const uint16_t version = view_rules_version(chain, header->height, header->time_ms);
    if (version > EXEC_RULES_VERSION) {
        (void)err_set(detail, ERR_VERSION, "version", NULL, NULL,
                      "this program cannot execute the rules in force: upgrade it");
        return VERDICT_UNABLE;
    }
    if (header->version != version) {
        return invalid(detail, ERR_VERSION, "V1", "version");
    }
    if (header->suite != chain->suite) {
        return invalid(detail, ERR_VERSION, "V1", "suite");
    }
    if (!hash_equal(&header->chain_id, &env->chain_id)) {
        return invalid(detail, ERR_CHAIN, "V1", "chain_id");
    }
    struct hash hash;
    valset_hash(&hash, &set);
    if (header->epoch != set.epoch || !hash_equal(&header->valset_hash, &hash)) {
        return invalid(detail, ERR_CONFLICT, "V1", "valset_hash");
    }
    if (header->flags != 0 || !hash_is_zero(&header->next_valset_hash)) {
        return invalid(detail, ERR_CONFLICT, "V8", "next_valset_hash");
    }
    return VERDICT_VALID;
}

/* D11: a block without transactions has the state of its parent. */
static enum verdict empty_block(const struct header *header, struct bytes body,
                                const struct hash *parent_state_root, struct err_detail *detail)
{
    struct hash nothing;
    merkle_root(&nothing, NULL, 0);
    if (body.size != 0) {
        return invalid(detail, ERR_LENGTH, "V3", "body_size");
    }
    if (!hash_equal(&header->tx_root, &nothing)) {
        return invalid(detail, ERR_CONFLICT, "V4", "tx_root");
    }
    if (!hash_equal(&header->receipts_root, &nothing)) {
        return invalid(detail, ERR_CONFLICT, "V4", "receipts_root");
    }
    if (!hash_equal(&header->state_root, parent_state_root)) {
        return invalid(detail, ERR_CONFLICT, "V7", "state_root");
    }
    return VERDICT_VALID;
}

/* The block's place is put in front of the field that a transaction was refused for. */
static void name_transaction(struct err_detail *detail, uint32_t index)
{
    if (detail == NULL) {
        return;
    }
    char field[sizeof detail->field];
    (void)snprintf(field, sizeof field, "transactions[%u].%.70s", index, detail->field);
    (void)snprintf(detail->field, sizeof detail->field, "%s", field);
}

/* V5: every transaction is valid in its order. */
static enum verdict run_body(struct run *run, struct bytes body, uint32_t count,
                             struct err_detail *detail)
{
    struct reader reader = reader_of(body);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = read_u32(&reader);
        const struct bytes raw = read_bytes(&reader, size);
        if (reader.failed || size > LIMIT_TX) {
            return invalid(detail, ERR_LENGTH, "V3", "body");
        }
        const enum judgement judgement = run_add(run, raw, detail);
        if (judgement != JUDGE_OK) {
            name_transaction(detail, i);
            return judgement == JUDGE_UNABLE ? VERDICT_UNABLE : VERDICT_INVALID;
        }
    }
    if (!reader_done(&reader)) {
        return invalid(detail, ERR_LENGTH, "V3", "body_size");
    }
    return VERDICT_VALID;
}

static enum verdict roots_match(const struct run *run, const struct header *header,
                                const struct exec_roots *roots, struct err_detail *detail)
{
    struct hash tx_root;
    struct hash receipts_root;
    struct hash state_root;
    run_roots(run, &tx_root, &receipts_root);
    if (!hash_equal(&header->tx_root, &tx_root)) {
        return invalid(detail, ERR_CONFLICT, "V4", "tx_root");
    }
    if (!hash_equal(&header->receipts_root, &receipts_root)) {
        return invalid(detail, ERR_CONFLICT, "V4", "receipts_root");
    }
    overlay_seal(run->state);
    const enum err err = roots->state_root_of(roots->context, run->state, &state_root);
    if (err != OK) {
        return unable(detail, err);
    }
    if (!hash_equal(&header->state_root, &state_root)) {
        return invalid(detail, ERR_CONFLICT, "V7", "state_root");
    }
    return VERDICT_VALID;
}

static enum verdict full_block(const struct exec_env *env, struct overlay *state,
                               const struct header *header, struct bytes body,
                               const struct exec_roots *roots, struct arena *arena,
                               struct bytes *receipts, struct err_detail *detail)
{
    struct run run;
    const enum err err = run_init(&run, env, state, header->height, header->time_ms);
    enum verdict verdict = err == OK ? VERDICT_VALID : unable(detail, err);
    if (verdict == VERDICT_VALID) {
        verdict = run_body(&run, body, header->tx_count, detail);
    }
    if (verdict == VERDICT_VALID) {
        verdict = roots_match(&run, header, roots, detail);
    }
    if (verdict == VERDICT_VALID &&
        !arena_copy(arena, bytes_of(run.receipts, run.receipts_size), receipts)) {
        verdict = unable(detail, ERR_MEMORY);
    }
    run_deinit(&run);
    return verdict;
}

enum verdict exec_block(const struct exec_env *env, struct overlay *state,
                        const struct header *header, struct bytes body,
                        const struct hash *parent_state_root, const struct exec_roots *roots,
                        struct arena *arena, struct bytes *receipts, struct err_detail *detail)
{
    assert(receipts != NULL);
    if (header->tx_count > LIMIT_BLOCK_TX || body.size > LIMIT_BLOCK_BODY ||
        header->body_size != body.size) {
        return invalid(detail, ERR_LENGTH, "V3", "body_size");
    }
    const enum verdict verdict = header_fits_state(env, state, header, arena, detail);
    if (verdict != VERDICT_VALID) {
        return verdict;
    }
    if (header->tx_count == 0) {
        *receipts = (struct bytes){0};
        return empty_block(header, body, parent_state_root, detail);
    }
    return full_block(env, state, header, body, roots, arena, receipts, detail);
}

enum err exec_tx_root(struct hash *root, const struct hash *chain_id, struct bytes body,
                      uint32_t tx_count, struct err_detail *detail)
{
    struct reader reader = reader_of(body);
    struct merkle_log log = {0};
    struct arena scratch;
    enum err err = tx_count <= LIMIT_BLOCK_TX && body.size <= LIMIT_BLOCK_BODY
                       ? OK
                       : err_set(detail, ERR_TOO_LARGE, "body", NULL, NULL, NULL);
    arena_init(&scratch, EXEC_TX_BUDGET);
    for (uint32_t i = 0; err == OK && i < tx_count; i++) {
        const uint32_t size = read_u32(&reader);
        const struct bytes raw = read_bytes(&reader, size);
        struct exec_tx tx;
        if (reader.failed) {
            err = err_set(detail, ERR_LENGTH, "body", NULL, NULL, NULL);
            break;
        }
        err = exec_envelope(&tx, chain_id, raw, &scratch, detail);
        if (err == OK) {
            struct hash leaf;
            exec_tx_leaf(&leaf, &tx);
            merkle_log_append(&log, &leaf, NULL, NULL);
        }
        arena_free(&scratch);
    }
    if (err == OK && !reader_done(&reader)) {
        err = err_set(detail, ERR_LENGTH, "body", NULL, NULL, NULL);
    }
    if (err == OK) {
        merkle_log_root(root, &log);
    }
    return err;
}

enum err exec_tx_ids(struct hash *ids, const struct hash *chain_id, struct bytes body,
                     uint32_t count)
{
    struct reader reader = reader_of(body);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = read_u32(&reader);
        struct bytes tx_body;
        if (!exec_peek_body(read_bytes(&reader, size), &tx_body)) {
            return ERR_CORRUPT;
        }
        exec_tx_id(&ids[i], chain_id, tx_body);
    }
    return reader_done(&reader) ? OK : ERR_CORRUPT;
}

enum err exec_genesis(struct overlay *state, struct bytes genesis, struct hash *chain_id,
                      struct err_detail *detail)
{
    struct arena arena;
    arena_init(&arena, EXEC_TX_BUDGET * 4);
    const Seam__Genesis *decoded = NULL;
    struct hash id;
    enum err err = genesis_decode(&decoded, genesis, &arena, detail);
    if (err == OK) {
        genesis_chain_id(&id, genesis);
        err = genesis_apply(state, decoded, &id, &arena, detail);
    }
    if (err == OK) {
        overlay_seal(state);
        *chain_id = id;
    }
    arena_free(&arena);
    return err;
}
