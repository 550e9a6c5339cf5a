"""Whether an amendment can be had: what is asked for beyond what the order has, and what options forbid of it.

Read once the availability rows are locked. Less of a product is never refused for what is available, more only as
far as the order does not give back as much of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import ClassVar, TypeVar

from engine.codes import Code
from engine.holds.left import Held, Left
from engine.holds.limits import forbidden
from engine.holds.wanted import Named, Pair, Wanted
from engine.inventory.counting import Amounts, Counting
from engine.operations.amending.changes import Changes
from engine.operations.amending.problems import Problems
from engine.operations.amending.standing import Standing, StandingOrder
from engine.requests import OrderRequest

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class _Amended(Wanted):
    """What an order asks for once it is amended."""

    kind: ClassVar[str] = "order"


class Place:
    """The store that an order is of once it is amended, and whether it is another one than before."""

    def __init__(self, id: int, name: str, *, moves: bool) -> None:
        self.id, self.name, self.moves = id, name, moves


@dataclass(slots=True)
class Sums:
    """What is asked for and what is there already, in millionths.

    ``needs`` and ``has`` are per (product, store), of products of which more is asked for; ``named`` and
    ``has_there`` the same of lines that name a warehouse. ``freed`` is what an order that comes to another store
    gives back.
    ``totals`` are what the order is of each product, ``before`` and after.
    """

    needs: dict[Pair, int] = field(default_factory=dict)
    has: dict[Pair, int] = field(default_factory=dict)
    named: dict[Named, int] = field(default_factory=dict)
    has_there: dict[tuple[int, int], int] = field(default_factory=dict)
    freed: dict[Pair, int] = field(default_factory=dict)
    totals: dict[int, int] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    skus: dict[int, str] = field(default_factory=dict)
    warehouses: dict[int, str] = field(default_factory=dict)


def sums(order: StandingOrder, changes: Changes, place: Place, now: int) -> Sums:
    """Return what the order asks for once it is amended."""
    found = Sums()
    more = set(changes.paths)
    for item in order.items:
        if not item.out:
            _add_item(found, item, changes, place, more, now)
    for one in changes.coming:
        found.skus[one.product] = one.sku
        _add(found.totals, one.product, one.quantity)
        _add(found.needs, (one.product, place.id), one.quantity)
        if one.warehouse is not None:
            found.warehouses[one.warehouse] = one.warehouse_name or ""
            _add(found.named, (one.product, place.id, one.warehouse), one.quantity)
    return found


def _add_item(found: Sums, item: Standing, changes: Changes, place: Place, more: set[int], now: int) -> None:
    product, store = item.pair
    out, by = changes.out_of(item), changes.by.get(item.id, 0)
    stays = item.quantity - out
    found.skus[product] = item.row.sku
    _add(found.before, product, item.quantity)
    _add(found.totals, product, stays + by)
    moves = place.moves and not item.over
    if not moves and (product not in more or store != place.id):
        return
    freed, freed_live = freed_by(item, changes, now)
    if moves:
        _add(found.freed, item.pair, sum(item.counted))
        if stays + by:
            _add(found.needs, (product, place.id), stays + by)
    else:
        _add(found.needs, item.pair, stays + by)
        _add(found.has, item.pair, stays + min(by, 0) + freed)
    warehouse = item.row.warehouse_id
    if warehouse is not None and stays + by:
        found.warehouses[warehouse] = item.row.warehouse
        _add(found.named, (product, place.id, warehouse), stays + by)
        _add(found.has_there, (product, warehouse), stays + min(by, 0) + freed_live)


def freed_by(item: Standing, changes: Changes, now: int) -> tuple[int, int]:
    """Return what an item counts less by what leaves of it and by what it shrinks: as stored, and as it is live."""
    freed = live = 0
    one = changes.leaving.get(item.id)
    if one is not None:
        counted = Amounts(*(min(amount, one.quantity) for amount in item.counted))
        after = Counting.in_state(item.place.version.process, one.target).after(one.quantity, counted.held)
        freed = sum(counted) - sum(after)
        live = min(item.live(now), one.quantity) - sum(after)
    shrinks = max(0, -changes.by.get(item.id, 0))
    return freed + min(sum(item.counted), shrinks), live + min(item.live(now), shrinks)


def _add(amounts: dict[_Key, int], key: _Key, more: int) -> None:
    amounts[key] = amounts.get(key, 0) + more


def wanted(order: StandingOrder, found: Sums, place: Place, needs: Mapping[Pair, int]) -> Wanted:
    """Return the order as something that wants so much in its store."""
    request = OrderRequest.model_construct(reference=order.row.reference, store=place.name, items=())
    return _Amended(
        position=0,
        request=request,
        store_id=place.id,
        lines=(),
        needs=needs,
        named=found.named,
        beside=(),
        skus=found.skus,
        warehouses=found.warehouses,
        share=Amounts(1, 0),
        fingerprint="",
    )


def check(
    left: Left, order: StandingOrder, changes: Changes, found: Sums, place: Place, problems: Problems
) -> Wanted | None:
    """Note what cannot be had; return what is wanted where it is short of something."""
    told = _Telling(changes, found, place, problems)
    asked = wanted(order, found, place, found.needs)
    misplaced = left.misplaced(asked)
    if misplaced is not None:
        problems.add(told.paths[0], misplaced.code, misplaced.message, misplaced.remedy)
        return None
    told.limits(left)
    left.give_back(Held(found.freed, {}), place.id)
    short = left.not_available(asked, Held(found.has, found.has_there, live=True))
    if short is None:
        return None
    for line in short.parameters["short"]:
        what = f"{line['sku']} in {line['warehouse']}" if "warehouse" in line else line["sku"]
        there = f"only {line['available']} available" if line["available"] != "0" else "sold out"
        told.add(line["sku"], Code.NOT_AVAILABLE, f"{what}: {there}, {line['asked']} asked", short.remedy)
    problems.parameters |= short.parameters
    return asked


class _Telling:
    """Tells of products at the places that ask for more of them."""

    def __init__(self, changes: Changes, found: Sums, place: Place, problems: Problems) -> None:
        self._changes, self._found, self._place, self._problems = changes, found, place, problems
        self._ids = {sku: product for product, sku in found.skus.items()}
        self.paths = ["store"] if place.moves else [*chain(*changes.paths.values())] or ["lines"]

    def add(self, sku: str, code: str, message: str, remedy: str) -> None:
        """Note it where more of the product is asked for."""
        product = self._ids[sku]
        asks = self._changes.paths.get(product) or self._changes.less.get(product) or self.paths[:1]
        for path in asks:
            self._problems.add(path, code, message, remedy)

    def limits(self, left: Left) -> None:
        """Note what options forbid: of more all of it, of less what would be too little."""
        for product, total in self._found.totals.items():
            values = left.values((product, self._place.id))
            if values is None or (total == self._found.before.get(product, 0) and not self._place.moves):
                continue
            why = forbidden(values, total) if total else None
            rises = total > self._found.before.get(product, 0) or self._place.moves
            if why is not None and (rises or why.code == Code.BELOW_MINIMUM):
                sku = self._found.skus[product]
                remedy = "'earmark rules explain SKU --store S' shows which option of which level says so."
                self.add(sku, why.code, f"{sku}: {why.message}", remedy)
