#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Second implementation of the chain's bytes, from the documents and the standard library alone.

Writes ed25519.json, hashes.json, encoding.json, merkle.json, state_proof.json and proof.json. The
C code is tested against these files; when both agree, two readings of the documents agree. Rerun it
only when the format changes, with a new version of the tag concerned.
"""
import functools
import hashlib
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def save(name, what, body):
    body = {"format": "seam-vectors-1", "what": what, **body}
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as out:
        json.dump(body, out, indent=1, ensure_ascii=False)
        out.write("\n")


# --- Ed25519, RFC 8032, slow and plain --------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    x1, y1 = a
    x2, y2 = b
    k = D * x1 * x2 * y1 * y2 % P
    x3 = (x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P
    y3 = (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P
    return x3, y3


def point_mul(k, a):
    """Doubling and adding in projective coordinates; one inversion at the end."""
    q = (0, 1, 1)
    p = (a[0], a[1], 1)
    while k > 0:
        if k & 1:
            q = projective_add(q, p)
        p = projective_add(p, p)
        k >>= 1
    z = pow(q[2], P - 2, P)
    return q[0] * z % P, q[1] * z % P


def projective_add(p, q):
    a = p[2] * q[2] % P
    b = a * a % P
    c = p[0] * q[0] % P
    d = p[1] * q[1] % P
    e = D * c * d % P
    f = (b - e) % P
    g = (b + e) % P
    x = a * f * ((p[0] + p[1]) * (q[0] + q[1]) - c - d) % P
    y = a * g * (d + c) % P
    return x, y, f * g % P


def recover_x(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P != 0:
        x = x * SQRT_M1 % P
    if (x * x - xx) % P != 0:
        return None
    if x & 1 != sign:
        x = P - x if x else 0
    return x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y)


def compress(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def expand(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little")
    a = a & ((1 << 254) - 8) | 1 << 254
    return a, h[32:]


@functools.lru_cache(maxsize=None)
def public_key(seed):
    return compress(point_mul(expand(seed)[0], BASE))


def challenge(r, key, message):
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


@functools.lru_cache(maxsize=None)
def sign(seed, message):
    a, prefix = expand(seed)
    key = compress(point_mul(a, BASE))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    r_bytes = compress(point_mul(r, BASE))
    s = (r + challenge(r_bytes, key, message) * a) % L
    return r_bytes + s.to_bytes(32, "little")


def torsion():
    """A point of order 8."""
    y = 2
    while True:
        x = recover_x(y, 0)
        if x is not None:
            t = point_mul(L, (x, y))
            if point_mul(4, t) != (0, 1):
                return t
        y += 1


def make_ed25519():
    cases = []

    def case(name, key, message, signature, accept):
        cases.append({"name": name, "public_key": key.hex(), "message": message.hex(),
                      "signature": signature.hex(), "accept": accept})

    for seed, message, expected in (
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ):
        seed = bytes.fromhex(seed)
        message = bytes.fromhex(message)
        signature = sign(seed, message)
        assert signature.hex() == expected
        case("RFC 8032 7.1", public_key(seed), message, signature, True)

    seed = sha(b"seam vector key")
    key = public_key(seed)
    message = b"a vote"
    good = sign(seed, message)
    case("good", key, message, good, True)
    case("another message", key, b"a veto", good, False)
    case("another key", public_key(sha(b"other")), message, good, False)
    case("bit of R", key, message, bytes([good[0] ^ 1]) + good[1:], False)
    case("bit of S", key, message, good[:32] + bytes([good[32] ^ 1]) + good[33:], False)
    s = int.from_bytes(good[32:], "little")
    case("S + L", key, message, good[:32] + (s + L).to_bytes(32, "little"), False)
    case("S = L", key, message, good[:32] + L.to_bytes(32, "little"), False)
    case("S highest bits", key, message, good[:63] + bytes([good[63] | 0xe0]), False)

    identity = compress((0, 1))
    zero = bytes(32)
    case("identity key, R = identity, S = 0", identity, message, identity + zero, False)
    t = torsion()
    for i in range(8):
        point = point_mul(i, t)
        case("small-order key %d, R = identity, S = 0" % i, compress(point), message,
             identity + zero, False)
        case("small-order R %d" % i, key, message, compress(point) + good[32:], False)
    case("non-canonical key y = p", P.to_bytes(32, "little"), message, good, False)
    case("non-canonical key y = p + 1", (P + 1).to_bytes(32, "little"), message, identity + zero,
         False)
    case("non-canonical R", key, message, (P + 3).to_bytes(32, "little") + good[32:], False)
    case("key not on the curve", (2).to_bytes(32, "little"), message, good, False)
    case("all zero", zero, message, zero + zero, False)

    # A key with a torsion part: without cofactor it verifies only where 8 divides the challenge.
    a = expand(seed)[0]
    mixed = compress(point_add(point_mul(a, BASE), t))
    r = int.from_bytes(sha(b"nonce"), "little") % L
    r_bytes = compress(point_mul(r, BASE))
    wanted = {True, False}
    i = 0
    while wanted:
        text = b"mixed %d" % i
        h = challenge(r_bytes, mixed, text)
        accept = h % 8 == 0
        if accept in wanted:
            wanted.discard(accept)
            case("key of mixed order, challenge %s 8" % ("divisible by" if accept else "not divisible by"),
                 mixed, text, r_bytes + ((r + h * a) % L).to_bytes(32, "little"), accept)
        i += 1
    r_mixed = compress(point_add(point_mul(r, BASE), t))
    h = challenge(r_mixed, key, message)
    case("R of mixed order", key, message, r_mixed + ((r + h * a) % L).to_bytes(32, "little"), False)
    keys = [{"name": "honest", "public_key": key.hex(), "valid": True},
            {"name": "mixed order", "public_key": mixed.hex(), "valid": False},
            {"name": "identity", "public_key": identity.hex(), "valid": False},
            {"name": "zero", "public_key": zero.hex(), "valid": False},
            {"name": "y = p", "public_key": P.to_bytes(32, "little").hex(), "valid": False},
            {"name": "not on the curve", "public_key": (2).to_bytes(32, "little").hex(), "valid": False},
            {"name": "too short", "public_key": key[:31].hex(), "valid": False},
            {"name": "too long", "public_key": (key + b"\0").hex(), "valid": False}]
    save("ed25519.json", "Which signatures are accepted (cofactorless, canonical S, no small-order or "
         "non-canonical key or R), and which keys may be registered.", {"cases": cases, "keys": keys})


# --- tagged hashes ------------------------------------------------------------------------------
TAGS = {
    "TAG_CHAIN": b"SEAMCHN1", "TAG_HEADER": b"SEAMHDR1", "TAG_VOTE": b"SEAMVOT1",
    "TAG_TX": b"SEAMTXN1", "TAG_TX_SIGNATURES": b"SEAMTXS1", "TAG_TX_DETACHED": b"SEAMTXD1",
    "TAG_TX_LEAF": b"SEAMTXL1", "TAG_RECEIPT_LEAF": b"SEAMRCP1", "TAG_LINE_LEAF": b"SEAMLIN1",
    "TAG_BLOCK_LEAF": b"SEAMBLK1", "TAG_VALSET": b"SEAMVAL1", "TAG_STATE_KEY": b"SEAMSKY1",
    "TAG_STATE_VALUE": b"SEAMSVA1", "TAG_STATE_LEAF": b"SEAMSTL1", "TAG_STATE_NODE": b"SEAMSTN1",
    "TAG_KEY": b"SEAMKEY1", "TAG_ID": b"SEAMIDN1", "TAG_ACCOUNT": b"SEAMACC1",
    "TAG_SET": b"SEAMSET1", "TAG_IDEMPOTENCY": b"SEAMIDE1", "TAG_VERIFIED": b"SEAMVER1",
    "TAG_EVIDENCE_LEAF": b"SEAMEVD1", "TAG_SALT": b"SEAMSLT1",
}


def make_hashes():
    data = [b"", b"abc", bytes(range(256))]
    tagged = [{"name": name, "tag": tag.decode(), "data": d.hex(), "hash": sha(tag, d).hex()}
              for name, tag in TAGS.items() for d in data]
    ids = [{"kind": kind, "text": text, "hash": sha(b"SEAMIDN1", bytes([kind]), text.encode()).hex()}
           for kind, text in ((2, "mine-a"), (6, "mine-a"), (4, "zhang.wei"), (8, "CN-NDRC-COAL-2014"))]
    key = public_key(sha(b"seam vector key"))
    keys = [{"suite": 1, "public_key": key.hex(), "id": sha(b"SEAMKEY1", b"\x01", key).hex()}]
    save("hashes.json", "H(tag, data) for every domain tag; ids of texts, H(TAG_ID, kind, text); "
         "ids of keys, H(TAG_KEY, suite, public key).", {"tagged": tagged, "ids": ids, "keys": keys})


# --- consensus objects --------------------------------------------------------------------------
def fill(name):
    return sha(b"fill", name.encode())


HEADER_FIELDS = ("version suite flags tx_count chain_id epoch view height parent_id parent_view "
                 "proposer body_size time_ms tx_root state_root receipts_root history_root "
                 "valset_hash next_valset_hash").split()


def header_bytes(h):
    out = struct.pack("<HBBI", h["version"], h["suite"], h["flags"], h["tx_count"])
    out += h["chain_id"]
    out += struct.pack("<QQQ", h["epoch"], h["view"], h["height"])
    out += h["parent_id"]
    out += struct.pack("<QHHIQ", h["parent_view"], h["proposer"], 0, h["body_size"], h["time_ms"])
    for name in HEADER_FIELDS[13:]:
        out += h[name]
    out += bytes(384 - len(out))
    assert len(out) == 384
    return out


def header_of(**change):
    h = {"version": 1, "suite": 1, "flags": 0, "tx_count": 3, "chain_id": fill("chain"), "epoch": 1,
         "view": 9, "height": 7, "parent_id": fill("parent"), "parent_view": 8, "proposer": 2,
         "body_size": 1234, "time_ms": 1790000000123, "tx_root": fill("tx"),
         "state_root": fill("state"), "receipts_root": fill("receipts"),
         "history_root": fill("history"), "valset_hash": fill("valset"), "next_valset_hash": bytes(32)}
    h.update(change)
    return h


def plain(d):
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in d.items()}


def signed_bytes(chain_id, suite, v):
    out = b"SEAMVOT1" + struct.pack("<BBH", v["kind"], suite, 0) + chain_id
    out += struct.pack("<QQ", v["epoch"], v["view"]) + v["block_id"] + struct.pack("<Q", v["lock_view"])
    assert len(out) == 100
    return out


def vote_bytes(v):
    out = struct.pack("<BBQQ", v["kind"], v["signer"], v["epoch"], v["view"]) + v["block_id"]
    out += struct.pack("<Q", v["lock_view"]) + v["signature"]
    assert len(out) == 122
    return out


def valset_bytes(s):
    out = b"SEAMVAL1" + struct.pack("<BQH", s["suite"], s["epoch"], len(s["validators"]))
    for v in s["validators"]:
        out += struct.pack("<B", len(v["key"])) + v["key"].ljust(64, b"\0") + v["node_key"] + v["organisation"]
    return out


def leader_order(s):
    seen = {}
    seats = []
    for i, v in enumerate(s["validators"]):
        turn = seen.get(v["organisation"], 0)
        seen[v["organisation"]] = turn + 1
        seats.append((turn, v["organisation"], i))
    perm = [seat[2] for seat in sorted(seats)]
    n = len(perm)
    return [perm[(i + s["epoch"]) % n] for i in range(n)]


def valset_of(n, organisations, epoch=1):
    validators = []
    for i in range(n):
        seed = fill("validator %d" % i)
        validators.append({"seed": seed, "key": public_key(seed), "node_key": fill("node %d" % i),
                           "organisation": sha(b"SEAMIDN1", b"\x02", b"org-%d" % (i % organisations))})
    validators.sort(key=lambda v: v["key"])
    return {"suite": 1, "epoch": epoch, "validators": validators}


def quorum(n):
    return n - (n - 1) // 3


def cert_of(valset, chain_id, kind, view, block_id, signers, lock_views=None):
    signatures = []
    for i in signers:
        v = {"kind": kind, "epoch": valset["epoch"], "view": view, "block_id": block_id,
             "lock_view": lock_views[signers.index(i)] if lock_views else 0}
        signatures.append(sign(valset["validators"][i]["seed"], signed_bytes(chain_id, 1, v)))
    return {"kind": kind, "epoch": valset["epoch"], "view": view, "block_id": block_id,
            "signers": sum(1 << i for i in signers), "signatures": signatures,
            "lock_views": lock_views or []}


def cert_bytes(c):
    out = struct.pack("<BQQ", c["kind"], c["epoch"], c["view"])
    if c["kind"] != 2:
        out += c["block_id"]
    out += struct.pack("<Q", c["signers"]) + b"".join(c["signatures"])
    if c["kind"] == 2:
        out += b"".join(struct.pack("<Q", v) for v in c["lock_views"])
    return out


def cert_plain(c):
    return {"kind": c["kind"], "epoch": c["epoch"], "view": c["view"], "block_id": c["block_id"].hex(),
            "signers": ["%d" % i for i in range(64) if c["signers"] >> i & 1],
            "signatures": [s.hex() for s in c["signatures"]], "lock_views": c["lock_views"],
            "bytes": cert_bytes(c).hex()}


def make_encoding():
    headers = []
    rejects = []
    for name, h in (("ordinary", header_of()),
                    ("boundary", header_of(flags=1, next_valset_hash=fill("next"), tx_count=0)),
                    ("largest", header_of(version=65535, tx_count=10000, epoch=2**53 - 1,
                                          view=2**53 - 1, height=2**53 - 1, parent_view=2**53 - 1,
                                          proposer=63, body_size=1048576, time_ms=2**53 - 1))):
        b = header_bytes(h)
        headers.append({"name": name, **plain(h), "bytes": b.hex(), "id": sha(b"SEAMHDR1", b).hex()})

    def reject(what, name, b, error):
        rejects.append({"what": what, "name": name, "bytes": b.hex(), "error": error})

    good = header_bytes(header_of())
    reject("header", "short", good[:-1], "E_LENGTH")
    reject("header", "long", good + b"\0", "E_LENGTH")
    reject("header", "suite", header_bytes(header_of(suite=2)), "E_VERSION")
    reject("header", "flag", header_bytes(header_of(flags=2)), "E_NOT_CANONICAL")
    reject("header", "boundary without next set", header_bytes(header_of(flags=1)), "E_NOT_CANONICAL")
    reject("header", "next set without boundary", header_bytes(header_of(next_valset_hash=fill("n"))),
           "E_NOT_CANONICAL")
    reject("header", "gap", good[:106] + b"\1" + good[107:], "E_NOT_CANONICAL")
    reject("header", "first reserved byte", good[:312] + b"\1" + good[313:], "E_NOT_CANONICAL")
    reject("header", "last reserved byte", good[:383] + b"\1", "E_NOT_CANONICAL")
    reject("header", "too many transactions", header_bytes(header_of(tx_count=10001)), "E_RANGE")
    reject("header", "body too large", header_bytes(header_of(body_size=1048577)), "E_RANGE")
    reject("header", "proposer", header_bytes(header_of(proposer=64)), "E_RANGE")

    valsets = []
    for name, s in (("four of four", valset_of(4, 4)), ("seven of three", valset_of(7, 3, 5)),
                    ("sixty-four of ten", valset_of(64, 10, 130))):
        b = valset_bytes(s)
        valsets.append({"name": name, "suite": 1, "epoch": s["epoch"],
                        "validators": [{"seed": v["seed"].hex(), "key": v["key"].hex(), "node_key": v["node_key"].hex(),
                                        "organisation": v["organisation"].hex()} for v in s["validators"]],
                        "bytes": b.hex(), "hash": sha(b).hex(), "leaders": leader_order(s)})
    s = valset_of(4, 4)
    good = valset_bytes(s)
    reject("valset", "short", good[:-1], "E_LENGTH")
    reject("valset", "long", good + b"\0", "E_LENGTH")
    reject("valset", "tag", b"SEAMVAL2" + good[8:], "E_LENGTH")
    reject("valset", "suite", good[:8] + b"\2" + good[9:], "E_VERSION")
    three = dict(s, validators=s["validators"][:3])
    reject("valset", "three", valset_bytes(three), "E_RANGE")
    swapped = dict(s, validators=[s["validators"][1], s["validators"][0]] + s["validators"][2:])
    reject("valset", "order", valset_bytes(swapped), "E_NOT_CANONICAL")
    twice = dict(s, validators=[s["validators"][0]] + s["validators"][:3])
    reject("valset", "twice", valset_bytes(twice), "E_NOT_CANONICAL")
    reject("valset", "padding", good[:19 + 64] + b"\1" + good[19 + 65:], "E_NOT_CANONICAL")
    reject("valset", "key size", good[:19] + b"\x21" + good[20:], "E_NOT_CANONICAL")

    chain_id = fill("chain")
    block = fill("block")
    votes = []
    for kind, view, block_id, lock, signer in ((1, 1, block, 0, 0), (2, 9, bytes(32), 0, 1),
                                               (2, 9, bytes(32), 8, 2), (3, 2**53 - 1, block, 0, 3)):
        v = {"kind": kind, "signer": signer, "epoch": 1, "view": view, "block_id": block_id,
             "lock_view": lock}
        v["signature"] = sign(s["validators"][signer]["seed"], signed_bytes(chain_id, 1, v))
        votes.append({**plain(v), "chain_id": chain_id.hex(), "signed": signed_bytes(chain_id, 1, v).hex(),
                      "bytes": vote_bytes(v).hex()})
    base = {"kind": 1, "signer": 0, "epoch": 1, "view": 9, "block_id": block, "lock_view": 0,
            "signature": bytes(64)}
    reject("vote", "short", vote_bytes(base)[:-1], "E_LENGTH")
    reject("vote", "long", vote_bytes(base) + b"\0", "E_LENGTH")
    reject("vote", "kind 0", vote_bytes(dict(base, kind=0)), "E_ENUM")
    reject("vote", "kind 4", vote_bytes(dict(base, kind=4)), "E_ENUM")
    reject("vote", "view 0", vote_bytes(dict(base, view=0)), "E_RANGE")
    reject("vote", "signer 64", vote_bytes(dict(base, signer=64)), "E_RANGE")
    reject("vote", "no block", vote_bytes(dict(base, block_id=bytes(32))), "E_NOT_CANONICAL")
    reject("vote", "lock view of a notarize", vote_bytes(dict(base, lock_view=1)), "E_NOT_CANONICAL")
    reject("vote", "block of a nullify", vote_bytes(dict(base, kind=2)), "E_NOT_CANONICAL")
    reject("vote", "lock view not below the view",
           vote_bytes(dict(base, kind=2, block_id=bytes(32), lock_view=9)), "E_NOT_CANONICAL")

    n = cert_of(s, chain_id, 1, 8, block, [0, 1, 3])
    f = cert_of(s, chain_id, 3, 8, block, [0, 1, 2, 3])
    z = cert_of(s, chain_id, 2, 9, bytes(32), [1, 2, 3], [8, 0, 7])
    certs = [cert_plain(c) for c in (n, f, z)]
    nb = cert_bytes(n)
    zb = cert_bytes(z)
    reject("cert", "short", nb[:-1], "E_LENGTH")
    reject("cert", "long", nb + b"\0", "E_LENGTH")
    reject("cert", "kind", b"\4" + nb[1:], "E_ENUM")
    reject("cert", "no signer", nb[:49] + bytes(8), "E_MISSING")
    reject("cert", "one signer more than signatures", nb[:49] + b"\x0f" + nb[50:], "E_LENGTH")
    reject("cert", "view 0", nb[:9] + bytes(8) + nb[17:], "E_RANGE")
    reject("cert", "lock view not below the view", zb[:-8] + struct.pack("<Q", 9), "E_NOT_CANONICAL")
    reject("cert", "empty", b"", "E_LENGTH")

    justs = []
    for name, kind, cert, null in (("epoch start", 1, None, None), ("epoch start with F", 1, f, None),
                                   ("next", 2, n, None), ("skip", 3, n, z), ("skip from genesis", 3, None, z)):
        b = struct.pack("<BB", kind, cert is not None)
        b += cert_bytes(null) if null else b""
        b += cert_bytes(cert) if cert else b""
        justs.append({"name": name, "kind": kind, "has_cert": cert is not None, "bytes": b.hex()})
    reject("just", "kind", b"\4\0", "E_ENUM")
    reject("just", "has_cert", b"\1\2", "E_NOT_CANONICAL")
    reject("just", "next without", b"\2\0", "E_NOT_CANONICAL")
    reject("just", "next of a nullification", b"\2\1" + zb, "E_ENUM")
    reject("just", "skip without", b"\3\0", "E_LENGTH")
    reject("just", "skip of a notarization", b"\3\0" + nb, "E_ENUM")
    reject("just", "epoch start with N", b"\1\1" + nb, "E_ENUM")
    reject("just", "more bytes", b"\1\0\0", "E_LENGTH")
    save("encoding.json", "Exact bytes of headers, votes, certificates, justifications and validator "
         "sets (ledger/chain/encode.h, valset.h), and bytes that must be refused with the error named. "
         "Signatures of votes and certificates are by the first validator set.",
         {"headers": headers, "valsets": valsets, "votes": votes, "certs": certs, "justs": justs,
          "rejects": rejects})


# --- RFC 6962 -----------------------------------------------------------------------------------
def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha(b"\1", mth(leaves[:k]), mth(leaves[k:]))


def mpath(m, leaves):
    if len(leaves) <= 1:
        return []
    k = split(len(leaves))
    if m < k:
        return mpath(m, leaves[:k]) + [mth(leaves[k:])]
    return mpath(m - k, leaves[k:]) + [mth(leaves[:k])]


def make_merkle():
    leaves = [sha(b"\0", b"SEAMBLK1", fill("leaf %d" % i)) for i in range(33)]
    roots = [{"count": n, "root": mth(leaves[:n]).hex()} for n in range(34)]
    paths = []
    for n in (1, 2, 3, 4, 5, 7, 8, 13, 33):
        for i in range(n):
            paths.append({"index": i, "count": n, "path": [h.hex() for h in mpath(i, leaves[:n])]})
    salt = fill("salt")[:16]
    tx = {"tx_id": fill("tx"), "detached": b"lines", "signatures": [(fill("k1"), b"\1" * 64), (fill("k2"), b"\2" * 64)]}
    sigs = sha(b"SEAMTXS1", *[k + s for k, s in tx["signatures"]])
    tx_leaf = sha(b"\0SEAMTXL1", tx["tx_id"], sigs, sha(b"SEAMTXD1", tx["detached"]))
    save("merkle.json", "RFC 6962 trees: leaf i is H(0x00, SEAMBLK1, data i); roots over the first n; "
         "paths from the leaf upwards; leaves of the other trees.",
         {"data": [fill("leaf %d" % i).hex() for i in range(33)], "leaves": [l.hex() for l in leaves],
          "roots": roots, "paths": paths,
          "line": {"salt": salt.hex(), "line": b"canonical".hex(), "leaf": sha(b"\0SEAMLIN1", salt, b"canonical").hex()},
          "tx": {"tx_id": tx["tx_id"].hex(), "detached": tx["detached"].hex(),
                 "signatures": [{"key_id": k.hex(), "sig": s.hex()} for k, s in tx["signatures"]],
                 "leaf": tx_leaf.hex()}})


# --- state tree ---------------------------------------------------------------------------------
ZERO = bytes(32)


def bit(path, i):
    return path[i // 8] >> (7 - i % 8) & 1


def state_leaf(path, value):
    return sha(b"SEAMSTL1", path, sha(b"SEAMSVA1", value))


def state_root(entries, depth=0):
    if not entries:
        return ZERO
    if len(entries) == 1:
        return state_leaf(*entries[0])
    halves = [[e for e in entries if bit(e[0], depth) == side] for side in (0, 1)]
    return sha(b"SEAMSTN1", state_root(halves[0], depth + 1), state_root(halves[1], depth + 1))


def state_prove(entries, path):
    siblings = []
    depth = 0
    while len(entries) > 1:
        side = bit(path, depth)
        siblings.insert(0, state_root([e for e in entries if bit(e[0], depth) != side], depth + 1))
        entries = [e for e in entries if bit(e[0], depth) == side]
        depth += 1
    if not entries:
        return "EMPTY", siblings, None
    if entries[0][0] == path:
        return "LEAF", siblings, None
    return "OTHER", siblings, entries[0]


def make_state():
    trees = []
    for count in (0, 1, 2, 3, 16, 100):
        data = [(b"key %d" % i, b"value %d" % i) for i in range(count)]
        entries = [(sha(b"SEAMSKY1", k), v) for k, v in data]
        proofs = []
        for i in list(range(min(count, 8))) + list(range(1000, 1012)):
            key = b"key %d" % i
            path = sha(b"SEAMSKY1", key)
            kind, siblings, other = state_prove(entries, path)
            proofs.append({"key": key.hex(), "terminal": kind,
                           "value": (b"value %d" % i).hex() if kind == "LEAF" else "",
                           "siblings": [s.hex() for s in siblings],
                           "other_path": other[0].hex() if other else "",
                           "other_value_hash": sha(b"SEAMSVA1", other[1]).hex() if other else ""})
        trees.append({"entries": [{"key": k.hex(), "value": v.hex()} for k, v in data],
                      "root": state_root(entries).hex(), "proofs": proofs})
    save("state_proof.json", "Compact sparse Merkle trees (ledger/chain/state_proof.h): entries, root, "
         "proofs of presence (LEAF) and absence (OTHER, EMPTY); siblings from the terminal upwards.",
         {"trees": trees})


# --- proofs -------------------------------------------------------------------------------------
def varint(n):
    out = b""
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def pb(*fields):
    """Canonical proto3: (number, value) in order, defaults left out, lists repeated."""
    out = b""
    for number, value in fields:
        for v in value if isinstance(value, list) else [value]:
            listed = isinstance(value, list)
            if isinstance(v, bool):
                v = int(v)
            if isinstance(v, int):
                out += varint(number << 3) + varint(v) if v or listed else b""
            else:
                v = v.encode() if isinstance(v, str) else v
                out += varint(number << 3 | 2) + varint(len(v)) + v if v or listed else b""
    return out


def sint(n):
    return n << 1 if n >= 0 else (-n << 1) - 1


ORGS = ["mine", "group", "verifier", "regulator"]


def registered_valset(names, epoch):
    validators = [{"seed": fill("validator " + n), "key": public_key(fill("validator " + n)),
                   "node_key": public_key(fill("node " + n)), "organisation": sha(b"SEAMIDN1\x02", o.encode()),
                   "organisation_text": o} for n, o in names]
    validators.sort(key=lambda v: v["key"])
    return {"suite": 1, "epoch": epoch, "validators": validators}


def person(name, organisation="mine", **change):
    seed = fill("person " + name)
    key = public_key(seed)
    record = {"public_key": key, "organisation": organisation, "person": name, "usages": 3,
              "valid_from": 1, "valid_to": 0}
    record.update(change)
    value = pb((1, record["public_key"]), (2, 1), (3, record["organisation"]), (4, record["person"]),
               (5, record["usages"]), (6, record["valid_from"]), (7, record["valid_to"]))
    key_id = sha(b"SEAMKEY1\x01", key)
    return {"seed": seed, "key_id": key_id, "state": (b"\x05" + key_id, value)}


def make_chain_case(**change):
    """One small chain: epoch 1 ends at height 5, the anchor is block 9 of epoch 2, the account stands
    in block 3. Returns the pieces of a proof; change replaces some while the chain is built."""
    o = {"persons": None, "payload": None, "head_version": 2, "head": None, "break_signature": False,
         "boundary_cert_view": 7, "boundary_kind": 3, "boundary_signers": [0, 1, 2],
         "anchor_signers": [0, 2, 3, 4], "anchor_kind": 3, "anchor_cert_view": 3, "anchor_header": {},
         "boundary_header": {}, "next_epoch": 2, "type": 33, "record": None}
    o.update(change)
    v1 = registered_valset([(n, n) for n in ORGS], 1)
    v2 = registered_valset([(n, n) for n in ORGS] + [("desk", "desk")], o["next_epoch"])
    genesis = pb((1, "vectors"), (2, 1790000000000), (3, 1),
                 (8, [pb((1, v["key"]), (2, v["node_key"]), (3, v["organisation_text"]))
                      for v in v1["validators"]]))
    chain_id = sha(b"SEAMCHN1", genesis)
    hash1 = sha(valset_bytes(v1))
    hash2 = sha(valset_bytes(v2))

    lines = [pb((1, "L_FUEL"), (2, "boiler-%d" % i), (3, "diesel")) for i in range(3)]
    salts = [fill("salt %d" % i)[:16] for i in range(3)]
    line_leaves = [sha(b"\0SEAMLIN1", s, l) for s, l in zip(salts, lines)]
    payload = o["payload"] or pb(
        (1, "mine-a"), (2, "UG"), (3, "2026-08"), (4, 2), (5, fill("previous")), (6, 1), (7, fill("set")),
        (8, "IPCC-SAR-100"), (9, "VALUE"), (10, mth(line_leaves)), (11, 3), (14, sint(748754538194)),
        (15, sint(748754538194)), (16, sint(695278638194)), (17, sint(53475900000)), (23, "meter"),
        (24, "METER"), (25, "OPERATOR"))
    body = pb((1, o["type"]), (2, "mine"), (3, 1790003600000), (5, payload))
    tx_id = sha(b"SEAMTXN1", chain_id, body)
    persons = o["persons"] or [person("li"), person("wang")]
    persons = sorted(persons, key=lambda p: p["key_id"])
    signatures = [(p["key_id"], sign(p["seed"], b"SEAMTXN1" + chain_id + body)) for p in persons]
    if o["break_signature"]:
        signatures[1] = (signatures[1][0], signatures[0][1])
    detached_hash = sha(b"SEAMTXD1", b"detached")
    tx_leaf = sha(b"\0SEAMTXL1", tx_id, sha(b"SEAMTXS1", *[k + s for k, s in signatures]), detached_hash)
    tx_leaves = [fill("tx leaf 0"), tx_leaf, fill("tx leaf 2")]

    subject = header_of(chain_id=chain_id, epoch=1, view=4, height=3, tx_count=3, tx_root=mth(tx_leaves),
                        time_ms=1790000600000, valset_hash=hash1)
    boundary = header_of(**{**dict(chain_id=chain_id, epoch=1, view=6, height=5, flags=1, valset_hash=hash1,
                                   next_valset_hash=hash2, tx_count=0), **o["boundary_header"]})
    ids = [fill("block %d" % i) for i in range(9)]
    ids[3] = sha(b"SEAMHDR1", header_bytes(subject))
    ids[5] = sha(b"SEAMHDR1", header_bytes(boundary))
    block_leaves = [sha(b"\0SEAMBLK1", i) for i in ids]

    facility = sha(b"SEAMIDN1\x06", b"mine-a")
    head_key = b"\x0c" + facility + struct.pack(">I", 679)
    head_value = o["head"] or pb((1, "mine-a"), (2, "2026-08"), (3, o["head_version"]),
                                 (4, sha(b"SEAMACC1", payload) if o["head_version"] == 2 else fill("later")),
                                 (5, "VALUE"), (6, 3), (7, 1790000600000), (8, 2), (9, 1790000300000))
    other_key = b"\x0c" + sha(b"SEAMIDN1\x06", b"mine-b") + struct.pack(">I", 679)
    state = {p["state"][0]: p["state"][1] for p in persons}
    state.update({head_key: head_value, other_key: head_value})
    state.update({b"\x02" + fill("org %d" % i): b"x" for i in range(20)})
    record_key = b"\x0d" + facility + struct.pack(">II", 679, 2)
    if o["record"] is not None:
        record = {"account": payload, "hash": sha(b"SEAMACC1", payload), "tx_id": tx_id, "key": record_key,
                  "value": None, **o["record"]}
        record_key = record["key"]
        state[record_key] = record["value"] or pb(
            (1, record["account"]), (2, record["hash"]), (3, record["tx_id"]), (4, "mine"),
            (5, [sha(b"SEAMIDN1\x04", b"li"), sha(b"SEAMIDN1\x04", b"wang")]), (6, 3), (7, 1790000600000),
            (8, 1790003600000))
    entries = [(sha(b"SEAMSKY1", k), v) for k, v in state.items()]

    anchor = header_of(**{**dict(chain_id=chain_id, epoch=2, view=3, height=9, time_ms=1790009000000,
                                 tx_count=0, valset_hash=hash2, history_root=mth(block_leaves),
                                 state_root=state_root(entries)), **o["anchor_header"]})

    def prove_state(key):
        kind, siblings, other = state_prove(entries, sha(b"SEAMSKY1", key))
        value = state.get(key, b"")
        return {"key": key, "value": value, "absent": kind != "LEAF",
                "siblings": [b"" if s == ZERO else s for s in siblings],
                "other_path": other[0] if other else b"",
                "other_value_hash": sha(b"SEAMSVA1", other[1]) if other else b""}

    def final(valset, header, kind, view, signers):
        block_id = sha(b"SEAMHDR1", header_bytes(header))
        return cert_bytes(cert_of(valset, chain_id, kind, view, block_id, signers))

    return {
        "genesis": genesis, "account_hash": sha(b"SEAMACC1", payload), "tx_id": tx_id, "v1": v1, "v2": v2,
        "chain_id": chain_id, "subject_fields": subject, "anchor_fields": anchor,
        "epochs": [[header_bytes(boundary),
                    final(v1, boundary, o["boundary_kind"], o["boundary_cert_view"], o["boundary_signers"]),
                    valset_bytes(v2)]],
        "anchor_header": header_bytes(anchor),
        "anchor_finalization": final(v2, anchor, o["anchor_kind"], o["anchor_cert_view"], o["anchor_signers"]),
        "subject_header": header_bytes(subject), "subject_path": mpath(3, block_leaves),
        "body": body, "signatures": signatures, "detached_hash": detached_hash, "tx_index": 1,
        "tx_path": mpath(1, tx_leaves),
        "lines": [[i, salts[i], lines[i], mpath(i, line_leaves)] for i in (0, 2)],
        "states": [prove_state(head_key), prove_state(b"\x05" + fill("nobody"))],
        "other_head": prove_state(other_key), "record": prove_state(record_key),
        "keys": [prove_state(p["state"][0]) for p in persons],
        "ids": ids, "final": final,
    }


def proof_bytes(c):
    def state(s):
        return pb((1, s["key"]), (2, s["value"]), (3, s["absent"]), (4, s["siblings"]),
                  (5, s["other_path"]), (6, s["other_value_hash"]))

    tx = pb((1, c["body"]), (2, [pb((1, k), (2, s)) for k, s in c["signatures"]]), (3, c["detached_hash"]),
            (4, c["tx_index"]), (5, c["tx_path"])) if c["body"] is not None else b""
    return pb((1, [pb((1, e[0]), (2, e[1]), (3, e[2])) for e in c["epochs"]]), (2, c["anchor_header"]),
              (3, c["anchor_finalization"]), (4, c["subject_header"]), (5, c["subject_path"]), (6, tx),
              (7, [pb((1, l[0]), (2, l[1]), (3, l[2]), (4, l[3])) for l in c["lines"]]),
              (8, [state(s) for s in c["states"]]), (9, [state(s) for s in c["keys"]]))


def make_proofs():
    cases = []

    def add(name, failure, c, index=0, status="", proof=None):
        cases.append({"name": name, "failure": failure, "index": index, "status": status,
                      "genesis": c["genesis"].hex(), "proof": (proof_bytes(c) if proof is None else proof).hex()})

    def broken(name, failure, change, index=0, **options):
        c = make_chain_case(**options)
        change(c)
        add(name, failure, c, index)

    def put(key, value):
        return lambda c: c.__setitem__(key, value(c) if callable(value) else value)

    def flip(data, at=-1):
        data = bytearray(data)
        data[at] ^= 1
        return bytes(data)

    def header_flip(fields, **change):
        return header_bytes({**fields, **change})

    good = make_chain_case()
    add("an account, current", "OK", good, status="CURRENT")
    add("an account, superseded", "OK", make_chain_case(head_version=3), status="SUPERSEDED")
    c = make_chain_case()
    c.update(lines=[], states=[])
    add("no lines, no status", "OK", c, status="NONE")
    c = make_chain_case()
    c.update(body=None, lines=[], keys=[], subject_header=b"", subject_path=[])
    add("state alone", "OK", c, status="NONE")
    add("key revoked after the block", "OK", make_chain_case(persons=[person("li", valid_to=3), person("wang")]),
        status="CURRENT")

    def epoch(i, value):
        return lambda c: c["epochs"][0].__setitem__(i, value(c))

    broken("genesis cut", "GENESIS", put("genesis", lambda c: c["genesis"][:-1]))
    broken("genesis of three", "GENESIS", put("genesis", pb((1, "x"), (3, 1))))
    broken("another genesis", "EPOCH_CHAIN", put("genesis", lambda c: pb((1, "another")) + c["genesis"][9:]))
    add("proof cut", "FORM", good, proof=proof_bytes(good)[:-1])
    add("proof with an unknown field", "FORM", good, proof=proof_bytes(good) + pb((77, 1)))
    add("empty proof", "ANCHOR_HEADER", good, proof=b"")
    broken("boundary header cut", "EPOCH_HEADER", epoch(0, lambda c: c["epochs"][0][0][:-1]))
    broken("epoch twice", "EPOCH_ORDER", lambda c: c["epochs"].append(c["epochs"][0]), 1)
    broken("epoch missing", "ANCHOR_EPOCH", put("epochs", []))
    broken("not a boundary block", "EPOCH_ORDER", lambda c: None,
           boundary_header={"flags": 0, "next_valset_hash": bytes(32)})
    broken("validators not those named", "EPOCH_VALIDATORS",
           epoch(2, lambda c: valset_bytes(registered_valset([(n, n) for n in ORGS], 2))))
    broken("validators cut", "EPOCH_VALIDATORS", epoch(2, lambda c: c["epochs"][0][2][:-1]))
    broken("boundary names other validators", "EPOCH_VALIDATORS", lambda c: None,
           boundary_header={"valset_hash": fill("other")})
    broken("epoch of the next set", "EPOCH_VALIDATORS", lambda c: None, next_epoch=3)
    broken("boundary notarized only", "EPOCH_FINAL", lambda c: None, boundary_kind=1)
    broken("boundary with two of four", "EPOCH_FINAL", lambda c: None, boundary_signers=[0, 1])
    broken("boundary final before it was made", "EPOCH_FINAL", lambda c: None, boundary_cert_view=5)
    broken("anchor cut", "ANCHOR_HEADER", put("anchor_header", lambda c: c["anchor_header"][1:]))
    broken("anchor of another chain", "ANCHOR_CHAIN", lambda c: None, anchor_header={"chain_id": fill("other")})
    broken("anchor of epoch 3", "ANCHOR_EPOCH", lambda c: None, anchor_header={"epoch": 3})
    broken("anchor names other validators", "ANCHOR_VALIDATORS", lambda c: None,
           anchor_header={"valset_hash": fill("other")})
    broken("anchor notarized only", "ANCHOR_FINAL", lambda c: None, anchor_kind=1)
    broken("anchor with three of five", "ANCHOR_FINAL", lambda c: None, anchor_signers=[0, 1, 2])
    broken("finalization of another view", "ANCHOR_FINAL", lambda c: None, anchor_cert_view=4)
    broken("finalization of another block", "ANCHOR_FINAL",
           put("anchor_header", lambda c: header_flip(c["anchor_fields"], time_ms=1)))
    broken("finalization by the old validators", "ANCHOR_FINAL",
           put("anchor_finalization", lambda c: c["final"](c["v1"], c["anchor_fields"], 3, 3, [0, 1, 2, 3])))
    broken("one bit of a signature of the finalization", "ANCHOR_FINAL",
           put("anchor_finalization", lambda c: flip(c["anchor_finalization"])))
    broken("subject cut", "SUBJECT_HEADER", put("subject_header", lambda c: c["subject_header"][:-1]))
    broken("subject of another chain", "SUBJECT_CHAIN",
           put("subject_header", lambda c: header_flip(c["subject_fields"], chain_id=fill("other"))))
    broken("subject not older", "SUBJECT_HEIGHT",
           put("subject_header", lambda c: header_flip(c["subject_fields"], height=9)))
    broken("subject at another height", "SUBJECT_PATH",
           put("subject_header", lambda c: header_flip(c["subject_fields"], height=4)))
    broken("subject with another root", "SUBJECT_PATH",
           put("subject_header", lambda c: header_flip(c["subject_fields"], tx_root=fill("other"))))
    broken("path to the subject cut", "SUBJECT_PATH", put("subject_path", lambda c: c["subject_path"][:-1]))
    broken("path without a subject", "SUBJECT_PATH", put("subject_header", b""))
    broken("body cut", "TX_FORM", put("body", lambda c: c["body"][:-1]))
    broken("no signature", "TX_FORM", put("signatures", []))
    broken("signatures out of order", "TX_FORM", put("signatures", lambda c: c["signatures"][::-1]))
    broken("signature too short", "TX_FORM",
           put("signatures", lambda c: [c["signatures"][0], (c["signatures"][1][0], bytes(63))]))
    broken("detached hash too short", "TX_FORM", put("detached_hash", bytes(31)))
    broken("another type", "TX_PATH", put("body", lambda c: flip(c["body"], 1)))
    broken("another signature", "TX_PATH",
           put("signatures", lambda c: [(c["signatures"][0][0], bytes(64)), c["signatures"][1]]))
    broken("another detached part", "TX_PATH", put("detached_hash", fill("other")))
    broken("another index", "TX_PATH", put("tx_index", 0))
    broken("index outside", "TX_PATH", put("tx_index", 3))
    broken("payload that is no account", "TX_PAYLOAD", lambda c: None, payload=b"\xff\xff")

    def line(n, i, value):
        return lambda c: c["lines"][n].__setitem__(i, value(c))

    broken("salt too short", "LINE_FORM", line(1, 1, lambda c: c["lines"][1][1][:-1]), 1)
    broken("line that is no line", "LINE_FORM", line(0, 2, lambda c: b"\xff"))
    broken("lines out of order", "LINE_FORM", put("lines", lambda c: c["lines"][::-1]), 1)
    broken("line twice", "LINE_FORM", put("lines", lambda c: c["lines"] + [c["lines"][1]]), 2)
    broken("another salt", "LINE_PATH", line(0, 1, lambda c: fill("other")[:16]))
    broken("another line", "LINE_PATH", line(1, 2, lambda c: pb((1, "L_FUEL"), (2, "boiler-2"), (3, "petrol"))), 1)
    broken("another line number", "LINE_PATH", line(0, 0, lambda c: 1))
    broken("line number outside", "LINE_PATH", line(1, 0, lambda c: 3), 1)
    broken("lines of something without lines", "LINE_FORM", lambda c: None, type=5)

    def state(name, i, **change):
        return lambda c: c[name][i].update({k: v(c[name][i]) if callable(v) else v for k, v in change.items()})

    broken("sibling too short", "STATE_FORM", state("states", 0, siblings=[b"x"]))
    broken("absent with a value", "STATE_FORM", state("states", 0, absent=True))
    broken("another value", "STATE_PATH", state("states", 0, value=lambda s: flip(s["value"])))
    broken("another key", "STATE_PATH", state("states", 0, key=lambda s: flip(s["key"])))
    broken("present shown absent", "STATE_PATH", state("states", 0, absent=True, value=b""))
    broken("absent key is another", "STATE_PATH", state("states", 1, key=lambda s: flip(s["key"], 5)), 1)
    broken("status of another facility", "STATE_SUBJECT", lambda c: c["states"].insert(0, c["other_head"]))
    broken("status missing, another state shown", "STATE_SUBJECT", lambda c: c["states"].pop(0))
    broken("status of an older version", "STATE_SUBJECT", lambda c: None, head_version=1)
    broken("status of another account hash", "STATE_SUBJECT", lambda c: None,
           head=pb((1, "mine-a"), (2, "2026-08"), (3, 2), (4, fill("other")), (5, "VALUE")))
    broken("status of another period", "STATE_SUBJECT", lambda c: None,
           head=pb((1, "mine-a"), (2, "2026-09"), (3, 3), (4, fill("other")), (5, "VALUE")))
    broken("status that is no record", "STATE_FORM", lambda c: None, head=b"\xff\xff")

    # The second entry: the AccountRecord of the version that the certificate is about.
    def with_record(c):
        c["states"].insert(1, c["record"])

    def record(name, failure, index, then=lambda c: None, **change):
        def shown(c):
            with_record(c)
            then(c)
        broken(name, failure, shown, index, record=change)

    for version, status in ((2, "CURRENT"), (3, "SUPERSEDED")):
        c = make_chain_case(record={}, head_version=version)
        with_record(c)
        add("with the record of its version, " + status.lower(), "OK", c, status=status)
    facility = sha(b"SEAMIDN1\x06", b"mine-a")
    record("record changed", "STATE_PATH", 1, state("states", 1, value=lambda s: flip(s["value"])))
    record("record shown absent", "STATE_PATH", 1, state("states", 1, absent=True, value=b""))
    record("record before the status", "STATE_SUBJECT", 0, lambda c: c["states"].insert(0, c["states"].pop(1)))
    broken("no record of this version", "STATE_SUBJECT", with_record, 1)
    record("record of an older version", "STATE_SUBJECT", 1, key=b"\x0d" + facility + struct.pack(">II", 679, 1))
    record("record of another period", "STATE_SUBJECT", 1, key=b"\x0d" + facility + struct.pack(">II", 680, 2))
    record("record of another facility", "STATE_SUBJECT", 1,
           key=b"\x0d" + sha(b"SEAMIDN1\x06", b"mine-b") + struct.pack(">II", 679, 2))
    record("record under a key too long", "STATE_SUBJECT", 1,
           key=b"\x0d" + facility + struct.pack(">III", 679, 2, 0))
    record("record of another account", "STATE_SUBJECT", 1, hash=fill("other"))
    record("record of another transaction", "STATE_SUBJECT", 1, tx_id=fill("other"))
    record("record that is no record", "STATE_FORM", 1, value=b"\xff\xff")
    broken("key record missing", "KEY_MISSING", lambda c: c["keys"].pop())
    broken("key records swapped", "KEY_MISSING", put("keys", lambda c: c["keys"][::-1]))
    broken("one key record too many", "KEY_MISSING", lambda c: c["keys"].append(c["keys"][0]))
    broken("key record changed", "KEY_PATH", state("keys", 1, value=lambda s: flip(s["value"])), 1)
    broken("key record with another key", "KEY_FORM", lambda c: None,
           1, persons=two_with_last(public_key=public_key(fill("other"))))
    broken("key of another organisation", "KEY_ORGANISATION", lambda c: None, 1,
           persons=two_with_last(organisation="group"))
    broken("key registered later", "KEY_INTERVAL", lambda c: None, 1, persons=two_with_last(valid_from=4))
    broken("key revoked before", "KEY_INTERVAL", lambda c: None, 1, persons=two_with_last(valid_to=2))
    broken("one person twice", "KEY_PERSON", lambda c: None, 1, persons=two_with_last(same=True))
    broken("signature of somebody else", "SIGNATURE", lambda c: None, 1, break_signature=True)
    save("proof.json", "Certificates' proofs (decision D9): genesis and proof bytes, the expected answer of "
         "libproof, its entry and, where it is OK, the status of the account.",
         {"subject_height": 3, "anchor_height": 9, "chain_id": good["chain_id"].hex(), "tx_id": good["tx_id"].hex(),
          "account_hash": good["account_hash"].hex(), "cases": cases})


def two_with_last(same=False, **change):
    """li and wang, in the order of their key ids, with the second one changed."""
    names = sorted(["li", "wang"], key=lambda n: person(n)["key_id"])
    if same:
        change["person"] = names[0]
    return [person(names[0]), person(names[1], **change)]


if __name__ == "__main__":
    make_ed25519()
    make_hashes()
    make_encoding()
    make_merkle()
    make_state()
    make_proofs()
