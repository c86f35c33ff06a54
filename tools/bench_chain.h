/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_CHAIN_H
#define TOOLS_BENCH_CHAIN_H

/* A chain that grows without a network: blocks are built, committed and synced by the node's own
 * functions, one after the other, and what each part took is counted. */

#include "ledger/crypto/sign.h"
#include "ledger/store/chain_db.h"

struct bench_chain;

/* Nanoseconds of all transactions of all blocks so far. */
struct bench_spent {
    uint64_t execute_ns; /* decoding and judging, signatures believed; of this thread */
    uint64_t tree_ns; /* sealing, state tree, roots; of this thread */
    uint64_t commit_ns; /* the synced batch; of the process, threads of the database included */
    uint64_t sync_wall_ns; /* the same by the clock */
};

/* bench_chain_open makes a database at path with its genesis block. keys (count of them, may be 0,
 * borrowed) are the first validators, ascending by public key, whose finalization every later block
 * gets. Gives *out. */
enum err NODISCARD bench_chain_open(struct bench_chain **out, const char *path,
                                    struct bytes genesis, const struct sign_key *keys, size_t count,
                                    struct err_detail *detail);
void bench_chain_close(struct bench_chain *chain); /* NULL is fine; the files stay */

/* bench_chain_add makes the next block of these transactions, all of which must be good; spent (may
 * be NULL) grows by what it took. No transactions: an empty block. */
enum err NODISCARD bench_chain_add(struct bench_chain *chain, const struct bytes *raws,
                                   size_t count, struct bench_spent *spent,
                                   struct err_detail *detail);

/* bench_chain_fill makes blocks that write made-up keys, numbers first to first + count - 1, 100
 * bytes each. bench_chain_write puts keys into a state as those blocks do. */
enum err NODISCARD bench_chain_fill(struct bench_chain *chain, uint64_t first, uint64_t count);
enum err NODISCARD bench_chain_write(struct chain_state *state, uint64_t first, uint64_t step,
                                     uint64_t count, uint8_t version);
#define BENCH_KEY_SIZE 33
void bench_chain_key(uint8_t key[BENCH_KEY_SIZE], uint64_t number);

/* bench_believed finds every signature good, as a sign_verifier: signatures are measured by
 * themselves. */
bool bench_believed(void *context, const uint8_t *public_key, struct bytes message,
                    const uint8_t *signature);

struct chain_state *bench_chain_tip(const struct bench_chain *chain); /* borrowed */
struct chain_db *bench_chain_db(const struct bench_chain *chain); /* borrowed */
const struct header *bench_chain_header(const struct bench_chain *chain);
const struct hash *bench_chain_id(const struct bench_chain *chain);

#endif
