/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_LOG_H
#define NODE_CORE_LOG_H

/* The consensus log: votes, certificates and unfinalised bodies, in pre-zeroed append-only segments
 * (consensus.md 2.9). Records carry a checksum chained to the record before; records appended since
 * the last log_sync form a group that is written and synced as one. All functions block and are
 * called on the signer's thread, or before it starts.
 *
 * Record: u32 size, u32 checksum of the record before, u64 seq, u64 group (seq of the first record
 * of its group), u8 type, 3 zero bytes, payload, u32 CRC-32C over a salt of the segment and all of
 * this; padded to 8 bytes. A segment begins with a LOG_SEGMENT record. Each start continues in a
 * new segment with a new salt, so what a crash left behind the end is never mistaken for a record.
 */

#include "node/core/env.h"

#define LOG_PAYLOAD_MAX (2u * 1024 * 1024)
#define LOG_SEGMENT_MIN (64u * 1024)
#define LOG_SEGMENT_MAX (256u * 1024 * 1024)
#define LOG_SEGMENTS_MAX 200

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

struct log;

/* Called for each record in order; payload is borrowed. An error ends the scan and is returned. */
typedef enum err (*log_record_fn)(void *arg, enum log_type type, uint64_t seq,
                                  struct bytes payload);

struct log_report {
    bool fresh; /* there was no log at all */
    bool cut; /* a torn tail was left behind */
    uint64_t records;
    uint64_t segments;
};

/* log_open scans what is there and starts a new segment above it. A bad record followed by a good
 * one of a later group is corruption, a bad tail is cut. ERR_CORRUPT, ERR_CHAIN (a log of another
 * chain), ERR_STORAGE, ERR_MEMORY. Gives *out. */
enum err NODISCARD log_open(struct log **out, const struct env *env, const struct hash *chain_id,
                            uint64_t segment_size, log_record_fn record, void *arg,
                            struct log_report *report, struct err_detail *detail);

/* log_scan only reads: the first half of log_open. chain_id may be NULL. */
enum err NODISCARD log_scan(const struct env *env, const struct hash *chain_id,
                            log_record_fn record, void *arg, struct log_report *report,
                            struct err_detail *detail);

/* log_append adds a record of the given parts to the group in memory. ERR_TOO_LARGE, ERR_MEMORY;
 * ERR_STORAGE where a full segment had to be written. */
enum err NODISCARD log_append(struct log *log, enum log_type type, const struct bytes *parts,
                              size_t part_count);

/* log_sync writes the group and waits for the disk. After ERR_STORAGE the log refuses everything.
 */
enum err NODISCARD log_sync(struct log *log);

/* log_checkpoint_begin syncs and moves to a new segment; the caller appends all it still needs and
 * ends with log_checkpoint_end, which appends LOG_CHECKPOINT, syncs, and only then releases the
 * older segments, keeping one for re-use. */
enum err NODISCARD log_checkpoint_begin(struct log *log);
enum err NODISCARD log_checkpoint_end(struct log *log);

/* log_size is how many bytes all segments in use hold. */
uint64_t log_size(const struct log *log);

/* log_close takes log; what was not synced is lost, as in a crash. */
void log_close(struct log *log);

#endif
