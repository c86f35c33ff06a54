# SPDX-License-Identifier: Apache-2.0
"""A calculation file as a table goes through the same doors as the JSON document."""
import json
import os

from harness import SAMPLES, Network, check, finish, seam

with open(os.path.join(SAMPLES, "02-kuzbass-b-2022.json"), encoding="utf-8") as handle:
    FILE = json.load(handle)
LINE = FILE["lines"][0]
COLUMNS = {"facility": FILE["facility"], "kind": FILE["kind"], "period": FILE["period"],
           "parameter_set": FILE["parameter_set"], "gwp": FILE["gwp"], "boundary": FILE.get("boundary", ""),
           "code": LINE["code"], "source": LINE["source"], "stream": LINE["stream"],
           "gas": LINE["gas"]["value"], "gas.unit": LINE["gas"]["unit"],
           "composition.CH4": LINE["composition"]["CH4"], "origin": LINE.get("origin", ""),
           "note": LINE.get("note", "")}

with Network() as net:
    def table(name, **change):
        row = dict(COLUMNS, **change)
        path = os.path.join(net.dir, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(",".join(row) + "\n" + ",".join(row.values()) + "\n")
        return path

    result = seam("calc", table("good.csv"), "--json")
    check(result[0] == 0 and json.loads(result[1])["gross_g"] == 776999998200,
          "seam calc reads the table to the gram", result)
    result = seam("account", "check", table("comma.csv", gas='"46526,946"'), token=net.token(),
                  node=net.url(1))
    check(result[0] == 1 and "use a point" in result[2] and "line: 1" in result[2],
          "a decimal comma is refused, naming line and remedy", result)
    result = seam("account", "submit", table("good.csv"), "--json", token=net.token(), node=net.url(1))
    answer = json.loads(result[1]) if result[1] else {}
    check(result[0] == 0 and answer["data"]["account"]["gross_g"] == 776999998200,
          "seam account submit takes the table", result)
    answer = net.call("ApproveDraft", {"draft": answer["data"]["draft"]}, 1, "responsible")[1]
    check(answer["code"] == "000000" and answer["data"]["state"] == "FINAL", "and it becomes final",
          answer)
    answer = net.file("02-kuzbass-b-2022.json")
    check(answer["code"] == "000000" and answer["data"].get("duplicate") is True,
          "the JSON document is then the same account", answer)
finish()
