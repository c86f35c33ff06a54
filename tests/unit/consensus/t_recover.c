/* SPDX-License-Identifier: Apache-2.0 */
/* The crash-point table of consensus.md 2.9: what is on disk, and what the restarted node does. */
#include "rig.h"

static struct rig restarted(void)
{
    return rig_open_with(4, 0, cons_params_default());
}

static void fire_resend(struct rig *rig)
{
    const struct cons_action *timer = find_timer(rig, CONS_TIMER_RTX);
    assert_non_null(timer);
    assert_int_equal(timer->u.timer.delay_ms, 100);
    rig->now += 100;
    rig_fire(rig, CONS_TIMER_RTX, timer->u.timer.generation);
}

/* "cast issued, sync not done": nothing is on disk; the node is free to vote otherwise. */
static void nothing_on_disk(void **state)
{
    (void)state;
    struct rig rig = restarted();
    rig_start(&rig);
    const struct cons_status status = cons_status(rig.cons);
    assert_int_equal(status.view, 1);
    assert_int_equal(status.phase, 0);
    rig_accept_first(&rig, 8);
    assert_non_null(find_cast(&rig, VOTE_NOTARIZE));
    rig_close(&rig);
}

/* "sync done, not sent" and "NOTARIZE sent": phase 1, the same bytes again, never another block. */
static void notarize_on_disk(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct vote vote = vote_of(VOTE_NOTARIZE, 1, 0, 7, 0);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    cons_recovered_block(rig.recovered, &block);
    cons_recovered_vote(rig.recovered, &vote);
    rig_start(&rig);
    assert_int_equal(cons_status(rig.cons).phase, 1);
    assert_true(cons_status(rig.cons).notarized_by == 1); /* own vote tallied */
    fire_resend(&rig);
    const struct cons_send *send = find_send(&rig, CONS_M_NOTARIZE);
    assert_non_null(send);
    assert_memory_equal(send->vote.signature, vote.signature, SIGNATURE_SIZE);
    rig_propose(&rig, 1, block_of(8, 1, 1, GENESIS, 0, 1), just_start());
    rig_body(&rig, block_of(8, 1, 1, GENESIS, 0, 1));
    assert_null(find(&rig, CONS_A_VALIDATE));
    /* It may still nullify, or finalize after N. */
    rig_just(&rig, 2, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    assert_non_null(find_cast(&rig, VOTE_FINALIZE));
    rig_close(&rig);
}

/* A leader that voted proposes the same block again and builds no other. */
static void leader_proposes_the_same(void **state)
{
    (void)state;
    struct rig rig = rig_open_with(4, 1, cons_params_default());
    const struct vote vote = vote_of(VOTE_NOTARIZE, 1, 1, 7, 0);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    cons_recovered_block(rig.recovered, &block);
    cons_recovered_vote(rig.recovered, &vote);
    rig_start(&rig);
    fire_resend(&rig);
    assert_non_null(find_send(&rig, CONS_M_BODY));
    assert_int_equal(find_send(&rig, CONS_M_PROPOSE)->block_id.bytes[0], 7);
    rig_work(&rig, true);
    assert_null(find(&rig, CONS_A_BUILD));
    rig_close(&rig);
}

/* "leader built, BODY sent, no sync": no signature existed, another block may be built. */
static void leader_without_vote_builds_again(void **state)
{
    (void)state;
    struct rig rig = rig_open_with(4, 1, cons_params_default());
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    cons_recovered_block(rig.recovered, &block);
    rig_start(&rig);
    rig_work(&rig, true);
    assert_non_null(find(&rig, CONS_A_BUILD));
    rig_close(&rig);
}

/* "NULLIFY sent": phase 2, no FINALIZE in this view, and the vote counts here (B3). */
static void nullify_on_disk(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct cert high = cert_of(VOTE_NOTARIZE, 4, 7, FIRST_THREE, 0);
    const struct vote vote = vote_of(VOTE_NULLIFY, 5, 0, 0, 4);
    cons_recovered_cert(rig.recovered, &high);
    cons_recovered_vote(rig.recovered, &vote);
    rig_start(&rig);
    assert_int_equal(cons_status(rig.cons).view, 5);
    assert_int_equal(cons_status(rig.cons).phase, 2);
    assert_int_equal(cons_status(rig.cons).high_view, 4); /* the lock reported is still known */
    fire_resend(&rig);
    assert_int_equal(find_send(&rig, CONS_M_NULLIFY)->vote.lock_view, 4);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 5, 2, 0, 0));
    assert_int_equal(cons_status(rig.cons).view, 5);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 5, 3, 0, 0));
    assert_int_equal(cons_status(rig.cons).view, 6);
    rig_close(&rig);
}

