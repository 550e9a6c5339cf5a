"""An item of a trial, and what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.definition import State


@dataclass(slots=True)
class TrialItem:
    """An item that is played through a process.

    Quantities are in millionths of a sales unit, times in UTC microseconds. ``left`` is when it left the shelf, for
    counts of stock. ``timeouts`` tells when each timeout event of its state is due. ``answers`` are those of
    conditions that hold for it alone. ``stuck`` is the automatic step at which it was stopped.
    """

    name: str
    sku: str
    quantity: int
    state: State
    since: int
    left: int
    answers: Mapping[str, bool] = field(default_factory=dict)
    reserved: int = 0
    held: int = 0
    held_until: int | None = None
    timeouts: dict[str, int] = field(default_factory=dict)
    step: int = 0
    stuck: str | None = None
