/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/base/dec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void accepts_and_prints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t m;
        uint8_t s;
        const char *back;
    } rows[] = {{"0", 0, 0, "0"},
                {"0.000", 0, 0, "0"},
                {"4200", 4200, 0, "4200"},
                {"43.330", 4333, 2, "43.33"},
                {"-0.5", -5, 1, "-0.5"},
                {"0.000000001", 1, 9, "0.000000001"},
                {"100", 100, 0, "100"},
                {"999999999999999999", 999999999999999999, 0, "999999999999999999"},
                {"123456789.123456789", 123456789123456789, 9, "123456789.123456789"},
                {"-999999999.999999999", -999999999999999999, 9, "-999999999.999999999"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dec value = {.m = 7, .s = 7};
        assert_int_equal(dec_parse(&value, bytes_text(rows[i].text)), OK);
        assert_int_equal(value.m, rows[i].m);
        assert_int_equal(value.s, rows[i].s);
        char out[DEC_TEXT_SIZE];
        assert_int_equal(dec_text(out, value), strlen(rows[i].back));
        assert_string_equal(out, rows[i].back);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        ".",
                                        ".5",
                                        "5.",
                                        "+1",
                                        "1e3",
                                        "1,5",
                                        "01",
                                        "-01",
                                        "00",
                                        "-0",
                                        "-0.00",
                                        " 1",
                                        "1 ",
                                        "1.2.3",
                                        "--1",
                                        "0x10",
                                        "NaN",
                                        "Inf",
                                        "1_000",
                                        "\xd9\xa1",
                                        "0.0000000000",
                                        "1.1234567890",
                                        "1000000000000000000",
                                        "1234567890.123456789",
                                        "1-1",
                                        "1.-1"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct dec value = {.m = 7, .s = 3};
        assert_int_equal(dec_parse(&value, bytes_text(texts[i])), ERR_DEC);
        assert_int_equal(value.m, 7);
        assert_int_equal(value.s, 3);
    }
    struct dec value = {.m = 7, .s = 3};
    assert_int_equal(dec_parse(&value, bytes_of("1\0", 2)), ERR_DEC);
    assert_int_equal(value.m, 7);
}

static void counts_typed_decimals(void **state)
{
    (void)state;
    assert_int_equal(dec_typed_decimals(bytes_text("41")), 0);
    assert_int_equal(dec_typed_decimals(bytes_text("41.16")), 2);
    assert_int_equal(dec_typed_decimals(bytes_text("41.160")), 3);
}

static void compares_by_value(void **state)
{
    (void)state;
    assert_int_equal(dec_compare(dec_of(10, 1), dec_of(1, 0)), 0);
    assert_true(dec_compare(dec_of(-1, 9), dec_of(0, 0)) < 0);
    assert_true(dec_compare(dec_of(999999999999999999, 0), dec_of(999999999999999999, 9)) > 0);
    assert_true(dec_is_zero(dec_of(0, 9)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_and_prints), cmocka_unit_test(refuses),
        cmocka_unit_test(counts_typed_decimals), cmocka_unit_test(compares_by_value)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
