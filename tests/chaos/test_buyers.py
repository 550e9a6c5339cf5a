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
