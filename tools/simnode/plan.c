/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong and when: every so often one fault of those the configuration has. What damages
 * data, or puts a clock far off, happens to the unlucky machines only, of which there are with the
 * foes at most f; power failures, cuts and small jumps happen to all. */
#include "tools/simnode/run.h"

#include <string.h>

#include "ledger/store/storage_plan.h"

#define FIRST_US 400000u
#define GAP_MIN_US 150000u
#define GAP_MAX_US 900000u
#define OFF_MIN_US 50000u
#define OFF_MAX_US 1500000u
#define CUT_MIN_US 300000u
#define CUT_MAX_US 2500000u
#define TROUBLE_MIN_US 200000u
#define TROUBLE_MAX_US 2000000u
#define SECOND_US 3000000u
#define CYCLE_US 1200000u
#define CYCLES 4
#define ROT_MIN_US 300000u
#define ROT_MAX_US 1500000u
#define AWAY_MAX_US 6000000u
#define DRIFT_PPM 500
#define SLOW_MAX 100
#define SMALL_JUMP_MS 4000
#define LARGE_JUMP_MS 60000

static struct host *any_host(struct run *run)
{
    return &run->cluster->hosts[rng_below(&run->rng, run->validators)];
}

/* unlucky_host gives NULL where nobody is unlucky. */
static struct host *unlucky_host(struct run *run)
{
    for (int i = 0; i < 40; i++) {
        struct host *host = any_host(run);
        if (run->witnesses[host->index].unlucky) {
            return host;
        }
    }
    return NULL;
}

static uint64_t between(struct run *run, uint64_t low, uint64_t high)
{
    return rng_between(&run->rng, low, high);
}

/* --- network
 * ------------------------------------------------------------------------------------- */

static void heal(void *context, uint64_t number)
{
    struct run *run = context;
    (void)number;
    memset(run->cluster->cut, 0, sizeof run->cluster->cut);
}

static void halves(struct run *run)
{
    const uint64_t side = rng_next(&run->rng);
    for (uint16_t a = 0; a < run->cluster->count; a++) {
        for (uint16_t b = 0; b < run->cluster->count; b++) {
            run->cluster->cut[a][b] = ((side >> a) & 1) != ((side >> b) & 1);
        }
    }
    run->result.counters.halves++;
    cluster_at(run->cluster, between(run, CUT_MIN_US, CUT_MAX_US), heal, run, 0);
}

/* one_way: others do not hear it, or it does not hear others. */
static void one_way(struct run *run)
{
    const uint16_t victim = any_host(run)->index;
    const bool deaf = rng_percent(&run->rng, 50);
    for (uint16_t i = 0; i < run->cluster->count; i++) {
        run->cluster->cut[deaf ? i : victim][deaf ? victim : i] = true;
    }
    run->result.counters.one_way++;
    cluster_at(run->cluster, between(run, CUT_MIN_US, CUT_MAX_US), heal, run, 0);
}

static void toggle(void *context, uint64_t number)
{
    struct run *run = context;
    if (!run->good) {
        bool *cut = &run->cluster->cut[number >> 8][number & 0xff];
        *cut = !*cut;
    }
}

/* swizzle: links are cut one after the other and come back in another order. */
static void swizzle(struct run *run)
{
    for (uint16_t a = 0; a < run->validators; a++) {
        for (uint16_t b = 0; b < run->validators; b++) {
            const uint64_t number = (uint64_t)a << 8 | b;
            if (a != b && rng_percent(&run->rng, 50)) {
                const uint64_t from = between(run, 0, CUT_MAX_US / 2);
                cluster_at(run->cluster, from, toggle, run, number);
                cluster_at(run->cluster, from + between(run, 1, CUT_MAX_US / 2), toggle, run,
                           number);
            }
        }
    }
    run->result.counters.swizzles++;
}

static void partition(struct run *run)
{
    const uint64_t how = rng_below(&run->rng, 3);
    if (how == 0) {
        halves(run);
    } else if (how == 1) {
        one_way(run);
    } else {
        swizzle(run);
    }
}

