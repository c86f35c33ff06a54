# SPDX-License-Identifier: Apache-2.0
"""More than the network can take: the pool of each node is bounded, one organisation fills its share of
it and not that of the others, who is refused is told so at once, and what was taken becomes final."""
import glob
import json
import os
import threading

from harness import PATIENCE, SAMPLES, Network, check, finish, post, seam, until

POOL = 400  # transactions; a quarter of them for one organisation
BUSY = {"100004", "302004"}


def anchor(net, member, number, wait="accepted"):
    body = json.dumps({"log": f"load-{number:06}", "first": 1, "last": 1, "head": "ab" * 32, "wait": wait}).encode()
    node = net.homes[member]
    return post(net.url(node), "AnchorAuditLog", body, net.token(node, "preparer", member))


def flood(net, member, count, first=0, threads=8):
    """(HTTP status, envelope) of each anchor, sent by several clients at a time."""
    answers, numbers, lock = [], iter(range(first, first + count)), threading.Lock()

    def run():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            answers.append(anchor(net, member, number))
    workers = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
    return answers


def accepted(answers):
    return [envelope["data"]["transaction"] for _, envelope in answers if envelope["code"] == "000000"]


with Network() as net:
    seam("localnet", "down", "--dir", net.dir)
    for path in glob.glob(os.path.join(net.dir, "node-*", "node.yaml")):
        with open(path, "a", encoding="utf-8") as handle:
            handle.write(f"limits:\n  mempool_count: {POOL}\n")
    status, out, err = seam("localnet", "up", "--dir", net.dir)
    check(status == 0, "nodes with small pools start", out + err)
    net.tokens = {}
    here = sorted(member for member, node in net.homes.items() if node == 1)
    check(len(here) >= 3, "three organisations sign at node 1", net.homes)
    loud, second, third = here[:3]
    net.token(1, "preparer", loud), net.token(1, "preparer", second), net.token(1, "preparer", third)

    # Nothing commits: the pool is all there is.
    net.kill(3)
    net.kill(4)
    answers = flood(net, loud, POOL)
    took = accepted(answers)
    refused = [envelope for _, envelope in answers if envelope["code"] != "000000"]
    check(0 < len(took) <= POOL // 4, "one organisation fills no more than its quarter of the pool", len(took))
    check({envelope["code"] for envelope in refused} == {"302004"} and len(took) + len(refused) == POOL,
          "the rest is refused at once, each with the limit of calls", refused[:1])
    took += accepted(flood(net, second, 10, 10000))
    check(len(took) > POOL // 4, "another organisation is still heard at the same node", len(took))
    check(0 < net.status(1)["pool_transactions"] <= POOL, "the pool is bounded", net.status(1)["pool_transactions"])

    # All others at once: the pool is full, and says so.
    rest = [answer for number, member in enumerate(sorted(net.homes)) if member != loud and net.homes[member] in (1, 2)
            for answer in flood(net, member, POOL // 4, 20000 + 1000 * number)]
    codes = {envelope["code"] for _, envelope in rest}
    check(codes <= BUSY | {"000000"} and "100004" in codes, "a full pool answers that it is busy", codes)
    took += accepted(rest)
    check(net.status(1)["pool_transactions"] <= POOL, "and does not grow", net.status(1)["pool_transactions"])
    status = net.status(1)
    check(status["waiting_units"] >= status["pool_transactions"] > 0 and status["waiting_bound"] >= 1500,
          "how much waits, and how much may, stands in the status", status)

    net.start(3)
    net.start(4)
    until(lambda: all(net.status(node)["pool_transactions"] == 0 for node in range(1, 5)), "empty pools")
    roots = net.roots()
    check(len(set(roots)) == 1, "when the network is whole again the pools empty into one state", roots)
    missing = [tx for tx in took if net.call("GetTransaction", {"transaction": tx}, 2)[1]["code"] != "000000"]
    check(not missing, f"all {len(took)} that were taken became final", missing[:5])

    # A flood that does not end, and a mine that files its month.
    stop, heard = threading.Event(), []

    def endless(member, first):
        number = first
        while not stop.is_set():
            heard.append(anchor(net, member, number)[1]["code"])
            number += 1
    workers = [threading.Thread(target=endless, args=(loud, 100000 + 100000 * i), daemon=True) for i in range(8)]
    for worker in workers:
        worker.start()
    until(lambda: len(heard) > 50, "the flood")
    answer = net.file(os.path.join(SAMPLES, "04-mine-a-2026-09.json"))
    check(answer["code"] == "000000" and answer["data"]["state"] == "FINAL",
          "during a flood of another organisation a mine's account becomes final", answer)
    stop.set()
    for worker in workers:
        worker.join(PATIENCE)
    check(set(heard) <= BUSY | {"000000"}, f"{len(heard)} calls of the flood: taken, or told to wait", set(heard))
finish()
