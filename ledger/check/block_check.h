/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHECK_BLOCK_CHECK_H
#define LEDGER_CHECK_BLOCK_CHECK_H

/* Is a stored block what the network made final? Its body against the header, its certificates
 * against the block and the signatures of the validators. What a scrub (ledger/store/scrub.h) asks
 * about each block; nothing is executed again. */

#include "ledger/chain/types.h"

struct block_checker {
    struct hash chain_id;
    /* Of the epoch whose certificates are verified; of other epochs they are read and held against
     * the block. Count 0: of none. */
    struct valset valset;
};

/* block_check has the form of scrub_block_fn; context is a struct block_checker. ERR_CORRUPT with
 * *what, a constant text. */
enum err NODISCARD block_check(void *context, const struct header *header, const struct hash *id,
                               struct bytes body, struct bytes finalization,
                               struct bytes justification, const char **what);

#endif
