# SPDX-License-Identifier: Apache-2.0
"""A second evaluation, in exact fractions, agrees with `seam calc` to the gram: on every vector, on
every sample, and on 5,000 random lines (`tests/vectors/draw.py` draws as many as wanted); and with
`seam scenario` on random streams of mine gas."""
import os
import sys

from harness import BIN, ROOT, check, finish

sys.path.insert(0, os.path.join(ROOT, "tests", "vectors"))
import draw  # noqa: E402
import evaluate  # noqa: E402
import technologies  # noqa: E402

LINES = 5000
program = os.path.join(BIN, "seam")
answers = evaluate.check_vectors(program)
wrong = [f"{name}: {text}" for name, found in answers for text in found]
check(answers and not wrong, f"{len(answers)} vectors and samples are recomputed", "\n".join(wrong))
done, counts, found = draw.check_random(program, LINES, seed=2026, batch=40)
check(done == LINES and not found, f"{LINES} random lines agree to the gram", "\n".join(found))
missing = [code for code in evaluate.CODES if code not in counts]
check(not missing, f"{len(counts)} line codes were among them", " ".join(missing))
done, found = technologies.check(program, 200, seed=2026)
check(not found, f"{done} choices of a technology agree, term by term", "\n".join(found))
finish()
