/* SPDX-License-Identifier: Apache-2.0 */
/* A genesis and a block as a second implementation computes them: tests/vectors/exec.json. */

#include "tests/unit/exec/chain.h"
#include "tests/unit/chain/vectors.h"

static struct bytes hex_bytes(struct world *world, const struct json_node *object, const char *key)
{
    const char *text = vectors_text(object, key);
    const size_t size = strlen(text) / 2;
    uint8_t *out = world_alloc(world, size + 1);
    assert_true(hex_decode(out, size, bytes_text(text)));
    return bytes_of(out, size);
}

static void same(const struct json_node *object, const char *key, const struct hash *got)
{
    char text[2 * HASH_SIZE + 1];
    hex_encode(text, hash_bytes(got));
    assert_string_equal(text, vectors_text(object, key));
}

/* Every listed key has exactly the listed value. */
static void holds(struct chain *chain, struct overlay *overlay, const struct json_node *list)
{
    assert_true(json_node_count(list) > 0);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *row = json_node_at(list, i);
        struct bytes value = {0};
        const enum err err = overlay_get(overlay, hex_bytes(chain->world, row, "key"), &value);
        if (err != OK || !bytes_equal(value, hex_bytes(chain->world, row, "value"))) {
            fail_msg("%s: %s", vectors_text(row, "key"), err_name(err));
        }
    }
}

static void founding(struct chain *chain, const struct json_node *root)
{
    struct hash chain_id;
    struct hash state_root;
    chain->world->genesis = hex_bytes(chain->world, root, "genesis");
    chain_open(chain);
    genesis_chain_id(&chain_id, chain->world->genesis);
    same(root, "chain_id", &chain_id);
    chain_state_root(chain->tip, &state_root);
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    holds(chain, overlay, vectors_get(root, "genesis_state"));
    overlay_drop(overlay);
    same(root, "genesis_state_root", &state_root);
}

static void transactions(struct chain *chain, const struct json_node *root, struct bytes *raws)
{
    const struct json_node *list = vectors_get(root, "transactions");
    assert_int_equal(json_node_count(list), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct json_node *row = json_node_at(list, i);
        struct exec_tx tx;
        struct hash leaf;
        raws[i] = hex_bytes(chain->world, row, "raw");
        assert_int_equal(
            exec_decode(&tx, &chain->env.chain_id, raws[i], &chain->world->arena, NULL), OK);
        same(row, "tx_id", &tx.tx_id);
        exec_tx_leaf(&leaf, &tx);
        same(row, "leaf", &leaf);
    }
}

static void receipts_are(struct chain *chain, const struct json_node *root, struct bytes receipts)
{
    const struct json_node *list = vectors_get(root, "receipts");
    struct reader reader = reader_of(receipts);
    for (size_t i = 0; i < 2; i++) {
        const char *text = json_node_text(json_node_at(list, i));
        const uint32_t size = read_u32(&reader);
        const struct bytes receipt = read_bytes(&reader, size);
        char *got = world_alloc(chain->world, 2 * (size_t)size + 1);
        hex_encode(got, receipt);
        assert_string_equal(got, text);
    }
    assert_true(reader_done(&reader));
}

static void a_second_implementation_agrees(void **state)
{
    (void)state;
    struct world world = {0};
    struct chain chain = {.world = &world};
    struct json_doc *doc = vectors_open("exec.json");
    const struct json_node *root = json_doc_root(doc);
    struct bytes raws[2];
    struct bytes body = {0};
    struct bytes receipts = {0};
    struct chain_state *after = NULL;
    assert_int_equal(sign_start(), OK);
    arena_init(&world.arena, (size_t)64 << 20);
    founding(&chain, root);
    transactions(&chain, root, raws);
    const struct header header = chain_build(&chain, &body, raws, 2);
    assert_int_equal(header.height, vectors_int(root, "height"));
    assert_int_equal(header.time_ms, vectors_int(root, "time_ms"));
    assert_int_equal(chain_check(&chain, &header, body, &after, &receipts), VERDICT_VALID);
    holds(&chain, chain_state_overlay(after), vectors_get(root, "written"));
    receipts_are(&chain, root, receipts);
    same(root, "tx_root", &header.tx_root);
    same(root, "receipts_root", &header.receipts_root);
    same(root, "state_root", &header.state_root);
    chain_state_drop(after);
    chain_state_drop(chain.tip);
    chain_db_close(chain.db);
    json_doc_free(doc);
    arena_free(&world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_implementation_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
