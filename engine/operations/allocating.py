"""Choosing the warehouses of orders as they are placed, where the rules say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from engine.allocation.allocator import Allocator, Wish
from engine.allocation.choosing import Line, Pick, Supply
from engine.allocation.kept import read_supply
from engine.holds.there import There
from engine.holds.wanted import Line as OrderLine
from engine.holds.wanted import Pair, named_of
from engine.operations.order_names import ResolvedOrder
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.names import Names


@dataclass(slots=True)
class Allocating:
    """Chooses warehouses for the orders of a batch; what one order gets is gone for the next."""

    _allocator: Allocator
    _steps: Mapping[int, int]
    _there: There | None = None
    _endless: set[tuple[int, int]] = field(default_factory=set)
    _at_placement: dict[int, bool] = field(default_factory=dict)
    _house_names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, runtime: Runtime, names: Names, orders: Sequence[ResolvedOrder]) -> Self | None:
        """Return what chooses for these orders; None where the rules do not say so of any of their stores."""
        rules = runtime.rules.allocation
        if rules is None or not rules.at_placement:
            return None
        made = cls(Allocator(rules, runtime.plugins, names), names.products.steps())
        return made if any(map(made._concerned, orders)) else None

    def _concerned(self, order: ResolvedOrder) -> bool:
        known = self._at_placement.get(order.store_id)
        if known is None:
            known = self._allocator.choice(order.request.store).at == "placement"
            self._at_placement[order.store_id] = known
        return known and order.counts

    def pairs(self, orders: Iterable[ResolvedOrder]) -> set[Pair]:
        """Return the (product id, store id) that sell from where the orders may come from: they are locked, too."""
        serves, beside = self._allocator.names.serves, {}
        for store in {order.store_id for order in orders if self._concerned(order)}:
            houses = self._allocator.houses(store)
            beside[store] = {other for house in houses for other in serves.get(house.id, ())}
        return {
            (line[0], store)
            for order in orders
            if self._concerned(order)
            for line in order.lines
            if line[1] is None
            for store in beside[order.store_id]
        }

    def look(self, work: Work, orders: Sequence[ResolvedOrder], there: There) -> None:
        """Read what the warehouses have left, now that availability is locked."""
        concerned = [order for order in orders if self._concerned(order)]
        products = {line[0] for order in concerned for line in order.lines if line[1] is None}
        self._there = there
        self._house_names = {house.id: house.name for house in self._allocator.names.houses.values()}
        if products:
            supply = read_supply(work, products, work.now)
            self._endless = set(supply.endless)
            there.know(supply.left)

    def allocated(self, order: ResolvedOrder) -> ResolvedOrder:
        """Return the order, which can be had, with the warehouses that were chosen for its lines.

        A line becomes several where it comes from several warehouses. Raises PluginError, PluginMissing.
        """
        there = self._there
        if there is None or not self._concerned(order):
            return order
        wanted = [line for line in order.lines if line[1] is None]
        if not wanted:
            return order
        found = self._allocator.allocate(self._wish(order, wanted), self._supply(order, there))
        picks = iter(found.chosen.plan.picks)
        lines: list[OrderLine] = []
        numbers: list[int] = []
        chosen: list[bool] = []
        for number, line in enumerate(order.lines, start=1):
            own = next(picks) if line[1] is None else (Pick(line[1], line[3]),)
            for pick in own:
                lines.append((line[0], pick.warehouse, line[2], pick.quantity))
                numbers.append(number)
                chosen.append(line[1] is None and pick.warehouse is not None)
        return replace(
            order,
            lines=tuple(lines),
            named=named_of(lines, order.store_id),
            warehouses=self._house_names,
            numbers=tuple(numbers),
            chosen=tuple(chosen),
            reason=found.reason,
        )

    def _wish(self, order: ResolvedOrder, wanted: Sequence[OrderLine]) -> Wish:
        request = order.request
        return Wish(
            reference=request.reference,
            store=request.store,
            store_id=order.store_id,
            document=request.model_extra or {},
            lines=[
                Line(product, quantity, self._steps.get(product, 1)) for product, _, _, quantity in wanted
            ],
            used=frozenset(line[1] for line in order.lines if line[1] is not None),
        )

    def _supply(self, order: ResolvedOrder, there: There) -> Supply:
        """Return what there is beside what the order's own lines name."""
        left = there.lefts
        if order.named:
            left = dict(left)
            for (product, _, warehouse), quantity in order.named.items():
                left[product, warehouse] = left.get((product, warehouse), 0) - quantity
        return Supply(left, self._endless)
