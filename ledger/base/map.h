/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_MAP_H
#define LEDGER_BASE_MAP_H

/* A bounded map from bytes to pointers, kept in the order of the keys (as bytes_compare). A
 * balanced tree, not a hash table: whoever chooses the keys cannot make it slow, and every node
 * walks it in the same order. In front of many entries stands a Bloom filter (B. Bloom, 1970),
 * because most keys that are asked for are not there; keys chosen against it only make it useless.
 * Keys are copied; values belong to the caller. */

#include "ledger/base/err.h"

struct map_node;

struct map {
    struct map_node *root;
    size_t count;
    size_t limit; /* entries */
    struct map_filter *filter; /* of a map of many entries: says at once what is not in it */
};

/* map_init prepares an empty map of at most limit entries; nothing is allocated yet. */
void map_init(struct map *map, size_t limit);

/* map_free drops all entries; drop, unless NULL, is called with each value. The map stays usable.
 */
void map_free(struct map *map, void (*drop)(void *value));

/* map_put inserts or replaces. *old, unless old is NULL, gets the replaced value or NULL. value is
 * not NULL. ERR_BUSY when the map is full, ERR_MEMORY; nothing changed then. */
enum err NODISCARD map_put(struct map *map, struct bytes key, void *value, void **old);

/* map_get finds a value or NULL. */
void *map_get(const struct map *map, struct bytes key);

/* map_remove takes an entry out and gives its value, or NULL when there is none. */
void *map_remove(struct map *map, struct bytes key);

/* Walking upwards: map_first or map_seek (the first key >= key), then map_next; NULL at the end. A
 * put or remove in between ends the walk; continue with map_seek. */
const struct map_node *map_first(const struct map *map);
const struct map_node *map_seek(const struct map *map, struct bytes key);
const struct map_node *map_next(const struct map_node *node);
struct bytes map_key(const struct map_node *node); /* borrows until the entry is removed */
void *map_value(const struct map_node *node);

/* map_check is the invariant: order, balance, links and count. For tests. */
bool NODISCARD map_check(const struct map *map);

#endif
