/* SPDX-License-Identifier: Apache-2.0 */
/* The committer delivers while others read states, overlays, views and proofs. Every block writes
 * the same number at several keys; whoever reads sees one number everywhere, never an older one
 * than before. Meant for ThreadSanitizer as well. */
#include "tests/unit/store/world.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "ledger/store/proof_build.h"

#ifdef __SANITIZE_THREAD__
/* RocksDB is not instrumented, so its own publishing of entries looks like a race. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:librocksdb\n";
}
#endif

#define BLOCKS 300
#define READERS 3

struct shared {
    struct chain_db *db;
    atomic_bool over;
    atomic_uint reads;
    atomic_uint faults;
};

static long number_of(struct bytes value)
{
    char text[16] = "";
    if (value.size < sizeof text) {
        memcpy(text, value.data, value.size);
    }
    return strtol(text, NULL, 10);
}

/* cmocka's assertions are for the main thread; here faults are counted. */
static bool read_state(struct chain_db *db, long *last)
{
    struct chain_state *state = chain_db_state(db);
    struct overlay *overlay = overlay_new(chain_state_overlay(state), NULL);
    struct bytes a = {NULL, 0};
    struct bytes b = {NULL, 0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    bool good = overlay && overlay_get(overlay, bytes_text("a"), &a) == OK &&
                overlay_read(chain_state_overlay(state), bytes_text("b"), &arena, &b) == OK;
    if (good) {
        good = number_of(a) == number_of(b) && number_of(a) >= *last &&
               number_of(a) == (long)chain_state_height(state);
        *last = number_of(a);
    }
    arena_free(&arena);
    overlay_drop(overlay);
    chain_state_drop(state);
    return good;
}

static bool read_view(struct chain_db *db)
{
    struct chain_view *view;
    if (chain_view_open(&view, db) != OK) {
        return false;
    }
    const uint64_t head = chain_view_head(view)->height;
    const uint64_t height = head / 2;
    struct arena arena;
    struct bytes value;
    struct state_proof proof;
    struct header header;
    arena_init(&arena, 1 << 20);
    bool good = proof_build_state(view, height, bytes_text("a"), &arena, &proof, &value) == OK &&
                number_of(value) == (long)height &&
                chain_view_header(view, height, &header, NULL) == OK &&
                state_proof_present(&header.state_root, bytes_text("a"), value, &proof) &&
                chain_view_get(view, head, bytes_text("b"), &arena, &value, NULL) == OK &&
                number_of(value) == (long)head;
    arena_free(&arena);
    chain_view_drop(view);
    return good;
}

static void *reader(void *arg)
{
    struct shared *shared = arg;
    long last = 0;
    while (!atomic_load(&shared->over)) {
        if (!read_state(shared->db, &last) || !read_view(shared->db)) {
            atomic_fetch_add(&shared->faults, 1);
        }
        atomic_fetch_add(&shared->reads, 1);
    }
    return NULL;
}

static struct chain_state *write_block(struct world_block *block, struct chain_state *parent,
                                       uint64_t height)
{
    struct chain_state *next;
    char text[16];
    snprintf(text, sizeof text, "%d", (int)height);
    assert_int_equal(chain_state_next(&next, parent), OK);
    world_put(next, "a", text);
    world_put(next, "b", text);
    for (int i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", (int)height * 10 + i);
        world_put(next, key, text);
    }
    world_finish(block, parent, next, 1000 + height);
    return next;
}

static void run(const char *directory)
{
    static struct world_block blocks[BLOCKS];
    struct shared shared = {.db = world_open(directory)};
    struct chain_state *nothing = chain_db_state(shared.db);
    struct chain_state *tip;
    assert_int_equal(chain_state_next(&tip, nothing), OK);
    world_put(tip, "a", "0");
    world_put(tip, "b", "0");
    world_finish(&blocks[0], nothing, tip, 1000);
    chain_state_drop(nothing);
    struct chain_block delivery = world_delivery(&blocks[0]);
    assert_int_equal(chain_db_genesis(shared.db, &delivery, &WORLD_CHAIN, bytes_text("g")), OK);
    pthread_t threads[READERS];
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, reader, &shared), 0);
    }
    /* Always three blocks ahead of finality. */
    for (uint64_t height = 1; height < BLOCKS; height++) {
        write_block(&blocks[height], blocks[height - 1].state, height);
        if (height > 3) {
            delivery = world_delivery(&blocks[height - 3]);
            assert_int_equal(chain_db_deliver(shared.db, &delivery, 1), OK);
            chain_state_drop(blocks[height - 4].state);
        }
    }
    while (atomic_load(&shared.reads) < 10 * READERS) {
        sched_yield();
    }
    atomic_store(&shared.over, true);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&shared.faults), 0);
    for (size_t height = BLOCKS - 4; height < BLOCKS; height++) {
        chain_state_drop(blocks[height].state);
    }
    chain_db_close(shared.db);
}

static void test_rocks(void **state)
{
    (void)state;
    char *directory = directory_new();
    run(directory);
    directory_free(directory);
}

static void test_mem(void **state)
{
    (void)state;
    run(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mem),
        cmocka_unit_test(test_rocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
