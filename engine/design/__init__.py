"""What designers of processes ask: what differs between two definitions, and what one does to items.

No database is asked, and no plugin.
"""

from engine.design.changes import Change, ProcessDiff, diff_processes, nothing_of
from engine.design.converting import Converted, Notice, convert_process
from engine.design.trying import (
    HELP,
    Line,
    Session,
    Terms,
    Trial,
    assumed,
    conditions_in,
    play_script,
    read_line,
    read_script,
    state_of,
)

__all__ = [
    "HELP",
    "Change",
    "Converted",
    "Line",
    "Notice",
    "ProcessDiff",
    "Session",
    "Terms",
    "Trial",
    "assumed",
    "conditions_in",
    "convert_process",
    "diff_processes",
    "nothing_of",
    "play_script",
    "read_line",
    "read_script",
    "state_of",
]
