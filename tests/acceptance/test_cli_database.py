"""Backing up a database, restoring it, and moving it to another one."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from sqlalchemy import create_engine

from earmark import OrderRequest, open_engine
from engine.storage import backup, copying
from engine.storage.schema import parse_url
from tests.helpers.migrations import migrations
from tests.helpers.postgres import NO_SERVER, new_database, postgres_server


@pytest.fixture
def order(earmark):
    def place(reference, *options):
        line = {"reference": reference, "store": "DE", "items": [{"sku": "chair-oak", "quantity": 1}]}
        Path("order.json").write_text(json.dumps(line))
        return earmark("order", "place", "order.json", *options)

    return place


@pytest.fixture
def server():
    with postgres_server() as url:
        if url is None:
            pytest.skip(NO_SERVER)
        with new_database(url) as one, new_database(url) as other:
            yield one, other


def test_a_restored_backup_has_what_a_plain_copy_of_the_file_has_lost(shop, earmark, order):
    file = Path("earmark.db")
    running = open_engine("sqlite:///earmark.db")  # whoever has it open keeps the newest in the -wal
    for reference in ("O1", "O2", "O3"):
        order(reference)
    shutil.copy(file, "plain.db")
    made = earmark("db", "backup", "kept.db", "--json").shaped("db-backup")
    assert made["bytes"] == Path("kept.db").stat().st_size
    order("O4")
    running.close()

    listed = earmark("order", "list", "--json", "--db", "sqlite:///plain.db").json["orders"]
    assert listed == []
    for left in Path().glob("earmark.db*"):  # the disaster
        left.unlink()
    shutil.copy("kept.db", file)
    listed = earmark("order", "list", "--json").json["orders"]
    assert [one["reference"] for one in listed] == ["O3", "O2", "O1"]
    assert earmark("reservation", "reconcile", "--dry-run", "--json").json["drift"] == []
    order("O4")
    earmark("trigger", "pay", "--order", "O1")
    assert len(earmark("order", "list", "--json").json["orders"]) == 4


def test_a_backup_is_one_file_that_is_complete_by_itself(shop, earmark):
    with open_engine("sqlite:///earmark.db"):
        earmark("db", "backup", "kept.db")
    assert sorted(path.name for path in Path().glob("*kept.db*")) == ["kept.db"]
    with sqlite3.connect("file:kept.db?mode=ro&immutable=1", uri=True) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_backup_sees_one_moment_while_others_write(shop, earmark):
    stop = threading.Event()

    def sell():
        with open_engine("sqlite:///earmark.db", plugins=["plugins"]) as engine:
            number = 0
            while not stop.is_set():
                number += 1
                order = {
                    "reference": f"N{number}",
                    "store": "DE",
                    "items": [{"sku": "chair-oak", "quantity": "0.001"}],
                }
                engine.place(OrderRequest.model_validate(order))

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        for number in range(5):
            earmark("db", "backup", f"{number}.db")
    finally:
        stop.set()
        seller.join()
    for number in range(5):
        found = earmark(
            "reservation", "reconcile", "--dry-run", "--json", "--db", f"sqlite:///{number}.db"
        ).json
        assert found["drift"] == []


@pytest.mark.parametrize(
    ("file", "code", "told"),
    [
        ("earmark.toml", "input_invalid", "is there already"),
        ("none/kept.db", "input_invalid", "there is no folder"),
    ],
)
def test_a_backup_is_never_written_over_something_or_nowhere(shop, earmark, file, code, told):
    before = Path("earmark.toml").read_bytes()
    done = earmark("db", "backup", file, "--json", code=1)
    assert done.error["code"] == code
    assert told in done.error["message"]
    assert Path("earmark.toml").read_bytes() == before


def test_there_is_no_backup_of_nothing(project, earmark):
    done = earmark("db", "backup", "kept.db", "--json", code=1)
    assert done.error["code"] == "database_unusable"
    assert list(project.iterdir()) == []


def test_a_server_is_backed_up_and_restored_by_its_own_programs(shop, earmark, order, server):
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        pytest.skip("no client tools of PostgreSQL")
    one, other = server
    order("O1")
    earmark("db", "copy", "sqlite:///earmark.db", one)
    earmark("db", "backup", "kept.dump", "--json", "--db", one)
    subprocess.run(["pg_restore", "--no-owner", f"--dbname={other}", "kept.dump"], check=True)
    assert earmark("order", "show", "O1", "--json", "--db", other).json["reference"] == "O1"
    order("O2", "--db", other)
    assert earmark("reservation", "reconcile", "--dry-run", "--json", "--db", other).json["drift"] == []


def test_without_pg_dump_it_says_what_to_do(shop, earmark, server, monkeypatch):
    earmark("db", "upgrade", "--db", server[0])
    monkeypatch.setenv("PATH", "")
    done = earmark("db", "backup", "kept.dump", "--json", "--db", server[0], code=1)
    assert done.error["code"] == "storage_failed"
    assert "earmark db copy" in done.error["remedy"]
    assert not Path("kept.dump").exists()


def test_a_copy_to_a_server_and_back_is_the_same_and_goes_on(shop, earmark, order, server):
    for reference in ("O1", "O2"):
        order(reference)
    earmark("trigger", "pay", "--order", "O1")
    asked = (("order", "list"), ("order", "show", "O1"), ("history", "1"), ("matrix",), ("process", "list"))

    def answers(url):
        return [earmark(*words, "--json", "--db", url).out for words in asked]

    before = answers("sqlite:///earmark.db")
    done = earmark("db", "copy", "sqlite:///earmark.db", server[0], "--json").shaped("db-copy")
    assert (done["tables"]["sales_order"], done["tables"]["order_item"], done["drift"]) == (2, 2, 0)
    assert _without_ages(answers(server[0])) == _without_ages(before)
    order("O3", "--db", server[0])
    moved = earmark("trigger", "pay", "--order", "O2", "--order", "O3", "--json", "--db", server[0]).json
    assert moved["moved"] == 2
    earmark("db", "copy", server[0], "sqlite:///back.db")
    order("O4", "--db", "sqlite:///back.db")
    listed = earmark("order", "list", "--json", "--db", "sqlite:///back.db").json["orders"]
    assert [one["reference"] for one in listed] == ["O4", "O3", "O2", "O1"]
    found = earmark("reservation", "reconcile", "--dry-run", "--json", "--db", "sqlite:///back.db").json
    assert found["drift"] == []


def _without_ages(answers):
    """The answers without how long ago something was."""
    lines = [line for answer in answers for line in answer.splitlines()]
    return [line for line in lines if '"oldest' not in line and '_s"' not in line and '"age' not in line]


def test_a_database_with_something_in_it_is_not_copied_into(shop, earmark, order):
    order("O1")
    earmark("db", "backup", "other.db")
    done = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///other.db", "--json", code=1)
    assert done.error["code"] == "database_unusable"
    assert "is not empty" in done.error["message"]
    done = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///earmark.db", "--json", code=1)
    assert "is not empty" in done.error["message"]
    assert len(earmark("order", "list", "--json", "--db", "sqlite:///other.db").json["orders"]) == 1


def test_drift_of_the_source_is_told_of_the_copy(shop, earmark, order):
    order("O1")
    with sqlite3.connect("earmark.db") as connection:
        connection.execute("UPDATE reservation SET held = held + 5000000")
    done = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///other.db", "--json", code=1)
    assert done.json["drift"] > 0
    assert "reservation reconcile" in done.err


def test_a_copy_that_fails_leaves_nothing(shop, earmark, order, monkeypatch):
    order("O1")
    monkeypatch.setattr(copying, "_count", lambda _connection, table: 1 if table.name == "stock" else 0)
    done = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///other.db", "--json", code=1)
    assert done.error["code"] == "storage_failed"
    assert not list(Path().glob("*other.db*"))


@pytest.mark.parametrize("name", ["earmark.db-wal", "earmark.db-shm", "earmark.db-journal", "-"])
def test_a_backup_has_no_name_that_means_something_else(shop, earmark, name):
    done = earmark("db", "backup", "--json", "--", name, code=1)
    assert done.error["code"] == "input_invalid"
    assert not Path(name).exists()
    assert earmark("db", "backup", "other.db-wal", "--json").json["file"] == "other.db-wal"


def test_a_database_of_an_older_schema_can_be_backed_up_before_it_is_upgraded(shop, earmark, order):
    order("O1")
    writer = create_engine("sqlite:///earmark.db")
    with writer.connect() as connection, connection.begin():
        command.downgrade(migrations(connection), "0002")
    writer.dispose()
    assert earmark("order", "list", "--json", code=1).error["code"] == "database_outdated"
    assert earmark("db", "backup", "kept.db", "--json").shaped("db-backup")["schema"] == "0002"
    earmark("db", "upgrade")
    earmark("db", "upgrade", "--db", "sqlite:///kept.db")
    for url in ("sqlite:///earmark.db", "sqlite:///kept.db"):
        assert len(earmark("order", "list", "--json", "--db", url).json["orders"]) == 1


def test_there_is_no_backup_of_what_is_not_earmarks(project, earmark, server):
    with sqlite3.connect("other.db") as connection:
        connection.execute("CREATE TABLE customer (name)")
    Path("empty.db").touch()
    for url in ("sqlite:///other.db", "sqlite:///empty.db", server[0]):
        done = earmark("db", "backup", "kept.db", "--json", "--db", url, code=1)
        assert done.error["code"] == "database_unusable"
    assert not Path("kept.db").exists()
    assert Path("empty.db").stat().st_size == 0


ENDED = """
import signal, sys
from engine.storage import backup, copying
from engine.storage.schema import parse_url
from earmark.cli.run import run_process

