/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

static uint64_t view_of(const struct rig *rig)
{
    return cons_status(rig->cons).view;
}

/* J1: N or F of the view before. */
static void next(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 4, 7, FIRST_THREE, 0)));
    assert_int_equal(view_of(&rig), 1); /* certificate of another view */
    struct cert other = cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0);
    other.epoch = 2;
    rig_just(&rig, 6, just_next(other));
    assert_int_equal(view_of(&rig), 1); /* of another epoch */
    rig_just(&rig, 6, just_next(cert_of(VOTE_NULLIFY, 5, 7, FIRST_THREE, 0)));
    assert_int_equal(view_of(&rig), 1); /* of another kind */
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    assert_int_equal(view_of(&rig), 6);
    assert_non_null(find(&rig, CONS_A_APPEND));
    struct just mine;
    cons_just(rig.cons, &mine);
    assert_int_equal(mine.kind, JUST_NEXT);
    assert_int_equal(mine.cert.view, 5);
    rig_close(&rig);
}

/* J2: Z of the view before and a parent that its locks admit; one object over many views. */
static void skip_over_views(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cert parent = cert_of(VOTE_NOTARIZE, 3, 7, FIRST_THREE, 0);
    const struct cert late = cert_of(VOTE_NOTARIZE, 9, 7, FIRST_THREE, 0);
    rig_just(&rig, 10, just_skip(cert_of(VOTE_NULLIFY, 8, 0, FIRST_THREE, 3), &parent));
    assert_int_equal(view_of(&rig), 1); /* Z of another view */
    rig_just(&rig, 10, just_skip(cert_of(VOTE_NULLIFY, 9, 0, FIRST_THREE, 4), &parent));
    assert_int_equal(view_of(&rig), 1); /* a lock above the parent */
    rig_just(&rig, 10, just_skip(cert_of(VOTE_NULLIFY, 9, 0, FIRST_THREE, 3), &late));
    assert_int_equal(view_of(&rig), 1); /* parent in view v-1: that is J1's */
    rig_just(&rig, 10, just_skip(cert_of(VOTE_NOTARIZE, 9, 0, FIRST_THREE, 3), &parent));
    assert_int_equal(view_of(&rig), 1); /* not a Z */
    rig_just(&rig, 10, just_skip(cert_of(VOTE_NULLIFY, 9, 0, FIRST_THREE, 1), NULL));
    assert_int_equal(view_of(&rig), 1); /* genesis is below the locks */
    rig_just(&rig, 10, just_skip(cert_of(VOTE_NULLIFY, 9, 0, FIRST_THREE, 3), &parent));
    assert_int_equal(view_of(&rig), 10);
    struct just mine;
    cons_just(rig.cons, &mine);
    assert_int_equal(mine.kind, JUST_SKIP);
    assert_int_equal(mine.cert.view, 3);
    assert_int_equal(mine.nullified.view, 9);
    rig_close(&rig);
}

static void skip_on_genesis(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 5, just_skip(cert_of(VOTE_NULLIFY, 4, 0, FIRST_THREE, 0), NULL));
    assert_int_equal(view_of(&rig), 5);
    struct just mine;
    cons_just(rig.cons, &mine);
    assert_int_equal(mine.kind, JUST_SKIP);
    assert_false(mine.has_cert);
    rig_close(&rig);
}

static void start_justifies_view_one_only(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 2, just_start());
    assert_int_equal(view_of(&rig), 1);
    struct just mine;
    cons_just(rig.cons, &mine);
    assert_int_equal(mine.kind, JUST_EPOCH_START);
    rig_close(&rig);
}

/* R5: FINALIZE at the instant of leaving by N, also for a view ahead; its records hold the N. */
static void finalize_on_jump(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    const struct cons_action *cast = find_cast(&rig, VOTE_FINALIZE);
    assert_non_null(cast);
    assert_int_equal(cast->u.cast.vote.view, 5);
    assert_int_equal(cast->u.cast.vote.block_id.bytes[0], 7);
    assert_true((cast->u.cast.records & CONS_RECORD_CERT) != 0);
    /* The certificate was appended before the cast: the order of the log. */
    assert_true(find(&rig, CONS_A_APPEND) < cast);
    rig_close(&rig);
}

/* R6: entering by F needs no vote. */
static void no_vote_for_a_final_block(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 5, 7, FIRST_THREE, 0));
    assert_int_equal(view_of(&rig), 6);
    assert_int_equal(cons_status(rig.cons).high_view, 5);
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

