/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_NODE_H
#define NODE_CORE_NODE_H

/* The whole node over one struct env. The shell creates it, tells it what happened, and nothing
 * else; the node answers through env. Every function here runs on the loop thread and returns
 * quickly: signatures, disk and execution are jobs.
 *
 * Order of a start (decision D23): the shell takes the lock files, opens the chain database (in
 * recovery mode 0; if that refuses, node_log_sound says whether mode 2 is allowed), and calls
 * node_open, which reads slot and log, and node_start, after which frames and timers may come. */

#include "consensus/cons.h"
#include "ledger/chain/types.h"
#include "ledger/crypto/sign.h"
#include "ledger/store/chain_db.h"
#include "node/core/env.h"

struct cache;
struct node;

#define NODE_FINGERPRINT_SIZE 32

struct node_config {
    const struct env *env; /* borrowed until node_free */
    struct chain_db *chain; /* borrowed until node_free; empty: genesis is written into it */
    struct bytes genesis; /* canonical Genesis, borrowed during node_open only */
    /* The consensus key, copied into the signer; NULL for an observer, who never votes. */
    const struct sign_key *key;
    uint8_t node_key[32]; /* own TLS public key, to know oneself in the validator set */
    uint8_t fingerprint[NODE_FINGERPRINT_SIZE]; /* of machine-id and data directory (D18) */
    const char *software; /* "seam 0.1.0", constant */
    /* Zero means the default. */
    uint64_t pool_bytes_max; /* 256 MiB */
    uint32_t pool_count_max; /* 100,000 */
    uint64_t log_segment_size; /* 32 MiB */
    uint32_t sync_bytes; /* of bodies asked for at once: 2 MiB */
    uint32_t cache_entries; /* verified signatures, 65,536 */
    /* Verified signatures that several nodes of one process share (yes-answers about whole triples,
     * true for everybody); borrowed until node_free. NULL: one of its own. */
    struct cache *verified;
};

/* Why a node does not start or stops; the shell turns it into an exit code (decision D24). */
enum node_stop_reason {
    NODE_STOP_ASKED,
    NODE_STOP_STORAGE, /* 4: a write or sync failed, or a read of the database */
    NODE_STOP_GENESIS, /* 5: genesis, key or slot do not belong together */
    NODE_STOP_DIVERGENCE, /* 6: this node computes differently, or two finalities contradict */
    NODE_STOP_UPGRADE /* 6: a rules version this program cannot execute */
};

/* node_log_sound scans the consensus log and says whether it can be trusted (D23): OK, ERR_ABSENT
 * (no log yet), ERR_CORRUPT, ERR_STORAGE. */
enum err NODISCARD node_log_sound(const struct env *env, struct err_detail *detail);

/* node_open reads slot, log and database and decides whether this node may vote. Gives *out.
 * ERR_CHAIN and ERR_KEY: wrong genesis or key (exit 5); ERR_CORRUPT, ERR_STORAGE (exit 4). */
enum err NODISCARD node_open(struct node **out, const struct node_config *config,
                             struct err_detail *detail);
/* node_start issues the first actions; frames, timers and finished jobs may follow. */
void node_start(struct node *node);
/* node_stop stops voting and taking work; true once no job of the node is running any more: call
 * it again after each finished job until then. node_free takes the node, when node_stop is true. */
bool node_stop(struct node *node);
void node_free(struct node *node);

/* node_failed: has the node stopped by itself, and why. Voting has ended; reading goes on. */
bool node_failed(const struct node *node, enum node_stop_reason *reason);

/* --- what happened ------------------------------------------------------------------------------
 */

/* node_admits says whether a TLS key may connect (D14): validators of this, the next and the last
 * epoch and registered observers. */
bool node_admits(const struct node *node, const uint8_t node_key[32]);
/* Both channels of peer are open. peer < ENV_PEERS; the number is free again after
 * node_on_peer_down. */
void node_on_peer_up(struct node *node, uint32_t peer, const uint8_t node_key[32]);
void node_on_peer_down(struct node *node, uint32_t peer);
/* One whole frame, at most LIMIT_PEER_FRAME; borrowed during the call. */
void node_on_frame(struct node *node, uint32_t peer, enum env_channel channel, struct bytes frame);
/* node_bulk_ready is false while the node wants no more bulk frames of this peer: stop reading. */
bool node_bulk_ready(const struct node *node, uint32_t peer);
void node_on_timer(struct node *node, uint32_t timer);
void node_on_job_done(struct node *node, struct env_job *job);

/* --- transactions -------------------------------------------------------------------------------
 */

enum node_answer_state {
    NODE_REFUSED, /* detail says why; nothing is kept */
    NODE_ACCEPTED, /* in the pool of this node: not an acknowledgement (D16) */
    NODE_FINAL, /* irreversible */
    NODE_DROPPED /* was accepted, then became NEVER or expired; detail says why */
};

struct node_answer {
    enum node_answer_state state;
    bool duplicate; /* the same transaction was there before: FINAL or ACCEPTED */
    struct hash tx_id;
    uint64_t height; /* FINAL: block, index in it, and its header's time */
    uint32_t index;
    struct hash block_id;
    uint64_t time_ms;
    struct bytes receipt; /* FINAL: canonical Receipt, borrowed during the call; may be empty
                             when the transaction was final before this submission */
    struct err_detail detail;
};

