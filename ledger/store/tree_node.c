/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges are combined from the children upwards by the Jellyfish rule: an empty half and a half
 * with one leaf make that leaf; everything else is hashed, unless it is known. A known hash is
 * forgotten with the first change below it. */
#include "ledger/store/tree_node.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/buf.h"

void tree_node_init(struct tree_node *node)
{
    memset(node, 0, sizeof *node);
    static_assert(TREE_EMPTY == 0, "a zeroed node has no children");
}

void tree_child_leaf(struct tree_child *child, const struct hash *path, const struct hash *value)
{
    *child = (struct tree_child){.kind = TREE_LEAF, .path = *path, .value = *value};
}

void tree_node_set(struct tree_node *node, unsigned index, const struct tree_child *child)
{
    assert(index < 16);
    node->children[index] = *child;
    for (unsigned range = 16 + index; range > 0; range /= 2) {
        node->known &= ~(1u << range);
    }
}

static bool is_known(const struct tree_node *node, size_t range)
{
    return node->known >> range & 1;
}

/* known is the hash of the combined range, or NULL. */
static void combine(struct tree_range *out, const struct tree_range *left,
                    const struct tree_range *right, const struct hash *known)
{
    if (left->kind == TREE_EMPTY && right->kind != TREE_INNER) {
        *out = *right;
    } else if (right->kind == TREE_EMPTY && left->kind != TREE_INNER) {
        *out = *left;
    } else {
        out->kind = TREE_INNER;
        out->child = NULL;
        if (known) {
            out->hash = *known;
        } else {
            state_node(&out->hash, &left->hash, &right->hash);
        }
    }
}

void tree_node_ranges(struct tree_ranges *out, const struct tree_node *node)
{
    for (size_t i = 0; i < 16; i++) {
        const struct tree_child *child = &node->children[i];
        struct tree_range *range = &out->ranges[16 + i];
        *range = (struct tree_range){child->kind, child, child->hash};
        if (child->kind == TREE_LEAF && !is_known(node, 16 + i)) {
            state_leaf(&range->hash, &child->path, &child->value);
        }
    }
    for (size_t i = 15; i > 0; i--) {
        combine(&out->ranges[i], &out->ranges[2 * i], &out->ranges[2 * i + 1],
                is_known(node, i) ? &node->ranges[i] : NULL);
    }
}

void tree_node_hash(struct hash *out, const struct tree_node *node)
{
    struct tree_ranges ranges;
    tree_node_ranges(&ranges, node);
    *out = ranges.ranges[1].hash;
}

unsigned tree_node_children(const struct tree_node *node, const struct tree_child **only)
{
    unsigned count = 0;
    const struct tree_child *found = NULL;
    for (size_t i = 0; i < 16; i++) {
        if (node->children[i].kind != TREE_EMPTY) {
            found = &node->children[i];
            count++;
        }
    }
    if (count == 1) {
        *only = found;
    }
    return count;
}

size_t tree_node_encode(uint8_t out[TREE_NODE_SIZE_MAX], const struct tree_node *node)
{
    uint16_t inner = 0;
    uint16_t leaf = 0;
    for (unsigned i = 0; i < 16; i++) {
        inner |= (uint16_t)((node->children[i].kind == TREE_INNER) << i);
        leaf |= (uint16_t)((node->children[i].kind == TREE_LEAF) << i);
    }
    struct writer writer = writer_of(out, TREE_NODE_SIZE_MAX);
    write_u16(&writer, inner);
    write_u16(&writer, leaf);
    for (unsigned i = 0; i < 16; i++) {
        const struct tree_child *child = &node->children[i];
        switch (child->kind) {
        case TREE_EMPTY:
            break;
        case TREE_INNER:
            write_u64(&writer, child->height);
            write_bytes(&writer, hash_bytes(&child->hash));
            break;
        case TREE_LEAF:
            write_bytes(&writer, hash_bytes(&child->path));
            write_bytes(&writer, hash_bytes(&child->value));
            break;
        }
    }
    assert(!writer.failed);
    return writer_size(&writer);
}

