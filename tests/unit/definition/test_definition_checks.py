"""What the checks of a merged process see, and what they leave alone."""

from __future__ import annotations

import pytest

from engine.definition import RegisteredNames, load_process
from tests.unit.definition.making import machine, move, process, write

STATES = ["new", "a", "b", "c"]
EVENTS = """
<event name="enter" onEnter="true"/>
<event name="enter2" onEnter="true"/>
<event name="timed" timeout="1 day"/>
<event name="hand" manual="true"/>
<event name="api"/>
"""


@pytest.fixture
def findings(tmp_path):
    def load(*moves: str, reserved: tuple[str, ...] = (), namespace: str = "urn:earmark:process:1", **kwargs):
        states = [f'<state name="{name}" reserved="{str(name in reserved).lower()}"/>' for name in STATES]
        text = machine(process("\n".join([*states, *moves, EVENTS.strip()])), namespace=namespace)
        result = load_process(write(tmp_path, {"Main.xml": text}).main, **kwargs)
        assert result.errors == ()
        return result.findings

    return load


def messages(findings, rule: str) -> list[str]:
    return [finding.message for finding in findings if finding.rule == rule]


def test_stock_is_lost_in_a_whole_region_of_reserved_states(findings):
    found = findings(
        move("new", "a", "hand"), move("a", "b", "timed"), move("b", "a", "timed"), reserved=("a", "b")
    )
    assert len(messages(found, "reserved-dead-end")) == 2
    assert all("reserved too" in message for message in messages(found, "reserved-dead-end"))


def test_a_reserved_state_without_any_way_out_is_told_as_such(findings):
    found = findings(move("new", "a", "hand"), move("a", "a", "hand"), reserved=("a",))
    (message,) = messages(found, "reserved-dead-end")
    assert '"a" is reserved and no transition leaves it' in message


def test_a_far_way_to_a_state_that_is_not_reserved_is_enough(findings):
    moves = [move("new", "a", "hand"), move("a", "b", "timed"), move("b", "c", "timed")]
    assert messages(findings(*moves, reserved=("a", "b")), "reserved-dead-end") == []


@pytest.mark.parametrize(
    ("way", "by_hand"),
    [("hand", True), ("api", True), ("timed", False), ("enter", False), (None, False)],
)
def test_who_can_release_the_stock(way, by_hand, findings):
    found = findings(move("new", "a", "hand"), move("a", "b", way), reserved=("a",))
    assert bool(messages(found, "manual-release-only")) == by_hand


def test_one_automatic_way_out_beside_a_manual_one_is_enough(findings):
    found = findings(move("a", "b", "hand"), move("a", "c", "timed"), reserved=("a",))
    assert messages(found, "manual-release-only") == []


def test_a_timed_loop_to_the_same_state_releases_nothing(findings):
    found = findings(move("a", "b", "hand"), move("a", "a", "timed"), reserved=("a",))
    assert len(messages(found, "manual-release-only")) == 1


@pytest.mark.parametrize(
    ("moves", "loop"),
    [
        ([move("new", "a", "enter"), move("a", "new", "enter")], "new > a > new"),
        ([move("new", "a", "enter"), move("a", "b"), move("b", "a", "enter")], "a > b > a"),
        ([move("new", "new")], None),
        ([move("new", "new", "enter")], None),
        ([move("new", "a", "enter"), move("a", "new", "timed")], None),
        ([move("new", "a", "enter"), move("a", "new", "hand")], None),
        ([move("new", "a", "enter", 'condition="C"'), move("a", "new", "enter")], None),
        ([move("new", "a"), move("new", "b", None, 'condition="C"'), move("a", "new")], None),
        ([move("new", "b", "enter2"), move("new", "a", "enter"), move("a", "new")], None),
        ([move("new", "a"), move("a", "b"), move("b", "c"), move("c", "a")], "a > b > c > a"),
    ],
)
def test_automatic_loops(moves, loop, findings):
    found = messages(findings(*moves), "automatic-loop")
    if loop is None:
        assert found == []
    else:
        (message,) = found
        assert f"{loop}." in message


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ([move("new", "a", "hand", 'happy="true"')], None),
        ([move("new", "a", "hand", 'happy="true"'), move("a", "a", "timed")], None),
        ([move("new", "a", "hand")], 'No transition marked happy leaves the initial state "new"'),
        ([move("new", "a", "hand", 'happy="true"'), move("a", "b", "hand")], 'to "a"; there are ways on'),
        (
            [move("new", "a", "hand", 'happy="true"'), move("a", "new", "hand", 'happy="true"')],
            "go round in a circle",
        ),
        ([], None),
    ],
)
def test_the_happy_path(moves, told, findings):
    found = messages(findings(*moves), "no-happy-path")
    assert [told in message for message in found] == ([] if told is None else [True])


