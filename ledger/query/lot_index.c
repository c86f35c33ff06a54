/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes are of transactions and of ids, so their first bytes are spread already. */
#include "ledger/query/lot_index.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

void lot_index_free(struct lot_index *index)
{
    free(index->ids);
    free(index->places);
    *index = (struct lot_index){.max = index->max};
}

/* The place of a hash, or the empty one where it belongs. */
static uint32_t *place_of(const struct lot_index *index, const struct hash *id)
{
    uint64_t first = 0;
    memcpy(&first, id->bytes, sizeof first);
    size_t at = (size_t)first & (index->place_count - 1);
    while (index->places[at] != 0 && !hash_equal(&index->ids[index->places[at] - 1], id)) {
        at = (at + 1) & (index->place_count - 1);
    }
    return &index->places[at];
}

/* At most half of the places are taken. */
static enum err places_grow(struct lot_index *index)
{
    if (2 * index->count < index->place_count) {
        return OK;
    }
    const size_t count = index->place_count == 0 ? 2 * FIRST_ROOM : 4 * index->place_count;
    uint32_t *places = calloc(count, sizeof *places);
    if (places == NULL) {
        return ERR_MEMORY;
    }
    free(index->places);
    index->places = places;
    index->place_count = count;
    for (size_t i = 0; i < index->count; i++) {
        *place_of(index, &index->ids[i]) = (uint32_t)(i + 1);
    }
    return OK;
}

static enum err ids_grow(struct lot_index *index)
{
    if (index->count >= index->max) {
        return ERR_TOO_LARGE;
    }
    if (index->count < index->room) {
        return OK;
    }
    const size_t room = index->room == 0 ? FIRST_ROOM : 2 * index->room;
    struct hash *ids = realloc(index->ids, room * sizeof *ids);
    if (ids == NULL) {
        return ERR_MEMORY;
    }
    index->ids = ids;
    index->room = room;
    return OK;
}

enum err lot_index_get(uint32_t *out, struct lot_index *index, const struct hash *id)
{
    enum err err = places_grow(index);
    if (err != OK) {
        return err;
    }
    uint32_t *place = place_of(index, id);
    if (*place == 0) {
        err = ids_grow(index);
        if (err != OK) {
            return err;
        }
        index->ids[index->count++] = *id;
        *place = (uint32_t)index->count;
    }
    *out = *place - 1;
    return OK;
}
