# SPDX-License-Identifier: Apache-2.0
"""What we write for others fits what others published: the documents in tests/vectors, which the unit
tests hold against the code, against the schemas beside the project, where they are."""
import json
import os

from harness import ROOT, check, finish
from schemas import epcis_faults, pact_faults, read

document = json.loads(read(ROOT, "tests", "vectors", "epcis_lots.json"))
footprint = json.loads(read(ROOT, "tests", "vectors", "pact_lot.json"))
if epcis_faults(document) is None:
    print("skipped: the published schemas are not in ../shared/data")
    finish()

events = document["epcisBody"]["eventList"]
found = epcis_faults(document)
check(not found, "lot events of every type fit the schema of EPCIS 2.0", "\n".join(found))
check({e["type"] for e in events} == {"ObjectEvent", "TransformationEvent", "AggregationEvent",
                                      "TransactionEvent"}, "all four kinds are there")
broken = dict(document, epcisBody={"eventList": [dict(events[0], action="MAYBE")]})
check(epcis_faults(broken), "and the schema notices a wrong action")

found = pact_faults(footprint)
check(not found, "the footprint of a lot fits the schema of PACT 3", "\n".join(found))
check(pact_faults(dict(footprint, pcf=dict(footprint["pcf"], fossilGhgEmissions=123.456))),
      "and the schema notices a number where a text belongs")
check(pact_faults({key: value for key, value in footprint.items() if key != "companyIds"}),
      "and a missing field")
finish()
