/* SPDX-License-Identifier: Apache-2.0 */
/* The door of four whole nodes in virtual time: who is let in, who waits, and who hears what, when.
 */
#include "net.h"

#include "ledger/exec/exec.h"
#include "node/core/admission.h"

/* cut_off: nothing goes to machine 3 or comes from it. */
static void cut_off(struct net *net, bool cut)
{
    for (int i = 0; i < 3; i++) {
        net->cluster->cut[i][3] = cut;
        net->cluster->cut[3][i] = cut;
    }
}

#define TOLD 100 /* transactions in a frame */

/* A peer tells the first node so many transactions at once, at most TOLD. */
static void tell(struct net *net, uint32_t peer, const struct bytes *raws, size_t count)
{
    ProtobufCBinaryData list[TOLD];
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerTransactions message = SEAM__PEER_TRANSACTIONS__INIT;
    message.hints = &hints;
    message.transactions = list;
    message.n_transactions = count;
    for (size_t i = 0; i < count; i++) {
        list[i] = frame_data(raws[i]);
    }
    net_play(net, peer, FRAME_TRANSACTIONS, &message.base);
}

/* A peer may tell more at once than the door judges: it waits its turn, and behind a bound the
 * peer's frames are not read. */
static void what_peers_tell_waits_for_the_door(void **state)
{
    (void)state;
    struct bytes raws[6 * TOLD];
    const uint32_t count = sizeof raws / sizeof raws[0];
    struct net *net = net_new(42);
    net_start_all(net);
    struct node *node = net->hosts[0].node;
    for (uint32_t person = 0; person < count; person++) {
        raws[person] = net_person(net, person);
    }
    for (uint32_t first = 0; first < count; first += TOLD) {
        tell(net, 1 + first / TOLD % 2, &raws[first], TOLD);
        assert_true(node_bulk_ready(node, 1));
    }
    uint32_t again = 0;
    while (node_bulk_ready(node, 1)) {
        tell(net, 1, &raws[again++ * TOLD % count], TOLD);
        assert_true(again < 200);
    }
    assert_true(node_bulk_ready(node, 2));
    net_run(net, 20000);
    assert_true(node_bulk_ready(node, 1));
    struct node_status status;
    node_status_get(node, &status);
    assert_int_equal(status.pool_count, count);
    net_free(net);
}

static uint64_t waiting(const struct node *node, enum node_queue_kind kind)
{
    struct node_queue queues[NODE_QUEUES];
    node_queues(node, queues);
    return queues[kind].size;
}

/* What is final already, again and again: some of it is looked at in each second, and none of what
 * others tell waits behind the rest. */
static void what_a_peer_tells_for_nothing_is_left(void **state)
{
    (void)state;
    struct bytes raws[TOLD];
    struct net *net = net_new(48);
    struct net_outcome outcome = {0};
    struct node_status status;
    net_start_all(net);
    struct node *node = net->hosts[0].node;
    for (uint32_t person = 0; person < TOLD; person++) {
        raws[person] = net_person(net, person);
        net_submit(net, 0, raws[person], true, &outcome);
    }
    net_run(net, 20000);
    assert_int_equal(outcome.final, TOLD);
    const struct bytes fresh = net_person(net, TOLD);
    const struct bytes other = net_person(net, TOLD + 1);
    for (int second = 0; second < 3; second++) {
        for (int i = 0; i < 20; i++) {
            tell(net, 1, raws, TOLD);
            net_run(net, 20);
        }
        assert_int_equal(waiting(node, NODE_QUEUE_PEER_ARRIVALS_BYTES), 0);
        assert_int_equal(waiting(node, NODE_QUEUE_PEER_DOOR), 0);
        tell(net, 1, raws, TOLD);
        assert_int_equal(waiting(node, NODE_QUEUE_PEER_DOOR), 0); /* not looked at */
        net_run(net, 1100);
        tell(net, 1, raws, TOLD);
        assert_true(waiting(node, NODE_QUEUE_PEER_DOOR) > 0); /* another second */
        net_run(net, 20);
    }
    for (int i = 0; i < 20; i++) {
        tell(net, 1, raws, TOLD);
        net_run(net, 20);
    }
    for (int i = 1; i < NET_NODES; i++) {
        net->cluster->cut[0][i] = true; /* so that it stays in the pool */
    }
    tell(net, 1, &fresh, 1);
    tell(net, 2, &other, 1);
    net_run(net, 20);
    node_status_get(node, &status);
    assert_int_equal(status.pool_count, 1);
    assert_true(node_bulk_ready(node, 1));
    net_free(net);
}