static void no_finalize_after_nullify(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct vote vote = vote_of(VOTE_NULLIFY, 1, 0, 0, 0);
    cons_recovered_vote(rig.recovered, &vote);
    rig_start(&rig);
    rig_just(&rig, 2, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    assert_int_equal(cons_status(rig.cons).view, 2);
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

/* "FINALIZE sent": view w+1, and every later lock is at least w. */
static void finalize_on_disk(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct cert high = cert_of(VOTE_NOTARIZE, 4, 7, FIRST_THREE, 0);
    const struct vote vote = vote_of(VOTE_FINALIZE, 4, 0, 7, 0);
    cons_recovered_cert(rig.recovered, &high);
    cons_recovered_vote(rig.recovered, &vote);
    rig_start(&rig);
    assert_int_equal(cons_status(rig.cons).view, 5);
    assert_int_equal(cons_status(rig.cons).phase, 0);
    const struct cons_action *timer = find_timer(&rig, CONS_TIMER_VIEW);
    assert_non_null(timer); /* the tip is not final: there is something to do */
    rig_fire(&rig, CONS_TIMER_VIEW, timer->u.timer.generation);
    assert_int_equal(find_cast(&rig, VOTE_NULLIFY)->u.cast.vote.lock_view, 4);
    rig_close(&rig);
}

/* The FINALIZE of the highest view is sent again while it is above fin. */
static void finalize_is_sent_again(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct cert high = cert_of(VOTE_NOTARIZE, 4, 7, FIRST_THREE, 0);
    const struct vote vote = vote_of(VOTE_FINALIZE, 4, 0, 7, 0);
    cons_recovered_cert(rig.recovered, &high);
    cons_recovered_vote(rig.recovered, &vote);
    rig_start(&rig);
    fire_resend(&rig);
    assert_non_null(find_send(&rig, CONS_M_FINALIZE));
    const struct cons_action *timer = find_timer(&rig, CONS_TIMER_RTX);
    const uint32_t generation = timer->u.timer.generation;
    rig_final(&rig, cert_of(VOTE_FINALIZE, 4, 7, FIRST_THREE, 0));
    rig.now += 1000;
    rig_fire(&rig, CONS_TIMER_RTX, generation);
    assert_null(find_send(&rig, CONS_M_FINALIZE));
    assert_non_null(find_send(&rig, CONS_M_STATUS));
    rig_close(&rig);
}

/* Entry by Z survives: J(view) exists after the restart (I7). */
static void entry_by_skip(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct cert high = cert_of(VOTE_NOTARIZE, 4, 7, FIRST_THREE, 0);
    const struct cert skip = cert_of(VOTE_NULLIFY, 8, 0, FIRST_THREE, 4);
    cons_recovered_cert(rig.recovered, &high);
    cons_recovered_cert(rig.recovered, &skip);
    rig_start(&rig);
    assert_int_equal(cons_status(rig.cons).view, 9);
    struct just just;
    cons_just(rig.cons, &just);
    assert_int_equal(just.kind, JUST_SKIP);
    assert_int_equal(just.cert.view, 4);
    rig_close(&rig);
}

/* A later N makes an older Z irrelevant. */
static void older_skip_is_dropped(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct cert skip = cert_of(VOTE_NULLIFY, 8, 0, FIRST_THREE, 4);
    const struct cert high = cert_of(VOTE_NOTARIZE, 9, 7, FIRST_THREE, 0);
    cons_recovered_cert(rig.recovered, &skip);
    cons_recovered_cert(rig.recovered, &high);
    rig_start(&rig);
    assert_int_equal(cons_status(rig.cons).view, 10);
    assert_null(cons_skip_cert(rig.cons));
    rig_close(&rig);
}

/* "delivered, database not flushed": blocks and F are in the log and are delivered again. */
static void delivered_again(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct cert final = cert_of(VOTE_FINALIZE, 2, 8, FIRST_THREE, 0);
    const struct cons_block one = block_of(7, 1, 1, GENESIS, 0, 1);
    const struct cons_block two = block_of(8, 2, 2, 7, 1, 2);
    cons_recovered_block(rig.recovered, &one);
    cons_recovered_block(rig.recovered, &two);
    cons_recovered_cert(rig.recovered, &final);
    rig_start(&rig);
    assert_int_equal(find(&rig, CONS_A_VALIDATE)->u.validate.block_id.bytes[0], 7);
    rig_verdict(&rig, 7, CONS_VALID);
    rig_verdict(&rig, 8, CONS_VALID);
    assert_int_equal(count_of(&rig, CONS_A_DELIVER), 2);
    rig_close(&rig);
}

/* The database is where the F is: nothing to deliver, nothing to fetch. */
static void delivered_already(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct hash head = id_of(8);
    const struct cert final = cert_of(VOTE_FINALIZE, 2, 8, FIRST_THREE, 0);
    const struct cons_block two = block_of(8, 2, 2, 7, 1, 2);
    cons_recovered_init(rig.recovered, &head, 2);
    cons_recovered_cert(rig.recovered, &final);
    cons_recovered_block(rig.recovered, &two); /* below: ignored */
    assert_int_equal(rig.recovered->block_count, 0);
    rig_start(&rig);
    assert_null(find(&rig, CONS_A_DELIVER));
    assert_null(find(&rig, CONS_A_FETCH));
    assert_int_equal(cons_status(rig.cons).delivered_height, 2);
    rig_close(&rig);
}

/* D2: after a loss nothing is re-sent. */
static void nothing_is_sent_after_a_loss(void **state)
{
    (void)state;
    struct rig rig = restarted();
    const struct vote vote = vote_of(VOTE_NULLIFY, 1, 0, 0, 0);
    cons_recovered_vote(rig.recovered, &vote);
    rig.recovered->guard.view = 3;
    rig.recovered->lost_log = true;
    rig_start(&rig);
    fire_resend(&rig);
    assert_null(find_send(&rig, CONS_M_NULLIFY));
    assert_non_null(find_send(&rig, CONS_M_STATUS));
    rig_close(&rig);
}

/* What no log of this key can hold: votes and locks without the certificates before them. */
static void what_rests_on_nothing_does_not_fit(void **state)
{
    (void)state;
    struct rig rig = restarted();
    struct cons_recovered *recovered = rig.recovered;
    assert_true(cons_recovered_fits(recovered));
    const struct vote first = vote_of(VOTE_NULLIFY, 1, 0, 0, 0);
    cons_recovered_vote(recovered, &first);
    assert_true(cons_recovered_fits(recovered));
    const struct vote third = vote_of(VOTE_NULLIFY, 3, 0, 0, 0);
    cons_recovered_vote(recovered, &third);
    assert_false(cons_recovered_fits(recovered));
    recovered->lost_log = true; /* then votes are not looked at */
    assert_true(cons_recovered_fits(recovered));
    recovered->lost_log = false;
    const struct cert skip = cert_of(VOTE_NULLIFY, 2, 0, FIRST_THREE, 0);
    cons_recovered_cert(recovered, &skip);
    assert_true(cons_recovered_fits(recovered));
    recovered->skip = cert_of(VOTE_NULLIFY, 2, 0, FIRST_THREE, 1); /* a lock on view 1 */
    assert_false(cons_recovered_fits(recovered));
    const struct cert high = cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0);
    cons_recovered_cert(recovered, &high);
    assert_true(cons_recovered_fits(recovered));
    rig_close(&rig);
}

/* The recovered state keeps the best of each, whatever the order and number of records. */
static void records_are_reduced(void **state)
{
    (void)state;
    struct rig rig = restarted();
    struct cons_recovered *recovered = rig.recovered;
    for (uint64_t view = 1; view < 200; view++) {
        const struct cert high = cert_of(VOTE_NOTARIZE, view, 7, FIRST_THREE, 0);
        const struct vote vote = vote_of(VOTE_NOTARIZE, view, 0, 7, 0);
        const struct cons_block block =
            block_of((uint8_t)view, view, view, (uint8_t)(view - 1), view - 1, 0);
        cons_recovered_cert(recovered, &high);
        cons_recovered_vote(recovered, &vote);
        cons_recovered_block(recovered, &block);
        cons_recovered_block(recovered, &block);
    }
    const struct cert final = cert_of(VOTE_FINALIZE, 150, 7, FIRST_THREE, 0);
    cons_recovered_cert(recovered, &final);
    assert_int_equal(recovered->high.view, 199);
    assert_int_equal(recovered->final.view, 150);
    assert_int_equal(recovered->vote[VOTE_NOTARIZE].view, 199);
    assert_int_equal(recovered->guard.view, 199);
    assert_int_equal(recovered->guard.phase, 1);
    assert_int_equal(recovered->block_count, CONS_BLOCKS_MAX);
    for (uint32_t i = 0; i < recovered->block_count; i++) {
        assert_true(recovered->blocks[i].header.view >= 200 - CONS_BLOCKS_MAX);
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_on_disk),
        cmocka_unit_test(notarize_on_disk),
        cmocka_unit_test(leader_proposes_the_same),
        cmocka_unit_test(leader_without_vote_builds_again),
        cmocka_unit_test(nullify_on_disk),
        cmocka_unit_test(no_finalize_after_nullify),
        cmocka_unit_test(finalize_on_disk),
        cmocka_unit_test(finalize_is_sent_again),
        cmocka_unit_test(entry_by_skip),
        cmocka_unit_test(older_skip_is_dropped),
        cmocka_unit_test(delivered_again),
        cmocka_unit_test(delivered_already),
        cmocka_unit_test(nothing_is_sent_after_a_loss),
        cmocka_unit_test(what_rests_on_nothing_does_not_fit),
        cmocka_unit_test(records_are_reduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
