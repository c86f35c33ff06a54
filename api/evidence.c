/* SPDX-License-Identifier: Apache-2.0 */
/* Keys begin with M (records) or P (parts), then the owner's id hash and the hash of the document:
 * one organisation never finds out by uploading that another one has the same file here. */

#include "api/evidence.h"

#include "ledger/codec/message.h"
#include "ledger/crypto/credential.h"
#include "ledger/crypto/hash.h"
#include "ledger/keys.h"
#include "ledger/store/storage_plan.h"

#include <stdio.h>
#include <string.h>

#define RECORD_MAX 65536
#define ENVELOPES 256
#define KEY_SIZE (1 + HASH_SIZE + HASH_SIZE + 4)
#define PART_ARENA (4 * EVIDENCE_PART)

struct blob_key {
    uint8_t data[KEY_SIZE];
    size_t size;
};

static struct blob_key key_of(char kind, const char *owner, const struct hash *sha256)
{
    struct blob_key key = {.size = 1 + HASH_SIZE};
    struct hash hash;
    key.data[0] = (uint8_t)kind;
    hash_id(&hash, KEY_ORGANISATION, owner);
    memcpy(&key.data[1], hash.bytes, HASH_SIZE);
    if (sha256 != NULL) {
        memcpy(&key.data[key.size], sha256->bytes, HASH_SIZE);
        key.size += HASH_SIZE;
    }
    return key;
}

static struct blob_key part_key(const char *owner, const struct hash *sha256, uint32_t part)
{
    struct blob_key key = key_of('P', owner, sha256);
    for (int shift = 24; shift >= 0; shift -= 8) {
        key.data[key.size++] = (uint8_t)(part >> shift);
    }
    return key;
}

static struct bytes key_bytes(const struct blob_key *key)
{
    return bytes_of(key->data, key->size);
}

static struct hash document_hash(const Seam__EvidenceDocument *document)
{
    struct hash hash;
    memcpy(hash.bytes, document->sha256.data, HASH_SIZE);
    return hash;
}

/* What a sealed part is bound to: the document, its place, and how many there are. */
static void part_bound(uint8_t out[HASH_SIZE + 8], const struct hash *sha256, uint32_t part,
                       uint32_t parts)
{
    memcpy(out, sha256->bytes, HASH_SIZE);
    for (size_t i = 0; i < 4; i++) {
        out[HASH_SIZE + i] = (uint8_t)(part >> (24 - 8 * i));
        out[HASH_SIZE + 4 + i] = (uint8_t)(parts >> (24 - 8 * i));
    }
}

/* --- the owner's key of this node --------------------------------------------------------------*/

static void owner_key(struct api *api, const char *owner, uint8_t key[BOX_KEY_SIZE])
{
    char text[32 + LIMIT_ID_TEXT];
    struct hash mac;
    snprintf(text, sizeof text, "evidence of %s", owner);
    credential_mac(&mac, api->config.token_key, bytes_text(text));
    memcpy(key, mac.bytes, BOX_KEY_SIZE);
    box_key_wipe(mac.bytes);
}

static enum err key_wrap(struct api *api, Seam__EvidenceDocument *document,
                         const uint8_t key[BOX_KEY_SIZE], struct arena *arena)
{
    uint8_t outer[BOX_KEY_SIZE];
    struct bytes wrapped;
    owner_key(api, document->owner, outer);
    const enum err err =
        box_close(&wrapped, bytes_of(key, BOX_KEY_SIZE),
                  bytes_of(document->sha256.data, document->sha256.len), outer, arena);
    box_key_wipe(outer);
    if (err == OK) {
        document->wrapped =
            (ProtobufCBinaryData){.len = wrapped.size, .data = (uint8_t *)(uintptr_t)wrapped.data};
    }
    return err;
}

static enum err key_unwrap(struct api *api, const Seam__EvidenceDocument *document,
                           uint8_t key[BOX_KEY_SIZE], struct arena *arena)
{
    uint8_t outer[BOX_KEY_SIZE];
    struct bytes plain;
    owner_key(api, document->owner, outer);
    const enum err err =
        box_open(&plain, bytes_of(document->wrapped.data, document->wrapped.len),
                 bytes_of(document->sha256.data, document->sha256.len), outer, arena);
    box_key_wipe(outer);
    if (err != OK || plain.size != BOX_KEY_SIZE) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    memcpy(key, plain.data, BOX_KEY_SIZE);
    return OK;
}

/* --- records -----------------------------------------------------------------------------------*/

