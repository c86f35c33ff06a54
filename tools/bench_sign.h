/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_SIGN_H
#define TOOLS_BENCH_SIGN_H

/* Transactions of the benchmarks, signed by one or two persons of an organisation. */

#include "ledger/base/arena.h"
#include "ledger/crypto/sign.h"
#include "ledger/proto/tx.pb-c.h"

#define BENCH_KEYS 2

struct bench_sender {
    struct hash chain_id;
    const char *organisation;
    struct sign_key keys[BENCH_KEYS]; /* of who submits and of who approves */
    uint64_t valid_until_ms;
};

/* bench_sign gives the canonical transaction `name` (of the transaction table) with payload and
 * detached part (may be empty), with as many signatures as its row demands: one or two. It lives in
 * arena. ERR_MEMORY. */
enum err NODISCARD bench_sign(struct bytes *out, const struct bench_sender *sender,
                              const char *name, const ProtobufCMessage *payload,
                              struct bytes detached, struct arena *arena);

/* bench_sign_key finds whose key has this id; NULL: nobody's. */
const struct sign_key *bench_sign_key(const struct bench_sender *senders, size_t count,
                                      const struct hash *key_id);

#endif
