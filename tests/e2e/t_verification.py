# SPDX-License-Identifier: Apache-2.0
"""The verifier's journey from the offer to the opinion and to its withdrawal, over HTTP and the command
line [KSSJ 6.1a..c] [KSSJ 6.2a..c]: every failure case of the journey and the four frauds of 2022 are
checks of their own."""
import base64
import copy
import hashlib
import json
import os
import time

import wire
from harness import SAMPLES, Network, check, finish, seam
from lots_net import adopt_rules
from lots_year import GTINS, QUALITY_B

LOT = GTINS["mine", "raw"] + ".OP-1"
SECTIONS = ("BASIC_DATA", "BOUNDARY", "METHOD", "DATA", "QUALITY_PLAN", "QA_FILING")
DECLARED = ["FEE_FIXED", "NO_EMPLOYMENT", "NO_PREPARATION", "NO_SALES", "NO_SHARES"]
TEAM = [{"person": "verifier.deputy", "function": "MEMBER"},
        {"person": "verifier.preparer", "function": "LEAD"},
        {"person": "verifier.responsible", "function": "APPROVER"},
        {"person": "verifier.reviewer", "function": "TECHNICAL_REVIEWER"}]
OPINION_SIGNERS = ("deputy", "reviewer", "responsible")  # after the lead
CATEGORIES = ("scope1_g", "scope2_g", "sinks_g", "information_g", "gross_g", "net_g")
GUIDE = "CETS-VG-01.01-V02-2026"


def digest(text):
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


def show(answer):
    return json.dumps(answer, ensure_ascii=False)[:1500]


def final(answer):
    return answer["code"] == "000000" and answer["data"]["state"] == "FINAL"


def refused(answer, code, word=""):
    return answer["code"] == code and word in json.dumps(answer["data"])


class Verification:
    def __init__(self, network):
        self.net = network
        self.height = 0
        sets = network.call("ListParameterSets", {"count": 200})[1]["data"]["parameter_sets"]
        self.rules = next(entry["hash"] for entry in sets if entry["id"].startswith("VERIFICATION-RULES"))

    def ask(self, operation, member="verifier", signer="preparer", **body):
        """A call at the member's node, once that has what was final before."""
        self.net.follow(self.net.homes[member], self.height)
        answer = self.net.call(operation, body, member=member, person=signer)[1]
        return self.note(answer)

    def note(self, answer):
        if answer["code"] == "000000" and answer["data"].get("state") == "FINAL":
            self.height = max(self.height, answer["data"]["height"])
        return answer

    def must(self, operation, member="verifier", signer="preparer", **body):
        answer = self.ask(operation, member, signer, **body)
        if answer["code"] != "000000":
            raise RuntimeError(f"{operation} {str(body)[:300]}: {show(answer)}")
        return answer["data"]

    def sign2(self, operation, member, **body):
        answer = self.ask(operation, member, **body)
        if answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON":
            answer = self.ask("ApproveDraft", member, "responsible", draft=answer["data"]["draft"])
        return answer

    def offer(self, name, facility, first, last=None, **changes):
        body = {"engagement": name, "client": "mine", "verifier": "verifier",
                "contract_hash": digest("contract of " + name), "level": "REASONABLE",
                "scope": [{"facility": facility, "from_period": first, "to_period": last or first}],
                "materiality_bp": 500, "guide_edition": GUIDE, "declarations": DECLARED,
                "parameter_set_hash": self.rules}
        body.update(changes)
        return self.sign2("OpenEngagement", "mine", **{k: v for k, v in body.items() if v is not None})

    def accept(self, name, member="verifier", **changes):
        body = {"engagement": name, "contract_hash": digest("contract of " + name), "team": TEAM,
                "declarations": DECLARED}
        body.update(changes)
        return self.sign2("AcceptEngagement", member, **body)

    def step(self, name, step, person="preparer", **more):
        return self.ask("AdvanceEngagement", signer=person, engagement=name, step=step,
                        evidence=[digest(f"{name} {step}")], **more)

    def sections(self, name, left_out=()):
        return [{"section": section, "hash": digest(f"{name} {section}")} for section in SECTIONS
                if section not in left_out]

    def see(self, name, member="verifier"):
        return self.must("GetEngagement", member, engagement=name)

    def raise_finding(self, name, facility, period, kind, text, **more):
        number = self.see(name)["findings_all"] + 1
        version = more.pop("version", 1)
        body = {"engagement": name, "number": number, "kind": kind, "facility": facility,
                "period": period, "version": version, "category": "SCOPE1", "text": text}
        body.update(more)
        return number, self.ask("RaiseFinding", **body)

    def recompute(self, name, facility, period, **more):
        data = self.must("RecomputeAccount", facility=facility, period=period, **more)
        return data, self.ask("RecordRecomputation", engagement=name, **data["record"])

    def subjects(self, name, effects=None):
        """Every period of the scope with totals that follow from accounts and findings."""
        found = []
        for at in self.see(name)["scope"]:
            account = self.must("GetAccount", facility=at["facility"], period=at["period"])
            totals = {key: account[key] for key in CATEGORIES}
            for key, grams in (effects or {}).items():
                totals[key] += grams
            totals["gross_g"] = totals["scope1_g"] + totals["scope2_g"]
            totals["net_g"] = totals["gross_g"] - totals["sinks_g"]
            found.append({"facility": at["facility"], "period": at["period"],
                          "version": account["version"], "account_hash": account["account_hash"],
                          "recompute_hash": at.get("recomputation", {}).get("result_hash", digest("none")),
                          "verified": totals})
        return found

    def issue(self, opinion, name, signers=OPINION_SIGNERS, **changes):
        body = {"opinion": opinion, "engagement": name, "type": "UNMODIFIED",
                "subjects": self.subjects(name), "uncertainty_bp": 420,
                "report_hash": digest("report of " + name)}
        body.update(changes)
        answer = self.ask("IssueOpinion", **body)
        for person in signers:
            if answer["code"] != "000000" or answer["data"]["state"] != "AWAITING_SECOND_PERSON":
                break
            answer = self.ask("ApproveDraft", signer=person, draft=answer["data"]["draft"])
        return answer

    def to_report(self, name, periods=(), left_out=()):
        """From the acceptance to a report that passed its review."""
        steps = [self.step(name, "PLANNED"), self.step(name, "DOC_REVIEW",
                                                       sections=self.sections(name, left_out))]
        steps += [self.recompute(name, facility, period)[1] for facility, period in periods]
        steps += [self.step(name, "SITE", persons=["verifier.deputy", "verifier.preparer"]),
                  self.step(name, "REPORT_DRAFT", no_sample_reason="nine lines, each looked at")]
        return steps

    def review(self, name, person="reviewer", verdict="PASS"):
        return self.ask("ReviewEngagement", signer=person, engagement=name, verdict=verdict,
                        report_hash=digest("report of " + name))


