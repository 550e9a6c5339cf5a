"""Every rule of the checker: it reports its mistake at the place, and is silent when that is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definition import RegisteredNames, load_process, rules
from tests.unit.definition.making import machine, move, process, write

LINE = process(
    f"""
<state name="new" initial="true"/>
<state name="done"/>
{move("new", "done", "go", 'happy="true"')}
<event name="go" manual="true"/>
"""
)


def one(content: str, **kwargs) -> dict[str, str]:
    return {"Main.xml": machine(process(content), **kwargs)}


def happy(*elements: str) -> dict[str, str]:
    """A process with a way from new to done, and what is added to it."""
    return one(_with_a_way(*elements))


def existing(*elements: str) -> dict[str, str]:
    """The same as a file of an existing dialect, with its sections as people write them."""
    states = '<state name="new"/><state name="done"/>'
    moves = move("new", "done", "go", 'happy="true"')
    sections = f"<transitions>{moves}</transitions><events><event name='go' manual='true'/></events>"
    added = "\n".join(elements)
    if "<states>" in added:
        body = f"<states>{states}</states>\n{added}\n{sections}"
    else:
        body = f"<states>{states}\n{added}\n</states>{sections}"
    return {"Main.xml": machine(f'<process name="Main" main="true">{body}</process>', namespace="existing")}


def _with_a_way(*elements: str) -> str:
    return "\n".join(
        [
            '<state name="new"/>',
            '<state name="done"/>',
            move("new", "done", "go", 'happy="true"'),
            '<event name="go" manual="true"/>',
            *elements,
        ]
    )


def including(stub: str, part: str = LINE, path: str = "Part.xml", listed: str = "") -> dict[str, str]:
    main = LINE.replace("<states>", f"{listed}<states>", 1)
    return {"Main.xml": machine(main, stub), path: machine(part)}


PART = process('<state name="extra"/>', 'name="Part"')
LISTED = "<subprocesses><process>Part</process></subprocesses>"

CASES: dict[str, dict[str, str]] = {
    # files
    "file-unreadable": {"Main.xml": '§<?xml version="1.0" encoding="[[klingon||utf-8]]"?>' + machine(LINE)},
    "file-too-large": {"Main.xml": "§" + machine(LINE) + "[[" + " " * 5 * 1024 * 1024 + "||]]"},
    "too-many-files": {
        "Main.xml": machine(
            LINE, *(f'<process file="P{n % 2}.xml"/>' for n in range(200)), "[[§<process file='P0.xml'/>||]]"
        ),
        "P0.xml": machine(PART),
        "P1.xml": machine(PART),
    },
    "process-too-large": happy(
        "\n".join(f'<state name="{n}"/>' for n in range(19_996)), "[[<state name='x'/>||]]"
    ),
    "xml-broken": {
        "Main.xml": machine(LINE.replace("<source>new</source>", "<source>new[[</sauce>§||</source>]]"))
    },
    "doctype-refused": {"Main.xml": "<!-- a > b -->\n [[§<!DOCTYPE x [<!ENTITY y 'z'>]>||]]" + machine(LINE)},
    "wrong-root": {"Main.xml": "§<[[states||statemachine]]>" + LINE + "</[[states||statemachine]]>"},
    "include-not-found": including('§<process name="Part" file="[[Prat||Part]].xml"/>', PART, listed=LISTED),
    "include-ambiguous": {
        **including('§<process name="Part" file="[[Part||a/Part]].xml"/>', PART, "a/Part.xml", LISTED),
        "b/Part.xml": machine(PART),
    },
    "include-outside": including('§<process name="Part" file="[[../x/||]]Part.xml"/>', PART, listed=LISTED),
    "include-cycle": including(
        '<process name="Part" file="Part.xml"/>', PART + "[[\n§<process file='Main.xml'/>||]]", listed=LISTED
    ),
    # content
    "bad-boolean": happy('§<state name="x" reserved="[[yes||1]]"/>'),
    "missing-name": happy('§<state [[title||name]]="x"/>'),
    "missing-source": happy("§<transition>[[||<source>new</source>]]<target>new</target></transition>"),
    "missing-target": happy("<transition><source>new</source>§<target>[[ ||new]]</target></transition>"),
    "empty-event": happy(
        move("new", "new") + "[[\n||]]", move("new", "new").replace("</target>", "</target>[[§<event/>||]]")
    ),
    "misspelt-attribute": happy('§<state name="x" [[reserve||reserved]]="true"/>'),
    "bad-final": happy('§<state name="x" final="[[soon||2 days]]"/>', move("new", "x", "go")),
    "bad-timeout": happy(move("new", "done", "later"), '§<event name="later" timeout="[[soon||2 days]]"/>'),
    # the merged process
    "no-process": {"Main.xml": "§" + machine("[[||" + LINE + "]]")},
    "no-main-process": {
        "Main.xml": "§" + machine(process("", "name='A' [[||main='true']]"), process("", "name='B'"))
    },
    "several-main-processes": {
        "Main.xml": machine("§" + process("", "name='A' [[main='true'||]]"), LINE),
    },
    "unknown-subprocess": {
        "Main.xml": machine(
            LINE.replace(
                "<states>", "<subprocesses>§<process>[[Prat||Part]]</process></subprocesses><states>", 1
            ),
            PART,
        )
    },
    "undeclared-state": happy(move("new", "x").replace("<target>x", "§<target>[[doen||done]]")),
    "undeclared-event": happy(move("new", "done", "e").replace("<event>e", "§<event>[[goo||go]]")),
    "conflicting-reserved": happy('§<state name="new" reserved="[[true||false]]"/>'),
    "several-initial-states": happy(
        '<state name="a" initial="true"/>', '§<state name="b" initial="[[true||false]]"/>'
    ),
    "unknown-initial-state": {"Main.xml": machine("§" + process("<state name='[[x||asked]]'/>"))},
    "unknown-guard": happy("§" + move("new", "new", "go", "condition='[[rule:paid||C]]'")),
    # warnings
    "unknown-element": happy("[[§<stats/>||]]"),
    "unknown-attribute": existing('§<state name="x" [[reserve||reserved]]="true"/>'),
    "unknown-namespace": {"Main.xml": "§" + machine(LINE, namespace="urn:earmark:process:[[99||1]]")},
    "mixed-dialects": {
        "Main.xml": machine(LINE, '§<process file="Part.xml"/>'),
        "Part.xml": machine(PART, namespace="[[old||urn:earmark:process:1]]"),
    },
    "stray-text": happy('§<event name="e">[[fires||<!-- fires -->]]</event>'),
    "surrounding-space": happy('§<state name="[[ x||x]]"/>'),
    "repeated-child": happy(move("new", "done").replace("</target>", "</target>[[§<target>new</target>||]]")),
    "empty-element": happy('<state name="x"><flag>f</flag>[[§<flag> </flag>||]]</state>'),
    "process-without-name": {"Main.xml": machine("§" + process("", "[[||name='Main']] main='true'"))},
    "main-assumed": {"Main.xml": machine("§" + process("", "name='Main' [[||main='true']]"))},
    "duplicate-process": {"Main.xml": machine(LINE, PART, "§" + PART.replace("Part", "[[Part||Other]]"))},
    "unlisted-process": including('§<process name="Part" file="Part.xml"/>', PART, listed=f"[[||{LISTED}]]"),
    "conflicting-state": happy('[[§<state name="new" display="New"/>||]]'),
    "conflicting-event": happy('§<event name="go" manual="[[false||true]]"/>'),
    "no-states": {"Main.xml": machine("§" + process("[[||<state name='new'/>]]"))},
    "initial-assumed": one('§<state name="first" [[||initial="true"]]/>'),
    "unreachable-state": happy('§<state name="island"/>', "[[||" + move("done", "island") + "]]"),
    "several-on-enter-events": one(
        f"""
