/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of decisions [D42], what is held while a dispute is open, and locks: an effect is used at
 * most once, a reversal compensates what was used, no year is locked with an open dispute. */

#include "tests/unit/assurance/case.h"

static enum judgement consume(struct world *world, const char *dispute, uint32_t number)
{
    struct rule_signer signers[2];
    memset(signers, 0, sizeof signers);
    struct rule_context context = case_context(world, "regulator", "ab", signers);
    const size_t mark = overlay_mark(world->state);
    memset(&world->detail, 0, sizeof world->detail);
    const enum judgement judgement =
        assurance_effect_consume(&context, dispute, number, &world->detail);
    if (judgement != JUDGE_OK) {
        overlay_rollback(world->state, mark);
    }
    world->height++;
    return judgement;
}

static enum judgement lock(struct world *world, const char *facility, uint32_t year)
{
    struct rule_signer signers[2];
    memset(signers, 0, sizeof signers);
    struct rule_context context = case_context(world, "regulator", "ab", signers);
    const size_t mark = overlay_mark(world->state);
    memset(&world->detail, 0, sizeof world->detail);
    const enum judgement judgement = assurance_lock_year(&context, facility, year, &world->detail);
    if (judgement != JUDGE_OK) {
        overlay_rollback(world->state, mark);
    }
    world->height++;
    return judgement;
}

static struct assurance_effect effect(struct world *world, uint32_t number)
{
    struct assurance_effect out = {0};
    assert_int_equal(
        assurance_effect(&out, world->state, "d-1", number, world->time_ms, &world->arena), OK);
    return out;
}

static enum judgement appeal(struct world *world)
{
    Seam__DisputeAppeal in = SEAM__DISPUTE_APPEAL__INIT;
    in.dispute = (char *)"d-1";
    in.grounds = (char *)"no";
    return case_send(world, "verifier", "DISPUTE_APPEAL", &in.base, NULL);
}

/* Opens and decides: 130 t, recover 10 t. */
static void decided(struct world *world)
{
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    (void)case_effect(world, decide, "RECOVER", 10);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
}

static void used_once(void **state)
{
    struct world *world = *state;
    decided(world);
    struct assurance_effect got = effect(world, 1);
    assert_int_equal(got.status, EFFECT_READY);
    assert_false(got.final);
    assert_string_equal(got.record->kind, "RECOVER");
    assert_int_equal(got.record->tonnes, 10);
    assert_ok(consume(world, "d-1", 1));
    assert_int_equal(effect(world, 1).status, EFFECT_CONSUMED);
    assert_refused(consume(world, "d-1", 1), JUDGE_NEVER, ERR_DUPLICATE, "effect");
    assert_refused(consume(world, "d-1", 2), JUDGE_NOT_YET, ERR_ABSENT, "effect");
    assert_refused(consume(world, "d-9", 1), JUDGE_NOT_YET, ERR_ABSENT, "dispute");
    world->time_ms = case_record(world, "d-1")->decisions[0]->appeal_until_ms;
    case_status(world, "d-1", "EFFECTS_APPLIED");
    assert_true(effect(world, 1).final);
}

static void failure_decision_reversed_on_appeal(void **state)
{
    struct world *world = *state;
    decided(world);
    assert_ok(consume(world, "d-1", 1)); /* already carried out */
    assert_ok(appeal(world));
    Seam__DisputeLines *lines = NULL;
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 2, "CONFIRM_VERIFIED", 150, &lines);
    assert_ok(
        case_send_by(world, "regulator", "ac", "DISPUTE_DECIDE", &decide->base, &lines->base));
    /* Nothing is rewritten: the first effect stays, another one gives the units back. */
    assert_int_equal(effect(world, 1).status, EFFECT_CONSUMED);
    const struct assurance_effect back = effect(world, 2);
    assert_int_equal(back.status, EFFECT_READY);
    assert_string_equal(back.record->kind, "TOP_UP");
    assert_int_equal(back.record->tonnes, 10);
    assert_int_equal(back.record->compensates, 1);
    assert_int_equal(back.record->decision, 2);
    assert_ok(consume(world, "d-1", 2));
    case_status(world, "d-1", "EFFECTS_APPLIED");
    assert_int_equal(case_record(world, "d-1")->decisions[1]->effect_count, 1);
}

