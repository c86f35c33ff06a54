/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of a dispute, appeals against them, and what is published. */
#include "tests/unit/assurance/case.h"

/* --- deciding ---------------------------------------------------------------------------------*/

static void decisions_must_add_up(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "CONFIRM_REPORTED", 121, &lines);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_TOTAL, "lines[0].value_g");
    assert_string_equal(world->detail.limit, "120000000");
    decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 121, &lines);
    decide->decided->net_g++;
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_TOTAL, "decided.net_g");
    assert_string_equal(world->detail.limit, "121000000");
    decide->decided->net_g--;
    decide->decided->information_g++; /* which no line decides */
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_TOTAL, "decided.information_g");
    assert_string_equal(world->detail.limit, "0");
    decide = case_decision(world, "d-1", 2, "THIRD_VALUE", 121, &lines);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_RANGE, "decision");
    decide = case_decision(world, "d-1", 1, "SOMETHING", 121, &lines);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_ENUM, "lines[0].outcome");
    decide = case_decision(world, "d-1", 1, "CONFIRM_VERIFIED", 150, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_STATE_MACHINE, "dispute");
    case_standing(world, "SETTLED", 150);
}

static enum judgement appeal(struct world *world, const char *organisation)
{
    Seam__DisputeAppeal in = SEAM__DISPUTE_APPEAL__INIT;
    in.dispute = (char *)"d-1";
    in.grounds = (char *)"the second meter was not heard";
    return case_send(world, organisation, "DISPUTE_APPEAL", &in.base, NULL);
}

static void appeal_once(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    assert_refused(appeal(world, "mine"), JUDGE_NEVER, ERR_STATE_MACHINE, "dispute");
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "CONFIRM_VERIFIED", 150, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_refused(appeal(world, "mine-2"), JUDGE_NEVER, ERR_ROLE, "dispute");
    const uint64_t until = case_record(world, "d-1")->decisions[0]->appeal_until_ms;
    world->time_ms = until;
    assert_refused(appeal(world, "mine"), JUDGE_NEVER, ERR_STATE_MACHINE, "dispute");
    world->time_ms = until - 1;
    assert_ok(appeal(world, "mine"));
    case_status(world, "d-1", "APPEALED");
    case_standing(world, "DISPUTED", 150);
    assert_refused(appeal(world, "verifier"), JUDGE_NEVER, ERR_STATE_MACHINE, "dispute");
    /* Decided by the same two persons: refused; with another one: a second record. */
    decide = case_decision(world, "d-1", 2, "CONFIRM_REPORTED", 120, &lines);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_SECOND_PERSON, "signatures");
    assert_ok(
        case_send_by(world, "regulator", "ac", "DISPUTE_DECIDE", &decide->base, &lines->base));
    case_status(world, "d-1", "FINAL");
    case_standing(world, "SETTLED", 120);
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    assert_int_equal(record->n_decisions, 2);
    assert_int_equal(record->decisions[0]->totals->net_g, 150 * CASE_TONNE); /* not rewritten */
}

static void appeal_without_an_answer(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_ok(appeal(world, "verifier"));
    world->time_ms = case_record(world, "d-1")->appeal->decide_until_ms;
    case_status(world, "d-1", "FINAL");
    case_standing(world, "SETTLED", 130); /* the first decision stands */
}

static void appeal_against_the_default(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    world->time_ms = case_record(world, "d-1")->decide_until_ms;
    assert_ok(appeal(world, "mine"));
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    assert_string_equal(record->decisions[0]->kind, "DEFAULT");
    case_status(world, "d-1", "APPEALED");
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 2, "THIRD_VALUE", 135, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    case_standing(world, "SETTLED", 135);
}

/* A decision binds until there is another opinion. */
static void decided_is_decided(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_refused(case_open(world, "regulator", "d-2"), JUDGE_NEVER, ERR_STATE_MACHINE, "period");
    world->time_ms = case_record(world, "d-1")->decisions[0]->appeal_until_ms;
    assert_refused(case_open(world, "regulator", "d-2"), JUDGE_NEVER, ERR_CLOSED, "period");
    case_opinion(world, "op-2", "mine-a", "2026-07", 1, 155, "2026-10-20T03:00:00Z");
    assert_ok(case_open(world, "regulator", "d-2"));
}

