"""What commands leave in a file, so that it outlives the process that called them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class Journal:
    """One line for each call: a name, the command key, the ids of its items."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, name: str, key: str, items: Iterable[int]) -> None:
        with self._path.open("a") as file:
            file.write(f"{name}|{key}|{','.join(map(str, items))}\n")

    def calls(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """Every call in order: name, key, items."""
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        parts = [line.split("|") for line in lines]
        return [(name, key, tuple(map(int, ids.split(",")))) for name, key, ids in parts]
