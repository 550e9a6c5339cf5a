"""Alembic migrations: how the schema came to be what ``engine.storage.tables`` says."""