def measured(net):
    """The sample of September, its coal weighed by the mine's own scales."""
    with open(os.path.join(SAMPLES, "04-mine-a-2026-09.json"), encoding="utf-8") as handle:
        file = json.load(handle)
    for line in file["lines"][:2]:
        line["origin"] = "MEASURED"
    path = os.path.join(net.dir, "measured.json")
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(file, handle)
    return path


def when(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600 * hours))


def coal_sample(play, name):
    """Taken four hours ago, in the month that it was then in the mine's province (UTC + 8)."""
    return {"sample": name, "facility": "mine-a", "product": "raw", "point": "belt-3",
            "period": time.strftime("%Y-%m", time.gmtime(time.time() + (8 - 4) * 3600)),
            "sampler": "mine.preparer", "sampled_at_ms": when(-4), "mass_kg": "2.5",
            "parameter_set_hash": play.rules}


def same_group(play):
    """[KSSJ 6.1a] an organisation of the mine's group may be called a verifier; it cannot verify it."""
    net, keys = play.net, []
    for name in ("one", "two", "three", "four"):
        path = os.path.join(net.dir, f"own-{name}.key")
        seam("key", "new", path, "--kind", "person")
        with open(path, encoding="utf-8") as handle:
            keys.append((path, json.load(handle)["public_key"]))
    people = [{"person": f"own-verifier.{number}", "keys": [
        {"public_key": key, "usages": ["submit", "approve", "officer"]}]} for number, (_, key) in enumerate(keys)]
    answer = play.sign2("RegisterOrganisation", "regulator", organisation="own-verifier",
                        name={"en": "The group's own verifier"}, roles=["verifier"], parent="group",
                        jurisdiction="CN-14", persons=people)
    check(final(answer), "a verifier inside the mine's group is registered", show(answer))
    play.offer("own", "mine-a", "2026-09", verifier="own-verifier")
    request = os.path.join(net.dir, "own.json")
    signed = os.path.join(net.dir, "own.tx.json")
    functions = ("LEAD", "MEMBER", "TECHNICAL_REVIEWER", "APPROVER")
    with open(request, "w", encoding="utf-8") as handle:
        json.dump({"engagement": "own", "contract_hash": digest("contract of own"),
                   "team": [{"person": f"own-verifier.{number}", "function": name}
                            for number, name in enumerate(functions)],
                   "declarations": DECLARED}, handle)
    said = seam("tx", "new", "AcceptEngagement", request, "--organisation", "own-verifier", "--out", signed,
                "--genesis", net.genesis, "--key", keys[0][0])
    seam("tx", "sign", signed, "--key", keys[1][0], "--genesis", net.genesis)
    status, out, err = seam("tx", "submit", signed, token=net.token(1), node=net.url(1))
    check(status == 1 and "303011" in out + err and "COI.SAME_GROUP" in out + err,
          "[KSSJ 6.1a] a verifier of the same group is refused, 303011, with the rule", (said, out, err))


def evidence_cases(play, name, facility, period):
    """[KSSJ 6.1b] what is granted can be read, what is missing or another file is a finding at once."""
    text = b"invoice 17: 4200 t of bituminous coal"
    mark = digest(text)
    put = {"evidence": mark, "class": "INVOICE", "media": "text/plain", "size": len(text),
           "data": base64.b64encode(text).decode()}
    play.must("PutEvidence", "mine", **put)
    answer = play.ask("GetEvidence", evidence=mark, owner="mine")
    check(refused(answer, "302005"), "[KSSJ 6.1b] before the grant the verifier reads nothing", show(answer))
    answer = play.ask("GrantEvidence", "mine", evidence=mark, reader="verifier",
                      person="verifier.preparer", engagement=name)
    check(final(answer), "[KSSJ 6.1b] the client grants a document to the verifier", show(answer))
    play.must("RecordDisclosure", "mine", evidence=mark, owner="mine", reader="verifier", outcome="SERVED")
    # The owner's node is where its documents lie; the reader asks there.
    answer = play.ask("ListGrants", owner="mine", reader="verifier")
    grants = [g for g in answer["data"]["grants"] if g["evidence"] == mark]
    check(len(grants) == 1 and [d["outcome"] for d in grants[0]["disclosures"]] == ["SERVED"],
          "[KSSJ 6.1b] the log says who was given what", show(answer))
    body = {"evidence": mark, "owner": "mine", "reader": "verifier", "engagement": name,
            "facility": facility, "period": period}
    before = play.see(name)["findings_all"]
    play.must("RecordDisclosure", outcome="MISSING", **body)
    play.must("RecordDisclosure", outcome="MISMATCH", found_hash=digest("another file"), **body)
    found = play.see(name)["findings"][before:]
    check([f["kind"] for f in found] == ["EVIDENCE_MISMATCH"] * 2 and all(f["automatic"] for f in found) and
          all(f["refs"] == [mark] for f in found),
          "evidence that is missing or has another hash is a finding by itself", show(found))
    line = {"code": "L_FUEL", "source": "boiler-1", "detail": "bituminous"}
    play.must("RecordDisclosure", outcome="UNSIGNED", **body, **line)
    play.must("RecordDisclosure", outcome="LATE", **body, **line)
    found = play.see(name)["findings"][before:]
    check([(f["kind"], f["field"], f["source"]) for f in found[2:]] ==
          [("NONCONFORMITY", "UNSIGNED", "boiler-1"), ("NONCONFORMITY", "LATE", "boiler-1")],
          "evidence that is unsigned or late is a finding on the line that rests on it", show(found))
    primary = play.must("RecomputeAccount", facility=facility, period=period, engagement=name)["primary"]
    check(primary["unproven"] == ["L_FUEL boiler-1 bituminous"] and
          0 < primary["proven_g"] < primary["stated_g"] < primary["gross_g"],
          "a reading that is unsigned or late does not count in the primary-data share", show(primary))
    answer = play.ask("RevokeEvidence", "mine", evidence=mark, reader="verifier", reason="done")
    check(final(answer), "a grant can be taken back", show(answer))
    for finding in found:
        play.must("CloseFinding", engagement=name, number=finding["number"], verdict="UNRESOLVED", text="decided")
    return [finding["number"] for finding in found]


