/* SPDX-License-Identifier: Apache-2.0 */
/* The steps are those of node/shell/startup.c without threads, peers and interface; the files are
 * real. */
#include "tests/flips/look.h"

#include "api/access.h"
#include "ledger/chain/certificate.h"
#include "ledger/codec/document.h"
#include "ledger/crypto/hash.h"
#include "ledger/store/storage_plan.h"
#include "node/core/log.h"
#include "node/core/node.h"
#include "node/core/slot.h"
#include "node/shell/config.h"
#include "node/shell/files.h"
#include "node/shell/give_up.h"
#include "node/shell/keystore.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define FILE_MAX ((size_t)4 << 20)
#define SEGMENT ((uint64_t)256 << 10)
#define VALUE_ARENA ((size_t)64 << 20)
#define KEY_HEAD 88
#define SUITE_ED25519 1

struct looking {
    struct look *look;
    const char *dir;
    struct arena arena;
    struct bytes genesis;
    struct sign_key node_key;
    struct sign_key validator_key;
    struct files *files;
    struct env env;
    struct chain_db *chain;
    struct kv *local;
};

/* --- the world under the node -------------------------------------------------------------------
 */

static uint64_t no_time(void *context)
{
    (void)context;
    return 1000;
}

static void no_timer(void *context, uint32_t timer, uint64_t delay_ms)
{
    (void)context;
    (void)timer;
    (void)delay_ms;
}

static void no_cancel(void *context, uint32_t timer)
{
    (void)context;
    (void)timer;
}

static bool no_job(void *context, enum env_executor executor, struct env_job *job)
{
    (void)context;
    (void)executor;
    (void)job;
    return false;
}

static void draw(void *context, void *out, size_t size)
{
    (void)context;
    if (getrandom(out, size, 0) != (ssize_t)size) {
        abort();
    }
}

static struct look *told; /* one look a process */

static void hear(void *context, enum env_level level, const char *module, const char *text)
{
    (void)context;
    if (level >= ENV_WARNING || strcmp(module, "log") == 0) {
        told->said++;
        (void)snprintf(told->words, sizeof told->words, "%s", text);
    }
}

static void no_metric(void *context, const char *name, const char *label, int64_t value)
{
    (void)context;
    (void)name;
    (void)label;
    (void)value;
}

static void make_env(struct looking *at)
{
    told = at->look;
    at->env = (struct env){.now_ms = no_time,
                           .wall_ms = no_time,
                           .timer_set = no_timer,
                           .timer_cancel = no_cancel,
                           .job_start = no_job,
                           .random = draw,
                           .log = hear,
                           .metric_set = no_metric,
                           .metric_add = no_metric};
    files_env(&at->env, at->files);
}

static void digest(struct hash *out, struct bytes in)
{
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add(&hasher, in);
    hash_end(&hasher, out);
}

/* --- texts and keys -----------------------------------------------------------------------------
 */

static enum err refuse(struct look *look, const char *what, enum err err,
                       const struct err_detail *detail)
{
    (void)snprintf(look->words, sizeof look->words, "%s: %s %.40s %.120s", what, err_name(err),
                   detail->field, detail->hint);
    look->start = err;
    return err;
}

static enum err take_file(struct looking *at, const char *path, struct bytes *out)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = arena_alloc(&at->arena, FILE_MAX);
    if (file == NULL || data == NULL) {
        return ERR_STORAGE;
    }
    *out = bytes_of(data, fread(data, 1, FILE_MAX, file));
    (void)fclose(file);
    return OK;
}

static enum err look_texts(struct looking *at, const char *genesis)
{
    char path[KEYSTORE_PATH_MAX];
    struct look *look = at->look;
    struct err_detail detail = {0};
    struct config *config = calloc(1, sizeof *config);
    struct bytes text = {0};
    struct access_list list = {0};
    enum err err = keystore_path(path, at->dir, "node.yaml");
    err = err ? err : config_load(config, path, NULL, &detail);
    if (err) {
        free(config);
        return refuse(look, "configuration", err, &detail);
    }
    digest(&look->config, bytes_of(config, sizeof *config));
    free(config);
    err = keystore_path(path, at->dir, "access.json");
    err = err ? err : take_file(at, path, &text);
    err = err ? err : access_read(&list, text, &at->arena, &detail);
    if (err) {
        return refuse(look, "access file", err, &detail);
    }
    digest(&look->access, bytes_of(list.entries, list.count * sizeof list.entries[0]));
    err = take_file(at, genesis, &text);
    err = err ? err : document_read(&at->genesis, &genesis_form, text, &at->arena, &detail);
    if (err) {
        return refuse(look, "genesis", err, &detail);
    }
    digest(&look->genesis, at->genesis);
    return OK;
}

