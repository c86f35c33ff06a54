/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"

static int start(void **state)
{
    (void)state;
    return sign_start() == OK ? 0 : -1;
}

/* RFC 8032 7.1 test 3. The other cases stand in tests/vectors/ed25519.json. */
static void test_rfc8032(void **state)
{
    (void)state;
    uint8_t seed[SIGN_SEED_SIZE];
    uint8_t signature[64];
    char text[129];
    struct sign_key key;
    assert_true(
        hex_decode(seed, sizeof seed,
                   bytes_text("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")));
    sign_key_from_seed(&key, seed);
    hex_encode(text, bytes_of(key.public_key, sizeof key.public_key));
    assert_string_equal(text, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    sign_message(signature, &key, bytes_of("\xaf\x82", 2));
    hex_encode(text, bytes_of(signature, sizeof signature));
    assert_string_equal(text, "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                              "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    assert_true(sign_verify(key.public_key, bytes_of("\xaf\x82", 2), signature));
}

/* Each single flipped bit of signature, key or message is refused. */
static void test_flips(void **state)
{
    (void)state;
    struct sign_key key;
    uint8_t signature[64];
    uint8_t message[8] = "a vote!";
    sign_key_random(&key);
    sign_message(signature, &key, bytes_of(message, sizeof message));
    for (size_t bit = 0; bit < 512; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(sign_verify(key.public_key, bytes_of(message, sizeof message), signature));
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 64; bit++) {
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(sign_verify(key.public_key, bytes_of(message, sizeof message), signature));
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_false(sign_verify(key.public_key, bytes_of(message, 7), signature));
    assert_true(sign_verify(key.public_key, bytes_of(message, sizeof message), signature));
}

static void test_random_and_wipe(void **state)
{
    (void)state;
    static const struct sign_key zero;
    struct sign_key a;
    struct sign_key b;
    sign_key_random(&a);
    sign_key_random(&b);
    assert_memory_not_equal(a.seed, b.seed, SIGN_SEED_SIZE);
    assert_true(sign_public_valid(bytes_of(a.public_key, SIGN_PUBLIC_SIZE)));
    assert_false(sign_public_valid(bytes_of(a.public_key, SIGN_PUBLIC_SIZE - 1)));
    assert_false(sign_public_valid(bytes_of(zero.public_key, SIGN_PUBLIC_SIZE)));
    sign_key_wipe(&a);
    assert_memory_equal(&a, &zero, sizeof a);
}

static void test_empty_message(void **state)
{
    (void)state;
    struct sign_key key;
    uint8_t signature[64];
    sign_key_random(&key);
    sign_message(signature, &key, (struct bytes){0});
    assert_true(sign_verify(key.public_key, (struct bytes){0}, signature));
    assert_false(sign_verify(key.public_key, bytes_text("x"), signature));
}

static void test_key_id(void **state)
{
    (void)state;
    struct hash a;
    struct hash b;
    sign_key_id(&a, 1, bytes_text("key"));
    hash_tagged(&b, TAG_KEY, bytes_text("\x01key"));
    assert_true(hash_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8032),         cmocka_unit_test(test_flips),
        cmocka_unit_test(test_random_and_wipe), cmocka_unit_test(test_empty_message),
        cmocka_unit_test(test_key_id),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
