/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a transaction through one node, part by part, by the node's own functions: nothing is
 * modelled. Transport, HTTP and votes are left out, so the bound is above what can be reached. */

#include "tools/bench_bounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/chain/encode.h"
#include "ledger/exec/exec.h"
#include "ledger/exec/found.h"
#include "ledger/store/chain_db.h"
#include "tools/bench.h"

#define PATH_MAX_BYTES 1100
#define ARENA_BYTES ((size_t)1 << 30)

struct run {
    const struct bench_bounds_plan *plan;
    struct arena arena;
    struct bytes *raw;
    struct chain_db *db;
    struct chain_state *tip;
    struct header header; /* of the tip */
    struct valset valset;
    struct exec_env env;
    struct bench_bounds sums; /* nanoseconds of all transactions */
    struct err_detail *detail;
};

/* Signatures are measured by themselves. */
static bool believed(void *context, const uint8_t *public_key, struct bytes message,
                     const uint8_t *signature)
{
    (void)context;
    (void)public_key;
    (void)message;
    (void)signature;
    return true;
}

static enum err make_all(struct run *run)
{
    enum err err = OK;
    for (uint64_t i = 0; i < run->plan->transactions && err == OK; i++) {
        err = bench_anchor_make(&run->raw[i], run->plan->sender, i, run->plan->note, &run->arena);
    }
    return err;
}

/* --- the pure parts ----------------------------------------------------------------------------
 */

