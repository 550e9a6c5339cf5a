"""What amending an order should do to its items: the plain model's part."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.helpers.model import Model, ModelItem, Spec


@dataclass
class Plan:
    """What leaves of items, by how much others grow or shrink, and what comes: (line, sku, quantity, version)."""

    leaving: dict[int, int] = field(default_factory=dict)
    by: dict[int, int] = field(default_factory=dict)
    coming: list[tuple[int, str, int, Spec]] = field(default_factory=list)
    stepping: list[int] = field(default_factory=list)
    refused: bool = False


class Amending:
    """Plans and makes amendments of orders, which are lists of their items."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def plan(
        self,
        items: Sequence[ModelItem],
        targets: Mapping[int, int],
        added: Sequence[tuple[str, int]],
        starts: Mapping[int, int],
        interrupted: Collection[int],
        *,
        note: bool,
    ) -> Plan:
        """Tell what becomes of an order: quantities by line, lines that are added, a field that is set."""
        plan = Plan()
        lines: dict[int, list[ModelItem]] = {}
        for item in sorted(items, key=lambda item: (item.line[1], item.id)):
            lines.setdefault(item.line[1], []).append(item)
        for number, target in targets.items():
            self._line(plan, number, lines[number], target, starts)
        free = [item for line in lines.values() for item in line if amendable(item)]
        for n, (sku, quantity) in enumerate(added, start=1):
            plan.refused |= not free
            if free:
                plan.coming.append((max(lines) + n, sku, quantity, free[0].spec))
        live = [item for item in items if not out(item) and not over(item)]
        plan.refused |= note and not (live and all(map(amendable, live)))
        if note:
            plan.stepping = [item.id for item in live if item.id not in plan.leaving]
        concerned = {*plan.leaving, *plan.by, *plan.stepping}
        still = {item.id for item in items if self.model.stands_still(item)}
        plan.refused |= bool(still if plan.coming else still & concerned)
        plan.refused |= bool(concerned & set(interrupted)) or not self._fits(plan, items)
        return plan

    def _line(
        self, plan: Plan, number: int, line: Sequence[ModelItem], target: int, starts: Mapping[int, int]
    ) -> None:
        there = [item for item in line if not out(item)]
        before = sum(item.quantity for item in there)
        plan.refused |= not there and target > 0
        free = [item for item in there if amendable(item)]
        if target < before:
            surplus = before - target
            for item in sorted(free, key=lambda item: -item.id):
                taken = min(surplus, item.quantity)
                surplus -= taken
                if not taken:
                    continue
                if way_out(item) is not None:
                    plan.leaving[item.id] = taken
                elif taken < item.quantity:
                    plan.by[item.id] = -taken
                else:
                    plan.refused = True
            plan.refused |= surplus > 0
        elif target > before and there:
            plan.refused |= not free
            end = max(starts[item.id] + item.quantity for item in line)
            grown = [item for item in free if self._as_new(item) and starts[item.id] + item.quantity == end]
            if grown:
                plan.by[grown[0].id] = target - before
            elif free:
                plan.coming.append((number, there[0].sku, target - before, free[0].spec))

    def _as_new(self, item: ModelItem) -> bool:
        """Tell whether a new item of as much would stand where the item does and count as it does."""
        new = replace(item, id=0, state=item.spec.initial, held=item.quantity, log=[], timeouts={}, out=False)
        model = Model(item.spec, {}, {})
        model.still = self.model.still
        model.place([new], 0, follow=False)
        return (new.state, new.reserved, new.held) == (item.state, item.reserved, item.held)

    def _fits(self, plan: Plan, items: Sequence[ModelItem]) -> bool:
        """Tell whether what is asked for beyond what is given back is there."""
        store = items[0].store
        wanted: dict[str, int] = {}
        for _, sku, quantity, _ in plan.coming:
            wanted[sku] = wanted.get(sku, 0) + quantity
        freed: dict[str, int] = {}
        for item in items:
            by = plan.by.get(item.id, 0)
            if by > 0:
                wanted[item.sku] = wanted.get(item.sku, 0) + by
            freed[item.sku] = freed.get(item.sku, 0) + self._freed(item, plan)
        free = {sku: self.model.stock[sku, store] - sum(self.model.counted(sku, store)) for sku in wanted}
        return all(quantity <= freed.get(sku, 0) + max(0, free[sku]) for sku, quantity in wanted.items())

    def _freed(self, item: ModelItem, plan: Plan) -> int:
        gone = plan.leaving.get(item.id, 0)
        shrinks = min(item.reserved + item.held, max(0, -plan.by.get(item.id, 0)))
        if not gone:
            return shrinks
        target = way_out(item)
        assert target is not None
        keeps = item.held > 0 and item.spec.reaches_reserved(target)
        return min(item.reserved + item.held, gone) - (gone if keeps else 0)

    def amend(
        self,
        plan: Plan,
        items: Sequence[ModelItem],
        parts: Mapping[int, int],
        came: Sequence[ModelItem],
        now: int,
    ) -> None:
        """Do what was planned. ``parts`` are ids of what leaves of items, ``came`` the items that were placed."""
        left = []
        for item in items:
            gone, by = plan.leaving.get(item.id, 0), plan.by.get(item.id, 0)
            if gone:
                left.append(self._leave(item, gone, parts, now))
            elif by or item.id in plan.stepping:
                self._stay(item, by, now)
        self.model.place(came, now, follow=False)
        for item in (*left, *came):
            self.model.follow(item, now)

    def _leave(self, item: ModelItem, gone: int, parts: Mapping[int, int], now: int) -> ModelItem:
        target = way_out(item)
        assert target is not None
        if gone < item.quantity:
            self.model._split(item, gone, parts[item.id], now)
            item = self.model.items[parts[item.id]]
        else:
            item.take_step(now)
        item.out = True
        self.model._enter(item, target, now)
        return item

    def _stay(self, item: ModelItem, by: int, now: int) -> None:
        item.take_step(now)
        if by:
            item.quantity += by
            item.truths = {**item.truths, "large": item.quantity > 1}
            item.count(hold=item.held > 0)


def amendable(item: ModelItem) -> bool:
    """Whether the item can be amended where it stands."""
    return item.state in item.spec.amendable and not out(item)


def out(item: ModelItem) -> bool:
    """Whether an amendment took the item out, and nothing brought it back."""
    return item.out and not item.spec.states[item.state]


def over(item: ModelItem) -> bool:
    """Whether nothing but a call leads on, nothing is reserved, and the item is not amended any more."""
    spec, state = item.spec, item.state
    by_itself = any(target != state for _, target, _, _ in spec.of(state, None)) or any(
        event.startswith(("on", "t")) for event in spec.events(state)
    )
    return not spec.reaches_reserved(state) and not by_itself and state not in spec.amendable


def way_out(item: ModelItem) -> str | None:
    """The state that takes what is amended out of the item."""
    state = item.spec.takes
    if state is None or item.spec.states[state] or state in item.spec.amendable or state == item.state:
        return None
    return state
