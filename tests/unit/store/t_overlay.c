/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays against a plain array, marks and rollbacks, sealing, settling, and who is released
 * when. */
#include "tests/unit/store/fixture.h"

#include "ledger/base/limits.h"
#include "ledger/store/overlay.h"

#define KEYS 24

/* A base over an array; counts its reads and its release. */
struct base {
    uint32_t values[KEYS]; /* 0 = absent */
    unsigned reads;
    unsigned released;
    enum err trouble;
};

static struct bytes key_of(uint32_t i)
{
    static uint8_t keys[KEYS][2];
    keys[i][0] = 'k';
    keys[i][1] = (uint8_t)(200 - i * 7);
    return bytes_of(keys[i], 2);
}

static enum err base_get(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    struct base *base = context;
    base->reads++;
    if (base->trouble) {
        return base->trouble;
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        if (bytes_equal(key, key_of(i)) && base->values[i]) {
            return arena_copy(arena, bytes_of(&base->values[i], 4), out) ? OK : ERR_MEMORY;
        }
    }
    return ERR_ABSENT;
}

static void base_release(void *context)
{
    ((struct base *)context)->released++;
}

static struct overlay *above(struct base *base)
{
    const struct state_base state = {
        .context = base, .height = 5, .get = base_get, .release = base_release};
    struct overlay *overlay = overlay_new(NULL, &state);
    assert_non_null(overlay);
    return overlay;
}

static void expect(struct overlay *overlay, uint32_t i, uint32_t value)
{
    struct bytes out;
    const enum err err = overlay_get(overlay, key_of(i), &out);
    if (value) {
        assert_int_equal(err, OK);
        assert_true(bytes_equal(out, bytes_of(&value, 4)));
    } else {
        assert_int_equal(err, ERR_ABSENT);
    }
}

static void set(struct overlay *overlay, uint32_t i, uint32_t value)
{
    assert_int_equal(value ? overlay_put(overlay, key_of(i), bytes_of(&value, 4))
                           : overlay_delete(overlay, key_of(i)),
                     OK);
}

static void test_reads_through(void **state)
{
    (void)state;
    struct base base = {.values = {10, 11, 12}};
    struct overlay *one = above(&base);
    expect(one, 0, 10);
    expect(one, 5, 0);
    set(one, 0, 20);
    set(one, 1, 0);
    expect(one, 0, 20);
    expect(one, 1, 0);
    overlay_seal(one);
    struct overlay *two = overlay_new(one, NULL);
    expect(two, 0, 20);
    expect(two, 1, 0);
    expect(two, 2, 12);
    set(two, 1, 31);
    expect(two, 1, 31);
    expect(one, 1, 0);
    overlay_drop(one);
    assert_int_equal(base.released, 0);
    expect(two, 2, 12);
    overlay_drop(two);
    assert_int_equal(base.released, 1);
}

static void test_remembers_reads(void **state)
{
    (void)state;
    struct base base = {.values = {10}};
    struct overlay *overlay = above(&base);
    struct bytes first;
    assert_int_equal(overlay_get(overlay, key_of(0), &first), OK);
    for (int i = 0; i < 10; i++) {
        expect(overlay, 0, 10);
    }
    assert_int_equal(base.reads, 1);
    /* What was only read is not a write. */
    overlay_seal(overlay);
    assert_int_equal(overlay_count(overlay), 0);
    assert_int_equal(*first.data, 10);
    /* Also after sealing, and then the same bytes for everybody. */
    struct bytes again;
    base.values[1] = 11;
    assert_int_equal(overlay_get(overlay, key_of(1), &first), OK);
    assert_int_equal(overlay_get(overlay, key_of(1), &again), OK);
    assert_ptr_equal(first.data, again.data);
    assert_int_equal(base.reads, 2);
    overlay_drop(overlay);
}

