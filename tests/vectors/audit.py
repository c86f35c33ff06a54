#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws audit samples and computes conservative corrections a second time, with hashlib and exact
fractions, and writes audit.json for ledger/assurance/sample.c and correction.c, which must agree.

    audit.py            compare with audit.json beside this file
    audit.py --write    write it

Exit status 1: the file differs.
"""
import hashlib
import json
import os
import random
import struct
import sys
from fractions import Fraction as F
from math import ceil, floor

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "audit.json")


def digest(tag, *parts):
    """H(tag, parts)."""
    return hashlib.sha256(tag.encode() + b"".join(parts)).digest()


def u64(value):
    return struct.pack("<Q", value)


def roll(seed, number, limit):
    """A number below limit that follows from seed and round, without favour."""
    whole = (2**64 - 1) - (2**64 - 1) % limit
    for attempt in range(64):
        value = struct.unpack("<Q", digest("SEAMSRL1", seed, u64(number), u64(attempt))[:8])[0]
        if value < whole:
            break
    return value % limit


def draw(seed, items, size):
    """Ids in the order drawn, each in proportion to its weight among those that are left."""
    left = list(items)
    ids = []
    for number in range(size):
        at = roll(seed, number, sum(weight for _, weight in left))
        for index, (name, weight) in enumerate(left):
            if at < weight:
                ids.append(name)
                del left[index]
                break
            at -= weight
    return ids


def sample(rng, count, size, most):
    """One population, its commitment and what it draws."""
    items = sorted((rng.randbytes(32), rng.randint(1, most)) for _ in range(count))
    opening, block, salt = rng.randbytes(32), rng.randbytes(32), rng.randbytes(16)
    seed = digest("SEAMSSD1", opening, block)
    ids = draw(seed, items, size)
    body = b"".join(name + u64(weight) for name, weight in items)
    return {
        "items": [{"id": name.hex(), "weight": weight} for name, weight in items],
        "salt": salt.hex(),
        "opening": opening.hex(),
        "block": block.hex(),
        "commitment": digest("SEAMSCM1", opening).hex(),
        "population_hash": digest("SEAMPOP1", salt, u64(count), body).hex(),
        "seed": seed.hex(),
        "picked": [name.hex() for name in ids],
        "list_hash": digest("SEAMSLS1", u64(size), *ids).hex(),
    }


def size(count, centi, bp):
    """ceil(R x total / material amount), the total falls out."""
    return min(count, 1000, ceil(F(centi, 100) / F(bp, 10000)))


def correction(row):
    """The four cases of F11; rounded once, to the conservative side."""
    up = row["side"] == "UP"
    amount = row["amount"]
    if not row["measured"]:
        worse = max if up else min
        return "DEFAULT", worse(amount, row["default_amount"])
    kind, share = "NONE", F(0)
    if not row["calibrated"]:
        kind, share = "UNCALIBRATED", F(row["specified_ppm"], 10**6)
    elif row["found_ppm"] > row["specified_ppm"]:
        kind, share = "OVER_TOLERANCE", F(row["found_ppm"] - row["specified_ppm"], 10**6)
    value = amount * (1 + share if up else 1 - share)
    if row["hours_missing"]:
        kind = "MISSING"
        if up:
            value = value * row["hours"] / (row["hours"] - row["hours_missing"])
    return kind, ceil(value) if up else floor(value)


def correction_rows(rng):
    base = {"amount": 1000000, "side": "UP", "calibrated": True, "specified_ppm": 5000, "found_ppm": 4000,
            "hours": 720, "hours_missing": 0, "measured": True, "default_amount": 0}
    rows = [base,
            base | {"calibrated": False},  # 0.5 % meter without calibration: 1,005,000
            base | {"calibrated": False, "side": "DOWN"},
            base | {"found_ppm": 5000},
            base | {"found_ppm": 5001},
            base | {"found_ppm": 12000},  # over tolerance by 0.7 %: 1,007,000
            base | {"found_ppm": 12000, "side": "DOWN"},
            base | {"hours_missing": 1},
            base | {"hours_missing": 719},
            base | {"hours_missing": 36, "calibrated": False},
            base | {"hours_missing": 36, "side": "DOWN"},
            base | {"measured": False, "default_amount": 1200000},
            base | {"measured": False, "default_amount": 900000},
            base | {"measured": False, "default_amount": 900000, "side": "DOWN"},
            base | {"amount": 0, "calibrated": False},
            base | {"amount": 1, "calibrated": False, "specified_ppm": 1}]
    for _ in range(200):
        hours = rng.randint(1, 8784)
        rows.append({"amount": rng.randint(0, 10**12), "side": rng.choice(["UP", "DOWN"]),
                     "calibrated": rng.random() < 0.6, "specified_ppm": rng.randint(0, 50000),
                     "found_ppm": rng.randint(0, 100000), "hours": hours,
                     "hours_missing": rng.choice([0, 0, rng.randint(0, hours - 1)]),
                     "measured": rng.random() < 0.8, "default_amount": rng.randint(0, 10**12)})
    for row in rows:
        row["kind"], row["corrected"] = correction(row)
    return rows


def document():
    rng = random.Random(20220314)
    samples = [sample(rng, 1, 1, 10), sample(rng, 2, 2, 10**15), sample(rng, 40, 40, 1000),
               sample(rng, 100, 60, 10**9), sample(rng, 150, 10, 3)]
    sizes = [{"count": count, "reliability_centi": centi, "materiality_bp": bp, "size": size(count, centi, bp)}
             for count, centi, bp in ((1000, 300, 500), (59, 300, 500), (60, 300, 500), (5000, 300, 1),
                                      (5000, 300, 7), (5000, 231, 500), (1, 300, 10000))]
    return {"samples": samples, "sizes": sizes, "corrections": correction_rows(rng)}


def main():
    text = json.dumps(document(), indent=1) + "\n"
    if "--write" in sys.argv[1:]:
        with open(FILE, "w", encoding="utf-8") as out:
            out.write(text)
        return 0
    with open(FILE, encoding="utf-8") as old:
        return 0 if old.read() == text else 1


if __name__ == "__main__":
    sys.exit(main())
