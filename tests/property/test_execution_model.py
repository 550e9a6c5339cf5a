"""Random processes and random days in a shop: the engine and a plain model of it never disagree.

What happens on a day is in ``days`` (orders), ``repair_days`` (versions, repairs), ``still_days`` (suspensions),
``closing_days`` (archived, forgotten) and ``busy_days`` (all of that in the middle of a migration); what should
come of it in ``tests.helpers.model`` and ``tests.helpers.model_versions``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.busy_days import BusyDays

STEPS = 50
"""How long a day is."""

DAYS = {"sqlite": 170, "postgresql": 30}
"""How many days are tried: together more than 10,000 steps."""

SOAK = "EARMARK_SOAK_MINUTES"
"""For how many minutes ``make soak`` tries further days, on each kind of database."""


@pytest.fixture(params=DAYS)
def machine(request: pytest.FixtureRequest) -> Callable[[], BusyDays]:
    url = None if request.param == "sqlite" else str(request.getfixturevalue("postgresql_database"))
    return lambda: BusyDays(url)


def live(machine: Callable[[], BusyDays], days: int, **more: Any) -> None:
    told = settings(
        max_examples=days,
        stateful_step_count=STEPS,
        **more,
    )
    run_state_machine_as_test(machine, settings=told)


def test_the_engine_and_the_model_agree(
    request: pytest.FixtureRequest, machine: Callable[[], BusyDays]
) -> None:
    assert sum(DAYS.values()) * STEPS >= 10_000
    live(machine, DAYS[request.node.callspec.params["machine"]])


@pytest.mark.skipif(SOAK not in os.environ, reason=f"{SOAK} is not set: 'make soak' does")
def test_they_agree_for_as_long_as_one_likes(machine: Callable[[], BusyDays]) -> None:
    end = time.monotonic() + 60 * float(os.environ[SOAK])
    while time.monotonic() < end:
        live(machine, 20, derandomize=False)