§<state name="new"/>
<state name="a"/>
{move("new", "a", "one")}
{move("new", "a", "two")}
<event name="one" onEnter="true"/>
<event name="two" onEnter="[[true||false]]"/>
"""
    ),
    "final-never": happy(
        move("new", "x", "go"), '§<state name="x" final="true" reserved="[[true||false]]"/>'
    ),
    "mixed-triggers": one(
        f"""
§<state name="new"/>
<state name="done"/>
{move("new", "done", "go")}
[[{move("new", "done", None, 'condition="C"')}||]]
<event name="go" timeout="1 day"/>
"""
    ),
    "reserved-dead-end": happy(move("new", "x", "go"), '§<state name="x" reserved="[[true||false]]"/>'),
    "hold-without-timeout": happy(
        move("new", "paid", "pay"),
        '<state name="paid" reserved="true"/>',
        '<event name="pay" [[manual="true"||timeout="1 day"]]/>',
    ),
    "ignores-no-rule": happy("[[§<!-- earmark: ignore unused-evnt -->||]]", '<event name="stop"/>'),
    "ignores-nothing": happy("[[§<!-- earmark: ignore unused-event -->||]]", '<state name="more"/>'),
    "reservation-gap": happy(
        '<state name="paid" reserved="true"/>',
        '§<state name="checked" [[||reserved="true"]]/>',
        '<state name="sent" reserved="true"/>',
        move("new", "paid", "go"),
        move("paid", "checked", "go"),
        move("checked", "sent", "go"),
        move("sent", "done", "go"),
    ),
    "count-releases-nothing": happy(
        '<state name="sent" reserved="true"/>',
        '<state name="there" reserved="[[true||false]]"/>',
        move("new", "sent", "go"),
        "§" + move("sent", "there", "stock-update"),
        move("there", "done", "go"),
        '<event name="stock-update"/>',
    ),
    "timeout-never-fires": happy(
        '<state name="paid"/>',
        move("new", "paid", "go"),
        move("paid", "done", "export", "[[||condition='C']]"),
        "§" + move("paid", "new", "late"),
        '<event name="export" onEnter="true"/>',
        '<event name="late" timeout="1 day"/>',
    ),
    "cancellable-without-event": happy(
        '§<state name="paid"><flag>cancellable</flag></state>',
        move("new", "paid", "go"),
        move("paid", "done", "[[close||cancel]]"),
        '<event name="close" manual="true"/>',
        '<event name="cancel" manual="true"/>',
    ),
    "amended-out-unusable": happy(
        '§<state name="gone" [[reserved="true"||]]><flag>amended out</flag></state>',
        move("new", "gone", "leave"),
        '<event name="leave" manual="true"/>',
    ),
    "automatic-loop": one(
        f"""
