/* SPDX-License-Identifier: Apache-2.0 */
/* Building and checking: what one node builds, every node finds valid with the same roots; any
 * wrong claim is INVALID; trouble of our own is UNABLE. */

#include "tests/unit/exec/chain.h"

struct two {
    struct bytes txs[2];
    struct bytes body;
    struct header header;
};

static struct two two_persons(struct chain *chain)
{
    struct two two;
    const struct chain_tx a = chain_person(chain, "mine.c");
    const struct chain_tx b = chain_person(chain, "mine.d");
    two.txs[0] = chain_make(chain, &a);
    two.txs[1] = chain_make(chain, &b);
    two.header = chain_build(chain, &two.body, two.txs, 2);
    return two;
}

static void built_is_valid_and_repeatable(void **state)
{
    struct chain *chain = *state;
    struct two two = two_persons(chain);
    struct bytes again = {0};
    struct bytes receipts[2] = {{0}};
    const struct header header = chain_build(chain, &again, two.txs, 2);
    assert_true(bytes_equal(again, two.body));
    assert_memory_equal(&header.state_root, &two.header.state_root, HASH_SIZE);
    assert_memory_equal(&header.tx_root, &two.header.tx_root, HASH_SIZE);
    assert_memory_equal(&header.receipts_root, &two.header.receipts_root, HASH_SIZE);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(chain_check(chain, &two.header, two.body, NULL, &receipts[i]),
                         VERDICT_VALID);
    }
    assert_true(receipts[0].size > 0);
    assert_true(bytes_equal(receipts[0], receipts[1]));
}

static void roots_are_what_others_compute(void **state)
{
    struct chain *chain = *state;
    struct two two = two_persons(chain);
    struct hash leaves[2];
    struct hash root;
    for (size_t i = 0; i < 2; i++) {
        struct exec_tx tx;
        assert_int_equal(
            exec_decode(&tx, &chain->env.chain_id, two.txs[i], &chain->world->arena, NULL), OK);
        exec_tx_leaf(&leaves[i], &tx);
    }
    merkle_root(&root, leaves, 2);
    assert_true(hash_equal(&root, &two.header.tx_root));
    assert_int_equal(exec_tx_root(&root, &chain->env.chain_id, two.body, 2, NULL), OK);
    assert_true(hash_equal(&root, &two.header.tx_root));
    struct bytes receipts = {0};
    assert_int_equal(chain_check(chain, &two.header, two.body, NULL, &receipts), VERDICT_VALID);
    struct reader reader = reader_of(receipts);
    for (size_t i = 0; i < 2; i++) {
        const uint32_t size = read_u32(&reader);
        const struct bytes receipt = read_bytes(&reader, size);
        ProtobufCMessage *message = NULL;
        assert_int_equal(message_unpack(&message, &seam__receipt__descriptor, receipt, 4096,
                                        &chain->world->arena, NULL),
                         OK);
        assert_int_equal(((const Seam__Receipt *)message)->index, i);
        assert_int_equal(((const Seam__Receipt *)message)->position, i + 1);
        merkle_leaf(&leaves[i], TAG_RECEIPT_LEAF, receipt);
    }
    assert_true(reader_done(&reader));
    merkle_root(&root, leaves, 2);
    assert_true(hash_equal(&root, &two.header.receipts_root));
}

static void every_wrong_claim_is_invalid(void **state)
{
    struct chain *chain = *state;
    struct two two = two_persons(chain);
    struct {
        size_t offset;
        const char *field;
        const char *rule;
    } claims[] = {
        {offsetof(struct header, version), "version", "V1"},
        {offsetof(struct header, suite), "suite", "V1"},
        {offsetof(struct header, chain_id), "chain_id", "V1"},
        {offsetof(struct header, epoch), "valset_hash", "V1"},
        {offsetof(struct header, valset_hash), "valset_hash", "V1"},
        {offsetof(struct header, flags), "next_valset_hash", "V8"},
        {offsetof(struct header, next_valset_hash), "next_valset_hash", "V8"},
        {offsetof(struct header, body_size), "body_size", "V3"},
        {offsetof(struct header, tx_root), "tx_root", "V4"},
        {offsetof(struct header, receipts_root), "receipts_root", "V4"},
        {offsetof(struct header, state_root), "state_root", "V7"},
    };
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        struct header header = two.header;
        ((uint8_t *)&header)[claims[i].offset] ^= 1;
        assert_int_equal(chain_check(chain, &header, two.body, NULL, NULL), VERDICT_INVALID);
        assert_string_equal(chain->world->detail.field, claims[i].field);
        assert_string_equal(chain->world->detail.rule, claims[i].rule);
    }
}

