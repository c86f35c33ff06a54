# SPDX-License-Identifier: Apache-2.0
"""The schemas that others published, where they lie beside the project: what a document does not fit.
None where the schemas are not there."""
import json
import os

from harness import ROOT

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


def epcis_faults(document):
    """Of a document of EPCIS 2.0."""
    if not os.path.isdir(SHARED):
        return None
    return faults(json.loads(read(SHARED, "epcis", "EPCIS-JSON-Schema.json")), document)


def pact_faults(footprint):
    """Of a ProductFootprint of PACT 3."""
    if not os.path.isdir(SHARED):
        return None
    import yaml
    components = yaml.safe_load(read(SHARED, "pact", "openapi-3.0.3.yaml"))["components"]
    return faults({"$schema": "http://json-schema.org/draft-07/schema#", "components": components,
                   "$ref": "#/components/schemas/ProductFootprint"}, footprint)
