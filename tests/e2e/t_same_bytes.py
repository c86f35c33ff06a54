# SPDX-License-Identifier: Apache-2.0
"""The same grams and the same trace whatever compiled the program: gcc -O3 and clang -O0 print the bytes
that the ordinary build prints, for every calculation vector and sample."""
import glob
import json
import os
import subprocess
import tempfile

from harness import BIN, ROOT, SAMPLES, check, finish

BUILDS = {"gcc -O3": ("gcc", "-O3"), "clang -O0": ("clang", "-O0")}


def build(folder, compiler, level):
    """Only the command line; the log is shown if it fails."""
    log = os.path.join(folder, "log")
    with open(log, "w", encoding="utf-8") as out:
        for command in (["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None",
                         f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_C_FLAGS={level}"],
                        ["cmake", "--build", folder, "--target", "seam"]):
            if subprocess.run(command, stdout=out, stderr=out, check=False).returncode != 0:
                break
        else:
            return os.path.join(folder, "seam"), ""
    with open(log, encoding="utf-8") as text:
        return None, "".join(text.readlines()[-20:])


def printed(program, path):
    """Exit status and output of a calculation, the errors as JSON like the results."""
    run = subprocess.run([program, "calc", path, "--json"], capture_output=True, check=False)
    return run.returncode, run.stdout


def cases(folder):
    """The files inside the vectors, and the samples as they are."""
    paths = []
    for vector in sorted(glob.glob(os.path.join(ROOT, "tests", "vectors", "calc", "*.json"))):
        with open(vector, encoding="utf-8") as handle:
            document = json.load(handle)
        if isinstance(document.get("file"), dict):
            paths.append(os.path.join(folder, os.path.basename(vector)))
            with open(paths[-1], "w", encoding="utf-8") as out:
                json.dump(document["file"], out)
        else:
            paths.append(vector)
    return paths + sorted(glob.glob(os.path.join(SAMPLES, "[0-9]*.json")))


with tempfile.TemporaryDirectory(prefix="seam-e2e-") as top:
    paths = cases(top)
    expected = {path: printed(os.path.join(BIN, "seam"), path) for path in paths}
    good = sum(1 for status, _ in expected.values() if status == 0)
    check(good > 50, f"the ordinary build calculates {good} of {len(paths)} files, the rest are errors")
    for name, (compiler, level) in BUILDS.items():
        folder = os.path.join(top, name.replace(" ", ""))
        os.mkdir(folder)
        program, log = build(folder, compiler, level)
        if check(program is not None, f"{name} builds", log):
            different = [path for path in paths if printed(program, path) != expected[path]]
            check(not different, f"{name} prints the same bytes for {len(paths)} files", different)
finish()
