/* SPDX-License-Identifier: Apache-2.0 */
/* Every byte of the store's own log files flipped: an opening that forgets what follows, because a
 * damaged size looks like the torn end of a crash, must not be. And every torn end, which is one.
 */
#include "tests/unit/store/fixture.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/base/buf.h"
#include "ledger/base/crc32c.h"
#include "ledger/store/kv.h"
#include "ledger/store/rocks_log.h"

#define FILES_MAX 32
#define RECORDS 6

static const char *const families[] = {"first"};
static const struct kv_plan plan = {families, 1, 0, 0};

struct kept {
    char name[64];
    uint8_t *data;
    size_t size;
};

static struct kept files[FILES_MAX];
static size_t file_count;

static int setup(void **state)
{
    *state = directory_new();
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < file_count; i++) {
        free(files[i].data);
    }
    file_count = 0;
    directory_free(*state);
    return 0;
}

/* --- a store and its copy -----------------------------------------------------------------------
 */

static enum err open_store(struct kv **kv, const char *directory)
{
    struct err_detail detail = {0};
    return kv_open_rocks(kv, directory, &plan, NULL, false, &detail);
}

static void write_records(struct kv *kv, char first)
{
    for (char i = 0; i < RECORDS; i++) {
        const char key[2] = {first, (char)('0' + i)};
        struct kv_batch *batch = kv_batch_new(kv);
        assert_non_null(batch);
        kv_batch_put(batch, 0, bytes_of(key, 2), bytes_text("a value of some length"));
        assert_int_equal(kv_write(kv, batch, true), OK);
        kv_batch_free(batch);
    }
}

static void each_file(const char *directory, void (*each)(const char *directory, const char *name))
{
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            each(directory, entry->d_name);
        }
    }
    closedir(dir);
}

static void take(const char *directory, const char *name)
{
    char path[4096];
    struct stat status;
    struct kept *file = &files[file_count++];
    assert_true(file_count < FILES_MAX);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    snprintf(file->name, sizeof file->name, "%s", name);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fstat(fileno(stream), &status), 0);
    file->size = (size_t)status.st_size;
    file->data = malloc(file->size + 1);
    assert_int_equal(fread(file->data, 1, file->size, stream), file->size);
    fclose(stream);
}

static void drop(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(unlink(path), 0);
}

/* The directory as it was taken, but for `size` bytes of one file. */
static void restore(const char *directory, const struct kept *cut, size_t size)
{
    each_file(directory, drop);
    for (size_t i = 0; i < file_count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", directory, files[i].name);
        FILE *stream = fopen(path, "wb");
        const size_t whole = &files[i] == cut ? size : files[i].size;
        assert_non_null(stream);
        assert_int_equal(fwrite(files[i].data, 1, whole, stream), whole);
        fclose(stream);
    }
}

/* Half of the records in a table, half in the log. */
static void fill(const char *directory)
{
    struct kv *kv;
    assert_int_equal(open_store(&kv, directory), OK);
    write_records(kv, 'a');
    kv_close(kv);
    assert_int_equal(open_store(&kv, directory), OK);
    write_records(kv, 'b');
    kv_close(kv);
    each_file(directory, take);
}

static unsigned count(struct kv *kv)
{
    unsigned seen = 0;
    struct bytes key;
    struct bytes value;
    struct kv_iter *iter = kv_iter_open(kv, NULL, 0, bytes_of(NULL, 0), bytes_of(NULL, 0), false);
    while (kv_iter_next(iter, &key, &value) == OK) {
        seen++;
    }
    kv_iter_close(iter);
    return seen;
}

