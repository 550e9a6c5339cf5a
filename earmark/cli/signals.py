"""Ending what runs until it is told to stop: after the work in hand, by SIGTERM or Ctrl-C."""

from __future__ import annotations

import math
import signal
import threading
import time
from types import FrameType

_SAME_WISH_S = 1.0


def stop_on_signals(stop: threading.Event) -> None:
    """Set ``stop`` at the first SIGTERM or SIGINT; one that comes later acts as if nobody handled it."""
    asked_at = math.inf

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal asked_at
        # Some supervisors signal the process and then its group: the same wish, not a second one.
        if time.monotonic() - asked_at > _SAME_WISH_S:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        asked_at = min(asked_at, time.monotonic())
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
