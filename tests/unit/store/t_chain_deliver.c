/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery: what does not follow, readers beside it, the recent set. */
#include "tests/unit/store/place.h"

#include "ledger/store/chain_base.h"
#include "ledger/store/proof_build.h"
#include "ledger/store/storage_plan.h"

/* --- what does not follow -----------------------------------------------------------------------
 */

static void test_conflicts(void **state)
{
    struct place *place = *state;
    static struct world_block genesis;
    static struct world_block one;
    static struct world_block other;
    static struct world_block two;
    struct chain_state *next;
    world_genesis(place->db, &genesis);
    assert_int_equal(chain_state_next(&next, genesis.state), OK);
    world_put(next, "a", "1");
    world_finish(&one, genesis.state, next, 2000);
    assert_int_equal(chain_state_next(&next, genesis.state), OK);
    world_put(next, "a", "2");
    world_finish(&other, genesis.state, next, 2000);
    assert_int_equal(chain_state_next(&next, one.state), OK);
    world_put(next, "b", "1");
    world_finish(&two, one.state, next, 3000);
    /* A gap. */
    assert_int_equal(deliver_one(place->db, &two), ERR_CONFLICT);
    /* A state that is not the block's. */
    struct chain_block wrong = world_delivery(&one);
    wrong.state = other.state;
    assert_int_equal(chain_db_deliver(place->db, &wrong, 1), ERR_CONFLICT);
    /* Fewer transactions than the header says, another body. */
    wrong = world_delivery(&one);
    wrong.tx_count = 0;
    assert_int_equal(chain_db_deliver(place->db, &wrong, 1), ERR_CONFLICT);
    wrong = world_delivery(&one);
    wrong.body.size--;
    assert_int_equal(chain_db_deliver(place->db, &wrong, 1), ERR_CONFLICT);
    /* A header cut short. */
    wrong = world_delivery(&one);
    wrong.header.size--;
    assert_int_equal(chain_db_deliver(place->db, &wrong, 1), ERR_LENGTH);
    /* A good block before a bad one: all or nothing. */
    struct chain_block pair[2] = {world_delivery(&one), world_delivery(&other)};
    assert_int_equal(chain_db_deliver(place->db, pair, 2), ERR_CONFLICT);
    struct chain_head head;
    chain_db_head(place->db, &head);
    assert_int_equal(head.height, 0);
    assert_false(chain_db_failed(place->db));
    assert_int_equal(deliver_one(place->db, &one), OK);
    /* Another block of a height that is final. */
    assert_int_equal(deliver_one(place->db, &other), ERR_CONFLICT);
    assert_int_equal(deliver_one(place->db, &one), OK);
    assert_int_equal(deliver_one(place->db, &two), OK);
    assert_int_equal(chain_db_deliver(place->db, NULL, 0), OK);
    struct world_block *all[] = {&genesis, &one, &other, &two};
    for (size_t i = 0; i < 4; i++) {
        chain_state_drop(all[i]->state);
    }
}

/* An index can be lost: what is delivered twice is known by the blocks. */
static void test_delivery_needs_no_index(void **state)
{
    struct place *place = *state;
    static struct world_block genesis;
    static struct world_block one;
    static struct world_block other;
    struct chain_state *next;
    struct kv *kv = chain_db_kv(place->db);
    world_genesis(place->db, &genesis);
    assert_int_equal(chain_state_next(&next, genesis.state), OK);
    world_put(next, "a", "1");
    world_finish(&one, genesis.state, next, 2000);
    assert_int_equal(chain_state_next(&next, genesis.state), OK);
    world_put(next, "a", "2");
    world_finish(&other, genesis.state, next, 2000);
    assert_int_equal(deliver_one(place->db, &one), OK);
    struct kv_batch *batch = kv_batch_new(kv);
    assert_non_null(batch);
    kv_batch_delete(batch, CHAIN_INDEX_BLOCK, hash_bytes(&one.id));
    assert_int_equal(kv_write(kv, batch, true), OK);
    kv_batch_free(batch);
    assert_int_equal(deliver_one(place->db, &one), OK);
    assert_int_equal(deliver_one(place->db, &other), ERR_CONFLICT);
    chain_state_drop(genesis.state);
    chain_state_drop(one.state);
    chain_state_drop(other.state);
}

