/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes are appended as they are met, so the array is the queue. An edge is the event that made a
 * lot: upwards its inputs, downwards what the lot's own record lists. Only a load of several lots
 * of one product does not say by itself which part came from which; there the lots' edges are
 * asked.
 */

#include "ledger/query/lot_walk.h"

#include "ledger/query/lot_brief.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

bool lot_event_mixes(uint32_t type)
{
    return type == LOT_WASH_TYPE || type == LOT_BLEND_TYPE;
}

bool lot_event_undone(const Seam__LotEventRecord *event)
{
    return event->error != NULL && event->error->undone;
}

void lot_walk_open(struct lot_walk *walk, struct overlay *state, enum lot_direction direction,
                   uint32_t depth, struct arena *arena)
{
    *walk =
        (struct lot_walk){.state = state, .arena = arena, .direction = direction, .depth = depth};
    map_init(&walk->lots, LOT_TRACE_MAX);
}

void lot_walk_close(struct lot_walk *walk)
{
    map_free(&walk->lots, NULL);
    free(walk->events);
    walk->events = NULL;
}

enum err lot_walk_complete(struct lot_node *node, struct lot_walk *walk)
{
    ProtobufCMessage *message = NULL;
    enum err err = node->lot == NULL ? lot_walk_record(&node->lot, walk, node->id) : OK;
    if (err == OK && node->event_stored.size > 0) {
        err = message_open(&message, &seam__lot_event_record__descriptor, node->event_stored,
                           walk->arena);
        if (err == OK) {
            node->event = (const Seam__LotEventRecord *)message;
            node->event_stored = bytes_of(NULL, 0);
        }
    }
    return err;
}

