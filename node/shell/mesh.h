/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_MESH_H
#define NODE_SHELL_MESH_H

/* The peers of a node: two links each, control and bulk, so that votes never wait behind bodies.
 * The node with the lower key dials both; the other dials too if nobody came for a while, so a
 * peer that only one side knows the address of still connects. Of two links for one channel the one
 * that the lower key dialed stays, and of two by the same dialer the newer, because a peer that
 * dials again has lost the older. */

#include <uv.h>

#include "node/core/env.h"
#include "node/shell/config.h"
#include "node/shell/logger.h"
#include "node/shell/metrics.h"
#include "node/shell/tls.h"

#define MESH_BACKOFF_MIN_MS 200
#define MESH_BACKOFF_MAX_MS 1000 /* a quorum that comes back is in reach within a second */
#define MESH_FALLBACK_MS 10000 /* the higher key dials when nobody came for so long */
#define MESH_PENDING_MAX 64 /* inbound connections before their hello */
#define MESH_CONTROL_QUEUE (8 * 1024 * 1024)

struct mesh;

/* What the node says and hears; all on the loop thread. */
struct mesh_owner {
    void *context;
    /* May this key connect, now? Asked for dialed peers, too. */
    bool (*admits)(void *context, const uint8_t node_key[32]);
    void (*up)(void *context, uint32_t peer, const uint8_t node_key[32]);
    void (*down)(void *context, uint32_t peer);
    void (*frame)(void *context, uint32_t peer, enum env_channel channel, struct bytes frame);
    bool (*bulk_ready)(void *context, uint32_t peer);
};

struct mesh_setup {
    uv_loop_t *loop;
    const struct sign_key *node_key; /* borrowed during mesh_new */
    struct hash chain_id;
    const struct config_peer *peers; /* copied */
    size_t peer_count;
    size_t bulk_queue_max;
    uint64_t handshake_ms; /* 0: LINK_HANDSHAKE_MS */
    uint64_t silent_ms; /* 0: LINK_SILENT_MS */
    uint64_t fallback_ms; /* 0: MESH_FALLBACK_MS */
    struct logger *logger; /* borrowed */
    struct metrics *metrics; /* borrowed */
    struct mesh_owner owner;
};

/* mesh_new gives *out. ERR_MEMORY, ERR_INTERNAL. */
enum err NODISCARD mesh_new(struct mesh **out, const struct mesh_setup *setup);
/* mesh_listen binds and listens. port 0 takes any; mesh_port says which. ERR_BUSY: the address is
 * taken or not ours. */
enum err NODISCARD mesh_listen(struct mesh *mesh, const char *host, uint16_t port);
uint16_t mesh_port(const struct mesh *mesh);
/* mesh_start begins to dial. */
void mesh_start(struct mesh *mesh);

/* The functions of struct env. */
bool mesh_send(struct mesh *mesh, uint32_t peer, enum env_channel channel, struct bytes frame);
size_t mesh_send_room(const struct mesh *mesh, uint32_t peer, enum env_channel channel);
void mesh_close_peer(struct mesh *mesh, uint32_t peer, uint64_t ban_ms, const char *why);

/* mesh_recheck closes peers whose key is no longer admitted: after the validator set changed. */
void mesh_recheck(struct mesh *mesh);
/* mesh_resume reads again from peers the node has become ready for. */
void mesh_resume(struct mesh *mesh);
/* How many peers have both links. */
uint32_t mesh_connected(const struct mesh *mesh);

/* mesh_stop closes everything; mesh_free when the loop has run the close callbacks. */
void mesh_stop(struct mesh *mesh);
void mesh_free(struct mesh *mesh);

#endif
