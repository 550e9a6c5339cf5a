"""How the engine is doing, in numbers: what is stuck, overdue, left over or short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.results.exchange import ExchangeState
from engine.results.publishing import SinkState


@dataclass(frozen=True, slots=True)
class StateCount:
    """Items in one state of one process, over all versions."""

    process: str
    state: str
    items: int


@dataclass(frozen=True, slots=True)
class Lag:
    """Work of one kind that was due and is not done: how many, and since when the oldest is due.

    ``kind`` is ``timeout``, ``automatic_step``, ``condition`` (a waiting item that failed before), ``hold``
    or ``message``. ``oldest`` is in UTC microseconds, None when nothing is due.
    """

    kind: str
    number: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class JobHealth:
    """The last run of a job; times in UTC microseconds, None for what has not happened.

    ``covered`` is the time up to which the job has nothing to make up. ``outcome`` is ``running`` as long as a
    run has not ended, also when its lease has run out.
    """

    job: str
    outcome: str | None
    holder: str | None
    started_at: int | None
    finished_at: int | None
    lease_until: int | None
    covered: int | None


@dataclass(frozen=True, slots=True)
class OpenMigration:
    """A migration that has neither come to its end nor been undone: at work, or cut off.

    ``version`` is the one it moves items to, ``state_map`` has the states that change their name, ``moved`` counts
    the items so far; ``started_at`` is in UTC microseconds.
    """

    id: int
    process: str
    version: str
    state_map: Mapping[str, str]
    started_at: int
    moved: int


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """What became of a feed last; times in UTC microseconds, None for what has not happened.

    ``counted_at`` is the latest time of a file that was imported, ``imported_at`` when one was last. ``rows`` and
    ``refused`` are those of the last file, and ``stopped`` is what was told where a guard has stopped that. Of a
    feed that jobs import: ``since`` is when one asked first, ``expected_us`` how old the last count may be, and
    ``failing_since`` and ``error`` (code, message, remedy) tell that nothing it gave could be imported since.
    """

    feed: str
    counted_at: int | None = None
    imported_at: int | None = None
    rows: int = 0
    refused: int = 0
    stopped: str | None = None
    since: int | None = None
    expected_us: int | None = None
    failing_since: int | None = None
    error: Mapping[str, str] | None = None

    def late_us(self, now: int) -> int:
        """By how much the next count is late at a time, in microseconds; 0 where it is not, or none is expected."""
        last = self.since if self.counted_at is None else self.counted_at
        if self.expected_us is None or last is None:
            return 0
        return max(0, now - last - self.expected_us)


@dataclass(frozen=True, slots=True)
class Health:
    """What was found at the time ``now`` (UTC microseconds, the database's clock).

    ``stuck`` counts distinct items. ``expired_claims`` are claims that outlived their lease, ``shortfalls``
    (sku, store) pairs of which more is promised than there is, ``negatives`` those whose reserved or held sum
    is below zero, which is damage. ``unfinished_imports`` are stock imports that nobody works on. ``drift`` is
    how many amounts and items the last reconcile job found wrong, None before the first one. ``lock_waiters``
    and ``longest_lock_wait`` (seconds) tell of sessions that wait for another one's lock; None where the
    database cannot tell. ``open_migrations`` are listed oldest first. ``refused_files`` are stock files that
    the scheduler refused as a whole and that nobody has taken away, ``refused_rows`` how many rows the last
    import of a file refused within the last day, and ``counted_at`` when each active warehouse with stock was
    counted last (UTC microseconds). ``cart_holds`` are the carts of which pieces are held now. ``feeds`` are those
    that jobs have asked, or of which a file was imported, within the last 30 days. ``exchange`` is how far each
    store is that is told to other databases or told of by them, ``exchange_kept`` how many messages of theirs
    are kept aside, and ``sinks`` how far each place is that messages are published to. ``suspended`` counts the
    items that stand still, ``suspensions`` by how many suspensions, ``suspended_since`` (UTC microseconds) is when
    the oldest of these began, and ``suspended_reserved`` what the items reserve; nothing of theirs is overdue.
    """

    now: int
    items: tuple[StateCount, ...]
    stuck: tuple[StateCount, ...]
    lags: tuple[Lag, ...]
    jobs: tuple[JobHealth, ...]
    expired_claims: int
    unfinished_imports: tuple[str, ...]
    shortfalls: int
    negatives: int = 0
    drift: int | None = None
    lock_waiters: int | None = None
    longest_lock_wait: float | None = None
    open_migrations: tuple[OpenMigration, ...] = ()
    refused_files: tuple[str, ...] = ()
    refused_rows: Mapping[str, int] = field(default_factory=dict)
    counted_at: Mapping[str, int] = field(default_factory=dict)
    cart_holds: int = 0
    exchange: tuple[ExchangeState, ...] = ()
    exchange_kept: int = 0
    sinks: tuple[SinkState, ...] = ()
    feeds: tuple[FeedHealth, ...] = ()
    suspended: tuple[StateCount, ...] = ()
    suspensions: int = 0
    suspended_since: int | None = None
    suspended_reserved: Decimal = Decimal(0)
