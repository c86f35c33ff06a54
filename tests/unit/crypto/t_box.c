/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed documents and envelopes: opened by the right key, refused after any changed bit. */
#include "ledger/crypto/box.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct bytes text(const char *value)
{
    return bytes_of((const uint8_t *)value, strlen(value));
}

static void a_document_comes_back(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    uint8_t key[BOX_KEY_SIZE];
    box_key_random(key);
    static const size_t sizes[] = {0, 1, 31, 4096, 100000};
    uint8_t *plain = arena_alloc(&arena, 100000);
    memset(plain, 0x5a, 100000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes sealed;
        struct bytes opened;
        const struct bytes in = bytes_of(plain, sizes[i]);
        assert_int_equal(box_close(&sealed, in, text("part 0"), key, &arena), OK);
        assert_int_equal(sealed.size, in.size + BOX_MORE);
        assert_int_equal(box_open(&opened, sealed, text("part 0"), key, &arena), OK);
        assert_true(bytes_equal(opened, in));
        assert_int_equal(box_open(&opened, sealed, text("part 1"), key, &arena), ERR_KEY);
    }
    struct bytes two[2];
    assert_int_equal(box_close(&two[0], text("same"), text(""), key, &arena), OK);
    assert_int_equal(box_close(&two[1], text("same"), text(""), key, &arena), OK);
    assert_false(bytes_equal(two[0], two[1]));
    arena_free(&arena);
}

static void every_changed_bit_is_noticed(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    uint8_t key[BOX_KEY_SIZE];
    box_key_random(key);
    struct bytes sealed;
    struct bytes opened;
    assert_int_equal(box_close(&sealed, text("report"), text("a"), key, &arena), OK);
    uint8_t copy[64];
    assert_true(sealed.size <= sizeof copy);
    for (size_t bit = 0; bit < sealed.size * 8; bit++) {
        memcpy(copy, sealed.data, sealed.size);
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(box_open(&opened, bytes_of(copy, sealed.size), text("a"), key, &arena),
                         ERR_KEY);
    }
    for (size_t size = 0; size < sealed.size; size++) {
        assert_int_not_equal(box_open(&opened, bytes_of(sealed.data, size), text("a"), key, &arena),
                             OK);
    }
    key[0] ^= 1;
    assert_int_equal(box_open(&opened, sealed, text("a"), key, &arena), ERR_KEY);
    arena_free(&arena);
}

static void an_envelope_is_for_one_reader(void **state)
{
    (void)state;
    struct sign_key reader;
    struct sign_key other;
    sign_key_random(&reader);
    sign_key_random(&other);
    uint8_t key[BOX_KEY_SIZE];
    uint8_t found[BOX_KEY_SIZE] = {0};
    uint8_t envelope[ENVELOPE_SIZE];
    box_key_random(key);
    assert_int_equal(envelope_close(envelope, key, reader.public_key), OK);
    assert_int_equal(envelope_open(found, envelope, &other), ERR_KEY);
    static const uint8_t zero[BOX_KEY_SIZE];
    assert_memory_equal(found, zero, BOX_KEY_SIZE);
    for (size_t i = 0; i < ENVELOPE_SIZE; i++) {
        envelope[i] ^= 0x10;
        assert_int_equal(envelope_open(found, envelope, &reader), ERR_KEY);
        envelope[i] ^= 0x10;
    }
    assert_int_equal(envelope_open(found, envelope, &reader), OK);
    assert_memory_equal(found, key, BOX_KEY_SIZE);
    static const uint8_t not_a_key[SIGN_PUBLIC_SIZE] = {0};
    assert_int_equal(envelope_close(envelope, key, not_a_key), ERR_KEY);
}

int main(void)
{
    if (sign_start() != OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_comes_back),
        cmocka_unit_test(every_changed_bit_is_noticed),
        cmocka_unit_test(an_envelope_is_for_one_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
