"""All that an amendment comes to: lines, further lines, store and fields, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.codes import Code
from engine.definition import did_you_mean
from engine.holds.wanted import Wanted
from engine.moving.busy import locked
from engine.moving.claims import repeated_events
from engine.moving.suspended import refusal, suspended_in_working_set
from engine.operations.amending.changes import Changes, Coming, Deciding
from engine.operations.amending.document import changed_fields, new_line
from engine.operations.amending.problems import Problems
from engine.operations.amending.standing import Standing, StandingOrder
from engine.operations.amending.stock import Place, Sums, wanted
from engine.operations.arrival import Arrival, arrival_of, still_in
from engine.operations.order_names import text_of
from engine.quantity import MAXIMUM, SCALE, format_quantity, parse_quantity
from engine.requests.amending import AmendmentRequest
from engine.results.amending import ChangedValue
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.names import Names, Products
from engine.versions.place import Version


@dataclass(slots=True)
class Decided:
    """What an amendment comes to.

    ``data`` is the order's JSON text after it, ``totals`` how much each changed line is, before and after.
    """

    changes: Changes
    place: Place
    fields: Mapping[str, ChangedValue]
    data: str
    arrivals: Mapping[int, Arrival]
    totals: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def all_items(self) -> bool:
        """Whether it concerns the order as a whole."""
        return self.place.moves or bool(self.fields)

    @property
    def anything(self) -> bool:
        """Whether anything changes."""
        changes = self.changes
        return bool(changes.leaving or changes.by or changes.coming) or self.all_items

    def wanted(self, order: StandingOrder, found: Sums) -> Wanted:
        """Return what the order wants of products of which more is asked for."""
        return wanted(order, found, self.place, found.needs)


def decide(
    runtime: Runtime,
    work: Work,
    names: Names,
    products: Products,
    order: StandingOrder,
    request: AmendmentRequest,
    problems: Problems,
) -> Decided:
    """Return what the amendment comes to; what cannot be is noted as a problem."""
    arrivals = _Arrivals(runtime, names, request.store or order.row.store)
    hold = runtime.rules.checkout.hold
    deciding = Deciding(order, arrivals, problems, hold=hold, now=work.now)
    changes = deciding.lines(request)
    _add_lines(changes, names, products, order, request, problems)
    for one in changes.coming:
        arrivals(one.version)
    place = _place(names, order, request, problems)
    document, fields = changed_fields(order.row.data, request, order.row.reference)
    decided = Decided(changes, place, fields, "", arrivals.found)
    _check_whole(order, decided, request, problems)
    _check_busy(runtime, work, order, decided, problems)
    _check_size(order, changes, problems)
    decided.totals = _totals(order, changes)
    _write_lines(document, decided, request, order)
    document["store"] = place.name
    decided.data = text_of(document, order.row.reference)
    return decided


class _Arrivals:
    """Where new items of each version come to."""

    def __init__(self, runtime: Runtime, names: Names, store: str) -> None:
        self._rules = runtime.rules
        self._names = names
        known = names.stores.get(store)
        self._halted = known is not None and known.id in names.suspended_stores
        self.found: dict[int, Arrival] = {}

    def __call__(self, version: Version) -> Arrival:
        if version.id not in self.found:
            hold, stock_update = self._rules.checkout.hold, self._rules.stock_update.event
            suspended = still_in(self._names, version, halted=self._halted)
            self.found[version.id] = arrival_of(
                version.process, hold=hold, stock_update=stock_update, suspended=suspended
            )
        return self.found[version.id]


def _add_lines(
    changes: Changes,
    names: Names,
    products: Products,
    order: StandingOrder,
    request: AmendmentRequest,
    problems: Problems,
) -> None:
    free = next((item for item in order.items if item.amendable), None)
    if request.add and free is None:
        problems.add(
            "add", Code.NOT_AMENDABLE, "no item of the order can be amended, so nothing can be added"
        )
    for number, line in enumerate(request.add):
        path, quantity = f"add[{number}]", parse_quantity(line.quantity)
        product = products.ids.get(line.sku)
        house = None if line.warehouse is None else names.warehouses.get(line.warehouse)
        if product is None:
            problems.add(f"{path}.sku", Code.UNKNOWN_SKU, f"there is no concrete product {line.sku!r}")
        elif product in products.withdrawn:
            problems.add(f"{path}.sku", Code.PRODUCT_WITHDRAWN, f"the product {line.sku!r} is withdrawn")
        elif (unit := products.units.get(product)) is not None and unit.finer(quantity):
            problems.add(f"{path}.quantity", Code.QUANTITY_TOO_FINE, unit.refusal(line.sku, quantity))
        if line.warehouse is not None and house is None:
            near = did_you_mean(line.warehouse, names.warehouses)
            told = f"there is no warehouse {line.warehouse!r}{near}"
            problems.add(f"{path}.warehouse", Code.UNKNOWN_WAREHOUSE, told)
        if product is not None and free is not None:
            changes.paths.setdefault(product, []).append(f"{path}.quantity")
            changes.coming.append(
                Coming(
                    *(free.place.version, order.last_line + number + 1, product, line.sku, house),
                    *(line.warehouse, line.reference, quantity, 0, path),
                )
            )


def _place(names: Names, order: StandingOrder, request: AmendmentRequest, problems: Problems) -> Place:
    """Return the store that the order is of from now on."""
    row = order.row
    stays = Place(int(row.store_id), row.store, moves=False)
    if request.store is None or request.store == row.store:
        return stays
    store = names.stores.get(request.store)
    if store is None:
        known = ", ".join(sorted(names.stores)) or "none"
        told = f"there is no store {request.store!r}; known: {known}"
        problems.add("store", Code.UNKNOWN_STORE, told)
        return stays
    if store.remote:
        problems.add("store", Code.UNKNOWN_STORE, f"the store {request.store!r} belongs to another database")
        return stays
    if not store.active:
        problems.add("store", Code.STORE_CLOSED, f"the store {request.store!r} is closed")
        return stays
    return Place(store.id, request.store, moves=True)


def _check_whole(
    order: StandingOrder, decided: Decided, request: AmendmentRequest, problems: Problems
) -> None:
    """See that the order can be amended as a whole, where it is: all of its items that are not over."""
    paths = ["store"] if decided.place.moves else []
    paths += [
        f"{what}.{name}"
        for what, named in (("set", request.set), ("merge", request.merge))
        for name in named
        if name in decided.fields
    ]
    kept = [item for item in order.live if not item.amendable]
    if not paths or (order.live and not kept):
        return
    where = ", ".join(f"item {item.id} is in {item.place.state.name!r}" for item in kept[:5])
    more = f" and {len(kept) - 5} more" if len(kept) > 5 else ""
    told = f"{where}{more}, where it cannot be amended" if kept else "all of its items are over"
    for path in paths:
        problems.add(path, Code.NOT_AMENDABLE, told)


def concerned(order: StandingOrder, decided: Decided) -> list[Standing]:
    """Return the items that are amended."""
    ids = decided.changes.leaving.keys() | decided.changes.by.keys()
    return [item for item in order.items if item.id in ids or (decided.all_items and not item.over)]


def _check_busy(
    runtime: Runtime, work: Work, order: StandingOrder, decided: Decided, problems: Problems
) -> None:
    """See that nobody has suspended the items or works on them, and that no call is to be repeated for them."""
    items = concerned(order, decided)
    ids = {item.id for item in items}
    for item, suspension in suspended_in_working_set(work).items():
        if item in ids or decided.changes.coming:
            refused = refusal(item, suspension)
            problems.add(
                "", refused.code, refused.message, "Amend the order once it is resumed ('earmark resume')."
            )
    if not ids:
        return
    busy = set()
    for row in work.all("moving_claimed", now=work.now, token=""):
        if row.item_id in ids:
            busy.add(row.item_id)
            taken = locked(row)
            problems.add("", taken.code, taken.message, "Try again once it is done.")
    events = sorted({event for item in items for event in repeated_events(runtime.plugins, item.place)})
    for row in work.all("moving_open_calls", events=events):
        if row.item_id in ids - busy:
            told = (
                f"item {row.item_id}: a call of the command of the event {row.event!r} was begun and has not "
                "ended well"
            )
            remedy = "Let it end ('earmark retry'), or take the item out of the state ('earmark force')."
            problems.add("", Code.COMMAND_OPEN, told, remedy)


def _check_size(order: StandingOrder, changes: Changes, problems: Problems) -> None:
    """See that the order has no more of a product than can be stored."""
    totals: dict[int, int] = {}
    for item in order.items:
        product = item.pair[0]
        totals[product] = totals.get(product, 0) + item.quantity + changes.by.get(item.id, 0)
    for one in changes.coming:
        totals[one.product] = totals.get(one.product, 0) + one.quantity
    for product, paths in changes.paths.items():
        if totals[product] > int(MAXIMUM * SCALE):
            told = (
                f"the order would have {format_quantity(totals[product])} of the product: at most {MAXIMUM}"
            )
            problems.add(paths[-1], Code.QUANTITY_INVALID, told)


def _totals(order: StandingOrder, changes: Changes) -> dict[int, tuple[int, int]]:
    """Return of each line that changes how much it is before and after."""
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    for line, items in order.lines.items():
        there = [item for item in items if not item.out]
        before[line] = sum(item.quantity for item in there)
        after[line] = sum(item.quantity - changes.out_of(item) + changes.by.get(item.id, 0) for item in there)
    for one in changes.coming:
        after[one.line] = after.get(one.line, 0) + one.quantity
    return {
        line: (before.get(line, 0), total) for line, total in after.items() if before.get(line, 0) != total
    }


def _write_lines(
    document: dict[str, object], decided: Decided, request: AmendmentRequest, order: StandingOrder
) -> None:
    """Write the lines as they are now: each at its place, one that was removed with a quantity of 0."""
    items = document["items"]
    lines = [*items] if isinstance(items, list) else []
    lines += [new_line(request, number) for number in range(len(request.add))]
    for line, (_, total) in decided.totals.items():
        lines[line - 1] = {**lines[line - 1], "quantity": format_quantity(total)}
    document["items"] = lines
