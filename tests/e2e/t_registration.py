# SPDX-License-Identifier: Apache-2.0
"""Registrations by signed transactions with a second officer: organisations, people, keys, facilities,
deadlines [KSSJ 5.1.1b]; the wrong role and the single officer are refused."""
import json
import os

from harness import SAMPLES, Network, check, finish, seam


def register(net, operation, body, node, first="preparer", second="responsible"):
    """Two officers: the first signs, the second approves; the final answer."""
    answer = net.call(operation, body, node, first)[1]
    if answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON":
        answer = net.call("ApproveDraft", {"draft": answer["data"]["draft"]}, node, second)[1]
    return answer


def is_final(answer):
    return answer["code"] == "000000" and answer["data"]["state"] == "FINAL"


with Network() as net:
    keys = []
    for name in ("one", "two"):
        path = os.path.join(net.dir, f"{name}.key")
        seam("key", "new", path, "--kind", "person")
        with open(path, encoding="utf-8") as handle:
            keys.append(json.load(handle)["public_key"])
    organisation = {
        "organisation": "washery-north", "name": {"en": "Washery of the north", "ru": "Северная фабрика"},
        "roles": ["mine"], "jurisdiction": "CN-14",
        "persons": [{"person": f"washery-north.{name}", "keys": [
            {"public_key": key, "usages": ["submit", "approve", "officer"]}]}
            for name, key in zip(("one", "two"), keys)]}
    answer = register(net, "RegisterOrganisation", organisation, 1)
    check(answer["code"] == "302005", "a mine may not register organisations", answer)
    answer = net.call("RegisterOrganisation", organisation, 4)[1]
    check(answer["code"] == "000000" and answer["data"]["state"] == "AWAITING_SECOND_PERSON",
          "one officer of the regulator is not enough", answer)
    draft = answer["data"]["draft"]
    answer = net.call("ApproveDraft", {"draft": draft}, 4, "preparer")[1]
    check(answer["code"] == "303013", "nor the same officer twice", answer)
    answer = net.call("ApproveDraft", {"draft": draft}, 4, "responsible")[1]
    check(is_final(answer), "with a second officer it is registered", answer)
    answer = register(net, "RegisterOrganisation", organisation, 4)
    check(answer["code"] != "000000" or answer["data"].get("duplicate"),
          "a second time it is not registered again", answer)
    net.roots()
    for node in range(1, 5):
        listed = net.call("ListOrganisations", {}, node)[1]
        check("washery-north" in json.dumps(listed), f"node {node} lists it", listed)

    wrong = dict(organisation, organisation="Washery 2")
    answer = register(net, "RegisterOrganisation", wrong, 4)
    check(answer["code"].startswith("2") and "organisation" in answer["data"]["field"],
          "an id with a capital and a space is refused, naming the field", answer)
    wrong = dict(organisation, organisation="washery-3", roles=["owner"])
    answer = register(net, "RegisterOrganisation", wrong, 4)
    check(answer["code"] == "200004" and "roles" in answer["data"]["field"],
          "an unknown role is refused, naming the field", answer)

    with open(os.path.join(SAMPLES, "boundaries.json"), encoding="utf-8") as handle:
        mine_a = next(entry["facility"] for entry in json.load(handle)["facilities"]
                      if entry["facility"]["facility"] == "mine-a")
    facility = dict(mine_a, facility="mine-d")
    answer = register(net, "RegisterFacility", facility, 3)
    check(answer["code"] == "302005", "a verifier has no facilities", answer)
    answer = register(net, "RegisterFacility", facility, 1)
    check(is_final(answer), "a mine registers a facility with two officers", answer)
    with open(os.path.join(SAMPLES, "04-mine-a-2026-09.json"), encoding="utf-8") as handle:
        account = dict(json.load(handle), facility="mine-d")
    answer = register(net, "SubmitAccount", account, 1)
    check(is_final(answer) and answer["data"]["account"]["gross_g"] == 748754538194,
          "and files an account for it", answer)

    # Members without a node of their own sign at a node that keeps their keys.
    for member in net.homes:
        answer = net.call("GetStatus", {}, member=member)[1]
        check(answer["code"] == "000000", f"{member} is served by node {net.homes[member]}", answer)
    path = os.path.join(net.dir, "three.key")
    seam("key", "new", path, "--kind", "person")
    with open(path, encoding="utf-8") as handle:
        key = json.load(handle)["public_key"]
    new = {"person": "carrier.new", "keys": [{"public_key": key, "usages": ["submit"]}]}
    answer = net.sign2("RegisterPerson", new, "carrier")
    check(is_final(answer), "two officers of the carrier register a person at another's node", answer)
    status, out, err = seam("localnet", "token", "1", "--dir", net.dir, "--member", "carrier")
    check(status == 2 and "member" in err, "a node has tokens only of whom it signs for", err)
    status, out, err = seam("localnet", "token", "--dir", net.dir, "--member", "verifier-2",
                            "--person", "reviewer")
    check(status == 0 and len(out.strip()) == 32, "the node of a member is found", err)

    extension = {"jurisdiction": "CN-14", "periods": ["2026-10"], "days": 10,
                 "reason": "outage of the provincial network"}
    answer = register(net, "ExtendDeadline", extension, 1)
    check(answer["code"] == "302005", "a mine may not extend its own deadline", answer)
    answer = register(net, "ExtendDeadline", extension, 4)
    check(is_final(answer), "the regulator may, with two officers and a reason", answer)
finish()
