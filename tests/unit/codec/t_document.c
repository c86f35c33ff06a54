/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/codec/document.h"

#include "ledger/codec/message.h"
#include "ledger/proto/governance.pb-c.h"

#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum err render(void *context, struct json_out *out, struct bytes bytes,
                       struct err_detail *detail)
{
    (void)context;
    struct arena arena;
    arena_init(&arena, 64 * 1024);
    ProtobufCMessage *message = NULL;
    const enum err err =
        message_unpack(&message, &seam__names__descriptor, bytes, 1000, &arena, detail);
    if (err == OK) {
        json_out_message(out, message, NULL);
    }
    arena_free(&arena);
    return err;
}

static const struct document_form form = {"seam-genesis-1", "genesis", true, 1000, render, NULL};

static struct arena arena;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 4 * 1024 * 1024);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static const struct bytes inner = {(const uint8_t *)"\x1a\x04Mine", 6};

static const char *const expected =
    "{\n  \"format\": \"seam-genesis-1\",\n"
    "  \"chain_id\": \"cf6a79f82ba1ca3c7cd5ddb07c6c1f6f6d1be0acfe7a5f0a4cdcbe8de9ac1bf6\",\n"
    "  \"genesis\": \"GgRNaW5l\",\n  \"readable\": {\n    \"en\": \"Mine\"\n  }\n}\n";

static void reads_what_it_writes(void **state)
{
    (void)state;
    struct bytes text;
    struct bytes again;
    assert_int_equal(document_write(&text, &form, inner, &arena, NULL), OK);
    /* all but the digest is fixed by eye */
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, 47);
    assert_memory_equal(text.data + 111, expected + 111, text.size - 111);
    assert_int_equal(document_read(&again, &form, text, &arena, NULL), OK);
    assert_true(bytes_equal(again, inner));
}

static void refuses_every_changed_byte(void **state)
{
    (void)state;
    struct bytes text;
    assert_int_equal(document_write(&text, &form, inner, &arena, NULL), OK);
    char *copy = malloc(text.size + 1);
    for (size_t i = 0; i < text.size; i++) {
        memcpy(copy, text.data, text.size);
        copy[i] = copy[i] == 'x' ? 'y' : 'x';
        struct bytes out = {NULL, 77};
        struct err_detail detail = {0};
        assert_int_not_equal(document_read(&out, &form, bytes_of(copy, text.size), &arena, &detail),
                             OK);
        assert_int_equal(out.size, 77);
    }
    /* cut short, and longer by white space */
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\n';
    struct bytes out = {NULL, 77};
    struct err_detail detail = {0};
    assert_int_equal(document_read(&out, &form, bytes_of(copy, text.size + 1), &arena, &detail),
                     ERR_NOT_CANONICAL);
    assert_int_equal(document_read(&out, &form, bytes_of(copy, text.size - 1), &arena, &detail),
                     ERR_NOT_CANONICAL);
    free(copy);
}

static void names_the_changed_line(void **state)
{
    (void)state;
    struct bytes text;
    assert_int_equal(document_write(&text, &form, inner, &arena, NULL), OK);
    char *copy = malloc(text.size);
    memcpy(copy, text.data, text.size);
    char *place = strstr(copy, "\"en\": \"Mine\"");
    place[7] = 'N';
    struct bytes out;
    struct err_detail detail = {0};
    assert_int_equal(document_read(&out, &form, bytes_of(copy, text.size), &arena, &detail),
                     ERR_NOT_CANONICAL);
    assert_string_equal(detail.field, "line 6");
    free(copy);
}

static void refuses_other_formats_and_sizes(void **state)
{
    (void)state;
    struct bytes out;
    struct err_detail detail = {0};
    assert_int_equal(
        document_read(&out, &form, bytes_text("{\"format\":\"seam-genesis-2\"}"), &arena, &detail),
        ERR_VERSION);
    assert_int_equal(
        document_read(&out, &form, bytes_text("{\"format\":\"seam-genesis-1\"}"), &arena, &detail),
        ERR_MISSING);
    assert_int_equal(
        document_read(&out, &form,
                      bytes_text("{\"format\":\"seam-genesis-1\",\"genesis\":\"Zg=\"}"), &arena,
                      &detail),
        ERR_PARSE);
    assert_int_equal(document_read(&out, &form, bytes_text("[]"), &arena, &detail), ERR_VERSION);
    static uint8_t large[1001];
    assert_int_equal(document_write(&out, &form, bytes_of(large, 1001), &arena, &detail),
                     ERR_TOO_LARGE);
    assert_int_not_equal(document_write(&out, &form, bytes_of(large, 1000), &arena, &detail), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_it_writes, start, end),
        cmocka_unit_test_setup_teardown(refuses_every_changed_byte, start, end),
        cmocka_unit_test_setup_teardown(names_the_changed_line, start, end),
        cmocka_unit_test_setup_teardown(refuses_other_formats_and_sizes, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
