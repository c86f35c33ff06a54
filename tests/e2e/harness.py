# SPDX-License-Identifier: Apache-2.0
"""Real processes for the end-to-end tests: a network in a temporary folder, the command line, HTTP.
Nothing here sleeps to be lucky: every wait asks a condition, with a bound that fails the test."""
import contextlib
import glob
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SEAM_BIN", os.path.join(ROOT, "build"))
SAMPLES = os.path.join(ROOT, "genesis", "samples")
for name in [name for name in os.environ if name.startswith("SEAM_")]:
    del os.environ[name]  # the daemon refuses unknown settings, and a test chooses its own

PATIENCE = 1200  # seconds; a machine may stand still for long, and a limit costs time only when something is broken
NO_ROOM, NOT_YET = "302004", "100003"  # too many calls a second [KSSJ 9.2.2d]; not final within a minute
failures = 0
taken = set()  # ports that free_ports gave; their processes may be down for a moment


def check(condition, name, detail=""):
    """One result line; a failure is counted and the test goes on."""
    global failures
    if condition:
        print(f"ok - {name}")
    else:
        failures += 1
        print(f"not ok - {name}")
        for line in str(detail).splitlines()[:30]:
            print(f"  {line}")
    sys.stdout.flush()
    return condition


def finish():
    sys.exit(0)  # the lines above are the result; only a crash of the script is another failure


class NoAnswer(Exception):
    """A node answers, and cannot say what it was asked."""


def until(condition, what):
    """Ask until condition() is true; the bound is for a broken program, not a measure of speed."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            value = condition()
        except (OSError, http.client.HTTPException, NoAnswer):
            value = None  # a node that starts, or starts itself anew
        if value:
            return value
        time.sleep(0.02)
    raise TimeoutError(what)


def seam(*arguments, token=None, node=None, cwd=ROOT):
    """Run the command line; (exit status, stdout, stderr)."""
    environment = dict(os.environ)
    if token:
        environment["SEAM_TOKEN"] = token
    if node:
        environment["SEAM_NODE"] = node
    run = subprocess.run([os.path.join(BIN, "seam"), *arguments], capture_output=True, text=True,
                         env=environment, cwd=cwd, timeout=PATIENCE, check=False)
    return run.returncode, run.stdout, run.stderr


def free_ports(count):
    """The first of `count` neighbouring free ports, with the same number 1000 above. Below the range
    from which the system takes ports by itself; two runs at once begin at different places."""
    places = 8500
    for step in range(0, places, 16):
        base = 21000 + (os.getpid() * 16 + step) % places
        ports = [base + i for i in range(count)] + [base + 1000 + i for i in range(count)]
        if not taken.isdisjoint(ports):
            continue
        try:
            with contextlib.ExitStack() as stack:
                for port in ports:
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
                taken.update(ports)
                return base
        except OSError:
            continue
    raise RuntimeError("no free ports")


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *out)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    }
    const int status = real(clock, out);
    const char *ahead = getenv("AHEAD_SECONDS");
    if (status == 0 && clock == CLOCK_REALTIME && ahead != NULL) {
        out->tv_sec += atol(ahead);
    }
    return status;
}
"""


def program(name, *folder):
    """A program or library that only tests need; built where the build has not made it."""
    path = os.path.join(BIN, *folder, name)
    if not os.path.exists(path):
        target = os.path.splitext(name)[0]
        subprocess.run(["cmake", "--build", BIN, "--target", target], check=True, stdout=subprocess.DEVNULL)
    return path


