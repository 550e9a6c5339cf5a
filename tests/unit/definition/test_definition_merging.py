"""How several files and processes become one process."""

from __future__ import annotations

import pytest

from engine.definition import load_process
from tests.unit.definition.making import machine, move, process, write

MAIN = process('<state name="new"/>')


def load(folder, files: dict[str, str], **kwargs):
    return load_process(write(folder, files).main, **kwargs)


def merged(folder, files: dict[str, str]):
    result = load(folder, files)
    assert result.errors == ()
    return result.process


def moves(found) -> list[tuple[str, str, str | None]]:
    return [
        (
            found.states[t.source].name,
            found.states[t.target].name,
            None if t.event is None else found.events[t.event].name,
        )
        for t in found.transitions
    ]


def rules_of(result) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_an_include_brings_its_states_under_the_name_of_the_stub(tmp_path):
    found = merged(
        tmp_path,
        {
            "Main.xml": machine(MAIN, '<process name="Renamed" file="Part.xml"/>'),
            "Part.xml": machine(process('<state name="part"/>', 'name="Original"')),
        },
    )
    assert found.processes == ("Main", "Renamed")
    assert [(state.name, state.process) for state in found.states] == [("new", "Main"), ("part", "Renamed")]


def test_the_stub_renames_only_the_first_process_of_the_file(tmp_path):
    part = machine(process('<state name="a"/>', 'name="A"'), process('<state name="b"/>', 'name="B"'))
    found = merged(
        tmp_path, {"Main.xml": machine(MAIN, '<process name="X" file="Part.xml"/>'), "Part.xml": part}
    )
    assert [state.process for state in found.states] == ["Main", "X", "B"]


def test_a_stub_without_name_takes_the_name_in_the_file(tmp_path):
    main = process('<process>Original</process>\n<state name="new"/>')
    result = load(
        tmp_path,
        {
            "Main.xml": machine(main, '<process file="Part.xml"/>'),
            "Part.xml": machine(process('<state name="part"/>', 'name="Original"')),
        },
    )
    assert result.process.processes == ("Main", "Original")
    assert rules_of(result).isdisjoint({"unlisted-process", "unknown-subprocess", "process-without-name"})


def test_an_included_process_without_name_takes_that_of_the_stub(tmp_path):
    part = machine(process('<state name="part"/>', ""))
    named = load(
        tmp_path, {"Main.xml": machine(MAIN, '<process name="P" file="Part.xml"/>'), "Part.xml": part}
    )
    assert named.process.states[1].process == "P"
    assert "process-without-name" not in rules_of(named)
    unnamed = load(tmp_path, {"Main.xml": machine(MAIN, '<process file="Part.xml"/>'), "Part.xml": part})
    assert unnamed.process.states[1].process == "Part"
    assert "process-without-name" in rules_of(unnamed)


def test_a_stub_can_mark_the_included_process_as_main(tmp_path):
    result = load(
        tmp_path,
        {
            "Main.xml": machine(
                '<process file="Part.xml" main="true"/>', process('<state name="x"/>', 'name="X"')
            ),
            "Part.xml": machine(process('<state name="new"/>', 'name="Real"')),
        },
    )
    assert result.process.name == "Real"
    assert result.process.processes == ("Real", "X")


def test_subprocesses_of_subprocesses_are_merged_to_any_depth(tmp_path):
    files = {"Main.xml": machine(MAIN, '<process name="P0" file="sub/P0.xml"/>')}
    for n in range(30):
        stub = f'<process name="P{n + 1}" file="P{n + 1}.xml"/>'
        files[f"sub/P{n}.xml"] = machine(process(f'<state name="s{n}"/>', f'name="P{n}"'), stub)
    files["sub/P30.xml"] = machine(process('<state name="s30"/>', 'name="P30"'))
    found = merged(tmp_path, files)
    assert [state.name for state in found.states] == ["new", *(f"s{n}" for n in range(31))]


def test_a_prefix_renames_states_and_events_wherever_they_stand(tmp_path):
    part = process(
        f"""
<state name="a" display="A"><flag>F</flag></state>
<state name="b"/>
{move("a", "b", "go", 'condition="C"')}
<event name="go" command="Do" timeout="1 day"/>
""",
        'name="Part"',
    )
    main = process(f'<state name="new"/>\n{move("new", "Gift - a", "Gift - go")}')
    found = merged(
        tmp_path,
        {
            "Main.xml": machine(main, '<process name="G" file="Part.xml" prefix="Gift"/>'),
            "Part.xml": machine(part),
        },
    )
    assert [state.name for state in found.states] == ["new", "Gift - a", "Gift - b"]
    assert moves(found) == [("new", "Gift - a", "Gift - go"), ("Gift - a", "Gift - b", "Gift - go")]
    assert (found.states[1].display, found.states[1].flags, found.states[1].process) == ("A", ("F",), "G")
    assert (found.transitions[1].condition, found.events[0].command) == ("C", "Do")


