/* SPDX-License-Identifier: Apache-2.0 */
/* The walk finds the graph; here its shares are worked out, in an order in which every node comes
 * after all those that its share depends on. */

#include "ledger/query/lot_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/accounting/allocate.h"
#include "ledger/base/num.h"
#include "ledger/query/lot_batch.h"
#include "ledger/query/lot_list.h"
#include "ledger/query/lot_walk.h"

#define PRODUCED_MAX LOT_TRACE_MAX

/* --- shares ----------------------------------------------------------------------------------- */

struct shares {
    struct lot_trace *trace;
    struct arena *arena;
    uint32_t *waiting; /* links that still lead to each node */
    uint32_t *order; /* nodes, each after all that lead to it */
    unsigned __int128 *parts; /* downwards: sum of mass times share of what went in */
};

/* Topological order; a ring would mean that a lot was made before itself. */
static enum err order_nodes(struct shares *shares)
{
    const struct lot_trace *trace = shares->trace;
    size_t done = 0;
    size_t found = 0;
    for (size_t i = 0; i < trace->count; i++) {
        for (size_t j = 0; j < trace->nodes[i].link_count; j++) {
            shares->waiting[trace->nodes[i].links[j].node]++;
        }
    }
    for (size_t i = 0; i < trace->count; i++) {
        if (shares->waiting[i] == 0) {
            shares->order[found++] = (uint32_t)i;
        }
    }
    for (; done < found; done++) {
        const struct lot_node *node = &trace->nodes[shares->order[done]];
        for (size_t j = 0; j < node->link_count; j++) {
            const uint32_t next = node->links[j].node;
            if (--shares->waiting[next] == 0) {
                shares->order[found++] = next;
            }
        }
    }
    return found == trace->count ? OK : ERR_CORRUPT;
}

/* Nearly every node has few parents, and there are thousands of nodes: no memory is asked for. */
static enum err share_few(struct shares *shares, const struct lot_node *node)
{
    allocate_weight weights[ALLOCATE_MAX];
    int64_t out[ALLOCATE_MAX];
    for (size_t i = 0; i < node->link_count; i++) {
        weights[i] = (allocate_weight)node->links[i].qty_kg;
    }
    const enum err err = allocate_shares(out, (int64_t)node->share, weights, node->link_count);
    for (size_t i = 0; err == OK && i < node->link_count; i++) {
        shares->trace->nodes[node->links[i].node].share += (uint64_t)out[i];
    }
    return err == ERR_RANGE ? ERR_CORRUPT : err;
}

static enum err share_many(struct shares *shares, const struct lot_node *node)
{
    struct arena scratch;
    arena_init(&scratch, (size_t)1 << 20);
    allocate_weight *weights = arena_alloc(&scratch, node->link_count * sizeof *weights);
    int64_t *out = arena_alloc(&scratch, node->link_count * sizeof *out);
    enum err err = weights == NULL || out == NULL ? ERR_MEMORY : OK;
    for (size_t i = 0; err == OK && i < node->link_count; i++) {
        weights[i] = (allocate_weight)node->links[i].qty_kg;
    }
    if (err == OK) {
        err = allocate_many(out, (int64_t)node->share, weights, node->link_count, &scratch);
    }
    for (size_t i = 0; err == OK && i < node->link_count; i++) {
        shares->trace->nodes[node->links[i].node].share += (uint64_t)out[i];
    }
    arena_free(&scratch);
    return err == ERR_RANGE ? ERR_CORRUPT : err;
}

/* Upwards: what a node has is divided among its parents, to the last unit. */
static enum err share_up(struct shares *shares, const struct lot_node *node)
{
    struct lot_node *nodes = shares->trace->nodes;
    if (node->link_count == 1) {
        nodes[node->links[0].node].share += node->share;
        return OK;
    }
    if (node->link_count == 0) {
        return OK;
    }
    return node->link_count <= ALLOCATE_MAX ? share_few(shares, node) : share_many(shares, node);
}

static int64_t inputs_kg(const struct lot_brief *event)
{
    int64_t sum = 0;
    for (size_t i = 0; i < event->input_count; i++) {
        sum += event->inputs[i].qty_kg; /* at most 128 of at most 10^10 */
    }
    return sum;
}

