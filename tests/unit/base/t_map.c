/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/base/map.h"

#define KEYS 512

static uint8_t values[KEYS];

/* A fixed sequence of numbers; nothing here depends on chance. */
static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static struct bytes key_of(uint8_t out[2], uint32_t number)
{
    out[0] = (uint8_t)(number >> 8);
    out[1] = (uint8_t)number;
    return bytes_of(out, 2);
}

static void insert(struct map *map, uint32_t number)
{
    uint8_t key[2];
    assert_int_equal(map_put(map, key_of(key, number), &values[number], NULL), OK);
}

/* Compares with the plainest model: one flag a key. */
static void check_model(const struct map *map, const uint8_t *present)
{
    const struct map_node *node = map_first(map);
    for (uint32_t number = 0; number < KEYS; number++) {
        uint8_t key[2];
        const struct bytes bytes = key_of(key, number);
        assert_ptr_equal(map_get(map, bytes), present[number] ? &values[number] : NULL);
        if (!present[number]) {
            continue;
        }
        assert_non_null(node);
        assert_true(bytes_equal(map_key(node), bytes));
        assert_ptr_equal(map_value(node), &values[number]);
        node = map_next(node);
    }
    assert_null(node);
    assert_true(map_check(map));
}

static void test_against_model(void **state)
{
    (void)state;
    struct map map;
    uint8_t present[KEYS] = {0};
    uint32_t seed = 1;
    map_init(&map, KEYS);
    for (int i = 0; i < 6000; i++) {
        uint8_t key[2];
        const uint32_t number = next_number(&seed) % KEYS;
        /* First mostly growing, then mostly shrinking. */
        const bool put = next_number(&seed) % 8 < (i < 3000 ? 5u : 3u);
        if (put) {
            insert(&map, number);
        } else {
            void *old = map_remove(&map, key_of(key, number));
            assert_ptr_equal(old, present[number] ? &values[number] : NULL);
        }
        present[number] = put;
        assert_true(map_check(&map));
        if (i % 500 == 0) {
            check_model(&map, present);
        }
    }
    check_model(&map, present);
    map_free(&map, NULL);
    assert_int_equal(map.count, 0);
    assert_null(map_first(&map));
}

/* Sorted insertion is what makes a plain tree a list. */
static void test_sorted(void **state)
{
    (void)state;
    for (int down = 0; down < 2; down++) {
        struct map map;
        map_init(&map, KEYS);
        for (uint32_t i = 0; i < KEYS; i++) {
            insert(&map, down ? KEYS - 1 - i : i);
            assert_true(map_check(&map));
        }
        for (uint32_t i = 0; i < KEYS; i++) {
            uint8_t key[2];
            assert_non_null(map_remove(&map, key_of(key, (i * 7) % KEYS)));
            assert_true(map_check(&map));
        }
        assert_int_equal(map.count, 0);
    }
}

static void test_limit_and_replace(void **state)
{
    (void)state;
    struct map map;
    void *old = &map;
    map_init(&map, 2);
    assert_int_equal(map_put(&map, bytes_text("a"), &values[1], &old), OK);
    assert_null(old);
    assert_int_equal(map_put(&map, bytes_text(""), &values[2], NULL), OK);
    assert_int_equal(map_put(&map, bytes_text("b"), &values[3], &old), ERR_BUSY);
    assert_null(map_get(&map, bytes_text("b")));
    assert_int_equal(map_put(&map, bytes_text("a"), &values[4], &old), OK);
    assert_ptr_equal(old, &values[1]);
    assert_ptr_equal(map_get(&map, bytes_text("a")), &values[4]);
    assert_ptr_equal(map_get(&map, bytes_text("")), &values[2]);
    assert_true(map_check(&map));
    map_free(&map, NULL);
}

static void test_seek(void **state)
{
    (void)state;
    struct map map;
    map_init(&map, KEYS);
    for (uint32_t i = 10; i < 100; i += 10) {
        insert(&map, i);
    }
    for (uint32_t i = 0; i < 110; i++) {
        uint8_t key[2];
        const struct map_node *node = map_seek(&map, key_of(key, i));
        if (i > 90) {
            assert_null(node);
            continue;
        }
        const uint32_t expected = i < 10 ? 10 : (i + 9) / 10 * 10;
        assert_ptr_equal(map_value(node), &values[expected]);
    }
    map_free(&map, NULL);
}

static int dropped;

static void drop(void *value)
{
    assert_non_null(value);
    dropped++;
}

static void test_drops(void **state)
{
    (void)state;
    struct map map;
    map_init(&map, KEYS);
    for (uint32_t i = 0; i < 100; i++) {
        insert(&map, (i * 37) % 100);
    }
    dropped = 0;
    map_free(&map, drop);
    assert_int_equal(dropped, 100);
    insert(&map, 1);
    map_free(&map, drop);
    map_free(&map, drop);
    assert_int_equal(dropped, 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_sorted),
        cmocka_unit_test(test_limit_and_replace),
        cmocka_unit_test(test_seek),
        cmocka_unit_test(test_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