def test_one_file_can_be_included_with_and_without_prefix(tmp_path):
    part = process(f'<state name="a"/>\n{move("a", "a", "go")}\n<event name="go"/>', 'name="Part"')
    stubs = '<process name="Part" file="Part"/><process name="Part" file="Part" prefix="P 1"/>'
    result = load(tmp_path, {"Main.xml": machine(MAIN, stubs), "Part.xml": machine(part)})
    assert [state.name for state in result.process.states] == ["new", "a", "P 1 - a"]
    assert moves(result.process) == [("a", "a", "go"), ("P 1 - a", "P 1 - a", "P 1 - go")]
    assert rules_of(result).isdisjoint({"duplicate-process", "repeated-include", "repeated-state"})


def test_a_prefix_holds_for_what_the_included_file_includes(tmp_path):
    outer = process(f'<state name="a"/>\n{move("a", "b")}\n{move("a", "Q - c")}', 'name="Outer"')
    found = merged(
        tmp_path,
        {
            "Main.xml": machine(MAIN, '<process name="Outer" file="Outer.xml" prefix="P"/>'),
            "Outer.xml": machine(
                outer, '<process name="B" file="B.xml"/>', '<process name="C" file="C.xml" prefix="Q"/>'
            ),
            "B.xml": machine(process('<state name="b"/>', 'name="B"')),
            "C.xml": machine(process('<state name="c"/>', 'name="C"')),
        },
    )
    assert [state.name for state in found.states] == ["new", "P - a", "P - b", "P - Q - c"]


def test_of_a_state_declared_in_two_processes_the_first_counts_and_all_transitions_stay(tmp_path):
    part = process(
        f"""
<state name="new" display="Later"><flag>f</flag></state>
{move("new", "other")}
<state name="other"/>
""",
        'name="Part"',
    )
    main = process(f'<state name="new" display="First"/>\n{move("new", "new")}')
    result = load(
        tmp_path,
        {"Main.xml": machine(main, '<process name="Part" file="Part.xml"/>'), "Part.xml": machine(part)},
    )
    assert [(s.name, s.display, s.flags, s.process) for s in result.process.states] == [
        ("new", "First", (), "Main"),
        ("other", None, (), "Part"),
    ]
    assert moves(result.process) == [("new", "new", None), ("new", "other", None)]
    message = next(f.message for f in result.findings if f.rule == "conflicting-state")
    assert "another display and flags: that of the first process counts" in message
    assert "Main.xml:" in message


def test_of_a_state_declared_twice_in_one_process_the_last_display_and_flags_count(tmp_path):
    main = process(
        """
<state name="new" display="First"/>
<state name="new" display="Second"><flag>g</flag></state>
<state name="new"><flag>f</flag></state>
"""
    )
    result = load(tmp_path, {"Main.xml": machine(main)})
    assert [(s.name, s.display, s.flags) for s in result.process.states] == [("new", None, ("f",))]
    told = [f.message for f in result.findings if f.rule == "conflicting-state"]
    assert len(told) == 2 and all("this later one counts" in message for message in told)


def event_files(**commands: str) -> dict[str, str]:
    """A main file with two stubs around its own process, of which the first includes a third file."""

    def part(name: str, *stubs: str) -> str:
        return machine(
            process(f'<event name="go" command="{commands[name]}"/>', f'name="{name}"')
            if name in commands
            else process("", f'name="{name}"'),
            *stubs,
        )

    own = f'<event name="go" command="{commands["Main"]}"/>' if "Main" in commands else ""
    main = process(f'<state name="new"/>\n{move("new", "new", "go")}\n{own}')
    return {
        "Main.xml": machine(
            '<process name="A" file="A.xml"/>',
            main,
            '<process name="B" file="B.xml"/>',
        ),
        "A.xml": part("A", '<process name="Inner" file="Inner.xml"/>'),
        "B.xml": part("B"),
        "Inner.xml": part("Inner"),
    }


