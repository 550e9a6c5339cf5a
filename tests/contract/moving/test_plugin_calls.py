"""What plugins may do to whoever calls them: raise what is no Exception, fail at telling why, fork."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from engine.errors import PluginError
from engine.hooks import Scope
from tests.helpers.shop import codes

PAY = """
    states new paid* shipped lost
    new -> paid : pay [solvent]
    paid -> shipped : ship
    paid -> lost : lose
    event pay command=charge manual
"""


class Untold(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


class Unshown:
    """An answer that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


def raising(error):
    def plugin(*_):
        raise error

    return plugin


ERRORS = [
    (asyncio.CancelledError(), "CancelledError"),
    (GeneratorExit(), "GeneratorExit"),
    (BaseException("odd"), "BaseException: odd"),
    (Untold(), "Untold: its text cannot be had"),
    (ValueError("x" * 1_000_000), f"ValueError: {'x' * 2000}... (998,000 more characters)"),
]
NAMED = [text.split(":")[0] for _, text in ERRORS]


@pytest.fixture
def sale(world):
    world.plugins.add_condition("solvent", lambda *_: True)
    return world


@pytest.mark.parametrize(("error", "text"), ERRORS, ids=NAMED)
@pytest.mark.parametrize("transactional", [False, True])
def test_whatever_a_command_raises_holds_back_its_items_only(sale, error, text, transactional):
    calls = []

    def charge(item, context):
        calls.append(item.id)
        if len(calls) == 1:
            raise error

    sale.plugins.add_command("charge", charge, transactional=transactional)
    sale.deploy(PAY)
    first, second = sale.place("tea-1", "tea-1")
    report = sale.trigger("pay", first, second)
    assert (report.moved, codes(report.failed)) == (1, {first: "command_failed"})
    assert report.failed[0].message == f"item {first}: charge: {text}"
    assert sale.history(first)[-1].error == f"command_failed: charge: {text}"
    assert sale.trigger("pay", first).moved == 1


@pytest.mark.parametrize(("error", "text"), ERRORS, ids=NAMED)
@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.BATCH])
def test_whatever_a_condition_raises_holds_back_what_it_was_asked_about(world, error, text, scope):
    world.command("charge")
    world.plugins.add_condition("solvent", raising(error), scope)
    world.deploy(PAY)
    (item,) = world.place()
    report = world.trigger("pay", item)
    assert codes(report.failed) == {item: "condition_failed"}
    assert report.failed[0].message.endswith(f"solvent: {text}")


@pytest.mark.parametrize(
    ("scope", "answer"),
    [
        (Scope.ITEM, Unshown()),
        (Scope.ITEM, "y" * 1_000_000),
        (Scope.BATCH, [Unshown()]),
        (Scope.BATCH, ["z" * 99_999]),
    ],
    ids=["unshown", "long", "unshown id", "long id"],
)
def test_a_wrong_answer_that_cannot_be_shown_is_still_told(world, scope, answer):
    world.command("charge")
    world.plugins.add_condition("solvent", lambda *_: answer, scope)
    world.deploy(PAY)
    (item,) = world.place()
    report = world.trigger("pay", item)
    assert codes(report.failed) == {item: "condition_failed"}
    assert len(report.failed[0].message) < 400


def test_whatever_a_timeout_processor_raises_keeps_its_item(sale):
    sale.command("charge")
    sale.plugins.processors["late"] = raising(asyncio.CancelledError())
    sale.deploy(PAY.replace("event pay", "event ship timeout=1day processor=late\n    event pay"))
    (item,) = sale.place()
    assert codes(sale.trigger("pay", item).failed) == {item: "timeout_processor_failed"}
    assert sale.states(item) == ["new"]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), Untold()])
def test_whatever_a_reservation_handler_raises_undoes_the_step(sale, error):
    sale.command("charge")
    sale.deploy(PAY)
    (item,) = sale.place()
    sale.plugins.handlers.append(raising(error))
    with pytest.raises(PluginError, match=type(error).__name__):
        sale.trigger("pay", item)
    assert sale.states(item) == ["new"]
    assert sale.drift() == []


def test_ctrl_c_in_a_plugin_is_no_failure_of_the_plugin(sale):
    sale.command("charge", does=raising(KeyboardInterrupt()))
    sale.deploy(PAY)
    (item,) = sale.place()
    with pytest.raises(KeyboardInterrupt):
        sale.trigger("pay", item)
    assert [entry.outcome for entry in sale.history(item)] == ["placed"]


def forks(folder: Path, *, ends: bool):
    """A plugin that forks a process which does not stay inside of it."""

    def plugin(*_):
        child = os.fork()
        if child == 0:
            if ends:
                raise SystemExit(0)
            return True
        _, status = os.waitpid(child, 0)
        with (folder / "children").open("a") as file:
            file.write(f"{os.waitstatus_to_exitcode(status)}\n")
        return True

    return plugin


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("place", ["command", "transactional command", "condition"])
def test_a_process_that_a_plugin_forks_does_not_take_the_step_again(world, tmp_path, place, ends):
    forking = forks(tmp_path, ends=ends)
    plain = lambda *_: True  # noqa: E731
    command = (lambda *_: forking() and None) if "command" in place else (lambda *_: None)
    world.plugins.add_command("charge", command, transactional="transactional" in place)
    world.plugins.add_condition("solvent", forking if place == "condition" else plain)
    world.deploy(PAY)
    (item,) = world.place()
    assert world.trigger("pay", item).moved == 1
    assert (tmp_path / "children").read_text().split() == ["0" if ends else "1"]
    assert [entry.outcome for entry in world.history(item)] == ["placed", "moved"]
    assert world.drift() == []
