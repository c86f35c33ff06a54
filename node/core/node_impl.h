/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_NODE_IMPL_H
#define NODE_CORE_NODE_IMPL_H

/* What the modules of the running node share: blocks above the final one, peers, the queues towards
 * the executors, and the order in which events enter the state machine. Private to node/core; the
 * shell sees node.h. Everything here is touched on the loop thread only; a job's run function sees
 * its job and what that job keeps a reference on. */

#include "node/core/admission.h"
#include "node/core/cache.h"
#include "node/core/mempool.h"
#include "node/core/node.h"
#include "node/core/peer_frame.h"
#include "node/core/signer.h"

#define NODE_BLOCKS_MAX 192 /* in the table of unfinalised blocks */
#define NODE_RECENT_MAX 64 /* committed blocks kept in memory for peers that fetch by id */
#define NODE_RECENT_BYTES (32u * 1024 * 1024)
#define NODE_QUEUE_MAX 1024 /* events waiting for the state machine */
#define NODE_COMMIT_MAX 16 /* blocks in one batch */
/* Indexes are written while no block waits for the committer, or when so many are behind. */
#define NODE_INDEX_BEHIND 32
/* Between two parts of one that is made again: some 20 MiB of blocks a second. */
#define NODE_INDEX_REST_MS 50
#define NODE_TICK_MS 1000
/* Of blocks to one peer on request: 16 MiB a second, in as many parts as there are windows in it.
 */
#define NODE_SERVE_MS 125
#define NODE_SERVE_BYTES (2u * 1024 * 1024)
#define NODE_SERVE_COST 4096 /* counted for each block beside its body */
#define NODE_BAN_MS 60000
#define NODE_SKEW_MS 10000 /* V6: a header further ahead than this waits */
/* What is still at the door may go with what came through it: one frame, one block. */
#define NODE_GOSSIP_WAIT_MS 5
#define NODE_GOSSIP_ENOUGH 64
#define NODE_WORK_WAIT_MS 10
#define NODE_WORK_ENOUGH 256

/* Timers 0 to CONS_TIMER_COUNT - 1 are the state machine's. */
enum node_timer {
    NODE_TIMER_TICK = 16,
    NODE_TIMER_SYNC,
    NODE_TIMER_RETRY,
    NODE_TIMER_GOSSIP, /* what was admitted has waited long enough for company */
    NODE_TIMER_WORK, /* so has the first transaction to build with */
    NODE_TIMER_SERVE, /* some peer that asked for blocks has a share again */
    NODE_TIMER_INDEX /* the next part of an index may be made again */
};

/* --- blocks (blocks.c) --------------------------------------------------------------------------
 */

/* Bytes that several jobs read; freed with the last reference, on the loop. */
struct body {
    uint32_t refs;
    size_t size;
    uint8_t bytes[];
};

enum block_verdict { BLOCK_UNKNOWN, BLOCK_PENDING, BLOCK_VALID, BLOCK_INVALID };

struct block {
    uint32_t refs;
    struct hash id;
    struct header header;
    struct body *body; /* NULL: not here yet */
    enum block_verdict verdict;
    struct chain_state *state; /* after it, where VALID */
    struct hash *tx_ids; /* with state; header.tx_count of them */
    struct bytes receipts; /* owned; u32 length and Receipt each; may be empty */
    struct bytes just; /* owned; J of its view, encoded */
    uint64_t seen_ms;
    bool logged; /* its BLOCK record stands in the log or in a queued job */
    bool marked; /* its transactions are marked in the pool */
    bool delivering; /* final, on its way into the database */
};

struct body *body_new(size_t size);
struct body *body_keep(struct body *body);
void body_drop(struct body *body);

struct block *block_keep(struct block *block);
void block_drop(struct block *block);
/* block_find looks among unfinalised blocks, block_recent among committed ones in memory. */
struct block *block_find(const struct node *node, const struct hash *id);
struct block *block_recent(const struct node *node, const struct hash *id);
/* block_learn finds or makes the entry of a header; NULL when the table is full of needed ones. */
struct block *block_learn(struct node *node, const struct hash *id, const struct header *header);
/* block_forget takes it out of the table. */
void block_forget(struct node *node, struct block *block);
/* block_retire moves a committed block to the recent ones. */
void block_retire(struct node *node, struct block *block);
/* block_remember puts a block of the database among the recent ones. */
void block_remember(struct node *node, const struct hash *id, const struct header *header,
                    struct bytes body);
