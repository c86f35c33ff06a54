/* SPDX-License-Identifier: Apache-2.0 */
/* Two nodes over loopback, in one loop: they meet, exchange frames, part, and keep strangers out.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/shell/link.h"
#include "node/shell/mesh.h"

/* Bounds every wait: turns of a loop that sleeps at most 20 ms each. */
#define TURNS_MAX 15000

struct world;

struct test_node {
    struct world *world;
    struct sign_key key;
    struct mesh *mesh;
    struct config_peer config;
    uint8_t admitted[32]; /* the one key node_admits knows */
    bool admits_all;
    int up;
    int down;
    uint32_t peer; /* number of the last one up */
    uint32_t frames[ENV_CHANNELS];
    size_t last_size;
    uint8_t last_byte;
    bool bulk_ready;
};

struct world {
    uint64_t silent_ms;
    uint64_t handshake_ms;
    uv_loop_t loop;
    uv_timer_t beat; /* wakes the loop so that a condition is looked at again */
    struct metrics *metrics;
    struct test_node a;
    struct test_node b;
};

static bool admits(void *context, const uint8_t key[32])
{
    const struct test_node *node = context;
    return node->admits_all || memcmp(node->admitted, key, 32) == 0;
}

static void on_up(void *context, uint32_t peer, const uint8_t key[32])
{
    struct test_node *node = context;
    (void)key;
    assert_int_equal(node->up, node->down);
    node->up++;
    node->peer = peer;
}

static void on_down(void *context, uint32_t peer)
{
    struct test_node *node = context;
    assert_int_equal(peer, node->peer);
    node->down++;
    assert_int_equal(node->up, node->down);
}

static void on_frame(void *context, uint32_t peer, enum env_channel channel, struct bytes frame)
{
    struct test_node *node = context;
    assert_int_equal(peer, node->peer);
    node->frames[channel]++;
    node->last_size = frame.size;
    node->last_byte = frame.data[frame.size - 1];
}

static bool bulk_ready(void *context, uint32_t peer)
{
    const struct test_node *node = context;
    (void)peer;
    return node->bulk_ready;
}

static void on_beat(uv_timer_t *timer)
{
    (void)timer;
}

static void node_key_of(struct test_node *node, uint8_t seed)
{
    uint8_t bytes[SIGN_SEED_SIZE];
    memset(bytes, seed, sizeof(bytes));
    sign_key_from_seed(&node->key, bytes);
}

/* chain distinguishes networks; target may be NULL. */
static void node_start_test(struct test_node *node, struct world *world, uint8_t chain,
                            const struct test_node *target)
{
    node->world = world;
    node->bulk_ready = true;
    struct config_peer peer = {0};
    if (target != NULL) {
        peer = target->config;
        memcpy(peer.node_key, target->key.public_key, 32);
        memcpy(node->admitted, target->key.public_key, 32);
    }
    struct mesh_setup setup = {
        .loop = &world->loop,
        .node_key = &node->key,
        .peers = &peer,
        .peer_count = target == NULL ? 0 : 1,
        .bulk_queue_max = 2 * LIMIT_PEER_FRAME,
        .handshake_ms = world->handshake_ms,
        .silent_ms = world->silent_ms,
        .fallback_ms = 200,
        .metrics = world->metrics,
        .owner = {node, admits, on_up, on_down, on_frame, bulk_ready},
    };
    setup.chain_id.bytes[0] = chain;
    assert_int_equal(mesh_new(&node->mesh, &setup), OK);
    assert_int_equal(mesh_listen(node->mesh, "127.0.0.1", node->config.address.port), OK);
    strcpy(node->config.address.host, "127.0.0.1");
    node->config.address.port = mesh_port(node->mesh);
    assert_true(node->config.address.port != 0);
    mesh_start(node->mesh);
}

