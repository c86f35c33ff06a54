/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes are appended as they are met, so the array is the queue. An edge is the event that made a
 * lot: upwards its inputs, downwards what the lot's own record lists. Only a load of several lots
 * of one product does not say by itself which part came from which; there the lots' edges are
 * asked. While a depth is worked on, a link holds the index of what it will lead to: upwards of an
 * event, downwards of a lot; when all of them are read it gets its node.
 */

#include "ledger/query/lot_walk.h"

#include "ledger/query/lot_batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256
#define SCRATCH_MAX ((size_t)256 << 20)

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
    walk->event_index.max = LOT_TRACE_MAX;
    walk->lot_index.max = LOT_TRACE_MAX;
}

void lot_walk_close(struct lot_walk *walk)
{
    lot_index_free(&walk->event_index);
    lot_index_free(&walk->lot_index);
    free(walk->events);
    free(walk->lots);
    free(walk->notes);
    walk->events = NULL;
    walk->lots = NULL;
    walk->notes = NULL;
}

/* Room for one more of a list on the heap. */
static enum err grow(void **list, size_t *room, size_t count, size_t size)
{
    if (count < *room) {
        return OK;
    }
    const size_t more = *room == 0 ? FIRST_ROOM : 2 * *room;
    void *grown = realloc(*list, more * size);
    if (grown == NULL) {
        return ERR_MEMORY;
    }
    *list = grown;
    *room = more;
    return OK;
}

/* --- events ----------------------------------------------------------------------------------- */

/* The index of an event, which it is given where this is the first mention. */
static enum err event_of(uint32_t *out, struct lot_walk *walk, const struct hash *id)
{
    const size_t before = walk->event_index.count;
    enum err err = lot_index_get(out, &walk->event_index, id);
    if (err == OK && walk->event_index.count > before) {
        err = grow((void **)&walk->events, &walk->event_room, before, sizeof *walk->events);
    }
    if (err == OK && walk->event_index.count > before) {
        walk->events[before] = (struct lot_walk_event){.brief = NULL};
    }
    return err;
}

static enum err event_found(void *context, size_t index, struct bytes value)
{
    const struct lot_walk *walk = context;
    struct lot_walk_event *event = &walk->events[walk->events_read + index];
    const enum err err = lot_brief_event(&event->brief, value, walk->arena);
    if (err != OK) {
        return err;
    }
    event->nodes =
        arena_alloc(walk->arena, (event->brief->output_count + 1) * sizeof *event->nodes);
    return event->nodes == NULL ? ERR_MEMORY : OK;
}

/* Reads the events asked for; what a record of the state names must be there. */
static enum err read_events(struct lot_walk *walk)
{
    struct arena scratch;
    arena_init(&scratch, SCRATCH_MAX);
    struct lot_batch batch = {.scratch = &scratch};
    enum err err = OK;
    const size_t end = walk->event_index.count;
    for (size_t i = walk->events_read; err == OK && i < end; i++) {
        const struct state_key key = view_lot_event_key(&walk->event_index.ids[i]);
        err = lot_batch_add(&batch, &key);
    }
    if (err == OK) {
        err = lot_batch_read(&batch, walk->state, event_found, walk);
    }
    for (size_t i = walk->events_read; err == OK && i < end; i++) {
        err = walk->events[i].brief == NULL ? ERR_CORRUPT : OK;
    }
    walk->events_read = end;
    arena_free(&scratch);
    return err;
}

/* --- lots ------------------------------------------------------------------------------------- */

/* The index of a lot, which it is given where this is the first mention. id lives as long as the
 * walk. */
static enum err lot_of(uint32_t *out, struct lot_walk *walk, const char *id)
{
    const size_t before = walk->lot_index.count;
    struct hash hash;
    id_hash(&hash, KEY_LOT, id);
    enum err err = lot_index_get(out, &walk->lot_index, &hash);
    if (err == OK && walk->lot_index.count > before) {
        err = grow((void **)&walk->lots, &walk->lot_room, before, sizeof *walk->lots);
    }
    if (err == OK && walk->lot_index.count > before) {
        walk->lots[before] = (struct lot_walk_lot){.id = id};
    }
    return err;
}

enum err lot_walk_add(struct lot_walk *walk, const char *lot)
{
    uint32_t index = 0;
    const char *id = arena_text(walk->arena, lot, strlen(lot));
    return id == NULL ? ERR_MEMORY : lot_of(&index, walk, id);
}

