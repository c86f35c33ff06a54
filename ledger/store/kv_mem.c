/* SPDX-License-Identifier: Apache-2.0 */
/* The store in memory, for tests and simulated nodes: per family a skip list of keys, each with its
 * versions, newest first. A snapshot is a sequence number; versions nobody can see any more are
 * dropped at the next write of their key. A small lock guards every call; nothing waits inside. */
#include "ledger/store/kv_backend.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/store/spin.h"

#define LEVELS 16

struct version {
    struct version *older;
    uint64_t sequence;
    bool present;
    bool rotten; /* nobody can read it */
    size_t size;
    uint8_t data[];
};

struct node {
    struct version *newest;
    size_t key_size;
    uint8_t *key;
    struct node *next[LEVELS];
};

struct kv_snapshot {
    uint64_t sequence;
    struct kv_snapshot *next;
};

struct kv_mem {
    struct kv base;
    struct spin lock;
    uint64_t sequence; /* of the last write */
    uint64_t synced; /* of the last write that a crash leaves */
    bool losing; /* the disk lies: nothing is synced any more, whatever it says */
    const struct kv_mem_disk *disk; /* NULL: one that always works */
    uint64_t random; /* state of the level generator: the shape need not be unpredictable */
    struct kv_snapshot *snapshots;
    struct node heads[KV_FAMILIES_MAX];
};

struct mem_iter {
    struct kv_iter base;
    struct kv_snapshot pin;
    const struct node *at;
    bool reverse;
    size_t prefix_size;
    uint8_t *prefix;
    struct arena copy; /* the current pair */
};

static struct bytes node_key(const struct node *node)
{
    return bytes_of(node->key, node->key_size);
}

/* below is the last node whose key is < key (or <= key with equal), or the head; fills the path. */
static struct node *below(struct node *head, struct bytes key, bool equal, struct node **path)
{
    struct node *at = head;
    for (int level = LEVELS - 1; level >= 0; level--) {
        while (at->next[level]) {
            const int order = bytes_compare(node_key(at->next[level]), key);
            if (order > 0 || (order == 0 && !equal)) {
                break;
            }
            at = at->next[level];
        }
        if (path) {
            path[level] = at;
        }
    }
    return at;
}

static struct node *last(struct node *head)
{
    struct node *at = head;
    for (int level = LEVELS - 1; level >= 0; level--) {
        while (at->next[level]) {
            at = at->next[level];
        }
    }
    return at;
}

static const struct version *visible(const struct node *node, uint64_t sequence)
{
    const struct version *version = node->newest;
    while (version && version->sequence > sequence) {
        version = version->older;
    }
    return version && version->present ? version : NULL;
}

/* readable tells of damage below what was found. */
static enum err readable(struct kv_mem *mem, const struct version *version, uint32_t family)
{
    char text[KV_DAMAGE_TEXT];
    if (!version->rotten) {
        return OK;
    }
    (void)snprintf(text, sizeof text, "Corruption: a record of %s cannot be read",
                   mem->base.plan.families[family]);
    kv_tell_damage(&mem->base, family, text);
    return ERR_CORRUPT;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static enum err mem_get(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                        struct bytes key, struct arena *arena, struct bytes *out)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    enum err err = ERR_ABSENT;
    spin_lock(&mem->lock);
    struct node *node = below(&mem->heads[family], key, true, NULL);
    if (node != &mem->heads[family] && bytes_equal(node_key(node), key)) {
        const struct version *version =
            visible(node, snapshot ? snapshot->sequence : mem->sequence);
        if (version) {
            err = readable(mem, version, family);
        }
        if (!err && !arena_copy(arena, bytes_of(version->data, version->size), out)) {
            err = ERR_MEMORY;
        }
    }
    spin_unlock(&mem->lock);
    return err;
}

static void pin(struct kv_mem *mem, struct kv_snapshot *snapshot, uint64_t sequence)
{
    snapshot->sequence = sequence;
    snapshot->next = mem->snapshots;
    mem->snapshots = snapshot;
}

static void unpin(struct kv_mem *mem, struct kv_snapshot *snapshot)
{
    struct kv_snapshot **link = &mem->snapshots;
    while (*link != snapshot) {
        assert(*link);
        link = &(*link)->next;
    }
    *link = snapshot->next;
}

