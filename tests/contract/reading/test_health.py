"""Health: numbers of what is stuck, overdue, left over and short, and nothing else."""

from __future__ import annotations

import threading

import pytest

from engine.errors import InputError
from engine.facts import Imported
from engine.jobs.records import JobRecords
from engine.results import StateCount
from tests.helpers.clock import DAY, START
from tests.helpers.observing import watch
from tests.helpers.waiting import until_somebody_waits

SALE = """
    states new waiting* paid* done
    new -> waiting : begin
    waiting -> done : expire
    waiting -> paid : pay
    paid -> done : finish
    event expire timeout=10min
    event pay command=charge manual
    event finish onEnter command=ship
"""
SECOND = 1_000_000


@pytest.fixture
def world(make_shop):
    world = make_shop(execution={"retry_attempts": 2, "lock_wait_s": 0.0}).stocked(tea_1=10, tea_2=10)
    world.deploy(SALE)
    world.command("charge")
    world.command("ship")
    return world


def lags(world):
    return {lag.kind: (lag.number, lag.oldest) for lag in world.engine.health().lags}


def test_a_quiet_engine_has_nothing_to_tell(world):
    world.sql("UPDATE outbox SET published_at = created_at")
    health = world.engine.health()
    assert (health.now, health.items, health.stuck, health.jobs) == (START, (), (), ())
    assert {lag.number for lag in health.lags} == {0}
    assert (health.expired_claims, health.unfinished_imports, health.shortfalls) == (0, (), 0)
    assert health.drift is None
    assert (health.lock_waiters is None) == world.url.startswith("sqlite")


def test_items_are_counted_per_state_in_the_order_of_the_process(world):
    first, second = world.place("tea-1", "tea-2")
    world.trigger("begin", first)
    assert world.engine.health().items == (StateCount("Sale", "new", 1), StateCount("Sale", "waiting", 1))
    world.trigger("begin", second)
    assert world.engine.health().items == (StateCount("Sale", "waiting", 2),)


def test_a_timeout_is_overdue_from_its_time_on(world):
    (item,) = world.place()
    world.trigger("begin", item)
    world.forward(599)
    assert lags(world)["timeout"] == (0, None)
    world.forward(61)
    assert lags(world)["timeout"] == (1, START + 600 * SECOND)
    world.engine.run_timeouts()
    assert lags(world)["timeout"] == (0, None)


def test_an_automatic_step_that_failed_is_overdue_when_its_pause_is_over_and_stuck_after_the_last_attempt(
    world,
):
    world.command("ship", does=lambda *_: 1 / 0)
    (item,) = world.place()
    world.trigger("begin", item)
    world.trigger("pay", item)
    assert lags(world)["automatic_step"] == (0, None)
    world.forward(100)
    assert lags(world)["automatic_step"][0] == 1
    world.engine.run_timeouts()
    assert lags(world)["automatic_step"] == (0, None)
    assert world.engine.health().stuck == (StateCount("Sale", "paid", 1),)


def test_a_timeout_and_a_waiting_item_that_are_stuck_count_once_per_item(world):
    first, second = world.place("tea-1", "tea-2")
    world.trigger("begin", first)
    world.sql("UPDATE item_timeout SET due_at = NULL")
    for item in (first, second):
        world.sql("INSERT INTO sweep_failure (item_id, step, attempts, stuck_at) VALUES (?, 0, 2, 5)", item)
    # The first has stepped since its conditions failed: only its timeout is stuck.
    assert world.engine.health().stuck == (StateCount("Sale", "new", 1), StateCount("Sale", "waiting", 1))
    world.sql("UPDATE sweep_failure SET step = 7")
    assert world.engine.health().stuck == (StateCount("Sale", "waiting", 1),)


def test_a_waiting_item_is_overdue_only_for_the_step_it_failed_at(world):
    (item,) = world.place()
    world.sql("INSERT INTO sweep_failure (item_id, step, attempts, due_at) VALUES (?, 0, 1, 7)", item)
    assert lags(world)["condition"] == (1, 7)
    world.trigger("begin", item)
    assert lags(world)["condition"] == (0, None)


def test_holds_and_messages_wait_too(world):
    world.sql("UPDATE outbox SET published_at = created_at")
    (item,) = world.place()
    world.sql("UPDATE order_item SET hold_until = ? WHERE id = ?", START - SECOND, item)
    world.sql("INSERT INTO outbox (kind, payload, created_at) VALUES ('x', '{}', ?)", START - 3 * SECOND)
    found = lags(world)
    assert found["hold"] == (1, START - SECOND)
    assert found["message"][1] == START - 3 * SECOND


def test_what_a_crash_leaves_behind_is_counted_when_its_lease_is_over(world):
    (item,) = world.place()
    insert = (
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at) "
        "VALUES (?, 't', 'h', 'pay', 0, 1, ?)"
    )
    world.sql(insert, item, START + 1)
    world.sql(
        "INSERT INTO stock_import (file, file_hash, as_of, forced, started_at, lease_until, token, rows, refused) "
        "VALUES ('count.csv', 'x', 1, 0, 1, ?, 't', 0, 0)",
        START + 1,
    )
    before = world.engine.health()
    world.forward(1)
    after = world.engine.health()
    assert (before.expired_claims, before.unfinished_imports) == (0, ())
    assert (after.expired_claims, after.unfinished_imports) == (1, ("count.csv",))


