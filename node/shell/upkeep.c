/* SPDX-License-Identifier: Apache-2.0 */
/* Slices of a scrub and the trial of a disk run on the library's pool, one at a time; what they
 * find is taken down under the lock and told by the next tick. */
#include "node/shell/upkeep.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ledger/check/block_check.h"
#include "ledger/crypto/seal.h"
#include "ledger/store/chain_index.h"
#include "ledger/store/scrub.h"
#include "ledger/store/storage_plan.h"
#include "node/core/repair.h"
#include "node/shell/keystore.h"
#include "node/shell/set_aside.h"

#define FIRST_PASS_MS 10000
/* Opening a database with a long log keeps a core busy for a tenth of a second and more: not all
 * nodes of one machine at once. */
#define FIRST_SPREAD_MS 10000
#define REST_MIN_MS 30000
#define REST_SHARE 4 /* of a pass's length */
#define SLICE_BYTES ((size_t)256 << 10)
#define SLICE_REST 50 /* the work takes a fiftieth of one core */
#define SLICE_REST_MIN_MS 20
#define SLICE_REST_MAX_MS 5000 /* what a longer slice lacks is rested behind the pass */
#define KEPT_MAX 16 /* findings that are shown, of each database */
#define TRIAL_MS 5000
#define TRIAL_SIZE ((off_t)40 << 20) /* more than a new segment of the log; said below */
#define TRIAL_NAME ".disk-trial"
#define LOG_DIR "log"
#define LOCAL_AGAIN_MS 30000 /* a node that votes starts itself anew at most so often */
#define WORDS_MAX 400

enum { CHAIN, LOCAL, DATABASES };

static const char *const names[DATABASES] = {SET_ASIDE_CHAIN, "local"};

struct kept {
    int database;
    struct scrub_finding finding;
    uint64_t wall_ms;
};

struct upkeep {
    struct upkeep_setup setup;
    struct block_checker checker;
    char paths[DATABASES][KEYSTORE_PATH_MAX];
    bool closed;
    /* The scrub. */
    uv_timer_t timer;
    uv_work_t work;
    bool working;
    struct scrub *scrub;
    int database; /* that it reads */
    bool more; /* of the slice: there is more to read */
    bool cut_short; /* the pass: memory or file handles ended */
    uint64_t slice_ms;
    uint64_t pass_ms; /* when the pass began */
    uint64_t worked_ms; /* all slices of the pass; opening a database with a long log is one */
    /* The trial of a disk that failed. */
    uv_work_t trial;
    bool trying;
    bool local_alone; /* is tried: the others take votes, and their room is theirs */
    bool takes_bytes;
    uint64_t tried_ms;
    uint64_t failed_ms; /* 0: the node has not failed */
    uint64_t start_ms;
    bool local_told; /* that the local database refuses writes */
    /* Damage. */
    bool met[DATABASES]; /* by a read of the node itself */
    uint64_t damaged_ms; /* the chain's database, on our clock */
    char aside[SET_ASIDE_NAME_MAX]; /* the newest database that was set aside */
    unsigned aside_count;
    unsigned told; /* of kept */
    unsigned renewed; /* indexes, as was said last */
    bool making; /* again what was thrown away, likewise */
    pthread_mutex_t lock; /* guards what follows */
    struct kept kept[KEPT_MAX * DATABASES];
    unsigned kept_count;
    unsigned kept_of[DATABASES];
    uint64_t found_count;
    uint64_t passes;
    uint64_t records; /* of the last pass */
    uint64_t pass_wall_ms; /* when it ended */
    char waits[WORDS_MAX]; /* why nothing is done yet, for people */
};

static uint64_t wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- findings -----------------------------------------------------------------------------------
 */