/* blocks_mark says which pool transactions stand in the chain up to the highest notarized block:
 * what is there is no work any more. What is only in a block that nobody notarized still is. */
void blocks_mark(struct node *node);
/* blocks_prune forgets unfinalised blocks at or below height. */
void blocks_prune(struct node *node, uint64_t height);
/* blocks_sweep forgets what the state machine does not know after a while. */
void blocks_sweep(struct node *node);

/* --- events towards the state machine (driver.c) -------------------------------------------------
 */

enum queued_kind {
    QUEUED_BUILT,
    QUEUED_VALIDATED,
    QUEUED_BODY,
    QUEUED_PERSISTED,
    QUEUED_REFUSED,
    QUEUED_SYNCED
};

struct queued {
    enum queued_kind kind;
    uint64_t view; /* BUILT */
    bool idle; /* BUILT: there was nothing to build, which is no failure */
    uint64_t token; /* PERSISTED, REFUSED */
    struct block *block; /* kept: BUILT (NULL: failed), BODY, SYNCED */
    struct hash block_id; /* VALIDATED */
    enum cons_verdict verdict;
    struct vote vote; /* PERSISTED */
    struct cert *final; /* SYNCED; owned */
};

/* node_queue takes what the event holds; it enters after the step in progress. */
void node_queue(struct node *node, const struct queued *event);
/* node_event steps at once: for events that arrive from outside any step. */
void node_event(struct node *node, struct cons_event *event);
/* node_hint shows the state machine the peer's last hints. Outside any step. */
void node_hint(struct node *node, uint32_t peer);
/* node_settle drains the queue, then starts what is waiting: signer, committer, gossip. Every entry
 * point ends with it. */
void node_settle(struct node *node);
void node_fail(struct node *node, enum node_stop_reason reason, const char *why);
struct bytes node_copy(struct bytes in); /* malloc'ed; aborts when memory ends */
void *node_alloc(size_t size); /* zeroed; aborts when memory ends */

/* --- jobs ----------------------------------------------------------------------------------------
 */

/* The first members of every job of the core. */
struct node_job {
    struct env_job job;
    struct node *node;
};

/* node_job_start gives the job to its executor; false: refused, the caller frees it. */
bool node_job_start(struct node *node, enum env_executor executor, struct node_job *job);
/* node_job_ended is called first in each done and drop. */
void node_job_ended(struct node *node);

/* --- peers (peers.c) -----------------------------------------------------------------------------
 */

/* Frames of one peer on the verification pool: at the bound no bulk is read from it, and what else
 * comes is lost and re-sent. */
#define PEER_VERIFYING_MAX 256

struct arrival;

/* Transactions it told that wait for their turn at the door (arrivals.c). */
struct arrivals {
    struct arrival *first;
    struct arrival *last;
    size_t bytes;
};

/* What became of the transactions that a peer told, in the second that began at from_ms. */
struct told {
    uint64_t from_ms;
    uint32_t useful; /* new to us, and good */
    uint32_t vain; /* known, final or refused */
};

struct peer {
    bool up;
    bool greeted; /* its HELLO was good */
    uint8_t node_key[32];
    int validator; /* index in V_e or -1 */
    uint64_t session; /* grows with each connection: answers to an old one are dropped */
    uint64_t last_ms;
    const char *last_kind;
    struct cons_hints hints;
    int64_t skew_ms;
    uint32_t verifying; /* frames of it on the verification pool */
    struct pool_load at_door; /* transactions that it told */
    struct arrivals arrivals;
    struct told told;
    bool serving; /* a window is being read for it */
    uint64_t asked_height; /* of the window that it is to have later; 0: none */
    uint32_t asked_size;
    uint64_t served_from_ms; /* blocks sent to it on request since then */
    size_t served_bytes;
};

/* peer_of finds the connection of a validator, -1 if there is none. */
int peer_of(const struct node *node, uint16_t validator);
void peer_send(struct node *node, uint32_t peer, enum frame_kind kind,
               const ProtobufCMessage *message, struct arena *arena);
/* peers_send goes to all greeted peers, or to validators only. */
void peers_send(struct node *node, bool validators_only, enum frame_kind kind,
                const ProtobufCMessage *message, struct arena *arena);
Seam__PeerHints peer_hints(const struct node *node);
void peer_punish(struct node *node, uint32_t peer, const char *why);
/* peer_share: a peer may be sent blocks on request now: at most one window or body more than its
 * share of them so far, which peer_served takes down. */
