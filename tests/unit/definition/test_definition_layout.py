"""Definitions in one layout: the meaning and the comments stay, and a second time nothing changes."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import earmark
from engine.definition import laid_out, load_process
from processes import definition_folder

TEMPLATES = sorted((Path(earmark.__file__).parent / "process_templates").glob("*.xml"))
SHIPPED = [*sorted(definition_folder().rglob("*.xml")), *TEMPLATES]


def anew(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    texts, findings = laid_out(path)
    assert findings == ()
    assert texts is not None
    assert texts[0] == text
    return texts[1]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shipped_has_this_layout(path):
    texts, _ = laid_out(path)
    assert texts is not None
    assert texts[0] == texts[1]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_a_process_without_a_finding_that_warns(path):
    result = load_process(path)
    assert result.process is not None
    assert result.process.name == path.stem
    assert [one.rule for one in result.findings if one.severity.value != "info"] == []


UGLY = """<?xml version='1.0'?>
<!-- the whole -->
<statemachine xmlns="urn:earmark:process:1" ><process main='true' name="A &amp; B"><states>
<!-- one -->
<state reserved="true" name="new"/>   <!-- beside -->
<state name='long'><flag> x
</flag></state>


<state
  name="end"/></states><transitions><transition happy="true"><source>new</source><target>end</target></transition>
</transitions></process></statemachine>
<!-- after -->"""

NEAT = """<?xml version="1.0" encoding="UTF-8"?>
<!-- the whole -->
<statemachine xmlns="urn:earmark:process:1">
    <process name="A &amp; B" main="true">
        <states>
            <!-- one -->
            <state name="new" reserved="true"/> <!-- beside -->
            <state name="long">
                <flag>x</flag>
            </state>

            <state name="end"/>
        </states>

        <transitions>
            <transition happy="true">
                <source>new</source>
                <target>end</target>
            </transition>
        </transitions>
    </process>
</statemachine>
<!-- after -->
"""


def test_an_ugly_file_becomes_a_neat_one_and_stays_it(tmp_path):
    assert anew(tmp_path / "A.xml", UGLY) == NEAT
    assert anew(tmp_path / "A.xml", NEAT) == NEAT


def test_prefixes_long_tags_instructions_and_stray_text_stay(tmp_path):
    text = """<p:statemachine xmlns:p="urn:earmark:process:1" xmlns:q="urn:q"><?keep this?>
<p:process name="P" q:more="1">loose<p:states/></p:process></p:statemachine>"""
    neat = anew(tmp_path / "A.xml", text)
    assert '<p:statemachine xmlns:p="urn:earmark:process:1" xmlns:q="urn:q">' in neat
    assert "    <?keep this?>\n" in neat
    assert '<p:process name="P" q:more="1">\n        loose\n        <p:states/>' in neat
    wide = NEAT.replace('name="end"', f'name="end" display="{"x" * 120}"')
    assert f'<state\n                name="end"\n                display="{"x" * 120}"/>' in anew(
        tmp_path / "A.xml", wide
    )


def test_what_cannot_be_read_is_told_and_left(tmp_path):
    path = tmp_path / "A.xml"
    path.write_text("<statemachine>")
    texts, findings = laid_out(path)
    assert texts is None
    assert [one.rule for one in findings] == ["xml-broken"]


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
_COMMENT = _TEXT.filter(lambda text: "--" not in text and not text.endswith("-")).map(
    lambda text: f"<!--{text}-->"
)
_SPACE = st.text("\n \t", max_size=4)
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["name", "reserved", "display", "zeal", "axe"]), _TEXT, max_size=4
)


@st.composite
def _elements(draw, depth=3):
    name = draw(st.sampled_from(["process", "states", "state", "flag", "transitions", "odd"]))
    tag = "".join([name, *(f" {key}={quoteattr(value)}" for key, value in draw(_ATTRIBUTES).items())])
    if depth == 0 or draw(st.booleans()):
        text = escape(draw(_TEXT))
        return f"<{tag}>{text}</{name}>" if text.strip() else f"<{tag}/>"
    inner = draw(st.lists(st.one_of(_elements(depth - 1), _COMMENT, _SPACE, _TEXT.map(escape)), max_size=4))
    return f"<{tag}>{''.join(inner)}</{name}>"


def _meaning(text: str) -> list[object]:
    """Elements, their attributes, their words and comments, in their order."""
    root = etree.fromstring(text.encode())
    found: list[object] = []
    for node in root.getroottree().iter():
        if isinstance(node, etree._Comment):
            found.append(("comment", node.text))
        else:
            words = [node.text, *(child.tail for child in node)]
            found.append(
                (node.tag, dict(node.attrib), [word.strip() for word in words if word and word.strip()])
            )
    return found


@given(_elements(), st.lists(_COMMENT, max_size=2))
def test_nothing_is_lost_and_a_second_time_nothing_changes(tmp_path_factory, root, comments):
    text = "\n".join([*comments, f"<statemachine>{root}</statemachine>"])
    path = tmp_path_factory.getbasetemp() / "any.xml"
    neat = anew(path, text)
    assert _meaning(neat) == _meaning(text)
    assert anew(path, neat) == neat