static void unused_effects_become_void(void **state)
{
    struct world *world = *state;
    decided(world);
    assert_ok(appeal(world));
    assert_int_equal(effect(world, 1).status, EFFECT_SUSPENDED);
    assert_refused(consume(world, "d-1", 1), JUDGE_NOT_YET, ERR_STATE_MACHINE, "effect");
    Seam__DisputeLines *lines = NULL;
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 2, "THIRD_VALUE", 140, &lines);
    (void)case_effect(world, decide, "RECOVER", 5);
    assert_ok(
        case_send_by(world, "regulator", "ac", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_int_equal(effect(world, 1).status, EFFECT_VOID);
    assert_refused(consume(world, "d-1", 1), JUDGE_NEVER, ERR_CLOSED, "effect");
    assert_int_equal(effect(world, 2).record->tonnes, 5);
    assert_ok(consume(world, "d-1", 2));
    case_status(world, "d-1", "EFFECTS_APPLIED");
}

static void the_same_order_stands(void **state)
{
    struct world *world = *state;
    decided(world);
    assert_ok(consume(world, "d-1", 1));
    assert_ok(appeal(world));
    Seam__DisputeLines *lines = NULL;
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 2, "THIRD_VALUE", 130, &lines);
    (void)case_effect(world, decide, "RECOVER", 10);
    assert_ok(
        case_send_by(world, "regulator", "ac", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_int_equal(case_record(world, "d-1")->effects, 1); /* not a second time */
}

static void cuts_are_restored(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 160, &lines);
    Seam__EffectOrder *order = case_effect(world, decide, "CUT_NEXT_YEAR", 0);
    order->cut_bp = 5000;
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_RANGE, "effects[0].year");
    order->year = 2027;
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_ok(consume(world, "d-1", 1));
    assert_ok(appeal(world));
    decide = case_decision(world, "d-1", 2, "CONFIRM_VERIFIED", 150, &lines);
    (void)case_effect(world, decide, "NONE", 0);
    assert_ok(
        case_send_by(world, "regulator", "cb", "DISPUTE_DECIDE", &decide->base, &lines->base));
    assert_string_equal(effect(world, 2).record->kind, "RESTORE_NEXT_YEAR");
    assert_int_equal(effect(world, 2).record->cut_bp, 5000);
    assert_int_equal(case_record(world, "d-1")->effects, 2); /* NONE leaves no record */
}

static void orders_are_checked(void **state)
{
    struct world *world = *state;
    Seam__DisputeLines *lines = NULL;
    assert_ok(case_open(world, "mine", "d-1"));
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    Seam__EffectOrder *order = case_effect(world, decide, "RECOVER", 11);
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_TOTAL, "effects[0].tonnes");
    assert_string_equal(world->detail.limit, "10"); /* |130 - 150| x 0.5 */
    order->tonnes = 10;
    order->rate = (char *)"10.000001";
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_RANGE, "effects[0].rate");
    order->rate = (char *)"half";
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_DEC, "effects[0].rate");
    order->rate = (char *)"0.5";
    order->cut_bp = 1;
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_RANGE, "effects[0].cut_bp");
    order->cut_bp = 0;
    order->kind = (char *)"FINE";
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_ENUM, "effects[0].kind");
    order->kind = (char *)"RECOVER";
    order->claim = 2;
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_RANGE, "effects[0].claim");
    order->claim = 1;
    Seam__EffectOrder *second = case_effect(world, decide, "TOP_UP", 10);
    second->claim = 1; /* at most one a claim */
    assert_refused(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base),
                   JUDGE_NEVER, ERR_TWICE, "effects[1].claim");
    decide->n_effects = 1;
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
}

