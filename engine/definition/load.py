"""Loading a process: file -> declarations -> one merged, checked, immutable process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.definition.canonical import with_version
from engine.definition.checks import check_process
from engine.definition.declarations import FileDeclaration
from engine.definition.findings import FindingList
from engine.definition.initial import find_initial
from engine.definition.join import (
    TransitionJoiner,
    check_subprocess_lists,
    find_main,
    join_events,
    join_states,
)
from engine.definition.model import OWN_NAMESPACE, Dialect, Finding, Process, Severity
from engine.definition.registered import RegisteredNames
from engine.definition.unfold import Unfolder


@dataclass(frozen=True)
class LoadResult:
    """What loading gave: everything that was found, and the process when there is no error among it."""

    process: Process | None
    findings: tuple[Finding, ...]
    ignored: int = 0
    """How many findings comments in the files say are meant, and are left out."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity error."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def load_process(
    path: Path | str,
    *,
    initial: str | None = None,
    folders: Sequence[Path] = (),
    registered: RegisteredNames | None = None,
) -> LoadResult:
    """Load the process of a main file and check it; bad content comes back as findings, never as an
    exception.

    ``initial`` names the initial state and overrides what the file says. ``folders`` are the definition
    folders in which includes are looked for, besides the main file's own. With ``registered``, commands,
    conditions and timeout processors that nobody registers are reported too. A process without states loads
    with ``initial`` None and a warning.
    """
    findings = FindingList()
    main = Path(path)
    unfolder = Unfolder(main, folders, findings)
    file = unfolder.unfold()
    process = None if file is None else _merge(file, unfolder, main, initial, findings)
    if process is not None:
        marked = any(state.initial for part in unfolder.parts for state in part.declaration.states)
        check_process(process, findings, main, registered, assumed=initial is None and not marked)
    told = findings.as_tuple()
    return LoadResult(None if findings.has_errors else process, told, findings.passed_over)


def _merge(
    file: FileDeclaration,
    unfolder: Unfolder,
    main: Path,
    initial: str | None,
    findings: FindingList,
) -> Process | None:
    parts = unfolder.parts
    name = find_main(parts, str(main), findings)
    joined, events = join_states(parts, findings), join_events(parts, findings)
    transitions = TransitionJoiner(joined.states, events, unfolder.complete, findings).join(parts)
    if name is None:
        return None
    check_subprocess_lists(parts, name, findings)
    location = next(part.declaration.location for part in parts if part.name == name)
    process = Process(
        name=name,
        dialect=Dialect.OWN if file.namespace == OWN_NAMESPACE else Dialect.EXISTING,
        initial=find_initial(joined, transitions, initial, location, findings),
        processes=tuple(dict.fromkeys((name, *(part.name for part in parts)))),
        states=joined.states,
        events=events,
        transitions=transitions,
        version="",
        location=location,
    )
    return with_version(process)
