/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

static void fire_view_timer(struct rig *rig)
{
    const struct cons_action *timer = find_timer(rig, CONS_TIMER_VIEW);
    assert_non_null(timer);
    rig_fire(rig, CONS_TIMER_VIEW, timer->u.timer.generation);
}

/* B7: nothing of a vote is visible before it is durable, not to this node either. */
static void invisible_before_persisted(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_accept_first(&rig, 7);
    const struct cons_action cast = *find_cast(&rig, VOTE_NOTARIZE);
    assert_true((cast.u.cast.records & CONS_RECORD_BLOCK) != 0);
    assert_null(find(&rig, CONS_A_BCAST));
    assert_true((cons_status(rig.cons).notarized_by & 1) == 0);
    assert_null(cons_own_vote(rig.cons, VOTE_NOTARIZE));
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 2, 7, 0));
    assert_int_equal(cons_status(rig.cons).view, 1); /* leader, n2 and no more */
    rig_persisted(&rig, &cast);
    assert_int_equal(cons_status(rig.cons).view, 2); /* own vote completed it */
    assert_non_null(find_send(&rig, CONS_M_NOTARIZE));
    assert_non_null(find_cast(&rig, VOTE_FINALIZE));
    rig_close(&rig);
}

/* The phase is taken when the vote is issued: nothing contrary follows while it is on its way. */
static void phase_is_taken_at_once(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    fire_view_timer(&rig);
    const struct cons_action nullify = *find_cast(&rig, VOTE_NULLIFY);
    assert_int_equal(cons_status(rig.cons).phase, 2);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_propose(&rig, 1, block, just_start());
    rig_body(&rig, block);
    if (find(&rig, CONS_A_VALIDATE) != NULL) {
        rig_verdict(&rig, 7, CONS_VALID);
    }
    assert_null(find_cast(&rig, VOTE_NOTARIZE));
    rig_persisted(&rig, &nullify);
    const struct cons_send *send = find_send(&rig, CONS_M_NULLIFY);
    assert_non_null(send);
    assert_true(send->has_just);
    struct just just;
    cons_send_just(rig.out, send, &just);
    assert_int_equal(just.kind, JUST_EPOCH_START);
    rig_close(&rig);
}

/* NOTARIZE then NULLIFY is lawful (R7); the lock is hn.view. */
static void nullify_after_notarize(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    rig_just(&rig, 5, just_next(cert_of(VOTE_NOTARIZE, 4, 9, FIRST_THREE, 0)));
    const struct cons_action *timer = find_timer(&rig, CONS_TIMER_VIEW);
    assert_non_null(timer);
    const uint32_t generation = timer->u.timer.generation;
    rig_body(&rig, block_of(9, 4, 1, GENESIS, 0, 0));
    rig_verdict(&rig, 9, CONS_VALID);
    const struct cons_block block = block_of(7, 5, 2, 9, 4, 1);
    rig_propose(&rig, 5, block, just_next(cert_of(VOTE_NOTARIZE, 4, 9, FIRST_THREE, 0)));
    rig_body(&rig, block);
    rig_verdict(&rig, 7, CONS_VALID);
    assert_non_null(find_cast(&rig, VOTE_NOTARIZE));
    rig_fire(&rig, CONS_TIMER_VIEW, generation);
    const struct cons_action *cast = find_cast(&rig, VOTE_NULLIFY);
    assert_non_null(cast);
    assert_int_equal(cast->u.cast.vote.lock_view, 4);
    assert_true(hash_is_zero(&cast->u.cast.vote.block_id));
    assert_true((cast->u.cast.records & CONS_RECORD_HIGH) != 0);
    rig_close(&rig);
}

/* B22: one NULLIFY a view, whatever asks for it. */
static void one_nullify_a_view(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    fire_view_timer(&rig);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, 1, 0, 0)); /* the leader's own */
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

static void refused_is_an_alarm(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    fire_view_timer(&rig);
    const uint64_t token = find_cast(&rig, VOTE_NULLIFY)->u.cast.token;
    rig_step(&rig, (struct cons_event){.kind = CONS_E_REFUSED, .u.refused = {.token = token}});
    assert_non_null(find_alarm(&rig, CONS_ALARM_REFUSED));
    assert_null(find(&rig, CONS_A_BCAST));
    rig_close(&rig);
}

static void observer_never_votes(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, CONS_NONE);
    rig_work(&rig, true);
    assert_null(find_timer(&rig, CONS_TIMER_VIEW));
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    assert_int_equal(cons_status(rig.cons).view, 6);
    assert_null(find(&rig, CONS_A_CAST));
    assert_null(find(&rig, CONS_A_SEND));
    rig_close(&rig);
}

/* 2.9: a vote of the own key above the guard is another instance of it. */
static void own_key_elsewhere(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 3, 0, 7, 0));
    assert_non_null(find_alarm(&rig, CONS_ALARM_OWN_KEY));
    assert_true(cons_status(rig.cons).muted);
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

