/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody reads is read: damage in files that a writer has open and in its memory, records that
 * are whole and wrong, and nothing said of a good database while it is written. */
#include "tests/unit/store/world.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/crypto/hash.h"
#include "ledger/store/scrub.h"
#include "ledger/store/storage_plan.h"

#define BLOCKS 40
#define STEP 2000
#define STEPS_MAX 100000

static int setup(void **state)
{
    *state = directory_new();
    return 0;
}

static int teardown(void **state)
{
    directory_free(*state);
    return 0;
}

/* --- a chain ------------------------------------------------------------------------------------
 */

/* Blocks in tables, and some in the log of the store. */
static struct chain_db *grown(const char *directory)
{
    struct chain_db *db = world_open(directory);
    world_extend(db, BLOCKS);
    chain_db_close(db);
    db = world_open(directory);
    world_extend(db, BLOCKS + 5);
    return db;
}

/* --- a pass -------------------------------------------------------------------------------------
 */

struct seen {
    unsigned count;
    struct scrub_finding first;
    uint64_t blocks;
    uint64_t wrong_body; /* height whose body the check refuses; 0: none */
    bool no_memory; /* for the check of a body */
    struct scrub_counts counts;
};

static void found(void *context, const struct scrub_finding *finding)
{
    struct seen *seen = context;
    if (seen->count++ == 0) {
        seen->first = *finding;
    }
}

static enum err block(void *context, const struct header *header, const struct hash *id,
                      struct bytes body, struct bytes finalization, struct bytes justification,
                      const char **what)
{
    struct seen *seen = context;
    char text[64];
    (void)id;
    (void)finalization;
    (void)justification;
    seen->blocks++;
    if (seen->no_memory) {
        return ERR_MEMORY;
    }
    snprintf(text, sizeof text, "body of %d", (int)header->height);
    if (!bytes_equal(body, bytes_text(text))) {
        *what = "another body";
        return ERR_CORRUPT;
    }
    return OK;
}

static struct seen pass_as(struct seen seen, const char *directory)
{
    const struct scrub_setup setup = {.path = directory,
                                      .chain = true,
                                      .chain_id = &WORLD_CHAIN,
                                      .block = block,
                                      .found = found,
                                      .context = &seen,
                                      .block_context = &seen};
    struct scrub *scrub = scrub_new(&setup);
    unsigned steps = 0;
    assert_non_null(scrub);
    while (scrub_step(scrub, STEP)) {
        assert_true(++steps < STEPS_MAX);
    }
    scrub_counts(scrub, &seen.counts);
    assert_int_equal(seen.counts.findings, seen.count);
    scrub_free(scrub);
    return seen;
}

static struct seen pass(const char *directory)
{
    const struct seen seen = pass_as((struct seen){0}, directory);
    assert_false(seen.counts.cut_short);
    return seen;
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void test_good_beside_its_writer(void **state)
{
    struct chain_db *db = grown(*state);
    const struct seen seen = pass(*state);
    if (seen.count) {
        fail_msg("%s %s: %s", seen.first.family, seen.first.record, seen.first.what);
    }
    assert_int_equal(seen.blocks, BLOCKS + 6);
    assert_true(seen.counts.records > 5 * BLOCKS);
    world_extend(db, BLOCKS + 10); /* the writer was not disturbed */
    chain_db_close(db);
}

static void test_nothing_there_yet(void **state)
{
    struct chain_db *db = world_open(*state);
    assert_int_equal(pass(*state).count, 0);
    chain_db_close(db);
}

/* tables gives a hash over the names of all tables: which they are. */
static struct hash tables(const char *directory)
{
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    struct hash sum = {{0}};
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        struct hasher hasher;
        struct hash one;
        if (!strstr(entry->d_name, ".sst")) {
            continue;
        }
        hash_begin_raw(&hasher);
        hash_add(&hasher, bytes_text(entry->d_name));
        hash_end(&hasher, &one);
        for (size_t i = 0; i < HASH_SIZE; i++) {
            sum.bytes[i] ^= one.bytes[i];
        }
    }
    closedir(dir);
    return sum;
}

/* settle waits until no table comes or goes: an opening compacts what the log held. */
static void settle(const char *directory)
{
    struct hash before;
    struct hash after = tables(directory);
    unsigned same = 0;
    for (unsigned i = 0; i < 1000 && same < 20; i++) {
        before = after;
        (void)pass(directory);
        after = tables(directory);
        same = hash_equal(&before, &after) ? same + 1 : 0;
    }
    assert_int_equal(same, 20);
}

