"""The page about sharing warehouses: a merchant who writes what it shows gets what it tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "sharing.md").read_text(encoding="utf-8")
FILES = re.findall(r"^```(?:yaml|csv) (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = {store: int(amount) for store, amount in re.findall(r"^\| (\w+) \| (\d+) \|$", PAGE, re.MULTILINE)}
ORDER = {
    "reference": "o-1",
    "store": "FR",
    "process": "Prepayment",
    "items": [{"sku": "tea-green", "quantity": 75}],
}


def play(earmark) -> None:
    for name, text in FILES:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    for line in COMMANDS.splitlines():
        word, *arguments = line.split()
        assert word == "earmark"
        earmark(*arguments)


def can_sell(earmark, store: str) -> int:
    (row,) = earmark("availability", "tea-green", "--store", store, "--json").shaped("availability")
    return int(row["available"])


def test_the_example_comes_to_the_numbers_of_the_page(project, earmark):
    play(earmark)
    assert len(ROWS) == 5
    assert {store: can_sell(earmark, store) for store in ROWS} == ROWS
    shown = earmark("sharing", "show", "tea-green", "--json").shaped("sharing-show")
    assert [(group["warehouse_group"], group["stock"]) for group in shown["warehouse_groups"]] == [
        ("Berlin", "12"),
        ("Europe", "180"),
        ("US", "80"),
    ]


def test_what_is_sold_is_divided_anew_and_explained(project, earmark):
    play(earmark)
    earmark("process", "deploy", "Prepayment")
    Path("order.json").write_text(json.dumps(ORDER))
    earmark("order", "place", "order.json")
    assert [can_sell(earmark, store) for store in ("DE", "FR", "AMZ")] == [53, 53, 52]
    told = earmark("availability", "tea-green", "--store", "DE", "--explain").out
    assert "divided by equal between EU web, EU Amazon" in " ".join(told.split())
    assert (
        "Europe: 180 (DE 1 50, DE 2 30, FR 100), divided by equal"
        in earmark("sharing", "show", "tea-green").out
    )
    assert "ok    sharing: as in the rules" in earmark("doctor").out


def test_balancing_tells_what_it_would_change_and_changes_it(project, earmark):
    play(earmark)
    rules = Path("rules/sharing.yaml")
    rules.write_text(rules.read_text().replace("strategy: equal", "strategy: demand"))
    earmark("process", "deploy", "Prepayment")
    Path("order.json").write_text(json.dumps({**ORDER, "items": [{"sku": "tea-green", "quantity": 10}]}))
    earmark("order", "place", "order.json")
    asked = ("sharing", "balance", "tea-green", "--json")
    foreseen = earmark(*asked, "--dry-run").shaped("sharing-balance")  # it measures nothing
    assert [(one["before"], one["after"]) for one in foreseen["changes"]] == [("80", "85"), ("90", "85")]
    done = earmark(*asked).shaped("sharing-balance")
    assert [(one["channel_group"], one["before"], one["after"]) for one in done["changes"]] == [
        ("EU web", "80", "170"),
        ("EU Amazon", "90", "0"),
    ]
    assert "1 product balanced, 0 allotments changed" in earmark("sharing", "balance", "tea-green").out


def test_what_cannot_be_is_refused_with_file_and_line(project, earmark):
    play(earmark)
    rules = Path("rules/sharing.yaml")
    rules.write_text(rules.read_text().replace("[Store Berlin]}", "[Store Berlin, Store Bonn]}"))
    failed = earmark("availability", "tea-green", "--store", "DE", "--json", code=None)
    error = failed.shaped("error")["error"]
    assert error["code"] == "rules_invalid"
    text = error["message"]
    assert 'sharing.yaml:2: there is no warehouse "Store Bonn". Did you mean "Store Berlin"?' in text
    assert 'the warehouse "Store Berlin" is fixed, and its group "Berlin" has "Store Bonn" as well' in text
    assert "WARN  sharing: rules/sharing.yaml:2: there is no warehouse" in earmark("doctor", code=None).out
