/* SPDX-License-Identifier: Apache-2.0 */
/* One line of an account for one reader, or all of them [KSSJ 6.1b] (V24). The line and its salt
 * lie with the owner's node as a document, sealed, with an envelope for the reader's key; on the
 * ledger stand leaf and path, which lead to the anchored root and tell nothing of the other lines.
 */

#include "api/op_verify.h"

#include "api/evidence.h"
#include "api/submit.h"
#include "ledger/chain/merkle.h"
#include "ledger/chain/proof_parts.h"
#include "ledger/codec/base64.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"
#include "ledger/proto/local.pb-c.h"

#include <stdio.h>
#include <string.h>

#define CLASS_LINE "LINE"
#define MEDIA_LINE "application/x-seam-line"

static struct bytes data(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

static ProtobufCBinaryData binary(struct bytes in)
{
    return (ProtobufCBinaryData){in.size, (uint8_t *)(uintptr_t)in.data};
}

static void sha256(struct hash *out, struct bytes in)
{
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add(&hasher, in);
    hash_end(&hasher, out);
}

struct reveal {
    struct verify_account of;
    uint32_t index;
    struct evidence_reader reader;
    const char *engagement;
};

static enum err read_index(struct call *call, uint32_t *out)
{
    int64_t index = 0;
    const enum err err = call_number(call, "index", true, &index);
    if (err == OK && (index < 0 || index >= LIMIT_TX_LINES)) {
        return call_fail(call, ERR_RANGE, "index", "0..999", NULL);
    }
    *out = (uint32_t)index;
    return err;
}

/* The account is the caller's own, the reader has a key. */
static enum err read_own(struct call *call, struct query *query, struct reveal *in)
{
    enum err err = call_text(call, "engagement", false, &in->engagement);
    if (err == OK) {
        err = verify_account_read(call, query, &in->of);
    }
    if (err == OK && strcmp(in->of.facility->organisation, call->caller->organisation) != 0) {
        err = call_fail(call, ERR_ROLE, "facility", NULL, "its owner shows its lines");
    }
    return err == OK ? evidence_reader_read(call, query, &in->reader) : err;
}

static enum err submit_checked(struct call *call, const char *name, const ProtobufCMessage *payload)
{
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = field_check(payload, &call->api->fields, &call->arena, &call->errors);
    }
    return err == OK
               ? submit_payload(call, exec_row_by_name(name), payload, bytes_of(NULL, 0), NULL)
               : err;
}

/* --- all lines ---------------------------------------------------------------------------------*/

/* Lines are served by any node that holds them, so there is no file and no key to seal: the
 * envelope is the empty one. */
static enum err grant_lines(struct call *call, const struct reveal *in)
{
    Seam__EvidenceGrant grant = SEAM__EVIDENCE_GRANT__INIT;
    struct hash nothing;
    if (in->of.account->line_count == 0) {
        return call_fail(call, ERR_ABSENT, "period", NULL,
                         "a period without activity has no lines");
    }
    sha256(&nothing, bytes_of(NULL, 0));
    grant.evidence = in->of.account->lines_root;
    grant.reader = (char *)(uintptr_t)in->reader.organisation;
    grant.reader_key = binary(hash_bytes(&in->reader.key_id));
    grant.envelope_hash = binary(hash_bytes(&nothing));
    grant.engagement = (char *)(uintptr_t)(in->engagement != NULL ? in->engagement : "");
    return submit_checked(call, "EVIDENCE_GRANT", &grant.base);
}

