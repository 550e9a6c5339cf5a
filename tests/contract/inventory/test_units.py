"""Units of products: which quantities are refused, where, and what stands in the way of fewer decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.codes import Code
from engine.errors import InputError, QuantityTooFine, UnitTooCoarse
from engine.inventory.stock.places import KnownNames
from engine.requests import StockCorrection
from engine.topology.file import read_topology
from tests.helpers.shop import SHARED, order

PIECE, KG = {"name": "piece", "decimals": 0}, {"name": "kg", "decimals": 3}
SALE = "states new paid* shipped* sent\nnew -> paid : pay\npaid -> shipped : ship\nshipped -> sent : stock-update"
UNITS = {
    **SHARED,
    "units": [PIECE, KG],
    "default_unit": "piece",
    "products": [
        {"sku": "tea", "unit": "kg", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2", "unit": "piece"}]},
        {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
    ],
}


@pytest.fixture
def shop(make_shop):
    """tea-1 is sold by the kilogram, tea-2 and mug-1 by the piece."""
    world = make_shop().stocked(UNITS, tea_1="5.125", tea_2=3, mug_1=7)
    world.deploy(SALE)
    return world


@pytest.fixture
def old(make_shop):
    """A shop without units, as all were before."""
    world = make_shop().stocked(tea_1="5.5", tea_2=3)
    world.deploy(SALE)
    return world


def units(shop):
    return {row.sku: (row.unit, row.decimals) for row in shop.engine.stock_list().stock}


def correction(sku, by, **more):
    return StockCorrection(sku=sku, warehouse="North", by=by, reason="found", **more)


def too_coarse(shop, **parts):
    with pytest.raises(UnitTooCoarse) as caught:
        shop.topology(**parts)
    return list(caught.value.lines[1:])


class TestWithoutUnits:
    def test_quantities_have_six_decimals_as_before(self, old):
        assert units(old) == {"tea-1": (None, 6), "tea-2": (None, 6)}
        old.place("tea-1 0.000001", "tea-2 1.5")
        topology = old.engine.topology()
        assert (topology.units, topology.default_unit) == ((), None)

    def test_units_that_no_product_has_change_nothing(self, old):
        assert old.topology(units=[PIECE, KG]).changed == 2
        old.place("tea-2 1.5")


class TestRefused:
    def test_an_order_is_refused_with_each_of_its_lines_that_is_too_fine(self, shop):
        with pytest.raises(QuantityTooFine) as caught:
            shop.place("tea-1 0.125", "tea-2 1.5", "mug-1 0.1")
        assert caught.value.code == "quantity_too_fine"
        assert caught.value.message == (
            "'tea-2' is counted in 'piece', which has no decimals: 1.5 is too fine; "
            "'mug-1' is counted in 'piece', which has no decimals: 0.1 is too fine"
        )
        with pytest.raises(QuantityTooFine, match=r"'kg', which has 3 decimals: 0\.0005 is too fine"):
            shop.place("tea-1 0.0005")
        shop.place("tea-1 0.125", "tea-2 1", "mug-1 2.000")

    def test_many_orders_are_refused_one_by_one(self, shop):
        wanted = [order("a", "mug-1 1"), order("b", "mug-1 1.5"), order("c", "mug-1 1")]
        report = shop.engine.place_many(enumerate(wanted, start=1))
        assert (report.placed, [(one.line, one.code) for one in report.refused]) == (
            2,
            [(2, "quantity_too_fine")],
        )

    def test_a_cart(self, shop):
        with pytest.raises(QuantityTooFine):
            shop.hold("cart-1", "mug-1 0.5")
        shop.hold("cart-1", "tea-1 0.5")

    def test_a_line_that_is_asked_for_whether_it_can_be_sold(self, shop):
        lines = [{"sku": "mug-1", "quantity": "0.5"}, {"sku": "tea-1", "quantity": "0.5"}]
        fine, good = shop.engine.can_sell(lines, "DE").lines
        assert (fine.ok, fine.code, good.ok) == (False, Code.QUANTITY_TOO_FINE, True)
        assert fine.message == "'mug-1' is counted in 'piece', which has no decimals: 0.5 is too fine"
        other = shop.another()
        other.topology()
        assert not other.can_sell(lines, "DE").ok
        shop.topology(units=[{"name": "piece", "decimals": 1}])
        assert other.can_sell(lines, "DE").ok

    def test_a_row_of_a_stock_file(self, shop):
        path = shop.stock_file("tea-1,North,2.5,0,0", "tea-2,North,2.5,0,0", "mug-1,North,4,0,0")
        report = shop.engine.import_stock(path, as_of=shop.database.clock())
        [refused] = report.refused
        assert (report.imported, refused.line, refused.code) == (2, 3, Code.QUANTITY_TOO_FINE)
        assert refused.message == "'tea-2' is counted in 'piece', which has no decimals: 2.5 is too fine"
        assert shop.available("tea-2") == 3

    def test_corrections_all_of_them_or_none(self, shop):
        with pytest.raises(QuantityTooFine, match=r"-0\.5 is too fine; nothing was corrected"):
            shop.engine.correct_stock([correction("tea-1", "-0.125"), correction("mug-1", "-0.5")])
        with pytest.raises(QuantityTooFine, match="2 corrections would be too fine"):
            shop.engine.correct_stock([correction("tea-2", "1.25"), correction("mug-1", "-0.5")])
        assert (shop.available("tea-1"), shop.available("mug-1")) == (5.125, 7)

    def test_an_order_that_is_stored_is_found_again_whatever_its_unit_is_now(self, old):
        (item,) = old.place("tea-1 0.5", reference="before")
        old.trigger("pay", item)
        old.trigger("ship", item)
        old.restock("tea-1,North,5")
        old.topology(units=[PIECE], default_unit="piece")
        old.place("tea-1 0.5", reference="before")
        with pytest.raises(QuantityTooFine):
            old.place("tea-1 0.5", reference="after")


class TestChanged:
    def test_a_change_is_obeyed_by_whoever_knew_the_product_before(self, old):
        other = old.another()
        (item,) = (one.id for one in other.place(order("first", "tea-2 0.5")).items)
        old.engine.correct_stock([correction("tea-1", "-0.5")])
        for event in ("pay", "ship"):
            old.trigger(event, item)
        old.restock("tea-2,North,3")
        old.topology(units=[PIECE], default_unit="piece")
        with pytest.raises(QuantityTooFine):
            other.place(order("second", "tea-2 0.5"))
        old.topology(default_unit=None)
        other.place(order("third", "tea-2 0.5"))
        other.close()

    def test_what_is_finer_than_a_new_unit_is_told_and_nothing_is_changed(self, old):
        old.place("tea-2 0.25", reference="R-1")
        old.hold("C-1", "tea-2 0.5")
        assert too_coarse(old, units=[PIECE], default_unit="piece") == [
            "  the cart hold 'C-1': 'tea-2' is counted in 'piece', which has no decimals: 0.5 is too fine",
            "  an item of the order 'R-1': 'tea-2' is counted in 'piece', which has no decimals: 0.25 is too fine",
            "  stock in 'North': 'tea-1' is counted in 'piece', which has no decimals: 5.5 is too fine",
        ]
        assert old.engine.topology().units == ()
        old.place("tea-2 0.5")

    def test_fewer_decimals_of_a_unit_and_another_unit_of_a_product(self, shop):
        kg_of_2 = [{"name": "kg", "decimals": 2}]
        assert too_coarse(shop, units=kg_of_2) == [
            "  stock in 'North': 'tea-1' is counted in 'kg', which has 2 decimals: 5.125 is too fine"
        ]
        pieces = [{"sku": "tea", "unit": "piece", "concretes": [{"sku": "tea-1"}]}]
        assert "5.125 is too fine" in too_coarse(shop, products=pieces)[0]
        shop.engine.correct_stock([correction("tea-1", "-0.005")])
        assert shop.topology(units=kg_of_2).changed == 1
        assert units(shop)["tea-1"] == ("kg", 2)

    def test_more_decimals_are_no_trouble(self, shop):
        shop.topology(units=[{"name": "piece", "decimals": 1}])
        shop.place("mug-1 0.5")

    def test_rows_of_an_import_that_is_not_finished(self, old):
        old.restock("tea-1,North,5")
        old.sql(
            "INSERT INTO stock_import (file, file_hash, as_of, started_at, lease_until, token)"
            " VALUES ('f.csv', 'h', 0, 0, 0, 't')"
        )
        old.sql(
            "INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, counted_at)"
            " SELECT m.id, p.id, w.id, 2, 1500000, 0 FROM stock_import m, product p, warehouse w"
            " WHERE m.file = 'f.csv' AND p.sku = 'tea-2' AND w.name = 'North'"
        )
        [told] = too_coarse(old, units=[PIECE], default_unit="piece")
        assert told.startswith("  the import of 'f.csv', which is not finished: 'tea-2' is counted in")

    def test_a_product_that_is_named_without_a_unit_keeps_its_own_and_null_takes_the_default(self, shop):
        named = {"sku": "tea", "concretes": [{"sku": "tea-1"}]}
        assert shop.topology(products=[named]).changed == 0
        assert units(shop)["tea-1"] == ("kg", 3)
        shop.restock("tea-1,North,5")
        assert shop.topology(products=[{**named, "concretes": [{"sku": "tea-1", "unit": None}]}]).changed == 1
        assert units(shop)["tea-1"] == ("piece", 0)


class TestTopology:
    def test_what_is_shown_applied_again_changes_nothing(self, shop):
        shown = shop.engine.topology()
        assert [(unit.name, unit.decimals) for unit in shown.units] == [("kg", 3), ("piece", 0)]
        assert shown.default_unit == "piece"
        concretes = {one.sku: one.unit for entry in shown.products for one in entry.concretes}
        assert concretes == {"mug-1": None, "tea-1": "kg", "tea-2": "piece"}
        assert shop.topology(**shown.model_dump(exclude_unset=True)).changed == 0

    def test_unknown_and_doubled_units_are_told_with_their_places(self, shop):
        with pytest.raises(InputError) as caught:
            shop.topology(
                units=[PIECE, PIECE],
                default_unit="box",
                products=[{"sku": "jar", "concretes": [{"sku": "jar-1", "unit": "crate"}]}],
            )
        assert [(row["place"], row["message"]) for row in caught.value.parameters["problems"]] == [
            ("units[1]", "unit 'piece' is listed twice: leave one out"),
            ("default_unit", "there is no unit 'box': add it under 'units' with its decimals"),
            (
                "products[0].concretes[0].sku",
                "there is no unit 'crate': add it under 'units' with its decimals",
            ),
        ]

    def test_a_file_says_it_in_all_ways_of_writing(self, shop, tmp_path):
        path = tmp_path / "topology.yaml"
        path.write_text(
            "units: [{name: box, decimals: 1}]\ndefault_unit: box\nproducts:\n"
            "  - {sku: jar, unit: kg, concretes: [{sku: jar-1}, {sku: jar-2, unit: piece}]}\n"
            "  - {sku: jam, concretes: [{sku: jam-1}]}\n"
        )
        shop.engine.apply_topology(read_topology(path))
        blocks = path.read_text().replace("jar", "can").replace("jam", "ham")
        path.write_text(
            blocks.replace("- {sku: can, unit: kg, ", "- sku: can\n    unit: kg\n    ").replace(
                "}]}\n  - {", "}]\n  - {"
            )
        )
        shop.engine.apply_topology(read_topology(path))
        shown = {one.sku: one.unit for entry in shop.engine.topology().products for one in entry.concretes}
        assert shown | {"can-1": "kg", "can-2": "piece", "ham-1": None} == shown
        assert shown | {"jar-1": "kg", "jar-2": "piece", "jam-1": None} == shown

    def test_problems_of_a_file_have_their_lines(self, shop, tmp_path):
        path = tmp_path / "topology.yaml"
        path.write_text(
            "units:\n  - {name: box, decimals: 7}\n  - {name: tin, decimals: two}\n  - {name: can}\n"
        )
        with pytest.raises(InputError) as caught:
            read_topology(path)
        assert [(row["place"][-1], row["message"]) for row in caught.value.parameters["problems"]] == [
            ("2", "'decimals' must be a number from 0 to 6"),
            ("3", "'decimals' must be a whole number"),
            ("4", "'decimals' is missing"),
        ]
        path.write_text("products:\n\n  - {sku: jar, concretes: [{sku: jar-1, unit: crate}]}\n")
        with pytest.raises(InputError) as caught:
            shop.engine.apply_topology(read_topology(path))
        [row] = caught.value.parameters["problems"]
        assert row["place"] == f"{path}:3"


class TestATopologyThatComesMeanwhile:
    """The units of a batch of rows are read before it is staged; a topology may make them coarser in between."""

    def test_rows_that_are_finer_by_then_are_refused(self, shop, monkeypatch):
        shop.restock("tea-1,North,5.12")  # nothing stands in the way of two decimals
        looked_up, changes = KnownNames.places, [{"name": "kg", "decimals": 2}]

        def places(known, columns):
            found = looked_up(known, columns)
            if changes:
                shop.topology(units=[changes.pop()])
            return found

        monkeypatch.setattr(KnownNames, "places", places)
        report = shop.feed("tea-1,North,6.125", "tea-2,North,4")
        assert [(row.line, row.code) for row in report.refused] == [(2, Code.QUANTITY_TOO_FINE)]
        assert "kg" in report.refused[0].message
        assert {sku: shop.engine.stock(sku)[0].quantity for sku in ("tea-1", "tea-2")} == {
            "tea-1": Decimal("5.12"),
            "tea-2": 4,
        }

    def test_what_is_staged_stands_in_the_way(self, shop):
        shop.restock("tea-1,North,5")
        told = []
        none = [{"name": "kg", "decimals": 0}]

        def staged(statement):
            if statement == "bulk_next":
                shop.database.probe = None
                told.extend(too_coarse(shop, units=none))

        shop.database.probe = staged
        assert shop.feed("tea-1,North,6.125").refused == []
        assert "the import of 'feed.csv', which is not finished" in told[0]
        assert shop.engine.stock("tea-1")[0].quantity == Decimal("6.125")
