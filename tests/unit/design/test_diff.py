"""What differs between two processes, by meaning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.definition import load_process
from engine.design import diff_processes

SHOP = """\
<statemachine xmlns="urn:earmark:process:1"><process name="Shop" main="true">
<states>
  <state name="new" initial="true"><flag>cancellable</flag></state>
  <state name="paid" reserved="true" display="Paid"/>
  <state name="sent" reserved="true"/>
  <state name="done"/>
  <state name="cancelled"/>
</states>
<transitions>
  <transition happy="true"><source>new</source><target>paid</target><event>pay</event></transition>
  <transition><source>new</source><target>cancelled</target><event>cancel</event></transition>
  <transition><source>paid</source><target>cancelled</target><event>cancel</event></transition>
  <transition condition="A"><source>paid</source><target>sent</target><event>ship</event></transition>
  <transition condition="B"><source>paid</source><target>done</target><event>ship</event></transition>
  <transition happy="true"><source>sent</source><target>done</target><event>stock-update</event></transition>
</transitions>
<events>
  <event name="pay" manual="true" command="Pay"/>
  <event name="cancel" timeout="1 day"/>
  <event name="ship" onEnter="true"/>
  <event name="stock-update"/>
</events>
</process></statemachine>
"""


@pytest.fixture
def load(tmp_path):
    def loaded(text, name="Shop"):
        path = tmp_path / f"{name}.xml"
        path.write_text(text)
        result = load_process(path)
        assert result.process is not None, result.findings
        return result.process

    return loaded


@pytest.fixture
def differ(load):
    def told(*replacements, name="Shop"):
        text = SHOP
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        diff = diff_processes(load(SHOP), load(text, name))
        return diff, [(c.kind, c.what, c.name, c.field, c.old, c.new, c.note) for c in diff.changes]

    return told


def test_white_space_comments_and_order_do_not_matter(differ):
    swapped = (
        '  <state name="done"/>\n  <state name="cancelled"/>',
        '  <state name="cancelled"/><!-- over -->\n\n  <state name="done"/>',
    )
    assert differ(swapped)[1] == []


def test_a_state_and_its_ways_are_added_and_removed(differ):
    _, told = differ(
        ('  <state name="cancelled"/>\n', '  <state name="lost" reserved="true"/>\n'),
        ("<source>new</source><target>cancelled</target>", "<source>new</source><target>lost</target>"),
        (
            "  <transition><source>paid</source><target>cancelled</target><event>cancel</event></transition>\n",
            "",
        ),
    )
    assert told == [
        ("removed", "state", "cancelled", None, "not reserved", None, None),
        ("added", "state", "lost", None, None, "reserved", None),
        ("changed", "transition", "new > cancelled", "target", "cancelled", "lost", None),
        ("removed", "transition", "paid > cancelled", None, "on cancel", None, None),
    ]


def test_a_state_under_another_name_is_renamed_and_its_ways_are_the_same(differ):
    diff, told = differ(
        ('"sent"', '"on the way"'),
        (">sent<", ">on the way<"),
        ('"ship"', '"hand over"'),
        (">ship<", ">hand over<"),
    )
    assert told == [
        ("renamed", "state", "sent", None, "sent", "on the way", None),
        ("renamed", "event", "ship", None, "ship", "hand over", None),
    ]
    assert diff.goes_on_in("sent").name == "on the way"
    assert diff.goes_on_in("paid").name == "paid"


def test_what_a_state_says_is_compared_one_by_one(differ):
    _, told = differ(
        ('<state name="done"/>', '<state name="done" reserved="true"/>'),
        ('reserved="true" display="Paid"', 'display="Thanks"'),
        ("<flag>cancellable</flag>", "<flag>gift</flag><flag>amendable</flag>"),
    )
    assert told == [
        ("changed", "state", "new", "flags", "cancellable", "amendable, gift", None),
        ("changed", "state", "paid", "reserved", "true", "false", "gives stock free"),
        ("changed", "state", "paid", "display", "Paid", "Thanks", None),
        ("changed", "state", "done", "reserved", "false", "true", "takes stock"),
    ]


@pytest.mark.parametrize(
    ("timeout", "note"),
    [("2 days", "longer"), ("1 hour", "shorter"), ("24 hours", "as long as before"), ("1 month", None)],
)
def test_it_is_told_whether_a_timeout_is_longer(differ, timeout, note):
    _, told = differ(('timeout="1 day"', f'timeout="{timeout}"'))
    assert told == [("changed", "event", "cancel", "timeout", "1 day", timeout, note)]


def test_what_an_event_says_is_compared_one_by_one(differ):
    _, told = differ(
        ('manual="true" command="Pay"', 'command="Charge" timeout="1 hour" timeoutProcessor="Days"')
    )
    assert told == [
        ("changed", "event", "pay", "timeout", None, "1 hour", None),
        ("changed", "event", "pay", "timeout processor", None, "Days", None),
        ("changed", "event", "pay", "command", "Pay", "Charge", None),
        ("changed", "event", "pay", "manual", "true", "false", None),
    ]


def test_a_condition_an_event_and_a_happy_mark_of_a_way_are_changes_of_it(differ):
    cancelled = "<source>new</source><target>cancelled</target>"
    _, told = differ(
        ('<transition condition="A">', "<transition>"),
        (f"<transition>{cancelled}", f'<transition happy="true">{cancelled}'),
        ("<target>done</target><event>stock-update", "<target>done</target><event>pay"),
    )
    assert [one for one in told if one[1] == "transition"] == [
        ("changed", "transition", "paid > sent", "condition", "A", None, None),
        ("changed", "transition", "sent > done", "event", "stock-update", "pay", None),
        ("changed", "transition", "new > cancelled", "happy", "false", "true", None),
    ]


def test_the_order_of_conditions_is_told_where_it_may_decide(differ):
    ways = [
        f"  <transition condition={condition!r}><source>paid</source><target>{target}</target>"
        "<event>ship</event></transition>\n"
        for condition, target in (("A", "sent"), ("B", "done"))
    ]
    first, second = (way.replace("'", '"') for way in ways)
    _, told = differ((first + second, second + first))
    assert told == [("changed", "state", "paid", "order of conditions of ship", "A, B", "B, A", None)]


def test_another_name_and_another_initial_state_of_the_process(differ):
    _, told = differ(
        ('name="Shop" main', 'name="Store" main'),
        (' initial="true"', ""),
        ('"cancelled"', '"cancelled" initial="true"'),
        name="Store",
    )
    assert told == [
        ("changed", "process", "Shop", "name", "Shop", "Store", None),
        ("changed", "process", "Shop", "initial", "new", "cancelled", None),
    ]


def test_the_states_that_a_change_touches(differ):
    diff, _ = differ(('timeout="1 day"', 'timeout="2 days"'), ('display="Paid"', ""))
    assert [state.name for state in diff.touched()] == ["new", "paid"]
    diff, _ = differ((' happy="true"><source>sent', "><source>sent"))
    assert [state.name for state in diff.touched()] == ["sent"]


@pytest.mark.parametrize("name", ["new", "paid", "sent", "done", "cancelled"])
def test_any_state_is_found_again_under_another_name(load, name):
    process = load(SHOP)
    states = tuple(replace(one, name="other") if one.name == name else one for one in process.states)
    diff = diff_processes(process, replace(process, states=states))
    assert [(change.kind, change.name, change.new) for change in diff.changes] == [("renamed", name, "other")]
    assert diff_processes(process, process).changes == ()


def test_the_order_of_conditions_of_a_renamed_state_is_told_by_its_old_name(differ):
    first, second = (line + "\n" for line in SHOP.splitlines() if "<event>ship</event>" in line)
    diff, changes = differ(
        (first + second, second + first), ('"paid"', '"money came"'), (">paid<", ">money came<")
    )
    assert ("renamed", "state", "paid", None, "paid", "money came", None) in changes
    assert ("changed", "state", "paid", "order of conditions of ship", "A, B", "B, A", None) in changes
    assert "paid" in {state.name for state in diff.touched()}


def test_another_dialect_is_told_since_another_condition_wins(differ):
    _, changes = differ((' xmlns="urn:earmark:process:1"', ""))
    note = "of several true conditions the last in the file wins now"
    assert ("changed", "process", "Shop", "dialect", "earmark", "existing", note) in changes


def test_the_order_of_ways_without_condition_is_told_since_only_the_first_is_taken(load):
    one = "<transition><source>new</source><target>cancelled</target><event>cancel</event></transition>"
    two = one.replace("cancelled", "done")
    old, new = load(SHOP.replace(one, one + two)), load(SHOP.replace(one, two + one))
    (change,) = diff_processes(old, new).changes
    assert change.field == "order of ways without a condition of cancel"
    assert (change.old, change.new) == ("cancelled, done", "done, cancelled")


def test_another_on_enter_event_that_fires_is_told(load):
    def with_ways(*events):
        ways = "".join(
            f"<transition><source>done</source><target>cancelled</target><event>{name}</event></transition>"
            for name in events
        )
        text = SHOP.replace("</transitions>", f"{ways}</transitions>")
        return load(
            text.replace("</events>", '<event name="a" onEnter="1"/><event name="b" onEnter="1"/></events>')
        )

    (change,) = diff_processes(with_ways("a", "b"), with_ways("b", "a")).changes
    assert (change.name, change.field, change.old, change.new) == (
        "done",
        "onEnter event that fires",
        "a",
        "b",
    )


def test_a_way_with_another_target_that_is_also_the_happy_one_now_tells_both(differ):
    way = "<transition><source>paid</source><target>cancelled</target><event>cancel</event></transition>"
    _, changes = differ(
        (way, way.replace("cancelled", "done").replace("<transition>", '<transition happy="1">'))
    )
    assert {(change[3], change[4], change[5]) for change in changes} == {
        ("target", "cancelled", "done"),
        ("happy", "false", "true"),
    }
