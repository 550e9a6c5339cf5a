"""What a PostgreSQL server may refuse to an Earmark that is set up wrongly: told with what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from engine.errors import DatabaseBusy, DatabaseUnusable
from engine.storage.schema import open_database, upgrade
from tests.helpers.postgres import new_database

ROLE = f"earmark_without_rights_{os.getpid()}"


@pytest.fixture
def server(postgresql: str) -> Iterator[str]:
    """The URL of a database of its own, at the present schema."""
    with new_database(postgresql) as url:
        upgrade(url)
        yield url


def ask(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def write(url: str) -> None:
    database = open_database(url)
    try:
        with database.write() as work:
            work.run("job_ensure", job="x")
    finally:
        database.close()


def test_a_statement_that_is_cut_off_did_not_wait_for_a_lock(server):
    database = open_database(server)
    with pytest.raises(DatabaseBusy, match="cut a statement off") as refused, database.write() as work:
        work._connection.cursor().execute("SET LOCAL statement_timeout = 1")
        work._connection.cursor().execute("SELECT pg_sleep(1)")
    database.close()
    assert "statement_timeout" in refused.value.remedy


def test_a_server_that_takes_no_writes_is_not_a_broken_one(server):
    name = make_url(server).database
    ask(server, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    open_database(server).close()
    with pytest.raises(DatabaseUnusable, match="takes no writes") as refused:
        write(server)
    assert "standby" in refused.value.remedy


@pytest.fixture
def stranger(server: str) -> Iterator[str]:
    """The same database as somebody who has no rights on its tables."""
    ask(server, f"DROP ROLE IF EXISTS {ROLE}", f"CREATE ROLE {ROLE} LOGIN PASSWORD 'x'")
    yield make_url(server).set(username=ROLE, password="x").render_as_string(hide_password=False)
    ask(server, f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


def test_tables_without_rights_are_not_missing_tables(server, stranger):
    with pytest.raises(DatabaseUnusable, match="permission denied for table") as refused:
        open_database(stranger)
    assert "rights" in refused.value.remedy
    ask(server, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")
    open_database(stranger).close()
    with pytest.raises(DatabaseUnusable, match="permission denied for table"):
        write(stranger)