/* All that one peer tells goes to the door at once as far as there is room, also when it tells what
 * came through this door meanwhile. */
static void one_peer_does_not_wait_for_itself(void **state)
{
    (void)state;
    struct bytes raws[TOLD];
    struct net *net = net_new(43);
    struct net_outcome outcome = {0};
    struct node_status status;
    net_start_all(net);
    for (uint32_t person = 0; person < TOLD; person++) {
        raws[person] = net_person(net, person);
    }
    for (uint32_t person = 0; person < TOLD; person += 2) {
        net_submit(net, 0, raws[person], false, &outcome);
    }
    tell(net, 1, raws, TOLD);
    net_run(net, 1); /* a job of the door takes a fraction of it */
    node_status_get(net->hosts[0].node, &status);
    assert_int_equal(status.pool_count, TOLD);
    net_free(net);
}

/* Rubbish of 16 units each, until the node says busy: how many it took. */
static uint32_t submit_rubbish(struct node *node, struct bytes rubbish, struct net_outcome *outcome)
{
    uint32_t taken = 0;
    while (node_submit(node, rubbish, true, net_answer, outcome) == OK) {
        assert_true(++taken < ADMISSION_FLOOR);
    }
    return taken;
}

static bool says_busy(const struct node *node, bool over)
{
    static struct node_status status;
    char text[4096];
    node_status_get(node, &status);
    (void)node_explain(&status, text, sizeof text, NULL, NULL);
    assert_int_equal(status.waiting_bound, ADMISSION_FLOOR);
    assert_int_equal(status.waiting_units >= status.waiting_bound, over);
    return strstr(text, "answered busy") != NULL;
}

/* What is still to be verified waits, too, and counts by its size: what comes in first may be more
 * than is worked off for long. Of what one peer tells only a part counts: it may be rubbish. */
static void what_is_at_the_door_counts(void **state)
{
    (void)state;
    static const uint8_t zeros[15 * 1024];
    const struct bytes rubbish = bytes_of(zeros, sizeof zeros);
    const uint32_t units = admission_units(1, sizeof zeros);
    const uint32_t part = ADMISSION_FLOOR / ADMISSION_PARTS;
    struct net *net = net_new(44);
    struct net_outcome outcome = {0};
    struct net_outcome honest = {0};
    net_start_all(net);
    struct node *node = net->hosts[0].node;
    assert_int_equal(submit_rubbish(node, rubbish, &outcome), (ADMISSION_FLOOR - 1) / units + 1);
    assert_int_equal(node_submit(node, net_person(net, 1), true, net_answer, &honest), ERR_BUSY);
    assert_true(says_busy(node, true));
    net_run(net, 1000);
    assert_false(says_busy(node, false));
    net_submit(net, 0, net_person(net, 1), true, &honest);
    net_run(net, 2000);
    assert_int_equal(honest.final, 1);
    for (uint32_t told = 0; told <= part; told += units) {
        tell(net, 1, &rubbish, 1);
    }
    assert_int_equal(submit_rubbish(node, rubbish, &outcome),
                     (ADMISSION_FLOOR - part - 1) / units + 1);
    net_run(net, 1000);
    assert_int_equal(submit_rubbish(node, rubbish, &outcome), (ADMISSION_FLOOR - 1) / units + 1);
    net_run(net, 1000);
    assert_int_equal(outcome.final + outcome.accepted, 0);
    net_free(net);
}

