"""Process definitions: XML text -> one immutable, checked ``Process``.

``load_process`` reads a main file with everything it includes, merges it, and checks it. Nothing here knows
the database, plugins or the command line.
"""

from __future__ import annotations

from engine.definition.canonical import canonical_json, process_from_canonical
from engine.definition.check_rules import Rule, rules
from engine.definition.find import find_main_files, is_definition
from engine.definition.layout import laid_out
from engine.definition.load import LoadResult, load_process
from engine.definition.model import (
    OWN_NAMESPACE,
    Dialect,
    Event,
    Finding,
    Location,
    Process,
    Severity,
    State,
    Transition,
)
from engine.definition.registered import GUARD_PREFIX, RegisteredNames
from engine.definition.show import show_finding, show_findings, show_model
from engine.definition.stock_findings import STOCK_RULES, stock_findings
from engine.definition.suggest import did_you_mean, nearest
from engine.duration import Duration, DurationInvalid, parse_duration

__all__ = [
    "GUARD_PREFIX",
    "OWN_NAMESPACE",
    "STOCK_RULES",
    "Dialect",
    "Duration",
    "DurationInvalid",
    "Event",
    "Finding",
    "LoadResult",
    "Location",
    "Process",
    "RegisteredNames",
    "Rule",
    "Severity",
    "State",
    "Transition",
    "canonical_json",
    "did_you_mean",
    "find_main_files",
    "is_definition",
    "laid_out",
    "load_process",
    "nearest",
    "parse_duration",
    "process_from_canonical",
    "rules",
    "show_finding",
    "show_findings",
    "show_model",
    "stock_findings",
]
