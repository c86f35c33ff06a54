/* SPDX-License-Identifier: Apache-2.0 */
/* The chain database of a machine goes bad, and what then happens around its node, as
 * node/shell/upkeep.c, startup.c and daemon.c have it: a look at what reads have met, a scrub, the
 * rules of node/core/repair.h, an empty database. And what must hold whenever one is set aside. */
#include "tools/simnode/run.h"

#include <stdlib.h>

#include "ledger/check/block_check.h"
#include "ledger/store/chain_index.h"
#include "ledger/store/storage_plan.h"

#define TICK_US 1000000u
#define SCRUB_MIN_US 1500000u /* between passes; the shell's rest is 30 s and more */
#define SCRUB_MAX_US 6000000u
#define SCRUB_BYTES ((size_t)1 << 20)
#define BACK_MIN_US 20000u /* a program that starts itself anew */
#define BACK_MAX_US 300000u
#define ABSENT_MIN_US 1500000u
#define ABSENT_MAX_US 5000000u
#define BLOCK_RECORDS 8 /* at most: what one damaged block of a table holds */

/* --- damage
 * -------------------------------------------------------------------------------------- */

void keeper_rot(struct run *run, struct host *host, uint32_t family)
{
    struct witness *witness = &run->witnesses[host->index];
    const struct kv_plan *plan = storage_chain_plan();
    const uint64_t records = kv_mem_count(host->kv, family, false);
    if (records == 0) {
        return;
    }
    /* Half of the time the newest ones. */
    const uint64_t newest = records > BLOCK_RECORDS ? records - BLOCK_RECORDS : 0;
    const uint64_t first = rng_percent(&run->rng, 50) ? newest : 0;
    const uint64_t place = rng_between(&run->rng, first, records - 1);
    const size_t count = (size_t)rng_between(&run->rng, 1, BLOCK_RECORDS);
    const size_t hit = kv_mem_rot(host->kv, family, place, count);
    story_say(run->cluster, host, "%zu records of %s from %llu of %llu on go bad", hit,
              plan->families[family], (unsigned long long)place, (unsigned long long)records);
    run->result.counters.rot++;
    witness->rotten = true;
    witness->sick = true;
}

/* is_sick: there is something to be found. Indexes that are known to be damaged are not: the node
 * has yet to throw them away. */
static bool is_sick(const struct host *host)
{
    const uint32_t known = kv_spoiled(host->kv, NULL);
    uint64_t count = 0;
    for (uint32_t family = 0; family < storage_chain_plan()->count; family++) {
        count += (known >> family & 1) != 0 ? 0 : kv_mem_count(host->kv, family, true);
    }
    return count > 0;
}

bool keeper_is_sound(const struct run *run, const struct host *host)
{
    const struct witness *witness = &run->witnesses[host->index];
    return !witness->sick && witness->damaged_us == 0 && !witness->rebuilding;
}

/* --- who notices
 * --------------------------------------------------------------------------------- */

static void notice(struct run *run, struct host *host, const char *how, const char *what)
{
    struct witness *witness = &run->witnesses[host->index];
    witness->damaged_us = run->cluster->now_us;
    witness->answer = REPAIR_NOW;
    story_say(run->cluster, host, "%s meets damage: %s", how, what);
    if (!witness->rotten) {
        run_fail(run, host, "%s meets damage that nobody did: %s", how, what);
    }
}

struct pass {
    struct chain_db *db;
    uint32_t count;
    uint32_t indexes;
    struct scrub_finding first;
};

static void found(void *context, const struct scrub_finding *finding)
{
    struct pass *pass = context;
    if (chain_index_spoil(pass->db, finding->family, finding->what)) {
        pass->indexes++; /* which the node makes again itself */
    } else if (pass->count++ == 0) {
        pass->first = *finding;
    }
}

/* keeper_scrub goes through the whole database at once. */
uint32_t keeper_scrub(struct run *run, struct host *host, bool signatures,
                      struct scrub_finding *first)
{
    struct block_checker checker = {0};
    struct pass pass = {.db = host->db};
    if (signatures) {
        checker.valset = *run->valset;
    }
    if (!chain_db_chain_id(host->db, &checker.chain_id)) {
        return 0;
    }
    const struct scrub_setup setup = {.store = host->kv,
                                      .chain = true,
                                      .chain_id = &checker.chain_id,
                                      .block = block_check,
                                      .found = found,
                                      .context = &pass,
                                      .block_context = &checker};
    struct scrub *scrub = scrub_new(&setup);
    if (scrub == NULL) {
        abort();
    }
    while (scrub_step(scrub, SCRUB_BYTES)) {
    }
    scrub_free(scrub);
    *first = pass.first;
    run->result.counters.index_scrubbed += pass.indexes;
    return pass.count;
}

