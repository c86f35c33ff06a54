/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of proof_verify in the same order, from the parts of cut.h. */
#include "ledger/query/certificate.h"

#include <string.h>

#include "ledger/chain/merkle.h"
#include "ledger/chain/proof_parts.h"
#include "ledger/codec/message.h"
#include "ledger/query/cut.h"

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

static enum err cut_lines(const struct cut *cut, Seam__Proof *proof, const struct query_tx *tx,
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
        proof->lines = entries;
        proof->n_lines = count;
    }
    return err;
}

/* --- 6 states, 7 keys --------------------------------------------------------------------------
 */

static enum err cut_states(const struct cut *cut, Seam__Proof *proof,
                           const struct certificate_request *request)
{
    Seam__ProofState **entries =
        arena_alloc(cut->arena, (request->state_count + 1) * sizeof(*entries));
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < request->state_count; i++) {
        const enum err err = cut_state(&entries[i], cut, request->states[i]);
        if (err != OK) {
            return err;
        }
    }
    proof->states = entries;
    proof->n_states = request->state_count;
    return OK;
}

static enum err cut_keys(const struct cut *cut, Seam__Proof *proof, const struct query_tx *tx)
{
    const size_t count = tx->message->n_signatures;
    Seam__ProofState **entries = arena_alloc(cut->arena, (count + 1) * sizeof(*entries));
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const enum err err = cut_key(&entries[i], cut, tx->message->signatures[i]);
        if (err != OK) {
            return err;
        }
    }
    proof->keys = entries;
    proof->n_keys = count;
    return OK;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static enum err cut_all(struct cut *cut, Seam__Proof *proof,
                        const struct certificate_request *request)
{
    struct query_tx tx;
    struct cut_block block;
    enum err err = query_tx(&tx, cut->query, &request->tx_id, cut->arena);
    if (err == OK) {
        err = cut_anchor(cut, proof);
    }
    if (err == OK) {
        err = cut_subject(cut, tx.height, &proof->subject_header, &proof->subject_path,
                          &proof->n_subject_path);
    }
    if (err == OK) {
        err = cut_open(&block, cut, tx.height, cut->arena);
    }
    if (err == OK) {
        err = cut_transaction(&proof->transaction, cut, &block, &tx);
    }
    if (err == OK) {
        err = cut_lines(cut, proof, &tx, request);
    }
    if (err == OK) {
        err = cut_states(cut, proof, request);
    }
    return err == OK ? cut_keys(cut, proof, &tx) : err;
}

enum err certificate_build(struct bytes *proof, struct query *query,
                           const struct certificate_request *request, struct arena *arena,
                           struct err_detail *detail)
{
    Seam__Proof message;
    seam__proof__init(&message);
    struct cut cut = {.view = query_view(query), .query = query, .arena = arena, .detail = detail};
    enum err err = cut.view == NULL ? ERR_ABSENT : cut_all(&cut, &message, request);
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