static enum err open_newest(struct call *call, struct query **query)
{
    const struct api_node *node = call->api->node;
    const enum err err = node->query(node->context, query, QUERY_NEWEST);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_grant_lines(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility",    "period",          "version",    "reader",
                                       "reader_key",  "person",          "engagement", "wait",
                                       "valid_until", "idempotency_key", NULL};
    struct reveal in = {.index = 0};
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = open_newest(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = read_own(call, query, &in);
    query_close(query);
    return err == OK ? grant_lines(call, &in) : err;
}

/* --- one line ----------------------------------------------------------------------------------*/

/* The document is the canonical AccountLine: salt and line. */
static enum err keep_line(struct call *call, const struct reveal *in,
                          uint8_t envelope[ENVELOPE_SIZE])
{
    const struct api_node *node = call->api->node;
    Seam__EvidenceDocument head = SEAM__EVIDENCE_DOCUMENT__INIT;
    char name[2 * LIMIT_ID_TEXT + 40];
    struct bytes packed;
    struct hash hash;
    bool complete = false;
    enum err err = message_pack(&packed, &in->of.lines->lines[in->index]->base, &call->arena);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    sha256(&hash, packed);
    (void)snprintf(name, sizeof name, "%s %s v%u line %u", in->of.account->facility,
                   in->of.account->period, (unsigned)in->of.account->version, (unsigned)in->index);
    head.sha256 = binary(hash_bytes(&hash));
    head.owner = (char *)(uintptr_t)call->caller->organisation;
    head.class_ = (char *)(uintptr_t)CLASS_LINE;
    head.media = (char *)(uintptr_t)MEDIA_LINE;
    head.name = name;
    head.size = packed.size;
    err = evidence_put(&complete, call->api, &head, 0, packed, node->now_ms(node->context),
                       &call->arena);
    if (err == OK) {
        err = evidence_envelope(envelope, call->api, call->caller->organisation, &hash, &in->reader,
                                &call->arena);
    }
    return err == OK ? OK : call_fail(call, err, "index", NULL, NULL);
}

static enum err path_of(struct call *call, const struct reveal *in, Seam__LineReveal *out)
{
    const Seam__AccountLines *lines = in->of.lines;
    struct hash *leaves = arena_alloc(&call->arena, (lines->n_lines + 1) * sizeof *leaves);
    struct merkle_path path;
    if (leaves == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    for (size_t i = 0; i < lines->n_lines; i++) {
        if (lines->lines[i]->salt.len != MERKLE_SALT_SIZE) {
            return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
        }
        merkle_line_leaf(&leaves[i], lines->lines[i]->salt.data, data(lines->lines[i]->line));
    }
    merkle_path_of(&path, in->index, leaves, lines->n_lines);
    out->leaf = binary(hash_bytes(&leaves[in->index]));
    const enum err err = proof_path_pack(&out->path, &out->n_path, &path, &call->arena);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err reveal_line(struct call *call, const struct reveal *in)
{
    Seam__LineReveal reveal = SEAM__LINE_REVEAL__INIT;
    uint8_t envelope[ENVELOPE_SIZE];
    struct hash envelope_hash;
    enum err err = keep_line(call, in, envelope);
    if (err == OK) {
        err = path_of(call, in, &reveal);
    }
    if (err != OK) {
        return err;
    }
    sha256(&envelope_hash, bytes_of(envelope, sizeof envelope));
    reveal.facility = in->of.account->facility;
    reveal.period = in->of.account->period;
    reveal.version = in->of.account->version;
    reveal.index = in->index;
    reveal.reader = (char *)(uintptr_t)in->reader.organisation;
    reveal.envelope_hash = binary(hash_bytes(&envelope_hash));
    reveal.engagement = (char *)(uintptr_t)(in->engagement != NULL ? in->engagement : "");
    return submit_checked(call, "LINE_REVEAL", &reveal.base);
}

enum err op_reveal_line(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "period",      "version",         "index",
                                       "reader",   "reader_key",  "person",          "engagement",
                                       "wait",     "valid_until", "idempotency_key", NULL};
    struct reveal in = {.index = 0};
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = read_index(call, &in.index);
    }
    if (err == OK) {
        err = open_newest(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = read_own(call, query, &in);
    if (err == OK) {
        err = verify_account_lines(call, query, &in.of);
    }
    if (err == OK && in.index >= in.of.lines->n_lines) {
        err = call_fail(call, ERR_RANGE, "index", NULL, "the account has fewer lines");
    }
    query_close(query);
    return err == OK ? reveal_line(call, &in) : err;
}

/* --- the reader --------------------------------------------------------------------------------*/

/* The document whose envelope the ledger names. */
struct search {
    struct arena *arena;
    const Seam__LineRevealRecord *record;
    struct hash sha256;
    struct bytes envelope;
    bool found;
};

static bool is_envelope(void *context, const Seam__EvidenceDocument *document)
{
    struct search *search = context;
    for (size_t i = 0; i < document->n_envelopes && strcmp(document->class_, CLASS_LINE) == 0;
         i++) {
        const struct bytes envelope = data(document->envelopes[i]->envelope);
        struct hash hash;
        sha256(&hash, envelope);
        if (bytes_equal(hash_bytes(&hash), data(search->record->envelope_hash)) &&
            document->sha256.len == HASH_SIZE) {
            memcpy(search->sha256.bytes, document->sha256.data, HASH_SIZE);
            search->found = arena_copy(search->arena, envelope, &search->envelope);
            return false;
        }
    }
    return true;
}

static enum err read_reveal(struct call *call, struct query *query, const char *reader,
                            struct reveal *in, const Seam__LineRevealRecord **record)
{
    enum err err = read_index(call, &in->index);
    if (err == OK) {
        err = verify_account_read(call, query, &in->of);
    }
    if (err != OK) {
        return err;
    }
    err = view_line_reveal(record, query_state(query), in->of.account->facility,
                           in->of.account->period, in->of.account->version, in->index, reader,
                           &call->arena);
    return err == OK ? OK
                     : call_fail(call, err == ERR_ABSENT ? ERR_ROLE : err, "index", NULL,
                                 "this line was not revealed to the reader");
}

static enum err write_line(struct call *call, struct query *query)
{
    struct reveal in = {.index = 0};
    struct search search = {.arena = &call->arena};
    Seam__EvidenceDocument *document = NULL;
    struct bytes sealed;
    enum err err = read_reveal(call, query, call->caller->organisation, &in, &search.record);
    if (err != OK) {
        return err;
    }
    const char *owner = in.of.facility->organisation;
    err = evidence_each(call->api, owner, is_envelope, &search);
    if (err == OK && !search.found) {
        err = ERR_ABSENT;
    }
    if (err == OK) {
        err = evidence_get(&document, call->api, owner, &search.sha256, &call->arena);
    }
    if (err == OK) {
        err = evidence_sealed(&sealed, call->api, document, 0, &call->arena);
    }
    char *text = err == OK ? arena_alloc(&call->arena, base64_size(sealed.size) + 1) : NULL;
    if (err != OK || text == NULL) {
        return call_fail(call, err != OK ? err : ERR_MEMORY, "index", NULL,
                         "the line lies on another node of its owner");
    }
    base64_write(text, sealed);
    json_out_object(&call->data);
    json_out_field_hash(&call->data, "evidence", &search.sha256);
    json_out_field_text(&call->data, "owner", owner);
    json_out_field_hex(&call->data, "leaf", data(search.record->leaf));
    json_out_field_uint(&call->data, "part", 0);
    json_out_field_uint(&call->data, "parts", 1);
    json_out_field_bool(&call->data, "sealed", true);
    json_out_field_hex(&call->data, "envelope", search.envelope);
    json_out_field_text(&call->data, "data", text);
    json_out_end(&call->data);
    return OK;
}

enum err op_read_line(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "period", "version", "index", "at", NULL};
    return verify_read(call, keys, write_line);
}

/* --- anybody who was given a line --------------------------------------------------------------*/

/* The path stands in the transaction that revealed it. */
static bool in_root(struct call *call, struct query *query, const struct reveal *in,
                    const Seam__LineRevealRecord *record, const struct hash *leaf)
{
    struct hash tx_id;
    struct hash root;
    struct query_tx tx;
    struct merkle_path path;
    ProtobufCMessage *message = NULL;
    if (record->tx_id.len != HASH_SIZE || in->of.account->lines_root.len != HASH_SIZE) {
        return false;
    }
    memcpy(tx_id.bytes, record->tx_id.data, HASH_SIZE);
    memcpy(root.bytes, in->of.account->lines_root.data, HASH_SIZE);
    if (query_tx(&tx, query, &tx_id, &call->arena) != OK ||
        message_unpack(&message, &seam__line_reveal__descriptor, data(tx.body->payload),
                       LIMIT_TX_BODY, &call->arena, NULL) != OK) {
        return false;
    }
    const Seam__LineReveal *reveal = (const Seam__LineReveal *)message;
    return proof_path_unpack(&path, reveal->path, reveal->n_path) == OK &&
           merkle_path_verify(&root, in->index, in->of.account->line_count, leaf, &path);
}

static enum err write_check(struct call *call, struct query *query)
{
    struct reveal in = {.index = 0};
    const Seam__LineRevealRecord *record = NULL;
    const char *reader = NULL;
    const char *text = NULL;
    struct bytes plain;
    struct hash leaf;
    ProtobufCMessage *message = NULL;
    enum err err = call_text(call, "reader", false, &reader);
    if (err == OK) {
        err = call_text(call, "data", true, &text);
    }
    if (err == OK) {
        err = read_reveal(call, query, reader != NULL ? reader : call->caller->organisation, &in,
                          &record);
    }
    if (err != OK) {
        return err;
    }
    err = base64_read(&plain, bytes_text(text), &call->arena);
    if (err == OK) {
        err = message_unpack(&message, &seam__account_line__descriptor, plain, LIMIT_TX_DETACHED,
                             &call->arena, NULL);
    }
    const Seam__AccountLine *line = (const Seam__AccountLine *)message;
    if (err != OK || line->salt.len != MERKLE_SALT_SIZE) {
        return call_fail(call, err != OK ? err : ERR_LENGTH, "data", NULL,
                         "the opened document, as base64");
    }
    merkle_line_leaf(&leaf, line->salt.data, data(line->line));
    const bool valid = in_root(call, query, &in, record, &leaf);
    json_out_object(&call->data);
    json_out_field_bool(&call->data, "valid", valid);
    json_out_field_hash(&call->data, "leaf", &leaf);
    json_out_field_hex(&call->data, "lines_root", data(in.of.account->lines_root));
    if (valid && message_unpack(&message, &seam__line__descriptor, data(line->line),
                                LIMIT_TX_DETACHED, &call->arena, NULL) == OK) {
        json_out_key(&call->data, "line");
        json_out_message(&call->data, message, &call->api->fields);
    }
    json_out_end(&call->data);
    return OK;
}

enum err op_check_line(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "period", "version", "index",
                                       "reader",   "data",   "at",      NULL};
    return verify_read(call, keys, write_check);
}
