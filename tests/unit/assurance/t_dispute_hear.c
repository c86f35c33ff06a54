/* SPDX-License-Identifier: Apache-2.0 */
/* What is heard in a dispute, by whom, until when. */
#include "tests/unit/assurance/case.h"

/* --- hearing ----------------------------------------------------------------------------------*/

static Seam__StatementFile statement(const char *visibility, const char *text)
{
    Seam__StatementFile out = SEAM__STATEMENT_FILE__INIT;
    out.dispute = (char *)"d-1";
    out.visibility = (char *)(uintptr_t)visibility;
    out.text = (char *)(uintptr_t)text;
    return out;
}

static void statements(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__StatementFile open = statement("PUBLIC", "the meter was calibrated in May");
    assert_ok(case_send(world, "mine", "STATEMENT_FILE", &open.base, NULL));
    case_status(world, "d-1", "STATEMENTS");
    Seam__StatementFile sealed = statement("SEALED", "");
    sealed.ciphertext_hash = case_data(&world->set_hash);
    sealed.ciphertext_size = 500;
    assert_ok(case_send(world, "verifier", "STATEMENT_FILE", &sealed.base, NULL));
    const Seam__StatementRecord *record = NULL;
    assert_int_equal(view_statement(&record, world->state, "d-1", 2, &world->arena), OK);
    assert_string_equal(record->organisation, "verifier");
    assert_string_equal(record->text, ""); /* others see only that there is one */
    assert_int_equal(record->ciphertext_size, 500);
    assert_refused(case_send(world, "mine-2", "STATEMENT_FILE", &open.base, NULL), JUDGE_NEVER,
                   ERR_ROLE, "dispute");
    sealed.text = (char *)"also in clear";
    assert_refused(case_send(world, "mine", "STATEMENT_FILE", &sealed.base, NULL), JUDGE_NEVER,
                   ERR_MISSING, "ciphertext_hash");
    open.text = (char *)"";
    assert_refused(case_send(world, "mine", "STATEMENT_FILE", &open.base, NULL), JUDGE_NEVER,
                   ERR_MISSING, "text");
    open.text = (char *)"late";
    world->time_ms = case_record(world, "d-1")->statements_until_ms;
    assert_refused(case_send(world, "mine", "STATEMENT_FILE", &open.base, NULL), JUDGE_NEVER,
                   ERR_CLOSED, "dispute");
}

static void extensions(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeExtend extend = SEAM__DISPUTE_EXTEND__INIT;
    extend.dispute = (char *)"d-1";
    extend.deadline = (char *)"STATEMENTS";
    extend.working_days = 2;
    extend.reason = (char *)"flood";
    assert_refused(case_send(world, "mine", "DISPUTE_EXTEND", &extend.base, NULL), JUDGE_NEVER,
                   ERR_ROLE, "organisation");
    assert_ok(case_send(world, "regulator", "DISPUTE_EXTEND", &extend.base, NULL));
    /* From the 29th over the national day: the 30th and the 8th. */
    assert_int_equal(case_record(world, "d-1")->statements_until_ms,
                     case_time("2026-10-08T16:00:00Z"));
    assert_refused(case_send(world, "regulator", "DISPUTE_EXTEND", &extend.base, NULL), JUDGE_NEVER,
                   ERR_CLOSED, "deadline");
    extend.deadline = (char *)"DECISION";
    extend.working_days = 11;
    assert_refused(case_send(world, "regulator", "DISPUTE_EXTEND", &extend.base, NULL), JUDGE_NEVER,
                   ERR_RANGE, "working_days");
    extend.working_days = 10;
    world->time_ms = case_record(world, "d-1")->decide_until_ms;
    assert_refused(case_send(world, "regulator", "DISPUTE_EXTEND", &extend.base, NULL), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "dispute");
    world->time_ms--;
    assert_ok(case_send(world, "regulator", "DISPUTE_EXTEND", &extend.base, NULL));
    world->time_ms++;
    case_status(world, "d-1", "DELIBERATION");
    assert_int_equal(case_record(world, "d-1")->decide_until_ms, case_time("2026-10-26T16:00:00Z"));
}

static void panel_of_three(void **state)
{
    struct world *world = *state;
    assert_ok(case_open(world, "mine", "d-1"));
    char *persons[] = {(char *)"regulator.b", (char *)"regulator.c", (char *)"regulator.d"};
    Seam__DisputePanel panel = SEAM__DISPUTE_PANEL__INIT;
    panel.dispute = (char *)"d-1";
    panel.persons = persons;
    panel.n_persons = 2;
    assert_refused(case_send(world, "regulator", "DISPUTE_PANEL", &panel.base, NULL), JUDGE_NEVER,
                   ERR_LENGTH, "persons");
    panel.n_persons = 3;
    persons[2] = (char *)"verifier.a";
    assert_refused(case_send(world, "regulator", "DISPUTE_PANEL", &panel.base, NULL), JUDGE_NEVER,
                   ERR_ROLE, "persons");
    persons[2] = (char *)"regulator.d";
    assert_ok(case_send(world, "regulator", "DISPUTE_PANEL", &panel.base, NULL));
    assert_refused(case_send(world, "regulator", "DISPUTE_PANEL", &panel.base, NULL), JUDGE_NEVER,
                   ERR_CLOSED, "persons");
    Seam__DisputeLines *lines = NULL;
    const Seam__DisputeDecide *decide =
        case_decision(world, "d-1", 1, "CONFIRM_REPORTED", 120, &lines);
    assert_refused(
        case_send_by(world, "regulator", "ab", "DISPUTE_DECIDE", &decide->base, &lines->base),
        JUDGE_NEVER, ERR_SECOND_PERSON, "signatures");
    assert_ok(
        case_send_by(world, "regulator", "bd", "DISPUTE_DECIDE", &decide->base, &lines->base));
    case_standing(world, "SETTLED", 120);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
    const struct CMUnitTest tests[] = {
        TEST(statements),
        TEST(extensions),
        TEST(panel_of_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
