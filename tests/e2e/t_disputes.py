# SPDX-License-Identifier: Apache-2.0
"""Reported against verified on a real network, from the gap on the board to a published decision
[KSSJ 7.2.2b]: attribution, observation, a dispute contested by the mine and its verifier, sealed and
public statements, a decision, its reversal on appeal, and the case as a file that verifies with no network.

Failures that need time to pass are unit tests of the same rules in tests/unit/assurance/: t_dispute.c
failure_deadline_missed, objection_ends_with_the_seventh_working_day, closing_waits_for_the_deadline,
appeal_without_an_answer; units that were moved before they are recovered: tests/unit/registry/t_issue.c
excess_becomes_a_debt."""
import copy
import datetime
import hashlib
import json
import os
import tempfile

from harness import SAMPLES, Network, check, finish, seam, until
from lots_net import good, must

FACILITY, PERIOD = "mine-b", "2025-01"
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
        until(lambda: net.status(net.homes[member])["height"] >= heights["last"], 30, "the node to follow")
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

    def pair(operation, body, member):
        return sign(operation, member, ["preparer", "responsible"], **body)

    def board(period=PERIOD):
        rows = ask("ListGaps", jurisdiction="CN-14", year="2025")["gaps"]
        return next(row for row in rows if row["facility"] == FACILITY and row["period"] == period)

    def dispute(name, member="regulator"):
        return ask("GetDispute", member, dispute=name)

    # --- an account, and what the verifier finds instead ---
    with open(os.path.join(SAMPLES, "05-mine-b-2025-01.json"), encoding="utf-8") as handle:
        reported_file = json.load(handle)
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
        must(sign(operation, member, ["preparer"], engagement="eng-1", number=1, **body), operation)

    advance("PLANNED")
    advance("DOC_REVIEW", sections=[{"section": name, "hash": digest(name)} for name in STEPS])
    must(sign("RecordRecomputation", "verifier", ["deputy"], engagement="eng-1", facility=FACILITY,
              period=PERIOD, version=1, account_hash=account["account_hash"], inputs_hash=digest(verified_text),
              parameter_set_hash=account["parameter_set_hash"], outcome="DIFFERENT", differences=2,
              difference_hash=digest("differences"), result_hash=digest("result")), "recomputation")
    finding("RaiseFinding", "verifier", kind="OMISSION", facility=FACILITY, period=PERIOD, version=1,
            category="SCOPE1", effect_g=gap, text="coal of two boilers is missing")
    finding("AnswerFinding", "mine", agrees=True, cause="stock was counted late", correction="counted again")
    finding("CloseFinding", "verifier", verdict="ACCEPT", effect_g=gap, text="agreed")
    finding("CloseFinding", "verifier", verdict="CLOSE", resolution="ADJUSTED", text="adjusted")
    advance("SITE", persons=["verifier.deputy", "verifier.preparer"])
    advance("REPORT_DRAFT")
    must(sign("ReviewEngagement", "verifier", ["reviewer"], engagement="eng-1", verdict="PASS",
              report_hash=digest("report")), "review")
    totals = {"scope1_g": verified["scope1_g"], "scope2_g": verified["scope2_g"],
              "sinks_g": verified["sinks_g"], "information_g": verified["information_g"],
              "gross_g": verified["gross_g"], "net_g": verified["net_g"]}
    must(sign("IssueOpinion", "verifier", ["preparer", "deputy", "reviewer", "responsible"],
              opinion="op-1", engagement="eng-1", type="MODIFIED", report_hash=digest("report"),
              report_number="CN14-001-MINEB1-2025-1", subjects=[
                  {"facility": FACILITY, "period": PERIOD, "version": 1, "verified": totals,
                   "account_hash": account["account_hash"], "recompute_hash": digest("result")}]), "opinion")

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

    # --- 4: the mine objects ---
    def line_of(result, source):
        return next((line["co2e_g"] for line in result["lines"] if line["source"] == source), 0)

    contested = [{"code": "L_FUEL", "source": source, "detail": "bituminous",
                  "stated_g": line_of(verified, source), "claimed_g": line_of(reported, source),
                  "reason": f"the coal of {source} was sold"} for source in ("boiler-1", "aux-boiler")]
    answer = sign("OpenDispute", "mine-2", ["preparer", "responsible"], dispute="d-x", facility=FACILITY,
                  period=PERIOD, relief="CONFIRM_REPORTED", reason="envy", claims=contested)
    check(refused(answer, "facility"), "a stranger opens no dispute", show(answer))
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
    check(case["lines_shown"] and len(case["claimants"][0]["claims"]) == 2 and
          not dispute("d-1", "mine-2")["lines_shown"] and
          "claims" not in dispute("d-1", "mine-2")["claimants"][0],
          "claims are for the parties and the regulator; others see their root")
    answer = call("CloseDispute", {"dispute": "d-1"}, "mine")
    check(refused(answer, "dispute"), "failure: the default rule stands only when the deadline is missed", show(answer))

    answer = sign("OpenDispute", "verifier", ["preparer", "responsible"], dispute="d-2", facility=FACILITY,
                  period=PERIOD, relief="THIRD_VALUE", reason="too low", claims=[
                      {"claimed_g": verified["net_g"] + 5000000, "reason": "a third boiler"}])
    check(refused(answer, "d-1"), "a second dispute about it is refused, naming the first", show(answer))
    answer = sign("JoinDispute", "verifier", ["preparer", "responsible"], dispute="d-1", relief="THIRD_VALUE",
                  reason="too low", claims=[{"claimed_g": verified["net_g"] + 5000000, "reason": "a third boiler"}])
    check(good(answer) and dispute("d-1")["claims"] == 3,
          "failure: contested by both mine and verifier, one dispute holds both", show(answer))

    # --- two regulators ---
    filed("01-kuzbass-a-2022.json")
    answer = sign("OpenDispute", "regulator", ["preparer", "responsible"], dispute="d-ru", facility="kuzbass-a",
                  period="2022", relief="CONFIRM_REPORTED", reason="not ours", parameter_set_hash=rules,
                  claims=[{"claimed_g": 1, "reason": "not ours"}])
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
    def decided(outcome, changes):
        return [{"outcome": outcome, "change_g": change, "value_g": 0, "reason": "as the invoices show"}
                for change in changes]

    def decide(name, persons, lines, **more):
        return sign("DecideDispute", "regulator", persons, dispute=name, decided_lines=lines,
                    reason="the invoices were read", **more)

    recover = [{"claim": 1, "kind": "RECOVER", "used_g": reported["net_g"], "decided_g": verified["net_g"],
                "rate": "1", "year": 2025, "clause": "Decree 775 Art. 24"}]
    both = {"dispute": "d-1", "reason": "twice", "detached": {"lines": []},
            "decided_lines": decided("CONFIRM_VERIFIED", [0, 0, 0])}
    answer = call("DecideDispute", both, "regulator")
    check(refused(answer, "decided_lines"), "lines come as a list or as the detached part, not both", show(answer))
    answer = decide("d-1", ["preparer", "preparer"], decided("CONFIRM_VERIFIED", [0, 0, 0]), effects=recover)
    check(answer["code"] != "000000", "failure: one officer alone decides nothing, nor signs twice", show(answer))
    answer = decide("d-1", ["preparer", "responsible"], decided("CONFIRM_VERIFIED", [0, 0]), effects=recover)
    check(answer["code"] != "000000", "a decision that leaves out a claim is refused", show(answer))
    answer = decide("d-1", ["preparer", "responsible"], decided("CONFIRM_VERIFIED", [0, 0, 0]), effects=recover)
    case = dispute("d-1")
    check(good(answer) and case["status"] == "DECIDED" and case["decisions"][0]["persons"] == 2 and
          len(case["decisions"][0]["lines"]) == 3 and case["effects"][0]["status"] == "READY" and
          case["effects"][0]["tonnes"] == (gap + 500000) // 1000000,
          "two officers decide every claim with its reason; the effect waits for the registry", show(case))
    check(board()["grade"] == "SETTLED" and board()["in_force_g"] == verified["net_g"],
          "the account is SETTLED", show(board()))
    answer = decide("d-1", ["preparer", "responsible"], decided("CONFIRM_VERIFIED", [0, 0, 0]))
    check(refused(answer, "dispute"), "decided is decided", show(answer))
    answer = sign("PublishDispute", "regulator", ["preparer", "responsible"], dispute="d-1", summary="too early")
    check(refused(answer, "dispute"), "a case is published when it is final", show(answer))

    # --- 8: the appeal, which reverses ---
    answer = sign("AppealDispute", "mine", ["preparer", "responsible"], dispute="d-1",
                  grounds="the buyer has confirmed")
    case = dispute("d-1")
    check(good(answer) and case["status"] == "APPEALED" and case["effects"][0]["status"] == "SUSPENDED",
          "an appeal suspends the effects", show(case))
    answer = sign("AppealDispute", "mine", ["preparer", "responsible"], dispute="d-1", grounds="again")
    check(refused(answer, "dispute"), "one appeal", show(answer))
    back = [-(line_of(verified, source) - line_of(reported, source)) for source in ("boiler-1", "aux-boiler")]
    answer = decide("d-1", ["preparer", "responsible"], decided("CONFIRM_REPORTED", [*back, 0]))
    check(refused(answer, "signatures"), "an appeal is decided by another person, too", show(answer))
    answer = sign("NamePanel", "regulator", ["preparer", "responsible"], dispute="d-1",
                  persons=["regulator.deputy", "regulator.preparer", "regulator.responsible"])
    check(good(answer), "a panel of three persons", show(answer))
    answer = decide("d-1", ["deputy", "responsible"], decided("CONFIRM_REPORTED", [*back, 0]))
    case = dispute("d-1")
    check(good(answer) and case["status"] == "FINAL" and len(case["decisions"]) == 2 and
          case["effects"][0]["status"] == "VOID" and board()["in_force_g"] == reported["net_g"],
          "failure: reversed on appeal by two of the panel's three: a second record, nothing rewritten", show(case))

    # --- publication, masked, and the case as a file ---
    answer = sign("PublishDispute", "regulator", ["preparer", "responsible"], dispute="d-1",
                  summary="The reported amounts stand.", masked=["buyer"],
                  show=[{"list": "CLAIMS", "part": 1, "index": 0}, {"list": "DECISION", "part": 2, "index": 2}])
    case = dispute("d-1", "mine-2")
    check(good(answer) and case["status"] == "PUBLISHED" and len(case["publication"]["shown"]) == 2,
          "it is published with two of its lines; the rest is masked", show(answer))
    bundle = os.path.join(folder, "case.json")
    status, out, err = seam("dispute", "bundle", "d-1", "--out", bundle, node=net.url(1),
                            token=net.token(1, member="mine-2", person="preparer")
                            if net.homes["mine-2"] == 1 else net.token(1))
    check(status == 0, "the case is saved as one file", out + err)
    status, out, err = seam("dispute", "verify", bundle, "--genesis", net.genesis, "--json")
    result = json.loads(out) if out else {}
    check(status == 0 and result.get("valid") and result.get("status") == "PUBLISHED" and
          result.get("decisions") == 2 and result.get("shown") == 2 and result.get("statements") == 2 and
          result.get("findings") == 1,
          "[KSSJ 7.2.2b] the whole case verifies with no network, masked lines and all", out + err)
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
    other = ask("GetAccount", facility=FACILITY, period="2025-02")
    body = {"dispute": "d-3", "facility": FACILITY, "period": "2025-02", "relief": "THIRD_VALUE",
            "reason": "the meter was off",
            "claims": [{"claimed_g": other["net_g"] + 7000000, "reason": "the meter was off"}]}
    file = os.path.join(folder, "open.json")
    with open(file, "w", encoding="utf-8") as handle:
        json.dump(body, handle)
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
    third = {key: other[key] for key in ("scope1_g", "scope2_g", "sinks_g", "information_g", "gross_g", "net_g")}
    for key in ("scope1_g", "gross_g", "net_g"):
        third[key] += 3000000
    answer = decide("d-3", ["deputy", "preparer"], decided("THIRD_VALUE", [3000000]), decided=third)
    check(good(answer) and board("2025-02")["grade"] == "SETTLED" and
          board("2025-02")["in_force_g"] == other["net_g"] + 3000000,
          "two of three of the panel decide a third value", show(answer))
    listed = ask("ListDisputes", facility=FACILITY)["disputes"]
    check([(one["dispute"], one["status"]) for one in listed] == [("d-1", "PUBLISHED"), ("d-3", "DECIDED")],
          "all disputes are listed", show(listed))
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
finish()