def sampling_cases(play, name):
    """[KSSJ 6.2c] drawn by a block that nobody of the parties made; everybody draws the same."""
    prepared = play.must("PrepareAuditSample", engagement=name, subject="LINES")
    record, secret = prepared["record"], prepared["secret"]
    check(record["population_count"] == len(prepared["names"]) == 9 and record["size"] == 9 and
          record["facility"] == "mine-a",
          "a population of the lines of the scope, its size from materiality", show(record))
    answer = play.ask("CommitSample", **dict(record, population_count=8, size=8))
    check(refused(answer, "303018", "population_count"),
          "a population of other than the anchored lines is refused", show(answer))
    answer = play.ask("CommitSample", **dict(record, size=8))
    check(refused(answer, "200005", "size"), "a smaller sample than materiality asks for is refused", show(answer))
    answer = play.ask("CommitSample", **record)
    check(final(answer), "the verifier commits before the seed exists", show(answer))
    committed = answer["data"]["transaction"]
    other = play.must("PrepareAuditSample", engagement=name, subject="LINES")["record"]
    answer = play.ask("CommitSample", **other)
    check(other["population_hash"] != record["population_hash"] and refused(answer, "303001", "repeats"),
          "another salt is not another population: no second commitment until the draw pleases", show(answer))
    answer = play.step(name, "REPORT_DRAFT")
    check(refused(answer, "303012"), "no report while a sample is not drawn", show(answer))
    # A node makes a block when there is something to put into it: other members' work goes on.
    made = {"code": ""}
    for at in range(24):
        play.must("TakeSample", "mine", **coal_sample(play, f"work-{at}"))
        made = play.ask("DrawAuditSample", engagement=name, number=1, **secret)
        if made["code"] == "000000":
            break
    check(made["code"] == "000000", "a block of an outsider gives the seed", show(made))
    made = made["data"]
    wrong = copy.deepcopy(made["record"])
    wrong["list_hash"] = digest("a list that suits me")
    answer = play.ask("DrawSample", **wrong)
    check(answer["code"] != "000000" and "list_hash" in json.dumps(answer["data"]),
          "a list that the seed did not draw is refused", show(answer))
    wrong = copy.deepcopy(made["record"])
    wrong["detached"]["accounts"][0]["lines"].pop()
    answer = play.ask("DrawSample", **wrong)
    check(refused(answer, "303018", "accounts"), "a population without one of the lines is refused", show(answer))
    answer = play.ask("DrawSample", **made["record"])
    check(final(answer), "the sample is drawn", show(answer))
    redrawn_offline(play, committed, answer["data"]["transaction"], secret, made["picked"])
    public = {"engagement": name, "number": 1, "salt": secret["salt"], "items": secret["items"]}
    answer = play.ask("CheckAuditSample", "desk", **public)
    check(answer["code"] == "000000" and answer["data"]["valid"] and
          answer["data"]["picked"] == made["picked"], "anybody redraws the same list", show(answer))
    items = [dict(item) for item in secret["items"]]
    items[0]["weight"] += 1
    answer = play.ask("CheckAuditSample", "desk", **dict(public, items=items))
    check(answer["code"] == "000000" and not answer["data"]["valid"],
          "with another weight it is not that population", show(answer))
    answer = play.ask("DrawSample", **made["record"])
    check(answer["code"] == "000000" and answer["data"].get("duplicate") or
          refused(answer, "303001"), "nobody draws again", show(answer))
    number, answer = play.raise_finding(name, "mine-a", "2026-09", "SCOPE_LIMITATION",
                                        "the log of shaft-1 was not shown", code="L_CH4_UG", source="shaft-1",
                                        refs=[made["picked"][0]])
    samples = play.see(name)["samples"]
    check(final(answer) and len(samples) == 1,
          "a sampled record that is refused is a scope limitation; nothing is drawn in its place",
          show(answer))
    items = [{"id": mark, "outcome": "AGREES", "evidence": [digest("sheet of " + mark)]}
             for mark in made["picked"]]
    answer = play.ask("ExamineSample", engagement=name, number=1, detached={"items": items[1:]})
    check(refused(answer, "303018", "items"), "an item that was drawn is not passed over", show(answer))
    items[0] = {"id": made["picked"][0], "outcome": "REFUSED", "finding": number}
    answer = play.ask("ExamineSample", engagement=name, number=1, detached={"items": items})
    sample = play.see(name)["samples"][0]
    check(final(answer) and sample["examined"] and sample["agreeing"] == 8 and sample["refused"] == 1 and
          sample["anchored"], "every item that was drawn is examined, with what was looked at", show(sample))
    play.must("CloseFinding", engagement=name, number=number, verdict="UNRESOLVED", text="decided")
    return number


def redrawn_offline(play, committed, drawn, secret, picked):
    """Anybody with the founding document, two proofs and the population, and no node."""
    net, paths = play.net, []
    at = {"node": net.url(1), "token": net.token(1, "preparer", "desk")}
    net.follow(1, play.height)
    for mark in (committed, drawn):
        paths.append(os.path.join(net.dir, mark[:8] + ".json"))
        said = seam("proof", "get", mark, "--out", paths[-1], **at)
        check(said[0] == 0, "the proof of a transaction of the sample", said)
    for name, items in (("population", secret["items"]), ("other", [
            dict(item, weight=item["weight"] + 1) for item in secret["items"]])):
        paths.append(os.path.join(net.dir, name + ".json"))
        with open(paths[-1], "w", encoding="utf-8") as handle:
            json.dump({"salt": secret["salt"], "items": items}, handle)
    status, out, err = seam("sample", "redraw", *paths[:3], "--genesis", net.genesis)
    check(status == 0 and out.split() == picked, "`seam sample redraw` draws the same list without any node",
          out + err)
    status, out, err = seam("sample", "redraw", paths[0], paths[1], paths[3], "--genesis", net.genesis)
    check(status == 1 and "population" in out, "and says no to another population", out + err)


