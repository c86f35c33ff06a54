/* SPDX-License-Identifier: Apache-2.0 */
/* 11 REPORT_DOUBLE_VOTE: E1 to E5 of the consensus notes, and what is no contradiction. */

#include "ledger/chain/encode.h"
#include "tests/unit/governance/world.h"

/* The validator of an organisation by its place in the sorted set. */
static uint8_t signer_of(struct world *world, const char *organisation)
{
    const Seam__ValidatorSetRecord *set = NULL;
    assert_int_equal(view_validators(&set, world->state, &world->arena), OK);
    for (size_t i = 0; i < set->n_validators; i++) {
        if (strcmp(set->validators[i]->organisation, organisation) == 0) {
            return (uint8_t)i;
        }
    }
    fail();
    return 0;
}

static struct vote vote(struct world *world, enum vote_kind kind, uint64_t view, uint8_t block,
                        uint64_t lock)
{
    struct vote out = {.kind = kind,
                       .epoch = 1,
                       .view = view,
                       .lock_view = lock,
                       .signer = signer_of(world, "verifier")};
    if (kind != VOTE_NULLIFY) {
        memset(out.block_id.bytes, block, HASH_SIZE);
    }
    const struct sign_key key = world_key("validator verifier");
    uint8_t message[VOTE_SIGNED_SIZE];
    vote_signed_bytes(message, &world->chain_id, SUITE_ED25519_SHA256, &out);
    sign_message(out.signature, &key, bytes_of(message, sizeof message));
    return out;
}

static Seam__ReportDoubleVote *report(struct world *world, const struct vote *a,
                                      const struct vote *b)
{
    uint8_t first[VOTE_SIZE];
    uint8_t second[VOTE_SIZE];
    vote_encode(first, a);
    vote_encode(second, b);
    const bool swap = memcmp(first, second, VOTE_SIZE) > 0;
    Seam__ReportDoubleVote *in = world_alloc(world, sizeof *in);
    seam__report_double_vote__init(in);
    in->vote_a = world_bytes(world, swap ? second : first, VOTE_SIZE);
    in->vote_b = world_bytes(world, swap ? first : second, VOTE_SIZE);
    return in;
}

#define REPORT(in_) world_apply(world, "mine", report_double_vote, &(in_)->base)

static void contradictions_are_recorded(void **state)
{
    struct world *world = *state;
    const struct {
        struct vote a;
        struct vote b;
    } pairs[] = {
        {vote(world, VOTE_NOTARIZE, 5, 1, 0), vote(world, VOTE_NOTARIZE, 5, 2, 0)}, /* E1 */
        {vote(world, VOTE_FINALIZE, 6, 1, 0), vote(world, VOTE_NULLIFY, 6, 0, 2)}, /* E2 */
        {vote(world, VOTE_FINALIZE, 7, 1, 0), vote(world, VOTE_FINALIZE, 7, 2, 0)}, /* E3 */
        {vote(world, VOTE_FINALIZE, 8, 1, 0), vote(world, VOTE_NULLIFY, 10, 0, 7)}, /* E4 */
        {vote(world, VOTE_NULLIFY, 12, 0, 7), vote(world, VOTE_NULLIFY, 12, 0, 8)}, /* E5 */
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        Seam__ReportDoubleVote *in = report(world, &pairs[i].a, &pairs[i].b);
        assert_ok(REPORT(in));
        assert_refused(REPORT(in), JUDGE_NEVER, ERR_CONFLICT, "vote_a"); /* once */
    }
    const Seam__Counters *counters = NULL;
    assert_int_equal(view_counters(&counters, world->state, &world->arena), OK);
    assert_int_equal(counters->double_votes, 5);
}

static void honest_votes_are_not(void **state)
{
    struct world *world = *state;
    const struct {
        struct vote a;
        struct vote b;
    } pairs[] = {
        {vote(world, VOTE_NOTARIZE, 5, 1, 0), vote(world, VOTE_NOTARIZE, 6, 2, 0)},
        {vote(world, VOTE_NOTARIZE, 5, 1, 0), vote(world, VOTE_NULLIFY, 5, 0, 3)},
        {vote(world, VOTE_NOTARIZE, 5, 1, 0), vote(world, VOTE_FINALIZE, 5, 1, 0)},
        {vote(world, VOTE_FINALIZE, 8, 1, 0), vote(world, VOTE_NULLIFY, 10, 0, 8)},
        {vote(world, VOTE_FINALIZE, 8, 1, 0), vote(world, VOTE_NULLIFY, 7, 0, 3)},
        {vote(world, VOTE_FINALIZE, 8, 1, 0), vote(world, VOTE_FINALIZE, 9, 2, 0)},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_refused(REPORT(report(world, &pairs[i].a, &pairs[i].b)), JUDGE_NEVER, ERR_PARAM,
                       "vote_b");
    }
}

static void refuses(void **state)
{
    struct world *world = *state;
    const struct vote a = vote(world, VOTE_NOTARIZE, 5, 1, 0);
    struct vote b = vote(world, VOTE_NOTARIZE, 5, 2, 0);
    Seam__ReportDoubleVote *in = report(world, &a, &b);
    ProtobufCBinaryData first = in->vote_a;
    in->vote_a = in->vote_b;
    in->vote_b = first;
    assert_refused(REPORT(in), JUDGE_NEVER, ERR_NOT_CANONICAL, "vote_b");
    in = report(world, &a, &a);
    assert_refused(REPORT(in), JUDGE_NEVER, ERR_NOT_CANONICAL, "vote_b");
    in = report(world, &a, &b);
    in->vote_a.len--;
    assert_refused(REPORT(in), JUDGE_NEVER, ERR_LENGTH, "vote_a");
    in = report(world, &a, &b);
    in->vote_b.data[in->vote_b.len - 1] ^= 1;
    assert_refused(REPORT(in), JUDGE_NEVER, ERR_SIGNATURE, "vote_b");
    struct vote others = a;
    others.signer = 60;
    b.signer = 60;
    assert_refused(REPORT(report(world, &others, &b)), JUDGE_NEVER, ERR_RANGE, "vote_a");
    others.signer = (uint8_t)(a.signer ^ 1); /* another validator's signature */
    b.signer = others.signer;
    assert_refused(REPORT(report(world, &others, &b)), JUDGE_NEVER, ERR_SIGNATURE, "vote_a");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(contradictions_are_recorded),
        T(honest_votes_are_not),
        T(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
