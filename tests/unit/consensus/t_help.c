/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

static struct rig at_view_six(void)
{
    struct rig rig = rig_open(4, 0);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 3, 6, FIRST_THREE, 0));
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    rig.now += 1000;
    return rig;
}

/* R2b: whoever enters a view tells its leader, once. */
static void leader_is_told(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    const struct cons_action *send = find(&rig, CONS_A_SEND);
    assert_non_null(send);
    assert_int_equal(send->u.send.peer, 2); /* leader of view 6 */
    assert_int_equal(send->u.send.msg.kind, CONS_M_CERT);
    assert_int_equal(send->u.send.msg.view, 6);
    rig_work(&rig, true);
    assert_null(find(&rig, CONS_A_SEND));
    rig_just(&rig, 8, just_next(cert_of(VOTE_NOTARIZE, 7, 7, FIRST_THREE, 0)));
    assert_null(find(&rig, CONS_A_SEND)); /* view 8 is our own */
    rig_close(&rig);
}

/* R9: a peer behind gets J(view), at most once in a while; D18: one view behind is given time. */
static void peer_behind_is_helped(void **state)
{
    (void)state;
    struct rig rig = at_view_six();
    struct cons_hints hints = cons_hints(rig.cons);
    hints.view = 2;
    rig_hints(&rig, 3, hints);
    const struct cons_send *send = find_send(&rig, CONS_M_CERT);
    assert_non_null(send);
    struct just just;
    cons_send_just(rig.out, send, &just);
    assert_int_equal(just.kind, JUST_NEXT);
    assert_int_equal(just.cert.view, 5);
    rig_hints(&rig, 3, hints);
    assert_null(find_send(&rig, CONS_M_CERT));
    rig_hints(&rig, 1, hints); /* another peer */
    assert_non_null(find_send(&rig, CONS_M_CERT));
    rig.now += 499;
    rig_hints(&rig, 3, hints);
    assert_null(find_send(&rig, CONS_M_CERT));
    rig.now += 1;
    rig_hints(&rig, 3, hints);
    assert_non_null(find_send(&rig, CONS_M_CERT));
    rig_close(&rig);
}

static void one_view_behind_is_given_time(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    struct cons_hints hints = cons_hints(rig.cons);
    hints.view = 5;
    rig.now += 199;
    rig_hints(&rig, 3, hints);
    assert_null(find_send(&rig, CONS_M_CERT));
    rig.now += 1;
    rig_hints(&rig, 3, hints);
    assert_non_null(find_send(&rig, CONS_M_CERT));
    rig_close(&rig);
}

static void peer_without_finality_is_helped(void **state)
{
    (void)state;
    struct rig rig = at_view_six();
    struct cons_hints hints = cons_hints(rig.cons);
    hints.final_view = 1;
    rig_hints(&rig, 3, hints);
    const struct cons_send *send = find_send(&rig, CONS_M_FINAL);
    assert_non_null(send);
    assert_int_equal(rig.out->certs[send->cert].view, 3);
    rig_hints(&rig, 3, hints);
    assert_null(find_send(&rig, CONS_M_FINAL));
    rig_close(&rig);
}

/* B17: heights are hints; they start one block sync at a time and change nothing else. */
static void claimed_height_syncs_once(void **state)
{
    (void)state;
    struct rig rig = at_view_six();
    struct cons_hints hints = cons_hints(rig.cons);
    hints.final_height = 1;
    rig_hints(&rig, 3, hints);
    assert_null(find(&rig, CONS_A_SYNC)); /* one block: by its F */
    hints.final_height = UINT64_MAX;
    hints.view = UINT64_MAX;
    hints.final_view = UINT64_MAX;
    const struct cons_status before = cons_status(rig.cons);
    rig_hints(&rig, 3, hints);
    const struct cons_action *sync = find(&rig, CONS_A_SYNC);
    assert_non_null(sync);
    assert_int_equal(sync->u.sync.peer, 3);
    assert_int_equal(sync->u.sync.from_height, 1);
    rig_hints(&rig, 2, hints);
    assert_null(find(&rig, CONS_A_SYNC));
    rig.now += 2000;
    rig_hints(&rig, 3, hints);
    assert_null(find(&rig, CONS_A_SYNC)); /* n3 boasted and did not deliver */
    rig_hints(&rig, 2, hints);
    assert_int_equal(find(&rig, CONS_A_SYNC)->u.sync.peer, 2);
    rig.now += 4000;
    rig_hints(&rig, 3, hints);
    assert_non_null(find(&rig, CONS_A_SYNC));
    assert_int_equal(find(&rig, CONS_A_SYNC)->u.sync.peer, 3); /* 4 s later, once more */
    rig.now += 2000;
    rig_hints(&rig, 3, hints);
    assert_null(find(&rig, CONS_A_SYNC));
    const struct cons_status after = cons_status(rig.cons);
    assert_int_equal(after.view, before.view);
    assert_int_equal(after.final_view, before.final_view);
    assert_int_equal(after.delivered_height, before.delivered_height);
    assert_int_equal(after.active, before.active);
    rig_close(&rig);
}