def disclosure_cases(play):
    """One line is shown; of the others nothing is learnt. The reader's platform is known to the owner's
    node, where the line lies; the key that opens it stays with the reader."""
    net = play.net
    answer = play.ask("GetAccount", facility="mine-a", period="2026-09", lines=True)
    check(refused(answer, "302005"), "[KSSJ 6.1b] lines are not the verifier's without a grant", show(answer))
    answer = play.ask("RevealLine", "mine", facility="mine-a", period="2026-09", index=2,
                      reader="washery", person="washery.preparer")
    check(final(answer), "the mine shows one line to another reader", show(answer))
    shown = json.dumps(play.must("GetTransaction", "mine", transaction=answer["data"]["transaction"]))
    check("LINE_REVEAL" in shown and "diesel" not in shown and "310.4" not in shown and "boiler" not in shown,
          "what stands on the ledger of it tells nothing of any line", shown[:600])

    at = {"node": net.url(1), "token": net.token(1, "preparer", "washery")}
    key = os.path.join(net.dir, "node-1", "keys", "washery.preparer.key")
    opened = os.path.join(net.dir, "line")
    said = seam("evidence", "line", "mine-a", "2026-09", "2", "--key", key, "--out", opened, **at)
    with open(opened, "rb") as handle:
        line = handle.read()
    body = {"facility": "mine-a", "period": "2026-09", "index": 2}
    answer = play.ask("CheckLine", "washery", data=base64.b64encode(line).decode(), **body)
    check(said[0] == 0 and answer["code"] == "000000" and answer["data"]["valid"] and
          answer["data"]["line"]["source"] == "engine-2",
          "the reader opens the line with its own key and checks it against the anchored root",
          (said, show(answer)))
    answer = play.ask("CheckLine", "washery", data=base64.b64encode(line.replace(b"0.42", b"0.43")).decode(),
                      **body)
    check(answer["code"] == "000000" and not answer["data"]["valid"], "a changed line is none of it", show(answer))
    check(b"diesel" not in line and b"boiler-1" not in line and b"310.4" not in line and len(line) < 120,
          "the opened document holds that line alone", line)
    stranger = os.path.join(net.dir, "node-1", "keys", "desk.preparer.key")
    said = seam("evidence", "line", "mine-a", "2026-09", "2", "--key", stranger, **at)
    check(said[0] == 1, "another key does not open it", said)
    answer = play.ask("ReadLine", "washery", facility="mine-a", period="2026-09", index=1)
    check(refused(answer, "302005"), "another line is not shown", show(answer))
    answer = play.ask("ReadLine", "desk", **body)
    check(refused(answer, "302005"), "nor this one to another organisation", show(answer))
    answer = play.ask("GetAccount", "washery", facility="mine-a", period="2026-09", lines=True)
    check(refused(answer, "302005"), "nor are all of them", show(answer))
    by_command(play, at, key)


def by_command(play, reader, key):
    """The same from the command line: a document of several parts, granted, served, opened."""
    net = play.net
    own = {"node": net.url(1), "token": net.token(1)}
    path = os.path.join(net.dir, "log.bin")
    copy_path = os.path.join(net.dir, "log.copy")
    data = bytes(range(256)) * 5000
    with open(path, "wb") as handle:
        handle.write(data)
    status, out, err = seam("evidence", "add", path, "--class", "METER_LOG", **own)
    mark = out.strip()
    check(status == 0 and mark == digest(data), "`seam evidence add` names the document by its hash", out + err)
    said = [seam("evidence", "grant", mark, "washery", "washery.preparer", **own)]
    before = seam("evidence", "fetch", mark, "--owner", "mine", "--key", key, "--out", copy_path, **reader)
    said.append(seam("evidence", "disclose", mark, "mine", "washery", "SERVED", **own))
    said.append(seam("evidence", "fetch", mark, "--owner", "mine", "--key", key, "--out", copy_path, **reader))
    good = [status for status, _, _ in said] == [0, 0, 0] and before[0] == 1
    with open(copy_path, "rb") as handle:
        good = good and handle.read() == data
    check(good, "a granted document is fetched after its disclosure is logged, and opened without a node",
          (before, said))
    status, out, err = seam("engage", "show", "eng-1", "--json", **own)
    check(status == 0 and json.loads(out)["data"]["guide_edition"] == GUIDE,
          "[KSSJ 6.2a] `seam engage show` prints the edition of the guide", out[:400] + err)


def grant_lines(play, facility, period, name):
    answer = play.ask("GrantLines", "mine", facility=facility, period=period, reader="verifier",
                      person="verifier.preparer", engagement=name)
    if not final(answer):
        raise RuntimeError(show(answer))
    return answer


def certificate_cases(play):
    """A certificate with lines is for those who may see the lines, while they may (decision D3)."""
    body = {"facility": "mine-a", "period": "2026-09", "lines": True}
    answer = play.ask("GetCertificate", **body)
    check(answer["code"] == "000000" and "boiler-1" in answer["data"]["certificate"],
          "with the grant the verifier's certificate has the lines", show(answer))
    for member in ("desk", "washery"):
        answer = play.ask("GetCertificate", member, **body)
        check(refused(answer, "302005", "lines"), f"a certificate with lines is not for {member}", show(answer))
    answer = play.ask("GetCertificate", "desk", facility="mine-a", period="2026-09")
    check(answer["code"] == "000000" and "boiler-1" not in answer["data"]["certificate"],
          "one without lines is for everybody", show(answer))
    root = play.must("ListGrants", owner="mine", reader="verifier")["grants"][0]["evidence"]
    play.must("RevokeEvidence", "mine", evidence=root, reader="verifier", reason="for the moment")
    answer = play.ask("GetCertificate", **body)
    check(refused(answer, "302005", "lines"), "after the revocation the verifier gets none", show(answer))
    grant_lines(play, "mine-a", "2026-09", "eng-1")
    answer = play.ask("GetCertificate", **body)
    check(answer["code"] == "000000", "and again when it is granted again", show(answer))


