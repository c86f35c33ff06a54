/* SPDX-License-Identifier: Apache-2.0 */
/* Texts sealed to a few keys: each reader opens them, nobody else, nothing changed, nowhere else.
 */
#include "api/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ABOUT "d-1"

struct world {
    struct arena arena;
    struct sign_key keys[3];
    struct sealed_reader readers[3];
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    arena_init(&world.arena, (size_t)16 << 20);
    for (uint8_t i = 0; i < 3; i++) {
        uint8_t seed[SIGN_SEED_SIZE];
        memset(seed, i + 1, sizeof seed);
        sign_key_from_seed(&world.keys[i], seed);
        memcpy(world.readers[i].public_key, world.keys[i].public_key, SIGN_PUBLIC_SIZE);
        memset(world.readers[i].key_id.bytes, 0x10 + i, HASH_SIZE);
    }
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    arena_free(&world->arena);
    return 0;
}

static struct bytes sealed_text(struct world *world, size_t readers)
{
    struct bytes sealed;
    assert_int_equal(sealed_close(&sealed, bytes_text("in confidence"), ABOUT, world->readers,
                                  readers, &world->arena),
                     OK);
    return sealed;
}

static enum err opened(struct world *world, struct bytes sealed, size_t reader, const char *about)
{
    struct bytes plain = {NULL, 0};
    const enum err err = sealed_open(&plain, sealed, about, &world->readers[reader].key_id,
                                     &world->keys[reader], &world->arena);
    if (err == OK) {
        assert_true(bytes_equal(plain, bytes_text("in confidence")));
    }
    return err;
}

static void readers_open_it(void **state)
{
    struct world *world = *state;
    const struct bytes sealed = sealed_text(world, 2);
    assert_int_equal(opened(world, sealed, 0, ABOUT), OK);
    assert_int_equal(opened(world, sealed, 1, ABOUT), OK);
    assert_int_equal(opened(world, sealed, 2, ABOUT), ERR_ABSENT);
    assert_int_equal(opened(world, sealed, 0, "d-2"), ERR_KEY);
}

static void another_key_under_the_same_id(void **state)
{
    struct world *world = *state;
    const struct bytes sealed = sealed_text(world, 2);
    struct bytes plain;
    assert_int_equal(sealed_open(&plain, sealed, ABOUT, &world->readers[0].key_id, &world->keys[2],
                                 &world->arena),
                     ERR_KEY);
}

/* No byte may change: of the head, the envelope that is opened, or the box. */
static void every_byte_counts(void **state)
{
    struct world *world = *state;
    const struct bytes sealed = sealed_text(world, 1);
    for (size_t i = 0; i < sealed.size; i++) {
        struct bytes copy;
        assert_true(arena_copy(&world->arena, sealed, &copy));
        ((uint8_t *)(uintptr_t)copy.data)[i] ^= 1;
        assert_int_not_equal(opened(world, copy, 0, ABOUT), OK);
    }
}

static void short_input(void **state)
{
    struct world *world = *state;
    const struct bytes sealed = sealed_text(world, 1);
    for (size_t size = 0; size < sealed.size; size++) {
        assert_int_not_equal(opened(world, bytes_of(sealed.data, size), 0, ABOUT), OK);
    }
}

static void number_of_readers(void **state)
{
    struct world *world = *state;
    static struct sealed_reader many[SEALED_READERS_MAX + 1];
    struct bytes out;
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
        many[i] = world->readers[0];
    }
    const struct bytes text = bytes_text("x");
    assert_int_equal(sealed_close(&out, text, ABOUT, many, 0, &world->arena), ERR_RANGE);
    assert_int_equal(sealed_close(&out, text, ABOUT, many, SEALED_READERS_MAX, &world->arena), OK);
    assert_int_equal(sealed_close(&out, text, ABOUT, many, SEALED_READERS_MAX + 1, &world->arena),
                     ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readers_open_it, setup, teardown),
        cmocka_unit_test_setup_teardown(another_key_under_the_same_id, setup, teardown),
        cmocka_unit_test_setup_teardown(every_byte_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(short_input, setup, teardown),
        cmocka_unit_test_setup_teardown(number_of_readers, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