static void keep(struct upkeep *upkeep, int database, const struct scrub_finding *finding)
{
    pthread_mutex_lock(&upkeep->lock);
    upkeep->found_count++;
    /* A rotten local database must not hide that the chain's is damaged. */
    if (upkeep->kept_of[database] < KEPT_MAX) {
        upkeep->kept_of[database]++;
        upkeep->kept[upkeep->kept_count++] =
            (struct kept){.database = database, .finding = *finding, .wall_ms = wall_ms()};
    }
    if (database == CHAIN && upkeep->waits[0] == '\0') { /* until the next tick */
        (void)snprintf(upkeep->waits, sizeof upkeep->waits,
                       "What comes of it is known in a second.");
    }
    pthread_mutex_unlock(&upkeep->lock);
}

static bool is_kept(struct upkeep *upkeep, int database, const struct scrub_finding *finding)
{
    bool same = false;
    pthread_mutex_lock(&upkeep->lock);
    for (unsigned i = 0; i < upkeep->kept_count; i++) {
        const struct kept *kept = &upkeep->kept[i];
        same = same ||
               (kept->database == database && strcmp(kept->finding.family, finding->family) == 0 &&
                strcmp(kept->finding.record, finding->record) == 0 &&
                strcmp(kept->finding.what, finding->what) == 0);
    }
    pthread_mutex_unlock(&upkeep->lock);
    return same;
}

/* On the pool's thread. The same damage is found by every pass and told once; an index is made
 * again by the committer. */
static void found(void *context, const struct scrub_finding *finding)
{
    struct upkeep *upkeep = context;
    const bool index = upkeep->database == CHAIN &&
                       chain_index_spoil(upkeep->setup.chain, finding->family, finding->what);
    if (!index && !is_kept(upkeep, upkeep->database, finding)) {
        keep(upkeep, upkeep->database, finding);
    }
}

static void look_at_indexes(struct upkeep *upkeep)
{
    struct chain_index_status status;
    chain_index_status(upkeep->setup.chain, &status);
    if (status.renewed != upkeep->renewed) {
        upkeep->making = true;
        LINE(upkeep->setup.logger, CONFIG_LOG_WARN, "storage",
             "an index of the chain is damaged and is made again", LINE_TEXT("what", status.what));
    }
    if (upkeep->making && !status.making) {
        LINE(upkeep->setup.logger, CONFIG_LOG_INFO, "storage",
             "the indexes of the chain are whole again", LINE_TEXT("what", status.what));
    }
    upkeep->renewed = status.renewed;
    upkeep->making = upkeep->making && status.making;
    metrics_set(upkeep->setup.metrics, "seam_storage_index_renewals_total", NULL, status.renewed);
    metrics_set(upkeep->setup.metrics, "seam_storage_index_missing_blocks", NULL,
                (int64_t)status.missing);
}

void upkeep_look(struct upkeep *upkeep)
{
    look_at_indexes(upkeep);
    struct kv *stores[DATABASES] = {chain_db_kv(upkeep->setup.chain), upkeep->setup.local};
    for (int i = 0; i < DATABASES; i++) {
        struct scrub_finding finding = {.err = ERR_CORRUPT, .family = "files"};
        if (!upkeep->met[i] && kv_damage(stores[i], finding.what)) {
            upkeep->met[i] = true;
            (void)snprintf(finding.record, sizeof finding.record, "met while reading");
            keep(upkeep, i, &finding);
        }
    }
    pthread_mutex_lock(&upkeep->lock);
    const unsigned count = upkeep->kept_count;
    const uint64_t found_count = upkeep->found_count;
    pthread_mutex_unlock(&upkeep->lock);
    for (; upkeep->told < count; upkeep->told++) {
        const struct kept *kept = &upkeep->kept[upkeep->told];
        LINE(upkeep->setup.logger, CONFIG_LOG_ERROR, "storage", "a file of the database is damaged",
             LINE_TEXT("database", names[kept->database]),
             LINE_TEXT("family", kept->finding.family), LINE_TEXT("record", kept->finding.record),
             LINE_TEXT("what", kept->finding.what));
        metrics_set(upkeep->setup.metrics, "seam_storage_damaged", names[kept->database], 1);
        if (kept->database == CHAIN && upkeep->damaged_ms == 0) {
            upkeep->damaged_ms = uv_now(upkeep->setup.loop);
        }
    }
    metrics_set(upkeep->setup.metrics, "seam_storage_findings_total", NULL, (int64_t)found_count);
}

