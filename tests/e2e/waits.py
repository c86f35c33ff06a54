# SPDX-License-Identifier: Apache-2.0
"""How long real processes keep people waiting: the longest pauses between two final blocks at a node that stays up, while the
leader is killed, two of four stand still, one is down for long. Figures, nothing is asserted about them: the machine may be
busy. `tests/campaign waits` runs it; WAITS="kills=N stopped=SECONDS down=SECONDS" changes how much."""
import itertools
import json
import os
import re
import signal
import threading
import time

from harness import Network, check, finish, seam, until

OPTIONS = {"kills": 8, "stopped": 60, "down": 120}
OPTIONS.update({key: int(value) for key, value in (word.split("=") for word in os.environ.get("WAITS", "").split())})


class Watch:
    """Writes without end through node 1, whose height it looks at every few milliseconds."""

    def __init__(self, net):
        self.net = net
        self.going = True
        self.commits = []
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.look, self.write, self.write)]
        self.numbers = itertools.count()
        net.token(1, "preparer")
        for thread in self.threads:
            thread.start()

    def look(self):
        height = -1
        while self.going:
            try:
                now = self.net.status(1)["height"]
            except OSError:
                continue
            if now != height:
                height = now
                self.commits.append(time.monotonic())
            time.sleep(0.01)

    def write(self):
        while self.going:
            body = {"log": f"waits-{next(self.numbers):06}", "first": 1, "last": 1, "head": "ab" * 32, "wait": "final"}
            try:
                self.net.call("AnchorAuditLog", body, 1, "preparer")
            except OSError:
                pass

    def pauses(self, since, until_):
        """Between commits from `since` on, longest first, in ms; a pause that had begun before counts whole."""
        times = [t for t in self.commits if t <= until_]
        gaps = [b - a for a, b in zip(times, times[1:]) if b >= since]
        return sorted((round(gap * 1000) for gap in gaps), reverse=True)

    def next_after(self, moment):
        return until(lambda: next((t for t in self.commits if t > moment), None), "the next commit") - moment

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join(120)


def row(what, figures):
    print(f"# | {what} | " + " | ".join(str(figure) for figure in figures) + " |", flush=True)


def leader(net):
    """The number of the node that leads now, by what node 1 says; None when it is node 1."""
    status = net.status(1)
    name = status["validators"][status["leader"]]["organisation"]
    return {"group": 2, "verifier": 3, "regulator": 4}.get(name)


def explain(net):
    _, out, _ = seam("status", "--explain", token=net.token(), node=net.url(1))
    return out


def says(net, pattern, what):
    text = until(lambda: (lambda t: t if re.search(pattern, t) else None)(explain(net)), what)
    check(True, what + ": " + re.search(pattern + r"[^\n]*", text).group(0).strip().strip("'\","))


with Network() as net:
    until(lambda: all(v["connected"] for v in net.status(1)["validators"]), "all in reach")
    watch = Watch(net)
    began = time.monotonic()
    until(lambda: len(watch.commits) > 50, "a load")
    time.sleep(10)
    row("calm: longest pauses in 10 s, ms", watch.pauses(began + 2, time.monotonic())[:3])

    waited = []
    for _ in range(OPTIONS["kills"]):
        victim = until(lambda: leader(net), "a leader other than node 1")
        moment = time.monotonic()
        net.kill(victim)
        watch.next_after(moment + 1)
        waited.append(watch.pauses(moment, time.monotonic())[0])  # the next commit may have been on its way
        net.start(victim)
        until(lambda: all(v["connected"] for v in net.status(1)["validators"]), "all in reach")
        time.sleep(3)
    row(f"leader killed {len(waited)} times: longest pause in the second after it, ms", sorted(waited, reverse=True))

    for node in (3, 4):
        os.kill(net.pid(node), signal.SIGSTOP)
    says(net, r"nothing can become final\. Ask the operators", "two stopped: what to do")
    says(net, r"\(verifier\)[^\n]* since \d+", "two stopped: who, since when")
    time.sleep(OPTIONS["stopped"])
    for node in (3, 4):
        os.kill(net.pid(node), signal.SIGCONT)
    moment = time.monotonic()
    after = watch.next_after(moment)
    time.sleep(max(0, moment + 2 - time.monotonic()))
    level = (re.findall(r"timers are at level (\d+)", explain(net)) or ["0"])[0]
    row(f"two stopped for {OPTIONS['stopped']} s: to the next commit, ms; level after 2 s", [round(after * 1000), level])
    time.sleep(5)

    net.kill(2)
    says(net, r"\(group\)[^\n]*not connected since \d+ s", "one down: who, since when")
    says(net, r"The others are enough to go on\. Ask the operators", "one down: what to do")
    moment = time.monotonic()
    time.sleep(OPTIONS["down"])
    gaps = watch.pauses(moment + 5, time.monotonic())
    row(f"one down for {OPTIONS['down']} s: longest pauses, ms; median; commits", gaps[:5] + [gaps[len(gaps) // 2], len(gaps)])
    net.start(2)
    until(lambda: all(v["connected"] for v in net.status(1)["validators"]), "all in reach")

    net.kill(2)
    net.kill(3)
    time.sleep(OPTIONS["stopped"] / 2)
    says(net, r"are in reach and 3 are needed: nothing can become final\. Ask the operators", "two down: what to do")
    moment = time.monotonic()
    net.start(2)
    row("two down, one comes back: to the next commit, ms", [round(watch.next_after(moment) * 1000)])
    net.start(3)
    watch.stop()
finish()
