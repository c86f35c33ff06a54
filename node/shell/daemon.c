/* SPDX-License-Identifier: Apache-2.0 */
/* Parts come up one after another and each step says how the program ends if it fails; take_down
 * undoes whatever stands, in reverse, and is the one way out. While it runs, everything happens on
 * the loop; stopping is a state, too: the interface closes, then the node finishes its jobs, then
 * the loop ends. */
#include "node/shell/daemon.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/access.h"
#include "api/api.h"
#include "ledger/chain/certificate.h"
#include "ledger/crypto/hash.h"
#include "ledger/store/storage_plan.h"
#include "node/shell/api_glue.h"
#include "node/shell/env_uv.h"
#include "node/shell/keystore.h"
#include "node/shell/notify.h"

#define TICK_MS 1000
#define STOP_PATIENCE_MS 30000
#define GENESIS_FILE_MAX (16 * LIMIT_GENESIS)
#define VERIFY_THREADS_MAX 64

struct daemon {
    const struct config *config;
    const char *version;
    char software[64];
    struct logger *logger;
    struct metrics *metrics;
    int data_lock;
    int key_lock;
    struct arena arena; /* genesis bytes, access file */
    struct bytes genesis;
    struct hash chain_id;
    struct sign_key node_key;
    struct sign_key validator_key;
    bool has_validator_key;
    uint8_t fingerprint[NODE_FINGERPRINT_SIZE];
    uv_loop_t loop;
    bool has_loop;
    struct files *files;
    struct env_uv *env;
    struct chain_db *chain;
    struct kv *local;
    struct node *node;
    struct mesh *mesh;
    struct calls *calls;
    struct audit *audit;
    struct api_glue *glue;
    struct api *api;
    uv_signal_t signals[2];
    uv_timer_t tick;
    bool has_handles;
    bool stopping;
    bool failure_said;
    bool damage_said[2]; /* of the chain's database, of the local one */
    bool knows_members; /* a validator, connected and not behind */
    uint64_t start_ms;
    uint64_t stop_ms;
    enum daemon_exit exit;
};

/* --- words -------------------------------------------------------------------------------------
 */

static enum daemon_exit fail(struct daemon *daemon, enum daemon_exit how, const char *event,
                             enum err err, const struct err_detail *detail)
{
    static const struct err_detail none = {0};
    const struct err_detail *shown = detail == NULL ? &none : detail;
    LINE(daemon->logger, CONFIG_LOG_ERROR, "start", event, LINE_TEXT("error", err_name(err)),
         LINE_TEXT("what", shown->field), LINE_TEXT("rule", shown->rule),
         LINE_TEXT("hint", shown->hint), LINE_NUMBER("exit", how));
    return how;
}

static void say(struct daemon *daemon, const char *event, const char *key, const char *value)
{
    LINE(daemon->logger, CONFIG_LOG_INFO, "node", event, LINE_TEXT(key, value));
}

/* --- coming up ---------------------------------------------------------------------------------
 */

/* A directory and a lock in it that ends with the process. -1 when it cannot be had. */
static int take_lock(const char *dir)
{
    char path[KEYSTORE_PATH_MAX];
    if (keystore_path(path, dir, ".lock") != OK) {
        return -1;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static enum daemon_exit start_locks(struct daemon *daemon)
{
    struct err_detail detail;
    if (mkdir(daemon->config->data_dir, 0700) != 0 && errno != EEXIST) {
        err_set(&detail, ERR_STORAGE, daemon->config->data_dir, NULL, NULL,
                "the data directory cannot be made");
        return fail(daemon, DAEMON_STORAGE, "no data directory", ERR_STORAGE, &detail);
    }
    daemon->data_lock = take_lock(daemon->config->data_dir);
    if (daemon->data_lock < 0) {
        err_set(&detail, ERR_BUSY, daemon->config->data_dir, NULL, NULL,
                "another seamd uses this data directory, or it is not ours");
        return fail(daemon, DAEMON_START, "locked", ERR_BUSY, &detail);
    }
    /* Two nodes with one key would sign twice; the slots alone cannot see the other process. */
    daemon->key_lock = take_lock(daemon->config->key_dir);
    if (daemon->key_lock < 0) {
        err_set(&detail, ERR_BUSY, daemon->config->key_dir, NULL, NULL,
                "another seamd uses these keys, or the key directory is not ours");
        return fail(daemon, DAEMON_START, "locked", ERR_BUSY, &detail);
    }
    return DAEMON_OK;
}

/* Reads a whole file into the arena. */
static enum err read_whole(struct daemon *daemon, const char *path, size_t limit, struct bytes *out)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? ERR_ABSENT : ERR_STORAGE;
    }
    struct stat status;
    enum err err = fstat(fd, &status) == 0 && status.st_size >= 0 ? OK : ERR_STORAGE;
    if (err == OK && (uint64_t)status.st_size > limit) {
        err = ERR_TOO_LARGE;
    }
    uint8_t *data = NULL;
    if (err == OK) {
        data = arena_alloc(&daemon->arena, (size_t)status.st_size + 1);
        err = data == NULL ? ERR_MEMORY : OK;
    }
    size_t got = 0;
    while (err == OK && got < (size_t)status.st_size) {
        const ssize_t n = read(fd, data + got, (size_t)status.st_size - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            err = ERR_STORAGE;
            break;
        }
        got += (size_t)n;
    }
    close(fd);
    if (err == OK) {
        *out = bytes_of(data, got);
    }
    return err;
}

