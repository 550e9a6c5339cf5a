"""Messages of orders: which of them each sink wants."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """No sink that is there has asked for any."""
    op.add_column(
        "sink_position", sa.Column("order_events", sa.BigInteger(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Nobody wants any; those that were written are messages as others."""
    op.drop_column("sink_position", "order_events")
