/* SPDX-License-Identifier: Apache-2.0 */
/* Parts come up one after another and each step says how the program ends if it fails; take_down
 * undoes whatever stands, in reverse, and is the one way out. While it runs, everything happens on
 * the loop; stopping is a state, too: the interface closes, then the node finishes its jobs, then
 * the loop ends. */
#include "node/shell/daemon.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/shell/daemon_impl.h"
#include "node/shell/interface.h"
#include "node/shell/notify.h"
#include "node/shell/set_aside.h"
#include "node/shell/startup.h"

#define TICK_MS 1000
#define STOP_PATIENCE_MS 30000

enum daemon_exit daemon_fail(struct daemon *daemon, enum daemon_exit how, const char *event,
                             enum err err, const struct err_detail *detail)
{
    static const struct err_detail none = {0};
    const struct err_detail *shown = detail == NULL ? &none : detail;
    LINE(daemon->logger, CONFIG_LOG_ERROR, "start", event, LINE_TEXT("error", err_name(err)),
         LINE_TEXT("what", shown->field), LINE_TEXT("rule", shown->rule),
         LINE_TEXT("hint", shown->hint), LINE_NUMBER("exit", how));
    return how;
}

void daemon_say(struct daemon *daemon, const char *event, const char *key, const char *value)
{
    LINE(daemon->logger, CONFIG_LOG_INFO, "node", event, LINE_TEXT(key, value));
}

/* --- peers and node ----------------------------------------------------------------------------
 */

static bool is_configured(const struct config *config, const uint8_t key[32])
{
    for (size_t i = 0; i < config->peer_count; i++) {
        if (memcmp(config->peers[i].node_key, key, 32) == 0) {
            return true;
        }
    }
    return false;
}

/* The chain says who belongs to the network (decision D14). A node that is not up with the chain
 * cannot know the newest members and may also talk to those its operator named. */
static bool peer_admits(void *context, const uint8_t key[32])
{
    const struct daemon *daemon = context;
    return node_admits(daemon->node, key) ||
           (!daemon->knows_members && is_configured(daemon->config, key));
}

static void peer_up(void *context, uint32_t peer, const uint8_t key[32])
{
    const struct daemon *daemon = context;
    node_on_peer_up(daemon->node, peer, key);
}

static void peer_down(void *context, uint32_t peer)
{
    const struct daemon *daemon = context;
    node_on_peer_down(daemon->node, peer);
}

static void peer_frame(void *context, uint32_t peer, enum env_channel channel, struct bytes frame)
{
    const struct daemon *daemon = context;
    node_on_frame(daemon->node, peer, channel, frame);
}

static bool peer_bulk_ready(void *context, uint32_t peer)
{
    const struct daemon *daemon = context;
    return node_bulk_ready(daemon->node, peer);
}

static enum daemon_exit start_peers(struct daemon *daemon)
{
    const struct config *config = daemon->config;
    const struct mesh_setup setup = {
        .loop = &daemon->loop,
        .node_key = &daemon->node_key,
        .chain_id = daemon->chain_id,
        .peers = config->peers,
        .peer_count = config->peer_count,
        .bulk_queue_max = (size_t)config->peer_queue_bytes,
        .logger = daemon->logger,
        .metrics = daemon->metrics,
        .owner = {daemon, peer_admits, peer_up, peer_down, peer_frame, peer_bulk_ready},
    };
    enum err err = mesh_new(&daemon->mesh, &setup);
    if (err == OK) {
        err = mesh_listen(daemon->mesh, config->peer_listen.host, config->peer_listen.port);
    }
    if (err != OK) {
        struct err_detail detail;
        err_set(&detail, err, "peer.listen", NULL, NULL, "the address is taken or not ours");
        return daemon_fail(daemon, DAEMON_START, "peers cannot be heard", err, &detail);
    }
    env_uv_attach(daemon->env, daemon->node, daemon->mesh);
    return DAEMON_OK;
}

/* --- running -----------------------------------------------------------------------------------
 */

