/* SPDX-License-Identifier: Apache-2.0 */
/* The predicate over unverified messages: what is worth a verification, and nothing crashes it. */
#include "rig.h"

static unsigned wants_vote(const struct rig *rig, struct vote vote)
{
    const struct cons_msg msg = {
        .kind = CONS_M_NOTARIZE, .epoch = vote.epoch, .view = vote.view, .vote = &vote};
    return cons_wants(rig->cons, &msg);
}

static unsigned wants_just(const struct rig *rig, uint64_t view, struct just just)
{
    const struct cons_msg msg = {.kind = CONS_M_CERT, .epoch = 1, .view = view, .just = &just};
    return cons_wants(rig->cons, &msg);
}

static void votes(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    const struct vote vote = vote_of(VOTE_NOTARIZE, 1, 2, 7, 0);
    assert_int_equal(wants_vote(&rig, vote), CONS_WANT_VOTE);
    rig_vote(&rig, vote);
    assert_int_equal(wants_vote(&rig, vote), 0);
    struct vote other = vote_of(VOTE_NOTARIZE, 1, 2, 8, 0);
    assert_int_equal(wants_vote(&rig, other), CONS_WANT_VOTE); /* evidence */
    rig_vote(&rig, other);
    assert_int_equal(wants_vote(&rig, vote_of(VOTE_NOTARIZE, 1, 2, 9, 0)), 0); /* once */
    other = vote;
    other.signer = 4;
    assert_int_equal(wants_vote(&rig, other), 0);
    other.signer = 255;
    assert_int_equal(wants_vote(&rig, other), 0);
    other = vote_of(VOTE_NOTARIZE, 1 + CONS_TALLY_WINDOW, 3, 7, 0);
    assert_int_equal(wants_vote(&rig, other), CONS_WANT_VOTE);
    other.view++;
    assert_int_equal(wants_vote(&rig, other), 0);
    other.view = 0;
    assert_int_equal(wants_vote(&rig, other), 0);
    other.view = UINT64_MAX;
    assert_int_equal(wants_vote(&rig, other), 0);
    other = vote_of(VOTE_NOTARIZE, 1, 3, 7, 0);
    other.epoch = 2;
    assert_int_equal(wants_vote(&rig, other), 0);
    other = vote_of(VOTE_NOTARIZE, 1, 3, 7, 0);
    other.kind = (enum vote_kind)4;
    assert_int_equal(wants_vote(&rig, other), 0);
    other.kind = (enum vote_kind)0;
    assert_int_equal(wants_vote(&rig, other), 0);
    rig_close(&rig);
}

static void justifications(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    rig_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0)));
    assert_int_equal(wants_just(&rig, 6, just_next(cert_of(VOTE_NOTARIZE, 5, 7, 0xe, 0))), 0);
    assert_int_equal(wants_just(&rig, 5, just_next(cert_of(VOTE_NOTARIZE, 4, 7, 0xe, 0))), 0);
    assert_int_equal(wants_just(&rig, 7, just_next(cert_of(VOTE_NOTARIZE, 6, 7, 0xe, 0))),
                     CONS_WANT_JUST);
    /* The proposal of this view needs its justification, once. */
    const struct cons_block block = block_of(8, 6, 2, 7, 5, 2);
    struct vote vote = vote_of(VOTE_NOTARIZE, 6, 2, 8, 0);
    struct just just = just_next(cert_of(VOTE_NOTARIZE, 5, 7, FIRST_THREE, 0));
    const struct cons_msg propose = {.kind = CONS_M_PROPOSE,
                                     .epoch = 1,
                                     .view = 6,
                                     .vote = &vote,
                                     .block = &block,
                                     .just = &just};
    assert_int_equal(cons_wants(rig.cons, &propose), CONS_WANT_VOTE | CONS_WANT_JUST);
    rig_propose(&rig, 6, block, just);
    assert_int_equal(cons_wants(rig.cons, &propose), 0);
    rig_close(&rig);
}

static void finals(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    struct cert cert = cert_of(VOTE_FINALIZE, 5, 7, FIRST_THREE, 0);
    const struct cons_msg msg = {.kind = CONS_M_FINAL, .epoch = 1, .view = 5, .final = &cert};
    assert_int_equal(cons_wants(rig.cons, &msg), CONS_WANT_FINAL);
    cert.kind = VOTE_NOTARIZE;
    assert_int_equal(cons_wants(rig.cons, &msg), 0);
    cert.kind = VOTE_FINALIZE;
    rig_final(&rig, cert);
    assert_int_equal(cons_wants(rig.cons, &msg), 0);
    rig_close(&rig);
}

/* Every kind with every part missing. */
static void parts_missing(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    for (int kind = 0; kind < 12; kind++) {
        const struct cons_msg msg = {
            .kind = (enum cons_msg_kind)kind, .epoch = 1, .view = UINT64_MAX};
        assert_int_equal(cons_wants(rig.cons, &msg), 0);
        if (kind >= CONS_M_PROPOSE && kind <= CONS_M_STATUS) {
            rig_hints(&rig, 1, cons_hints(rig.cons));
            rig_message(
                &rig, 1,
                &(struct cons_msg){.kind = (enum cons_msg_kind)kind, .epoch = 1, .view = 3});
        }
    }
    assert_int_equal(cons_status(rig.cons).view, 1);
    rig_close(&rig);
}

/* What the predicate says yes to, the step digests: random shapes, no certificate verified false.
 */
static void random_messages(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint64_t r = seed >> 16;
        struct vote vote = vote_of((enum vote_kind)(r % 5), (r >> 3) % 90, (uint16_t)(r >> 10) % 6,
                                   (uint8_t)(r >> 13) % 4, (r >> 15) % 90);
        struct just just = {.kind = (enum just_kind)((r >> 20) % 5), .has_cert = (r >> 23) & 1};
        just.cert = cert_of((enum vote_kind)((r >> 24) % 4), vote.view - ((r >> 26) % 3), 1,
                            FIRST_THREE, 0);
        just.nullified = cert_of((enum vote_kind)((r >> 28) % 4), vote.view - ((r >> 30) % 3), 0,
                                 FIRST_THREE, (r >> 32) % 8);
        struct cons_block block = block_of((uint8_t)(r >> 13) % 4, vote.view, r % 9, 1, r % 5, 1);
        struct cons_msg msg = {.kind = (enum cons_msg_kind)(1 + (r >> 35) % 8),
                               .epoch = 1 + ((r >> 38) % 8 == 0),
                               .view = vote.view,
                               .vote = &vote,
                               .block = &block,
                               .just = &just};
        const unsigned wanted = cons_wants(rig.cons, &msg);
        msg.vote = (wanted & CONS_WANT_VOTE) != 0 ? &vote : NULL;
        msg.just = (wanted & CONS_WANT_JUST) != 0 ? &just : NULL;
        rig_message(&rig, (uint16_t)(r >> 40) % 5, &msg);
        rig.now += r % 50;
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(votes),           cmocka_unit_test(justifications),
        cmocka_unit_test(finals),          cmocka_unit_test(parts_missing),
        cmocka_unit_test(random_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
