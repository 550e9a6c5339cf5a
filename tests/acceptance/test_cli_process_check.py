"""``earmark process check``: which rules are told, in which form, and what is a refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GAP = """\
<statemachine xmlns="urn:earmark:process:1"><process name="Gap" main="true">
<states>
  <state name="new" initial="true"/>
  <state name="paid" reserved="true"/>
  <state name="checked"/>
  <state name="sent" reserved="true"/>
  <state name="done"/>
</states>
<transitions>
  <transition happy="true"><source>new</source><target>paid</target><event>go</event></transition>
  <transition happy="true"><source>paid</source><target>checked</target><event>go</event></transition>
  <transition happy="true"><source>checked</source><target>sent</target><event>go</event></transition>
  <transition happy="true"><source>sent</source><target>done</target><event>go</event></transition>
</transitions>
<events><event name="go" manual="true"/></events>
</process></statemachine>
"""


@pytest.fixture
def check(project, earmark):
    Path("Gap.xml").write_text(GAP)
    return lambda *options, code=0: earmark("process", "check", "Gap.xml", *options, code=code)


def told(done):
    return [finding["rule"] for finding in done.shaped("process-check")["findings"]]


def test_the_line_stands_below_the_finding_with_a_mark(check):
    lines = check().out.splitlines()
    place = next(number for number, text in enumerate(lines) if "reservation-gap" in text)
    assert lines[place].startswith("Gap.xml:5:3 warning reservation-gap")
    assert lines[place + 1 : place + 3] == ['  5 |   <state name="checked"/>', "    |   ^"]
    assert lines[place + 3].startswith("  mend: ")


def test_rules_are_selected_and_ignored_and_warnings_are_a_refusal_when_asked(check):
    everything = told(check("--json"))
    assert "reservation-gap" in everything
    assert told(check("--select", "reservation-gap", "--json")) == ["reservation-gap"]
    less = check("--ignore", "reservation-gap")
    assert "reservation-gap" not in less.out
    assert "1 ignored" in less.out
    check("--strict", code=1)
    check("--strict", "--ignore", "reservation-gap")
    error = check("--select", "reservation-gab", "--json", code=1).error
    assert "reservation-gap" in error["message"]


def test_errors_are_told_whatever_is_selected(check):
    Path("Gap.xml").write_text(GAP.replace("<target>sent</target>", "<target>nowhere</target>"))
    assert "undeclared-state" in told(check("--select", "unused-event", "--json", code=1))


def test_a_code_scanner_gets_a_log(check):
    log = json.loads(check("--format", "sarif").out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["reservation-gap"]["defaultConfiguration"] == {"level": "warning"}
    (result,) = [one for one in run["results"] if one["ruleId"] == "reservation-gap"]
    (where,) = result["locations"]
    assert where["physicalLocation"] == {
        "artifactLocation": {"uri": "Gap.xml"},
        "region": {"startLine": 5, "startColumn": 3},
    }
    assert {one["ruleId"] for one in run["results"]} == set(rules)


def test_a_workflow_gets_annotations(check):
    lines = check("--format", "github", "--select", "reservation-gap").out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(
        '::warning file=Gap.xml,line=5,col=3,title=reservation-gap::"checked" gives up'
    )
