/* SPDX-License-Identifier: Apache-2.0 */
/* The number of a report follows from accreditation, client, place, year and what was numbered
 * before (F11): nobody chooses it, none is given twice. */
#include "ledger/assurance/report_number.h"

#include "tests/unit/assurance/verification.h"

static const char *number_of(struct world *world, const char *opinion)
{
    const Seam__OpinionRecord *record = NULL;
    assert_int_equal(view_opinion(&record, world->state, opinion, &world->arena), OK);
    return record->report_number;
}

static void follows_and_is_written_down(void **state)
{
    struct world *world = *state;
    char next[REPORT_NUMBER_SIZE];
    world_to_review(world);
    assert_int_equal(report_number_next(next, world->state, world_engagement(world), &world->arena),
                     OK);
    assert_string_equal(next, "CN14-CNASVB001-00MINE-2026-1");
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_string_equal(number_of(world, OPINION), "CN14-CNASVB001-00MINE-2026-1");
}

static void another_number_is_refused(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->report_number = (char *)(uintptr_t) "CN14-CNASVB001-00MINE-2026-2";
    assert_refused(world_issue(world, in), JUDGE_NEVER, ERR_CONFLICT, "report_number");
    assert_string_equal(world->detail.limit, "CN14-CNASVB001-00MINE-2026-1");
    assert_string_equal(world->detail.rule, "F11");
    in->report_number = (char *)(uintptr_t) "CN14-CNASVB001-00MINE-2026-1";
    assert_ok(world_issue(world, in));
}

/* What comes in the place of a withdrawn report is its next version. */
static void the_version_counts(void **state)
{
    struct world *world = *state;
    world_to_review(world);
    assert_ok(world_issue(world, world_opinion(world, 0)));
    assert_ok(world_withdraw(world, "NEW_FACTS"));
    Seam__OpinionIssue *in = world_opinion_again(world);
    in->replaces = (char *)(uintptr_t)OPINION;
    assert_ok(world_issue(world, in));
    assert_string_equal(number_of(world, "op-2"), "CN14-CNASVB001-00MINE-2026-2");
    assert_string_equal(number_of(world, OPINION), "CN14-CNASVB001-00MINE-2026-1");
}

/* The last six of the client's USCC; capitals, letters and digits only. */
static void unit_and_agency(void **state)
{
    struct world *world = *state;
    const Seam__OrganisationRecord *found = NULL;
    char next[REPORT_NUMBER_SIZE];
    Seam__Identifier other = SEAM__IDENTIFIER__INIT;
    Seam__Identifier uscc = SEAM__IDENTIFIER__INIT;
    Seam__Identifier *ids[] = {&other, &uscc};
    world_to_review(world);
    assert_int_equal(view_organisation(&found, world->state, "mine", &world->arena), OK);
    Seam__OrganisationRecord mine = *found;
    other.scheme = (char *)(uintptr_t) "LEI";
    other.value = (char *)(uintptr_t) "529900T8BM49AURSDO55";
    uscc.scheme = (char *)(uintptr_t) "USCC";
    uscc.value = (char *)(uintptr_t) "91140000MA0K1ABC3x";
    mine.ids = ids;
    mine.n_ids = 2;
    const struct state_key key = state_key_named(KEY_ORGANISATION, "mine");
    assert_int_equal(view_put(world->state, state_key_bytes(&key), &mine.base, &world->arena), OK);
    assert_int_equal(report_number_next(next, world->state, world_engagement(world), &world->arena),
                     OK);
    assert_string_equal(next, "CN14-CNASVB001-1ABC3X-2026-1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(follows_and_is_written_down),
        TEST(another_number_is_refused),
        TEST(the_version_counts),
        TEST(unit_and_agency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
