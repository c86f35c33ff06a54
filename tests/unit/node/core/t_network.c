/* SPDX-License-Identifier: Apache-2.0 */
/* Four whole nodes in virtual time. */
#include "net.h"

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

static void start_all(struct net *net)
{
    for (int i = 0; i < NET_NODES; i++) {
        net_start(net, i);
    }
    net_run(net, 500);
}

/* A node that is switched off loses what it had not synced, comes back, and takes part again. */
static void a_node_restarts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct net *net = net_new(seed);
        struct net_outcome outcome = {0};
        start_all(net);
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
        same_height(net);
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
        start_all(net);
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
        same_height(net);
        net_free(net);
    }
}

/* Three nodes work while the fourth does not exist yet; it starts empty and catches up. */
static void an_empty_node_catches_up(void **state)
{
    (void)state;
    struct net *net = net_new(7);
    struct net_outcome outcome = {0};
    for (int i = 0; i < 3; i++) {
        net_start(net, i);
    }
    net_run(net, 500);
    uint32_t person = 0;
    while (net_height(net, 0) < 150) {
        net_submit(net, (int)(person % 3), net_person(net, person), true, &outcome);
        person++;
        net_run(net, 60);
        assert_true(net->cluster->now_us < 600u * 1000000u);
    }
    net_start(net, 3);
    net_run(net, 3000);
    assert_int_equal(outcome.final, person);
    same_height(net);
    struct node_status status;
    node_status_get(net->hosts[3].node, &status);
    assert_true(status.voting);
    assert_int_equal(status.validator_count, 4);
    /* And it votes: without one of the others there is still a quorum. */
    net_crash(net, 0);
    struct net_outcome more = {0};
    net_submit(net, 3, net_person(net, 5000), true, &more);
    net_run(net, 15000);
    assert_int_equal(more.final, 1);
    net_free(net);
}

/* A wiped log: the node follows without voting until an F at or above its slot, then it votes
 * again; the others never see two votes of one position (D6). */
static void a_lost_log_is_survived(void **state)
{
    (void)state;
    struct net *net = net_new(11);
    struct net_outcome outcome = {0};
    start_all(net);
    uint32_t person = 0;
    for (int i = 0; i < 10; i++) {
        net_submit(net, i % NET_NODES, net_person(net, person++), true, &outcome);
        net_run(net, 50);
    }
    net_crash(net, 2);
    vdisk_wipe(&net->hosts[2].disk, ENV_DIR_LOG);
    net_start(net, 2);
    struct node_status status;
    node_status_get(net->hosts[2].node, &status);
    assert_false(status.voting);
    assert_string_not_equal(status.not_voting_why, "");
    net_run(net, 2000);
    for (int i = 0; i < 10; i++) {
        net_submit(net, i % NET_NODES, net_person(net, person++), true, &outcome);
        net_run(net, 200);
    }
    net_run(net, 5000);
    assert_int_equal(outcome.final, person);
    node_status_get(net->hosts[2].node, &status);
    assert_true(status.voting);
    same_height(net);
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
    start_all(net);
    uint32_t person = 0;
    for (int i = 0; i < 30; i++) {
        net_submit(net, i % NET_NODES, net_person(net, person++), true, &outcome);
        net_run(net, 50);
    }
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
    same_height(net);
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
    start_all(net);
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
    same_height(net);
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
    start_all(net);
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

static void a_lost_slot_is_refused(void **state)
{
    (void)state;
    struct net *net = net_new(12);
    struct net_outcome outcome = {0};
    start_all(net);
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
    start_all(net);
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
    same_height(net);
    net_free(net);
}

/* A sync that fails stops the node for good; it does not guess what is stored. */
static void a_failing_disk_stops_the_node(void **state)
{
    (void)state;
    struct net *net = net_new(13);
    struct net_outcome outcome = {0};
    start_all(net);
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
    same_height(net);
    net_free(net);
}

/* Lost frames: everything still becomes final, only later. */
static void a_lossy_network_delivers(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct net *net = net_new(200 + seed);
        struct net_outcome outcome = {0};
        start_all(net);
        net->cluster->net.loss = 15;
        uint32_t person = 0;
        for (int i = 0; i < 20; i++) {
            net_submit(net, i % NET_NODES, net_person(net, person++), true, &outcome);
            net_run(net, 300);
        }
        net_run(net, 20000);
        net->cluster->net.loss = 0;
        net_run(net, 20000);
        assert_int_equal(outcome.final, person);
        same_height(net);
        net_free(net);
    }
}