static enum err measure_pure(struct run *run)
{
    const struct bench_sender *sender = run->plan->sender;
    for (uint64_t i = 0; i < run->plan->transactions; i++) {
        struct arena arena;
        struct exec_tx tx;
        struct bytes message;
        arena_init(&arena, EXEC_TX_BUDGET);
        const uint64_t start = bench_cpu_ns();
        enum err err = exec_decode(&tx, &run->env.chain_id, run->raw[i], &arena, run->detail);
        const uint64_t decoded = bench_cpu_ns();
        if (err == OK) {
            err = exec_signed_message(&message, &run->env.chain_id, tx.body_bytes, &arena);
        }
        const uint64_t ready = bench_cpu_ns();
        if (err == OK &&
            !sign_verify(sender->key.public_key, message, tx.signatures[0].signature)) {
            err = ERR_SIGNATURE;
        }
        run->sums.decode_ns += decoded - start;
        run->sums.verify_ns += bench_cpu_ns() - ready;
        arena_free(&arena);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

/* --- blocks ------------------------------------------------------------------------------------
 */

static enum err found(struct run *run)
{
    struct exec_founding founding;
    const enum err err = exec_found(&founding, run->db, run->plan->genesis, run->detail);
    if (err == OK) {
        run->env.chain_id = founding.chain_id;
        run->valset = founding.valset;
        run->header = founding.header;
        run->tip = chain_db_state(run->db);
    }
    return err;
}

static void next_header(struct run *run, struct header *header)
{
    header->suite = run->valset.suite;
    header->version = 1;
    header->chain_id = run->env.chain_id;
    header->epoch = run->valset.epoch;
    header->view = run->header.height + 1;
    header->height = run->header.height + 1;
    header->parent_id = *chain_state_id(run->tip);
    header->parent_view = run->header.view;
    header->time_ms = run->header.time_ms + 1;
    valset_hash(&header->valset_hash, &run->valset);
    chain_state_history_root(run->tip, &header->history_root);
}

/* Executes transactions into a builder; decoding again is part of it and taken off at the end. */
static enum err fill(struct run *run, struct exec_builder *builder, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        if (exec_build_add(builder, run->raw[i], run->detail) != JUDGE_OK) {
            return run->detail->err != OK ? run->detail->err : ERR_INTERNAL;
        }
    }
    return OK;
}

struct built {
    struct chain_state *state;
    struct header header;
    struct bytes body; /* in the run's arena */
};

static enum err build(struct run *run, struct built *built, uint64_t from, uint64_t to)
{
    struct exec_builder *builder = NULL;
    struct exec_result result;
    struct bytes body;
    struct hash id;
    next_header(run, &built->header);
    enum err err = chain_state_next(&built->state, run->tip);
    if (err == OK) {
        err = exec_build_start(&builder, &run->env, chain_state_overlay(built->state),
                               built->header.height, built->header.time_ms);
    }
    const uint64_t start = bench_cpu_ns();
    if (err == OK) {
        err = fill(run, builder, from, to);
    }
    const uint64_t executed = bench_cpu_ns();
    struct exec_roots roots = {.context = built->state, .state_root_of = chain_state_root_of};
    if (err == OK) {
        err = exec_build_finish(builder, &roots, &result, &body);
    }
    run->sums.execute_ns += executed - start;
    run->sums.tree_ns += bench_cpu_ns() - executed;
    if (err == OK) {
        built->header.tx_count = result.tx_count;
        built->header.body_size = result.body_size;
        built->header.tx_root = result.tx_root;
        built->header.receipts_root = result.receipts_root;
        built->header.state_root = result.state_root;
        header_id(&id, &built->header);
        err = chain_state_name(built->state, &id);
        if (err == OK && !arena_copy(&run->arena, body, &built->body)) {
            err = ERR_MEMORY;
        }
    }
    exec_build_free(builder);
    return err;
}

static enum err commit(struct run *run, const struct built *built, uint64_t from, uint64_t to)
{
    uint8_t header[HEADER_SIZE];
    struct hash *ids = arena_alloc(&run->arena, (size_t)(to - from) * sizeof *ids);
    if (ids == NULL) {
        return ERR_MEMORY;
    }
    for (uint64_t i = from; i < to; i++) {
        struct arena arena;
        struct exec_tx tx;
        arena_init(&arena, EXEC_TX_BUDGET);
        const enum err err = exec_decode(&tx, &run->env.chain_id, run->raw[i], &arena, run->detail);
        ids[i - from] = tx.tx_id;
        arena_free(&arena);
        if (err != OK) {
            return err;
        }
    }
    header_encode(header, &built->header);
    const struct chain_block block = {.header = bytes_of(header, sizeof header),
                                      .body = built->body,
                                      .state = built->state,
                                      .tx_ids = ids,
                                      .tx_count = (size_t)(to - from)};
    const uint64_t cpu = bench_cpu_ns();
    const uint64_t wall = bench_wall_ns();
    const enum err err = chain_db_deliver(run->db, &block, 1);
    run->sums.sync_wall_ns += bench_wall_ns() - wall;
    run->sums.commit_ns += bench_cpu_ns() - cpu;
    return err;
}

static enum err measure_blocks(struct run *run)
{
    enum err err = found(run);
    for (uint64_t at = 0; at < run->plan->transactions && err == OK; at += run->plan->block) {
        struct built built = {0};
        const uint64_t rest = run->plan->transactions - at;
        const uint64_t end = at + (rest < run->plan->block ? rest : run->plan->block);
        err = build(run, &built, at, end);
        if (err == OK) {
            err = commit(run, &built, at, end);
        }
        if (err != OK) {
            chain_state_drop(built.state);
            break;
        }
        chain_state_drop(run->tip);
        run->tip = built.state;
        run->header = built.header;
    }
    return err;
}

/* --- all ---------------------------------------------------------------------------------------
 */

static void means(struct bench_bounds *out, const struct run *run)
{
    const uint64_t count = run->plan->transactions;
    const uint64_t blocks = (count + run->plan->block - 1) / run->plan->block;
    const uint64_t decode = run->sums.decode_ns / count;
    const uint64_t execute = run->sums.execute_ns / count;
    *out = (struct bench_bounds){.transactions = count,
                                 .bytes = run->raw[0].size,
                                 .block = run->plan->block,
                                 .verify_ns = run->sums.verify_ns / count,
                                 .decode_ns = decode,
                                 .execute_ns = execute > decode ? execute - decode : 0,
                                 .tree_ns = run->sums.tree_ns / count,
                                 .commit_ns = run->sums.commit_ns / count,
                                 .sync_wall_ns = run->sums.sync_wall_ns / blocks};
}

enum err bench_bounds_measure(struct bench_bounds *out, const struct bench_bounds_plan *plan,
                              struct err_detail *detail)
{
    char path[PATH_MAX_BYTES];
    struct run run = {.plan = plan, .detail = detail};
    const int size = snprintf(path, sizeof path, "%s/bounds", plan->dir);
    if (size < 0 || (size_t)size >= sizeof path) {
        return ERR_LENGTH;
    }
    const struct chain_db_options options = {.path = path};
    run.env.chain_id = plan->sender->chain_id;
    run.env.verifier.verify = believed;
    arena_init(&run.arena, ARENA_BYTES);
    run.raw = calloc(plan->transactions, sizeof *run.raw);
    enum err err = run.raw == NULL ? ERR_MEMORY : make_all(&run);
    if (err == OK) {
        err = measure_pure(&run);
    }
    if (err == OK) {
        err = chain_db_open(&run.db, &options, detail);
    }
    if (err == OK) {
        err = measure_blocks(&run);
    }
    chain_state_drop(run.tip);
    if (run.db != NULL) {
        chain_db_close(run.db);
    }
    if (err == OK) {
        means(out, &run);
        out->disk_bytes = bench_directory_bytes(path) / plan->transactions;
    }
    bench_directory_remove(path);
    free(run.raw);
    arena_free(&run.arena);
    return err;
}

uint64_t bench_bounds_node_ns(const struct bench_bounds *bounds)
{
    return bounds->verify_ns + bounds->decode_ns + bounds->execute_ns + bounds->tree_ns +
           bounds->commit_ns;
}

uint64_t bench_bounds_network(const struct bench_bounds *bounds, uint32_t nodes, uint32_t cpus)
{
    return bench_per_second(cpus, bench_bounds_node_ns(bounds) * nodes);
}
