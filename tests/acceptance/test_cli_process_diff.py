"""``earmark process diff``: files, folders and deployed versions, and the items that a change concerns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.test_cli_commands import order, place  # noqa: F401
from tests.acceptance.test_cli_versions import FIRST, SECOND, tiny  # noqa: F401

CLOSED = FIRST.replace('<state name="waiting" reserved="true"/>', '<state name="waiting"/>')


def differ(earmark, old, new, *options, code=0):
    return earmark("process", "diff", old, new, "--json", *options, code=code).shaped("process-diff")


@pytest.fixture
def files(project):
    Path("old").mkdir()
    Path("new").mkdir()
    Path("old/Tiny.xml").write_text(FIRST)
    Path("new/Tiny.xml").write_text(SECOND)


def test_two_files_are_compared_without_a_database(files, earmark):
    told = differ(earmark, "old/Tiny.xml", "new/Tiny.xml")
    (change,) = told["changes"]
    assert (change["kind"], change["name"], change["new"]) == ("renamed", "waiting", "parked")
    assert told["items"] == []
    assert '= state "waiting" is called "parked" now' in earmark("process", "diff", "old", "new").out
    assert "nothing that means anything" in earmark("process", "diff", "old", "old/Tiny.xml").out
    assert not Path("earmark.db").exists()


def test_folders_are_compared_process_by_process(files, earmark):
    Path("old/Gone.xml").write_text(FIRST.replace("Tiny", "Gone"))
    Path("new/Come.xml").write_text(FIRST.replace("Tiny", "Come"))
    said = earmark("process", "diff", "old", "new").out
    assert "- process 'Gone' has gone" in said
    assert "+ process 'Come' is new" in said
    assert "waiting" in said


def test_markdown_is_written_for_a_pull_request(files, earmark):
    earmark("process", "diff", "old", "new", "-o", "review.md")
    page = Path("review.md").read_text()
    assert page.startswith("## Tiny\n")
    assert "| renamed | waiting | waiting | parked |" in page
    assert earmark("process", "diff", "old", "new", "--format", "markdown").out.strip() == page.strip()


def test_items_in_touched_states_are_told_with_what_becomes_of_them(tiny, earmark):  # noqa: F811
    Path("closed.xml").write_text(CLOSED)
    (row,) = differ(earmark, f"Tiny@{tiny[0][:8]}", "closed.xml")["items"]
    assert row == {
        "state": "waiting",
        "items": 1,
        "can_go_on": True,
        "goes_to": "waiting",
        "reservation": "given free",
    }
    (gone,) = differ(earmark, f"Tiny@{tiny[0][:8]}", "Tiny")["items"]
    assert (gone["state"], gone["goes_to"], gone["reservation"]) == ("waiting", "parked", "kept")
    short = FIRST.replace('<state name="waiting" reserved="true"/>', "")
    short = short.replace("<source>waiting", "<source>new").replace("<target>waiting", "<target>done")
    Path("short.xml").write_text(short)
    said = earmark("process", "diff", f"Tiny@{tiny[0]}", "short.xml").out
    assert "cannot go on: there is no such state any more" in said


def test_a_deployed_version_is_shown_and_drawn(tiny, earmark):  # noqa: F811
    shown = earmark("process", "show", f"Tiny@{tiny[0][:6]}", "--json").shaped("process-show")
    assert "waiting" in [state["name"] for state in shown["states"]]
    earmark("process", "draw", f"Tiny@{tiny[0][:6]}", "-o", "old.svg")
    assert "waiting" in Path("old.svg").read_text()
    error = earmark("process", "show", "Tiny@abcdef012345", "--json", code=1).error
    assert error["code"] == "process_not_found"
    assert tiny[0][:12] in error["message"]


def test_what_cannot_be_compared_is_refused(files, earmark):
    Path("bad.xml").write_text(FIRST.replace("<target>done", "<target>nowhere"))
    assert (
        earmark("process", "diff", "old", "bad.xml", "--json", code=1).error["code"] == "definition_invalid"
    )
    assert (
        earmark("process", "diff", "old", "missing.xml", "--json", code=1).error["code"]
        == "process_not_found"
    )
    Path("empty").mkdir()
    assert earmark("process", "diff", "empty", "new", "--json", code=1).error["code"] == "file_unreadable"


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_a_picture_alone_says_what_has_changed(files, earmark, suffix):
    Path("new/Come.xml").write_text(FIRST.replace("Tiny", "Come"))
    earmark("process", "diff", "old", "new", "-o", f"review.{suffix}")
    page = Path(f"review.{suffix}").read_text()
    assert " renamed" in page
    assert "was: waiting" in page
    assert "Come" in page
    assert "old \u2192 new" in page


def test_a_picture_needs_a_file_and_a_format_that_there_is(files, earmark):
    assert "needs a file" in earmark("process", "diff", "old", "new", "--format", "svg", code=2).err
    assert "no format" in earmark("process", "diff", "old", "new", "--format", "bmp", code=2).err


def test_nothing_to_tell_is_a_picture_and_a_page_too(files, earmark):
    for name in ("same.svg", "same.md", "same.txt"):
        earmark("process", "diff", "old", "old/Tiny.xml", "-o", name)
    assert "nothing that means anything has changed" in Path("same.svg").read_text()
    assert "0 changes" in Path("same.md").read_text()
    assert "nothing that means anything has changed" in Path("same.txt").read_text()
    Path("old/Other.xml").write_text(FIRST.replace("Tiny", "Other"))
    for name in ("none.svg", "none.html"):
        earmark("process", "diff", "old", "old", "-o", name)
        assert "Nothing that means anything has changed" in Path(name).read_text()
