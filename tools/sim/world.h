/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIM_WORLD_H
#define TOOLS_SIM_WORLD_H

/* The state of a simulated world; private to this folder. Times are in microseconds. */

#include "tools/sim/rng.h"
#include "tools/sim/sim.h"

#define WORLD_BLOCKS 20000u
#define WORLD_VIEWS 4096u
#define WORLD_TX 30u
#define WORLD_LINKS_ALL 0xffu
#define NO_BLOCK UINT32_MAX
#define SYNC_BLOCKS 30u

/* ---- blocks: one table for all, nodes differ in what they have ------------------------------- */

struct sim_block {
    struct cons_block block;
    uint32_t parent; /* index; block 0 is genesis */
    uint64_t txs;
    uint64_t all_txs; /* with all ancestors */
    bool bad;
    bool doubled; /* contains a transaction of an ancestor */
};

/* ---- packets --------------------------------------------------------------------------------- */

enum packet_kind {
    PACKET_CONS, /* a consensus message */
    PACKET_BODY,
    PACKET_FETCH,
    PACKET_SYNC_REQUEST,
    PACKET_SYNC_RESPONSE
};

struct packet {
    uint32_t users; /* events that hold it */
    enum packet_kind kind;
    struct cons_hints hints;
    enum cons_msg_kind msg;
    uint64_t epoch;
    uint64_t view;
    struct vote vote;
    struct just *just; /* owned */
    struct cert *final; /* owned */
    uint8_t just_checked, final_checked; /* 0 not yet, 1 good, 2 bad */
    uint32_t block;
    uint64_t height;
    uint32_t count;
    uint32_t blocks[SYNC_BLOCKS];
};

/* ---- events ---------------------------------------------------------------------------------- */

enum world_event_kind {
    AT_PACKET,
    AT_TIMER,
    AT_PERSISTED,
    AT_BUILT,
    AT_VALIDATED,
    AT_BODY,
    AT_SYNCED,
    AT_CRASH,
    AT_CRASH_ALL,
    AT_WIPE,
    AT_RESTART,
    AT_SUBMIT,
    AT_GOSSIP,
    AT_PARTITION,
    AT_HEAL,
    AT_MISCHIEF
};

struct world_event {
    uint64_t at;
    uint64_t sequence;
    enum world_event_kind kind;
    uint16_t node;
    uint16_t from;
    uint32_t life; /* of the node; an event of an earlier life is void. 0: any */
    uint32_t number; /* timer, record, block, transaction */
    uint64_t value; /* generation, token, view, verdict */
    struct packet *packet;
};

struct queue {
    struct world_event *items;
    size_t count, capacity;
};

void queue_push(struct queue *queue, const struct world_event *event);
bool queue_pop(struct queue *queue, struct world_event *event);
void queue_free(struct queue *queue);

/* ---- nodes ----------------------------------------------------------------------------------- */

enum record_kind { RECORD_CERT, RECORD_VOTE, RECORD_BLOCK };

struct record {
    enum record_kind kind;
    uint32_t block;
    struct cert *cert; /* owned by the world's list of certificates */
    struct vote vote;
};

struct chain_entry {
    uint32_t block;
    const struct cert *batch_final; /* F of the batch that delivered it */
    bool own_final; /* that F is of this very block */
};

struct sim_node {
    uint16_t index;
    enum sim_adversary role;
    bool up;
    uint32_t life;
    struct cons *cons;
    struct cons *shadow;
    void *cons_memory;
    void *shadow_memory;
    uint64_t last_now_ms;
    /* disk: log with a synced prefix, slot, database with a synced prefix */
    struct record *log;
    uint32_t log_count, log_capacity, log_synced;
    bool has_slot;
    struct vote slot;
    struct chain_entry *chain; /* by height */
    uint64_t height, height_synced;
    uint64_t sync_free_at;
    /* memory */
    uint8_t *has_body; /* by block */
    uint8_t *in_log; /* by block: BLOCK record written */
    uint64_t pool; /* transactions known */
    uint64_t final_txs;
    bool work;
    uint64_t build_parent_view;
    bool build_empty, build_forced;
    uint64_t view, high, final; /* of the last check (I1) */
    /* released votes of this node, for the oracles */
    struct vote *sent;
    uint32_t sent_count, sent_capacity;
    /* adversary */
    struct packet *history[64];
    uint32_t history_count;
};

