/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery, reading the present and the past, proofs, the recent set, reopening. */
#include "tests/unit/store/world.h"

#include <dirent.h>

#include "ledger/base/buf.h"
#include "ledger/chain/merkle.h"
#include "ledger/store/proof_build.h"
#include "ledger/store/storage_plan.h"

struct place {
    char *directory; /* NULL: in memory */
    struct chain_db *db;
};

static int setup_rocks(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    place->directory = directory_new();
    place->db = world_open(place->directory);
    *state = place;
    return 0;
}

static int setup_mem(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    place->db = world_open(NULL);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    chain_db_close(place->db);
    if (place->directory) {
        directory_free(place->directory);
    }
    free(place);
    return 0;
}

static void reopen(struct place *place)
{
    if (place->directory) {
        chain_db_close(place->db);
        place->db = world_open(place->directory);
    }
}

static enum err deliver_one(struct chain_db *db, const struct world_block *block)
{
    const struct chain_block delivery = world_delivery(block);
    return chain_db_deliver(db, &delivery, 1);
}

/* --- genesis ------------------------------------------------------------------------------------
 */

static void test_genesis(void **state)
{
    struct place *place = *state;
    struct chain_head head;
    struct hash id;
    struct chain_view *view;
    chain_db_head(place->db, &head);
    assert_true(head.empty);
    assert_false(chain_db_chain_id(place->db, &id));
    assert_int_equal(chain_view_open(&view, place->db), ERR_ABSENT);
    static struct world_block genesis;
    world_genesis(place->db, &genesis);
    chain_state_drop(genesis.state);
    reopen(place);
    chain_db_head(place->db, &head);
    assert_false(head.empty);
    assert_int_equal(head.height, 0);
    assert_int_equal(head.time_ms, 1000);
    assert_true(hash_equal(&head.id, &genesis.id));
    assert_true(hash_equal(&head.state_root, &genesis.header.state_root));
    assert_true(chain_db_chain_id(place->db, &id));
    assert_true(hash_equal(&id, &WORLD_CHAIN));
    assert_int_equal(chain_view_open(&view, place->db), OK);
    struct arena arena;
    struct bytes out;
    arena_init(&arena, 1 << 20);
    assert_int_equal(chain_view_genesis(view, &arena, &out), OK);
    assert_true(bytes_equal(out, bytes_text("genesis bytes")));
    assert_int_equal(chain_view_epoch(view, 1, &arena, &out), OK);
    assert_true(bytes_equal(out, bytes_text("epoch 1")));
    assert_int_equal(chain_view_epoch(view, 2, &arena, &out), ERR_ABSENT);
    arena_free(&arena);
    chain_view_drop(view);
    /* Once only. */
    struct chain_state *tip = chain_db_state(place->db);
    struct chain_block again = world_delivery(&genesis);
    again.state = tip;
    assert_int_equal(chain_db_genesis(place->db, &again, &WORLD_CHAIN, bytes_text("x")),
                     ERR_CONFLICT);
    chain_state_drop(tip);
}

static void test_delivery_needs_genesis(void **state)
{
    struct place *place = *state;
    struct chain_state *nothing = chain_db_state(place->db);
    struct chain_state *next;
    static struct world_block block;
    assert_int_equal(chain_state_blocks(nothing), 0);
    assert_int_equal(chain_state_next(&next, nothing), OK);
    world_put(next, "k", "v");
    world_finish(&block, nothing, next, 5);
    assert_int_equal(deliver_one(place->db, &block), ERR_CONFLICT);
    chain_state_drop(next);
    chain_state_drop(nothing);
}

/* --- a random history, kept beside in plain arrays ----------------------------------------------
 */

#define HEIGHTS 60
#define KEYS 30

static char past[HEIGHTS][KEYS][16]; /* "" = absent */
static struct world_block blocks[HEIGHTS];

static const char *key_name(uint32_t i)
{
    static char text[8];
    snprintf(text, sizeof text, "%c%03u", i % 2 ? 'k' : 'q', i);
    return text;
}

