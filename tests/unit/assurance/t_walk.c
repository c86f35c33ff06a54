/* SPDX-License-Identifier: Apache-2.0 */
/* Random walks with a seed: whatever sequence of transactions is accepted, the state moves by its
 * tables only, and nothing becomes VERIFIED without the second reviewer [KSSJ 6.2c] (V22). */
#include "tests/unit/assurance/verification.h"

#define WALKS 12
#define STEPS 1000

static uint64_t rng;

static uint32_t next(uint32_t limit)
{
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(rng >> 33) % limit;
}

static const char *one_of(const char *const *list, size_t count)
{
    return list[next((uint32_t)count)];
}

#define ONE_OF(...)                                                                                \
    one_of((const char *const[]){__VA_ARGS__},                                                     \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* --- what a sender might try, right or wrong -----------------------------------------------------
 */

static enum judgement try_step(struct world *world)
{
    Seam__EngageAdvance *in = world_step(
        world, ONE_OF("PLANNED", "DOC_REVIEW", "SITE", "REPORT_DRAFT", "DOC_REVIEW", "ARCHIVED"));
    in->deviation_reason = (char *)(uintptr_t)ONE_OF("", "", "flooded");
    return world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier",
                       ONE_OF("preparer", "deputy", "reviewer", "guest"), &in->base, NULL);
}

static enum judgement try_finding(struct world *world)
{
    const uint32_t findings = world_engagement(world)->findings;
    if (findings < 2 && next(8) == 0) {
        return world_raise(world, world_finding(world, findings + next(2), (int64_t)next(100)));
    }
    const uint32_t number = 1 + next(findings + 1);
    if (next(4) == 0) {
        return world_reply(world, number);
    }
    const char *verdict = ONE_OF("ACCEPT", "REJECT", "CLOSE", "UNRESOLVED");
    const bool close = strcmp(verdict, "CLOSE") == 0;
    return world_verdict(
        world, number, verdict, close ? ONE_OF("ADJUSTED", "NO_EFFECT", "CORRECTED") : "",
        strcmp(verdict, "ACCEPT") == 0 || strcmp(verdict, "UNRESOLVED") == 0 ? (int64_t)next(50)
                                                                             : 0);
}

/* An opinion with the right totals, signed by some four persons. */
static enum judgement try_opinion(struct world *world)
{
    const Seam__EngagementRecord *engagement = world_engagement(world);
    int64_t effect = 0;
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->open_findings = world_alloc(world, 8 * sizeof *in->open_findings);
    for (uint32_t i = 1; i <= engagement->findings; i++) {
        const Seam__FindingRecord *finding = NULL;
        assert_int_equal(view_finding(&finding, world->state, ENG, i, &world->arena), OK);
        effect += finding->effect_g;
        if (finding->state == FINDING_UNRESOLVED) {
            in->open_findings[in->n_open_findings++] = i;
        }
    }
    char *id = world_alloc(world, 16);
    (void)snprintf(id, 16, "op-%u", (unsigned)world->height);
    in->opinion = id;
    in->type = (char *)(uintptr_t)ONE_OF("MODIFIED", "UNMODIFIED", "ADVERSE");
    in->replaces = (char *)(uintptr_t)(next(4) > 0 ? engagement->opinion : "");
    in->deviation_reason = (char *)(uintptr_t)ONE_OF("", "flooded");
    Seam__CategoryTotals *verified = in->subjects[0]->verified;
    verified->scope1_g += effect;
    verified->gross_g += effect;
    verified->net_g += effect;
    return world_apply(
        world, OPINION_ISSUE_TYPE, "verifier",
        ONE_OF("preparer deputy reviewer responsible", "preparer deputy reviewer responsible",
               "preparer deputy responsible guest", "preparer deputy responsible responsible"),
        &in->base, NULL);
}

static enum judgement try_withdrawal(struct world *world)
{
    Seam__OpinionWithdraw *in = world_alloc(world, sizeof *in);
    seam__opinion_withdraw__init(in);
    in->opinion = world_engagement(world)->opinion;
    in->cause = (char *)(uintptr_t) "NEW_FACTS";
    in->reason = (char *)(uintptr_t) "found";
    return in->opinion[0] == '\0' ? JUDGE_NEVER
                                  : world_apply(world, OPINION_WITHDRAW_TYPE, "verifier",
                                                "preparer responsible", &in->base, NULL);
}

