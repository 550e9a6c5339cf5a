"""What moving items came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from engine.codes import Code
from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one item was not moved: a stable code, a text and the parameters of the text.

    ``item`` is None when it is about no single item but about a state whose items cannot be tried, or about a run.
    """

    item: int | None
    code: Code
    message: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object: item, code, message."""
        return {"item": self.item, "code": str(self.code), "message": self.message}


class MovedPart(NamedTuple):
    """A part of an item that moved: it is the item ``item`` now, and ``of`` is left with what ``stays``."""

    item: int
    of: int
    quantity: Decimal
    stays: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object; quantities are decimal strings."""
        return {
            "item": self.item,
            "of": self.of,
            "quantity": plain(self.quantity),
            "stays": plain(self.stays),
        }


class GrownShortfall(NamedTuple):
    """How much of a product a store promises above its stock (``shortfall``), which is more than ``before``."""

    store: str
    sku: str
    shortfall: Decimal
    before: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object; quantities are decimal strings."""
        return {name: plain(value) for name, value in self._asdict().items()}


@dataclass(slots=True)
class MoveReport:
    """What a trigger or a run did. ``examined`` and ``moved`` count distinct items; an item and its part are one.

    ``stayed`` counts items whose conditions were all false, and those that their command did not let go on.
    ``parts`` are the parts of items that moved alone. ``shortfall`` tells where more than there is was promised, as
    when items come back into a reserved state: once for each product and store.
    ``complete`` is False when a stop was asked for and the rest was left for the next run.
    """

    examined: int = 0
    moved: int = 0
    stayed: int = 0
    blocked: list[Refusal] = field(default_factory=list)
    failed: list[Refusal] = field(default_factory=list)
    stuck: list[Refusal] = field(default_factory=list)
    complete: bool = True
    parts: list[MovedPart] = field(default_factory=list)
    shortfall: list[GrownShortfall] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether anything was blocked, failed or got stuck."""
        return bool(self.blocked or self.failed or self.stuck)

    def add(self, other: MoveReport) -> None:
        """Add what a part of the work came to."""
        self.examined += other.examined
        self.moved += other.moved
        self.stayed += other.stayed
        self.blocked += other.blocked
        self.failed += other.failed
        self.stuck += other.stuck
        self.parts += other.parts
        self.fell_short(other.shortfall)
        self.complete = self.complete and other.complete

    def fell_short(self, grown: Sequence[GrownShortfall]) -> None:
        """Add shortfalls that grew; what grew in several steps is told once, from before the first one on."""
        if grown:
            known = {(one.store, one.sku): one for one in self.shortfall}
            for one in grown:
                first = known.get((one.store, one.sku), one)
                known[one.store, one.sku] = one._replace(before=first.before)
            self.shortfall = list(known.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``trigger`` and ``run``."""
        lists = {name: [r.as_dict() for r in getattr(self, name)] for name in ("blocked", "failed", "stuck")}
        return {
            "examined": self.examined,
            "moved": self.moved,
            "stayed": self.stayed,
            **lists,
            "parts": [part.as_dict() for part in self.parts],
            "shortfall": [one.as_dict() for one in self.shortfall],
            "complete": self.complete,
        }
