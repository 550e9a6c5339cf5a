"""Every way in which a step can have come about has a sentence of its own."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from earmark.words.ages import age_text, short_age
from earmark.words.story import tell
from engine.moving.step import Cause, Outcome
from engine.results import HistoryEntry

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


def entry(outcome="moved", trigger="api", *, at=AT, **fields):
    known = {
        "event": "pay", "source": "new", "target": "paid", "command": None, "conditions": {}, "error": None,
        "duration_ms": None, "host": "h", "correlation": "c", "actor": "anna",
    }  # fmt: skip
    return HistoryEntry(at=at, trigger=trigger, outcome=outcome, **{**known, **fields})


def sentence(*arguments, **fields):
    (told,) = tell([entry(*arguments, **fields)])
    return told.sentence


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("moved", "api"), "moved from 'new' to 'paid' by the event 'pay', triggered by anna"),
        (
            ("moved", "on-enter"),
            "moved from 'new' to 'paid' by the event 'pay', automatically on entering the state",
        ),
        (("moved", "conditions"), "moved from 'new' to 'paid' by the conditions run"),
        (("moved", "timeout"), "moved from 'new' to 'paid' by the timeout 'pay'"),
        (("moved", "stock-update"), "moved from 'new' to 'paid' by a stock import (event 'pay')"),
        (("moved", "retry"), "moved from 'new' to 'paid' by the event 'pay', retried by anna"),
        (("placed", "place"), "placed in 'paid' (order place, by anna)"),
        (("hold_ended", "hold-timeout"), "the hold ended in 'new': its time was over"),
        (
            ("condition_false", "api"),
            "stayed in 'new': no condition was true (by the event 'pay', triggered by anna)",
        ),
        (
            ("left_out", "api"),
            "stayed in 'new': left out by the command (by the event 'pay', triggered by anna)",
        ),
        (("failed", "timeout"), "failed in 'new' by the timeout 'pay': None"),
    ],
)
def test_the_sentence_of_a_step(arguments, expected):
    assert sentence(*arguments) == expected


def test_a_forced_step_gives_its_reason():
    assert sentence("forced", "force", reason="lost parcel") == (
        "forced from 'new' to 'paid' by anna: lost parcel"
    )


def test_a_migration_tells_the_versions_and_what_else_changed():
    versions = {"source_version": "a" * 64, "target_version": "b" * 64}
    assert sentence("migrated", "migrate", source="paid", reason="new carrier", **versions) == (
        "migrated in 'paid' from version aaaaaaaa to bbbbbbbb by anna: new carrier"
    )
    assert sentence("migrated", "undo", actor=None, **versions) == (
        "migration undone from 'new' to 'paid' from version aaaaaaaa to bbbbbbbb"
    )


@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_every_outcome_has_a_sentence_of_its_own(outcome):
    assert sentence(outcome) != sentence("unheard-of").replace("unheard-of", outcome)


@pytest.mark.parametrize("trigger", get_args(Cause))
def test_every_trigger_is_told_in_words(trigger):
    assert sentence("moved", trigger) != sentence("moved", "unheard-of").replace("unheard-of", trigger)


def test_a_step_nobody_asked_for_names_nobody():
    assert sentence(actor=None) == "moved from 'new' to 'paid' by the event 'pay', triggered"


def test_repeated_failures_are_told_once_with_the_first_and_the_last_time():
    failed = [
        entry("failed", "timeout", error="no answer", at=AT + timedelta(hours=number)) for number in range(4)
    ]
    first, last = tell([*failed, entry(at=AT + timedelta(days=4))])
    assert first.sentence == (
        "the event 'pay' failed in 'new' 4 times from 2026-03-01 10:00:00 to 2026-03-01 13:00:00: no answer"
    )
    assert last.sentence.startswith("after 3 days: moved")


def test_failures_that_differ_are_told_one_by_one():
    told = list(tell([entry("failed", error="a"), entry("failed", error="b")]))
    assert [paragraph.failed for paragraph in told] == [True, True]


def test_the_time_a_command_took_is_that_of_all_its_items():
    (told,) = tell([entry(command="Charge", duration_ms=1500.0, items=3, data={"ref": "x"})])
    assert told.details == ('command Charge took 1.5 s for 3 items and returned {"ref": "x"}',)


def test_very_long_data_are_cut():
    (told,) = tell([entry(command="Charge", data={"x": "y" * 1000})])
    assert told.details[0].endswith("... (--json shows all)")


@pytest.mark.parametrize(
    ("seconds", "long", "short"),
    [
        (1, "1 second", "1s"),
        (119, "119 seconds", "119s"),
        (120, "2 minutes", "2m"),
        (7199, "119 minutes", "119m"),
        (26 * 3600, "26 hours", "26h"),
        (49 * 3600, "2 days", "2d"),
    ],
)
def test_ages_in_words(seconds, long, short):
    assert (age_text(seconds), short_age(seconds)) == (long, short)
