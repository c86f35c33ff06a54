# SPDX-License-Identifier: Apache-2.0
"""What we write for others fits what others published: the documents in tests/vectors, which the unit
tests hold against the code, against the schemas beside the project, where they are."""
import json
import os

from harness import ROOT, check, finish

SHARED = os.path.join(os.path.dirname(ROOT), "shared", "data")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as handle:
        return handle.read()


def faults(schema, document):
    import jsonschema
    kind = jsonschema.validators.validator_for(schema)
    checker = jsonschema.FormatChecker()
    return [f"{list(e.path)}: {e.message[:300]}" for e in
            kind(schema, format_checker=checker).iter_errors(document)]


if not os.path.isdir(SHARED):
    print("skipped: the published schemas are not in ../shared/data")
    finish()

schema = json.loads(read(SHARED, "epcis", "EPCIS-JSON-Schema.json"))
document = json.loads(read(ROOT, "tests", "vectors", "epcis_lots.json"))
events = document["epcisBody"]["eventList"]
found = faults(schema, document)
check(not found, "lot events of every type fit the schema of EPCIS 2.0", "\n".join(found))
check({e["type"] for e in events} == {"ObjectEvent", "TransformationEvent", "AggregationEvent",
                                      "TransactionEvent"}, "all four kinds are there")
broken = dict(document, epcisBody={"eventList": [dict(events[0], action="MAYBE")]})
check(faults(schema, broken), "and the schema notices a wrong action")


def plain(value):
    """A schema of OpenAPI 3.0 as JSON Schema: references stay, its own words go."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if not key.startswith("x-")}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


import yaml
components = yaml.safe_load(read(SHARED, "pact", "openapi-3.0.3.yaml"))["components"]
schema = {"$schema": "http://json-schema.org/draft-07/schema#", "components": plain(components),
          "$ref": "#/components/schemas/ProductFootprint"}
footprint = json.loads(read(ROOT, "tests", "vectors", "pact_lot.json"))
found = faults(schema, footprint)
check(not found, "the footprint of a lot fits the schema of PACT 3", "\n".join(found))
check(faults(schema, dict(footprint, pcf=dict(footprint["pcf"], fossilGhgEmissions=123.456))),
      "and the schema notices a number where a text belongs")
check(faults(schema, {key: value for key, value in footprint.items() if key != "companyIds"}),
      "and a missing field")
finish()
