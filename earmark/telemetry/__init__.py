"""Telling the outside what the engine does: logs, metrics for Prometheus, traces for OpenTelemetry.

Each is an observer of the engine (``engine.observe``). Nothing here is imported before it is used.
"""
