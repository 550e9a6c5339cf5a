"""The JSON object of an order, as an amendment makes it: fields, store, and the lines with their quantities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.operations.order_names import text_of
from engine.quantity import format_quantity, parse_quantity
from engine.requests.amending import AmendmentRequest
from engine.results.amending import ChangedValue


def changed_fields(
    data: str, request: AmendmentRequest, reference: str
) -> tuple[dict[str, Any], dict[str, ChangedValue]]:
    """Return the document with its fields as they are to be, and those that differ, before and after."""
    before: dict[str, Any] = json.loads(data)
    after = dict(before)
    for name, value in request.set.items():
        after[name] = value
    for name, patch in request.merge.items():
        after[name] = merged(after.get(name), patch)
    # Numbers become what they are when they are stored; null is nothing.
    plain: dict[str, Any] = json.loads(text_of(after, reference))
    plain = {name: value for name, value in plain.items() if value is not None}
    names = dict.fromkeys((*request.set, *request.merge))
    changes = {
        name: ChangedValue(before.get(name), plain.get(name))
        for name in names
        if before.get(name) != plain.get(name)
    }
    return plain, changes


def merged(value: Any, patch: Any) -> Any:
    """Return the value with a JSON merge patch (RFC 7396): objects are merged, null removes, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(value) if isinstance(value, Mapping) else {}
    for name, part in patch.items():
        if part is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), part)
    return result


def new_line(request: AmendmentRequest, number: int) -> dict[str, Any]:
    """Return the line that is added, as the document has it."""
    line = request.add[number].model_dump(mode="python", exclude_none=True)
    return {**line, "quantity": format_quantity(parse_quantity(line["quantity"]))}
