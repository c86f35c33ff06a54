/* SPDX-License-Identifier: Apache-2.0 */
/* An event can be taken when it is the next one of every lot it touched: a topological order, kept
 * by counting for each event how many of its lots have something before it. */

#include "ledger/query/lot_flow.h"

#include <assert.h>
#include <string.h>

#include "ledger/query/lot_walk.h"

/* One event while histories are read: its touches as a list, newest first. */
struct seen {
    const Seam__LotEventRecord *event;
    uint32_t last; /* entry of the newest touch + 1; 0: none */
    uint32_t touches;
    uint32_t waiting; /* lots that have an earlier event which is not taken yet */
};

/* One entry of one history. */
struct entry {
    struct lot_touch touch;
    uint32_t seen; /* index of its event */
    uint32_t previous; /* entry of the same event + 1 */
    bool last; /* of its lot's history */
};

struct flow {
    struct overlay *state;
    const struct lot_trace *trace;
    struct arena *arena;
    struct map ids; /* event id: index in events + 1 */
    struct seen *events;
    size_t event_count;
    size_t event_room;
    struct entry *entries;
    size_t entry_count;
};

static enum err event_of(uint32_t *out, struct flow *flow, const ProtobufCBinaryData *id)
{
    struct hash hash;
    if (id->len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    const uintptr_t known = (uintptr_t)map_get(&flow->ids, bytes_of(id->data, id->len));
    if (known != 0) {
        *out = (uint32_t)(known - 1);
        return OK;
    }
    assert(flow->event_count < flow->event_room);
    struct seen *seen = &flow->events[flow->event_count];
    memcpy(hash.bytes, id->data, HASH_SIZE);
    enum err err = view_lot_event(&seen->event, flow->state, &hash, flow->arena);
    if (err == OK) {
        err = map_put(&flow->ids, hash_bytes(&hash), (void *)(uintptr_t)(flow->event_count + 1),
                      NULL);
    }
    if (err == OK) {
        *out = (uint32_t)flow->event_count++;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static enum err read_entry(struct flow *flow, uint32_t node, uint32_t index)
{
    const Seam__LotRecord *lot = flow->trace->nodes[node].lot;
    const Seam__LotHistoryEntry *history = NULL;
    struct entry *entry = &flow->entries[flow->entry_count];
    struct arena scratch;
    arena_init(&scratch, LIMIT_STATE_VALUE);
    enum err err = view_lot_history(&history, flow->state, lot->lot, index, &scratch);
    if (err == OK) {
        entry->touch = (struct lot_touch){
            .node = node, .created = history->created, .change_kg = history->change_kg};
        entry->last = index + 1 == lot->events;
        err = event_of(&entry->seen, flow, &history->event_id);
    }
    arena_free(&scratch);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    struct seen *seen = &flow->events[entry->seen];
    entry->previous = seen->last;
    seen->last = (uint32_t)(flow->entry_count + 1);
    seen->touches++;
    seen->waiting += index > 0 ? 1 : 0;
    flow->entry_count++;
    return OK;
}

static enum err read_all(struct flow *flow)
{
    const struct lot_trace *trace = flow->trace;
    size_t total = 0;
    for (size_t i = 0; i < trace->count; i++) {
        total += trace->nodes[i].lot->events;
    }
    if (total > LOT_FLOW_MAX) {
        return ERR_TOO_LARGE;
    }
    flow->event_room = total;
    flow->events = arena_alloc(flow->arena, (total + 1) * sizeof *flow->events);
    flow->entries = arena_alloc(flow->arena, (total + 1) * sizeof *flow->entries);
    if (flow->events == NULL || flow->entries == NULL) {
        return ERR_MEMORY;
    }
    enum err err = OK;
    for (size_t i = 0; err == OK && i < trace->count; i++) {
        for (uint32_t j = 0; err == OK && j < trace->nodes[i].lot->events; j++) {
            err = read_entry(flow, (uint32_t)i, j);
        }
    }
    return err;
}

/* The touches of an event in the order of the nodes: entries were linked newest first. */
static enum err step_of(const struct flow *flow, struct lot_step *out, const struct seen *seen)
{
    struct lot_touch *touches = arena_alloc(flow->arena, (seen->touches + 1) * sizeof *touches);
    if (touches == NULL) {
        return ERR_MEMORY;
    }
    uint32_t place = seen->touches;
    for (uint32_t at = seen->last; at != 0; at = flow->entries[at - 1].previous) {
        touches[--place] = flow->entries[at - 1].touch;
    }
    *out =
        (struct lot_step){.event = seen->event, .touches = touches, .touch_count = seen->touches};
    return OK;
}

/* Entries of a lot stand next to each other, so the next event of a lot is that of the next entry.
 */
static enum err put_in_order(struct flow *flow, struct lot_flow *out)
{
    uint32_t *ready = arena_alloc(flow->arena, (flow->event_count + 1) * sizeof *ready);
    struct lot_step *steps = arena_alloc(flow->arena, (flow->event_count + 1) * sizeof *steps);
    size_t found = 0;
    if (ready == NULL || steps == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < flow->event_count; i++) {
        if (flow->events[i].waiting == 0) {
            ready[found++] = (uint32_t)i;
        }
    }
    for (size_t i = 0; i < found; i++) {
        const struct seen *seen = &flow->events[ready[i]];
        const enum err err = step_of(flow, &steps[i], seen);
        if (err != OK) {
            return err;
        }
        for (uint32_t at = seen->last; at != 0; at = flow->entries[at - 1].previous) {
            if (!flow->entries[at - 1].last &&
                --flow->events[flow->entries[at].seen].waiting == 0) {
                ready[found++] = flow->entries[at].seen;
            }
        }
    }
    *out = (struct lot_flow){.steps = steps, .count = found};
    return found == flow->event_count ? OK : ERR_CORRUPT;
}

enum err lot_flow_read(struct lot_flow *out, struct query *query, const struct lot_trace *trace,
                       struct arena *arena)
{
    struct flow flow = {.state = query_state(query), .trace = trace, .arena = arena};
    map_init(&flow.ids, LOT_FLOW_MAX);
    enum err err = read_all(&flow);
    if (err == OK) {
        err = put_in_order(&flow, out);
    }
    map_free(&flow.ids, NULL);
    return err;
}
