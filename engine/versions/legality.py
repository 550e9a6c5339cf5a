"""Which transitions a process' structure allows: answered by the ``transitions`` library.

One machine per version, built on first use; states and events have internal names (``s3``, ``e7``), there are
no automatic transitions, conditions or callbacks, and its model is a cursor for a whole group of items. Which
of the legal transitions is taken is decided elsewhere (``decide``).
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from transitions import Machine, MachineError

from engine.definition import Process


class _Cursor:
    """The machine's model: stands in the state of the group that is asked about."""

    state: str


class Legality:
    """Answers whether a state of a process has an event, and which states the event can lead to."""

    def __init__(self, process: Process) -> None:
        self._cursor = _Cursor()
        self._lock = Lock()  # the cursor is shared by the threads that use the version
        self._machine: Any = Machine(
            model=self._cursor,
            states=[f"s{state.index}" for state in process.states],
            initial=None if process.initial is None else f"s{process.initial}",
            transitions=[
                [f"e{t.event}", f"s{t.source}", f"s{t.target}"]
                for t in process.transitions
                if t.event is not None
            ],
            auto_transitions=False,
            send_event=False,
        )

    def allows(self, state: int, event: int) -> bool:
        """Return whether an item in the state may take the event."""
        known = self._machine.events.get(f"e{event}")
        if known is None:
            return False
        with self._lock:
            self._machine.set_state(f"s{state}", self._cursor)
            try:
                return bool(known.trigger(self._cursor))
            except MachineError:
                return False

    def targets(self, state: int, event: int) -> frozenset[int]:
        """Return the states the event can lead to from the state."""
        known = self._machine.events.get(f"e{event}")
        if known is None:
            return frozenset()
        return frozenset(int(t.dest[1:]) for t in known.transitions.get(f"s{state}", ()))
