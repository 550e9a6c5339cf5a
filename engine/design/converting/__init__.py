"""State charts (SCXML) and BPMN 2.0 read as processes, as far as their meaning can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.definition.model import Finding, Location
from engine.definition.source import Node
from engine.design.converting.bpmn import convert_bpmn
from engine.design.converting.documents import read_document
from engine.design.converting.draft import Converted, Notice
from engine.design.converting.scxml import convert_scxml

__all__ = ["Converted", "Notice", "convert_process"]


def convert_process(path: Path, *, process: str | None = None, others: Sequence[Path] = ()) -> Converted:
    """Return the process of an SCXML or BPMN file, with everything that is refused, changed or dropped.

    ``process`` names one of several by name or id, ``others`` are files with the processes that are called.
    """
    root, findings = read_document(path)
    if root is None:
        return Converted(path.stem, "unknown", None, _told(findings))
    if root.name == "scxml":
        return convert_scxml(root, path.stem)
    if root.name == "definitions":
        return _bpmn(path, root_and_others=[path, *others], process=process)
    message = f"The root element is <{root.name}>: neither SCXML nor BPMN."
    remedy = "Name a file whose root is <scxml> or <definitions>."
    return Converted(path.stem, "unknown", None, (Notice("refused", message, remedy, root.location),))


def _bpmn(path: Path, root_and_others: Sequence[Path], process: str | None) -> Converted:
    roots: list[Node] = []
    problems: list[Notice] = []
    for one in root_and_others:
        root, findings = read_document(one)
        if root is None:
            problems += _told(findings)
        else:
            roots.append(root)
    if problems:
        return Converted(path.stem, "bpmn", None, tuple(problems))
    return convert_bpmn(roots[0], path.stem, process, roots[1:])


def _told(findings: Sequence[Finding]) -> tuple[Notice, ...]:
    return tuple(
        Notice("refused", finding.message, finding.remedy, finding.location or Location(""))
        for finding in findings
    )
