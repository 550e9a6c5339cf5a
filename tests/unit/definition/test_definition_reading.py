"""What one file may look like, and that every element knows its place."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from engine.definition import Dialect, load_process, show_model
from tests.unit.definition.making import OWN, machine, move, process, write

STATES = """<states><state name="new" reserved="true"><flag>b</flag><flag>a</flag></state>
<state name="end"/></states>"""
HAPPY = move("new", "end", "go", 'happy="true" condition="C"')
TRANSITIONS = f"<transitions>{HAPPY}</transitions>"
EVENTS = (
    '<events><event name="go" onEnter="true" command="Do" timeout="1 day" timeoutProcessor="T"/></events>'
)


def load(folder: Path, text: str, name: str = "Main.xml", **kwargs):
    return load_process(write(folder, {name: text}).main, **kwargs)


def meaning(folder: Path, text: str):
    result = load(folder, text)
    assert result.errors == ()
    return show_model(result.process)


def test_everything_a_file_says_is_in_the_process(tmp_path):
    text = machine(f'<process name="Main" main="true">{STATES}{TRANSITIONS}{EVENTS}</process>')
    model = meaning(tmp_path, text.replace('"end"/>', '"end" display="Over"/>'))
    for element in (*model["states"], *model["events"], *model["transitions"]):
        assert element.pop("location").startswith(f"{tmp_path / 'Main.xml'}:")
    assert (model["process"], model["initial"], model["processes"]) == ("Main", "new", ["Main"])
    assert model["states"] == [
        {
            "name": "new",
            "process": "Main",
            "reserved": True,
            "display": None,
            "flags": ["b", "a"],
            "ends_hold": False,
            "final": None,
            "released": {"by": "by-itself", "way": ["new", "end"]},
        },
        {
            "name": "end",
            "process": "Main",
            "reserved": False,
            "display": "Over",
            "flags": [],
            "ends_hold": False,
            "final": None,
            "released": None,
        },
    ]
    assert model["events"] == [
        {
            "name": "go",
            "process": "Main",
            "on_enter": True,
            "manual": False,
            "timeout": "1 day",
            "timeout_processor": "T",
            "command": "Do",
        }
    ]
    assert model["transitions"] == [
        {"source": "new", "target": "end", "event": "go", "condition": "C", "happy": True, "process": "Main"}
    ]


@pytest.mark.parametrize("order", list(permutations([STATES, TRANSITIONS, EVENTS])))
def test_sections_come_in_any_order(order, tmp_path):
    expected = meaning(tmp_path, machine(f'<process name="Main">{STATES}{TRANSITIONS}{EVENTS}</process>'))
    found = meaning(tmp_path, machine(f'<process name="Main">{"".join(order)}</process>'))
    assert found["version"] == expected["version"]


@pytest.mark.parametrize(
    ("namespace", "dialect"),
    [
        (OWN, Dialect.OWN),
        ("", Dialect.EXISTING),
        ("spryker:oms-01", Dialect.EXISTING),
        ("http://example.com/anything", Dialect.EXISTING),
        ("../some.xsd", Dialect.EXISTING),
    ],
)
def test_the_namespace_only_tells_the_dialect(namespace, dialect, tmp_path):
    result = load(
        tmp_path, machine(f'<process name="Main" main="true">{STATES}</process>', namespace=namespace)
    )
    assert result.errors == ()
    assert result.process.dialect is dialect
    assert [state.name for state in result.process.states] == ["new", "end"]


def test_elements_are_matched_by_local_name_under_any_prefix(tmp_path):
    text = (
        f'<e:statemachine xmlns:e="{OWN}"><e:process name="Main" main="true">'
        '<e:states><e:state name="new"/></e:states></e:process></e:statemachine>'
    )
    result = load(tmp_path, text)
    assert result.process.dialect is Dialect.OWN
    assert [state.name for state in result.process.states] == ["new"]


def test_schema_attributes_are_no_finding(tmp_path):
    text = machine(process('<state name="new"/>')).replace(
        "<statemachine",
        '<statemachine xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"',
    )
    assert "unknown-attribute" not in {finding.rule for finding in load(tmp_path, text).findings}


def test_empty_attributes_are_absent(tmp_path):
    text = machine(
        process(
            f"""
