"""Files and streams that users name: what is read, and that nothing else is waited for."""

import os
import threading
from pathlib import Path

import pytest

from engine import files
from engine.files import TooLarge, open_stream, open_whole, read_all


def whole(path):
    file, _ = open_whole(path, 1000)
    with file:
        return file.read()


def streamed(path):
    with open_stream(path) as file:
        return file.read()


EVERY_WAY = pytest.mark.parametrize("read", [lambda path: read_all(path, 1000), whole, streamed])


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def writing(pipe):
    """Writes into the pipe, and goes away once it is read."""
    threads = []

    def begin(*parts):
        # Opened both ways it need not wait for a reader; it is closed once a reader has had the time to come.
        number = os.open(pipe, os.O_RDWR)
        for part in parts:
            os.write(number, part)
        threads.append(threading.Timer(0.3, os.close, [number]))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join()


@EVERY_WAY
def test_a_file_is_read(read, tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    assert read(tmp_path / "a") == b"text"


@EVERY_WAY
def test_a_pipe_is_read_to_its_end(read, pipe, writing):
    writing(b"some ", b"text")
    assert read(pipe) == b"some text"


@EVERY_WAY
def test_a_pipe_that_nobody_writes_into_is_not_waited_for(read, pipe):
    with pytest.raises(OSError, match="nobody has written"):
        read(pipe)


@EVERY_WAY
def test_a_pipe_whose_writer_says_nothing_is_given_up(read, pipe, monkeypatch):
    monkeypatch.setattr(files, "SILENCE_S", 0.01)
    held = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(OSError, match="nothing came out of it"):
            read(pipe)
    finally:
        os.close(held)


@EVERY_WAY
def test_a_device_without_an_end_and_a_folder_are_refused(read, tmp_path):
    with pytest.raises(OSError, match="device"):
        read(Path("/dev/zero"))
    with pytest.raises(OSError, match="folder"):
        read(tmp_path)
    with pytest.raises(OSError, match="no file has such a name"):
        read(Path("a\0b"))


@EVERY_WAY
def test_the_null_device_is_empty(read):
    assert read(Path(os.devnull)) == b""


@pytest.mark.parametrize("read", [lambda path: read_all(path, 8), lambda path: open_whole(path, 8)])
def test_no_more_than_the_limit_is_taken_of_a_stream(read, pipe, writing):
    writing(b"x" * 9)
    with pytest.raises(TooLarge, match="larger than 8 bytes"):
        read(pipe)


def test_a_file_has_a_time_and_a_stream_has_none(tmp_path, pipe, writing):
    (tmp_path / "a").write_bytes(b"text")
    os.utime(tmp_path / "a", (5, 5))
    writing(b"text")
    for path, time in ((tmp_path / "a", 5_000_000), (pipe, None)):
        file, written = open_whole(path, 8)
        file.close()
        assert written == time
