/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the present and the past of a random history, proofs, times, accounts. */
#include "tests/unit/store/place.h"

#include "ledger/base/buf.h"
#include "ledger/chain/merkle.h"
#include "ledger/store/proof_build.h"

/* --- a random history, kept beside in plain arrays ----------------------------------------------
 */

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

static void test_history_one_by_one(void **state)
{
    random_state = 21;
    deliver_all(*state, 1);
    check_everything(((struct place *)*state)->db, HEIGHTS - 1);
    (void)make_all(((struct place *)*state)->db);
    reopen(*state);
    check_everything(((struct place *)*state)->db, HEIGHTS - 1);
}

static void test_history_in_groups(void **state)
{
    random_state = 22;
    deliver_all(*state, 7);
    check_everything(((struct place *)*state)->db, HEIGHTS - 1);
    (void)make_all(((struct place *)*state)->db);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_history_one_by_one),
        BOTH(test_history_in_groups),
        BOTH(test_times_and_anchors),
        BOTH(test_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
