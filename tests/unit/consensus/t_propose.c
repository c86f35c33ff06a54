/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

/* ---- R2 the leader -------------------------------------------------------------------------- */

static void leader_builds_with_work(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    assert_null(find(&rig, CONS_A_BUILD));
    rig_work(&rig, true);
    const struct cons_action *build = find(&rig, CONS_A_BUILD);
    assert_non_null(build);
    assert_int_equal(build->u.build.view, 1);
    assert_int_equal(build->u.build.height, 1);
    assert_int_equal(build->u.build.parent_view, 0);
    assert_int_equal(build->u.build.parent_id.bytes[0], GENESIS);
    assert_false(build->u.build.empty);
    assert_false(build->u.build.forced);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_built(&rig, 1, &block);
    assert_non_null(find_send(&rig, CONS_M_BODY)); /* unsigned: before the sync */
    assert_null(find_send(&rig, CONS_M_PROPOSE));
    const struct cons_action cast = *find_cast(&rig, VOTE_NOTARIZE);
    rig_persisted(&rig, &cast);
    const struct cons_send *propose = find_send(&rig, CONS_M_PROPOSE);
    assert_non_null(propose);
    assert_true(propose->has_just);
    assert_int_equal(propose->vote.signature[0], 2);
    /* Once in a view. */
    rig_work(&rig, true);
    assert_null(find(&rig, CONS_A_BUILD));
    rig_close(&rig);
}

static void others_do_not_build(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 2);
    rig_work(&rig, true);
    assert_null(find(&rig, CONS_A_BUILD));
    assert_non_null(find_timer(&rig, CONS_TIMER_VIEW));
    rig_close(&rig);
}

static void failed_build_nullifies(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    rig_work(&rig, true);
    rig_built(&rig, 1, NULL);
    assert_non_null(find_cast(&rig, VOTE_NULLIFY));
    rig_close(&rig);
}

/* Nothing to include after all: no failure, no block, until there is work again. */
static void idle_build(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    rig_work(&rig, true);
    rig_step(&rig, (struct cons_event){.kind = CONS_E_BUILT, .u.built = {.view = 1, .idle = true}});
    assert_null(find(&rig, CONS_A_CAST));
    assert_null(find(&rig, CONS_A_BUILD));
    assert_false(cons_status(rig.cons).active);
    rig_work(&rig, true);
    assert_non_null(find(&rig, CONS_A_BUILD));
    rig_close(&rig);
}

/* The tip changed while the block was built: it is built again, on the new one. */
static void rebuilt_on_a_new_tip(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    const struct cert old = cert_of(VOTE_NOTARIZE, 2, 6, FIRST_THREE, 0);
    rig_just(&rig, 5, just_skip(cert_of(VOTE_NULLIFY, 4, 0, FIRST_THREE, 2), &old));
    rig_body(&rig, block_of(6, 2, 1, GENESIS, 0, 2));
    rig_verdict(&rig, 6, CONS_VALID);
    rig_work(&rig, true);
    assert_int_equal(find(&rig, CONS_A_BUILD)->u.build.parent_id.bytes[0], 6);
    for (uint16_t signer = 0; signer < 4; signer++) {
        if (signer != 1) {
            rig_vote(&rig, vote_of(VOTE_NOTARIZE, 3, signer, 8, 0));
        }
    }
    assert_non_null(find(&rig, CONS_A_CANCEL_BUILD));
    const struct cons_block stale = block_of(7, 5, 2, 6, 2, 1);
    rig_built(&rig, 5, &stale);
    assert_null(find(&rig, CONS_A_CAST));
    rig_body(&rig, block_of(8, 3, 2, 6, 2, 3));
    rig_verdict(&rig, 8, CONS_VALID);
    const struct cons_action *build = find(&rig, CONS_A_BUILD);
    assert_non_null(build);
    assert_int_equal(build->u.build.parent_id.bytes[0], 8);
    assert_int_equal(build->u.build.parent_view, 3);
    assert_int_equal(build->u.build.height, 3);
    rig_close(&rig);
}

