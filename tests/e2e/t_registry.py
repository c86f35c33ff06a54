# SPDX-License-Identifier: Apache-2.0
"""The trading desk's journey on a real network: accounts, trade against payment, surrender, carry-over,
cancellation, and every way in which it must fail, with the numbers that the refusals name [KSSJ 8a] [KSSJ 8b]
[KSSJ 8c]."""
import concurrent.futures
import json

from harness import Network, finish, seam
from units_net import (MINE, YEAR, Market, brief, cases_shown, ccer, cea, check, command, day, digest, good, later,
                       refused, scheme)

CEA, NEXT, CCER = f"CN:CEA:CN:{YEAR}", f"CN:CEA:CN:{YEAR + 1}", f"CN:CCER:vam-1:{YEAR}"
DESK, DESK_2, OWNER = ("desk", "desk-a"), ("desk-2", "desk-b"), ("mine", "mine-acc")


with Network() as net:
    market = Market(net)
    must, order, ask, held = market.must, market.order, market.ask, market.held

    # --- scheme, assets, accounts ---
    for asset, kind, use in (("CCER", "OFFSET", True), ("CEA", "ALLOWANCE", True), ("FUND-1", "FUND_SHARE", False)):
        must("RegisterAsset", "registrar", asset=asset, registry="CN", kind=kind, name={"en": asset},
             unit="tCO2e" if use else "share", transferable=True, surrenderable=use)
    must("SetScheme", "regulator", **scheme())
    account = market.facility()
    must("OpenHoldingAccount", "registrar", holding="mine-acc", holder="mine", scheme="cn-ets",
         kind="OPERATOR", facilities=[MINE], covered_from=YEAR - 1)
    for holding, holder in (("desk-a", "desk"), ("desk-b", "desk-2"), ("mine2-acc", "mine-2")):
        must("OpenHoldingAccount", "registrar", holding=holding, holder=holder, scheme="cn-ets", kind="TRADING")
    must("PublishPrice", "bank", scheme="cn-ets", venue="SHEX", asset="CEA", day=day(-1), version=1,
         volume=1000, close_fen=8000)
    must("PublishPrice", "bank", scheme="cn-ets", venue="SHEX", asset="CCER", day=day(-1), version=1,
         volume=1000, close_fen=6000)
    listed = ask("ListHoldingAccounts", "desk")["accounts"]
    check(sorted(entry["holding"] for entry in listed) == ["desk-a", "desk-b", "mine-acc", "mine2-acc"] and
          ask("GetScheme", "desk", scheme="cn-ets")["offset_cap_bp"] == 500, "scheme and accounts stand", listed)

    now = ask("GetCompliance", "mine", year=YEAR)
    owed = now["obligation"]["tonnes"]
    cap = owed * 5 // 100
    check(now["holding"] == "mine-acc" and owed == (account["scope1_g"] + 500000) // 1000000 and
          now["status"] == "C" and now["gap"] == owed and now["offset_cap"] == cap,
          "[KSSJ 8a] what a year owes comes from the accounts", brief(now))

    # --- units ---
    given = owed + 100000
    must("Allocate", "regulator", holding="mine-acc", asset="CEA", vintage=YEAR, kind="PRE",
         quantity=1000, basis_hash=digest("pre"))
    must("Allocate", "regulator", holding="mine-acc", asset="CEA", vintage=YEAR, kind="FINAL",
         quantity=given, basis_hash=digest("final"))
    must("Allocate", "regulator", holding="mine-acc", asset="CEA", vintage=YEAR + 1, kind="PRE",
         quantity=500, basis_hash=digest("next"))
    must("Allocate", "regulator", holding="desk-a", asset="CEA", vintage=YEAR, kind="FINAL",
         quantity=128000, basis_hash=digest("desk"))
    check(held("mine", "mine-acc", CEA)["register"] == given, "allocation: a first part is deducted", "")
    must("MovePosition", "desk", holding="desk-a", units=cea(128000), to="TRADE")
    must("RegisterProject", "mine-2", project="vam-1", facility="mine-c", methodology="CCER-01-001-V01",
         monitoring_plan_hash=digest("plan"), start=f"{YEAR}-01-01", end=f"{YEAR}-12-31",
         baseline_period=str(YEAR - 1), baseline_set_hash=digest("set"), baseline_t=100000)
    claim = {"project": "vam-1", "source": "shaft-1", "gas": "CH4", "from_ms": f"{YEAR}-01-01T00:00:00Z",
             "to_ms": f"{YEAR}-02-01T00:00:00Z", "volume_nm3": "3000000", "quantity": cap + 5000,
             "report_hash": digest("report")}
    must("ClaimReduction", "mine-2", claim="claim-1", **claim)
    refused(order("ClaimReduction", "mine-2", claim="claim-2", **dict(claim, from_ms=f"{YEAR}-01-31T23:00:00Z",
                                                                      to_ms=f"{YEAR}-02-02T00:00:00Z")),
            "303020", "a reduction is claimed once: the same hour under another claim")
    must("IssueCcer", "registrar", issue="issue-1", holding="mine2-acc", asset="CCER", claim="claim-1",
         vintage=YEAR, quantity=cap + 5000)

    # --- trusted account, offers, the clock of the scheme ---
    must("AddTrustedAccount", "desk-2", holding="desk-b", trusted="desk-a", reason="same traders for years")
    trusted = ask("ListTrustedAccounts", "desk-2", holding="desk-b")["accounts"]
    check([entry["state"] for entry in trusted] == ["PENDING_ACTIVATION"], "a trusted account waits", trusted)
    must("MovePosition", "mine-2", holding="mine2-acc", units=ccer(cap + 5000), to="TRADE")
    must("ProposeTransfer", "mine-2", transfer="ccer-1", **{"from": "mine2-acc"}, to="mine-acc",
         units=[ccer(cap + 5000)])
    offered = ask("ListTransfers", "mine", holding="mine-acc", waiting=True)["transfers"]
    check([entry["transfer"] for entry in offered] == ["ccer-1"] and offered[0]["state"] == "PROPOSED",
          "who is offered units finds the offer", offered)
    must("AcceptTransfer", "mine", transfer="ccer-1")
    refused(order("ExecuteTransfer", "mine-2", transfer="ccer-1"), "303016",
            "outside the trusted list a transfer waits for its delay")

    # --- trade against payment ---
    refused(order("ProposeTrade", "desk", trade="x", side="SELL", holding="desk-a", method="LISTED",
                  units=cea(1), price_fen=8805, settlement="bank", payment_hours=1), "200005",
            "price out of band", 8800)
    refused(order("ProposeTrade", "desk", trade="x", side="SELL", holding="desk-a", method="LISTED",
                  units=cea(1), price_fen=-1, settlement="bank", payment_hours=1), "200005", "price negative")
    refused(order("ProposeTrade", "desk", trade="x", side="SELL", holding="desk-a", method="LISTED",
                  units=cea(1), price_fen=8003, settlement="bank", payment_hours=1), "200005", "price off the tick", 5)
    market.trade("t-1", DESK, DESK_2, cea(50000))
    must("LockTrade", "desk", trade="t-1", fill=1)
    check(held("desk", "desk-a", CEA)["reserved"] == 50000, "a lock reserves the seller's units", "")
    refused(order("ConfirmPayment", "bank", trade="t-1", fill=1, amount_fen=1), "200005",
            "another amount than the terms say", 50000 * 8000)
    paid = must("ConfirmPayment", "bank", trade="t-1", fill=1, amount_fen=50000 * 8000, reference="pay t-1")
    trade = ask("GetTrade", "desk", trade="t-1")
    check(trade["fills"][0]["state"] == "SETTLED" and held("desk-2", "desk-b", CEA)["trade"] == 50000 and
          held("desk", "desk-a", CEA)["trade"] == 78000,
          "[KSSJ 8c] delivery and payment are one transaction", brief(trade))
    market.trade("t-2", DESK_2, DESK, cea(12000))
    market.settle("t-2", DESK_2, cea(12000))
    again = market.order("ProposeTransfer", "desk-2", key="same", transfer="same", **{"from": "desk-b"},
                         to="mine2-acc", units=[cea(1000)])
    twice = market.order("ProposeTransfer", "desk-2", key="same", transfer="same", **{"from": "desk-b"},
                         to="mine2-acc", units=[cea(1000)])
    check(good(again) and good(twice) and twice["data"].get("duplicate") is True and
          twice["data"]["transaction"] == again["data"]["transaction"] and
          held("desk-2", "desk-b", CEA)["reserved"] == 1000,
          "duplicate order message: the same key is the same result", brief(twice))
    other = market.order("ProposeTransfer", "desk-2", key="same", transfer="other", **{"from": "desk-b"},
                         to="mine2-acc", units=[cea(1)])
    refused(other, "303001", "the same key with another content")
    missing = market.plain("ProposeTransfer", "desk-2", transfer="other", **{"from": "desk-b"}, to="mine2-acc",
                           units=[cea(1)])
    refused(missing, "200001", "an order without its key", field="idempotency_key")
    must("CancelTransfer", "desk-2", transfer="same")

    # --- beyond what is available; two sales of one block ---
    refused(order("ProposeTransfer", "desk-2", transfer="big", **{"from": "desk-b"}, to="desk-a",
                  units=[cea(38001)]), "303007", "transfer beyond what is available", 38000)
    check(held("desk-2", "desk-b", CEA)["reserved"] == 0, "and nothing is reserved", "")
    files = []
    for name in ("sale-1", "sale-2"):
        market.trade(name, DESK_2, OWNER, cea(30000))
        files.append(market.signed("LockTrade", "desk-2", f"lock-{name}", trade=name, fill=1))
    net.roots()  # every node has both sales
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(seam, "tx", "submit", file, "--json", node=net.url(node), token=net.token(node))
                for file, node in zip(files, (1, 3))]
        locks = [json.loads(one.result()[1]) for one in sent]
    won = [name for name, answer in zip(("sale-1", "sale-2"), locks) if good(answer)]
    lost = [answer for answer in locks if not good(answer)]
    net.roots()
    check(len(won) == 1 and len(lost) == 1 and lost[0]["code"] == "303007" and
          held("desk-2", "desk-b", CEA)["reserved"] == 30000,
          "two concurrent sales of one block, sent to two nodes: exactly one wins", "\n".join(map(brief, locks)))
    roots = net.roots()
    check(len({root for _, root in roots}) == 1, "and it is the same at every node", roots)

    # --- an hour passes: payment late, the trusted account, the delay ---
    later(net, 2 * 3600)
    must("PublishPrice", "registrar", scheme="cn-ets", venue="BJEX", asset="CCER", day=day(-1), version=1,
         volume=1, close_fen=6000)  # any block tells the time
    book = held("desk-2", "desk-b", CEA)
    check(book["trade"] == 38000 and book["reserved"] == 0, "payment late: refunded by time, without anyone", book)
    late = must("ConfirmPayment", "bank", trade=won[0], fill=1, amount_fen=30000 * 8000, reference="late")
    waiting = ask("ListTrades", "bank", late=True)["trades"]
    check([entry["fills"][0]["state"] for entry in waiting] == ["PAID_LATE"] and
          held("mine", "mine-acc", CEA)["trade"] == 0,
          "paid after expiry: no units move, and it stands on a list of its own", brief(waiting))
    must("ConfirmPayment", "bank", trade=won[0], fill=1, amount_fen=30000 * 8000, returned=True)
    check(ask("ListTrades", "bank", late=True)["trades"] == [], "until the money went back", "")
    must("ExecuteTransfer", "mine-2", transfer="ccer-1")
    check(held("mine", "mine-acc", CCER)["trade"] == cap + 5000, "the delayed transfer is carried out", "")
    done = must("ProposeTransfer", "desk-2", transfer="quick", **{"from": "desk-b"}, to="desk-a", units=[cea(10)])
    check(ask("GetTransfer", "desk", transfer="quick")["state"] == "EXECUTED", "to a trusted account at once",
          brief(done))

    # --- accounts that may not, units that are frozen ---
    must("SetHoldingState", "registrar", holding="desk-b", state="SUSPENDED_PARTLY", reason="papers")
    refused(order("ProposeTransfer", "desk-2", transfer="no", **{"from": "desk-b"}, to="desk-a",
                  units=[cea(1)]), "303012", "a partly suspended account cannot send", text="SUSPENDED_PARTLY")
    must("AddTrustedAccount", "desk", holding="desk-a", trusted="desk-b", reason="back")
    must("SetHoldingState", "registrar", holding="desk-b", state="OPEN", reason="papers are there")
    first = market.blocks("mine", "mine-acc", CEA, "REGISTER")[0][0]
    order_ranges = [(first, first + 999)]
    must("Freeze", "authority", order="court-1", holding="mine-acc", units=[cea(1000, ranges=order_ranges)],
         order_hash=digest("court"), allow_surrender=True)
    must("Freeze", "authority", order="court-2", holding="desk-b", units=[cea(37990)], order_hash=digest("2"))
    refused(order("ProposeTransfer", "desk-2", transfer="no", **{"from": "desk-b"}, to="desk-a",
                  units=[cea(1)]), "303015", "frozen units stay", 0)
    must("Unfreeze", "authority", order="court-2", reason="lifted")

    # --- surrender ---
    plan = ask("PlanCompliance", "mine", year=YEAR)
    check(plan["plan"]["need_t"] == owed and plan["plan"]["own_offsets_t"] == cap and
          plan["plan"]["own_allowances_t"] == owed - cap and plan["reasons"],
          "[KSSJ 8b] the plan uses own credits up to the cap, and says why", brief(plan["plan"]))
    must("MovePosition", "mine", holding="mine-acc", units=ccer(cap + 5000), to="REGISTER")
    refused(order("ProposeSurrender", "mine", surrender="s-0", holding="mine-acc", year=YEAR,
                  units=[cea(owed - cap - 1), ccer(cap + 1)]), "303008", "5 % cap exceeded", cap)
    refused(order("ProposeSurrender", "mine", surrender="s-0", holding="mine-acc", year=YEAR,
                  units=[cea(10, YEAR + 1)]), "303009", "wrong vintage", YEAR)
    must("ProposeSurrender", "mine", surrender="s-1", holding="mine-acc", year=YEAR,
         units=[cea(1000, ranges=order_ranges), cea(owed - cap - 1000), ccer(cap)],
         beneficiary="Demonstration mine", purpose=f"obligation of {YEAR}")
    check(ask("GetSurrender", "mine", surrender="s-1")["state"] == "PROPOSED" and
          held("mine", "mine-acc", CCER)["reserved"] == cap, "a proposed surrender reserves", "")
    refused(order("ApproveSurrender", "mine", surrender="s-1"), "302005", "the holder does not approve it")
    must("RejectSurrender", "regulator", surrender="s-1", reason="name the beneficiary by its register number")
    must("ProposeSurrender", "mine", surrender="s-2", holding="mine-acc", year=YEAR,
         units=[cea(owed - cap), ccer(cap)], beneficiary="Demonstration mine 91140000", purpose="2025")
    must("ApproveSurrender", "regulator", surrender="s-2")
    must("ReverseSurrender", "mine", surrender="s-2", reason="by mistake")
    check(held("mine", "mine-acc", CCER)["register"] == cap + 5000,
          "reversed inside the window: the same serial numbers are back", "")
    refused(order("ReverseSurrender", "mine", surrender="s-2", reason="again"), "303012", "reversed once only")
    must("ProposeSurrender", "mine", surrender="s-3", holding="mine-acc", year=YEAR,
         units=[cea(1000, ranges=order_ranges), cea(owed - cap - 1000), ccer(cap)],
         beneficiary="Demonstration mine 91140000", purpose=f"obligation of {YEAR}")
    must("ApproveSurrender", "regulator", surrender="s-3")
    now = ask("GetCompliance", "mine", holding="mine-acc", year=YEAR)
    check(now["gap"] == 0 and now["surrendered"] == now["counted"] == owed and now["surrendered_offsets"] == cap,
          "[KSSJ 8a] the year's obligation is surrendered, frozen units that allow it among them", brief(now))
    report = ask("PublicReport", "desk")["ends"]
    check(any(entry["kind"] == "SURRENDER" and entry["id"] == "s-3" and entry["quantity"] == owed and
              entry["beneficiary"] == "Demonstration mine 91140000" for entry in report),
          "credits are retired with their beneficiary, for everybody to see", brief(report))

    # --- used once ---
    foreign = {"holding": "desk-b", "registry": "VCS", "asset": "CCER", "project": "gs-7", "vintage": YEAR,
               "ranges": [{"start": 101, "end": 200}], "proof_hash": digest("their cancellation")}
    must("ImportUnits", "registrar", **foreign)
    refused(order("ImportUnits", "registrar", **dict(foreign, ranges=[{"start": 150, "end": 160}])), "303010",
            "the same serial numbers imported twice", text="unit 150 was here before")
    without = dict(foreign, ranges=[{"start": 301, "end": 302}])
    del without["proof_hash"]
    refused(order("ImportUnits", "registrar", **without), "200001", "an import names the foreign proof",
            field="proof_hash")
    used = market.blocks("mine", "mine-acc", CCER, "SURRENDERED")[0]
    double = order("CancelUnits", "mine", cancellation="c-x", holding="mine-acc", **{"from": "REGISTER"},
                   units=[dict(ccer(1), ranges=[{"start": used[0], "end": used[0]}])], beneficiary="x", purpose="x")
    refused(double, "303010", "double use of a credit that was surrendered", text="is SURRENDERED")
    must("RegisterProject", "mine", project="own-1", facility=MINE, methodology="CCER-01-001-V01",
         monitoring_plan_hash=digest("own"), start=f"{YEAR}-01-01", end=f"{YEAR}-12-31",
         baseline_period=str(YEAR - 1), baseline_set_hash=digest("set"), baseline_t=1)
    refused(order("ClaimReduction", "mine", claim="claim-own", **dict(claim, project="own-1")), "303014",
            "credits of a facility under allowance management", text=MINE)

    # --- carry-over [V20] ---
    must("MovePosition", "desk", holding="desk-a", units=cea(90000), to="REGISTER")
    refused(order("CarryOver", "desk", carry="carry-0", holding="desk-a", year=YEAR, units=[cea(66986)]),
            "303007", "more than may be carried over: sold 50,000, bought 12,000 and received 10, held 90,000",
            66985)  # a transfer that was received counts as bought
    must("CarryOver", "desk", carry="carry-1", holding="desk-a", year=YEAR, units=[cea(60000)])
    must("CarryOver", "desk", carry="carry-2", holding="desk-a", year=YEAR, units=[cea(6985)])
    check(held("desk", "desk-a", NEXT)["register"] == 66985 and held("desk", "desk-a", CEA)["carried"] == 66985,
          "carried over in two applications: the old retired, the next vintage issued", "")

    # --- cancellation, statements, serial numbers ---
    must("CancelUnits", "desk-2", cancellation="c-1", holding="desk-b", units=[cea(500)], **{"from": "TRADE"},
         beneficiary="Coal exhibition 2026", purpose="voluntary")
    report = ask("PublicReport", "mine")["ends"]
    check(any(entry["kind"] == "CANCELLATION" and entry["quantity"] == 500 for entry in report),
          "a cancellation is public", brief(report))
    ended = market.blocks("desk-2", "desk-b", CEA, "CANCELLED")[0]
    seen = ask("FindSerial", "desk-2", series=CEA, serial=ended[0])
    check(seen["state"] == "CANCELLED" and seen["ended"] and seen["stops"][0]["kind"] == "CANCEL" and
          ask("FindSerial", "desk", series=CEA, serial=ended[0])["state"] == "CANCELLED",
          "a serial number's way to its end", brief(seen))
    statement = ask("GetStatement", "desk-2", holding="desk-b", since=day(-2), bundle=True)
    position = next(entry for entry in statement["positions"] if entry["series"] == CEA)
    change = sum(line["held"] for line in statement["lines"] if line["series"] == CEA)
    check(position["opening"] == {} and sum(position["closing"].get(state, 0) for state in
                                            ("TRADE", "REGISTER", "RESERVED", "PENDING")) == change == 37490 and
          len(statement["bundle"]) > 1000, "[KSSJ 8c] a statement adds up, with the proof of each line",
          brief({key: value for key, value in statement.items() if key != "bundle"}))
    refused(net.call("GetStatement", {"holding": "desk-b"}, member="desk")[1], "302005",
            "another desk's statement")
    check("positions" not in ask("GetHoldings", "desk", holding="desk-b") and
          "positions" in ask("GetHoldings", "regulator", holding="desk-b"),
          "holdings are for the holder, registrar and regulator", "")

    # --- the same from the command line ---
    words = ("transfer", "propose", "typed", "desk-b", "desk-a", f"CEA:{YEAR}=20")
    status, first, told = command(net, "desk-2", *words, "--key", "typed-1")
    draft = first["data"]["draft"]
    status, done, _ = command(net, "desk-2", "draft", "approve", draft, person="responsible")
    again = command(net, "desk-2", *words, "--key", "typed-1")[1]["data"]
    check(status == 0 and good(done) and again["duplicate"] and
          again["transaction"] == done["data"]["transaction"],
          "an order typed twice under one key is one order", brief([done, again]))
    status, refusal, told = command(net, "desk-2", "transfer", "propose", "typed-2", "desk-b", "desk-a",
                                    f"CEA:{YEAR}=99999")
    check(status == 1 and refusal["code"] == "303007" and "order key: " in told,
          "without one it is made and shown; a refusal is exit 1", told)
    typed = [command(net, "mine", "plan", "compliance", str(YEAR)),
             command(net, "desk-2", "holding", "show", "desk-b"), command(net, "desk", "trade", "list", "desk-a"),
             command(net, "mine", "surrender", "status", str(YEAR)), command(net, "desk", "holding", "report"),
             command(net, "desk-2", "holding", "statement", "desk-b", day(-2)),
             command(net, "desk-2", "trust", "list", "desk-b"), command(net, "desk-2", "transfer", "list", "desk-b"),
             command(net, "desk", "holding", "serial", CEA, str(ended[0]))]
    check(all(answer[0] == 0 and answer[1]["code"] == "000000" for answer in typed),
          "holdings, plan, trades, statement, report by command", "\n".join(map(str, typed))[:1500])

    # --- another registry's list ---
    rows = ["registry,asset,project,vintage,start,end,account,state"]
    for start, end in market.blocks("desk-2", "desk-b", CEA, "TRADE"):
        rows.append(f"CN,CEA,CN,{YEAR},{start},{end},desk-a,HELD")
    rows.append(f"CN,CEA,CN,{YEAR + 50},1,9,desk-b,HELD")
    found = ask("ReconcileRegistry", "registrar", table="\n".join(rows) + "\n")
    kinds = {entry["kind"] for entry in found["differences"]}
    check({"ACCOUNT", "ABSENT_HERE"} <= kinds, "another registry's list: differences are shown", brief(found))
    refused(net.call("ReconcileRegistry", {"table": rows[0] + "\n"}, member="desk")[1], "302005",
            "whoever keeps no registry reconciles none")

    # --- every unit is somewhere ---
    net.roots()  # what was typed has come to every node: none is in the middle of a count
    series = ask("ListSeries", "regulator")["series"]
    wrong = [entry for entry in series if entry["issued"] != sum(entry[key] for key in (
        "held", "surrendered", "cancelled", "exported", "lapsed", "carried"))]
    check(len(series) == 4 and not wrong,
          "issued = held + surrendered + cancelled + exported + lapsed + carried", wrong or series)
    sums, wrong = market.audit()
    check(len(sums) == 4 and not wrong and sum(total["surrendered"] for total in sums.values()) == owed,
          "an auditor who adds up every block of every account finds the same, no gap and no overlap", wrong or sums)
    cases_shown(__file__)

finish()
