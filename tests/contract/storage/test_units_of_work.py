"""A unit of work happens as a whole or not at all, also when its statements are sent ahead of their answers."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from engine.errors import StorageError
from engine.storage.database import Database, Work


@pytest.fixture(autouse=True)
def nothing_logged(caplog: pytest.LogCaptureFixture) -> Any:
    """What failed is raised; the driver has nothing to add."""
    yield
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def put(work: Work, kind: str | None) -> None:
    """Write a message; one without a kind is refused by the database."""
    work.run("outbox_add", kind=kind, payload="{}", now=1)


def kinds(database: Database) -> list[str]:
    with database.read() as reader:
        return [row.kind for row in reader.all("outbox_open", after=0, size=100)]


def test_what_was_run_is_stored_in_its_order(database):
    with database.write() as work:
        put(work, "first")
        put(work, "second")
    assert kinds(database) == ["first", "second"]
    assert work.rows == 2


def test_what_was_run_is_seen_by_what_is_asked_then(database):
    with database.write() as work:
        asked = work.ask("outbox_open", after=0, size=100)
        put(work, "later")
        again = work.ask("outbox_open", after=0, size=100)
        assert (len(asked()), len(again())) == (0, 1)


@pytest.mark.parametrize("after", ["nothing", "another", "question", "settle", "count"])
def test_a_statement_that_fails_undoes_everything(database, after):
    with pytest.raises(StorageError, match="refused a statement"), database.write() as work:
        put(work, "first")
        put(work, None)
        if after == "another":
            put(work, "third")
        elif after == "question":
            work.all("outbox_open", after=0, size=100)
        elif after == "settle":
            work.settle()
        elif after == "count":
            work.changed("outbox_published", messages=[1], now=1)
    with database.write() as work:
        put(work, "next")
    assert kinds(database) == ["next"]


def test_many_rows_of_which_one_fails_undo_everything(database):
    rows = [{"kind": kind, "payload": "{}", "now": 1} for kind in ("first", None, "third")]
    with pytest.raises(StorageError, match="refused a statement"), database.write() as work:
        work.many("outbox_add", rows)
    assert kinds(database) == []


def test_an_error_of_the_caller_undoes_what_was_run(database):
    with pytest.raises(ZeroDivisionError), database.write() as work:
        put(work, "first")
        1 / 0  # noqa: B018
    assert kinds(database) == []


class TestSavepoint:
    @pytest.mark.parametrize("asks", [False, True])
    def test_what_fails_within_is_raised_within_and_undoes_only_that(self, database, asks):
        with database.write() as work:
            put(work, "before")
            with pytest.raises(StorageError), work.savepoint():
                put(work, "within")
                put(work, None)
                if asks:
                    work.all("outbox_open", after=0, size=100)
            put(work, "after")
        assert kinds(database) == ["before", "after"]

    def test_one_within_another(self, database):
        with database.write() as work:
            with work.savepoint():
                put(work, "outer")
                with pytest.raises(StorageError), work.savepoint():
                    put(work, None)
                put(work, "outer too")
            put(work, "after")
        assert kinds(database) == ["outer", "outer too", "after"]

    def test_an_error_of_the_caller_undoes_only_what_was_run_within(self, database):
        with database.write() as work:
            put(work, "before")
            with pytest.raises(ZeroDivisionError), work.savepoint():
                put(work, "within")
                1 / 0  # noqa: B018
        assert kinds(database) == ["before"]


def test_a_failure_that_is_passed_over_is_not_taken_for_success(database):
    """PostgreSQL carries nothing out after a failure, and answers COMMIT by undoing; SQLite goes on."""

    def pass_over() -> None:
        with database.write() as work:
            put(work, "first")
            try:
                put(work, None)
                work.settle()
            except StorageError:
                pass

    if database.dialect == "postgresql":
        with pytest.raises(StorageError, match="nothing was committed"):
            pass_over()
        assert kinds(database) == []
    else:
        pass_over()
        assert kinds(database) == ["first"]


@pytest.mark.parametrize("way", ["read", "write"])
def test_an_interrupt_is_told_also_when_the_driver_fails_of_it(database, way):
    with pytest.raises(KeyboardInterrupt), getattr(database, way)():
        try:
            raise KeyboardInterrupt
        finally:
            raise database.errors[-1]("what was interrupted cannot be ended")
    assert kinds(database) == []


@pytest.mark.parametrize("way", ["read", "write"])
def test_what_fails_while_an_interrupt_is_handled_is_told_for_itself(database, way):
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        with pytest.raises(StorageError), getattr(database, way)():
            raise database.errors[-1]("broken") from None
