# SPDX-License-Identifier: Apache-2.0
"""Every wrong input gives one clear error with code, field and rule, and changes nothing."""
import base64
import copy
import hashlib
import json
import os
import socket
import sys

import wire
from harness import PATIENCE, ROOT, SAMPLES, Network, check, finish, post, seam

sys.path.insert(0, os.path.join(ROOT, "tests", "vectors"))
from make_chain import public_key, sign  # an Ed25519 that shares nothing with the program's

with open(os.path.join(SAMPLES, "04-mine-a-2026-09.json"), encoding="utf-8") as handle:
    GOOD = json.load(handle)


def line(file, code, **match):
    return next(entry for entry in file["lines"] if entry["code"] == code and
                all(entry.get(key) == value for key, value in match.items()))


def changed(change):
    file = copy.deepcopy(GOOD)
    change(file)
    return file


# name, change, code, error name, word in the field
WRONG = [
    ("a number where a text is due", lambda f: line(f, "L_FUEL")["ad"].update(value=4200), "200002", "", "ad"),
    ("an exponent", lambda f: line(f, "L_FUEL")["ad"].update(value="4.2e3"), "200002", "E_DEC", "ad"),
    ("a decimal comma", lambda f: line(f, "L_FUEL")["ad"].update(value="4200,5"), "200002", "E_DEC", "ad"),
    ("ten decimals", lambda f: line(f, "L_FUEL")["ad"].update(value="1.1234567891"), "200002", "E_DEC", "ad"),
    ("a negative amount", lambda f: line(f, "L_FUEL")["ad"].update(value="-1"), "200005", "", "ad"),
    ("above the range", lambda f: line(f, "L_FUEL")["ad"].update(value="100000000.000001"), "200005", "E_RANGE", "ad"),
    ("a wrong unit", lambda f: line(f, "L_FUEL")["ad"].update(unit="kg"), "200006", "E_UNIT", "ad"),
    ("a volume of another state", lambda f: line(f, "L_FLARE")["gas"].update(state="STD_20C"), "200006", "E_STATE", "gas"),
    ("per cent instead of a fraction", lambda f: line(f, "L_FLARE").update(of="98"), "200005", "E_PERCENT", "of"),
    ("per cent in a composition", lambda f: line(f, "L_FLARE")["composition"].update(CH4="35"), "200005", "E_PERCENT", "CH4"),
    ("an unknown fuel", lambda f: line(f, "L_FUEL").update(fuel="peat"), "200004", "", "fuel"),
    ("an unknown code", lambda f: line(f, "L_HEAT").update(code="L_WARMTH"), "200004", "", "code"),
    ("a code the set does not admit", lambda f: line(f, "L_HEAT").update(code="RU_FLARE"), "200004", "", ""),
    ("an unknown field", lambda f: line(f, "L_FUEL").update(colour="black"), "200013", "E_UNKNOWN_FIELD", "colour"),
    ("a field of another code", lambda f: line(f, "L_HEAT").update(fuel="diesel"), "200013", "", "fuel"),
    ("a line twice", lambda f: f["lines"].append(copy.deepcopy(line(f, "L_HEAT"))), "200014", "E_TWICE", ""),
    ("a footprint factor for electricity", lambda f: line(f, "L_ELEC").update(factor="CF.EL.CN.2023"), "200004", "E_PARAM", "factor"),
    ("an unknown gas grade", lambda f: line(f, "L_CH4_POST").update(gas_grade="MIDDLE"), "200004", "", "gas_grade"),
    ("another gas grade than attested", lambda f: line(f, "L_CH4_POST").update(gas_grade="LOW"), None, "", "gas_grade"),
    ("more destroyed than there is", lambda f: line(f, "L_CH4_UG")["drained"].update(value="1"), "303005", "", ""),
    ("a flare that does not pair", lambda f: line(f, "L_CH4_UG")["flare_destroyed"].update(value="310.5"), "303006", "E_PAIR", "flare_destroyed"),
    ("an unknown set", lambda f: f.update(parameter_set="CN-NDRC-COAL-1999"), "303019", "E_SET", "parameter_set"),
    ("a bare GWP number", lambda f: f.update(gwp="28"), "200004", "", "gwp"),
    ("an unknown facility", lambda f: f.update(facility="mine-z"), "200017", "E_ABSENT", "facility"),
    ("a malformed period", lambda f: f.update(period="2026-13"), None, "", "period"),
    ("a period that has not ended", lambda f: f.update(period="2099-01"), None, "", "period"),
    ("a period before the facility's start", lambda f: f.update(period="2020-01"), None, "", "period"),
    ("a gap in months", lambda f: f.update(period="2026-10"), "303003", "E_GAP", "period"),
    ("no electricity line", lambda f: f["lines"].remove(line(f, "L_ELEC")), "200001", "", ""),
    ("a source of the boundary left out", lambda f: f["lines"].remove(line(f, "L_FLARE")), None, "", ""),
    ("a source outside the boundary", lambda f: line(f, "L_HEAT").update(source="moon"), None, "", ""),
    ("another kind of facility", lambda f: f.update(kind="OP"), "200004", "E_PARAM", ""),
]

