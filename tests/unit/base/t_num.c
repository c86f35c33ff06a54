/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/base/num.h"

static void test_unsigned(void **state)
{
    (void)state;
    uint64_t out = 7;
    assert_true(num_add_u64(&out, UINT64_MAX - 1, 1));
    assert_true(out == UINT64_MAX);
    out = 7;
    assert_false(num_add_u64(&out, UINT64_MAX, 1));
    assert_false(num_sub_u64(&out, 1, 2));
    assert_false(num_mul_u64(&out, UINT64_C(1) << 32, UINT64_C(1) << 32));
    assert_true(out == 7);
    assert_true(num_sub_u64(&out, 2, 2));
    assert_true(out == 0);
    assert_true(num_mul_u64(&out, UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1));
    assert_true(out == 0xffffffff00000000u);
}

static void test_signed(void **state)
{
    (void)state;
    int64_t out = 7;
    assert_false(num_add_i64(&out, INT64_MAX, 1));
    assert_false(num_add_i64(&out, INT64_MIN, -1));
    assert_false(num_sub_i64(&out, INT64_MIN, 1));
    assert_false(num_sub_i64(&out, 0, INT64_MIN));
    assert_false(num_mul_i64(&out, INT64_MIN, -1));
    assert_true(out == 7);
    assert_true(num_sub_i64(&out, -1, INT64_MIN));
    assert_true(out == INT64_MAX);
    assert_true(num_mul_i64(&out, INT64_MIN, 1));
    assert_true(out == INT64_MIN);
}

static void test_sizes(void **state)
{
    (void)state;
    size_t out = 7;
    assert_false(num_add_size(&out, SIZE_MAX, 1));
    assert_false(num_mul_size(&out, SIZE_MAX / 2, 3));
    assert_true(out == 7);
    assert_true(num_mul_size(&out, SIZE_MAX / 2, 2));
    assert_true(out == SIZE_MAX - 1);
}

static void test_narrow(void **state)
{
    (void)state;
    uint8_t small = 7;
    uint16_t medium = 7;
    uint32_t large = 7;
    int64_t negative = 7;
    assert_false(num_narrow_u8(&small, 256));
    assert_false(num_narrow_u16(&medium, 65536));
    assert_false(num_narrow_u32(&large, UINT64_C(1) << 32));
    assert_false(num_narrow_i64(&negative, UINT64_C(1) << 63));
    assert_true(small == 7 && medium == 7 && large == 7 && negative == 7);
    assert_true(num_narrow_u8(&small, 255) && small == 255);
    assert_true(num_narrow_u16(&medium, 65535) && medium == 65535);
    assert_true(num_narrow_u32(&large, UINT32_MAX) && large == UINT32_MAX);
    assert_true(num_narrow_i64(&negative, INT64_MAX) && negative == INT64_MAX);
}

static void test_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "00",
                                      "01",
                                      "+1",
                                      "-1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "1e3",
                                      "101",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "184467440737095516150"};
    uint64_t out = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(num_parse_u64(&out, bytes_text(bad[i]), 100));
        assert_true(out == 7);
    }
    assert_false(num_parse_u64(&out, bytes_text("18446744073709551616"), UINT64_MAX));
    assert_true(num_parse_u64(&out, bytes_text("18446744073709551615"), UINT64_MAX));
    assert_true(out == UINT64_MAX);
    assert_true(num_parse_u64(&out, bytes_text("100"), 100) && out == 100);
    assert_true(num_parse_u64(&out, bytes_text("0"), 100) && out == 0);
}

static void test_print(void **state)
{
    (void)state;
    char text[21];
    assert_int_equal(num_print_u64(text, 0), 1);
    assert_string_equal(text, "0");
    assert_int_equal(num_print_u64(text, UINT64_MAX), 20);
    assert_string_equal(text, "18446744073709551615");
    assert_int_equal(num_print_u64(text, 1203), 4);
    assert_string_equal(text, "1203");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsigned), cmocka_unit_test(test_signed),
        cmocka_unit_test(test_sizes),    cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_parse),    cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