/* A branch that lost reads on undisturbed, and a view shows one moment for ever. */
static void test_readers_are_not_disturbed(void **state)
{
    struct place *place = *state;
    static struct world_block genesis;
    static struct world_block one;
    struct chain_state *next;
    struct chain_state *lost;
    world_genesis(place->db, &genesis);
    struct chain_view *before;
    assert_int_equal(chain_view_open(&before, place->db), OK);
    assert_int_equal(chain_state_next(&lost, genesis.state), OK);
    world_put(lost, "a", "lost");
    assert_int_equal(chain_state_next(&next, genesis.state), OK);
    world_put(next, "a", "1");
    world_put(next, "\x02org", "second");
    world_finish(&one, genesis.state, next, 2000);
    chain_state_drop(genesis.state);
    assert_int_equal(deliver_one(place->db, &one), OK);
    struct bytes value;
    assert_int_equal(overlay_get(chain_state_overlay(lost), bytes_text("\x02org"), &value), OK);
    assert_true(bytes_equal(value, bytes_text("first")));
    struct hash root;
    assert_int_equal(chain_state_root_of(lost, chain_state_overlay(lost), &root), OK);
    assert_string_equal(world_get(before, 0, "\x02org"), "first");
    assert_null(world_get(before, 1, "\x02org"));
    assert_int_equal(chain_view_head(before)->height, 0);
    chain_view_drop(before);
    chain_state_drop(lost);
    /* Above the tip that was delivered, without reopening. */
    struct chain_state *tip = chain_db_state(place->db);
    assert_int_equal(chain_state_height(tip), 1);
    assert_int_equal(overlay_get(chain_state_overlay(tip), bytes_text("\x02org"), &value), OK);
    assert_true(bytes_equal(value, bytes_text("second")));
    chain_state_drop(tip);
    chain_state_drop(one.state);
}

/* Blocks that write nothing share the state of their parent (D11). */
static void test_empty_blocks(void **state)
{
    struct place *place = *state;
    static struct world_block chain[20];
    world_genesis(place->db, &chain[0]);
    for (int i = 1; i < 20; i++) {
        struct chain_state *next;
        assert_int_equal(chain_state_next(&next, chain[i - 1].state), OK);
        world_finish(&chain[i], chain[i - 1].state, next, 1000);
        assert_false(chain_state_own(next));
        assert_ptr_equal(chain_state_overlay(next), chain_state_overlay(chain[0].state));
        assert_true(hash_equal(&chain[i].header.state_root, &chain[0].header.state_root));
        if (i % 2) {
            assert_int_equal(deliver_one(place->db, &chain[i]), OK);
        } else {
            struct chain_state *later;
            static struct world_block above;
            assert_int_equal(deliver_one(place->db, &chain[i]), OK);
            assert_int_equal(chain_state_next(&later, next), OK);
            world_put(later, "x", "y");
            world_finish(&above, next, later, 1000);
            chain_state_drop(later);
        }
    }
    for (int i = 0; i < 20; i++) {
        chain_state_drop(chain[i].state);
    }
    reopen(place);
    struct chain_view *view;
    assert_int_equal(chain_view_open(&view, place->db), OK);
    assert_string_equal(world_get(view, 13, "\x02org"), "first");
    struct arena arena;
    struct state_proof proof;
    struct bytes value;
    arena_init(&arena, 1 << 20);
    assert_int_equal(proof_build_state(view, 19, bytes_text("\x02org"), &arena, &proof, &value),
                     OK);
    assert_true(
        state_proof_present(&chain[19].header.state_root, bytes_text("\x02org"), value, &proof));
    arena_free(&arena);
    chain_view_drop(view);
}

/* --- the recent set -----------------------------------------------------------------------------
 */

static bool is_recent(struct overlay *overlay, uint64_t until_ms, uint8_t id)
{
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    const struct hash hash = {{id}};
    struct bytes out;
    overlay_recent_key(key, until_ms, &hash);
    const enum err err = overlay_get(overlay, bytes_of(key, sizeof key), &out);
    assert_true(err == OK || err == ERR_ABSENT);
    return err == OK;
}

