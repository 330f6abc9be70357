"""What Stripe's own description accepts and promises: form parameters in, objects out."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema

DESCRIPTION = json.loads((Path(__file__).parent.parent / "data/stripe/openapi-trimmed.json").read_text())
API_VERSION = DESCRIPTION["info"]["version"]
FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """A parameter that Stripe would not take."""

    def __init__(self, message: str, param: str = "", code: str = "parameter_invalid") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


def parameters(method: str, path: str, encoded: str) -> dict[str, Any]:
    """The parameters of a request with their types, once the description accepts them; `Refused` otherwise."""
    operation = DESCRIPTION["paths"][path][method]
    if method == "post":
        schema = operation["requestBody"]["content"][FORM]["schema"]
    else:
        parameters_in_query = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
        schema = {"type": "object", "properties": {parameter["name"]: parameter["schema"] for parameter in parameters_in_query}}
    return _typed(_nested(encoded), schema, "")


def _nested(encoded: str) -> dict[str, Any]:
    """`a[b][0]=c` as {"a": {"b": {"0": "c"}}}."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(encoded)):
        *parents, last = re.findall(r"[^\[\]]+", name)
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return tree


def _typed(value: Any, schema: dict[str, Any], where: str) -> Any:
    if "anyOf" in schema:
        return _any_of(value, schema["anyOf"], where)
    match schema.get("type"):
        case "object":
            return _object(value, schema, where)
        case "array":
            if not isinstance(value, dict) or sorted(value) != sorted(str(n) for n in range(len(value))):
                raise Refused(f"{where} is not a list", where)
            return [_typed(value[str(n)], schema["items"], f"{where}[{n}]") for n in range(len(value))]
        case "integer":
            if not isinstance(value, str) or not re.fullmatch(r"-?\d+", value):
                raise Refused(f"{where} is not an integer: {value!r}", where)
            return int(value)
        case "boolean":
            if value not in ("true", "false"):
                raise Refused(f"{where} is not a boolean: {value!r}", where)
            return value == "true"
        case _:
            return _text(value, schema, where)


def _any_of(value: Any, schemas: list[dict[str, Any]], where: str) -> Any:
    for schema in schemas:
        try:
            return _typed(value, schema, where)
        except Refused as refused:
            last = refused
    raise last


def _object(value: Any, schema: dict[str, Any], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(f"{where} is not an object", where)
    known, extra = schema.get("properties", {}), schema.get("additionalProperties", False)
    typed = {}
    for name, item in value.items():
        path = f"{where}[{name}]" if where else name
        if name not in known and not extra:
            raise Refused(f"Received unknown parameter: {path}", path, "parameter_unknown")
        typed[name] = _typed(item, known.get(name, extra if isinstance(extra, dict) else {}), path)
    for name in schema.get("required", []):
        if name not in typed:
            raise Refused(f"Missing required param: {where}[{name}]", f"{where}[{name}]", "parameter_missing")
    return typed


def _text(value: Any, schema: dict[str, Any], where: str) -> str:
    if not isinstance(value, str):
        raise Refused(f"{where} is not a string", where)
    if len(value) > schema.get("maxLength", len(value)):
        raise Refused(f"{where} is too long", where)
    if "enum" in schema and value not in schema["enum"]:
        raise Refused(f"{where} must be one of {schema['enum']}", where)
    if schema.get("format") == "currency" and not re.fullmatch(r"[a-z]{3}", value):
        raise Refused(f"Invalid currency: {value}", where)
    return value


def check_object(name: str, value: dict[str, Any]) -> None:
    """`value` is an object that Stripe could have sent."""
    root = {"$ref": f"#/components/schemas/{name}", "components": _as_json_schema(DESCRIPTION["components"])}
    jsonschema.validate(value, root, cls=jsonschema.Draft7Validator)


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 writes `nullable`, JSON Schema a type or an alternative."""
    if isinstance(node, list):
        return [_as_json_schema(child) for child in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _as_json_schema(value) for key, value in node.items() if key not in ("nullable", "format")}
    return {"anyOf": [changed, {"type": "null"}]} if node.get("nullable") is True else changed
