"""What is wrong with plugins: problems with place and remedy, all of them in one error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from engine.errors import PluginError


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """One thing that keeps a plugin from being used. ``place`` is ``file:line``, or what the user named."""

    place: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}. {self.remedy}"


class PluginsInvalid(PluginError):
    """Plugins cannot be used."""

    code = "plugins_invalid"

    def __init__(self, problems: Sequence[PluginProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "plugins cannot be used:",
            listed=[f"  {problem}" for problem in self.problems],
            problems=[asdict(problem) for problem in self.problems],
        )