static enum err decode(Seam__EvidenceDocument **out, struct bytes value, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    const enum err err = message_unpack(&message, &seam__evidence_document__descriptor, value,
                                        RECORD_MAX, arena, NULL);
    if (err != OK) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    Seam__EvidenceDocument *document = (Seam__EvidenceDocument *)message;
    if (document->sha256.len != HASH_SIZE || document->parts > EVIDENCE_PARTS) {
        return ERR_CORRUPT;
    }
    *out = document;
    return OK;
}

enum err evidence_get(Seam__EvidenceDocument **out, struct api *api, const char *owner,
                      const struct hash *sha256, struct arena *arena)
{
    const struct blob_key key = key_of('M', owner, sha256);
    struct bytes value;
    const enum err err =
        kv_get(api->node->local, NULL, LOCAL_BLOBS, key_bytes(&key), arena, &value);
    return err == OK ? decode(out, value, arena) : err;
}

static enum err record_put(struct kv_batch *batch, const Seam__EvidenceDocument *document,
                           struct arena *arena)
{
    const struct hash sha256 = document_hash(document);
    const struct blob_key key = key_of('M', document->owner, &sha256);
    struct bytes value;
    const enum err err = message_pack(&value, &document->base, arena);
    if (err != OK) {
        return err;
    }
    if (value.size > RECORD_MAX) {
        return ERR_TOO_LARGE;
    }
    kv_batch_put(batch, LOCAL_BLOBS, key_bytes(&key), value);
    return OK;
}

static enum err write(struct api *api, const Seam__EvidenceDocument *document,
                      const struct blob_key *part, struct bytes sealed, struct arena *arena)
{
    struct kv_batch *batch = kv_batch_new(api->node->local);
    if (batch == NULL) {
        return ERR_MEMORY;
    }
    enum err err = record_put(batch, document, arena);
    if (err == OK && part != NULL) {
        kv_batch_put(batch, LOCAL_BLOBS, key_bytes(part), sealed);
    }
    if (err == OK) {
        err = kv_write(api->node->local, batch, true);
    }
    kv_batch_free(batch);
    return err;
}

static enum err drop(struct api *api, const Seam__EvidenceDocument *document)
{
    struct kv_batch *batch = kv_batch_new(api->node->local);
    if (batch == NULL) {
        return ERR_MEMORY;
    }
    const struct hash sha256 = document_hash(document);
    struct blob_key key = key_of('M', document->owner, &sha256);
    kv_batch_delete(batch, LOCAL_BLOBS, key_bytes(&key));
    for (uint32_t i = 0; i < document->parts; i++) {
        key = part_key(document->owner, &sha256, i);
        kv_batch_delete(batch, LOCAL_BLOBS, key_bytes(&key));
    }
    const enum err err = kv_write(api->node->local, batch, true);
    kv_batch_free(batch);
    return err;
}

enum err evidence_each(struct api *api, const char *owner,
                       bool (*visit)(void *context, const Seam__EvidenceDocument *document),
                       void *context)
{
    const struct blob_key prefix = key_of('M', owner, NULL);
    const struct bytes from = {NULL, 0};
    struct kv_iter *iter =
        kv_iter_open(api->node->local, NULL, LOCAL_BLOBS, key_bytes(&prefix), from, false);
    enum err err = iter != NULL ? OK : ERR_MEMORY;
    bool more = true;
    for (size_t i = 0; err == OK && more && i <= EVIDENCE_DOCUMENTS; i++) {
        struct bytes key;
        struct bytes value;
        Seam__EvidenceDocument *document = NULL;
        struct arena arena;
        err = kv_iter_next(iter, &key, &value);
        if (err != OK) {
            break;
        }
        arena_init(&arena, 8 * RECORD_MAX);
        err = decode(&document, value, &arena);
        more = err == OK && visit(context, document);
        arena_free(&arena);
    }
    kv_iter_close(iter);
    return err == ERR_ABSENT ? OK : err;
}

/* --- putting -----------------------------------------------------------------------------------*/

struct share {
    uint64_t documents;
    uint64_t size;
};

static bool share_add(void *context, const Seam__EvidenceDocument *document)
{
    struct share *share = context;
    share->documents++;
    share->size += document->size;
    return true;
}

static bool same_head(const Seam__EvidenceDocument *a, const Seam__EvidenceDocument *b)
{
    return a->size == b->size && strcmp(a->class_, b->class_) == 0 &&
           strcmp(a->media, b->media) == 0 && strcmp(a->name, b->name) == 0;
}

