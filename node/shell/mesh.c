/* SPDX-License-Identifier: Apache-2.0 */
/* A peer is an entry of one table; it is up while both its links are. Whatever happens to one link
 * ends the entry: the other is closed, the node hears of it when both are gone, and a new pair of
 * links makes a new entry. So the node never sees half a peer, nor two of one key. */
#include "node/shell/mesh.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/crypto/seal.h"
#include "node/shell/ban.h"
#include "node/shell/peer_table.h"

#define DIAL_TICK_MS 100

struct target {
    struct config_peer at;
    struct link *dialing[ENV_CHANNELS];
    uint64_t next_ms;
    uint64_t backoff_ms;
    uint64_t alone_since_ms;
};

struct mesh {
    struct link_common common;
    struct tls_identity *identity;
    uint8_t own_key[32];
    struct logger *logger;
    struct metrics *metrics;
    struct mesh_owner owner;
    uint64_t fallback_ms;
    uv_tcp_t listener;
    uv_timer_t tick;
    uv_prepare_t flush;
    bool listening;
    bool stopping;
    unsigned handles;
    struct peer table[ENV_PEERS];
    size_t target_count;
    struct target targets[CONFIG_PEERS_MAX];
    size_t pending_count;
    struct link *pending[MESH_PENDING_MAX]; /* inbound, before their hello, oldest first */
    struct ban_list bans;
};

/* --- small questions ---------------------------------------------------------------------------
 */

static uint64_t now_ms(const struct mesh *mesh)
{
    return uv_now(mesh->common.loop);
}

static struct target *target_of(struct mesh *mesh, const uint8_t key[32])
{
    for (size_t i = 0; i < mesh->target_count; i++) {
        if (memcmp(mesh->targets[i].at.node_key, key, 32) == 0) {
            return &mesh->targets[i];
        }
    }
    return NULL;
}

static bool admitted(struct mesh *mesh, const uint8_t key[32])
{
    return mesh->owner.admits(mesh->owner.context, key);
}

/* True when the link was dialed by the lower of the two keys. */
static bool by_lower(const struct mesh *mesh, const struct link *link)
{
    const bool own_is_lower = memcmp(mesh->own_key, link_key(link), 32) < 0;
    return link_is_dialer(link) == own_is_lower;
}

static void say(struct mesh *mesh, enum config_log_level level, const char *event,
                const uint8_t key[32], const char *why)
{
    LINE(mesh->logger, level, "peer", event, LINE_HASH("key", key, 32), LINE_TEXT("why", why));
}

/* --- entries -----------------------------------------------------------------------------------
 */

static void tell_up(struct mesh *mesh, struct peer *peer)
{
    if (!peer_is_whole(peer) || peer->told || peer->ending) {
        return;
    }
    /* An earlier entry of this key may still wait for its close callbacks. */
    for (size_t i = 0; i < ENV_PEERS; i++) {
        const struct peer *other = &mesh->table[i];
        if (other != peer && other->used && other->told && memcmp(other->key, peer->key, 32) == 0) {
            return;
        }
    }
    peer->told = true;
    say(mesh, CONFIG_LOG_INFO, "connected", peer->key,
        link_is_dialer(peer->links[ENV_CONTROL]) ? "dialed" : "accepted");
    metrics_add(mesh->metrics, "seam_peer_connected", NULL, 1);
    mesh->owner.up(mesh->owner.context, peer_table_number(mesh->table, peer), peer->key);
    for (size_t i = 0; i < ENV_CHANNELS && !peer->ending; i++) {
        link_pause(peer->links[i], false);
    }
}

/* Both links are gone. */
static void forget_peer(struct mesh *mesh, struct peer *peer)
{
    const struct peer gone = *peer;
    *peer = (struct peer){0};
    if (gone.told) {
        metrics_add(mesh->metrics, "seam_peer_connected", NULL, -1);
        if (!mesh->stopping) {
            mesh->owner.down(mesh->owner.context, peer_table_number(mesh->table, peer));
        }
    }
    struct target *target = target_of(mesh, gone.key);
    if (target != NULL) {
        target->alone_since_ms = now_ms(mesh);
    }
    struct peer *next = peer_table_find(mesh->table, gone.key);
    if (next != NULL && !mesh->stopping) {
        tell_up(mesh, next);
    }
}

