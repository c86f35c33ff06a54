/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/base/arena.h"

static void test_alloc(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4095, 4096, 4097, 100000};
    uint8_t *last = NULL;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *memory = arena_alloc(&arena, sizes[i]);
        assert_non_null(memory);
        assert_ptr_not_equal(memory, last);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(memory[j], 0);
        }
        if (sizes[i] > 0) {
            memset(memory, 0xff, sizes[i]);
        }
        last = memory;
    }
    arena_free(&arena);
}

static void test_budget(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64);
    assert_null(arena_alloc(&arena, 65));
    assert_non_null(arena_alloc(&arena, 48));
    assert_null(arena_alloc(&arena, 17));
    assert_non_null(arena_alloc(&arena, 16));
    assert_null(arena_alloc(&arena, 1));
    assert_null(arena_alloc(&arena, 0));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 4096));
    arena_free(&arena);
    assert_non_null(arena_alloc(&arena, 64));
    arena_free(&arena);
    arena_free(&arena);
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_alloc(&arena, SIZE_MAX - 5000));
    arena_free(&arena);
}

static void test_copy(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64);
    struct bytes out = bytes_text("untouched");
    char source[] = "seam";
    assert_true(arena_copy(&arena, bytes_text(source), &out));
    source[0] = 'x';
    assert_true(bytes_equal(out, bytes_text("seam")));
    assert_true(arena_copy(&arena, (struct bytes){0}, &out));
    assert_int_equal(out.size, 0);
    const char *text = arena_text(&arena, "longer", 4);
    assert_string_equal(text, "long");
    const struct bytes before = out;
    assert_false(arena_copy(&arena, bytes_text("no room for these 32 characters!"), &out));
    assert_ptr_equal(before.data, out.data);
    assert_null(arena_text(&arena, "", SIZE_MAX));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
