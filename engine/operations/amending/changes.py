"""What an amendment comes to, decided from what is asked and what stands: pieces that leave, grow and come anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.codes import Code
from engine.definition import State
from engine.definition.amending import way_out
from engine.inventory.counting import live_hold
from engine.operations.amending.problems import Problems
from engine.operations.amending.standing import Standing, StandingOrder
from engine.operations.arrival import Arrival
from engine.quantity import MAXIMUM, SCALE, Unit, format_quantity, parse_quantity
from engine.requests.amending import AmendedLine, AmendmentRequest
from engine.versions.place import Version

Arrivals = Callable[[Version], Arrival]
"""Tells where new items of a version come to."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """So much of an item leaves to a state."""

    item: Standing
    quantity: int
    target: State

    @property
    def whole(self) -> bool:
        """Whether all of the item leaves."""
        return self.quantity == self.item.quantity


@dataclass(frozen=True, slots=True)
class Coming:
    """Pieces that come anew, to a line that lies ``start`` behind what is there of it."""

    version: Version
    line: int
    product: int
    sku: str
    warehouse: int | None
    warehouse_name: str | None
    reference: str | None
    quantity: int
    start: int
    path: str


@dataclass(slots=True)
class Changes:
    """What changes: of items by how much (``by``, of those that stay what they are), what leaves, and what comes.

    What concerns an item is by its id.

    ``paths`` are where the amendment asks for more of a product, ``less`` where for less, by the product's id.
    """

    leaving: dict[int, Leaving] = field(default_factory=dict)
    by: dict[int, int] = field(default_factory=dict)
    coming: list[Coming] = field(default_factory=list)
    paths: dict[int, list[str]] = field(default_factory=dict)
    less: dict[int, list[str]] = field(default_factory=dict)

    def out_of(self, item: Standing) -> int:
        """Return how much leaves of an item."""
        leaving = self.leaving.get(item.id)
        return 0 if leaving is None else leaving.quantity


class Deciding:
    """Decides about the lines of an amendment, one after the other; what cannot be is noted as a problem."""

    def __init__(
        self, order: StandingOrder, arrivals: Arrivals, problems: Problems, *, hold: bool, now: int
    ) -> None:
        self._order, self._arrivals, self._problems, self._now = order, arrivals, problems, now
        self._hold = hold
        self._named: set[int] = set()
        self._ends = {
            line: max(item.start + item.quantity for item in items) for line, items in order.lines.items()
        }
        self.changes = Changes()

    def lines(self, request: AmendmentRequest) -> Changes:
        """Decide about the lines that are there."""
        for number, asked in enumerate(request.lines):
            path = f"lines[{number}]"
            scope = self._scope(asked, path)
            if scope:
                self._amend(scope, parse_quantity(asked.target), path)
        return self.changes

    def _scope(self, asked: AmendedLine, path: str) -> list[Standing]:
        """Return the items that are meant, without those that are out; none where that is a problem."""
        found = self._items_of(asked, path)
        if not found:
            return []
        ids = {item.id for item in found}
        if ids & self._named:
            self._problems.add(path, Code.REPEATED_LINE, "the line, or an item of it, is named twice")
            return []
        self._named |= ids
        there = [item for item in found if not item.out]
        if not there and asked.target:
            self._problems.add(
                path, Code.NOT_AMENDABLE, "it was removed by an amendment: add it as a new line"
            )
        return there

    def _items_of(self, asked: AmendedLine, path: str) -> list[Standing]:
        order, add = self._order, self._problems.add
        if asked.item is not None:
            found = [item for item in order.items if item.id == asked.item]
            if not found:
                add(f"{path}.item", Code.UNKNOWN_ITEM, f"the order has no item {asked.item}")
            return found
        if asked.line is not None:
            if asked.line not in order.lines:
                told = f"the order has no line {asked.line}, but {order.last_line}"
                add(f"{path}.line", Code.UNKNOWN_LINE, told)
            return order.lines.get(asked.line, [])
        lines = [number for number, items in order.lines.items() if items[0].row.reference == asked.reference]
        if len(lines) == 1:
            return order.lines[lines[0]]
        if not lines:
            told = f"no line of the order has the reference {asked.reference!r}"
            add(f"{path}.reference", Code.UNKNOWN_LINE, told)
        else:
            told = f"the lines {', '.join(map(str, lines))} have the reference {asked.reference!r}"
            add(f"{path}.reference", Code.AMBIGUOUS_LINE, told, "Name the line by its number.")
        return []

    def _amend(self, scope: Sequence[Standing], target: int, path: str) -> None:
        before = sum(item.quantity for item in scope)
        row = scope[0].row
        step = int(row.unit_step or 1)
        if target != before and target % step:
            refusal = Unit(row.unit, step).refusal(row.sku, target)
            self._problems.add(f"{path}.quantity", Code.QUANTITY_TOO_FINE, refusal)
        elif target < before:
            self._less(scope, before, before - target, path)
        elif target > before:
            self._more(scope, target - before, f"{path}.quantity")

    def _less(self, scope: Sequence[Standing], before: int, surplus: int, path: str) -> None:
        """Take the surplus out of what can be amended, the youngest item first."""
        free = sorted((item for item in scope if item.amendable), key=lambda item: -item.id)
        there = sum(item.quantity for item in free)
        if surplus > there:
            told = (
                f"{format_quantity(before - there)} of {format_quantity(before)} cannot be amended "
                f"({_standing([item for item in scope if not item.amendable])}), "
                f"and it would be {format_quantity(before - surplus)}"
            )
            self._problems.add(path, Code.NOT_AMENDABLE, told)
            return
        self.changes.less.setdefault(int(scope[0].row.product_id), []).append(path)
        for item in free:
            taken = min(item.quantity, surplus)
            surplus -= taken
            if taken:
                self._leave(item, taken, path)

    def _leave(self, item: Standing, quantity: int, path: str) -> None:
        process, state = item.place.version.process, item.place.state
        target = way_out(process, state)
        if target is not None:
            self.changes.leaving[item.id] = Leaving(item, quantity, target)
        elif quantity < item.quantity:
            self.changes.by[item.id] = -quantity
        else:
            told = f"item {item.id} stands in {state.name!r}, from where nothing cancels, so it has nowhere to go"
            remedy = (
                "Give the state an event that leads to a cancelled state, or a state the flag 'amended out'."
            )
            self._problems.add(path, Code.NO_WAY_OUT, told, remedy)

    def _more(self, scope: Sequence[Standing], more: int, path: str) -> None:
        free = [item for item in scope if item.amendable]
        if not free:
            told = f"it cannot be more: nothing of it can be amended ({_standing(scope)})"
            self._problems.add(path, Code.NOT_AMENDABLE, told)
            return
        row = free[0].row
        self.changes.paths.setdefault(int(row.product_id), []).append(path)
        grown = next((item for item in free if self._grows(item)), None)
        if grown is not None and grown.quantity + more <= int(MAXIMUM * SCALE):
            self.changes.by[grown.id] = more
            self._ends[int(row.line)] += more
            return
        self.changes.coming.append(
            Coming(
                *(free[0].place.version, int(row.line), int(row.product_id), row.sku, row.warehouse_id),
                *(row.warehouse, row.reference, more, self._ends[int(row.line)], path),
            )
        )
        self._ends[int(row.line)] += more

    def _grows(self, item: Standing) -> bool:
        """Return whether further pieces of the line would be just what the item is, and behind it."""
        arrival = self._arrivals(item.place.version)
        held = item.counted.held
        same = item.place.state.index == arrival.state.index
        counts = item.counted == (item.quantity * arrival.share.reserved, item.quantity * arrival.share.held)
        over = held and not live_hold(held, item.row.hold_until, self._now)
        return same and counts and not over and item.start + item.quantity == self._ends[int(item.row.line)]


def _standing(items: Sequence[Standing]) -> str:
    """Return where items stand, as a problem tells it."""
    return (
        ", ".join(f"item {item.id} is in {item.place.state.name!r}" for item in items) or "nothing is there"
    )