static enum daemon_exit start_genesis(struct daemon *daemon)
{
    struct err_detail detail = {0};
    struct bytes text;
    enum err err = read_whole(daemon, daemon->config->genesis, GENESIS_FILE_MAX, &text);
    if (err != OK) {
        err_set(&detail, err, daemon->config->genesis, NULL, NULL, "the file cannot be read");
    } else {
        err = document_read(&daemon->genesis, &genesis_form, text, &daemon->arena, &detail);
    }
    if (err != OK) {
        return fail(daemon, DAEMON_GENESIS, "genesis refused", err, &detail);
    }
    hash_tagged(&daemon->chain_id, TAG_CHAIN, daemon->genesis);
    return DAEMON_OK;
}

static enum err load_key(struct sign_key *key, const struct daemon *daemon, enum keystore_kind kind,
                         const char *name, struct err_detail *detail)
{
    char path[KEYSTORE_PATH_MAX];
    uint8_t passphrase[KEYSTORE_PASSPHRASE_MAX];
    size_t size = 0;
    enum err err = keystore_path(path, daemon->config->key_dir, name);
    if (err == OK && daemon->config->passphrase_file[0] != '\0') {
        err = keystore_passphrase(passphrase, &size, daemon->config->passphrase_file, detail);
    }
    if (err == OK) {
        err = keystore_load_kind(key, kind, path, bytes_of(passphrase, size), detail);
    }
    seal_wipe(passphrase, sizeof(passphrase));
    return err;
}

static enum daemon_exit start_keys(struct daemon *daemon)
{
    struct err_detail detail = {0};
    enum err err = load_key(&daemon->node_key, daemon, KEYSTORE_NODE, KEYSTORE_NODE_FILE, &detail);
    if (err != OK) {
        return fail(daemon, DAEMON_GENESIS, "node key refused", err, &detail);
    }
    err = load_key(&daemon->validator_key, daemon, KEYSTORE_VALIDATOR, KEYSTORE_VALIDATOR_FILE,
                   &detail);
    if (err == ERR_ABSENT) {
        say(daemon, "no validator key here, this node observes", "key_dir",
            daemon->config->key_dir);
        return DAEMON_OK;
    }
    if (err != OK) {
        return fail(daemon, DAEMON_GENESIS, "validator key refused", err, &detail);
    }
    daemon->has_validator_key = true;
    return DAEMON_OK;
}

/* Machine and place of the data (decision D18): a copy elsewhere listens before it votes. */
static void make_fingerprint(struct daemon *daemon)
{
    struct bytes machine = bytes_of(NULL, 0);
    char place[PATH_MAX];
    struct hasher hasher;
    struct hash hash;
    if (read_whole(daemon, "/etc/machine-id", 256, &machine) != OK) {
        machine = bytes_of(NULL, 0);
    }
    if (realpath(daemon->config->data_dir, place) == NULL) {
        snprintf(place, sizeof(place), "%s", daemon->config->data_dir);
    }
    hash_begin_raw(&hasher);
    hash_add_u64(&hasher, machine.size);
    hash_add(&hasher, machine);
    hash_add(&hasher, bytes_text(place));
    hash_end(&hasher, &hash);
    memcpy(daemon->fingerprint, hash.bytes, sizeof(daemon->fingerprint));
}

