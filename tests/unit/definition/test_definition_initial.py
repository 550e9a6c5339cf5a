"""Which state new items start in."""

from __future__ import annotations

import pytest

from engine.definition import load_process
from tests.unit.definition.making import machine, move, process, write

RING = f'<state name="a"/>\n<state name="b"/>\n{move("a", "b")}\n{move("b", "a")}'


@pytest.mark.parametrize(
    ("content", "asked", "initial", "assumed"),
    [
        ('<state name="a"/>\n<state name="new"/>', None, "new", False),
        ('<state name="new"/>\n<state name="b" initial="true"/>', None, "b", False),
        ('<state name="new"/>\n<state name="b" initial="1"/>\n<state name="c"/>', "c", "c", False),
        (f'<state name="x"/>\n<state name="y"/>\n{move("y", "x")}', None, "y", True),
        (f'<state name="x"/>\n<state name="y"/>\n{move("y", "x")}\n{move("y", "y")}', None, "y", True),
        (RING, None, "a", True),
        (RING, "b", "b", False),
    ],
)
def test_the_initial_state(content, asked, initial, assumed, tmp_path):
    written = write(tmp_path, {"Main.xml": machine(process(content))})
    result = load_process(written.main, initial=asked)
    assert result.process.states[result.process.initial].name == initial
    assert ("initial-assumed" in {finding.rule for finding in result.findings}) == assumed


@pytest.mark.parametrize("content", [RING, ""])
def test_asking_for_a_state_that_is_not_there_is_an_error(content, tmp_path):
    written = write(tmp_path, {"Main.xml": machine(process(content))})
    result = load_process(written.main, initial="A")
    assert [finding.rule for finding in result.errors] == ["unknown-initial-state"]
    assert ('Did you mean "a"?' in result.errors[0].message) == bool(content)
    assert result.process is None


def test_a_state_in_a_subprocess_can_be_the_initial_one(tmp_path):
    part = process('<state name="start" initial="true"/>', 'name="Part"')
    found = load_process(write(tmp_path, {"Main.xml": machine(process(RING), part)}).main).process
    assert found.states[found.initial].name == "start"
