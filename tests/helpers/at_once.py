"""Two callers at the same time: the second begins in the middle of the first one's unit of work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from engine.api.engine import Engine
from tests.helpers.shop import Shop
from tests.helpers.waiting import until, until_somebody_waits


def at_once(
    world: Shop,
    first: Callable[[Engine], object],
    statement: str,
    second: Callable[[Engine], object],
    *,
    before: str = "commit",
    waits: bool = True,
) -> Any:
    """Do the first; before the unit of work is committed that ran the statement, the second begins.

    Or ``before`` another statement of it. The second has an engine of its own, and waits for the first one or,
    without ``waits``, comes to its end. Return its answer, or raise what it raised. On SQLite, where one writes at
    a time, it waits in any case.
    """
    other = world.another()
    answers: list[Any] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            answers.append(second(other))
        except Exception as error:
            raised.append(error)

    late = threading.Thread(target=run)
    seen: list[str] = []

    def probe(name: str) -> None:
        seen.append(name)
        if name != before or statement not in seen or late.ident is not None:
            return
        late.start()
        if world.database.dialect == "postgresql" and waits:
            until_somebody_waits(world.url)
        elif world.database.dialect == "postgresql":
            until(lambda: not late.is_alive(), "the second one")

    world.database.probe = probe
    try:
        first(world.engine)
    finally:
        world.database.probe = None
    assert late.ident is not None, f"the first one has no statement {statement}"
    late.join(60)
    other.close()
    if raised:
        raise raised[0]
    return answers[0]


def interrupted(engine: Engine, moment: str, meanwhile: Callable[[], object]) -> Engine:
    """Have something else done, once, when the engine comes to a statement; return the engine."""

    def probe(statement: str) -> None:
        if statement == moment:
            engine.runtime.database.probe = None
            meanwhile()

    engine.runtime.database.probe = probe
    return engine