def finding_cases(play, name):
    """[KSSJ 6.1c] a difference becomes a finding with cause, correction and conclusion."""
    number, answer = play.raise_finding(name, "mine-a", "2026-09", "BALANCE", "three trains are missing",
                                        size_t="1250.5")
    check(final(answer), "a violated mass balance is a finding with its size", show(answer))
    seen = play.see(name)["findings"][number - 1]
    check(seen["size_t"] == "1250.5" and seen["words"]["text"] == "three trains are missing",
          "the size in tonnes and the words are read back", show(seen))
    outside = play.must("ListFindings", "desk", engagement=name)["findings"][number - 1]
    check("words" not in outside and "trains" not in json.dumps(outside),
          "others see the finding and not its words", show(outside))
    answer = play.ask("AnswerFinding", "mine", engagement=name, number=number, agrees=True,
                      cause="weighed twice", correction="the scale is sealed")
    check(final(answer), "the client answers with cause and correction", show(answer))
    play.must("CloseFinding", engagement=name, number=number, verdict="REJECT", text="show the sheets")
    answer = play.ask("CloseFinding", engagement=name, number=number, verdict="CLOSE", resolution="NO_EFFECT", text="decided")
    check(refused(answer, "303012"), "a rejected answer cannot be closed", show(answer))
    play.must("AnswerFinding", "mine", engagement=name, number=number, agrees=True, cause="weighed twice",
              correction="sheets are attached", evidence=[digest("sheets")])
    play.must("CloseFinding", engagement=name, number=number, verdict="ACCEPT", effect_g=0, text="decided")
    play.must("CloseFinding", engagement=name, number=number, verdict="CLOSE", resolution="NO_EFFECT")
    seen = play.see(name, "mine")["findings"][number - 1]
    check(seen["state"] == "CLOSED" and seen["rounds"] == 2 and seen["answer"]["correction"] ==
          "sheets are attached", "the client follows it to its end", show(seen))
    answer = play.must("ComputeCorrection", amount=4200000, side="UP", calibrated=False, specified_ppm=5000)
    check(answer["amount"] == 4221000, "a meter without calibration: x (1 + specified accuracy)", answer)
    more = answer["effect"]
    # 4,200 t of coal are a part of the account; the effect here is an amount both agree on.
    basis = {"rule": "UNCALIBRATED", "amount_g": 4200000, "device": "scale 3, No. 771", "specified_ppm": 5000,
             "evidence": digest("plate of scale 3")}
    line = {"code": "L_FUEL", "source": "boiler-1", "detail": "bituminous", "basis": basis}
    number, answer = play.raise_finding(name, "mine-a", "2026-09", "ERROR", "the scale was not calibrated",
                                        effect_g=more - 1, **line)
    check(refused(answer, "303018", "effect_g"), "[F11] the effect of a correction is not typed, it follows",
          show(answer))
    number, answer = play.raise_finding(name, "mine-a", "2026-09", "ERROR", "the scale was not calibrated",
                                        effect_g=more, **line)
    check(final(answer), "an error with its effect in grams", show(answer))
    play.must("AnswerFinding", "mine", engagement=name, number=number, agrees=True, cause="forgotten",
              correction="calibrated since")
    play.must("CloseFinding", engagement=name, number=number, verdict="ACCEPT", effect_g=more, text="decided")
    play.must("CloseFinding", engagement=name, number=number, verdict="CLOSE", resolution="ADJUSTED", text="decided")
    return more


def main_journey(play):
    name = "eng-1"
    answer = play.offer(name, "mine-a", "2026-09", guide_edition=None)
    check(refused(answer, "200001", "guide_edition"),
          "[KSSJ 6.2a] without the edition of the guide there is no engagement", show(answer))
    answer = play.offer(name, "mine-a", "2026-09")
    check(final(answer), "the mine offers an engagement", show(answer))
    answer = play.ask("AdvanceEngagement", engagement=name, step="PLANNED", evidence=[digest("early")])
    check(answer["code"] != "000000", "no step before the agreement", show(answer))
    answer = play.accept(name, declarations=DECLARED[1:])
    check(refused(answer, "303011", "FEE_FIXED"), "without a declaration it is refused by its rule",
          show(answer))
    answer = play.accept(name)
    check(final(answer), "[KSSJ 6.1a] the verifier accepts, through the gate", show(answer))
    seen = play.see(name, "mine")
    check(seen["guide_edition"] == GUIDE and seen["steps_done"] == 1 and seen["steps_all"] == 8 and
          seen["state"] == "ACCEPTED" and seen["late_days"] == 0,
          "[KSSJ 6.2a] [KSSJ 6.1b] the client sees guide and progress, 1 of 8", show(seen))
    answer = play.step(name, "DOC_REVIEW")
    check(refused(answer, "303012"), "[KSSJ 6.2c] preparation cannot be left out", show(answer))
    check(final(play.step(name, "PLANNED")), "prepared")
    answer = play.step(name, "DOC_REVIEW", sections=play.sections(name, ("QUALITY_PLAN",)))
    check(final(answer), "documents are reviewed, one section still empty", show(answer))

    answer = play.ask("RecomputeAccount", facility="mine-a", period="2026-09")
    check(refused(answer, "302005"), "no recomputation without a grant on the lines", show(answer))
    disclosure_cases(play)
    grant_lines(play, "mine-a", "2026-09", name)
    answer = play.ask("GetAccount", facility="mine-a", period="2026-09", lines=True)
    check(answer["code"] == "000000" and len(answer["data"]["lines"]) == 9,
          "[KSSJ 6.1b] with the grant the verifier sees the lines", show(answer))
    certificate_cases(play)
    with open(os.path.join(SAMPLES, "04-mine-a-2026-09.json"), encoding="utf-8") as handle:
        file = json.load(handle)
    file["lines"][0]["ad"]["value"] = "4300"
    other = play.must("RecomputeAccount", facility="mine-a", period="2026-09", file=file)
    line = other["result"]["differences"][0]
    check(other["outcome"] == "DIFFERENT" and len(other["result"]["differences"]) == 1 and
          line["source"] == "boiler-1" and line["difference_g"] == sum(line["causes"].values()) == 207150925 and
          max(line["causes"], key=line["causes"].get) == "ACTIVITY" and digest(other["document"]) == other["record"]["result_hash"],
          "[KSSJ 6.1c] another amount of fuel: one line differs, by activity, to the gram", show(other))
    again = play.must("RecomputeAccount", facility="mine-a", period="2026-09", file=file)
    check(again["record"] == other["record"], "the same inputs give the same hashes", show(again["record"]))
    data, answer = play.recompute(name, "mine-a", "2026-09")
    check(final(answer) and data["outcome"] == "EQUAL", "[KSSJ 6.1c] the account is computed again: equal",
          show(answer))

    limited = sampling_cases(play, name)
    open_findings = sorted([limited] + evidence_cases(play, name, "mine-a", "2026-09"))

    notes = {"noted_at_ms": when(-2), "note_counter": 7}
    answer = play.step(name, "SITE", persons=["verifier.preparer"], **notes)
    check(refused(answer, "303013"), "one person alone is no site visit", show(answer))
    late = dict(notes, noted_at_ms=when(24))
    answer = play.step(name, "SITE", persons=["verifier.deputy", "verifier.preparer"], **late)
    check(refused(answer, "200005", "noted_at_ms"), "notes of a clock that runs ahead are refused", show(answer))
    answer = play.step(name, "SITE", persons=["verifier.deputy", "verifier.preparer"], **notes)
    check(final(answer), "offline notes of the site come later, with own clock and counter", show(answer))
    answer = play.step(name, "REPORT_DRAFT", note_counter=7, noted_at_ms=notes["noted_at_ms"])
    check(refused(answer, "303003", "note_counter"), "the counter of notes only grows", show(answer))
    more = finding_cases(play, name)
    check(final(play.step(name, "REPORT_DRAFT")), "the report is drafted")
    answer = play.issue("op-1", name)
    check(refused(answer, "303012"), "[KSSJ 6.2c] no opinion before the internal review", show(answer))
    answer = play.review(name)
    check(refused(answer, "", "sections") or answer["code"] != "000000",
          "[KSSJ 6.2b] an empty section of the guide stops the review", show(answer))
    answer = play.review(name, "deputy")
    check(answer["code"] != "000000", "[KSSJ 6.2c] who verified does not review", show(answer))
    play.must("ReviewEngagement", signer="reviewer", engagement=name, verdict="RETURN",
              report_hash=digest("report of " + name))
    check(play.see(name)["state"] == "DOC_REVIEW", "a returned report goes back to the documents")
    play.must("AdvanceEngagement", engagement=name, step="REPORT_DRAFT", evidence=[digest("second draft")],
              sections=[{"section": "QUALITY_PLAN", "hash": digest("plan")}])
    answer = play.review(name)
    check(final(answer), "[KSSJ 6.2b] with all sections another person passes it", show(answer))

    effects = {"scope1_g": more}
    body = {"type": "MODIFIED", "open_findings": open_findings}
    answer = play.issue("op-1", name, subjects=play.subjects(name), **body)
    check(refused(answer, "303018", "verified"), "verified totals that do not follow are refused", show(answer))
    wrong = play.subjects(name, effects)
    wrong[0]["recompute_hash"] = digest("none")
    answer = play.issue("op-1", name, subjects=wrong, **body)
    check(refused(answer, "200001", "recompute_hash"),
          "[KSSJ 6.1c] no opinion without the recomputation", show(answer))
    answer = uncovered(play, name, other, effects, body)
    check(refused(answer, "303018", "lines: 1, grams: 207129925"),
          "[KSSJ 6.1c] a difference that no finding speaks of ends in no opinion: lines and grams are named",
          show(answer))
    answer = play.issue("op-1", name, subjects=play.subjects(name, effects), type="UNMODIFIED",
                        open_findings=open_findings)
    check(answer["code"] != "000000", "unresolved findings are not unmodified", show(answer))
    answer = play.issue("op-1", name, subjects=play.subjects(name, effects), **body)
    check(final(answer), "four persons issue the opinion", show(answer))
    account = play.must("GetAccount", "mine", facility="mine-a", period="2026-09")
    check(account["status"] == "VERIFIED" and account["opinion"] == "op-1" and
          account["value_in_force_g"] == account["net_g"] + more,
          "the account is verified; its value in force follows from the findings", show(account))
    seen = play.see(name, "mine")
    check(seen["steps_done"] == 7 and seen["opinion"] == "op-1", "7 of 8 steps are done", show(seen["steps"]))
    answer = play.issue("op-2", name, subjects=play.subjects(name, effects), **body)
    check(answer["code"] == "303012", "the engagement gives one opinion", show(answer))
    return name, effects, body