static struct kv_snapshot *mem_snapshot_take(struct kv *kv)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    struct kv_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot) {
        spin_lock(&mem->lock);
        pin(mem, snapshot, mem->sequence);
        spin_unlock(&mem->lock);
    }
    return snapshot;
}

static void mem_snapshot_drop(struct kv *kv, struct kv_snapshot *snapshot)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    spin_lock(&mem->lock);
    unpin(mem, snapshot);
    spin_unlock(&mem->lock);
    free(snapshot);
}

static const struct node *first_of(struct node *head, struct bytes prefix, struct bytes from,
                                   bool reverse)
{
    if (!reverse) {
        const bool later = bytes_compare(from, prefix) > 0;
        return below(head, later ? from : prefix, false, NULL)->next[0];
    }
    uint8_t end[KV_PREFIX_MAX];
    const size_t end_size = kv_prefix_end(end, prefix);
    struct node *node = end_size ? below(head, bytes_of(end, end_size), false, NULL) : last(head);
    if (from.size > 0 && node != head && bytes_compare(node_key(node), from) > 0) {
        node = below(head, from, true, NULL);
    }
    return node == head ? NULL : node;
}

static struct kv_iter *mem_iter_open(struct kv *kv, const struct kv_snapshot *snapshot,
                                     uint32_t family, struct bytes prefix, struct bytes from,
                                     bool reverse)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    struct mem_iter *iter = calloc(1, sizeof *iter);
    uint8_t *copy = malloc(prefix.size + 1);
    if (!iter || !copy) {
        free(iter);
        free(copy);
        return NULL;
    }
    if (prefix.size) {
        memcpy(copy, prefix.data, prefix.size);
    }
    iter->prefix = copy;
    iter->prefix_size = prefix.size;
    iter->reverse = reverse;
    arena_init(&iter->copy, (size_t)64 << 20);
    spin_lock(&mem->lock);
    pin(mem, &iter->pin, snapshot ? snapshot->sequence : mem->sequence);
    iter->at = first_of(&mem->heads[family], prefix, from, reverse);
    spin_unlock(&mem->lock);
    return &iter->base;
}

static const struct node *step(struct node *head, const struct mem_iter *iter)
{
    if (!iter->reverse) {
        return iter->at->next[0];
    }
    const struct node *node = below(head, node_key(iter->at), false, NULL);
    return node == head ? NULL : node;
}

static enum err iter_take(struct mem_iter *iter, struct kv_mem *mem, struct bytes *key,
                          struct bytes *value)
{
    struct node *head = &mem->heads[iter->base.family];
    arena_free(&iter->copy);
    while (iter->at) {
        const struct node *node = iter->at;
        if (node->key_size < iter->prefix_size ||
            (iter->prefix_size && memcmp(node->key, iter->prefix, iter->prefix_size) != 0)) {
            iter->at = NULL;
            break;
        }
        const struct version *version = visible(node, iter->pin.sequence);
        iter->at = step(head, iter);
        if (version && version->rotten) {
            return readable(mem, version, iter->base.family);
        }
        if (version) {
            const struct bytes data = bytes_of(version->data, version->size);
            return arena_copy(&iter->copy, node_key(node), key) &&
                           arena_copy(&iter->copy, data, value)
                       ? OK
                       : ERR_MEMORY;
        }
    }
    return ERR_ABSENT;
}

static enum err mem_iter_next(struct kv_iter *base, struct bytes *key, struct bytes *value)
{
    struct mem_iter *iter = (struct mem_iter *)base;
    struct kv_mem *mem = (struct kv_mem *)base->kv;
    spin_lock(&mem->lock);
    const enum err err = iter_take(iter, mem, key, value);
    spin_unlock(&mem->lock);
    return err;
}

