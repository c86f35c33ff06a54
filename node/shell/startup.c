/* SPDX-License-Identifier: Apache-2.0 */
/* What fails first decides how the program ends, so the order of the steps is the order of what an
 * operator must look at. */
#include "node/shell/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/chain/certificate.h"
#include "ledger/crypto/hash.h"
#include "node/core/mutant.h"
#include "node/shell/give_up.h"
#include "node/shell/handles.h"
#include "node/shell/set_aside.h"
#include "ledger/store/storage_plan.h"

#define VERIFY_THREADS_MAX 64

/* A directory and a lock in it that ends with the process. -1 when it cannot be had. */
static int take_lock(const char *dir)
{
    char path[KEYSTORE_PATH_MAX];
    if (keystore_path(path, dir, ".lock") != OK) {
        return -1;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && !NODE_MUTANT(NODE_MUTANT_SECOND_INSTANCE)) {
        close(fd);
        return -1;
    }
    return fd;
}

enum daemon_exit startup_locks(struct daemon *daemon)
{
    struct err_detail detail;
    if (mkdir(daemon->config->data_dir, 0700) != 0 && errno != EEXIST) {
        err_set(&detail, ERR_STORAGE, daemon->config->data_dir, NULL, NULL,
                "the data directory cannot be made");
        return daemon_fail(daemon, DAEMON_STORAGE, "no data directory", ERR_STORAGE, &detail);
    }
    daemon->data_lock = take_lock(daemon->config->data_dir);
    if (daemon->data_lock < 0) {
        err_set(&detail, ERR_BUSY, daemon->config->data_dir, NULL, NULL,
                "another seamd uses this data directory, or it is not ours");
        return daemon_fail(daemon, DAEMON_START, "locked", ERR_BUSY, &detail);
    }
    /* Two nodes with one key would sign twice; the slots alone cannot see the other process. */
    daemon->key_lock = take_lock(daemon->config->key_dir);
    if (daemon->key_lock < 0) {
        err_set(&detail, ERR_BUSY, daemon->config->key_dir, NULL, NULL,
                "another seamd uses these keys, or the key directory is not ours");
        return daemon_fail(daemon, DAEMON_START, "locked", ERR_BUSY, &detail);
    }
    return DAEMON_OK;
}

enum err startup_read_file(struct daemon *daemon, const char *path, size_t limit, struct bytes *out)
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

enum daemon_exit startup_genesis(struct daemon *daemon)
{
    struct err_detail detail = {0};
    struct bytes text;
    enum err err = startup_read_file(daemon, daemon->config->genesis, GENESIS_FILE_MAX, &text);
    if (err != OK) {
        err_set(&detail, err, daemon->config->genesis, NULL, NULL, "the file cannot be read");
    } else {
        err = document_read(&daemon->genesis, &genesis_form, text, &daemon->arena, &detail);
    }
    if (err != OK) {
        return daemon_fail(daemon, DAEMON_GENESIS, "genesis refused", err, &detail);
    }
    hash_tagged(&daemon->chain_id, TAG_CHAIN, daemon->genesis);
    return DAEMON_OK;
}

enum err startup_load_key(struct sign_key *key, const struct daemon *daemon,
                          enum keystore_kind kind, const char *name, struct err_detail *detail)
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

enum daemon_exit startup_keys(struct daemon *daemon)
{
    struct err_detail detail = {0};
    enum err err =
        startup_load_key(&daemon->node_key, daemon, KEYSTORE_NODE, KEYSTORE_NODE_FILE, &detail);
    if (err != OK) {
        return daemon_fail(daemon, DAEMON_GENESIS, "node key refused", err, &detail);
    }
    err = startup_load_key(&daemon->validator_key, daemon, KEYSTORE_VALIDATOR,
                           KEYSTORE_VALIDATOR_FILE, &detail);
    if (err == ERR_ABSENT) {
        daemon_say(daemon, "no validator key here, this node observes", "key_dir",
                   daemon->config->key_dir);
        return DAEMON_OK;
    }
    if (err != OK) {
        return daemon_fail(daemon, DAEMON_GENESIS, "validator key refused", err, &detail);
    }
    daemon->has_validator_key = true;
    return DAEMON_OK;
}

