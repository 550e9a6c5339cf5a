"""Why a warehouse was chosen, as it is stored with the item: short JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from engine.allocation.choosing import Chosen, Plan

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Made once: making it takes longer than it does."""


def reason_of(chosen: Chosen, strategies: Sequence[str]) -> str:
    """Return why a plan was chosen: its warehouses, what each strategy minds, and what was the best besides it.

    ``decided_by`` is the first strategy in which the other one is worse; None where only the name decided.
    """
    told: dict[str, Any] = {**_told(chosen.plan, strategies), "compared": chosen.compared}
    if not chosen.complete:
        told["stopped"] = True
    if chosen.other is not None:
        told["other"] = _told(chosen.other, strategies)
        told["decided_by"] = _decided_by(chosen.plan, chosen.other, strategies)
    return _encoded(told)


def _told(plan: Plan, strategies: Sequence[str]) -> dict[str, Any]:
    return {"warehouses": plan.names, "minds": dict(zip(strategies, plan.weights, strict=False))}


def _decided_by(plan: Plan, other: Plan, strategies: Sequence[str]) -> str | None:
    if plan.short != other.short:
        return "stock"
    for name, one, two in zip(strategies, plan.weights, other.weights, strict=False):
        if one != two:
            return name
    return None
