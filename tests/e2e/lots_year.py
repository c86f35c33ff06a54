# SPDX-License-Identifier: Apache-2.0
"""A year of coal, 2025: mines mine-b and mine-c, the washing plant wp-1, blends, two trains a month, a
power station, a coking plant. First what happens (accounts, events), the same each time; then a
calculation of its own of every kilogram and gram, in integers and fractions, from the rules in
docs/lots.md: nothing here asks the node or the C code, except `seam calc` for the totals of accounts."""
import hashlib
import json
import os
from fractions import Fraction

from harness import SAMPLES, seam

MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]
NIL = "2025-07"  # mine-b stands still


def check_digit(digits):
    """GS1: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def gtin(item):
    return "0" + check_digit(f"69012345{item:04d}")


def gln(number):
    return check_digit(f"69012345{number:04d}")


def sscc(number):
    return check_digit(f"069012345{number:08d}")


GTINS = {("mine", "raw"): gtin(6789), ("mine-2", "raw"): gtin(1001), ("washery", "clean"): gtin(2001),
         ("washery", "middlings"): gtin(2002), ("washery", "blend"): gtin(2003),
         ("washery", "raw-blend"): gtin(2004)}
RAW_B, RAW_C = GTINS["mine", "raw"], GTINS["mine-2", "raw"]
CLEAN, MIDDLINGS = GTINS["washery", "clean"], GTINS["washery", "middlings"]
POWER_BLEND, RAW_BLEND = GTINS["washery", "blend"], GTINS["washery", "raw-blend"]
POWER, COKING = gln(7001), gln(7002)
QUALITY_B = {"moisture": "0.0800", "ash": "0.2800", "ncv": "22.350", "carbon": "0.6120"}
QUALITY_C = {"moisture": "0.0600", "ash": "0.2400", "ncv": "24.100", "carbon": "0.6460"}


def tonnes(kilograms):
    return f"{kilograms // 1000}.{kilograms % 1000:03d}"


def kilograms(text):
    value = Fraction(text) * 1000
    assert value.denominator == 1
    return int(value)


def largest_remainder(total, weights):
    """[methodology 3.6] floors, then one gram each to the largest fractions, lower index first."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in order[:total - sum(shares)]:
        shares[at] += 1
    return shares


# --- accounts ------------------------------------------------------------------------------------

def quantity(value, unit):
    return {"value": str(value), "unit": unit}


def mine_b(at):
    """The sample of the month, with its product."""
    name = next(name for name in sorted(os.listdir(SAMPLES))
                if f"mine-b-{MONTHS[at]}" in name and "-v2" not in name)
    with open(os.path.join(SAMPLES, name), encoding="utf-8") as handle:
        file = json.load(handle)
    if MONTHS[at] != NIL:
        coal = next(line["coal"]["value"] for line in file["lines"] if line["code"] == "L_CH4_POST")
        file["products"] = [{"product": "raw", "mass": quantity(coal, "t"),
                             "ncv": quantity(QUALITY_B["ncv"], "GJ/t")}]
    return file


def mine_c(at, correction=0):
    """The second mine; electricity may be corrected. Its accounts name no products."""
    coal = 30000 + 500 * at
    return {"facility": "mine-c", "kind": "UG", "period": MONTHS[at],
            "parameter_set": "CN-NDRC-COAL-2014", "gwp": "IPCC-SAR-100", "boundary": "1", "lines": [
                {"code": "L_FUEL", "source": "truck-pool", "fuel": "diesel",
                 "ad": quantity(f"{12 + at}.4", "t"), "origin": "INVOICED"},
                {"code": "L_CH4_UG", "source": "shaft-1",
                 "ventilation": quantity(f"{20 + at}.{at}5", "1e4Nm3"),
                 "drained": quantity("0", "1e4Nm3"), "origin": "MEASURED"},
                {"code": "L_CO2_UG", "source": "shaft-1", "net": quantity(f"{7 + at}.1", "1e4Nm3"),
                 "origin": "MEASURED"},
                {"code": "L_CH4_POST", "source": "surface", "coal": quantity(coal, "t"),
                 "gas_grade": "LOW", "origin": "MEASURED"},
                {"code": "L_ELEC", "source": "grid", "bought": quantity(1500 + 31 * at + correction, "MWh"),
                 "sold": quantity(0, "MWh"), "factor": "EF.EL.CN.NAT.2023", "origin": "INVOICED"},
                {"code": "L_HEAT", "source": "district", "not_occurring": "no heat is bought"}]}


