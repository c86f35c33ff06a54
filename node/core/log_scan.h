/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_LOG_SCAN_H
#define NODE_CORE_LOG_SCAN_H

/* Reading the consensus log. */

#include "node/core/log_record.h"

/* Called for each record in order; payload is borrowed. An error ends the scan and is returned. */
typedef enum err (*log_record_fn)(void *arg, enum log_type type, uint64_t seq,
                                  struct bytes payload);

struct log_report {
    bool fresh; /* there was no log at all */
    bool cut; /* a torn tail was left behind */
    uint64_t records;
    uint64_t segments;
};

/* A scan on its way, and what it found. */
struct log_scan {
    const struct env *env;
    const struct hash *chain_id; /* NULL: any */
    log_record_fn record;
    void *arg;
    struct log_report report;
    struct log_chain chain;
    bool started;
    uint64_t seqs[LOG_SEGMENTS_MAX];
    size_t seq_count;
    uint64_t bytes;
    bool last_empty; /* the last segment holds nothing beyond its first record */
    uint64_t end; /* of the records in the newest segment that is not empty */
    struct err_detail *detail;
};

/* log_scan reads what is there: the first half of log_open, with its errors. chain_id may be NULL.
 */
enum err NODISCARD log_scan(const struct env *env, const struct hash *chain_id,
                            log_record_fn record, void *arg, struct log_report *report,
                            struct err_detail *detail);

/* log_scan_all is log_scan for log_open, which goes on from what scan holds. */
enum err NODISCARD log_scan_all(struct log_scan *scan);

#endif