/* The record of a document that begins, with a fresh key. */
static enum err begin(Seam__EvidenceDocument **out, struct api *api,
                      const Seam__EvidenceDocument *head, uint64_t now_ms, struct arena *arena)
{
    struct share share = {0};
    enum err err = evidence_each(api, head->owner, share_add, &share);
    if (err != OK) {
        return err;
    }
    if (share.documents >= EVIDENCE_DOCUMENTS || share.size + head->size > EVIDENCE_TOTAL) {
        return ERR_TOO_LARGE;
    }
    Seam__EvidenceDocument *document = arena_alloc(arena, sizeof *document);
    if (document == NULL) {
        return ERR_MEMORY;
    }
    *document = *head;
    document->parts = (uint32_t)((head->size + EVIDENCE_PART - 1) / EVIDENCE_PART);
    document->stored = 0;
    document->created_ms = now_ms;
    uint8_t key[BOX_KEY_SIZE];
    box_key_random(key);
    err = key_wrap(api, document, key, arena);
    box_key_wipe(key);
    if (err == OK) {
        *out = document;
    }
    return err;
}

static enum err hash_all(struct hash *out, struct api *api, const Seam__EvidenceDocument *document)
{
    struct hasher hasher;
    enum err err = OK;
    hash_begin_raw(&hasher);
    for (uint32_t i = 0; err == OK && i < document->parts; i++) {
        struct arena arena;
        struct bytes plain;
        arena_init(&arena, PART_ARENA);
        err = evidence_plain(&plain, api, document, i, &arena);
        if (err == OK) {
            hash_add(&hasher, plain);
        }
        arena_free(&arena);
    }
    hash_end(&hasher, out);
    return err;
}

static enum err add_part(struct api *api, Seam__EvidenceDocument *document, uint32_t part,
                         struct bytes plain, struct arena *arena)
{
    const struct hash sha256 = document_hash(document);
    uint8_t key[BOX_KEY_SIZE];
    uint8_t bound[HASH_SIZE + 8];
    struct bytes sealed;
    enum err err = key_unwrap(api, document, key, arena);
    if (err != OK) {
        return err;
    }
    part_bound(bound, &sha256, part, document->parts);
    err = box_close(&sealed, plain, bytes_of(bound, sizeof bound), key, arena);
    box_key_wipe(key);
    if (err == OK) {
        const struct blob_key place = part_key(document->owner, &sha256, part);
        document->stored = part + 1;
        err = write(api, document, &place, sealed, arena);
    }
    return err;
}

static enum err put_locked(bool *complete, struct api *api, const Seam__EvidenceDocument *head,
                           uint32_t part, struct bytes plain, uint64_t now_ms, struct arena *arena)
{
    const struct hash sha256 = document_hash(head);
    Seam__EvidenceDocument *document = NULL;
    enum err err = evidence_get(&document, api, head->owner, &sha256, arena);
    if (err == ERR_ABSENT) {
        err = begin(&document, api, head, now_ms, arena);
    } else if (err == OK && !same_head(document, head)) {
        err = ERR_CONFLICT;
    }
    if (err != OK) {
        return err;
    }
    if (part >= document->parts || part > document->stored) {
        return ERR_RANGE;
    }
    const size_t last = (size_t)(document->size - (uint64_t)(document->parts - 1) * EVIDENCE_PART);
    if (plain.size != (part + 1 == document->parts ? last : EVIDENCE_PART)) {
        return ERR_LENGTH;
    }
    const bool had_all = document->stored == document->parts;
    if (part == document->stored) {
        err = add_part(api, document, part, plain, arena);
    }
    if (err == OK && !had_all && document->stored == document->parts) {
        struct hash found;
        err = hash_all(&found, api, document);
        if (err == OK && !hash_equal(&found, &sha256)) {
            err = drop(api, document);
            err = err == OK ? ERR_TOTAL : err;
        }
    }
    if (err == OK) {
        *complete = document->stored == document->parts;
    }
    return err;
}

enum err evidence_put(bool *complete, struct api *api, const Seam__EvidenceDocument *head,
                      uint32_t part, struct bytes plain, uint64_t now_ms, struct arena *arena)
{
    if (head->size == 0 || head->size > EVIDENCE_SIZE_MAX) {
        return ERR_RANGE;
    }
    pthread_mutex_lock(&api->evidence);
    const enum err err = put_locked(complete, api, head, part, plain, now_ms, arena);
    pthread_mutex_unlock(&api->evidence);
    return err;
}

/* --- reading -----------------------------------------------------------------------------------*/

enum err evidence_sealed(struct bytes *out, struct api *api, const Seam__EvidenceDocument *document,
                         uint32_t part, struct arena *arena)
{
    const struct hash sha256 = document_hash(document);
    const struct blob_key key = part_key(document->owner, &sha256, part);
    if (part >= document->stored) {
        return ERR_ABSENT;
    }
    return kv_get(api->node->local, NULL, LOCAL_BLOBS, key_bytes(&key), arena, out);
}

