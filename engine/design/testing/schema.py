"""The JSON Schema of a file of cases, for editors; reading a file never depends on it."""

from __future__ import annotations

from typing import Any

SUFFIX = ".process-test.yaml"
"""How the name of a file of cases ends."""

_NAME = {"type": ["string", "number", "boolean"]}
_QUANTITY = {"type": ["number", "string"], "description": "A quantity of at most six decimals."}
_SPAN = {"type": "string", "description": "A span of time such as '14 days' or PT20M."}
_TRUTHS = {"type": "object", "additionalProperties": {"type": "boolean"}}
_AMOUNTS = {"anyOf": [_QUANTITY, {"type": "object", "additionalProperties": _QUANTITY}]}
_NAMES = {"anyOf": [_NAME, {"type": "array", "items": _NAME}]}


def case_schema() -> dict[str, Any]:
    """Return the schema (2020-12)."""
    step = {"when": {"$ref": "#/$defs/when"}, "then": {"$ref": "#/$defs/then"}}
    case = _object(
        {
            "name": {"type": ["string", "number"], "description": "What the case is about, as a sentence."},
            "given": {"$ref": "#/$defs/given"},
            **step,
            "steps": {"type": "array", "items": _object(step)},
        },
        ["name"],
    )
    top = _object(
        {
            "process": {"type": "string", "description": "The process: a path from this file, or a name."},
            "answers": {**_TRUTHS, "description": "What conditions say, by their names."},
            "assume": {"type": "boolean", "description": "What all other conditions say."},
            "stock": {**_AMOUNTS, "description": "How much there is, of one product or by sku; else 10."},
            "start": {"type": "string", "description": "When the clock starts; else 2026-01-01."},
            "timeouts": {"type": "object", "additionalProperties": _SPAN},
            "cases": {"type": "array", "items": case},
        },
        ["process", "cases"],
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tests of an order process",
        **top,
        "$defs": {"given": _given(), "when": _when(), "then": _then()},
    }


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    shape = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**shape, "required": required} if required else shape


def _given() -> dict[str, Any]:
    item = {
        "state": {**_NAME, "description": "The state to which it has just come; else it is placed."},
        "quantity": _QUANTITY,
        "sku": _NAME,
        "hold": {"type": "boolean", "description": "Whether it has a hold."},
        "answers": _TRUTHS,
    }
    items = {"type": "object", "additionalProperties": {"anyOf": [_object(item), {"type": "null"}]}}
    more = {"stock": _AMOUNTS, "start": {"type": "string"}}
    return _object({"item": _object(item), "items": items, **item, **more})


def _when() -> dict[str, Any]:
    items = {"items": _NAMES}
    place = {"name": _NAME, "quantity": _QUANTITY, "sku": _NAME}
    one = {
        "anyOf": [
            {"type": "string", "description": "An event."},
            _object({"event": _NAME, **items}, ["event"]),
            _object({"wait": _SPAN}, ["wait"]),
            _object({"answer": _TRUTHS, **items}, ["answer"]),
            _object({"conditions": {"const": True}}, ["conditions"]),
            _object({"count": _AMOUNTS, "ago": _SPAN}, ["count"]),
            _object({"place": {"anyOf": [_QUANTITY, _object(place)]}}, ["place"]),
        ]
    }
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _then() -> dict[str, Any]:
    timeouts = {"anyOf": [_NAMES, {"type": "object", "additionalProperties": {"type": "string"}}]}
    item = {"state": _NAME, "reserved": _QUANTITY, "held": _QUANTITY, "timeouts": timeouts, "next": _NAMES}
    blocked = {"type": ["boolean", "string"], "description": "Whether something was refused, or its code."}
    whole = {
        "items": {"type": "object", "additionalProperties": _object(item)},
        "available": _AMOUNTS,
        "stock": _AMOUNTS,
        "moved": {"type": "boolean"},
        "blocked": blocked,
        "fired": _NAMES,
    }
    return _object({**item, **whole})
