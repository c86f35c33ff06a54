# SPDX-License-Identifier: Apache-2.0
"""A market on a real network: a scheme whose windows are open today, accounts, and orders that carry their
idempotency keys. The nodes' clock can be set ahead, for what only time does."""
import copy
import datetime
import hashlib
import json
import os
import subprocess

from harness import SAMPLES, seam, until

YEAR = 2025  # the year that is settled
MINE = "mine-s"  # one month of it, so that its account is the year


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)).date().isoformat()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def scheme(**changes):
    return {"scheme": "cn-ets", "version": 1, "name": {"en": "Demonstration scheme", "zh": "示范碳市场"},
            "jurisdiction": "CN-14", "assets": ["CCER", "CEA", "FUND-1"], "covered_kinds": ["UG"],
            "covered_scopes": ["1"], "gases": ["CO2", "CH4"], "currency": "CNY", "tick_fen": 1,
            "price_band_bp": 1000, "offset_cap_bp": 500, "offset_projects_excluded": True,
            "first_vintage": 2024, "carry_base_t": 10000, "carry_ratio_num": 3, "carry_ratio_den": 2,
            "reversal_days": 14, "transfer_delay_hours": 1, "trusted_delay_hours": 1, "offer_hours": 72,
            "two_person": ["TRANSFER", "TRADE", "TRUST", "SURRENDER", "CANCEL", "CARRY", "HOLDING", "EXPORT"],
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

    def catch_up(self, member):
        """What is final at one node is a moment later at another."""
        node = self.net.homes[member]
        if node != self.node:
            until(lambda: self.net.status(node)["height"] >= self.height, 30, f"node {node} to have it")

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


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *out)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    }
    const int status = real(clock, out);
    const char *ahead = getenv("AHEAD_SECONDS");
    if (status == 0 && clock == CLOCK_REALTIME && ahead != NULL) {
        out->tv_sec += atol(ahead);
    }
    return status;
}
"""


def later(net, seconds):
    """Stops the nodes and starts them with their clocks set ahead (in total) by so many seconds."""
    source, library = os.path.join(net.dir, "clock.c"), os.path.join(net.dir, "clock.so")
    with open(source, "w", encoding="utf-8") as handle:
        handle.write(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    seam("localnet", "down", "--dir", net.dir)
    os.environ.update(LD_PRELOAD=library, AHEAD_SECONDS=str(seconds))
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    try:
        status, out, err = seam("localnet", "up", "--dir", net.dir)
        if status != 0:
            raise RuntimeError(f"up: {out}{err}")
    finally:
        del os.environ["LD_PRELOAD"]
        del os.environ["AHEAD_SECONDS"]
    net.tokens = {}


def command(net, member, *words, person="preparer"):
    """The command line as a person of a member; (status, JSON, messages)."""
    node = net.homes[member]
    status, out, err = seam(*words, "--json", token=net.token(node, person, member), node=net.url(node))
    return status, json.loads(out) if out else None, err
