"""Locks held for too long end a call cleanly; locks taken in opposite orders are sorted out by the engine."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager

import psycopg
import pytest

from engine.errors import DatabaseBusy, StorageError
from engine.hooks import Scope
from engine.requests import Selection
from engine.storage import database as database_module
from tests.chaos.audit import audit
from tests.helpers.clock import HOUR
from tests.helpers.plugins import fails
from tests.helpers.postgres import empty
from tests.helpers.shop import Shop, codes, order, stock_file
from tests.helpers.waiting import until_somebody_waits

PROCESS = """
    states new* paid* shipped* gone told late
    new -> paid : pay
    paid -> shipped : ship
    shipped -> gone : stock-update
    new -> told : tell
    new -> late : expire
    told -> gone
    event pay manual command=charge
    event ship manual
    event stock-update
    event tell manual command=announce
    event expire timeout=1hour
"""


def furnished(world):
    world.stocked(tea_1=50, tea_2=50)
    world.command("charge", Scope.ORDER)
    world.command("announce", transactional=True, does=publish)
    world.deploy(PROCESS)
    return world


def publish(item, context):
    context.publish("told", {"item": item.id})


@pytest.fixture
def world(shop):
    return furnished(shop)


@contextmanager
def locked(world):
    """Everything that a change of items or availability needs is locked by somebody else."""
    if world.url.startswith("sqlite"):
        other = sqlite3.connect(world.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(world.url)
        for table in ("order_item", "availability"):
            other.execute(f"SELECT 1 FROM {table} FOR UPDATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def count_stock(engine, folder):
    return engine.import_stock(stock_file(folder / "late.csv", "tea-1,North,40,0,0", "tea-2,North,40,0,0"))


ACTIONS = {
    "trigger": lambda world, engine: engine.trigger("pay", Selection(items=(1, 2))).moved == 2,
    "trigger without a command": lambda world, engine: (
        engine.trigger("ship", Selection(items=(3, 4))).moved == 2
    ),
    "place": lambda world, engine: len(engine.place(order("late", "tea-1", "tea-2")).items) == 2,
    "import": lambda world, engine: count_stock(engine, world.folder).imported == 2,
    "timeouts": lambda world, engine: engine.run_timeouts().moved == 2,
    "conditions": lambda world, engine: engine.run_conditions().moved == 2,
}
MEANT = {
    "trigger": ["paid", "paid", "paid", "paid", "told", "told"],
    "trigger without a command": ["new", "new", "shipped", "shipped", "told", "told"],
    "place": ["new", "new", "paid", "paid", "told", "told", "new", "new"],
    "import": ["new", "new", "paid", "paid", "told", "told"],
    "timeouts": ["late", "late", "paid", "paid", "told", "told"],
    "conditions": ["new", "new", "paid", "paid", "gone", "gone"],
}


def stand(world):
    """Items 1 and 2 are new and overdue, 3 and 4 are paid, 5 and 6 are told."""
    for reference in ("A", "B", "C"):
        world.place("tea-1", "tea-2", reference=reference)
    world.trigger("pay", 3, 4)
    world.trigger("tell", 5, 6)
    world.forward(2 * HOUR)


def content(world):
    tables = ("order_item", "reservation", "availability", "stock", "item_history", "item_timeout", "outbox")
    return {table: sorted(world.query(f"SELECT * FROM {table}")) for table in tables}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_lock_held_for_too_long_ends_the_call_and_nothing_has_changed(world, action):
    stand(world)
    engine = world.another(busy_timeout_s=0.2)
    before = content(world)
    with locked(world), pytest.raises(DatabaseBusy) as refused:
        ACTIONS[action](world, engine)
    assert "locked for too long" in refused.value.message
    assert "Try again" in refused.value.remedy
    assert content(world) == before
    audit(world)
    world.forward(61)  # the claim of the call that was refused is over
    assert ACTIONS[action](world, engine)
    assert world.states() == MEANT[action]
    audit(world)
    engine.close()


class Opponent:
    """A foreign session that locks two rows in the wrong order, and waits for as long as it takes."""

    def __init__(self, url, table, first, last):
        self._session = psycopg.connect(url)
        self._session.execute("SET deadlock_timeout = '60s'")  # so that it is not the one to give way
        self._url = url
        self._lock = f"SELECT 1 FROM {table} WHERE %s FOR UPDATE"
        self._first, self._last = first, last
        self._thread = threading.Thread(target=self._cross, daemon=True)

    def start(self):
        """Lock the last row; once somebody waits for it, go for the first one."""
        self._session.execute(self._lock % self._last)
        self._thread.start()

    def _cross(self):
        until_somebody_waits(self._url)
        self._session.execute(self._lock % self._first)
        self._session.commit()
        self._session.close()

    def end(self):
        self._thread.join(60)
        assert not self._thread.is_alive()


@pytest.fixture
def server_world(tmp_path, postgresql_database):
    empty(postgresql_database)
    world = furnished(Shop(tmp_path, url=postgresql_database))
    yield world
    world.close()


ITEMS = ("order_item", "id = 1", "id = 2")
PAIRS = ("availability", "product_id = (SELECT min(id) FROM product)", "product_id = (SELECT id FROM product"
         " WHERE sku = 'tea-2')")  # fmt: skip


def crossed(world, opponent, action):
    """Run the action while the opponent locks in the other order; return the statements that ran."""
    names = world.statements(action)
    opponent.end()
    audit(world)
    return names


def test_a_trigger_that_gives_way_is_done_again_and_counted_once(server_world):
    world = server_world
    world.place("tea-1", "tea-2")
    world.trigger("pay", 1, 2)
    opponent = Opponent(world.url, *ITEMS)
    opponent.start()
    reports = []
    names = crossed(world, opponent, lambda: reports.append(world.trigger("ship", 1, 2)))
    assert names.count("moving_take_few") == 2, "nobody had to give way"
    assert (reports[0].examined, reports[0].moved, reports[0].refused) == (2, 2, False)
    assert world.states() == ["shipped", "shipped"]


def test_a_command_outside_is_not_run_again(server_world):
    world = server_world
    world.place("tea-1", "tea-2")
    opponent = Opponent(world.url, *ITEMS)
    calls = world.command("charge", Scope.ORDER, does=lambda *_: opponent.start())
    reports = []
    crossed(world, opponent, lambda: reports.append(world.trigger("pay", 1, 2)))
    assert len(calls.log) == 1
    assert (reports[0].examined, reports[0].moved, reports[0].refused) == (2, 2, False)
    assert [world.path(item) for item in (1, 2)] == [["new", "paid"]] * 2


def test_a_transactional_command_has_its_effect_once(server_world):
    world = server_world
    world.place("tea-1", "tea-2")
    opponent = Opponent(world.url, *PAIRS)
    calls = world.command("announce", transactional=True, does=publish)
    opponent.start()
    reports = []
    crossed(world, opponent, lambda: reports.append(world.trigger("tell", 1, 2)))
    assert len(calls.log) == 4, "nobody had to give way"
    assert set(calls.keys) == {"item 1 step 0 tell", "item 2 step 0 tell"}
    assert sorted(world.payloads("told")) == ['{"item":1}', '{"item":2}']
    assert (reports[0].examined, reports[0].moved, reports[0].refused) == (2, 2, False)


@pytest.mark.parametrize("event", ["skip", "pay"])
@pytest.mark.parametrize("table", ["command_run", "command_member"])
def test_open_calls_are_forgotten_in_one_order(server_world, table, event):
    """Calls that have items in common with the call at hand are locked by id, and then their items by id."""
    world = server_world
    world.deploy(PROCESS + "new -> shipped : skip\nevent skip manual")
    for reference in ("A", "B", "C"):
        world.place("tea-1", "tea-2", reference=reference)
    world.command("charge", Scope.BATCH, does=fails())
    world.trigger("pay", 1, 6)
    world.trigger("pay", 2, 5)
    ((first, step),) = world.query("SELECT command_run_id, step FROM command_member WHERE item_id = 1")
    world.sql("DELETE FROM command_member WHERE item_id = 1")
    world.sql("INSERT INTO command_member VALUES (1, ?, ?)", first, step)  # the last row of the table
    key = {"command_run": "id", "command_member": "item_id"}[table]
    lowest = world.value(f"SELECT min({key}) FROM {table}")
    opponent = Opponent(world.url, table, f"{key} > {lowest}", f"{key} = {lowest}")
    world.command("charge", Scope.ORDER)
    opponent.start()
    names = crossed(world, opponent, lambda: world.trigger(event, 3, 5, 6))
    assert names.count("moving_take_few") == 1, "somebody had to give way"
    assert world.query("SELECT * FROM command_run") == world.query("SELECT * FROM command_member") == []


@pytest.mark.parametrize("asked", ["by the run", "by a buyer"])
def test_holds_that_end_are_locked_by_id_whichever_ends_first(server_world, asked):
    world = server_world
    world.deploy("states new paid*\nnew -> paid : pay")
    first, last = world.place("tea-1 25", "tea-1 25")
    world.sql("UPDATE order_item SET hold_until = ?", world.clock() + 1)
    world.sql("UPDATE order_item SET hold_until = ? WHERE id = ?", world.clock(), last)
    world.forward(1)
    opponent = Opponent(world.url, "order_item", f"id = {last}", f"id = {first}")  # in the engine's own order
    opponent.start()
    end = world.engine.run_timeouts if asked == "by the run" else lambda: world.place("tea-1 50")
    names = crossed(world, opponent, end)
    assert names.count("expired_holds") + names.count("expired_holds_of") == 2, "somebody had to give way"
    assert (world.counted(first), world.counted(last)) == ((0, 0), (0, 0))


def test_a_placement_that_gives_way_is_done_again(server_world):
    world = server_world
    opponent = Opponent(world.url, *PAIRS)
    opponent.start()
    names = crossed(world, opponent, lambda: world.place("tea-1 2", "tea-2"))
    assert names.count("ledger_read_locked") == 2, "nobody had to give way"
    assert world.states() == ["new", "new"]


def test_an_import_that_gives_way_is_done_again_and_counted_once(server_world):
    world = server_world
    world.place("tea-1", "tea-2")
    world.trigger("pay", 1, 2)
    world.trigger("ship", 1, 2)
    world.forward(HOUR)
    opponent = Opponent(world.url, *PAIRS)
    opponent.start()
    reports = []
    names = crossed(world, opponent, lambda: reports.append(count_stock(world.engine, world.folder)))
    assert names.count("ledger_lock_products") == 2, "nobody had to give way"
    assert (reports[0].imported, reports[0].released, reports[0].kept) == (2, 2, 0)
    assert world.states() == ["gone", "gone"]


@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_who_gives_way_too_often_says_that_the_database_is_busy(server_world, monkeypatch, state):
    monkeypatch.setattr(database_module, "PAUSES_S", (0.0, 0.0))
    attempts = []

    def body(work):
        attempts.append(work)
        work._connection.cursor().execute(
            f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"
        )

    with pytest.raises(DatabaseBusy):
        server_world.engine.runtime.database.transact(body)
    assert len(attempts) == 3


def test_another_error_is_not_tried_again(world):
    attempts = []

    def body(work):
        attempts.append(work)
        work._connection.cursor().execute("SELECT 1 FROM nowhere")

    with pytest.raises(Exception, match="nowhere"):
        world.engine.runtime.database.transact(body)
    assert len(attempts) == 1


def test_a_failing_statement_is_told_as_such_and_not_as_a_failing_plugin(world):
    world.place("tea-1", "tea-2")
    broken = {"kind": None, "payload": "{}", "now": 1}
    world.plugins.handlers.append(lambda changes, ledger: ledger._work.changed("outbox_add", **broken))
    with pytest.raises(StorageError, match="refused a statement"):
        world.trigger("tell", 1, 2)
    assert world.states() == ["new", "new"]


def test_a_message_that_cannot_be_stored_holds_back_its_own_item_only(world):
    world.place("tea-1", "tea-2")
    world.command("announce", transactional=True, does=publish_oddly)
    report = world.trigger("tell", 1, 2)
    assert (report.moved, codes(report.failed)) == (1, {2: "command_failed"})
    assert world.payloads("told") == ['{"item":1}']
    audit(world)


def publish_oddly(item, context):
    context.publish("told" if item.id == 1 else None, {"item": item.id})
