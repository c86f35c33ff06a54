# SPDX-License-Identifier: Apache-2.0
"""Disks on which a sync fails (EIO) while everything else goes on: of the consensus log, the signer's slot,
the chain's database, the local one. What was not durable is not released, the node says why it does not
vote, and once the disk is mended it is back where it was."""
import concurrent.futures
import contextlib
import os
import urllib.request

from harness import PATIENCE, Network, check, finish, preload, program, until

LIBRARY = program("disk_fault.so", "tests", "e2e")


def start(net, node):
    with preload(LIBRARY, DISK_FAULT=os.path.join(net.dir, "fault")):
        return net.start(node)


@contextlib.contextmanager
def fault(net, pattern):
    """Within, no sync of a file with such a path succeeds at the nodes that `start` started."""
    path = os.path.join(net.dir, "fault")
    with open(path + ".new", "w", encoding="utf-8") as handle:
        handle.write(pattern)
    os.rename(path + ".new", path)
    try:
        yield
    finally:
        os.remove(path)


def double_votes(net):
    """Pairs of contradicting votes that any node has seen."""
    name, total = "seam_consensus_double_votes_total", 0
    for node in range(1, net.nodes + 1):
        with urllib.request.urlopen(net.url(node) + "/metrics", timeout=PATIENCE) as answer:
            lines = [line for line in answer.read().decode().splitlines() if line.startswith(name)]
            total += sum(int(line.split()[-1]) for line in lines)  # no line: nothing was counted yet
    return total


def back(net, pid, what):
    until(lambda: net.votes(4), "node 4 to be back")
    check(net.pid(4) == pid and os.path.exists(f"/proc/{pid}/exe"), f"{what}: the same process is back and votes")
    roots = net.roots()
    check(len(set(roots)) == 1, f"{what}: with the same roots as the others", roots)


def needed(net, what, pattern, sample):
    """Node 3 is away, so nothing becomes final without node 4: a vote of it that got out would show."""
    net.stop(3)
    pid, before = net.pid(4), net.status(1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with fault(net, pattern):
            answer = pool.submit(net.file, sample)
            status = until(lambda: net.waits_for_disk(4), "node 4 to stop")
            check("log or the signer's slot cannot be written" in status["not_voting"], f"{what}: the node says why",
                  status["not_voting"])
            words = " ".join(status["explain"])
            check("could not be written or synced" in words and "comes back to where it was" in words,
                  f"{what}: and what happens next", words)
            tries = status["final_age_ms"] + 12000
            until(lambda: net.status(4)["final_age_ms"] > tries, "two trials of the disk")
            seen = net.status(1)
            check(seen["height"] == before["height"], f"{what}: nothing is final by a vote that was not synced", seen)
            check(seen["view"] == before["view"] and "(regulator) in this view" in " ".join(seen["explain"]),
                  f"{what}: the others have no vote of it", seen)
            check(net.pid(4) == pid and not net.status(4)["voting"], f"{what}: it waits for the disk")
        code = answer.result()["code"]
        check(code == "000000", f"{what}: with the disk mended the account is final by its vote", code)
    net.start(3)
    until(lambda: net.votes(3), "node 3 to be back")
    back(net, pid, what)


def spared(net, what, pattern, sample):
    """The others go on without node 4."""
    pid = net.pid(4)
    with fault(net, pattern):
        answer = net.file(sample)
        check(answer["code"] == "000000", f"{what}: the others go on", answer)
        status = until(lambda: net.waits_for_disk(4), "node 4 to stop")
        check("the chain database cannot be written" in status["not_voting"], f"{what}: the node says why",
              status["not_voting"])
        check(status["height"] < answer["data"]["height"], f"{what}: what is not on its disk is not final at it",
              status["height"])
    back(net, pid, what)


def refused(net, what, pattern, sample, named):
    """One file alone is bad, so the trial of the disk succeeds: the new start meets it, ends and names it."""
    before = len(net.said(4))
    with fault(net, pattern):
        check(net.file(sample)["code"] == "000000", f"{what}: the others go on")
        until(lambda: "event=stopped exit=4 again=false" in net.said(4)[before:], "node 4 to end")
        lines = [line for line in net.said(4)[before:].splitlines() if "error=E_STORAGE" in line]
        check(len(lines) == 1 and named in lines[0], f"{what}: a start on it ends with status 4 and names it", lines)
    net.stop(4)
    start(net, 4)
    until(lambda: net.votes(4), "node 4 to vote")
    roots = net.roots()
    check(len(set(roots)) == 1, f"{what}: mended and started, it is back with the same roots", roots)


def local(net, sample):
    """What the node alone has: refused while it cannot be kept; the vote does not need it."""
    net.stop(1)
    start(net, 1)
    until(lambda: net.votes(1), "node 1 to vote")
    pid = net.pid(1)
    with fault(net, "*/node-1/data/local/*"):
        answer = net.file(sample, "nil")
        check(answer.get("data", {}).get("error") == "E_STORAGE", "local: a draft that cannot be kept is refused", answer)
        status = until(lambda: (lambda s: s if s["storage"] == "cannot be written" else None)(net.status(1)),
                       "node 1 to say so")
        words = " ".join(status["explain"])
        check("A file of data/local could not be written or synced" in words, "local: the node says why", words)
        check(status["voting"] and not status["halted"], "local: and votes")
    answer = until(lambda: (lambda a: a if a["code"] == "000000" else None)(net.file(sample, "nil")), "node 1 to be back")
    check(net.pid(1) == pid, "local: mended, the same process keeps drafts again", answer)
    check("the local database cannot be written" in net.said(1), "local: the log has it, too")


with Network() as net:
    net.stop(4)
    start(net, 4)
    until(lambda: net.votes(4), "node 4 to vote")
    check(net.file("05-mine-b-2025-01.json")["code"] == "000000", "with all disks sound an account is final")
    net.roots()
    needed(net, "the log", "*/node-4/data/log/*", "06-mine-b-2025-02.json")
    needed(net, "the slot", "*/node-4/keys/*", "07-mine-b-2025-03.json")
    spared(net, "the chain's database", "*/node-4/data/chain/*", "08-mine-b-2025-04.json")
    refused(net, "a segment of the log", "*/node-4/data/log/log-*", "09-mine-b-2025-05.json", "what=log-")
    refused(net, "the slot's file", "*/node-4/keys/signer.state", "10-mine-b-2025-06.json", "what=signer.state")
    refused(net, "files of the chain's database", "*/node-4/data/chain/0*", "04-mine-a-2026-09.json", "data/chain/0")
    local(net, "11-mine-b-2025-07-nil.json")
    check(double_votes(net) == 0, "nobody has seen a second vote")

finish()