/* Throw-away overlays above one sealed overlay share what they read of the base. */
static void test_shares_reads(void **state)
{
    (void)state;
    struct base base = {.values = {10, 11}};
    struct overlay *sealed = above(&base);
    set(sealed, 1, 21);
    overlay_seal(sealed);
    struct overlay *middle = overlay_new(sealed, NULL);
    overlay_seal(middle);
    for (int i = 0; i < 3; i++) {
        struct overlay *question = overlay_new(i == 1 ? middle : sealed, NULL);
        expect(question, 0, 10);
        expect(question, 1, 21);
        set(question, 0, 30); /* a question's own writes stay its own */
        expect(question, 0, 30);
        overlay_drop(question);
    }
    assert_int_equal(base.reads, 1);
    struct overlay *question = overlay_new(sealed, NULL);
    expect(question, 5, 0);
    expect(question, 5, 0); /* what is absent is asked for each time */
    assert_int_equal(base.reads, 3);
    overlay_drop(question);
    overlay_drop(middle);
    overlay_drop(sealed);
    assert_int_equal(base.released, 1);
}

static void test_trouble_is_told(void **state)
{
    (void)state;
    struct base base = {.trouble = ERR_STORAGE};
    struct overlay *overlay = above(&base);
    struct bytes out;
    assert_int_equal(overlay_get(overlay, key_of(0), &out), ERR_STORAGE);
    base.trouble = OK;
    base.values[0] = 3;
    expect(overlay, 0, 3); /* the error was not remembered */
    overlay_drop(overlay);
}

static void test_rollback(void **state)
{
    (void)state;
    struct base base = {.values = {10, 11, 12}};
    struct overlay *overlay = above(&base);
    expect(overlay, 2, 12);
    set(overlay, 0, 20);
    const size_t mark = overlay_mark(overlay);
    set(overlay, 0, 30);
    set(overlay, 0, 40);
    set(overlay, 1, 0);
    set(overlay, 2, 50);
    set(overlay, 7, 60);
    const size_t inner = overlay_mark(overlay);
    set(overlay, 7, 0);
    overlay_rollback(overlay, inner);
    expect(overlay, 7, 60);
    overlay_rollback(overlay, mark);
    expect(overlay, 0, 20);
    expect(overlay, 1, 11);
    expect(overlay, 2, 12);
    expect(overlay, 7, 0);
    overlay_seal(overlay);
    assert_int_equal(overlay_count(overlay), 1);
    overlay_drop(overlay);
}

static void test_sealed_entries(void **state)
{
    (void)state;
    struct base base = {0};
    struct overlay *overlay = above(&base);
    for (uint32_t i = 0; i < KEYS; i++) {
        set(overlay, i, i + 1);
    }
    set(overlay, 3, 0);
    assert_int_equal(overlay_put(overlay, key_of(4), bytes_of(NULL, 0)), OK);
    assert_false(overlay_sealed(overlay));
    overlay_seal(overlay);
    overlay_seal(overlay);
    assert_true(overlay_sealed(overlay));
    assert_int_equal(overlay_count(overlay), KEYS);
    for (uint32_t i = 0; i < KEYS; i++) {
        struct bytes key;
        struct bytes value;
        const uint32_t expected = KEYS - 1 - i; /* keys fall as numbers rise */
        overlay_entry(overlay, i, &key, &value);
        assert_true(bytes_equal(key, key_of(expected)));
        if (expected == 3) {
            assert_null(value.data);
        } else {
            assert_non_null(value.data);
            assert_int_equal(value.size, expected == 4 ? 0 : 4);
        }
    }
    struct bytes out;
    assert_int_equal(overlay_get(overlay, key_of(4), &out), OK);
    assert_int_equal(out.size, 0);
    overlay_drop(overlay);
}

static void test_limits(void **state)
{
    (void)state;
    struct base base = {0};
    struct overlay *overlay = above(&base);
    static uint8_t space[LIMIT_STATE_VALUE + 1];
    const struct bytes one = bytes_of(space, 1);
    assert_int_equal(overlay_put(overlay, bytes_of(space, 0), one), ERR_LENGTH);
    assert_int_equal(overlay_put(overlay, bytes_of(space, 1), one), OK);
    assert_int_equal(overlay_put(overlay, bytes_of(space, LIMIT_STATE_KEY - 1), one), OK);
    assert_int_equal(overlay_put(overlay, bytes_of(space, LIMIT_STATE_KEY), one), OK);
    assert_int_equal(overlay_put(overlay, bytes_of(space, LIMIT_STATE_KEY + 1), one), ERR_LENGTH);
    assert_int_equal(overlay_delete(overlay, bytes_of(space, LIMIT_STATE_KEY + 1)), ERR_LENGTH);
    assert_int_equal(overlay_put(overlay, one, bytes_of(space, LIMIT_STATE_VALUE - 1)), OK);
    assert_int_equal(overlay_put(overlay, one, bytes_of(space, LIMIT_STATE_VALUE)), OK);
    assert_int_equal(overlay_put(overlay, one, bytes_of(space, LIMIT_STATE_VALUE + 1)),
                     ERR_TOO_LARGE);
    overlay_seal(overlay);
    assert_int_equal(overlay_count(overlay), 3);
    overlay_drop(overlay);
}

