/* SPDX-License-Identifier: Apache-2.0 */
/* One set of tests for every store: RocksDB and memory, with and without a cipher. */
#include "tests/unit/store/kv_fixture.h"

struct variant {
    bool rocks;
    const struct kv_cipher *cipher;
    char *directory;
    struct kv *kv;
};

static struct variant variants[] = {{true, NULL, NULL, NULL},
                                    {true, &TEST_CIPHER, NULL, NULL},
                                    {false, NULL, NULL, NULL},
                                    {false, &TEST_CIPHER, NULL, NULL}};

static enum err setup_again(struct variant *variant)
{
    return kv_open_rocks(&variant->kv, variant->directory, &PLAN, variant->cipher, false, NULL);
}

static int setup(void **state)
{
    struct variant *variant = *state;
    random_state = 7;
    if (variant->rocks) {
        variant->directory = directory_new();
        return setup_again(variant);
    }
    return kv_open_mem(&variant->kv, &PLAN, variant->cipher);
}

static int teardown(void **state)
{
    struct variant *variant = *state;
    kv_close(variant->kv);
    if (variant->directory) {
        directory_free(variant->directory);
        variant->directory = NULL;
    }
    return 0;
}

static void test_batch_is_one(void **state)
{
    struct kv *kv = ((struct variant *)*state)->kv;
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, 0, bytes_text("a"), bytes_text("1"));
    kv_batch_put(batch, 1, bytes_text("a"), bytes_text("2"));
    kv_batch_put(batch, 2, bytes_text("a"), bytes_text(""));
    kv_batch_put(batch, 0, bytes_text("b"), bytes_text("3"));
    kv_batch_delete(batch, 0, bytes_text("b"));
    expect(kv, NULL, 0, "a", NULL);
    assert_int_equal(kv_write(kv, batch, true), OK);
    kv_batch_free(batch);
    expect(kv, NULL, 0, "a", "1");
    expect(kv, NULL, 1, "a", "2");
    expect(kv, NULL, 2, "a", "");
    expect(kv, NULL, 0, "b", NULL);
    expect(kv, NULL, 0, "", NULL);
    assert_false(kv_failed(kv));
}

static void test_empty_batch(void **state)
{
    struct kv *kv = ((struct variant *)*state)->kv;
    struct kv_batch *batch = kv_batch_new(kv);
    assert_int_equal(kv_write(kv, batch, true), OK);
    kv_batch_free(batch);
}

static void test_snapshot_stands_still(void **state)
{
    struct kv *kv = ((struct variant *)*state)->kv;
    put(kv, 0, "k", "old");
    put(kv, 1, "gone", "here");
    struct kv_snapshot *snapshot = kv_snapshot_take(kv);
    put(kv, 0, "k", "new");
    put(kv, 0, "later", "x");
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_delete(batch, 1, bytes_text("gone"));
    assert_int_equal(kv_write(kv, batch, false), OK);
    kv_batch_free(batch);
    expect(kv, snapshot, 0, "k", "old");
    expect(kv, snapshot, 0, "later", NULL);
    expect(kv, snapshot, 1, "gone", "here");
    expect(kv, NULL, 0, "k", "new");
    expect(kv, NULL, 1, "gone", NULL);
    kv_snapshot_drop(kv, snapshot);
}

static enum err stop_at_second(void *context, size_t index, struct bytes value)
{
    unsigned *calls = context;
    (void)index;
    (void)value;
    return ++*calls == 2 ? ERR_UNIT : OK;
}

static void test_many_stop(void **state)
{
    struct kv *kv = ((struct variant *)*state)->kv;
    const struct bytes keys[] = {bytes_text("a"), bytes_text("x"), bytes_text("b"),
                                 bytes_text("c")};
    unsigned calls = 0;
    put(kv, 0, "a", "1");
    put(kv, 0, "b", "2");
    put(kv, 0, "c", "3");
    assert_int_equal(kv_get_many(kv, NULL, 0, keys, 4, stop_at_second, &calls), ERR_UNIT);
    assert_int_equal(calls, 2);
    assert_int_equal(kv_get_many(kv, NULL, 0, keys, 0, stop_at_second, &calls), OK);
    assert_int_equal(calls, 2);
}