static void pending_remove(struct mesh *mesh, const struct link *link)
{
    for (size_t i = 0; i < mesh->pending_count; i++) {
        if (mesh->pending[i] == link) {
            mesh->pending_count--;
            memmove(&mesh->pending[i], &mesh->pending[i + 1],
                    (mesh->pending_count - i) * sizeof(mesh->pending[0]));
            return;
        }
    }
}

static void dialing_remove(struct mesh *mesh, const struct link *link)
{
    for (size_t i = 0; i < mesh->target_count; i++) {
        for (size_t j = 0; j < ENV_CHANNELS; j++) {
            if (mesh->targets[i].dialing[j] == link) {
                mesh->targets[i].dialing[j] = NULL;
            }
        }
    }
}

/* --- what links say ----------------------------------------------------------------------------
 */

static bool on_allow(void *context, struct link *link, const uint8_t key[32])
{
    struct mesh *mesh = context;
    const char *why = NULL;
    if (memcmp(key, mesh->own_key, 32) == 0) {
        why = "own key";
    } else if (ban_list_has(&mesh->bans, key, now_ms(mesh))) {
        why = "banned";
    } else if (link_is_dialer(link) &&
               memcmp(key, mesh->targets[link_tag(link)].at.node_key, 32) != 0) {
        why = "another key than the one configured for this address";
    } else if (!admitted(mesh, key)) {
        why = "not a key of this network";
    }
    if (why == NULL) {
        return true;
    }
    metrics_add(mesh->metrics, "seam_peer_refused_connections_total", "key", 1);
    say(mesh, CONFIG_LOG_WARN, "connection refused", key, why);
    return false;
}

static bool on_up(void *context, struct link *link)
{
    struct mesh *mesh = context;
    const uint8_t *key = link_key(link);
    assert(key != NULL);
    pending_remove(mesh, link);
    dialing_remove(mesh, link);
    if (mesh->stopping) {
        return false;
    }
    struct peer *peer = peer_table_find(mesh->table, key);
    const enum env_channel channel = link_channel(link);
    if (peer != NULL && peer->links[channel] != NULL) {
        if (by_lower(mesh, peer->links[channel]) && !by_lower(mesh, link)) {
            return false;
        }
        peer_end(peer);
        peer = NULL;
    }
    if (peer == NULL) {
        peer = peer_table_add(mesh->table, key, now_ms(mesh));
    }
    if (peer == NULL) {
        metrics_add(mesh->metrics, "seam_peer_refused_connections_total", "table", 1);
        return false;
    }
    peer->links[channel] = link;
    link_set_mark(link, peer);
    struct target *target = target_of(mesh, key);
    if (target != NULL) {
        target->backoff_ms = MESH_BACKOFF_MIN_MS;
    }
    /* Nothing is read from one link before the other is up, too: the node must not hear frames of a
     * peer it does not know. tell_up goes on with both. */
    link_pause(link, true);
    return true;
}

static const char *const channel_names[] = {"control", "bulk"};

static void on_frame(void *context, struct link *link, struct bytes frame)
{
    struct mesh *mesh = context;
    struct peer *peer = link_mark(link);
    assert(peer != NULL);
    if (peer->ending) {
        return;
    }
    assert(peer->told);
    const enum env_channel channel = link_channel(link);
    metrics_add(mesh->metrics, "seam_peer_received_frames_total", channel_names[channel], 1);
    const uint32_t number = peer_table_number(mesh->table, peer);
    mesh->owner.frame(mesh->owner.context, number, channel, frame);
    if (channel == ENV_BULK && !peer->ending &&
        !mesh->owner.bulk_ready(mesh->owner.context, number)) {
        link_pause(link, true);
    }
}

static const char *down_label(enum err why)
{
    if (why == ERR_KEY) {
        return "key";
    }
    if (why == ERR_BUSY) {
        return "timeout";
    }
    return why == ERR_CLOSED ? "closed" : "protocol";
}

