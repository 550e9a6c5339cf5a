"""Versions of a process on the command line: deploy, list, migrate, undo, switch off."""

import shlex
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.test_cli_commands import order, place  # noqa: F401

FIRST = """<statemachine xmlns="urn:earmark:process:1">
<process name="Tiny" main="true">
  <states><state name="new"/><state name="waiting" reserved="true"/><state name="done"/></states>
  <transitions>
    <transition happy="true"><source>new</source><target>waiting</target><event>go</event></transition>
    <transition happy="true"><source>waiting</source><target>done</target><event>end</event></transition>
  </transitions>
  <events><event name="go" manual="true"/><event name="end" manual="true"/></events>
</process>
</statemachine>
"""
SECOND = FIRST.replace("waiting", "parked")
ENTERED = SECOND.replace('name="end" manual="true"', 'name="end" onEnter="true"')


@pytest.fixture
def tiny(shop, earmark, place):  # noqa: F811
    """One item new and one waiting on the first version; the second one is deployed. The versions, oldest first."""
    Path("tiny.xml").write_text(FIRST)
    earmark("process", "deploy", "tiny.xml")
    place(order("R-1", process="Tiny"))
    place(order("R-2", process="Tiny"))
    earmark("trigger", "go", "--order", "R-2")
    Path("tiny.xml").write_text(SECOND)
    earmark("process", "deploy", "tiny.xml", "--force")
    return [info["version"] for info in listed(earmark)]


def listed(earmark):
    found = earmark("process", "list", "--json").shaped("process-list")
    return [info for info in found if info["name"] == "Tiny"]


def test_a_version_that_strands_items_is_refused_unless_forced(tiny, earmark):
    Path("tiny.xml").write_text(FIRST.replace("waiting", "halted"))
    Path("other.xml").write_text(FIRST.replace("Tiny", "Other"))
    error = earmark("process", "deploy", "other.xml", "tiny.xml", "--json", code=1).error
    assert error["code"] == "strands_items"
    assert f"'Tiny' 'waiting': 1 item of version {tiny[0][:12]}" in error["message"]
    assert "--force" in error["remedy"]
    assert [info["version"] for info in listed(earmark)] == tiny
    done = earmark("process", "deploy", "other.xml", "tiny.xml", "--force", "--json")
    assert len(done.shaped("process-list")) == 2
    assert "warning: 2 live items of 'Tiny' on older versions" in done.err
    assert 'earmark process migrate "Tiny" --to current --dry-run' in done.err


def test_the_list_tells_live_and_pinned_items(tiny, earmark):
    old, new = listed(earmark)
    assert (old["items"], old["live"], old["pinned"], old["current"]) == (2, 2, 2, False)
    assert (new["items"], new["live"], new["pinned"], new["current"]) == (0, 0, 0, True)
    assert all(len(line) <= 80 for line in earmark("process", "list").out.splitlines())


def test_from_dry_run_to_undo(tiny, earmark):
    dry = earmark("process", "migrate", "Tiny", "--to", "current", "--dry-run", "--json", code=1)
    report = dry.shaped("process-migrate")
    assert (report["dry_run"], report["moved"], report["refused"], report["migration"]) == (True, 1, 1, None)
    (missing,) = [group for group in report["groups"] if group["target"] is None]
    assert (missing["state"], missing["refused"][0]["code"]) == ("waiting", "state_missing")
    shown = earmark("process", "migrate", "Tiny", "--to", "current", "--dry-run", code=1).out
    assert "1 item can move, 1 refused" in shown
    assert '--map "waiting=STATE"' in shown
    arguments = ("--to", tiny[1][:6], "--from", tiny[0], "--map", "waiting=parked", "--reason", "renamed")
    done = earmark("process", "migrate", "Tiny", *arguments, "--json").shaped("process-migrate")
    assert (done["moved"], done["refused"], done["migration"]) == (2, 0, 1)
    items = earmark("order", "show", "R-2", "--json").shaped("order")["items"]
    assert [(item["state"], item["version"]) for item in items] == [("parked", tiny[1])]
    assert f"migrated to version {tiny[1][:12]}: item " in earmark("order", "show", "R-2").out
    assert listed(earmark)[1]["last_migrated_at"] is not None
    (info,) = earmark("process", "migrations", "Tiny", "--json").shaped("process-migrations")
    assert (info["items"], info["undone"], info["reason"]) == (2, 0, "renamed")
    assert (info["version"], info["state_map"]) == (tiny[1], {"waiting": "parked"})
    assert "waiting=parked" in earmark("process", "migrations", "Tiny").out
    earmark("trigger", "go", "--order", "R-1")
    dry = earmark("process", "undo", "1", "--dry-run", code=1).out
    assert "1 item refused moved_since" in dry
    undone = earmark("process", "undo", "1", "--reason", "back", "--json", code=1).shaped("process-migrate")
    assert (undone["undo"], undone["moved"], undone["refused"]) == (True, 1, 1)
    assert earmark("process", "undo", "1", "--json", code=1).error["code"] == "migration_undone"
    assert earmark("process", "undo", "9", "--json", code=1).error["code"] == "unknown_migration"
    (info,) = earmark("process", "migrations", "Tiny", "--json").json
    assert (info["undone"], info["undone_at"] is None) == (1, False)
    assert "drift 0" in earmark("reservation", "reconcile", "--dry-run").out


