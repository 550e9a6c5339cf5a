"""The audit: every sentence is held against one moment of the database, and what breaks it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.clock import SECOND
from tests.chaos.everything.answers import Told, check_answers
from tests.chaos.everything.outside import Outside
from tests.chaos.everything.places import check_places
from tests.chaos.everything.seen import Moment, moment
from tests.chaos.everything.sentences import SENTENCES
from tests.chaos.everything.shelves import check_shelves
from tests.chaos.everything.stage import PURGED_AFTER_S, Stage

MOST_SHOWN = 5


@dataclass(slots=True)
class Findings:
    """What breaks which sentence."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sentence: str, what: str) -> None:
        self.found.setdefault(sentence, []).append(what)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __str__(self) -> str:
        lines = []
        for sentence, rows in self.found.items():
            lines += [f"* {sentence}: broken by {len(rows)}", *(f"    {row}" for row in rows[:MOST_SHOWN])]
        return "\n".join(lines)


def audit(stage: Stage, outside: Outside) -> Findings:
    """Hold everything against the database of a stage as it is now."""
    findings = Findings()
    told = Told(outside)  # first: what was told before the moment must be there
    with moment(stage.url) as seen:
        purged = purged_before(seen, outside)
        for sentence, what in _all(seen, told, outside, purged):
            findings.add(sentence, what)
    for sentence, what in outside.rows("SELECT sentence, what FROM wrong"):
        findings.add(sentence, what)
    return findings


def audit_alone(url: str) -> Findings:
    """Hold what needs nothing from outside against a database, such as a backup."""
    findings = Findings()
    with moment(url) as seen:
        for sentence, what in [*check_sentences(seen, seen.at), *check_places(seen)]:
            findings.add(sentence, what)
    return findings


def purged_before(seen: Moment, outside: Outside) -> int:
    """A time before which history may be gone."""
    any_purge = outside.value("SELECT count(*) FROM call WHERE deed = 'purge'")
    return seen.at - PURGED_AFTER_S * SECOND if any_purge else 0


def _all(seen: Moment, told: Told, outside: Outside, purged: int) -> Iterator[tuple[str, str]]:
    yield from check_sentences(seen, purged)
    yield from check_places(seen)
    yield from check_shelves(seen, outside)
    yield from check_answers(seen, told, outside, purged)


def check_sentences(
    seen: Moment, purged: int, sentences: Mapping[str, str] = SENTENCES
) -> Iterator[tuple[str, str]]:
    """Yield each sentence that does not hold, with each row that breaks it."""
    for sentence, sql in sentences.items():
        for row in seen.rows(sql.replace("{purged}", str(purged))):
            yield sentence, str(row)
