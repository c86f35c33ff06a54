/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/crypto/hash.h"

static void assert_hash(const struct hash *hash, const char *hex)
{
    char text[2 * HASH_SIZE + 1];
    hex_encode(text, hash_bytes(hash));
    assert_string_equal(text, hex);
}

/* FIPS 180-4 examples: the library is the right function. */
static void test_plain(void **state)
{
    (void)state;
    struct hasher hasher;
    struct hash hash;
    hash_begin_raw(&hasher);
    hash_end(&hasher, &hash);
    assert_hash(&hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hash_begin_raw(&hasher);
    hash_add(&hasher, bytes_text("abc"));
    hash_end(&hasher, &hash);
    assert_hash(&hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* A tag is nothing but the first eight bytes; pieces do not matter. */
static void test_tagged(void **state)
{
    (void)state;
    struct hasher hasher;
    struct hash whole;
    struct hash pieces;
    struct hash other;
    hash_tagged(&whole, TAG_TX, bytes_text("abc"));
    hash_begin_raw(&hasher);
    hash_add(&hasher, bytes_text("SEAM"));
    hash_add(&hasher, bytes_text("TXN1"));
    hash_add(&hasher, (struct bytes){0});
    hash_add(&hasher, bytes_text("ab"));
    hash_add(&hasher, bytes_text("c"));
    hash_end(&hasher, &pieces);
    assert_true(hash_equal(&whole, &pieces));
    hash_tagged(&other, TAG_TX_LEAF, bytes_text("abc"));
    assert_false(hash_equal(&whole, &other));
}

static void test_integers(void **state)
{
    (void)state;
    struct hasher hasher;
    struct hash a;
    struct hash b;
    hash_begin_raw(&hasher);
    hash_add_u8(&hasher, 9);
    hash_add_u64(&hasher, UINT64_C(0x0102030405060708));
    hash_end(&hasher, &a);
    hash_begin_raw(&hasher);
    hash_add(&hasher, bytes_of("\x09\x08\x07\x06\x05\x04\x03\x02\x01", 9));
    hash_end(&hasher, &b);
    assert_true(hash_equal(&a, &b));
}

static void test_id(void **state)
{
    (void)state;
    struct hash a;
    struct hash b;
    hash_id(&a, 2, "mine-a");
    hash_id(&b, 6, "mine-a");
    assert_false(hash_equal(&a, &b));
    hash_tagged(&b, TAG_ID, bytes_text("\x02mine-a"));
    assert_true(hash_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_tagged),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