static void after_event(void *context);

static uint32_t verify_threads(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores <= 2) {
        return 1;
    }
    return cores - 1 > VERIFY_THREADS_MAX ? VERIFY_THREADS_MAX : (uint32_t)(cores - 1);
}

static enum daemon_exit start_env(struct daemon *daemon)
{
    char path[KEYSTORE_PATH_MAX];
    enum err err = keystore_path(path, daemon->config->data_dir, "log");
    if (err == OK) {
        err = files_open(&daemon->files, path, daemon->config->key_dir);
    }
    if (err != OK) {
        return fail(daemon, DAEMON_STORAGE, "log or key directory refused", err, NULL);
    }
    if (uv_loop_init(&daemon->loop) != 0) {
        return fail(daemon, DAEMON_START, "no event loop", ERR_INTERNAL, NULL);
    }
    daemon->has_loop = true;
    const struct env_uv_setup setup = {
        .loop = &daemon->loop,
        .files = daemon->files,
        .logger = daemon->logger,
        .metrics = daemon->metrics,
        .verify_threads = verify_threads(),
        .after = after_event,
        .context = daemon,
    };
    err = env_uv_new(&daemon->env, &setup);
    if (err != OK) {
        return fail(daemon, DAEMON_START, "no threads", err, NULL);
    }
    if (!env_uv_realtime(daemon->env)) {
        LINE(daemon->logger, CONFIG_LOG_INFO, "start", "signer without a real-time place",
             LINE_TEXT("hint", "grant CAP_SYS_NICE or LimitRTPRIO=1 for steady latency"));
    }
    return DAEMON_OK;
}

/* Mode 0 first; what it refuses may be cut off only if the consensus log is whole, because then
 * what is cut comes back from it and from the peers (decision D23). */
static enum err open_chain(struct daemon *daemon, const char *path, struct err_detail *detail)
{
    struct chain_db_options options = {.path = path, .chain_id = &daemon->chain_id};
    const enum err err = chain_db_open(&daemon->chain, &options, detail);
    if (err != ERR_CORRUPT) {
        return err;
    }
    struct err_detail log_detail = {0};
    const enum err sound = node_log_sound(env_uv_env(daemon->env), &log_detail);
    if (sound != OK) {
        LINE(daemon->logger, CONFIG_LOG_ERROR, "start",
             "neither the database nor the consensus log can be trusted",
             LINE_TEXT("database", path), LINE_TEXT("log", err_name(sound)),
             LINE_TEXT("what", log_detail.hint));
        return err;
    }
    options.repair = true;
    LINE(daemon->logger, CONFIG_LOG_WARN, "start", "database reopened in repair mode",
         LINE_TEXT("database", path), LINE_TEXT("why", detail->hint));
    metrics_add(daemon->metrics, "seam_storage_repaired_starts_total", NULL, 1);
    return chain_db_open(&daemon->chain, &options, detail);
}

static enum daemon_exit start_storage(struct daemon *daemon)
{
    struct err_detail detail = {0};
    char path[KEYSTORE_PATH_MAX];
    enum err err = keystore_path(path, daemon->config->data_dir, "chain");
    if (err == OK) {
        err = open_chain(daemon, path, &detail);
    }
    if (err != OK) {
        return fail(daemon, err == ERR_CHAIN ? DAEMON_GENESIS : DAEMON_STORAGE,
                    "chain database refused", err, &detail);
    }
    err = keystore_path(path, daemon->config->data_dir, "local");
    if (err == OK) {
        err = kv_open_rocks(&daemon->local, path, storage_local_plan(), NULL, false, &detail);
    }
    if (err != OK) {
        return fail(daemon, DAEMON_STORAGE, "local database refused", err, &detail);
    }
    return DAEMON_OK;
}

