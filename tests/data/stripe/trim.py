"""Cut Stripe's published OpenAPI description down to what Accord uses.

    python tests/data/stripe/trim.py openapi-spec3.json.gz > tests/data/stripe/openapi-trimmed.json

Keeps the operations on Checkout Sessions, disputes and refunds with their parameters, and the objects that come back.
Descriptions go. Of payments, charges and disputes, and of what hangs on them, only required properties and those named in
KEEP stay; where an object may be expanded and we never ask for it, its id stays.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

OPERATIONS = {
    "/v1/checkout/sessions": ["post"],
    "/v1/checkout/sessions/{session}": ["get"],
    "/v1/checkout/sessions/{session}/expire": ["post"],
    "/v1/disputes": ["get"],
    "/v1/refunds": ["post"],
}
SCHEMAS = [
    "checkout.session",
    "payment_intent",
    "charge",
    "refund",
    "dispute",
    "event",
    "notification_event_data",
    "error",
    "api_errors",
]
# Beyond the required ones; None keeps all.
KEEP: dict[str, set[str] | None] = {
    "checkout.session": None,
    "payment_intent": {"amount", "currency", "latest_charge", "metadata", "payment_method_types"},
    "charge": {"payment_intent", "refunds"},
    "dispute": {"payment_intent"},
    "dispute_evidence": set(),
    "dispute_evidence_details": {"due_by"},
    "dispute_enhanced_eligibility": set(),
    "refund": {"charge", "payment_intent", "metadata", "status"},
    "event": {"api_version", "request"},
    "notification_event_data": {"object"},
    "error": None,
    "api_errors": {"code", "message", "param"},
}
EXPANDED = {"payment_intent", "charge"}
PREFIX = "#/components/schemas/"
NOISE = {"description", "x-expansionResources", "x-expandableFields", "x-resourceId", "x-stripeBypassValidation", "summary"}


def trim(original: dict[str, Any]) -> dict[str, Any]:
    schemas = original["components"]["schemas"]
    kept: dict[str, Any] = {}
    waiting = list(SCHEMAS)
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = clean(choose(name, schemas[name]))
            waiting += references(kept[name])
    paths = {
        path: {verb: clean_operation(original["paths"][path][verb]) for verb in verbs} for path, verbs in OPERATIONS.items()
    }
    info = {key: original["info"][key] for key in ("title", "version")}
    return {"info": info, "paths": paths, "components": {"schemas": dict(sorted(kept.items()))}}


def choose(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    wanted = KEEP.get(name, None if len(json.dumps(schema)) < 12_000 else set())
    if wanted is None or "properties" not in schema:
        return schema
    names = wanted | set(schema.get("required", []))
    return schema | {"properties": {key: value for key, value in schema["properties"].items() if key in names}}


def clean(node: Any) -> Any:
    if isinstance(node, list):
        return [clean(child) for child in node]
    if not isinstance(node, dict):
        return node
    if is_expandable(node):
        node = node | {"anyOf": [option for option in node["anyOf"] if "$ref" not in option or target(option) in EXPANDED]}
    # Inside `properties` a key is a name of Stripe's, not a keyword.
    return {
        key: {name: clean(schema) for name, schema in value.items()} if key == "properties" else clean(value)
        for key, value in node.items()
        if key not in NOISE
    }


def is_expandable(node: dict[str, Any]) -> bool:
    options = node.get("anyOf")
    return isinstance(options, list) and any(option.get("type") == "string" for option in options)


def target(node: dict[str, Any]) -> str:
    return node["$ref"].removeprefix(PREFIX)


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for child in node for name in references(child)]
    if not isinstance(node, dict):
        return []
    targets = [target(node)] if isinstance(node.get("$ref"), str) else []
    return targets + [name for child in node.values() for name in references(child)]


def clean_operation(operation: dict[str, Any]) -> dict[str, Any]:
    return {key: clean(operation[key]) for key in ("operationId", "parameters", "requestBody") if key in operation}


if __name__ == "__main__":
    source = Path(sys.argv[1])
    text = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    json.dump(trim(json.loads(text)), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
