"""Tests that designers write: how they are read, what they find, and what they cover."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from engine.design import Terms
from engine.design.testing import CaseDocument, Coverage, Seen, case_schema, read_cases, run_cases
from engine.errors import InputError
from rules.document import read_document
from tests.helpers.processes import load

SALE = """
states new paid* sent* done gone
new -> paid : pay [ok]
new -> gone : expire
paid -> sent : ship
sent -> done : stock-update
event expire timeout=1~hour
event pay manual command=charge
event stock-update manual
"""

GOOD = """
process: Sale
answers: {ok: true}
stock: 10
cases:
  - name: the whole way
    given: {quantity: 2}
    steps:
      - then: {state: new, held: 2, available: 8, timeouts: {expire: 1 hour}, next: [pay, expire]}
      - when: pay
        then: {state: paid, reserved: 2, held: 0, moved: true, fired: pay, timeouts: []}
      - when: [{event: ship}, {wait: 1 day}, {count: 8}]
        then: {state: done, reserved: 0, available: 8, stock: 8, fired: [ship, stock-update]}
"""


@pytest.fixture
def results(tmp_path):
    def run(text, seen=None, process=SALE):
        loaded = load(tmp_path, process)
        file = read_cases(CaseDocument(Path("a.process-test.yaml"), text), loaded, Terms())
        return run_cases(file, seen or Seen())

    return run


def failed(results):
    return [(one.line, one.what, one.expected, one.got) for result in results for one in result.unmet]


def case(then, *, given="{}", when="[]", more=""):
    return f"process: Sale\n{more}\ncases:\n  - name: a\n    given: {given}\n    when: {when}\n    then: {then}\n"


def test_what_comes_true_passes(results):
    (result,) = results(GOOD)
    assert result.passed
    assert result.way[1:] == [
        "event pay (-> paid as ok true)",
        "event ship (-> sent)",
        "wait 1 day",
        "count 8 (-> done)",
    ]


def test_what_does_not_is_told_with_its_line_and_the_way_so_far(results):
    text = GOOD.replace("reserved: 2, held: 0", "reserved: 1, held: 1").replace("state: done", "state: sent")
    (result,) = results(text)
    assert failed([result]) == [(11, "reserved", "1", "2"), (11, "held", "1", "0")]
    assert result.message == (
        "a.process-test.yaml:11: expected reserved 1, got 2\n"
        "a.process-test.yaml:11: expected held 1, got 0\n"
        "so far: item 1 is placed (-> new); event pay (-> paid as ok true)"
    )


@pytest.mark.parametrize(
    ("given", "when", "then", "wrong"),
    [
        ("{}", "[]", "{state: paid}", ("state", "'paid'", "'new'")),
        ("{state: paid}", "[]", "{state: paid, reserved: 1, held: 0}", None),
        ("{item: {state: paid, quantity: 3}}", "[]", "{reserved: 3, available: 7}", None),
        ("{}", "ship", "{blocked: true, moved: false}", None),
        ("{}", "ship", "{blocked: event_not_available}", None),
        ("{}", "ship", "{blocked: false}", ("blocked", "false", "true")),
        ("{}", "pay", "{blocked: event_not_available}", ("blocked", "event_not_available", "not blocked")),
        ("{}", "{wait: 59 min}", "{timeouts: {expire: 1 min}}", None),
        ("{}", "[]", "{timeouts: {expire: 2026-01-01T01:00:00Z}}", None),
        (
            *("{}", "[]", "{timeouts: {expire: 2 hours}}"),
            ("timeouts", "expire at 2026-01-01T02:00:00Z", "expire at 2026-01-01T01:00:00Z"),
        ),
        ("{}", "[]", "{timeouts: []}", ("timeouts", "none", "expire")),
        ("{}", "[]", "{timeouts: expire}", None),
        ("{}", "{wait: 1 hour}", "{state: gone, fired: expire}", None),
        ("{answers: {ok: false}}", "pay", "{state: new, moved: false}", None),
        ("{}", "[{answer: {ok: false}}, {event: pay}]", "{state: new}", None),
        ("{}", "pay", "{next: [ship]}", None),
        ("{}", "pay", "{next: [pay]}", ("next", "pay", "ship")),
        ("{quantity: 11}", "[]", "{blocked: not_available}", None),
        ("{quantity: 11}", "[]", "{state: new}", ("state", "new", "no such item")),
        ("{start: 2026-05-01}", "[]", "{timeouts: {expire: 2026-05-01T01:00:00Z}}", None),
        ("{stock: 1}", "[]", "{available: 0}", None),
        ("{}", "{place: 4}", "{available: 5, items: {1: {held: 1}, 2: {held: 4, state: new}}}", None),
        ("{state: sent}", "[{wait: 2 hours}, {count: 9, ago: 3 hours}]", "{state: sent}", None),
        ("{state: sent}", "[{wait: 2 hours}, {count: 9, ago: 1 hour}]", "{state: done}", None),
        ("{stock: {a: 3, b: 4}, sku: b}", "[]", "{available: {a: 3, b: 3}}", None),
        (
            "{items: {x: {state: paid}, y: }}",
            "{event: ship, items: [x]}",
            "{items: {x: {state: sent}}}",
            None,
        ),
        ("{items: {x: {answers: {ok: false}}, y: }}", "pay", "{reserved: 1, held: 1}", None),
        (
            *("{items: {x: , y: }}", "pay", "{items: {y: {state: new}}}"),
            ("state of item y", "'new'", "'paid'"),
        ),
        ("{}", "{conditions: true}", "{state: new}", None),
    ],
)
def test_every_kind_of_thing_can_be_given_done_and_expected(results, given, when, then, wrong):
    told = [
        found[1:] for found in failed(results(case(then, given=given, when=when, more="answers: {ok: true}")))
    ]
    assert told == ([] if wrong is None else [wrong])


def test_a_condition_that_nobody_answers_fails_the_case(results):
    ((line, what, _, got),) = failed(results(case("{state: paid}", when="pay")))
    assert (line, what) == (6, "'event pay'")
    assert "the condition 'ok' is asked about item 1 and has no answer" in got
    assert failed(results(case("{state: paid}", when="pay", more="assume: true"))) == []


def test_timeouts_can_be_shortened_for_all_cases(results):
    text = case("{state: gone}", when="{wait: 1 min}", more="timeouts: {expire: 10 seconds}")
    assert failed(results(text)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cases: []\nproces: Sale", ['2: there is no key "proces"']),
        ("process: Sale", ["1: there are no cases"]),
        (
            "process: Sale\ncases:\n  - given: {state: nev}",
            ["3: a case has no name", '3: there is no state "nev"', "3: this case"],
        ),
        (case("{stat: paid}"), ['7: there is no key "stat"']),
        (case("").replace("then: ", ""), ["4: this case expects nothing"]),
        (case("{state: payd}"), ['7: there is no state "payd"']),
        (case("{state: new}", when="payy"), ['6: there is no event "payy"']),
        (case("{state: new}", when="{wait: soon}"), ['6: "soon" is not readable']),
        (case("{state: new}", when="{event: pay, wait: 1 day}"), ["6: what is done does 2 things at once"]),
        (case("{state: new}", when="{}"), ["6: this does nothing"]),
        (case("{state: new}", when="{answer: {okay: true}}"), ['6: there is no condition "okay"']),
        (case("{state: new}", when="{answer: {ok: maybe}}"), ["6: 'maybe' is not true or false"]),
        (case("{state: new}", when="{event: pay, items: [7]}"), ['6: there is no item "7"']),
        (case("{state: new}", when="{count: many}"), ["6: 'many' is not a number"]),
        (case("{reserved: -1}"), ["7: -1 is negative"]),
        (case("{timeouts: {pay: 1 day}}"), ['7: there is no event with a timeout "pay"']),
        (case("{state: new}", given="{items: {a: , b: }}"), ["7: 'state' of which item? There are 2"]),
        (case("{state: new}", given="{items: {a: }, state: paid}"), ["5: 'state' stands beside 'items'"]),
        (case("{state: new}", given="{start: noon}"), ["5: 'noon' is not a time"]),
        (case("{state: new}", given="{sku: tee}"), ['5: there is no product in stock "tee"']),
        (case("{state: new}", given="new"), ["5: 'new' has no keys"]),
        (case("{available: {tee: 1}}"), ['7: there is no product in stock "tee"']),
        (case("{moved: 1}"), ["7: 1 is not true or false"]),
        (case("{state: [new]}"), ["7: a list is not text"]),
        (case("{state: new}", more="timeouts: {pay: 1 day}"), ['2: there is no event with a timeout "pay"']),
        (case("{state: new}", more="answers: [ok]"), ["2: a list has no keys"]),
        (GOOD + GOOD.split("cases:\n")[1], ['14: two cases are called "the whole way"']),
        ("process: Sale\ncases: [", ["3: this is not YAML"]),
    ],
)
def test_everything_that_is_wrong_is_told_at_once_with_its_line(results, text, told):
    with pytest.raises(InputError) as refused:
        results(text)
    lines = refused.value.lines[1:]
    assert len(lines) == len(told)
    for start in told:
        assert any(line.startswith(f"a.process-test.yaml:{start}") for line in lines), (start, lines)


def test_coverage_tells_what_no_case_has_seen(results, tmp_path):
    seen = Seen()
    results(GOOD, seen)
    coverage = Coverage(load(tmp_path, SALE), seen)
    assert coverage.missed_states == ["gone"]
    told = coverage.as_dict()
    assert told["transitions"] == {"covered": 3, "total": 4, "missed": ["new -> gone: expire"]}


def test_of_two_ways_with_one_target_the_one_taken_is_covered(results, tmp_path):
    process = "states a b\na -> b : go [x]\na -> b : go [y]"
    seen = Seen()
    text = "process: Sale\nanswers: {x: false, y: true}\ncases: [{name: a, when: go, then: {state: b}}]"
    assert failed(results(text, seen, process)) == []
    assert seen.transitions == {1}


def test_a_condition_that_is_false_covers_no_transition(results):
    seen = Seen()
    results(case("{state: new}", when="pay", more="answers: {ok: false}"), seen)
    assert seen.transitions == set()


@pytest.mark.parametrize("text", [GOOD, case("{state: new}", when="[pay, {wait: 1 day}, {place: {sku: a}}]")])
def test_the_schema_for_editors_takes_what_is_read(text):
    jsonschema.validate(read_document(Path("a"), text).values, case_schema())


def test_the_schema_for_editors_refuses_unknown_keys():
    bad = json.loads(json.dumps(read_document(Path("a"), case("{stat: new}")).values))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, case_schema())