/* Downwards: a node has of the starts what its parents in the trace brought in. */
static void share_down(struct shares *shares, uint32_t index)
{
    struct lot_node *nodes = shares->trace->nodes;
    struct lot_node *node = &nodes[index];
    if (index >= shares->trace->start_count) {
        const bool mixes = lot_event_mixes(node->made->type);
        const int64_t sum = mixes ? inputs_kg(node->made) : 1;
        node->share = sum > 0 ? (uint64_t)(shares->parts[index] / (unsigned __int128)sum) : 0;
    }
    for (size_t i = 0; i < node->link_count; i++) {
        const struct lot_link *link = &node->links[i];
        const bool mixes = lot_event_mixes(nodes[link->node].made->type);
        shares->parts[link->node] +=
            (unsigned __int128)node->share * (uint64_t)(mixes ? link->qty_kg : 1);
    }
}

static enum err work_out(struct lot_trace *trace, struct arena *arena)
{
    struct shares shares = {.trace = trace, .arena = arena};
    struct arena scratch;
    arena_init(&scratch, (size_t)64 << 20);
    shares.waiting = arena_alloc(&scratch, trace->count * sizeof *shares.waiting);
    shares.order = arena_alloc(&scratch, trace->count * sizeof *shares.order);
    shares.parts = arena_alloc(&scratch, trace->count * sizeof *shares.parts);
    enum err err = shares.waiting == NULL || shares.order == NULL || shares.parts == NULL
                       ? ERR_MEMORY
                       : order_nodes(&shares);
    for (size_t i = 0; err == OK && i < trace->start_count; i++) {
        trace->nodes[i].share = LOT_SHARE_WHOLE;
    }
    for (size_t i = 0; err == OK && i < trace->count; i++) {
        if (trace->direction == LOT_UP) {
            err = share_up(&shares, &trace->nodes[shares.order[i]]);
        } else {
            share_down(&shares, shares.order[i]);
        }
    }
    arena_free(&scratch);
    return err;
}

/* --- from where ------------------------------------------------------------------------------- */

static enum err finish(struct lot_trace *out, struct query *query, struct lot_walk *walk)
{
    struct lot_trace trace;
    enum err err = walk->lot_index.count == 0 ? ERR_ABSENT : lot_walk_run(walk, &trace);
    if (err == OK) {
        trace.height = query_height(query);
        trace.time_ms = query_time(query);
        err = work_out(&trace, walk->arena);
    }
    if (err == OK) {
        *out = trace;
    }
    return err;
}

/* From lots that records of the state name. */
static enum err finish_listed(struct lot_trace *out, struct query *query, struct lot_walk *walk)
{
    const enum err err = finish(out, query, walk);
    return err == ERR_ABSENT && walk->lot_index.count > 0 ? ERR_CORRUPT : err;
}

enum err lot_trace_graph(struct lot_trace *out, struct query *query, const char *lot,
                         enum lot_direction direction, uint32_t depth, struct arena *arena)
{
    struct lot_walk walk;
    lot_walk_open(&walk, query_state(query), direction, depth, arena);
    enum err err = lot_walk_add(&walk, lot);
    if (err == OK) {
        err = finish(out, query, &walk);
    }
    lot_walk_close(&walk);
    return err;
}

enum err lot_trace_lots(struct lot_trace *out, struct query *query, const char *const *lots,
                        size_t count, size_t most, struct arena *arena)
{
    struct lot_walk walk;
    enum err err = OK;
    lot_walk_open(&walk, query_state(query), LOT_UP, LOT_DEPTH_ANY, arena);
    walk.event_index.max = most;
    walk.lot_index.max = most;
    for (size_t i = 0; err == OK && i < count; i++) {
        err = lot_walk_add(&walk, lots[i]);
    }
    if (err == OK) {
        err = finish(out, query, &walk);
    }
    lot_walk_close(&walk);
    return err;
}

/* Records of a page: of node from + index / 2 the lot, then the event. */
struct page {
    struct lot_node *nodes;
    struct arena *arena;
};

