/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store/kv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/store/kv_backend.h"

/* A batch is one run of bytes: per operation a head, the key, the value. The backend turns it into
 * its own form at the write; until then nothing of it is shared. */

#define BATCH_SIZE_MAX ((size_t)1 << 30)
#define VALUE_BUDGET ((size_t)64 << 20)
#define EACH_KEPT ((size_t)64 << 10) /* of values already handed out */

struct op_head {
    uint32_t family;
    uint32_t put;
    uint32_t key_size;
    uint32_t value_size;
};

struct kv_batch {
    struct kv *kv;
    uint8_t *data;
    size_t size;
    size_t capacity;
    enum err trouble; /* of the first operation that could not be taken */
};

void kv_init(struct kv *kv, const struct kv_backend *backend, const struct kv_plan *plan,
             const struct kv_cipher *cipher)
{
    assert(plan->count > 0);
    assert(plan->count <= KV_FAMILIES_MAX);
    kv->backend = backend;
    kv->plan = *plan;
    kv->cipher = cipher ? *cipher : (struct kv_cipher){0};
    assert(!kv->cipher.seal == !kv->cipher.open);
    atomic_init(&kv->failed, false);
    atomic_init(&kv->readers, 0);
    assert(plan->count == KV_FAMILIES_MAX || plan->derived >> plan->count == 0);
    kv_forget_damage(kv);
}

static bool is_sealed(const struct kv *kv, uint32_t family)
{
    return kv->cipher.seal && !(kv->plan.clear & (1u << family));
}

void kv_close(struct kv *kv)
{
    if (!kv) {
        return;
    }
    /* RocksDB aborts when it is closed below a reader; find out here, with a name. */
    assert(atomic_load(&kv->readers) == 0);
    kv->backend->close(kv);
}

bool kv_failed(const struct kv *kv)
{
    return atomic_load(&kv->failed);
}

static bool is_derived(const struct kv *kv, uint32_t family)
{
    return family != KV_NO_FAMILY && (kv->plan.derived >> family & 1) != 0;
}

/* The first one stays. */
static void keep_text(char out[KV_DAMAGE_TEXT], const char *text)
{
    if (out[0] == '\0') {
        (void)snprintf(out, KV_DAMAGE_TEXT, "%s", text);
    }
}

void kv_tell_damage(struct kv *kv, uint32_t family, const char *text)
{
    spin_lock(&kv->lock);
    if (!is_derived(kv, family) || kv->renewals >= KV_RENEWALS_MAX) {
        keep_text(kv->damage, text);
    } else {
        kv->spoil[0] = kv->spoiled == 0 ? '\0' : kv->spoil[0];
        keep_text(kv->spoil, text);
        kv->spoiled |= 1u << family;
    }
    spin_unlock(&kv->lock);
}

void kv_forget_damage(struct kv *kv)
{
    spin_lock(&kv->lock);
    kv->damage[0] = '\0';
    kv->spoiled = 0;
    kv->renewals = 0;
    spin_unlock(&kv->lock);
}

bool kv_damage(struct kv *kv, char out[KV_DAMAGE_TEXT])
{
    spin_lock(&kv->lock);
    const bool met = kv->damage[0] != '\0';
    if (met) {
        memcpy(out, kv->damage, sizeof kv->damage);
    }
    spin_unlock(&kv->lock);
    return met;
}

uint32_t kv_spoiled(struct kv *kv, char out[KV_DAMAGE_TEXT])
{
    spin_lock(&kv->lock);
    const uint32_t spoiled = kv->spoiled;
    if (spoiled != 0 && out) {
        memcpy(out, kv->spoil, sizeof kv->spoil);
    }
    spin_unlock(&kv->lock);
    return spoiled;
}

enum err kv_get(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                struct bytes key, struct arena *arena, struct bytes *out)
{
    assert(family < kv->plan.count);
    if (kv_failed(kv)) {
        return ERR_STORAGE;
    }
    struct bytes stored;
    const enum err err = kv->backend->get(kv, snapshot, family, key, arena, &stored);
    if (err) {
        return err;
    }
    if (is_sealed(kv, family)) {
        return kv->cipher.open(kv->cipher.context, family, key, stored, arena, out);
    }
    *out = stored;
    return OK;
}

/* What stands between a backend that has a stored value and the one who asked for the value. */
struct opening {
    struct kv *kv;
    uint32_t family;
    const struct bytes *keys;
    kv_found found;
    void *context;
};

