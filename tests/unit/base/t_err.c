/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/base/err.h"

/* Every error has a name, a code of clause 9.2.4 b [KSSJ 9.2.4b] and a sentence in each language.
 */
static void test_rows(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        const enum err err = (enum err)i;
        const char *code = err_code(err);
        assert_int_equal(strlen(code), 6);
        assert_int_equal(strspn(code, "0123456789"), 6);
        assert_in_range(code[0], '0', '3');
        assert_int_equal(code[0] == '0', err == OK);
        assert_in_range(err_http(err), 200, 511);
        assert_true(err == OK || strncmp(err_name(err), "E_", 2) == 0);
        for (int language = ERR_EN; language <= ERR_RU; language++) {
            const char *text = err_text(err, (enum err_language)language);
            assert_non_null(text);
            assert_true(strlen(text) > 3);
        }
        assert_string_not_equal(err_text(err, ERR_EN), err_text(err, ERR_RU));
        assert_string_not_equal(err_text(err, ERR_EN), err_text(err, ERR_ZH));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(err_name(err), err_name((enum err)j));
            assert_string_not_equal(err_text(err, ERR_EN), err_text((enum err)j, ERR_EN));
        }
    }
}

static void test_set(void **state)
{
    (void)state;
    struct err_detail detail;
    memset(&detail, 0xff, sizeof detail);
    assert_int_equal(err_set(&detail, ERR_RANGE, "of", "KSSJ 5.2.2a", "0..1", NULL), ERR_RANGE);
    assert_int_equal(detail.err, ERR_RANGE);
    assert_int_equal(detail.line, 0);
    assert_string_equal(detail.field, "of");
    assert_string_equal(detail.rule, "");
    assert_string_equal(detail.clause, "KSSJ 5.2.2a");
    assert_string_equal(detail.limit, "0..1");
    assert_string_equal(detail.hint, "");
    assert_int_equal(err_set(NULL, ERR_RANGE, "of", NULL, NULL, NULL), ERR_RANGE);
}

/* Long texts are cut, and never inside a character. */
static void test_cut(void **state)
{
    (void)state;
    char text[300];
    struct err_detail detail;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    (void)err_set(&detail, ERR_RANGE, text, text, text, text);
    assert_int_equal(strlen(detail.field), sizeof detail.field - 1);
    assert_int_equal(strlen(detail.hint), sizeof detail.hint - 1);
    text[sizeof detail.limit - 1] = '\0';
    (void)err_set(&detail, ERR_RANGE, NULL, NULL, text, NULL);
    assert_int_equal(strlen(detail.limit), sizeof detail.limit - 1);
    memcpy(text + sizeof detail.limit - 3, "\xe7\x85\xa4", 4); /* one byte too many */
    (void)err_set(&detail, ERR_RANGE, NULL, NULL, text, NULL);
    assert_int_equal(strlen(detail.limit), sizeof detail.limit - 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