number, write = int(sys.argv[1]), copying._write

def ended(*_):
    signal.raise_signal(number)

class Value:
    # Bound to a statement: the signal comes while the driver is at work.

    def __conform__(self, _protocol):
        ended()

def written(there, target, table, rows):
    write(there, target, table, rows)
    if table.name == "order_item":
        there.exec_driver_sql("INSERT INTO job_run (job) VALUES (?)", [(Value(),)] * 2)

backup._put, copying._write = ended, written
sys.exit(run_process(sys.argv[2:]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize(
    "words", [("backup", "made.db"), ("copy", "sqlite:///earmark.db", "sqlite:///made.db")]
)
def test_what_is_ended_half_way_leaves_nothing(shop, order, number, words):
    order("O1")
    before = sorted(Path().iterdir())
    done = subprocess.run([sys.executable, "-c", ENDED, str(int(number)), "db", *words], check=False)
    assert done.returncode == (130 if number == signal.SIGINT else -number)
    assert sorted(Path().iterdir()) == before  # also no -wal, which would change what is put there next


def test_a_backup_of_many_steps_is_of_one_moment(shop, earmark, order, monkeypatch):
    monkeypatch.setattr(backup, "PAGES", 1)
    order("O1")
    told = []

    def step(done, total):
        if not told:  # what is committed from now on is not in it
            order("O2")
        told.append((done, total))

    backup.backup("sqlite:///earmark.db", Path("kept.db"), step)
    assert len(told) > 10
    assert told[-1][0] == told[-1][1]
    listed = earmark("order", "list", "--json", "--db", "sqlite:///kept.db").json["orders"]
    assert [one["reference"] for one in listed] == ["O1"]
    assert (
        earmark("reservation", "reconcile", "--dry-run", "--json", "--db", "sqlite:///kept.db").json["drift"]
        == []
    )


def test_a_backup_for_which_there_is_no_room_says_where(shop, earmark, monkeypatch):
    connect = sqlite3.connect

    def cramped(path):
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 3")  # of a database that has more it changes nothing
        return connection

    monkeypatch.setattr(backup, "sqlite3", SimpleNamespace(**{**vars(sqlite3), "connect": cramped}))
    done = earmark("db", "backup", "kept.db", "--json", code=1)
    assert (done.error["code"], "kept.db" in done.error["message"]) == ("database_full", True)
    assert not list(Path().glob("*kept.db*"))


def test_two_backups_of_one_name_are_one_backup(shop, earmark, monkeypatch):
    embedded = backup._embedded

    def overtaken(*given):
        embedded(*given)
        Path("kept.db").write_text("of somebody else")

    monkeypatch.setattr(backup, "_embedded", overtaken)
    done = earmark("db", "backup", "kept.db", "--json", code=1)
    assert "meanwhile" in done.error["message"]
    assert [path.read_text() for path in Path().glob("*kept.db*")] == ["of somebody else"]


def _full(_connection, _target, _table, _rows):
    raise sqlite3.OperationalError("database or disk is full")


def test_a_copy_that_cannot_be_written_names_its_target(shop, earmark, order, monkeypatch):
    order("O1")
    monkeypatch.setattr(copying, "_write", _full)
    done = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///other.db", "--json", code=1)
    assert "other.db" in done.error["message"]
    assert not list(Path().glob("*other.db*"))


def test_what_somebody_else_has_copied_meanwhile_stays(shop, earmark, order, monkeypatch):
    order("O1")
    opened = copying.open_empty

    def overtaken(url):
        monkeypatch.setattr(copying, "open_empty", opened)
        copying.copy("sqlite:///earmark.db", url, lambda *_: None)
        return opened(url)

    monkeypatch.setattr(copying, "open_empty", overtaken)
    done = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///other.db", "--json", code=1)
    assert "is not empty" in done.error["message"]
    assert len(earmark("order", "list", "--json", "--db", "sqlite:///other.db").json["orders"]) == 1


@pytest.mark.parametrize(
    "url", ["postgresql://me:secret@db.example/shop", "postgresql://me@db.example/shop?password=secret"]
)
def test_a_password_is_handed_over_unseen(url, tmp_path, monkeypatch):
    called = []

    def run(words, **options):
        called.append((words, options["env"]))
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(backup.shutil, "which", lambda _: "/bin/pg_dump")
    monkeypatch.setattr(backup.subprocess, "run", run)
    backup._server(parse_url(f"{url}{'&' if '?' in url else '?'}sslmode=require"), tmp_path / "part")
    ((words, environment),) = called
    assert "secret" not in " ".join(words)
    assert words[-1] == "--dbname=postgresql://me@db.example/shop?sslmode=require"
    assert environment["PGPASSWORD"] == "secret"
