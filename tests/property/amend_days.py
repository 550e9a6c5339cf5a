"""On the days of ``days`` orders are amended, too: quantities, further lines, and a field of the order."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from engine.errors import Conflict
from engine.requests.amending import AmendmentRequest
from engine.results import Amended
from tests.helpers.model import ModelItem
from tests.helpers.model_amend import Amending, Plan
from tests.property.days import SKUS, OrderDays

ADDED = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 2)), max_size=1)


class AmendDays(OrderDays):
    """Orders, and amendments of them."""

    def _some_order(self, data: st.DataObject) -> tuple[str, list[ModelItem]]:
        orders: dict[str, list[ModelItem]] = {}
        for item in self.model.items.values():
            orders.setdefault(item.line[0], []).append(item)
        reference = data.draw(st.sampled_from(sorted(orders)))
        return reference, orders[reference]

    def _some_amendment(
        self, data: st.DataObject, items: list[ModelItem]
    ) -> tuple[dict[int, int], list[tuple[str, int]], bool]:
        lines = sorted({item.line[1] for item in items})
        chosen = data.draw(st.lists(st.sampled_from(lines), min_size=1, max_size=2, unique=True))
        targets = {line: data.draw(st.sampled_from([0, 1, 1, 2, 3, 4])) for line in chosen}
        added, note = data.draw(ADDED), data.draw(st.sampled_from([False, False, False, True]))
        return targets, added, note

    @precondition(lambda self: self.model.items)
    @rule(data=st.data())
    def amend(self, data: st.DataObject) -> None:
        reference, items = self._some_order(data)
        targets, added, note = self._some_amendment(data, items)
        plan = self._plan_amendment(items, targets, added, note)
        amended = self._ask(reference, self._amending_by(targets, added, note))
        assert plan.refused == (amended is None)
        if amended is not None:
            self._amended(plan, reference, items, amended)

    @precondition(lambda self: self.model.items)
    @rule(data=st.data(), moment=st.integers(1, 60))
    def crash_in_amend(self, data: st.DataObject, moment: int) -> None:
        """The same amendment is sent again under its key, and made once."""
        self.settle()
        reference, items = self._some_order(data)
        targets, added, note = self._some_amendment(data, items)
        plan = self._plan_amendment(items, targets, added, note)
        request = self._amending_by(targets, added, note, key=f"key-{self.references}-{len(self.keys)}")
        self.keys.append(request.key)
        self.crashes(moment, partial(self._ask, reference, request))
        amended = self._ask(reference, request)
        self.take_up()
        assert plan.refused == (amended is None)
        if amended is not None:
            self._amended(plan, reference, items, amended)

    def _plan_amendment(
        self, items: list[ModelItem], targets: dict[int, int], added: list[tuple[str, int]], note: bool
    ) -> Plan:
        rows = self.world.query("SELECT id, coalesce(split_start, 0) / 1000000 FROM order_item")
        amending, busy = Amending(self.model), self._claimed()
        return amending.plan(items, targets, added, dict(rows), busy, note=note)

    def _amending_by(
        self, targets: dict[int, int], added: list[tuple[str, int]], note: bool, key: str | None = None
    ) -> AmendmentRequest:
        self.notes += 1
        fields: dict[str, Any] = {"set": {"note": self.notes}} if note else {}
        lines = [{"line": line, "quantity": quantity} for line, quantity in targets.items()]
        add = [{"sku": sku, "quantity": quantity} for sku, quantity in added]
        return AmendmentRequest.model_validate({"key": key, "lines": lines, "add": add, **fields})

    def _ask(self, reference: str, request: AmendmentRequest) -> Amended | None:
        try:
            return self.world.engine.amend(reference, request)
        except Conflict:
            return None

    def _amended(self, plan: Plan, reference: str, items: list[ModelItem], amended: Amended) -> None:
        """Tell the model; the ids of what left and what came are the engine's."""
        told = amended.amendment.lines
        parts = {one.of: one.item for line in told for one in line.left if one.of is not None}
        self._split_off(parts)
        ids = {line.line: one.item for line in told for one in line.came}
        new = [
            ModelItem(
                ids[line], items[0].store, sku, quantity, spec, spec.initial,
                {"odd": ids[line] % 2 == 1, "large": quantity > 1}, ids[line] % 3 == 0, self.now,
                line=(reference, line),
            )
            for line, sku, quantity, spec in plan.coming
        ]  # fmt: skip
        for item in items:
            if (by := plan.by.get(item.id, 0)) != 0:
                self.ordered[item.line] += by
                self.shrunk |= {item.line} if by < 0 else set()
        for item in new:
            self.ordered[item.line] = self.ordered.get(item.line, 0) + item.quantity
        Amending(self.model).amend(plan, items, parts, new, self.now)
        for line in amended.order.lines:
            whole = [item for item in self.model.items.values() if item.line == (reference, line.line)]
            assert line.quantity + line.removed == sum(item.quantity for item in whole)

    def _split_off(self, new: dict[int, int]) -> None:
        """Know of parts that have left their items."""
        self.purged |= {part for item, part in new.items() if item in self.purged}
