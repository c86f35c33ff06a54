/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/codec/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void reads_what_it_writes(void **state)
{
    (void)state;
    uint8_t data[70];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 37 + 11);
    }
    for (size_t size = 0; size <= sizeof data; size++) {
        char text[100];
        base64_write(text, bytes_of(data, size));
        assert_int_equal(strlen(text), base64_size(size));
        struct arena arena;
        arena_init(&arena, 4096);
        struct bytes out;
        assert_int_equal(base64_read(&out, bytes_text(text), &arena), OK);
        assert_true(bytes_equal(out, bytes_of(data, size)));
        arena_free(&arena);
    }
}

static void writes_rfc_4648_examples(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[16];
        base64_write(text, bytes_text(pairs[i][0]));
        assert_string_equal(text, pairs[i][1]);
    }
}

static void refuses_other_spellings(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Zg",   "Zg=",  "Zg===",    "Zh==",  "Zm9=",
                                        "=g==", "Z===", "Zg==Zg==", "Zm9v ", "Zm9v\n",
                                        "Zm-v", "Zm_v", "====",     "Zm=v",  "Z=9v"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct arena arena;
        arena_init(&arena, 4096);
        struct bytes out = {NULL, 7};
        assert_int_equal(base64_read(&out, bytes_text(wrong[i]), &arena), ERR_PARSE);
        assert_int_equal(out.size, 7);
        arena_free(&arena);
    }
}

static void says_when_there_is_no_room(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4);
    struct bytes out;
    assert_int_equal(base64_read(&out, bytes_text("Zm9vYmFyZm9vYmFy"), &arena), ERR_MEMORY);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(writes_rfc_4648_examples),
        cmocka_unit_test(refuses_other_spellings),
        cmocka_unit_test(says_when_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