/* --- the scrub ----------------------------------------------------------------------------------
 */

static void on_timer(uv_timer_t *timer);

static void slice(uv_work_t *work)
{
    struct upkeep *upkeep = work->data;
    const uint64_t before = uv_hrtime();
    upkeep->more = scrub_step(upkeep->scrub, SLICE_BYTES);
    upkeep->slice_ms = (uv_hrtime() - before) / 1000000;
}

/* The databases in turn; behind the last one a rest. */
static uint64_t pass_ended(struct upkeep *upkeep)
{
    struct scrub_counts counts;
    scrub_counts(upkeep->scrub, &counts);
    scrub_free(upkeep->scrub);
    upkeep->scrub = NULL;
    upkeep->cut_short = counts.cut_short || (upkeep->cut_short && upkeep->database != CHAIN);
    pthread_mutex_lock(&upkeep->lock);
    upkeep->records = counts.records + (upkeep->database == CHAIN ? 0 : upkeep->records);
    pthread_mutex_unlock(&upkeep->lock);
    upkeep->database++;
    if (upkeep->database < DATABASES) {
        return 0;
    }
    upkeep->database = 0;
    if (!upkeep->cut_short) {
        pthread_mutex_lock(&upkeep->lock);
        upkeep->passes++;
        upkeep->pass_wall_ms = wall_ms();
        pthread_mutex_unlock(&upkeep->lock);
    }
    metrics_set(upkeep->setup.metrics, "seam_storage_scrub_passes_total", NULL,
                (int64_t)upkeep->passes);
    metrics_set(upkeep->setup.metrics, "seam_storage_scrub_records", NULL,
                (int64_t)upkeep->records);
    const uint64_t length = uv_now(upkeep->setup.loop) - upkeep->pass_ms;
    const uint64_t owed = upkeep->worked_ms * SLICE_REST;
    uint64_t rest = length * REST_SHARE;
    rest = rest + length < owed ? owed - length : rest;
    return rest < REST_MIN_MS ? REST_MIN_MS : rest;
}

