# SPDX-License-Identifier: Apache-2.0
"""Somebody who trusts neither the network nor its program: a second verifier, in Python, accepts what
the network hands out, and both verifiers refuse the same forgeries for the same reason. Each forgery
is a well-formed file, with its readable part made to fit."""
import base64
import copy
import json
import os
import subprocess
import sys

from harness import BIN, ROOT, Network, check, finish, seam, until

sys.path.insert(0, os.path.join(ROOT, "tests", "vectors"))
import make_chain  # noqa: E402
import verify  # noqa: E402

wrong, count = verify.check_vectors()
check(not wrong, f"the second verifier answers all {count} vectors as they say", "\n".join(wrong))


def proof_of(path):
    with open(path, encoding="utf-8") as handle:
        return verify.unpack("Proof", base64.b64decode(json.load(handle)["proof"]))


def both(path, genesis):
    """((failure, entry) of the program, of the second verifier)"""
    run = subprocess.run([os.path.join(BIN, "seam"), "certificate", "verify", path, "--genesis", genesis,
                          "--json"], capture_output=True, text=True, check=False)
    answer = json.loads(run.stdout)
    here = (answer["failure"], answer.get("entry", 0)) if "failure" in answer else ("FILE", 0)
    if (run.returncode == 0) != (here[0] == "OK"):
        here = ("EXIT", run.returncode)
    try:
        verify.verify_files(path, genesis)
        there = ("OK", 0)
    except verify.Refused as refused:
        there = (refused.name, refused.index)
    return here, there


