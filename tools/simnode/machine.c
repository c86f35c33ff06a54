/* SPDX-License-Identifier: Apache-2.0 */
/* Machines and their operator: power failures, what may be wrong with a disk at the next start, and
 * what an operator does when the node says it will not start. */
#include "tools/simnode/run.h"

#include <stdlib.h>
#include <string.h>

#include "node/core/slot.h"

#define OFF_MIN_US 50000u
#define OFF_MAX_US 1500000u
#define START_TRIES 4

static void start_later(void *context, uint64_t number)
{
    struct run *run = context;
    machine_start(run, &run->cluster->hosts[number]);
}

/* A damaged log is put aside (the node follows until it knows where it stood, D6). A damaged slot
 * ends the key: the machine follows as an observer until the organisation has a new one. */
static void help(struct run *run, struct host *host, enum err err)
{
    struct simnode_counters *counters = &run->result.counters;
    const bool slot = strstr(host->refused.field, "signer.state") != NULL;
    if (err != ERR_CORRUPT || host->refused.hint[0] == '\0') {
        run_fail(run, host, "does not start: %s %s %s", err_name(err), host->refused.field,
                 host->refused.hint);
        return;
    }
    if (!run->witnesses[host->index].unlucky) {
        run_fail(run, host, "finds damage that nobody did: %s %s", host->refused.field,
                 host->refused.hint);
        return;
    }
    if (slot) {
        counters->refused_slot++;
        run->witnesses[host->index].retired = true;
        host->observer = true;
    } else {
        counters->refused_log++;
        vdisk_wipe(&host->disk, ENV_DIR_LOG);
    }
}

static void read_slot(struct host *host, uint8_t out[SLOT_FILE_SIZE])
{
    const struct vdisk_content *content = vdisk_find(&host->disk, ENV_DIR_KEY, SLOT_FILE);
    memset(out, 0, SLOT_FILE_SIZE);
    if (content != NULL) {
        memcpy(out, content->synced, SLOT_FILE_SIZE);
    }
}

void machine_start(struct run *run, struct host *host)
{
    uint8_t slot[SLOT_FILE_SIZE];
    read_slot(host, slot);
    for (int i = 0; i < START_TRIES && host->node == NULL && !run_failed(run); i++) {
        votes_stand(run, host);
        const enum err err = host_start(host);
        if (err == OK) {
            uint8_t after[SLOT_FILE_SIZE];
            read_slot(host, after);
            run->result.counters.completed += memcmp(slot, after, sizeof slot) != 0;
            judge_started(run, host);
            keeper_started(run, host);
            if (host->disk.dead) {
                machine_crash(run, host, OFF_MAX_US);
            }
            return;
        }
        if (host->disk.dead) {
            run->result.counters.died_starting++;
            machine_died(run, host);
            return;
        }
        if (host->disk.full) {
            host_crash(host);
            cluster_at(run->cluster, OFF_MAX_US, start_later, run, host->index);
            return;
        }
        char what[KV_DAMAGE_TEXT];
        const bool rotten = err == ERR_CORRUPT && kv_damage(host->kv, what);
        host_crash(host); /* the process has ended */
        if (rotten) {
            run->result.counters.rot_refused++;
            keeper_refused(run, host);
        } else {
            help(run, host, err);
        }
    }
}

void machine_crash(struct run *run, struct host *host, uint64_t off_us)
{
    host_crash(host);
    client_gone(run, host);
    run->witnesses[host->index].height = 0;
    run->witnesses[host->index].damaged_us = 0;
    cluster_at(run->cluster, off_us, start_later, run, host->index);
}

void machine_died(struct run *run, struct host *host)
{
    struct simnode_counters *counters = &run->result.counters;
    const enum vdisk_moment how = host->disk.die_how;
    counters->died_before += how == VDISK_BEFORE;
    counters->died_torn += how == VDISK_TORN;
    counters->died_after += how == VDISK_AFTER;
    counters->killed += how == VDISK_KILLED;
    machine_crash(run, host, rng_between(&run->rng, OFF_MIN_US, OFF_MAX_US));
    /* What a killed process had not synced goes with the power soon after. */
    if (how == VDISK_KILLED && !run->good && rng_percent(&run->rng, 70)) {
        host->disk.die_at = host->disk.operations + rng_between(&run->rng, 4, 16);
        host->disk.die_how = VDISK_BEFORE;
    }
}

/* --- damage
 * -------------------------------------------------------------------------------------- */

