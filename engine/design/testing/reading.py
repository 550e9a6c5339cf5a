"""From the YAML text of a file to its cases; every problem is noted with its line, and all are told at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.definition import Process
from engine.design.testing.actions import given_step, read_actions
from engine.design.testing.cases import Case, CaseFile, CaseStep
from engine.design.testing.expecting import read_expected
from engine.design.testing.node import Node
from engine.design.trying.terms import PRODUCT, Terms, assumed, conditions_in
from engine.errors import EarmarkError, InputError
from rules.document import read_document

FILE_KEYS = ("process", "answers", "assume", "stock", "start", "timeouts", "cases")
CASE_KEYS = ("name", "given", "when", "then", "steps")
TERM_KEYS = ("stock", "answers", "start")
STEP_KEYS = ("when", "then")
TIMES = "Write it as 2026-01-01T12:00:00Z, or a date."


class CaseDocument:
    """A file of cases whose process is not known yet."""

    def __init__(self, file: Path, text: str) -> None:
        self.document = read_document(file, text)
        self.root = Node(self.document, (), self.document.values)

    @property
    def process(self) -> str | None:
        """The process that the file names, None when it names none."""
        return self.root.at("process").text() if self.root.has("process") else None

    def require_good(self) -> None:
        """Raise InputError that lists every problem of the file, if there is one."""
        if self.document.problems:
            problems = sorted(self.document.problems, key=lambda problem: problem.line)
            raise InputError(
                f"{self.document.file} cannot be run:",
                listed=list(map(str, problems)),
                remedy="Mend what is listed; docs/process-tests.md describes every key.",
                problems=[problem.as_dict() for problem in problems],
            )


def read_cases(document: CaseDocument, process: Process, rules: Terms) -> CaseFile:
    """Return the cases of a file; ``rules`` are the terms of the project. Raises InputError with every problem."""
    document.require_good()
    reader = _Reader(document.root, process, rules)
    cases = reader.cases()
    document.require_good()
    return CaseFile(str(document.document.file), reader.process, tuple(cases))


class _Reader:
    def __init__(self, root: Node, process: Process, rules: Terms) -> None:
        self._root = root
        root.keys(FILE_KEYS)
        self.process = self._with_timeouts(process)
        self._rules = self._terms(root, replace(rules, assume=None))
        if root.has("assume"):
            self._rules = replace(self._rules, assume=root.at("assume").truth())

    def cases(self) -> list[Case]:
        """Return the cases; what is wrong is noted."""
        if not self._root.has("cases") or not isinstance(self._root.value["cases"], list):
            self._root.problem("there are no cases", "Add 'cases:' with a list, each entry with a name.")
            return []
        found = [self._case(node) for node in self._root.at("cases").entries()]
        first: dict[str, int] = {}
        for case in found:
            if case.name in first:
                text = f'two cases are called "{case.name}", the first in line {first[case.name]}'
                self._root.document.problem(case.line, text, "Give each case a name of its own.")
            first.setdefault(case.name, case.line)
        return found

    def _case(self, node: Node) -> Case:
        node.keys(CASE_KEYS)
        name = node.at("name").text() if node.has("name") else None
        if name is None and not node.has("name"):
            node.problem("a case has no name", "Add 'name:' with a sentence that says what it is about.")
        terms = self._rules
        given = node.at("given") if node.has("given") else Node(node.document, node.path, {})
        if isinstance(given.value, dict):
            terms = self._terms(given, terms)
        names, first = given_step(given, self.process, terms)
        steps = [CaseStep(tuple(first), ()), *self._steps(node, names, terms)]
        return Case(name or "", node.line, terms, tuple(steps))

    def _steps(self, node: Node, names: list[str], terms: Terms) -> list[CaseStep]:
        parts = [node] if node.has("when") or node.has("then") else []
        if node.has("steps"):
            if parts:
                node.at("steps").problem(
                    "'steps' stands beside 'when' or 'then'", "Put these into the steps."
                )
            parts = node.at("steps").entries()
            for part in parts:
                part.keys(STEP_KEYS)
        steps = []
        for part in parts:
            if not isinstance(part.value, dict):
                continue
            actions = read_actions(part.at("when"), self.process, names, terms) if part.has("when") else []
            expected = read_expected(part.at("then"), self.process, names, terms) if part.has("then") else []
            steps.append(CaseStep(tuple(actions), tuple(expected)))
        if not any(isinstance(part.value, dict) and part.has("then") for part in parts):
            node.problem("this case expects nothing", "Add 'then:' with what is expected, such as a state.")
        return steps

    def _terms(self, node: Node, terms: Terms) -> Terms:
        """Return the terms with what the node says of stock, answers and start."""
        if node.has("answers"):
            known = conditions_in(self.process)
            told = [
                (Node(pair.document, pair.path, name).name("condition", known), pair.truth())
                for name, pair in node.at("answers").pairs()
            ]
            answers = {name: value for name, value in told if name is not None and value is not None}
            terms = replace(terms, answers={**terms.answers, **answers})
        if node.has("stock"):
            terms = replace(terms, stock=_amounts(node.at("stock")))
        if node.has("start") and (text := node.at("start").text()) is not None:
            try:
                terms = terms.starting(text)
            except EarmarkError as error:
                node.at("start").problem(error.message, error.remedy or TIMES)
        return terms

    def _with_timeouts(self, process: Process) -> Process:
        spans = {}
        if self._root.has("timeouts"):
            timed = [event.name for event in process.events if event.timeout is not None]
            for name, node in self._root.at("timeouts").pairs():
                event = Node(node.document, node.path, name).name("event with a timeout", timed)
                span = node.span()
                if event is not None and span is not None:
                    spans[event] = span
        return assumed(process, spans)


def _amounts(node: Node) -> dict[str, int]:
    pairs = node.pairs() if isinstance(node.value, dict) else [(PRODUCT, node)]
    return {sku: amount for sku, part in pairs if (amount := part.quantity()) is not None}
