"""What came of one thing that was done in a trial: the steps that were taken, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.clock import format_time
from engine.moving.step import Cause, Outcome


@dataclass(frozen=True, slots=True)
class Fired:
    """A step of one item. ``target`` is None when it stayed, ``event`` when the conditions run moved it.

    ``transition`` is the index of the transition that was taken. ``command`` is what would have run, ``assumed``
    the conditions whose answer nobody gave. ``at`` is in UTC microseconds.
    """

    at: int
    item: str
    cause: Cause
    event: str | None
    source: str | None
    target: str | None
    outcome: Outcome
    transition: int | None = None
    conditions: Mapping[str, bool] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    command: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the step as a JSON object."""
        return {
            "at": format_time(self.at),
            "item": self.item,
            "trigger": self.cause,
            "event": self.event,
            "from": self.source,
            "to": self.target,
            "outcome": self.outcome,
            "conditions": dict(self.conditions),
            "assumed": list(self.assumed),
            "command": self.command,
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an item did not take a step, or was not placed at all: then there is no item."""

    item: str | None
    code: str
    text: str

    def as_dict(self) -> dict[str, Any]:
        """Return the refusal as a JSON object."""
        return {"item": self.item, "code": self.code, "message": self.text}


@dataclass(slots=True)
class Happened:
    """Everything that came of one thing that was done, in the order in which it came."""

    fired: list[Fired] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