static void make_block(struct chain_state *parent, uint64_t height)
{
    struct chain_state *state;
    assert_int_equal(chain_state_next(&state, parent), OK);
    memcpy(past[height], past[height - 1], sizeof past[0]);
    /* Every fifth block writes nothing. */
    for (uint32_t n = height % 5 ? random_below(8) : 0; n > 0; n--) {
        const uint32_t i = random_below(KEYS);
        if (random_below(3) == 0) {
            past[height][i][0] = 0;
            world_put(state, key_name(i), NULL);
        } else {
            snprintf(past[height][i], sizeof past[0][0], "v%u", random_below(4));
            world_put(state, key_name(i), past[height][i]);
        }
    }
    world_finish(&blocks[height], parent, state, 1000 + 10 * height);
}

static void check_state(struct chain_view *view, uint64_t height)
{
    for (uint32_t i = 0; i < KEYS; i++) {
        const char *value = world_get(view, height, key_name(i));
        if (past[height][i][0]) {
            assert_non_null(value);
            assert_string_equal(value, past[height][i]);
        } else {
            assert_null(value);
        }
    }
}

struct listing {
    uint64_t height;
    uint32_t next; /* first key not seen yet */
    char letter;
    uint32_t count;
    uint32_t stop;
};

static bool listed(void *context, struct bytes key, struct bytes value, uint64_t written)
{
    struct listing *listing = context;
    assert_true(written <= listing->height);
    for (; listing->next < KEYS; listing->next++) {
        if (key_name(listing->next)[0] == listing->letter &&
            past[listing->height][listing->next][0]) {
            break;
        }
    }
    assert_true(listing->next < KEYS);
    assert_true(bytes_equal(key, bytes_text(key_name(listing->next))));
    assert_true(bytes_equal(value, bytes_text(past[listing->height][listing->next])));
    listing->next++;
    listing->count++;
    return listing->count != listing->stop;
}

static void check_list(struct chain_view *view, uint64_t height)
{
    for (int letter = 0; letter < 2; letter++) {
        struct listing listing = {.height = height, .letter = letter ? 'k' : 'q'};
        const struct bytes prefix = bytes_of(&listing.letter, 1);
        const uint32_t from = random_below(KEYS);
        const bool whole = key_name(from)[0] != listing.letter;
        listing.next = whole ? 0 : from;
        assert_int_equal(chain_view_list(view, height, prefix,
                                         whole ? bytes_of("", 0) : bytes_text(key_name(from)),
                                         listed, &listing),
                         OK);
        for (; listing.next < KEYS; listing.next++) {
            assert_false(key_name(listing.next)[0] == listing.letter &&
                         past[height][listing.next][0]);
        }
    }
}

static void check_proofs(struct chain_view *view, uint64_t height)
{
    const struct hash *root = &blocks[height].header.state_root;
    for (int n = 0; n < 4; n++) {
        const uint32_t i = random_below(KEYS);
        struct state_proof proof;
        struct arena arena;
        struct bytes value;
        arena_init(&arena, 1 << 20);
        assert_int_equal(
            proof_build_state(view, height, bytes_text(key_name(i)), &arena, &proof, &value), OK);
        if (past[height][i][0]) {
            assert_true(bytes_equal(value, bytes_text(past[height][i])));
            assert_true(state_proof_present(root, bytes_text(key_name(i)), value, &proof));
        } else {
            assert_int_equal(value.size, 0);
            assert_true(state_proof_absent(root, bytes_text(key_name(i)), &proof));
        }
        arena_free(&arena);
    }
    const uint64_t older = random_below((uint32_t)height + 1);
    struct merkle_path path;
    if (older == height) {
        assert_int_equal(proof_build_history(view, older, height, &path), ERR_ABSENT);
        return;
    }
    struct hash leaf;
    merkle_block_leaf(&leaf, &blocks[older].id);
    assert_int_equal(proof_build_history(view, older, height, &path), OK);
    assert_true(
        merkle_path_verify(&blocks[height].header.history_root, older, height, &leaf, &path));
}