def uncovered(play, name, other, effects, body):
    """The verifier's own file gave another amount; the report goes to its review as if it had not."""
    for step in (play.step(name, "DOC_REVIEW"), play.ask("RecordRecomputation", engagement=name, **other["record"]),
                 play.step(name, "REPORT_DRAFT"), play.review(name)):
        if not final(step):
            raise RuntimeError(show(step))
    answer = play.issue("op-1", name, subjects=play.subjects(name, effects), **body)
    play.must("AdvanceEngagement", engagement=name, step="DOC_REVIEW", evidence=[digest("the weighing was read again")])
    if not final(play.recompute(name, "mine-a", "2026-09")[1]) or not final(play.step(name, "REPORT_DRAFT")) or \
            not final(play.review(name)):
        raise RuntimeError("review")
    return answer


def duplicate_opinion(play):
    """A second engagement on the same version."""
    play.offer("eng-2", "mine-a", "2026-09")
    play.accept("eng-2")
    for answer in play.to_report("eng-2", [("mine-a", "2026-09")]) + [play.review("eng-2")]:
        if not final(answer):
            raise RuntimeError(show(answer))
    answer = play.issue("op-3", "eng-2")
    check(refused(answer, "303001"), "a second opinion on the same version is 303001", show(answer))


def coal_of_the_month(play):
    """A lot that was mined in the month of the opinion; what its passport says of the opinion."""
    rules = adopt_rules(play.net, "LOT-RULES-HISTORIC", **{"event.backdate_days": "900", "event.late_days": "900"})
    play.sign2("RegisterProduct", "mine", gtin=GTINS["mine", "raw"], product="raw", name={"en": "Raw coal"})
    play.must("MineLot", "mine", lot=LOT, qty="1000",
              event={"event_time_ms": "2026-09-05T08:00:00Z", "place": "mine-a", "parameter_set_hash": rules},
              quality=QUALITY_B, facility="mine-a", month="2026-09")
    return passport_opinions(play)


def passport_opinions(play):
    return [(one["id"], one["withdrawn"]) for one in
            play.must("GetLotPassport", "mine", lot=LOT, bundle=False)["opinions"]]


