"""Rows of events for single items: taken in their order, each answered by itself, and never twice."""

from __future__ import annotations

import pytest

from engine.codes import Code
from engine.requests import ItemEvent, OrderLine, OrderRequest
from engine.results import EventRefusal
from tests.helpers.crashes import crashes

SALE = """states new paid* packed* shipped* done
new -> paid : pay
paid -> packed : pack
packed -> shipped : ship
shipped -> done : close
paid -> paid : remind"""


@pytest.fixture
def shop(make_shop):
    """Orders O1 and O2 with items a and b each, and X with the item x; all are paid."""
    world = make_shop().stocked(tea_1=99)
    world.deploy(SALE)
    for reference, items in (("O1", "ab"), ("O2", "ab"), ("X", "x")):
        place(world, reference, items)
    return world


def place(shop, reference, items, event="pay"):
    lines = [OrderLine(sku="tea-1", quantity=1, reference=item) for item in items]
    shop.engine.place(OrderRequest(reference=reference, store="DE", items=lines))
    for item in shop.engine.order(reference).items:
        shop.trigger(event, item.id)


def rows(*texts):
    """Rows from ``order/item event`` or ``item event``, from line 2 on."""
    found = []
    for line, text in enumerate(texts, start=2):
        name, event = text.split()
        order, _, item = name.rpartition("/")
        found.append(ItemEvent(line, item, event, order or None))
    return found


def states(shop, reference):
    return {item.reference: item.state for item in shop.engine.order(reference).items}


def numbers(report):
    return report.moved, report.stayed, report.already, report.refused_rows


def refused(report):
    return [(row.line, row.code) for row in report.refused]


def test_rows_of_one_item_are_taken_in_their_order_and_those_of_others_with_them(shop):
    texts = (
        "O1/a pack",
        "O2/a pack",
        "O1/a ship",
        "O1/b pack",
        "O2/b pack",
        "O1/a close",
        "x pack",
        "O2/a ship",
    )
    report = shop.engine.import_events(rows(*texts))
    assert (report.rows, numbers(report), report.complete) == (8, (8, 0, 0, 0), True)
    assert states(shop, "O1") == {"a": "done", "b": "packed"}
    assert states(shop, "O2") == {"a": "shipped", "b": "packed"}
    assert states(shop, "X") == {"x": "packed"}


def test_rows_are_sets_and_not_a_call_each(shop):
    for number in range(30):
        place(shop, f"N{number}", "ab")
    before = shop.value("SELECT count(*) FROM transition_run")
    texts = [f"N{n}/{item} {event}" for n in range(30) for item in "ab" for event in ("pack", "ship")]
    assert shop.engine.import_events(rows(*texts)).moved == 120
    assert shop.value("SELECT count(*) FROM transition_run") == before + 2


def test_what_is_wrong_with_a_row_is_told_of_it_and_stops_no_other(shop):
    bad = EventRefusal(9, None, None, None, Code.WRONG_COLUMNS, "the row has 1 field, the header 3")
    texts = ("O1/a ship", "O9/a pack", "O1/z pack", "a pack", "O1/a fly", "O1/a pack", "z pack")
    report = shop.engine.import_events([*rows(*texts), bad])
    assert (report.rows, numbers(report)) == (8, (1, 0, 0, 7))
    assert sorted(refused(report)) == [
        (2, "event_not_available"),
        (3, "unknown_order"),
        (4, "unknown_item"),
        (5, "ambiguous_item"),
        (6, "unknown_event"),
        (8, "unknown_item"),
        (9, "wrong_columns"),
    ]
    messages = {row.line: row.message for row in report.refused}
    assert messages[3] == "there is no order 'O9'"
    assert messages[4] == "there is no item with the reference 'z' in the order 'O1'"
    assert messages[5] == "'a' is the reference of 2 items of several orders; name the order"
    assert states(shop, "O1")["a"] == "packed"


def test_what_was_taken_before_is_told_and_no_error(shop):
    texts = ("O1/a pack", "O1/a ship")
    shop.engine.import_events(rows(*texts))
    assert numbers(shop.engine.import_events(rows(*texts, "O1/a close"))) == (1, 0, 2, 0)
    shop.sql("DELETE FROM item_history")
    assert numbers(shop.engine.import_events(rows("O1/a close"))) == (0, 0, 1, 0)