static void mem_iter_close(struct kv_iter *base)
{
    struct mem_iter *iter = (struct mem_iter *)base;
    struct kv_mem *mem = (struct kv_mem *)base->kv;
    spin_lock(&mem->lock);
    unpin(mem, &iter->pin);
    spin_unlock(&mem->lock);
    arena_free(&iter->copy);
    free(iter->prefix);
    free(iter);
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void free_versions(struct version *version)
{
    while (version) {
        struct version *older = version->older;
        free(version);
        version = older;
    }
}

static int random_level(struct kv_mem *mem)
{
    mem->random = mem->random * 6364136223846793005u + 1442695040888963407u;
    const int level = __builtin_ctz((uint32_t)(mem->random >> 32) | 1u << (LEVELS - 1));
    return level < LEVELS ? level : LEVELS - 1;
}

static struct node *node_for(struct kv_mem *mem, uint32_t family, struct bytes key)
{
    struct node *path[LEVELS];
    struct node *head = &mem->heads[family];
    struct node *before = below(head, key, false, path);
    struct node *node = before->next[0];
    if (node && bytes_equal(node_key(node), key)) {
        return node;
    }
    node = calloc(1, sizeof *node);
    if (!node) {
        return NULL;
    }
    node->key = malloc(key.size + 1);
    if (!node->key) {
        free(node);
        return NULL;
    }
    if (key.size) {
        memcpy(node->key, key.data, key.size);
    }
    node->key_size = key.size;
    for (int level = random_level(mem); level >= 0; level--) {
        node->next[level] = path[level]->next[level];
        path[level]->next[level] = node;
    }
    return node;
}

static uint64_t oldest_pinned(const struct kv_mem *mem)
{
    uint64_t oldest = mem->synced;
    for (const struct kv_snapshot *at = mem->snapshots; at; at = at->next) {
        oldest = at->sequence < oldest ? at->sequence : oldest;
    }
    return oldest;
}

static enum err apply(struct kv_mem *mem, const struct kv_op *op, uint64_t sequence,
                      uint64_t oldest)
{
    struct node *node = node_for(mem, op->family, op->key);
    struct version *version = malloc(sizeof *version + op->value.size);
    if (!node || !version) {
        free(version);
        return ERR_MEMORY;
    }
    version->sequence = sequence;
    version->present = op->put;
    version->rotten = false;
    version->size = op->value.size;
    if (op->value.size) {
        memcpy(version->data, op->value.data, op->value.size);
    }
    version->older = node->newest;
    node->newest = version;
    /* Behind the newest version the oldest reader can see, nothing is needed. */
    struct version *seen = version;
    while (seen && seen->sequence > oldest) {
        seen = seen->older;
    }
    if (seen) {
        free_versions(seen->older);
        seen->older = NULL;
    }
    return OK;
}

static enum err ask_disk(struct kv_mem *mem, const struct kv_batch *batch, bool sync)
{
    struct kv_op op;
    size_t at = 0;
    size_t size = 0;
    bool lost = false;
    while (kv_batch_next(batch, &at, &op)) {
        size += op.key.size + op.value.size;
    }
    const enum err err = mem->disk->write(mem->disk->context, size, sync, &lost);
    mem->losing = mem->losing || lost; /* a journal with a hole ends there */
    return err;
}

static enum err mem_write(struct kv *kv, const struct kv_batch *batch, bool sync)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    struct kv_op op;
    size_t at = 0;
    enum err err = mem->disk == NULL ? OK : ask_disk(mem, batch, sync);
    spin_lock(&mem->lock);
    const uint64_t oldest = oldest_pinned(mem);
    while (!err && kv_batch_next(batch, &at, &op)) {
        err = apply(mem, &op, mem->sequence + 1, oldest);
    }
    if (!err) {
        mem->sequence++;
        if (mem->disk == NULL || (sync && !mem->losing)) {
            mem->synced = mem->sequence;
        }
    }
    spin_unlock(&mem->lock);
    return err;
}

/* Nodes stay where they are, for walks that stand on them; without a version they are absent. */
static enum err mem_renew(struct kv *kv, uint32_t family)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    bool lost = false;
    const enum err err =
        mem->disk == NULL ? OK : mem->disk->write(mem->disk->context, 0, true, &lost);
    spin_lock(&mem->lock);
    for (struct node *node = mem->heads[family].next[0]; node && !err; node = node->next[0]) {
        free_versions(node->newest);
        node->newest = NULL;
    }
    spin_unlock(&mem->lock);
    return err;
}

/* forget_unsynced takes the versions nobody had synced off every key. A key left without any is as
 * good as absent. */
