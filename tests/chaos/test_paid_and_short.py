"""Many buyers for few pieces, in processes that are killed: who has paid gets it, and nothing is kept for ever."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.chaos.audit import audit
from tests.chaos.payer import RUSH, SKUS, STORES, Answers, buy_and_pay, open_rush, pays, wanted
from tests.chaos.processes import in_process
from tests.helpers.waiting import until

SOAK = "EARMARK_SOAK_MINUTES"
PIECES = 20
"""How many there are of each sku."""

KILL_EVERY_S = 0.4


@pytest.mark.parametrize(("processes", "threads"), [(1, 64), (4, 8)])
def test_nobody_is_paid_and_short(tmp_path, fresh_url, processes, threads):
    rush(tmp_path, fresh_url(), 200, processes, threads)


@pytest.mark.skipif(SOAK not in os.environ, reason=f"{SOAK} is not set: 'make soak' does")
@pytest.mark.parametrize(("processes", "threads"), [(1, 64), (4, 8), (8, 8)])
@pytest.mark.parametrize("buyers", [2_000, 20_000])
def test_nobody_is_paid_and_short_for_as_long_as_one_likes(tmp_path, fresh_url, buyers, processes, threads):
    rush(tmp_path, fresh_url(), buyers, processes, threads)


def rush(folder, url, buyers, processes, threads):
    """Let so many buyers in, kill somebody now and then, and look at what is left."""
    world = open_rush(folder, url)
    world.stocked()
    world.topology(products=[{"sku": "tea", "concretes": [{"sku": sku} for sku in SKUS]}])
    world.restock(*(f"{sku},North,{PIECES}" for sku in SKUS))
    world.deploy(RUSH)
    told = _served(folder, url, buyers, processes, threads)
    until(lambda: _all_is_quiet(world), "the last orders to expire", every_s=0.1)
    _check(world, buyers, told)
    world.close()


def _served(folder, url, buyers, processes, threads):
    """Start the processes, kill one of them now and then and start it again with all of its buyers."""
    lots = random.Random(buyers)
    shares = [range(first, buyers, processes) for first in range(processes)]
    running = [in_process(buy_and_pay, folder, url, share, threads) for share in shares]
    killed = 0
    while any(process.is_alive() for process in running):
        time.sleep(KILL_EVERY_S)
        number = lots.randrange(processes)
        if running[number].is_alive() and killed < 2 * processes:
            running[number].kill()
            running[number].join()
            killed += 1
            running[number] = in_process(buy_and_pay, folder, url, shares[number], threads)
    assert [process.exitcode for process in running] == [0] * processes
    return Answers(folder).all()


def _all_is_quiet(world):
    world.engine.run_timeouts()
    return not world.query(
        "SELECT 1 FROM order_item i JOIN process_state s ON s.id = i.state_id WHERE s.name = 'new'"
    )


def _check(world, buyers, told):
    last, ever = {}, {}
    for buyer, answer in told:
        last[buyer] = answer
        ever.setdefault(buyer, set()).add(answer)
    assert set().union(*ever.values()) <= {"accepted", "refused", "paid", "late"}
    assert last.keys() == set(range(buyers)), "somebody has no answer"

    stood = dict(
        world.query(
            "SELECT o.reference, s.name FROM sales_order o JOIN order_item i ON i.order_id = o.id"
            " JOIN process_state s ON s.id = i.state_id"
        )
    )
    states = {int(reference.removeprefix("buyer-")): state for reference, state in stood.items()}
    assert len(states) == world.value("SELECT count(*) FROM order_item"), "an order was stored twice"
    # What somebody was told is what is stored, and the other way round.
    assert {buyer for buyer, answers in ever.items() if "accepted" in answers} == states.keys()
    paid = {buyer for buyer, state in states.items() if state == "paid"}
    assert {buyer for buyer, answers in ever.items() if "paid" in answers} == paid
    assert all(states[buyer] == "expired" for buyer in states if not pays(buyer))
    charged = world.value("SELECT count(*) FROM outbox WHERE kind = 'charged'")
    assert charged == len(paid), "somebody paid twice, or for nothing"
    for sku in SKUS:
        sold = sum(wanted(buyer)[0] == sku for buyer in paid)
        assert 0 < sold <= PIECES, "more was paid for than there is"
        for store in STORES:
            (view,) = world.engine.availability([sku], store)
            assert (view.reserved, view.held, view.available, view.shortfall) == (sold, 0, PIECES - sold, 0)
    audit(world)
