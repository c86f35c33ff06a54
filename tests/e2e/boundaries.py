# SPDX-License-Identifier: Apache-2.0
"""Clients that compete: writers at all nodes set the boundaries of a few facilities, each the version
after the one it has just read, so that of those who read the same version one wins; readers at all
nodes read them. Everything they are told goes into a history."""
import contextlib
import http.client
import json
import os
import threading

from harness import PATIENCE, NoAnswer, seam, until

FACILITIES = ("mine-a", "mine-b")  # of the organisation below; a regulator may set them, too
WRITERS = (("mine", 1), ("regulator", 4))  # organisations, and the nodes with their keys
SUPERSEDED = "303004"  # this version exists already
GONE = (OSError, http.client.HTTPException, ValueError, RuntimeError, NoAnswer)  # a node that is down or starting
PAUSE = 0.05  # seconds between the calls of one client: a limit of the load


class Clients:
    """A writer and a reader at each node as long as the block lasts. At its end every write has an
    answer, so what is cut must be mended by then."""

    def __init__(self, net, history):
        self.net, self.history = net, history
        self.stop = threading.Event()
        self.errors = []
        self.at_height = [0] * (net.nodes + 1)  # reads at the height of an acknowledged write, by node
        nodes = range(1, net.nodes + 1)
        self.threads = [threading.Thread(target=self._run, args=(work, node), daemon=True)
                        for work in (self._write, self._read) for node in nodes]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def progress(self, count):
        """Wait for so many writes that are asked for from now on."""
        since = self.history.tick()
        until(lambda: self.errors or len(self.since(since)) >= count, f"{count} writes to become final")
        return not self.errors

    def since(self, moment):
        """The acknowledged writes that were asked for later than that."""
        return [write for write in self.history.writes if write.asked > moment]

    def _run(self, work, node):
        turn = 0
        try:
            while not self.stop.is_set():
                turn += 1
                with contextlib.suppress(*GONE):
                    work(node, turn)
                self.stop.wait(PAUSE)
        except BaseException as error:  # a thread that ends silently would be a client less
            self.errors.append(repr(error))
            raise

    def look(self, node, facility, height=None):
        """What a node says of a boundary, now or at a height; None where it has no answer."""
        asked = self.history.tick()
        at = {} if height is None else {"at": height}
        answer = self.net.call("GetFacility", {"facility": facility, **at}, node)[1]
        if answer["code"] != "000000":
            return None
        data = answer["data"]
        self.history.saw(asked, node, facility, data["boundary_version"], data["boundary"]["sources"][0]["source"],
                         data["at"], named=height is not None)
        return data

    def _read(self, node, turn):
        facility = FACILITIES[turn % len(FACILITIES)]
        mine = [write for write in self.history.writes[-20:] if write.register == facility]
        if turn % 4 < 2 or not mine:
            self.look(node, facility)
        elif self.look(node, facility, mine[-1].height):
            self.at_height[node] += 1

    def _write(self, node, turn):
        facility = FACILITIES[turn // 3 % len(FACILITIES)]
        seen = self.look(node, facility)
        if seen is None:
            return
        version, content = seen["boundary_version"] + 1, f"entry-{node}-{turn}"
        transaction = self._sign(node, {"facility": facility, "version": version, "from_period": seen["start_period"],
                                        "sources": [{"source": content, "code": "L_ELEC"}]})
        asked = self.history.tick()
        while not self._submit(transaction, asked, node, facility, version, content):
            node = node % self.net.nodes + 1
            self.stop.wait(PAUSE)

    def _submit(self, transaction, asked, node, facility, version, content):
        """True once the answer is one for good. The same transaction may be sent again, and elsewhere."""
        try:
            answer = self.net.call("SubmitTransaction", {"transaction": transaction}, node, again=False)[1]
        except GONE:
            return False
        if answer["code"] == "000000" and answer["data"]["state"] == "FINAL":
            self.history.wrote(asked, node, facility, version, content, answer["data"]["height"], answer["data"]["index"])
            return True
        if answer["code"] == SUPERSEDED:
            self.history.refused(asked, node, facility, version, content)
            return True
        return False

    def _sign(self, node, request):
        """A transaction with the signatures of two persons, made without a node."""
        member, home = WRITERS[node % len(WRITERS)]
        path = os.path.join(self.net.dir, request["sources"][0]["source"])
        with open(path, "w", encoding="utf-8") as handle:
            json.dump(request, handle)
        keys = [os.path.join(self.net.dir, f"node-{home}", "keys", f"{member}.{person}.key")
                for person in ("preparer", "responsible")]
        genesis = ("--genesis", self.net.genesis)
        made = seam("tx", "new", "SetBoundary", path, "--organisation", member, "--key", keys[0], "--out", path + ".tx",
                    *genesis)
        signed = seam("tx", "sign", path + ".tx", "--key", keys[1], *genesis)
        assert made[0] == signed[0] == 0, made + signed
        with open(path + ".tx", encoding="utf-8") as handle:
            return json.load(handle)["transaction"]