bool peer_share(struct node *node, struct peer *peer);
/* peers_serve serves what waited for a share. */
void peers_serve(struct node *node);
void peer_served(struct peer *peer, size_t size);
void peer_send_block(struct node *node, uint32_t peer, const struct block *block);
/* peers_send_block pushes a leader's fresh block to the validators. */
void peers_send_block(struct node *node, const struct block *block);

/* --- messages of consensus (messages.c)
 * ----------------------------------------------------------- */

void messages_receive(struct node *node, uint32_t peer, enum frame_kind kind,
                      const ProtobufCMessage *message);
void messages_send(struct node *node, const struct cons_action *action);

/* --- bodies (fetch.c)
 * ------------------------------------------------------------------------------ */

#define FETCH_ASSEMBLIES 24
#define FETCH_PER_PEER 4

struct assembly {
    bool used;
    uint32_t peer;
    uint64_t session;
    struct hash block_id;
    struct body *body;
    size_t received;
    uint64_t started_ms;
};

void fetch_block(struct node *node, const struct hash *block_id, uint64_t validators);
void fetch_on_header(struct node *node, uint32_t peer, const Seam__PeerHeader *message);
void fetch_on_body(struct node *node, uint32_t peer, const Seam__PeerBody *message);
void fetch_on_request(struct node *node, uint32_t peer, const Seam__PeerFetchBody *message);
void fetch_peer_down(struct node *node, uint32_t peer);
void fetch_sweep(struct node *node);
/* fetch_has_all queues E_BODY for a block whose header needs no body. */
bool fetch_has_all(struct node *node, struct block *block);

/* --- execution (execute.c)
 * -------------------------------------------------------------------------- */

/* What build, validation and sync share; runs on the executor. */
struct execution {
    const struct exec_env *env;
    struct chain_state *parent; /* kept */
    struct header parent_header;
    struct chain_state *state; /* result; kept */
    struct hash *tx_ids; /* result */
    struct bytes receipts; /* result; owned */
    struct err_detail detail;
};

void execute_build(struct node *node, const struct cons_action *action);
/* execute_committed: if the block was built here, larger ones may be. */
void execute_committed(struct node *node, const struct block *block);
void execute_validate(struct node *node, const struct cons_action *action);
/* execute_run checks and executes one block above execution->parent; on any thread. */
enum verdict execute_run(struct execution *execution, const struct header *header,
                         const struct hash *id, struct bytes body);
void execution_clear(struct execution *execution);
/* body_check: does the body match the header (count, size, tx_root)? On any thread. */
enum err NODISCARD body_check(const struct hash *chain_id, const struct header *header,
                              struct bytes body);

/* --- the signer's queue (casting.c)
 * ------------------------------------------------------------------ */

enum op_kind { OP_RECORD, OP_CAST, OP_MUTE, OP_CHECKPOINT_BEGIN, OP_CHECKPOINT_END };

struct op {
    enum op_kind kind;
    enum log_type type; /* RECORD */
    struct bytes data; /* RECORD: owned */
    struct block *block; /* RECORD of a BLOCK: kept; its body follows data */
    uint64_t token; /* CAST */
    struct vote vote;
    enum err result;
};

struct signer_job;

/* casting_full: so much waits for a disk that stands still that what makes more of it is lost, and
 * said again by the others. What already is on its way comes on top (CASTING_OVER). */
bool casting_full(const struct node *node);
#define NODE_OPS_MAX 1024
#define CASTING_OVER 1024

void casting_record(struct node *node, enum log_type type, struct bytes data, struct block *block);
void casting_cast(struct node *node, const struct cons_action *action);
void casting_append(struct node *node, const struct cert *cert);
void casting_mute(struct node *node);
/* casting_barrier gives a number; casting_reached says whether everything queued before is synced.
 */
uint64_t casting_barrier(struct node *node);
bool casting_reached(const struct node *node, uint64_t barrier);
/* casting_flush starts the signer if it is idle and something asks for it (force: anything), or a
 * checkpoint is due. */
void casting_flush(struct node *node, bool force);

/* --- committing (committer.c)
 * ------------------------------------------------------------------------ */

struct delivery {
    struct delivery *next;
    struct block *block; /* kept */
    struct bytes finalization; /* owned; empty for ancestors */
    struct bytes just; /* borrowed from block; as it was when the batch was made */
    uint64_t barrier;
    bool synced; /* came by block sync: E_SYNCED follows */
    bool again; /* queued before, by consensus or by block sync: nothing is written */
};

