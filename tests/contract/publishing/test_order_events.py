"""Messages of orders: who asks for them is told of each order and of each item that comes to another state."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import InputError
from engine.inventory.order_events import FLAGS, flags_of, is_wanted
from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.helpers.shop.orders import order
from tests.helpers.sinks import Remembering, named

SALE = """
    states new open paid* shipped* done
    new -> open : accept
    open -> paid : pay
    open -> done : expire
    paid -> shipped : ship
    shipped -> done : stock-update
    event accept onEnter
    event expire timeout=1hour
"""
RENAMED = SALE.replace("paid", "settled")


@pytest.fixture
def erp(sale):
    """A sink that wants to be told of orders, and was published to."""
    sink = Remembering()
    listen(sale, sink)
    return sink


def listen(shop, sink, kinds=tuple(FLAGS), name="erp"):
    (report,) = shop.engine.publish_to([named(sink, name, kinds=kinds)], now=True)
    return report


def told(shop, sink, kind=None):
    """What the sink is handed now, as (kind, payload); or the payloads of a kind."""
    sink.taken.clear()
    listen(shop, sink)
    found = [(one.kind, dict(one.payload)) for one in sink.taken]
    return found if kind is None else [payload for one, payload in found if one == kind]


def moves(shop, sink):
    return [
        (one["item"], one["from"], one["to"], one["event"], one["trigger"])
        for one in told(shop, sink, "item_moved")
    ]


def order_messages(shop):
    return shop.value("SELECT count(*) FROM outbox WHERE kind IN ('order_placed', 'item_moved')")


def test_nobody_is_told_unless_a_sink_asks_for_it(sale):
    sink = Remembering()
    listen(sale, sink, kinds=())
    (item,) = sale.place("tea-1 2")
    sale.trigger("pay", item)
    assert order_messages(sale) == 0
    listen(sale, sink, kinds=("availability", "order.*"))
    sale.place("tea-1 2")
    assert order_messages(sale) == 0
    assert [flags_of(kinds) for kinds in ((), ("*",), ("item_*",), ("order_placed",))] == [0, 3, 2, 1]
    assert (is_wanted("availability", ()), is_wanted("item_moved", ())) == (True, False)


def test_a_placed_order_is_told_with_its_items_and_what_they_do_at_once(sale, erp):
    one, two = sale.place({"sku": "tea-1", "quantity": "1.5", "reference": "a"}, "tea-2 2", reference="R-1")
    placed, *moved = told(sale, erp)
    correlation = sale.history(one)[0].correlation
    assert placed == (
        "order_placed",
        {
            "reference": "R-1",
            "store": "DE",
            "process": "Sale",
            "currency": None,
            "time": "2026-01-01T00:00:00Z",
            "correlation": correlation,
            "actor": None,
            "items": [
                {
                    "item": one,
                    "line": 1,
                    "item_reference": "a",
                    "sku": "tea-1",
                    "quantity": "1.5",
                    "state": "new",
                },
                {
                    "item": two,
                    "line": 2,
                    "item_reference": None,
                    "sku": "tea-2",
                    "quantity": "2",
                    "state": "new",
                },
            ],
        },
    )
    assert [kind for kind, _ in moved] == ["item_moved"] * 2
    assert moved[0][1] == {
        "process": "Sale",
        "from": "new",
        "to": "open",
        "event": "accept",
        "trigger": "on-enter",
        "time": "2026-01-01T00:00:00Z",
        "correlation": correlation,
        "actor": None,
        "reference": "R-1",
        "store": "DE",
        "item": one,
        "line": 1,
        "item_reference": "a",
        "sku": "tea-1",
        "quantity": "1.5",
        "split_from": None,
    }


def test_an_item_that_moves_is_told_of_as_one_that_is_placed(sale, erp):
    """The database writes these messages by itself: they have the same shape, and any text and quantity."""
    odd = 'a "quoted" \\ é\tx'
    (item,) = sale.place({"sku": "tea-1", "quantity": "0.000001", "reference": odd}, reference="R 'ü'")
    before = told(sale, erp, "item_moved")[0]
    sale.runtime.actor = 'ann "a"'
    sale.trigger("pay", item)
    (after,) = told(sale, erp, "item_moved")
    assert after.keys() == before.keys()
    same = (
        "process",
        "reference",
        "store",
        "item",
        "line",
        "item_reference",
        "sku",
        "quantity",
        "split_from",
    )
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert (after["item_reference"], after["quantity"], after["actor"]) == (odd, "0.000001", 'ann "a"')
    assert (after["from"], after["to"], after["event"], after["trigger"]) == ("open", "paid", "pay", "api")
    assert after["correlation"] == sale.history(item)[-1].correlation


@pytest.mark.parametrize("quantity", ["1", "10", "0.5", "12.340000", "3.000001", "100000"])
def test_quantities_are_told_as_everywhere_else(sale, erp, quantity):
    sale.restock("tea-1,North,200000")
    (item,) = sale.place(f"tea-1 {quantity}")
    sale.trigger("pay", item)
    *_, last = told(sale, erp, "item_moved")
    assert last["quantity"] == format(Decimal(quantity).normalize(), "f")


def test_timeouts_counts_force_parts_and_migration_are_told_too(sale, erp):
    first, second, third = sale.place_many(3)
    sale.trigger("pay", first, second)
    sale.trigger("ship", first)
    told(sale, erp)
    sale.forward(HOUR)
    sale.engine.run_timeouts()
    assert moves(sale, erp) == [(third, "open", "done", "expire", "timeout")]
    sale.restock("tea-1,North,50", "tea-1,South,0")
    assert moves(sale, erp) == [(first, "shipped", "done", "stock-update", "stock-update")]
    sale.engine.force("open", Selection(items=(third,)), reason="a mistake")
    assert [one[:3] for one in moves(sale, erp)] == [(third, "done", "open")]
    (big,) = sale.place("tea-1 5")
    sale.trigger("pay", big)
    told(sale, erp)
    (part,) = sale.part("ship", big, 2).parts
    (gone,) = told(sale, erp, "item_moved")
    assert (gone["item"], gone["quantity"], gone["split_from"]) == (part.item, "2", big)
    sale.deploy(RENAMED, force=True)
    told(sale, erp)
    sale.migrate(state_map={"paid": "settled"})
    found = moves(sale, erp)
    assert (second, "paid", "settled", None, "migrate") in found
    assert {one[1:3] for one in found} == {("paid", "settled")}


def test_what_fails_or_stays_is_not_told(sale, erp):
    (item,) = sale.place("tea-1 2")
    told(sale, erp)
    assert sale.trigger("ship", item).blocked
    assert told(sale, erp) == []


def test_an_order_is_told_in_the_order_of_what_happened_to_it(sale, erp):
    for number in range(20):
        (item,) = sale.place("tea-1 1", reference=f"N-{number}")
        sale.trigger("pay", item)
        sale.trigger("ship", item)
    seen: dict[str, list[str]] = {}
    for kind, payload in told(sale, erp):
        seen.setdefault(payload["reference"], []).append(payload["to"] if kind == "item_moved" else "placed")
    assert set(map(tuple, seen.values())) == {("placed", "open", "paid", "shipped")}


def test_every_process_knows_of_a_sink_that_begins_or_ends_to_ask(sale):
    other = sale.another()
    other.place(order("A-1", "tea-1 1"))
    sink = Remembering()
    listen(sale, sink)
    other.place(order("A-2", "tea-1 1"))
    assert {payload["reference"] for _, payload in told(sale, sink)} == {"A-2"}
    listen(sale, sink, kinds=("order_placed",))
    before = order_messages(sale)
    other.place(order("A-3", "tea-1 1"))
    assert order_messages(sale) == before + 1
    sale.engine.forget_sink("erp")
    other.place(order("A-4", "tea-1 1"))
    assert order_messages(sale) == before + 1


def test_other_sinks_are_spared_what_they_did_not_ask_for(sale, erp):
    plain, every = Remembering(), Remembering()
    listen(sale, plain, kinds=(), name="plain")
    listen(sale, every, kinds=("*",), name="every")
    sale.place("tea-1 100")
    listen(sale, plain, kinds=(), name="plain")
    listen(sale, every, kinds=("*",), name="every")
    assert {one.kind for one in plain.taken} == {"availability"}
    assert {one.kind for one in every.taken} == {"availability", "order_placed", "item_moved"}


def test_an_order_cannot_be_told_anew(sale, erp):
    with pytest.raises(InputError, match="tells what happened once") as refused:
        sale.engine.republish(named(erp, "erp", kinds=("order_*", "item_moved")))
    assert "availability" in refused.value.remedy
    assert sale.engine.republish(named(erp, "erp", kinds=("order_*", "availability"))).outcome == "done"


def test_messages_are_written_by_one_statement_for_a_group_and_nobody_else_pays(sale):
    few, many = sale.place_many(3), sale.place_many(60)
    quiet = sale.statements(lambda: sale.trigger("pay", *few))
    assert not {"tell_moved", "tell_placed", "order_listeners"} & set(quiet)
    sink = Remembering()
    listen(sale, sink)
    loud = [sale.statements(lambda ids=ids: sale.trigger("ship", *ids)) for ids in (few,)]
    sale.trigger("pay", *many)
    loud.append(sale.statements(lambda: sale.trigger("ship", *many)))
    assert [asked.count("tell_moved") for asked in loud] == [1, 1]
    assert len(loud[0]) == len(loud[1])
    placing = sale.statements(lambda: sale.place_many(30))
    assert placing.count("tell_placed") == 1
    assert len(told(sale, sink, "item_moved")) == 3 + 60 + 60 + 30
