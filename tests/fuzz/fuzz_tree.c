/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the state tree. First byte even: the rest is one record; what is accepted is written
 * again as the same bytes. Odd: u16 place among the records of a tree, u8 how (0: the rest replaces
 * the record, 1: u16 offset and the bytes that are turned there, 2: there is none), then nobody
 * proves what is not so, what does not pass that record is proved as before, and an update ends
 * with a tree or an error. */

#include "ledger/store/tree_node.h"
#include "ledger/store/tree_prove.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/store/trees.h"

#define NODES_MAX 256

struct stored {
    uint8_t key[TREE_KEY_SIZE_MAX];
    uint8_t value[TREE_NODE_SIZE_MAX];
    size_t key_size, value_size;
};

/* The tree after its second block, in a store; made once. */
static struct {
    struct kv *kv;
    struct stored nodes[NODES_MAX];
    size_t count;
    struct hash root;
} world;

#define HEIGHT 2

static struct bytes value_at(uint64_t height, uint32_t key)
{
    static char text[32];
    /* The second block writes every fourth key anew. */
    snprintf(text, sizeof text, "%u at %u", key,
             height == 2 && key % 4 != 0 ? 1 : (unsigned)height);
    return bytes_text(text);
}

static struct tree *grow(struct tree *parent, uint64_t height)
{
    struct overlay *overlay = overlay_empty();
    struct tree *tree = NULL;
    for (uint32_t i = 0; i < KEYS; i++) {
        if (height != 2 || i % 4 == 0) {
            check(overlay_put(overlay, bytes_text(keys[i]), value_at(height, i)) == OK);
        }
    }
    overlay_seal(overlay);
    check(tree_update(&tree, parent, height, overlay) == OK);
    overlay_drop(overlay);
    commit(world.kv, tree, false);
    return tree;
}

static void world_make(void)
{
    const struct bytes all = {NULL, 0};
    struct bytes key;
    struct bytes value;
    keys_make();
    check(kv_open_mem(&world.kv, storage_chain_plan(), NULL) == OK);
    struct tree *nothing = tree_nothing(world.kv);
    struct tree *first = grow(nothing, 1);
    struct tree *second = grow(first, HEIGHT);
    tree_root(second, &world.root);
    tree_drop(second);
    tree_drop(first);
    tree_drop(nothing);
    struct kv_iter *iter = kv_iter_open(world.kv, NULL, CHAIN_TREE, all, all, false);
    while (kv_iter_next(iter, &key, &value) == OK) {
        check(world.count < NODES_MAX);
        struct stored *node = &world.nodes[world.count++];
        memcpy(node->key, key.data, node->key_size = key.size);
        memcpy(node->value, value.data, node->value_size = value.size);
    }
    kv_iter_close(iter);
}

static void put(const struct stored *node, struct bytes value)
{
    struct kv_batch *batch = kv_batch_new(world.kv);
    const struct bytes key = bytes_of(node->key, node->key_size);
    if (value.data == NULL) {
        kv_batch_delete(batch, CHAIN_TREE, key);
    } else {
        kv_batch_put(batch, CHAIN_TREE, key, value);
    }
    check(kv_write(world.kv, batch, false) == OK);
    kv_batch_free(batch);
}

/* Does the path of a key pass the place of this record? */
static bool passes(const struct stored *node, struct bytes key)
{
    struct hash path;
    struct hash prefix = {{0}};
    state_path(&path, key);
    memcpy(prefix.bytes, node->key + 9, node->key_size - 9);
    for (unsigned i = 0; i < node->key[8]; i++) {
        if (tree_nibble(&path, i) != tree_nibble(&prefix, i)) {
            return false;
        }
    }
    return true;
}

