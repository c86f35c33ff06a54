/* SPDX-License-Identifier: Apache-2.0 */
/* What a vote and a block wait for. The log is written through the files of the node's shell, the
 * database through the store. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/crypto/hash.h"
#include "ledger/crypto/seal.h"
#include "ledger/store/kv.h"
#include "node/core/log.h"
#include "node/shell/files.h"
#include "tools/bench.h"
#include "tools/bench_parts.h"

#define PATH_BYTES 128
#define SEGMENT ((uint64_t)64 << 20)
#define BLOB (64 * 1024)
#define VALUE 100
#define KEY 32
#define PUTS_MAX 1000
#define BUDGET 2000 /* syncs of one run at most: the rest of a slow disk's patience */

struct log_part {
    struct log *log;
    size_t size;
    uint8_t blob[BLOB];
    bool clock;
};

struct store_part {
    struct kv *kv;
    uint64_t puts;
    uint64_t next; /* key */
    bool clock;
};

static void random_bytes(void *context, void *out, size_t size)
{
    (void)context;
    seal_random(out, size);
}

static enum err no_record(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    (void)arg;
    (void)type;
    (void)seq;
    (void)payload;
    return OK;
}

static uint64_t now(bool clock)
{
    return clock ? bench_wall_ns() : bench_thread_ns();
}

/* --- the consensus log ----------------------------------------------------------------------- */

static enum err append(void *context, uint64_t times, uint64_t *ns)
{
    struct log_part *part = context;
    const struct bytes payload = bytes_of(part->blob, part->size);
    enum err err = OK;
    const uint64_t count = times < BUDGET ? times : BUDGET;
    const uint64_t start = now(part->clock);
    for (uint64_t i = 0; i < count && err == OK; i++) {
        err = log_append(part->log, LOG_BLOCK, &payload, 1);
        if (err == OK) {
            err = log_sync(part->log);
        }
    }
    *ns = (now(part->clock) - start) * times / count;
    return err;
}

static enum err measure_log(struct bench_parts *parts, struct log *log)
{
    static struct log_part part;
    static const size_t sizes[] = {256, 4096, BLOB};
    enum err err = OK;
    part.log = log;
    memset(part.blob, 'x', sizeof part.blob);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && err == OK; i++) {
        part.size = sizes[i];
        part.clock = true;
        err = bench_part_time(parts, "log", BENCH_CLOCK_US, append, &part, "append %zu B and sync",
                              sizes[i]);
        part.clock = false;
        if (err == OK) {
            err = bench_part_time(parts, "log", BENCH_US, append, &part, "append %zu B and sync",
                                  sizes[i]);
        }
    }
    return err;
}

static enum err log_parts(struct bench_parts *parts)
{
    char path[PATH_BYTES];
    struct files *files = NULL;
    struct log *log = NULL;
    struct log_report report;
    const struct hash chain_id = {{1}};
    (void)snprintf(path, sizeof path, "%s/log", parts->world.dir);
    enum err err = files_open(&files, path, parts->world.dir);
    struct env env = {.random = random_bytes};
    files_env(&env, files);
    if (err == OK) {
        err = log_open(&log, &env, &chain_id, SEGMENT, no_record, NULL, &report, &parts->detail);
    }
    if (err == OK) {
        err = measure_log(parts, log);
    }
    if (log != NULL) {
        log_close(log);
    }
    if (files != NULL) {
        files_close(files);
    }
    bench_directory_remove(path);
    return err;
}

/* --- the database ---------------------------------------------------------------------------- */

static enum err write_batch(struct store_part *part)
{
    uint8_t value[VALUE];
    struct kv_batch *batch = kv_batch_new(part->kv);
    if (batch == NULL) {
        return ERR_MEMORY;
    }
    memset(value, 'v', sizeof value);
    for (uint64_t i = 0; i < part->puts; i++) {
        struct hash key;
        const uint64_t number = part->next++;
        hash_tagged(&key, TAG_ID, bytes_of((const uint8_t *)&number, sizeof number));
        kv_batch_put(batch, 0, hash_bytes(&key), bytes_of(value, sizeof value));
    }
    const enum err err = kv_write(part->kv, batch, true);
    kv_batch_free(batch);
    return err;
}

static enum err write_batches(void *context, uint64_t times, uint64_t *ns)
{
    struct store_part *part = context;
    enum err err = OK;
    const uint64_t count = times < BUDGET ? times : BUDGET;
    const uint64_t start = now(part->clock);
    for (uint64_t i = 0; i < count && err == OK; i++) {
        err = write_batch(part);
    }
    *ns = (now(part->clock) - start) * times / count;
    return err;
}

static enum err store_parts(struct bench_parts *parts)
{
    static const char *const names[] = {"part"};
    static const uint64_t puts[] = {1, 100, PUTS_MAX};
    const struct kv_plan plan = {.families = names, .count = 1};
    struct store_part part = {0};
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/store", parts->world.dir);
    enum err err = kv_open_rocks(&part.kv, path, &plan, NULL, false, &parts->detail);
    for (size_t i = 0; i < sizeof puts / sizeof puts[0] && err == OK; i++) {
        part.puts = puts[i];
        part.clock = true;
        err = bench_part_time(parts, "database", BENCH_CLOCK_US, write_batches, &part,
                              "synced batch of %" PRIu64 " random keys", puts[i]);
        part.clock = false;
        if (err == OK) {
            err = bench_part_time(parts, "database", BENCH_US, write_batches, &part,
                                  "synced batch of %" PRIu64 " random keys", puts[i]);
        }
    }
    if (part.kv != NULL) {
        kv_close(part.kv);
    }
    bench_directory_remove(path);
    return err;
}

enum err bench_parts_disk(struct bench_parts *parts)
{
    const enum err err = log_parts(parts);
    return err == OK ? store_parts(parts) : err;
}
