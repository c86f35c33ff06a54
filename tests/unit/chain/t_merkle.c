/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/chain/merkle.h"
#include "tests/unit/chain/vectors.h"

#define LEAVES 33

static struct json_doc *doc;
static struct hash leaves[LEAVES];

static int start(void **state)
{
    (void)state;
    doc = vectors_open("merkle.json");
    const struct json_node *data = vectors_get(json_doc_root(doc), "data");
    const struct json_node *expected = vectors_get(json_doc_root(doc), "leaves");
    for (size_t i = 0; i < LEAVES; i++) {
        struct hash block;
        struct hash leaf;
        vectors_hash_text(&block, json_node_text(json_node_at(data, i)));
        vectors_hash_text(&leaf, json_node_text(json_node_at(expected, i)));
        merkle_block_leaf(&leaves[i], &block);
        assert_hash_equal(&leaves[i], &leaf);
    }
    return 0;
}

static int finish(void **state)
{
    (void)state;
    json_doc_free(doc);
    return 0;
}

static void root_of(struct hash *root, size_t count)
{
    const struct json_node *roots = vectors_get(json_doc_root(doc), "roots");
    vectors_hash(root, json_node_at(roots, count), "root");
}

static void test_roots(void **state)
{
    (void)state;
    struct merkle_log log = {0};
    for (size_t count = 0; count <= LEAVES; count++) {
        struct hash expected;
        struct hash root;
        root_of(&expected, count);
        merkle_root(&root, leaves, count);
        assert_hash_equal(&root, &expected);
        merkle_log_root(&root, &log);
        assert_hash_equal(&root, &expected);
        if (count < LEAVES) {
            merkle_log_append(&log, &leaves[count], NULL, NULL);
        }
    }
}

/* A store of complete subtrees, as the history keeps them. */
struct subtrees {
    struct hash roots[7][LEAVES + 1];
    bool known[7][LEAVES + 1];
    size_t count;
};

static void subtree_put(void *context, unsigned level, uint64_t index, const struct hash *root)
{
    struct subtrees *store = context;
    assert_false(store->known[level][index]);
    store->known[level][index] = true;
    store->roots[level][index] = *root;
    store->count++;
}

static enum err subtree_get(void *context, unsigned level, uint64_t index, struct hash *root)
{
    const struct subtrees *store = context;
    assert_true(level < 7 && index <= LEAVES);
    if (!store->known[level][index]) {
        return ERR_CORRUPT;
    }
    *root = store->roots[level][index];
    return OK;
}

static void assert_path_equal(const struct merkle_path *a, const struct merkle_path *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->siblings, b->siblings, a->count * sizeof a->siblings[0]);
}

static void test_paths(void **state)
{
    (void)state;
    static struct subtrees store;
    struct merkle_log log = {0};
    for (size_t i = 0; i < LEAVES; i++) {
        merkle_log_append(&log, &leaves[i], subtree_put, &store);
    }
    assert_int_equal(store.count, 33 + 16 + 8 + 4 + 2 + 1);
    const struct json_node *paths = vectors_get(json_doc_root(doc), "paths");
    assert_true(json_node_count(paths) > 50);
    for (size_t i = 0; i < json_node_count(paths); i++) {
        const struct json_node *entry = json_node_at(paths, i);
        const size_t index = (size_t)vectors_int(entry, "index");
        const size_t count = (size_t)vectors_int(entry, "count");
        const struct json_node *siblings = vectors_get(entry, "path");
        struct merkle_path expected = {.count = (uint8_t)json_node_count(siblings)};
        for (size_t j = 0; j < expected.count; j++) {
            vectors_hash_text(&expected.siblings[j], json_node_text(json_node_at(siblings, j)));
        }
        struct merkle_path path;
        struct hash root;
        merkle_path_of(&path, index, leaves, count);
        assert_path_equal(&path, &expected);
        memset(&path, 0xff, sizeof path);
        assert_int_equal(merkle_path_build(&path, index, count, subtree_get, &store), OK);
        assert_path_equal(&path, &expected);
        root_of(&root, count);
        assert_true(merkle_path_verify(&root, index, count, &leaves[index], &path));
    }
}

