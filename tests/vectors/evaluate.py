#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Second evaluation of calculation files, with exact fractions, from docs/formulas.md and the
parameter sets in genesis/sets alone. A test tool: no program of the house uses it.

    evaluate.py vectors [--program SEAM]            tests/vectors/calc and genesis/samples
    evaluate.py random --program SEAM [--lines N] [--seed S] [--keep DIR]

`random` writes calculation files of up to 1,000 lines of every form, gives them to `seam calc FILE
--json` and compares each line and each total to the gram. Exit status 1: something differs.
"""
import argparse
import calendar
import glob
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from fractions import Fraction as F

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TO_NORMAL = {"NORM_0C": F(1), "STD_15C": F(27315, 28815), "STD_20C": F(27315, 29315)}
LARGEST = 2**53 - 1


def grams(value):
    """Half away from zero, once."""
    value *= 10**6
    whole, rest = divmod(abs(value.numerator), value.denominator)
    whole += 2 * rest >= value.denominator
    return -whole if value < 0 else whole


def half_away(number, unit):
    whole, rest = divmod(abs(number), unit)
    whole += 2 * rest >= unit
    return -whole if number < 0 else whole


class Set:
    """A parameter set: its document, and its values by key."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as handle:
            self.document = json.load(handle)
        self.value = {row["key"]: F(row["value"]) for row in self.document["values"]}
        self.fuel = {row["fuel"]: row for row in self.document.get("fuels", [])}

    def gwp(self, file):
        name = file.get("gwp")
        if not name:
            for row in self.document["default_gwp"]:
                if file["period"][:4] >= row.get("from_period", ""):
                    name = row["gwp"]
        return self.value[f"gwp.{name}.CH4"]

    def grid(self, year):
        """The factor of the year; where there is none yet, the newest that has a year."""
        rows = [row for row in self.document.get("grid_factors", []) if row.get("use_from")]
        for row in rows:
            if row["use_from"] <= year <= row["use_to"]:
                return row["key"]
        return max(rows, key=lambda row: row["use_to"])["key"]


SETS = {}
for path in glob.glob(os.path.join(ROOT, "genesis", "sets", "*.json")):
    one = Set(path)
    SETS[one.document["id"]] = one


def number(quantity, default=None):
    if quantity is None:
        return default
    return F(quantity["value"] if isinstance(quantity, dict) else quantity)


def volume(quantity):
    """In 1e4 Nm3: 10,000 m3 at 0 degrees C and 101.325 kPa."""
    if quantity is None:
        return F(0)
    unit = quantity["unit"]
    amount = F(quantity["value"])
    if unit == "1e4Nm3":
        return amount
    amount /= {"m3": 10000, "1e3m3": 10}[unit]
    return amount * TO_NORMAL[quantity["state"]]


def amount(line):
    """Consumption, or the balance purchased - sold + opening - closing."""
    stock = line.get("stock")
    if stock is None:
        return number(line["ad"])
    part = {name: number(stock.get(name), F(0)) for name in ("purchased", "sold", "opening", "closing")}
    return part["purchased"] - part["sold"] + part["opening"] - part["closing"]


def ventilation(line, gas):
    """Measured volume, or the sum over flows of the gas or of air [methodology 1.2, 2.4 (7)]."""
    typed = line.get("ventilation")
    if not isinstance(typed, list):
        return volume(typed)
    total = F(0)
    for flow in typed:
        if "mean_flow" in flow:
            mean = number(flow["mean_flow"])
        else:
            mean = number(flow["flow"])
            if flow["flow"]["unit"] == "m3/min":
                mean *= F(27315, 100) / (F(27315, 100) + number(flow["temperature"]))
                mean *= number(flow["pressure"]) / F(101325, 1000)
            mean *= 1 - number(flow.get("water"), F(0))
            mean *= number(flow[gas + "_return"]) - number(flow.get(gas + "_intake"), F(0))
        total += mean * number(flow["days"]) * 60 * 24 / 10000
    return total


# --- one function a code: (t CO2, t CH4) -------------------------------------------------------


def l_fuel(line, about):
    one = about.set
    fuel = "fuel." + line["fuel"]
    if "carbon_content" in line:
        carbon = number(line["carbon_content"])
    else:
        ncv = number(line["ncv"]) if "ncv" in line else one.value[fuel + ".ncv"]
        cc = number(line["cc"]) if "cc" in line else one.value[fuel + ".cc"]
        carbon = ncv * cc
    of = number(line["of"]) if "of" in line else one.value[fuel + ".of"]
    return amount(line) * carbon * of * F(44, 12), F(0)


