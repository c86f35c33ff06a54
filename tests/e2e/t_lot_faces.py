# SPDX-License-Identifier: Apache-2.0
"""The faces of lots: a table whose rows fail alone, commands, lists, traces, a passport that verifies
without the network, EPCIS and PACT [KSSJ 7.2.1a, 7.2.1b, 7.2.1d]."""
import copy
import csv
import json
import os
import tempfile

from harness import Network, check, finish, seam
from lots_net import adopt_rules, file_accounts, good, register_products
from lots_year import CLEAN, MIDDLINGS, QUALITY_B, RAW_B, mine_b, washery
from schemas import epcis_faults, pact_faults

MONTH = "2025-01"
LOT, SECOND, CLEAN_LOT, REST = f"{RAW_B}.F1", f"{RAW_B}.F2", f"{CLEAN}.F3", f"{MIDDLINGS}.F4"
LINK = f"https://id.gs1.org/01/{RAW_B}/10/F2"


def at(day, hour=8):
    return f"2025-01-{day:02d}T{hour:02d}:00:00Z"


def row(kind, **cells):
    return dict(cells, type=kind)


MINED = dict(QUALITY_B, facility="mine-b", month=MONTH, place="mine-b")
ROWS = [
    # What comes later in the ledger may stand earlier in the table.
    row("OFFER", event_time=at(6), place="mine-b", lot=LOT, what="BOTH", to="washery"),
    row("MINE", event_time=at(5), lot=LOT, qty="1000", **MINED),
    row("MINE", event_time=at(5), lot=LINK, qty="500.5", devices="belt-scale-7", **MINED),
    row("MINE", event_time=at(5), lot=f"{RAW_B}.BAD", qty="1.2345", **MINED),
    row("MINE", event_time=at(5), lot=f"{RAW_B[:13]}0.BAD", qty="1", **MINED),
    row("MINE", event_time=at(5), lot=f"{RAW_B}.BAD", qty="1", sscc="106901234567890128", **MINED),
    row("DIG", event_time=at(5), lot=f"{RAW_B}.BAD", qty="1"),
    row("USE", event_time=at(7), place="mine-b", lot=SECOND, qty="2000", use="POWER"),
    row("MINE", event_time=at(5), lot=LOT, qty="1000", **MINED),
    row("LOSS", event_time=at(8), place="mine-b", lot=SECOND, qty="0.5", cause="DUST",
        reason="=HYPERLINK(\"http://x\")"),
]


def write_table(path, rows):
    names = ["type"] + sorted({name for cells in rows for name in cells} - {"type"})
    with open(path, "w", encoding="utf-8", newline="") as handle:
        table = csv.DictWriter(handle, names, restval="")
        table.writeheader()
        table.writerows(rows)
    return path


