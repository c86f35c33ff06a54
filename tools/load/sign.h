/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOAD_SIGN_H
#define TOOLS_LOAD_SIGN_H

/* Transactions of the benchmarks and of the simulator, signed by one or two persons of an
 * organisation. */

#include "ledger/base/arena.h"
#include "ledger/crypto/sign.h"
#include "ledger/proto/tx.pb-c.h"

#define LOAD_KEYS 2

struct load_sender {
    struct hash chain_id;
    const char *organisation;
    struct sign_key keys[LOAD_KEYS]; /* of who submits and of who approves */
    uint64_t valid_until_ms;
};

/* load_sign gives the canonical transaction `name` (of the transaction table) with payload and
 * detached part (may be empty), with as many signatures as its row demands: one or two. It lives in
 * arena. ERR_MEMORY. */
enum err NODISCARD load_sign(struct bytes *out, const struct load_sender *sender, const char *name,
                             const ProtobufCMessage *payload, struct bytes detached,
                             struct arena *arena);

/* load_sign_key finds whose key has this id; NULL: nobody's. */
const struct sign_key *load_sign_key(const struct load_sender *senders, size_t count,
                                     const struct hash *key_id);

#endif
