/* SPDX-License-Identifier: Apache-2.0 */
/* Samples on the ledger: commitment before, seed block of an outsider, final by a quorum, drawn
 * once, and one commitment a population. */
#include "tests/unit/assurance/network.h"

static void drawn_once_and_for_all(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    assert_int_equal(world_engagement(world)->samples_undrawn, 1);
    const Seam__AuditSampleDraw *in = drawing(world, network, height);
    assert_ok(draw(world, network, in));
    const Seam__AuditSampleRecord *record = NULL;
    assert_int_equal(view_audit_sample(&record, world->state, ENG, 1, &world->arena), OK);
    assert_true(record->drawn);
    assert_int_equal(record->seed_height, height + 2);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_DUPLICATE, "number");
    assert_int_equal(world_engagement(world)->samples_undrawn, 0);
}

/* Another salt gives another hash, not another population: until the draw pleases is refused. A
 * reason lets it pass, beside the first, and the opinion must say so. */
static void another_salt_is_not_another_population(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    assert_ok(draw(world, network, drawing(world, network, height)));
    Seam__AuditSampleCommit *again = commitment(world, network);
    again->number = 2;
    assert_refused(commit(world, again), JUDGE_NEVER, ERR_DUPLICATE, "repeats");
    again->population_hash = world_hash(world, "the same with another salt");
    assert_refused(commit(world, again), JUDGE_NEVER, ERR_DUPLICATE, "repeats");
    assert_string_equal(world->detail.limit, "1");
    again->repeats = 1;
    assert_refused(commit(world, again), JUDGE_NEVER, ERR_MISSING, "reason");
    again->reason = (char *)(uintptr_t) "lots of the second shaft were left out";
    assert_ok(commit(world, again));
    assert_int_equal(world_engagement(world)->n_samples_repeated, 1);
    assert_int_equal(world_engagement(world)->samples_repeated[0], 2);
    const Seam__AuditSampleRecord *record = NULL;
    assert_int_equal(view_audit_sample(&record, world->state, ENG, 1, &world->arena), OK);
    assert_int_equal(record->repeated_by, 2);
    assert_true(record->drawn);
    /* a third cites the second, not the first */
    again->number = 3;
    assert_refused(commit(world, again), JUDGE_NEVER, ERR_DUPLICATE, "repeats");
}

/* A lost opening does not end the engagement, and does not vanish: the sample is given up for
 * another one, and can never be drawn afterwards. */
static void a_given_up_sample_stays_visible(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    Seam__AuditSampleCommit *again = commitment(world, network);
    again->number = 2;
    again->repeats = 1;
    again->reason = (char *)(uintptr_t) "the opening is lost";
    assert_ok(commit(world, again));
    assert_int_equal(world_engagement(world)->samples_undrawn, 1);
    assert_refused(draw(world, network, drawing(world, network, height)), JUDGE_NEVER, ERR_CLOSED,
                   "number");
    assert_ok(world_advance(world, "SITE"));
    assert_refused(world_advance(world, "REPORT_DRAFT"), JUDGE_NEVER, ERR_STATE_MACHINE, "step");
}

/* A commitment that is never opened holds the report. */
static void undrawn_samples_hold_the_report(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    assert_ok(world_advance(world, "SITE"));
    assert_refused(world_advance(world, "REPORT_DRAFT"), JUDGE_NEVER, ERR_STATE_MACHINE, "step");
    assert_ok(draw(world, network, drawing(world, network, height)));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
}

