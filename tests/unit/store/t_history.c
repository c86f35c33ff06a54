/* SPDX-License-Identifier: Apache-2.0 */
/* The log of block ids in the database, against the tree over all leaves. */
#include "tests/unit/store/fixture.h"

#include "ledger/store/history.h"
#include "ledger/store/storage_plan.h"

#define BLOCKS 70

static struct hash ids[BLOCKS];
static struct hash leaves[BLOCKS];

static struct kv *filled(void)
{
    struct kv *kv;
    struct merkle_log log = {0};
    assert_int_equal(kv_open_mem(&kv, storage_chain_plan(), NULL), OK);
    for (size_t i = 0; i < BLOCKS; i++) {
        ids[i].bytes[0] = (uint8_t)i;
        ids[i].bytes[31] = 1;
        merkle_block_leaf(&leaves[i], &ids[i]);
        struct kv_batch *batch = kv_batch_new(kv);
        history_append(&log, &ids[i], batch, CHAIN_HISTORY);
        assert_int_equal(kv_write(kv, batch, false), OK);
        kv_batch_free(batch);
    }
    return kv;
}

static void test_every_root_and_path(void **state)
{
    (void)state;
    struct kv *kv = filled();
    const struct history_store store = {kv, NULL, CHAIN_HISTORY};
    struct merkle_log running = {0};
    for (uint64_t count = 0; count <= BLOCKS; count++) {
        struct merkle_log loaded;
        struct hash expected;
        struct hash root;
        assert_int_equal(history_load(&store, count, &loaded), OK);
        merkle_root(&expected, leaves, count);
        merkle_log_root(&root, &loaded);
        assert_true(hash_equal(&root, &expected));
        merkle_log_root(&root, &running);
        assert_true(hash_equal(&root, &expected));
        for (uint64_t height = 0; height < count; height++) {
            struct merkle_path path;
            assert_int_equal(history_path(&store, height, count, &path), OK);
            assert_true(merkle_path_verify(&root, height, count, &leaves[height], &path));
            assert_false(
                merkle_path_verify(&root, height, count, &leaves[(height + 1) % BLOCKS], &path));
        }
        if (count < BLOCKS) {
            history_append(&running, &ids[count], NULL, 0);
        }
    }
    kv_close(kv);
}

static void test_missing_node(void **state)
{
    (void)state;
    struct kv *kv = filled();
    const struct history_store store = {kv, NULL, CHAIN_HISTORY};
    struct merkle_log log;
    struct merkle_path path;
    assert_int_equal(history_load(&store, BLOCKS + 2, &log), ERR_CORRUPT);
    /* The subtree of the first 64 leaves: needed by the frontier of 70 and by paths of the rest. */
    const uint8_t key[HISTORY_KEY_SIZE] = {6};
    struct kv_batch *batch = kv_batch_new(kv);
    kv_batch_delete(batch, CHAIN_HISTORY, bytes_of(key, sizeof key));
    assert_int_equal(kv_write(kv, batch, false), OK);
    kv_batch_free(batch);
    assert_int_equal(history_load(&store, BLOCKS, &log), ERR_CORRUPT);
    assert_int_equal(history_path(&store, 65, BLOCKS, &path), ERR_CORRUPT);
    assert_int_equal(history_path(&store, 3, BLOCKS, &path), OK);
    assert_int_equal(history_load(&store, 63, &log), OK);
    kv_close(kv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_root_and_path),
        cmocka_unit_test(test_missing_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
