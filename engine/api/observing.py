"""Observing the engine: who is told, and the facts that are told."""

from __future__ import annotations

from engine.facts import (
    Busy,
    Fact,
    Imported,
    JobRan,
    Placed,
    Published,
    Reconciled,
    Refused,
    Stepped,
    Waited,
)
from engine.observe import Attribute, Listener, Observer

__all__ = [
    "Attribute",
    "Busy",
    "Fact",
    "Imported",
    "JobRan",
    "Listener",
    "Observer",
    "Placed",
    "Published",
    "Reconciled",
    "Refused",
    "Stepped",
    "Waited",
]
