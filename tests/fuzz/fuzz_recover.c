/* SPDX-License-Identifier: Apache-2.0 */
/* What a start makes of the records of its log. First byte: bit 0 the database as a run of four
 * nodes left it, else empty; bit 1 the slot as it was left, else a fresh one; bit 2 behind the log
 * of that run, else alone. Then up to 64 records in good frames: u8 type, u8 how (even: the bytes
 * are the payload; odd: u8 place of a record of the run, u16 offset and the bytes that are turned
 * there), u16 size, bytes. A node starts or says why not, works or stops for a reason (a final
 * block whose body is another), and what started starts again. */

#include "ledger/base/buf.h"
#include "node/core/log.h"
#include "tests/fuzz/fuzz.h"
#include "tools/simnode/cluster.h"

#include <string.h>

#include "ledger/store/storage_plan.h"

#define NODES 4
#define RECORDS 64
#define RUN_RECORDS_MAX 256
#define KEPT_MAX 1024

struct kept {
    uint32_t family; /* or the type of a record of the log */
    struct bytes key;
    struct bytes value;
};

static struct {
    struct cluster *cluster;
    struct host *host; /* the first one; the others are off */
    struct arena arena;
    struct kept log[RUN_RECORDS_MAX];
    size_t log_count;
    struct kept database[KEPT_MAX];
    size_t database_count;
    struct vdisk run_disk; /* owns what the copies name */
    struct vdisk_copy log_files, key_files;
} world;

/* --- the run ------------------------------------------------------------------------------------
 */

static struct bytes keep(struct bytes bytes)
{
    struct bytes copy = bytes_of("", 0);
    check(bytes.size == 0 || arena_copy(&world.arena, bytes, &copy));
    return copy;
}

static enum err keep_record(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    (void)arg;
    (void)seq;
    if (world.log_count < RUN_RECORDS_MAX && payload.size > 0) {
        world.log[world.log_count++] = (struct kept){.family = type, .value = keep(payload)};
    }
    return OK;
}

static enum err pass_record(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    (void)arg;
    (void)type;
    (void)seq;
    (void)payload;
    return OK;
}

static void keep_database(void)
{
    const struct bytes all = {NULL, 0};
    for (uint32_t family = 0; family < CHAIN_FAMILIES; family++) {
        struct bytes key;
        struct bytes value;
        struct kv_iter *iter = kv_iter_open(world.host->kv, NULL, family, all, all, false);
        while (kv_iter_next(iter, &key, &value) == OK) {
            check(world.database_count < KEPT_MAX);
            world.database[world.database_count++] =
                (struct kept){.family = family, .key = keep(key), .value = keep(value)};
        }
        kv_iter_close(iter);
    }
}

static void answered(void *arg, const struct node_answer *answer)
{
    (void)arg;
    (void)answer;
}

static struct log *log_of_host(log_record_fn record)
{
    struct log *log = NULL;
    check(log_open(&log, &world.host->env, &world.cluster->town.chain_id,
                   world.cluster->segment_size, record, NULL, NULL, NULL) == OK);
    return log;
}

static void world_make(void)
{
    struct cluster *cluster = cluster_open(1, NODES, NODES);
    world.cluster = cluster;
    world.host = &cluster->hosts[0];
    cluster->segment_size = LOG_SEGMENT_MIN;
    arena_init(&world.arena, (size_t)64 << 20);
    for (uint16_t i = 0; i < NODES; i++) {
        check(host_start(&cluster->hosts[i]) == OK);
    }
    cluster_run(cluster, 300);
    for (uint32_t i = 0; i < 4; i++) {
        const struct bytes raw =
            town_register(&cluster->town, (uint16_t)(i % NODES), i, TOWN_TIME + 600000);
        check(node_submit(cluster->hosts[i % NODES].node, raw, false, answered, NULL) == OK);
        cluster_run(cluster, 100);
    }
    /* The last block is voted for and not yet final everywhere. */
    const struct bytes last = town_register(&cluster->town, 0, 9, TOWN_TIME + 600000);
    check(node_submit(world.host->node, last, false, answered, NULL) == OK);
    cluster_run(cluster, 4);
    for (uint16_t i = 0; i < NODES; i++) {
        host_crash(&cluster->hosts[i]);
    }
    check(host_height(world.host) >= 3);
    vdisk_copy_take(&world.log_files, &world.host->disk, ENV_DIR_LOG);
    vdisk_copy_take(&world.key_files, &world.host->disk, ENV_DIR_KEY);
    log_close(log_of_host(keep_record));
    keep_database();
    world.run_disk = world.host->disk;
    vdisk_init(&world.host->disk, 1);
}