/* An answer to a build of a view that is over changes nothing. */
static void stale_build(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    rig_work(&rig, true);
    rig_just(&rig, 2, just_skip(cert_of(VOTE_NULLIFY, 1, 0, FIRST_THREE, 0), NULL));
    assert_non_null(find(&rig, CONS_A_CANCEL_BUILD));
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_built(&rig, 1, &block);
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

/* 2.8: an unfinalised tip gets an empty block after half a view; f+1 NULLIFY force one at once. */
static void grace(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 2);
    rig_accept_first(&rig, 7);
    rig_persisted(&rig, find_cast(&rig, VOTE_NOTARIZE));
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 3, 7, 0));
    assert_int_equal(cons_status(rig.cons).view, 2);
    assert_null(find(&rig, CONS_A_BUILD));
    const struct cons_action *timer = find_timer(&rig, CONS_TIMER_GRACE);
    assert_non_null(timer);
    assert_int_equal(timer->u.timer.delay_ms, 500);
    rig_fire(&rig, CONS_TIMER_GRACE, timer->u.timer.generation);
    const struct cons_action *build = find(&rig, CONS_A_BUILD);
    assert_non_null(build);
    assert_true(build->u.build.forced);
    rig_close(&rig);
}

static void nullify_votes_force_a_block(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, 2, 0, 0));
    assert_null(find(&rig, CONS_A_BUILD));
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, 3, 0, 0));
    assert_true(find(&rig, CONS_A_BUILD)->u.build.forced);
    rig_close(&rig);
}

/* D unfinalised blocks: only empty ones are added. */
static void deep_tip_builds_empty(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 1);
    uint8_t parent = GENESIS;
    for (uint64_t view = 1; view <= 8; view++) {
        const uint8_t tag = (uint8_t)(10 + view);
        rig_just(&rig, view + 1, just_next(cert_of(VOTE_NOTARIZE, view, tag, FIRST_THREE, 0)));
        rig_body(&rig, block_of(tag, view, view, parent, view - 1, (uint16_t)(view % 4)));
        rig_verdict(&rig, tag, CONS_VALID);
        parent = tag;
    }
    rig_work(&rig, true);
    const struct cons_action *build = find(&rig, CONS_A_BUILD); /* view 9 is ours */
    assert_non_null(build);
    assert_int_equal(build->u.build.height, 9);
    assert_true(build->u.build.empty);
    rig_close(&rig);
}

/* ---- R3, R4 the voter ----------------------------------------------------------------------- */

static void valid_proposal_is_voted(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_accept_first(&rig, 7);
    const struct cons_action *cast = find_cast(&rig, VOTE_NOTARIZE);
    assert_non_null(cast);
    assert_int_equal(cast->u.cast.vote.block_id.bytes[0], 7);
    assert_int_equal(cast->u.cast.vote.signer, 0);
    rig_close(&rig);
}

/* Does this proposal of view 2, on block 7 of view 1, get as far as a validation? */
static bool is_accepted(struct cons_block block, uint16_t signer, uint8_t voted)
{
    struct rig rig = rig_open(4, 0);
    rig_accept_first(&rig, 7);
    struct just just = just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0));
    struct vote vote = vote_of(VOTE_NOTARIZE, 2, signer, voted, 0);
    const struct cons_msg msg = {.kind = CONS_M_PROPOSE,
                                 .epoch = 1,
                                 .view = 2,
                                 .vote = &vote,
                                 .block = &block,
                                 .just = &just};
    rig_message(&rig, signer, &msg);
    rig_body(&rig, block);
    const bool accepted = find(&rig, CONS_A_VALIDATE) != NULL;
    rig_close(&rig);
    return accepted;
}

static void header_must_fit(void **state)
{
    (void)state;
    const struct cons_block good = block_of(8, 2, 2, 7, 1, 2);
    assert_true(is_accepted(good, 2, 8));
    assert_false(is_accepted(good, 3, 8)); /* signed by another than the leader */
    assert_false(is_accepted(good, 2, 9)); /* the vote names another block */
    struct cons_block block = good;
    block.header.proposer = 3;
    assert_false(is_accepted(block, 2, 8));
    block = good;
    block.header.view = 3;
    assert_false(is_accepted(block, 2, 8));
    block = good;
    block.header.height = 3;
    assert_false(is_accepted(block, 2, 8));
    block = good;
    block.header.height = 1;
    assert_false(is_accepted(block, 2, 8));
    block = good;
    block.header.parent_id = id_of(GENESIS);
    assert_false(is_accepted(block, 2, 8)); /* not the justified parent */
    block = good;
    block.header.parent_view = 0;
    assert_false(is_accepted(block, 2, 8));
    block = good;
    block.header.epoch = 2;
    assert_false(is_accepted(block, 2, 8));
}

