"""What a person sees in the SVG picture, with each layout engine."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from engine.definition import RegisteredNames
from tests.unit.visualize.reading import LAYOUTS, Picture, rect_of, title, words
from tests.unit.visualize.sample import ALL_REGISTERED, build, event, nasty, shop, state
from visualize import graph_of, style

NASTY = (
    "quote \" apostrophe '",
    "<b>bold</b> & &amp; <br/>",
    "back\\slash \\n \\N \\",
    "{a|b}; -> [x] :port:",
    "größer Привет 状態 ∞",
    "x" * 200,
    "CamelCaseNameThatIsMuchTooLongForOneLineOfABoxInAPicture",
    "tab\tand\nnewline",
    "bell\a nul\0 lone\ud800",
    "#quot; %% --> end",
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_state_cluster_and_arrow_is_there(layout):
    graph = graph_of(shop())
    picture = Picture(graph, layout)
    assert sorted(picture.states) == sorted(s.name for s in shop().states)
    assert [words(picture.state(name)).split()[0] for name in ("new", "paid")] == ["new", "paid"]
    assert [g.get("data-process") for g in picture.groups("cluster")] == ["Orders", "Return"]
    edges = picture.groups("edge")
    assert len(edges) == len(graph.edges)
    assert all(edge.find("{*}polygon") is not None for edge in edges), "an arrow without a head"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_boxes_do_not_lie_on_each_other(layout):
    picture = Picture(graph_of(shop()), layout)
    boxes = [rect_of(group) for group in picture.groups("state")]
    boxes += [rect_of(group) for group in picture.groups("edge") if group.find("{*}rect") is not None]
    for number, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[number + 1 :]:
            assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_state_stands_in_the_box_of_its_process(layout):
    picture = Picture(graph_of(shop()), layout)
    inside = rect_of(picture.groups("cluster")[1])
    box = rect_of(picture.state("return asked"))
    assert inside[0] <= box[0] and box[0] + box[2] <= inside[0] + inside[2]
    assert inside[1] <= box[1] and box[1] + box[3] <= inside[1] + inside[3]


def test_the_happy_path_runs_down_and_is_thick_and_green():
    picture = Picture(graph_of(shop()))
    heights = [
        rect_of(picture.state(n))[1] for n in ("new", "payment pending", "paid", "shipped", "delivered")
    ]
    assert heights == sorted(heights)
    line = picture.edge("paid", "shipped").find("{*}path")
    assert (line.get("stroke"), float(line.get("stroke-width"))) == (style.HAPPY, style.HAPPY_WIDTH)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrows_point_at_their_target(layout):
    picture = Picture(graph_of(shop()), layout)
    points = picture.edge("payment pending", "paid").find("{*}polygon").get("points").split()
    tip_x, tip_y = map(float, points[1].split(","))
    x, y, width, _ = rect_of(picture.state("paid"))
    assert x <= tip_x <= x + width
    assert abs(tip_y - y) < 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_way_back_and_a_way_to_itself_point_at_their_target(layout):
    process = build(
        [state("a"), state("b")],
        [event("again"), event("wait")],
        [("a", "b", None, "On", True), ("b", "a", "again", None, False), ("b", "b", "wait", None, False)],
    )
    picture = Picture(graph_of(process), layout)
    for source, target in (("b", "a"), ("b", "b")):
        tip = picture.edge(source, target).find("{*}polygon").get("points").split()[1].split(",")
        x, y, width, height = rect_of(picture.state(target))
        assert x - 3 <= float(tip[0]) <= x + width + 3
        assert y - 3 <= float(tip[1]) <= y + height + 3


def test_a_reserved_state_is_marked_by_word_bar_and_lock():
    picture = Picture(graph_of(shop()))
    reserved, free = picture.state("paid"), picture.state("delivered")
    assert "reserved" in words(reserved)
    assert [r.get("fill") for r in reserved.iter("{*}rect") if r.get("class") == "bar"] == [style.RESERVED]
    assert any("lock" in g.get("class", "") for g in reserved.iter("{*}g"))
    assert "reserved" not in words(free)
    assert not [r for r in free.iter("{*}rect") if r.get("class") == "bar"]


def test_display_name_and_flags_are_shown():
    picture = Picture(graph_of(shop()))
    assert "Waiting for your money" in words(picture.state("payment pending"))
    assert "can be cancelled" in words(picture.state("new"))


def test_a_final_state_has_a_double_frame_and_others_have_not():
    picture = Picture(graph_of(shop()))
    assert len(list(picture.state("invalid").iter("{*}rect"))) == 2
    assert len(list(picture.state("delivered").iter("{*}rect"))) == 1


def test_only_eventless_arrows_are_dashed():
    picture = Picture(graph_of(shop()))
    dashed = [
        (g.get("data-from"), g.get("data-to"))
        for g in picture.groups("edge")
        if any(path.get("stroke-dasharray") for path in g.findall("{*}path"))
    ]
    assert dashed == [("delivered", "return asked")]


def test_kinds_of_events_have_frames_and_icons_of_their_own():
    picture = Picture(graph_of(shop()))

    def look(source, target):
        edge = picture.edge(source, target)
        label = edge.find("{*}rect")
        icons = [g.get("class").split()[1] for g in edge.iter("{*}g") if "icon" in g.get("class", "").split()]
        return label.get("stroke"), label.get("stroke-dasharray"), label.get("rx"), icons[:1]

    looks = [
        look("new", "new / authorize ?"),
        look("payment pending", "paid"),
        look("paid", "shipped"),
        look("shipped", "delivered"),
    ]
    assert [icons for *_, icons in looks] == [["bolt"], ["clock"], ["person"], []]
    assert len({frame[:3] for frame in looks}) == 4


def test_what_is_not_registered_is_red_and_says_so():
    picture = Picture(graph_of(shop(), registered=RegisteredNames({}, set(), set())))
    edge = picture.edge("paid", "shipped")
    red = [text.text for text in edge.iter("{*}text") if text.get("fill") == style.MISSING]
    assert " ".join(red) == "run Mail/Shipped (not registered)"
    assert "missing" in edge.get("class")
    fine = Picture(graph_of(shop(), registered=ALL_REGISTERED))
    assert style.MISSING not in fine.svg
    assert "run Mail/Shipped (per item)" in words(fine.edge("paid", "shipped"))


def test_a_highlighted_state_stands_out():
    picture = Picture(graph_of(shop(), highlight="shipped"))
    assert [g.get("data-state") for g in picture.groups("highlighted")] == ["shipped"]
    (halo,) = [r for r in picture.root.iter("{*}rect") if r.get("class") == "halo"]
    x, y, *_ = rect_of(picture.state("shipped"))
    assert (float(halo.get("x")), float(halo.get("y"))) == pytest.approx((x - 5, y - 5))


def test_counts_are_badges():
    picture = Picture(graph_of(shop(), counts={"paid": 4321, "lost": 2}))
    assert "4321" in words(picture.state("paid"))
    assert not [r for r in picture.state("new").iter("{*}rect") if r.get("class") == "badge"]
    assert "lost (2)" in words(picture.groups("head")[0])


def test_the_legend_explains_the_signs_in_use_and_no_others():
    full = words(Picture(graph_of(shop())).groups("legend")[0])
    assert "taken out of what can be sold" in full
    assert "the last in the file wins" in full
    assert "highlighted" not in full
    process = build([state("a"), state("b")], [event("go")], [("a", "b", "go", None, False)], initial=None)
    plain = words(Picture(graph_of(process)).groups("legend")[0])
    assert plain == "Legend final: no way out event fired only by a call or an import"
    assert Picture(graph_of(shop()), legend=False).groups("legend") == []


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_name_can_be_drawn_and_read_back(text, layout):
    picture = Picture(graph_of(nasty(text)), layout)
    shown = " ".join(re.sub("[\0\a\ud800]", "\ufffd", text).split())
    assert picture.states == [shown, f"{shown}2"]
    drawn = picture.state(shown)
    assert title(drawn).splitlines()[0] == shown
    assert words(drawn).replace(" ", "").startswith(shown.replace(" ", ""))


@pytest.mark.parametrize("text", ["W" * 200, "i" * 80, "Wort " * 30, "状態" * 40])
def test_text_never_leaves_its_box(text):
    picture = Picture(graph_of(nasty(text)))
    checked = 0
    for group in (*picture.groups("state"), *picture.groups("edge")):
        if group.find("{*}rect") is None:
            continue
        x, y, width, height = rect_of(group)
        for line in group.iter("{*}text"):
            left, length = float(line.get("x")), float(line.get("textLength") or 0)
            assert x <= left and left + length <= x + width
            assert y <= float(line.get("y")) <= y + height
            checked += 1
    assert checked > 5


def test_the_same_process_gives_the_same_picture():
    assert Picture(graph_of(shop())).svg == Picture(graph_of(shop())).svg


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("states", [[], [state("alone")]])
def test_a_process_without_transitions_can_be_drawn(states, layout):
    picture = Picture(graph_of(build(states)), layout)
    assert picture.states == [s.name for s in states]
    assert "Orders" in words(picture.root)


def test_a_picture_without_a_main_path_still_shows_all_states():
    process = build([state("a"), state("b"), state("c")], [], [("b", "c", None, None, False)], initial=None)
    assert sorted(Picture(graph_of(process)).states) == ["a", "b", "c"]


def test_a_very_large_process_is_drawn_in_haste():
    names = [f"state {number}" for number in range(250)]
    ways = [(a, b, None, "Next", True) for a, b in pairwise(names)]
    ways += [(name, names[-1], None, "Stop", False) for name in names[:-2:2]]
    process = build([state(name) for name in names], [], ways)
    assert len(Picture(graph_of(process)).states) == 250