<state name="new" display=""/>
{move("new", "new", "go", 'condition=""')}
<event name="go" command="" timeout="" timeoutProcessor="" manual="true"/>
"""
        )
    )
    found = load(tmp_path, text).process
    assert found.states[0].display is None
    assert found.transitions[0].condition is None
    assert (found.events[0].command, found.events[0].timeout) == (None, None)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_yes_and_no_are_written_in_two_ways(text, value, tmp_path):
    found = load(tmp_path, machine(process(f'<state name="new" reserved="{text}"/>'))).process
    assert found.states[0].reserved is value


@pytest.mark.parametrize("text", ["True", "TRUE", "yes", "no", "2", "", " true"])
def test_anything_else_is_neither_yes_nor_no(text, tmp_path):
    result = load(tmp_path, machine(process(f'<state name="new" reserved="{text}"/>')))
    assert [finding.rule for finding in result.errors] == ["bad-boolean"]
    assert f'reserved="{text}"' in result.errors[0].message


@pytest.mark.parametrize("inside", ["\n   new\n", "<![CDATA[new]]>", "n<!-- a comment -->ew", "&#110;ew"])
def test_names_in_elements_are_read_as_xml_means_them(inside, tmp_path):
    text = machine(process(f'<state name="new"/>\n{move("new", "new")}'))
    found = load(tmp_path, text.replace("<target>new", f"<target>{inside}")).process
    assert found.transitions[0].target == 0


def test_names_are_exact_but_for_space_around_them(tmp_path):
    text = machine(process(f'<state name="Paid out"/>\n{move("paid out", "Paid  out")}'))
    messages = [finding.message for finding in load(tmp_path, text).errors]
    assert len(messages) == 2
    assert 'Did you mean "Paid out"?' in messages[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_files_in_other_encodings_are_read(encoding, tmp_path):
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + machine(process('<state name="größer"/>'))
    path = tmp_path / "Main.xml"
    path.write_bytes(text.encode(encoding))
    state = load_process(path).process.states[0]
    assert (state.name, state.location.line, state.location.column) == ("größer", 5, 1)


def test_columns_count_characters(tmp_path):
    text = "<!-- ä€ -->" + machine(process('<state name="new"/>'))
    written = write(tmp_path, {"Main.xml": text.replace("<process", "<!-- ü𝄞 -->§<process", 1)})
    place = load_process(written.main).process.location
    assert (place.line, place.column) == (2, 12)
    assert (place.file, place.line, place.column) == written.place


def test_columns_of_broken_markup_count_characters_too(tmp_path):
    (place,) = {finding.location for finding in load(tmp_path, "<statemachine>\nä€𝄞</broken>").errors}
    assert (place.line, place.column) == (2, 13)


def test_a_start_tag_over_several_lines_is_where_it_starts(tmp_path):
    text = machine(process('<!-- > -->  §<state\n   name="new"\n  display="a > b"\n/>'))
    written = write(
        tmp_path, {"Main.xml": text.replace("<!-- > -->", "<states><!-- > -->").replace("/>", "/></states>")}
    )
    place = load_process(written.main).process.states[0].location
    assert (place.file, place.line, place.column) == written.place  # fmt: skip


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_places_beyond_65535_lines_are_right(line_end, tmp_path):
    path = tmp_path / "Main.xml"
    text = machine(process('<state name="a"/>') + "\n" * 70_000, process('<state name="b"/>', 'name="B"'))
    path.write_bytes(text.replace("\n", line_end).encode())
    lines = [state.location.line for state in load_process(path).process.states]
    assert lines == [4, 70_009]


def test_all_problems_are_told_at_once(tmp_path):
    text = machine(
        process(
            f"""
