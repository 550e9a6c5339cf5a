"""``earmark process new`` and ``fmt``: from nothing to a deployed process, in one layout."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree


@pytest.mark.parametrize("template", ["minimal", "shop", "returns"])
def test_a_process_from_a_template_is_deployed_as_it_is(project, earmark, template):
    made = earmark("process", "new", "Mine", "--template", template, "--json").shaped("process-new")
    assert made == {"process": "Mine", "template": template, "file": "Mine.xml"}
    earmark("process", "check", "Mine.xml", "--strict")
    earmark("process", "deploy", "Mine.xml")
    assert "Mine" in earmark("process", "list").out


def test_it_goes_into_the_folder_of_the_processes_and_overwrites_nothing(project, earmark):
    Path("processes").mkdir()
    earmark("process", "new", "Mine")
    before = Path("processes/Mine.xml").read_text()
    assert (
        "exists"
        in earmark("process", "new", "Mine", "--template", "minimal", "--json", code=1).error["message"]
    )
    assert Path("processes/Mine.xml").read_text() == before
    earmark("process", "new", "Other", "-o", "here.xml")
    assert '<process name="Other"' in Path("here.xml").read_text()


def test_what_cannot_be_a_name_or_a_template_is_refused(project, earmark):
    for name in ("a/b", "a b", "", "<x>"):
        assert "cannot be the name" in earmark("process", "new", name, "--json", code=1).error["message"]
    error = earmark("process", "new", "Mine", "--template", "magic", "--json", code=1).error
    assert "minimal, returns, shop" in error["remedy"]
    assert list(Path().iterdir()) == []


@pytest.fixture
def files(project, earmark):
    earmark("process", "new", "Neat")
    Path("more").mkdir()
    Path("more/Ugly.xml").write_text(Path("Neat.xml").read_text().replace("        <states>", "<states>"))
    Path("more/other.xml").write_text("<html/>")


def test_files_are_laid_out_and_a_second_run_changes_nothing(files, earmark):
    assert "would be laid out anew" in earmark("process", "fmt", ".", "--check", code=1).out
    done = earmark("process", "fmt", ".", "--json").shaped("process-fmt")
    assert done == {"files": 2, "changed": ["more/Ugly.xml"], "findings": []}
    assert Path("more/Ugly.xml").read_text() == Path("Neat.xml").read_text()
    assert Path("more/other.xml").read_text() == "<html/>"
    assert earmark("process", "fmt", ".", "--check", "--json").json["changed"] == []


def test_a_broken_file_is_told_and_left_and_the_others_are_laid_out(files, earmark):
    Path("more/Broken.xml").write_text("<statemachine>")
    done = earmark("process", "fmt", ".", "--json", code=1).shaped("process-fmt")
    assert [one["rule"] for one in done["findings"]] == ["xml-broken"]
    assert done["changed"] == ["more/Ugly.xml"]
    assert Path("more/Broken.xml").read_text() == "<statemachine>"
    assert earmark("process", "fmt", "nowhere.xml", "--json", code=1).error["code"] == "file_unreadable"


def test_the_schema_is_written_and_is_that_of_the_shipped_processes(project, earmark):
    earmark("process", "schema", "-o", "earmark-process.xsd")
    schema = etree.XMLSchema(etree.parse("earmark-process.xsd"))
    earmark("process", "new", "Mine", "-o", "Mine.xml")
    assert schema.validate(etree.parse("Mine.xml")), schema.error_log
    assert earmark("process", "schema").out == Path("earmark-process.xsd").read_text()
    wrong = Path("Mine.xml").read_text().replace("reserved=", "reserve=")
    assert not schema.validate(etree.fromstring(wrong.encode()))