static void test_recent_set(void **state)
{
    struct place *place = *state;
    static struct world_block chain[5];
    struct chain_state *next;
    struct chain_head head;
    world_genesis(place->db, &chain[0]);
    assert_int_equal(chain_state_next(&next, chain[0].state), OK);
    for (uint8_t i = 0; i < 10; i++) {
        world_recent(next, 2000 + 100u * i, i);
    }
    world_finish(&chain[1], chain[0].state, next, 1500);
    assert_true(chain_state_own(next));
    assert_true(hash_equal(&chain[1].header.state_root, &chain[0].header.state_root));
    assert_int_equal(deliver_one(place->db, &chain[1]), OK);
    chain_db_head(place->db, &head);
    assert_int_equal(head.recent_count, 10);
    chain_state_drop(chain[0].state);
    chain_state_drop(chain[1].state);
    reopen(place);
    chain_db_head(place->db, &head);
    assert_int_equal(head.recent_count, 10);
    struct chain_state *tip = chain_db_state(place->db);
    for (uint8_t i = 0; i < 10; i++) {
        assert_true(is_recent(chain_state_overlay(tip), 2000 + 100u * i, i));
        assert_false(is_recent(chain_state_overlay(tip), 2001 + 100u * i, i));
    }
    /* A later block: entries before its time are dropped, the one at its time stays. */
    assert_int_equal(chain_state_next(&next, tip), OK);
    world_recent(next, 9000, 77);
    world_finish(&chain[2], tip, next, 2300);
    assert_true(is_recent(chain_state_overlay(next), 9000, 77));
    assert_int_equal(deliver_one(place->db, &chain[2]), OK);
    chain_db_head(place->db, &head);
    assert_int_equal(head.recent_count, 8);
    for (uint8_t i = 0; i < 10; i++) {
        /* The older state still sees what it stood on. */
        assert_true(is_recent(chain_state_overlay(tip), 2000 + 100u * i, i));
        assert_int_equal(is_recent(chain_state_overlay(next), 2000 + 100u * i, i), i >= 3);
    }
    chain_state_drop(tip);
    struct chain_view *view;
    struct arena arena;
    struct bytes value;
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    const struct hash hash = {{77}};
    arena_init(&arena, 4096);
    overlay_recent_key(key, 9000, &hash);
    assert_int_equal(chain_view_open(&view, place->db), OK);
    assert_int_equal(chain_view_get(view, 2, bytes_of(key, sizeof key), &arena, &value, NULL), OK);
    assert_int_equal(chain_view_get(view, 1, bytes_of(key, sizeof key), &arena, &value, NULL),
                     ERR_ABSENT);
    arena_free(&arena);
    chain_view_drop(view);
    chain_state_drop(chain[2].state);
}

/* Several blocks at once: what is over before it was ever in the database goes with the next
 * delivery, and the count stays true. */
static void test_recent_set_in_groups(void **state)
{
    struct place *place = *state;
    static struct world_block chain[5];
    struct chain_head head;
    world_genesis(place->db, &chain[0]);
    for (uint64_t i = 1; i < 5; i++) {
        struct chain_state *next;
        assert_int_equal(chain_state_next(&next, chain[i - 1].state), OK);
        world_recent(next, 1000 * i + 700, (uint8_t)i);
        world_recent(next, 9000, 50); /* the same again and again: one entry */
        world_finish(&chain[i], chain[i - 1].state, next, 1000 * i);
    }
    const struct chain_block three[3] = {world_delivery(&chain[1]), world_delivery(&chain[2]),
                                         world_delivery(&chain[3])};
    assert_int_equal(chain_db_deliver(place->db, three, 3), OK);
    chain_db_head(place->db, &head);
    assert_int_equal(head.recent_count, 4);
    assert_int_equal(deliver_one(place->db, &chain[4]), OK);
    chain_db_head(place->db, &head);
    assert_int_equal(head.recent_count, 2);
    struct kv_iter *iter = kv_iter_open(chain_db_kv(place->db), NULL, CHAIN_RECENT, bytes_of("", 0),
                                        bytes_of("", 0), false);
    struct bytes key;
    struct bytes value;
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    assert_int_equal(kv_iter_next(iter, &key, &value), ERR_ABSENT);
    kv_iter_close(iter);
    for (int i = 0; i < 5; i++) {
        chain_state_drop(chain[i].state);
    }
}

