"""What a run of the tests says at its very end: tests that could not run must not go unseen."""

from __future__ import annotations

import pytest

from tests.helpers.postgres import NO_SERVER

_not_run = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = terminalreporter.stats.get("skipped", ())
    config.stash[_not_run] = sum(NO_SERVER in str(report.longrepr) for report in skipped)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of all, below pytest's own."""
    count = config.stash.get(_not_run, 0)
    if count:
        print(f"{count} tests that need PostgreSQL did NOT RUN: {NO_SERVER}")
