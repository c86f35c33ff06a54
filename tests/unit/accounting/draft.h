/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ACCOUNTING_DRAFT_H
#define TESTS_UNIT_ACCOUNTING_DRAFT_H

/* Accounts as a mine sends them, and what is expected of the rules. */

#include "tests/unit/accounting/world.h"

#include <stdlib.h>

static inline int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_open(world);
    *state = world;
    return 0;
}

static inline int close_world(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

static inline void expect(struct world *world, enum judgement judgement, enum judgement want,
                          enum err err, const char *code, const char *field)
{
    if (judgement != want || world->detail.err != err) {
        fail_msg("judgement %d, %s %s: %s", (int)judgement, err_name(world->detail.err),
                 world->detail.field, world->detail.hint);
    }
    if (judgement != JUDGE_OK) {
        assert_string_equal(err_code(err), code);
        assert_string_equal(world->detail.field, field);
    }
}

static inline struct account_draft draft_of(struct world *world, const Seam__CalculationFile *file,
                                            uint32_t version, const struct hash *previous)
{
    struct account_draft draft;
    const enum err err = world_build(world, &draft, file, version, previous);
    if (err != OK) {
        fail_msg("%s in %s", err_name(err), world->detail.field);
    }
    return draft;
}

static inline void accept(struct world *world, const struct account_draft *draft)
{
    const enum judgement judgement = world_submit(world, draft);
    expect(world, judgement, JUDGE_OK, OK, "", "");
}

static inline struct account_draft january(struct world *world)
{
    return draft_of(world, world_read(world, "05-mine-b-2025-01.json"), 1, NULL);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

#endif
