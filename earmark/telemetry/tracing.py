"""Traces for OpenTelemetry, when its packages are installed: a span per piece of work, current while it runs.

What a plugin calls within a command joins the trace by itself if its library is instrumented.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from earmark.telemetry.settings import TracingSettings
from engine.api.observing import Attribute, Fact
from engine.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import TracerProvider as AnyProvider

_TIMEOUT_S = 5.0
"""How long sending may hold up the end of a command, in seconds."""


class TracingObserver:
    """Opens a span of OpenTelemetry for every piece of work; without a provider, of the global one.

    Attributes are named ``earmark.correlation``, ``earmark.event`` and so on. Raises ConfigurationInvalid when
    OpenTelemetry is not installed.
    """

    def __init__(self, provider: AnyProvider | None = None) -> None:
        try:
            from opentelemetry import trace
        except ImportError:
            raise _not_installed() from None
        from earmark import __version__

        self._tracer = trace.get_tracer("earmark", __version__, provider)

    def tell(self, fact: Fact) -> None:
        """Ignore the fact: a trace is made of spans."""

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[object]:
        """Return a span that is current within the block; what the block raises is recorded on it."""
        named = {f"earmark.{key}": value for key, value in attributes.items()}
        return self._tracer.start_as_current_span(name, attributes=named)


@contextmanager
def traced_to(settings: TracingSettings) -> Iterator[TracingObserver]:
    """Send spans over OTLP/HTTP while the block runs, and what is left at its end.

    Raises ConfigurationInvalid when the packages of the extra ``otel`` are not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise _not_installed() from None
    provider = _provider(settings)
    exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=_timeout())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield TracingObserver(provider)
    finally:
        provider.force_flush(int(_TIMEOUT_S * 1000))
        provider.shutdown()


def _provider(settings: TracingSettings) -> TracerProvider:
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider

    named = settings.service or (None if os.environ.get("OTEL_SERVICE_NAME") else "earmark")
    resource = Resource.create({SERVICE_NAME: named} if named else {})
    return TracerProvider(resource=resource, shutdown_on_exit=False)


def _timeout() -> float | None:
    """Return the time limit for sending; None when a variable of OpenTelemetry says it."""
    variables = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
    return None if any(os.environ.get(name) for name in variables) else _TIMEOUT_S


def _not_installed() -> ConfigurationInvalid:
    return ConfigurationInvalid(
        "tracing is enabled, but OpenTelemetry is not installed",
        remedy="Install Earmark with its extra 'otel', or set [tracing] enabled = false or EARMARK_TRACING=0.",
    )
