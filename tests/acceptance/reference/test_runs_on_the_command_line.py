"""``earmark run``: limits in items, one store at a time, and what the answer counts."""

from __future__ import annotations

import pytest


@pytest.fixture
def waiting(shop, project, monkeypatch):
    """Five items, two of them of US, with a way on that needs no event and a timeout that is long due."""
    shop.later(days=-3650)  # the command line goes by the real time, whatever that is
    shop.deploy("""
        states new done late
        new -> done
        new -> late : expire
        event expire timeout=1minute
    """)
    monkeypatch.setenv("EARMARK_DATABASE_URL", shop.url)
    return [item for store in ("DE", "US", "DE", "US", "DE") for item in shop.place(store=store)]


@pytest.mark.parametrize(("what", "target"), [("conditions", "done"), ("timeouts", "late")])
def test_one_store_a_limit_and_then_the_rest(shop, waiting, earmark, what, target):
    def run(*arguments):
        told = earmark("run", what, *arguments, "--json").shaped("move")
        return told["examined"], told["moved"]

    assert run("--store", "US", "--limit", 1) == (1, 1)
    assert shop.states(*waiting) == ["new", target, "new", "new", "new"]
    assert run("--limit", 3) == (3, 3)
    assert run() == (1, 1)
    assert shop.states(*waiting) == [target] * 5
    assert run() == (0, 0)


def test_until_idle_on_the_command_line(shop, waiting, earmark):
    assert earmark("run", "conditions", "--until-idle", "--json").shaped("move")["moved"] == 5


def test_a_store_that_does_not_exist_is_refused_with_those_that_do(waiting, earmark):
    error = earmark("run", "conditions", "--store", "FR", "--json", code=1).error
    assert error["code"] == "unknown_store"
    assert "DE" in error["message"]


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_is_a_number_above_zero(waiting, earmark, limit):
    assert earmark("run", "timeouts", "--limit", limit, "--json", code=2).error["code"] == "usage"
