"""The schema that the migrations make is the one that the tables describe."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

import engine.storage.tables  # noqa: F401  (fills the metadata)
from engine.errors import DatabaseOutdated, DatabaseTooNew, DatabaseUnusable, NotAvailable, StorageError
from engine.storage import schema
from engine.storage.schema import HEAD, open_database, upgrade
from tests.helpers.migrations import migrations
from tests.helpers.postgres import new_database


def test_migrations_make_the_schema_of_the_tables(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    with database.writer.connect() as connection:
        options = {"compare_server_default": True, "include_object": _in_both}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


UNCHECKED = ("product", "stock", "reservation", "availability", "abstract_availability")
"""The tables whose references only SQLite checks."""


def _in_both(thing, name, kind, _reflected, _compared) -> bool:
    """Which items are in a state: a table of its own on PostgreSQL, an index of the items on SQLite."""
    if kind == "foreign_key_constraint" and thing.table.name in UNCHECKED:
        return False
    if name in ("item_state", "order_item_state"):
        return False
    # Temporary tables belong to the connection, not to the schema.
    return kind != "table" or name not in ("moving", "pair_delta", "touched", "touched_abstract")


def test_an_upgrade_of_a_database_with_items_knows_who_is_in_which_state(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    with database.writer.connect() as connection, connection.begin():
        config = migrations(connection)
        command.downgrade(config, "0001")
        for statement in _OLD_ITEMS:
            connection.exec_driver_sql(statement)
        command.upgrade(config, "0002")
        rows = connection.exec_driver_sql("SELECT state_id, item_id FROM item_state ORDER BY item_id").all()
        (kept,) = connection.exec_driver_sql("SELECT history_rows FROM transition_run").one()
        command.upgrade(config, "head")  # others use the database after this test
    assert [tuple(row) for row in rows] == [(1, 1), (2, 2)]
    assert kept == 2
    database.close()


_OLD_ITEMS = (
    "INSERT INTO store (id, name) VALUES (1, 'DE')",
    "INSERT INTO process (id, name) VALUES (1, 'P')",
    "INSERT INTO process_version (id, process_id, version, definition, deployed_at) VALUES (1, 1, 'v', '{}', 0)",
    "INSERT INTO process_state (id, version_id, position, name) VALUES (1, 1, 0, 'new'), (2, 1, 1, 'paid')",
    "INSERT INTO sales_order (id, reference, store_id, version_id, placed_at, fingerprint, data)"
    " VALUES (1, 'R', 1, 1, 0, '', '{}')",
    "INSERT INTO order_item (id, order_id, store_id, product_id, line, quantity, state_id, state_since)"
    " VALUES (1, 1, 1, 1, 1, 1000000, 1, 0), (2, 1, 1, 1, 2, 1000000, 2, 0)",
    "INSERT INTO transition_run (at, trigger, correlation, host, outcome, items)"
    " VALUES (0, 'place', 'c', 'h', 'placed', 2)",
)


def test_carts_can_be_held_in_a_database_of_before_that_has_orders(make_shop) -> None:
    shop = make_shop().stocked(tea_1=5)
    shop.deploy("states new paid*\nnew -> paid : pay")
    (item,) = shop.place("tea-1 2", reference="before")
    with shop.database.writer.connect() as connection, connection.begin():
        command.downgrade(migrations(connection), "0004")
    shop.engine.close()
    with pytest.raises(DatabaseOutdated, match="has schema 0004"):
        open_database(shop.url)
    upgrade(shop.url)
    shop.engine = shop.another()
    shop.hold("cart-1", "tea-1 3")
    with pytest.raises(NotAvailable):
        shop.place("tea-1")
    shop.place("tea-1 3", hold="cart-1")
    shop.trigger("pay", item)
    assert (shop.state(item), shop.held(), shop.reserved(), shop.drift()) == ("paid", 3, 2, [])


def test_an_upgrade_of_a_database_with_items_counts_those_that_are_over(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    with database.writer.connect() as connection, connection.begin():
        config = migrations(connection)
        command.downgrade(config, "0004")
        for statement in (*_OLD_ITEMS, *_MORE_ITEMS):
            connection.exec_driver_sql(statement)
        command.upgrade(config, "0005")
        query = "SELECT state_id, store_id, since, items FROM closed_items ORDER BY state_id, store_id, since"
        rows = connection.exec_driver_sql(query).all()
        command.upgrade(config, "head")
    # Two of old, one of an hour ago and two of the newest hour, one of another store; what reserves is not counted.
    hour = 3_600_000_000
    assert [tuple(row) for row in rows] == [
        (1, 1, 0, 2),
        (1, 1, 863_999_999_999, 1),
        (1, 1, 240 * hour, 2),
        (1, 2, 5, 1),
    ]
    database.close()


def test_an_upgrade_keeps_the_stock_and_its_history_begins_with_the_next_change(make_shop, clock) -> None:
    shop = make_shop(clock=clock).stocked(tea_1=5)
    with shop.database.writer.connect() as connection, connection.begin():
        config = migrations(connection)
        command.downgrade(config, "0006")
        command.upgrade(config, "head")
    assert shop.engine.stock_history("tea-1").changes == ()
    shop.restock("tea-1,North,4")
    [change] = shop.engine.stock_history("tea-1").changes
    assert (change.before, change.quantity, shop.available()) == (5, 4, 4)


def test_an_upgrade_shares_nothing_and_what_is_stored_can_be_shared_since(make_shop, clock) -> None:
    groups = {
        "warehouse_groups": {"All": ["North", "South"]},
        "channel_groups": {"web": ["DE", "AT"], "market": ["US"]},
        "links": {"All": ["web", "market"]},
    }
    shop = make_shop(clock=clock).stocked(tea_1=5)
    shop.deploy("states open* done\nopen -> done : close")
    shop.place("tea-1 2")
    with shop.database.writer.connect() as connection, connection.begin():
        config = migrations(connection)
        command.downgrade(config, "0013")
        command.upgrade(config, "head")
    assert (shop.available(), shop.available(store="US")) == (3, 0)
    sharing = shop.another(sharing=groups)
    assert [int(sharing.availability(["tea-1"], store)[0].available) for store in ("DE", "US")] == [2, 1]
    assert shop.drift() == []


def test_imports_of_before_feeds_are_of_none_and_count_what_is_on_hand(make_shop, clock) -> None:
    shop = make_shop(clock=clock).stocked(tea_1=5)
    with shop.database.writer.connect() as connection, connection.begin():
        config = migrations(connection)
        command.downgrade(config, "0007")
        command.upgrade(config, "head")
    rows = shop.query("SELECT feed, kind, whole, dry, stopped, changed, oldest_at FROM stock_import")
    assert rows == [(None, "on_hand", 0, 0, None, 0, None)]
    assert shop.engine.feed_runs() == []
    shop.feed("tea-1,North,4", feed="wms")
    assert [(run.feed, run.changed) for run in shop.engine.feed_runs()] == [("wms", 1)]
    assert [change.kind for change in shop.engine.stock_history("tea-1").changes] == ["count", "count"]


_MORE_ITEMS = (
    "UPDATE process_state SET reserved = 1 WHERE id = 2",
    "INSERT INTO order_item (id, order_id, store_id, product_id, line, quantity, state_id, state_since)"
    " VALUES (3, 1, 1, 1, 3, 1000000, 1, 7200000000), (4, 1, 1, 1, 4, 1000000, 1, 863999999999),"
    " (5, 1, 1, 1, 5, 1000000, 1, 864000000000), (6, 1, 1, 1, 6, 1000000, 1, 864000000009),"
    " (7, 1, 2, 1, 7, 1000000, 1, 5)",
)


def test_migrated_tables_are_spelled_like_created_ones(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'made.db'}")
    created = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    SQLModel.metadata.create_all(created)
    assert _spelling(database.writer) == _spelling(created)
    database.close()


def _spelling(engine_) -> dict[str, list[str]]:
    query = (
        "SELECT name, sql FROM sqlite_master"
        " WHERE sql IS NOT NULL AND name <> 'alembic_version' AND type <> 'view'"
    )
    with engine_.connect() as connection:
        rows = connection.exec_driver_sql(query).all()
    return {name: sorted("".join(part.split()) for part in re.split(r"[(),]", sql)) for name, sql in rows}


def test_the_newest_migration_is_the_version_that_is_worked_with() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == schema.HEAD == schema.REVISIONS[-1]
    assert {script.revision for script in scripts.walk_revisions()} == set(schema.REVISIONS)


def test_a_database_is_made_on_first_use_and_opened_afterwards(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    open_database(url).close()
    database = open_database(url, create=False)
    assert "order_item" in inspect(database.writer).get_table_names()
    database.close()


def test_an_empty_file_is_made_a_database(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    open_database(f"sqlite:///{tmp_path / 'empty.db'}").close()


def test_a_missing_database_is_not_made_when_nothing_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="there is no database"):
        open_database(f"sqlite:///{tmp_path / 'none.db'}", create=False)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("content", [b"name,quantity\na,1\n", b"SQLite format 3\x00" + b"\x01" * 200])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    other = create_engine(url)
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE customers (id INTEGER)")
    for opening in (open_database, upgrade):
        with pytest.raises(DatabaseUnusable, match="not one of Earmark"):
            opening(url)


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://x/y",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////no/such/x.db",
        "sqlite:////dev/null",
        "sqlite:///x.db?mode=ro",
        "sqlite:///x.db?timeout=abc",
        "sqlite+aiosqlite:///x.db",
        "postgresql://postgres@127.0.0.1:port/x",
        "postgresql://u:p@[::1/x",
        "postgresql://127.0.0.1/x?nonsense=1",
        "postgresql://127.0.0.1/x?connect_timeout=abc",
    ],
)
def test_urls_that_cannot_be_used_are_refused(url: str) -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        open_database(url)
    assert refused.value.remedy


def test_a_newer_database_is_refused_and_an_older_one_wants_an_upgrade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    database = open_database(url)
    _set_revision(database, "9999")
    for opening in (open_database, upgrade):
        with pytest.raises(DatabaseTooNew, match="9999"):
            opening(url)
    _set_revision(database, "0001")
    with pytest.raises(DatabaseOutdated, match="needs"):
        open_database(url)
    database.close()


def test_tables_without_a_revision_are_not_taken_for_an_empty_database(database_url: str) -> None:
    database = open_database(database_url)
    try:
        with database.writer.begin() as connection:
            connection.exec_driver_sql("DELETE FROM alembic_version")
        for opening in (open_database, upgrade):
            with pytest.raises(DatabaseUnusable, match="does not say of which schema"):
                opening(database_url)
    finally:
        with database.writer.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{HEAD}')")
        database.close()


def test_an_upgrade_that_the_database_refuses_is_told_as_that(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    database = open_database(url)
    _set_revision(database, "0001")
    database.close()
    with pytest.raises(StorageError, match="duplicate column name: actor") as refused:
        upgrade(url)
    assert refused.value.remedy


_UPGRADE = """
import sys
import alembic.command
from engine.storage.schema import upgrade
input()
print(upgrade(sys.argv[1]))
"""


def test_hosts_that_start_together_upgrade_a_server_together(postgresql: str) -> None:
    pipe = subprocess.PIPE
    with new_database(postgresql) as url:
        hosts = [
            subprocess.Popen(
                [sys.executable, "-c", _UPGRADE, url], stdin=pipe, stdout=pipe, stderr=pipe, text=True
            )
            for _ in range(4)
        ]
        for host in hosts:
            assert host.stdin is not None
            host.stdin.write("go\n")
            host.stdin.flush()
        told = [host.communicate(timeout=120) for host in hosts]
        assert [out.strip() for out, _ in told] == [HEAD] * 4, told
        open_database(url).close()


def test_a_damaged_file_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    open_database(f"sqlite:///{path}").close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatabaseUnusable, match="is damaged") as refused:
        open_database(f"sqlite:///{path}")
    assert "backup" in refused.value.remedy


def _set_revision(database, revision: str) -> None:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (revision,))


_OTHER_PROCESS = """
import sys
from engine.storage.schema import open_database
database = open_database(sys.argv[1])
if sys.argv[2] == "write":
    with database.write() as work:
        work.run("job_ensure", job="other process")
with database.read() as reader:
    print(*[row.job for row in reader.all("job_list")], sep=",")
database.close()
"""


def _elsewhere(url: str, what: str) -> str:
    command = [sys.executable, "-c", _OTHER_PROCESS, url, what]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_second_opening_in_the_same_process_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """A handle on the file that is not SQLite's own would drop them, and another process the journal."""
    url = f"sqlite:///{tmp_path / 'x.db'}"
    first = open_database(url)
    with first.write() as work:
        work.run("job_ensure", job="before")
    second = open_database(url)
    _elsewhere(url, "write")
    with first.write() as work:
        work.run("job_ensure", job="after")
    assert set(_elsewhere(url, "read").split(",")) == {"before", "other process", "after"}
    second.close()
    first.close()