with Network() as net:
    url, token = net.url(1), net.token()

    for name, change, code, error, field in WRONG:
        status, answer = net.call("SubmitAccount", changed(change))
        data = answer.get("data") or {}
        good = (list(answer) == ["code", "message", "data"] and status >= 400 and
                answer["code"] != "000000" and (code is None or answer["code"] == code) and
                (not error or data.get("error") == error) and
                field in (data.get("field") or ""))
        check(good, f"account with {name}: {answer['code']} {data.get('error')}",
              json.dumps(answer)[:700])

    # Documents that are not documents.
    text = json.dumps(GOOD)
    for name, body, codes in [
            ("a key twice", text.replace('"kind"', '"kind": "UG", "kind"', 1).encode(), ("200014",)),
            ("half of it", text[:200].encode(), ("200015",)),
            ("no JSON", b"facility: mine-a", ("200015", "200012")),
            ("an array", b"[]", ("200002", "200015")),
            ("nested too deep", b"[" * 5000 + b"]" * 5000, ("200015", "200002")),
            ("a NUL in a text", text.replace("mine-a", "mine\\u0000a").encode(), ("200008", "200015")),
            ("bytes that are not UTF-8", text.replace("mine-a", "mine-\u00ff").encode("latin-1"), ("200008", "200015")),
            ("nothing", b"", ("200015", "200001", "200012"))]:
        status, answer = net.call("SubmitAccount", body)
        check(status in (400, 415) and answer["code"] in codes, f"{name}: {answer['code']}", answer)

    # The door.
    status, answer = post(url, "SubmitAccount", text.encode())
    check(status == 401 and answer["code"] == "302001", "no token", answer)
    status, answer = post(url, "SubmitAccount", text.encode(), token="A" * 32)
    check(status == 401 and answer["code"] == "302001", "a wrong token", answer)
    status, answer = post(url, "SubmitAcount", text.encode(), token)
    check(status == 404 and answer["code"] == "200016", "an unknown operation", answer)
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as raw:
        raw.sendall(b"POST /api/v1/SubmitAccount HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    b"Authorization: Bearer " + token.encode() +
                    b"\r\nContent-Length: 104857600\r\nConnection: close\r\n\r\n")
        raw.settimeout(PATIENCE)
        head = raw.recv(4096).split(b"\r\n")[0]
    check(b" 413 " in head, "a body of 100 MB is refused before it is sent", head)
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as raw:
        raw.sendall(b"POST /api/v1/GetStatus HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        raw.settimeout(PATIENCE)
        head = raw.recv(4096).split(b"\r\n")[0]
    check(b" 400 " in head, "two lengths (request smuggling) are refused", head)

    # The verifier's node may not file for the mine.
    status, answer = net.call("SubmitAccount", GOOD, node=3)
    check(status == 403 and answer["code"] == "302005", "another organisation's role", answer)

    # Raw transactions: what no honest client would send. One draft gives the true bytes.
    status, answer = net.call("SubmitAccount", GOOD)
    check(answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON",
          "the true account waits for its second person", answer)
    draft = answer["data"]["draft"]
    status, same = net.call("ApproveDraft", {"draft": draft}, person="preparer")
    check(same["code"] == "303013", "the same person cannot approve", same)

    # The same account as a file, made and signed without a node; then changed and signed again by the
    # keys of the two persons, as a dishonest client would.
    keys = [os.path.join(net.dir, "node-1", "keys", f"mine.{who}.key")
            for who in ("preparer", "responsible")]
    path = os.path.join(net.dir, "account.tx")
    result = seam("tx", "new", "SubmitAccount", os.path.join(SAMPLES, "04-mine-a-2026-09.json"),
                  "--organisation", "mine", "--key", keys[0], "--genesis", net.genesis, "--out", path)
    check(result[0] == 0, "a transaction is made without a node", result)
    with open(path, encoding="utf-8") as handle:
        raw = base64.b64decode(json.load(handle)["transaction"])
    with open(net.genesis, encoding="utf-8") as handle:
        chain = bytes.fromhex(json.load(handle)["chain_id"])
    body, detached = wire.get(raw, 1), wire.get(raw, 3)
    payload = wire.get(body, 5)

    def signature(key, body, chain=chain):
        with open(key, encoding="utf-8") as handle:
            seed = bytes.fromhex(json.load(handle)["seed"])
        public = public_key(seed)
        key_id = hashlib.sha256(b"SEAMKEY1" + b"\x01" + public).digest()
        return wire.encode([(1, key_id), (2, sign(seed, b"SEAMTXN1" + chain + body))])

    def transaction(body, detached, keys, **other):
        signatures = sorted(signature(key, body, **other) for key in keys)
        return wire.encode([(1, body), *((2, one) for one in signatures), (3, detached)])

    def refused(data, name, codes):
        answer = net.call("SubmitTransaction", {"transaction": base64.b64encode(data).decode()})[1]
        check(answer["code"] in codes, f"transaction {name}: {answer['code']}",
              json.dumps(answer)[:600])

    refused(wire.encode([(1, body), (3, detached)]), "unsigned", ("302006",))
    refused(transaction(body, detached, keys, chain=bytes(32)), "signed for another chain", ("302006",))
    forged = wire.replaced(signature(keys[1], body), [2], bytes(64))
    refused(wire.encode([(1, body), *((2, one) for one in sorted([signature(keys[0], body), forged])),
                         (3, detached)]), "with a forged signature", ("302006",))
    refused(transaction(body, detached, [keys[0], keys[0]]), "signed twice by one key",
            ("200015",))
    ordered = sorted(signature(key, body) for key in keys)
    refused(wire.encode([(1, body), (2, ordered[1]), (2, ordered[0]), (3, detached)]),
            "with signatures out of order", ("302006", "200015"))
    verifier = os.path.join(net.dir, "node-3", "keys", "verifier.responsible.key")
    refused(transaction(body, detached, [keys[0], verifier]), "with a verifier as second person",
            ("302005", "302006", "303013"))
    late = wire.replaced(body, [3], 1000)
    refused(transaction(late, detached, keys), "past its time", ("302007",))
    refused(raw[:len(raw) // 2], "cut short", ("200015",))
    refused(raw + b"\x38\x01", "with an unknown field", ("200013", "200015"))
    nested = b""
    for _ in range(4000):
        nested = wire.encode([(2, nested)])
    refused(nested, "of nested messages", ("200003", "200015"))
    grams = wire.zigzag(748754538194)
    fields = [number for number, value in wire.decode(payload) if value == grams]
    check(len(fields) == 2, "gross and net stand in the payload", wire.decode(payload))
    for number, value in wire.decode(payload):
        if isinstance(value, int) and value > 10**9:
            wrong = wire.replaced(body, [5], wire.replaced(payload, [number], value + 2))
            refused(transaction(wrong, detached, keys), f"whose field {number} is a gram too high",
                    ("303018",))
    changed_line = bytes(detached).replace(b"4200", b"4201", 1)
    refused(transaction(body, changed_line, keys), "whose line was changed after signing", ("303018",))
    refused(wire.encode([(1, body), *((2, one) for one in ordered)]), "without its lines",
            ("303018", "200001", "200015"))

    status, answer = net.call("ListAccounts", {"facility": "mine-a"})
    check(not (answer["data"] or {}).get("accounts"), "after all that no account stands", answer)
    status, answer = net.call("ApproveDraft", {"draft": draft}, person="responsible")
    check(answer["code"] == "000000" and answer["data"]["state"] == "FINAL",
          "and the true one is then accepted", answer)
    status, answer = net.call("SubmitAccount", GOOD)
    check(answer["code"] == "000000" and answer["data"].get("duplicate") is True,
          "the same account again is the same answer, marked duplicate", answer)
    status, answer = net.call("SubmitAccount", changed(
        lambda f: line(f, "L_FUEL", fuel="diesel")["ad"].update(value="310.5")))
    check(answer["code"] == "303001", "another account for the same month is refused", answer)
finish()