/* Two against two: nothing becomes final, nothing breaks; healed, both halves agree. */
static void a_partition_heals(void **state)
{
    (void)state;
    struct net *net = net_new(31);
    struct net_outcome outcome = {0};
    start_all(net);
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
    same_height(net);
    net_free(net);
}

static void what_the_door_answers(void **state)
{
    (void)state;
    struct net *net = net_new(41);
    start_all(net);
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

/* Who was forgotten hears nothing, wherever the transaction is: at the door or in the pool. */
static void who_is_forgotten_hears_nothing(void **state)
{
    (void)state;
    struct net *net = net_new(26);
    struct net_outcome outcome = {0};
    struct net_outcome kept = {0};
    start_all(net);
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
    start_all(net);
    for (int i = 0; i < 3; i++) {
        net->cluster->cut[i][3] = true;
        net->cluster->cut[3][i] = true;
    }
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
    same_height(net);
    net_free(net);
}

/* Bodies that do not fit one answer: the window comes in pieces and is committed as a whole. */
static void sync_in_pieces(void **state)
{
    (void)state;
    struct net *net = net_new(51);
    struct net_outcome outcome = {0};
    for (int i = 0; i < 3; i++) {
        net_start(net, i);
    }
    net_run(net, 500);
    uint32_t person = 0;
    while (net_height(net, 0) < 40) {
        for (int i = 0; i < 6; i++) {
            net_submit(net, i % 3, net_person(net, person++), true, &outcome);
        }
        net_run(net, 25);
        assert_true(net->cluster->now_us < 600u * 1000000u);
    }
    net->cluster->sync_bytes = 600; /* two transactions */
    net_start(net, 3);
    net_run(net, 15000);
    assert_int_equal(outcome.final, person);
    same_height(net);
    assert_int_equal(net->cluster->errors, 0);
    net_free(net);
}

/* More blocks than one window holds, in answers that hold few bodies: each window still ends on the
 * certificate of its own last block, and the next one begins. */
static void a_long_chain_comes_in_many_windows(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {3000, 6000, 20000};
    struct net *net = net_new(52);
    struct net_outcome outcome = {0};
    for (int i = 0; i < 3; i++) {
        net_start(net, i);
    }
    net_run(net, 500);
    uint32_t person = 0;
    while (net_height(net, 0) < 100) {
        net_submit(net, (int)(person % 3), net_person(net, person), true, &outcome);
        person++;
        net_run(net, 60);
        assert_true(net->cluster->now_us < 600u * 1000000u);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        net->cluster->sync_bytes = sizes[i];
        net_start(net, 3);
        net_run(net, 10000);
        same_height(net);
        net_crash(net, 3);
        host_lose_database(&net->hosts[3]);
    }
    assert_int_equal(outcome.final, person);
    assert_int_equal(net->cluster->errors, 0);
    net_free(net);
}

static void boast(struct net *net, int from, int to)
{
    struct arena arena;
    struct bytes frame;
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerStatus status = SEAM__PEER_STATUS__INIT;
    hints.epoch = 1;
    hints.view = 1;
    hints.fin_height = UINT64_MAX;
    status.hints = &hints;
    arena_init(&arena, 65536);
    assert_int_equal(frame_encode(&frame, FRAME_STATUS, &status.base, &arena), OK);
    node_on_frame(net->hosts[to].node, (uint32_t)from, ENV_CONTROL, frame);
    arena_free(&arena);
}

/* B17: one peer claims the highest blocks of all and never sends any. */
static void a_boaster_holds_nobody_up(void **state)
{
    (void)state;
    struct net *net = net_new(53);
    struct net_outcome outcome = {0};
    for (int i = 0; i < 3; i++) {
        net_start(net, i);
    }
    net_run(net, 500);
    uint32_t person = 0;
    while (net_height(net, 0) < 200) {
        net_submit(net, (int)(person % 3), net_person(net, person), true, &outcome);
        person++;
        net_run(net, 60);
        assert_true(net->cluster->now_us < 600u * 1000000u);
    }
    net->cluster->sync_bytes = 20000; /* ten windows and more */
    net_start(net, 3);
    net_run(net, 5);
    net->cluster->cut[1][3] = true;
    net->cluster->cut[3][1] = true;
    for (int i = 0; i < 300; i++) {
        boast(net, 1, 3);
        net_run(net, 100);
    }
    assert_true(net_height(net, 3) >= 200);
    net_free(net);
}

static void play(struct net *net, uint32_t peer, enum frame_kind kind,
                 const ProtobufCMessage *message)
{
    struct arena arena;
    struct bytes frame;
    arena_init(&arena, 1024 * 1024);
    assert_int_equal(frame_encode(&frame, kind, message, &arena), OK);
    node_on_frame(net->hosts[0].node, peer, frame_row((uint8_t)kind)->channel, frame);
    arena_free(&arena);
}

static void play_greeting(struct net *net, uint32_t peer, const uint8_t node_key[32])
{
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerHello hello = SEAM__PEER_HELLO__INIT;
    hello.hints = &hints;
    hello.chain_id = frame_data(hash_bytes(&net->cluster->town.chain_id));
    hello.protocol = FRAME_PROTOCOL;
    hello.time_ms = TOWN_TIME + net->cluster->now_us / 1000;
    node_on_peer_up(net->hosts[0].node, peer, node_key);
    play(net, peer, FRAME_HELLO, &hello.base);
}

static void play_piece(struct net *net, uint32_t peer, const struct hash *id, uint32_t offset)
{
    static uint8_t data[FRAME_CHUNK];
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerBody piece = SEAM__PEER_BODY__INIT;
    piece.hints = &hints;
    piece.block_id = frame_data(hash_bytes(id));
    piece.offset = offset;
    piece.total = 2 * FRAME_CHUNK;
    piece.data = frame_data(bytes_of(data, sizeof data));
    play(net, peer, FRAME_BODY, &piece.base);
}

/* Peers that begin to send a body and do not go on make room for one that does (here with a wrong
 * body, so that it shows). */
static void who_begins_a_body_and_stops_gives_way(void **state)
{
    (void)state;
    struct net *net = net_new(54);
    const uint8_t stranger[32] = {9};
    net->cluster->net.damage = 1;
    net->cluster->lenient = true; /* peers may be closed */
    net_start(net, 0);
    for (uint32_t i = 1; i < NET_NODES; i++) {
        play_greeting(net, i, net->hosts[i].node_key);
    }
    play_greeting(net, NET_NODES, stranger);
    struct node_status status;
    node_status_get(net->hosts[0].node, &status);
    struct hash ids[2 * NET_NODES];
    size_t count = 0;
    for (uint32_t i = 0; i < status.peer_count; i++) {
        for (uint64_t view = 1; view <= 2 && status.peers[i].validator >= 0; view++) {
            struct header header = {.version = 1,
                                    .suite = SUITE_ED25519_SHA256,
                                    .tx_count = 1,
                                    .chain_id = net->cluster->town.chain_id,
                                    .epoch = 1,
                                    .view = view,
                                    .height = 1,
                                    .proposer = (uint16_t)status.peers[i].validator,
                                    .body_size = 2 * FRAME_CHUNK};
            uint8_t raw[HEADER_SIZE];
            Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
            Seam__PeerHeader message = SEAM__PEER_HEADER__INIT;
            header_encode(raw, &header);
            header_id(&ids[count++], &header);
            message.hints = &hints;
            message.header = frame_data(bytes_of(raw, sizeof raw));
            play(net, status.peers[i].peer, FRAME_HEADER, &message.base);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (uint32_t peer = 1; peer < NET_NODES; peer++) {
            play_piece(net, peer, &ids[i], 0);
        }
    }
    net_run(net, 1500);
    assert_int_equal(net->cluster->closes, 0);
    for (size_t i = 0; i < count; i++) {
        play_piece(net, NET_NODES, &ids[i], 0);
        play_piece(net, NET_NODES, &ids[i], FRAME_CHUNK);
    }
    net_run(net, 100);
    assert_true(net->cluster->closes > 0);
    net_free(net);
}

/* Asking for bodies costs the asker little and the asked one much. */
static void bodies_are_served_in_measure(void **state)
{
    (void)state;
    struct net *net = net_new(55);
    struct net_outcome outcome = {0};
    start_all(net);
    net_submit(net, 0, net_person(net, 1), true, &outcome);
    net_run(net, 3000);
    assert_true(net->known[1]);
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerFetchBody message = SEAM__PEER_FETCH_BODY__INIT;
    message.hints = &hints;
    message.block_id = frame_data(hash_bytes(&net->ids[1]));
    net->cluster->cut[0][1] = true; /* nobody has to hear it */
    for (int second = 0; second < 2; second++) {
        const uint64_t before = net->cluster->frames;
        for (int i = 0; i < 20000; i++) {
            play(net, 1, FRAME_FETCH_BODY, &message.base);
        }
        assert_in_range(net->cluster->frames - before, 1000, 10000);
        net_run(net, 1100);
    }
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
        start_all(net);
        for (uint32_t i = 0; i < 8; i++) {
            net_submit(net, 0, net_person(net, i), true, &outcome);
            net_run(net, 1000);
        }
        net_run(net, 30000);
        assert_int_equal(outcome.final, 8);
        same_height(net);
        net_free(net);
    }
}

/* The log does not grow for ever, and a node restarts from a checkpoint as from the whole. */
static void the_log_is_recycled(void **state)
{
    (void)state;
    struct net *net = net_new(71);
    struct net_outcome outcome = {0};
    net->cluster->segment_size = LOG_SEGMENT_MIN;
    start_all(net);
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
    same_height(net);
    assert_int_equal(net->cluster->errors, 0);
    net_free(net);
}

/* Damaged copies of every kind of frame: refused, punished, survived. */
static void hostile_frames(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct net *net = net_new(300 + seed);
        struct net_outcome outcome = {0};
        net->cluster->net.damage = 40;
        net->cluster->lenient = true;
        for (int i = 0; i < 3; i++) {
            net_start(net, i);
        }
        net_run(net, 500);
        uint32_t person = 0;
        for (int i = 0; i < 100; i++) {
            net_submit(net, i % 3, net_person(net, person++), true, &outcome);
            net_run(net, 50);
        }
        net_start(net, 3);
        net_run(net, 30000);
        assert_int_equal(outcome.final, person);
        same_height(net);
        assert_true(net->cluster->closes > 0);
        assert_int_equal(net->cluster->errors, 0);
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
        start_all(net);
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
        same_height(net);
        assert_int_equal(net->cluster->errors, 0);
        net_free(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_nodes_deliver),
        cmocka_unit_test(a_node_restarts),
        cmocka_unit_test(all_nodes_restart),
        cmocka_unit_test(an_empty_node_catches_up),
        cmocka_unit_test(a_lost_log_is_survived),
        cmocka_unit_test(a_lost_slot_is_refused),
        cmocka_unit_test(a_new_key_on_an_old_log_follows),
        cmocka_unit_test(a_lost_database_is_rebuilt),
        cmocka_unit_test(the_last_block_is_given_after_a_restart),
        cmocka_unit_test(a_stall_is_explained),
        cmocka_unit_test(a_failing_disk_stops_the_node),
        cmocka_unit_test(a_lossy_network_delivers),
        cmocka_unit_test(a_partition_heals),
        cmocka_unit_test(what_the_door_answers),
        cmocka_unit_test(who_is_forgotten_hears_nothing),
        cmocka_unit_test(what_became_impossible_is_dropped),
        cmocka_unit_test(sync_in_pieces),
        cmocka_unit_test(a_long_chain_comes_in_many_windows),
        cmocka_unit_test(a_boaster_holds_nobody_up),
        cmocka_unit_test(who_begins_a_body_and_stops_gives_way),
        cmocka_unit_test(bodies_are_served_in_measure),
        cmocka_unit_test(a_wrong_clock_is_survived),
        cmocka_unit_test(the_log_is_recycled),
        cmocka_unit_test(hostile_frames),
        cmocka_unit_test(chaos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