static void test_large_values(void **state)
{
    struct kv *kv = ((struct variant *)*state)->kv;
    const size_t size = 3 << 20;
    uint8_t *data = malloc(size);
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)random_below(256);
    }
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, 0, bytes_text("large"), bytes_of(data, size));
    assert_int_equal(kv_write(kv, batch, true), OK);
    kv_batch_free(batch);
    struct arena arena;
    struct bytes out;
    arena_init(&arena, size / 2);
    assert_int_equal(kv_get(kv, NULL, 0, bytes_text("large"), &arena, &out), ERR_MEMORY);
    arena_free(&arena);
    arena_init(&arena, 4 * size);
    assert_int_equal(kv_get(kv, NULL, 0, bytes_text("large"), &arena, &out), OK);
    assert_true(bytes_equal(out, bytes_of(data, size)));
    arena_free(&arena);
    free(data);
}

/* --- against a model: all texts of 1 to 4 of three letters, one of them 0xff --------------------
 */

#define UNIVERSE (3 + 9 + 27 + 81)

struct model {
    bool present[2][UNIVERSE];
    uint32_t value[2][UNIVERSE];
};

static struct bytes universe[UNIVERSE];
static uint8_t universe_space[UNIVERSE][4];

static int by_bytes(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

static void universe_make(void)
{
    static const uint8_t LETTERS[] = {0x00, 'm', 0xff};
    size_t at = 0;
    size_t span = 1;
    for (size_t size = 1; size <= 4; size++) {
        span *= 3;
        for (size_t i = 0; i < span; i++, at++) {
            size_t rest = i;
            for (size_t j = 0; j < size; j++, rest /= 3) {
                universe_space[at][j] = LETTERS[rest % 3];
            }
            universe[at] = bytes_of(universe_space[at], size);
        }
    }
    assert_int_equal(at, UNIVERSE);
    qsort(universe, UNIVERSE, sizeof universe[0], by_bytes);
}

static bool in_prefix(struct bytes key, struct bytes prefix)
{
    return key.size >= prefix.size && memcmp(key.data, prefix.data, prefix.size) == 0;
}

static void check_walk(struct kv *kv, const struct kv_snapshot *snapshot, const struct model *model,
                       uint32_t family)
{
    const bool reverse = random_below(2);
    const struct bytes prefix =
        random_below(3) ? universe[random_below(UNIVERSE)] : bytes_of("", 0);
    struct bytes from = random_below(2) ? universe[random_below(UNIVERSE)] : bytes_of("", 0);
    if (from.size && !in_prefix(from, prefix)) {
        from = bytes_of("", 0);
    }
    struct kv_iter *iter = kv_iter_open(kv, snapshot, family, prefix, from, reverse);
    struct bytes key;
    struct bytes value;
    for (size_t n = 0; n < UNIVERSE; n++) {
        const size_t i = reverse ? UNIVERSE - 1 - n : n;
        const int order = from.size ? bytes_compare(universe[i], from) : 0;
        if (!model->present[family][i] || !in_prefix(universe[i], prefix) ||
            (from.size && (reverse ? order > 0 : order < 0))) {
            continue;
        }
        assert_int_equal(kv_iter_next(iter, &key, &value), OK);
        assert_true(bytes_equal(key, universe[i]));
        assert_true(bytes_equal(value, bytes_of(&model->value[family][i], 4)));
    }
    assert_int_equal(kv_iter_next(iter, &key, &value), ERR_ABSENT);
    assert_int_equal(kv_iter_next(iter, &key, &value), ERR_ABSENT);
    kv_iter_close(iter);
}

struct many {
    const struct model *model;
    uint32_t family;
    const uint32_t *asked;
    size_t count;
    size_t found;
};

static enum err found_one(void *context, size_t index, struct bytes value)
{
    struct many *many = context;
    assert_true(index < many->count);
    const uint32_t i = many->asked[index];
    assert_true(many->model->present[many->family][i]);
    assert_true(bytes_equal(value, bytes_of(&many->model->value[many->family][i], 4)));
    many->found++;
    return OK;
}

/* Many at once, more than one look takes, in any order and twice the same. */
static void check_many(struct kv *kv, const struct kv_snapshot *snapshot, const struct model *model)
{
    struct bytes keys[2 * UNIVERSE];
    uint32_t asked[2 * UNIVERSE];
    struct many many = {model, random_below(2), asked, random_below(2 * UNIVERSE), 0};
    size_t there = 0;
    for (size_t i = 0; i < many.count; i++) {
        asked[i] = random_below(UNIVERSE);
        keys[i] = universe[asked[i]];
        there += model->present[many.family][asked[i]] ? 1 : 0;
    }
    assert_int_equal(kv_get_many(kv, snapshot, many.family, keys, many.count, found_one, &many),
                     OK);
    assert_int_equal(many.found, there);
}

static void check_model(struct kv *kv, const struct kv_snapshot *snapshot,
                        const struct model *model)
{
    struct arena arena;
    for (uint32_t n = 0; n < 20; n++) {
        const uint32_t family = random_below(2);
        const uint32_t i = random_below(UNIVERSE);
        struct bytes out;
        arena_init(&arena, 4096);
        const enum err err = kv_get(kv, snapshot, family, universe[i], &arena, &out);
        assert_int_equal(err, model->present[family][i] ? OK : ERR_ABSENT);
        if (!err) {
            assert_true(bytes_equal(out, bytes_of(&model->value[family][i], 4)));
        }
        arena_free(&arena);
        check_walk(kv, snapshot, model, family);
    }
    check_many(kv, snapshot, model);
}

#define SNAPSHOTS 4

static void test_model(void **state)
{
    struct kv *kv = ((struct variant *)*state)->kv;
    static struct model now;
    static struct model then[SNAPSHOTS];
    struct kv_snapshot *snapshots[SNAPSHOTS] = {NULL};
    memset(&now, 0, sizeof now);
    universe_make();
    for (uint32_t round = 0; round < 120; round++) {
        struct kv_batch *batch = kv_batch_new(kv);
        for (uint32_t n = random_below(12); n > 0; n--) {
            const uint32_t family = random_below(2);
            const uint32_t i = random_below(UNIVERSE);
            now.present[family][i] = random_below(3) != 0;
            now.value[family][i] = random_below(1u << 30);
            if (now.present[family][i]) {
                kv_batch_put(batch, family, universe[i], bytes_of(&now.value[family][i], 4));
            } else {
                kv_batch_delete(batch, family, universe[i]);
            }
        }
        assert_int_equal(kv_write(kv, batch, false), OK);
        kv_batch_free(batch);
        const uint32_t slot = random_below(SNAPSHOTS);
        kv_snapshot_drop(kv, snapshots[slot]);
        snapshots[slot] = random_below(4) ? kv_snapshot_take(kv) : NULL;
        then[slot] = now;
        check_model(kv, NULL, &now);
        const uint32_t other = random_below(SNAPSHOTS);
        if (snapshots[other]) {
            check_model(kv, snapshots[other], &then[other]);
        }
    }
    for (size_t i = 0; i < SNAPSHOTS; i++) {
        kv_snapshot_drop(kv, snapshots[i]);
    }
}

/* An iterator sees what was there when it was opened, also without a snapshot. */
static void test_iterator_stands_still(void **state)
{
    struct kv *kv = ((struct variant *)*state)->kv;
    put(kv, 0, "a", "1");
    put(kv, 0, "c", "3");
    struct kv_iter *iter = kv_iter_open(kv, NULL, 0, bytes_text(""), bytes_text(""), false);
    put(kv, 0, "b", "2");
    put(kv, 0, "c", "4");
    struct bytes key;
    struct bytes value;
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    assert_true(bytes_equal(key, bytes_text("a")));
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    assert_true(bytes_equal(key, bytes_text("c")));
    assert_true(bytes_equal(value, bytes_text("3")));
    assert_int_equal(kv_iter_next(iter, &key, &value), ERR_ABSENT);
    kv_iter_close(iter);
}

/* A cipher binds a value to its place, and leaves clear families alone (D22). */
static enum err cipher_refuse(void *context, uint32_t family, struct bytes key, struct bytes value,
                              struct arena *arena, struct bytes *out)
{
    (void)context;
    (void)family;
    (void)key;
    (void)value;
    (void)arena;
    (void)out;
    return ERR_KEY;
}

static void test_cipher(void **state)
{
    (void)state;
    const struct kv_cipher refusing = {NULL, cipher_refuse, cipher_refuse};
    struct kv *kv;
    assert_int_equal(kv_open_mem(&kv, &PLAN, &refusing), OK);
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_put(batch, 2, bytes_text("k"), bytes_text("public"));
    assert_int_equal(kv_write(kv, batch, false), OK);
    expect(kv, NULL, 2, "k", "public");
    kv_batch_put(batch, 0, bytes_text("k"), bytes_text("secret"));
    assert_int_equal(kv_write(kv, batch, false), ERR_KEY);
    kv_batch_free(batch);
    expect(kv, NULL, 0, "k", NULL);
    assert_false(kv_failed(kv)); /* nothing was written, nothing is in doubt */
    kv_close(kv);
}

/* A derived family is emptied at once, under readers, and written again; the others stay. What was
 * emptied is empty after an opening, too. */
static void test_renew(void **state)
{
    struct variant *variant = *state;
    struct kv *kv = variant->kv;
    struct bytes key;
    struct bytes value;
    char what[KV_DAMAGE_TEXT] = "";
    put(kv, 0, "a", "1");
    put(kv, 1, "a", "old");
    put(kv, 1, "b", "old");
    struct kv_iter *iter = kv_iter_open(kv, NULL, 1, bytes_text(""), bytes_text(""), false);
    assert_int_equal(kv_iter_next(iter, &key, &value), OK);
    kv_tell_damage(kv, 1, "first");
    kv_tell_damage(kv, 1, "second");
    assert_int_equal(kv_spoiled(kv, what), 1u << 1);
    assert_string_equal(what, "first");
    assert_false(kv_damage(kv, what));
    assert_int_equal(kv_renew(kv, 1), OK);
    assert_int_equal(kv_spoiled(kv, NULL), 0);
    expect(kv, NULL, 1, "a", NULL);
    put(kv, 1, "b", "new");
    expect(kv, NULL, 0, "a", "1");
    expect(kv, NULL, 1, "b", "new");
    const enum err err = kv_iter_next(iter, &key, &value); /* what was there, or nothing */
    assert_true(err == ERR_ABSENT || (err == OK && bytes_equal(value, bytes_text("old"))));
    kv_iter_close(iter);
    if (variant->rocks) {
        kv_close(kv);
        assert_int_equal(
            kv_open_rocks(&variant->kv, variant->directory, &PLAN, variant->cipher, false, NULL),
            OK);
    } else {
        kv_mem_crash(kv);
    }
    expect(variant->kv, NULL, 0, "a", "1");
    expect(variant->kv, NULL, 1, "a", NULL);
    expect(variant->kv, NULL, 1, "b", "new");
}

#define TESTS(v)                                                                                   \
    cmocka_unit_test_prestate_setup_teardown(test_batch_is_one, setup, teardown, &variants[v]),    \
        cmocka_unit_test_prestate_setup_teardown(test_empty_batch, setup, teardown, &variants[v]), \
        cmocka_unit_test_prestate_setup_teardown(test_snapshot_stands_still, setup, teardown,      \
                                                 &variants[v]),                                    \
        cmocka_unit_test_prestate_setup_teardown(test_many_stop, setup, teardown, &variants[v]),   \
        cmocka_unit_test_prestate_setup_teardown(test_large_values, setup, teardown,               \
                                                 &variants[v]),                                    \
        cmocka_unit_test_prestate_setup_teardown(test_iterator_stands_still, setup, teardown,      \
                                                 &variants[v]),                                    \
        cmocka_unit_test_prestate_setup_teardown(test_renew, setup, teardown, &variants[v]),       \
        cmocka_unit_test_prestate_setup_teardown(test_model, setup, teardown, &variants[v])

int main(void)
{
    const struct CMUnitTest tests[] = {TESTS(0), TESTS(1), TESTS(2), TESTS(3),
                                       cmocka_unit_test(test_cipher)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
