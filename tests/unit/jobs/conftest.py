"""A database with a clock that the test sets."""

import pytest

from engine.storage.schema import open_database


class Clock:
    """A clock that stands still until it is moved; microseconds like the real one."""

    def __init__(self, now=1_800_000_000_000_000):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, seconds):
        self.now += int(seconds * 1_000_000)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database(tmp_path, clock):
    opened = open_database(f"sqlite:///{tmp_path / 'jobs.db'}", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def job_row(database):
    def read(job):
        with database.read() as reader:
            return next((row for row in reader.all("job_list") if row.job == job), None)

    return read
