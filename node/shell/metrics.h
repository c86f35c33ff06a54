/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_METRICS_H
#define NODE_SHELL_METRICS_H

/* The numbers of a running node, in the text form Prometheus reads. Each metric is one row here:
 * its name (seam_<subsystem>_<name>_<unit>), its type and a sentence. Values are atomic: any thread
 * adds, the reader sees a recent value. */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_ROWS(X)                                                                             \
    X(METRIC_VIEW, "seam_consensus_view", "gauge", "View this node is in.")                        \
    X(METRIC_EPOCH, "seam_consensus_epoch", "gauge", "Epoch of the validator set.")                \
    X(METRIC_FINAL_HEIGHT, "seam_ledger_final_height", "gauge", "Height of the last final block.") \
    X(METRIC_STORED_HEIGHT, "seam_ledger_stored_height", "gauge",                                  \
      "Height of the last block in the database.")                                                 \
    X(METRIC_FINAL_TIME, "seam_ledger_final_time_seconds", "gauge",                                \
      "Time in the last final header, seconds since 1970.")                                        \
    X(METRIC_BLOCKS, "seam_ledger_blocks_total", "counter", "Blocks stored since start.")          \
    X(METRIC_TRANSACTIONS, "seam_ledger_transactions_total", "counter",                            \
      "Transactions stored since start.")                                                          \
    X(METRIC_POOL, "seam_mempool_transactions", "gauge", "Transactions waiting in the pool.")      \
    X(METRIC_POOL_BYTES, "seam_mempool_size_bytes", "gauge", "Bytes waiting in the pool.")         \
    X(METRIC_REFUSED, "seam_mempool_refused_total", "counter", "Transactions refused at the door.") \
    X(METRIC_VOTING, "seam_signer_voting", "gauge", "1 if this node may vote.")                    \
    X(METRIC_MUTED, "seam_signer_muted", "gauge", "1 if this key must never vote again.")          \
    X(METRIC_VOTES, "seam_signer_votes_total", "counter", "Votes made durable and released.")      \
    X(METRIC_LOG_SYNCS, "seam_log_syncs_total", "counter", "Syncs of the consensus log.")          \
    X(METRIC_PEERS, "seam_peer_connected", "gauge", "Peers with a control connection.")            \
    X(METRIC_PEER_IN, "seam_peer_received_bytes_total", "counter", "Bytes received from peers.")   \
    X(METRIC_PEER_OUT, "seam_peer_sent_bytes_total", "counter", "Bytes sent to peers.")            \
    X(METRIC_PEER_FRAMES_IN, "seam_peer_received_frames_total", "counter",                         \
      "Frames received from peers.")                                                               \
    X(METRIC_PEER_FRAMES_OUT, "seam_peer_sent_frames_total", "counter", "Frames sent to peers.")   \
    X(METRIC_PEER_DROPPED, "seam_peer_dropped_frames_total", "counter",                            \
      "Frames not sent because a peer's queue was full.")                                          \
    X(METRIC_PEER_REFUSED, "seam_peer_refused_connections_total", "counter",                       \
      "Connections refused: unknown key, handshake, ban, limit.")                                  \
    X(METRIC_PEER_BANS, "seam_peer_bans_total", "counter", "Peers banned for an invalid message.") \
    X(METRIC_JOBS, "seam_jobs_queued", "gauge", "Jobs waiting for a thread.")                      \
    X(METRIC_JOBS_DONE, "seam_jobs_done_total", "counter", "Jobs finished.")                       \
    X(METRIC_ALARMS, "seam_node_alarms_total", "counter", "Alarms raised; each has a log line.")   \
    X(METRIC_REPAIRED, "seam_storage_repaired_starts_total", "counter",                            \
      "Starts that reopened the database in repair mode.")                                         \
    X(METRIC_LOG_SUPPRESSED, "seam_log_suppressed_lines_total", "counter",                         \
      "Log lines dropped by the rate limit.")

#define METRIC_ENUM_MEMBER(id, name, type, help) id,
enum metric { METRIC_ROWS(METRIC_ENUM_MEMBER) METRIC_COUNT };
#undef METRIC_ENUM_MEMBER

struct metrics {
    _Atomic int64_t values[METRIC_COUNT];
};

void metrics_add(struct metrics *metrics, enum metric metric, int64_t amount);
void metrics_set(struct metrics *metrics, enum metric metric, int64_t value);
int64_t metrics_get(const struct metrics *metrics, enum metric metric);
const char *metrics_name(enum metric metric);

#define METRICS_TEXT_MAX (16 * 1024)

/* metrics_render writes the exposition text, NUL-terminated. Returns its length. */
size_t metrics_render(const struct metrics *metrics, const char *version,
                      char out[METRICS_TEXT_MAX]);

#endif
