/* SPDX-License-Identifier: Apache-2.0 */
/* Four whole nodes in virtual time: stopped, started again, with what they had or without it. */
#include "net.h"

/* A node that is switched off loses what it had not synced, comes back, and takes part again. */
static void a_node_restarts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct net *net = net_new(seed);
        struct net_outcome outcome = {0};
        net_start_all(net);
        uint32_t person = 0;
        for (int round = 0; round < 6; round++) {
            const int victim = round % NET_NODES;
            const int other = (victim + 1) % NET_NODES;
            for (int i = 0; i < 5; i++) {
                net_submit(net, other, net_person(net, person++), true, &outcome);
                net_run(net, 1 + net_random(net, 7));
            }
            net_crash(net, victim);
            net_run(net, 200);
            net_submit(net, other, net_person(net, person++), true, &outcome);
            net_run(net, 2000);
            net_start(net, victim);
            net_run(net, 3000);
        }
        net_run(net, 8000);
        assert_int_equal(outcome.final, person);
        net_same_height(net);
        net_free(net);
    }
}

/* All at once, in the middle of work: nothing that was said to be final is lost. */
static void all_nodes_restart(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct net *net = net_new(100 + seed);
        struct net_outcome outcome = {0};
        net_start_all(net);
        uint32_t person = 0;
        uint64_t heights[NET_NODES];
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 6; i++) {
                net_submit(net, i % NET_NODES, net_person(net, person++), false, &outcome);
                net_run(net, net_random(net, 6));
            }
            net_run(net, net_random(net, 40));
            for (int i = 0; i < NET_NODES; i++) {
                heights[i] = net_height(net, i);
                net_crash(net, i);
            }
            for (int i = 0; i < NET_NODES; i++) {
                net_start(net, i);
            }
            net_run(net, 3000);
            for (int i = 0; i < NET_NODES; i++) {
                assert_true(net_height(net, i) >= heights[i]);
            }
        }
        struct net_outcome last = {0};
        net_submit(net, 0, net_person(net, 9999), true, &last);
        net_run(net, 5000);
        assert_int_equal(last.final, 1);
        assert_true(last.receipt_size > 0);
        net_run(net, 6000);
        net_same_height(net);
        net_free(net);
    }
}

/* A wiped log: the node follows without voting until an F at or above its slot, then it votes
 * again; the others never see two votes of one position (D6). */
static void a_lost_log_is_survived(void **state)
{
    (void)state;
    struct net *net = net_new(11);
    struct net_outcome outcome = {0};
    net_start_all(net);
    uint32_t person = 0;
    net_load(net, &person, 10, 50, &outcome);
    net_crash(net, 2);
    vdisk_wipe(&net->hosts[2].disk, ENV_DIR_LOG);
    net_start(net, 2);
    struct node_status status;
    node_status_get(net->hosts[2].node, &status);
    assert_false(status.voting);
    assert_string_not_equal(status.not_voting_why, "");
    net_run(net, 2000);
    net_load(net, &person, 10, 200, &outcome);
    net_run(net, 5000);
    assert_int_equal(outcome.final, person);
    node_status_get(net->hosts[2].node, &status);
    assert_true(status.voting);
    net_same_height(net);
    /* The new log carries it over the next restart without being "lost" again. */
    net_crash(net, 2);
    net_start(net, 2);
    node_status_get(net->hosts[2].node, &status);
    assert_true(status.voting);
    net_free(net);
}

/* The database is gone, the log is whole: blocks come from log and peers, voting is allowed (D23).
 */
static void a_lost_database_is_rebuilt(void **state)
{
    (void)state;
    struct net *net = net_new(14);
    struct net_outcome outcome = {0};
    net_start_all(net);
    uint32_t person = 0;
    net_load(net, &person, 30, 50, &outcome);
    net_run(net, 1000);
    const uint64_t height = net_height(net, 1);
    net_crash(net, 1);
    host_lose_database(&net->hosts[1]);
    net_start(net, 1);
    struct node_status status;
    node_status_get(net->hosts[1].node, &status);
    assert_true(status.voting);
    net_run(net, 5000);
    assert_true(net_height(net, 1) >= height);
    net_submit(net, 1, net_person(net, person++), true, &outcome);
    net_run(net, 5000);
    assert_int_equal(outcome.final, person);
    net_same_height(net);
    assert_int_equal(net->cluster->errors, 0);
    net_free(net);
}

/* A log with more blocks than a node keeps in memory, above an empty database: the newest are kept,
 * for what is not final yet may be nowhere else. */
static void the_newest_blocks_of_a_long_log_stay(void **state)
{
    (void)state;
    struct net *net = net_new(15);
    struct net_outcome outcome = {0};
    net_start_all(net);
    const uint32_t persons = net_grow(net, 150, 1, 100, &outcome);
    net_run(net, 3000);
    assert_int_equal(outcome.final, persons);
    const uint64_t height = net_height(net, 1);
    net_crash(net, 1);
    host_lose_database(&net->hosts[1]);
    net_start(net, 1);
    const struct cons *cons = node_consensus(net->hosts[1].node);
    const struct cons_status status = cons_status(cons);
    assert_true(hash_equal(&status.high_id, &net->ids[height]));
    assert_false(cons_wants_block(cons, &status.high_id));
    net_run(net, 10000);
    assert_true(net_height(net, 1) >= height);
    net_same_height(net);
    assert_int_equal(net->cluster->errors, 0);
    net_free(net);
}

