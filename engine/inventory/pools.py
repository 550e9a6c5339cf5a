"""What a product has in a warehouse group, and what of it each channel group may promise: in memory, and pure.

Quantities are in millionths of a sales unit. Whoever decides about several orders at once follows here what becomes
of the allotments with each of them, by the same rules by which the ledger writes them at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rules import Part, balance, is_due, trigger_level, whole_step


class ChannelGroup(NamedTuple):
    """A channel group as it is stored. ``threshold`` is in millionths."""

    id: int
    name: str
    pool: int
    warehouse_group: str
    strategy: str
    weight: int
    threshold: int


class Allotted(NamedTuple):
    """What a channel group may promise, what it could sell when it was balanced, and when it is balanced again."""

    quantity: int
    balanced: int
    level: int


NOTHING = Allotted(0, 0, -1)
"""Of a product that was never balanced."""


class Content(NamedTuple):
    """What decides how a product is divided. ``step`` is its smallest quantity, None where it has no unit.

    Without a unit as many decimals count as stock and promises have.
    """

    total: int
    promised: tuple[int, ...]
    weights: tuple[int, ...]
    thresholds: tuple[int, ...]
    fixed: bool
    step: int | None


@lru_cache(1 << 16)
def allotted(content: Content) -> tuple[Allotted, ...]:
    """Return what each channel group is allotted. Most products are like many others, so answers are kept."""
    step = whole_step((content.total, *content.promised)) if content.step is None else content.step
    parts = [Part(*both) for both in zip(content.promised, content.weights, strict=True)]
    quantities = balance(content.total, parts, fixed=content.fixed, step=step)
    return tuple(
        _allotted(quantity, quantity - max(promised, 0), threshold)
        for quantity, promised, threshold in zip(
            quantities, content.promised, content.thresholds, strict=True
        )
    )


def _allotted(quantity: int, left: int, threshold: int) -> Allotted:
    balanced = max(left, 0)
    return Allotted(quantity, balanced, trigger_level(balanced, threshold))


class Pool:
    """A product in a warehouse group while orders are decided about: what is promised of it, and allotted."""

    def __init__(self, groups: Sequence[ChannelGroup], content: Content, stored: Sequence[Allotted]) -> None:
        self._places = {group.id: place for place, group in enumerate(groups)}
        self._content, self._promised, self._allotted = content, list(content.promised), stored
        self.balanced = False
        """Whether it was balanced here."""

    @property
    def groups(self) -> Sequence[int]:
        """The ids of its channel groups."""
        return list(self._places)

    def left(self, group: int) -> int:
        """Return what the channel group can still sell; below zero where it has promised more than it may."""
        return self._left(self._places[group])

    def promise(self, group: int, amount: int) -> None:
        """Add to what the channel group has promised, below zero to give back; balance it where that is due."""
        place = self._places[group]
        before = self._left(place)
        self._promised[place] += amount
        left = self._left(place)
        if amount > 0:
            due = is_due(left, self._allotted[place].level)
        else:
            due = left > max(before, 0) and any(self._left(other) <= 0 for other in self._places.values())
        if due:
            self._allotted = allotted(self._content._replace(promised=tuple(self._promised)))
            self.balanced = True

    def _left(self, place: int) -> int:
        return self._allotted[place].quantity - self._promised[place]
