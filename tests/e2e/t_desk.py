# SPDX-License-Identifier: Apache-2.0
"""The trading desk's day from the command line [KSSJ 8a] [KSSJ 8b] [KSSJ 8c]: position, plan, trusted account,
trade against payment, surrender, a decision that raises what is owed afterwards, reversal, carry-over,
cancellation, a statement that is checked without a node, another registry's list; and the failure cases that
t_registry.py does not show over HTTP."""
import hashlib
import json
import os

from harness import Network, finish, post, seam
from units_net import (MINE, YEAR, Market, brief, cases_shown, ccer, cea, check, day, digest, good, later, refused,
                       scheme)

CEA, CCER = f"CN:CEA:CN:{YEAR}", f"CN:CCER:vam-1:{YEAR}"
SECRET = bytes(range(32))

with Network() as net:
    market = Market(net)
    typed, do, read, held = market.typed, market.type, market.plain_text, market.held

    def trade(name):
        return do("desk", "trade", "show", name)

    # --- the market ---
    for asset, kind in (("CCER", "OFFSET"), ("CEA", "ALLOWANCE"), ("FUND-1", "FUND_SHARE")):
        do("registrar", "allowance", "asset",
           {"asset": asset, "registry": "CN", "kind": kind, "name": {"en": asset}, "unit": "tCO2e",
            "transferable": True, "surrenderable": kind != "FUND_SHARE"})
    do("regulator", "allowance", "set-scheme", scheme())
    account = market.facility()
    do("registrar", "holding", "open", {"holding": "mine-acc", "holder": "mine", "scheme": "cn-ets",
                                        "kind": "OPERATOR", "facilities": [MINE], "covered_from": YEAR - 1})
    for holding, holder in (("desk-a", "desk"), ("desk-b", "desk-2"), ("mine2-acc", "mine-2")):
        do("registrar", "holding", "open",
           {"holding": holding, "holder": holder, "scheme": "cn-ets", "kind": "TRADING"})
    for asset, fen in (("CEA", 8000), ("CCER", 6000)):
        do("bank", "trade", "price", {"scheme": "cn-ets", "venue": "SHEX", "asset": asset, "day": day(-1),
                                      "version": 1, "volume": 1000, "close_fen": fen})
    now = do("mine", "surrender", "status", YEAR)
    owed = now["obligation"]["tonnes"]
    cap = owed * 5 // 100
    check(now["status"] == "C" and "missing or not verified" in now["explanation"][0] and
          any(f"{MINE}: 0 of 1 accounts" in line for line in now["explanation"]),
          "a year that is not verified is C, and the view says whose account it waits for", now["explanation"])
    check(any("x 80.00 CNY" in line and "x 5 to 10" in line and "Decree 775" in line
              for line in now["explanation"]) and now["exposure"]["low_fen"] == owed * 8000 * 5,
          "what the gap could cost, with its rule, price and days", now["explanation"])
    for holding, quantity in (("mine-acc", owed + 20000), ("desk-a", 128000)):
        do("regulator", "allowance", "allocate",
           {"holding": holding, "asset": "CEA", "vintage": YEAR, "kind": "FINAL", "quantity": quantity,
            "basis_hash": digest(holding)})
    do("mine-2", "project", "register",
       {"project": "vam-1", "facility": "mine-c", "methodology": "CCER-01-001-V01",
        "monitoring_plan_hash": digest("plan"), "start": f"{YEAR}-01-01", "end": f"{YEAR}-12-31",
        "baseline_period": str(YEAR - 1), "baseline_set_hash": digest("set"), "baseline_t": 100000})
    do("mine-2", "project", "claim",
       {"claim": "claim-1", "project": "vam-1", "source": "shaft-1", "gas": "CH4",
        "from_ms": f"{YEAR}-01-01T00:00:00Z", "to_ms": f"{YEAR}-02-01T00:00:00Z", "volume_nm3": "3000000",
        "quantity": cap + 5000, "report_hash": digest("report")})
    do("registrar", "allowance", "issue", {"issue": "issue-1", "holding": "mine2-acc", "asset": "CCER",
                                           "claim": "claim-1", "vintage": YEAR, "quantity": cap + 5000})

    # --- steps 1 to 3: position, need, trusted account ---
    position = do("desk", "holding", "show", "desk-a")["positions"][0]
    check(position["register"] == 128000 and position["trade"] == position["reserved"] == position["frozen"] == 0,
          "step 1: what an account holds, by series and state", brief(position))
    do("desk", "holding", "move", "desk-a", f"CEA:{YEAR}=128000", "TRADE")
    plan = do("mine", "plan", "compliance", YEAR)
    text = read("mine", "plan", "compliance", YEAR)
    check(plan["plan"]["buy_offsets_t"] == cap and
          any(line.startswith("Binding: the cap of credits, 5 %") for line in plan["summary"]) and
          any(line.startswith("Binding: the carry-over limit") for line in plan["summary"]) and
          any("Without any credit" in line for line in plan["summary"]) and
          "Binding: the cap of credits" in text and "A credit costs 60.00 CNY" in text,
          "step 2 [KSSJ 8b]: the plan says why this mix, what it saves and which limit binds", text)
    answer = typed("desk-2", "trust", "add", "desk-b", "desk-a", "same traders for years", second="preparer")
    refused(answer, "303013", "a trusted account takes a second, different person")
    do("desk-2", "trust", "add", "desk-b", "desk-a", "same traders for years")
    do("desk", "trust", "add", "desk-a", "desk-b", "and back")

    # --- steps 4 and 5: trade against payment ---
    do("desk", "trade", "propose", "t-1", "SELL", "desk-a", "LISTED", f"CEA:{YEAR}=50000", 8000, 1, "bank",
       "--field", "least:=1000")
    refused(typed("desk-2", "trade", "accept", "t-1", "desk-b", 999), "200005", "a part below the smallest", 1000)
    do("desk-2", "trade", "accept", "t-1", "desk-b", 30000)
    do("desk-2", "trade", "accept", "t-1", "desk-b", 12000)
    refused(typed("desk-2", "trade", "accept", "t-1", "desk-b", 8001), "303007", "a part beyond what is left", 8000)
    do("desk", "trade", "lock", "t-1", 1)
    do("bank", "trade", "pay", "t-1", 1, 30000 * 8000, "wire-1")
    states = [fill["state"] for fill in trade("t-1")["fills"]]
    check(states == ["SETTLED", "ACCEPTED"] and held("desk-2", "desk-b", CEA)["trade"] == 30000 and
          held("desk", "desk-a", CEA)["trade"] == 98000,
          "partial fill: each part is locked, paid and delivered by itself", states)
    refused(typed("desk", "trade", "pay", "t-1", 2, 12000 * 8000, "wire-2"), "302005",
            "the payment is confirmed by the bank, not by a party")
    lock = hashlib.sha256(SECRET).hexdigest()
    do("desk", "trade", "propose", "t-2", "SELL", "desk-a", "LISTED", f"CEA:{YEAR}=100", 8000, 1, "--field",
       f"hash_lock={lock}")
    do("desk-2", "trade", "accept", "t-2", "desk-b", 100)
    do("desk", "trade", "lock", "t-2", 1)
    refused(typed("desk-2", "trade", "claim", "t-2", 1, 100 * 8000, bytes(32).hex()), "200004",
            "hash lock: another secret opens nothing")
    check(held("desk", "desk-a", CEA)["reserved"] == 100, "and the units stay locked", "")
    do("desk-2", "trade", "claim", "t-2", 1, 100 * 8000, SECRET.hex())
    check(trade("t-2")["fills"][0]["state"] == "SETTLED" and held("desk-2", "desk-b", CEA)["trade"] == 30100,
          "hash lock: the buyer's secret delivers, in one transaction", "")
    do("desk", "trade", "lock", "t-1", 2)  # nobody will pay
    do("desk-2", "transfer", "propose", "early", "desk-b", "desk-a", f"CEA:{YEAR}=1")
    check(do("desk", "transfer", "show", "early")["state"] == "PROPOSED",
          "trusted list delay: before it is active a transfer is an offer", "")
    do("desk-2", "transfer", "cancel", "early")
    do("mine-2", "holding", "move", "mine2-acc", f"CCER:vam-1:{YEAR}={cap + 5000}", "TRADE")
    do("mine-2", "transfer", "propose", "ccer-1", "mine2-acc", "mine-acc", f"CCER:vam-1:{YEAR}={cap + 5000}")
    do("mine", "transfer", "accept", "ccer-1")

    # --- two hours pass ---
    later(net, 2 * 3600)
    do("bank", "trade", "price", {"scheme": "cn-ets", "venue": "TJEX", "asset": "CCER", "day": day(-1),
                                  "version": 1, "volume": 1, "close_fen": 6000})  # any block tells the time
    check(held("desk", "desk-a", CEA)["reserved"] == 0 and held("desk", "desk-a", CEA)["trade"] == 97900 and
          trade("t-1")["fills"][1]["state"] in ("EXPIRED", "REFUNDED"),
          "refund at expiry without anyone's action", brief(trade("t-1")))
    do("mine-2", "transfer", "execute", "ccer-1")
    do("registrar", "holding", "state", "desk-b", "SUSPENDED_PARTLY", "papers")
    do("desk", "transfer", "propose", "in-1", "desk-a", "desk-b", f"CEA:{YEAR}=10")
    check(do("desk", "transfer", "show", "in-1")["state"] == "EXECUTED" and
          held("desk-2", "desk-b", CEA)["trade"] == 30110,
          "a partly suspended account receives, from an active trusted one at once", "")
    refused(typed("desk-2", "transfer", "propose", "out-1", "desk-b", "desk-a", f"CEA:{YEAR}=10"), "303012",
            "and cannot send", text="SUSPENDED_PARTLY")
    do("registrar", "holding", "state", "desk-b", "OPEN", "papers are there")
    do("authority", "allowance", "freeze", {"order": "court-1", "holding": "desk-b", "order_hash": digest("court")})
    refused(typed("desk-2", "transfer", "propose", "out-1", "desk-b", "desk-a", f"CEA:{YEAR}=10"), "303015",
            "a frozen account sends nothing")
    do("authority", "allowance", "unfreeze", "court-1", "lifted")

    # --- steps 6 and 7: surrender, and what is refused of it ---
    do("mine", "holding", "move", "mine-acc", f"CCER:vam-1:{YEAR}={cap + 5000}", "REGISTER")
    refused(typed("mine", "surrender", "propose", "s-0", "mine-acc", YEAR, f"CEA:{YEAR}=10,CCER:vam-1:{YEAR}={cap + 1}"),
            "303008", "credits beyond 5 % of the obligation", cap)
    do("mine", "surrender", "propose", "s-1", "mine-acc", YEAR,
       f"CEA:{YEAR}={owed - cap},CCER:vam-1:{YEAR}={cap}", "Mine 91140000", "obligation")
    do("regulator", "surrender", "approve", "s-1")
    now = do("mine", "surrender", "status", YEAR)
    check(now["gap"] == 0 and now["surrendered"] == now["counted"] == owed,
          "step 7 [KSSJ 8a]: what was surrendered counts, and nothing is missing", brief(now))

    # --- a decision after the surrender ---
    do("regulator", "dispute", "open",
       {"dispute": "d-1", "facility": MINE, "period": f"{YEAR}-12", "relief": "THIRD_VALUE", "reason": "the meter",
        "claims": [{"category": "SCOPE1", "claimed_g": account["scope1_g"] + 5 * 10 ** 9,
                    "reason": "the meter was off"}]})
    do("regulator", "dispute", "decide",
       {"dispute": "d-1", "reason": "read again", "decided_lines": [
           {"outcome": "THIRD_VALUE", "value_g": account["scope1_g"] + 3 * 10 ** 9, "reason": "the meter was off"}]})
    now = do("mine", "surrender", "status", YEAR)
    told = now["explanation"]
    text = read("mine", "surrender", "status", YEAR)
    check(now["status"] == "B" and now["gap"] == 3000 and now["alarm"] and now["counted"] == owed and
          told[0].startswith("B: ") and "3,000 t are missing" in told[0] and day(60) in told[1] and
          any(line.startswith("ALARM: A decision raised") for line in told) and "ALARM" in text,
          "obligation raised by a dispute after the surrender: new gap, deadline and alarm at once", text)
    check(now["exposure"]["high_fen"] == 3000 * 8000 * 10 and
          any("= 1,200,000.00 to 2,400,000.00 CNY [Decree 775" in line for line in told), "and what it could cost", told)
    do("mine", "surrender", "propose", "s-2", "mine-acc", YEAR, f"CEA:{YEAR}=3000", "Mine 91140000", "decided")
    now = do("desk", "surrender", "status", YEAR, "mine-acc")
    check(now["status"] == "B1" and now["explanation"][0].startswith("B1: ") and "exposure" not in now and
          "What is proposed would be enough" in now["explanation"][1],
          "B1: short, but what is proposed would be enough; others see that and no amounts inside", brief(now))
    do("regulator", "surrender", "approve", "s-2")
    now = do("mine", "surrender", "status", YEAR)
    check(now["status"] == "A" and now["explanation"][0].endswith("the year is met."), "A: the year is met",
          now["explanation"])
    answer = typed("regulator", "dispute", "open",
                   {"dispute": "d-2", "facility": MINE, "period": f"{YEAR}-12", "relief": "THIRD_VALUE", "reason": "x",
                    "claims": [{"category": "SCOPE1", "claimed_g": 1, "reason": "x"}]})
    refused(answer, "303002", "a year that is met is closed to new disputes", "LOCKED")

    # --- step 8: reversal ---
    do("mine", "surrender", "reverse", "s-2", "by mistake")
    check(do("mine", "surrender", "status", YEAR)["status"] == "B" and
          held("mine", "mine-acc", CEA)["register"] == 20000 + cap, "step 8: reversed inside its window", "")
    do("mine", "surrender", "propose", "s-3", "mine-acc", YEAR, f"CEA:{YEAR}=3000", "Mine 91140000", "decided")
    do("regulator", "surrender", "approve", "s-3")
    refused(typed("mine", "surrender", "reverse", "s-2", "again"), "303012",
            "no reversal once the serial numbers have moved on to another surrender", text="REVERSED")
    do("mine", "carryover", "propose", "c-1", "mine-acc", YEAR, f"CEA:{YEAR}=7000")
    refused(typed("mine", "surrender", "reverse", "s-3", "by mistake"), "303012",
            "no reversal once units of the year were carried over", 7000)
    do("mine-2", "holding", "open", {"holding": "mine2-op", "holder": "mine-2", "scheme": "cn-ets",
                                     "kind": "OPERATOR", "facilities": ["mine-c"], "covered_from": YEAR})
    do("registrar", "holding", "state", "mine2-op", "OPEN", "papers are there")
    refused(typed("mine", "surrender", "propose", "s-4", "mine-acc", YEAR, f"CCER:vam-1:{YEAR}=1"), "303014",
            "ineligible project: credits of a facility that has come under allowance management", text="mine-c")

    # --- steps 9 and 10 ---
    do("desk", "holding", "move", "desk-a", f"CEA:{YEAR}=20000", "REGISTER")
    refused(typed("desk", "carryover", "propose", "c-2", "desk-a", YEAR, f"CEA:{YEAR}=90000"), "303007",
            "step 9: carry-over ends at its limit")
    do("desk", "carryover", "propose", "c-3", "desk-a", YEAR, f"CEA:{YEAR}=5000")
    do("desk-2", "cancel", "can-1", "desk-b", "TRADE", f"CEA:{YEAR}=500", "Coal exhibition", "voluntary")
    ended = market.blocks("desk-2", "desk-b", CEA, "CANCELLED")[0]
    serial = do("desk", "holding", "serial", CEA, ended[0])
    report = do("power", "holding", "report")["ends"]
    check(serial["state"] == "CANCELLED" and serial["ended"] and
          {(entry["kind"], entry["quantity"]) for entry in report} >= {("CANCELLATION", 500), ("SURRENDER", 3000)},
          "step 10: what was used up is found by serial and in the public report", brief([serial, report]))
    status, envelope = post(net.url(1), "PublicReport", b"{}")
    check(status in (401, 403) and envelope["code"].startswith("302"),
          "public means everybody with a token, and a token all the same [KSSJ 9.2.2a]", brief(envelope))

    # --- a statement without a node ---
    path = os.path.join(net.dir, "statement.json")
    node = net.homes["desk-2"]
    status, out, err = seam("holding", "bundle", "desk-b", day(-2), "--out", path, node=net.url(node),
                            token=net.token(node, member="desk-2"))
    check(status == 0 and "holding verify" in err, "a statement is saved with its proofs", out + err)
    status, out, err = seam("holding", "verify", path, "--genesis", net.genesis, "--json", node="http://127.0.0.1:1")
    proven = json.loads(out)
    asked = do("desk-2", "holding", "statement", "desk-b", day(-2))
    same = ("series", "number", "kind", "quantity", "held", "transaction", "height", "time")
    check(status == 0 and proven["valid"] and proven["holding"] == "desk-b" and len(proven["lines"]) >= 6 and
          [[line[key] for key in same] for line in proven["lines"]] ==
          [[line[key] for key in same] for line in asked["lines"]] and
          [(entry["series"], entry["closing"]) for entry in proven["positions"]] ==
          [(entry["series"], entry["closing"]) for entry in asked["positions"]],
          "[KSSJ 8c] a statement is checked without a node: every line with its signed transaction", out[:1500] + err)
    status, out, err = seam("holding", "verify", path, "--genesis", net.genesis)
    check(status == 0 and "desk-b" in out and "CANCEL" in out and "later changes are not excluded" in out,
          "and is read as a table", out + err)
    with open(path, encoding="utf-8") as handle:
        document = json.load(handle)
    for name, change in (("its readable part", lambda d: d["readable"].update(subject="desk-a")),
                         ("its proof", lambda d: d.update(bundle=d["bundle"][:-60] + "AAAA" + d["bundle"][-56:]))):
        forged = json.loads(json.dumps(document))
        change(forged)
        status, out, err = seam("holding", "verify", market.file(json.dumps(forged, indent=2), "forged.json"),
                                "--genesis", net.genesis)
        check(status == 1, f"a statement is refused when a line of {name} is changed", out + err)
    answer = typed("desk", "holding", "statement", "desk-b")
    refused(answer, "302005", "another desk's statement is not read")

    lists = [read("desk-2", "trust", "list", "desk-b"), read("desk", "holding", "list"),
             read("desk", "trade", "show", "t-1"), read("desk-2", "holding", "statement", "desk-b", day(-2))]
    check("ACTIVE" in lists[0] and "mine2-op" in lists[1] and "2400000.00" in lists[2] and
          "CANCELLED 500" in lists[3] and not any("verify" in text for text in lists),
          "lists are read by people: states, names, money, serial numbers", "\n".join(lists))

    # --- another registry's list, as it comes ---
    rows = ["registry,asset,project,vintage,start,end,account,state"]
    start, end = market.blocks("desk-2", "desk-b", CEA, "TRADE")[0]
    rows += [f"CN,CEA,CN,{YEAR},{start},{end},desk-a,HELD", "CN,CEA,CN,20x5,1,2,desk-b,HELD",
             f"CN,CEA,CN,{YEAR + 50},1,9,desk-b,HELD"]
    table = market.file("\n".join(rows) + "\n", "registry.csv")
    found = do("registrar", "allowance", "reconcile", table)
    text = read("registrar", "allowance", "reconcile", table)
    check([(entry["line"], entry["field"]) for entry in found["refused"]] == [(3, "vintage")] and
          any("units: here in account desk-b as TRADE, there in account desk-a as HELD." in entry["text"]
              for entry in found["differences"]) and "not in this registry." in text,
          "another registry's CSV: each wrong row is named, each difference is said in words", text)
    refused(typed("registrar", "allowance", "reconcile", market.file("registry,asset\nCN,CEA\n", "short.csv")),
            "200004", "a table without its columns")

    # --- fifteen days later ---
    later(net, 15 * 86400)
    do("bank", "trade", "price", {"scheme": "cn-ets", "venue": "TJEX", "asset": "CEA", "day": day(-1),
                                  "version": 1, "volume": 1, "close_fen": 8000})
    refused(typed("mine", "surrender", "reverse", "s-1", "by mistake"), "303016", "no reversal after its window")
    told = do("registrar", "allowance", "check")
    check(told["valid"] and told["series"] >= 3, "the registry counts every block again on demand", told)
    sums, wrong = market.audit()
    check(not wrong and sums[CEA]["carried"] == 12000 and sums[CEA]["cancelled"] == 500,
          "an auditor who adds up every block of every account finds nothing missing and nothing twice", wrong or sums)
    cases_shown(__file__)

finish()