static void first_proposal_counts(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cons_block first = block_of(7, 1, 1, GENESIS, 0, 1);
    const struct cons_block second = block_of(8, 1, 1, GENESIS, 0, 1);
    rig_propose(&rig, 1, first, just_start());
    rig_propose(&rig, 1, second, just_start());
    assert_non_null(find(&rig, CONS_A_EVIDENCE)); /* E1 against the leader */
    rig_body(&rig, second);
    assert_null(find(&rig, CONS_A_VALIDATE));
    rig_body(&rig, first);
    assert_int_equal(find(&rig, CONS_A_VALIDATE)->u.validate.block_id.bytes[0], 7);
    rig_close(&rig);
}

static void invalid_block_is_nullified(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_propose(&rig, 1, block, just_start());
    rig_body(&rig, block);
    rig_verdict(&rig, 7, CONS_INVALID);
    assert_null(find_cast(&rig, VOTE_NOTARIZE));
    assert_non_null(find_cast(&rig, VOTE_NULLIFY));
    rig_close(&rig);
}

/* B23: it was notarized all the same: this node computes differently, and stops. */
static void divergence_halts(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_propose(&rig, 1, block, just_start());
    rig_body(&rig, block);
    rig_verdict(&rig, 7, CONS_INVALID);
    rig_just(&rig, 2, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    assert_non_null(find_alarm(&rig, CONS_ALARM_DIVERGENCE));
    assert_non_null(find(&rig, CONS_A_HALT));
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 9, FIRST_THREE, 0)));
    assert_null(find(&rig, CONS_A_CAST));
    assert_null(find(&rig, CONS_A_HALT)); /* once */
    rig_close(&rig);
}

/* D10: UNABLE is not voted, raises nothing, is asked for once more, and ends with the view. */
static void unable_is_tried_twice(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    rig_propose(&rig, 1, block, just_start());
    rig_body(&rig, block);
    rig_verdict(&rig, 7, CONS_UNABLE);
    assert_non_null(find(&rig, CONS_A_VALIDATE));
    rig_verdict(&rig, 7, CONS_UNABLE);
    assert_null(find(&rig, CONS_A_VALIDATE));
    assert_null(find(&rig, CONS_A_CAST));
    assert_null(find(&rig, CONS_A_ALARM));
    rig_work(&rig, true);
    assert_null(find(&rig, CONS_A_VALIDATE));
    /* As a parent in a later view it is looked at again. */
    rig_just(&rig, 2, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    assert_non_null(find(&rig, CONS_A_VALIDATE));
    rig_close(&rig);
}

/* D15: the header of the parent is not here. The proposal waits, the parent is fetched. */
static void parent_is_fetched_first(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cons_block block = block_of(8, 2, 2, 7, 1, 2);
    rig_propose(&rig, 2, block, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    const struct cons_action *fetch = find(&rig, CONS_A_FETCH);
    assert_non_null(fetch);
    assert_int_equal(fetch->u.fetch.block_id.bytes[0], 7);
    assert_true(fetch->u.fetch.peers != 0);
    assert_true((fetch->u.fetch.peers & 1) == 0); /* not ourselves */
    const struct hash parent = id_of(7);
    assert_true(cons_wants_block(rig.cons, &parent));
    rig_body(&rig, block_of(7, 1, 1, GENESIS, 0, 1));
    rig_verdict(&rig, 7, CONS_VALID);
    rig_body(&rig, block);
    assert_int_equal(find(&rig, CONS_A_VALIDATE)->u.validate.block_id.bytes[0], 8);
    rig_close(&rig);
}

static struct cons_block boundary_block(void)
{
    struct cons_block block = block_of(7, 1, 1, GENESIS, 0, 1);
    block.header.flags = HEADER_FLAG_BOUNDARY;
    return block;
}

/* R3: after a BOUNDARY block only that block itself may be proposed, in a new view. */
static void boundary_is_proposed_again(void **state)
{
    (void)state;
    const struct just just = just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0));
    struct rig rig = rig_open(4, 0);
    rig_propose(&rig, 2, block_of(8, 2, 2, 7, 1, 2), just);
    rig_body(&rig, boundary_block());
    rig_verdict(&rig, 7, CONS_VALID);
    rig_body(&rig, block_of(8, 2, 2, 7, 1, 2));
    assert_null(find(&rig, CONS_A_VALIDATE)); /* a child: refused */
    rig_close(&rig);

    rig = rig_open(4, 0);
    rig_propose(&rig, 2, boundary_block(), just);
    rig_body(&rig, boundary_block());
    rig_verdict(&rig, 7, CONS_VALID);
    const struct cons_action *cast = find_cast(&rig, VOTE_NOTARIZE);
    assert_non_null(cast);
    assert_int_equal(cast->u.cast.vote.view, 2);
    assert_int_equal(cast->u.cast.vote.block_id.bytes[0], 7);
    rig_close(&rig);
}

