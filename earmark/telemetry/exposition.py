"""Handing metrics out: over HTTP for a scrape, or once as text for a textfile collector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
    start_http_server,
)

from earmark.telemetry.collector import DatabaseCollector
from engine.errors import ConfigurationInvalid, FileUnreadable

if TYPE_CHECKING:
    from engine.api import Engine


def new_registry() -> CollectorRegistry:
    """Return a registry with the version of Earmark in it."""
    from earmark import __version__

    # A series more for each counter, which nobody asks for.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    Info("earmark_build", "The version of Earmark.", registry=registry).info({"version": __version__})
    return registry


@contextmanager
def served(
    registry: CollectorRegistry, engine: Engine, host: str, port: int, refresh_s: float
) -> Iterator[str]:
    """Serve the registry, the database's metrics and the process' own; give the URL while the block runs.

    Raises ConfigurationInvalid when the port cannot be had.
    """
    registry.register(DatabaseCollector(engine.health, refresh_s))
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise ConfigurationInvalid(
            f"metrics cannot be served at {host}, port {port}: {error.strerror or error}",
            remedy="Name another one: --metrics-port, EARMARK_METRICS_PORT or [metrics] port; 0 takes any.",
        ) from None
    name = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{name}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def text_of(engine: Engine, *, drift: bool) -> str:
    """Return what the database tells, in Prometheus' text format. Raises StorageError.

    With ``drift`` reservations are compared now, changing nothing.
    """
    health = engine.health()
    if drift:
        report = engine.reconcile(dry_run=True)
        health = replace(health, drift=report.wrong)
    registry = new_registry()
    registry.register(DatabaseCollector(lambda: health, 0))
    return generate_latest(registry).decode()


def write_whole(path: Path, text: str) -> None:
    """Write the file in one rename, so that no reader sees half of it. Raises FileUnreadable."""
    temporary: Path | None = None
    try:
        with NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text)
        temporary.chmod(0o644)  # the collector is another user
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        raise FileUnreadable(
            f"{path} cannot be written: {error.strerror}",
            remedy="Check the path, its permissions and the free space.",
        ) from None
