"""What holds for every process file and every timeout text."""

from __future__ import annotations

import string
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.definition import (
    DurationInvalid,
    LoadResult,
    canonical_json,
    load_process,
    parse_duration,
    process_from_canonical,
)

XML_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff")
NAMES = st.text(XML_CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
BOOLEANS = st.booleans()


def load_text(text: str | bytes) -> LoadResult:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Main.xml")
        path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return load_process(path)


@st.composite
def machines(draw: st.DrawFn) -> tuple[list[str], list[str], list[str]]:
    """The elements of three sections of a valid process: states, transitions, events."""
    states = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    events = draw(st.lists(NAMES, max_size=4, unique=True))
    flag = st.sampled_from(["", ' reserved="true"', ' reserved="0"'])
    display = st.text(XML_CHARACTERS, max_size=5)
    manual = st.sampled_from(["", ' manual="true"'])
    shown = [
        f"<state name={quoteattr(name)}{draw(flag)} display={quoteattr(draw(display))}/>" for name in states
    ]
    declared = [
        f'<event name={quoteattr(name)}{draw(manual)} timeout="{draw(st.integers(1, 99))} day"/>'
        for name in events
    ]
    moves = []
    for _ in range(draw(st.integers(0, 8))):
        ends = [draw(st.sampled_from(states)) for _ in range(2)]
        on = f"<event>{escape(draw(st.sampled_from(events)))}</event>" if events and draw(BOOLEANS) else ""
        condition = f" condition={quoteattr(draw(NAMES))}" if draw(BOOLEANS) else ""
        moves.append(
            f"<transition{condition}><source>{escape(ends[0])}</source><target>{escape(ends[1])}</target>{on}</transition>"
        )
    return shown, moves, declared


def whole(sections: list[tuple[str, list[str]]], between: str = "") -> str:
    body = between.join(f"<{name}>{between.join(items)}</{name}>" for name, items in sections)
    return f'<statemachine><process name="Main" main="true">{between}{body}{between}</process></statemachine>'


@given(machines())
@settings(max_examples=60)
def test_a_valid_process_comes_back_from_its_canonical_json(elements):
    states, moves, events = elements
    result = load_text(whole([("states", states), ("transitions", moves), ("events", events)]))
    assert result.errors == ()
    again = process_from_canonical(canonical_json(result.process))
    assert again == result.process
    assert (len(again.states), len(again.transitions), len(again.events)) == tuple(map(len, elements))


@given(
    machines(),
    st.permutations(range(3)),
    st.sampled_from(["", "\n", "  <!-- > <x y='z'> -->\r\n", "<?p <a> ?>", "\t"]),
)
@settings(max_examples=60)
def test_the_version_does_not_depend_on_layout(elements, order, between):
    sections = list(zip(("states", "transitions", "events"), elements, strict=True))
    plain = load_text(whole(sections)).process
    laid_out = load_text(whole([sections[n] for n in order], between)).process
    assert laid_out.version == plain.version


@given(machines(), st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=40)
def test_every_place_is_where_the_element_starts(elements, line_end):
    states, moves, events = elements
    lines = ["<statemachine><process name='Main'>"]
    for name, items in (("states", states), ("transitions", moves), ("events", events)):
        lines += [f"<{name}>", *(f"<!-- <x> -->{item}" for item in items), f"</{name}>"]
    found = load_text(line_end.join([*lines, "</process></statemachine>"])).process
    expected = [n for n, line in enumerate(lines, start=1) if line.startswith("<!-- ")]
    places = [element.location for element in (*found.states, *found.transitions, *found.events)]
    assert [(place.line, place.column) for place in places] == [(line, 13) for line in expected]


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(
            st.sampled_from(
                [
                    *("<statemachine>", "</statemachine>", "<process>", "<process name='a' main='true'>"),
                    *("</process>", "<states>", "</states>", "<state name='a'/>", "<state>", "</state>"),
                    *("<transitions>", "</transitions>", "<transition>", "</transition>", "<source>a"),
                    *("</source>", "<target>a</target>", "<event/>", "<!--", "-->", "<![CDATA[", "]]>"),
                    *("<!DOCTYPE a>", "<?xml version='1.0'?>", "&x;", "&#0;", "text", "<process file='b'/>"),
                    *("<process file='Main.xml' prefix='p'/>", "\x00", "é", "<a:b/>", "xmlns:a='b'"),
                ]
            ),
            max_size=25,
        ).map(lambda parts: "".join(parts).encode()),
    )
)
@settings(max_examples=300)
@example(b"")
@example(b"\xff\xfe")
@example(b"<?xml version='1.0' encoding='utf-16'?><a/>")
def test_no_content_raises(data):
    result = load_text(data)
    assert (result.process is None) == bool(result.errors)
    assert result.findings


WORDS = st.sampled_from(
    [
        *("1", "2", "0", "-1", "+3", "99999999999", "14", "day", "days", "month", "hours", "weekday", "ago"),
        *("next", "last", "this", "second", "P", "T", "PT1H", "P1D", ",", ".", "µs", "É"),
    ]
)


@given(
    st.one_of(
        st.text(max_size=30),
        st.text(string.digits + "PTYMWDHS.,+- ", max_size=15),
        st.lists(WORDS, max_size=8).map(" ".join),
        st.lists(WORDS, max_size=8).map("".join),
    ),
    st.datetimes(datetime(1600, 1, 1), datetime(8000, 1, 1), timezones=st.just(UTC)),
)
@settings(max_examples=400)
def test_a_timeout_text_is_a_span_forward_or_refused(text, start):
    try:
        duration = parse_duration(text)
    except DurationInvalid:
        return
    end = duration.added_to(start)
    assert end > start
    exact = duration.microseconds_if_exact
    assert exact is None or end - start == timedelta(microseconds=exact)