/* --- machines
 * ------------------------------------------------------------------------------------ */

static void crash(struct run *run, bool all)
{
    if (all) {
        run->result.counters.blackouts++;
    }
    const uint16_t first = all ? 0 : any_host(run)->index;
    const uint16_t last = all ? (uint16_t)(run->validators - 1) : first;
    for (uint16_t i = first; i <= last; i++) {
        if (run->cluster->hosts[i].node != NULL) {
            run->result.counters.crashes++;
            machine_crash(run, &run->cluster->hosts[i], between(run, OFF_MIN_US, OFF_MAX_US));
        }
    }
}

static void jump(struct run *run)
{
    struct host *far = unlucky_host(run);
    struct host *host = far != NULL && rng_percent(&run->rng, 50) ? far : any_host(run);
    const bool large = run->witnesses[host->index].unlucky;
    const int64_t most = large ? LARGE_JUMP_MS : SMALL_JUMP_MS;
    host->offset_ms = (int64_t)between(run, 0, (uint64_t)(2 * most)) - most;
    story_say(run->cluster, host, "its clock is %lld ms off", (long long)host->offset_ms);
    run->result.counters.clock_jumps++;
}

static void recovered(void *context, uint64_t number)
{
    struct run *run = context;
    struct host *host = &run->cluster->hosts[number];
    char what[KV_DAMAGE_TEXT];
    host->slow = 1;
    host->disk.full = false;
    /* Where the database is damaged the node waits for its repair. */
    if (host->node != NULL && node_failed(host->node, NULL) && !kv_damage(host->kv, what)) {
        machine_crash(run, host, OFF_MIN_US);
    }
}

static void trouble(struct run *run, struct host *host, enum simnode_fault fault)
{
    struct simnode_counters *counters = &run->result.counters;
    if (fault == SIMNODE_FULL) {
        host->disk.full = true;
        counters->full++;
    } else if (fault == SIMNODE_SYNC) {
        host->disk.fail_at_sync = host->disk.syncs + between(run, 1, 6);
        counters->failed_syncs++;
    } else {
        host->slow = (uint32_t)between(run, 2, SLOW_MAX);
        counters->slow++;
    }
    cluster_at(run->cluster, between(run, TROUBLE_MIN_US, TROUBLE_MAX_US), recovered, run,
               host->index);
}

/* die: in the middle of work, or of the next start. */
static void die(struct run *run, struct host *host)
{
    const bool starting = rng_percent(&run->rng, 30);
    if (starting) {
        machine_crash(run, host, between(run, OFF_MIN_US, OFF_MAX_US));
    }
    host->disk.die_at = host->disk.operations + between(run, 1, starting ? 6 : 40);
    host->disk.die_how = (enum vdisk_moment)rng_below(&run->rng, VDISK_MOMENTS);
}

static void lie_found(void *context, uint64_t number)
{
    struct run *run = context;
    struct host *host = &run->cluster->hosts[number];
    if (host->node != NULL) {
        machine_crash(run, host, between(run, OFF_MIN_US, OFF_MAX_US));
    }
}

/* lie: one write, and a power failure some time later. */
static void lie(struct run *run, struct host *host)
{
    struct simnode_counters *counters = &run->result.counters;
    static const enum vdisk_lie lies[] = {VDISK_LOST, VDISK_MISDIRECTED, VDISK_ASTRAY};
    const uint64_t how = rng_below(&run->rng, 7);
    if (how == 0) {
        host->kv_lies = true;
        counters->lost_batches++;
        run->witnesses[host->index].durable_height = 0;
    } else {
        host->disk.lie = lies[(how - 1) / 2];
        host->disk.lie_dir = (how & 1) != 0 ? ENV_DIR_LOG : ENV_DIR_KEY;
        counters->lost_writes += host->disk.lie == VDISK_LOST;
        counters->misdirected += host->disk.lie == VDISK_MISDIRECTED;
    }
    cluster_at(run->cluster, between(run, 1000, TROUBLE_MAX_US), lie_found, run, host->index);
}

