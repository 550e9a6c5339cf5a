"""A plugin of pytest that runs tests of processes: files whose names end with ``.process-test.yaml``.

It is found by itself where Earmark is installed; each case is a test of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from engine.design.testing import Case, CaseFile, CaseResult

_SUFFIXES = (".process-test.yaml", ".process-test.yml")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a file of cases."""
    if not file_path.name.endswith(_SUFFIXES):
        return None
    collector: pytest.Collector = ProcessTestFile.from_parent(parent, path=file_path)
    return collector


class ProcessTestFile(pytest.File):
    """A file of cases; what is wrong with it is an error of collecting."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each case."""
        from earmark.cli.case_files import load_cases
        from earmark.cli.shell import Shell
        from engine.errors import EarmarkError

        try:
            file = load_cases(Shell(), self.path)
        except EarmarkError as error:
            raise self.CollectError("\n".join(error.lines)) from None
        for case in file.cases:
            yield ProcessTestItem.from_parent(self, name=case.name, cases=(file, case))


class ProcessTestItem(pytest.Item):
    """A case."""

    def __init__(self, *, cases: tuple[CaseFile, Case], **more: Any) -> None:
        super().__init__(**more)
        self._file, self._case = cases

    def runtest(self) -> None:
        """Run the case. Raises ExpectationUnmet."""
        from engine.design.testing import Seen, run_case

        result = run_case(self._file, self._case, Seen())
        if not result.passed:
            raise ExpectationUnmet(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what was not met, with its line, and the way so far."""
        if not isinstance(excinfo.value, ExpectationUnmet):
            return super().repr_failure(excinfo, style)
        result = excinfo.value.result
        lines = [f"{result.file}:{one.line}: {one.text}" for one in result.unmet]
        return "\n".join([*lines, *(f"    {text}" for text in result.way)])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file, the line (counted from 0) and the name of the case."""
        return self.path, self._case.line - 1, self.name


class ExpectationUnmet(AssertionError):
    """A case has not come out as expected."""

    def __init__(self, result: CaseResult) -> None:
        super().__init__(result.message)
        self.result = result
