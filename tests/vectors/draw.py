#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random calculation files of every form, for `seam calc FILE --json` and evaluate.py: each line and
each total is compared to the gram.

    draw.py PROGRAM [--lines N] [--seed S] [--batch LINES OF A FILE] [--keep DIR]

Exit status 1: something differs; --keep saves the files that do.
"""
import argparse
import calendar
import json
import os
import random
import sys
import time
from fractions import Fraction as F

from evaluate import CODES, LARGEST, SETS, check_file, grams, volume


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
        value = SETS[file["parameter_set"]].value
        known = {what for what in ("ncv", "cc", "of") if f"fuel.{fuel['fuel']}.{what}" in value}
        self.amounts(line, unit, self.pick("1000000", "1000000", "100000000"))
        forms = ["carbon", "both"]
        forms += ["heat"] if "cc" in known else []
        forms += ["none"] * 2 if {"ncv", "cc"} <= known else []
        form = self.pick(*forms)
        if form == "carbon":
            high = "1" if unit == "t" else "20"
            line["carbon_content"] = self.quantity("tC/" + unit, "0", high, 6)
        if form in ("heat", "both"):
            line["ncv"] = self.quantity("GJ/" + unit, "0.1", "1000", 6)
        if form == "both":
            line["cc"] = self.quantity("tC/GJ", "0.005", "0.1", 8)
        if "of" not in known or self.chance(50):
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
        value = SETS[file["parameter_set"]].value
        if "density.CH4" not in value or ("ch4_ug.fallback.TOWNSHIP" in value and self.chance(20)):
            return {"coal": self.quantity("t", "0", "10000000", 3),
                    "mine_class": self.pick("STATE_KEY", "STATE_LOCAL", "TOWNSHIP")}
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
        if "ch4_post." + grade not in SETS[file["parameter_set"]].value or self.chance(50):
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
            line = {"steam": self.quantity("t", "0", "1000000", 6),
                    "enthalpy": self.quantity("kJ/kg", "83.74", "4000", 2)}
        else:
            line = {"hot_water": self.quantity("t", "0", "1000000", 6),
                    "temperature": self.quantity("C", "20", "200", 2)}
        if self.chance(30):
            line["sold"] = self.quantity("GJ", "0", "1000000", 6)
        if self.chance(40):
            line["ef"] = self.quantity("tCO2/GJ", "0", "1", 6)
        return line

    def l_ch4_op(self, file):
        line = {"coal": self.quantity("t", "0", self.pick("10000000", "1000000000"), 3)}
        if "ch4_op.ef" not in SETS[file["parameter_set"]].value or self.chance(50):
            line["ef"] = self.quantity("kg/t", "0", self.pick("5", "100"), 6)
        return line

    def l_slowox(self, file):
        basis = self.pick("IN_PLACE", "RESIDUAL", "EXTRACTED")
        return {"face": f"face-{len(file['lines'])}", "g": self.quantity("t", "0", "100000000", 3), "g_basis": basis,
                "k": self.decimal("0.000001" if basis == "EXTRACTED" else "0", "1", 6),
                "q": self.quantity("MJ/kg", "0", "40", 6), "c": self.quantity("kg/MJ", "0.005", "0.1", 8),
                "m": self.fraction(self.pick("0.1", "1"))}

    def l_expl(self, file):
        line = {"mass": self.quantity("t", "0", "1000000", 6)}
        form = self.random.randrange(3)
        if form == 0:
            line["explosive"] = self.pick("ANFO", "HEAVY_ANFO", "EMULSION")
        elif form == 1:
            line["ef"] = self.quantity("tCO2/t", "0", "1", 6)
        else:
            line["carbon_content"] = self.quantity("tC/t", "0", "1", 6)
        return line

    def l_spcomb(self, file):
        if self.chance(40):
            return {"flux": self.quantity("kg/(m2.h)", "0", "100", 6), "area": self.quantity("m2", "0", "1000000", 4),
                    "hours": self.decimal("0", "672" if len(file["period"]) == 7 else "8760", 2)}
        line = {"mass": self.quantity("t", "0", "1000000", 6), "carbon_content": self.quantity("tC/t", "0", "1", 6)}
        if self.chance(50):
            line["of"] = self.fraction()
        return line

    def campaign(self, line):
        line["area"] = self.quantity("ha", "0", self.pick("1000", "1000000"), 4)
        line["years"] = self.decimal("1", "100", 4)
        if self.chance(40):
            line["months"] = str(self.random.randint(0, 12))
        return line

    def l_sink_soil(self, file):
        line = {"depth": self.quantity("cm", "1", "300", 1), "bulk_density": self.quantity("g/cm3", "0.1", "2.65", 4),
                "coarse_fraction": self.fraction()}
        if self.chance(50):
            line.update(som_start=self.quantity("%", "0", "50", 4), som_end=self.quantity("%", "0", "50", 4))
        else:
            line.update(soc_start=self.quantity("g/kg", "0", "580", 4), soc_end=self.quantity("g/kg", "0", "580", 4))
        return self.campaign(line)

    def l_sink_veg(self, file):
        line = {"biomass_start": self.quantity("t/ha", "0", "2000", 4), "root_shoot": self.decimal("0", "10", 4),
                "biomass_end": self.quantity("t/ha", "0", "2000", 4)}
        if self.chance(50):
            line["carbon_fraction"] = self.fraction()
        return self.campaign(line)

    def cubic(self, high=10**9):
        unit = self.pick("m3", "m3", "1e3m3")
        out = self.quantity(unit, "0", str(high // (1000 if unit == "1e3m3" else 1)), 6)
        if self.chance(50):
            out["state"] = self.pick("NORM_0C", "STD_15C", "STD_20C")
        return out

    def ipcc_coal(self, rank):
        line = {"tier": self.pick("1", "2"), "coal": self.quantity("t", "0", "100000000", 3)}
        if line["tier"] == "1":
            line[rank] = self.pick("LOW", "AVERAGE", "HIGH")
        else:
            line["ef_mining"] = self.quantity("m3/t", "0", "150", 6)
            if self.chance(50):
                line["ef_post"] = self.quantity("m3/t", "0", "150", 6)
            else:
                line.update(gas_content=self.quantity("m3/t", "0", "150", 6), predrained=self.pick("YES", "NO"))
        if self.chance(30):
            line["recovered"] = self.cubic(10**6)
        return line

    def ipcc_ch4_ug(self, file):
        if self.chance(30):
            line = {"tier": "3", "ventilation": self.cubic()}
            for name, high in (("drained", 10**8), ("recovered", 10**5)):
                if self.chance(50):
                    line[name] = self.cubic(high)
            return line
        return self.ipcc_coal("depth_class")

    def ipcc_ch4_op(self, file):
        line = self.ipcc_coal("overburden_class")
        if line["tier"] == "1" and self.chance(30):
            del line["overburden_class"]
        return line

    def ipcc_flare(self, file):
        line = {"gas": self.cubic()}
        if self.chance(50):
            line["efficiency"] = self.fraction()
        return line

    def ipcc_co2_ug(self, file):
        if self.chance(50):
            return {"gas": self.cubic()}
        return {"coal": self.quantity("t", "0", "100000000", 3), "ef": self.quantity("m3/t", "0", "150", 6)}

    ipcc_co2_op = ipcc_co2_ug

    def ipcc_exploration(self, file):
        return {"gas": self.cubic()}

    def ipcc_abandoned(self, file):
        year = int(file["period"])
        form = self.random.randrange(3)
        if form == 0:
            bands = ["1901-1925", "1926-1950", "1951-1975", "1976-2000"] + (["2001-"] if year > 2000 else [])
            chosen = self.random.sample(bands, self.random.randint(1, len(bands)))
            line = {"tier": "1", "bands": [{"closed": one, "mines": str(self.random.randrange(500)),
                                            "gassy": self.fraction()} for one in chosen]}
        elif form == 1:
            line = {"tier": "2", "rank": self.pick("ANTHRACITE", "BITUMINOUS", "SUB_BITUMINOUS"),
                    "rate": self.quantity("m3/a", "0", "1000000000", 6),
                    "closed_year": str(year - self.random.randrange(130)),
                    "flooding": self.pick("DRY", "PARTLY", "FLOODED")}
            if line["flooding"] == "PARTLY" and self.chance(60):
                line["emitting"] = self.fraction()
        else:
            line = {"tier": "3", "measured": self.cubic()}
        if self.chance(20):
            line["recovered"] = self.cubic(10**5)
        return line

    def epa_ff1_vent(self, file):
        line = {"days": str(self.random.randint(0, 90)), "ch4": self.fraction(self.pick("0.02", "1")),
                "moisture": self.pick("SAME", "FLOW_WET", "FLOW_DRY")}
        if self.chance(60):
            line.update(flow=self.quantity("acfm", "0", "1000000", 4), temperature=self.quantity("R", "400", "700", 2),
                        pressure=self.quantity("atm", "0.5", "1.2", 4))
        else:
            line["flow"] = self.quantity("scfm", "0", "1000000", 4)
        if line["moisture"] != "SAME":
            line["water"] = self.fraction("0.999999")
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
        admitted = [code for code in SETS[name].document["codes"] if code in KINDS]
        kind = self.pick(*sorted({kind for code in admitted for kind in KINDS[code]}))
        year = self.random.randint(int(SETS[name].document["valid_from"][:4]), 2027)
        period = self.pick(f"{year}-{self.random.randint(1, 12):02d}", str(year))
        if kind == "AM":
            period = str(year)
        elif admitted == ["EPA_FF1_VENT"]:
            period = f"{year}-Q{self.random.randint(1, 4)}"
        file = {"facility": "random", "kind": kind, "period": period, "parameter_set": name, "lines": []}
        if self.chance(70):
            known = [key for key in SETS[name].value if key.startswith("gwp.") and key.endswith(".CH4")]
            file["gwp"] = self.pick(*known)[4:-4]
        gwp = SETS[name].gwp(file)
        file["paired"] = self.chance(30)
        file["ranges"] = self.chance(30)
        if kind == "WP" and self.chance(70):
            file["products"] = [{"product": f"p-{i}", "mass": self.quantity("t", "1", "10000000", 3),
                                 "ncv": self.quantity("GJ/t", "0.1", "1000", 6)}
                                for i in range(self.random.randint(1, 10))]
        codes = [code for code in admitted if kind in KINDS[code]]
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
                try:
                    co2, ch4 = CODES[code](line, about)
                except AssertionError:  # more is deducted than there is
                    continue
                more = grams(abs(co2) + abs(ch4 * max(gwp, 1))) + 1
                if size + more > LARGEST - 10**13:
                    continue
                size += more
            if file["ranges"]:
                wide = 10**self.random.randint(1, 6)
                line["uncertainty"] = [{"input": "line", "bp": str(self.random.randint(0, wide))}]
                typed = [key for key, value in line.items() if isinstance(value, dict) and "unit" in value]
                if typed and self.chance(30):
                    line["uncertainty"].append({"input": self.pick(*typed), "bp": self.decimal("0", "1000000", 0)})
            file["lines"].append(line)
        if file["paired"] and kind == "UG" and "density.CH4" in SETS[name].value and "L_CH4_UG" in admitted:
            self.pair(file)
        del file["paired"], file["ranges"]
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
         "RU_FUEL": ("UG", "OP", "WP"), "RU_TRANSPORT": ("UG", "OP", "WP"), "L_CH4_OP": ("OP",), "L_SLOWOX": ("OP",),
         "L_EXPL": ("UG", "OP"), "L_SPCOMB": ("UG", "OP", "WP"), "L_SINK_SOIL": ("UG", "OP", "WP"),
         "L_SINK_VEG": ("UG", "OP", "WP"), "IPCC_CH4_UG": ("UG",), "IPCC_CH4_OP": ("OP",), "IPCC_FLARE": ("UG",),
         "IPCC_ABANDONED": ("AM",), "IPCC_CO2_UG": ("UG",), "IPCC_CO2_OP": ("OP",),
         "IPCC_EXPLORATION": ("UG", "OP"), "EPA_FF1_VENT": ("UG",)}


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
    parser = argparse.ArgumentParser(description="random calculation files against a second evaluation")
    parser.add_argument("program")
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--keep")
    options = parser.parse_args()
    begin = time.monotonic()
    done, counts, found = check_random(options.program, options.lines, options.seed, options.batch, options.keep)
    print("\n".join(found[:50] + [" ".join(f"{code} {count}" for code, count in sorted(counts.items()))]))
    print(f"{done} lines, seed {options.seed}: {len(found)} differences, {time.monotonic() - begin:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
