/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap by (time, sequence): events of one moment keep their order of creation. */

#include "tools/sim/world.h"

#include <assert.h>
#include <stdlib.h>

static bool is_before(const struct world_event *a, const struct world_event *b)
{
    return a->at != b->at ? a->at < b->at : a->sequence < b->sequence;
}

void queue_push(struct queue *queue, const struct world_event *event)
{
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity == 0 ? 1024 : queue->capacity * 2;
        queue->items = realloc(queue->items, queue->capacity * sizeof *queue->items);
        assert(queue->items != NULL);
    }
    size_t at = queue->count++;
    while (at > 0 && is_before(event, &queue->items[(at - 1) / 2])) {
        queue->items[at] = queue->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->items[at] = *event;
}

bool queue_pop(struct queue *queue, struct world_event *event)
{
    if (queue->count == 0) {
        return false;
    }
    *event = queue->items[0];
    const struct world_event last = queue->items[--queue->count];
    size_t at = 0;
    while (2 * at + 1 < queue->count) {
        size_t child = 2 * at + 1;
        if (child + 1 < queue->count && is_before(&queue->items[child + 1], &queue->items[child])) {
            child++;
        }
        if (!is_before(&queue->items[child], &last)) {
            break;
        }
        queue->items[at] = queue->items[child];
        at = child;
    }
    if (queue->count > 0) {
        queue->items[at] = last;
    }
    return true;
}

void queue_free(struct queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->items[i].packet != NULL) {
            packet_drop(queue->items[i].packet);
        }
    }
    free(queue->items);
    queue->items = NULL;
    queue->count = queue->capacity = 0;
}
