"""Tests of processes in words: what failed, what was covered, and the same as JUnit XML for build servers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.design.testing import CaseResult, Coverage, percent, way_text

_MOST_MISSED = 8


def failure_lines(result: CaseResult) -> Iterator[tuple[str, str]]:
    """Yield the lines of a case that failed, with what kind of line each is: ``head``, ``unmet`` or ``way``."""
    yield "head", f"FAILED {result.case}"
    for one in result.unmet:
        yield "unmet", f"  {result.file}:{one.line}: {one.text}"
    for text in result.way:
        yield "way", f"    {text}"


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """Yield how much of a process was covered, and what was missed."""
    process = coverage.process
    states = (len(process.states) - len(coverage.missed_states), len(process.states))
    ways = (len(process.transitions) - len(coverage.missed_transitions), len(process.transitions))
    yield f"{process.name}: {_part(states)} states, {_part(ways)} transitions"
    if coverage.missed_states:
        yield f"  not entered: {_some(coverage.missed_states)}"
    for way in coverage.missed_transitions[:_MOST_MISSED]:
        yield f"  not taken: {way_text(process, way)}"
    if (more := len(coverage.missed_transitions) - _MOST_MISSED) > 0:
        yield f"  not taken: {more} more"


def _part(numbers: tuple[int, int]) -> str:
    return f"{numbers[0]} of {numbers[1]} ({percent(*numbers):g} %)"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_MISSED
    return ", ".join(names[:_MOST_MISSED]) + (f", and {more} more" if more > 0 else "")


def junit(results: Sequence[CaseResult]) -> bytes:
    """Return the results as JUnit XML: a suite a file, a test case a case."""
    from lxml import etree

    files = dict.fromkeys(result.file for result in results)
    failed = sum(not result.passed for result in results)
    root = etree.Element("testsuites", tests=str(len(results)), failures=str(failed), errors="0")
    for file in files:
        own = [result for result in results if result.file == file]
        counts = {"tests": str(len(own)), "failures": str(sum(not one.passed for one in own)), "errors": "0"}
        suite = etree.SubElement(root, "testsuite", {"name": _allowed(file), **counts})
        for result in own:
            case = etree.SubElement(
                suite, "testcase", name=_allowed(result.case), classname=_allowed(file), line=str(result.line)
            )
            case.set("file", _allowed(file))
            if not result.passed:
                told = etree.SubElement(
                    case, "failure", message=_allowed(result.unmet[0].text), type="expectation"
                )
                told.text = _allowed(result.message)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _allowed(text: str) -> str:
    """Return the text with what XML cannot hold as escapes."""
    return "".join(c if c in "\t\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)