/* One block behind is too little to ask for a window: the block is asked for by its id, and the
 * others have it although they were switched off since. */
static void the_last_block_is_given_after_a_restart(void **state)
{
    (void)state;
    struct net *net = net_new(16);
    struct net_outcome outcome = {0};
    net_start_all(net);
    net_submit(net, 1, net_person(net, 1), true, &outcome);
    net_run(net, 2000);
    net_crash(net, 0);
    const uint64_t height = net_height(net, 1);
    net_submit(net, 1, net_person(net, 2), true, &outcome);
    net_run(net, 3000);
    assert_int_equal(outcome.final, 2);
    assert_int_equal(net_height(net, 1), height + 1);
    for (int i = 1; i < NET_NODES; i++) {
        net_crash(net, i);
    }
    for (int i = 0; i < NET_NODES; i++) {
        net_start(net, i);
    }
    assert_int_equal(net_height(net, 0), height);
    net_run(net, 8000);
    assert_int_equal(net_height(net, 0), height + 1);
    net_same_height(net);
    net_free(net);
}

static void a_lost_slot_is_refused(void **state)
{
    (void)state;
    struct net *net = net_new(12);
    struct net_outcome outcome = {0};
    net_start_all(net);
    net_submit(net, 0, net_person(net, 1), true, &outcome);
    net_run(net, 2000);
    net_crash(net, 1);
    vdisk_wipe(&net->hosts[1].disk, ENV_DIR_KEY);
    assert_int_equal(net_try_start(net, 1), ERR_ABSENT);
    /* The others go on without it. */
    net_submit(net, 0, net_person(net, 2), true, &outcome);
    net_run(net, 8000);
    assert_int_equal(outcome.final, 2);
    net_free(net);
}

/* After the loss of a slot the machine gets a new key, which nobody has registered yet: it follows,
 * on the data directory of the old one, and the old key's votes are not taken for its own. */
static void a_new_key_on_an_old_log_follows(void **state)
{
    (void)state;
    struct net *net = net_new(13);
    struct net_outcome outcome = {0};
    net_start_all(net);
    net_submit(net, 0, net_person(net, 1), true, &outcome);
    net_run(net, 2000);
    net_crash(net, 1);
    vdisk_wipe(&net->hosts[1].disk, ENV_DIR_KEY);
    net->hosts[1].key = town_consensus_key(100);
    host_new_slot(&net->hosts[1]);
    net_start(net, 1);
    struct node_status status;
    node_status_get(net->hosts[1].node, &status);
    assert_false(status.voting);
    net_submit(net, 1, net_person(net, 2), true, &outcome);
    net_run(net, 10000);
    assert_int_equal(outcome.final, 2);
    net_same_height(net);
    net_free(net);
}

/* A sync that fails stops the node for good; it does not guess what is stored. */
static void a_failing_disk_stops_the_node(void **state)
{
    (void)state;
    struct net *net = net_new(13);
    struct net_outcome outcome = {0};
    net_start_all(net);
    net_submit(net, 0, net_person(net, 1), true, &outcome);
    net_run(net, 2000);
    net->hosts[3].disk.fail_at_sync = net->hosts[3].disk.syncs + 3;
    net_submit(net, 0, net_person(net, 2), true, &outcome);
    net_submit(net, 0, net_person(net, 3), true, &outcome);
    net_run(net, 10000);
    enum node_stop_reason reason = NODE_STOP_ASKED;
    assert_true(node_failed(net->hosts[3].node, &reason));
    assert_int_equal(reason, NODE_STOP_STORAGE);
    assert_false(node_failed(net->hosts[0].node, NULL));
    assert_int_equal(outcome.final, 3);
    net_crash(net, 3);
    net_start(net, 3);
    net_run(net, 8000);
    net_same_height(net);
    net_free(net);
}

/* The log does not grow for ever, and a node restarts from a checkpoint as from the whole. */
static void the_log_is_recycled(void **state)
{
    (void)state;
    struct net *net = net_new(71);
    struct net_outcome outcome = {0};
    net->cluster->segment_size = LOG_SEGMENT_MIN;
    net_start_all(net);
    uint32_t person = 0;
    for (int i = 0; i < 150; i++) {
        for (int j = 0; j < 4; j++) {
            net_submit(net, j, net_person(net, person++), true, &outcome);
        }
        net_run(net, 60);
        struct node_status status;
        node_status_get(net->hosts[i % NET_NODES].node, &status);
        assert_true(status.log_bytes <= 8 * LOG_SEGMENT_MIN);
        if (i % 20 == 19) {
            const int victim = i / 20 % NET_NODES;
            net_crash(net, victim);
            net_start(net, victim);
            node_status_get(net->hosts[victim].node, &status);
            assert_true(status.voting);
        }
    }
    net_run(net, 10000);
    net_same_height(net);
    assert_int_equal(net->cluster->errors, 0);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_restarts),
        cmocka_unit_test(all_nodes_restart),
        cmocka_unit_test(a_lost_log_is_survived),
        cmocka_unit_test(a_lost_slot_is_refused),
        cmocka_unit_test(a_new_key_on_an_old_log_follows),
        cmocka_unit_test(a_lost_database_is_rebuilt),
        cmocka_unit_test(the_newest_blocks_of_a_long_log_stay),
        cmocka_unit_test(the_last_block_is_given_after_a_restart),
        cmocka_unit_test(a_failing_disk_stops_the_node),
        cmocka_unit_test(the_log_is_recycled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
