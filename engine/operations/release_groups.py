"""What became of the items that a count might release: how many of which process and state, and why some stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from engine.codes import Code
from engine.results import ImportReport, KeptItems, ReleasedItems
from engine.versions.place import Place

K = TypeVar("K", bound=Hashable)

Group = tuple[str, str]
"""The names of a process and of a state of it."""


def group_of(place: Place) -> Group:
    """Return the group of the items that stand there, whatever version of the process it is of."""
    return place.version.name, place.state.name


@dataclass(slots=True)
class Groups:
    """How many items were released from a group, how many stay in it for a reason, and an item of each."""

    _released: Counter[Group] = field(default_factory=Counter)
    _kept: Counter[tuple[Group, Code]] = field(default_factory=Counter)
    _first: dict[tuple[Group, Code | None], int] = field(default_factory=dict)

    def release(self, group: Group, items: int, first: int | None) -> None:
        """Take note of items that were released, of which ``first`` is one."""
        self._released[group] += items
        if first is not None:
            self._first.setdefault((group, None), first)

    def keep(self, group: Group, reason: Code, items: int, first: int | None) -> None:
        """Take note of items that stay, of which ``first`` is one."""
        if items:
            self._kept[group, reason] += items
            if first is not None:
                self._first.setdefault((group, reason), first)

    def add(self, other: Groups) -> None:
        """Add what another one has."""
        self._released.update(other._released)
        self._kept.update(other._kept)
        self._first = {**other._first, **self._first}

    @property
    def staying(self) -> int:
        """How many items stay."""
        return self._kept.total()

    def tell(self, report: ImportReport) -> None:
        """Put the groups into the report, in the order of their names."""
        report.released_items = [
            ReleasedItems(*group, items, self._first.get((group, None)))
            for group, items in _sorted(self._released)
        ]
        report.kept_items = [
            KeptItems(*group, str(reason), items, reason.meaning, self._first.get((group, reason)))
            for (group, reason), items in _sorted(self._kept)
        ]


def _sorted(counted: Mapping[K, int]) -> Iterator[tuple[K, int]]:
    yield from sorted(
        ((key, items) for key, items in counted.items() if items), key=lambda pair: str(pair[0])
    )
