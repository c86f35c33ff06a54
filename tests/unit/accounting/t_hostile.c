/* SPDX-License-Identifier: Apache-2.0 */
/* Files and lines changed at random places, always the same ones: whatever comes in, the answer is
 * a result or a named error, and no changed account passes for the one that was signed. */
#include "tests/unit/accounting/world.h"

#include <dirent.h>
#include <stdlib.h>

#define FOLDER SEAM_SOURCE_DIR "/tests/vectors/calc"

static uint64_t seed = 7;

static uint64_t draw(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 33) % below;
}

static void change(uint8_t *data, size_t size)
{
    static const char interesting[] = "0123456789.-\"{}[],:eE\\ \x01\xff";
    for (uint64_t i = 0; i <= draw(3); i++) {
        const size_t at = (size_t)draw(size);
        if (draw(4) == 0) {
            const size_t other = (size_t)draw(size);
            const size_t count = (size_t)draw(size - (at > other ? at : other)) % 40;
            memmove(data + at, data + other, count);
        } else {
            data[at] = (uint8_t)interesting[draw(sizeof interesting - 1)];
        }
    }
}

static void calculate(struct world *world, struct bytes json)
{
    struct errors errors;
    struct set set;
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    enum err err = calc_file_read(&file, json, &world->arena, &errors);
    if (err == OK) {
        err = set_load(&set, file->parameter_set, &world->arena, &errors);
    }
    if (err == OK) {
        err = calc_run(&result, file, &set, CALC_TRACE, &world->arena, &errors);
    }
    assert_true((err == OK) == (result != NULL));
    assert_true((err == OK) == (errors.count == 0));
    if (err != OK) {
        assert_int_not_equal(err, ERR_INTERNAL);
        assert_int_equal(errors.items[0].err, err);
        assert_true(err_name(err)[0] == 'E');
    }
}

static void changed_files(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".json") == NULL) {
            continue;
        }
        struct world world = {.height = 0};
        char path[512];
        arena_init(&world.arena, (size_t)64 << 20);
        snprintf(path, sizeof path, "%s/%.200s", FOLDER, entry->d_name);
        const struct bytes whole = world_file(&world, path);
        const uint8_t *start = memmem(whole.data, whole.size, "\"file\": ", 8);
        const uint8_t *end = memmem(whole.data, whole.size, ",\n  \"expect\"", 12);
        assert_non_null(start);
        assert_non_null(end);
        const struct bytes file = bytes_of(start + 8, (size_t)(end - start) - 8);
        uint8_t *copy = malloc(file.size);
        for (int i = 0; i < 12; i++) {
            struct world scratch = {.height = 0};
            arena_init(&scratch.arena, (size_t)32 << 20);
            memcpy(copy, file.data, file.size);
            if (i > 0) {
                change(copy, file.size);
            }
            calculate(&scratch, bytes_of(copy, i == 11 ? (size_t)draw(file.size) : file.size));
            arena_free(&scratch.arena);
        }
        free(copy);
        arena_free(&world.arena);
    }
    closedir(folder);
}

/* The detached part with bytes changed: it does not decode, or it does not follow. */
static void changed_lines(void **state)
{
    (void)state;
    struct world world;
    struct account_draft draft;
    world_open(&world);
    assert_int_equal(
        world_build(&world, &draft, world_read(&world, "04-mine-a-2026-09.json"), 1, NULL), OK);
    uint8_t *copy = malloc(draft.detached.size);
    unsigned decoded = 0;
    for (int i = 0; i < 800; i++) {
        struct arena arena;
        ProtobufCMessage *message = NULL;
        arena_init(&arena, (size_t)8 << 20);
        memcpy(copy, draft.detached.data, draft.detached.size);
        copy[draw(draft.detached.size)] ^= (uint8_t)(1u << draw(8));
        const enum err err =
            message_unpack(&message, &seam__account_lines__descriptor,
                           bytes_of(copy, draft.detached.size), LIMIT_TX_DETACHED, &arena, NULL);
        if (err == OK) {
            decoded++;
            const size_t mark = overlay_mark(world.state);
            assert_int_equal(world_apply(&world, ACCOUNT_SUBMIT_TYPE, draft.account,
                                         (const Seam__AccountLines *)message),
                             JUDGE_NEVER);
            assert_int_equal(overlay_mark(world.state), mark);
        }
        arena_free(&arena);
    }
    free(copy);
    assert_true(decoded > 50);
    assert_int_equal(world_submit(&world, &draft), JUDGE_OK);
    world_close(&world);
}

/* Each byte of the signed body changed: refused, or another account, never this one. */
static void changed_body(void **state)
{
    (void)state;
    struct world world;
    struct account_draft draft;
    world_open(&world);
    assert_int_equal(
        world_build(&world, &draft, world_read(&world, "04-mine-a-2026-09.json"), 1, NULL), OK);
    uint8_t *copy = malloc(draft.payload.size);
    const Seam__AccountLines *lines = world_lines(&world, &draft);
    unsigned accepted = 0;
    for (size_t at = 0; at < draft.payload.size; at++) {
        ProtobufCMessage *message = NULL;
        memcpy(copy, draft.payload.data, draft.payload.size);
        copy[at] ^= 1;
        if (message_unpack(&message, &seam__account__descriptor, bytes_of(copy, draft.payload.size),
                           LIMIT_TX_BODY, &world.arena, NULL) == OK) {
            const size_t mark = overlay_mark(world.state);
            accepted += world_apply(&world, ACCOUNT_SUBMIT_TYPE, (const Seam__Account *)message,
                                    lines) == JUDGE_OK;
            overlay_rollback(world.state, mark);
        }
    }
    free(copy);
    assert_int_equal(accepted, 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(changed_files),
                                       cmocka_unit_test(changed_lines),
                                       cmocka_unit_test(changed_body)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
