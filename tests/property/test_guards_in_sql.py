"""Guards that the database answers say what they say in Python, of every item and in every collation."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage.schema import upgrade
from rules.guards.compiled import compile_guard
from rules.guards.problems import GuardInvalid
from tests.helpers.postgres import new_database
from tests.helpers.shop import Shop
from tests.property.guard_expressions import Expressions
from tests.property.guard_rows import Rows, differences, filled

SOAK, SEED = "EARMARK_SOAK_MINUTES", "EARMARK_SOAK_SEED"
SECONDS = 15.0
"""For how long each database is asked in every run."""

DATABASES = {
    "sqlite": "",
    "postgresql-c": "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
    "postgresql-icu-en": "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
    "postgresql-icu-de": "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'",
}
"""The databases that are asked: texts are ordered differently in each."""


@pytest.fixture(scope="module", params=DATABASES)
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    folder = tmp_path_factory.mktemp("guards")
    if request.param == "sqlite":
        yield from _filled(folder, None)
        return
    server = str(request.getfixturevalue("postgresql"))
    with new_database(server, options=DATABASES[request.param]) as url:
        upgrade(url)
        yield from _filled(folder, url)


def _filled(folder: Path, url: str | None) -> Iterator[Rows]:
    shop = Shop(folder, url=url)
    yield Rows(filled(shop, random.Random(7)))
    shop.close()


def ask(rows: Rows, seconds: float, seed: int) -> tuple[int, int]:
    """Ask for so long; return how many guards were asked, and of how many the database could tell anything."""
    chance = random.Random(seed)
    expressions, end = Expressions(chance), time.monotonic() + seconds
    asked = told = 0
    while time.monotonic() < end:
        text = expressions.guard(chance.choice((0, 1, 2, 3)))
        try:
            compile_guard(text)
        except GuardInvalid:
            continue
        asked += 1
        told += rows.by_database(text) is not None
        wrong = differences(rows, text)
        assert wrong == [], f"seed {seed}: {text}"
    return asked, told


def test_they_agree(rows: Rows) -> None:
    asked, told = ask(rows, SECONDS, int(os.environ.get(SEED, "1")))
    assert asked > 20
    assert told > asked * 0.5


@pytest.mark.skipif(SOAK not in os.environ, reason=f"{SOAK} is not set: 'make soak' does")
def test_they_agree_for_as_long_as_one_likes(rows: Rows) -> None:
    minutes = float(os.environ[SOAK]) / len(DATABASES)
    ask(rows, 60 * minutes, int(os.environ.get(SEED) or random.randrange(10**9)))
