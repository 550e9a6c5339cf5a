"""Traces: spans nest, carry the correlation, are current within a command, and need their packages."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from earmark.telemetry.settings import TracingSettings
from earmark.telemetry.tracing import TracingObserver, traced_to
from engine.errors import ConfigurationInvalid
from tests.helpers.observing import watch


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider
    provider.shutdown()


@pytest.fixture
def world(world, provider):
    world.deploy("states new paid*\nnew -> paid : pay\nevent pay command=charge manual")
    watch(world, TracingObserver(provider))
    return world


def test_a_trigger_is_one_trace_into_which_a_command_joins(world, exporter, provider):
    (item,) = world.place()
    exporter.clear()
    tracer = provider.get_tracer("payment library")

    def charge(_item, _context):
        with tracer.start_as_current_span("POST /charge"):
            pass

    world.command("charge", does=charge)
    world.trigger("pay", item)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert list(spans) == ["POST /charge", "earmark.command", "earmark.chunk", "earmark.trigger"]
    parents = [span.parent.span_id if span.parent else None for span in spans.values()]
    ids = [span.context.span_id for span in spans.values()]
    assert parents == [*ids[1:], None]
    assert len({span.context.trace_id for span in spans.values()}) == 1
    own = [span for name, span in spans.items() if name.startswith("earmark.")]
    (correlation,) = {span.attributes["earmark.correlation"] for span in own}
    assert correlation == world.history(item)[-1].correlation
    assert spans["earmark.command"].attributes["earmark.command"] == "charge"
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_command_that_fails_marks_its_span(world, exporter):
    (item,) = world.place()
    exporter.clear()
    world.command("charge", does=lambda *_: 1 / 0)
    assert len(world.trigger("pay", item).failed) == 1
    failed, chunk, _ = exporter.get_finished_spans()
    assert not failed.status.is_ok
    assert failed.events[0].attributes["exception.type"] == "ZeroDivisionError"
    assert chunk.status.status_code is trace.StatusCode.UNSET


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_spans_are_sent_before_the_block_ends(monkeypatch):
    for name in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.bodies = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}/v1/traces"
        settings = TracingSettings(enabled=True, endpoint=endpoint, service="shop")
        with traced_to(settings) as observer, observer.span("earmark.trigger", event="pay"):
            pass
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    ((path, body),) = server.bodies
    assert path == "/v1/traces"
    assert b"earmark.trigger" in body
    assert b"shop" in body


def test_without_the_packages_it_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    sending = traced_to(TracingSettings(enabled=True))
    with pytest.raises(ConfigurationInvalid, match="OpenTelemetry is not installed") as refused, sending:
        pass
    assert "otel" in refused.value.remedy
    with pytest.raises(ConfigurationInvalid):
        TracingObserver()
