"""The history of an item in plain words: one paragraph a step, repeated failures told once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from earmark.words.ages import age_text, time_text
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.results import HistoryEntry

_GAP_S = 60
"""A pause of at least so many seconds between two steps is told."""

_REPEATING = ("failed", "condition_false")
_SHORT = 8
_LONGEST_DATA = 300


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What happened at a time: the sentence, what belongs to it, and whether it is a failure."""

    at: str
    sentence: str
    details: tuple[str, ...]
    failed: bool


def tell(entries: Sequence[HistoryEntry], *, full: bool = False) -> Iterator[Paragraph]:
    """Yield a paragraph per step; ``full`` adds command keys, hosts and correlation ids."""
    before: HistoryEntry | None = None
    for _, group in groupby(enumerate(entries), key=lambda pair: _sameness(*pair)):
        same = [entry for _, entry in group]
        sentence = _gap(before, same[0]) + (_repeated(same) if len(same) > 1 else _sentence(same[0]))
        details = tuple(_details(same[-1], full=full))
        yield Paragraph(time_text(same[0].at), sentence, details, same[0].outcome == "failed")
        before = same[-1]


def is_cut(entries: Sequence[HistoryEntry]) -> bool:
    """Return whether older steps are missing: every history begins with the placement."""
    return not entries or entries[0].outcome != "placed"


def _sameness(number: int, entry: HistoryEntry) -> object:
    """Return what steps must have in common to be told as one; steps that do not repeat have nothing."""
    if entry.outcome not in _REPEATING:
        return number
    answers = tuple(sorted(entry.conditions.items()))
    return (entry.outcome, entry.event, entry.source, entry.actor, entry.error, entry.command, answers)


def _gap(before: HistoryEntry | None, entry: HistoryEntry) -> str:
    seconds = 0.0 if before is None else (entry.at - before.at).total_seconds()
    return f"after {age_text(seconds)}: " if seconds >= _GAP_S else ""


def _repeated(same: Sequence[HistoryEntry]) -> str:
    entry = same[0]
    span = f"{count(len(same), 'time')} from {time_text(entry.at)} to {time_text(same[-1].at)}"
    how = f"the event '{entry.event}'" if entry.event else "the conditions run"
    if entry.outcome == "failed":
        return f"{how} failed in '{entry.source}' {span}: {entry.error}"
    return f"stayed in '{entry.source}' {span}: no condition of {how} was true"


def _sentence(entry: HistoryEntry) -> str:
    if entry.outcome == "migrated":
        return _migrated(entry)
    place, cause = f"'{entry.source}'", _cause(entry)
    sentences = {
        "placed": f"placed in '{entry.target}' (order {_verb(entry)}{_by(entry, ', by ')})",
        "moved": f"{_whole(entry)}{_way(entry)} {cause}",
        "failed": f"failed in {place} {cause}: {entry.error}",
        "condition_false": f"stayed in {place}: no condition was true ({cause})",
        "left_out": f"stayed in {place}: left out by the command ({cause})",
        "split": _split(entry),
        "allocated": f"{_whole(entry)}stayed in {place}: it comes from another warehouse ({cause})",
        "rejected": f"the warehouse rejected it in {place}{_by(entry)}{_reason(entry)}",
        "hold_ended": f"the hold ended in {place}: its time was over",
        "suspended": f"suspended in {place}{_what(entry)}{_by(entry)}{_reason(entry)}",
        "resumed": f"resumed in {place}{_what(entry)}{_by(entry)}{_reason(entry)}",
        "amended": f"amended in {place}{_changes(entry)}{_by(entry)}",
        "forced": f"forced from {place} to '{entry.target}'{_by(entry)}{_reason(entry)}",
    }
    return sentences.get(entry.outcome, f"{entry.outcome} in {place} {cause}")


def _what(entry: HistoryEntry) -> str:
    """Return what was suspended, where that is more than the item."""
    return "" if entry.data.get("scope") == "item" else f" with {entry.data.get('what')}"


def _verb(entry: HistoryEntry) -> str:
    return "amend" if entry.trigger == "amend" else "place"


def _changes(entry: HistoryEntry) -> str:
    """Return what an amendment has changed of an item and its order, before and after."""
    told = entry.data.get("amendment", {})
    named = [(name, told[name]) for name in ("quantity", "store") if name in told]
    values = [f"{name} {change['before']} -> {change['after']}" for name, change in named]
    values += [
        f"{name} {_data(change['before'])} -> {_data(change['after'])}"
        for name, change in told.get("fields", {}).items()
    ]
    return f": {', '.join(values)}" if values else ""


