/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_AUDIT_H
#define NODE_SHELL_AUDIT_H

/* The request log of a node [KSSJ 9.2.2e]: one row a call in the local database, written by a
 * thread of its own in batches, so that no call waits for the disk. */

#include "ledger/store/kv.h"
#include "node/shell/metrics.h"

#define AUDIT_QUEUE_MAX 8192

struct audit;

/* audit_new starts the writer; local is borrowed. Gives *out. ERR_MEMORY, ERR_INTERNAL. */
enum err NODISCARD audit_new(struct audit **out, struct kv *local, struct metrics *metrics);
/* audit_put copies one row, from any thread. A full queue drops the row and counts it. */
void audit_put(struct audit *audit, uint64_t time_ms, uint64_t number, struct bytes row);
/* audit_free writes what waits and ends the thread. */
void audit_free(struct audit *audit);

#endif
