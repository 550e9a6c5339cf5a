"""Items and orders are found by process, state, flag, store, product and age, page by page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.definition import load_process
from engine.errors import (
    InputError,
    ProcessNotFound,
    UnknownItem,
    UnknownOrder,
    UnknownSku,
    UnknownState,
    UnknownStore,
)
from engine.requests import Listing
from tests.helpers.clock import DAY, HOUR
from tests.helpers.processes import process_xml

FLAGS = {"new": ("cancellable",), "paid": ("cancellable", "fragile"), "gone": ("exclude from customer",)}
PROCESS = """
    states new paid* gone
    new -> paid : pay
    new -> gone : drop
    paid -> gone : drop
    paid -> gone : auto
    event auto onEnter
    event drop
"""


def deploy(world, text=PROCESS, flags=FLAGS, name="Sale"):
    """Deploy a process whose states have flags."""
    xml = process_xml(text, name=name)
    for state, names in flags.items():
        start = xml.index(f'<state name="{state}"')
        end = xml.index("/>", start)
        inner = "".join(f"<flag>{flag}</flag>" for flag in names)
        xml = f"{xml[:end]}>{inner}</state>{xml[end + 2 :]}"
    path = world.folder / f"{name}.xml"
    path.write_text(xml)
    world.engine.deploy(load_process(path).process)


@pytest.fixture
def sale(world):
    deploy(world, PROCESS.replace("    event auto onEnter\n", "    event auto\n"))
    return world


def items(world, **wanted):
    return [one.item.id for one in world.engine.items(Listing(**wanted)).items]


def orders(world, **wanted):
    return [one.reference for one in world.engine.orders(Listing(**wanted)).orders]


def test_items_by_process_state_flag_store_and_product(sale):
    deploy(sale, "states new other\nnew -> other : go", {"other": ("fragile",)}, name="Other")
    first, second = sale.place("tea-1", "tea-2", process="Sale")
    (third,) = sale.place("tea-1", store="AT", process="Sale")
    (other,) = sale.place("tea-1", process="Other")
    sale.trigger("pay", second)
    sale.trigger("go", other)
    assert items(sale) == [first, second, third, other]
    assert items(sale, process="Sale") == [first, second, third]
    assert items(sale, state="new") == [first, third]
    assert items(sale, process="Other", state="new") == []
    assert items(sale, flags=("cancellable",)) == [first, second, third]
    assert items(sale, flags=("fragile",)) == [second, other]
    assert items(sale, flags=("fragile", "cancellable")) == [second]
    assert items(sale, flags=("fragile",), process="Other") == [other]
    assert items(sale, store="AT") == [third]
    assert items(sale, sku="tea-1") == [first, third, other]
    assert items(sale, sku="tea-1", state="new", store="DE") == [first]
    assert items(sale, sku="tea-2", state="new") == []


def test_items_by_age_in_their_state(sale):
    old, moved = sale.place("tea-1", "tea-1")
    sale.forward(2 * DAY)
    sale.trigger("pay", moved)
    (young,) = sale.place("tea-1")
    sale.forward(HOUR)
    assert items(sale, older_than="1 day") == [old]
    assert items(sale, younger_than="1 day") == [moved, young]
    assert items(sale, younger_than="1 day", state="new") == [young]
    assert items(sale, older_than="30 minutes", younger_than="3 days") == [old, moved, young]
    detail = sale.engine.item(old)
    assert (detail.item.age_s, detail.item.state_since) == (
        2 * 86_400 + 3600,
        sale.engine.order("order-1").placed_at,
    )


def test_pages_of_items_follow_each_other_whatever_moves_meanwhile(sale):
    ids = sale.place_many(7)
    sale.trigger("pay", *ids[1::2])
    wanted = Listing(limit=3, flags=("cancellable",))
    found, following = [], None
    while True:
        page = sale.engine.items(replace(wanted, after=following))
        found += [one.item.id for one in page.items]
        following = page.next
        if following is None:
            break
        sale.trigger("drop", found[-1])
    assert found == ids
    assert items(sale, limit=7, flags=("cancellable",), after="0")[0] == ids[0]


def test_a_page_that_ends_with_the_last_item_has_none_after_it(sale):
    sale.place_many(3)
    assert sale.engine.items(Listing(limit=3)).next is None
    assert sale.engine.items(Listing(limit=2)).next == "2"
    assert sale.engine.orders(Listing(limit=3)).next is None
    assert sale.engine.orders(Listing(limit=2)).next == "2"


def test_orders_by_what_all_or_some_of_their_items_are(sale):
    a, b = sale.place("tea-1", "tea-2", reference="A")
    c, d = sale.place("tea-1", "tea-1", reference="B", store="AT")
    (e,) = sale.place("tea-1", reference="C")
    sale.trigger("pay", b, c, d)
    sale.trigger("drop", e)
    assert orders(sale) == ["C", "B", "A"]
    assert orders(sale, flags=("cancellable",)) == ["B", "A"]
    assert orders(sale, flags=("fragile",)) == ["B"]
    assert orders(sale, some_flags=("fragile",)) == ["B", "A"]
    assert orders(sale, flags=("cancellable",), some_flags=("fragile",), store="DE") == ["A"]
    assert orders(sale, some_flags=("fragile", "exclude from customer")) == []
    assert orders(sale, state="new") == ["A"]
    assert orders(sale, process="Sale", state="gone") == ["C"]
    assert orders(sale, sku="tea-2") == ["A"]
    assert orders(sale, sku="tea-2", state="new") == []  # its item of tea-2 is paid
    assert orders(sale, sku="tea-1", state="new") == ["A"]
    assert orders(sale, store="AT") == ["B"]
    del a


def test_orders_are_found_the_same_where_too_many_candidates_are_there(sale, monkeypatch):
    a, b = sale.place("tea-1", "tea-2", reference="A")
    sale.place_many(4)
    sale.trigger("pay", b)
    for wanted in (
        {"state": "new", "sku": "tea-1"},
        {"flags": ("cancellable",)},
        {"some_flags": ("fragile",)},
    ):
        among = orders(sale, **wanted)
        monkeypatch.setattr("engine.reading.listing._MOST_CANDIDATES", 0)
        assert orders(sale, **wanted) == among != []
        assert orders(sale, state="new", sku="tea-2") == []  # its item of tea-2 is paid
        monkeypatch.undo()
    del a


def test_orders_by_age(sale):
    sale.place(reference="old")
    sale.forward(10 * DAY)
    sale.place(reference="young")
    sale.forward(HOUR)
    assert orders(sale, older_than="1 week") == ["old"]
    assert orders(sale, younger_than="1 week") == ["young"]
    assert sale.engine.orders(Listing(older_than="1 week")).orders[0].age_s == 10 * 86_400 + 3600


def test_pages_of_orders(sale):
    for number in range(5):
        sale.place(reference=f"o-{number}")
    first = sale.engine.orders(Listing(limit=2))
    sale.place(reference="later")
    second = sale.engine.orders(Listing(limit=2, after=first.next))
    third = sale.engine.orders(Listing(limit=2, after=second.next))
    pages = [[one.reference for one in page.orders] for page in (first, second, third)]
    assert pages == [["o-4", "o-3"], ["o-2", "o-1"], ["o-0"]]
    assert third.next is None


def test_the_flags_of_an_order_are_those_that_all_its_items_have(sale):
    first, second = sale.place("tea-1", "tea-1", reference="A")
    sale.trigger("pay", first)
    view = sale.engine.order("A")
    assert (view.flags, view.cancellable, view.excluded_from_customer) == (("cancellable",), True, False)
    assert [item.flags for item in view.items] == [("cancellable", "fragile"), ("cancellable",)]
    sale.trigger("drop", first)
    view = sale.engine.order("A")
    assert (view.flags, view.cancellable, view.excluded_from_customer) == ((), False, False)
    sale.trigger("drop", second)
    view = sale.engine.order("A")
    assert (view.cancellable, view.excluded_from_customer) == (False, True)
    (summary,) = sale.engine.orders().orders
    assert (summary.states, summary.items, summary.flags) == ({"gone": 2}, 2, ("exclude from customer",))
    assert summary.excluded_from_customer


def test_the_display_name_is_display_or_the_plain_name(world):
    path = world.folder / "Named.xml"
    xml = process_xml("states new\n", name="Named").replace('name="new"', 'name="Payment Pending"')
    path.write_text(xml)
    world.engine.deploy(load_process(path).process)
    (item,) = world.place(process="Named", reference="A")
    assert world.engine.item(item).item.display_name == "payment-pending"
    path.write_text(xml.replace('name="Payment Pending"', 'name="Payment Pending" display="We wait"'))
    world.engine.deploy(load_process(path).process)
    (item,) = world.place(process="Named", reference="B")
    assert world.engine.item(item).item.display_name == "We wait"
    assert world.engine.item(item).item.display == "We wait"


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"process": "Nothing"}, ProcessNotFound),
        ({"state": "nowhere"}, UnknownState),
        ({"process": "Sale", "state": "nowhere"}, UnknownState),
        ({"flags": ("canc",)}, InputError),
        ({"some_flags": ("canc",)}, InputError),
        ({"store": "XX"}, UnknownStore),
        ({"sku": "coal"}, UnknownSku),
        ({"older_than": "soon"}, InputError),
        ({"younger_than": ""}, InputError),
        ({"limit": 0}, InputError),
        ({"limit": 10_001}, InputError),
        ({"after": "x"}, InputError),
        ({"after": "-1"}, InputError),
        ({"after": "9" * 30}, InputError),
    ],
)
@pytest.mark.parametrize("kind", ["items", "orders"])
def test_names_that_do_not_exist_are_refused_and_not_an_empty_list(sale, kind, wanted, error):
    with pytest.raises(error):
        getattr(sale.engine, kind)(Listing(**wanted))


@pytest.mark.parametrize(
    "wanted", [{}, {"flags": ("cancellable",)}, {"state": "new"}, {"sku": "tea-1"}, {"store": "DE"}]
)
def test_the_number_of_statements_does_not_depend_on_the_items(sale, wanted):
    def statements():
        engine = sale.engine
        return sale.statements(lambda: (engine.items(Listing(**wanted)), engine.orders(Listing(**wanted))))

    sale.place_many(2)
    statements()  # reads the definitions
    few = statements()
    sale.place_many(60)
    assert statements() == few


def test_the_events_of_an_order_and_of_one_item(sale):
    first, second = sale.place("tea-1", "tea-1", reference="A")
    sale.trigger("pay", second)
    events = {event.event: event for event in sale.engine.order_events("A")}
    assert {name: event.items for name, event in events.items()} == {
        "pay": (first,), "drop": (first, second), "auto": (second,),
    }  # fmt: skip
    assert (events["pay"].manual, events["drop"].manual) == (True, False)
    assert [event.event for event in sale.engine.order_events("A", item=first)] == ["pay", "drop"]
    assert sale.engine.item_events(second) == sale.engine.order_events("A", item=second)
    (stranger,) = sale.place("tea-1", reference="B")
    with pytest.raises(UnknownItem):
        sale.engine.order_events("A", item=stranger)
    with pytest.raises(UnknownOrder):
        sale.engine.order_events("C")
    for ask in (sale.engine.item, sale.engine.item_events):
        with pytest.raises(UnknownItem):
            ask(999)


def test_an_automatic_event_is_told_apart(world):
    deploy(world, "states new paid\nnew -> paid : auto [never]\nevent auto onEnter", {})
    world.plugins.add_constant("never", False)
    (item,) = world.place()
    (event,) = world.engine.item_events(item)
    assert (event.event, event.manual, event.on_enter) == ("auto", False, True)
