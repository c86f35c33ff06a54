/* SPDX-License-Identifier: Apache-2.0 */
/* A group gathers in memory and leaves as one write. A new segment is a file of full size, the
 * spare one if there is one, that gets its name before its first record. */
#include "node/core/log.h"

#include "ledger/base/buf.h"
#include "node/core/mutant.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SPARE "spare"
#define BUFFER_START (256u * 1024)

struct log {
    const struct env *env;
    struct hash chain_id;
    uint64_t segment_size;
    struct env_file *file; /* the newest segment */
    uint64_t offset; /* synced bytes in it */
    uint64_t group; /* seq of the first record in buffer */
    struct log_chain chain;
    uint8_t *buffer;
    size_t used;
    size_t capacity;
    uint64_t older[LOG_SEGMENTS_MAX]; /* first seq of each older segment, ascending */
    size_t older_count;
    uint64_t first_seq; /* of the newest segment */
    uint64_t bytes; /* of all segments */
    size_t keep_from; /* during a checkpoint: older[keep_from..] stay */
    bool failed;
};

static enum err fail(struct log *log)
{
    log->failed = true;
    return ERR_STORAGE;
}

static enum err buffer_reserve(struct log *log, size_t size)
{
    if (log->capacity - log->used >= size) {
        return OK;
    }
    size_t capacity = log->capacity;
    while (capacity - log->used < size) {
        capacity *= 2;
    }
    uint8_t *grown = realloc(log->buffer, capacity);
    if (grown == NULL) {
        return ERR_MEMORY;
    }
    log->buffer = grown;
    log->capacity = capacity;
    return OK;
}

static enum err encode(struct log *log, enum log_type type, const struct bytes *parts, size_t count,
                       size_t payload)
{
    const size_t total = log_record_size(payload);
    const enum err err = buffer_reserve(log, total);
    if (err != OK) {
        return err;
    }
    uint8_t *start = log->buffer + log->used;
    memset(start, 0, total);
    struct writer writer = writer_of(start, total);
    write_u32(&writer, (uint32_t)payload);
    write_u32(&writer, log->chain.crc);
    write_u64(&writer, log->chain.seq);
    write_u64(&writer, log->group);
    write_u8(&writer, (uint8_t)type);
    write_u8(&writer, 0);
    write_u16(&writer, 0);
    for (size_t i = 0; i < count; i++) {
        write_bytes(&writer, parts[i]);
    }
    const uint64_t salt = type == LOG_SEGMENT ? 0 : log->chain.salt;
    const uint32_t crc = log_record_checksum(salt, bytes_of(start, LOG_RECORD_HEAD), parts, count);
    write_u32(&writer, crc);
    assert(!writer.failed);
    log->chain.crc = crc;
    log->chain.seq++;
    log->used += total;
    return OK;
}

/* segment_file re-uses the spare one if there is one, else creates it, under its final name. */
static enum err segment_file(struct log *log, uint64_t first_seq)
{
    const struct env *env = log->env;
    char name[ENV_FILE_NAME];
    log_segment_name(name, first_seq);
    struct env_file *spare = NULL;
    uint64_t size = 0;
    enum err err =
        env->file_open(env->context, &spare, ENV_DIR_LOG, NAME_SPARE, ENV_OPEN_EXISTING, 0);
    if (err == OK) {
        err = env->file_size(env->context, spare, &size);
        env->file_close(env->context, spare);
        if (err == OK && size != log->segment_size) {
            err = env->file_unlink(env->context, ENV_DIR_LOG, NAME_SPARE);
            err = err == OK ? ERR_ABSENT : err;
        }
    }
    if (err == ERR_ABSENT) {
        struct env_file *made = NULL;
        err = env->file_open(env->context, &made, ENV_DIR_LOG, NAME_SPARE, ENV_OPEN_CREATE,
                             log->segment_size);
        if (err == OK) {
            env->file_close(env->context, made);
        }
    }
    if (err == OK) {
        err = env->file_rename(env->context, ENV_DIR_LOG, NAME_SPARE, name);
    }
    if (err == OK) {
        err = env->dir_sync(env->context, ENV_DIR_LOG);
    }
    if (err == OK) {
        err = env->file_open(env->context, &log->file, ENV_DIR_LOG, name, ENV_OPEN_EXISTING, 0);
    }
    return err;
}