static enum err lot_found(void *context, size_t index, struct bytes value)
{
    struct lot_walk *walk = context;
    struct lot_walk_lot *lot = &walk->lots[walk->lots_read + index];
    struct lot_brief_lot brief;
    enum err err = lot_brief_record(&brief, value);
    if (err == OK && !brief.has_created) {
        err = ERR_CORRUPT;
    }
    if (err == OK) {
        lot->there = true;
        lot->edges = brief.edges;
        err = event_of(&lot->event, walk, &brief.created_event);
    }
    return err;
}

/* Reads the lots asked for and the events that made them. ERR_ABSENT: one of them is none. */
static enum err read_lots(struct lot_walk *walk)
{
    struct arena scratch;
    arena_init(&scratch, SCRATCH_MAX);
    struct lot_batch batch = {.scratch = &scratch};
    enum err err = OK;
    const size_t end = walk->lot_index.count;
    for (size_t i = walk->lots_read; err == OK && i < end; i++) {
        struct state_key key = state_key_of(KEY_LOT);
        state_key_hash(&key, &walk->lot_index.ids[i]);
        err = lot_batch_add(&batch, &key);
    }
    if (err == OK) {
        err = lot_batch_read(&batch, walk->state, lot_found, walk);
    }
    for (size_t i = walk->lots_read; err == OK && i < end; i++) {
        err = walk->lots[i].there ? OK : ERR_ABSENT;
    }
    walk->lots_read = end;
    arena_free(&scratch);
    return err == OK ? read_events(walk) : err;
}

/* --- nodes ------------------------------------------------------------------------------------ */

static enum err make_room(struct lot_walk *walk)
{
    size_t room = walk->room;
    if (walk->count >= walk->lot_index.max) {
        return ERR_TOO_LARGE;
    }
    const enum err err = grow((void **)&walk->notes, &room, walk->count, sizeof *walk->notes);
    if (err != OK || room == walk->room) {
        return err;
    }
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

/* Which output of the event a lot is. */
static enum err output_of(size_t *out, const struct lot_brief *event, const char *lot)
{
    for (size_t i = 0; i < event->output_count; i++) {
        if (strcmp(event->outputs[i].lot, lot) == 0) {
            *out = i;
            return OK;
        }
    }
    return ERR_CORRUPT;
}

/* The node of a lot that an event made, new or met before. */
static enum err node_of(uint32_t *out, struct lot_walk *walk, const char *lot, uint32_t event_index,
                        uint32_t depth)
{
    struct lot_walk_event *event = &walk->events[event_index];
    size_t output = 0;
    enum err err = output_of(&output, event->brief, lot);
    if (err == OK && event->nodes[output] == 0) {
        err = make_room(walk);
    }
    if (err != OK) {
        return err;
    }
    if (event->nodes[output] == 0) {
        const struct lot_brief_part *part = &event->brief->outputs[output];
        walk->notes[walk->count] = (struct lot_walk_node){.event = event_index};
        walk->nodes[walk->count++] =
            (struct lot_node){.id = part->lot,
                              .created_kg = part->qty_kg,
                              .event_id = walk->event_index.ids[event_index],
                              .made = event->brief,
                              .depth = depth};
        event->nodes[output] = (uint32_t)walk->count;
    }
    *out = event->nodes[output] - 1;
    return OK;
}

static enum err node_of_lot(uint32_t *out, struct lot_walk *walk, uint32_t lot, uint32_t depth)
{
    const enum err err = node_of(out, walk, walk->lots[lot].id, walk->lots[lot].event, depth);
    if (err == OK) {
        walk->notes[*out].lot = lot;
    }
    return err;
}

/* --- links ------------------------------------------------------------------------------------ */

static enum err links_new(struct lot_link **out, struct lot_walk *walk, uint32_t index,
                          size_t count)
{
    struct lot_link *links = arena_alloc(walk->arena, (count + 1) * sizeof *links);
    if (links == NULL) {
        return ERR_MEMORY;
    }
    walk->notes[index].links = links;
    walk->nodes[index].links = links;
    walk->nodes[index].link_count = count;
    *out = links;
    return OK;
}

static int link_order(const void *a, const void *b)
{
    const struct lot_link *left = a;
    const struct lot_link *right = b;
    return (left->node > right->node) - (left->node < right->node);
}

/* Most lists are in order as they were met. */
static void links_sort(struct lot_link *links, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (links[i - 1].node > links[i].node) {
            qsort(links, count, sizeof *links, link_order);
            return;
        }
    }
}