with Network() as net:
    folder = net.dir

    def certificate(facility, name):
        path = os.path.join(folder, name)
        status, out, err = seam("account", "certificate", facility, "2022", "--out", path, "--lines", "all",
                                token=net.token(), node=net.url(1))
        assert status == 0, out + err
        return path

    files = {}
    for sample in ("01-kuzbass-a-2022", "02-kuzbass-b-2022", "03-kuzbass-v-2022", "04-mine-a-2026-09"):
        answer = net.file(sample + ".json")
        assert answer["code"] == "000000", answer
        if sample.startswith("02"):
            files["older"] = certificate("kuzbass-a", "older.json")
    net.roots()

    def at_one_height():
        """Three certificates of one anchor: a heartbeat may come between two of them."""
        for name in ("a", "b", "v"):
            files[name] = certificate("kuzbass-" + name, name + ".json")
        return len({proof_of(files[name])["anchor_header"] for name in ("a", "b", "v")}) == 1

    until(at_one_height, "certificates that stand at one height")
    for name, path in files.items():
        check(both(path, net.genesis) == (("OK", 0), ("OK", 0)), f"both accept certificate {name}",
              both(path, net.genesis))

    good = {name: proof_of(path) for name, path in files.items()}
    same_anchor = good["a"]["anchor_header"] == good["b"]["anchor_header"]
    check(same_anchor and good["older"]["anchor_header"] != good["a"]["anchor_header"],
          "the certificates stand at one height, the older one at another")

    def refused(name, failure, change, entry=0, base="a"):
        forged = copy.deepcopy(good[base])
        change(forged)
        path = os.path.join(folder, "forged.json")
        with open(path, "w", encoding="utf-8") as out:
            out.write(verify.certificate_text(verify.pack("Proof", forged)))
        answers = both(path, net.genesis)
        check(answers == ((failure, entry), (failure, entry)), f"{name}: {failure}", answers)

    def put(field, value):
        return lambda p: p.__setitem__(field, value)

    # 2 anchor
    def signatures(p, keep, extra=b"", bits=None):
        """The finalization with only some of its signatures; bits as wanted."""
        data = p["anchor_finalization"]
        mask = int.from_bytes(data[49:57], "little")
        signers = [i for i in range(64) if mask >> i & 1]
        kept = [(i, data[57 + 64 * k:121 + 64 * k]) for k, i in enumerate(signers)][:keep]
        mask = sum(1 << i for i, _ in kept) | (bits or 0)
        p["anchor_finalization"] = data[:49] + mask.to_bytes(8, "little") + b"".join(s for _, s in kept) + extra

    def stranger(p, bit):
        header = verify.read_header(p["anchor_header"])
        vote = {"kind": 3, "epoch": header["epoch"], "view": header["view"], "block_id": header["id"], "lock_view": 0}
        genesis = verify.read_file(net.genesis, "genesis", verify.genesis_text)
        message = make_chain.signed_bytes(verify.sha(b"SEAMCHN1", genesis), 1, vote)
        mask = int.from_bytes(p["anchor_finalization"][49:57], "little")
        free = [i for i in range(4) if not mask >> i & 1]
        last = max(i for i in range(4) if mask >> i & 1)
        if bit is None:  # in a validator's place
            bit = free[0] if free and free[0] > last else last
        signatures(p, 2, make_chain.sign(verify.sha(b"a stranger"), message), 1 << bit)

    refused("signatures of two of four", "ANCHOR_FINAL", lambda p: signatures(p, 2))
    refused("one signature counted twice", "ANCHOR_FINAL",
            lambda p: signatures(p, 2, p["anchor_finalization"][57:121], 1 << 3))
    refused("a stranger's signature in a validator's place", "ANCHOR_FINAL", lambda p: stranger(p, None))
    refused("a stranger as fifth validator", "ANCHOR_FINAL", lambda p: stranger(p, 5))
    refused("the anchor of another height", "ANCHOR_FINAL", put("anchor_header", good["older"]["anchor_header"]))
    refused("anchor header of no block", "ANCHOR_FINAL",
            lambda p: p.update(anchor_header=p["anchor_header"][:56] + b"\x63" + p["anchor_header"][57:]))

    # 3 subject
    def older_anchor(p):
        p.update(anchor_header=good["older"]["anchor_header"], anchor_finalization=good["older"]["anchor_finalization"])

    refused("a block above an older anchor", "SUBJECT_HEIGHT", older_anchor, base="v")
    refused("a block at another place of the history", "SUBJECT_PATH", older_anchor)
    refused("the header of another height", "SUBJECT_PATH", put("subject_header", good["b"]["subject_header"]))

    # 4 transaction
    def body(p, **change):
        tx = p["transaction"]
        inner = verify.unpack("Body", tx["body"])
        account = verify.unpack("Account", inner["payload"])
        account.update(change)
        tx["body"] = verify.pack("Body", {**inner, "payload": verify.pack("Account", account)})

    refused("another total in the account", "TX_PATH", lambda p: body(p, gross_g=1, net_g=1, scope1_g=1))
    refused("another lines root in the account", "TX_PATH", lambda p: body(p, lines_root=bytes(32)))
    refused("the account of another mine", "TX_PATH",
            lambda p: p["transaction"].update(body=good["b"]["transaction"]["body"]))
    refused("the whole transaction of another mine", "TX_PATH", put("transaction", good["b"]["transaction"]))
    refused("one person's signature left out", "TX_PATH", lambda p: p["transaction"]["signatures"].pop())

    # 5 lines
    def line(p):
        first = verify.unpack("Line", p["lines"][1]["line"])
        p["lines"][1]["line"] = verify.pack("Line", {**first, "note": "corrected by hand"})

    refused("a changed line", "LINE_PATH", line, 1)
    refused("a line of another mine", "LINE_PATH", lambda p: p["lines"].__setitem__(0, good["v"]["lines"][0]))

    # 6 states
    refused("the state of another height", "STATE_PATH", put("states", good["older"]["states"]))
    refused("a head with another version", "STATE_PATH", lambda p: p["states"][0].update(
        value=verify.pack("AccountHead", {**verify.unpack("AccountHead", p["states"][0]["value"]), "version": 2})))
    refused("the status of another mine", "STATE_SUBJECT", put("states", good["b"]["states"]))
    refused("the record of another mine", "STATE_SUBJECT",
            lambda p: p["states"].__setitem__(1, good["b"]["states"][1]), 1)
    refused("a record that says it was in time", "STATE_PATH", lambda p: p["states"][1].update(
        value=verify.pack("AccountRecord", {**verify.unpack("AccountRecord", p["states"][1]["value"]),
                                            "historic": False})), 1)
    refused("a record said to be absent", "STATE_PATH", lambda p: p["states"][1].update(value=b"", absent=True), 1)

    # 7 keys
    refused("the key records exchanged", "KEY_MISSING", lambda p: p["keys"].reverse())
    refused("a key record missing", "KEY_MISSING", lambda p: p["keys"].pop())
    refused("a key record of another height", "KEY_PATH", put("keys", good["older"]["keys"]))

    # The files themselves.
    with open(files["a"], encoding="utf-8") as handle:
        text = handle.read()
    with open(os.path.join(folder, "forged.json"), "w", encoding="utf-8") as out:
        out.write(text.replace('"gross_g": 1277049010224', '"gross_g": 1077049010224'))
    answers = both(os.path.join(folder, "forged.json"), net.genesis)
    check(answers == (("FILE", 0), ("FILE", 0)), "a readable part that lies is refused", answers)

    genesis = verify.unpack("Genesis", verify.read_file(net.genesis, "genesis", verify.genesis_text))
    keys = sorted(make_chain.public_key(verify.sha(b"forger %d" % i)) for i in range(4))
    for validator, key in zip(genesis["validators"], keys):
        validator["public_key"] = key
    path = os.path.join(folder, "other-genesis.json")
    with open(path, "w", encoding="utf-8") as out:
        out.write(verify.genesis_text(verify.pack("Genesis", genesis)))
    answers = both(files["a"], path)
    check(answers == (("ANCHOR_CHAIN", 0), ("ANCHOR_CHAIN", 0)), "a genesis with other validators is another network",
          answers)
finish()