def washery(at, raw_kg, products):
    """The washing plant; products: (name, kg, quality)."""
    return {"facility": "wp-1", "kind": "WP", "period": MONTHS[at],
            "parameter_set": "CN-NDRC-COAL-2014", "gwp": "IPCC-SAR-100", "boundary": "1",
            "raw_input": {"mass": quantity(tonnes(raw_kg), "t")},
            "products": [{"product": name, "mass": quantity(tonnes(mass), "t"),
                          "ncv": quantity(quality["ncv"], "GJ/t")} for name, mass, quality in products],
            "lines": [
                {"code": "L_FUEL", "source": "loader", "fuel": "diesel", "ad": quantity(f"{5 + at}.2", "t"),
                 "origin": "INVOICED"},
                {"code": "L_ELEC", "source": "grid", "bought": quantity(210 + 7 * at, "MWh"),
                 "sold": quantity(0, "MWh"), "factor": "EF.EL.CN.NAT.2023", "origin": "INVOICED"},
                {"code": "L_HEAT", "source": "district", "heat": quantity(830 - 40 * at, "GJ"),
                 "origin": "INVOICED"}]}


def gross(file, folder):
    """The total of a calculation file in grams, by `seam calc`."""
    if "lines" not in file:
        return 0
    path = os.path.join(folder, f"{file['facility']}-{file['period']}.json")
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(file, handle)
    status, out, err = seam("calc", path, "--json")
    if status != 0:
        raise RuntimeError(out + err)
    return json.loads(out)["gross_g"]


# --- events --------------------------------------------------------------------------------------

class Step:
    """One event: which operation, by which member, with which body. After: the steps that touched the
    same lot, load or offer before; steps that share nothing may be sent at the same time."""

    def __init__(self, name, operation, member, body, after):
        self.name, self.operation, self.member, self.body = name, operation, member, body
        self.after = after


def washed(raw_kg, quality):
    """What washing gives, in whole kilograms: clean coal and middlings of fixed quality, and the refuse
    that has the rest of dry mass and ash."""
    dry = raw_kg * (1 - Fraction(quality["moisture"]))
    ash = Fraction(quality["ash"])
    clean = {"moisture": "0.1000", "ash": "0.1000", "ncv": "27.400", "carbon": "0.7650"}
    middlings = {"moisture": "0.0900", "ash": "0.3600", "ncv": "19.800", "carbon": "0.5440"}
    refuse = {"moisture": "0.1200", "ash": "0.7200", "carbon": "0.2380"}
    clean_dry = dry * Fraction(58, 100)
    rest = dry - clean_dry
    middlings_dry = ((rest * Fraction(refuse["ash"]) - (dry * ash - clean_dry * Fraction(clean["ash"]))) /
                     (Fraction(refuse["ash"]) - Fraction(middlings["ash"])))
    parts = ((clean_dry, clean), (middlings_dry, middlings), (rest - middlings_dry, refuse))
    return [(int(dry_kg / (1 - Fraction(part["moisture"]))), part) for dry_kg, part in parts]


def rounded(value, places=4):
    """Half up, as everywhere (methodology 10)."""
    scale = 10 ** places
    number = (value * scale * 2 + 1) // 2
    return f"{number // scale}.{number % scale:0{places}d}"


def cut(value, places=4):
    """Down to so many places."""
    scale = 10 ** places
    number = value * scale // 1
    return f"{number // scale}.{number % scale:0{places}d}"