static void slice_ended(uv_work_t *work, int status)
{
    struct upkeep *upkeep = work->data;
    upkeep->working = false;
    if (upkeep->closed || status != 0) {
        return;
    }
    uint64_t rest = upkeep->slice_ms * SLICE_REST;
    upkeep->worked_ms += upkeep->slice_ms;
    rest = rest < SLICE_REST_MIN_MS ? SLICE_REST_MIN_MS : rest;
    rest = rest > SLICE_REST_MAX_MS ? SLICE_REST_MAX_MS : rest;
    if (!upkeep->more) {
        rest += pass_ended(upkeep);
    }
    uv_timer_start(&upkeep->timer, on_timer, rest, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct upkeep *upkeep = timer->data;
    if (upkeep->closed || upkeep->working || upkeep->failed_ms != 0) {
        return; /* what has failed is not read: a trial follows, or a repair */
    }
    if (upkeep->scrub == NULL) {
        const struct scrub_setup setup = {.path = upkeep->paths[upkeep->database],
                                          .chain = upkeep->database == CHAIN,
                                          .chain_id = &upkeep->setup.chain_id,
                                          .block = block_check,
                                          .found = found,
                                          .context = upkeep,
                                          .block_context = &upkeep->checker};
        upkeep->scrub = scrub_new(&setup);
        if (upkeep->database == CHAIN) {
            upkeep->pass_ms = uv_now(upkeep->setup.loop);
            upkeep->worked_ms = 0;
        }
    }
    upkeep->work.data = upkeep;
    upkeep->working = upkeep->scrub != NULL &&
                      uv_queue_work(upkeep->setup.loop, &upkeep->work, slice, slice_ended) == 0;
    if (!upkeep->working) {
        uv_timer_start(&upkeep->timer, on_timer, REST_MIN_MS, 0);
    }
}

/* --- the trial of a disk ------------------------------------------------------------------------
 */

/* takes_bytes: the file system gives room for a segment of the log, and a sync goes through. */
static bool takes_bytes(const char *dir)
{
    char path[KEYSTORE_PATH_MAX];
    char byte = 1;
    if (keystore_path(path, dir, TRIAL_NAME) != OK) {
        return false;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return false;
    }
    const bool ok = posix_fallocate(fd, 0, TRIAL_SIZE) == 0 &&
                    pwrite(fd, &byte, 1, TRIAL_SIZE - 1) == 1 && fsync(fd) == 0;
    (void)close(fd);
    (void)unlink(path);
    return ok;
}

/* What a start would refuse, and end the process with it. */
static bool local_opens(const struct upkeep *upkeep)
{
    struct kv *local = NULL;
    struct err_detail detail = {0};
    if (kv_open_rocks_reading(&local, upkeep->paths[LOCAL], storage_local_plan(), NULL, &detail)) {
        return false;
    }
    kv_close(local);
    return true;
}

/* Each directory that is written: they may lie on disks of their own. */
static void try_disk(uv_work_t *work)
{
    struct upkeep *upkeep = work->data;
    char log[KEYSTORE_PATH_MAX];
    if (upkeep->local_alone) {
        upkeep->takes_bytes = takes_bytes(upkeep->paths[LOCAL]) && local_opens(upkeep);
        return;
    }
    bool good = keystore_path(log, upkeep->setup.data_dir, LOG_DIR) == OK && takes_bytes(log);
    for (int i = 0; i < DATABASES; i++) {
        good = good && takes_bytes(upkeep->paths[i]);
    }
    upkeep->takes_bytes = good && takes_bytes(upkeep->setup.key_dir);
}

static void tried(uv_work_t *work, int status)
{
    struct upkeep *upkeep = work->data;
    upkeep->trying = false;
    upkeep->takes_bytes = upkeep->takes_bytes && status == 0;
}

static enum upkeep_wish try_again(struct upkeep *upkeep, uint64_t now)
{
    if (upkeep->trying) {
        return UPKEEP_GO_ON;
    }
    if (upkeep->takes_bytes) {
        return UPKEEP_RESTART;
    }
    if (now - upkeep->tried_ms >= TRIAL_MS) {
        upkeep->tried_ms = now;
        upkeep->local_alone = upkeep->failed_ms == 0;
        upkeep->trial.data = upkeep;
        upkeep->trying = uv_queue_work(upkeep->setup.loop, &upkeep->trial, try_disk, tried) == 0;
    }
    return UPKEEP_GO_ON;
}

/* --- what to do ---------------------------------------------------------------------------------
 */

static void wait_because(struct upkeep *upkeep, const char *why)
{
    pthread_mutex_lock(&upkeep->lock);
    (void)snprintf(upkeep->waits, sizeof upkeep->waits, "%s", why);
    pthread_mutex_unlock(&upkeep->lock);
}

static enum upkeep_wish repair(struct upkeep *upkeep, const struct node_status *status,
                               uint64_t now)
{
    char why[WORDS_MAX];
    struct repair_others others = {0};
    switch (repair_running(status, upkeep->aside_count, now - upkeep->damaged_ms, &others)) {
    case REPAIR_NOW:
        return UPKEEP_SET_ASIDE;
    case REPAIR_TOO_OFTEN:
        wait_because(upkeep, "It is not rebuilt again: as many databases were set aside before as "
                             "are kept. Find out what damages data on this machine (disk, memory), "
                             "then move the directories chain.damaged-* away and restart.");
        break;
    case REPAIR_TOO_FEW:
        (void)snprintf(why, sizeof why,
                       "It is rebuilt from the peers as soon as %u other validators are in reach "
                       "and up to date; now there are %u. Nothing is to be done here but to ask "
                       "their operators.",
                       others.needed, others.have);
        wait_because(upkeep, why);
        break;
    case REPAIR_NOT_YET:
        wait_because(upkeep, "It is rebuilt from the peers within the next minutes.");
        break;
    case REPAIR_NO_LOG: /* comes from repair_stopped alone */
        break;
    }
    return UPKEEP_GO_ON;
}

/* The vote does not need the local database, so the node stays. It does not start itself anew over
 * and over for what a person must mend: not once damage is known, and after a while only, in which
 * the scrub may find some. */
static enum upkeep_wish local_failed(struct upkeep *upkeep, uint64_t now)
{
    if (!upkeep->local_told) {
        upkeep->local_told = true;
        LINE(upkeep->setup.logger, CONFIG_LOG_ERROR, "storage",
             "the local database cannot be written",
             LINE_TEXT("hint", "submissions are refused, voting goes on"));
        metrics_set(upkeep->setup.metrics, "seam_storage_waiting", NULL, 1);
    }
    wait_because(upkeep,
                 "A file of data/local could not be written or synced: what is to be kept here "
                 "(drafts, accesses, documents) is refused, voting does not need it and goes on. "
                 "The node tries the disk every few seconds and starts itself anew once it takes "
                 "bytes again. Make room (40 MiB at least) on the file system of the data "
                 "directory, or mend the disk.");
    pthread_mutex_lock(&upkeep->lock);
    const bool damaged = upkeep->kept_of[LOCAL] > 0;
    pthread_mutex_unlock(&upkeep->lock);
    return damaged || now - upkeep->start_ms < LOCAL_AGAIN_MS ? UPKEEP_GO_ON
                                                              : try_again(upkeep, now);
}

enum upkeep_wish upkeep_tick(struct upkeep *upkeep, const struct node_status *status, bool failed)
{
    const uint64_t now = uv_now(upkeep->setup.loop);
    upkeep_look(upkeep);
    if (failed && upkeep->failed_ms == 0) {
        upkeep->failed_ms = now;
        upkeep->tried_ms = now;
        metrics_set(upkeep->setup.metrics, "seam_storage_waiting", NULL, 1);
    }
    if (upkeep->damaged_ms != 0) {
        return repair(upkeep, status, now);
    }
    if (!failed) {
        return kv_failed(upkeep->setup.local) ? local_failed(upkeep, now) : UPKEEP_GO_ON;
    }
    wait_because(upkeep,
                 "A file could not be written or synced. The node tries the disk every few "
                 "seconds and comes back to where it was once it takes bytes again. Make "
                 "room (40 MiB at least) on the file systems of the data and key directory, or "
                 "mend the disk.");
    return try_again(upkeep, now);
}

/* --- in words -----------------------------------------------------------------------------------
 */

void upkeep_write(struct upkeep *upkeep, struct json_out *out)
{
    struct chain_index_status indexes;
    chain_index_status(upkeep->setup.chain, &indexes);
    json_out_field_text(out, "indexes", indexes.making ? "being made" : "whole");
    pthread_mutex_lock(&upkeep->lock);
    const bool damaged = upkeep->kept_count > 0;
    json_out_field_text(out, "storage",
                        damaged                    ? "damaged"
                        : upkeep->waits[0] != '\0' ? "cannot be written"
                        : upkeep->passes > 0       ? "sound"
                                                   : "not read through yet");
    json_out_field_uint(out, "scrub_passes", upkeep->passes);
    json_out_field_uint(out, "scrub_records", upkeep->records);
    if (upkeep->passes > 0) {
        json_out_field_time(out, "scrub_time", upkeep->pass_wall_ms);
    }
    json_out_field_array(out, "damage");
    for (unsigned i = 0; i < upkeep->kept_count; i++) {
        const struct kept *kept = &upkeep->kept[i];
        json_out_object(out);
        json_out_field_text(out, "database", names[kept->database]);
        json_out_field_text(out, "family", kept->finding.family);
        json_out_field_text(out, "record", kept->finding.record);
        json_out_field_text(out, "what", kept->finding.what);
        json_out_field_time(out, "since", kept->wall_ms);
        json_out_end(out);
    }
    json_out_end(out);
    pthread_mutex_unlock(&upkeep->lock);
}

static void date_text(char out[32], uint64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    (void)gmtime_r(&seconds, &parts);
    (void)strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &parts);
}

