#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Second evaluation of `seam scenario`: which technology should take mine methane, and why not the
others, with exact fractions from methodology part 8 and genesis/sets/TECH-DEFAULT.json alone.

    technologies.py PROGRAM [COUNT [SEED]]    the vectors, then so many random streams
"""
import glob
import json
import os
import random
import subprocess
import sys
import tempfile
from fractions import Fraction as F

from evaluate import ROOT, grams

TERMS = ("destroyed_ch4_g", "avoided_g", "oxidation_g", "electricity_g", "heat_g", "auxiliary_g", "net_g")


def read_table():
    """({constant: value}, {source: [technology]} in the order of the table)"""
    with open(os.path.join(ROOT, "genesis", "sets", "TECH-DEFAULT.json"), encoding="utf-8") as handle:
        values = {row["key"]: F(row["value"]) for row in json.load(handle)["values"]}
    rows = {}
    for key, value in values.items():
        part = key.split(".")
        if part[0] in ("drainage", "ventilation"):
            rows.setdefault((part[0].upper(), int(part[1]), part[2]), {})[part[3]] = value
    table = {"DRAINAGE": [], "VENTILATION": []}
    for (source, _, name), row in sorted(rows.items()):
        table[source].append((name, row))
    return values, table


VALUES, TABLE = read_table()


def why_not(file, row):
    """The first test that fails, in the fixed order, or None. Upper bounds are exclusive, except 1."""
    c, flow = F(file["ch4"]), F(file["flow"]["value"])
    transport = file["low_conc_transport"]
    least = row.get("c_min_transport", row["c_min"]) if transport else row["c_min"]
    if c < least:
        return "C_LOW"
    if c > row["c_max"] or (c == row["c_max"] and c != 1):
        return "C_HIGH"
    if c * flow < row.get("flow_min_ch4", 0) or flow < row.get("flow_min", 0):
        return "FLOW_LOW"
    if file["source"] == "DRAINAGE" and not transport and VALUES["explosive.from"] <= c <= VALUES["explosive.to"]:
        return "EXPLOSIVE_RANGE"
    return None


def terms(file, name, row):
    """(31) and the five terms of (32), each rounded to grams, then added."""
    c, flow, hours = F(file["ch4"]), F(file["flow"]["value"]), F(file["hours"])
    electricity, heat = F(file["ef_electricity"]["value"]), F(file["ef_heat"]["value"])
    mass = flow * c * 60 * hours / 10**4 * VALUES["ch4.density"] * row["availability"] * row["destruction"]
    auxiliary = flow * 60 * hours / 1000 * row["availability"] * row["aux"] / 1000
    if "blend_to" in row:
        auxiliary *= c / row["blend_to"]
    for stated in file.get("auxiliary", []):
        if stated["technology"] == name:
            auxiliary = F(stated["electricity"]["value"])
    out = {"destroyed_ch4_g": grams(mass), "avoided_g": grams(mass * F(file["gwp"])),
           "oxidation_g": grams(mass * VALUES["ch4.co2"]),
           "electricity_g": grams(mass * VALUES["ch4.lhv"] * row.get("eta_el", 0) / F("3.6") * electricity),
           "heat_g": grams(min(mass * VALUES["ch4.lhv"] * row.get("eta_heat", 0),
                               F(file["heat_demand"]["value"])) * heat),
           "auxiliary_g": grams(auxiliary * electricity)}
    out["net_g"] = (out["avoided_g"] - out["oxidation_g"] + out["electricity_g"] + out["heat_g"] -
                    out["auxiliary_g"])
    return out


def evaluate(file):
    ranked, rejected = [], []
    for name, row in TABLE[file["source"]]:
        reason = why_not(file, row)
        if reason:
            rejected.append({"technology": name, "reason": reason})
        else:
            ranked.append({"technology": name, **terms(file, name, row)})
    ranked.sort(key=lambda option: -option["net_g"])  # stable: ties keep the order of the table
    c, flow = F(file["ch4"]), F(file["flow"]["value"])
    vent = file["source"] == "DRAINAGE" and c >= VALUES["must_not_vent.c"] and c * flow >= VALUES["must_not_vent.flow"]
    return {"ranked": ranked, "rejected": rejected, "must_not_vent": vent}


def differences(program, file):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as out:
        json.dump(file, out)
        out.flush()
        run = subprocess.run([program, "scenario", out.name, "--json"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return [run.stdout[:300] + run.stderr[:300]]
    there, here = json.loads(run.stdout), evaluate(file)
    found = []
    for key in ("ranked", "rejected"):
        wanted = [one["technology"] for one in here[key]]
        if [one["technology"] for one in there[key]] != wanted:
            return [f"{key}: {[one['technology'] for one in there[key]]}, here {wanted}"]
    for mine, other in zip(here["ranked"], there["ranked"]):
        found += [f"{mine['technology']} {key}: {other[key]}, here {mine[key]}" for key in TERMS
                  if other[key] != mine[key]]
    for mine, other in zip(here["rejected"], there["rejected"]):
        if mine["reason"] != other["reason"]:
            found.append(f"{mine['technology']}: {other['reason']}, here {mine['reason']}")
    if there["must_not_vent"] != here["must_not_vent"]:
        found.append("must_not_vent")
    return found


def draw(numbers):
    """A random stream; often exactly at a bound of the table."""
    source = numbers.choice(("DRAINAGE", "VENTILATION"))
    bounds = [row[key] for _, row in TABLE[source] for key in ("c_min", "c_max", "c_min_transport") if key in row]
    bounds += [VALUES["explosive.from"], VALUES["explosive.to"], VALUES["must_not_vent.c"]]
    c = numbers.choice(bounds) + numbers.choice((0, 0, -1, 1)) * F(1, 10**6)
    if numbers.randrange(3):
        c = F(numbers.randrange(10**6 if source == "DRAINAGE" else 2 * 10**4), 10**6)
    flow = F(numbers.randrange(10**numbers.randint(1, 8)), 10**4)
    if numbers.randrange(4) == 0 and c > 0:  # a whole bound of pure methane
        flow = numbers.choice((F(1), F(2), F(1, 2), F(10))) / c
        flow = F(int(flow * 10**4), 10**4)
    text = lambda value, places: "%d.%0*d" % (int(value), places, int(value * 10**places) % 10**places)  # noqa: E731
    return {"source": source, "ch4": text(min(max(c, 0), 1), 6), "flow": {"value": text(flow, 4), "unit": "Nm3/min"},
            "hours": str(numbers.randint(1, 8784)), "low_conc_transport": bool(numbers.randrange(2)),
            "heat_demand": {"value": str(numbers.randrange(10**numbers.randint(1, 7))), "unit": "GJ"},
            "ef_electricity": {"value": text(F(numbers.randrange(2 * 10**6), 10**6), 6), "unit": "tCO2/MWh"},
            "ef_heat": {"value": text(F(numbers.randrange(10**6), 10**6), 6), "unit": "tCO2/GJ"},
            "gwp": numbers.choice(("21", "25", "28", "27.9", "29.8"))}


def check(program, count, seed):
    """(files compared, texts of what differs)"""
    found, done = [], 0
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "vectors", "technology", "*.json"))):
        with open(path, encoding="utf-8") as handle:
            vector = json.load(handle)
        if "error" in vector["expect"]:
            continue
        done += 1
        mine = evaluate(vector["file"])
        for option in vector["expect"].get("ranked", []) + vector["expect"].get("options", []):
            here = [one for one in mine["ranked"] if one["technology"] == option["technology"]]
            if not here or any(here[0][key] != value for key, value in option.items()):
                found.append(f"{vector['id']}: expected {option}, here {here}")
        found += [f"{vector['id']}: {text}" for text in differences(program, vector["file"])]
    numbers = random.Random(seed)
    for i in range(count):
        file = draw(numbers)
        found += [f"stream {i} {json.dumps(file)}: {text}" for text in differences(program, file)]
    return done + count, found


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    done, found = check(sys.argv[1], count, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    print("\n".join(found[:40] + [f"{done} files, {len(found)} differences"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
