"""Where the public names of Earmark are defined: looked up when one is asked for, and not loaded before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHOLE = ("engine.errors", "engine.results", "engine.requests")
"""The modules of which every name is here; which one has it is seen by looking."""

_HOMES = {
    "earmark.bootstrap": "open_engine",
    "earmark.sinks.jsonl": "JsonLinesSink",
    "engine.api": "Caller Engine",
    "engine.api.exchange": "TransportFailed",
    "engine.api.files": "read_topology",
    "engine.api.jobs": "JobConfig JobKind",
    "engine.api.observing": "Busy Fact Imported JobRan Listener Observer Placed Published"
    " Reconciled Refused Stepped Waited",
    "engine.api.values": "Clock format_time parse_time to_datetime to_microseconds",
    "engine.definition": "Finding LoadResult Process Severity load_process",
    "engine.requests.amending": "AmendedLine AmendmentRequest",
    "engine.hooks": "NamedSink NotTaken OutboxMessage PartlyTaken Sink",
    "plugins": "PluginsInvalid",
    "rules": "EngineRules RuleFileError RuleProblem load_rules rules_schema",
    "visualize": "FORMATS DiagramFailed LayoutUnavailable UnknownFormat graph_of"
    " inline_svg render to_dot to_html to_mermaid to_svg",
}
"""Where the other names are defined."""


def find(name: str) -> Any:
    """Return what a public name stands for."""
    homes = [home for home, names in _HOMES.items() if name in names.split()] or _WHOLE
    found = next(home for home in map(import_module, homes) if hasattr(home, name))
    return getattr(found, name)
