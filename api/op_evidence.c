/* SPDX-License-Identifier: Apache-2.0 */
/* Documents beside the ledger: their owner stores and grants them here; a reader is given the
 * sealed bytes only after the ledger says that they were granted and handed out [KSSJ 6.1b]. */

#include "api/operations.h"

#include "api/evidence.h"
#include "api/submit.h"
#include "ledger/assurance/assurance.h"
#include "ledger/assurance/view.h"
#include "ledger/codec/base64.h"
#include "ledger/codec/field_check.h"
#include "ledger/crypto/hash.h"
#include "ledger/proto/local.pb-c.h"

#include <string.h>

#define CLASSES "LEDGER, INVOICE, LAB_REPORT, METER_LOG, OTHER"
#define PAGE_MAX 200
#define DISCLOSURES 10000

/* Every operation here begins with these two. */
struct named {
    struct hash sha256;
    const char *owner;
};

static enum err read_named(struct call *call, const char *const *keys, struct named *named)
{
    bool given = false;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_hash(call, "evidence", true, &named->sha256, &given);
    }
    return err;
}

static bool plain_text(const char *text, size_t max)
{
    const size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return size <= max;
}

/* --- PutEvidence -------------------------------------------------------------------------------*/

static bool known_class(const char *name)
{
    static const char *const classes[] = {"LEDGER", "INVOICE", "LAB_REPORT", "METER_LOG", "OTHER"};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(classes[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static enum err read_head(struct call *call, Seam__EvidenceDocument *head, struct named *named)
{
    static const char *const keys[] = {"evidence", "class", "media", "name",
                                       "size",     "part",  "data",  NULL};
    const char *class = NULL;
    const char *media = NULL;
    const char *name = NULL;
    int64_t size = 0;
    enum err err = read_named(call, keys, named);
    if (err == OK) {
        err = call_text(call, "class", true, &class);
    }
    if (err == OK) {
        err = call_text(call, "media", true, &media);
    }
    if (err == OK) {
        err = call_text(call, "name", false, &name);
    }
    if (err == OK) {
        err = call_number(call, "size", true, &size);
    }
    if (err != OK) {
        return err;
    }
    if (!known_class(class)) {
        return call_fail(call, ERR_ENUM, "class", CLASSES, NULL);
    }
    if (!plain_text(media, LIMIT_ID_TEXT) || strchr(media, '/') == NULL) {
        return call_fail(call, ERR_PARSE, "media", "application/pdf", NULL);
    }
    if (name != NULL && !plain_text(name, LIMIT_NAME_TEXT)) {
        return call_fail(call, ERR_LENGTH, "name", "200 bytes of printable text", NULL);
    }
    if (size < 1 || (uint64_t)size > EVIDENCE_SIZE_MAX) {
        return call_fail(call, ERR_TOO_LARGE, "size", "1 to 16777216 bytes", NULL);
    }
    seam__evidence_document__init(head);
    head->sha256 = (ProtobufCBinaryData){.len = HASH_SIZE, .data = named->sha256.bytes};
    head->owner = (char *)(uintptr_t)call->caller->organisation;
    head->class_ = (char *)(uintptr_t) class;
    head->media = (char *)(uintptr_t)media;
    head->name = (char *)(uintptr_t)(name != NULL ? name : "");
    head->size = (uint64_t)size;
    return OK;
}

static enum err put_failed(struct call *call, enum err err)
{
    static const struct {
        enum err err;
        const char *field;
        const char *hint;
    } rows[] = {
        {ERR_RANGE, "part", "parts come in order, from 0"},
        {ERR_LENGTH, "data", "a part has 1048576 bytes, the last one the rest"},
        {ERR_CONFLICT, "evidence", "it is here with another class, media, name or size"},
        {ERR_TOTAL, "evidence", "the bytes have another SHA-256; nothing was kept"},
        {ERR_TOO_LARGE, "size", "the organisation's share of this node is used up"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].err == err) {
            return call_fail(call, err, rows[i].field, NULL, rows[i].hint);
        }
    }
    return call_fail(call, err, NULL, NULL, NULL);
}

static enum err op_put_evidence(struct call *call, const struct rule_row *row)
{
    (void)row;
    const struct api_node *node = call->api->node;
    Seam__EvidenceDocument head;
    struct named named;
    const char *data = NULL;
    struct bytes plain;
    int64_t part = 0;
    bool complete = false;
    enum err err = read_head(call, &head, &named);
    if (err == OK) {
        err = call_number(call, "part", false, &part);
    }
    if (err == OK) {
        err = call_text(call, "data", true, &data);
    }
    if (err != OK) {
        return err;
    }
    if (part < 0 || part >= EVIDENCE_PARTS) {
        return call_fail(call, ERR_RANGE, "part", "0 to 15", NULL);
    }
    err = base64_read(&plain, bytes_text(data), &call->arena);
    if (err != OK) {
        return call_fail(call, err, "data", "base64", NULL);
    }
    err = evidence_put(&complete, call->api, &head, (uint32_t)part, plain,
                       node->now_ms(node->context), &call->arena);
    if (err != OK) {
        return put_failed(call, err);
    }
    json_out_object(&call->data);
    json_out_field_hex(&call->data, "evidence", hash_bytes(&named.sha256));
    json_out_field_bool(&call->data, "complete", complete);
    json_out_end(&call->data);
    return OK;
}

/* --- ListEvidence ------------------------------------------------------------------------------*/

static void write_document(struct json_out *out, const Seam__EvidenceDocument *document)
{
    json_out_field_hex(out, "evidence", bytes_of(document->sha256.data, document->sha256.len));
    json_out_field_text(out, "owner", document->owner);
    json_out_field_text(out, "class", document->class_);
    json_out_field_text(out, "media", document->media);
    json_out_field_text(out, "name", document->name);
    json_out_field_uint(out, "size", document->size);
    json_out_field_uint(out, "parts", document->parts);
    json_out_field_bool(out, "complete", document->stored == document->parts);
}

struct page {
    struct json_out *out;
    int64_t skip;
    int64_t left;
    uint64_t total;
};

static bool write_page(void *context, const Seam__EvidenceDocument *document)
{
    struct page *page = context;
    page->total++;
    if (page->skip > 0) {
        page->skip--;
    } else if (page->left > 0) {
        page->left--;
        json_out_object(page->out);
        write_document(page->out, document);
        json_out_field_time(page->out, "created", document->created_ms);
        json_out_field_array(page->out, "readers");
        for (size_t i = 0; i < document->n_envelopes; i++) {
            json_out_text(page->out, document->envelopes[i]->reader);
        }
        json_out_end(page->out);
        json_out_end(page->out);
    }
    return true;
}

static enum err op_list_evidence(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"from", "count", NULL};
    struct page page = {.out = &call->data, .left = PAGE_MAX};
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_number(call, "from", false, &page.skip);
    }
    if (err == OK) {
        err = call_number(call, "count", false, &page.left);
    }
    if (err != OK) {
        return err;
    }
    if (page.left < 1 || page.left > PAGE_MAX) {
        return call_fail(call, ERR_RANGE, "count", "1..200", NULL);
    }
    json_out_object(&call->data);
    json_out_field_array(&call->data, "documents");
    err = evidence_each(call->api, call->caller->organisation, write_page, &page);
    json_out_end(&call->data);
    json_out_field_uint(&call->data, "total", page.total);
    json_out_end(&call->data);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* --- GetEvidence -------------------------------------------------------------------------------*/

/* A reader is served after the ledger says GRANTED, and then SERVED: nothing leaves unlogged. */
static enum err may_read(struct call *call, struct query *query, const struct named *named,
                         const Seam__GrantRecord **grant)
{
    const char *reader = call->caller->organisation;
    enum err err =
        view_grant(grant, query_state(query), named->owner, &named->sha256, reader, &call->arena);
    if (err == ERR_ABSENT || (err == OK && (*grant)->revoked_height > 0)) {
        return call_fail(call, ERR_ROLE, "evidence", NULL, "no grant of its owner is in force");
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    for (uint32_t i = 1; i <= (*grant)->disclosures && i <= DISCLOSURES; i++) {
        const Seam__DisclosureRecord *disclosure = NULL;
        err = view_disclosure(&disclosure, query_state(query), named->owner, &named->sha256, reader,
                              i, &call->arena);
        if (err != OK) {
            return call_fail(call, err, NULL, NULL, NULL);
        }
        if (strcmp(disclosure->outcome, "SERVED") == 0 &&
            disclosure->height >= (*grant)->granted_height) {
            return OK;
        }
    }
    return call_fail(call, ERR_ROLE, "evidence", NULL,
                     "its owner has not logged the disclosure yet (RevealEvidence)");
}

static enum err write_envelope(struct call *call, const Seam__EvidenceDocument *document,
                               const Seam__GrantRecord *grant)
{
    for (size_t i = 0; i < document->n_envelopes; i++) {
        const Seam__EvidenceEnvelope *envelope = document->envelopes[i];
        if (strcmp(envelope->reader, call->caller->organisation) == 0 &&
            bytes_equal(bytes_of(envelope->reader_key.data, envelope->reader_key.len),
                        bytes_of(grant->reader_key.data, grant->reader_key.len))) {
            json_out_field_hex(&call->data, "reader_key",
                               bytes_of(envelope->reader_key.data, envelope->reader_key.len));
            json_out_field_hex(&call->data, "envelope",
                               bytes_of(envelope->envelope.data, envelope->envelope.len));
            return OK;
        }
    }
    return call_fail(call, ERR_ABSENT, "evidence", NULL,
                     "the envelope lies on another node of its owner");
}

static enum err write_part(struct call *call, const struct named *named, uint32_t part,
                           const Seam__GrantRecord *grant)
{
    Seam__EvidenceDocument *document = NULL;
    struct bytes bytes;
    enum err err = evidence_get(&document, call->api, named->owner, &named->sha256, &call->arena);
    if (err == OK && (document->stored < document->parts || part >= document->parts)) {
        err = ERR_ABSENT;
    }
    if (err == OK) {
        err = grant == NULL ? evidence_plain(&bytes, call->api, document, part, &call->arena)
                            : evidence_sealed(&bytes, call->api, document, part, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, "evidence", NULL, "this node has no such document or part");
    }
    char *text = arena_alloc(&call->arena, base64_size(bytes.size) + 1);
    if (text == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    base64_write(text, bytes);
    json_out_object(&call->data);
    write_document(&call->data, document);
    json_out_field_uint(&call->data, "part", part);
    json_out_field_bool(&call->data, "sealed", grant != NULL);
    err = grant != NULL ? write_envelope(call, document, grant) : OK;
    json_out_field_text(&call->data, "data", text);
    json_out_end(&call->data);
    return err;
}

static enum err op_get_evidence(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"evidence", "owner", "part", "at", NULL};
    struct named named = {.owner = NULL};
    const Seam__GrantRecord *grant = NULL;
    struct query *query = NULL;
    int64_t part = 0;
    enum err err = read_named(call, keys, &named);
    if (err == OK) {
        err = call_text(call, "owner", false, &named.owner);
    }
    if (err == OK) {
        err = call_number(call, "part", false, &part);
    }
    if (err == OK && (part < 0 || part >= EVIDENCE_PARTS)) {
        return call_fail(call, ERR_RANGE, "part", "0 to 15", NULL);
    }
    if (err != OK) {
        return err;
    }
    if (named.owner == NULL || strcmp(named.owner, call->caller->organisation) == 0) {
        named.owner = call->caller->organisation;
        return write_part(call, &named, (uint32_t)part, NULL);
    }
    err = call_query(call, &query);
    if (err != OK) {
        return err;
    }
    err = may_read(call, query, &named, &grant);
    if (err == OK) {
        err = write_part(call, &named, (uint32_t)part, grant);
    }
    query_close(query);
    return err;
}

/* --- GrantEvidence -----------------------------------------------------------------------------*/

/* The reader's person, or the key itself, names who opens the envelope. */
enum err evidence_reader_read(struct call *call, struct query *query,
                              struct evidence_reader *reader)
{
    const Seam__KeyRecord *key = NULL;
    const Seam__PersonRecord *person = NULL;
    const char *name = NULL;
    bool given = false;
    enum err err = call_text(call, "reader", true, &reader->organisation);
    if (err == OK) {
        err = call_hash(call, "reader_key", false, &reader->key_id, &given);
    }
    if (err == OK) {
        err = call_text(call, "person", !given, &name);
    }
    if (err != OK) {
        return err;
    }
    if (!given) {
        err = view_person(&person, query_state(query), name, &call->arena);
        if (err != OK || person->n_keys == 0) {
            return call_fail(call, err != OK ? err : ERR_ABSENT, "person", NULL, NULL);
        }
        memcpy(reader->key_id.bytes, person->keys[person->n_keys - 1].data, HASH_SIZE);
    }
    err = view_key(&key, query_state(query), &reader->key_id, &call->arena);
    if (err != OK) {
        return call_fail(call, err, given ? "reader_key" : "person", NULL, NULL);
    }
    if (strcmp(key->organisation, reader->organisation) != 0 || key->valid_to != 0 ||
        key->public_key.len != SIGN_PUBLIC_SIZE) {
        return call_fail(call, ERR_KEY, given ? "reader_key" : "person", NULL,
                         "not a valid key of the reader");
    }
    memcpy(reader->public_key, key->public_key.data, SIGN_PUBLIC_SIZE);
    return OK;
}

static enum err submit_grant(struct call *call, const struct named *named,
                             const struct evidence_reader *reader, const char *engagement)
{
    uint8_t envelope[ENVELOPE_SIZE];
    struct hash envelope_hash;
    struct hasher hasher;
    Seam__EvidenceGrant grant = SEAM__EVIDENCE_GRANT__INIT;
    enum err err = evidence_envelope(envelope, call->api, call->caller->organisation,
                                     &named->sha256, reader, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "evidence", NULL,
                         err == ERR_ABSENT ? "store the whole document first (PutEvidence)" : NULL);
    }
    hash_begin_raw(&hasher);
    hash_add(&hasher, bytes_of(envelope, sizeof envelope));
    hash_end(&hasher, &envelope_hash);
    grant.evidence = (ProtobufCBinaryData){HASH_SIZE, (uint8_t *)(uintptr_t)named->sha256.bytes};
    grant.reader = (char *)(uintptr_t)reader->organisation;
    grant.reader_key = (ProtobufCBinaryData){HASH_SIZE, (uint8_t *)(uintptr_t)reader->key_id.bytes};
    grant.envelope_hash = (ProtobufCBinaryData){HASH_SIZE, envelope_hash.bytes};
    grant.engagement = (char *)(uintptr_t)(engagement != NULL ? engagement : "");
    err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = field_check(&grant.base, &call->api->fields, &call->arena, &call->errors);
    }
    return err == OK ? submit_payload(call, exec_row_by_name("EVIDENCE_GRANT"), &grant.base,
                                      bytes_of(NULL, 0), NULL)
                     : err;
}