/* --- publication ------------------------------------------------------------------------------*/

static void masked_publication_still_verifies(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *claims = NULL;
    Seam__DisputeLines *lines = NULL;
    Seam__DisputeOpen *open = case_opening(world, "d-1", &claims);
    case_claim(world, claims, "SCOPE2", 0, 2);
    case_claim(world, claims, "INFORMATION", 0, 1);
    open->claim_count = 3;
    open->claims_root = case_root(world, TAG_DISPUTE_CLAIM, claims);
    open->disputed_g = 23 * CASE_TONNE;
    assert_ok(case_send(world, "mine", "DISPUTE_OPEN", &open->base, &claims->base));
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    lines->claims = claims->lines;
    lines->n_claims = 3;
    case_decided(world, lines, "CONFIRM_VERIFIED", 0, 0);
    case_decided(world, lines, "CONFIRM_VERIFIED", 0, 0);
    decide->line_count = 3;
    decide->lines_root = case_root(world, TAG_DECISION_LINE, lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));

    struct hash leaves[3];
    for (size_t i = 0; i < 3; i++) {
        struct hasher hasher;
        merkle_leaf_begin(&hasher, TAG_DISPUTE_CLAIM);
        hash_add(&hasher, bytes_of(claims->lines[i]->salt.data, 16));
        hash_add(&hasher, bytes_of(claims->lines[i]->content.data, claims->lines[i]->content.len));
        hash_end(&hasher, &leaves[i]);
    }
    struct merkle_path path;
    merkle_path_of(&path, 1, leaves, 3);
    ProtobufCBinaryData siblings[MERKLE_PATH_MAX];
    for (size_t i = 0; i < path.count; i++) {
        siblings[i] = case_data(&path.siblings[i]);
    }
    Seam__ShownLine shown = SEAM__SHOWN_LINE__INIT;
    Seam__ShownLine *list[] = {&shown};
    shown.list = (char *)"CLAIMS";
    shown.part = 1;
    shown.index = 1;
    shown.leaf = claims->lines[1];
    shown.path = siblings;
    shown.n_path = path.count;
    char *masked[] = {(char *)"claims", (char *)"names"};
    Seam__DisputePublish publish = SEAM__DISPUTE_PUBLISH__INIT;
    publish.dispute = (char *)"d-1";
    publish.summary = (char *)"A mine contested its verified methane; a third value was decided.";
    publish.masked = masked;
    publish.n_masked = 2;
    publish.shown = list;
    publish.n_shown = 1;
    assert_refused(case_send(world, "regulator", "DISPUTE_PUBLISH", &publish.base, NULL),
                   JUDGE_NOT_YET, ERR_STATE_MACHINE, "dispute");
    world->time_ms = case_record(world, "d-1")->decisions[0]->appeal_until_ms;
    shown.index = 2; /* another leaf */
    assert_refused(case_send(world, "regulator", "DISPUTE_PUBLISH", &publish.base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "shown[0]");
    shown.index = 1;
    shown.leaf->content.data[shown.leaf->content.len - 1] ^= 1; /* a changed word */
    assert_refused(case_send(world, "regulator", "DISPUTE_PUBLISH", &publish.base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "shown[0]");
    shown.leaf->content.data[shown.leaf->content.len - 1] ^= 1;
    shown.part = 2;
    assert_refused(case_send(world, "regulator", "DISPUTE_PUBLISH", &publish.base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "shown[0]");
    shown.part = 1;
    assert_ok(case_send(world, "regulator", "DISPUTE_PUBLISH", &publish.base, NULL));
    case_status(world, "d-1", "PUBLISHED");
    assert_refused(case_send(world, "regulator", "DISPUTE_PUBLISH", &publish.base, NULL),
                   JUDGE_NEVER, ERR_DUPLICATE, "dispute");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
    const struct CMUnitTest tests[] = {
        TEST(decisions_must_add_up),    TEST(appeal_once),
        TEST(appeal_without_an_answer), TEST(appeal_against_the_default),
        TEST(decided_is_decided),       TEST(masked_publication_still_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
