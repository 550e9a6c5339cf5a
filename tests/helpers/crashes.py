"""What happens at a statement that the test chooses, such as a crash within the test's own process."""

from __future__ import annotations

from collections.abc import Callable

from tests.helpers.shop import Shop


class Crash(KeyboardInterrupt):
    """The process is gone: no code may catch this, and nothing more reaches the database.

    Anything else that is raised while a plugin is called would count as the plugin's own failure.
    """


def at_statement(
    shop: Shop, number: int, happens: Callable[[], object], *, and_ever_after: bool = False
) -> None:
    """Have something happen before the shop's n-th statement from now on, a commit being one."""
    left = number

    def probe(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0 or (left < 0 and and_ever_after):
            happens()

    shop.database.probe = probe


def crashes(shop: Shop, last: int, action: Callable[[], object]) -> bool:
    """Run the action, with a crash at the n-th statement. Return whether it came to that.

    After a crash the shop has another engine, as the next process has.
    """

    def crash() -> None:
        raise Crash

    at_statement(shop, last, crash, and_ever_after=True)
    try:
        action()
    except Crash:
        shop.engine.close()
        shop.engine = shop.another()
        return True
    finally:
        shop.database.probe = None
    return False
