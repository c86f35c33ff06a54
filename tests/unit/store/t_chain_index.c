/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes: found at once, written behind, made again from blocks and state; nobody is told no for
 * what is only missing in an index. */
#include "tests/unit/store/place.h"

#include <dirent.h>
#include <fcntl.h>

#include "ledger/store/chain_index.h"
#include "ledger/store/storage_plan.h"

/* --- what must be found -------------------------------------------------------------------------
 */

/* find_all looks every id of blocks 0 to head up: found where it is, or missing for now. Gives how
 * many are missing. */
static unsigned find_all(struct chain_db *db, uint64_t head, enum err unknown)
{
    static const struct hash nobody = {{0xee}};
    struct chain_view *view;
    struct chain_tx_place place = {0};
    uint64_t height;
    unsigned missing = 0;
    assert_int_equal(chain_view_open(&view, db), OK);
    for (uint64_t at = 0; at <= head; at++) {
        const struct world_block *block = &blocks[at];
        enum err err = chain_view_height_of(view, &block->id, &height);
        assert_true(err == ERR_BUSY || (err == OK && height == at));
        missing += err == ERR_BUSY;
        for (size_t i = 0; i < block->tx_count; i++) {
            err = chain_view_tx(view, &block->tx_ids[i], &place);
            assert_true(err == ERR_BUSY || (err == OK && place.height == at && place.index == i));
            missing += err == ERR_BUSY;
        }
    }
    assert_int_equal(chain_view_tx(view, &nobody, &place), unknown);
    assert_int_equal(chain_view_height_of(view, &nobody, &height), unknown);
    chain_view_drop(view);
    return missing;
}

static unsigned stored(struct chain_db *db, uint32_t family)
{
    const struct bytes all = {NULL, 0};
    struct kv_iter *iter = kv_iter_open(chain_db_kv(db), NULL, family, all, all, false);
    struct bytes key;
    struct bytes value;
    unsigned count = 0;
    while (kv_iter_next(iter, &key, &value) == OK) {
        count++;
    }
    kv_iter_close(iter);
    return count;
}

/* --- behind the commits -------------------------------------------------------------------------
 */

static void test_written_behind(void **state)
{
    struct place *place = *state;
    random_state = 31;
    deliver_all(place, 3);
    assert_int_equal(stored(place->db, CHAIN_INDEX_BLOCK), 0);
    assert_int_equal(chain_index_behind(place->db), HEIGHTS);
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
    assert_int_equal(make_all(place->db), 1);
    assert_int_equal(chain_index_behind(place->db), 0);
    assert_int_equal(stored(place->db, CHAIN_INDEX_BLOCK), HEIGHTS);
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
    reopen(place);
    assert_false(chain_index_wanted(place->db));
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
}

/* Who opened before a block does not see it, wherever its ids stand. */
static void test_above_the_head(void **state)
{
    struct place *place = *state;
    static struct world_block genesis;
    static struct world_block one;
    struct chain_state *next;
    struct chain_view *view;
    uint64_t height;
    world_genesis(place->db, &genesis);
    assert_int_equal(chain_view_open(&view, place->db), OK);
    assert_int_equal(chain_state_next(&next, genesis.state), OK);
    world_put(next, "a", "1");
    world_finish(&one, genesis.state, next, 2000);
    assert_int_equal(deliver_one(place->db, &one), OK);
    assert_int_equal(chain_view_height_of(view, &one.id, &height), ERR_ABSENT);
    (void)make_all(place->db);
    assert_int_equal(chain_view_height_of(view, &one.id, &height), ERR_ABSENT);
    assert_int_equal(chain_view_height_of(view, &genesis.id, &height), OK);
    chain_view_drop(view);
    chain_state_drop(genesis.state);
    chain_state_drop(one.state);
}

/* Nobody comes to write them: a delivery does it before there are too many. */
static void test_never_too_many(void **state)
{
    struct place *place = *state;
    world_extend(place->db, 3 * CHAIN_INDEX_FRESH_MAX);
    assert_true(chain_index_behind(place->db) <= CHAIN_INDEX_FRESH_MAX);
    assert_true(stored(place->db, CHAIN_INDEX_BLOCK) >= 2 * CHAIN_INDEX_FRESH_MAX);
}

