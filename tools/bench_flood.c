/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_flood.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/base/limits.h"
#include "node/core/peer_frame.h"
#include "node/shell/config.h"
#include "node/shell/keystore.h"
#include "node/shell/mesh.h"
#include "tools/bench_anchor.h"

#define EVERY_MS 1
#define TRANSACTIONS 64 /* in a frame */
#define FRAMES 32 /* of transactions, sent in turn */
#define FIRST_NUMBER UINT64_C(1000000000) /* of anchors that no load sends */
#define ARENA_BYTES ((size_t)64 << 20)
#define QUEUE_BYTES ((size_t)8 << 20)

struct bench_flood {
    struct arena arena; /* of the frames */
    struct bytes hello;
    struct bytes asking;
    struct bytes transactions[FRAMES];
    size_t next;
    struct config config;
    struct sign_key key;
    struct metrics *metrics;
    struct mesh *mesh;
    uv_loop_t loop;
    uv_timer_t timer;
    bool up[ENV_PEERS];
    struct bench_flood_counts counts;
    pthread_t thread;
    atomic_bool stopping;
};

/* --- what is sent ------------------------------------------------------------------------------
 */

/* Without it nothing else is looked at. */
static enum err make_hello(struct bench_flood *flood, const struct hash *chain_id)
{
    Seam__PeerHello message = SEAM__PEER_HELLO__INIT;
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    message.hints = &hints;
    message.chain_id = frame_data(hash_bytes(chain_id));
    message.protocol = FRAME_PROTOCOL;
    message.software = "flood";
    message.time_ms = (uint64_t)time(NULL) * 1000;
    return frame_encode(&flood->hello, FRAME_HELLO, &message.base, &flood->arena);
}

static enum err make_asking(struct bench_flood *flood)
{
    Seam__PeerSyncRequest message = SEAM__PEER_SYNC_REQUEST__INIT;
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    message.hints = &hints;
    message.from_height = 1;
    message.size_max = LIMIT_PEER_FRAME;
    return frame_encode(&flood->asking, FRAME_SYNC_REQUEST, &message.base, &flood->arena);
}

/* Of one organisation, each good once. */
static enum err make_transactions(struct bench_flood *flood, size_t index,
                                  const struct load_sender *sender)
{
    Seam__PeerTransactions message = SEAM__PEER_TRANSACTIONS__INIT;
    Seam__PeerHints hints = SEAM__PEER_HINTS__INIT;
    ProtobufCBinaryData list[TRANSACTIONS];
    struct arena scratch;
    enum err err = OK;
    arena_init(&scratch, ARENA_BYTES);
    for (size_t i = 0; i < TRANSACTIONS && err == OK; i++) {
        struct bytes raw;
        err = bench_anchor_make(&raw, sender, FIRST_NUMBER + index * TRANSACTIONS + i, 0, &scratch);
        if (err == OK) {
            list[i] = frame_data(raw);
        }
    }
    message.hints = &hints;
    message.n_transactions = TRANSACTIONS;
    message.transactions = list;
    if (err == OK) {
        err = frame_encode(&flood->transactions[index], FRAME_TRANSACTIONS, &message.base,
                           &flood->arena);
    }
    arena_free(&scratch);
    return err;
}

static bool send_one(struct bench_flood *flood, uint32_t peer, struct bytes frame)
{
    if (!mesh_send(flood->mesh, peer, ENV_BULK, frame)) {
        return false;
    }
    flood->counts.frames++;
    flood->counts.bytes += frame.size;
    return true;
}

static void send_all(struct bench_flood *flood)
{
    for (uint32_t peer = 0; peer < ENV_PEERS; peer++) {
        bool room = flood->up[peer];
        while (room) {
            room = send_one(flood, peer, flood->asking) &&
                   send_one(flood, peer, flood->transactions[flood->next]);
            flood->next = (flood->next + 1) % FRAMES;
        }
    }
}

/* --- what a mesh asks of its owner -------------------------------------------------------------
 */

static bool admits(void *context, const uint8_t node_key[32])
{
    (void)context;
    (void)node_key;
    return true;
}

static void on_up(void *context, uint32_t peer, const uint8_t node_key[32])
{
    struct bench_flood *flood = context;
    (void)node_key;
    flood->up[peer] = mesh_send(flood->mesh, peer, ENV_CONTROL, flood->hello);
}