static int setup(void **state)
{
    assert_int_equal(sign_start(), OK);
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(uv_timer_init(&world->loop, &world->beat), 0);
    uv_timer_start(&world->beat, on_beat, 20, 20);
    world->handshake_ms = 5000; /* a machine may stand still for seconds */
    world->metrics = metrics_new();
    assert_non_null(world->metrics);
    node_key_of(&world->a, 1);
    node_key_of(&world->b, 2);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    struct test_node *nodes[] = {&world->a, &world->b};
    for (size_t i = 0; i < 2; i++) {
        if (nodes[i]->mesh != NULL) {
            mesh_stop(nodes[i]->mesh);
        }
    }
    uv_close((uv_handle_t *)&world->beat, NULL);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    for (size_t i = 0; i < 2; i++) {
        mesh_free(nodes[i]->mesh);
    }
    metrics_free(world->metrics);
    free(world);
    return 0;
}

#define RUN_UNTIL(world, condition)                                                                \
    do {                                                                                           \
        int turns_ = 0;                                                                            \
        while (!(condition) && turns_++ < TURNS_MAX) {                                             \
            uv_run(&(world)->loop, UV_RUN_ONCE);                                                   \
        }                                                                                          \
        assert_true(condition);                                                                    \
    } while (0)

static void connect_both(struct world *world)
{
    node_start_test(&world->b, world, 7, NULL);
    memcpy(world->b.admitted, world->a.key.public_key, 32);
    node_start_test(&world->a, world, 7, &world->b);
    RUN_UNTIL(world, world->a.up == 1 && world->b.up == 1);
}

static void test_meet(void **state)
{
    struct world *world = *state;
    connect_both(world);
    assert_int_equal(mesh_connected(world->a.mesh), 1);
    uint8_t frame[100] = {0};
    frame[99] = 42;
    assert_true(mesh_send(world->a.mesh, world->a.peer, ENV_CONTROL, bytes_of(frame, 100)));
    assert_true(mesh_send(world->b.mesh, world->b.peer, ENV_BULK, bytes_of(frame, 100)));
    RUN_UNTIL(world, world->b.frames[ENV_CONTROL] == 1 && world->a.frames[ENV_BULK] == 1);
    assert_int_equal(world->b.last_byte, 42);
    assert_int_equal(world->b.frames[ENV_BULK], 0);
}

/* The largest frame goes through; a queue takes no more than its limit. */
static void test_large(void **state)
{
    struct world *world = *state;
    connect_both(world);
    uint8_t *frame = calloc(1, LIMIT_PEER_FRAME);
    assert_non_null(frame);
    frame[LIMIT_PEER_FRAME - 1] = 9;
    int sent = 0;
    while (mesh_send(world->a.mesh, world->a.peer, ENV_BULK, bytes_of(frame, LIMIT_PEER_FRAME))) {
        sent++;
        assert_true(sent < 10);
    }
    assert_int_equal(sent, 1);
    assert_true(mesh_send_room(world->a.mesh, world->a.peer, ENV_BULK) < LIMIT_PEER_FRAME);
    RUN_UNTIL(world, world->b.frames[ENV_BULK] == 1);
    assert_int_equal(world->b.last_size, LIMIT_PEER_FRAME);
    assert_int_equal(world->b.last_byte, 9);
    /* A full bulk queue is back-pressure, not a reason to part. */
    assert_int_equal(world->a.down, 0);
    free(frame);
}

/* A node that is not ready for more bulk is not read from; the frames wait and arrive later. */
static void test_back_pressure(void **state)
{
    struct world *world = *state;
    connect_both(world);
    world->b.bulk_ready = false;
    const uint8_t byte = 1;
    for (int i = 0; i < 10; i++) {
        assert_true(mesh_send(world->a.mesh, world->a.peer, ENV_BULK, bytes_of(&byte, 1)));
        assert_true(mesh_send(world->a.mesh, world->a.peer, ENV_CONTROL, bytes_of(&byte, 1)));
    }
    RUN_UNTIL(world, world->b.frames[ENV_CONTROL] == 10);
    for (int i = 0; i < 5; i++) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
    assert_int_equal(world->b.frames[ENV_BULK], 1);
    world->b.bulk_ready = true;
    mesh_resume(world->b.mesh);
    RUN_UNTIL(world, world->b.frames[ENV_BULK] == 10);
}

