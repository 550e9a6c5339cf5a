"""What a run of a job came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.clock import format_time


class JobOutcome(StrEnum):
    """How a run ended; ``partly`` when something was refused, ``stopped`` when it was asked to end."""

    DONE = "done"
    PARTLY = "partly"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobReport:
    """A finished run. Times are UTC microseconds; ``error`` is set when it failed."""

    job: str
    outcome: JobOutcome
    started_at: int
    finished_at: int
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object that the scheduler prints per run."""
        return {
            "job": self.job,
            "outcome": self.outcome.value,
            "started_at": format_time(self.started_at),
            "finished_at": format_time(self.finished_at),
            "result": dict(self.result),
            "error": None if self.error is None else dict(self.error),
        }