static void on_down(void *context, uint32_t peer)
{
    struct bench_flood *flood = context;
    flood->up[peer] = false;
    flood->counts.closed += atomic_load(&flood->stopping) ? 0 : 1;
}

static void on_frame(void *context, uint32_t peer, enum env_channel channel, struct bytes frame)
{
    struct bench_flood *flood = context;
    (void)peer;
    (void)channel;
    flood->counts.answered += frame.size;
}

static bool bulk_ready(void *context, uint32_t peer)
{
    (void)context;
    (void)peer;
    return true;
}

/* --- the thread --------------------------------------------------------------------------------
 */

static void on_timer(uv_timer_t *timer)
{
    struct bench_flood *flood = timer->data;
    if (atomic_load(&flood->stopping)) {
        mesh_stop(flood->mesh);
        uv_close((uv_handle_t *)timer, NULL);
    } else {
        send_all(flood);
    }
}

static void *flood_main(void *context)
{
    struct bench_flood *flood = context;
    (void)uv_run(&flood->loop, UV_RUN_DEFAULT);
    return NULL;
}

static void flood_free(struct bench_flood *flood)
{
    if (flood->mesh != NULL) {
        mesh_free(flood->mesh);
    }
    metrics_free(flood->metrics);
    (void)uv_loop_close(&flood->loop);
    sign_key_wipe(&flood->key);
    arena_free(&flood->arena);
    free(flood);
}

static enum err prepare(struct bench_flood *flood, const struct bench_world *world, uint32_t number,
                        struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX];
    enum err err = localnet_path(path, &world->net, number, "node.yaml");
    err = err ? err : config_load(&flood->config, path, NULL, detail);
    err = err ? err : localnet_path(path, &world->net, number, "keys/" KEYSTORE_NODE_FILE);
    err =
        err ? err : keystore_load_kind(&flood->key, KEYSTORE_NODE, path, (struct bytes){0}, detail);
    err = err ? err : make_hello(flood, &world->anchors[0].chain_id);
    err = err ? err : make_asking(flood);
    for (size_t i = 0; i < FRAMES && err == OK; i++) {
        err = make_transactions(flood, i, &world->anchors[0]);
    }
    const struct mesh_setup setup = {
        .loop = &flood->loop,
        .node_key = &flood->key,
        .chain_id = world->anchors[0].chain_id,
        .peers = flood->config.peers,
        .peer_count = flood->config.peer_count,
        .bulk_queue_max = QUEUE_BYTES,
        .fallback_ms = MESH_BACKOFF_MIN_MS,
        .metrics = flood->metrics,
        .owner = {flood, admits, on_up, on_down, on_frame, bulk_ready}};
    return err ? err : mesh_new(&flood->mesh, &setup);
}

enum err bench_flood_start(struct bench_flood **out, const struct bench_world *world,
                           uint32_t number, struct err_detail *detail)
{
    struct bench_flood *flood = calloc(1, sizeof *flood);
    if (flood == NULL) {
        return ERR_MEMORY;
    }
    arena_init(&flood->arena, ARENA_BYTES);
    flood->metrics = metrics_new();
    if (flood->metrics == NULL || uv_loop_init(&flood->loop) != 0) {
        metrics_free(flood->metrics);
        free(flood);
        return ERR_MEMORY;
    }
    (void)uv_timer_init(&flood->loop, &flood->timer);
    flood->timer.data = flood;
    const enum err err = prepare(flood, world, number, detail);
    if (err == OK) {
        mesh_start(flood->mesh);
        (void)uv_timer_start(&flood->timer, on_timer, EVERY_MS, EVERY_MS);
        if (pthread_create(&flood->thread, NULL, flood_main, flood) == 0) {
            *out = flood;
            return OK;
        }
        mesh_stop(flood->mesh);
    }
    uv_close((uv_handle_t *)&flood->timer, NULL);
    (void)uv_run(&flood->loop, UV_RUN_DEFAULT);
    flood_free(flood);
    return err ? err : ERR_MEMORY;
}

void bench_flood_stop(struct bench_flood *flood, struct bench_flood_counts *out)
{
    *out = (struct bench_flood_counts){0};
    if (flood != NULL) {
        atomic_store(&flood->stopping, true);
        (void)pthread_join(flood->thread, NULL);
        *out = flood->counts;
        flood_free(flood);
    }
}
