/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a run: all chains block by block, what was acknowledged, the invariants of the ledger.
 */
#include "tools/simnode/run.h"

#include <string.h>

#include "ledger/check/check.h"
#include "ledger/store/chain_index.h"
#include "ledger/store/chain_view.h"

#define CERT_ARENA (1024u * 1024)

bool ending_settled(const struct run *run)
{
    for (uint16_t i = 0; i < run->validators; i++) {
        const struct host *host = &run->cluster->hosts[i];
        if (!run->witnesses[i].honest || !keeper_is_sound(run, host)) {
            continue;
        }
        if (host->node == NULL || host_height(host) != run->height) {
            return false;
        }
    }
    return true;
}

/* judge_final: the certificate stored with a block names it, or stands on a block that does not
 * exist above the head. */
static void judge_final(struct run *run, struct host *host, struct chain_view *view,
                        uint64_t height, const struct hash *id)
{
    struct arena arena;
    struct bytes raw;
    struct cert cert;
    arena_init(&arena, CERT_ARENA);
    if (chain_view_certs(view, height, &arena, &raw, NULL) == OK && raw.size > 0) {
        if (cert_decode(&cert, raw) != OK || cert.kind != VOTE_FINALIZE ||
            !hash_equal(&cert.block_id, id)) {
            run_fail(run, host, "the certificate of block %llu is not its own",
                     (unsigned long long)height);
        } else {
            votes_cert(run, host, &cert);
        }
    } else if (height == run->height) {
        run_fail(run, host, "the last block has no certificate");
    }
    arena_free(&arena);
}

static void judge_chain(struct run *run, struct host *host)
{
    struct chain_view *view = NULL;
    run->witnesses[host->index].followed = 0; /* once more from the beginning */
    chain_follow(run, host);
    if (run_failed(run) || chain_view_open(&view, host->db) != OK) {
        run_fail(run, host, "its chain cannot be read");
        return;
    }
    const uint64_t head = chain_view_head(view)->height;
    for (uint64_t height = 1; height <= head && !run_failed(run); height++) {
        judge_final(run, host, view, height, &run->ids[height]);
    }
    for (uint32_t i = 0; i < RUN_ORDERS && !run_failed(run); i++) {
        const struct order *order = &run->orders[i];
        struct chain_tx_place place;
        const bool here = host->index != run->spare || order->height <= head;
        const enum err err = chain_view_tx(view, &order->tx_id, &place);
        if (order->final && here &&
            (err != OK || place.height != order->height ||
             !hash_equal(&run->ids[order->height], &order->block_id))) {
            run_fail(run, host, "an acknowledged transaction is not at height %llu",
                     (unsigned long long)order->height);
        }
        if (order->refused && err != ERR_ABSENT) {
            run_fail(run, host, "order %u was refused and is in the chain", i);
        }
    }
    chain_view_drop(view);
}

/* The chain holds every order that takes effect. */
static void judge_count(struct run *run, struct host *host)
{
    struct chain_view *view = NULL;
    uint64_t total = 0;
    if (host_height(host) != run->height || chain_view_open(&view, host->db) != OK) {
        return; /* an observer, who may be one block behind */
    }
    for (uint64_t height = 1; height <= chain_view_head(view)->height; height++) {
        struct header header;
        if (chain_view_header(view, height, &header, NULL) == OK) {
            total += header.tx_count;
        }
    }
    const uint32_t count = orders_final_count(run, view);
    chain_view_drop(view);
    if (total != count) {
        run_fail(run, host, "%llu transactions in the chain, %u take effect",
                 (unsigned long long)total, count);
    }
}

/* judge_ledger reads every record of the database: the state against the root that all agreed on
 * (I12), blocks against their certificates, whose signatures were verified before, and the
 * invariants of the ledger. */
static void judge_ledger(struct run *run, struct host *host)
{
    struct scrub_finding finding;
    struct err_detail detail = {0};
    struct chain_index_status indexes;
    chain_index_status(host->db, &indexes);
    if (indexes.making) {
        run_fail(run, host, "its indexes are not whole: %llu blocks are missing",
                 (unsigned long long)indexes.missing);
    }
    if (keeper_scrub(run, host, false, &finding) > 0) {
        run_fail(run, host, "its database: %s %s: %s", finding.family, finding.record,
                 finding.what);
        return;
    }
    struct chain_state *state = chain_db_state(host->db);
    if (check_state(chain_state_overlay(state), &detail) != OK) {
        run_fail(run, host, "ledger: %s %s", detail.rule, detail.hint);
    }
    chain_state_drop(state);
    run->result.counters.ledgers++;
}

/* judge_copy counts two machines with one key of which neither has noticed: each had cast its vote
 * before it heard the other's, which is the same to the byte, in each view so far. They do no harm
 * until they differ, and then one of them hears it. */
static void judge_copy(struct run *run)
{
    const struct host *copy = &run->cluster->hosts[run->spare];
    uint32_t voting = 0;
    if (!run->witnesses[run->spare].copy) {
        return;
    }
    for (uint16_t i = 0; i < run->cluster->count; i++) {
        const struct host *host = &run->cluster->hosts[i];
        if (host->validator == copy->validator && host->node != NULL) {
            struct node_status status;
            node_status_get(host->node, &status);
            voting += status.voting;
        }
    }
    run->result.counters.unnoticed += voting > 1;
}

void judge_end(struct run *run)
{
    judge_copy(run);
    for (uint16_t i = 0; i < run->cluster->count && !run_failed(run); i++) {
        struct host *host = &run->cluster->hosts[i];
        if (!run->witnesses[i].honest || host->node == NULL) {
            continue;
        }
        judge_chain(run, host);
        orders_judge(run, host);
        votes_log(run, host);
        if (!run_failed(run)) {
            judge_count(run, host);
            judge_ledger(run, host);
        }
    }
}
