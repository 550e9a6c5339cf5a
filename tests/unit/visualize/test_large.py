"""Processes that are too large for one look: parts, folding, what is around a state, repeated ends, other looks."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from engine.definition import STOCK_RULES, stock_findings
from tests.unit.visualize.reading import Picture, title
from tests.unit.visualize.sample import build, event, shop, state
from visualize import (
    PAGE_WIDTH,
    Look,
    Mark,
    NodeKind,
    Step,
    around,
    collapsed,
    graph_of,
    passed_graph,
    render,
    repeated,
    to_html,
    to_svg,
)
from visualize.sheets import sheet_of
from visualize.themes import DARK


def chain(number):
    """A long way with a way out to one end at each step, and a subprocess at every fifth."""
    names = [f"state {n}" for n in range(number)]
    states = [
        state(name, "Part" if n % 5 == 4 else "Orders", reserved=n % 2 == 1) for n, name in enumerate(names)
    ]
    ways = [(a, b, "go", None, True) for a, b in pairwise(names)]
    ways += [(name, "cancelled", "cancel", None, False) for name in names]
    ways += [(name, names[0], "again", "Shop/IsAgain", False) for name in names[3::3]]
    events = [event("go", manual=True, command="Shop/Go"), event("cancel", timeout="1 day"), event("again")]
    return build([*states, state("cancelled")], events, ways)


def tree(number):
    """Every state leads to three others: as wide as it gets."""
    names = [f"state {n}" for n in range(number)]
    ways = [(names[(n - 1) // 3], name, "go", f"Shop/Is{n}", n % 3 == 1) for n, name in enumerate(names) if n]
    return build([state(name) for name in names], [event("go", manual=True)], ways)


@pytest.fixture(scope="module")
def large():
    return repeated(graph_of(tree(40)))


@pytest.fixture(scope="module")
def in_parts(large):
    return Picture(large, look=Look("wasi", width=PAGE_WIDTH))


def test_at_the_width_of_a_page_no_text_is_under_nine_pixels(in_parts):
    shown = min(1.0, PAGE_WIDTH / float(in_parts.root.get("width")))
    sizes = [float(text.get("font-size")) for text in in_parts.root.iter("{*}text")]
    assert min(sizes) * shown >= 9
    assert len(in_parts.groups("part")) > 1


def test_the_parts_have_every_state_once_and_every_way(large, in_parts):
    states = [node.name for node in large.nodes if node.kind is NodeKind.STATE]
    assert sorted(in_parts.states) == sorted(states)
    assert len(in_parts.groups("edge")) == len(large.edges)


def test_a_way_into_another_part_ends_in_a_mark_with_its_number(in_parts):
    marks = [title(group) for group in in_parts.groups("reference")]
    assert any(re.search(r"part \d", mark) for mark in marks)


def test_in_one_piece_it_is_as_wide_as_it_is(large):
    assert Picture(large, look=Look("wasi")).groups("part") == []


def test_a_state_that_many_ways_lead_to_is_drawn_again_at_their_ends():
    graph = graph_of(chain(20))
    again = repeated(graph)
    marks = [node for node in again.nodes if node.kind is NodeKind.REFERENCE]
    assert {node.name for node in marks} == {"cancelled", "state 0"}
    assert sum(edge.target == "cancelled" for edge in again.edges) == 1
    assert len(again.edges) == len(graph.edges)
    assert repeated(graph_of(chain(6))) == graph_of(chain(6))


def test_around_a_state_shows_what_is_so_many_ways_before_and_behind_it():
    graph = around(graph_of(shop()), ["paid"], 1)
    assert {node.name for node in graph.nodes if node.kind is NodeKind.STATE} == {
        "payment pending",
        "paid",
        "shipped",
    }
    assert graph.notes == ("Only a part: 3 of 7 states.",)
    (pending,) = [node for node in graph.nodes if node.name == "payment pending"]
    assert pending.lines[-1].text == "1 more way not shown"


def test_a_decision_is_no_way_of_its_own():
    graph = around(graph_of(shop()), ["new"], 1)
    assert {"payment pending", "invalid"} <= {node.name for node in graph.nodes}


def test_a_folded_subprocess_is_one_box_with_the_ways_that_cross_it():
    graph = collapsed(graph_of(shop()))
    (box,) = [node for node in graph.nodes if node.kind is NodeKind.FOLDED]
    assert (box.name, box.lines[1].text) == ("Return", "1 state, folded")
    assert [edge.target for edge in graph.edges if edge.source == "delivered"] == [box.id]
    assert "return asked" not in {node.name for node in graph.nodes}
    assert collapsed(graph_of(shop()), []) == graph_of(shop())


def test_a_way_out_of_a_folded_decision_says_what_leads_to_it():
    process = build(
        [state("a", "In"), state("b"), state("c")],
        [event("go", manual=True)],
        [("a", "b", "go", "Shop/IsFine", False), ("a", "c", "go", None, False)],
    )
    said = {edge.target: [line.text for line in edge.lines] for edge in collapsed(graph_of(process)).edges}
    assert said["b"] == ["go", "manual", "if Shop/IsFine"]
    assert said["c"] == ["go", "manual", "else"]


def test_ways_lead_to_the_right_when_asked():
    places = {}
    for direction in ("down", "right"):
        root = Picture(graph_of(shop()), look=Look("wasi", direction=direction)).root
        places[direction] = float(root.get("width")) / float(root.get("height"))
    assert places["right"] > 1 > places["down"]


def test_the_dark_palette_leaves_no_light_colour():
    svg = to_svg(graph_of(shop(), highlight="paid", counts={"paid": 2}), look=Look("wasi", theme="dark"))
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-F]{6})"', svg))
    assert used and used <= set(DARK.values())


def test_auto_leaves_the_choice_to_the_reader():
    svg = to_svg(graph_of(shop()), look=Look("wasi", theme="auto"))
    assert "prefers-color-scheme: dark" in svg
    assert 'fill="#FFFFFF"' in svg


@pytest.mark.parametrize(
    ("width", "height", "pages"), [(300, 400, 1), (540, 786, 1), (540, 2000, 3), (3000, 700, 3)]
)
def test_a_picture_lies_on_as_few_pages_as_can_be_read(width, height, pages):
    sheet = sheet_of(width, height, "a4")
    assert len(list(sheet.tiles())) == pages
    assert sheet.scale >= 0.75


def test_the_pages_have_the_whole_picture():
    sheet = sheet_of(3000, 2500, "a4")
    last = (sheet.columns - 1, sheet.rows - 1)
    x, y = sheet.origin(*last)
    assert x + 3000 * sheet.scale <= sheet.page_width - sheet.margin + 0.1
    assert y >= sheet.margin - 0.1


def test_a_pdf_on_paper_has_pages_of_that_paper_and_is_the_same_every_time(large):
    look = Look("wasi", paper="a4")
    pdf = render(large, "pdf", look=look)
    assert len(re.findall(rb"/Type /Page\b", pdf)) > 1
    assert pdf == render(large, "pdf", look=look)
    assert b"595.28" in pdf or b"841.89" in pdf


def test_the_picture_says_where_it_comes_from():
    picture = Picture(graph_of(shop(), stamp=("version abc", "shop.xml", "2026-01-02")))
    (stamp,) = picture.groups("stamp")
    assert "version abc \u00b7 shop.xml \u00b7 2026-01-02" in "".join(stamp.itertext())


def test_heat_shades_the_states_and_says_what_it_means():
    graph = graph_of(shop(), heat={"paid": (1.0, "12 items"), "new": (0.2, "3 items")})
    picture = Picture(graph)
    fills = {name: picture.state(name).find("{*}rect").get("fill") for name in picture.states}
    assert len({fills["paid"], fills["new"], fills["shipped"]}) == 3
    assert "12 items" in title(picture.state("paid"))
    assert picture.groups("sample", "heat")


def test_what_checks_of_stock_find_is_marked_where_it_is():
    gap = build(
        [state("new", reserved=True), state("away"), state("back", reserved=True)],
        [event("go", manual=True), event("stop", timeout="1 day")],
        [
            ("new", "away", "go", None, True),
            ("away", "back", "go", None, False),
            ("back", "away", "stop", None, False),
        ],
    )
    process, findings = stock_findings(gap)
    assert {finding.rule for finding in findings} <= STOCK_RULES
    picture = Picture(graph_of(process, findings=findings))
    assert "reservation gap" in title(picture.state("away"))
    assert "reservation gap" not in (title(picture.state("new")) or "")
    (remarks,) = picture.groups("remarks")
    assert "reservation-gap" in "".join(remarks.itertext())


def test_the_way_of_an_item_is_numbered_in_the_picture_and_told_below():
    steps = [
        Step(None, "new", None, "placed"),
        Step("new", "payment pending", "authorize", "authorized"),
        Step("payment pending", "shipped", None, "forced"),
    ]
    graph = passed_graph(shop(), steps)
    marked = {node.name: node.numbers for node in graph.nodes if node.mark is Mark.TAKEN}
    assert {name: marked[name] for name in ("new", "payment pending", "shipped")} == {
        "new": (1,),
        "payment pending": (2,),
        "shipped": (3,),
    }
    assert [edge.numbers for edge in graph.edges if edge.numbers] == [(2,)]
    assert [remark.text for remark in graph.remarks] == ["placed", "authorized", "forced"]
    assert [node.name for node in graph.nodes if node.highlighted] == ["shipped"]


def test_a_page_folds_finds_paths_and_asks_nobody(large):
    page = to_html(graph_of(chain(40)), layout="wasi")
    assert len(page) < 1_000_000
    assert 'data-fold="Part"' in page
    assert 'id="paths"' in page and 'id="overview"' in page
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert page.count("<svg") == 2
