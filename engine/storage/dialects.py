"""Which databases there are: the one place that knows all of them."""

from __future__ import annotations

from sqlalchemy.engine import URL

from engine.storage.backend import Backend


def open_backend(url: URL, busy_timeout_s: float) -> Backend:
    """Return the backend of the URL's kind; ``busy_timeout_s`` is how long a lock is waited for."""
    # Imported here: the driver of the other kind need not be installed.
    if url.get_backend_name() == "postgresql":
        from engine.storage.postgresql import open_postgresql

        return open_postgresql(url, busy_timeout_s)
    from engine.storage.sqlite import open_sqlite

    return open_sqlite(url, busy_timeout_s)
