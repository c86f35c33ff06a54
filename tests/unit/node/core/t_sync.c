/* SPDX-License-Identifier: Apache-2.0 */
/* Four whole nodes in virtual time: coming up with the others, and peers who hinder that. */
#include "net.h"

#include "node/core/node_impl.h"

/* Three nodes work while the fourth does not exist yet; it starts empty and catches up. */
static void an_empty_node_catches_up(void **state)
{
    (void)state;
    struct net *net = net_new(7);
    struct net_outcome outcome = {0};
    net_start_some(net, 3);
    const uint32_t person = net_grow(net, 150, 1, 60, &outcome);
    net_start(net, 3);
    net_run(net, 3000);
    assert_int_equal(outcome.final, person);
    net_same_height(net);
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

/* Bodies that do not fit one answer: the window comes in pieces and is committed as a whole. */
static void sync_in_pieces(void **state)
{
    (void)state;
    struct net *net = net_new(51);
    struct net_outcome outcome = {0};
    net_start_some(net, 3);
    const uint32_t person = net_grow(net, 40, 6, 25, &outcome);
    net->cluster->sync_bytes = 600; /* two transactions */
    net_start(net, 3);
    net_run(net, 15000);
    assert_int_equal(outcome.final, person);
    net_same_height(net);
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
    net_start_some(net, 3);
    const uint32_t person = net_grow(net, 100, 1, 60, &outcome);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        net->cluster->sync_bytes = sizes[i];
        net_start(net, 3);
        net_run(net, 10000);
        net_same_height(net);
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
    net_start_some(net, 3);
    (void)net_grow(net, 200, 1, 60, &outcome);
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

static void play_hello(struct net *net, uint32_t peer)
{
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerHello hello = SEAM__PEER_HELLO__INIT;
    hello.hints = &hints;
    hello.chain_id = frame_data(hash_bytes(&net->cluster->town.chain_id));
    hello.protocol = FRAME_PROTOCOL;
    hello.time_ms = TOWN_TIME + net->cluster->now_us / 1000;
    net_play(net, peer, FRAME_HELLO, &hello.base);
}

static void play_greeting(struct net *net, uint32_t peer, const uint8_t node_key[32])
{
    node_on_peer_up(net->hosts[0].node, peer, node_key);
    play_hello(net, peer);
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
    net_play(net, peer, FRAME_BODY, &piece.base);
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
            net_play(net, status.peers[i].peer, FRAME_HEADER, &message.base);
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
    net_start_all(net);
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
            net_play(net, 1, FRAME_FETCH_BODY, &message.base);
        }
        const uint64_t share = NODE_SERVE_BYTES / NODE_SERVE_COST; /* of that moment */
        assert_in_range(net->cluster->frames - before, share, 2 * share);
        net_run(net, 1100);
    }
    net_free(net);
}

struct mute {
    int host; /* -1: whoever is asked first */
    uint32_t answers;
};

/* The first host asked sends no window, and the others do. */
static bool mute_send(void *context, struct host *from, uint16_t to, enum env_channel channel,
                      struct bytes frame)
{
    struct mute *mute = context;
    (void)to;
    (void)channel;
    if (frame.data[0] != FRAME_SYNC_RESPONSE) {
        return false;
    }
    mute->answers++;
    mute->host = mute->host < 0 ? from->index : mute->host;
    return mute->host == from->index;
}

/* Consensus waits 2 s for an answer and names another peer, the node 5 s: then that other one is
 * asked at once, though nobody says anything. */
