# SPDX-License-Identifier: Apache-2.0
"""The checkers of histories themselves: small histories that are linearizable and such that are not,
against a search through all orders; and answers of nodes that are not of one history."""
import itertools
import math
import random

from harness import check, finish
from history import History
from linearizable import Operation, faults, step, stuck

START = (1, "first")


def op(asked, answered, kind, version, content="first"):
    return Operation(asked, answered, kind, version, content)


def by_all_orders(operations):
    """The same question without any thought: every order of every choice of the unknown ones."""
    known = [one for one in operations if one.answered < math.inf]
    unknown = [one for one in operations if one.answered == math.inf]
    for count in range(len(unknown) + 1):
        for chosen in itertools.combinations(unknown, count):
            for order in itertools.permutations(known + list(chosen)):
                if all(not b.answered < a.asked for a, b in itertools.combinations(order, 2)) and fits(order):
                    return True
    return False


def fits(order):
    state = START
    for one in order:
        state = step(state, one)
        if state is None:
            return False
    return True


for name, answer, operations in (
        ("nothing", True, []),
        ("one after the other", True, [op(1, 2, "set", 2, "a"), op(3, 4, "read", 2, "a"), op(5, 6, "set", 3, "b")]),
        ("a read beside a write sees the old", True, [op(1, 4, "set", 2, "a"), op(2, 3, "read", 1)]),
        ("a read beside a write sees the new", True, [op(1, 4, "set", 2, "a"), op(2, 3, "read", 2, "a")]),
        ("the new and then the old beside one write", False,
         [op(1, 6, "set", 2, "a"), op(2, 3, "read", 2, "a"), op(4, 5, "read", 1)]),
        ("a stale read", False, [op(1, 2, "set", 2, "a"), op(3, 4, "read", 1)]),
        ("a read before the write was asked for", False, [op(1, 2, "read", 2, "a"), op(3, 4, "set", 2, "a")]),
        ("two winners", False, [op(1, 4, "set", 2, "a"), op(2, 3, "set", 2, "b")]),
        ("a winner and a loser", True, [op(1, 4, "set", 2, "a"), op(2, 3, "refused", 2, "b")]),
        ("a loser before any winner", False, [op(1, 2, "refused", 2, "b"), op(3, 4, "set", 2, "a")]),
        ("a loser without a winner", False, [op(1, 2, "refused", 2, "b")]),
        ("a loser, the winner unknown", True, [op(1, math.inf, "set", 2, "a"), op(2, 3, "refused", 2, "b")]),
        ("an unknown one that was never final", True, [op(1, math.inf, "set", 2, "a"), op(2, 3, "read", 1)]),
        ("an unknown one that came late", True,
         [op(1, math.inf, "set", 2, "a"), op(2, 3, "read", 1), op(4, 5, "read", 2, "a")]),
        ("an unknown one from the future", False, [op(1, 2, "read", 2, "a"), op(3, math.inf, "set", 2, "a")]),
        ("a version left out", False, [op(1, 2, "set", 3, "a")])):
    check((stuck(operations, START) is None) == answer == by_all_orders(operations), f"{name}: {answer}", operations)

draw = random.Random(2026)
counts, wrong = {True: 0, False: 0}, []
for _ in range(3000):
    operations = []
    for number in range(draw.randrange(1, 6)):
        asked = draw.randrange(12)
        kind = draw.choice(("set", "set", "refused", "read"))
        answered = math.inf if kind == "set" and draw.random() < 0.2 else asked + draw.randrange(1, 8)
        version = draw.randrange(1 if kind == "read" else 2, 4)
        content = "first" if version == 1 else draw.choice("ab")
        operations.append(op(asked + number / 10, answered, kind, version, content))
    answer = stuck(operations, START) is None
    counts[answer] += 1
    if answer != by_all_orders(operations):
        wrong.append(operations)
check(not wrong and min(counts.values()) > 300, f"{counts[True]} histories that are linearizable and {counts[False]} that "
      "are not: as a search through all orders says", wrong[:3])

# A long one with many at a time: what the memory is for.
many = [op(10 * i + j, 10 * i + 35 + j, "set" if j == 5 else "refused", i + 2, f"{i}") for i in range(60) for j in range(6)]
check(stuck(many, START) is None, "360 operations, 24 at a time, are linearizable")
check(stuck(many + [op(1000, 1001, "read", 2, "0")], START) is not None, "and with one stale read they are not")


def history(*changes):
    """Two writes and their reads at two nodes, and what a test adds to them."""
    made = History()
    made.wrote(made.tick(), 1, "r", 2, "a", 5, 0)
    made.saw(made.tick(), 2, "r", 2, "a", 5)
    made.wrote(made.tick(), 2, "r", 3, "b", 7, 1)
    made.saw(made.tick(), 1, "r", 2, "a", 6)
    made.refused(made.tick(), 1, "r", 3, "c")
    for change in changes:
        change(made)
    return made.faults() + faults(made)


check(not history(), "a good history has no fault", history())
check(not history(lambda h: h.saw(h.tick(), 1, "r", 2, "a", 5, named=True)), "who asks for an old height gets it")
for name, change in (
        ("a node behind its own answer", lambda h: h.saw(h.tick(), 1, "r", 2, "a", 5)),
        ("an old version at a new height", lambda h: h.saw(h.tick(), 3, "r", 2, "a", 7)),
        ("a version before its height", lambda h: h.saw(h.tick(), 3, "r", 3, "b", 6)),
        ("another content", lambda h: h.saw(h.tick(), 3, "r", 3, "c", 8)),
        ("two answers at one height", lambda h: (h.saw(h.tick(), 3, "s", 1, "x", 4), h.saw(h.tick(), 4, "s", 2, "y", 4))),
        ("two winners of one version", lambda h: h.wrote(h.tick(), 3, "r", 3, "c", 8, 0)),
        ("two writes at one place", lambda h: h.wrote(h.tick(), 3, "s", 2, "c", 7, 1)),
        ("a later write at an earlier place", lambda h: h.wrote(h.tick(), 3, "s", 2, "c", 7, 0)),
        ("a loser without a winner", lambda h: h.refused(h.tick(), 3, "r", 4, "d"))):
    check(history(change), f"found: {name}", change)
finish()
