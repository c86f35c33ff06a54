/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a transaction through one node, part by part, by the node's own functions: nothing is
 * modelled. */

#include "tools/bench_bounds.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/exec/exec.h"
#include "tools/bench.h"
#include "tools/bench_chain.h"

#define PATH_MAX_BYTES 1100
#define CPUS_MAX 64

struct run {
    const struct bench_bounds_plan *plan;
    struct bench_chain *chain;
    uint64_t verify_ns;
    uint64_t decode_ns;
    struct bench_spent spent;
    struct err_detail *detail;
};

static enum err verify_all(struct run *run, const struct exec_tx *tx, struct bytes message)
{
    const struct bench_bounds_plan *plan = run->plan;
    for (size_t i = 0; i < tx->signature_count; i++) {
        const struct sign_key *key =
            load_sign_key(plan->senders, plan->sender_count, &tx->signatures[i].key_id);
        if (key == NULL) {
            return ERR_KEY;
        }
        const uint64_t start = bench_thread_ns();
        const bool good = sign_verify(key->public_key, message, tx->signatures[i].signature);
        run->verify_ns += bench_thread_ns() - start;
        if (!good) {
            return ERR_SIGNATURE;
        }
    }
    return OK;
}

/* Decoding and signatures. */
static enum err measure_pure(struct run *run)
{
    enum err err = OK;
    for (size_t i = 0; i < run->plan->count && err == OK; i++) {
        struct arena arena;
        struct exec_tx tx;
        struct bytes message;
        arena_init(&arena, EXEC_TX_BUDGET);
        const uint64_t start = bench_thread_ns();
        err = exec_decode(&tx, bench_chain_id(run->chain), run->plan->raws[i], &arena, run->detail);
        run->decode_ns += bench_thread_ns() - start;
        if (err == OK) {
            err = exec_signed_message(&message, bench_chain_id(run->chain), tx.body_bytes, &arena);
        }
        if (err == OK) {
            err = verify_all(run, &tx, message);
        }
        arena_free(&arena);
    }
    return err;
}

static enum err add_blocks(struct run *run, const struct bytes *raws, size_t count,
                           struct bench_spent *spent)
{
    enum err err = OK;
    for (size_t at = 0; at < count && err == OK; at += run->plan->block) {
        const size_t rest = count - at;
        err =
            bench_chain_add(run->chain, raws + at,
                            rest < run->plan->block ? rest : run->plan->block, spent, run->detail);
    }
    return err;
}

static void means(struct bench_bounds *out, const struct run *run)
{
    const uint64_t count = run->plan->count;
    const uint64_t blocks = (count + run->plan->block - 1) / run->plan->block;
    const uint64_t decode = run->decode_ns / count;
    const uint64_t execute = run->spent.execute_ns / count; /* decodes again */
    *out = (struct bench_bounds){.transactions = count,
                                 .bytes = run->plan->raws[0].size,
                                 .block = run->plan->block,
                                 .verify_ns = run->verify_ns / count,
                                 .decode_ns = decode,
                                 .execute_ns = execute > decode ? execute - decode : 0,
                                 .tree_ns = run->spent.tree_ns / count,
                                 .commit_ns = run->spent.commit_ns / count,
                                 .sync_wall_ns = run->spent.sync_wall_ns / blocks};
}

/* One processor's measurement, below a directory of its own. */
static enum err measure(struct bench_bounds *out, const struct bench_bounds_plan *plan,
                        uint32_t number, struct err_detail *detail)
{
    char path[PATH_MAX_BYTES];
    struct run run = {.plan = plan, .detail = detail};
    const int size = snprintf(path, sizeof path, "%s/bounds-%" PRIu32, plan->dir, number);
    if (size < 0 || (size_t)size >= sizeof path) {
        return ERR_LENGTH;
    }
    uint64_t before = 0;
    enum err err = bench_chain_open(&run.chain, path, plan->genesis, NULL, 0, detail);
    if (err == OK) {
        err = measure_pure(&run);
    }
    if (err == OK) {
        err = add_blocks(&run, plan->setup, plan->setup_count, NULL);
    }
    if (err == OK) {
        before = bench_directory_bytes(path);
        err = add_blocks(&run, plan->raws, plan->count, &run.spent);
    }
    bench_chain_close(run.chain);
    if (err == OK) {
        const uint64_t after = bench_directory_bytes(path);
        means(out, &run);
        out->disk_bytes = after > before ? (after - before) / plan->count : 0;
    }
    bench_directory_remove(path);
    return err;
}

