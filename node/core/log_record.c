/* SPDX-License-Identifier: Apache-2.0 */
/* A record stands for itself here: size, type and checksum; whether it is the next one of the chain
 * is asked in log_scan.c. */
#include "node/core/log_record.h"

#include "ledger/base/buf.h"
#include "ledger/base/crc32c.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define NAME_PREFIX "log-"

static_assert(LOG_RECORD_HEAD + LOG_PAYLOAD_MAX < LOG_SEGMENT_MAX, "a record must fit a segment");

size_t log_record_size(size_t payload)
{
    const size_t size = LOG_RECORD_HEAD + payload + LOG_RECORD_TAIL;
    return (size + LOG_RECORD_ALIGNMENT - 1) / LOG_RECORD_ALIGNMENT * LOG_RECORD_ALIGNMENT;
}

uint32_t log_record_checksum(uint64_t salt, struct bytes head, const struct bytes *parts,
                             size_t count)
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

void log_segment_name(char name[ENV_FILE_NAME], uint64_t first_seq)
{
    (void)snprintf(name, ENV_FILE_NAME, NAME_PREFIX "%016llx", (unsigned long long)first_seq);
}

bool log_segment_seq(const char *name, uint64_t *out)
{
    const size_t prefix = sizeof NAME_PREFIX - 1;
    uint8_t raw[8];
    if (strlen(name) != prefix + 16 || memcmp(name, NAME_PREFIX, prefix) != 0 ||
        !hex_decode(raw, sizeof raw, bytes_text(name + prefix))) {
        return false;
    }
    struct reader reader = reader_of(bytes_of(raw, sizeof raw));
    const uint64_t seq = read_u64_be(&reader);
    char written[ENV_FILE_NAME];
    log_segment_name(written, seq);
    if (strcmp(written, name) != 0) {
        return false; /* capital figures: another file than the one that would be opened */
    }
    *out = seq;
    return true;
}

bool log_record_at(struct log_record *record, struct bytes segment, size_t offset, uint64_t salt)
{
    if (segment.size - offset < LOG_RECORD_HEAD + LOG_RECORD_TAIL) {
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
        log_record_size(record->size) > rest.size) {
        return false;
    }
    record->payload = read_bytes(&reader, record->size);
    record->crc = read_u32(&reader);
    record->total = log_record_size(record->size);
    /* A segment's first record tells the salt, so its own checksum goes without. */
    const uint64_t used_salt = record->type == LOG_SEGMENT ? 0 : salt;
    return !reader.failed &&
           record->crc == log_record_checksum(used_salt, bytes_of(rest.data, LOG_RECORD_HEAD),
                                              &record->payload, 1);
}

bool log_record_later_group(struct bytes segment, size_t offset, const struct log_chain *chain)
{
    struct log_record record;
    for (size_t at = offset; at + LOG_RECORD_HEAD + LOG_RECORD_TAIL <= segment.size;
         at += LOG_RECORD_ALIGNMENT) {
        if (segment.data[at + 24] != 0 && log_record_at(&record, segment, at, chain->salt) &&
            record.type != LOG_SEGMENT && record.group > chain->seq) {
            return true;
        }
    }
    return false;
}

bool log_segment_was_synced(struct bytes segment, uint64_t first_seq)
{
    const size_t at = LOG_RECORD_HEAD + LOG_SEGMENT_PAYLOAD - sizeof(uint64_t);
    if (segment.size < at + sizeof(uint64_t)) {
        return false;
    }
    struct reader reader = reader_of(bytes_of(segment.data + at, sizeof(uint64_t)));
    const struct log_chain chain = {.seq = first_seq, .salt = read_u64(&reader)};
    return log_record_later_group(segment, 0, &chain);
}
