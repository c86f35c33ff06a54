/* SPDX-License-Identifier: Apache-2.0 */
/* What only the store in memory does, for simulations: a disk that loses, rots and is copied. */
#include "tests/unit/store/kv_fixture.h"

struct disk {
    enum err answer;
    bool lose;
    uint32_t batches;
};

static enum err disk_write(void *context, size_t size, bool sync, bool *lost)
{
    struct disk *disk = context;
    (void)sync;
    assert_true(size > 0);
    disk->batches++;
    *lost = disk->lose;
    return disk->answer;
}

static void put_one(struct kv *kv, const char *key, const char *value, bool sync, enum err expected)
{
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, 0, bytes_text(key), bytes_text(value));
    assert_int_equal(kv_write(kv, batch, sync), expected);
    kv_batch_free(batch);
}

/* The disk below a store in memory: what was synced survives a power failure, and nothing else. */
static void test_power_failure(void **state)
{
    (void)state;
    struct disk plays = {0};
    const struct kv_mem_disk disk = {.context = &plays, .write = disk_write};
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, &PLAN, NULL), OK);
    kv_mem_disk_set(kv, &disk);
    put_one(kv, "a", "1", true, OK);
    put_one(kv, "a", "2", false, OK);
    put_one(kv, "b", "1", false, OK);
    expect(kv, NULL, 0, "a", "2");
    kv_mem_crash(kv);
    expect(kv, NULL, 0, "a", "1");
    expect(kv, NULL, 0, "b", NULL);
    put_one(kv, "a", "3", false, OK);
    put_one(kv, "b", "2", true, OK); /* a journal: what came before is there, too */
    kv_mem_crash(kv);
    expect(kv, NULL, 0, "a", "3");
    expect(kv, NULL, 0, "b", "2");
    plays.answer = ERR_STORAGE;
    put_one(kv, "a", "4", true, ERR_STORAGE);
    assert_true(kv_failed(kv));
    plays.answer = OK;
    kv_mem_crash(kv);
    assert_false(kv_failed(kv));
    expect(kv, NULL, 0, "a", "3");
    plays.lose = true; /* it says that it synced */
    put_one(kv, "a", "5", true, OK);
    plays.lose = false;
    put_one(kv, "b", "3", true, OK);
    expect(kv, NULL, 0, "a", "5");
    kv_mem_crash(kv);
    expect(kv, NULL, 0, "a", "3");
    expect(kv, NULL, 0, "b", "2");
    assert_int_equal(plays.batches, 8);
    kv_close(kv);
}

static void expect_rotten(struct kv *kv, const char *key)
{
    struct arena arena;
    struct bytes out;
    arena_init(&arena, 1 << 20);
    assert_int_equal(kv_get(kv, NULL, 0, bytes_text(key), &arena, &out), ERR_CORRUPT);
    arena_free(&arena);
}

static enum err ignore(void *context, size_t index, struct bytes value)
{
    (void)context;
    (void)index;
    (void)value;
    return OK;
}

/* What a bad sector below a store in memory does: the records on it cannot be read, by nobody, and
 * whoever meets them is told; the others can. */
static void test_rot(void **state)
{
    (void)state;
    struct kv *kv;
    struct bytes key;
    struct bytes value;
    char what[KV_DAMAGE_TEXT];
    const struct bytes keys[] = {bytes_text("a"), bytes_text("b")};
    assert_int_equal(kv_open_mem(&kv, &PLAN, NULL), OK);
    put(kv, 0, "a", "1");
    put(kv, 0, "b", "2");
    put(kv, 0, "c", "3");
    put(kv, 0, "d", "4");
    put(kv, 1, "b", "5");
    assert_int_equal(kv_mem_count(kv, 0, false), 4);
    assert_int_equal(kv_mem_rot(kv, 0, 4, 1), 0);
    assert_int_equal(kv_mem_rot(kv, 0, 1, 2), 2);
    assert_int_equal(kv_mem_count(kv, 0, false), 4);
    assert_int_equal(kv_mem_count(kv, 0, true), 2);
    assert_false(kv_damage(kv, what));
    expect(kv, NULL, 0, "a", "1");
    expect(kv, NULL, 0, "d", "4");
    expect(kv, NULL, 1, "b", "5");
    assert_false(kv_damage(kv, what));
    expect_rotten(kv, "b");
    assert_true(kv_damage(kv, what));
    assert_string_equal(what, "Corruption: a record of one cannot be read");
    expect_rotten(kv, "c");
    assert_int_equal(kv_get_many(kv, NULL, 0, keys, 1, ignore, NULL), OK);
    assert_int_equal(kv_get_many(kv, NULL, 0, keys, 2, ignore, NULL), ERR_CORRUPT);
    struct kv_iter *iter = kv_iter_open(kv, NULL, 0, bytes_text(""), bytes_text(""), false);
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    assert_int_equal(kv_iter_next(iter, &key, &value), ERR_CORRUPT);
    kv_iter_close(iter);
    put_one(kv, "b", "new", true, OK);
    expect(kv, NULL, 0, "b", "new");
    kv_mem_crash(kv); /* another process has met nothing yet; what is damaged stays so */
    assert_false(kv_damage(kv, what));
    expect_rotten(kv, "c");
    assert_true(kv_damage(kv, what));
    kv_close(kv);
}

/* A backup holds what a power failure would leave, and goes its own way. */
static void test_copy(void **state)
{
    (void)state;
    struct kv *kv;
    struct kv *copy;
    struct disk plays = {0};
    const struct kv_mem_disk disk = {.context = &plays, .write = disk_write};
    assert_int_equal(kv_open_mem(&kv, &PLAN, NULL), OK);
    kv_mem_disk_set(kv, &disk);
    put_one(kv, "a", "old", true, OK);
    put_one(kv, "b", "2", true, OK);
    put_one(kv, "c", "3", true, OK);
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_delete(batch, 0, bytes_text("c"));
    assert_int_equal(kv_write(kv, batch, true), OK);
    kv_batch_free(batch);
    assert_int_equal(kv_mem_rot(kv, 0, 1, 1), 1);
    put_one(kv, "a", "not synced", false, OK);
    assert_int_equal(kv_mem_copy(&copy, kv), OK);
    put_one(kv, "d", "4", true, OK);
    assert_int_equal(kv_mem_count(copy, 0, false), 2);
    expect(copy, NULL, 0, "a", "old");
    expect_rotten(copy, "b");
    put_one(copy, "a", "new", true, OK);
    kv_mem_crash(copy);
    expect(copy, NULL, 0, "a", "new");
    expect(kv, NULL, 0, "a", "not synced");
    kv_close(copy);
    kv_close(kv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_power_failure),
                                       cmocka_unit_test(test_rot), cmocka_unit_test(test_copy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