static void what_the_door_answers(void **state)
{
    (void)state;
    struct net *net = net_new(41);
    net_start_all(net);
    const struct bytes raw = net_person(net, 1);
    struct net_outcome first = {0};
    struct net_outcome second = {0};
    struct net_outcome quick = {0};
    net_submit(net, 0, raw, true, &first);
    net_submit(net, 0, raw, true, &second);
    net_submit(net, 0, raw, false, &quick);
    assert_int_equal(first.final + first.refused, 0); /* never from inside node_submit */
    net_run(net, 2000);
    assert_int_equal(first.final, 1);
    assert_int_equal(second.final, 1);
    assert_int_equal(quick.accepted, 1);
    /* Once it is final: through another node, the place where it stands. */
    struct net_outcome again = {0};
    net_submit(net, 2, raw, true, &again);
    net_run(net, 1000);
    assert_int_equal(again.final, 1);
    assert_true(again.last.duplicate);
    assert_int_equal(again.last.height, first.last.height);
    assert_true(hash_equal(&again.last.tx_id, &first.last.tx_id));
    /* Damaged: refused, whoever signs. */
    const struct bytes fresh = net_person(net, 2);
    uint8_t *bad = malloc(fresh.size);
    memcpy(bad, fresh.data, fresh.size);
    bad[fresh.size - 5] ^= 1;
    struct net_outcome refused = {0};
    net_submit(net, 1, bytes_of(bad, fresh.size), true, &refused);
    net_submit(net, 1, bytes_of(bad, fresh.size / 2), true, &refused);
    net_run(net, 1000);
    assert_int_equal(refused.refused, 2);
    assert_int_not_equal(refused.last.detail.err, OK);
    free(bad);
    /* Too late. */
    struct net_outcome late = {0};
    const struct bytes expired = net_transaction(net, 900, 0);
    net_run(net, 2000);
    net_submit(net, 1, expired, true, &late);
    net_run(net, 1000);
    assert_int_equal(late.refused, 1);
    assert_int_equal(node_submit(net->hosts[0].node, bytes_of(NULL, 0), false, net_answer, &late),
                     ERR_TOO_LARGE);
    net_free(net);
}

static void net_id(const struct net *net, struct bytes raw, struct hash *out)
{
    struct bytes body;
    assert_true(exec_peek_body(raw, &body));
    exec_tx_id(out, &net->cluster->town.chain_id, body);
}

/* Whose time is over by this clock may stand in a block that is not known here: it is refused once
 * a final block is later than it, and is no work meanwhile. */
static void who_is_too_late_hears_it_when_it_is_sure(void **state)
{
    (void)state;
    struct net *net = net_new(46);
    struct net_outcome taken = {0};
    struct net_outcome late = {0};
    struct net_outcome other = {0};
    char why[200];
    struct hash id;
    net_start_all(net);
    net_run(net, 1000);
    /* The others have it in a block before machine 3 hears of one. */
    const struct bytes first = net_transaction(net, 1, 3000);
    net_id(net, first, &id);
    net_submit(net, 3, first, true, &taken);
    while (!node_pool_find(net->hosts[0].node, &id, why, sizeof why)) {
        net_run(net, 1);
    }
    cut_off(net, true);
    net_run(net, 8000);
    assert_true(net_height(net, 0) > net_height(net, 3));
    assert_int_equal(taken.final + taken.refused + taken.dropped, 0);
    cut_off(net, false);
    net_run(net, 20000);
    assert_int_equal(taken.final, 1);
    assert_int_equal(taken.refused + taken.dropped, 0);
    /* Nobody has it: two are away. */
    net_crash(net, 1);
    net_crash(net, 2);
    const struct bytes raw = net_transaction(net, 2, 3000);
    net_submit(net, 0, raw, true, &late);
    net_run(net, 8000);
    assert_int_equal(late.final + late.refused + late.dropped, 0);
    net_id(net, raw, &id);
    assert_true(node_pool_find(net->hosts[0].node, &id, why, sizeof why));
    assert_non_null(strstr(why, "its time is over"));
    net_start(net, 1);
    net_start(net, 2);
    net_run(net, 5000);
    net_submit(net, 0, net_person(net, 3), true, &other);
    net_run(net, 5000);
    assert_int_equal(other.final, 1);
    assert_int_equal(late.dropped, 1);
    assert_int_equal(late.last.detail.err, ERR_EXPIRED);
    assert_false(node_pool_find(net->hosts[0].node, &id, why, sizeof why));
    net_same_height(net);
    net_free(net);
}