static enum err open_found(void *context, size_t index, struct bytes stored)
{
    const struct opening *opening = context;
    const struct kv *kv = opening->kv;
    struct arena arena;
    struct bytes value;
    arena_init(&arena, VALUE_BUDGET);
    enum err err = kv->cipher.open(kv->cipher.context, opening->family, opening->keys[index],
                                   stored, &arena, &value);
    if (!err) {
        err = opening->found(opening->context, index, value);
    }
    arena_free(&arena);
    return err;
}

static enum err get_each(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                         const struct bytes *keys, size_t count, kv_found found, void *context)
{
    struct arena arena;
    enum err err = OK;
    arena_init(&arena, 2 * VALUE_BUDGET);
    for (size_t i = 0; !err && i < count; i++) {
        struct bytes stored;
        err = kv->backend->get(kv, snapshot, family, keys[i], &arena, &stored);
        if (!err) {
            err = found(context, i, stored);
        } else if (err == ERR_ABSENT) {
            err = OK;
        }
        if (arena.used > EACH_KEPT) {
            arena_free(&arena);
        }
    }
    arena_free(&arena);
    return err;
}

enum err kv_get_many(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                     const struct bytes *keys, size_t count, kv_found found, void *context)
{
    assert(family < kv->plan.count);
    if (kv_failed(kv)) {
        return ERR_STORAGE;
    }
    struct opening opening = {kv, family, keys, found, context};
    if (is_sealed(kv, family)) {
        found = open_found;
        context = &opening;
    }
    return kv->backend->get_many
               ? kv->backend->get_many(kv, snapshot, family, keys, count, found, context)
               : get_each(kv, snapshot, family, keys, count, found, context);
}

struct kv_snapshot *kv_snapshot_take(struct kv *kv)
{
    struct kv_snapshot *snapshot = kv->backend->snapshot_take(kv);
    if (snapshot) {
        atomic_fetch_add(&kv->readers, 1);
    }
    return snapshot;
}

void kv_snapshot_drop(struct kv *kv, struct kv_snapshot *snapshot)
{
    if (!snapshot) {
        return;
    }
    kv->backend->snapshot_drop(kv, snapshot);
    const unsigned before = atomic_fetch_sub(&kv->readers, 1);
    assert(before > 0);
    (void)before;
}

/* --- batches ------------------------------------------------------------------------------------
 */

struct kv_batch *kv_batch_new(struct kv *kv)
{
    struct kv_batch *batch = calloc(1, sizeof *batch);
    if (batch) {
        batch->kv = kv;
    }
    return batch;
}

void kv_batch_free(struct kv_batch *batch)
{
    if (batch) {
        free(batch->data);
        free(batch);
    }
}

static bool batch_reserve(struct kv_batch *batch, size_t more)
{
    if (more > BATCH_SIZE_MAX - batch->size) {
        return false;
    }
    if (batch->size + more <= batch->capacity) {
        return true;
    }
    size_t capacity = batch->capacity ? batch->capacity : 4096;
    while (capacity < batch->size + more) {
        capacity *= 2;
    }
    uint8_t *data = realloc(batch->data, capacity);
    if (!data) {
        return false;
    }
    batch->data = data;
    batch->capacity = capacity;
    return true;
}

static void batch_append(struct kv_batch *batch, const struct kv_op *op)
{
    if (batch->trouble) {
        return;
    }
    /* Key and value are below 2^30 each, or there is no room for them. */
    if (op->key.size > BATCH_SIZE_MAX || op->value.size > BATCH_SIZE_MAX ||
        !batch_reserve(batch, sizeof(struct op_head) + op->key.size + op->value.size)) {
        batch->trouble = ERR_MEMORY;
        return;
    }
    const struct op_head head = {.family = op->family,
                                 .put = op->put,
                                 .key_size = (uint32_t)op->key.size,
                                 .value_size = (uint32_t)op->value.size};
    uint8_t *at = batch->data + batch->size;
    memcpy(at, &head, sizeof head);
    at += sizeof head;
    if (op->key.size) {
        memcpy(at, op->key.data, op->key.size);
    }
    if (op->value.size) {
        memcpy(at + op->key.size, op->value.data, op->value.size);
    }
    batch->size += sizeof head + op->key.size + op->value.size;
}

