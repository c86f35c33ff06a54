/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a node, and hashes known of it against hashes made anew. */
#include "tests/unit/store/fixture.h"

#include "ledger/store/tree_node.h"

static void test_node_bytes(void **state)
{
    (void)state;
    struct tree_node node;
    struct tree_node again;
    uint8_t bytes[TREE_NODE_SIZE_MAX + 1];
    const struct hash path = {{0x12}};
    const struct hash value = {{9}};
    tree_node_init(&node);
    tree_child_leaf(&node.children[1], &path, &value);
    node.children[15] = (struct tree_child){.kind = TREE_INNER, .height = 77, .hash = {{5}}};
    const size_t size = tree_node_encode(bytes, &node);
    assert_int_equal(size, 4 + 64 + 40);
    assert_int_equal(tree_node_decode(&again, bytes_of(bytes, size)), OK);
    assert_memory_equal(&again, &node, sizeof node);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(tree_node_decode(&again, bytes_of(bytes, cut)), ERR_CORRUPT);
    }
    bytes[size] = 0;
    assert_int_equal(tree_node_decode(&again, bytes_of(bytes, size + 1)), ERR_CORRUPT);
    bytes[0] |= bytes[2]; /* one child both inner and leaf */
    assert_int_equal(tree_node_decode(&again, bytes_of(bytes, size)), ERR_CORRUPT);
}

/* What a damaged record may say of its place, one by one. */
static void test_node_place(void **state)
{
    (void)state;
    struct tree_node node;
    const struct hash place = {{0x12, 0x30}}; /* three nibbles down */
    const struct hash leaf = {{0x12, 0x37, 1}};
    const struct hash value = {{9}};
    tree_node_init(&node);
    tree_child_leaf(&node.children[7], &leaf, &value);
    assert_false(tree_node_fits(&node, 5, &place, 3)); /* that leaf would stand in the parent */
    node.children[8] = (struct tree_child){.kind = TREE_INNER, .height = 5};
    assert_true(tree_node_fits(&node, 5, &place, 3));
    assert_false(tree_node_fits(&node, 4, &place, 3)); /* a child younger than its parent */
    for (size_t nibble = 0; nibble < 4; nibble++) {
        struct tree_node other = node;
        other.children[7].path.bytes[nibble / 2] ^= nibble % 2 ? 0x01 : 0x10;
        assert_false(tree_node_fits(&other, 5, &place, 3));
    }
    node.children[7].kind = TREE_EMPTY;
    assert_true(tree_node_fits(&node, 5, &place, 3));
    assert_true(tree_node_fits(&node, 5, &place, TREE_NIBBLES - 2));
    assert_false(tree_node_fits(&node, 5, &place, TREE_NIBBLES - 1)); /* no nibble is left */
    node.children[8].kind = TREE_EMPTY;
    assert_false(tree_node_fits(&node, 5, &place, 3));
    assert_true(tree_node_fits(&node, 5, &place, 0)); /* a state from which all was deleted */
}

static void random_child(struct tree_child *child)
{
    const struct hash a = {{(uint8_t)random_below(256), 1}};
    const struct hash b = {{(uint8_t)random_below(256), 2}};
    *child = (struct tree_child){.kind = TREE_EMPTY};
    switch (random_below(3)) {
    case 0:
        *child = (struct tree_child){.kind = TREE_INNER, .height = random_below(9), .hash = a};
        break;
    case 1:
        tree_child_leaf(child, &a, &b);
        break;
    default:
        break;
    }
}

/* A node that knows its hashes, changed, against the same node read from its bytes. */
static void test_known_hashes(void **state)
{
    (void)state;
    struct tree_node node;
    struct tree_ranges ranges;
    random_state = 17;
    tree_node_init(&node);
    for (int round = 0; round < 2000; round++) {
        for (uint32_t left = 1 + random_below(3); left > 0; left--) {
            struct tree_child child;
            random_child(&child);
            tree_node_set(&node, random_below(16), &child);
        }
        struct tree_node read;
        struct tree_ranges expected;
        uint8_t bytes[TREE_NODE_SIZE_MAX];
        uint8_t hashes[TREE_HASHES_SIZE_MAX];
        const size_t size = tree_node_encode(bytes, &node);
        assert_int_equal(tree_node_decode(&read, bytes_of(bytes, size)), OK);
        tree_node_ranges(&ranges, &node);
        tree_node_ranges(&expected, &read);
        for (size_t i = 1; i < 32; i++) {
            assert_int_equal(ranges.ranges[i].kind, expected.ranges[i].kind);
            assert_true(hash_equal(&ranges.ranges[i].hash, &expected.ranges[i].hash));
        }
        tree_node_know(&read, bytes_of(hashes, tree_ranges_encode(hashes, &ranges)));
        node = read;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_bytes),
        cmocka_unit_test(test_node_place),
        cmocka_unit_test(test_known_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
