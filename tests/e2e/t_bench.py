# SPDX-License-Identifier: Apache-2.0
"""`seam bench`: every benchmark runs, prints one JSON document, and what it counts is right. How fast
it went is reported by the command and asserted nowhere."""
import json

from harness import check, finish, free_ports, seam


def bench(name, *arguments):
    status, out, err = seam("bench", name, "--json", *arguments, timeout=300)
    check(status == 0, f"bench {name}: exit status 0", err)
    return json.loads(out) if status == 0 else None


data = bench("calc", "--lines", "2000")
check(data and data["lines"] == 2000 and data["calculated_lines_per_cpu_second"] > 0, "bench calc: 2,000 lines")
data = bench("trace", "--lots", "2002")
check(data is not None, "bench trace: 2,002 lots behind one")
data = bench("transfer", "--transfers", "100")
check(data and data["one_account"]["signatures"] == 200, "bench transfer: 100 transfers of two signatures", data)

data = bench("network", "--seconds", "2", "--size", "300", "--batch", "10", "--clients", "8",
             "--base-port", str(free_ports(4)))
if data:
    bounds = data["bounds"][0]
    check(bounds["bytes"] in range(296, 308), "bench network: transactions of about 300 bytes", bounds)
    check(bounds["verify_ns"] > 0 and bounds["commit_ns"] > 0 and bounds["transactions_per_second"] > 0,
          "bench network: the bounds are measured in the same run", bounds)
    check([phase["phase"] for phase in data["phases"]] == ["closed loop", "a quarter of it", "three times as much"],
          "bench network: three loads", data["phases"])
    for phase in data["phases"]:
        sums = phase["final"] + phase["busy"] + phase["refused"] + phase["lost"]
        check(phase["final"] > 0 and sums == phase["sent"], f"bench network, {phase['phase']}: each transaction is counted once", phase)
        check(phase["refused"] == 0 and phase["lost"] == 0,
              f"bench network, {phase['phase']}: final or an explicit busy answer, nothing else", phase)

status, out, err = seam("bench", "network", "--nodes", "3")
check(status == 2 and "4" in err, "bench network: three nodes are too few", err)
finish()
