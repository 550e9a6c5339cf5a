"""Several versions of one process side by side, and what marks a state."""

from __future__ import annotations

import pytest

from engine.errors import EarmarkError
from tests.helpers.shop import codes

FIRST = """
    states new* packed* sent
    new -> packed : pack
    packed -> sent : send
"""
SECOND = """
    states new boxed sent
    new -> boxed : pack
    boxed -> sent : send
"""


def test_items_stay_on_the_version_that_they_began_with(shop):
    shop.deploy(FIRST)
    (old,) = shop.place()
    shop.deploy(SECOND)
    (new,) = shop.place()
    assert shop.fire("pack", old, new).moved == 2
    assert shop.states(old, new) == ["packed", "boxed"]
    assert [(info.name, info.items) for info in shop.engine.processes()] == [("Sale", 1), ("Sale", 1)]


def test_a_state_that_a_new_version_does_not_have_any_more_breaks_nobody(shop):
    shop.deploy(FIRST)
    old, other = shop.place("green", "green")
    shop.fire("pack", old)
    with pytest.raises(EarmarkError, match="'packed': 1 item") as refusal:
        shop.deploy(SECOND)
    assert refusal.value.code == "strands_items"
    shop.deploy(SECOND, force=True)
    (new,) = shop.place()
    assert shop.fire("send", old).moved == 1
    assert codes(shop.fire("send", other, new).blocked) == dict.fromkeys((other, new), "event_not_available")


def test_what_items_reserve_is_what_their_own_version_says(shop):
    shop.deploy(FIRST)
    (old,) = shop.place()
    shop.deploy(SECOND)
    shop.place()
    assert (shop.reserved(), shop.held()) == (1, 0)
    shop.fire("pack", old)
    assert shop.reserved() == 1
    shop.fire("send", old)
    assert shop.reserved() == 0


def test_a_changed_file_counts_from_its_deployment_on(shop):
    shop.deploy(FIRST)
    (shop.folder / "Sale.xml").write_text("<broken", encoding="utf-8")
    (item,) = shop.place()
    assert shop.another().process("Sale").states[0].reserved
    assert shop.fire("pack", item).moved == 1


def test_the_same_file_again_is_the_same_version(shop):
    shop.deploy(FIRST)
    shop.deploy(SECOND)
    shop.deploy(FIRST)
    (item,) = shop.place()
    assert len(shop.engine.processes()) == 2
    assert shop.fire("pack", item).moved == 1
    assert shop.states(item) == ["packed"]


def test_flags_and_display_names_are_kept_as_written(earmark, project):
    (project / "Flagged.xml").write_text(
        """<statemachine><process name="Flagged" main="true"><states>
        <state name="new" display="shop.new"><flag>cancellable</flag><flag>my own</flag></state>
        <state name="done"/></states><transitions><transition happy="true"><source>new</source>
        <target>done</target><event>go</event></transition></transitions>
        <events><event name="go" manual="true"/></events></process></statemachine>""",
        encoding="utf-8",
    )
    states = earmark("process", "show", "Flagged.xml", "--json").shaped("process-show")["states"]
    assert [(state["name"], state["display"], state["flags"]) for state in states] == [
        ("new", "shop.new", ["cancellable", "my own"]),
        ("done", None, []),
    ]


def test_the_events_that_items_can_take_now_are_listed_automatic_ones_included(shop):
    charge = shop.command("charge", does=lambda *_: 1 / 0)
    shop.deploy("""
        states new paid gone
        new -> paid : pay
        new -> gone : cancel
        paid -> gone : send
        event pay onEnter command=charge
        event cancel manual
    """)
    stays, moves = shop.place("green", "green")
    charge.does = None
    shop.fire("pay", moves)
    events = shop.engine.order_events("order-1")
    assert [(one.event, one.manual, one.items) for one in events] == [
        ("pay", False, (stays,)),
        ("cancel", True, (stays,)),
        ("send", True, (moves,)),
    ]
