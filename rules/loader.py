"""Rule files -> ``EngineRules``: every problem of every file is reported at once, with its place."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rules.document import Document, read_document
from rules.errors import RuleFileError, RuleProblem
from rules.explain import explain
from rules.expressions import expression_problems
from rules.models import EngineRules
from rules.sharing_checks import problems_within

LARGEST_FILE = 1 << 20
"""The most bytes a rule file may have: 1 MiB."""

_SUFFIXES = (".yaml", ".yml")


def load_rules(folder_or_file: Path | None) -> EngineRules:
    """Return the rules of a file, or of all ``*.yaml`` and ``*.yml`` files in a folder together.

    None, and a folder without such files, give the defaults; folders inside the folder and hidden files are
    not read. A key at the top may stand in one file only. Raises RuleFileError with everything that is wrong.
    """
    if folder_or_file is None:
        return EngineRules()
    files = _files(folder_or_file)
    documents = [_read(file) for file in files]
    problems = [problem for document in documents for problem in document.problems]
    owners = _owners(documents, problems)
    values = {key: document.values[key] for key, document in owners.items()}
    rules = _validated(values, owners, problems)
    problems += expression_problems(values, owners)
    if rules is None or problems:
        raise RuleFileError(sorted(problems, key=lambda problem: (files.index(problem.file), problem.line)))
    return rules


def rules_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a rule file, for editors."""
    schema = EngineRules.model_json_schema()
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


def _owners(documents: list[Document], problems: list[RuleProblem]) -> dict[str, Document]:
    """Return which document gives each key at the top; a second one is a problem."""
    owners: dict[str, Document] = {}
    for document in documents:
        for key in document.values:
            if key not in owners:
                owners[key] = document
                continue
            first = owners[key]
            place = f"{first.file}:{first.lines[key,]}"
            message = f'the key "{key}" stands in two files, first at {place}'
            remedy = "Put everything below the key into one of the files."
            problems.append(RuleProblem(document.file, document.lines[key,], message, remedy))
    return owners


def _validated(
    values: Mapping[str, Any], owners: Mapping[str, Document], problems: list[RuleProblem]
) -> EngineRules | None:
    # A key without a value, such as a section with every line commented out, says nothing.
    known = EngineRules.model_fields
    said = {key: value for key, value in values.items() if value is not None or key not in known}
    try:
        rules = EngineRules.model_validate(said)
    except ValidationError as error:
        problems.extend(explain(detail, owners) for detail in error.errors(include_url=False))
        return None
    problems.extend(_sharing_problems(rules, owners))
    return rules


def _sharing_problems(rules: EngineRules, owners: Mapping[str, Document]) -> Iterator[RuleProblem]:
    """Yield in what the section contradicts itself; it knows from now on where its parts stand."""
    sharing = rules.sharing
    if sharing is None:
        return
    document = owners["sharing"]
    lines = {path[1:]: line for path, line in document.lines.items() if path[:1] == ("sharing",)}
    sharing.put_lines(document.file, lines)
    yield from map(sharing.problem, problems_within(sharing))