/* Called on the loop; never from inside node_submit. With wait: once, when the outcome is REFUSED,
 * FINAL or DROPPED. Without: once, with REFUSED, ACCEPTED, or FINAL (a duplicate). */
typedef void (*node_answer_fn)(void *arg, const struct node_answer *answer);

/* node_submit copies raw, judges it as a block would (D16) and gossips it. ERR_BUSY: the door's
 * queue is full, callback will not come. */
enum err NODISCARD node_submit(struct node *node, struct bytes raw, bool wait,
                               node_answer_fn callback, void *arg);
/* node_forget: whoever waits with this arg waits no longer; its callback will not come. */
void node_forget(struct node *node, const void *arg);

/* node_pool_find says whether a transaction waits in the pool and in words why; false if absent. */
bool node_pool_find(const struct node *node, const struct hash *tx_id, char *why, size_t why_size);

/* --- what the node says about itself ------------------------------------------------------------
 */

struct node_peer_status {
    uint32_t peer;
    int validator; /* index in V_e, or -1 */
    struct hash organisation; /* zero for an observer */
    uint8_t node_key[32];
    uint64_t silent_ms; /* since its last frame */
    const char *last_kind; /* name of its last message */
    uint64_t view; /* its hints */
    uint64_t fin_height;
    int64_t skew_ms; /* its clock minus ours, at HELLO */
};

struct node_validator_status {
    struct hash organisation;
    bool self;
    bool connected;
    bool voted; /* in this view */
    uint64_t missing_ms; /* since when its vote of this view is expected; 0 when it voted */
    uint64_t seen_view; /* highest view with a vote of it; 0: none since this node started */
    uint64_t vote_age_ms; /* since that vote, or since this node started */
    uint64_t gone_ms; /* since its connection ended, or since this node started; 0: connected */
    bool behind; /* it has given no vote in so many views that it is taken for dead */
};

struct node_status {
    struct hash chain_id;
    uint64_t epoch;
    uint64_t view;
    uint64_t fin_view;
    uint64_t height; /* last final block in the database */
    struct hash block_id;
    struct hash state_root;
    uint64_t time_ms; /* of its header */
    uint64_t final_age_ms; /* since the last delivery, on our clock */
    uint32_t leader; /* index in V_e */
    int self; /* index in V_e or -1 */
    bool voting;
    bool muted;
    bool halted;
    bool disk; /* halted, by a file that could not be read, written or synced */
    bool syncing;
    uint64_t sync_target; /* highest height a peer claims */
    char not_voting_why[160]; /* empty when voting */
    uint32_t level;
    uint64_t views_without_finality;
    uint64_t view_ms; /* how long this view has lasted */
    uint64_t expected_ms; /* and how long votes have been expected in it; 0: none are */
    bool active; /* something is to be done: votes are expected */
    uint32_t pool_count;
    uint64_t pool_bytes;
    uint32_t waiting_units; /* in the pool and at the door (admission.h) */
    uint32_t waiting_bound; /* above it the door takes only of who has little waiting */
    uint32_t unfinalised; /* blocks above the final one */
    uint64_t log_bytes;
    uint16_t validator_count;
    struct node_validator_status validators[LIMIT_VALIDATORS];
    uint32_t peer_count;
    struct node_peer_status peers[ENV_PEERS];
};

/* node_status_get fills a snapshot. */
void node_status_get(const struct node *node, struct node_status *out);

/* node_explain writes the state in sentences, one a line: which view, who leads, whose vote is
 * missing and since when, what each peer sent last, what the operator should do. Cut, never
 * overrun; returns the size. name gives an organisation's text for its id, or NULL. */
size_t node_explain(const struct node_status *status, char *out, size_t size,
                    const char *(*name)(void *context, const struct hash *organisation),
                    void *context);

/* What waits in this node, and how much may: for simulations and tests, which hold one against the
 * other. Of peers the fullest queue is given. Sizes are entries, or bytes where the name says so.
 */
enum node_queue_kind {
    NODE_QUEUE_EVENTS, /* for the state machine */
    NODE_QUEUE_BLOCKS, /* above the final one */
    NODE_QUEUE_RECENT, /* final ones that are kept for peers */
    NODE_QUEUE_RECENT_BYTES,
    NODE_QUEUE_POOL,
    NODE_QUEUE_POOL_BYTES,
    NODE_QUEUE_DOOR, /* transactions being judged */
    NODE_QUEUE_PEER_DOOR, /* of one peer */
    NODE_QUEUE_PEER_ARRIVALS_BYTES, /* of one peer, before the door */
    NODE_QUEUE_PEER_VERIFYING, /* frames of one peer whose signatures are verified */
    NODE_QUEUE_PEER_BODIES, /* that one peer has begun to give */
    NODE_QUEUE_SIGNER, /* records and votes that wait for the disk */
    NODE_QUEUE_DELIVERIES, /* final blocks for the database */
    NODE_QUEUE_SYNC, /* blocks of a window of block sync */
    NODE_QUEUES
};

struct node_queue {
    const char *name;
    uint64_t size;
    uint64_t bound;
};

void node_queues(const struct node *node, struct node_queue out[NODE_QUEUES]);

/* The validator set in force; borrowed until the next call into the node. */
const struct valset *node_valset(const struct node *node);

/* The state machine, to look at: simulations hold it against its invariants. */
const struct cons *node_consensus(const struct node *node);

#endif
