"""``earmark demo``: what a newcomer sees, on a small world, through the command line."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from earmark.cli.run import run

ORDERS = 300


def earmark(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "earmark", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def answer(*words: str, folder: Path):
    done = earmark(*words, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, parse_float=Decimal)


def timeless(matrix):
    """The matrix without ages: the demonstration plays on days of its own, commands look at it today."""
    ages = ("day", "week", "older")
    return [{name: value for name, value in row.items() if name not in ages} for row in matrix]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The folder of a finished demonstration and the summary it printed."""
    folder = tmp_path_factory.mktemp("demo")
    summary = answer("demo", "--dir", "out", "--orders", str(ORDERS), "--seed", "5", folder=folder)
    return folder / "out", summary


def test_every_order_is_either_placed_or_refused_for_a_reason(played):
    _, summary = played
    orders = summary["orders"]
    assert orders["placed"] + sum(orders["refused"].values()) == ORDERS + 4
    assert orders["asked"] == orders["placed"] + sum(orders["refused"].values())
    assert orders["refused"]["not_available"] > 0
    assert {name: orders["refused"][name] for name in ("order_conflict", "unknown_sku", "unknown_store")} == {
        "order_conflict": 1,
        "unknown_sku": 1,
        "unknown_store": 1,
    }


def test_three_processes_have_items_in_many_states(played):
    _, summary = played
    states = {(row["process"], row["state"]): row["items"] for row in summary["matrix"] if row["items"]}
    assert {process for process, _ in states} == {"DummyPayment", "Prepayment", "ClickAndCollect"}
    assert len(states) >= 12
    for state in ("cancelled", "invalid", "shipped", "closed", "refunded"):
        assert states["DummyPayment", state] > 0
    assert sum(states.values()) == summary["items"]


def test_the_stock_update_releases_exactly_what_had_left_before_the_count(played):
    _, summary = played
    update = summary["stock_update"]
    released = Decimal(update["before"]["reserved"]) - Decimal(update["after"]["reserved"])
    assert released == Decimal(update["left_before_count"]) > 0
    assert update["released"] > 0
    assert update["kept"] > 0, "nothing was shipped between the count and its import"


def test_nothing_drifts_and_the_command_line_says_so_too(played):
    folder, summary = played
    assert summary["drift"] == 0
    recounted = answer("reservation", "reconcile", "--dry-run", folder=folder)
    assert recounted["drift"] == []
    assert recounted["checked"] == 2 * summary["products"]


def test_the_folder_is_a_project_in_which_every_command_works(played):
    folder, summary = played
    key = ("process", "state", "items")
    live = [tuple(row[name] for name in key) for row in answer("matrix", folder=folder)]
    assert live == [tuple(row[name] for name in key) for row in summary["matrix"]]
    checked = answer("process", "check", "processes/ClickAndCollect.xml", folder=folder)
    assert [finding for finding in checked["findings"] if finding["severity"] == "error"] == []
    drawn = earmark(
        "process", "draw", "ClickAndCollect", "-o", "picture.svg", "--counts", "--db", "sqlite:///earmark.db",
        folder=folder,
    )  # fmt: skip
    assert drawn.returncode == 0, drawn.stderr


def test_availability_is_what_the_last_count_and_the_items_say(played):
    folder, _ = played
    with next((folder / "incoming").rglob("*.csv")).open(encoding="utf-8", newline="") as file:
        counted = {
            (row["concrete_sku"], row["name"]): Decimal(row["quantity"]) for row in csv.DictReader(file)
        }
    skus = sorted({sku for sku, _ in counted})[:20]
    for row in answer("availability", *skus, "--store", "AT", folder=folder):
        stock = counted[row["sku"], "Vienna"] + counted[row["sku"], "Berlin"]
        assert Decimal(row["stock"]) == stock
        free = stock - Decimal(row["reserved"]) - Decimal(row["held"])
        assert Decimal(row["available"]) == max(Decimal(0), free)


def test_published_events_tell_of_changes_from_and_to_nothing(played):
    folder, summary = played
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == sum(summary["published"].values())
    events = [event for event in map(json.loads, lines) if "abstract_sku" in event]
    assert len(events) == summary["published"]["availability"]
    versions: dict[tuple[str, str], int] = {}
    for event in events:
        cell = event["abstract_sku"], event["Store"]["name"]
        assert event["_version"] > versions.get(cell, 0)
        versions[cell] = event["_version"]
    assert any(row["quantity"] == 0 for event in events for row in event["SpyAvailabilities"])