void startup_fingerprint(struct daemon *daemon)
{
    struct bytes machine = bytes_of(NULL, 0);
    char place[PATH_MAX];
    struct hasher hasher;
    struct hash hash;
    if (startup_read_file(daemon, "/etc/machine-id", 256, &machine) != OK) {
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

static uint32_t verify_threads(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores <= 2) {
        return 1;
    }
    return cores - 1 > VERIFY_THREADS_MAX ? VERIFY_THREADS_MAX : (uint32_t)(cores - 1);
}

static void take_handles(const struct daemon *daemon)
{
    const uint64_t handles = handles_want();
    if (handles < HANDLES_GOOD) {
        LINE(daemon->logger, CONFIG_LOG_WARN, "start", "few file handles",
             LINE_NUMBER("handles", (int64_t)handles),
             LINE_TEXT("hint",
                       "allow 4096 (LimitNOFILE=, ulimit -Hn): until then fewer clients may "
                       "be connected, and a large database may run out of them"));
    }
}

enum daemon_exit startup_env(struct daemon *daemon)
{
    char path[KEYSTORE_PATH_MAX];
    take_handles(daemon);
    enum err err = keystore_path(path, daemon->config->data_dir, "log");
    if (err == OK) {
        err = files_open(&daemon->files, path, daemon->config->key_dir);
    }
    if (err != OK) {
        return daemon_fail(daemon, DAEMON_STORAGE, "log or key directory refused", err, NULL);
    }
    if (uv_loop_init(&daemon->loop) != 0) {
        return daemon_fail(daemon, DAEMON_START, "no event loop", ERR_INTERNAL, NULL);
    }
    daemon->has_loop = true;
    const struct env_uv_setup setup = {
        .loop = &daemon->loop,
        .files = daemon->files,
        .logger = daemon->logger,
        .metrics = daemon->metrics,
        .verify_threads = verify_threads(),
        .after = daemon_after_event,
        .context = daemon,
    };
    err = env_uv_new(&daemon->env, &setup);
    if (err != OK) {
        return daemon_fail(daemon, DAEMON_START, "no threads", err, NULL);
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

/* rebuild: a damaged chain database beside a sound consensus log holds nothing that log and peers
 * do not have; it is set aside as soon as all is closed, and the start begins anew (docs/adr/0008).
 */
static enum daemon_exit rebuild(struct daemon *daemon, const struct err_detail *detail)
{
    LINE(daemon->logger, CONFIG_LOG_ERROR, "start", "a file of the database is damaged",
         LINE_TEXT("database", SET_ASIDE_CHAIN), LINE_TEXT("what", detail->hint));
    daemon->set_aside = true;
    return DAEMON_AGAIN;
}

enum daemon_exit startup_storage(struct daemon *daemon)
{
    struct err_detail detail = {0};
    char path[KEYSTORE_PATH_MAX];
    enum err err = keystore_path(path, daemon->config->data_dir, "chain");
    if (err == OK) {
        give_up_doing(GIVE_UP_CHAIN);
        err = open_chain(daemon, path, &detail);
        give_up_doing(NULL);
    }
    if (err == ERR_CORRUPT) {
        return rebuild(daemon, &detail);
    }
    if (err != OK) {
        return daemon_fail(daemon, err == ERR_CHAIN ? DAEMON_GENESIS : DAEMON_STORAGE,
                           "chain database refused", err, &detail);
    }
    err = keystore_path(path, daemon->config->data_dir, "local");
    if (err == OK) {
        give_up_doing(GIVE_UP_LOCAL);
        err = kv_open_rocks(&daemon->local, path, storage_local_plan(), NULL, false, &detail);
        give_up_doing(NULL);
    }
    if (err != OK) {
        LINE(daemon->logger, CONFIG_LOG_ERROR, "start", "what to do",
             LINE_TEXT("local", "data/local holds what this node alone has: drafts, accesses, the "
                                "request log, evidence documents, readings. Keep a copy of it, put "
                                "the newest backup of it back and start; without a backup move it "
                                "away and start: what it held is then gone, the ledger and the "
                                "node's vote are not touched"));
        return daemon_fail(daemon, DAEMON_STORAGE, "local database refused", err, &detail);
    }
    return DAEMON_OK;
}

enum daemon_exit startup_node(struct daemon *daemon)
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
    give_up_doing(GIVE_UP_CHAIN);
    const enum err err = node_open(&daemon->node, &config, &detail);
    give_up_doing(NULL);
    sign_key_wipe(&daemon->validator_key); /* the signer has it now, nobody else */
    char damage[KV_DAMAGE_TEXT];
    if (err == ERR_CORRUPT && kv_damage(chain_db_kv(daemon->chain), damage)) {
        err_set(&detail, err, "chain", NULL, NULL, damage);
        return rebuild(daemon, &detail);
    }
    if (err != OK) {
        /* Slots lost or damaged are no matter of the disk any more: nothing on it brings them back.
         * Slots that it does not take are. */
        const bool slots = err != ERR_STORAGE && strcmp(detail.field, "signer.state") == 0;
        const bool genesis = err == ERR_CHAIN || err == ERR_KEY || slots;
        return daemon_fail(daemon, genesis ? DAEMON_GENESIS : DAEMON_STORAGE, "node does not start",
                           err, &detail);
    }
    return DAEMON_OK;
}

enum daemon_exit startup_upkeep(struct daemon *daemon)
{
    const struct upkeep_setup setup = {
        .loop = &daemon->loop,
        .logger = daemon->logger,
        .metrics = daemon->metrics,
        .data_dir = daemon->config->data_dir,
        .key_dir = daemon->config->key_dir,
        .chain_id = daemon->chain_id,
        .valset = node_valset(daemon->node),
        .chain = daemon->chain,
        .local = daemon->local,
    };
    const enum err err = upkeep_new(&daemon->upkeep, &setup);
    return err == OK ? DAEMON_OK : daemon_fail(daemon, DAEMON_START, "no upkeep", err, NULL);
}