void kv_batch_put(struct kv_batch *batch, uint32_t family, struct bytes key, struct bytes value)
{
    const struct kv *kv = batch->kv;
    assert(family < kv->plan.count);
    if (!is_sealed(kv, family)) {
        batch_append(batch, &(struct kv_op){true, family, key, value});
        return;
    }
    struct arena arena;
    struct bytes sealed;
    arena_init(&arena, value.size + 65536);
    const enum err err = kv->cipher.seal(kv->cipher.context, family, key, value, &arena, &sealed);
    if (err) {
        batch->trouble = batch->trouble ? batch->trouble : err;
    } else {
        batch_append(batch, &(struct kv_op){true, family, key, sealed});
    }
    arena_free(&arena);
}

void kv_batch_delete(struct kv_batch *batch, uint32_t family, struct bytes key)
{
    assert(family < batch->kv->plan.count);
    batch_append(batch, &(struct kv_op){false, family, key, {NULL, 0}});
}

bool kv_batch_next(const struct kv_batch *batch, size_t *at, struct kv_op *op)
{
    assert(*at <= batch->size);
    if (*at == batch->size) {
        return false;
    }
    struct op_head head;
    memcpy(&head, batch->data + *at, sizeof head);
    const uint8_t *key = batch->data + *at + sizeof head;
    op->put = head.put != 0;
    op->family = head.family;
    op->key = bytes_of(key, head.key_size);
    op->value = bytes_of(key + head.key_size, head.value_size);
    *at += sizeof head + head.key_size + head.value_size;
    return true;
}

enum err kv_write(struct kv *kv, const struct kv_batch *batch, bool sync)
{
    assert(batch->kv == kv);
    if (kv_failed(kv)) {
        return ERR_STORAGE;
    }
    if (batch->trouble) {
        return batch->trouble;
    }
    if (batch->size == 0) {
        return OK;
    }
    const enum err err = kv->backend->write(kv, batch, sync);
    if (err) {
        /* What is on disk now is not known; nobody may guess (style 29). */
        atomic_store(&kv->failed, true);
    }
    return err;
}

enum err kv_renew(struct kv *kv, uint32_t family)
{
    assert(is_derived(kv, family));
    if (kv_failed(kv)) {
        return ERR_STORAGE;
    }
    /* Before, so that who meets damage in the new one is heard. */
    spin_lock(&kv->lock);
    kv->spoiled &= ~(1u << family);
    kv->renewals++;
    spin_unlock(&kv->lock);
    const enum err err = kv->backend->renew(kv, family);
    if (err) {
        atomic_store(&kv->failed, true);
    }
    return err;
}

/* --- iterators ----------------------------------------------------------------------------------
 */

struct kv_iter *kv_iter_open(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                             struct bytes prefix, struct bytes from, bool reverse)
{
    assert(family < kv->plan.count);
    assert(prefix.size <= KV_PREFIX_MAX);
    struct kv_iter *iter = kv->backend->iter_open(kv, snapshot, family, prefix, from, reverse);
    if (!iter) {
        return NULL;
    }
    iter->kv = kv;
    iter->family = family;
    arena_init(&iter->opened, VALUE_BUDGET);
    atomic_fetch_add(&kv->readers, 1);
    return iter;
}

enum err kv_iter_next(struct kv_iter *iter, struct bytes *key, struct bytes *value)
{
    if (!iter) {
        return ERR_MEMORY;
    }
    struct kv *kv = iter->kv;
    if (kv_failed(kv)) {
        return ERR_STORAGE;
    }
    struct bytes found;
    struct bytes stored;
    const enum err err = kv->backend->iter_next(iter, &found, &stored);
    if (err) {
        return err;
    }
    if (is_sealed(kv, iter->family)) {
        struct bytes opened;
        arena_free(&iter->opened);
        const enum err bad = kv->cipher.open(kv->cipher.context, iter->family, found, stored,
                                             &iter->opened, &opened);
        if (bad) {
            return bad;
        }
        stored = opened;
    }
    *key = found;
    *value = stored;
    return OK;
}

void kv_iter_close(struct kv_iter *iter)
{
    if (!iter) {
        return;
    }
    struct kv *kv = iter->kv;
    arena_free(&iter->opened);
    kv->backend->iter_close(iter);
    const unsigned before = atomic_fetch_sub(&kv->readers, 1);
    assert(before > 0);
    (void)before;
}

size_t kv_prefix_end(uint8_t *out, struct bytes prefix)
{
    size_t size = prefix.size;
    while (size > 0 && prefix.data[size - 1] == 0xff) {
        size--;
    }
    if (size > 0) {
        memcpy(out, prefix.data, size);
        out[size - 1]++;
    }
    return size;
}
