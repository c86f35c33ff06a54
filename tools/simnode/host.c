/* SPDX-License-Identifier: Apache-2.0 */
/* One machine: the env its node sees, the jobs of its executors, switching on and off. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/store/storage_plan.h"
#include "node/core/slot.h"
#include "tools/simnode/cluster.h"

#define BOOT_MS 1000
#define TAIL_PERCENT 3
#define TAIL_MAX 30
#define CACHE_ENTRIES (1u << 12) /* of a host that shares none */
#define SEND_ROOM (8u * 1024 * 1024)

static struct host *host_of(void *context)
{
    return context;
}

/* --- clocks and timers
 * -------------------------------------------------------------------------- */

/* A drifting clock counts so many of its own microseconds. */
static uint64_t drifted(const struct host *host, uint64_t us)
{
    return us + (uint64_t)((int64_t)(us / 1000) * host->drift_ppm / 1000);
}

static uint64_t env_now(void *context)
{
    const struct host *host = host_of(context);
    return drifted(host, host->cluster->now_us) / 1000 + BOOT_MS;
}

static uint64_t env_wall(void *context)
{
    const struct host *host = host_of(context);
    return (uint64_t)((int64_t)(TOWN_TIME + env_now(context)) + host->offset_ms);
}

static void env_timer_set(void *context, uint32_t timer, uint64_t delay_ms)
{
    struct host *host = host_of(context);
    struct cluster *cluster = host->cluster;
    host->timers[timer] = ++cluster->generation;
    /* To first order: a fast clock's second is shorter. */
    const int64_t correction = (int64_t)delay_ms * host->drift_ppm / 1000;
    const int64_t delay_us = (int64_t)(delay_ms * 1000) - correction;
    cluster_push(cluster, (struct cluster_event){.at_us = cluster->now_us + (uint64_t)delay_us,
                                                 .kind = CLUSTER_TIMER,
                                                 .host = host->index,
                                                 .incarnation = host->incarnation,
                                                 .number = timer,
                                                 .session = host->timers[timer]});
}

static void env_timer_cancel(void *context, uint32_t timer)
{
    host_of(context)->timers[timer] = 0;
}

/* --- peers
 * -------------------------------------------------------------------------------------- */

static bool env_send(void *context, uint32_t peer, enum env_channel channel, struct bytes frame)
{
    struct host *host = host_of(context);
    struct cluster *cluster = host->cluster;
    const struct cluster_hooks *hooks = &cluster->hooks;
    if (peer >= cluster->count) {
        cluster->frames++;
        return true; /* played by a test */
    }
    if (hooks->send == NULL || !hooks->send(hooks->context, host, (uint16_t)peer, channel, frame)) {
        wire_send(cluster, host->index, (uint16_t)peer, channel, frame, 0);
    }
    return true;
}

static size_t env_send_room(void *context, uint32_t peer, enum env_channel channel)
{
    (void)context;
    (void)peer;
    (void)channel;
    return SEND_ROOM;
}

static void env_peer_close(void *context, uint32_t peer, uint64_t ban_ms, const char *why)
{
    struct host *host = host_of(context);
    struct cluster *cluster = host->cluster;
    cluster->closes++;
    story_say(cluster, host, "closes n%u: %s", peer, why);
    if (cluster->hooks.closed != NULL) {
        cluster->hooks.closed(cluster->hooks.context, host, (uint16_t)peer, why);
    }
    if (!cluster->lenient && peer < cluster->count) {
        wire_drop(cluster, host->index, (uint16_t)peer, ban_ms);
    }
}

/* --- jobs
 * --------------------------------------------------------------------------------------- */

static uint64_t service_us(struct host *host, enum env_executor executor)
{
    static const uint64_t base[ENV_EXECUTORS] = {
        [ENV_SIGNER] = 250, [ENV_EXECUTOR] = 800, [ENV_COMMITTER] = 1200, [ENV_VERIFY] = 150};
    const bool disk = executor == ENV_SIGNER || executor == ENV_COMMITTER;
    const uint64_t time = base[executor] + rng_below(&host->cluster->rng, base[executor] + 1);
    /* Disks have a long tail. */
    const bool late = disk && rng_percent(&host->cluster->rng, TAIL_PERCENT);
    const uint64_t tail = late ? rng_between(&host->cluster->rng, 2, TAIL_MAX) : 1;
    return disk ? time * host->slow * tail : time;
}

