"""BPMN as a process: what is kept, and what is refused at its line."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.definition import load_process
from engine.design import convert_process

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
)


def flow(source, target, condition=None, name=""):
    inner = "" if condition is None else f"<conditionExpression>{condition}</conditionExpression>"
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<sequenceFlow id="{source}-{target}" name="{name}" {ends}>{inner}</sequenceFlow>'


def task(name, kind="userTask", inner="", **attributes):
    shown = "".join(f' {key.replace("__", ":")}="{value}"' for key, value in attributes.items())
    return f'<{kind} id="{name}" name="{name}"{shown}>{inner}</{kind}>'


START, END = '<startEvent id="start" name="start"/>', '<endEvent id="end" name="end"/>'


def chain(*names):
    return "".join(flow(a, b) for a, b in pairwise(names))


@pytest.fixture
def convert(tmp_path):
    def converted(*parts, outside="", **options):
        path = tmp_path / "Order.bpmn"
        body = "\n".join(parts)
        path.write_text(f'{HEAD}\n{outside}\n<process id="p" name="Order">\n{body}\n</process></definitions>')
        return convert_process(path, **options)

    return converted


@pytest.fixture
def model(convert, tmp_path):
    """The process, which must be free of errors: its ways and events by name."""

    def loaded(*parts, **options):
        found = convert(*parts, **options)
        assert found.text is not None, found.notices
        path = tmp_path / f"{found.name}.xml"
        path.write_text(found.text)
        result = load_process(path)
        assert result.process is not None, result.findings
        process = result.process
        names = [state.name for state in process.states]
        ways = [
            (
                names[way.source],
                names[way.target],
                None if way.event is None else process.events[way.event].name,
                way.condition,
            )
            for way in process.transitions
        ]
        return process, ways, process.event_by_name

    return loaded


def refusals(found):
    return [(n.location.line, n.message) for n in found.notices if n.kind == "refused"]


def test_tasks_are_states_with_the_event_that_ends_them(model):
    process, ways, events = model(
        START,
        task("pay"),
        task("book", "serviceTask", camunda__topic="books"),
        END,
        chain("start", "pay", "book", "end"),
    )
    assert process.states[process.initial].name == "start"
    assert ways == [
        ("start", "pay", "leave start", None),
        ("pay", "book", "pay", None),
        ("book", "end", "book: done", None),
    ]
    assert events["pay"].manual and events["book: done"].on_enter
    assert events["book: done"].command == "books"


@pytest.mark.parametrize(
    ("part", "command"),
    [
        (
            task(
                "do",
                "serviceTask",
                inner='<extensionElements><zeebe:taskDefinition type="z"/></extensionElements>',
            ),
            "z",
        ),
        (task("do", "serviceTask", camunda__delegateExpression="${bean}"), "${bean}"),
        (task("do", "serviceTask", **{"camunda__class": "a.B"}), "a.B"),
        (task("do", "serviceTask"), "do"),
        (task("do", "scriptTask", inner="<script>x = 1</script>"), "do"),
        (task("do", "businessRuleTask", camunda__decisionRef="d"), "d"),
    ],
)
def test_what_a_task_runs_is_the_name_of_a_command(model, part, command):
    _, _, events = model(START, part, END, chain("start", "do", "end"))
    assert events["do: done"].command == command


def test_an_exclusive_gateway_is_conditions_with_the_default_last(model):
    _, ways, _ = model(
        START,
        task("check"),
        '<exclusiveGateway id="g" default="g-end"/>',
        END,
        task("more"),
        chain("start", "check", "g"),
        flow("g", "end"),
        flow("g", "more", "${!approved}"),
        flow("more", "end"),
    )
    assert ways[1:3] == [("check", "more", "check", "not approved"), ("check", "end", "check", None)]


def test_gateways_behind_each_other_join_their_conditions(model):
    _, ways, _ = model(
        START,
        task("check"),
        '<exclusiveGateway id="g" default="g-end"/><exclusiveGateway id="h" default="h-b"/>',
        END,
        task("a"),
        task("b"),
        chain("start", "check", "g"),
        flow("g", "h", "${paid}"),
        flow("g", "end"),
        flow("h", "a", "= large"),
        flow("h", "b"),
        chain("a", "end"),
        chain("b", "end"),
    )
    assert [way[1:] for way in ways if way[0] == "check"] == [
        ("a", "check", "paid and large"),
        ("b", "check", "paid"),
        ("end", "check", None),
    ]


def test_nobody_says_how_a_gateway_decides_so_somebody_does(model, convert):
    parts = (START, task("look"), '<exclusiveGateway id="g" name="good?"/>', END, task("again"))
    flows = (
        chain("start", "look", "g"),
        flow("g", "end", name="yes"),
        flow("g", "again", name="no"),
        chain("again", "end"),
    )
    _, ways, events = model(*parts, *flows)
    assert ("good?", "end", "yes", None) in ways and ("good?", "again", "no", None) in ways
    assert events["yes"].manual
    unnamed = convert(*parts, chain("start", "look", "g", "end"), flow("g", "again"))
    assert [line for line, _ in refusals(unnamed)] == [6]


def timer(text, kind="timeDuration"):
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def test_messages_and_timers_are_waited_for(model):
    _, ways, events = model(
        START,
        '<intermediateCatchEvent id="m" name="x"><messageEventDefinition messageRef="m1"/>'
        "</intermediateCatchEvent>",
        f'<intermediateCatchEvent id="t" name="a day">{timer("P1D")}</intermediateCatchEvent>',
        END,
        chain("start", "m", "t", "end"),
        outside='<message id="m1" name="money came"/>',
    )
    assert events["money came"].manual and events["a day"].timeout == "P1D"
    assert ways[1:] == [("x", "a day", "money came", None), ("a day", "end", "a day", None)]


def test_what_ends_a_task_from_outside_is_an_event_of_its_state(model):
    _, ways, events = model(
        START,
        task("pack"),
        END,
        f'<boundaryEvent id="b" attachedToRef="pack" name="too late">{timer("PT2H")}</boundaryEvent>',
        '<boundaryEvent id="c" attachedToRef="pack" name="broken"><errorEventDefinition/></boundaryEvent>',
        task("tell"),
        chain("start", "pack", "end"),
        flow("b", "tell"),
        flow("c", "tell"),
        flow("tell", "end"),
    )
    assert ("pack", "tell", "too late", None) in ways and ("pack", "tell", "broken", None) in ways
    assert events["too late"].timeout == "PT2H"
    assert not events["broken"].manual


def test_the_first_of_several_events_decides(model):
    _, ways, _ = model(
        START,
        '<eventBasedGateway id="g" name="either"/>',
        '<intermediateCatchEvent id="m" name="paid"><messageEventDefinition/></intermediateCatchEvent>',
        f'<intermediateCatchEvent id="t" name="never paid">{timer("P7D")}</intermediateCatchEvent>',
        END,
        task("ship"),
        chain("start", "g", "m", "ship", "end"),
        chain("g", "t", "end"),
    )
    assert ("either", "ship", "paid", None) in ways and ("either", "end", "never paid", None) in ways


def test_a_part_is_unfolded_with_its_name_before_its_states(model):
    part = f'<startEvent id="in"/>{task("pick")}<endEvent id="out"/>{chain("in", "pick", "out")}'
    _, ways, _ = model(
        '<startEvent id="s" name="s"/>',
        f'<subProcess id="ship" name="Ship">{part}</subProcess>',
        END,
        f'<boundaryEvent id="b" attachedToRef="ship" name="late">{timer("P1D")}</boundaryEvent>',
        chain("s", "ship", "end"),
        flow("b", "end"),
    )
    assert ways == [
        ("s", "Ship - pick", "leave s", None),
        ("Ship - pick", "end", "pick", None),
        ("Ship - pick", "end", "late", None),
    ]


def test_a_called_process_is_unfolded_when_its_file_is_given(convert, tmp_path):
    call = (
        START,
        '<callActivity id="c" name="Ship" calledElement="shipping"/>',
        END,
        chain("start", "c", "end"),
    )
    assert "shipping" in refusals(convert(*call))[0][1]
    other = tmp_path / "ship.bpmn"
    inner = f"{START}{task('hand over')}{END}{chain('start', 'hand over', 'end')}"
    other.write_text(f'{HEAD}<process id="shipping">{inner}</process></definitions>')
    found = convert(*call, others=[other])
    assert '<state name="Ship - hand over"/>' in found.text


@pytest.mark.parametrize(
    ("part", "word"),
    [
        ('<parallelGateway id="x"/>', "side by side"),
        ('<inclusiveGateway id="x"/>', "at once"),
        (task("x"), "several flows"),
        (task("x", inner="<multiInstanceLoopCharacteristics/>"), "several times"),
        ('<intermediateCatchEvent id="x"><signalEventDefinition/></intermediateCatchEvent>', "signal"),
        (f'<intermediateCatchEvent id="x">{timer("R3/PT1H", "timeCycle")}</intermediateCatchEvent>', "span"),
        (f'<intermediateCatchEvent id="x">{timer("soon")}</intermediateCatchEvent>', "no span"),
        ('<choreographyTask id="x"/>', "not known"),
        ('<adHocSubProcess id="x"/>', "any order"),
        ('<subProcess id="x" triggeredByEvent="true"/>', "while the rest"),
        ('<callActivity id="x" calledElement="other"/>', "several flows"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_line(convert, part, word):
    found = convert(START, END, part, task("y"), chain("start", "x", "end"), flow("x", "y"), flow("y", "end"))
    assert found.text is None
    assert any(line == 6 and word in message for line, message in refusals(found)), found.notices


def test_a_boundary_event_that_does_not_interrupt_is_refused(convert):
    boundary = (
        f'<boundaryEvent id="b" attachedToRef="pack" cancelActivity="false">{timer("PT2H")}</boundaryEvent>'
    )
    found = convert(START, task("pack"), END, boundary, chain("start", "pack", "end"), flow("b", "end"))
    assert [line for line, _ in refusals(found)] == [7]


def test_one_of_several_processes_is_asked_for(convert):
    other = f'<process id="q" name="Return">{START}{END}{chain("start", "end")}</process>'
    parts = (START, END, chain("start", "end"))
    assert "Return" in refusals(convert(*parts, outside=other))[0][1]
    assert convert(*parts, outside=other, process="Return").name == "Return"
    assert "Refund" in refusals(convert(*parts, outside=other, process="Refund"))[0][1]


def test_gateways_alone_in_a_circle_are_refused_and_so_is_a_long_row_of_them(convert):
    circle = (START, '<exclusiveGateway id="g"/><exclusiveGateway id="h"/>', chain("start", "g", "h", "g"))
    assert "circle" in refusals(convert(*circle))[0][1]
    names = [f"g{n}" for n in range(40)]
    gates = "".join(f'<exclusiveGateway id="{n}" default="{n}-{m}"/>' for n, m in pairwise(names))
    twice = "".join(
        flow(a, b) + flow(a, b, "x").replace(f'id="{a}-{b}"', f'id="{a}-{b}-2"') for a, b in pairwise(names)
    )
    found = convert(
        START, END, gates, '<exclusiveGateway id="g39"/>', chain("start", "g0"), twice, flow("g39", "end")
    )
    assert "too many" in refusals(found)[0][1]


def test_names_are_folded_and_told_apart(model):
    process, _, _ = model(
        START,
        task("a").replace('name="a"', 'name=" Pick&#10;  up "'),
        task("b").replace('name="b"', 'name="Pick up"'),
        END,
        chain("start", "a", "b", "end"),
    )
    assert [state.name for state in process.states][1:3] == ["Pick up", "Pick up 2"]


def test_what_is_dropped_is_told_once(convert):
    found = convert('<laneSet id="l"><lane id="l1"/></laneSet>', START, END, chain("start", "end"))
    assert [n.message for n in found.notices if n.kind == "dropped"] == [
        "There are lanes, which have no meaning here."
    ]
    assert any("reserved" in n.remedy for n in found.notices)
