"""Whatever is done to a valid file, a reader ends soon, with records or with an error that names the file."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import EarmarkError
from tests.helpers.formats import example, opened
from tests.helpers.workbooks import with_part, workbook

CODES = {"on_hand": "145 17", "other": "33"}
TIMES = {"counted_at": {"message": True, "timezone": "Europe/Berlin"}}
VALID = {
    "invrpt-d96a": ("edifact-invrpt", example("invrpt-d96a.edi"), {"options": CODES, **TIMES}),
    "invrpt-d01b": ("edifact-invrpt", example("invrpt-d01b.edi"), {"options": CODES}),
    "846": ("x12-846", example("inventory-846.edi"), {"options": CODES, **TIMES}),
    "ubl": ("ubl-inventory", example("ubl-inventory.xml"), TIMES),
    "gs1": ("gs1-inventory", example("gs1-inventory.xml"), TIMES),
    "gs1-logistics": ("gs1-inventory", example("gs1-logistics.xml"), {}),
    "xlsx": ("xlsx", workbook(["sku", "qty"], *(["A", number] for number in range(20))), {}),
}
PARTS = ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml")
BOOK = VALID["xlsx"][1]
PATIENT = settings(deadline=10_000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with some bytes changed, left out, doubled or put in, and perhaps cut off."""
    pieces = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(pieces) - 1, 0)))
        length = draw(st.integers(0, 40))
        kind = draw(st.sampled_from(("change", "cut", "double", "insert", "move", "end")))
        if kind == "change" and pieces:
            pieces[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del pieces[at : at + length]
        elif kind == "double":
            pieces[at:at] = pieces[at : at + length] * draw(st.integers(1, 50))
        elif kind == "insert":
            pieces[at:at] = draw(
                st.one_of(st.binary(max_size=20), st.sampled_from((b"'", b"~", b"\n", b"9" * 30)))
            )
        elif kind == "move":
            moved = pieces[at : at + length]
            del pieces[at : at + length]
            to = draw(st.integers(0, len(pieces)))
            pieces[to:to] = moved
        else:
            del pieces[at:]
    return bytes(pieces)


def check(form: str, content: bytes, feed: dict) -> None:
    try:
        found = opened(form, content, **feed)
    except EarmarkError as error:
        assert "stock.dat" in error.message
        assert len(error.message) < 700
        return
    assert all(len(message) < 700 for _, _, message in found.refused)
    assert all(isinstance(text, str) for record in found.records for text in record.values())


@pytest.mark.parametrize("name", VALID)
@given(data=st.data())
@settings(PATIENT, max_examples=150)
def test_a_damaged_file_is_read_or_refused(name, data):
    form, content, feed = VALID[name]
    check(form, data.draw(mutated(content)), feed)


@pytest.mark.parametrize("part", PARTS)
@given(data=st.data())
@settings(PATIENT, max_examples=80)
def test_a_workbook_with_a_damaged_part_is_read_or_refused(part, data):
    with zipfile.ZipFile(io.BytesIO(BOOK)) as package:
        text = package.read(part)
    check("xlsx", with_part(BOOK, part, data.draw(mutated(text))), {})