/* --- made again ---------------------------------------------------------------------------------
 */

/* Blocks that a crash took from the indexes, in the middle of the chain. */
static void test_after_a_crash(void **state)
{
    struct place *place = *state;
    random_state = 32;
    deliver_all(place, 3);
    if (place->directory == NULL) {
        return; /* ends with its memory */
    }
    reopen(place);
    assert_true(chain_index_wanted(place->db));
    assert_true(find_all(place->db, HEIGHTS - 1, ERR_BUSY) > HEIGHTS);
    (void)make_all(place->db);
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
    /* Once more with a mark that says nothing true. */
    static const char *const marks[] = {"", "not a mark", "12345678abcdefgh12345678X"};
    for (size_t i = 0; i < 3; i++) {
        struct kv_batch *batch = kv_batch_new(chain_db_kv(place->db));
        kv_batch_put(batch, CHAIN_META, bytes_text("indexed"), bytes_text(marks[i]));
        assert_int_equal(kv_write(chain_db_kv(place->db), batch, true), OK);
        kv_batch_free(batch);
        reopen(place);
        assert_true(chain_index_wanted(place->db));
        assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_BUSY), 0); /* all stand there */
        (void)make_all(place->db);
        assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
    }
}

static void test_damaged(void **state)
{
    static const char *const families[] = {"index_tx", "index_block"};
    struct place *place = *state;
    struct chain_index_status status;
    char text[KV_DAMAGE_TEXT];
    random_state = 33;
    deliver_all(place, 2);
    (void)make_all(place->db);
    assert_false(chain_index_spoil(place->db, "state", "damage"));
    assert_false(chain_index_spoil(place->db, "nothing", "damage"));
    for (unsigned i = 0; i < 2; i++) {
        assert_true(chain_index_spoil(place->db, families[i], "damage here"));
        assert_true(chain_index_wanted(place->db));
        assert_int_equal(chain_index_step(place->db, ids_of), OK); /* thrown away */
        assert_int_equal(stored(place->db, CHAIN_INDEX_TX), 0);
        assert_int_equal(stored(place->db, CHAIN_INDEX_BLOCK), 0);
        assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_BUSY), HEIGHTS + 90);
        chain_index_status(place->db, &status);
        assert_true(status.making);
        assert_int_equal(status.missing, HEIGHTS);
        assert_int_equal(status.renewed, i + 1);
        snprintf(text, sizeof text, "%s: damage here", families[i]);
        assert_string_equal(status.what, text);
        reopen(place); /* in the middle */
        (void)make_all(place->db);
        assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
        chain_index_status(place->db, &status);
        assert_false(status.making);
        if (place->directory) {
            (void)chain_index_spoil(place->db, families[0], "damage"); /* renewed is 0 again */
            (void)make_all(place->db);
        }
    }
    assert_false(kv_damage(chain_db_kv(place->db), text));
}

/* What becomes final while an index is made again is found at once. */
static void test_final_meanwhile(void **state)
{
    struct place *place = *state;
    struct chain_view *view;
    struct chain_head head;
    uint64_t height;
    world_extend(place->db, 20);
    (void)make_all(place->db);
    assert_true(chain_index_spoil(place->db, "index_block", "damage"));
    assert_int_equal(chain_index_step(place->db, ids_of), OK);
    world_extend(place->db, 25);
    chain_db_head(place->db, &head);
    for (int i = 0; i < 3; i++) { /* in memory; written; all made */
        assert_int_equal(chain_view_open(&view, place->db), OK);
        assert_int_equal(chain_view_height_of(view, &head.id, &height), OK);
        assert_int_equal(height, 25);
        chain_view_drop(view);
        if (chain_index_wanted(place->db)) {
            assert_int_equal(chain_index_step(place->db, ids_of), OK);
        }
    }
    (void)make_all(place->db);
    assert_int_equal(stored(place->db, CHAIN_INDEX_BLOCK), 26);
}

