"""Everything at once, by workers that are killed every two seconds: nothing is lost, doubled or oversold."""

from __future__ import annotations

import os
import random
import shutil
import time

import pytest

from tests.chaos.everything.run import live

SECONDS = 20
"""How long a run of every test run is, on each kind of database; its end comes on top."""

SOAK = "EARMARK_SOAK_MINUTES"
SOAK_PIECE_S = 300.0
SEED = "EARMARK_SOAK_SEED"


def test_everything_at_once(tmp_path, database_url):
    live(tmp_path, database_url, 1, SECONDS)


@pytest.mark.skipif(SOAK not in os.environ, reason=f"{SOAK} is not set: 'make soak' does")
def test_everything_at_once_for_as_long_as_one_likes(tmp_path, fresh_url):
    left = 60 * float(os.environ[SOAK])
    end, number = time.monotonic() + left, 0
    while left > 0:
        folder = tmp_path / f"piece-{number}"
        folder.mkdir()
        url = fresh_url()
        seed = int(os.environ.get(SEED, random.randrange(2**32)))
        live(folder, url or f"sqlite:///{folder}/earmark.db", seed, min(left, SOAK_PIECE_S))
        shutil.rmtree(folder)
        left, number = end - time.monotonic(), number + 1
