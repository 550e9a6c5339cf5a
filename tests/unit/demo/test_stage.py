"""The stage of the demonstration: what several calls did is one report, with everything that was left undone."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from earmark.demo.clock import DemoClock
from earmark.demo.folder import Folder
from earmark.demo.screen import Screen
from earmark.demo.stage import Stage
from earmark.demo.world import World
from engine.results import MoveReport, Refusal


class FakeEngine:
    """Answers one trigger after the other."""

    def __init__(self, *reports: MoveReport) -> None:
        self._reports = iter(reports)

    def trigger(self, event, selection, *, progress):
        return next(self._reports)


@pytest.mark.parametrize("complete", [True, False])
def test_what_an_event_did_in_several_processes_adds_up(tmp_path, complete):
    refused = Refusal(7, "item_locked", "somebody works on it")
    engine = FakeEngine(
        MoveReport(examined=2, moved=2, complete=complete), MoveReport(examined=3, moved=1, blocked=[refused])
    )
    clock = DemoClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    screen = Screen(Console(file=io.StringIO()))
    stage = Stage(engine, World(50), Folder(tmp_path), clock, screen=screen)
    report = stage.fire("ship", {"Card": "exported", "Invoice": "exported"}, lambda _done, _total: None)
    assert (report.examined, report.moved, report.blocked) == (5, 3, [refused])
    assert report.complete is complete
