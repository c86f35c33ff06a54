# SPDX-License-Identifier: Apache-2.0
"""No interface serves lines except to the owner, its group and the regulator (decision D3); drafts
and secrets stay where they belong. Markers stand in a line: a text and an amount."""
import base64
import glob
import hashlib
import json
import os
import urllib.error
import urllib.request

from harness import PATIENCE, SAMPLES, Network, check, finish, post

TEXT = "marker-lake-heron-41"
AMOUNT = "7654321.09876"
MINE, GROUP, VERIFIER, REGULATOR = 1, 2, 3, 4


def spellings(text):
    raw = text.encode()
    return [raw, raw.hex().encode(), base64.b64encode(raw)[:-4]]


MARKERS = spellings(TEXT) + spellings(AMOUNT)


def marked(data):
    """Whether a marker stands in bytes, or in what base64 or hexadecimal texts in them mean."""
    if any(marker in data for marker in MARKERS):
        return True
    for word in data.replace(b'"', b" ").replace(b"\\/", b"/").split():
        for decode in (bytes.fromhex, lambda w: base64.b64decode(w, validate=True)):
            try:
                if len(word) > 20 and any(m in decode(word.decode()) for m in MARKERS):
                    return True
            except ValueError:
                continue
    return False


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


check(marked(json.dumps({"x": base64.b64encode(b"a" + TEXT.encode() + b"zz").decode()}).encode()),
      "the search finds a marker inside base64")
check(marked(json.dumps({"x": (b"a" + AMOUNT.encode()).hex()}).encode()),
      "the search finds a marker inside hexadecimal digits")

