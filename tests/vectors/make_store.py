#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Second implementation of the stored state tree, from its definition and the standard library alone.

Writes state_tree.json beside itself: a sequence of blocks, what each writes, the state root after it, and
exactly which nodes it adds to the family `tree` and which it makes stale. The definition used here:

  path(key) = H("SEAMSKY1", key); a node stands at the empty prefix (from the first change on) and at every
  prefix of whole nibbles that two or more present paths share. It was created by the last block that changed
  any key below it; that block made the former node at this prefix stale.

One object a line, so that a reader without a JSON parser can walk it.
"""
import hashlib
import json
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def path_of(key):
    return sha(b"SEAMSKY1", key)


def value_hash(value):
    return sha(b"SEAMSVA1", value)


def bits(path):
    return "".join(f"{byte:08b}" for byte in path)


def subtree(leaves, prefix):
    """Hash of the binary subtree at a prefix of bits; leaves: bits of path -> (path, value hash)."""
    below = [leaf for at, leaf in leaves.items() if at.startswith(prefix)]
    if not below:
        return bytes(32)
    if len(below) == 1:
        return sha(b"SEAMSTL1", *below[0])
    return sha(b"SEAMSTN1", subtree(leaves, prefix + "0"), subtree(leaves, prefix + "1"))


def node_key(height, nibbles):
    packed = bytes.fromhex(nibbles + "0" * (len(nibbles) % 2))
    return struct.pack(">QB", height, len(nibbles)) + packed


def node_bytes(leaves, created, nibbles):
    inner, leaf, body = 0, 0, b""
    for child in range(16):
        prefix = nibbles + f"{child:x}"
        below = [entry for entry in leaves.values() if entry[0].hex().startswith(prefix)]
        if len(below) == 1:
            leaf |= 1 << child
            body += below[0][0] + below[0][1]
        elif below:
            inner |= 1 << child
            binary = "".join(f"{int(digit, 16):04b}" for digit in prefix)
            body += struct.pack("<Q", created[prefix]) + subtree(leaves, binary)
    return struct.pack("<HH", inner, leaf) + body


def prefixes(leaves):
    """Where nodes stand, the root always."""
    counts = {}
    for path, _ in leaves.values():
        for size in range(64):
            prefix = path.hex()[:size]
            counts[prefix] = counts.get(prefix, 0) + 1
    return {prefix for prefix, count in counts.items() if count > 1} | {""}


def block(state, created, height, writes):
    changed = []
    for key, value in writes:
        if state.get(key) != value:
            changed.append(path_of(key).hex())
        if value is None:
            state.pop(key, None)
        else:
            state[key] = value
    leaves = {bits(path_of(key)): (path_of(key), value_hash(value)) for key, value in state.items()}
    touched = {path[:size] for path in changed for size in range(64)}
    stale = sorted(node_key(created[prefix], prefix) for prefix in touched if prefix in created)
    standing = prefixes(leaves) if changed or created else set()
    for prefix in touched:
        created.pop(prefix, None)
        if prefix in standing:
            created[prefix] = height
    fresh = sorted((prefix for prefix in touched if prefix in standing), key=lambda p: node_key(height, p))
    nodes = [(node_key(height, prefix), node_bytes(leaves, created, prefix)) for prefix in fresh]
    return subtree(leaves, ""), nodes, stale


def close_keys(count):
    """Pairs of keys whose paths agree in many leading bits, so that nodes stand deep."""
    found = sorted((path_of(b"deep %d" % i), b"deep %d" % i) for i in range(200000))
    pairs = []
    for (a, key_a), (b, key_b) in zip(found, found[1:]):
        shared = next((i for i in range(64) if a.hex()[i] != b.hex()[i]), 64)
        pairs.append((shared, key_a, key_b))
    pairs.sort(reverse=True)
    return [key for _, a, b in pairs[:count] for key in (a, b)]


def make():
    source = random.Random(5)
    keys = [b"\x02" + bytes([i]) * 4 for i in range(40)] + close_keys(4)
    state, created = {}, {}
    plan = []
    plan.append([])                                              # nothing
    plan.append([(keys[0], b"one")])                             # a single leaf is the root
    plan.append([(keys[1], b""), (keys[2], b"three")])           # an empty value is a value
    plan.append([(keys[0], b"one"), (keys[30], None)])           # no effect: no nodes
    plan.append([(key, b"v" + key) for key in keys[:24]])
    plan.append([(key, b"deep") for key in keys[40:]])
    plan.append([(keys[40], None), (keys[42], b"other")])        # a deep pair falls together
    for _ in range(12):
        some = source.sample(keys, source.randrange(1, 12))
        plan.append([(key, None if source.random() < 0.4 else b"%d" % source.randrange(50)) for key in some])
    plan.append([(key, None) for key in sorted(state) + keys])   # all gone
    plan.append([(keys[5], b"again")])
    lines = []
    for number, writes in enumerate(plan):
        writes = sorted(dict(writes).items())
        height = 3 * number + 1
        root, nodes, stale = block(state, created, height, writes)
        rows = [f'  {{"height": {height}, "root": "{root.hex()}",', '   "writes": [']
        rows.append(",\n".join(f'    {{"key": "{key.hex()}", "deleted": true}}' if value is None else
                               f'    {{"key": "{key.hex()}", "value": "{value.hex()}"}}'
                               for key, value in writes))
        rows.append('   ],\n   "nodes": [')
        rows.append(",\n".join(f'    {{"node": "{key.hex()}", "bytes": "{value.hex()}"}}' for key, value in nodes))
        rows.append('   ],\n   "stale_nodes": [')
        rows.append(",\n".join(f'    {{"stale": "{key.hex()}"}}' for key in stale))
        rows.append("   ]}")
        lines.append("\n".join(row for row in rows if row))
    what = ("The stored state tree (ledger/store/tree.h) after each block: writes, root, nodes added, nodes made "
            "stale. Generated by make_store.py.")
    text = f'{{\n "format": "seam-vectors-1",\n "what": {json.dumps(what)},\n "blocks": [\n'
    text += ",\n".join(lines) + "\n ]\n}\n"
    json.loads(text)
    with open(os.path.join(HERE, "state_tree.json"), "w", encoding="utf-8") as out:
        out.write(text)


if __name__ == "__main__":
    make()
