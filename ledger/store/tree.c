/* SPDX-License-Identifier: Apache-2.0 */
/* An update walks the changed paths in ascending order with a stack of open nodes, one per nibble
 * of the current path: going on to the next path closes the nodes that are not above it, so every
 * node is hashed and recorded once, children before parents. A closed node with one leaf left gives
 * that leaf to its parent; one with none disappears. */
#include "ledger/store/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/limits.h"
#include "ledger/store/spin.h"
#include "ledger/store/tree_cache.h"
#include "ledger/store/tree_node.h"

struct record {
    struct bytes key;
    struct bytes value;
    struct bytes hashes; /* made of value, in memory only */
};

struct records {
    struct record *items;
    size_t count;
    size_t capacity;
};

struct link {
    atomic_uint references;
    struct tree *parent; /* kept; NULL: base */
    struct tree_base base;
};

struct tree {
    atomic_uint references;
    struct spin lock; /* guards `below` */
    struct link *below;
    bool empty; /* no root node exists */
    uint64_t height; /* of the block, when it made nodes */
    uint64_t root_height; /* unless empty */
    struct hash root;
    struct arena arena;
    struct records nodes; /* ascending by key */
    struct records stale;
};

struct update {
    struct hash path;
    struct hash value; /* hash of the value */
    bool deleted;
};

struct frame {
    struct tree_node node;
    bool dirty;
    bool stored; /* there is a record of the node as it was */
    uint64_t stored_height;
};

struct work {
    struct tree *tree; /* the one being made */
    struct update *updates;
    size_t update_count;
    struct hash path; /* frames[d] is the node at its first d nibbles */
    size_t depth; /* open frames */
    struct frame frames[TREE_NIBBLES];
};

/* --- references ---------------------------------------------------------------------------------
 */

static struct link *link_take(const struct tree *tree)
{
    struct tree *owner = (struct tree *)tree;
    spin_lock(&owner->lock);
    struct link *link = owner->below;
    atomic_fetch_add(&link->references, 1);
    spin_unlock(&owner->lock);
    return link;
}

static struct tree *link_release(struct link *link)
{
    if (atomic_fetch_sub(&link->references, 1) != 1) {
        return NULL;
    }
    struct tree *parent = link->parent;
    if (!parent && link->base.release) {
        link->base.release(link->base.context);
    }
    free(link);
    return parent;
}

static void base_release(const struct tree_base *base)
{
    if (base && base->release) {
        base->release(base->context);
    }
}

/* link_new takes base and keeps parent; base is released on failure. */
static struct link *link_new(struct tree *parent, const struct tree_base *base)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link) {
        base_release(base);
        return NULL;
    }
    atomic_init(&link->references, 1);
    if (parent) {
        link->parent = tree_keep(parent);
    } else {
        link->base = *base;
    }
    return link;
}

static struct tree *tree_new(struct tree *parent, const struct tree_base *base)
{
    struct link *link = link_new(parent, base);
    if (!link) {
        return NULL;
    }
    struct tree *tree = calloc(1, sizeof *tree);
    if (!tree) {
        tree_drop(link_release(link));
        return NULL;
    }
    atomic_init(&tree->references, 1);
    tree->below = link;
    arena_init(&tree->arena, LIMIT_TREE_BYTES);
    return tree;
}

static void tree_free(struct tree *tree)
{
    arena_free(&tree->arena);
    free(tree->nodes.items);
    free(tree->stale.items);
    free(tree);
}

struct tree *tree_keep(struct tree *tree)
{
    const unsigned before = atomic_fetch_add(&tree->references, 1);
    assert(before > 0);
    (void)before;
    return tree;
}

void tree_drop(struct tree *tree)
{
    while (tree && atomic_fetch_sub(&tree->references, 1) == 1) {
        struct tree *parent = link_release(tree->below);
        tree_free(tree);
        tree = parent;
    }
}

enum err tree_settle(struct tree *tree, const struct tree_base *base)
{
    assert(base->empty == tree->empty);
    assert(base->empty || base->height == tree->root_height);
    struct link *link = link_new(NULL, base);
    if (!link) {
        return ERR_MEMORY;
    }
    spin_lock(&tree->lock);
    struct link *before = tree->below;
    tree->below = link;
    spin_unlock(&tree->lock);
    tree_drop(link_release(before));
    return OK;
}

/* --- nodes --------------------------------------------------------------------------------------
 */

static int record_compare(const void *a, const void *b)
{
    return bytes_compare(((const struct record *)a)->key, ((const struct record *)b)->key);
}