enum err evidence_open(struct bytes *out, const struct hash *sha256, uint32_t part, uint32_t parts,
                       struct bytes sealed, const uint8_t key[BOX_KEY_SIZE], struct arena *arena)
{
    uint8_t bound[HASH_SIZE + 8];
    part_bound(bound, sha256, part, parts);
    return box_open(out, sealed, bytes_of(bound, sizeof bound), key, arena);
}

enum err evidence_plain(struct bytes *out, struct api *api, const Seam__EvidenceDocument *document,
                        uint32_t part, struct arena *arena)
{
    const struct hash sha256 = document_hash(document);
    uint8_t key[BOX_KEY_SIZE];
    struct bytes sealed;
    enum err err = evidence_sealed(&sealed, api, document, part, arena);
    if (err == OK) {
        err = key_unwrap(api, document, key, arena);
    }
    if (err == OK) {
        err = evidence_open(out, &sha256, part, document->parts, sealed, key, arena);
        box_key_wipe(key);
        err = err == ERR_KEY || err == ERR_LENGTH ? ERR_CORRUPT : err;
    }
    return err;
}

/* --- envelopes ---------------------------------------------------------------------------------*/

static enum err envelope_add(struct api *api, Seam__EvidenceDocument *document,
                             const struct evidence_reader *reader,
                             const uint8_t envelope[ENVELOPE_SIZE], struct arena *arena)
{
    const size_t count = document->n_envelopes;
    Seam__EvidenceEnvelope **list = arena_alloc(arena, (count + 1) * sizeof *list);
    Seam__EvidenceEnvelope *added = arena_alloc(arena, sizeof *added);
    struct bytes id;
    struct bytes kept;
    if (list == NULL || added == NULL || !arena_copy(arena, hash_bytes(&reader->key_id), &id) ||
        !arena_copy(arena, bytes_of(envelope, ENVELOPE_SIZE), &kept)) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = document->envelopes[i];
    }
    seam__evidence_envelope__init(added);
    added->reader = (char *)(uintptr_t)reader->organisation;
    added->reader_key = (ProtobufCBinaryData){.len = id.size, .data = (uint8_t *)id.data};
    added->envelope = (ProtobufCBinaryData){.len = kept.size, .data = (uint8_t *)kept.data};
    list[count] = added;
    document->envelopes = list;
    document->n_envelopes = count + 1;
    return write(api, document, NULL, kept, arena);
}

static bool envelope_find(uint8_t out[ENVELOPE_SIZE], const Seam__EvidenceDocument *document,
                          const char *reader, const struct hash *key_id)
{
    for (size_t i = 0; i < document->n_envelopes; i++) {
        const Seam__EvidenceEnvelope *envelope = document->envelopes[i];
        if (strcmp(envelope->reader, reader) == 0 && envelope->envelope.len == ENVELOPE_SIZE &&
            bytes_equal(bytes_of(envelope->reader_key.data, envelope->reader_key.len),
                        hash_bytes(key_id))) {
            memcpy(out, envelope->envelope.data, ENVELOPE_SIZE);
            return true;
        }
    }
    return false;
}

static enum err envelope_locked(uint8_t out[ENVELOPE_SIZE], struct api *api, const char *owner,
                                const struct hash *sha256, const struct evidence_reader *reader,
                                struct arena *arena)
{
    Seam__EvidenceDocument *document = NULL;
    enum err err = evidence_get(&document, api, owner, sha256, arena);
    if (err != OK || envelope_find(out, document, reader->organisation, &reader->key_id)) {
        return err;
    }
    if (document->stored < document->parts) {
        return ERR_ABSENT;
    }
    if (document->n_envelopes >= ENVELOPES) {
        return ERR_TOO_LARGE;
    }
    uint8_t key[BOX_KEY_SIZE];
    uint8_t envelope[ENVELOPE_SIZE];
    err = key_unwrap(api, document, key, arena);
    if (err == OK) {
        err = envelope_close(envelope, key, reader->public_key);
        box_key_wipe(key);
    }
    if (err == OK) {
        err = envelope_add(api, document, reader, envelope, arena);
    }
    if (err == OK) {
        memcpy(out, envelope, ENVELOPE_SIZE);
    }
    return err;
}

enum err evidence_envelope(uint8_t out[ENVELOPE_SIZE], struct api *api, const char *owner,
                           const struct hash *sha256, const struct evidence_reader *reader,
                           struct arena *arena)
{
    pthread_mutex_lock(&api->evidence);
    const enum err err = envelope_locked(out, api, owner, sha256, reader, arena);
    pthread_mutex_unlock(&api->evidence);
    return err;
}
