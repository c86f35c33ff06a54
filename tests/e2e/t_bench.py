# SPDX-License-Identifier: Apache-2.0
"""`seam bench`: every benchmark runs, prints one JSON document, and what it counts is right. How fast
it went is reported by the command and asserted nowhere."""
import glob
import json
import os
import signal
import subprocess

from harness import BIN, PATIENCE, check, finish, free_ports, seam, until


def bench(name, *arguments):
    status, out, err = seam("bench", name, "--json", *arguments)
    check(status == 0, f"bench {name}: exit status 0", err)
    return json.loads(out) if status == 0 else None


data = bench("calc", "--lines", "2000")
check(data and data["lines"] == 2000 and data["calculated_lines_per_cpu_second"] > 0, "bench calc: 2,000 lines")
data = bench("trace", "--lots", "2002")
check(data is not None, "bench trace: 2,002 lots behind one")
data = bench("transfer", "--transfers", "100")
check(data and data["one_account"]["signatures"] == 200, "bench transfer: 100 transfers of two signatures", data)

data = bench("parts", "--keys", "1000", "--run-ms", "1")
parts = data["parts"] if data else []
check({part["group"] for part in parts} == {"signature", "hash", "codec", "execution", "tree", "proof", "log", "database"},
      "bench parts: every part of a node's work", parts)
check(parts and all(part["unit"] in ("us", "us by the clock", "B", "nodes") and 0 < part["median_thousandths"] <= part["max_thousandths"]
                    for part in parts), "bench parts: each figure has a unit, a median and a largest", parts)
one = {part["part"]: part["median_thousandths"] // 1000 for part in parts if part["unit"] in ("B", "nodes")}
check(one.get("anchor of 300 B") in range(296, 308) and one.get("anchor of 1 KiB") in range(1018, 1032),
      "bench parts: the loads are those of the network's benchmark", one)
check(one.get("certificate of an account, 50 lines shown", 0) > one.get("certificate of an account, totals only", 0) > 0,
      "bench parts: the certificate of an account verified, and how long it is", one)

PHASES = ["closed loop", "a quarter of it", "three times as much", "closed loop again"]


def phases_after(goodput):
    """The loads of one kind of transaction: a closed loop in which nothing became final, on a machine that
    stood still so long, gives no rate to take a part of."""
    return PHASES if goodput > 0 else PHASES[::3]


status, out, err = seam("bench", "all", "--quick", "--base-port", str(free_ports(4)))
rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in out.splitlines() if row.startswith("| ")]
tables = [len(row) for row in rows]
loads = {}  # kind of transaction -> its rows
for row in [row for row in rows if len(row) == 19][1:]:
    loads.setdefault(row[0], []).append(row)
check(status == 0 and out.count("### ") == 3, "bench all: three sections of Markdown", err)
check(tables.count(10) == 1 + 3 and tables.count(5) == 1 + len(parts) and set(tables) == {5, 10, 19} and len(loads) == 3 and
      all([row[1] for row in kind] == phases_after(int(kind[0][3])) for kind in loads.values()),
      "bench all: the tables of docs/performance.md, whole", out)
check(all(f"$ seam bench {name}\n" in out for name in ("calc", "transfer", "trace")), "bench all: and what the others say", out)


def network(what, bytes_of_one, *arguments):
    """All loads of one kind of transaction, and whether what was counted can be."""
    data = bench("network", "--base-port", str(free_ports(4)), *arguments)
    if not data:
        return
    bounds = data["bounds"][0]
    parts = [bounds[part] for part in ("verify_ns", "decode_ns", "execute_ns", "tree_ns", "commit_ns")]
    check(bounds["bytes"] in bytes_of_one, f"bench network: {what} of the size asked for", bounds)
    check(min(parts) > 0 and bounds["transactions_per_second"] == 10**9 * int(data["machine"].split()[0]) // (4 * sum(parts)),
          f"bench network, {what}: the bound is that of the parts of the same transaction", bounds)
    check([phase["phase"] for phase in data["phases"]] == phases_after(data["phases"][0]["goodput_per_second"]),
          f"bench network, {what}: all loads", data["phases"])
    peak = max(phase["goodput_per_second"] for phase in data["phases"] if not phase["offered_per_second"])
    for phase in data["phases"]:
        name, seconds = f"bench network, {what}, {phase['phase']}", data["seconds"]
        sums = phase["final"] + phase["busy"] + phase["refused"] + phase["lost"]
        check(phase["final"] > 0 and sums == phase["sent"], f"{name}: each transaction is counted once", phase)
        check(phase["refused"] == 0 and phase["lost"] == 0 and phase["why"] == "",
              f"{name}: final or an explicit busy answer, nothing else", phase)
        check(phase["cpu_us_per_transaction"] > 0 and phase["peak_rss_kib"] > 0 and
              (phase["disk_bytes_per_transaction"] > 0 or phase is not data["phases"][0]),
              f"{name}: what it cost is known", phase)
        check(phase["yardstick_ns"] > 0 and phase["pace_permille"] == bounds["yardstick_ns"] * 1000 // phase["yardstick_ns"],
              f"{name}: how fast the machine was beside it is known", phase)
        each = phase["final_in_each_second"]
        settled = each[seconds // 3:]
        check(len(each) == seconds and sum(each) <= phase["final"] and phase["goodput_per_second"] == sum(settled) // len(settled),
              f"{name}: its rate is that of the last two thirds of the time, nothing that came later in it", phase)
        check(phase["permille_of_peak"] == phase["goodput_per_second"] * 1000 // max(peak, 1), f"{name}: beside the better closed loop", phase)
        check(phase["settled"], f"{name}: afterwards the nodes work off what they have taken", phase)
        check(not phase["ran_out_of_requests"] or phase["pace_permille"] > 1000,
              f"{name}: there was always something to send, unless the machine was slower when it was asked what it can", phase)
        if phase["offered_per_second"]:
            batch = bounds["batch"]
            due = -(-phase["offered_per_second"] * seconds // batch) * batch
            check(abs(phase["sent"] - due) <= batch, f"{name}: all that was due was sent, busy network or not", phase)


network("anchors", range(296, 308), "--seconds", "2", "--size", "300", "--batch", "10", "--clients", "8")
network("accounts", range(3000, 6000), "--seconds", "2", "--lines", "50", "--batch", "10", "--clients", "4")



def interrupted():
    """Who ends a benchmark finds neither nodes nor their directory behind it."""
    before = set(glob.glob("/var/tmp/seam-bench-*"))
    run = subprocess.Popen([os.path.join(BIN, "seam"), "bench", "network", "--base-port", str(free_ports(4))], stdout=subprocess.DEVNULL)

    def pids():
        new = set(glob.glob("/var/tmp/seam-bench-*/node-*/pid"))
        new = [path for path in new if os.path.dirname(os.path.dirname(path)) not in before]
        texts = [open(path, encoding="ascii").read().strip() for path in new]
        return texts if len(texts) == 4 and all(texts) else None

    nodes = until(pids, "four nodes of the benchmark")
    run.terminate()
    check(run.wait(PATIENCE) == 128 + signal.SIGTERM, "bench network, interrupted: its exit status says so", run.returncode)
    left = [pid for pid in nodes if os.path.exists(f"/proc/{pid}")]
    check(not left, "bench network, interrupted: its nodes have ended", left)
    check(set(glob.glob("/var/tmp/seam-bench-*")) <= before, "bench network, interrupted: its directory is gone")


interrupted()
status, out, err = seam("bench", "network", "--nodes", "3")
check(status == 2 and "4" in err, "bench network: three nodes are too few", err)
finish()
