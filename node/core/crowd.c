/* SPDX-License-Identifier: Apache-2.0 */
/* How much waits here, judged or not, and whether this node's own door takes more of it (ADR 0009).
 * Asked before anything is verified: the answer "busy" must stay cheap when it is needed most. */
#include "node/core/node_impl.h"

#include <assert.h>

#include "ledger/crypto/hash.h"
#include "ledger/keys.h"

static struct pool_tx *known(const struct node *node, struct bytes raw)
{
    struct bytes body;
    struct hash tx_id;
    if (!exec_peek_body(raw, &body)) {
        return NULL;
    }
    exec_tx_id(&tx_id, &node->chain_id, body);
    return pool_find(node->pool, &tx_id);
}

bool door_knows(const struct node *node, struct bytes raw)
{
    return known(node, raw) != NULL;
}

bool door_told(struct node *node, uint32_t peer, struct bytes raw)
{
    static_assert(ENV_PEERS <= 128, "told_by has a bit for each");
    struct pool_tx *tx = known(node, raw);
    if (tx == NULL) {
        return false;
    }
    const uint64_t bit = UINT64_C(1) << peer % 64;
    if ((tx->told_by[peer / 64] & bit) != 0) {
        arrivals_judged(node, &node->peers[peer], false);
    }
    tx->told_by[peer / 64] |= bit;
    return true;
}

static uint32_t units_of(struct pool_load load)
{
    return admission_units(load.count, load.bytes);
}

/* waiting_of: what waits for the organisation that the transaction says it comes from. Of what was
 * judged only: at the door anybody can write any name. */
static uint32_t waiting_of(const struct node *node, struct bytes raw)
{
    char name[LIMIT_ID_TEXT + 1];
    if (!exec_peek_organisation(raw, name)) {
        return 0; /* it will be refused for what it is */
    }
    struct hash organisation;
    hash_id(&organisation, KEY_ORGANISATION, name);
    return units_of(pool_load_of(node->pool, &organisation));
}

/* Of each peer no more than a part of the bound counts, or one that tells rubbish would shut our
 * own clients out. */
uint32_t door_waiting(const struct node *node)
{
    const uint32_t part = admission_part(&node->admission);
    uint32_t units = units_of(pool_waiting(node->pool)) + units_of(node->at_door);
    for (uint32_t i = 0; i < ENV_PEERS && node->door_jobs > node->at_door.count; i++) {
        const uint32_t told = units_of(node->peers[i].at_door);
        units += told < part ? told : part;
    }
    return units;
}

bool door_crowded(const struct node *node, struct bytes raw)
{
    return door_waiting(node) >= admission_bound(&node->admission) &&
           (units_of(node->at_door) >= admission_part(&node->admission) ||
            waiting_of(node, raw) >= admission_share(&node->admission)) &&
           !door_knows(node, raw);
}
