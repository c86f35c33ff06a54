# SPDX-License-Identifier: Apache-2.0
"""Reported against verified on a real network, from the gap on the board to a published decision and what
the registry makes of it [KSSJ 7.2.2b]: attribution, observation, a dispute contested by the mine and its
verifier line by line, sealed and public statements, more time, a decision whose effects the registry uses
once, its reversal on appeal by two of a panel's three, the case as a file that verifies with no network,
units that were gone before they were recovered, the default rule at time-out, and the year that is locked.

Checks that begin with "failure:" are the failure cases of the regulator's journey; docs/disputes.md lists
them with their tests."""
import copy
import datetime
import hashlib
import json
import os
import subprocess
import tempfile

from harness import BIN, SAMPLES, Network, check, finish, seam
from lots_net import good, must
from units_net import MINE, YEAR, Market, cea, later, scheme

FACILITY, PERIOD = MINE, f"{YEAR}-12"  # its only month of the year
OTHER = "mine-b"
DAY = 24 * 3600
STEPS = ["BASIC_DATA", "BOUNDARY", "METHOD", "DATA", "QUALITY_PLAN", "QA_FILING"]
DECLARATIONS = ["FEE_FIXED", "NO_EMPLOYMENT", "NO_PREPARATION", "NO_SALES", "NO_SHARES"]


def show(answer):
    return json.dumps(answer, ensure_ascii=False)[:1500]


def digest(text):
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def refused(answer, *fields):
    return answer["code"] != "000000" and any(field in json.dumps(answer["data"] or {}) for field in fields)


