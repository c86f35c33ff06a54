/* SPDX-License-Identifier: Apache-2.0 */
/* Engagements [KSSJ 6.1a] [KSSJ 6.2]: offer and answer, the gate of conflicts of interest (V21,
 * F9), the steps in their order, deviations, the site visit, notes that come later. */
#include "tests/unit/assurance/verification.h"

static void assert_conflict(struct world *world, enum judgement judgement, const char *rule)
{
    assert_refused(judgement, JUDGE_NEVER, ERR_CONFLICT_OF_INTEREST, "engagement");
    assert_string_equal(world->detail.rule, rule);
    assert_string_equal(err_code(world->detail.err), "303011");
}

/* [KSSJ 6.1a] a verifier of the same group is refused and no regulator can let it in. */
static void clause_6_1_a_same_group(void **state)
{
    struct world *world = *state;
    world_accredit(world, "own-verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "own-verifier"));
    assert_conflict(world, world_accept(world, "own-verifier"), "COI.SAME_GROUP");
    Seam__EngageOverride in = SEAM__ENGAGE_OVERRIDE__INIT;
    in.engagement = (char *)(uintptr_t)ENG;
    in.rule = (char *)(uintptr_t) "SAME_GROUP";
    in.reason = (char *)(uintptr_t) "the only one in the province";
    assert_refused(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "regulator", "officer deputy", &in.base, NULL),
        JUDGE_NEVER, ERR_ENUM, "rule");
}

static void clause_6_1_a_same_organisation(void **state)
{
    struct world *world = *state;
    world_facility(world, "both-pit", "both", "RU-KEM");
    world_accredit(world, "both", "VERIFIER", "UG");
    Seam__EngageOpen *in = world_offer(world, "both");
    in->client = (char *)(uintptr_t) "both";
    in->scope[0]->facility = (char *)(uintptr_t) "both-pit";
    in->team = world_team(world, "both", &in->n_team);
    assert_ok(
        world_apply(world, ENGAGE_OPEN_TYPE, "both", "preparer responsible", &in->base, NULL));
    /* nobody else can accept, and it cannot itself */
    assert_refused(world_accept(world, "both"), JUDGE_NEVER, ERR_ROLE, "engagement");
    assert_refused(world_apply(world, ENGAGE_ACCEPT_TYPE, "mine", "preparer responsible",
                               &world_answer(world, "both")->base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "engagement");
}

/* F9, Art. 13; a regulator can set it aside, with two officers and a reason. */
static void both_roles_in_one_province(void **state)
{
    struct world *world = *state;
    Seam__AccreditationSet *set = world_accreditation(world, "verifier", "VERIFIER", "UG");
    set->prepares_in = world_list(world, "CN-14 RU-KEM", &set->n_prepares_in);
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_ok(world_open(world, "verifier"));
    assert_conflict(world, world_accept(world, "verifier"), "COI.PROVINCE");
    assert_string_equal(world->detail.limit, "CN-14");
    Seam__EngageOverride in = SEAM__ENGAGE_OVERRIDE__INIT;
    in.engagement = (char *)(uintptr_t)ENG;
    in.rule = (char *)(uintptr_t) "PROVINCE";
    assert_refused(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "regulator", "officer deputy", &in.base, NULL),
        JUDGE_NEVER, ERR_MISSING, "reason");
    in.reason = (char *)(uintptr_t) "no other agency";
    assert_refused(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "mine", "officer deputy", &in.base, NULL),
        JUDGE_NEVER, ERR_ROLE, "organisation");
    assert_ok(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "regulator", "officer deputy", &in.base, NULL));
    assert_refused(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "regulator", "officer deputy", &in.base, NULL),
        JUDGE_NEVER, ERR_DUPLICATE, "rule");
    assert_ok(world_accept(world, "verifier"));
    assert_int_equal(world_engagement(world)->n_overrides, 1);
    assert_refused(
        world_apply(world, ENGAGE_OVERRIDE_TYPE, "regulator", "officer deputy", &in.base, NULL),
        JUDGE_NEVER, ERR_DUPLICATE, "rule");
}

