#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Second implementation of founding a chain and executing one block, from the messages and the standard
library alone.

Writes exec.json: the canonical bytes of a genesis, every record that it writes into the state, the state root;
then a block of two transactions with their ids, leaves and receipts, what they write, and the block's roots.
"""
import struct

from make_chain import fill, mth, pb, public_key, save, sha, sign, sint, state_root

TIME = 1790000000000
DAY = 86400000
ROLES = {"mine": 1, "group": 2, "verifier": 4, "regulator": 8}
USAGES = {"submit": 1, "approve": 2, "officer": 4, "device": 8}
(CHAIN, ORGANISATION, POSITION, PERSON, KEY, FACILITY, JURISDICTION, SET, SET_HASH, ADOPTION) = range(1, 11)
BOUNDARY, VALIDATORS, LIST, COUNTERS, RECENT_COUNT, ADOPTION_HEAD = 0x0f, 0x10, 0x11, 0x12, 0x13, 0x1b


def be32(n):
    return struct.pack(">I", n)


def ident(kind, text):
    return sha(b"SEAMIDN1", bytes([kind]), text.encode())


def key_of(table, *parts):
    return bytes([table]) + b"".join(parts)


def named(table, text, *parts):
    return key_of(table, ident(table, text), *parts)


def list_key(table, owner, index):
    return key_of(LIST, bytes([table]), ident(ORGANISATION, owner) if owner else bytes(32), be32(index))


def names(text):
    return pb((3, text))


def person_key(person):
    return public_key(fill("person " + person))


def key_id(person):
    return sha(b"SEAMKEY1\x01", person_key(person))


PEOPLE = {o: [(o + ".a", ["submit", "officer"]), (o + ".b", ["approve", "officer"])] for o in ROLES}
ORDER = ["regulator", "group", "mine", "verifier"]
PARENT = {"mine": "group"}
PLACES = [("CN-14", 480), ("RU-KEM", 420)]
SOURCES = [("grid", "L_ELEC"), ("shaft-1", "L_CH4_UG")]
VALUES = [("a.sourced", "1", "S1"), ("b.remembered", "2", "memory")]


def person_register(person, usages):
    entry = pb((1, person_key(person)), (2, usages))
    return pb((1, person), (3, [entry]))


def validators():
    rows = [(public_key(fill("validator " + o)), public_key(fill("node " + o)), o) for o in ROLES]
    return [pb((1, k), (2, n), (3, o)) for k, n, o in sorted(rows)]


def source(name, code):
    return pb((1, name), (2, code))


def parameter_set():
    values = [pb((1, k), (2, v), (6, g)) for k, v, g in VALUES]
    return pb((1, "CN-TEST"), (2, 1), (4, "CN-1"), (12, values))


def genesis():
    organisations = [pb((1, o), (2, names(o)), (3, [o]), (4, PARENT.get(o, "")), (5, "CN-14"),
                        (7, [person_register(p, u) for p, u in PEOPLE[o]])) for o in ORDER]
    facility = pb((1, "mine-a"), (2, names("mine-a")), (3, "UG"), (4, "CN-14"), (5, "cn-ets"), (6, "MONTH"),
                  (7, "2026-01"), (8, "HIGH"), (10, [source(*s) for s in reversed(SOURCES)]))
    adopt = pb((1, "cn-ets"), (2, sha(b"SEAMSET1", parameter_set())), (3, "2026-01"), (5, ["b.remembered"]))
    return pb((1, "vectors"), (2, TIME), (3, 1), (4, pb((1, 300), (2, 10000), (3, 250), (4, 60000))),
              (5, pb((1, 35 * DAY), (2, 1000), (3, 100000), (4, 100), (5, 3600000))),
              (6, [pb((1, c), (2, names(c)), (3, sint(m)), (4, 40)) for c, m in PLACES]), (7, organisations),
              (8, validators()), (9, [pb((1, "mine"), (2, facility))]),
              (10, [pb((1, "regulator"), (2, parameter_set()))]), (11, [pb((1, "regulator"), (2, adopt))]))


def organisation_record(o, persons, facilities):
    return pb((1, o), (2, names(o)), (3, ROLES[o]), (4, PARENT.get(o, "")), (5, "CN-14"), (7, persons),
              (8, facilities), (9, 2), (11, TIME))


def person_records(o, person, usages, height):
    bits = sum(USAGES[u] for u in usages)
    return {named(PERSON, person): pb((1, person), (2, o), (4, [key_id(person)]), (5, height)),
            key_of(KEY, key_id(person)): pb((1, person_key(person)), (2, 1), (3, o), (4, person), (5, bits),
                                            (6, height))}


def founded():
    state = {key_of(CHAIN): pb((1, "vectors"), (2, TIME), (3, 1), (4, 1), (8, 35 * DAY), (9, 1000), (10, 100000),
                               (11, 100), (12, 3600000)),
             key_of(COUNTERS): pb((1, 4), (2, 1), (3, 1), (4, 2), (5, 1)),
             key_of(VALIDATORS): pb((1, 1), (2, validators()))}
    for i, (code, minutes) in enumerate(PLACES):
        state[named(JURISDICTION, code)] = pb((1, code), (2, names(code)), (3, sint(minutes)), (4, 40))
        state[list_key(JURISDICTION, None, i)] = pb((1, code))
    for i, o in enumerate(ORDER):
        state[named(ORGANISATION, o)] = organisation_record(o, 2, 1 if o == "mine" else 0)
        state[list_key(ORGANISATION, None, i)] = pb((1, o))
        for k, (person, usages) in enumerate(PEOPLE[o]):
            state.update(person_records(o, person, usages, 0))
            state[list_key(PERSON, o, k)] = pb((1, person))
    state[named(FACILITY, "mine-a")] = pb(
        (1, "mine-a"), (2, "mine"), (3, names("mine-a")), (4, "UG"), (5, "CN-14"), (6, "cn-ets"), (7, "MONTH"),
        (8, "2026-01"), (9, [pb((1, "HIGH"), (2, "2026-01"))]), (11, 1), (13, TIME))
    state[key_of(BOUNDARY, ident(FACILITY, "mine-a"), be32(1))] = pb(
        (1, "mine-a"), (2, 1), (3, "2026-01"), (4, [source(*s) for s in SOURCES]))
    for owner in ("mine", None):
        state[list_key(FACILITY, owner, 0)] = pb((1, "mine-a"))
    digest = sha(b"SEAMSET1", parameter_set())
    state[named(SET, "CN-TEST", be32(1))] = pb((1, "CN-TEST"), (2, 1), (3, digest), (4, parameter_set()),
                                              (5, "regulator"), (7, TIME))
    state[key_of(SET_HASH, digest)] = pb((1, "CN-TEST"), (2, 1))
    state[list_key(SET, None, 0)] = pb((1, "CN-TEST"), (2, 1))
    state[named(ADOPTION, "cn-ets", digest)] = pb((1, "cn-ets"), (2, digest), (3, "CN-TEST"), (4, 1),
                                                 (5, "2026-01"), (7, ["b.remembered"]), (8, "regulator"))
    state[named(ADOPTION_HEAD, "cn-ets")] = pb((1, digest))
    state[list_key(ADOPTION, None, 0)] = pb((1, "cn-ets"), (2, 1))
    return state


def transaction(chain_id, person, until):
    body = pb((1, 2), (2, "mine"), (3, until), (5, person_register(person, ["submit"])))
    signers = sorted((key_id(s), fill("person " + s)) for s in ("mine.a", "mine.b"))
    signatures = [(k, sign(seed, b"SEAMTXN1" + chain_id + body)) for k, seed in signers]
    tx_id = sha(b"SEAMTXN1", chain_id, body)
    leaf = sha(b"\0", b"SEAMTXL1", tx_id, sha(b"SEAMTXS1", *[k + s for k, s in signatures]), sha(b"SEAMTXD1"))
    return {"raw": pb((1, body), (2, [pb((1, k), (2, s)) for k, s in signatures])), "tx_id": tx_id, "leaf": leaf}


def root_of(state):
    return state_root([(sha(b"SEAMSKY1", key), value) for key, value in state.items()])


def rows(state):
    return [{"key": k.hex(), "value": v.hex()} for k, v in sorted(state.items())]


def packed(numbers):
    assert all(0 <= n < 128 for n in numbers)
    return bytes(numbers)


def make():
    chain_id = sha(b"SEAMCHN1", genesis())
    state = founded()
    out = {"genesis": genesis().hex(), "chain_id": chain_id.hex(), "genesis_state": rows(state),
           "genesis_state_root": root_of(state).hex()}
    time = TIME + 1000
    until = [time + 3600000, time + 3600000 + DAY]
    txs, receipts, written = [], [], {}
    for index, person in enumerate(["mine.c", "mine.d"]):
        tx = transaction(chain_id, person, until[index])
        written.update(person_records("mine", person, ["submit"], 1))
        written[list_key(PERSON, "mine", 2 + index)] = pb((1, person))
        created = [named(PERSON, person), key_of(KEY, key_id(person))]
        receipts.append(pb((1, tx["tx_id"]), (2, index), (5, created), (6, index + 1)))
        txs.append(tx)
    written[named(ORGANISATION, "mine")] = organisation_record("mine", 4, 1)
    written[key_of(POSITION, ident(ORGANISATION, "mine"))] = struct.pack(">Q", 2)
    today = time // DAY
    days = [sum(1 for u in until if u // DAY == today + i) for i in range(until[1] // DAY - today + 1)]
    written[key_of(RECENT_COUNT)] = pb((1, today), (2, packed(days)))
    state.update(written)
    out.update({
        "height": 1, "time_ms": time,
        "transactions": [{name: tx[name].hex() for name in ("raw", "tx_id", "leaf")} for tx in txs],
        "receipts": [r.hex() for r in receipts], "written": rows(written),
        "tx_root": mth([tx["leaf"] for tx in txs]).hex(),
        "receipts_root": mth([sha(b"\0", b"SEAMRCP1", r) for r in receipts]).hex(),
        "state_root": root_of(state).hex()})
    save("exec.json", "A genesis and what it writes; a block of two transactions, what they write, all roots.",
         out)


if __name__ == "__main__":
    make()
