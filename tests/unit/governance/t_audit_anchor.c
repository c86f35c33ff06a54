/* SPDX-License-Identifier: Apache-2.0 */
/* 14 AUDIT_ANCHOR [KSSJ 9.4.2.3-j]: anchors of a log follow each other without a gap. */

#include "tests/unit/governance/world.h"

static uint8_t head[HASH_SIZE] = {0x5e};

static enum judgement anchors(struct world *world, const char *organisation, const char *log,
                              uint64_t first, uint64_t last)
{
    Seam__AuditAnchor in = SEAM__AUDIT_ANCHOR__INIT;
    in.log = (char *)log;
    in.first = first;
    in.last = last;
    in.head = (ProtobufCBinaryData){.len = sizeof head, .data = head};
    return world_apply(world, organisation, audit_anchor, &in.base);
}

static void begins_where_the_last_ended(void **state)
{
    struct world *world = *state;
    assert_refused(anchors(world, "mine", "requests", 2, 9), JUDGE_NOT_YET, ERR_STATE_MACHINE,
                   "first");
    assert_ok(anchors(world, "mine", "requests", 1, 9));
    assert_refused(anchors(world, "mine", "requests", 9, 12), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "first"); /* one entry twice */
    assert_string_equal(world->detail.limit, "10");
    assert_refused(anchors(world, "mine", "requests", 11, 12), JUDGE_NOT_YET, ERR_STATE_MACHINE,
                   "first"); /* one entry left out */
    assert_ok(anchors(world, "mine", "requests", 10, 10));
    assert_refused(anchors(world, "mine", "requests", 11, 10), JUDGE_NEVER, ERR_RANGE, "last");
    assert_ok(anchors(world, "mine", "requests", 11, 12));
}

static void logs_and_organisations_are_apart(void **state)
{
    struct world *world = *state;
    assert_ok(anchors(world, "mine", "requests", 1, 1));
    assert_ok(anchors(world, "mine", "gateway", 1, 5));
    assert_ok(anchors(world, "group", "requests", 1, 3));
    assert_ok(anchors(world, "mine", "requests", 2, 2));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(begins_where_the_last_ended),
        T(logs_and_organisations_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
