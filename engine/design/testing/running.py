"""Running cases: each in a trial of its own, with the way that its items took so far told with what is not met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.design.testing.cases import Case, CaseFile, Seen, Unmet
from engine.design.testing.expecting import unmet
from engine.design.trying.happened import Fired, Happened, Refused
from engine.design.trying.trial import Trial
from engine.errors import EarmarkError


@dataclass(slots=True)
class CaseResult:
    """What a case came to. ``way`` tells what was done and where it led; ``unmet`` is empty when it passed."""

    case: str
    file: str
    line: int
    unmet: list[Unmet] = field(default_factory=list)
    way: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether everything that was expected came true."""
        return not self.unmet

    @property
    def message(self) -> str:
        """What was not met, a line each with its place, and the way so far."""
        lines = [f"{self.file}:{one.line}: {one.text}" for one in self.unmet]
        return "\n".join([*lines, f"so far: {'; '.join(self.way)}"])

    def as_dict(self) -> dict[str, Any]:
        """Return a case that failed as a JSON object."""
        first = self.unmet[0]
        return {
            "case": self.case,
            "message": self.message,
            "file": self.file,
            "line": first.line,
            "problems": [
                {"line": one.line, "what": one.what, "expected": one.expected, "got": one.got}
                for one in self.unmet
            ],
            "way": self.way,
        }


def run_cases(file: CaseFile, seen: Seen) -> list[CaseResult]:
    """Run the cases of a file; ``seen`` is told which states and transitions they have seen."""
    return [run_case(file, case, seen) for case in file.cases]


def run_case(file: CaseFile, case: Case, seen: Seen) -> CaseResult:
    """Run one case. After a step in which something is not met the rest is left out."""
    result = CaseResult(case.name, file.file, case.line)
    trial = Trial(file.process, case.terms)
    refused: list[Refused] = []
    for step in case.steps:
        done = Happened(refused=refused)  # that an item could not be given is part of what comes next
        for action in step.actions:
            try:
                more = action.do(trial)
            except EarmarkError as error:
                result.way.append(action.text)
                mend = f" ({error.remedy})" if error.remedy else ""
                result.unmet.append(
                    Unmet(action.line, f"'{action.text}'", "to be possible", error.message + mend)
                )
                return result
            seen.note(more)
            result.way.append(_told(action.text, more))
            done.fired += more.fired
            done.refused += more.refused
        found = [unmet(trial, expected, done) for expected in step.expected]
        result.unmet += [one for one in found if one is not None]
        refused = [] if step.expected else done.refused
        if result.unmet:
            return result
    return result


def _told(action: str, done: Happened) -> str:
    parts = [f"{_step(one)}" for one in done.fired] + [refused.text for refused in done.refused]
    return f"{action} ({', '.join(parts)})" if parts else action


def _step(fired: Fired) -> str:
    where = "stays" if fired.target is None else f"-> {fired.target}"
    asked = [f"{name} {'true' if value else 'false'}" for name, value in fired.conditions.items()]
    return f"{where} as {', '.join(asked)}" if asked else where
