/* SPDX-License-Identifier: Apache-2.0 */
/* An AVL tree with parent links, so that walking and rebalancing need neither recursion nor a
 * stack. side 0 is left (smaller), side 1 right. */

#include "ledger/base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_ENTRIES_MIN 64 /* in a smaller map the tree itself is as fast */
#define FILTER_BITS_EACH 16 /* and more: two of them are set by a key, so one in 60 is a miss */

struct map_node {
    struct map_node *parent;
    struct map_node *child[2];
    void *value;
    size_t key_size;
    int height; /* of the subtree; a leaf has 1 */
    uint8_t key[];
};

/* --- the filter ---------------------------------------------------------------------------------
 * What is removed leaves its bits; the filter is made again, twice as large as its map needs, when
 * as many keys were put as it has room for. Without memory for it the map works without. */

struct map_filter {
    size_t room; /* keys until it is made again */
    size_t bits; /* a power of two */
    uint64_t words[];
};

/* Spreads a key over 64 bits, eight bytes at a time. Speed alone depends on it. */
static uint64_t filter_mix(struct bytes key)
{
    uint64_t mixed = key.size;
    for (size_t at = 0; at < key.size; at += sizeof mixed) {
        uint64_t word = 0;
        memcpy(&word, key.data + at, key.size - at < sizeof word ? key.size - at : sizeof word);
        mixed = (mixed ^ word) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 over the golden ratio */
        mixed ^= mixed >> 32;
    }
    return mixed;
}

static void filter_add(struct map_filter *filter, struct bytes key)
{
    const uint64_t mixed = filter_mix(key);
    const size_t one = (size_t)(mixed & (filter->bits - 1));
    const size_t two = (size_t)(mixed >> 32 & (filter->bits - 1));
    filter->words[one / 64] |= UINT64_C(1) << one % 64;
    filter->words[two / 64] |= UINT64_C(1) << two % 64;
    filter->room--;
}

/* True for sure when the key is not in the map. */
static bool filter_excludes(const struct map_filter *filter, struct bytes key)
{
    if (filter == NULL) {
        return false;
    }
    const uint64_t mixed = filter_mix(key);
    const size_t one = (size_t)(mixed & (filter->bits - 1));
    const size_t two = (size_t)(mixed >> 32 & (filter->bits - 1));
    return (filter->words[one / 64] >> one % 64 & 1) == 0 ||
           (filter->words[two / 64] >> two % 64 & 1) == 0;
}

static void filter_remake(struct map *map)
{
    size_t bits = 64;
    free(map->filter);
    map->filter = NULL;
    while (bits / 2 / FILTER_BITS_EACH < map->count) {
        bits *= 2;
    }
    struct map_filter *filter = calloc(1, sizeof *filter + bits / 8);
    if (filter == NULL) {
        return;
    }
    filter->bits = bits;
    filter->room = bits / FILTER_BITS_EACH;
    for (const struct map_node *node = map_first(map); node; node = map_next(node)) {
        filter_add(filter, map_key(node));
    }
    map->filter = filter;
}

static void filter_put(struct map *map, struct bytes key)
{
    if (map->filter != NULL && map->filter->room > 0) {
        filter_add(map->filter, key);
    } else if (map->filter != NULL || map->count == FILTER_ENTRIES_MIN) {
        filter_remake(map);
    }
}

/* --- the tree -----------------------------------------------------------------------------------
 */

void map_init(struct map *map, size_t limit)
{
    assert(map != NULL);
    *map = (struct map){.limit = limit};
}

struct bytes map_key(const struct map_node *node)
{
    return bytes_of(node->key, node->key_size);
}

void *map_value(const struct map_node *node)
{
    return node->value;
}

static int height_of(const struct map_node *node)
{
    return node == NULL ? 0 : node->height;
}

static int balance_of(const struct map_node *node)
{
    return height_of(node->child[1]) - height_of(node->child[0]);
}

static void height_update(struct map_node *node)
{
    const int left = height_of(node->child[0]);
    const int right = height_of(node->child[1]);
    node->height = (left > right ? left : right) + 1;
}

/* Puts child where node hangs on its parent. */
static void replace(struct map *map, struct map_node *node, struct map_node *child)
{
    struct map_node *parent = node->parent;
    if (child != NULL) {
        child->parent = parent;
    }
    if (parent == NULL) {
        map->root = child;
        return;
    }
    parent->child[parent->child[1] == node] = child;
}

/* Lifts the child on the other side over node; gives the new top. */
static struct map_node *rotate(struct map *map, struct map_node *node, int side)
{
    struct map_node *top = node->child[!side];
    assert(top != NULL);
    replace(map, node, top);
    node->child[!side] = top->child[side];
    if (top->child[side] != NULL) {
        top->child[side]->parent = node;
    }
    top->child[side] = node;
    node->parent = top;
    height_update(node);
    height_update(top);
    return top;
}

static struct map_node *rebalance_one(struct map *map, struct map_node *node)
{
    const int balance = balance_of(node);
    if (balance >= -1 && balance <= 1) {
        return node;
    }
    const int heavy = balance > 0;
    struct map_node *child = node->child[heavy];
    const int inner = balance_of(child);
    if (heavy ? inner < 0 : inner > 0) {
        (void)rotate(map, child, heavy);
    }
    return rotate(map, node, !heavy);
}

/* Restores heights and balance from node up to the root. */
static void rebalance(struct map *map, struct map_node *node)
{
    while (node != NULL) {
        height_update(node);
        node = rebalance_one(map, node)->parent;
    }
}

