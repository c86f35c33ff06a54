/* SPDX-License-Identifier: Apache-2.0 */
/* What the disk does to us: a process killed while it writes, a log with flipped bytes, a torn
 * tail, a damaged table, a full disk. Every child here is killed without closing anything. */
#include "tests/unit/store/world.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "ledger/store/storage_plan.h"

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

/* --- files --------------------------------------------------------------------------------------
 */

/* find_file gives the largest file in a directory whose name ends so. */
static void find_file(char *out, size_t size, const char *directory, const char *ending)
{
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    off_t largest = -1;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        const size_t length = strlen(entry->d_name);
        char path[512];
        struct stat stat_of;
        if (length < strlen(ending) || strcmp(entry->d_name + length - strlen(ending), ending)) {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        assert_int_equal(stat(path, &stat_of), 0);
        if (stat_of.st_size > largest) {
            largest = stat_of.st_size;
            snprintf(out, size, "%s", path);
        }
    }
    closedir(dir);
    assert_true(largest > 0);
}

static off_t size_of(const char *path)
{
    struct stat stat_of;
    assert_int_equal(stat(path, &stat_of), 0);
    return stat_of.st_size;
}

static void flip(const char *path, off_t at, size_t count)
{
    uint8_t bytes[64];
    const int file = open(path, O_RDWR);
    assert_true(file >= 0);
    assert_true(count <= sizeof bytes);
    assert_int_equal(pread(file, bytes, count, at), (ssize_t)count);
    for (size_t i = 0; i < count; i++) {
        bytes[i] ^= 0xff;
    }
    assert_int_equal(pwrite(file, bytes, count, at), (ssize_t)count);
    close(file);
}

/* --- a chain of blocks written by a child -------------------------------------------------------
 */

#define BLOCKS 40

/* grow runs world_extend in a child that then dies on the spot, closing nothing. */
static void grow(const char *directory, uint64_t to)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct chain_db *db = world_open(directory);
        world_extend(db, to);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect_head(const char *directory, uint64_t height)
{
    struct chain_db *db = world_open(directory);
    struct chain_head head;
    struct chain_view *view;
    chain_db_head(db, &head);
    assert_int_equal(head.height, height);
    assert_int_equal(chain_view_open(&view, db), OK);
    for (uint64_t at = height > 6 ? height - 6 : 1; at <= height; at++) {
        char key[16];
        char value[16];
        snprintf(key, sizeof key, "key %d", (int)(at % 7));
        snprintf(value, sizeof value, "at %d", (int)at);
        assert_string_equal(world_get(view, height, key), value);
    }
    chain_view_drop(view);
    chain_db_close(db);
}

static void test_killed_without_close(void **state)
{
    const char *directory = *state;
    for (uint64_t to = 1; to < BLOCKS; to += 6) {
        grow(directory, to);
        expect_head(directory, to);
        grow(directory, to + 2);
    }
    expect_head(directory, 39);
}

/* Killed at any moment by a signal: what was acknowledged is there, and the head is whole. */
static void test_killed_at_any_moment(void **state)
{
    const char *directory = *state;
    uint64_t acknowledged = 0;
    for (int round = 0; round < 8; round++) {
        int pipe_ends[2];
        assert_int_equal(pipe(pipe_ends), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(pipe_ends[0]);
            struct chain_db *db = world_open(directory);
            for (uint64_t to = acknowledged;; to++) {
                world_extend(db, to);
                if (write(pipe_ends[1], &to, sizeof to) != sizeof to) {
                    _exit(0);
                }
            }
        }
        close(pipe_ends[1]);
        uint64_t seen = 0;
        for (int n = 0; n < 3 + round; n++) {
            assert_int_equal(read(pipe_ends[0], &seen, sizeof seen), sizeof seen);
            acknowledged = seen;
        }
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        while (read(pipe_ends[0], &seen, sizeof seen) == sizeof seen) {
            acknowledged = seen;
        }
        close(pipe_ends[0]);
        struct chain_db *db = world_open(directory);
        struct chain_head head;
        chain_db_head(db, &head);
        assert_true(head.height >= acknowledged);
        acknowledged = head.height;
        chain_db_close(db);
        expect_head(directory, acknowledged);
    }
}

/* --- a damaged log ------------------------------------------------------------------------------
 */

static enum err try_open(const char *directory, bool repair, struct chain_db **db,
                         struct err_detail *detail)
{
    const struct chain_db_options options = {
        .path = directory, .repair = repair, .chain_id = &WORLD_CHAIN};
    return chain_db_open(db, &options, detail);
}

