/* SPDX-License-Identifier: Apache-2.0 */
/* When a node may put itself right: who must be in reach, whose turn it is, how often; and what it
 * says until then. The disks themselves are in t_scrub, and in tests/e2e/t_flips.py and t_disk.py.
 */
#include "node/shell/set_aside.h"
#include "node/shell/upkeep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/exec/exec.h"
#include "ledger/store/chain_index.h"
#include "ledger/store/kv_backend.h"
#include "ledger/store/storage_plan.h"

struct world {
    char dir[64];
    uv_loop_t loop;
    struct metrics *metrics;
    struct valset valset;
    struct chain_db *chain;
    struct kv *local;
    struct upkeep *upkeep;
    struct node_status status;
};

static void join(char out[128], const struct world *world, const char *name)
{
    snprintf(out, 128, "%s/%s", world->dir, name);
}

static void open_upkeep(struct world *world)
{
    const struct upkeep_setup setup = {.loop = &world->loop,
                                       .metrics = world->metrics,
                                       .data_dir = world->dir,
                                       .key_dir = world->dir,
                                       .valset = &world->valset,
                                       .chain = world->chain,
                                       .local = world->local};
    assert_int_equal(upkeep_new(&world->upkeep, &setup), OK);
}

static void close_upkeep(struct world *world)
{
    upkeep_close(world->upkeep);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    upkeep_free(world->upkeep);
    world->upkeep = NULL;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    const struct chain_db_options options = {0};
    struct err_detail detail = {0};
    assert_non_null(world);
    snprintf(world->dir, sizeof world->dir, "/tmp/seam-test-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    assert_int_equal(uv_loop_init(&world->loop), 0);
    world->metrics = metrics_new();
    assert_int_equal(chain_db_open(&world->chain, &options, &detail), OK);
    assert_int_equal(kv_open_mem(&world->local, storage_local_plan(), NULL), OK);
    world->status = (struct node_status){.height = 100, .self = 0, .voting = true};
    world->status.validator_count = 4;
    open_upkeep(world);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    char command[128];
    close_upkeep(world);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    chain_db_close(world->chain);
    kv_close(world->local);
    metrics_free(world->metrics);
    snprintf(command, sizeof command, "rm -r %s", world->dir);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

/* --- what is there ------------------------------------------------------------------------------
 */

static void damage(struct kv *kv)
{
    kv_tell_damage(kv, KV_NO_FAMILY,
                   "Corruption: block checksum mismatch in 000007.sst offset 4096");
}

/* Peers with these heights, validators 1 and up. */
static void peers(struct world *world, const uint64_t *heights, uint32_t count)
{
    world->status.peer_count = count;
    for (uint32_t i = 0; i < count; i++) {
        world->status.peers[i] =
            (struct node_peer_status){.peer = i, .validator = (int)i + 1, .fin_height = heights[i]};
    }
}

static bool says(struct world *world, const char *words)
{
    struct json_out out;
    struct bytes text;
    json_out_init(&out, 0, 1 << 20);
    json_out_object(&out);
    upkeep_write(world->upkeep, &out);
    json_out_field_array(&out, "explain");
    upkeep_explain(world->upkeep, &out);
    json_out_end(&out);
    json_out_end(&out);
    assert_int_equal(json_out_finish(&out, &text), OK);
    char *copy = strndup((const char *)text.data, text.size);
    const bool found = strstr(copy, words) != NULL;
    if (!found) {
        print_message("%s\n", copy);
    }
    free(copy);
    json_out_free(&out);
    return found;
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void test_sound(void **state)
{
    struct world *world = *state;
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "not read through yet"));
    assert_true(says(world, "\"explain\":[]"));
}

/* Who hears of damage hears what comes of it, also before the node has decided. */
static void test_found(void **state)
{
    struct world *world = *state;
    damage(chain_db_kv(world->chain));
    upkeep_look(world->upkeep);
    assert_true(says(world, "The chain database is damaged, found"));
    assert_true(says(world, "What comes of it is known in a second."));
}

static void test_cannot_vote(void **state)
{
    struct world *world = *state;
    damage(chain_db_kv(world->chain));
    world->status.voting = false;
    peers(world, (const uint64_t[]){100}, 1);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, true), UPKEEP_GO_ON);
    assert_true(says(world, "000007.sst offset 4096"));
    assert_true(says(world, "as soon as 2 other validators are in reach and up to date; now there "
                            "are 1"));
    peers(world, (const uint64_t[]){100, 20}, 2); /* one has not what we have */
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, true), UPKEEP_GO_ON);
    peers(world, (const uint64_t[]){100, 84}, 2); /* not far behind */
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, true), UPKEEP_SET_ASIDE);
    world->status.peers[1].validator = -1; /* an observer is no witness */
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, true), UPKEEP_GO_ON);
}