/* Every table, in its middle, while the writer holds the good blocks in memory. */
static void test_tables(void **state)
{
    struct chain_db *db = grown(*state);
    settle(*state);
    DIR *dir = opendir(*state);
    assert_non_null(dir);
    const struct dirent *entry;
    unsigned count = 0;
    while ((entry = readdir(dir)) != NULL) {
        const size_t length = strlen(entry->d_name);
        char path[512];
        char byte;
        if (length < 4 || strcmp(entry->d_name + length - 4, ".sst") != 0) {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", (const char *)*state, entry->d_name);
        const int file = open(path, O_RDWR);
        assert_true(file >= 0);
        assert_int_equal(pread(file, &byte, 1, 20), 1); /* of the first block of data */
        byte ^= 0x10;
        assert_int_equal(pwrite(file, &byte, 1, 20), 1);
        const struct seen seen = pass(*state);
        byte ^= 0x10;
        assert_int_equal(pwrite(file, &byte, 1, 20), 1);
        close(file);
        if (seen.count == 0 || !strstr(seen.first.what, entry->d_name)) {
            fail_msg("%s: %u found, %s", entry->d_name, seen.count, seen.first.what);
        }
        assert_int_equal(seen.first.err, ERR_CORRUPT);
        count++;
    }
    closedir(dir);
    assert_true(count >= 5);
    assert_int_equal(pass(*state).count, 0);
    world_extend(db, BLOCKS + 10);
    chain_db_close(db);
}

static void put(struct chain_db *db, uint32_t family, struct bytes key, struct bytes value)
{
    struct kv_batch *batch = kv_batch_new(chain_db_kv(db));
    assert_non_null(batch);
    kv_batch_put(batch, family, key, value);
    assert_int_equal(kv_write(chain_db_kv(db), batch, true), OK);
    kv_batch_free(batch);
}

/* Whole, with good checksums, and not what the chain says. */
static void test_wrong_records(void **state)
{
    struct chain_db *db = grown(*state);
    struct arena arena;
    struct bytes good;
    arena_init(&arena, 1 << 20);

    const uint8_t seven[8] = {0, 0, 0, 0, 0, 0, 0, 7};
    const struct bytes key = bytes_of(seven, sizeof seven);
    assert_int_equal(kv_get(chain_db_kv(db), NULL, CHAIN_BLOCKS, key, &arena, &good), OK);
    uint8_t *bad = arena_alloc(&arena, good.size);
    memcpy(bad, good.data, good.size);
    bad[good.size - 1] ^= 1;
    put(db, CHAIN_BLOCKS, key, bytes_of(bad, good.size));
    struct seen seen = pass(*state);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.first.family, "blocks");
    assert_string_equal(seen.first.record, "height 7");
    assert_string_equal(seen.first.what, "another body");

    memcpy(bad, good.data, good.size);
    bad[200] ^= 1; /* in the header: another id, on which block 8 does not stand */
    put(db, CHAIN_BLOCKS, key, bytes_of(bad, good.size));
    seen = pass(*state);
    assert_true(seen.count >= 1);
    assert_string_equal(seen.first.family, "blocks");
    put(db, CHAIN_BLOCKS, key, bytes_of(bad, HEADER_SIZE - 1));
    seen = pass(*state);
    assert_true(seen.count >= 1);
    assert_string_equal(seen.first.record, "height 7");
    assert_true(seen.first.what[0] != '\0');
    put(db, CHAIN_BLOCKS, key, good);
    assert_int_equal(pass(*state).count, 0);

    assert_int_equal(kv_get(chain_db_kv(db), NULL, CHAIN_STATE, bytes_text("key 3"), &arena, &good),
                     OK);
    bad = arena_alloc(&arena, good.size);
    memcpy(bad, good.data, good.size);
    bad[good.size - 1] ^= 1;
    put(db, CHAIN_STATE, bytes_text("key 3"), bytes_of(bad, good.size));
    seen = pass(*state);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.first.family, "state");
    assert_string_equal(seen.first.record, "key 6b65792033");
    assert_true(strstr(seen.first.what, "state root") != NULL);
    put(db, CHAIN_STATE, bytes_text("key 3"), good);
    assert_int_equal(pass(*state).count, 0);
    arena_free(&arena);
    chain_db_close(db);
}

static void test_missing_file(void **state)
{
    chain_db_close(grown(*state));
    DIR *dir = opendir(*state);
    const struct dirent *entry;
    char path[512] = "";
    while (dir && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "MANIFEST", 8) == 0) {
            snprintf(path, sizeof path, "%s/%s", (const char *)*state, entry->d_name);
        }
    }
    closedir(dir);
    assert_int_equal(unlink(path), 0);
    const struct seen seen = pass(*state);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.first.family, "files");
}

/* A node that is flooded with connections has no file handle left. The disk is not to blame, and
 * nothing is to be set aside. */
static void test_no_handles(void **state)
{
    struct rlimit before;
    chain_db_close(grown(*state)); /* a writer would not live through this */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = dup(STDERR_FILENO); /* the lowest number that is free */
    assert_true(next >= 0);
    assert_int_equal(close(next), 0);
    for (rlim_t more = 0; more < 24; more++) {
        const struct rlimit few = {.rlim_cur = (rlim_t)next + more, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        const struct seen seen = pass_as((struct seen){0}, *state);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        if (seen.count) {
            fail_msg("%u handles: %s %s: %s", (unsigned)more, seen.first.family, seen.first.record,
                     seen.first.what);
        }
        assert_true(more > 0 || seen.counts.cut_short);
    }
    assert_int_equal(pass(*state).count, 0);
}

static void test_no_memory(void **state)
{
    struct chain_db *db = grown(*state);
    const struct seen seen = pass_as((struct seen){.no_memory = true}, *state);
    assert_int_equal(seen.count, 0);
    assert_true(seen.counts.cut_short);
    chain_db_close(db);
}

struct writing {
    struct chain_db *db;
    atomic_bool stop;
};

static void *write_on(void *context)
{
    struct writing *writing = context;
    for (uint64_t to = BLOCKS + 6; !atomic_load(&writing->stop); to++) {
        world_extend(writing->db, to);
    }
    return NULL;
}

/* Nothing is said of a good database that is written at the same time. A pass may be cut short, for
 * a writer that never rests may take table after table from under it; one that rests does not. */
static void test_writer_at_work(void **state)
{
    struct writing writing = {.db = grown(*state)};
    pthread_t thread;
    atomic_init(&writing.stop, false);
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writing), 0);
    for (unsigned i = 0; i < 15; i++) {
        const struct seen seen = pass_as((struct seen){0}, *state);
        if (seen.count) {
            fail_msg("%s %s: %s", seen.first.family, seen.first.record, seen.first.what);
        }
    }
    atomic_store(&writing.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pass(*state).count, 0);
    chain_db_close(writing.db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good_beside_its_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_there_yet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_handles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writer_at_work, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