static void run_us(struct net *net, uint64_t us)
{
    const uint64_t end = net->cluster->now_us + us;
    while (cluster_step(net->cluster, end)) {
    }
    net->cluster->now_us = end;
}

/* Whoever brings a transaction a second time, at whatever instant of its way into a block, hears of
 * its place: also where it was let in while the block was delivered, and a builder then has it. */
static void who_comes_twice_hears_of_the_place(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct net *net = net_new(470 + seed);
        struct net_outcome outcome = {0};
        uint32_t told = 0;
        net_start_all(net);
        for (uint32_t person = 0; person < 8; person++) {
            const struct bytes raw = net_person(net, person);
            for (uint32_t again = 0; again < 60; again++) {
                net_submit(net, (int)(again % NET_NODES), raw, true, &outcome);
                run_us(net, 500);
                told++;
            }
        }
        net_run(net, 5000);
        assert_int_equal(outcome.final, told);
        assert_int_equal(outcome.refused + outcome.dropped, 0);
        net_free(net);
    }
}

/* Who was forgotten hears nothing, wherever the transaction is: at the door or in the pool. */
static void who_is_forgotten_hears_nothing(void **state)
{
    (void)state;
    struct net *net = net_new(26);
    struct net_outcome outcome = {0};
    struct net_outcome kept = {0};
    net_start_all(net);
    const struct bytes first = net_person(net, 1);
    net_submit(net, 1, first, true, &outcome);
    net_submit(net, 1, net_person(net, 2), true, &kept);
    node_forget(net->hosts[1].node, &outcome); /* at the door */
    net_run(net, 3000);
    net_submit(net, 1, net_person(net, 3), true, &outcome);
    net_run(net, 1);
    node_forget(net->hosts[1].node, &outcome); /* in the pool */
    net_run(net, 3000);
    assert_int_equal(kept.final, 1);
    assert_int_equal(outcome.final + outcome.accepted + outcome.refused + outcome.dropped, 0);
    net_submit(net, 2, first, true, &kept);
    net_run(net, 1000);
    assert_true(kept.last.duplicate); /* the transaction itself went on */
    net_free(net);
}

/* A transaction that became impossible while only one node knew of it: nobody else has work, so no
 * block comes that would show it. The node finds out by itself and says so. */
static void what_became_impossible_is_dropped(void **state)
{
    (void)state;
    struct net *net = net_new(27);
    struct net_outcome first = {0};
    struct net_outcome second = {0};
    net_start_all(net);
    cut_off(net, true);
    net_submit(net, 1, net_transaction(net, 5, 600000), true, &first);
    net_submit(net, 3, net_transaction(net, 5, 700000), true, &second);
    net_run(net, 1500);
    assert_int_equal(first.final, 1);
    memset(net->cluster->cut, 0, sizeof net->cluster->cut);
    net_run(net, 8000);
    assert_int_equal(second.dropped + second.refused, 1);
    struct node_status status;
    node_status_get(net->hosts[3].node, &status);
    assert_int_equal(status.pool_count, 0);
    assert_false(status.active);
    net_same_height(net);
    net_free(net);
}

static bool proposals_are_lost(void *context, struct host *to, uint16_t from,
                               enum env_channel channel, struct bytes frame)
{
    (void)context;
    (void)to;
    (void)from;
    (void)channel;
    return frame.data[0] == FRAME_PROPOSE;
}

/* Of two that exclude each other a leader takes one into its block. Until that height is final
 * nobody may be told that the other is refused: another leader may take that one. */