static void on_down(void *context, struct link *link, enum err why)
{
    struct mesh *mesh = context;
    pending_remove(mesh, link);
    dialing_remove(mesh, link);
    struct peer *peer = link_mark(link);
    if (peer == NULL) {
        if (why != OK && !link_is_dialer(link)) {
            metrics_add(mesh->metrics, "seam_peer_refused_connections_total", down_label(why), 1);
        }
        return;
    }
    if (!peer->ending) {
        say(mesh, CONFIG_LOG_INFO, "disconnected", peer->key, err_name(why));
    }
    for (size_t i = 0; i < ENV_CHANNELS; i++) {
        if (peer->links[i] == link) {
            peer->links[i] = NULL;
        }
    }
    peer_end(peer);
    if (peer->links[ENV_CONTROL] == NULL && peer->links[ENV_BULK] == NULL) {
        forget_peer(mesh, peer);
    }
}

/* --- dialing -----------------------------------------------------------------------------------
 */

static void dial(struct mesh *mesh, struct target *target, enum env_channel channel)
{
    struct sockaddr_storage address;
    if (!address_to_socket(&address, target->at.address.host, target->at.address.port)) {
        return;
    }
    struct link *link = NULL;
    const uint32_t tag = (uint32_t)(target - mesh->targets);
    if (link_dial(&link, &mesh->common, (const struct sockaddr *)&address, channel, tag) == OK) {
        target->dialing[channel] = link;
    }
}

static void dial_target(struct mesh *mesh, struct target *target)
{
    const uint8_t *key = target->at.node_key;
    const uint64_t now = now_ms(mesh);
    const struct peer *peer = peer_table_find(mesh->table, key);
    if ((peer != NULL && peer_is_whole(peer)) || now < target->next_ms ||
        ban_list_has(&mesh->bans, key, now_ms(mesh)) || memcmp(key, mesh->own_key, 32) == 0 ||
        !admitted(mesh, key)) {
        return;
    }
    const bool own_is_lower = memcmp(mesh->own_key, key, 32) < 0;
    if (!own_is_lower && (peer != NULL || now - target->alone_since_ms < mesh->fallback_ms)) {
        return;
    }
    for (int i = 0; i < ENV_CHANNELS; i++) {
        if (target->dialing[i] == NULL && (peer == NULL || peer->links[i] == NULL)) {
            dial(mesh, target, (enum env_channel)i);
        }
    }
    /* Jitter keeps a network that restarts at once from dialing in step for ever. */
    uint32_t jitter = 0;
    seal_random(&jitter, sizeof(jitter));
    target->next_ms = now + target->backoff_ms + jitter % (target->backoff_ms / 2 + 1);
    target->backoff_ms *= 2;
    if (target->backoff_ms > MESH_BACKOFF_MAX_MS) {
        target->backoff_ms = MESH_BACKOFF_MAX_MS;
    }
}

/* Half a peer is of no use, and since nothing is read from it nobody would notice its end; while it
 * stands, a side that waits to be dialed does not dial. */
