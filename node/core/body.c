/* SPDX-License-Identifier: Apache-2.0 */
/* Does a body belong to a header? Checked before a body is believed to be that block's, so that a
 * peer who sends rubbish is convicted and the block is not (decision D25). */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

enum err body_check(const struct hash *chain_id, const struct header *header, struct bytes body)
{
    if (body.size != header->body_size || header->tx_count > LIMIT_BLOCK_TX) {
        return ERR_LENGTH;
    }
    struct hash root;
    const enum err err = exec_tx_root(&root, chain_id, body, header->tx_count, NULL);
    if (err != OK) {
        return err;
    }
    const bool same =
        hash_equal(&root, &header->tx_root) || NODE_MUTANT(NODE_MUTANT_BODY_UNCHECKED);
    return same ? OK : ERR_CONFLICT;
}
