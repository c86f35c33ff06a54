/* SPDX-License-Identifier: Apache-2.0 */
/* What peers tell at once and the door cannot judge yet. It is taken off the connection all the
 * same, for the bodies of blocks come behind it on that connection; the bound is in bytes a peer,
 * and at the bound the connection is not read. */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

#include <assert.h>
#include <stdlib.h>

/* --- what they are worth ------------------------------------------------------------------------
 */

static struct told *told_now(const struct node *node, struct peer *peer)
{
    const uint64_t now = node->env->now_ms(node->env->context);
    if (now - peer->told.from_ms >= TOLD_MS) {
        peer->told = (struct told){.from_ms = now};
    }
    return &peer->told;
}

void arrivals_judged(const struct node *node, struct peer *peer, bool useful)
{
    struct told *told = told_now(node, peer);
    if (useful) {
        told->useful++;
    } else {
        told->vain++;
    }
}

bool arrivals_in_vain(const struct node *node, struct peer *peer)
{
    const struct told *told = told_now(node, peer);
    return told->vain >= TOLD_VAIN_MAX + told->useful && !NODE_MUTANT(NODE_MUTANT_VAIN_UNNOTICED);
}

/* --- what waits ---------------------------------------------------------------------------------
 */

bool arrivals_room(const struct peer *peer)
{
    return peer->arrivals.bytes < ARRIVALS_BYTES_MAX || NODE_MUTANT(NODE_MUTANT_TELL_ALL);
}

void arrivals_put(struct node *node, struct peer *peer, struct bytes raw)
{
    struct arrivals *arrivals = &peer->arrivals;
    struct arrival *arrival = node_alloc(sizeof *arrival);
    arrival->raw = node_copy(raw);
    if (arrivals->last == NULL) {
        arrivals->first = arrival;
    } else {
        arrivals->last->next = arrival;
    }
    arrivals->last = arrival;
    arrivals->bytes += raw.size + sizeof *arrival;
    node->arrivals++;
}

struct bytes arrivals_take(struct node *node, struct peer *peer)
{
    struct arrivals *arrivals = &peer->arrivals;
    struct arrival *arrival = arrivals->first;
    if (arrival == NULL) {
        return bytes_of(NULL, 0);
    }
    const struct bytes raw = arrival->raw;
    arrivals->first = arrival->next;
    if (arrivals->first == NULL) {
        arrivals->last = NULL;
    }
    arrivals->bytes -= raw.size + sizeof *arrival;
    node->arrivals--;
    free(arrival);
    return raw;
}

void arrivals_clear(struct node *node, struct peer *peer)
{
    while (peer->arrivals.first != NULL) {
        free((void *)(uintptr_t)arrivals_take(node, peer).data);
    }
    assert(peer->arrivals.bytes == 0);
}