<state name="new"/>
<state name="a"/>
§{move("new", "a", "start")}
{move("a", "new", None, "[[||condition='C']]")}
<event name="start" onEnter="true"/>
"""
    ),
    "no-happy-path": {"Main.xml": machine("§" + LINE.replace('happy="true"', 'happy="[[false||true]]"'))},
    "unused-event": happy('[[§<event name="stop"/>||]]'),
    "on-enter-and-manual": happy(
        move("done", "new", "x"), '§<event name="x" onEnter="true" manual="[[true||false]]"/>'
    ),
    "inert-timeout-processor": happy(
        move("done", "new", "x"), '§<event name="x" timeoutProcessor="T" timeout="[[||1 day]]"/>'
    ),
    "duplicate-transition": happy("[[§" + move("new", "done", "go", 'happy="true"') + "||]]"),
    "ambiguous-transition": happy("§" + move("new", "new", "go", "[[||condition='C']]")),
    "same-condition-twice": happy(
        move("new", "new", "go", "condition='C'"), "§" + move("new", "done", "go", "condition='[[C||D]]'")
    ),
    "condition-order-matters": happy(
        move("new", "new", "go", "condition='C'"), "[[§" + move("new", "done", "go", "condition='D'") + "||]]"
    ),
    "unregistered-command": happy('§<event name="go" manual="true" command="[[Mial||Mail]]"/>'),
    "unregistered-condition": happy("§" + move("new", "done", "go", "condition='[[IsPayed||C]]'")),
    "unregistered-timeout-processor": happy(
        '§<event name="go" manual="true" timeout="1 day" timeoutProcessor="[[X||Days]]"/>'
    ),
    # hints
    "include-elsewhere": including(
        '§<process name="Part" file="[[||a/]]Part.xml"/>', PART, "a/Part.xml", LISTED
    ),
    "repeated-section": existing('[[§<states><state name="done"/></states>||]]'),
    "numeric-boolean": existing('§<state name="x" reserved="[[1||true]]"/>'),
    "nested-prefix": {
        "Main.xml": machine(
            LINE, '<process name="Part" file="Part.xml" [[prefix="P"||]]/>', namespace="existing"
        ),
        "Part.xml": machine(PART, '§<process name="Deep" file="Deep.xml"/>', namespace="existing"),
        "Deep.xml": machine(process('<state name="deep"/>', 'name="Deep"'), namespace="existing"),
    },
    "repeated-include": including(
        '<process name="Part" file="Part.xml"/>\n[[§<process name="Part" file="Part.xml"/>||]]',
        PART,
        listed=LISTED,
    ),
    "name-differs-from-file": {"Main.xml": machine("§" + process("", "name='[[Mein||Main]]' main='true'"))},
    "repeated-state": happy("[[§<state name='new'/>||]]"),
    "repeated-event": happy("[[§<event name='go' manual='true'/>||]]"),
    "idle-transition": happy("[[§" + move("done", "done") + "||]]"),
    "reserved-initial-state": one("§<state name='new' reserved='[[true||false]]'/>"),
    "final-can-be-left": happy(
        move("new", "x", "go"), move("x", "done", "go"), '§<state name="x" final="[[true||30 days]]"/>'
    ),
    "command-on-initial-state": happy('§<event name="go" onEnter="true" [[command="Mail"||]]/>'),
    "conditional-loop": happy(
        '<state name="a"/>',
        '<state name="b"/>',
        move("new", "a", "go"),
        "§" + move("a", "b", None, "condition='C'"),
        move("b", "a", "[[again||go]]"),
        '<event name="again" onEnter="true"/>',
    ),
    "manual-release-only": happy(
        '§<state name="x" reserved="true"/>',
        move("new", "x", "go"),
        move("x", "done", "free"),
        '<event name="free" manual="true" [[||timeout="1 day"]]/>',
    ),
    "amendable-without-way-out": happy(
        '§<state name="paid"><flag>amendable</flag></state>',
        move("new", "paid", "go"),
        move("paid", "done", "[[close||cancel]]"),
        '<event name="close" manual="true"/>',
        '<event name="cancel" manual="true"/>',
    ),
    "amendable-at-the-end": happy(
        '§<state name="paid">[[<flag>amendable</flag>||]]</state>', move("new", "paid", "go")
    ),
    "no-else-branch": happy(
        "§" + move("done", "new", "back", "[[condition='C'||]]"), '<event name="back" manual="true"/>'
    ),
    "else-before-condition": one(
        f"""