with Network() as net:
    with open(os.path.join(SAMPLES, "04-mine-a-2026-09.json"), encoding="utf-8") as handle:
        account = json.load(handle)
    fuel = next(line for line in account["lines"] if line["code"] == "L_FUEL")
    fuel["note"] = TEXT
    fuel["ad"]["value"] = AMOUNT

    # a refused account, a check and a calculation first: they leave nothing behind either
    refused = json.loads(json.dumps(account))
    refused["lines"].append(dict(fuel))
    status, answer = net.call("SubmitAccount", refused)
    check(status == 400, "a line twice is refused", answer)
    status, answer = net.call("CheckAccount", account)
    check(answer["code"] == "000000", "the account would be accepted", answer)

    status, answer = net.call("SubmitAccount", account)
    check(answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON",
          "the account waits for a second person", answer)
    draft = answer["data"]["draft"]
    for node in (GROUP, VERIFIER, REGULATOR):
        for operation, body in (("GetDraft", {"draft": draft}), ("ApproveDraft", {"draft": draft}),
                                ("RejectDraft", {"draft": draft, "reason": "x"}),
                                ("WithdrawDraft", {"draft": draft})):
            status, other = net.call(operation, body, node, "responsible")
            check(other["code"] == "200017", f"{operation} on node {node} knows no such draft", other)
    check(not marked(json.dumps(net.call("ListDrafts", {})[1]).encode()), "a list of drafts has no lines")
    status, answer = net.call("ApproveDraft", {"draft": draft}, MINE, "responsible")
    check(answer["code"] == "000000", "two persons file it", answer)
    transaction, height = answer["data"]["transaction"], answer["data"]["height"]
    facility, period = account["facility"], account["period"]
    net.roots()

    ask = {"facility": facility, "period": period, "lines": True}
    for node, who in ((MINE, "the owner"), (GROUP, "its group"), (REGULATOR, "the regulator")):
        status, answer = net.call("GetAccount", ask, node)
        check(answer["code"] == "000000" and marked(json.dumps(answer).encode()),
              f"{who} sees the lines", json.dumps(answer)[:300])
    for operation in ("GetAccount", "GetCertificate"):
        status, answer = net.call(operation, ask, VERIFIER)
        check(status == 403 and answer["code"] == "302005",
              f"{operation} refuses lines to a verifier without a grant", json.dumps(answer)[:300])

    # every operation that exists, asked for everything that could lead to the account
    status, document = get(net.url(VERIFIER) + "/openapi.json")
    names = [path.rsplit("/", 1)[1] for path in json.loads(document)["paths"]]
    check("GetBlock" in names and "GetAccount" in names, "the description names the operations")
    bodies = [{}, {"facility": facility}, {"facility": facility, "period": period}, ask,
              {"transaction": transaction}, {"height": height}, {"organisation": "mine"},
              {"draft": draft}, {"facility": facility, "period": period, "version": 1}]
    seen = []
    for name in names:
        for body in bodies:
            answer = json.dumps(net.call(name, body, VERIFIER)[1]).encode()
            if marked(answer):
                seen.append((name, body, answer[:200]))
    check(not seen, f"{len(names)} operations show a verifier no line", seen)

    # members whose node is the owner's own, where lines and documents lie: to them it is a stranger's, too
    invoice = (TEXT + ", the invoice").encode()
    evidence = hashlib.sha256(invoice).hexdigest()
    status, answer = net.call("PutEvidence", {"evidence": evidence, "class": "INVOICE", "media": "text/plain",
                                              "size": len(invoice), "data": base64.b64encode(invoice).decode()})
    status, answer = net.call("GetEvidence", {"evidence": evidence, "owner": "mine"})
    check(answer["code"] == "000000" and marked(json.dumps(answer).encode()), "the owner reads its own document",
          json.dumps(answer)[:300])
    bodies += [{"evidence": evidence, "owner": "mine"}, {"facility": facility, "period": period, "index": 0},
               {"owner": "mine"}, {"facility": facility, "year": period[:4]}]
    reading = [name for name in names if name.startswith(
        ("Check", "Explain", "Export", "Get", "List", "Prepare", "Read", "Recompute", "Report", "Trace"))]
    others = [member for member in net.homes if member not in ("mine", "group", "regulator")]
    check({"washery", "desk"} <= {member for member in others if net.homes[member] == MINE},
          "some of them share the owner's node", others)
    seen = [(member, name, body) for member in others for name in reading for body in bodies
            if marked(json.dumps(net.call(name, body, member=member)[1]).encode())]
    check(not seen, f"{len(reading)} operations show {len(others)} other members no line and no document", seen[:5])

    # the body alone: blocks, transactions, proofs and certificates, whoever asks
    for node in (MINE, GROUP, VERIFIER, REGULATOR):
        seen = []
        for at in range(height + 1):
            seen += [at for answer in [net.call("GetBlock", {"height": at}, node)[1]]
                     if marked(json.dumps(answer).encode())]
        for operation in ("GetTransaction", "GetProof"):
            answer = json.dumps(net.call(operation, {"transaction": transaction}, node)[1]).encode()
            check(transaction.encode() in answer or operation == "GetProof", f"{operation} answers",
                  answer[:300])
            seen += [operation] if marked(answer) else []
        check(not seen, f"blocks, transaction and proof on node {node} have no lines", seen)
        status, answer = net.call("GetCertificate", {"facility": facility, "period": period}, node)
        check(answer["code"] == "000000" and not marked(json.dumps(answer).encode()),
              f"a certificate of node {node} that discloses nothing has no lines",
              json.dumps(answer)[:300])
    status, answer = net.call("GetCertificate", ask)
    check(marked(json.dumps(answer).encode()), "the owner's certificate with lines has them",
          json.dumps(answer)[:300])

    for node in range(1, 5):
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/events",
                     "/events?ticket=1", "/"):
            status, answer = get(net.url(node) + path)
            if marked(answer) or facility.encode() in answer:
                check(False, f"GET {path} of node {node} has no business data", answer[:300])
    check(True, "GET has no business data")

    # what stays on disk in clear text: no line in a log or in what another node keeps for itself,
    # no token and no secret anywhere
    tokens = list(net.tokens.values())
    secrets = []
    for path in glob.glob(os.path.join(net.dir, "node-*", "platforms.json")):
        with open(path, encoding="utf-8") as handle:
            secrets += [p["platkeysecret"] for p in json.load(handle)["platforms"]]
    check(len(tokens) >= 4 and len(secrets) >= 12, "tokens and secrets are known to the search")
    post(net.url(MINE), "GetStatus", b"{}", net.token()[:-1] + "?")  # nearly right is secret, too
    near = net.token()[:-1]
    for node in range(1, 5):
        net.stop(node)
        folder = os.path.join(net.dir, f"node-{node}")
        kept = b""
        for path in glob.glob(os.path.join(folder, "data", "local", "*")):
            with open(path, "rb") as handle:
                kept += handle.read()
        with open(os.path.join(folder, "node.log"), "rb") as handle:
            log = handle.read()
        check(b"v1/GetBlock" in kept, f"node {node} keeps its request log")
        check(not marked(log), f"the log of node {node} has no line")
        check(node == MINE or not any(marker in kept for marker in MARKERS),
              f"node {node} keeps no line of another organisation for itself")
        found = [s for s in tokens + secrets + [near] if s.encode() in kept + log]
        check(not found, f"node {node} writes no token and no secret", found)

finish()