/* Mode 0 refuses a log damaged in the middle; mode 2 opens at an older head, which is whole, and
 * the missing blocks can be delivered again (D23). */
static void test_flipped_log(void **state)
{
    const char *directory = *state;
    char log[512];
    struct chain_db *db = NULL;
    struct err_detail detail = {0};
    grow(directory, BLOCKS);
    find_file(log, sizeof log, directory, ".log");
    flip(log, size_of(log) / 2, 4);
    assert_int_equal(try_open(directory, false, &db, &detail), ERR_CORRUPT);
    assert_true(strlen(detail.hint) > 0);
    assert_null(db);
    assert_int_equal(try_open(directory, true, &db, &detail), OK);
    struct chain_head head;
    chain_db_head(db, &head);
    assert_true(head.height < BLOCKS);
    assert_false(head.empty);
    world_extend(db, BLOCKS);
    chain_db_close(db);
    expect_head(directory, BLOCKS);
}

/* A last record cut short was never acknowledged: mode 0 opens without it. */
static void test_torn_tail(void **state)
{
    const char *directory = *state;
    char log[512];
    grow(directory, BLOCKS);
    find_file(log, sizeof log, directory, ".log");
    assert_int_equal(truncate(log, size_of(log) - 7), 0);
    expect_head(directory, BLOCKS - 1);
    grow(directory, BLOCKS);
    expect_head(directory, BLOCKS);
}

/* --- damaged tables -----------------------------------------------------------------------------
 */

static const char *const FAMILIES[] = {"data"};
static const struct kv_plan PLAN = {FAMILIES, 1, 0, 0};

#define PAIRS 20000

/* Enough pairs for many blocks, moved from the log into a table by opening again. */
static void fill(const char *directory)
{
    struct kv *kv;
    assert_int_equal(kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL), OK);
    for (uint32_t at = 0; at < PAIRS;) {
        struct kv_batch *batch = kv_batch_new(kv);
        for (int i = 0; i < 1000; i++, at++) {
            uint8_t key[4] = {(uint8_t)(at >> 24), (uint8_t)(at >> 16), (uint8_t)(at >> 8),
                              (uint8_t)at};
            uint8_t value[100];
            for (size_t j = 0; j < sizeof value; j++) {
                value[j] = (uint8_t)random_below(256);
            }
            kv_batch_put(batch, 0, bytes_of(key, 4), bytes_of(value, sizeof value));
        }
        assert_int_equal(kv_write(kv, batch, false), OK);
        kv_batch_free(batch);
    }
    kv_close(kv);
    assert_int_equal(kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL), OK);
    kv_close(kv);
}

static void test_iterator_reports(void **state)
{
    const char *directory = *state;
    char table[512];
    struct kv *kv;
    random_state = 31;
    fill(directory);
    find_file(table, sizeof table, directory, ".sst");
    flip(table, size_of(table) / 2, 8);
    assert_int_equal(kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL), OK);
    char damage[KV_DAMAGE_TEXT];
    assert_false(kv_damage(kv, damage));
    struct kv_iter *iter = kv_iter_open(kv, NULL, 0, bytes_of("", 0), bytes_of("", 0), false);
    uint32_t count = 0;
    struct bytes key;
    struct bytes value;
    enum err err;
    while ((err = kv_iter_next(iter, &key, &value)) == OK) {
        count++;
    }
    kv_iter_close(iter);
    assert_int_equal(err, ERR_CORRUPT);
    assert_true(count < PAIRS);
    assert_true(count > 0);
    assert_true(kv_damage(kv, damage)); /* and it is told which file */
    assert_non_null(strstr(damage, strrchr(table, '/')));
    /* A get of something in the damaged block says so too, it does not say "absent". */
    struct arena arena;
    unsigned corrupt = 0;
    arena_init(&arena, 1 << 20);
    for (uint32_t at = 0; at < PAIRS; at += 5) {
        const uint8_t name[4] = {(uint8_t)(at >> 24), (uint8_t)(at >> 16), (uint8_t)(at >> 8),
                                 (uint8_t)at};
        arena_free(&arena);
        err = kv_get(kv, NULL, 0, bytes_of(name, 4), &arena, &value);
        assert_true(err == OK || err == ERR_CORRUPT);
        corrupt += err == ERR_CORRUPT;
    }
    assert_true(corrupt > 0);
    arena_free(&arena);
    kv_close(kv);
}

/* --- opening ------------------------------------------------------------------------------------
 */