static enum err record_found(void *context, size_t index, struct bytes value)
{
    const struct page *page = context;
    struct lot_node *node = &page->nodes[index / 2];
    ProtobufCMessage *message = NULL;
    const bool event = index % 2 == 1;
    const enum err err = message_open(
        &message, event ? &seam__lot_event_record__descriptor : &seam__lot_record__descriptor,
        value, page->arena);
    if (err == OK && event) {
        node->event = (const Seam__LotEventRecord *)message;
    } else if (err == OK) {
        node->lot = (const Seam__LotRecord *)message;
    }
    return err;
}

enum err lot_trace_records(struct lot_trace *trace, struct query *query, size_t from, size_t to,
                           struct arena *arena)
{
    const size_t end = to < trace->count ? to : trace->count;
    struct arena scratch;
    arena_init(&scratch, (size_t)128 << 20);
    struct lot_batch batch = {.scratch = &scratch};
    struct page page = {trace->nodes + from, arena};
    enum err err = OK;
    for (size_t i = from; err == OK && i < end; i++) {
        const struct state_key lot = view_lot_key(trace->nodes[i].id);
        const struct state_key event = view_lot_event_key(&trace->nodes[i].event_id);
        err = lot_batch_add(&batch, &lot);
        err = err == OK ? lot_batch_add(&batch, &event) : err;
    }
    if (err == OK) {
        err = lot_batch_read(&batch, query_state(query), record_found, &page);
    }
    for (size_t i = from; err == OK && i < end; i++) {
        err = trace->nodes[i].lot == NULL || trace->nodes[i].event == NULL ? ERR_CORRUPT : OK;
    }
    arena_free(&scratch);
    return err;
}

enum err lot_trace_lot(struct lot_trace *out, struct query *query, const char *lot,
                       enum lot_direction direction, uint32_t depth, struct arena *arena)
{
    struct lot_trace trace;
    enum err err = lot_trace_graph(&trace, query, lot, direction, depth, arena);
    if (err == OK) {
        err = lot_trace_records(&trace, query, 0, trace.count, arena);
    }
    if (err == OK) {
        *out = trace;
    }
    return err;
}

static enum err add_all(struct lot_walk *walk, const char *const *lots, size_t count)
{
    enum err err = OK;
    for (size_t i = 0; err == OK && i < count; i++) {
        err = lot_walk_add(walk, lots[i]);
    }
    return err;
}

enum err lot_trace_account(struct lot_trace *out, struct query *query, const char *facility,
                           const char *month, uint32_t depth, struct arena *arena)
{
    struct overlay *state = query_state(query);
    const Seam__FacilityRecord *record = NULL;
    const char **products = NULL;
    size_t product_count = 0;
    size_t count = 0;
    const char **lots = arena_alloc(arena, PRODUCED_MAX * sizeof *lots);
    enum err err = lots == NULL ? ERR_MEMORY : view_facility(&record, state, facility, arena);
    if (err == OK) {
        err = lot_list_products(&products, &product_count, state, record->organisation, arena);
    }
    for (size_t i = 0; err == OK && i < product_count; i++) {
        err = lot_list_produced(lots, PRODUCED_MAX, &count, state, facility, month, products[i],
                                arena);
    }
    if (err != OK) {
        return err;
    }
    struct lot_walk walk;
    lot_walk_open(&walk, state, LOT_DOWN, depth, arena);
    err = add_all(&walk, lots, count);
    if (err == OK) {
        err = finish_listed(out, query, &walk);
    }
    lot_walk_close(&walk);
    return err;
}

/* Lots that an event made; where it made none, those it touched. */
static enum err add_measured(struct lot_walk *walk, const Seam__LotEventRecord *event)
{
    const bool made = event->n_outputs > 0;
    const size_t count = made ? event->n_outputs : event->n_inputs;
    Seam__LotEventPart **parts = made ? event->outputs : event->inputs;
    enum err err = OK;
    for (size_t i = 0; err == OK && i < count; i++) {
        err = lot_walk_add(walk, parts[i]->lot);
    }
    return err;
}

