/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_CACHE_H
#define NODE_CORE_CACHE_H

/* Questions answered with yes: a fixed table of hashes. For signatures known to be authentic, of
 * H(TAG_VERIFIED, public key, message, signature), never of anything shorter than the whole triple
 * (decision D1); for accounts whose totals follow from their lines, of what the calculation was
 * made from (ledger/accounting/calculated.c). Read and written by the verification pool, the
 * executor and the loop at once, without a lock: each entry has a sequence number that is odd while
 * it is written. */

#include "ledger/chain/cert_check.h"
#include "ledger/exec/exec.h"

struct cache;

/* cache_new makes a table of at least `entries` entries (rounded up to a power of two). Gives. */
struct cache *cache_new(uint32_t entries);
void cache_free(struct cache *cache);

bool cache_known(struct cache *cache, const struct hash *question);
void cache_learn(struct cache *cache, const struct hash *question);

/* The cache as what certificates and rules ask for, and for the signatures of transactions; both
 * borrow it. */
struct known cache_as_known(struct cache *cache);
struct exec_verifier cache_for_transactions(struct cache *cache);

#endif
