"""How many items stand in closed states is kept, and right whatever moved them."""

from __future__ import annotations

import pytest

from engine.requests import Selection
from engine.versions import closed
from tests.helpers.at_once import at_once
from tests.helpers.clock import DAY, HOUR

SALE = """
    states new paid* delivered returned
    new -> paid : pay
    paid -> delivered : deliver
    delivered -> returned : return
    returned -> delivered : again
"""


def kept(world) -> dict[str, int]:
    """What is kept of each state, of closed ones only."""
    rows = world.query(
        "SELECT t.name, sum(c.items) FROM closed_items c JOIN process_state t ON t.id = c.state_id"
        " GROUP BY t.name HAVING sum(c.items) <> 0 ORDER BY t.name"
    )
    return {name: int(items) for name, items in rows}


def counted(world) -> dict[str, int]:
    return {state: items for state, items in world.engine.state_counts("Sale").items() if items}


def true(world) -> dict[str, int]:
    """What a count of all items says."""
    rows = world.query(
        "SELECT t.name, count(*) FROM order_item i JOIN process_state t ON t.id = i.state_id GROUP BY t.name"
    )
    return dict(rows)


def delivered(world, *stores: str) -> list[int]:
    items = [item for store in stores for item in world.place(store=store)]
    world.trigger("pay", *items)
    world.trigger("deliver", *items)
    return items


def test_what_comes_to_a_closed_state_and_leaves_it_is_told_by_every_view(sale):
    items = delivered(sale, "DE", "DE", "AT")
    sale.place()
    sale.trigger("return", items[0])
    assert kept(sale) == {"delivered": 2, "returned": 1}
    assert counted(sale) == true(sale) == {"new": 1, "delivered": 2, "returned": 1}
    assert {(c.state, c.items) for c in sale.engine.health().items} == set(counted(sale).items())
    (process,) = sale.engine.processes()
    assert (process.items, process.live) == (4, 4)
    cells = {row.state: row.items for row in sale.engine.matrix(store="AT")}
    assert cells == {"delivered": 1}
    sale.trigger("again", items[0])
    assert kept(sale) == {"delivered": 3}
    assert {row.state: row.items for row in sale.engine.matrix()} == {"new": 1, "delivered": 3}


def test_items_that_are_forced_out_of_a_closed_state_are_not_counted_there(sale):
    items = delivered(sale, "DE", "AT")
    sale.engine.force("new", Selection(items=(items[0],)), reason="not delivered")
    assert kept(sale) == {"delivered": 1}
    sale.engine.force("returned", Selection(items=(items[0],)), reason="it was")
    assert counted(sale) == true(sale) == {"delivered": 1, "returned": 1}


def test_a_process_may_begin_in_a_closed_state(sale):
    sale.deploy("states noted filed\nnoted -> filed : file", name="Note")
    sale.place(process="Note")
    sale.place(process="Note", store="AT")
    assert sale.engine.state_counts("Note") == {"noted": 2, "filed": 0}
    assert {row.state: row.items for row in sale.engine.matrix(process="Note", store="AT")} == {"noted": 1}


def test_a_migration_and_its_undoing_take_the_counts_along(sale):
    delivered(sale, "DE", "AT")
    sale.forward(2 * DAY)
    sale.deploy(SALE + "delivered -> returned : lost", force=True)
    report = sale.migrate(reason="new ways")
    (row,) = sale.engine.matrix()
    assert (row.state, row.items, row.day, row.week) == ("delivered", 2, 0, 2)
    old, new = (version.live for version in sale.engine.processes())
    assert (old, new) == (0, 2)
    sale.engine.undo_migration(report.migration)
    (row,) = sale.engine.matrix()
    assert (row.items, row.week) == (2, 2)
    assert [version.live for version in sale.engine.processes()] == [2, 0]


def test_the_ages_in_a_closed_state_go_by_whole_hours(sale):
    for age in (8 * DAY, 5 * DAY, 3 * HOUR):
        sale.forward(age)
        delivered(sale, "DE")
    sale.forward(HOUR)
    (row,) = sale.engine.matrix()
    assert (row.items, row.day, row.week, row.older) == (3, 2, 1, 0)
    sale.forward(3 * DAY)
    (row,) = sale.engine.matrix()
    assert (row.items, row.day, row.week, row.older) == (3, 0, 2, 1)


