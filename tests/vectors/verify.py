#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Second verifier of certificates: certificate.json and genesis.json in, an answer out, from the
documents, the .proto files and the standard library alone. It also writes both files, so that a
forger can be played. A test tool: no program of the house uses it.

    verify.py CERTIFICATE GENESIS       one certificate; exit status 0 when it is valid
    verify.py vectors                   proof.json and ed25519.json
"""
import base64
import datetime
import glob
import hashlib
import json
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import make_chain  # noqa: E402

ACCOUNT_TYPES = (32, 33, 34)
INDEX_LIMITS = {"epochs": 1000, "lines": 1000}


class Refused(Exception):
    """The name of the first step that failed, and of which entry."""

    def __init__(self, name, index=0):
        super().__init__(f"{name} {index}")
        self.name = name
        self.index = index


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def id_hash(kind, text):
    return sha(b"SEAMIDN1", bytes([kind]), text.encode())


# --- messages: strict canonical proto3, from the .proto files -----------------------------------

NUMBERS = ("uint32", "uint64", "int32", "int64", "sint32", "sint64", "bool")
MESSAGES = {}  # name: [(number, field name, type, repeated)], ascending by number


def read_schemas():
    for path in glob.glob(os.path.join(ROOT, "ledger", "proto", "*.proto")):
        with open(path, encoding="utf-8") as handle:
            text = re.sub(r"//.*", "", handle.read())
        for name, body in re.findall(r"message (\w+) \{(.*?)\n?\}", text, re.S):
            fields = re.findall(r"(repeated )?(\w+) (\w+) = (\d+)", body)
            MESSAGES[name] = sorted((int(n), f, t, bool(r)) for r, t, f, n in fields)


read_schemas()


def zigzag(value):
    return value << 1 if value >= 0 else (-value << 1) - 1


def pack(name, message):
    """Canonical bytes: fields ascending, defaults left out, numbers of a list packed."""
    out = b""
    for number, field, kind, repeated in MESSAGES[name]:
        value = message.get(field)
        values = value if repeated else [value]
        if value is None or value == []:
            continue
        if kind in NUMBERS:
            coded = [make_chain.varint(zigzag(v) if kind.startswith("sint") else int(v) & 2**64 - 1) for v in values]
            if repeated:
                data = b"".join(coded)
                out += make_chain.varint(number << 3 | 2) + make_chain.varint(len(data)) + data
            elif values[0]:
                out += make_chain.varint(number << 3) + coded[0]
            continue
        for one in values:
            data = one.encode() if kind == "string" else one if kind == "bytes" else pack(kind, one)
            if data or repeated or kind in MESSAGES:
                out += make_chain.varint(number << 3 | 2) + make_chain.varint(len(data)) + data
    return out


def read_varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("varint")
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def scalar(kind, value):
    if kind.startswith("sint"):
        return value >> 1 if value & 1 == 0 else -(value >> 1) - 1
    if kind.startswith("int") and value >= 2**63:
        return value - 2**64
    return bool(value) if kind == "bool" else value


def unpack(name, data):
    """The message as a dictionary; ValueError for anything but its canonical bytes."""
    fields = {number: (field, kind, repeated) for number, field, kind, repeated in MESSAGES[name]}
    out = {}
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag >> 3 not in fields:
            raise ValueError("unknown field")
        field, kind, repeated = fields[tag >> 3]
        if tag & 7 == 0:
            value, at = read_varint(data, at)
            value = scalar(kind, value)
        elif tag & 7 == 2:
            size, at = read_varint(data, at)
            if at + size > len(data):
                raise ValueError("cut")
            value = data[at:at + size]
            at += size
            if kind == "string":
                value = value.decode("utf-8")
                if "\0" in value:
                    raise ValueError("zero in a text")
            elif kind in MESSAGES:
                value = unpack(kind, value)
            elif kind != "bytes":
                inner, place = [], 0
                while place < len(value):
                    one, place = read_varint(value, place)
                    inner.append(scalar(kind, one))
                out.setdefault(field, []).extend(inner)
                continue
        else:
            raise ValueError("wire type")
        if repeated:
            out.setdefault(field, []).append(value)
        else:
            out[field] = value
    if pack(name, out) != data:
        raise ValueError("not canonical")
    return out


def parse(name, data, failure, index=0):
    try:
        return unpack(name, data)
    except (ValueError, UnicodeDecodeError) as error:
        raise Refused(failure, index) from error


# --- signatures: RFC 8032 without cofactor, nothing non-canonical, nothing of small order ---------

def point(data):
    y = int.from_bytes(data, "little") & 2**255 - 1
    sign = data[31] >> 7
    if len(data) != 32 or y >= make_chain.P:
        return None
    x = make_chain.recover_x(y, sign)
    if x is None or (x == 0 and sign) or make_chain.point_mul(8, (x, y)) == (0, 1):
        return None
    return x, y


def signature_good(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    a = point(key)
    if a is None or point(signature[:32]) is None or s >= make_chain.L:
        return False
    h = make_chain.challenge(signature[:32], key, message)
    minus = (make_chain.P - a[0], a[1])
    r = make_chain.point_add(make_chain.point_mul(s, make_chain.BASE), make_chain.point_mul(h, minus))
    return make_chain.compress(r) == signature[:32]


# --- exact bytes of the chain -------------------------------------------------------------------

def read_header(data):
    """Fields of the 384 bytes, or None."""
    if len(data) != 384:
        return None
    h = {}
    h["version"], h["suite"], h["flags"], h["tx_count"] = struct.unpack_from("<HBBI", data, 0)
    h["chain_id"] = data[8:40]
    h["epoch"], h["view"], h["height"] = struct.unpack_from("<QQQ", data, 40)
    h["parent_id"] = data[64:96]
    h["parent_view"], h["proposer"], zero, h["body_size"], h["time_ms"] = struct.unpack_from("<QHHIQ", data, 96)
    for i, name in enumerate(("tx_root", "state_root", "receipts_root", "history_root", "valset_hash",
                              "next_valset_hash")):
        h[name] = data[120 + 32 * i:152 + 32 * i]
    boundary = h["flags"] & 1
    good = (h["suite"] == 1 and h["flags"] <= 1 and zero == 0 and not any(data[312:]) and
            bool(boundary) == any(h["next_valset_hash"]) and h["tx_count"] <= 10000 and
            h["body_size"] <= 2**20 and h["proposer"] < 64)
    h["id"] = sha(b"SEAMHDR1", data)
    return h if good else None


def read_valset(data):
    """{"epoch", "validators": [...], "hash"} of exact bytes, or None."""
    if len(data) < 19 or data[:8] != b"SEAMVAL1" or data[8] != 1:
        return None
    epoch, count = struct.unpack_from("<QH", data, 9)
    if not 4 <= count <= 64 or len(data) != 19 + 129 * count:
        return None
    validators = []
    for i in range(count):
        entry = data[19 + 129 * i:19 + 129 * (i + 1)]
        if entry[0] != 32 or any(entry[33:65]):
            return None
        validators.append({"key": entry[1:33], "node_key": entry[65:97], "organisation": entry[97:]})
    keys = [v["key"] for v in validators]
    if keys != sorted(set(keys)):
        return None
    return {"suite": 1, "epoch": epoch, "validators": validators, "hash": sha(data)}


def first_valset(genesis):
    records = genesis.get("validators", [])
    keys = [r.get("public_key", b"") for r in records]
    if (genesis.get("suite") != 1 or not 4 <= len(records) <= 64 or keys != sorted(set(keys)) or
            any(len(k) != 32 for k in keys) or any(len(r.get("node_key", b"")) != 32 for r in records)):
        raise Refused("GENESIS")
    valset = {"suite": 1, "epoch": 1, "validators": [
        {"key": r["public_key"], "node_key": r["node_key"], "organisation": id_hash(2, r.get("organisation", ""))}
        for r in records]}
    valset["hash"] = sha(make_chain.valset_bytes(valset))
    return valset


def final(chain_id, valset, header, data):
    """How many validators made a block final with these certificate bytes, or 0."""
    if len(data) < 57 or data[0] != 3:
        return 0
    epoch, view = struct.unpack_from("<QQ", data, 1)
    block_id = data[17:49]
    signers, = struct.unpack_from("<Q", data, 49)
    bits = [i for i in range(64) if signers >> i & 1]
    n = len(valset["validators"])
    if (len(data) != 57 + 64 * len(bits) or epoch != valset["epoch"] or view == 0 or block_id != header["id"] or
            (view < header["view"] if header["flags"] & 1 else view != header["view"]) or
            any(i >= n for i in bits) or len(bits) < make_chain.quorum(n)):
        return 0
    vote = {"kind": 3, "epoch": epoch, "view": view, "block_id": block_id, "lock_view": 0}
    message = make_chain.signed_bytes(chain_id, 1, vote)
    good = all(signature_good(valset["validators"][i]["key"], message, data[57 + 64 * k:121 + 64 * k])
               for k, i in enumerate(bits))
    return len(bits) if good else 0


def in_tree(root, index, count, leaf, path):
    """RFC 6962: leaf is number index of count under root."""
    if index >= count or any(len(p) != 32 for p in path):
        return False
    at, last, total = index, count - 1, leaf
    rest = list(path)
    while last > 0:
        if at & 1 or at < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            total = sha(b"\1", sibling, total) if at & 1 else sha(b"\1", total, sibling)
        at >>= 1
        last >>= 1
    return not rest and total == root


def in_state(root, entry, form, wrong, index):
    """A ProofState holds under a state root; its value, or None where it proves absence."""
    key, value, absent = entry.get("key", b""), entry.get("value", b""), entry.get("absent", False)
    siblings = entry.get("siblings", [])
    other, other_value = entry.get("other_path", b""), entry.get("other_value_hash", b"")
    if (not 1 <= len(key) <= 128 or len(siblings) > 256 or len(other) != len(other_value) or
            len(other) not in (0, 32) or (absent and value) or (not absent and other) or
            any(len(s) not in (0, 32) or s == bytes(32) for s in siblings)):
        raise Refused(form, index)
    path = sha(b"SEAMSKY1", key)
    start = bytes(32)
    if not absent:
        start = sha(b"SEAMSTL1", path, sha(b"SEAMSVA1", value))
    elif other:
        if other == path or any(make_chain.bit(other, i) != make_chain.bit(path, i) for i in range(len(siblings))):
            raise Refused(wrong, index)
        start = sha(b"SEAMSTL1", other, other_value)
    for i, sibling in enumerate(siblings):
        sibling = sibling or bytes(32)
        right = make_chain.bit(path, len(siblings) - 1 - i)
        start = sha(b"SEAMSTN1", sibling, start) if right else sha(b"SEAMSTN1", start, sibling)
    if start != root:
        raise Refused(wrong, index)
    return None if absent else value


# --- the steps of decision D9, in order ---------------------------------------------------------

def check_epochs(chain_id, valset, epochs):
    height = 0
    if len(epochs) > INDEX_LIMITS["epochs"]:
        raise Refused("FORM")
    for i, epoch in enumerate(epochs):
        header = read_header(epoch.get("header", b""))
        if header is None:
            raise Refused("EPOCH_HEADER", i)
        if header["chain_id"] != chain_id:
            raise Refused("EPOCH_CHAIN", i)
        if header["epoch"] != valset["epoch"] or not header["flags"] & 1 or header["height"] <= height:
            raise Refused("EPOCH_ORDER", i)
        after = read_valset(epoch.get("validators", b""))
        if (header["valset_hash"] != valset["hash"] or after is None or after["epoch"] != header["epoch"] + 1 or
                after["hash"] != header["next_valset_hash"]):
            raise Refused("EPOCH_VALIDATORS", i)
        if not final(chain_id, valset, header, epoch.get("finalization", b"")):
            raise Refused("EPOCH_FINAL", i)
        valset, height = after, header["height"]
    return valset


def check_anchor(chain_id, valset, proof):
    header = read_header(proof.get("anchor_header", b""))
    if header is None:
        raise Refused("ANCHOR_HEADER")
    if header["chain_id"] != chain_id:
        raise Refused("ANCHOR_CHAIN")
    if header["epoch"] != valset["epoch"] or header["height"] == 0:
        raise Refused("ANCHOR_EPOCH")
    if header["valset_hash"] != valset["hash"]:
        raise Refused("ANCHOR_VALIDATORS")
    if not final(chain_id, valset, header, proof.get("anchor_finalization", b"")):
        raise Refused("ANCHOR_FINAL")
    return header


def check_subject(chain_id, anchor, proof):
    data, path = proof.get("subject_header", b""), proof.get("subject_path", [])
    if not data:
        if path:
            raise Refused("SUBJECT_PATH")
        return anchor
    header = read_header(data)
    if header is None:
        raise Refused("SUBJECT_HEADER")
    if header["chain_id"] != chain_id:
        raise Refused("SUBJECT_CHAIN")
    if header["height"] >= anchor["height"]:
        raise Refused("SUBJECT_HEIGHT")
    leaf = sha(b"\0SEAMBLK1", header["id"])
    if not in_tree(anchor["history_root"], header["height"], anchor["height"], leaf, path):
        raise Refused("SUBJECT_PATH")
    return header


def check_transaction(chain_id, subject, tx):
    """(body, tx_id, account or None)"""
    body = parse("Body", tx.get("body", b""), "TX_FORM")
    signatures = [(s.get("key_id", b""), s.get("sig", b"")) for s in tx.get("signatures", [])]
    keys = [key for key, _ in signatures]
    detached = tx.get("detached_hash", b"")
    if (len(detached) != 32 or not 1 <= len(signatures) <= 8 or keys != sorted(set(keys)) or
            any(len(k) != 32 or len(s) != 64 for k, s in signatures)):
        raise Refused("TX_FORM")
    tx_id = sha(b"SEAMTXN1", chain_id, tx["body"])
    leaf = sha(b"\0SEAMTXL1", tx_id, sha(b"SEAMTXS1", *[k + s for k, s in signatures]), detached)
    if not in_tree(subject["tx_root"], tx.get("index", 0), subject["tx_count"], leaf, tx.get("path", [])):
        raise Refused("TX_PATH")
    account = None
    if body.get("type") in ACCOUNT_TYPES:
        account = parse("Account", body.get("payload", b""), "TX_PAYLOAD")
    return body, tx_id, account


def check_lines(account, lines):
    if len(lines) > INDEX_LIMITS["lines"]:
        raise Refused("LINE_FORM")
    before = -1
    for i, line in enumerate(lines):
        number, salt = line.get("index", 0), line.get("salt", b"")
        if (account is None or len(account.get("lines_root", b"")) != 32 or len(salt) != 16 or number <= before):
            raise Refused("LINE_FORM", i)
        before = number
        parse("Line", line.get("line", b""), "LINE_FORM", i)
        leaf = sha(b"\0SEAMLIN1", salt, line.get("line", b""))
        if not in_tree(account["lines_root"], number, account.get("line_count", 0), leaf, line.get("path", [])):
            raise Refused("LINE_PATH", i)


def check_states(anchor, account, account_hash, tx_id, states):
    """Status of the account: NONE, CURRENT or SUPERSEDED."""
    values = [in_state(anchor["state_root"], state, "STATE_FORM", "STATE_PATH", i) for i, state in enumerate(states)]
    if account is None or not states:
        return "NONE"
    key = states[0]["key"]
    if values[0] is None or len(key) != 37 or key[:33] != b"\x0c" + id_hash(6, account.get("facility", "")):
        raise Refused("STATE_SUBJECT")
    head = parse("AccountHead", values[0], "STATE_FORM")
    newer = head.get("version", 0) - account.get("version", 0)
    if (head.get("facility") != account.get("facility") or head.get("period") != account.get("period") or newer < 0 or
            (newer == 0 and head.get("account_hash") != account_hash)):
        raise Refused("STATE_SUBJECT")
    if len(states) > 1 and states[1]["key"][0] == 0x0d:
        if values[1] is None or states[1]["key"] != b"\x0d" + key[1:] + struct.pack(">I", account.get("version", 0)):
            raise Refused("STATE_SUBJECT", 1)
        record = parse("AccountRecord", values[1], "STATE_FORM", 1)
        if record.get("account_hash") != account_hash or record.get("tx_id") != tx_id:
            raise Refused("STATE_SUBJECT", 1)
    return "SUPERSEDED" if newer else "CURRENT"


def check_keys(chain_id, anchor, subject, tx, body, keys):
    signatures = tx.get("signatures", []) if tx is not None else []
    if len(signatures) != len(keys):
        raise Refused("KEY_MISSING")
    persons = []
    for i, (signature, entry) in enumerate(zip(signatures, keys)):
        if entry.get("absent") or entry.get("key", b"") != b"\x05" + signature["key_id"]:
            raise Refused("KEY_MISSING", i)
        record = parse("KeyRecord", in_state(anchor["state_root"], entry, "KEY_FORM", "KEY_PATH", i), "KEY_FORM", i)
        key = record.get("public_key", b"")
        if len(key) != 32 or record.get("suite") != 1 or sha(b"SEAMKEY1\x01", key) != signature["key_id"]:
            raise Refused("KEY_FORM", i)
        if record.get("organisation", "") != body.get("organisation", ""):
            raise Refused("KEY_ORGANISATION", i)
        last = record.get("valid_to", 0)
        if subject["height"] < record.get("valid_from", 0) or (last and subject["height"] > last):
            raise Refused("KEY_INTERVAL", i)
        if record.get("person", "") in persons:
            raise Refused("KEY_PERSON", i)
        persons.append(record.get("person", ""))
        if not signature_good(key, b"SEAMTXN1" + chain_id + tx["body"], signature["sig"]):
            raise Refused("SIGNATURE", i)
    return persons


def verify_proof(genesis_bytes, proof_bytes):
    """What is proven, as a dictionary; Refused otherwise."""
    genesis = parse("Genesis", genesis_bytes, "GENESIS")
    valset = first_valset(genesis)
    chain_id = sha(b"SEAMCHN1", genesis_bytes)
    proof = parse("Proof", proof_bytes, "FORM")
    valset = check_epochs(chain_id, valset, proof.get("epochs", []))
    anchor = check_anchor(chain_id, valset, proof)
    subject = check_subject(chain_id, anchor, proof)
    tx = proof.get("transaction")
    body, tx_id, account = check_transaction(chain_id, subject, tx) if tx is not None else ({}, bytes(32), None)
    check_lines(account, proof.get("lines", []))
    account_hash = sha(b"SEAMACC1", body.get("payload", b""))
    status = check_states(anchor, account, account_hash, tx_id, proof.get("states", []))
    persons = check_keys(chain_id, anchor, subject, tx, body, proof.get("keys", []))
    return {"height": anchor["height"], "block": subject["height"], "account": account, "status": status,
            "persons": persons, "tx_id": tx_id.hex(), "lines": len(proof.get("lines", []))}


# --- the two files ------------------------------------------------------------------------------

def text_json(value, level=0):
    """Two spaces a level; what JSON demands is escaped, nothing else."""
    inner, outer = "\n" + "  " * (level + 1), "\n" + "  " * level
    if isinstance(value, dict):
        rows = [text_json(key) + ": " + text_json(one, level + 1) for key, one in value.items()]
        return "{" + inner + ("," + inner).join(rows) + outer + "}" if rows else "{}"
    if isinstance(value, list):
        rows = [text_json(one, level + 1) for one in value]
        return "[" + inner + ("," + inner).join(rows) + outer + "]" if rows else "[]"
    if isinstance(value, str):
        short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
        return '"' + "".join(short.get(c) or (c if c >= " " else "\\u%04x" % ord(c)) for c in value) + '"'
    return json.dumps(value)


def instant(time_ms):
    when = datetime.datetime.fromtimestamp(time_ms // 1000, datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S") + (".%03d" % (time_ms % 1000) if time_ms % 1000 else "") + "Z"


def readable(name, message):
    """A message as people read it: hashes in hex, defaults left out, X_list under the name X."""
    fields = MESSAGES[name]
    if len(fields) == 1 and fields[0][1] == "value" and fields[0][2] in ("int64", "sint64", "uint64", "uint32"):
        return message.get("value", 0)
    names = {field for _, field, _, _ in fields}
    out = {}
    for _, field, kind, repeated in fields:
        if field not in message or (message.get(field + "_list") and field + "_list" in names):
            continue
        values = [one.hex() if kind == "bytes" else readable(kind, one) if kind in MESSAGES else one
                  for one in (message[field] if repeated else [message[field]])]
        key = field[:-5] if field.endswith("_list") and field[:-5] in names else field
        out[key] = values if repeated else values[0]
    return out


def block_readable(data):
    header = read_header(data)
    if header is None:
        raise Refused("FILE")
    return {"height": header["height"], "time": instant(header["time_ms"]), "id": header["id"].hex()}


def certificate_text(proof_bytes):
    proof = parse("Proof", proof_bytes, "FILE")
    anchor = proof.get("anchor_header", b"")
    shown = {"note": "status as of the anchor's height and time; later changes are not excluded",
             "anchor": block_readable(anchor), "block": block_readable(proof.get("subject_header") or anchor)}
    tx = proof.get("transaction")
    if tx is not None:
        body = parse("Body", tx.get("body", b""), "FILE")
        shown.update(type=body.get("type", 0), organisation=body.get("organisation", ""),
                     signatures=len(tx.get("signatures", [])))
        if body.get("type") in ACCOUNT_TYPES:
            payload = body.get("payload", b"")
            shown["account_hash"] = sha(b"SEAMACC1", payload).hex()
            shown["account"] = readable("Account", parse("Account", payload, "FILE"))
    if proof.get("lines"):
        shown["disclosed_lines"] = [
            {"index": line.get("index", 0), "line": readable("Line", parse("Line", line.get("line", b""), "FILE"))}
            for line in proof["lines"]]
    shown.update(state_entries=len(proof.get("states", [])), epochs=len(proof.get("epochs", [])))
    return text_json({"format": "seam-certificate-1", "proof": base64.b64encode(proof_bytes).decode(),
                      "readable": shown}) + "\n"


def genesis_text(data):
    genesis = parse("Genesis", data, "FILE")
    shown = {"network": genesis.get("network", ""), "time": instant(genesis.get("time_ms", 0)),
             "suite": genesis.get("suite", 0)}
    for name, kind in (("consensus", "ConsensusParameters"), ("chain", "ChainParameters")):
        if name in genesis:
            shown[name] = readable(kind, genesis[name])
    for name, kind in (("organisations", "OrganisationRegister"), ("validators", "ValidatorRecord"),
                       ("facilities", "GenesisFacility"), ("jurisdictions", "JurisdictionSet")):
        shown[name] = [readable(kind, one) for one in genesis.get(name, [])]
    shown["parameter_sets"] = [{"organisation": one.get("organisation", ""),
                                "hash": sha(b"SEAMSET1", one.get("parameter_set", b"")).hex()}
                               for one in genesis.get("parameter_sets", [])]
    shown["adoptions"] = [readable("GenesisAdoption", one) for one in genesis.get("adoptions", [])]
    return text_json({"format": "seam-genesis-1", "chain_id": sha(b"SEAMCHN1", data).hex(),
                      "genesis": base64.b64encode(data).decode(), "readable": shown}) + "\n"


def read_file(path, key, render):
    """The bytes inside a file, whose every byte must follow from them."""
    with open(path, "rb") as handle:
        text = handle.read()
    try:
        data = base64.b64decode(json.loads(text)[key], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("FILE") from error
    if render(data).encode() != text:
        raise Refused("FILE")
    return data


def verify_files(certificate, genesis):
    return verify_proof(read_file(genesis, "genesis", genesis_text), read_file(certificate, "proof", certificate_text))


def check_vectors():
    """Texts of what differs from proof.json and ed25519.json, and how many cases there were."""
    wrong = []
    with open(os.path.join(HERE, "proof.json"), encoding="utf-8") as handle:
        cases = json.load(handle)["cases"]
    for case in cases:
        try:
            answer = ("OK", 0, verify_proof(bytes.fromhex(case["genesis"]), bytes.fromhex(case["proof"]))["status"])
        except Refused as refused:
            answer = (refused.name, refused.index, "")
        if answer != (case["failure"], case["index"], case["status"]):
            wrong.append(f"{case['name']}: {answer}")
    with open(os.path.join(HERE, "ed25519.json"), encoding="utf-8") as handle:
        signatures = json.load(handle)["cases"]
    for case in signatures:
        if signature_good(*[bytes.fromhex(case[k]) for k in ("public_key", "message", "signature")]) != case["accept"]:
            wrong.append(case["name"])
    return wrong, len(cases) + len(signatures)


def main():
    if sys.argv[1:] == ["vectors"]:
        wrong, count = check_vectors()
        print("\n".join(wrong + [f"{count - len(wrong)} of {count} cases agree"]))
        return 1 if wrong else 0
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        proven = verify_files(sys.argv[1], sys.argv[2])
    except Refused as refused:
        print(f"INVALID {refused.name} {refused.index}")
        return 1
    account = proven["account"] or {}
    print(f"VALID {account.get('facility', '')} {account.get('period', '')} version {account.get('version', 0)} "
          f"net {account.get('net_g', 0)} g, {proven['status']} at height {proven['height']}, "
          f"signed by {', '.join(proven['persons'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
