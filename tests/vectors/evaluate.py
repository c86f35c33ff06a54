#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Second evaluation of calculation files, with exact fractions, from docs/formulas.md and the
parameter sets in genesis/sets alone. A test tool: no program of the house uses it.

    evaluate.py [PROGRAM]    tests/vectors/calc and genesis/samples, also against `seam calc`

draw.py gives it random files. Exit status 1: something differs.
"""
import glob
import json
import math
import os
import subprocess
import sys
import tempfile
from fractions import Fraction as F

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KELVIN = {"NORM_0C": F("273.15"), "STD_15C": F("288.15"), "STD_20C": F("293.15")}
LARGEST = 2**53 - 1
UNKNOWN = "not said here"  # default ranges are a document of their own


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


def largest_remainder(total, weights):
    """Whole grams: all floors, then one each to the largest fractions, the lower index first."""
    exact = [abs(total) * F(weight) / sum(weights) for weight in weights]
    parts = [int(share) for share in exact]
    for i in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))[:abs(total) - sum(parts)]:
        parts[i] += 1
    return [-part if total < 0 else part for part in parts]


def root_over(squares, divisor):
    """sqrt(squares) / divisor, half up [methodology 10.6]."""
    return (math.isqrt(4 * squares) // divisor + 1) // 2


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
            for row in self.document.get("default_gwp", []):
                if file["period"][:4] >= row.get("from_period", ""):
                    name = row["gwp"]
        return self.value[f"gwp.{name}.CH4"] if name else F(0)

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
    return amount * KELVIN["NORM_0C"] / KELVIN[quantity["state"]]


def volume_20c(quantity):
    """In m3 at 20 degrees C and 101.325 kPa, as the IPCC's densities want it."""
    if quantity is None:
        return F(0)
    amount = F(quantity["value"]) * {"m3": 1, "1e3m3": 1000}[quantity["unit"]]
    return amount * KELVIN["STD_20C"] / KELVIN[quantity.get("state", "STD_20C")]


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
    if "mine_class" in line:
        per_tonne = about.set.value["ch4_ug.fallback." + line["mine_class"]]
        return F(0), number(line["coal"]) * per_tonne * about.set.value["density.CH4.STD_20C"]
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


def l_ch4_op(line, about):
    ef = number(line["ef"]) if "ef" in line else about.set.value["ch4_op.ef"]
    return F(0), number(line["coal"]) * ef / 1000


def l_slowox(line, about):
    k = number(line["k"])
    left = {"IN_PLACE": lambda: 1 - k, "RESIDUAL": lambda: 1, "EXTRACTED": lambda: (1 - k) / k}[line["g_basis"]]()
    return number(line["g"]) * left * number(line["q"]) * number(line["c"]) * number(line["m"]) * F(44, 12), F(0)


def l_expl(line, about):
    mass = number(line["mass"])
    if "carbon_content" in line:
        return mass * number(line["carbon_content"]) * F(44, 12), F(0)
    return mass * (number(line["ef"]) if "ef" in line else about.set.value["explosive." + line["explosive"]]), F(0)


def l_spcomb(line, about):
    if "flux" in line:
        return number(line["flux"]) * number(line["area"]) * number(line["hours"]) / 1000, F(0)
    of = number(line["of"]) if "of" in line else about.set.value["spcomb.of"]
    return number(line["mass"]) * number(line["carbon_content"]) * of * F(44, 12), F(0)


def credited(change, line, about):
    """A change of stock in tC/ha over the years between two campaigns, for the months of the account."""
    own = {4: 12, 7: 3 if "Q" in about.file["period"] else 1}[len(about.file["period"])]
    months = number(line.get("months"), F(own))
    return change * number(line["area"]) * F(44, 12) * months / (12 * number(line["years"])), F(0)


def l_sink_soil(line, about):
    if "som_start" in line:
        percent = (number(line["som_end"]) - number(line["som_start"])) * about.set.value["soil.carbon"]
    else:
        percent = (number(line["soc_end"]) - number(line["soc_start"])) / 10
    fine = 1 - number(line["coarse_fraction"])
    return credited(percent * number(line["depth"]) * number(line["bulk_density"]) * fine, line, about)


def l_sink_veg(line, about):
    carbon = number(line["carbon_fraction"]) if "carbon_fraction" in line else about.set.value["veg.carbon_fraction"]
    grown = number(line["biomass_end"]) - number(line["biomass_start"])
    return credited(grown * (1 + number(line["root_shoot"])) * carbon, line, about)


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


def ipcc_ch4(family):
    def evaluate(line, about):
        value = about.set.value
        if line["tier"] == "3":
            released = volume_20c(line["ventilation"]) + volume_20c(line.get("drained"))
        elif line["tier"] == "1":
            rank = line.get("depth_class") or line.get("overburden_class") or "AVERAGE"
            per_tonne = value[f"ipcc.{family}.mining.{rank}"] + value[f"ipcc.{family}.post.{rank}"]
            released = number(line["coal"]) * per_tonne
        else:
            post = number(line.get("ef_post"), F(0))
            if "gas_content" in line:
                post = number(line["gas_content"]) * {"YES": F("0.10"), "NO": F("0.30")}[line["predrained"]]
            released = number(line["coal"]) * (number(line["ef_mining"]) + post)
        net = released - volume_20c(line.get("recovered"))
        assert net >= 0
        return F(0), net * F("0.00067")
    return evaluate


def ipcc_flare(line, about):
    share = number(line.get("efficiency"), F("0.98"))
    mass = volume_20c(line["gas"]) * F("0.00067")
    return mass * share * F(44, 16), mass * (1 - share)