@pytest.fixture
def summing(monkeypatch):
    monkeypatch.setattr(closed, "MOST_NOTES", 3)


def test_notes_are_summed_up_and_say_the_same(sale, summing):
    first = delivered(sale, "DE", "DE", "AT")
    sale.forward(9 * DAY)
    for _ in range(4):
        delivered(sale, "DE", "AT")
    sale.trigger("return", first[0])
    sale.trigger("again", first[0])
    before = sale.engine.matrix(), sale.engine.matrix(store="AT")
    notes = sale.value("SELECT count(*) FROM closed_items")
    sale.engine.run_timeouts()
    assert sale.value("SELECT count(*) FROM closed_items") < notes
    assert (sale.engine.matrix(), sale.engine.matrix(store="AT")) == before
    sale.trigger("return", *first)  # what was summed up can leave
    sale.engine.run_timeouts()
    assert counted(sale) == true(sale) == {"delivered": 8, "returned": 3}


def test_nothing_is_lost_where_notes_are_summed_up_while_items_move(sale, summing):
    first, second = delivered(sale, "DE", "DE")
    delivered(sale, "AT")
    at_once(
        sale,
        lambda engine: engine.trigger("return", Selection(items=(first,))),
        "closed_entered",
        lambda engine: closed.sum_up(engine.runtime.database),
        waits=False,
    )
    sale.trigger("return", second)
    closed.sum_up(sale.database)
    assert kept(sale) == true(sale) == {"delivered": 1, "returned": 2}


def test_a_full_reconcile_finds_and_mends_what_is_kept_wrongly(sale):
    delivered(sale, "DE", "DE", "AT")
    sale.sql(
        "UPDATE closed_items SET items = items + 4 WHERE store_id = (SELECT id FROM store WHERE name = 'AT')"
    )
    assert sale.engine.reconcile().wrong == 0
    for dry_run in (True, False):
        seen = []
        report = sale.engine.reconcile(dry_run=dry_run, full=True, progress=lambda *done: seen.append(done))  # noqa: B023
        (state,) = report.states
        assert (state.process, state.state, state.stored, state.expected) == ("Sale", "delivered", 7, 3)
        assert (report.drift, report.items, report.repaired) == ([], 0, 0 if dry_run else 1)
        assert seen == [(3, 3)]
    assert sale.engine.reconcile(full=True).wrong == 0
    assert [(row.items, row.day) for row in sale.engine.matrix()] == [(3, 3)]
    assert [row.items for row in sale.engine.matrix(store="AT")] == [1]


def test_a_full_reconcile_looks_at_the_records_of_items_that_are_over(sale):
    delivered(sale, "DE")
    sale.sql("UPDATE order_item SET counted_reserved = 5")
    assert sale.engine.reconcile().wrong == 0  # no sum has it
    assert sale.engine.reconcile(full=True).items == 1
    assert sale.query("SELECT counted_reserved FROM order_item") == [(0,)]


def test_what_an_item_that_is_over_still_counts_in_a_sum_is_found(sale):
    delivered(sale, "DE")
    sale.sql("UPDATE order_item SET counted_reserved = quantity")
    sale.sql("UPDATE reservation SET reserved = 1000000 WHERE (product_id, store_id) IN"
             " (SELECT product_id, store_id FROM order_item)")  # fmt: skip
    report = sale.engine.reconcile()
    assert report.items == 1
    assert [row.what for row in report.drift] == ["reserved"]
    assert sale.drift() == []


def test_a_count_waits_for_who_has_noted_something_and_has_it(sale):
    first, _ = delivered(sale, "DE", "DE")
    sale.sql("DELETE FROM closed_items")
    sale.sql(
        "INSERT INTO closed_items (state_id, store_id, since, items)"
        " SELECT state_id, store_id, 0, 9 FROM order_item"
    )
    at_once(
        sale,
        lambda engine: engine.trigger("return", Selection(items=(first,))),
        "closed_entered",
        lambda engine: engine.reconcile(full=True),
    )
    assert kept(sale) == true(sale) == {"delivered": 1, "returned": 1}
    assert sale.drift() == []
