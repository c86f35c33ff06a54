/* SPDX-License-Identifier: Apache-2.0 */
/* One record a draft under its id; how many there are is counted at start and kept in memory. */

#include "api/draft.h"

#include "ledger/base/limits.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/store/storage_plan.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DRAFT_MAX (LIMIT_TX + 8192)
#define DRAFT_ARENA (8 * DRAFT_MAX)

struct draft_box {
    struct kv *local;
    pthread_mutex_t mutex;
    size_t count; /* kept, expired ones included; changed with the box locked */
};

static bool count_one(void *context, const Seam__Draft *draft)
{
    (void)draft;
    size_t *count = context;
    return ++*count < DRAFTS_MAX;
}

struct draft_box *draft_box_new(struct kv *local)
{
    assert(local != NULL);
    struct draft_box *box = calloc(1, sizeof *box);
    if (box == NULL || pthread_mutex_init(&box->mutex, NULL) != 0) {
        free(box);
        return NULL;
    }
    box->local = local;
    if (draft_each(box, count_one, &box->count) != OK) {
        draft_box_free(box);
        return NULL;
    }
    return box;
}

void draft_box_free(struct draft_box *box)
{
    if (box != NULL) {
        pthread_mutex_destroy(&box->mutex);
        free(box);
    }
}

void draft_lock(struct draft_box *box)
{
    pthread_mutex_lock(&box->mutex);
}

void draft_unlock(struct draft_box *box)
{
    pthread_mutex_unlock(&box->mutex);
}

void draft_id(uint8_t out[DRAFT_ID_SIZE], const char *organisation, uint32_t type,
              struct bytes payload)
{
    struct hasher hasher;
    struct hash hash;
    hash_begin(&hasher, TAG_IDEMPOTENCY);
    hash_add_u64(&hasher, strlen(organisation));
    hash_add(&hasher, bytes_text(organisation));
    hash_add_u64(&hasher, type);
    hash_add(&hasher, payload);
    hash_end(&hasher, &hash);
    memcpy(out, hash.bytes, DRAFT_ID_SIZE);
}

static enum err decode(Seam__Draft **out, struct bytes value, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    const enum err err =
        message_unpack(&message, &seam__draft__descriptor, value, DRAFT_MAX, arena, NULL);
    if (err != OK) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    *out = (Seam__Draft *)message;
    return OK;
}

enum err draft_get(Seam__Draft **out, struct draft_box *box, struct bytes id, uint64_t now_ms,
                   struct arena *arena)
{
    struct bytes value;
    Seam__Draft *draft = NULL;
    if (id.size != DRAFT_ID_SIZE) {
        return ERR_ABSENT;
    }
    enum err err = kv_get(box->local, NULL, LOCAL_DRAFTS, id, arena, &value);
    if (err == OK) {
        err = decode(&draft, value, arena);
    }
    if (err == OK && draft->valid_until_ms < now_ms) {
        err = ERR_ABSENT;
    }
    if (err == OK) {
        *out = draft;
    }
    return err;
}

static enum err write(struct draft_box *box, struct bytes id, const struct bytes *value)
{
    struct kv_batch *batch = kv_batch_new(box->local);
    if (batch == NULL) {
        return ERR_MEMORY;
    }
    if (value != NULL) {
        kv_batch_put(batch, LOCAL_DRAFTS, id, *value);
    } else {
        kv_batch_delete(batch, LOCAL_DRAFTS, id);
    }
    const enum err err = kv_write(box->local, batch, true);
    kv_batch_free(batch);
    return err;
}

enum err draft_put(struct draft_box *box, const Seam__Draft *draft)
{
    assert(draft->id.len == DRAFT_ID_SIZE);
    struct arena arena;
    struct bytes value;
    struct bytes before;
    arena_init(&arena, DRAFT_ARENA);
    enum err err = kv_get(box->local, NULL, LOCAL_DRAFTS, bytes_of(draft->id.data, draft->id.len),
                          &arena, &before);
    const bool more = err == ERR_ABSENT;
    if (more) {
        err = box->count < DRAFTS_MAX ? OK : ERR_BUSY;
    }
    if (err == OK) {
        err = message_pack(&value, &draft->base, &arena);
    }
    if (err == OK) {
        err = value.size > DRAFT_MAX ? ERR_TOO_LARGE
                                     : write(box, bytes_of(draft->id.data, draft->id.len), &value);
    }
    box->count += more && err == OK ? 1 : 0;
    arena_free(&arena);
    return err;
}