<state name="new" reserved="perhaps"/>
{move("new", "nowhere", "never")}
{move("elsewhere", "new")}
<event name="later" timeout="someday"/>
"""
        ),
        '<process name="Part" file="missing.xml"/>',
        process("", 'name="Other" main="true"'),
    )
    found = {finding.rule for finding in load(tmp_path, text).errors}
    assert found == {
        "bad-boolean",
        "undeclared-state",
        "undeclared-event",
        "bad-timeout",
        "include-not-found",
        "several-main-processes",
    }


def test_what_is_undeclared_may_be_in_an_include_that_is_missing(tmp_path):
    text = machine(
        process(f'<state name="new"/>\n{move("new", "part")}'), '<process name="P" file="missing.xml"/>'
    )
    undeclared = [f for f in load(tmp_path, text).errors if f.rule == "undeclared-state"]
    assert "include" in undeclared[0].message


def test_findings_come_in_the_order_of_the_files_and_lines(tmp_path):
    files = {
        "Main.xml": machine(
            process('<state name="new" a="1"/>\n<state name="x" b="2"/>'), '<process file="A.xml"/>'
        ),
        "A.xml": machine(process('<state name="y" c="3"/>', 'name="A"')),
    }
    findings = load_process(write(tmp_path, files).main).findings
    places = [
        (Path(f.location.file).name != "Main.xml", f.location.line, f.location.column) for f in findings
    ]
    assert len({file for file, _, _ in places}) == 2
    assert places == sorted(places)


def test_a_flood_of_findings_is_counted_and_errors_are_never_lost(tmp_path):
    lines = "\n".join(move("new", f"missing {n}") for n in range(700))
    result = load(tmp_path, machine(process(f'<state name="new"/>\n{lines}')))
    found = [finding for finding in result.errors if finding.rule == "undeclared-state"]
    assert len(found) == 201
    assert "500 more" in found[-1].message
    assert result.process is None


@pytest.mark.parametrize("path", ["no such file.xml", "folder", "zero\0byte.xml"])
def test_a_path_that_cannot_be_read_is_a_finding(path, tmp_path):
    (tmp_path / "folder").mkdir()
    result = load_process(str(tmp_path / path))
    assert result.process is None
    assert [finding.rule for finding in result.findings] == ["file-unreadable"]
    assert path in result.findings[0].message


@pytest.mark.parametrize(("elements", "errors"), [(100_000, []), (100_001, ["file-too-large"])])
def test_a_file_has_a_hundred_thousand_elements_at_most(elements, errors, tmp_path):
    flags = "<flag/>" * (elements - 4)
    text = machine(f'<process name="Main"><states><state name="new">{flags}</state></states></process>')
    assert [finding.rule for finding in load(tmp_path, text).errors] == errors


def test_an_element_has_a_hundred_attributes_at_most(tmp_path):
    many = " ".join(f'a{n}="1"' for n in range(100))
    result = load(tmp_path, machine(process(f'<state name="new" {many}/>')))
    assert [(finding.rule, finding.location.line) for finding in result.errors] == [("file-too-large", 4)]


def test_an_ampersand_in_a_name_is_read(tmp_path):
    text = machine(process(f'<state name="a &amp; b"/>\n{move("a &amp; b", "a &#38; b")}'))
    found = load(tmp_path, text).process
    assert found.states[found.transitions[0].target].name == "a & b"


def test_entities_are_never_expanded(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    text = f'<!DOCTYPE s [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + machine(process('<state name="&x;"/>'))
    result = load(tmp_path, text)
    assert [finding.rule for finding in result.findings] == ["doctype-refused"]
    assert "the secret" not in str(result)


def test_a_word_that_looks_like_a_doctype_is_none(tmp_path):
    text = machine(process('<!-- <!DOCTYPE x> -->\n<state name="&lt;!DOCTYPE"/>'))
    assert load(tmp_path, text).process.states[0].name == "<!DOCTYPE"


@pytest.mark.parametrize(
    ("before", "what"),
    [("\n", "1 empty line"), ("\n\n", "2 empty lines"), (" ", "white space"), ("<!-- x -->", "a comment")],
)
def test_what_stands_before_the_xml_declaration_is_named(tmp_path, before, what):
    text = f'{before}<?xml version="1.0" encoding="UTF-8"?>\n<statemachine/>'
    (finding,) = load(tmp_path, text).errors
    assert finding.rule == "xml-broken" and what in finding.message
    assert "not closed" not in finding.remedy
    assert finding.location.line == 1 + before.count("\n")
