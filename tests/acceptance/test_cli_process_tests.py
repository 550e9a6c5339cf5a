"""``earmark process test`` and the plugin of pytest: the tests of a new project, and what they find."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from rules.document import read_document

CASES = "tests/DummyPayment.process-test.yaml"


@pytest.fixture
def shop(project, earmark, monkeypatch):
    earmark("init", "shop")
    monkeypatch.chdir("shop")


@pytest.fixture
def broken(shop):
    text = Path(CASES).read_text()
    Path(CASES).write_text(text.replace("state: cancelled, reserved: 0", "state: paid, reserved: 1"))


def test_the_tests_of_a_new_project_pass(shop, earmark):
    told = earmark("process", "test", "--json").shaped("process-test")
    assert (told["passed"], told["failed"]) == (5, [])
    assert 0 < told["coverage"]["transitions"] < told["coverage"]["states"] < 100
    assert told["processes"][0]["states"]["missed"] == ["waiting for return", "returned", "refunded"]
    assert "5 cases, 5 passed, 0 failed" in earmark("process", "test", "tests").out
    assert not Path("earmark.db").exists()


def test_a_case_that_fails_is_told_with_line_and_way(broken, earmark):
    told = earmark("process", "test", CASES, "--json", code=1).shaped("process-test")
    assert told["passed"] == 4
    (failed,) = told["failed"]
    assert failed["case"].startswith("an order that is not paid within a day")
    assert f"{CASES}:{failed['line']}: expected state 'paid', got 'cancelled'" in failed["message"]
    assert failed["way"][-1] == "wait 1 day (-> cancelled)"
    said = earmark("process", "test", CASES, code=1).out
    assert "expected reserved 1, got 0" in said
    assert "not taken: paid -> refunded: refund" in said


def test_coverage_can_be_asked_for(shop, earmark):
    earmark("process", "test", "--coverage-min", "50")
    said = earmark("process", "test", "--coverage-min", "80", code=1).out
    assert "less than the 80 % that are wanted" in said
    earmark("process", "test", "--coverage-min", "101", code=2)


def test_only_some_cases_can_be_run(shop, earmark):
    assert earmark("process", "test", "--only", "cannot be cancelled", "--json").json["passed"] == 1
    assert "no case has" in earmark("process", "test", "--only", "nothing", code=1).err


def test_build_servers_get_junit(broken, earmark):
    earmark("process", "test", "--junit", "out.xml", code=1)
    root = etree.parse("out.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("5", "1")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "expected state 'paid', got 'cancelled'"
    assert failure.getparent().get("file") == CASES


def test_the_diagram_shows_what_was_not_covered(shop, earmark):
    earmark("process", "test", "--draw", "covered.svg")
    drawn = Path("covered.svg").read_text()
    assert "never entered" in drawn
    assert "never taken" in drawn
    assert "9 of 12 (75 %) states" in drawn
    assert "no test comes here: never entered, or never taken" in drawn
    assert "a test comes here" in drawn
    assert "as before" not in drawn
    assert "changed" not in drawn
    earmark("process", "test", "--draw", "covered.html")
    assert "<title>DummyPayment: what no test comes to</title>" in Path("covered.html").read_text()
    assert "suffix" in earmark("process", "test", "--draw", "covered.doc", code=1).err


def test_everything_that_is_wrong_with_all_files_is_told_at_once(shop, earmark):
    Path("tests/a.process-test.yaml").write_text("process: Nothing\ncases: []\n")
    Path("tests/b.process-test.yaml").write_text("proces: DummyPayment\n")
    Path("tests/c.process-test.yaml").write_text(
        "process: DummyPayment\ncases: [{name: a, then: {stat: new}}]\n"
    )
    error = earmark("process", "test", "--json", code=1).error
    assert [problem["file"][6] for problem in error["parameters"]["problems"]] == ["a", "b", "c"]
    assert 'there is no key "stat". Did you mean "state"?' in error["message"]


@pytest.mark.parametrize("path", ["nowhere", "data"])
def test_where_there_are_no_tests_is_told(shop, earmark, path):
    assert path in earmark("process", "test", path, code=1).err


def test_the_schema_for_editors_is_that_of_the_project(shop, earmark):
    schema = earmark("process", "test", "--schema").json
    path = Path(CASES)
    jsonschema.validate(read_document(path, path.read_text()).values, schema)
    assert Path("tests/process-test.schema.json").read_text() == earmark("process", "test", "--schema").out


def run_pytest(*arguments):
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def test_pytest_runs_each_case_as_a_test(shop):
    done = run_pytest("tests", "-vv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DummyPayment.process-test.yaml::what is paid cannot be cancelled any more PASSED" in done.stdout
    assert "5 passed" in done.stdout


def test_pytest_tells_what_failed_without_a_traceback(broken):
    done = run_pytest("tests")
    assert done.returncode == 1
    assert "expected state 'paid', got 'cancelled'" in done.stdout
    assert "Traceback" not in done.stdout
    assert "pytest_plugin.py" not in done.stdout


def test_pytest_tells_what_is_wrong_with_a_file(shop):
    Path("tests/c.process-test.yaml").write_text(
        "process: DummyPayment\ncases: [{name: a, then: {stat: new}}]\n"
    )
    done = run_pytest("tests/c.process-test.yaml")
    assert done.returncode == 2
    assert 'there is no key "stat"' in done.stdout
