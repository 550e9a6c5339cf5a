"""The kinds of database that tests run on."""

from __future__ import annotations

import pytest

DATABASES = ("sqlite", "postgresql")

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""Marks tests of what only a server does."""