/* A control queue that nobody empties ends the peer: its votes would be old anyway. */
static void test_control_full(void **state)
{
    struct world *world = *state;
    connect_both(world);
    uint8_t *frame = calloc(1, LIMIT_PEER_FRAME);
    assert_non_null(frame);
    int sent = 0;
    while (
        mesh_send(world->a.mesh, world->a.peer, ENV_CONTROL, bytes_of(frame, LIMIT_PEER_FRAME))) {
        sent++;
        assert_true(sent < 10);
    }
    assert_int_equal(world->a.down, 0); /* never from inside the call */
    RUN_UNTIL(world, world->a.down == 1);
    RUN_UNTIL(world, world->a.up == 2 && world->b.up == 2); /* and it comes back */
    free(frame);
}

/* Who sends without end is heard at a bounded rate, and loses nothing. */
static void test_many_frames(void **state)
{
    struct world *world = *state;
    connect_both(world);
    const uint8_t byte = 1;
    const uint32_t count = LINK_FRAMES_PER_SECOND + LINK_FRAMES_PER_SECOND / 4;
    const uint64_t start = uv_now(&world->loop);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(mesh_send(world->a.mesh, world->a.peer, ENV_CONTROL, bytes_of(&byte, 1)));
    }
    RUN_UNTIL(world, world->b.frames[ENV_CONTROL] >= LINK_FRAMES_PER_SECOND);
    assert_true(mesh_send(world->b.mesh, world->b.peer, ENV_CONTROL, bytes_of(&byte, 1)));
    RUN_UNTIL(world, world->a.frames[ENV_CONTROL] == 1);
    RUN_UNTIL(world, world->b.frames[ENV_CONTROL] == count);
    assert_true(uv_now(&world->loop) - start >= 200);
    assert_int_equal(world->b.down, 0);
}

static void test_ban(void **state)
{
    struct world *world = *state;
    connect_both(world);
    const uint64_t start = uv_now(&world->loop);
    mesh_close_peer(world->b.mesh, world->b.peer, 400, "invalid signature");
    assert_int_equal(world->b.down, 0);
    RUN_UNTIL(world, world->b.down == 1 && world->a.down == 1);
    RUN_UNTIL(world, world->b.up == 2);
    assert_true(uv_now(&world->loop) - start >= 300);
    assert_true(metrics_get(world->metrics, "seam_peer_refused_connections_total", "key") > 0);
}

static void refused_run(struct world *world)
{
    RUN_UNTIL(world, metrics_get(world->metrics, "seam_peer_refused_connections_total", "key") +
                             metrics_get(world->metrics, "seam_peer_refused_connections_total",
                                         "protocol") >=
                         3);
    assert_int_equal(world->a.up, 0);
    assert_int_equal(world->b.up, 0);
}

static void test_stranger(void **state)
{
    struct world *world = *state;
    node_start_test(&world->b, world, 7, NULL); /* admits nobody */
    node_start_test(&world->a, world, 7, &world->b);
    refused_run(world);
}

static void test_wrong_key_at_address(void **state)
{
    struct world *world = *state;
    struct test_node other = {0};
    node_key_of(&other, 3);
    node_start_test(&world->b, world, 7, NULL);
    world->b.admits_all = true;
    other.config = world->b.config;
    node_start_test(&world->a, world, 7, &other);
    refused_run(world);
}

static void test_other_chain(void **state)
{
    struct world *world = *state;
    node_start_test(&world->b, world, 8, NULL);
    world->b.admits_all = true;
    node_start_test(&world->a, world, 7, &world->b);
    refused_run(world);
}

/* Both know each other's address and dial: one pair of links stays, whatever the order. */
static void test_both_dial(void **state)
{
    struct world *world = *state;
    node_start_test(&world->a, world, 7, NULL);
    node_start_test(&world->b, world, 7, &world->a);
    struct test_node *a = &world->a;
    memcpy(a->admitted, world->b.key.public_key, 32);
    RUN_UNTIL(world, world->a.up == 1 && world->b.up == 1);
    for (int i = 0; i < 30; i++) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
    assert_int_equal(world->a.up, 1);
    assert_int_equal(world->b.up, 1);
}

