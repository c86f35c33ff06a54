# SPDX-License-Identifier: Apache-2.0
"""What is wrong with coal lots is refused, or admitted with a finding, and the amount is named
[KSSJ 7.2.1b] (V11, V12, V13)."""
import copy
import json

from harness import Network, check, finish
from lots_net import Play, adopt_rules, good, must, register_products
from lots_year import (CLEAN, COKING, RAW_B, RAW_C, Year, kilograms, largest_remainder, mine_b, sscc)

MONTH = "2025-01"
RAW, OTHER = f"{RAW_B}.RB-{MONTH}-A", f"{RAW_C}.RC-{MONTH}-W"
CLEAN_LOT, TRAIN = f"{CLEAN}.CL-{MONTH}", sscc(1000)
YEAR = Year()
STEPS = {step.name: step for step in YEAR.steps if MONTH in step.name}


def show(answer):
    return json.dumps(answer, ensure_ascii=False)[:1500]


with Network() as net:
    sets = net.call("ListParameterSets", {"count": 200})[1]["data"]["parameter_sets"]
    usual = next(entry["hash"] for entry in sets if entry["id"] == "LOT-RULES-1")
    register_products(net)
    play = Play(net, usual)
    late = {"event.backdate_days": "900", "event.late_days": "900"}

    homes = []  # the node of the last call

    def settle(member):
        """Every node has what another one took: one that lags would judge by the past."""
        if homes != [net.homes[member]]:
            net.roots()
        homes[:] = [net.homes[member]]

    def forward(name):
        """A step of the year as it is."""
        settle(STEPS[name].member)
        return play.send(STEPS[name])

    def send(name, **changes):
        """A step of the year with other values; the envelope."""
        step = STEPS[name]
        body = play.body(step)
        rules = changes.pop("rules", None)
        member = changes.pop("member", step.member)
        operation = changes.pop("operation", step.operation)
        time = changes.pop("time", None)
        place = changes.pop("place", None)
        body.update(changes)
        body = {key: value for key, value in body.items() if value is not None}
        head = {"parameter_set_hash": rules, "event_time_ms": time, "place": place}
        body["event"].update({key: value for key, value in head.items() if value})
        settle(member)
        return net.call(operation, body, member=member)[1]

    def event_of(data, member):
        """An event, asked of the node that its member signed at, which has it."""
        return net.call("GetLotEvent", {"event": data["transaction"]}, member=member)[1]["data"]

    def findings(event):
        return {(row["code"], row["about"]): row["amount"] for row in event["findings"]}

    def refused(answer, code, name, *texts):
        """Refused with this code, and the refusal names the amounts or ids."""
        text = json.dumps(answer, ensure_ascii=False)
        return check(answer["code"] == code and all(part in text for part in texts), name, show(answer))

    def play_to(name):
        """The steps up to this one that were not sent yet."""
        for step in STEPS.values():
            if step.name not in play.ids:
                must(forward(step.name), step.name)
            if step.name == name:
                return

    # --- mining ---
    mined = f"mine-{RAW}"
    refused(send(mined), "200005", "an event back-dated beyond the rules' 71 days is refused", "71")
    play.rules = adopt_rules(net, "LOT-RULES-HISTORIC", **late)
    homes.clear()
    refused(send(mined, rules=usual), "303019", "nor under rules that the scheme has replaced", "LOT-RULES-HISTORIC 1")
    refused(send(mined, member="mine-2"), "302005", "coal of another's facility: only who answers for it mines it",
            "mine")
    refused(send(mined, time="2099-01-05T08:00:00Z"), "200005", "and one of the future",
            "event_time")
    refused(send(mined, month="2025-02"), "200005", "and one in another month than its account's", MONTH)
    refused(send(mined, lot=RAW[:13] + "3" + RAW[14:]), "200005",
            "a GTIN with a wrong check digit is refused", "check digit")  # [KSSJ 7.2.1a]
    play_to(f"c-{MONTH}-offer")
    refused(send(mined), "303001", "the same lot is not mined twice", RAW)

    # --- custody and ownership: an offer, then the other side's word ---
    answer_c = f"c-{MONTH}-answer"
    refused(send(answer_c, member="carrier"), "302005", "custody accepted by the wrong party is refused", "washery")
    refused(send(answer_c, member="mine-2"), "302005", "nor may who offers accept", "washery")
    refused(send(f"c-{MONTH}-offer", to="carrier"), "303012", "what is offered is not offered to a second one")
    refused(send(answer_c, qty_received="12100.000"), "303005", "nor taken over with more than was offered",
            "100.000 t", "12060.000 t")
    play_to(answer_c)
    refused(send(answer_c), "303012", "nor accepted twice")
    refused(send(f"c-{MONTH}-offer", member="mine-2"), "302005", "nor offered by whose it is no more", "washery")
    heap = {"lot": f"{RAW_B}.RB-{MONTH}-B", "to": "power"}
    sold = f"b-{MONTH}-offer"
    # An offer under these rules lives for no time at all.
    play.rules = adopt_rules(net, "LOT-RULES-BRIEF", **late, **{"offer.days": "0"})
    short = must(send(sold, **heap), "an offer of no time")["transaction"]
    play.rules = adopt_rules(net, "LOT-RULES-HISTORIC-2", **late)
    refused(send(f"b-{MONTH}-answer", offer=short, member="power", place="mine-b"), "303012",
            "an offer that expired is not accepted", "time is over")
    answer = send(sold, **heap)
    check(good(answer), "and stands no longer in the way of a new one", show(answer))
    answer = send(f"b-{MONTH}-answer", offer=answer["data"]["transaction"], member="power", place="mine-b",
                  answer="REFUSE")
    refused(answer, "200001", "a refusal says why", "reason")

    # --- washing (V11): 20000 t of raw coal hold 18400 t dry and 5152 t of ash ---
    wash = f"wash-{MONTH}"

    def outputs(clean, middlings="4515.750", **quality):
        made = copy.deepcopy(STEPS[wash].body["outputs"])
        made[0]["qty"], made[1]["qty"] = clean, middlings
        made[0]["quality"].update(quality)
        return made

    refused(send(wash, outputs=outputs("12400.000")), "303005",
            "a yield too good is refused: more dry coal came out than went in", "487.999 t", "18768.000 t")
    refused(send(wash, inputs=[{"lot": RAW, "qty": "20000.001"}]), "303005",
            "more is washed than is there: refused with what is", "20000.000 t")
    refused(send(wash, member="mine"), "302005", "another's plant does not wash it", "washery")
    both = [{"lot": OTHER, "qty": "100.000"}, {"lot": RAW, "qty": "20000.000"}]
    refused(send(wash, inputs=both, outputs=[dict(part, model="IDENTITY_PRESERVED") for part in
                                             outputs("11857.777")]),
            "303006", "washing that hides foreign coal is refused", "mine-c")
    data = must(send(wash, outputs=outputs("11857.777", ash="0.0300")), "ash too low")
    event = event_of(data, "washery")
    found = findings(event)
    check(("W_BALANCE", "ASH") in found and ("W_YIELD", "YIELD") in found,
          f"a yield better than the ash allows is admitted as a finding: {found}", show(event))
    play.ids[wash] = data["transaction"]
    answer = net.sign2("DeclareLotError", {"event_id": data["transaction"], "reason": "INCORRECT_DATA"}, "washery")
    check(good(answer), "who recorded it declares it an error, with a second person", show(answer))
    event = event_of(data, "washery")
    check(event["error"]["undone"] and event["outputs"] and event["findings"],
          "it stays visible, and its effect is taken back", show(event))
    renamed = [dict(part, lot=part["lot"] + "-2") for part in STEPS[wash].body["outputs"]]
    answer = send(wash, outputs=renamed)
    check(good(answer), "then the coal is washed as it was", show(answer))
    refused(send(wash, outputs=[dict(part, lot=part["lot"] + "-3") for part in renamed]), "303012",
            "the same coal is not washed twice", "CLOSED")

    # --- blends ---
    blend = f"blend-{MONTH}"
    mixed = [{"lot": renamed[1]["lot"], "qty": "4515.750"}, {"lot": OTHER, "qty": "12000.000"}]
    better = {"moisture": "0.0682", "ash": "0.2000", "ncv": "22.924"}
    refused(send(blend, inputs=mixed, model="SEGREGATED"), "303006", "a blend hiding foreign coal is refused",
            "mine-c")
    refused(send(blend, inputs=mixed, quality=better), "303005",
            "and one that calls itself better than what went in, with the mean", "0.2721, at most 0.005 more")
    refused(send(blend, inputs=[mixed[0], dict(mixed[1], qty="12000.001")]), "303005",
            "and one of more than is there", "12000.000 t")

    # --- a train (11844.602 t leave) ---
    lot = renamed[0]["lot"]
    train = f"t1-{MONTH}"
    sale = must(send(f"{train}-{CLEAN_LOT}-offer", lot=lot), "sale")["transaction"]
    must(send(f"{train}-{CLEAN_LOT}-answer", offer=sale), "bought")
    refused(send(f"{train}-load", sscc=TRAIN[:-1] + str((int(TRAIN[-1]) + 1) % 10), parts=[{"lot": lot}]), "200005",
            "an SSCC with a wrong check digit is refused", "check digit")
    refused(send(f"{train}-load", member="coking", parts=[{"lot": lot}]), "302005",
            "who only owns coal does not load it", "washery")
    must(send(f"{train}-load", parts=[{"lot": lot}]), "load")
    refused(send(f"{train}-load", sscc=sscc(1999), parts=[{"lot": lot}]), "303012", "a lot is in one train at a time",
            "LOADED")
    refused(send(f"{train}-depart", member="carrier"), "302005", "a train is moved by who holds it", "washery")
    for name in ("carrier-offer", "carrier-answer", "depart"):
        must(forward(f"{train}-{name}"), name)
    refused(send(f"{train}-arrive", qty_unload="11930.000"), "303005", "a wagon that gains weight is refused",
            "72.223 t", "11917.065 t")
    refused(send(f"{train}-arrive", qty_unload="11700.000"), "303005", "one that loses it unsaid, too", "157.777 t",
            "11798.489 t")
    refused(send(f"{train}-arrive", time=f"{MONTH}-16T11:00:00Z"), "200005", "it does not arrive before it left",
            f"{MONTH}-16T12:00:00")
    data = must(send(f"{train}-arrive", qty_unload="11700.000", cause="SPILL", reason="three wagons derailed"),
                "arrival")
    event = event_of(data, "carrier")
    check(findings(event) == {("W_TRANSPORT", "MASS"): "157.777 t"},
          "with a cause the loss is admitted, flagged with the amount", show(event))
    for name in ("buyer-offer", "buyer-answer", "unload"):
        must(forward(f"{train}-{name}"), name)
    refused(send(f"{train}-load", parts=[{"lot": lot}], member="coking", place=COKING,
                 time=f"{MONTH}-20T08:00:00Z"), "303012",
            "an SSCC is not used again", "UNLOADED")

    # --- use, and stock ---
    burnt = f"{train}-use-{CLEAN_LOT}"
    refused(send(burnt, lot=lot, qty="11700.001"), "303005", "more is burnt than arrived: refused with what is there",
            "11700.000 t")
    refused(send(burnt, lot=lot, qty="1.000", member="washery"), "302005", "sold coal is not burnt by who sold it",
            "coking")
    refused(send(burnt, lot=lot, qty="1.000", time=f"{MONTH}-18T12:00:00Z"), "200005",
            "nor before it was unloaded", f"{MONTH}-19")
    must(send(burnt, lot=lot, qty="11000.000"), "burnt")
    refused(send(burnt, lot=lot, qty="11000.000"), "303005", "a lot is not used twice", "700.000 t")
    count = {"product": "clean", "lots": [{"lot": lot, "qty": "680.000"}], "operation": "TakeStock",
             "time": f"{MONTH}-28T08:00:00Z", "lot": None, "qty": None, "use": None}
    refused(send(burnt, **count), "303013", "a stocktake 20 t off needs a second person", "20.000 t")
    answer = send(burnt, **dict(count, operation="ConfirmStock"))
    check(answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON",
          "who is then asked", show(answer))
    approve = {"draft": answer["data"]["draft"]}
    answer = net.call("ApproveDraft", approve, person="preparer", member="coking")[1]
    refused(answer, "303013", "and is not the first one again")
    data = must(net.call("ApproveDraft", approve, person="responsible", member="coking")[1], "stock")
    event = event_of(data, "coking")
    check(findings(event) == {("W_STOCK", "MASS"): "20.000 t"},
          "with two persons it is booked, flagged with the amount", show(event))

    # --- attribution (V13): more coal in lots than the account has ---
    must(send(mined, lot=f"{RAW_B}.RB-{MONTH}-X", qty="5000.000"), "extra")
    filed = net.sign2("SubmitAccount", mine_b(0), "mine")
    check(good(filed), "the account of the month is filed", show(filed))
    net.roots()
    shown = net.call("GetLot", {"lot": RAW})[1]["data"]["footprint"]
    rows = [row for row in shown["accounts"] if row["facility"] == "mine-b"]
    made = [20_000_000, 131_150_000, 5_000_000]
    product = kilograms(mine_b(0)["products"][0]["mass"]["value"])
    grams = filed["data"]["account"]["gross_g"]
    parts = largest_remainder(grams, made)
    check(kilograms(rows[0]["excess"]) == sum(made) - product and rows[0]["grams"] == grams and
          rows[0]["attributed_g"] == parts[0] and rows[0]["not_in_lots_g"] == 0,
          f"lots heavier than the account's product are flagged with {rows[0].get('excess')} t, "
          "and get no gram more than it has", show(rows))
finish()