static void job_begin(struct host *host, enum env_executor executor, struct env_job *job)
{
    host->busy[executor] = executor != ENV_VERIFY;
    if (host->running_count == host->running_capacity) {
        host->running_capacity = host->running_capacity == 0 ? 64 : 2 * host->running_capacity;
        host->running = realloc(host->running, host->running_capacity * sizeof(struct env_job *));
        if (host->running == NULL) {
            abort();
        }
    }
    host->running[host->running_count++] = job;
    cluster_push(host->cluster,
                 (struct cluster_event){.at_us = host->cluster->now_us + service_us(host, executor),
                                        .kind = CLUSTER_RUN,
                                        .host = host->index,
                                        .incarnation = host->incarnation,
                                        .number = executor,
                                        .job = job});
}

static bool env_job_start(void *context, enum env_executor executor, struct env_job *job)
{
    struct host *host = host_of(context);
    job->next = NULL;
    if (!host->busy[executor]) {
        job_begin(host, executor, job);
        return true;
    }
    if (host->waiting_last[executor] != NULL) {
        host->waiting_last[executor]->next = job;
    } else {
        host->waiting[executor] = job;
    }
    host->waiting_last[executor] = job;
    return true;
}

static void job_run(struct host *host, struct cluster_event *event)
{
    struct cluster *cluster = host->cluster;
    const enum env_executor executor = (enum env_executor)event->number;
    event->job->run(event->job);
    cluster_push(cluster,
                 (struct cluster_event){.at_us = cluster->now_us + rng_below(&cluster->rng, 100),
                                        .kind = CLUSTER_DONE,
                                        .host = host->index,
                                        .incarnation = host->incarnation,
                                        .number = event->number,
                                        .job = event->job});
    host->busy[executor] = false;
    struct env_job *next = host->waiting[executor];
    if (next != NULL) {
        host->waiting[executor] = next->next;
        if (next->next == NULL) {
            host->waiting_last[executor] = NULL;
        }
        job_begin(host, executor, next);
    }
}

static void job_done(struct host *host, struct env_job *job)
{
    size_t at = 0;
    while (host->running[at] != job) {
        at++;
        assert(at < host->running_count);
    }
    host->running[at] = host->running[--host->running_count];
    node_on_job_done(host->node, job);
}

static void drop_jobs(struct host *host)
{
    for (size_t i = 0; i < host->running_count; i++) {
        host->running[i]->drop(host->running[i]);
    }
    host->running_count = 0;
    for (int i = 0; i < ENV_EXECUTORS; i++) {
        while (host->waiting[i] != NULL) {
            struct env_job *job = host->waiting[i];
            host->waiting[i] = job->next;
            job->drop(job);
        }
        host->waiting_last[i] = NULL;
        host->busy[i] = false;
    }
}

void host_event(struct host *host, struct cluster_event *event)
{
    switch (event->kind) {
    case CLUSTER_TIMER:
        if (host->timers[event->number] == event->session) {
            host->timers[event->number] = 0;
            node_on_timer(host->node, (uint32_t)event->number);
        }
        break;
    case CLUSTER_RUN:
        job_run(host, event);
        break;
    case CLUSTER_DONE:
        job_done(host, event->job);
        break;
    case CLUSTER_FRAME:
    case CLUSTER_CONNECT:
    case CLUSTER_DOWN:
    case CLUSTER_CALL:
        break;
    }
}

/* --- the rest of env
 * ---------------------------------------------------------------------------- */

static void env_random(void *context, void *out, size_t size)
{
    struct host *host = host_of(context);
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)rng_next(&host->cluster->rng);
    }
}

static void env_log(void *context, enum env_level level, const char *module, const char *text)
{
    struct host *host = host_of(context);
    struct cluster *cluster = host->cluster;
    cluster->errors += level == ENV_ERROR;
    story_say(cluster, host, "%s%s: %s", level == ENV_ERROR ? "ERROR " : "", module, text);
    if (cluster->hooks.logged != NULL) {
        cluster->hooks.logged(cluster->hooks.context, host, level, text);
    }
}

static void env_metric_set(void *context, const char *name, const char *label, int64_t value)
{
    (void)context;
    (void)name;
    (void)label;
    (void)value;
}

static void env_metric_add(void *context, const char *name, const char *label, int64_t value)
{
    struct host *host = host_of(context);
    const struct cluster_hooks *hooks = &host->cluster->hooks;
    (void)label;
    if (hooks->counted != NULL) {
        hooks->counted(hooks->context, host, name, value);
    }
}

