"""What guards ask of items: read with one statement for all of them, and put into the form that guards take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from engine.clock import SECOND, to_microseconds
from engine.hooks import CallContext
from engine.quantity import SCALE
from engine.storage.guards.fields import DERIVED, QUANTITIES
from engine.storage.guards.pruning import facts_cut, facts_order

if TYPE_CHECKING:
    from engine.storage.database import Reader
    from rules.guards.compiled import Guard

OF_ITEM = frozenset({"item.id", "item.process", "item.state"})
"""Fields that every loaded item knows by itself."""


class Asked(Protocol):
    """An item that guards are asked about."""

    @property
    def id(self) -> int:
        """The item's id."""

    @property
    def process(self) -> str:
        """The name of its process."""

    @property
    def state(self) -> str:
        """The name of its state."""

    def reading(self) -> AbstractContextManager[Reader]:
        """Open the database, or the unit of work, that the item was read in."""


class Facts:
    """The values that a guard takes, for items that are asked about together."""

    def __init__(self, guard: Guard, items: Sequence[Asked], context: CallContext) -> None:
        self._guard = guard
        self._items = items
        self._shared = _shared(guard, context)
        self._now = context.now
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._rows, self._columns = self._read()

    def values(self) -> Iterator[Mapping[str, Any]]:
        """Yield the values of each item, in the order of the items; an exception in place of those of none."""
        from rules.guards.messages import message_class

        made = {name: message_class(name) for name in self._guard.variables if name not in self._shared}
        fillers = {name: _Filler(self._guard, name, self._columns) for name in made}
        for item in self._items:
            row = self._rows.get(item.id, ())
            document = self._document(row) if "order.data" in self._columns else {}
            values = dict(self._shared)
            for name, kind in made.items():
                values[name] = kind(**fillers[name].fields(item, row, document))
            yield values

    def _read(self) -> tuple[dict[int, tuple[Any, ...]], dict[str, int]]:
        wanted = {_stored(name) for name in self._guard.uses if "." in name} - OF_ITEM
        if self._guard.uses & {"item.data"}:
            wanted.add("item.line")
        if not wanted or not self._items:
            return {}, {}

        with self._items[0].reading() as reader:
            columns = facts_order(reader.dialect, wanted)
            rows = reader.tuples(
                "guard_facts",
                facts_cut(reader.dialect, wanted),
                items=[item.id for item in self._items],
                now=to_microseconds(self._now),
            )
        return {row[0]: row for row in rows}, {name: n for n, name in enumerate(columns, start=1)}

    def _document(self, row: Sequence[Any]) -> Mapping[str, Any]:
        text: str = row[self._columns["order.data"]]
        found = self._documents.get(text)
        if found is None:
            found = self._documents[text] = json.loads(text)
        return found


def _stored(name: str) -> str:
    """Return which field the database is asked for instead."""
    return "order.data" if name in DERIVED else name


def _shared(guard: Guard, context: CallContext) -> dict[str, Any]:
    """Return the values that are the same for all items."""
    from rules.guards.messages import struct

    found: dict[str, Any] = {}
    if "now" in guard.uses:
        found["now"] = context.now
    for name, data in (("command", context.command_data), ("trigger", context.data)):
        if name in guard.uses:
            found[name] = struct(data, guard.paths[name])
    return found


def _seen(name: str, kind: str, value: Any) -> Any:
    """Return a stored value as guards see it."""
    if value is None:
        return None
    if name in QUANTITIES:
        return float(value) / SCALE
    if kind == "timestamp":
        seconds, rest = divmod(value, SECOND)
        return {"seconds": seconds, "nanos": rest * 1000}
    return bool(value) if kind == "bool" else value


class _Filler:
    """Makes the fields of one variable."""

    def __init__(self, guard: Guard, variable: str, columns: Mapping[str, int]) -> None:
        from rules.guards.schema import VARIABLES

        self._plan = []
        self._guard = guard
        for name in sorted(n for n in guard.uses if n.startswith(f"{variable}.")):
            short = name.partition(".")[2]
            spec = VARIABLES[variable][short]
            self._plan.append((name, short, spec.kind, spec.nullable, columns.get(name)))
        self._line = columns.get("item.line")

    def fields(self, item: Asked, row: Sequence[Any], document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of one item; those that are null are left out."""
        found: dict[str, Any] = {}
        for name, short, kind, nullable, column in self._plan:
            if name in DERIVED:
                value = self._derived(name, row, document)
            elif name in OF_ITEM:
                value = getattr(item, short)
            else:
                value = None if column is None else _seen(name, kind, row[column])
            if value is not None:
                found[short] = {"value": value} if nullable else value
        return found

    def _derived(self, name: str, row: Sequence[Any], document: Mapping[str, Any]) -> Any:
        from rules.guards.messages import struct

        if name == "order.data":
            return struct(document, self._guard.paths[name])
        if name == "item.data":
            line = document["items"][row[self._line or 0] - 1]
            return struct(line, self._guard.paths[name])
        return DERIVED[name](document)
