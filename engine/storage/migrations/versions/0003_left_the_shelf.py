"""Since when an item has left the shelf, for those that went on to a further state from which a count releases."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; items that are there count from when they entered their state, as they did."""
    op.add_column("order_item", sa.Column("left_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take the column away; such items count again from when they entered their state."""
    op.drop_column("order_item", "left_at")
