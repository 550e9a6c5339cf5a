"""What the demonstration remembers of its story, for the summary and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from earmark.demo.chart import Moment
from earmark.demo.snapshot import Snapshot
from engine.hooks import OutboxMessage, Sink
from engine.results import OrderView, PlaceRefusal, ReconcileReport


@dataclass(slots=True)
class Played:
    """A scene that was played: when it happened, what it was, what came out, and the seconds it took."""

    when: str
    title: str
    result: str = ""
    seconds: float = 0.0

    @property
    def key(self) -> str:
        """The scene as it is shown: time and title."""
        return f"{self.when}  {self.title}"


@dataclass(slots=True)
class Tale:
    """Everything that happened, in the order in which it did."""

    start: datetime
    scenes: list[Played] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    placed: int = 0
    refused: list[PlaceRefusal] = field(default_factory=list)
    before: Snapshot | None = None
    after: Snapshot | None = None
    end: Snapshot | None = None
    update: dict[str, Any] = field(default_factory=dict)
    gone: Counter[str] = field(default_factory=Counter)
    back: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    left_before: Decimal = Decimal(0)
    example: OrderView | None = None
    reconciled: ReconcileReport = field(default_factory=ReconcileReport)

    def refusals_by_reason(self) -> dict[str, list[PlaceRefusal]]:
        """Return the refused orders by code, the most frequent one first."""
        found: dict[str, list[PlaceRefusal]] = {}
        for refusal in self.refused:
            found.setdefault(refusal.code, []).append(refusal)
        return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


class TellingSink:
    """Passes messages on and counts, per scene of the story, what sold out and what can be sold again.

    A message tells of an abstract product with all its concrete ones, so what turned is found by comparing
    with the message before.
    """

    def __init__(self, sink: Sink, tale: Tale) -> None:
        self._sink = sink
        self._tale = tale
        self._sellable: dict[tuple[str, str], bool] = {}
        self.scene = ""

    def publish(self, messages: Sequence[OutboxMessage]) -> None:
        """Write the messages durably, in order, and count them."""
        self._sink.publish(messages)
        for message in messages:
            self._tale.published[message.kind] += 1
            if message.kind == "availability":
                self._count(message.payload)

    def _count(self, payload: Mapping[str, Any]) -> None:
        for row in payload["SpyAvailabilities"]:
            cell = payload["Store"]["name"], row["sku"]
            sellable = row["quantity"] > 0 or row["is_never_out_of_stock"]
            if sellable != self._sellable.get(cell, False):
                (self._tale.back if sellable else self._tale.gone)[self.scene] += 1
            self._sellable[cell] = sellable


def shortest_event(path: Path) -> str:
    """Return the shortest availability event of the published ones, the latest of several, or nothing."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return min((line for line in reversed(lines) if "abstract_sku" in line), key=len, default="")
