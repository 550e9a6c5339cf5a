"""Crashes within a test's own process: an exception that nobody catches, at a statement that the test chooses."""

from __future__ import annotations

from collections.abc import Callable

from tests.helpers.world import World


class Crash(KeyboardInterrupt):
    """The process is gone: no code may catch this, and nothing more reaches the database.

    Anything else that is raised while a plugin is called would count as the plugin's own failure.
    """


def crashes(world: World, last: int, action: Callable[[], object]) -> bool:
    """Run the action, with a crash at the n-th statement, a commit being one. Return whether it came to that.

    After a crash the world has another engine, as the next process has.
    """
    left = last

    def probe(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Crash

    world.engine.runtime.database.probe = probe
    try:
        action()
    except Crash:
        world.engine.close()
        world.engine = world.another()
        return True
    finally:
        world.engine.runtime.database.probe = None
    return False