/* What a record of the state names must be there. */
static enum err must(enum err err)
{
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* One record of a walk that visits thousands, each once: a sealed overlay is read past its memory,
 * which would only grow. */
static enum err read_record(ProtobufCMessage **out, const struct lot_walk *walk,
                            const ProtobufCMessageDescriptor *type, const struct state_key *key)
{
    struct bytes value;
    if (!overlay_sealed(walk->state)) {
        return view_record(out, type, walk->state, state_key_bytes(key), walk->arena);
    }
    enum err err = overlay_read(walk->state, state_key_bytes(key), walk->arena, &value);
    if (err == OK) {
        err = message_open(out, type, value, walk->arena);
    }
    return err;
}

/* The place of an id: its event, or the empty place where it belongs. An id is a hash of a signed
 * transaction, so its first bytes are spread already. */
static struct lot_walk_event *event_place(struct lot_walk_event *events, size_t room,
                                          const uint8_t *id)
{
    uint64_t first = 0;
    memcpy(&first, id, sizeof first);
    size_t at = (size_t)first & (room - 1);
    while (events[at].record != NULL && memcmp(events[at].id.bytes, id, HASH_SIZE) != 0) {
        at = (at + 1) & (room - 1);
    }
    return &events[at];
}

/* At most half of the places are taken. */
static enum err events_grow(struct lot_walk *walk)
{
    if (2 * walk->event_count < walk->event_room) {
        return OK;
    }
    const size_t room = walk->event_room == 0 ? FIRST_ROOM : 2 * walk->event_room;
    struct lot_walk_event *events = calloc(room, sizeof *events);
    if (events == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < walk->event_room; i++) {
        if (walk->events[i].record != NULL) {
            *event_place(events, room, walk->events[i].id.bytes) = walk->events[i];
        }
    }
    free(walk->events);
    walk->events = events;
    walk->event_room = room;
    return OK;
}

static enum err open_event(struct lot_walk_event *event, const struct lot_walk *walk)
{
    const struct state_key key = view_lot_event_key(&event->id);
    if (walk->brief && overlay_sealed(walk->state)) {
        Seam__LotEventRecord *record = NULL;
        enum err err =
            overlay_read(walk->state, state_key_bytes(&key), walk->arena, &event->stored);
        if (err == OK) {
            err = lot_brief_open(&record, event->stored, walk->arena);
        }
        event->record = record;
        return err;
    }
    ProtobufCMessage *message = NULL;
    const enum err err = read_record(&message, walk, &seam__lot_event_record__descriptor, &key);
    event->record = (const Seam__LotEventRecord *)message;
    return err;
}

/* An event that was met before, or is read now. *out is good until the next one is asked for. */
static enum err read_event(struct lot_walk_event **out, struct lot_walk *walk,
                           const ProtobufCBinaryData *id)
{
    struct lot_walk_event event = {.record = NULL};
    if (id->len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    enum err err = events_grow(walk);
    if (err != OK) {
        return err;
    }
    struct lot_walk_event *place = event_place(walk->events, walk->event_room, id->data);
    if (place->record != NULL) {
        *out = place;
        return OK;
    }
    memcpy(event.id.bytes, id->data, HASH_SIZE);
    err = must(open_event(&event, walk));
    if (err != OK) {
        return err;
    }
    event.nodes = arena_alloc(walk->arena, (event.record->n_outputs + 1) * sizeof *event.nodes);
    if (event.nodes == NULL) {
        return ERR_MEMORY;
    }
    *place = event;
    walk->event_count++;
    *out = place;
    return OK;
}

static enum err make_room(struct lot_walk *walk)
{
    if (walk->count < walk->room) {
        return OK;
    }
    if (walk->count >= LOT_TRACE_MAX) {
        return ERR_TOO_LARGE;
    }
    const size_t room = walk->room == 0 ? FIRST_ROOM : 2 * walk->room;
    struct lot_node *nodes = arena_alloc(walk->arena, room * sizeof *nodes);
    if (nodes == NULL) {
        return ERR_MEMORY;
    }
    if (walk->count > 0) {
        memcpy(nodes, walk->nodes, walk->count * sizeof *nodes);
    }
    walk->nodes = nodes;
    walk->room = room;
    return OK;
}

enum err lot_walk_record(const Seam__LotRecord **out, struct lot_walk *walk, const char *lot)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key = view_lot_key(lot);
    const enum err err = read_record(&message, walk, &seam__lot_record__descriptor, &key);
    if (err == OK) {
        *out = (const Seam__LotRecord *)message;
    }
    return err;
}

/* Which output of the event a lot is. */
static enum err output_of(size_t *out, const Seam__LotEventRecord *event, const char *lot)
{
    for (size_t i = 0; i < event->n_outputs; i++) {
        if (strcmp(event->outputs[i]->lot, lot) == 0) {
            *out = i;
            return OK;
        }
    }
    return ERR_CORRUPT;
}

/* The node of a lot that its event made, new or met before; record (may be NULL) is the lot's. */
static enum err node_made(uint32_t *out, struct lot_walk *walk, const char *lot,
                          const ProtobufCBinaryData *created_event, const Seam__LotRecord *record,
                          uint32_t depth)
{
    struct lot_walk_event *event = NULL;
    size_t output = 0;
    enum err err = read_event(&event, walk, created_event);
    if (err == OK) {
        err = output_of(&output, event->record, lot);
    }
    if (err == OK && event->nodes[output] == 0) {
        err = make_room(walk);
    }
    if (err != OK) {
        return err;
    }
    if (event->nodes[output] == 0) {
        const Seam__LotEventPart *part = event->record->outputs[output];
        walk->nodes[walk->count++] = (struct lot_node){.id = part->lot,
                                                       .created_kg = part->qty_kg,
                                                       .event = event->record,
                                                       .event_stored = event->stored,
                                                       .lot = record,
                                                       .depth = depth};
        event->nodes[output] = (uint32_t)walk->count;
    }
    *out = event->nodes[output] - 1;
    return OK;
}

/* The node of a lot. created_event: of the event that made it, so that its record need not be read;
 * NULL where nobody said. */
static enum err node_of(uint32_t *out, struct lot_walk *walk, const char *lot,
                        const ProtobufCBinaryData *created_event, uint32_t depth)
{
    const Seam__LotRecord *record = NULL;
    if (created_event != NULL) {
        return node_made(out, walk, lot, created_event, NULL, depth);
    }
    const void *known = map_get(&walk->lots, bytes_text(lot));
    if (known != NULL) {
        *out = (uint32_t)((uintptr_t)known - 1);
        return OK;
    }
    enum err err = lot_walk_record(&record, walk, lot);
    if (err == OK) {
        err = node_made(out, walk, lot, &record->created_event, record, depth);
    }
    return err == OK ? map_put(&walk->lots, bytes_text(lot), (void *)(uintptr_t)(*out + 1), NULL)
                     : err;
}

enum err lot_walk_add(struct lot_walk *walk, const char *lot)
{
    uint32_t node = 0;
    return node_of(&node, walk, lot, NULL, 0);
}

/* --- links ------------------------------------------------------------------------------------ */

struct links {
    struct lot_link *list;
    size_t count;
    size_t room;
};

static int link_order(const void *a, const void *b)
{
    const struct lot_link *left = a;
    const struct lot_link *right = b;
    return (left->node > right->node) - (left->node < right->node);
}

static enum err add_link(struct lot_walk *walk, struct links *links, uint32_t from, const char *lot,
                         const ProtobufCBinaryData *created_event, int64_t qty_kg)
{
    if (links->count == links->room) {
        const size_t room = links->room == 0 ? 4 : 2 * links->room;
        struct lot_link *list = arena_alloc(walk->arena, room * sizeof *list);
        if (list == NULL) {
            return ERR_MEMORY;
        }
        if (links->count > 0) {
            memcpy(list, links->list, links->count * sizeof *list);
        }
        links->list = list;
        links->room = room;
    }
    struct lot_link *link = &links->list[links->count];
    const enum err err =
        node_of(&link->node, walk, lot, created_event, walk->nodes[from].depth + 1);
    if (err != OK) {
        return must(err);
    }
    link->qty_kg = qty_kg;
    links->count++;
    return OK;
}

/* Does the edge that the event gave this input lead to child? */
static enum err leads(bool *out, const struct lot_walk *walk, const Seam__LotEventPart *input,
                      const char *child)
{
    const Seam__LotEdge *edge = NULL;
    *out = false;
    if (input->edge == 0) {
        return OK;
    }
    const enum err err =
        view_lot_edge(&edge, walk->state, input->lot, input->edge - 1, walk->arena);
    for (size_t i = 0; err == OK && i < edge->n_children; i++) {
        *out = *out || strcmp(edge->children[i], child) == 0;
    }
    return must(err);
}

/* A part keeps the GTIN of its lot (what stands before the point), and its lot has an edge to it.
 */
static bool may_be_parent(const Seam__LotEventPart *input, const char *part)
{
    return input->edge != 0 && strncmp(input->lot, part, strcspn(part, ".") + 1) == 0;
}

/* Which input a lot was parted from: the only one that can be, else the one whose edge says so. */
static enum err parted_from(const Seam__LotEventPart **out, struct lot_walk *walk,
                            const struct lot_node *node)
{
    const Seam__LotEventRecord *event = node->event;
    const Seam__LotEventPart *found = NULL;
    size_t candidates = 0;
    for (size_t i = 0; i < event->n_inputs; i++) {
        if (may_be_parent(event->inputs[i], node->id)) {
            found = event->inputs[i];
            candidates++;
        }
    }
    for (size_t i = 0; candidates > 1 && i < event->n_inputs; i++) {
        bool leading = false;
        const enum err err = leads(&leading, walk, event->inputs[i], node->id);
        if (err != OK) {
            return err;
        }
        if (leading) {
            found = event->inputs[i];
            break;
        }
    }
    if (found == NULL) {
        return ERR_CORRUPT;
    }
    *out = found;
    return OK;
}

static enum err links_up(struct lot_walk *walk, uint32_t index, struct links *links)
{
    const struct lot_node node = walk->nodes[index];
    if (node.event->n_inputs == 0 || lot_event_undone(node.event)) {
        return OK;
    }
    if (!lot_event_mixes(node.event->type)) {
        const Seam__LotEventPart *parent = NULL;
        const enum err err = parted_from(&parent, walk, &node);
        return err == OK ? add_link(walk, links, index, parent->lot, &parent->created_event,
                                    node.created_kg)
                         : err;
    }
    enum err err = OK;
    for (size_t i = 0; err == OK && i < node.event->n_inputs; i++) {
        const Seam__LotEventPart *part = node.event->inputs[i];
        err = add_link(walk, links, index, part->lot, &part->created_event, part->qty_kg);
    }
    return err;
}

static enum err links_down(struct lot_walk *walk, uint32_t index, struct links *links)
{
    const struct lot_node node = walk->nodes[index];
    enum err err = OK;
    for (uint32_t i = 0; err == OK && i < node.lot->edges; i++) {
        const Seam__LotEdge *edge = NULL;
        err = must(view_lot_edge(&edge, walk->state, node.lot->lot, i, walk->arena));
        for (size_t j = 0; err == OK && !edge->undone && j < edge->n_children; j++) {
            err = add_link(walk, links, index, edge->children[j], NULL, edge->qty_kg);
        }
    }
    return err;
}

static enum err visit(struct lot_walk *walk, uint32_t index)
{
    struct links links = {NULL, 0, 0};
    struct lot_node *node = &walk->nodes[index];
    if (node->depth >= walk->depth) {
        node->more = walk->direction == LOT_UP
                         ? node->event->n_inputs > 0 && !lot_event_undone(node->event)
                         : node->lot->edges > 0;
        return OK;
    }
    const enum err err =
        walk->direction == LOT_UP ? links_up(walk, index, &links) : links_down(walk, index, &links);
    if (err != OK) {
        return err;
    }
    if (links.count > 1) {
        qsort(links.list, links.count, sizeof *links.list, link_order);
    }
    node = &walk->nodes[index]; /* may have moved */
    node->links = links.list;
    node->link_count = links.count;
    return OK;
}

enum err lot_walk_run(struct lot_walk *walk, struct lot_trace *out)
{
    const size_t starts = walk->count;
    uint32_t depth = 0;
    for (size_t i = 0; i < walk->count; i++) {
        const enum err err = visit(walk, (uint32_t)i);
        if (err != OK) {
            return err;
        }
        depth = walk->nodes[i].depth > depth ? walk->nodes[i].depth : depth;
    }
    *out = (struct lot_trace){.direction = walk->direction,
                              .nodes = walk->nodes,
                              .count = walk->count,
                              .start_count = starts,
                              .event_count = walk->event_count,
                              .depth = depth};
    return OK;
}
