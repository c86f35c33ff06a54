# SPDX-License-Identifier: Apache-2.0
"""A second evaluation, in exact fractions, agrees with `seam calc` to the gram: on every vector, on
every sample, and on 5,000 random lines. `tests/vectors/evaluate.py random` draws as many as wanted."""
import os
import sys

from harness import BIN, ROOT, check, finish

sys.path.insert(0, os.path.join(ROOT, "tests", "vectors"))
import evaluate  # noqa: E402

LINES = 5000
program = os.path.join(BIN, "seam")
answers = evaluate.check_vectors(program)
wrong = [f"{name}: {text}" for name, found in answers for text in found]
check(answers and not wrong, f"{len(answers)} vectors and samples are recomputed", "\n".join(wrong))
done, counts, found = evaluate.check_random(program, LINES, seed=2026, batch=150)
check(done == LINES and not found, f"{LINES} random lines agree to the gram", "\n".join(found))
missing = [code for code in evaluate.CODES if code not in counts]
check(not missing, f"{len(counts)} line codes were among them", " ".join(missing))
finish()
