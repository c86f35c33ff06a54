/* SPDX-License-Identifier: Apache-2.0 */
/* ed25519.json and hashes.json: crypto/ itself, tested here because the files are JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"
#include "tests/unit/chain/vectors.h"

static int start(void **state)
{
    (void)state;
    return sign_start() == OK ? 0 : -1;
}

static void test_ed25519(void **state)
{
    (void)state;
    struct json_doc *doc = vectors_open("ed25519.json");
    const struct json_node *cases = vectors_get(json_doc_root(doc), "cases");
    size_t accepted = 0;
    const size_t count = json_node_count(cases);
    for (size_t i = 0; i < count; i++) {
        const struct json_node *entry = json_node_at(cases, i);
        uint8_t key[32];
        uint8_t message[64];
        uint8_t signature[64];
        assert_int_equal(vectors_bytes(entry, "public_key", key, sizeof key).size, 32);
        assert_int_equal(vectors_bytes(entry, "signature", signature, sizeof signature).size, 64);
        const struct bytes text = vectors_bytes(entry, "message", message, sizeof message);
        const bool accept = vectors_bool(entry, "accept");
        if (sign_verify(key, text, signature) != accept) {
            fail_msg("%s", vectors_text(entry, "name"));
        }
        accepted += accept;
    }
    assert_true(accepted >= 5);
    assert_true(count - accepted >= 20);
    json_doc_free(doc);
}

static void test_keys(void **state)
{
    (void)state;
    struct json_doc *doc = vectors_open("ed25519.json");
    const struct json_node *keys = vectors_get(json_doc_root(doc), "keys");
    for (size_t i = 0; i < json_node_count(keys); i++) {
        const struct json_node *entry = json_node_at(keys, i);
        uint8_t key[64];
        const struct bytes bytes = vectors_bytes(entry, "public_key", key, sizeof key);
        if (sign_public_valid(bytes) != vectors_bool(entry, "valid")) {
            fail_msg("%s", vectors_text(entry, "name"));
        }
    }
    assert_true(json_node_count(keys) >= 8);
    json_doc_free(doc);
}

#define TAG_NAMES(X)                                                                               \
    X(TAG_CHAIN)                                                                                   \
    X(TAG_HEADER)                                                                                  \
    X(TAG_VOTE)                                                                                    \
    X(TAG_TX)                                                                                      \
    X(TAG_TX_SIGNATURES)                                                                           \
    X(TAG_TX_DETACHED)                                                                             \
    X(TAG_TX_LEAF)                                                                                 \
    X(TAG_RECEIPT_LEAF)                                                                            \
    X(TAG_LINE_LEAF)                                                                               \
    X(TAG_BLOCK_LEAF)                                                                              \
    X(TAG_VALSET)                                                                                  \
    X(TAG_STATE_KEY)                                                                               \
    X(TAG_STATE_VALUE)                                                                             \
    X(TAG_STATE_LEAF)                                                                              \
    X(TAG_STATE_NODE)                                                                              \
    X(TAG_KEY)                                                                                     \
    X(TAG_ID)                                                                                      \
    X(TAG_ACCOUNT)                                                                                 \
    X(TAG_SET)                                                                                     \
    X(TAG_IDEMPOTENCY)                                                                             \
    X(TAG_VERIFIED)                                                                                \
    X(TAG_EVIDENCE_LEAF)                                                                           \
    X(TAG_SALT)

#define TAG_ENTRY(tag) {#tag, tag},
static const struct {
    const char *name;
    const char *tag;
} tags[] = {TAG_NAMES(TAG_ENTRY)};

static const char *tag_of(const char *name)
{
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (strcmp(tags[i].name, name) == 0) {
            return tags[i].tag;
        }
    }
    fail_msg("no tag %s", name);
    return NULL;
}

static void test_tags(void **state)
{
    (void)state;
    struct json_doc *doc = vectors_open("hashes.json");
    const struct json_node *tagged = vectors_get(json_doc_root(doc), "tagged");
    const size_t count = sizeof tags / sizeof tags[0];
    assert_int_equal(json_node_count(tagged), 3 * count);
    for (size_t i = 0; i < json_node_count(tagged); i++) {
        const struct json_node *entry = json_node_at(tagged, i);
        const char *tag = tag_of(vectors_text(entry, "name"));
        uint8_t data[256];
        struct hash expected;
        struct hash hash;
        assert_string_equal(tag, vectors_text(entry, "tag"));
        vectors_hash(&expected, entry, "hash");
        hash_tagged(&hash, tag, vectors_bytes(entry, "data", data, sizeof data));
        assert_hash_equal(&hash, &expected);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(strlen(tags[i].tag), TAG_SIZE);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(tags[i].tag, tags[j].tag);
        }
    }
    json_doc_free(doc);
}

static void test_ids(void **state)
{
    (void)state;
    struct json_doc *doc = vectors_open("hashes.json");
    const struct json_node *ids = vectors_get(json_doc_root(doc), "ids");
    struct hash expected;
    struct hash hash;
    assert_true(json_node_count(ids) > 0);
    for (size_t i = 0; i < json_node_count(ids); i++) {
        const struct json_node *entry = json_node_at(ids, i);
        vectors_hash(&expected, entry, "hash");
        hash_id(&hash, (uint8_t)vectors_int(entry, "kind"), vectors_text(entry, "text"));
        assert_hash_equal(&hash, &expected);
    }
    const struct json_node *key = json_node_at(vectors_get(json_doc_root(doc), "keys"), 0);
    uint8_t bytes[32];
    vectors_hash(&expected, key, "id");
    sign_key_id(&hash, (uint8_t)vectors_int(key, "suite"),
                vectors_bytes(key, "public_key", bytes, sizeof bytes));
    assert_hash_equal(&hash, &expected);
    json_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ed25519),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_ids),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
