/* SPDX-License-Identifier: Apache-2.0 */
/* The state tree against a plain recomputation from all leaves, with forks, commits, pruning and
 * damage. */
#include "tests/unit/store/trees.h"

#include "ledger/store/tree_cache.h"
#include "ledger/store/tree_node.h"
#include "ledger/store/tree_prove.h"

/* --- the reference: level by level from 256 bits up to the root ---------------------------------
 */

struct place {
    struct hash path; /* of any leaf below */
    struct hash hash;
    bool leaf; /* exactly one leaf below */
};

static bool same_above(const struct hash *a, const struct hash *b, unsigned bit)
{
    for (unsigned i = 0; i < bit; i++) {
        if (state_path_bit(a, i) != state_path_bit(b, i)) {
            return false;
        }
    }
    return true;
}

static void node_of(struct hash *out, const struct hash *left, const struct hash *right)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_STATE_NODE);
    hash_add(&hasher, hash_bytes(left));
    hash_add(&hasher, hash_bytes(right));
    hash_end(&hasher, out);
}

static void reference_root(struct hash *root, struct place *places, size_t count)
{
    const struct hash zero = {{0}};
    qsort(places, count, sizeof *places, by_path);
    for (unsigned bit = 256; bit-- > 0;) {
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            struct place *out = &places[kept++];
            if (i + 1 < count && same_above(&places[i].path, &places[i + 1].path, bit)) {
                struct hash hash;
                node_of(&hash, &places[i].hash, &places[i + 1].hash);
                *out = (struct place){places[i].path, hash, false};
                i++;
            } else if (places[i].leaf) {
                *out = places[i];
            } else {
                const bool right = state_path_bit(&places[i].path, bit);
                struct hash hash;
                node_of(&hash, right ? &zero : &places[i].hash, right ? &places[i].hash : &zero);
                *out = (struct place){places[i].path, hash, false};
            }
        }
        count = kept;
    }
    *root = count ? places[0].hash : zero;
}

/* --- a model of the state -----------------------------------------------------------------------
 */

struct model {
    uint32_t values[KEYS]; /* 0 = absent */
};

static struct bytes key_of(uint32_t i)
{
    return bytes_text(keys[i]);
}

static void model_root(struct hash *root, const struct model *model)
{
    struct place places[KEYS];
    size_t count = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        if (model->values[i]) {
            struct hash value;
            state_path(&places[count].path, key_of(i));
            state_value_hash(&value, bytes_of(&model->values[i], 4));
            state_leaf(&places[count].hash, &places[count].path, &value);
            places[count++].leaf = true;
        }
    }
    reference_root(root, places, count);
}

/* --- trees over a store in memory ---------------------------------------------------------------
 */

static struct overlay *change(struct model *model, uint32_t changes)
{
    struct overlay *overlay = overlay_empty();
    for (uint32_t n = 0; n < changes; n++) {
        const uint32_t i = random_below(KEYS);
        model->values[i] = random_below(5) < 2 ? 0 : 1 + random_below(3);
        assert_int_equal(model->values[i]
                             ? overlay_put(overlay, key_of(i), bytes_of(&model->values[i], 4))
                             : overlay_delete(overlay, key_of(i)),
                         OK);
    }
    overlay_seal(overlay);
    return overlay;
}

static struct tree *step(struct tree *parent, uint64_t height, struct model *model,
                         uint32_t changes)
{
    struct overlay *overlay = change(model, changes);
    struct tree *tree;
    assert_int_equal(tree_update(&tree, parent, height, overlay), OK);
    overlay_drop(overlay);
    return tree;
}

