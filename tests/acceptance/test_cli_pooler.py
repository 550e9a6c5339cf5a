"""The command line on a database behind PgBouncer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.pgbouncer import left_behind, pgbouncer
from tests.helpers.postgres import NO_SERVER, new_database, postgres_server


@pytest.fixture
def server():
    with postgres_server() as url:
        if url is None:
            pytest.skip(NO_SERVER)
        with new_database(url) as database:
            yield database


@pytest.fixture
def pooled(server, tmp_path, monkeypatch):
    """A pooler that lends two connections, each for a transaction; commands use it."""
    with pgbouncer(server, tmp_path, "transaction", 2) as url:
        monkeypatch.setenv("EARMARK_DATABASE_URL", url)
        yield url


def check(done, name):
    return next(one for one in done.json if one["check"] == name)


def test_a_shop_is_opened_and_sells_behind_a_pooler(project, earmark, server, pooled):
    earmark("init", ".")
    for arguments in (
        ("db", "upgrade"),
        ("process", "deploy", "processes"),
        ("topology", "apply", "data/topology.yaml"),
        ("stock", "import", "data/stock.csv"),
    ):
        earmark(*arguments)
    line = {"reference": "O1", "store": "DE", "items": [{"sku": "chair-oak", "quantity": 1}]}
    Path("order.json").write_text(json.dumps(line))
    earmark("order", "place", "order.json")
    earmark("trigger", "pay", "--order", "O1")
    earmark("run", "timeouts")
    listed = earmark("order", "list", "--json").json["orders"]
    assert [one["reference"] for one in listed] == ["O1"]
    assert earmark("reservation", "reconcile", "--dry-run", "--json").json["drift"] == []
    settings = check(earmark("doctor", "--json", code=None), "database settings")
    assert "through a pooler" in settings["detail"]
    assert left_behind(pooled, server, 2) == {}
    direct = check(earmark("doctor", "--json", "--db", server, code=None), "database settings")
    assert "pooler" not in direct["detail"]


def test_a_backup_through_a_pooler_is_refused_before_it_leaves_its_settings(project, earmark, server, pooled):
    earmark("db", "upgrade")
    refused = earmark("db", "backup", "kept.dump", "--json", code=1).error
    assert refused["code"] == "storage_failed"
    assert "pooler" in refused["message"]
    assert "the server itself" in refused["remedy"]
    assert list(project.glob("*kept*")) == []
    assert left_behind(pooled, server, 2) == {}
    earmark("db", "copy", pooled, "sqlite:///kept.db")


def test_doctor_tells_that_a_pooler_lends_for_single_statements(project, earmark, server, tmp_path):
    earmark("db", "upgrade", "--db", server)
    with pgbouncer(server, tmp_path, "statement", 1) as url:
        found = check(earmark("doctor", "--json", "--db", url, code=1), "database")
    assert found["code"] == "database_unusable"
    assert "pool_mode" in found["remedy"]
