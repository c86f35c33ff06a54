# SPDX-License-Identifier: Apache-2.0
"""Kills, losses and a wrong clock: what was acknowledged stays, the rest go on, everybody ends with one state."""
import itertools
import json
import os
import random
import threading

from harness import PATIENCE, SAMPLES, Network, check, finish, until

KILLS = int(os.environ.get("KILLS", "100"))


def correction(number):
    """The next version of mine A's month: one truck more, so that every version differs."""
    with open(os.path.join(SAMPLES, "04-mine-a-2026-09.json"), encoding="utf-8") as handle:
        file = json.load(handle)
    file["reason"] = f"fuel book, entry {number}"
    file["reason_code"] = "TYPING"
    for line in file["lines"]:
        if line.get("fuel") == "diesel":
            line["ad"]["value"] = f"{310 + number}.4"
    return json.dumps(file).encode()


def acknowledge(net, number, node=1):
    """File one correction; true once it is final."""
    status, answer = net.call("CorrectAccount", correction(number), node)
    if answer["code"] != "000000":
        return None
    if answer["data"]["state"] == "AWAITING_SECOND_PERSON":
        status, answer = net.call("ApproveDraft", {"draft": answer["data"]["draft"]}, node,
                                  "responsible")
    if answer["code"] != "000000" or answer["data"].get("state") != "FINAL":
        return None
    return answer["data"]["transaction"]


def deferred(net, node):
    """How often a node has put off a block that is too far ahead of its own clock."""
    with open(os.path.join(net.dir, f"node-{node}", "node.log"), encoding="utf-8") as handle:
        return handle.read().count("ahead of this clock")


with Network() as net:
    first = net.file("04-mine-a-2026-09.json")
    check(first["code"] == "000000", "the first account is final", json.dumps(first)[:400])

    # One node of four dies during submissions: the others go on.
    done = [acknowledge(net, 1)]
    net.kill(3)
    for number in range(2, 6):
        done.append(acknowledge(net, number))
    check(all(done), "with one node of four killed, submissions go on", done)
    net.start(3)
    roots = net.roots()
    check(len(set(roots)) == 1, "the killed node comes back to the same state root", roots)

    # Two down: nothing is acknowledged; one returns: all resumes.
    net.kill(3)
    net.kill(4)
    outcome = []
    waiting = threading.Thread(target=lambda: outcome.append(acknowledge(net, 6)), daemon=True)
    waiting.start()
    waiting.join(5)
    check(waiting.is_alive() or outcome == [None], "with two nodes down nothing becomes final",
          outcome)
    before = net.status(1)["height"]
    net.start(4)
    waiting.join(PATIENCE)
    until(lambda: net.status(1)["height"] > before, "a block after the return")
    check(outcome and outcome[0] is not None, "it becomes final once one returns", outcome)
    done += [transaction for transaction in outcome if transaction]
    net.start(3)
    net.roots()

    # The clock of node 4 is further from the others' than the 10 s that a vote grants a block.
    number = itertools.count(7)
    for seconds, other, told in ((60, 1, "60 s ahead"), (-60, 4, "60 s behind")):
        before = deferred(net, other)
        net.stop(4)
        with net.clock(seconds):
            net.start(4)
        until(lambda: net.votes(4), "node 4 to be back")
        until(lambda: any(peer["clock_difference_ms"] * seconds > 10000 * abs(seconds)
                          for peer in net.status(1)["peers"]), "node 1 to notice the clock of node 4")
        filed = []

        def put_off():  # everybody's turn to lead comes, and with it a block that somebody puts off
            filed.append(acknowledge(net, next(number)))
            return len(filed) > 3 and (not all(filed) or deferred(net, other) > before)
        until(put_off, "a block to be put off")
        check(all(filed), f"the clock of one node of four {told}: submissions go on", filed)
        roots = net.roots()
        check(len(set(roots)) == 1, f"the node whose clock is {told} has the same state root", roots)
        done += [transaction for transaction in filed if transaction]
    net.stop(4)
    net.start(4)
    until(lambda: net.votes(4), "node 4 to be back")
    net.kill(3)
    done.append(acknowledge(net, next(number)))
    check(done[-1], "its clock right again, and another node killed: submissions go on with its vote")
    net.start(3)
    net.roots()

    # Kills at random moments while corrections are being filed at node 1.
    draw = random.Random(2026)
    stop = threading.Event()
    acknowledged, number = [], [100]

    def submit():
        while not stop.is_set():
            try:
                transaction = acknowledge(net, number[0])
            except Exception:
                transaction = None
            if transaction:
                acknowledged.append(transaction)
            number[0] += 1

    worker = threading.Thread(target=submit, daemon=True)
    worker.start()
    kills = 0
    while kills < KILLS:
        node = draw.randrange(2, net.nodes + 1)
        mark = net.status(1)["height"] + draw.randrange(0, 3)
        until(lambda: net.status(1)["height"] >= mark, f"height {mark}")
        net.kill(node)
        kills += 1
        net.start(node)
    stop.set()
    worker.join(PATIENCE)
    check(kills == KILLS and len(acknowledged) > 0,
          f"{kills} kills at random moments, {len(acknowledged)} corrections acknowledged meanwhile")
    roots = net.roots()
    check(len(set(roots)) == 1, "all four nodes end with byte-identical state roots", roots)
    lost = []
    for transaction in done + acknowledged:
        for node in range(1, net.nodes + 1):
            answer = net.call("GetTransaction", {"transaction": transaction}, node)[1]
            if answer["code"] != "000000":
                lost.append((node, transaction, answer["code"]))
    check(not lost, "no acknowledged account is lost on any node", lost[:5])
finish()