static enum daemon_exit start_node(struct daemon *daemon)
{
    struct err_detail detail = {0};
    struct node_config config = {
        .env = env_uv_env(daemon->env),
        .chain = daemon->chain,
        .genesis = daemon->genesis,
        .key = daemon->has_validator_key ? &daemon->validator_key : NULL,
        .software = daemon->software,
        .pool_bytes_max = daemon->config->mempool_bytes,
        .pool_count_max = (uint32_t)daemon->config->mempool_count,
    };
    memcpy(config.node_key, daemon->node_key.public_key, sizeof(config.node_key));
    memcpy(config.fingerprint, daemon->fingerprint, sizeof(config.fingerprint));
    const enum err err = node_open(&daemon->node, &config, &detail);
    sign_key_wipe(&daemon->validator_key); /* the signer has it now, nobody else */
    char damage[KV_DAMAGE_TEXT];
    if (err == ERR_CORRUPT && kv_damage(chain_db_kv(daemon->chain), damage)) {
        err_set(&detail, err, "chain", NULL, NULL, damage);
    }
    if (err != OK) {
        /* Slots lost or damaged are no matter of the disk any more: nothing on it brings them back.
         */
        const bool genesis =
            err == ERR_CHAIN || err == ERR_KEY || strcmp(detail.field, "signer.state") == 0;
        return fail(daemon, genesis ? DAEMON_GENESIS : DAEMON_STORAGE, "node does not start", err,
                    &detail);
    }
    return DAEMON_OK;
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
        return fail(daemon, DAEMON_START, "peers cannot be heard", err, &detail);
    }
    env_uv_attach(daemon->env, daemon->node, daemon->mesh);
    return DAEMON_OK;
}

/* --- the interface -----------------------------------------------------------------------------
 */

/* Keys of persons in the key directory: with them the node signs for callers whose token is bound
 * to one. */
static enum err load_people(struct daemon *daemon)
{
    DIR *stream = opendir(daemon->config->key_dir);
    if (stream == NULL) {
        return ERR_STORAGE;
    }
    enum err err = OK;
    for (struct dirent *entry = readdir(stream); entry != NULL && err == OK;
         entry = readdir(stream)) {
        const size_t size = strlen(entry->d_name);
        if (size < 5 || strcmp(entry->d_name + size - 4, ".key") != 0 ||
            strcmp(entry->d_name, KEYSTORE_VALIDATOR_FILE) == 0 ||
            strcmp(entry->d_name, KEYSTORE_NODE_FILE) == 0) {
            continue;
        }
        struct sign_key key;
        struct err_detail detail = {0};
        const enum err loaded = load_key(&key, daemon, KEYSTORE_PERSON, entry->d_name, &detail);
        if (loaded == OK) {
            err = api_glue_add_key(daemon->glue, &key);
            sign_key_wipe(&key);
        } else {
            LINE(daemon->logger, CONFIG_LOG_WARN, "start", "key file left aside",
                 LINE_TEXT("file", entry->d_name), LINE_TEXT("why", detail.hint));
        }
    }
    closedir(stream);
    return err;
}

static enum daemon_exit start_glue(struct daemon *daemon)
{
    enum err err = calls_new(&daemon->calls, &daemon->loop);
    if (err == OK) {
        err = audit_new(&daemon->audit, daemon->local, daemon->metrics);
    }
    if (err == OK) {
        const struct api_glue_setup setup = {
            .node = daemon->node,
            .calls = daemon->calls,
            .chain = daemon->chain,
            .local = daemon->local,
            .audit = daemon->audit,
            .logger = daemon->logger,
            .metrics = daemon->metrics,
            .genesis = daemon->genesis,
            .chain_id = daemon->chain_id,
            .software = daemon->software,
            .version = daemon->version,
        };
        err = api_glue_new(&daemon->glue, &setup);
    }
    if (err == OK) {
        err = load_people(daemon);
    }
    return err == OK ? DAEMON_OK : fail(daemon, DAEMON_START, "no interface", err, NULL);
}

