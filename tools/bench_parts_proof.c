/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs as a node cuts them from its database and as an outsider checks them: of one key of the
 * state, and the certificate of an account. */

#include <inttypes.h>
#include <stdio.h>

#include "ledger/chain/proof.h"
#include "ledger/codec/message.h"
#include "ledger/query/certificate.h"
#include "ledger/store/proof_build.h"
#include "tools/bench.h"
#include "tools/bench_chain.h"
#include "tools/bench_parts.h"

#define PATH_BYTES 128
#define QUORUM 3
#define SCRATCH ((size_t)64 << 20)

struct proof_part {
    struct bench_parts *parts;
    struct bench_chain *chain;
    struct arena keep;
    struct query *query;
    struct bytes key;
    struct bytes value;
    struct state_proof state;
    bool lines;
    struct bytes proof; /* the certificate */
    struct err_detail detail;
};

static enum err state_build(void *context, uint64_t times, uint64_t *ns)
{
    struct proof_part *part = context;
    enum err err = OK;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times && err == OK; i++) {
        struct arena arena;
        struct bytes value;
        arena_init(&arena, PROOF_ARENA_SIZE);
        err = proof_build_state(query_view(part->query), query_height(part->query), part->key,
                                &arena, &part->state, &value);
        arena_free(&arena);
    }
    *ns = bench_thread_ns() - start;
    return err;
}

static enum err state_verify(void *context, uint64_t times, uint64_t *ns)
{
    const struct proof_part *part = context;
    const struct hash *root = &query_header(part->query)->state_root;
    uint64_t good = 0;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times; i++) {
        good += state_proof_present(root, part->key, part->value, &part->state) ? 1 : 0;
    }
    *ns = bench_thread_ns() - start;
    return good == times ? OK : ERR_INTERNAL;
}

static enum err certificate(struct proof_part *part, struct bytes *out, struct arena *arena)
{
    char facility[LOAD_FACILITY_TEXT];
    load_accounts_facility(facility, 0);
    return certificate_account(out, part->query, facility,
                               load_accounts_period(part->parts->accounts), 1, part->lines, arena,
                               &part->detail);
}

static enum err certificate_cut(void *context, uint64_t times, uint64_t *ns)
{
    struct proof_part *part = context;
    enum err err = OK;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times && err == OK; i++) {
        struct arena arena;
        struct bytes proof;
        arena_init(&arena, SCRATCH);
        err = certificate(part, &proof, &arena);
        arena_free(&arena);
    }
    *ns = bench_thread_ns() - start;
    return err;
}

static enum err certificate_verify(void *context, uint64_t times, uint64_t *ns)
{
    const struct proof_part *part = context;
    enum proof_failure failure = PROOF_OK;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times && failure == PROOF_OK; i++) {
        struct arena arena;
        struct proof_result result;
        arena_init(&arena, PROOF_ARENA_SIZE);
        failure = proof_verify(&result, part->parts->world.genesis, part->proof, &arena);
        arena_free(&arena);
    }
    *ns = bench_thread_ns() - start;
    return failure == PROOF_OK ? OK : ERR_INTERNAL;
}

/* --- the chain that is proven ---------------------------------------------------------------- */

static enum err grow(struct bench_parts *parts, struct bench_chain *chain, struct arena *arena)
{
    const struct load_sender *mine = &parts->world.mines[0];
    struct bytes facility;
    struct bytes account;
    enum err err = load_accounts_register(&facility, parts->accounts, mine, 0, arena);
    if (err == OK) {
        err = load_accounts_make(&account, parts->accounts, mine, 0, arena, &parts->detail);
    }
    if (err == OK) {
        err = bench_chain_add(chain, &facility, 1, NULL, &parts->detail);
    }
    if (err == OK) {
        err = bench_chain_add(chain, &account, 1, NULL, &parts->detail);
    }
    if (err == OK) {
        err = bench_chain_fill(chain, 0, parts->settings.keys);
    }
    return err == OK ? bench_chain_add(chain, NULL, 0, NULL, &parts->detail) : err;
}

static enum err measure_state(struct bench_parts *parts, struct proof_part *part)
{
    uint8_t key[BENCH_KEY_SIZE];
    bench_chain_key(key, parts->settings.keys / 2);
    part->key = bytes_of(key, sizeof key);
    enum err err = proof_build_state(query_view(part->query), query_height(part->query), part->key,
                                     &part->keep, &part->state, &part->value);
    if (err == OK) {
        err = bench_part_time(parts, "proof", BENCH_US, state_build, part,
                              "one key of a state of %" PRIu64 ": build", parts->settings.keys);
    }
    if (err == OK) {
        err = bench_part_time(parts, "proof", BENCH_US, state_verify, part,
                              "one key of a state of %" PRIu64 ": verify", parts->settings.keys);
    }
    if (err == OK) {
        bench_part_count(parts, "proof", "B", (uint64_t)part->state.depth * HASH_SIZE,
                         "the same: its siblings");
    }
    return err;
}

static enum err measure_certificate(struct bench_parts *parts, struct proof_part *part, bool lines)
{
    const char *name = lines ? "certificate of an account, 50 lines shown"
                             : "certificate of an account, totals only";
    part->lines = lines;
    enum err err = certificate(part, &part->proof, &part->keep);
    if (err == OK) {
        err = bench_part_time(parts, "proof", BENCH_US, certificate_cut, part, "%s: build", name);
    }
    if (err == OK) {
        err =
            bench_part_time(parts, "proof", BENCH_US, certificate_verify, part, "%s: verify", name);
    }
    if (err == OK) {
        bench_part_count(parts, "proof", "B", part->proof.size, "%s", name);
    } else {
        parts->detail = part->detail;
    }
    return err;
}

enum err bench_parts_proof(struct bench_parts *parts)
{
    char path[PATH_BYTES];
    struct sign_key keys[QUORUM];
    struct proof_part part = {.parts = parts};
    (void)snprintf(path, sizeof path, "%s/proof", parts->world.dir);
    arena_init(&part.keep, 4 * SCRATCH);
    enum err err = bench_world_validators(keys, QUORUM, &parts->world, &parts->detail);
    if (err == OK) {
        err =
            bench_chain_open(&part.chain, path, parts->world.genesis, keys, QUORUM, &parts->detail);
    }
    if (err == OK) {
        err = grow(parts, part.chain, &part.keep);
    }
    if (err == OK) {
        err = query_open(&part.query, bench_chain_db(part.chain), QUERY_NEWEST);
    }
    if (err == OK) {
        err = measure_state(parts, &part);
    }
    for (unsigned lines = 0; lines < 2 && err == OK; lines++) {
        err = measure_certificate(parts, &part, lines == 1);
    }
    query_close(part.query);
    bench_chain_close(part.chain);
    bench_directory_remove(path);
    arena_free(&part.keep);
    return err;
}
