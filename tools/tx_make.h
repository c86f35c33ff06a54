/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_TX_MAKE_H
#define TOOLS_TX_MAKE_H

/* Making a transaction without a node: from the JSON request of an operation, or from a calculation
 * file for the operations that carry an account. Nothing is signed yet. */

#include "ledger/base/arena.h"
#include "ledger/proto/tx.pb-c.h"

struct tx_make {
    const char *operation; /* RegisterFacility, SubmitAccount, ... */
    const char *file; /* JSON */
    const char *organisation;
    uint64_t valid_until_ms;
    const char *idempotency_key; /* or NULL */
    /* Accounts only. */
    const char *set; /* file of the parameter set; NULL: the built-in one that the file names */
    uint64_t version; /* from 1 */
    const struct hash *previous; /* account hash that it follows; NULL at the first period */
    const uint8_t *salt_seed; /* 32 bytes that its owner keeps */
};

/* tx_make gives an unsigned transaction in arena. Failures are reported on stderr. */
enum err NODISCARD tx_make(Seam__Transaction **out, const struct tx_make *make,
                           struct arena *arena);

#endif
