/* SPDX-License-Identifier: Apache-2.0 */
/* Four whole nodes in virtual time: a good network and a bad one. */
#include "net.h"

static void four_nodes_deliver(void **state)
{
    (void)state;
    struct net *net = net_new(1);
    struct net_outcome outcome = {0};
    for (int i = 0; i < NET_NODES; i++) {
        net_start(net, i);
    }
    net_run(net, 1000);
    for (uint32_t i = 0; i < 40; i++) {
        net_submit(net, (int)(i % NET_NODES), net_person(net, i), true, &outcome);
        net_run(net, 5);
    }
    net_run(net, 3000);
    assert_int_equal(outcome.final, 40);
    assert_true(net_height(net, 0) > 0);
    net_same_height(net);
    net_free(net);
}

/* With one node down the others say in words who is missing. */
static void a_stall_is_explained(void **state)
{
    (void)state;
    struct net *net = net_new(15);
    struct net_outcome outcome = {0};
    char text[4096];
    struct node_status status;
    net_start_all(net);
    net_run(net, 1000);
    net_crash(net, 2);
    net_crash(net, 3);
    net_submit(net, 0, net_person(net, 1), true, &outcome);
    net_run(net, 10000);
    assert_int_equal(outcome.final, 0);
    node_status_get(net->hosts[0].node, &status);
    const size_t size = node_explain(&status, text, sizeof text, NULL, NULL);
    assert_int_equal(size, strlen(text));
    assert_non_null(strstr(text, "not connected"));
    assert_non_null(strstr(text, "nothing can become final"));
    assert_non_null(strstr(text, "1 transaction waits in the pool"));
    struct hash absent = {{1}};
    assert_false(node_pool_find(net->hosts[0].node, &absent, text, sizeof text));
    for (size_t room = 0; room < 200; room += 7) { /* cut, never overrun */
        memset(text, 'x', sizeof text);
        assert_true(node_explain(&status, text, room, NULL, NULL) < room || room == 0);
        assert_int_equal(text[room], 'x');
    }
    net_free(net);
}

/* In an idle network a view is as old as its last transaction. That nobody has voted in it is no
 * news when the next one comes. */
static void an_old_view_is_no_stall(void **state)
{
    (void)state;
    struct net *net = net_new(16);
    struct net_outcome outcome = {0};
    char text[4096];
    struct node_status status;
    net_start_all(net);
    net_submit(net, 0, net_person(net, 1), true, &outcome);
    net_run(net, 20000);
    assert_int_equal(outcome.final, 1);
    for (int i = 1; i < NET_NODES; i++) {
        net->cluster->cut[0][i] = true;
        net->cluster->cut[i][0] = true;
    }
    net_submit(net, 0, net_person(net, 2), true, &outcome);
    net_run(net, 100);
    node_status_get(net->hosts[0].node, &status);
    assert_true(status.active);
    assert_true(status.view_ms > 10000);
    assert_in_range(status.expected_ms, 1, 100);
    assert_in_range(status.validators[1].missing_ms + status.validators[2].missing_ms, 2, 200);
    (void)node_explain(&status, text, sizeof text, NULL, NULL);
    assert_null(strstr(text, "nothing can become final"));
    net_run(net, 8000);
    node_status_get(net->hosts[0].node, &status);
    (void)node_explain(&status, text, sizeof text, NULL, NULL);
    assert_non_null(strstr(text, "nothing can become final"));
    net_free(net);
}

/* Lost frames: everything still becomes final, only later. */
static void a_lossy_network_delivers(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct net *net = net_new(200 + seed);
        struct net_outcome outcome = {0};
        net_start_all(net);
        net->cluster->net.loss = 15;
        uint32_t person = 0;
        net_load(net, &person, 20, 300, &outcome);
        net_run(net, 20000);
        net->cluster->net.loss = 0;
        net_run(net, 20000);
        assert_int_equal(outcome.final, person);
        net_same_height(net);
        net_free(net);
    }
}

/* Two against two: nothing becomes final, nothing breaks; healed, both halves agree. */
static void a_partition_heals(void **state)
{
    (void)state;
    struct net *net = net_new(31);
    struct net_outcome outcome = {0};
    net_start_all(net);
    net_submit(net, 0, net_person(net, 1), true, &outcome);
    net_run(net, 2000);
    assert_int_equal(outcome.final, 1);
    for (int i = 0; i < NET_NODES; i++) {
        for (int j = 0; j < NET_NODES; j++) {
            net->cluster->cut[i][j] = (i < 2) != (j < 2);
        }
    }
    net_submit(net, 0, net_person(net, 2), true, &outcome);
    net_submit(net, 3, net_person(net, 3), true, &outcome);
    net_run(net, 20000);
    assert_int_equal(outcome.final, 1);
    memset(net->cluster->cut, 0, sizeof net->cluster->cut);
    net_run(net, 40000);
    assert_int_equal(outcome.final, 3);
    net_same_height(net);
    net_free(net);
}