/* All nodes of a tree are of its block's height. */
static const struct record *own_node(const struct tree *tree, uint64_t height, struct bytes key)
{
    if (tree->nodes.count == 0 || tree->height != height) {
        return NULL;
    }
    const struct record wanted = {.key = key};
    return bsearch(&wanted, tree->nodes.items, tree->nodes.count, sizeof wanted, record_compare);
}

static enum err node_take(struct tree_node *out, struct bytes value, struct bytes hashes)
{
    const enum err err = tree_node_decode(out, value);
    if (!err) {
        tree_node_know(out, hashes);
    }
    return err;
}

/* base_load asks of what comes from a disk that it fits its place: an update walks by what nodes
 * say, and a walk that they lead astray has no end. */
static enum err base_load(const struct tree_base *base, struct bytes key, uint64_t height,
                          const struct hash *path, unsigned nibbles, struct tree_node *out)
{
    struct arena arena;
    struct bytes value;
    struct bytes hashes = bytes_of(NULL, 0);
    arena_init(&arena, 16 * TREE_NODE_SIZE_MAX);
    enum err err;
    if (base->cache && tree_cache_get(base->cache, key, &arena, &value, &hashes)) {
        err = node_take(out, value, hashes);
    } else {
        err = base->get(base->context, key, &arena, &value);
        err = err ? err : tree_node_decode(out, value);
        err = err || tree_node_fits(out, height, path, nibbles) ? err : ERR_CORRUPT;
        if (!err && base->cache) {
            tree_cache_put(base->cache, key, value, bytes_of(NULL, 0));
        }
    }
    arena_free(&arena);
    return err;
}

enum err tree_load(const struct tree *tree, uint64_t height, const struct hash *path,
                   unsigned nibbles, struct tree_node *out)
{
    uint8_t space[TREE_KEY_SIZE_MAX];
    const struct bytes key = bytes_of(space, tree_key(space, height, path, nibbles));
    const struct record *record = own_node(tree, height, key);
    if (record) {
        return node_take(out, record->value, record->hashes);
    }
    struct link *link = link_take(tree);
    while (link->parent && !(record = own_node(link->parent, height, key))) {
        struct link *lower = link_take(link->parent);
        tree_drop(link_release(link));
        link = lower;
    }
    const enum err err = record ? node_take(out, record->value, record->hashes)
                                : base_load(&link->base, key, height, path, nibbles, out);
    tree_drop(link_release(link));
    /* A node that the tree names must be there. */
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* record_add copies what the record names into arena. */
static enum err record_add(struct records *records, struct arena *arena, struct record added)
{
    if (records->count == records->capacity) {
        const size_t capacity = records->capacity ? 2 * records->capacity : 32;
        struct record *items = realloc(records->items, capacity * sizeof *items);
        if (!items) {
            return ERR_MEMORY;
        }
        records->items = items;
        records->capacity = capacity;
    }
    struct record *record = &records->items[records->count];
    if (!arena_copy(arena, added.key, &record->key) ||
        !arena_copy(arena, added.value, &record->value) ||
        !arena_copy(arena, added.hashes, &record->hashes)) {
        return ERR_MEMORY;
    }
    records->count++;
    return OK;
}

/* --- update -------------------------------------------------------------------------------------
 */

static int update_compare(const void *a, const void *b)
{
    return memcmp(((const struct update *)a)->path.bytes, ((const struct update *)b)->path.bytes,
                  HASH_SIZE);
}

static bool work_collect(struct work *work, const struct overlay *overlay)
{
    const size_t count = overlay_count(overlay);
    work->updates = calloc(count + 1, sizeof *work->updates);
    if (!work->updates) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct bytes key;
        struct bytes value;
        overlay_entry(overlay, i, &key, &value);
        if (key.data[0] == OVERLAY_RECENT) {
            continue;
        }
        struct update *update = &work->updates[work->update_count++];
        state_path(&update->path, key);
        update->deleted = value.data == NULL;
        if (!update->deleted) {
            state_value_hash(&update->value, value);
        }
    }
    qsort(work->updates, work->update_count, sizeof *work->updates, update_compare);
    return true;
}

static struct frame *frame_push(struct work *work)
{
    assert(work->depth < TREE_NIBBLES);
    struct frame *frame = &work->frames[work->depth++];
    frame->dirty = false;
    frame->stored = false;
    return frame;
}