static void try_to_end(struct daemon *daemon)
{
    if (node_stop(daemon->node)) {
        uv_stop(&daemon->loop);
    } else if (uv_now(&daemon->loop) - daemon->stop_ms > STOP_PATIENCE_MS) {
        LINE(daemon->logger, CONFIG_LOG_ERROR, "node", "a job does not end",
             LINE_TEXT("hint", "the disk may hang; what is synced is safe"));
        uv_stop(&daemon->loop);
    }
}

static void begin_stop(struct daemon *daemon, enum daemon_exit how, const char *why)
{
    if (daemon->stopping) {
        return;
    }
    daemon->stopping = true;
    daemon->exit = how;
    daemon->stop_ms = uv_now(&daemon->loop);
    if (how != DAEMON_AGAIN) {
        notify_manager("STOPPING=1");
    }
    daemon_say(daemon, "stopping", "why", why);
    if (daemon->glue != NULL) {
        calls_close(daemon->calls);
        api_glue_close(daemon->glue);
        api_stop(daemon->api);
        daemon->api = NULL;
    }
    try_to_end(daemon);
}

static const char *reason_text(enum node_stop_reason reason, enum daemon_exit *how)
{
    switch (reason) {
    case NODE_STOP_ASKED:
        *how = DAEMON_OK;
        return "asked";
    case NODE_STOP_STORAGE:
        *how = DAEMON_STORAGE;
        return "the disk or the database failed; nothing is guessed, the node waits for the disk";
    case NODE_STOP_GENESIS:
        *how = DAEMON_GENESIS;
        return "genesis, key and slots do not belong together";
    case NODE_STOP_DIVERGENCE:
        *how = DAEMON_DIVERGED;
        return "this node computes differently than the network; do not restart it unexamined";
    case NODE_STOP_UPGRADE:
        *how = DAEMON_DIVERGED;
        return "the network has moved to rules this program cannot execute; upgrade it";
    }
    *how = DAEMON_DIVERGED;
    return "unknown";
}

static void check_failure(struct daemon *daemon)
{
    enum node_stop_reason reason = NODE_STOP_ASKED;
    if (daemon->stopping || daemon->failure_said || !node_failed(daemon->node, &reason)) {
        return;
    }
    enum daemon_exit how = DAEMON_OK;
    const char *text = reason_text(reason, &how);
    upkeep_look(daemon->upkeep);
    daemon->failure_said = true;
    LINE(daemon->logger, CONFIG_LOG_ERROR, "node", "the node has stopped by itself",
         LINE_TEXT("why", text), LINE_NUMBER("exit", how));
    /* Readers may go on reading what was final before the new rules; the operator upgrades. With a
     * failed disk upkeep.h says when the node comes back. */
    if (reason == NODE_STOP_UPGRADE || reason == NODE_STOP_STORAGE) {
        daemon->exit = how;
        return;
    }
    begin_stop(daemon, how, text);
}

void daemon_after_event(void *context)
{
    struct daemon *daemon = context;
    if (daemon->stopping) {
        try_to_end(daemon);
        return;
    }
    mesh_resume(daemon->mesh);
    check_failure(daemon);
}

/* keep_up does what the state of the disks asks for. */
static void keep_up(struct daemon *daemon, const struct node_status *status)
{
    enum node_stop_reason reason = NODE_STOP_ASKED;
    const bool stopped = node_failed(daemon->node, &reason);
    if (stopped && reason != NODE_STOP_STORAGE) {
        upkeep_look(daemon->upkeep);
        return; /* another cause: no repair of a disk helps */
    }
    switch (upkeep_tick(daemon->upkeep, status, stopped)) {
    case UPKEEP_GO_ON:
        return;
    case UPKEEP_RESTART:
        begin_stop(daemon, DAEMON_AGAIN, "the disk takes bytes again");
        return;
    case UPKEEP_SET_ASIDE:
        daemon->set_aside = true;
        begin_stop(daemon, DAEMON_AGAIN, "the damaged database is set aside and rebuilt");
        return;
    }
}

