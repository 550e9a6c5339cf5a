"""The page about feeds: it names every key, and its examples are read as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from earmark.feeds import model
from tests.helpers.feeds import read

PAGE = (Path(__file__).parents[3] / "docs" / "feeds.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```csv\n(.*?)```\n\n```toml\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)

PARTS = {
    name: part
    for name, part in vars(model).items()
    if isinstance(part, type) and issubclass(part, BaseModel) and not name.startswith("_")
}


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"BaseModel", "Http", "Export"}))
def test_every_key_is_described(part):
    keys = PARTS[part].model_fields
    assert [
        key for key in keys if f"`{key}`" not in PAGE and f"`[{key}]`" not in PAGE and f"{key}," not in PAGE
    ] == []


@pytest.mark.parametrize(("content", "settings", "said"), EXAMPLES)
def test_the_examples_are_read_as_shown(tmp_path, content, settings, said):
    found = read(tmp_path, settings, content, feed=settings.split('name = "')[1].split('"')[0])
    from engine.api.values import format_quantity, format_time

    rows = [
        [
            str(row.line),
            row.sku,
            row.warehouse,
            format_quantity(row.quantity),
            "yes" if row.never_out_of_stock else "no",
            "yes" if row.is_bundle else "no",
            "-" if row.counted_at is None else format_time(row.counted_at),
        ]
        for row in found.rows
    ]
    assert rows == [re.split(r" {2,}", line) for line in said.splitlines()[1:]]
    assert found.refused == []


def test_there_are_examples():
    assert len(EXAMPLES) == 2
