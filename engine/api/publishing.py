"""The verbs of sinks with positions of their own: handing over, telling a state anew, and what is kept aside."""

from __future__ import annotations

from collections.abc import Sequence

from engine.api.base import Base
from engine.facts import Published
from engine.hooks import NamedSink
from engine.publishing import handing, keeping
from engine.results import SinkMessage, SinkReport, SinkState


class Publishing(Base):
    """Hands committed messages to sinks, each without heed of the others."""

    def publish_to(self, sinks: Sequence[NamedSink], *, now: bool = False) -> list[SinkReport]:
        """Hand every sink the messages that it was not handed yet: in order, each at least once, all sinks at the
        same time.

        A sink that is new is handed what comes from now on. What one raises is stored and told in its report, and
        it is tried again after growing pauses; with ``now`` at once. Messages that it can never take are kept
        aside.
        """
        with self._span("publish_to"):
            reports = handing.hand_over(self.runtime, sinks, now=now)
        if published := sum(report.published for report in reports):
            self.runtime.observer.tell(Published(published))
        return reports

    def republish(self, sink: NamedSink) -> SinkReport:
        """Hand the sink the state of every product in every store of this database, after what waits for it.

        What cannot be handed over now is by the next call of ``publish_to``. Raises InputError for a sink that
        wants no messages of availability.
        """
        keeping.resend(self.runtime, sink)
        return self.publish_to([sink], now=True)[0]

    def sink_states(self) -> list[SinkState]:
        """Return how far every sink is that was ever handed messages."""
        return keeping.sink_states(self.runtime)

    def sink_kept(self, name: str | None = None) -> list[SinkMessage]:
        """Return what sinks can never take, oldest first; of one sink or of all. Raises NotFound."""
        return keeping.kept(self.runtime, name)

    def sink_kept_again(self, sink: NamedSink) -> tuple[int, int]:
        """Hand the sink once more what is kept aside for it; return how many it took, and how many stay.

        Raises NotFound, and what the sink raises when it cannot be reached.
        """
        return keeping.again(self.runtime, sink)

    def drop_sink_kept(self, name: str) -> int:
        """Forget what is kept aside for the sink; return how many messages that were. Raises NotFound."""
        return keeping.drop(self.runtime, name)

    def forget_sink(self, name: str) -> None:
        """Forget a sink that is published to no longer, so that nothing is kept for it. Raises NotFound."""
        keeping.forget(self.runtime, name)