static void explain_damage(struct json_out *out, const struct kept *kept)
{
    char text[WORDS_MAX];
    char since[32];
    date_text(since, kept->wall_ms);
    (void)snprintf(text, sizeof text, "The %s database is damaged, found %s: %s %s. %s",
                   names[kept->database], since, kept->finding.family, kept->finding.record,
                   kept->finding.what);
    json_out_text(out, text);
}

static void explain_indexes(struct upkeep *upkeep, struct json_out *out)
{
    char text[WORDS_MAX];
    struct chain_index_status status;
    chain_index_status(upkeep->setup.chain, &status);
    if (status.renewed > 0) {
        (void)snprintf(text, sizeof text,
                       "An index of the chain was damaged (%s) and %s. Nothing else was touched.%s",
                       status.what,
                       status.making ? "is being made again from the blocks"
                                     : "was made again from the blocks",
                       status.making ? " What it has not reached yet is answered with E_BUSY."
                                     : " If this comes again, look at the disk.");
        json_out_text(out, text);
    }
}

void upkeep_explain(struct upkeep *upkeep, struct json_out *out)
{
    bool local = false;
    explain_indexes(upkeep, out);
    pthread_mutex_lock(&upkeep->lock);
    for (unsigned i = 0; i < upkeep->kept_count; i++) {
        explain_damage(out, &upkeep->kept[i]);
        local = local || upkeep->kept[i].database == LOCAL;
    }
    if (upkeep->waits[0] != '\0') {
        json_out_text(out, upkeep->waits);
    }
    if (local) {
        json_out_text(out, "The local database is this node's alone and is not rebuilt: stop the "
                           "node, keep a copy of data/local, put the newest backup of data/local "
                           "back, start. Voting does not need it and goes on.");
    }
    if (upkeep->aside[0] != '\0') {
        char text[WORDS_MAX];
        (void)snprintf(text, sizeof text,
                       "A damaged chain database was set aside as data/%s (%u there in all). "
                       "Nothing reads it: once this node has the height of the others it may go.",
                       upkeep->aside, upkeep->aside_count);
        json_out_text(out, text);
    }
    pthread_mutex_unlock(&upkeep->lock);
}