static void wrong_bodies_are_invalid(void **state)
{
    struct chain *chain = *state;
    struct two two = two_persons(chain);
    struct header header = two.header;
    header.tx_count = 1; /* bytes left over */
    assert_int_equal(chain_check(chain, &header, two.body, NULL, NULL), VERDICT_INVALID);
    header.tx_count = 3; /* too few */
    assert_int_equal(chain_check(chain, &header, two.body, NULL, NULL), VERDICT_INVALID);
    header.tx_count = 0;
    assert_int_equal(chain_check(chain, &header, two.body, NULL, NULL), VERDICT_INVALID);
    header.tx_count = LIMIT_BLOCK_TX + 1;
    assert_int_equal(chain_check(chain, &header, two.body, NULL, NULL), VERDICT_INVALID);
    for (size_t size = 0; size < two.body.size; size += 61) {
        header = two.header;
        header.body_size = (uint32_t)size;
        assert_int_equal(chain_check(chain, &header, bytes_of(two.body.data, size), NULL, NULL),
                         VERDICT_INVALID);
    }
    /* The other order is another block: the second transaction has the first's place. */
    struct bytes swapped = {0};
    const struct bytes txs[] = {two.txs[1], two.txs[0]};
    (void)chain_build(chain, &swapped, txs, 2);
    assert_int_equal(chain_check(chain, &two.header, swapped, NULL, NULL), VERDICT_INVALID);
    assert_string_equal(chain->world->detail.field, "tx_root");
}

static void a_bad_transaction_spoils_the_block(void **state)
{
    struct chain *chain = *state;
    struct two two = two_persons(chain);
    uint8_t *body = world_alloc(chain->world, two.body.size);
    memcpy(body, two.body.data, two.body.size);
    body[two.body.size - 1] ^= 1; /* last signature of the second */
    assert_int_equal(chain_check(chain, &two.header, bytes_of(body, two.body.size), NULL, NULL),
                     VERDICT_INVALID);
    assert_int_equal(chain->world->detail.err, ERR_SIGNATURE);
    assert_string_equal(chain->world->detail.field, "transactions[1].signatures");
    /* The same transaction twice in one block. */
    uint8_t *twice = world_alloc(chain->world, 2 * two.body.size);
    struct writer writer = writer_of(twice, 2 * two.body.size);
    for (size_t i = 0; i < 2; i++) {
        write_u32(&writer, (uint32_t)two.txs[0].size);
        write_bytes(&writer, two.txs[0]);
    }
    struct header header = two.header;
    header.body_size = (uint32_t)writer_size(&writer);
    assert_int_equal(chain_check(chain, &header, writer_bytes(&writer), NULL, NULL),
                     VERDICT_INVALID);
    assert_int_equal(chain->world->detail.err, ERR_DUPLICATE);
}

static void empty_blocks_change_nothing(void **state)
{
    struct chain *chain = *state;
    struct header header = chain_header(chain);
    assert_int_equal(chain_check(chain, &header, bytes_text(""), NULL, NULL), VERDICT_VALID);
    header.state_root.bytes[0] ^= 1;
    assert_int_equal(chain_check(chain, &header, bytes_text(""), NULL, NULL), VERDICT_INVALID);
    header = chain_header(chain);
    header.tx_root.bytes[0] ^= 1;
    assert_int_equal(chain_check(chain, &header, bytes_text(""), NULL, NULL), VERDICT_INVALID);
    header = chain_header(chain);
    header.receipts_root.bytes[0] ^= 1;
    assert_int_equal(chain_check(chain, &header, bytes_text(""), NULL, NULL), VERDICT_INVALID);
    header = chain_header(chain);
    header.body_size = 1;
    assert_int_equal(chain_check(chain, &header, bytes_text("x"), NULL, NULL), VERDICT_INVALID);
}

static void a_chain_of_blocks_goes_on(void **state)
{
    struct chain *chain = *state;
    struct hash roots[3];
    for (size_t i = 0; i < 3; i++) {
        char person[16];
        snprintf(person, sizeof person, "mine.p%zu", i);
        const struct chain_tx tx = chain_person(chain, person);
        const struct bytes raw = chain_make(chain, &tx);
        chain_commit(chain, &raw, 1);
        chain_state_root(chain->tip, &roots[i]);
        assert_judged(JUDGE_NEVER, ERR_DUPLICATE, chain_judge(chain, raw));
    }
    assert_false(hash_equal(&roots[0], &roots[1]));
    assert_false(hash_equal(&roots[1], &roots[2]));
    uint64_t position = 0;
    struct hash mine;
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    id_hash(&mine, KEY_ORGANISATION, "mine");
    assert_int_equal(view_position(&position, overlay, &mine), OK);
    assert_int_equal(position, 3);
    overlay_drop(overlay);
}

