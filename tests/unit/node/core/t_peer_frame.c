/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/peer_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_kind_has_a_row(void **state)
{
    (void)state;
    assert_null(frame_row(0));
    assert_null(frame_row(FRAME_KINDS));
    assert_null(frame_row(255));
    for (uint8_t kind = 1; kind < FRAME_KINDS; kind++) {
        const struct frame_row *row = frame_row(kind);
        assert_non_null(row);
        assert_non_null(row->name);
        assert_non_null(row->type);
        assert_true(row->size_max > 0);
        assert_true(row->size_max <= LIMIT_PEER_FRAME);
        /* The hints come first in every message. */
        assert_string_equal(row->type->fields[0].name, "hints");
    }
    assert_true(frame_row(FRAME_PROPOSE)->validators_only);
    assert_true(frame_row(FRAME_VOTE)->validators_only);
    assert_true(frame_row(FRAME_NULLIFY)->validators_only);
    assert_false(frame_row(FRAME_CERT)->validators_only);
}

static struct bytes vote_frame(struct arena *arena, size_t vote_size)
{
    static uint8_t raw[512];
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    hints.view = 77;
    hints.fin_height = 5;
    Seam__PeerVote vote = SEAM__PEER_VOTE__INIT;
    vote.hints = &hints;
    vote.vote = frame_data(bytes_of(raw, vote_size));
    struct bytes frame;
    assert_int_equal(frame_encode(&frame, FRAME_VOTE, &vote.base, arena), OK);
    return frame;
}

static void there_and_back(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const struct bytes frame = vote_frame(&arena, 122);
    enum frame_kind kind;
    const ProtobufCMessage *message;
    assert_int_equal(frame_decode(&kind, &message, ENV_CONTROL, frame, &arena), OK);
    assert_int_equal(kind, FRAME_VOTE);
    const Seam__PeerVote *vote = (const Seam__PeerVote *)message;
    assert_int_equal(vote->vote.len, 122);
    const struct cons_hints hints = frame_hints(vote->hints);
    assert_int_equal(hints.view, 77);
    assert_int_equal(hints.final_height, 5);
    assert_int_equal(frame_hints(NULL).view, 0);
    assert_int_equal(frame_decode(&kind, &message, ENV_BULK, frame, &arena), ERR_FRAME);
    arena_free(&arena);
}

static void limits_before_unpacking(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    enum frame_kind kind;
    const ProtobufCMessage *message;
    const size_t max = frame_row(FRAME_VOTE)->size_max;
    size_t size = 200;
    while (vote_frame(&arena, size).size < max) {
        size++;
    }
    assert_int_equal(vote_frame(&arena, size).size, max);
    assert_int_equal(frame_decode(&kind, &message, ENV_CONTROL, vote_frame(&arena, size), &arena),
                     OK);
    assert_int_equal(
        frame_decode(&kind, &message, ENV_CONTROL, vote_frame(&arena, size + 1), &arena),
        ERR_TOO_LARGE);
    arena_free(&arena);
}

/* Any byte cut off, any byte changed: an error or another message, never a crash. */
static void hostile_bytes(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    enum frame_kind kind;
    const ProtobufCMessage *message;
    const struct bytes good = vote_frame(&arena, 122);
    uint8_t raw[512];
    assert_int_equal(frame_decode(&kind, &message, ENV_CONTROL, bytes_of(raw, 0), &arena),
                     ERR_PARSE);
    for (size_t cut = 2; cut < good.size; cut++) {
        struct arena scratch;
        arena_init(&scratch, 1 << 16);
        const enum err err =
            frame_decode(&kind, &message, ENV_CONTROL, bytes_of(good.data, cut), &scratch);
        /* One prefix is a whole message: the hints alone. */
        assert_true(err != OK || ((const Seam__PeerVote *)message)->vote.len == 0);
        arena_free(&scratch);
    }
    for (size_t at = 0; at < good.size; at++) {
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            struct arena scratch;
            arena_init(&scratch, 1 << 16);
            memcpy(raw, good.data, good.size);
            raw[at] ^= (uint8_t)bit;
            (void)!frame_decode(&kind, &message, ENV_CONTROL, bytes_of(raw, good.size), &scratch);
            arena_free(&scratch);
        }
    }
    memcpy(raw, good.data, good.size);
    raw[good.size] = 0x18; /* an unknown field at the end */
    raw[good.size + 1] = 1;
    assert_int_not_equal(
        frame_decode(&kind, &message, ENV_CONTROL, bytes_of(raw, good.size + 2), &arena), OK);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_row),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(limits_before_unpacking),
        cmocka_unit_test(hostile_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
