/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_chain.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/chain/encode.h"
#include "ledger/exec/exec.h"
#include "ledger/exec/found.h"
#include "tools/bench.h"

#define KEY_TABLE 0xee /* nobody's */
#define VALUE_SIZE 100
#define FILL_BLOCK 20000
#define BLOCK_ARENA ((size_t)256 << 20)

struct bench_chain {
    struct chain_db *db;
    struct chain_state *tip;
    struct header header; /* of the tip */
    struct valset valset;
    struct exec_env env;
    const struct sign_key *keys;
    size_t key_count;
};

/* A block under way; all of it in arena, but the state. */
struct made {
    struct chain_state *state;
    struct header header;
    struct bytes body;
    struct hash *tx_ids;
    size_t tx_count;
    struct arena arena;
};

bool bench_believed(void *context, const uint8_t *public_key, struct bytes message,
                    const uint8_t *signature)
{
    (void)context;
    (void)public_key;
    (void)message;
    (void)signature;
    return true;
}

struct chain_state *bench_chain_tip(const struct bench_chain *chain)
{
    return chain->tip;
}

struct chain_db *bench_chain_db(const struct bench_chain *chain)
{
    return chain->db;
}

const struct header *bench_chain_header(const struct bench_chain *chain)
{
    return &chain->header;
}

const struct hash *bench_chain_id(const struct bench_chain *chain)
{
    return &chain->env.chain_id;
}

static enum err found(struct bench_chain *chain, struct bytes genesis, struct err_detail *detail)
{
    struct exec_founding founding;
    const enum err err = exec_found(&founding, chain->db, genesis, detail);
    if (err == OK) {
        chain->env.chain_id = founding.chain_id;
        chain->valset = founding.valset;
        chain->header = founding.header;
        chain->tip = chain_db_state(chain->db);
    }
    return err;
}

enum err bench_chain_open(struct bench_chain **out, const char *path, struct bytes genesis,
                          const struct sign_key *keys, size_t count, struct err_detail *detail)
{
    const struct chain_db_options options = {.path = path};
    struct bench_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL) {
        return ERR_MEMORY;
    }
    chain->env.verifier.verify = bench_believed;
    chain->keys = keys;
    chain->key_count = count;
    enum err err = chain_db_open(&chain->db, &options, detail);
    if (err == OK) {
        err = found(chain, genesis, detail);
    }
    if (err != OK) {
        bench_chain_close(chain);
        return err;
    }
    *out = chain;
    return OK;
}

void bench_chain_close(struct bench_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    chain_state_drop(chain->tip);
    if (chain->db != NULL) {
        chain_db_close(chain->db);
    }
    free(chain);
}

/* --- blocks ---------------------------------------------------------------------------------- */

static enum err begin(struct bench_chain *chain, struct made *made)
{
    struct header *header = &made->header;
    *made = (struct made){0};
    arena_init(&made->arena, BLOCK_ARENA);
    header->suite = chain->valset.suite;
    header->version = 1;
    header->chain_id = chain->env.chain_id;
    header->epoch = chain->valset.epoch;
    header->view = chain->header.height + 1;
    header->height = chain->header.height + 1;
    header->parent_id = *chain_state_id(chain->tip);
    header->parent_view = chain->header.view;
    header->time_ms = chain->header.time_ms + 1;
    header->state_root = chain->header.state_root;
    valset_hash(&header->valset_hash, &chain->valset);
    chain_state_history_root(chain->tip, &header->history_root);
    return chain_state_next(&made->state, chain->tip);
}

static enum err execute(struct bench_chain *chain, struct made *made, const struct bytes *raws,
                        size_t count, struct bench_spent *spent, struct err_detail *detail)
{
    struct exec_builder *builder = NULL;
    struct exec_result result;
    struct bytes body;
    const struct exec_roots roots = {.context = made->state, .state_root_of = chain_state_root_of};
    enum err err = exec_build_start(&builder, &chain->env, chain_state_overlay(made->state),
                                    made->header.height, made->header.time_ms);
    const uint64_t start = bench_thread_ns();
    for (size_t i = 0; i < count && err == OK; i++) {
        if (exec_build_add(builder, raws[i], detail) != JUDGE_OK) {
            err = detail->err != OK ? detail->err : ERR_INTERNAL;
        }
    }
    const uint64_t executed = bench_thread_ns();
    if (err == OK) {
        err = exec_build_finish(builder, &roots, &result, &body);
    }
    spent->execute_ns += executed - start;
    spent->tree_ns += bench_thread_ns() - executed;
    if (err == OK) {
        made->header.tx_count = result.tx_count;
        made->header.body_size = result.body_size;
        made->header.tx_root = result.tx_root;
        made->header.receipts_root = result.receipts_root;
        made->header.state_root = result.state_root;
        err = arena_copy(&made->arena, body, &made->body) ? OK : ERR_MEMORY;
    }
    exec_build_free(builder);
    return err;
}

