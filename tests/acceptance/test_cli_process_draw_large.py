"""``earmark process draw`` with its choices, and ``earmark history --draw``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.test_cli_commands import order, place  # noqa: F401
from tests.acceptance.test_cli_versions import FIRST, tiny  # noqa: F401


@pytest.fixture
def draw(project, earmark):
    Path("Tiny.xml").write_text(FIRST)

    def drawn(*options, source="Tiny.xml", file="x.svg", code=0):
        done = earmark("process", "draw", source, "-o", file, *options, code=code)
        return Path(file).read_text() if code == 0 else done.err

    return drawn


def test_version_file_and_date_stand_in_the_picture(draw):
    shown = draw("--date", "2026-03-04")
    assert "Tiny.xml \u00b7 2026-03-04" in shown
    assert shown == draw("--date", "2026-03-04")


def test_a_deployed_version_says_since_when(tiny, earmark):  # noqa: F811
    earmark("process", "draw", "Tiny", "-o", "x.svg")
    assert "deployed 20" in Path("x.svg").read_text()


def test_only_what_is_around_a_state(draw):
    shown = draw("--around", "done", "--depth", "1")
    assert 'data-state="waiting"' in shown
    assert 'data-state="new"' not in shown
    assert "Did you mean 'done'" in draw("--around", "dome", code=1)


def test_what_cannot_be_folded_is_refused(draw):
    assert "no subprocess 'Return'" in draw("--fold", "Return", code=2)


def test_findings_are_marked_unless_nothing_is_wanted(draw):
    lost = FIRST.replace('<state name="done"/>', '<state name="done" reserved="true"/>')
    Path("Tiny.xml").write_text(lost)
    assert "reserved dead end" in draw()
    assert "reserved dead end" not in draw("--findings", "none")


def test_a_comment_that_ignores_a_finding_holds_in_the_picture_too(draw):
    lost = FIRST.replace(
        '<state name="done"/>',
        '<!-- earmark: ignore reserved-dead-end --><state name="done" reserved="true"/>',
    )
    Path("Tiny.xml").write_text(lost)
    assert draw().count("reserved dead end") < 3


def test_heat_by_items_and_by_time(tiny, earmark):  # noqa: F811
    earmark("process", "draw", "Tiny", "--heat", "items", "-o", "x.svg")
    assert "1 item" in Path("x.svg").read_text()
    earmark("process", "draw", "Tiny", "--heat", "time", "-o", "x.svg")
    assert "of 1 stay" in Path("x.svg").read_text()


def test_the_way_of_an_item_so_far(tiny, earmark):  # noqa: F811
    item = earmark("order", "show", "R-2", "--json").json["items"][0]["id"]
    earmark("history", item, "--draw", "way.svg")
    shown = Path("way.svg").read_text()
    assert "\u25ba 1" in shown and "\u25ba 2" in shown
    assert "new \u2192 waiting on go" in shown
    assert "no suffix" in earmark("history", item, "--draw", "way.bmp", code=2).err


@pytest.mark.parametrize("theme", ["dark", "auto"])
@pytest.mark.parametrize("file", ["x.svg", "x.html"])
def test_themes(draw, theme, file):
    shown = draw("--theme", theme, file=file)
    assert "#12171D" in shown
