# SPDX-License-Identifier: Apache-2.0
"""A certificate proves an account offline, and nothing but the true one is accepted."""
import json
import os
import random
import re
import shutil
import subprocess

from harness import BIN, Network, check, finish, seam

with Network() as net, Network() as other:
    answer = net.file("01-kuzbass-a-2022.json")
    check(answer["code"] == "000000" and answer["data"]["state"] == "FINAL",
          "an account signed by two people becomes final", json.dumps(answer)[:600])
    path = os.path.join(net.dir, "certificate.json")
    status, out, err = seam("account", "certificate", "kuzbass-a", "2022", "--out", path,
                            "--lines", "all", token=net.token(), node=net.url(1))
    check(status == 0, "its certificate is fetched", out + err)
    with open(path, "rb") as handle:
        good = handle.read()

    def verify(data=None, genesis=net.genesis):
        name = path
        if data is not None:
            name = os.path.join(net.dir, "changed.json")
            with open(name, "wb") as handle:
                handle.write(data)
        return seam("certificate", "verify", name, "--genesis", genesis)

    status, out, err = verify()
    check(status == 0, "it verifies", out + err)
    first = out.splitlines()[0] if out else ""
    check("status as of height" in first.lower(), "the first line is the date of the status", out)
    check("RECONSTRUCTED" in out, "reconstructed activity data is called so", out)
    check("HISTORIC" in out, "a period before the ledger is called historic", out)  # [KSSJ 5.1.1b]
    check("1277049" in re.sub("[ ,.\u202f]", "", out), "the total is shown", out)

    status, _, err = verify(genesis=other.genesis)
    check(status == 1, "another genesis is refused", err)
    check("genesis" in err.lower() or "chain" in err.lower(), "and the reason is named", err)

    draw = random.Random(7)
    wrong = []
    places = sorted(set(range(0, len(good), max(1, len(good) // 220))) |
                    {draw.randrange(len(good)) for _ in range(60)})
    for place in places:
        changed = bytearray(good)
        changed[place] ^= 1 << draw.randrange(7)
        status, _, _ = verify(bytes(changed))
        if status != 1:
            wrong.append((place, status))
    check(not wrong, f"{len(places)} single changed bytes are all refused", wrong[:5])
    for name, data in (("cut short", good[:-1]), ("one byte longer", good + b"\n"),
                       ("empty", b""), ("another document", open(net.genesis, "rb").read())):
        status, out, err = verify(data)
        check(status == 1 and err, f"a file {name} is refused with a reason", out + err)

    if shutil.which("strace"):
        trace = os.path.join(net.dir, "trace")
        subprocess.run(["strace", "-f", "-o", trace, "-e",
                        "trace=socket,connect,bind,sendto,sendmsg,recvfrom,recvmsg",
                        os.path.join(BIN, "seam"), "certificate", "verify", path, "--genesis",
                        net.genesis], capture_output=True, check=False)
        with open(trace, encoding="utf-8", errors="replace") as handle:
            calls = [line for line in handle if re.search(r"\b(socket|connect|bind|send|recv)", line)]
        check(not calls, "verification makes no network call (strace)", "".join(calls))
    else:
        print("skip - strace is not installed")
finish()