static void prove(const struct tree *tree, const struct stored *damaged, uint32_t number)
{
    struct state_proof proof;
    const struct bytes key = bytes_text(keys[number]);
    const struct bytes value = value_at(HEIGHT, number);
    const enum err err = tree_prove(tree, key, &proof);
    check(err == OK || err == ERR_CORRUPT);
    check(err == OK || passes(damaged, key));
    if (err == OK) {
        const bool present = state_proof_present(&world.root, key, value, &proof);
        check(present || passes(damaged, key));
        check(!state_proof_absent(&world.root, key, &proof));
        check(!state_proof_present(&world.root, key, bytes_text("another"), &proof));
    }
}

/* The writes are of keys on both sides of the damage: new, changed and deleted. */
static void update(struct tree *tree, const struct stored *damaged)
{
    struct overlay *overlay = overlay_empty();
    struct tree *next = NULL;
    uint32_t beside = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        if (!passes(damaged, bytes_text(keys[i])) && ++beside > 8) {
            continue;
        }
        check((i % 3 == 0 ? overlay_delete(overlay, bytes_text(keys[i]))
                          : overlay_put(overlay, bytes_text(keys[i]), bytes_text("third"))) == OK);
    }
    overlay_seal(overlay);
    const enum err err = tree_update(&next, tree, HEIGHT + 1, overlay);
    check(err == OK || err == ERR_CORRUPT);
    if (err == OK) {
        tree_drop(next);
    }
    overlay_drop(overlay);
}

static void use(const struct stored *damaged)
{
    struct tree *tree = NULL;
    const struct tree_base base = base_over(world.kv, false, HEIGHT);
    const enum err err = tree_open(&tree, &base);
    check(err == OK || (err == ERR_CORRUPT && damaged->key[8] == 0));
    if (err != OK) {
        return;
    }
    uint32_t beside = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        if (passes(damaged, bytes_text(keys[i])) ? i % 8 == 0 || damaged->key[8] > 1
                                                 : beside++ % 16 == 0) {
            prove(tree, damaged, i);
        }
    }
    update(tree, damaged);
    tree_drop(tree);
}

static void try_damage(struct reader *reader)
{
    uint8_t space[TREE_NODE_SIZE_MAX + 64];
    struct stored *node = &world.nodes[read_u16(reader) % world.count];
    const uint8_t how = read_u8(reader) % 3;
    size_t size = 0;
    if (how == 0) {
        const struct bytes rest = read_bytes(reader, reader_left(reader));
        size = rest.size < sizeof space ? rest.size : sizeof space;
        memcpy(space, size > 0 ? rest.data : space, size);
    } else if (how == 1) {
        const size_t offset = read_u16(reader) % node->value_size;
        const struct bytes rest = read_bytes(reader, reader_left(reader));
        size = node->value_size;
        memcpy(space, node->value, size);
        for (size_t i = 0; i < rest.size && offset + i < size; i++) {
            space[offset + i] ^= rest.data[i];
        }
    }
    if (reader->failed) {
        return;
    }
    put(node, how == 2 ? bytes_of(NULL, 0) : bytes_of(space, size));
    use(node);
    put(node, bytes_of(node->value, node->value_size));
}

static void try_record(struct bytes in)
{
    static struct tree_node node;
    static struct tree_node known;
    uint8_t again[TREE_NODE_SIZE_MAX];
    uint8_t hashes[TREE_HASHES_SIZE_MAX];
    struct tree_ranges ranges;
    struct hash hash;
    struct hash same;
    if (tree_node_decode(&node, in) != OK) {
        return;
    }
    check(bytes_equal(in, bytes_of(again, tree_node_encode(again, &node))));
    tree_node_ranges(&ranges, &node);
    tree_node_hash(&hash, &node);
    known = node;
    tree_node_know(&known, bytes_of(hashes, tree_ranges_encode(hashes, &ranges)));
    tree_node_hash(&same, &known);
    check(hash_equal(&hash, &same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (world.kv == NULL) {
        world_make();
    }
    struct reader reader = reader_of(bytes_of(data, size));
    const uint8_t kind = read_u8(&reader);
    if (reader.failed) {
        return 0;
    }
    if (kind % 2 == 0) {
        try_record(bytes_of(data + 1, size - 1));
    } else {
        try_damage(&reader);
    }
    return 0;
}
