/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_STORE_PLACE_H
#define TESTS_UNIT_STORE_PLACE_H

/* A database for a test, on disk or in memory, and a random history to deliver to it. */

#include "tests/unit/store/world.h"

#include "ledger/store/chain_index.h"

struct place {
    char *directory; /* NULL: in memory */
    struct chain_db *db;
};

static inline int setup_rocks(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    place->directory = directory_new();
    place->db = world_open(place->directory);
    *state = place;
    return 0;
}

static inline int setup_mem(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    place->db = world_open(NULL);
    *state = place;
    return 0;
}

static inline int teardown(void **state)
{
    struct place *place = *state;
    chain_db_close(place->db);
    if (place->directory) {
        directory_free(place->directory);
    }
    free(place);
    return 0;
}

static inline void reopen(struct place *place)
{
    if (place->directory) {
        chain_db_close(place->db);
        place->db = world_open(place->directory);
    }
}

static inline enum err deliver_one(struct chain_db *db, const struct world_block *block)
{
    const struct chain_block delivery = world_delivery(block);
    return chain_db_deliver(db, &delivery, 1);
}

/* --- a random history, kept beside in plain arrays ----------------------------------------------
 */

#define HEIGHTS 60
#define KEYS 30

static char past[HEIGHTS][KEYS][16]; /* "" = absent */
static struct world_block blocks[HEIGHTS];

static inline const char *key_name(uint32_t i)
{
    static char text[8];
    snprintf(text, sizeof text, "%c%03u", i % 2 ? 'k' : 'q', i);
    return text;
}

static inline void make_block(struct chain_state *parent, uint64_t height)
{
    struct chain_state *state;
    assert_int_equal(chain_state_next(&state, parent), OK);
    memcpy(past[height], past[height - 1], sizeof past[0]);
    /* Every fifth block writes nothing. */
    for (uint32_t n = height % 5 ? random_below(8) : 0; n > 0; n--) {
        const uint32_t i = random_below(KEYS);
        if (random_below(3) == 0) {
            past[height][i][0] = 0;
            world_put(state, key_name(i), NULL);
        } else {
            snprintf(past[height][i], sizeof past[0][0], "v%u", random_below(4));
            world_put(state, key_name(i), past[height][i]);
        }
    }
    world_finish(&blocks[height], parent, state, 1000 + 10 * height);
}

/* deliver_all makes the history, delivering up to `group` blocks at a time, `ahead` of finality. */
static inline void deliver_all(struct place *place, uint32_t group)
{
    memset(past, 0, sizeof past);
    world_genesis(place->db, &blocks[0]);
    struct chain_state *tip = chain_state_keep(blocks[0].state);
    uint64_t delivered = 0;
    for (uint64_t height = 1; height < HEIGHTS; height++) {
        make_block(tip, height);
        chain_state_drop(tip);
        tip = chain_state_keep(blocks[height].state);
        if (random_below(group) && height + 1 < HEIGHTS) {
            continue;
        }
        struct chain_block batch[CHAIN_DELIVER_MAX];
        size_t count = 0;
        while (delivered < height) {
            batch[count++] = world_delivery(&blocks[++delivered]);
        }
        assert_int_equal(chain_db_deliver(place->db, batch, count), OK);
        /* Twice is harmless. */
        assert_int_equal(chain_db_deliver(place->db, batch, count), OK);
    }
    chain_state_drop(tip);
    for (uint64_t height = 0; height < HEIGHTS; height++) {
        chain_state_drop(blocks[height].state);
    }
}

/* --- indexes ------------------------------------------------------------------------------------
 */

/* The ids of a body of world.h with the times of make_block. */
static inline enum err ids_of(struct hash *ids, const struct hash *chain_id, struct bytes body,
                              uint32_t count)
{
    char text[32];
    int height = -1;
    assert_true(hash_equal(chain_id, &WORLD_CHAIN));
    assert_true(body.size < sizeof text);
    memcpy(text, body.data, body.size);
    text[body.size] = '\0';
    assert_int_equal(sscanf(text, "body of %d", &height), 1);
    assert_int_equal(count, height % 4);
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = (struct hash){{(uint8_t)height, (uint8_t)i, (uint8_t)(1000 + 10 * height)}};
    }
    return OK;
}

static inline unsigned make_all(struct chain_db *db)
{
    unsigned steps = 0;
    while (chain_index_wanted(db)) {
        assert_int_equal(chain_index_step(db, ids_of), OK);
        assert_true(++steps < 1000);
    }
    return steps;
}

#define BOTH(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, setup_mem, teardown),                                    \
        cmocka_unit_test_setup_teardown(test, setup_rocks, teardown)

#endif
