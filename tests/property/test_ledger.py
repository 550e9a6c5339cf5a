"""The ledger against a small model: whatever happens in whatever order, every stored number is the recomputed
one; and reconciling finds nothing where nothing is damaged, and every damage where something is.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.inventory.reconcile import reconcile
from engine.quantity import to_decimal
from tests.helpers.memory import memory
from tests.helpers.shop import Shop

STORES = ("A", "B", "C")
WAREHOUSES = ("W1", "W2")
SKUS = ("1_1", "1_2", "2_1")
UNIT = 1_000_000

amounts = st.integers(0, 4).map(lambda n: n * UNIT) | st.integers(0, 3 * UNIT)
deltas = st.tuples(st.sampled_from(STORES), st.sampled_from(SKUS), amounts, amounts)
there = st.tuples(
    st.sampled_from(STORES), st.sampled_from(SKUS), st.sampled_from(WAREHOUSES), amounts, amounts
)
counts = st.tuples(st.sampled_from(SKUS), st.sampled_from(WAREHOUSES), amounts, st.booleans())
topologies = st.fixed_dictionaries(
    {
        "links": st.sets(st.tuples(st.sampled_from(STORES), st.sampled_from(WAREHOUSES))),
        "sharing": st.sets(st.sampled_from(list(itertools.combinations(STORES, 2)))),
        "active": st.sets(st.sampled_from(WAREHOUSES)),
    }
)
steps = st.one_of(
    st.tuples(st.just("post"), st.lists(deltas, min_size=1, max_size=4, unique_by=lambda d: d[:2])),
    st.tuples(st.just("there"), st.lists(there, min_size=1, max_size=4, unique_by=lambda d: d[:3])),
    st.tuples(st.just("count"), st.lists(counts, min_size=1, max_size=4, unique_by=lambda c: c[:2])),
    st.tuples(st.just("topology"), topologies),
)


class Model:
    """What the numbers should be: plain sums over plain dictionaries.

    ``reserved`` and ``held`` are without a warehouse, ``there`` is both of what is to come from a certain one.
    """

    def __init__(self) -> None:
        self.reserved = dict.fromkeys(itertools.product(STORES, SKUS), 0)
        self.held = dict.fromkeys(itertools.product(STORES, SKUS), 0)
        self.there: dict[tuple[str, str, str], tuple[int, int]] = {}
        self.stock: dict[tuple[str, str], tuple[int, bool]] = {}
        self.topology: dict[str, set] = {"links": set(), "sharing": set(), "active": set()}

    def row(self, store: str, sku: str) -> tuple[int, int, int, int, int]:
        near = {store} | {other for two in self.topology["sharing"] if store in two for other in two}
        counting = [
            found
            for warehouse in self.topology["active"]
            if (store, warehouse) in self.topology["links"]
            and (found := self.stock.get((sku, warehouse))) is not None
        ]
        stock, never = sum(q for q, _ in counting), any(flag for _, flag in counting)
        reserved = sum(self.reserved[other, sku] for other in near)
        held = sum(self.held[other, sku] for other in near)
        promised = dict.fromkeys(WAREHOUSES, 0)
        named = [0, 0]
        for (other, of, house), amounts in self.there.items():
            if other in near and of == sku:
                promised[house] += sum(amounts)
                named = [named[0] + amounts[0], named[1] + amounts[1]]
        shelves = {
            house: self.stock.get((sku, house), (0, False))[0]
            for house in self.topology["active"]
            if (store, house) in self.topology["links"]
        }
        left = sum(max(0, quantity - promised[house]) for house, quantity in shelves.items())
        available = max(0, left - reserved - held)
        return stock, reserved + named[0], held + named[1], available, int(never)

    def shortfall(self, store: str, sku: str) -> int | None:
        """What a store promises and nobody can bring; None where it shares, or a product never runs out."""
        stock, reserved, held, available, never = self.row(store, sku)
        if never or any(store in two for two in self.topology["sharing"]):
            return None
        # What can be sold was promised to nobody. All the rest is there for those to whom it was.
        return reserved + held - (stock - available)

    def rows(self) -> dict[tuple[str, str], tuple[int, int, int, int, int]]:
        return {(store, sku): self.row(store, sku) for store in STORES for sku in SKUS}

    def abstracts(self) -> dict[tuple[str, str], tuple[bool, int]]:
        found: dict[tuple[str, str], tuple[bool, int]] = {}
        for (store, sku), row in self.rows().items():
            key = (store, sku.partition("_")[0])
            available, never = found.get(key, (False, 0))
            found[key] = (available or row[3] > 0 or row[4] == 1, max(never, row[4]))
        return found

    def sellable(self) -> dict[tuple[str, str], bool]:
        return {pair: row[3] > 0 or row[4] == 1 for pair, row in self.rows().items()}


@contextmanager
def empty_shelves() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        shop = Shop(Path(folder))
        shop.topology(
            warehouses=[{"name": name} for name in WAREHOUSES],
            stores=[{"name": name} for name in STORES],
            products=[
                {"sku": "1", "concretes": [{"sku": "1_1"}, {"sku": "1_2"}]},
                {"sku": "2", "concretes": [{"sku": "2_1"}]},
            ],
        )
        try:
            yield shop
        finally:
            shop.close()


def units(millionths: int) -> str:
    return f"{millionths // UNIT}.{millionths % UNIT:06d}"


def do(shop: Shop, model: Model, kind: str, what) -> None:
    if kind == "post":
        changes = []
        for store, sku, reserved, held in what:  # new amounts: the delta is new minus stored
            more = reserved - model.reserved[store, sku], held - model.held[store, sku]
            model.reserved[store, sku], model.held[store, sku] = reserved, held
            signed = [f"{'-' if n < 0 else ''}{units(abs(n))}" for n in more]
            changes.append((store, sku, *signed))
        shop.post(*changes)
    elif kind == "there":
        changes = []
        for store, sku, house, *amounts in what:
            before = model.there.get((store, sku, house), (0, 0))
            model.there[store, sku, house] = (amounts[0], amounts[1])
            more = [new - old for new, old in zip(amounts, before, strict=True)]
            changes.append((store, sku, *(f"{'-' if n < 0 else ''}{units(abs(n))}" for n in more), house))
        shop.post(*changes)
    elif kind == "count":
        model.stock.update({(sku, house): (quantity, never) for sku, house, quantity, never in what})
        shop.count(
            *(f"{sku},{house},{units(q)},{int(never)}" for sku, house, q, never in what), as_of=1, force=True
        )
    else:
        model.topology = what
        shop.topology(
            warehouses=[{"name": name, "active": name in what["active"]} for name in WAREHOUSES],
            stores=[
                {
                    "name": store,
                    "warehouses": sorted(house for owner, house in what["links"] if owner == store),
                    "shares_reservations_with": sorted(
                        other for two in what["sharing"] if store in two for other in two if other != store
                    ),
                }
                for store in STORES
            ],
        )


def stored_rows(shop: Shop) -> dict:
    rows = shop.query(
        "SELECT s.name, p.sku, a.stock, a.reserved, a.held, a.available, a.never_out_of_stock FROM availability a"
        " JOIN store s ON s.id = a.store_id JOIN product p ON p.id = a.product_id"
    )
    return {(store, sku): tuple(numbers) for store, sku, *numbers in rows}


def stored_abstracts(shop: Shop) -> dict:
    rows = shop.query(
        "SELECT s.name, g.sku, b.available, b.never_out_of_stock FROM abstract_availability b"
        " JOIN store s ON s.id = b.store_id JOIN abstract_product g ON g.id = b.abstract_id"
    )
    return {(store, sku): (available > 0 or never == 1, never) for store, sku, available, never in rows}


def assert_shortfalls(shop: Shop, model: Model) -> None:
    for store in STORES:
        for sku in SKUS:
            expected = model.shortfall(store, sku)
            if expected is not None:
                assert shop.view(sku, store).shortfall == to_decimal(expected)


relaxed = settings(max_examples=80, suppress_health_check=list(HealthCheck))


@relaxed
@given(script=st.lists(steps, min_size=1, max_size=8))
def test_every_number_is_the_recomputed_one_and_every_change_of_status_is_told(script):
    model = Model()
    with empty_shelves() as shop:
        for kind, what in script:
            before = model.sellable()
            do(shop, model, kind, what)
            assert stored_rows(shop) == model.rows()
            assert stored_abstracts(shop) == model.abstracts()
            assert_shortfalls(shop, model)
            after = model.sellable()
            changed = {
                (store, sku.partition("_")[0])
                for store, sku in after
                if after[store, sku] != before[store, sku]
            }
            told = [
                (event["Store"]["name"], event["abstract_sku"]) for event in shop.messages("availability")
            ]
            assert sorted(told) == sorted(changed)
            shop.forget_messages()


DAMAGES = [
    f"UPDATE {table} SET {column} = {column} + 1 WHERE rowid_of"
    for table, column in [
        ("reservation", "reserved"),
        ("reservation", "held"),
        ("availability", "stock"),
        ("availability", "reserved"),
        ("availability", "held"),
        ("availability", "available"),
        ("availability", "spared"),
        ("availability", "lacking"),
    ]
]


@relaxed
@given(
    script=st.lists(steps, max_size=5),
    damage=st.sampled_from(DAMAGES),
    store=st.sampled_from(STORES),
    sku=st.sampled_from(SKUS),
)
def test_reconciling_finds_each_damage_and_nothing_else(script, damage, store, sku):
    model = Model()
    with empty_shelves() as shop:
        for kind, what in script:
            if kind not in ("post", "there"):  # reservations without items are drift by themselves
                do(shop, model, kind, what)
        assert reconcile(shop.runtime, dry_run=True).drift == []
        row = (
            "product_id = (SELECT id FROM product WHERE sku = :sku)"
            " AND store_id = (SELECT id FROM store WHERE name = :store)"
        )
        shop.sql(damage.replace("rowid_of", row), sku=sku, store=store)
        found = reconcile(shop.runtime, dry_run=False)
        assert (store, sku) in {(row.store, row.sku) for row in found.drift}
        assert reconcile(shop.runtime, dry_run=True).drift == []
        assert stored_rows(shop) == model.rows()
        assert stored_abstracts(shop) == model.abstracts()
