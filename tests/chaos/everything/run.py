"""A run: workers are started, killed at random and started again, while the database is audited from outside."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.api.copies import copy
from tests.chaos.everything.audit import Findings, audit, audit_alone
from tests.chaos.everything.ending import bring_to_rest, check_rest
from tests.chaos.everything.operating import KEPT
from tests.chaos.everything.outside import Outside
from tests.chaos.everything.stage import Stage
from tests.chaos.everything.worker import work
from tests.chaos.processes import in_process

WORKERS = 4
KILL_EVERY_S = 2.0
PATIENCE_S = 180.0
"""How long a worker may need to end the deed at hand on a busy machine."""


@dataclass(slots=True)
class Run:
    """The workers of a stage, by name, and how many there were under it."""

    stage: Stage
    running: dict[str, Any] = field(default_factory=dict)
    started: int = 0
    killed: int = 0

    def start(self, name: str) -> None:
        self.started += 1
        self.running[name] = in_process(work, self.stage, f"{name}-{self.started}")

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].join(PATIENCE_S)
        self.killed += 1
        self.start(name)

    def revive(self) -> None:
        """Start those again whom a plugin has taken along."""
        for name, process in self.running.items():
            if not process.is_alive():
                self.start(name)

    def stop(self) -> None:
        """Let everybody end the deed at hand."""
        (self.stage.folder / "stop").touch()
        for process in self.running.values():
            process.join(PATIENCE_S)
            if process.is_alive():
                process.kill()
                raise AssertionError(f"a worker did not end within {PATIENCE_S:g} s")


def live(folder: Path, url: str, seed: int, seconds: float) -> None:
    """Do everything at once for so long, then bring it to rest. Raises AssertionError with all that was found."""
    stage = Stage(folder, url, seed)
    stage.prepare()
    outside = Outside(folder)
    run = Run(stage)
    try:
        _refuse(stage, _disturbed(run, outside, seconds))
        run.stop()
        bring_to_rest(stage)
        findings = audit(stage, outside)
        for sentence, what in check_rest(stage, outside):
            findings.add(sentence, what)
        _look_at_copies(folder, findings)
        _refuse(stage, findings)
        deeds = dict(outside.rows("SELECT deed, count(*) FROM call GROUP BY deed ORDER BY 2 DESC"))
        refused = dict(
            outside.rows("SELECT refused, count(*) FROM call WHERE refused <> '' GROUP BY refused")
        )
        print(
            f"seed {seed}: {run.killed} of {run.started} workers were killed; asked {deeds}; refused {refused}"
        )
    finally:
        for process in run.running.values():
            process.kill()
        outside.close()


def _disturbed(run: Run, outside: Outside, seconds: float) -> Findings:
    """Kill somebody now and then, and audit as often as that does not take most of the time."""
    lots = random.Random(run.stage.seed)
    names = [f"w{number}" for number in range(WORKERS)]
    for name in names:
        run.start(name)
    now = began = time.monotonic()
    kill_at, audit_at = began + KILL_EVERY_S, began + 1
    while now < began + seconds:
        time.sleep(max(0.0, min(kill_at, audit_at) - now))
        if time.monotonic() >= kill_at:
            run.kill(lots.choice(names))
            kill_at = time.monotonic() + KILL_EVERY_S
        run.revive()
        began_at = time.monotonic()
        if began_at >= audit_at:
            findings = audit(run.stage, outside)
            _look_at_copies(run.stage.folder, findings)
            if findings:
                return findings
            audit_at = time.monotonic() + 3 * (time.monotonic() - began_at) + 1
        now = time.monotonic()
    return Findings()


def _look_at_copies(folder: Path, findings: Findings) -> None:
    """Backups and copies must be whole: the latest is looked at, and all are removed."""
    *others, latest = [None, *sorted(folder.glob(f"*{KEPT}"), key=lambda path: path.stat().st_mtime_ns)]
    if latest is not None:
        others.append(latest)
        for sentence, rows in audit_alone(f"sqlite:///{latest}").found.items():
            for row in rows:
                findings.add(f"of the copy {latest.name}: {sentence}", row)
    for path in filter(None, others if not findings else ()):
        path.unlink()


def _refuse(stage: Stage, findings: Findings) -> None:
    if not findings:
        return
    (stage.folder / "stop").touch()
    kept = stage.folder / "earmark.db"
    if not stage.url.startswith("sqlite"):
        kept = stage.folder / "found.db"
        shutil.rmtree(kept, ignore_errors=True)
        copy(stage.url, f"sqlite:///{kept}")
    raise AssertionError(f"seed {stage.seed}; the database is kept in {kept}\n{findings}")
