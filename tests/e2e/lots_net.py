# SPDX-License-Identifier: Apache-2.0
"""Lots on a real network: rules of lots with other values, products, accounts and events sent by the
members whose they are, many at a time where one does not wait for another."""
import concurrent.futures
import json
import os
import threading

import wire
from harness import ROOT, seam
from lots_year import GTINS

NAMES = {"raw": ("Raw coal", "原煤"), "clean": ("Clean coal", "精煤"), "middlings": ("Middlings", "中煤"),
         "blend": ("Power coal blend", "配煤"), "raw-blend": ("Raw coal blend", "混原煤")}
OFFICERS = {"first": "preparer", "second": "responsible"}


def good(answer):
    return answer["code"] == "000000" and answer["data"]["state"] == "FINAL"


def must(answer, what):
    """What has to succeed before a test can say anything."""
    if not good(answer):
        raise RuntimeError(f"{what}: {json.dumps(answer, ensure_ascii=False)[:800]}")
    return answer["data"]


def lot_rules(name, **changes):
    """The rules of genesis/sets under another id with other values: canonical bytes, keys."""
    with open(os.path.join(ROOT, "genesis", "sets", "LOT-RULES-1.json"), encoding="utf-8") as handle:
        rules = json.load(handle)
    known = [value["key"] for value in rules["values"]]
    assert all(key in known for key in changes), changes
    fields = [(1, name), (2, 1), (3, rules["title"]), (4, rules["edition"]), (5, rules["valid_from"])]
    fields += [(8, code) for code in rules["codes"]]
    for value in rules["values"]:
        value["value"] = changes.get(value["key"], value["value"])
        members = ("key", "value", "unit", "source", "document", "grade", "published_on", "note")
        fields.append((12, wire.encode([(at, value[member].encode()) for at, member in
                                        enumerate(members, 1) if value.get(member)])))
    body = wire.encode([(at, value.encode() if isinstance(value, str) else value)
                        for at, value in fields])
    return body, [value["key"] for value in rules["values"] if value["grade"] in ("choice", "memory")]


def adopt_rules(net, name, scheme="cn-coal", since="2020", **changes):
    """The regulator publishes rules of lots and lets a scheme adopt them; their hash."""
    body, unsourced = lot_rules(name, **changes)
    must(net.sign2("PublishParameterSet", {"parameter_set": body.hex()}, "regulator"), "publish")
    net.roots()  # the list is another node's: it must not answer from before
    sets = net.call("ListParameterSets", {"count": 200})[1]["data"]["parameter_sets"]
    value = next(entry["hash"] for entry in sets if entry["id"] == name)
    must(net.sign2("AdoptParameterSet", {"scheme": scheme, "set_hash": value, "from_period": since,
                                         "unsourced": unsourced}, "regulator"), "adopt")
    net.roots()
    return value


def register_products(net):
    for (member, product), gtin in GTINS.items():
        english, chinese = NAMES[product]
        must(net.sign2("RegisterProduct", {"gtin": gtin, "product": product,
                                           "name": {"en": english, "zh": chinese}}, member),
             f"{member} {product}")
    net.roots()


def in_parallel(net, work, count=8):
    """Calls each of work (names -> function) when those it waits for are done. work: name ->
    (after, function); {name: result}."""
    results, left, lock = {}, dict(work), threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        running = {}

        def start():
            with lock:
                for name in [name for name, (after, _) in left.items() if all(a in results for a in after)]:
                    running[pool.submit(left.pop(name)[1])] = name
        start()
        while running:
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                results[running.pop(future)] = future.result()
            start()
    assert not left, list(left)[:3]
    return results


def file_accounts(net, files):
    """Accounts with two signatures each, the months of a facility in order. files: (facility, month) ->
    (calculation file, grams); {(facility, month): answer}."""
    work = {}
    members = {"mine-b": "mine", "mine-c": "mine-2", "wp-1": "washery"}
    last = {}
    for (facility, month), (file, _) in files.items():
        operation = "SubmitAccount" if "lines" in file else "DeclareNil"

        def run(operation=operation, file=file, member=members[facility]):
            return net.sign2(operation, file, member)
        work[facility, month] = ({last[facility]} if facility in last else set(), run)
        last[facility] = (facility, month)
    return in_parallel(net, work)


class Play:
    """Sends steps; knows the transaction of each, which names its offer."""

    def __init__(self, net, rules):
        self.net, self.rules, self.ids, self.answers = net, rules, {}, {}
        self.heights = {}  # name of a step -> where it is final

    def follow(self, step):
        """Its member's node has what the step needs: judged by the past, it would be refused."""
        self.net.follow(self.net.homes[step.member], max((self.heights.get(name, 0) for name in step.after), default=0))

    def note(self, step, answer):
        self.answers[step.name] = answer
        if good(answer):
            self.ids[step.name], self.heights[step.name] = answer["data"]["transaction"], answer["data"]["height"]
        return answer

    def body(self, step):
        body = json.loads(json.dumps(step.body))
        body["event"]["parameter_set_hash"] = self.rules
        if str(body.get("offer", "")).startswith("@"):
            body["offer"] = self.ids.get(body["offer"][1:])
        return body

    def send(self, step):
        self.follow(step)
        if step.operation == "ConfirmStock":
            return self.note(step, self.net.sign2(step.operation, self.body(step), step.member))
        return self.note(step, self.net.call(step.operation, self.body(step), member=step.member)[1])

    def run(self, steps):
        """All of them, each after those it needs; the names of those that were not admitted."""
        names = {step.name for step in steps}
        in_parallel(self.net, {step.name: (step.after & names, lambda step=step: self.send(step))
                               for step in steps})
        return [step.name for step in steps if not good(self.answers[step.name])]


COMMANDS = {"MineLot": "mine", "WashLot": "wash", "BlendLot": "blend", "SplitLot": "split", "LoadLot": "load",
            "UnloadLot": "unload", "DepartLot": "transport", "ArriveLot": "transport", "OfferLot": "offer",
            "AnswerLot": "answer", "UseLot": "use", "LoseLot": "loss", "TakeStock": "stocktake"}
QUALITY = ("moisture", "ash", "ncv", "carbon")


def operands(body):
    """A body as people type it: NAME=VALUE, lists as entries between |, the values of one by blanks."""
    words = []
    for key, value in body.items():
        if key == "event":
            value = {"event_time" if name == "event_time_ms" else name: inner for name, inner in value.items()}
            words += operands(value)
        elif key == "quality":
            words += operands(value)
        elif isinstance(value, list):
            entries = []
            for entry in value:
                flat = [entry] if isinstance(entry, str) else [
                    inner for name, inner in entry.items() if name != "quality"]
                if not isinstance(entry, str):
                    flat += [entry["quality"][name] for name in QUALITY if name in entry.get("quality", {})]
                entries.append(" ".join(flat))
            words.append(f"{key}={' | '.join(entries)}")
        else:
            words.append(f"{key}={value}")
    return words


class Commands(Play):
    """The same by `seam lot`, one command an event."""

    def send(self, step):
        self.follow(step)
        node = self.net.homes[step.member]
        status, out, err = seam("lot", COMMANDS[step.operation], *operands(self.body(step)), "--json",
                                token=self.net.token(node, "preparer", step.member), node=self.net.url(node))
        return self.note(step, json.loads(out) if status == 0 and out else {"code": str(status), "data": None, "message": out + err})
