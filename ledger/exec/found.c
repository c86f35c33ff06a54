/* SPDX-License-Identifier: Apache-2.0 */
/* The header of block 0 needs the root of the state, so the state is made first, above that of the
 * empty database. */

#include "ledger/exec/found.h"

#include "ledger/chain/encode.h"
#include "ledger/exec/exec.h"
#include "ledger/governance/genesis.h"

/* Executes the document into state; the header it gets carries the root. */
static enum err execute(struct exec_founding *out, struct chain_state *state, struct bytes genesis,
                        uint64_t time_ms, struct err_detail *detail)
{
    struct hash root;
    struct hash id;
    enum err err = exec_genesis(chain_state_overlay(state), genesis, &out->chain_id, detail);
    if (err == OK) {
        err = chain_state_root_of(state, chain_state_overlay(state), &root);
    }
    if (err == OK) {
        header_genesis(&out->header, &out->chain_id, time_ms, &root, &out->valset);
        header_id(&id, &out->header);
        err = chain_state_name(state, &id);
    }
    return err;
}

static enum err deliver(struct chain_db *db, const struct exec_founding *founding,
                        struct chain_state *state, struct bytes genesis)
{
    uint8_t header[HEADER_SIZE];
    uint8_t valset[VALSET_SIZE_MAX];
    struct writer writer = writer_of(valset, sizeof valset);
    header_encode(header, &founding->header);
    valset_write(&writer, &founding->valset);
    const struct chain_block block = {.header = bytes_of(header, sizeof header),
                                      .epoch_record = writer_bytes(&writer),
                                      .state = state};
    return chain_db_genesis(db, &block, &founding->chain_id, genesis);
}

enum err exec_found(struct exec_founding *out, struct chain_db *db, struct bytes genesis,
                    struct err_detail *detail)
{
    struct arena arena;
    struct exec_founding founding = {0};
    struct chain_state *before = chain_db_state(db);
    struct chain_state *state = NULL;
    const Seam__Genesis *decoded = NULL;
    arena_init(&arena, EXEC_TX_BUDGET);
    enum err err = genesis_decode(&decoded, genesis, &arena, detail);
    if (err == OK) {
        err = genesis_valset(&founding.valset, decoded, detail);
    }
    if (err == OK) {
        err = chain_state_next(&state, before);
    }
    if (err == OK) {
        err = execute(&founding, state, genesis, decoded->time_ms, detail);
    }
    if (err == OK) {
        err = deliver(db, &founding, state, genesis);
    }
    if (err == OK) {
        *out = founding;
    }
    chain_state_drop(state);
    chain_state_drop(before);
    arena_free(&arena);
    return err;
}