static void size_and_number(void **state)
{
    struct world *world = *state;
    struct network *network = network_make(world);
    population_make(world, network);
    world_to_documents(world);
    Seam__AuditSampleCommit *in = commitment(world, network);
    in->size = 59;
    assert_refused(commit(world, in), JUDGE_NEVER, ERR_RANGE, "size");
    assert_string_equal(world->detail.limit, "60..100");
    in->size = 101;
    assert_refused(commit(world, in), JUDGE_NEVER, ERR_RANGE, "size");
    in->size = 60;
    in->number = 2;
    assert_refused(commit(world, in), JUDGE_NOT_YET, ERR_GAP, "number");
    in->number = 1;
    assert_refused(
        world_apply(world, AUDIT_SAMPLE_COMMIT_TYPE, "verifier", "reviewer", &in->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "signatures");
    assert_ok(commit(world, in));
}

/* Nobody may choose among blocks: not an earlier one, not one of a party, not a later one. */
static void seed_block_is_not_chosen(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    struct header header = block(network, height + 1, network->of_verifier);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    in->n_headers = 1; /* the verifier's own block */
    in->anchor_finalization = certificate(world, network, &header, VOTE_FINALIZE, 3);
    in->list_hash = list_of(world, network, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    header = block(network, height + 1, network->of_mine); /* the client's, of the same group */
    in->headers[0] = header_bytes(world, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    in = drawing(world, network, height); /* the first is left out */
    in->headers++;
    in->n_headers = 1;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    in = drawing(world, network, height); /* an outsider's block is passed over */
    struct header second;
    assert_int_equal(header_decode(&second, bytes_of(in->headers[1].data, HEADER_SIZE)), OK);
    header = block(network, height + 3, network->of_regulator);
    header_id(&header.parent_id, &second);
    in->headers[2] = header_bytes(world, &header);
    in->n_headers = 3;
    in->anchor_finalization = certificate(world, network, &header, VOTE_FINALIZE, 3);
    in->list_hash = list_of(world, network, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    in = drawing(world, network, height); /* blocks that do not stand on each other */
    header = block(network, height + 2, network->of_regulator);
    in->headers[1] = header_bytes(world, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
}

/* A block that no quorum made final, or votes of another kind, draw nothing. */
static void seed_block_is_final(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    struct header second;
    assert_int_equal(header_decode(&second, bytes_of(in->headers[1].data, HEADER_SIZE)), OK);
    in->anchor_finalization = certificate(world, network, &second, VOTE_FINALIZE, 2);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_finalization");
    in->anchor_finalization = certificate(world, network, &second, VOTE_NOTARIZE, 3);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_finalization");
    in->anchor_finalization = certificate(world, network, &second, VOTE_FINALIZE, 3);
    in->anchor_finalization.data[60] ^= 1;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_finalization");
}

/* A later final block whose history names the seed block serves as well. */
static void seed_block_is_final_by_a_later_one(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    struct header anchor = block(network, height + 4, network->of_mine);
    struct hash leaves[64];
    struct merkle_path path;
    const size_t count = (size_t)(height + 4);
    assert_true(count <= 64);
    struct header second;
    assert_int_equal(header_decode(&second, bytes_of(in->headers[1].data, HEADER_SIZE)), OK);
    for (size_t i = 0; i < count; i++) {
        struct hash id = {{(uint8_t)i}};
        if (i == height + 2) {
            header_id(&id, &second);
        }
        merkle_block_leaf(&leaves[i], &id);
    }
    merkle_root(&anchor.history_root, leaves, count);
    merkle_path_of(&path, (size_t)(height + 2), leaves, count);
    in->anchor_header = header_bytes(world, &anchor);
    in->anchor_finalization = certificate(world, network, &anchor, VOTE_FINALIZE, 3);
    in->anchor_path = world_alloc(world, path.count * sizeof *in->anchor_path);
    in->n_anchor_path = path.count;
    for (size_t i = 0; i < path.count; i++) {
        struct hash *sibling = world_alloc(world, sizeof *sibling);
        *sibling = path.siblings[i];
        in->anchor_path[i] = record_data(sibling);
    }
    in->n_anchor_path--;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_path");
    in->n_anchor_path++;
    assert_ok(draw(world, network, in));
}

/* Another opening, another population, another list. */
static void what_was_committed_to_is_drawn(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    in->opening = world_hash(world, "another opening");
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "opening");
    in = drawing(world, network, height);
    in->list_hash = world_hash(world, "a list that I like");
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "list_hash");
    in = drawing(world, network, height);
    network->detached.items[3]->weight++;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "detached");
    network->detached.items[3]->weight--;
    network->detached.n_items--;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "detached");
    network->detached.n_items++;
    assert_ok(draw(world, network, in));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(drawn_once_and_for_all),
        T(another_salt_is_not_another_population),
        T(a_given_up_sample_stays_visible),
        T(undrawn_samples_hold_the_report),
        T(size_and_number),
        T(seed_block_is_not_chosen),
        T(seed_block_is_final),
        T(seed_block_is_final_by_a_later_one),
        T(what_was_committed_to_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
