/* SPDX-License-Identifier: Apache-2.0 */
/* Statements. A sealed one is for the people of the regulator: closed here for the keys they sign
 * with, kept beside the ledger under its hash like other documents of its author, and handed back
 * so that the author can pass it on. The node that seals forgets the text. */

#include "api/op_dispute.h"

#include "api/evidence.h"
#include "api/sealed.h"
#include "api/submit.h"
#include "ledger/codec/base64.h"
#include "ledger/codec/field_check.h"

#include <string.h>

#define STATEMENT_MAX 8000
#define ORGANISATIONS_MAX 4096

struct readers {
    struct sealed_reader list[SEALED_READERS_MAX];
    size_t count;
};

/* The key that a person signs with now. */
static enum err add_person(struct call *call, struct query *query, const char *id,
                           struct readers *readers)
{
    const Seam__PersonRecord *person = NULL;
    enum err err = view_person(&person, query_state(query), id, &call->arena);
    for (size_t i = err == OK ? person->n_keys : 0; err == OK && i > 0; i--) {
        const Seam__KeyRecord *key = NULL;
        struct sealed_reader *reader = &readers->list[readers->count];
        if (person->keys[i - 1].len != HASH_SIZE) {
            return ERR_CORRUPT;
        }
        memcpy(reader->key_id.bytes, person->keys[i - 1].data, HASH_SIZE);
        err = view_key(&key, query_state(query), &reader->key_id, &call->arena);
        if (err == OK && key->valid_to == 0 && key->public_key.len == SIGN_PUBLIC_SIZE &&
            (key->usages & USAGE_OFFICER) != 0) {
            memcpy(reader->public_key, key->public_key.data, SIGN_PUBLIC_SIZE);
            readers->count++;
            return OK;
        }
    }
    return err;
}

static enum err add_regulator(struct call *call, struct query *query, const char *organisation,
                              struct readers *readers)
{
    const Seam__ListEntry *entries[SEALED_READERS_MAX];
    size_t count = 0;
    uint32_t total = 0;
    enum err err = query_list(query, KEY_PERSON, organisation, 0, entries, SEALED_READERS_MAX,
                              &count, &total, &call->arena);
    for (size_t i = 0; i < count && err == OK && readers->count < SEALED_READERS_MAX; i++) {
        err = add_person(call, query, entries[i]->id, readers);
    }
    return err;
}

/* The officers of the regulators of the facility's jurisdiction. */
static enum err find_readers(struct call *call, struct query *query, const char *jurisdiction,
                             struct readers *readers)
{
    const Seam__Counters *counters = NULL;
    enum err err = view_counters(&counters, query_state(query), &call->arena);
    const uint32_t count = err == OK ? counters->organisations : 0;
    for (uint32_t i = 0; err == OK && i < count && i < ORGANISATIONS_MAX; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__OrganisationRecord *record = NULL;
        err = view_list(&entry, query_state(query), KEY_ORGANISATION, NULL, i, &call->arena);
        if (err == OK) {
            err = view_organisation(&record, query_state(query), entry->id, &call->arena);
        }
        if (err == OK && (record->roles & ROLE_REGULATOR) != 0 &&
            strcmp(record->jurisdiction, jurisdiction) == 0) {
            err = add_regulator(call, query, entry->id, readers);
        }
    }
    if (err == OK && readers->count == 0) {
        return call_fail(call, ERR_ABSENT, "visibility", jurisdiction,
                         "no officer of its regulator has a key");
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* Kept as a document of the author; the same bytes are never made twice. */
static enum err keep(struct call *call, const struct hash *sha256, struct bytes sealed,
                     const char *dispute)
{
    const struct api_node *node = call->api->node;
    Seam__EvidenceDocument head = SEAM__EVIDENCE_DOCUMENT__INIT;
    bool complete = false;
    head.sha256 =
        (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)sha256->bytes};
    head.owner = (char *)(uintptr_t)call->caller->organisation;
    head.class_ = (char *)(uintptr_t) "OTHER";
    head.media = (char *)(uintptr_t) "application/x-seam-sealed";
    head.name = (char *)(uintptr_t)dispute;
    head.size = sealed.size;
    const enum err err = evidence_put(&complete, call->api, &head, 0, sealed,
                                      node->now_ms(node->context), &call->arena);
    return err == OK ? OK : call_fail(call, err, "text", NULL, "it could not be kept");
}

static enum err make_note(struct call *call, struct submit_note *note, struct bytes sealed)
{
    const size_t size = base64_size(sealed.size);
    char *text = arena_alloc(&call->arena, size + 3);
    if (text == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    text[0] = '"';
    base64_write(text + 1, sealed);
    const size_t length = strlen(text);
    text[length] = '"';
    *note = (struct submit_note){"sealed", bytes_of(text, length + 1)};
    return OK;
}

static enum err seal(struct call *call, Seam__StatementFile *statement, struct hash *sha256,
                     struct submit_note *note)
{
    const Seam__DisputeRecord *record = NULL;
    struct query *query = NULL;
    struct readers readers = {.count = 0};
    struct hasher hasher;
    struct bytes sealed;
    if (strlen(statement->text) > STATEMENT_MAX) {
        return call_fail(call, ERR_LENGTH, "text", "8000 bytes", NULL);
    }
    enum err err = dispute_newest(call, &query);
    if (err == OK) {
        err = dispute_find(call, query, statement->dispute, &record);
    }
    if (err == OK) {
        err = find_readers(call, query, record->jurisdiction, &readers);
    }
    query_close(query);
    if (err != OK) {
        return err;
    }
    err = sealed_close(&sealed, bytes_text(statement->text), statement->dispute, readers.list,
                       readers.count, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "text", NULL, NULL);
    }
    hash_begin_raw(&hasher);
    hash_add(&hasher, sealed);
    hash_end(&hasher, sha256);
    statement->text = (char *)(uintptr_t) "";
    statement->ciphertext_hash = (ProtobufCBinaryData){HASH_SIZE, sha256->bytes};
    statement->ciphertext_size = (uint32_t)sealed.size;
    err = keep(call, sha256, sealed, statement->dispute);
    return err == OK ? make_note(call, note, sealed) : err;
}

enum err op_file_statement(struct call *call, const struct rule_row *row)
{
    ProtobufCMessage *payload = NULL;
    struct submit_note note = {.key = NULL};
    struct hash sha256;
    row = exec_row_by_name("STATEMENT_FILE");
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = json_in_message(&payload, row->payload, &call->api->fields, call->root, submit_keys,
                              &call->arena, &call->errors);
    }
    if (err != OK) {
        return err;
    }
    Seam__StatementFile *statement = (Seam__StatementFile *)payload;
    if (strcmp(statement->visibility, "SEALED") == 0 && statement->text[0] != '\0' &&
        statement->ciphertext_hash.len == 0) {
        err = seal(call, statement, &sha256, &note);
    }
    if (err == OK) {
        err = field_check(payload, &call->api->fields, &call->arena, &call->errors);
    }
    return err == OK ? submit_payload(call, row, payload, bytes_of(NULL, 0),
                                      note.key != NULL ? &note : NULL)
                     : err;
}