/* Never after NULLIFY in the same view (C2, B6): the node moves, and does not vote. */
static void no_finalize_after_nullify(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_work(&rig, true);
    const struct cons_action *timer = find_timer(&rig, CONS_TIMER_VIEW);
    assert_non_null(timer);
    rig_fire(&rig, CONS_TIMER_VIEW, timer->u.timer.generation);
    assert_non_null(find_cast(&rig, VOTE_NULLIFY));
    rig_just(&rig, 2, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    assert_int_equal(view_of(&rig), 2);
    assert_null(find_cast(&rig, VOTE_FINALIZE));
    rig_close(&rig);
}

/* Never for a view already left (B1). */
static void no_late_finalize(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 5, just_skip(cert_of(VOTE_NULLIFY, 4, 0, FIRST_THREE, 0), NULL));
    for (uint16_t signer = 1; signer < 4; signer++) {
        rig_vote(&rig, vote_of(VOTE_NOTARIZE, 3, signer, 7, 0));
    }
    assert_int_equal(cons_status(rig.cons).high_view, 3); /* learnt late, as a parent */
    assert_int_equal(view_of(&rig), 5);
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

/* Views and certificates never go back; what is old changes nothing. */
static void nothing_goes_back(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 9, just_next(cert_of(VOTE_NOTARIZE, 8, 7, FIRST_THREE, 0)));
    rig_just(&rig, 4, just_next(cert_of(VOTE_NOTARIZE, 3, 6, FIRST_THREE, 0)));
    rig_just(&rig, 8, just_skip(cert_of(VOTE_NULLIFY, 7, 0, FIRST_THREE, 0), NULL));
    rig_final(&rig, cert_of(VOTE_FINALIZE, 2, 5, FIRST_THREE, 0));
    const struct cons_status status = cons_status(rig.cons);
    assert_int_equal(status.view, 9);
    assert_int_equal(status.high_view, 8);
    assert_int_equal(status.final_view, 2);
    rig_close(&rig);
}

/* D1, second net: a justification that Lemma C excludes is refused and reported, whatever its
 * signatures say; one for a view that is final already is merely stale. */
static void impossible_justification(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 5, 7, FIRST_THREE, 0));
    const struct cert old = cert_of(VOTE_NOTARIZE, 3, 6, FIRST_THREE, 0);
    rig_just(&rig, 5, just_skip(cert_of(VOTE_NULLIFY, 4, 0, FIRST_THREE, 3), &old));
    assert_null(find(&rig, CONS_A_ALARM));
    rig_just(&rig, 9, just_skip(cert_of(VOTE_NULLIFY, 8, 0, FIRST_THREE, 3), &old));
    assert_non_null(find_alarm(&rig, CONS_ALARM_IMPOSSIBLE));
    assert_int_equal(view_of(&rig), 6);
    rig_just(&rig, 9, just_skip(cert_of(VOTE_NULLIFY, 8, 0, FIRST_THREE, 0), NULL));
    assert_non_null(find_alarm(&rig, CONS_ALARM_IMPOSSIBLE));
    assert_int_equal(view_of(&rig), 6);
    rig_close(&rig);
}

/* NULLIFY brings its own justification: a node far behind comes along (B4). */
static void nullify_brings_the_view(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cert parent = cert_of(VOTE_NOTARIZE, 6, 7, FIRST_THREE, 0);
    rig_nullify(&rig, vote_of(VOTE_NULLIFY, 9, 2, 0, 6),
                just_skip(cert_of(VOTE_NULLIFY, 8, 0, FIRST_THREE, 6), &parent));
    assert_int_equal(view_of(&rig), 9);
    assert_true(cons_status(rig.cons).nullified_by == 4);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next),
        cmocka_unit_test(skip_over_views),
        cmocka_unit_test(skip_on_genesis),
        cmocka_unit_test(start_justifies_view_one_only),
        cmocka_unit_test(finalize_on_jump),
        cmocka_unit_test(no_vote_for_a_final_block),
        cmocka_unit_test(no_finalize_after_nullify),
        cmocka_unit_test(no_late_finalize),
        cmocka_unit_test(nothing_goes_back),
        cmocka_unit_test(impossible_justification),
        cmocka_unit_test(nullify_brings_the_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
