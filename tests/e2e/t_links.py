# SPDX-License-Identifier: Apache-2.0
"""Real nodes on bad links: delay with loss, a link that carries one way only, a node that is stopped,
a node cut off, half the network cut off. Whatever clients read meanwhile, at any node, also at one
that is catching up, must be one history: checked over all their answers at the end."""
import json
import os
import signal
import threading

from harness import PATIENCE, SAMPLES, check, finish, until
from history import History
from links import LinkedNetwork


history = History()
FACILITY, PERIOD = "mine-a", "2026-09"


def correction(number):
    with open(os.path.join(SAMPLES, "04-mine-a-2026-09.json"), encoding="utf-8") as handle:
        file = json.load(handle)
    file["reason"], file["reason_code"] = f"fuel book, entry {number}", "TYPING"
    for line in file["lines"]:
        if line.get("fuel") == "diesel":
            line["ad"]["value"] = f"{310 + number}.4"
    return json.dumps(file).encode()


written = [0]


def write(net):
    """One correction of the account, filed and approved at node 1; its version, or None."""
    written[0] += 1
    asked = history.tick()
    answer = net.call("CorrectAccount", correction(written[0]), 1)[1]
    if answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON":
        answer = net.call("ApproveDraft", {"draft": answer["data"]["draft"]}, 1, "responsible")[1]
    if answer["code"] != "000000" or answer["data"].get("state") != "FINAL":
        return None
    final = answer["data"]
    account = net.call("GetAccount", {"facility": FACILITY, "period": PERIOD, "at": final["height"]}, 1)[1]["data"]
    history.wrote(asked, 1, FACILITY, account["version"], account["transaction"], final["height"], final["index"])
    return account["version"]


def read(net, node):
    asked = history.tick()
    answer = net.call("GetAccount", {"facility": FACILITY, "period": PERIOD}, node)[1]
    if answer["code"] == "000000":
        data = answer["data"]
        history.saw(asked, node, FACILITY, data["version"], data["transaction"], data["at"])
    return answer


class Readers:
    """Clients that read at every node as long as the block lasts."""

    def __init__(self, net):
        self.net, self.stop = net, threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(node,), daemon=True) for node in range(1, net.nodes + 1)]

    def _run(self, node):
        while not self.stop.is_set():
            try:
                read(self.net, node)
            except (OSError, ValueError, RuntimeError):  # a node that is stopped or starting does not answer
                self.stop.wait(0.1)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(PATIENCE)


def explain(net, node):
    return "\n".join(net.status(node)["explain"])


with LinkedNetwork() as net:
    links = net.links
    check(net.file("04-mine-a-2026-09.json")["code"] == "000000", "through the relays the first account is final")
    check(links.passed > 0, "nodes speak through the relays only", links.passed)

    with Readers(net):
        links.every(delay=0.1, loss=0.01)
        check(all(write(net) for _ in range(3)), "200 ms there and back with 1 % loss: corrections become final")
        links.every()

        # Node 4 is heard by nobody but hears all: three go on, it follows, it says what is wrong.
        for other in (1, 2, 3):
            links.cut(4, other)
        check(all(write(net) for _ in range(3)), "one node heard by nobody: the others go on")
        links.mend()
        net.roots()

        # Node 3 is stopped for a while, as a machine that swaps or a paused guest would be.
        os.kill(net.pid(3), signal.SIGSTOP)
        check(all(write(net) for _ in range(3)), "one node stopped (SIGSTOP): the others go on")
        os.kill(net.pid(3), signal.SIGCONT)
        roots = net.roots()
        check(len(set(roots)) == 1, "the stopped node catches up to the same root", roots)

        # Node 2 is cut off both ways, comes back, and is killed while it catches up.
        links.cut_node(2)
        check(all(write(net) for _ in range(3)), "one node cut off: the others go on")
        text = until(lambda: (lambda t: t if "not connected" in t else None)(explain(net, 1)), "the cut is noticed")
        check("verifier" in text or "group" in text, "the cut node is named", text)
        links.mend()
        net.kill(2)
        net.start(2)
        check(write(net) is not None, "while it catches up, corrections become final")
        net.roots()

        # Two and two: nothing can become final on either side; then all goes on.
        links.cut_apart({1, 2})
        outcome = []
        waiting = threading.Thread(target=lambda: outcome.append(write(net)), daemon=True)
        before = net.status(3)["height"]
        waiting.start()
        text = until(lambda: (lambda t: t if "nothing can become final" in t else None)(explain(net, 1)),
                     "the explanation of a stall")
        check("Ask the operators" in text, "split in halves: the node says why nothing commits and what to do", text)
        check(not outcome and net.status(3)["height"] == before, "split in halves: nothing is acknowledged", outcome)
        links.mend()
        waiting.join(PATIENCE)
        check(outcome and outcome[0], "the halves join: what waited becomes final", outcome)
        roots = net.roots()
        check(len(set(roots)) == 1, "one state root on all nodes", roots)

    faults = history.faults()
    check(len(history.writes) >= 13 and len(history.reads) > 50,
          f"{len(history.writes)} corrections and {len(history.reads)} reads at four nodes")
    check(not faults, "all answers are of one history", "\n".join(faults[:10]))

# Seven, of which two may be away: their links are as bad while one is stopped and one is killed.
history = History()
with LinkedNetwork(7) as net:
    check(net.file("04-mine-a-2026-09.json")["code"] == "000000", "seven nodes: the first account is final")
    with Readers(net):
        net.links.every(delay=0.1, loss=0.01)
        os.kill(net.pid(6), signal.SIGSTOP)
        net.kill(7)
        check(all(write(net) for _ in range(2)), "seven nodes, 200 ms and 1 % loss, two away: corrections become final")
        net.links.cut(2, 1)
        check(write(net) is not None, "and a link that is cut one way: the others carry on")
        net.links.every()
        net.links.mend()
        os.kill(net.pid(6), signal.SIGCONT)
        net.start(7)
        roots = net.roots()
        check(len(set(roots)) == 1 and len(roots) == 7, "one state root on all seven", roots)
    faults = history.faults()
    check(not faults, f"{len(history.writes)} corrections and {len(history.reads)} reads at seven nodes are of one history",
          "\n".join(faults[:10]))
finish()