/* An overlay that became final lets go of its parent; what stands above reads on. */
static void test_settle(void **state)
{
    (void)state;
    struct base low = {.values = {10, 11}};
    struct base high = {.values = {10, 21, 33}};
    struct overlay *one = above(&low);
    set(one, 1, 21);
    overlay_seal(one);
    struct overlay *two = overlay_new(one, NULL);
    set(two, 2, 33);
    overlay_seal(two);
    struct overlay *three = overlay_new(two, NULL);
    overlay_drop(one);
    const struct state_base base = {
        .context = &high, .height = 7, .get = base_get, .release = base_release};
    assert_int_equal(overlay_settle(two, &base), OK);
    assert_int_equal(low.released, 1);
    expect(three, 0, 10);
    expect(three, 1, 21);
    expect(three, 2, 33);
    expect(two, 1, 21);
    overlay_drop(two);
    overlay_drop(three);
    assert_int_equal(high.released, 1);
}

static void test_read_copies(void **state)
{
    (void)state;
    struct base base = {.values = {10}};
    struct overlay *overlay = above(&base);
    set(overlay, 1, 11);
    set(overlay, 2, 0);
    overlay_seal(overlay);
    struct arena arena;
    struct bytes out;
    arena_init(&arena, 4096);
    assert_int_equal(overlay_read(overlay, key_of(0), &arena, &out), OK);
    assert_int_equal(out.data[0], 10);
    assert_int_equal(overlay_read(overlay, key_of(1), &arena, &out), OK);
    assert_int_equal(out.data[0], 11);
    assert_int_equal(overlay_read(overlay, key_of(2), &arena, &out), ERR_ABSENT);
    assert_int_equal(overlay_read(overlay, key_of(3), &arena, &out), ERR_ABSENT);
    arena_free(&arena);
    overlay_drop(overlay);
}

/* Values by index; 0: not found. */
struct seen {
    uint32_t values[KEYS];
    unsigned count;
    enum err answer;
};

static enum err see(void *context, size_t index, struct bytes value)
{
    struct seen *seen = context;
    assert_true(index < KEYS);
    assert_int_equal(value.size, 4);
    memcpy(&seen->values[index], value.data, 4);
    seen->count++;
    return seen->answer;
}

static enum err base_get_many(void *context, const struct bytes *keys, size_t count,
                              overlay_found found, void *found_context)
{
    struct base *base = context;
    enum err err = base->trouble;
    base->reads += 1000;
    for (size_t i = 0; !err && i < count; i++) {
        for (uint32_t j = 0; !err && j < KEYS; j++) {
            if (bytes_equal(keys[i], key_of(j)) && base->values[j]) {
                err = found(found_context, i, bytes_of(&base->values[j], 4));
            }
        }
    }
    return err;
}

static void expect_many(struct overlay *overlay, const uint32_t values[KEYS])
{
    struct bytes keys[KEYS];
    struct seen seen = {.answer = OK};
    for (uint32_t i = 0; i < KEYS; i++) {
        keys[i] = key_of(i);
    }
    assert_int_equal(overlay_read_many(overlay, keys, KEYS, see, &seen), OK);
    assert_memory_equal(seen.values, values, sizeof seen.values);
}