def _split(entry: HistoryEntry) -> str:
    """Return what is told of an item when a part of it went."""
    if entry.part is None:
        return f"a part went from '{entry.source}'"
    return f"{entry.part.quantity:f} went as item {entry.part.item} from '{entry.source}' {_cause(entry)}"


def _whole(entry: HistoryEntry) -> str:
    part = entry.part
    return "" if part is None else f"{part.quantity:f} of item {part.of} split off; "


def _way(entry: HistoryEntry) -> str:
    if entry.source == entry.target:
        return f"came back to '{entry.target}'"
    return f"moved from '{entry.source}' to '{entry.target}'"


def _cause(entry: HistoryEntry) -> str:
    """Return who or what made the step happen."""
    event = f"'{entry.event}'"
    causes = {
        "api": f"by the event {event}, triggered{_by(entry)}",
        "on-enter": f"by the event {event}, automatically on entering the state",
        "conditions": "by the conditions run",
        "timeout": f"by the timeout {event}",
        "stock-update": f"by a stock import (event {event})",
        "place": "when the order was placed",
        "hold-timeout": "by the end of its hold",
        "retry": f"by the event {event}, retried{_by(entry)}" if entry.event else f"by a retry{_by(entry)}",
        "force": f"by an operator's force{_by(entry, ', ')}",
        "migrate": f"by a migration{_by(entry)}",
        "reject": f"by a warehouse that rejected another part{_by(entry)}",
        "undo": f"by undoing a migration{_by(entry)}",
        "amend": f"by an amendment of the order{_by(entry)}",
    }
    return causes.get(entry.trigger, f"by {entry.trigger}{_by(entry)}")


def _migrated(entry: HistoryEntry) -> str:
    what = "migration undone" if entry.trigger == "undo" else "migrated"
    old, new = _version(entry.source_version), _version(entry.target_version)
    versions = f"from version {old} to {new}" if old != new else f"within version {new}"
    if entry.source == entry.target:
        states = f"in '{entry.target}'"
    else:
        states = f"from '{entry.source}' to '{entry.target}'"
    return f"{what} {states} {versions}{_by(entry)}{_reason(entry)}"


def _version(version: str | None) -> str:
    return (version or "")[:_SHORT]


def _by(entry: HistoryEntry, before: str = " by ") -> str:
    return f"{before}{entry.actor}" if entry.actor else ""


def _reason(entry: HistoryEntry) -> str:
    return f": {entry.reason}" if entry.reason else ""


def _details(entry: HistoryEntry, *, full: bool) -> Iterator[str]:
    if entry.given:
        yield f"given: {_data(entry.given)}"
    if entry.command is not None:
        yield _command(entry)
    if entry.conditions:
        answers = (f"{name} {str(answer).lower()}" for name, answer in entry.conditions.items())
        yield f"conditions: {', '.join(answers)}"
    if entry.data.get("timeouts"):
        yield {"move": "timeouts were moved by the pause"}.get(
            entry.data["timeouts"], "timeouts stayed as they were, to fire once they are past"
        )
    if entry.reason and entry.outcome not in ("forced", "migrated", "suspended", "resumed", "rejected"):
        yield f"reason: {entry.reason}"
    if entry.outcome != "migrated" and _changed_version(entry):
        yield f"from version {_version(entry.source_version)} to {_version(entry.target_version)}"
    if full:
        key = f"command key {entry.command_key}; " if entry.command_key else ""
        asked = f" by {entry.actor}" if entry.actor else ""
        yield f"{key}{entry.trigger}{asked} on {entry.host}; correlation {entry.correlation}"


def _changed_version(entry: HistoryEntry) -> bool:
    versions = (entry.source_version, entry.target_version)
    return None not in versions and versions[0] != versions[1]


def _command(entry: HistoryEntry) -> str:
    text = f"command {entry.command}"
    if entry.duration_ms is not None:
        shared = f" for {count(entry.items, 'item')}" if entry.items > 1 else ""
        text += f" took {_duration(entry.duration_ms)}{shared}"
    if entry.data:
        text += f"{' and' if entry.duration_ms is not None else ''} returned {_data(entry.data)}"
    return text


def _data(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_DATA else f"{text[:_LONGEST_DATA]}... (--json shows all)"


def _duration(milliseconds: float) -> str:
    if milliseconds < 1:
        return "less than 1 ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
