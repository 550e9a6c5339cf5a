"""Which warehouse ships: chosen with the order, by a command of the process, and anew where one rejects."""

from __future__ import annotations

import contextlib
import threading

import pytest

from engine.errors import InputError, NotAvailable, UnknownItem, UnknownOrder
from engine.hooks import Scope
from engine.moving.allocating import ALLOCATE
from engine.requests import Selection, Topology
from plugins.builtin.allocation import allocate
from tests.helpers.shop import numbered, order

SALE = """
states new paid* sent* gone
new -> paid : pay
paid -> sent : send
sent -> gone : stock-update
new -> gone : drop
"""
BY_EVENT = """
states new paid* picked* gone
new -> paid : pay
paid -> picked : allocate
picked -> gone : drop
event allocate manual command=Earmark/Allocate
"""
THREE = {
    "warehouses": [{"name": "W1", "priority": 2}, {"name": "W2", "priority": 1}, {"name": "W3"}],
    "stores": [{"name": "DE", "warehouses": ["W1", "W2", "W3"]}],
    "products": [{"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]}],
}
STOCK = ("tea-1,W1,5", "tea-1,W2,3", "tea-1,W3,0", "tea-2,W2,3", "tea-2,W3,9")


@pytest.fixture
def made(make_shop):
    def make(at="placement", sale=SALE, stock=STOCK, topology=THREE, **allocation):
        shop = make_shop(allocation={"at": at, **allocation}).stocked(topology)
        shop.plugins.add_command(ALLOCATE, allocate, Scope.BATCH, transactional=True)
        shop.restock(*stock)
        shop.deploy(sale)
        return shop

    return make


def place(shop, reference, *lines, **fields):
    return shop.engine.place(order(reference, *lines, **fields))


def sources(shop, reference):
    """From where each item of an order is to come: (line, quantity, warehouse)."""
    return [
        (item.line, f"{item.quantity:f}", item.warehouse)
        for item in sorted(shop.engine.order(reference).items, key=lambda item: (item.line, item.id))
    ]


class TestPlacement:
    def test_the_fewest_warehouses_and_then_the_priority(self, made):
        shop = made()
        place(shop, "A", "tea-1 2", "tea-2 1")
        assert sources(shop, "A") == [(1, "2", "W2"), (2, "1", "W2")]
        place(shop, "B", "tea-1 2")
        assert sources(shop, "B") == [(1, "2", "W1")]
        assert shop.drift() == []

    def test_the_answer_is_what_is_stored(self, made):
        shop = made()
        shown = place(shop, "A", "tea-1 6", "tea-2 4")
        stored = shop.engine.order("A")
        assert [item.as_dict() for item in shown.items] == [item.as_dict() for item in stored.items]
        assert sources(shop, "A") == [(1, "3", "W2"), (1, "3", "W1"), (2, "4", "W3")]
        first, part, _ = stored.items
        assert (part.split_from, part.line, first.split_from) == (first.id, 1, None)
        assert [line.quantity for line in stored.lines] == [6, 4]
        assert place(shop, "A", "tea-1 6", "tea-2 4").existing
        assert shop.drift() == []

    def test_a_line_that_names_its_warehouse_keeps_it(self, made):
        shop = made()
        place(shop, "A", {"sku": "tea-2", "quantity": 1, "warehouse": "W3"}, "tea-1 1", "tea-2 1")
        assert sources(shop, "A") == [(1, "1", "W3"), (2, "1", "W2"), (3, "1", "W2")]

    def test_lines_that_may_not_be_split_come_from_nowhere_in_particular(self, made):
        shop = made(split_lines=False)
        place(shop, "A", "tea-1 6")
        assert sources(shop, "A") == [(1, "6", None)]
        assert shop.drift() == []

    def test_orders_that_come_together_get_what_they_would_get_one_by_one(self, made):
        together, single = made(), made()
        asked = [order(f"O{number}", "tea-1 2", "tea-2 2") for number in range(4)]
        report = together.engine.place_many(numbered(asked))
        for one in asked:
            with contextlib.suppress(NotAvailable):
                single.engine.place(one)
        assert (report.placed, [refusal.code for refusal in report.refused]) == (4, [])
        assert [sources(together, f"O{n}") for n in range(4)] == [sources(single, f"O{n}") for n in range(4)]
        assert together.drift() == []

    def test_a_hundred_orders_ask_as_often_as_one(self, made):
        shop = made(stock=("tea-1,W1,500", "tea-1,W2,3"))
        place(shop, "first", "tea-1")
        one = len(shop.statements(lambda: shop.engine.place_many(numbered([order("A", "tea-1")]))))
        many = [order(f"O{number}", "tea-1") for number in range(100)]
        assert len(shop.statements(lambda: shop.engine.place_many(numbered(many)))) <= one + 5

    def test_a_shop_without_the_section_asks_for_nothing(self, make_shop):
        shop = make_shop().stocked(THREE)
        shop.restock(*STOCK)
        shop.deploy(SALE)
        place(shop, "first", "tea-1")
        asked = shop.statements(lambda: place(shop, "A", "tea-1"))
        assert not [name for name in asked if "alloc" in name or "warehouse" in name]

    def test_a_store_may_do_otherwise(self, made):
        shop = made(
            at="event", stores={"DE": {"at": "placement", "strategies": ["default"], "default": "W1"}}
        )
        place(shop, "A", "tea-1")
        assert sources(shop, "A") == [(1, "1", "W1")]

    def test_the_nearest_and_the_cheapest(self, made):
        places = {**THREE, "warehouses": [
            {"name": "W1", "latitude": 52.52, "longitude": 13.4},
            {"name": "W2", "latitude": 48.86, "longitude": 2.35},
            {"name": "W3"},
        ]}  # fmt: skip
        costs = {"W1": {"*": 9}, "W2": {"*": 9, "DE": 4}}
        shop = made(topology=places, strategies=["nearest"])
        place(shop, "A", "tea-1", shipping={"latitude": 48.1, "longitude": 2})
        place(shop, "B", "tea-1", shipping={"latitude": 52.1, "longitude": 13})
        assert (sources(shop, "A")[0][2], sources(shop, "B")[0][2]) == ("W2", "W1")
        shop = made(topology=places, strategies=["cheapest", "priority"], costs=costs)
        place(shop, "A", "tea-1", shipping={"country": "DE"})
        place(shop, "B", "tea-1", shipping={"country": "FR"})
        assert (sources(shop, "A")[0][2], sources(shop, "B")[0][2]) == ("W2", "W1")

    def test_a_plugin_may_choose(self, made):
        shop = made(strategies=["plugin:green"])
        asked = []

        def green(shipment):
            asked.append(shipment)
            return {"W3": 0, "W1": 1}

        shop.plugins.allocations["green"] = green
        place(shop, "A", "tea-2 1", colour="green")
        assert sources(shop, "A") == [(1, "1", "W3")]
        assert (asked[0].warehouses, asked[0].order_data["colour"]) == (("W1", "W2", "W3"), "green")

    @pytest.mark.parametrize("answer", [None, {"W9": 1}, {"W1": -1}, {"W1": "x"}], ids=str)
    def test_a_plugin_that_answers_otherwise_refuses_the_order(self, made, answer):
        shop = made(strategies=["plugin:green"])
        shop.plugins.allocations["green"] = lambda shipment: answer
        report = shop.engine.place_many(numbered([order("A", "tea-1")]))
        assert [refusal.code for refusal in report.refused] == ["plugin_invalid"]
        shop.plugins.allocations.clear()
        report = shop.engine.place_many(numbered([order("A", "tea-1")]))
        assert [refusal.code for refusal in report.refused] == ["plugin_missing"]

    def test_buyers_of_the_last_pieces_of_two_warehouses(self, made):
        shop = made(stock=("tea-1,W1,2", "tea-1,W2,3"))
        placed = []
        start = threading.Barrier(4)

        def buy(number):
            engine = shop.another()
            start.wait(30)
            for turn in range(3):
                try:
                    engine.place(order(f"{number}-{turn}", "tea-1 2"))
                    placed.append(f"{number}-{turn}")
                except NotAvailable:
                    pass
            engine.close()

        threads = [threading.Thread(target=buy, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(placed) == 2
        taken = [item for reference in placed for item in shop.engine.order(reference).items]
        for house, stock in (("W1", 2), ("W2", 3)):
            assert sum(item.quantity for item in taken if item.warehouse == house) <= stock
        assert sum(item.quantity for item in taken) == 4
        assert shop.drift() == []

    def test_a_count_of_that_warehouse_alone_releases_it(self, made):
        shop = made()
        ids = [item.id for item in place(shop, "A", "tea-1 6").items]
        for event in ("pay", "send"):
            shop.trigger(event, *ids)
        shop.forward(3600)
        shop.restock("tea-1,W2,2")
        assert shop.states(*ids) == ["gone", "sent"]
        shop.restock("tea-1,W1,0")
        assert shop.states(*ids) == ["gone", "gone"]
        assert shop.drift() == []


class TestByEvent:
    def test_items_get_warehouses_with_the_step(self, made):
        shop = made(at="event", sale=BY_EVENT)
        ids = [item.id for item in place(shop, "A", "tea-1 2", "tea-2 1").items]
        assert sources(shop, "A") == [(1, "2", None), (2, "1", None)]
        shop.trigger("pay", *ids)
        shop.trigger("allocate", *ids)
        assert sources(shop, "A") == [(1, "2", "W2"), (2, "1", "W2")]
        assert shop.states(*ids) == ["picked", "picked"]
        assert shop.drift() == []

    def test_a_line_is_divided_between_warehouses_and_all_parts_go_on(self, made):
        shop = made(at="event", sale=BY_EVENT)
        (item,) = [one.id for one in place(shop, "A", "tea-1 7").items]
        shop.trigger("pay", item)
        report = shop.trigger("allocate", item)
        assert report.moved == 1
        assert [(part.of, f"{part.quantity:f}") for part in report.parts] == [(item, "4")]
        assert sorted((quantity, house) for _, quantity, house in sources(shop, "A")) == [
            ("3", "W2"),
            ("4", "W1"),
        ]
        assert {one.state for one in shop.engine.order("A").items} == {"picked"}
        assert sum(one.quantity for one in shop.engine.order("A").items) == 7
        assert shop.drift() == []

    def test_what_no_warehouse_has_waits(self, made):
        shop = made(at="event", sale=BY_EVENT)
        (item,) = [one.id for one in place(shop, "A", "tea-1 8").items]
        shop.trigger("pay", item)
        shop.restock("tea-1,W1,2")
        report = shop.trigger("allocate", item)
        waiting = [one for one in shop.engine.order("A").items if one.state == "paid"]
        assert ([f"{one.quantity:f}" for one in waiting], waiting[0].warehouse) == (["3"], None)
        assert report.failed == []
        shop.restock("tea-1,W3,9")
        shop.trigger("allocate", waiting[0].id)
        assert sorted((q, house) for _, q, house in sources(shop, "A")) == [
            ("2", "W1"),
            ("3", "W2"),
            ("3", "W3"),
        ]
        assert shop.drift() == []

    def test_many_orders_do_not_get_the_same_pieces(self, made):
        shop = made(at="event", sale=BY_EVENT)
        ids = [item.id for number in range(4) for item in place(shop, f"O{number}", "tea-1 2").items]
        shop.trigger("pay", *ids)
        shop.trigger("allocate", *ids)
        taken = [one for number in range(4) for one in shop.engine.order(f"O{number}").items]
        assert sum(one.quantity for one in taken if one.warehouse == "W2") == 3
        assert sum(one.quantity for one in taken if one.warehouse == "W1") == 5
        assert shop.drift() == []

    def test_without_a_section_it_goes_by_the_defaults(self, make_shop):
        shop = make_shop().stocked(THREE)
        shop.plugins.add_command(ALLOCATE, allocate, Scope.BATCH, transactional=True)
        shop.restock(*STOCK)
        shop.deploy(BY_EVENT)
        ids = [item.id for item in place(shop, "A", "tea-1 2").items]
        shop.trigger("pay", *ids)
        shop.trigger("allocate", *ids)
        assert sources(shop, "A") == [(1, "2", "W2")]

    def test_a_part_of_an_item_is_allocated_alone(self, made):
        shop = made(at="event", sale=BY_EVENT)
        (item,) = [one.id for one in place(shop, "A", "tea-1 4").items]
        shop.trigger("pay", item)
        shop.part("allocate", item, 1)
        assert sorted((q, house or "") for _, q, house in sources(shop, "A")) == [("1", "W2"), ("3", "")]
        assert shop.drift() == []


class TestRejection:
    def test_another_warehouse_gets_it_and_never_the_same_again(self, made):
        shop = made()
        (item,) = [one.id for one in place(shop, "A", "tea-1 2").items]
        report = shop.engine.reject_allocation([item], reason="shelf is empty")
        assert [(one.before, one.after) for one in report.items] == [("W2", "W1")]
        assert sources(shop, "A") == [(1, "2", "W1")]
        report = shop.engine.reject_allocation([item], reason="flooded")
        assert [(one.before, one.after) for one in report.items] == [("W1", None)]
        assert [one.item for one in report.unallocated] == [item]
        assert shop.states(item) == ["new"]
        assert shop.outcomes(item) == ["placed", "rejected", "rejected"]
        assert shop.drift() == []

    def test_what_it_counts_moves_with_it(self, made):
        shop = made()
        (item,) = [one.id for one in place(shop, "A", "tea-1 3").items]
        shop.trigger("pay", item)
        shop.engine.reject_allocation([item], reason="broken")
        (view,) = shop.engine.availability(["tea-1"], "DE", explain=True)
        there = {term["warehouse"]: term["quantity"] for term in view.terms if term["term"] == "in_warehouse"}
        assert there == {"W1": 3}
        assert (view.available, view.reserved) == (5, 3)

    def test_it_may_be_divided_between_the_others(self, made):
        shop = made(stock=("tea-1,W1,2", "tea-1,W2,5", "tea-1,W3,2"))
        (item,) = [one.id for one in place(shop, "A", "tea-1 4").items]
        report = shop.engine.reject_allocation([item], reason="broken")
        assert sorted((f"{one.quantity:f}", one.after) for one in report.items) == [("2", "W1"), ("2", "W3")]
        assert sum(one.quantity for one in shop.engine.order("A").items) == 4
        assert shop.drift() == []

    def test_what_it_was_told_is_kept(self, made):
        shop = made()
        (item,) = [one.id for one in place(shop, "A", "tea-1 2").items]
        shop.engine.reject_allocation([item], reason="shelf is empty")
        (shown,) = shop.engine.allocation("A").items
        first, second = shown.allocations
        assert (first.warehouse, first.cause, first.rejected_because) == ("W2", "placement", "shelf is empty")
        assert (second.warehouse, second.cause, second.rejected_at) == ("W1", "rejection", None)
        assert first.why["other"]["warehouses"] == ["W1"]
        assert first.why["decided_by"] == "priority"

    def test_what_comes_from_nowhere_cannot_be_rejected(self, make_shop):
        shop = make_shop().stocked(THREE)
        shop.restock(*STOCK)
        shop.deploy(SALE)
        (item,) = shop.place("tea-1 2")
        report = shop.engine.reject_allocation([item], reason="broken")
        assert [(one.item, one.code) for one in report.refused] == [(item, "not_allocated")]
        assert shop.outcomes(item) == ["placed"]

    def test_bad_input_is_refused_before_anything_is_done(self, made):
        shop = made()
        (item,) = [one.id for one in place(shop, "A", "tea-1 2").items]
        with pytest.raises(InputError):
            shop.engine.reject_allocation([item], reason=" ")
        with pytest.raises(InputError):
            shop.engine.reject_allocation([], reason="x")
        with pytest.raises(UnknownItem):
            shop.engine.reject_allocation([item, 999], reason="x")
        with pytest.raises(UnknownOrder):
            shop.engine.allocation("Z")
        assert sources(shop, "A") == [(1, "2", "W2")]

    def test_a_line_that_named_its_warehouse_may_be_rejected_too(self, made):
        shop = made(at="event")
        (item,) = [
            one.id for one in place(shop, "A", {"sku": "tea-1", "quantity": 2, "warehouse": "W1"}).items
        ]
        report = shop.engine.reject_allocation([item], reason="broken")
        assert [(one.before, one.after) for one in report.items] == [("W1", "W2")]
        assert [one.cause for one in shop.engine.allocation("A").items[0].allocations] == [
            "named",
            "rejection",
        ]


def test_places_and_priorities_of_warehouses_are_shown_and_taken_away(made):
    shop = made()
    told = {"warehouses": [{"name": "W1", "latitude": 52.5, "longitude": -13.25, "priority": None}]}
    assert shop.engine.apply_topology(Topology.model_validate(told)).changed == 1
    shown = {house.name: house for house in shop.engine.topology().warehouses}
    assert (shown["W1"].latitude, shown["W1"].longitude, shown["W1"].priority) == (52.5, -13.25, None)
    assert (shown["W2"].latitude, shown["W2"].priority) == (None, 1)
    nowhere = {"warehouses": [{"name": "W1", "latitude": None, "longitude": None}]}
    diff = shop.engine.diff_topology(Topology.model_validate(nowhere))
    assert {(change.field, change.old, change.new) for change in diff.changes} == {
        ("latitude", 52.5, None),
        ("longitude", -13.25, None),
    }
    assert shop.engine.apply_topology(Topology.model_validate(told)).changed == 0


def test_forced_and_part_moves_keep_the_warehouse(made):
    shop = made()
    (item,) = [one.id for one in place(shop, "A", "tea-1 3").items]
    shop.part("pay", item, 1)
    shop.engine.force("gone", Selection(items=[item]), reason="test")
    assert sorted((q, house) for _, q, house in sources(shop, "A")) == [("1", "W2"), ("2", "W2")]
    assert shop.drift() == []