def ipcc_abandoned(line, about):
    value, year = about.set.value, int(about.file["period"][:4])
    if line["tier"] == "1":
        released = sum(number(band["mines"]) * number(band["gassy"]) *
                       value[f"ipcc.abandoned.{min(year, 2016)}.{band['closed']}"] for band in line["bands"])
    elif line["tier"] == "2":
        age = min(year - int(line["closed_year"]), 100)
        left = {"DRY": F(1), "FLOODED": F(0), "PARTLY": number(line.get("emitting"), F(1))}[line["flooding"]]
        released = number(line["rate"]) * value[f"ipcc.decay.{line['rank']}.{age:03}"] / 10**12 * left
    else:
        released = volume_20c(line["measured"])
    net = released - volume_20c(line.get("recovered"))
    assert net >= 0
    return F(0), net * F("0.00067")


def ipcc_co2(line, about):
    gas = volume_20c(line["gas"]) if "gas" in line else number(line["coal"]) * number(line["ef"])
    return gas * F("0.00184"), F(0)


def ipcc_exploration(line, about):
    return F(0), volume_20c(line["gas"]) * F("0.00067")


def epa_ff1_vent(line, about):
    """(22b), t CH4 of a quarter."""
    flow = number(line["flow"])
    if line["flow"]["unit"] == "acfm":
        flow *= 520 / number(line["temperature"]) * number(line["pressure"])
    dry = 1 - number(line.get("water"), F(0))
    flow *= {"SAME": lambda: 1, "FLOW_WET": lambda: dry, "FLOW_DRY": lambda: 1 / dry}[line["moisture"]]()
    return F(0), number(line["days"]) * flow * number(line["ch4"]) * F("0.0423") * 1440 * F("0.454") / 1000


CODES = {"L_FUEL": l_fuel, "L_CMM_USE": burnt_gas("cmm.of"), "L_FLARE": burnt_gas("flare.of"),
         "L_CH4_UG": l_ch4_ug, "L_CO2_UG": l_co2_ug, "L_CH4_POST": l_ch4_post, "L_ELEC": l_elec,
         "L_HEAT": l_heat, "RU_FUGITIVE": ru_fugitive, "RU_FLARE": ru_flare, "RU_FUEL": ru_fuel,
         "RU_TRANSPORT": ru_transport, "L_CH4_OP": l_ch4_op, "L_SLOWOX": l_slowox, "L_EXPL": l_expl,
         "L_SPCOMB": l_spcomb, "L_SINK_SOIL": l_sink_soil, "L_SINK_VEG": l_sink_veg,
         "IPCC_CH4_UG": ipcc_ch4("ug"), "IPCC_CH4_OP": ipcc_ch4("op"), "IPCC_FLARE": ipcc_flare,
         "IPCC_ABANDONED": ipcc_abandoned, "IPCC_CO2_UG": ipcc_co2, "IPCC_CO2_OP": ipcc_co2,
         "IPCC_EXPLORATION": ipcc_exploration, "EPA_FF1_VENT": epa_ff1_vent}


def scope_of(code, kind):
    """Only an open pit subtracts sinks; explosives underground are for information [methodology 1.3]."""
    if code in ("L_SINK_SOIL", "L_SINK_VEG"):
        return "SINK" if kind == "OP" else "INFO"
    if code == "L_EXPL" and kind == "UG":
        return "INFO"
    return "2" if code in ("L_ELEC", "L_HEAT") else "1"


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
                               "scope": scope_of(line["code"], file["kind"])})
        scope = {name: sum(line["co2e_g"] for line in self.lines if line["scope"] == name)
                 for name in ("1", "2", "SINK", "INFO")}
        gross = scope["1"] + scope["2"]
        net = gross - scope["SINK"]
        cents = half_away(net, 10**4)
        self.total = {"gross_g": gross, "net_g": net, "scope1_g": scope["1"], "scope2_g": scope["2"],
                      "sinks_g": scope["SINK"], "information_g": scope["INFO"],
                      "report_t": "%s%d.%02d" % ("-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100),
                      "whole_t": half_away(net, 10**6)}
        self.total["allocation"] = self.allocate(gross)
        self.total["uncertainty_bp"] = self.uncertain()

    def allocate(self, gross):
        """Gross over the products of a washing plant, by energy [methodology 3.6 (21)]."""
        products = self.file.get("products", [])
        weights = [number(one["mass"]) * number(one.get("ncv"), F(1)) for one in products]
        parts = largest_remainder(gross, weights) if products else []
        return [{"product": one["product"], "allocated_g": part,
                 "factor_g_per_t": grams(part / number(one["mass"]) / 10**6)}
                for one, part in zip(products, parts)]

    def uncertain(self):
        """Approach 1 [methodology 4.4, 10.6] from what the lines state; None where they do not all."""
        squares = total = 0
        for line, result in zip(self.file["lines"], self.lines):
            stated = [int(one["bp"]) for one in line.get("uncertainty", []) if result["co2e_g"]]
            if result["co2e_g"] and (not stated or not any(one["input"] == "line" for one in line["uncertainty"])):
                return UNKNOWN
            own = sum(bp * bp for bp in stated)
            if result["co2e_g"]:
                result["uncertainty_bp"] = root_over(own, 1)
            sign = {"SINK": -1, "INFO": 0}.get(result["scope"], 1)
            tonnes = sign * half_away(result["co2e_g"], 10**6)
            squares += tonnes * tonnes * own
            total += tonnes
        return root_over(squares, abs(total)) if total else None

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
                    for key, value in mine.total.items() if value != UNKNOWN and result.get(key) != value]


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


def main():
    answers = check_vectors(*sys.argv[1:2])
    for name, found in answers:
        for text in found:
            print(f"{name}: {text}")
    wrong = sum(1 for _, found in answers if found)
    print(f"{len(answers) - wrong} of {len(answers)} files agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
