"""What observers are told of execution: what is committed, once, and nothing else."""

from __future__ import annotations

import threading

import pytest

from engine.errors import DatabaseBusy, NotAvailable
from engine.facts import Busy, Imported, Placed, Published, Reconciled, Refused, Stepped, Waited
from engine.hooks import Scope
from engine.storage.schema import open_database
from tests.helpers.observing import Notes, watch
from tests.helpers.shop import numbered, order

SALE = """
    states new paid* shipped* gone
    new -> paid : pay
    new -> gone [odd]
    paid -> shipped : ship [ready]
    shipped -> gone : stock-update
    event pay command=charge manual
    event ship onEnter
    event stock-update manual
"""


@pytest.fixture
def sale(sale):
    sale.charge = sale.command("charge", Scope.ORDER)
    sale.plugins.add_condition("ready", lambda item, context: True)
    sale.plugins.add_condition("odd", lambda item, context: False)
    return sale


def steps(notes):
    return [(f.source, f.target, f.event, f.trigger, f.outcome, f.items) for f in notes.of(Stepped)]


def test_a_group_that_moves_is_told_once_with_everything_its_log_row_says(sale):
    items = sale.place_many(3)
    notes = watch(sale)
    sale.trigger("pay", *items)
    assert steps(notes) == [
        ("new", "paid", "pay", "api", "moved", 3),
        ("paid", "shipped", "ship", "on-enter", "moved", 3),
    ]
    first = notes.of(Stepped)[0]
    assert (first.process, first.command) == ("Sale", "charge")
    assert first.command_s >= 0
    correlation = sale.value("SELECT correlation FROM transition_run WHERE id = ?", first.run)
    assert {fact.correlation for fact in notes.of(Stepped)} == {correlation}


def test_nothing_is_told_of_what_is_rolled_back(sale):
    (item,) = sale.place()
    notes = watch(sale)

    seen = []

    def crash(name):
        seen.append(name)
        if name == "commit" and "insert_run" in seen:
            raise RuntimeError("power cut")

    sale.engine.runtime.database.probe = crash
    with pytest.raises(RuntimeError):
        sale.trigger("pay", item)
    sale.engine.runtime.database.probe = None
    assert notes.of(Stepped) == []
    assert sale.state(item) == "new"


def test_what_is_blocked_or_fails_is_told_by_code(sale):
    first, second = sale.place(), sale.place()
    sale.trigger("pay", *second)

    def fail(*_arguments):
        raise ValueError("no funds")

    sale.charge.does = fail
    notes = watch(sale)
    sale.trigger("pay", *first, *second)
    told = {(fact.kind, fact.code): fact.items for fact in notes.of(Refused)}
    assert told == {("blocked", "event_not_available"): 1, ("failed", "command_failed"): 1}
    failed = notes.of(Stepped)[0]
    assert (failed.outcome, failed.target, failed.error) == (
        "failed",
        None,
        "command_failed: charge: ValueError: no funds",
    )


def test_a_step_that_is_stuck_is_told(make_shop):
    world = make_shop(execution={"retry_attempts": 1, "lock_wait_s": 0.0}).stocked(tea_1=5)
    world.deploy("states new done\nnew -> done : go\nevent go command=break onEnter")
    world.command("break", does=lambda *_: 1 / 0)
    notes = watch(world)
    world.place()
    assert [(f.kind, f.code, f.items) for f in notes.of(Refused)] == [
        ("failed", "command_failed", 1),
        ("stuck", "command_failed", 1),
    ]


def test_placements_are_told_with_what_was_refused(sale):
    notes = watch(sale)
    sale.place(reference="A")
    sale.place(reference="A")
    with pytest.raises(NotAvailable):
        sale.place("tea-1 500", reference="B")
    report = sale.engine.place_many(
        numbered([order("C", "tea-1", "tea-2"), order("D", "tea-1 500"), order("E", "nix")])
    )
    assert report.placed == 1
    told = [(f.placed, f.existing, f.items, dict(f.refused)) for f in notes.of(Placed)]
    assert told == [
        (1, 0, 1, {}),
        (0, 1, 0, {}),
        (0, 0, 0, {"not_available": 1}),
        (1, 0, 2, {"not_available": 1, "unknown_sku": 1}),
    ]
    assert [f.items for f in notes.of(Stepped) if f.outcome == "placed"] == [1, 2]


def test_timeouts_conditions_and_imports_are_told(sale):
    items = sale.place_many(2)
    sale.trigger("pay", *items)
    sale.forward(60)
    notes = watch(sale)
    sale.restock("tea-1,North,50", "tea-2,North,50")
    assert [(f.rows, f.imported, f.released, f.complete) for f in notes.of(Imported)] == [(2, 2, 2, True)]
    assert steps(notes) == [("shipped", "gone", "stock-update", "stock-update", "moved", 2)]
    sale.plugins.add_condition("odd", lambda item, context: True)
    (item,) = sale.place()
    sale.engine.run_conditions()
    assert ("new", "gone", None, "conditions", "moved", 1) in steps(notes)
    assert sale.state(item) == "gone"