static void other_epochs(void **state)
{
    (void)state;
    struct rig rig = at_view_six();
    struct cons_hints hints = cons_hints(rig.cons);
    hints.epoch = 0;
    rig_hints(&rig, 3, hints);
    assert_non_null(find_send(&rig, CONS_M_STATUS));
    rig_hints(&rig, 3, hints);
    assert_null(find_send(&rig, CONS_M_STATUS));
    hints.epoch = 2;
    rig_hints(&rig, 2, hints);
    assert_non_null(find(&rig, CONS_A_SYNC));
    rig_close(&rig);
}

static void fire_rtx(struct rig *rig, uint32_t *generation)
{
    rig_fire(rig, CONS_TIMER_RTX, *generation);
    *generation = find_timer(rig, CONS_TIMER_RTX)->u.timer.generation;
}

/* R10: O(1) messages a tick, only votes a period old, only of this view. */
static void votes_are_sent_again(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    uint32_t generation = find_timer(&rig, CONS_TIMER_RTX)->u.timer.generation;
    rig_work(&rig, true);
    fire_rtx(&rig, &generation);
    assert_int_equal(rig.out->items[0].u.send.msg.kind, CONS_M_STATUS);
    rig_accept_first(&rig, 7);
    const struct cons_action cast = *find_cast(&rig, VOTE_NOTARIZE);
    rig_persisted(&rig, &cast);
    rig.now += 999;
    fire_rtx(&rig, &generation);
    assert_null(find_send(&rig, CONS_M_NOTARIZE));
    rig.now += 1;
    fire_rtx(&rig, &generation);
    assert_non_null(find_send(&rig, CONS_M_NOTARIZE));
    assert_int_equal(count_of(&rig, CONS_A_BCAST), 2);
    rig_just(&rig, 2, just_skip(cert_of(VOTE_NULLIFY, 1, 0, FIRST_THREE, 0), NULL));
    rig.now += 5000;
    fire_rtx(&rig, &generation);
    assert_null(find_send(&rig, CONS_M_NOTARIZE));
    rig_close(&rig);
}

/* G10: who has nothing to do does not repeat its NULLIFY; work, or f + 1 who want the view to end,
 * make it speak again. */
static void an_idle_node_keeps_quiet(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    uint32_t generation = find_timer(&rig, CONS_TIMER_RTX)->u.timer.generation;
    rig_work(&rig, true);
    rig_fire(&rig, CONS_TIMER_VIEW, find_timer(&rig, CONS_TIMER_VIEW)->u.timer.generation);
    const struct cons_action cast = *find_cast(&rig, VOTE_NULLIFY);
    rig_persisted(&rig, &cast);
    rig_work(&rig, false);
    rig.now += 5000;
    fire_rtx(&rig, &generation);
    assert_null(find_send(&rig, CONS_M_NULLIFY));
    rig_work(&rig, true);
    generation = find_timer(&rig, CONS_TIMER_RTX)->u.timer.generation;
    rig.now += 1000;
    fire_rtx(&rig, &generation);
    assert_non_null(find_send(&rig, CONS_M_NULLIFY));
    rig_close(&rig);
}

/* B15: a body is asked for locally first, then of three peers, then of the next three. */
static void fetch_rotates(void **state)
{
    (void)state;
    struct rig rig = rig_open(10, 0);
    rig_propose(&rig, 1, block_of(7, 1, 1, GENESIS, 0, 1), just_start());
    assert_true(find(&rig, CONS_A_FETCH)->u.fetch.peers == 0);
    uint32_t generation = find_timer(&rig, CONS_TIMER_FETCH)->u.timer.generation;
    assert_int_equal(find_timer(&rig, CONS_TIMER_FETCH)->u.timer.delay_ms, 100);
    uint64_t asked = 0;
    for (int attempt = 0; attempt < 3; attempt++) {
        rig.now += attempt == 0 ? 100 : 300;
        rig_fire(&rig, CONS_TIMER_FETCH, generation);
        const struct cons_action *fetch = find(&rig, CONS_A_FETCH);
        assert_non_null(fetch);
        assert_int_equal(__builtin_popcountll(fetch->u.fetch.peers), 3);
        if (attempt == 0) {
            assert_true((fetch->u.fetch.peers & 2) != 0); /* the leader has it */
        }
        assert_true((asked & fetch->u.fetch.peers) == 0);
        asked |= fetch->u.fetch.peers;
        generation = find_timer(&rig, CONS_TIMER_FETCH)->u.timer.generation;
    }
    assert_true((asked & 1) == 0);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leader_is_told),
        cmocka_unit_test(peer_behind_is_helped),
        cmocka_unit_test(one_view_behind_is_given_time),
        cmocka_unit_test(peer_without_finality_is_helped),
        cmocka_unit_test(claimed_height_syncs_once),
        cmocka_unit_test(other_epochs),
        cmocka_unit_test(votes_are_sent_again),
        cmocka_unit_test(an_idle_node_keeps_quiet),
        cmocka_unit_test(fetch_rotates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