enum err draft_drop(struct draft_box *box, struct bytes id)
{
    struct arena arena;
    struct bytes before;
    arena_init(&arena, DRAFT_ARENA);
    const bool known = kv_get(box->local, NULL, LOCAL_DRAFTS, id, &arena, &before) == OK;
    arena_free(&arena);
    const enum err err = write(box, id, NULL);
    box->count -= known && err == OK && box->count > 0 ? 1 : 0;
    return err;
}

enum err draft_each(struct draft_box *box, draft_found found, void *context)
{
    struct kv_snapshot *snapshot = kv_snapshot_take(box->local);
    if (snapshot == NULL) {
        return ERR_MEMORY;
    }
    const struct bytes all = {NULL, 0};
    struct kv_iter *iter = kv_iter_open(box->local, snapshot, LOCAL_DRAFTS, all, all, false);
    enum err err = iter != NULL ? OK : ERR_MEMORY;
    for (size_t i = 0; err == OK && i < DRAFTS_MAX; i++) {
        struct bytes key;
        struct bytes value;
        Seam__Draft *draft = NULL;
        err = kv_iter_next(iter, &key, &value);
        if (err != OK) {
            break;
        }
        struct arena arena;
        arena_init(&arena, DRAFT_ARENA);
        err = decode(&draft, value, &arena);
        const bool more = err == OK && found(context, draft);
        arena_free(&arena);
        if (!more) {
            break;
        }
    }
    if (iter != NULL) {
        kv_iter_close(iter);
    }
    kv_snapshot_drop(box->local, snapshot);
    return err == ERR_ABSENT ? OK : err;
}

static Seam__Signature *signature_new(const struct hash *key_id, const uint8_t signature[64],
                                      struct arena *arena)
{
    Seam__Signature *made = (Seam__Signature *)message_new(&seam__signature__descriptor, arena);
    struct bytes id;
    struct bytes sig;
    if (made == NULL || !arena_copy(arena, hash_bytes(key_id), &id) ||
        !arena_copy(arena, bytes_of(signature, 64), &sig)) {
        return NULL;
    }
    made->key_id = (ProtobufCBinaryData){id.size, (uint8_t *)(uintptr_t)id.data};
    made->sig = (ProtobufCBinaryData){sig.size, (uint8_t *)(uintptr_t)sig.data};
    return made;
}

enum err draft_sign(Seam__Draft *draft, const char *person, const struct hash *key_id,
                    const uint8_t signature[64], struct arena *arena)
{
    size_t place = 0;
    for (size_t i = 0; i < draft->n_persons; i++) {
        if (strcmp(draft->persons[i], person) == 0) {
            return ERR_SECOND_PERSON;
        }
    }
    for (size_t i = 0; i < draft->n_signatures; i++) {
        const ProtobufCBinaryData *id = &draft->signatures[i]->key_id;
        const int order = bytes_compare(bytes_of(id->data, id->len), hash_bytes(key_id));
        if (order == 0) {
            return ERR_CONFLICT;
        }
        place += order < 0 ? 1 : 0;
    }
    if (draft->n_signatures >= LIMIT_TX_SIGNATURES) {
        return ERR_TOO_LARGE;
    }
    Seam__Signature *made = signature_new(key_id, signature, arena);
    Seam__Signature **signatures =
        arena_alloc(arena, (draft->n_signatures + 1) * sizeof(Seam__Signature *));
    char **persons = arena_alloc(arena, (draft->n_persons + 1) * sizeof(char *));
    char *name = arena_text(arena, person, strlen(person));
    if (made == NULL || signatures == NULL || persons == NULL || name == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < draft->n_signatures; i++) {
        signatures[i < place ? i : i + 1] = draft->signatures[i];
    }
    signatures[place] = made;
    for (size_t i = 0; i < draft->n_persons; i++) {
        persons[i] = draft->persons[i];
    }
    persons[draft->n_persons] = name;
    draft->signatures = signatures;
    draft->n_signatures++;
    draft->persons = persons;
    draft->n_persons++;
    return OK;
}

enum err draft_raw(struct bytes *out, const Seam__Draft *draft, struct arena *arena)
{
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    transaction.body = draft->body;
    transaction.n_signatures = draft->n_signatures;
    transaction.signatures = draft->signatures;
    transaction.detached = draft->detached;
    return message_pack(out, &transaction.base, arena);
}