/* --- one after the other
 * ------------------------------------------------------------------------- */

static void happen(struct run *run, enum simnode_fault fault)
{
    struct host *unlucky = unlucky_host(run);
    struct host *host = any_host(run);
    switch (fault) {
    case SIMNODE_CRASH:
        crash(run, rng_percent(&run->rng, 12));
        break;
    case SIMNODE_BLACKOUT:
        crash(run, true);
        break;
    case SIMNODE_PARTITION:
        partition(run);
        break;
    case SIMNODE_CLOCK:
        jump(run);
        break;
    case SIMNODE_SLOW:
        trouble(run, host, fault);
        break;
    case SIMNODE_DIE:
        if (host->node != NULL && host->disk.die_at == 0) {
            die(run, host);
        }
        break;
    case SIMNODE_FULL:
    case SIMNODE_SYNC:
        if (host->node != NULL && !node_failed(host->node, NULL)) {
            trouble(run, host, fault);
        }
        break;
    case SIMNODE_LIE:
        if (unlucky != NULL && unlucky->node != NULL) {
            lie(run, unlucky);
        }
        break;
    case SIMNODE_FLIP:
    case SIMNODE_OLD:
    case SIMNODE_LOST_LOG:
    case SIMNODE_LOST_DATABASE:
    case SIMNODE_MOVE:
        if (unlucky != NULL && unlucky->node != NULL) {
            machine_damage(run, unlucky, fault);
        }
        break;
    case SIMNODE_SECOND:
    case SIMNODE_CYCLE:
    case SIMNODE_KILL:
    case SIMNODE_ROT:
    case SIMNODE_ROT_ALL:
    case SIMNODE_ROT_INDEX:
    case SIMNODE_SHARED:
        break;
    }
}

static void next(void *context, uint64_t number)
{
    struct run *run = context;
    if (run->good) {
        return;
    }
    const uint32_t bit = 1u << rng_below(&run->rng, SIMNODE_FAULTS);
    if ((run->config->faults & bit) != 0) {
        happen(run, (enum simnode_fault)bit);
        cluster_at(run->cluster, between(run, GAP_MIN_US, GAP_MAX_US), next, run, number);
    } else {
        cluster_at(run->cluster, 0, next, run, number);
    }
}

/* again: what knows that its key votes elsewhere still knows it after a restart. */
static void again(void *context, uint64_t number)
{
    struct run *run = context;
    struct host *copy = &run->cluster->hosts[run->spare];
    struct node_status status;
    (void)number;
    if (copy->node != NULL) {
        node_status_get(copy->node, &status);
        run->witnesses[run->spare].muted = status.muted;
        machine_crash(run, copy, OFF_MIN_US);
    }
}

static void second(void *context, uint64_t number)
{
    struct run *run = context;
    struct host *host = &run->cluster->hosts[number];
    if (host->node != NULL) {
        machine_second(run, host);
    }
}

/* kill_one: the process ends between two events, whatever jobs were under way; what it wrote stays,
 * until the power fails. */
static void kill_one(void *context, uint64_t number)
{
    struct run *run = context;
    if (run->good) {
        return;
    }
    struct host *host = any_host(run);
    if (host->node != NULL && !host->disk.dead) {
        host->disk.dead = true;
        host->disk.die_how = VDISK_KILLED;
        run->result.counters.killed_anywhere++;
        machine_died(run, host);
    }
    cluster_at(run->cluster, between(run, GAP_MIN_US, GAP_MAX_US), kill_one, run, number);
}

static uint32_t any_family(struct run *run)
{
    if ((run->config->faults & SIMNODE_ROT_INDEX) != 0) {
        static const uint32_t indexes[] = {CHAIN_INDEX_TX, CHAIN_INDEX_BLOCK, CHAIN_INDEX_ACCOUNT};
        return indexes[rng_below(&run->rng, 3)];
    }
    return (uint32_t)rng_below(&run->rng, storage_chain_plan()->count);
}

