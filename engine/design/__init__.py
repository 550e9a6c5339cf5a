"""What designers of processes ask of two definitions: what differs between them. No database, nothing is moved."""

from engine.design.changes import Change, ProcessDiff, diff_processes, nothing_of

__all__ = ["Change", "ProcessDiff", "diff_processes", "nothing_of"]