@contextlib.contextmanager
def preload(library, **variables):
    """A node that is started within has a library between itself and the system."""
    before = dict(os.environ)
    os.environ.update(LD_PRELOAD=library, **variables,
                      ASAN_OPTIONS=before.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Network:
    """Four (or more) seamd processes; node numbers begin at 1 as on the command line."""

    def __init__(self, nodes=4):
        self.nodes = nodes
        self.dir = tempfile.mkdtemp(prefix="seam-e2e-")
        self.port = free_ports(nodes)
        self.genesis = os.path.join(self.dir, "genesis.json")
        self.tokens = {}
        self.homes = {}
        self.seen = {}  # node -> a height that it had

    def __enter__(self):
        try:
            status, out, err = seam("localnet", "up", "--dir", self.dir, "--nodes", str(self.nodes),
                                    "--base-port", str(self.port))
            if status != 0:
                raise RuntimeError(f"localnet up: {status}\n{out}{err}{self.logs()}")
            with open(os.path.join(self.dir, "nodes.json"), encoding="utf-8") as handle:
                for number, node in enumerate(json.load(handle)["nodes"], 1):
                    for member in node["members"]:
                        self.homes[member["organisation"]] = number
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(self.logs())
        seam("localnet", "down", "--dir", self.dir)
        for node in range(1, self.nodes + 1):
            with contextlib.suppress(Exception):
                os.kill(self.pid(node), signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def logs(self):
        text = ""
        for path in sorted(glob.glob(os.path.join(self.dir, "node-*", "node.log"))):
            with open(path, encoding="utf-8", errors="replace") as handle:
                text += f"--- {path}\n" + "".join(handle.readlines()[-25:])
        return text

    def url(self, node):
        return f"http://127.0.0.1:{self.port + 1000 + node - 1}"

    def pid(self, node):
        with open(os.path.join(self.dir, f"node-{node}", "pid"), encoding="ascii") as handle:
            return int(handle.read().strip())

    def token(self, node=1, person="preparer", member=None):
        """Of a person of the node's own organisation, or of a member whose people sign at the node."""
        if (node, person, member) not in self.tokens:
            more = ["--member", member] if member else []
            if node in self.homes.values():  # at an organisation's second node nobody signs
                more += ["--person", person]
            status, out, err = seam("localnet", "token", str(node), "--dir", self.dir, *more)
            if status != 0:
                raise RuntimeError(f"token: {out}{err}")
            self.tokens[node, person, member] = out.strip()
        return self.tokens[node, person, member]

    def call(self, operation, body, node=1, person="preparer", token=None, member=None, again=True):
        """POST an operation; (HTTP status, envelope). A member calls the node where its people sign. What is
        not final within a minute is asked for again, as the answer says, unless the test is about just that."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        node = self.homes[member] if member else node
        token = token or self.token(node, person, member)
        end = time.monotonic() + PATIENCE
        while True:
            answer = post(self.url(node), operation, data, token)
            code = answer[1]["code"]
            if code not in (NO_ROOM, NOT_YET) or (code == NOT_YET and not again) or time.monotonic() > end:
                return answer
            time.sleep(0.1)

    def sign2(self, operation, body, member, first="preparer", second="responsible"):
        """Two persons of a member: the first signs, the second approves; the last envelope."""
        answer = self.call(operation, body, person=first, member=member)[1]
        if answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON":
            answer = self.call("ApproveDraft", {"draft": answer["data"]["draft"]}, person=second,
                               member=member)[1]
        return answer

    def file(self, sample, action="submit", node=1, approver="responsible"):
        """File a sample with two signatures; the final answer's data, or an envelope of refusal."""
        path = sample if os.path.isabs(sample) else os.path.join(SAMPLES, sample)
        with open(path, "rb") as handle:
            body = handle.read()
        name = {"submit": "SubmitAccount", "correct": "CorrectAccount", "nil": "DeclareNil"}[action]
        status, answer = self.call(name, body, node)
        if answer["code"] != "000000":
            return answer
        if answer["data"]["state"] == "AWAITING_SECOND_PERSON":
            status, answer = self.call("ApproveDraft", {"draft": answer["data"]["draft"]}, node,
                                       approver)
        return answer

    def status(self, node):
        answer = self.call("GetStatus", {}, node)[1]
        if not answer["data"]:
            raise NoAnswer(answer)
        return answer["data"]

    def ready(self, node, *more):
        """Whether a node is ready; one that starts, or starts itself anew, does not answer for a moment."""
        try:
            answer = self.call("GetStatus", {}, node)[1]
        except (OSError, http.client.HTTPException, RuntimeError):
            return False
        return answer["code"] == "000000" and all(answer["data"].get(key) for key in ("ready", *more))

    def votes(self, node):
        return self.ready(node, "voting")

    def follow(self, node, height):
        """What is final at one node is a moment later at another: wait until this one has the height."""
        if self.seen.get(node, 0) < height:
            until(lambda: self.status(node)["height"] >= height, f"node {node} to have height {height}")
            self.seen[node] = height

    def waits_for_disk(self, node):
        """The status of a node that stopped voting because its disk takes no bytes, or None."""
        status = self.status(node)
        return status if status["storage"] == "cannot be written" and not status["voting"] else None

    def said(self, node):
        with open(os.path.join(self.dir, f"node-{node}", "node.log"), encoding="utf-8", errors="replace") as handle:
            return handle.read()

    def stop(self, node):
        return seam("localnet", "stop", str(node), "--dir", self.dir)

    def start(self, node):
        self.tokens = {key: value for key, value in self.tokens.items() if key[0] != node}
        return seam("localnet", "start", str(node), "--dir", self.dir)

    def clock(self, seconds):
        """A node that is started within has its clock set ahead by so many seconds, or back."""
        source, library = os.path.join(self.dir, "clock.c"), os.path.join(self.dir, "clock.so")
        if not os.path.exists(library):
            with open(source, "w", encoding="utf-8") as handle:
                handle.write(CLOCK)
            subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        return preload(library, AHEAD_SECONDS=str(seconds))

    def kill(self, node):
        """kill -9, and wait until the process is gone: the first thread of a killed process is a zombie
        while others still hold its locks."""
        pid = self.pid(node)
        os.kill(pid, signal.SIGKILL)

        def gone():
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as handle:
                    zombie = handle.read().rsplit(")", 1)[1].split()[0] == "Z"
                return zombie and len(os.listdir(f"/proc/{pid}/task")) == 1
            except OSError:
                return True
        until(gone, f"process {pid} to end")

    def roots(self, nodes=None):
        """(height, state root) of each node, once all have the same height."""
        nodes = nodes or range(1, self.nodes + 1)

        def same():
            seen = [(s["height"], s["state_root"]) for s in (self.status(n) for n in nodes)]
            return seen if len({height for height, _ in seen}) == 1 else None
        return until(same, "all nodes at one height")


def post(url, operation, data, token=None, headers=None):
    request = urllib.request.Request(f"{url}/api/v1/{operation}", data=data, method="POST")
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
