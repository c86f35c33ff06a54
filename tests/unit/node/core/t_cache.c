/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/cache.h"

#include "ledger/crypto/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void only_the_whole_triple_counts(void **state)
{
    (void)state;
    assert_int_equal(sign_start(), OK);
    struct cache *cache = cache_new(100);
    const struct exec_verifier verifier = cache_for_transactions(cache);
    const uint8_t seed[SIGN_SEED_SIZE] = {9};
    struct sign_key key;
    uint8_t signature[SIGNATURE_SIZE];
    const struct bytes message = bytes_text("message");
    sign_key_from_seed(&key, seed);
    sign_message(signature, &key, message);
    for (int round = 0; round < 2; round++) { /* verified, then remembered */
        assert_true(verifier.verify(verifier.context, key.public_key, message, signature));
        assert_false(
            verifier.verify(verifier.context, key.public_key, bytes_text("messagf"), signature));
        for (size_t i = 0; i < SIGNATURE_SIZE; i += 9) {
            signature[i] ^= 1;
            assert_false(verifier.verify(verifier.context, key.public_key, message, signature));
            signature[i] ^= 1;
        }
        uint8_t other[SIGN_PUBLIC_SIZE];
        memcpy(other, key.public_key, sizeof other);
        other[3] ^= 1;
        assert_false(verifier.verify(verifier.context, other, message, signature));
    }
    cache_free(cache);
}

static void a_no_is_never_kept_and_old_ones_give_way(void **state)
{
    (void)state;
    struct cache *cache = cache_new(64);
    struct hash triple = {{0}};
    assert_false(cache_known(cache, &triple)); /* not even the zero hash of an empty entry */
    cache_learn(cache, &triple);
    assert_true(cache_known(cache, &triple));
    struct hash near = triple;
    for (size_t i = 0; i < HASH_SIZE; i++) { /* same entry for i >= 1, other words */
        near.bytes[i] ^= 0x80;
        assert_false(cache_known(cache, &near));
        near.bytes[i] ^= 0x80;
    }
    near.bytes[31] = 1;
    cache_learn(cache, &near); /* takes the entry */
    assert_true(cache_known(cache, &near));
    assert_false(cache_known(cache, &triple));
    cache_free(cache);
    cache_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_whole_triple_counts),
        cmocka_unit_test(a_no_is_never_kept_and_old_ones_give_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
