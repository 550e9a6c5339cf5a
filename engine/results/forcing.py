"""What forcing items to a state would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.moving import Refusal
from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class ForcedFrom:
    """How many items would leave a state of a process (over all its versions)."""

    process: str
    state: str
    items: int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class BrokenClaim:
    """A live claim that would be broken: who works on which item, for which event, and until when."""

    item: int
    holder: str
    event: str
    expires_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AmountChange:
    """By how much what a store reserves and holds of a sku would change, in sales units."""

    store: str
    sku: str
    reserved: Decimal
    held: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class ForcePreview:
    """What forcing items to ``state`` would do. ``blocked`` are the items that nothing would be done to."""

    state: str
    sources: list[ForcedFrom] = field(default_factory=list)
    claims: list[BrokenClaim] = field(default_factory=list)
    reservation: list[AmountChange] = field(default_factory=list)
    blocked: list[Refusal] = field(default_factory=list)

    @property
    def items(self) -> int:
        """How many items would be forced."""
        return sum(source.items for source in self.sources)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``force --dry-run``."""
        lists = ("claims", "reservation", "blocked")
        return {
            "state": self.state,
            "items": self.items,
            "from": [source.as_dict() for source in self.sources],
            **{name: [one.as_dict() for one in getattr(self, name)] for name in lists},
        }
