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


@cache
def server() -> ForkServerContext:
    """A server that has the engine loaded: a process starts in milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.chaos.scenario", "tests.chaos.buyer", "tests.chaos.update", "tests.chaos.worker"]
    )
    return context


def in_process(function: Callable[..., None], *arguments: Any) -> Any:
    """Start the function in a process."""
    process = server().Process(target=function, args=arguments)
    process.start()
    return process