static void check_block(struct chain_view *view, uint64_t height)
{
    const struct world_block *block = &blocks[height];
    struct arena arena;
    struct bytes header;
    struct bytes body;
    struct header decoded;
    struct hash id;
    arena_init(&arena, 1 << 20);
    assert_int_equal(chain_view_block(view, height, &arena, &header, &body), OK);
    assert_true(bytes_equal(header, bytes_of(block->header_bytes, HEADER_SIZE)));
    assert_true(bytes_equal(body, bytes_text((const char *)block->body)));
    assert_int_equal(chain_view_header(view, height, &decoded, &id), OK);
    assert_true(hash_equal(&id, &block->id));
    assert_int_equal(decoded.time_ms, block->header.time_ms);
    struct bytes finalization;
    struct bytes justification;
    assert_int_equal(chain_view_certs(view, height, &arena, &finalization, &justification), OK);
    assert_true(bytes_equal(finalization, bytes_text(block->finalization)));
    assert_true(bytes_equal(justification, bytes_text(block->justification)));
    assert_int_equal(chain_view_certs(view, height, &arena, NULL, NULL), OK);
    uint64_t found;
    assert_int_equal(chain_view_height_of(view, &block->id, &found), OK);
    assert_int_equal(found, height);
    for (size_t i = 0; i < block->tx_count; i++) {
        struct chain_tx_place place;
        assert_int_equal(chain_view_tx(view, &block->tx_ids[i], &place), OK);
        assert_int_equal(place.height, height);
        assert_int_equal(place.index, i);
    }
    arena_free(&arena);
}

struct many_values {
    uint64_t height;
    bool seen[KEYS];
};

static enum err found_value(void *context, size_t index, struct bytes value)
{
    struct many_values *values = context;
    assert_true(index < KEYS);
    assert_true(bytes_equal(value, bytes_text(past[values->height][index])));
    values->seen[index] = true;
    return OK;
}

/* All keys at once, those without a value and those that changed since among them. */
static void check_many(struct overlay *overlay, uint64_t height)
{
    static char names[KEYS][32];
    struct bytes keys[KEYS];
    struct many_values values = {.height = height};
    for (uint32_t i = 0; i < KEYS; i++) {
        snprintf(names[i], sizeof names[i], "%s", key_name(i));
        keys[i] = bytes_text(names[i]);
    }
    assert_int_equal(overlay_read_many(overlay, keys, KEYS, found_value, &values), OK);
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_int_equal(values.seen[i], past[height][i][0] != 0);
    }
}

static void check_everything(struct chain_db *db, uint64_t head)
{
    struct chain_view *view;
    assert_int_equal(chain_view_open(&view, db), OK);
    assert_int_equal(chain_view_head(view)->height, head);
    for (uint64_t height = 0; height <= head; height++) {
        check_state(view, height);
        check_list(view, height);
        check_proofs(view, height);
        check_block(view, height);
        struct overlay *overlay;
        assert_int_equal(chain_view_overlay(view, height, &overlay), OK);
        for (uint32_t i = 0; i < KEYS; i++) {
            struct bytes value;
            assert_int_equal(overlay_get(overlay, bytes_text(key_name(i)), &value),
                             past[height][i][0] ? OK : ERR_ABSENT);
        }
        check_many(overlay, height);
        overlay_drop(overlay);
    }
    struct header header;
    assert_int_equal(chain_view_header(view, head + 1, &header, NULL), ERR_ABSENT);
    assert_null(world_get(view, head + 1, key_name(0)));
    chain_view_drop(view);
}

/* deliver_all makes the history, delivering up to `group` blocks at a time, `ahead` of finality. */
static void deliver_all(struct place *place, uint32_t group)
{
    memset(past, 0, sizeof past);
    world_genesis(place->db, &blocks[0]);
    struct chain_state *tip = chain_state_keep(blocks[0].state);
    uint64_t delivered = 0;
    for (uint64_t height = 1; height < HEIGHTS; height++) {
        make_block(tip, height);
        chain_state_drop(tip);
        tip = chain_state_keep(blocks[height].state);
        if (random_below(group) && height + 1 < HEIGHTS) {
            continue;
        }
        struct chain_block batch[CHAIN_DELIVER_MAX];
        size_t count = 0;
        while (delivered < height) {
            batch[count++] = world_delivery(&blocks[++delivered]);
        }
        assert_int_equal(chain_db_deliver(place->db, batch, count), OK);
        /* Twice is harmless. */
        assert_int_equal(chain_db_deliver(place->db, batch, count), OK);
    }
    chain_state_drop(tip);
    for (uint64_t height = 0; height < HEIGHTS; height++) {
        chain_state_drop(blocks[height].state);
    }
}

