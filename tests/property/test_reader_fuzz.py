"""No input makes the readers fail otherwise than with findings, hang, or take much memory.

Trees of the words of the format in any order, raw bytes, and files as people write them with some of their bytes
changed; what comes through is drawn, compared and written again. Hostile files are read in a process of their own,
which tells how much memory it took.
"""

# ruff: noqa: E501 - files as people write them have long lines

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.definition import laid_out, load_process, show_findings, stock_findings
from engine.design import convert_process, diff_processes
from processes import definition_folder
from visualize import compared_graph, graph_of, to_dot, to_mermaid

ROOT = Path(__file__).parents[2]
PATIENT = settings(
    deadline=5_000,
    max_examples=120,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TAGS = (
    *("statemachine", "process", "subprocesses", "states", "state", "flag", "transitions", "transition"),
    *("source", "target", "event", "events", "stats", "x:state", "State"),
)
ATTRIBUTES = (
    *("name", "main", "file", "prefix", "display", "reserved", "initial", "hold", "condition", "happy"),
    *("onEnter", "manual", "command", "timeout", "timeoutProcessor", "reserve", "xmlns:y", "y:name"),
)
VALUES = st.one_of(
    st.sampled_from(
        (
            *(
                "a",
                "b",
                "new",
                "true",
                "false",
                "1",
                "yes",
                "",
                " a ",
                "a\n",
                "Main.xml",
                "../x",
                "/etc/passwd",
            ),
            *("1 day", "14days", "P1D", "next week", "-1 day", "9" * 40 + " years", "rule:x", "stock-update"),
            *("cancel", "A - b", "\u202e", "\u0130", "'\"<&>", "x" * 300, "Part", "P9999999Y", "1e9 days"),
        )
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=8),
)
OWN = ' xmlns="urn:earmark:process:1"'


@st.composite
def elements(draw: st.DrawFn, depth: int = 4) -> str:
    """An element of the format with any attributes and any content."""
    tag = draw(st.sampled_from(TAGS))
    names = draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=4, unique=True))
    shown = "".join(f" {name}={quoteattr(draw(VALUES))}" for name in names)
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return f"<{tag}{shown}>{escape(draw(VALUES))}</{tag}>"
    inner = draw(st.lists(elements(depth - 1), max_size=4))
    return f"<{tag}{shown}>{''.join(inner)}</{tag}>"


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A file whose root may be right, with anything in it."""
    start = draw(
        st.sampled_from(("<statemachine", f"<statemachine{OWN}", '<statemachine xmlns="x"', "<scxml"))
    )
    spaces = ' xmlns:x="urn:x"'
    body = "".join(draw(st.lists(elements(), max_size=5)))
    whole = f"{start}{spaces}>{body}{start.split()[0].replace('<', '</')}>"
    return whole.encode(draw(st.sampled_from(("utf-8", "utf-8", "utf-16", "utf-8-sig"))), "replace")


def real(name: str) -> bytes:
    return definition_folder().joinpath(name).read_bytes()


REAL = (
    real("DummyPayment.xml"),
    real("Prepayment.xml"),
    real("DummySubprocess/Return.xml"),
    b"""<?xml version="1.0"?>
<statemachine xmlns="spryker:oms-01" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <process name="Main" main="true">
    <states><state name="new" reserved="true"><flag>cancellable</flag></state><state name="paid" display="a.b"/></states>
    <transitions><transition condition="A/B" happy="true"><source>new</source><target>paid</target><event>pay</event>
    </transition><transition><source>paid</source><target>new</target></transition></transitions>
    <events><event name="pay" onEnter="true" manual="true" command="A/C" timeout="14days"/></events>
    <subprocesses><process>Part</process></subprocesses>
  </process>
  <process name="Part" file="Part.xml" prefix="P"/>