static void scrub(struct run *run, struct host *host)
{
    struct scrub_finding finding;
    const uint32_t count = keeper_scrub(run, host, true, &finding);
    run->result.counters.scrubs++;
    if (count > 0) {
        run->result.counters.rot_scrubbed++;
        notice(run, host, "a scrub", finding.what);
    } else if (is_sick(host)) {
        run_fail(run, host, "a scrub overlooks records that cannot be read");
    }
}

/* Damage of an index is mended by the node itself, and must have been made by us. */
static void look_at_indexes(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    struct chain_index_status status;
    chain_index_status(host->db, &status);
    if (status.renewed != witness->renewed) {
        story_say(run->cluster, host, "throws an index away: %s", status.what);
        run->result.counters.index_renewed += status.renewed - witness->renewed;
        witness->making = true;
        if (!witness->rotten) {
            run_fail(run, host, "throws away an index that nobody damaged: %s", status.what);
        }
    }
    run->result.counters.index_made += witness->making && !status.making;
    witness->making = witness->making && status.making;
    witness->renewed = status.renewed;
}

static void look(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    look_at_indexes(run, host);
    char what[KV_DAMAGE_TEXT];
    if (witness->damaged_us == 0 && kv_damage(host->kv, what)) {
        run->result.counters.rot_read++;
        notice(run, host, "a read", what);
    }
    witness->sick = witness->sick && is_sick(host);
    /* In the end the sick alone, to save time: the others have been read often. */
    if (witness->damaged_us == 0 && !node_failed(host->node, NULL) &&
        (!run->good || witness->sick) && run->cluster->now_us >= witness->scrub_us) {
        witness->scrub_us =
            run->cluster->now_us + rng_between(&run->rng, SCRUB_MIN_US, SCRUB_MAX_US);
        scrub(run, host);
    }
}

/* --- setting aside
 * ------------------------------------------------------------------------------- */

static void lose(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    host_lose_database(host);
    witness->durable_height = 0;
    witness->rotten = false;
    witness->sick = false;
    witness->rebuilding = true;
}

/* A node that sets its database aside asked repair_stopped; what that must have seen is looked at
 * here once more, from outside. */
static void set_aside(struct run *run, struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    struct err_detail detail = {0};
    if (node_log_sound(&host->env, &detail) != OK) {
        run_fail(run, host, "sets its database aside beside a damaged log: %s", detail.hint);
    }
    if ((run->config->faults & SIMNODE_ROT_INDEX) != 0) {
        run_fail(run, host, "sets its database aside for an index");
    }
    if (witness->aside >= REPAIR_ASIDE_MAX) {
        run_fail(run, host, "sets a database aside after %u others", witness->aside);
    }
    witness->aside++;
    run->result.counters.set_aside++;
    story_say(run->cluster, host, "sets its database aside");
    lose(run, host);
}

void keeper_refused(struct run *run, struct host *host)
{
    struct simnode_counters *counters = &run->result.counters;
    struct witness *witness = &run->witnesses[host->index];
    struct err_detail detail = {0};
    if (!witness->rotten) {
        run_fail(run, host, "refuses a database that nobody damaged: %s", host->refused.hint);
        return;
    }
    switch (repair_stopped(node_log_sound(&host->env, &detail), witness->aside)) {
    case REPAIR_NOW:
        set_aside(run, host);
        break;
    case REPAIR_NO_LOG: /* a person moves both away */
        counters->aside_no_log++;
        vdisk_wipe(&host->disk, ENV_DIR_LOG);
        lose(run, host);
        break;
    case REPAIR_TOO_OFTEN: /* a person mends the machine and moves the old ones away */
        counters->aside_often++;
        witness->aside = 0;
        break;
    case REPAIR_TOO_FEW:
    case REPAIR_NOT_YET:
        run_fail(run, host, "a stopped node asks for others");
        break;
    }
}

/* judge_leave: who leaves must leave enough others behind that have what it has. */
static void judge_leave(struct run *run, struct host *host, bool voting)
{
    const uint32_t needed = voting ? run->quorum : run->faulty + 1u;
    uint32_t have = 0;
    for (uint16_t i = 0; i < run->validators; i++) {
        const struct host *other = &run->cluster->hosts[i];
        have += other != host && other->node != NULL &&
                wire_link(run->cluster, host->index, i)->up &&
                host_height(other) + REPAIR_BEHIND_BLOCKS >= host_height(host);
    }
    if (have < needed) {
        run_fail(run, host, "leaves for a repair with %u others in reach and up to date, %u needed",
                 have, needed);
    }
    run->result.counters.left_voting += voting;
    run->result.counters.left_silent += !voting;
}

