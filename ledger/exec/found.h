/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_EXEC_FOUND_H
#define LEDGER_EXEC_FOUND_H

/* Block 0 of a chain: what its genesis document founds. */

#include "ledger/chain/types.h"
#include "ledger/store/chain_db.h"

struct exec_founding {
    struct hash chain_id;
    struct valset valset; /* of epoch 1 */
    struct header header; /* of block 0 */
};

/* exec_found executes a genesis document and writes block 0 into an empty database, whose head it
 * is then. Errors of genesis_decode, genesis_valset, exec_genesis and the database. */
enum err NODISCARD exec_found(struct exec_founding *out, struct chain_db *db, struct bytes genesis,
                              struct err_detail *detail);

#endif
