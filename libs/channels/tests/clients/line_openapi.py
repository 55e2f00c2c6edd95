"""Holds calls to LINE's own OpenAPI: `line_openapi.py messaging-api.yml < calls`, a line of JSON each.

In the specification a message of any type is only a `Message`, whose discriminator names the schema that it has to meet.
Validators leave that alone, so it is written out here: wherever a `Message` may be, whatever its type maps to must hold.
"""

import copy
import json
import re
import sys

import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

spec = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
schemas = spec["components"]["schemas"]
bases = {
    name: schema["discriminator"]
    for name, schema in schemas.items()
    if schema.get("discriminator", {}).get("mapping")
}


def resolved(node):
    """Every reference to a base becomes one to its resolved form."""
    if isinstance(node, list):
        return [resolved(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    name = node.get("$ref", "").rpartition("/")[2] if isinstance(node.get("$ref"), str) else ""
    if name in bases:
        return {"$ref": f"#/components/schemas/{name}.resolved"}
    return {key: resolved(inner) for key, inner in node.items()}


def extends(schema):
    """A subtype's own schema, whose reference to its base stays as it is."""
    parts = [it if it.get("$ref", "").rpartition("/")[2] in bases else resolved(it) for it in schema.get("allOf", [])]
    rest = resolved({key: value for key, value in schema.items() if key != "allOf"})
    return {**rest, "allOf": parts} if parts else rest


document = copy.deepcopy(spec)
document["paths"] = resolved(spec["paths"])
document["components"]["schemas"] = {name: extends(schema) for name, schema in schemas.items()}
for base, discriminator in bases.items():
    tag, mapping = discriminator["propertyName"], discriminator["mapping"]
    document["components"]["schemas"][f"{base}.resolved"] = {
        "oneOf": [
            {
                "allOf": [
                    {"$ref": target},
                    {"type": "object", "required": [tag], "properties": {tag: {"type": "string", "enum": [value]}}},
                ]
            }
            for value, target in mapping.items()
        ]
    }
registry = Registry().with_resource("urn:line", Resource.from_contents(document, default_specification=DRAFT4))


def wrong(pointer, body):
    validator = OAS30Validator({"$ref": f"urn:line#{pointer}"}, registry=registry, format_checker=OAS30Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]


def escaped(part):
    return part.replace("~", "~0").replace("/", "~1")


def operation(method, path):
    for template, operations in spec["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method in operations:
            return f"/paths/{escaped(template)}/{method}", operations[method]
    sys.exit(f"LINE has no {method} {path}")


def schema_of(content):
    return content.get("content", {}).get("application/json", {}).get("schema")


failed = 0
for line in sys.stdin:
    call = json.loads(line)
    at, told = operation(call["method"], call["path"])
    status, problems = str(call["status"]), []
    if status == "200" and schema_of(told.get("requestBody", {})):
        problems += [f"asked {it}" for it in wrong(f"{at}/requestBody/content/application~1json/schema", call["asked"])]
    if status in told["responses"]:
        if schema_of(told["responses"][status]):
            problems += [f"answered {it}" for it in wrong(f"{at}/responses/{status}/content/application~1json/schema", call["answered"])]
    else:
        problems += [f"answered {it}" for it in wrong("/components/schemas/ErrorResponse", call["answered"])]
    failed += bool(problems)
    print("FAILED" if problems else "ok", call["method"], call["path"], status, *problems)
sys.exit(min(failed, 1))