static enum daemon_exit start_api(struct daemon *daemon)
{
    const struct config *config = daemon->config;
    if (config->http_listen.host[0] == '\0') {
        return DAEMON_OK;
    }
    enum daemon_exit how = start_glue(daemon);
    if (how != DAEMON_OK) {
        return how;
    }
    struct api_config api = {
        .host = config->http_listen.host,
        .port = config->http_listen.port,
        .allow_count = config->allow_count,
        .threads = config->http_threads,
        .calls_per_second = config->http_calls_per_second,
        .proxy = config->http_proxy,
        .metrics_public = config->metrics_public,
    };
    for (size_t i = 0; i < config->allow_count; i++) {
        memcpy(api.allow[i].address, config->allow[i].address, sizeof(api.allow[i].address));
        api.allow[i].prefix = config->allow[i].prefix;
    }
    struct err_detail detail = {0};
    enum err err = OK;
    if (config->http_access[0] != '\0') {
        err = read_whole(daemon, config->http_access, ACCESS_FILE_MAX, &api.access);
        if (err != OK) {
            err_set(&detail, err, config->http_access, NULL, NULL, "the file cannot be read");
            return fail(daemon, DAEMON_USAGE, "access file refused", err, &detail);
        }
    }
    seal_derive(api.token_key, daemon->node_key.seed, "seamtokn");
    err = api_start(&daemon->api, &api, api_glue_node(daemon->glue), &detail);
    seal_wipe(api.token_key, sizeof(api.token_key));
    if (err != OK) {
        return fail(daemon, err == ERR_BUSY ? DAEMON_START : DAEMON_USAGE,
                    "interface does not start", err, &detail);
    }
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
    notify_manager("STOPPING=1");
    say(daemon, "stopping", "why", why);
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
        return "the disk or the database failed; nothing is guessed, see the lines before";
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

/* A damaged block of a database is found by whoever reads it, who gets an error; the operator gets
 * the file's name. */
static void check_damage(struct daemon *daemon)
{
    const struct kv *stores[] = {chain_db_kv(daemon->chain), daemon->local};
    static const char *const names[] = {"chain", "local"};
    for (size_t i = 0; i < 2; i++) {
        char damage[KV_DAMAGE_TEXT];
        if (daemon->damage_said[i] || !kv_damage(stores[i], damage)) {
            continue;
        }
        daemon->damage_said[i] = true;
        LINE(daemon->logger, CONFIG_LOG_ERROR, "storage", "a file of the database is damaged",
             LINE_TEXT("database", names[i]), LINE_TEXT("what", damage));
        metrics_set(daemon->metrics, "seam_storage_damaged", names[i], 1);
    }
}

static void check_failure(struct daemon *daemon)
{
    enum node_stop_reason reason = NODE_STOP_ASKED;
    if (daemon->stopping || daemon->failure_said || !node_failed(daemon->node, &reason)) {
        return;
    }
    enum daemon_exit how = DAEMON_OK;
    const char *text = reason_text(reason, &how);
    check_damage(daemon);
    daemon->failure_said = true;
    LINE(daemon->logger, CONFIG_LOG_ERROR, "node", "the node has stopped by itself",
         LINE_TEXT("why", text), LINE_NUMBER("exit", how));
    /* Readers may go on reading what was final before the new rules; the operator upgrades. */
    if (reason == NODE_STOP_UPGRADE) {
        daemon->exit = how;
        return;
    }
    begin_stop(daemon, how, text);
}

static void after_event(void *context)
{
    struct daemon *daemon = context;
    if (daemon->stopping) {
        try_to_end(daemon);
        return;
    }
    mesh_resume(daemon->mesh);
    check_failure(daemon);
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
    metrics_set(metrics, "seam_node_voting", NULL, status->voting ? 1 : 0);
    metrics_set(metrics, "seam_node_up_seconds", NULL,
                (int64_t)((uv_now(&daemon->loop) - daemon->start_ms) / 1000));
    metrics_set(metrics, "seam_log_suppressed_lines_total", NULL,
                (int64_t)logger_suppressed(daemon->logger));
    free(status);
}

static void on_tick(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    if (daemon->stopping) {
        try_to_end(daemon);
        return;
    }
    publish(daemon);
    mesh_recheck(daemon->mesh);
    mesh_resume(daemon->mesh);
    notify_manager("WATCHDOG=1");
    check_damage(daemon);
    check_failure(daemon);
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
        start_locks,   start_genesis, start_keys,  start_env,
        start_storage, start_node,    start_peers, start_api,
    };
    make_fingerprint(daemon);
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

static void take_down(struct daemon *daemon)
{
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
    env_uv_free(daemon->env);
    if (daemon->local != NULL) {
        kv_close(daemon->local);
    }
    if (daemon->chain != NULL) {
        chain_db_close(daemon->chain);
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
        take_down(daemon);
        LINE(daemon->logger, CONFIG_LOG_INFO, "node", "stopped", LINE_NUMBER("exit", how));
    }
    metrics_free(daemon->metrics);
    logger_free(daemon->logger);
    free(daemon);
    return how;
}