/* What a process of its own tells of its measurement. */
struct told {
    enum err err;
    struct bench_bounds bounds;
    struct err_detail detail;
};

struct measurer {
    pid_t process;
    int from;
};

/* measurer_start begins in a process of its own: processor time is counted by process, so that the
 * database's threads are in it, and not another measurer's. */
static enum err measurer_start(struct measurer *out, const struct bench_bounds_plan *plan,
                               uint32_t number)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return ERR_STORAGE;
    }
    const pid_t process = fork();
    if (process == 0) {
        static struct told told; /* all of it is sent, and none of it unset */
        told.err = measure(&told.bounds, plan, number, &told.detail);
        const ssize_t sent = write(ends[1], &told, sizeof told);
        _exit(sent == (ssize_t)sizeof told ? 0 : 1);
    }
    (void)close(ends[1]);
    if (process < 0) {
        (void)close(ends[0]);
        return ERR_MEMORY;
    }
    *out = (struct measurer){.process = process, .from = ends[0]};
    return OK;
}

static enum err measurer_end(struct told *told, const struct measurer *measurer)
{
    size_t got = 0;
    ssize_t more = 1;
    while (got < sizeof *told && more > 0) {
        more = read(measurer->from, (char *)told + got, sizeof *told - got);
        got += more > 0 ? (size_t)more : 0;
    }
    (void)close(measurer->from);
    (void)waitpid(measurer->process, NULL, 0);
    return got == sizeof *told ? OK : ERR_INTERNAL;
}

static void add(struct bench_bounds *sum, const struct bench_bounds *one)
{
    sum->transactions = one->transactions;
    sum->bytes = one->bytes;
    sum->block = one->block;
    sum->verify_ns += one->verify_ns;
    sum->decode_ns += one->decode_ns;
    sum->execute_ns += one->execute_ns;
    sum->tree_ns += one->tree_ns;
    sum->commit_ns += one->commit_ns;
    sum->sync_wall_ns += one->sync_wall_ns;
    sum->disk_bytes = one->disk_bytes;
}

static struct bench_bounds mean(const struct bench_bounds *sum, uint32_t count)
{
    struct bench_bounds out = *sum;
    out.verify_ns /= count;
    out.decode_ns /= count;
    out.execute_ns /= count;
    out.tree_ns /= count;
    out.commit_ns /= count;
    out.sync_wall_ns /= count;
    return out;
}

enum err bench_bounds_measure(struct bench_bounds *out, const struct bench_bounds_plan *plan,
                              uint32_t cpus, struct err_detail *detail)
{
    struct measurer measurers[CPUS_MAX];
    const uint32_t wanted = cpus < CPUS_MAX ? cpus : CPUS_MAX;
    uint32_t started = 0;
    enum err err = OK;
    while (started < wanted && err == OK) {
        err = measurer_start(&measurers[started], plan, started);
        started += err == OK;
    }
    struct bench_bounds sum = {0};
    for (uint32_t i = 0; i < started; i++) {
        struct told told;
        enum err failed = measurer_end(&told, &measurers[i]);
        if (failed == OK && told.err != OK) {
            failed = told.err;
            if (detail != NULL) {
                *detail = told.detail;
            }
        }
        if (failed == OK) {
            add(&sum, &told.bounds);
        }
        err = err == OK ? failed : err;
    }
    if (err == OK) {
        *out = mean(&sum, wanted);
    }
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
