"""Backing up a database, restoring it, and moving it to another one."""

import json
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest

from earmark import OrderRequest, open_engine
from engine.storage import copying
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
