"""Running functions in processes of their own, forked from a clean server and not from the test runner."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from functools import cache
from multiprocessing.context import ForkServerContext
from typing import Any

import pytest

if "forkserver" not in multiprocessing.get_all_start_methods():
    pytest.skip("this system cannot fork", allow_module_level=True)


_LOADED = [
    *(
        f"tests.chaos.{name}"
        for name in (
            "buyer",
            "everything.worker",
            "migration",
            "night.worker",
            "scenario",
            "update",
            "worker",
        )
    ),
    *(f"engine.storage.{name}" for name in ("postgresql", "sqlite")),
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
]
"""What a process finds loaded; whatever else it is asked to run is imported in each process anew."""


@cache
def server() -> ForkServerContext:
    """A server that has the engine loaded: a process starts in milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


def in_process(function: Callable[..., None], *arguments: Any) -> Any:
    """Start the function in a process."""
    process = server().Process(target=function, args=arguments)
    process.start()
    return process
