"""Two processes in one picture: what a reviewer can say who sees nothing else."""

from __future__ import annotations

import pytest

from engine.design import diff_processes, nothing_of
from tests.unit.visualize.reading import Picture, title, words
from tests.unit.visualize.sample import build, event, state
from visualize import Mark, compared_graph, style, to_html

OLD = build(
    [
        state("new"),
        state("waiting", reserved=True, flags=("cancellable",)),
        state("sent"),
        state("lost", "Claims"),
    ],
    [event("pay", manual=True), event("give up", timeout="1 day"), event("close", timeout="2 weeks")],
    [
        ("new", "waiting", "pay", None, True),
        ("waiting", "sent", None, "Sent", True),
        ("waiting", "lost", "give up", None, False),
        ("new", "sent", "close", None, False),
    ],
)
NEW = build(
    [
        state("new"),
        state("parked", reserved=True, flags=("cancellable",)),
        state("sent", reserved=True),
        state("checked"),
    ],
    [event("pay", manual=True), event("check", manual=True), event("close", timeout="1 week")],
    [
        ("new", "parked", "pay", None, True),
        ("parked", "sent", None, "Sent", True),
        ("parked", "checked", "check", None, False),
        ("new", "sent", "close", None, False),
    ],
)


@pytest.fixture
def diff():
    return diff_processes(OLD, NEW)


@pytest.fixture
def graph(diff):
    return compared_graph(diff, [f"sentence {n}" for n in range(1, len(diff.changes) + 1)], ["2 items go on"])


@pytest.fixture
def picture(graph):
    return Picture(graph)


@pytest.mark.parametrize(
    ("name", "mark", "line"),
    [
        ("parked", "renamed", "was: waiting"),
        ("sent", "changed", "reserved: false \u2192 true (takes stock)"),
        ("checked", "added", ""),
        ("lost", "removed", ""),
    ],
)
def test_states_are_marked_by_what_has_become_of_them(picture, name, mark, line):
    group = picture.state(name)
    assert mark in group.get("class").split()
    assert line in title(group)


def test_what_is_as_before_has_no_mark_and_no_colour(picture):
    group = picture.state("new")
    assert not set(group.get("class").split()) & {mark.value for mark in Mark}
    assert group.find("{*}rect").get("stroke") == style.AS_BEFORE


def test_ways_and_events_are_marked_where_they_are_drawn(picture):
    assert "added" in picture.edge("parked", "checked").get("class")
    assert "removed" in picture.edge("parked", "lost").get("class")
    close = picture.edge("new", "sent")
    assert "changed" in close.get("class")
    assert "timeout: 2 weeks \u2192 1 week (shorter)" in title(close)


def test_what_has_gone_is_told_without_colour_too(picture):
    gone = picture.edge("parked", "lost")
    dashes = {path.get("stroke-dasharray") for path in gone.iter("{*}path") if path.get("fill") == "none"}
    assert style.MARKS[Mark.REMOVED].dash in dashes
    struck = [path for path in gone.iter("{*}path") if path.get("stroke-width") == "1"]
    assert len(struck) == 2  # a line through each line of the label


def test_the_numbers_at_the_parts_are_those_of_the_list(diff, picture):
    (number,) = [n for n, c in enumerate(diff.changes, 1) if (c.what, c.name) == ("state", "checked")]
    assert f"+ {number}" in words(picture.state("checked"))
    (listed,) = picture.groups("remarks")
    assert f"+ {number} sentence {number} " in f"{words(listed)} "
    assert "! 2 items go on" in words(listed)


def test_every_change_is_in_the_list(diff, graph):
    assert [remark.number for remark in graph.remarks] == [*range(1, len(diff.changes) + 1), None]
    (changes, _) = graph.tables
    assert len(changes.rows) == len(diff.changes)


def test_the_page_has_the_changes_as_a_table(graph):
    page = to_html(graph, layout="wasi")
    assert '<span class="mark renamed">= 1</span>' in page
    assert "what has changed" in page
    assert '<button type="button" class="jump">parked</button>' in page


def test_a_process_that_is_new_is_new_as_a_whole():
    diff = diff_processes(nothing_of(NEW), NEW)
    picture = Picture(compared_graph(diff, ["x"] * len(diff.changes)))
    assert len(picture.groups("state", "added")) == len(NEW.states)
    edges = [group for group in picture.groups("edge") if "start" not in group.get("class").split()]
    assert all("added" in group.get("class") for group in edges)


def test_the_same_process_twice_has_no_mark():
    picture = Picture(compared_graph(diff_processes(OLD, OLD), []))
    assert [mark for mark in Mark if picture.groups(mark.value)] == []


def test_a_way_that_leads_elsewhere_is_drawn_once_with_both_targets():
    after = build(
        list(OLD.states),
        list(OLD.events),
        [
            ("new", "waiting", "pay", None, True),
            ("waiting", "sent", None, "Sent", True),
            ("waiting", "sent", "give up", None, False),
            ("new", "sent", "close", None, False),
        ],
    )
    diff = diff_processes(OLD, after)
    (change,) = diff.changes
    graph = compared_graph(diff, ["x"])
    (edge,) = [edge for edge in graph.edges if edge.mark is Mark.CHANGED]
    assert "target: lost \u2192 sent" in [line.text for line in edge.lines]
    assert (change.before, change.after) == (2, 2)