static enum err look_key(struct looking *at, enum keystore_kind kind, const char *name,
                         struct sign_key *key)
{
    char path[KEYSTORE_PATH_MAX];
    struct err_detail detail = {0};
    enum err err = keystore_path(path, at->dir, name);
    err = err ? err : keystore_load_kind(key, kind, path, bytes_of(NULL, 0), &detail);
    return err ? refuse(at->look, name, err, &detail) : OK;
}

static enum err look_keys(struct looking *at)
{
    struct look *look = at->look;
    enum err err = look_key(at, KEYSTORE_NODE, "keys/" KEYSTORE_NODE_FILE, &at->node_key);
    err =
        err ? err
            : look_key(at, KEYSTORE_VALIDATOR, "keys/" KEYSTORE_VALIDATOR_FILE, &at->validator_key);
    if (err) {
        return err;
    }
    uint8_t both[2 * SIGN_PUBLIC_SIZE];
    memcpy(both, at->node_key.public_key, SIGN_PUBLIC_SIZE);
    memcpy(both + SIGN_PUBLIC_SIZE, at->validator_key.public_key, SIGN_PUBLIC_SIZE);
    digest(&look->keys, bytes_of(both, sizeof both));
    char folder[KEYSTORE_PATH_MAX];
    DIR *stream = keystore_path(folder, at->dir, "keys") ? NULL : opendir(folder);
    for (struct dirent *entry = stream ? readdir(stream) : NULL; entry; entry = readdir(stream)) {
        char path[KEYSTORE_PATH_MAX];
        const size_t size = strlen(entry->d_name);
        if (size < 5 || strcmp(entry->d_name + size - 4, ".key") != 0 ||
            strcmp(entry->d_name, KEYSTORE_NODE_FILE) == 0 ||
            strcmp(entry->d_name, KEYSTORE_VALIDATOR_FILE) == 0) {
            continue;
        }
        struct sign_key key;
        struct err_detail detail = {0};
        err = keystore_path(path, folder, entry->d_name);
        err =
            err ? err : keystore_load_kind(&key, KEYSTORE_PERSON, path, bytes_of(NULL, 0), &detail);
        if (err == OK) {
            look->people++;
        } else {
            (void)snprintf(look->words, sizeof look->words, "%.60s left aside: %.100s",
                           entry->d_name, detail.hint);
        }
    }
    if (stream) {
        (void)closedir(stream);
    }
    return OK;
}

/* --- log and slot -------------------------------------------------------------------------------
 */

struct records {
    struct hasher hasher;
    uint64_t count;
};

static enum err count_record(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    struct records *records = arg;
    hash_add_u8(&records->hasher, (uint8_t)type);
    hash_add_u64(&records->hasher, seq);
    hash_add(&records->hasher, payload);
    records->count++;
    return OK;
}

/* What the signer and its log hold, before the node makes of it what it makes. */
static void look_signer(struct looking *at, const struct hash *chain_id)
{
    struct look *look = at->look;
    struct records records = {0};
    struct err_detail detail = {0};
    struct log_report report = {0};
    hash_begin_raw(&records.hasher);
    if (log_scan(&at->env, chain_id, count_record, &records, &report, &detail) == OK) {
        look->log_records = records.count;
    }
    hash_end(&records.hasher, &look->log);
    struct slot slot = {0};
    struct hash key_id;
    sign_key_id(&key_id, SUITE_ED25519, bytes_of(at->validator_key.public_key, SIGN_PUBLIC_SIZE));
    if (slot_open(&slot, &at->env, chain_id, &key_id, &detail) == OK) {
        struct slot_state state = slot.state;
        uint8_t position[17] = {state.phase};
        memcpy(position + 1, &state.epoch, 8);
        memcpy(position + 9, &state.view, 8);
        digest(&look->slot, bytes_of(position, sizeof position));
        look->slot_torn = slot.torn;
        slot_close(&slot);
    }
}