static void who_does_not_answer_gives_way_to_the_next(void **state)
{
    (void)state;
    struct net *net = net_new(56);
    struct net_outcome outcome = {0};
    struct mute mute = {.host = -1};
    net_start_some(net, 3);
    (void)net_grow(net, 100, 1, 60, &outcome);
    net->cluster->hooks.context = &mute;
    net->cluster->hooks.send = mute_send;
    net->cluster->hooks.after = NULL;
    net_start(net, 3);
    net_run(net, 3000);
    assert_int_equal(mute.answers, 1);
    assert_int_equal(net_height(net, 3), 0);
    boast(net, mute.host == 0 ? 1 : 0, 3);
    for (int i = 0; i < 3; i++) { /* STATUS of an idle network must not help */
        net->cluster->cut[i][3] = true;
    }
    net_run(net, 1980);
    assert_int_equal(mute.answers, 1);
    memset(net->cluster->cut, 0, sizeof net->cluster->cut);
    net_run(net, 40);
    assert_true(mute.answers > 1);
    assert_true(net_height(net, 3) > 0);
    net_free(net);
}

static bool count_windows(void *context, struct host *from, uint16_t to, enum env_channel channel,
                          struct bytes frame)
{
    (void)from;
    (void)to;
    (void)channel;
    *(uint32_t *)context += frame.data[0] == FRAME_SYNC_RESPONSE;
    return false;
}

/* Bulk frames have a connection of their own: a request may be here before the HELLO. It is
 * answered after the HELLO, once, and never without one. */
static void a_request_may_overtake_the_greeting(void **state)
{
    (void)state;
    struct net *net = net_new(57);
    uint32_t windows = 0;
    net->cluster->hooks =
        (struct cluster_hooks){.context = &windows, .send = count_windows, .closed = net_closed};
    net_start(net, 0);
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerSyncRequest message = SEAM__PEER_SYNC_REQUEST__INIT;
    message.hints = &hints;
    message.from_height = 1;
    message.size_max = 1000;
    node_on_peer_up(net->hosts[0].node, 1, net->hosts[1].node_key);
    net_play(net, 1, FRAME_SYNC_REQUEST, &message.base);
    net_play(net, 1, FRAME_SYNC_REQUEST, &message.base);
    net_run(net, 100);
    assert_int_equal(windows, 0);
    play_hello(net, 1);
    net_run(net, 100);
    assert_int_equal(windows, 1);
    play_hello(net, 1);
    net_run(net, 100);
    assert_int_equal(windows, 1);
    net_free(net);
}

/* Asking for the same window again and again: a share of it each second, and the next one is not
 * lost. */
static void windows_are_served_in_measure(void **state)
{
    (void)state;
    struct net *net = net_new(58);
    struct net_outcome outcome = {0};
    uint32_t windows = 0;
    const uint32_t second =
        1000 / NODE_SERVE_MS * (NODE_SERVE_BYTES / (CHAIN_DELIVER_MAX * NODE_SERVE_COST));
    net_start_some(net, 3);
    (void)net_grow(net, 100, 1, 60, &outcome);
    net->cluster->hooks =
        (struct cluster_hooks){.context = &windows, .send = count_windows, .closed = net_closed};
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    Seam__PeerSyncRequest message = SEAM__PEER_SYNC_REQUEST__INIT;
    message.hints = &hints;
    message.from_height = 1;
    message.size_max = UINT32_MAX;
    for (int i = 0; i < 4000; i++) {
        net_play(net, 1, FRAME_SYNC_REQUEST, &message.base);
        net_run(net, 1);
    }
    assert_in_range(windows, 2 * second, 5 * second);
    net_run(net, 2100);
    windows = 0;
    net_play(net, 1, FRAME_SYNC_REQUEST, &message.base);
    net_run(net, 100);
    assert_int_equal(windows, 1);
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
        net_same_height(net);
        assert_true(net->cluster->closes > 0);
        assert_int_equal(net->cluster->errors, 0);
        net_free(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_node_catches_up),
        cmocka_unit_test(sync_in_pieces),
        cmocka_unit_test(a_long_chain_comes_in_many_windows),
        cmocka_unit_test(a_boaster_holds_nobody_up),
        cmocka_unit_test(who_begins_a_body_and_stops_gives_way),
        cmocka_unit_test(bodies_are_served_in_measure),
        cmocka_unit_test(who_does_not_answer_gives_way_to_the_next),
        cmocka_unit_test(a_request_may_overtake_the_greeting),
        cmocka_unit_test(windows_are_served_in_measure),
        cmocka_unit_test(hostile_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