static void test_history_one_by_one(void **state)
{
    random_state = 21;
    deliver_all(*state, 1);
    check_everything(((struct place *)*state)->db, HEIGHTS - 1);
    reopen(*state);
    check_everything(((struct place *)*state)->db, HEIGHTS - 1);
}

static void test_history_in_groups(void **state)
{
    random_state = 22;
    deliver_all(*state, 7);
    check_everything(((struct place *)*state)->db, HEIGHTS - 1);
    reopen(*state);
    check_everything(((struct place *)*state)->db, HEIGHTS - 1);
}

static void test_times_and_anchors(void **state)
{
    struct place *place = *state;
    random_state = 23;
    deliver_all(place, 3);
    struct chain_view *view;
    uint64_t height;
    struct arena arena;
    struct bytes finalization;
    arena_init(&arena, 1 << 20);
    assert_int_equal(chain_view_open(&view, place->db), OK);
    assert_int_equal(chain_view_height_at(view, 999, &height), ERR_ABSENT);
    assert_int_equal(chain_view_height_at(view, 1000, &height), OK);
    assert_int_equal(height, 0);
    assert_int_equal(chain_view_height_at(view, 1019, &height), OK);
    assert_int_equal(height, 1);
    assert_int_equal(chain_view_height_at(view, 1020, &height), OK);
    assert_int_equal(height, 2);
    assert_int_equal(chain_view_height_at(view, UINT64_MAX, &height), OK);
    assert_int_equal(height, HEIGHTS - 1);
    /* Every third block has a finalization of its own. */
    assert_int_equal(chain_view_anchor(view, 3, &arena, &height, &finalization), OK);
    assert_int_equal(height, 3);
    assert_int_equal(chain_view_anchor(view, 4, &arena, &height, &finalization), OK);
    assert_int_equal(height, 6);
    assert_true(bytes_equal(finalization, bytes_text("F 6")));
    assert_int_equal(chain_view_anchor(view, HEIGHTS - 2, &arena, &height, &finalization),
                     ERR_ABSENT);
    const struct hash nobody = {{0xee}};
    struct chain_tx_place tx;
    assert_int_equal(chain_view_tx(view, &nobody, &tx), ERR_ABSENT);
    assert_int_equal(chain_view_height_of(view, &nobody, &height), ERR_ABSENT);
    arena_free(&arena);
    chain_view_drop(view);
}

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

/* --- accounts by month --------------------------------------------------------------------------
 */

struct accounts {
    size_t count;
    struct chain_account_place found[8];
};

static bool account(void *context, const struct chain_account_place *place)
{
    struct accounts *accounts = context;
    assert_true(accounts->count < 8);
    accounts->found[accounts->count++] = *place;
    return accounts->count < 8;
}

static void put_account(struct chain_state *state, uint8_t facility, uint32_t period,
                        uint32_t version)
{
    uint8_t key[41];
    const struct hash hash = {{facility}};
    struct writer writer = writer_of(key, sizeof key);
    write_u8(&writer, KEY_ACCOUNT_VERSION);
    write_bytes(&writer, hash_bytes(&hash));
    write_u32_be(&writer, period);
    write_u32_be(&writer, version);
    assert_int_equal(writer_size(&writer), sizeof key);
    assert_int_equal(
        overlay_put(chain_state_overlay(state), bytes_of(key, sizeof key), bytes_text("a")), OK);
}

