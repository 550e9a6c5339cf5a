"""The verbs of the exchange of reservations with other databases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing

from engine.api.base import Base
from engine.exchange import export, imports, starting_anew, status
from engine.exchange.failure import TransportFailed as TransportFailed  # noqa: PLC0414 - it is imported from here
from engine.exchange.transport import Transport as Transport  # noqa: PLC0414 - the same
from engine.exchange.ways import open_way as open_way  # noqa: PLC0414 - the same
from engine.requests import mentioned
from engine.results import ExchangeExportReport, ExchangeImportReport, ExchangeKept, ExchangeState


class Exchange(Base):
    """Tells other databases what the stores of this one reserve, and takes what they tell."""

    def exchange_export(self, to: str | Sequence[str], *, compare: bool = False) -> ExchangeExportReport:
        """Tell every other database what it has not heard of yet; ``to`` are the ways, one for each of them.

        A way is ``spool:FOLDER``, ``amqp://HOST/VHOST?queue=NAME`` or ``redis://HOST/DB?queue=NAME``. With
        ``compare`` all amounts are compared, too, which happens by itself from time to time. Any number of
        exports may run at once. Raises InputError, TransportFailed, PluginError.
        """
        with self._span("exchange_export"), ExitStack() as stack:
            names = (to,) if isinstance(to, str) else tuple(dict.fromkeys(to))
            ways = [stack.enter_context(closing(open_way(name))) for name in names]
            return export.export(self.runtime, ways, compare=compare)

    def exchange_import(self, source: str, *, follow: bool = False) -> ExchangeImportReport:
        """Take every message that has come on a way; with ``follow`` also those that come, until the signal to
        stop.

        What cannot be taken is kept aside with the reason, see ``exchange_refused``. Raises InputError,
        TransportFailed.
        """
        with self._span("exchange_import"), closing(open_way(source)) as way:
            return imports.receive(self.runtime, way, follow=follow)

    def exchange_status(self) -> list[ExchangeState]:
        """Return how far each store is that is told to other databases, or told of by them."""
        return status.states(self.runtime)

    def exchange_refused(self) -> list[ExchangeKept]:
        """Return what other databases told and what does not count here, each with the reason."""
        return status.kept(self.runtime)

    def exchange_take_again(self) -> ExchangeImportReport:
        """Take the messages once more that were kept aside, as after a secret was set; what is refused again
        stays.
        """
        with self._span("exchange_take_again"):
            return imports.again(self.runtime)

    def exchange_resync(self) -> None:
        """Have the next export tell everything anew: to be called after this database was restored from a
        backup.
        """
        starting_anew.resync(self.runtime)

    def exchange_forget(self, store: str) -> None:
        """Let another database tell of a store than the one that did, as when that was made anew.

        Raises UnknownStore for one that is none of another database.
        """
        starting_anew.forget(self.runtime, str(mentioned(store)))
