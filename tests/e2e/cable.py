# SPDX-License-Identifier: Apache-2.0
"""A switch in this process between the Ethernet devices of the nodes: frames are lost, held back, sent
twice, overtaken or cut off, each direction of each link by a seed of its own. What the nodes' systems
make of that, resent segments and gaps in what was received, is theirs."""
import collections
import contextlib
import heapq
import os
import random
import select
import threading
import time

from links import Link, Links

FRAME = 2048  # bytes; more than a device hands out at once
OVERTAKEN = 0.01  # seconds that a frame is held back so that others overtake it
ADDRESS = bytes([2, 0, 0, 0, 0])  # of a device: these, then the number of its node


class Wire(Link):
    """What happens to frames on their way from one node to another."""

    def __init__(self):
        super().__init__()
        self.twice = 0.0  # share of frames that come twice
        self.overtaken = 0.0  # share of frames that others overtake


class Cable(Links):
    """The links between the devices that are plugged in, by number of node."""

    def __init__(self, nodes, seed=2026):
        super().__init__(nodes, Wire)
        self.draw = {pair: random.Random(f"{seed} {pair}") for pair in self.link}
        self.count = collections.Counter()  # frames by what happened to them
        self.device = {}
        self.due = []  # (moment, order of arrival, sender, receiver, frame)
        self.arrived = 0
        self.poll = select.epoll()
        self.ended = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def plug(self, node, device):
        """Takes the file descriptor, which does not block."""
        self.device[node] = device
        self.poll.register(device, select.EPOLLIN)

    def muddle(self, twice=0.0, overtaken=0.0):
        for wire in self.link.values():
            wire.twice, wire.overtaken = twice, overtaken

    def close(self):
        self.ended = True
        self.thread.join()
        self.poll.close()
        for device in self.device.values():
            os.close(device)

    def _run(self):
        while not self.ended:
            wait = self.due[0][0] - time.monotonic() if self.due else 0.1
            ready = {device for device, _ in self.poll.poll(min(0.1, max(0.0, wait)))}
            for node, device in list(self.device.items()):
                if device in ready:
                    with contextlib.suppress(BlockingIOError):
                        while True:
                            self._arrive(node, os.read(device, FRAME))
            while self.due and self.due[0][0] <= time.monotonic():
                _, _, sender, receiver, frame = heapq.heappop(self.due)
                self._deliver(sender, receiver, frame)

    def _arrive(self, sender, frame):
        to = frame[:6]
        for receiver in self.device:
            if receiver != sender and (to[0] & 1 or to == ADDRESS + bytes([receiver])):
                self._send(sender, receiver, frame)

    def _send(self, sender, receiver, frame):
        wire, draw = self.link[sender, receiver], self.draw[sender, receiver]
        lost, twice, overtaken = draw.random() < wire.loss, draw.random() < wire.twice, draw.random() < wire.overtaken
        if not wire.open or lost:
            self.count["lost" if wire.open else "cut off"] += 1
            return
        self.count["twice"] += twice
        self.count["overtaken"] += overtaken
        due = time.monotonic() + wire.delay + (OVERTAKEN if overtaken else 0.0)
        for _ in range(1 + twice):
            self.arrived += 1
            heapq.heappush(self.due, (due, self.arrived, sender, receiver, frame))

    def _deliver(self, sender, receiver, frame):
        if not self.link[sender, receiver].open:
            self.count["cut off"] += 1
            return
        try:
            os.write(self.device[receiver], frame)
            self.count["passed"] += 1
        except OSError:  # the device is down, or its queue full: lost, as on any switch
            self.count["dropped"] += 1