/* --- its own life -------------------------------------------------------------------------------
 */

enum err upkeep_new(struct upkeep **out, const struct upkeep_setup *setup)
{
    uint32_t spread = 0;
    struct upkeep *upkeep = calloc(1, sizeof *upkeep);
    if (upkeep == NULL || pthread_mutex_init(&upkeep->lock, NULL) != 0) {
        free(upkeep);
        return ERR_MEMORY;
    }
    upkeep->setup = *setup;
    upkeep->checker = (struct block_checker){.chain_id = setup->chain_id, .valset = *setup->valset};
    for (int i = 0; i < DATABASES; i++) {
        if (keystore_path(upkeep->paths[i], setup->data_dir, names[i]) != OK) {
            upkeep_free(upkeep);
            return ERR_MEMORY;
        }
        metrics_set(setup->metrics, "seam_storage_damaged", names[i], 0);
    }
    upkeep->aside_count = set_aside_count(setup->data_dir, upkeep->aside);
    upkeep->start_ms = uv_now(setup->loop);
    uv_timer_init(setup->loop, &upkeep->timer);
    upkeep->timer.data = upkeep;
    seal_random(&spread, sizeof spread);
    uv_timer_start(&upkeep->timer, on_timer, FIRST_PASS_MS + spread % FIRST_SPREAD_MS, 0);
    *out = upkeep;
    return OK;
}

void upkeep_close(struct upkeep *upkeep)
{
    if (upkeep != NULL && !upkeep->closed) {
        upkeep->closed = true;
        uv_close((uv_handle_t *)&upkeep->timer, NULL);
    }
}

void upkeep_free(struct upkeep *upkeep)
{
    if (upkeep != NULL) {
        scrub_free(upkeep->scrub);
        pthread_mutex_destroy(&upkeep->lock);
        free(upkeep);
    }
}
