/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

static void quorum_of_notarize_moves_on(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 1, 7, 0));
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 2, 7, 0));
    assert_int_equal(cons_status(rig.cons).view, 1);
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 3, 7, 0));
    assert_int_equal(cons_status(rig.cons).view, 2);
    const struct cert *high = cons_high_cert(rig.cons);
    assert_non_null(high);
    assert_true(high->verified);
    assert_true(high->signers == 0xe);
    assert_int_equal(high->signatures[0][0], 2); /* entry i is the i-th set bit */
    assert_int_equal(high->signatures[2][0], 4);
    rig_close(&rig);
}

/* A vote counts once a signer, and blocks do not add up. */
static void votes_count_once(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    for (int i = 0; i < 5; i++) {
        rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 1, 7, 0));
    }
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 2, 7, 0));
    rig_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 3, 8, 0));
    assert_int_equal(cons_status(rig.cons).view, 1);
    assert_null(find(&rig, CONS_A_EVIDENCE));
    rig_close(&rig);
}

/* q at n = 4..7: one vote less is not enough. */
static void quorum_is_exact(void **state)
{
    (void)state;
    for (uint16_t n = 4; n <= 13; n++) {
        struct rig rig = rig_open(n, 0);
        const uint32_t q = quorum_size(n);
        for (uint16_t signer = 1; signer < q; signer++) {
            rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, signer, 0, 0));
            assert_int_equal(cons_status(rig.cons).view, 1);
        }
        /* Own leader's NULLIFY may have caused an own one: it is not durable, so not counted. */
        rig_vote(&rig, vote_of(VOTE_NULLIFY, 1, (uint16_t)q, 0, 0));
        assert_int_equal(cons_status(rig.cons).view, q < n ? 2 : 1);
        rig_close(&rig);
    }
}

/* Z rule: a lock above hn is not counted until its certificate comes. */
static void unproven_locks_wait(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 5, 1, 0, 3));
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 5, 2, 0, 3));
    rig_vote(&rig, vote_of(VOTE_NULLIFY, 5, 3, 0, 3));
    assert_int_equal(cons_status(rig.cons).view, 1);
    rig_just(&rig, 4, just_next(cert_of(VOTE_NOTARIZE, 3, 7, FIRST_THREE, 0)));
    assert_int_equal(cons_status(rig.cons).view, 6);
    assert_non_null(cons_skip_cert(rig.cons));
    assert_int_equal(cert_max_lock(cons_skip_cert(rig.cons)), 3);
    rig_close(&rig);
}

static void window(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const uint64_t far = 1 + CONS_TALLY_WINDOW;
    for (uint16_t signer = 1; signer < 4; signer++) {
        rig_vote(&rig, vote_of(VOTE_NOTARIZE, far + 1, signer, 7, 0));
    }
    assert_int_equal(cons_status(rig.cons).view, 1);
    for (uint16_t signer = 1; signer < 4; signer++) {
        rig_vote(&rig, vote_of(VOTE_NOTARIZE, far, signer, 7, 0));
    }
    assert_int_equal(cons_status(rig.cons).view, far + 1);
    /* The ring was reused: views of the new window are empty. */
    const struct cons_status status = cons_status(rig.cons);
    assert_true(status.notarized_by == 0);
    rig_close(&rig);
}

/* F of an older view is still learnt, without a vote of ours. */
static void finalize_is_tallied_behind(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 4, just_next(cert_of(VOTE_NOTARIZE, 3, 7, FIRST_THREE, 0)));
    for (uint16_t signer = 1; signer < 4; signer++) {
        rig_vote(&rig, vote_of(VOTE_FINALIZE, 3, signer, 7, 0));
    }
    assert_int_equal(cons_status(rig.cons).final_view, 3);
    assert_int_equal(cons_status(rig.cons).view, 4);
    assert_null(find(&rig, CONS_A_CAST));
    rig_close(&rig);
}

static enum cons_evidence_kind evidence_of(struct vote first, struct vote second)
{
    struct rig rig = rig_open(4, 0);
    rig_vote(&rig, first);
    assert_null(find(&rig, CONS_A_EVIDENCE));
    rig_vote(&rig, second);
    const struct cons_action *action = find(&rig, CONS_A_EVIDENCE);
    const enum cons_evidence_kind kind = action == NULL ? 0 : action->u.evidence.kind;
    if (action != NULL) {
        assert_int_equal(action->u.evidence.a.signer, action->u.evidence.b.signer);
        assert_int_equal(action->u.evidence.a.signature[0], first.signer + 1);
    }
    rig_vote(&rig, second); /* once is enough */
    assert_null(find(&rig, CONS_A_EVIDENCE));
    rig_close(&rig);
    return kind;
}

static void evidence(void **state)
{
    (void)state;
    const struct vote notarize = vote_of(VOTE_NOTARIZE, 2, 3, 7, 0);
    const struct vote finalize = vote_of(VOTE_FINALIZE, 2, 3, 7, 0);
    const struct vote nullify = vote_of(VOTE_NULLIFY, 2, 3, 0, 1);
    assert_int_equal(evidence_of(notarize, vote_of(VOTE_NOTARIZE, 2, 3, 8, 0)), CONS_TWO_NOTARIZE);
    assert_int_equal(evidence_of(finalize, vote_of(VOTE_FINALIZE, 2, 3, 8, 0)), CONS_TWO_FINALIZE);
    assert_int_equal(evidence_of(finalize, nullify), CONS_FINALIZE_NULLIFY);
    assert_int_equal(evidence_of(nullify, finalize), CONS_FINALIZE_NULLIFY);
    assert_int_equal(evidence_of(nullify, vote_of(VOTE_NULLIFY, 2, 3, 0, 0)), CONS_TWO_NULLIFY);
    /* E4 in both orders: a lock that denies an own FINALIZE. */
    assert_int_equal(evidence_of(finalize, vote_of(VOTE_NULLIFY, 9, 3, 0, 1)), CONS_FALSE_LOCK);
    assert_int_equal(evidence_of(vote_of(VOTE_NULLIFY, 9, 3, 0, 1), finalize), CONS_FALSE_LOCK);
}

static void lawful_pairs_are_no_evidence(void **state)
{
    (void)state;
    const struct vote notarize = vote_of(VOTE_NOTARIZE, 2, 3, 7, 0);
    const struct vote finalize = vote_of(VOTE_FINALIZE, 2, 3, 7, 0);
    assert_int_equal(evidence_of(notarize, vote_of(VOTE_NULLIFY, 2, 3, 0, 1)), 0);
    assert_int_equal(evidence_of(notarize, finalize), 0);
    assert_int_equal(evidence_of(finalize, vote_of(VOTE_NULLIFY, 9, 3, 0, 2)), 0);
    assert_int_equal(evidence_of(finalize, vote_of(VOTE_NULLIFY, 1, 3, 0, 0)), 0);
    assert_int_equal(evidence_of(notarize, vote_of(VOTE_NOTARIZE, 3, 3, 8, 0)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quorum_of_notarize_moves_on),
        cmocka_unit_test(votes_count_once),
        cmocka_unit_test(quorum_is_exact),
        cmocka_unit_test(unproven_locks_wait),
        cmocka_unit_test(window),
        cmocka_unit_test(finalize_is_tallied_behind),
        cmocka_unit_test(evidence),
        cmocka_unit_test(lawful_pairs_are_no_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
