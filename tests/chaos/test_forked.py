"""A web server opens the engine once and forks its workers afterwards: each process has its own connections."""

from __future__ import annotations

import pytest

from tests.chaos.buyer import PROCESSES, buy_forked, outlive_the_parent
from tests.chaos.processes import in_process, server

STOCK = 40


@pytest.fixture
def world(make_shop):
    world = make_shop().stocked(tea_1=STOCK)
    world.deploy(PROCESSES["reserves"])
    return world


def test_workers_that_are_forked_after_opening_sell_what_there_is_and_no_call_fails(world):
    answers = server().Queue()
    parent = in_process(buy_forked, world.folder, world.url, STOCK // 2, answers)
    accepted = answers.get(timeout=120)
    parent.join(60)
    assert sum(accepted) == STOCK
    assert world.value("SELECT count(*) FROM sales_order") == STOCK
    assert (world.available(), world.drift()) == (0, [])


def test_a_worker_goes_on_when_the_process_that_it_was_forked_from_closes_the_engine(world):
    world.close()  # no other process has the database open
    answers = server().Queue()
    parent = in_process(outlive_the_parent, world.folder, world.url, answers)
    assert answers.get(timeout=60) == 0
    parent.join(60)
    assert world.value("SELECT count(*) FROM sales_order") == 2
    assert (world.reserved(), world.drift()) == (2, [])
