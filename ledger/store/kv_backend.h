/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_KV_BACKEND_H
#define LEDGER_STORE_KV_BACKEND_H

/* What kv_rocks.c and kv_mem.c implement behind kv.h. kv.c does what they share: batches, the
 * cipher, the latch after a failed write, counting of readers. Only these three include this. */

#include <stdatomic.h>

#include "ledger/store/kv.h"
#include "ledger/store/spin.h"

struct kv_op {
    bool put; /* else delete */
    uint32_t family;
    struct bytes key;
    struct bytes value;
};

struct kv_backend {
    void (*close)(struct kv *kv);
    /* The stored bytes, copied into arena. */
    enum err (*get)(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                    struct bytes key, struct arena *arena, struct bytes *out);
    /* As kv_get_many, with the stored bytes; NULL: keys are read one by one. */
    enum err (*get_many)(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                         const struct bytes *keys, size_t count, kv_found found, void *context);
    struct kv_snapshot *(*snapshot_take)(struct kv *kv);
    void (*snapshot_drop)(struct kv *kv, struct kv_snapshot *snapshot);
    enum err (*write)(struct kv *kv, const struct kv_batch *batch, bool sync);
    enum err (*renew)(struct kv *kv, uint32_t family);
    struct kv_iter *(*iter_open)(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                                 struct bytes prefix, struct bytes from, bool reverse);
    enum err (*iter_next)(struct kv_iter *iter, struct bytes *key, struct bytes *value);
    void (*iter_close)(struct kv_iter *iter);
};

/* The first member of each backend's own struct. */
struct kv {
    const struct kv_backend *backend;
    struct kv_plan plan;
    struct kv_cipher cipher;
    atomic_bool failed;
    atomic_uint readers; /* snapshots and iterators not yet given back */
    struct spin lock; /* guards what follows */
    char damage[KV_DAMAGE_TEXT]; /* empty: none was met */
    unsigned renewals; /* of derived families since the opening */
    uint32_t spoiled; /* derived families, a bit each */
    char spoil[KV_DAMAGE_TEXT]; /* of the first of them */
};

/* The first member of each backend's iterator. */
struct kv_iter {
    struct kv *kv;
    uint32_t family;
    struct arena opened; /* value of the current pair, when a cipher is in use */
};

/* kv_init fills the shared part. */
void kv_init(struct kv *kv, const struct kv_backend *backend, const struct kv_plan *plan,
             const struct kv_cipher *cipher);

/* kv_forget_damage: the store is as after an opening. Nobody may read meanwhile. */
void kv_forget_damage(struct kv *kv);

/* kv_batch_next walks the operations in order: *at begins at 0; false at the end. */
bool kv_batch_next(const struct kv_batch *batch, size_t *at, struct kv_op *op);

/* kv_prefix_end writes the first key after all keys with this prefix into out (prefix.size bytes at
 * most) and gives its size; 0 when there is no such key. */
size_t kv_prefix_end(uint8_t *out, struct bytes prefix);

#endif
