/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_STORE_KV_FIXTURE_H
#define TESTS_UNIT_STORE_KV_FIXTURE_H

/* A store of three families, writing one value and asking for one. */

#include "tests/unit/store/fixture.h"

static const char *const FAMILIES[] = {"one", "two", "clear"};
static const struct kv_plan PLAN = {FAMILIES, 3, 1u << 2, 1u << 1};

static void put(struct kv *kv, uint32_t family, const char *key, const char *value)
{
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, family, bytes_text(key), bytes_text(value));
    assert_int_equal(kv_write(kv, batch, false), OK);
    kv_batch_free(batch);
}

static void expect(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                   const char *key, const char *value)
{
    struct arena arena;
    struct bytes out;
    arena_init(&arena, 1 << 20);
    const enum err err = kv_get(kv, snapshot, family, bytes_text(key), &arena, &out);
    if (value) {
        assert_int_equal(err, OK);
        assert_true(bytes_equal(out, bytes_text(value)));
    } else {
        assert_int_equal(err, ERR_ABSENT);
    }
    arena_free(&arena);
}

#endif