/* --- damage that a read meets -------------------------------------------------------------------
 */

static void test_rot(void **state)
{
    struct place *place = *state;
    struct kv *kv = chain_db_kv(place->db);
    char text[KV_DAMAGE_TEXT];
    random_state = 34;
    deliver_all(place, 2);
    (void)make_all(place->db);
    assert_int_equal(kv_mem_rot(kv, CHAIN_INDEX_TX, 3, 4), 4);
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 4);
    assert_false(kv_damage(kv, text));
    assert_int_equal(kv_spoiled(kv, text), 1u << CHAIN_INDEX_TX);
    (void)make_all(place->db);
    assert_int_equal(kv_spoiled(kv, NULL), 0);
    assert_int_equal(kv_mem_count(kv, CHAIN_INDEX_TX, true), 0);
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
}

/* A machine that damages them again and again damages data. */
static void test_too_often(void **state)
{
    struct place *place = *state;
    struct kv *kv = chain_db_kv(place->db);
    char text[KV_DAMAGE_TEXT];
    unsigned times = 0;
    random_state = 35;
    deliver_all(place, 2);
    (void)make_all(place->db);
    while (!kv_damage(kv, text)) {
        struct chain_view *view;
        struct chain_tx_place found;
        assert_true(times++ < KV_RENEWALS_MAX);
        assert_int_equal(kv_mem_rot(kv, CHAIN_INDEX_TX, 0, 200), 90);
        assert_int_equal(chain_view_open(&view, place->db), OK);
        const enum err err = chain_view_tx(view, &blocks[1].tx_ids[0], &found);
        assert_int_equal(err, kv_damage(kv, text) ? ERR_CORRUPT : ERR_BUSY);
        chain_view_drop(view);
        (void)make_all(place->db);
    }
    assert_true(times > 3);
    assert_string_equal(text, "Corruption: a record of index_tx cannot be read");
}

/* is_table_of: the table says whose it is. */
static bool is_table_of(const char *path, const char *family)
{
    static char data[1 << 20];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(data, 1, sizeof data, file);
    (void)fclose(file);
    return memmem(data, size, family, strlen(family)) != NULL;
}

static unsigned damage_tables(const char *directory, const char *family)
{
    DIR *dir = opendir(directory);
    unsigned count = 0;
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (strstr(entry->d_name, ".sst") != NULL && is_table_of(path, family)) {
            const int fd = open(path, O_WRONLY);
            const uint8_t junk[4] = {0xa5, 0xa5, 0xa5, 0xa5};
            assert_int_equal(pwrite(fd, junk, sizeof junk, 20), sizeof junk);
            assert_int_equal(close(fd), 0);
            count++;
        }
    }
    (void)closedir(dir);
    return count;
}

/* A real table with a damaged block: the family goes with its file, the rest stays. */
static void test_table(void **state)
{
    struct place *place = *state;
    char text[KV_DAMAGE_TEXT];
    random_state = 36;
    deliver_all(place, 2);
    (void)make_all(place->db);
    reopen(place); /* an opening writes the log into tables */
    chain_db_close(place->db);
    assert_int_equal(damage_tables(place->directory, "index_tx"), 1);
    place->db = world_open(place->directory);
    assert_true(find_all(place->db, HEIGHTS - 1, ERR_ABSENT) > 0);
    assert_int_equal(kv_spoiled(chain_db_kv(place->db), text), 1u << CHAIN_INDEX_TX);
    assert_non_null(strstr(text, ".sst"));
    (void)make_all(place->db);
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
    assert_false(kv_damage(chain_db_kv(place->db), text));
    reopen(place);
    assert_false(chain_index_wanted(place->db));
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_ABSENT), 0);
}