def test_an_on_enter_event_that_is_not_run_is_told(tiny, earmark):
    Path("tiny.xml").write_text(ENTERED)
    earmark("process", "deploy", "tiny.xml", "--force")
    arguments = ("process", "migrate", "Tiny", "--to", "current", "--map", "waiting=parked")
    told = earmark(*arguments, "--dry-run").out
    assert "waiting: the onEnter event 'end' of 'parked' is not run; --enter makes it due" in told
    assert "is due and taken by the next run" in earmark(*arguments, "--enter").out
    assert earmark("run", "timeouts", "--json").json["moved"] == 1


def test_what_is_wrong_with_a_migration_is_told_at_once(tiny, earmark):
    arguments = ("--to", "abc", "--from", "feed", "--state", "wating", "--map", "x=y")
    error = earmark("process", "migrate", "Tiny", *arguments, "--json", code=1).error
    assert error["code"] == "migration_invalid"
    assert len(error["parameters"]["problems"]) == 4
    assert earmark("process", "migrate", "Tony", "--to", "current", "--json", code=1).error["code"] == (
        "process_not_found"
    )


@pytest.mark.parametrize("maps", [["waiting"], ["=parked"], ["waiting="], ["a=b", "a=c"]])
def test_a_map_that_is_no_pair_is_a_usage_error(tiny, earmark, maps):
    given = [part for text in maps for part in ("--map", text)]
    earmark("process", "migrate", "Tiny", "--to", "current", *given, code=2)


def test_a_process_that_is_switched_off_takes_no_orders(tiny, earmark, place):  # noqa: F811
    for info in earmark("process", "deactivate", "Tiny", "--json").shaped("process-list"):
        assert not info["active"]
    assert place(order("R-3", process="Tiny"), code=1).error["code"] == "process_inactive"
    assert earmark("trigger", "end", "--order", "R-2", "--json").json["moved"] == 1
    assert "takes no new orders" in earmark("process", "deploy", "tiny.xml").err
    earmark("process", "activate", "Tiny")
    place(order("R-3", process="Tiny"))


def test_doctor_gives_the_command_that_goes_on_with_a_migration_that_was_cut_off(tiny, earmark):
    def migrations():
        checks = earmark("doctor", "--json", "--fast").shaped("doctor")
        return next(check for check in checks if check["check"] == "migrations")

    earmark("process", "migrate", "Tiny", "--to", "current", "--map", "waiting=parked")
    assert migrations()["status"] == "ok"
    connection = sqlite3.connect("earmark.db")
    connection.execute("UPDATE migration SET finished_at = NULL, started_at = 1")
    connection.commit()
    connection.close()
    found = migrations()
    assert (found["status"], found["ok"]) == ("warn", True)
    told, command = found["more"][0].split(": ")
    assert told == "migration 1, 2 items moved"
    assert command in found["remedy"]
    earmark(*shlex.split(command)[1:])
    assert migrations()["status"] == "ok"
    assert len(earmark("process", "migrations", "Tiny", "--json").json) == 1