static void publish(struct daemon *daemon)
{
    struct node_status *status = malloc(sizeof(*status));
    if (status == NULL) {
        return;
    }
    node_status_get(daemon->node, status);
    daemon->knows_members = status->self >= 0 && !status->syncing && status->peer_count > 0;
    struct metrics *metrics = daemon->metrics;
    metrics_set(metrics, "seam_consensus_view", NULL, (int64_t)status->view);
    metrics_set(metrics, "seam_consensus_epoch", NULL, (int64_t)status->epoch);
    metrics_set(metrics, "seam_ledger_height", NULL, (int64_t)status->height);
    metrics_set(metrics, "seam_ledger_time_seconds", NULL, (int64_t)(status->time_ms / 1000));
    metrics_set(metrics, "seam_mempool_transactions", NULL, status->pool_count);
    metrics_set(metrics, "seam_mempool_size_bytes", NULL, (int64_t)status->pool_bytes);
    metrics_set(metrics, "seam_door_waiting_units", NULL, status->waiting_units);
    metrics_set(metrics, "seam_door_bound_units", NULL, status->waiting_bound);
    metrics_set(metrics, "seam_node_voting", NULL, status->voting ? 1 : 0);
    metrics_set(metrics, "seam_node_up_seconds", NULL,
                (int64_t)((uv_now(&daemon->loop) - daemon->start_ms) / 1000));
    metrics_set(metrics, "seam_log_suppressed_lines_total", NULL,
                (int64_t)logger_suppressed(daemon->logger));
    check_failure(daemon);
    if (!daemon->stopping) {
        keep_up(daemon, status);
    }
    free(status);
}

static void on_tick(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    if (daemon->stopping) {
        try_to_end(daemon);
        return;
    }
    mesh_recheck(daemon->mesh);
    mesh_resume(daemon->mesh);
    notify_manager("WATCHDOG=1");
    publish(daemon);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;
    begin_stop(daemon, daemon->exit, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void start_handles(struct daemon *daemon)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&daemon->loop, &daemon->tick);
    daemon->tick.data = daemon;
    uv_timer_start(&daemon->tick, on_tick, TICK_MS, TICK_MS);
    daemon->has_handles = true;
}

static enum daemon_exit come_up(struct daemon *daemon)
{
    enum daemon_exit (*const steps[])(struct daemon *) = {
        startup_locks, startup_genesis, startup_keys, startup_env,     startup_storage,
        startup_node,  startup_upkeep,  start_peers,  interface_start,
    };
    startup_fingerprint(daemon);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const enum daemon_exit how = steps[i](daemon);
        if (how != DAEMON_OK) {
            return how;
        }
    }
    return DAEMON_OK;
}

static void serve(struct daemon *daemon)
{
    daemon->start_ms = uv_now(&daemon->loop);
    start_handles(daemon);
    node_start(daemon->node);
    mesh_start(daemon->mesh);
    char chain[2 * HASH_SIZE + 1];
    hex_encode(chain, hash_bytes(&daemon->chain_id));
    LINE(daemon->logger, CONFIG_LOG_INFO, "node", "started", LINE_TEXT("version", daemon->version),
         LINE_TEXT("chain", chain), LINE_TEXT("peer_address", daemon->config->peer_listen.host),
         LINE_NUMBER("peer_port", mesh_port(daemon->mesh)),
         LINE_NUMBER("http_port", daemon->api == NULL ? 0 : api_port(daemon->api)),
         LINE_NUMBER("keys", daemon->glue == NULL ? 0 : api_glue_key_count(daemon->glue)));
    notify_manager("READY=1");
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
}

/* --- coming down -------------------------------------------------------------------------------
 */

static void close_loop(struct daemon *daemon)
{
    if (daemon->has_handles) {
        uv_close((uv_handle_t *)&daemon->signals[0], NULL);
        uv_close((uv_handle_t *)&daemon->signals[1], NULL);
        uv_close((uv_handle_t *)&daemon->tick, NULL);
    }
    upkeep_close(daemon->upkeep);
    if (daemon->mesh != NULL) {
        mesh_stop(daemon->mesh);
    }
    if (daemon->node != NULL) {
        /* Had a later step of the start failed, the node was never told to stop. */
        if (node_stop(daemon->node)) {
            node_free(daemon->node);
        }
    }
    if (daemon->env != NULL) {
        env_uv_stop(daemon->env);
    }
    if (daemon->has_loop) {
        uv_run(&daemon->loop, UV_RUN_DEFAULT);
        const int rc = uv_loop_close(&daemon->loop);
        assert(rc == 0);
    }
}