def withdrawn_opinion(play, name, effects, body):
    told = coal_of_the_month(play)
    check(told == [("op-1", False)], "a lot's passport names the opinion behind it", told)
    answer = play.sign2("WithdrawOpinion", "verifier", opinion="op-1", cause="NEW_FACTS",
                        reason="a meter log was found")
    check(final(answer), "facts found after the issue: the opinion is withdrawn", show(answer))
    account = play.must("GetAccount", "mine", facility="mine-a", period="2026-09")
    check(account["status"] == "REPORTED" and account["opinion_withdrawn"] and account["opinion"] == "op-1" and
          account["value_in_force_g"] == account["net_g"],
          "what was built on it is flagged, nothing is deleted", show(account))
    listed = play.must("ListDependents", "mine", opinion="op-1")
    check(listed["withdrawn"] and listed["count"]["CERTIFICATE"] == listed["count"]["LOT"] == 1 and
          [(d["kind"], d["flagged"]) for d in listed["dependents"]] == [("CERTIFICATE", True), ("LOT", True)] and
          listed["dependents"][1]["id"] == LOT,
          "what depends on a withdrawn opinion is listed and flagged", show(listed))
    told = passport_opinions(play)
    check(told == [("op-1", True)], "the passport of a lot says that its opinion was withdrawn", told)
    outside = play.must("ListDependents", "desk", opinion="op-1")
    check("dependents" not in outside and outside["count"] == listed["count"],
          "others see how many, not which", show(outside))
    certificate = play.must("GetCertificate", "desk", facility="mine-a", period="2026-09")
    check(certificate["opinion"] == "op-1" and certificate["opinion_withdrawn"] and
          certificate["grade"] == "REPORTED", "a certificate says that its opinion was withdrawn",
          show({key: certificate[key] for key in certificate if key != "certificate"}))
    seen = play.must("GetOpinion", "mine", opinion="op-1")
    check(seen["state"] == "WITHDRAWN" and seen["withdrawn"]["cause"] == "NEW_FACTS" and
          seen["subjects"][0]["verified"]["net_g"] == account["net_g"] + effects["scope1_g"],
          "the withdrawn opinion stays readable", show(seen))
    play.must("AdvanceEngagement", engagement=name, step="DOC_REVIEW", evidence=[digest("the log")])
    play.must("AdvanceEngagement", engagement=name, step="REPORT_DRAFT", evidence=[digest("third draft")])
    if not final(play.review(name)):
        raise RuntimeError("review")
    answer = play.issue("op-1b", name, subjects=play.subjects(name, effects), **body)
    check(answer["code"] != "000000" and "replaces" in json.dumps(answer["data"]),
          "a re-issue names what it replaces", show(answer))
    answer = play.issue("op-1b", name, subjects=play.subjects(name, effects), replaces="op-1", **body)
    check(final(answer), "it is issued again", show(answer))
    seen = play.must("GetOpinion", "mine", opinion="op-1")
    check(seen["state"] == "REPLACED" and seen["replaced_by"] == "op-1b", "the first says by what", show(seen))
    answer = play.step(name, "ARCHIVED")
    seen = play.see(name)
    check(final(answer) and seen["steps_done"] == 8 and "retain_until" in seen,
          "[KSSJ 6.2c] records are kept, with their term", show(answer))


def late_and_superseded(play):
    """Mine-b's months of 2025: after 30 June 2026; and a correction between review and opinion."""
    net = play.net
    play.note(net.file("05-mine-b-2025-01.json"))
    play.offer("eng-3", "mine-b", "2025-01")
    answer = play.accept("eng-3")
    seen = play.see("eng-3")
    check(final(answer) and seen["late_days"] > 0,
          "a late engagement is accepted and says by how many days", show(seen))
    listed = play.must("ListEngagements", "regulator")["engagements"]
    check([e["engagement"] for e in listed if e["late_days"] > 0] == ["eng-3"],
          "the regulator's list names the late one", show(listed))
    grant_lines(play, "mine-b", "2025-01", "eng-3")
    steps = play.to_report("eng-3", [("mine-b", "2025-01")])
    subjects = play.subjects("eng-3")
    answer = corrected_mine_b(play, "483")
    check(all(map(final, steps)) and final(answer), "the account is corrected before the opinion", show(answer))
    steps = [play.review("eng-3")]
    answer = play.issue("op-4", "eng-3", subjects=subjects)
    check(final(steps[0]) and refused(answer, "303004"), "an opinion on a superseded version is 303004", show(answer))
    answer = play.ask("GetAccount", facility="mine-b", period="2025-01", version=2, lines=True)
    check(refused(answer, "302005"), "the grant was on the first version's lines only", show(answer))


def corrected_mine_b(play, amount):
    with open(os.path.join(SAMPLES, "05-mine-b-2025-01.json"), encoding="utf-8") as handle:
        file = json.load(handle)
    file["lines"][0]["ad"]["value"] = amount
    path = path_of(play, dict(file, reason="a train was weighed twice", reason_code="METER",
                              discovered_by="VERIFIER"))
    play.must("GetAccount", "mine", facility="mine-b", period="2025-01")  # its node knows what came before
    return play.note(play.net.file(path, "correct"))


def verified_again(play, opinion, **more):
    """Mine-b's January as it counts now, from the documents to the opinion."""
    steps = [play.step("eng-3", "DOC_REVIEW")]
    grant_lines(play, "mine-b", "2025-01", "eng-3")
    steps += [play.recompute("eng-3", "mine-b", "2025-01")[1],
              play.step("eng-3", "REPORT_DRAFT", no_sample_reason="nine lines, each looked at"), play.review("eng-3")]
    if not all(map(final, steps)):
        raise RuntimeError(show(steps))
    return play.issue(opinion, "eng-3", **more)


def restated(play):
    """[4.4] A correction that follows an opinion."""
    answer = verified_again(play, "op-4")
    check(final(answer), "the corrected account is verified", show(answer))
    answer = corrected_mine_b(play, "484")
    check(refused(answer, "303002", "op-4"), "a verified account is not corrected while its opinion stands",
          show(answer))
    answer = play.sign2("WithdrawOpinion", "verifier", opinion="op-4", cause="NEW_FACTS", reason="a train more")
    answer = corrected_mine_b(play, "484") if final(answer) else answer
    check(final(answer), "after the withdrawal it is", show(answer))
    account = play.must("GetAccount", "mine", facility="mine-b", period="2025-01")
    check(account["version"] == 3 and account["status"] == "REPORTED" and account["restates"] == "op-4" and
          account["opinion"] == "", "a restated account says which opinion its earlier version had", show(account))
    answer = verified_again(play, "op-5")
    check(refused(answer, "303001", "replaces"), "an opinion on a restated account cites the old one", show(answer))
    answer = play.issue("op-5", "eng-3", replaces="op-4")
    account = play.must("GetAccount", "mine", facility="mine-b", period="2025-01")
    check(final(answer) and account["status"] == "VERIFIED" and account["restates"] == "op-4",
          "and with it the restated account is verified", show(account))
    before = play.must("GetAccount", "mine", facility="mine-b", period="2025-01", version=2)
    seen = play.must("GetOpinion", opinion="op-4")
    check(before["status"] == "SUPERSEDED" and seen["state"] == "REPLACED" and seen["replaced_by"] == "op-5" and
          seen["subjects"][0]["version"] == 2, "what was said of the earlier version stays with it", show(seen))


def lab_values(values):
    body = b"".join(wire.encode([(2, wire.encode([(at, text.encode()) for at, text in
                                                  enumerate(value, 1)]))]) for value in values)
    return wire.encode([(1, bytes(16))]) + body


def path_of(play, request):
    path = os.path.join(play.net.dir, "request.json")
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(request, handle)
    return path


