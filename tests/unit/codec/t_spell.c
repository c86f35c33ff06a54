/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/codec/spell.h"
#include "ledger/base/limits.h"
#include "ledger/codec/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void accepts_decimals_as_typed(void **state)
{
    (void)state;
    static const char *const right[] = {"0",
                                        "0.0",
                                        "1",
                                        "-1",
                                        "0.98",
                                        "310.40",
                                        "-0.5",
                                        "100",
                                        "999999999999999999",
                                        "123456789.123456789",
                                        "0.000000001"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(spell_decimal(right[i], NULL));
    }
    uint32_t places = 0;
    assert_true(spell_decimal("43.330", &places));
    assert_int_equal(places, 3);
}

static void refuses_other_numbers(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "-",
                                        ".5",
                                        "5.",
                                        "+1",
                                        "01",
                                        "00",
                                        "1e3",
                                        "1E3",
                                        "0x1",
                                        "1,5",
                                        "1 ",
                                        " 1",
                                        "--1",
                                        "1.2.3",
                                        "-0",
                                        "-0.0",
                                        "NaN",
                                        "inf",
                                        "1.",
                                        "٣",
                                        "1.0000000001",
                                        "1234567890123456789",
                                        "1234567890.123456789"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(spell_decimal(wrong[i], NULL));
    }
}

static void compares_by_value(void **state)
{
    (void)state;
    assert_true(spell_decimal_compare("1", "1.000") == 0);
    assert_true(spell_decimal_compare("0.98", "1") < 0);
    assert_true(spell_decimal_compare("10", "9") > 0);
    assert_true(spell_decimal_compare("-1", "1") < 0);
    assert_true(spell_decimal_compare("-2", "-10") > 0);
    assert_true(spell_decimal_compare("0.1", "0.09") > 0);
    assert_true(spell_decimal_compare("1.000000001", "1") > 0);
    assert_true(spell_decimal_compare("0", "-0.1") > 0);
}

static void knows_ids(void **state)
{
    (void)state;
    char text[LIMIT_ID_TEXT + 2];
    memset(text, 'a', sizeof text);
    text[LIMIT_ID_TEXT] = '\0';
    assert_true(spell_id(text, false));
    text[LIMIT_ID_TEXT] = 'a';
    text[LIMIT_ID_TEXT + 1] = '\0';
    assert_false(spell_id(text, false));
    assert_true(spell_id("mine-a", false));
    assert_true(spell_id("0._-", false));
    assert_true(spell_id("CN-NDRC-COAL-2014", true));
    assert_false(spell_id("CN", false));
    assert_false(spell_id("", true));
    assert_false(spell_id("-a", true));
    assert_false(spell_id("a b", true));
    assert_false(spell_id("a/b", true));
}

static void knows_periods_and_dates(void **state)
{
    (void)state;
    assert_true(spell_period("2026-09"));
    assert_true(spell_period("2026"));
    assert_true(spell_period("2026-Q4"));
    assert_false(spell_period("2026-13"));
    assert_false(spell_period("2026-00"));
    assert_false(spell_period("2026-Q5"));
    assert_false(spell_period("2026-9"));
    assert_false(spell_period("202-09"));
    assert_false(spell_period("2026-09 "));
    assert_true(spell_date("2024-02-29"));
    assert_false(spell_date("2023-02-29"));
    assert_false(spell_date("1900-02-29"));
    assert_true(spell_date("2000-02-29"));
    assert_false(spell_date("2026-04-31"));
    assert_false(spell_date("2026-4-30"));
}

static void writes_and_reads_instants(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {951782400000, "2000-02-29T00:00:00Z"},
        {1794240000000, "2026-11-09T16:00:00Z"}, /* end of the term of CN 2026-09 (D33) */
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[SPELL_TIME_SIZE];
        uint64_t ms = 7;
        spell_time_write(text, rows[i].ms);
        assert_string_equal(text, rows[i].text);
        assert_true(spell_time_read(&ms, text));
        assert_int_equal(ms, rows[i].ms);
    }
    char text[SPELL_TIME_SIZE];
    spell_time_write(text, UINT64_MAX);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    static const char *const wrong[] = {
        "2026-10-01T00:00:00",  "2026-10-01 00:00:00Z",      "2026-10-01T24:00:00Z",
        "2026-10-01T00:60:00Z", "2026-10-01T00:00:00+08:00", "1969-12-31T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-10-01T00:00:00.1Z",    ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint64_t ms = 7;
        assert_false(spell_time_read(&ms, wrong[i]));
        assert_int_equal(ms, 7);
    }
}

static void finds_entries_of_lists(void **state)
{
    (void)state;
    assert_true(spell_in_list("t", "t,1e4Nm3"));
    assert_true(spell_in_list("1e4Nm3", "t, 1e4Nm3"));
    assert_false(spell_in_list("1e4", "t,1e4Nm3"));
    assert_false(spell_in_list("", "t,,x"));
    assert_false(spell_in_list("t", ""));
}

static void knows_utf8(void **state)
{
    (void)state;
    assert_true(utf8_valid(bytes_text("煤 уголь coal \xf0\x9f\x8f\xad")));
    static const char *const wrong[] = {"\x80",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x80\x80",
                                        "\xed\xa0\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xc3",
                                        "\xe2\x82",
                                        "\xf0\x9f\x8f",
                                        "a\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(utf8_valid(bytes_text(wrong[i])));
    }
    assert_false(utf8_valid(bytes_of("a\0b", 3)));
    assert_int_equal(utf8_count(bytes_text("煤уа")), 3);
    assert_true(utf8_printable(bytes_text("煤矿 A")));
    assert_false(utf8_printable(bytes_text("a\nb")));
    assert_false(utf8_printable(bytes_text("a\x7f")));
    assert_false(utf8_printable(bytes_text("\xc2\x85")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_decimals_as_typed), cmocka_unit_test(refuses_other_numbers),
        cmocka_unit_test(compares_by_value),         cmocka_unit_test(knows_ids),
        cmocka_unit_test(knows_periods_and_dates),   cmocka_unit_test(writes_and_reads_instants),
        cmocka_unit_test(finds_entries_of_lists),    cmocka_unit_test(knows_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