static void frame_set(struct frame *frame, unsigned index, const struct tree_child *child)
{
    tree_node_set(&frame->node, index, child);
    frame->dirty = true;
}

/* node_record puts the node of the top frame, `nibbles` deep, into the new tree, and its former
 * record among the stale ones. child describes the node as its parent will see it. */
static enum err node_record(struct work *work, const struct frame *frame, unsigned nibbles,
                            struct tree_child *child)
{
    struct tree *tree = work->tree;
    uint8_t key[TREE_KEY_SIZE_MAX];
    uint8_t value[TREE_NODE_SIZE_MAX];
    uint8_t hashes[TREE_HASHES_SIZE_MAX];
    struct tree_ranges ranges;
    tree_node_ranges(&ranges, &frame->node);
    child->kind = TREE_INNER;
    child->height = tree->height;
    child->hash = ranges.ranges[1].hash;
    const struct record record = {
        .key = bytes_of(key, tree_key(key, tree->height, &work->path, nibbles)),
        .value = bytes_of(value, tree_node_encode(value, &frame->node)),
        .hashes = bytes_of(hashes, tree_ranges_encode(hashes, &ranges))};
    return record_add(&tree->nodes, &tree->arena, record);
}

static enum err node_retire(struct work *work, const struct frame *frame, unsigned nibbles)
{
    if (!frame->stored) {
        return OK;
    }
    uint8_t key[TREE_KEY_SIZE_MAX];
    const size_t size = tree_key(key, frame->stored_height, &work->path, nibbles);
    const struct record record = {.key = bytes_of(key, size)};
    return record_add(&work->tree->stale, &work->tree->arena, record);
}

/* frame_close takes the top frame away and tells its parent what became of it. */
static enum err frame_close(struct work *work)
{
    assert(work->depth > 1);
    const unsigned nibbles = (unsigned)work->depth - 1;
    const struct frame *frame = &work->frames[nibbles];
    struct frame *parent = &work->frames[nibbles - 1];
    work->depth--;
    if (!frame->dirty) {
        return OK;
    }
    enum err err = node_retire(work, frame, nibbles);
    const struct tree_child *only = NULL;
    const unsigned children = tree_node_children(&frame->node, &only);
    struct tree_child child = {.kind = TREE_EMPTY};
    if (only && only->kind == TREE_LEAF) {
        child = *only;
    } else if (children > 0 && !err) {
        err = node_record(work, frame, nibbles, &child);
    }
    frame_set(parent, tree_nibble(&work->path, nibbles - 1), &child);
    return err;
}

static enum err frame_open(struct work *work, const struct tree_child *child)
{
    const unsigned nibbles = (unsigned)work->depth;
    struct frame *frame = frame_push(work);
    frame->stored = true;
    frame->stored_height = child->height;
    return tree_load(work->tree, child->height, &work->path, nibbles, &frame->node);
}

/* split makes room below a leaf whose path agrees with another so far. */
static void split(struct work *work, const struct tree_child *leaf)
{
    const unsigned nibbles = (unsigned)work->depth;
    struct frame *frame = frame_push(work);
    tree_node_init(&frame->node);
    frame_set(frame, tree_nibble(&leaf->path, nibbles), leaf);
}

/* leaf_put brings an update to a child that is empty or the leaf of its path. */
static void leaf_put(struct frame *frame, unsigned index, const struct update *update)
{
    const struct tree_child *before = &frame->node.children[index];
    struct tree_child child = {.kind = TREE_EMPTY};
    if (!update->deleted) {
        tree_child_leaf(&child, &update->path, &update->value);
    }
    if (child.kind != before->kind || !hash_equal(&child.value, &before->value)) {
        frame_set(frame, index, &child);
    }
}

/* apply brings one update to its place: down from the top frame, one nibble a turn. */
static enum err apply(struct work *work, const struct update *update)
{
    work->path = update->path;
    while (work->depth <= TREE_NIBBLES) {
        struct frame *frame = &work->frames[work->depth - 1];
        const unsigned index = tree_nibble(&update->path, (unsigned)work->depth - 1);
        const struct tree_child *child = &frame->node.children[index];
        if (child->kind == TREE_INNER) {
            const enum err err = frame_open(work, child);
            if (err) {
                return err;
            }
            continue;
        }
        if (child->kind == TREE_EMPTY || hash_equal(&child->path, &update->path)) {
            leaf_put(frame, index, update);
            return OK;
        }
        if (update->deleted) {
            return OK;
        }
        split(work, child);
    }
    assert(false); /* two different paths differ in one of their nibbles */
    return ERR_INTERNAL;
}