void commit_deliver(struct node *node, struct block *block, struct bytes finalization, bool synced);
void commit_flush(struct node *node);
/* commit_index writes the indexes behind the commits (ledger/store/chain_index.h), as commit_flush
 * called whenever something may have changed. */
void commit_index(struct node *node);

/* --- the door (door.c)
 * -------------------------------------------------------------------------------- */

void door_on_transactions(struct node *node, uint32_t peer, const Seam__PeerTransactions *message);
/* door_delivered answers and removes the transactions of a committed block. */
void door_delivered(struct node *node, const struct block *block);
/* door_rejudge looks again at what the new final state may have changed. */
void door_rejudge(struct node *node);
void door_tick(struct node *node);
/* door_doubt: a builder found no place for it above that height. It is not offered again until the
 * height is final and the door has looked at it above that; only the door answers, since what a
 * builder refuses may be final already. */
void door_doubt(struct node *node, struct pool_tx *tx, uint64_t height,
                const struct err_detail *why);

struct door_job;

#define DOOR_JOBS_MAX 1024 /* submissions being judged */
#define DOOR_PEER_JOBS_MAX 256 /* of one peer */
#define DOOR_REJUDGE_MAX 128 /* looked at again at a time, besides a door full of submissions */

/* --- what waits (crowd.c)
 * -------------------------------------------------------------------------------- */

/* door_knows: is it in the pool already? */
bool door_knows(const struct node *node, struct bytes raw);
/* door_told: the same of what a peer tells, who has told it for nothing if he did so before; that
 * others were faster is nobody's fault. */
bool door_told(struct node *node, uint32_t peer, struct bytes raw);
/* door_waiting: units (admission.h) in the pool, and of what is still to be verified. */
uint32_t door_waiting(const struct node *node);
/* door_crowded: more waits here than is made final in a moment. Who has little of it is let in all
 * the same, while not too much came in that way. */
bool door_crowded(const struct node *node, struct bytes raw);

/* --- waiting for the door (arrivals.c)
 * ----------------------------------------------------------------------------- */

#define ARRIVALS_BYTES_MAX (2u * 1024 * 1024) /* of one peer; one transaction may be over it */

struct arrival {
    struct arrival *next;
    struct bytes raw; /* owned */
};

/* arrivals_room: is there room for more of this peer? Otherwise its bulk frames are not read.
 * arrivals_put copies raw. arrivals_take gives the oldest, owned by the caller; empty: none. */
bool arrivals_room(const struct peer *peer);
void arrivals_put(struct node *node, struct peer *peer, struct bytes raw);
struct bytes arrivals_take(struct node *node, struct peer *peer);
void arrivals_clear(struct node *node, struct peer *peer);

/* arrivals_judged counts a transaction that a peer told: new and good, or known, final, refused.
 * arrivals_in_vain: more of what it told in this second was for nothing than anybody honest tells,
 * and it costs as much as what is not. The rest of that second is not looked at; who is honest
 * tells again what came through his door. */
#define TOLD_MS 1000
#define TOLD_VAIN_MAX 500
void arrivals_judged(const struct node *node, struct peer *peer, bool useful);
bool arrivals_in_vain(const struct node *node, struct peer *peer);

/* --- telling others (gossip.c)
 * ---------------------------------------------------------------------------- */

/* gossip_push puts tx, which came from that peer (-1: own door), on the list of what is told next.
 * gossip_flush sends the list: now, or once the door is empty, enough has come, or
 * NODE_GOSSIP_WAIT_MS are over. */
void gossip_push(struct node *node, struct pool_tx *tx, int from);
void gossip_flush(struct node *node, bool now);
void gossip_again(struct node *node); /* once a tick */

/* --- block sync (sync.c)
 * ------------------------------------------------------------------------------- */

struct sync {
    bool running;
    bool executing;
    uint32_t peer;
    uint64_t session;
    uint64_t from_height;
    uint64_t asked_ms;
    uint64_t target; /* highest height any peer claimed; a hint */
    struct block *blocks[CHAIN_DELIVER_MAX]; /* executed, waiting for their F; kept */
    size_t count;
    struct cert *final; /* owned: F of the last header of the window */
    bool committing;
    bool has_next; /* consensus asked for another meanwhile: asked when this one fails */
    uint16_t next;
    uint64_t next_height;
};

void sync_start(struct node *node, uint16_t validator, uint64_t from_height);
/* sync_on_request serves a window; before the peer's HELLO it keeps the request, because the
 * connection of bulk frames may be the faster one, and beyond the peer's share, too.
 * sync_serve_asked serves it then. */
