"""What amendments have made of orders: lines, store and fields, before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A value before and after; None where there was none, or is none any more."""

    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"before": plain(self.before), "after": plain(self.after)}


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that came to a line or left it: how much it is, in which state, and of which item it was a part."""

    item: int
    quantity: Decimal
    state: str
    of: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return the change that a JSON object tells."""
        return cls(told["item"], Decimal(told["quantity"]), told["state"], told["of"])


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that is of another quantity, or is new (``before`` 0), or was removed (``after`` 0).

    ``left`` are the items that were taken out, ``came`` those that were placed for it. What an item of the line has
    grown or shrunk by is in none of them.
    """

    line: int
    reference: str | None
    sku: str
    before: Decimal
    after: Decimal
    left: tuple[ItemChange, ...] = ()
    came: tuple[ItemChange, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in ("line", "reference", "sku", "before", "after")}
        items = {name: [one.as_dict() for one in getattr(self, name)] for name in ("left", "came")}
        return {**shown, **items}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return the change that a JSON object tells."""
        left, came = (tuple(map(ItemChange.read, told[name])) for name in ("left", "came"))
        amounts = (Decimal(told["before"]), Decimal(told["after"]))
        return cls(told["line"], told["reference"], told["sku"], *amounts, left, came)


@dataclass(frozen=True, slots=True)
class AmendmentView:
    """An amendment of an order: when, by whom and why, and all that it has changed.

    ``fields`` are those of the order that Earmark does not know. What is not named stayed as it was.
    """

    key: str | None
    at: datetime
    actor: str | None
    reason: str | None
    store: ChangedValue | None = None
    fields: Mapping[str, ChangedValue] = field(default_factory=dict)
    lines: tuple[LineChange, ...] = ()

    @property
    def changes(self) -> dict[str, Any]:
        """What it has changed, as a JSON object."""
        return {
            "store": None if self.store is None else self.store.as_dict(),
            "fields": {name: change.as_dict() for name, change in self.fields.items()},
            "lines": [line.as_dict() for line in self.lines],
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        who = {name: plain(getattr(self, name)) for name in ("key", "at", "actor", "reason")}
        return {**who, **self.changes}

    @classmethod
    def stored(
        cls, key: str | None, at: datetime, actor: str | None, reason: str | None, changes: str
    ) -> Self:
        """Return an amendment whose ``changes`` are stored as JSON text."""
        told = json.loads(changes)
        store = None if told["store"] is None else ChangedValue(**told["store"])
        fields = {name: ChangedValue(**change) for name, change in told["fields"].items()}
        return cls(key, at, actor, reason, store, fields, tuple(map(LineChange.read, told["lines"])))