/* leave: the program ends and starts itself anew, nothing that was written is lost by that. */
static void leave(struct run *run, struct host *host)
{
    host->disk.dead = true;
    host->disk.die_how = VDISK_KILLED;
    host->disk.fail_at_sync = 0; /* or it would be refused and started again until it works */
    machine_crash(run, host, rng_between(&run->rng, BACK_MIN_US, BACK_MAX_US));
    keeper_refused(run, host);
}

/* absent: just before the turn of one that still votes, f others go for a while. Of them none that
 * is damaged itself: who comes back has to find its damage again, and to wait again. */
static void absent(void *context, uint64_t number)
{
    struct run *run = context;
    const struct host *host = &run->cluster->hosts[number];
    uint16_t gone = 0;
    for (uint16_t i = 0; i < run->validators && gone < run->faulty; i++) {
        struct host *other = &run->cluster->hosts[(number + 1u + i) % run->validators];
        if (host->node != NULL && other->node != NULL && keeper_is_sound(run, other)) {
            run->result.counters.crashes++;
            machine_crash(run, other, rng_between(&run->rng, ABSENT_MIN_US, ABSENT_MAX_US));
            gone++;
        }
    }
}

static void await_turn(struct run *run, const struct host *host, uint64_t known_ms, int self)
{
    const uint64_t turn_ms = REPAIR_TURN_MS * (uint64_t)(self + 1);
    run->result.counters.aside_turn++;
    if (rng_percent(&run->rng, 75)) {
        cluster_at(run->cluster, (turn_ms - known_ms) * 1000 - ABSENT_MIN_US / 2, absent, run,
                   host->index);
    }
}

static void repair(struct run *run, struct host *host)
{
    struct simnode_counters *counters = &run->result.counters;
    struct witness *witness = &run->witnesses[host->index];
    struct repair_others others = {0};
    struct node_status status;
    node_status_get(host->node, &status);
    const uint64_t known_ms = (run->cluster->now_us - witness->damaged_us) / 1000;
    const enum repair_answer answer = repair_running(&status, witness->aside, known_ms, &others);
    const bool news = witness->answer != answer;
    witness->answer = answer;
    switch (answer) {
    case REPAIR_NOW:
        judge_leave(run, host, status.voting);
        leave(run, host);
        break;
    case REPAIR_TOO_OFTEN:
        counters->aside_often++;
        witness->aside = 0;
        machine_crash(run, host, BACK_MAX_US);
        break;
    case REPAIR_TOO_FEW:
        counters->aside_few += news;
        break;
    case REPAIR_NOT_YET:
        if (news) {
            await_turn(run, host, known_ms, status.self);
        }
        break;
    case REPAIR_NO_LOG:
        run_fail(run, host, "a running node is told of its log");
        break;
    }
}

/* --- every second
 * -------------------------------------------------------------------------------- */

static void tick(void *context, uint64_t number)
{
    struct run *run = context;
    struct host *host = &run->cluster->hosts[number];
    struct witness *witness = &run->witnesses[number];
    enum node_stop_reason reason = NODE_STOP_STORAGE;
    cluster_at(run->cluster, TICK_US, tick, run, number);
    if (host->node == NULL || run_failed(run)) {
        return;
    }
    (void)node_failed(host->node, &reason);
    if (reason != NODE_STOP_STORAGE) {
        return;
    }
    look(run, host);
    if (witness->rebuilding && host_height(host) == run->height) {
        witness->rebuilding = false;
        run->result.counters.rebuilt++;
    }
    if (witness->damaged_us != 0 && !run_failed(run)) {
        repair(run, host);
    }
}

void keeper_start(struct run *run)
{
    for (uint16_t i = 0; i < run->validators; i++) {
        if (run->witnesses[i].honest) {
            run->witnesses[i].aside = (unsigned)rng_below(&run->rng, REPAIR_ASIDE_MAX);
            cluster_at(run->cluster, rng_below(&run->rng, TICK_US), tick, run, i);
        }
    }
}

void keeper_started(struct run *run, const struct host *host)
{
    struct witness *witness = &run->witnesses[host->index];
    witness->renewed = 0;
    witness->making = false;
    witness->damaged_us = 0; /* a new process knows nothing yet */
    if ((run->config->faults & SIMNODE_ROT) != 0) {
        witness->scrub_us =
            run->cluster->now_us + rng_between(&run->rng, SCRUB_MIN_US, SCRUB_MAX_US);
    }
}
