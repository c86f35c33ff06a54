/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_STORE_WORLD_H
#define TESTS_UNIT_STORE_WORLD_H

/* A chain of made-up blocks for the tests of the chain database: no transactions' meaning, only
 * state writes, correct headers and links. */

#include "tests/unit/store/fixture.h"

#include "ledger/chain/encode.h"
#include "ledger/keys.h"
#include "ledger/store/chain_db.h"
#include "ledger/store/chain_view.h"

static const struct hash WORLD_CHAIN = {{0xc4, 0xa1}};

/* A block with everything it needs to be delivered. */
struct world_block {
    struct header header;
    struct hash id;
    uint8_t header_bytes[HEADER_SIZE];
    uint8_t body[64];
    struct hash tx_ids[3];
    size_t tx_count;
    char finalization[32];
    char justification[32];
    char epoch_record[32];
    struct chain_state *state;
};

static UNUSED struct chain_db *world_open(const char *path)
{
    struct chain_db *db = NULL;
    struct err_detail detail = {0};
    const struct chain_db_options options = {.path = path, .chain_id = &WORLD_CHAIN};
    const enum err err = chain_db_open(&db, &options, &detail);
    if (err) {
        fail_msg("%s: %s", err_name(err), detail.hint);
    }
    return db;
}

static UNUSED void world_put(struct chain_state *state, const char *key, const char *value)
{
    struct overlay *overlay = chain_state_overlay(state);
    assert_int_equal(value ? overlay_put(overlay, bytes_text(key), bytes_text(value))
                           : overlay_delete(overlay, bytes_text(key)),
                     OK);
}

static UNUSED void world_recent(struct chain_state *state, uint64_t until_ms, uint8_t id)
{
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    const struct hash hash = {{id}};
    overlay_recent_key(key, until_ms, &hash);
    assert_int_equal(
        overlay_put(chain_state_overlay(state), bytes_of(key, sizeof key), bytes_of("", 0)), OK);
}

/* world_finish makes the header of a block whose state was written, and names the state. */
static UNUSED void world_finish(struct world_block *block, struct chain_state *parent,
                                struct chain_state *state, uint64_t time_ms)
{
    const uint64_t height = chain_state_blocks(parent);
    struct header *header = &block->header;
    *header = (struct header){.version = 1,
                              .suite = SUITE_ED25519_SHA256,
                              .flags = height ? 0 : HEADER_FLAG_BOUNDARY,
                              .chain_id = WORLD_CHAIN,
                              .epoch = height ? 1 : 0,
                              .view = 2 * height,
                              .height = height,
                              .time_ms = time_ms};
    if (height) {
        header->parent_id = *chain_state_id(parent);
        header->parent_view = 2 * height - 2;
    } else {
        header->next_valset_hash.bytes[0] = 1;
    }
    snprintf((char *)block->body, sizeof block->body, "body of %d", (int)height);
    header->body_size = (uint32_t)strlen((char *)block->body);
    block->tx_count = height ? height % 4 : 0;
    header->tx_count = (uint32_t)block->tx_count;
    for (size_t i = 0; i < block->tx_count; i++) {
        memset(&block->tx_ids[i], 0, sizeof block->tx_ids[i]);
        block->tx_ids[i].bytes[0] = (uint8_t)height;
        block->tx_ids[i].bytes[1] = (uint8_t)i;
        block->tx_ids[i].bytes[2] = (uint8_t)time_ms;
    }
    assert_int_equal(chain_state_root_of(state, chain_state_overlay(state), &header->state_root),
                     OK);
    chain_state_history_root(parent, &header->history_root);
    header_encode(block->header_bytes, header);
    header_id(&block->id, header);
    block->finalization[0] = block->justification[0] = block->epoch_record[0] = 0;
    if (height % 3 == 0) {
        snprintf(block->finalization, sizeof block->finalization, "F %d", (int)height);
    }
    if (height) {
        snprintf(block->justification, sizeof block->justification, "J %d", (int)height);
    } else {
        snprintf(block->epoch_record, sizeof block->epoch_record, "epoch 1");
    }
    assert_int_equal(chain_state_name(state, &block->id), OK);
    block->state = state;
}

static UNUSED struct chain_block world_delivery(const struct world_block *block)
{
    return (struct chain_block){
        .header = bytes_of(block->header_bytes, HEADER_SIZE),
        .body = bytes_text((const char *)block->body),
        .finalization = bytes_text(block->finalization),
        .justification = bytes_text(block->justification),
        .epoch_record = bytes_text(block->epoch_record),
        .state = block->state,
        .tx_ids = block->tx_ids,
        .tx_count = block->tx_count,
    };
}

static UNUSED void world_genesis(struct chain_db *db, struct world_block *block)
{
    struct chain_state *nothing = chain_db_state(db);
    struct chain_state *state;
    assert_int_equal(chain_state_next(&state, nothing), OK);
    world_put(state, "\x01", "genesis");
    world_put(state, "\x02org", "first");
    world_finish(block, nothing, state, 1000);
    chain_state_drop(nothing);
    const struct chain_block delivery = world_delivery(block);
    assert_int_equal(chain_db_genesis(db, &delivery, &WORLD_CHAIN, bytes_text("genesis bytes")),
                     OK);
}

/* world_extend delivers blocks up to height `to`, all with the same content every time. */
static UNUSED void world_extend(struct chain_db *db, uint64_t to)
{
    static struct world_block block;
    struct chain_head head;
    chain_db_head(db, &head);
    if (head.empty) {
        world_genesis(db, &block);
        chain_state_drop(block.state);
    }
    for (uint64_t height = head.empty ? 1 : head.height + 1; height <= to; height++) {
        struct chain_state *tip = chain_db_state(db);
        struct chain_state *next;
        char key[16];
        char value[16];
        assert_int_equal(chain_state_next(&next, tip), OK);
        snprintf(key, sizeof key, "key %d", (int)(height % 7));
        snprintf(value, sizeof value, "at %d", (int)height);
        world_put(next, key, value);
        world_finish(&block, tip, next, 1000 + height);
        const struct chain_block delivery = world_delivery(&block);
        assert_int_equal(chain_db_deliver(db, &delivery, 1), OK);
        chain_state_drop(next);
        chain_state_drop(tip);
    }
}

/* world_get reads a key at a height as text; NULL when absent. The result is good until the next
 * call. */
static UNUSED const char *world_get(struct chain_view *view, uint64_t height, const char *key)
{
    static char text[256];
    struct arena arena;
    struct bytes value;
    arena_init(&arena, 1 << 20);
    const enum err err = chain_view_get(view, height, bytes_text(key), &arena, &value, NULL);
    if (!err) {
        assert_true(value.size < sizeof text);
        memcpy(text, value.data, value.size);
        text[value.size] = 0;
    } else {
        assert_int_equal(err, ERR_ABSENT);
    }
    arena_free(&arena);
    return err ? NULL : text;
}

#endif
