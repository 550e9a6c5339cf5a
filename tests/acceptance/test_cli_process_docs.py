"""``earmark process docs``: pages for the processes of a project, of a database, or that are named."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.test_cli_commands import order, place  # noqa: F401
from tests.acceptance.test_cli_versions import FIRST, tiny  # noqa: F401


def test_the_processes_of_the_project(project, earmark):
    Path("processes").mkdir()
    Path("processes/Tiny.xml").write_text(FIRST)
    told = earmark("process", "docs", "pages", "--json").shaped("process-docs")
    assert (told["processes"], told["files"]) == (["Tiny"], ["Tiny.html", "index.html"])
    assert "processes/Tiny.xml" in Path("pages/index.html").read_text()
    again = Path("pages/Tiny.html").read_bytes()
    earmark("process", "docs", "pages")
    assert Path("pages/Tiny.html").read_bytes() == again


def test_what_is_deployed_without_a_folder_and_what_is_named(tiny, earmark):  # noqa: F811
    Path("processes").rename("elsewhere")
    assert "Tiny" in earmark("process", "docs", "pages", "--json").json["processes"]
    named = earmark("process", "docs", "other", f"Tiny@{tiny[0][:8]}", "DummyPayment", "--json").json
    assert named["processes"] == ["DummyPayment", "Tiny"]


def test_what_is_wrong_is_told_and_nothing_is_written(project, earmark):
    Path("Tiny.xml").write_text(FIRST.replace("<target>done", "<target>nowhere"))
    assert (
        earmark("process", "docs", "pages", "Tiny.xml", "--json", code=1).error["code"]
        == "definition_invalid"
    )
    assert not Path("pages").exists()


def test_what_is_shipped_when_there_is_nothing_else(project, earmark):
    assert "Prepayment" in earmark("process", "docs", "pages", "--json").json["processes"]
