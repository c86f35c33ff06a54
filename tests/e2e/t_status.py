# SPDX-License-Identifier: Apache-2.0
"""What a node says with one and with two of four nodes down, in sentences a person can act on, and
what a client is told meanwhile: nothing hangs, nothing is acknowledged that is not final."""
import json
import os
import re
import signal
import threading
import urllib.error
import urllib.request

from harness import PATIENCE, SAMPLES, Network, check, finish, seam, until


def ready(url):
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def sample(name):
    with open(os.path.join(SAMPLES, name), "rb") as handle:
        return handle.read()


with Network() as net:
    def sentences(when, words):
        """What node 1 says, all in one answer, once it fits: on a busy machine a connection may end and
        come again, and a view may last for seconds."""
        def fitting():
            lines = net.status(1)["explain"]
            return lines if words("\n".join(lines)) else None
        return until(fitting, f"{when}: the sentences")

    def explain(when, words):
        """The sentences of `seam status --explain`, each a sentence, and its exit status."""
        lines = sentences(when, words)
        status, out, err = until(lambda: (lambda said: said if words(said[1]) else None)(
            seam("status", "--explain", token=net.token(), node=net.url(1))), f"{when}: the command")
        check(not err and re.search(r"^explain:$", out, re.M), f"{when}: seam status --explain answers", out + err)
        bad = [line for line in lines if not re.match(r"^[A-Z0-9].*[.]$", line)]
        check(len(lines) > 3 and not bad, f"{when}: it speaks in sentences", bad or lines)
        check(re.search(r"This node is validator \d and votes\.", out), f"{when}: it says whether it votes", out)
        return status, "\n".join(lines)

    def in_reach(names):
        return until(lambda: {v["organisation"] for v in net.status(1)["validators"]
                              if v["connected"]} == names, f"{names} in reach")

    def calm(text):
        return "not connected" not in text and "are needed" not in text

    in_reach({"mine", "group", "verifier", "regulator"})
    status, text = explain("all up", calm)
    check(status == 0, "all up: the exit status is 0", status)
    check(calm(text), "all up: nothing is missing", text)
    check(len(re.findall(r"^Peer (group|verifier|regulator): ", text, re.M)) == 3, "all up: peers have names", text)
    page = ready(net.url(1))
    check(page == (200, "ready\n"), "all up: /readyz is 200", page)

    net.kill(3)
    in_reach({"mine", "group", "regulator"})
    status, text = explain("one down", lambda text: "are needed" not in text and "(verifier)" in text)
    check(status == 0, "one down: the exit status is 0", status)
    check(re.search(r"\(verifier\)[^\n]*not connected since \d+ s; (its last vote came|no vote of it since)", text),
          "one down: it is named, and since when", text)
    check("The others are enough to go on. Ask the operators of those not connected." in text,
          "one down: it says what to do", text)
    check("are needed" not in text, "one down: a quorum is there", text)
    answer = net.file("05-mine-b-2025-01.json")
    check(answer["code"] == "000000", "one down: an account becomes final", json.dumps(answer)[:300])

    net.kill(4)
    in_reach({"mine", "group"})
    status, text = explain("two down", lambda text: "are in reach and 3 are needed" in text and
                           "(verifier)" in text and "(regulator)" in text)
    check(status == 1, "two down: the exit status is 1", status)
    for name in ("verifier", "regulator"):
        check(re.search(rf"\({name}\)[^\n]*not connected since \d+ s; ", text),
              f"two down: {name} is named, and since when", text)
    check("Ask the operators of those not connected." in text, "two down: it says what to do", text)
    check("2 of 4 validators are in reach and 3 are needed: nothing can become final" in text,
          "two down: it says what is missing", text)
    status, why = ready(net.url(1))
    check(status == 503 and "3 needed" in why, "two down: /readyz is 503 with the reason", why)

    # a write waits its minute and is told why; meanwhile everything else answers at once
    height = net.status(1)["height"]
    draft = net.call("SubmitAccount", sample("06-mine-b-2025-02.json"))[1]["data"]["draft"]
    said = {}

    def write():
        said["http"], said["answer"] = net.call("ApproveDraft", {"draft": draft}, 1, "responsible", again=False)

    net.token(1, "responsible")
    net.token(1, "deputy")
    writer = threading.Thread(target=write)
    writer.start()
    until(lambda: net.status(1)["pool_transactions"] == 1, "the transaction in the pool")
    answered = 0
    for _ in range(10):
        net.call("GetAccount", {"facility": "mine-b", "period": "2025-01"})
        net.call("ListDrafts", {})
        answered += writer.is_alive()
    check(answered > 0, "two down: reads answer while a write waits", said)
    status, answer = net.call("ApproveDraft", {"draft": draft, "wait": "accepted"}, 1, "deputy")
    check(answer["code"] == "000000" and answer["data"]["state"] == "ACCEPTED" and
          "not an acknowledgement" in answer["data"]["notice"], "two down: accepted is not final", answer)
    status, answer = net.call("GetAccount", {"facility": "mine-b", "period": "2025-02"})
    check(answer["code"] == "200017", "two down: the account does not exist yet", answer)
    status, answer = net.call("GetCertificate", {"facility": "mine-b", "period": "2025-02"})
    check(answer["code"] == "200017", "two down: it has no certificate", answer)
    writer.join(PATIENCE)
    check(not writer.is_alive(), "two down: the write does not hang", said)
    check(said.get("http") == 503 and said["answer"]["code"] == "100003", "two down: a write answers 100003", said)
    check("pool" in said["answer"]["data"]["hint"], "two down: and says where the transaction is", said)
    check(net.status(1)["height"] == height, "two down: nothing became final")

    net.start(3)
    in_reach({"mine", "group", "verifier"})
    until(lambda: net.call("GetAccount", {"facility": "mine-b", "period": "2025-02"})[1]["code"] == "000000",
          "the waiting account to be final")
    check(True, "one back: what waited becomes final by itself")
    answer = net.file("06-mine-b-2025-02.json")
    check(answer["code"] == "000000" and answer["data"]["duplicate"], "one back: asked again, it is the same answer",
          json.dumps(answer)[:300])
    status, text = explain("one back", lambda text: "are needed" not in text)
    check(status == 0, "one back: the exit status is 0", text)

    # two of four stand still, as paused guests do: their connections are there, their votes are not
    net.start(4)
    in_reach({"mine", "group", "verifier", "regulator"})
    for node in (3, 4):
        os.kill(net.pid(node), signal.SIGSTOP)
    draft = net.call("SubmitAccount", sample("07-mine-b-2025-03.json"))[1]["data"]["draft"]
    net.call("ApproveDraft", {"draft": draft, "wait": "accepted"}, 1, "responsible")
    stall = r"2 of 4 validators (have voted|are in reach) and 3 are needed: nothing can become final. Ask the operators of "
    named = [rf"No vote of validator \d \({name}\) in this view since \d+ ms[^\n]*; its last vote came \d+ s ago, in view \d+\."
             for name in ("verifier", "regulator")]
    _, text = explain("two stopped", lambda text: all(re.search(words, text) for words in [stall, *named]))
    for words, name in zip(named, ("verifier", "regulator")):
        check(re.search(words, text), f"two stopped: {name} is named, and since when", text)
    check(re.search(stall, text), "two stopped: it says what is missing and what to do", text)
    for node in (3, 4):
        os.kill(net.pid(node), signal.SIGCONT)
    until(lambda: net.call("GetAccount", {"facility": "mine-b", "period": "2025-03"})[1]["code"] == "000000",
          "what waited for the stopped nodes to be final")
    check(True, "two stopped: what waited becomes final when they go on")

finish()
