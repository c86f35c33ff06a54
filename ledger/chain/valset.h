/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_VALSET_H
#define LEDGER_CHAIN_VALSET_H

/* The validator set of an epoch: its order, its exact bytes, its hash and its leaders.
 *
 *     TAG_VALSET, suite u8, epoch u64, count u16, count times { key size u8, key[64] zero-padded,
 *     node key[32], organisation[32] }, ascending by key; hash = H(these bytes) */

#include "ledger/base/buf.h"
#include "ledger/base/err.h"
#include "ledger/chain/types.h"

#define VALSET_ENTRY_SIZE 129
#define VALSET_SIZE_MAX (19 + LIMIT_VALIDATORS * VALSET_ENTRY_SIZE)

/* valset_sort puts validators into the order of their keys. */
void valset_sort(struct valset *valset);
size_t valset_size(const struct valset *valset);
void valset_write(struct writer *writer, const struct valset *valset);
/* valset_decode: ERR_LENGTH, ERR_VERSION (suite), ERR_RANGE (count), ERR_NOT_CANONICAL (key size,
 * padding, order, duplicate). */
enum err NODISCARD valset_decode(struct valset *valset, struct bytes in);
void valset_hash(struct hash *hash, const struct valset *valset);
/* valset_find gives the index of a consensus key, or -1. */
int valset_find(const struct valset *valset, struct bytes key);

/* leader_order fills order[0..count): one validator of each organisation in turn
 * (consensus.md 2.6), sorted by (how many of its organisation came before, organisation, key); the
 * start is rotated by epoch mod count. The leader of a view >= 1 is order[(view - 1) mod count]. */
void leader_order(uint16_t order[LIMIT_VALIDATORS], const struct valset *valset);

#endif
