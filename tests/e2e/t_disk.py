# SPDX-License-Identifier: Apache-2.0
"""A disk that takes no more bytes: the node stops voting and says why, the others go on, and with room
again it comes back by itself to where it was."""
import glob
import os
import resource
import subprocess
import urllib.request

from harness import BIN, Network, check, finish, until


def largest(folder):
    return max(os.path.getsize(path) for path in glob.glob(os.path.join(folder, "*.log")))


def listens(url):
    try:
        with urllib.request.urlopen(url + "/healthz", timeout=10):
            return True
    except OSError:
        return False


with Network() as net:
    net.stop(4)
    folder = os.path.join(net.dir, "node-4")
    config = os.path.join(folder, "node.yaml")
    node = subprocess.Popen([os.path.join(BIN, "seamd"), "--config", config], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: listens(net.url(4)), 60, "node 4 to listen")
        answer = net.file("05-mine-b-2025-01.json")
        check(answer["code"] == "000000", "with four nodes an account is final")
        until(lambda: net.status(4)["height"] >= answer["data"]["height"], 60, "node 4 to have it")
        size = largest(os.path.join(folder, "data", "chain")) + 100
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        for sample in ("06-mine-b-2025-02.json", "07-mine-b-2025-03.json"):
            answer = net.file(sample)
            check(answer["code"] == "000000", f"{sample} is final without node 4", answer)
        until(lambda: net.status(4)["storage"] == "cannot be written", 60, "node 4 to say so")
        status = net.status(4)
        words = " ".join(status["explain"])
        check(not status["voting"] and status["halted"] and status["not_voting"] != "", "it does not vote, and says why",
              status["not_voting"])
        check("Make room" in words and "comes back to where it was" in words,
              "`status --explain` says what to do", words)
        refused = net.call("SubmitAccount", {}, 4)[1]
        check(refused["code"] != "000000", "what is sent to it is refused, not kept waiting", refused)
        tries = net.status(4)["final_age_ms"] + 12000
        until(lambda: net.status(4)["final_age_ms"] > tries, 60, "two trials of the disk")
        check(node.poll() is None and not net.status(4)["voting"], "it waits for the disk")
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        until(lambda: net.votes(4), 90, "node 4 to be back by itself")
        check(node.poll() is None, "with room again the same process is back and votes")
        roots = net.roots()
        check(len(set(roots)) == 1, "with the same roots", roots)
        node.terminate()
        node.communicate(timeout=60)
        check(node.returncode == 0, "and ends in order when it is told to", node.returncode)
    finally:
        node.kill()
    net.start(4)
    until(lambda: net.status(4)["ready"], 60, "node 4 to be ready")

    # a second process on the same directories is refused, and disturbs nobody
    second = subprocess.run([os.path.join(BIN, "seamd"), "--config", config], capture_output=True, text=True,
                            timeout=60, check=False)
    check(second.returncode == 3 and "another seamd" in second.stderr, "two on one data directory: status 3",
          second.stderr)
    check(net.status(4)["ready"], "and the first goes on")

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
    until(lambda: net.status(4)["ready"], 60, "node 4 to be ready")
    check(net.status(4)["voting"], "killed ten times while starting, it starts and votes")

finish()
