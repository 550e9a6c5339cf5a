"""Reading corrections of stock: JSON Lines, a JSON array, or CSV with a line of names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from pydantic import ValidationError

from earmark.cli.given import text_of
from earmark.cli.json_input import decode_json
from earmark.cli.order_input import kind_of, sentence
from earmark.words.text import count
from engine.errors import InputError
from engine.requests import StockCorrection

NAMES = ("sku", "warehouse", "by", "reason", "reference")
"""What a correction says; the columns of CSV, in any order. ``reference`` may be missing."""

_SHAPE = (
    'A correction is {"sku", "warehouse", "by", "reason"}, one a line, or CSV with these names in the first line; '
    "'reference' makes it known."
)
_ONE = """Write it like this: earmark stock correct SKU --warehouse W --by -3 --reason "broken"."""

_LARGEST = 16 << 20
"""How many bytes corrections may have: they are one transaction."""

_MOST_LISTED = 100

_Row = tuple[int, Any]
"""The number of a line and what it says, or the error of what it says."""


def one_correction(value: Mapping[str, Any]) -> StockCorrection:
    """Return the correction of a command's options. Raises InputError with everything that is wrong."""
    try:
        return StockCorrection.model_validate(value)
    except ValidationError as error:
        missing = [f"--{one['loc'][0]}" for one in error.errors() if one["type"] == "missing"]
        if missing:
            raise InputError(f"a correction needs {', '.join(missing)}", remedy=_ONE) from None
        raise InputError(_told(error), remedy=_ONE) from None


def read_corrections(stream: IO[bytes], name: str, given: Mapping[str, str]) -> list[StockCorrection]:
    """Return the corrections of the input; ``given`` is what lines that do not say it are to say.

    Raises InputError with every line that is wrong.
    """
    text = text_of(stream, name, largest=_LARGEST, has="the corrections have", shape=_SHAPE)
    if not text.strip():
        raise _nothing(name)
    rows = _json_rows(text, name) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text, name)
    found: list[StockCorrection] = []
    wrong: list[str] = []
    for line, value in rows:
        if isinstance(value, InputError) and value.message.startswith(f"{name}:"):  # it has told its place
            wrong.append(value.message)
            continue
        try:
            found.append(_correction(value, given))
        except InputError as error:
            wrong.append(f"{name}:{line}: {error.message}")
    if wrong:
        more = len(wrong) - _MOST_LISTED
        listed = [*wrong[:_MOST_LISTED], *([f"and {more} more"] if more > 0 else [])]
        if len(wrong) == 1:
            raise InputError(f"{wrong[0]}; nothing was corrected", remedy=_SHAPE)
        raise InputError(
            f"nothing was corrected: {count(len(wrong), 'line')} cannot be read", remedy=_SHAPE, listed=listed
        )
    if not found:
        raise _nothing(name)
    return found


def _nothing(name: str) -> InputError:
    return InputError(f"{name}: there is no correction in it", remedy=_SHAPE)


def _correction(value: Any, given: Mapping[str, str]) -> StockCorrection:
    if isinstance(value, InputError):
        raise value
    if not isinstance(value, dict):
        raise InputError(f"a correction is a JSON object, not {kind_of(value)}")
    said = {key: one for key, one in value.items() if one is not None}
    try:
        return StockCorrection.model_validate({**given, **said})
    except ValidationError as error:
        raise InputError(_told(error)) from None


def _told(error: ValidationError) -> str:
    said = {"extra_forbidden": f"is no part of a correction, which has {', '.join(NAMES)}"}
    return "; ".join(
        f"{detail['loc'][0]}: {said[detail['type']]}"
        if detail["type"] in said
        else sentence(detail, "a correction")
        for detail in error.errors(include_url=False)
    )


def _json_rows(text: str, name: str) -> Iterator[_Row]:
    if text.lstrip().startswith("["):
        yield from ((place, value) for place, value in enumerate(decode_json(text, name), start=1))
        return
    for number, row in enumerate(text.split("\n"), start=1):
        if row.strip():
            try:
                yield number, decode_json(row.strip(), name, number)
            except InputError as error:
                yield number, error


def _csv_rows(text: str, name: str) -> Iterator[_Row]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, strict=True)
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
        _check_columns(columns, name)
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num, _csv_value(columns, fields)
    except csv.Error as error:
        raise InputError(
            f"{name}:{reader.line_num}: the quotes do not match: {error}", remedy=_SHAPE
        ) from None


def _check_columns(columns: Sequence[str], name: str) -> None:
    unknown = [column for column in columns if column not in NAMES]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if unknown or twice:
        what = (
            f"unknown columns: {', '.join(map(repr, unknown))}"
            if unknown
            else f"columns given twice: {twice}"
        )
        raise InputError(f"{name}:1: {what}", remedy=_SHAPE)


def _csv_value(columns: Sequence[str], fields: Sequence[str]) -> dict[str, str] | InputError:
    if len(fields) != len(columns):
        return InputError(f"the row has {count(len(fields), 'field')}, the first line {len(columns)}")
    return {column: field for column, field in zip(columns, fields, strict=True) if field.strip()}
