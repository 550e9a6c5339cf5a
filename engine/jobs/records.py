"""The book of job runs: who runs what, until when, and up to which time nothing is due any more.

A run takes its job's row with a lease and a fencing token. As long as the lease lives, no other run of the
same kind starts, on any process or host; what a crash leaves behind expires by itself.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine.clock import SECOND, format_time
from engine.errors import JobRunning, StorageError
from engine.storage.database import Database, Work

LEASE_S = 60.0
"""How long a run is believed to be alive without a sign of life, in seconds."""


@dataclass(slots=True)
class RunLease:
    """A run's right to go on: the job's key, the fencing token and the start (UTC microseconds).

    ``lost`` is set when another run has taken over; the run must end and change nothing more.
    """

    job: str
    token: int
    started_at: int
    lost: threading.Event = field(default_factory=threading.Event)


class JobRecords:
    """Takes, prolongs and ends runs in the database."""

    def __init__(self, database: Database, holder: str, *, lease_s: float = LEASE_S) -> None:
        self._database = database
        self._holder = holder
        self._lease_s = lease_s

    def take(self, kind: str, job: str) -> RunLease:
        """Start a run of the job. Raises JobRunning while a run of the same kind is alive."""

        def take(work: Work) -> RunLease:
            self._refuse_overlap(work, self._rows(work, kind, job))
            return self._take(work, job)

        return self._database.transact(take)

    def take_if_due(
        self, kind: str, job: str, is_due: Callable[[int], bool], *, woken_at: int = 0
    ) -> RunLease | None:
        """Start a run unless ``is_due``, asked with the time up to which runs are done, answers no.

        ``woken_at`` is the host's time, which may be ahead of the database's. Raises JobRunning while a run of
        the same kind is alive.
        """

        def take(work: Work) -> RunLease | None:
            rows = self._rows(work, kind, job)
            own = next(row for row in rows if row.job == job)
            covered = work.now if own.due_at is None else own.due_at
            if self._from_ahead(max(woken_at, work.now), covered):
                # The clock was set back: until it has caught up nothing would be due. Counting begins again.
                work.run("job_count_anew", job=job, now=work.now)
                return None
            if not is_due(covered):
                return None
            self._refuse_overlap(work, rows)
            return self._take(work, job)

        return self._database.transact(take)

    def start_counting(self, job: str) -> None:
        """Let times that pass without a run count as missed from now on, if they do not yet."""

        def start(work: Work) -> None:
            work.run("job_ensure", job=job)
            work.run("job_start_counting", job=job, now=work.now)

        self._database.transact(start)

    def finish(
        self, lease: RunLease, outcome: str, result: Mapping[str, Any], *, covered: int | None = None
    ) -> bool:
        """End the run; False when another one has taken over, whose record then stays as it is."""
        text = json.dumps(result, ensure_ascii=False)
        known = {"job": lease.job, "token": lease.token, "outcome": outcome, "covered": covered}
        changed = self._database.transact(
            lambda work: work.changed("job_finish", now=work.now, result=text, **known)
        )
        return changed == 1

    @contextmanager
    def kept_alive(self, lease: RunLease) -> Iterator[None]:
        """Prolong the lease from another thread while the block runs; set ``lease.lost`` if that fails."""
        ended = threading.Event()
        keeper = threading.Thread(
            target=self._keep, args=(lease, ended), name=f"lease {lease.job}", daemon=True
        )
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def _keep(self, lease: RunLease, ended: threading.Event) -> None:
        good_until = time.monotonic() + self._lease_s
        while not ended.wait(self._lease_s / 3):
            asked = time.monotonic()
            try:
                kept = self._extend(lease)
                good_until = asked + self._lease_s
            except StorageError:
                # A database that cannot be had is no reason to give up before the lease has really run out.
                kept = time.monotonic() < good_until
            if not kept:
                lease.lost.set()
                return

    def _extend(self, lease: RunLease) -> bool:
        length, own = self._microseconds(), {"job": lease.job, "token": lease.token}
        return (
            self._database.transact(lambda work: work.changed("job_extend", until=work.now + length, **own))
            == 1
        )

    def _rows(self, work: Work, kind: str, job: str) -> Sequence[Any]:
        for key in dict.fromkeys((kind, job)):
            work.run("job_ensure", job=key)
        return work.all("job_rows_of_kind", kind=kind)

    def _refuse_overlap(self, work: Work, rows: Sequence[Any]) -> None:
        for row in rows:
            if row.lease_until is None or self._from_ahead(work.now, row.lease_until - self._microseconds()):
                continue
            if row.lease_until > work.now:
                until = format_time(row.lease_until)
                raise JobRunning(
                    f"the job {row.job!r} is being run by {row.holder}; "
                    f"its lease ends at {until} unless it is prolonged",
                    job=row.job, holder=row.holder, until=until,
                )  # fmt: skip

    def _from_ahead(self, now: int, noted: int) -> bool:
        """Return whether a noted time lies so far ahead that the clock must have been set back since."""
        return noted > now + self._microseconds()

    def _take(self, work: Work, job: str) -> RunLease:
        until = work.now + self._microseconds()
        row = work.returning("job_take", job=job, holder=self._holder, now=work.now, until=until)[0]
        return RunLease(job, row.token, work.now)

    def _microseconds(self) -> int:
        return int(self._lease_s * SECOND)
