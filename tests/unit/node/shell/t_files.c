/* SPDX-License-Identifier: Apache-2.0 */
/* The files of log and signer: whole or absent, never grown, never in the other's directory. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/shell/files.h"

struct fixture {
    char dir[64];
    char log_dir[96];
    char key_dir[96];
    struct files *files;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    strcpy(fixture->dir, "/tmp/seam-files-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    snprintf(fixture->log_dir, sizeof(fixture->log_dir), "%s/log", fixture->dir);
    snprintf(fixture->key_dir, sizeof(fixture->key_dir), "%s/key", fixture->dir);
    assert_int_equal(files_open(&fixture->files, fixture->log_dir, fixture->key_dir), ERR_ABSENT);
    assert_int_equal(mkdir(fixture->key_dir, 0700), 0);
    assert_int_equal(files_open(&fixture->files, fixture->log_dir, fixture->key_dir), OK);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    struct env_names *names = calloc(1, sizeof(*names));
    assert_non_null(names);
    assert_int_equal(files_file_list(fixture->files, ENV_DIR_LOG, names), OK);
    for (size_t i = 0; i < names->count; i++) {
        assert_int_equal(files_file_unlink(fixture->files, ENV_DIR_LOG, names->names[i]), OK);
    }
    free(names);
    files_close(fixture->files);
    assert_int_equal(rmdir(fixture->log_dir), 0);
    assert_int_equal(rmdir(fixture->key_dir), 0);
    assert_int_equal(rmdir(fixture->dir), 0);
    free(fixture);
    return 0;
}

static void test_round(void **state)
{
    struct fixture *fixture = *state;
    struct env_file *file = NULL;
    const uint64_t size = 3 * 1024 * 1024 + 7;
    assert_int_equal(
        files_file_open(fixture->files, &file, ENV_DIR_LOG, "seg-1", ENV_OPEN_EXISTING, 0),
        ERR_ABSENT);
    assert_int_equal(
        files_file_open(fixture->files, &file, ENV_DIR_LOG, "seg-1", ENV_OPEN_CREATE, size), OK);
    uint64_t found = 0;
    assert_int_equal(files_file_size(fixture->files, file, &found), OK);
    assert_int_equal(found, size);
    assert_int_equal(files_file_write(fixture->files, file, size - 4, bytes_of("tail", 4)), OK);
    assert_int_equal(files_file_sync(fixture->files, file), OK);
    files_file_close(fixture->files, file);
    assert_int_equal(
        files_file_open(fixture->files, &file, ENV_DIR_LOG, "seg-1", ENV_OPEN_EXISTING, 0), OK);
    uint8_t out[16];
    size_t got = 0;
    assert_int_equal(files_file_read(fixture->files, file, size - 8, out, sizeof(out), &got), OK);
    assert_int_equal(got, 8);
    assert_memory_equal(out, "\0\0\0\0tail", 8);
    files_file_close(fixture->files, file);
    struct env_file *again = NULL;
    assert_int_equal(
        files_file_open(fixture->files, &again, ENV_DIR_LOG, "seg-1", ENV_OPEN_CREATE, 10),
        ERR_CONFLICT);
}

static void touch(const char *dir, const char *name)
{
    char path[192];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

/* What a crash left of an unfinished creation neither shows nor hinders. */
static void test_crash_in_create(void **state)
{
    struct fixture *fixture = *state;
    struct env_file *file = NULL;
    touch(fixture->log_dir, ".seg-2.new");
    struct env_names *names = calloc(1, sizeof(*names));
    assert_non_null(names);
    assert_int_equal(files_file_list(fixture->files, ENV_DIR_LOG, names), OK);
    assert_int_equal(names->count, 0);
    assert_int_equal(
        files_file_open(fixture->files, &file, ENV_DIR_LOG, "seg-2", ENV_OPEN_CREATE, 100), OK);
    files_file_close(fixture->files, file);
    assert_int_equal(
        files_file_open(fixture->files, &file, ENV_DIR_LOG, "seg-1", ENV_OPEN_CREATE, 100), OK);
    files_file_close(fixture->files, file);
    assert_int_equal(files_file_rename(fixture->files, ENV_DIR_LOG, "seg-2", "seg-0"), OK);
    assert_int_equal(files_dir_sync(fixture->files, ENV_DIR_LOG), OK);
    assert_int_equal(files_file_list(fixture->files, ENV_DIR_LOG, names), OK);
    assert_int_equal(names->count, 2);
    assert_string_equal(names->names[0], "seg-0");
    assert_string_equal(names->names[1], "seg-1");
    assert_int_equal(files_file_list(fixture->files, ENV_DIR_KEY, names), OK);
    assert_int_equal(names->count, 0);
    assert_int_equal(files_file_unlink(fixture->files, ENV_DIR_KEY, "seg-0"), ERR_ABSENT);
    free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round, setup, teardown),
        cmocka_unit_test_setup_teardown(test_crash_in_create, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