/* --- databases ----------------------------------------------------------------------------------
 */

/* As the daemon's start: mode 0, and mode 2 only beside a sound log. */
static enum err look_chain(struct looking *at, const struct hash *chain_id)
{
    char path[KEYSTORE_PATH_MAX];
    struct err_detail detail = {0};
    struct err_detail log_detail = {0};
    enum err err = keystore_path(path, at->dir, "data/chain");
    struct chain_db_options options = {.path = path, .chain_id = chain_id};
    err = err ? err : chain_db_open(&at->chain, &options, &detail);
    if (err == ERR_CORRUPT && node_log_sound(&at->env, &log_detail) == OK) {
        options.repair = true;
        at->look->repaired = true;
        at->look->said++;
        (void)snprintf(at->look->words, sizeof at->look->words, "repair mode: %.160s", detail.hint);
        err = chain_db_open(&at->chain, &options, &detail);
    }
    return err ? refuse(at->look, "chain database", err, &detail) : OK;
}

static enum err look_local(struct looking *at)
{
    char path[KEYSTORE_PATH_MAX];
    struct err_detail detail = {0};
    enum err err = keystore_path(path, at->dir, "data/local");
    err = err ? err : kv_open_rocks(&at->local, path, storage_local_plan(), NULL, false, &detail);
    return err ? refuse(at->look, "local database", err, &detail) : OK;
}

static void keep(struct look *look, uint8_t database, uint8_t family, struct bytes key,
                 struct bytes value)
{
    if (look->count == LOOK_ENTRIES) {
        abort();
    }
    struct look_entry *entry = &look->entries[look->count++];
    *entry = (struct look_entry){.database = database, .family = family};
    if (key.size <= LOOK_KEY) {
        entry->key_size = (uint8_t)key.size;
        memcpy(entry->key, key.data, key.size);
    } else {
        struct hash rest;
        digest(&rest, key);
        entry->key_size = LOOK_KEY;
        memcpy(entry->key, key.data, KEY_HEAD);
        memcpy(entry->key + KEY_HEAD, rest.bytes, HASH_SIZE);
    }
    digest(&entry->value, value);
}

/* Each pair is read twice, by walking and by its key: filters and indexes are files' bytes, too. */
static enum err look_family(struct look *look, struct kv *kv, uint8_t database, uint8_t family)
{
    struct kv_iter *iter =
        kv_iter_open(kv, NULL, family, bytes_of(NULL, 0), bytes_of(NULL, 0), false);
    struct bytes key;
    struct bytes value;
    enum err err = kv_iter_next(iter, &key, &value);
    while (err == OK) {
        struct arena arena;
        struct bytes again;
        arena_init(&arena, VALUE_ARENA);
        err = kv_get(kv, NULL, family, key, &arena, &again);
        if (err == OK) {
            keep(look, database, family, key, again);
        } else if (err == ERR_ABSENT) {
            keep(look, database, family, key, bytes_text("absent"));
            err = OK;
        }
        arena_free(&arena);
        err = err ? err : kv_iter_next(iter, &key, &value);
    }
    kv_iter_close(iter);
    return err == ERR_ABSENT ? OK : err;
}

/* As the daemon's: an abort of the library has words. */
static void last_words(const char *doing)
{
    (void)strncpy(told->words, doing, sizeof told->words - 1);
    told->start = ERR_CORRUPT;
    told->finished = true;
    _exit(0);
}

static void look_all(struct look *look, struct kv *kv, uint8_t database, size_t families)
{
    for (size_t family = 0; family < families; family++) {
        const enum err err = look_family(look, kv, database, (uint8_t)family);
        if (err && !look->read) {
            look->read = err;
            look->read_database = database;
            look->read_family = (uint8_t)family;
        }
    }
}

/* --- all of it ----------------------------------------------------------------------------------
 */

static enum err look_node(struct looking *at)
{
    struct err_detail detail = {0};
    const struct node_config config = {.env = &at->env,
                                       .chain = at->chain,
                                       .genesis = at->genesis,
                                       .key = &at->validator_key,
                                       .software = "flips",
                                       .log_segment_size = SEGMENT};
    struct node *node = NULL;
    const enum err err = node_open(&node, &config, &detail);
    if (err) {
        return refuse(at->look, "node", err, &detail);
    }
    struct node_status *status = calloc(1, sizeof *status);
    node_status_get(node, status);
    at->look->voting =
        !status->muted && strncmp(status->not_voting_why, "the consensus log", 17) != 0;
    free(status);
    if (node_stop(node)) {
        node_free(node);
    }
    return OK;
}

