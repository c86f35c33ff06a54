# SPDX-License-Identifier: Apache-2.0
"""A market on a real network: a scheme whose windows are open today, accounts, and orders that carry their
idempotency keys, over HTTP or typed. The nodes' clock can be set ahead, for what only time does. Names of
checks are kept: each script ends by holding them against the table of failure cases in docs/registry.md."""
import copy
import datetime
import hashlib
import json
import os
import re

import harness
from harness import ROOT, SAMPLES, seam

YEAR = 2025  # the year that is settled
MINE = "mine-s"  # one month of it, so that its account is the year
TODAY = datetime.datetime.now(datetime.timezone.utc).date()  # the same from begin to end, though midnight may pass


passed = set()  # names of the checks that held


def check(condition, name, detail=""):
    if harness.check(condition, name, detail):
        passed.add(re.sub(r" \[\d{6}\]$", "", name))
    return condition


def cases_shown(script):
    """Every failure case that docs/registry.md says is shown here was."""
    with open(os.path.join(ROOT, "docs", "registry.md"), encoding="utf-8") as handle:
        rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([^`]+)`: ([^|]+) \|$", handle.read(), re.MULTILINE)
    wanted = [name.strip() for _, _, where, names in rows if where == os.path.basename(script)
              for name in names.split(";")]
    missing = [name for name in wanted if name not in passed]
    check(len(wanted) > 5 and not missing, f"each of the {len(wanted)} failure cases of docs/registry.md was shown",
          missing)


def refused(answer, code, name, limit=None, field=None, text=None):
    """A named failure case: the code, and the number that would have been possible."""
    data = answer["data"] or {}
    check(answer["code"] == code and (limit is None or str(limit) in str(data.get("limit"))) and
          (field is None or field in str(data.get("field"))) and
          (text is None or text in json.dumps(answer, ensure_ascii=False)),
          f"{name} [{code}]", brief(answer))


def day(offset):
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def scheme(**changes):
    return {"scheme": "cn-ets", "version": 1, "name": {"en": "Demonstration scheme", "zh": "示范碳市场"},
            "jurisdiction": "CN-14", "assets": ["CCER", "CEA", "FUND-1"], "covered_kinds": ["UG"],
            "covered_scopes": ["1"], "gases": ["CO2", "CH4"], "currency": "CNY", "tick_fen": 5,
            "price_band_bp": 1000, "offset_cap_bp": 500, "offset_projects_excluded": True,
            "first_vintage": 2024, "carry_base_t": 10000, "carry_ratio_num": 3, "carry_ratio_den": 2,
            "reversal_days": 14, "transfer_delay_hours": 1, "trusted_delay_hours": 1, "offer_hours": 72,
            "two_person": ["TRANSFER", "TRADE", "TRUST", "SURRENDER", "CANCEL", "CARRY", "HOLDING", "EXPORT"],
            "venues": [{"venue": "SHEX", "organisation": "bank"},
                       {"venue": "BJEX", "organisation": "registrar"}, {"venue": "TJEX", "organisation": "bank"}],
            "years": [{"year": YEAR, "surrender_from": day(-60), "surrender_deadline": day(60),
                       "carry_from": day(-60), "carry_to": day(60), "sold_from": day(-60),
                       "sold_to": day(60), "cap_t": 10 ** 9}], **changes}


def cea(quantity, vintage=YEAR, ranges=None):
    units = {"asset": "CEA", "vintage": vintage, "quantity": quantity}
    return dict(units, ranges=[{"start": a, "end": b} for a, b in ranges]) if ranges else units


def ccer(quantity, project="vam-1", vintage=YEAR):
    return {"asset": "CCER", "project": project, "vintage": vintage, "quantity": quantity}


def good(answer):
    return answer["code"] == "000000" and answer["data"].get("state") == "FINAL"


def brief(answer):
    return json.dumps(answer, ensure_ascii=False)[:1200]


class Market:
    def __init__(self, net):
        self.net = net
        self.orders = 0
        self.files = 0
        self.height = 0  # of the last answer, and where it came from
        self.node = 0

    def order(self, operation, member, key=None, **body):
        """A transaction of two persons (or one, where the rule wants one) with its idempotency key."""
        if key is None:
            self.orders += 1
            key = f"order-{self.orders}"
        return self.plain(operation, member, **dict(body, idempotency_key=key))

    def plain(self, operation, member, **body):
        self.catch_up(member)
        answer = self.net.sign2(operation, body, member)
        if good(answer):
            self.height, self.node = answer["data"]["height"], self.net.homes[member]
        return answer

    def typed(self, member, *words, second="responsible"):
        """A command of a member's first person, with files for its objects; where it takes two persons, the
        second approves it. The last envelope, its messages in "typed"."""
        self.catch_up(member)
        words = [self.file(word) if isinstance(word, dict) else str(word) for word in words]
        _, answer, told = command(self.net, member, *words)
        if answer["code"] == "000000" and answer["data"].get("state") == "AWAITING_SECOND_PERSON":
            _, answer, more = command(self.net, member, "draft", "approve", answer["data"]["draft"], person=second)
            told += more
        if good(answer):
            self.height, self.node = answer["data"]["height"], self.net.homes[member]
        return dict(answer, typed=told)

    def type(self, member, *words):
        answer = self.typed(member, *words)
        if answer["code"] != "000000":
            raise RuntimeError(f"{member}: seam {words}: {brief(answer)}")
        return answer["data"]

    def plain_text(self, member, *words):
        """What a person reads on a terminal."""
        self.catch_up(member)
        node = self.net.homes[member]
        status, out, err = seam(*map(str, words), token=self.net.token(node, "preparer", member),
                                node=self.net.url(node))
        return out if status == 0 else f"exit {status}: {out}{err}"

    def file(self, body, name=None):
        self.files += 1
        path = os.path.join(self.net.dir, name or f"request-{self.files}.json")
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(json.dumps(body) if isinstance(body, dict) else body)
        return path

    def signed(self, operation, member, key, **body):
        """A transaction file that both persons of a member signed, for any node."""
        path = self.file(body)
        keys = os.path.join(self.net.dir, f"node-{self.net.homes[member]}", "keys")
        made = path + ".tx"
        for words in (["new", operation, path, "--organisation", member, "--idempotency-key", key, "--out", made,
                       "--key", os.path.join(keys, f"{member}.preparer.key")],
                      ["sign", made, "--key", os.path.join(keys, f"{member}.responsible.key")]):
            status, out, err = seam("tx", *words, "--genesis", self.net.genesis)
            if status != 0:
                raise RuntimeError(f"tx {words}: {out}{err}")
        return made

    def catch_up(self, member):
        """What is final at one node is a moment later at another."""
        node = self.net.homes[member]
        if node != self.node:
            self.net.follow(node, self.height)

    def must(self, operation, member, **body):
        answer = self.order(operation, member, **body)
        if not good(answer):
            raise RuntimeError(f"{operation} {member} {json.dumps(body)[:400]}: {brief(answer)}")
        return answer["data"]

    def ask(self, operation, member, **body):
        self.catch_up(member)
        answer = self.net.call(operation, body, member=member)[1]
        if answer["code"] != "000000":
            raise RuntimeError(f"{operation} {member} {body}: {brief(answer)}")
        return answer["data"]

    def held(self, member, holding, series):
        """The numbers of one position, zeros where there is none."""
        positions = self.ask("GetHoldings", member, holding=holding)["positions"]
        empty = {"trade": 0, "register": 0, "reserved": 0, "pending": 0, "frozen": 0, "surrendered": 0,
                 "cancelled": 0, "carried": 0}
        return next((entry for entry in positions if entry["series"] == series), empty)

    def blocks(self, member, holding, series, state):
        positions = self.ask("GetHoldings", member, holding=holding, blocks=True)["positions"]
        entry = next(entry for entry in positions if entry["series"] == series)
        return sorted((block["start"], block["end"]) for block in entry["blocks"] if block["state"] == state)

    def audit(self):
        """What an auditor finds wrong who adds up every block of every account (the regulator reads them all),
        without trusting a sum of the registry: gaps, overlaps, units of unknown state, other totals."""
        names = {"SURRENDERED": "surrendered", "CANCELLED": "cancelled", "EXPORTED": "exported", "LAPSED": "lapsed",
                 "CARRIED": "carried", **dict.fromkeys(("TRADE", "REGISTER", "RESERVED", "PENDING"), "held")}
        runs, sums, wrong = {}, {}, []
        for account in self.ask("ListHoldingAccounts", "regulator")["accounts"]:
            for entry in self.ask("GetHoldings", "regulator", holding=account["holding"], blocks=True)["positions"]:
                for block in entry["blocks"]:
                    total = sums.setdefault(entry["series"], dict.fromkeys(names.values(), 0))
                    total[names[block["state"]]] += block["end"] - block["start"] + 1
                    runs.setdefault(entry["series"], []).append((block["start"], block["end"]))
        listed = {entry["series"]: entry for entry in self.ask("ListSeries", "regulator")["series"]}
        for series in sorted(set(listed) | set(sums)):
            own = series.startswith("CN:")
            run = sorted(runs.get(series, []))
            wrong += [(series, "overlap", a, b) for a, b in zip(run, run[1:]) if b[0] <= a[1]]
            wrong += [(series, "gap", a, b) for a, b in zip(run, run[1:]) if own and b[0] != a[1] + 1]
            wrong += [(series, "first", run[0])] if own and run and run[0][0] != 1 else []
            told = {key: listed[series][key] for key in set(names.values())}
            if told != sums[series] or sum(told.values()) != listed[series]["issued"]:
                wrong.append((series, listed[series], sums[series]))
        return sums, wrong

    def trade(self, name, seller, buyer, units, price=8000, **more):
        """Proposed by the seller (member, account), taken by the buyer as a whole."""
        self.must("ProposeTrade", seller[0], trade=name, side="SELL", holding=seller[1], method="LISTED",
                  units=units, price_fen=price, settlement="bank", payment_hours=1, **more)
        self.must("AcceptTrade", buyer[0], trade=name, holding=buyer[1], quantity=units["quantity"])

    def settle(self, name, seller, units, price=8000):
        self.must("LockTrade", seller[0], trade=name, fill=1)
        return self.must("ConfirmPayment", "bank", trade=name, fill=1,
                         amount_fen=units["quantity"] * price, reference=f"pay {name}")

    def facility(self):
        """A mine with one month of the year, and its account; its body."""
        with open(os.path.join(SAMPLES, "boundaries.json"), encoding="utf-8") as handle:
            entry = next(entry for entry in json.load(handle)["facilities"]
                         if entry["facility"]["facility"] == "mine-b")
        body = dict(copy.deepcopy(entry["facility"]), facility=MINE, start_period=f"{YEAR}-12")
        self.must("RegisterFacility", "mine", **body)
        with open(os.path.join(SAMPLES, f"16-mine-b-{YEAR}-12.json"), encoding="utf-8") as handle:
            file = dict(json.load(handle), facility=MINE)
        return self.must("SubmitAccount", "mine", **file)["account"]


def later(net, seconds):
    """Stops the nodes and starts them with their clocks set ahead (in total) by so many seconds."""
    seam("localnet", "down", "--dir", net.dir)
    with net.clock(seconds):
        status, out, err = seam("localnet", "up", "--dir", net.dir)
    if status != 0:
        raise RuntimeError(f"up: {out}{err}")
    net.tokens = {}


def command(net, member, *words, person="preparer"):
    """The command line as a person of a member; (status, JSON, messages)."""
    node = net.homes[member]
    status, out, err = seam(*words, "--json", token=net.token(node, person, member), node=net.url(node))
    return status, json.loads(out) if out else None, err
