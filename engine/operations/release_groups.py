"""What became of the items that a count might release: how many of which process and state, and why some stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from engine.codes import Code
from engine.results import ImportReport, KeptItems, ReleasedItems
from engine.versions.place import Place

K = TypeVar("K")

Group = tuple[str, str]
"""The names of a process and of a state of it."""


def group_of(place: Place) -> Group:
    """Return the group of the items that stand there, whatever version of the process it is of."""
    return place.version.name, place.state.name


@dataclass(slots=True)
class Groups:
    """How many items were released from a group, and how many stay in it for a reason."""

    released: Counter[Group] = field(default_factory=Counter)
    kept: Counter[tuple[Group, Code]] = field(default_factory=Counter)

    def keep(self, group: Group, reason: Code, items: int) -> None:
        """Take note of items that stay."""
        if items:
            self.kept[group, reason] += items

    def add(self, other: Groups) -> None:
        """Add what another one has."""
        self.released.update(other.released)
        self.kept.update(other.kept)

    @property
    def staying(self) -> int:
        """How many items stay."""
        return self.kept.total()

    def tell(self, report: ImportReport) -> None:
        """Put the groups into the report, in the order of their names."""
        report.released_items = [ReleasedItems(*group, items) for group, items in _sorted(self.released)]
        report.kept_items = [
            KeptItems(*group, str(reason), items, reason.meaning)
            for (group, reason), items in _sorted(self.kept)
        ]


def _sorted(counted: Counter[K]) -> Iterable[tuple[K, int]]:
    return sorted((pair for pair in counted.items() if pair[1]), key=lambda pair: str(pair[0]))