/* The tree of all that is there, made in one block. */
static struct tree *at_once(struct kv *kv, const struct model *model)
{
    struct overlay *overlay = overlay_empty();
    for (uint32_t i = 0; i < KEYS; i++) {
        if (model->values[i]) {
            assert_int_equal(overlay_put(overlay, key_of(i), bytes_of(&model->values[i], 4)), OK);
        }
    }
    overlay_seal(overlay);
    struct tree *nothing = tree_nothing(kv);
    struct tree *tree;
    assert_int_equal(tree_update(&tree, nothing, 1, overlay), OK);
    overlay_drop(overlay);
    tree_drop(nothing);
    return tree;
}

static void check_same(const struct tree *a, const struct tree *b)
{
    struct hash root_a;
    struct hash root_b;
    tree_root(a, &root_a);
    tree_root(b, &root_b);
    assert_true(hash_equal(&root_a, &root_b));
}

static void check_root(const struct tree *tree, const struct model *model)
{
    struct hash root;
    struct hash expected;
    tree_root(tree, &root);
    model_root(&expected, model);
    assert_true(hash_equal(&root, &expected));
}

static void check_proofs(const struct tree *tree, const struct model *model, uint32_t some)
{
    struct hash root;
    tree_root(tree, &root);
    for (uint32_t n = 0; n < some; n++) {
        const uint32_t i = random_below(KEYS);
        const uint32_t wrong = model->values[i] + 1;
        struct state_proof proof;
        assert_int_equal(tree_prove(tree, key_of(i), &proof), OK);
        assert_int_equal(state_proof_absent(&root, key_of(i), &proof), model->values[i] == 0);
        if (model->values[i]) {
            assert_true(
                state_proof_present(&root, key_of(i), bytes_of(&model->values[i], 4), &proof));
            assert_false(state_proof_present(&root, key_of(i), bytes_of(&wrong, 4), &proof));
        }
    }
}

