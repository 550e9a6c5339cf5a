"""The canonical JSON of a process and its version."""

from __future__ import annotations

import json

import pytest

from engine.definition import canonical_json, load_process, process_from_canonical
from engine.errors import DefinitionError
from tests.unit.definition.making import machine, move, process, write

CONTENT = f"""
<state name="new" initial="true"/>
<state name="held" reserved="true" display="Held"><flag>f</flag></state>
{move("new", "held", "go", 'condition="C" happy="true"')}
{move("held", "new")}
<event name="go" manual="true" command="Do" timeout="1 day" timeoutProcessor="T"/>
"""
MAIN = machine(process(CONTENT))


def version(folder, text: str, **kwargs) -> str:
    result = load_process(write(folder, {"Main.xml": text}).main, **kwargs)
    assert result.errors == ()
    return result.process.version


def test_a_process_comes_back_from_its_canonical_json(tmp_path):
    found = load_process(write(tmp_path, {"Main.xml": MAIN}).main).process
    text = canonical_json(found)
    again = process_from_canonical(text)
    assert again == found
    assert again.version == found.version
    assert canonical_json(again) == text
    assert again.states[0].location is None
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def test_a_process_without_states_comes_back_too(tmp_path):
    found = load_process(write(tmp_path, {"Main.xml": machine(process(""))}).main).process
    assert process_from_canonical(canonical_json(found)) == found


def test_the_version_is_a_hash_of_the_meaning_alone(tmp_path):
    expected = version(tmp_path, MAIN)
    assert len(expected) == 64
    assert set(expected) <= set("0123456789abcdef")
    (tmp_path / "moved").mkdir()
    assert version(tmp_path / "moved", MAIN) == expected
    assert version(tmp_path, "<!-- new -->\n\n" + MAIN.replace("<state ", "<state\n  ")) == expected
    assert version(tmp_path, MAIN.replace('happy="true"', "happy = '1'")) == expected
    assert version(tmp_path, MAIN.replace("<source>new", "<source> new")) == expected
    assert expected not in canonical_json(load_process(tmp_path / "Main.xml").process)
    assert "Main.xml" not in canonical_json(load_process(tmp_path / "Main.xml").process)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("urn:earmark:process:1", "urn:other"),
        ('name="Main"', 'name="Other"'),
        (' initial="true"', ""),
        (' reserved="true"', ""),
        ("Held", "Reserved"),
        ("<flag>f</flag>", "<flag>g</flag>"),
        ('condition="C"', 'condition="D"'),
        (' happy="true"', ""),
        (' manual="true"', ""),
        ('command="Do"', 'command="Undo"'),
        ("1 day", "2 days"),
        (' timeoutProcessor="T"', ""),
        ("<event>go</event>", ""),
        ("<target>held", "<target>new"),
    ],
)
def test_every_change_of_meaning_is_a_new_version(old, new, tmp_path):
    text = (
        MAIN.replace(' initial="true"', "").replace('name="new"', 'name="start"').replace(">new<", ">start<")
    )
    if "initial" in old:
        # Without the mark the first state without a way to it would be taken, so mark another one.
        assert version(tmp_path, text, initial="start") != version(tmp_path, text, initial="held")
        return
    changed = text.replace(old, new.replace("new", "start"), 1)
    assert changed != text
    assert version(tmp_path, changed) != version(tmp_path, text)


def test_moving_a_process_into_a_file_of_its_own_is_no_new_version(tmp_path):
    main = process('<process>Part</process>\n<state name="new"/>')
    part = process('<state name="part"/>', 'name="Part"')
    expected = version(tmp_path, machine(main, part))
    write(tmp_path, {"Part.xml": machine(part)})
    assert version(tmp_path, machine(main, '<process name="Part" file="Part.xml"/>')) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"format": 2}',
        "null",
        "[" * 100_000,
        json.dumps(
            {
                "format": 1,
                "name": "x",
                "dialect": "earmark",
                "initial": "gone",
                "processes": [],
                "states": [],
                "events": [],
                "transitions": [],
            }
        ),
        json.dumps(
            {
                "format": 1,
                "name": "x",
                "dialect": "martian",
                "initial": None,
                "processes": [],
                "states": [],
                "events": [],
                "transitions": [],
            }
        ),
    ],
)
def test_a_text_that_is_no_process_is_refused(text):
    with pytest.raises(DefinitionError) as raised:
        process_from_canonical(text)
    assert raised.value.code == "definition_invalid"
    assert raised.value.remedy
