/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/crypto/credential.h"

#include "ledger/crypto/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void checks_what_it_hashed(void **state)
{
    (void)state;
    char first[CREDENTIAL_HASH_SIZE];
    char second[CREDENTIAL_HASH_SIZE];
    assert_int_equal(sign_start(), OK);
    assert_int_equal(credential_hash(first, bytes_text("secret")), OK);
    assert_int_equal(credential_hash(second, bytes_text("secret")), OK);
    assert_string_not_equal(first, second); /* a salt of its own */
    assert_int_equal(strncmp(first, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    assert_true(credential_check(first, bytes_text("secret")));
    assert_false(credential_check(first, bytes_text("secreT")));
    assert_false(credential_check(first, bytes_text("")));
    first[strlen(first) - 3] ^= 1;
    assert_false(credential_check(first, bytes_text("secret")));
}

static void refuses_texts_that_are_no_hash(void **state)
{
    (void)state;
    char large[400];
    memset(large, 'a', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    memcpy(large, "$argon2id$", 10);
    static const char *const wrong[] = {"",
                                        "secret",
                                        "$argon2id$",
                                        "$argon2i$v=19$m=8,t=1,p=1$a$b",
                                        "$argon2id$v=19$m=8,t=1,p=1$$",
                                        "$2b$12$abc"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(credential_check(wrong[i], bytes_text("secret")));
    }
    assert_false(credential_check(large, bytes_text("secret")));
}

/* Computed with another implementation of HMAC-SHA256. */
static void computes_the_published_mac(void **state)
{
    (void)state;
    uint8_t key[32];
    struct hash mac;
    char hex[65];
    memset(key, 0x0b, sizeof key);
    credential_mac(&mac, key, bytes_text("Hi There"));
    hex_encode(hex, hash_bytes(&mac));
    assert_string_equal(hex, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
}

static void compares(void **state)
{
    (void)state;
    assert_true(credential_equal("abc", "abc", 3));
    assert_false(credential_equal("abc", "abd", 3));
    assert_true(credential_equal("abc", "abd", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_what_it_hashed),
        cmocka_unit_test(refuses_texts_that_are_no_hash),
        cmocka_unit_test(computes_the_published_mac),
        cmocka_unit_test(compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
