"""Behind PgBouncer: everything works, from several processes, and a connection comes back as it was lent.

The programs that are lent it next can write, and find default settings and nothing that is Earmark's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from engine.errors import DatabaseBusy, DatabaseUnusable
from engine.storage.schema import open_database, upgrade
from tests.chaos.moments import kill
from tests.chaos.processes import in_process
from tests.chaos.trader import prepare, trade
from tests.helpers.pgbouncer import left_behind, pgbouncer
from tests.helpers.postgres import new_database
from tests.helpers.shop import Shop

OpenPooler = Callable[..., str]


@pytest.fixture
def server(postgresql: str) -> Iterator[str]:
    """The URL of an empty database."""
    with new_database(postgresql) as url:
        yield url


@pytest.fixture
def pooler(server: str, tmp_path: Path) -> Iterator[OpenPooler]:
    """Starts a pooler before it: its mode, its number of connections, and how long it has callers wait."""
    with ExitStack() as stack:
        yield lambda *words: stack.enter_context(pgbouncer(server, tmp_path, *words))


@pytest.mark.parametrize(("mode", "size"), [("transaction", 1), ("transaction", 2), ("session", 8)])
def test_two_processes_do_everything_and_leave_nothing(server, pooler, tmp_path, mode, size):
    url = pooler(mode, size)
    upgrade(url)
    prepare(tmp_path, url)
    assert left_behind(url, server, min(size, 2)) == {}

    traders = [in_process(trade, tmp_path / name, url, name, 2) for name in ("a", "b")]
    for trader in traders:
        trader.join(60)
    assert [trader.exitcode for trader in traders] == [0, 0]
    assert left_behind(url, server, min(size, 2)) == {}

    world = Shop(tmp_path, url=server)
    found = world.engine.reconcile(dry_run=True)
    assert (found.drift, found.items) == ([], 0)
    assert world.value("SELECT count(*) FROM order_item") == 2 * 2 * 6
    assert len(world.engine.stuck()) == 0
    world.close()


def test_what_is_killed_leaves_nothing_behind(server, pooler, tmp_path):
    url = pooler("transaction", 1)
    upgrade(url)
    prepare(tmp_path, url)
    for moment in (5, 60, 90, 120, 150):
        kill(trade, tmp_path / f"killed-{moment}", url, f"k{moment}", 3, moment)
        assert left_behind(url, server, 1) == {}
    trade(tmp_path / "next", url, "n", 1)
    assert left_behind(url, server, 1) == {}


def test_a_savepoint_that_is_gone_back_to_takes_the_working_sets_along(server, pooler):
    url = pooler("transaction", 1)
    upgrade(url)
    database = open_database(url)
    with database.write() as work:
        work.run("clear_moving")
        with pytest.raises(ZeroDivisionError), work.savepoint():
            work.run("ledger_clear_deltas")
            1 / 0  # noqa: B018
        work.run("ledger_clear_deltas")
        assert work.all("moving_by_state") == []
    database.close()
    assert left_behind(url, server, 1) == {}


def test_a_program_of_one_connection_only_reads_on_after_earmark_read(server, pooler):
    """What readers once left: the next program could not write."""
    url = pooler("transaction", 1)
    upgrade(url)
    database = open_database(url)
    assert database.clock() > 0
    with psycopg.connect(url) as program:
        program.execute("CREATE TABLE theirs (number integer)")
    database.close()


def test_readers_cannot_write_on_a_pooler_either(pooler):
    url = pooler("transaction", 1)
    upgrade(url)
    database = open_database(url)
    with pytest.raises(DatabaseUnusable, match="read-only transaction"), database.read() as reader:
        reader._connection.cursor().execute("DELETE FROM job_run")
    database.close()


def test_statement_mode_is_refused_and_says_what_to_do(server, pooler):
    upgrade(server)
    with pytest.raises(DatabaseUnusable, match="for single statements") as refused:
        open_database(pooler("statement", 1))
    assert "pool_mode" in refused.value.remedy


def test_what_the_url_asks_for_and_a_pooler_does_not_take_is_told(server, pooler):
    with pytest.raises(DatabaseUnusable, match="does not take what the URL asks for") as refused:
        open_database(pooler("transaction", 1) + "?options=-csearch_path%3Dshop")
    assert "ALTER ROLE" in refused.value.remedy


def test_nothing_is_sent_after_a_commit(pooler, tmp_path):
    """A pooler would lend a connection for that, and where it has no answer keep it from everybody for ever."""
    url = pooler("transaction", 1)
    upgrade(url)
    database, log = open_database(url), tmp_path / "sent"
    with log.open("w") as out:
        with database.write() as work:
            driver = work._connection.driver_connection
            driver.pgconn.trace(out.fileno())
            work.run("job_ensure", job="x")
        driver.pgconn.untrace()
    database.close()
    sent = [line for line in log.read_text().splitlines() if "\tF\t" in line]
    assert "job_run" in "".join(sent)
    assert "COMMIT" in sent[-1]


def test_a_pool_without_a_free_connection_is_busy(server, pooler):
    url = pooler("transaction", 1, 1)
    upgrade(url)
    database = open_database(url)
    with psycopg.connect(url) as program:
        program.execute("SELECT 1")  # keeps the only connection until its transaction ends
        with pytest.raises(DatabaseBusy, match="no connection free") as refused, database.write() as work:
            work.run("job_ensure", job="x")
        with pytest.raises(DatabaseBusy, match="no connection free"):
            database.clock()
    assert "default_pool_size" in refused.value.remedy
    with database.write() as work:
        work.run("job_ensure", job="x")
    database.close()