/* rot_off: while the machine is off, several records and perhaps the log. */
static void rot_off(struct run *run, struct host *host)
{
    machine_crash(run, host, between(run, OFF_MIN_US, OFF_MAX_US));
    if ((run->config->faults & SIMNODE_FLIP) != 0 && rng_percent(&run->rng, 60)) {
        run->result.counters.flips += vdisk_flip(&host->disk, ENV_DIR_LOG);
    }
    const bool meta = (run->config->faults & SIMNODE_ROT_INDEX) == 0 && rng_percent(&run->rng, 70);
    keeper_rot(run, host, meta ? CHAIN_META : any_family(run));
    keeper_rot(run, host, any_family(run));
}

/* rot_on: while it runs, and at times another one is missing that a repair would need. */
static void rot_on(struct run *run, struct host *host)
{
    struct host *other = any_host(run);
    keeper_rot(run, host, any_family(run));
    if (other != host && other->node != NULL && rng_percent(&run->rng, 40)) {
        run->result.counters.crashes++;
        machine_crash(run, other, between(run, OFF_MAX_US, AWAY_MAX_US));
    }
}

static void rot(void *context, uint64_t number)
{
    struct run *run = context;
    const bool all = (run->config->faults & SIMNODE_ROT_ALL) != 0;
    struct host *host = all ? any_host(run) : unlucky_host(run);
    if (run->good) {
        return;
    }
    if (host != NULL && host->node != NULL && !host->disk.dead) {
        if (rng_percent(&run->rng, 30)) {
            rot_off(run, host);
        } else {
            rot_on(run, host);
        }
    }
    cluster_at(run->cluster, between(run, ROT_MIN_US, ROT_MAX_US), rot, run, number);
}

/* cycle: each start begins a segment of the log, so after four of them a checkpoint is due. */
static void cycle(void *context, uint64_t number)
{
    struct run *run = context;
    struct host *host = &run->cluster->hosts[0];
    if (host->node != NULL) {
        machine_crash(run, host, OFF_MIN_US);
    }
    if (number > 1) {
        cluster_at(run->cluster, CYCLE_US, cycle, run, number - 1);
    }
}

void plan_start(struct run *run)
{
    for (uint16_t i = 0; i < run->validators; i++) {
        run->cluster->hosts[i].drift_ppm = (int32_t)between(run, 0, 2 * DRIFT_PPM) - DRIFT_PPM;
    }
    if ((run->config->faults & SIMNODE_ROT) != 0) {
        cluster_at(run->cluster, FIRST_US, rot, run, 0);
        keeper_start(run);
    }
    if ((run->config->faults & SIMNODE_SECOND) != 0) {
        cluster_at(run->cluster, SECOND_US, second, run, any_host(run)->index);
        cluster_at(run->cluster, 2 * SECOND_US, again, run, 0);
    } else if ((run->config->faults & SIMNODE_CYCLE) != 0) {
        cluster_at(run->cluster, CYCLE_US, cycle, run, CYCLES);
    } else if ((run->config->faults & SIMNODE_KILL) != 0) {
        cluster_at(run->cluster, FIRST_US, kill_one, run, 0);
    } else if ((run->config->faults & ((1u << SIMNODE_FAULTS) - 1)) != 0) {
        cluster_at(run->cluster, FIRST_US, next, run, 0);
    }
}

void plan_heal(struct run *run)
{
    struct cluster *cluster = run->cluster;
    memset(cluster->cut, 0, sizeof cluster->cut);
    cluster->net.loss = cluster->net.loss > 1 ? 1 : cluster->net.loss;
    cluster->net.duplicate = 0;
    cluster->net.overtake = 0;
    for (uint16_t i = 0; i < run->validators; i++) {
        struct host *host = &cluster->hosts[i];
        host->disk.die_at = 0;
        host->disk.fail_at_sync = 0;
        host->disk.lie = VDISK_HONEST;
        host->kv_lies = false;
        recovered(run, i);
        if (host->node == NULL) {
            machine_start(run, host);
        }
    }
    story_say(cluster, NULL, "the network is good");
}