/* The network must not stop by a repair. */
static void test_votes(void **state)
{
    struct world *world = *state;
    damage(chain_db_kv(world->chain));
    peers(world, (const uint64_t[]){100, 101}, 2);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "as soon as 3 other validators"));
    peers(world, (const uint64_t[]){100, 101, 100}, 3);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "within the next minutes"));
    assert_true(says(world, "\"storage\":\"damaged\""));
}

static void test_local(void **state)
{
    struct world *world = *state;
    damage(world->local);
    peers(world, (const uint64_t[]){100, 101, 100}, 3);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "put the newest backup of data/local back"));
}

/* Without damage nothing is set aside, however the node failed. */
static void test_failed_write(void **state)
{
    struct world *world = *state;
    peers(world, (const uint64_t[]){100, 101, 100}, 3);
    world->status.voting = false;
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, true), UPKEEP_GO_ON);
    assert_true(says(world, "cannot be written"));
    assert_true(says(world, "Make room (40 MiB at least)"));
}

static enum err refuse(void *context, size_t size, bool sync, bool *lost)
{
    (void)context;
    (void)size;
    (void)sync;
    (void)lost;
    return ERR_STORAGE;
}

/* What the vote does not need is said, refused, and no reason to leave at once. */
static void test_local_failed_write(void **state)
{
    struct world *world = *state;
    const struct kv_mem_disk disk = {.write = refuse};
    struct kv_batch *batch = kv_batch_new(world->local);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "\"explain\":[]"));
    kv_mem_disk_set(world->local, &disk);
    kv_batch_put(batch, LOCAL_DRAFTS, bytes_text("draft"), bytes_text("draft"));
    assert_int_equal(kv_write(world->local, batch, true), ERR_STORAGE);
    kv_batch_free(batch);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "\"storage\":\"cannot be written\""));
    assert_true(says(world, "A file of data/local could not be written or synced"));
    assert_true(says(world, "voting does not need it and goes on"));
}

/* A damaged index is no reason to leave: it is said, while it is made again and after. */
static void test_index(void **state)
{
    struct world *world = *state;
    assert_true(says(world, "\"indexes\":\"whole\""));
    kv_tell_damage(chain_db_kv(world->chain), CHAIN_INDEX_ACCOUNT, "Corruption: in 000009.sst");
    assert_int_equal(chain_index_step(world->chain, exec_tx_ids), OK);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "\"indexes\":\"being made\""));
    assert_true(says(world, "An index of the chain was damaged (index_account: Corruption: in "
                            "000009.sst) and is being made again"));
    assert_true(says(world, "\"damage\":[]"));
    while (chain_index_wanted(world->chain)) {
        assert_int_equal(chain_index_step(world->chain, exec_tx_ids), OK);
    }
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, false), UPKEEP_GO_ON);
    assert_true(says(world, "\"indexes\":\"whole\""));
    assert_true(says(world, "and was made again from the blocks"));
}

static void make(const struct world *world, const char *name)
{
    char path[128];
    join(path, world, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void test_set_aside(void **state)
{
    struct world *world = *state;
    char name[SET_ASIDE_NAME_MAX];
    char path[128];
    make(world, "chain");
    make(world, "chain/inside");
    make(world, "log");
    make(world, "chain.damaged-20250101T000000Z");
    make(world, "chain.damaged-20250102T000000Z");
    assert_int_equal(set_aside_chain(world->dir, ERR_CORRUPT, name), ERR_CORRUPT);
    assert_int_equal(set_aside_chain(world->dir, ERR_ABSENT, name), ERR_CORRUPT);
    join(path, world, "chain");
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(set_aside_chain(world->dir, OK, name), OK);
    assert_int_equal(strncmp(name, SET_ASIDE_PREFIX, strlen(SET_ASIDE_PREFIX)), 0);
    join(path, world, "chain");
    assert_int_not_equal(access(path, F_OK), 0);
    join(path, world, name);
    assert_int_equal(access(path, F_OK), 0);
    join(path, world, "log");
    assert_int_equal(access(path, F_OK), 0);

    make(world, "chain");
    assert_int_equal(set_aside_chain(world->dir, OK, name), ERR_TOO_LARGE);
    join(path, world, "chain");
    assert_int_equal(access(path, F_OK), 0);

    /* A node that starts among three of them says so, and does not make a fourth. */
    close_upkeep(world);
    open_upkeep(world);
    assert_true(says(world, "(3 there in all)"));
    damage(chain_db_kv(world->chain));
    peers(world, (const uint64_t[]){100, 101, 100}, 3);
    assert_int_equal(upkeep_tick(world->upkeep, &world->status, true), UPKEEP_GO_ON);
    assert_true(says(world, "what damages data on this machine"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cannot_vote, setup, teardown),
        cmocka_unit_test_setup_teardown(test_votes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_local, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_local_failed_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_index, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set_aside, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
