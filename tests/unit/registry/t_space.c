/* SPDX-License-Identifier: Apache-2.0 */
/* The ordered set of numbers, against a plain array. */

#include "ledger/registry/space.h"

#include "tests/unit/governance/world.h"

#define MEMBERS 600
#define STEPS 4000

static uint64_t seed = 20261122;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Near each other, far apart, and at both ends. */
static uint64_t any_number(void)
{
    switch (next() % 4) {
    case 0:
        return next() % 300;
    case 1:
        return SPACE_LIMIT - 1 - next() % 300;
    case 2:
        return (next() % 40) << 32 | next() % 4;
    default:
        return next() % SPACE_LIMIT;
    }
}

static size_t find(const uint64_t *members, size_t count, uint64_t number)
{
    size_t i = 0;
    while (i < count && members[i] != number) {
        i++;
    }
    return i;
}

static void expect(struct overlay *state, const struct hash *space, const uint64_t *members,
                   size_t count, uint64_t number)
{
    bool below = false;
    bool above = false;
    uint64_t before = 0;
    uint64_t after = 0;
    for (size_t i = 0; i < count; i++) {
        if (members[i] <= number && (!below || members[i] > before)) {
            before = members[i];
            below = true;
        }
        if (members[i] >= number && (!above || members[i] < after)) {
            after = members[i];
            above = true;
        }
    }
    uint64_t got = 0;
    assert_int_equal(space_before(&got, state, space, number), below ? OK : ERR_ABSENT);
    assert_true(!below || got == before);
    assert_int_equal(space_after(&got, state, space, number), above ? OK : ERR_ABSENT);
    assert_true(!above || got == after);
}

static void behaves_as_a_set(void **unused)
{
    (void)unused;
    const uint64_t first_seed = seed;
    struct overlay *state = world_empty();
    struct hash space;
    uint64_t members[MEMBERS];
    size_t count = 0;
    id_hash(&space, KEY_SERIES, "CN:CEA:CN:2026");
    for (size_t step = 0; step < STEPS; step++) {
        const uint64_t number = any_number();
        const size_t at = find(members, count, number);
        if (at < count) {
            assert_int_equal(space_add(state, &space, number), ERR_CORRUPT);
            assert_int_equal(space_remove(state, &space, number), OK);
            members[at] = members[--count];
        } else if (count < MEMBERS) {
            assert_int_equal(space_remove(state, &space, number), ERR_CORRUPT);
            assert_int_equal(space_add(state, &space, number), OK);
            members[count++] = number;
        } else {
            assert_int_equal(space_remove(state, &space, members[0]), OK);
            members[0] = members[--count];
        }
        expect(state, &space, members, count, any_number());
    }
    while (count > 0) {
        assert_int_equal(space_remove(state, &space, members[--count]), OK);
    }
    expect(state, &space, members, 0, 0);
    assert_int_equal(overlay_mark(state) > 0, 1);
    print_message("seed %llu\n", (unsigned long long)first_seed);
    overlay_drop(state);
}

static void ends_are_members_too(void **unused)
{
    (void)unused;
    struct overlay *state = world_empty();
    struct hash space;
    struct hash other;
    uint64_t got = 1;
    id_hash(&space, KEY_SERIES, "a");
    id_hash(&other, KEY_SERIES, "b");
    assert_int_equal(space_add(state, &space, 0), OK);
    assert_int_equal(space_add(state, &space, SPACE_LIMIT - 1), OK);
    assert_int_equal(space_before(&got, state, &space, SPACE_LIMIT - 2), OK);
    assert_int_equal(got, 0);
    assert_int_equal(space_before(&got, state, &space, SPACE_LIMIT), OK);
    assert_true(got == SPACE_LIMIT - 1);
    assert_int_equal(space_after(&got, state, &space, 1), OK);
    assert_true(got == SPACE_LIMIT - 1);
    assert_int_equal(space_after(&got, state, &space, SPACE_LIMIT), ERR_ABSENT);
    assert_int_equal(space_after(&got, state, &other, 0), ERR_ABSENT);
    overlay_drop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_as_a_set),
        cmocka_unit_test(ends_are_members_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
