"""Rule files -> ``EngineRules``: every problem of every file is reported at once, with its place."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.allocation import problems_within as allocation_problems
from rules.document import Document, KeyPath, read_document
from rules.errors import RuleFileError, RuleProblem
from rules.explain import explain, line_in
from rules.expressions import expression_problems, time_problems
from rules.merging import INCLUDE, Merged, with_included
from rules.models import EngineRules
from rules.pruning import Valid, valid_part
from rules.sharing_checks import GROUPED, backorders_beside, problems_of_groups, problems_within

LARGEST_FILE = 1 << 20
"""The most bytes a rule file may have: 1 MiB."""

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules as they were read, with the place of everything that the files say."""

    rules: EngineRules
    files: tuple[Path, ...]
    _merged: Merged
    problems: tuple[RuleProblem, ...] = ()
    """What is wrong, of rules that were read as far as that goes: it is not part of them."""
    _valid: Valid | None = None

    def is_whole(self, section: str) -> bool:
        """Return whether nothing of a section is left out because of its problems."""
        return self._valid is None or not self._valid.leaves_out(section)

    def place(self, path: KeyPath) -> tuple[Path, int] | None:
        """Return file and line of what stands at the path, or of what is around it; None for what nobody says."""
        if not path or path[0] not in self._merged.values:
            return None
        document = self._merged.owner(path)
        return document.file, line_in(document, path)


def load_rules(folder_or_file: Path | None) -> EngineRules:
    """Return the rules of a file, or of all ``*.yaml`` and ``*.yml`` files in a folder together.

    None, and a folder without such files, give the defaults; folders inside the folder and hidden files are
    not read, unless they are included. A key may stand in one file only; what "options" says may be spread over
    several, level by level. Raises RuleFileError with everything that is wrong.
    """
    return load_with_places(folder_or_file).rules


def load_with_places(folder_or_file: Path | None) -> Loaded:
    """Return what ``load_rules`` does, with the places of what is said. Raises RuleFileError."""
    loaded = load_as_far_as_possible(folder_or_file)
    if loaded.problems:
        raise RuleFileError(loaded.problems)
    return loaded


def load_as_far_as_possible(folder_or_file: Path | None) -> Loaded:
    """Return what is valid of the rules, with everything that is wrong. Raises RuleFileError without a file."""
    if folder_or_file is None:
        return Loaded(EngineRules(), (), Merged())
    documents = with_included(folder_or_file, [_read(file) for file in _files(folder_or_file)], _read)
    merged = Merged.of(documents)
    valid = _validated(merged)
    problems = [*(problem for document in documents for problem in document.problems), *merged.problems]
    owners = {key: merged.owner((key,)) for key in merged.values}
    problems += [*expression_problems(merged.values, owners), *time_problems(merged.values, owners)]
    files = [document.file for document in documents]
    problems.sort(key=lambda problem: (files.index(problem.file), problem.line))
    return Loaded(valid.rules, tuple(files), merged, tuple(problems), valid)


def rules_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a rule file, for editors."""
    schema = EngineRules.model_json_schema()
    include = {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": "Further rule files, from the folder of this one.",
    }
    schema["properties"] = {INCLUDE: include, **schema["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Earmark rules"}


def _files(path: Path) -> list[Path]:
    if not path.exists():
        problem = RuleProblem(path, 0, "there is no such file or folder", "Check the path of the rules.")
        raise RuleFileError([problem])
    if not path.is_dir():
        return [path]
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise RuleFileError([_unreadable(path, error)]) from None
    return [entry for entry in entries if entry.suffix in _SUFFIXES and not entry.name.startswith(".")]


def _unreadable(path: Path, error: OSError) -> RuleProblem:
    message = f"this cannot be read: {error.strerror or error}"
    return RuleProblem(path, 0, message, "Check that it is a file you may read.")


def _content(file: Path) -> bytes:
    """Return the beginning of a file; for a pipe one might wait without end, and a device has none."""
    # Opened without waiting, or a pipe would not be opened before somebody writes.
    with open(file, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK)) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device")
        return stream.read(LARGEST_FILE + 1)


def _read(file: Path) -> Document:
    document = Document(file)
    try:
        content = _content(file)
    except OSError as error:
        document.problems.append(_unreadable(file, error))
        return document
    if len(content) > LARGEST_FILE:
        document.problem(0, "this is larger than 1 MiB", "Rules are short; check that it is the right file.")
        return document
    try:
        return read_document(file, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        document.problem(line, "this is not UTF-8 text", "Save the file as UTF-8.")
        return document


def _validated(merged: Merged) -> Valid:
    # A key without a value, such as a section with every line commented out, says nothing.
    known = EngineRules.model_fields
    said = {key: value for key, value in merged.values.items() if value is not None or key not in known}
    valid = valid_part(said)
    merged.problems.extend(explain(detail, merged.owner) for detail in valid.errors)
    merged.problems.extend(_sharing_problems(valid, merged))
    merged.problems.extend(_allocation_problems(valid, merged))
    if valid.rules.guards:
        document = merged.owner(("guards",))
        places = {name: f"{document.file}:{document.lines['guards', name]}" for name in valid.rules.guards}
        valid.rules.put_guard_places(places)
    return valid


def _allocation_problems(valid: Valid, merged: Merged) -> Iterator[RuleProblem]:
    """Yield in what the section contradicts itself."""
    allocation = valid.rules.allocation
    if allocation is None or valid.leaves_out("allocation"):
        return
    document = merged.owner(("allocation",))
    for found in allocation_problems(allocation):
        line = line_in(document, ("allocation", *found.path))
        yield RuleProblem(document.file, line, found.message, found.remedy)


def _sharing_problems(valid: Valid, merged: Merged) -> Iterator[RuleProblem]:
    """Yield in what the section contradicts itself; it knows from now on where its parts stand."""
    sharing = valid.rules.sharing
    if sharing is None:
        return
    document = merged.owner(("sharing",))
    lines = {path[1:]: line for path, line in document.lines.items() if path[:1] == ("sharing",)}
    sharing.put_lines(document.file, lines)
    found = [*backorders_beside(sharing, valid.rules.options)]
    if not valid.leaves_out("sharing"):
        found = [*problems_within(sharing), *found]
    elif not any(valid.leaves_out("sharing", key) for key in GROUPED):
        found = [*problems_of_groups(sharing), *found]
    yield from map(sharing.problem, found)
