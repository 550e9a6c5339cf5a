"""What the demonstration shows: the same lines on a terminal and elsewhere, bars only on a terminal."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

from rich.console import Console

from earmark.demo.screen import Screen

NOON = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


def shown(*, terminal: bool, quiet: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80, legacy_windows=False, _environ={})
    screen = Screen(console, quiet=quiet)
    for title, result in (("take orders", "2 placed"), ("ship them", "3 items shipped")):
        with screen.scene(title, 4, NOON) as scene:
            scene.tell(1, 2)
            scene.result = result
    return out.getvalue()


def test_a_day_is_named_once_and_its_steps_follow():
    assert [" ".join(line.split()) for line in shown(terminal=False).splitlines()] == [
        "day 4 Monday",
        "12:30 take orders 2 placed",
        "12:30 ship them 3 items shipped",
    ]


def test_a_terminal_shows_a_bar_and_keeps_only_the_lines():
    text = shown(terminal=True)
    assert "1/2" in text
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).splitlines()[-1]
    assert " ".join(last.split()) == "12:30 ship them 3 items shipped"


def test_quiet_shows_nothing():
    assert shown(terminal=True, quiet=True) == ""