@pytest.mark.parametrize(
    ("namespace", "which"), [("urn:earmark:process:1", "first"), ("spryker:oms-01", "last")]
)
def test_which_of_two_true_conditions_wins_is_told_by_dialect(namespace, which, findings):
    found = findings(
        move("new", "a", "hand", 'condition="C"'),
        move("new", "b", "hand", 'condition="D"'),
        namespace=namespace,
    )
    assert f"the {which} true one in the file wins" in messages(found, "condition-order-matters")[0]
    twice = findings(
        move("new", "a", "hand", 'condition="C"'),
        move("new", "b", "hand", 'condition="C"'),
        namespace=namespace,
    )
    taken = {"first": "a", "last": "b"}[which]
    assert f'"{taken}" is the one that is taken' in messages(twice, "same-condition-twice")[0]


def test_conditions_that_lead_to_one_state_may_be_true_together(findings):
    found = findings(move("new", "a", "hand", 'condition="C"'), move("new", "a", "hand", 'condition="D"'))
    assert messages(found, "condition-order-matters") == []
    assert messages(found, "duplicate-transition") == []


def test_the_same_event_of_two_states_is_no_ambiguity(findings):
    found = findings(move("new", "a", "hand"), move("a", "b", "hand"))
    assert messages(found, "ambiguous-transition") == []


def test_two_eventless_transitions_without_condition_are_ambiguous(findings):
    assert len(messages(findings(move("new", "a"), move("new", "b")), "ambiguous-transition")) == 1


def test_waiting_for_a_condition_without_event_is_no_finding(findings):
    assert messages(findings(move("new", "a", None, 'condition="C"')), "no-else-branch") == []


@pytest.mark.parametrize(
    ("event", "mixed"), [("hand", True), ("timed", True), ("enter", False), ("api", False)]
)
def test_which_events_race_with_the_conditions_run(event, mixed, findings):
    found = findings(move("new", "a", None, 'condition="C"'), move("new", "b", event))
    assert bool(messages(found, "mixed-triggers")) == mixed


def test_a_state_behind_an_unreachable_one_is_told_apart(findings):
    found = findings(move("b", "c", "hand"), move("a", "a", "hand"))
    assert messages(found, "unreachable-state") == [
        '"a" cannot be reached from "new": no transition leads to it.',
        '"b" cannot be reached from "new": no transition leads to it.',
        '"c" cannot be reached from "new": only unreachable states lead to it.',
    ]


def test_a_state_that_leads_to_the_assumed_initial_one_may_be_the_real_one(findings):
    found = findings(move("a", "new", "hand"), move("a", "b", "hand"))
    told = {f.message.split()[0]: f for f in found if f.rule == "unreachable-state"}
    assert '"a" leads to "new", where new items are assumed to start' in told['"a"'].message
    assert told['"a"'].remedy == 'Add initial="true" to "a" if new items start there, else to "new".'
    assert "initial" in told['"b"'].remedy and "delete" not in told['"b"'].remedy
    assert "delete" in told['"c"'].remedy


def test_a_circle_before_the_assumed_initial_state_is_told_too(findings):
    found = findings(move("a", "b", "hand"), move("b", "a", "hand"), move("b", "new", "hand"))
    remedies = [f.remedy for f in found if f.rule == "unreachable-state"]
    assert remedies[0].startswith('Add initial="true" to "a"') and "delete" not in remedies[1]


def test_with_a_state_that_is_asked_for_nothing_is_assumed(findings):
    found = findings(move("a", "new", "hand"), initial="new")
    told = next(f for f in found if f.rule == "unreachable-state")
    assert told.remedy == "Add a transition to it, or delete it."


def test_an_eventless_way_from_a_state_to_itself_is_no_trigger(findings):
    found = findings(move("new", "new"), move("new", "a", "hand"))
    assert messages(found, "mixed-triggers") == []
    assert "it does nothing" in messages(found, "idle-transition")[0]


def test_names_are_compared_with_what_plugins_register(findings):
    registered = RegisteredNames({"Mail/Confirm": "order"}, {"Shop/IsPaid"}, {"Days"})
    moves = [
        move("new", "a", "hand", 'condition="Shop/IsPayed"'),
        move("a", "b", "hand", 'condition="Shop/IsPaid"'),
    ]
    found = findings(*moves, registered=registered)
    (message,) = messages(found, "unregistered-condition")
    assert message == 'No plugin registers the condition "Shop/IsPayed". Did you mean "Shop/IsPaid"?'
    assert messages(findings(*moves), "unregistered-condition") == []


def test_checks_of_the_whole_are_left_out_when_a_part_is_missing(tmp_path):
    text = machine(process(f'<state name="new"/>\n<state name="a"/>\n{move("new", "aa")}\n<event name="e"/>'))
    rules = [finding.rule for finding in load_process(write(tmp_path, {"Main.xml": text}).main).findings]
    assert rules == ["undeclared-state"]