static enum judgement try_anything(struct world *world)
{
    switch (next(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return try_step(world);
    case 4:
        return world_review(world, ONE_OF("reviewer", "reviewer", "deputy", "responsible"),
                            ONE_OF("PASS", "PASS", "RETURN"));
    case 5:
        return world_recompute(world, ONE_OF("2026-01", "2026-02"), 1);
    case 6:
    case 7:
        return try_finding(world);
    case 8:
    case 9:
    case 10:
        return try_opinion(world);
    default:
        return next(4) == 0 ? try_withdrawal(world) : JUDGE_NEVER;
    }
}

/* --- what must hold ------------------------------------------------------------------------------
 */

static void assert_moved(const struct sm_table *machine, uint32_t from, uint32_t to)
{
    if (from != to && (machine->rows[from].next & SM_TO(to)) == 0) {
        fail_msg("%s went from %s to %s", machine->name, sm_name(machine, (uint8_t)from),
                 sm_name(machine, (uint8_t)to));
    }
}

/* Did a technical reviewer who verified nothing pass the report that the opinion is about? */
static bool reviewed(struct world *world)
{
    const Seam__EngagementRecord *engagement = world_engagement(world);
    struct hash reviewer;
    id_hash(&reviewer, KEY_PERSON, "verifier.reviewer");
    for (size_t i = 0; i < engagement->n_workers; i++) {
        if (record_data_equal(engagement->workers[i], record_data(&reviewer))) {
            return false;
        }
    }
    for (uint32_t i = 1; i <= engagement->steps; i++) {
        const Seam__StepRecord *step = NULL;
        assert_int_equal(view_engagement_step(&step, world->state, ENG, i, &world->arena), OK);
        if (record_same(step->verdict, "PASS") &&
            record_data_equal(step->signers[0], record_data(&reviewer)) &&
            record_data_equal(step->report_hash, engagement->report_hash)) {
            return record_data_equal(engagement->reviewer, record_data(&reviewer));
        }
    }
    return false;
}

static uint32_t count_open(struct world *world)
{
    const Seam__EngagementRecord *engagement = world_engagement(world);
    uint32_t open = 0;
    for (uint32_t i = 1; i <= engagement->findings; i++) {
        const Seam__FindingRecord *finding = NULL;
        assert_int_equal(view_finding(&finding, world->state, ENG, i, &world->arena), OK);
        open += finding->state != FINDING_CLOSED && finding->state != FINDING_UNRESOLVED ? 1 : 0;
    }
    return open;
}

static void assert_invariants(struct world *world, uint32_t before)
{
    const Seam__EngagementRecord *engagement = world_engagement(world);
    assert_moved(&engagement_machine, before, engagement->state);
    assert_int_equal(engagement->findings_open, count_open(world));
    const struct assurance_standing standing = world_standing(world, "2026-01", 0);
    const bool issued =
        engagement->state == ENGAGEMENT_ISSUED || engagement->state == ENGAGEMENT_ARCHIVED;
    if (standing.grade == ASSURANCE_VERIFIED) {
        assert_true(issued);
        assert_true(reviewed(world));
        assert_int_equal(engagement->findings_open, 0);
        assert_int_equal(engagement->n_sections, ENGAGEMENT_SECTIONS);
        assert_true(engagement->visited || engagement->deviation_reason[0] != '\0');
        assert_int_equal(grams_value(standing.in_force.gross),
                         grams_value(standing.in_force.scope1) +
                             grams_value(standing.in_force.scope2));
        assert_int_equal(grams_value(standing.in_force.net),
                         grams_value(standing.in_force.gross) -
                             grams_value(standing.in_force.sinks));
    } else {
        assert_int_equal(grams_value(standing.in_force.net), grams_value(standing.reported.net));
    }
    if (standing.opinion_withdrawn) {
        assert_false(issued);
    }
}

static unsigned verified;

static void walk(uint64_t seed)
{
    void *state = NULL;
    assert_int_equal(world_setup(&state), 0);
    struct world *world = state;
    rng = seed;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    assert_ok(world_accept(world, "verifier"));
    bool seen = false;
    for (unsigned i = 0; i < STEPS; i++) {
        const uint32_t before = world_engagement(world)->state;
        if (try_anything(world) == JUDGE_OK) {
            assert_invariants(world, before);
            seen = seen || world_standing(world, "2026-01", 0).grade == ASSURANCE_VERIFIED;
        } else {
            assert_int_equal(world_engagement(world)->state, before);
        }
    }
    verified += seen ? 1 : 0;
    world_teardown(&state);
}

static void no_walk_reaches_verified_without_the_reviewer(void **state)
{
    (void)state;
    const char *given = getenv("SEAM_SEED");
    const uint64_t first = given != NULL ? strtoull(given, NULL, 10) : 1;
    for (uint64_t seed = first; seed < first + WALKS; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        walk(seed);
    }
    print_message("%u of %u verified\n", verified, WALKS);
    assert_true(verified > 0); /* else the walks prove nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_walk_reaches_verified_without_the_reviewer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