struct world {
    struct sim_options options;
    const struct sim_config *config;
    struct rng rng;
    struct queue queue;
    uint64_t now;
    uint64_t sequence;
    uint64_t gst;
    uint16_t count;
    struct valset validators;
    struct cons_params params;
    struct sim_node nodes[SIM_NODES_MAX];
    struct cons_actions *actions;
    struct cons_actions *shadow_actions;
    struct cons_recovered *recovered;
    struct sim_block *blocks;
    uint32_t block_count;
    /* network */
    bool scripted;
    uint64_t fixed_delay;
    uint64_t sync_time; /* scripted: duration of a log sync */
    uint32_t cut[SIM_NODES_MAX]; /* bitmap of receivers that do not hear this node */
    uint32_t drop_count;
    struct {
        uint16_t from, to;
        enum cons_msg_kind kind;
    } drops[8];
    /* oracles */
    uint64_t *signed_set;
    uint64_t signed_capacity, signed_count;
    uint64_t submitted;
    uint32_t final_block_at[WORLD_BLOCKS]; /* by height */
    uint64_t final_height;
    uint32_t notarized[WORLD_VIEWS];
    uint32_t finalized[WORLD_VIEWS];
    uint64_t skip_lock[WORLD_VIEWS];
    uint64_t nullify_lock[WORLD_VIEWS][SIM_NODES_MAX]; /* lowest lock ever signed, plus 1 */
    struct cert **certs; /* every certificate a log holds; freed at the end */
    uint32_t cert_count, cert_capacity;
    bool failed;
    struct sim_result result;
};

/* world.c: time and start */
void world_at(struct world *world, uint64_t delay, struct world_event event);
void world_fail(struct world *world, uint16_t node, const char *what);
uint64_t world_ms(const struct world *world);

/* block_table.c */
uint32_t blocks_make(struct world *world, struct header *header, uint32_t parent, uint64_t txs,
                     bool bad);
uint32_t blocks_find(const struct world *world, const struct hash *id);

/* oracle.c: who signed what; certificates; global invariants */
void oracle_sign(struct world *world, struct vote *vote);
bool oracle_signed(const struct world *world, const struct vote *vote);
bool oracle_cert_ok(const struct world *world, const struct cert *cert);
bool oracle_just_ok(const struct world *world, const struct just *just);
void oracle_released(struct world *world, struct sim_node *node, const struct vote *vote);
void oracle_cert(struct world *world, const struct sim_node *node, const struct cert *cert);
void oracle_delivered(struct world *world, const struct sim_node *node, uint64_t height,
                      uint32_t block);
void oracle_evidence(struct world *world, const struct sim_node *node, const struct vote *a);
void oracle_state(struct world *world, struct sim_node *node);

/* coverage.c: coverage_step counts what a step did; before is the state it began with. */
void coverage_step(struct world *world, const struct sim_node *node, const struct cons_event *event,
                   const struct cons_status *before);

/* net.c */
struct packet *packet_new(const struct world *world, const struct sim_node *from,
                          enum packet_kind kind);
void packet_drop(struct packet *packet);
void net_send(struct world *world, struct sim_node *from, uint16_t to, struct packet *packet);
void net_bcast(struct world *world, struct sim_node *from, struct packet *packet);
void net_partition(struct world *world);

/* disk.c */
uint32_t disk_append(struct sim_node *node, const struct record *record);
struct cert *disk_cert(struct world *world, const struct cert *cert);
void disk_lose(struct world *world, struct sim_node *node, bool wipe);
void disk_recover(struct world *world, struct sim_node *node, struct cons_recovered *recovered);

/* node.c */
void member_open(struct world *world, uint16_t index);
void member_close(struct sim_node *node);
void member_start(struct world *world, struct sim_node *node);
void member_crash(struct world *world, struct sim_node *node, bool wipe);
void member_step(struct world *world, struct sim_node *node, struct cons_event *event);
void member_event(struct world *world, struct sim_node *node, const struct world_event *event);
void member_update_work(struct world *world, struct sim_node *node);
void member_send_message(struct world *world, struct sim_node *node, const struct cons_actions *out,
                         uint16_t to, const struct cons_send *send);
struct packet *member_packet(struct world *world, struct sim_node *node,
                             const struct cons_actions *out, const struct cons_send *send);

/* receive.c */
void receive_packet(struct world *world, struct sim_node *node, uint16_t from,
                    struct packet *packet);
void receive_synced(struct world *world, struct sim_node *node, struct packet *packet);

/* app.c */
uint32_t app_build(struct world *world, struct sim_node *node, uint64_t view, uint32_t parent,
                   uint64_t parent_view, bool empty);
enum cons_verdict app_judge(struct world *world, const struct sim_node *node, uint32_t block);
void app_commit(struct world *world, struct sim_node *node, uint32_t block,
                const struct cert *batch_final, bool own_final);

/* adversary.c */
void adversary_bcast(struct world *world, struct sim_node *node, struct packet *packet);
void adversary_cast(struct world *world, struct sim_node *node, struct vote *vote);
void adversary_mischief(struct world *world, struct sim_node *node);

/* shadow.c */
bool shadow_same(const struct cons_actions *a, const struct cons_actions *b);

/* trace.c */
void trace_say(const struct world *world, const struct sim_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void trace_packet(const struct world *world, const struct sim_node *node, const char *direction,
                  const struct packet *packet, uint16_t peer);
void trace_id(char out[9], const struct hash *id);

#endif