/* --- upwards ---------------------------------------------------------------------------------- */

/* Does the edge that the event gave this input lead to child? */
static enum err leads(bool *out, const struct lot_walk *walk, const struct lot_brief_part *input,
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
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* A part keeps the GTIN of its lot (what stands before the point), and its lot has an edge to it.
 */
static bool may_be_parent(const struct lot_brief_part *input, const char *part)
{
    return input->edge != 0 && strncmp(input->lot, part, strcspn(part, ".") + 1) == 0;
}

/* Which input a lot was parted from: the only one that can be, else the one whose edge says so. */
static enum err parted_from(uint32_t *out, const struct lot_walk *walk, const struct lot_node *node)
{
    const struct lot_brief *event = node->made;
    size_t candidates = 0;
    for (uint32_t i = 0; i < event->input_count; i++) {
        if (may_be_parent(&event->inputs[i], node->id)) {
            *out = i;
            candidates++;
        }
    }
    for (uint32_t i = 0; candidates > 1 && i < event->input_count; i++) {
        bool leading = false;
        const enum err err = leads(&leading, walk, &event->inputs[i], node->id);
        if (err != OK) {
            return err;
        }
        if (leading) {
            *out = i;
            break;
        }
    }
    return candidates == 0 ? ERR_CORRUPT : OK;
}

static bool leads_up(const struct lot_node *node)
{
    return node->made->input_count > 0 && !node->made->undone;
}

/* Asks for the events that made the parents of a node. */
static enum err ask_up(struct lot_walk *walk, uint32_t index)
{
    const struct lot_node *node = &walk->nodes[index];
    const struct lot_brief *event = node->made;
    const bool mixes = lot_event_mixes(event->type);
    struct lot_link *links = NULL;
    uint32_t first = 0;
    enum err err = mixes ? OK : parted_from(&first, walk, node);
    if (err == OK) {
        err = links_new(&links, walk, index, mixes ? event->input_count : 1);
    }
    for (size_t i = 0; err == OK && i < node->link_count; i++) {
        const struct lot_brief_part *part = &event->inputs[first + i];
        links[i].qty_kg = mixes ? part->qty_kg : node->created_kg;
        err =
            part->has_created ? event_of(&links[i].node, walk, &part->created_event) : ERR_CORRUPT;
    }
    walk->notes[index].parent = first;
    return err;
}

static enum err link_up(struct lot_walk *walk, uint32_t index)
{
    const struct lot_node node = walk->nodes[index];
    const struct lot_brief_part *parts = node.made->inputs + walk->notes[index].parent;
    struct lot_link *links = walk->notes[index].links;
    enum err err = OK;
    for (size_t i = 0; err == OK && i < node.link_count; i++) {
        err = node_of(&links[i].node, walk, parts[i].lot, links[i].node, node.depth + 1);
    }
    links_sort(links, node.link_count);
    return err;
}

static enum err level_up(struct lot_walk *walk, uint32_t from, uint32_t to)
{
    enum err err = OK;
    for (uint32_t i = from; err == OK && i < to; i++) {
        if (leads_up(&walk->nodes[i])) {
            err = ask_up(walk, i);
        }
    }
    if (err == OK) {
        err = read_events(walk);
    }
    for (uint32_t i = from; err == OK && i < to; i++) {
        err = link_up(walk, i);
    }
    return err;
}

/* --- downwards -------------------------------------------------------------------------------- */

struct edges {
    struct lot_walk *walk;
    struct lot_brief_edge *list;
};

static enum err edge_found(void *context, size_t index, struct bytes value)
{
    const struct edges *edges = context;
    return lot_brief_edge(&edges->list[index], value, edges->walk->arena);
}

/* Reads all edges of the lots of a depth. */
static enum err read_edges(struct lot_walk *walk, uint32_t from, uint32_t to, struct arena *scratch)
{
    struct lot_batch batch = {.scratch = scratch};
    struct edges edges = {.walk = walk};
    size_t done = 0;
    enum err err = OK;
    for (uint32_t i = from; err == OK && i < to; i++) {
        const uint32_t lot = walk->notes[i].lot;
        for (uint32_t j = 0; err == OK && j < walk->lots[lot].edges; j++) {
            struct state_key key = state_key_of(KEY_LOT_EDGE);
            state_key_hash(&key, &walk->lot_index.ids[lot]);
            state_key_u32(&key, j);
            err = lot_batch_add(&batch, &key);
        }
    }
    edges.list = arena_alloc(scratch, (batch.count + 1) * sizeof *edges.list);
    if (err == OK) {
        err = edges.list == NULL ? ERR_MEMORY
                                 : lot_batch_read(&batch, walk->state, edge_found, &edges);
    }
    for (size_t i = 0; err == OK && i < batch.count; i++) {
        err = edges.list[i].children == NULL ? ERR_CORRUPT : OK;
    }
    for (uint32_t i = from; err == OK && i < to; i++) {
        walk->notes[i].edges = edges.list + done;
        done += walk->lots[walk->notes[i].lot].edges;
    }
    return err;
}

/* Asks for the lots that were made of a node. */
static enum err ask_down(struct lot_walk *walk, uint32_t index)
{
    const struct lot_walk_node *note = &walk->notes[index];
    const uint32_t edges = walk->lots[note->lot].edges;
    struct lot_link *links = NULL;
    size_t count = 0;
    for (uint32_t i = 0; i < edges; i++) {
        count += note->edges[i].undone ? 0 : note->edges[i].child_count;
    }
    if (count == 0) {
        return OK;
    }
    enum err err = links_new(&links, walk, index, count);
    for (uint32_t i = 0; err == OK && i < edges; i++) {
        const struct lot_brief_edge *edge = &note->edges[i];
        for (size_t j = 0; err == OK && !edge->undone && j < edge->child_count; j++) {
            links->qty_kg = edge->qty_kg;
            err = lot_of(&links->node, walk, edge->children[j]);
            links++;
        }
    }
    return err;
}

static enum err link_down(struct lot_walk *walk, uint32_t index)
{
    const struct lot_node node = walk->nodes[index];
    struct lot_link *links = walk->notes[index].links;
    enum err err = OK;
    for (size_t i = 0; err == OK && i < node.link_count; i++) {
        err = node_of_lot(&links[i].node, walk, links[i].node, node.depth + 1);
    }
    links_sort(links, node.link_count);
    return err;
}

static enum err level_down(struct lot_walk *walk, uint32_t from, uint32_t to)
{
    struct arena scratch;
    arena_init(&scratch, SCRATCH_MAX);
    enum err err = read_edges(walk, from, to, &scratch);
    for (uint32_t i = from; err == OK && i < to; i++) {
        err = ask_down(walk, i);
    }
    arena_free(&scratch);
    if (err == OK) {
        err = read_lots(walk);
        err = err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    for (uint32_t i = from; err == OK && i < to; i++) {
        err = link_down(walk, i);
    }
    return err;
}

/* --- the walk --------------------------------------------------------------------------------- */

static enum err start(struct lot_walk *walk)
{
    const uint32_t count = (uint32_t)walk->lot_index.count;
    enum err err = read_lots(walk);
    for (uint32_t i = 0; err == OK && i < count; i++) {
        uint32_t node = 0;
        err = node_of_lot(&node, walk, i, 0);
    }
    return err;
}

/* Where the depth asked for ends. */
static void stop(struct lot_walk *walk, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        walk->nodes[i].more = walk->direction == LOT_UP ? leads_up(&walk->nodes[i])
                                                        : walk->lots[walk->notes[i].lot].edges > 0;
    }
}

enum err lot_walk_run(struct lot_walk *walk, struct lot_trace *out)
{
    enum err err = start(walk);
    const size_t starts = walk->count;
    uint32_t from = 0;
    uint32_t depth = 0;
    while (err == OK && from < walk->count) {
        const uint32_t to = (uint32_t)walk->count;
        depth = walk->nodes[from].depth;
        if (depth >= walk->depth) {
            stop(walk, from, to);
        } else {
            err = walk->direction == LOT_UP ? level_up(walk, from, to) : level_down(walk, from, to);
        }
        from = to;
    }
    if (err == OK) {
        *out = (struct lot_trace){.direction = walk->direction,
                                  .nodes = walk->nodes,
                                  .count = walk->count,
                                  .start_count = starts,
                                  .event_count = walk->event_index.count,
                                  .depth = depth};
    }
    return err;
}
