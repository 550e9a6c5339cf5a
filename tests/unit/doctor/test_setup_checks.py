"""What the doctor says of the settings."""

import os

import pytest

from earmark.doctor import setup
from earmark.doctor.check import Status
from earmark.settings import Settings


@pytest.fixture
def published_to(tmp_path):
    def look(name):
        return setup.publishing(Settings("sqlite:///x.db", publish_file=tmp_path / name))

    return look


@pytest.mark.parametrize("there", [False, True])
def test_a_file_for_messages_that_may_not_be_written_is_an_error(published_to, tmp_path, monkeypatch, there):
    if there:
        (tmp_path / "events.jsonl").touch()
    assert published_to("events.jsonl").status is Status.OK
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # the superuser may always write
    check = published_to("events.jsonl")
    assert (check.status, "may not be written" in check.detail) == (Status.ERROR, True)


def test_a_folder_is_no_file_for_messages(published_to, tmp_path):
    (tmp_path / "out").mkdir()
    assert published_to("out").status is Status.ERROR
    assert published_to("missing/events.jsonl").status is Status.ERROR