static int by_key_bytes(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* With everything stale deleted, what is left is exactly what the newest tree reaches. */
static void check_no_waste(struct kv *kv, const struct tree *tree)
{
    struct arena arena;
    arena_init(&arena, 64 << 20);
    enum { NODES = 4096 };
    static struct bytes reached[NODES];
    static struct hash paths[NODES];
    size_t count = 0;
    uint64_t height;
    uint8_t space[TREE_KEY_SIZE_MAX];
    if (tree_root_height(tree, &height)) {
        memset(&paths[0], 0, sizeof paths[0]);
        const struct bytes key = bytes_of(space, tree_key(space, height, &paths[0], 0));
        assert_true(arena_copy(&arena, key, &reached[count++]));
    }
    for (size_t at = 0; at < count; at++) {
        struct bytes value;
        struct tree_node node;
        const unsigned nibbles = reached[at].data[8];
        assert_int_equal(kv_get(kv, NULL, CHAIN_TREE, reached[at], &arena, &value), OK);
        assert_int_equal(tree_node_decode(&node, value), OK);
        for (unsigned i = 0; i < 16; i++) {
            if (node.children[i].kind != TREE_INNER) {
                continue;
            }
            assert_true(count < NODES);
            paths[count] = paths[at];
            paths[count].bytes[nibbles / 2] |= (uint8_t)(nibbles % 2 ? i : i << 4);
            const size_t size =
                tree_key(space, node.children[i].height, &paths[count], nibbles + 1);
            assert_true(arena_copy(&arena, bytes_of(space, size), &reached[count++]));
        }
    }
    qsort(reached, count, sizeof reached[0], by_key_bytes);
    struct kv_iter *iter =
        kv_iter_open(kv, NULL, CHAIN_TREE, bytes_of("", 0), bytes_of("", 0), false);
    for (size_t i = 0; i < count; i++) {
        struct bytes key;
        struct bytes value;
        assert_int_equal(kv_iter_next(iter, &key, &value), OK);
        assert_true(bytes_equal(key, reached[i]));
    }
    struct bytes key;
    struct bytes value;
    assert_int_equal(kv_iter_next(iter, &key, &value), ERR_ABSENT);
    kv_iter_close(iter);
    arena_free(&arena);
}

static void test_random_and_pruned(void **state)
{
    (void)state;
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    struct tree *tree = tree_nothing(kv);
    struct model model = {{0}};
    random_state = 11;
    for (uint64_t height = 0; height < 150; height++) {
        struct tree *next = step(tree, height, &model, random_below(height % 3 ? 6 : 60));
        check_root(next, &model);
        check_proofs(next, &model, 4);
        commit(kv, next, true);
        check_proofs(next, &model, 4);
        tree_drop(tree);
        tree = next;
        if (height % 10 == 0) {
            check_no_waste(kv, tree);
        }
    }
    tree_drop(tree);
    kv_close(kv);
}

/* Old roots stay provable as long as nothing is pruned. */
static void test_past(void **state)
{
    (void)state;
    enum { HEIGHTS = 40 };
    static struct model past[HEIGHTS];
    static uint64_t root_heights[HEIGHTS];
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    struct tree *tree = tree_nothing(kv);
    struct model model = {{0}};
    random_state = 12;
    for (uint64_t height = 0; height < HEIGHTS; height++) {
        struct tree *next = step(tree, height, &model, 1 + random_below(20));
        commit(kv, next, false);
        tree_drop(tree);
        tree = next;
        past[height] = model;
        assert_true(tree_root_height(tree, &root_heights[height]));
    }
    tree_drop(tree);
    for (size_t i = 0; i < HEIGHTS; i++) {
        const struct tree_base base = base_over(kv, false, root_heights[i]);
        assert_int_equal(tree_open(&tree, &base), OK);
        check_root(tree, &past[i]);
        check_proofs(tree, &past[i], 10);
        tree_drop(tree);
    }
    kv_close(kv);
}

/* Blocks not yet final, two branches of them; then one branch becomes final. */
static void test_forks(void **state)
{
    (void)state;
    enum { DEPTH = 8 };
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    struct tree *base = tree_nothing(kv);
    struct model model = {{0}};
    random_state = 13;
    for (int round = 0; round < 10; round++) {
        struct tree *trunk[DEPTH + 1];
        struct model models[DEPTH + 1];
        const uint64_t height = (uint64_t)round * DEPTH;
        trunk[0] = tree_keep(base);
        models[0] = model;
        for (uint64_t i = 0; i < DEPTH; i++) {
            models[i + 1] = models[i];
            trunk[i + 1] = step(trunk[i], height + i, &models[i + 1], random_below(15));
            struct model other = models[i];
            struct tree *branch = step(trunk[i], height + i, &other, random_below(15));
            check_root(branch, &other);
            struct tree *leaf = step(branch, height + i + 1, &other, 5);
            tree_drop(branch);
            check_root(leaf, &other);
            check_proofs(leaf, &other, 3);
            tree_drop(leaf);
        }
        for (size_t i = 1; i <= DEPTH; i++) {
            check_root(trunk[i], &models[i]);
            commit(kv, trunk[i], true);
            /* What stands above reads through the settled one. */
            check_proofs(trunk[DEPTH], &models[DEPTH], 5);
        }
        model = models[DEPTH];
        tree_drop(base);
        base = tree_keep(trunk[DEPTH]);
        for (size_t i = 0; i <= DEPTH; i++) {
            tree_drop(trunk[i]);
        }
    }
    check_no_waste(kv, base);
    tree_drop(base);
    kv_close(kv);
}

/* The order and the grouping of changes do not matter; only what is there does. */
static void test_canonical(void **state)
{
    (void)state;
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    struct model model = {{0}};
    random_state = 14;
    struct tree *many = tree_nothing(kv);
    for (uint64_t height = 0; height < 60; height++) {
        struct tree *next = step(many, height, &model, 4);
        tree_drop(many);
        many = next;
    }
    struct tree *once = at_once(kv, &model);
    check_same(many, once);
    tree_drop(once);
    tree_drop(many);
    kv_close(kv);
}

/* --- hashes that are known ----------------------------------------------------------------------
 */

static struct tree *reopened(struct kv *kv, struct tree_cache *cache, struct tree *tree)
{
    uint64_t height = 0;
    const bool empty = !tree_root_height(tree, &height);
    struct tree_base base = base_over(kv, empty, height);
    base.cache = cache;
    struct tree *again;
    assert_int_equal(tree_open(&again, &base), OK);
    check_same(again, tree);
    tree_drop(tree);
    return again;
}

static void commit_cached(struct kv *kv, struct tree_cache *cache, struct tree *tree)
{
    uint64_t height = 0;
    commit(kv, tree, true);
    tree_remember(tree, cache);
    const bool empty = !tree_root_height(tree, &height);
    struct tree_base base = base_over(kv, empty, height);
    base.cache = cache;
    assert_int_equal(tree_settle(tree, &base), OK);
}

/* plain_step knows no hash: each block begins with what was read from the store. */
static struct tree *plain_step(struct kv *kv, struct tree *parent, uint64_t height,
                               const struct overlay *overlay)
{
    struct tree *tree;
    assert_int_equal(tree_update(&tree, parent, height, overlay), OK);
    commit(kv, tree, true);
    tree_drop(parent);
    return reopened(kv, NULL, tree);
}

/* Blocks above one another, settled, reloaded, with the cache and after it was lost. */
static void test_known_hashes(void **state)
{
    (void)state;
    enum { ROUNDS = 90, DEPTH = 4 };
    struct kv *kv;
    struct kv *plain_kv;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    assert_int_equal(kv_open_mem(&plain_kv, storage_chain_plan(), NULL), OK);
    struct tree_cache *cache = tree_cache_new();
    struct tree *trunk[DEPTH + 1] = {tree_nothing(kv)};
    struct tree *plain = tree_nothing(plain_kv);
    struct model model = {{0}};
    uint64_t height = 0;
    random_state = 16;
    for (int round = 0; round < ROUNDS; round++) {
        const size_t depth = 1 + random_below(DEPTH);
        for (size_t i = 0; i < depth; i++) {
            struct overlay *overlay = change(&model, random_below(i % 2 ? 60 : 6));
            assert_int_equal(tree_update(&trunk[i + 1], trunk[i], ++height, overlay), OK);
            plain = plain_step(plain_kv, plain, height, overlay);
            check_same(trunk[i + 1], plain);
            check_root(trunk[i + 1], &model);
            overlay_drop(overlay);
        }
        struct tree *once = at_once(kv, &model);
        check_same(trunk[depth], once);
        tree_drop(once);
        check_proofs(trunk[depth], &model, 5);
        for (size_t i = 0; i < depth; i++) {
            commit_cached(kv, cache, trunk[i + 1]);
            tree_drop(trunk[i]);
        }
        trunk[0] = trunk[depth];
        if (round % 3 == 0) {
            trunk[0] = reopened(kv, cache, trunk[0]);
        }
        if (round % 10 == 0) {
            struct tree_cache *lost = cache;
            cache = tree_cache_new();
            trunk[0] = reopened(kv, cache, trunk[0]);
            tree_cache_free(lost);
        }
    }
    check_no_waste(kv, trunk[0]);
    tree_drop(trunk[0]);
    tree_drop(plain);
    tree_cache_free(cache);
    kv_close(plain_kv);
    kv_close(kv);
}

/* Recent-set entries are not part of the tree (D5). */
static void test_recent_is_outside(void **state)
{
    (void)state;
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    struct tree *nothing = tree_nothing(kv);
    struct overlay *overlay = overlay_empty();
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    const struct hash id = {{1}};
    overlay_recent_key(key, 77, &id);
    assert_int_equal(overlay_put(overlay, bytes_of(key, sizeof key), bytes_of("", 0)), OK);
    overlay_seal(overlay);
    assert_int_equal(overlay_count(overlay), 1);
    struct tree *tree;
    struct hash root;
    assert_int_equal(tree_update(&tree, nothing, 1, overlay), OK);
    tree_root(tree, &root);
    assert_true(hash_is_zero(&root));
    assert_int_equal(tree_node_count(tree), 0);
    uint64_t height;
    assert_false(tree_root_height(tree, &height));
    overlay_drop(overlay);
    tree_drop(tree);
    tree_drop(nothing);
    kv_close(kv);
}

/* --- damage --------------------------------------------------------------------------------------
 */

static void test_missing_node(void **state)
{
    (void)state;
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    struct tree *nothing = tree_nothing(kv);
    struct model model = {{0}};
    random_state = 15;
    struct tree *tree = step(nothing, 3, &model, 100);
    commit(kv, tree, false);
    tree_drop(tree);
    tree_drop(nothing);
    /* One node below the root is gone: whoever needs it is told, nobody is told "absent". */
    struct kv_iter *iter =
        kv_iter_open(kv, NULL, CHAIN_TREE, bytes_of("", 0), bytes_of("", 0), false);
    struct bytes key;
    struct bytes value;
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    assert_int_equal(key.data[8], 0);
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    assert_int_equal(key.data[8], 1);
    const unsigned nibble = key.data[9] >> 4;
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_delete(batch, CHAIN_TREE, key);
    kv_iter_close(iter);
    assert_int_equal(kv_write(kv, batch, false), OK);
    kv_batch_free(batch);
    const struct tree_base base = base_over(kv, false, 3);
    assert_int_equal(tree_open(&tree, &base), OK);
    unsigned hit = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        struct hash path;
        struct state_proof proof;
        state_path(&path, key_of(i));
        const enum err err = tree_prove(tree, key_of(i), &proof);
        assert_int_equal(err, tree_nibble(&path, 0) == nibble ? ERR_CORRUPT : OK);
        hit += err == ERR_CORRUPT;
    }
    assert_true(hit > 0);
    tree_drop(tree);
    const struct tree_base wrong = base_over(kv, false, 4);
    assert_int_equal(tree_open(&tree, &wrong), ERR_CORRUPT);
    kv_close(kv);
}

