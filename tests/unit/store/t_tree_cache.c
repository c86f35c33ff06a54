/* SPDX-License-Identifier: Apache-2.0 */
/* The cache answers for the height it was asked for, or not at all; hashes go with their node. */
#include "tests/unit/store/fixture.h"

#include "ledger/store/tree_cache.h"
#include "ledger/store/tree_node.h"

static struct bytes key_of(uint64_t height, unsigned nibbles, uint8_t first, uint8_t second)
{
    static uint8_t space[TREE_KEY_SIZE_MAX];
    const struct hash path = {{first, second, 0xff, 0xff}};
    return bytes_of(space, tree_key(space, height, &path, nibbles));
}

static void put(struct tree_cache *cache, struct bytes key, const char *value)
{
    tree_cache_put(cache, key, bytes_text(value), bytes_text(value + 1));
}

static void expect(struct tree_cache *cache, struct bytes key, const char *value)
{
    struct arena arena;
    struct bytes node;
    struct bytes hashes;
    arena_init(&arena, 4096);
    const bool found = tree_cache_get(cache, key, &arena, &node, &hashes);
    assert_int_equal(found, value != NULL);
    if (found) {
        assert_true(bytes_equal(node, bytes_text(value)));
        assert_true(bytes_equal(hashes, bytes_text(value + 1)));
    }
    arena_free(&arena);
}

static void test_heights(void **state)
{
    (void)state;
    struct tree_cache *cache = tree_cache_new();
    expect(cache, key_of(0, 0, 0, 0), NULL);
    put(cache, key_of(7, 0, 0, 0), "seven");
    expect(cache, key_of(7, 0, 0, 0), "seven");
    expect(cache, key_of(6, 0, 0, 0), NULL);
    expect(cache, key_of(8, 0, 0, 0), NULL);
    put(cache, key_of(5, 0, 0, 0), "five");
    expect(cache, key_of(7, 0, 0, 0), "seven");
    expect(cache, key_of(5, 0, 0, 0), NULL);
    put(cache, key_of(9, 0, 0, 0), "nine");
    expect(cache, key_of(9, 0, 0, 0), "nine");
    expect(cache, key_of(7, 0, 0, 0), NULL);
    put(cache, key_of(10, 0, 0, 0), "X"); /* no hashes */
    expect(cache, key_of(10, 0, 0, 0), "X");
    tree_cache_free(cache);
}

static void test_places(void **state)
{
    (void)state;
    struct tree_cache *cache = tree_cache_new();
    char value[16];
    for (unsigned nibbles = 0; nibbles < TREE_CACHE_LEVELS; nibbles++) {
        for (unsigned at = 0; at < 1u << 4 * nibbles; at++) {
            const unsigned path = at << (16 - 4 * nibbles);
            snprintf(value, sizeof value, "%u:%x", nibbles, path);
            put(cache, key_of(1, nibbles, (uint8_t)(path >> 8), (uint8_t)path), value);
        }
    }
    for (unsigned nibbles = 0; nibbles < TREE_CACHE_LEVELS; nibbles++) {
        for (unsigned at = 0; at < 1u << 4 * nibbles; at++) {
            const unsigned path = at << (16 - 4 * nibbles);
            snprintf(value, sizeof value, "%u:%x", nibbles, path);
            expect(cache, key_of(1, nibbles, (uint8_t)(path >> 8), (uint8_t)path), value);
        }
    }
    put(cache, key_of(1, TREE_CACHE_LEVELS, 0, 0), "deep");
    expect(cache, key_of(1, TREE_CACHE_LEVELS, 0, 0), NULL);
    tree_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heights),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
