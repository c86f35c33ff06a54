/* SPDX-License-Identifier: Apache-2.0 */
/* The consensus log under a stream of operations: append, sync, checkpoint, start again, power
 * failure, a bit turned, a segment of foreign bytes. What was synced is read again in order, unless
 * bytes were damaged, and then it is refused or whole: never silently different. */

#include "node/core/log.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/simnode/disk.h"

#define RECORDS 256

static struct {
    struct vdisk_bench machine;
    struct log *log;
    /* What was appended, by number: length and first byte tell it apart. */
    uint32_t sizes[RECORDS];
    uint32_t appended, synced, checkpointed;
    bool damaged;
    /* the scan under way */
    uint32_t seen_first, seen;
    bool seen_any;
} world;

static const struct hash chain_id = {{7}};

static enum err see(void *arg, enum log_type type, uint64_t seq, struct bytes payload)
{
    (void)arg;
    (void)seq;
    if (type == LOG_CHECKPOINT) {
        return OK;
    }
    uint32_t number = 0;
    if (payload.size < sizeof number) {
        check(world.damaged);
        return ERR_CORRUPT;
    }
    memcpy(&number, payload.data, sizeof number);
    const bool known = number < RECORDS && payload.size == world.sizes[number];
    if (!known || (world.seen_any && number != world.seen + 1)) {
        check(world.damaged);
        return ERR_CORRUPT;
    }
    if (!world.seen_any) {
        world.seen_first = number;
    }
    world.seen_any = true;
    world.seen = number;
    return OK;
}

/* Synced records are there again, from the last checkpoint on at the latest. */
static bool start(void)
{
    world.seen_any = false;
    world.seen = world.seen_first = 0;
    const enum err err =
        log_open(&world.log, &world.machine.env, &chain_id, LOG_SEGMENT_MIN, see, NULL, NULL, NULL);
    if (err != OK) {
        world.log = NULL;
        check(world.damaged);
        return false;
    }
    const uint32_t end = world.seen_any ? world.seen + 1 : 0;
    if (!world.damaged) {
        check(end >= world.synced && end <= world.appended);
        check(!world.seen_any || world.seen_first <= world.checkpointed);
        check(world.seen_any || world.synced == world.checkpointed);
    }
    if (world.seen_any || !world.damaged) {
        world.appended = world.seen_any ? end : world.synced;
        world.synced = world.appended;
    }
    return true;
}

static void append(uint8_t byte)
{
    if (world.appended == RECORDS) {
        return;
    }
    static uint8_t payload[60000];
    const uint32_t size = 4 + (byte >= 240 ? (byte - 239u) * 3700 : byte);
    memcpy(payload, &world.appended, sizeof world.appended);
    memset(payload + 4, byte, size - 4);
    world.sizes[world.appended] = size;
    const struct bytes part = bytes_of(payload, size);
    check(log_append(world.log, LOG_VOTE, &part, 1) == OK);
    world.appended++;
}

static void put_foreign(const uint8_t *data, size_t size)
{
    char name[ENV_FILE_NAME];
    struct env_names names;
    check(world.machine.env.file_list(world.machine.env.context, ENV_DIR_LOG, &names) == OK);
    if (names.count == 0 || size == 0) {
        return;
    }
    memcpy(name, names.names[data[0] % names.count], sizeof name);
    vdisk_put(&world.machine.disk, ENV_DIR_LOG, name, bytes_of(data, size));
    world.damaged = true;
}

/* One operation; false: the run is over. */
static bool operate(uint8_t op, uint8_t argument, const uint8_t *rest, size_t rest_size)
{
    switch (op % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
        append(argument);
        return true;
    case 7:
    case 8:
    case 9:
        check(log_sync(world.log) == OK);
        world.synced = world.appended;
        return true;
    case 10:
        check(log_checkpoint_begin(world.log) == OK);
        world.checkpointed = world.appended;
        world.synced = world.appended;
        append(argument);
        check(log_checkpoint_end(world.log) == OK);
        world.synced = world.appended;
        return true;
    case 11:
        log_close(world.log); /* the process alone: what was appended in memory is gone */
        return start();
    case 12:
    case 13:
        log_close(world.log);
        world.machine.disk.rng.state = argument + 1u;
        vdisk_crash(&world.machine.disk);
        return start();
    case 14:
        log_close(world.log);
        world.machine.disk.rng.state = argument + 1u;
        world.damaged |= vdisk_flip(&world.machine.disk, ENV_DIR_LOG);
        return start();
    default:
        log_close(world.log);
        put_foreign(rest, rest_size < 4096 ? rest_size : 4096);
        return start();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(&world, 0, sizeof world);
    vdisk_bench_init(&world.machine, 1);
    bool running = start();
    for (size_t i = 0; running && i + 1 < size && i < 200; i += 2) {
        running = operate(data[i], data[i + 1], data + i + 2, size - i - 2);
    }
    log_close(world.log);
    vdisk_free(&world.machine.disk);
    return 0;
}