static void formula(void **state)
{
    (void)state;
    static const struct {
        int64_t decided;
        int64_t used;
        const char *rate;
        int64_t tonnes;
    } rows[] = {
        {130000000, 150000000, "0.5", 10},
        {150000000, 130000000, "0.5", 10},
        {1499999, 0, "1", 1},
        {1500000, 0, "1", 2},
        {0, 1500000, "1", 2},
        {0, 0, "1", 0},
        {3500750000, 0, "0.973523", 3408},
        {INT64_MAX, INT64_MIN, "0", 0},
        {9000000000000000, 0, "10", 90000000000},
    };
    struct tonnes out = tonnes_of(7);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(
            effect_tonnes(&out, grams_of(rows[i].decided), grams_of(rows[i].used), rows[i].rate),
            OK);
        assert_int_equal(tonnes_value(out), rows[i].tonnes);
    }
    assert_int_equal(effect_tonnes(&out, grams_of(1), grams_of(0), "-1"), ERR_RANGE);
    assert_int_equal(effect_tonnes(&out, grams_of(1), grams_of(0), "0.0000001"), ERR_RANGE);
    assert_int_equal(effect_tonnes(&out, grams_of(1), grams_of(0), ""), ERR_DEC);
}

static void held_while_open(void **state)
{
    struct world *world = *state;
    struct grams held = grams_of(1);
    assert_int_equal(
        assurance_held(&held, world->state, "mine-a", 2026, world->time_ms, &world->arena), OK);
    assert_int_equal(grams_value(held), 0);
    assert_ok(case_open(world, "mine", "d-1"));
    assert_int_equal(
        assurance_held(&held, world->state, "mine-a", 2026, world->time_ms, &world->arena), OK);
    assert_int_equal(grams_value(held), 20 * CASE_TONNE);
    assert_int_equal(
        assurance_held(&held, world->state, "mine-a", 2027, world->time_ms, &world->arena), OK);
    assert_int_equal(grams_value(held), 0);
    const uint64_t until = case_record(world, "d-1")->decide_until_ms;
    assert_int_equal(assurance_held(&held, world->state, "mine-a", 2026, until - 1, &world->arena),
                     OK);
    assert_int_equal(grams_value(held), 20 * CASE_TONNE);
    assert_int_equal(assurance_held(&held, world->state, "mine-a", 2026, until, &world->arena), OK);
    assert_int_equal(grams_value(held), 0); /* released without a transaction */
    assert_int_equal(assurance_held(&held, world->state, "mine-a", 1969, until, &world->arena),
                     ERR_RANGE);
}

static void a_lock_waits_for_the_dispute(void **state)
{
    struct world *world = *state;
    assert_refused(lock(world, "mine-a", 2025), JUDGE_NOT_YET, ERR_ABSENT, "year");
    assert_ok(case_open(world, "mine", "d-1"));
    assert_ok(lock(world, "mine-a", 2026));
    case_standing(world, "DISPUTED", 150); /* it goes to its end */
    Seam__DisputeLines *lines = NULL;
    Seam__DisputeDecide *decide = case_decision(world, "d-1", 1, "THIRD_VALUE", 130, &lines);
    assert_ok(case_send(world, "regulator", "DISPUTE_DECIDE", &decide->base, &lines->base));
    const uint64_t until = case_record(world, "d-1")->decisions[0]->appeal_until_ms;
    world->time_ms = until - 1; /* it may still be appealed */
    case_standing(world, "SETTLED", 130);
    world->time_ms = until; /* no transaction is needed */
    case_standing(world, "LOCKED", 130);
    assert_refused(lock(world, "mine-a", 2026), JUDGE_NEVER, ERR_DUPLICATE, "year");
    case_opinion(world, "op-2", "mine-a", "2026-07", 1, 155, "2026-10-08T03:00:00Z");
    world->time_ms = case_time("2026-10-09T03:00:00Z");
    assert_refused(case_open(world, "regulator", "d-2"), JUDGE_NEVER, ERR_CLOSED, "period");
    assert_string_equal(world->detail.limit, "LOCKED");
    /* Without the lock it may be disputed again; a lock that is not there does not mind. */
    struct rule_signer signers[2];
    memset(signers, 0, sizeof signers);
    struct rule_context context = case_context(world, "regulator", "ab", signers);
    assert_ok(assurance_unlock_year(&context, "mine-a", 2026, &world->detail));
    assert_ok(assurance_unlock_year(&context, "mine-a", 2026, &world->detail));
    assert_ok(case_open(world, "regulator", "d-2"));
}