ATOMS = {"CH4": 1, "C2H6": 2, "C3H8": 3, "CO": 1}


def burnt_gas(default):
    def evaluate(line, about):
        carbon = sum(12 * ATOMS[gas] * F(share) for gas, share in line["composition"].items())
        carbon *= F(10) / F("22.4")
        of = number(line.get("of"), about.set.value[default])
        return volume(line["gas"]) * carbon * of * F(44, 12), F(0)
    return evaluate


def l_ch4_ug(line, about):
    net = ventilation(line, "ch4") + volume(line.get("drained"))
    net -= about.deducted(line, "flare_destroyed") + about.deducted(line, "utilised")
    net -= volume(line.get("vam_destroyed"))
    assert net >= 0
    return F(0), net * about.set.value["density.CH4"]


def l_co2_ug(line, about):
    if "net" in line:
        net = volume(line["net"])
    else:
        net = ventilation(line, "co2") + volume(line.get("drained")) - volume(line.get("recovered"))
    return net * about.set.value["density.CO2"], F(0)


def l_ch4_post(line, about):
    ef = number(line["ef"]) if "ef" in line else about.set.value["ch4_post." + line["gas_grade"]]
    return F(0), number(line["coal"]) * ef / 1000


def l_elec(line, about):
    if "ef" in line:
        ef = number(line["ef"])
    else:
        ef = about.set.value[line.get("factor") or about.set.grid(int(about.file["period"][:4]))]
    return (number(line["bought"]) - number(line.get("sold"), F(0))) * ef, F(0)


def l_heat(line, about):
    value = about.set.value
    if "steam" in line:
        heat = number(line["steam"]) * (number(line["enthalpy"]) - value["heat.steam_base"]) / 1000
    elif "hot_water" in line:
        heat = number(line["hot_water"]) * (number(line["temperature"]) - value["heat.water_base"])
        heat *= value["heat.water_specific"] / 1000
    else:
        heat = number(line["heat"])
    return (heat - number(line.get("sold"), F(0))) * number(line.get("ef"), value["heat.ef"]), F(0)


def ru_fugitive(line, about):
    value = about.set.value
    state = line["gas"].get("state", "STD_20C")
    share = line.get("composition") or {"CH4": value["drainage.CH4"], "CO2": value["drainage.CO2"]}
    gas = number(line["gas"])
    return (gas * F(share.get("CO2", 0)) * value["rho.CO2." + state],
            gas * F(share.get("CH4", 0)) * value["rho.CH4." + state])


def ru_flare(line, about):
    value = about.set.value
    gas = number(line["gas"])
    share = line.get("composition")
    if share is None:
        unit = line["gas"]["unit"]
        return gas * value["flare.ef_co2." + unit], gas * value["flare.ef_ch4." + unit]
    state = line["gas"].get("state", "STD_20C")
    cf = number(line["cf"])
    carbon = sum(ATOMS[name] * F(part) for name, part in share.items() if name != "CO2")
    co2 = F(share.get("CO2", 0)) + carbon * (1 - cf)
    return (gas * co2 * value["rho.CO2." + state],
            gas * F(share.get("CH4", 0)) * cf * value["rho.CH4." + state])


def ru_fuel(line, about):
    value = about.set.value
    fuel = "fuel." + line["fuel"]
    basis = line.get("basis")
    if basis == "TCE":
        factor = number(line["k"]) if "k" in line else value[fuel + ".k"]
        factor *= number(line["ef"]) if "ef" in line else value[fuel + ".ef_tce"]
    elif basis == "TJ":
        factor = number(line["ncv"]) if "ncv" in line else value[fuel + ".ncv"]
        factor *= number(line["ef"]) if "ef" in line else value[fuel + ".ef_tj"]
        factor /= 1000
    else:
        factor = number(line["ef"])
    of = number(line.get("of"), value["of." + about.set.fuel[line["fuel"]]["phase"]])
    return amount(line) * factor * of, F(0)


def ru_transport(line, about):
    value = about.set.value
    fuel = "transport." + line["fuel"]
    if "volume" in line:
        season = line.get("season")
        density = value[f"{fuel}.density.{season}"] if season else number(line["density"])
        mass = number(line["volume"]) * density / 1000
    else:
        mass = amount(line)
    return mass * (number(line["ef"]) if "ef" in line else value[fuel + ".ef"]), F(0)


