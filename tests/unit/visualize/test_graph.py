"""Step one: what is in the picture of a process."""

from __future__ import annotations

import pytest

from engine.definition import Dialect, RegisteredNames
from engine.errors import EarmarkError
from tests.unit.visualize.sample import ALL_REGISTERED, build, event, shop, state
from visualize import NodeKind, Trigger, graph_of
from visualize.text import items


def edge(graph, source, target):
    (found,) = [e for e in graph.edges if (e.source, e.target) == (source, target)]
    return found


def said(edge):
    return [line.text for line in edge.lines]


def node(graph, name):
    (found,) = [n for n in graph.nodes if n.name == name and n.kind is NodeKind.STATE]
    return found


def test_an_event_is_put_into_words():
    graph = graph_of(shop(), registered=ALL_REGISTERED)
    assert said(edge(graph, "paid", "shipped")) == ["ship", "manual", "run Mail/Shipped (per item)"]
    assert said(edge(graph, "payment pending", "paid")) == [
        "pay",
        "after 14 days",
        "time set by Calendar/Working",
        "if rule small order",
    ]
    assert said(edge(graph, "shipped", "delivered")) == ["stock-update"]
    assert said(edge(graph, "delivered", "return asked")) == ["if Return/IsAsked"]


@pytest.mark.parametrize(
    ("source", "target", "trigger"),
    [
        ("paid", "shipped", Trigger.MANUAL),
        ("payment pending", "paid", Trigger.TIMEOUT),
        ("shipped", "delivered", Trigger.CALL),
        ("delivered", "return asked", Trigger.EVENTLESS),
        ("new", "new / authorize ?", Trigger.ON_ENTER),
    ],
)
def test_what_fires_an_event_is_told_apart(source, target, trigger):
    assert edge(graph_of(shop()), source, target).trigger is trigger


def test_several_ways_of_one_event_meet_in_a_decision():
    graph = graph_of(shop())
    decision = "new / authorize ?"
    assert [n.id for n in graph.nodes if n.kind is NodeKind.DECISION] == [decision]
    assert said(edge(graph, "new", decision)) == ["authorize", "on enter", "run Bank/Authorize"]
    assert said(edge(graph, decision, "payment pending")) == ["if Bank/IsFine"]
    assert said(edge(graph, decision, "invalid")) == ["else"]
    assert edge(graph, "new", decision).happy


def test_a_second_way_without_condition_is_shown_as_dead():
    process = build(
        [state("a"), state("b"), state("c")],
        [event("go")],
        [("a", "b", "go", None, False), ("a", "c", "go", None, False)],
    )
    graph = graph_of(process)
    assert said(edge(graph, "a / go ?", "b")) == ["always"]
    assert said(edge(graph, "a / go ?", "c")) == ["never: an earlier way without condition wins"]


def test_unregistered_names_are_marked():
    graph = graph_of(shop(), registered=RegisteredNames({}, set(), set()))
    missing = sorted(line.text for e in graph.edges for line in e.lines if line.missing)
    assert missing == [
        "if Bank/IsFine (not registered)",
        "if Return/IsAsked (not registered)",
        "if rule small order (not registered)",
        "run Bank/Authorize (not registered)",
        "run Mail/Shipped (not registered)",
        "time set by Calendar/Working (not registered)",
    ]


@pytest.mark.parametrize("registered", [None, ALL_REGISTERED])
def test_nothing_is_marked_when_all_is_registered_or_nobody_asked(registered):
    graph = graph_of(shop(), registered=registered)
    assert not any(e.missing for e in graph.edges)


def test_initial_final_reserved_and_happy_states():
    graph = graph_of(shop())
    assert [e.target for e in graph.edges if e.trigger is Trigger.START] == ["new"]
    assert [n.name for n in graph.nodes if n.final] == ["invalid", "return asked"]
    assert [n.name for n in graph.nodes if n.reserved] == ["payment pending", "paid", "shipped"]
    assert not node(graph, "invalid").happy
    assert node(graph, "delivered").happy


def test_a_state_with_only_a_way_to_itself_is_final():
    process = build([state("end")], [event("note")], [("end", "end", "note", None, False)])
    assert node(graph_of(process), "end").final


def test_each_subprocess_with_states_has_a_box():
    graph = graph_of(shop())
    assert [(cluster.name, cluster.main) for cluster in graph.clusters] == [
        ("Orders", True),
        ("Return", False),
    ]
    assert node(graph, "return asked").cluster == graph.clusters[1].id


def test_ids_stay_apart_when_a_state_is_named_like_another_part():
    process = build([state("start"), state("start ->")], [], [("start", "start ->", None, None, False)])
    graph = graph_of(process)
    ids = [n.id for n in graph.nodes] + [e.id for e in graph.edges]
    assert len(set(ids)) == len(ids)


def test_adding_a_state_changes_no_other_id():
    before = graph_of(build([state("a"), state("b")], [], [("a", "b", None, "C", False)]))
    after = graph_of(build([state("new"), state("a"), state("b")], [], [("a", "b", None, "C", False)]))
    assert {n.id for n in before.nodes} < {n.id for n in after.nodes}
    assert {e.id for e in before.edges} <= {e.id for e in after.edges}


def test_counts_show_on_their_states_and_strangers_are_named():
    graph = graph_of(shop(), counts={"paid": 12, "delivered": 0, "lost": 3, "older": 1})
    assert (node(graph, "paid").count, node(graph, "delivered").count, node(graph, "new").count) == (
        12,
        None,
        None,
    )
    assert graph.notes == ("4 items are in states that this version does not have: lost (3), older (1).",)


def test_a_single_item_is_one_item():
    assert [items(number) for number in (0, 1, 2)] == ["0 items", "1 item", "2 items"]


def test_an_unknown_state_to_highlight_is_refused_with_those_that_exist():
    with pytest.raises(EarmarkError) as refused:
        graph_of(shop(), highlight="payed")
    assert refused.value.code == "unknown_state"
    assert "payed" in refused.value.message
    assert "Did you mean 'paid'?" in refused.value.remedy
    assert "return asked" in refused.value.remedy


def test_the_dialect_decides_which_of_several_true_conditions_wins():
    assert graph_of(build([state("a")])).several_true == "last"
    assert graph_of(build([state("a")], dialect=Dialect.OWN)).several_true == "first"


def test_the_tables_hold_every_state_event_and_transition():
    states, events, transitions = graph_of(shop(), registered=ALL_REGISTERED, counts={"paid": 5}).tables
    assert states.rows[2] == ("paid", "reserved", "", "", "", "Orders", "5")
    assert states.rows[0] == ("new", "", "", "can be cancelled", "initial", "Orders", "0")
    assert events.rows[1][:2] == ("pay", "after 14 days, time set by Calendar/Working")
    assert events.rows[3] == ("stock-update", "call", "", "Orders")
    assert transitions.rows[0] == ("new", "authorize", "Bank/IsFine", "payment pending", "happy", "Orders")
    assert len(transitions.rows) == 7
