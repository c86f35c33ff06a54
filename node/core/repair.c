/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/repair.h"

#include "node/core/mutant.h"

/* Validators in reach that have what we have. */
static uint32_t holders(const struct node_status *status)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < status->peer_count; i++) {
        const struct node_peer_status *peer = &status->peers[i];
        count += peer->validator >= 0 && peer->fin_height + REPAIR_BEHIND_BLOCKS >= status->height;
    }
    return count;
}

/* Leaving for a repair must not stop the network, and what is set aside must be there to be had: a
 * node that votes leaves while a quorum of others is up to date, and one after the other; one that
 * cannot vote any more needs f + 1 of them, one of whom is honest. */
enum repair_answer repair_running(const struct node_status *status, unsigned aside,
                                  uint64_t known_ms, struct repair_others *others)
{
    if (aside >= REPAIR_ASIDE_MAX) {
        return REPAIR_TOO_OFTEN;
    }
    others->needed = status->voting ? quorum_size(status->validator_count)
                                    : quorum_faulty(status->validator_count) + 1;
    others->have = holders(status);
    if (others->have < others->needed && !NODE_MUTANT(NODE_MUTANT_ASIDE_ALONE)) {
        return REPAIR_TOO_FEW;
    }
    const uint64_t turn = status->voting ? REPAIR_TURN_MS * (uint64_t)(status->self + 1) : 0;
    return known_ms < turn ? REPAIR_NOT_YET : REPAIR_NOW;
}

/* What only the database held would be gone where the log is not sound (decision D23). */
enum repair_answer repair_stopped(enum err log, unsigned aside)
{
    if (log != OK && !NODE_MUTANT(NODE_MUTANT_ASIDE_NO_LOG)) {
        return REPAIR_NO_LOG;
    }
    return aside >= REPAIR_ASIDE_MAX ? REPAIR_TOO_OFTEN : REPAIR_NOW;
}
