/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of conflicts of interest at the opinion [KSSJ 6.1a] (D42): what came after the answer
 * counts, and a replacement is no way round it. */
#include "tests/unit/assurance/verification.h"

/* An accreditation that ran out before the opinion refuses it, whatever stood when it began. */
static void accreditation_is_asked_again(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    Seam__AccreditationSet *set = world_accreditation(world, "verifier", "VERIFIER", "OP UG WP");
    set->valid_to = (char *)(uintptr_t) "2026-12-31";
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_refused(world_issue(world, world_opinion(world, 0)), JUDGE_NEVER,
                   ERR_CONFLICT_OF_INTEREST, "engagement");
    assert_string_equal(world->detail.rule, "COI.ACCREDITATION");
    set->valid_to = (char *)(uintptr_t) "2027-01-01"; /* today, in CN-14 */
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_ok(world_issue(world, world_opinion(world, 0)));
}

/* The gate stands at the opinion, too: what came after the answer counts, and a regulator can set
 * it aside until the opinion is there, not afterwards. */
static void the_gate_is_asked_again(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    Seam__AccreditationSet *set = world_accreditation(world, "verifier", "VERIFIER", "OP UG WP");
    set->prepares_in = world_list(world, "CN-14", &set->n_prepares_in);
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_refused(world_issue(world, world_opinion(world, 0)), JUDGE_NEVER,
                   ERR_CONFLICT_OF_INTEREST, "engagement");
    assert_string_equal(world->detail.rule, "COI.PROVINCE");
    Seam__EngageOverride in = SEAM__ENGAGE_OVERRIDE__INIT;
    in.engagement = (char *)(uintptr_t)ENG;
    in.rule = (char *)(uintptr_t) "PROVINCE";
    in.reason = (char *)(uintptr_t) "no other agency";
    const size_t mark = overlay_mark(world->state);
    assert_ok(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "regulator", "officer deputy", &in.base, NULL));
    assert_ok(world_issue(world, world_opinion(world, 0)));
    overlay_rollback(world->state, mark);
    /* a verifier that joined the client's group since is no third party any more */
    world_organisation(world, "verifier", ROLE_VERIFIER, "group");
    assert_refused(world_issue(world, world_opinion(world, 0)), JUDGE_NEVER,
                   ERR_CONFLICT_OF_INTEREST, "engagement");
    assert_string_equal(world->detail.rule, "COI.SAME_GROUP");
    world_organisation(world, "verifier", ROLE_VERIFIER, "");
    set->prepares_in = NULL;
    set->n_prepares_in = 0;
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_refused(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "regulator", "officer deputy", &in.base, NULL),
        JUDGE_NEVER, ERR_STATE_MACHINE, "engagement");
}

/* Citing a withdrawn opinion is no way round the rule about opinions in a row: it counts again only
 * where the withdrawn one spoke of the same facility. */
static void a_replacement_elsewhere_is_one_more(void **state)
{
    struct world *world = *state;
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    Seam__OpinionRecord before = SEAM__OPINION_RECORD__INIT;
    Seam__OpinionSeries series = SEAM__OPINION_SERIES__INIT;
    before.issue = world_opinion(world, 0);
    before.issue->opinion = (char *)(uintptr_t) "op-0";
    before.issue->subjects[0]->facility = (char *)(uintptr_t) "pit-9";
    before.issue->subjects[1]->facility = (char *)(uintptr_t) "pit-9";
    before.withdrawn_height = 1;
    world_to_review(world);
    struct state_key key = record_key(KEY_OPINION, "op-0");
    world_put(world, &key, &before.base);
    head.facility = (char *)(uintptr_t) "mine-a";
    head.period = (char *)(uintptr_t) "2026-01";
    head.opinion = (char *)(uintptr_t) "op-0";
    head.engagement = (char *)(uintptr_t)ENG;
    head.withdrawn = true;
    assert_true(record_key_period(&key, KEY_OPINION_HEAD, "mine-a", "2026-01"));
    world_put(world, &key, &head.base);
    key = state_key_of(KEY_OPINION_SERIES);
    state_key_id(&key, KEY_FACILITY, "mine-a");
    series.verifier = (char *)(uintptr_t) "verifier";
    series.run = 3;
    world_put(world, &key, &series.base);
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->replaces = (char *)(uintptr_t) "op-0";
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_CONFLICT_OF_INTEREST, "engagement");
    assert_string_equal(world->detail.rule, "COI.OPINIONS_IN_ROW");
    before.issue->subjects[1]->facility = (char *)(uintptr_t) "mine-a";
    key = record_key(KEY_OPINION, "op-0");
    world_put(world, &key, &before.base);
    assert_ok(world_issue(world, in));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(accreditation_is_asked_again),
        T(the_gate_is_asked_again),
        T(a_replacement_elsewhere_is_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
