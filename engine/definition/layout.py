"""Writing a definition file in one layout: what it means, and what people have written beside it, stays.

Four blanks an indent, an element that holds a name on one line, attributes in one order, one empty line where there
were some and between the sections. Comments stay where they are, with their text as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from engine.definition.findings import FindingList
from engine.definition.model import Finding
from engine.definition.source import read_text

_INDENT = "    "
_WIDEST = 120
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_ORDER = ("name", "main", "initial", "reserved", "hold", "final", "display", "file", "prefix", "condition", "happy",
          "onEnter", "manual", "timeout", "timeoutProcessor", "command")  # fmt: skip
"""In which order attributes stand; others follow in the order in which they were."""

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LINE_BREAK = re.compile(r"[ \t]*\n\s*")
_SECTIONS = ("subprocesses", "states", "transitions", "events")

_IN_TEXT = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_IN_VALUE = {**_IN_TEXT, ord('"'): "&quot;", ord("\n"): "&#10;", ord("\t"): "&#9;"}

_Element = etree._Element


def laid_out(path: Path) -> tuple[tuple[str, str] | None, tuple[Finding, ...]]:
    """Return the text of the file and the same in the one layout, or None and the findings that say why not."""
    findings = FindingList()
    text = read_text(path, str(path), findings)
    if text is None:
        return None, findings.as_tuple()
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    root = etree.fromstring(text.encode("utf-8"), parser)
    return (text, "\n".join(_file(root)) + "\n"), ()


def _file(root: _Element) -> Iterator[str]:
    yield _DECLARATION
    before = list(root.itersiblings(preceding=True))[::-1]
    for one in (*before, root, *root.itersiblings()):
        yield from _node(one, 0)


def _node(node: _Element, depth: int) -> Iterator[str]:
    indent = _INDENT * depth
    if isinstance(node, etree._Comment):
        yield f"{indent}<!--{node.text or ''}-->"
    elif isinstance(node, etree._ProcessingInstruction):
        yield f"{indent}<?{' '.join(filter(None, (str(node.target), node.text)))}?>"
    else:
        yield from _element(node, depth)


def _element(element: _Element, depth: int) -> Iterator[str]:
    indent, name = _INDENT * depth, _name(element)
    tag = _tag(element, name, indent)
    text = (element.text or "").strip()
    if not len(element):
        yield f"{tag}>{_escaped(text)}</{name}>" if text else f"{tag}/>"
        return
    yield f"{tag}>"
    yield from _content(element, depth + 1)
    yield f"{indent}</{name}>"


def _content(element: _Element, depth: int) -> Iterator[str]:
    """Yield the lines within an element. What follows another thing on its line stays on it, if it is a comment."""
    waiting: list[str] = _stray(element.text, depth)
    space, first, after_section = element.text or "", True, False
    for child in element:
        lines = list(_node(child, depth))
        same_line = (
            isinstance(child, etree._Comment) and not first and not space.strip() and "\n" not in space
        )
        if same_line and waiting:
            waiting[-1] += f" {lines[0].lstrip()}"
            waiting += lines[1:]
        else:
            yield from waiting
            if _BLANK_LINE.search(space) or (after_section and not first):
                yield ""
            waiting = lines
        waiting += _stray(child.tail, depth)
        space, first = child.tail or "", False
        after_section = (not isinstance(child.tag, str) and after_section and same_line) or _is_section(child)
    yield from waiting


def _stray(text: str | None, depth: int) -> list[str]:
    """Return text that stands where the format has none; it is ignored, and told by the check."""
    found = _LINE_BREAK.sub(" ", (text or "").strip())
    return [f"{_INDENT * depth}{_escaped(found)}"] if found else []


def _is_section(child: _Element) -> bool:
    return isinstance(child.tag, str) and etree.QName(child).localname in _SECTIONS


def _name(element: _Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def _tag(element: _Element, name: str, indent: str) -> str:
    attributes = [*_namespaces(element), *_attributes(element)]
    line = f"{indent}<{' '.join([name, *attributes])}"
    if len(line) <= _WIDEST or not attributes:
        return line
    between = f"\n{indent}{_INDENT}"
    return f"{indent}<{name}{between}{between.join(attributes)}"


def _namespaces(element: _Element) -> list[str]:
    parent = element.getparent()
    known = {} if parent is None else parent.nsmap
    new = {prefix: uri for prefix, uri in element.nsmap.items() if known.get(prefix) != uri}
    names = sorted(new, key=lambda prefix: (prefix is not None, prefix or ""))
    return [f"xmlns{':' + prefix if prefix else ''}={_quoted(str(new[prefix]))}" for prefix in names]


def _attributes(element: _Element) -> list[str]:
    names = sorted(
        map(str, element.attrib), key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER)
    )
    return [f"{_attribute_name(element, name)}={_quoted(str(element.attrib[name]))}" for name in names]


def _attribute_name(element: _Element, name: str) -> str:
    qualified = etree.QName(name)
    if qualified.namespace is None:
        return name
    if qualified.namespace == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{qualified.localname}"
    prefix = next(prefix for prefix, uri in element.nsmap.items() if uri == qualified.namespace and prefix)
    return f"{prefix}:{qualified.localname}"


def _escaped(text: str) -> str:
    return text.translate(_IN_TEXT)


def _quoted(value: str) -> str:
    return f'"{value.translate(_IN_VALUE)}"'
