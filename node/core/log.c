/* SPDX-License-Identifier: Apache-2.0 */
/* A segment is read whole and walked record by record; the chain of checksums runs on across
 * segments, so a missing, reordered or shortened segment is noticed at the next one's first record.
 * Only the last segment may end in rubbish, and only in rubbish that no synced group follows. */
#include "node/core/log.h"

#include "ledger/base/buf.h"
#include "node/core/crc32c.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_SIZE 28u
#define TAIL_SIZE 4u
#define ALIGNMENT 8u
#define SEGMENT_PAYLOAD 48u
#define SEGMENT_MAGIC "SEAMLOG1"
#define NAME_PREFIX "log-"
#define NAME_SPARE "spare"
#define BUFFER_START (256u * 1024)

static_assert(HEAD_SIZE + LOG_PAYLOAD_MAX < LOG_SEGMENT_MAX, "a record must fit a segment");

/* Where the chain stands: what the next good record must say. */
struct chain {
    uint64_t seq; /* of the next record */
    uint32_t crc; /* of the last one */
    uint64_t salt; /* of the segment */
};

struct log {
    const struct env *env;
    struct hash chain_id;
    uint64_t segment_size;
    struct env_file *file; /* the newest segment */
    uint64_t offset; /* synced bytes in it */
    uint64_t group; /* seq of the first record in buffer */
    struct chain chain;
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

struct record {
    uint32_t size;
    uint32_t prev;
    uint64_t seq;
    uint64_t group;
    uint8_t type;
    struct bytes payload;
    uint32_t crc;
    size_t total; /* bytes on disk, padded */
};

static size_t padded(size_t payload)
{
    const size_t size = HEAD_SIZE + payload + TAIL_SIZE;
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static uint32_t checksum(uint64_t salt, struct bytes head, const struct bytes *parts, size_t count)
{
    uint8_t salted[8];
    struct writer writer = writer_of(salted, sizeof salted);
    write_u64(&writer, salt);
    uint32_t crc = crc32c_more(0, writer_bytes(&writer));
    crc = crc32c_more(crc, head);
    for (size_t i = 0; i < count; i++) {
        crc = crc32c_more(crc, parts[i]);
    }
    return crc;
}

static void segment_name(char name[ENV_FILE_NAME], uint64_t first_seq)
{
    (void)snprintf(name, ENV_FILE_NAME, NAME_PREFIX "%016llx", (unsigned long long)first_seq);
}

static bool segment_seq(const char *name, uint64_t *out)
{
    const size_t prefix = sizeof NAME_PREFIX - 1;
    uint8_t raw[8];
    if (strlen(name) != prefix + 16 || memcmp(name, NAME_PREFIX, prefix) != 0 ||
        !hex_decode(raw, sizeof raw, bytes_text(name + prefix))) {
        return false;
    }
    struct reader reader = reader_of(bytes_of(raw, sizeof raw));
    *out = read_u64_be(&reader);
    return true;
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* record_at takes apart what stands at offset; false if it is no whole, self-consistent record. */
static bool record_at(struct record *record, struct bytes segment, size_t offset, uint64_t salt)
{
    if (segment.size - offset < HEAD_SIZE + TAIL_SIZE) {
        return false;
    }
    const struct bytes rest = bytes_of(segment.data + offset, segment.size - offset);
    struct reader reader = reader_of(rest);
    record->size = read_u32(&reader);
    record->prev = read_u32(&reader);
    record->seq = read_u64(&reader);
    record->group = read_u64(&reader);
    record->type = read_u8(&reader);
    const bool zero = read_u8(&reader) == 0 && read_u16(&reader) == 0;
    if (!zero || record->type < LOG_SEGMENT || record->type > LOG_CHECKPOINT ||
        record->size > LOG_PAYLOAD_MAX || record->group > record->seq ||
        padded(record->size) > rest.size) {
        return false;
    }
    record->payload = read_bytes(&reader, record->size);
    record->crc = read_u32(&reader);
    record->total = padded(record->size);
    /* A segment's first record tells the salt, so its own checksum goes without. */
    const uint64_t used_salt = record->type == LOG_SEGMENT ? 0 : salt;
    return !reader.failed &&
           record->crc == checksum(used_salt, bytes_of(rest.data, HEAD_SIZE), &record->payload, 1);
}

/* later_group_behind looks for a good record that was written after the bad one had been synced. */
static bool later_group_behind(struct bytes segment, size_t offset, const struct chain *chain)
{
    struct record record;
    for (size_t at = offset; at + HEAD_SIZE + TAIL_SIZE <= segment.size; at += ALIGNMENT) {
        if (segment.data[at + 24] != 0 && record_at(&record, segment, at, chain->salt) &&
            record.type != LOG_SEGMENT && record.group > chain->seq) {
            return true;
        }
    }
    return false;
}

/* first_was_synced: records of later groups stand behind a segment's damaged beginning, so it was
 * whole once. The salt stands at the end of the first record's payload; were it the salt that is
 * damaged, the slot would still tell that votes are missing. */
static bool first_was_synced(struct bytes segment, uint64_t first_seq)
{
    const size_t at = HEAD_SIZE + SEGMENT_PAYLOAD - sizeof(uint64_t);
    if (segment.size < at + sizeof(uint64_t)) {
        return false;
    }
    struct reader reader = reader_of(bytes_of(segment.data + at, sizeof(uint64_t)));
    const struct chain chain = {.seq = first_seq, .salt = read_u64(&reader)};
    return later_group_behind(segment, 0, &chain);
}

struct scan {
    const struct env *env;
    const struct hash *chain_id; /* NULL: any */
    log_record_fn record;
    void *arg;
    struct log_report report;
    struct chain chain;
    bool started;
    uint64_t seqs[LOG_SEGMENTS_MAX];
    size_t seq_count;
    uint64_t bytes;
    bool last_empty; /* the last segment holds nothing beyond its first record */
    struct err_detail *detail;
};

static enum err scan_corrupt(struct scan *scan, uint64_t segment, const char *hint)
{
    char name[ENV_FILE_NAME];
    segment_name(name, segment);
    return err_set(scan->detail, ERR_CORRUPT, name, NULL, NULL, hint);
}

/* scan_first checks that a segment continues the chain, and learns its salt. */
static enum err scan_first(struct scan *scan, uint64_t first_seq, const struct record *record)
{
    struct reader reader = reader_of(record->payload);
    uint8_t magic[8];
    struct hash chain_id;
    read_raw(&reader, magic, sizeof magic);
    read_raw(&reader, chain_id.bytes, sizeof chain_id.bytes);
    const uint64_t salt = read_u64(&reader);
    if (!reader_done(&reader) || memcmp(magic, SEGMENT_MAGIC, sizeof magic) != 0 ||
        record->seq != first_seq) {
        return scan_corrupt(scan, first_seq, "the segment does not begin as one");
    }
    if (scan->chain_id != NULL && !hash_equal(&chain_id, scan->chain_id)) {
        return err_set(scan->detail, ERR_CHAIN, "log", NULL, NULL, "a log of another chain");
    }
    if (scan->started && (record->seq != scan->chain.seq || record->prev != scan->chain.crc)) {
        return scan_corrupt(scan, first_seq, "records before this segment are missing or damaged");
    }
    scan->started = true;
    scan->chain = (struct chain){.seq = record->seq + 1, .crc = record->crc, .salt = salt};
    return OK;
}

static enum err scan_records(struct scan *scan, uint64_t first_seq, struct bytes segment, bool last)
{
    struct record record;
    if (!record_at(&record, segment, 0, 0) || record.type != LOG_SEGMENT) {
        if (last && !first_was_synced(segment, first_seq)) {
            scan->last_empty = true; /* it was created and nothing in it was ever synced */
            return OK;
        }
        return scan_corrupt(scan, first_seq, "the first record is damaged");
    }
    enum err err = scan_first(scan, first_seq, &record);
    if (err != OK) {
        /* A recycled segment still shows its old beginning when the new one was not written. */
        if (last && err == ERR_CORRUPT && record.seq < first_seq) {
            scan->last_empty = true;
            return OK;
        }
        return err;
    }
    const struct record first = record;
    size_t offset = record.total;
    while (record_at(&record, segment, offset, scan->chain.salt) && record.type != LOG_SEGMENT &&
           record.seq == scan->chain.seq && record.prev == scan->chain.crc) {
        err = scan->record == NULL
                  ? OK
                  : scan->record(scan->arg, (enum log_type)record.type, record.seq, record.payload);
        if (err != OK) {
            return err;
        }
        scan->chain.seq++;
        scan->chain.crc = record.crc;
        scan->report.records++;
        offset += record.total;
    }
    if (last && later_group_behind(segment, offset, &scan->chain)) {
        return scan_corrupt(scan, first_seq, "a damaged record is followed by a good one");
    }
    struct reader end = reader_of(bytes_of(segment.data + offset, segment.size - offset));
    scan->report.cut = last && reader_left(&end) >= 8 && read_u64(&end) != 0;
    if (last && offset == first.total && !scan->report.cut) {
        /* Nothing was ever appended: a node that fails at each start must not fill the disk. */
        scan->last_empty = true;
        scan->chain.seq = first.seq;
        scan->chain.crc = first.prev;
    }
    return OK;
}

static enum err scan_segment(struct scan *scan, uint64_t first_seq, bool last)
{
    const struct env *env = scan->env;
    char name[ENV_FILE_NAME];
    segment_name(name, first_seq);
    struct env_file *file;
    enum err err = env->file_open(env->context, &file, ENV_DIR_LOG, name, ENV_OPEN_EXISTING, 0);
    if (err != OK) {
        return err_set(scan->detail, ERR_STORAGE, name, NULL, NULL, "cannot be opened");
    }
    uint64_t size = 0;
    uint8_t *data = NULL;
    size_t got = 0;
    err = env->file_size(env->context, file, &size);
    if (err == OK && size > LOG_SEGMENT_MAX) {
        err = scan_corrupt(scan, first_seq, "the segment is too large");
    }
    if (err == OK) {
        data = malloc(size == 0 ? 1 : (size_t)size);
        err = data == NULL ? ERR_MEMORY
                           : env->file_read(env->context, file, 0, data, (size_t)size, &got);
    }
    if (err == OK) {
        scan->bytes += size;
        err = scan_records(scan, first_seq, bytes_of(data, got), last);
    }
    free(data);
    env->file_close(env->context, file);
    return err;
}

static enum err scan_all(struct scan *scan)
{
    struct env_names *names = malloc(sizeof *names);
    if (names == NULL) {
        return ERR_MEMORY;
    }
    enum err err = scan->env->file_list(scan->env->context, ENV_DIR_LOG, names);
    for (size_t i = 0; err == OK && i < names->count; i++) {
        uint64_t seq;
        if (!segment_seq(names->names[i], &seq)) {
            continue;
        }
        if (scan->seq_count == LOG_SEGMENTS_MAX) {
            err = err_set(scan->detail, ERR_CORRUPT, "log", NULL, NULL, "too many segments");
            break;
        }
        scan->seqs[scan->seq_count++] = seq;
    }
    free(names);
    for (size_t i = 0; err == OK && i < scan->seq_count; i++) {
        err = scan_segment(scan, scan->seqs[i], i + 1 == scan->seq_count);
    }
    scan->report.segments = scan->seq_count;
    scan->report.fresh = scan->seq_count == 0 || !scan->started;
    return err;
}

enum err log_scan(const struct env *env, const struct hash *chain_id, log_record_fn record,
                  void *arg, struct log_report *report, struct err_detail *detail)
{
    struct scan scan = {
        .env = env, .chain_id = chain_id, .record = record, .arg = arg, .detail = detail};
    const enum err err = scan_all(&scan);
    if (err == OK && report != NULL) {
        *report = scan.report;
    }
    return err;
}

/* --- writing ------------------------------------------------------------------------------------
 */

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
    const size_t total = padded(payload);
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
    const uint32_t crc = checksum(salt, bytes_of(start, HEAD_SIZE), parts, count);
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
    segment_name(name, first_seq);
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
    uint8_t payload[SEGMENT_PAYLOAD];
    struct writer writer = writer_of(payload, sizeof payload);
    write_raw(&writer, SEGMENT_MAGIC, 8);
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
                           uint64_t segment_size, const struct scan *scan)
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
static enum err drop_empty(const struct env *env, struct scan *scan)
{
    if (!scan->last_empty) {
        return OK;
    }
    char name[ENV_FILE_NAME];
    segment_name(name, scan->seqs[--scan->seq_count]);
    return env->file_unlink(env->context, ENV_DIR_LOG, name);
}

/* A process that was killed leaves what it wrote and had not synced readable, until the power
 * fails: what this start relies on is made durable first. Older segments were synced when they
 * ended. */
static enum err sync_tail(const struct env *env, const struct scan *scan)
{
    if (scan->seq_count == 0) {
        return OK;
    }
    char name[ENV_FILE_NAME];
    segment_name(name, scan->seqs[scan->seq_count - 1]);
    struct env_file *file = NULL;
    enum err err = env->file_open(env->context, &file, ENV_DIR_LOG, name, ENV_OPEN_EXISTING, 0);
    if (err == OK) {
        err = env->file_sync(env->context, file);
        env->file_close(env->context, file);
    }
    return err;
}

enum err log_open(struct log **out, const struct env *env, const struct hash *chain_id,
                  uint64_t segment_size, log_record_fn record, void *arg, struct log_report *report,
                  struct err_detail *detail)
{
    assert(segment_size >= LOG_SEGMENT_MIN);
    assert(segment_size <= LOG_SEGMENT_MAX);
    struct scan scan = {
        .env = env, .chain_id = chain_id, .record = record, .arg = arg, .detail = detail};
    scan.chain.seq = 1;
    enum err err = scan_all(&scan);
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
    const size_t total = padded(payload);
    if (total + padded(SEGMENT_PAYLOAD) > log->segment_size) {
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
        segment_name(name, log->older[i]);
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