/* The event at index of the device's list; *out is NULL where it does not count. */
static enum err measured_event(struct lot_walk *walk, const Seam__LotEventRecord **out,
                               const char *device, uint32_t index, const char *organisation,
                               struct arena *scratch)
{
    const Seam__LotListEntry *entry = NULL;
    const Seam__LotEventRecord *event = NULL;
    struct hash id;
    enum err err = view_lot_list(&entry, walk->state, LOT_LIST_DEVICE, device, index, scratch);
    if (err == OK && entry->id.len != HASH_SIZE) {
        err = ERR_CORRUPT;
    }
    if (err == OK) {
        memcpy(id.bytes, entry->id.data, HASH_SIZE);
        err = view_lot_event(&event, walk->state, &id, scratch);
    }
    if (err == OK) {
        const bool counts =
            !lot_event_undone(event) &&
            (organisation == NULL || strcmp(event->organisation, organisation) == 0);
        *out = counts ? event : NULL;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static enum err add_events(struct lot_walk *walk, const char *device, const char *organisation)
{
    uint32_t length = 0;
    enum err err = view_lot_list_count(&length, walk->state, LOT_LIST_DEVICE, device, walk->arena);
    if (err == OK && length > LOT_TRACE_SCAN_MAX) {
        return ERR_TOO_LARGE;
    }
    for (uint32_t i = 0; err == OK && i < length; i++) {
        struct arena scratch;
        const Seam__LotEventRecord *event = NULL;
        arena_init(&scratch, (size_t)4 << 20);
        err = measured_event(walk, &event, device, i, organisation, &scratch);
        if (err == OK && event != NULL) {
            err = add_measured(walk, event);
        }
        arena_free(&scratch);
    }
    return err;
}

enum err lot_trace_device(struct lot_trace *out, struct query *query, const char *device,
                          const char *organisation, uint32_t depth, struct arena *arena)
{
    struct lot_walk walk;
    lot_walk_open(&walk, query_state(query), LOT_DOWN, depth, arena);
    enum err err = add_events(&walk, device, organisation);
    if (err == OK) {
        err = finish_listed(out, query, &walk);
    }
    lot_walk_close(&walk);
    return err;
}

enum err lot_trace_all(struct lot_trace *out, struct query *query, struct arena *arena)
{
    struct lot_walk walk;
    uint32_t length = 0;
    lot_walk_open(&walk, query_state(query), LOT_UP, LOT_DEPTH_ANY, arena);
    enum err err = view_lot_list_count(&length, walk.state, LOT_LIST_ALL, "", arena);
    for (uint32_t i = 0; err == OK && i < length; i++) {
        const Seam__LotListEntry *entry = NULL;
        err = view_lot_list(&entry, walk.state, LOT_LIST_ALL, "", i, arena);
        if (err == OK) {
            err = lot_walk_add(&walk, entry->lot);
        }
    }
    if (err == ERR_ABSENT) {
        err = ERR_CORRUPT;
    }
    struct lot_trace trace;
    if (err == OK) {
        err = finish_listed(&trace, query, &walk);
    }
    if (err == OK) {
        err = lot_trace_records(&trace, query, 0, trace.count, arena);
    }
    if (err == OK) {
        *out = trace;
    }
    lot_walk_close(&walk);
    return err;
}

/* --- cursor ----------------------------------------------------------------------------------- */

void lot_cursor_write(char *out, uint64_t height, uint64_t index)
{
    snprintf(out, LOT_CURSOR_SIZE, "%" PRIu64 ".%" PRIu64, height, index);
}

enum err lot_cursor_read(uint64_t *height, uint64_t *index, const char *text)
{
    const char *point = strchr(text, '.');
    uint64_t first = 0;
    uint64_t second = 0;
    if (point == NULL ||
        !num_parse_u64(&first, bytes_of(text, (size_t)(point - text)), UINT64_MAX - 1) ||
        !num_parse_u64(&second, bytes_text(point + 1), LOT_TRACE_MAX)) {
        return ERR_PARAM;
    }
    *height = first;
    *index = second;
    return OK;
}