static void who_lost_in_a_block_hears_it_when_it_is_final(void **state)
{
    (void)state;
    struct net *net = net_new(28);
    struct net_outcome first = {0};
    struct net_outcome second = {0};
    net_start_all(net);
    net->cluster->hooks.receive = proposals_are_lost;
    net_submit(net, 0, net_transaction(net, 5, 600000), true, &first);
    net_submit(net, 0, net_transaction(net, 5, 700000), true, &second);
    net_run(net, 5000);
    assert_int_equal(first.final + first.refused + first.dropped, 0);
    assert_int_equal(second.final + second.refused + second.dropped, 0);
    net->cluster->hooks.receive = NULL;
    net_run(net, 20000);
    assert_int_equal(first.final + second.final, 1);
    assert_int_equal(first.dropped + second.dropped, 1);
    const struct net_outcome *lost = first.final == 1 ? &second : &first;
    assert_int_equal(lost->last.detail.err, ERR_CONFLICT);
    net_same_height(net);
    net_free(net);
}

/* What became impossible, behind more others than are looked at in one go, none of which finds a
 * block: each has its turn. */
static void everybody_is_looked_at_again(void **state)
{
    (void)state;
    struct net *net = net_new(29);
    struct net_outcome first = {0};
    struct net_outcome second = {0};
    struct net_outcome others = {0};
    net_start_all(net);
    cut_off(net, true);
    for (uint32_t i = 0; i < 300; i++) {
        net_submit(net, 3, net_person(net, 1000 + i), true, &others);
    }
    net_run(net, 1000);
    net_submit(net, 1, net_transaction(net, 5, 600000), true, &first);
    net_submit(net, 3, net_transaction(net, 5, 700000), true, &second);
    net_run(net, 1500);
    assert_int_equal(first.final, 1);
    net_crash(net, 1);
    net_crash(net, 2);
    memset(net->cluster->cut, 0, sizeof net->cluster->cut);
    net_run(net, 12000);
    assert_int_equal(net_height(net, 3), net_height(net, 0));
    assert_int_equal(others.final + others.dropped + others.refused, 0);
    assert_int_equal(second.dropped + second.refused, 1);
    net_free(net);
}

/* An observer builds no block, so what it only tells once may be lost. Behind many that find no
 * block each is told again. */
static void everybody_is_told_again(void **state)
{
    (void)state;
    struct net *net = net_new_with(30, 1);
    struct net_outcome same = {0};
    struct net_outcome last = {0};
    struct net_outcome others = {0};
    net_start_all(net);
    net_start(net, NET_NODES);
    net_run(net, 1000);
    for (int i = 0; i < NET_NODES; i++) {
        net->cluster->cut[NET_NODES][i] = true; /* it hears, and is not heard */
    }
    for (uint32_t i = 0; i < 100; i++) {
        net_submit(net, NET_NODES, net_transaction(net, 5, 600000 + i), true, &same);
    }
    net_run(net, 200);
    net_submit(net, NET_NODES, net_person(net, 2000), true, &last);
    net_run(net, 500);
    memset(net->cluster->cut, 0, sizeof net->cluster->cut);
    for (uint32_t i = 0; i < 20; i++) { /* never quiet: nobody is looked at again */
        net_submit(net, 0, net_person(net, 1000 + i), true, &others);
        net_run(net, 500);
    }
    assert_int_equal(others.final, 20);
    assert_int_equal(same.final, 1);
    assert_int_equal(last.final, 1);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_peers_tell_waits_for_the_door),
        cmocka_unit_test(what_a_peer_tells_for_nothing_is_left),
        cmocka_unit_test(one_peer_does_not_wait_for_itself),
        cmocka_unit_test(what_is_at_the_door_counts),
        cmocka_unit_test(what_the_door_answers),
        cmocka_unit_test(who_comes_twice_hears_of_the_place),
        cmocka_unit_test(who_is_too_late_hears_it_when_it_is_sure),
        cmocka_unit_test(who_is_forgotten_hears_nothing),
        cmocka_unit_test(what_became_impossible_is_dropped),
        cmocka_unit_test(who_lost_in_a_block_hears_it_when_it_is_final),
        cmocka_unit_test(everybody_is_looked_at_again),
        cmocka_unit_test(everybody_is_told_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
