"""What the stages of these tests make small in this process is put back: other tests count statements by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.inventory import reconcile
from engine.inventory.stock import file, imports
from engine.operations import purge


@pytest.fixture(scope="module", autouse=True)
def parts_as_before() -> Iterator[None]:
    """The parts are as large as ever once a module is over, also where a fixture of the module made them small."""
    with pytest.MonkeyPatch.context() as patch:
        for room, name in ((imports, "CHUNK"), (file, "BATCH"), (purge, "CHUNK"), (reconcile, "RANGE")):
            patch.setattr(room, name, getattr(room, name))
        yield