static void forget_database(struct run *run, struct host *host)
{
    host_lose_database(host);
    run->witnesses[host->index].durable_height = 0;
    run->result.counters.lost_databases++;
}

/* restore puts an old copy of the log back: alone, with an empty database, or with the database as
 * it was when that copy was taken, so that the slot alone knows of what came after. */
static void restore(struct run *run, struct host *host)
{
    struct simnode_counters *counters = &run->result.counters;
    struct backup *backup = &run->backups[host->index];
    if (!backup->log.taken) {
        vdisk_copy_take(&backup->log, &host->disk, ENV_DIR_LOG);
        if (kv_mem_copy(&backup->database, host->kv) != OK) {
            abort();
        }
        return;
    }
    const uint64_t how = rng_below(&run->rng, 4);
    vdisk_copy_restore(&backup->log, &host->disk, ENV_DIR_LOG);
    if (how == 0) {
        counters->old_copies++;
    } else if (how == 1) {
        counters->old_copies++;
        forget_database(run, host);
    } else {
        counters->old_backups++;
        host_restore_database(host, backup->database);
        run->witnesses[host->index].durable_height = 0;
        run->witnesses[host->index].followed = 0;
    }
    backup->log.taken = false;
    kv_close(backup->database);
    backup->database = NULL;
}

/* flip: one bit, or so many in the slot that both of its halves are likely to be hit. */
static void flip(struct run *run, struct host *host)
{
    const bool log = rng_percent(&run->rng, 70);
    const uint64_t bits = log || rng_percent(&run->rng, 60) ? 1 : 6;
    for (uint64_t i = 0; i < bits; i++) {
        run->result.counters.flips += vdisk_flip(&host->disk, log ? ENV_DIR_LOG : ENV_DIR_KEY);
    }
}

void machine_damage(struct run *run, struct host *host, enum simnode_fault fault)
{
    struct simnode_counters *counters = &run->result.counters;
    machine_crash(run, host, rng_between(&run->rng, OFF_MIN_US, OFF_MAX_US));
    switch (fault) {
    case SIMNODE_FLIP:
        flip(run, host);
        break;
    case SIMNODE_OLD:
        restore(run, host);
        break;
    case SIMNODE_LOST_LOG:
        vdisk_wipe(&host->disk, ENV_DIR_LOG);
        counters->lost_logs++;
        break;
    case SIMNODE_LOST_DATABASE:
        forget_database(run, host);
        break;
    case SIMNODE_MOVE:
        host->fingerprint[0]++;
        counters->moves++;
        break;
    case SIMNODE_CRASH:
    case SIMNODE_PARTITION:
    case SIMNODE_CLOCK:
    case SIMNODE_DIE:
    case SIMNODE_LIE:
    case SIMNODE_FULL:
    case SIMNODE_SYNC:
    case SIMNODE_SLOW:
    case SIMNODE_SECOND:
    case SIMNODE_CYCLE:
    case SIMNODE_BLACKOUT:
    case SIMNODE_KILL:
    case SIMNODE_ROT:
    case SIMNODE_ROT_ALL:
    case SIMNODE_ROT_INDEX:
    case SIMNODE_SHARED:
        break;
    }
}

/* --- two machines, one key
 * ----------------------------------------------------------------------- */

static void copy_directory(struct host *to, struct host *from, enum env_dir dir)
{
    for (size_t i = 0; i < VDISK_FILES; i++) {
        const struct vdisk_name *name = &from->disk.names[i];
        if (name->content != NULL && name->dir == dir) {
            vdisk_put(&to->disk, dir, name->name,
                      bytes_of(name->content->synced, (size_t)name->content->size));
        }
    }
}

void machine_second(struct run *run, struct host *host)
{
    struct host *second = &run->cluster->hosts[run->spare];
    struct witness *witness = &run->witnesses[run->spare];
    if (second->node != NULL) {
        return;
    }
    vdisk_wipe(&second->disk, ENV_DIR_KEY);
    vdisk_wipe(&second->disk, ENV_DIR_LOG);
    copy_directory(second, host, ENV_DIR_KEY);
    copy_directory(second, host, ENV_DIR_LOG);
    second->observer = false;
    second->validator = host->validator;
    second->key = host->key;
    memcpy(second->node_key, host->node_key, sizeof second->node_key);
    run->signer_of[second->index] = run->signer_of[host->index];
    run->honest_signer[run->signer_of[host->index]] =
        false; /* one of the f: it may say two things */
    witness->copy = true;
    witness->honest = true;
    run->result.counters.seconds++;
    machine_start(run, second);
}
