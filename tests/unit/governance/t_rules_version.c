/* SPDX-License-Identifier: Apache-2.0 */
/* 12 SUPPORT and 13 ACTIVATE [D7]. The test chain has a notice of 100 blocks and one hour. */

#include "tests/unit/governance/world.h"

static enum judgement says(struct world *world, const char *organisation, uint32_t version)
{
    Seam__Support in = SEAM__SUPPORT__INIT;
    in.rules_version = version;
    return world_apply(world, organisation, support, &in.base);
}

static enum judgement sets(struct world *world, uint32_t version, uint64_t height)
{
    Seam__Activate in = SEAM__ACTIVATE__INIT;
    in.rules_version = version;
    in.height = height;
    return world_apply(world, "mine", activate, &in.base);
}

static void a_quorum_activates(void **state)
{
    struct world *world = *state;
    assert_ok(says(world, "mine", 2));
    assert_ok(says(world, "group", 2));
    assert_refused(sets(world, 2, 107), JUDGE_NOT_YET, ERR_STATE_MACHINE, "rules_version");
    assert_ok(says(world, "verifier", 2));
    assert_refused(sets(world, 2, 106), JUDGE_NEVER, ERR_RANGE, "height");
    assert_refused(sets(world, 2, 0), JUDGE_NEVER, ERR_RANGE, "height");
    assert_refused(sets(world, 1, 200), JUDGE_NEVER, ERR_RANGE, "rules_version");
    assert_ok(sets(world, 2, 107));
    const Seam__ChainState *chain = NULL;
    const uint64_t now = WORLD_TIME + 7000;
    assert_int_equal(view_chain(&chain, world->state, &world->arena), OK);
    assert_int_equal(view_rules_version(chain, 106, now + 3600000), 1);
    assert_int_equal(view_rules_version(chain, 107, now + 3599999), 1); /* both notices */
    assert_int_equal(view_rules_version(chain, 107, now + 3600000), 2);
    assert_refused(sets(world, 3, 300), JUDGE_NOT_YET, ERR_STATE_MACHINE, "rules_version");
}

static void refuses(void **state)
{
    struct world *world = *state;
    assert_refused(says(world, "mine", 1), JUDGE_NEVER, ERR_RANGE, "rules_version");
    assert_refused(says(world, "mine", 65536), JUDGE_NEVER, ERR_RANGE, "rules_version");
    assert_ok(says(world, "mine", 65535));
    assert_ok(says(world, "mine", 2));
    assert_refused(says(world, "mine", 2), JUDGE_NEVER, ERR_CONFLICT, "rules_version");
    Seam__OrganisationRegister *in = world_organisation(world, "washer", "mine");
    assert_ok(world_apply(world, "regulator", organisation_register, &in->base));
    assert_refused(says(world, "washer", 2), JUDGE_NEVER, ERR_ROLE, "organisation");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(a_quorum_activates),
        T(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