static void test_second_opening_is_refused(void **state)
{
    const char *directory = *state;
    struct kv *kv;
    struct kv *again = NULL;
    struct err_detail detail = {0};
    assert_int_equal(kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL), OK);
    assert_int_equal(kv_open_rocks(&again, directory, &PLAN, NULL, false, &detail), ERR_STORAGE);
    assert_true(strlen(detail.hint) > 0);
    assert_null(again);
    kv_close(kv);
}

static void test_impossible_places(void **state)
{
    const char *directory = *state;
    char path[512];
    struct kv *kv = NULL;
    struct err_detail detail = {0};
    snprintf(path, sizeof path, "%s/no/such/place", directory);
    assert_int_equal(kv_open_rocks(&kv, path, &PLAN, NULL, false, &detail), ERR_STORAGE);
    assert_true(strlen(detail.hint) > 0);
    snprintf(path, sizeof path, "%s/file", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(kv_open_rocks(&kv, path, &PLAN, NULL, false, &detail), ERR_STORAGE);
    assert_null(kv);
}

/* A family this program does not know is a newer program's database: refused. */
static void test_unknown_family(void **state)
{
    const char *directory = *state;
    static const char *const MORE[] = {"data", "later"};
    static const struct kv_plan LATER = {MORE, 2, 0, 0};
    struct kv *kv;
    assert_int_equal(kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL), OK);
    kv_close(kv);
    assert_int_equal(kv_open_rocks(&kv, directory, &LATER, NULL, false, NULL), OK);
    kv_close(kv);
    assert_int_equal(kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL), ERR_STORAGE);
}

static void test_private_directory(void **state)
{
    const char *directory = *state;
    char path[512];
    struct kv *kv;
    struct stat stat_of;
    snprintf(path, sizeof path, "%s/chain", directory);
    assert_int_equal(kv_open_rocks(&kv, path, &PLAN, NULL, false, NULL), OK);
    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0700);
    kv_close(kv);
}

/* A write that fails latches: nothing is read or written any more. The file size limit of the
 * child stands for a full disk. */
static void write_until_failure(const char *directory)
{
    struct kv *kv;
    signal(SIGXFSZ, SIG_IGN);
    if (kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL)) {
        _exit(1);
    }
    const struct rlimit limit = {1 << 20, 1 << 20};
    if (setrlimit(RLIMIT_FSIZE, &limit)) {
        _exit(2);
    }
    static uint8_t value[4096];
    enum err err = OK;
    uint32_t written = 0;
    for (uint32_t at = 0; at < 2000 && !err; at++) {
        struct kv_batch *batch = kv_batch_new(kv);
        kv_batch_put(batch, 0, bytes_of(&at, 4), bytes_of(value, sizeof value));
        err = kv_write(kv, batch, true);
        kv_batch_free(batch);
        written += !err;
    }
    struct arena arena;
    struct bytes out;
    arena_init(&arena, 1 << 20);
    const uint32_t first = 0;
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, 0, bytes_of("x", 1), bytes_of("x", 1));
    const bool latched =
        err == ERR_STORAGE && kv_failed(kv) && kv_write(kv, batch, false) == ERR_STORAGE &&
        kv_get(kv, NULL, 0, bytes_of(&first, 4), &arena, &out) == ERR_STORAGE &&
        kv_iter_next(kv_iter_open(kv, NULL, 0, bytes_of("", 0), bytes_of("", 0), false), &out,
                     &out) == ERR_STORAGE;
    /* The exit status says how many were acknowledged: about 250 of 4 KiB fit into 1 MiB. */
    _exit(latched && written > 10 ? (int)(written > 255 ? 255 : written) : 3);
}

static void test_failed_write(void **state)
{
    const char *directory = *state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        write_until_failure(directory);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    const int acknowledged = WEXITSTATUS(status);
    assert_true(acknowledged > 10);
    struct kv *kv;
    assert_int_equal(kv_open_rocks(&kv, directory, &PLAN, NULL, false, NULL), OK);
    struct arena arena;
    struct bytes out;
    arena_init(&arena, 4 << 20);
    for (uint32_t at = 0; at < (uint32_t)acknowledged; at++) {
        assert_int_equal(kv_get(kv, NULL, 0, bytes_of(&at, 4), &arena, &out), OK);
    }
    arena_free(&arena);
    kv_close(kv);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_killed_without_close), CASE(test_killed_at_any_moment),
        CASE(test_flipped_log),          CASE(test_torn_tail),
        CASE(test_iterator_reports),     CASE(test_second_opening_is_refused),
        CASE(test_impossible_places),    CASE(test_unknown_family),
        CASE(test_private_directory),    CASE(test_failed_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
