/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_LOG_H
#define NODE_CORE_LOG_H

/* The consensus log: votes, certificates and unfinalised bodies, in pre-zeroed append-only segments
 * (consensus.md 2.9). Records carry a checksum chained to the record before; records appended since
 * the last log_sync form a group that is written and synced as one. All functions block and are
 * called on the signer's thread, or before it starts. Each start continues in a new segment with a
 * new salt, so what a crash left behind the end is never mistaken for a record. */

#include "node/core/log_scan.h"

struct log;

/* log_open scans what is there and starts a new segment above it. A bad record followed by a good
 * one of a later group is corruption, a bad tail is cut. ERR_CORRUPT, ERR_CHAIN (a log of another
 * chain), ERR_STORAGE, ERR_MEMORY. Gives *out. */
enum err NODISCARD log_open(struct log **out, const struct env *env, const struct hash *chain_id,
                            uint64_t segment_size, log_record_fn record, void *arg,
                            struct log_report *report, struct err_detail *detail);

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
