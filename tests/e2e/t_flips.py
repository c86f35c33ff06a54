# SPDX-License-Identifier: Apache-2.0
"""Disks that give back other bytes. One byte of one file of a stopped node flipped, and a start on it,
some hundred times (`tests/flips`): seen and named, or repaired, never silent. Then the same with real
processes: the consensus log, the signer's slot, tables of both databases, and what the others do meanwhile."""
import glob
import os
import shutil
import subprocess

from harness import BIN, PATIENCE, Network, check, finish, program, seam, until

FLIPS = os.environ.get("FLIPS", "sample=150").split()  # e.g. "stride=1", "stride=7 only=MANIFEST"


def flip(path, at):
    with open(path, "r+b") as handle:
        handle.seek(at)
        byte = handle.read(1)[0]
        handle.seek(at)
        handle.write(bytes([byte ^ 0x10]))


def largest(*places):
    return max(glob.glob(os.path.join(*places)), key=os.path.getsize)


def contents(path):
    with open(path, "rb") as handle:
        return handle.read()


def run_alone(folder):
    """seamd on node 4's directory until it ends by itself: (status, what it said)."""
    node = subprocess.run([os.path.join(BIN, "seamd"), "--config", os.path.join(folder, "node.yaml")],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    return node.returncode, node.stderr


def kept(folder):
    """The node's files, to be put back after a case."""
    copy = os.path.join(os.path.dirname(folder), "kept")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    return copy


def back(copy, folder):
    for part in ("data", "keys"):
        shutil.rmtree(os.path.join(folder, part))
        shutil.copytree(os.path.join(copy, part), os.path.join(folder, part))


def rejoins(net, words):
    net.start(4)
    until(lambda: net.votes(4), "node 4 to be ready and to vote")
    roots = net.roots()
    check(len(set(roots)) == 1, words, roots)


with Network() as net:
    folder = os.path.join(net.dir, "node-4")
    for sample in ("04-mine-a-2026-09.json", "05-mine-b-2025-01.json"):
        check(net.file(sample)["code"] == "000000", f"{sample} is final")
    net.roots()
    net.stop(4)
    net.start(4)  # a start writes what the log held into tables
    until(lambda: net.ready(4), "node 4 to be ready")
    check(net.file("06-mine-b-2025-02.json")["code"] == "000000", "one more is final")
    net.roots()
    net.stop(4)

    scratch = os.path.join(net.dir, "scratch")
    run = subprocess.run([program("flips", "tests", "flips"), folder, net.genesis, scratch, *FLIPS], capture_output=True, text=True, check=False)
    print(run.stdout)
    check(run.returncode == 0, "no flipped byte stays unseen: " + run.stdout.strip().rsplit("\n", 1)[-1],
          run.stdout[-3000:] + run.stderr)
    shutil.rmtree(scratch, ignore_errors=True)
    data, keys = os.path.join(folder, "data"), os.path.join(folder, "keys")
    copy = kept(folder)

    # the newest slot of the signer: the log has the vote
    with open(os.path.join(keys, "signer.state"), "rb") as handle:
        raw = handle.read()
    newer = max((0, 512), key=lambda at: int.from_bytes(raw[at + 8:at + 16], "little"))
    flip(os.path.join(keys, "signer.state"), newer + 130)
    rejoins(net, "with the newer slot damaged it comes back to the same roots")
    check("one of the two slots" in net.said(4), "and says which file was damaged")
    net.stop(4)

    # both slots: never again with this key
    copy = kept(folder)
    for at in (130, 512 + 130):
        flip(os.path.join(keys, "signer.state"), at)
    status, words = run_alone(folder)
    check(status == 5 and "signer.state is damaged" in words, "with both damaged: status 5, which names the file",
          f"{status} {words[-600:]}")
    back(copy, folder)

    # the consensus log in its middle: nothing is voted for on it
    flip(sorted(glob.glob(os.path.join(data, "log", "log-*")))[0], 600)
    status, words = run_alone(folder)
    check(status == 4 and "log-0" in words, "a damaged consensus log: status 4, which names the segment",
          f"{status} {words[-600:]}")
    check(net.file("07-mine-b-2025-03.json")["code"] == "000000", "the others go on")
    for path in glob.glob(os.path.join(data, "log", "*")):
        os.remove(path)
    rejoins(net, "with the log taken away it follows, then votes again, with the same roots")
    check("the consensus log was lost" in net.said(4), "and says why it did not vote at first")
    net.stop(4)

    # a table of an index while it runs: made again in place, nothing else is touched
    net.start(4)
    until(lambda: net.votes(4), "node 4 to vote")
    filed = net.file("08-mine-b-2025-04.json")
    check(filed["code"] == "000000", "one more is final", filed)
    net.roots()
    net.stop(4)
    net.start(4)  # and is in a table now
    until(lambda: net.votes(4), "node 4 to vote")
    pid = net.pid(4)
    before = len(net.said(4))
    tables = [path for path in glob.glob(os.path.join(data, "chain", "*.sst")) if b"index_tx" in contents(path)]
    check(len(tables) > 0, "there is a table of the index of transactions", os.listdir(os.path.join(data, "chain")))
    for table in tables:
        flip(table, 20)
    words = until(lambda: (lambda words: words if "was made again from the blocks" in words else None)(
        " ".join(net.status(4)["explain"])), "the scrub of node 4 to find it and the node to make it again")
    check("index_tx" in words and any(os.path.basename(table) in words for table in tables),
          "a damaged index, damaged while it runs: said, with its table, and made again", words)
    answer = net.call("GetTransaction", {"transaction": filed["data"]["transaction"]}, 4)[1]
    check(answer["code"] == "000000", "what stood in it is found again", answer)
    until(lambda: "are whole again" in net.said(4)[before:], "the log to say so, too")
    said = net.said(4)[before:]
    check("an index of the chain is damaged and is made again" in said
          and "a file of the database is damaged" not in said, "the log has both ends of it", said[-1500:])
    status = net.status(4)
    check(status["indexes"] == "whole" and status["storage"] != "damaged" and status["voting"] and net.pid(4) == pid
          and not glob.glob(os.path.join(data, "chain.damaged-*")), "in the same process, which voted on", status)
    net.stop(4)

    # a table of the chain at rest: the node sets the database aside and has it again from the others
    table = largest(data, "chain", "*.sst")
    flip(table, os.path.getsize(table) - 3)  # of the number that says what it is
    before = len(net.said(4))
    rejoins(net, "a damaged table of the chain: the node is rebuilt from the others, with the same roots")
    check(os.path.basename(table) in net.said(4)[before:], "and names the file", net.said(4)[before:][-2000:])
    aside = glob.glob(os.path.join(data, "chain.damaged-*"))
    check(len(aside) == 1 and os.path.exists(os.path.join(aside[0], os.path.basename(table))),
          "and the damaged database is kept, renamed", aside)
    words = net.status(4)["explain"]
    check(os.path.basename(aside[0]) in " ".join(words), "and said to be there", words)
    net.stop(4)

    # tables of the chain while it runs: named, the others go on, and it comes back by itself
    net.start(4)
    until(lambda: net.ready(4), "node 4 to be ready")
    pid = net.pid(4)
    for table in glob.glob(os.path.join(data, "chain", "*.sst")):
        for at in range(40, os.path.getsize(table), 256):
            flip(table, at)
    before = len(net.said(4))
    check(net.file("09-mine-b-2025-05.json")["code"] == "000000", "the others go on")
    until(lambda: "a file of the database is damaged" in net.said(4)[before:], "node 4 to name the damage")
    line = [line for line in net.said(4)[before:].splitlines() if "is damaged" in line][0]
    check(".sst" in line, "damaged while it runs: it names the file that it could not read", line)
    until(lambda: len(glob.glob(os.path.join(data, "chain.damaged-*"))) == 2, "node 4 to set the database aside")
    until(lambda: net.votes(4), "node 4 to be back")
    roots = net.roots()
    check(len(set(roots)) == 1 and net.pid(4) == pid, "and is rebuilt by itself, in the same process", roots)
    net.stop(4)

    # a block that nobody asks for: found by the scrub while the node votes, said, repaired
    net.start(4)
    status = until(lambda: (lambda s: s if s["scrub_passes"] > 0 else None)(net.status(4)), "the first reading of everything")
    check(status["storage"] == "sound", "a sound database is said to be sound", status["damage"])
    table = largest(data, "chain", "*.sst")
    flip(table, 2000)
    answer, words, _ = seam("storage", "check", data)
    check(answer == 1 and os.path.basename(table) in words and "1 damaged" in words,
          "`seam storage check` beside the running node finds it at once", f"{answer} {words}")
    # one answer for all that follows: the node leaves for its repair seconds later
    status = until(lambda: (lambda s: s if s["damage"] and "rebuilt from the peers" in " ".join(s["explain"]) else None)(
        net.status(4)), "the scrub to find it and to say what becomes of it")
    damage = status["damage"]
    check(damage[0]["database"] == "chain" and os.path.basename(table) in damage[0]["what"],
          "one byte of a table that nobody reads: found, with file and place", damage)
    words = " ".join(status["explain"])
    check("is damaged, found" in words and status["storage"] == "damaged",
          "`status --explain` says what, since when, and what to do", words)
    until(lambda: len(glob.glob(os.path.join(data, "chain.damaged-*"))) == 3, "node 4 to set the database aside")
    until(lambda: net.votes(4), "node 4 to be back")
    roots = net.roots()
    check(len(set(roots)) == 1, "and it is back with the same roots", roots)
    net.stop(4)

    # again and again: the machine is to be mended, not the database
    net.start(4)  # what is rebuilt goes into tables
    until(lambda: net.ready(4), "node 4 to be ready")
    net.stop(4)
    copy = kept(folder)
    table = largest(data, "chain", "*.sst")
    flip(table, os.path.getsize(table) - 3)
    status, words = run_alone(folder)
    check(status == 4 and "the damaged database stays" in words and "what damages data" in words,
          "the fourth time it stays: status 4, and what to do", f"{status} {words[-900:]}")
    back(copy, folder)

    # the local database: its own words, and nothing else of the node is lost
    copy = kept(folder)
    log = largest(data, "local", "*.log")
    flip(log, os.path.getsize(log) // 2)
    status, words = run_alone(folder)
    check(status == 4 and "local database refused" in words and "newest backup" in words,
          "a damaged local database: status 4, which names it and says what to do", f"{status} {words[-900:]}")
    back(copy, folder)
    rejoins(net, "put back, it goes on with the same roots")

finish()