/* It answers for a facility in the province where it would audit. */
static void operates_in_the_province(void **state)
{
    struct world *world = *state;
    struct hash owner;
    world_facility(world, "both-pit", "both", "CN-14");
    id_hash(&owner, KEY_ORGANISATION, "both");
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    entry.id = (char *)(uintptr_t) "both-pit";
    const struct state_key key = state_key_list(KEY_FACILITY, &owner, 0);
    world_put(world, &key, &entry.base);
    world_accredit(world, "both", "VERIFIER", "UG");
    assert_ok(world_open(world, "both"));
    assert_conflict(world, world_accept(world, "both"), "COI.PROVINCE");
}

/* ... nor does another of its group: a sister that mines there, or prepares reports for others. */
static void its_group_operates_in_the_province(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"mine", "verifier", "other"};
    Seam__Counters counters = SEAM__COUNTERS__INIT;
    struct state_key key = state_key_of(KEY_COUNTERS);
    counters.organisations = 3;
    world_put(world, &key, &counters.base);
    for (uint32_t i = 0; i < 3; i++) {
        Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
        entry.id = (char *)(uintptr_t)names[i];
        key = state_key_list(KEY_ORGANISATION, NULL, i);
        world_put(world, &key, &entry.base);
    }
    world_accredit(world, "verifier", "VERIFIER", "UG");
    world_facility(world, "sister-pit", "other", "CN-14");
    struct hash owner;
    id_hash(&owner, KEY_ORGANISATION, "other");
    Seam__ListEntry pit = SEAM__LIST_ENTRY__INIT;
    pit.id = (char *)(uintptr_t) "sister-pit";
    key = state_key_list(KEY_FACILITY, &owner, 0);
    world_put(world, &key, &pit.base);
    assert_ok(world_open(world, "verifier"));
    const size_t mark = overlay_mark(world->state);
    assert_ok(world_accept(world, "verifier")); /* a stranger's pit is none of its business */
    overlay_rollback(world->state, mark);
    world_organisation(world, "holding", ROLE_GROUP, "");
    world_organisation(world, "verifier", ROLE_VERIFIER, "holding");
    world_organisation(world, "other", ROLE_MINE, "holding");
    assert_conflict(world, world_accept(world, "verifier"), "COI.PROVINCE");
    assert_string_equal(world->detail.limit, "CN-14");
}

/* [D42] the last N opinions: N - 1 in a row is fine, N is not, another verifier breaks the row. */
static void opinions_in_a_row(void **state)
{
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    struct state_key key = state_key_of(KEY_OPINION_SERIES);
    state_key_id(&key, KEY_FACILITY, "mine-a");
    Seam__OpinionSeries series = SEAM__OPINION_SERIES__INIT;
    series.verifier = (char *)(uintptr_t) "verifier";
    series.run = 3;
    world_put(world, &key, &series.base);
    assert_conflict(world, world_accept(world, "verifier"), "COI.OPINIONS_IN_ROW");
    series.verifier = (char *)(uintptr_t) "both";
    world_put(world, &key, &series.base);
    const size_t mark = overlay_mark(world->state);
    assert_ok(world_accept(world, "verifier"));
    overlay_rollback(world->state, mark);
    series.verifier = (char *)(uintptr_t) "verifier";
    series.run = 2;
    world_put(world, &key, &series.base);
    assert_ok(world_accept(world, "verifier"));
}

/* A client cannot have two verifiers at work on one period and take the opinion that it likes. */
static void one_engagement_at_a_time(void **state)
{
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    assert_ok(world_accept(world, "verifier"));
    assert_ok(world_second_open(world));
    assert_refused(world_second_accept(world), JUDGE_NEVER, ERR_CONFLICT, "scope");
    assert_string_equal(world->detail.limit, ENG);
    Seam__EngageWithdraw end = SEAM__ENGAGE_WITHDRAW__INIT;
    end.engagement = (char *)(uintptr_t)ENG;
    end.reason = (char *)(uintptr_t) "another verifier";
    assert_ok(
        world_apply(world, ENGAGE_WITHDRAW_TYPE, "mine", "preparer responsible", &end.base, NULL));
    assert_ok(world_second_accept(world));
}

