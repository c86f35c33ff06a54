/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIMNODE_CLUSTER_H
#define TOOLS_SIMNODE_CLUSTER_H

/* Whole nodes in one process: virtual time, one event queue, links with delay and loss, executors
 * that take time, disks that forget. The nodes are the real ones of node/core, with real consensus,
 * execution, store and signatures; everything that happens follows from the seed. This is the
 * ground that faults, adversaries and checkers stand on (simnode.h), and what tests script by hand.
 */

#include <stdio.h>

#include "ledger/store/chain_db.h"
#include "node/core/node.h"
#include "tools/simnode/disk.h"
#include "tools/simnode/town.h"

#define CLUSTER_HOSTS_MAX 20
#define CLUSTER_SEGMENT (1024u * 1024) /* of the consensus log, unless said otherwise */

struct cache;
struct cluster;

/* --- events
 * ------------------------------------------------------------------------------------- */

enum cluster_event_kind {
    CLUSTER_TIMER, /* number: timer */
    CLUSTER_RUN, /* number: executor; the job does its work */
    CLUSTER_DONE, /* the loop hears of it */
    CLUSTER_FRAME, /* number: sending host */
    CLUSTER_CONNECT, /* number: the other host */
    CLUSTER_DOWN, /* number: the host whose connection ended */
    CLUSTER_CALL /* the simulation's own */
};

typedef void (*cluster_call)(void *context, uint64_t number);

struct cluster_event {
    uint64_t at_us;
    uint64_t seq;
    enum cluster_event_kind kind;
    uint16_t host;
    uint64_t incarnation; /* of the host; an event of an earlier life is void */
    uint64_t number;
    uint64_t session; /* FRAME, DOWN: of the connection; TIMER: generation */
    struct env_job *job;
    enum env_channel channel;
    uint8_t *frame; /* owned */
    size_t size;
    cluster_call call;
    void *context;
};

struct cluster_queue {
    struct cluster_event *items;
    size_t count, capacity;
};

void cluster_queue_push(struct cluster_queue *queue, const struct cluster_event *event);
struct cluster_event cluster_queue_pop(struct cluster_queue *queue);

/* --- machines
 * ----------------------------------------------------------------------------------- */

struct host {
    struct vdisk disk; /* first: the file functions of env find it by the host's address */
    struct cluster *cluster;
    uint16_t index; /* and its peer number at all others */
    uint16_t validator; /* whose keys it has */
    bool observer; /* it has no consensus key */
    struct env env;
    struct kv *kv; /* the chain database's store: survives a crash as far as it was synced */
    struct kv_mem_disk kv_disk;
    bool kv_lies; /* the next batch looks written and is lost with the next crash */
    struct chain_db *db; /* while the machine runs */
    struct node *node; /* NULL: switched off */
    struct sign_key key;
    uint8_t node_key[32];
    uint8_t fingerprint[32];
    int64_t offset_ms; /* of its wall clock */
    int32_t drift_ppm; /* of both its clocks */
    uint32_t slow; /* its disk takes so many times longer */
    uint64_t incarnation;
    uint64_t timers[ENV_TIMERS]; /* generation of the armed tick, 0: none */
    struct env_job *waiting[ENV_EXECUTORS];
    struct env_job *waiting_last[ENV_EXECUTORS];
    bool busy[ENV_EXECUTORS];
    struct env_job **running;
    size_t running_count, running_capacity;
    struct err_detail refused; /* why it did not start */
};

struct link {
    bool up;
    uint64_t session; /* grows with each connection */
    uint64_t open_us; /* not connected again before */
};

/* What the network does to frames, in percent; delays in microseconds. */
struct cluster_net {
    uint32_t delay_us, spread_us;
    uint32_t loss, duplicate, overtake;
    uint32_t damage; /* a second, damaged copy arrives too */
};

/* What a simulation sees and changes. Each may be NULL. */
struct cluster_hooks {
    void *context;
    /* Before a frame leaves; true: it was dealt with, nothing more is sent. */
    bool (*send)(void *context, struct host *from, uint16_t to, enum env_channel channel,
                 struct bytes frame);
    /* Before a frame arrives; true: it never does. */
    bool (*receive)(void *context, struct host *to, uint16_t from, enum env_channel channel,
                    struct bytes frame);
    /* After each event of a host that is up. */
    void (*after)(void *context, struct host *host);
    /* A host closes the connection to another. */
    void (*closed)(void *context, struct host *host, uint16_t peer, const char *why);
    /* Its disk died in the middle of something; it is switched off. */
    void (*died)(void *context, struct host *host);
    void (*logged)(void *context, struct host *host, enum env_level level, const char *text);
    void (*counted)(void *context, struct host *host, const char *metric, int64_t value);
};

