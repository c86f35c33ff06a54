/* SPDX-License-Identifier: Apache-2.0 */
/* Ids are hashes, so records that are read together lie anywhere; sorted by key those of one block
 * of the store come one after the other. */
#include "ledger/query/lot_batch.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64
#define AT_ONCE 128

enum err lot_batch_add(struct lot_batch *batch, const struct state_key *key)
{
    if (batch->count == batch->room) {
        const size_t room = batch->room == 0 ? FIRST_ROOM : 2 * batch->room;
        struct state_key *keys = arena_alloc(batch->scratch, room * sizeof *keys);
        if (keys == NULL) {
            return ERR_MEMORY;
        }
        if (batch->count > 0) {
            memcpy(keys, batch->keys, batch->count * sizeof *keys);
        }
        batch->keys = keys;
        batch->room = room;
    }
    batch->keys[batch->count++] = *key;
    return OK;
}

/* The first bytes behind the table byte say nearly all of the order. */
struct place {
    uint64_t first;
    uint32_t index;
};

static int place_order(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    if (left->first != right->first) {
        return left->first < right->first ? -1 : 1;
    }
    return (left->index > right->index) - (left->index < right->index);
}

static uint64_t first_bytes(const struct state_key *key)
{
    uint64_t value = 0;
    for (size_t i = 1; i <= 8; i++) {
        value = value << 8 | (i < key->size ? key->data[i] : 0);
    }
    return value;
}

struct some {
    const struct place *places;
    overlay_found found;
    void *context;
};

static enum err found_some(void *context, size_t index, struct bytes value)
{
    const struct some *some = context;
    return some->found(some->context, some->places[index].index, value);
}

enum err lot_batch_read(const struct lot_batch *batch, struct overlay *state, overlay_found found,
                        void *context)
{
    struct place *places = arena_alloc(batch->scratch, (batch->count + 1) * sizeof *places);
    enum err err = places == NULL ? ERR_MEMORY : OK;
    for (size_t i = 0; err == OK && i < batch->count; i++) {
        places[i] = (struct place){first_bytes(&batch->keys[i]), (uint32_t)i};
    }
    if (err == OK) {
        qsort(places, batch->count, sizeof *places, place_order);
    }
    for (size_t from = 0; err == OK && from < batch->count; from += AT_ONCE) {
        struct bytes keys[AT_ONCE];
        const size_t rest = batch->count - from;
        const size_t count = rest < AT_ONCE ? rest : AT_ONCE;
        struct some some = {places + from, found, context};
        for (size_t i = 0; i < count; i++) {
            keys[i] = state_key_bytes(&batch->keys[places[from + i].index]);
        }
        err = overlay_read_many(state, keys, count, found_some, &some);
    }
    return err;
}
