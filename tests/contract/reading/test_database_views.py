"""What the engine tells of its database, and of plugins that its processes lack."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.results import MissingPlugin
from engine.storage.schema import HEAD


def test_which_database_it_is(world, database_url):
    found = world.engine.database()
    assert found.kind == ("sqlite" if database_url.startswith("sqlite") else "postgresql")
    assert (found.schema, found.as_dict()["schema"]) == (HEAD, HEAD)
    assert (found.file is None) == (found.kind == "postgresql")
    assert found.file is None or found.file.exists()


def test_what_decides_whether_commits_survive_a_crash(world):
    shown = world.engine.database_settings().as_dict()
    if world.engine.database().kind == "sqlite":
        assert (shown["journal_mode"], shown["synchronous"]) == ("wal", 2)
    else:
        assert shown["number"] >= 130000
        assert shown["connections"] <= shown["max_connections"]


def test_the_time_and_the_newest_step(world):
    assert world.engine.newest_step() is None
    world.deploy("states new done\nnew -> done : go")
    world.place()
    placed_at = world.engine.now()
    assert placed_at == datetime(2026, 1, 1, tzinfo=UTC)
    world.forward(60)
    assert (world.engine.newest_step(), world.engine.now() > placed_at) == (placed_at, True)


def test_plugins_that_nobody_registers_are_named_once_each(world):
    world.deploy(
        """
        states new paid done
        new -> paid : pay [ok]
        paid -> done : end [ok]
        event pay command=charge manual
        event end timeout=1day processor=own
        """
    )
    assert world.engine.missing_plugins() == [
        MissingPlugin("command", "charge", "Sale"),
        MissingPlugin("condition", "ok", "Sale"),
        MissingPlugin("timeout processor", "own", "Sale"),
    ]
    world.command("charge")
    world.plugins.add_constant("ok", True)
    assert [one.as_dict()["name"] for one in world.engine.missing_plugins()] == ["own"]
    world.deploy("states new done\nnew -> done : go")
    assert world.engine.missing_plugins() == []
