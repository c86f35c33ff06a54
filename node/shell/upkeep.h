/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_UPKEEP_H
#define NODE_SHELL_UPKEEP_H

/* The disks of a running node: a scrub of both databases at a small share of one core, what is
 * known to be damaged or cannot be written, in words for the operator, and when the node may put
 * itself right (docs/adr/0008). It decides and says; the daemon acts.
 *
 * All functions run on the loop, but upkeep_write and upkeep_explain, which any thread may call. */

#include <uv.h>

#include "ledger/codec/json_out.h"
#include "node/core/node.h"
#include "node/shell/logger.h"
#include "node/shell/metrics.h"

struct upkeep;

struct upkeep_setup { /* all borrowed */
    uv_loop_t *loop;
    struct logger *logger;
    struct metrics *metrics;
    const char *data_dir;
    const char *key_dir;
    struct hash chain_id;
    const struct valset *valset; /* in force at the start: its certificates are verified */
    struct chain_db *chain;
    struct kv *local;
};

enum upkeep_wish {
    UPKEEP_GO_ON,
    UPKEEP_RESTART, /* the disks take bytes again: come back to what was synced */
    UPKEEP_SET_ASIDE /* set the chain's database aside and come back empty: the peers have it */
};

/* upkeep_new begins; the first pass of the scrub comes ten to twenty seconds later. ERR_MEMORY. */
enum err NODISCARD upkeep_new(struct upkeep **out, const struct upkeep_setup *setup);

/* upkeep_tick, every second: tells what was found since, and what the daemon should do now. */
enum upkeep_wish upkeep_tick(struct upkeep *upkeep, const struct node_status *status, bool failed);

/* upkeep_look takes down at once what a read of a database has met. */
void upkeep_look(struct upkeep *upkeep);

/* upkeep_write adds the members about the disks to an answer of GetStatus, upkeep_explain the
 * sentences for people to an array of texts. */
void upkeep_write(struct upkeep *upkeep, struct json_out *out);
void upkeep_explain(struct upkeep *upkeep, struct json_out *out);

/* upkeep_close ends the work; upkeep_free when the loop has run the callbacks. NULL is harmless. */
void upkeep_close(struct upkeep *upkeep);
void upkeep_free(struct upkeep *upkeep);

#endif