static struct kept *find(const char *part)
{
    for (size_t i = 0; i < file_count; i++) {
        if (strstr(files[i].name, part) && !strstr(files[i].name, "LOG")) {
            return &files[i];
        }
    }
    fail_msg("no file %s", part);
    return NULL;
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void flip_all(const char *directory, const char *part)
{
    struct kept *file = find(part);
    assert_true(file->size > 100);
    for (size_t at = 0; at < file->size; at++) {
        struct kv *kv = NULL;
        const uint8_t mask = (uint8_t)(1u << at % 8);
        file->data[at] ^= mask;
        restore(directory, NULL, 0);
        file->data[at] ^= mask;
        const enum err err = open_store(&kv, directory);
        if (err != ERR_CORRUPT) {
            fail_msg("%s, byte %zu of %zu, mask %02x: %s, %u records", file->name, at, file->size,
                     mask, err_name(err), kv ? count(kv) : 0);
        }
    }
}

static void test_manifest(void **state)
{
    fill(*state);
    flip_all(*state, "MANIFEST");
}

static void test_log(void **state)
{
    fill(*state);
    flip_all(*state, ".log");
}

/* Cut anywhere: what is there before the cut is there, and nothing is refused. */
static void test_torn(void **state)
{
    fill(*state);
    const struct kept *file = find(".log");
    unsigned before = 0;
    for (size_t size = 0; size <= file->size; size++) {
        struct kv *kv = NULL;
        restore(*state, file, size);
        assert_int_equal(open_store(&kv, *state), OK);
        const unsigned now = count(kv);
        kv_close(kv);
        assert_true(now >= before);
        assert_true(now >= RECORDS);
        before = now;
    }
    assert_int_equal(before, 2 * RECORDS);
}

/* The form alone: sizes and types of the last record, and of one before it. */
static void test_form(void **state)
{
    size_t at;
    fill(*state);
    struct kept *file = find("MANIFEST");
    const struct bytes whole = bytes_of(file->data, file->size);
    assert_true(rocks_log_whole(whole, &at));
    assert_int_equal(at, file->size);
    assert_true(rocks_log_whole(bytes_of(NULL, 0), &at));
    file->data[5] ^= 0x40; /* high byte of the first size */
    assert_false(rocks_log_whole(whole, &at));
    assert_int_equal(at, 0);
    file->data[5] ^= 0x40;
    file->data[6] ^= 0x04; /* its type becomes one of reused files */
    assert_false(rocks_log_whole(whole, &at));
    file->data[6] ^= 0x04;
    assert_true(rocks_log_whole(bytes_of(file->data, file->size - 1), &at));
    assert_true(at < file->size);
}

/* put_good writes a good record of `size` bytes of payload at `at`. */
static void put_good(uint8_t *file, size_t at, size_t size)
{
    uint8_t *head = file + at;
    const uint8_t type = 1;
    for (size_t i = 0; i < size; i++) {
        head[7 + i] = (uint8_t)(i * 37 + at);
    }
    const uint32_t sum = crc32c_more(crc32c_more(0, bytes_of(&type, 1)), bytes_of(head + 7, size));
    struct writer writer = writer_of(head, 7);
    write_u32(&writer, (sum >> 15 | sum << 17) + 0xa282ead8u);
    write_u16(&writer, (uint16_t)size);
    write_u8(&writer, type);
    assert_false(writer.failed);
}

/* Behind damage a good record is found wherever it begins, whatever its size, and nothing else. */
static void test_good_record_behind_damage(void **state)
{
    (void)state;
    enum { BLOCK = 32768, FILE_SIZE = 2 * BLOCK };
    const size_t sizes[] = {0, 1, 255, 256, 257, 4000, BLOCK - 1024};
    uint8_t *file = malloc(FILE_SIZE);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t last = BLOCK - 7 - sizes[i]; /* ends with the block */
        const size_t places[] = {8, 15, 16, 17, 31, 700, last - 1, last, BLOCK, BLOCK + last};
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            size_t at = 1;
            memset(file, 0xff, FILE_SIZE);
            put_good(file, places[k], sizes[i]);
            assert_false(rocks_log_whole(bytes_of(file, FILE_SIZE), &at));
            assert_int_equal(at, 0);
            if (sizes[i] > 0) {
                file[places[k] + 7 + sizes[i] / 2] ^= 1;
                assert_true(rocks_log_whole(bytes_of(file, FILE_SIZE), &at));
            }
            file[places[k]] ^= 1;
            assert_true(rocks_log_whole(bytes_of(file, FILE_SIZE), &at));
        }
        memset(file, 0xff, FILE_SIZE);
        put_good(file, last + 1, sizes[i]); /* would cross into the next block */
        size_t at = 1;
        assert_true(rocks_log_whole(bytes_of(file, FILE_SIZE), &at));
    }
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_record_behind_damage),
        cmocka_unit_test_setup_teardown(test_manifest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_form, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