/* --- what the input says ------------------------------------------------------------------------
 */

static void put_database(void)
{
    struct kv_batch *batch = kv_batch_new(world.host->kv);
    for (size_t i = 0; i < world.database_count; i++) {
        const struct kept *record = &world.database[i];
        kv_batch_put(batch, record->family, record->key, record->value);
    }
    check(kv_write(world.host->kv, batch, true) == OK);
    kv_batch_free(batch);
}

static void furnish(uint8_t how)
{
    struct host *host = world.host;
    vdisk_free(&host->disk);
    vdisk_init(&host->disk, 1);
    host_lose_database(host);
    if ((how & 1) != 0) {
        put_database();
    }
    if ((how & 2) != 0) {
        vdisk_copy_restore(&world.key_files, &host->disk, ENV_DIR_KEY);
    } else {
        host_new_slot(host);
    }
    if ((how & 4) != 0) {
        vdisk_copy_restore(&world.log_files, &host->disk, ENV_DIR_LOG);
    }
}

/* A record of the run, some of its bytes turned. */
static void append_turned(struct log *log, struct reader *reader)
{
    const struct kept *record = &world.log[read_u8(reader) % world.log_count];
    const size_t offset = read_u16(reader) % record->value.size;
    const struct bytes turned = read_bytes(reader, read_u16(reader));
    uint8_t *payload = malloc(record->value.size);
    memcpy(payload, record->value.data, record->value.size);
    for (size_t i = 0; i < turned.size && offset + i < record->value.size; i++) {
        payload[offset + i] ^= turned.data[i];
    }
    const struct bytes part = bytes_of(payload, record->value.size);
    check(reader->failed || log_append(log, (enum log_type)record->family, &part, 1) == OK);
    free(payload);
}

static void write_log(struct reader *reader)
{
    struct log *log = log_of_host(pass_record);
    for (size_t i = 0; i < RECORDS && reader_left(reader) > 3; i++) {
        const enum log_type type = LOG_EPOCH + read_u8(reader) % (LOG_CHECKPOINT - LOG_EPOCH + 1);
        if (read_u8(reader) % 2 == 1) {
            append_turned(log, reader);
            continue;
        }
        const struct bytes payload = read_bytes(reader, read_u16(reader));
        check(reader->failed || log_append(log, type, &payload, 1) == OK);
    }
    check(log_sync(log) == OK);
    log_close(log);
}

static bool start(void)
{
    const struct host *host = world.host;
    const enum err err = host_start(world.host);
    check(err == OK || err == ERR_CORRUPT);
    check(err == OK || (host->refused.err == err && host->refused.hint[0] != '\0'));
    return err == OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader reader = reader_of(bytes_of(data, size));
    enum node_stop_reason reason;
    if (size < 1) {
        return 0;
    }
    if (world.cluster == NULL) {
        world_make();
    }
    furnish(read_u8(&reader));
    write_log(&reader);
    if (start()) {
        cluster_run(world.cluster, 30);
        check(world.host->node != NULL);
        check(!node_failed(world.host->node, &reason) || reason == NODE_STOP_DIVERGENCE);
        host_crash(world.host);
        check(start());
    }
    if (world.host->node != NULL) {
        host_crash(world.host);
    }
    return 0;
}
