"""Comments that say a finding is meant."""

from __future__ import annotations

import pytest

from engine.definition import load_process
from tests.unit.definition.making import machine, move, process, write

LONE = '<event name="stop"/>'


def found(tmp_path, text):
    result = load_process(write(tmp_path, {"Main.xml": text}).main)
    return [(one.rule, one.location.line) for one in result.findings], result.ignored


def lone(before="", *, inside="", root=""):
    body = process(
        f"""
<state name="new"/>
<state name="done"/>
{move("new", "done", "go", 'happy="true"')}
<event name="go" manual="true"/>
{before}
{LONE}
<event name="{inside or "halt"}" manual="true"/>
"""
    )
    return root + machine(body)


def rules(told):
    return [rule for rule, _ in told]


def test_a_comment_holds_for_the_element_behind_it_only(tmp_path):
    told, ignored = found(tmp_path, lone())
    assert rules(told) == ["unused-event", "unused-event"]
    assert ignored == 0
    told, ignored = found(tmp_path, lone("<!-- earmark: ignore unused-event -->"))
    assert rules(told) == ["unused-event"]
    assert ignored == 1


def test_before_the_root_it_holds_for_the_whole_file(tmp_path):
    text = lone(root="<!--earmark:ignore unused-event,name-differs-from-file-->")
    told, ignored = found(tmp_path, text.replace('name="Main"', 'name="Other"'))
    assert (told, ignored) == ([], 3)


def test_it_holds_for_all_that_is_in_the_element(tmp_path):
    text = lone().replace("<process name", "<!-- earmark: ignore unused-event -->\n<process name")
    assert found(tmp_path, text) == ([], 2)


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("<!-- earmark: ignore -->", "The comment names no rule."),
        (
            "<!-- earmark: ignore undeclared-event -->",
            'The comment ignores "undeclared-event", which is an error.',
        ),
        ("<!-- earmark: ignore unused-evnt -->", 'Did you mean "unused-event"?'),
    ],
)
def test_what_cannot_be_ignored_is_told_at_the_comment(tmp_path, comment, said):
    result = load_process(write(tmp_path, {"Main.xml": lone("§" + comment)}).main)
    place = write(tmp_path, {"Main.xml": lone("§" + comment)}).place
    (told,) = [one for one in result.findings if one.rule == "ignores-no-rule"]
    assert told.message.endswith(said)
    assert (told.location.line, told.location.column) == place[1:]


def test_errors_are_told_all_the_same(tmp_path):
    text = lone("<!-- earmark: ignore bad-timeout -->").replace(LONE, '<event name="stop" timeout="soon"/>')
    result = load_process(write(tmp_path, {"Main.xml": text}).main)
    assert {"bad-timeout", "ignores-no-rule"} <= set(rules([(one.rule, 0) for one in result.findings]))


def test_a_comment_that_is_not_needed_is_told(tmp_path):
    for text in (
        lone("<!-- earmark: ignore mixed-triggers -->"),
        lone() + "<!-- earmark: ignore unused-event -->",
        lone().replace(LONE, LONE + "<!-- earmark: ignore unused-event -->", 1).replace('"halt"', '"go"'),
    ):
        told, _ = found(tmp_path, text)
        assert "ignores-nothing" in rules(told)


def test_other_comments_and_comments_in_texts_are_nothing_of_the_kind(tmp_path):
    for other in (
        "<!-- earmark -->",
        "<!-- ignore unused-event -->",
        "<![CDATA[<!-- earmark: ignore x -->]]>",
    ):
        assert "ignores-no-rule" not in rules(found(tmp_path, lone(other))[0])