static void own_vote_below_guard_is_fine(void **state)
{
    (void)state;
    struct rig rig = rig_open_with(4, 0, cons_params_default());
    const struct vote vote = vote_of(VOTE_NULLIFY, 1, 0, 0, 0);
    cons_recovered_vote(rig.recovered, &vote);
    rig_start(&rig);
    rig_vote(&rig, vote);
    assert_null(find(&rig, CONS_A_ALARM));
    assert_false(cons_status(rig.cons).muted);
    rig_close(&rig);
}

/* The other instance's vote comes while ours is being written: ours is not shown any more. */
static void second_instance_in_flight(void **state)
{
    (void)state;
    for (int higher = 0; higher < 2; higher++) {
        struct rig rig = rig_open(4, 0);
        rig_accept_first(&rig, 7);
        const struct cons_action cast = *find_cast(&rig, VOTE_NOTARIZE);
        rig_vote(&rig, vote_of(VOTE_NOTARIZE, higher ? 2 : 1, 0, 9, 0));
        rig_persisted(&rig, &cast);
        assert_true(cons_status(rig.cons).muted);
        assert_null(find(&rig, CONS_A_BCAST));
        assert_null(find(&rig, CONS_A_SEND));
        assert_null(cons_own_vote(rig.cons, VOTE_NOTARIZE));
        rig_close(&rig);
    }
}

static void muted_slot_never_votes(void **state)
{
    (void)state;
    struct rig rig = rig_open_with(4, 0, cons_params_default());
    rig.recovered->muted = true;
    rig_start(&rig);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_propose(&rig, 1, block, just_start());
    rig_body(&rig, block);
    assert_null(find(&rig, CONS_A_VALIDATE));
    rig_just(&rig, 2, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    assert_null(find(&rig, CONS_A_CAST));
    assert_non_null(find(&rig, CONS_A_VALIDATE)); /* it still follows */
    rig_close(&rig);
}

/* D18: on another machine it listens for 2*T0 before it votes. */
static void listening(void **state)
{
    (void)state;
    struct rig rig = rig_open_with(4, 0, cons_params_default());
    rig.recovered->listen = true;
    rig_start(&rig);
    const struct cons_action *timer = find_timer(&rig, CONS_TIMER_LISTEN);
    assert_non_null(timer);
    assert_int_equal(timer->u.timer.delay_ms, 2000);
    const uint32_t generation = timer->u.timer.generation;
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_propose(&rig, 1, block, just_start());
    rig_body(&rig, block);
    assert_null(find(&rig, CONS_A_VALIDATE));
    rig_fire(&rig, CONS_TIMER_LISTEN, generation);
    rig_verdict(&rig, 7, CONS_VALID);
    assert_non_null(find_cast(&rig, VOTE_NOTARIZE));
    rig_close(&rig);
}

/* D6: log lost, slot kept: nothing is cast until an F at or above the slot's view is held. */
static void lost_log(void **state)
{
    (void)state;
    struct rig rig = rig_open_with(4, 0, cons_params_default());
    rig.recovered->guard = (struct cons_guard){.epoch = 1, .view = 20, .phase = 1};
    rig.recovered->lost_log = true;
    rig_start(&rig);
    rig_work(&rig, true);
    assert_null(find_timer(&rig, CONS_TIMER_VIEW));
    rig_just(&rig, 26, just_next(cert_of(VOTE_NOTARIZE, 25, 7, FIRST_THREE, 0)));
    assert_null(find(&rig, CONS_A_CAST));
    rig_final(&rig, cert_of(VOTE_FINALIZE, 19, 6, FIRST_THREE, 0));
    rig_just(&rig, 28, just_next(cert_of(VOTE_NOTARIZE, 27, 8, FIRST_THREE, 0)));
    assert_null(find(&rig, CONS_A_CAST));
    rig_final(&rig, cert_of(VOTE_FINALIZE, 20, 5, FIRST_THREE, 0));
    rig_just(&rig, 30, just_next(cert_of(VOTE_NOTARIZE, 29, 9, FIRST_THREE, 0)));
    assert_non_null(find_cast(&rig, VOTE_FINALIZE));
    rig_close(&rig);
}

/* A slot of a later epoch: nothing is cast in this one. */
static void guard_of_a_later_epoch(void **state)
{
    (void)state;
    struct rig rig = rig_open_with(4, 0, cons_params_default());
    rig.recovered->guard = (struct cons_guard){.epoch = 2, .view = 1, .phase = 1};
    rig.recovered->lost_log = true;
    rig_start(&rig);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 50, 5, FIRST_THREE, 0));
    rig_just(&rig, 60, just_next(cert_of(VOTE_NOTARIZE, 59, 9, FIRST_THREE, 0)));
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invisible_before_persisted),
        cmocka_unit_test(phase_is_taken_at_once),
        cmocka_unit_test(nullify_after_notarize),
        cmocka_unit_test(one_nullify_a_view),
        cmocka_unit_test(refused_is_an_alarm),
        cmocka_unit_test(observer_never_votes),
        cmocka_unit_test(own_key_elsewhere),
        cmocka_unit_test(own_vote_below_guard_is_fine),
        cmocka_unit_test(second_instance_in_flight),
        cmocka_unit_test(muted_slot_never_votes),
        cmocka_unit_test(listening),
        cmocka_unit_test(lost_log),
        cmocka_unit_test(guard_of_a_later_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