static void test_no_longer_admitted(void **state)
{
    struct world *world = *state;
    connect_both(world);
    memset(world->b.admitted, 0, 32);
    mesh_recheck(world->b.mesh);
    RUN_UNTIL(world, world->b.down == 1 && world->a.down == 1);
}

/* --- raw sockets -------------------------------------------------------------------------------
 */

struct raw {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    uv_buf_t buffer;
    bool connected;
    bool ended;
    bool closed;
    char in[2048];
};

static void raw_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct raw *raw = handle->data;
    *buffer = uv_buf_init(raw->in, sizeof(raw->in));
}

static void raw_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    (void)buffer;
    struct raw *raw = stream->data;
    raw->ended = raw->ended || got < 0;
}

static void raw_connected(uv_connect_t *connect, int status)
{
    struct raw *raw = connect->handle->data;
    if (status != 0) {
        raw->ended = true; /* the waiting room was full before the kernel had answered */
        return;
    }
    raw->connected = true;
    uv_read_start((uv_stream_t *)&raw->tcp, raw_alloc, raw_read);
    if (raw->buffer.len > 0) {
        uv_write(&raw->write, (uv_stream_t *)&raw->tcp, &raw->buffer, 1, NULL);
    }
}

static void raw_closed(uv_handle_t *handle)
{
    ((struct raw *)handle->data)->closed = true;
}

static void raw_open(struct world *world, struct raw *raw, uint16_t port, const char *text,
                     size_t size)
{
    struct sockaddr_in address;
    memset(raw, 0, sizeof(*raw));
    uv_ip4_addr("127.0.0.1", port, &address);
    uv_tcp_init(&world->loop, &raw->tcp);
    raw->tcp.data = raw;
    raw->buffer = uv_buf_init((char *)(uintptr_t)text, (unsigned)size);
    assert_int_equal(
        uv_tcp_connect(&raw->connect, &raw->tcp, (const struct sockaddr *)&address, raw_connected),
        0);
}

static void raw_close(struct world *world, struct raw *raw)
{
    uv_close((uv_handle_t *)&raw->tcp, raw_closed);
    RUN_UNTIL(world, raw->closed);
}

static void test_garbage(void **state)
{
    struct world *world = *state;
    node_start_test(&world->b, world, 7, NULL);
    char text[20000];
    memset(text, 'G', sizeof(text));
    struct raw raw;
    raw_open(world, &raw, world->b.config.address.port, text, sizeof(text));
    RUN_UNTIL(world, raw.ended);
    raw_close(world, &raw);
    assert_int_equal(world->b.up, 0);
}

/* Who connects and says nothing is sent away after the deadline. */
static void test_half_open(void **state)
{
    struct world *world = *state;
    world->handshake_ms = 300;
    node_start_test(&world->b, world, 7, NULL);
    struct raw raw;
    raw_open(world, &raw, world->b.config.address.port, "", 0);
    RUN_UNTIL(world, raw.connected);
    assert_false(raw.ended);
    RUN_UNTIL(world, raw.ended);
    raw_close(world, &raw);
    assert_int_equal(metrics_get(world->metrics, "seam_peer_refused_connections_total", "timeout"),
                     1);
}

struct half {
    bool up;
    bool down;
};

static bool half_allow(void *context, struct link *link, const uint8_t key[32])
{
    (void)context;
    (void)link;
    (void)key;
    return true;
}

static bool half_up(void *context, struct link *link)
{
    (void)link;
    ((struct half *)context)->up = true;
    return true;
}

static void half_frame(void *context, struct link *link, struct bytes frame)
{
    (void)context;
    (void)link;
    (void)frame;
}

static void half_down(void *context, struct link *link, enum err why)
{
    (void)link;
    (void)why;
    ((struct half *)context)->down = true;
}

