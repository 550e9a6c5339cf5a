"""Deltas that are later than a count that comes after them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns. What was added before is in whatever is counted next, as it was so far."""
    op.add_column("stock", sa.Column("delta_at", sa.BigInteger(), nullable=True))
    for name in ("stock_staging", "stock_change"):
        op.add_column(name, sa.Column("later", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("stock_change", "stock_staging"):
        op.drop_column(name, "later")
    op.drop_column("stock", "delta_at")
