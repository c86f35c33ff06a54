/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_STORE_TREES_H
#define TESTS_UNIT_STORE_TREES_H

/* Keys whose paths agree far down, and trees over a store in memory. */

#include "tests/unit/store/fixture.h"

#include "ledger/store/storage_plan.h"
#include "ledger/store/tree.h"

static inline int by_path(const void *a, const void *b)
{
    return memcmp(a, b, HASH_SIZE);
}

#define KEYS 160

static char keys[KEYS][24];

struct named {
    struct hash path;
    uint32_t number;
};

/* The last 40 keys are pairs whose paths agree far down, so that nodes stand deep. */
static inline void keys_make(void)
{
    enum { CANDIDATES = 60000 };
    struct named *found = calloc(CANDIDATES, sizeof *found);
    for (uint32_t i = 0; i < CANDIDATES; i++) {
        char text[24];
        snprintf(text, sizeof text, "deep %u", i);
        state_path(&found[i].path, bytes_text(text));
        found[i].number = i;
    }
    qsort(found, CANDIDATES, sizeof *found, by_path);
    uint32_t made = 0;
    for (uint32_t i = 0; i + 1 < CANDIDATES && made < 40; i++) {
        if (memcmp(found[i].path.bytes, found[i + 1].path.bytes, 3) == 0) {
            snprintf(keys[made++], sizeof keys[0], "deep %u", found[i].number);
            snprintf(keys[made++], sizeof keys[0], "deep %u", found[i + 1].number);
        }
    }
    for (; made < KEYS; made++) {
        snprintf(keys[made], sizeof keys[0], "key %u", made);
    }
    free(found);
}

static inline enum err absent(void *context, struct bytes key, struct arena *arena,
                              struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

static inline struct overlay *overlay_empty(void)
{
    const struct state_base base = {.get = absent};
    return overlay_new(NULL, &base);
}

static inline enum err node_get(void *context, struct bytes key, struct arena *arena,
                                struct bytes *out)
{
    return kv_get(context, NULL, CHAIN_TREE, key, arena, out);
}

static inline struct tree_base base_over(struct kv *kv, bool empty, uint64_t height)
{
    return (struct tree_base){kv, empty, height, node_get, NULL, NULL};
}

static inline struct tree *tree_nothing(struct kv *kv)
{
    struct tree *tree;
    const struct tree_base base = base_over(kv, true, 0);
    assert_int_equal(tree_open(&tree, &base), OK);
    return tree;
}

static inline void commit(struct kv *kv, struct tree *tree, bool prune)
{
    struct kv_batch *batch = kv_batch_new(kv);
    for (size_t i = 0; i < tree_node_count(tree); i++) {
        struct bytes key;
        struct bytes value;
        tree_node(tree, i, &key, &value);
        kv_batch_put(batch, CHAIN_TREE, key, value);
    }
    for (size_t i = 0; prune && i < tree_stale_count(tree); i++) {
        kv_batch_delete(batch, CHAIN_TREE, tree_stale(tree, i));
    }
    assert_int_equal(kv_write(kv, batch, false), OK);
    kv_batch_free(batch);
    uint64_t height = 0;
    const bool empty = !tree_root_height(tree, &height);
    const struct tree_base base = base_over(kv, empty, height);
    assert_int_equal(tree_settle(tree, &base), OK);
}

static inline int setup(void **state)
{
    (void)state;
    keys_make();
    return 0;
}

#endif