static enum err op_grant_evidence(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"evidence",    "reader",          "reader_key",
                                       "person",      "engagement",      "wait",
                                       "valid_until", "idempotency_key", NULL};
    const struct api_node *node = call->api->node;
    struct named named;
    struct evidence_reader reader;
    const char *engagement = NULL;
    struct query *query = NULL;
    enum err err = read_named(call, keys, &named);
    if (err == OK) {
        err = call_text(call, "engagement", false, &engagement);
    }
    if (err != OK) {
        return err;
    }
    err = node->query(node->context, &query, QUERY_NEWEST);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    err = evidence_reader_read(call, query, &reader);
    query_close(query);
    return err == OK ? submit_grant(call, &named, &reader, engagement) : err;
}

const struct operation evidence_operations[] = {
    {"PutEvidence", op_put_evidence, NULL, false,
     "Stores a document, or one part of it, sealed, under the SHA-256 of its bytes.",
     "evidence!, class!, media!, name?, size!, part?, data!"},
    {"ListEvidence", op_list_evidence, NULL, false, "Documents of the caller's organisation.",
     "from?, count?"},
    {"GetEvidence", op_get_evidence, NULL, false,
     "A part of a document: plain for its owner; sealed, with an envelope, for a reader to whom it "
     "was granted and revealed.",
     "evidence!, owner?, part?, at?"},
    {"GrantEvidence", op_grant_evidence, NULL, false,
     "Gives a reader the key of a document in an envelope, and says so on the ledger.",
     "evidence!, reader!, reader_key?, person?, engagement?, " OPERATION_WRITE},
};
const size_t evidence_operation_count = sizeof evidence_operations / sizeof evidence_operations[0];
