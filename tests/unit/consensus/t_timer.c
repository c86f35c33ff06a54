/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

static struct cons_hints hints_with(const struct rig *rig, uint32_t level)
{
    struct cons_hints hints = cons_hints(rig->cons);
    hints.level = level;
    return hints;
}

/* One more view by nullification: a view without finality. */
static void skip_view(struct rig *rig)
{
    const uint64_t view = cons_status(rig->cons).view;
    rig_just(rig, view + 1, just_skip(cert_of(VOTE_NULLIFY, view, 0, FIRST_THREE, 0), NULL));
    assert_int_equal(cons_status(rig->cons).view, view + 1);
}

/* T(view) = min(T_max, T0 * 2^L), and L grows once in f + 2 views without finality. */
static void level_from_certificates(void **state)
{
    (void)state;
    for (uint16_t n = 4; n <= 10; n += 3) {
        struct rig rig = rig_open(n, 0);
        const uint64_t every = quorum_faulty(n) + 2u;
        for (uint64_t gap = 0; gap < 4 * every; gap++) {
            const uint64_t level = gap / every;
            assert_int_equal(cons_status(rig.cons).level, level);
            const uint64_t wanted = 1000u << level;
            assert_int_equal(cons_view_timeout_ms(rig.cons), wanted < 10000 ? wanted : 10000);
            skip_view(&rig);
        }
        assert_int_equal(cons_view_timeout_ms(rig.cons), 10000);
        rig_close(&rig);
    }
}

/* It is based on finality: notarized blocks without it do not lower it. */
static void notarization_is_not_enough(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    for (uint64_t view = 1; view <= 6; view++) {
        rig_just(&rig, view + 1,
                 just_next(cert_of(VOTE_NOTARIZE, view, (uint8_t)(view + 10), FIRST_THREE, 0)));
    }
    assert_int_equal(cons_status(rig.cons).level, 2);
    rig_close(&rig);
}

/* The sticky level outlives finality and is probed down by finalizations. */
static void sticky_level(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    for (int i = 0; i < 6; i++) {
        skip_view(&rig);
    }
    assert_int_equal(cons_status(rig.cons).level, 2);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 7, 9, FIRST_THREE, 0));
    const uint32_t after = cons_status(rig.cons).level;
    assert_true(after <= 1); /* hints of the others are 0: rank f+1 of {1, 0, 0, 0} */
    assert_int_equal(cons_hints(rig.cons).level, 1);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 8, 10, FIRST_THREE, 0));
    assert_int_equal(cons_hints(rig.cons).level, 0);
    rig_close(&rig);
}

/* Nine views without finality above a final one, and one with it. */
static void bad_time(struct rig *rig)
{
    const uint64_t first = cons_status(rig->cons).view;
    const struct cert parent =
        cert_of(VOTE_FINALIZE, first - 1, (uint8_t)(first - 1), FIRST_THREE, 0);
    for (uint64_t view = first; view < first + 9; view++) {
        const struct cert skipped = cert_of(VOTE_NULLIFY, view, 0, FIRST_THREE, first - 1);
        rig_just(rig, view + 1, just_skip(skipped, first == 1 ? NULL : &parent));
    }
    rig_final(rig, cert_of(VOTE_FINALIZE, first + 9, (uint8_t)(first + 9), FIRST_THREE, 0));
    assert_int_equal(cons_status(rig->cons).view, first + 10);
}

/* With everything final and nothing to do the timers are normal at once, for no finalizations will
 * come; unless that has turned out to be too short again and again. */
static void sticky_level_when_idle(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_fire(&rig, CONS_TIMER_RTX, find_timer(&rig, CONS_TIMER_RTX)->u.timer.generation);
    for (uint32_t round = 0; round < 8; round++) {
        rig_work(&rig, true);
        bad_time(&rig);
        const uint32_t left = cons_hints(rig.cons).level;
        uint32_t generation = find_timer(&rig, CONS_TIMER_RTX)->u.timer.generation;
        assert_int_equal(find_timer(&rig, CONS_TIMER_RTX)->u.timer.delay_ms, 200);
        assert_true(left >= 2);
        for (int idle = 0; idle < 2; idle++) {
            rig_work(&rig, idle == 0);
            rig.now += 200;
            rig_fire(&rig, CONS_TIMER_RTX, generation);
            generation = find_timer(&rig, CONS_TIMER_RTX)->u.timer.generation;
            assert_int_equal(cons_hints(rig.cons).level, idle == 1 && round < 4 ? 0 : left);
        }
    }
    rig_close(&rig);
}

/* The level is the (f+1)-th highest of all: f liars cannot raise it, one more raises it. */
static void level_from_hints(void **state)
{
    (void)state;
    struct rig rig = rig_open(7, 0);
    rig_hints(&rig, 1, hints_with(&rig, 12));
    rig_hints(&rig, 2, hints_with(&rig, UINT32_MAX));
    assert_int_equal(cons_status(rig.cons).level, 0);
    rig_hints(&rig, 3, hints_with(&rig, 2));
    assert_int_equal(cons_status(rig.cons).level, 2);
    rig_hints(&rig, 4, hints_with(&rig, 3));
    assert_int_equal(cons_status(rig.cons).level, 3);
    rig_hints(&rig, 4, hints_with(&rig, 0)); /* and it falls again */
    assert_int_equal(cons_status(rig.cons).level, 2);
    rig_hints(&rig, CONS_NONE, hints_with(&rig, 9)); /* observers have no say */
    assert_int_equal(cons_status(rig.cons).level, 2);
    rig_close(&rig);
}