CODES = {"L_FUEL": l_fuel, "L_CMM_USE": burnt_gas("cmm.of"), "L_FLARE": burnt_gas("flare.of"),
         "L_CH4_UG": l_ch4_ug, "L_CO2_UG": l_co2_ug, "L_CH4_POST": l_ch4_post, "L_ELEC": l_elec,
         "L_HEAT": l_heat, "RU_FUGITIVE": ru_fugitive, "RU_FLARE": ru_flare, "RU_FUEL": ru_fuel,
         "RU_TRANSPORT": ru_transport}
SCOPE_2 = ("L_ELEC", "L_HEAT")


class Evaluation:
    """A whole file. The deductions of underground methane are the file's, not the line's."""

    def __init__(self, file):
        self.file = file
        self.set = SETS[file["parameter_set"]]
        self.gwp = self.set.gwp(file)
        occurring = [line for line in file["lines"] if "not_occurring" not in line]
        burnt = {"flare_destroyed": F(0), "utilised": F(0)}
        for line in occurring:
            if line["code"] in ("L_FLARE", "L_CMM_USE"):
                ch4 = volume(line["gas"]) * F(line["composition"].get("CH4", 0))
                if line["code"] == "L_FLARE":
                    burnt["flare_destroyed"] += ch4 * number(line.get("of"), self.set.value["flare.of"])
                else:
                    burnt["utilised"] += ch4
            elif line["code"] == "L_CH4_UG":
                burnt["utilised"] += volume(line.get("sold_gas"))
        self.underground = [line for line in occurring if line["code"] == "L_CH4_UG"]
        self.rest = {side: exact - sum(volume(line.get(side)) for line in self.underground)
                     for side, exact in burnt.items()}
        self.lines = []
        for line in file["lines"]:
            co2, ch4 = CODES[line["code"]](line, self) if "not_occurring" not in line else (F(0), F(0))
            self.lines.append({"co2_g": grams(co2), "ch4_g": grams(ch4),
                               "co2e_g": grams(co2 + ch4 * self.gwp),
                               "scope": "2" if line["code"] in SCOPE_2 else "1"})
        scope = {name: sum(line["co2e_g"] for line in self.lines if line["scope"] == name)
                 for name in ("1", "2")}
        gross = scope["1"] + scope["2"]
        cents = half_away(gross, 10**4)
        self.total = {"gross_g": gross, "net_g": gross, "scope1_g": scope["1"], "scope2_g": scope["2"],
                      "sinks_g": 0, "information_g": 0,
                      "report_t": "%s%d.%02d" % ("-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100),
                      "whole_t": half_away(gross, 10**6)}

    def deducted(self, line, side):
        """What is stated counts; what is left goes to the one line that states nothing and could
        deduct it: the only one, or the only one that drains."""
        if side in line:
            return volume(line[side])
        takers = [one for one in self.underground if side not in one and
                  (len(self.underground) == 1 or volume(one.get("drained")) > 0)]
        return self.rest[side] if takers == [line] and self.rest[side] > 0 else F(0)


def differences(file, result):
    """What the program's answer says otherwise, as texts."""
    mine = Evaluation(file)
    found = []
    if len(result.get("lines", [])) != len(mine.lines):
        return [f"{len(result.get('lines', []))} lines instead of {len(mine.lines)}"]
    for i, (here, there) in enumerate(zip(mine.lines, result["lines"])):
        found += [f"line {i + 1} {file['lines'][i]['code']} {key}: {there.get(key)}, here {value}"
                  for key, value in here.items() if there.get(key) != value]
    return found + [f"{key}: {result.get(key)}, here {value}"
                    for key, value in mine.total.items() if result.get(key) != value]


def calculate(program, path):
    """(result or None, what was said)"""
    run = subprocess.run([program, "calc", path, "--json"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return None, run.stdout + run.stderr
    return json.loads(run.stdout), ""


def check_file(file, program):
    """Differences between the program and this evaluation for one file."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as out:
        json.dump(file, out, ensure_ascii=False)
        out.flush()
        result, said = calculate(program, out.name)
    return [said[:400] or "refused"] if result is None else differences(file, result)


def check_vectors(program=None):
    """[(name, differences)] of every vector with grams and every sample with lines."""
    answers = []
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "vectors", "calc", "*.json"))):
        with open(path, encoding="utf-8") as handle:
            vector = json.load(handle)
        expect = vector["expect"]
        if "error" in expect:
            continue
        mine = Evaluation(vector["file"])
        found = [f"line {i + 1} {key}: expected {row[key]}, here {mine.lines[i][key]}"
                 for i, row in enumerate(expect.get("lines", []))
                 for key in ("co2e_g", "co2_g", "ch4_g", "scope") if key in row and row[key] != mine.lines[i][key]]
        found += [f"{key}: expected {expect[key]}, here {value}"
                  for key, value in mine.total.items() if key in expect and expect[key] != value]
        if program:
            found += check_file(vector["file"], program)
        answers.append((vector["id"], found))
    for path in sorted(glob.glob(os.path.join(ROOT, "genesis", "samples", "[0-9]*.json"))):
        with open(path, encoding="utf-8") as handle:
            file = json.load(handle)
        if not file.get("lines"):
            continue
        found = check_file(file, program) if program else []
        answers.append((os.path.basename(path)[:-5], found))
    return answers


# --- random files ------------------------------------------------------------------------------


class Draw:
    """Random lines. Numbers favour what breaks arithmetic: limits, many digits, halves of a gram."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def pick(self, *choices):
        return self.random.choice(choices)

    def decimal(self, low, high, places):
        """A decimal text between two limits given as texts, with at most that many places."""
        unit = 10**places
        least, most = int(F(low) * unit), int(F(high) * unit)
        style = self.random.randrange(20)
        if style == 0:
            value = least
        elif style == 1:
            value = most
        elif style == 2:
            value = min(most, least + 1)
        elif style == 3:
            value = max(least, most - 1)
        elif style < 8:
            value = self.random.randint(least, most)
        else:
            span = most - least
            value = least + self.random.randrange(0, min(span, 10**self.random.randint(0, len(str(span)))) + 1)
        keep = self.random.randint(0, places) if self.chance(50) else places
        short = value // 10**(places - keep) * 10**(places - keep)
        value = short if least <= short else value
        sign = "-" if value < 0 else ""
        whole, part = divmod(abs(value), unit)
        digits = str(part).rjust(places, "0") if places else ""
        while digits.endswith("0") and self.chance(80):
            digits = digits[:-1]
        return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"

    def quantity(self, unit, low, high, places):
        return {"value": self.decimal(low, high, places), "unit": unit}

    def fraction(self, high="1", places=6):
        return self.decimal("0", high, places)

    def volume(self, high=10**5):
        unit = self.pick("1e4Nm3", "1e4Nm3", "m3", "1e3m3")
        out = self.quantity(unit, "0", str(high * {"1e4Nm3": 1, "1e3m3": 10, "m3": 10000}[unit]), 6)
        if unit != "1e4Nm3":
            out["state"] = self.pick("NORM_0C", "STD_15C", "STD_20C")
        elif self.chance(20):
            out["state"] = "NORM_0C"
        return out

    def composition(self, *gases):
        chosen = [gas for gas in gases if self.chance(60)] or [gases[0]]
        left = 10**6
        out = {}
        for gas in self.random.sample(chosen, len(chosen)):
            share = self.decimal("0", str(F(left, 10**6)) if left == 10**6 else "0." + str(left).rjust(6, "0"), 6)
            left -= int(F(share) * 10**6)
            out[gas] = share
        return out

    def amounts(self, line, unit, high="1000000"):
        if self.chance(75):
            line["ad"] = self.quantity(unit, "0", high, 6)
            return
        sold, closing = self.decimal("0", "5000", 6), self.decimal("0", "5000", 6)
        stock = {"purchased": self.quantity(unit, "10000", high, 6), "sold": {"value": sold, "unit": unit},
                 "opening": self.quantity(unit, "0", "5000", 6), "closing": {"value": closing, "unit": unit}}
        for name in ("sold", "opening", "closing"):
            if self.chance(20):
                del stock[name]
        line["stock"] = stock

    def flows(self, period, gas):
        out = []
        months = [int(period[5:])] if len(period) == 7 else self.random.sample(range(1, 13), self.random.randint(1, 12))
        for month in sorted(months):
            days = calendar.monthrange(int(period[:4]), month)[1]
            flow = {"month": "%s-%02d" % (period[:4], month), "days": str(self.random.randint(0, days))}
            if len(period) == 7 and self.chance(50):
                del flow["month"]
            if self.chance(40):
                flow["mean_flow"] = self.quantity("Nm3/min", "0", "2000", 4)
            else:
                unit = self.pick("m3/min", "m3/min", "Nm3/min")
                flow["flow"] = self.quantity(unit, "0", "30000", 4)
                if unit == "m3/min":
                    flow["temperature"] = self.quantity("C", "-40", "80", 2)
                    flow["pressure"] = self.quantity("kPa", "50", "120", 2)
                if self.chance(70):
                    flow["water"] = self.fraction("0.1")
                flow[gas + "_return"] = self.decimal("0.0005", "0.02", 6)
                if gas == "co2" or self.chance(50):
                    flow[gas + "_intake"] = self.decimal("0", "0.0005", 6)
            out.append(flow)
        return out

    # One function a code.

    def l_fuel(self, file):
        fuel = self.pick(*SETS[file["parameter_set"]].fuel.values())
        unit = fuel["unit"]
        line = {"fuel": fuel["fuel"]}
        known = f"fuel.{fuel['fuel']}.ncv" in SETS[file["parameter_set"]].value
        self.amounts(line, unit, self.pick("1000000", "1000000", "100000000"))
        form = self.random.randrange(4) if known else self.pick(0, 3)
        if form == 0:
            high = "1" if unit == "t" else "20"
            line["carbon_content"] = self.quantity("tC/" + unit, "0", high, 6)
        elif form >= 2:
            line["ncv"] = self.quantity("GJ/" + unit, "0.1", "1000", 6)
            if form == 3:
                line["cc"] = self.quantity("tC/GJ", "0.005", "0.1", 8)
        if not known or self.chance(50):
            line["of"] = self.fraction()
        return line

    def gas_line(self, file, high=1000):
        line = {"gas": self.volume(high), "composition": self.composition("CH4", "C2H6", "C3H8", "CO")}
        if self.chance(50):
            line["of"] = self.fraction()
        return line

    def l_flare(self, file):
        return self.gas_line(file)

    def l_cmm_use(self, file):
        return self.gas_line(file)

    def l_ch4_ug(self, file):
        line = {}
        form = self.random.randrange(3)
        if form:
            line["ventilation"] = self.volume() if form == 1 else self.flows(file["period"], "ch4")
        if form == 0 or self.chance(60):
            line["drained"] = self.volume()
            drained = volume(line["drained"])
            if not file["paired"] and self.chance(50):
                # whole units, so that the sum of both cannot exceed what is drained
                part = int(drained) // 2
                line["flare_destroyed"] = {"value": str(self.random.randint(0, part)), "unit": "1e4Nm3"}
                line["utilised"] = {"value": self.decimal("0", str(part), 6), "unit": "1e4Nm3"}
        return line

    def l_co2_ug(self, file):
        if self.chance(30):
            return {"net": self.volume()}
        line = {"ventilation": self.volume() if self.chance(40) else self.flows(file["period"], "co2")}
        if self.chance(60):
            line["drained"] = self.quantity("1e4Nm3", "5000", "100000", 6)
            if self.chance(60):
                line["recovered"] = self.quantity("1e4Nm3", "0", "5000", 6)
        return line

    def l_ch4_post(self, file):
        line = {"coal": self.quantity("t", "0", self.pick("10000000", "1000000000"), 3)}
        grade = "OPEN_PIT" if file["kind"] == "OP" else self.pick("HIGH", "OUTBURST", "LOW")
        if self.chance(50):
            line["ef"] = self.quantity("kg/t", "0", self.pick("5", "100"), 6)
        if "ef" not in line or self.chance(30):
            line["gas_grade"] = grade
        return line

    def l_elec(self, file):
        if self.chance(15):  # exactly half a gram, of either sign
            return {"bought": {"value": self.pick("", "-") + str(self.random.randrange(10**6)) + ".5", "unit": "MWh"},
                    "ef": {"value": "0.00000" + self.pick("1", "3", "5", "7", "9"), "unit": "tCO2/MWh"}}
        line = {"bought": self.quantity("MWh", "-1000000000", "1000000000", 6) if self.chance(10)
                else self.quantity("MWh", "0", "1000000", 6)}
        if self.chance(60):
            line["sold"] = self.quantity("MWh", "0", "100000", 6)
        if self.chance(40):
            line["ef"] = self.quantity("tCO2/MWh", "0", "2", 6)
        elif self.chance(60):
            rows = SETS[file["parameter_set"]].document["grid_factors"]
            line["factor"] = self.pick(*[row["key"] for row in rows if row["kind"] in ("AVERAGE", "NAMED")])
        return line

    def l_heat(self, file):
        form = self.random.randrange(3)
        if form == 0:
            line = {"heat": self.quantity("GJ", "-1000000000", "1000000000", 6)}
        elif form == 1:
            line = {"steam": self.quantity("t", "0", "1000000", 6), "enthalpy": self.quantity("kJ/kg", "83.74", "4000", 2)}
        else:
            line = {"hot_water": self.quantity("t", "0", "1000000", 6), "temperature": self.quantity("C", "20", "200", 2)}
        if self.chance(30):
            line["sold"] = self.quantity("GJ", "0", "1000000", 6)
        if self.chance(40):
            line["ef"] = self.quantity("tCO2/GJ", "0", "1", 6)
        return line

    def thousand(self, high="100000"):
        out = self.quantity("1e3m3", "0", high, 6)
        if self.chance(60):
            out["state"] = self.pick("NORM_0C", "STD_15C", "STD_20C")
        return out

    def ru_fugitive(self, file):
        line = {"stream": self.pick("VENTILATION", "DRAINAGE"), "gas": self.thousand(self.pick("100000", "10000000"))}
        if line["stream"] == "VENTILATION" or self.chance(60):
            line["composition"] = self.composition("CH4", "CO2")
            line["composition"].setdefault("CH4", "0")
        return line

    def ru_flare(self, file):
        if self.chance(50):
            line = {"gas": self.quantity(self.pick("t", "1e3m3"), "0", "100000", 6)}
            if line["gas"]["unit"] == "1e3m3" and self.chance(30):
                line["gas"]["state"] = "STD_20C"
            return line
        line = {"gas": self.thousand(), "composition": self.composition("CH4", "C2H6", "C3H8", "CO", "CO2"),
                "cf": self.fraction(self.pick("0.05", "1"))}
        if all(F(share) == 0 for share in line["composition"].values()):
            line["composition"] = {"CH4": "0.000001"}
        return line

    def ru_fuel(self, file):
        fuel = self.pick(*SETS[file["parameter_set"]].fuel.values())
        unit = fuel["unit"]
        line = {"fuel": fuel["fuel"]}
        self.amounts(line, unit)
        form = self.random.randrange(3)
        if form == 0:
            line["ef"] = self.quantity("tCO2/" + unit, "0", "20", 6)
        elif form == 1:
            line["basis"] = "TCE"
            if self.chance(50):
                line["k"] = self.decimal("0", "2", 6)
            if self.chance(50):
                line["ef"] = self.quantity("tCO2/tce", "0", "10", 6)
        else:
            line["basis"] = "TJ"
            if self.chance(50):
                line["ncv"] = self.quantity("GJ/" + unit, "1", "60", 6)
            if self.chance(50):
                line["ef"] = self.quantity("tCO2/TJ", "0", "300", 6)
        if self.chance(50):
            line["of"] = self.fraction()
        return line

    def ru_transport(self, file):
        line = {"fuel": self.pick("diesel", "petrol")}
        if self.chance(50):
            self.amounts(line, "t")
        else:
            line["volume"] = self.quantity("l", "0", "1000000000", 6)
            if line["fuel"] == "diesel" and self.chance(50):
                line["season"] = self.pick("SUMMER", "WINTER", "ARCTIC")
            else:
                line["density"] = self.quantity("kg/l", "0.5", "1.2", 6)
        if self.chance(50):
            line["ef"] = self.quantity("tCO2/t", "0", "20", 6)
        return line

    def file(self, count):
        """A calculation file of count lines whose totals fit."""
        name = self.pick(*[name for name in SETS if any(code in CODES for code in SETS[name].document["codes"])])
        kind = self.pick("UG", "UG", "OP", "WP")
        year = self.random.randint(int(SETS[name].document["valid_from"][:4]), 2027)
        period = self.pick(f"{year}-{self.random.randint(1, 12):02d}", str(year))
        file = {"facility": "random", "kind": kind, "period": period, "parameter_set": name, "lines": []}
        if self.chance(70):
            file["gwp"] = self.pick(*[key[4:-4] for key in SETS[name].value if key.endswith(".CH4") and key.startswith("gwp.")])
        gwp = SETS[name].gwp(file)
        file["paired"] = self.chance(30)
        codes = [code for code in SETS[name].document["codes"] if code in KINDS and kind in KINDS[code]]
        if not file["paired"] and kind == "UG":
            codes = [code for code in codes if code not in ("L_FLARE", "L_CMM_USE")]
        elif kind == "UG":
            codes = [code for code in codes if code != "L_CH4_UG"]
        size = 0
        while len(file["lines"]) < count:
            code = self.pick(*codes)
            line = {"code": code, "source": "s-%d" % len(file["lines"])}
            if self.chance(1):
                line["not_occurring"] = "drawn so"
            else:
                line.update(getattr(self, code.lower())(file))
            if "not_occurring" not in line:
                about = Alone(SETS[name], file)
                co2, ch4 = CODES[code](line, about)
                more = grams(abs(co2) + abs(ch4 * gwp)) + 1
                if size + more > LARGEST - 10**13:
                    continue
                size += more
            file["lines"].append(line)
        if file["paired"] and kind == "UG" and "L_CH4_UG" in SETS[name].document["codes"]:
            self.pair(file)
        del file["paired"]
        return file

    def pair(self, file):
        """One underground line that deducts exactly what the others burn, where there is room."""
        need = sum(volume(line["gas"]) for line in file["lines"] if "gas" in line) + 1
        drained = {"value": str(int(need)), "unit": "1e4Nm3"}
        line = {"code": "L_CH4_UG", "source": "shaft", "ventilation": self.flows(file["period"], "ch4"),
                "drained": drained}
        if self.chance(50):
            line["sold_gas"] = {"value": "0.5", "unit": "1e4Nm3"}
        file["lines"][self.random.randrange(len(file["lines"]))] = line


class Alone:
    """What a line's function asks of its file, while the file is still being drawn."""

    def __init__(self, one, file):
        self.set = one
        self.file = file

    def deducted(self, line, side):
        return volume(line.get(side))


KINDS = {"L_FUEL": ("UG", "OP", "WP"), "L_CMM_USE": ("UG", "OP", "WP"), "L_FLARE": ("UG",),
         "L_CH4_UG": ("UG",), "L_CO2_UG": ("UG",), "L_CH4_POST": ("UG", "OP"), "L_ELEC": ("UG", "OP", "WP"),
         "L_HEAT": ("UG", "OP", "WP"), "RU_FUGITIVE": ("UG", "OP", "WP"), "RU_FLARE": ("UG", "OP", "WP"),
         "RU_FUEL": ("UG", "OP", "WP"), "RU_TRANSPORT": ("UG", "OP", "WP")}


def check_random(program, lines, seed, batch=1000, keep=None):
    """(lines compared, lines by code, differences)"""
    draw = Draw(seed)
    done, counts, found = 0, {}, []
    while done < lines:
        file = draw.file(min(draw.random.randint(1, batch), lines - done))
        wrong = check_file(file, program)
        found += [f"{file['parameter_set']} {file['kind']} {file['period']}: {text}" for text in wrong]
        if wrong and keep:
            with open(os.path.join(keep, f"file-{done}.json"), "w", encoding="utf-8") as out:
                json.dump(file, out, indent=1)
        for line in file["lines"]:
            counts[line["code"]] = counts.get(line["code"], 0) + 1
        done += len(file["lines"])
    return done, counts, found


def main():
    parser = argparse.ArgumentParser(description="second evaluation of calculation files")
    parser.add_argument("what", choices=("vectors", "random"))
    parser.add_argument("--program")
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    options = parser.parse_args()
    if options.what == "vectors":
        answers = check_vectors(options.program)
        for name, found in answers:
            for text in found:
                print(f"{name}: {text}")
        wrong = sum(1 for _, found in answers if found)
        print(f"{len(answers) - wrong} of {len(answers)} files agree")
    else:
        begin = time.monotonic()
        done, counts, found = check_random(options.program, options.lines, options.seed, keep=options.keep)
        for text in found[:50]:
            print(text)
        wrong = len(found)
        print(" ".join(f"{code} {count}" for code, count in sorted(counts.items())))
        print(f"{done} lines, seed {options.seed}: {wrong} differences, {time.monotonic() - begin:.0f} s")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