<state name="new"/>
<state name="done"/>
§{move("new", "done", "go", "[[||condition='D']]")}
{move("new", "new", "go", "condition='C'")}
<event name="go" manual="true"/>
"""
    ),
    "manual-and-timeout": happy('§<event name="go" manual="true" timeout="[[1 day||]]"/>'),
    "api-only-event": happy('§<event name="go" manual="[[false||true]]"/>'),
}

REGISTERED = RegisteredNames({"Mail": "order"}, {"C", "D"}, {"Days"})


def test_every_rule_has_a_case():
    assert set(CASES) == {rule.id for rule in rules()}


@pytest.mark.parametrize("rule", CASES)
def test_a_mistake_is_reported_at_its_place_and_not_once_it_is_mended(rule: str, tmp_path: Path):
    initial = "asked" if rule == "unknown-initial-state" else None
    wrong, right = tmp_path / "wrong", tmp_path / "right"

    written = write(wrong, CASES[rule])
    found = [
        finding
        for finding in load_process(written.main, initial=initial, registered=REGISTERED).findings
        if finding.rule == rule
    ]
    assert found, "the mistake is not reported"
    places = [(f.location.file, f.location.line, f.location.column) for f in found]
    assert written.place is None or written.place in places
    assert all(finding.message.endswith((".", "?")) and finding.remedy.endswith(".") for finding in found)

    mended = write(right, CASES[rule], mended=True)
    after = load_process(mended.main, initial=initial, registered=REGISTERED).findings
    assert [finding for finding in after if finding.rule == rule] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_only_errors_forbid_loading(rule, tmp_path: Path):
    initial = "asked" if rule.id == "unknown-initial-state" else None
    written = write(tmp_path, CASES[rule.id])
    result = load_process(written.main, initial=initial, registered=REGISTERED)
    severities = {finding.severity.value for finding in result.findings if finding.rule == rule.id}
    assert severities == {rule.severity.value}
    assert (result.process is None) == bool(result.errors)
    if rule.severity.value != "error":
        assert result.errors == ()