/* Many keys: of what was written, of a parent, of the base at once only where nothing is above. */
static void test_read_many(void **state)
{
    (void)state;
    struct base base = {.values = {10, 11, 12}};
    const struct state_base below = {
        .context = &base, .get = base_get, .release = base_release, .get_many = base_get_many};
    struct overlay *overlay = overlay_new(NULL, &below);
    expect_many(overlay, (const uint32_t[KEYS]){10, 11, 12});
    assert_int_equal(base.reads, KEYS); /* not sealed: remembered, one by one */
    set(overlay, 1, 0);
    set(overlay, 3, 33);
    overlay_seal(overlay);
    expect_many(overlay, (const uint32_t[KEYS]){10, 0, 12, 33});
    struct overlay *child = overlay_new(overlay, NULL);
    overlay_seal(child);
    expect_many(child, (const uint32_t[KEYS]){10, 0, 12, 33});
    assert_true(base.reads < 1000);
    overlay_drop(child);
    overlay_drop(overlay);
    overlay = overlay_new(NULL, &below);
    overlay_seal(overlay);
    base.reads = 0;
    expect_many(overlay, (const uint32_t[KEYS]){10, 11, 12});
    assert_int_equal(base.reads, 1000);
    struct seen seen = {.answer = ERR_UNIT};
    const struct bytes keys[] = {key_of(4), key_of(1), key_of(0)};
    assert_int_equal(overlay_read_many(overlay, keys, 3, see, &seen), ERR_UNIT);
    assert_int_equal(seen.count, 1);
    assert_int_equal(overlay_read_many(overlay, keys, 0, see, &seen), OK);
    base.trouble = ERR_STORAGE;
    assert_int_equal(overlay_read_many(overlay, keys, 3, see, &seen), ERR_STORAGE);
    overlay_drop(overlay);
}

/* A long chain is dropped in a loop, not on the stack. */
static void test_long_chain(void **state)
{
    (void)state;
    struct base base = {.values = {10}};
    struct overlay *top = above(&base);
    overlay_seal(top);
    for (int i = 0; i < 100000; i++) {
        struct overlay *next = overlay_new(top, NULL);
        overlay_seal(next);
        overlay_drop(top);
        top = next;
    }
    expect(top, 0, 10);
    overlay_drop(top);
    assert_int_equal(base.released, 1);
}

static void test_model(void **state)
{
    (void)state;
    struct base base = {0};
    uint32_t now[KEYS];
    random_state = 3;
    for (uint32_t i = 0; i < KEYS; i++) {
        base.values[i] = now[i] = random_below(3);
    }
    struct overlay *top = above(&base);
    uint32_t marked[KEYS];
    size_t mark = 0;
    memcpy(marked, now, sizeof now);
    for (int round = 0; round < 5000; round++) {
        const uint32_t i = random_below(KEYS);
        switch (random_below(8)) {
        case 0:
            overlay_rollback(top, mark);
            memcpy(now, marked, sizeof now);
            break;
        case 1:
            mark = overlay_mark(top);
            memcpy(marked, now, sizeof now);
            break;
        case 2: {
            overlay_seal(top);
            struct overlay *next = overlay_new(top, NULL);
            overlay_drop(top);
            top = next;
            mark = 0;
            memcpy(marked, now, sizeof now);
            break;
        }
        case 3:
        case 4:
            now[i] = random_below(1000);
            set(top, i, now[i]);
            break;
        default:
            expect(top, i, now[i]);
        }
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        expect(top, i, now[i]);
    }
    overlay_drop(top);
}

static void test_recent_key(void **state)
{
    (void)state;
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    struct hash id = {{7, 8}};
    overlay_recent_key(key, 0x0102030405060708, &id);
    const uint8_t head[] = {0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 8, 0};
    assert_memory_equal(key, head, sizeof head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_through),   cmocka_unit_test(test_shares_reads),
        cmocka_unit_test(test_remembers_reads), cmocka_unit_test(test_trouble_is_told),
        cmocka_unit_test(test_rollback),        cmocka_unit_test(test_sealed_entries),
        cmocka_unit_test(test_limits),          cmocka_unit_test(test_settle),
        cmocka_unit_test(test_read_copies),     cmocka_unit_test(test_read_many),
        cmocka_unit_test(test_read_many),       cmocka_unit_test(test_long_chain),
        cmocka_unit_test(test_model),           cmocka_unit_test(test_recent_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
