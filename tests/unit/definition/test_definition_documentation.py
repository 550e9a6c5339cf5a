"""docs/process-xml.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.definition import RegisteredNames, load_process, rules
from engine.definition.reader import ATTRIBUTES
from tests.unit.definition.making import write

PAGE = (Path(__file__).parents[3] / "docs" / "process-xml.md").read_text(encoding="utf-8")


def rules_in(heading: str) -> list[str]:
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n#")[0]
    return re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$", section, re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "severity"), [("Errors", "error"), ("Warnings", "warning"), ("Hints", "info")]
)
def test_every_rule_is_explained_under_its_severity_and_no_other(heading, severity):
    assert rules_in(heading) == [rule.id for rule in rules() if rule.severity.value == severity]


def test_rules_have_stable_looking_ids_and_a_sentence():
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id) for rule in rules())
    assert all(rule.summary.endswith(".") for rule in rules())
    assert len({rule.id for rule in rules()}) == len(rules())


@pytest.mark.parametrize("element", [name for name, attributes in ATTRIBUTES.items() if attributes])
def test_every_attribute_is_in_the_table(element):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{element}` |"))
    assert [name for name in ATTRIBUTES[element] if f"`{name}`" not in row] == []


def test_the_example_at_the_top_is_a_process_without_a_finding(tmp_path):
    text = PAGE.split("```xml\n")[1].split("```")[0]
    result = load_process(
        write(tmp_path, {"Coffee.xml": text}).main, registered=RegisteredNames({}, set(), set())
    )
    assert [finding.rule for finding in result.findings if finding.severity.value != "info"] == []
    assert [state.name for state in result.process.states if state.reserved] == ["paid"]