class Addresses(HTMLParser):
    """Collects what a browser would load, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        wanted = {"src", "srcset", "data", "poster"} | (
            {"href"} if tag in ("link", "image", "use") else set()
        )
        self.loaded += [value for name, value in attrs if name in wanted and value]
        if tag in ("script", "iframe", "object"):
            self.loaded.append(tag)

    def handle_data(self, data):
        self.text += data


def test_the_report_stands_alone_and_shows_the_numbers_of_the_summary(played):
    folder, summary = played
    page = (folder / "report.html").read_text(encoding="utf-8")
    found = Addresses()
    found.feed(page)
    assert found.loaded == []
    assert re.search(r"url\(|@import", page) is None
    assert f"{summary['items']:,} order items" in found.text
    assert f"{summary['stock_update']['released']:,}" in found.text
    assert "drift 0" in found.text
    assert "not_available" in found.text
    for name in ("DummyPayment", "Prepayment", "ClickAndCollect"):
        assert f">{name}<" in page
        assert (folder / "diagrams" / f"{name}.svg").stat().st_size > 1000
    assert page.count("earmark-diagram") == 3
    turned = re.search(r"import the first count</td><td[^>]*>0</td><td[^>]*>([\d,]+)<", page)
    assert turned is not None, "the table of events lacks the first count"
    assert int(turned[1].replace(",", "")) == 2 * summary["products"]


def test_the_report_is_dark_throughout_for_whoever_prefers_that(played):
    page = (played[0] / "report.html").read_text(encoding="utf-8")
    style = page.partition("<style>")[2].partition("</style>")[0]
    dark = style.partition("@media screen and (prefers-color-scheme: dark)")[2]
    drawings = "".join(re.findall(r"<svg .*?</svg>", page, re.DOTALL))
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"', drawings))
    assert len(colours) > 5
    assert {colour for colour in colours if f'="{colour}"]' not in dark} == set()
    assert "background: #fff;" not in style


def test_every_command_that_the_report_suggests_works(played, project, monkeypatch, capfd):
    folder, _ = played
    monkeypatch.chdir(shutil.copytree(folder, project / "copy"))
    page = (folder / "report.html").read_text(encoding="utf-8")
    listed = html.unescape(re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)[-1]).strip().splitlines()
    assert shlex.split(listed[0]) == ["cd", str(folder)]
    commands = [shlex.split(line, comments=True) for line in listed if line.startswith("earmark ")]
    assert len(commands) >= 10
    for words in commands:
        if words[1] != "scheduler":
            code = run(words[1:])
            assert code == 0, (words, capfd.readouterr().err)


def test_the_same_seed_gives_the_same_numbers_and_text_goes_to_people(tmp_path, played):
    _, summary = played
    done = earmark("demo", "--dir", "again", "--orders", str(ORDERS), "--seed", "5", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[-1] == f"report: {tmp_path / 'again' / 'report.html'}"
    assert re.search(r"^drift 0 ", done.stdout, re.MULTILINE)
    for row in summary["matrix"]:
        line = rf"^{row['process']} +{row['state']} +{row['items']:,}(?: |$)"
        assert re.search(line, done.stdout, re.MULTILINE), row
    before = summary["stock_update"]["before"]["reserved"]
    assert re.search(rf"^reserved units +{Decimal(before):,}".replace(".", r"\."), done.stdout, re.MULTILINE)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("all my work", encoding="utf-8")
    done = earmark("demo", "--dir", "out", "--orders", "50", folder=tmp_path)
    assert done.returncode == 1
    assert "not of an earlier demonstration" in done.stderr
    assert "--dir" in done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_folder_of_an_earlier_demonstration_is_made_anew(tmp_path):
    for _ in range(2):
        summary = answer("demo", "--dir", "out", "--orders", "50", folder=tmp_path)
    assert timeless(answer("matrix", folder=tmp_path / "out")) == timeless(summary["matrix"])


def test_a_database_in_use_is_left_alone(played, tmp_path):
    folder, summary = played
    url = f"sqlite:///{folder / 'earmark.db'}"
    done = earmark("demo", "--dir", "out", "--orders", "50", "--db", url, folder=tmp_path)
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert timeless(answer("matrix", folder=folder)) == timeless(summary["matrix"])


def test_a_database_of_ones_own_may_be_named(tmp_path):
    summary = answer("demo", "--dir", "out", "--orders", "50", "--db", "sqlite:///mine.db", folder=tmp_path)
    assert not (tmp_path / "out" / "earmark.db").exists()
    assert timeless(answer("matrix", "--db", "sqlite:///mine.db", folder=tmp_path)) == timeless(
        summary["matrix"]
    )
    assert timeless(answer("matrix", folder=tmp_path / "out")) == timeless(summary["matrix"])
