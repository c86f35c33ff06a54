# SPDX-License-Identifier: Apache-2.0
"""tools/quickstart does what the README says, and a second run reuses what is there."""
import json
import os
import shutil
import subprocess
import tempfile

from harness import BIN, PATIENCE, ROOT, SAMPLES, check, finish, free_ports

folder = tempfile.mkdtemp(prefix="seam-e2e-")
port = str(free_ports(4))
command = [os.path.join(ROOT, "tools", "quickstart"), "--once", "--dir", folder, "--base-port", port,
           "--build", BIN]
try:
    first = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    check(first.returncode == 0, "quickstart --once succeeds", first.stdout + first.stderr)
    with open(os.path.join(SAMPLES, "index.json"), encoding="utf-8") as handle:
        samples = json.load(handle)
    for sample in samples:
        grams = sample["gross_g"]
        total = f"{grams // 1000000}.{grams % 1000000:06d}"
        row = next((line for line in first.stdout.splitlines() if sample["facility"] in line.split()
                    and sample["period"] in line.split() and str(sample["version"]) in line.split()), "")
        check(total in row.split(), f"{sample['file']}: {total} t", row)
        path = os.path.join(folder, "certificates",
                            f"{sample['facility']}-{sample['period']}-v{sample['version']}.json")
        verified = subprocess.run([os.path.join(BIN, "seam"), "certificate", "verify", path, "--genesis",
                                   os.path.join(folder, "genesis.json")], capture_output=True, text=True,
                                  check=False)
        check(verified.returncode == 0, f"certificate of {sample['file']} verifies offline",
              verified.stdout + verified.stderr)
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    check(second.returncode == 0, "a second run reuses what is there", second.stdout + second.stderr)
finally:
    subprocess.run([os.path.join(BIN, "seam"), "localnet", "down", "--dir", folder],
                   capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)
finish()