static void forget_unsynced(struct kv_mem *mem)
{
    for (size_t i = 0; i < mem->base.plan.count; i++) {
        for (struct node *node = mem->heads[i].next[0]; node; node = node->next[0]) {
            while (node->newest && node->newest->sequence > mem->synced) {
                struct version *version = node->newest;
                node->newest = version->older;
                free(version);
            }
        }
    }
    mem->sequence = mem->synced;
}

void kv_mem_disk_set(struct kv *kv, const struct kv_mem_disk *disk)
{
    ((struct kv_mem *)kv)->disk = disk;
}

void kv_mem_crash(struct kv *kv)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    assert(atomic_load(&kv->readers) == 0);
    assert(mem->snapshots == NULL);
    forget_unsynced(mem);
    mem->losing = false;
    atomic_store(&kv->failed, false);
    kv_forget_damage(kv);
}

size_t kv_mem_rot(struct kv *kv, uint32_t family, uint64_t place, size_t count)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    size_t done = 0;
    uint64_t at = 0;
    assert(family < kv->plan.count);
    spin_lock(&mem->lock);
    for (struct node *node = mem->heads[family].next[0]; node && done < count;
         node = node->next[0]) {
        if (visible(node, mem->sequence) && at++ >= place) {
            node->newest->rotten = true;
            done++;
        }
    }
    spin_unlock(&mem->lock);
    return done;
}

uint64_t kv_mem_count(const struct kv *kv, uint32_t family, bool rotten)
{
    const struct kv_mem *mem = (const struct kv_mem *)kv;
    uint64_t count = 0;
    for (const struct node *node = mem->heads[family].next[0]; node; node = node->next[0]) {
        const struct version *version = visible(node, mem->sequence);
        count += version && (version->rotten || !rotten);
    }
    return count;
}

/* --- opening, copying and closing
 * ------------------------------------------------------------------------
 */

static void mem_close(struct kv *kv)
{
    struct kv_mem *mem = (struct kv_mem *)kv;
    for (size_t i = 0; i < mem->base.plan.count; i++) {
        struct node *node = mem->heads[i].next[0];
        while (node) {
            struct node *next = node->next[0];
            free_versions(node->newest);
            free(node->key);
            free(node);
            node = next;
        }
    }
    free(mem);
}

static const struct kv_backend MEM = {.close = mem_close,
                                      .get = mem_get,
                                      .snapshot_take = mem_snapshot_take,
                                      .snapshot_drop = mem_snapshot_drop,
                                      .write = mem_write,
                                      .renew = mem_renew,
                                      .iter_open = mem_iter_open,
                                      .iter_next = mem_iter_next,
                                      .iter_close = mem_iter_close};

static enum err copy_family(struct kv_mem *to, const struct kv_mem *from, uint32_t family)
{
    for (const struct node *node = from->heads[family].next[0]; node; node = node->next[0]) {
        const struct version *version = visible(node, from->synced);
        if (!version) {
            continue;
        }
        const struct kv_op op = {.put = true,
                                 .family = family,
                                 .key = node_key(node),
                                 .value = bytes_of(version->data, version->size)};
        const enum err err = apply(to, &op, 1, 1);
        if (err) {
            return err;
        }
        node_for(to, family, op.key)->newest->rotten = version->rotten;
    }
    return OK;
}

enum err kv_mem_copy(struct kv **out, const struct kv *kv)
{
    const struct kv_mem *from = (const struct kv_mem *)kv;
    struct kv *copy = NULL;
    enum err err = kv_open_mem(&copy, &kv->plan, &kv->cipher);
    if (err) {
        return err;
    }
    struct kv_mem *to = (struct kv_mem *)copy;
    to->sequence = to->synced = 1;
    for (uint32_t family = 0; family < kv->plan.count && !err; family++) {
        err = copy_family(to, from, family);
    }
    if (err) {
        kv_close(copy);
        return err;
    }
    *out = copy;
    return OK;
}

enum err kv_open_mem(struct kv **out, const struct kv_plan *plan, const struct kv_cipher *cipher)
{
    struct kv_mem *mem = calloc(1, sizeof *mem);
    if (!mem) {
        return ERR_MEMORY;
    }
    kv_init(&mem->base, &MEM, plan, cipher);
    mem->random = 1;
    *out = &mem->base;
    return OK;
}
