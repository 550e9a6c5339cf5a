"""Buyers race for the last pieces: together they get exactly what there is."""

from __future__ import annotations

import threading

import pytest

from tests.chaos.buyer import PROCESSES, buy, buy_alone
from tests.chaos.processes import in_process, server

STOCK = 13


@pytest.fixture(params=PROCESSES)
def world(request, make_shop):
    """A shop with a few pieces that two stores share, and a process that counts them in its own way."""
    world = make_shop().stocked(tea_1=STOCK)
    world.deploy(PROCESSES[request.param])
    return world


def check_sold_out(world, accepted):
    assert sum(accepted) == STOCK
    assert world.value("SELECT count(*) FROM sales_order") == STOCK
    for store in ("DE", "AT"):
        view = world.engine.availability(["tea-1"], store)[0]
        assert (view.reserved + view.held, view.available, view.shortfall) == (STOCK, 0, 0)
    assert world.drift() == []


def test_eight_threads_of_one_engine(world):
    accepted = []
    start = threading.Barrier(8)

    def run(number):
        start.wait(120)
        accepted.append(buy(world.engine, f"t{number}", ("DE", "AT")[number % 2], 5))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(accepted) == 8
    check_sold_out(world, accepted)


def test_four_processes(world):
    start, answers = server().Barrier(4), server().Queue()
    buyers = [
        in_process(
            buy_alone, world.folder, world.url, f"p{number}", ("DE", "AT")[number % 2], 8, start, answers
        )
        for number in range(4)
    ]
    accepted = [answers.get(timeout=120) for _ in buyers]
    for buyer in buyers:
        buyer.join(60)
        assert buyer.exitcode == 0
    check_sold_out(world, accepted)


CHANNELS = {
    "warehouse_groups": {"All": ["North", "South"]},
    "channel_groups": {"web": ["DE", "AT"], "market": ["US"]},
    "links": {"All": ["web", "market"]},
}


def test_processes_of_two_channel_groups_get_together_what_their_warehouses_have(make_shop):
    world = make_shop(sharing=CHANNELS).stocked(tea_1=STOCK)
    world.restock("tea-1,South,7")
    world.deploy(PROCESSES["reserves"])
    start, answers = server().Barrier(4), server().Queue()
    buyers = [
        in_process(
            buy_alone, world.folder, world.url, f"p{number}", ("DE", "US")[number % 2], 8, start, answers
        )
        for number in range(4)
    ]
    accepted = [answers.get(timeout=120) for _ in buyers]
    for buyer in buyers:
        buyer.join(60)
        assert buyer.exitcode == 0
    # A group may come too early for the last piece, which was the other one's then: that one gets it.
    rest = sum(buy(world.engine, f"rest-{place}", store, 8) for place, store in enumerate(("DE", "US", "DE")))
    assert sum(accepted) + rest == STOCK + 7
    for store in ("DE", "AT", "US"):
        view = world.engine.availability(["tea-1"], store)[0]
        assert (view.available, view.shortfall) == (0, 0)
    assert world.value("SELECT sum(quantity) FROM allotment") == (STOCK + 7) * 1_000_000
    assert world.drift() == []