/* --- any order of events ----------------------------------------------------------------------*/

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

static const char *const parties[] = {"mine", "verifier", "regulator", "regulator-15", "mine-2"};

static void random_decision(struct world *world, const char *dispute)
{
    static const char *const pairs[] = {"ab", "ac", "cd", "bd"};
    static const char *const kinds[] = {"RECOVER", "TOP_UP", "NONE"};
    Seam__DisputeLines *lines = NULL;
    const int64_t tonnes = 100 + 10 * (int64_t)draw(8);
    Seam__DisputeDecide *decide =
        case_decision(world, dispute, 1 + draw(2), "THIRD_VALUE", tonnes, &lines);
    const char *kind = kinds[draw(3)];
    const int64_t change = tonnes < 150 ? 150 - tonnes : tonnes - 150;
    (void)case_effect(world, decide, kind, strcmp(kind, "NONE") == 0 ? 0 : (uint64_t)change / 2);
    (void)case_send_by(world, parties[2 + draw(2)], pairs[draw(4)], "DISPUTE_DECIDE", &decide->base,
                       &lines->base);
}

static void random_event(struct world *world, const char *dispute, unsigned *used)
{
    switch (draw(9)) {
    case 0:
        (void)case_open(world, parties[draw(5)], dispute);
        break;
    case 1:
    case 2:
        random_decision(world, dispute);
        break;
    case 3: {
        Seam__DisputeAppeal in = SEAM__DISPUTE_APPEAL__INIT;
        in.dispute = case_text(world, dispute);
        in.grounds = (char *)"no";
        (void)case_send(world, parties[draw(5)], "DISPUTE_APPEAL", &in.base, NULL);
        break;
    }
    case 4: {
        Seam__DisputeClose in = SEAM__DISPUTE_CLOSE__INIT;
        in.dispute = case_text(world, dispute);
        (void)case_send_by(world, parties[draw(5)], "a", "DISPUTE_CLOSE", &in.base, NULL);
        break;
    }
    case 5: {
        Seam__DisputeWithdraw in = SEAM__DISPUTE_WITHDRAW__INIT;
        in.dispute = case_text(world, dispute);
        if (draw(4) == 0) {
            (void)case_send(world, parties[draw(5)], "DISPUTE_WITHDRAW", &in.base, NULL);
        }
        break;
    }
    case 6: {
        const uint32_t number = 1 + draw(4);
        if (consume(world, dispute, number) == JUDGE_OK) {
            assert_int_equal(*used >> number & 1U, 0); /* never twice */
            *used |= 1U << number;
        }
        break;
    }
    case 7:
        (void)lock(world, "mine-a", 2026);
        break;
    default:
        world->time_ms += DAY_MS * draw(4);
        break;
    }
}

/* Units taken less units given by the effects that were used. */
static int64_t net_of(struct world *world, const Seam__DisputeRecord *record)
{
    int64_t net = 0;
    for (uint32_t i = 1; i <= record->effects; i++) {
        struct assurance_effect got = {0};
        assert_int_equal(
            assurance_effect(&got, world->state, record->dispute, i, world->time_ms, &world->arena),
            OK);
        const int64_t tonnes = (int64_t)got.record->tonnes;
        if (got.status == EFFECT_CONSUMED || got.status == EFFECT_READY) {
            net += strcmp(got.record->kind, "RECOVER") == 0 ? tonnes : -tonnes;
        }
    }
    return net;
}