static void leader_proposes_the_boundary_again(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 2);
    rig_just(&rig, 2, just_next(cert_of(VOTE_NOTARIZE, 1, 7, FIRST_THREE, 0)));
    rig_body(&rig, boundary_block());
    rig_verdict(&rig, 7, CONS_VALID);
    assert_null(find(&rig, CONS_A_BUILD));
    const struct cons_action *cast = find_cast(&rig, VOTE_NOTARIZE);
    assert_non_null(cast);
    assert_int_equal(cast->u.cast.vote.view, 2);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 1, 7, FIRST_THREE, 0));
    assert_non_null(find(&rig, CONS_A_DELIVER));
    assert_true(cons_status(rig.cons).closed);
    assert_false(cons_status(rig.cons).may_vote);
    rig_close(&rig);
}

/* ---- R11 ------------------------------------------------------------------------------------ */

/* One F delivers its ancestors, in order, each once, when all bodies are there. */
static void ancestors_become_final(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cert final = cert_of(VOTE_FINALIZE, 3, 9, FIRST_THREE, 0);
    rig_final(&rig, final);
    assert_int_equal(find(&rig, CONS_A_FETCH)->u.fetch.block_id.bytes[0], 9);
    rig_body(&rig, block_of(9, 3, 2, 8, 1, 3));
    assert_int_equal(find(&rig, CONS_A_FETCH)->u.fetch.block_id.bytes[0], 8);
    rig_body(&rig, block_of(8, 1, 1, GENESIS, 0, 1));
    rig_verdict(&rig, 8, CONS_VALID);
    assert_null(find(&rig, CONS_A_DELIVER));
    rig_verdict(&rig, 9, CONS_VALID);
    assert_int_equal(count_of(&rig, CONS_A_DELIVER), 2);
    const struct cons_action *first = find(&rig, CONS_A_DELIVER);
    assert_int_equal(first[0].u.deliver.height, 1);
    assert_int_equal(first[0].u.deliver.cert, CONS_NO_CERT);
    assert_int_equal(first[1].u.deliver.height, 2);
    assert_int_equal(rig.out->certs[first[1].u.deliver.cert].view, 3);
    assert_non_null(find(&rig, CONS_A_PRUNE));
    rig_final(&rig, final);
    assert_null(find(&rig, CONS_A_DELIVER));
    rig_close(&rig);
}

static void competing_block_is_pruned(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_accept_first(&rig, 7);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 2, 8, FIRST_THREE, 0));
    rig_body(&rig, block_of(8, 2, 1, GENESIS, 0, 2));
    rig_verdict(&rig, 8, CONS_VALID);
    assert_non_null(find(&rig, CONS_A_DELIVER));
    const struct hash dead = id_of(7);
    assert_null(cons_block(rig.cons, &dead));
    rig_verdict(&rig, 7, CONS_INVALID); /* of a dropped block: nothing happens */
    assert_null(find(&rig, CONS_A_ALARM));
    rig_close(&rig);
}

