/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_LINK_H
#define NODE_SHELL_LINK_H

/* One connection to a peer: TCP, TLS, frames, and the hello that says what it is for. The dialer
 * speaks first; the listener answers only when its owner agrees, so that both know when the link is
 * up. All on the loop thread. */

#include <uv.h>

#include "node/core/env.h"
#include "node/shell/frame.h"
#include "node/shell/metrics.h"
#include "node/shell/tls.h"

#define LINK_HANDSHAKE_MS 5000 /* from the connection to the hello, where nothing else is set */
/* A peer that says nothing for so long on its control channel is gone: it would have said where it
 * stands four times (consensus.md 2.7). */
#define LINK_SILENT_MS 20000
/* Frames a link may bring in a second before it is read more slowly: many times what consensus and
 * gossip of a full network need. */
#define LINK_FRAMES_PER_SECOND 2000

struct link;

/* Whom a link tells what happened. It may close links from inside any of these. */
struct link_owner {
    void *context;
    /* May this key be at the other end? */
    bool (*allow)(void *context, struct link *link, const uint8_t node_key[32]);
    /* Both hellos are there. False: the link is closed. */
    bool (*up)(void *context, struct link *link);
    /* A frame after the hello; borrowed during the call. */
    void (*frame)(void *context, struct link *link, struct bytes frame);
    /* The last call; link is freed after it. why is OK when this side closed it. */
    void (*down)(void *context, struct link *link, enum err why);
};

/* What all links of a node share; borrowed by each. */
struct link_common {
    uv_loop_t *loop;
    const struct tls_identity *identity;
    struct hash chain_id;
    struct metrics *metrics;
    struct link_owner owner;
    size_t queue_max[ENV_CHANNELS]; /* bytes that may wait for the other side */
    uint64_t handshake_ms;
    uint64_t silent_ms;
};

/* link_accept takes the connection that waits on server. link_dial begins one; tag comes back from
 * link_tag. Both give *out, which is gone after owner.down. ERR_MEMORY, ERR_CLOSED. */
enum err NODISCARD link_accept(struct link **out, const struct link_common *common,
                               uv_stream_t *server);
enum err NODISCARD link_dial(struct link **out, const struct link_common *common,
                             const struct sockaddr *address, enum env_channel channel,
                             uint32_t tag);

/* link_send queues a frame, which leaves with link_flush. False: no room, or not up. */
bool link_send(struct link *link, struct bytes frame);
void link_flush(struct link *link);
/* link_room is how many bytes of frame fit now; 0 when not up. */
size_t link_room(const struct link *link);

/* link_pause stops reading, or goes on with it. */
void link_pause(struct link *link, bool pause);
/* link_close ends the link; owner.down follows from the loop, never from inside this call. */
void link_close(struct link *link);

bool link_is_up(const struct link *link);
bool link_is_dialer(const struct link *link);
enum env_channel link_channel(const struct link *link); /* a listener's: from the hello on */
uint32_t link_tag(const struct link *link);
const uint8_t *link_key(const struct link *link); /* after the handshake, else NULL */
/* The owner's own mark, NULL at first. */
void link_set_mark(struct link *link, void *mark);
void *link_mark(const struct link *link);

#endif
