"""The page about sharing warehouses and databases: each of the four ways is played."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = re.findall(r"^\| (\d): (\w+) \| (\d+) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("number", ["1", "2", "3", "4"])
def test_a_way_to_share_comes_to_the_numbers_of_the_page(project, earmark, number):
    for kind, name, text in BLOCKS:
        if kind != "sh" and (name == "order.json" or name.startswith(f"{number}/")):
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
    os.chdir(number)
    (commands,) = [text for kind, name, text in BLOCKS if kind == "sh" and name == number]
    for line in commands.splitlines():
        word, *arguments = line.split()
        assert word == "earmark"
        earmark(*arguments)
    told = {store: int(amount) for which, store, amount in ROWS if which == number}
    assert told.keys() == {"DE", "AT"}
    for store, amount in told.items():
        database = "both.db" if Path("both.db").exists() else f"{store.lower()}.db"
        asked = ("--db", f"sqlite:///{database}", "availability", "tea-green", "--store", store, "--json")
        (row,) = earmark(*asked).shaped("availability")
        assert int(row["available"]) == amount


def test_stores_that_overlap_without_sharing_are_warned_of(project, earmark):
    (text,) = [text for _, name, text in BLOCKS if name == "4/both.yaml"]
    Path("both.yaml").write_text(re.sub(r", shares_reservations_with: \[\w+\]", "", text))
    done = earmark("topology", "apply", "both.yaml")
    assert "share" in done.err + done.out
