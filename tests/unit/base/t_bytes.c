/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/base/bytes.h"

static void test_compare(void **state)
{
    (void)state;
    const struct bytes empty = {0};
    assert_true(bytes_equal(empty, bytes_of("", 0)));
    assert_int_equal(bytes_compare(empty, bytes_text("")), 0);
    assert_int_equal(bytes_compare(bytes_text("a"), bytes_text("ab")), -1);
    assert_int_equal(bytes_compare(bytes_text("ab"), bytes_text("a")), 1);
    assert_int_equal(bytes_compare(bytes_text("b"), bytes_text("ab")), 1);
    assert_int_equal(bytes_compare(bytes_text("\x7f"), bytes_text("\x80")), -1);
    assert_true(bytes_equal(bytes_text("ab"), bytes_text("ab")));
    assert_false(bytes_equal(bytes_text("ab"), bytes_text("ac")));
    assert_false(bytes_equal(bytes_text("ab"), bytes_text("abc")));
}

static void test_hash(void **state)
{
    (void)state;
    struct hash a = {{0}};
    struct hash b = {{0}};
    assert_true(hash_is_zero(&a));
    assert_true(hash_equal(&a, &b));
    b.bytes[31] = 1;
    assert_false(hash_is_zero(&b));
    assert_false(hash_equal(&a, &b));
    assert_int_equal(hash_bytes(&b).size, HASH_SIZE);
}

static void test_hex(void **state)
{
    (void)state;
    const uint8_t data[] = {0x00, 0x0f, 0xf0, 0xff};
    char text[9];
    uint8_t out[4] = {9, 9, 9, 9};
    hex_encode(text, bytes_of(data, sizeof data));
    assert_string_equal(text, "000ff0ff");
    assert_true(hex_decode(out, 4, bytes_text("000FF0ff")));
    assert_memory_equal(out, data, 4);
    hex_encode(text, bytes_of(NULL, 0));
    assert_string_equal(text, "");
    assert_true(hex_decode(out, 0, bytes_text("")));
}

static void test_hex_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "0",          "000ff0f",  "000ff0ff0",
                                      "000ff0ff00", "000ff0fg",   "000ff0f ", " 00ff0ff",
                                      "0x0ff0ff",   "000ff0f\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[4] = {9, 9, 9, 9};
        assert_false(hex_decode(out, 4, bytes_text(bad[i])));
        assert_int_equal(out[0], 9);
        assert_int_equal(out[3], 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_hex_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