/* segment_start moves on to a new segment; the group in memory must be empty. */
static enum err segment_start(struct log *log)
{
    assert(log->used == 0);
    assert(log->file == NULL);
    if (log->older_count == LOG_SEGMENTS_MAX) {
        return fail(log);
    }
    if (segment_file(log, log->chain.seq) != OK) {
        return fail(log);
    }
    log->first_seq = log->chain.seq;
    log->offset = 0;
    log->group = log->chain.seq;
    log->bytes += log->segment_size;
    log->env->random(log->env->context, &log->chain.salt, sizeof log->chain.salt);
    uint8_t payload[LOG_SEGMENT_PAYLOAD];
    struct writer writer = writer_of(payload, sizeof payload);
    write_raw(&writer, LOG_SEGMENT_MAGIC, 8);
    write_raw(&writer, log->chain_id.bytes, sizeof log->chain_id.bytes);
    write_u64(&writer, log->chain.salt);
    const struct bytes part = writer_bytes(&writer);
    return encode(log, LOG_SEGMENT, &part, 1, part.size);
}

/* segment_next syncs and closes the segment in use and starts another. */
static enum err segment_next(struct log *log)
{
    const enum err err = log_sync(log);
    if (err != OK) {
        return err;
    }
    log->env->file_close(log->env->context, log->file);
    log->file = NULL;
    if (log->older_count == LOG_SEGMENTS_MAX) {
        return fail(log);
    }
    log->older[log->older_count++] = log->first_seq;
    return segment_start(log);
}

static struct log *log_new(const struct env *env, const struct hash *chain_id,
                           uint64_t segment_size, const struct log_scan *scan)
{
    struct log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return NULL;
    }
    log->env = env;
    log->chain_id = *chain_id;
    log->segment_size = segment_size;
    log->chain = scan->chain;
    log->bytes = scan->bytes;
    log->older_count = scan->seq_count;
    memcpy(log->older, scan->seqs, scan->seq_count * sizeof scan->seqs[0]);
    log->capacity = BUFFER_START;
    log->buffer = malloc(log->capacity);
    if (log->buffer == NULL) {
        free(log);
        return NULL;
    }
    return log;
}

/* An empty last segment goes, because the new one will have its name. */
static enum err drop_empty(const struct env *env, struct log_scan *scan)
{
    if (!scan->last_empty) {
        return OK;
    }
    char name[ENV_FILE_NAME];
    log_segment_name(name, scan->seqs[--scan->seq_count]);
    return env->file_unlink(env->context, ENV_DIR_LOG, name);
}

/* write_again makes the first `size` bytes of a file, as they are read, durable. */
static enum err write_again(const struct env *env, struct env_file *file, size_t size)
{
    size_t got = 0;
    uint8_t *data = malloc(size);
    enum err err =
        data == NULL ? ERR_MEMORY : env->file_read(env->context, file, 0, data, size, &got);
    if (err == OK) {
        err = got == size ? env->file_write(env->context, file, 0, bytes_of(data, size))
                          : ERR_STORAGE;
    }
    free(data);
    return err == OK ? env->file_sync(env->context, file) : err;
}

/* A process that was killed leaves what it wrote and had not synced readable, until the power
 * fails: what this start relies on is made durable first. A sync alone may do nothing: after one
 * that failed the kernel takes the bytes for clean. So they are written once more. Older segments
 * were synced when they ended. */
static enum err sync_tail(const struct env *env, const struct log_scan *scan)
{
    if (scan->seq_count == 0 || NODE_MUTANT(NODE_MUTANT_UNSYNCED_BELIEVED)) {
        return OK;
    }
    char name[ENV_FILE_NAME];
    log_segment_name(name, scan->seqs[scan->seq_count - 1]);
    struct env_file *file = NULL;
    enum err err = env->file_open(env->context, &file, ENV_DIR_LOG, name, ENV_OPEN_EXISTING, 0);
    if (err == OK) {
        err = write_again(env, file, (size_t)scan->end);
        env->file_close(env->context, file);
    }
    return err == OK ? OK
                     : err_set(scan->detail, err, name, NULL, NULL,
                               "what the log holds cannot be written and synced once more");
}

