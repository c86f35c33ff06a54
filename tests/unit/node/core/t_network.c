/* SPDX-License-Identifier: Apache-2.0 */
/* Four whole nodes in virtual time. */
#include "fake_net.h"

static void same_height(struct net *net)
{
    for (int i = 1; i < NET_NODES; i++) {
        assert_int_equal(net_height(net, i), net_height(net, 0));
    }
}

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
    same_height(net);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_nodes_deliver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