/* An entry taken out by a block and over at its time is counted once. */
static void test_recent_set_deletion(void **state)
{
    struct place *place = *state;
    static struct world_block chain[3];
    struct chain_head head;
    struct chain_state *next;
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    const struct hash id = {{1}};
    world_genesis(place->db, &chain[0]);
    assert_int_equal(chain_state_next(&next, chain[0].state), OK);
    world_recent(next, 1500, 1);
    world_recent(next, 1800, 2);
    world_finish(&chain[1], chain[0].state, next, 1000);
    assert_int_equal(deliver_one(place->db, &chain[1]), OK);
    assert_int_equal(chain_state_next(&next, chain[1].state), OK);
    overlay_recent_key(key, 1500, &id);
    assert_int_equal(overlay_delete(chain_state_overlay(next), bytes_of(key, sizeof key)), OK);
    world_finish(&chain[2], chain[1].state, next, 2000);
    assert_int_equal(deliver_one(place->db, &chain[2]), OK);
    chain_db_head(place->db, &head);
    assert_int_equal(head.recent_count, 0);
    for (int i = 0; i < 3; i++) {
        chain_state_drop(chain[i].state);
    }
}

/* Nodes that no later state needs: one record for each block that replaced some. */
static void test_stale_nodes(void **state)
{
    struct place *place = *state;
    static struct world_block chain[3];
    struct chain_state *next;
    struct arena arena;
    struct bytes record;
    uint8_t height[BE64_SIZE];
    arena_init(&arena, 1 << 16);
    world_genesis(place->db, &chain[0]);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(chain_state_next(&next, chain[i - 1].state), OK);
        world_put(next, "a", i == 1 ? "1" : "2");
        world_finish(&chain[i], chain[i - 1].state, next, 1000 * i);
        assert_int_equal(deliver_one(place->db, &chain[i]), OK);
        const struct tree *tree = chain_state_tree(chain[i].state);
        chain_key_height(height, i);
        assert_true(tree_stale_count(tree) > 0);
        assert_int_equal(kv_get(chain_db_kv(place->db), NULL, CHAIN_STALE,
                                bytes_of(height, sizeof height), &arena, &record),
                         OK);
        struct reader reader = reader_of(record);
        for (size_t k = 0; k < tree_stale_count(tree); k++) {
            struct bytes node;
            const struct bytes key = read_bytes(&reader, read_u8(&reader));
            assert_true(bytes_equal(key, tree_stale(tree, k)));
            assert_int_equal(kv_get(chain_db_kv(place->db), NULL, CHAIN_TREE, key, &arena, &node),
                             OK);
        }
        assert_true(reader_done(&reader));
    }
    chain_key_height(height, 0);
    assert_int_equal(kv_get(chain_db_kv(place->db), NULL, CHAIN_STALE,
                            bytes_of(height, sizeof height), &arena, &record),
                     ERR_ABSENT);
    arena_free(&arena);
    for (int i = 0; i < 3; i++) {
        chain_state_drop(chain[i].state);
    }
}

/* More entries in the database than the head record counts: damage, and no reason to abort. */
static void test_recent_set_miscounted(void **state)
{
    struct place *place = *state;
    static struct world_block chain[2];
    struct chain_state *next;
    struct kv *kv = chain_db_kv(place->db);
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    const struct hash id = {{1}};
    world_genesis(place->db, &chain[0]);
    overlay_recent_key(key, 1500, &id);
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, CHAIN_RECENT, bytes_of(key + 1, sizeof key - 1), bytes_of("", 0));
    assert_int_equal(kv_write(kv, batch, true), OK);
    kv_batch_free(batch);
    assert_int_equal(chain_state_next(&next, chain[0].state), OK);
    world_finish(&chain[1], chain[0].state, next, 2000);
    char what[KV_DAMAGE_TEXT];
    assert_false(kv_damage(kv, what));
    assert_int_equal(deliver_one(place->db, &chain[1]), ERR_CORRUPT);
    assert_true(kv_damage(kv, what)); /* or the node would start itself anew for ever */
    for (int i = 0; i < 2; i++) {
        chain_state_drop(chain[i].state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_stale_nodes),
        BOTH(test_conflicts),
        BOTH(test_delivery_needs_no_index),
        BOTH(test_readers_are_not_disturbed),
        BOTH(test_empty_blocks),
        BOTH(test_recent_set),
        BOTH(test_recent_set_in_groups),
        BOTH(test_recent_set_deletion),
        BOTH(test_recent_set_miscounted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