/* V21: no accreditation, another kind, suspended, out of time, scope, province. */
static void accreditation_is_asked(void **state)
{
    struct world *world = *state;
    assert_ok(world_open(world, "verifier"));
    assert_conflict(world, world_accept(world, "verifier"), "COI.ACCREDITATION");
    world_accredit(world, "verifier", "VERIFIER", "OP WP");
    assert_conflict(world, world_accept(world, "verifier"), "COI.ACCREDITATION");
    assert_string_equal(world->detail.limit, "UG");
    Seam__AccreditationSet *set = world_accreditation(world, "verifier", "VERIFIER", "UG");
    set->status = (char *)(uintptr_t) "SUSPENDED";
    assert_refused(
        world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base, NULL),
        JUDGE_NEVER, ERR_MISSING, "reason");
    set->reason = (char *)(uintptr_t) "audits in name only";
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_conflict(world, world_accept(world, "verifier"), "COI.ACCREDITATION");
    set = world_accreditation(world, "verifier", "VERIFIER", "UG");
    set->jurisdictions = world_list(world, "RU-KEM", &set->n_jurisdictions);
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_conflict(world, world_accept(world, "verifier"), "COI.ACCREDITATION");
    set = world_accreditation(world, "verifier", "VERIFIER", "UG");
    set->valid_from = (char *)(uintptr_t) "2027-01-02";
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_conflict(world, world_accept(world, "verifier"), "COI.ACCREDITATION");
    set->valid_from = (char *)(uintptr_t) "2027-01-01"; /* 08:00 of that day in CN-14 */
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy", &set->base,
                          NULL));
    assert_ok(world_accept(world, "verifier"));
    assert_refused(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy",
                               &world_accreditation(world, "mine", "VERIFIER", "UG")->base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "organisation");
}

/* [D42] both declare each of them; the refusal names the one that is missing and whose. */
static void declarations_of_both(void **state)
{
    static const char *const names[] = {"FEE_FIXED", "NO_EMPLOYMENT", "NO_PREPARATION", "NO_SALES",
                                        "NO_SHARES"};
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char rule[48];
        Seam__EngageAccept *in = world_answer(world, "verifier");
        memmove(in->declarations + i, in->declarations + i + 1,
                (in->n_declarations - i - 1) * sizeof *in->declarations);
        in->n_declarations--;
        (void)snprintf(rule, sizeof rule, "COI.%s", names[i]);
        assert_conflict(world,
                        world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible",
                                    &in->base, NULL),
                        rule);
        assert_string_equal(world->detail.limit, "verifier");
    }
}

/* [KSSJ 6.2a] */
static void clause_6_2_a_names_its_guide(void **state)
{
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    Seam__EngageOpen *in = world_offer(world, "verifier");
    const char *edition = in->guide_edition;
    in->guide_edition = (char *)(uintptr_t) "";
    assert_refused(
        world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_MISSING, "guide_edition");
    assert_string_equal(err_code(world->detail.err), "200001");
    assert_ok(world_open(world, "verifier"));
    assert_string_equal(world_engagement(world)->guide_edition, edition);
}

static void offer_and_answer_fit(void **state)
{
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    Seam__EngageOpen *in = world_offer(world, "lab");
    assert_refused(
        world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "verifier");
    in = world_offer(world, "verifier");
    assert_refused(
        world_apply(world, ENGAGE_OPEN_TYPE, "other", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "client");
    in->client = (char *)(uintptr_t) "other"; /* with another's mine */
    assert_refused(
        world_apply(world, ENGAGE_OPEN_TYPE, "other", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "scope");
    in = world_offer(world, "verifier");
    in->scope[0]->from_period = (char *)(uintptr_t) "2025-12";
    assert_refused(
        world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_RANGE, "scope");
    in->scope[0]->from_period = (char *)(uintptr_t) "2026";
    assert_refused(
        world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_TYPE, "scope");
    in->scope[0]->from_period = (char *)(uintptr_t) "2026-01";
    in->scope[0]->to_period = (char *)(uintptr_t) "2035-12"; /* 120 */
    in->engagement = (char *)(uintptr_t) "eng-long";
    assert_ok(
        world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &in->base, NULL));
    in->engagement = (char *)(uintptr_t) "eng-longer";
    in->scope[0]->to_period = (char *)(uintptr_t) "2036-01";
    assert_refused(
        world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_RANGE, "scope");
    assert_ok(world_open(world, "verifier"));
    assert_refused(world_open(world, "verifier"), JUDGE_NEVER, ERR_CONFLICT, "engagement");
    Seam__EngageAccept *answer = world_answer(world, "verifier");
    answer->contract_hash = world_hash(world, "another contract");
    assert_refused(world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible",
                               &answer->base, NULL),
                   JUDGE_NEVER, ERR_CONFLICT, "contract_hash");
    assert_ok(world_accept(world, "verifier"));
    assert_refused(world_accept(world, "verifier"), JUDGE_NEVER, ERR_STATE_MACHINE, "engagement");
}