def test_a_row_that_stands_there_twice_is_taken_once_beside_others_that_are_not_taken(shop):
    shop.engine.import_events(rows("O1/b pack"))
    report = shop.engine.import_events(rows("O1/a pack", "O1/b pack", "O1/a pack", "O2/b ship"))
    assert (numbers(report), report.failed) == ((1, 0, 2, 1), [])
    assert refused(report) == [(5, "event_not_available")]


def test_with_a_key_the_same_rows_are_taken_once_even_where_the_event_could_be_taken_again(shop):
    texts = ("O1/a remind", "O1/a remind", "O1/b remind")
    assert numbers(shop.engine.import_events(rows(*texts), key="k")) == (3, 0, 0, 0)
    assert numbers(shop.engine.import_events(rows(*texts), key="k")) == (0, 0, 3, 0)
    assert numbers(shop.engine.import_events(rows(*texts, "O1/a remind"), key="k")) == (1, 0, 3, 0)
    assert numbers(shop.engine.import_events(rows(*texts), key="other")) == (3, 0, 0, 0)
    assert numbers(shop.engine.import_events(rows(*texts))) == (3, 0, 0, 0)


@pytest.mark.parametrize("statement", [1, 4, 9, 14, 20, 26, 33, 40])
def test_after_a_crash_the_same_rows_go_on_where_they_were_cut_off(shop, statement):
    events = ("remind", "pack", "ship")
    texts = [f"{order}/{item} {event}" for order in ("O1", "O2") for item in "ab" for event in events]
    crashed = crashes(shop, statement, lambda: shop.engine.import_events(rows(*texts), key="k"))
    report = shop.engine.import_events(rows(*texts), key="k")
    assert (report.moved + report.already, report.refused_rows) == (12, 0)
    assert crashed or report.moved == 0
    assert set(states(shop, "O1").values()) == set(states(shop, "O2").values()) == {"shipped"}
    taken = shop.query(
        "SELECT r.event, count(*) FROM item_history h JOIN transition_run r ON r.id = h.run_id"
        " WHERE r.correlation = 'events-k' GROUP BY r.event ORDER BY r.event"
    )
    assert [tuple(row) for row in taken] == [("pack", 4), ("remind", 4), ("ship", 4)]


COMMANDS = """states new paid* packed* sent* gone
new -> paid : pay
paid -> packed : pack [ready]
packed -> sent : ship
sent -> gone : tell
event ship command=label manual
event tell command=mail onEnter"""


def test_a_command_that_fails_refuses_its_row_and_what_follows_a_row_is_told_apart(make_shop):
    shop = make_shop().stocked(tea_1=99)
    shop.plugins.add_condition("ready", lambda item, context: item.reference != "waits")
    broken = {"b"}
    shop.command("label", does=lambda item, context: 1 / 0 if item.reference in broken else None)
    shop.command("mail", does=lambda item, context: 1 / 0 if item.reference == "c" else None)
    shop.deploy(COMMANDS)
    place(shop, "O1", ["a", "b", "c", "waits"])
    texts = [f"O1/{item} {event}" for item in ("a", "b", "c", "waits") for event in ("pack", "ship")]
    report = shop.engine.import_events(rows(*texts), key="k", data={"file": "f.csv"})
    assert numbers(report) == (5, 1, 0, 2)
    assert sorted(refused(report)) == [(5, "command_failed"), (9, "event_not_available")]
    items = {item.reference: item.id for item in shop.engine.order("O1").items}
    assert [(one.item, one.code) for one in report.failed] == [(items["c"], "command_failed")]
    assert states(shop, "O1") == {"a": "gone", "b": "packed", "c": "sent", "waits": "paid"}
    assert {"file": "f.csv"} in [entry.given for entry in shop.history(items["a"])]
    broken.clear()
    again = shop.engine.import_events(rows(*texts), key="k")
    assert numbers(again) == (1, 1, 5, 1)
    assert states(shop, "O1")["b"] == "gone"
