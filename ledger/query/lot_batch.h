/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_BATCH_H
#define LEDGER_QUERY_LOT_BATCH_H

/* Many records at once, in the order in which they are stored. Inside query/ only. */

#include "ledger/base/arena.h"
#include "ledger/governance/id.h"
#include "ledger/store/overlay.h"

/* Keys being collected. They live in scratch until it is freed. */
struct lot_batch {
    struct arena *scratch;
    struct state_key *keys;
    size_t count;
    size_t room;
};

/* lot_batch_add gives a key the next index, from 0. ERR_MEMORY. */
enum err NODISCARD lot_batch_add(struct lot_batch *batch, const struct state_key *key);
/* lot_batch_read calls found(context, index, value) for each key that has a value; as
 * overlay_read_many. */
enum err NODISCARD lot_batch_read(const struct lot_batch *batch, struct overlay *state,
                                  overlay_found found, void *context);

#endif