static void team_of_four_functions(void **state)
{
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    Seam__EngageAccept *in = world_answer(world, "verifier");
    in->n_team = 3;
    assert_refused(
        world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_INCOMPLETE, "team");
    in = world_answer(world, "verifier");
    in->team[0]->function = (char *)(uintptr_t) "LEAD"; /* two leads, no member */
    assert_refused(
        world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_INCOMPLETE, "team");
    in = world_answer(world, "verifier");
    in->team[1] = in->team[0];
    assert_refused(
        world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_TWICE, "team");
    in = world_answer(world, "verifier");
    in->team = world_team(world, "both", &in->n_team);
    assert_refused(
        world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "team");
    in = world_answer(world, "verifier");
    in->n_team = 0;
    assert_refused(
        world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible", &in->base, NULL),
        JUDGE_NEVER, ERR_MISSING, "team");
}

/* [KSSJ 6.2c] each step only after the one before it: every pair of state and step is tried. */
static void clause_6_2_c_steps_in_order(void **state)
{
    static const char *const steps[] = {"PLANNED", "DOC_REVIEW", "SITE", "REPORT_DRAFT",
                                        "ARCHIVED"};
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    for (size_t i = 0; i < 5; i++) {
        assert_refused(world_advance(world, steps[i]), JUDGE_NEVER, ERR_ROLE, "signatures");
    }
    assert_ok(world_accept(world, "verifier"));
    for (size_t at = 0; at < 4; at++) {
        for (size_t i = 0; i < 5; i++) {
            if (i != at && !(at == 3 && i == 2)) {
                const size_t mark = overlay_mark(world->state);
                const enum judgement judgement = world_advance(world, steps[i]);
                assert_int_not_equal(judgement, JUDGE_OK);
                overlay_rollback(world->state, mark);
            }
        }
        assert_refused(world_review(world, "reviewer", "PASS"), JUDGE_NEVER, ERR_STATE_MACHINE,
                       "engagement");
        assert_ok(world_advance(world, steps[at]));
    }
    assert_int_equal(world_engagement(world)->steps, 4);
    const Seam__StepRecord *step = NULL;
    assert_int_equal(view_engagement_step(&step, world->state, ENG, 3, &world->arena), OK);
    assert_int_equal(step->state, ENGAGEMENT_SITE);
    assert_int_equal(step->n_persons, 2);
}

/* [KSSJ 6.2c] only the site visit may be left out or come late, and the report says why. */
static void clause_6_2_c_deviation_has_a_reason(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_refused(world_advance(world, "REPORT_DRAFT"), JUDGE_NEVER, ERR_MISSING,
                   "deviation_reason");
    Seam__EngageAdvance *step = world_step(world, "REPORT_DRAFT");
    step->deviation_reason = (char *)(uintptr_t) "the shaft is flooded";
    assert_ok(world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL));
    assert_refused(world_advance(world, "SITE"), JUDGE_NEVER, ERR_MISSING, "deviation_reason");
    step = world_step(world, "SITE");
    step->deviation_reason = (char *)(uintptr_t) "the shaft is dry again";
    assert_ok(world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "RETURN"));
    assert_ok(world_recompute(world, "2026-01", 1));
    assert_ok(world_recompute(world, "2026-02", 1));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *opinion = world_opinion(world, 0);
    assert_refused(world_issue(world, opinion), JUDGE_NEVER, ERR_MISSING, "deviation_reason");
    opinion->deviation_reason = (char *)(uintptr_t) "site visited after the first draft";
    assert_ok(world_issue(world, opinion));
}

static void two_on_the_site(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__EngageAdvance *step = world_step(world, "SITE");
    step->n_persons = 1;
    assert_refused(
        world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL),
        JUDGE_NEVER, ERR_SECOND_PERSON, "persons");
    step->persons[1] = step->persons[0];
    step->n_persons = 2;
    assert_refused(
        world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "persons");
    step->persons = world_list(world, "verifier.deputy verifier.reviewer", &step->n_persons);
    assert_refused(
        world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "persons");
}