/* A peer that brings one of its two connections is not kept. */
static void test_half_a_peer(void **state)
{
    struct world *world = *state;
    struct half half = {0};
    struct tls_identity *identity = NULL;
    assert_int_equal(tls_identity_new(&identity, &world->a.key), OK);
    node_start_test(&world->b, world, 7, NULL);
    world->b.admits_all = true;
    struct link_common common = {
        .loop = &world->loop,
        .identity = identity,
        .metrics = world->metrics,
        .owner = {&half, half_allow, half_up, half_frame, half_down},
        .queue_max = {4096, 4096},
        .handshake_ms = 20000,
        .silent_ms = LINK_SILENT_MS,
    };
    common.chain_id.bytes[0] = 7;
    struct sockaddr_in address;
    struct link *link = NULL;
    uv_ip4_addr("127.0.0.1", world->b.config.address.port, &address);
    assert_int_equal(link_dial(&link, &common, (const struct sockaddr *)&address, ENV_CONTROL, 0),
                     OK);
    RUN_UNTIL(world, half.up);
    RUN_UNTIL(world, half.down);
    assert_int_equal(world->b.up, 0);
    tls_identity_free(identity);
}

/* Silent strangers fill the waiting room; a real peer still gets in. */
static void test_waiting_room(void **state)
{
    struct world *world = *state;
    world->handshake_ms = 300;
    node_start_test(&world->b, world, 7, NULL);
    memcpy(world->b.admitted, world->a.key.public_key, 32);
    struct raw *raws = calloc(MESH_PENDING_MAX + 8, sizeof(*raws));
    assert_non_null(raws);
    for (size_t i = 0; i < MESH_PENDING_MAX + 8; i++) {
        raw_open(world, &raws[i], world->b.config.address.port, "", 0);
    }
    node_start_test(&world->a, world, 7, &world->b);
    RUN_UNTIL(world, world->b.up == 1);
    for (size_t i = 0; i < MESH_PENDING_MAX + 8; i++) {
        raw_close(world, &raws[i]);
    }
    free(raws);
}

/* Both speak for long, and stay. False where this process stood still itself: that says nothing. */
static bool speak(struct world *world)
{
    const uint8_t byte = 1;
    const uint64_t start = uv_now(&world->loop);
    int down = -1;
    for (uint64_t last = start; last - start < 4 * world->silent_ms; last = uv_now(&world->loop)) {
        (void)mesh_send(world->a.mesh, world->a.peer, ENV_CONTROL, bytes_of(&byte, 1));
        (void)mesh_send(world->b.mesh, world->b.peer, ENV_CONTROL, bytes_of(&byte, 1));
        uv_run(&world->loop, UV_RUN_ONCE);
        uv_update_time(&world->loop);
        if (uv_now(&world->loop) - last > world->silent_ms / 2 ||
            (down < 0 && (world->a.up == world->a.down || world->b.up == world->b.down))) {
            return false;
        }
        if (down < 0 && last - start > world->silent_ms) {
            down = world->a.down + world->b.down;
        }
    }
    assert_int_equal(world->a.down + world->b.down, down);
    return true;
}

/* Who says nothing is let go, and may come again; who speaks stays, however long bulk rests. */
static void test_silent(void **state)
{
    struct world *world = *state;
    world->silent_ms = 400;
    connect_both(world);
    for (int tries = 0; !speak(world); tries++) {
        assert_true(tries < 300);
        RUN_UNTIL(world, world->a.up > world->a.down && world->b.up > world->b.down);
    }
    const int downs[] = {world->a.down, world->b.down};
    RUN_UNTIL(world, world->a.down > downs[0] && world->b.down > downs[1]);
    RUN_UNTIL(world, world->a.up > downs[0] + 1 && world->b.up > downs[1] + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_meet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large, setup, teardown),
        cmocka_unit_test_setup_teardown(test_back_pressure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_control_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ban, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stranger, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_key_at_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_both_dial, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_longer_admitted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_open, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_a_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiting_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silent, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
