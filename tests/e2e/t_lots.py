# SPDX-License-Identifier: Apache-2.0
"""A year of coal on a real network, from the face to the furnace: every tonne and every gram against a
calculation of its own (lots_year.py), by equality; traces both ways, passports, exports, a bundle that
verifies with no network, and an account corrected afterwards [KSSJ 7.2.1, 7.2.2]."""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile

from fractions import Fraction
from harness import BIN, Network, check, finish, seam
from lots_net import Commands, Play, adopt_rules, file_accounts, good, register_products
from lots_year import (CLEAN, MONTHS, POWER_BLEND, RAW_B, RAW_C, STAGES, Books, Year, kilograms, mine_c,
                       tonnes, total)
from schemas import epcis_faults, pact_faults

YEAR = Year()
BY_TABLE = [step for step in YEAR.steps if step.operation == "MineLot" and step.member == "mine-2"]
BY_COMMAND = "2025-01"


def show(answer):
    return json.dumps(answer, ensure_ascii=False)[:1500]


def same(name, wrong, count):
    check(not wrong, f"{name}: {count} equal", "\n".join(str(fault) for fault in wrong[:8]))


def half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


with Network() as net, tempfile.TemporaryDirectory() as folder:
    rules = adopt_rules(net, "LOT-RULES-2", **{"event.backdate_days": "900", "event.late_days": "900"})
    register_products(net)
    books = Books(YEAR, folder)

    def ask(operation, node=1, **body):
        answer = net.call(operation, body, node)[1]
        if answer["code"] != "000000":
            raise RuntimeError(f"{operation} {body}: {show(answer)}")
        return answer["data"]

    # --- the accounts of the year ---
    filed = file_accounts(net, books.files)
    wrong = [(place, show(filed[place])) for place, (file, grams) in books.files.items()
             if not good(filed[place]) or
             ("lines" in file and filed[place]["data"]["account"]["gross_g"] != grams)]
    same("accounts of three facilities and twelve months as `seam calc` has them", wrong, len(filed))

    # --- the events of the year: a table, the command line, HTTP ---
    play = Play(net, rules)
    columns = "type,event_time,place,lot,qty,moisture,ash,ncv,carbon,facility,month,devices,documents"
    rows = []
    for step in BY_TABLE:
        body, event, quality = step.body, step.body["event"], step.body["quality"]
        rows.append(",".join(["MINE", event["event_time_ms"], event["place"], body["lot"], body["qty"],
                              quality["moisture"], quality["ash"], quality["ncv"], quality["carbon"],
                              body["facility"], body["month"], event["devices"][0], event["documents"][0]]))
    wrong = "\n".join([columns, *rows[:6], rows[6].replace("0.0600", "6"), *rows[7:]]) + "\n"
    answer = net.call("ImportLotEvents", {"table": wrong}, member="mine-2")[1]
    data = answer["data"] or {}
    check(len(data.get("results", [])) == 11 and [row["row"] for row in data["refused"]] == [8] and
          "moisture" in json.dumps(data["refused"]),
          "a table of twelve lots: the wrong row alone is refused, by its number and field", show(answer))
    answer = net.call("ImportLotEvents", {"table": "\n".join([columns, *rows]) + "\n"}, member="mine-2")[1]
    results = (answer["data"] or {}).get("results", [])
    check(len(results) == 12 and sum(row["duplicate"] for row in results) == 11 and
          not answer["data"]["refused"], "the corrected table adds the missing one only", show(answer))
    for step, row in zip(BY_TABLE, results):
        play.ids[step.name] = row["transaction"]
    net.roots()

    typed = Commands(net, rules)
    typed.ids, typed.heights = play.ids, play.heights
    january = [step for step in YEAR.steps if BY_COMMAND in step.name and step.name not in play.ids and
               "Stock" not in step.operation]
    bad = typed.run(january)
    same("events of a month recorded on the command line",
         [(name, show(typed.answers[name])) for name in bad], len(january))
    bad = play.run([step for step in YEAR.steps if step.name not in play.ids])
    same("events of the year admitted", [(name, show(play.answers[name])) for name in bad], len(YEAR.steps))
    net.roots()

    # --- every lot: kilograms, quality, hands, grams ---
    world = books.world

    def lots_wrong(expected, before=None):
        """What GetLot says of every lot against the calculation; of corrected ones the old figure, too."""
        faults = []
        for name, lot in expected.lots.items():
            data = ask("GetLot", 2, lot=name)
            figure = data["footprint"]
            amounts = {key: kilograms(value) for key, value in data["amounts"].items()}
            carried, kg = (lot.grams, lot.kg) if lot.kg else (lot.made, lot.created)
            found = {
                "kg": kilograms(data["qty"]), "created": amounts["created"], "consumed": amounts["consumed"],
                "used": amounts["used"], "lost": amounts["lost"], "gained": amounts["gained"],
                "owner": data["owner"], "custodian": data["custodian"], "place": data["place"],
                "quality": [Fraction(data[key]) for key in lot.quality],
                "now_g": figure["now_g"], "made_g": figure["made_g"], "g_per_t": figure["g_per_t"],
                "stages": [figure["stages_g_per_t"][stage] for stage in STAGES], "exact": figure["exact"]}
            wanted = {
                "kg": lot.kg, "created": lot.created, "consumed": lot.consumed, "used": lot.used,
                "lost": lot.lost, "gained": lot.gained, "owner": lot.owner, "custodian": lot.custodian,
                "place": lot.place, "quality": [Fraction(value) for value in lot.quality.values()],
                "now_g": total(lot.grams), "made_g": total(lot.made),
                "g_per_t": half_up(1000 * total(carried), kg),
                "stages": [half_up(1000 * carried[stage], kg) for stage in STAGES], "exact": True}
            if before:
                old = before.lots[name]
                found["corrected"], wanted["corrected"] = figure["corrected"], old.made != lot.made
                found["before"] = figure.get("before_g")
                wanted["before"] = total(old.grams if lot.kg else old.made) if old.made != lot.made else None
            faults += [(name, key, found[key], wanted[key]) for key in wanted if found[key] != wanted[key]]
        return faults

    same("lots to the kilogram and the gram", lots_wrong(world), len(world.lots))
    stock = sum(lot.kg for lot in world.lots.values())
    check(world.mined_kg + world.gained_kg == world.used_kg + world.lost_kg + stock,
          f"{tonnes(world.mined_kg)} t mined = used {tonnes(world.used_kg)} + lost {tonnes(world.lost_kg)} + "
          f"in stock {tonnes(stock)} - found {tonnes(world.gained_kg)}")
    carried = sum(total(lot.grams) for lot in world.lots.values())
    check(books.accounts_g + world.transport_g ==
          world.used_g + world.lost_g + carried + books.not_in_lots_g,
          f"{books.accounts_g} g of accounts + {world.transport_g} g of transport = used {world.used_g} + lost "
          f"{world.lost_g} + in stock {carried} + in no lot {books.not_in_lots_g}")
    listed = ask("ListLots", count=500)
    check(listed["total"] == len(world.lots) and {lot["lot"] for lot in listed["lots"]} == set(world.lots),
          "the list of lots has each of them once", show(listed))

    # --- [KSSJ 7.2.1a] by code over the whole life ---
    example = f"{POWER_BLEND}.PB-{MONTHS[4]}"
    bodies = {step.name: step.body for step in YEAR.steps}
    up = ask("TraceLot", lot=example)
    products = {node["lot"]: node["product"] for node in up["nodes"]}
    check(set(products) == world.ancestors(example) and
          set(products.values()) == {"blend", "middlings", "raw"},
          "7.2.1-a: a trace names every stage of the blend by its GTIN and batch", show(up))
    answer = net.call("GetLot", {"lot": example[:13] + "0" + example[14:]})[1]
    check(answer["code"] == "200017", "7.2.1-a: a number with a wrong check digit is no lot", show(answer))

    # --- [KSSJ 7.2.1b] four stages, devices, a proof of each ---
    def stages_of(lot):
        passport = ask("GetLotPassport", lot=lot, bundle=False)
        return {event["type"] for event in passport["events"]}, passport

    seen, passport = stages_of(f"{CLEAN}.CL-{MONTHS[1]}")
    check({"MINE", "BLEND", "WASH", "LOAD", "DEPART", "ARRIVE", "OFFER", "ANSWER", "UNLOAD", "USE"} <= seen,
          "7.2.1-b: mining, washing, outbound transport and use are recorded", seen)
    check(all(event["signers"] and event["height"] > 0 for event in passport["events"]) and
          any(event["devices"] for event in passport["events"]),
          "7.2.1-b: each event names its signers, its block and the instruments that measured")
    wrong = []
    for event in passport["events"]:
        proof = ask("GetProof", transaction=event["event"])
        wrong += [] if proof.get("proof") or proof.get("certificate") else [show(proof)]
    same("7.2.1-b: proofs of the events", wrong, len(passport["events"]))
    down = ask("TraceLot", device="mine-b.belt-scale", organisation="mine", count=1000)
    reached = {node["lot"] for node in down["nodes"]}
    fed = {name for name in world.lots if any(lot.startswith(RAW_B) for lot in world.ancestors(name))}
    check(reached == fed, "7.2.1-b: from an instrument down to every lot it fed", sorted(reached ^ fed)[:5])

    # --- traces: both ways, by pages, shares, drawing ---
    ups, downs, wrong = {}, {}, []
    for name in world.lots:
        both = ask("TraceLot", 3, lot=name, direction="both", count=1000)
        ups[name] = {node["lot"] for node in both["up"]["nodes"]}
        downs[name] = {node["lot"] for node in both["down"]["nodes"]}
        ends = sum(Fraction(node["share"]) for node in both["up"]["nodes"] if node.get("stage") == "MI")
        wrong += [] if ends == 1 else [(name, ends)]
    same("shares of what was mined add up to one, lots", wrong, len(ups))
    same("ancestors are those of the calculation, lots",
         [name for name in ups if ups[name] != world.ancestors(name)], len(ups))
    same("up and down are inverse, pairs",
         [(a, b) for a in ups for b in ups if (b in ups[a]) != (a in downs[b])], len(ups) ** 2)
    whole = ask("TraceLot", lot=f"{RAW_B}.RB-{MONTHS[4]}-A", direction="down", count=1000)
    cursor, nodes = None, []
    while True:
        page = ask("TraceLot", lot=f"{RAW_B}.RB-{MONTHS[4]}-A", direction="down", count=2,
                   **({"cursor": cursor} if cursor else {}))
        nodes += page["nodes"]
        cursor = page["cursor"]
        if cursor is None:
            break
    check(nodes == whole["nodes"] and len(nodes) > 3, "pages of a trace add up to the whole", show(page))
    drawn = ask("TraceLot", lot=example, format="svg")
    check(drawn["svg"].startswith("<svg") and example in drawn["svg"], "a trace is drawn", drawn["svg"][:300])
    month = ask("TraceLot", facility="mine-c", month=MONTHS[2], count=1000)
    wanted = {name for name in world.lots if f"{RAW_C}.RC-{MONTHS[2]}" in world.ancestors(name)}
    check({node["lot"] for node in month["nodes"]} == wanted, "an account is traced down to its lots", show(month))

    # --- [KSSJ 7.2.1c] factors differ by time and stage ---
    factors = {}
    for place, at in (("mine-b", 0), ("mine-b", 1), ("wp-1", 0), ("wp-1", 1)):
        for row in ask("GetStageFactors", facility=place, month=MONTHS[at])["factors"]:
            factors[row["stage"], row["product"], MONTHS[at]] = row["factor_g_per_t"]
    check(len(factors) == 6 and len(set(factors.values())) == 6,
          "7.2.1-c: factors by facility, stage, product and month differ where inputs differ", factors)
    proof = os.path.join(folder, "factor.json")
    status, out, err = seam("factor", "stage", "--facility", "wp-1", "--month", MONTHS[1], "--certificate", proof,
                            "--genesis", net.genesis, token=net.token(), node=net.url(1))
    stated = seam("certificate", "verify", proof, "--genesis", net.genesis)
    account = ask("GetStageFactors", facility="wp-1", month=MONTHS[1])["account_hash"]
    check(status == 0 and stated[0] == 0 and account in stated[1],
          "7.2.1-c: the account that a factor stands in verifies offline", out + err + stated[1] + stated[2])
    profile = {lot: ask("GetLot", lot=lot)["footprint"]["stages_g_per_t"]
               for lot in (f"{RAW_B}.RB-{MONTHS[0]}-B", f"{CLEAN}.CL-{MONTHS[0]}")}
    check(all(profile[f"{CLEAN}.CL-{MONTHS[0]}"][stage] > 0 for stage in STAGES) and
          profile[f"{RAW_B}.RB-{MONTHS[0]}-B"]["WA"] == 0,
          "7.2.1-c: the portrait of a lot has mining, washing and transport", profile)

    # --- [KSSJ 7.2.2a] [KSSJ 7.2.2c] reports over the same accounts; 7.2.2 b is the tests' of disputes ---
    policy = ask("ReportPolicy", 4, year="2025", region="CN-14")
    check(sum(region["gross_g"] for region in policy["regions"]) == books.accounts_g,
          "7.2.2-a: the report of the region is the sum of the accounts", show(policy))
    sources = net.call("ReportSources", {"facility": "mine-c", "period": MONTHS[0]}, member="mine-2")[1]["data"]
    ranks = [row["co2e_g"] for row in sources["sources"]]
    check(ranks == sorted(ranks, reverse=True) and sum(ranks) == books.files["mine-c", MONTHS[0]][1],
          "7.2.2-c: sources are ranked, and add up to the account", show(sources))

    # --- an account corrected afterwards ---
    at = 1
    lot = f"{CLEAN}.CL-{MONTHS[at]}"
    first = ask("ExportLotFootprint", lot=lot)["footprint"]
    file = dict(mine_c(at, 100), reason="typing error of the electricity meter")
    answer = net.sign2("CorrectAccount", file, "mine-2")
    check(good(answer), "an account is corrected after its coal was burnt", show(answer))
    net.roots()
    after = Books(YEAR, folder, {at: 100})
    same("lots after the correction, with the figure before beside it",
         lots_wrong(after.world, world), len(world.lots))
    data = ask("GetLot", lot=lot)["footprint"]
    source = next(row for row in data["accounts"] if row["facility"] == "mine-c")
    check(data["corrected"] and source["version"] == 2 and source["before"]["version"] == 1 and
          source["attributed_g"] > source["before"]["attributed_g"],
          "the versions that were used are named", show(source))
    second = ask("ExportLotFootprint", lot=lot)["footprint"]
    check(second["id"] != first["id"] and second.get("precedingPfIds") == [first["id"]],
          "its PACT footprint is another one and names the one before", [first["id"], show(second)])
    check(Fraction(second["pcf"]["pcfExcludingBiogenicUptake"]) >
          Fraction(first["pcf"]["pcfExcludingBiogenicUptake"]),
          "with the greater figure as a decimal text", show(second["pcf"]))

    # --- the passport: proven without the node, without any network ---
    path = os.path.join(folder, "passport.json")
    token = net.token(4, "preparer", "coking")
    status, out, err = seam("lot", "passport", lot, "--out", path, token=token, node=net.url(4))
    check(status == 0 and os.path.getsize(path) > 1000, "the buyer saves the passport of the coal", out + err)
    with open(path, encoding="utf-8") as handle:
        saved = json.load(handle)
    saved = saved.get("data", saved)
    carried = after.world.lots[lot]
    check(saved["footprint"]["now_g"] == total(carried.grams) and
          {row["facility"] for row in saved["footprint"]["accounts"]} == {"mine-b", "mine-c", "wp-1"} and
          sum(Fraction(row["share"]) for row in saved["mined"]) == 1,
          "it says origin, stages and grams", show(saved["footprint"]))
    lives = {row["lot"]: row for row in saved["balances"] if "lot" in row}
    check(all(row["within"] for row in saved["balances"]) and Fraction(lives[lot]["residual"]) == 0,
          "its balances close: inputs - outputs - losses = residual within the tolerance",
          show(saved["balances"]))
    command = [os.path.join(BIN, "seam"), "lot", "verify", path, "--genesis", net.genesis]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    check(run.returncode == 0 and "status as of height" in run.stdout and lot in run.stdout,
          "it verifies offline", run.stdout + run.stderr)
    if shutil.which("strace"):
        trace = os.path.join(folder, "strace")
        subprocess.run(["strace", "-f", "-o", trace, "-e",
                        "trace=socket,connect,bind,sendto,sendmsg,recvfrom,recvmsg", *command],
                       capture_output=True, check=False)
        with open(trace, encoding="utf-8", errors="replace") as handle:
            calls = [line for line in handle if re.search(r"\b(socket|connect|bind|send|recv)", line)]
        check(not calls, "with no network call (strace)", "".join(calls))
    else:
        print("skip - strace is not installed")
    with open(path, "rb") as handle:
        whole = handle.read()
    draw, wrong = random.Random(11), []
    start = whole.index(b'"bundle"')
    for _ in range(30):
        changed = bytearray(whole)
        place = draw.randrange(start + 100, len(whole) - 100)
        changed[place] ^= 1
        with open(path, "wb") as handle:
            handle.write(changed)
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wrong += [] if run.returncode == 1 else [(place, run.returncode, run.stdout + run.stderr)]
    same("changed bytes of its proofs refused, places", wrong, 30)
    lies, wrong = {"owner": lambda told: told["lot"].update(owner="mine"),
                   "mass": lambda told: told["events"][0]["outputs"][0].update(qty="1"),
                   "left out": lambda told: told["events"].pop(),
                   "twice": lambda told: told["events"].__setitem__(-1, told["events"][0]),
                   "invented": lambda told: told["events"].append({**told["events"][0], "event": "00" * 32})}, []
    for name, lie in lies.items():
        told = json.loads(whole)
        lie(told)
        with open(path, "w", encoding="utf-8") as handle:
            json.dump(told, handle, ensure_ascii=False)
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wrong += [] if run.returncode == 1 and "than its proofs" in run.stderr else [(name, run.returncode)]
    same("a readable part that says something else than the proofs refused, lies", wrong, len(lies))
    status, out, err = seam("lot", "trace", lot, token=token, node=net.url(4))
    check(status == 0 and all(name in out for name in world.ancestors(lot)),
          "seam lot trace draws the tree of its ancestors", out + err)

    # --- what other systems read ---
    document = ask("ExportLotFootprint", lot=lot)["footprint"]
    faults = pact_faults(document)
    check(not faults, "PACT: it fits the published schema", faults)
    document = ask("ExportLotEvents", lot=lot, ancestors=True, count=1000)
    events = document["document"]["epcisBody"]["eventList"]
    ids = {event["eventID"] for event in events}
    check(document["total"] == len(passport["events"]) == len(ids) and
          all(re.match(r"^ni:///sha-256;[0-9a-f]{64}\?ver=CBV2.0$", name) for name in ids),
          "EPCIS: every event of the lot and its ancestors once, by its hash id",
          [document["total"], len(passport["events"]), len(ids), list(ids)[:1]])
    faults = epcis_faults(document["document"])
    check(not faults, "EPCIS: it fits the published schema", faults)
finish()
