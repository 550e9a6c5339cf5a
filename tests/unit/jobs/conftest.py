"""What jobs leave in the database."""

import pytest

from tests.helpers.clock import SettableClock


@pytest.fixture
def clock():
    """A clock that stands at a later time than any file of a test."""
    return SettableClock(1_800_000_000_000_000)


@pytest.fixture
def job_row(database):
    def read(job):
        with database.read() as reader:
            return next((row for row in reader.all("job_list") if row.job == job), None)

    return read