def test_a_migration_is_open_until_it_has_come_to_its_end_or_is_undone(world):
    first, second = world.place_many(2)
    world.trigger("begin", second)
    deployed = world.deploy(SALE.replace("waiting*", "parked*").replace("waiting", "parked"), force=True)
    steps = iter([False, True])
    world.engine.runtime.stop = lambda: next(steps, True)
    assert not world.migrate(state_map={"waiting": "parked"}).complete
    world.engine.runtime.stop = lambda: False
    (found,) = world.engine.health().open_migrations
    assert (found.process, found.version, found.state_map) == (
        "Sale",
        deployed.version,
        {"waiting": "parked"},
    )
    assert (found.started_at, found.moved) == (START, 1)
    world.migrate(state_map={"waiting": "parked"})
    assert world.engine.health().open_migrations == ()
    assert world.states(first, second) == ["new", "parked"]


def test_a_count_below_what_is_promised_is_a_shortfall(world):
    items = world.place_many(4)
    world.trigger("begin", *items)
    world.restock("tea-1,North,3")
    assert world.engine.health().shortfalls >= 1
    world.restock("tea-1,North,4")
    assert world.engine.health().shortfalls == 0


def test_what_lies_in_a_sharing_stores_warehouse_is_no_shortfall_anywhere(world):
    world.stocked({
        "warehouses": [{"name": "North"}, {"name": "South"}],
        "stores": [
            {"name": "DE", "warehouses": ["North"], "shares_reservations_with": ["AT"]},
            {"name": "AT", "warehouses": ["South"]},
        ],
    })  # fmt: skip
    world.restock("tea-1,North,10", "tea-1,South,0")
    first = world.place("tea-1 4", reference="A")
    second = world.place("tea-1 3", reference="B")
    world.trigger("begin", *first, *second)

    def told():
        stores = ("AT", "DE")
        views = [world.engine.availability(["tea-1"], store)[0] for store in stores]
        return {view.store: view.shortfall for view in views if view.shortfall}

    assert told() == {} and world.engine.shortfalls() == [] and world.engine.health().shortfalls == 0
    world.restock("tea-1,North,5")
    listed = world.engine.shortfalls()
    assert {one.store: one.shortfall for one in listed} == told() != {}
    assert world.engine.health().shortfalls == len(listed)
    (own,) = [one for one in listed if one.store == "DE"]
    assert [(order.reference, order.store, order.items, order.reserved) for order in own.orders] == [
        ("B", "DE", 1, 3), ("A", "DE", 1, 4),
    ]  # fmt: skip
    (short,) = [one for one in world.engine.shortfalls(orders=1) if one.store == "DE"]
    assert (short.order_count, len(short.orders), short.stock) == (2, 1, 5)


def test_rows_that_the_last_import_refused_are_told_for_a_day(world):
    header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
    path = world.folder / "count.csv"

    def imported(row):
        path.write_text(f"{header}\n{row}\n", encoding="utf-8")
        world.engine.import_stock(path, as_of=world.engine.runtime.database.clock())
        return dict(world.engine.health().refused_rows)

    assert imported("tea-1,Nowhere,3,0,0") == {str(path): 1}
    assert imported("tea-1,North,3,0,0") == {}
    assert imported("tea-9,North,3,0,0") == {str(path): 1}
    world.forward(2 * DAY)
    assert world.engine.health().refused_rows == {}
    health = world.engine.health()
    assert health.now - health.counted_at["North"] >= 2 * DAY


def test_a_refused_file_is_a_fact_of_its_own(world):
    notes = watch(world)
    path = world.folder / "bad.csv"
    path.write_text("this is no stock file\n", encoding="utf-8")
    with pytest.raises(InputError):
        world.engine.import_stock(path)
    assert [(fact.file, fact.code) for fact in notes.of(Imported)] == [("bad.csv", "input_invalid")]


def test_jobs_tell_their_last_run_and_reconciling_its_drift(world):
    ledger = JobRecords(world.engine.runtime.database, "here")
    lease = ledger.take("timeouts", "timeouts")
    world.forward(5)
    (running,) = world.engine.health().jobs
    assert (running.outcome, running.holder, running.finished_at) == ("running", "here", None)
    ledger.finish(lease, "done", {})
    for job, found in (("reconcile/nightly", [{"sku": "a"}, {"sku": "b"}]), ("reconcile", [{"sku": "a"}])):
        lease = ledger.take("reconcile", job)
        world.forward(1)
        ledger.finish(lease, "partly", {"checked": 4, "drift": found, "items": 1, "repaired": 0})
    health = world.engine.health()
    outcomes = {"timeouts": "done", "reconcile": "partly", "reconcile/nightly": "partly"}
    assert {job.job: job.outcome for job in health.jobs} == outcomes
    assert health.drift == 2


def test_a_session_that_waits_for_a_lock_is_seen_on_postgresql(world):
    if world.url.startswith("sqlite"):
        pytest.skip("an embedded database cannot tell")
    ledger = JobRecords(world.engine.runtime.database, "here")
    with world.engine.runtime.database.write() as work:
        work.run("job_ensure", job="timeouts")
        waiting = threading.Thread(target=lambda: ledger.start_counting("timeouts"))
        waiting.start()
        until_somebody_waits(world.url)
        health = world.engine.health()
    waiting.join()
    assert health.lock_waiters == 1
    assert health.longest_lock_wait >= 0
