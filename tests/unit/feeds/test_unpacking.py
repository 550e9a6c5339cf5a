"""Files that came packed: what is in them, no more than allowed, and what cannot be unpacked."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from earmark.feeds.unpacking import unpacked
from engine.errors import FileUnreadable

BODY = b"sku,quantity\n" + b"A-1,5\n" * 50_000


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


def read(content, most=1 << 20):
    with unpacked(io.BytesIO(content), Path("stock.csv"), most) as file:
        return file.read()


@pytest.mark.parametrize("content", [BODY, b"", b"PK", zipped(mimetype=b"x", content_xml=b"y")])
def test_what_is_not_packed_is_the_file_itself(content):
    assert read(content) == content


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(BODY),
        gzip.compress(BODY[:13]) + gzip.compress(BODY[13:]),
        gzip.compress(BODY) + b"\0" * 600,
        zipped(export__stock_csv=BODY),
    ],
    ids=["gzip", "two parts", "filled up", "zip"],
)
def test_what_is_packed_comes_out_whole(content):
    assert read(content) == BODY


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(BODY)[:-9], "it ends too soon"),
        (gzip.compress(BODY)[:-8] + b"12345678", "incorrect data check"),
        (zipped(a_csv=BODY, b_csv=BODY), "this one has 2: 'a.csv', 'b.csv'"),
        (zipped(), None),
    ],
    ids=["cut off", "damaged", "several", "none"],
)
def test_what_cannot_be_unpacked_is_told(content, said):
    if said is None:
        assert read(content) == content
        return
    with pytest.raises(FileUnreadable) as caught:
        read(content)
    assert said in caught.value.message
    assert caught.value.message.startswith("stock.csv cannot be unpacked")


@pytest.mark.parametrize("content", [gzip.compress(BODY), zipped(a_csv=BODY)])
def test_no_more_than_allowed_comes_out(content):
    with pytest.raises(FileUnreadable, match="more than 1000 bytes packed in it"):
        read(content, most=1000)
    assert read(content, most=len(BODY)) == BODY


def test_a_locked_file_is_told():
    content = bytearray(zipped(a_csv=BODY))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(mark) + (6 if mark == b"PK\x03\x04" else 8)] |= 1
    with pytest.raises(FileUnreadable, match="locked with a password"):
        read(bytes(content))
