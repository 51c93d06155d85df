#!/usr/bin/env python3
"""Prints the part of AWS's API models that the plans are checked against.

usage: python3 models.py OPERATIONS < /dev/null > models.json

OPERATIONS are words such as dynamodb:CreateTable. The models are those of the
botocore that python3 imports (PyPI's botocore, Apache-2.0): of each operation
what a request must look like, required members, enumerations, patterns and
lengths, without the documentation.
"""

import gzip
import json
import pathlib
import sys

import botocore

DATA = pathlib.Path(botocore.__file__).parent / "data"
KEPT = ("required", "enum", "pattern", "min", "max")


def model(service):
    newest = sorted((DATA / service).iterdir())[-1]
    packed = newest / "service-2.json.gz"
    if packed.exists():
        return json.loads(gzip.decompress(packed.read_bytes()))
    return json.loads((newest / "service-2.json").read_text())


def add(shapes, name, kept):
    """Copies a shape, and those that it is made of, into kept."""
    if name in kept:
        return
    shape = shapes[name]
    out = kept[name] = {"type": shape["type"], **{k: shape[k] for k in KEPT if shape.get(k) not in (None, [])}}
    parts = dict(shape.get("members", {}))
    for key in ("member", "key", "value"):
        if key in shape:
            parts[key] = shape[key]
    if shape["type"] == "structure":
        out["members"] = {member: target["shape"] for member, target in parts.items()}
    else:
        out.update({member: target["shape"] for member, target in parts.items()})
    for target in parts.values():
        add(shapes, target["shape"], kept)


services = {}
for word in sys.argv[1:]:
    service, operation = word.split(":")
    services.setdefault(service, []).append(operation)

out = {
    "source": "AWS's API models as of PyPI's botocore (Apache-2.0), made by models.py",
    "version": botocore.__version__,
    "services": {},
}
for service, operations in sorted(services.items()):
    whole, kept, inputs = model(service), {}, {}
    for operation in sorted(operations):
        inputs[operation] = whole["operations"][operation]["input"]["shape"]
        add(whole["shapes"], inputs[operation], kept)
    out["services"][service] = {"operations": inputs, "shapes": dict(sorted(kept.items())), "known": sorted(whole["operations"])}

# One line a shape, so that a newer version makes a diff to read.
def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


print('{"source": %s,\n"version": %s,\n"services": {' % (line(out["source"]), line(out["version"])))
for i, (service, parts) in enumerate(out["services"].items()):
    print("%s%s: {" % ("," if i else "", line(service)))
    print('"operations": %s,\n"known": %s,\n"shapes": {' % (line(parts["operations"]), line(parts["known"])))
    print(",\n".join("%s:%s" % (line(k), line(v)) for k, v in parts["shapes"].items()))
    print("}}")
print("}}")