static unsigned nibbles_shared(const struct hash *a, const struct hash *b)
{
    unsigned shared = 0;
    while (shared < TREE_NIBBLES && tree_nibble(a, shared) == tree_nibble(b, shared)) {
        shared++;
    }
    return shared;
}

static enum err root_open(struct work *work)
{
    struct frame *root = frame_push(work);
    tree_node_init(&root->node);
    if (work->tree->empty) {
        return OK;
    }
    root->stored = true;
    root->stored_height = work->tree->root_height;
    return tree_load(work->tree, root->stored_height, &work->path, 0, &root->node);
}

static enum err root_close(struct work *work)
{
    assert(work->depth == 1);
    const struct frame *frame = &work->frames[0];
    struct tree *tree = work->tree;
    if (!frame->dirty) {
        return OK;
    }
    struct tree_child root;
    enum err err = node_retire(work, frame, 0);
    err = err ? err : node_record(work, frame, 0, &root);
    if (!err) {
        tree->root = root.hash;
        tree->root_height = tree->height;
        tree->empty = false;
    }
    return err;
}

static enum err work_run(struct work *work)
{
    if (work->update_count == 0) {
        return OK;
    }
    enum err err = root_open(work);
    for (size_t i = 0; i < work->update_count && !err; i++) {
        const struct update *update = &work->updates[i];
        const size_t keep = i ? nibbles_shared(&work->path, &update->path) + 1u : 1;
        while (work->depth > keep && !err) {
            err = frame_close(work);
        }
        err = err ? err : apply(work, update);
    }
    while (work->depth > 1 && !err) {
        err = frame_close(work);
    }
    err = err ? err : root_close(work);
    if (!err && work->tree->nodes.count) {
        qsort(work->tree->nodes.items, work->tree->nodes.count, sizeof(struct record),
              record_compare);
    }
    return err;
}

enum err tree_update(struct tree **out, struct tree *parent, uint64_t height,
                     const struct overlay *overlay)
{
    assert(overlay_sealed(overlay));
    assert(parent->empty || height > parent->root_height);
    struct tree *tree = tree_new(parent, NULL);
    struct work *work = calloc(1, sizeof *work);
    enum err err = tree && work && work_collect(work, overlay) ? OK : ERR_MEMORY;
    if (!err) {
        tree->height = height;
        tree->empty = parent->empty;
        tree->root_height = parent->root_height;
        tree->root = parent->root;
        work->tree = tree;
        err = work_run(work);
    }
    if (work) {
        free(work->updates);
        free(work);
    }
    if (err) {
        tree_drop(tree);
        return err;
    }
    *out = tree;
    return OK;
}

enum err tree_open(struct tree **out, const struct tree_base *base)
{
    const bool empty = base->empty;
    const uint64_t height = base->height;
    struct tree *tree = tree_new(NULL, base);
    if (!tree) {
        return ERR_MEMORY;
    }
    tree->empty = empty;
    tree->root_height = height;
    if (!empty) {
        struct tree_node root;
        const struct hash none = {{0}};
        const enum err err = tree_load(tree, height, &none, 0, &root);
        if (err) {
            tree_drop(tree);
            return err;
        }
        tree_node_hash(&tree->root, &root);
    }
    *out = tree;
    return OK;
}

/* --- what came out ------------------------------------------------------------------------------
 */

void tree_root(const struct tree *tree, struct hash *out)
{
    *out = tree->root;
}

bool tree_root_height(const struct tree *tree, uint64_t *height)
{
    if (tree->empty) {
        return false;
    }
    *height = tree->root_height;
    return true;
}

size_t tree_node_count(const struct tree *tree)
{
    return tree->nodes.count;
}

void tree_node(const struct tree *tree, size_t index, struct bytes *key, struct bytes *value)
{
    assert(index < tree->nodes.count);
    *key = tree->nodes.items[index].key;
    *value = tree->nodes.items[index].value;
}

void tree_remember(const struct tree *tree, struct tree_cache *cache)
{
    for (size_t i = 0; i < tree->nodes.count; i++) {
        const struct record *record = &tree->nodes.items[i];
        tree_cache_put(cache, record->key, record->value, record->hashes);
    }
}

size_t tree_stale_count(const struct tree *tree)
{
    return tree->stale.count;
}

struct bytes tree_stale(const struct tree *tree, size_t index)
{
    assert(index < tree->stale.count);
    return tree->stale.items[index].key;
}