/* No other index, count, leaf, root or length goes through. */
static void test_refused(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 17; count++) {
        struct hash root;
        merkle_root(&root, leaves, count);
        for (size_t index = 0; index < count; index++) {
            struct merkle_path path;
            merkle_path_of(&path, index, leaves, count);
            for (size_t other = 0; other < 40; other++) {
                const bool right = other == index;
                assert_int_equal(merkle_path_verify(&root, other, count, &leaves[index], &path),
                                 right);
            }
            assert_false(
                merkle_path_verify(&root, index, count, &leaves[(index + 1) % LEAVES], &path));
            assert_false(merkle_path_verify(&leaves[32], index, count, &leaves[index], &path));
            assert_false(merkle_path_verify(&root, index, 0, &leaves[index], &path));
            struct merkle_path changed = path;
            changed.siblings[changed.count++] = leaves[0];
            assert_false(merkle_path_verify(&root, index, count, &leaves[index], &changed));
            for (size_t i = 0; i < path.count; i++) {
                changed = path;
                changed.siblings[i].bytes[0] ^= 1;
                assert_false(merkle_path_verify(&root, index, count, &leaves[index], &changed));
                changed = path;
                changed.count = (uint8_t)i;
                assert_false(merkle_path_verify(&root, index, count, &leaves[index], &changed));
            }
            changed = path;
            changed.count = MERKLE_PATH_MAX + 1;
            assert_false(merkle_path_verify(&root, index, count, &leaves[index], &changed));
        }
    }
}

/* An inner node is not a leaf: the first byte separates them. */
static void test_second_preimage(void **state)
{
    (void)state;
    struct hash root;
    struct hash node;
    struct merkle_path path = {.count = 1};
    merkle_root(&root, leaves, 4);
    merkle_node(&node, &leaves[0], &leaves[1]);
    merkle_node(&path.siblings[0], &leaves[2], &leaves[3]);
    /* The node is accepted only by whoever takes its hash for a leaf hash; no data hashes to it. */
    assert_true(merkle_path_verify(&root, 0, 2, &node, &path));
    assert_false(merkle_path_verify(&root, 0, 4, &node, &path));
    struct hash leaf;
    uint8_t data[64];
    memcpy(data, leaves[0].bytes, 32);
    memcpy(data + 32, leaves[1].bytes, 32);
    merkle_leaf(&leaf, TAG_BLOCK_LEAF, bytes_of(data, sizeof data));
    assert_false(hash_equal(&leaf, &node));
}

static void test_missing_subtree(void **state)
{
    (void)state;
    static struct subtrees empty;
    struct merkle_path path = {.count = 77};
    assert_int_equal(merkle_path_build(&path, 0, 2, subtree_get, &empty), ERR_CORRUPT);
    assert_int_equal(path.count, 77);
    assert_int_equal(merkle_path_build(&path, 0, 1, subtree_get, &empty), OK);
    assert_int_equal(path.count, 0);
}

static void test_leaves(void **state)
{
    (void)state;
    uint8_t data[64];
    uint8_t salt[MERKLE_SALT_SIZE];
    struct hash expected;
    struct hash leaf;
    const struct json_node *line = vectors_get(json_doc_root(doc), "line");
    assert_int_equal(vectors_bytes(line, "salt", salt, sizeof salt).size, sizeof salt);
    merkle_line_leaf(&leaf, salt, vectors_bytes(line, "line", data, sizeof data));
    vectors_hash(&expected, line, "leaf");
    assert_hash_equal(&leaf, &expected);

    const struct json_node *tx = vectors_get(json_doc_root(doc), "tx");
    const struct json_node *signatures = vectors_get(tx, "signatures");
    struct hash tx_id;
    struct hash digest;
    struct hash detached;
    struct hasher hasher;
    merkle_signatures_begin(&hasher);
    for (size_t i = 0; i < json_node_count(signatures); i++) {
        struct hash key_id;
        vectors_hash(&key_id, json_node_at(signatures, i), "key_id");
        (void)vectors_bytes(json_node_at(signatures, i), "sig", data, sizeof data);
        merkle_signatures_add(&hasher, &key_id, data);
    }
    hash_end(&hasher, &digest);
    vectors_hash(&tx_id, tx, "tx_id");
    merkle_detached_hash(&detached, vectors_bytes(tx, "detached", data, sizeof data));
    merkle_tx_leaf(&leaf, &tx_id, &digest, &detached);
    vectors_hash(&expected, tx, "leaf");
    assert_hash_equal(&leaf, &expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),           cmocka_unit_test(test_paths),
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_second_preimage),
        cmocka_unit_test(test_missing_subtree), cmocka_unit_test(test_leaves),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