with Network() as net, tempfile.TemporaryDirectory() as folder:
    heights = {"last": 0}

    def call(operation, body, member, person="preparer"):
        """Asks a node that has seen what the test did so far at the others."""
        net.follow(net.homes[member], heights["last"])
        answer = net.call(operation, body, person=person, member=member)[1]
        if isinstance(answer["data"], dict):
            heights["last"] = max(heights["last"], answer["data"].get("height") or 0)
        return answer

    def ask(operation, member="regulator", **body):
        answer = call(operation, body, member)
        if answer["code"] != "000000":
            raise RuntimeError(f"{operation} {body}: {show(answer)}")
        return answer["data"]

    def sign(operation, member, signers, **body):
        """One person after the other; the last envelope."""
        answer = call(operation, body, member, signers[0])
        for person in signers[1:]:
            if answer["code"] != "000000" or answer["data"]["state"] != "AWAITING_SECOND_PERSON":
                break
            answer = call("ApproveDraft", {"draft": answer["data"]["draft"]}, member, person)
        return answer

    def filed(sample):
        data = must(net.file(sample), sample)
        heights["last"] = max(heights["last"], data["height"])

    market = Market(net)

    def order(operation, member, **body):
        """An order to the registry; the test's next questions wait for it."""
        market.height, market.node = heights["last"], 0
        answer = market.order(operation, member, **body)
        heights["last"] = max(heights["last"], market.height)
        return answer

    def done(operation, member, **body):
        return must(order(operation, member, **body), operation)

    def held(member, holding, vintage=YEAR):
        market.height, market.node = heights["last"], 0
        return market.held(member, holding, f"CN:CEA:CN:{vintage}")["register"]

    def pair(operation, body, member):
        return sign(operation, member, ["preparer", "responsible"], **body)

    def write(name, content):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as handle:
            json.dump(content, handle)
        return path

    def typed(member, *words, first="preparer", second="responsible"):
        """A command of the first person, approved by the second from the command line, too."""
        at = net.homes[member]
        net.follow(at, heights["last"])
        status, out, err = seam(*words, "--json", node=net.url(at), token=net.token(at, first, member))
        made = json.loads(out) if out else {}
        made = made.get("data") or made
        if status == 0 and made.get("state") == "AWAITING_SECOND_PERSON":
            status, out, err = seam("draft", "approve", made["draft"], "--json", node=net.url(at),
                                    token=net.token(at, second, member))
            made = json.loads(out) if out else {}
            made = made.get("data") or made
        heights["last"] = max(heights["last"], made.get("height") or 0)
        return status == 0 and made.get("state") == "FINAL", out + err

    def board(period=PERIOD):
        rows = ask("ListGaps", jurisdiction="CN-14", year=str(YEAR))["gaps"]
        name = FACILITY if period == PERIOD else OTHER
        return next(row for row in rows if row["facility"] == name and row["period"] == period)

    def dispute(name, member="regulator"):
        return ask("GetDispute", member, dispute=name)

    # --- an account, and what the verifier finds instead ---
    for asset, kind in (("CCER", "OFFSET"), ("CEA", "ALLOWANCE"), ("FUND-1", "FUND_SHARE")):
        done("RegisterAsset", "registrar", asset=asset, registry="CN", kind=kind, name={"en": asset},
             unit="tCO2e", transferable=True, surrenderable=asset != "FUND-1")
    done("SetScheme", "regulator", **scheme())
    market.facility()
    heights["last"] = max(heights["last"], market.height)
    with open(os.path.join(SAMPLES, "16-mine-b-2025-12.json"), encoding="utf-8") as handle:
        reported_file = dict(json.load(handle), facility=FACILITY)
    verified_file = copy.deepcopy(reported_file)
    verified_file["lines"][0]["ad"]["value"] = "652"
    verified_file["lines"].append({"code": "L_FUEL", "source": "aux-boiler", "fuel": "bituminous",
                                   "ad": {"value": "40", "unit": "t"}, "origin": "INVOICED"})
    verified_text = json.dumps(verified_file)
    filed("05-mine-b-2025-01.json")
    filed("06-mine-b-2025-02.json")
    reported = ask("CalculateAccount", **reported_file)
    verified = ask("CalculateAccount", **verified_file)
    gap = verified["net_g"] - reported["net_g"]
    for holding, facility in (("mine-acc", FACILITY), ("mine-b-acc", OTHER)):
        done("OpenHoldingAccount", "registrar", holding=holding, holder="mine", scheme="cn-ets", kind="OPERATOR",
             facilities=[facility], covered_from=YEAR - 1)
    done("OpenHoldingAccount", "registrar", holding="desk-a", holder="desk", scheme="cn-ets", kind="TRADING")
    given = verified["scope1_g"] // 1000000 + 50000
    done("Allocate", "regulator", holding="mine-acc", asset="CEA", facility=FACILITY, vintage=YEAR, kind="FINAL",
         quantity=given, basis_hash=digest("final"))
    done("Allocate", "regulator", holding="mine-b-acc", asset="CEA", facility=OTHER, vintage=YEAR, kind="FINAL",
         quantity=10, basis_hash=digest("small"))
    account = ask("GetAccount", facility=FACILITY, period=PERIOD)
    check(board()["grade"] == "REPORTED" and board()["reported_g"] == reported["net_g"] and
          "verified_g" not in board(), "the board has the account as reported", show(board()))

    # --- its verification, by the shortest way ---
    sets = ask("ListParameterSets", count=200)["parameter_sets"]
    rules = next(entry["hash"] for entry in sets if entry["id"] == "VERIFICATION-RULES-1")
    must(pair("SetAccreditation", {
        "organisation": "verifier", "kind": "VERIFIER", "number": "CNAS VB-001",
        "scopes": ["OP", "UG", "WP"], "valid_from": "2020-01-01", "valid_to": "2035-12-31",
        "status": "ACTIVE"}, "regulator"), "accreditation")
    must(pair("OpenEngagement", {
        "engagement": "eng-1", "client": "mine", "verifier": "verifier", "contract_hash": digest("contract"),
        "scope": [{"facility": FACILITY, "from_period": PERIOD, "to_period": PERIOD}],
        "level": "REASONABLE", "materiality_bp": 500, "guide_edition": "CETS-VG-01.01-V02-2026",
        "declarations": DECLARATIONS, "parameter_set_hash": rules}, "mine"), "engagement")
    team = [{"person": f"verifier.{person}", "function": function} for person, function in
            (("deputy", "MEMBER"), ("preparer", "LEAD"), ("responsible", "APPROVER"),
             ("reviewer", "TECHNICAL_REVIEWER"))]
    must(pair("AcceptEngagement", {"engagement": "eng-1", "contract_hash": digest("contract"),
                                        "team": team, "declarations": DECLARATIONS}, "verifier"), "accept")

    def advance(step, **more):
        must(sign("AdvanceEngagement", "verifier", ["preparer"], engagement="eng-1", step=step,
                  evidence=[digest(step)], **more), step)

    def finding(operation, member, **body):
        must(sign(operation, member, ["preparer"], engagement="eng-1", **body), operation)

    def line_of(result, source):
        return next((line["co2e_g"] for line in result["lines"]
                     if line["source"] == source and line["code"] == "L_FUEL"), 0)

    effects = {source: line_of(verified, source) - line_of(reported, source) for source in ("boiler-1", "aux-boiler")}

    advance("PLANNED")
    advance("DOC_REVIEW", sections=[{"section": name, "hash": digest(name)} for name in STEPS])
    must(sign("RecordRecomputation", "verifier", ["deputy"], engagement="eng-1", facility=FACILITY,
              period=PERIOD, version=1, account_hash=account["account_hash"], inputs_hash=digest(verified_text),
              parameter_set_hash=account["parameter_set_hash"], outcome="DIFFERENT", differences=2,
              lines=[{"code": "L_FUEL", "source": source, "detail": "bituminous", "category": "SCOPE1",
                      "difference_g": effect} for source, effect in effects.items()],
              difference_hash=digest("differences"), result_hash=digest("result")), "recomputation")
    for number, (source, effect) in enumerate(effects.items(), 1):
        finding("RaiseFinding", "verifier", number=number, kind="OMISSION" if number == 2 else "ERROR",
                facility=FACILITY, period=PERIOD, version=1, category="SCOPE1", code="L_FUEL", source=source,
                detail="bituminous", effect_g=effect, text=f"coal of {source} is missing")
        finding("AnswerFinding", "mine", number=number, agrees=True, cause="stock was counted late",
                correction="counted again")
        finding("CloseFinding", "verifier", number=number, verdict="ACCEPT", effect_g=effect, text="agreed")
        finding("CloseFinding", "verifier", number=number, verdict="CLOSE", resolution="ADJUSTED", text="adjusted")
    advance("SITE", persons=["verifier.deputy", "verifier.preparer"])
    advance("REPORT_DRAFT", no_sample_reason="few lines, each looked at")
    must(sign("ReviewEngagement", "verifier", ["reviewer"], engagement="eng-1", verdict="PASS",
              report_hash=digest("report")), "review")
    totals = {"scope1_g": verified["scope1_g"], "scope2_g": verified["scope2_g"],
              "sinks_g": verified["sinks_g"], "information_g": verified["information_g"],
              "gross_g": verified["gross_g"], "net_g": verified["net_g"]}
    must(sign("IssueOpinion", "verifier", ["preparer", "deputy", "reviewer", "responsible"],
              opinion="op-1", engagement="eng-1", type="MODIFIED", report_hash=digest("report"),
              subjects=[
                  {"facility": FACILITY, "period": PERIOD, "version": 1, "verified": totals,
                   "account_hash": account["account_hash"], "recompute_hash": digest("result")}]), "opinion")

    home = net.homes["verifier"]
    token = net.token(home, "preparer", "verifier")
    for language, words in (("en", ("# Verification report CN14-CNASVB001-", "## 7. Opinion", "Type of opinion: modified")),
                            ("zh", ("# 核查报告 CN14-CNASVB001-", "## 7. 核查结论", "结论类型：保留意见")),
                            ("ru", ("# Отчёт о верификации CN14-", "## 7. Заключение", "модифицированное"))):
        status, out, err = seam("engage", "report", "eng-1", "--language", language, node=net.url(home), token=token)
        check(status == 0 and all(word in out for word in words) and "DOC_REVIEW" not in out and "OMISSION" not in out,
              f"[KSSJ 6.1c] the report in words, numbered as the guide says ({language})", out + err)
    status, out, err = seam("engage", "report", "eng-1", "--format", "json", node=net.url(home), token=token)
    number = json.loads(out)["report_number"] if out else ""
    check(status == 0 and number.startswith("CN14-CNASVB001-") and number.endswith(f"-{YEAR}-1"),
          "and as JSON", out[:500] + err)

    # --- 1, 2: the board and why ---
    row = board()
    check(row["grade"] == "VERIFIED" and row["verified_g"] == verified["net_g"] and
          row["difference_g"] == -gap and row["in_force_g"] == verified["net_g"] and
          row["colour"] in ("YELLOW", "ORANGE", "RED", "GREEN"),
          "the board shows reported, verified, their gap and a colour", show(row))
    why = ask("ExplainGap", facility=FACILITY, period=PERIOD, file_text=verified_text)
    parts = [line["parts"] for line in why["causes"]]
    check(why["difference_g"] == gap == sum(why["parts"].values()) and
          all(sum(line["parts"].values()) == line["verified_g"] - line["reported_g"] for line in why["causes"]) and
          why["recompute"] == "MATCHED" and why["parts"]["MISSING_SOURCE"] > 0 and
          why["parts"]["ACTIVITY"] > 0,
          "the gap is explained line by line; the parts sum to the gram", show(why))
    answer = call("ExplainGap", {"facility": FACILITY, "period": PERIOD, "file": reported_file}, "regulator")
    check(refused(answer, "file"), "another file than the recomputed one is refused", show(answer))
    answer = call("ExplainGap", {"facility": FACILITY, "period": PERIOD, "file_text": verified_text}, "mine-2")
    check(refused(answer, "facility"), "lines are not explained to strangers", show(answer))

    # --- 3: an observation, and one that was wrong ---
    tonnes = reported["gross_g"] // 1000000
    seen = {"facility": FACILITY, "period": PERIOD, "method": "SATELLITE", "quantity": "GROSS",
            "instrument": "TROPOMI"}
    must(pair("AddObservation", {"observation": "obs-1", "value": str(tonnes * 3), "low": str(tonnes * 3 - 10),
                                      "high": str(tonnes * 3 + 10), **seen}, "verifier-2"), "observation")
    must(pair("AddObservation", {"observation": "obs-2", "value": str(tonnes), "low": str(tonnes // 2),
                                      "high": str(tonnes * 2), **seen}, "verifier-2"), "observation")
    row = board()
    far = next(one for one in row["estimates"] if one["observation"] == "obs-1")
    check(far["colour"] == "RED" and row["z_milli"] == far["z_milli"] < -3000 and row["colour"] == "RED",
          "an observation far off is red, with its deviation", show(row))
    answer = pair("AddObservation", {"observation": "obs-own", "value": "1", "low": "1", "high": "2", **seen},
                       "mine")
    check(refused(answer, "facility", "ROLE"), "nobody observes himself", show(answer))
    must(pair("WithdrawObservation", {"observation": "obs-1", "reason": "INCORRECT_DATA",
                                           "replaced_by": "obs-2"}, "verifier-2"), "withdrawal")
    listed = ask("ListObservations", facility=FACILITY, period=PERIOD)["observations"]
    check([one["status"] for one in listed] == ["WITHDRAWN", "STANDS"] and
          [one["observation"] for one in board()["estimates"]] == ["obs-2"],
          "failure: an observation that was wrong is withdrawn, both stay visible", show(listed))

    must(pair("AddObservation", {**seen, "observation": "obs-year", "period": str(YEAR), "value": str(tonnes * 2),
                                 "low": str(tonnes), "high": str(tonnes * 3), "method": "PRODUCTION"}, "verifier-2"),
         "observation of the year")
    rows = ask("ListGaps", jurisdiction="CN-14", year=str(YEAR))["gaps"]
    row = next(one for one in rows if one["facility"] == FACILITY and one["period"] == str(YEAR))
    check(row["grade"] == "SUM" and (row["periods"], row["periods_due"]) == (1, 1) and
          row["reported_g"] == reported["net_g"] and row["estimates"][0]["account_g"] == reported["gross_g"] and
          row["z_milli"] < 0, "an estimate of the year is held against the sum of its months", show(row))

    # --- 4: the mine objects ---
    contested = [{"code": "L_FUEL", "source": source, "detail": "bituminous",
                  "claimed_g": line_of(reported, source), "reason": f"the coal of {source} was sold"}
                 for source in effects]
    answer = sign("OpenDispute", "mine-2", ["preparer", "responsible"], dispute="d-x", facility=FACILITY,
                  period=PERIOD, relief="CONFIRM_REPORTED", reason="envy", claims=contested)
    check(refused(answer, "facility"), "a stranger opens no dispute", show(answer))
    wrong = [dict(contested[0], source="boiler-9")]
    answer = sign("OpenDispute", "mine", ["preparer", "responsible"], dispute="d-1", facility=FACILITY,
                  period=PERIOD, relief="CONFIRM_REPORTED", reason="of nothing", claims=wrong)
    check(refused(answer, "claims[0].code"), "a line that neither account nor finding has is refused", show(answer))
    wrong = [dict(contested[0], stated_g=1)]
    answer = sign("OpenDispute", "mine", ["preparer", "responsible"], dispute="d-1", facility=FACILITY,
                  period=PERIOD, relief="CONFIRM_REPORTED", reason="of another amount", claims=wrong)
    check(refused(answer, "lines[0].stated_g"), "nor is an amount that the line has not", show(answer))
    answer = sign("OpenDispute", "mine", ["preparer", "responsible"], dispute="d-1", facility=FACILITY,
                  period=PERIOD, relief="CONFIRM_REPORTED", reason="the stock was sold, not burnt",
                  claims=contested)
    check(good(answer), "the mine objects within the period, claim by claim", show(answer))
    case = dispute("d-1")
    ends = datetime.datetime.fromisoformat(case["deadlines"]["decision"].replace("Z", "+00:00"))
    opened = datetime.datetime.fromisoformat(case["opened"].replace("Z", "+00:00"))
    check(case["status"] == "OPENED" and case["open"] and case["disputed_g"] == gap and
          case["deadlines"]["working_days_left"] == 10 and 11 <= (ends - opened).days <= 15 and
          case["default_rule"] == "VERIFIED",
          "its deadlines are instants: ten working days to decide [F4]", show(case))
    check(board()["grade"] == "DISPUTED" and board()["dispute"] == "d-1" and
          board()["in_force_g"] == verified["net_g"], "the account is DISPUTED, the verified value prevails")
    made = case["claimants"][0]["claims"]
    check([(one["category"], one.get("reported_g", 0), one["stated_g"]) for one in made] ==
          [("SCOPE1", line_of(reported, source), line_of(verified, source)) for source in effects],
          "each claim has the amounts of its line, by the account and by the findings", show(made))
    check(case["lines_shown"] and len(made) == 2 and
          not dispute("d-1", "mine-2")["lines_shown"] and
          "claims" not in dispute("d-1", "mine-2")["claimants"][0],
          "claims are for the parties and the regulator; others see their root")
    answer = call("CloseDispute", {"dispute": "d-1"}, "mine")
    check(refused(answer, "dispute"), "failure: the default rule stands only when the deadline is missed", show(answer))

    answer = sign("OpenDispute", "verifier", ["preparer", "responsible"], dispute="d-2", facility=FACILITY,
                  period=PERIOD, relief="THIRD_VALUE", reason="too low", claims=[
                      {"category": "SCOPE1", "claimed_g": verified["scope1_g"] + 5000000, "reason": "a third boiler"}])
    check(refused(answer, "d-1"), "a second dispute about it is refused, naming the first", show(answer))
    answer = sign("JoinDispute", "verifier", ["preparer", "responsible"], dispute="d-1", relief="THIRD_VALUE",
                  reason="too low", claims=[{"category": "SCOPE1", "claimed_g": verified["scope1_g"] + 5000000,
                                             "reason": "a third boiler"}])
    check(good(answer) and dispute("d-1")["claims"] == 3,
          "failure: contested by both mine and verifier, one dispute holds both", show(answer))

    # --- two regulators ---
    filed("01-kuzbass-a-2022.json")
    answer = sign("OpenDispute", "regulator", ["preparer", "responsible"], dispute="d-ru", facility="kuzbass-a",
                  period="2022", relief="CONFIRM_REPORTED", reason="not ours", parameter_set_hash=rules,
                  claims=[{"category": "SCOPE1", "claimed_g": 1, "reason": "not ours"}])
    check(refused(answer, "facility", "parameter_set"),
          "failure: of two regulators the facility's jurisdiction decides", show(answer))

    # --- 5: statements ---
    answer = sign("FileStatement", "mine", ["preparer", "responsible"], dispute="d-1", visibility="PUBLIC",
                  text="The coal was sold to a neighbour.", evidence=[digest("invoice")])
    check(good(answer), "a public statement", show(answer))
    secret = "The buyer is named in confidence."
    first = call("FileStatement", {"dispute": "d-1", "visibility": "SEALED", "text": secret}, "verifier")
    sealed = (first["data"] or {}).get("sealed", "")
    answer = call("ApproveDraft", {"draft": first["data"]["draft"]}, "verifier", "responsible")
    statements = dispute("d-1")["statements"]
    check(good(answer) and sealed and [one["visibility"] for one in statements] == ["PUBLIC", "SEALED"] and
          secret not in json.dumps(dispute("d-1")), "a sealed one is its hash on the ledger", show(answer))
    box = os.path.join(folder, "sealed.txt")
    with open(box, "w", encoding="ascii") as handle:
        handle.write(sealed)
    key = os.path.join(net.dir, f"node-{net.homes['regulator']}", "keys", "deputy.key")
    if not os.path.exists(key):
        key = os.path.join(net.dir, f"node-{net.homes['regulator']}", "keys", "regulator.deputy.key")
    status, out, err = seam("dispute", "unseal", "d-1", box, "--key", key)
    check(status == 0 and out.strip() == secret, "an officer of the regulator opens it without any node", out + err)
    status, out, err = seam("dispute", "unseal", "d-3", box, "--key", key)
    check(status == 1, "sealed to one case, it is nothing in another", out + err)
    answer = sign("FileStatement", "mine-2", ["preparer", "responsible"], dispute="d-1", visibility="PUBLIC",
                  text="me too")
    check(refused(answer, "dispute"), "who is no party states nothing", show(answer))
    answer = sign("ExtendDispute", "regulator", ["preparer", "responsible"], dispute="d-1", deadline="DECISION",
                  working_days=5, reason="the invoice is checked")
    check(good(answer) and dispute("d-1")["deadlines"]["working_days_left"] == 15, "more time, once", show(answer))

    # --- 6: the decision ---
    def decided(*outcomes):
        lines = [{"outcome": outcome, "reason": "as the invoices show"} if isinstance(outcome, str) else
                 {"outcome": "THIRD_VALUE", "value_g": outcome, "reason": "as measured"} for outcome in outcomes]
        return lines

    def decide(name, persons, lines, **more):
        return sign("DecideDispute", "regulator", persons, dispute=name, decided_lines=lines,
                    reason="the invoices were read", **more)

    confirmed = ("CONFIRM_VERIFIED",) * 3
    recover = [{"claim": 1, "kind": "RECOVER", "used_g": line_of(reported, "boiler-1"), "rate": "1", "year": YEAR,
                "clause": "Decree 775 Art. 24"}]
    both = {"dispute": "d-1", "reason": "twice", "detached": {"lines": []}, "decided_lines": decided(*confirmed)}
    answer = call("DecideDispute", both, "regulator")
    check(refused(answer, "decided_lines"), "lines come as a list or as the detached part, not both", show(answer))
    answer = decide("d-1", ["preparer", "preparer"], decided(*confirmed), effects=recover)
    check(answer["code"] != "000000", "failure: one officer alone decides nothing, nor signs twice", show(answer))
    answer = decide("d-1", ["preparer", "responsible"], decided(*confirmed[:2]), effects=recover)
    check(refused(answer, "decided_lines"), "a decision that leaves out a claim is refused", show(answer))
    totals = dict(totals, information_g=totals["information_g"] + 1)
    answer = decide("d-1", ["preparer", "responsible"], decided(*confirmed), decided=totals)
    check(refused(answer, "decided.information_g"), "so are totals that do not follow from its lines", show(answer))
    answer = decide("d-1", ["preparer", "responsible"], decided(*confirmed),
                    effects=[dict(recover[0], decided_g=verified["net_g"])])
    check(refused(answer, "effects[0].decided_g"), "and an effect of another amount than its line's", show(answer))
    answer = decide("d-1", ["preparer", "responsible"], decided(*confirmed), effects=recover)
    case = dispute("d-1")
    taken = (effects["boiler-1"] + 500000) // 1000000
    check(good(answer) and case["status"] == "DECIDED" and case["decisions"][0]["persons"] == 2 and
          len(case["decisions"][0]["lines"]) == 3 and case["effects"][0]["status"] == "READY" and
          case["effects"][0]["tonnes"] == taken,
          "two officers decide every claim with its value and reason; the effect waits for the registry", show(case))
    check(board()["grade"] == "SETTLED" and board()["in_force_g"] == verified["net_g"],
          "the account is SETTLED", show(board()))
    answer = decide("d-1", ["preparer", "responsible"], decided(*confirmed))
    check(refused(answer, "dispute"), "decided is decided", show(answer))
    answer = sign("PublishDispute", "regulator", ["preparer", "responsible"], dispute="d-1", summary="too early")
    check(refused(answer, "dispute"), "a case is published when it is final", show(answer))

    seen = dispute("d-1", "mine-2")
    check(len(seen["decisions"][0]["transaction"]) == 64 and seen["decisions"][0]["reason"] == "the invoices were read" and
          seen["extensions"][0]["reason"] == "the invoice is checked" and "lines" not in seen["decisions"][0],
          "failure: what officers sign everybody reads, with its transaction; lines are for the parties", show(seen))

    # --- 7: the registry uses the effect, once ---
    adjust = {"holding": "mine-acc", "asset": "CEA", "dispute": "d-1", "effect": 1}
    answer = order("AdjustAllowance", "mine", **adjust)
    check(answer["code"] != "000000", "only a regulator adjusts", show(answer))
    answer = order("AdjustAllowance", "regulator", **adjust)
    check(good(answer) and held("mine", "mine-acc") == given - taken and
          dispute("d-1")["effects"][0]["status"] == "CONSUMED", "RECOVER takes the units back", show(answer))
    answer = order("AdjustAllowance", "regulator", **adjust)
    check(refused(answer, "effect") and held("mine", "mine-acc") == given - taken,
          "an effect is used once", show(answer))

    # --- 8: the appeal, which reverses ---
    answer = sign("AppealDispute", "mine", ["preparer", "responsible"], dispute="d-1",
                  grounds="the buyer has confirmed")
    case = dispute("d-1")
    check(good(answer) and case["status"] == "APPEALED", "an appeal", show(case))
    answer = sign("AppealDispute", "mine", ["preparer", "responsible"], dispute="d-1", grounds="again")
    check(refused(answer, "dispute"), "one appeal", show(answer))
    # The two boilers as reported; nothing else of the category changes.
    back = decided("CONFIRM_REPORTED", "CONFIRM_REPORTED", verified["scope1_g"] - gap)
    answer = decide("d-1", ["preparer", "responsible"], back)
    check(refused(answer, "signatures"), "an appeal is decided by another person, too", show(answer))
    answer = sign("NamePanel", "regulator", ["preparer", "responsible"], dispute="d-1",
                  persons=["regulator.deputy", "regulator.preparer", "regulator.responsible"])
    check(good(answer), "a panel of three persons", show(answer))
    answer = decide("d-1", ["deputy", "responsible"], back)
    case = dispute("d-1")
    check(good(answer) and case["status"] == "FINAL" and len(case["decisions"]) == 2 and
          [one["status"] for one in case["effects"]] == ["CONSUMED", "READY"] and
          case["effects"][1]["kind"] == "TOP_UP" and board()["in_force_g"] == reported["net_g"],
          "failure: reversed on appeal by two of the panel's three: a second record, nothing rewritten", show(case))
    answer = order("AdjustAllowance", "regulator", **dict(adjust, effect=2))
    check(good(answer) and held("mine", "mine-acc") == given and dispute("d-1")["status"] == "EFFECTS_APPLIED",
          "what was recovered is given back by a new effect", show(answer))

    # --- publication, masked, and the case as a file ---
    answer = sign("PublishDispute", "regulator", ["preparer", "responsible"], dispute="d-1",
                  summary="The reported amounts stand.", masked=["buyer"],
                  show=[{"list": "CLAIMS", "part": 1, "index": 0}, {"list": "DECISION", "part": 2, "index": 2}])
    case = dispute("d-1", "mine-2")
    check(good(answer) and case["status"] == "PUBLISHED" and len(case["publication"]["shown"]) == 2,
          "it is published with two of its lines; the rest is masked", show(answer))
    bundle = os.path.join(folder, "case.json")
    net.follow(1, heights["last"])
    status, out, err = seam("dispute", "bundle", "d-1", "--out", bundle, node=net.url(1),
                            token=net.token(1, member="mine-2", person="preparer")
                            if net.homes["mine-2"] == 1 else net.token(1))
    check(status == 0, "the case is saved as one file", out + err)
    status, out, err = seam("dispute", "verify", bundle, "--genesis", net.genesis, "--json")
    result = json.loads(out) if out else {}
    check(status == 0 and result.get("valid") and result.get("status") == "PUBLISHED" and
          result.get("decisions") == 2 and result.get("shown") == 2 and result.get("statements") == 2 and
          result.get("findings") == 2,
          "[KSSJ 7.2.2b] the whole case verifies with no network, masked lines and all", out + err)
    alone = ["unshare", "-r", "-n"]  # where the system allows it: no network at all, not even this machine's
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0:
        run = subprocess.run([*alone, os.path.join(BIN, "seam"), "dispute", "verify", bundle, "--genesis",
                              net.genesis], capture_output=True, text=True, check=False)
        check(run.returncode == 0, "in a world without a network, too", run.stdout + run.stderr)
    with open(bundle, encoding="utf-8") as handle:
        text = handle.read()
    document = json.loads(text)
    raw = document["bundle"]
    document["bundle"] = raw[:-40] + ("A" if raw[-40] != "A" else "B") + raw[-39:]
    with open(bundle, "w", encoding="utf-8") as handle:
        json.dump(document, handle)
    status, out, err = seam("dispute", "verify", bundle, "--genesis", net.genesis)
    check(status != 0, "one changed byte and it does not", out + err)

    # --- the regulator's own case, by the command line, a third value, a panel from the start ---
    other = ask("GetAccount", facility=OTHER, period="2025-02")
    body = {"dispute": "d-3", "facility": OTHER, "period": "2025-02", "relief": "THIRD_VALUE",
            "reason": "the meter was off",
            "claims": [{"category": "SCOPE1", "claimed_g": other["scope1_g"] + 7000000,
                        "reason": "the meter was off"},
                       {"category": "SCOPE2", "claimed_g": other["scope2_g"] + 1000000,
                        "reason": "a feeder was left out"}]}
    file = write("open.json", body)
    home = net.homes["regulator"]
    token = net.token(home, "preparer", "regulator")
    second = net.token(home, "responsible", "regulator")
    status, out, err = seam("dispute", "open", file, "--json", node=net.url(home), token=token)
    made = json.loads(out) if out else {}
    draft = (made.get("data") or made).get("draft", "")
    status, out, err = seam("draft", "approve", draft, "--json", node=net.url(home), token=second)
    check(status == 0 and dispute("d-3")["status"] == "OPENED", "the regulator opens from the command line", out + err)
    must(sign("NamePanel", "regulator", ["preparer", "responsible"], dispute="d-3",
              persons=["regulator.deputy", "regulator.preparer", "regulator.responsible"]), "panel")
    order_file = write("decide.json", {"dispute": "d-3", "reason": "the meter was read again",
                   "decided_lines": decided(other["scope1_g"] + 40000000, "CONFIRM_REPORTED"),
                   "effects": [{"claim": 1, "kind": "RECOVER", "used_g": other["scope1_g"], "rate": "1", "year": YEAR},
                               {"claim": 2, "kind": "CUT_NEXT_YEAR", "cut_bp": 1000, "year": YEAR + 1}]})
    deputy = net.token(home, "deputy", "regulator")
    status, out, err = seam("dispute", "decide", order_file, "--json", node=net.url(home), token=deputy)
    made = json.loads(out) if out else {}
    status, out, err = seam("draft", "approve", (made.get("data") or made).get("draft", ""), "--json",
                            node=net.url(home), token=token)
    check(status == 0 and board("2025-02")["grade"] == "SETTLED" and
          board("2025-02")["in_force_g"] == other["net_g"] + 40000000 and
          [one["kind"] for one in dispute("d-3")["effects"]] == ["RECOVER", "CUT_NEXT_YEAR"],
          "two of three of the panel decide a third value from the command line", out + err)
    listed = ask("ListDisputes", facility=OTHER)["disputes"]
    check([(one["dispute"], one["status"]) for one in listed] == [("d-3", "DECIDED")] and
          ask("ListDisputes", facility=FACILITY)["disputes"][0]["status"] == "PUBLISHED",
          "all disputes are listed", show(listed))

    # --- units that are gone before they are recovered ---
    done("MovePosition", "mine", holding="mine-b-acc", units=cea(7), to="TRADE")
    done("ProposeTransfer", "mine", transfer="gone", **{"from": "mine-b-acc"}, to="desk-a", units=[cea(7)])
    done("AcceptTransfer", "desk", transfer="gone")
    ok, told = typed("regulator", "allowance", "adjust", "mine-b-acc", "CEA", "d-3", "1", "--key", "typed-1")
    owes = ask("GetHoldings", "mine", holding="mine-b-acc")
    check(ok and held("mine", "mine-b-acc") == 0 and owes["debts"][0]["quantity"] == 37,
          "failure: the units are gone: what is not there becomes a DEBT on the next allocation", show(owes) + told)
    answer = order("AdjustAllowance", "regulator", holding="mine-b-acc", asset="CEA", dispute="d-3", effect=2)
    check(good(answer), "CUT_NEXT_YEAR waits for the next allocation", show(answer))
    done("Allocate", "regulator", holding="mine-b-acc", asset="CEA", facility=OTHER, vintage=YEAR + 1, kind="FINAL",
         quantity=1000, basis_hash=digest("next"))
    check(held("mine", "mine-b-acc", YEAR + 1) == 900 - 37, "which is cut by a tenth and pays the debt",
          held("mine", "mine-b-acc", YEAR + 1))
    status, out, err = seam("gap", "list", "CN-14", "2025", node=net.url(home), token=token)
    check(status == 0 and "SETTLED" in out and "d-3" in out and "\033" not in out,
          "the board as a table, without colours in a pipe", out + err)
    path = os.path.join(folder, "verified.json")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(verified_text)
    status, out, err = seam("gap", "explain", FACILITY, PERIOD, path, node=net.url(home), token=token)
    check(status == 0 and "aux-boiler" in out, "why, as a table", out + err)
    status, out, err = seam("dispute", "show", "d-3", node=net.url(home), token=token)
    check(status == 0 and "DECIDED" in out, "a dispute, for people", out + err)

    # --- every other step, typed ---
    ok, told = typed("mine", "dispute", "appeal", "d-3", "the meter was right")
    check(ok and dispute("d-3")["status"] == "APPEALED", "an appeal from the command line", told)

    panel = write("panel.json", {"dispute": "d-3", "persons": [f"regulator.{name}" for name in
                                                               ("deputy", "preparer", "responsible")]})
    ok, told = typed("regulator", "dispute", "panel", panel)
    check(ok, "another panel on appeal", told)
    third = ask("GetAccount", facility=OTHER, period="2025-01")
    mistaken = write("mistaken.json", {
        "dispute": "d-6", "facility": OTHER, "period": "2025-01", "relief": "THIRD_VALUE", "reason": "a slip",
        "claims": [{"category": "SCOPE2", "claimed_g": third["scope2_g"] + 1, "reason": "a slip"}]})
    ok, told = typed("regulator", "dispute", "open", mistaken)
    again, more = typed("regulator", "dispute", "withdraw", "d-6", "of another mine")
    check(ok and again and dispute("d-6")["status"] == "WITHDRAWN" and board("2025-01")["grade"] == "REPORTED",
          "opened by mistake, withdrawn: as if there had been none", told + more)

    # --- time-out ---
    third = ask("GetAccount", facility=OTHER, period="2025-01")
    answer = sign("OpenDispute", "regulator", ["preparer", "responsible"], dispute="d-4", facility=OTHER,
                  period="2025-01", relief="THIRD_VALUE", reason="the meter was off",
                  claims=[{"category": "SCOPE1", "claimed_g": third["scope1_g"] + 1, "reason": "the meter was off"}])
    check(good(answer) and board("2025-01")["grade"] == "DISPUTED", "a case that nobody will decide", show(answer))
    ok, told = typed("mine", "dispute", "state", "d-4", "PUBLIC", "The meter was sealed.")
    longer, more = typed("regulator", "dispute", "extend", "d-4", "DECISION", "1", "the seal is looked at")
    check(ok and longer and dispute("d-4")["statements"][0]["text"] == "The meter was sealed." and
          dispute("d-4")["deadlines"]["working_days_left"] == 11, "a statement and a day more, typed", told + more)
    later(net, 20 * DAY)
    ok, told = typed("mine", "dispute", "close", "d-4")
    case = dispute("d-4")
    check(ok and case["status"] == "DEFAULTED" and case["decisions"][0]["kind"] == "DEFAULT" and
          board("2025-01")["grade"] == "SETTLED" and board("2025-01")["in_force_g"] == third["net_g"],
          "failure: the deadline is missed, the default rule stands, noted by a party", show(case))
    answer = decide("d-4", ["preparer", "responsible"], decided(third["scope1_g"] + 1))
    check(refused(answer, "dispute"), "and is not decided afterwards", show(answer))

    check(dispute("d-3")["status"] == "EFFECTS_APPLIED" and len(dispute("d-3")["decisions"]) == 1 and
          board("2025-02")["grade"] == "SETTLED", "an appeal that nobody decides leaves the decision standing")
    ok, told = typed("regulator", "dispute", "publish", write("publish.json", {
        "dispute": "d-3", "summary": "A third value was decided.", "masked": ["claims"],
        "show": [{"list": "DECISION", "part": 1, "index": 1}]}))
    check(ok and len(dispute("d-3", "mine-2")["publication"]["shown"]) == 1, "published from the command line", told)
    bundle = os.path.join(folder, "case-3.json")
    at = net.homes["mine-2"]
    status, out, err = seam("dispute", "bundle", "d-3", "--out", bundle, node=net.url(at),
                            token=net.token(at, "preparer", "mine-2"))
    status, out, err = seam("dispute", "verify", bundle, "--genesis", net.genesis, "--json")
    check(status == 0 and json.loads(out)["effects"] == 2 and json.loads(out)["shown"] == 1,
          "a case without an opinion verifies, with the adjustments that used its effects", out + err)

    # --- the year is surrendered: LOCKED ---
    owed = ask("GetCompliance", "mine", holding="mine-acc", year=YEAR)["obligation"]["tonnes"]
    check(owed == (reported["scope1_g"] + 500000) // 1000000, "what is owed is the settled amount", owed)
    done("ProposeSurrender", "mine", surrender="s-1", holding="mine-acc", year=YEAR, units=[cea(owed)],
         beneficiary="Demonstration mine", purpose=f"obligation of {YEAR}")
    done("ApproveSurrender", "regulator", surrender="s-1")
    check(board()["grade"] == "LOCKED" and board()["in_force_g"] == reported["net_g"],
          "the account is LOCKED when its year was surrendered", show(board()))
    answer = sign("OpenDispute", "regulator", ["preparer", "responsible"], dispute="d-5", facility=FACILITY,
                  period=PERIOD, relief="CONFIRM_VERIFIED", reason="too late",
                  claims=[{"category": "SCOPE1", "claimed_g": 1, "reason": "too late"}])
    check(refused(answer, "LOCKED", "period"), "and is not disputed anew", show(answer))

    # --- what was built on an opinion, before and after its withdrawal ---
    want = [("CERTIFICATE", account["account_hash"]), ("DISPUTE", "d-1"), ("OBLIGATION", "mine-acc"),
            ("SURRENDER", "s-1")]
    told = ask("ListDependents", "mine", opinion="op-1")
    check(sorted((one["kind"], one["id"]) for one in told["dependents"]) == want and not told["withdrawn"] and
          not any(one["flagged"] for one in told["dependents"]),
          "an opinion's certificate, dispute, obligation and surrender are its dependents", show(told))
    must(pair("WithdrawOpinion", {"opinion": "op-1", "cause": "NEW_FACTS", "reason": "a log was found"}, "verifier"),
         "withdrawal")
    told = ask("ListDependents", "mine", opinion="op-1")
    check(sorted((one["kind"], one["id"]) for one in told["dependents"]) == want and told["withdrawn"] and
          all(one["flagged"] for one in told["dependents"]),
          "a withdrawn opinion flags its certificate, dispute, obligation and surrender", show(told))
    row, owes = board(), ask("GetCompliance", "mine", holding="mine-acc", year=YEAR)["obligation"]["tonnes"]
    check(row["grade"] == "LOCKED" and row["in_force_g"] == reported["net_g"] and owes == owed,
          "what was decided and surrendered stays as it was", show(row))
finish()
