"""``earmark process convert``: a file of another format becomes a process that can be deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

CHART = """\
<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="Coffee order">
  <state id="new"><transition event="pay" cond="isPaid" target="paid"/></state>
  <final id="paid"/>
</scxml>
"""


@pytest.fixture
def chart(project):
    Path("coffee.scxml").write_text(CHART)
    return "coffee.scxml"


def test_a_chart_becomes_a_process_that_can_be_checked(chart, earmark):
    told = earmark("process", "convert", chart, "--json").shaped("process-convert")
    assert (told["process"], told["format"], told["file"]) == ("Coffee order", "scxml", "Coffee_order.xml")
    assert earmark("process", "check", "Coffee_order.xml", "--json").json["process"] == "Coffee order"
    assert {notice["kind"] for notice in told["notices"]} == {"changed"}


def test_a_file_that_is_there_is_not_overwritten(chart, earmark):
    Path("mine.xml").write_text("mine")
    earmark("process", "convert", chart, "-o", "mine.xml", code=1)
    assert Path("mine.xml").read_text() == "mine"


def test_what_cannot_be_kept_is_told_with_its_line_and_nothing_is_written(project, earmark):
    Path("two.scxml").write_text(CHART.replace("<final", '<parallel id="both"/>\n  <final'))
    done = earmark("process", "convert", "two.scxml", code=1)
    assert "two.scxml:3:3 refused: <parallel>" in done.out
    assert list(Path().glob("*.xml")) == []
    assert (
        earmark("process", "convert", "two.scxml", "--json", code=1).shaped("process-convert")["file"] is None
    )
