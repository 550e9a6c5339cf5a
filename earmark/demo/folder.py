"""The folder of the demonstration: a project as a user's own would be, which the next run makes anew."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from engine.errors import FileUnreadable, InputError
from engine.requests import OrderRequest, Topology

_MARK = "# Written by 'earmark demo', which makes this folder anew each time.\n"
_OWN = (
    "data",
    "diagrams",
    "earmark.db",
    "earmark.db-shm",
    "earmark.db-wal",
    "earmark.toml",
    "events.jsonl",
    "incoming",
    "plugins",
    "processes",
    "report.html",
    "topology.yaml",
)

_SETTINGS = """\
# Settings for every command that is run in this folder.
database = "{database}"
plugins = ["plugins/click_and_collect.py"]

[publish]
file = "events.jsonl"

[[jobs]]
kind = "conditions"
interval = "1 minute"

[[jobs]]
kind = "timeouts"
interval = "1 minute"

[[jobs]]
kind = "stock-update"
path = "incoming/*.csv"
cron = "0 * * * *"
"""


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths in the folder of the demonstration."""

    path: Path

    @property
    def database(self) -> Path:
        """The embedded database."""
        return self.path / "earmark.db"

    @property
    def process(self) -> Path:
        """The process written for the demonstration."""
        return self.path / "processes" / "ClickAndCollect.xml"

    @property
    def plugin(self) -> Path:
        """The plugins of that process."""
        return self.path / "plugins" / "click_and_collect.py"

    @property
    def first_count(self) -> Path:
        """The stock of the first day."""
        return self.path / "data" / "stock-first-day.csv"

    @property
    def second_count(self) -> Path:
        """The count that the scheduled stock update finds."""
        return self.path / "incoming" / "stock-day-10.csv"

    @property
    def incoming(self) -> str:
        """The pattern of the files that the scheduled stock update looks for."""
        return str(self.path / "incoming" / "*.csv")

    @property
    def events(self) -> Path:
        """The published availability events, one JSON object a line."""
        return self.path / "events.jsonl"

    @property
    def diagrams(self) -> Path:
        """The folder of the diagrams."""
        return self.path / "diagrams"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    def prepare(self, database_url: str | None) -> None:
        """Make the folder, without anything that an earlier demonstration left.

        Raises InputError for a folder that holds something else, FileUnreadable when it cannot be made.
        """
        settings = self.path / "earmark.toml"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if any(self.path.iterdir()) and not _is_marked(settings):
                raise InputError(
                    f"{self.path} holds something that is not of an earlier demonstration",
                    remedy="Name an empty or a new folder with --dir.",
                )
            for name in _OWN:
                _remove(self.path / name)
            for place, name in (
                (self.process, "ClickAndCollect.xml"),
                (self.plugin, "click_and_collect.py.txt"),
            ):
                place.parent.mkdir()
                text = files("earmark.demo").joinpath("files", name).read_text(encoding="utf-8")
                place.write_text(text, encoding="utf-8")
            self.diagrams.mkdir()
            (self.path / "data").mkdir()
            text = _SETTINGS.format(database=database_url or "sqlite:///earmark.db")
            settings.write_text(_MARK + text, encoding="utf-8")
        except OSError as error:
            raise FileUnreadable(f"{error.filename}: {error.strerror}") from None

    def write_inputs(self, topology: Topology, orders: Iterable[OrderRequest]) -> None:
        """Write what is fed to the engine also as files, in the form that the command line takes."""
        shown = topology.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(shown, sort_keys=False, default_flow_style=None)
        (self.path / "topology.yaml").write_text(text, encoding="utf-8")
        with (self.path / "data" / "orders.jsonl").open("w", encoding="utf-8") as file:
            for order in orders:
                file.write(json.dumps(order.model_dump(mode="json", exclude_defaults=True)) + "\n")


def _is_marked(settings: Path) -> bool:
    return settings.is_file() and settings.read_text(encoding="utf-8").startswith(_MARK)


def _write(path: Path, name: str) -> None:
    path.parent.mkdir()
    path.write_text(
        files("earmark.demo").joinpath("files", name).read_text(encoding="utf-8"), encoding="utf-8"
    )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
