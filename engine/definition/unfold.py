"""From a main file to the flat list of all processes, with every include read, renamed and prefixed.

Order: a file's own processes in document order, then its includes in the order of their stubs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.definition.declarations import FileDeclaration, ProcessDeclaration, Reference
from engine.definition.findings import FindingList
from engine.definition.includes import FoundFile, IncludeFinder, is_file, real_path
from engine.definition.model import OWN_NAMESPACE, Location
from engine.definition.reader import read_file
from engine.definition.source import read_source

MOST_INCLUDES = 200
"""A process is put together from at most this many includes; a file included twice counts twice."""

MOST_ELEMENTS = 20_000
"""A merged process has at most this many states, events and transitions together."""

PREFIX_SEPARATOR = " - "
"""What stands between a prefix and the name that it is put before."""


@dataclass(frozen=True, slots=True)
class Part:
    """A process as it takes part in the merge: its name, the prefix of its states and events, its
    declaration.

    ``stub`` is whether it is the including element and not the included process.
    """

    name: str
    prefix: str
    declaration: ProcessDeclaration
    stub: bool = False

    def prefixed(self, name: str) -> str:
        """Return a state's or event's name as it is in the merged process."""
        return self.prefix + name


class Unfolder:
    """Reads a main file and, recursively, what it includes. Each file is read once."""

    def __init__(self, main: Path, folders: Sequence[Path], findings: FindingList) -> None:
        self._main = main
        self._findings = findings
        self._finder = IncludeFinder(main, folders)
        self._files: dict[Path, FileDeclaration | None] = {}
        self._merged: dict[tuple[Path, str], set[str | None]] = {}
        self._includes = 0
        self._elements = 0
        self._stopped = False
        self.parts: list[Part] = []
        self.complete = True

    def unfold(self) -> FileDeclaration | None:
        """Fill ``parts`` and return the main file's declaration, or None when it cannot be read.

        ``complete`` is False afterwards when an include could not be merged.
        """
        # The path of a stream leads to something that has no path itself.
        path = real_path(self._main) if is_file(self._main) else self._main
        main = FoundFile(path, str(self._main))
        declaration = self._read(main)
        if declaration is not None:
            self._add_file(main, declaration, None, "", (main,))
        return declaration

    def _read(self, file: FoundFile) -> FileDeclaration | None:
        if file.path not in self._files:
            self._findings.file_opened(file.shown)
            root = read_source(file.path, file.shown, self._findings)
            self._files[file.path] = None if root is None else read_file(root, self._findings)
        return self._files[file.path]

    def _add_file(
        self,
        file: FoundFile,
        declaration: FileDeclaration,
        stub_name: str | None,
        prefix: str,
        chain: tuple[FoundFile, ...],
    ) -> None:
        if not declaration.processes:
            message = f"{file.shown} declares no process."
            self._findings.add("no-process", declaration.location, message, "Add a <process>.")
        stubs: list[ProcessDeclaration] = []
        for number, process in enumerate(declaration.processes):
            # The name on the stub renames the first process of the included file.
            name = stub_name if stub_name and number == 0 else process.name
            if process.file is None:
                self._add_part(Part(name or self._name_of_file(file, process), prefix, process))
            else:
                stubs.append(process)
                if name:
                    self._add_part(Part(name, prefix, process, stub=True))
        for stub in stubs:
            self._add_include(file, stub, prefix, chain)

    def _add_part(self, part: Part) -> None:
        declared = part.declaration
        self._elements += len(declared.states) + len(declared.events) + len(declared.transitions)
        if self._elements > MOST_ELEMENTS:
            message = f"The process has more than {MOST_ELEMENTS} states, events and transitions."
            remedy = "Split it into several processes."
            self._stop("process-too-large", declared.location, message, remedy)
        if not self._stopped:
            self.parts.append(part)

    def _stop(self, rule: str, location: Location, message: str, remedy: str) -> None:
        if not self._stopped:
            self._findings.add(rule, location, message, remedy)
        self._stopped = True
        self.complete = False

    def _add_include(
        self, including: FoundFile, stub: ProcessDeclaration, prefix: str, chain: tuple[FoundFile, ...]
    ) -> None:
        self._count_include(stub.location)
        if self._stopped:
            return
        file = self._finder.find(stub.file or "", including.shown, stub.location, self._findings)
        is_usable = file is not None and not self._is_cycle(file, stub, chain)
        declaration = self._read(file) if file is not None and is_usable else None
        if file is None or declaration is None:
            self.complete = False
            return
        self._check_dialect(declaration, stub, chain[0])
        self._check_prefix(stub, prefix, chain[0])
        own_name = _first_name(declaration, file)
        if stub.name is None and own_name is not None:
            self._add_part(Part(own_name, prefix, stub, stub=True))
        # A prefix holds for everything below it: the names in the included file refer to what that includes.
        inner = f"{prefix}{stub.prefix}{PREFIX_SEPARATOR}" if stub.prefix else prefix
        if not self._is_merged(file, stub, stub.name or own_name, inner):
            self._add_file(file, declaration, stub.name, inner, (*chain, file))

    def _is_merged(self, file: FoundFile, stub: ProcessDeclaration, name: str | None, prefix: str) -> bool:
        """Return whether the file was included in the same way before; add a finding where it was at all."""
        names = self._merged.setdefault((file.path, prefix), set())
        known = name in names
        if known:
            message = f'"{stub.file}" is included again in the same way; it is merged once.'
            self._findings.add("repeated-include", stub.location, message, "Delete one of the includes.")
        elif names:
            message = f'"{stub.file}" is included again under another name; its states are the same ones.'
            remedy = 'Give one of the includes a prefix="..." to have them twice, or delete it.'
            self._findings.add("repeated-include", stub.location, message, remedy)
        names.add(name)
        return known

    def _count_include(self, location: Location) -> None:
        self._includes += 1
        if self._includes > MOST_INCLUDES:
            message = f"The process has more than {MOST_INCLUDES} includes."
            self._stop("too-many-files", location, message, "Merge small subprocess files.")

    def _is_cycle(self, file: FoundFile, stub: ProcessDeclaration, chain: tuple[FoundFile, ...]) -> bool:
        if all(file.path != above.path for above in chain):
            return False
        way = " > ".join(link.shown for link in (*chain, file))
        message = f"The include of {file.shown} closes a circle: {way}."
        self._findings.add("include-cycle", stub.location, message, "Delete one of these includes.")
        return True

    def _check_dialect(self, declaration: FileDeclaration, stub: ProcessDeclaration, main: FoundFile) -> None:
        main_declaration = self._files[main.path]
        main_is_own = main_declaration is not None and main_declaration.namespace == OWN_NAMESPACE
        if (declaration.namespace == OWN_NAMESPACE) == main_is_own:
            return
        rule = "first" if main_is_own else "last"
        message = f'"{stub.file}" has another dialect than the main file, whose rule holds: '
        message += f"among several true conditions the {rule} one wins."
        remedy = "Give both files the same namespace."
        self._findings.add("mixed-dialects", stub.location, message, remedy)

    def _check_prefix(self, stub: ProcessDeclaration, prefix: str, main: FoundFile) -> None:
        declaration = self._files[main.path]
        if not prefix or (declaration is not None and declaration.namespace == OWN_NAMESPACE):
            return
        message = f'"{stub.file}" is included by a file with the prefix "{prefix}", which holds for it too. '
        message += "The engine that such files come from does not apply it there."
        remedy = "Fine when nothing else refers to the states and events of that file."
        self._findings.add("nested-prefix", stub.location, message, remedy)

    def _name_of_file(self, file: FoundFile, process: ProcessDeclaration) -> str:
        name = Path(file.shown).stem
        message = f'The process has no name and is called "{name}", like its file.'
        self._findings.add("process-without-name", process.location, message, 'Add name="...".')
        return name


def _first_name(declaration: FileDeclaration, file: FoundFile) -> str | None:
    """Return what the first process of a file is called there, None for a file without any."""
    return (declaration.processes[0].name or Path(file.shown).stem) if declaration.processes else None


def listed_names(parts: Sequence[Part]) -> dict[str, Reference]:
    """Return the names in all ``<subprocesses>`` lists, each with the first place that lists it."""
    listed: dict[str, Reference] = {}
    for part in parts:
        for reference in part.declaration.subprocesses:
            listed.setdefault(reference.name, reference)
    return listed
