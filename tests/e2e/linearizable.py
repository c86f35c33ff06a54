# SPDX-License-Identifier: Apache-2.0
"""Is there an order of operations, each somewhere between when it was asked for and when it was answered,
in which every answer is right? The search of Wing and Gong (1993) with the memory of Lowe (2017): what
has been put in order, and the state after it, is tried once. Registers do not touch each other, so each
has an order of its own (Herlihy and Wing 1990)."""
import math
from typing import NamedTuple


class Operation(NamedTuple):
    """kind: "set" to a version from the one before, "refused" because the version is there already,
    "read". answered is infinite for a set of which nobody knows: it may take effect, late, or never."""
    asked: float
    answered: float
    kind: str
    version: int
    content: str


def step(state, operation):
    """The state (version, content) after an operation that answered as it did, or None where that answer
    is wrong."""
    version, _ = state
    if operation.kind == "set":
        return (operation.version, operation.content) if operation.version == version + 1 else None
    if operation.kind == "refused":
        return state if operation.version <= version else None
    return state if (operation.version, operation.content) == state else None


def stuck(operations, initial):
    """None where the operations are linearizable from an initial state; else the operations that fit
    nowhere after the longest order that was found."""
    operations = sorted(operations)
    all_known = sum(1 << i for i, operation in enumerate(operations) if operation.answered < math.inf)
    tried, longest, left = set(), -1, None
    waiting = [(0, initial)]  # sets of operations in order, as bits, and the state after them
    while waiting:
        done, state = waiting.pop()
        if done & all_known == all_known:
            return None
        if (done, state) in tried:
            continue
        tried.add((done, state))
        now = _first(operations, done)
        if done.bit_count() > longest:
            longest, left = done.bit_count(), [operations[i] for i in now]
        fitting = [(i, after) for i in now if (after := step(state, operations[i])) is not None]
        # What fits here and changes nothing may as well come first: no other order is lost by that.
        idle = [(i, after) for i, after in fitting if after == state]
        waiting += [(done | 1 << i, after) for i, after in idle[:1] or fitting]
    return left


def _first(operations, done):
    """Those that may come next: asked for before any of those left was answered."""
    first, until = [], math.inf
    for i, operation in enumerate(operations):
        if operation.asked > until:
            break
        if not done >> i & 1:
            first.append(i)
            until = min(until, operation.answered)
    return [i for i in first if operations[i].asked <= until]


def operations_of(history, register):
    """What clients were told of a register that speaks of the moment of the call: writes and refusals.
    Reads speak of the height that they name (history.py)."""
    return ([Operation(write.asked, write.answered, "set", write.version, write.content)
             for write in history.writes if write.register == register] +
            [Operation(refusal.asked, refusal.answered, "refused", refusal.version, refusal.content)
             for refusal in history.refusals if refusal.register == register])


def faults(history, version=1):
    """Sentences about registers whose writes and refusals are not linearizable; they began with that
    version."""
    found = []
    for register in sorted({event.register for event in history.writes + history.refusals}):
        left = stuck(operations_of(history, register), (version, ""))
        if left is not None:
            found.append(f"{register}: no order has a place for any of {left}")
    return found
