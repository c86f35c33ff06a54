/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_LOG_RECORD_H
#define NODE_CORE_LOG_RECORD_H

/* Records of the consensus log and the names of its segments, as they lie on disk.
 *
 * Record: u32 size, u32 checksum of the record before, u64 seq, u64 group (seq of the first record
 * of its group), u8 type, 3 zero bytes, payload, u32 CRC-32C over a salt of the segment and all of
 * this; padded to 8 bytes. A segment begins with a LOG_SEGMENT record. */

#include "node/core/env.h"

#define LOG_PAYLOAD_MAX (2u * 1024 * 1024)
#define LOG_SEGMENT_MIN (64u * 1024)
#define LOG_SEGMENT_MAX (256u * 1024 * 1024)
#define LOG_SEGMENTS_MAX 200

#define LOG_RECORD_HEAD 28u
#define LOG_RECORD_TAIL 4u
#define LOG_RECORD_ALIGNMENT 8u
#define LOG_SEGMENT_PAYLOAD 48u
#define LOG_SEGMENT_MAGIC "SEAMLOG1"

/* On disk for ever. */
enum log_type {
    LOG_SEGMENT = 1, /* written by this module alone, never shown */
    LOG_EPOCH = 2, /* validator set, boundary header, F */
    LOG_CERT = 3, /* N, Z or F */
    LOG_BLOCK = 4, /* header and body */
    LOG_VOTE = 5, /* a signed vote of this node */
    LOG_DELIVER = 6, /* height, block id, state root */
    LOG_CHECKPOINT = 7 /* everything above stands in this segment; older ones may go */
};

/* Where the chain stands: what the next good record must say. */
struct log_chain {
    uint64_t seq; /* of the next record */
    uint32_t crc; /* of the last one */
    uint64_t salt; /* of the segment */
};

struct log_record {
    uint32_t size;
    uint32_t prev;
    uint64_t seq;
    uint64_t group;
    uint8_t type;
    struct bytes payload;
    uint32_t crc;
    size_t total; /* bytes on disk, log_record_size */
};

/* log_record_size is what a record of a payload takes on disk. */
size_t log_record_size(size_t payload);

/* log_record_checksum is that of a record whose payload lies in parts; salt 0 for a segment's first
 * record, which tells the salt. */
uint32_t log_record_checksum(uint64_t salt, struct bytes head, const struct bytes *parts,
                             size_t count);

/* log_record_at takes apart what stands at offset; false if it is no whole, self-consistent record.
 */
bool log_record_at(struct log_record *record, struct bytes segment, size_t offset, uint64_t salt);

/* log_record_later_group looks for a good record that was written after the bad one had been
 * synced. */
bool log_record_later_group(struct bytes segment, size_t offset, const struct log_chain *chain);

/* log_segment_was_synced: records of later groups stand behind a segment's damaged beginning, so it
 * was whole once. The salt stands at the end of the first record's payload; were it the salt that
 * is damaged, the slot would still tell that votes are missing. */
bool log_segment_was_synced(struct bytes segment, uint64_t first_seq);

/* log_segment_name writes the name of a segment's file; log_segment_seq reads it, false for a file
 * that is no segment. */
void log_segment_name(char name[ENV_FILE_NAME], uint64_t first_seq);
bool log_segment_seq(const char *name, uint64_t *out);

#endif
