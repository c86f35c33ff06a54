# SPDX-License-Identifier: Apache-2.0
"""A disk that takes no more bytes: the node stops voting and says why, the others go on, and with room
again it comes back by itself to where it was."""
import contextlib
import glob
import os
import resource
import shutil
import subprocess
import urllib.request

from harness import BIN, PATIENCE, Network, check, finish, until


def largest(folder):
    return max(os.path.getsize(path) for path in glob.glob(os.path.join(folder, "*.log")))


def listens(url):
    try:
        with urllib.request.urlopen(url + "/healthz", timeout=PATIENCE):
            return True
    except OSError:
        return False


SMALL = 160 << 20  # two segments of the log, the databases, and the 40 MiB with which a node tries a disk
IN_SMALL = """
mv "$1" "$1.moved" && mkdir -m 700 "$1" && mount -t tmpfs -o "size=$2,mode=700" small "$1" &&
cp -a "$1.moved/." "$1" && exec "$3" --config "$4"
"""


def fill(path):
    """All that a file system has left; how much that was."""
    with open(path, "ab", buffering=0) as handle:
        for piece in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    handle.write(bytes(piece))
        return handle.tell()


def small_disk(net):
    """Node 4 with its data on a file system of its own that somebody else fills. It is in the namespace
    of the process and ends with it; no start of node 4 can come after this."""
    net.stop(4)
    data = os.path.join(net.dir, "node-4", "data")
    node = subprocess.Popen(["unshare", "-rm", "sh", "-c", IN_SMALL, "sh", data, str(SMALL),
                             os.path.join(BIN, "seamd"), os.path.join(net.dir, "node-4", "node.yaml")],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: node.poll() is not None or net.votes(4), "node 4 to vote")
        check(node.poll() is None, "a node votes with its data on a small file system", node.returncode)
        filler = f"/proc/{node.pid}/root{data}/filler"
        size = fill(filler)
        check(size > 0, f"which others fill with {size >> 20} MiB")
        final = [net.file(f"{month + 4:02}-mine-b-2025-{month:02}.json") for month in (4, 5, 6)]
        words = " ".join(until(lambda: net.waits_for_disk(4), "node 4 to stop")["explain"])
        check("Make room" in words and "comes back to where it was" in words,
              "it does not vote, and `status --explain` says what to do", words)
        final.append(net.file("04-mine-a-2026-09.json"))
        check(all(answer["code"] == "000000" for answer in final), f"{len(final)} accounts are final without it", final)
        os.remove(filler)
        until(lambda: net.votes(4), "node 4 to be back by itself")
        check(node.poll() is None, "the filler gone, the same process is back and votes")
        roots = net.roots()
        check(len(set(roots)) == 1, "with the same roots as the others", roots)
        node.terminate()
        node.wait(timeout=PATIENCE)
        check(node.returncode == 0, "and it ends in order", node.returncode)
    finally:
        node.kill()


with Network() as net:
    net.stop(4)
    folder = os.path.join(net.dir, "node-4")
    config = os.path.join(folder, "node.yaml")
    # its lines go nowhere: a pipe that nobody reads would hold it up, a file would meet the limit, too
    node = subprocess.Popen([os.path.join(BIN, "seamd"), "--config", config], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(net.url(4)), "node 4 to listen")
        answer = net.file("05-mine-b-2025-01.json")
        check(answer["code"] == "000000", "with four nodes an account is final")
        net.follow(4, answer["data"]["height"])
        size = largest(os.path.join(folder, "data", "chain")) + 100
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        for sample in ("06-mine-b-2025-02.json", "07-mine-b-2025-03.json"):
            answer = net.file(sample)
            check(answer["code"] == "000000", f"{sample} is final without node 4", answer)
        status = until(lambda: net.waits_for_disk(4), "node 4 to say so")
        words = " ".join(status["explain"])
        check(not status["voting"] and status["halted"] and status["not_voting"] != "", "it does not vote, and says why",
              status["not_voting"])
        check("Make room" in words and "comes back to where it was" in words,
              "`status --explain` says what to do", words)
        refused = net.call("SubmitAccount", {}, 4)[1]
        check(refused["code"] != "000000", "what is sent to it is refused, not kept waiting", refused)
        tries = net.status(4)["final_age_ms"] + 12000
        until(lambda: net.status(4)["final_age_ms"] > tries, "two trials of the disk")
        check(node.poll() is None and not net.status(4)["voting"], "it waits for the disk")
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        until(lambda: net.votes(4), "node 4 to be back by itself")
        check(node.poll() is None, "with room again the same process is back and votes")
        roots = net.roots()
        check(len(set(roots)) == 1, "with the same roots", roots)
        node.terminate()
        node.wait(timeout=PATIENCE)
        check(node.returncode == 0, "and ends in order when it is told to", node.returncode)
    finally:
        node.kill()
    net.start(4)
    until(lambda: net.ready(4), "node 4 to be ready")

    # a second process on the same directories is refused, and disturbs nobody
    second = subprocess.run([os.path.join(BIN, "seamd"), "--config", config], capture_output=True, text=True,
                            timeout=PATIENCE, check=False)
    check(second.returncode == 3 and "another seamd" in second.stderr, "two on one data directory: status 3",
          second.stderr)
    until(lambda: net.ready(4), "the first to answer")
    check(True, "and the first goes on")

    # killed while it starts, again and again
    net.stop(4)
    for turn in range(10):
        starting = subprocess.Popen([os.path.join(BIN, "seamd"), "--config", config],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if turn % 2:
            starting.stderr.readline()
        starting.kill()
        starting.communicate()
    net.start(4)
    until(lambda: net.votes(4), "node 4 to be ready and to vote")
    check(True, "killed ten times while starting, it starts and votes")

    # where the system allows a process a file system of its own
    if shutil.which("unshare") and subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "small", net.dir],
                                                  capture_output=True, check=False).returncode == 0:
        small_disk(net)
    else:
        print("skip - no process may mount a file system here")

finish()