def raised(value, places=4):
    """Up to so many places."""
    scale = 10 ** places
    number = -(-value * scale // 1)
    return f"{number // scale}.{number % scale:0{places}d}"


def mean_quality(parts):
    """Of a blend: moisture and calorific value by mass, ash and carbon by dry mass; moisture is rounded, the
    others so that no coal gets better, and water that rounding adds takes 2.443 GJ/t."""
    def mean(weighed, member):
        return sum(kg * Fraction(part[member]) for kg, part in weighed) / sum(kg for kg, _ in weighed)
    dry = [(kg * (1 - Fraction(part["moisture"])), part) for kg, part in parts]
    moisture = rounded(mean(parts, "moisture"))
    added = max(Fraction(moisture) - mean(parts, "moisture"), 0)
    return {"moisture": moisture, "ash": raised(mean(dry, "ash")),
            "ncv": cut(mean(parts, "ncv") - added * Fraction("2.443"), 3), "carbon": cut(mean(dry, "carbon"))}


class Year:
    """The steps of the year in order. An offer is named by its step, since its id is the id of its
    transaction: {"offer": "@name"}."""

    def __init__(self):
        self.steps = []
        self.last = {}
        self.plant = []  # per month: raw kg, [(product, kg, quality)]
        for at in range(12):
            self.month(at)
        self.year_end()

    def add(self, name, operation, member, place, time, touches, **body):
        body = {"event": {"event_time_ms": time, "place": place}, **body}
        after = {self.last[thing] for thing in touches if thing in self.last}
        self.steps.append(Step(name, operation, member, body, after))
        for thing in touches:
            self.last[thing] = name

    def hand_over(self, name, seller, buyer, what, place, days, key, thing, **more):
        """An offer and its acceptance."""
        self.add(f"{name}-offer", "OfferLot", seller, place[0], days[0], [thing], what=what, to=buyer,
                 **{key: thing}, **more)
        self.add(f"{name}-answer", "AnswerLot", buyer, place[1], days[1], [thing],
                 offer=f"@{name}-offer", answer="ACCEPT")

    def mine(self, at, month, day):
        lots = {}
        if month != NIL:
            coal = next(line["coal"]["value"] for line in mine_b(at)["lines"]
                        if line["code"] == "L_CH4_POST")
            first = 20_000_000 + 137_325 * at
            rest = kilograms(coal) - first - (1_250_000 if at < 11 else 0)
            lots[f"{RAW_B}.RB-{month}-A"] = ("mine", "mine-b", first, QUALITY_B)
            lots[f"{RAW_B}.RB-{month}-B"] = ("mine", "mine-b", rest, QUALITY_B)
        lots[f"{RAW_C}.RC-{month}"] = ("mine-2", "mine-c", 30_000_000 + 500_000 * at - 100_000 * (at % 2),
                                       QUALITY_C)
        for lot, (member, facility, mass, quality) in lots.items():
            self.add(f"mine-{lot}", "MineLot", member, facility, day(5), [lot], lot=lot, qty=tonnes(mass),
                     quality=quality, facility=facility, month=month)
            self.steps[-1].body["event"]["devices"] = [f"{facility}.belt-scale"]
            self.steps[-1].body["event"]["documents"] = [hashlib.sha256(lot.encode()).hexdigest()]

    def month(self, at):
        month = MONTHS[at]

        def day(number, hour=8):
            return f"{month}-{number:02d}T{hour:02d}:00:00Z"

        self.mine(at, month, day)
        raw_b, raw_c = f"{RAW_B}.RB-{month}-A", f"{RAW_C}.RC-{month}"
        to_wash, to_power = raw_c + "-W", raw_c + "-P"
        parts = [{"lot": to_wash, "qty": tonnes(12_000_000 - 1_111 * at)}]
        if at % 3 == 2:
            parts.append({"lot": to_power, "qty": tonnes(6_000_000 + 333 * at)})
        self.add(f"split-{month}", "SplitLot", "mine-2", "mine-c", day(6),
                 [raw_c, to_wash, to_power], lot=raw_c, outputs=parts)
        if month != NIL:
            self.hand_over(f"b-{month}", "mine", "washery", "BOTH", ("mine-b", "wp-1"),
                           (day(7), day(8)), "lot", raw_b)
        self.hand_over(f"c-{month}", "mine-2", "washery", "BOTH", ("mine-c", "wp-1"),
                       (day(7), day(8)), "lot", to_wash)
        clean, *power = self.wash(at, month, day, raw_b, to_wash)
        self.haul(f"t1-{month}", sscc(1000 + at), [clean], ("washery", "wp-1"), ("coking", COKING),
                  ("RAIL", "412.5", "train 1"), day, "COKE")
        self.haul(f"t2-{month}", sscc(2000 + at), power, ("washery", "wp-1"), ("power", POWER),
                  ("RAIL", "188", "train 2"), day, "POWER")
        if at % 3 == 2:
            self.haul(f"r-{month}", sscc(3000 + at), [(to_power, 6_000_000 + 333 * at)],
                      ("mine-2", "mine-c"), ("power", POWER), ("ROAD", "96.4", "lorries"), day, "POWER")

    def wash(self, at, month, day, raw_b, raw_c):
        """Odd months wash the coal of mine-b alone, and blend the middlings with raw coal of mine-c; even
        months blend first; in the month without mine-b only mine-c's is washed. The clean coal for coking,
        then the coal for the power station: (lot, kg)."""
        b_kg, c_kg = 20_000_000 + 137_325 * at, 12_000_000 - 1_111 * at
        raw, raw_kg, quality, model = raw_b, b_kg, QUALITY_B, "IDENTITY_PRESERVED"
        if month == NIL:
            raw, raw_kg, quality = raw_c, c_kg, QUALITY_C
        elif at % 2 == 1:
            raw, raw_kg, model = f"{RAW_BLEND}.RAW-{month}", b_kg + c_kg, "CONTROLLED_BLENDING"
            quality = mean_quality([(b_kg, QUALITY_B), (c_kg, QUALITY_C)])
            self.add(f"blend-{month}", "BlendLot", "washery", "wp-1", day(10), [raw_b, raw_c, raw],
                     inputs=[{"lot": raw_b, "qty": tonnes(b_kg)}, {"lot": raw_c, "qty": tonnes(c_kg)}],
                     lot=raw, model=model)
        (clean_kg, clean), (middlings_kg, middlings), (refuse_kg, refuse) = washed(raw_kg, quality)
        clean_lot, middlings_lot = f"{CLEAN}.CL-{month}", f"{MIDDLINGS}.MD-{month}"
        self.plant.append((raw_kg, [("clean", clean_kg, clean), ("middlings", middlings_kg, middlings)]))
        self.add(f"wash-{month}", "WashLot", "washery", "wp-1", day(12), [raw, clean_lot, middlings_lot],
                 facility="wp-1", month=month, inputs=[{"lot": raw, "qty": tonnes(raw_kg)}],
                 outputs=[{"lot": clean_lot, "qty": tonnes(clean_kg), "quality": clean},
                          {"lot": middlings_lot, "qty": tonnes(middlings_kg), "quality": middlings}],
                 losses=[{"kind": "OTHER", "qty": tonnes(refuse_kg), **refuse}])
        if raw != raw_b or month == NIL:
            return (clean_lot, clean_kg), (middlings_lot, middlings_kg)
        power = f"{POWER_BLEND}.PB-{month}"
        self.add(f"blend-{month}", "BlendLot", "washery", "wp-1", day(13), [middlings_lot, raw_c, power],
                 inputs=[{"lot": middlings_lot, "qty": tonnes(middlings_kg)},
                         {"lot": raw_c, "qty": tonnes(c_kg)}], lot=power, model="CONTROLLED_BLENDING")
        if at != 4:
            return (clean_lot, clean_kg), (power, middlings_kg + c_kg)
        part = clean_lot + "-P"  # in May the second train carries clean coal, too
        self.add(f"split-clean-{month}", "SplitLot", "washery", "wp-1", day(13), [clean_lot, part],
                 lot=clean_lot, outputs=[{"lot": part, "qty": "1500.000"}])
        return (clean_lot, clean_kg - 1_500_000), (power, middlings_kg + c_kg), (part, 1_500_000)

    def haul(self, name, number, lots, source, target, leg, day, use):
        """Lots change owner, are loaded, carried and taken over with what is left of them, and used but
        for a rest. leg: mode and km; lots: (lot, kg)."""
        (seller, start), (buyer, end) = source, target
        names = [lot for lot, _ in lots]
        for lot in names:
            self.hand_over(f"{name}-{lot}", seller, buyer, "OWNERSHIP", (start, start),
                           (day(14), day(15)), "lot", lot)
        self.add(f"{name}-load", "LoadLot", seller, start, day(16), [*names, number], sscc=number,
                 parts=[{"lot": lot} for lot in names])
        self.hand_over(f"{name}-carrier", seller, "carrier", "CUSTODY", (start, start),
                       (day(16, 9), day(16, 10)), "sscc", number)
        self.add(f"{name}-depart", "DepartLot", "carrier", start, day(16, 12), [number], sscc=number,
                 to=end, mode=leg[0], distance_km=leg[1], vehicle=leg[2])
        total = sum(mass for _, mass in lots)
        self.add(f"{name}-arrive", "ArriveLot", "carrier", end, day(18), [number], sscc=number,
                 qty_unload=tonnes(total - total // 900))
        self.hand_over(f"{name}-buyer", "carrier", buyer, "CUSTODY", (end, end),
                       (day(18, 9), day(18, 10)), "sscc", number)
        self.add(f"{name}-unload", "UnloadLot", buyer, end, day(19), [number, *names], sscc=number)
        lost = largest_remainder(total // 900, [mass for _, mass in lots])
        for (lot, mass), gone in zip(lots, lost):
            self.add(f"{name}-use-{lot}", "UseLot", buyer, end, day(25), [lot], lot=lot,
                     qty=tonnes((mass - gone) * 9 // 10), use=use)

    def year_end(self):
        """Losses at the mines, and stock counted: less than the books at the power station, more at the
        coking plant, once so much less that a second person signs."""
        time = "2025-12-30T08:00:00Z"
        lost = f"{RAW_B}.RB-2025-05-B"
        self.add("fire", "LoseLot", "mine", "mine-b", time, [lost], lot=lost, qty="12.345", cause="FIRE",
                 reason="self-heating of the heap")
        gone = f"{RAW_C}.RC-2025-02"
        left = 30_500_000 - 100_000 - (12_000_000 - 1_111)
        self.add("spill", "LoseLot", "mine-2", "mine-c", time, [gone], lot=gone, qty=tonnes(left),
                 cause="THEFT", reason="all of it")
        self.stock("power", POWER, [f"{MIDDLINGS}.MD-2025-02", f"{MIDDLINGS}.MD-2025-04"], time, -3)
        self.stock("coking", COKING, [f"{CLEAN}.CL-2025-01", f"{CLEAN}.CL-2025-03"], time, 2)
        self.stock("power", POWER, [f"{POWER_BLEND}.PB-2025-01"], time, -40)

    def stock(self, member, place, lots, time, permille):
        """What is measured differs from the books by so much."""
        books = self.books()
        product = {MIDDLINGS: "middlings", CLEAN: "clean", POWER_BLEND: "blend"}[lots[0].split(".")[0]]
        measured = [{"lot": lot, "qty": tonnes(books[lot] + books[lot] * permille // 1000)} for lot in lots]
        operation = "ConfirmStock" if abs(permille) > 20 else "TakeStock"
        self.add(f"stock-{lots[0]}", operation, member, place, time, lots, product=product, lots=measured)

    def books(self):
        """Kilograms of each lot after the steps so far."""
        world = World(None)
        for step in self.steps:
            world.apply(step)
        return {name: lot.kg for name, lot in world.lots.items()}


# --- the calculation of its own --------------------------------------------------------------------

STAGES = ("MI", "WA", "TR")


class Lot:
    def __init__(self, kg, quality, owner, place, grams=None):
        self.kg = self.created = kg
        self.consumed = self.used = self.lost = self.gained = 0
        self.quality, self.owner, self.custodian, self.place = quality, owner, owner, place
        self.grams = dict.fromkeys(STAGES, 0) if grams is None else grams
        self.made = dict(self.grams)
        self.parents = {}  # lot -> kg

    def take(self, kg):
        """Grams of so much of it, which leave with it; what stays keeps the rest."""
        gone = {stage: largest_remainder(grams, [kg, self.kg - kg])[0]
                for stage, grams in self.grams.items()}
        for stage in STAGES:
            self.grams[stage] -= gone[stage]
        self.kg -= kg
        return gone


def total(grams):
    return sum(grams.values())


class World:
    """All lots after some steps. pools: (facility, product, month) -> grams of lots made there, in the
    order in which they are made; None: only kilograms are wanted."""

    def __init__(self, pools):
        self.pools = pools
        self.lots, self.loads, self.offers, self.made = {}, {}, {}, {}
        self.used_g = self.lost_g = self.transport_g = 0
        self.used_kg = self.lost_kg = self.gained_kg = self.mined_kg = 0

    def pool(self, facility, product, month, stage):
        place = (facility, product, month)
        at = self.made[place] = self.made.get(place, -1) + 1
        grams = dict.fromkeys(STAGES, 0)
        if self.pools is not None:
            grams[stage] = self.pools[place][at]
        return grams

    def apply(self, step):
        getattr(self, step.operation)(step, step.body)

    def MineLot(self, step, body):
        kg = kilograms(body["qty"])
        self.lots[body["lot"]] = Lot(kg, body["quality"], step.member, body["event"]["place"],
                                     self.pool(body["facility"], "raw", body["month"], "MI"))
        self.mined_kg += kg

    def consume(self, inputs):
        gone = dict.fromkeys(STAGES, 0)
        for part in inputs:
            lot, kg = self.lots[part["lot"]], kilograms(part["qty"])
            for stage, grams in lot.take(kg).items():
                gone[stage] += grams
            lot.consumed += kg
        return gone

    def SplitLot(self, step, body):
        lot = self.lots[body["lot"]]
        parts = [kilograms(part["qty"]) for part in body["outputs"]]
        shares = {stage: largest_remainder(grams, [*parts, lot.kg - sum(parts)])
                  for stage, grams in lot.grams.items()}
        for at, part in enumerate(body["outputs"]):
            grams = {stage: shares[stage][at] for stage in STAGES}
            made = Lot(parts[at], lot.quality, lot.owner, lot.place, grams)
            made.custodian = lot.custodian
            made.parents = {body["lot"]: parts[at]}
            self.lots[part["lot"]] = made
        lot.grams = {stage: shares[stage][-1] for stage in STAGES}
        lot.kg -= sum(parts)
        lot.consumed += sum(parts)

    def BlendLot(self, step, body):
        parts = [(kilograms(part["qty"]), self.lots[part["lot"]].quality) for part in body["inputs"]]
        grams = self.consume(body["inputs"])
        self.lots[body["lot"]] = Lot(sum(kg for kg, _ in parts), mean_quality(parts), step.member,
                                     body["event"]["place"], grams)
        self.lots[body["lot"]].parents = parents_of(body)

    def WashLot(self, step, body):
        grams = self.consume(body["inputs"])
        weights = [kilograms(part["qty"]) * kilograms(part["quality"]["ncv"]) for part in body["outputs"]]
        shares = {stage: largest_remainder(grams[stage], weights) for stage in STAGES}
        for at, part in enumerate(body["outputs"]):
            own = self.pool(body["facility"], product_of(part["lot"]), body["month"], "WA")
            made = {stage: shares[stage][at] + own[stage] for stage in STAGES}
            self.lots[part["lot"]] = Lot(kilograms(part["qty"]), part["quality"], step.member,
                                         body["event"]["place"], made)
            self.lots[part["lot"]].parents = parents_of(body)
        # What the washery sorted out is no coal any more; water may come or go.
        self.lost_kg += (sum(kilograms(part["qty"]) for part in body["inputs"]) -
                         sum(kilograms(part["qty"]) for part in body["outputs"]))

    def OfferLot(self, step, body):
        self.offers["@" + step.name] = body

    def AnswerLot(self, step, body):
        offer = self.offers[body["offer"]]
        for name in self.loads[offer["sscc"]]["lots"] if "sscc" in offer else [offer["lot"]]:
            lot = self.lots[name]
            if offer["what"] in ("OWNERSHIP", "BOTH"):
                lot.owner = step.member
            if offer["what"] in ("CUSTODY", "BOTH"):
                lot.custodian = step.member
                lot.place = body["event"]["place"]

    def LoadLot(self, step, body):
        self.loads[body["sscc"]] = {"lots": [part["lot"] for part in body["parts"]]}

    def aboard(self, body):
        return [self.lots[name] for name in self.loads[body["sscc"]]["lots"]]

    def DepartLot(self, step, body):
        lots = self.aboard(body)
        factor = {"RAIL": Fraction("7.9"), "ROAD": Fraction("80")}[body["mode"]]
        for lot in lots:
            grams = Fraction(lot.kg, 1000) * Fraction(body["distance_km"]) * factor
            grams = (2 * grams.numerator + grams.denominator) // (2 * grams.denominator)
            lot.grams["TR"] += grams
            self.transport_g += grams

    def ArriveLot(self, step, body):
        lots = self.aboard(body)
        missing = sum(lot.kg for lot in lots) - kilograms(body["qty_unload"])
        for lot, kg in zip(lots, largest_remainder(missing, [lot.kg for lot in lots])):
            lot.lost += kg
            lot.kg -= kg
            lot.place = body["event"]["place"]
        self.lost_kg += missing

    def UnloadLot(self, step, body):
        for lot in self.aboard(body):
            lot.place = body["event"]["place"]

    def UseLot(self, step, body):
        lot, kg = self.lots[body["lot"]], kilograms(body["qty"])
        self.used_g += total(lot.take(kg))
        lot.used += kg
        self.used_kg += kg

    def LoseLot(self, step, body):
        lot, kg = self.lots[body["lot"]], kilograms(body["qty"])
        lot.kg -= kg
        lot.lost += kg
        self.lost_kg += kg
        if lot.kg == 0:  # what is lost to the last kilogram takes its grams along
            self.lost_g += total(lot.grams)
            lot.grams = dict.fromkeys(STAGES, 0)

    def TakeStock(self, step, body):
        for part in body["lots"]:
            lot, kg = self.lots[part["lot"]], kilograms(part["qty"])
            change = kg - lot.kg
            lot.gained += max(change, 0)
            lot.lost += max(-change, 0)
            self.gained_kg += max(change, 0)
            self.lost_kg += max(-change, 0)
            lot.kg = kg

    ConfirmStock = TakeStock

    def ancestors(self, name):
        """The lot itself and everything that went into it."""
        found, left = set(), [name]
        while left:
            lot = left.pop()
            if lot not in found:
                found.add(lot)
                left += self.lots[lot].parents
        return found


def parents_of(body):
    return {part["lot"]: kilograms(part["qty"]) for part in body["inputs"]}


def product_of(lot):
    return {CLEAN: "clean", MIDDLINGS: "middlings", RAW_B: "raw", RAW_C: "raw"}[lot.split(".")[0]]


class Books:
    """Accounts, pools and the world of the whole year."""

    def __init__(self, year, folder, correction=None):
        """correction: {month number: MWh} of mine-c's electricity."""
        self.pools, self.not_in_lots_g, self.accounts_g, self.files = {}, 0, 0, {}
        for at, month in enumerate(MONTHS):
            files = (mine_b(at), mine_c(at, (correction or {}).get(at, 0)), washery(at, *year.plant[at]))
            for file in files:
                grams = gross(file, folder)
                self.accounts_g += grams
                self.files[file["facility"], month] = (file, grams)
                if "lines" in file:
                    self.divide(year, file, grams)
        self.world = World(self.pools)
        for step in year.steps:
            self.world.apply(step)

    def divide(self, year, file, grams):
        """[methodology 3.6] on products by energy, then on lots by mass; the rest is in no lot."""
        facility, month = file["facility"], file["period"]
        products = file.get("products", [{"product": "raw"}])
        weights = [kilograms(product["mass"]["value"]) * kilograms(product["ncv"]["value"])
                   if "mass" in product else 1 for product in products]
        for product, pool in zip(products, largest_remainder(grams, weights)):
            lots = made_by(year, facility, month, product["product"])
            if "mass" in product:
                lots.append(kilograms(product["mass"]["value"]) - sum(lots))
                assert lots[-1] >= 0
            parts = largest_remainder(pool, lots)
            if "mass" in product:
                self.not_in_lots_g += parts.pop()
            self.pools[facility, product["product"], month] = parts


def made_by(year, facility, month, product):
    """Kilograms of the lots of a product that a facility made in a month, in order."""
    made = []
    for step in year.steps:
        body = step.body
        if step.operation not in ("MineLot", "WashLot") or (body["facility"], body["month"]) != (facility, month):
            continue
        outputs = body["outputs"] if step.operation == "WashLot" else [body]
        made += [kilograms(part["qty"]) for part in outputs if product_of(part["lot"]) == product]
    return made