enum err tree_node_decode(struct tree_node *node, struct bytes in)
{
    struct reader reader = reader_of(in);
    const unsigned inner = read_u16(&reader);
    const unsigned leaf = read_u16(&reader);
    if (inner & leaf) {
        return ERR_CORRUPT;
    }
    tree_node_init(node);
    for (unsigned i = 0; i < 16 && !reader.failed; i++) {
        struct tree_child *child = &node->children[i];
        if (inner >> i & 1) {
            child->kind = TREE_INNER;
            child->height = read_u64(&reader);
            read_raw(&reader, child->hash.bytes, HASH_SIZE);
        } else if (leaf >> i & 1) {
            child->kind = TREE_LEAF;
            read_raw(&reader, child->path.bytes, HASH_SIZE);
            read_raw(&reader, child->value.bytes, HASH_SIZE);
        }
    }
    return reader_done(&reader) ? OK : ERR_CORRUPT;
}

/* is_below: path begins with the first nibbles of above, and goes on with the child. */
static bool is_below(const struct hash *path, const struct hash *above, unsigned nibbles,
                     unsigned child)
{
    const size_t whole = nibbles / 2;
    return memcmp(path->bytes, above->bytes, whole) == 0 &&
           (nibbles % 2 == 0 ||
            tree_nibble(path, nibbles - 1) == tree_nibble(above, nibbles - 1)) &&
           tree_nibble(path, nibbles) == child;
}

bool tree_node_fits(const struct tree_node *node, uint64_t height, const struct hash *path,
                    unsigned nibbles)
{
    for (unsigned i = 0; i < 16; i++) {
        const struct tree_child *child = &node->children[i];
        if ((child->kind == TREE_INNER &&
             (child->height > height || nibbles + 1 >= TREE_NIBBLES)) ||
            (child->kind == TREE_LEAF && !is_below(&child->path, path, nibbles, i))) {
            return false;
        }
    }
    const struct tree_child *only = NULL;
    const unsigned children = tree_node_children(node, &only);
    return nibbles == 0 || children > 1 || (children == 1 && only->kind == TREE_INNER);
}

size_t tree_ranges_encode(uint8_t out[TREE_HASHES_SIZE_MAX], const struct tree_ranges *ranges)
{
    uint32_t known = 0;
    for (unsigned i = 2; i < 32; i++) {
        known |= (uint32_t)(ranges->ranges[i].kind == (i < 16 ? TREE_INNER : TREE_LEAF)) << i;
    }
    struct writer writer = writer_of(out, TREE_HASHES_SIZE_MAX);
    write_u32(&writer, known);
    for (unsigned i = 2; i < 32; i++) {
        if (known >> i & 1) {
            write_bytes(&writer, hash_bytes(&ranges->ranges[i].hash));
        }
    }
    assert(!writer.failed);
    return writer_size(&writer);
}

void tree_node_know(struct tree_node *node, struct bytes hashes)
{
    if (hashes.size == 0) {
        return;
    }
    struct reader reader = reader_of(hashes);
    node->known = read_u32(&reader);
    for (unsigned i = 2; i < 32; i++) {
        struct hash *hash = i < 16 ? &node->ranges[i] : &node->children[i - 16].hash;
        if (is_known(node, i)) {
            read_raw(&reader, hash->bytes, HASH_SIZE);
        }
    }
    const bool done = reader_done(&reader);
    assert(done);
    (void)done;
}

size_t tree_key(uint8_t out[TREE_KEY_SIZE_MAX], uint64_t height, const struct hash *path,
                unsigned nibbles)
{
    assert(nibbles < TREE_NIBBLES);
    struct writer writer = writer_of(out, TREE_KEY_SIZE_MAX);
    write_u64_be(&writer, height);
    write_u8(&writer, (uint8_t)nibbles);
    write_raw(&writer, path->bytes, nibbles / 2);
    if (nibbles % 2) {
        write_u8(&writer, path->bytes[nibbles / 2] & 0xf0);
    }
    assert(!writer.failed);
    return writer_size(&writer);
}