/* A block that cannot be read ends the making, and is damage of the chain. */
static void test_block_missing(void **state)
{
    struct place *place = *state;
    struct kv *kv = chain_db_kv(place->db);
    char text[KV_DAMAGE_TEXT];
    random_state = 37;
    deliver_all(place, 2);
    (void)make_all(place->db);
    assert_int_equal(kv_mem_rot(kv, CHAIN_BLOCKS, 30, 1), 1);
    assert_true(chain_index_spoil(place->db, "index_tx", "damage"));
    assert_int_equal(chain_index_step(place->db, ids_of), OK);
    assert_int_equal(chain_index_step(place->db, ids_of), ERR_CORRUPT);
    assert_true(kv_damage(kv, text));
    assert_false(chain_db_failed(place->db));
    assert_int_equal(find_all(place->db, HEIGHTS - 1, ERR_BUSY), HEIGHTS + 90);
}

/* --- accounts by month --------------------------------------------------------------------------
 */

static bool count_account(void *context, const struct chain_account_place *place)
{
    assert_int_equal(place->height, place->period - 202600 + (place->version == 2 ? 3 : 0));
    ++*(unsigned *)context;
    return true;
}

static void put_account(struct chain_state *state, uint32_t period, uint32_t version)
{
    uint8_t key[41];
    const struct hash facility = {{7}};
    struct writer writer = writer_of(key, sizeof key);
    write_u8(&writer, KEY_ACCOUNT_VERSION);
    write_bytes(&writer, hash_bytes(&facility));
    write_u32_be(&writer, period);
    write_u32_be(&writer, version);
    assert_int_equal(
        overlay_put(chain_state_overlay(state), bytes_of(key, sizeof key), bytes_text("a")), OK);
}

static void test_accounts(void **state)
{
    struct place *place = *state;
    static struct world_block chain[7];
    struct chain_view *old;
    struct chain_view *view;
    unsigned count = 0;
    world_genesis(place->db, &chain[0]);
    for (uint32_t i = 1; i < 7; i++) {
        struct chain_state *next;
        assert_int_equal(chain_state_next(&next, chain[i - 1].state), OK);
        put_account(next, 202600 + (i - 1) % 3 + 1, 1 + (i - 1) / 3);
        world_finish(&chain[i], chain[i - 1].state, next, 1000 + 10 * i);
        assert_int_equal(deliver_one(place->db, &chain[i]), OK);
    }
    for (int i = 0; i < 7; i++) {
        chain_state_drop(chain[i].state);
    }
    (void)make_all(place->db);
    assert_int_equal(chain_view_open(&old, place->db), OK);
    assert_int_equal(chain_view_accounts(old, 0, UINT32_MAX, count_account, &count), OK);
    assert_int_equal(count, 6);
    assert_true(chain_index_spoil(place->db, "index_account", "damage"));
    assert_int_equal(chain_index_step(place->db, ids_of), OK);
    assert_int_equal(chain_view_accounts(old, 0, UINT32_MAX, count_account, &count), ERR_BUSY);
    assert_int_equal(chain_view_open(&view, place->db), OK);
    assert_int_equal(chain_view_accounts(view, 0, UINT32_MAX, count_account, &count), ERR_BUSY);
    chain_view_drop(view);
    (void)make_all(place->db);
    /* One that is older than that would see an empty family. */
    assert_int_equal(chain_view_accounts(old, 0, UINT32_MAX, count_account, &count), ERR_BUSY);
    chain_view_drop(old);
    count = 0;
    assert_int_equal(chain_view_open(&view, place->db), OK);
    assert_int_equal(chain_view_accounts(view, 0, UINT32_MAX, count_account, &count), OK);
    assert_int_equal(count, 6);
    chain_view_drop(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_written_behind),
        BOTH(test_above_the_head),
        BOTH(test_never_too_many),
        BOTH(test_after_a_crash),
        BOTH(test_damaged),
        BOTH(test_final_meanwhile),
        cmocka_unit_test_setup_teardown(test_rot, setup_mem, teardown),
        cmocka_unit_test_setup_teardown(test_too_often, setup_mem, teardown),
        cmocka_unit_test_setup_teardown(test_table, setup_rocks, teardown),
        cmocka_unit_test_setup_teardown(test_block_missing, setup_mem, teardown),
        BOTH(test_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
