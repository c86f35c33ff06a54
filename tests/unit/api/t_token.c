/* SPDX-License-Identifier: Apache-2.0 */
#include "api/token.h"

#include "ledger/crypto/sign.h"
#include "ledger/store/storage_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW UINT64_C(1790000000000)
#define LIFE 1000

struct fixture {
    struct arena arena;
    struct kv *kv;
    struct access_entry entry;
    char secret[ACCESS_SECRET_SIZE + 1];
    struct token_options options;
    struct token_book *book;
};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(sign_start(), OK);
    arena_init(&f->arena, 4 * ACCESS_FILE_MAX);
    assert_int_equal(kv_open_mem(&f->kv, storage_local_plan(), NULL), OK);
    snprintf(f->entry.organisation, sizeof f->entry.organisation, "mine");
    snprintf(f->entry.name, sizeof f->entry.name, "ERP 煤");
    f->entry.can_sign = true;
    f->entry.key_id.bytes[3] = 7;
    const struct access_list none = {NULL, 0};
    assert_int_equal(access_add(&f->options.access, &f->entry, f->secret, &none, &f->arena), OK);
    f->options.key[0] = 9;
    f->options.lifetime_ms = LIFE;
    f->options.local = f->kv;
    assert_int_equal(token_book_new(&f->book, &f->options, NULL), OK);
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    token_book_free(f->book);
    kv_close(f->kv);
    arena_free(&f->arena);
    free(f);
    return 0;
}

static void writes_what_it_reads(void **state)
{
    struct fixture *f = *state;
    struct access_list list;
    assert_int_equal(access_read(&list, f->options.access, &f->arena, NULL), OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.entries[0].platkey, f->entry.platkey);
    assert_int_equal(strlen(f->entry.platkey), 32);
    assert_int_equal(strlen(f->secret), 100);
    assert_true(hash_equal(&list.entries[0].key_id, &f->entry.key_id));
    assert_null(memmem(f->options.access.data, f->options.access.size, f->secret, 100));
    static const char *const wrong[] = {
        "{}",
        "[]",
        "{\"format\":\"seam-access-2\",\"platforms\":[]}",
        "{\"format\":\"seam-access-1\",\"platforms\":{}}",
        "{\"format\":\"seam-access-1\",\"platforms\":[{}]}",
        "{\"format\":\"seam-access-1\",\"platforms\":[],\"x\":1}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err_detail detail = {0};
        const enum err err = access_read(&list, bytes_text(wrong[i]), &f->arena, &detail);
        assert_int_not_equal(err, OK);
        assert_int_equal(detail.err, err);
    }
}

/* [KSSJ 9.2.4]: 0 gets, 1 resets. */
static void gets_and_resets(void **state)
{
    struct fixture *f = *state;
    char first[33];
    char again[33];
    char reset[33];
    const struct access_entry *caller = NULL;
    const char *key = f->entry.platkey;
    assert_int_equal(token_get(first, f->book, key, f->secret, "0", NOW), OK);
    assert_int_equal(strlen(first), 32);
    assert_int_equal(token_get(again, f->book, key, f->secret, "0", NOW + 1), OK);
    assert_string_equal(first, again);
    assert_int_equal(token_check(&caller, f->book, first, NOW), OK);
    assert_string_equal(caller->organisation, "mine");
    assert_int_equal(token_get(reset, f->book, key, f->secret, "1", NOW + 2), OK);
    assert_string_not_equal(first, reset);
    assert_int_equal(token_check(&caller, f->book, first, NOW + 2), ERR_TOKEN_EXPIRED);
    assert_int_equal(token_check(&caller, f->book, reset, NOW + 2), OK);
}

static void ends_with_its_time_and_outlives_a_restart(void **state)
{
    struct fixture *f = *state;
    char token[33];
    char next[33];
    const struct access_entry *caller = NULL;
    assert_int_equal(token_get(token, f->book, f->entry.platkey, f->secret, "0", NOW), OK);
    token_book_free(f->book);
    f->book = NULL;
    assert_int_equal(token_book_new(&f->book, &f->options, NULL), OK);
    assert_int_equal(token_check(&caller, f->book, token, NOW + LIFE - 1), OK);
    assert_int_equal(token_check(&caller, f->book, token, NOW + LIFE), ERR_TOKEN_EXPIRED);
    assert_int_equal(token_get(next, f->book, f->entry.platkey, f->secret, "0", NOW + LIFE), OK);
    assert_string_not_equal(token, next);
}

static void refuses_wrong_credentials(void **state)
{
    struct fixture *f = *state;
    char token[33] = "untouched";
    char key[34];
    char secret[102];
    snprintf(key, sizeof key, "%s", f->entry.platkey);
    snprintf(secret, sizeof secret, "%s", f->secret);
    static const char *const optypes[] = {"2", "", "00", "01"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(token_get(token, f->book, key, secret, optypes[i], NOW), ERR_OPTYPE);
    }
    assert_int_equal(token_get(token, f->book, key, secret, NULL, NOW), ERR_OPTYPE);
    key[31] = '\0';
    assert_int_equal(token_get(token, f->book, key, secret, "0", NOW), ERR_PLATKEY);
    snprintf(key, sizeof key, "%sx", f->entry.platkey);
    assert_int_equal(token_get(token, f->book, key, secret, "0", NOW), ERR_PLATKEY);
    snprintf(key, sizeof key, "%s", f->entry.platkey);
    secret[99] = '\0';
    assert_int_equal(token_get(token, f->book, key, secret, "0", NOW), ERR_PLATKEYSECRET);
    snprintf(secret, sizeof secret, "%sx", f->secret);
    assert_int_equal(token_get(token, f->book, key, secret, "0", NOW), ERR_PLATKEYSECRET);
    snprintf(secret, sizeof secret, "%s", f->secret);
    secret[50] = secret[50] == 'x' ? 'y' : 'x';
    assert_int_equal(token_get(token, f->book, key, secret, "0", NOW), ERR_PLATKEYSECRET);
    key[5] = key[5] == 'x' ? 'y' : 'x';
    assert_int_equal(token_get(token, f->book, key, f->secret, "0", NOW), ERR_PLATKEY);
    assert_string_equal(token, "untouched");
    const struct access_entry *caller = NULL;
    assert_int_equal(token_check(&caller, f->book, "", NOW), ERR_TOKEN);
    assert_int_equal(token_check(&caller, f->book, NULL, NOW), ERR_TOKEN);
    assert_int_equal(token_check(&caller, f->book, "00000000000000000000000000000000", NOW),
                     ERR_TOKEN);
    assert_null(caller);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* [KSSJ Table 3]: 1,000 tokens, all distinct, all 32 characters. */
static void never_repeats_a_token(void **state)
{
    struct fixture *f = *state;
    static char tokens[1000][33];
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(token_get(tokens[i], f->book, f->entry.platkey, f->secret, "1", NOW), OK);
        assert_int_equal(strlen(tokens[i]), 32);
    }
    qsort(tokens, 1000, 33, compare);
    for (size_t i = 1; i < 1000; i++) {
        assert_string_not_equal(tokens[i - 1], tokens[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_what_it_reads, start, end),
        cmocka_unit_test_setup_teardown(gets_and_resets, start, end),
        cmocka_unit_test_setup_teardown(ends_with_its_time_and_outlives_a_restart, start, end),
        cmocka_unit_test_setup_teardown(refuses_wrong_credentials, start, end),
        cmocka_unit_test_setup_teardown(never_repeats_a_token, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