/* A second final block of a delivered height: the last line of defence. */
static void broken_safety_halts(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_accept_first(&rig, 7);
    rig_final(&rig, cert_of(VOTE_FINALIZE, 1, 7, FIRST_THREE, 0));
    assert_non_null(find(&rig, CONS_A_DELIVER));
    rig_final(&rig, cert_of(VOTE_FINALIZE, 3, 8, FIRST_THREE, 0));
    struct cons_block other = block_of(8, 3, 2, 6, 0, 3);
    rig_body(&rig, other);
    other = block_of(6, 2, 1, GENESIS, 0, 2);
    rig_body(&rig, other);
    /* Block 6 has height 1, as the delivered block 7 has: it is not even taken in. */
    const bool known = cons_block(rig.cons, &other.id) != NULL;
    assert_false(known);
    rig_close(&rig);
}

/* Block sync: the driver delivered by itself; the core follows its F. */
static void synced(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct cons_block block = block_of(9, 40, 33, 8, 39, 0);
    const struct cert final = cert_of(VOTE_FINALIZE, 40, 9, FIRST_THREE, 0);
    rig_step(&rig, (struct cons_event){.kind = CONS_E_SYNCED,
                                       .u.synced = {.block = &block, .final = &final}});
    const struct cons_status status = cons_status(rig.cons);
    assert_int_equal(status.delivered_height, 33);
    assert_int_equal(status.final_view, 40);
    assert_int_equal(status.view, 41);
    assert_null(find(&rig, CONS_A_DELIVER));
    assert_non_null(find(&rig, CONS_A_APPEND));
    /* And goes on from there. */
    const struct cons_block next = block_of(10, 41, 34, 9, 40, 1);
    rig_propose(&rig, 41, next, just_next(final));
    rig_body(&rig, next);
    assert_non_null(find(&rig, CONS_A_VALIDATE));
    rig_close(&rig);
}

/* More than f liars: an F of an earlier view for a block above the one that is final. */
static void synced_against_what_is_final(void **state)
{
    (void)state;
    for (uint64_t view = 39; view <= 41; view++) {
        struct rig rig = rig_open(4, 0);
        const struct cons_block block = block_of(9, 40, 33, 8, 39, 0);
        const struct cert final = cert_of(VOTE_FINALIZE, 40, 9, FIRST_THREE, 0);
        rig_step(&rig, (struct cons_event){.kind = CONS_E_SYNCED,
                                           .u.synced = {.block = &block, .final = &final}});
        const struct cons_block above = block_of(10, view, 34, 9, 38, 0);
        const struct cert other = cert_of(VOTE_FINALIZE, view, 10, FIRST_THREE, 0);
        rig_step(&rig, (struct cons_event){.kind = CONS_E_SYNCED,
                                           .u.synced = {.block = &above, .final = &other}});
        assert_int_equal(cons_status(rig.cons).halted, view <= 40);
        assert_int_equal(cons_status(rig.cons).delivered_height, view <= 40 ? 33 : 34);
        assert_int_equal(find(&rig, CONS_A_ALARM) != NULL, view <= 40);
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leader_builds_with_work),
        cmocka_unit_test(others_do_not_build),
        cmocka_unit_test(failed_build_nullifies),
        cmocka_unit_test(idle_build),
        cmocka_unit_test(rebuilt_on_a_new_tip),
        cmocka_unit_test(stale_build),
        cmocka_unit_test(grace),
        cmocka_unit_test(nullify_votes_force_a_block),
        cmocka_unit_test(deep_tip_builds_empty),
        cmocka_unit_test(valid_proposal_is_voted),
        cmocka_unit_test(header_must_fit),
        cmocka_unit_test(first_proposal_counts),
        cmocka_unit_test(invalid_block_is_nullified),
        cmocka_unit_test(divergence_halts),
        cmocka_unit_test(unable_is_tried_twice),
        cmocka_unit_test(parent_is_fetched_first),
        cmocka_unit_test(boundary_is_proposed_again),
        cmocka_unit_test(leader_proposes_the_boundary_again),
        cmocka_unit_test(ancestors_become_final),
        cmocka_unit_test(competing_block_is_pruned),
        cmocka_unit_test(broken_safety_halts),
        cmocka_unit_test(synced),
        cmocka_unit_test(synced_against_what_is_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