/* With all closed and the locks still held; log and slots stay where they are. */
static enum daemon_exit set_aside(struct daemon *daemon, enum err log)
{
    char name[SET_ASIDE_NAME_MAX] = "";
    const enum err err = set_aside_chain(daemon->config->data_dir, log, name);
    if (err == ERR_CORRUPT) {
        LINE(daemon->logger, CONFIG_LOG_ERROR, "storage",
             "neither the database nor the consensus log can be trusted",
             LINE_TEXT("log", err_name(log)),
             LINE_TEXT("hint", "move data/chain away, and of data/log the segments that are named; "
                               "the node then follows until a final block passes its last vote"));
        return DAEMON_STORAGE;
    }
    if (err != OK) {
        LINE(daemon->logger, CONFIG_LOG_ERROR, "storage", "the damaged database stays",
             LINE_TEXT("error", err_name(err)),
             LINE_TEXT("hint", err == ERR_TOO_LARGE
                                   ? "as many were set aside before as are kept: find out what "
                                     "damages data on this machine, then move data/chain.damaged-* "
                                     "away"
                                   : "it could not be renamed; move data/chain away"));
        return DAEMON_STORAGE;
    }
    LINE(daemon->logger, CONFIG_LOG_WARN, "storage",
         "the damaged database is set aside, all of it comes again from log and peers",
         LINE_TEXT("directory", name));
    return DAEMON_AGAIN;
}

static enum daemon_exit take_down(struct daemon *daemon, enum daemon_exit how)
{
    enum err log = ERR_ABSENT;
    if (!daemon->stopping && daemon->calls != NULL) {
        calls_close(daemon->calls); /* the start failed behind it */
        if (daemon->glue != NULL) {
            api_glue_close(daemon->glue);
        }
    }
    close_loop(daemon);
    api_glue_free(daemon->glue);
    audit_free(daemon->audit);
    calls_free(daemon->calls);
    mesh_free(daemon->mesh);
    if (daemon->set_aside) {
        struct err_detail detail = {0};
        log = node_log_sound(env_uv_env(daemon->env), &detail);
    }
    env_uv_free(daemon->env);
    upkeep_free(daemon->upkeep);
    if (daemon->local != NULL) {
        kv_close(daemon->local);
    }
    if (daemon->chain != NULL) {
        chain_db_close(daemon->chain);
    }
    if (daemon->set_aside && how == DAEMON_AGAIN) {
        how = set_aside(daemon, log);
    }
    files_close(daemon->files);
    sign_key_wipe(&daemon->node_key);
    sign_key_wipe(&daemon->validator_key);
    arena_free(&daemon->arena);
    if (daemon->key_lock >= 0) {
        close(daemon->key_lock);
    }
    if (daemon->data_lock >= 0) {
        close(daemon->data_lock);
    }
    return how;
}

enum daemon_exit daemon_run(const struct config *config, const char *version)
{
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    if (daemon == NULL) {
        return DAEMON_START;
    }
    daemon->config = config;
    daemon->version = version;
    snprintf(daemon->software, sizeof(daemon->software), "seam %s", version);
    daemon->data_lock = -1;
    daemon->key_lock = -1;
    arena_init(&daemon->arena, 4 * GENESIS_FILE_MAX);
    daemon->logger = logger_new(STDERR_FILENO, config->log_level, config->log_format, config->name);
    daemon->metrics = metrics_new();
    enum daemon_exit how = DAEMON_START;
    if (daemon->logger != NULL && daemon->metrics != NULL) {
        how = come_up(daemon);
        if (how == DAEMON_OK) {
            serve(daemon);
            how = daemon->exit;
        }
        how = take_down(daemon, how);
        LINE(daemon->logger, CONFIG_LOG_INFO, "node", "stopped",
             LINE_NUMBER("exit", how == DAEMON_AGAIN ? DAEMON_OK : how),
             LINE_BOOL("again", how == DAEMON_AGAIN));
    }
    metrics_free(daemon->metrics);
    logger_free(daemon->logger);
    free(daemon);
    return how;
}