/* What was seen of a dispute the last time. */
struct seen {
    uint8_t status;
    bool known;
};

static void check_moves(const Seam__DisputeRecord *record, enum dispute_status status,
                        struct seen *seen, uint64_t began)
{
    struct seen *own = &seen[record->dispute[2] - '1'];
    struct err_detail detail;
    uint8_t from = own->status;
    if (own->known && from != status &&
        sm_move(&dispute_machine, &from, (uint8_t)status, &detail) != OK) {
        fail_msg("seed %llu: %s to %s", (unsigned long long)began,
                 sm_name(&dispute_machine, own->status), dispute_status_name(status));
    }
    *own = (struct seen){.status = (uint8_t)status, .known = true};
}

static void check_world(struct world *world, struct seen *seen, uint64_t began)
{
    const Seam__DisputeHead *head = NULL;
    struct assurance_standing standing;
    const bool locked = assurance_standing(&standing, world->state, "mine-a", "2026-07", 0,
                                           world->time_ms, &world->arena) == OK &&
                        standing.grade == ASSURANCE_LOCKED;
    if (view_disputes(&head, world->state, "mine-a", "2026-07", &world->arena) != OK) {
        return;
    }
    uint32_t open = 0;
    for (size_t i = 0; i < head->n_disputes; i++) {
        const Seam__DisputeRecord *record = case_record(world, head->disputes[i]);
        const enum dispute_status status = dispute_status(record, world->time_ms);
        check_moves(record, status, seen, began);
        open += dispute_ended(status) ? 0 : 1;
        if ((locked && !dispute_ended(status)) || open > 1 || record->n_decisions > 2) {
            fail_msg("seed %llu: %s is %s", (unsigned long long)began, record->dispute,
                     dispute_status_name(status));
        }
        /* What stays in the end is what the last decision ordered, never both. */
        const int64_t net = net_of(world, record);
        assert_true(net >= -25 && net <= 25);
    }
}

static void no_sequence_locks_an_open_dispute(void **state)
{
    (void)state;
    uint32_t locked = 0;
    uint32_t compensated = 0;
    for (uint64_t run = 0; run < 1000; run++) {
        struct world *world = NULL;
        assert_int_equal(case_setup((void **)&world), 0);
        unsigned used[2] = {0, 0};
        struct seen seen[2] = {{0}};
        seed = 20261121 + run;
        for (unsigned step = 0; step < 60; step++) {
            const uint32_t which = draw(2);
            random_event(world, which == 0 ? "d-1" : "d-2", &used[which]);
            check_world(world, seen, 20261121 + run);
        }
        struct assurance_standing standing;
        struct assurance_effect got = {0};
        assert_int_equal(assurance_standing(&standing, world->state, "mine-a", "2026-07", 0,
                                            world->time_ms, &world->arena),
                         OK);
        locked += standing.grade == ASSURANCE_LOCKED ? 1 : 0;
        compensated +=
            assurance_effect(&got, world->state, "d-1", 2, world->time_ms, &world->arena) == OK ? 1
                                                                                                : 0;
        assert_int_equal(case_teardown((void **)&world), 0);
    }
    assert_true(locked > 20); /* the runs do reach what they forbid */
    assert_true(compensated > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
    const struct CMUnitTest tests[] = {
        TEST(used_once),
        TEST(failure_decision_reversed_on_appeal),
        TEST(unused_effects_become_void),
        TEST(the_same_order_stands),
        TEST(cuts_are_restored),
        TEST(orders_are_checked),
        cmocka_unit_test(formula),
        TEST(held_while_open),
        TEST(a_lock_waits_for_the_dispute),
        cmocka_unit_test(no_sequence_locks_an_open_dispute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
