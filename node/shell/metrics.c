/* SPDX-License-Identifier: Apache-2.0 */
/* A small table under one lock: a node writes a few thousand values a second, a scraper reads a few
 * times a minute. */
#include "node/shell/metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct help_row {
    const char *name;
    const char *label; /* name of its label, NULL = "kind" */
    const char *help;
};

static const struct help_row help_rows[] = {
    {"seam_consensus_view", NULL, "View this node is in."},
    {"seam_consensus_epoch", NULL, "Epoch of the validator set."},
    {"seam_ledger_height", NULL, "Height of the last final block in the database."},
    {"seam_ledger_time_seconds", NULL, "Time in the last final header, seconds since 1970."},
    {"seam_ledger_blocks_total", NULL, "Blocks stored since start."},
    {"seam_ledger_transactions_total", NULL, "Transactions stored since start."},
    {"seam_node_alarms_total", NULL, "Alarms raised; each has a line in the log."},
    {"seam_node_halted", NULL, "1 if the node has stopped by itself."},
    {"seam_consensus_double_votes_total", NULL, "Pairs of contradicting votes seen."},
    {"seam_consensus_timeout_level", NULL, "Steps by which the timeouts are lengthened."},
    {"seam_consensus_views_without_finality", NULL, "Views since the last final block."},
    {"seam_log_size_bytes", NULL, "Bytes of the consensus log's segments."},
    {"seam_log_suppressed_lines_total", NULL, "Log lines dropped by the rate limit."},
    {"seam_peer_faults_total", NULL, "Messages of peers that were not what they should be."},
    {"seam_api_calls_total", NULL, "Calls of the HTTP interface."},
    {"seam_api_audit_rows_total", NULL, "Rows written to the request log."},
    {"seam_api_audit_lost_total", NULL, "Rows of the request log that could not be written."},
    {"seam_node_up_seconds", NULL, "Time since start."},
    {"seam_node_voting", NULL, "1 if this node may vote."},
    {"seam_node_ready", NULL, "1 if /readyz answers yes."},
    {"seam_mempool_transactions", NULL, "Transactions waiting in the pool."},
    {"seam_mempool_size_bytes", NULL, "Bytes waiting in the pool."},
    {"seam_door_waiting_units", NULL,
     "In the pool and still to be verified; a transaction is one unit, and one more for each KiB."},
    {"seam_door_bound_units", NULL,
     "Above so many units only those are let in who have little waiting."},
    {"seam_peer_connected", NULL, "Peers with both connections open."},
    {"seam_peer_received_bytes_total", NULL, "Bytes received from peers."},
    {"seam_peer_sent_bytes_total", NULL, "Bytes sent to peers."},
    {"seam_peer_received_frames_total", "channel", "Frames received from peers."},
    {"seam_peer_sent_frames_total", "channel", "Frames sent to peers."},
    {"seam_peer_dropped_frames_total", "channel", "Frames not sent: a peer's queue was full."},
    {"seam_peer_refused_connections_total", "reason", "Connections refused or broken off."},
    {"seam_peer_bans_total", NULL, "Peers banned for an invalid message."},
    {"seam_jobs_started_total", "executor", "Jobs given to a thread."},
    {"seam_jobs_refused_total", "executor", "Jobs not taken: the queue was full."},
    {"seam_storage_repaired_starts_total", NULL,
     "Starts that reopened the database in repair mode."},
    {"seam_storage_damaged", "database", "1 once a read or the scrub has met damage."},
    {"seam_storage_index_renewals_total", NULL, "Damaged indexes thrown away since start."},
    {"seam_storage_index_missing_blocks", NULL, "Blocks not read yet for an index made again."},
    {"seam_storage_findings_total", NULL, "Damaged places found since start."},
    {"seam_storage_scrub_passes_total", NULL, "Times both databases were read through."},
    {"seam_storage_scrub_records", NULL, "Records of the last time they were read through."},
    {"seam_storage_waiting", NULL, "1 while nothing is written: the disk failed."},
};

struct value {
    const char *name;
    const char *label;
    int64_t value;
};

