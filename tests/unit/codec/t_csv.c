/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as spreadsheets write them, and as nobody should. */
#include "ledger/codec/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct arena arena;
static struct errors errors;

static enum err read_bytes(struct csv_table *out, struct bytes text)
{
    arena_free(&arena);
    arena_init(&arena, (size_t)16 << 20);
    assert_int_equal(errors_new(&errors, &arena), OK);
    const enum err err = csv_read(out, text, 1 << 20, &arena, &errors);
    assert_true(err == OK || err == ERR_MEMORY || errors.count > 0);
    return err;
}

static enum err read_text(struct csv_table *out, const char *text)
{
    return read_bytes(out, bytes_text(text));
}

static void forms(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,b,c\n1,\"2,5\",3\n",
        ("\xEF\xBB\xBF"
         "a,b,c\r\n1,\"2,5\",3\r\n"),
        "a;b;c\n1;2,5;3",
        "a\tb\tc\r1\t2,5\t3\r",
        "a , b,c\n 1 , \"2,5\" ,3",
        "a,b,c\n1,\"2,5\",3,,,\n,,,,\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct csv_table table;
        assert_int_equal(read_text(&table, texts[i]), OK);
        assert_int_equal(table.count, 2);
        assert_int_equal(table.rows[0].count, 3);
        assert_string_equal(table.rows[0].cells[1], "b");
        assert_string_equal(table.rows[1].cells[1], "2,5");
        assert_int_equal(table.rows[1].number, 2);
    }
}

static void empty_rows_count(void **state)
{
    (void)state;
    struct csv_table table;
    assert_int_equal(read_text(&table, "a,b\n\n,\n\"1\"\"2\",x\n"), OK);
    assert_int_equal(table.count, 2);
    assert_int_equal(table.rows[1].number, 4);
    assert_string_equal(table.rows[1].cells[0], "1\"2");
}

static void refused(const char *text, enum err err, uint32_t row)
{
    struct csv_table table;
    assert_int_equal(read_text(&table, text), err);
    assert_int_equal(errors.items[0].line, row);
}

static void hostile(void **state)
{
    (void)state;
    struct csv_table table;
    refused("", ERR_MISSING, 1);
    refused("a,b\n1,2,3\n", ERR_PARSE, 2);
    refused("a,b\n1,\"2\n", ERR_PARSE, 2);
    refused("a,b\n1,2\"3\n", ERR_PARSE, 2);
    refused("a,b\n1,\"2\n3\"\n", ERR_TEXT, 2);
    refused("a,b\n1,\xD6\xD0\n", ERR_TEXT, 2);
    refused("a,b\n1,\x01\n", ERR_TEXT, 2);
    assert_int_equal(read_bytes(&table, bytes_of("a,b\n1,x\0y\n", 10)), ERR_TEXT);
    assert_int_equal(read_bytes(&table, bytes_of("\xFF\xFE"
                                                 "a\0,\0",
                                                 6)),
                     ERR_TEXT);
    assert_int_equal(csv_read(&table, bytes_text("abcd"), 3, &arena, &errors), ERR_TOO_LARGE);
}

/* One cell, one column, one row more than is allowed. */
static void bounds(void **state)
{
    (void)state;
    static char text[32 * 1024];
    struct csv_table table;
    for (int more = 0; more < 2; more++) {
        memset(text, 'x', CSV_CELL_MAX + (size_t)more);
        text[CSV_CELL_MAX + more] = '\0';
        assert_int_equal(read_text(&table, text), more == 0 ? OK : ERR_LENGTH);
        size_t at = 0;
        for (int i = 0; i < CSV_COLUMNS_MAX + more; i++) {
            text[at++] = 'x';
            text[at++] = ',';
        }
        text[at - 1] = '\0';
        assert_int_equal(read_text(&table, text), more == 0 ? OK : ERR_TOO_LARGE);
        at = 0;
        for (int i = 0; i < CSV_ROWS_MAX + more; i++) {
            text[at++] = 'x';
            text[at++] = '\n';
        }
        text[at] = '\0';
        assert_int_equal(read_text(&table, text), more == 0 ? OK : ERR_TOO_LARGE);
    }
}

/* A spreadsheet must not run what somebody put into a note; numbers stay numbers. */
static void cells_are_not_run(void **state)
{
    (void)state;
    static const char *const cells[] = {"=1+1", "+1", "-1+1", "@x", "-5.5", "a,b", "q\"q", "plain"};
    struct csv_out out;
    struct bytes text;
    struct csv_table table;
    static char kept[1024];
    arena_free(&arena);
    arena_init(&arena, (size_t)1 << 20);
    csv_out_init(&out, &arena);
    for (size_t i = 0; i < 8; i++) {
        csv_out_cell(&out, i == 0, cells[i]);
    }
    csv_out_end(&out);
    assert_int_equal(csv_out_finish(&out, &text), OK);
    memcpy(kept, text.data, text.size);
    kept[text.size] = '\0';
    assert_string_equal(kept, "\xEF\xBB\xBF\"'=1+1\",\"'+1\",\"'-1+1\",\"'@x\",-5.5,\"a,b\","
                              "\"q\"\"q\",plain\r\n");
    assert_int_equal(read_text(&table, kept), OK);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(table.rows[0].cells[i], cells[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms), cmocka_unit_test(empty_rows_count),
                                       cmocka_unit_test(hostile), cmocka_unit_test(bounds),
                                       cmocka_unit_test(cells_are_not_run)};
    arena_init(&arena, (size_t)16 << 20);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
