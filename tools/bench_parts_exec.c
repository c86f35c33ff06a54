/* SPDX-License-Identifier: Apache-2.0 */
/* Each load on a state that it is good on, judged on a throw-away overlay, as the door does. */

#include <stdio.h>

#include "ledger/exec/exec.h"
#include "tools/bench.h"
#include "tools/bench_anchor.h"
#include "tools/bench_chain.h"
#include "tools/bench_parts.h"

#define PATH_BYTES 128
#define SCRATCH ((size_t)64 << 20)

struct exec_part {
    struct bench_chain *chain;
    struct bytes raw;
    struct exec_tx tx; /* decoded once, in keep */
    struct arena keep;
    struct bytes message; /* that each signature signs */
    const struct load_sender *sender;
    struct err_detail detail;
};

static enum err do_decode(void *context, uint64_t times, uint64_t *ns)
{
    struct exec_part *part = context;
    enum err err = OK;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times && err == OK; i++) {
        struct arena arena;
        struct exec_tx tx;
        arena_init(&arena, EXEC_TX_BUDGET);
        err = exec_decode(&tx, bench_chain_id(part->chain), part->raw, &arena, &part->detail);
        arena_free(&arena);
    }
    *ns = bench_thread_ns() - start;
    return err;
}

static enum err do_verify(void *context, uint64_t times, uint64_t *ns)
{
    struct exec_part *part = context;
    const struct sign_key *keys[LIMIT_TX_SIGNATURES];
    const size_t count = part->tx.signature_count;
    uint64_t good = 0;
    for (size_t k = 0; k < count; k++) {
        keys[k] = load_sign_key(part->sender, 1, &part->tx.signatures[k].key_id);
        if (keys[k] == NULL) {
            return ERR_KEY;
        }
    }
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times; i++) {
        for (size_t k = 0; k < count; k++) {
            good +=
                sign_verify(keys[k]->public_key, part->message, part->tx.signatures[k].signature)
                    ? 1
                    : 0;
        }
    }
    *ns = bench_thread_ns() - start;
    return good == times * count ? OK : ERR_SIGNATURE;
}

static bool remembered(void *context, const struct hash *question)
{
    (void)context;
    (void)question;
    return true;
}

static enum err judge_once(struct exec_part *part, bool known)
{
    const struct header *header = bench_chain_header(part->chain);
    const struct exec_env env = {.chain_id = *bench_chain_id(part->chain),
                                 .verifier.verify = bench_believed,
                                 .known.has = known ? remembered : NULL};
    struct overlay *overlay = overlay_new(chain_state_overlay(bench_chain_tip(part->chain)), NULL);
    if (overlay == NULL) {
        return ERR_MEMORY;
    }
    struct arena arena;
    arena_init(&arena, EXEC_TX_BUDGET);
    const enum judgement judgement =
        exec_judge(&env, overlay, header->height + 1, header->time_ms + 1, &part->tx, &arena, NULL,
                   &part->detail);
    arena_free(&arena);
    overlay_drop(overlay);
    return judgement == JUDGE_OK ? OK : ERR_INTERNAL;
}

static enum err judge_many(struct exec_part *part, bool known, uint64_t times, uint64_t *ns)
{
    enum err err = OK;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times && err == OK; i++) {
        err = judge_once(part, known);
    }
    *ns = bench_thread_ns() - start;
    return err;
}

static enum err do_judge(void *context, uint64_t times, uint64_t *ns)
{
    return judge_many(context, false, times, ns);
}

/* As in a block, after the door. */
static enum err do_judge_known(void *context, uint64_t times, uint64_t *ns)
{
    return judge_many(context, true, times, ns);
}

static enum err measure(struct bench_parts *parts, struct exec_part *part, const char *name)
{
    enum err err =
        exec_decode(&part->tx, bench_chain_id(part->chain), part->raw, &part->keep, &parts->detail);
    if (err == OK) {
        err = exec_signed_message(&part->message, bench_chain_id(part->chain), part->tx.body_bytes,
                                  &part->keep);
    }
    bench_part_count(parts, "execution", "B", part->raw.size, "%s", name);
    if (err == OK) {
        err = bench_part_time(parts, "execution", BENCH_US, do_decode, part, "%s: decode", name);
    }
    if (err == OK) {
        err = bench_part_time(parts, "execution", BENCH_US, do_verify, part,
                              "%s: verify its signatures (%zu)", name, part->tx.signature_count);
    }
    if (err == OK) {
        err = bench_part_time(parts, "execution", BENCH_US, do_judge, part,
                              "%s: judge and write, decoded and verified", name);
    }
    if (err == OK && part->tx.detached != NULL) {
        err = bench_part_time(parts, "execution", BENCH_US, do_judge_known, part,
                              "%s: the same, calculated before", name);
    }
    if (err != OK && part->detail.err != OK) {
        parts->detail = part->detail;
    }
    return err;
}

static enum err loads(struct bench_parts *parts, struct bench_chain *chain, struct arena *arena)
{
    static const char *const names[] = {"anchor of 300 B", "anchor of 1 KiB"};
    const struct load_sender *mine = &parts->world.mines[0];
    struct bytes facility;
    enum err err = load_accounts_register(&facility, parts->accounts, mine, 0, arena);
    if (err == OK) {
        err = bench_chain_add(chain, &facility, 1, NULL, &parts->detail);
    }
    for (size_t i = 0; i < 3 && err == OK; i++) {
        struct exec_part part = {.chain = chain, .sender = mine};
        arena_init(&part.keep, SCRATCH);
        err = i < 2
                  ? bench_anchor_make(&part.raw, mine, i, parts->notes[i], arena)
                  : load_accounts_make(&part.raw, parts->accounts, mine, 0, arena, &parts->detail);
        if (err == OK) {
            err = measure(parts, &part, i < 2 ? names[i] : "account of 50 lines");
        }
        arena_free(&part.keep);
    }
    return err;
}

enum err bench_parts_execution(struct bench_parts *parts)
{
    char path[PATH_BYTES];
    struct arena arena;
    struct bench_chain *chain = NULL;
    (void)snprintf(path, sizeof path, "%s/execution", parts->world.dir);
    arena_init(&arena, SCRATCH);
    enum err err = bench_chain_open(&chain, path, parts->world.genesis, NULL, 0, &parts->detail);
    if (err == OK) {
        err = loads(parts, chain, &arena);
    }
    bench_chain_close(chain);
    bench_directory_remove(path);
    arena_free(&arena);
    return err;
}