/* Failure case of 3.2: notes sync later with their own clock and a counter. */
static void notes_come_later(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__EngageAdvance *step = world_step(world, "SITE");
    step->noted_at_ms = world->time_ms + 1;
    step->note_counter = 7;
    assert_refused(
        world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL),
        JUDGE_NEVER, ERR_RANGE, "noted_at_ms");
    step->noted_at_ms = world->time_ms - UINT64_C(3) * 86400000;
    assert_ok(world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL));
    step = world_step(world, "REPORT_DRAFT");
    step->noted_at_ms = world->time_ms;
    step->note_counter = 7;
    assert_refused(
        world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL),
        JUDGE_NEVER, ERR_GAP, "note_counter");
    assert_string_equal(world->detail.limit, "8");
}

/* [KSSJ 6.2b] none of the six sections may be empty. */
static void clause_6_2_b_all_sections(void **state)
{
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    assert_ok(world_accept(world, "verifier"));
    assert_ok(world_advance(world, "PLANNED"));
    Seam__EngageAdvance *step = world_step(world, "DOC_REVIEW");
    step->n_sections = 5;
    assert_ok(world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL));
    assert_ok(world_advance(world, "SITE"));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_refused(world_review(world, "reviewer", "PASS"), JUDGE_NEVER, ERR_INCOMPLETE,
                   "sections");
    assert_ok(world_review(world, "reviewer", "RETURN"));
    step = world_step(world, "REPORT_DRAFT");
    Seam__EngageAdvance *documents = world_step(world, "DOC_REVIEW");
    step->sections = documents->sections + 5;
    step->n_sections = 1;
    assert_ok(world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL));
    assert_ok(world_review(world, "reviewer", "PASS"));
}

/* Failure case of 3.2: late work is flagged, not refused. 2026 is due on 30 June 2027 in CN-14. */
static void late_engagement_is_flagged(void **state)
{
    struct world *world = *state;
    world_accredit(world, "verifier", "VERIFIER", "UG");
    assert_ok(world_open(world, "verifier"));
    const size_t mark = overlay_mark(world->state);
    const uint64_t end = UINT64_C(1814371200000); /* 2027-06-30T16:00:00Z */
    world->time_ms = end - 1;
    assert_ok(world_accept(world, "verifier"));
    assert_int_equal(world->days_late, 0);
    overlay_rollback(world->state, mark);
    world->time_ms = end;
    assert_ok(world_accept(world, "verifier"));
    assert_int_equal(world->days_late, 1);
    assert_int_equal(world->receipt_flags, 1);
    assert_int_equal(world_engagement(world)->days_late, 1);
}

static void either_party_withdraws(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    Seam__EngageWithdraw in = SEAM__ENGAGE_WITHDRAW__INIT;
    in.engagement = (char *)(uintptr_t)ENG;
    in.reason = (char *)(uintptr_t) "sold";
    assert_refused(
        world_apply(world, ENGAGE_WITHDRAW_TYPE, "other", "preparer responsible", &in.base, NULL),
        JUDGE_NEVER, ERR_ROLE, "engagement");
    assert_ok(
        world_apply(world, ENGAGE_WITHDRAW_TYPE, "mine", "preparer responsible", &in.base, NULL));
    assert_refused(world_advance(world, "SITE"), JUDGE_NEVER, ERR_STATE_MACHINE, "engagement");
    uint32_t count = 0;
    struct hash owner;
    id_hash(&owner, KEY_ORGANISATION, "mine");
    assert_int_equal(
        view_assurance_count(&count, world->state, KEY_ENGAGEMENT, &owner, &world->arena), OK);
    assert_int_equal(count, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(clause_6_1_a_same_group),
        T(clause_6_1_a_same_organisation),
        T(both_roles_in_one_province),
        T(operates_in_the_province),
        T(its_group_operates_in_the_province),
        T(opinions_in_a_row),
        T(one_engagement_at_a_time),
        T(accreditation_is_asked),
        T(declarations_of_both),
        T(clause_6_2_a_names_its_guide),
        T(offer_and_answer_fit),
        T(team_of_four_functions),
        T(clause_6_2_c_steps_in_order),
        T(clause_6_2_c_deviation_has_a_reason),
        T(two_on_the_site),
        T(notes_come_later),
        T(clause_6_2_b_all_sections),
        T(late_engagement_is_flagged),
        T(either_party_withdraws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