struct cluster {
    struct town town;
    struct rng rng;
    uint64_t now_us;
    uint64_t seq;
    uint64_t generation;
    struct cluster_queue queue;
    uint16_t count; /* hosts */
    struct host *hosts;
    struct link links[CLUSTER_HOSTS_MAX][CLUSTER_HOSTS_MAX]; /* [low][high] */
    uint64_t arrivals[CLUSTER_HOSTS_MAX][CLUSTER_HOSTS_MAX][ENV_CHANNELS]; /* [to][from] */
    bool cut[CLUSTER_HOSTS_MAX][CLUSTER_HOSTS_MAX]; /* [from][to] carries nothing */
    struct cluster_net net;
    bool lenient; /* peer_close only counts: a shell that is slow to close */
    /* What one host knows to be authentic, or calculated right, all know, also after a restart: it
     * saves most of the time of large networks. */
    struct cache *cache;
    bool own_caches; /* each host has one of its own instead, empty at each start */
    struct cluster_hooks hooks;
    uint64_t segment_size; /* of the consensus logs, for the next start */
    uint32_t sync_bytes; /* as in node_config */
    FILE *trace; /* NULL: silent */
    uint64_t story; /* hash of everything that happened */
    uint64_t events, frames, lost, duplicated, overtaken, unheard, unread;
    uint32_t closes;
    uint32_t errors; /* lines at error level */
};

/* cluster_open makes so many hosts, switched off, with keys, empty databases and a fresh slot each;
 * host i is validator i, and hosts beyond the validators are observers. */
struct cluster *cluster_open(uint64_t seed, uint16_t validators, uint16_t hosts);
void cluster_close(struct cluster *cluster);
/* cluster_run lets so much time pass. */
void cluster_run(struct cluster *cluster, uint64_t ms);
/* cluster_step plays the next event; false: there is none before until_us. */
bool cluster_step(struct cluster *cluster, uint64_t until_us);
/* cluster_at calls the simulation back after a delay. */
void cluster_at(struct cluster *cluster, uint64_t delay_us, cluster_call call, void *context,
                uint64_t number);
void cluster_push(struct cluster *cluster, struct cluster_event event);

/* --- host.c */

/* host_start opens the database, recovers and connects. An error is the node's, host->refused says
 * more; when the disk died under it the host must be crashed before the next start. */
enum err NODISCARD host_start(struct host *host);
/* host_crash: power off. Everything not synced is at the disk's mercy. */
void host_crash(struct host *host);
/* host_lose_database: an empty one instead, while the host is off. */
void host_lose_database(struct host *host);
/* host_restore_database: a copy of backup instead, while the host is off. */
void host_restore_database(struct host *host, const struct kv *backup);
/* host_new_slot writes a fresh signer.state for the host's key. */
void host_new_slot(struct host *host);
/* host_height is that of the last final block; also of a host that is off, as far as it is synced.
 */
uint64_t host_height(const struct host *host);
void host_head(const struct host *host, struct chain_head *out);
void host_event(struct host *host, struct cluster_event *event);

/* --- wire.c */

/* wire_send puts a frame on its way, with what the network does to it. */
void wire_send(struct cluster *cluster, uint16_t from, uint16_t to, enum env_channel channel,
               struct bytes frame, uint64_t extra_us);
void wire_event(struct cluster *cluster, struct host *host, struct cluster_event *event);
/* wire_connect joins two hosts that are up, now or when it becomes possible. */
void wire_connect(struct cluster *cluster, uint16_t a, uint16_t b);
/* wire_drop ends a connection; both sides hear of it. It is not made again for wait_ms. */
void wire_drop(struct cluster *cluster, uint16_t a, uint16_t b, uint64_t wait_ms);
/* wire_gone: a host has gone; the others hear of it at once. */
void wire_gone(struct host *host);
struct link *wire_link(struct cluster *cluster, uint16_t a, uint16_t b);

/* --- story.c */

/* story_say adds a line; host may be NULL. story_mix adds bytes that no line shows. */
void story_say(struct cluster *cluster, const struct host *host, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void story_mix(struct cluster *cluster, struct bytes data);

#endif
