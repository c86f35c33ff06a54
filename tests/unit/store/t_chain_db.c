/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: genesis, what a start must notice (D23), what lies on the disk. */
#include "tests/unit/store/place.h"

#include <dirent.h>

#include "ledger/store/storage_plan.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_genesis),
        BOTH(test_delivery_needs_genesis),
        cmocka_unit_test_setup_teardown(test_sealed_on_disk, setup_rocks, teardown),
        cmocka_unit_test_setup_teardown(test_start_checks, setup_rocks, teardown),
        cmocka_unit_test_setup_teardown(test_start_checks_tree, setup_rocks, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