def four_frauds(play):
    """[F10] the cases of March 2022 have no transaction."""
    play.sign2("SetAccreditation", "regulator", organisation="laboratory", kind="LABORATORY",
               number="CNAS L0001", scopes=["CC", "NCV"], valid_from="2020-01-01", valid_to="2035-12-31",
               status="ACTIVE")
    take = coal_sample(play, "s-1")
    answer = play.ask("TakeSample", "mine", **dict(take, sample="s-0", period="2026-01"))
    check(answer["code"] == "200005", "[F10] one batch for twelve months: a sample stands for its own month",
          show(answer))
    answer = play.ask("TakeSample", "mine", **dict(take, sample="s-0", sampled_at_ms=when(-24 * 9)))
    check(answer["code"] == "200005", "[F10] edited dates: nine days ago is refused", show(answer))
    answer = play.ask("TakeSample", "mine", **take)
    check(final(answer), "a sample is taken", show(answer))
    answer = play.ask("SealSample", "mine", sample="s-1", seal="A-100", sealed_at_ms=when(-3))
    check(refused(answer, "303013"), "[F10] fake sample: who took it does not seal it", show(answer))
    answer = play.ask("SealSample", "mine", "deputy", sample="s-1", seal="A-100", sealed_at_ms=when(-3))
    check(final(answer), "another person seals it", show(answer))
    values = lab_values([("CC", "AD", "0.612", "1", "GB/T 476"), ("NCV", "AR", "22.35", "GJ/t", "GB/T 213")])
    report = {"sample": "s-1", "report_number": "R-1", "report_hash": digest("report"),
              "verification_hash": digest("code"), "tested_at_ms": when(-1),
              "detached": {"values": [
                  {"parameter": "CC", "basis": "AD", "value": "0.612", "unit": "1", "method": "GB/T 476"},
                  {"parameter": "NCV", "basis": "AR", "value": "22.35", "unit": "GJ/t", "method": "GB/T 213"}]}}
    path = os.path.join(play.net.dir, "report.json")
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(dict(report, detached=dict(report["detached"], salt="00" * 16)), handle)
    status, out, err = seam("lab", "hash", path)
    check(status == 0 and json.loads(out)["values_hash"] == digest(b"SEAMLAB1" + values) and
          json.loads(out)["parameters"] == ["CC", "NCV"],
          "`seam lab hash` computes what the report names, without a node", out + err)
    salts = {json.loads(seam("lab", "hash", path_of(play, report))[1])["detached"]["salt"] for _ in range(2)}
    check(len(salts) == 2, "with a salt of its own where none is given", salts)
    answer = play.ask("ReportLaboratory", "laboratory", **report)
    check(answer["code"] != "000000", "[F10] no report on what the laboratory never received", show(answer))
    answer = play.ask("ReceiveSample", "laboratory", sample="s-1", seal="A-100", intact=True,
                      received_at_ms=when(-2), mass_kg="2.5")
    check(final(answer), "the laboratory signs its own receipt", show(answer))
    without = {key: value for key, value in report.items() if key != "verification_hash"}
    answer = play.ask("ReportLaboratory", "laboratory", **without)
    check(refused(answer, "200001", "verification_hash"), "[F10] deleted QR code: no report without it",
          show(answer))
    answer = play.ask("ReportLaboratory", "laboratory", **dict(report, tested_at_ms=when(-5)))
    check(answer["code"] == "200005", "[F10] edited dates: tested before it came", show(answer))
    answer = play.ask("ReportLaboratory", "laboratory", **dict(report, values_hash=digest("typed")))
    check(refused(answer, "303018", "values_hash"), "a hash that was typed is held against the values", show(answer))
    answer = play.ask("ReportLaboratory", "laboratory", **report)
    check(final(answer), "the report cites the receipt", show(answer))
    answer = play.ask("ReportLaboratory", "laboratory", **dict(report, report_number="R-2",
                                                               report_hash=digest("second")))
    check(answer["code"] != "000000", "[F10] one batch: a sample has one report", show(answer))
    play.must("TakeSample", "mine", **dict(take, sample="s-2"))
    play.must("SealSample", "mine", "deputy", sample="s-2", seal="A-101", sealed_at_ms=when(-3))
    play.must("ReceiveSample", "laboratory", sample="s-2", seal="B-999", intact=True,
              received_at_ms=when(-2), mass_kg="2.5")
    answer = play.ask("ReportLaboratory", "laboratory", **dict(report, sample="s-2", report_number="R-3",
                                                               report_hash=digest("third")))
    seen = play.must("GetCoalSample", sample="s-2")
    check(answer["code"] != "000000" and seen["state"] == "REFUSED" and seen["seal_found"] == "B-999",
          "[F10] fake sample: another seal ends in REFUSED", show(answer))
    seen = play.must("GetCoalSample", sample="s-1")
    check(seen["state"] == "REPORTED" and seen["laboratory"] == "laboratory" and
          seen["report"]["report_number"] == "R-1", "the custody of a sample is read in one answer", show(seen))


with Network() as net:
    play = Verification(net)
    answer = play.sign2("SetAccreditation", "regulator", organisation="verifier", kind="VERIFIER",
                        number="V-0001", scopes=["UG"], jurisdictions=["CN-14"], valid_from="2020-01-01",
                        valid_to="2035-12-31", status="ACTIVE")
    check(final(answer), "two officers record what the verifier is accredited for", show(answer))
    filed = play.note(net.file(measured(net)))
    check(final(filed), "an account stands on the ledger", show(filed))
    same_group(play)
    journey = main_journey(play)
    duplicate_opinion(play)
    withdrawn_opinion(play, *journey)
    late_and_superseded(play)
    restated(play)
    four_frauds(play)
    at = {"node": net.url(1), "token": net.token(1)}
    for language, *words in (
            ("zh", "# 核查报告", "质量保证与文件存档", "op-1b", "保留意见", "有效"),
            ("ru", "# Отчёт о верификации", "Обеспечение качества", "op-1b", "модифицированное", "действует"),
            ("en", "# Verification report", "Quality assurance and filing", "op-1b", "modified", "in force")):
        status, out, err = seam("engage", "report", "eng-1", "--language", language, **at)
        check(status == 0 and out.startswith(f"{words[0]} CN14-V0001-00MINE-2026-2\n") and
              all(word in out for word in words) and "| weighed twice | sheets are attached |" in out and
              not any(code in out for code in (*SECTIONS, "MODIFIED", "IN_FORCE", "DOC_REVIEW")),
              f"[KSSJ 6.2b] the report in {language}, in words; its number is the second version", out + err)
    status, out, err = seam("engage", "report", "eng-1", "--format", "json", **at)
    check(status == 0 and json.loads(out)["opinion"]["opinion"] == "op-1b", "and as JSON", out[:400] + err)
    net.roots()
finish()
