"""What a run of a job came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from earmark.words.closing import archived_text, forgotten_text
from earmark.words.purges import purge_text
from earmark.words.refusals import move_text
from earmark.words.text import count


def summary(shown: Mapping[str, Any]) -> str:
    """Return on one line what a run came to, from its JSON object."""
    error, result = shown["error"], shown["result"]
    if error is not None:
        return f"{error['code']}: {error['message']}"
    said = "; ".join([_numbers(result), *_failing(result.get("sinks", ()))])
    if "publish_error" in result:
        return f"{said}; not published: {result['publish_error']['message']}"
    return said


def _failing(sinks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what hinders each sink that could not be handed its messages, and how to mend it if that is known."""
    for one in sinks:
        if one["outcome"] in ("failed", "waiting") and one["error"] is not None:
            mend = f" ({one['remedy']})" if one.get("remedy") else ""
            yield f"the sink {one['sink']} fails: {one['error']}{mend}"


def _numbers(result: Mapping[str, Any]) -> str:
    if "examined" in result:
        return move_text(result)
    if "files" in result:
        nothing = f"nothing new at {result['unchanged']}" if result.get("unchanged") else "no files"
        return "; ".join(_file(entry) for entry in result["files"]) or nothing
    if "drift" in result:
        drift = f"drift {len(result['drift'])}, {result['repaired']} repaired"
        return f"{count(result['checked'], 'amount')} checked, {drift}"
    if "dry_run" in result and "products" in result:
        return f"{count(result['products'], 'product')} balanced, {count(result['changed'], 'allotment')} changed"
    for key, text in _ENDING.items():
        if key in result:
            return text(result)
    return f"{count(result.get('published', 0), 'message')} published"


_ENDING: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "archived": archived_text,
    "forgotten": forgotten_text,
    "undo_data": purge_text,
}
"""What is said of runs that put away what is over, by what only their results have."""


def _file(entry: Mapping[str, Any]) -> str:
    if entry["outcome"] == "failed":
        return f"{entry['file']} refused: {entry['error']['message']}"
    if entry.get("repeated"):
        return f"{entry['file']} was imported before"
    refused, released = entry["refused"], entry["released"]
    numbers = f"{entry['imported']} of {count(entry['rows'], 'row')}, {refused} refused, {released} released"
    return f"{entry['file']} imported: {numbers}"
