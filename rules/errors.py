"""What is wrong with rule files: problems with place and remedy, all of them in one error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One thing wrong in a rule file. ``line`` is counted from 1; 0 means the file as a whole.

    ``column`` is counted from 1 within an expression, where something of one is wrong; else it is 0.
    """

    file: Path
    line: int
    message: str
    remedy: str
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.message}. {self.remedy}"

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as a JSON object."""
        return {**asdict(self), "file": str(self.file)}


class RuleFileError(Exception):
    """The rule files are not valid."""

    code: ClassVar[str] = "rules_invalid"

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        self.problems = tuple(problems)
        self.lines = ("the rules are not valid:", *(f"  {problem}" for problem in self.problems))
        self.message = "\n".join(self.lines)
        self.remedy = "Mend what is listed; docs/rules.md describes every key."
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        """Return what a ``--json`` caller sees, in the form of Earmark's other errors."""
        problems = [problem.as_dict() for problem in self.problems]
        text = {"code": self.code, "message": self.message, "remedy": self.remedy}
        return {**text, "parameters": {"problems": problems}}
