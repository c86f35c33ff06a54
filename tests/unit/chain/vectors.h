/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CHAIN_VECTORS_H
#define TESTS_UNIT_CHAIN_VECTORS_H

/* Reading the files of tests/vectors/. Include cmocka first. Everything asserts: a vector file that
 * is not as expected is a failed test. */

#include <stdio.h>
#include <string.h>

#include "ledger/codec/json_in.h"

#define VECTORS_MAX (1024 * 1024)

static inline struct json_doc *vectors_open(const char *name)
{
    static uint8_t text[VECTORS_MAX];
    char path[512];
    snprintf(path, sizeof path, "%s/tests/vectors/%s", SEAM_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_in_range(size, 1, sizeof text - 1);
    struct json_doc *doc = NULL;
    struct err_detail detail = {0};
    assert_int_equal(json_doc_read(&doc, bytes_of(text, size), sizeof text, &detail), OK);
    return doc;
}

static inline const struct json_node *vectors_get(const struct json_node *object, const char *key)
{
    const struct json_node *node = json_node_get(object, key);
    if (node == NULL) {
        fail_msg("vector without %s", key);
    }
    return node;
}

static inline const char *vectors_text(const struct json_node *object, const char *key)
{
    const char *text = json_node_text(vectors_get(object, key));
    assert_non_null(text);
    return text;
}

static inline int64_t vectors_int(const struct json_node *object, const char *key)
{
    int64_t value = 0;
    assert_true(json_node_integer(vectors_get(object, key), &value));
    return value;
}

static inline bool vectors_bool(const struct json_node *object, const char *key)
{
    bool value = false;
    assert_true(json_node_bool(vectors_get(object, key), &value));
    return value;
}

/* Hex text as bytes; out holds room of them. */
static inline struct bytes vectors_decode(const char *text, uint8_t *out, size_t room)
{
    const size_t size = strlen(text) / 2;
    assert_true(size <= room);
    assert_true(hex_decode(out, size, bytes_text(text)));
    return bytes_of(out, size);
}

static inline struct bytes vectors_bytes(const struct json_node *object, const char *key,
                                         uint8_t *out, size_t room)
{
    return vectors_decode(vectors_text(object, key), out, room);
}

static inline void vectors_hash_text(struct hash *out, const char *text)
{
    assert_true(hex_decode(out->bytes, HASH_SIZE, bytes_text(text)));
}

static inline void vectors_hash(struct hash *out, const struct json_node *object, const char *key)
{
    vectors_hash_text(out, vectors_text(object, key));
}

static inline void assert_hash_equal(const struct hash *a, const struct hash *b)
{
    assert_memory_equal(a->bytes, b->bytes, HASH_SIZE);
}

static inline void assert_bytes_equal(struct bytes a, struct bytes b)
{
    assert_int_equal(a.size, b.size);
    if (a.size > 0) {
        assert_memory_equal(a.data, b.data, a.size);
    }
}

#endif
