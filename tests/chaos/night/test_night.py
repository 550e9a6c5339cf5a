"""Nights of feeds from four warehouses: late, broken, doubled and changing files, a bad server, killed processes.

Whatever happens, stock and availability are what a plain model says, and no shipped item is released twice or too
soon.
"""

from __future__ import annotations

import os
import random
import shutil
import time

import pytest

from tests.chaos.night.play import Night

DAYS = 2
"""How long a night of every test run is, on each kind of database."""

SOAK = "EARMARK_SOAK_MINUTES"
SOAK_DAYS = 20
SEED = "EARMARK_SOAK_SEED"


def test_a_night_of_feeds(tmp_path, database_url):
    Night(tmp_path, database_url, 1).play(DAYS)


@pytest.mark.skipif(SOAK not in os.environ, reason=f"{SOAK} is not set: 'make soak' does")
def test_nights_of_feeds_for_as_long_as_one_likes(tmp_path, fresh_url):
    end, number = time.monotonic() + 60 * float(os.environ[SOAK]), 0
    while time.monotonic() < end:
        folder = tmp_path / f"night-{number}"
        folder.mkdir()
        seed = int(os.environ.get(SEED, random.randrange(2**32)))
        url = fresh_url()
        Night(folder, url or f"sqlite:///{folder}/earmark.db", seed).play(SOAK_DAYS)
        shutil.rmtree(folder)
        number += 1
