/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_REPAIR_H
#define NODE_CORE_REPAIR_H

/* When a node may set its damaged chain database aside and have all of it again from log and peers:
 * the conditions of docs/adr/0008 and nothing else. Who noticed the damage, and what renames the
 * directory, is node/shell/upkeep.c, and tools/simnode/keeper.c for simulated machines. */

#include "node/core/node.h"

#define REPAIR_ASIDE_MAX 3 /* databases that were set aside: then the machine is to be mended */
#define REPAIR_TURN_MS 10000 /* between validators, before one of them leaves for its repair */
#define REPAIR_BEHIND_BLOCKS 16 /* a peer so far behind has what we need, or will have it */

enum repair_answer {
    REPAIR_NOW, /* set it aside and come back with an empty one */
    REPAIR_TOO_OFTEN, /* REPAIR_ASIDE_MAX were set aside before: a person looks (condition 3) */
    REPAIR_TOO_FEW, /* others are in reach and up to date (condition 2) */
    REPAIR_NOT_YET, /* others may leave before us (condition 2) */
    REPAIR_NO_LOG /* the consensus log is not sound either (condition 1) */
};

/* Validators that must be, and that are, in reach and up to date. */
struct repair_others {
    uint32_t needed;
    uint32_t have;
};

/* repair_running is asked by a node that runs and has known of the damage for known_ms; aside
 * databases were set aside before. Any answer but REPAIR_NO_LOG, which nobody knows before the node
 * has stopped. others is filled unless REPAIR_TOO_OFTEN is the answer. */
enum repair_answer repair_running(const struct node_status *status, unsigned aside,
                                  uint64_t known_ms, struct repair_others *others);

/* repair_stopped is asked once everything is closed, after REPAIR_NOW or where a start refused the
 * database; log is what node_log_sound says. NOW, NO_LOG or TOO_OFTEN. */
enum repair_answer repair_stopped(enum err log, unsigned aside);

#endif