/* A clock that is wrong by a minute costs views, not blocks. */
static void a_wrong_clock_is_survived(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct net *net = net_new(61);
        struct net_outcome outcome = {0};
        net->hosts[1].offset_ms = sign * 60000;
        net_start_all(net);
        for (uint32_t i = 0; i < 8; i++) {
            net_submit(net, 0, net_person(net, i), true, &outcome);
            net_run(net, 1000);
        }
        net_run(net, 30000);
        assert_int_equal(outcome.final, 8);
        net_same_height(net);
        net_free(net);
    }
}

/* Everything at once: load, lost frames, nodes switched off at any instant. Whoever was told
 * "final" was told the truth, all agree, and nobody ever sees two votes of one position. */
static void chaos(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct net *net = net_new(1000 + seed);
        struct net_outcome outcome = {0};
        net->cluster->segment_size = LOG_SEGMENT_MIN;
        net->cluster->sync_bytes = seed % 3 == 0 ? 500 : 0;
        net_start_all(net);
        net->cluster->net.loss = (uint32_t)(seed % 4);
        uint32_t person = 0;
        int down = -1;
        for (int i = 0; i < 120; i++) {
            const uint64_t what = net_random(net, 10);
            const int who = (int)net_random(net, NET_NODES);
            if (what == 0 && down < 0) {
                net_crash(net, who);
                down = who;
            } else if (what == 1 && down >= 0) {
                net_start(net, down);
                down = -1;
            } else if (what == 2 && i % 30 == 0) {
                for (int j = 0; j < NET_NODES; j++) {
                    if (net->hosts[j].node != NULL) {
                        net_crash(net, j);
                    }
                }
                for (int j = 0; j < NET_NODES; j++) {
                    net_start(net, j);
                }
                down = -1;
            } else if (who != down) {
                net_submit(net, who, net_person(net, person++), true, &outcome);
            }
            net_run(net, net_random(net, 60));
        }
        if (down >= 0) {
            net_start(net, down);
        }
        net->cluster->net.loss = 0;
        struct net_outcome last = {0};
        net_submit(net, 0, net_person(net, 5000), true, &last);
        net_run(net, 40000);
        assert_int_equal(last.final, 1);
        net_same_height(net);
        assert_int_equal(net->cluster->errors, 0);
        net_free(net);
    }
}

/* A disk that stands still for minutes: what waits for it has an end, and when it is back the node
 * is, too. */
static void a_disk_stands_still(void **state)
{
    (void)state;
    struct net *net = net_new(61);
    struct net_outcome outcome = {0};
    struct net_outcome last = {0};
    struct node_queue queues[NODE_QUEUES];
    uint64_t most = 0;
    uint32_t person = 0;
    net->cluster->segment_size = LOG_SEGMENT_MIN;
    net_start_all(net);
    net->hosts[0].slow = 1200000; /* one sync of the log: five minutes */
    for (int i = 0; i < 900; i++) {
        net_submit(net, 1 + i % 3, net_person(net, person++), true, &outcome);
        net_run(net, 300);
        node_queues(net->hosts[0].node, queues);
        most = queues[NODE_QUEUE_SIGNER].size > most ? queues[NODE_QUEUE_SIGNER].size : most;
        assert_true(most <= queues[NODE_QUEUE_SIGNER].bound);
    }
    assert_true(2 * most >= queues[NODE_QUEUE_SIGNER].bound); /* and it was reached */
    net->hosts[0].slow = 1;
    net_run(net, 200000);
    net_submit(net, 0, net_person(net, person), true, &last);
    net_run(net, 20000);
    assert_int_equal(last.final, 1);
    net_same_height(net);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_nodes_deliver),
        cmocka_unit_test(a_stall_is_explained),
        cmocka_unit_test(an_old_view_is_no_stall),
        cmocka_unit_test(a_lossy_network_delivers),
        cmocka_unit_test(a_partition_heals),
        cmocka_unit_test(a_wrong_clock_is_survived),
        cmocka_unit_test(chaos),
        cmocka_unit_test(a_disk_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