@pytest.mark.parametrize(
    ("commands", "winner"),
    [
        ({"Main": "main", "A": "a"}, "a"),
        ({"Main": "main", "A": "a", "Inner": "inner"}, "inner"),
        ({"Main": "main", "A": "a", "Inner": "inner", "B": "b"}, "b"),
        ({"A": "a", "Inner": "inner"}, "inner"),
        ({"Main": "main"}, "main"),
    ],
)
def test_of_an_event_declared_twice_the_last_counts_own_processes_before_includes(commands, winner, tmp_path):
    result = load(tmp_path, event_files(**commands))
    assert [event.command for event in result.process.events] == [winner]
    assert ("conflicting-event" in rules_of(result)) == (len(commands) > 1)


def test_an_event_can_be_declared_in_another_process_than_the_transition(tmp_path):
    main = process(f'<state name="new"/>\n{move("new", "new", "go")}')
    other = process('<event name="go" manual="true"/>', 'name="Other"')
    assert merged(tmp_path, {"Main.xml": machine(main, other)}).events[0].process == "Other"


def test_a_process_that_no_list_names_is_merged_all_the_same(tmp_path):
    other = process('<state name="extra"/>', 'name="Other"')
    result = load(tmp_path, {"Main.xml": machine(MAIN, other)})
    assert [state.name for state in result.process.states] == ["new", "extra"]
    assert "unlisted-process" in rules_of(result)


def test_a_subprocess_may_list_its_own_subprocesses(tmp_path):
    main = process('<process>Outer</process>\n<state name="new"/>')
    outer = process("<process>Inner</process>", 'name="Outer"')
    inner = process('<state name="x"/>', 'name="Inner"')
    assert "unlisted-process" not in rules_of(load(tmp_path, {"Main.xml": machine(main, outer, inner)}))


def test_a_file_included_from_two_places_is_merged_once(tmp_path):
    stub = '<process name="Shared" file="Shared.xml"/>'
    result = load(
        tmp_path,
        {
            "Main.xml": machine(MAIN, '<process name="A" file="A.xml"/>', '<process name="B" file="B.xml"/>'),
            "A.xml": machine(process("", 'name="A"'), stub),
            "B.xml": machine(process("", 'name="B"'), stub),
            "Shared.xml": machine(process(f'<state name="s"/>\n{move("s", "s")}', 'name="Shared"')),
        },
    )
    assert moves(result.process) == [("s", "s", None)]
    assert "repeated-include" in rules_of(result)


def test_a_file_included_by_its_own_name_and_without_one_is_merged_once(tmp_path):
    stubs = '<process file="Part.xml"/>', '<process name="Part" file="Part.xml"/>'
    for order in (stubs, stubs[::-1]):
        part = machine(
            process(f'<state name="a"/>\n{move("a", "a", "go")}\n<event name="go"/>', 'name="Part"')
        )
        result = load(tmp_path, {"Main.xml": machine(MAIN, *order), "Part.xml": part})
        assert moves(result.process) == [("a", "a", "go")]
        assert "repeated-include" in rules_of(result)


def test_a_file_included_under_two_names_has_one_hint_that_says_so(tmp_path):
    part = process(f'<state name="a"/>\n{move("a", "a", "go")}\n<event name="go"/>', 'name="Part"')
    stubs = '<process name="One" file="Part.xml"/>', '<process name="Two" file="Part.xml"/>'
    result = load(tmp_path, {"Main.xml": machine(MAIN, *stubs), "Part.xml": machine(part)})
    (found,) = [finding for finding in result.findings if finding.rule == "repeated-include"]
    assert "under another name" in found.message and "prefix" in found.remedy
    assert rules_of(result).isdisjoint({"repeated-state", "repeated-event"})


def test_two_targets_the_first_counts_and_the_transition_is_eventless(tmp_path):
    text = process(f'<state name="new"/>\n<state name="x"/>\n{move("new", "x")}\n<event name="e"/>')
    result = load(tmp_path, {"Main.xml": machine(text.replace("</target>", "</target><target>e</target>"))})
    assert moves(result.process) == [("new", "x", None)]
    assert "repeated-child" in rules_of(result)


def test_the_main_file_may_hold_only_the_stub_of_the_one_process(tmp_path):
    result = load(
        tmp_path,
        {
            "Main.xml": machine('<process name="M" file="Part.xml"/>'),
            "Part.xml": machine(process('<state name="new"/>', 'name="P"')),
        },
    )
    assert result.process.name == "M"


def test_a_machine_without_states_loads_without_initial_state(tmp_path):
    result = load(tmp_path, {"Main.xml": machine(process(""))})
    assert result.errors == ()
    assert (result.process.states, result.process.initial) == ((), None)