static void end_halves(struct mesh *mesh)
{
    for (size_t i = 0; i < ENV_PEERS; i++) {
        struct peer *peer = &mesh->table[i];
        if (peer->used && !peer->ending && !peer_is_whole(peer) &&
            now_ms(mesh) - peer->since_ms > mesh->common.handshake_ms) {
            say(mesh, CONFIG_LOG_INFO, "peer closed", peer->key,
                "its second connection is missing");
            peer_end(peer);
        }
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct mesh *mesh = timer->data;
    end_halves(mesh);
    for (size_t i = 0; i < mesh->target_count; i++) {
        dial_target(mesh, &mesh->targets[i]);
    }
}

static void on_connection(uv_stream_t *server, int status)
{
    struct mesh *mesh = server->data;
    if (status < 0) {
        return;
    }
    /* The newest may be the one that matters; strangers who only connect do not keep it out. */
    if (mesh->pending_count == MESH_PENDING_MAX) {
        struct link *oldest = mesh->pending[0];
        pending_remove(mesh, oldest);
        link_close(oldest);
        metrics_add(mesh->metrics, "seam_peer_refused_connections_total", "pending", 1);
    }
    struct link *link = NULL;
    if (link_accept(&link, &mesh->common, server) == OK) {
        mesh->pending[mesh->pending_count++] = link;
    }
}

/* Before the loop sleeps: tell the node of new peers and let everything that gathered leave. */
static void on_flush(uv_prepare_t *prepare)
{
    struct mesh *mesh = prepare->data;
    for (size_t i = 0; i < ENV_PEERS; i++) {
        struct peer *peer = &mesh->table[i];
        if (peer->used && !peer->ending) {
            tell_up(mesh, peer);
        }
    }
    for (size_t i = 0; i < ENV_PEERS; i++) {
        struct peer *peer = &mesh->table[i];
        for (size_t j = 0; peer->used && j < ENV_CHANNELS; j++) {
            if (peer->links[j] != NULL) {
                link_flush(peer->links[j]);
            }
        }
    }
}

/* --- public ------------------------------------------------------------------------------------
 */

enum err mesh_new(struct mesh **out, const struct mesh_setup *setup)
{
    assert(setup->peer_count <= CONFIG_PEERS_MAX);
    struct mesh *mesh = calloc(1, sizeof(*mesh));
    if (mesh == NULL) {
        return ERR_MEMORY;
    }
    const enum err err = tls_identity_new(&mesh->identity, setup->node_key);
    if (err != OK) {
        free(mesh);
        return err;
    }
    memcpy(mesh->own_key, setup->node_key->public_key, sizeof(mesh->own_key));
    mesh->logger = setup->logger;
    mesh->metrics = setup->metrics;
    mesh->owner = setup->owner;
    mesh->fallback_ms = setup->fallback_ms == 0 ? MESH_FALLBACK_MS : setup->fallback_ms;
    mesh->common = (struct link_common){
        .loop = setup->loop,
        .identity = mesh->identity,
        .chain_id = setup->chain_id,
        .metrics = setup->metrics,
        .owner =
            {.context = mesh, .allow = on_allow, .up = on_up, .frame = on_frame, .down = on_down},
        .queue_max = {MESH_CONTROL_QUEUE, setup->bulk_queue_max},
        .handshake_ms = setup->handshake_ms == 0 ? LINK_HANDSHAKE_MS : setup->handshake_ms,
        .silent_ms = setup->silent_ms == 0 ? LINK_SILENT_MS : setup->silent_ms,
    };
    for (size_t i = 0; i < setup->peer_count; i++) {
        mesh->targets[i] =
            (struct target){.at = setup->peers[i], .backoff_ms = MESH_BACKOFF_MIN_MS};
    }
    mesh->target_count = setup->peer_count;
    uv_timer_init(setup->loop, &mesh->tick);
    uv_prepare_init(setup->loop, &mesh->flush);
    mesh->tick.data = mesh;
    mesh->flush.data = mesh;
    mesh->handles = 2;
    *out = mesh;
    return OK;
}

enum err mesh_listen(struct mesh *mesh, const char *host, uint16_t port)
{
    assert(!mesh->listening);
    struct sockaddr_storage address;
    if (!address_to_socket(&address, host, port)) {
        return ERR_PARAM;
    }
    uv_tcp_init(mesh->common.loop, &mesh->listener);
    mesh->listener.data = mesh;
    mesh->listening = true;
    mesh->handles++;
    if (uv_tcp_bind(&mesh->listener, (const struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&mesh->listener, MESH_PENDING_MAX, on_connection) != 0) {
        return ERR_BUSY;
    }
    return OK;
}

uint16_t mesh_port(const struct mesh *mesh)
{
    struct sockaddr_storage address;
    int size = sizeof(address);
    if (!mesh->listening ||
        uv_tcp_getsockname(&mesh->listener, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return address_port(&address);
}

void mesh_start(struct mesh *mesh)
{
    for (size_t i = 0; i < mesh->target_count; i++) {
        mesh->targets[i].alone_since_ms = now_ms(mesh);
    }
    uv_timer_start(&mesh->tick, on_tick, 0, DIAL_TICK_MS);
    uv_prepare_start(&mesh->flush, on_flush);
}

bool mesh_send(struct mesh *mesh, uint32_t number, enum env_channel channel, struct bytes frame)
{
    struct peer *peer = peer_table_told(mesh->table, number);
    if (peer == NULL) {
        return false;
    }
    if (link_send(peer->links[channel], frame)) {
        metrics_add(mesh->metrics, "seam_peer_sent_frames_total", channel_names[channel], 1);
        return true;
    }
    metrics_add(mesh->metrics, "seam_peer_dropped_frames_total", channel_names[channel], 1);
    if (channel == ENV_CONTROL && link_is_up(peer->links[channel])) {
        say(mesh, CONFIG_LOG_WARN, "peer dropped", peer->key, "it does not read its votes");
        peer_end(peer);
    }
    return false;
}

size_t mesh_send_room(const struct mesh *mesh, uint32_t number, enum env_channel channel)
{
    const struct peer *peer = peer_table_told(mesh->table, number);
    return peer == NULL ? 0 : link_room(peer->links[channel]);
}

void mesh_close_peer(struct mesh *mesh, uint32_t number, uint64_t ban_ms, const char *why)
{
    struct peer *peer = peer_table_told(mesh->table, number);
    if (peer == NULL) {
        return;
    }
    say(mesh, CONFIG_LOG_WARN, ban_ms > 0 ? "peer banned" : "peer closed", peer->key, why);
    if (ban_ms > 0) {
        ban_list_add(&mesh->bans, peer->key, now_ms(mesh) + ban_ms);
        metrics_add(mesh->metrics, "seam_peer_bans_total", NULL, 1);
    }
    peer_end(peer);
}

void mesh_recheck(struct mesh *mesh)
{
    for (size_t i = 0; i < ENV_PEERS; i++) {
        struct peer *peer = &mesh->table[i];
        if (peer->used && !peer->ending && !admitted(mesh, peer->key)) {
            say(mesh, CONFIG_LOG_INFO, "peer closed", peer->key, "no longer of this network");
            peer_end(peer);
        }
    }
}

void mesh_resume(struct mesh *mesh)
{
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        struct peer *peer = peer_table_told(mesh->table, i);
        if (peer != NULL && mesh->owner.bulk_ready(mesh->owner.context, i)) {
            link_pause(peer->links[ENV_BULK], false);
        }
    }
}

uint32_t mesh_connected(const struct mesh *mesh)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        count += peer_table_told(mesh->table, i) != NULL ? 1 : 0;
    }
    return count;
}

static void on_closed(uv_handle_t *handle)
{
    struct mesh *mesh = handle->data;
    assert(mesh->handles > 0);
    mesh->handles--;
}

void mesh_stop(struct mesh *mesh)
{
    assert(!mesh->stopping);
    mesh->stopping = true;
    uv_close((uv_handle_t *)&mesh->tick, on_closed);
    uv_close((uv_handle_t *)&mesh->flush, on_closed);
    if (mesh->listening) {
        uv_close((uv_handle_t *)&mesh->listener, on_closed);
    }
    for (size_t i = 0; i < ENV_PEERS; i++) {
        if (mesh->table[i].used) {
            peer_end(&mesh->table[i]);
        }
    }
    for (size_t i = 0; i < mesh->pending_count; i++) {
        link_close(mesh->pending[i]);
    }
    for (size_t i = 0; i < mesh->target_count; i++) {
        for (size_t j = 0; j < ENV_CHANNELS; j++) {
            if (mesh->targets[i].dialing[j] != NULL) {
                link_close(mesh->targets[i].dialing[j]);
            }
        }
    }
}

void mesh_free(struct mesh *mesh)
{
    if (mesh == NULL) {
        return;
    }
    assert(mesh->stopping);
    assert(mesh->handles == 0);
    tls_identity_free(mesh->identity);
    free(mesh);
}