void sync_serve_asked(struct node *node, uint32_t peer);
void sync_on_request(struct node *node, uint32_t peer, const Seam__PeerSyncRequest *message);
void sync_on_response(struct node *node, uint32_t peer, const Seam__PeerSyncResponse *message);
void sync_on_timer(struct node *node);
void sync_peer_down(struct node *node, uint32_t peer);
void sync_committed(struct node *node, struct block *block);
void sync_clear(struct node *node);

/* --- recovery (recover.c)
 * -------------------------------------------------------------------------------- */

enum err NODISCARD recover(struct node *node, const struct node_config *config,
                           struct err_detail *detail);

/* --- the node
 * ---------------------------------------------------------------------------------------------- */

struct node {
    const struct env *env;
    struct chain_db *db;
    const char *software;
    struct hash chain_id;
    struct valset valset;
    struct hash valset_hash;
    struct exec_env exec_env;
    struct cache *cache;
    bool cache_shared;
    struct known known; /* what cache holds, as the ledger asks for it */
    struct cert_checker checker;
    uint8_t node_key[32];
    uint16_t self;
    bool has_key;
    struct cons_params params;

    void *cons_memory;
    struct cons *cons;
    struct cons_actions *actions;
    struct cons_recovered *recovered; /* until E_START */
    uint32_t generations[CONS_TIMER_COUNT];
    struct queued queue[NODE_QUEUE_MAX];
    size_t queue_first;
    size_t queue_count;
    bool stepping;
    bool started;

    struct chain_head head;
    struct header head_header;
    struct chain_state *head_state;
    uint64_t head_ms; /* our clock at the last delivery */

    struct block *blocks[NODE_BLOCKS_MAX];
    size_t block_count;
    bool marks_stale; /* a block was executed or forgotten since blocks_mark */
    struct hash marked_tip;
    struct block *recent[NODE_RECENT_MAX];
    size_t recent_first;
    size_t recent_count;
    size_t recent_bytes;

    struct signer signer; /* the signer's thread's, once started */
    struct op *ops; /* queued for the next job */
    size_t op_count;
    size_t op_capacity;
    bool ops_urgent;
    bool signer_busy;
    uint64_t barrier_next;
    uint64_t barrier_done;
    uint64_t log_bytes; /* as of the last job */
    uint64_t segment_size;
    uint32_t sync_bytes;

    struct delivery *deliveries;
    struct delivery *deliveries_last;
    bool commit_busy;
    bool serve_waits; /* its timer runs */
    bool index_busy;
    bool index_waits; /* its timer runs: what is made again rests */
    bool index_stuck; /* so does the rest, because the last part could not be made */
    uint64_t queued_height; /* highest that was ever queued for the database */

    struct pool *pool;
    uint32_t door_jobs;
    struct pool_load at_door; /* of them those that came through node_submit */
    uint32_t arrivals; /* of all peers */
    uint32_t arrivals_turn; /* the peer that is asked first */
    struct admission admission;
    uint64_t rejudge_round;
    uint64_t told_round;
    struct door_job *submissions; /* at the door, brought by node_submit */
    bool rejudging;
    struct pool_tx *gossip[256]; /* kept; admitted since the last flush */
    int gossip_from[256]; /* peer it came from, -1: own */
    size_t gossip_count;
    bool gossip_waits; /* its timer runs */
    bool work_waits; /* its timer runs, or work_over */
    bool work_over;
    bool work_told;

    uint64_t build_view; /* A_BUILD in progress, 0: none */
    size_t build_bytes; /* own limit, which follows what became final (D25) */
    struct hash built_id;
    size_t built_size;
    bool built;

    struct assembly assemblies[FETCH_ASSEMBLIES];
    struct hash retry[8]; /* blocks ahead of our clock */
    struct sync sync;
    struct peer peers[ENV_PEERS];
    uint64_t sessions;
    uint64_t voted_view[LIMIT_VALIDATORS]; /* highest view with a vote of each */
    uint64_t voted_ms[LIMIT_VALIDATORS]; /* when it came; at first: when this node started */
    uint64_t gone_ms[LIMIT_VALIDATORS]; /* when its connection ended, likewise */
    uint64_t started_view;

    uint32_t jobs; /* running */
    bool stopping;
    bool failed;
    bool halted;
    bool muted;
    enum node_stop_reason reason;
    char not_voting_why[160];
};

#endif