struct metrics {
    pthread_mutex_t lock;
    size_t count;
    struct value values[METRICS_MAX];
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));
    if (metrics != NULL && pthread_mutex_init(&metrics->lock, NULL) != 0) {
        free(metrics);
        return NULL;
    }
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (metrics != NULL) {
        pthread_mutex_destroy(&metrics->lock);
        free(metrics);
    }
}

static bool same_label(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Under the lock. NULL when the table is full. Sorted by name, so that render can group. */
static struct value *find(struct metrics *metrics, const char *name, const char *label, bool make)
{
    size_t at = 0;
    for (; at < metrics->count; at++) {
        const int order = strcmp(metrics->values[at].name, name);
        if (order == 0 && same_label(metrics->values[at].label, label)) {
            return &metrics->values[at];
        }
        if (order > 0) {
            break;
        }
    }
    if (!make || metrics->count == METRICS_MAX) {
        return NULL;
    }
    memmove(&metrics->values[at + 1], &metrics->values[at],
            (metrics->count - at) * sizeof(metrics->values[0]));
    metrics->values[at] = (struct value){.name = name, .label = label};
    metrics->count++;
    return &metrics->values[at];
}

void metrics_add(struct metrics *metrics, const char *name, const char *label, int64_t amount)
{
    pthread_mutex_lock(&metrics->lock);
    struct value *value = find(metrics, name, label, true);
    if (value != NULL) {
        value->value += amount;
    }
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_set(struct metrics *metrics, const char *name, const char *label, int64_t amount)
{
    pthread_mutex_lock(&metrics->lock);
    struct value *value = find(metrics, name, label, true);
    if (value != NULL) {
        value->value = amount;
    }
    pthread_mutex_unlock(&metrics->lock);
}

int64_t metrics_get(struct metrics *metrics, const char *name, const char *label)
{
    pthread_mutex_lock(&metrics->lock);
    const struct value *value = find(metrics, name, label, false);
    const int64_t amount = value == NULL ? 0 : value->value;
    pthread_mutex_unlock(&metrics->lock);
    return amount;
}

static const struct help_row *row_of(const char *name)
{
    for (size_t i = 0; i < sizeof(help_rows) / sizeof(help_rows[0]); i++) {
        if (strcmp(help_rows[i].name, name) == 0) {
            return &help_rows[i];
        }
    }
    return NULL;
}

const char *metrics_help(const char *name)
{
    const struct help_row *row = row_of(name);
    return row == NULL ? NULL : row->help;
}

static bool is_counter(const char *name)
{
    const size_t size = strlen(name);
    return size > 6 && strcmp(name + size - 6, "_total") == 0;
}

struct page {
    char *out;
    size_t used;
};

static __attribute__((format(printf, 2, 3))) void print(struct page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size =
        vsnprintf(page->out + page->used, METRICS_TEXT_MAX - page->used, format, arguments);
    va_end(arguments);
    /* METRICS_MAX lines of bounded names fit; what would not is cut whole. */
    if (size > 0 && page->used + (size_t)size < METRICS_TEXT_MAX) {
        page->used += (size_t)size;
    }
    page->out[page->used] = '\0';
}

size_t metrics_render(struct metrics *metrics, const char *version, char out[METRICS_TEXT_MAX])
{
    struct page page = {.out = out};
    print(&page,
          "# HELP seam_node_info Version of this program.\n# TYPE seam_node_info gauge\n"
          "seam_node_info{version=\"%s\"} 1\n",
          version);
    pthread_mutex_lock(&metrics->lock);
    for (size_t i = 0; i < metrics->count; i++) {
        const struct value *value = &metrics->values[i];
        const struct help_row *row = row_of(value->name);
        if (i == 0 || strcmp(metrics->values[i - 1].name, value->name) != 0) {
            print(&page, "# HELP %s %s\n# TYPE %s %s\n", value->name,
                  row == NULL ? "A number of the node's core." : row->help, value->name,
                  is_counter(value->name) ? "counter" : "gauge");
        }
        if (value->label == NULL) {
            print(&page, "%s %lld\n", value->name, (long long)value->value);
        } else {
            print(&page, "%s{%s=\"%s\"} %lld\n", value->name,
                  row == NULL || row->label == NULL ? "kind" : row->label, value->label,
                  (long long)value->value);
        }
    }
    pthread_mutex_unlock(&metrics->lock);
    return page.used;
}