def test_migrating_and_taking_it_back_are_told(sale):
    items = sale.place_many(2)
    sale.deploy(SALE + "gone -> new : again")
    notes = watch(sale)
    report = sale.migrate()
    assert steps(notes) == [("new", "new", None, "migrate", "migrated", 2)]
    sale.engine.undo_migration(report.migration)
    assert steps(notes)[1:] == [("new", "new", None, "undo", "migrated", len(items))]


def test_reconciling_and_publishing_are_told(sale):
    notes = watch(sale)
    sale.place()
    sale.sql("UPDATE reservation SET held = held + 5 WHERE product_id = 1 AND store_id = 1")
    report = sale.engine.reconcile(dry_run=True)

    class Sink:
        def publish(self, messages):
            pass

    published = sale.engine.publish(Sink())
    (told,) = notes.of(Reconciled)
    assert (told.drift, told.items, told.repaired) == (len(report.drift), 0, 0)
    assert told.drift > 0
    assert [fact.messages for fact in notes.of(Published)] == ([published] if published else [])


def test_waiting_for_a_claim_is_told(make_shop):
    world = make_shop(execution={"lock_wait_s": 0.2}).stocked(tea_1=5)
    world.deploy("states new paid*\nnew -> paid : pay\nevent pay command=charge manual")
    (item,) = world.place()
    rival = world.another()
    inside, leave = threading.Event(), threading.Event()

    def slow(*_arguments):
        inside.set()
        leave.wait(10)

    world.command("charge", does=slow)
    thread = threading.Thread(target=lambda: world.engine.trigger("pay", _selection(item)))
    thread.start()
    assert inside.wait(10)
    notes = Notes()
    rival.runtime.observer = notes
    report = rival.trigger("pay", _selection(item))
    leave.set()
    thread.join()
    rival.close()
    assert [refusal.code for refusal in report.blocked] == ["item_locked"]
    (waited,) = [fact for fact in notes.of(Waited) if fact.kind == "claim"]
    assert waited.seconds >= 0.2


def _selection(item):
    from engine.requests import Selection

    return Selection(items=(item,))


def test_a_database_that_stays_locked_is_told_as_busy(database_url, clock):
    holder = open_database(database_url, clock=clock, create=False)
    waiting = open_database(database_url, clock=clock, create=False, busy_timeout_s=0.1)
    notes = waiting.observer = Notes()
    with holder.write() as work:
        work.run("job_ensure", job="timeouts")
        with pytest.raises(DatabaseBusy), waiting.write() as late:
            late.run("job_ensure", job="timeouts")
    holder.close()
    waiting.close()
    assert len(notes.of(Busy)) == 1
    assert "locked for too long" in notes.of(Busy)[0].message


def test_spans_enclose_each_other_and_carry_the_correlation(sale):
    items = sale.place_many(2)
    notes = watch(sale)
    sale.trigger("pay", *items)
    names = [(name, around) for name, around, _ in notes.spans]
    assert names == [
        ("earmark.command", "earmark.chunk"),
        ("earmark.command", "earmark.chunk"),
        ("earmark.chunk", "earmark.trigger"),
        ("earmark.chunk", "earmark.trigger"),
        ("earmark.trigger", None),
    ]
    assert len({attributes["correlation"] for _, _, attributes in notes.spans}) == 1
    assert notes.spans[0][2]["command"] == "charge"


def test_runs_placements_and_imports_have_spans(sale):
    notes = watch(sale)
    sale.place()
    sale.engine.run_conditions()
    sale.engine.run_timeouts()
    sale.restock("tea-1,North,50")
    tops = [name for name, around, _ in notes.spans if around is None]
    assert tops == ["earmark.place", "earmark.conditions", "earmark.timeouts", "earmark.import_stock"]
    assert ("earmark.chunk", "earmark.conditions") in [(name, around) for name, around, _ in notes.spans]


def test_a_broken_observer_changes_nothing(sale):
    class Broken:
        def tell(self, fact):
            raise OSError("disk full")

        def span(self, name, /, **attributes):
            raise OSError("disk full")

    (item,) = sale.place()
    watch(sale, Broken())
    assert sale.trigger("pay", item).moved == 1
    assert sale.state(item) == "shipped"


def test_forcing_and_trying_again_are_told(sale):
    def fail(*_arguments):
        raise ValueError("no funds")

    (item,) = sale.place()
    sale.charge.does = fail
    sale.trigger("pay", item)
    notes = watch(sale)
    sale.engine.force("gone", _selection(item), reason="lost")
    sale.engine.retry()
    assert ("new", "gone", None, "force", "forced", 1) in steps(notes)
    assert [name for name, around, _ in notes.spans if around is None] == ["earmark.force", "earmark.retry"]