</statemachine>""",
    b"""<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" initial="a">
  <state id="a" initial="b"><onentry><send id="t" event="late" delay="10s"/></onentry><onexit><cancel sendid="t"/></onexit>
    <transition event="late" target="end"/><state id="b"><transition event="x.* y" cond="ok" target="c"/></state>
    <state id="c"><transition target="end"/></state></state><final id="end"/></scxml>""",
    b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="Order">
  <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><userTask id="t" name="Pack"/>
  <boundaryEvent id="b" attachedToRef="t"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>
  </boundaryEvent><sequenceFlow id="g" sourceRef="b" targetRef="e"/><exclusiveGateway id="x" default="i"/>
  <sequenceFlow id="h" sourceRef="t" targetRef="x"/><sequenceFlow id="i" sourceRef="x" targetRef="e"/>
  <sequenceFlow id="j" sourceRef="x" targetRef="u"><conditionExpression>${a}</conditionExpression></sequenceFlow>
  <subProcess id="u"><startEvent id="v"/><sequenceFlow id="k" sourceRef="v" targetRef="w"/><serviceTask id="w"/>
  </subProcess><sequenceFlow id="l" sourceRef="u" targetRef="x"/><endEvent id="e"/></process></definitions>""",
)
SNIPPETS = (
    *(
        b"<",
        b">",
        b"</state>",
        b"<state/>",
        b'"',
        b"&",
        b"&#0;",
        b"&lt;",
        b"\x00",
        b"\xff\xfe",
        b"]]>",
        b"<![CDATA[",
    ),
    *(b"<!--", b"-->", b"<!DOCTYPE x>", b"<?xml?>", b"\r", b"\xc3", b'reserved="maybe"', b' name="new"'),
    *(b"<process file='Main.xml'/>", b"<transition><source>new</source></transition>", b"true", b"1 day"),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file as people write it, of which some bytes are changed, left out, doubled, moved or put in."""
    content = bytearray(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(1, 8))):
        at, length = draw(st.integers(0, max(len(content) - 1, 0))), draw(st.integers(1, 60))
        kind = draw(st.sampled_from(("change", "cut", "double", "insert", "swap", "end")))
        if kind == "change" and content:
            content[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at : at + length]
        elif kind == "double":
            content[at:at] = content[at : at + length] * draw(st.integers(1, 30))
        elif kind == "insert":
            content[at:at] = draw(st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=6)))
        elif kind == "swap":
            piece = content[at : at + length]
            del content[at : at + length]
            other = draw(st.integers(0, len(content)))
            content[other:other] = piece
        else:
            del content[at:]
    return bytes(content)


@given(st.one_of(documents(), mutated(), st.binary(max_size=400)))
@example(
    b"<statemachine><process name='Main'>"
    + b"<states>" * 200
    + b"</states>" * 200
    + b"</process></statemachine>"
)
@PATIENT
def test_every_file_is_read_with_findings_or_into_a_process_that_can_be_used(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Main.xml")
        path.write_bytes(content)
        Path(folder, "Part.xml").write_bytes(REAL[2])
        result = load_process(path)
        assert show_findings(result)["findings"] or result.process is not None
        assert all(finding.message and finding.location.file for finding in result.findings)
        laid_out(path)
        _convert(path)
        if result.process is not None:
            _use(result.process)


def _use(process):
    stock_findings(process)
    diff = diff_processes(process, process)
    assert diff.changes == ()
    to_dot(compared_graph(diff, []))
    to_mermaid(graph_of(process))


def _convert(path):
    found = convert_process(path)
    assert (found.text is None) == any(notice.kind == "refused" for notice in found.notices)
    if found.text is not None:
        written = path.with_name("Converted.xml")
        written.write_text(found.text, encoding="utf-8")
        broken = [f for f in load_process(written).findings if f.severity.value == "error"]
        assert broken == []


def repeated(
    piece: str, number: int, *, root: str = "<statemachine><process name='Main' main='true'>"
) -> bytes:
    ends = "</process></statemachine>"
    return (root + piece * number + ends).encode()


_FLOWS = "".join(
    f"<exclusiveGateway id='g{n}'/><sequenceFlow id='a{n}' sourceRef='g{n}' targetRef='g{n + 1}'/>"
    f"<sequenceFlow id='b{n}' sourceRef='g{n}' targetRef='g{n + 1}'><conditionExpression>x</conditionExpression></sequenceFlow>"
    for n in range(300)
)
_BPMN = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process id='p'>"
_MANY_STATES = "".join(f"<state name='s{n}' reserved='{'true' if n % 2 else 'false'}'/>" for n in range(4000))
_MANY_WAYS = "".join(
    f"<transition><source>s{n}</source><target>s{(n * 7 + 1) % 4000}</target></transition>"
    for n in range(12_000)
).replace("<source>s4", "<source>s3")
_ATTRIBUTES_OF_ONE = " ".join(f"a{n}='x'" for n in range(90))
_ALIKE = "".join(f"<state name='aaaaaaaaaaaaaaaaaaaa{n}'/>" for n in range(50))
HOSTILE = {
    "a tag that never ends": b"<statemachine " + b"a" * 4_000_000,
    "deep": b"<statemachine>" + b"<process>" * 100_000,
    "many elements": repeated("<states/>", 99_000),
    "too many elements": repeated("<states/>", 400_000),
    "many attributes": repeated(f"<state {_ATTRIBUTES_OF_ONE}/>", 3000),
    "a large text": repeated(f"<states>{'x ' * 1_000_000}</states>", 2),
    "large names": repeated(f"<states><state name='{'n' * 100_000}'/></states>", 40),
    "names that are nearly the same": repeated(
        "<transitions><transition><source>aaaaaaaaaaaaaaaaaaaab</source><target>aaaaaaaaac</target></transition></transitions>"
        + f"<states>{_ALIKE}</states>",
        200,
    ),
    "comments": repeated("<!-- earmark: ignore unused-event, x -->", 80_000),
    "an open comment": b"<statemachine><!--" + b"- " * 2_000_000,
    "entities": b"<!DOCTYPE a [<!ENTITY b '" + b"x" * 1000 + b"'>]><statemachine>" + b"&b;" * 100_000,
    "zeros": b"\x00" * 5_000_000,
    "quotes": b"<statemachine a='" + b"\"'" * 2_000_000,
    "many ways": repeated(f"<states>{_MANY_STATES}</states><transitions>{_MANY_WAYS}</transitions>", 1),
    "gateways": f"{_BPMN}<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='g0'/>{_FLOWS}"
    "<endEvent id='g300'/></process></definitions>".encode(),
    "parts in parts": "".join(
        [
            _BPMN,
            *(f"<subProcess id='x{n}'>" for n in range(240)),
            "</subProcess>" * 240,
            "</process></definitions>",
        ]
    ).encode(),
    "states in states": (
        "<scxml xmlns='http://www.w3.org/2005/07/scxml'>"
        + "".join(f"<state id='s{n}'><transition event='e{n}' target='s{n}'/>" for n in range(240))
        + "</state>" * 240
        + "</scxml>"
    ).encode(),
}
_READ = """
import resource, sys
from pathlib import Path
from engine.definition import load_process
from engine.design import convert_process
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
path = Path(sys.argv[1])
load_process(path), convert_process(path)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_maxrss - before, after.ru_utime + after.ru_stime)
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_neither_long_nor_much_memory(name, tmp_path):
    path = tmp_path / "Main.xml"
    path.write_bytes(HOSTILE[name])
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kibibytes, seconds = done.stdout.split()
    assert int(kibibytes) < 200 * 1024
    assert float(seconds) < 5 + 3  # of the processor, with the start of the interpreter
