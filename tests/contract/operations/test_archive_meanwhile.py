"""An order is archived at the very moment at which somebody fires an event for it."""

from __future__ import annotations

import pytest

from engine.errors import EarmarkError, OrderArchived
from tests.helpers.crashes import at_statement

SALE = """
    states new gone!true returned*
    new -> gone : send
    gone -> returned : return
    event return command=c manual
"""


@pytest.mark.parametrize("moment", range(1, 9))
@pytest.mark.parametrize("ask", ["by item", "by order", "by state"])
def test_either_the_event_is_first_or_the_archive(world, ask, moment):
    world.command("c")
    world.deploy(SALE)
    item = world.place("tea-1", reference="R-1")[0]
    world.trigger("send", item)
    world.place("tea-2")
    other = world.another(busy_timeout_s=0.2)
    done: list[bool] = []

    def archive() -> None:
        try:
            other.archive_orders(["R-1"])
        except EarmarkError:
            return
        done.append(True)

    at_statement(world, moment, archive)
    fire = {
        "by item": lambda: world.trigger("return", item),
        "by order": lambda: world.trigger_orders("return", "R-1"),
        "by state": lambda: world.trigger_state("return", "gone"),
    }[ask]
    try:
        report = fire()
    except OrderArchived:
        assert done
    else:
        moved = report.moved
        assert moved == (0 if done else 1), report.as_dict()
    finally:
        world.database.probe = None
    assert world.drift() == []
