"""Files of other formats as trees: read as untrusted input, like definitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.definition.findings import FindingList
from engine.definition.model import Finding
from engine.definition.source import Node, read_source


def read_document(path: Path) -> tuple[Node | None, tuple[Finding, ...]]:
    """Return the root of an XML file, or None and the findings that say why it cannot be read."""
    findings = FindingList()
    root = read_source(path, str(path), findings)
    return root, () if root is not None else findings.as_tuple()


def attribute(node: Node, name: str) -> str | None:
    """Return an attribute by its local name, whatever its namespace; the one without a namespace first."""
    if name in node.attributes:
        return node.attributes[name]
    return next((value for key, value in node.attributes.items() if key.endswith(f"}}{name}")), None)


def below(node: Node) -> Iterator[Node]:
    """Yield all elements within an element, in document order."""
    for child in node.children:
        yield child
        yield from below(child)


def children(node: Node, *names: str) -> list[Node]:
    """Return the children of these local names."""
    return [child for child in node.children if child.name in names]


def first(node: Node, *names: str) -> Node | None:
    """Return the first child of these local names."""
    return next((child for child in node.children if child.name in names), None)
