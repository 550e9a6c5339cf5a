"""The time of a count may be told once for a warehouse, and an import knows up to which product it has come."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"

_OVERWRITTEN = ("stock", "availability")


def upgrade() -> None:
    """Add the columns. On PostgreSQL rows that are overwritten again and again get room for it in their pages."""
    op.add_column("warehouse", sa.Column("counted_at", sa.BigInteger(), nullable=True))
    op.add_column("stock", sa.Column("missed_at", sa.BigInteger(), nullable=True))
    op.add_column("stock_import", sa.Column("stored_to", sa.BigInteger(), server_default="0", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        for table in _OVERWRITTEN:
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")


def downgrade() -> None:
    """Write the times of warehouses to their stock, and drop the columns."""
    op.execute(_TIMES)
    op.drop_column("stock_import", "stored_to")
    op.drop_column("stock", "missed_at")
    op.drop_column("warehouse", "counted_at")
    if op.get_bind().dialect.name == "postgresql":
        for table in _OVERWRITTEN:
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")


_TIMES = """UPDATE stock SET counted_at = w.counted_at FROM warehouse w
WHERE w.id = stock.warehouse_id AND stock.counted_at < w.counted_at
  AND (stock.missed_at IS NULL OR stock.missed_at < w.counted_at)"""
