"""The process of a night that does the jobs of all feeds once, unless it is killed on its way."""

from __future__ import annotations

import json
from pathlib import Path

from earmark.bootstrap import feeds_of
from tests.chaos.night.stage import open_shop, settings

BEGUN, ENDED = "begun", "ended"
TOLD = "told.jsonl"
"""What each job came to, for whoever looks into a night that went wrong."""


def work(folder: Path, url: str) -> None:
    """Do every job once, then say so."""
    found = settings(folder)
    shop = open_shop(folder, url)
    (folder / BEGUN).touch()
    for job in found.jobs:
        report = shop.engine.run_job(job, feeds=feeds_of(found))
        with (folder / TOLD).open("a") as told:
            told.write(json.dumps(report.as_dict()) + "\n")
    shop.close()
    (folder / ENDED).touch()