static enum err name_transactions(const struct bench_chain *chain, struct made *made,
                                  const struct bytes *raws, size_t count, struct err_detail *detail)
{
    made->tx_ids = arena_alloc(&made->arena, (count + 1) * sizeof *made->tx_ids);
    made->tx_count = count;
    enum err err = made->tx_ids == NULL ? ERR_MEMORY : OK;
    for (size_t i = 0; i < count && err == OK; i++) {
        struct arena arena;
        struct exec_tx tx;
        arena_init(&arena, EXEC_TX_BUDGET);
        err = exec_decode(&tx, &chain->env.chain_id, raws[i], &arena, detail);
        if (err == OK) {
            made->tx_ids[i] = tx.tx_id;
        }
        arena_free(&arena);
    }
    return err;
}

/* The finalization of a block by all validators whose keys are here; empty without keys. */
static struct bytes finalize(const struct bench_chain *chain, const struct made *made,
                             const struct hash *id, uint8_t out[CERT_SIZE_MAX])
{
    struct cert cert = {.kind = VOTE_FINALIZE,
                        .epoch = made->header.epoch,
                        .view = made->header.view,
                        .block_id = *id};
    for (size_t i = 0; i < chain->key_count; i++) {
        uint8_t message[VOTE_SIGNED_SIZE];
        const struct vote vote = {.kind = VOTE_FINALIZE,
                                  .epoch = cert.epoch,
                                  .view = cert.view,
                                  .block_id = *id,
                                  .signer = (uint8_t)i};
        vote_signed_bytes(message, &chain->env.chain_id, made->header.suite, &vote);
        sign_message(cert.signatures[i], &chain->keys[i], bytes_of(message, sizeof message));
        cert.signers |= UINT64_C(1) << i;
    }
    struct writer writer = writer_of(out, CERT_SIZE_MAX);
    if (chain->key_count > 0) {
        cert_write(&writer, &cert);
    }
    return writer_bytes(&writer);
}

static enum err commit(struct bench_chain *chain, struct made *made, struct bench_spent *spent)
{
    uint8_t header[HEADER_SIZE];
    uint8_t final[CERT_SIZE_MAX];
    struct hash id;
    header_id(&id, &made->header);
    header_encode(header, &made->header);
    enum err err = chain_state_name(made->state, &id);
    if (err != OK) {
        return err;
    }
    const struct chain_block block = {.header = bytes_of(header, sizeof header),
                                      .body = made->body,
                                      .finalization = finalize(chain, made, &id, final),
                                      .state = made->state,
                                      .tx_ids = made->tx_ids,
                                      .tx_count = made->tx_count};
    const uint64_t cpu = bench_cpu_ns();
    const uint64_t wall = bench_wall_ns();
    err = chain_db_deliver(chain->db, &block, 1);
    spent->sync_wall_ns += bench_wall_ns() - wall;
    spent->commit_ns += bench_cpu_ns() - cpu;
    return err;
}

static void end(struct bench_chain *chain, struct made *made, enum err err)
{
    if (err == OK) {
        chain_state_drop(chain->tip);
        chain->tip = made->state;
        chain->header = made->header;
    } else {
        chain_state_drop(made->state);
    }
    arena_free(&made->arena);
}

enum err bench_chain_add(struct bench_chain *chain, const struct bytes *raws, size_t count,
                         struct bench_spent *spent, struct err_detail *detail)
{
    struct bench_spent nobody = {0};
    struct made made;
    spent = spent == NULL ? &nobody : spent;
    enum err err = begin(chain, &made);
    if (err == OK && count > 0) {
        err = execute(chain, &made, raws, count, spent, detail);
    }
    if (err == OK) {
        err = name_transactions(chain, &made, raws, count, detail);
    }
    if (err == OK) {
        err = commit(chain, &made, spent);
    }
    end(chain, &made, err);
    return err;
}

/* --- made-up keys ---------------------------------------------------------------------------- */

void bench_chain_key(uint8_t key[BENCH_KEY_SIZE], uint64_t number)
{
    struct hash hash;
    hash_tagged(&hash, TAG_ID, bytes_of((const uint8_t *)&number, sizeof number));
    key[0] = KEY_TABLE;
    memcpy(key + 1, hash.bytes, HASH_SIZE);
}

enum err bench_chain_write(struct chain_state *state, uint64_t first, uint64_t step, uint64_t count,
                           uint8_t version)
{
    uint8_t key[BENCH_KEY_SIZE];
    uint8_t value[VALUE_SIZE];
    enum err err = OK;
    memset(value, version, sizeof value);
    for (uint64_t i = 0; i < count && err == OK; i++) {
        bench_chain_key(key, first + i * step);
        err = overlay_put(chain_state_overlay(state), bytes_of(key, sizeof key),
                          bytes_of(value, sizeof value));
    }
    return err;
}

enum err bench_chain_fill(struct bench_chain *chain, uint64_t first, uint64_t count)
{
    struct bench_spent nobody = {0};
    enum err err = OK;
    for (uint64_t at = 0; at < count && err == OK; at += FILL_BLOCK) {
        struct made made;
        const uint64_t part = count - at < FILL_BLOCK ? count - at : FILL_BLOCK;
        err = begin(chain, &made);
        if (err == OK) {
            err = bench_chain_write(made.state, first + at, 1, part, 0);
        }
        if (err == OK) {
            err = chain_state_root_of(made.state, chain_state_overlay(made.state),
                                      &made.header.state_root);
        }
        if (err == OK) {
            err = commit(chain, &made, &nobody);
        }
        end(chain, &made, err);
    }
    return err;
}