/* R12: a leader unseen for 2n views, while a quorum is awake, gets the short timer. */
static void dead_leader_with_quorum(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    for (uint64_t view = 1; view < 17; view++) {
        const struct cons_action *timer = find_timer(&rig, CONS_TIMER_VIEW);
        assert_non_null(timer);
        if (view > 8 && cons_leader(rig.cons, view) == 1) {
            assert_int_equal(timer->u.timer.delay_ms, 20);
        } else {
            assert_true(timer->u.timer.delay_ms >= 1000);
        }
        rig_fire(&rig, CONS_TIMER_VIEW, timer->u.timer.generation);
        const struct cons_action cast = *find_cast(&rig, VOTE_NULLIFY);
        rig_persisted(&rig, &cast);
        rig_vote(&rig, vote_of(VOTE_NULLIFY, view, 2, 0, 0));
        rig_vote(&rig, vote_of(VOTE_NULLIFY, view, 3, 0, 0));
        assert_int_equal(cons_status(rig.cons).view, view + 1);
    }
    rig_close(&rig);
}

/* I11: the view timer runs while there is work, and one of an older generation is nothing. */
static void view_timer_follows_activity(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    assert_null(find_timer(&rig, CONS_TIMER_VIEW));
    rig_work(&rig, true);
    const uint32_t first = find_timer(&rig, CONS_TIMER_VIEW)->u.timer.generation;
    rig_work(&rig, false);
    assert_non_null(find(&rig, CONS_A_CANCEL_TIMER));
    rig_fire(&rig, CONS_TIMER_VIEW, first);
    assert_null(find(&rig, CONS_A_CAST));
    rig_work(&rig, true);
    const uint32_t second = find_timer(&rig, CONS_TIMER_VIEW)->u.timer.generation;
    assert_int_not_equal(first, second);
    rig_fire(&rig, CONS_TIMER_VIEW, first);
    assert_null(find(&rig, CONS_A_CAST));
    rig_fire(&rig, CONS_TIMER_VIEW, second);
    assert_non_null(find_cast(&rig, VOTE_NULLIFY));
    rig_fire(&rig, CONS_TIMER_VIEW, second);
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

/* The timer of a view that was left does not nullify the next one. */
static void timer_of_an_old_view(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    const uint32_t old = find_timer(&rig, CONS_TIMER_VIEW)->u.timer.generation;
    skip_view(&rig);
    rig_fire(&rig, CONS_TIMER_VIEW, old);
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

/* R8: f + 1 NULLIFY make an idle node active; it arms its timer and does not copy the vote. */
static void others_wake_us(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, 2, 0, 0));
    assert_false(cons_status(rig.cons).active);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, 3, 0, 0));
    assert_true(cons_status(rig.cons).active);
    assert_non_null(find_timer(&rig, CONS_TIMER_VIEW));
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

/* R7: the leader gave its view up: so do we. */
static void leader_gives_up(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, 1, 0, 0));
    assert_non_null(find_cast(&rig, VOTE_NULLIFY));
    rig_close(&rig);
}

/* The heartbeat makes the leader build, and ends with the next delivery. */
static void heartbeat(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    const struct cons_action *timer = find_timer(&rig, CONS_TIMER_HEARTBEAT);
    assert_non_null(timer);
    assert_int_equal(timer->u.timer.delay_ms, 60000);
    rig_fire(&rig, CONS_TIMER_HEARTBEAT, timer->u.timer.generation);
    assert_true(find(&rig, CONS_A_BUILD)->u.build.forced);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_built(&rig, 1, &block);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 1, 7, FIRST_THREE, 0));
    assert_non_null(find(&rig, CONS_A_DELIVER));
    assert_non_null(find_timer(&rig, CONS_TIMER_HEARTBEAT));
    assert_false(cons_status(rig.cons).active);
    rig_close(&rig);
}

/* t_status: 1 s active, 5 s idle; becoming active brings the next tick forward. */
static void status_period(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_fire(&rig, CONS_TIMER_RTX, find_timer(&rig, CONS_TIMER_RTX)->u.timer.generation);
    assert_int_equal(find_timer(&rig, CONS_TIMER_RTX)->u.timer.delay_ms, 5000);
    rig_work(&rig, true);
    assert_int_equal(find_timer(&rig, CONS_TIMER_RTX)->u.timer.delay_ms, 1000);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_from_certificates),
        cmocka_unit_test(notarization_is_not_enough),
        cmocka_unit_test(sticky_level),
        cmocka_unit_test(sticky_level_when_idle),
        cmocka_unit_test(level_from_hints),
        cmocka_unit_test(dead_leader_with_quorum),
        cmocka_unit_test(view_timer_follows_activity),
        cmocka_unit_test(timer_of_an_old_view),
        cmocka_unit_test(others_wake_us),
        cmocka_unit_test(leader_gives_up),
        cmocka_unit_test(heartbeat),
        cmocka_unit_test(status_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