/* A record that puts a leaf where its path does not lead: an update went on for a place where both
 * paths differ, beyond the last nibble. */
static void test_misplaced_leaf(void **state)
{
    (void)state;
    struct kv *kv;
    struct tree_node root;
    uint8_t bytes[TREE_NODE_SIZE_MAX];
    uint8_t key[TREE_KEY_SIZE_MAX];
    const struct hash none = {{0}};
    struct hash path;
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    state_path(&path, key_of(0));
    tree_node_init(&root);
    const unsigned first = tree_nibble(&path, 0);
    path.bytes[0] ^= 0x10; /* agrees with the key's path from the second nibble on */
    tree_child_leaf(&root.children[first], &path, &none);
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, CHAIN_TREE, bytes_of(key, tree_key(key, 3, &none, 0)),
                 bytes_of(bytes, tree_node_encode(bytes, &root)));
    assert_int_equal(kv_write(kv, batch, false), OK);
    kv_batch_free(batch);
    const struct tree_base base = base_over(kv, false, 3);
    struct tree *tree = NULL;
    struct tree *next = NULL;
    enum err err = tree_open(&tree, &base);
    if (err == OK) {
        struct overlay *overlay = overlay_empty();
        assert_int_equal(overlay_put(overlay, key_of(0), bytes_text("value")), OK);
        overlay_seal(overlay);
        err = tree_update(&next, tree, 4, overlay);
        overlay_drop(overlay);
        tree_drop(next);
        tree_drop(tree);
    }
    assert_int_equal(err, ERR_CORRUPT);
    kv_close(kv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_and_pruned),
        cmocka_unit_test(test_past),
        cmocka_unit_test(test_forks),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_known_hashes),
        cmocka_unit_test(test_recent_is_outside),
        cmocka_unit_test(test_missing_node),
        cmocka_unit_test(test_misplaced_leaf),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
