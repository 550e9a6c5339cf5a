"""What the doctor says of the exchange with other databases."""

from __future__ import annotations

from dataclasses import replace

from earmark.doctor.check import Status
from earmark.doctor.exchange import exchange
from engine.results import ExchangeState, Health

QUIET = Health(
    now=0, items=(), stuck=(), lags=(), jobs=(), expired_claims=0, unfinished_imports=(), shortfalls=0
)


def check(*states, kept=0):
    return exchange(replace(QUIET, exchange=states, exchange_kept=kept), 15)


def test_without_stores_of_other_databases_there_is_nothing_to_say():
    assert (check().status, check().detail) == (Status.OK, "no store of another database shares")


def test_what_was_heard_of_lately_and_told_is_in_order():
    found = check(ExchangeState("DE", "export", 3, 0, 0.0), ExchangeState("AT", "import", 3, 1, 899.0))
    assert (found.status, found.detail) == (Status.OK, "2 directions, none late")


def test_a_store_that_is_silent_and_one_that_tells_nothing_are_named():
    found = check(ExchangeState("DE", "export", 3, 2, 1000.0), ExchangeState("AT", "import", 3, 0, 7200.0))
    assert found.status is Status.WARN
    assert "DE: not all told for 16 min" in found.detail
    assert "AT: last heard of 2 h 0 min ago" in found.detail


def test_what_never_began_is_named():
    found = check(ExchangeState("DE", "export", 0, 2, None), ExchangeState("AT", "import", 0, 0, None))
    assert found.detail == "DE: nothing was ever sent; AT: nothing was ever heard"
    assert check(ExchangeState("DE", "export", 0, 0, None)).status is Status.OK


def test_messages_that_are_kept_aside_are_counted():
    assert check(kept=2).detail == "2 messages kept aside"
