/* SPDX-License-Identifier: Apache-2.0 */
/* The state tree against vectors made by another program. */
#include "tests/unit/store/trees.h"

/* --- vectors of another program ------------------------------------------------------------------
 */

struct row {
    uint8_t bytes[2][2048];
    size_t sizes[2];
};

/* text_of finds "name": "hex" in a line and decodes it. */
static bool text_of(const char *line, const char *name, uint8_t *out, size_t *size)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"%s\": \"", name);
    const char *at = strstr(line, wanted);
    if (at == NULL) {
        return false;
    }
    at += strlen(wanted);
    const size_t digits = strcspn(at, "\"");
    *size = digits / 2;
    assert_true(*size <= 2048);
    assert_true(hex_decode(out, *size, bytes_of(at, digits)));
    return true;
}

struct vectors {
    struct kv *kv;
    struct tree *tree;
    struct overlay *overlay;
    uint64_t height;
    struct hash root;
    size_t nodes;
    size_t stale;
    size_t blocks;
};

static void vector_block_end(struct vectors *vectors)
{
    if (vectors->blocks == 0) {
        return;
    }
    assert_int_equal(vectors->nodes, tree_node_count(vectors->tree));
    assert_int_equal(vectors->stale, tree_stale_count(vectors->tree));
    commit(vectors->kv, vectors->tree, false);
}

static void vector_apply(struct vectors *vectors)
{
    if (vectors->overlay == NULL) {
        return;
    }
    struct hash root;
    struct tree *next;
    overlay_seal(vectors->overlay);
    assert_int_equal(tree_update(&next, vectors->tree, vectors->height, vectors->overlay), OK);
    overlay_drop(vectors->overlay);
    tree_drop(vectors->tree);
    vectors->overlay = NULL;
    vectors->tree = next;
    tree_root(next, &root);
    assert_true(hash_equal(&root, &vectors->root));
}

static bool among_stale(const struct tree *tree, struct bytes key)
{
    for (size_t i = 0; i < tree_stale_count(tree); i++) {
        if (bytes_equal(tree_stale(tree, i), key)) {
            return true;
        }
    }
    return false;
}

static void vector_line(struct vectors *vectors, const char *line)
{
    struct row row;
    if (strstr(line, "\"height\": ")) {
        vector_block_end(vectors);
        vectors->height = strtoull(strstr(line, "\"height\": ") + 10, NULL, 10);
        assert_true(text_of(line, "root", vectors->root.bytes, &row.sizes[0]));
        vectors->overlay = overlay_empty();
        vectors->nodes = 0;
        vectors->stale = 0;
        vectors->blocks++;
    } else if (strstr(line, "\"nodes\": ")) {
        vector_apply(vectors);
    } else if (text_of(line, "key", row.bytes[0], &row.sizes[0])) {
        const struct bytes key = bytes_of(row.bytes[0], row.sizes[0]);
        const bool put = text_of(line, "value", row.bytes[1], &row.sizes[1]);
        assert_int_equal(
            put ? overlay_put(vectors->overlay, key, bytes_of(row.bytes[1], row.sizes[1]))
                : overlay_delete(vectors->overlay, key),
            OK);
    } else if (text_of(line, "node", row.bytes[0], &row.sizes[0])) {
        struct bytes key;
        struct bytes value;
        assert_true(text_of(line, "bytes", row.bytes[1], &row.sizes[1]));
        assert_true(vectors->nodes < tree_node_count(vectors->tree));
        tree_node(vectors->tree, vectors->nodes++, &key, &value);
        assert_true(bytes_equal(key, bytes_of(row.bytes[0], row.sizes[0])));
        assert_true(bytes_equal(value, bytes_of(row.bytes[1], row.sizes[1])));
    } else if (text_of(line, "stale", row.bytes[0], &row.sizes[0])) {
        assert_true(among_stale(vectors->tree, bytes_of(row.bytes[0], row.sizes[0])));
        vectors->stale++;
    }
}

static void test_vectors(void **state)
{
    (void)state;
    struct vectors vectors = {0};
    static char line[8192];
    FILE *file = fopen(SEAM_SOURCE_DIR "/tests/vectors/state_tree.json", "r");
    assert_non_null(file);
    assert_int_equal(kv_open_mem(&vectors.kv, storage_chain_plan(), NULL), OK);
    vectors.tree = tree_nothing(vectors.kv);
    while (fgets(line, sizeof line, file)) {
        vector_line(&vectors, line);
    }
    fclose(file);
    vector_block_end(&vectors);
    assert_int_equal(vectors.blocks, 21);
    tree_drop(vectors.tree);
    kv_close(vectors.kv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
