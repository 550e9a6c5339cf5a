"""A shop's whole list of products, applied by the command as an operator applies it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PRODUCTS = 250_000


class Applied(NamedTuple):
    """How long ``earmark topology apply`` took, with its start, and the most memory that it had."""

    seconds: float
    megabytes: float


def write_topology(path: Path, *, one_to_a_line: bool) -> Path:
    """Write two stores and the products: as ``topology show`` writes them, or as YAML libraries do."""
    with path.open("w", encoding="utf-8") as file:
        file.write("warehouses: [{name: W1}, {name: W2}]\n")
        file.write("stores: [{name: DE, warehouses: [W1]}, {name: AT, warehouses: [W2]}]\nproducts:\n")
        file.writelines(_lines(one_to_a_line))
    return path


def _lines(one_to_a_line: bool) -> Iterator[str]:
    for n in range(PRODUCTS):
        if one_to_a_line:
            yield f'  - {{sku: "A{n:06}", concretes: [{{sku: "A{n:06}-1"}}]}}\n'
        else:
            yield f"- concretes:\n  - sku: A{n:06}-1\n  sku: A{n:06}\n"


def apply(url: str, path: Path) -> Applied:
    """Apply the file in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "earmark", "topology", "apply", str(path), "--db", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return Applied(time.perf_counter() - began, usage.ru_maxrss / 1024)
