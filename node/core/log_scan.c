/* SPDX-License-Identifier: Apache-2.0 */
/* A segment is read whole and walked record by record; the chain of checksums runs on across
 * segments, so a missing, reordered or shortened segment is noticed at the next one's first record.
 * Only the last segment may end in rubbish, and only in rubbish that no synced group follows. */
#include "node/core/log_scan.h"

#include "ledger/base/buf.h"
#include "node/core/mutant.h"

#include <stdlib.h>
#include <string.h>

static enum err scan_corrupt(struct log_scan *scan, uint64_t segment, const char *hint)
{
    char name[ENV_FILE_NAME];
    log_segment_name(name, segment);
    return err_set(scan->detail, ERR_CORRUPT, name, NULL, NULL, hint);
}

/* scan_first checks that a segment continues the chain, and learns its salt. */
static enum err scan_first(struct log_scan *scan, uint64_t first_seq,
                           const struct log_record *record)
{
    struct reader reader = reader_of(record->payload);
    uint8_t magic[8];
    struct hash chain_id;
    read_raw(&reader, magic, sizeof magic);
    read_raw(&reader, chain_id.bytes, sizeof chain_id.bytes);
    const uint64_t salt = read_u64(&reader);
    if (!reader_done(&reader) || memcmp(magic, LOG_SEGMENT_MAGIC, sizeof magic) != 0 ||
        record->seq != first_seq) {
        return scan_corrupt(scan, first_seq, "the segment does not begin as one");
    }
    if (scan->chain_id != NULL && !hash_equal(&chain_id, scan->chain_id)) {
        return err_set(scan->detail, ERR_CHAIN, "log", NULL, NULL, "a log of another chain");
    }
    if (scan->started && (record->seq != scan->chain.seq || record->prev != scan->chain.crc) &&
        !NODE_MUTANT(NODE_MUTANT_UNCHAINED)) {
        return scan_corrupt(scan, first_seq, "records before this segment are missing or damaged");
    }
    scan->started = true;
    scan->chain = (struct log_chain){.seq = record->seq + 1, .crc = record->crc, .salt = salt};
    return OK;
}

static enum err scan_records(struct log_scan *scan, uint64_t first_seq, struct bytes segment,
                             bool last)
{
    struct log_record record;
    if (!log_record_at(&record, segment, 0, 0) || record.type != LOG_SEGMENT) {
        if (last && !log_segment_was_synced(segment, first_seq)) {
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
    const struct log_record first = record;
    size_t offset = record.total;
    while (log_record_at(&record, segment, offset, scan->chain.salt) &&
           record.type != LOG_SEGMENT && record.seq == scan->chain.seq &&
           (record.prev == scan->chain.crc || NODE_MUTANT(NODE_MUTANT_UNCHAINED))) {
        err = scan->record == NULL
                  ? OK
                  : scan->record(scan->arg, (enum log_type)record.type, record.seq, record.payload);
        if (err != OK) {
            return err == ERR_CORRUPT
                       ? scan_corrupt(scan, first_seq, "a record is whole and makes no sense")
                       : err;
        }
        scan->chain.seq++;
        scan->chain.crc = record.crc;
        scan->report.records++;
        offset += record.total;
    }
    if (last && log_record_later_group(segment, offset, &scan->chain)) {
        return scan_corrupt(scan, first_seq, "a damaged record is followed by a good one");
    }
    struct reader end = reader_of(bytes_of(segment.data + offset, segment.size - offset));
    scan->report.cut = last && reader_left(&end) >= 8 && read_u64(&end) != 0;
    if (last && offset == first.total && !scan->report.cut) {
        /* Nothing was ever appended: a node that fails at each start must not fill the disk. */
        scan->last_empty = true;
        scan->chain.seq = first.seq;
        scan->chain.crc = first.prev;
    } else {
        scan->end = offset;
    }
    return OK;
}

static enum err scan_segment(struct log_scan *scan, uint64_t first_seq, bool last)
{
    const struct env *env = scan->env;
    char name[ENV_FILE_NAME];
    log_segment_name(name, first_seq);
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

enum err log_scan_all(struct log_scan *scan)
{
    struct env_names *names = malloc(sizeof *names);
    if (names == NULL) {
        return ERR_MEMORY;
    }
    enum err err = scan->env->file_list(scan->env->context, ENV_DIR_LOG, names);
    for (size_t i = 0; err == OK && i < names->count; i++) {
        uint64_t seq;
        if (!log_segment_seq(names->names[i], &seq)) {
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
    struct log_scan scan = {
        .env = env, .chain_id = chain_id, .record = record, .arg = arg, .detail = detail};
    const enum err err = log_scan_all(&scan);
    if (err == OK && report != NULL) {
        *report = scan.report;
    }
    return err;
}
