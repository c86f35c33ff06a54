# SPDX-License-Identifier: Apache-2.0
"""The description of the interface is whole and true: each operation takes what its schema says and
refuses what it does not, and the sample files fit theirs. /metrics is what Prometheus reads."""
import json
import os
import re
import urllib.request

from harness import PATIENCE, SAMPLES, Network, check, finish, until

TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


with Network() as net:
    document = json.loads(get(net.url(1) + "/openapi.json"))
    schemas = document["components"]["schemas"]

    def resolve(schema):
        return schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def fits(value, schema, path):
        """The faults of a value: the words of JSON Schema that the description uses."""
        schema = resolve(schema)
        if "oneOf" in schema:
            faults = [fits(value, choice, path) for choice in schema["oneOf"]]
            return [] if faults.count([]) == 1 else [f"{path}: fits {faults.count([])} of oneOf"]
        kind = schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind] if kind else []
        if kinds and (not any(isinstance(value, TYPES[k]) for k in kinds) or
                      (kinds == ["integer"] and isinstance(value, bool))):
            return [f"{path}: not {kind}"]
        faults = []
        if isinstance(value, list):
            for at, inner in enumerate(value):
                faults += fits(inner, schema.get("items", {}), f"{path}[{at}]")
        if isinstance(value, dict) and "properties" in schema:
            for name in schema.get("required", []):
                faults += [] if name in value else [f"{path}: {name} is missing"]
            for name, inner in value.items():
                known = schema["properties"].get(name)
                faults += fits(inner, known, f"{path}.{name}") if known else [f"{path}: {name} is unknown"]
        return faults

    def whole(operation):
        """The schema of a request, as one object."""
        body = document["paths"]["/api/v1/" + operation]["post"]["requestBody"]
        schema = body["content"]["application/json"]["schema"]
        joined = {"type": "object", "properties": {}, "required": []}
        for part in map(resolve, schema["allOf"]):
            joined["properties"].update(part["properties"])
            joined["required"] += part.get("required", [])
        return joined

    check(document["openapi"].startswith("3.1"), "it is OpenAPI 3.1", document["openapi"])
    lost = [name for name in references(document) if name.rsplit("/", 1)[1] not in schemas]
    check(not lost, "every reference leads somewhere", lost)

    names = sorted(path.rsplit("/", 1)[1] for path in document["paths"])
    for name in names:
        post = document["paths"]["/api/v1/" + name]["post"]
        schema = whole(name)
        good = post["operationId"] == name and post["summary"] and post["responses"]
        check(good and all(field in schema["properties"] for field in schema["required"]),
              f"{name} is described", post)
        status, answer = net.call(name, {"no_such_field": "1"})
        check(status in (400, 403) and answer["code"] in ("200013", "200001", "202001", "302005") and
              fits(answer, {"$ref": "#/components/schemas/Envelope"}, "answer") == [],
              f"{name} refuses what is not described", answer)
        if name not in ("GetResourcePlatToken", "SubmitBatch"):
            known = [f for f in schema["properties"] if f not in ("lines", "transactions")]
            status, answer = net.call(name, {field: None for field in known})
            check(answer["code"] != "200013", f"{name} knows its fields", answer)

    for file in sorted(os.listdir(SAMPLES)):
        if re.match(r"\d", file):
            with open(os.path.join(SAMPLES, file), encoding="utf-8") as handle:
                faults = fits(json.load(handle), {"$ref": "#/components/schemas/CalculationFile"}, file)
            check(not faults, f"{file} fits the schema", faults)

    text = until(lambda: (lambda t: t if "seam_door_waiting_units " in t else None)(get(net.url(1) + "/metrics")),
                 "the figures of the first second")
    line = re.compile(r'[a-z_:][a-z0-9_:]*(\{([a-z_]+="([^"\\\n]|\\.)*",?)*\})? -?[0-9.]+(e[+-]?[0-9]+)?')
    lines = [l for l in text.splitlines() if not l.startswith("#")]
    bad = [l for l in lines if not line.fullmatch(l)]
    check("seam_door_bound_units " in text, "/metrics says how much waits and how much may", text)
    check(lines and not bad and text.endswith("\n"), "/metrics is in the text form of Prometheus", bad)
    series = [l.rsplit(" ", 1)[0] for l in lines]
    check(len(series) == len(set(series)), "no series stands twice")
    typed = {l.split()[2] for l in text.splitlines() if l.startswith("# TYPE ")}
    bare = {re.match(r"[a-z0-9_:]+", s)[0] for s in series}
    bare = {b for b in bare if b not in typed and re.sub("_(bucket|sum|count)$", "", b) not in typed}
    check(not bare, "each has a type", bare)

finish()