static void test_accounts(void **state)
{
    struct place *place = *state;
    static struct world_block chain[2];
    struct chain_state *next;
    world_genesis(place->db, &chain[0]);
    assert_int_equal(chain_state_next(&next, chain[0].state), OK);
    put_account(next, 9, 202601, 1);
    put_account(next, 2, 202601, 1);
    put_account(next, 2, 202601, 2);
    put_account(next, 2, 202602, 1);
    put_account(next, 2, 202603, 1);
    world_finish(&chain[1], chain[0].state, next, 1500);
    assert_int_equal(deliver_one(place->db, &chain[1]), OK);
    struct chain_view *view;
    struct accounts accounts = {0};
    assert_int_equal(chain_view_open(&view, place->db), OK);
    assert_int_equal(chain_view_accounts(view, 202601, 202602, account, &accounts), OK);
    assert_int_equal(accounts.count, 4);
    assert_int_equal(accounts.found[0].facility.bytes[0], 2);
    assert_int_equal(accounts.found[1].version, 2);
    assert_int_equal(accounts.found[2].facility.bytes[0], 9);
    assert_int_equal(accounts.found[3].period, 202602);
    assert_int_equal(accounts.found[3].height, 1);
    chain_view_drop(view);
    chain_state_drop(chain[0].state);
    chain_state_drop(chain[1].state);
}

/* --- damage that a start must notice (D23) -------------------------------------------------------
 */

static void overwrite(struct place *place, uint32_t family, struct bytes key, struct bytes value)
{
    struct kv *kv = chain_db_kv(place->db);
    struct kv_batch *batch = kv_batch_new(kv);
    if (value.data) {
        kv_batch_put(batch, family, key, value);
    } else {
        kv_batch_delete(batch, family, key);
    }
    assert_int_equal(kv_write(kv, batch, true), OK);
    kv_batch_free(batch);
}

static struct bytes stored(struct place *place, uint32_t family, struct bytes key,
                           struct arena *arena)
{
    struct bytes out;
    assert_int_equal(kv_get(chain_db_kv(place->db), NULL, family, key, arena, &out), OK);
    return out;
}

static void expect_refused(struct place *place, const struct hash *chain_id, enum err expected)
{
    struct chain_db *db = NULL;
    struct err_detail detail = {0};
    const struct chain_db_options options = {.path = place->directory, .chain_id = chain_id};
    chain_db_close(place->db);
    place->db = NULL;
    assert_int_equal(chain_db_open(&db, &options, &detail), expected);
    assert_true(strlen(detail.hint) > 0);
    assert_null(db);
    /* Put back by hand, without the checks. */
}