with Network() as net, tempfile.TemporaryDirectory() as folder:
    def path(name):
        return os.path.join(folder, name)

    def command(member, *arguments):
        home = net.homes[member]
        return seam("lot", *arguments, token=net.token(home, member=member), node=net.url(home))

    def ask(operation, member="mine", **body):
        status, answer = net.call(operation, body, member=member)
        return answer["data"] if answer["code"] == "000000" else answer

    adopt_rules(net, "LOT-RULES-HISTORIC", **{"event.backdate_days": "900", "event.late_days": "900"})
    register_products(net)

    # --- a table: rows fail alone, the same table again changes nothing ---
    table = write_table(path("events.csv"), ROWS)
    status, out, err = command("mine", "import", table)
    lines = {line.split()[0]: line for line in out.splitlines() if line[:1] == " " and line.split()[0].isdigit()}
    check(status == 1 and "4 recorded, 6 refused" in out, "four rows are events, six say why not", out + err)
    check(all("FINAL" in lines[str(n)] for n in (2, 3, 4, 11)), "an event waits for the row it needs", out)
    check("qty" in lines["5"] and "200002" in lines["5"] and "lot" in lines["6"] and
          "sscc" in lines["7"] and "200013" in lines["7"] and "type" in lines["8"] and
          "303005" in lines["9"] and "200014" in lines["10"],
          "each with its code and field: scale, check digit, column, type, balance, twice", out)
    before = ask("GetLot", lot=LOT)
    status, again, err = command("mine", "import", table, "--json")
    results = json.loads(again)["data"]["results"]
    check(all(r["duplicate"] for r in results if r["state"] == "FINAL") and
          ask("GetLot", lot=LOT)["total"] == before["total"], "the same table again changes nothing", again)
    reason = ask("GetLotEvent", event=next(r["transaction"] for r in results if r["row"] == 11))["reason"]
    check(reason == "=HYPERLINK(\"http://x\")", "a formula is a text like any other", reason)
    for name, table_text in (("no rows", "type,lot\n"), ("no UTF-8", "type,lot\nMINE,\x01\n"),
                             ("too long", "type,lot\n" + "MINE,a\n" * 1001)):
        answer = net.call("ImportLotEvents", {"table": table_text}, member="mine")[1]
        check(answer["code"] in ("200003", "200008", "200011"), f"a table with {name} is refused", answer)
    answer = net.call("ImportLotEvents", {"table": "type,lot\nMINE,a\n"}, token=net.token(4), node=4)[1]
    check(answer["code"] == "000000" and answer["data"]["refused"], "nothing to send is said at once", answer)

    # --- commands ---
    offer = next(r["transaction"] for r in results if r["row"] == 2)
    status, out, err = command("washery", "answer", f"offer={offer}", "answer=ACCEPT", "place=mine-b",
                               f"event_time={at(9)}")
    check(status == 0 and "FINAL" in out, "an offer is answered in one line", out + err)
    status, out, err = command("washery", "answer", f"offer={offer}", "answer=YES", "place=mine-b",
                               f"event_time={at(9)}")
    check(status == 1 and "ACCEPT" in err, "a wrong word is refused with the right ones", err)
    status, out, err = command("washery", "answer", "offerr=1")
    check(status == 2 and "offerr" in err, "a wrong name is found before anything is sent", err)
    status, out, err = command("mine", "mine", f"lot={LOT}")
    check(status == 2 and "event_time=" in err and "--help" in err, "so is a missing time and place", err)
    status, out, err = command("mine", "wash", "--help")
    check(status == 0 and "LOT QTY MOISTURE ASH NCV" in out and "Example" in out, "help shows an example", out)
    wash = {"facility": "wp-1", "month": MONTH, "inputs": [{"lot": LOT, "qty": "1000"}],
            "event": {"event_time_ms": at(12), "place": "mine-b"}, "type": "WASH",
            "outputs": [{"lot": CLEAN_LOT, "qty": "620", "quality":
                         {"moisture": "0.1", "ash": "0.095", "ncv": "25.1", "carbon": "0.7"}}]}
    answer = net.call("RecordLotEvent", wash, member="washery")[1]
    check(answer["code"] != "000000", "washing elsewhere than in the plant is refused", answer)
    load_id = "106901234567890128"
    steps = [
        ("load", f"sscc={load_id}", f"parts={LOT}", "place=mine-b", f"event_time={at(10)}"),
        ("depart", f"sscc={load_id}", "to=wp-1", "mode=ROAD", "distance_km=12.5", "place=mine-b",
         f"event_time={at(10, 9)}"),
        ("arrive", f"sscc={load_id}", "qty_unload=1000", "place=wp-1", f"event_time={at(10, 12)}"),
        ("unload", f"sscc={load_id}", "place=wp-1", f"event_time={at(11)}"),
    ]
    for step in steps:
        status, out, err = command("washery", *step)
        check(status == 0 and "FINAL" in out, f"seam lot {step[0]}", out + err)
    # 1000 t hold 920 t dry and 257.6 t of ash.
    status, out, err = command(
        "washery", "wash", "facility=wp-1", f"month={MONTH}", "place=wp-1", f"event_time={at(12)}",
        f"inputs={LOT} 1000", f"outputs={CLEAN_LOT} 600 0.1 0.1 25.1 0.7 | {REST} 425 0.1 0.53 12.5 0.41")
    check(status == 0 and "FINAL" in out, "seam lot wash", out + err)
    check(f"{LOT}: 1000 t, 0 t are left of it" in out and f"made lot       {CLEAN_LOT}: 600 t" in out and
          "W_BALANCE of CARBON: 28.215 t" in out and "created:" not in out,
          "a receipt says in words what was recorded", out)

    # --- reading ---
    lot = ask("GetLot", lot=CLEAN_LOT)
    check(lot["qty"] == "600" and lot["state"] == "IN_STOCK" and lot["history"][0]["type"] == "WASH" and
          lot["footprint"]["grade"] in ("NONE", "PROVISIONAL"), "a lot as people read it", lot)
    owned = ask("ListLots", organisation="washery")
    check([entry["lot"] for entry in owned["lots"] if entry["current"]] == [CLEAN_LOT, REST],
          "lots of an organisation, and which it has still", owned)
    month = ask("ListLots", facility="mine-b", month=MONTH)
    page = ask("ListLots", facility="mine-b", month=MONTH, **{"from": 1, "count": 1})
    check([e["lot"] for e in month["lots"]] == [LOT, SECOND] and month["total"] == 2 and
          [e["lot"] for e in page["lots"]] == [SECOND], "lots of a facility's month, page by page", month)
    check(len(ask("ListLots", place="wp-1")["lots"]) == 3 and ask("ListLots")["total"] == 4 and
          ask("ListLots", gtin=RAW_B)["total"] == 2 and ask("ListLots", place="nowhere")["total"] == 0,
          "at a place, all, of a product, nowhere", ask("ListLots", place="wp-1"))
    check(net.call("ListLots", {"place": "wp-1", "gtin": RAW_B}, member="mine")[1]["code"] == "303001",
          "one way to ask at a time")

    up = ask("TraceLot", lot=CLEAN_LOT)
    check([node["lot"] for node in up["nodes"]] == [CLEAN_LOT, LOT] and up["nodes"][1]["share"] == "1" and
          up["nodes"][0]["links"] == [{"node": 1, "qty": "1000"}], "up to the face", up)
    down = ask("TraceLot", lot=LOT, direction="down")
    check({node["lot"] for node in down["nodes"]} == {LOT, CLEAN_LOT, REST}, "and down again", down)
    both = ask("TraceLot", lot=LOT, direction="both")
    check(both["up"]["total"] == 1 and both["down"]["total"] == 3, "or both", both)
    first = ask("TraceLot", lot=LOT, direction="down", count=2)
    rest = ask("TraceLot", lot=LOT, direction="down", count=2, cursor=first["cursor"])
    check(first["nodes"] + rest["nodes"] == down["nodes"] and rest["cursor"] is None,
          "pages of a trace join to the whole", rest)
    status, out, err = command("washery", "split", f"lot={REST}", f"outputs={MIDDLINGS}.F5 20",
                               "place=wp-1", f"event_time={at(13)}")
    check(status == 0 and "FINAL" in out, "a lot is split while somebody turns the pages", out + err)
    later = ask("TraceLot", lot=LOT, direction="down", count=2, cursor=first["cursor"])
    now = ask("TraceLot", lot=LOT, direction="down")
    check(later == rest and now["total"] == down["total"] + 1 and now["at"] > rest["at"] == first["at"],
          "a cursor stays at its height, whatever happened since", later)
    answer = net.call("TraceLot", {"lot": LOT, "direction": "down", "cursor": first["cursor"], "at": now["at"]},
                      member="mine")[1]
    check(answer["code"] != "000000", "a cursor says its height itself", answer)
    check(up["figures"] and up["nodes"][1]["factor"] == {"g_per_t": None, "grade": "NONE", "period": MONTH},
          "a step says the factor of its facility and month, or that there is none yet", up["nodes"][1])
    device = ask("TraceLot", device="belt-scale-7")
    account = ask("TraceLot", facility="mine-b", month=MONTH)
    check([n["lot"] for n in device["nodes"]] == [SECOND] and account["total"] == 5,
          "from an instrument and from an account downwards", account)
    for body in ({}, {"lot": LOT, "device": "x"}, {"facility": "mine-b"}, {"lot": LOT, "direction": "left"},
                 {"device": "x", "direction": "up"}, {"lot": LOT, "cursor": "x"}, {"lot": LOT, "count": 0},
                 {"lot": f"{RAW_B}.NONE"}, {"lot": LOT, "format": "png"}):
        answer = net.call("TraceLot", body, member="mine")[1]
        check(answer["code"][0] in "23" and answer["code"] != "000000", f"refused: {body}", answer)
    status, out, err = command("mine", "trace", CLEAN_LOT)
    check(status == 0 and out.splitlines()[1].startswith("  1000 t  " + LOT) and
          out.count("no account yet") == 2 and "g CO2e/t" not in out,
          "seam lot trace draws a tree, and no 0 where there is no account yet", out + err)
    for lot in (up, both["up"], down):
        check(all(node["g_per_t"] is None and node["grade"] == "NONE" for node in lot["nodes"]),
              "nor does the interface", lot)
    g = ask("GetLot", lot=CLEAN_LOT)["footprint"]
    check(g["g_per_t"] is None and set(g["stages_g_per_t"].values()) == {None} and g["grade"] == "NONE",
          "nor the lot", g)
    status, out, err = command("mine", "show", CLEAN_LOT)
    check(status == 0 and "no account yet" in out, "seam lot show says so in words", out + err)
    check("mass now       600 t" in out and "25.1 GJ/t as received" in out and "mined at       mine-b of mine" in out,
          "and everything else with its unit", out)
    status, out, err = command("mine", "trace", LOT, "--down", "--svg", path("trace.svg"))
    with open(path("trace.svg"), encoding="utf-8") as handle:
        picture = handle.read()
    check(status == 0 and picture.startswith("<svg") and CLEAN_LOT in picture and "600 t" in picture,
          "and a picture", picture[:500] + err)

    # --- exports ---
    def export(*arguments):
        status, out, err = command("mine", "export", *arguments)
        return json.loads(out) if status == 0 else {"failed": out + err}

    def fits(document, faults, name):
        found = faults(document)
        if found is None:
            print(f"skipped: {name}: the published schemas are not in ../shared/data")
        else:
            check(not found, name, "\n".join(found[:10]))

    document = export(CLEAN_LOT, "--ancestors")
    kinds = [event["type"] for event in document["epcisBody"]["eventList"]]
    check(len(kinds) == 8 and kinds.count("AggregationEvent") == 2 and kinds.count("TransactionEvent") == 2,
          "all events behind a lot as EPCIS", kinds)
    fits(document, epcis_faults, "it fits the schema of EPCIS 2.0")
    ids = [event["eventID"] for event in document["epcisBody"]["eventList"]]
    own = export(LOT)
    check(len(set(ids)) == 8 and [e["eventID"] for e in own["epcisBody"]["eventList"]] == ids,
          "an event has one id wherever it is exported")
    recorded = export("--organisation", "mine", "--month", MONTH)
    check(len(recorded["epcisBody"]["eventList"]) == 4, "what an organisation recorded in a month", recorded)
    loss = next(r["transaction"] for r in results if r["row"] == 11)
    status, out, err = command("mine", "error", f"event_id={loss}", "reason=DID_NOT_OCCUR", "note=typing")
    check(status == 0 and "AWAITING_SECOND_PERSON" in out, "an error is declared by two persons", out + err)
    net.sign2("DeclareLotError", {"event_id": loss, "reason": "DID_NOT_OCCUR", "note": "typing"}, "mine")
    declared = [e for e in export(SECOND)["epcisBody"]["eventList"] if e["bizStep"] == "destroying"]
    check(len(declared) == 2 and declared[0]["eventID"] == declared[1]["eventID"] and
          declared[1]["errorDeclaration"]["reason"] == "did_not_occur",
          "an error declaration stands beside what it is about, under its id", declared)
    fits(export(SECOND), epcis_faults, "and fits the schema")

    def refused(*arguments):
        status, out, err = command("mine", "export", CLEAN_LOT, "--format", "pact", *arguments)
        return status == 1 and "no account yet" in out + err, out + err

    check(refused()[0], "no footprint without an account: 0 would be a claim", refused()[1])
    early = ask("GetLot", lot=CLEAN_LOT)["at"]
    file_accounts(net, {("mine-b", MONTH): (mine_b(0), 0)})
    net.roots()
    check(refused()[0], "nor with that of the mine alone", refused()[1])
    products = [("clean", 600000, {"ncv": "25.1"}), ("middlings", 425000, {"ncv": "12.5"})]
    filed = file_accounts(net, {("wp-1", MONTH): (washery(0, 1100000, products), 0)})
    check(all(good(answer) for answer in filed.values()), "the plant's account is filed", str(filed)[:1500])
    net.roots()
    footprint = export(CLEAN_LOT, "--format", "pact")
    fits(footprint, pact_faults, "a footprint fits the schema of PACT 3")
    check(footprint["status"] == "Active" and "precedingPfIds" not in footprint and
          footprint["pcf"]["fossilCarbonContent"] == "630" and
          footprint["pcf"]["pcfExcludingBiogenicUptake"] != "0" and
          export(CLEAN_LOT, "--format", "pact") == footprint,
          "asked again it is the same, and what was incomplete is none before it", footprint)
    check(refused("--at", str(early))[0], "a height without the accounts has none", refused("--at", str(early))[1])
    height = ask("GetLot", lot=CLEAN_LOT)["at"]
    file = copy.deepcopy(washery(0, 1100000, products))
    file["lines"][0]["ad"]["value"] = "6.2"
    answer = net.sign2("CorrectAccount", dict(file, reason="a tank read twice"), "washery")
    check(good(answer), "and corrected", answer)
    net.roots()
    changed = export(CLEAN_LOT, "--format", "pact")
    check(changed["id"] != footprint["id"] and changed.get("precedingPfIds") == [footprint["id"]] and
          changed["pcf"]["pcfExcludingBiogenicUptake"] != footprint["pcf"]["pcfExcludingBiogenicUptake"],
          "an account changes it: another id, which names the one before", changed)
    old = export(CLEAN_LOT, "--format", "pact", "--at", str(height))
    check(old == dict(footprint, status="Deprecated"), "which is deprecated and otherwise the same", old)
    fits(changed, pact_faults, "it fits the schema, too")
    status, out, err = command("mine", "show", CLEAN_LOT)
    check("account      wp-1 WA 2025-01, version 2, REPORTED: gave this coal" in out and
          "before an account was corrected" in out, "seam lot show names the accounts and their versions", out)
    g = ask("GetLot", lot=CLEAN_LOT)["footprint"]
    check(f'{int(g["g_per_t"]) / 1000:.3f}'.rstrip("0").rstrip(".") ==
          changed["pcf"]["pcfExcludingBiogenicUptake"], "and says what the ledger says, to the gram", g)

    # --- passport, verified without the network ---
    status, out, err = command("washery", "passport", CLEAN_LOT, "--out", path("passport.json"))
    with open(path("passport.json"), encoding="utf-8") as handle:
        passport = json.load(handle)
    check(status == 0 and passport["lot"]["lot"] == CLEAN_LOT and passport["mined"][0]["facility"] == "mine-b" and
          len(passport["events"]) == 8 and passport["footprint"]["accounts"] and passport["balances"],
          "a passport says where the coal is from and what became of it", str(passport)[:1500] + err)
    status, out, err = seam("lot", "verify", path("passport.json"), "--genesis", net.genesis)
    check(status == 0 and CLEAN_LOT in out and "later changes are not excluded" in out,
          "it verifies with genesis.json alone", out + err)
    for name, change in (("a byte of the proofs", lambda p: dict(p, bundle=p["bundle"].replace("A", "B", 1))),
                         ("no proofs", lambda p: dict(p, bundle=None))):
        with open(path("forged.json"), "w", encoding="utf-8") as handle:
            json.dump(change(passport), handle)
        status, out, err = seam("lot", "verify", path("forged.json"), "--genesis", net.genesis)
        check(status != 0, f"{name}: it does not", out + err)
    bundle = ask("GetLotBundle", lot=CLEAN_LOT)["bundle"]
    with open(path("bundle.json"), "w", encoding="utf-8") as handle:
        handle.write(bundle)
    status, out, err = seam("lot", "verify", path("bundle.json"), "--genesis", net.genesis, "--json")
    check(status == 0 and json.loads(out)["valid"], "a bundle by itself verifies, too", out + err)
finish()
