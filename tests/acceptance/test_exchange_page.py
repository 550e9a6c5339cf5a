"""The page about two shops with one warehouse: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "exchange.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def played(project, earmark):
    """The page was followed to its end."""
    said = {}
    for kind, name, text in BLOCKS:
        if name:
            Path(name).write_text(text, encoding="utf-8")
        elif kind == "sh":
            for line in text.splitlines():
                word, *arguments = line.split()
                assert word == "earmark"
                said[" ".join(arguments[2:4])] = earmark(*arguments).out
    return said


def test_the_other_shop_can_sell_so_much_less(played):
    assert re.search(r"\b7\b", played["availability tea-green"])


def test_at_the_end_nothing_is_pending(played, earmark):
    rows = earmark("--db", "sqlite:///de.db", "exchange", "status", "--json").shaped("exchange-status")
    assert [(row["store"], row["direction"], row["pending"]) for row in rows] == [
        ("DE", "export", 0),
        ("AT", "import", 0),
    ]


def test_what_the_commands_answer_has_the_published_shape(played, earmark):
    de = ("--db", "sqlite:///de.db", "exchange")
    earmark(*de, "export", "--to", "spool:to-at", "--json").shaped("exchange-export")
    Path("to-de/1.json").write_text("{")
    report = earmark(*de, "import", "--from", "spool:to-de", "--json", code=1).shaped("exchange-import")
    assert report["kept"] == 1
    (kept,) = earmark(*de, "refused", "--json").shaped("exchange-refused")
    assert (kept["reason"], kept["body"], kept["channel"]) == ("not_json", "{", "spool:to-de")
    assert "not_json" in earmark(*de, "refused", "--again").out
    earmark(*de, "resync", "--json").shaped("exchange-resync")
    earmark(*de, "forget", "AT", "--json").shaped("exchange-forget")


def test_jobs_do_both_directions(played, earmark):
    jobs = next(text for kind, name, text in BLOCKS if kind == "toml")
    Path("earmark.toml").write_text('database = "de.db"\n' + jobs.replace("/srv/exchange/", ""))
    from earmark.settings import load_settings

    to, source = load_settings(environment={}, folder=Path()).jobs
    assert (to.to, source.source) == (("spool:to-at",), "spool:to-de")


def test_a_way_that_is_none_is_told_without_its_password(played, earmark):
    answer = earmark(
        "--db", "sqlite:///de.db", "exchange", "export", "--to", "amqp://u:geheim@host/v", code=1
    )
    assert "does not name one queue" in answer.err
    assert "geheim" not in answer.err + answer.out
    assert earmark("--db", "sqlite:///de.db", "exchange", "export", "--to", "http://x", code=1).err.count(
        "no way to"
    )


def test_a_short_secret_is_refused(played, earmark, monkeypatch):
    monkeypatch.setenv("EARMARK_EXCHANGE_SECRET", "short")
    answer = earmark("--db", "sqlite:///de.db", "exchange", "status", code=1)
    assert "fewer than 16 characters" in answer.err
    assert "short" not in answer.err.replace("fewer than 16 characters", "")
