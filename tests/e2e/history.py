# SPDX-License-Identifier: Apache-2.0
"""What clients did and were told, and whether it is one history. A register is something of the ledger
whose versions count up: the boundary of a facility, the account of its month. The contract of a read:
it is exactly the state at the height that it names, a node may be behind others, and no node goes back
behind what it has answered. The contract of a write: once acknowledged it is at its place, height and
index, for good, behind everything that was acknowledged before it was asked for."""
import threading
from typing import NamedTuple


class Write(NamedTuple):
    """A write that was acknowledged as final."""
    asked: int
    answered: int
    node: int
    register: str
    version: int
    content: str
    height: int
    index: int


class Refusal(NamedTuple):
    """A write that was refused for good, because its version is there already."""
    asked: int
    answered: int
    node: int
    register: str
    version: int
    content: str


class Read(NamedTuple):
    asked: int
    answered: int
    node: int
    register: str
    version: int
    content: str
    height: int
    named: bool  # the height was asked for; else it is the newest of the node


class History:
    """Moments are counted in the order of this process. Writes that were never acknowledged are not in
    it: they may be final or not."""

    def __init__(self):
        self.lock = threading.Lock()
        self.clock = 0
        self.writes = []
        self.refusals = []
        self.reads = []

    def tick(self):
        with self.lock:
            self.clock += 1
            return self.clock

    def wrote(self, asked, node, register, version, content, height, index):
        self.writes.append(Write(asked, self.tick(), node, register, version, content, height, index))

    def refused(self, asked, node, register, version, content):
        self.refusals.append(Refusal(asked, self.tick(), node, register, version, content))

    def saw(self, asked, node, register, version, content, height, named=False):
        self.reads.append(Read(asked, self.tick(), node, register, version, content, height, named))

    def faults(self):
        """Sentences; none where everything that was answered is of one history."""
        found = self._two_winners() + self._wrong_states()
        found += _back("writes", self.writes, self.writes, lambda write: (write.height, write.index))
        for node in sorted({read.node for read in self.reads}):
            mine = [event for event in self.reads + self.writes if event.node == node]
            newest = [read for read in self.reads if read.node == node and not read.named]
            found += _back(f"node {node}", mine, newest, lambda event: (event.height,))
        return found

    def _two_winners(self):
        found, place = [], {}
        for write in self.writes:
            for key in ((write.register, write.version), (write.height, write.index)):
                other = place.setdefault(key, write)
                if other is not write:
                    found.append(f"two writes acknowledged for one place: {other} and {write}")
        return found

    def _wrong_states(self):
        """Reads that are not the state at their height."""
        found, contents, at = [], {}, {}
        final = {}
        for write in self.writes:
            final.setdefault(write.register, {})[write.version] = write
            contents[write.register, write.version] = write.content
        for read in self.reads:
            known = final.get(read.register, {})
            newest = max((v for v, write in known.items() if write.height <= read.height), default=0)
            if read.version < newest:
                found.append(f"{read}: version {newest} was final at {known[newest].height}")
            if read.version in known and known[read.version].height > read.height:
                found.append(f"{read}: this version is final at {known[read.version].height}")
            if at.setdefault((read.register, read.height), read.version) != read.version:
                found.append(f"{read}: another answer at this height was version {at[read.register, read.height]}")
            if contents.setdefault((read.register, read.version), read.content) != read.content:
                found.append(f"{read}: this version is {contents[read.register, read.version]}")
        return found


def _back(who, told, asked, place):
    """Answers at a place before one that was told before they were asked."""
    found, highest, passed = [], (), 0
    told = sorted(told, key=lambda event: event.answered)
    for event in sorted(asked):
        while passed < len(told) and told[passed].answered < event.asked:
            highest = max(highest, place(told[passed]))
            passed += 1
        if place(event) < highest:
            found.append(f"{who}: {event} after an answer of {highest}")
    return found
