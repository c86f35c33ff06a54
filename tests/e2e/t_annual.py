# SPDX-License-Identifier: Apache-2.0
"""A year: twelve months of mine B, their sum, true-ups, a month corrected afterwards [KSSJ 5.2.1]."""
import json
import os

from harness import SAMPLES, Network, check, finish, seam

MONTHS = sorted(name for name in os.listdir(SAMPLES) if "mine-b-2025" in name and "v2" not in name)
with open(os.path.join(SAMPLES, "index.json"), encoding="utf-8") as handle:
    GROSS = {entry["file"]: entry["gross_g"] for entry in json.load(handle)}
TOTAL = sum(GROSS[name] for name in MONTHS)
TRUE_UP = {"month": "2025-01", "reason": "FACTOR_PUBLISHED",
           "change": {"code": "L_ELEC", "source": "grid", "factor": "EF.EL.CN.NAT.2022"}}


def show(answer):
    return json.dumps(answer, ensure_ascii=False)[:1500]


with Network() as net:
    def annual(**more):
        _, answer = net.call("SubmitAnnual", {"facility": "mine-b", "year": "2025", **more})
        if answer["code"] != "000000" or answer["data"]["state"] != "AWAITING_SECOND_PERSON":
            return answer
        return net.call("ApproveDraft", {"draft": answer["data"]["draft"]},
                        person="responsible")[1]

    for name in MONTHS[:11]:
        answer = net.file(name, "nil" if "nil" in name else "submit")
        check(answer["code"] == "000000", f"{name} is filed", show(answer))
    answer = annual()
    check(answer["code"] == "303003" and answer["data"]["limit"] == "2025-12",
          "a year without its December is refused, and December named", show(answer))
    answer = net.file(MONTHS[11])
    check(answer["code"] == "000000", f"{MONTHS[11]} is filed", show(answer))

    answer = annual()
    check(answer["code"] == "000000" and answer["data"]["state"] == "FINAL",
          "the year becomes final with two signatures", show(answer))
    path = os.path.join(net.dir, "year-proof.json")
    status, out, err = seam("proof", "get", answer["data"]["transaction"], "--out", path,
                            token=net.token(), node=net.url(1))
    check(status == 0, "its proof is fetched", out + err)
    status, out, err = seam("proof", "verify", path, "--genesis", net.genesis)
    check(status == 0 and "VALID" in out, "and verifies offline: twelve months by their hashes",
          out + err)
    answer = annual()
    check(answer["code"] == "000000" and answer["data"].get("duplicate") is True,
          "the same year again is answered with the first result", show(answer))
    net.roots()
    for node in range(1, 5):
        _, answer = net.call("GetAnnual", {"facility": "mine-b", "year": "2025"}, node)
        data = answer["data"] or {}
        check(data.get("status") == "IN_FORCE" and data["historic"] and data["annual"]["gross_g"] == TOTAL
              and len(data["annual"]["months"]) == 12, f"node {node} shows the sum of twelve months",
              show(answer))

    answer = annual(true_ups=[TRUE_UP])
    check(answer["code"] == "200001" and answer["data"]["field"] == "reason",
          "a second version without a reason is refused", show(answer))
    answer = annual(true_ups=[TRUE_UP], reason="grid factor published")
    check(answer["code"] == "000000" and answer["data"]["state"] == "FINAL",
          "a true-up becomes final", show(answer))
    net.roots()
    _, answer = net.call("GetAnnual", {"facility": "mine-b", "year": "2025"}, 3)
    data = answer["data"]["annual"]
    # 8120 MWh x (0.5366 - 0.5306) t/MWh
    check(data["version"] == 2 and data["gross_g"] == TOTAL + 48720000
          and data["true_ups"][0]["co2e_g"] == 48720000, "and counts to the gram", show(answer))
    _, answer = net.call("GetAnnual", {"facility": "mine-b", "year": "2025", "version": 1}, 2)
    check(answer["data"]["status"] == "SUPERSEDED", "the first version is superseded", show(answer))

    answer = net.file("17-mine-b-2025-05-v2.json", "correct")
    check(answer["code"] == "000000", "May is corrected afterwards", show(answer))
    status, out, err = seam("account", "annual", "mine-b", "2025", "--json", token=net.token(),
                            node=net.url(1))
    check(status == 0 and '"STALE"' in out, "the year is then stale", out + err)
    path = os.path.join(net.dir, "year.json")
    with open(path, "w", encoding="utf-8") as handle:
        json.dump({"facility": "mine-b", "year": "2025", "reason": "May was corrected",
                   "true_ups": [TRUE_UP]}, handle)
    status, out, err = seam("account", "annual-submit", path, "--json", token=net.token(),
                            node=net.url(1))
    check(status == 0 and "AWAITING_SECOND_PERSON" in out, "the next version waits for the second "
          "person", out + err)
    answer = net.call("ApproveDraft", {"draft": json.loads(out).get("data", json.loads(out))["draft"]},
                      person="responsible")[1]
    check(answer["code"] == "000000", "who signs it", show(answer))
    net.roots()
    _, answer = net.call("GetAnnual", {"facility": "mine-b", "year": "2025"}, 4)
    data = answer["data"]
    change = GROSS["17-mine-b-2025-05-v2.json"] - GROSS["09-mine-b-2025-05.json"]
    check(data["status"] == "IN_FORCE" and data["annual"]["version"] == 3
          and data["annual"]["gross_g"] == TOTAL + 48720000 + change,
          "and the year counts what stands now", show(answer))

    # [KSSJ 7.2.2a] the region's year is the sum of its accounts
    _, answer = net.call("ReportPolicy", {"year": "2025"}, 2)
    regions = answer["data"]["regions"]
    check(answer["data"]["gross_g"] == TOTAL + change
          and sum(row["gross_g"] for row in regions) == TOTAL + change
          and answer["data"]["accounts"] == 12, "the policy report adds up all accounts", show(answer))
    ours = [row for row in regions if row["accounts"]]
    check(len(ours) == 1 and ours[0]["kind"] == "UG" and ours[0]["product"] == "RAW_COAL",
          "by region and product", show(regions))
    _, answer = net.call("ReportPolicy", {"year": "2025", "region": "RU"}, 2)
    check(answer["data"]["gross_g"] == 0, "another region has none of it", show(answer))
    # [KSSJ 7.2.2c] the sources, the largest first
    _, answer = net.call("ReportSources", {"facility": "mine-b", "period": "2025"})
    data = answer["data"] or {}
    grams = [row["co2e_g"] for row in data.get("sources", [])]
    check(grams == sorted(grams, reverse=True) and sum(grams) == TOTAL + change == data["gross_g"],
          "the sources of the year, ranked, are its total", show(answer))
    check(data["sources"][0]["code"] == "L_CH4_UG" and data["sources"][0]["g_per_t_coal"] > 0,
          "the largest is the shaft's methane, per tonne of coal too", show(answer))
    status, out, err = seam("report", "sources", "mine-b", "2025-01", token=net.token(),
                            node=net.url(1))
    check(status == 0 and "L_CH4_UG" in out, "and from the command line", out + err)
    status, out, err = seam("report", "policy", "2025", token=net.token(), node=net.url(1))
    check(status == 0 and "RAW_COAL" in out, "the policy report too", out + err)
    check(len(set(root for _, root in net.roots())) == 1, "all nodes have one state")
finish()
