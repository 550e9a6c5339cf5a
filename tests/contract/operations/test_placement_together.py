"""Buyers who place an order each at the same moment share a transaction, and each gets an answer of its own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from engine.caller import Caller
from engine.errors import NotAvailable, OrderConflict, PluginError, UnknownSku
from engine.operations.placement import place_together
from tests.helpers.shop import order
from tests.helpers.waiting import until

SALE = "states new paid*\nnew -> paid : pay"


@pytest.fixture
def shop(make_shop):
    """Ten pieces of tea-1, three of tea-2."""
    world = make_shop().stocked(tea_1=10, tea_2=3)
    world.deploy(SALE)
    return world


class Crowd:
    """Buyers in threads: the first one's transaction is held up until all the others wait."""

    def __init__(self, shop):
        self.shop = shop
        self.statements = []
        self._combiner = shop.engine.runtime.together(place_together)
        self._begun, self._go = threading.Event(), threading.Event()

    def _probe(self, statement):
        self.statements.append(statement)
        if statement == "commit" and not self._begun.is_set():
            self._begun.set()
            assert self._go.wait(60)

    def place(self, *orders, engines=None):
        """Place the orders, each by a buyer of its own, and return the answers or what was raised."""
        answers = [None] * len(orders)

        def buy(number):
            engine = engines[number] if engines else self.shop.engine
            try:
                answers[number] = engine.place(orders[number])
            except Exception as error:
                answers[number] = error

        self.shop.database.probe = self._probe
        first = threading.Thread(target=self.shop.engine.place, args=(order("first", "tea-1"),))
        first.start()
        assert self._begun.wait(60)
        buyers = []
        for number in range(len(orders)):
            buyers.append(threading.Thread(target=buy, args=(number,)))
            buyers[-1].start()
            until(lambda: self._combiner.waiting == len(buyers), "a buyer who waits")
        self.statements.clear()
        self._go.set()
        for buyer in (first, *buyers):
            buyer.join(60)
        self.shop.database.probe = None
        return answers


def test_they_share_a_transaction_of_as_many_statements_as_one_order(shop):
    shop.engine.place(order("warm", "tea-1"))  # what names mean is known from then on
    alone = shop.statements(lambda: shop.engine.place(order("alone", "tea-1")))
    crowd = Crowd(shop)
    answers = crowd.place(*(order(f"o{n}", "tea-1") for n in range(6)))
    assert [answer.reference for answer in answers] == [f"o{n}" for n in range(6)]
    assert crowd.statements == alone
    assert shop.held("tea-1") == 9
    assert shop.drift() == []


def test_each_is_told_what_the_database_says_afterwards(shop):
    answers = Crowd(shop).place(order("A", "tea-1 2", "tea-2"), order("B", "tea-1"), order("C", "tea-2"))
    stored = [shop.engine.order(reference) for reference in "ABC"]
    for answer, found in zip(answers, stored, strict=True):
        assert {**answer.as_dict(), "age_s": 0} == {**found.as_dict(), "age_s": 0}
        assert [item.id for item in answer.items] == [item.id for item in found.items]


def test_the_last_pieces_go_to_those_who_came_first_and_nobody_else_is_refused(shop):
    answers = Crowd(shop).place(
        order("A", "tea-2 2"),
        order("B", "tea-2 2"),
        order("C", "tea-2"),
        order("D", "tea-2"),
        order("E", "cup"),
    )
    assert [type(answer).__name__ for answer in answers] == [
        "OrderView", "NotAvailable", "OrderView", "NotAvailable", "UnknownSku",
    ]  # fmt: skip
    assert isinstance(answers[1], NotAvailable)
    assert answers[1].parameters["short"] == [{"sku": "tea-2", "asked": "2", "available": "1"}]
    assert isinstance(answers[4], UnknownSku)
    assert shop.held("tea-2") == 3


def test_one_order_that_comes_twice_is_one_order(shop):
    answers = Crowd(shop).place(order("A", "tea-1"), order("A", "tea-1"), order("A", "tea-1 2"))
    assert (answers[0].existing, answers[1].existing) == (False, True)
    assert isinstance(answers[2], OrderConflict)
    assert shop.held("tea-1") == 2


def test_a_plugin_that_fails_for_one_order_fails_no_other(make_shop):
    def due(item, text, now):
        if item.order_reference == "B":
            raise RuntimeError("the calendar is gone")
        return now

    world = make_shop().stocked(tea_1=10)
    world.plugins.processors["Late"] = due
    world.deploy(SALE + "\nnew -> paid : late\nevent late timeout=1~day processor=Late")
    answers = Crowd(world).place(order("A", "tea-1"), order("B", "tea-1"), order("C", "tea-1"))
    assert [getattr(answer, "reference", None) for answer in answers] == ["A", None, "C"]
    assert isinstance(answers[1], PluginError)
    assert world.held("tea-1") == 3


def test_the_history_names_each_buyer(shop):
    engines = [
        shop.engine.for_caller(Caller(actor=name, correlation=f"call of {name}")) for name in ("Ann", "Bo")
    ]
    answers = Crowd(shop).place(order("A", "tea-1"), order("B", "tea-1"), engines=engines)
    for answer, name in zip(answers, ("Ann", "Bo"), strict=True):
        (entry,) = shop.history(answer.items[0].id)
        assert (entry.actor, entry.correlation) == (name, f"call of {name}")


def test_automatic_steps_follow_for_each(make_shop):
    world = make_shop().stocked(tea_1=10)
    world.deploy("states new paid*\nnew -> paid : pay\nevent pay onEnter")
    answers = Crowd(world).place(order("A", "tea-1"), order("B", "tea-1"))
    assert [answer.items[0].state for answer in answers] == ["paid", "paid"]
    assert world.reserved("tea-1") == 3


def test_tasks_of_a_web_server_place_without_blocking_it(shop):
    async def buy():
        orders = [shop.engine.aplace(order(f"o{n}", "tea-2")) for n in range(5)]
        return await asyncio.gather(*orders, return_exceptions=True)

    answers = asyncio.run(buy())
    assert sum(isinstance(answer, NotAvailable) for answer in answers) == 2
    assert shop.held("tea-2") == 3


def test_a_task_is_told_where_automatic_steps_have_led(make_shop):
    world = make_shop().stocked(tea_1=10)
    world.deploy("states new paid*\nnew -> paid : pay\nevent pay onEnter")
    view = asyncio.run(world.engine.aplace(order("A", "tea-1")))
    assert view.items[0].state == "paid"
    assert asyncio.run(world.engine.aplace(order("A", "tea-1"))).existing


def test_whoever_follows_reservations_is_told_of_them_and_nothing_else_differs(make_shop):
    """With a handler beside the one of every installation, placing takes another way to the same end."""
    told, found = [], []
    for followed in (False, True):
        world = make_shop().stocked(tea_1=4, tea_2=2)
        if followed:
            world.plugins.handlers.append(lambda changes, work: told.extend(c.sku for c in changes))
        world.deploy("states new* paid*\nnew -> paid : pay")
        for number in range(3):
            world.place("tea-1", "tea-2" if number < 2 else "tea-1")
        tables = ("reservation", "availability", "abstract_availability", "order_item", "item_history")
        rows = [sorted(world.query(f"SELECT * FROM {table}"), key=str) for table in tables]
        found.append((rows, world.messages("availability")))
        assert world.drift() == []
    assert told == ["tea-1", "tea-2", "tea-1", "tea-2", "tea-1"]
    assert found[0] == found[1]
    assert found[0][1]
