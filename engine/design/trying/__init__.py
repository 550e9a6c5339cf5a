"""Playing items through a process in memory: no database, no plugins, and a clock that is turned by hand."""

from engine.design.trying.happened import Fired, Happened, Refused
from engine.design.trying.item import TrialItem
from engine.design.trying.script import HELP, Line, do, read_line, read_script
from engine.design.trying.session import Session, play_script
from engine.design.trying.shown import Way, state_of, step_of, ways_of
from engine.design.trying.terms import START, Terms, assumed, conditions_in
from engine.design.trying.trial import Trial

__all__ = [
    "HELP",
    "START",
    "Fired",
    "Happened",
    "Line",
    "Refused",
    "Session",
    "Terms",
    "Trial",
    "TrialItem",
    "Way",
    "assumed",
    "conditions_in",
    "do",
    "play_script",
    "read_line",
    "read_script",
    "state_of",
    "step_of",
    "ways_of",
]