static struct env env_new(struct host *host)
{
    struct env env = {.context = host,
                      .now_ms = env_now,
                      .wall_ms = env_wall,
                      .timer_set = env_timer_set,
                      .timer_cancel = env_timer_cancel,
                      .send = env_send,
                      .send_room = env_send_room,
                      .peer_close = env_peer_close,
                      .job_start = env_job_start,
                      .random = env_random,
                      .log = env_log,
                      .metric_set = env_metric_set,
                      .metric_add = env_metric_add};
    vdisk_fill(&env);
    return env;
}

/* --- on and off
 * --------------------------------------------------------------------------------- */

void host_new_slot(struct host *host)
{
    uint8_t raw[SLOT_FILE_SIZE];
    struct hash key_id;
    sign_key_id(&key_id, SUITE_ED25519_SHA256,
                bytes_of(host->key.public_key, sizeof host->key.public_key));
    slot_new(raw, &key_id);
    vdisk_put(&host->disk, ENV_DIR_KEY, SLOT_FILE, bytes_of(raw, sizeof raw));
}

static void set_database(struct host *host, struct kv *kv)
{
    assert(host->node == NULL);
    kv_close(host->kv);
    host->kv = kv;
    kv_mem_disk_set(host->kv, &host->kv_disk);
}

void host_lose_database(struct host *host)
{
    struct kv *kv;
    if (kv_open_mem(&kv, storage_chain_plan(), NULL) != OK) {
        abort();
    }
    set_database(host, kv);
}

void host_restore_database(struct host *host, const struct kv *backup)
{
    struct kv *kv;
    if (kv_mem_copy(&kv, backup) != OK) {
        abort();
    }
    set_database(host, kv);
}

static enum err open_all(struct host *host)
{
    struct cluster *cluster = host->cluster;
    const struct chain_db_options options = {.store = host->kv};
    host->refused = (struct err_detail){0};
    enum err err = chain_db_open(&host->db, &options, &host->refused);
    if (err != OK) {
        host->db = NULL;
        return err;
    }
    struct node_config config = {.env = &host->env,
                                 .chain = host->db,
                                 .genesis = cluster->town.genesis,
                                 .key = host->observer ? NULL : &host->key,
                                 .software = "seam simulated",
                                 .log_segment_size = cluster->segment_size,
                                 .sync_bytes = cluster->sync_bytes,
                                 .cache_entries = CACHE_ENTRIES,
                                 .verified = cluster->own_caches ? NULL : cluster->cache};
    memcpy(config.node_key, host->node_key, sizeof config.node_key);
    memcpy(config.fingerprint, host->fingerprint, sizeof config.fingerprint);
    return node_open(&host->node, &config, &host->refused);
}

enum err host_start(struct host *host)
{
    struct cluster *cluster = host->cluster;
    assert(host->node == NULL);
    host->env = env_new(host);
    host->incarnation++;
    memset(host->timers, 0, sizeof host->timers);
    const enum err err = open_all(host);
    if (err != OK) {
        story_say(cluster, host, "does not start: %s %s %s", err_name(err), host->refused.field,
                  host->refused.hint);
        host->node = NULL;
        chain_db_close(host->db);
        host->db = NULL;
        return err;
    }
    story_say(cluster, host, "starts");
    node_start(host->node);
    for (uint16_t i = 0; i < cluster->count; i++) {
        if (i != host->index) {
            wire_connect(cluster, host->index, i);
        }
    }
    return OK;
}

void host_crash(struct host *host)
{
    if (host->node != NULL) {
        story_say(host->cluster, host, "is off");
        drop_jobs(host);
        node_free(host->node);
        host->node = NULL;
        chain_db_close(host->db);
        host->db = NULL;
    }
    vdisk_crash(&host->disk);
    kv_mem_crash(host->kv);
    host->kv_lies = false;
    wire_gone(host);
}

void host_head(const struct host *host, struct chain_head *out)
{
    if (host->db != NULL) {
        chain_db_head(host->db, out);
        return;
    }
    struct chain_db *db = NULL;
    struct err_detail detail;
    const struct chain_db_options options = {.store = host->kv};
    *out = (struct chain_head){.empty = true};
    if (chain_db_open(&db, &options, &detail) == OK) {
        chain_db_head(db, out);
        chain_db_close(db);
    }
}

uint64_t host_height(const struct host *host)
{
    struct chain_head head;
    host_head(host, &head);
    return head.height;
}