static void test_start_checks(void **state)
{
    struct place *place = *state;
    random_state = 24;
    deliver_all(place, 4);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    uint8_t head_key[8] = {0, 0, 0, 0, 0, 0, 0, HEIGHTS - 1};
    /* The last peak of all 60 ids, which holds the head's. */
    const uint8_t last_key[9] = {2, 0, 0, 0, 0, 0, 0, 0, (HEIGHTS - 1) >> 2};
    const uint8_t peak_key[9] = {5};
    const struct {
        uint32_t family;
        struct bytes key;
        size_t flip; /* which byte */
    } cases[] = {
        {CHAIN_BLOCKS, bytes_of(head_key, 8), 100}, /* header: another id */
        {CHAIN_META, bytes_text("head"), 9}, /* head id */
        {CHAIN_META, bytes_text("head"), 50}, /* head state root */
        {CHAIN_META, bytes_text("chain"), 0},       {CHAIN_META, bytes_text("format"), 0},
        {CHAIN_HISTORY, bytes_of(peak_key, 9), 3},  {CHAIN_HISTORY, bytes_of(last_key, 9), 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bytes was = stored(place, cases[i].family, cases[i].key, &arena);
        uint8_t changed[1024];
        assert_true(was.size <= sizeof changed);
        memcpy(changed, was.data, was.size);
        changed[cases[i].flip] ^= 1;
        overwrite(place, cases[i].family, cases[i].key, bytes_of(changed, was.size));
        const bool chain = i == 3;
        const bool format = i == 4;
        expect_refused(place, &WORLD_CHAIN, chain ? ERR_CHAIN : format ? ERR_STORAGE : ERR_CORRUPT);
        struct kv *kv;
        assert_int_equal(
            kv_open_rocks(&kv, place->directory, storage_chain_plan(), NULL, false, NULL), OK);
        struct kv_batch *batch = kv_batch_new(kv);
        kv_batch_put(batch, cases[i].family, cases[i].key, was);
        assert_int_equal(kv_write(kv, batch, true), OK);
        kv_batch_free(batch);
        kv_close(kv);
        place->db = world_open(place->directory);
    }
    const struct hash other = {{1}};
    expect_refused(place, &other, ERR_CHAIN);
    place->db = world_open(place->directory);
    arena_free(&arena);
}

/* The root node of the state tree, changed: the recomputed root is not the header's. */
static void test_start_checks_tree(void **state)
{
    struct place *place = *state;
    static struct world_block genesis;
    world_genesis(place->db, &genesis);
    chain_state_drop(genesis.state);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const uint8_t root_key[9] = {0};
    const struct bytes was = stored(place, CHAIN_TREE, bytes_of(root_key, 9), &arena);
    uint8_t changed[1100];
    memcpy(changed, was.data, was.size);
    changed[was.size - 1] ^= 0x80;
    overwrite(place, CHAIN_TREE, bytes_of(root_key, 9), bytes_of(changed, was.size));
    expect_refused(place, &WORLD_CHAIN, ERR_CORRUPT);
    arena_free(&arena);
}

/* --- what lies on the disk (D22)
 * ------------------------------------------------------------------
 */

static bool on_disk(const char *directory, const char *marker)
{
    bool found = false;
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    const struct dirent *entry;
    while (!found && (entry = readdir(dir)) != NULL) {
        static char text[8 << 20];
        char path[512];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        FILE *file = entry->d_type == DT_REG ? fopen(path, "r") : NULL;
        if (file) {
            const size_t size = fread(text, 1, sizeof text, file);
            found = memmem(text, size, marker, strlen(marker)) != NULL;
            fclose(file);
        }
    }
    closedir(dir);
    return found;
}

static void write_marker(struct chain_db *db)
{
    static struct world_block genesis;
    struct chain_state *nothing = chain_db_state(db);
    struct chain_state *state;
    assert_int_equal(chain_state_next(&state, nothing), OK);
    world_put(state, "k", "a very secret amount");
    world_finish(&genesis, nothing, state, 5);
    const struct chain_block delivery = world_delivery(&genesis);
    assert_int_equal(chain_db_genesis(db, &delivery, &WORLD_CHAIN, bytes_text("founders")), OK);
    chain_state_drop(state);
    chain_state_drop(nothing);
}

static void test_sealed_on_disk(void **state)
{
    struct place *place = *state;
    write_marker(place->db);
    assert_true(on_disk(place->directory, "a very secret amount"));
    char *other = directory_new();
    struct chain_db *db;
    struct err_detail detail = {0};
    const struct chain_db_options options = {.path = other, .cipher = &TEST_CIPHER};
    const struct chain_db_options without = {.path = other};
    assert_int_equal(chain_db_open(&db, &options, NULL), OK);
    write_marker(db);
    chain_db_close(db);
    assert_int_equal(chain_db_open(&db, &options, NULL), OK);
    struct chain_view *view;
    assert_int_equal(chain_view_open(&view, db), OK);
    assert_string_equal(world_get(view, 0, "k"), "a very secret amount");
    chain_view_drop(view);
    chain_db_close(db);
    assert_false(on_disk(other, "a very secret amount"));
    assert_false(on_disk(other, "founders"));
    /* Without the key, or with another one, it is refused, not misread. */
    assert_int_equal(chain_db_open(&db, &without, &detail), ERR_CORRUPT);
    assert_true(strlen(detail.hint) > 0);
    directory_free(other);
}

#define BOTH(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, setup_mem, teardown),                                    \
        cmocka_unit_test_setup_teardown(test, setup_rocks, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_genesis),
        BOTH(test_delivery_needs_genesis),
        BOTH(test_history_one_by_one),
        BOTH(test_history_in_groups),
        BOTH(test_times_and_anchors),
        BOTH(test_conflicts),
        BOTH(test_readers_are_not_disturbed),
        BOTH(test_empty_blocks),
        BOTH(test_recent_set),
        BOTH(test_recent_set_in_groups),
        BOTH(test_recent_set_deletion),
        BOTH(test_accounts),
        cmocka_unit_test_setup_teardown(test_sealed_on_disk, setup_rocks, teardown),
        cmocka_unit_test_setup_teardown(test_start_checks, setup_rocks, teardown),
        cmocka_unit_test_setup_teardown(test_start_checks_tree, setup_rocks, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
