"""Whether lines can be sold in a store: the look of a product page, of a cart and of a checkout, in one answer.

It reserves nothing: whoever places the order, or holds the cart, is told again and for good. Lines of one sku add
up, with what lies in the cart already. A line that names a warehouse must be there as well. What cannot be told of
one line does not matter to the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from engine.clock import system_clock
from engine.codes import Code
from engine.errors import InputError, UnknownStore
from engine.holds import ending
from engine.holds.limits import forbidden
from engine.quantity import MAXIMUM, SCALE, Unit, format_quantity, parse_quantity, to_decimal
from engine.reading.labels import UNKNOWN, Labels, labels_of, shown_of
from engine.requests import SaleLine, mentioned
from engine.results import SaleLineView, SaleView
from engine.runtime import Runtime
from engine.storage.database import Reader
from engine.storage.glance import glance
from engine.versions.names import Names
from rules.options.effects import Selling, terms_of
from rules.options.values import DEFAULTS, OptionValues

Asked = SaleLine | Mapping[str, Any]
"""A line as it is asked for: validated, or as JSON has it."""

_Place = tuple[str, str]
"""(sku, warehouse)"""

_PLAIN = {"sku", "quantity"}
_NAME = re.compile(r"[\w.-]{1,255}")
"""A sku without anything that would have to be looked at."""


@dataclass(slots=True)
class _Line:
    """A line: ``quantity`` in millionths, None where it is none and ``wrong`` says why."""

    sku: str
    quantity: int | None
    warehouse: str | None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class _Goods:
    """What can be had of a product: in millionths, and whether it never runs out. ``level`` is what is left."""

    available: int
    endless: bool
    level: int = 0
    values: OptionValues = DEFAULTS
    shown: Labels | None = None
    counted: bool = True

    @property
    def any(self) -> bool:
        """Whether there is any."""
        return self.endless or self.available > 0

    def with_more(self, quantity: int) -> _Goods:
        """Return the goods with so much more of them."""
        return replace(self, available=self.available + quantity, level=self.level + quantity)

    @property
    def labels(self) -> Labels:
        """What a storefront shows of it."""
        return self.shown or _BARE[self.any]

    def beyond(self) -> tuple[int, bool]:
        """Return how much more than lies in a warehouse can be had of it, and whether that is without limit."""
        terms = terms_of(self.values)
        return max(0, -int(terms.kept)), terms.selling in (Selling.BEYOND_LEVEL, Selling.WITHOUT_LEVEL)

    def later(self, quantity: int) -> int:
        """Return how much of so much is to be delivered later."""
        terms = terms_of(self.values)
        backorders = terms.selling is Selling.BEYOND_LEVEL or terms.kept < 0
        return max(0, quantity - max(self.level, 0)) if backorders else 0


_NOTHING = _Goods(0, False)

_BARE = {
    some: UNKNOWN._replace(status=status, label=status)
    for some, status in ((True, "in_stock"), (False, "out_of_stock"))
}
"""What is shown of products without options, by whether there is any."""


def can_sell(
    runtime: Runtime,
    lines: Sequence[Asked],
    store: str,
    *,
    in_cart: Sequence[Asked] = (),
    hold: str | None = None,
) -> SaleView:
    """Return whether the lines can be sold in the store, all together and each by itself, in the order asked.

    ``in_cart`` is what the buyer's cart has already, which counts and is not answered. ``hold`` is the reference of
    the hold that the cart has: its pieces are the asker's own, unless its time is over. Raises UnknownStore,
    InputError for what is no line, and of the hold what placing raises: UnknownCartHold, CartHoldConflict when it
    is of another store, CartHoldEnded when it has become an order.
    """
    store, asked = mentioned(store), _read(lines, "lines")
    counted = [*asked, *_read(in_cart, "in_cart")]
    places = sorted({(line.sku, line.warehouse) for line in counted if line.warehouse is not None})
    names = _names(runtime, store, [house for _, house in places])
    found = _look(runtime, names, store, counted, places, mentioned(hold))
    if any(map(found.too_fine, counted)):
        # The unit may be another one by now, of which only placing and holding are told by themselves.
        latest = runtime.names.latest(runtime.database, runtime.catalogue)
        if latest is not names:
            found = _look(runtime, latest, store, counted, places, mentioned(hold))
    for line in counted:
        line.sku = found.renamed.get(line.sku, line.sku)
    judge = _Judge(counted, found)
    told = tuple(map(judge.view, asked))
    return SaleView(store, all(line.ok for line in told), told)


def _look(
    runtime: Runtime,
    names: Names,
    store: str,
    lines: Sequence[_Line],
    places: Sequence[_Place],
    hold: str | None,
) -> _Look:
    found = _Look(runtime, names, store)
    found.at(sorted({line.sku for line in lines}), places, hold)
    return found


def _read(lines: Sequence[Asked], name: str) -> list[_Line]:
    if isinstance(lines, str | Mapping):
        raise InputError(f"{name} is no list of lines", remedy='A line is {"sku": "tea-1", "quantity": 2}.')
    return [_line(line, number, name) for number, line in enumerate(lines)]


def _line(line: Asked, number: int, name: str) -> _Line:
    if isinstance(line, SaleLine):
        return _Line(line.sku, parse_quantity(line.quantity), line.warehouse)
    if type(line) is dict and line.keys() == _PLAIN:
        # What nearly all lines are: looking at them in full costs more than asking the database for them.
        sku, quantity = line["sku"], line["quantity"]
        if type(sku) is str and type(quantity) is int and 0 <= quantity <= MAXIMUM and _NAME.fullmatch(sku):
            return _Line(sku, quantity * SCALE, None)
    try:
        read = SaleLine.model_validate(line)
    except ValidationError as error:
        return _odd(line, error, f"{name}[{number}]")
    return _Line(read.sku, parse_quantity(read.quantity), read.warehouse)


def _odd(line: Any, error: ValidationError, place: str) -> _Line:
    """Return a line whose quantity is none, which is its own trouble. Raises InputError for any other trouble."""
    problems = error.errors(include_url=False)
    for problem in problems:
        if problem["loc"] != ("quantity",):
            where = ".".join((place, *map(str, problem["loc"])))
            message = problem["msg"].removeprefix("Value error, ")
            raise InputError(
                f"{where}: {message[:1].lower()}{message[1:]}",
                remedy='A line is {"sku": "tea-1", "quantity": 2}; it may have a "warehouse".',
            )
    rest = SaleLine.model_validate({**line, "quantity": 0})
    return _Line(rest.sku, None, rest.warehouse, problems[0]["msg"].removeprefix("Value error, "))


def _names(runtime: Runtime, store: str, houses: Iterable[str]) -> Names:
    """Return names that know the store and the warehouses, or the ones of this moment."""
    names = runtime.names.kept(runtime.database, runtime.catalogue)
    if (
        store in names.stores
        and names.stores[store].active
        and all(house in names.warehouses for house in houses)
    ):
        return names
    return runtime.names.latest(runtime.database, runtime.catalogue)


def _store_id(names: Names, store: str) -> int:
    known = names.stores.get(store)
    if known is None:
        listed = ", ".join(sorted(names.stores)) or "none"
        raise UnknownStore(f"there is no store {store!r}; known: {listed}")
    if known.remote:
        raise UnknownStore(f"the store {store!r} belongs to another database: ask there")
    return known.id


class _Look:
    """Asks the database what can be had: one statement, unless there is more to ask than of concrete products."""

    def __init__(self, runtime: Runtime, names: Names, store: str) -> None:
        self._runtime, self._names = runtime, names
        self._shop, self._store = store, _store_id(names, store)
        self.goods: dict[str, _Goods] = {}
        self.abstract: set[str] = set()
        self.places: dict[_Place, _Goods | Code] = {}
        self._ids: dict[str, int] = {}
        self._units: Mapping[int, Unit] = {}
        self._skus: dict[int, str] = {}
        self._withdrawn: Collection[int] = ()
        self.renamed: Mapping[str, str] = {}
        self.closed = not names.stores[store].active

    def at(self, skus: Sequence[str], places: Sequence[_Place], hold: str | None) -> None:
        """Look at the skus, at those that are to come from a warehouse, and at what a hold has."""
        if not skus and hold is None:
            return
        database = self._runtime.database
        products = self._names.products.named(database, skus)
        self._ids, self._units, self.renamed, self._withdrawn = products
        if self.renamed:
            self._ids = {self.renamed.get(sku, sku): product for sku, product in self._ids.items()}
            skus = sorted({self.renamed.get(sku, sku) for sku in skus})
            places = sorted({(self.renamed.get(sku, sku), house) for sku, house in places})
        self._skus = {product: sku for sku, product in self._ids.items()}
        if not places and hold is None and self._ids:
            with glance(database) as reader:
                self._concretes(reader, database.given_time())
            if len(self._ids) == len(skus):
                return
        now = database.clock()
        with database.read() as reader:
            self._concretes(reader, now)
            self._abstracts(reader, [sku for sku in skus if sku not in self.goods], now)
            self._in_warehouses(reader, places, now)
            if hold is not None:
                self._own(reader, hold, now)

    def too_fine(self, line: _Line) -> str | None:
        """Return why the quantity of a line is too fine for the unit of its product; None when it is not."""
        unit = self._units.get(self._ids.get(line.sku, 0)) if self._units else None
        if unit is None or line.quantity is None or not unit.finer(line.quantity):
            return None
        return unit.refusal(line.sku, line.quantity)

    def not_offered(self, sku: str, goods: _Goods) -> tuple[Code, str] | None:
        """Return why nothing of a product is offered any more; None where it is."""
        if self.closed:
            return Code.STORE_CLOSED, "the store is closed"
        if not goods.any and self._withdrawn and self._ids.get(sku, 0) in self._withdrawn:
            return Code.PRODUCT_WITHDRAWN, "withdrawn: it can be ordered no more"
        return None

    def _concretes(self, reader: Reader, now: int | None) -> None:
        skus = self._skus
        rows = reader.tuples("sell_concretes", products=list(skus), store=self._store, now=now)
        sets = self._runtime.options.of(reader, [row[3] for row in rows])
        for product, available, endless, option_set, level in rows:
            goods = _Goods(int(available), bool(endless), int(level))
            self.goods[skus[product]] = (
                goods if option_set is None else _with_options(goods, sets[option_set], now or system_clock())
            )
        self._never_counted(reader)

    def _never_counted(self, reader: Reader) -> None:
        """Ask of what there is nothing of whether there has ever been any."""
        pairs = [[self._ids[sku], self._store] for sku, goods in self.goods.items() if not goods.any]
        if pairs:
            for row in reader.all("never_counted", pairs=pairs):
                sku = self._skus[row.product]
                self.goods[sku] = replace(self.goods[sku], counted=False)

    def _abstracts(self, reader: Reader, skus: Sequence[str], now: int) -> None:
        if skus:
            for row in reader.all("sell_abstracts", skus=skus, store=self._store, now=now):
                self.goods[row.sku] = _Goods(int(row.available), bool(row.never_out_of_stock))
                self.abstract.add(row.sku)

    def _in_warehouses(self, reader: Reader, places: Sequence[_Place], now: int) -> None:
        houses = self._names.warehouses
        self.places.update({place: Code.UNKNOWN_WAREHOUSE for place in places if place[1] not in houses})
        asked = {
            (self._ids[sku], houses[house]): (sku, house)
            for sku, house in places
            if sku in self._ids and house in houses
        }
        if asked:
            named = [[product, self._store, house] for product, house in asked]
            for row in reader.all("placement_warehouses", named=named, now=now):
                beyond, endless = self.goods[self._skus[row.product_id]].beyond()
                there = _Goods(max(int(row.free) + beyond, 0), endless or bool(row.never_out_of_stock))
                serves = row.active and row.serves
                place = asked[row.product_id, row.warehouse_id]
                self.places[place] = there if serves else Code.WAREHOUSE_NOT_FOR_STORE

    def _own(self, reader: Reader, hold: str, now: int) -> None:
        """Add what the asker holds already, which nobody else can have."""
        rows = reader.all("sell_own", hold=hold, now=now)
        if not rows:
            raise ending.unknown(hold)
        if rows[0].store_id != self._store:
            remedy = "Ask in the store that holds the cart."
            raise ending.elsewhere(hold, self._shop, "what is asked", remedy)
        if rows[0].order_reference is not None:
            raise ending.placed(hold, rows[0].order_reference)
        names = {house: name for name, house in self._names.warehouses.items()}
        for row in rows:
            if row.sku in self.goods:
                self.goods[row.sku] = self.goods[row.sku].with_more(int(row.held))
            place = (row.sku, names.get(row.warehouse_id, ""))
            there = self.places.get(place)
            if isinstance(there, _Goods):
                self.places[place] = there.with_more(int(row.held))


def _with_options(goods: _Goods, values: OptionValues, now: int) -> _Goods:
    labels = labels_of([shown_of(values, goods.level, now, goods.endless)])
    return replace(goods, values=values, shown=labels)


class _Judge:
    """Tells of each line whether it can be sold beside all others."""

    def __init__(self, lines: Iterable[_Line], found: _Look) -> None:
        self._found = found
        self._sums: defaultdict[str, int] = defaultdict(int)
        self._in_places: defaultdict[_Place, int] = defaultdict(int)
        for line in lines:
            self._sums[line.sku] += line.quantity or 0
            if line.warehouse is not None:
                self._in_places[line.sku, line.warehouse] += line.quantity or 0

    def view(self, line: _Line) -> SaleLineView:
        """Return the answer to a line."""
        goods = self._found.goods.get(line.sku)
        place = None if line.warehouse is None else self._found.places.get((line.sku, line.warehouse))
        ended = None if goods is None else self._found.not_offered(line.sku, goods)
        code, message = ended or self._trouble(line, goods, place)
        shown = place if isinstance(place, _Goods) else goods or _NOTHING
        return SaleLineView(
            sku=line.sku,
            asked=None if line.quantity is None else to_decimal(line.quantity),
            in_all=to_decimal(self._sums[line.sku]),
            available=to_decimal(shown.available),
            never_out_of_stock=shown.endless,
            ok=code is None,
            code=code,
            message=message,
            warehouse=line.warehouse,
            abstract=line.sku in self._found.abstract,
            backordered=to_decimal((goods or _NOTHING).later(self._sums[line.sku])),
            never_counted=goods is not None and not goods.counted,
            **(UNKNOWN if goods is None else goods.labels)._asdict(),
        )

    def _trouble(
        self, line: _Line, goods: _Goods | None, place: _Goods | Code | None
    ) -> tuple[Code | None, str | None]:
        if goods is None:
            return Code.UNKNOWN_SKU, f"there is no product {line.sku!r}"
        if isinstance(place, Code):
            return place, f"{line.warehouse!r}: {place.meaning[:1].lower()}{place.meaning[1:].rstrip('.')}"
        if line.quantity is None:
            return Code.BAD_QUANTITY, line.wrong
        if line.quantity and line.sku in self._found.abstract:
            return Code.NOT_CONCRETE, "choose one of its concrete products"
        if (fine := self._found.too_fine(line)) is not None:
            return Code.QUANTITY_TOO_FINE, fine
        short = forbidden(goods.values, self._sums[line.sku]) or _short(goods, self._sums[line.sku], "")
        if short is None and place is not None and line.warehouse is not None:
            short = _short(place, self._in_places[line.sku, line.warehouse], f" in {line.warehouse}")
        return short or (None, None)


def _short(goods: _Goods, asked: int, where: str) -> tuple[Code, str] | None:
    """Return what lacks of goods of which so much is asked for in all; of nothing, whether there is any."""
    if goods.endless or goods.available >= max(asked, 1):
        return None
    if goods.available == 0:
        if not goods.counted:
            return Code.SOLD_OUT, f"sold out{where}: no active warehouse of the store has ever counted it"
        return Code.SOLD_OUT, f"sold out{where}"
    left, wanted = format_quantity(goods.available), format_quantity(asked)
    return Code.NOT_ENOUGH, f"only {left} left{where}, {wanted} asked"