static struct looking begun; /* texts and keys of the good node */
static struct look first; /* what look_begin saw; nobody asks */

void look_begin(const char *dir, const char *genesis)
{
    begun = (struct looking){.look = &first, .dir = dir};
    arena_init(&begun.arena, 4 * FILE_MAX + ((size_t)64 << 20));
    enum err err = look_texts(&begun, genesis);
    err = err ? err : look_keys(&begun);
    if (err) {
        (void)fprintf(stderr, "flips: the good node: %s\n", first.words);
        exit(2);
    }
}

static enum err look_parts(struct looking *at, const char *genesis, unsigned parts)
{
    char log[KEYSTORE_PATH_MAX];
    char keys[KEYSTORE_PATH_MAX];
    enum err err = parts & LOOK_TEXTS ? look_texts(at, genesis) : OK;
    if (!err && parts & LOOK_KEYS) {
        err = look_keys(at);
    }
    if (!err && parts & LOOK_CHAIN) {
        struct hash chain_id;
        err = keystore_path(log, at->dir, "data/log");
        err = err ? err : keystore_path(keys, at->dir, "keys");
        err = err ? err : files_open(&at->files, log, keys);
        make_env(at);
        hash_tagged(&chain_id, TAG_CHAIN, at->genesis);
        if (!err) {
            look_signer(at, &chain_id);
        }
        give_up_doing(GIVE_UP_CHAIN);
        err = err ? err : look_chain(at, &chain_id);
        give_up_doing(NULL);
    }
    if (!err && parts & LOOK_LOCAL) {
        give_up_doing(GIVE_UP_LOCAL);
        err = look_local(at);
        give_up_doing(NULL);
    }
    if (!err && parts & LOOK_CHAIN) {
        give_up_doing(GIVE_UP_CHAIN);
        err = look_node(at);
        give_up_doing(NULL);
    }
    return err;
}

void look_at(struct look *look, const char *dir, const char *genesis, unsigned parts)
{
    struct looking at = begun;
    told = look;
    give_up_words(last_words);
    at.look = look;
    at.dir = dir;
    if (parts & LOOK_TEXTS) {
        arena_init(&at.arena, 4 * FILE_MAX + ((size_t)64 << 20));
    }
    const enum err err = look_parts(&at, genesis, parts);
    if (!err && parts & LOOK_CHAIN) {
        struct chain_head head;
        chain_db_head(at.chain, &head);
        look->height = head.height;
        look->head = head.id;
        look_all(look, chain_db_kv(at.chain), 0, CHAIN_FAMILIES);
    }
    if (!err && parts & LOOK_LOCAL) {
        look_all(look, at.local, 1, LOCAL_FAMILIES);
    }
    if (!(parts & ~(LOOK_TEXTS | LOOK_KEYS)) && parts & LOOK_TEXTS) {
        arena_free(&at.arena);
    }
    look->start = look->start ? look->start : err;
    look->finished = true; /* what is open ends with the process, as after a kill */
}

struct kv *look_still(const char *dir)
{
    char path[KEYSTORE_PATH_MAX];
    struct err_detail detail = {0};
    struct kv *kv = NULL;
    enum err err = keystore_path(path, dir, "data/chain");
    err = err ? err : kv_open_rocks_reading(&kv, path, storage_chain_plan(), NULL, &detail);
    return err ? NULL : kv;
}

void look_walk(struct look *look, struct kv *kv, uint8_t from, uint8_t to)
{
    look->read = OK;
    look->count = 0;
    for (uint8_t family = from; family <= to; family++) {
        struct kv_iter *iter =
            kv_iter_open(kv, NULL, family, bytes_of(NULL, 0), bytes_of(NULL, 0), false);
        struct bytes key;
        struct bytes value;
        enum err err = kv_iter_next(iter, &key, &value);
        while (err == OK) {
            keep(look, 0, family, key, value);
            err = kv_iter_next(iter, &key, &value);
        }
        kv_iter_close(iter);
        if (err != ERR_ABSENT && !look->read) {
            look->read = err;
            look->read_family = family;
        }
    }
}
