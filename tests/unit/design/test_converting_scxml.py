"""State charts as processes: what is kept, and what is refused at its line."""

from __future__ import annotations

import pytest

from engine.definition import load_process
from engine.design import convert_process

HEAD = '<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="Order"'


@pytest.fixture
def convert(tmp_path):
    def converted(*parts, attributes=""):
        path = tmp_path / "Order.scxml"
        path.write_text(f"{HEAD} {attributes}>\n" + "\n".join(parts) + "\n</scxml>")
        return convert_process(path)

    return converted


@pytest.fixture
def model(convert, tmp_path):
    def loaded(*parts, **options):
        found = convert(*parts, **options)
        assert found.text is not None, found.notices
        path = tmp_path / "Order.xml"
        path.write_text(found.text)
        result = load_process(path)
        assert result.process is not None, result.findings
        process = result.process
        names = [state.name for state in process.states]
        events = process.events
        ways = [
            (names[w.source], names[w.target], None if w.event is None else events[w.event].name, w.condition)
            for w in process.transitions
        ]
        return process, ways, process.event_by_name

    return loaded


def refusals(found):
    return [(n.location.line, n.message) for n in found.notices if n.kind == "refused"]


def go(target, event=None, cond=None):
    shown = (f' event="{event}"' if event is not None else "") + (f' cond="{cond}"' if cond else "")
    return f'<transition{shown} target="{target}"/>'


DONE = '<final id="done"/>'


def test_flat_states_events_and_conditions_by_name(model):
    process, ways, events = model(
        f'<state id="new">{go("paid", "pay", "isPaid")}{go("done", "pay")}</state>',
        f'<state id="paid">{go("done", "ship")}</state>',
        DONE,
        attributes='initial="paid"',
    )
    assert process.states[process.initial].name == "paid"
    assert ways == [
        ("new", "paid", "pay", "isPaid"),
        ("new", "done", "pay", None),
        ("paid", "done", "ship", None),
    ]
    assert events["pay"].manual


def test_nested_states_are_their_leaves_with_the_ways_of_their_parents_behind_their_own(model):
    process, ways, _ = model(
        f'<state id="open" initial="b">{go("done", "cancel")}',
        f'<state id="a">{go("b", "next")}</state><state id="b">{go("a", "cancel")}</state></state>',
        DONE,
    )
    assert process.states[process.initial].name == "b"
    assert ways == [("a", "b", "next", None), ("a", "done", "cancel", None), ("b", "a", "cancel", None)]


def test_what_follows_a_way_without_condition_is_dead_and_told(convert, model):
    dead = (
        f'<state id="a">{go("b", "x")}{go("done", "x", "c")}</state>',
        f'<state id="b">{go("done", "y")}</state>',
        DONE,
    )
    assert model(*dead)[1] == [("a", "b", "x", None), ("b", "done", "y", None)]
    assert any("always takes x" in n.message for n in convert(*dead).notices)


def test_a_delay_that_is_cancelled_on_leaving_is_a_timeout(model, convert):
    send = '<onentry><send id="t" event="late" delay="{}"/></onentry>'
    state = f'<state id="a">{send}<onexit><cancel sendid="t"/></onexit>{go("done", "late")}</state>'
    _, _, events = model(state.format("90s"), DONE)
    assert (events["late"].timeout, events["late"].manual) == ("90 sec", False)
    assert model(state.format("1500ms"), DONE)[2]["late"].timeout == "1500 ms"
    assert "later" not in " ".join(n.message for n in convert(state.format("1s"), DONE).notices)
    loose = convert(state.format("1s").replace('<onexit><cancel sendid="t"/></onexit>', ""), DONE)
    assert any("not cancelled" in n.message for n in loose.notices)
    assert refusals(convert(state.format("soon"), DONE))[0][0] == 2


def test_eventless_ways(model):
    _, ways, events = model(
        f'<state id="a">{go("b", None, "c")}{go("done")}</state>',
        f'<state id="b">{go("done", None, "d")}</state>',
        DONE,
    )
    assert ways == [("a", "b", "leave a", "c"), ("a", "done", "leave a", None), ("b", "done", None, "d")]
    assert events["leave a"].on_enter


def test_an_event_that_is_raised_on_entering_fires_by_itself(model):
    state = f'<state id="a"><onentry><raise event="go"/></onentry>{go("b", "go")}</state>'
    _, ways, events = model(state, f'<state id="b">{go("done", "go")}</state>', DONE)
    assert events["go"].on_enter
    assert ways[1] == ("b", "done", "go (b)", None) and events["go (b)"].manual


def test_the_end_of_a_nested_state(model):
    inner = f'<state id="w">{go("e", "x")}</state><final id="e"/>'
    _, ways, _ = model(f'<state id="part">{inner}{go("done", "done.state.part")}</state>', DONE)
    assert ways == [("w", "e", "x", None), ("e", "done", "done.state.part", None)]


def test_several_events_and_beginnings_of_events(model):
    _, ways, _ = model(
        f'<state id="a">{go("b", "x y")}</state>',
        f'<state id="b">{go("done", "pay.*")}{go("a", "pay.card")}</state>',
        DONE,
    )
    assert [way[2] for way in ways] == ["x", "y", "pay.card"]


@pytest.mark.parametrize(
    ("part", "word"),
    [
        ('<parallel id="p"/>', "parallel"),
        ('<state id="p"><history id="h"/></state>', "history"),
        ('<state id="p"><invoke type="x"/></state>', "invoke"),
        (f'<state id="p">{go("a done", "x")}</state>', "several targets"),
        (f'<state id="p">{go("nowhere", "x")}</state>', "nowhere"),
        (f'<state id="p">{go("done", "")}</state>', 'event=""'),
        (f'<state id="p">{go("done", "*")}</state>', "any event"),
        ('<state id="p"><transition events="x" target="done"/></state>', '"events"'),
        ('<state id="p"><transitions/></state>', "no element"),
        ('<state id="a"/>', "two states"),
        ('<state id="p"><transition/></state>', "for ever"),
        (
            f'<state id="p"><onentry><assign location="n" expr="1"/></onentry>{go("done", "x", "n == 1")}</state>',
            '"n"',
        ),
        ('<state id="p"><onentry><if cond="c"><raise event="x"/></if></onentry></state>', "decides"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_line(convert, part, word):
    found = convert(f'<state id="a">{go("done", "x")}</state>', DONE, part)
    assert found.text is None
    assert any(line == 4 and word in message for line, message in refusals(found)), found.notices


def test_another_file_is_neither(tmp_path):
    path = tmp_path / "x.xml"
    path.write_text("<html/>")
    assert "neither" in refusals(convert_process(path))[0][1]
    path.write_text('<!DOCTYPE scxml [<!ENTITY a "b">]><scxml/>')
    assert "document type" in refusals(convert_process(path))[0][1]
    assert "cannot be read" in refusals(convert_process(tmp_path / "none"))[0][1]
