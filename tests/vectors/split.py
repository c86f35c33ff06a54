#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Divides gaps over their factors a second time, with 60 decimal digits and exact fractions, and writes
split.json for ledger/assurance/split.c, which must agree to the gram.

    split.py            compare with split.json beside this file
    split.py --write    write it

Log mean where everything is positive, else Shapley; whole grams by largest remainder, the earlier factor
first; exchanging before and after changes the signs only. Exit status 1: the file differs.
"""
import json
import os
import random
import sys
from decimal import Decimal as D, ROUND_HALF_UP, getcontext
from fractions import Fraction as F
from itertools import permutations
from math import factorial, floor

getcontext().prec = 60
FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "split.json")
CARBON = F(44, 12) * 10**6  # grams of CO2 from a tonne of carbon


def half_up(value):
    """The nearest integer of a fraction, half away from zero."""
    size = floor(abs(value) + F(1, 2))
    return size if value >= 0 else -size


def logarithm(ratio):
    return D(ratio.numerator).ln() - D(ratio.denominator).ln()


def log_mean_parts(before, after, old, new):
    """In units of 10^-6 g."""
    if before == after:
        mean = D(before)
    else:
        mean = D(after - before) / logarithm(F(after, before))
    units = []
    for a, b in zip(old, new):
        part = D(0) if a == b else mean * logarithm(b / a) * 10**6
        units.append(int(part.to_integral_value(rounding=ROUND_HALF_UP)))
    return units, 10**6


def product(factors):
    out = F(1)
    for factor in factors:
        out *= factor
    return out


def shapley_parts(before, after, old, new):
    """The mean over all orders in which the factors change, in units of 10^-3 g."""
    constant = F(0)
    if product(old) != 0:
        constant = before / product(old)
    elif product(new) != 0:
        constant = after / product(new)
    parts = [F(0)] * len(old)
    for order in permutations(range(len(old))):
        now = list(old)
        for i in order:
            was = product(now)
            now[i] = new[i]
            parts[i] += product(now) - was
    scale = F(1000, factorial(len(old)))
    return [half_up(part * constant * scale) for part in parts], 1000


def whole(units, scale, active, gap):
    parts = [unit // scale for unit in units]
    if not any(active):
        return parts, gap
    left = gap - sum(parts)
    count = sum(active)
    if left < -count or left > 2 * count:
        left = (2 * sum(units) + scale) // (2 * scale) - sum(parts)
    total = sum(parts) + left
    step = 1 if left > 0 else -1
    order = sorted((i for i in range(len(parts)) if active[i]),
                   key=lambda i: (-step * (units[i] % scale), i))
    for turn in range(abs(left)):
        parts[order[turn % count]] += step
    return parts, gap - total


def split(before, after, old, new):
    turned = before > after or (before == after and old > new)
    if turned:
        before, after, old, new = after, before, new, old
    active = [a != b for a, b in zip(old, new)]
    if not any(active):
        method, units, scale = "NONE", [0] * len(old), 1
    elif before > 0 and after > 0 and min(old + new) > 0:
        method = "LOG_MEAN"
        units, scale = log_mean_parts(before, after, old, new)
    else:
        method = "SHAPLEY"
        units, scale = shapley_parts(before, after, old, new)
    parts, rest = whole(units, scale, active, after - before)
    if turned:
        parts, rest = [-part for part in parts], -rest
    return method, parts, rest


def case(name, old, new, before=None, after=None):
    f_old, f_new = [F(text) for text in old], [F(text) for text in new]
    before = half_up(product(f_old) * CARBON) if before is None else before
    after = half_up(product(f_new) * CARBON) if after is None else after
    method, parts, rest = split(before, after, f_old, f_new)
    assert sum(parts) + rest == after - before
    return {"id": name, "before_g": before, "after_g": after, "from": old, "to": new,
            "method": method, "parts_g": parts, "rest_g": rest}


def text(value, places):
    """A decimal as split.c reads it: no trailing zeros."""
    out = f"{D(value) / 10**places:f}"
    return out.rstrip("0").rstrip(".") if "." in out else out


def drawn(rng, number):
    kind = number % 8
    old = [text(rng.randrange(1, 10**10), 4), text(rng.randrange(1, 10**6), 6),
           text(rng.randrange(1, 10**4 + 1), 4)]
    new = [text(rng.randrange(1, 10**10), 4), text(rng.randrange(1, 10**6), 6),
           text(rng.randrange(1, 10**4 + 1), 4)]
    if kind == 1:  # near
        base = rng.randrange(10**6, 10**10)
        old[0], new[0] = text(base, 4), text(base + rng.randrange(-3, 4), 4)
        new[1:] = old[1:]
    elif kind == 2:  # one factor only
        new[1:] = old[1:]
    elif kind == 3:  # a zero
        (old if rng.randrange(2) else new)[rng.randrange(3)] = "0"
    elif kind == 4:  # a negative activity: sold electricity
        old[0] = "-" + old[0]
    elif kind == 5:  # opposite changes
        old, new = [old[1], new[1]], [new[1], old[1]]
    elif kind == 6:  # an amount that was corrected besides
        made = case("", old, new)
        return case(f"random-{number}", old, new, after=made["after_g"] + rng.randrange(1000, 10**9))
    elif kind == 7:  # both negative
        old[0], new[0] = "-" + old[0], "-" + new[0]
    return case(f"random-{number}", old, new)


def logarithms(rng):
    pairs = [(2, 1), (1, 2), (3, 2), (1, 1), (10, 1), (2**126 - 1, 1), (1, 2**126 - 1), (2**126 - 1, 2**126 - 2),
             (2**125 + 1, 2**125), (2**64, 2**64 - 1)]
    pairs += [(rng.randrange(1, 2**rng.randrange(2, 126)), rng.randrange(1, 2**rng.randrange(2, 126)))
              for _ in range(200)]
    return [{"num": str(a), "den": str(b),
             "ln": str(int((logarithm(F(a, b)) * 2**120).to_integral_value()))} for a, b in pairs]


def vectors():
    cases = [
        case("B4", ["12000", "0.52", "0.95"], ["12600", "0.575", "0.95"]),
        case("same", ["12000", "0.52"], ["12000", "0.52"]),
        case("nothing", ["0", "0.52"], ["0", "0.6"]),
        case("from-nothing", ["0", "0.52", "0.95"], ["100", "0.52", "0.95"]),
        case("no-change-in-sum", ["100", "0.5"], ["50", "1"]),
        case("equal-shares", ["100", "0.1"], ["110", "0.11"], 10000001, 12100000),
        case("thirds", ["1", "1", "1"], ["2", "2", "2"], 1, 8),
        case("tie", ["1", "1"], ["2", "2"], 1, 4),
        case("unexplained", ["100"], ["100"], 1000, 1500),
        case("no-factor", [], [], 1000, 1500),
        case("largest", ["1"], ["9007199254740991"], 1, 9007199254740991),
        case("four", ["1000", "0.8", "0.5", "0.98"], ["1100", "0.81", "0.52", "0.97"]),
    ]
    rng = random.Random(20261121)
    cases += [drawn(rng, number) for number in range(400)]
    return {"about": "split.py wrote this: parts of gaps in grams, logarithms times 2^120",
            "cases": cases, "logarithms": logarithms(rng)}


def main():
    made = vectors()
    lines = ["{", f'"about": {json.dumps(made["about"])},']
    for key in ("cases", "logarithms"):
        rows = ",\n".join("  " + json.dumps(row) for row in made[key])
        lines.append(f'"{key}": [\n{rows}\n]' + ("," if key == "cases" else ""))
    out = "\n".join(lines) + "\n}\n"
    if "--write" in sys.argv[1:]:
        with open(FILE, "w", encoding="utf-8") as file:
            file.write(out)
        return 0
    with open(FILE, encoding="utf-8") as file:
        same = file.read() == out
    print("the same" if same else "split.json differs")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
