"""Asking plugins whether a reservation may be told to other databases."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol, TypeVar

from engine.errors import EarmarkError, PluginError
from engine.hooks import ReservationExport, ReservationExportFilter
from engine.plugin_calls import end_if_forked, failure_of
from engine.quantity import to_decimal
from engine.runtime import Runtime


class Amounts(Protocol):
    """What a store reserves and holds of a product, in millionths."""

    @property
    def store(self) -> str:
        """The store."""

    @property
    def sku(self) -> str:
        """The concrete product."""

    @property
    def reserved(self) -> int:
        """What it reserves."""

    @property
    def held(self) -> int:
        """What it holds."""

    @property
    def version(self) -> int:
        """The version of both."""


A = TypeVar("A", bound=Amounts)


def accepted(runtime: Runtime, found: Sequence[A]) -> list[A]:
    """Return the reservations that every plugin accepts; the others are asked about again by the next export.

    Raises PluginError when a plugin raises or does not answer with a bool: nothing of the batch is sent then.
    """
    filters = runtime.plugins.export_filters()
    if not filters:
        return list(found)
    return [row for row in found if all(_accepts(one, _export(row)) for one in filters)]


def _export(row: Amounts) -> ReservationExport:
    return ReservationExport(
        row.store, row.sku, to_decimal(row.reserved), to_decimal(row.held), int(row.version)
    )


def _accepts(decides: ReservationExportFilter, export: ReservationExport) -> bool:
    process = os.getpid()
    name = getattr(decides, "__qualname__", repr(decides))
    try:
        answer = decides(export)
    except EarmarkError:
        raise
    except BaseException as error:
        told = failure_of(error, process)
        raise PluginError(
            f"the export filter {name} failed, so nothing more was sent: {told}",
            remedy="Mend or remove the plugin, then export again.",
        ) from error
    end_if_forked(process)
    if not isinstance(answer, bool):
        raise PluginError(f"the export filter {name} answered {answer!r} for {export.sku}, which is no bool")
    return answer
