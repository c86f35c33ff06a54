/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_INDEX_H
#define LEDGER_QUERY_LOT_INDEX_H

/* Hashes numbered in the order in which they are met. Inside query/ only. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

struct lot_index {
    struct hash *ids; /* by number */
    size_t count;
    size_t max;
    size_t room;
    uint32_t *places; /* number + 1 by hash, open addressing; a power of two of them */
    size_t place_count;
};

/* lot_index_free releases what is inside. Zero but for max is an empty index. */
void lot_index_free(struct lot_index *index);
/* lot_index_get gives the number of a hash, a new one where it was not met before: then count is
 * one more. ERR_TOO_LARGE above max, ERR_MEMORY. */
enum err NODISCARD lot_index_get(uint32_t *out, struct lot_index *index, const struct hash *id);

#endif