enum err log_open(struct log **out, const struct env *env, const struct hash *chain_id,
                  uint64_t segment_size, log_record_fn record, void *arg, struct log_report *report,
                  struct err_detail *detail)
{
    assert(segment_size >= LOG_SEGMENT_MIN);
    assert(segment_size <= LOG_SEGMENT_MAX);
    struct log_scan scan = {
        .env = env, .chain_id = chain_id, .record = record, .arg = arg, .detail = detail};
    scan.chain.seq = 1;
    enum err err = log_scan_all(&scan);
    if (err == OK) {
        err = drop_empty(env, &scan);
    }
    if (err == OK) {
        err = sync_tail(env, &scan);
    }
    if (err != OK) {
        return err;
    }
    struct log *log = log_new(env, chain_id, segment_size, &scan);
    if (log == NULL) {
        return ERR_MEMORY;
    }
    err = segment_start(log);
    if (err == OK) {
        err = log_sync(log);
    }
    if (err != OK) {
        log_close(log);
        return err_set(detail, err, "log", NULL, NULL, "a new segment cannot be written");
    }
    if (report != NULL) {
        *report = scan.report;
    }
    *out = log;
    return OK;
}

enum err log_append(struct log *log, enum log_type type, const struct bytes *parts,
                    size_t part_count)
{
    assert(type > LOG_SEGMENT);
    if (log->failed) {
        return ERR_STORAGE;
    }
    size_t payload = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size > LOG_PAYLOAD_MAX - payload) {
            return ERR_TOO_LARGE;
        }
        payload += parts[i].size;
    }
    const size_t total = log_record_size(payload);
    if (total + log_record_size(LOG_SEGMENT_PAYLOAD) > log->segment_size) {
        return ERR_TOO_LARGE;
    }
    if (log->offset + log->used + total > log->segment_size) {
        const enum err err = segment_next(log);
        if (err != OK) {
            return err;
        }
    }
    if (log->used == 0) {
        log->group = log->chain.seq;
    }
    return encode(log, type, parts, part_count, payload);
}

enum err log_sync(struct log *log)
{
    if (log->failed) {
        return ERR_STORAGE;
    }
    if (log->used == 0) {
        return OK;
    }
    const struct env *env = log->env;
    const struct bytes data = bytes_of(log->buffer, log->used);
    if (env->file_write(env->context, log->file, log->offset, data) != OK ||
        env->file_sync(env->context, log->file) != OK) {
        return fail(log);
    }
    log->offset += log->used;
    log->used = 0;
    return OK;
}

enum err log_checkpoint_begin(struct log *log)
{
    if (log->failed) {
        return ERR_STORAGE;
    }
    const enum err err = segment_next(log);
    if (err == OK) {
        log->keep_from = log->older_count;
    }
    return err;
}

/* release drops older segments, oldest first, so that what is left is always a whole suffix. */
static enum err release(struct log *log)
{
    const struct env *env = log->env;
    for (size_t i = 0; i < log->keep_from; i++) {
        char name[ENV_FILE_NAME];
        log_segment_name(name, log->older[i]);
        const bool last = i + 1 == log->keep_from;
        const enum err err = last ? env->file_rename(env->context, ENV_DIR_LOG, name, NAME_SPARE)
                                  : env->file_unlink(env->context, ENV_DIR_LOG, name);
        /* One by one, or a crash could leave a hole in the row, which looks like damage. */
        if (err != OK || env->dir_sync(env->context, ENV_DIR_LOG) != OK) {
            return fail(log);
        }
    }
    log->older_count -= log->keep_from;
    memmove(log->older, log->older + log->keep_from, log->older_count * sizeof log->older[0]);
    log->keep_from = 0;
    log->bytes = (log->older_count + 1) * log->segment_size;
    return OK;
}

enum err log_checkpoint_end(struct log *log)
{
    enum err err = log_append(log, LOG_CHECKPOINT, NULL, 0);
    if (err == OK) {
        err = log_sync(log);
    }
    return err == OK ? release(log) : err;
}

uint64_t log_size(const struct log *log)
{
    return log->bytes;
}

void log_close(struct log *log)
{
    if (log == NULL) {
        return;
    }
    if (log->file != NULL) {
        log->env->file_close(log->env->context, log->file);
    }
    free(log->buffer);
    free(log);
}