static struct map_node *find(const struct map *map, struct bytes key)
{
    if (filter_excludes(map->filter, key)) {
        return NULL;
    }
    struct map_node *node = map->root;
    while (node != NULL) {
        const int order = bytes_compare(key, map_key(node));
        if (order == 0) {
            return node;
        }
        node = node->child[order > 0];
    }
    return NULL;
}

void *map_get(const struct map *map, struct bytes key)
{
    const struct map_node *node = find(map, key);
    return node == NULL ? NULL : node->value;
}

static struct map_node *node_new(struct bytes key, void *value)
{
    if (key.size > SIZE_MAX - sizeof(struct map_node)) {
        return NULL;
    }
    struct map_node *node = calloc(1, sizeof *node + key.size);
    if (node == NULL) {
        return NULL;
    }
    node->value = value;
    node->height = 1;
    node->key_size = key.size;
    if (key.size > 0) {
        memcpy(node->key, key.data, key.size);
    }
    return node;
}

enum err map_put(struct map *map, struct bytes key, void *value, void **old)
{
    assert(value != NULL);
    struct map_node *parent = NULL;
    struct map_node **link = &map->root;
    while (*link != NULL) {
        parent = *link;
        const int order = bytes_compare(key, map_key(parent));
        if (order == 0) {
            if (old != NULL) {
                *old = parent->value;
            }
            parent->value = value;
            return OK;
        }
        link = &parent->child[order > 0];
    }
    if (map->count >= map->limit) {
        return ERR_BUSY;
    }
    struct map_node *node = node_new(key, value);
    if (node == NULL) {
        return ERR_MEMORY;
    }
    node->parent = parent;
    *link = node;
    map->count++;
    rebalance(map, parent);
    filter_put(map, key);
    if (old != NULL) {
        *old = NULL;
    }
    return OK;
}

/* Takes a node with two children out by putting its successor into its place. */
static struct map_node *unlink_inner(struct map *map, struct map_node *node)
{
    struct map_node *next = node->child[1];
    while (next->child[0] != NULL) {
        next = next->child[0];
    }
    struct map_node *start = next->parent == node ? next : next->parent;
    if (next->parent != node) {
        replace(map, next, next->child[1]);
        next->child[1] = node->child[1];
        next->child[1]->parent = next;
    }
    replace(map, node, next);
    next->child[0] = node->child[0];
    next->child[0]->parent = next;
    return start;
}

void *map_remove(struct map *map, struct bytes key)
{
    struct map_node *node = find(map, key);
    if (node == NULL) {
        return NULL;
    }
    assert(map->count > 0);
    struct map_node *start = node->parent;
    if (node->child[0] != NULL && node->child[1] != NULL) {
        start = unlink_inner(map, node);
    } else {
        replace(map, node, node->child[node->child[0] == NULL]);
    }
    rebalance(map, start);
    void *value = node->value;
    free(node);
    map->count--;
    if (map->count == 0) {
        free(map->filter);
        map->filter = NULL;
    }
    return value;
}

const struct map_node *map_first(const struct map *map)
{
    const struct map_node *node = map->root;
    while (node != NULL && node->child[0] != NULL) {
        node = node->child[0];
    }
    return node;
}

const struct map_node *map_seek(const struct map *map, struct bytes key)
{
    const struct map_node *node = map->root;
    const struct map_node *best = NULL;
    while (node != NULL) {
        const int order = bytes_compare(key, map_key(node));
        if (order <= 0) {
            best = node;
        }
        node = node->child[order > 0];
    }
    return best;
}

const struct map_node *map_next(const struct map_node *node)
{
    if (node->child[1] != NULL) {
        node = node->child[1];
        while (node->child[0] != NULL) {
            node = node->child[0];
        }
        return node;
    }
    while (node->parent != NULL && node->parent->child[1] == node) {
        node = node->parent;
    }
    return node->parent;
}

void map_free(struct map *map, void (*drop)(void *value))
{
    struct map_node *node = map->root;
    while (node != NULL) {
        if (node->child[0] != NULL) {
            node = node->child[0];
            continue;
        }
        if (node->child[1] != NULL) {
            node = node->child[1];
            continue;
        }
        struct map_node *parent = node->parent;
        if (parent != NULL) {
            parent->child[parent->child[1] == node] = NULL;
        }
        if (drop != NULL) {
            drop(node->value);
        }
        free(node);
        node = parent;
    }
    free(map->filter);
    map_init(map, map->limit);
}

static bool node_check(const struct map_node *node)
{
    for (int side = 0; side < 2; side++) {
        const struct map_node *child = node->child[side];
        if (child == NULL) {
            continue;
        }
        const int order = bytes_compare(map_key(child), map_key(node));
        if (child->parent != node || (side == 0 ? order >= 0 : order <= 0)) {
            return false;
        }
    }
    const int left = height_of(node->child[0]);
    const int right = height_of(node->child[1]);
    const int balance = balance_of(node);
    return node->height == (left > right ? left : right) + 1 && balance >= -1 && balance <= 1;
}

bool map_check(const struct map *map)
{
    size_t count = 0;
    const struct map_node *last = NULL;
    for (const struct map_node *node = map_first(map); node != NULL; node = map_next(node)) {
        if (!node_check(node) || filter_excludes(map->filter, map_key(node)) ||
            (last != NULL && bytes_compare(map_key(last), map_key(node)) >= 0)) {
            return false;
        }
        last = node;
        count++;
    }
    return count == map->count && count <= map->limit;
}
