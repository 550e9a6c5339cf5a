"""Every unit of work may be undone by the database in favour of another one: it is run again, and counts once."""

from __future__ import annotations

import psycopg
import pytest

from engine.errors import DatabaseBusy
from engine.hooks import Scope
from engine.jobs.records import JobRecords
from engine.requests import Selection, Topology
from tests.chaos.audit import audit
from tests.helpers.clock import DAY, HOUR
from tests.helpers.databases import ON_POSTGRESQL
from tests.helpers.plugins import fails
from tests.helpers.shop import SHARED, order, stock_file

SALE = """
    states new* paid* sent* gone told late
    new -> paid : pay
    new -> told : tell
    new -> late : expire
    paid -> sent : on
    sent -> gone : stock-update
    told -> gone [open]
    event pay manual command=charge
    event tell manual command=announce
    event on onEnter
    event expire timeout=1hour
    event stock-update
"""


pytestmark = ON_POSTGRESQL


@pytest.fixture
def make_sale(make_shop):
    def make():
        world = make_shop().stocked(tea_1=50, tea_2=50)
        world.command("charge", Scope.ORDER)
        world.command("announce", transactional=True, does=publish)
        world.plugins.add_condition("open", lambda *_: True)
        world.deploy(SALE)
        for reference in ("A", "B", "C", "D"):
            world.place("tea-1", "tea-2", reference=reference)
        world.trigger("pay", 1, 2)
        world.trigger("tell", 3, 4)
        return world

    return make


def publish(item, context):
    context.publish("told", {"item": item.id})


def count(world):
    world.forward(HOUR)
    rows = ("tea-1,North,40,0,0", "tea-1,North,41,0,0", "tea-2,North,30,0,0", "nothing,North,1,0,0")
    return world.engine.import_stock(stock_file(world.folder / "counted.csv", *rows))


def late(world):
    world.forward(2 * HOUR)
    return world.engine.run_timeouts()


def repeat(world):
    world.command("charge", Scope.ORDER, does=fails())
    first = world.trigger("pay", 5, 6).as_dict()
    world.command("charge", Scope.ORDER)
    return first, world.trigger("pay", 5, 6).as_dict(), world.engine.retry().as_dict()


def migrate(world):
    world.deploy(SALE.replace("told", "heard"), force=True)
    done = world.migrate(state_map={"told": "heard"})
    undone = world.engine.undo_migration(done.migration)
    return done.groups, done.moved, undone.groups, undone.moved


def fail_twice(world):
    """Two timeouts of the same items fail and are tried again: each item is counted once."""
    world.deploy(SALE.replace("timeout=1hour", "timeout=1hour command=mail") + TWICE, name="Twice")
    world.command("mail", does=fails())
    world.place("tea-1", "tea-2", process="Twice", reference="T")
    world.forward(2 * HOUR)
    reports = (world.engine.run_timeouts(), world.engine.retry())
    return [(report.examined, report.moved, len(report.failed)) for report in reports]


TWICE = "\nnew -> late : nag\nevent nag timeout=1hour command=mail"


def reconcile(world):
    database = world.engine.runtime.database
    probe, database.probe = database.probe, None
    world.sql("UPDATE reservation SET reserved = reserved + 1000000")
    database.probe = probe
    return world.engine.reconcile()


class Nowhere:
    """Takes every message."""

    def publish(self, messages):
        pass


def purge(world):
    world.engine.run_conditions()
    world.engine.publish(Nowhere())
    world.forward(90 * DAY)
    return world.engine.purge("30 days")


def jobs(world):
    ledger = JobRecords(world.engine.runtime.database, "me")
    ledger.start_counting("timeouts/all")
    lease = ledger.take("timeouts", "timeouts/all")
    ended = ledger.finish(lease, "done", {})
    again = ledger.take_if_due("timeouts", "timeouts/all", lambda covered: True)
    return lease.token, ended, again.token


ACTIONS = {
    "place": lambda world: len(world.engine.place(order("late", "tea-1", "tea-2")).items),
    "trigger": lambda world: (world.trigger("pay", 5, 6).as_dict(), world.trigger("tell", 7, 8).as_dict()),
    "fail and repeat": repeat,
    "fail twice": fail_twice,
    "force": lambda world: world.engine.force("gone", Selection(items=(1, 2, 5)), reason="lost"),
    "timeouts": late,
    "conditions": lambda world: world.engine.run_conditions(),
    "conditions, some": lambda world: world.engine.run_conditions(limit=1),
    "import": count,
    "deploy": lambda world: world.engine.deploy(world.process(SALE, name="Other")).version,
    "deactivate": lambda world: world.engine.activate("Sale", active=False)[0].active,
    "migrate and undo": migrate,
    "topology": lambda world: world.engine.apply_topology(
        Topology.model_validate({**SHARED, "warehouses": [{"name": "North"}]})
    ),
    "reconcile": reconcile,
    "publish": lambda world: world.engine.publish(Nowhere()),
    "purge": purge,
    "jobs": jobs,
}


@pytest.mark.parametrize("action", ACTIONS)
def test_what_gives_way_at_its_end_is_done_again_and_counts_once(make_sale, action):
    undisturbed = outcome(make_sale(), ACTIONS[action])
    world = make_sale()
    gave_way = []

    def give_way(name):
        if name != "commit":
            return
        gave_way.append(len(gave_way) % 2 == 0)  # each unit of work once
        if gave_way[-1]:
            raise DatabaseBusy("somebody else goes first") from psycopg.errors.DeadlockDetected()

    world.engine.runtime.database.probe = give_way
    disturbed = outcome(world, ACTIONS[action])
    world.engine.runtime.database.probe = None
    assert any(gave_way)
    assert disturbed == undisturbed
    kept = {item for (item,) in world.query("SELECT DISTINCT item_id FROM item_history")}
    audit(world, {item for (item,) in world.query("SELECT id FROM order_item")} - kept)


def outcome(world, action):
    """What the action answered, and what it left."""
    answer = action(world)
    told = answer.as_dict() if hasattr(answer, "as_dict") else answer
    world.engine.runtime.database.probe = None
    items = world.query(
        "SELECT id, step, state_id, counted_reserved, counted_hold FROM order_item ORDER BY id"
    )
    rows = {table: world.value(f"SELECT count(*) FROM {table}") for table in TABLES}
    return told, rows, [(step, reserved, held) for _, step, _, reserved, held in items]


TABLES = (
    "transition_run", "item_history", "item_timeout", "due_step", "outbox", "stock_staging", "stock_import",
    "command_run", "command_member", "item_claim", "process_version", "migration_item", "job_run",
)  # fmt: skip
