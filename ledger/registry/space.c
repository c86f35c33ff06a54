/* SPDX-License-Identifier: Apache-2.0 */
/* Level 0 maps hold the numbers themselves (prefix = number >> 8, bit = number & 255); a bit at
 * level k says that the map below it at level k-1 has a bit. Empty maps do not exist. */

#include "ledger/registry/space.h"

#include <assert.h>
#include <string.h>

#define MAP_BYTES 32
#define MAP_BITS 256u

struct map {
    struct state_key key;
    uint8_t bits[MAP_BYTES];
    bool empty;
};

static bool map_has(const struct map *map, uint32_t bit)
{
    return (map->bits[bit / 8] & (1u << (bit % 8))) != 0;
}

static enum err map_read(struct map *map, struct overlay *state, const struct hash *space,
                         uint32_t level, uint64_t prefix)
{
    struct bytes value;
    map->key = state_key_of(KEY_SPACE);
    state_key_hash(&map->key, space);
    state_key_u8(&map->key, (uint8_t)level);
    state_key_u64(&map->key, prefix);
    memset(map->bits, 0, sizeof map->bits);
    map->empty = true;
    const enum err err = overlay_get(state, state_key_bytes(&map->key), &value);
    if (err == ERR_ABSENT) {
        return OK;
    }
    if (err != OK) {
        return err;
    }
    if (value.size != MAP_BYTES) {
        return ERR_CORRUPT;
    }
    memcpy(map->bits, value.data, MAP_BYTES);
    map->empty = false;
    return OK;
}

static enum err map_write(struct map *map, struct overlay *state)
{
    static const uint8_t none[MAP_BYTES] = {0};
    if (memcmp(map->bits, none, MAP_BYTES) == 0) {
        map->empty = true;
        return overlay_delete(state, state_key_bytes(&map->key));
    }
    map->empty = false;
    return overlay_put(state, state_key_bytes(&map->key), bytes_of(map->bits, MAP_BYTES));
}

static uint32_t bit_of(uint64_t number, uint32_t level)
{
    return (uint32_t)((number >> (8 * level)) & 255u);
}

static uint64_t prefix_of(uint64_t number, uint32_t level)
{
    return number >> (8 * (level + 1));
}

enum err space_add(struct overlay *state, const struct hash *space, uint64_t number)
{
    assert(number < SPACE_LIMIT);
    for (uint32_t level = 0; level < SPACE_LEVELS; level++) {
        struct map map;
        enum err err = map_read(&map, state, space, level, prefix_of(number, level));
        if (err != OK) {
            return err;
        }
        const uint32_t bit = bit_of(number, level);
        if (map_has(&map, bit)) {
            return ERR_CORRUPT;
        }
        const bool first = map.empty;
        map.bits[bit / 8] = (uint8_t)(map.bits[bit / 8] | (1u << (bit % 8)));
        err = map_write(&map, state);
        if (err != OK || !first) {
            return err; /* the levels above know of this map already */
        }
    }
    return OK;
}

enum err space_remove(struct overlay *state, const struct hash *space, uint64_t number)
{
    assert(number < SPACE_LIMIT);
    for (uint32_t level = 0; level < SPACE_LEVELS; level++) {
        struct map map;
        enum err err = map_read(&map, state, space, level, prefix_of(number, level));
        if (err != OK) {
            return err;
        }
        const uint32_t bit = bit_of(number, level);
        if (!map_has(&map, bit)) {
            return ERR_CORRUPT;
        }
        map.bits[bit / 8] = (uint8_t)(map.bits[bit / 8] & ~(1u << (bit % 8)));
        err = map_write(&map, state);
        if (err != OK || !map.empty) {
            return err;
        }
    }
    return OK;
}

/* The bit of map nearest to from (included) going down or up; false when there is none. from may
 * be -1 or 256: then nothing is left. */
static bool map_nearest(const struct map *map, int32_t from, bool up, uint32_t *out)
{
    for (int32_t bit = from; bit >= 0 && bit < (int32_t)MAP_BITS; bit += up ? 1 : -1) {
        if (map_has(map, (uint32_t)bit)) {
            *out = (uint32_t)bit;
            return true;
        }
    }
    return false;
}

/* Goes down from a bit found at level to the nearest end of what lies below it. */
static enum err descend(uint64_t *out, struct overlay *state, const struct hash *space,
                        uint32_t level, uint64_t prefix, bool up)
{
    for (; level > 0; level--) {
        struct map map;
        uint32_t bit = 0;
        const enum err err = map_read(&map, state, space, level - 1, prefix);
        if (err != OK) {
            return err;
        }
        if (!map_nearest(&map, up ? 0 : (int32_t)MAP_BITS - 1, up, &bit)) {
            return ERR_CORRUPT;
        }
        prefix = prefix << 8 | bit;
    }
    *out = prefix;
    return OK;
}

static enum err nearest(uint64_t *out, struct overlay *state, const struct hash *space,
                        uint64_t number, bool up)
{
    if (number >= SPACE_LIMIT) {
        if (up) {
            return ERR_ABSENT;
        }
        number = SPACE_LIMIT - 1;
    }
    for (uint32_t level = 0; level < SPACE_LEVELS; level++) {
        struct map map;
        uint32_t bit = 0;
        const uint64_t prefix = prefix_of(number, level);
        const enum err err = map_read(&map, state, space, level, prefix);
        if (err != OK) {
            return err;
        }
        const int32_t here = (int32_t)bit_of(number, level);
        const int32_t beside = up ? here + 1 : here - 1; /* what lies under `here` was searched */
        if (map_nearest(&map, level == 0 ? here : beside, up, &bit)) {
            return descend(out, state, space, level, prefix << 8 | bit, up);
        }
    }
    return ERR_ABSENT;
}

enum err space_before(uint64_t *out, struct overlay *state, const struct hash *space,
                      uint64_t number)
{
    return nearest(out, state, space, number, false);
}

enum err space_after(uint64_t *out, struct overlay *state, const struct hash *space,
                     uint64_t number)
{
    return nearest(out, state, space, number, true);
}