static void a_full_block_says_so(void **state)
{
    struct chain *chain = *state;
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    const Seam__ChainState *old = NULL;
    assert_int_equal(view_chain(&old, overlay, &chain->world->arena), OK);
    Seam__ChainState small = *old;
    small.block_cost_max = 25; /* two of cost 10 fit, a third does not */
    struct state_key key = state_key_of(KEY_CHAIN);
    assert_int_equal(view_put(overlay, state_key_bytes(&key), &small.base, &chain->world->arena),
                     OK);
    struct exec_builder *builder = NULL;
    assert_int_equal(exec_build_start(&builder, &chain->env, overlay, 1, chain->header.time_ms + 1),
                     OK);
    static const char *const names[] = {"mine.c", "mine.d", "mine.e"};
    for (size_t i = 0; i < 3; i++) {
        const struct chain_tx tx = chain_person(chain, names[i]);
        const enum judgement judgement =
            exec_build_add(builder, chain_make(chain, &tx), &chain->world->detail);
        assert_int_equal(judgement, i < 2 ? JUDGE_OK : JUDGE_NOT_YET);
    }
    assert_int_equal(chain->world->detail.err, ERR_TOO_LARGE);
    exec_build_free(builder);
    overlay_drop(overlay);
}

/* --- the world fails ------------------------------------------------------------------------- */

static enum err root_fails(void *context, struct overlay *overlay, struct hash *out)
{
    (void)context;
    (void)overlay;
    (void)out;
    return ERR_STORAGE;
}

struct trouble {
    struct overlay *below;
    unsigned reads_left;
};

static enum err reads_end(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    struct trouble *trouble = context;
    if (trouble->reads_left == 0) {
        return ERR_STORAGE;
    }
    trouble->reads_left--;
    return overlay_read(trouble->below, key, arena, out);
}

static void trouble_is_unable_at_every_read(void **state)
{
    struct chain *chain = *state;
    struct two two = two_persons(chain);
    struct hash parent_root;
    struct bytes receipts = {0};
    chain_state_root(chain->tip, &parent_root);
    bool done = false;
    unsigned reads = 0;
    for (; !done && reads < 1000; reads++) {
        struct trouble trouble = {.below = chain_state_overlay(chain->tip), .reads_left = reads};
        const struct state_base base = {.context = &trouble, .get = reads_end};
        struct overlay *overlay = overlay_new(NULL, &base);
        const struct exec_roots roots = {.state_root_of = root_fails};
        const enum verdict verdict =
            exec_block(&chain->env, overlay, &two.header, two.body, &parent_root, &roots,
                       &chain->world->arena, &receipts, &chain->world->detail);
        assert_int_equal(verdict, VERDICT_UNABLE); /* never INVALID, and the root fails last */
        done = trouble.reads_left > 0;
        overlay_drop(overlay);
    }
    assert_true(done);
    assert_true(reads > 10);
}

static void newer_rules_stop_the_program(void **state)
{
    struct chain *chain = *state;
    struct two two = two_persons(chain);
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    const Seam__ChainState *old = NULL;
    assert_int_equal(view_chain(&old, overlay, &chain->world->arena), OK);
    Seam__ChainState next = *old;
    next.next_rules_version = 2;
    next.next_height = two.header.height;
    next.next_time_ms = two.header.time_ms;
    struct state_key key = state_key_of(KEY_CHAIN);
    assert_int_equal(view_put(overlay, state_key_bytes(&key), &next.base, &chain->world->arena),
                     OK);
    struct hash parent_root;
    struct bytes receipts = {0};
    chain_state_root(chain->tip, &parent_root);
    const struct exec_roots roots = {.state_root_of = root_fails};
    assert_int_equal(exec_block(&chain->env, overlay, &two.header, two.body, &parent_root, &roots,
                                &chain->world->arena, &receipts, &chain->world->detail),
                     VERDICT_UNABLE);
    assert_int_equal(chain->world->detail.err, ERR_VERSION);
    overlay_drop(overlay);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)
    const struct CMUnitTest tests[] = {
        T(built_is_valid_and_repeatable),      T(roots_are_what_others_compute),
        T(every_wrong_claim_is_invalid),       T(wrong_bodies_are_invalid),
        T(a_bad_transaction_spoils_the_block), T(empty_blocks_change_nothing),
        T(a_chain_of_blocks_goes_on),          T(a_full_block_says_so),
        T(trouble_is_unable_at_every_read),    T(newer_rules_stop_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
