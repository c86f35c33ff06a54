/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_CACHE_H
#define NODE_CORE_CACHE_H

/* Signatures known to be authentic: a fixed table of H(TAG_VERIFIED, public key, message,
 * signature). Only yes-answers are kept, never anything shorter than the whole triple (decision
 * D1). Read and written by the verification pool, the executor and the loop at once, without a
 * lock: each entry has a sequence number that is odd while it is written. */

#include "ledger/chain/cert_check.h"
#include "ledger/exec/exec.h"

struct cache;

/* cache_new makes a table of at least `entries` entries (rounded up to a power of two). Gives. */
struct cache *cache_new(uint32_t entries);
void cache_free(struct cache *cache);

bool cache_known(struct cache *cache, const struct hash *triple);
void cache_learn(struct cache *cache, const struct hash *triple);

/* The cache as what certificates and transactions ask for; both borrow it. */
struct cert_cache cache_for_certs(struct cache *cache);
struct exec_verifier cache_for_transactions(struct cache *cache);

#endif
