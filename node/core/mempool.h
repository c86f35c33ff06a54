/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_MEMPOOL_H
#define NODE_CORE_MEMPOOL_H

/* Transactions that wait for a block (decision D16): in arrival order, found by id, bounded in
 * bytes, number and per organisation, with an index of the state key each one creates, so that a
 * transaction whose predecessor is here may wait for it. Judging is the door's business; this is
 * the table it fills. Loop thread only. */

#include "ledger/base/map.h"
#include "node/core/node.h"

#define POOL_WAITERS_MAX 16 /* of one transaction */
#define POOL_DOUBT_NONE UINT64_MAX

/* So many transactions, of so many bytes together. */
struct pool_load {
    uint32_t count;
    uint64_t bytes;
};

void pool_load_add(struct pool_load *load, size_t size);
void pool_load_take(struct pool_load *load, size_t size);

struct pool_limits {
    uint64_t bytes_max;
    uint64_t bytes_organisation;
    uint32_t count_max;
    uint32_t count_organisation;
};

struct pool_waiter {
    struct pool_waiter *next;
    node_answer_fn callback;
    void *arg;
};

enum pool_state {
    POOL_READY, /* judged OK on the final state */
    POOL_WAITING /* its predecessor is here, not yet final */
};

struct pool_tx {
    uint64_t told_by[2]; /* a bit for each peer that told it when it was here already */
    struct pool_tx *next; /* arrival order */
    struct pool_tx *prev;
    struct hash tx_id;
    struct hash organisation;
    struct bytes raw; /* owned */
    struct bytes creates; /* owned; size 0: none */
    struct bytes needs;
    uint64_t valid_until_ms;
    enum pool_state state;
    uint32_t in_blocks; /* unfinalised blocks that hold it */
    /* Refused above this height: not offered again until that is final and the door has looked. */
    uint64_t doubt_height;
    bool first; /* governance goes before the rest */
    bool local; /* came through this node's door: told to peers again and again */
    bool judging; /* a job looks at it */
    uint64_t turn; /* in which it was last taken for a block */
    uint64_t round; /* of looking again, in which it has had its turn */
    uint64_t told; /* likewise of telling again */
    uint32_t refs; /* the pool's one, and one for each job that reads raw */
    bool gone; /* no longer in the pool */
    struct err_detail why; /* what it waits for */
    struct pool_waiter *waiters;
};

struct pool;

struct pool *pool_new(const struct pool_limits *limits);
/* pool_free takes pool; nobody is told anything. */
void pool_free(struct pool *pool);

/* What the door learnt of a transaction; everything is copied. */
struct pool_entry {
    struct hash tx_id;
    struct hash organisation;
    struct bytes raw;
    struct bytes creates;
    struct bytes needs;
    uint64_t valid_until_ms;
    enum pool_state state;
    bool first;
    bool local;
};

/* pool_add admits; *out is borrowed. ERR_TWICE (*out is the one there), ERR_BUSY (full),
 * ERR_RATE_LIMIT (the organisation's quota), ERR_MEMORY. */
enum err NODISCARD pool_add(struct pool *pool, struct pool_tx **out,
                            const struct pool_entry *entry);
struct pool_tx *pool_find(const struct pool *pool, const struct hash *tx_id);
/* pool_creates: is there a transaction here that creates this state key? */
bool pool_creates(const struct pool *pool, struct bytes key);
/* pool_remove takes tx out and drops the pool's reference; its waiters must have been answered. */
void pool_remove(struct pool *pool, struct pool_tx *tx);
struct pool_tx *pool_first(const struct pool *pool);

/* A job that reads tx->raw keeps it; both on the loop thread. */
void pool_tx_keep(struct pool_tx *tx);
void pool_tx_drop(struct pool_tx *tx);

/* pool_mark changes how many unfinalised blocks hold tx; pool_set_state and pool_set_doubt keep the
 * count of what can be built with. */
void pool_mark(struct pool *pool, struct pool_tx *tx, int by);
void pool_set_state(struct pool *pool, struct pool_tx *tx, enum pool_state state);
void pool_set_doubt(struct pool *pool, struct pool_tx *tx, uint64_t height);
/* pool_available: is tx something to build with now? */
bool pool_available(const struct pool_tx *tx);

/* Choosing for a block goes in turns. pool_turn begins one; pool_take takes tx once a turn, and
 * only while fewer than share of its organisation's were taken in it: who sends much does not keep
 * the others waiting. */
void pool_turn(struct pool *pool);
bool NODISCARD pool_take(struct pool *pool, struct pool_tx *tx, uint32_t share);

enum err NODISCARD pool_wait(struct pool_tx *tx, node_answer_fn callback, void *arg);
/* pool_answer tells all waiters of tx and forgets them. */
void pool_answer(struct pool_tx *tx, const struct node_answer *answer);
void pool_forget(struct pool *pool, const void *arg);

const struct pool_limits *pool_limits(const struct pool *pool); /* borrowed */
uint32_t pool_count(const struct pool *pool);
uint64_t pool_bytes(const struct pool *pool);
uint32_t pool_ready_count(const struct pool *pool); /* available ones */

/* pool_waiting: what waits for a block, without what stands in blocks already. */
struct pool_load pool_waiting(const struct pool *pool);
/* pool_load_of: all of one organisation. */
struct pool_load pool_load_of(const struct pool *pool, const struct hash *organisation);

#endif
